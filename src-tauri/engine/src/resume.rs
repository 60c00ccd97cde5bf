//! Taking up an operation whose program died: CloudFormation is asked, what still runs is followed, and the rules for
//! the end apply. What that comes to is [`skydeck_model::resume`]'s to say; here it is asked for and written down. Who
//! begins it without being asked, and when, is [`crate::take_up`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use skydeck_cloudformation::{ChangeSetSummary, CloudError, CloudEvent, Connection, StackSnapshot};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{OperationView, ResourceEvent, StackEnd, StackRun};
use skydeck_model::resume::{Resumed, Said, resume};
use skydeck_model::{
    DeploymentStatus, EnvironmentName, Event, EventKind, Manifest, Recorded, StackKey, StackOutcome,
    StackStatus, status,
};
use skydeck_store::{CurrentOperation, Doing, LoadedManifest, Locked, StackEntry, State};
use tokio::task::JoinSet;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::interrupted::at_rest;
use crate::operation::{
    CallToCancel, Ear, Journal, Mark, Place, Secrets, cancel_token, resource_event, token_of,
};
use crate::refresh::mend;
use crate::tag::Tag;

/// Between two questions after stacks on which something still runs.
const PAUSE: Duration = Duration::from_secs(1);

/// Events older than an operation by this much are not looked at: clocks differ by less.
const OLD: TimeDelta = TimeDelta::minutes(15);

/// How long anything that needs the end of an interrupted operation waits for it. What takes longer is told and not
/// waited for.
const MOMENT: Duration = Duration::from_secs(5);

impl Engine {
    /// [`Engine::recover`], as far as it comes in a moment: an operation that still runs at CloudFormation stays open,
    /// with all that was found out about it written down.
    ///
    /// # Errors
    /// As [`Engine::recover`], and [`EngineError::StillRuns`].
    pub async fn recover_in_a_moment(&self, id: &str) -> Result<(), EngineError> {
        // Given up only between two questions: what is written, is written whole. Boxed, since nearly everything that
        // the engine does begins with it.
        match tokio::time::timeout(MOMENT, Box::pin(self.recover(id))).await {
            Ok(recovered) => recovered,
            Err(_) => match self.interrupted(id)? {
                Some(interrupted) => Err(EngineError::StillRuns(Box::new(interrupted))),
                None => Ok(()),
            },
        }
    }

    /// Brings an operation that this machine started and whose program died to its end (`docs/reference/statuses.md`),
    /// however long that takes. Nothing to do where there is none, or where it still runs.
    ///
    /// # Errors
    /// [`EngineError::InterruptedElsewhere`] for one that was started elsewhere ([`Engine::take_over`]). Files that are
    /// wrong, or that CloudFormation cannot be asked: then everything stays as it is.
    pub async fn recover(&self, id: &str) -> Result<(), EngineError> {
        let folder = self.find(id)?;
        let Some(current) = folder.state()?.current_operation else {
            return Ok(());
        };
        if folder.holder().is_some() {
            return Ok(());
        }
        let Some(started) = self.inner.started.of(&current.id, &folder) else {
            return Err(self.interrupted(id)?.map_or(EngineError::ChangedMeanwhile, |interrupted| {
                EngineError::InterruptedElsewhere(Box::new(interrupted))
            }));
        };
        let (LoadedManifest { manifest, templates, .. }, state) = self.inner.places_worked_on(&folder)?;
        let secrets = Secrets::of(&manifest, &templates, &state).presuming();
        let mut locked = self.lock(&folder, &current.id, Doing::Operation(current.kind), Utc::now())?;
        // Again behind the lock: it may have come to its end just now.
        if folder.state()?.current_operation.as_ref() != Some(&current) {
            return Ok(());
        }
        // A log that cannot be read tells as little as none.
        let events = folder.log(&current.id, 0).unwrap_or_default();
        let Some(view) = OperationView::replay(&events) else {
            self.recover_without_log(&mut locked, &current, &manifest, &secrets).await?;
            self.inner.started.forget(&current.id);
            self.inner.tell_stale(vec![Tag::Everything]);
            return Ok(());
        };
        let places = self.places(&folder, &manifest, &view.start.environments, view.stacks.len()).await?;
        let state = folder.state()?;
        let log = locked.log_writer(&current.id)?;
        let heard =
            events.iter().filter(|event| matches!(event.kind, EventKind::CancelRequested { .. })).count();
        let unfinished = view.outcome.is_none();
        let untold = view.interrupted;
        let mut taken_up = TakenUp {
            inner: &self.inner,
            started_at: view.started_at,
            names: view
                .stacks
                .iter()
                .map(|run| (run.key.clone(), name_of(&run.key, &state, &manifest)))
                .collect(),
            journal: Journal::new(locked, log, secrets, view),
            told: events.iter().filter_map(Told::of).collect(),
            shown: BTreeMap::new(),
            ear: Ear::new(folder, current.id.clone(), heard),
            called_off: BTreeSet::new(),
            places,
            deployment: manifest.deployment_id.to_string(),
            change_sets: started.change_sets,
            untold,
        };
        if unfinished && !untold {
            taken_up.tell_taken_up()?;
        }
        taken_up.write_known_ends()?;
        taken_up.follow().await?;
        taken_up.discard_change_sets().await;
        taken_up.finish()
    }

    /// The log is lost, or its first line was never written. All that can be done: every stack that is recorded as
    /// under way is asked for, and the operation is over.
    async fn recover_without_log(
        &self,
        locked: &mut Locked,
        current: &CurrentOperation,
        manifest: &Manifest,
        secrets: &Secrets,
    ) -> Result<(), EngineError> {
        let state = locked.folder().state()?;
        let open =
            state.stacks.iter().filter(|entry| entry.status.known().is_some_and(|known| !at_rest(known)));
        for key in open.filter_map(StackEntry::key) {
            let only = std::slice::from_ref(&key.environment);
            let places = self.places(locked.folder(), manifest, only, 1).await?;
            let Some(place) = places.get(&key.environment) else {
                return Err(EngineError::EnvironmentGone { environment: key.environment });
            };
            let asked = |error| EngineError::Cloud { environment: key.environment.clone(), error };
            let found = rest(&place.connection, &name_of(&key, &state, manifest)).await.map_err(asked)?;
            mend(locked, &key, &place.environment, found, secrets)?;
        }
        let now = Utc::now();
        // Where the deployment's status was not touched yet, nothing had begun.
        let begun = status::deployment_at_start(current.kind).map(Recorded::Known);
        if begun
            .is_some_and(|begun| locked.folder().metadata().is_ok_and(|metadata| metadata.status == begun))
        {
            locked.set_deployment_status(DeploymentStatus::Failed, now)?;
        }
        Ok(locked.set_current_operation(None, now)?)
    }
}

/// How to ask for a stack that was left under way. One that was being deleted by its ARN, since a deleted stack is not
/// found by name. Any other by its name: the recorded ARN may be that of a deleted stack in whose place it is made.
fn name_of(key: &StackKey, state: &State, manifest: &Manifest) -> String {
    let name = key.cloudformation_name(&manifest.deployment_id);
    let entry = state.stack(key).filter(|entry| entry.status.known() == Some(StackStatus::Destroying));
    let place = manifest.reachable(&key.environment);
    let id = entry
        .zip(place)
        .and_then(|(entry, place)| cloudformation::own_id(entry.stack_id.as_deref()?, &name, place));
    id.map(str::to_owned).unwrap_or(name)
}

/// The stack once nothing runs on it any more.
async fn rest(connection: &Connection, name: &str) -> Result<Option<StackSnapshot>, CloudError> {
    loop {
        let found = connection.describe(name).await?;
        match &found {
            Some(snapshot) if cloudformation::standing(&snapshot.status) == Standing::Busy => {
                tokio::time::sleep(PAUSE).await;
            }
            _ => return Ok(found),
        }
    }
}

/// What tells one event of a stack from another, in the log as at CloudFormation.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Told {
    key: StackKey,
    logical_id: String,
    status: String,
    at: DateTime<Utc>,
}

impl Told {
    fn of(event: &Event) -> Option<Self> {
        match &event.kind {
            EventKind::Resource(event) => Some(Self::of_resource(event)),
            _ => None,
        }
    }

    fn of_resource(event: &ResourceEvent) -> Self {
        Self {
            key: event.key.clone(),
            logical_id: event.logical_id.clone(),
            status: event.status.clone(),
            at: event.happened_at,
        }
    }
}

/// An operation that is taken up.
struct TakenUp<'a> {
    inner: &'a Inner,
    journal: Journal,
    deployment: String,
    started_at: DateTime<Utc>,
    places: HashMap<EnvironmentName, Place>,
    /// How to ask for each stack.
    names: HashMap<StackKey, String>,
    /// Events of stacks that are in the log.
    told: HashSet<Told>,
    /// Hears calls to cancel.
    ear: Ear,
    /// The stacks whose update was called off.
    called_off: BTreeSet<StackKey>,
    /// How the stacks were last found.
    shown: BTreeMap<StackKey, StackSnapshot>,
    /// The change sets that were approved for it, by their ARNs.
    change_sets: BTreeSet<String>,
    /// Whether it is still to be told that it was taken up: who looks again and again tells it only with something new.
    untold: bool,
}

/// One look at a stack.
struct Look {
    key: StackKey,
    shown: Option<StackSnapshot>,
    events: Vec<CloudEvent>,
}

impl TakenUp<'_> {
    /// Perhaps the program died between the log's line and the state file's.
    fn write_known_ends(&mut self) -> Result<(), EngineError> {
        let ends: Vec<_> = self.view().stacks.into_iter().filter_map(|run| run.end).collect();
        for end in ends {
            self.journal.stack_ended(&end, Mark::default())?;
        }
        Ok(())
    }

    /// Asks and writes until nothing is open any more.
    async fn follow(&mut self) -> Result<(), EngineError> {
        let mut said = BTreeMap::new();
        loop {
            let Resumed { ends, running, unasked } = resume(&self.view(), &said, Utc::now());
            for mut end in ends {
                if let Some(reason) = self.nested_cause(&end).await {
                    end.reason = Some(reason);
                }
                let shown = self.shown.get(&end.key);
                let mark = shown.map(Mark::of).unwrap_or_default();
                end.protected = shown.is_some_and(|shown| shown.termination_protection);
                if end.status != Some(StackStatus::Destroyed) {
                    end.outputs = shown.map(|shown| shown.outputs.clone()).unwrap_or_default();
                }
                if let EventKind::StackEnded(end) = self.record(EventKind::StackEnded(end))? {
                    self.journal.stack_ended(&end, mark)?;
                }
            }
            if running.is_empty() && unasked.is_empty() {
                return Ok(());
            }
            self.hear_calls_to_cancel(&running).await?;
            if unasked.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            for look in self.look_at(running.into_iter().chain(unasked)).await? {
                said.insert(look.key.clone(), self.take(look)?);
            }
        }
    }

    /// Calls off what runs, where CloudFormation can, once that was asked for: with the second call, as of an operation
    /// whose program lives. The first has nothing to keep from starting.
    async fn hear_calls_to_cancel(&mut self, running: &[StackKey]) -> Result<(), EngineError> {
        for CallToCancel { by, running_too } in self.ear.hear() {
            self.record(EventKind::CancelRequested { running_too, by })?;
        }
        if !self.ear.has_called_off() {
            return Ok(());
        }
        for key in running {
            let status = self.shown.get(key).map(|shown| shown.status.as_str());
            if !status.is_some_and(cloudformation::can_call_off) || !self.called_off.insert(key.clone()) {
                continue;
            }
            let (Some(place), Some(name)) = (self.places.get(&key.environment), self.names.get(key)) else {
                continue;
            };
            let token = cancel_token(&token_of(self.journal.operation(), key));
            if let Err(error) = place.connection.cancel_update(name, &token).await {
                self.record(EventKind::Warning { message: format!("{key}: {error}") })?;
            }
        }
        Ok(())
    }

    /// Why a stack failed whose log blames a nested one, which has its own events.
    async fn nested_cause(&self, end: &StackEnd) -> Option<String> {
        let view = self.view();
        let run = view.stacks.iter().find(|run| run.key == end.key)?;
        let name = end.key.cloudformation_name(&view.start.deployment_id);
        let is_nested = |failure: &ResourceEvent| failure.is_of_nested_stack(&name);
        if end.outcome != StackOutcome::Failed || !run.first_failure.as_ref().is_some_and(is_nested) {
            return None;
        }
        let (shown, place) = (self.shown.get(&end.key)?, self.places.get(&end.key.environment)?);
        let token = token_of(self.journal.operation(), &end.key);
        let direction = view.start.kind.direction();
        let asked = place.connection.root_cause(&shown.id, Some(&token), self.started_at, direction).await;
        let cause = asked.ok()??;
        Some(cloudformation::why(Some(&cause.in_words()), None, &shown.status))
    }

    /// Looks at stacks side by side.
    async fn look_at(&self, keys: impl Iterator<Item = StackKey>) -> Result<Vec<Look>, EngineError> {
        let oldest = self.started_at - OLD;
        let mut looks = JoinSet::new();
        for key in keys {
            let Some(place) = self.places.get(&key.environment) else {
                return Err(EngineError::EnvironmentGone { environment: key.environment });
            };
            let (connection, name) =
                (place.connection.clone(), self.names.get(&key).cloned().unwrap_or_default());
            looks.spawn(async move { look(&connection, key, &name, oldest).await });
        }
        let mut all = Vec::new();
        while let Some(look) = looks.join_next().await {
            // A fault of ours: the operation stays open.
            all.push(look.map_err(|fault| EngineError::Setting(fault.to_string()))??);
        }
        Ok(all)
    }

    /// Writes down what a look has shown, and says it in the rules' words.
    fn take(&mut self, look: Look) -> Result<Said, EngineError> {
        let Look { key, shown, events } = look;
        let token = token_of(self.journal.operation(), &key);
        let ours = events.into_iter().filter(|event| event.belongs_to(Some(&token), self.started_at));
        let events: Vec<ResourceEvent> = ours.map(|event| resource_event(&key, event)).collect();
        let said = match &shown {
            Some(shown) => Said::Stands {
                status: shown.status.clone(),
                reason: shown.reason.clone(),
                ours: !events.is_empty(),
            },
            None => Said::Nothing,
        };
        for event in events {
            if self.told.insert(Told::of_resource(&event)) {
                self.record(EventKind::Resource(event))?;
            }
        }
        match shown {
            Some(shown) => self.shown.insert(key, shown),
            None => self.shown.remove(&key),
        };
        Ok(said)
    }

    /// What was approved and never executed is of no use any more, nor are the empty stacks around it.
    async fn discard_change_sets(&mut self) {
        let view = self.view();
        if !view.reviewed {
            return;
        }
        let skipped =
            |run: &&StackRun| run.end.as_ref().is_some_and(|end| end.outcome == StackOutcome::Skipped);
        for run in view.stacks.iter().filter(skipped) {
            let Some(place) = self.places.get(&run.key.environment) else { continue };
            let name = run.key.cloudformation_name(&view.start.deployment_id);
            let token = token_of(self.journal.operation(), &run.key);
            // What the log says is not enough: it is a file that others may have written.
            let is_ours = |left: &ChangeSetSummary| {
                self.change_sets.contains(&left.arn)
                    || left.made_with.as_ref().is_some_and(|it| it.starts_with(&token))
            };
            if let Err(error) = place.connection.discard_leftovers(&name, is_ours).await {
                let message = format!("{}: a change set that was not executed may be left: {error}", run.key);
                // The operation is over all the same.
                let _ = self.record(EventKind::Warning { message });
            }
        }
    }

    /// Ends the operation by the rules; one whose log has its end already only lacks the files'.
    fn finish(mut self) -> Result<(), EngineError> {
        let view = self.view();
        let open = view.outcome.is_none();
        if open {
            for notice in self.journal.take_notices() {
                self.record(EventKind::Warning { message: notice })?;
            }
        }
        let end = self.journal.settle(view.start.status_before, None)?;
        let end = if open {
            Some(self.journal.end(end)?)
        } else {
            self.journal.close()?;
            None
        };
        let Self { inner, journal, deployment, .. } = self;
        inner.started.forget(journal.operation());
        // Free before anybody hears that it is over: whoever does may start the next at once.
        drop(journal);
        if let Some(end) = end {
            inner.tell(&end, &deployment);
        }
        inner.tell_changed(&deployment);
        Ok(())
    }

    fn tell_taken_up(&mut self) -> Result<(), EngineError> {
        self.untold = false;
        self.record(EventKind::TakenUp { by: self.inner.actor.clone() }).map(drop)
    }

    /// Appends to the log and tells everybody; gives back what was written, without secrets.
    fn record(&mut self, kind: EventKind) -> Result<EventKind, EngineError> {
        if self.untold {
            self.tell_taken_up()?;
        }
        let (event, written) = self.journal.append(kind);
        written?;
        self.inner.tell(&event, &self.deployment);
        Ok(event.kind)
    }

    fn view(&self) -> OperationView {
        self.journal.view().lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

async fn look(
    connection: &Connection,
    key: StackKey,
    name: &str,
    oldest: DateTime<Utc>,
) -> Result<Look, EngineError> {
    let asked = |error| EngineError::Cloud { environment: key.environment.clone(), error };
    let shown = connection.describe(name).await.map_err(asked)?;
    let events = match &shown {
        Some(shown) => {
            connection.events(&shown.id, |event: &CloudEvent| event.at < oldest).await.map_err(asked)?
        }
        None => Vec::new(),
    };
    Ok(Look { key, shown, events })
}
