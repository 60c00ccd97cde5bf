//! The one window: made, named after its place, brought forward, closed without losing sight of what runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use skydeck_engine::Engine;
use skydeck_model::clean;
use specta::Type;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::events::{self, Wish};

/// Its label, which the capability file names too.
const LABEL: &str = "main";

/// How the app is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// At once, unless an operation runs: then the page asks.
    Asking,
    /// At once. What runs stays as CloudFormation has it, and is taken up at the next look.
    Now,
    /// As soon as nothing runs any more; until then without a window.
    WhenDone,
}

/// Whether the app ends by itself as soon as nothing runs.
#[derive(Default)]
pub struct Leaving(AtomicBool);

/// Opens the window; its title is the page's.
///
/// # Errors
/// Where it cannot be opened.
pub fn open(app: &AppHandle) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first().cloned() else { return Ok(()) };
    let window = WebviewWindowBuilder::from_config(app, &config)?
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // The page's own menu pastes, which without this only the keys may.
        .enable_clipboard_access()
        .on_document_title_changed(|window, title| {
            // The window may just be closing.
            let _ = window.set_title(&clean::line(&title));
        })
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            leave(&app, Leave::Asking);
        }
    });
    Ok(())
}

/// Whether an address is the page's own, where all that the page may call is offered. Nothing else is shown in the window, not
/// even for a moment: whatever it shows can call what the page can.
fn is_own_page(address: &Url) -> bool {
    // `tauri dev` has it from Vite; else it is as Tauri serves it, with a scheme of its own where the platform has those.
    let own = match (cfg!(feature = "custom-protocol"), cfg!(windows)) {
        (false, _) => ("http", "localhost", Some(1420)),
        (true, true) => ("http", "tauri.localhost", None),
        (true, false) => ("tauri", "localhost", None),
    };
    let place = (address.scheme(), address.host_str().unwrap_or_default(), address.port());
    place == own && address.username().is_empty() && address.password().is_none()
}

/// The window, as long as there is one.
pub fn main(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Shows the window before all others; the app then goes on as if it had not been asked to end.
pub fn bring_forward(app: &AppHandle) {
    app.state::<Leaving>().0.store(false, Ordering::Relaxed);
    if let Some(window) = main(app) {
        // The window may just be closing: then there is nothing to bring forward.
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Shows the window if it is hidden: it is needed.
pub fn come_back(app: &AppHandle) {
    if main(app).is_some_and(|window| !window.is_visible().unwrap_or(true)) {
        bring_forward(app);
    }
}

/// Ends the app, now or later.
pub fn leave(app: &AppHandle, how: Leave) {
    let busy = !app.state::<Engine>().underway().is_empty();
    match how {
        Leave::Asking if busy => {
            // The page asks, which nobody sees while the window is hidden.
            bring_forward(app);
            events::tell(app, Wish::Leave);
        }
        Leave::WhenDone if busy => {
            app.state::<Leaving>().0.store(true, Ordering::Relaxed);
            // It has been there a moment ago: the user clicked into it.
            let _ = main(app).map(|window| window.hide());
        }
        Leave::Asking | Leave::Now | Leave::WhenDone => app.exit(0),
    }
}

/// How long the app stays after its last operation: desktops take a notification back with the program that sent it,
/// and what went wrong brings the window back.
const GRACE: Duration = Duration::from_secs(6);

/// Ends the app soon if it was only waiting for what runs.
pub fn leave_if_done(app: &AppHandle) {
    if !is_leaving(app) {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(GRACE).await;
        if is_leaving(&app) {
            leave(&app, Leave::WhenDone);
        }
    });
}

fn is_leaving(app: &AppHandle) -> bool {
    app.state::<Leaving>().0.load(Ordering::Relaxed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(not(windows), feature = "custom-protocol"))]
    fn the_window_shows_nothing_but_its_own_page() {
        for (address, own) in [
            ("tauri://localhost", true),
            ("tauri://localhost/", true),
            ("tauri://localhost/index.html#/deployments/DX6604E", true),
            ("https://evil.example/", false),
            ("http://localhost:1420/", false),
            ("tauri://localhost:1420/", false),
            ("http://tauri.localhost/", false),
            ("tauri://localhost.evil.example/", false),
            ("tauri://localhost@evil.example/", false),
            ("tauri://evil.example/", false),
            ("tauri://user@localhost/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,<script>alert(1)</script>", false),
            ("javascript:alert(1)", false),
            ("blob:tauri://localhost/1", false),
            ("about:blank", false),
            ("asset://localhost/etc/passwd", false),
        ] {
            assert_eq!(is_own_page(&address.parse().unwrap()), own, "{address}");
        }
    }
}
