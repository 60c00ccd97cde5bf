//! What the page hears: which of its answers are stale, news of operations, and what the user wants of it by way of
//! the desktop.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skydeck_engine::{Engine, News, Tag};
use skydeck_model::OperationId;
use specta::Type;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;

use crate::follow;

/// What carries one of these tags is to be asked for again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct Changed {
    /// The tags, each once.
    pub tags: Vec<Tag>,
}

/// Something happened in an operation of this program.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct Told(pub News);

/// What the user wants of the page, from outside it: by the menu bar, the tray, a notification, or by closing the window.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// An action of its table.
    Action {
        /// The action's id.
        id: String,
    },
    /// To see an operation.
    Operation {
        /// Its deployment.
        deployment: String,
        /// The operation.
        operation: OperationId,
    },
    /// To end the app although something runs.
    Leave,
}

/// Tells the page.
pub fn tell(app: &AppHandle, event: impl Event + Clone + Serialize) {
    if let Err(error) = event.emit(app) {
        tracing::warn!(%error, "the page did not hear of something");
    }
}

/// Changes that come closer together than this reach the page as one.
const BATCH: Duration = Duration::from_millis(50);

/// Tells the page of every change, by this program or on disk, for as long as the app lives.
pub fn forward(app: AppHandle, engine: &Engine) {
    let mut stale = engine.stale();
    let engine = engine.clone();
    tauri::async_runtime::spawn(async move {
        let watch = engine.watch();
        if let Err(error) = &watch {
            tracing::warn!(%error, "changes by other programs will not show by themselves");
        }
        // What the page is going to ask first is read while its window opens. If that fails, the page hears why.
        let first = engine.clone();
        tauri::async_runtime::spawn_blocking(move || first.rows(None));
        loop {
            let mut tags = match stale.recv().await {
                Ok(tags) => BTreeSet::from_iter(tags),
                Err(RecvError::Lagged(_)) => BTreeSet::from([Tag::Everything]),
                Err(RecvError::Closed) => return,
            };
            tokio::time::sleep(BATCH).await;
            while let Ok(more) = stale.try_recv() {
                tags.extend(more);
            }
            follow::show_progress(&app, &engine.underway());
            tell(&app, Changed { tags: tags.into_iter().collect() });
        }
    });
}
