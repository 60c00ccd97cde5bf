//! What the workers of an operation share, and what they send to its thread. One worker does one stack's part
//! ([`super::part`], [`super::repair`]); it writes nothing itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skydeck_cloudformation::{ChangeSet, Connection, Login, Look, StackSnapshot};
use skydeck_model::event::{Actor, Approval};
use skydeck_model::exchange::missing::{self, MissingExport};
use skydeck_model::graph::Needs;
use skydeck_model::operation::Direction;
use skydeck_model::plan::{Deletion, Plan, Request};
use skydeck_model::review::StackReview;
use skydeck_model::validate::Templates;
use skydeck_model::{
    DeploymentId, Environment, EnvironmentName, EventKind, Manifest, OperationId, StackKey, StackOutcome,
    StackStatus,
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::part::{Done, Part, Trouble, lost};
use super::place::Place;
use super::secrets::Secrets;
use super::token_of;
use crate::engine::Options;
use crate::review::Reviewed;
use crate::spec::Bodies;

/// What workers and the user send to the operation's thread.
pub(crate) enum Message {
    /// A stack is about to be changed. The worker waits for `go`: true once it is written down.
    Announce { key: StackKey, go: oneshot::Sender<bool> },
    /// What would happen to a stack is not what was approved. The worker waits for the answer.
    Ask { approval: Box<Approval>, answer: oneshot::Sender<bool> },
    /// The user's answer.
    Answer { key: StackKey, approved: bool },
    /// The credentials of an environment do not hold any more, or hold again.
    Login { environment: EnvironmentName, login: Login },
    /// Something to record.
    Happened(EventKind),
    /// A stack's part is over.
    Ended(Box<WorkEnd>),
    /// What became of a stack cannot be known now: the operation is left open, to be brought to its end by
    /// whoever can ask CloudFormation.
    Lost { key: StackKey, reason: String },
    /// The operation is called off.
    Cancel {
        /// By whom, where that is known.
        by: Option<Actor>,
        /// Whether what runs is cancelled as well; if not, no further stack starts.
        running_too: bool,
    },
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
pub(super) enum EndStatus {
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
    templates: Templates,
    pub(super) bodies: Arc<Bodies>,
    pub(super) request: Request,
    pub(super) looks: Look,
    places: HashMap<EnvironmentName, Place>,
    operation: OperationId,
    /// Outputs of the stacks that are done, unmasked: they feed the parameters of later ones.
    outputs: Mutex<HashMap<StackKey, BTreeMap<String, String>>>,
    /// What was approved. A change set is taken out once it was executed.
    reviewed: Mutex<HashMap<StackKey, Reviewed>>,
    pub(super) secrets: Secrets,
    pub(super) messages: UnboundedSender<Message>,
    pub(super) cancel_running: CancellationToken,
}

/// What an operation works with.
pub(crate) struct Material {
    pub(crate) request: Request,
    pub(crate) manifest: Manifest,
    pub(crate) templates: Templates,
    pub(crate) bodies: Arc<Bodies>,
    pub(crate) places: HashMap<EnvironmentName, Place>,
    /// What was approved; `None`: nobody looked.
    pub(crate) reviewed: Option<HashMap<StackKey, Reviewed>>,
    pub(crate) secrets: Secrets,
    /// What the stacks that it deploys need, to be recorded.
    pub(crate) needs: BTreeMap<EnvironmentName, Needs>,
    /// What could not be found out before the start, for the log.
    pub(crate) warnings: Vec<String>,
}

impl Material {
    /// What was approved, in the plan's order, for the log.
    pub(crate) fn approved(&self, plan: &Plan) -> Option<Vec<StackReview>> {
        let reviewed = self.reviewed.as_ref()?;
        let stacks = plan.stacks.iter().filter_map(|turn| reviewed.get(&turn.key));
        Some(stacks.map(|reviewed| reviewed.review.clone()).collect())
    }

    /// The change sets that were approved, by their ARNs.
    pub(crate) fn change_sets(&self) -> BTreeSet<String> {
        let reviewed = self.reviewed.iter().flat_map(HashMap::values);
        reviewed.filter_map(|reviewed| Some(reviewed.change_set.as_ref()?.arn.clone())).collect()
    }
}

impl Work {
    pub(crate) fn new(
        material: Material,
        operation: OperationId,
        options: &Options,
        messages: UnboundedSender<Message>,
    ) -> Self {
        let Material { request, manifest, templates, bodies, places, reviewed, secrets, .. } = material;
        if options.wait_for_login {
            places.values().for_each(|place| tell_logins(place, &messages));
        }
        Self {
            manifest,
            templates,
            bodies,
            request,
            looks: if options.quiet { Look::OnFailure } else { Look::Live },
            places,
            operation,
            outputs: Mutex::default(),
            reviewed: Mutex::new(reviewed.unwrap_or_default()),
            secrets,
            messages,
            cancel_running: CancellationToken::new(),
        }
    }

    pub(crate) fn deployment_id(&self) -> &DeploymentId {
        &self.manifest.deployment_id
    }

    /// The connections, to resume them after a login.
    pub(crate) fn connections(&self) -> Vec<(Environment, Connection)> {
        self.places.values().map(Place::reached).collect()
    }

    /// Calls off what runs, where CloudFormation can; what waits for a login is left open.
    pub(crate) fn cancel_running(&self) {
        self.cancel_running.cancel();
        self.places.values().for_each(|place| place.connection.give_up());
    }

    /// Removes the change sets that were approved and not executed, with the empty stacks that first ones leave behind.
    pub(crate) async fn discard_leftovers(&self) {
        let left: Vec<(StackKey, ChangeSet)> = {
            let mut reviewed = self.lock_reviewed();
            reviewed.drain().filter_map(|(key, reviewed)| Some((key, reviewed.change_set?))).collect()
        };
        for (key, change_set) in left {
            let Some(place) = self.places.get(&key.environment) else { continue };
            if let Err(error) = place.connection.discard(&change_set).await {
                self.tell(EventKind::Warning {
                    message: format!("{key}: a change set that was not executed is left: {error}"),
                });
            }
        }
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
        let part =
            Part { work: self, place, key, token: token_of(&self.operation, key), begun: Mutex::default() };
        match (direction, &self.request) {
            (Direction::Back, Request::RepairStack { repair, .. }) => part.repair(repair).await,
            (Direction::Up | Direction::Back, _) => part.deploy().await,
            (Direction::Down, _) => part.destroy().await,
        }
    }

    fn end(&self, key: StackKey, done: Result<Done, Trouble>) -> WorkEnd {
        let (outcome, reason, snapshot, status) = match done {
            Ok(Done { outcome, snapshot, status, remark }) => {
                let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
                outputs.insert(key.clone(), snapshot.outputs.clone());
                (outcome, remark, Some(snapshot), status)
            }
            Err(Trouble::Untouched(reason) | Trouble::OutOfDate(reason) | Trouble::Lost(reason)) => {
                (StackOutcome::Failed, Some(reason), None, EndStatus::Kept)
            }
            Err(Trouble::Unfit(reason, snapshot)) => {
                (StackOutcome::Failed, Some(reason), Some(*snapshot), EndStatus::Kept)
            }
            Err(Trouble::LeftOut(reason)) => (StackOutcome::Skipped, Some(reason), None, EndStatus::Kept),
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
        let reason = reason.map(|reason| self.with_place(&key, reason));
        WorkEnd { key, outcome, reason, snapshot, status }
    }

    /// Why a stack failed, with the place in its template where that tells of one.
    fn with_place(&self, key: &StackKey, reason: String) -> String {
        let missing = missing::name_in(&reason)
            .and_then(|export| MissingExport::of(&self.manifest, &self.templates, key, export));
        missing.map_or(reason.clone(), |missing| {
            format!("{}. It is imported at {missing}", reason.trim_end_matches('.'))
        })
    }

    pub(super) fn tell(&self, kind: EventKind) {
        // As in `start`: the receiver outlives the workers.
        let _ = self.messages.send(Message::Happened(kind));
    }

    pub(super) fn outputs_of(&self, key: &StackKey) -> Option<BTreeMap<String, String>> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.get(key).cloned()
    }

    /// What was approved for a stack; `None`: nobody looked.
    pub(super) fn reviewed(&self, key: &StackKey) -> Option<Reviewed> {
        self.lock_reviewed().get(key).cloned()
    }

    /// The approved change set of a stack is executed, or of no use any more: nothing is left to remove.
    pub(super) fn change_set_is_spent(&self, key: &StackKey) {
        if let Some(reviewed) = self.lock_reviewed().get_mut(key) {
            reviewed.change_set = None;
        }
    }

    /// What a delete may leave behind.
    pub(super) fn deletion(&self) -> Deletion {
        match &self.request {
            Request::DestroyStack { deletion, .. } => deletion.clone(),
            _ => Deletion::default(),
        }
    }

    fn lock_reviewed(&self) -> MutexGuard<'_, HashMap<StackKey, Reviewed>> {
        self.reviewed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the connection wait for a login where the credentials end, and the operation hear of it.
fn tell_logins(place: &Place, messages: &UnboundedSender<Message>) {
    let (tell, mut told) = unbounded_channel();
    place.connection.pause_for_login(tell);
    let (environment, messages) = (place.environment.name.clone(), messages.clone());
    tokio::spawn(async move {
        while let Some(login) = told.recv().await {
            let _ = messages.send(Message::Login { environment: environment.clone(), login });
        }
    });
}
