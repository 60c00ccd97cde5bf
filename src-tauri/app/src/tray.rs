//! The icon in the tray: there while an operation runs, with how far each is.

use std::sync::{Mutex, PoisonError};

use skydeck_engine::Underway;
use skydeck_model::clean;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};

use crate::events::Wish;
use crate::menu::{QUIT, SHOW, item};

const ID: &str = "operations";

/// What the tray shows.
#[derive(Default)]
pub struct Tray(Mutex<Shown>);

#[derive(Default)]
struct Shown {
    lines: Vec<String>,
    /// This desktop has none: asking again and again would only take time. Everything is in the window, too.
    missing: bool,
}

/// Shows what runs; with nothing there is no icon.
pub fn show(app: &AppHandle, underway: &[Underway]) {
    let tray = app.state::<Tray>();
    // What is in it is whole after each statement, so that a panic elsewhere does not matter.
    let mut shown = tray.0.lock().unwrap_or_else(PoisonError::into_inner);
    let lines: Vec<String> = underway.iter().map(line).collect();
    if shown.missing || shown.lines == lines {
        return;
    }
    if lines.is_empty() {
        app.remove_tray_by_id(ID);
    } else if let Err(error) = fill(app, underway, &lines) {
        tracing::info!(%error, "this desktop has no tray");
        shown.missing = true;
    }
    shown.lines = lines;
}

fn fill(app: &AppHandle, underway: &[Underway], lines: &[String]) -> tauri::Result<()> {
    let (menu, tooltip) = (menu(app, underway)?, lines.join("\n"));
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
    clean::line(&format!("{title}: {done} of {total}"))
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
