//! What can be run on a deployment, and how a run and each of its stacks can end.

use std::fmt;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::OperationId;

/// The operations: two on a whole environment, two on one stack, the repair of one stack that CloudFormation holds
/// fast, and two that only look and are in the log for what they found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Every enabled stack of an environment.
    Deploy,
    /// One stack.
    DeployStack,
    /// Every stack, in one environment or all.
    Destroy,
    /// One stack.
    DestroyStack,
    /// One stack that neither a deploy nor a destroy can take further.
    RepairStack,
    /// The files were compared with CloudFormation, and mended.
    Refresh,
    /// Stacks were compared with their templates.
    Drift,
}

/// Which way an operation takes its stacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Create or update, dependencies first.
    Up,
    /// Delete, dependents first.
    Down,
    /// Back to where CloudFormation can go on from, or nowhere at all: what comes of it is what CloudFormation shows.
    Back,
}

/// How one stack came out of an operation (`docs/reference/statuses.md`, 'Outcomes').
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StackOutcome {
    /// Changed as wanted.
    Succeeded,
    /// It was already as wanted, and was not touched.
    Unchanged,
    /// It could not be brought to where it should be.
    Failed,
    /// It was not started: a stack that had to go first did not succeed, or starting was stopped.
    Skipped,
    /// It was under way and was called off.
    Cancelled,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OperationOutcome {
    /// All well.
    Succeeded,
    /// Some stacks succeeded, some did not.
    Partial,
    /// Nothing succeeded, or a destroy left something.
    Failed,
    /// The user called it off before its end.
    Cancelled,
}

impl OperationKind {
    /// The word of the command line and of the files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::DeployStack => "deploy-stack",
            Self::Destroy => "destroy",
            Self::DestroyStack => "destroy-stack",
            Self::RepairStack => "repair-stack",
            Self::Refresh => "refresh",
            Self::Drift => "drift",
        }
    }

    /// Which way it takes its stacks.
    pub fn direction(self) -> Direction {
        match self {
            Self::Deploy | Self::DeployStack => Direction::Up,
            Self::Destroy | Self::DestroyStack => Direction::Down,
            Self::RepairStack | Self::Refresh | Self::Drift => Direction::Back,
        }
    }
}

impl OperationId {
    /// The second in which it began (`20260726T101500Z`).
    pub fn second(&self) -> &str {
        self.as_str().split('-').next().unwrap_or_default()
    }

    /// Whether it says of itself that it changed no stack (`20260726T101500Z-drift-x7k2`).
    pub fn is_look(&self) -> bool {
        let kind = self.as_str().split('-').nth(1);
        [OperationKind::Refresh, OperationKind::Drift].iter().any(|look| kind == Some(look.as_str()))
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl StackOutcome {
    /// Whether the stack is where the operation wanted it (`docs/reference/statuses.md`: unchanged counts).
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unchanged)
    }

    /// The word of the files and of the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl OperationOutcome {
    /// The outcome of an operation from those of its stacks; `cancelled` where the user called it off
    /// and that kept a stack from its end. A destroy that left something has failed
    /// (`docs/reference/statuses.md`, 'Outcomes').
    pub fn of(direction: Direction, stacks: &[StackOutcome], called_off: bool) -> Self {
        let succeeded = stacks.iter().filter(|outcome| outcome.is_success()).count();
        if succeeded == stacks.len() {
            Self::Succeeded
        } else if called_off {
            Self::Cancelled
        } else if succeeded > 0 && direction == Direction::Up {
            Self::Partial
        } else {
            Self::Failed
        }
    }

    /// The word of the files and of the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_a_look_from_what_changes_stacks() {
        for (kind, is_look) in
            [("refresh", true), ("drift", true), ("deploy", false), ("destroy-stack", false)]
        {
            let id: OperationId = format!("20260726T101500Z-{kind}-x7k2").parse().unwrap();
            assert_eq!(id.is_look(), is_look, "{id}");
        }
        assert!(!"elsewhere".parse::<OperationId>().unwrap().is_look());
    }

    #[test]
    fn an_operations_outcome_follows_from_its_stacks() {
        use OperationOutcome as O;
        use StackOutcome as S;
        for (stacks, called_off, expected) in [
            (vec![S::Succeeded, S::Unchanged], false, O::Succeeded),
            (vec![S::Succeeded, S::Failed], false, O::Partial),
            (vec![S::Unchanged, S::Skipped], false, O::Partial),
            (vec![S::Failed, S::Skipped], false, O::Failed),
            (vec![S::Succeeded, S::Skipped], true, O::Cancelled),
            (vec![S::Cancelled], true, O::Cancelled),
            // A cancel that came too late to change anything.
            (vec![S::Succeeded, S::Succeeded], true, O::Succeeded),
        ] {
            assert_eq!(
                O::of(Direction::Up, &stacks, called_off),
                expected,
                "{stacks:?} called off: {called_off}"
            );
        }
        assert_eq!(O::of(Direction::Down, &[S::Succeeded, S::Failed], false), O::Failed);
    }
}
