//! What becomes of an operation whose program died (`docs/reference/statuses.md`): a pure function of its log, which
//! holds its plan, and of what CloudFormation says of the stacks that were left open.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::cloudformation::{self, Standing};
use crate::event::{OperationView, StackEnd, StackPhase, StackRun};
use crate::ids::StackKey;
use crate::operation::{Direction, StackOutcome};
use crate::status::{self, StackStatus};

/// What CloudFormation says of one stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// There is no such stack.
    Nothing,
    /// It stands so.
    Stands {
        /// CloudFormation's status.
        status: String,
        /// CloudFormation's reason for it.
        reason: Option<String>,
        /// Whether one of its events carries the operation's token: the call for it has arrived.
        ours: bool,
    },
}

/// What is known of an operation that is taken up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resumed {
    /// Stacks whose part is over now, in the plan's order, without their outputs.
    pub ends: Vec<StackEnd>,
    /// Stacks on which something still runs: ask again.
    pub running: Vec<StackKey>,
    /// Stacks of which CloudFormation has to be asked, and was not.
    pub unasked: Vec<StackKey>,
}

/// What became of the stacks that the log leaves open. `said`: what CloudFormation says of those that were started, as
/// it was found `now`.
pub fn resume(view: &OperationView, said: &BTreeMap<StackKey, Said>, now: DateTime<Utc>) -> Resumed {
    let direction = view.start.kind.direction();
    let mut resumed = Resumed::default();
    let name = |run: &StackRun| run.key.cloudformation_name(&view.start.deployment_id);
    for run in view.stacks.iter().filter(|run| run.end.is_none()) {
        match (run.phase, said.get(&run.key)) {
            (StackPhase::Queued, _) => resumed.ends.push(never_started(run, None, None)),
            (_, None) => resumed.unasked.push(run.key.clone()),
            (_, Some(Said::Stands { status, .. })) if cloudformation::standing(status) == Standing::Busy => {
                resumed.running.push(run.key.clone());
            }
            (_, Some(said)) => {
                let end = end(run, &name(run), direction, said);
                resumed.ends.push(StackEnd { seconds: seconds(run, end.outcome, now), ..end });
            }
        }
    }
    resumed
}

/// From a stack's start to now; 0 for one to which nothing was done.
fn seconds(run: &StackRun, outcome: StackOutcome, now: DateTime<Utc>) -> f64 {
    let started = run.started_at.filter(|_| outcome != StackOutcome::Skipped);
    started.map_or(0.0, |from| (now - from).as_seconds_f64().max(0.0))
}

/// Of a stack that rests: whatever was asked for has come to its end, or never arrived.
fn end(run: &StackRun, name: &str, direction: Direction, said: &Said) -> StackEnd {
    let gone = || never_started(run, Some(StackStatus::NotDeployed), None);
    let Said::Stands { status, reason, ours } = said else {
        return match direction {
            Direction::Up => gone(),
            Direction::Down => ended(run, name, direction, GONE, None),
            // A repair that left nothing had only an empty stack to remove.
            Direction::Back => StackEnd { outcome: StackOutcome::Succeeded, reason: None, ..gone() },
        };
    };
    let row = cloudformation::row_of(status);
    match (cloudformation::standing(status), direction, ours) {
        (Standing::Absent, Direction::Up | Direction::Back, _) => end(run, name, direction, &Said::Nothing),
        // With an end that is none, like the empty stack around a change set, nothing has begun.
        (_, _, true) if cloudformation::outcome(status, direction).is_some() => {
            ended(run, name, direction, status, reason.as_deref())
        }
        _ => never_started(run, row.map(|row| row.seen), Some(status)),
    }
}

/// A stack that was deleted.
const GONE: &str = "DELETE_COMPLETE";

/// `name`: the stack's own in CloudFormation; `told`: CloudFormation's reason for how it stands.
fn ended(
    run: &StackRun,
    name: &str,
    direction: Direction,
    cloudformation: &str,
    told: Option<&str>,
) -> StackEnd {
    let outcome = cloudformation::outcome(cloudformation, direction).unwrap_or(StackOutcome::Failed);
    let status = match direction {
        Direction::Back => cloudformation::row_of(cloudformation).map(|row| row.seen),
        Direction::Up | Direction::Down => status::stack_at_end(direction, outcome, None),
    };
    let cause = run.first_failure.as_ref().map(|failure| failure.in_words(name));
    let why = || cloudformation::why(cause.as_deref(), told, cloudformation);
    let reason = (!outcome.is_success()).then(why);
    StackEnd { outcome, status, reason, ..blank(run, Some(cloudformation)) }
}

fn never_started(run: &StackRun, status: Option<StackStatus>, cloudformation: Option<&str>) -> StackEnd {
    StackEnd {
        status,
        reason: Some("the program ended before anything was done to it".to_owned()),
        ..blank(run, cloudformation)
    }
}

fn blank(run: &StackRun, cloudformation: Option<&str>) -> StackEnd {
    StackEnd {
        key: run.key.clone(),
        outcome: StackOutcome::Skipped,
        status: None,
        reason: None,
        cloudformation_status: cloudformation.map(str::to_owned),
        protected: false,
        outputs: BTreeMap::new(),
        seconds: 0.0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
