//! The part of an operation in which resources are made and changed.

use std::collections::BTreeMap;

use super::{Draft, PAUSE, failures, resource, seconds, subject};
use crate::change_set::{Action, Change, Recreation};
use crate::record::{Resource, Subject};
use crate::status::Status;

/// When in a resource's making its physical id is known.
const INITIATED_SHARE: f64 = 0.3;

const TIMED_OUT: &str = "Stack creation time exceeded the specified timeout.";

/// How a resource gets to its new shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Replace,
}

impl Verb {
    pub(super) fn of(change: &Change) -> Self {
        match (change.action, change.replacement) {
            (Action::Add, _) => Self::Create,
            (_, Some(Recreation::Always)) => Self::Replace,
            _ => Self::Update,
        }
    }

    fn statuses(self) -> (Status, Status, Status) {
        match self {
            Self::Create => (Status::CreateInProgress, Status::CreateComplete, Status::CreateFailed),
            Self::Update | Self::Replace => {
                (Status::UpdateInProgress, Status::UpdateComplete, Status::UpdateFailed)
            }
        }
    }
}

pub(super) struct Work<'a> {
    pub(super) resource: &'a Resource,
    pub(super) verb: Verb,
    /// The resource as it is.
    pub(super) before: Option<&'a Resource>,
    /// Why it is refused as soon as its turn comes: nothing of it is made.
    pub(super) refusal: Option<&'a str>,
}

impl Work<'_> {
    fn seconds(&self) -> f64 {
        let whole = seconds(self.resource);
        if self.refusal.is_some() { whole * INITIATED_SHARE } else { whole }
    }

    /// The reason with which it fails.
    fn failure(&self) -> Option<String> {
        self.refusal.map(str::to_owned).or_else(|| self.resource.behaviour.fail.clone())
    }
}

/// How it went.
pub(super) struct Forward {
    pub(super) drafts: Vec<Draft>,
    pub(super) end: f64,
    /// Why it stopped.
    pub(super) failure: Option<String>,
    /// What work has begun on, in order.
    pub(super) touched: Vec<Subject>,
}

pub(super) fn forward(
    works: &[Work<'_>],
    fail_last: &Option<String>,
    problem: Option<String>,
    limit: Option<f64>,
) -> Forward {
    let mut spans: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for work in works {
        let start = work
            .resource
            .depends_on
            .iter()
            .filter_map(|id| spans.get(id.as_str()))
            .fold(PAUSE, |latest, (_, end)| latest.max(*end));
        spans.insert(&work.resource.logical_id, (start, start + work.seconds()));
    }
    let span = |work: &Work<'_>| spans.get(work.resource.logical_id.as_str()).copied();
    let end_of = |work: &Work<'_>| span(work).map_or(PAUSE, |(_, end)| end);
    let last = works.iter().max_by(|one, other| end_of(one).total_cmp(&end_of(other)));
    let end = last.map_or(PAUSE, end_of);
    if let Some(problem) = problem.or_else(|| fail_last.clone().filter(|_| works.is_empty())) {
        let drafts = Vec::new();
        return Forward { drafts, end: PAUSE, failure: Some(problem), touched: Vec::new() };
    }
    let fail_of = |work: &Work<'_>| {
        let own = work.failure();
        let is_last = last.is_some_and(|last| std::ptr::eq(last.resource, work.resource));
        own.or_else(|| fail_last.clone().filter(|_| is_last))
    };
    // The first to fail ends the whole, and so does the limit.
    let failing = works
        .iter()
        .filter_map(|work| fail_of(work).map(|reason| (work, reason)))
        .min_by(|(one, _), (other, _)| end_of(one).total_cmp(&end_of(other)));
    let stop = failing.as_ref().map_or(f64::INFINITY, |(work, _)| end_of(work));
    let limit = limit.filter(|limit| *limit < stop.min(end));
    let failing = failing.filter(|_| limit.is_none());
    let stop = limit.unwrap_or(stop);

    let mut drafts = Vec::new();
    let mut touched = Vec::new();
    let mut failed = Vec::new();
    for work in works {
        let Some((start, done)) = span(work).filter(|(start, _)| *start < stop) else { continue };
        let (begin, complete, fail) = work.verb.statuses();
        let mut subject = subject(work.resource);
        if work.verb != Verb::Update {
            let reason = (work.verb == Verb::Replace).then_some(
                "Requested update requires the creation of a new physical resource; hence \
                 creating one.",
            );
            let unborn = Subject { physical_id: None, ..subject.clone() };
            drafts.push(resource(start, unborn, begin, reason));
            let initiated = start + (done - start) * INITIATED_SHARE;
            if work.refusal.is_some() {
                subject.physical_id = work.before.map(|before| before.physical_id.clone());
            } else if initiated <= stop {
                let reason = "Resource creation Initiated";
                drafts.push(resource(initiated, subject.clone(), begin, Some(reason)));
            } else {
                subject.physical_id = None;
            }
        } else {
            drafts.push(resource(start, subject.clone(), begin, None));
        }
        let is_failing =
            failing.as_ref().filter(|(failing, _)| std::ptr::eq(failing.resource, work.resource));
        let (at, status, reason) = match is_failing {
            Some((_, reason)) => (done, fail, Some(reason.as_str())),
            None if done <= stop => (done, complete, None),
            None if work.verb == Verb::Create => (stop, fail, Some("Resource creation cancelled")),
            None => (stop, fail, Some("Resource update cancelled")),
        };
        if status == fail {
            failed.push(work.resource.logical_id.as_str());
        }
        drafts.push(resource(at, subject.clone(), status, reason));
        touched.push(subject);
    }
    let making = works.iter().all(|work| work.verb == Verb::Create);
    let failure = match limit {
        Some(_) => Some(TIMED_OUT.to_owned()),
        None => failing.map(|_| failures(if making { "create" } else { "update" }, &failed)),
    };
    Forward { drafts, end: stop.min(end), failure, touched }
}
