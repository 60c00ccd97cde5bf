//! How refresh and drift detection write down what they found: an entry in the log, then the state file. Neither changes
//! the deployment's status, nor is it ever cut off: what they did is written in one go at their end, or not at all.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use skydeck_model::event::OperationStart;
use skydeck_model::{
    DeploymentId, EnvironmentName, Event, EventKind, Manifest, OperationId, OperationKind, OperationOutcome,
    status,
};
use skydeck_store::{Folder, Locked, StackEntry};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::{Place, Secrets, new_id};

/// A look that is about to be written down, behind the deployment's lock.
pub(crate) struct Look {
    pub(crate) locked: Locked,
    pub(crate) id: OperationId,
    start: OperationStart,
    started_at: DateTime<Utc>,
    secrets: Secrets,
}

impl Engine {
    /// Takes the lock under the look's own word.
    ///
    /// # Errors
    /// Another operation holds the deployment, or its files cannot be read.
    pub(crate) fn look_begins(
        &self,
        folder: &Folder,
        deployment_id: &DeploymentId,
        kind: OperationKind,
        environments: &[EnvironmentName],
        secrets: &Secrets,
        started_at: DateTime<Utc>,
    ) -> Result<Look, EngineError> {
        let id = new_id(kind, started_at)?;
        let locked = self.lock(folder, &id, kind, started_at)?;
        let start = OperationStart {
            deployment_id: deployment_id.clone(),
            kind,
            environments: environments.to_vec(),
            stacks: Vec::new(),
            status_before: status::before(&folder.metadata()?.status),
            by: self.inner.actor.clone(),
            request: None,
        };
        Ok(Look { locked, id, start, started_at, secrets: secrets.clone() })
    }

    /// Connects each environment by itself: one that cannot be asked does not keep the others from being asked. The
    /// first error comes back beside those that can. `stacks`: how many will be asked for in each.
    pub(crate) async fn places_that_answer(
        &self,
        manifest: &Manifest,
        environments: &[EnvironmentName],
        stacks: usize,
    ) -> (HashMap<EnvironmentName, Place>, Result<(), EngineError>) {
        let (mut answering, mut first) = (HashMap::new(), Ok(()));
        for name in environments {
            match self.places(manifest, std::slice::from_ref(name), stacks).await {
                Ok(places) => answering.extend(places),
                Err(error) => first = first.and(Err(error)),
            }
        }
        (answering, first)
    }
}

impl Look {
    /// Writes what was found into the log, in one go, then the entries into the state file. A look that found nothing
    /// leaves no log.
    ///
    /// # Errors
    /// A disk that does not take it: what is then in the log is found again by the next look.
    pub(crate) fn write_down(
        mut self,
        findings: Vec<EventKind>,
        outcome: OperationOutcome,
        entries: &[StackEntry],
    ) -> Result<Option<OperationId>, EngineError> {
        let now = Utc::now();
        let found = !findings.is_empty();
        if found {
            let deployment_status = self.start.status_before;
            let start = std::iter::once((self.started_at, EventKind::OperationStarted(self.start)));
            let rest = findings.into_iter().chain([EventKind::OperationEnded { outcome, deployment_status }]);
            let events: Vec<Event> = start
                .chain(rest.map(|kind| (now, kind)))
                .zip(0..)
                .map(|((at, mut kind), seq)| {
                    self.secrets.mask_all(&mut kind);
                    Event { operation: self.id.clone(), seq, at, kind }
                })
                .collect();
            self.locked.log_writer(&self.id)?.append_all(&events)?;
        }
        if !entries.is_empty() {
            self.locked.set_stacks(entries, now)?;
        }
        Ok(found.then_some(self.id))
    }
}
