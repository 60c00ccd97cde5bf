//! About the app itself.

use serde::Serialize;
use skydeck_engine::Engine;
use specta::Type;
use tauri::State;

/// What the page shows of the app itself.
#[derive(Debug, Serialize, Type)]
pub struct AppInfo {
    /// This program's version.
    pub version: String,
    /// The folder that holds all deployments.
    pub root: String,
    /// Why that may not be the one that is meant; `None`: it is.
    pub root_doubt: Option<String>,
}

/// Why the root that was opened may not be the one that is meant: the settings could not be read, or not that one. `cloud`
/// then refuses; a window that does not open tells nobody why.
pub struct RootDoubt(pub Option<String>);

/// The version, and where the deployments are kept.
#[tauri::command(async)]
#[specta::specta]
pub fn app_info(engine: State<'_, Engine>, doubt: State<'_, RootDoubt>) -> AppInfo {
    AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        root: engine.root().display().to_string(),
        root_doubt: doubt.0.clone(),
    }
}
