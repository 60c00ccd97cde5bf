//! Reviews, answers in the middle of an operation, ways out.

use skydeck_engine::view::{RecoveryCard, ReviewView};
use skydeck_engine::{Engine, SettingsFile};
use skydeck_model::plan::{Pace, Request};
use skydeck_model::{OperationId, ReviewId, StackKey};
use tauri::State;

use crate::error::IpcError;

/// Begins to ask CloudFormation what an operation would change, with as many stacks at once as the settings say; the review
/// grows until it is done. Nothing is deployed.
#[tauri::command]
#[specta::specta]
pub async fn start_review(
    engine: State<'_, Engine>,
    settings: State<'_, SettingsFile>,
    id: &str,
    request: Request,
) -> Result<ReviewId, IpcError> {
    let pace = Pace { parallel: settings.parallel(), ..Pace::default() };
    Ok(engine.start_review(id, &request, pace.parallel()).await?)
}

/// A review as it stands.
#[tauri::command(async)]
#[specta::specta]
pub fn review(engine: State<'_, Engine>, review: ReviewId) -> Result<ReviewView, IpcError> {
    Ok(engine.review(&review)?)
}

/// Has a review reckon with another number of stacks at once.
#[tauri::command(async)]
#[specta::specta]
pub fn pace_review(engine: State<'_, Engine>, review: ReviewId, parallel: u32) -> Result<(), IpcError> {
    Ok(engine.pace_review(&review, parallel)?)
}

/// Gives a review up: its change sets are removed, with the empty stacks that first ones leave behind.
#[tauri::command]
#[specta::specta]
pub async fn discard_review(engine: State<'_, Engine>, review: ReviewId) -> Result<(), IpcError> {
    Ok(engine.discard_review(&review).await?)
}

/// Answers the question of a stack whose changes are not what was approved.
#[tauri::command(async)]
#[specta::specta]
pub fn answer_approval(
    engine: State<'_, Engine>,
    operation: OperationId,
    key: StackKey,
    approved: bool,
) -> Result<(), IpcError> {
    Ok(engine.answer(&operation, &key, approved)?)
}

/// Tries whether the credentials of a paused operation hold again.
#[tauri::command]
#[specta::specta]
pub async fn resume_operation(engine: State<'_, Engine>, operation: OperationId) -> Result<(), IpcError> {
    Ok(engine.resume(&operation).await?)
}

/// What is wrong with a stack, why, and the ways out, as CloudFormation shows it now.
#[tauri::command]
#[specta::specta]
pub async fn recovery(engine: State<'_, Engine>, id: &str, key: StackKey) -> Result<RecoveryCard, IpcError> {
    Ok(engine.recovery(id, &key).await?)
}
