//! What is deployed and has no place in the manifest any more: its environment was taken out, or the stack was renamed or
//! removed. It stays in sight and can be destroyed, and nothing is deployed to it. What does not exist and has no place
//! either is not shown: one that was never deployed is nothing, and of one that was destroyed the history tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use specta::Type;

use crate::cloudformation;
use crate::graph::Needs;
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::manifest::{Environment, Manifest};
use crate::status::{Recorded, StackStatus, may_be_there};

/// A stack that may exist and has no place in the manifest. The names stand as they are recorded: other versions may use
/// ones that this one refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FormerStack {
    /// The stack's name.
    pub stack: String,
    /// Its environment.
    pub environment: String,
    /// Its status.
    pub status: Recorded<StackStatus>,
}

impl fmt::Display for FormerStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, environment, status } = self;
        match status {
            Recorded::Known(StackStatus::Deployed) => write!(f, "{environment}: {stack} is deployed")?,
            status => write!(f, "{environment}: {stack} is recorded as {status}")?,
        }
        f.write_str(" and not in the manifest any more")
    }
}

/// An environment that was taken out of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormerEnvironment {
    /// How it is reached is known.
    Reachable(Environment),
    /// Nothing tells how it was reached.
    Lost {
        /// What may exist there.
        stacks: Vec<String>,
    },
}

impl FormerEnvironment {
    /// The environment, if it can be reached.
    pub fn reachable(&self) -> Option<&Environment> {
        match self {
            Self::Reachable(environment) => Some(environment),
            Self::Lost { .. } => None,
        }
    }
}

/// Whether the manifest has both the stack and the environment of that name, or may have them where it cannot be read.
pub fn has_place(manifest: &Manifest, stack: &str, environment: &str) -> bool {
    let named = |name: StackName| manifest.stack(&name).is_some();
    let has_stack = stack.parse().is_ok_and(named) || manifest.unread.stacks.may_hold(stack);
    let named = |name: EnvironmentName| manifest.environment(&name).is_some();
    has_stack && (environment.parse().is_ok_and(named) || manifest.unread.environments.may_hold(environment))
}

/// What is recorded of a stack: its names, as they stand, its status and CloudFormation's.
#[derive(Debug, Clone, Copy)]
pub struct RecordedStack<'r> {
    /// The stack's name.
    pub stack: &'r str,
    /// Its environment.
    pub environment: &'r str,
    /// Its status.
    pub status: &'r Recorded<StackStatus>,
    /// CloudFormation's own, where it had one.
    pub cloudformation_status: Option<&'r str>,
}

impl RecordedStack<'_> {
    /// Whether it was only tried to make it, in vain.
    fn never_was(&self) -> bool {
        let failed = self.status.known() == Some(StackStatus::Failed);
        failed && cloudformation::never_was(StackStatus::Failed, self.cloudformation_status)
    }
}

/// The stacks among those recorded that may exist and have no place in the manifest, environment by environment.
pub fn stacks<'r>(
    manifest: &Manifest,
    recorded: impl Iterator<Item = RecordedStack<'r>>,
) -> Vec<FormerStack> {
    let is_left = |it: &RecordedStack<'_>| {
        may_be_there(it.status) && !it.never_was() && !has_place(manifest, it.stack, it.environment)
    };
    let mut stacks: Vec<FormerStack> = recorded
        .filter(is_left)
        .map(|RecordedStack { stack, environment, status, .. }| FormerStack {
            stack: stack.to_owned(),
            environment: environment.to_owned(),
            status: status.clone(),
        })
        .collect();
    stacks.sort_by(|a, b| (&a.environment, &a.stack).cmp(&(&b.environment, &b.stack)));
    stacks
}

/// The environments of such stacks that the manifest does not have.
pub fn environments(manifest: &Manifest, stacks: &[FormerStack]) -> BTreeSet<EnvironmentName> {
    let names = stacks.iter().filter_map(|former| former.environment.parse().ok());
    names.filter(|name| manifest.environment(name).is_none()).collect()
}

/// Of what is `recorded` of the needs of stacks, in each environment, what the manifest does not tell: the needs of those that
/// it does not have, and the needs for them.
pub fn needs(
    manifest: &Manifest,
    recorded: &BTreeMap<EnvironmentName, Needs>,
) -> BTreeMap<EnvironmentName, Needs> {
    let has = |stack: &StackName| manifest.stack(stack).is_some();
    let mut former = recorded.clone();
    for needs in former.values_mut() {
        for (stack, needs) in needs.iter_mut() {
            needs.retain(|need| need != stack && !(has(stack) && has(need)));
        }
        needs.retain(|_, needs| !needs.is_empty());
    }
    former.retain(|_, needs| !needs.is_empty());
    former
}

/// Whether what is recorded of a stack is shown. `stack_id`: whether CloudFormation ever gave it one.
pub fn is_shown(has_place: bool, recorded: &RecordedStack<'_>, stack_id: bool) -> bool {
    has_place
        || match recorded.status.known() {
            Some(StackStatus::NotDeployed) => stack_id,
            Some(StackStatus::Failed) => stack_id || !recorded.never_was(),
            Some(StackStatus::Destroyed) => false,
            _ => true,
        }
}

impl FormerStack {
    /// The two names, if they are names of this version.
    pub fn key(&self) -> Option<StackKey> {
        Some(StackKey { stack: self.stack.parse().ok()?, environment: self.environment.parse().ok()? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixtures::{manifest, stack};
    use StackStatus as S;

    #[test]
    fn what_may_exist_without_a_place_is_named_and_its_environments_are_found() {
        let manifest = manifest(vec![stack("network", true, &[])]);
        let archived = Recorded::Foreign("archived".to_owned());
        let recorded = [
            ("network", "dev", Recorded::Known(S::Deployed)),
            ("old-name", "dev", Recorded::Known(S::Deployed)),
            ("old-name", "prod", Recorded::Known(S::NotDeployed)),
            ("network", "qa", Recorded::Known(S::Failed)),
            ("old-name", "qa", Recorded::Known(S::Destroyed)),
            ("refused", "dev", Recorded::Known(S::Failed)),
            ("network", "old", archived),
            ("network", "No Name", Recorded::Known(S::Deployed)),
        ];
        let recorded = recorded.iter().map(|(stack, environment, status)| RecordedStack {
            stack,
            environment,
            status,
            // CloudFormation refused to create it.
            cloudformation_status: (*stack != "refused").then_some("CREATE_FAILED"),
        });
        let former = stacks(&manifest, recorded);
        let told: Vec<String> = former.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "No Name: network is deployed and not in the manifest any more",
                "dev: old-name is deployed and not in the manifest any more",
                "old: network is recorded as archived and not in the manifest any more",
                "qa: network is recorded as failed and not in the manifest any more",
            ]
        );
        let names: Vec<String> = environments(&manifest, &former).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["old", "qa"]);
    }

    #[test]
    fn what_never_existed_or_is_gone_is_shown_only_where_it_has_a_place() {
        for (status, stack_id, shown) in [
            (Recorded::Known(S::NotDeployed), false, false),
            (Recorded::Known(S::NotDeployed), true, true),
            (Recorded::Known(S::Destroyed), true, false),
            (Recorded::Known(S::Deployed), true, true),
            (Recorded::Known(S::Deploying), false, true),
            (Recorded::Known(S::Failed), false, false),
            (Recorded::Known(S::Failed), true, true),
            (Recorded::Foreign("archived".to_owned()), false, true),
        ] {
            let recorded =
                RecordedStack { stack: "s", environment: "qa", status: &status, cloudformation_status: None };
            assert_eq!(is_shown(false, &recorded, stack_id), shown, "{status} {stack_id}");
            assert!(is_shown(true, &recorded, stack_id));
        }
    }
}
