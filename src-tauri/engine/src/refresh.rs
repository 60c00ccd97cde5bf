//! Asking CloudFormation what is true: for an operation that was cut off, and on request.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use skydeck_cloudformation::{CloudError, CloudEvent, Connection, StackSnapshot};
use skydeck_model::cloudformation::{self, Remembered, Shown, Standing};
use skydeck_model::event::{OperationView, StackEnd, StackPhase, StackRun};
use skydeck_model::look::Mended;
use skydeck_model::operation::Direction;
use skydeck_model::{
    DeploymentStatus, EnvironmentName, EventKind, Manifest, OperationKind, OperationOutcome, Recorded,
    StackKey, StackOutcome, StackStatus, status,
};
use skydeck_store::{CurrentOperation, LoadedManifest, Locked, StackEntry, State, StoreError};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::operation::{Journal, Mark, Place, Secrets};
use crate::tag::Tag;
use crate::view::Refreshed;

/// Between two questions after a stack on which something still runs.
const PAUSE: Duration = Duration::from_secs(1);

/// Events older than an operation by this much are not looked at: clocks differ by less.
const OLD: TimeDelta = TimeDelta::minutes(15);

impl Engine {
    /// Asks CloudFormation for every stack and mends what the state file says of it, with an entry in the log of what was
    /// mended; an operation that was cut off is brought to its end first. An environment that cannot be asked does not
    /// keep the others from being asked. The deployment's own status stays.
    ///
    /// # Errors
    /// Files that are wrong, another operation that runs, an environment that could not be asked.
    pub async fn refresh(
        &self,
        id: &str,
        environment: Option<&EnvironmentName>,
    ) -> Result<Refreshed, EngineError> {
        self.recover(id).await?;
        let folder = self.find(id)?;
        let LoadedManifest { manifest, templates, .. } = folder.manifest()?;
        let secrets = Secrets::of(&manifest, &templates);
        let names = manifest.environments.iter().map(|environment| environment.name.clone());
        let wanted: Vec<_> = names.filter(|name| environment.is_none_or(|only| only == name)).collect();
        let (places, mut answer) = self.places_that_answer(&manifest, &wanted, manifest.stacks.len()).await;
        if places.is_empty() {
            return answer.map(|()| Refreshed::default());
        }
        let id = &manifest.deployment_id;
        let mut look =
            self.look_begins(&folder, id, OperationKind::Refresh, &wanted, &secrets, Utc::now())?;
        let state = look.locked.state()?;
        let (mut entries, mut mended) = (Vec::new(), Vec::new());
        for place in wanted.iter().filter_map(|name| places.get(name)) {
            let asked = ask_for_all(place, &manifest, &state, &secrets, &mut entries, &mut mended).await;
            let name = place.environment.name.clone();
            answer = answer.and(asked.map_err(|error| EngineError::Cloud { environment: name, error }));
        }
        let outcome = if answer.is_ok() { OperationOutcome::Succeeded } else { OperationOutcome::Partial };
        let findings = mended.iter().cloned().map(EventKind::Mended).collect();
        let operation = look.write_down(findings, outcome, &entries)?;
        self.inner.tell_changed(id.as_str());
        answer.map(|()| Refreshed { operation, mended })
    }

    /// Brings an operation whose program died to its end (contract, section 4): what still runs is followed,
    /// what was never started is skipped, and the rules for the end apply. Nothing to do where there is none, or
    /// where it still runs.
    ///
    /// # Errors
    /// Files that are wrong, or that CloudFormation cannot be asked: then everything stays as it is.
    pub async fn recover(&self, id: &str) -> Result<(), EngineError> {
        let folder = self.find(id)?;
        let Some(current) = folder.state()?.current_operation else {
            return Ok(());
        };
        if folder.holder().is_some() {
            return Ok(());
        }
        let LoadedManifest { manifest, templates, .. } = folder.manifest()?;
        let secrets = Secrets::of(&manifest, &templates);
        let mut locked = self.lock(&folder, &current.id, current.kind, Utc::now())?;
        // Again behind the lock: it may have come to its end just now.
        if folder.state()?.current_operation.as_ref() != Some(&current) {
            return Ok(());
        }
        // A log that cannot be read tells as little as none.
        let view = folder.log(&current.id, 0).ok().and_then(|events| OperationView::replay(&events));
        let Some(view) = view else {
            self.recover_without_log(&mut locked, &current, &manifest, &secrets).await?;
            self.inner.tell_stale(vec![Tag::Everything]);
            return Ok(());
        };
        let places = self.places(&manifest, &view.start.environments, view.stacks.len()).await?;
        let state = folder.state()?;
        let log = locked.log_writer(&current.id)?;
        let journal = Journal::new(locked, log, secrets, view.clone());
        let mut recovery =
            Recovery { inner: &self.inner, journal, deployment: manifest.deployment_id.to_string() };
        for run in &view.stacks {
            if let Some(end) = &run.end {
                // Perhaps the program died between the log's line and the state file's.
                recovery.journal.stack_ended(end, Mark::default())?;
                continue;
            }
            let name = name_of(&run.key, &state, &manifest);
            let end = match places.get(&run.key.environment) {
                Some(place) => recovery.end_of(run, &view, &place.connection, &name).await?,
                None => {
                    return Err(EngineError::EnvironmentGone { environment: run.key.environment.clone() });
                }
            };
            recovery.stack_ended(end)?;
        }
        recovery.finish()
    }

    /// All that can be done: every stack that is recorded as under way is asked for, and the operation is over.
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
            let places = self.places(manifest, std::slice::from_ref(&key.environment), 1).await?;
            let Some(place) = places.get(&key.environment) else {
                return Err(EngineError::EnvironmentGone { environment: key.environment });
            };
            let asked = |error| EngineError::Cloud { environment: key.environment.clone(), error };
            let found = rest(&place.connection, &name_of(&key, &state, manifest)).await.map_err(asked)?;
            mend(locked, &key, found, secrets)?;
        }
        let now = Utc::now();
        if status::deployment_at_start(current.kind).is_some() {
            locked.set_deployment_status(DeploymentStatus::Failed, now)?;
        }
        Ok(locked.set_current_operation(None, now)?)
    }
}

/// How to ask for a stack that was left under way. One that was being deleted by its ARN, since a deleted stack is not
/// found by name. Any other by its name: the recorded ARN may be that of a deleted stack in whose place it is made.
fn name_of(key: &StackKey, state: &State, manifest: &Manifest) -> String {
    let entry = state.stack(key).filter(|entry| entry.status.known() == Some(StackStatus::Destroying));
    entry
        .and_then(|entry| entry.stack_id.clone())
        .unwrap_or_else(|| key.cloudformation_name(&manifest.deployment_id))
}

/// Asks for every stack that the manifest or the state file has in a place.
async fn ask_for_all(
    place: &Place,
    manifest: &Manifest,
    state: &State,
    secrets: &Secrets,
    entries: &mut Vec<StackEntry>,
    mended: &mut Vec<Mended>,
) -> Result<(), CloudError> {
    let name = &place.environment.name;
    let declared = manifest.stacks.iter().map(|stack| StackKey::new(&stack.name, name));
    let recorded = state.stacks.iter().filter_map(StackEntry::key).filter(|key| key.environment == *name);
    for key in declared.chain(recorded).collect::<BTreeSet<_>>() {
        let found = place.look_up(&key.cloudformation_name(&manifest.deployment_id)).await?;
        if let Some((entry, news)) = compared(state, &key, found, secrets) {
            entries.push(entry);
            mended.extend(news);
        }
    }
    Ok(())
}

/// Writes what CloudFormation shows, where the state file says something else.
fn mend(
    locked: &mut Locked,
    key: &StackKey,
    found: Option<StackSnapshot>,
    secrets: &Secrets,
) -> Result<(), StoreError> {
    match compared(&locked.state()?, key, found, secrets) {
        Some((entry, _)) => locked.set_stack(&entry, Utc::now()),
        None => Ok(()),
    }
}

/// A stack's entry after CloudFormation was asked, and what was mended in it. `None` where the entry has a word of another
/// version, which is not rewritten.
fn compared(
    state: &State,
    key: &StackKey,
    found: Option<StackSnapshot>,
    secrets: &Secrets,
) -> Option<(StackEntry, Option<Mended>)> {
    let now = Utc::now();
    let before = state.stack(key).cloned().unwrap_or_else(|| StackEntry::not_deployed(key, now));
    let recorded = before.status.known()?;
    let changed_at = found.as_ref().and_then(StackSnapshot::changed_at).map(skydeck_store::timestamp);
    let shown = found.as_ref().map(|snapshot| Shown {
        status: &snapshot.status,
        stack_id: &snapshot.id,
        changed_at: changed_at.as_deref(),
    });
    let remembered = Remembered {
        status: recorded,
        cloudformation_status: before.cloudformation_status.as_deref(),
        stack_id: before.stack_id.as_deref(),
        changed_at: before.changed_at.as_deref(),
    };
    let seen = cloudformation::seen(&remembered, shown.as_ref());
    let mut entry = before.clone();
    if let Some(status) = seen.status {
        entry.status = Recorded::Known(status);
        entry.reason = None;
    }
    entry.reason = seen.remark.or(entry.reason);
    entry.outputs = found.as_ref().map(|snapshot| snapshot.outputs.clone()).unwrap_or_default();
    entry.outputs.values_mut().for_each(|value| secrets.mask(value));
    entry.cloudformation_status = found.as_ref().map(|snapshot| snapshot.status.clone());
    entry.stack_id = found.map(|snapshot| snapshot.id);
    entry.changed_at = changed_at;
    if entry != before {
        entry.last_updated = skydeck_store::timestamp(now);
    }
    entry.checked_at = Some(skydeck_store::timestamp(now));
    let news = (entry.status != before.status || entry.reason != before.reason).then(|| Mended {
        key: key.clone(),
        from: recorded,
        to: seen.status.unwrap_or(recorded),
        why: why(&entry),
    });
    Some((entry, news))
}

/// Why an entry was mended: the remark on what others did, else what CloudFormation shows.
fn why(entry: &StackEntry) -> String {
    let shown = entry.cloudformation_status.as_deref().unwrap_or("no such stack");
    entry.reason.clone().unwrap_or_else(|| format!("CloudFormation shows {shown}"))
}

fn at_rest(status: StackStatus) -> bool {
    !matches!(status, StackStatus::Deploying | StackStatus::Destroying)
}

struct Recovery<'a> {
    inner: &'a Inner,
    journal: Journal,
    deployment: String,
}

impl Recovery<'_> {
    /// How a stack came out that the program left open.
    async fn end_of(
        &self,
        run: &StackRun,
        view: &OperationView,
        connection: &Connection,
        name: &str,
    ) -> Result<StackEnd, EngineError> {
        let mut end = StackEnd {
            key: run.key.clone(),
            outcome: StackOutcome::Skipped,
            status: None,
            reason: Some("the program ended before its turn came".to_owned()),
            cloudformation_status: None,
            outputs: BTreeMap::new(),
            seconds: 0.0,
        };
        if run.phase == StackPhase::Queued {
            return Ok(end);
        }
        let direction = view.start.kind.direction();
        let asked = |error| EngineError::Cloud { environment: run.key.environment.clone(), error };
        let snapshot = rest(connection, name).await.map_err(asked)?;
        let status = snapshot.as_ref().map_or("DELETE_COMPLETE", |snapshot| snapshot.status.as_str());
        let ours = match &snapshot {
            Some(snapshot) => is_ours(connection, snapshot, run, view).await.map_err(asked)?,
            None => direction == Direction::Down,
        };
        if ours {
            end.outcome = cloudformation::outcome(status, direction).unwrap_or(StackOutcome::Failed);
            end.status = match direction {
                Direction::Back => cloudformation::row_of(status).map(|row| row.seen),
                Direction::Up | Direction::Down => status::stack_at_end(direction, end.outcome, None),
            };
            let failed = || format!("the stack ended in {status} after the program had ended");
            end.reason = (!end.outcome.is_success()).then(failed);
        } else {
            end.outcome = StackOutcome::Failed;
            end.reason = Some("the program ended before CloudFormation was asked to change it".to_owned());
            end.status = match &snapshot {
                Some(_) => cloudformation::row_of(status).map(|row| row.seen),
                None => Some(StackStatus::NotDeployed),
            };
        }
        end.cloudformation_status = snapshot.as_ref().map(|snapshot| snapshot.status.clone());
        if end.status != Some(StackStatus::Destroyed) {
            end.outputs = snapshot.map(|snapshot| snapshot.outputs).unwrap_or_default();
        }
        Ok(end)
    }

    fn stack_ended(&mut self, end: StackEnd) -> Result<(), EngineError> {
        let (event, written) = self.journal.append(EventKind::StackEnded(end));
        written?;
        if let EventKind::StackEnded(end) = &event.kind {
            self.journal.stack_ended(end, Mark::default())?;
        }
        self.inner.tell(&event, &self.deployment);
        Ok(())
    }

    /// Ends the operation by the rules; one whose log has its end already only lacks the files'.
    fn finish(mut self) -> Result<(), EngineError> {
        let view = self.journal.view();
        let view = view.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let (outcome, status) = self.journal.verdict();
        let event = if view.outcome.is_none() {
            let deployment_status = status.unwrap_or(view.start.status_before);
            let (event, written) =
                self.journal.append(EventKind::OperationEnded { outcome, deployment_status });
            written?;
            Some(event)
        } else {
            None
        };
        self.journal.operation_ended(status)?;
        let Self { inner, journal, deployment } = self;
        drop(journal);
        if let Some(event) = event {
            inner.tell(&event, &deployment);
        }
        inner.tell_changed(&deployment);
        Ok(())
    }
}

/// Whether what the stack shows came of the operation: one of its events carries its token. Where a server
/// gives none, time must do.
async fn is_ours(
    connection: &Connection,
    snapshot: &StackSnapshot,
    run: &StackRun,
    view: &OperationView,
) -> Result<bool, CloudError> {
    let token = format!("{}-{}", view.id, run.key);
    let oldest = view.started_at - OLD;
    let events = connection.events(&snapshot.id, |event: &CloudEvent| event.at < oldest).await?;
    Ok(events.iter().any(|event| match &event.token {
        Some(found) => found.starts_with(&token),
        None => event.at >= view.started_at,
    }))
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
