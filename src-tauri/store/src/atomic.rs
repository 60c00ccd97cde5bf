//! Files read within limits and written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use tempfile::{Builder, NamedTempFile};

use crate::error::StoreError;

/// No file of ours is larger (bytes).
pub(crate) const MAX_SIZE: u64 = 1024 * 1024;

/// How the names of unfinished files begin; what a dead process left of them is swept by [`sweep`].
const UNFINISHED: &str = ".skydeck-unfinished-";

/// How long Windows gets to let go of a file that a virus scanner has open.
const WINDOWS_TRIES: u32 = 40;
const WINDOWS_PAUSE: Duration = Duration::from_millis(50);

/// A time as the files have it: UTC, RFC 3339, microseconds, `Z`.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Replaces a file's content: after a crash or a power cut at any moment the file is whole, old or new. An
/// existing file keeps its mode.
///
/// # Errors
/// [`StoreError::Refused`] where the path is a symlink or no file; [`StoreError::Io`] else. The old content
/// then still stands.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().ok_or_else(|| StoreError::refused(path, "it has no folder to stand in"))?;
    let existing = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata.permissions()),
        Ok(metadata) => return Err(not_a_file(path, &metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::io("look at", path)(error)),
    };
    let mut file = new_files()
        .prefix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(StoreError::io("make a temporary file in", folder))?;
    file.write_all(bytes).map_err(StoreError::io("write", path))?;
    if let Some(permissions) = existing {
        file.as_file().set_permissions(permissions).map_err(StoreError::io("set the mode of", path))?;
    }
    file.as_file().sync_all().map_err(StoreError::io("write", path))?;
    persist(file, path).map_err(StoreError::io("replace", path))?;
    sync_folder(folder)
}

fn persist(mut file: NamedTempFile, path: &Path) -> io::Result<()> {
    const SHARING_FAULTS: [i32; 2] = [5, 32];
    for _ in 0..WINDOWS_TRIES {
        match file.persist(path) {
            Ok(_) => return Ok(()),
            Err(fault)
                if cfg!(windows)
                    && fault.error.raw_os_error().is_some_and(|code| SHARING_FAULTS.contains(&code)) =>
            {
                file = fault.file;
                std::thread::sleep(WINDOWS_PAUSE);
            }
            Err(fault) => return Err(fault.error),
        }
    }
    file.persist(path).map(drop).map_err(|fault| fault.error)
}

/// A builder whose files get the mode that other programs' new files get, instead of tempfile's private one.
fn new_files() -> Builder<'static, 'static> {
    #[allow(unused_mut)] // Only Unix has modes.
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

/// Makes a rename or a new file in the folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    // Windows has no such call for folders.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io("sync", folder))?;
    }
    Ok(())
}

/// Removes what writers that died left unfinished. Only for the holder of the folder's lock.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove an unfinished file");
        }
    }
}

/// A text file of at most 1 MiB, never through a symlink.
pub(crate) fn read_text(path: &Path) -> Result<String, StoreError> {
    let reading = || StoreError::io("read", path);
    let metadata = fs::symlink_metadata(path).map_err(reading())?;
    if !metadata.is_file() {
        return Err(not_a_file(path, &metadata));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(reading())?;
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(reading())?;
    if bytes.len() as u64 > MAX_SIZE {
        let reason = format!("it has {} bytes, and is larger than 1 MiB", metadata.len());
        return Err(StoreError::unreadable(path, reason));
    }
    String::from_utf8(bytes).map_err(|_| StoreError::unreadable(path, "it is not UTF-8 text"))
}

fn not_a_file(path: &Path, metadata: &fs::Metadata) -> StoreError {
    let reason = if metadata.is_symlink() {
        "it is a symlink, and symlinks are not followed; put the file itself there"
    } else {
        "it is not a file; move it away and put the file there"
    };
    StoreError::refused(path, reason)
}
