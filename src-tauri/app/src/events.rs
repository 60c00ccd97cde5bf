//! The one event that the page hears: which of its answers are stale.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skydeck_engine::{Engine, Tag};
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;

/// What carries one of these tags is to be asked for again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct Changed {
    /// The tags, each once.
    pub tags: Vec<Tag>,
}

/// Changes that come closer together than this reach the page as one.
const BATCH: Duration = Duration::from_millis(50);

/// Tells the page of every change, by this program or on disk, for as long as the app lives.
pub fn forward<R: Runtime>(app: AppHandle<R>, engine: &Engine) {
    let mut stale = engine.stale();
    let engine = engine.clone();
    tauri::async_runtime::spawn(async move {
        let watch = engine.watch();
        if let Err(error) = &watch {
            tracing::warn!(%error, "changes by other programs will not show by themselves");
        }
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
            let changed = Changed { tags: tags.into_iter().collect() };
            if let Err(error) = changed.emit(&app) {
                tracing::warn!(%error, "the page did not hear of a change");
            }
        }
    });
}
