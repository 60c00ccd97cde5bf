//! The two levels of status and every rule about them, as `docs/reference/statuses.md` has them. No other module
//! decides a status.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::operation::{Direction, OperationKind, StackOutcome};

/// The deployment's own status. Only a full deploy and a full destroy change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStatus {
    /// Created; no full deploy has run.
    Initialized,
    /// A full deploy is under way.
    Deploying,
    /// The last full deploy succeeded whole.
    Deployed,
    /// The last full deploy succeeded in part.
    Partial,
    /// A full destroy is under way.
    Destroying,
    /// Everything was destroyed.
    Destroyed,
    /// The last full operation failed.
    Failed,
    /// It cannot be determined.
    Unknown,
}

/// One stack's status in one environment. Any operation on the stack changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StackStatus {
    /// In the manifest, never deployed.
    NotDeployed,
    /// Being created or updated.
    Deploying,
    /// Deployed and healthy.
    Deployed,
    /// Its last operation failed.
    Failed,
    /// Being deleted.
    Destroying,
    /// Deleted.
    Destroyed,
}

/// Gives the words of an enum, as the files and the outputs have them.
macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order of the words.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of the files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words!(DeploymentStatus {
    Initialized => "initialized",
    Deploying => "deploying",
    Deployed => "deployed",
    Partial => "partial",
    Destroying => "destroying",
    Destroyed => "destroyed",
    Failed => "failed",
    Unknown => "unknown",
});

words!(StackStatus {
    NotDeployed => "not_deployed",
    Deploying => "deploying",
    Deployed => "deployed",
    Failed => "failed",
    Destroying => "destroying",
    Destroyed => "destroyed",
});

/// A status as a file has it: one that this version knows, or a word that it does not. The latter is
/// shown as it stands and not rewritten (`docs/reference/statuses.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(
    from = "String",
    into = "String",
    bound(serialize = "S: Clone + fmt::Display", deserialize = "S: FromStr")
)]
#[specta(type = String)]
pub enum Recorded<S> {
    /// A status of `docs/reference/statuses.md`.
    Known(S),
    /// Another word, from another version of the platform.
    Foreign(String),
}

impl<S: Copy> Recorded<S> {
    /// The status, if this version knows it.
    pub fn known(&self) -> Option<S> {
        match self {
            Self::Known(status) => Some(*status),
            Self::Foreign(_) => None,
        }
    }
}

impl<S: FromStr> From<String> for Recorded<S> {
    fn from(word: String) -> Self {
        word.parse().map_or(Self::Foreign(word), Self::Known)
    }
}

impl<S: fmt::Display> From<Recorded<S>> for String {
    fn from(recorded: Recorded<S>) -> Self {
        recorded.to_string()
    }
}

impl<S: fmt::Display> fmt::Display for Recorded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(status) => status.fmt(f),
            Self::Foreign(word) => f.pad(word),
        }
    }
}

/// The deployment's status after `cloud init`.
pub const AFTER_INIT: DeploymentStatus = DeploymentStatus::Initialized;

/// What the deployment's status becomes when an operation starts; `None`: it is not touched.
pub fn deployment_at_start(kind: OperationKind) -> Option<DeploymentStatus> {
    match kind {
        OperationKind::Deploy => Some(DeploymentStatus::Deploying),
        OperationKind::Destroy => Some(DeploymentStatus::Destroying),
        OperationKind::DeployStack
        | OperationKind::DestroyStack
        | OperationKind::RepairStack
        | OperationKind::Refresh
        | OperationKind::Drift => None,
    }
}

/// The status to go back to after an operation that changes nothing of it. One that only holds while something
/// runs, or a word of another version, is none to go back to.
pub fn before(recorded: &Recorded<DeploymentStatus>) -> DeploymentStatus {
    match recorded.known() {
        None | Some(DeploymentStatus::Deploying | DeploymentStatus::Destroying) => DeploymentStatus::Unknown,
        Some(status) => status,
    }
}

/// What the deployment's status becomes when an operation ends; `None`: it is not touched.
///
/// * `before` — the status before the operation started
/// * `stacks` — how each of its stacks came out
/// * `anything_left` — whether a stack of the deployment still exists in any environment
pub fn deployment_at_end(
    kind: OperationKind,
    before: DeploymentStatus,
    stacks: &[StackOutcome],
    anything_left: bool,
) -> Option<DeploymentStatus> {
    let succeeded = stacks.iter().filter(|outcome| outcome.is_success()).count();
    let all = succeeded == stacks.len();
    match kind {
        OperationKind::DeployStack
        | OperationKind::DestroyStack
        | OperationKind::RepairStack
        | OperationKind::Refresh
        | OperationKind::Drift => None,
        OperationKind::Deploy if all => Some(DeploymentStatus::Deployed),
        OperationKind::Deploy if succeeded > 0 => Some(DeploymentStatus::Partial),
        OperationKind::Deploy => Some(DeploymentStatus::Failed),
        OperationKind::Destroy if !all => Some(DeploymentStatus::Failed),
        OperationKind::Destroy if anything_left => Some(before),
        OperationKind::Destroy => Some(DeploymentStatus::Destroyed),
    }
}

/// A stack's status while an operation works on it.
pub fn stack_at_start(direction: Direction) -> StackStatus {
    match direction {
        Direction::Up | Direction::Back => StackStatus::Deploying,
        Direction::Down => StackStatus::Destroying,
    }
}

/// A stack's status when an operation is done with it; `None`: it keeps the one it had before.
///
/// `before` is the status before the operation. A stack that is gone and that nobody ever deployed
/// stays `not_deployed` after a destroy, since nothing was destroyed. A repair leaves what CloudFormation
/// shows ([`crate::cloudformation::Row::seen`]), which is not a rule's to say.
pub fn stack_at_end(
    direction: Direction,
    outcome: StackOutcome,
    before: Option<StackStatus>,
) -> Option<StackStatus> {
    match (direction, outcome) {
        (_, StackOutcome::Skipped) | (Direction::Back, StackOutcome::Succeeded | StackOutcome::Unchanged) => {
            None
        }
        (_, StackOutcome::Failed | StackOutcome::Cancelled) => Some(StackStatus::Failed),
        (Direction::Up, StackOutcome::Succeeded | StackOutcome::Unchanged) => Some(StackStatus::Deployed),
        (Direction::Down, StackOutcome::Succeeded) => Some(StackStatus::Destroyed),
        (Direction::Down, StackOutcome::Unchanged) => match before {
            None | Some(StackStatus::NotDeployed) => None,
            Some(_) => Some(StackStatus::Destroyed),
        },
    }
}

/// Whether a stack of this status exists in CloudFormation, as far as the files know. A failed one may.
pub fn may_exist(status: StackStatus) -> bool {
    !matches!(status, StackStatus::NotDeployed | StackStatus::Destroyed)
}

/// The same of a recorded status: of a word of another version it is not known, so that it may.
pub fn may_be_there(status: &Recorded<StackStatus>) -> bool {
    status.known().is_none_or(may_exist)
}

/// The deployment's status as it is shown (`docs/reference/statuses.md`): the metadata's, whatever the state file
/// says; but `unknown` where an operation was cut off (`current_operation` is set and nobody holds the lock).
pub fn deployment_shown(
    metadata: &Recorded<DeploymentStatus>,
    operation_recorded: bool,
    lock_held: bool,
) -> Recorded<DeploymentStatus> {
    if operation_recorded && !lock_held {
        Recorded::Known(DeploymentStatus::Unknown)
    } else {
        metadata.clone()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::DeploymentStatus as D;
    use super::OperationKind as K;
    use super::StackOutcome as O;
    use super::StackStatus as S;
    use super::*;

    #[test]
    fn the_words_are_the_addendums() {
        let deployment = "initialized deploying deployed partial destroying destroyed failed unknown";
        let words: Vec<_> = D::ALL.iter().map(|status| status.as_str()).collect();
        assert_eq!(words.join(" "), deployment);
        let stack = "not_deployed deploying deployed failed destroying destroyed";
        let words: Vec<_> = S::ALL.iter().map(|status| status.as_str()).collect();
        assert_eq!(words.join(" "), stack);
        for status in D::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(serde_json::to_string(status).unwrap(), format!("\"{status}\""));
        }
        for status in S::ALL {
            assert_eq!(serde_json::to_string(status).unwrap(), format!("\"{status}\""));
        }
    }

    /// The table 'Which command changes which' of `docs/reference/statuses.md`, row by row (list and status read only:
    /// they have no operation kind and so cannot reach these functions).
    #[test]
    fn related_commands_touch_only_their_level() {
        assert_eq!(AFTER_INIT, D::Initialized);
        // command, deployment status while it runs, and at each kind of end
        let (good, mixed, bad) = (vec![O::Succeeded], vec![O::Succeeded, O::Failed], vec![O::Failed]);
        for (kind, start, ends) in [
            (K::Deploy, Some(D::Deploying), [Some(D::Deployed), Some(D::Partial), Some(D::Failed)]),
            (K::DeployStack, None, [None, None, None]),
            (K::Destroy, Some(D::Destroying), [Some(D::Destroyed), Some(D::Failed), Some(D::Failed)]),
            (K::DestroyStack, None, [None, None, None]),
            (K::RepairStack, None, [None, None, None]),
            (K::Refresh, None, [None, None, None]),
            (K::Drift, None, [None, None, None]),
        ] {
            assert_eq!(deployment_at_start(kind), start, "{kind} at its start");
            for (stacks, end) in [&good, &mixed, &bad].into_iter().zip(ends) {
                assert_eq!(
                    deployment_at_end(kind, D::Initialized, stacks, false),
                    end,
                    "{kind} at its end with {stacks:?}"
                );
            }
        }
        assert_eq!(stack_at_start(Direction::Up), S::Deploying);
        assert_eq!(stack_at_start(Direction::Down), S::Destroying);
    }

    #[test]
    fn scenario_1_a_single_stack_leaves_the_deployment_initialized() {
        assert_eq!(deployment_at_start(K::DeployStack), None);
        assert_eq!(deployment_at_end(K::DeployStack, D::Initialized, &[O::Succeeded], true), None);
        assert_eq!(stack_at_end(Direction::Up, O::Succeeded, Some(S::NotDeployed)), Some(S::Deployed));
    }

    #[test]
    fn scenario_2_a_full_deploy_goes_through_deploying_to_deployed() {
        assert_eq!(deployment_at_start(K::Deploy), Some(D::Deploying));
        assert_eq!(
            deployment_at_end(K::Deploy, D::Initialized, &[O::Succeeded, O::Succeeded], true),
            Some(D::Deployed)
        );
    }

    #[test]
    fn scenario_3_mixed_results_are_partial() {
        assert_eq!(
            deployment_at_end(K::Deploy, D::Initialized, &[O::Succeeded, O::Failed], true),
            Some(D::Partial)
        );
        assert_eq!(stack_at_end(Direction::Up, O::Failed, Some(S::NotDeployed)), Some(S::Failed));
    }

    #[test]
    fn end_of_deploy_follows_section_4() {
        for (stacks, expected) in [
            (vec![O::Succeeded, O::Succeeded], D::Deployed),
            (vec![O::Unchanged, O::Unchanged], D::Deployed),
            (vec![O::Succeeded, O::Skipped], D::Partial),
            (vec![O::Unchanged, O::Failed], D::Partial),
            (vec![O::Succeeded, O::Cancelled], D::Partial),
            (vec![O::Failed, O::Skipped], D::Failed),
            (vec![O::Cancelled, O::Skipped], D::Failed),
        ] {
            assert_eq!(
                deployment_at_end(K::Deploy, D::Deployed, &stacks, true),
                Some(expected),
                "{stacks:?}"
            );
        }
    }

    #[test]
    fn end_of_destroy_follows_section_4() {
        for (before, stacks, anything_left, expected) in [
            (D::Deployed, vec![O::Succeeded, O::Unchanged], false, D::Destroyed),
            (D::Deployed, vec![O::Succeeded, O::Failed], true, D::Failed),
            (D::Deployed, vec![O::Failed, O::Skipped], true, D::Failed),
            (D::Partial, vec![O::Succeeded, O::Skipped], true, D::Failed),
            // one environment of two
            (D::Deployed, vec![O::Succeeded], true, D::Deployed),
            (D::Partial, vec![O::Succeeded], true, D::Partial),
            (D::Initialized, vec![O::Unchanged], false, D::Destroyed),
        ] {
            assert_eq!(
                deployment_at_end(K::Destroy, before, &stacks, anything_left),
                Some(expected),
                "{before} {stacks:?} left: {anything_left}"
            );
        }
    }

    #[test]
    fn a_stacks_end_follows_section_4() {
        for (direction, outcome, before, expected) in [
            (Direction::Up, O::Succeeded, Some(S::NotDeployed), Some(S::Deployed)),
            // already as wanted: a success
            (Direction::Up, O::Unchanged, Some(S::Failed), Some(S::Deployed)),
            // a failed update that rolled back is failed too
            (Direction::Up, O::Failed, Some(S::Deployed), Some(S::Failed)),
            (Direction::Up, O::Cancelled, Some(S::Deployed), Some(S::Failed)),
            // skipped stacks keep their status
            (Direction::Up, O::Skipped, Some(S::Deployed), None),
            (Direction::Down, O::Skipped, Some(S::Deployed), None),
            (Direction::Down, O::Succeeded, Some(S::Deployed), Some(S::Destroyed)),
            (Direction::Down, O::Failed, Some(S::Deployed), Some(S::Failed)),
            // gone already
            (Direction::Down, O::Unchanged, Some(S::Deployed), Some(S::Destroyed)),
            (Direction::Down, O::Unchanged, Some(S::Destroyed), Some(S::Destroyed)),
            (Direction::Down, O::Unchanged, Some(S::NotDeployed), None),
            (Direction::Down, O::Unchanged, None, None),
        ] {
            assert_eq!(
                stack_at_end(direction, outcome, before),
                expected,
                "{direction:?} {outcome:?} {before:?}"
            );
        }
    }

    #[test]
    fn the_metadata_is_shown_unless_an_operation_was_cut_off() {
        let deploying = Recorded::Known(D::Deploying);
        let unknown = Recorded::Known(D::Unknown);
        for (recorded, held, expected) in [
            (true, true, &deploying),
            (true, false, &unknown),
            (false, false, &deploying),
            (false, true, &deploying),
        ] {
            assert_eq!(&deployment_shown(&deploying, recorded, held), expected, "{recorded} {held}");
        }
    }

    #[test]
    fn a_status_that_this_version_does_not_know_stays_as_it_stands() {
        let word = "initialized  ← Deployment-level status";
        let recorded: Recorded<D> = word.to_owned().into();
        assert_eq!(recorded.known(), None);
        assert_eq!(recorded.to_string(), word);
        assert_eq!(Recorded::<S>::from("deployed".to_owned()).known(), Some(S::Deployed));
    }
}
