//! Why something could not be done, with a stable code for those who act on it.

use serde::{Deserialize, Serialize};
use skydeck_cloudformation::CloudError;
use skydeck_model::advice::{Advice, FrontEnd};
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::plan::Refusal;
use skydeck_model::{EnvironmentName, InvalidId, Problem, ReviewId, StackKey};
use skydeck_store::StoreError;
use specta::Type;

use crate::interrupted::Interrupted;
use crate::settings::SettingsError;
use crate::trust::{AccessToTrust, AccountAccess, TrustQuestion};
use crate::view::FieldProblem;

/// What a caller can act on. Stable across the IPC boundary and the source of the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such thing.
    NotFound,
    /// The root folder has held deployments and is gone.
    RootGone,
    /// Another operation holds the deployment.
    Busy,
    /// The input, or a file that the user edits, is wrong.
    InvalidInput,
    /// The credentials belong to another account than the environment's.
    WrongAccount,
    /// There are no credentials that hold.
    Credentials,
    /// AWS asks to be asked less.
    Throttled,
    /// AWS does not answer.
    Unreachable,
    /// The folder names an account that this machine does not trust it with.
    Untrusted,
    /// The state of things forbids it: advice, not a bug.
    Precondition,
    /// A fault of the machine or of this program.
    Internal,
}

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A folder or file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// The state of things forbids the operation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// CloudFormation or STS.
    #[error("{environment}: {error}")]
    Cloud {
        /// Where.
        environment: EnvironmentName,
        /// What.
        error: CloudError,
    },
    /// AWS, asked for no environment in particular.
    #[error(transparent)]
    Access(#[from] CloudError),
    /// The account guard (`docs/reference/aws.md`).
    #[error(
        "the credentials belong to account {found}, but {environment} is account {expected}; nothing was \
         started. Choose the profile of {expected} for {environment}, or mend the account in the manifest"
    )]
    WrongAccount {
        /// Where.
        environment: EnvironmentName,
        /// The manifest's account.
        expected: AccountId,
        /// The credentials' account.
        found: String,
    },
    /// A target of AWS without a real account number.
    #[error(
        "account {account} of {environment} is not twelve digits, so it can only be deployed to the sandbox; \
         set the real account, or 'target: sandbox', in the manifest"
    )]
    NotAnAccount {
        /// Where.
        environment: EnvironmentName,
        /// The manifest's account.
        account: AccountId,
    },
    /// A status that an operation would overwrite, in a word of another version (`docs/reference/statuses.md`).
    #[error(
        "the status of {what} is '{word}', which this version does not know and so does not overwrite; use the \
         version of the platform that wrote it, or mend the file"
    )]
    ForeignStatus {
        /// The deployment or the stack.
        what: String,
        /// The word.
        word: String,
    },
    /// A stack is where its environment is not any more.
    #[error(
        "{} of {} is deployed to {place}, and the manifest has another place for {} now; put that back, or first \
         destroy it there",
        key.stack, key.environment, key.environment
    )]
    Elsewhere {
        /// The stack.
        key: StackKey,
        /// Where it is.
        place: String,
    },
    /// More stacks than the sandbox takes in an account and region.
    #[error(
        "{environments} would have {stacks} more stacks in account {account}, {region} of the sandbox, which has {there} and \
         takes {most}, as many as AWS does unless its quota was raised; nothing was started. Give the environments accounts \
         or regions of their own, or make several deployments of this one"
    )]
    SandboxFull {
        /// The environments.
        environments: String,
        /// The account that they share.
        account: AccountId,
        /// The region.
        region: Region,
        /// How many would be made.
        stacks: usize,
        /// How many there are.
        there: usize,
        /// How many there may be.
        most: usize,
    },
    /// An environment is to be moved away from what is deployed in it.
    #[error(
        "{} of {environment} {} deployed to {place}, and nobody would look there any more; destroy {environment} \
         first, then change where it is",
        if *stacks == 1 { "a stack".to_owned() } else { format!("{stacks} stacks") },
        if *stacks == 1 { "is" } else { "are" }
    )]
    LeavesStacks {
        /// The environment.
        environment: EnvironmentName,
        /// How many.
        stacks: usize,
        /// Where they are.
        place: String,
    },
    /// A deploy of which some stacks will certainly fail.
    #[error("nothing was started, since this is known to fail:\n{}", lines(.0))]
    KnownToFail(Vec<Problem>),
    /// The manifest or the statuses changed between the look and the lock.
    #[error("the deployment was changed by somebody else just now; look at it again and start anew")]
    ChangedMeanwhile,
    /// An operation was interrupted in an environment that the manifest does not have any more.
    #[error(
        "an operation in {environment} was interrupted, but the manifest has no {environment} any more; \
         put it back, so that CloudFormation can be asked what became of it"
    )]
    EnvironmentGone {
        /// The environment.
        environment: EnvironmentName,
    },
    /// What was interrupted has not come to its end at CloudFormation, and nothing else can be done before.
    #[error(
        "the {} that was interrupted still runs at CloudFormation{}; wait for its end and try again",
        .0.kind, on_stacks(.0)
    )]
    StillRuns(Box<Interrupted>),
    /// An operation was interrupted that this machine did not start, and nothing else can be done before its end.
    #[error(
        "a {} of this deployment was interrupted on {}, and was not started from this folder on this machine",
        .0.kind, .0.host
    )]
    InterruptedElsewhere(Box<Interrupted>),
    /// There is nothing to take over.
    #[error("no operation of this deployment is interrupted")]
    NothingInterrupted,
    /// The folder names accounts that this machine does not trust it with; nobody was asked anything.
    #[error("this folder names {}, which this machine does not trust it with", accesses(.0))]
    Untrusted(Box<TrustQuestion>),
    /// The input of a form or of the command line.
    #[error("{}", join(.0))]
    Input(Vec<FieldProblem>),
    /// No review of that id is open.
    #[error(
        "review {0} is not open any more: it was started, given up, or made by a program that has ended; review again"
    )]
    NoSuchReview(ReviewId),
    /// The review does not fit what would be done now.
    #[error("the deployment's files were changed since the review; review again")]
    ReviewOutOfDate,
    /// What was seen then may not be so any more.
    #[error("the review is older than an hour; review again")]
    ReviewTooOld,
    /// The review has not looked at everything.
    #[error("the review is not done, or could not look at every stack; wait for its end, or review again")]
    ReviewNotDone,
    /// An exported log could not be written.
    #[error("the log cannot be saved as {path}: {reason}")]
    Export {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        reason: String,
    },
    /// No operation of that id has left a log.
    #[error("there is no operation '{0}' in this deployment")]
    NoSuchOperation(String),
    /// There is nothing to report.
    #[error("{} in {} did not fail in this operation", .key.stack, .key.environment)]
    DidNotFail {
        /// The stack.
        key: StackKey,
    },
    /// Nothing is known of the drift of a stack as it stands.
    #[error("{key} was not compared with its template since it last changed")]
    NoDrift {
        /// The stack.
        key: StackKey,
    },
    /// The sandbox has no console; nor has what was never deployed.
    #[error("{key} is not in the AWS console: it was not deployed there, or lives in the sandbox")]
    NoConsole {
        /// The stack.
        key: StackKey,
    },
    /// The system has nothing to open an address with.
    #[error("{address} cannot be opened: {reason}; copy it into a browser")]
    NotOpened {
        /// What was to be opened.
        address: String,
        /// Why.
        reason: String,
    },
    /// The system has nothing to open a file with.
    #[error("{} cannot be opened: {reason}; open it with an editor", path.display())]
    FileNotOpened {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        reason: String,
    },
    /// Only who runs an operation can answer its questions and go on after its pauses.
    #[error("operation {0} does not run in this program; do it where it was started")]
    NotRunningHere(String),
    /// It is over, or its program has died.
    #[error("operation {0} does not run any more")]
    NotRunning(String),
    /// There is nothing to cancel.
    #[error("nothing runs on this deployment{}", cut_off(*.interrupted))]
    NothingRuns {
        /// Whether its last operation was interrupted.
        interrupted: bool,
    },
    /// The root folder is not where it was.
    #[error(
        "the deployments folder {} {}",
        root.display(),
        if *empty { "is empty, and it held deployments before" } else { "is not there" }
    )]
    RootGone {
        /// The folder.
        root: std::path::PathBuf,
        /// Whether there is an empty folder in its place.
        empty: bool,
    },
    /// The settings file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// `SKYDECK_SANDBOX_SPEED`.
    #[error("{0}")]
    Setting(String),
}

/// The accounts that a folder names, each with the way to it.
fn accesses(question: &TrustQuestion) -> String {
    let told = |it: &AccessToTrust| {
        let AccountAccess { account, profile, endpoints } = &it.access;
        let way = match profile {
            Some(profile) => format!("profile '{profile}'"),
            None => "the default credentials".to_owned(),
        };
        let at = if endpoints.is_empty() { String::new() } else { format!(" at {}", endpoints.join(", ")) };
        format!("account {account} with {way}{at}")
    };
    question.unknown.iter().map(told).collect::<Vec<_>>().join(" and ")
}

fn cut_off(interrupted: bool) -> &'static str {
    if interrupted { ": the program of its last operation has died" } else { "" }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// Where an interrupted operation still runs, as far as the files tell.
fn on_stacks(interrupted: &Interrupted) -> String {
    let keys: Vec<String> = interrupted.under_way.iter().map(|stack| stack.key.to_string()).collect();
    if keys.is_empty() { String::new() } else { format!(" ({})", keys.join(", ")) }
}

fn join(problems: &[FieldProblem]) -> String {
    let lines = problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message));
    lines.collect::<Vec<_>>().join("\n")
}

impl EngineError {
    /// What a caller can act on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => match error {
                StoreError::NotFound { .. } | StoreError::Ambiguous { .. } => ErrorCode::NotFound,
                StoreError::Busy { .. } => ErrorCode::Busy,
                StoreError::Newer { .. } | StoreError::NoRoom { .. } => ErrorCode::Precondition,
                StoreError::Invalid { .. } | StoreError::Unreadable { .. } => ErrorCode::InvalidInput,
                _ => ErrorCode::Internal,
            },
            Self::StillRuns(_) => ErrorCode::Busy,
            Self::RootGone { .. } => ErrorCode::RootGone,
            Self::Id(_)
            | Self::Input(_)
            | Self::KnownToFail(_)
            | Self::Setting(_)
            | Self::Settings(SettingsError::Unreadable { .. } | SettingsError::NoRoot { .. }) => {
                ErrorCode::InvalidInput
            }
            Self::Settings(SettingsError::Unwritable { .. } | SettingsError::NoHome) => ErrorCode::Internal,
            Self::Refused(Refusal::UnknownEnvironment { .. } | Refusal::UnknownStack { .. }) => {
                ErrorCode::NotFound
            }
            Self::Refused(_)
            | Self::NotAnAccount { .. }
            | Self::ForeignStatus { .. }
            | Self::ChangedMeanwhile
            | Self::LeavesStacks { .. }
            | Self::SandboxFull { .. }
            | Self::Elsewhere { .. }
            | Self::EnvironmentGone { .. }
            | Self::ReviewOutOfDate
            | Self::ReviewTooOld
            | Self::ReviewNotDone
            | Self::NotRunningHere(_)
            | Self::NotRunning(_)
            | Self::InterruptedElsewhere(_)
            | Self::NothingInterrupted
            | Self::NothingRuns { .. } => ErrorCode::Precondition,
            Self::Untrusted(_) => ErrorCode::Untrusted,
            Self::WrongAccount { .. } => ErrorCode::WrongAccount,
            Self::NoSuchOperation(_)
            | Self::NoSuchReview(_)
            | Self::NoDrift { .. }
            | Self::NoConsole { .. }
            | Self::DidNotFail { .. } => ErrorCode::NotFound,
            Self::Export { .. } | Self::NotOpened { .. } | Self::FileNotOpened { .. } => ErrorCode::Internal,
            Self::Cloud { error, .. } | Self::Access(error) => match error {
                CloudError::Credentials(_) => ErrorCode::Credentials,
                CloudError::Throttled(_) => ErrorCode::Throttled,
                CloudError::Unreachable { .. } | CloudError::Misconfigured(_) => ErrorCode::Unreachable,
                CloudError::Denied { .. }
                | CloudError::Limit(_)
                | CloudError::ClockSkew(_)
                | CloudError::Capabilities { .. }
                | CloudError::ExportInUse { .. }
                | CloudError::Protected(_)
                | CloudError::TemplateTooLarge { .. }
                | CloudError::Parameters(_)
                | CloudError::PlanOutOfDate(_)
                | CloudError::AlreadyExists(_)
                | CloudError::Absent(_)
                | CloudError::Busy(_)
                | CloudError::Rejected(_)
                | CloudError::Invalid(_) => ErrorCode::Precondition,
            },
        }
    }

    /// What to do about it, where the front ends have different ways. Where they have the same, the message ends with
    /// it.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Refused(refusal) => refusal.advice(),
            Self::Export { .. } => Some(Advice::ExportAgain),
            Self::NoDrift { .. } => Some(Advice::DetectDrift),
            Self::KnownToFail(_) => Some(Advice::KeepGoing),
            Self::NothingRuns { interrupted: true } => Some(Advice::TakeUp),
            Self::RootGone { .. } => Some(Advice::FindRoot),
            Self::InterruptedElsewhere(_) => Some(Advice::TakeOver),
            Self::Untrusted(_) => Some(Advice::Trust),
            _ => None,
        }
    }

    /// What happened and what to do about it, in the words of a front end.
    pub fn told(&self, front_end: FrontEnd) -> String {
        let what = self.to_string();
        self.advice().map_or(what.clone(), |advice| advice.after(&what, front_end))
    }

    /// What a person has to be asked first.
    pub fn trust_question(&self) -> Option<&TrustQuestion> {
        match self {
            Self::Untrusted(question) => Some(question),
            _ => None,
        }
    }

    /// The problems of the user's files behind it, each with its place.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Store(StoreError::Invalid { problems, .. }) | Self::KnownToFail(problems) => problems,
            _ => &[],
        }
    }
}
