//! What a folder may use of this machine, and what another machine has left.

use skydeck_engine::{AccountAccess, Engine, TakeOverView, TrustQuestion};
use skydeck_model::OperationId;
use tauri::State;

use crate::error::IpcError;

/// What a folder names and this machine does not trust it with; `None`: nothing.
#[tauri::command]
#[specta::specta]
pub async fn trust_question(engine: State<'_, Engine>, id: &str) -> Result<Option<TrustQuestion>, IpcError> {
    Ok(engine.trust_question(id).await?)
}

/// Trusts a folder with what was shown of it.
#[tauri::command(async)]
#[specta::specta]
pub fn trust_deployment(
    engine: State<'_, Engine>,
    id: &str,
    accesses: Vec<AccountAccess>,
) -> Result<(), IpcError> {
    Ok(engine.trust(id, &accesses)?)
}

/// What taking over an interrupted operation means.
#[tauri::command]
#[specta::specta]
pub async fn take_over_view(engine: State<'_, Engine>, id: &str) -> Result<TakeOverView, IpcError> {
    Ok(engine.take_over_view(id).await?)
}

/// Takes an interrupted operation over; it is brought to its end in the background.
#[tauri::command]
#[specta::specta]
pub async fn take_over(engine: State<'_, Engine>, id: &str, operation: OperationId) -> Result<(), IpcError> {
    Ok(engine.begin_take_over(id, &operation)?)
}
