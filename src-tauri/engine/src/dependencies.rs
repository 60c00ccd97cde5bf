//! What needs what in one environment, for a picture of it.

use std::collections::{BTreeSet, HashMap};

use skydeck_model::{EnvironmentName, Recorded, StackName, StackStatus, graph};
use skydeck_store::StackEntry;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::init::NOT_RECORDED;
use crate::view::Dependent;

impl Engine {
    /// Every stack of the manifest with what it needs in this environment, in the manifest's order.
    ///
    /// # Errors
    /// No such deployment, or a manifest that cannot be read.
    pub fn dependencies(
        &self,
        id: &str,
        environment: &EnvironmentName,
    ) -> Result<Vec<Dependent>, EngineError> {
        let folder = self.find(id)?;
        let manifest = folder.manifest_unchecked()?;
        let state = folder.state();
        let entries: HashMap<&str, &StackEntry> = state
            .iter()
            .flat_map(|state| &state.stacks)
            .filter(|entry| entry.environment == environment.as_str())
            .map(|entry| (entry.stack_name.as_str(), entry))
            .collect();
        let entry = |stack: &StackName| entries.get(stack.as_str());
        let needs = graph::needs_in(&manifest, environment);
        let status = |stack: &StackName| entry(stack).map_or(NOT_RECORDED, |entry| entry.status.clone());
        let failed: BTreeSet<StackName> = needs
            .keys()
            .filter(|stack| status(stack) == Recorded::Known(StackStatus::Failed))
            .cloned()
            .collect();
        let blocked_by = graph::blocked_by(&needs, &failed);
        let names = |of: Option<&BTreeSet<StackName>>| {
            of.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>()
        };
        let dependent = |name: &StackName| {
            let enabled = manifest.stack(name).is_some_and(|stack| stack.settings_in(environment).enabled);
            Dependent {
                stack: name.to_string(),
                status: status(name),
                since: entry(name).map(|entry| entry.last_updated.clone()).filter(|at| !at.is_empty()),
                enabled,
                needs: names(needs.get(name)),
                // What no deploy takes is not kept from it.
                blocked_by: names(blocked_by.get(name).filter(|_| enabled)),
            }
        };
        Ok(manifest.stacks.iter().map(|stack| dependent(&stack.name)).collect())
    }
}
