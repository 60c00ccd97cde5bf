//! How an operation does: when it will be over, from what the deployment's earlier operations tell, and what it asks of AWS.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use skydeck_model::OperationId;
use skydeck_model::estimate::{self, Experience, Sample};
use skydeck_model::event::OperationView;
use skydeck_model::forecast;
use skydeck_store::Folder;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::Running;
use crate::view::OperationProgress;

/// How many operations are learned from: reading them has to be cheap.
const OPERATIONS: usize = 50;

impl Engine {
    /// How an operation does, running or over; what it was expected to take is what was known when it began.
    ///
    /// # Errors
    /// No such deployment or operation, or a log that cannot be read.
    pub fn progress(&self, id: &str, operation: &OperationId) -> Result<OperationProgress, EngineError> {
        let folder = self.find(id)?;
        let view = self.operation(id, operation)?;
        let known = self.experience(&folder, Some(operation));
        Ok(OperationProgress {
            forecast: forecast::forecast(&view, &known, Utc::now()),
            api: self.inner.running().get(operation).map(Running::budgets).unwrap_or_default(),
        })
    }

    /// What the deployment's operations tell, or those before one.
    pub(crate) fn experience(&self, folder: &Folder, before: Option<&OperationId>) -> Experience {
        self.inner.learned.of(folder, before)
    }
}

/// What was read of the logs. A log of an operation that is over stays as it is, so that it is read once.
#[derive(Default)]
pub(crate) struct Learned(Mutex<HashMap<PathBuf, Samples>>);

type Samples = BTreeMap<OperationId, Arc<Vec<Sample>>>;

impl Learned {
    fn of(&self, folder: &Folder, before: Option<&OperationId>) -> Experience {
        let all = folder.operations().unwrap_or_default();
        // Ids begin with the time.
        let earlier = all.into_iter().filter(|id| before.is_none_or(|before| id < before));
        let cached = self.lock().get(folder.path()).cloned().unwrap_or_default();
        let read: Samples = earlier
            .take(OPERATIONS)
            .filter_map(|id| {
                let samples = cached.get(&id).cloned().or_else(|| samples(folder, &id).map(Arc::new));
                Some((id, samples?))
            })
            .collect();
        let experience = Experience::of(read.values().rev().flat_map(|samples| samples.iter()));
        let mut cache = self.lock();
        let kept = cache.entry(folder.path().to_owned()).or_default();
        kept.extend(read);
        while kept.len() > OPERATIONS * 2 {
            kept.pop_first();
        }
        experience
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Samples>> {
        // What is behind it is whole after every statement that changes it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one operation tells; `None`: it is not over, or its log cannot be read.
fn samples(folder: &Folder, operation: &OperationId) -> Option<Vec<Sample>> {
    let view = OperationView::replay(&folder.log_milestones(operation).ok()?)?;
    view.ended_at?;
    Some(estimate::samples(&view))
}
