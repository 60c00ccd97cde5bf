//! One deployment: its two levels of status, the grid, what each cell can do, the history.

use std::collections::BTreeMap;

use serde::Serialize;
use skydeck_model::cloudformation::{Outside, WayOut};
use skydeck_model::identity::Renamed;
use skydeck_model::look::DriftStatus;
use skydeck_model::plan::Request;
use skydeck_model::{
    EnvironmentName, OperationId, OperationKind, OperationOutcome, Problem, Recorded, StackStatus, Target,
};
use specta::Type;

use super::DeploymentRow;

/// Everything about one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DeploymentDetail {
    /// Its row.
    pub row: DeploymentRow,
    /// What its status means beside those of its stacks.
    pub explanation: Explanation,
    /// The grid's columns.
    pub environments: Vec<EnvironmentView>,
    /// Those that one compares first; `None` where there is only one.
    pub compare: Option<EnvironmentPair>,
    /// The grid's rows, in the manifest's order.
    pub stacks: Vec<StackView>,
    /// What is deployed and not in the manifest any more.
    pub former: Vec<FormerView>,
    /// What the manifest calls otherwise than the deployment was created as.
    pub renamed: Vec<Renamed>,
    /// What is wrong with the manifest and its templates: whatever needs it is refused until it is corrected.
    pub problems: Vec<Problem>,
    /// What CloudFormation takes of them, but perhaps not as it is meant.
    pub warnings: Vec<Problem>,
    /// Past and present operations, newest first.
    pub operations: Vec<OperationSummary>,
    /// Destroying every environment at once.
    pub destroy_all: Availability,
}

/// A stack that is deployed and has no place in the manifest any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FormerView {
    /// The stack's name.
    pub stack: String,
    /// Its environment.
    pub environment: String,
    /// Its status.
    pub status: Recorded<StackStatus>,
    /// All of that in words.
    pub text: String,
    /// What destroys it on the command line; `None`: it cannot be destroyed as things stand.
    pub command: Option<String>,
    /// What has to be done first.
    pub hint: Option<String>,
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
    /// Whether it was taken out of the manifest while something of it may exist: it can only be looked at and destroyed.
    pub former: bool,
    /// Where it lives; `None` where nothing says.
    pub target: Option<Target>,
    /// Its region.
    pub region: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// The AWS profile.
    pub profile: Option<String>,
    /// The CloudFormation service role.
    pub role_arn: Option<String>,
    /// Enabled stacks that are deployed.
    pub deployed: u32,
    /// Stacks enabled.
    pub enabled: u32,
    /// Stacks that are deployed although they are not enabled, or of which the manifest does not tell.
    pub besides: u32,
    /// Since when the oldest of its statuses stands, of stacks that may be there: when CloudFormation was last asked for that
    /// stack (RFC 3339); `None`: it was never asked.
    pub checked_at: Option<String>,
    /// Deploying the whole environment.
    pub deploy: Availability,
    /// Destroying the whole environment.
    pub destroy: Availability,
    /// Asking CloudFormation how its stacks stand, or whether they are as their templates say.
    pub look: Availability,
}

/// Two environments side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct EnvironmentPair {
    /// The one that is the measure.
    pub from: String,
    /// The one that is measured by it.
    pub to: String,
}

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackView {
    /// The stack's name.
    pub name: String,
    /// Whether the manifest does not have it any more.
    pub former: bool,
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
    /// The stacks whose outputs it uses, whose exports it imports, or which it must come after.
    pub needs: Vec<String>,
    /// Why it needs each of them, like `imports shared-arn`.
    pub reasons: BTreeMap<String, Vec<String>>,
    /// Whether the manifest does not have it any more, so that what it needs is not known.
    pub former: bool,
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
    /// Whether it may exist and has no place in the manifest any more.
    pub former: bool,
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
    /// Whether a deploy can take it as it stands; otherwise a way out has to be taken first.
    pub takes_deploy: bool,
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
    /// Whether it can be deployed although something that it needs is not, where that is asked for expressly.
    pub deploy_anyway: bool,
    /// Destroying this stack alone.
    pub destroy: Availability,
    /// Whether it can be destroyed although something needs it, where that is asked for expressly.
    pub destroy_anyway: bool,
    /// Asking CloudFormation how it stands.
    pub look: Availability,
    /// Asking CloudFormation whether it is as its template says.
    pub detect_drift: Availability,
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
    /// When it ended; `None`: it runs, or was interrupted.
    pub ended_at: Option<String>,
    /// How long it took, in seconds, without the time in which it waited for a person or its program was dead; `None`: it
    /// has not ended.
    pub seconds: Option<f64>,
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
