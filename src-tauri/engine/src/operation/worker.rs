//! What is done to one stack. A worker asks CloudFormation, acts, follows, and sends what happens to the
//! operation's thread; it writes nothing itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{
    Call, CloudError, CloudEvent, Prepared, StackSnapshot, StackSpec, Watch, Watched,
};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{ResourceEvent, StackAction};
use skydeck_model::operation::Direction;
use skydeck_model::plan::Plan;
use skydeck_model::reference::{DeploymentField, EnvironmentField, Reference, Value};
use skydeck_model::{
    DeploymentId, EnvironmentName, EventKind, Manifest, OperationId, StackKey, StackOutcome, StackStatus,
};
use skydeck_store::{Folder, LoadedManifest};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::journal::Secrets;
use super::place::Place;
use crate::error::EngineError;

/// What workers and the user send to the operation's thread.
pub(crate) enum Message {
    /// A stack is about to be changed. The worker waits for `go`: true once it is written down.
    Announce { key: StackKey, action: StackAction, resources: Option<u32>, go: oneshot::Sender<bool> },
    /// Something to record.
    Happened(EventKind),
    /// A stack's part is over.
    Ended(Box<WorkEnd>),
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
    /// The one before, since the stack was not touched, or since nobody can tell.
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
    manifest: Manifest,
    templates: HashMap<String, Body>,
    places: HashMap<EnvironmentName, Place>,
    operation: OperationId,
    /// Outputs of the stacks that are done, unmasked: they feed the parameters of later ones.
    outputs: Mutex<HashMap<StackKey, BTreeMap<String, String>>>,
    secrets: Secrets,
    messages: UnboundedSender<Message>,
    cancel_running: CancellationToken,
}

/// A CloudFormation template as it was when the operation started.
struct Body {
    text: String,
    interface: skydeck_model::template::TemplateInterface,
}

/// A stack's part, as far as its success goes; the rest is told by [`Trouble`].
type Done = (StackOutcome, StackSnapshot);

/// Why a worker could not do its part.
enum Trouble {
    /// Before anything was done to the stack: its status is kept.
    Untouched(String),
    /// The stack stands in a way that nothing can be done to it; its status is what CloudFormation shows.
    Stuck(StackSnapshot, StackStatus, String),
    /// The call was made or tried, and this came of it.
    Failed(String, Option<StackSnapshot>),
    /// It was called off by the user.
    Cancelled(String, StackSnapshot),
    /// It goes on at CloudFormation, but we cannot see how.
    Lost(String),
}

impl Work {
    /// Reads all that the workers need, so that an edit of the folder meanwhile changes nothing.
    pub(crate) fn prepare(
        folder: &Folder,
        plan: &Plan,
        loaded: LoadedManifest,
        places: HashMap<EnvironmentName, Place>,
        operation: OperationId,
        secrets: Secrets,
        messages: UnboundedSender<Message>,
    ) -> Result<Self, EngineError> {
        let LoadedManifest { manifest, templates: interfaces, .. } = loaded;
        let mut templates = HashMap::new();
        for turn in plan.stacks.iter().filter(|_| plan.kind.direction() == Direction::Up) {
            let Some(stack) = manifest.stack(&turn.key.stack) else { continue };
            let path = stack.settings_in(&turn.key.environment).template;
            if let Some(interface) = interfaces.get(&path) {
                let body = Body { text: folder.template_body(&path)?, interface: interface.clone() };
                templates.insert(path, body);
            }
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
        tokio::spawn(async move {
            let done = match work.places.get(&key.environment) {
                None => Err(Trouble::Untouched(format!("{} is not connected", key.environment))),
                Some(place) => {
                    let stack = StackWork { work: &work, place, key: &key, token: work.token(&key) };
                    match direction {
                        Direction::Up => stack.deploy().await,
                        Direction::Down => stack.destroy().await,
                    }
                }
            };
            let end = work.end(key, done);
            // The operation's thread lives until it has heard of every worker.
            let _ = work.messages.send(Message::Ended(Box::new(end)));
        });
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
            Err(Trouble::Untouched(reason)) => (StackOutcome::Failed, Some(reason), None, EndStatus::Kept),
            Err(Trouble::Stuck(snapshot, status, reason)) => {
                (StackOutcome::Failed, Some(reason), Some(snapshot), EndStatus::Seen(status))
            }
            Err(Trouble::Failed(reason, snapshot)) => {
                (StackOutcome::Failed, Some(reason), snapshot, EndStatus::ByRule)
            }
            Err(Trouble::Cancelled(reason, snapshot)) => {
                (StackOutcome::Cancelled, Some(reason), Some(snapshot), EndStatus::ByRule)
            }
            Err(Trouble::Lost(reason)) => (StackOutcome::Failed, Some(reason), None, EndStatus::Kept),
        };
        WorkEnd { key, outcome, reason, snapshot, status }
    }

    fn tell(&self, kind: EventKind) {
        // As in `start`: the receiver outlives the workers.
        let _ = self.messages.send(Message::Happened(kind));
    }

    fn known_output(&self, key: &StackKey, output: &str) -> Option<String> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.get(key).and_then(|outputs| outputs.get(output)).cloned()
    }
}

/// One stack's part.
struct StackWork<'a> {
    work: &'a Work,
    place: &'a Place,
    key: &'a StackKey,
    token: String,
}

/// Repeats of a changing call that got no answer, with the pauses before each: with the token they are the
/// same call to CloudFormation. The SDK has retried by itself before.
const PAUSES: [u64; 4] = [1, 4, 10, 20];

impl StackWork<'_> {
    fn name(&self) -> String {
        self.key.cloudformation_name(&self.work.manifest.deployment_id)
    }

    async fn deploy(&self) -> Result<Done, Trouble> {
        let spec = self.spec().await?;
        let found = self.place.connection.describe(&spec.name).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return self.create(&spec, StackAction::Create).await;
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => self.create(&spec, StackAction::Create).await,
            Standing::Updatable => self.update(&spec, snapshot).await,
            Standing::Leftover => self.recreate(&spec, &snapshot).await,
            Standing::Busy => Err(busy(&snapshot)),
            Standing::Stuck => Err(stuck(snapshot)),
        }
    }

    async fn create(&self, spec: &StackSpec, action: StackAction) -> Result<Done, Trouble> {
        self.announce(action).await?;
        self.create_announced(spec).await
    }

    async fn create_announced(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        let id = self.insist(|| self.place.connection.create(spec, &self.token)).await?;
        self.follow(id, Call::Create, self.token.clone()).await
    }

    /// Nothing of use is left of a first create that failed: it is deleted first.
    async fn recreate(&self, spec: &StackSpec, left: &StackSnapshot) -> Result<Done, Trouble> {
        self.announce(StackAction::Recreate).await?;
        let token = format!("{}-again", self.token);
        self.insist(|| self.place.connection.delete(&left.id, &token)).await?;
        self.follow(left.id.clone(), Call::Delete, token).await?;
        self.create_announced(spec).await
    }

    async fn update(&self, spec: &StackSpec, found: StackSnapshot) -> Result<Done, Trouble> {
        self.announce(StackAction::Update).await?;
        if spec.termination_protection && !found.termination_protection {
            self.insist(|| self.place.connection.protect(&found.id)).await?;
        }
        match self.insist(|| self.place.connection.prepare_update(spec, &self.token)).await? {
            Prepared::Unchanged => Ok((StackOutcome::Unchanged, found)),
            Prepared::Ready(change_set) => {
                self.insist(|| self.place.connection.execute(&change_set, &self.token)).await?;
                self.follow(found.id, Call::Update, self.token.clone()).await
            }
        }
    }

    async fn destroy(&self) -> Result<Done, Trouble> {
        let found = self.place.connection.describe(&self.name()).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return Ok((StackOutcome::Unchanged, gone(self.name())));
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => return Ok((StackOutcome::Unchanged, gone(snapshot.id))),
            Standing::Busy => return Err(busy(&snapshot)),
            Standing::Updatable | Standing::Leftover | Standing::Stuck => {}
        }
        self.announce(StackAction::Delete).await?;
        self.insist(|| self.place.connection.delete(&snapshot.id, &self.token)).await?;
        let (outcome, snapshot) = self.follow(snapshot.id, Call::Delete, self.token.clone()).await?;
        // CloudFormation still tells the outputs of what is no more.
        Ok((outcome, gone(snapshot.id)))
    }

    /// Has it written down that this stack is about to be changed.
    async fn announce(&self, action: StackAction) -> Result<(), Trouble> {
        let resources = match action {
            StackAction::Delete => None,
            StackAction::Create | StackAction::Update | StackAction::Recreate => {
                self.body().map(|body| body.interface.resources)
            }
        };
        let (go, answer) = oneshot::channel();
        let _ = self.work.messages.send(Message::Announce { key: self.key.clone(), action, resources, go });
        match answer.await {
            Ok(true) => Ok(()),
            _ => Err(Trouble::Untouched(
                "the deployment's files cannot be written, so nothing was started".to_owned(),
            )),
        }
    }

    fn body(&self) -> Option<&Body> {
        let stack = self.work.manifest.stack(&self.key.stack)?;
        self.work.templates.get(&stack.settings_in(&self.key.environment).template)
    }

    /// What the stack shall be, every reference resolved.
    async fn spec(&self) -> Result<StackSpec, Trouble> {
        let missing = || Trouble::Untouched(format!("{} is not in the manifest", self.key.stack));
        let stack = self.work.manifest.stack(&self.key.stack).ok_or_else(missing)?;
        let body = self.body().ok_or_else(missing)?;
        let settings = stack.settings_in(&self.key.environment);
        let mut upstream = HashMap::new();
        let mut parameters = BTreeMap::new();
        for (name, value) in &settings.parameters {
            let resolved = self.resolve(name, value, &mut upstream).await?;
            if body.interface.is_no_echo(name) {
                self.work.secrets.add(&resolved);
            }
            parameters.insert(name.clone(), resolved);
        }
        let mut tags = BTreeMap::new();
        for (name, value) in &settings.tags {
            tags.insert(name.clone(), self.resolve(name, value, &mut upstream).await?);
        }
        Ok(StackSpec {
            name: self.name(),
            template: body.text.clone(),
            parameters,
            capabilities: settings.capabilities,
            tags,
            termination_protection: settings.termination_protection,
        })
    }

    /// One value. Outputs of stacks outside this operation are asked of CloudFormation, once a stack.
    async fn resolve(
        &self,
        name: &str,
        text: &str,
        upstream: &mut HashMap<StackKey, BTreeMap<String, String>>,
    ) -> Result<String, Trouble> {
        let value = Value::parse(text).map_err(|error| Trouble::Untouched(format!("{name}: {error}")))?;
        for (stack, output) in value.outputs() {
            let key = StackKey::new(stack, &self.key.environment);
            if self.work.known_output(&key, output).is_none() && !upstream.contains_key(&key) {
                let full_name = key.cloudformation_name(&self.work.manifest.deployment_id);
                let found = self.place.connection.describe(&full_name).await.map_err(untouched)?;
                upstream.insert(key, found.map(|snapshot| snapshot.outputs).unwrap_or_default());
            }
        }
        let manifest = &self.work.manifest;
        let environment = &self.place.environment;
        let lookup = |reference: &Reference| match reference {
            Reference::Deployment(field) => Some(match field {
                DeploymentField::Id => manifest.deployment_id.to_string(),
                DeploymentField::Organization => manifest.organization.to_string(),
                DeploymentField::Project => manifest.project.to_string(),
                DeploymentField::Domain => manifest.domain.clone(),
            }),
            Reference::Environment(field) => Some(match field {
                EnvironmentField::Name => environment.name.to_string(),
                EnvironmentField::Region => environment.region.to_string(),
                EnvironmentField::Account => environment.account.to_string(),
            }),
            Reference::Output { stack, output } => {
                let key = StackKey::new(stack, &self.key.environment);
                let asked = || upstream.get(&key).and_then(|outputs| outputs.get(output)).cloned();
                self.work.known_output(&key, output).or_else(asked)
            }
        };
        value.resolve(lookup).map_err(|reference| {
            Trouble::Untouched(format!(
                "{name} needs {reference}, and that stack has no such output now; deploy it first"
            ))
        })
    }

    /// Makes a changing call, and makes it again where no answer came.
    async fn insist<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, Trouble> {
        for pause in PAUSES {
            match call().await {
                Err(error) if error.is_passing() => {
                    self.warn(&error);
                    tokio::time::sleep(Duration::from_secs(pause)).await;
                }
                answer => return answer.map_err(failed),
            }
        }
        call().await.map_err(failed)
    }

    fn warn(&self, error: &CloudError) {
        self.work.tell(EventKind::Warning { message: format!("{}: {error}", self.key) });
    }

    /// Follows a call to its end, calling it off on the user's word where CloudFormation can.
    async fn follow(&self, stack: String, call: Call, token: String) -> Result<Done, Trouble> {
        let can_cancel = call == Call::Update;
        let watch = Watch { stack: stack.clone(), call, token: token.clone(), called_at: Utc::now() };
        let mut told = self.place.watcher.watch(watch);
        let mut cancelled = false;
        let mut cause: Option<String> = None;
        loop {
            let next = tokio::select! {
                next = told.recv() => next,
                () = self.work.cancel_running.cancelled(), if can_cancel && !cancelled => {
                    cancelled = true;
                    if let Err(error) = self.place.connection.cancel_update(&stack, &format!("{token}-cancel")).await {
                        self.warn(&error);
                    }
                    continue;
                }
            };
            match next {
                Some(Watched::Event(event)) => {
                    let event = self.resource_event(event);
                    cause = cause.or_else(|| root_cause(&event));
                    self.work.tell(EventKind::Resource(event));
                }
                Some(Watched::Delayed(error)) => self.warn(&error),
                Some(Watched::Ended(StackOutcome::Failed, snapshot)) => {
                    let reason = reason(&snapshot, cause);
                    return Err(if cancelled {
                        Trouble::Cancelled(reason, snapshot)
                    } else {
                        Trouble::Failed(reason, Some(snapshot))
                    });
                }
                Some(Watched::Ended(outcome, snapshot)) => return Ok((outcome, snapshot)),
                Some(Watched::Lost(error)) => return Err(lost(&error.to_string())),
                None => return Err(lost("nothing watches the stack any more")),
            }
        }
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

fn untouched(error: CloudError) -> Trouble {
    Trouble::Untouched(error.to_string())
}

fn failed(error: CloudError) -> Trouble {
    Trouble::Failed(error.to_string(), None)
}

fn lost(why: &str) -> Trouble {
    Trouble::Lost(format!(
        "what became of the stack is not known, and it may go on at CloudFormation: {why}. \
         'cloud status --refresh' asks again"
    ))
}

fn busy(snapshot: &StackSnapshot) -> Trouble {
    Trouble::Untouched(format!(
        "another operation is changing this stack at CloudFormation ({}); nothing was done to it. \
         Wait for its end and try again",
        snapshot.status
    ))
}

fn stuck(snapshot: StackSnapshot) -> Trouble {
    let reason = format!(
        "the stack is in {}, from which CloudFormation takes no update; repair or delete it first",
        snapshot.status
    );
    let status = cloudformation::row_of(&snapshot.status).map_or(StackStatus::Failed, |row| row.seen);
    Trouble::Stuck(snapshot, status, reason)
}

fn gone(id: String) -> StackSnapshot {
    StackSnapshot {
        id,
        status: "DELETE_COMPLETE".to_owned(),
        reason: None,
        outputs: BTreeMap::new(),
        termination_protection: false,
    }
}

fn root_cause(event: &ResourceEvent) -> Option<String> {
    let is_stack = event.physical_id.as_deref().is_some_and(|id| id.starts_with("arn:"))
        && event.resource_type == "AWS::CloudFormation::Stack";
    if is_stack || !event.is_failure() {
        return None;
    }
    let reason = event.reason.as_deref().unwrap_or("no reason was given");
    Some(format!("{} ({}): {reason}", event.logical_id, event.resource_type))
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
