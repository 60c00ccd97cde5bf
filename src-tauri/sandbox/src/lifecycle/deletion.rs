//! Giving resources up, in reverse order.

use std::collections::BTreeMap;

use super::{DELETE_SHARE, Draft, failures, resource, seconds};
use crate::record::{Resource, Subject};
use crate::status::Status;
use crate::template::policy::Ending;

/// A physical resource that its stack gives up.
pub(super) struct Doomed {
    pub(super) subject: Subject,
    depends_on: Vec<String>,
    /// Left standing: DELETE_SKIPPED.
    pub(super) kept: bool,
    seconds: f64,
    fail: Option<String>,
}

impl Doomed {
    /// `ending`: what its definition, where there is one, says that becomes of it.
    pub(super) fn new(
        subject: Subject,
        known: &[Resource],
        ending: impl FnOnce(&Resource) -> Ending,
    ) -> Self {
        let definition = known.iter().find(|known| known.logical_id == subject.logical_id);
        Self {
            depends_on: definition.map(|it| it.depends_on.clone()).unwrap_or_default(),
            seconds: definition.map_or(1.0, seconds) * DELETE_SHARE,
            fail: definition.and_then(|definition| definition.behaviour.fail_delete.clone()),
            // What was never made cannot stay.
            kept: subject.physical_id.is_some()
                && definition.is_some_and(|definition| ending(definition) == Ending::Retain),
            subject,
        }
    }
}

pub(super) struct Deletion {
    pub(super) drafts: Vec<Draft>,
    pub(super) end: f64,
    /// Which resources could not be deleted.
    pub(super) failure: Option<String>,
}

/// Deletes in reverse order: each after all that depend on it. `doomed` stands in order of creation.
pub(super) fn deletions(doomed: Vec<Doomed>, start: f64) -> Deletion {
    let mut drafts = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    // When what depends on a resource is gone; None: never.
    let mut free: BTreeMap<String, Option<f64>> = BTreeMap::new();
    let mut end = start;
    for doomed in doomed.into_iter().rev() {
        let Doomed { subject, depends_on, kept, seconds, fail } = doomed;
        let begin = free.get(&subject.logical_id).copied().unwrap_or(Some(start));
        let gone = begin.and_then(|at| {
            if kept {
                drafts.push(resource(at, subject, Status::DeleteSkipped, None));
                return Some(at);
            }
            if subject.physical_id.is_none() {
                drafts.push(resource(at, subject, Status::DeleteComplete, None));
                return Some(at);
            }
            drafts.push(resource(at, subject.clone(), Status::DeleteInProgress, None));
            let done = at + seconds;
            end = end.max(done);
            match fail {
                None => {
                    drafts.push(resource(done, subject, Status::DeleteComplete, None));
                    Some(done)
                }
                Some(reason) => {
                    failed.push(subject.logical_id.clone());
                    drafts.push(resource(done, subject, Status::DeleteFailed, Some(&reason)));
                    None
                }
            }
        });
        for id in depends_on {
            let so_far = free.get(&id).copied().unwrap_or(Some(start));
            let both = so_far.zip(gone).map(|(one, other)| one.max(other));
            free.insert(id, both);
        }
    }
    let ids: Vec<&str> = failed.iter().map(String::as_str).collect();
    let failure = (!ids.is_empty()).then(|| failures("delete", &ids));
    Deletion { drafts, end, failure }
}
