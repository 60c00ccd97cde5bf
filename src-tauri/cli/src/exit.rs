//! Failures and exit codes (`docs/reference/exit-codes.md`).

use std::process::ExitCode;

use skydeck_engine::compare::ComparisonView;
use skydeck_engine::view::{DriftView, ReviewView};
use skydeck_engine::{EngineError, ErrorCode, SettingsError};
use skydeck_model::OperationOutcome;
use skydeck_model::advice::FrontEnd;
use skydeck_model::compare::{Relation, StackComparison};
use skydeck_model::look::DriftStatus;

/// Why the command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine refused, for reasons that were told already.
    #[error("{}", .0.to_string().lines().next().unwrap_or_default().trim_end_matches(':'))]
    Told(EngineError),
    /// No root folder.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The user said no, could not be asked, or named something that is not there.
    #[error("{0}")]
    Refused(String),
    /// An operation was started, and what came of it cannot be read.
    #[error("the operation was started, and what came of it cannot be read: {0}")]
    Unknown(EngineError),
    /// CloudFormation could not be asked what would change.
    #[error("{0}")]
    NotReviewed(String),
    /// Ctrl-C before anything was started.
    #[error("interrupted: nothing was started")]
    Interrupted,
    /// Standard output or a socket.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

const FAILED: u8 = 1;
const REFUSED: u8 = 2;
const PARTIAL: u8 = 3;
const BUSY: u8 = 4;
const CLOUD_UNREACHABLE: u8 = 5;
const CANCELLED: u8 = 130;

impl Failure {
    /// What to say; nothing where whoever read the output has had enough of it, as `head` has.
    pub fn message(&self) -> Option<String> {
        (!self.is_closed_pipe()).then(|| match self {
            Self::Engine(error) => error.told(FrontEnd::Terminal),
            other => other.to_string(),
        })
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    pub fn exit_code(&self) -> ExitCode {
        if self.is_closed_pipe() {
            return ExitCode::SUCCESS;
        }
        let error = match self {
            Self::Engine(error) | Self::Told(error) => error,
            Self::Unknown(_) | Self::NotReviewed(_) => return ExitCode::from(CLOUD_UNREACHABLE),
            Self::Interrupted => return interrupted(),
            Self::Settings(_) | Self::Refused(_) | Self::Io(_) => return ExitCode::from(REFUSED),
        };
        ExitCode::from(match error.code() {
            ErrorCode::Busy => BUSY,
            ErrorCode::Credentials | ErrorCode::Throttled | ErrorCode::Unreachable => CLOUD_UNREACHABLE,
            ErrorCode::NotFound
            | ErrorCode::RootGone
            | ErrorCode::InvalidInput
            | ErrorCode::WrongAccount
            | ErrorCode::Untrusted
            | ErrorCode::Precondition
            | ErrorCode::Internal => REFUSED,
        })
    }
}

pub fn of_outcome(outcome: OperationOutcome) -> ExitCode {
    match outcome {
        OperationOutcome::Succeeded => ExitCode::SUCCESS,
        OperationOutcome::Failed => ExitCode::from(FAILED),
        OperationOutcome::Partial => ExitCode::from(PARTIAL),
        OperationOutcome::Cancelled => ExitCode::from(CANCELLED),
    }
}

/// An operation that was left open, since CloudFormation could not be asked any more.
pub fn left_open() -> ExitCode {
    ExitCode::from(CLOUD_UNREACHABLE)
}

/// `--expect-no-changes`, and something would change.
pub fn would_change() -> ExitCode {
    ExitCode::from(FAILED)
}

/// Whether a plan can be carried out, cannot as things stand, or whether CloudFormation could not be asked.
pub fn of_plan(view: &ReviewView) -> ExitCode {
    match view.blocked {
        0 => ExitCode::SUCCESS,
        blocked if blocked == view.unasked => ExitCode::from(CLOUD_UNREACHABLE),
        _ => ExitCode::from(REFUSED),
    }
}

/// The code of `compare`: like that of `drift`, 1 where the second environment is behind, 5 where that is not known.
pub fn of_comparison(view: &ComparisonView) -> ExitCode {
    let known = |stack: &StackComparison| stack.relation != Relation::NotKnown;
    if view.comparison.behind > 0 {
        ExitCode::from(FAILED)
    } else if !view.unanswered.is_empty() || !view.comparison.stacks.iter().all(known) {
        ExitCode::from(CLOUD_UNREACHABLE)
    } else {
        ExitCode::SUCCESS
    }
}

/// Whether everything is as the templates say, something is not, or that cannot be told of all.
pub fn of_drift(view: &DriftView) -> ExitCode {
    let any = |status| view.stacks.iter().any(|stack| stack.drift.status == status);
    if any(DriftStatus::Drifted) {
        ExitCode::from(FAILED)
    } else if any(DriftStatus::Unknown) || any(DriftStatus::NotChecked) {
        ExitCode::from(CLOUD_UNREACHABLE)
    } else {
        ExitCode::SUCCESS
    }
}

/// What Ctrl-C ends with where nothing was left to be called off.
pub fn interrupted() -> ExitCode {
    ExitCode::from(CANCELLED)
}
