//! One stack in one environment, beyond its cell in the grid.

use serde::{Deserialize, Serialize};
use skydeck_model::StackOutcome;
use skydeck_model::review::ParameterSource;
use specta::Type;

use super::OperationSummary;
use crate::diff::TextDiff;

/// A stack's resources.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackResources {
    /// When CloudFormation was asked (RFC 3339).
    pub asked_at: String,
    /// Its resources in CloudFormation's order; `None`: there is no such stack.
    pub resources: Option<Vec<ResourceView>>,
}

/// One resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ResourceView {
    /// Its name in the template.
    pub logical_id: String,
    /// The real resource's id.
    pub physical_id: Option<String>,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Like `CREATE_COMPLETE`.
    pub status: String,
    /// CloudFormation's reason.
    pub reason: Option<String>,
    /// Its address in the AWS console; `None`: it has no page that is known, or lives in the sandbox.
    pub console: Option<String>,
}

/// A resource by what CloudFormation calls it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RealResource {
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// The real resource's id.
    pub physical_id: String,
}

/// A stack's parameters as it was deployed, and as the manifest wants them.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackParameters {
    /// When CloudFormation was asked (RFC 3339).
    pub asked_at: String,
    /// The parameters by name.
    pub parameters: Vec<ParameterView>,
}

/// One parameter of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ParameterView {
    /// Its name.
    pub name: String,
    /// As deployed; `None`: it is not.
    pub deployed: Option<String>,
    /// As the manifest gives it; `None`: the template on disk has no such parameter, or its value is not known before
    /// other stacks are deployed.
    pub wanted: Option<String>,
    /// Where the manifest has it from; `None`: the template on disk has no such parameter.
    pub source: Option<ParameterSource>,
    /// The one against the other.
    pub standing: ParameterStanding,
}

/// A parameter as deployed, against the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ParameterStanding {
    /// As wanted.
    Same,
    /// The next deploy changes it.
    Differs,
    /// CloudFormation shows it to nobody (`NoEcho`).
    Hidden,
    /// What is wanted is known only once other stacks are deployed.
    KnownLater,
    /// The stack, or this parameter of it, is not deployed.
    NotDeployed,
    /// The template on disk does not have it any more.
    Gone,
}

/// A stack's CloudFormation template as deployed, against the file.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackTemplate {
    /// When CloudFormation was asked (RFC 3339).
    pub asked_at: String,
    /// As it was deployed; `None`: there is no such stack.
    pub deployed: Option<String>,
    /// The file's path within the deployment's folder.
    pub file: Option<String>,
    /// Why there is nothing to compare with.
    pub problem: Option<String>,
    /// From what is deployed to the file.
    pub diff: Option<TextDiff>,
}

/// What happened to a stack, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackEvents {
    /// When CloudFormation was asked (RFC 3339).
    pub asked_at: String,
    /// The events; `None`: there is no such stack.
    pub events: Option<Vec<StackEventView>>,
    /// Whether there are earlier ones.
    pub more: bool,
}

/// One thing that happened to a stack or to a resource of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct StackEventView {
    /// When (RFC 3339).
    pub at: String,
    /// The resource's name in the template; the stack's for the stack itself.
    pub logical_id: String,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Like `CREATE_COMPLETE`.
    pub status: String,
    /// CloudFormation's reason.
    pub reason: Option<String>,
}

/// What the logs tell of a stack. CloudFormation is not asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
pub struct StackLog {
    /// The latest operations that it was part of, the latest first.
    pub runs: Vec<StackRunView>,
    /// What they saw happen to it, the latest first.
    pub events: Vec<StackEventView>,
    /// Its resources as the logs last knew them.
    pub resources: Vec<ResourceView>,
}

/// A stack's part in an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackRunView {
    /// The operation.
    pub operation: OperationSummary,
    /// How the stack came out; `None`: it did not come to an end.
    pub outcome: Option<StackOutcome>,
    /// Why.
    pub reason: Option<String>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
}
