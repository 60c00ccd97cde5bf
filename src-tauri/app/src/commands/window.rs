//! The window, what runs behind it, and the menu bar.

use skydeck_engine::{Engine, Underway};
use tauri::{AppHandle, State};

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
