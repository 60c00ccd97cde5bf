//! What front ends show: plain values, made fresh from the files on every question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skydeck_model::change::Danger;
use skydeck_model::cloudformation::{Outside, WayOut};
use skydeck_model::event::{ApiCalls, OperationView};
use skydeck_model::forecast::Forecast;
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::look::{DriftStatus, Mended, StackDrift};
use skydeck_model::plan::Request;
use skydeck_model::review::StackReview;
use skydeck_model::{
    DeploymentStatus, EnvironmentName, Event, OperationId, OperationKind, OperationOutcome, Problem,
    Recorded, ReviewId, StackKey, StackStatus, Target,
};
use specta::Type;

use crate::settings::{AppSettings, RootSource};

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
    /// Since when the oldest of its stacks' statuses stands: when CloudFormation was last asked for that stack (RFC 3339);
    /// `None`: it was never asked.
    pub checked_at: Option<String>,
    /// Its environments, in the manifest's order.
    pub environments: Vec<RowEnvironment>,
    /// The operation that runs on it now, in this program or another.
    pub running: Option<Running>,
    /// Whether an operation was cut off, so that CloudFormation must be asked what is true.
    pub interrupted: bool,
    /// Asking CloudFormation how its stacks stand.
    pub refresh: Availability,
}

/// An environment in the table of deployments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RowEnvironment {
    /// Its name.
    pub name: String,
    /// Where it lives; `None` where the manifest does not say.
    pub target: Option<Target>,
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

/// The settings as the screen shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct SettingsView {
    /// The settings.
    pub settings: AppSettings,
    /// How many stacks at once where that is not set.
    pub default_parallel: u32,
    /// What is wrong with their file.
    pub problems: Vec<String>,
    /// Their file.
    pub file: String,
    /// The root folder that is open.
    pub root: String,
    /// What decides about the root folder.
    pub root_from: RootSource,
    /// The root folder from the next start on, where that is another.
    pub next_root: Option<String>,
}

/// Everything about one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DeploymentDetail {
    /// Its row.
    pub row: DeploymentRow,
    /// What its status means beside those of its stacks.
    pub explanation: Explanation,
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

/// What a deployment's status means, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Explanation {
    /// In a sentence or some.
    pub text: String,
    /// Whether the stacks stand otherwise than the status would make one think.
    pub surprising: bool,
    /// What brings the two together, or is simply next.
    pub next: Option<NextStep>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct NextStep {
    /// What.
    pub request: Request,
    /// Whether it can be done now.
    pub availability: Availability,
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
    /// The CloudFormation service role.
    pub role_arn: Option<String>,
    /// Stacks deployed.
    pub deployed: u32,
    /// Stacks enabled.
    pub enabled: u32,
    /// Since when the oldest of its statuses stands: when CloudFormation was last asked for that stack (RFC 3339); `None`:
    /// it was never asked.
    pub checked_at: Option<String>,
    /// Deploying the whole environment.
    pub deploy: Availability,
    /// Destroying the whole environment.
    pub destroy: Availability,
    /// Asking CloudFormation how its stacks stand, or whether they are as their templates say.
    pub look: Availability,
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

/// One stack of an environment with what it needs there.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Dependent {
    /// The stack's name.
    pub stack: String,
    /// Its status.
    pub status: Recorded<StackStatus>,
    /// When the status was last written.
    pub since: Option<String>,
    /// Whether a deploy takes it.
    pub enabled: bool,
    /// The stacks whose outputs it uses, or which it must come after.
    pub needs: Vec<String>,
    /// The failed ones among all that it needs, directly or through others: it cannot be deployed before them.
    pub blocked_by: Vec<String>,
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
    /// When CloudFormation was last asked for the stack (RFC 3339); `None`: never. What is shown is how it stood then.
    pub checked_at: Option<String>,
    /// What drift detection last found; `None`: never asked for, or the stack has changed since.
    pub drift: Option<CellDrift>,
    /// Why it failed, or a remark: also what somebody else did to it, where the files said otherwise.
    pub reason: Option<String>,
    /// The stack's name in CloudFormation.
    pub cloudformation_name: String,
    /// CloudFormation's own status when it was last asked.
    pub cloudformation_status: Option<String>,
    /// What helps it out of the state that CloudFormation last showed, the best first ([`crate::Engine::recovery`]).
    pub ways_out: Vec<WayOut>,
    /// The outputs when it was last deployed.
    pub outputs: BTreeMap<String, String>,
    /// What others did to it outside Skydeck, since an operation of ours last worked on it.
    pub outside: Option<Outside>,
    /// What comes of that next.
    pub outside_next: Option<String>,
    /// Whether there may be such a stack in CloudFormation, so that it can be compared with its template.
    pub may_exist: bool,
    /// Whether a person should look at it: it failed, is held fast, drifted, or others were at it.
    pub attention: bool,
    /// Its address in the AWS console; `None`: it is not there, or in the sandbox.
    pub console: Option<String>,
    /// Deploying this stack alone.
    pub deploy: Availability,
    /// Destroying this stack alone.
    pub destroy: Availability,
    /// Asking CloudFormation how it stands, or whether it is as its template says.
    pub look: Availability,
}

/// Whether a stack is as its template says, in short ([`crate::Engine::stack_drift`] has it in full).
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct CellDrift {
    /// Whether it is.
    pub status: Recorded<DriftStatus>,
    /// When it was asked for (RFC 3339).
    pub checked_at: String,
    /// Why it could not be compared, or not whole.
    pub reason: Option<String>,
    /// The resources that differ, by their names in the template.
    pub resources: Vec<String>,
}

/// What a refresh did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
pub struct Refreshed {
    /// Its entry in the log; `None`: nothing had to be mended.
    pub operation: Option<OperationId>,
    /// What was mended.
    pub mended: Vec<Mended>,
}

/// What drift detection found.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DriftView {
    /// Its entry in the log; `None`: there was no stack to compare.
    pub operation: Option<OperationId>,
    /// When it was asked for (RFC 3339).
    pub checked_at: String,
    /// Stack by stack.
    pub stacks: Vec<StackDrift>,
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
    /// The version of the program that ran it.
    pub version: String,
    /// Whether a person approved its changes before the start.
    pub reviewed: bool,
    /// The same on the command line; `None`: no command says exactly that.
    pub command: Option<String>,
}

/// How an operation does.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct OperationProgress {
    /// When it will be over, and what decides that.
    pub forecast: Forecast,
    /// What it asks of AWS while it runs in this program, environment by environment.
    pub api: Vec<ApiBudget>,
}

/// What an operation asks of AWS in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ApiBudget {
    /// The environment.
    pub environment: EnvironmentName,
    /// Calls since its start, of everything in this program.
    pub calls: u32,
    /// How many of them were refused since they were too many.
    pub throttled: u32,
    /// Calls a second that are taken now, by everything in this program.
    pub per_second: f64,
    /// Calls a second that the account bears; `None`: it never complained.
    pub allowed_per_second: Option<f64>,
}

/// All that is known of an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationLog {
    /// As it stands.
    pub operation: OperationView,
    /// Every event so far.
    pub events: Vec<Event>,
}

/// An operation that another process was asked to call off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cancelling {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// Who runs it.
    pub by: String,
    /// Whether what runs is called off too, or only what has not started.
    pub running_too: bool,
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

/// A review: what CloudFormation says that an operation would change. It grows until it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ReviewView {
    /// Its id, with which the operation is started as reviewed, once.
    pub id: ReviewId,
    /// What is asked for.
    pub request: Request,
    /// The plan, as the files tell it.
    pub plan: PlanView,
    /// The stacks that have been looked at so far, in the plan's order.
    pub stacks: Vec<StackReview>,
    /// Whether all have been.
    pub done: bool,
    /// Why it could not be finished, and what to do.
    pub problem: Option<String>,
    /// The worst that its changes can cost.
    pub danger: Danger,
    /// Whether a slip would cost so much that the deployment's id has to be typed.
    pub grave: bool,
    /// How many stacks at once, unless another number is chosen.
    pub parallel: u32,
    /// How many stacks would change.
    pub changing: u32,
    /// How many are as wanted, unless a stack before them gives them something else.
    pub may_change: u32,
    /// How many can not be brought to what is wanted.
    pub blocked: u32,
    /// How long it usually takes with that many at once, in seconds; `None`: too little is known.
    pub usually_seconds: Option<f64>,
    /// The logins that it needs, where they end.
    pub sessions: Vec<SessionView>,
    /// What it asks of AWS, environment by environment.
    pub api: Vec<ApiBudget>,
    /// All in all, each account and region once; `None`: not done yet.
    pub total: Option<ApiCalls>,
}

/// How long the login of an environment holds, against what the operation usually takes.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct SessionView {
    /// The environment.
    pub environment: EnvironmentName,
    /// Who is logged in.
    pub arn: String,
    /// What to say where the login may end first.
    pub warning: Option<String>,
}

/// One stack that does not stand as wanted: its state, its cause, and the ways out.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct RecoveryCard {
    /// The stack.
    pub key: StackKey,
    /// The stack's name in CloudFormation.
    pub cloudformation_name: String,
    /// CloudFormation's status; `None`: there is no such stack.
    pub cloudformation_status: Option<String>,
    /// What that status means.
    pub meaning: String,
    /// Why it came to this: the first failure that CloudFormation tells of.
    pub cause: Option<String>,
    /// Whether termination protection is on.
    pub protected: bool,
    /// Stacks of the deployment that need this one and may exist.
    pub dependents: Vec<String>,
    /// What helps, the best first.
    pub ways: Vec<WayOutView>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct WayOutView {
    /// Which.
    pub way: WayOut,
    /// Its name on a button.
    pub title: String,
    /// What it does, in a sentence or two.
    pub effect: String,
    /// The exact call to CloudFormation; `None`: none is made.
    pub call: Option<String>,
    /// What it skips or leaves behind.
    pub skips: Option<String>,
    /// What it does to the stacks that need this one.
    pub dependents: Option<String>,
    /// Resources that can be skipped or left behind; which of them is the user's choice.
    pub choices: Vec<ResourceChoice>,
    /// The operation to start; `None`: there is nothing to start. What is chosen goes into its `skip` or `retain`.
    pub request: Option<Request>,
    /// The same on the command line, with all choices made.
    pub command: Option<String>,
    /// Whether something is lost.
    pub destructive: bool,
    /// Why it cannot be done now.
    pub refused: Option<String>,
}

/// A resource that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ResourceChoice {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// The real resource.
    pub physical_id: Option<String>,
    /// Its status.
    pub status: String,
    /// Why it is in the way.
    pub reason: Option<String>,
    /// Whether it is in the way, so that it is chosen from the start.
    pub chosen: bool,
}

/// How an environment is reached: what the manifest says of it and the user may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSettings {
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: String,
    /// The profile of the AWS configuration; empty: the default credential chain.
    pub profile: String,
    /// The role that CloudFormation assumes; empty: the caller's own rights.
    pub role_arn: String,
    /// The S3 bucket for large templates; empty: none.
    pub template_bucket: String,
    /// Tags of every stack in it.
    pub tags: BTreeMap<String, String>,
    /// SNS topics that are told of every stack's events.
    pub notification_arns: Vec<String>,
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
