//! Native menus. Their entries are wishes to the page, which has the one table of actions.

use serde::Deserialize;
use skydeck_model::clean;
use specta::Type;
use tauri::menu::{Menu, MenuItem, MenuItemBuilder, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Wry};

use crate::events::{self, Wish};
use crate::window::{self, Leave};

/// The entry that only shows the window.
pub const SHOW: &str = "show";
/// The entry that ends the app.
pub const QUIT: &str = "quit";

/// One menu of the menu bar, as the page's table has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
pub struct MenuOfActions {
    /// Its title.
    title: String,
    /// Its entries.
    entries: Vec<MenuAction>,
}

/// An action in a menu.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
pub struct MenuAction {
    /// Its id in the page's table.
    id: String,
    /// Its words.
    label: String,
    /// Its keys, where they can be pressed anywhere: `CmdOrCtrl+K`.
    accelerator: Option<String>,
    /// Whether it can be done now.
    enabled: bool,
}

/// Shows these menus in the desktop's menu bar. Only macOS has one; elsewhere the page shows its own.
pub fn show(app: &AppHandle, menus: &[MenuOfActions]) {
    if let Err(error) = build(app, menus).and_then(|bar| app.set_menu(bar)) {
        tracing::warn!(%error, "the menu bar lacks the actions");
    }
}

fn build(app: &AppHandle, menus: &[MenuOfActions]) -> tauri::Result<Menu<Wry>> {
    let bar = Menu::new(app)?;
    bar.append(&application(app)?)?;
    for MenuOfActions { title, entries } in menus {
        let menu = Submenu::new(app, title, true)?;
        for MenuAction { id, label, accelerator, enabled } in entries {
            let wish = Wish::Action { id: id.clone() };
            let mut item = MenuItemBuilder::with_id(name(&wish), clean::line(label)).enabled(*enabled);
            if let Some(keys) = accelerator {
                item = item.accelerator(keys);
            }
            menu.append(&item.build(app)?)?;
        }
        bar.append(&menu)?;
    }
    Ok(bar)
}

/// What every application has there, and without which the clipboard's keys do nothing.
fn application(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    let menu = Submenu::new(app, "Skydeck", true)?;
    menu.append(&PredefinedMenuItem::about(app, None, None)?)?;
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&PredefinedMenuItem::undo(app, None)?)?;
    menu.append(&PredefinedMenuItem::redo(app, None)?)?;
    menu.append(&PredefinedMenuItem::cut(app, None)?)?;
    menu.append(&PredefinedMenuItem::copy(app, None)?)?;
    menu.append(&PredefinedMenuItem::paste(app, None)?)?;
    menu.append(&PredefinedMenuItem::select_all(app, None)?)?;
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&PredefinedMenuItem::hide(app, None)?)?;
    menu.append(&PredefinedMenuItem::minimize(app, None)?)?;
    menu.append(&MenuItemBuilder::with_id(QUIT, "Quit Skydeck").accelerator("CmdOrCtrl+Q").build(app)?)?;
    Ok(menu)
}

/// An entry that asks the page for something.
///
/// # Errors
/// The platform's.
pub fn item(app: &AppHandle, wish: &Wish, label: &str) -> tauri::Result<MenuItem<Wry>> {
    MenuItem::with_id(app, name(wish), label, true, None::<&str>)
}

/// An entry's id is what it asks for.
fn name(wish: &Wish) -> String {
    serde_json::to_string(wish).unwrap_or_default()
}

/// Does what an entry of any menu is for.
pub fn picked(app: &AppHandle, id: &str) {
    if id == QUIT {
        return window::leave(app, Leave::Asking);
    }
    window::bring_forward(app);
    if let Ok(wish) = serde_json::from_str::<Wish>(id) {
        events::tell(app, wish);
    }
}
