//! What the workers of an operation share, and what they send to its thread. One worker does one stack's part
//! ([`super::part`]); it writes nothing itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use skydeck_cloudformation::StackSnapshot;
use skydeck_model::operation::Direction;
use skydeck_model::plan::Plan;
use skydeck_model::{
    DeploymentId, EnvironmentName, EventKind, Manifest, OperationId, StackKey, StackOutcome, StackStatus,
};
use skydeck_store::{Folder, StoreError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::journal::Secrets;
use super::part::{Done, Part, Trouble, lost};
use super::place::Place;
use crate::error::EngineError;

/// What workers and the user send to the operation's thread.
pub(crate) enum Message {
    /// A stack is about to be changed. The worker waits for `go`: true once it is written down.
    Announce { key: StackKey, go: oneshot::Sender<bool> },
    /// Something to record.
    Happened(EventKind),
    /// A stack's part is over.
    Ended(Box<WorkEnd>),
    /// What became of a stack cannot be known now: the operation is left open, to be brought to its end by
    /// whoever can ask CloudFormation.
    Lost { key: StackKey, reason: String },
    /// The user calls the operation off.
    Cancel,
}

/// How a worker came out.
pub(crate) struct WorkEnd {
    pub(crate) key: StackKey,
    pub(crate) outcome: StackOutcome,
    pub(crate) reason: Option<String>,
    pub(crate) snapshot: Option<StackSnapshot>,
    status: EndStatus,
}

/// Which status the end of a worker's part leaves behind.
enum EndStatus {
    /// The one that the rules give for the outcome.
    ByRule,
    /// The one before, since the stack was not touched.
    Kept,
    /// What CloudFormation shows.
    Seen(StackStatus),
}

impl WorkEnd {
    /// The status to write, given what the rules say for a stack that was worked on.
    pub(crate) fn status_if_touched(&self, by_rule: Option<StackStatus>) -> Option<StackStatus> {
        match self.status {
            EndStatus::ByRule => by_rule,
            EndStatus::Kept => None,
            EndStatus::Seen(status) => Some(status),
        }
    }
}

/// Everything that the workers of one operation share.
pub(crate) struct Work {
    pub(super) manifest: Manifest,
    pub(super) templates: HashMap<String, Body>,
    places: HashMap<EnvironmentName, Place>,
    operation: OperationId,
    /// Outputs of the stacks that are done, unmasked: they feed the parameters of later ones.
    outputs: Mutex<HashMap<StackKey, BTreeMap<String, String>>>,
    pub(super) secrets: Secrets,
    pub(super) messages: UnboundedSender<Message>,
    pub(super) cancel_running: CancellationToken,
}

/// A CloudFormation template as it was when the operation started.
pub(super) struct Body {
    pub(super) text: String,
    pub(super) interface: skydeck_model::template::TemplateInterface,
}

impl Work {
    /// Reads all that the workers need, so that an edit of the folder meanwhile changes nothing.
    pub(crate) fn prepare(
        folder: &Folder,
        plan: &Plan,
        manifest: Manifest,
        places: HashMap<EnvironmentName, Place>,
        operation: OperationId,
        secrets: Secrets,
        messages: UnboundedSender<Message>,
    ) -> Result<Self, EngineError> {
        let mut templates = HashMap::new();
        for turn in plan.stacks.iter().filter(|_| plan.kind.direction() == Direction::Up) {
            let Some(stack) = manifest.stack(&turn.key.stack) else { continue };
            let path = stack.settings_in(&turn.key.environment).template;
            let text = folder.template_body(&path)?;
            // Of this very text, whatever was there when the manifest was checked: it tells what is secret.
            let interface = skydeck_store::read_interface(&path, &text).map_err(|problem| {
                StoreError::Invalid { path: folder.path().join(&path), problems: vec![problem] }
            })?;
            templates.insert(path, Body { text, interface });
        }
        Ok(Self {
            manifest,
            templates,
            places,
            operation,
            outputs: Mutex::default(),
            secrets,
            messages,
            cancel_running: CancellationToken::new(),
        })
    }

    pub(crate) fn deployment_id(&self) -> &DeploymentId {
        &self.manifest.deployment_id
    }

    /// Calls off what runs, where CloudFormation can.
    pub(crate) fn cancel_running(&self) {
        self.cancel_running.cancel();
    }

    /// Starts a worker for one stack.
    pub(crate) fn start(self: &Arc<Self>, key: StackKey, direction: Direction) {
        let work = Arc::clone(self);
        let part = tokio::spawn({
            let (work, key) = (Arc::clone(self), key.clone());
            async move { work.part(&key, direction).await }
        });
        tokio::spawn(async move {
            // A fault of ours must not leave the operation waiting for this stack for ever.
            let done = part.await.unwrap_or_else(|fault| Err(lost(&fault.to_string())));
            let message = match done {
                Err(Trouble::Lost(reason)) => Message::Lost { key, reason },
                done => Message::Ended(Box::new(work.end(key, done))),
            };
            // The operation's thread lives until it has heard of every worker.
            let _ = work.messages.send(message);
        });
    }

    async fn part(&self, key: &StackKey, direction: Direction) -> Result<Done, Trouble> {
        let not_connected = || Trouble::Untouched(format!("{} is not connected", key.environment));
        let place = self.places.get(&key.environment).ok_or_else(not_connected)?;
        let part = Part { work: self, place, key, token: self.token(key) };
        match direction {
            Direction::Up => part.deploy().await,
            Direction::Down => part.destroy().await,
        }
    }

    /// The same for a repeat of the same call (contract: every changing call carries one).
    fn token(&self, key: &StackKey) -> String {
        format!("{}-{key}", self.operation)
    }

    fn end(&self, key: StackKey, done: Result<Done, Trouble>) -> WorkEnd {
        let (outcome, reason, snapshot, status) = match done {
            Ok((outcome, snapshot)) => {
                let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
                outputs.insert(key.clone(), snapshot.outputs.clone());
                (outcome, None, Some(snapshot), EndStatus::ByRule)
            }
            Err(Trouble::Untouched(reason) | Trouble::Lost(reason)) => {
                (StackOutcome::Failed, Some(reason), None, EndStatus::Kept)
            }
            Err(Trouble::Stuck(snapshot, status, reason)) => {
                (StackOutcome::Failed, Some(reason), Some(*snapshot), EndStatus::Seen(status))
            }
            Err(Trouble::Failed(reason, snapshot)) => {
                (StackOutcome::Failed, Some(reason), snapshot.map(|snapshot| *snapshot), EndStatus::ByRule)
            }
            Err(Trouble::Cancelled(reason, snapshot)) => {
                (StackOutcome::Cancelled, Some(reason), Some(*snapshot), EndStatus::ByRule)
            }
        };
        WorkEnd { key, outcome, reason, snapshot, status }
    }

    pub(super) fn tell(&self, kind: EventKind) {
        // As in `start`: the receiver outlives the workers.
        let _ = self.messages.send(Message::Happened(kind));
    }

    pub(super) fn known_output(&self, key: &StackKey, output: &str) -> Option<String> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.get(key).and_then(|outputs| outputs.get(output)).cloned()
    }
}
