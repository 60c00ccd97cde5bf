//! Everything that can go wrong, in CloudFormation's codes and words.

use std::path::PathBuf;

/// A failure as CloudFormation reports it. The texts follow the real service where it has one,
/// because clients match on them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request, the template or the stack's state does not allow it.
    #[error("{0}")]
    Validation(String),
    /// A part of the template or of the request that the sandbox does not have.
    #[error("{what} at {place} is not supported by the sandbox")]
    Unsupported { what: String, place: String },
    /// Evaluating the template would make more than it may.
    #[error("Template error: the template grows to more than {most} bytes when it is evaluated, at {place}")]
    Grows { most: usize, place: String },
    /// A request to a server for which another name stands than its own: a page of another site, whose name leads here.
    #[error("This sandbox is not {0}: it answers only requests to its own address")]
    NotThisHost(String),
    #[error("Stack [{0}] already exists")]
    AlreadyExists(String),
    #[error("ChangeSet {0} already exists")]
    ChangeSetExists(String),
    #[error("Requires capabilities : [{0}]")]
    InsufficientCapabilities(&'static str),
    #[error("Limit for stack has been exceeded: {0} stacks")]
    LimitExceeded(usize),
    #[error("ChangeSet [{0}] does not exist")]
    ChangeSetNotFound(String),
    #[error("{0}")]
    InvalidChangeSetStatus(String),
    /// An import of an export that no stack offers. CloudFormation accepts the operation and
    /// rolls it back with this reason.
    #[error("No export named {0} found.")]
    MissingExport(String),
    /// `Fn::GetStackOutput` of an output that is not there; CloudFormation rolls back, too.
    #[error("Stack {stack} in {region} has no output {output}.")]
    MissingOutput { stack: String, region: String, output: String },
    #[error("Could not find operation {0}: the sandbox does not have this action")]
    InvalidAction(String),
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The sandbox's own folder could not be read or written.
    #[error("The sandbox cannot use {}: {source}", path.display())]
    Storage { path: PathBuf, source: std::io::Error },
}

impl Error {
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Validation(message.into())
    }

    /// "Template format error: …", the prefix of everything structural.
    pub(crate) fn format(message: impl std::fmt::Display) -> Self {
        Self::Validation(format!("Template format error: {message}"))
    }

    /// "Template error: …", the prefix of what a function cannot evaluate.
    pub(crate) fn function(message: impl std::fmt::Display) -> Self {
        Self::Validation(format!("Template error: {message}"))
    }

    pub(crate) fn unsupported(what: impl Into<String>, place: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), place: place.into() }
    }

    /// The code in the XML error and the HTTP status of the answer.
    pub(crate) fn code(&self) -> (&'static str, u16) {
        match self {
            Self::Validation(_)
            | Self::Unsupported { .. }
            | Self::Grows { .. }
            | Self::MissingExport(_)
            | Self::MissingOutput { .. } => ("ValidationError", 400),
            Self::NotThisHost(_) => ("InvalidHost", 421),
            Self::AlreadyExists(_) => ("AlreadyExistsException", 400),
            Self::ChangeSetExists(_) => ("AlreadyExistsException", 400),
            Self::InsufficientCapabilities(_) => ("InsufficientCapabilitiesException", 400),
            Self::LimitExceeded(_) => ("LimitExceededException", 400),
            Self::ChangeSetNotFound(_) => ("ChangeSetNotFound", 404),
            Self::InvalidChangeSetStatus(_) => ("InvalidChangeSetStatus", 400),
            Self::InvalidAction(_) => ("InvalidAction", 400),
            Self::Unauthenticated(_) => ("MissingAuthenticationToken", 403),
            Self::Storage { .. } => ("InternalFailure", 500),
        }
    }
}

/// What the crate's functions return.
pub(crate) type Result<T> = std::result::Result<T, Error>;
