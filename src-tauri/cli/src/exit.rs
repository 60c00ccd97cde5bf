//! Failures and exit codes (contract, section 5).

use std::process::ExitCode;

use skydeck_engine::{EngineError, ErrorCode, SettingsError};
use skydeck_model::OperationOutcome;

/// Why the command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No root folder.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The user said no, or could not be asked.
    #[error("{0}")]
    NotConfirmed(String),
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
    pub fn exit_code(&self) -> ExitCode {
        let Self::Engine(error) = self else {
            return ExitCode::from(REFUSED);
        };
        ExitCode::from(match error.code() {
            ErrorCode::Busy => BUSY,
            ErrorCode::Credentials | ErrorCode::Throttled | ErrorCode::Unreachable => CLOUD_UNREACHABLE,
            ErrorCode::NotFound
            | ErrorCode::InvalidInput
            | ErrorCode::WrongAccount
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

/// What Ctrl-C ends with where nothing was left to be called off.
pub fn interrupted() -> ExitCode {
    ExitCode::from(CANCELLED)
}
