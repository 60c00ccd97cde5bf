//! The icon in the tray: there while an operation runs, with how far each is.

use skydeck_engine::Underway;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Wry};

use crate::events::Wish;
use crate::menu::{QUIT, SHOW, item};

const ID: &str = "operations";

/// Shows what runs; with nothing there is no icon.
pub fn show(app: &AppHandle, underway: &[Underway]) {
    if underway.is_empty() {
        app.remove_tray_by_id(ID);
    } else if let Err(error) = fill(app, underway) {
        // A desktop without a tray: everything is in the window, too.
        tracing::debug!(%error, "no icon in the tray");
    }
}

fn fill(app: &AppHandle, underway: &[Underway]) -> tauri::Result<()> {
    let menu = menu(app, underway)?;
    let tooltip = underway.iter().map(line).collect::<Vec<_>>().join("\n");
    if let Some(tray) = app.tray_by_id(ID) {
        tray.set_menu(Some(menu))?;
        return tray.set_tooltip(Some(tooltip));
    }
    let mut icon = TrayIconBuilder::with_id(ID).menu(&menu).tooltip(tooltip);
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    icon.build(app).map(drop)
}

fn line(Underway { title, done, total, .. }: &Underway) -> String {
    format!("{title}: {done} of {total}")
}

/// What runs, each with the way to it; the window; the end.
fn menu(app: &AppHandle, underway: &[Underway]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for running in underway {
        let Underway { deployment, operation, .. } = running.clone();
        menu.append(&item(app, &Wish::Operation { deployment, operation }, &line(running))?)?;
    }
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&MenuItem::with_id(app, SHOW, "Show Skydeck", true, None::<&str>)?)?;
    menu.append(&MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?)?;
    Ok(menu)
}
