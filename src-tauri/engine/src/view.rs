//! What front ends show: plain values, made fresh from the files on every question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::{
    DeploymentStatus, EnvironmentName, OperationId, OperationKind, OperationOutcome, Problem, Recorded,
    StackKey, StackStatus, Target,
};
use specta::Type;

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
    /// The operation that runs on it now, in this program or another.
    pub running: Option<Running>,
    /// Whether an operation was cut off, so that CloudFormation must be asked what is true.
    pub interrupted: bool,
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
    /// Who runs it, where it is not this program: `kind on host, process 123`.
    pub elsewhere: Option<String>,
}

/// Everything about one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DeploymentDetail {
    /// Its row.
    pub row: DeploymentRow,
    /// What its status means, in one sentence or two.
    pub explanation: String,
    /// The grid's columns.
    pub environments: Vec<EnvironmentView>,
    /// The grid's rows, in the manifest's order.
    pub stacks: Vec<StackView>,
    /// What is wrong with the manifest and its templates: every operation is refused until it is mended.
    pub problems: Vec<Problem>,
    /// Past and present operations, newest first.
    pub operations: Vec<OperationSummary>,
    /// Destroying every environment at once.
    pub destroy_all: Availability,
}

/// A column of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct EnvironmentView {
    /// Its name.
    pub name: String,
    /// Where it lives; `None` where the manifest does not say.
    pub target: Option<Target>,
    /// Its region.
    pub region: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// The AWS profile.
    pub profile: Option<String>,
    /// Stacks deployed.
    pub deployed: u32,
    /// Stacks enabled.
    pub enabled: u32,
    /// Deploying the whole environment.
    pub deploy: Availability,
    /// Destroying the whole environment.
    pub destroy: Availability,
}

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackView {
    /// The stack's name.
    pub name: String,
    /// Its CloudFormation template.
    pub template: Option<String>,
    /// The stacks that it needs.
    pub needs: Vec<String>,
    /// One cell for each environment, in the environments' order.
    pub cells: Vec<Cell>,
}

/// One stack in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Cell {
    /// The environment.
    pub environment: String,
    /// The stack's status.
    pub status: Recorded<StackStatus>,
    /// Whether `deploy` takes it; `None` where the manifest does not say.
    pub enabled: Option<bool>,
    /// When the status was written (RFC 3339).
    pub last_updated: Option<String>,
    /// Why it failed, or a remark.
    pub reason: Option<String>,
    /// The stack's name in CloudFormation.
    pub cloudformation_name: String,
    /// CloudFormation's own status when it was last asked.
    pub cloudformation_status: Option<String>,
    /// The outputs when it was last deployed.
    pub outputs: BTreeMap<String, String>,
    /// Deploying this stack alone.
    pub deploy: Availability,
    /// Destroying this stack alone.
    pub destroy: Availability,
}

/// Whether something can be done now, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Availability {
    /// `None`: it can be done.
    pub refused: Option<String>,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct OperationSummary {
    /// Its id.
    pub id: OperationId,
    /// What it was.
    pub kind: OperationKind,
    /// Where.
    pub environments: Vec<EnvironmentName>,
    /// The stack, for an operation on one.
    pub stack: Option<String>,
    /// When it started (RFC 3339).
    pub started_at: String,
    /// When it ended; `None`: it runs, or was cut off.
    pub ended_at: Option<String>,
    /// How it ended.
    pub outcome: Option<OperationOutcome>,
    /// Who ran it: `user@host, app`.
    pub by: String,
}

/// An operation before it starts: what will be done, to what, where.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct PlanView {
    /// What is run.
    pub kind: OperationKind,
    /// The environments that it touches, with target, account and region.
    pub environments: Vec<PlannedEnvironment>,
    /// The stacks that it may change, in the order in which they can run: a layer waits for those before it. A
    /// destroy passes by what was never deployed.
    pub layers: Vec<Vec<PlannedStack>>,
    /// How many stacks these are.
    pub count: u32,
    /// The same operation on the command line.
    pub command: String,
}

/// One environment of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct PlannedEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: Region,
    /// Its account.
    pub account: AccountId,
}

/// One stack of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct PlannedStack {
    /// The stack.
    pub key: StackKey,
    /// Its status now.
    pub status: Recorded<StackStatus>,
}

/// What a new deployment is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct NewDeployment {
    /// Whose it is.
    pub organization: String,
    /// What it deploys.
    pub project: String,
    /// The domain that it serves.
    pub domain: String,
    /// The deployment template to start from.
    pub template: String,
    /// Its environments, in order.
    pub environments: Vec<NewEnvironment>,
    /// The id to use; `None`: one is drawn.
    pub id: Option<String>,
}

/// One environment of a new deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct NewEnvironment {
    /// Its name.
    pub name: String,
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: String,
    /// The AWS profile; empty or `None`: the default credential chain.
    pub profile: Option<String>,
}

/// What a [`NewDeployment`] would become.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct NewDeploymentPreview {
    /// What is wrong with the input, by field: `organization`, `environments.0.account`.
    pub problems: Vec<FieldProblem>,
    /// What the user should know although it is no mistake.
    pub remarks: Vec<String>,
    /// The folder's name; the id in it is drawn on creation and shown as `D??????`.
    pub folder: String,
    /// The files that will be written in it, with their texts.
    pub files: Vec<PreviewFile>,
    /// The stacks of the deployment template, and whether each starts enabled.
    pub stacks: Vec<PreviewStack>,
    /// The same on the command line; `None` where one command cannot say it.
    pub command: Option<String>,
}

/// Something wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A file that will be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct PreviewFile {
    /// Relative to the deployment's folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A stack of a deployment template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct PreviewStack {
    /// Its name.
    pub name: String,
    /// What it is, from its CloudFormation template's description.
    pub description: String,
    /// Whether it starts enabled.
    pub enabled: bool,
}
