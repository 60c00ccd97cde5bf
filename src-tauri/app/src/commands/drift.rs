//! Whether stacks are still as their templates say.

use skydeck_engine::Engine;
use skydeck_engine::view::DriftView;
use skydeck_model::{EnvironmentName, StackKey, StackName};
use tauri::State;

use crate::error::IpcError;

/// Has an environment's stacks compared with their templates, or one of them; it may take minutes. No status changes.
#[tauri::command]
#[specta::specta]
pub async fn detect_drift(
    engine: State<'_, Engine>,
    id: &str,
    environment: EnvironmentName,
    stack: Option<StackName>,
) -> Result<DriftView, IpcError> {
    Ok(engine.drift(id, &environment, stack.as_ref()).await?)
}

/// What was last found on a stack, property by property, out of the log.
#[tauri::command(async)]
#[specta::specta]
pub fn stack_drift(engine: State<'_, Engine>, id: &str, key: StackKey) -> Result<DriftView, IpcError> {
    Ok(engine.stack_drift(id, &key)?)
}
