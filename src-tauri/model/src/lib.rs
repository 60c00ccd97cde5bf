//! What a deployment is, as pure code: ids, the manifest, the two levels of status and their rules,
//! the plan of an operation, and the events it leaves behind.
//!
//! Absent on purpose: files, the clock, the network, tokio, YAML. What comes from outside arrives
//! here as plain values, so that every rule can be tested by a table.

pub mod advice;
pub mod change;
pub mod clean;
pub mod cloudformation;
pub mod command;
pub mod compare;
pub mod condition;
pub mod console;
pub mod estimate;
pub mod event;
pub mod exchange;
pub mod expression;
pub mod failure;
pub mod finding;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fixtures;
pub mod forecast;
pub mod former;
pub mod graph;
pub mod identity;
pub mod ids;
pub mod look;
pub mod manifest;
pub mod meaning;
pub mod operation;
pub mod parameter;
pub mod plan;
pub mod problem;
pub mod recovery;
pub mod reference;
mod refusal;
pub mod resume;
pub mod review;
pub mod shell;
pub mod status;
pub mod template;
pub mod uses;
pub mod validate;
pub mod wait;

pub use event::{Event, EventKind};
pub use ids::{DeploymentId, EnvironmentName, InvalidId, OperationId, ReviewId, StackKey, StackName};
pub use manifest::{Environment, Manifest, Stack, Target};
pub use operation::{OperationKind, OperationOutcome, StackOutcome};
pub use plan::Plan;
pub use problem::Problem;
pub use status::{DeploymentStatus, Recorded, StackStatus};
