//! The lock of a deployment's folder: who holds it may write. The operating system's lock is the truth, so the
//! death of its holder frees it; what the file says is for people.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skydeck_model::{OperationId, OperationKind};

use crate::atomic::{read_text, timestamp};
use crate::error::StoreError;

/// The lock's file in the deployment's folder. Never deleted: a new file would be a new lock.
pub(crate) const LOCK_FILE: &str = ".deployment.lock";

/// Who asks whether the lock is free holds it for an instant: wait that out before calling it busy.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Who holds a deployment's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What is run.
    pub kind: OperationKind,
    /// The operation.
    pub operation: OperationId,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when.
    pub started_at: DateTime<Utc>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, host, pid, started_at, .. } = self;
        write!(f, "{kind} (process {pid} on {host}, since {})", timestamp(*started_at))
    }
}

/// The held lock. Dropping it frees it.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    /// Takes the lock of a folder, or says who has it.
    pub fn acquire(folder: &Path, holder: &Holder) -> Result<Self, StoreError> {
        let path = folder.join(LOCK_FILE);
        refuse_symlink(&path)?;
        let locking = || StoreError::io("lock", &path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(locking())?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(locking()(error)),
                Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Busy { path: folder.to_owned(), holder: told_by(&path) });
                }
            }
        }
        let mut lock = Self(file);
        lock.tell(&serde_json::to_string(holder).unwrap_or_default())
            .map_err(StoreError::io("write", &path))?;
        Ok(lock)
    }

    fn tell(&mut self, text: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(text.as_bytes())
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Emptied so that watchers of the folder see the end; closing frees the lock.
        if let Err(error) = self.tell("") {
            tracing::warn!(%error, "cannot empty the lock file");
        }
    }
}

/// Whether somebody holds the folder's lock. Never waits and makes no file.
pub(crate) fn is_held(folder: &Path) -> bool {
    let path = folder.join(LOCK_FILE);
    if refuse_symlink(&path).is_err() {
        return false;
    }
    // Shared, so that two who ask do not take each other for a holder.
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Who holds the folder's lock; `None` if it is free, or for the instant in which the holder has not yet told.
pub(crate) fn holder(folder: &Path) -> Option<Holder> {
    is_held(folder).then(|| told_by(&folder.join(LOCK_FILE))).flatten()
}

fn told_by(path: &Path) -> Option<Holder> {
    serde_json::from_str(&read_text(path).ok()?).ok()
}

fn refuse_symlink(path: &Path) -> Result<(), StoreError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            Err(StoreError::refused(path, "it is a symlink; remove it, and a lock file will be made"))
        }
        _ => Ok(()),
    }
}
