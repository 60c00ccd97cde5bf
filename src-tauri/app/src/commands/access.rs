//! How environments are reached: profiles, logins, settings.

use skydeck_engine::view::EnvironmentSettings;
use skydeck_engine::{Access, Engine, Identity};
use skydeck_model::EnvironmentName;
use tauri::State;

use crate::error::IpcError;

/// The profiles and SSO sessions of the AWS configuration; never a secret.
#[tauri::command]
#[specta::specta]
pub async fn access(engine: State<'_, Engine>) -> Result<Access, IpcError> {
    Ok(engine.access().await)
}

/// Whose credentials a profile gives (STS GetCallerIdentity); an empty profile is the default chain.
#[tauri::command]
#[specta::specta]
pub async fn test_connection(
    engine: State<'_, Engine>,
    profile: &str,
    region: &str,
) -> Result<Identity, IpcError> {
    Ok(engine.test_connection(profile, region).await?)
}

/// What the manifest says of an environment.
#[tauri::command(async)]
#[specta::specta]
pub fn environment_settings(
    engine: State<'_, Engine>,
    id: &str,
    environment: EnvironmentName,
) -> Result<EnvironmentSettings, IpcError> {
    Ok(engine.environment_settings(id, &environment)?)
}

/// Writes an environment's settings into the manifest. `prove`: one that is reached on AWS in another way than before is
/// asked first whose account that is. `expected`: what has to stand there still.
#[tauri::command]
#[specta::specta]
pub async fn set_environment_settings(
    engine: State<'_, Engine>,
    id: &str,
    environment: EnvironmentName,
    settings: EnvironmentSettings,
    expected: Option<EnvironmentSettings>,
    prove: bool,
) -> Result<(), IpcError> {
    Ok(engine.set_environment_settings(id, &environment, &settings, expected.as_ref(), prove).await?)
}
