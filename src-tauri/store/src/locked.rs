//! Writing to a deployment's folder.

use chrono::{DateTime, Utc};
use skydeck_model::validate::MANIFEST_FILE;
use skydeck_model::{DeploymentStatus, EnvironmentName, OperationId};

use crate::atomic::{sweep, write_atomically};
use crate::error::StoreError;
use crate::folder::Folder;
use crate::lock::{Holder, LockFile};
use crate::log::LogWriter;
use crate::manifest::{self, EnvironmentEntry};
use crate::metadata::{self, METADATA_FILE};
use crate::state::{self, CurrentOperation, STATE_FILE, StackEntry};

/// A folder whose lock is held: the only way to write to it. Dropping it frees the lock.
///
/// Every writer reads the file anew, so that what a person or another program changed meanwhile stays, and
/// refuses a file that is missing or corrupt without touching it.
#[derive(Debug)]
pub struct Locked {
    folder: Folder,
    _lock: LockFile,
}

impl Locked {
    pub(crate) fn acquire(folder: Folder, holder: &Holder) -> Result<Self, StoreError> {
        let lock = LockFile::acquire(folder.path(), holder)?;
        sweep(folder.path());
        Ok(Self { folder, _lock: lock })
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Writes the deployment-level status into both files.
    ///
    /// # Errors
    /// Where a file is missing, corrupt or cannot be written; if either file is not fit to be written, both stay
    /// as they are.
    pub fn set_deployment_status(
        &mut self,
        status: DeploymentStatus,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let path = self.folder.path();
        let metadata = metadata::with_status(path, status, at)?;
        let state = state::with_status(path, status, at)?;
        self.write(METADATA_FILE, &metadata)?;
        self.write(STATE_FILE, &state)
    }

    /// Writes which operation runs; `None`: none does.
    ///
    /// # Errors
    /// Where the state file is missing, corrupt or cannot be written.
    pub fn set_current_operation(
        &mut self,
        operation: Option<&CurrentOperation>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let text = state::with_operation(self.folder.path(), operation, at)?;
        self.write(STATE_FILE, &text)
    }

    /// Writes a stack's entry: the one that has its stack and environment, whatever its key, else a new one.
    ///
    /// # Errors
    /// Where the state file is missing, corrupt or cannot be written.
    pub fn set_stack(&mut self, entry: &StackEntry, at: DateTime<Utc>) -> Result<(), StoreError> {
        let text = state::with_stack(self.folder.path(), entry, at)?;
        self.write(STATE_FILE, &text)
    }

    /// Writes into the manifest how an environment is reached; everything else in it stays as it stands.
    ///
    /// # Errors
    /// A manifest without that environment, or one that would be wrong then: nothing is written.
    pub fn set_environment(
        &mut self,
        name: &EnvironmentName,
        entry: &EnvironmentEntry<'_>,
    ) -> Result<(), StoreError> {
        let text = manifest::with_environment(self.folder.path(), name, entry)?;
        self.folder.manifest_of(text.clone())?;
        self.write(MANIFEST_FILE, &text)
    }

    /// Opens an operation's log for appending.
    ///
    /// # Errors
    /// Where it cannot be made or opened.
    pub fn log_writer(&self, operation: &OperationId) -> Result<LogWriter, StoreError> {
        LogWriter::open(self.folder.path(), operation)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), StoreError> {
        write_atomically(&self.folder.path().join(file), text.as_bytes())
    }
}
