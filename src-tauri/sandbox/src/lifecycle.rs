//! The timelines of operations: pure functions from what a stack has and shall have to the steps that
//! CloudFormation would report, in seconds from the start.

mod deletion;
mod forward;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use deletion::{Doomed, deletions};
use forward::{Verb, Work, forward};

use crate::change_set::Change;
use crate::record::{Definition, Event, Live, Operation, Resource, StackName, Step, Subject};
use crate::resources;
use crate::status::Status;
use crate::template::policy::Occasion;

/// From the stack's first event to its first resource's, and from its last resource's to its last.
const PAUSE: f64 = 0.2;
/// Deleting takes less than making.
const DELETE_SHARE: f64 = 0.6;
/// What a whole operation takes at least and at most where the template says nothing about time.
const SHORTEST: f64 = 2.0;
const LONGEST: f64 = 6.0;

const USER_INITIATED: Option<&str> = Some("User Initiated");

/// A step at so many seconds from the operation's start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) at: f64,
    pub(crate) step: Step,
}

/// What becomes of a stack whose creation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Rollback,
    Delete,
    DoNothing,
}

/// What an operation will make, and what of it is known to fail.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) definition: Definition,
    pub(crate) changes: Vec<Change>,
    /// Why the whole fails as soon as it starts.
    pub(crate) problem: Option<String>,
    /// Whether the problem shows only then: a change set is made all the same.
    pub(crate) is_found_late: bool,
    /// Logical ids of resources that are refused when their turn comes, and why.
    pub(crate) refusals: BTreeMap<String, String>,
}

/// Creating all of the aim. `undo`: what a rollback is to what was made. `limit`: what has not been made by then
/// fails.
pub(crate) fn create(aim: &Aim, on_failure: OnFailure, undo: Occasion, limit: Option<f64>) -> Vec<Draft> {
    let mut drafts = vec![stack(0.0, Status::CreateInProgress, USER_INITIATED)];
    let definition = &aim.definition;
    let work = |resource| Work { resource, verb: Verb::Create, before: None, refusal: aim.refusal(resource) };
    let works: Vec<Work<'_>> = definition.resources.iter().map(work).collect();
    let forward = forward(&works, &definition.behaviour.fail, aim.problem.clone(), limit);
    drafts.extend(forward.drafts);
    let after = forward.end + PAUSE;
    let Some(reason) = forward.failure else {
        drafts.push(stack(after, Status::CreateComplete, None));
        return sorted(drafts);
    };
    let (begin, end, failed, wish) = match on_failure {
        OnFailure::DoNothing => {
            drafts.push(stack(after, Status::CreateFailed, Some(&reason)));
            return sorted(drafts);
        }
        OnFailure::Rollback => (
            Status::RollbackInProgress,
            Status::RollbackComplete,
            Status::RollbackFailed,
            "Rollback requested by user.",
        ),
        OnFailure::Delete => (
            Status::DeleteInProgress,
            Status::DeleteComplete,
            Status::DeleteFailed,
            "Delete requested by user.",
        ),
    };
    drafts.push(stack(after, begin, Some(&format!("{} {wish}", reason.trim_end()))));
    let doomed: Vec<Doomed> = forward
        .touched
        .into_iter()
        .map(|subject| Doomed::new(subject, &definition.resources, |it| it.deletion_policy.ending(undo)))
        .collect();
    let deletion = deletions(doomed, after + PAUSE);
    drafts.extend(deletion.drafts);
    let (status, reason) = match deletion.failure {
        None => (end, None),
        Some(reason) => (failed, Some(reason)),
    };
    drafts.push(stack(deletion.end + PAUSE, status, reason.as_deref()));
    sorted(drafts)
}

impl Aim {
    fn refusal(&self, resource: &Resource) -> Option<&str> {
        self.refusals.get(&resource.logical_id).map(String::as_str)
    }
}

/// Going from `existing` to the aim. `undo`: what a rollback is to what was made.
pub(crate) fn update(existing: &[Resource], aim: &Aim, disable_rollback: bool, undo: Occasion) -> Vec<Draft> {
    let mut drafts = vec![stack(0.0, Status::UpdateInProgress, USER_INITIATED)];
    let definition = &aim.definition;
    let works: Vec<Work<'_>> = definition
        .resources
        .iter()
        .filter_map(|resource| {
            let change = aim.changes.iter().find(|change| change.logical_id == resource.logical_id)?;
            Some(Work {
                resource,
                verb: Verb::of(change),
                before: existing.iter().find(|old| old.logical_id == resource.logical_id),
                refusal: aim.refusal(resource),
            })
        })
        .collect();
    let forward = forward(&works, &definition.behaviour.fail, aim.problem.clone(), None);
    drafts.extend(forward.drafts);
    let after = forward.end + PAUSE;
    if let Some(reason) = forward.failure {
        if disable_rollback {
            drafts.push(stack(after, Status::UpdateFailed, Some(&reason)));
        } else {
            let touched = forward.touched;
            let back = roll_back(existing, &definition.resources, touched, &[], &reason, undo);
            drafts.extend(later(back, after));
        }
        return sorted(drafts);
    }
    drafts.push(stack(after, Status::UpdateCleanup, None));
    let given_up = existing
        .iter()
        .filter_map(|old| {
            let new = definition.resources.iter().find(|new| new.logical_id == old.logical_id);
            match new {
                None => Some(removed(subject(old), existing)),
                Some(new) if new.physical_id != old.physical_id => {
                    let policy = new.update_replace_policy;
                    Some(Doomed::new(subject(old), existing, |_| policy.ending(Occasion::Replacement)))
                }
                Some(_) => None,
            }
        })
        .collect();
    let deletion = deletions(given_up, after + PAUSE);
    drafts.extend(deletion.drafts);
    let reason = deletion.failure.map(|_| "One or more resources could not be deleted.");
    drafts.push(stack(deletion.end + PAUSE, Status::UpdateComplete, reason));
    sorted(drafts)
}

/// A resource that its stack has no more: its own policy counts.
fn removed(subject: Subject, known: &[Resource]) -> Doomed {
    Doomed::new(subject, known, |it| it.deletion_policy.ending(Occasion::Removal))
}

/// Going back to `existing` after an update towards `attempted` has begun work on `touched`.
pub(crate) fn roll_back(
    existing: &[Resource],
    attempted: &[Resource],
    touched: Vec<Subject>,
    skipped: &[String],
    reason: &str,
    undo: Occasion,
) -> Vec<Draft> {
    let mut drafts = vec![stack(0.0, Status::UpdateRollbackInProgress, Some(reason))];
    let mut at = PAUSE;
    let mut failed = Vec::new();
    for old in existing {
        let id = &old.logical_id;
        if !touched.iter().any(|subject| subject.logical_id == *id) {
            continue;
        }
        let done = at + seconds(old) * DELETE_SHARE;
        drafts.push(resource(at, subject(old), Status::UpdateInProgress, None));
        let new = attempted.iter().find(|new| new.logical_id == *id);
        let refusal = old
            .behaviour
            .fail_rollback
            .as_ref()
            .or_else(|| new.and_then(|new| new.behaviour.fail_rollback.as_ref()));
        match refusal {
            Some(reason) if !skipped.contains(id) => {
                drafts.push(resource(done, subject(old), Status::UpdateFailed, Some(reason)));
                failed.push(id.as_str());
            }
            _ => drafts.push(resource(done, subject(old), Status::UpdateComplete, None)),
        }
        at = done;
    }
    if !failed.is_empty() {
        let reason = failures("update", &failed);
        drafts.push(stack(at + PAUSE, Status::UpdateRollbackFailed, Some(&reason)));
        return drafts;
    }
    drafts.push(stack(at + PAUSE, Status::UpdateRollbackCleanup, None));
    let made = touched
        .into_iter()
        .filter(|subject| {
            !existing.iter().any(|old| {
                old.logical_id == subject.logical_id
                    && subject.physical_id.as_ref().is_none_or(|id| *id == old.physical_id)
            })
        })
        .map(|subject| Doomed::new(subject, attempted, |it| it.deletion_policy.ending(undo)))
        .collect();
    let deletion = deletions(made, at + 2.0 * PAUSE);
    drafts.extend(deletion.drafts);
    drafts.push(stack(deletion.end + PAUSE, Status::UpdateRollbackComplete, None));
    sorted(drafts)
}

/// Breaking off an update: what is under way (`touched` in progress) stops, then all goes back.
pub(crate) fn cancel(
    existing: &[Resource],
    attempted: &[Resource],
    touched: Vec<Live>,
    undo: Occasion,
) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = touched
        .iter()
        .filter_map(|live| {
            let (status, reason) = match live.status {
                Status::CreateInProgress => (Status::CreateFailed, "Resource creation cancelled"),
                Status::UpdateInProgress => (Status::UpdateFailed, "Resource update cancelled"),
                _ => return None,
            };
            Some(resource(0.0, live.subject.clone(), status, Some(reason)))
        })
        .collect();
    let touched = touched.into_iter().map(|live| live.subject).collect();
    drafts.extend(roll_back(existing, attempted, touched, &[], "User Initiated", undo));
    drafts
}

/// Deleting what the stack has. `known`: what the definitions say about the resources; `retained`:
/// logical ids that are left alone.
pub(crate) fn delete(live: Vec<Live>, known: &[Resource], retained: &[String]) -> Vec<Draft> {
    let mut drafts = vec![stack(0.0, Status::DeleteInProgress, USER_INITIATED)];
    let mut subjects: Vec<Subject> = live
        .into_iter()
        .filter(|live| !matches!(live.status, Status::DeleteComplete | Status::DeleteSkipped))
        .map(|live| live.subject)
        .collect();
    let place = |subject: &Subject| known.iter().position(|one| one.logical_id == subject.logical_id);
    subjects.sort_by_key(place);
    let doomed = subjects
        .into_iter()
        .map(|subject| {
            let mut doomed = removed(subject, known);
            doomed.kept |= retained.contains(&doomed.subject.logical_id);
            doomed
        })
        .collect();
    let deletion = deletions(doomed, PAUSE);
    drafts.extend(deletion.drafts);
    let (status, reason) = match deletion.failure {
        None => (Status::DeleteComplete, None),
        Some(reason) => (Status::DeleteFailed, Some(reason)),
    };
    drafts.push(stack(deletion.end + PAUSE, status, reason.as_deref()));
    sorted(drafts)
}

/// A delete that CloudFormation takes back: the stack returns to `status`.
pub(crate) fn refused_delete(status: Status, reason: &str) -> Vec<Draft> {
    vec![stack(0.0, Status::DeleteInProgress, USER_INITIATED), stack(0.5, status, Some(reason))]
}

/// How many seconds at speed 1 one second of a timeline takes. `definition` may set the whole operation's length.
pub(crate) fn pace(drafts: &[Draft], definition: Option<&Definition>) -> f64 {
    let total = drafts.last().map_or(0.0, |draft| draft.at);
    let given = |resource: &Resource| resource.behaviour.seconds.is_some();
    let whole = definition.and_then(|definition| definition.behaviour.seconds);
    match whole {
        Some(seconds) if total > 0.0 => seconds / total,
        Some(_) => 1.0,
        None if definition.is_some_and(|it| it.resources.iter().any(given)) => 1.0,
        None if total > 0.0 => total.clamp(SHORTEST, LONGEST) / total,
        None => 1.0,
    }
}

/// Puts absolute times on a timeline, `pace` seconds for each of its own.
pub(crate) fn dated(drafts: Vec<Draft>, pace: f64, operation: &Operation) -> Vec<Event> {
    drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| {
            let subject = draft.step.resource.as_ref();
            let logical_id = subject.map_or("stack", |subject| &subject.logical_id);
            Event {
                id: format!("{logical_id}-{}-{:.8}-{index}", draft.step.status, operation.id),
                at: after(operation.at, draft.at * pace),
                operation: operation.id.clone(),
                token: operation.token.clone(),
                step: draft.step,
            }
        })
        .collect()
}

/// So many seconds after `start`.
pub(crate) fn after(start: DateTime<Utc>, seconds: f64) -> DateTime<Utc> {
    start
        .checked_add_signed(TimeDelta::microseconds((seconds * 1e6) as i64))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The resource as events name it.
pub(crate) fn subject(resource: &Resource) -> Subject {
    Subject {
        logical_id: resource.logical_id.clone(),
        physical_id: Some(resource.physical_id.clone()),
        resource_type: resource.resource_type.clone(),
        properties: resource.properties.clone(),
    }
}

pub(crate) fn stack(at: f64, status: Status, reason: Option<&str>) -> Draft {
    Draft { at, step: Step { resource: None, status, reason: reason.map(str::to_owned) } }
}

fn resource(at: f64, subject: Subject, status: Status, reason: Option<&str>) -> Draft {
    Draft { at, step: Step { resource: Some(subject), status, reason: reason.map(str::to_owned) } }
}

fn failures(verb: &str, ids: &[&str]) -> String {
    format!("The following resource(s) failed to {verb}: [{}]. ", ids.join(", "))
}

fn later(drafts: Vec<Draft>, by: f64) -> Vec<Draft> {
    drafts.into_iter().map(|draft| Draft { at: draft.at + by, ..draft }).collect()
}

fn sorted(mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by(|left, right| left.at.total_cmp(&right.at));
    drafts
}

fn seconds(resource: &Resource) -> f64 {
    resource.behaviour.seconds.unwrap_or_else(|| resources::seconds(&resource.resource_type))
}

/// The stack's own ARN stands where a resource's physical id would.
pub(crate) fn physical_id_of(step: &Step, id: &StackName) -> String {
    match &step.resource {
        None => id.arn(),
        Some(subject) => subject.physical_id.clone().unwrap_or_default(),
    }
}
