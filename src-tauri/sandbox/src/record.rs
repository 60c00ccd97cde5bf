//! A stack as it is kept: everything that happened to it and everything that will.
//!
//! Nothing runs in the background. An operation writes its whole timeline when it is accepted, with
//! absolute times, some of them in the future; whoever reads sees the stack as of now. So a stack goes on
//! while no program runs, as in the real cloud.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change_set::ChangeSet;
use crate::drift::Detection;
use crate::status::Status;
use crate::template::Behaviour;
use crate::template::parameters::Parameter;
use crate::template::policy::{Occasion, Policy};

/// The account and the region that a request speaks about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Place {
    pub(crate) fn partition(&self) -> &'static str {
        match self.region.split('-').take(2).collect::<Vec<_>>().as_slice() {
            ["cn", _] => "aws-cn",
            ["us", "gov"] => "aws-us-gov",
            _ => "aws",
        }
    }

    pub(crate) fn url_suffix(&self) -> &'static str {
        if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}

/// What tells a stack from all others, over time too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StackName {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) uuid: String,
}

impl StackName {
    /// The stack id.
    pub(crate) fn arn(&self) -> String {
        let Place { account, region } = &self.place;
        format!(
            "arn:{}:cloudformation:{region}:{account}:stack/{}/{}",
            self.place.partition(),
            self.name,
            self.uuid
        )
    }
}

/// A value that holds from a time on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dated<T> {
    pub(crate) since: DateTime<Utc>,
    pub(crate) value: T,
}

/// One stack, living or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StackRecord {
    pub(crate) id: StackName,
    /// Salts the seals of this stack's secrets.
    pub(crate) salt: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) termination_protection: bool,
    pub(crate) disable_rollback: bool,
    /// Whether a rollback of the last operation deletes what that has made, whatever its DeletionPolicy.
    #[serde(default)]
    pub(crate) retain_except_on_create: bool,
    pub(crate) timeout_minutes: Option<u32>,
    /// The stack policy's text.
    #[serde(default)]
    pub(crate) policy: Option<String>,
    /// Oldest first.
    pub(crate) operations: Vec<Operation>,
    /// Oldest first; those after now are still to come.
    pub(crate) events: Vec<Event>,
    /// The definitions in force; the last one that has begun counts. Empty while in review.
    pub(crate) standing: Vec<Dated<Definition>>,
    /// What the last create or update aims at, or failed to reach.
    pub(crate) attempt: Option<Definition>,
    pub(crate) change_sets: Vec<ChangeSet>,
    /// The last runs of drift detection, oldest first.
    #[serde(default)]
    pub(crate) detections: Vec<Detection>,
}

/// One accepted call that changes the stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) kind: OperationKind,
    /// The caller's ClientRequestToken.
    pub(crate) token: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OperationKind {
    Create,
    Update,
    Delete,
    CancelUpdate,
    ContinueRollback,
    /// RollbackStack.
    Rollback,
}

impl OperationKind {
    /// The word in `LastOperations`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE_STACK",
            Self::Update => "UPDATE_STACK",
            Self::Delete => "DELETE_STACK",
            Self::CancelUpdate | Self::Rollback => "ROLLBACK",
            Self::ContinueRollback => "CONTINUE_ROLLBACK",
        }
    }
}

/// One line of the stack's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) operation: String,
    pub(crate) token: Option<String>,
    #[serde(flatten)]
    pub(crate) step: Step,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// None: the stack itself.
    pub(crate) resource: Option<Subject>,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
}

/// The resource that an event is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) logical_id: String,
    /// None until the resource exists.
    pub(crate) physical_id: Option<String>,
    pub(crate) resource_type: String,
    /// Evaluated; secrets are sealed.
    pub(crate) properties: Value,
}

/// What a request for a create or an update asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) template: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) role_arn: Option<String>,
    pub(crate) notification_arns: Vec<String>,
    #[serde(default)]
    pub(crate) rollback: RollbackConfiguration,
}

/// The alarms that would roll an operation back. Kept and shown; there are no alarms here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RollbackConfiguration {
    pub(crate) triggers: Vec<RollbackTrigger>,
    pub(crate) monitoring_minutes: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RollbackTrigger {
    pub(crate) arn: String,
    /// Like `AWS::CloudWatch::Alarm`.
    pub(crate) resource_type: String,
}

/// What evaluation makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(crate) wanted: Wanted,
    pub(crate) description: Option<String>,
    /// Each after all that it depends on.
    pub(crate) resources: Vec<Resource>,
    pub(crate) outputs: Vec<Output>,
    /// Names of other stacks' exports that this one uses.
    pub(crate) imports: Vec<String>,
    pub(crate) behaviour: Behaviour,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) logical_id: String,
    pub(crate) resource_type: String,
    pub(crate) physical_id: String,
    /// Evaluated; secrets are sealed.
    pub(crate) properties: Value,
    pub(crate) metadata: Option<Value>,
    /// Logical ids, only of resources that are in the stack.
    pub(crate) depends_on: Vec<String>,
    pub(crate) deletion_policy: Policy,
    pub(crate) update_replace_policy: Policy,
    pub(crate) behaviour: Behaviour,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<String>,
}

/// A resource as the events left it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Live {
    pub(crate) subject: Subject,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) operation: String,
}

impl StackRecord {
    /// The events that have happened.
    pub(crate) fn past(&self, now: DateTime<Utc>) -> impl DoubleEndedIterator<Item = &Event> {
        let end = self.events.partition_point(|event| event.at <= now);
        self.events[..end].iter()
    }

    /// The stack's own last event.
    fn last_stack_event(&self, now: DateTime<Utc>) -> Option<&Event> {
        self.past(now).rev().find(|event| event.step.resource.is_none())
    }

    pub(crate) fn status(&self, now: DateTime<Utc>) -> Status {
        self.last_stack_event(now).map_or(Status::ReviewInProgress, |event| event.step.status)
    }

    pub(crate) fn status_reason(&self, now: DateTime<Utc>) -> Option<&str> {
        self.last_stack_event(now)?.step.reason.as_deref()
    }

    /// When the stack last began to change after its creation.
    pub(crate) fn last_updated(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let begins = |event: &&Event| {
            event.step.resource.is_none()
                && matches!(event.step.status, Status::UpdateInProgress | Status::CreateInProgress)
        };
        self.past(now).rev().find(begins).map(|event| event.at).filter(|at| *at > self.created)
    }

    pub(crate) fn deleted_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let deletes =
            |event: &&Event| event.step.resource.is_none() && event.step.status == Status::DeleteInProgress;
        matches!(self.status(now), Status::DeleteInProgress | Status::DeleteComplete)
            .then(|| self.past(now).rev().find(deletes).map(|event| event.at))?
    }

    pub(crate) fn is_deleted(&self, now: DateTime<Utc>) -> bool {
        self.status(now) == Status::DeleteComplete
    }

    /// The definition in force; none while the stack is only a review.
    pub(crate) fn definition(&self, now: DateTime<Utc>) -> Option<&Definition> {
        self.standing.iter().rev().find(|dated| dated.since <= now).map(|dated| &dated.value)
    }

    /// The outputs: those of the last version that was completed.
    pub(crate) fn outputs(&self, now: DateTime<Utc>) -> &[Output] {
        let completed =
            self.past(now).any(|event| event.step.resource.is_none() && event.step.status.stands());
        match self.definition(now) {
            Some(definition) if completed => &definition.outputs,
            _ => &[],
        }
    }

    /// The stack's resources as of now, in the order of their first event.
    pub(crate) fn resources(&self, now: DateTime<Utc>) -> Vec<Live> {
        fold(self.past(now))
    }

    /// What a rollback is to what the operation has made.
    pub(crate) fn undo(&self) -> Occasion {
        Occasion::Undo { retains: !self.retain_except_on_create }
    }

    pub(crate) fn last_operation(&self, kind: OperationKind) -> Option<&Operation> {
        self.operations.iter().rev().find(|operation| operation.kind == kind)
    }
}

/// What a run of events makes of each resource. An event about a physical resource that the logical one
/// has already given up (a clean-up after a replacement) changes nothing.
pub(crate) fn fold<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Live> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut resources: Vec<Live> = Vec::new();
    for event in events {
        let Some(subject) = &event.step.resource else { continue };
        let live = Live {
            subject: subject.clone(),
            status: event.step.status,
            reason: event.step.reason.clone(),
            at: event.at,
            operation: event.operation.clone(),
        };
        match places.get(subject.logical_id.as_str()) {
            None => {
                places.insert(&subject.logical_id, resources.len());
                resources.push(live);
            }
            Some(place) => {
                let current = &mut resources[*place];
                let of_the_past = live.status.as_str().starts_with("DELETE_")
                    && live.subject.physical_id != current.subject.physical_id;
                if !of_the_past {
                    *current = live;
                }
            }
        }
    }
    resources
}
