//! Drift detection: whether the resources of stacks are still as the templates say. CloudFormation compares; what it
//! finds is in the log in full, and in short in the state file.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;
use skydeck_cloudformation::{CloudError, Connection};
use skydeck_model::look::{Drift, DriftStatus, StackDrift};
use skydeck_model::plan::{self, Refusal};
use skydeck_model::{
    EnvironmentName, EventKind, Manifest, OperationKind, OperationOutcome, Recorded, StackKey, StackName,
    status,
};
use skydeck_store::{DriftEntry, LoadedManifest, StackEntry, State};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::detail::current_drift;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::look::LooksAt;
use crate::operation::Secrets;
use crate::plan::refuse_moved_of;
use crate::view::DriftView;

/// How many stacks are compared at once. CloudFormation asks the services of all their resources, which share their
/// limits with everybody who uses the account ('Rate exceeded' on single resources).
const AT_ONCE: usize = 4;

impl Engine {
    /// Has every stack of an environment that may exist compared with its template, or just one, and writes down what was
    /// found. No status is changed, and nobody is kept from the deployment meanwhile.
    ///
    /// # Errors
    /// Files that are wrong, an environment or a stack that is not there, an operation that runs now or that began
    /// meanwhile, CloudFormation that cannot be asked: then nothing is written.
    pub async fn drift(
        &self,
        id: &str,
        environment: &EnvironmentName,
        stack: Option<&StackName>,
    ) -> Result<DriftView, EngineError> {
        let folder = self.find(id)?;
        self.refuse_busy(&folder)?;
        self.recover_in_a_moment(id).await?;
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.places_as_recorded(&folder, Some(std::slice::from_ref(environment)))?;
        refuse_moved_of(&manifest, &state, environment)?;
        let secrets = Secrets::of(&manifest, &templates, &state);
        let keys = to_compare(&manifest, &state, environment, stack)?;
        let started_at = Utc::now();
        let places = self.places(&folder, &manifest, std::slice::from_ref(environment), keys.len()).await?;
        let Some(place) = places.get(environment) else {
            return Err(EngineError::EnvironmentGone { environment: environment.clone() });
        };
        let asked = |error| EngineError::Cloud { environment: environment.clone(), error };
        let found = compare(&place.connection, &manifest, &keys).await.map_err(asked)?;
        let stacks: Vec<StackDrift> = found
            .into_iter()
            .map(|(key, mut drift)| {
                secrets.mask_drift(&mut drift);
                StackDrift { key, drift }
            })
            .collect();

        let environments = std::slice::from_ref(environment);
        let id = &manifest.deployment_id;
        let what = LooksAt { kind: OperationKind::Drift, environments, stack };
        let mut look = self.look_begins(&folder, id, &what, &secrets, started_at)?;
        let checked_at = skydeck_store::timestamp(Utc::now());
        let state = look.locked.state()?;
        let entry = |found: &StackDrift| {
            let mut entry = state.stack(&found.key).cloned()?;
            entry.drift = Some(DriftEntry {
                status: Recorded::Known(found.drift.status),
                checked_at: checked_at.clone(),
                changed_at: entry.changed_at.clone(),
                operation: look.id.clone(),
                reason: found.drift.reason.clone(),
                resources: found.drift.resources.iter().map(|resource| resource.logical_id.clone()).collect(),
            });
            Some(entry)
        };
        let entries: Vec<StackEntry> = stacks.iter().filter_map(entry).collect();
        let findings = stacks.iter().cloned().map(EventKind::DriftDetected).collect();
        let operation = look.write_down(findings, outcome(&stacks), &entries)?;
        self.inner.tell_changed(id.as_str());
        Ok(DriftView { operation, checked_at, stacks })
    }

    /// What drift detection last found on a stack, property by property, from the log. CloudFormation is not asked.
    ///
    /// # Errors
    /// Where it was never asked for, or the stack has changed since; where the log is gone.
    pub fn stack_drift(&self, id: &str, key: &StackKey) -> Result<DriftView, EngineError> {
        let folder = self.find(id)?;
        let state = folder.state()?;
        let none = || EngineError::NoDrift { key: key.clone() };
        let recorded = state.stack(key).and_then(current_drift).ok_or_else(none)?;
        let events = folder.log(&recorded.operation, 0)?;
        let found = events.into_iter().find_map(|event| match event.kind {
            EventKind::DriftDetected(drift) if drift.key == *key => Some(drift),
            _ => None,
        });
        Ok(DriftView {
            operation: Some(recorded.operation.clone()),
            checked_at: recorded.checked_at.clone(),
            stacks: vec![found.ok_or_else(none)?],
        })
    }
}

/// The stacks to compare: those that may exist as far as the files know; one that is named in any case.
fn to_compare(
    manifest: &Manifest,
    state: &State,
    environment: &EnvironmentName,
    stack: Option<&StackName>,
) -> Result<Vec<StackKey>, Refusal> {
    plan::check_reachable(manifest, environment)?;
    let recorded = || state.stacks.iter().filter(|entry| entry.environment == environment.as_str());
    let Some(stack) = stack else {
        // A word of another version may mean anything.
        let may_exist = |entry: &&StackEntry| status::may_be_there(&entry.status);
        return Ok(recorded().filter(may_exist).filter_map(StackEntry::key).collect());
    };
    plan::check_known(manifest, stack, recorded().any(|entry| entry.stack_name == stack.as_str()))?;
    Ok(vec![StackKey::new(stack, environment)])
}

/// Compares several at once, and gives what was found in their order.
async fn compare(
    connection: &Connection,
    manifest: &Manifest,
    keys: &[StackKey],
) -> Result<Vec<(StackKey, Drift)>, CloudError> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut all = JoinSet::new();
    for key in keys.iter().cloned() {
        let name = key.cloudformation_name(&manifest.deployment_id);
        let (connection, permits) = (connection.clone(), Arc::clone(&permits));
        all.spawn(async move {
            let _permit = permits.acquire().await;
            (key, connection.drift(&name).await)
        });
    }
    let mut found = BTreeMap::new();
    while let Some(ended) = all.join_next().await {
        match ended {
            Ok((key, drift)) => found.insert(key, drift?),
            Err(fault) => {
                tracing::error!(%fault, "a stack was not compared");
                None
            }
        };
    }
    let not_compared = || Drift::not_checked("Skydeck failed to ask for it");
    Ok(keys.iter().map(|key| (key.clone(), found.remove(key).unwrap_or_else(not_compared))).collect())
}

/// How it went: whether every stack, some, or none could be compared whole.
fn outcome(stacks: &[StackDrift]) -> OperationOutcome {
    let told = |found: &&StackDrift| matches!(found.drift.status, DriftStatus::InSync | DriftStatus::Drifted);
    match stacks.iter().filter(told).count() {
        count if count == stacks.len() => OperationOutcome::Succeeded,
        0 => OperationOutcome::Failed,
        _ => OperationOutcome::Partial,
    }
}
