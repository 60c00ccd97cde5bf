//! A change set: the input of an operation that waits to be executed, and what it would change.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{OperationKind, StackRecord, Wanted};
use crate::template::policy::Ending;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) token: Option<String>,
    pub(crate) description: Option<String>,
    /// Create or Update.
    pub(crate) kind: OperationKind,
    pub(crate) created: DateTime<Utc>,
    /// When the comparison is done.
    pub(crate) ready: DateTime<Utc>,
    /// Why it cannot be executed.
    pub(crate) failure: Option<String>,
    pub(crate) wanted: Wanted,
    pub(crate) on_stack_failure: Option<String>,
    pub(crate) changes: Vec<Change>,
    /// What its validation warns of.
    #[serde(default)]
    pub(crate) warnings: Vec<Warning>,
    pub(crate) fate: Fate,
}

/// A finding of the validation that refuses nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Warning {
    pub(crate) logical_id: String,
    pub(crate) resource_type: String,
    pub(crate) reason: String,
}

/// What became of a change set after its creation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Fate {
    Waiting,
    /// By the operation with this id.
    Executed {
        operation: String,
        token: Option<String>,
    },
    /// The stack has changed since.
    Obsolete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    Add,
    Modify,
    Remove,
}

/// Whether a change needs a new physical resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Recreation {
    Always,
    Never,
}

/// What an operation does to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) action: Action,
    pub(crate) logical_id: String,
    pub(crate) physical_id: Option<String>,
    pub(crate) resource_type: String,
    /// Only of Modify.
    pub(crate) replacement: Option<Recreation>,
    /// What becomes of the resource as it is, where the stack gives it up.
    #[serde(default)]
    pub(crate) ending: Option<Ending>,
    /// The properties as they are; secrets are sealed. None: there is no resource yet.
    pub(crate) before: Option<Value>,
    /// The properties as they will be. None: there will be no resource.
    pub(crate) after: Option<Value>,
    pub(crate) details: Vec<Detail>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// `Properties`, `Tags`, `Metadata`, `DeletionPolicy` or `UpdateReplacePolicy`.
    pub(crate) attribute: String,
    /// The property.
    pub(crate) name: Option<String>,
    pub(crate) recreation: Recreation,
    pub(crate) cause: Option<Cause>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// What a changed value is taken from, where it is taken from one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cause {
    Parameter(String),
    Resource(String),
    /// `Resource.Attribute`
    Attribute(String),
}

impl Change {
    /// The word in `PolicyAction`.
    pub(crate) fn policy_action(&self) -> Option<&'static str> {
        Some(match (self.action, self.ending?) {
            (Action::Remove, Ending::Delete) => "Delete",
            (Action::Remove, Ending::Retain) => "Retain",
            (Action::Remove, Ending::Snapshot) => "Snapshot",
            (_, Ending::Delete) => "ReplaceAndDelete",
            (_, Ending::Retain) => "ReplaceAndRetain",
            (_, Ending::Snapshot) => "ReplaceAndSnapshot",
        })
    }
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Modify => "Modify",
            Self::Remove => "Remove",
        }
    }
}

impl ChangeSet {
    /// How many seconds the comparison takes at speed 1.
    pub(crate) const PREPARATION: f64 = 0.4;

    pub(crate) fn arn(&self, stack: &StackRecord) -> String {
        let place = &stack.id.place;
        format!(
            "arn:{}:cloudformation:{}:{}:changeSet/{}/{}",
            place.partition(),
            place.region,
            place.account,
            self.name,
            self.uuid
        )
    }

    pub(crate) fn status(&self, now: DateTime<Utc>) -> &'static str {
        match &self.failure {
            _ if now < self.ready => "CREATE_IN_PROGRESS",
            None => "CREATE_COMPLETE",
            Some(_) => "FAILED",
        }
    }

    pub(crate) fn execution_status(&self, stack: &StackRecord, now: DateTime<Utc>) -> &'static str {
        match &self.fate {
            Fate::Obsolete => "OBSOLETE",
            Fate::Executed { operation, .. } => execution_of(stack, operation, now),
            Fate::Waiting if now < self.ready || self.failure.is_some() => "UNAVAILABLE",
            Fate::Waiting => "AVAILABLE",
        }
    }
}

/// How the operation that executed a change set went.
fn execution_of(stack: &StackRecord, operation: &str, now: DateTime<Utc>) -> &'static str {
    let last =
        stack.past(now).rev().find(|event| event.operation == operation && event.step.resource.is_none());
    match last.map(|event| event.step.status) {
        Some(status) if status.in_progress() => "EXECUTE_IN_PROGRESS",
        Some(status) if status.stands() => "EXECUTE_COMPLETE",
        _ => "EXECUTE_FAILED",
    }
}
