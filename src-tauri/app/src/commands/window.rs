//! The window, what runs behind it, the menu bar, and the system's dialogs.

use std::path::PathBuf;

use skydeck_engine::{Engine, Underway};
use skydeck_model::clean;
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

use crate::menu::{self, MenuOfActions};
use crate::window::{self, Leave};

/// The operations that run in this program.
#[tauri::command(async)]
#[specta::specta]
pub fn underway(engine: State<'_, Engine>) -> Vec<Underway> {
    engine.underway()
}

/// Ends the app, at once or when nothing runs any more.
#[tauri::command]
#[specta::specta]
pub fn leave(app: AppHandle, how: Leave) {
    window::leave(&app, how);
}

/// Shows the page's actions in the desktop's menu bar.
#[tauri::command]
#[specta::specta]
pub fn show_menu(app: AppHandle, menus: Vec<MenuOfActions>) {
    menu::show(&app, &menus);
}

/// Asks for a folder in the system's own dialog, which starts in `from`; `None`: no folder was chosen. The page gets the
/// path and nothing else: it reads no folder.
#[tauri::command]
#[specta::specta]
pub async fn choose_folder(window: WebviewWindow, title: String, from: PathBuf) -> Option<PathBuf> {
    let (tell, told) = oneshot::channel();
    let dialog =
        window.dialog().file().set_parent(&window).set_title(clean::line(&title)).set_directory(from);
    dialog.pick_folder(|chosen| {
        // The window may have gone meanwhile: then nobody waits for the answer.
        let _ = tell.send(chosen);
    });
    told.await.ok().flatten()?.into_path().ok()
}
