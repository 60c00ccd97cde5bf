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
}

/// The version, and where the deployments are kept.
#[tauri::command(async)]
#[specta::specta]
pub fn app_info(engine: State<'_, Engine>) -> AppInfo {
    AppInfo { version: env!("CARGO_PKG_VERSION").to_owned(), root: engine.root().display().to_string() }
}
