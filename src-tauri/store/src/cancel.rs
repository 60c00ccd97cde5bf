//! Calls to cancel an operation that come from another process than its own: lines of a file in the deployment's folder,
//! since whoever may write there may also cancel.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};

use skydeck_model::OperationId;

use crate::atomic::read_text;
use crate::error::StoreError;
use crate::folder::Folder;

/// One line for each call: the operation's id. It goes with the operation.
const CANCEL_FILE: &str = ".deployment.cancel";

impl Folder {
    /// Asks the process that runs an operation to cancel it; gives how many times it was asked by now.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn ask_to_cancel(&self, operation: &OperationId) -> Result<usize, StoreError> {
        let path = self.path().join(CANCEL_FILE);
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(StoreError::refused(&path, "it is no file; remove it"));
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(format!("{operation}\n").as_bytes()));
        written.map_err(StoreError::io("write", &path))?;
        Ok(self.calls_to_cancel(operation))
    }

    /// How many times others have asked for this operation to be cancelled.
    pub fn calls_to_cancel(&self, operation: &OperationId) -> usize {
        let text = read_text(&self.path().join(CANCEL_FILE)).unwrap_or_default();
        text.lines().filter(|line| *line == operation.as_str()).count()
    }

    /// Forgets the calls: an operation begins, or has ended.
    pub(crate) fn forget_calls_to_cancel(&self) {
        let path = self.path().join(CANCEL_FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                // They name another operation, so that they harm nobody.
                tracing::warn!(path = %path.display(), %error, "cannot remove a file");
            }
            _ => {}
        }
    }
}
