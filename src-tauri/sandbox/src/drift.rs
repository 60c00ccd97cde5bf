//! Drift: what somebody did to a resource behind its stack's back. Since there are no resources, a template says it of
//! its own (`Metadata: {Sandbox: {Drift: …}}`), and it is so as soon as the stack stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::record::StackRecord;
use crate::status::Status;

/// What was done to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Drift {
    Deleted,
    /// These properties have other values. Those that the template does not set are never compared.
    Modified(Map<String, Value>),
}

/// One run of drift detection on a stack. What it finds is known when it is accepted, and told when it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Detection {
    pub(crate) id: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) done: DateTime<Utc>,
    pub(crate) resources: Vec<Compared>,
}

/// A resource that was compared with its template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    pub(crate) resource_type: String,
    pub(crate) expected: Value,
    /// None: it is gone.
    pub(crate) actual: Option<Value>,
}

/// Two values that differ. `None` on one side: it is only on the other.
pub(crate) struct Difference<'v> {
    pub(crate) path: String,
    pub(crate) expected: Option<&'v Value>,
    pub(crate) actual: Option<&'v Value>,
}

impl Compared {
    /// CloudFormation's word.
    pub(crate) fn status(&self) -> &'static str {
        match &self.actual {
            None => "DELETED",
            Some(actual) if *actual == self.expected => "IN_SYNC",
            Some(_) => "MODIFIED",
        }
    }

    /// What differs of a resource that is there.
    pub(crate) fn differences(&self) -> Vec<Difference<'_>> {
        let mut found = Vec::new();
        if let Some(actual) = &self.actual {
            compare(String::new(), Some(&self.expected), Some(actual), &mut found);
        }
        found
    }
}

impl Detection {
    /// How many resources are not as the template says.
    pub(crate) fn drifted(&self) -> usize {
        self.resources.iter().filter(|resource| resource.status() != "IN_SYNC").count()
    }

    /// CloudFormation's word for the whole stack.
    pub(crate) fn status(&self) -> &'static str {
        if self.drifted() == 0 { "IN_SYNC" } else { "DRIFTED" }
    }
}

fn compare<'v>(
    path: String,
    expected: Option<&'v Value>,
    actual: Option<&'v Value>,
    found: &mut Vec<Difference<'v>>,
) {
    match (expected, actual) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let only_right = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(only_right) {
                compare(format!("{path}/{key}"), left.get(key), right.get(key), found);
            }
        }
        (left, right) if left == right => {}
        (expected, actual) => found.push(Difference { path, expected, actual }),
    }
}

impl StackRecord {
    /// The last detection that is done and tells of the stack as it stands: what it found before an operation on the
    /// stack says nothing any more.
    pub(crate) fn detection(&self, now: DateTime<Utc>) -> Option<&Detection> {
        let since = self.operations.iter().map(|operation| operation.at).max();
        let counts = |it: &&Detection| it.done <= now && since.is_none_or(|since| it.started >= since);
        self.detections.iter().rev().find(counts)
    }

    /// Compares every resource that stands with the template.
    pub(crate) fn compared(&self, now: DateTime<Utc>) -> Vec<Compared> {
        let declared =
            self.definition(now).map(|definition| definition.resources.as_slice()).unwrap_or_default();
        let live = self.resources(now).into_iter();
        live.filter(|live| !matches!(live.status, Status::DeleteComplete | Status::DeleteSkipped))
            .map(|live| {
                let expected = live.subject.properties;
                let drift = declared.iter().find(|it| it.logical_id == live.subject.logical_id);
                Compared {
                    actual: match drift.and_then(|it| it.behaviour.drift.as_ref()) {
                        None => Some(expected.clone()),
                        Some(Drift::Deleted) => None,
                        Some(Drift::Modified(others)) => Some(modified(&expected, others)),
                    },
                    logical_id: live.subject.logical_id,
                    physical_id: live.subject.physical_id.unwrap_or_default(),
                    resource_type: live.subject.resource_type,
                    expected,
                }
            })
            .collect()
    }
}

/// The properties with other values in place of those that the template sets.
fn modified(expected: &Value, others: &Map<String, Value>) -> Value {
    let mut actual = expected.clone();
    if let Value::Object(properties) = &mut actual {
        for (name, value) in properties.iter_mut() {
            if let Some(other) = others.get(name) {
                value.clone_from(other);
            }
        }
    }
    actual
}
