//! An operation before it starts.

use serde::Serialize;
use skydeck_model::change::Danger;
use skydeck_model::event::ApiCalls;
use skydeck_model::identity::Renamed;
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::plan::Request;
use skydeck_model::review::StackReview;
use skydeck_model::uses::Use;
use skydeck_model::{
    EnvironmentName, OperationKind, Problem, Recorded, ReviewId, StackKey, StackStatus, Target,
};
use specta::Type;

use super::{ApiBudget, FormerView};

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
    /// What is deployed, not in the manifest any more, and not touched by this.
    pub leaves: Vec<FormerView>,
    /// What the manifest calls otherwise than the deployment was created as.
    pub renamed: Vec<Renamed>,
    /// Why stacks of a deploy will certainly fail. It starts only if it is told to keep going ([`crate::Options`]).
    pub foreseen: Vec<Problem>,
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
    /// What the operation uses there besides the stacks.
    pub uses: Vec<Use>,
}

/// One stack of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct PlannedStack {
    /// The stack.
    pub key: StackKey,
    /// Its status now.
    pub status: Recorded<StackStatus>,
    /// Whether it is not in the manifest any more, in words.
    pub former: Option<String>,
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
    /// Whether the files have changed since, so that it has to be made anew.
    pub outdated: bool,
    /// Why it could not be finished, and what to do.
    pub problem: Option<String>,
    /// The worst that its changes can cost.
    pub danger: Danger,
    /// Whether a slip would cost so much that the deployment's id has to be typed.
    pub grave: bool,
    /// How many stacks at once where nothing else is chosen.
    pub usual_parallel: u32,
    /// How many stacks at once it reckons with ([`crate::Engine::pace_review`]).
    pub parallel: u32,
    /// How many stacks would change.
    pub changing: u32,
    /// How many are as wanted, unless a stack before them gives them something else.
    pub may_change: u32,
    /// How many can not be brought to what is wanted.
    pub blocked: u32,
    /// How many of these CloudFormation could not be asked about.
    pub unasked: u32,
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
