//! Asking CloudFormation what is true: for an operation that was cut off, and on request.

use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{Connection, StackSnapshot};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{OperationView, StackEnd, StackPhase, StackRun};
use skydeck_model::operation::Direction;
use skydeck_model::{
    EnvironmentName, EventKind, OperationKind, OperationOutcome, Recorded, StackKey, StackOutcome,
    StackStatus, status,
};
use skydeck_store::{CurrentOperation, Folder, LoadedManifest, Locked, StackEntry, StoreError};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::operation::{Journal, Place, Secrets, busy};

/// Between two questions after a stack on which something still runs.
const PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Asks CloudFormation for every stack and mends what the state file says of it; an operation that was
    /// cut off is brought to its end first.
    ///
    /// # Errors
    /// Files that are wrong, another operation that runs, credentials that do not hold.
    pub async fn refresh(&self, id: &str, environment: Option<&EnvironmentName>) -> Result<(), EngineError> {
        let folder = self.find(id)?;
        self.recover_if_interrupted(&folder).await?;
        let LoadedManifest { manifest, .. } = folder.manifest()?;
        let names = manifest.environments.iter().map(|environment| environment.name.clone());
        let wanted: Vec<_> = names.filter(|name| environment.is_none_or(|only| only == name)).collect();
        let places = self.places(&manifest, &wanted).await?;
        let started_at = Utc::now();
        let operation = "refresh".parse()?;
        let mut locked = self.lock(&folder, &operation, OperationKind::Deploy, started_at)?;
        for place in places.values() {
            for stack in &manifest.stacks {
                let key = StackKey::new(&stack.name, &place.environment.name);
                let name = key.cloudformation_name(&manifest.deployment_id);
                let found = describe(place, &name).await?;
                mend(&mut locked, &key, found)?;
            }
        }
        drop(locked);
        self.inner.tell_stale(vec![
            crate::Tag::Deployments,
            crate::Tag::Deployment(manifest.deployment_id.to_string()),
        ]);
        Ok(())
    }

    /// Brings an operation whose program died to its end (contract, section 4): what still runs is followed,
    /// what was never started is skipped, and the rules for the end apply.
    pub(crate) async fn recover_if_interrupted(&self, folder: &Folder) -> Result<(), EngineError> {
        let Some(current) = folder.state()?.current_operation else {
            return Ok(());
        };
        if let Some(holder) = folder.holder() {
            return Err(busy(folder, holder));
        }
        let LoadedManifest { manifest, .. } = folder.manifest()?;
        let names: Vec<_> =
            manifest.environments.iter().map(|environment| environment.name.clone()).collect();
        let view = OperationView::replay(&folder.log(&current.id, 0)?);
        let touched = view.as_ref().map_or(names, |view| view.start.environments.clone());
        let places = self.places(&manifest, &touched).await?;
        let mut locked = self.lock(folder, &current.id, current.kind, Utc::now())?;
        let Some(view) = view else {
            return Ok(forget(&mut locked, &current)?);
        };
        let log = locked.log_writer(&current.id)?;
        let journal = Journal::new(locked, log, Secrets::default(), view.clone());
        let mut recovery =
            Recovery { inner: &self.inner, journal, deployment: manifest.deployment_id.to_string() };
        for run in view.stacks.iter().filter(|run| run.phase != StackPhase::Ended) {
            let connection = places.get(&run.key.environment).map(|place| &place.connection);
            let name = run.key.cloudformation_name(&manifest.deployment_id);
            let end = recovery.end_of(run, &view, connection, &name).await?;
            recovery.stack_ended(end)?;
        }
        recovery.finish()
    }
}

async fn describe(place: &Place, name: &str) -> Result<Option<StackSnapshot>, EngineError> {
    let found = place.connection.describe(name).await;
    found.map_err(|error| EngineError::Cloud { environment: place.environment.name.clone(), error })
}

/// Writes what CloudFormation shows, where the state file says something else.
fn mend(locked: &mut Locked, key: &StackKey, found: Option<StackSnapshot>) -> Result<(), StoreError> {
    let state = locked.folder().state()?;
    let now = Utc::now();
    let mut entry = state.stack(key).cloned().unwrap_or_else(|| StackEntry::not_deployed(key, now));
    let before = entry.clone();
    let recorded = entry.status.known();
    let seen = match &found {
        Some(snapshot) => cloudformation::row_of(&snapshot.status).map(|row| row.seen),
        None if recorded.is_some_and(status::may_exist) => Some(StackStatus::Destroyed),
        None => recorded,
    };
    if let Some(seen) = seen {
        entry.status = Recorded::Known(seen);
    }
    if let Some(snapshot) = found {
        entry.cloudformation_status = Some(snapshot.status);
        entry.outputs = snapshot.outputs;
        entry.stack_id = Some(snapshot.id);
    }
    if entry == before {
        return Ok(());
    }
    entry.last_updated = skydeck_store::timestamp(now);
    locked.set_stack(&entry, now)
}

/// An operation without a log that can be read: all that can be said is that it is over.
fn forget(locked: &mut Locked, current: &CurrentOperation) -> Result<(), StoreError> {
    let now = Utc::now();
    if status::deployment_at_start(current.kind).is_some() {
        locked.set_deployment_status(skydeck_model::DeploymentStatus::Failed, now)?;
    }
    locked.set_current_operation(None, now)
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
        connection: Option<&Connection>,
        name: &str,
    ) -> Result<StackEnd, EngineError> {
        let direction = view.start.kind.direction();
        let mut end = StackEnd {
            key: run.key.clone(),
            outcome: StackOutcome::Skipped,
            status: None,
            reason: Some("the program ended before its turn came".to_owned()),
            cloudformation_status: None,
            outputs: std::collections::BTreeMap::new(),
            seconds: 0.0,
        };
        let (StackPhase::Running, Some(connection)) = (run.phase, connection) else {
            return Ok(end);
        };
        let asked = |error| EngineError::Cloud { environment: run.key.environment.clone(), error };
        let snapshot = rest(connection, name).await.map_err(asked)?;
        let token = format!("{}-{}", view.id, run.key);
        let ours = match &snapshot {
            Some(snapshot) => {
                let old = |event: &skydeck_cloudformation::CloudEvent| event.at < view.started_at;
                let events = connection.events(&snapshot.id, old).await.map_err(asked)?;
                events.iter().any(|event| event.token.as_ref().is_none_or(|found| found.starts_with(&token)))
            }
            None => true,
        };
        let status = snapshot.as_ref().map_or("DELETE_COMPLETE", |snapshot| snapshot.status.as_str());
        let rested = cloudformation::outcome(status, direction).unwrap_or(StackOutcome::Failed);
        end.outcome = if ours { rested } else { StackOutcome::Failed };
        end.status = if ours {
            status::stack_at_end(direction, end.outcome, None)
        } else {
            cloudformation::row_of(status).map(|row| row.seen)
        };
        end.reason = match (ours, end.outcome.is_success()) {
            (false, _) => Some("the program ended before CloudFormation was asked to change it".to_owned()),
            (true, true) => None,
            (true, false) => Some(format!("the stack ended in {status} after the program had ended")),
        };
        if snapshot.is_none() && direction == Direction::Up {
            end.status = Some(StackStatus::NotDeployed);
        }
        end.cloudformation_status = Some(status.to_owned());
        end.outputs = snapshot.map(|snapshot| snapshot.outputs).unwrap_or_default();
        Ok(end)
    }

    fn stack_ended(&mut self, end: StackEnd) -> Result<(), EngineError> {
        let (event, written) = self.journal.append(EventKind::StackEnded(end.clone()));
        written?;
        self.journal.stack_ended(&end, None)?;
        self.inner.tell(&event, &self.deployment);
        Ok(())
    }

    fn finish(mut self) -> Result<(), EngineError> {
        let view = self.journal.view();
        let view = view.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let outcomes: Vec<StackOutcome> =
            view.stacks.iter().filter_map(|run| run.end.as_ref()).map(|end| end.outcome).collect();
        let anything_left = self.journal.statuses()?.values().any(|status| status::may_exist(*status));
        let before = view.start.status_before;
        let status = status::deployment_at_end(view.start.kind, before, &outcomes, anything_left);
        let (event, written) = self.journal.append(EventKind::OperationEnded {
            outcome: OperationOutcome::of(view.start.kind.direction(), &outcomes, view.cancel_requested),
            deployment_status: status.unwrap_or(before),
        });
        written?;
        self.journal.operation_ended(status)?;
        let Self { inner, journal, deployment } = self;
        drop(journal);
        inner.tell(&event, &deployment);
        Ok(())
    }
}

/// The stack once nothing runs on it any more.
async fn rest(
    connection: &Connection,
    name: &str,
) -> Result<Option<StackSnapshot>, skydeck_cloudformation::CloudError> {
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
