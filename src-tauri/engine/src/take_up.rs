//! Who takes up an interrupted operation without being asked to, and when: only one that this machine started. How that is
//! done is [`crate::resume`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast::error::RecvError;

use crate::engine::Engine;
use crate::error::{EngineError, ErrorCode};
use crate::tag::Tag;

/// What could not be taken up is tried again after so long, and not earlier.
const AGAIN: Duration = Duration::from_secs(30);

/// What came of the attempts to take up interrupted operations, by deployment.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, Attempt>>);

struct Attempt {
    began: Instant,
    /// Why it failed, and whether that passes by itself.
    failed: Option<(String, bool)>,
}

impl Attempts {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Attempt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time for an attempt, which then has begun.
    fn begin(&self, deployment: &str) -> bool {
        let mut all = self.all();
        if all.get(deployment).is_some_and(|attempt| attempt.began.elapsed() < AGAIN) {
            return false;
        }
        all.insert(deployment.to_owned(), Attempt { began: Instant::now(), failed: None });
        true
    }

    fn end(&self, deployment: &str, error: Option<&EngineError>) {
        let mut all = self.all();
        match error {
            None => drop(all.remove(deployment)),
            Some(error) => {
                if let Some(attempt) = all.get_mut(deployment) {
                    let passes = {
                        use ErrorCode::{Credentials, Throttled, Unreachable};
                        // After a login the same succeeds.
                        matches!(error.code(), Credentials | Throttled | Unreachable)
                    };
                    attempt.failed = Some((error.to_string(), passes));
                }
            }
        }
    }

    /// Why the interrupted operation of a deployment could not be taken up.
    pub(crate) fn failure(&self, deployment: &str) -> Option<String> {
        self.all().get(deployment)?.failed.as_ref().map(|(reason, _)| reason.clone())
    }

    /// The deployments of which another attempt may succeed without anybody's doing.
    fn passing(&self) -> Vec<String> {
        let all = self.all();
        let passes = |attempt: &Attempt| attempt.failed.as_ref().is_some_and(|(_, passes)| *passes);
        all.iter().filter(|(_, attempt)| passes(attempt)).map(|(id, _)| id.clone()).collect()
    }
}

fn is_of_the_table(tag: &Tag) -> bool {
    matches!(tag, Tag::Deployments | Tag::Everything)
}

impl Engine {
    /// Takes up every interrupted operation below the root, as soon as it is known of, for as long as the engine lives: those
    /// that are there, and those whose program dies later. For a front end that stays; it has to follow the root
    /// ([`Engine::watch`]).
    pub async fn take_up_all(&self) {
        let mut stale = self.stale();
        let mut revision = None;
        loop {
            let engine = self.clone();
            let read = tokio::task::spawn_blocking(move || engine.rows(revision)).await;
            // A root that cannot be read is told by whoever shows it.
            if let Ok(Ok(rows)) = read {
                revision = Some(rows.revision);
                rows.rows
                    .iter()
                    .filter(|row| row.interrupted.as_ref().is_some_and(|it| it.here))
                    .for_each(|row| self.take_up(&row.deployment_id));
            }
            self.inner.attempts.passing().iter().for_each(|id| self.take_up(id));
            let changed = async {
                loop {
                    match stale.recv().await {
                        Ok(tags) if tags.iter().any(is_of_the_table) => return,
                        Ok(_) => {}
                        // It ends with the engine, not before.
                        Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                    }
                }
            };
            // After that time, what failed is tried again.
            let _ = tokio::time::timeout(AGAIN, changed).await;
        }
    }

    /// Brings the interrupted operation of a deployment to its end in the background, unless that was tried just now: what
    /// becomes of it shows by itself.
    pub(crate) fn take_up(&self, deployment: &str) {
        if !self.inner.attempts.begin(deployment) {
            return;
        }
        let (engine, id) = (self.clone(), deployment.to_owned());
        tokio::spawn(async move {
            let taken_up = engine.recover(&id).await;
            if let Err(error) = &taken_up {
                tracing::warn!(%id, %error, "an interrupted operation stays open");
            }
            engine.inner.attempts.end(&id, taken_up.as_ref().err());
            engine.inner.tell_changed(&id);
        });
    }
}
