//! What the user has set for this machine.

use skydeck_engine::view::SettingsView;
use skydeck_engine::{Appearance, Engine, SettingsFile, SettingsPatch};
use tauri::{AppHandle, State, Theme};

use crate::error::IpcError;

/// The settings, and where the deployments are kept.
#[tauri::command(async)]
#[specta::specta]
pub fn get_settings(engine: State<'_, Engine>, file: State<'_, SettingsFile>) -> SettingsView {
    engine.settings(&file)
}

/// Changes one setting.
#[tauri::command(async)]
#[specta::specta]
pub fn update_settings(
    app: AppHandle,
    engine: State<'_, Engine>,
    file: State<'_, SettingsFile>,
    patch: SettingsPatch,
) -> Result<(), IpcError> {
    engine.update_settings(&file, &patch)?;
    if let SettingsPatch::Appearance(appearance) = patch {
        show_as(&app, appearance);
    }
    Ok(())
}

/// Takes a root folder that has held deployments and is gone for a first start.
#[tauri::command(async)]
#[specta::specta]
pub fn begin_anew(engine: State<'_, Engine>) {
    engine.begin_anew();
}

/// Makes the windows look so, frame and page.
pub fn show_as(app: &AppHandle, appearance: Appearance) {
    app.set_theme(match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    });
}
