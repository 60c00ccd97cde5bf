//! The lock of a deployment's folder: who holds it may write. The operating system's lock is the truth, so the
//! death of its holder frees it; what the file says is for people.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skydeck_files::How;
use skydeck_model::{OperationId, OperationKind};

use crate::atomic::{move_aside, open_file, read_text, stands_at, take_place, timestamp};
use crate::error::StoreError;
use crate::state::State;

/// The lock's file in the deployment's folder. Never deleted: a new file would be a new lock.
pub(crate) const LOCK_FILE: &str = ".deployment.lock";

/// Who asks whether the lock is free holds it for an instant: wait that out before calling it busy.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// What is done behind a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// The manifest's settings are written.
    Settings,
    /// An operation runs, or what a look found is written.
    #[serde(untagged)]
    Operation(OperationKind),
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str("a change of settings"),
            Self::Operation(kind) => kind.fmt(f),
        }
    }
}

/// Who holds a deployment's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What is done.
    #[serde(rename = "kind")]
    pub doing: Doing,
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
        let Self { doing, host, pid, started_at, .. } = self;
        write!(f, "{doing} (process {pid} on {host}, since {})", timestamp(*started_at))
    }
}

/// The held lock. Dropping it frees it.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    path: PathBuf,
    holder: Holder,
}

impl LockFile {
    /// Takes the lock of a folder, or says who has it.
    pub fn acquire(folder: &Path, holder: &Holder) -> Result<Self, StoreError> {
        let path = folder.join(LOCK_FILE);
        let file = locked_file(folder, &path)?;
        let mut lock = Self { file, path, holder: holder.clone() };
        lock.tell()?;
        Ok(lock)
    }

    /// Makes sure that the file that is held is still the one at which others look: somebody may have removed or
    /// replaced it, as `git clean` does. Then the one that is there, or a new one, is taken too. What is no file is moved
    /// away.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where somebody else was faster; the lock is lost then.
    pub fn hold(&mut self) -> Result<(), StoreError> {
        if stands_at(&self.file, &self.path)? {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        self.file =
            take_place(|| match move_aside(&self.path).and_then(|_| locked_file(folder, &self.path)) {
                // Whoever holds it has waited for nobody; nor is it waited for longer here.
                Err(busy @ StoreError::Busy { .. }) => Ok(Err(busy)),
                held => held.map(Ok),
            })??;
        self.tell()
    }

    fn tell(&mut self) -> Result<(), StoreError> {
        let text = serde_json::to_string(&self.holder).unwrap_or_default();
        write(&mut self.file, &text).map_err(StoreError::io("write", &self.path))
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Emptied so that watchers of the folder see the end; closing frees the lock.
        if let Err(error) = write(&mut self.file, "") {
            tracing::warn!(%error, "cannot empty the lock file");
        }
    }
}

fn write(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Opens the lock's file and takes its lock. What counts is looked at once it is held: whoever replaces the file between
/// two steps leaves a lock that nobody else looks at, and then all begins anew.
fn locked_file(folder: &Path, path: &Path) -> Result<File, StoreError> {
    for _ in 0..TRIES {
        let file = open_file(path, How::Write).map_err(advised)?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", path)(error)),
                Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Busy { path: folder.to_owned(), holder: told_by(folder) });
                }
            }
        }
        if stands_at(&file, path)? {
            return Ok(file);
        }
    }
    let reason = "another program replaces it again and again; end that one and try again";
    Err(StoreError::refused(path, reason))
}

/// Whether somebody holds the folder's lock. Never waits and makes no file.
pub(crate) fn is_held(folder: &Path) -> bool {
    // Shared, so that two who ask do not take each other for a holder.
    open_file(&folder.join(LOCK_FILE), How::Read)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Who holds the folder's lock; `None` if it is free, or for the instant in which the holder has not yet told.
pub(crate) fn holder(folder: &Path) -> Option<Holder> {
    is_held(folder).then(|| told_by(folder)).flatten()
}

/// Who holds it, by the lock file, else by the state file, since anybody can write into either.
fn told_by(folder: &Path) -> Option<Holder> {
    let told = read_text(&folder.join(LOCK_FILE)).ok().and_then(|text| serde_json::from_str(&text).ok());
    told.or_else(|| {
        let current = State::read(folder).ok()?.current_operation?;
        Some(Holder {
            doing: Doing::Operation(current.kind),
            operation: current.id,
            host: current.host,
            pid: current.pid,
            started_at: current.started_at.parse().ok()?,
        })
    })
}

/// With what to do about a file that cannot be the lock: there is nothing in it that anybody needs.
fn advised(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused { path, reason } => {
            let what = reason.split([',', ';']).next().unwrap_or_default();
            StoreError::Refused { reason: format!("{what}; remove it, and a lock file will be made"), path }
        }
        other => other,
    }
}
