//! What needs what in one environment, for a picture of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use skydeck_model::former::FormerStack;
use skydeck_model::graph::Needs;
use skydeck_model::{EnvironmentName, Recorded, StackName, StackStatus, graph};
use skydeck_store::{LoadedManifest, StackEntry};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::former::former_stacks;
use crate::init::NOT_RECORDED;
use crate::view::Dependent;

impl Engine {
    /// Every stack of the manifest with what it needs in this environment, in the manifest's order; then those that live
    /// there and are not in the manifest any more.
    ///
    /// # Errors
    /// No such deployment.
    pub fn dependencies(
        &self,
        id: &str,
        environment: &EnvironmentName,
    ) -> Result<Vec<Dependent>, EngineError> {
        let folder = self.find(id)?;
        // What is wrong with the manifest is told beside the deployment.
        let Ok(LoadedManifest { manifest, templates, .. }) = folder.manifest_as_it_is() else {
            return Ok(Vec::new());
        };
        let state = folder.state();
        let entries: HashMap<&str, &StackEntry> = state
            .iter()
            .flat_map(|state| &state.stacks)
            .filter(|entry| entry.environment == environment.as_str())
            .map(|entry| (entry.stack_name.as_str(), entry))
            .collect();
        let entry = |stack: &StackName| entries.get(stack.as_str());
        let edges = graph::edges_in(&manifest, &templates, environment);
        let needs = graph::needs(&manifest, &edges);
        let status = |stack: &StackName| entry(stack).map_or(NOT_RECORDED, |entry| entry.status.clone());
        let failed: BTreeSet<StackName> = needs
            .keys()
            .filter(|stack| status(stack) == Recorded::Known(StackStatus::Failed))
            .cloned()
            .collect();
        let enabled = |name: &StackName| {
            manifest.stack(name).is_some_and(|stack| stack.settings_in(environment).enabled)
        };
        // A deploy takes the enabled ones, and only they wait.
        let waiting: Needs = needs.clone().into_iter().filter(|(name, _)| enabled(name)).collect();
        let blocked_by = graph::blocked_by(&waiting, &failed);
        let names = |of: Option<&BTreeSet<StackName>>| {
            of.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>()
        };
        let reasons = |name: &StackName| {
            let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for edge in edges.iter().filter(|edge| edge.stack == *name) {
                reasons.entry(edge.needs.to_string()).or_default().push(edge.why.to_string());
            }
            reasons
        };
        let dependent = |name: &StackName| Dependent {
            stack: name.to_string(),
            status: status(name),
            since: entry(name).map(|entry| entry.last_updated.clone()).filter(|at| !at.is_empty()),
            enabled: enabled(name),
            needs: names(needs.get(name)),
            reasons: reasons(name),
            former: false,
            blocked_by: names(blocked_by.get(name)),
        };
        let former = state.iter().flat_map(|state| former_stacks(&manifest, state));
        let former = former.filter(|stack| stack.environment == environment.as_str());
        let former: Vec<FormerStack> = former.collect();
        let is_former = |stack: &str| former.iter().any(|former| former.stack == stack);
        let declared = manifest
            .stacks
            .iter()
            .map(|stack| Dependent { former: is_former(stack.name.as_str()), ..dependent(&stack.name) });
        let undeclared = former.iter().filter_map(|stack| stack.stack.parse::<StackName>().ok());
        let undeclared = undeclared.filter(|name| manifest.stack(name).is_none());
        let undeclared = undeclared.map(|name| Dependent { former: true, ..dependent(&name) });
        Ok(declared.chain(undeclared).collect())
    }
}
