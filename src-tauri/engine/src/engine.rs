//! The engine itself: a root folder, the sandbox beside it, and the operations that run in this process.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use skydeck_cloudformation::Sandbox;
use skydeck_model::event::{Actor, OperationView};
use skydeck_model::plan::{PARALLEL, Pace};
use skydeck_model::{Event, OperationId, ReviewId, StackKey};
use skydeck_store::{Changes, CurrentOperation, Folder, Holder, Root, StoreError, Watch};
use specta::Type;
use tokio::sync::broadcast;

use crate::actor;
use crate::error::EngineError;
use crate::followed::Followed;
use crate::news::News;
use crate::operation::{Running, refused};
use crate::progress::Learned;
use crate::review::Review;
use crate::roots::KnownRoots;
use crate::rows::{self, Rows, Watched};
use crate::settings::{ReadSettings, SettingsFile, SettingsPatch};
use crate::tag::{self, Tag};
use crate::take_up::Attempts;
use crate::trust::{StartedOperations, TrustedFolders, data_folder};
use crate::view::{Cancelling, SettingsView};

/// How an operation runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// How many stacks at once; `None`: 8.
    pub parallel: Option<u32>,
    /// Whether the first failure keeps further stacks from starting.
    pub stop_on_failure: bool,
    /// The review that was approved: exactly its change sets are executed. `None`: nobody looked, and every stack
    /// takes what the files say.
    #[serde(default)]
    pub review: Option<ReviewId>,
    /// Whether an operation whose credentials end waits for a login. Otherwise it is left open.
    #[serde(default)]
    pub wait_for_login: bool,
    /// Whether nobody looks at single resources while it runs: their events are then fetched only of what failed.
    #[serde(default)]
    pub quiet: bool,
    /// Whether a deploy starts although some of its stacks are known to fail.
    #[serde(default)]
    pub keep_going: bool,
}

impl Options {
    /// How fast, and how far after a failure.
    pub fn pace(&self) -> Pace {
        Pace { parallel: self.parallel, stop_on_failure: self.stop_on_failure }
    }
}

/// Events that a slow listener may fall behind before it has to ask for a snapshot again.
const BACKLOG: usize = 1024;

/// News that a slow listener may fall behind; each is for a person.
const NEWS: usize = 64;

/// What every front end works with. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) root: Root,
    pub(crate) known_roots: KnownRoots,
    pub(crate) started: StartedOperations,
    pub(crate) trusted: TrustedFolders,
    pub(crate) sandbox: Sandbox,
    pub(crate) actor: Actor,
    pub(crate) running: Mutex<HashMap<OperationId, Running>>,
    followed: Mutex<Followed>,
    pub(crate) rows: Rows,
    reviews: Mutex<HashMap<ReviewId, Arc<Review>>>,
    pub(crate) attempts: Attempts,
    pub(crate) learned: Learned,
    events: broadcast::Sender<Event>,
    pub(crate) news: broadcast::Sender<News>,
    stale: broadcast::Sender<Vec<Tag>>,
}

impl Engine {
    /// Opens a root folder, which need not exist yet, for a front end (`app` or `cloud`).
    ///
    /// # Errors
    /// A `SKYDECK_SANDBOX_SPEED` that is no positive number.
    pub fn open(root: impl Into<PathBuf>, front_end: &str) -> Result<Self, EngineError> {
        let speed = skydeck_cloudformation::sandbox_speed()
            .map_err(|error| EngineError::Setting(error.to_string()))?;
        Ok(Self::with(root, data_folder(), front_end, speed))
    }

    /// The same with a speed of the sandbox's time: 10.0 is ten times as fast as real time. What this machine knows is not
    /// remembered: which roots have held deployments, which operations it started, which folders it trusts.
    pub fn with_sandbox_speed(root: impl Into<PathBuf>, front_end: &str, speed: f64) -> Self {
        Self::with(root, None, front_end, speed)
    }

    /// The same with a data folder of its own: what this machine knows is remembered there.
    pub fn with_data_folder(
        root: impl Into<PathBuf>,
        data: impl Into<PathBuf>,
        front_end: &str,
        speed: f64,
    ) -> Self {
        Self::with(root, Some(data.into()), front_end, speed)
    }

    fn with(root: impl Into<PathBuf>, data: Option<PathBuf>, front_end: &str, speed: f64) -> Self {
        let root = Root::new(root);
        let sandbox = Sandbox::open(root.sandbox_dir(), speed);
        let actor = actor::this_process(front_end);
        Self {
            inner: Arc::new(Inner {
                root,
                known_roots: KnownRoots::in_folder(data.as_deref()),
                started: StartedOperations::new(data.clone(), &actor.host),
                trusted: TrustedFolders::new(data),
                sandbox,
                actor,
                running: Mutex::default(),
                followed: Mutex::default(),
                rows: Rows::default(),
                reviews: Mutex::default(),
                attempts: Attempts::default(),
                learned: Learned::default(),
                events: broadcast::Sender::new(BACKLOG),
                news: broadcast::Sender::new(NEWS),
                stale: broadcast::Sender::new(BACKLOG),
            }),
        }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        self.inner.root.path()
    }

    /// Every event of the operations that run in this process, from now on. A listener that falls behind
    /// is told so, and asks [`Engine::operation`] for where things stand.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// What becomes stale from now on: by operations of this process, and by changes on disk as long as
    /// [`Engine::watch`]'s result lives.
    pub fn stale(&self) -> broadcast::Receiver<Vec<Tag>> {
        self.inner.stale.subscribe()
    }

    /// Follows the root folder: what another program changes becomes stale too.
    ///
    /// # Errors
    /// Where the platform cannot watch files.
    pub fn watch(&self) -> Result<Watch, EngineError> {
        let (inner, watched) = (Arc::clone(&self.inner), Arc::new(Watched));
        let told = Arc::downgrade(&watched);
        let watch = Watch::start(&self.inner.root, move |changes| {
            // Here, so that it lives as long as the watch does.
            let _ = &watched;
            inner.rows.changed(&changes);
            inner.tell_stale(changed(changes));
        })?;
        self.inner.rows.watched_by(told.clone());
        rows::notice_deaths(Arc::downgrade(&self.inner), told);
        Ok(watch)
    }

    /// The settings, and how the root folder that is open was found.
    pub fn settings(&self, file: &SettingsFile) -> SettingsView {
        let ReadSettings { settings, problems } = file.read();
        let (next_root, root_from) = file.root(&settings);
        SettingsView {
            settings,
            default_parallel: PARALLEL,
            problems,
            file: file.path().display().to_string(),
            root: self.root().display().to_string(),
            root_from,
            next_root: (next_root != self.root()).then(|| next_root.display().to_string()),
        }
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// A value that makes no sense, a file that cannot be read or written.
    pub fn update_settings(&self, file: &SettingsFile, patch: &SettingsPatch) -> Result<(), EngineError> {
        file.update(patch)?;
        self.inner.tell_stale(vec![Tag::Settings]);
        Ok(())
    }

    /// Offers the sandbox of this root to any CloudFormation client, until the listener fails.
    ///
    /// # Errors
    /// The listener's.
    pub async fn serve_sandbox(&self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        self.inner.sandbox.clone().serve(listener).await
    }

    /// An operation as it stands: live if it runs here, else from its log.
    ///
    /// # Errors
    /// No such deployment or operation, or a log that cannot be read.
    pub fn operation(&self, id: &str, operation: &OperationId) -> Result<OperationView, EngineError> {
        self.inner.operation(id, operation)
    }

    /// The events of an operation, from a number on.
    ///
    /// # Errors
    /// No such deployment, or a log that cannot be read.
    pub fn operation_events(
        &self,
        id: &str,
        operation: &OperationId,
        from_seq: u32,
    ) -> Result<Vec<Event>, EngineError> {
        Ok(self.find(id)?.log(operation, from_seq)?)
    }

    /// Cancels an operation, also one that another process runs: no further stack starts. `running_too`: what runs is
    /// cancelled as well, where CloudFormation can (an update). Asking for the same again changes nothing.
    ///
    /// # Errors
    /// No such deployment, or the operation does not run.
    pub fn cancel(&self, id: &str, operation: &OperationId, running_too: bool) -> Result<(), EngineError> {
        if let Some(running) = self.inner.running().get(operation) {
            running.cancel(self.inner.actor.clone(), running_too);
            return Ok(());
        }
        let folder = self.find(id)?;
        match running_in(&folder)? {
            Some((current, _)) if current.id == *operation => {
                // There the second call is the second step.
                let calls = if running_too { 2 } else { 1 };
                while folder.calls_to_cancel(operation).len() < calls {
                    folder.ask_to_cancel(operation, &self.inner.actor)?;
                }
                Ok(())
            }
            _ => Err(EngineError::NotRunning(operation.to_string())),
        }
    }

    /// Calls off whatever another process runs on a deployment; see [`Engine::cancel`].
    ///
    /// # Errors
    /// No such deployment, or nothing runs on it.
    pub fn cancel_current(&self, id: &str) -> Result<Cancelling, EngineError> {
        let folder = self.find(id)?;
        let Some((current, holder)) = running_in(&folder)? else {
            return Err(EngineError::NothingRuns {
                interrupted: folder.state()?.current_operation.is_some(),
            });
        };
        let times = folder.ask_to_cancel(&current.id, &self.inner.actor)?;
        let by = format!("process {} on {}", holder.pid, holder.host);
        Ok(Cancelling { operation: current.id, kind: current.kind, by, running_too: times > 1 })
    }

    /// Answers the question of a stack whose changes are not what was approved: whether it goes on, or is left out.
    ///
    /// # Errors
    /// Where the operation does not run in this process.
    pub fn answer(&self, operation: &OperationId, key: &StackKey, approved: bool) -> Result<(), EngineError> {
        let running = self.inner.running();
        let running =
            running.get(operation).ok_or_else(|| EngineError::NotRunningHere(operation.to_string()))?;
        running.answer(key, approved);
        Ok(())
    }

    /// Tries whether the credentials of a paused operation hold again, after a login.
    ///
    /// # Errors
    /// Where the operation does not run in this process, the credentials still do not hold, or belong to another
    /// account; it then stays paused.
    pub async fn resume(&self, operation: &OperationId) -> Result<(), EngineError> {
        let paused = self.inner.running().get(operation).map(Running::paused);
        for (environment, connection) in
            paused.ok_or_else(|| EngineError::NotRunningHere(operation.to_string()))?
        {
            connection.resume().await.map_err(|error| refused(&environment, error))?;
        }
        Ok(())
    }

    /// Waits until an operation of this process is over and its files are written.
    pub async fn wait(&self, operation: &OperationId) {
        let ended = self.inner.running().get(operation).map(Running::ended);
        if let Some(mut ended) = ended {
            // An error means that the sender is gone: over too.
            let _ = ended.wait_for(|over| *over).await;
        }
    }

    pub(crate) fn find(&self, id: &str) -> Result<Folder, EngineError> {
        self.inner.find(id)
    }
}

/// The operation that runs on a deployment, and who runs it.
fn running_in(folder: &Folder) -> Result<Option<(CurrentOperation, Holder)>, EngineError> {
    let current = folder.state()?.current_operation;
    Ok(current.zip(folder.holder()).filter(|(current, holder)| current.id == holder.operation))
}

/// Which tags changes on the disk make stale.
fn changed(changes: Changes) -> Vec<Tag> {
    if changes.may_be_anything() {
        return vec![Tag::Everything];
    }
    let Changes { folders, logs } = changes;
    let list = (!folders.is_empty()).then_some(Tag::Deployments);
    let deployments = folders.iter().map(|folder| Tag::Deployment(deployment_of(folder).to_owned()));
    list.into_iter().chain(deployments).chain(logs.into_iter().map(Tag::Operation)).collect()
}

/// The id that begins a folder's name, as [`crate::view::DeploymentRow`] has it.
fn deployment_of(folder: &str) -> &str {
    match folder.split_once('-') {
        Some((id, _)) if id.parse::<skydeck_model::DeploymentId>().is_ok() => id,
        _ => folder,
    }
}

impl Inner {
    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<OperationId, Running>> {
        // The map is whole after every statement that changes it, so a panic elsewhere does not matter.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn followed(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reviews(&self) -> MutexGuard<'_, HashMap<ReviewId, Arc<Review>>> {
        self.reviews.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Result<Folder, EngineError> {
        match self.rows.folder(&self.root, id) {
            Some(folder) => Ok(folder),
            None => self.root.find(id).inspect(|_| self.remember_root()).map_err(|error| match &error {
                StoreError::NotFound { known, .. } if known.is_empty() => {
                    self.expect_first_start().err().unwrap_or_else(|| error.into())
                }
                _ => error.into(),
            }),
        }
    }

    fn operation(&self, id: &str, operation: &OperationId) -> Result<OperationView, EngineError> {
        if let Some(running) = self.running().get(operation) {
            return Ok(running.view());
        }
        let view = self.followed().look(&self.find(id)?, operation)?;
        view.ok_or_else(|| EngineError::NoSuchOperation(operation.to_string()))
    }

    pub(crate) fn tell(&self, event: &Event, deployment: &str) {
        // Nobody listening is no error.
        let _ = self.events.send(event.clone());
        self.tell_news(event, || self.operation(deployment, &event.operation).ok());
        self.tell_stale(tag::stale_after(event, deployment));
    }

    /// Tells that a deployment's files changed other than by an event.
    pub(crate) fn tell_changed(&self, deployment: &str) {
        self.tell_stale(vec![Tag::Deployments, Tag::Deployment(deployment.to_owned())]);
    }

    pub(crate) fn tell_stale(&self, tags: Vec<Tag>) {
        self.rows.stale(&tags);
        let _ = self.stale.send(tags);
    }
}
