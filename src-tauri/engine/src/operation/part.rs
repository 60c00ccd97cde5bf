//! One stack's part in an operation: ask CloudFormation how it stands, act, follow to the end.

use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{
    Call, ChangeSet, ChangeSetKind, CloudError, CloudEvent, Prepared, StackSnapshot, StackSpec, Watch,
    Watched,
};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{Approval, ResourceEvent, StackAction};
use skydeck_model::plan::Deletion;
use skydeck_model::review::{self, ReviewAction, StackReview};
use skydeck_model::{EventKind, StackKey, StackOutcome, StackStatus};
use tokio::sync::oneshot;

use super::place::Place;
use super::worker::{EndStatus, Message, Work};
use crate::review::Reviewed;
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
}

impl Part<'_> {
    pub(super) fn name(&self) -> String {
        self.key.cloudformation_name(&self.work.manifest.deployment_id)
    }

    pub(super) async fn deploy(&self) -> Result<Done, Trouble> {
        let wish = self.wish()?;
        let spec = self.spec(&wish).await?;
        match self.work.reviewed(self.key) {
            Some(reviewed) => self.deploy_reviewed(&wish, &spec, &reviewed).await,
            None => self.deploy_unreviewed(&wish, &spec).await,
        }
    }

    async fn deploy_unreviewed(&self, wish: &Wish<'_>, spec: &StackSpec) -> Result<Done, Trouble> {
        let found = self.place.look_up(&spec.name).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return self.create(spec).await;
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => self.create(spec).await,
            Standing::Updatable => {
                self.begin(StackAction::Update);
                match self.compare(wish, spec, &snapshot).await? {
                    None => self.unchanged(spec, snapshot).await,
                    Some(change_set) => self.execute(spec, &change_set, Some(snapshot)).await,
                }
            }
            Standing::Leftover => {
                self.begin(StackAction::Recreate);
                self.clear(&snapshot).await?;
                self.create_announced(spec).await
            }
            Standing::Busy => Err(busy(&snapshot)),
            Standing::Stuck => Err(stuck(snapshot)),
        }
    }

    /// Executes what was approved; where the stack's inputs were not known then, or the stack was changed since, what
    /// would happen now is compared with it first.
    async fn deploy_reviewed(
        &self,
        wish: &Wish<'_>,
        spec: &StackSpec,
        reviewed: &Reviewed,
    ) -> Result<Done, Trouble> {
        let approved = &reviewed.review;
        let inputs_hold = reviewed.spec.as_ref() == Some(spec);
        if let Some(change_set) = reviewed.change_set.as_ref().filter(|_| inputs_hold) {
            self.begin(if approved.action == ReviewAction::Create {
                StackAction::Create
            } else {
                StackAction::Update
            });
            match self.execute(spec, change_set, reviewed.snapshot.clone()).await {
                Err(Trouble::OutOfDate(_)) => {}
                done => return done,
            }
        }
        let found = self.place.connection.describe(&spec.name).await.map_err(untouched)?;
        let standing = found.as_ref().map(|snapshot| cloudformation::standing(&snapshot.status));
        match (standing, found) {
            (None | Some(Standing::Absent), _) if spec.timeout_minutes.is_some() => self.create(spec).await,
            (None | Some(Standing::Absent), found) => {
                self.begin(StackAction::Create);
                self.make_anew(spec, approved, ChangeSetKind::Create, found).await
            }
            (Some(Standing::Updatable), Some(snapshot)) => {
                self.begin(StackAction::Update);
                let same = |before: &StackSnapshot| {
                    before.id == snapshot.id && before.changed_at() == snapshot.changed_at()
                };
                let still = inputs_hold && reviewed.snapshot.as_ref().is_some_and(same);
                if approved.action == ReviewAction::Unchanged && still {
                    return self.unchanged(spec, snapshot).await;
                }
                match self.compare(wish, spec, &snapshot).await? {
                    None => self.unchanged(spec, snapshot).await,
                    Some(change_set) => {
                        self.approve_and_execute(spec, approved, change_set, Some(snapshot)).await
                    }
                }
            }
            (Some(Standing::Leftover), Some(snapshot)) if approved.action == ReviewAction::Recreate => {
                self.begin(StackAction::Recreate);
                self.clear(&snapshot).await?;
                self.make_anew(spec, approved, ChangeSetKind::Create, None).await
            }
            // What the review itself has left there.
            (Some(Standing::Leftover), Some(snapshot)) if snapshot.status == "REVIEW_IN_PROGRESS" => {
                self.begin(StackAction::Create);
                self.make_anew(spec, approved, ChangeSetKind::Create, Some(snapshot)).await
            }
            (Some(Standing::Busy), Some(snapshot)) => Err(busy(&snapshot)),
            (Some(Standing::Stuck), Some(snapshot)) => Err(stuck(snapshot)),
            (_, Some(snapshot)) => Err(Trouble::Untouched(format!(
                "the stack is in {} now, which the review did not see; review again",
                snapshot.status
            ))),
            (_, None) => Err(Trouble::Untouched("the stack is not there any more; review again".to_owned())),
        }
    }

    async fn make_anew(
        &self,
        spec: &StackSpec,
        approved: &StackReview,
        kind: ChangeSetKind,
        found: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        match self.place.connection.prepare(spec, kind, &self.token_of("anew")).await.map_err(untouched)? {
            Prepared::Ready(change_set) => self.approve_and_execute(spec, approved, change_set, found).await,
            Prepared::Unchanged => match found {
                Some(snapshot) => self.unchanged(spec, snapshot).await,
                None => Err(Trouble::Untouched(
                    "CloudFormation finds nothing to create in its template".to_owned(),
                )),
            },
        }
    }

    /// Goes on silently where a change set equals what was approved, and asks where it does not.
    async fn approve_and_execute(
        &self,
        spec: &StackSpec,
        approved: &StackReview,
        change_set: ChangeSet,
        found: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        let differences = review::differences(approved, &change_set.changes);
        if !differences.is_empty() {
            let review = StackReview {
                danger: review::danger_of(&change_set.changes),
                changes: change_set.changes.clone(),
                by_change_set: true,
                ..approved.clone()
            };
            if !self.ask(Approval { review, differences }).await {
                // What is not executed is not left lying about; if that fails it is no reason to fail.
                if let Err(error) = self.place.connection.discard(&change_set).await {
                    self.warn(&error);
                }
                return Err(Trouble::LeftOut(
                    "what would change is not what was approved, and it was left out".to_owned(),
                ));
            }
        }
        self.execute(spec, &change_set, found).await
    }

    /// Waits for the user's answer.
    async fn ask(&self, approval: Approval) -> bool {
        let (answer, answered) = oneshot::channel();
        let _ = self.work.messages.send(Message::Ask { approval: Box::new(approval), answer });
        answered.await.unwrap_or(false)
    }

    /// What an update would change; `None`: nothing. Template, parameters and tags first, which costs a call at the most;
    /// the empty change set is the judge of what that leaves open.
    async fn compare(
        &self,
        wish: &Wish<'_>,
        spec: &StackSpec,
        now: &StackSnapshot,
    ) -> Result<Option<ChangeSet>, Trouble> {
        let connection = &self.place.connection;
        if wish.may_be(spec, now) {
            match connection.template(&now.id).await {
                Ok(template) if template.trim_end() == spec.template.trim_end() => return Ok(None),
                // Without the right to read templates the change set tells too.
                Ok(_) | Err(CloudError::Denied { .. }) => {}
                Err(error) => return Err(untouched(error)),
            }
        }
        let prepare = || connection.prepare(spec, ChangeSetKind::Update, &self.token);
        match self.insist(prepare).await.map_err(untouched)? {
            Prepared::Unchanged => Ok(None),
            Prepared::Ready(change_set) => Ok(Some(change_set)),
        }
    }

    async fn create(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        self.begin(StackAction::Create);
        self.announce().await?;
        self.create_announced(spec).await
    }

    async fn create_announced(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        match self.insist(|| self.place.connection.create(spec, &self.token)).await {
            Ok(id) => self.follow(id, Call::Create, self.token.clone(), None).await,
            // An answer that got lost, or somebody who was faster: events with our token tell which.
            Err(CloudError::AlreadyExists(reason)) => {
                let found = self.place.connection.describe(&spec.name).await.map_err(unknown)?;
                let id = found.ok_or(Trouble::Failed(reason, None))?.id;
                self.follow(id, Call::Update, self.token.clone(), None).await
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Nothing of use is left of a first create that failed: it is deleted, so that it can be created again.
    async fn clear(&self, left: &StackSnapshot) -> Result<(), Trouble> {
        self.announce().await?;
        let token = self.token_of("again");
        let delete = || self.place.connection.delete(&left.id, &token, &NOTHING_KEPT);
        self.insist(delete).await.map_err(failed)?;
        self.follow(left.id.clone(), Call::Delete, token, None).await?;
        if self.work.cancel_running.is_cancelled() {
            let reason = "it was called off before it was created again".to_owned();
            return Err(Trouble::Cancelled(reason, Box::new(StackSnapshot::gone(&left.id))));
        }
        Ok(())
    }

    /// A stack that is as wanted is not announced: nothing is done to it but what is beside the template.
    async fn unchanged(&self, spec: &StackSpec, found: StackSnapshot) -> Result<Done, Trouble> {
        self.settle(spec, &found).await?;
        Ok(Done::by_rule(StackOutcome::Unchanged, found))
    }

    /// What no change set carries: termination protection, which is only ever switched on here, and the stack policy.
    async fn settle(&self, spec: &StackSpec, stack: &StackSnapshot) -> Result<(), Trouble> {
        let connection = &self.place.connection;
        if spec.termination_protection && !stack.termination_protection {
            self.insist(|| connection.protect(&stack.id, true)).await.map_err(failed)?;
        }
        if let Some(policy) = &spec.stack_policy {
            self.insist(|| connection.set_stack_policy(&stack.id, policy)).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Executes a change set and follows it. `before` is the stack as it was, if there was one.
    async fn execute(
        &self,
        spec: &StackSpec,
        change_set: &ChangeSet,
        before: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        self.announce().await?;
        // A policy counts from the update on with which it comes.
        if let Some(before) = before.as_ref().filter(|_| change_set.kind == ChangeSetKind::Update) {
            self.settle(spec, before).await?;
        }
        let execute = || self.place.connection.execute(&change_set.arn, &self.token);
        match self.insist(execute).await {
            Ok(()) => self.work.change_set_is_spent(self.key),
            Err(CloudError::PlanOutOfDate(reason)) => return Err(Trouble::OutOfDate(reason)),
            Err(error) => return Err(failed(error)),
        }
        let call = match change_set.kind {
            ChangeSetKind::Create => Call::Create,
            ChangeSetKind::Update => Call::Update,
        };
        let changed = before.and_then(|stack| stack.last_updated);
        let done = self.follow(change_set.stack_id.clone(), call, self.token.clone(), changed).await?;
        if change_set.kind == ChangeSetKind::Create {
            self.settle(spec, &done.snapshot).await?;
        }
        Ok(done)
    }

    pub(super) async fn destroy(&self) -> Result<Done, Trouble> {
        let found = self.place.look_up(&self.name()).await.map_err(untouched)?;
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
        self.begin(StackAction::Delete);
        self.announce().await?;
        let deletion = self.work.deletion();
        let delete = || self.place.connection.delete(&snapshot.id, &self.token, &deletion);
        self.insist(delete).await.map_err(failed)?;
        let done = self.follow(snapshot.id, Call::Delete, self.token.clone(), snapshot.last_updated).await?;
        // CloudFormation still tells the outputs of what is no more.
        Ok(Done::by_rule(done.outcome, StackSnapshot::gone(&done.snapshot.id)))
    }

    /// Tells that this stack's turn has come.
    pub(super) fn begin(&self, action: StackAction) {
        let resources = match action {
            StackAction::Delete | StackAction::Repair => None,
            StackAction::Create | StackAction::Update | StackAction::Recreate => {
                self.wish().ok().map(|wish| crate::detail::count(wish.body.interface.resource_list.len()))
            }
        };
        self.work.tell(EventKind::StackStarted { key: self.key.clone(), action, resources });
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

    fn wish(&self) -> Result<Wish<'_>, Trouble> {
        let missing = || Trouble::Untouched(format!("{} is not in the manifest", self.key.stack));
        Wish::of(&self.work.manifest, &self.place.environment, &self.work.bodies, self.key)
            .ok_or_else(missing)
    }

    /// What the stack shall be, every reference replaced. Outputs of stacks outside this operation are asked of
    /// CloudFormation.
    async fn spec(&self, wish: &Wish<'_>) -> Result<StackSpec, Trouble> {
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

    fn warn(&self, error: &CloudError) {
        self.work.tell(EventKind::Warning { message: format!("{}: {error}", self.key) });
    }

    /// Follows a call to its end, calling it off on the user's word where CloudFormation can.
    pub(super) async fn follow(
        &self,
        stack: String,
        call: Call,
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
            looks: self.work.looks,
        });
        let (mut asked, mut cancelled) = (false, false);
        let mut failure: Option<ResourceEvent> = None;
        loop {
            let next = tokio::select! {
                next = told.recv() => next,
                () = self.work.cancel_running.cancelled(), if can_cancel && !asked => {
                    asked = true;
                    let cancel_token = format!("{token}-cancel");
                    match self.insist(|| self.place.connection.cancel_update(&stack, &cancel_token)).await {
                        Ok(()) => cancelled = true,
                        Err(error) => self.warn(&error),
                    }
                    continue;
                }
            };
            match next {
                Some(Watched::Event(event)) => {
                    let of_a_resource = !event.is_stack;
                    let event = self.resource_event(event);
                    if failure.is_none() && of_a_resource && event.is_failure() {
                        failure = Some(event.clone());
                    }
                    self.work.tell(EventKind::Resource(event));
                }
                Some(Watched::Delayed(error)) => self.warn(&error),
                Some(Watched::Ended(StackOutcome::Failed, snapshot)) => {
                    let cause = self.root_cause(&snapshot, failure, &token, called_at).await;
                    let reason = reason(&snapshot, cause);
                    return Err(if cancelled {
                        Trouble::Cancelled(reason, Box::new(snapshot))
                    } else {
                        Trouble::Failed(reason, Some(Box::new(snapshot)))
                    });
                }
                Some(Watched::Ended(outcome, snapshot)) => return Ok(Done::by_rule(outcome, snapshot)),
                Some(Watched::Overtaken(snapshot)) => return Err(overtaken(snapshot)),
                Some(Watched::Lost(error)) => return Err(lost(&error.to_string())),
                None => return Err(lost("nothing watches the stack any more")),
            }
        }
    }

    /// The first failure in words. The events were fetched on the way; only a nested stack has its own, further down.
    async fn root_cause(
        &self,
        snapshot: &StackSnapshot,
        failure: Option<ResourceEvent>,
        token: &str,
        since: chrono::DateTime<Utc>,
    ) -> Option<String> {
        let failure = failure?;
        if failure.resource_type == STACK_TYPE
            && let Ok(Some(cause)) = self.place.connection.root_cause(&snapshot.id, Some(token), since).await
        {
            let path = cause.stacks.join(" / ");
            return Some(format!("{path}: {} ({}): {}", cause.logical_id, cause.resource_type, cause.reason));
        }
        let reason = failure.reason.as_deref().unwrap_or("no reason was given");
        Some(format!("{} ({}): {reason}", failure.logical_id, failure.resource_type))
    }

    fn resource_event(&self, event: CloudEvent) -> ResourceEvent {
        ResourceEvent {
            key: self.key.clone(),
            logical_id: event.logical_id,
            resource_type: event.resource_type,
            physical_id: event.physical_id,
            status: event.status,
            reason: event.reason,
            happened_at: event.at,
        }
    }
}

const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

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

fn unknown(error: CloudError) -> Trouble {
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

fn seen(snapshot: StackSnapshot, reason: String) -> Trouble {
    let status = cloudformation::row_of(&snapshot.status).map_or(StackStatus::Failed, |row| row.seen);
    Trouble::Stuck(Box::new(snapshot), status, reason)
}

pub(super) fn lost(why: &str) -> Trouble {
    Trouble::Lost(format!(
        "what became of the stack is not known, and it may go on at CloudFormation: {why}. \
         'cloud status --refresh' asks again"
    ))
}

pub(super) fn busy(snapshot: &StackSnapshot) -> Trouble {
    Trouble::Untouched(format!(
        "another operation is changing this stack at CloudFormation ({}); nothing was done to it. \
         Wait for its end and try again",
        snapshot.status
    ))
}

fn stuck(snapshot: StackSnapshot) -> Trouble {
    let reason = format!(
        "the stack is in {}, from which CloudFormation takes no update; {}",
        snapshot.status,
        cloudformation::remark(&snapshot.status).unwrap_or("repair or delete it first"),
    );
    seen(snapshot, reason)
}

/// The root cause first, then what it has led to.
fn reason(snapshot: &StackSnapshot, cause: Option<String>) -> String {
    let cause = cause
        .or_else(|| snapshot.reason.clone().filter(|reason| !reason.is_empty()))
        .unwrap_or_else(|| format!("the stack ended in {}", snapshot.status));
    match cloudformation::remark(&snapshot.status) {
        Some(remark) => format!("{cause} — {remark}"),
        None => cause,
    }
}
