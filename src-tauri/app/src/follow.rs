//! Tells of the operations of this program outside the page: progress on the taskbar, an icon in the tray, and a
//! notification where the window is not in front.

use skydeck_engine::{Engine, Happening, News, SettingsFile, Underway, UnderwayState};
use skydeck_model::{OperationOutcome, clean};
use tauri::window::{ProgressBarState, ProgressBarStatus};
use tauri::{AppHandle, Manager};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::broadcast::error::RecvError;

use crate::events::{self, Told, Wish};
use crate::{tray, window};

/// What a click on a notification asks for, among what the notification carries.
const WISH: &str = "wish";

/// Shows how far the running operations are, and ends the app if it was only waiting for them.
pub fn show_progress(app: &AppHandle, underway: &[Underway]) {
    if let Some(window) = window::main(app)
        && let Err(error) = window.set_progress_bar(progress(underway))
    {
        tracing::warn!(%error, "the taskbar shows no progress");
    }
    tray::show(app, underway);
    if underway.is_empty() {
        window::leave_if_done(app);
    }
}

/// All operations together, in the worst of their states.
fn progress(underway: &[Underway]) -> ProgressBarState {
    let status = match underway.iter().map(|it| it.state).max() {
        None => ProgressBarStatus::None,
        Some(UnderwayState::Well) => ProgressBarStatus::Normal,
        Some(UnderwayState::Waits) => ProgressBarStatus::Paused,
        Some(UnderwayState::Failed) => ProgressBarStatus::Error,
    };
    let done: u64 = underway.iter().map(|it| u64::from(it.done)).sum();
    let total: u64 = underway.iter().map(|it| u64::from(it.total)).sum();
    ProgressBarState { status: Some(status), progress: Some(done * 100 / total.max(1)) }
}

/// Passes news on to the page, and to the desktop where the user looks elsewhere, for as long as the app lives.
///
/// # Errors
/// Where the platform has no notifications.
pub fn pass_on_news(app: &AppHandle, engine: &Engine) -> tauri_plugin_notification::Result<()> {
    let clicked = app.clone();
    app.notification().on_action(move |action| {
        window::bring_forward(&clicked);
        let wish = action.notification().and_then(|it| it.extra().get(WISH).cloned());
        if let Some(wish) = wish.and_then(|wish| serde_json::from_value::<Wish>(wish).ok()) {
            events::tell(&clicked, wish);
        }
    })?;
    let (app, mut news) = (app.clone(), engine.news());
    tauri::async_runtime::spawn(async move {
        loop {
            match news.recv().await {
                Ok(news) => pass_on(&app, news),
                // Too much at once for a person: what is left of it stands on the screen.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    Ok(())
}

/// Takes up what other programs left when they died, for as long as the app lives.
pub fn take_up(engine: &Engine) {
    let engine = engine.clone();
    tauri::async_runtime::spawn(async move { engine.take_up_all().await });
}

fn pass_on(app: &AppHandle, news: News) {
    // A window that was closed comes back for what only its user can do.
    if news.happening != Happening::Ended(OperationOutcome::Succeeded) {
        window::come_back(app);
    }
    let in_front = window::main(app).is_some_and(|window| window.is_focused().unwrap_or(false));
    if !in_front && app.state::<SettingsFile>().read().settings.notifications {
        notify(app, &news);
    }
    events::tell(app, Told(news));
}

/// Shows news on the desktop; a click on them shows the operation.
fn notify(app: &AppHandle, news: &News) {
    let wish = Wish::Operation { deployment: news.deployment.clone(), operation: news.operation.clone() };
    let [title, text] = [&news.title, &news.text].map(|text| without_markup(text));
    let shown = app.notification().builder().title(title).body(text).extra(WISH, wish).show();
    if let Err(error) = shown {
        tracing::warn!(%error, "the desktop shows no notification");
    }
}

/// A text for a notification. Desktops take the body for markup, with links and images (Desktop
/// Notifications Specification, 'Markup'), whether or not they show any. Without angle brackets there is none.
fn without_markup(text: &str) -> String {
    clean::line(text).replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_notification_is_obeyed() {
        let text = "Queue: <a href=\"https://evil.example\">x</a> &lt;b&gt;\u{1b}[2J\u{202e}\nmore";
        let shown = "Queue: ‹a href=\"https://evil.example\"›x‹/a› &lt;b&gt;\u{fffd} more";
        assert_eq!(without_markup(text), shown);
    }
}
