//! The one stream of typed events that an operation leaves behind. It is the operation's log file, the
//! source of every progress display, and, folded by [`OperationView::apply`], its present state: live
//! and from the log alike.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::cloudformation::{self, Blame, Standing};
use crate::command::Command;
use crate::ids::{DeploymentId, EnvironmentName, OperationId, StackKey, StackName};
use crate::look::{Mended, StackDrift};
use crate::operation::{Direction, OperationKind, OperationOutcome, StackOutcome};
use crate::plan::{Pace, Request};
use crate::review::{Difference, ReviewAction, StackReview};
use crate::status::{DeploymentStatus, StackStatus};
use crate::wait::{self, Meanwhile, Waits};

/// One thing that happened in an operation: one line of its log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Event {
    /// The operation.
    pub operation: OperationId,
    /// Its place in the operation, from 0, without gaps.
    pub seq: u32,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What can happen in an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The first event.
    OperationStarted(OperationStart),
    /// A stack's turn came and something is done to it.
    StackStarted {
        /// The stack.
        key: StackKey,
        /// What is done.
        action: StackAction,
        /// How many resources that makes, where the template tells.
        resources: Option<u32>,
    },
    /// CloudFormation has taken on a change set.
    ChangeSetExecuted {
        /// The stack.
        key: StackKey,
        /// How many resources it makes or changes; what it removes is removed after its end.
        resources: u32,
    },
    /// CloudFormation reported on one resource, or on the stack itself.
    Resource(ResourceEvent),
    /// A stack's part is over.
    StackEnded(StackEnd),
    /// The user called the operation off.
    CancelRequested {
        /// Whether what runs is called off too, or only what has not started.
        running_too: bool,
        /// Who did, where that is known.
        #[serde(default)]
        by: Option<Actor>,
    },
    /// What a person looked at and approved before the start.
    Reviewed {
        /// Its stacks.
        stacks: Vec<StackReview>,
    },
    /// What would happen to a stack is not what was approved: it waits for an answer.
    ApprovalNeeded(Approval),
    /// The answer.
    ApprovalGiven {
        /// The stack.
        key: StackKey,
        /// Whether it goes on; otherwise it is left out.
        approved: bool,
    },
    /// The credentials do not hold any more: everything in these environments waits for a login.
    Paused(Pause),
    /// They hold again, and everything goes on.
    Resumed {
        /// The environment.
        environment: EnvironmentName,
    },
    /// The program that ran the operation has died, and another one brings it to its end.
    TakenUp {
        /// Who does.
        by: Actor,
    },
    /// The files said something else of a stack than CloudFormation.
    Mended(Mended),
    /// A stack was compared with its template.
    DriftDetected(StackDrift),
    /// Something that does not stop the operation but that the user should know.
    Warning {
        /// In words.
        message: String,
    },
    /// The last event.
    OperationEnded {
        /// How it ended.
        outcome: OperationOutcome,
        /// The deployment's status from now on.
        deployment_status: DeploymentStatus,
        /// What it asked of AWS; `None`: nobody counted.
        #[serde(default)]
        api: Option<ApiCalls>,
        /// For how many seconds nothing was done, since it waited for a person or its program was dead.
        #[serde(default)]
        waited: f64,
    },
}

/// A question in the middle of an operation: is this all right too?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Approval {
    /// What would happen now.
    pub review: StackReview,
    /// How that differs from what was approved.
    pub differences: Vec<Difference>,
}

/// An operation that waits for a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Pause {
    /// The environment whose credentials do not hold.
    pub environment: EnvironmentName,
    /// Why, and what to do.
    pub reason: String,
    /// The command that logs in, where there is one.
    #[serde(default)]
    pub command: Option<String>,
}

/// What an operation is, told by its first event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct OperationStart {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What is run.
    pub kind: OperationKind,
    /// The environments that it touches.
    pub environments: Vec<EnvironmentName>,
    /// The stacks that are changed, in a valid order, each with those that must succeed before it starts.
    pub stacks: Vec<StackTurn>,
    /// The one stack that a look was at; looks change none.
    #[serde(default)]
    pub looks_at: Option<StackName>,
    /// The deployment's status before it.
    pub status_before: DeploymentStatus,
    /// Who runs it.
    pub by: Actor,
    /// What was asked for; logs of early versions do not tell.
    #[serde(default)]
    pub request: Option<Request>,
    /// How its stacks are gone about; logs of early versions do not tell.
    #[serde(default)]
    pub pace: Pace,
    /// Whether a person approved its changes before the start.
    #[serde(default)]
    pub reviewed: bool,
}

impl OperationStart {
    /// The stack, where the operation is one on a single stack.
    pub fn only_stack(&self) -> Option<&StackName> {
        use OperationKind::{Deploy, DeployStack, Destroy, DestroyStack, Drift, Refresh, RepairStack};
        match self.kind {
            Deploy | Destroy => None,
            DeployStack | DestroyStack | RepairStack => self.stacks.first().map(|turn| &turn.key.stack),
            Refresh | Drift => self.looks_at.as_ref(),
        }
    }
}

impl OperationStart {
    /// Whether an earlier operation's outcome is out of date once this one has begun: it works on all that the earlier one
    /// worked on.
    pub fn replaces(&self, earlier: &Self) -> bool {
        let covers = self.only_stack().is_none_or(|stack| earlier.only_stack() == Some(stack));
        let looks = matches!(self.kind, OperationKind::Refresh | OperationKind::Drift);
        covers && !looks && earlier.environments.iter().all(|it| self.environments.contains(it))
    }
}

/// What an operation asked of AWS, or of the sandbox in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApiCalls {
    /// Calls, those that were refused included.
    pub calls: u32,
    /// How many of them were refused since they were too many.
    pub throttled: u32,
}

/// One stack of an operation and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StackTurn {
    /// The stack.
    pub key: StackKey,
    /// Stacks of the same operation that must succeed first.
    pub waits_for: Vec<StackKey>,
}

/// Who runs an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Actor {
    /// The user's login name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// `app` or `cloud`.
    pub front_end: String,
    /// This program's version.
    pub version: String,
}

/// What an operation does to a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StackAction {
    /// It did not exist.
    Create,
    /// It exists and is compared and changed.
    Update,
    /// A first create had failed: what is left of it is deleted, then it is created anew.
    Recreate,
    /// It is deleted.
    Delete,
    /// It is got out of a state in which CloudFormation holds it fast.
    Repair,
}

/// One event of CloudFormation, as CloudFormation tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ResourceEvent {
    /// The stack.
    pub key: StackKey,
    /// The resource's name in the template; the stack's name for the stack itself.
    pub logical_id: String,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// The real resource's id, once there is one.
    pub physical_id: Option<String>,
    /// Like `CREATE_COMPLETE`.
    pub status: String,
    /// CloudFormation's reason.
    pub reason: Option<String>,
    /// When CloudFormation says it happened.
    pub happened_at: DateTime<Utc>,
}

/// How a stack came out of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StackEnd {
    /// The stack.
    pub key: StackKey,
    /// How.
    pub outcome: StackOutcome,
    /// Its status from now on; `None`: it keeps the one it had.
    pub status: Option<StackStatus>,
    /// Why, where it did not succeed; a remark, where it did.
    pub reason: Option<String>,
    /// CloudFormation's own status, if it was asked.
    pub cloudformation_status: Option<String>,
    /// Whether termination protection was found on.
    #[serde(default)]
    pub protected: bool,
    /// The stack's outputs; values that hold a `NoEcho` parameter are masked.
    pub outputs: BTreeMap<String, String>,
    /// From its turn to its end, without the time that it waited for a person or for a program that was dead; 0 for a stack
    /// that did not start.
    pub seconds: f64,
}

/// Where a stack stands in an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StackPhase {
    /// Its turn has not come.
    Queued,
    /// Something is done to it.
    Running,
    /// Its part is over.
    Ended,
}

/// How far an operation's stacks have come. One that was not there when it was to be destroyed was nothing to do, and
/// does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct Headway {
    /// How many there are to do.
    pub all: u32,
    /// Those whose part is over.
    pub ended: u32,
    /// Those of them that are as the operation wanted them.
    pub well: u32,
}

impl Headway {
    fn of(kind: OperationKind, stacks: &[StackRun]) -> Self {
        let mut headway = Self { all: 0, ended: 0, well: 0 };
        for run in stacks.iter().filter(|run| run.counts(kind)) {
            let outcome = run.end.as_ref().map(|end| end.outcome);
            headway.all += 1;
            headway.ended += u32::from(outcome.is_some());
            headway.well += u32::from(outcome.is_some_and(StackOutcome::is_success));
        }
        headway
    }
}

/// One stack's part in an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackRun {
    /// The stack.
    pub key: StackKey,
    /// Stacks of the same operation that must succeed first.
    pub waits_for: Vec<StackKey>,
    /// Where it stands.
    pub phase: StackPhase,
    /// What the review said would happen to it.
    pub reviewed: Option<ReviewAction>,
    /// What is done to it, once it has started.
    pub action: Option<StackAction>,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Resources that are done.
    pub resources_done: u32,
    /// Resources to do in all, where it is known.
    pub resources_total: Option<u32>,
    /// The newest status that CloudFormation gave for the stack.
    pub cloudformation_status: Option<String>,
    /// How it ended.
    pub end: Option<StackEnd>,
    /// What failed first, and not since something else had: the root cause, where there is one.
    pub first_failure: Option<ResourceEvent>,
    /// Whether that is the stack itself, which failed as a whole, and no resource of its template.
    pub failed_as_a_whole: bool,
    /// Whether CloudFormation takes back what was begun.
    pub rolling_back: bool,
    /// What the stack has given up, and is still there: a policy of its template retains it, or the user left it behind.
    pub kept: Vec<ResourceEvent>,
    /// Resources that could not go back or could not be deleted, by their names in the template.
    pub in_the_way: Vec<String>,
    /// The question that it waits for an answer to.
    pub approval: Option<Approval>,
    /// When it waited instead of being worked on.
    #[serde(skip)]
    #[specta(skip)]
    pub waits: Waits,
}

/// An operation as its events so far tell it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct OperationView {
    /// Its id.
    pub id: OperationId,
    /// What it is.
    pub start: OperationStart,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Option<OperationOutcome>,
    /// The deployment's status after it.
    pub deployment_status: Option<DeploymentStatus>,
    /// Whether the user called it off.
    pub cancel_requested: bool,
    /// The stack, where it is an operation on a single one.
    pub stack: Option<StackName>,
    /// Its stacks, in a valid order.
    pub stacks: Vec<StackRun>,
    /// How far they have come.
    pub headway: Headway,
    /// Whether a person approved its changes before the start.
    pub reviewed: bool,
    /// Whether its program died, so that another one had to bring it to its end.
    pub interrupted: bool,
    /// What would go on from here, once it has ended and not everything went well.
    pub again: Option<Request>,
    /// The same operation on the command line; `None`: no command says exactly that.
    pub command: Option<String>,
    /// What it asked of AWS, once it has ended.
    pub api: Option<ApiCalls>,
    /// How many seconds it took, once it has ended, without those in which it waited for a person or its program was dead.
    pub took: Option<f64>,
    /// When its program was dead.
    #[serde(skip)]
    #[specta(skip)]
    pub waits: Waits,
    /// When its last event was recorded.
    #[serde(skip)]
    #[specta(skip)]
    pub last_at: DateTime<Utc>,
    /// The environments that wait for a login.
    pub pauses: Vec<Pause>,
    /// What a refresh mended.
    pub mended: Vec<Mended>,
    /// What drift detection found, stack by stack.
    pub drifts: Vec<StackDrift>,
    /// Warnings so far.
    pub warnings: Vec<String>,
    /// The last event that is in this view.
    pub last_seq: u32,
}

impl OperationView {
    /// The view of an operation that has just started; `None` if that is not its first event.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventKind::OperationStarted(start) = &event.kind else {
            return None;
        };
        let run = |turn: &StackTurn| StackRun {
            key: turn.key.clone(),
            waits_for: turn.waits_for.clone(),
            phase: StackPhase::Queued,
            reviewed: None,
            action: None,
            started_at: None,
            ended_at: None,
            resources_done: 0,
            resources_total: None,
            cloudformation_status: None,
            end: None,
            first_failure: None,
            failed_as_a_whole: false,
            rolling_back: false,
            kept: Vec::new(),
            in_the_way: Vec::new(),
            approval: None,
            waits: Waits::default(),
        };
        let stacks: Vec<_> = start.stacks.iter().map(run).collect();
        Some(Self {
            id: event.operation.clone(),
            start: start.clone(),
            started_at: event.at,
            ended_at: None,
            outcome: None,
            deployment_status: None,
            cancel_requested: false,
            stack: start.only_stack().cloned(),
            headway: Headway::of(start.kind, &stacks),
            stacks,
            reviewed: start.reviewed,
            interrupted: false,
            again: None,
            command: Command::of(start).and_then(|command| command.line(start.deployment_id.as_str())),
            api: None,
            took: None,
            waits: Waits::default(),
            last_at: event.at,
            pauses: Vec::new(),
            mended: Vec::new(),
            drifts: Vec::new(),
            warnings: Vec::new(),
            last_seq: event.seq,
        })
    }

    /// The view of a whole log; `None` if it does not begin with the operation's start.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut view = Self::begin(events.next()?)?;
        events.for_each(|event| view.apply(event));
        Some(view)
    }

    /// Takes the next event into account.
    pub fn apply(&mut self, event: &Event) {
        self.last_seq = event.seq;
        let last_at = std::mem::replace(&mut self.last_at, event.at);
        match &event.kind {
            EventKind::OperationStarted(_) => {}
            EventKind::StackStarted { key, action, resources } => {
                if let Some(run) = self.run(key) {
                    run.phase = StackPhase::Running;
                    run.action = Some(*action);
                    run.started_at = Some(event.at);
                    run.resources_total = resources.or(run.resources_total);
                }
            }
            EventKind::ChangeSetExecuted { key, resources } => {
                if let Some(run) = self.run(key) {
                    run.resources_total = Some(*resources);
                }
            }
            EventKind::Resource(resource) => {
                let name = resource.key.cloudformation_name(&self.start.deployment_id);
                let direction = self.start.kind.direction();
                if let Some(run) = self.run(&resource.key) {
                    run.take_resource(resource, &name, direction);
                }
            }
            EventKind::StackEnded(end) => {
                let at = event.at;
                if let Some(run) = self.run(&end.key) {
                    run.phase = StackPhase::Ended;
                    run.approval = None;
                    run.waits.end(at);
                    run.ended_at = Some(at);
                    run.cloudformation_status =
                        end.cloudformation_status.clone().or(run.cloudformation_status.take());
                    // Not every template and not every delete tells a number before: what is done at
                    // a good end was all. An unchanged stack had nothing to do.
                    match end.outcome {
                        StackOutcome::Succeeded => {
                            run.resources_total = Some(run.resources_done).filter(|done| *done > 0);
                        }
                        StackOutcome::Unchanged => run.resources_total = None,
                        _ => {}
                    }
                    run.end = Some(end.clone());
                }
                self.headway = Headway::of(self.start.kind, &self.stacks);
            }
            EventKind::CancelRequested { .. } => self.cancel_requested = true,
            EventKind::Reviewed { stacks } => {
                self.reviewed = true;
                for review in stacks {
                    if let Some(run) = self.run(&review.key) {
                        run.reviewed = Some(review.action);
                        if review.action == ReviewAction::Delete {
                            let all = u32::try_from(review.changes.len()).ok();
                            // Who may not list them does not know.
                            run.resources_total = all.filter(|all| *all > 0);
                        }
                    }
                }
            }
            EventKind::ApprovalNeeded(approval) => {
                if let Some(run) = self.run(&approval.review.key) {
                    run.approval = Some(approval.clone());
                    run.waits.begin(event.at, Meanwhile::Nothing);
                }
            }
            EventKind::ApprovalGiven { key, .. } => {
                if let Some(run) = self.run(key) {
                    run.approval = None;
                    run.waits.end(event.at);
                }
            }
            EventKind::Paused(pause) => {
                self.pauses.retain(|other| other.environment != pause.environment);
                self.pauses.push(pause.clone());
                self.open_in(&pause.environment).for_each(|run| run.waits.begin(event.at, run.unseen()));
            }
            EventKind::Resumed { environment } => {
                self.pauses.retain(|pause| pause.environment != *environment);
                // What waits for an answer, too, goes on with that.
                self.open_in(environment)
                    .filter(|run| run.approval.is_none())
                    .for_each(|run| run.waits.end(event.at));
            }
            EventKind::TakenUp { .. } => {
                self.interrupted = true;
                self.pauses.clear();
                // Nobody knows when exactly its program died: its last event is the last sign of life.
                self.waits.begin(last_at, Meanwhile::Nothing);
                self.waits.end(event.at);
                for run in self.stacks.iter_mut().filter(|run| run.end.is_none()) {
                    run.approval = None;
                    run.waits.begin(last_at, run.unseen());
                    run.waits.end(event.at);
                }
            }
            EventKind::Mended(mended) => self.mended.push(mended.clone()),
            EventKind::DriftDetected(drift) => self.drifts.push(drift.clone()),
            EventKind::Warning { message } => self.warnings.push(message.clone()),
            EventKind::OperationEnded { outcome, deployment_status, api, waited } => {
                self.pauses.clear();
                self.api = *api;
                let whole = (event.at - self.started_at).as_seconds_f64();
                self.took = Some(wait::whole_milliseconds(whole - waited));
                self.ended_at = Some(event.at);
                self.outcome = Some(*outcome);
                self.deployment_status = Some(*deployment_status);
                let well = *outcome == OperationOutcome::Succeeded;
                self.again = self.start.request.clone().filter(|_| !well);
            }
        }
    }

    fn run(&mut self, key: &StackKey) -> Option<&mut StackRun> {
        self.stacks.iter_mut().find(|run| run.key == *key)
    }

    fn open_in<'v>(&'v mut self, environment: &'v EnvironmentName) -> impl Iterator<Item = &'v mut StackRun> {
        self.stacks.iter_mut().filter(move |run| run.end.is_none() && run.key.environment == *environment)
    }
}

impl StackRun {
    /// Whether there was anything to do: not where it was to be destroyed and was not there.
    pub(crate) fn counts(&self, kind: OperationKind) -> bool {
        let outcome = self.end.as_ref().map(|end| end.outcome);
        kind.direction() != Direction::Down || outcome != Some(StackOutcome::Unchanged)
    }

    /// What CloudFormation does to it while nobody looks.
    fn unseen(&self) -> Meanwhile {
        match self.cloudformation_status.as_deref().map(cloudformation::standing) {
            Some(Standing::Busy) => Meanwhile::Works,
            _ => Meanwhile::Unseen,
        }
    }

    /// `name`: the stack's own in CloudFormation, under which it tells of itself. `direction`: where the operation goes.
    fn take_resource(&mut self, resource: &ResourceEvent, name: &str, direction: Direction) {
        // An empty stack around a change set is no work on it.
        if !cloudformation::is_in_review(&resource.status) {
            self.waits.worked(resource.happened_at);
        }
        if self.first_failure.is_none() && resource.blame(name, direction) == Blame::Cause {
            self.first_failure = Some(resource.clone());
            self.failed_as_a_whole = resource.is_of_stack(name);
        }
        if resource.is_of_stack(name) {
            self.cloudformation_status = Some(resource.status.clone());
            // A repair ends well in a rollback.
            let is_repair = self.action == Some(StackAction::Repair);
            self.rolling_back = !is_repair && resource.status.contains("ROLLBACK");
            return;
        }
        if is_done(&resource.status, self.action) && !self.rolling_back {
            self.resources_done += 1;
            self.resources_total = self.resources_total.map(|total| total.max(self.resources_done));
        }
        self.in_the_way.retain(|id| *id != resource.logical_id);
        let goes_back = self.rolling_back || self.action == Some(StackAction::Repair);
        if resource.status == "DELETE_FAILED" || goes_back && resource.status.ends_with("_FAILED") {
            self.in_the_way.push(resource.logical_id.clone());
        }
        let is_known = |kept: &ResourceEvent| kept.physical_id == resource.physical_id;
        if resource.is_left_behind() && !self.kept.iter().any(is_known) {
            self.kept.push(resource.clone());
        }
    }
}

const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

/// A resource counts once: when it ends the way the action wants, and not when that is taken back.
fn is_done(status: &str, action: Option<StackAction>) -> bool {
    match action {
        Some(StackAction::Delete) => matches!(status, "DELETE_COMPLETE" | "DELETE_SKIPPED"),
        _ => matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE"),
    }
}

impl Event {
    /// When it happened: CloudFormation may be asked only later what became of a resource.
    pub fn happened_at(&self) -> DateTime<Utc> {
        match &self.kind {
            EventKind::Resource(resource) => resource.happened_at,
            _ => self.at,
        }
    }
}

impl ResourceEvent {
    /// Whether the stack has given the resource up and left it where it is. What was never made cannot be left.
    pub fn is_left_behind(&self) -> bool {
        self.status == "DELETE_SKIPPED" && self.physical_id.as_deref().is_some_and(|id| !id.is_empty())
    }

    /// Whether it tells of the stack itself, whose `name` in CloudFormation this is; a nested stack has another.
    pub fn is_of_stack(&self, name: &str) -> bool {
        self.resource_type == STACK_TYPE && self.logical_id == name
    }

    /// Whether it tells of a stack that is nested in the one of this `name`.
    pub fn is_of_nested_stack(&self, name: &str) -> bool {
        self.resource_type == STACK_TYPE && self.logical_id != name
    }

    /// What it tells of why an operation on the stack of this `name` failed.
    pub fn blame(&self, name: &str, direction: Direction) -> Blame {
        cloudformation::blame(self.is_of_stack(name), &self.status, self.reason.as_deref(), direction)
    }

    /// What failed, and why, in one line; of the stack itself, whose `name` this is, only why.
    pub fn in_words(&self, name: &str) -> String {
        let reason = self.reason.as_deref().unwrap_or("no reason was given");
        if self.is_of_stack(name) {
            return reason.to_owned();
        }
        format!("{} ({}): {reason}", self.logical_id, self.resource_type)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn key(stack: &str) -> StackKey {
        StackKey { stack: stack.parse().unwrap(), environment: "dev".parse().unwrap() }
    }

    fn resource(stack: &str, id: &str, status: &str, reason: Option<&str>) -> EventKind {
        EventKind::Resource(ResourceEvent {
            key: key(stack),
            logical_id: id.to_owned(),
            resource_type: "AWS::EC2::VPC".to_owned(),
            physical_id: None,
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            happened_at: DateTime::UNIX_EPOCH,
        })
    }

    fn log(kinds: Vec<EventKind>) -> Vec<Event> {
        let turns = ["network", "security"].map(|stack| StackTurn { key: key(stack), waits_for: Vec::new() });
        let start = fixtures::start(OperationKind::Deploy, turns.to_vec());
        fixtures::log(std::iter::once(EventKind::OperationStarted(start)).chain(kinds))
    }

    #[test]
    fn an_outcome_is_out_of_date_once_the_same_is_worked_on_again() {
        let start = |kind, environments: &[&str], stack: Option<&str>| {
            let EventKind::OperationStarted(mut start) = log(Vec::new()).remove(0).kind else { panic!() };
            start.kind = kind;
            start.environments = environments.iter().map(|name| name.parse().unwrap()).collect();
            if let Some(stack) = stack {
                start.stacks = vec![StackTurn { key: key(stack), waits_for: Vec::new() }];
            }
            start
        };
        use OperationKind::{Deploy, DeployStack, Destroy, Refresh, RepairStack};
        let (dev, both) = (&["dev"][..], &["dev", "prod"][..]);
        for (earlier, later, replaced) in [
            (start(Deploy, dev, None), start(Deploy, dev, None), true),
            (start(Deploy, dev, None), start(Destroy, both, None), true),
            (start(Destroy, both, None), start(Deploy, dev, None), false),
            (start(Deploy, dev, None), start(Deploy, &["prod"], None), false),
            // Of the others nothing is known anew.
            (start(Deploy, dev, None), start(DeployStack, dev, Some("network")), false),
            (start(DeployStack, dev, Some("network")), start(Deploy, dev, None), true),
            (start(DeployStack, dev, Some("network")), start(RepairStack, dev, Some("network")), true),
            (start(DeployStack, dev, Some("network")), start(DeployStack, dev, Some("security")), false),
            (start(Deploy, dev, None), start(Refresh, dev, None), false),
        ] {
            assert_eq!(later.replaces(&earlier), replaced, "{earlier:?} {later:?}");
        }
    }

    #[test]
    fn a_log_line_is_flat_and_reads_back_as_the_same_event() {
        for event in log(vec![
            EventKind::StackStarted { key: key("network"), action: StackAction::Create, resources: Some(3) },
            resource("network", "Vpc", "CREATE_COMPLETE", None),
            EventKind::OperationEnded {
                outcome: OperationOutcome::Succeeded,
                deployment_status: DeploymentStatus::Deployed,
                api: Some(ApiCalls { calls: 312, throttled: 4 }),
                waited: 1.5,
            },
        ]) {
            let line = serde_json::to_value(&event).unwrap();
            assert!(line["event"].is_string() && line["seq"].is_number(), "{line}");
            assert_eq!(serde_json::from_value::<Event>(line).unwrap(), event);
        }
    }

    #[test]
    fn the_root_cause_is_the_first_failure_that_is_not_a_cancellation() {
        let events = log(vec![
            EventKind::StackStarted { key: key("network"), action: StackAction::Create, resources: Some(3) },
            resource("network", "A", "CREATE_COMPLETE", None),
            resource("network", "B", "CREATE_FAILED", Some("Resource creation cancelled")),
            resource("network", "C", "CREATE_FAILED", Some("Bucket name taken")),
            resource("network", "D", "CREATE_FAILED", Some("Another")),
        ]);
        let view = OperationView::replay(&events).unwrap();
        let run = &view.stacks[0];
        assert_eq!(run.first_failure.as_ref().unwrap().logical_id, "C");
        assert_eq!((run.resources_done, run.resources_total), (1, Some(3)));
        assert_eq!(run.phase, StackPhase::Running);
        assert_eq!(view.stacks[1].phase, StackPhase::Queued);
        assert_eq!(view.last_seq, 5);
    }

    #[test]
    fn a_stack_that_fails_as_a_whole_tells_why_itself() {
        let own = |status: &str, reason: &str| {
            EventKind::Resource(ResourceEvent {
                key: key("network"),
                logical_id: "DX6604E-network-dev".to_owned(),
                resource_type: STACK_TYPE.to_owned(),
                physical_id: None,
                status: status.to_owned(),
                reason: Some(reason.to_owned()),
                happened_at: DateTime::UNIX_EPOCH,
            })
        };
        let timeout = own("ROLLBACK_IN_PROGRESS", "Stack creation time exceeded the specified timeout.");
        let derived = own("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A].");
        let cancelled = resource("network", "A", "CREATE_FAILED", Some("Resource creation cancelled"));
        let broken = resource("network", "A", "CREATE_FAILED", Some("Bucket name taken"));
        let stuck = resource("network", "B", "DELETE_FAILED", Some("not empty"));
        for (events, cause) in [
            // What the rollback then fails at is not why there is a rollback.
            (vec![cancelled.clone(), timeout, stuck], Some(("DX6604E-network-dev", true))),
            (vec![broken, derived.clone()], Some(("A", false))),
            (vec![cancelled, derived], None),
        ] {
            let run = OperationView::replay(&log(events)).unwrap().stacks.remove(0);
            let found = run.first_failure.as_ref().map(|it| (it.logical_id.as_str(), run.failed_as_a_whole));
            assert_eq!(found, cause);
        }
    }

    #[test]
    fn a_stack_that_succeeded_has_done_all_its_resources() {
        let end = |outcome| {
            EventKind::StackEnded(StackEnd {
                key: key("network"),
                outcome,
                status: None,
                reason: None,
                cloudformation_status: None,
                protected: false,
                outputs: BTreeMap::new(),
                seconds: 1.0,
            })
        };
        for (outcome, total) in [(StackOutcome::Succeeded, 1), (StackOutcome::Failed, 3)] {
            let view = OperationView::replay(&log(vec![
                EventKind::StackStarted {
                    key: key("network"),
                    action: StackAction::Create,
                    resources: Some(3),
                },
                resource("network", "A", "CREATE_COMPLETE", None),
                end(outcome),
            ]));
            let run = view.unwrap().stacks.remove(0);
            assert_eq!((run.resources_done, run.resources_total), (1, Some(total)), "{outcome:?}");
        }
    }

    #[test]
    fn a_change_set_tells_how_many_resources_there_are_to_change() {
        let mut events = vec![
            EventKind::StackStarted { key: key("network"), action: StackAction::Update, resources: None },
            EventKind::ChangeSetExecuted { key: key("network"), resources: 2 },
        ];
        let total = |events: &[EventKind]| {
            OperationView::replay(&log(events.to_vec())).unwrap().stacks[0].resources_total
        };
        assert_eq!((total(&events[..1]), total(&events)), (None, Some(2)));
        events.push(resource("network", "A", "UPDATE_COMPLETE", None));
        assert_eq!(total(&events), Some(2));
    }

    #[test]
    fn what_is_taken_back_is_no_progress_and_what_is_kept_is_told() {
        let started = |action| EventKind::StackStarted { key: key("network"), action, resources: None };
        let own = |status: &str| {
            EventKind::Resource(ResourceEvent {
                key: key("network"),
                logical_id: "DX6604E-network-dev".to_owned(),
                resource_type: STACK_TYPE.to_owned(),
                physical_id: None,
                status: status.to_owned(),
                reason: None,
                happened_at: "2025-10-30T00:46:48Z".parse().unwrap(),
            })
        };
        let run = |events: Vec<EventKind>| OperationView::replay(&log(events)).unwrap().stacks.remove(0);
        let update = run(vec![
            started(StackAction::Update),
            EventKind::ChangeSetExecuted { key: key("network"), resources: 1 },
            resource("network", "A", "UPDATE_FAILED", None),
            own("UPDATE_ROLLBACK_IN_PROGRESS"),
            resource("network", "A", "UPDATE_COMPLETE", None),
        ]);
        assert_eq!((update.resources_done, update.resources_total), (0, Some(1)));
        // More than was promised is done all the same.
        let more = run(vec![
            started(StackAction::Update),
            EventKind::ChangeSetExecuted { key: key("network"), resources: 1 },
            resource("network", "A", "UPDATE_COMPLETE", None),
            resource("network", "B", "UPDATE_COMPLETE", None),
        ]);
        assert_eq!((more.resources_done, more.resources_total), (2, Some(2)));
        // A repair ends well in a rollback.
        let repair = run(vec![
            started(StackAction::Repair),
            own("UPDATE_ROLLBACK_IN_PROGRESS"),
            resource("network", "A", "UPDATE_COMPLETE", None),
        ]);
        assert_eq!(repair.resources_done, 1);
        let left = |id: &str, physical_id: Option<&str>| match resource("network", id, "DELETE_SKIPPED", None)
        {
            EventKind::Resource(event) => {
                EventKind::Resource(ResourceEvent { physical_id: physical_id.map(str::to_owned), ..event })
            }
            other => other,
        };
        let delete = run(vec![
            started(StackAction::Delete),
            left("A", Some("a-1")),
            // Told twice, and never made.
            left("A", Some("a-1")),
            left("C", None),
            resource("network", "B", "DELETE_COMPLETE", None),
        ]);
        let kept: Vec<_> = delete.kept.iter().map(|resource| resource.logical_id.as_str()).collect();
        assert_eq!((delete.resources_done, kept), (4, vec!["A"]));
    }

    #[test]
    fn what_was_not_there_to_be_destroyed_does_not_count() {
        let end = |stack: &str, outcome| {
            EventKind::StackEnded(StackEnd {
                key: key(stack),
                outcome,
                status: None,
                reason: None,
                cloudformation_status: None,
                protected: false,
                outputs: BTreeMap::new(),
                seconds: 0.0,
            })
        };
        let ends = [end("network", StackOutcome::Unchanged), end("security", StackOutcome::Failed)];
        for (kind, known, expected) in [
            (OperationKind::Deploy, 0, (2, 0, 0)),
            (OperationKind::Deploy, 1, (2, 1, 1)),
            (OperationKind::Deploy, 2, (2, 2, 1)),
            (OperationKind::Destroy, 0, (2, 0, 0)),
            (OperationKind::Destroy, 1, (1, 0, 0)),
            (OperationKind::DestroyStack, 2, (1, 1, 0)),
        ] {
            let mut events = log(ends[..known].to_vec());
            if let EventKind::OperationStarted(start) = &mut events[0].kind {
                start.kind = kind;
            }
            let Headway { all, ended, well } = OperationView::replay(&events).unwrap().headway;
            assert_eq!((all, ended, well), expected, "{kind} after {known}");
        }
    }

    #[test]
    fn a_log_without_its_start_is_no_operation() {
        assert_eq!(OperationView::replay(&log(Vec::new())[1..]), None);
        let events = log(vec![EventKind::CancelRequested { running_too: false, by: None }]);
        assert_eq!(OperationView::replay(&events[1..]), None);
        assert!(OperationView::replay(&events).unwrap().cancel_requested);
    }
}
