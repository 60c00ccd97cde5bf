//! What is known of one stack, and of two environments side by side: asked when somebody looks.

use skydeck_engine::compare::ComparisonView;
use skydeck_engine::diff::TextDiff;
use skydeck_engine::view::{
    RealResource, StackEvents, StackLog, StackParameters, StackResources, StackTemplate,
};
use skydeck_engine::{Engine, EngineError};
use skydeck_model::{EnvironmentName, StackKey, StackName};
use tauri::State;

use crate::error::IpcError;

/// A stack's resources, as CloudFormation has them now.
#[tauri::command]
#[specta::specta]
pub async fn stack_resources(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
) -> Result<StackResources, IpcError> {
    Ok(engine.stack_resources(id, &key).await?)
}

/// A stack's parameters, as deployed and as the manifest wants them.
#[tauri::command]
#[specta::specta]
pub async fn stack_parameters(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
) -> Result<StackParameters, IpcError> {
    Ok(engine.stack_parameters(id, &key).await?)
}

/// A stack's template as it was deployed, against the file.
#[tauri::command]
#[specta::specta]
pub async fn stack_template(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
) -> Result<StackTemplate, IpcError> {
    Ok(engine.stack_template(id, &key).await?)
}

/// What happened to a stack, as CloudFormation tells.
#[tauri::command]
#[specta::specta]
pub async fn stack_events(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
) -> Result<StackEvents, IpcError> {
    Ok(engine.stack_events(id, &key).await?)
}

/// What the logs tell of a stack.
#[tauri::command(async)]
#[specta::specta]
pub fn stack_log(engine: State<'_, Engine>, id: &str, key: StackKey) -> Result<StackLog, IpcError> {
    Ok(engine.stack_log(id, &key)?)
}

/// Opens a stack in the AWS console, or one of its resources. The page names what to open and no address, so that it can
/// open nothing else.
#[tauri::command(async)]
#[specta::specta]
pub fn open_console(
    engine: State<'_, Engine>,
    id: &str,
    key: StackKey,
    resource: Option<RealResource>,
) -> Result<(), IpcError> {
    let address = engine.console(id, &key, resource.as_ref())?;
    let opened = open::that_detached(&address);
    Ok(opened.map_err(|error| EngineError::NotOpened { address, reason: error.to_string() })?)
}

/// Opens one of a deployment's own files with what the system opens such files with. The page names the file as the
/// deployment does, so that it can open nothing else.
#[tauri::command(async)]
#[specta::specta]
pub fn open_file(engine: State<'_, Engine>, id: &str, file: &str) -> Result<(), IpcError> {
    let path = engine.file(id, file)?;
    let opened = open::that_detached(&path);
    let not_opened =
        |error: std::io::Error| EngineError::FileNotOpened { path: path.clone(), reason: error.to_string() };
    Ok(opened.map_err(not_opened)?)
}

/// By what `to` is behind `from`.
#[tauri::command]
#[specta::specta]
pub async fn compare_environments(
    engine: State<'_, Engine>,
    id: &str,
    from: EnvironmentName,
    to: EnvironmentName,
) -> Result<ComparisonView, IpcError> {
    Ok(engine.compare(id, &from, &to).await?)
}

/// What differs in a stack's template between two environments.
#[tauri::command]
#[specta::specta]
pub async fn compared_templates(
    engine: State<'_, Engine>,
    id: &str,
    stack: StackName,
    from: EnvironmentName,
    to: EnvironmentName,
) -> Result<TextDiff, IpcError> {
    Ok(engine.compared_templates(id, &stack, &from, &to).await?)
}
