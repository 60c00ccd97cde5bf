//! Running and watching operations.

use skydeck_engine::view::OperationProgress;
use skydeck_engine::{Engine, Happening, Options, SettingsFile};
use skydeck_model::command::Command;
use skydeck_model::event::OperationView;
use skydeck_model::failure::Excerpt;
use skydeck_model::plan::Request;
use skydeck_model::{Event, OperationId, StackKey};
use tauri::State;

use crate::error::IpcError;

/// Starts an operation and gives its id at once. Unless told, it runs as many stacks at once as the settings say.
#[tauri::command]
#[specta::specta]
pub async fn start_operation(
    engine: State<'_, Engine>,
    settings: State<'_, SettingsFile>,
    id: &str,
    request: Request,
    mut options: Options,
) -> Result<OperationId, IpcError> {
    options.parallel = options.parallel.or_else(|| settings.parallel());
    Ok(engine.start(id, &request, &options).await?)
}

/// Cancels an operation: no further stack starts. `running_too`: what runs is cancelled as well.
#[tauri::command(async)]
#[specta::specta]
pub fn cancel_operation(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
    running_too: bool,
) -> Result<(), IpcError> {
    Ok(engine.cancel(id, &operation, running_too)?)
}

/// An operation as it stands, running or over.
#[tauri::command(async)]
#[specta::specta]
pub fn operation(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
) -> Result<OperationView, IpcError> {
    Ok(engine.operation(id, &operation)?)
}

/// The events of an operation from a number on.
#[tauri::command(async)]
#[specta::specta]
pub fn operation_events(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
    from_seq: u32,
) -> Result<Vec<Event>, IpcError> {
    Ok(engine.operation_events(id, &operation, from_seq)?)
}

/// Whether what news of an operation have told still is so.
#[tauri::command(async)]
#[specta::specta]
pub fn news_hold(engine: State<'_, Engine>, id: &str, operation: OperationId, happening: Happening) -> bool {
    engine.news_hold(id, &operation, happening)
}

/// How an operation does: when it will be over, and what it asks of AWS.
#[tauri::command(async)]
#[specta::specta]
pub fn operation_progress(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
) -> Result<OperationProgress, IpcError> {
    Ok(engine.progress(id, &operation)?)
}

/// Why a stack failed in an operation, as Markdown.
#[tauri::command(async)]
#[specta::specta]
pub fn failure_report(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
    key: StackKey,
) -> Result<String, IpcError> {
    Ok(engine.failure_report(id, &operation, &key)?)
}

/// The lines of a stack's template in which a resource stands.
#[tauri::command(async)]
#[specta::specta]
pub fn template_lines(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
    logical_id: &str,
    reason: Option<&str>,
) -> Result<Option<Excerpt>, IpcError> {
    Ok(engine.template_lines(id, &key, logical_id, reason)?)
}

/// The same action in a terminal; `None`: no command says exactly that.
#[tauri::command(async)]
#[specta::specta]
pub fn command_line(id: &str, command: Command) -> Option<String> {
    command.line(id)
}

/// Saves the whole log of an operation as JSON, and gives the file's path.
#[tauri::command(async)]
#[specta::specta]
pub fn export_operation(
    engine: State<'_, Engine>,
    id: &str,
    operation: OperationId,
) -> Result<String, IpcError> {
    Ok(engine.export(id, &operation)?.display().to_string())
}
