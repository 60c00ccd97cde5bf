//! Looking at deployments and making new ones.

use skydeck_engine::Engine;
use skydeck_engine::view::{
    CommandLines, Dependent, DeploymentDetail, DeploymentRow, DeploymentRows, NewDeployment,
    NewDeploymentPreview, OperationSummary, Refreshed,
};
use skydeck_model::EnvironmentName;
use tauri::State;

use crate::error::IpcError;

/// The table of deployments; with the revision of an earlier answer, what has changed since.
#[tauri::command(async)]
#[specta::specta]
pub fn list_deployments(engine: State<'_, Engine>, since: Option<u32>) -> Result<DeploymentRows, IpcError> {
    Ok(engine.rows(since)?)
}

/// One deployment with its grid and its history; an interrupted operation of this machine's is taken up.
#[tauri::command]
#[specta::specta]
pub async fn deployment(engine: State<'_, Engine>, id: &str) -> Result<DeploymentDetail, IpcError> {
    Ok(engine.look(id)?)
}

/// What needs what in one environment, and which failures stand in the way of which stacks.
#[tauri::command(async)]
#[specta::specta]
pub fn dependencies(
    engine: State<'_, Engine>,
    id: &str,
    environment: EnvironmentName,
) -> Result<Vec<Dependent>, IpcError> {
    Ok(engine.dependencies(id, &environment)?)
}

/// What can be done to these deployments on the command line: in each of their environments, or in one.
#[tauri::command(async)]
#[specta::specta]
pub fn command_lines(
    engine: State<'_, Engine>,
    ids: Vec<String>,
    environment: Option<String>,
) -> Vec<CommandLines> {
    engine.command_lines(&ids, environment.as_deref())
}

/// What a new deployment may begin with.
#[tauri::command(async)]
#[specta::specta]
pub fn suggest_deployment(engine: State<'_, Engine>) -> NewDeployment {
    engine.suggestion()
}

/// What a new deployment would become, and what is wrong with the input. Writes nothing.
#[tauri::command(async)]
#[specta::specta]
pub fn preview_deployment(engine: State<'_, Engine>, input: NewDeployment) -> NewDeploymentPreview {
    engine.preview(&input)
}

/// Creates a deployment.
#[tauri::command]
#[specta::specta]
pub async fn create_deployment(
    engine: State<'_, Engine>,
    input: NewDeployment,
) -> Result<DeploymentRow, IpcError> {
    let row = engine.init(&input)?;
    engine.vouch(&row.deployment_id, None).await;
    Ok(row)
}

/// Every operation that has left a log, newest first.
#[tauri::command(async)]
#[specta::specta]
pub fn history(engine: State<'_, Engine>, id: &str) -> Result<Vec<OperationSummary>, IpcError> {
    Ok(engine.history(id)?)
}

/// Asks CloudFormation what is true of every stack of an environment, or of all, and mends what the files say, with an entry in the log; an interrupted
/// operation is brought to its end first. What cannot be asked keeps its last known state.
#[tauri::command]
#[specta::specta]
pub async fn refresh_deployment(
    engine: State<'_, Engine>,
    id: &str,
    environment: Option<EnvironmentName>,
) -> Result<Refreshed, IpcError> {
    Ok(engine.refresh(id, environment.as_ref()).await?)
}
