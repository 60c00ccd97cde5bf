//! How refresh and drift detection write down what they found: an entry in the log, then the state file, at their end or
//! not at all. Neither changes the deployment's status.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use skydeck_model::event::OperationStart;
use skydeck_model::plan::Pace;
use skydeck_model::{
    DeploymentId, EnvironmentName, Event, EventKind, Manifest, OperationId, OperationKind, OperationOutcome,
    StackName, status,
};
use skydeck_store::{Doing, Folder, Locked, StackEntry};

use crate::detail::count;
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

/// What a look is at.
pub(crate) struct LooksAt<'a> {
    pub(crate) kind: OperationKind,
    pub(crate) environments: &'a [EnvironmentName],
    /// The only one, where it is one.
    pub(crate) stack: Option<&'a StackName>,
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
        what: &LooksAt<'_>,
        secrets: &Secrets,
        started_at: DateTime<Utc>,
    ) -> Result<Look, EngineError> {
        let LooksAt { kind, environments, stack } = *what;
        let id = new_id(kind, started_at)?;
        let locked = self.lock(folder, &id, Doing::Operation(kind), started_at)?;
        let start = OperationStart {
            deployment_id: deployment_id.clone(),
            kind,
            environments: environments.to_vec(),
            stacks: Vec::new(),
            looks_at: stack.cloned(),
            status_before: status::before(&folder.metadata()?.status),
            by: self.inner.actor.clone(),
            request: None,
            pace: Pace::default(),
            reviewed: false,
        };
        Ok(Look { locked, id, start, started_at, secrets: secrets.clone() })
    }

    /// Connects each environment by itself: one that cannot be asked does not keep the others from being asked. The
    /// first error comes back beside those that can. `stacks`: how many will be asked for in each.
    pub(crate) async fn places_that_answer(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        environments: &[EnvironmentName],
        stacks: usize,
    ) -> (HashMap<EnvironmentName, Place>, Result<(), EngineError>) {
        let (mut answering, mut first) = (HashMap::new(), Ok(()));
        for name in environments {
            match self.places(folder, manifest, std::slice::from_ref(name), stacks).await {
                Ok(places) => answering.extend(places),
                Err(error) => first = first.and(Err(error)),
            }
        }
        (answering, first)
    }
}

impl Look {
    /// Writes what was found into the log, then the entries into the state file, and last what others had done to that. A
    /// look that found nothing leaves no log.
    ///
    /// # Errors
    /// A disk that does not take it: what is then in the log is found again by the next look.
    pub(crate) fn write_down(
        mut self,
        findings: Vec<EventKind>,
        outcome: OperationOutcome,
        entries: &[StackEntry],
    ) -> Result<Option<OperationId>, EngineError> {
        let deployment_status = self.start.status_before;
        let told = if findings.is_empty() { 0 } else { self.tell(0, findings)? };
        if !entries.is_empty() {
            self.locked.set_stacks(entries, Utc::now())?;
        }
        let notices = self.locked.take_notices().into_iter();
        let mut rest: Vec<EventKind> = notices.map(|message| EventKind::Warning { message }).collect();
        if told == 0 && rest.is_empty() {
            return Ok(None);
        }
        rest.push(EventKind::OperationEnded { outcome, deployment_status, api: None, waited: 0.0 });
        self.tell(told, rest)?;
        Ok(Some(self.id))
    }

    /// Appends events to the log from a number on, the first of all before them; gives the number of the next.
    fn tell(&self, from: u32, kinds: Vec<EventKind>) -> Result<u32, EngineError> {
        let now = Utc::now();
        let start = (from == 0).then(|| (self.started_at, EventKind::OperationStarted(self.start.clone())));
        let all = start.into_iter().chain(kinds.into_iter().map(|kind| (now, kind)));
        let events: Vec<Event> = (from..)
            .zip(all)
            .map(|(seq, (at, mut kind))| {
                self.secrets.mask_all(&mut kind);
                Event { operation: self.id.clone(), seq, at, kind }
            })
            .collect();
        self.locked.log_writer(&self.id)?.append_all(&events)?;
        Ok(from + count(events.len()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use skydeck_model::{Recorded, StackKey, StackStatus};

    use super::*;
    use crate::view::{NewDeployment, NewEnvironment};

    #[tokio::test]
    async fn what_a_look_wrote_over_is_in_its_log() {
        let root = tempfile::tempdir().unwrap();
        let engine = Engine::with_sandbox_speed(root.path(), "test", 20.0);
        let row = engine
            .init(&NewDeployment {
                organization: "Org".to_owned(),
                project: "app".to_owned(),
                domain: "app.example".to_owned(),
                template: "default".to_owned(),
                environments: vec![NewEnvironment {
                    name: "dev".to_owned(),
                    target: skydeck_model::Target::Sandbox,
                    region: "us-east-1".to_owned(),
                    account: "123456789012".to_owned(),
                    profile: None,
                }],
                id: None,
            })
            .unwrap();
        let folder = engine.find(&row.deployment_id).unwrap();
        let begin = || {
            let id = row.deployment_id.parse().unwrap();
            let (kind, secrets) = (OperationKind::Refresh, Secrets::default());
            let what = LooksAt { kind, environments: &[], stack: None };
            engine.look_begins(&folder, &id, &what, &secrets, Utc::now()).unwrap()
        };
        let key: StackKey = StackKey::new(&"network".parse().unwrap(), &"dev".parse().unwrap());
        let path = folder.path().join(skydeck_store::STATE_FILE);

        let mut look = begin();
        let mut entry = look.locked.state().unwrap().stack(&key).unwrap().clone();
        entry.status = Recorded::Known(StackStatus::Deployed);
        // Somebody else says something else of it meanwhile.
        let theirs =
            std::fs::read_to_string(&path).unwrap().replace("status: not_deployed", "status: failed");
        std::fs::write(&path, theirs).unwrap();
        let id = look.write_down(Vec::new(), OperationOutcome::Succeeded, &[entry.clone()]).unwrap().unwrap();
        let events = folder.log(&id, 0).unwrap();
        let [start, warning, end] = events.as_slice() else { panic!("{events:?}") };
        assert!(matches!(start.kind, EventKind::OperationStarted(_)) && start.seq == 0);
        assert!(
            matches!(&warning.kind, EventKind::Warning { message } if message.contains("theirs is kept as")),
            "{warning:?}"
        );
        assert!(matches!(end.kind, EventKind::OperationEnded { .. }) && end.seq == 2);
        assert_eq!(folder.state().unwrap().stack(&key).unwrap().status, entry.status);

        // Where nobody interfered and nothing was found, there is no log.
        entry.status = Recorded::Known(StackStatus::Failed);
        assert_eq!(begin().write_down(Vec::new(), OperationOutcome::Succeeded, &[entry]).unwrap(), None);
    }
}
