//! An operation's log as one JSON document, to keep or to hand on: the same from `cloud log` and as a file.

use std::fs;
use std::path::PathBuf;

use directories::UserDirs;
use skydeck_model::OperationId;
use skydeck_model::event::OperationView;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::view::OperationLog;

impl Engine {
    /// An operation as it stands, and every event so far.
    ///
    /// # Errors
    /// No such deployment or operation, or a log that cannot be read.
    pub fn operation_log(&self, id: &str, operation: &OperationId) -> Result<OperationLog, EngineError> {
        let events = self.operation_events(id, operation, 0)?;
        let operation = OperationView::replay(&events)
            .ok_or_else(|| EngineError::NoSuchOperation(operation.to_string()))?;
        Ok(OperationLog { operation, events })
    }

    /// Writes [`Engine::operation_log`] as JSON into the user's folder of downloads, else into the home folder, and gives
    /// the file's path. A file of its name, which holds the operation's id, is an earlier export and is replaced.
    ///
    /// # Errors
    /// See [`Engine::operation_log`]; a folder that takes no file.
    pub fn export(&self, id: &str, operation: &OperationId) -> Result<PathBuf, EngineError> {
        let log = self.operation_log(id, operation)?;
        let name = format!("{}-{operation}.json", log.operation.start.deployment_id);
        let folders = UserDirs::new();
        let folder = folders.as_ref().map(|user| {
            // Where the desktop does not tell, it is called so all the same.
            let downloads =
                user.download_dir().map_or_else(|| user.home_dir().join("Downloads"), PathBuf::from);
            if downloads.is_dir() { downloads } else { user.home_dir().to_owned() }
        });
        let path = folder.map(|folder| folder.join(&name)).unwrap_or_else(|| PathBuf::from(&name));
        let written =
            serde_json::to_vec_pretty(&log).map_err(Into::into).and_then(|text| fs::write(&path, text));
        written.map_err(|error| EngineError::Export { path: path.clone(), reason: error.to_string() })?;
        Ok(path)
    }
}
