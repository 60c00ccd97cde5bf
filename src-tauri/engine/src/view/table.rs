//! The table of deployments.

use serde::Serialize;
use skydeck_model::{DeploymentStatus, OperationId, OperationKind, Recorded, Target};
use specta::Type;

use super::Availability;

/// A row of the table of deployments.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DeploymentRow {
    /// The id; the folder's name where there is none.
    pub deployment_id: String,
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The deployment's own status.
    pub status: Recorded<DeploymentStatus>,
    /// When it was created, as its file has it (RFC 3339).
    pub created_at: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// The deployment template.
    pub template: Option<String>,
    /// The folder.
    pub path: String,
    /// What is wrong with the folder, and what to do.
    pub problem: Option<String>,
    /// Since when the oldest of its stacks' statuses stands, of those that may be there: when CloudFormation was last asked for
    /// that stack (RFC 3339); `None`: it was never asked.
    pub checked_at: Option<String>,
    /// Its environments, in the manifest's order.
    pub environments: Vec<RowEnvironment>,
    /// The operation that runs on it now, in this program or another.
    pub running: Option<Running>,
    /// The operation that was interrupted and that nobody follows, so that CloudFormation must be asked what is true.
    pub interrupted: Option<InterruptedRow>,
    /// Asking CloudFormation how its stacks stand.
    pub refresh: Availability,
}

/// An operation that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct InterruptedRow {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// The machine that ran it.
    pub host: String,
    /// Whether this machine started it, in this very folder: then it is brought to its end without being asked to. Any other
    /// has to be taken over.
    pub here: bool,
}

/// An environment in the table of deployments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RowEnvironment {
    /// Its name.
    pub name: String,
    /// Where it lives; `None` where nothing says.
    pub target: Option<Target>,
    /// Whether it was taken out of the manifest while something of it may exist.
    pub former: bool,
}

/// The table of deployments, or what changed in it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DeploymentRows {
    /// Names this state of the table: who asks with it next time gets only what has changed since.
    pub revision: u32,
    /// Whether these are all rows there are.
    pub whole: bool,
    /// The rows, known by their paths.
    pub rows: Vec<DeploymentRow>,
    /// The paths of rows that are gone.
    pub gone: Vec<String>,
}

/// The same commands for many deployments, a line each, to paste into a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct CommandLines {
    /// What they do.
    pub title: String,
    /// The lines.
    pub lines: String,
}

/// An operation that holds a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Running {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// Where; `None`: in several environments.
    pub environment: Option<String>,
    /// Stacks that are done.
    pub done: u32,
    /// Stacks in all.
    pub total: u32,
    /// When it started (RFC 3339).
    pub started_at: String,
    /// Who runs it, where it is not this program: `kind on host, process 123`.
    pub elsewhere: Option<String>,
}
