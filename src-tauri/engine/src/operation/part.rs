//! One stack's part in an operation: ask CloudFormation how it stands, act, follow to the end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{Call, CloudError, CloudEvent, Look, StackSnapshot, StackSpec, Watch, Watched};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{ResourceEvent, StackAction};
use skydeck_model::plan::Deletion;
use skydeck_model::{EventKind, StackKey, StackOutcome, StackStatus};
use tokio::sync::oneshot;

use super::cancel_token;
use super::place::Place;
use super::worker::{EndStatus, Message, Work};
use crate::spec::{Outputs, Wish};

/// A stack's part that came out as wanted; the rest is told by [`Trouble`].
pub(super) struct Done {
    pub(super) outcome: StackOutcome,
    pub(super) snapshot: StackSnapshot,
    pub(super) status: EndStatus,
    pub(super) remark: Option<String>,
}

impl Done {
    pub(super) fn by_rule(outcome: StackOutcome, snapshot: StackSnapshot) -> Self {
        Self { outcome, snapshot, status: EndStatus::ByRule, remark: None }
    }
}

/// Why a worker could not do its part.
pub(super) enum Trouble {
    /// Before anything was done to the stack: its status is kept.
    Untouched(String),
    /// The stack stands so that it cannot be done to it, and nothing was: its status is kept.
    Unfit(String, Box<StackSnapshot>),
    /// The change set does not fit the stack any more.
    OutOfDate(String),
    /// It was left out on the user's word, before anything was done to it.
    LeftOut(String),
    /// The stack stands in a way that nothing can be done to it; its status is what CloudFormation shows.
    Stuck(Box<StackSnapshot>, StackStatus, String),
    /// The call was made or tried, and this came of it.
    Failed(String, Option<Box<StackSnapshot>>),
    /// It was called off by the user.
    Cancelled(String, Box<StackSnapshot>),
    /// CloudFormation cannot be asked any more, so nobody can tell.
    Lost(String),
}

/// A delete of what is of no use to anybody.
pub(super) static NOTHING_KEPT: Deletion = Deletion { retain: Vec::new(), force: false };

/// Repeats of a changing call that got no answer, with the pauses before each in seconds: with the token they are the
/// same call to CloudFormation. The SDK has retried by itself before.
const PAUSES: [u64; 4] = [1, 4, 10, 20];

/// One stack's part.
pub(super) struct Part<'a> {
    pub(super) work: &'a Work,
    pub(super) place: &'a Place,
    pub(super) key: &'a StackKey,
    /// The client request token of its calls.
    pub(super) token: String,
    /// What is done to it, as it was told.
    pub(super) begun: Mutex<Option<StackAction>>,
}

impl Part<'_> {
    pub(super) fn name(&self) -> String {
        self.key.cloudformation_name(&self.work.manifest.deployment_id)
    }

    /// That a stack in review, which is about to be deleted, holds no change set but ours: somebody else's would be lost
    /// with it.
    pub(super) async fn refuse_foreign_reviews(&self, stack: &StackSnapshot) -> Result<(), Trouble> {
        if !cloudformation::is_in_review(&stack.status) {
            return Ok(());
        }
        let found = self.place.connection.change_sets(&stack.id).await.map_err(untouched)?;
        match found.iter().find(|change_set| !change_set.is_of_skydeck()) {
            None => Ok(()),
            Some(foreign) => Err(Trouble::Unfit(
                format!(
                    "the change set '{}', which is not Skydeck's, waits on the stack and would be lost with it; execute or \
                     delete that first",
                    foreign.name
                ),
                Box::new(stack.clone()),
            )),
        }
    }

    pub(super) async fn destroy(&self) -> Result<Done, Trouble> {
        let found = self.place.stood(&self.name()).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return Ok(Done::by_rule(StackOutcome::Unchanged, StackSnapshot::gone(&self.name())));
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => {
                return Ok(Done::by_rule(StackOutcome::Unchanged, StackSnapshot::gone(&snapshot.id)));
            }
            Standing::Busy => return Err(busy(&snapshot)),
            Standing::Updatable | Standing::Leftover | Standing::Stuck => {}
        }
        self.begin(StackAction::Delete, None);
        self.announce().await?;
        let deletion = self.work.deletion();
        let delete = || self.place.connection.delete(&snapshot.id, &self.token, &deletion);
        self.insist(delete).await.map_err(|error| failed_at(error, &snapshot))?;
        let looks = self.looks(self.may_leave_behind(&deletion));
        let token = self.token.clone();
        let done = self.follow(snapshot.id, Call::Delete, looks, token, snapshot.last_updated).await?;
        // CloudFormation still tells the outputs of what is no more.
        Ok(Done::by_rule(done.outcome, StackSnapshot::gone(&done.snapshot.id)))
    }

    /// Tells that this stack's turn has come, and how many resources that makes, where its template tells. It is told again
    /// only where something else is done than was meant.
    pub(super) fn begin(&self, action: StackAction, resources: Option<u32>) {
        if self.begun.lock().unwrap_or_else(PoisonError::into_inner).replace(action) != Some(action) {
            self.work.tell(EventKind::StackStarted { key: self.key.clone(), action, resources });
        }
    }

    /// Has it written down that this stack is about to be changed.
    pub(super) async fn announce(&self) -> Result<(), Trouble> {
        let (go, answer) = oneshot::channel();
        let _ = self.work.messages.send(Message::Announce { key: self.key.clone(), go });
        match answer.await {
            Ok(true) => Ok(()),
            _ => Err(Trouble::Untouched(
                "the deployment's files cannot be written, so nothing was started".to_owned(),
            )),
        }
    }

    pub(super) fn wish(&self) -> Result<Wish<'_>, Trouble> {
        let missing = || {
            let stack = self.work.manifest.stack(&self.key.stack);
            let template = stack.map(|stack| stack.settings_in(&self.key.environment).template);
            let unreadable = template.and_then(|path| self.work.bodies.unreadable(&path).cloned());
            Trouble::Untouched(
                unreadable.unwrap_or_else(|| format!("{} is not in the manifest", self.key.stack)),
            )
        };
        Wish::of(&self.work.manifest, &self.place.environment, &self.work.bodies, self.key)
            .ok_or_else(missing)
    }

    /// What the stack shall be, every reference replaced. Outputs of stacks outside this operation are asked of
    /// CloudFormation.
    pub(super) async fn spec(&self, wish: &Wish<'_>) -> Result<StackSpec, Trouble> {
        let mut outputs = Outputs::new();
        for stack in wish.upstream() {
            let key = StackKey::new(&stack, &self.key.environment);
            let known = match self.work.outputs_of(&key) {
                Some(known) => known,
                None => {
                    let name = key.cloudformation_name(&self.work.manifest.deployment_id);
                    let found = self.place.look_up(&name).await.map_err(untouched)?;
                    found.map(|snapshot| snapshot.outputs).unwrap_or_default()
                }
            };
            outputs.insert(stack, known);
        }
        wish.spec(&outputs, &self.work.secrets).map_err(|missing| Trouble::Untouched(missing.to_string()))
    }

    pub(super) fn token_of(&self, step: &str) -> String {
        format!("{}-{step}", self.token)
    }

    /// Makes a changing call, and makes it again where no answer came.
    pub(super) async fn insist<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        for pause in PAUSES {
            match call().await {
                Err(error) if error.is_passing() => {
                    self.warn(&error);
                    tokio::time::sleep(Duration::from_secs(pause)).await;
                }
                answer => return answer,
            }
        }
        call().await
    }

    pub(super) fn warn(&self, error: &CloudError) {
        self.work.tell(EventKind::Warning { message: format!("{}: {error}", self.key) });
    }

    /// When the events of a call are fetched. `leaves`: whether, going well, it may leave something behind, which only
    /// they tell.
    pub(super) fn looks(&self, leaves: bool) -> Look {
        match self.work.looks {
            Look::OnFailure if leaves => Look::AtEnd,
            looks => looks,
        }
    }

    /// Whether a delete may leave something behind. A review knows the template that is deployed.
    fn may_leave_behind(&self, deletion: &Deletion) -> bool {
        let reviewed = self.work.reviewed(self.key).filter(|it| !it.review.changes.is_empty());
        deletion.force || reviewed.is_none_or(|it| it.review.changes.iter().any(|it| it.kept && !it.snapshot))
    }

    /// Follows a call to its end, calling it off on the user's word where CloudFormation can.
    pub(super) async fn follow(
        &self,
        stack: String,
        call: Call,
        looks: Look,
        token: String,
        updated_before: Option<chrono::DateTime<Utc>>,
    ) -> Result<Done, Trouble> {
        let can_cancel = call == Call::Update;
        let called_at = Utc::now();
        let mut told = self.place.watcher.watch(Watch {
            stack: stack.clone(),
            call,
            token: token.clone(),
            called_at,
            updated_before,
            looks,
        });
        let (mut asked, mut cancelled) = (false, false);
        let mut events = Vec::new();
        loop {
            let next = tokio::select! {
                next = told.recv() => next,
                () = self.work.cancel_running.cancelled(), if can_cancel && !asked => {
                    asked = true;
                    let cancel_token = cancel_token(&token);
                    match self.insist(|| self.place.connection.cancel_update(&stack, &cancel_token)).await {
                        Ok(()) => cancelled = true,
                        Err(error) => self.warn(&error),
                    }
                    continue;
                }
            };
            match next {
                Some(Watched::Event(event)) => {
                    let event = resource_event(self.key, event);
                    events.push(event.clone());
                    self.work.tell(EventKind::Resource(event));
                }
                Some(Watched::Delayed(error)) => self.warn(&error),
                Some(Watched::Ended(StackOutcome::Failed, snapshot)) => {
                    let cause = self.root_cause(&snapshot, events, call, &token, called_at).await;
                    let (cause, own) = (cause.as_deref(), snapshot.reason.as_deref());
                    let reason = cloudformation::why(cause, own, &snapshot.status);
                    return Err(if cancelled {
                        Trouble::Cancelled(reason, Box::new(snapshot))
                    } else {
                        Trouble::Failed(reason, Some(Box::new(snapshot)))
                    });
                }
                Some(Watched::Ended(outcome, snapshot)) => {
                    // Of what went well nobody has asked for the events: only what is left behind is told.
                    while let Some(Watched::Event(event)) = told.recv().await {
                        let event = resource_event(self.key, event);
                        if event.is_left_behind() {
                            self.work.tell(EventKind::Resource(event));
                        }
                    }
                    return Ok(Done::by_rule(outcome, snapshot));
                }
                Some(Watched::Overtaken(snapshot)) => return Err(overtaken(snapshot)),
                Some(Watched::Lost(error)) => return Err(lost(&error.to_string())),
                None => return Err(lost("nothing watches the stack any more")),
            }
        }
    }

    /// The cause in words. The events were fetched on the way; only a nested stack has its own, further down.
    async fn root_cause(
        &self,
        snapshot: &StackSnapshot,
        events: Vec<ResourceEvent>,
        call: Call,
        token: &str,
        since: chrono::DateTime<Utc>,
    ) -> Option<String> {
        let name = self.name();
        let failure = cloudformation::cause(events, |event| event.blame(&name, call.direction()))?;
        if failure.is_of_nested_stack(&name) {
            let connection = &self.place.connection;
            let asked = connection.root_cause(&snapshot.id, Some(token), since, call.direction()).await;
            if let Ok(Some(cause)) = asked {
                return Some(cause.in_words());
            }
        }
        Some(failure.in_words(&name))
    }
}

/// An event of a stack, in the log's words.
pub(crate) fn resource_event(key: &StackKey, event: CloudEvent) -> ResourceEvent {
    ResourceEvent {
        key: key.clone(),
        logical_id: event.logical_id,
        resource_type: event.resource_type,
        physical_id: event.physical_id,
        status: event.status,
        reason: event.reason,
        happened_at: event.at,
    }
}

/// Before anything was done. Credentials that end in the middle are no failure of the stack.
pub(super) fn untouched(error: CloudError) -> Trouble {
    match error {
        CloudError::Credentials(_) => lost(&error.to_string()),
        error => Trouble::Untouched(error.to_string()),
    }
}

/// Of a changing call: one that was not answered may have arrived.
pub(super) fn failed(error: CloudError) -> Trouble {
    match error {
        CloudError::Credentials(_) => lost(&error.to_string()),
        error if error.is_passing() => lost(&error.to_string()),
        // Somebody else was faster: nothing was done to it.
        CloudError::Busy(_) => Trouble::Untouched(error.to_string()),
        error => Trouble::Failed(error.to_string(), None),
    }
}

/// The same of a call that was refused for a stack that stands as it did.
pub(super) fn failed_at(error: CloudError, snapshot: &StackSnapshot) -> Trouble {
    match failed(error) {
        Trouble::Failed(reason, None) => Trouble::Failed(reason, Some(Box::new(snapshot.clone()))),
        trouble => trouble,
    }
}

pub(super) fn unknown(error: CloudError) -> Trouble {
    lost(&error.to_string())
}

/// Our call has left no trace, and the stack is at rest: what it shows is not our doing.
fn overtaken(snapshot: StackSnapshot) -> Trouble {
    let reason = format!(
        "the stack is in {} without a sign of this operation: somebody else is changing it, or the call \
         never arrived. Look at it in CloudFormation and try again",
        snapshot.status
    );
    seen(snapshot, reason)
}

pub(super) fn seen(snapshot: StackSnapshot, reason: String) -> Trouble {
    let status = cloudformation::row_of(&snapshot.status).map_or(StackStatus::Failed, |row| row.seen);
    Trouble::Stuck(Box::new(snapshot), status, reason)
}

pub(super) fn lost(why: &str) -> Trouble {
    Trouble::Lost(format!(
        "what became of the stack is not known, and it may go on at CloudFormation: {why}. \
         A refresh asks again"
    ))
}

pub(super) fn busy(snapshot: &StackSnapshot) -> Trouble {
    Trouble::Untouched(format!(
        "another operation is changing this stack at CloudFormation ({}); nothing was done to it. \
         Wait for its end and try again",
        snapshot.status
    ))
}
