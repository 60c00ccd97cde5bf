//! The way into an operation. Until the lock is taken nothing on disk changes; whatever forbids the
//! operation is found out before that.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rand::RngExt;
use skydeck_model::event::{OperationStart, OperationView};
use skydeck_model::graph::{self, Needs};
use skydeck_model::operation::Direction;
use skydeck_model::plan::{Plan, Request};
use skydeck_model::{
    Environment, EnvironmentName, Event, EventKind, Manifest, OperationId, OperationKind, status,
};
use skydeck_store::{CurrentOperation, Doing, Folder, Holder, LoadedManifest, Locked, LogWriter, StoreError};

use super::journal::Journal;
use super::place::{self, Place};
use super::run::Run;
use super::secrets::Secrets;
use super::worker::{Material, Work};
use crate::engine::{Engine, Options};
use crate::error::EngineError;
use crate::imports::Exchanged;
use crate::plan::Planned;
use crate::spec::Bodies;

/// What an operation says that goes by what is recorded.
const RECORDED: &str = "the manifest cannot be used; where the stacks are, and in which order they go, is taken from what \
                        is recorded of them";

impl Engine {
    /// Starts an operation and gives its id at once; it goes on in the background ([`Engine::events`],
    /// [`Engine::operation`], [`Engine::wait`]).
    ///
    /// # Errors
    /// Whatever refuses it: nothing was started, and no status changed.
    pub async fn start(
        &self,
        id: &str,
        request: &Request,
        options: &Options,
    ) -> Result<OperationId, EngineError> {
        let folder = self.find(id)?;
        self.refuse_busy(&folder)?;
        self.recover_in_a_moment(id).await?;
        let first = self.inner.plan_in(&folder, request)?;
        if !options.keep_going && !first.foreseen.is_empty() {
            return Err(EngineError::KnownToFail(first.foreseen));
        }
        let Planned { plan, loaded, .. } = &first;
        let places = self.places(&folder, &loaded.manifest, &plan.environments, plan.stacks.len()).await?;
        let mut exchanged = Exchanged::ask(&first, request, &places).await;
        exchanged.check(&first, request)?;
        let foreseen = exchanged.foreseen();
        if !options.keep_going && !foreseen.is_empty() {
            return Err(EngineError::KnownToFail(foreseen));
        }
        let started_at = Utc::now();
        let operation = new_id(request.kind(), started_at)?;
        let locked = self.lock(&folder, &operation, Doing::Operation(request.kind()), started_at)?;
        // Once more behind the lock: somebody may have been faster.
        let mut planned = self.inner.plan_in(&folder, request)?;
        if planned.loaded.manifest != first.loaded.manifest || planned.plan != first.plan {
            return Err(EngineError::ChangedMeanwhile);
        }
        exchanged.reorder(&mut planned, request)?;
        let bodies = Bodies::of_plan(&folder, &planned.loaded.manifest, &planned.plan)?;
        let reviewed = match &options.review {
            Some(review) => Some(self.take_review(review, &planned, request, &bodies)?),
            None => None,
        };
        let needs = needs_of(&planned);
        let recorded = planned.loaded.is_recorded.then(|| RECORDED.to_owned());
        let LoadedManifest { manifest, text, templates, .. } = planned.loaded;
        let material = Material {
            secrets: Secrets::of(&manifest, &templates, &planned.state),
            request: request.clone(),
            manifest,
            templates,
            bodies: Arc::new(bodies),
            places,
            reviewed,
            needs,
            warnings: exchanged.warnings().into_iter().chain(recorded).collect(),
        };
        self.begin(locked, &planned.plan, material, operation, options, (started_at, text))
    }

    pub(crate) fn refuse_busy(&self, folder: &Folder) -> Result<(), EngineError> {
        match folder.holder() {
            Some(holder) => Err(busy(folder, holder)),
            None => Ok(()),
        }
    }

    /// The environments of these names, connected.
    ///
    /// # Errors
    /// [`EngineError::Untrusted`]; credentials that do not hold, or that belong to another account.
    pub(crate) async fn places(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        environments: &[EnvironmentName],
        stacks: usize,
    ) -> Result<HashMap<EnvironmentName, Place>, EngineError> {
        let trusted = self.expect_trust(folder, manifest, environments).await?;
        place::connect(&trusted, &self.inner.sandbox, stacks).await
    }

    pub(crate) fn lock(
        &self,
        folder: &Folder,
        operation: &OperationId,
        doing: Doing,
        started_at: DateTime<Utc>,
    ) -> Result<Locked, EngineError> {
        let actor = &self.inner.actor;
        let locked = folder.lock(&Holder {
            doing,
            operation: operation.clone(),
            host: actor.host.clone(),
            pid: actor.pid,
            started_at,
        })?;
        // One that was left open is taken up: from now on its log tells all of it again.
        self.inner.running().remove(operation);
        Ok(locked)
    }

    fn begin(
        &self,
        mut locked: Locked,
        plan: &Plan,
        material: Material,
        operation: OperationId,
        options: &Options,
        (started_at, manifest): (DateTime<Utc>, String),
    ) -> Result<OperationId, EngineError> {
        let before = status::before(&locked.metadata()?.status);
        let secrets = material.secrets.clone();
        let request = material.request.clone();
        let approved = material.approved(plan);
        let (warnings, needs) = (material.warnings.clone(), material.needs.clone());
        let change_sets = material.change_sets();
        let (messages, inbox) = tokio::sync::mpsc::unbounded_channel();
        let work = Work::new(material, operation.clone(), options, messages.clone());
        let first = Event {
            operation: operation.clone(),
            seq: 0,
            at: started_at,
            kind: EventKind::OperationStarted(OperationStart {
                deployment_id: work.deployment_id().clone(),
                kind: plan.kind,
                environments: plan.environments.clone(),
                stacks: plan.stacks.clone(),
                looks_at: None,
                status_before: before,
                by: self.inner.actor.clone(),
                request: Some(request),
                pace: options.pace(),
                reviewed: approved.is_some(),
            }),
        };
        let Some(view) = OperationView::begin(&first) else {
            return Err(EngineError::NoSuchOperation(operation.to_string()));
        };
        let current = self.current(&view);
        self.inner.started.keep(&operation, locked.folder(), change_sets);
        let reached: Vec<Environment> =
            work.connections().into_iter().map(|(environment, _)| environment).collect();
        let log = match write_start(&mut locked, &current, &first, plan.kind, (&reached, &needs)) {
            Ok(log) => log,
            Err(error) => {
                // Refused: as far as the disk lets us, nothing has happened.
                if !locked.state().is_ok_and(|state| state.current_operation.is_none()) {
                    let _ = locked.set_current_operation(None, started_at);
                }
                self.inner.started.forget(&operation);
                return Err(error.into());
            }
        };
        let mut journal = Journal::new(locked, log, secrets, view);
        let mut begun = vec![first];
        let warnings = warnings.into_iter().map(|message| EventKind::Warning { message });
        for kind in approved.map(|stacks| EventKind::Reviewed { stacks }).into_iter().chain(warnings) {
            // Nothing depends on it: a disk that does not take it is told at the next event.
            begun.push(journal.append(kind).0);
        }
        let run =
            Run::new(&self.inner, journal, plan.stacks.clone(), work, options, (before, plan.kind), manifest);
        run.spawn(messages, inbox, &begun)?;
        Ok(operation)
    }

    fn current(&self, view: &OperationView) -> CurrentOperation {
        let environment = match view.start.environments.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        let stacks: BTreeSet<String> =
            view.start.stacks.iter().map(|turn| turn.key.stack.to_string()).collect();
        CurrentOperation {
            id: view.id.clone(),
            kind: view.start.kind,
            environment,
            stacks: stacks.into_iter().collect(),
            started_at: skydeck_store::timestamp(view.started_at),
            host: self.inner.actor.host.clone(),
            pid: self.inner.actor.pid,
        }
    }
}

/// What the stacks that an operation deploys need, to be recorded with them.
fn needs_of(planned: &Planned) -> BTreeMap<EnvironmentName, Needs> {
    if planned.plan.kind.direction() != Direction::Up {
        return BTreeMap::new();
    }
    let LoadedManifest { manifest, templates, .. } = &planned.loaded;
    let of = |environment: &EnvironmentName| {
        let mut needs = graph::needs(manifest, &graph::edges_in(manifest, templates, environment));
        needs.retain(|stack, _| planned.plan.stacks.iter().any(|turn| turn.key.stack == *stack));
        (environment.clone(), needs)
    };
    planned.plan.environments.iter().map(of).collect()
}

/// Writes how its environments are reached and what its stacks need, so that what it makes there is found again whatever
/// becomes of the manifest, and that an operation begins. The state file names it before its log has a line, so that no log stays without an end:
/// to whoever finds the name alone, nothing has begun.
fn write_start(
    locked: &mut Locked,
    current: &CurrentOperation,
    first: &Event,
    kind: OperationKind,
    (reached, needs): (&[Environment], &BTreeMap<EnvironmentName, Needs>),
) -> Result<LogWriter, StoreError> {
    let mut log = locked.log_writer(&current.id)?;
    let begun = locked
        .record_environments(reached.iter(), needs, first.at)
        .and_then(|()| locked.set_current_operation(Some(current), first.at))
        .and_then(|()| log.append(first))
        .and_then(|()| match status::deployment_at_start(kind) {
            Some(status) => locked.set_deployment_status(status, first.at),
            None => Ok(()),
        });
    match begun {
        Ok(()) => Ok(log),
        Err(error) => {
            // One that never began has none.
            let _ = log.discard();
            Err(error)
        }
    }
}

/// Another operation holds the deployment.
fn busy(folder: &Folder, holder: Holder) -> EngineError {
    StoreError::Busy { path: folder.path().to_owned(), holder: Some(holder) }.into()
}

/// The id of an operation: when it started, what it is, and some letters.
pub(crate) fn new_id(kind: OperationKind, at: DateTime<Utc>) -> Result<OperationId, EngineError> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    let tail: String = (0..4).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect();
    Ok(format!("{}-{kind}-{tail}", at.format("%Y%m%dT%H%M%SZ")).parse()?)
}
