//! How an operation does: when it will be over, from what the deployment's earlier operations tell, and what it asks of AWS.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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

/// How many operations are learned from, looks aside: reading them has to be cheap.
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
    pub(crate) fn experience(&self, folder: &Folder, before: Option<&OperationId>) -> Arc<Experience> {
        self.inner.learned.of(folder, before)
    }
}

/// What was read of the logs, by the deployments' folders. A log of an operation that is over stays as it is, so that it is
/// read once.
#[derive(Default)]
pub(crate) struct Learned(Mutex<HashMap<PathBuf, Lesson>>);

#[derive(Default)]
struct Lesson {
    samples: BTreeMap<OperationId, Arc<Vec<Sample>>>,
    /// What the operations of these ids taught when they were last asked for.
    last: Option<(Vec<OperationId>, Arc<Experience>)>,
}

impl Learned {
    fn of(&self, folder: &Folder, before: Option<&OperationId>) -> Arc<Experience> {
        let mut operations = folder.operations_that_change().unwrap_or_default();
        // Ids begin with the time.
        operations.retain(|id| before.is_none_or(|before| id < before));
        operations.truncate(OPERATIONS);
        let mut cached = {
            let mut lessons = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lesson = lessons.entry(folder.path().to_owned()).or_default();
            match &lesson.last {
                Some((ids, experience)) if *ids == operations => return Arc::clone(experience),
                _ => lesson.samples.clone(),
            }
        };
        let mut read = Vec::new();
        for id in &operations {
            if let Some(found) = cached.remove(id).or_else(|| samples(folder, id).map(Arc::new)) {
                read.push((id.clone(), found));
            }
        }
        let experience = Arc::new(Experience::of(read.iter().flat_map(|(_, samples)| samples.iter())));
        let mut lessons = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lesson = lessons.entry(folder.path().to_owned()).or_default();
        lesson.samples.extend(read);
        while lesson.samples.len() > OPERATIONS * 2 {
            lesson.samples.pop_first();
        }
        lesson.last = Some((operations, Arc::clone(&experience)));
        experience
    }
}

/// What one operation tells; `None`: it is not over, or its log cannot be read.
fn samples(folder: &Folder, operation: &OperationId) -> Option<Vec<Sample>> {
    let view = OperationView::replay(&folder.log_milestones(operation).ok()?)?;
    view.ended_at?;
    Some(estimate::samples(&view))
}
