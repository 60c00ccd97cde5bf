//! What to do after an operation that did not come out as wanted: for each stack what has to be done first, then the
//! operation again. It follows from CloudFormation's status alone ([`cloudformation::ways_out`]), so that what a terminal
//! advises and what a recovery card offers is the same, and can work.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::cloudformation::{self, Standing, WayOut};
use crate::command::Command;
use crate::event::{OperationStart, OperationView, StackEnd, StackRun};
use crate::ids::{DeploymentId, StackKey};
use crate::operation::{Direction, OperationOutcome, StackOutcome};
use crate::plan::{Deletion, Pace, Repair, Request};

/// What helps a stack that stands so, the best first; of a protected one also that the protection can go.
pub fn ways(status: &str, protected: bool) -> Vec<WayOut> {
    let mut ways = cloudformation::ways_out(status).to_vec();
    if protected {
        // First where nothing else can be done before.
        let place = if ways.first().is_some_and(|way| way.deletes()) { 0 } else { ways.len() };
        ways.insert(place, WayOut::Unprotect);
    }
    ways
}

/// What has to be done to a stack that stands so before an operation that goes this way can take it, the best first;
/// nothing: it can be taken as it is. After a repair that did not help: what does.
pub fn before(status: &str, protected: bool, direction: Direction) -> Vec<WayOut> {
    match (cloudformation::standing(status), direction) {
        (Standing::Busy, _) => vec![WayOut::Wait],
        (Standing::Stuck, Direction::Up) => ways(status, protected),
        // A change set that nobody executed makes no stack that could be protected.
        (Standing::Leftover, Direction::Up)
            if protected && cloudformation::outcome(status, direction).is_some() =>
        {
            vec![WayOut::Unprotect]
        }
        (Standing::Updatable | Standing::Leftover | Standing::Stuck, Direction::Down) if protected => {
            vec![WayOut::Unprotect]
        }
        (Standing::Absent, _) => Vec::new(),
        (_, Direction::Back) => ways(status, protected),
        (_, Direction::Up | Direction::Down) => Vec::new(),
    }
}

impl WayOut {
    /// Whether it deletes the stack, which termination protection forbids.
    pub fn deletes(self) -> bool {
        use WayOut::{DestroyAgain, DiscardReview, ForceDelete, Recreate, Retain};
        matches!(self, Recreate | DestroyAgain | Retain | ForceDelete | DiscardReview)
    }

    /// The operation that takes it; `None`: there is nothing to start. `resources`: those that are skipped or left behind.
    pub fn request(self, key: &StackKey, resources: &[String]) -> Option<Request> {
        let StackKey { stack, environment } = key.clone();
        let repair = match self {
            Self::Wait => return None,
            Self::DeployAgain | Self::Recreate => {
                return Some(Request::DeployStack { stack, environment, skip_dependencies: false });
            }
            Self::DestroyAgain | Self::Retain | Self::ForceDelete => {
                let retain = if self == Self::Retain { resources.to_vec() } else { Vec::new() };
                let deletion = Deletion { retain, force: self == Self::ForceDelete };
                return Some(Request::DestroyStack { stack, environment, force: true, deletion });
            }
            Self::ContinueRollback => Repair::ContinueRollback { skip: resources.to_vec() },
            Self::RollBack => Repair::RollBack,
            Self::DiscardReview => Repair::DiscardReview,
            Self::Unprotect => Repair::Unprotect,
        };
        Some(Request::RepairStack { stack, environment, repair })
    }
}

/// One thing to do after an operation, with its command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Step {
    /// The stack that it is done to; `None`: it is the operation, run again.
    pub key: Option<StackKey>,
    /// What to do, in words.
    pub what: String,
    /// The same on the command line.
    pub command: String,
}

/// What to do after an operation, in this order; nothing after one that went well or still runs.
pub fn steps(view: &OperationView) -> Vec<Step> {
    if view.outcome.is_none_or(|outcome| outcome == OperationOutcome::Succeeded) {
        return Vec::new();
    }
    let mut steps: Vec<Step> = view.stacks.iter().flat_map(|run| first(view, run)).collect();
    let has_failed = |run: &StackRun| failed(run).is_some_and(|end| end.outcome == StackOutcome::Failed);
    let what = match steps.is_empty() {
        false => "Then go on from here",
        true if view.stacks.iter().any(has_failed) => "Fix the cause, then go on from here",
        true => "Go on from here",
    };
    // What was tried to repair a stack is tried in another way, or not at all.
    let again =
        view.again.as_ref().filter(|_| view.start.kind.direction() != Direction::Back || steps.is_empty());
    let again = again.filter(|again| view.stacks.iter().all(|run| takes_again(run, again)));
    steps.extend(view.stacks.iter().filter_map(|run| last_resort(view, run)));
    let command = again.and(view.command.clone());
    steps.extend(command.map(|command| Step { key: None, what: what.to_owned(), command }));
    steps
}

/// Whether a repair still fits how the stack stands after it. Every other operation can be run again once the steps before
/// it are done.
fn takes_again(run: &StackRun, again: &Request) -> bool {
    let Request::RepairStack { repair, .. } = again else { return true };
    let status = run.cloudformation_status.as_deref();
    status.is_none_or(|status| ways(status, true).contains(&repair.way_out()))
}

/// What has to be done first to a stack of an operation that did not come out as wanted.
fn first(view: &OperationView, run: &StackRun) -> Option<Step> {
    let StackEnd { protected, .. } = failed(run)?;
    let OperationStart { deployment_id, kind, .. } = &view.start;
    first_step(deployment_id, &run.key, stands(run)?, *protected, kind.direction())
}

fn failed(run: &StackRun) -> Option<&StackEnd> {
    run.end.as_ref().filter(|end| !end.outcome.is_success())
}

fn stands(run: &StackRun) -> Option<&str> {
    failed(run)?.cloudformation_status.as_deref()
}

/// What has to be done first to a stack that stands so, where that is something and not only to wait.
pub fn first_step(
    deployment: &DeploymentId,
    key: &StackKey,
    status: &str,
    protected: bool,
    direction: Direction,
) -> Option<Step> {
    let way = before(status, protected, direction).first().copied()?;
    let what = match way {
        WayOut::Wait => return None,
        WayOut::DeployAgain => "Fix the cause, and deploy it again",
        WayOut::Recreate => "Fix the cause, and create it again",
        WayOut::ContinueRollback => "Fix what keeps it from going back, and continue its rollback",
        WayOut::RollBack => "Take it back to the last version that stood",
        WayOut::DiscardReview => "Remove the change set that was never executed",
        WayOut::DestroyAgain if cloudformation::was_being_deleted(status) => "Delete the rest of it",
        WayOut::DestroyAgain => "It takes no update any more: delete it",
        WayOut::Retain | WayOut::ForceDelete => "Delete it without what cannot be deleted",
        WayOut::Unprotect => "Termination protection is on: switch it off, if it is to be deleted",
    };
    step(deployment, key, way, &[], what.to_owned())
}

/// What helps where the resources that were in the way stay there.
fn last_resort(view: &OperationView, run: &StackRun) -> Option<Step> {
    let (end, status) = (failed(run)?, stands(run)?);
    let way = before(status, end.protected, view.start.kind.direction()).first().copied();
    let names = run.in_the_way.join(", ");
    let (way, what) = match way {
        _ if names.is_empty() => return None,
        Some(WayOut::ContinueRollback) => {
            (WayOut::ContinueRollback, format!("Where {names} cannot go back, leave it as it is"))
        }
        None | Some(WayOut::DestroyAgain) if cloudformation::was_being_deleted(status) => {
            (WayOut::Retain, format!("Where {names} cannot be deleted, leave it behind"))
        }
        _ => return None,
    };
    step(&view.start.deployment_id, &run.key, way, &run.in_the_way, what)
}

fn step(
    deployment: &DeploymentId,
    key: &StackKey,
    way: WayOut,
    resources: &[String],
    what: String,
) -> Option<Step> {
    let request = way.request(key, resources)?;
    let command = Command::Run { request, pace: Pace::default() }.line(deployment.as_str())?;
    Some(Step { key: Some(key.clone()), what, command })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
