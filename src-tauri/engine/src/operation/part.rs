//! One stack's part in an operation: ask CloudFormation how it stands, act, follow to the end.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{
    Call, CloudError, CloudEvent, Prepared, StackSnapshot, StackSpec, Watch, Watched,
};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{ResourceEvent, StackAction};
use skydeck_model::reference::{DeploymentField, EnvironmentField, Reference, Value};
use skydeck_model::{EventKind, StackKey, StackOutcome, StackStatus};
use tokio::sync::oneshot;

use super::place::Place;
use super::worker::{Body, Message, Work};

/// A stack's part, as far as its success goes; the rest is told by [`Trouble`].
pub(super) type Done = (StackOutcome, StackSnapshot);

/// Why a worker could not do its part.
pub(super) enum Trouble {
    /// Before anything was done to the stack: its status is kept.
    Untouched(String),
    /// The stack stands in a way that nothing can be done to it; its status is what CloudFormation shows.
    Stuck(Box<StackSnapshot>, StackStatus, String),
    /// The call was made or tried, and this came of it.
    Failed(String, Option<Box<StackSnapshot>>),
    /// It was called off by the user.
    Cancelled(String, Box<StackSnapshot>),
    /// CloudFormation cannot be asked any more, so nobody can tell.
    Lost(String),
}

/// One stack's part.
pub(super) struct Part<'a> {
    pub(super) work: &'a Work,
    pub(super) place: &'a Place,
    pub(super) key: &'a StackKey,
    /// The client request token of its calls.
    pub(super) token: String,
}

/// Repeats of a changing call that got no answer, with the pauses before each: with the token they are the
/// same call to CloudFormation. The SDK has retried by itself before.
const PAUSES: [u64; 4] = [1, 4, 10, 20];

impl Part<'_> {
    fn name(&self) -> String {
        self.key.cloudformation_name(&self.work.manifest.deployment_id)
    }

    pub(super) async fn deploy(&self) -> Result<Done, Trouble> {
        let spec = self.spec().await?;
        let found = self.place.connection.describe(&spec.name).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return self.create(&spec).await;
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => self.create(&spec).await,
            Standing::Updatable => self.update(&spec, snapshot).await,
            Standing::Leftover => self.recreate(&spec, &snapshot).await,
            Standing::Busy => Err(busy(&snapshot)),
            Standing::Stuck => Err(stuck(snapshot)),
        }
    }

    async fn create(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        self.begin(StackAction::Create);
        self.announce().await?;
        self.create_announced(spec).await
    }

    async fn create_announced(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        match self.insist(|| self.place.connection.create(spec, &self.token)).await {
            Ok(id) => self.follow(id, Call::Create, self.token.clone()).await,
            // An answer that got lost, or somebody who was faster: events with our token tell which.
            Err(CloudError::AlreadyExists(reason)) => {
                let found = self.place.connection.describe(&spec.name).await.map_err(unknown)?;
                let id = found.ok_or(Trouble::Failed(reason, None))?.id;
                self.follow(id, Call::Update, self.token.clone()).await
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Nothing of use is left of a first create that failed: it is deleted first.
    async fn recreate(&self, spec: &StackSpec, left: &StackSnapshot) -> Result<Done, Trouble> {
        self.begin(StackAction::Recreate);
        self.announce().await?;
        let token = format!("{}-again", self.token);
        self.insist(|| self.place.connection.delete(&left.id, &token)).await.map_err(failed)?;
        self.follow(left.id.clone(), Call::Delete, token).await?;
        if self.work.cancel_running.is_cancelled() {
            let reason = "it was called off before it was created again".to_owned();
            return Err(Trouble::Cancelled(reason, Box::new(gone(left.id.clone()))));
        }
        self.create_announced(spec).await
    }

    /// A stack that is as wanted is compared, but not announced: nothing is done to it.
    async fn update(&self, spec: &StackSpec, found: StackSnapshot) -> Result<Done, Trouble> {
        self.begin(StackAction::Update);
        let prepare = || self.place.connection.prepare_update(spec, &self.token);
        let prepared = self.insist(prepare).await.map_err(failed)?;
        if spec.termination_protection && !found.termination_protection {
            self.insist(|| self.place.connection.protect(&found.id)).await.map_err(failed)?;
        }
        match prepared {
            Prepared::Unchanged => Ok((StackOutcome::Unchanged, found)),
            Prepared::Ready(change_set) => {
                self.announce().await?;
                let execute = || self.place.connection.execute(&change_set, &self.token);
                self.insist(execute).await.map_err(failed)?;
                self.follow(found.id, Call::Update, self.token.clone()).await
            }
        }
    }

    pub(super) async fn destroy(&self) -> Result<Done, Trouble> {
        let found = self.place.connection.describe(&self.name()).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return Ok((StackOutcome::Unchanged, gone(self.name())));
        };
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => return Ok((StackOutcome::Unchanged, gone(snapshot.id))),
            Standing::Busy => return Err(busy(&snapshot)),
            Standing::Updatable | Standing::Leftover | Standing::Stuck => {}
        }
        self.begin(StackAction::Delete);
        self.announce().await?;
        let delete = || self.place.connection.delete(&snapshot.id, &self.token);
        self.insist(delete).await.map_err(failed)?;
        let (outcome, snapshot) = self.follow(snapshot.id, Call::Delete, self.token.clone()).await?;
        // CloudFormation still tells the outputs of what is no more.
        Ok((outcome, gone(snapshot.id)))
    }

    /// Tells that this stack's turn has come.
    fn begin(&self, action: StackAction) {
        let resources = match action {
            StackAction::Delete => None,
            StackAction::Create | StackAction::Update | StackAction::Recreate => {
                self.body().map(|body| body.interface.resources)
            }
        };
        self.work.tell(EventKind::StackStarted { key: self.key.clone(), action, resources });
    }

    /// Has it written down that this stack is about to be changed.
    async fn announce(&self) -> Result<(), Trouble> {
        let (go, answer) = oneshot::channel();
        let _ = self.work.messages.send(Message::Announce { key: self.key.clone(), go });
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
    async fn follow(&self, stack: String, call: Call, token: String) -> Result<Done, Trouble> {
        let can_cancel = call == Call::Update;
        let watch = Watch { stack: stack.clone(), call, token: token.clone(), called_at: Utc::now() };
        let mut told = self.place.watcher.watch(watch);
        let (mut asked, mut cancelled) = (false, false);
        let mut cause: Option<String> = None;
        loop {
            let next = tokio::select! {
                next = told.recv() => next,
                () = self.work.cancel_running.cancelled(), if can_cancel && !asked => {
                    asked = true;
                    let cancel_token = format!("{token}-cancel");
                    let cancel = || self.place.connection.cancel_update(&stack, &cancel_token);
                    match self.insist(cancel).await {
                        Ok(()) => cancelled = true,
                        Err(error) => self.warn(&error),
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
                        Trouble::Cancelled(reason, Box::new(snapshot))
                    } else {
                        Trouble::Failed(reason, Some(Box::new(snapshot)))
                    });
                }
                Some(Watched::Ended(outcome, snapshot)) => return Ok((outcome, snapshot)),
                Some(Watched::Overtaken(snapshot)) => return Err(overtaken(snapshot)),
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

/// Before anything was done. Credentials that end in the middle are no failure of the stack.
fn untouched(error: CloudError) -> Trouble {
    match error {
        CloudError::Credentials(_) => lost(&error.to_string()),
        error => Trouble::Untouched(error.to_string()),
    }
}

/// Of a changing call: one that was not answered may have arrived.
fn failed(error: CloudError) -> Trouble {
    match error {
        CloudError::Credentials(_) => lost(&error.to_string()),
        error if error.is_passing() => lost(&error.to_string()),
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
    seen(snapshot, reason)
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
