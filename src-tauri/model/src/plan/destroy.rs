//! The order in which stacks are destroyed.

use std::collections::BTreeSet;

use super::{KeyNeeds, Planner};
use crate::graph::{self, Edge};
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::status;

impl Planner<'_> {
    /// Every stack of these environments, each waiting for those that need it: first of all for those that import from it,
    /// without which CloudFormation does not delete it, whatever the files say by now. Stacks that only the state file
    /// knows go first, since nobody can tell what else they need, but for those that others are known to need.
    pub(super) fn destroy(&self, environments: &[EnvironmentName]) -> KeyNeeds {
        let mut planned = KeyNeeds::new();
        for environment in environments {
            let declared = self.graph(environment).into_iter().flat_map(|graph| graph.needs.keys());
            let declared = declared.map(|stack| StackKey::new(stack, environment));
            planned.extend(declared.chain(self.orphans(environment)).map(|key| (key, BTreeSet::new())));
        }
        for (exporter, importers) in &self.before {
            let known: Vec<StackKey> =
                importers.iter().filter(|it| planned.contains_key(it)).cloned().collect();
            if let Some(waits_for) = planned.get_mut(exporter) {
                waits_for.extend(known.into_iter().filter(|importer| importer != exporter));
            }
        }
        let mut by_files = Vec::new();
        for environment in environments {
            let Some(graph) = self.graph(environment) else { continue };
            let is_needed = |stack: &StackName| graph.dependents.contains_key(stack);
            let first: Vec<StackKey> = self
                .orphans(environment)
                .filter(|key| planned[key].is_empty() && !is_needed(&key.stack))
                .collect();
            for stack in graph.needs.keys() {
                planned.entry(StackKey::new(stack, environment)).or_default().extend(first.iter().cloned());
            }
            let by_edge = |edge: &Edge| [&edge.needs, &edge.stack].map(|it| StackKey::new(it, environment));
            by_files.extend(
                graph.edges.iter().map(by_edge).filter(|ends| ends.iter().all(|it| planned.contains_key(it))),
            );
        }
        let mut whole = planned.clone();
        for [key, dependent] in &by_files {
            whole.entry(key.clone()).or_default().insert(dependent.clone());
        }
        if graph::layers(&whole).is_ok() {
            return whole;
        }
        // The files say otherwise than what is deployed: of them counts what does not contradict that.
        for [key, dependent] in &by_files {
            graph::add_unless_circular(&mut planned, key, dependent);
        }
        planned
    }

    /// Stacks that were deployed and have since been taken out of the manifest.
    fn orphans(&self, environment: &EnvironmentName) -> impl Iterator<Item = StackKey> {
        self.statuses
            .iter()
            .filter(|(key, status)| {
                key.environment == *environment
                    && self.manifest.stack(&key.stack).is_none()
                    && status::may_exist(**status)
            })
            .map(|(key, _)| key.clone())
    }
}
