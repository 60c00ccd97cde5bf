//! Calls to cancel an operation that come from another process than its own: lines of a file in the deployment's folder,
//! since whoever may write there may also cancel.

use std::fs;
use std::io::{ErrorKind, Write};

use serde::{Deserialize, Serialize};
use skydeck_files::How;
use skydeck_model::OperationId;
use skydeck_model::event::Actor;

use crate::atomic::{open_file, read_text};
use crate::error::StoreError;
use crate::folder::Folder;
use crate::size;

/// It goes with the operation.
const CANCEL_FILE: &str = ".deployment.cancel";

/// One line of the file. The operation's id alone will do, too.
#[derive(Serialize, Deserialize)]
struct Call {
    operation: OperationId,
    by: Actor,
}

impl Folder {
    /// Asks the process that runs an operation to cancel it; gives how many times it was asked by now.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn ask_to_cancel(&self, operation: &OperationId, by: &Actor) -> Result<usize, StoreError> {
        let path = self.path().join(CANCEL_FILE);
        let call = Call { operation: operation.clone(), by: by.clone() };
        let line = serde_json::to_string(&call).unwrap_or_else(|_| operation.to_string());
        let line = format!("{line}\n");
        let writing = || StoreError::io("write", &path);
        self.refuse_symlink()?;
        let mut file = open_file(&path, How::Append)?;
        // One that somebody has filled is begun anew: otherwise nobody would read the call in it.
        let length = file.metadata().map_err(writing())?.len();
        if size::check(&path, length + line.len() as u64).is_err() {
            file.set_len(0).map_err(writing())?;
        }
        file.write_all(line.as_bytes()).map_err(writing())?;
        Ok(self.calls_to_cancel(operation).len())
    }

    /// Who has asked for this operation to be cancelled, call by call, as far as they told.
    pub fn calls_to_cancel(&self, operation: &OperationId) -> Vec<Option<Actor>> {
        let text = read_text(&self.path().join(CANCEL_FILE)).unwrap_or_default();
        let caller = |line: &str| match serde_json::from_str::<Call>(line) {
            Ok(call) => (call.operation == *operation).then_some(Some(call.by)),
            Err(_) => (line == operation.as_str()).then_some(None),
        };
        text.lines().filter_map(caller).collect()
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
