//! Files read within limits and written whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use tempfile::{Builder, NamedTempFile};

use crate::error::StoreError;

/// No file that is read whole is larger (bytes), but for logs. CloudFormation takes no larger template, and a status file
/// with 500 stacks has a quarter of it.
pub(crate) const MAX_SIZE: u64 = 1024 * 1024;

/// How the names of unfinished files begin; what a dead process left of them is swept by [`sweep`].
const UNFINISHED: &str = ".skydeck-unfinished-";

/// How many copies of what others wrote are kept of one file and second.
const MOST_COPIES: usize = 100;

/// How often a file's place is taken from others who put something there at the same time.
const PLACE_TRIES: u32 = 5;

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
    Unfinished::write(path, bytes)?.put()
}

/// A file's new content, on the disk beside its place. Dropping it removes it.
pub(crate) struct Unfinished<'p> {
    file: NamedTempFile,
    path: &'p Path,
    folder: &'p Path,
}

impl<'p> Unfinished<'p> {
    /// Writes what is to stand at the path.
    pub fn write(path: &'p Path, mut bytes: impl Read) -> Result<Self, StoreError> {
        let folder =
            path.parent().ok_or_else(|| StoreError::refused(path, "it has no folder to stand in"))?;
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
        io::copy(&mut bytes, &mut file).map_err(StoreError::io("write", path))?;
        if let Some(permissions) = existing {
            file.as_file().set_permissions(permissions).map_err(StoreError::io("set the mode of", path))?;
        }
        file.as_file().sync_all().map_err(StoreError::io("write", path))?;
        Ok(Self { file, path, folder })
    }

    /// Puts it at its place.
    pub fn put(self) -> Result<(), StoreError> {
        persist(self.file, self.path).map_err(StoreError::io("replace", self.path))?;
        sync_folder(self.folder)
    }
}

/// What tells one file or folder from another that later stands at the same path.
pub(crate) type Identity = (u64, u64);

#[cfg(unix)]
pub(crate) fn identity(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Here the time at which it was made must do.
#[cfg(not(unix))]
pub(crate) fn identity(metadata: &fs::Metadata) -> Identity {
    let made = metadata.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    made.map_or((0, 0), |made| (made.as_secs(), u64::from(made.subsec_nanos())))
}

/// Whether that very file stands at the path.
pub(crate) fn stands_at(file: &File, path: &Path) -> Result<bool, StoreError> {
    let looking = || StoreError::io("look at", path);
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(identity(&there) == identity(&file.metadata().map_err(looking())?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(looking()(error)),
    }
}

/// Gives a file that somebody else put there a second name beside it, before ours takes its place.
pub(crate) fn keep_beside(path: &Path) -> Result<PathBuf, StoreError> {
    // Not every file system has second names for files.
    beside(path, |beside| fs::hard_link(path, beside).or_else(|_| copy_new(path, beside)))
}

/// Moves away what somebody else put there and is no file; `None` where there is nothing, or a file.
pub(crate) fn move_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => beside(path, |beside| match beside.symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(path, beside),
        })
        .map(Some),
        _ => Ok(None),
    }
}

/// Makes a file stand in its place again. Somebody may put yet another thing there between two of its steps; then it is
/// done again.
///
/// # Errors
/// As the last try's.
pub(crate) fn take_place<T>(mut take: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..PLACE_TRIES {
        if let Ok(taken) = take() {
            return Ok(taken);
        }
    }
    take()
}

/// Tries names for what somebody else has written: `state.theirs-20261124T194501Z.yaml`, by when it was.
fn beside(path: &Path, give: impl Fn(&Path) -> io::Result<()>) -> Result<PathBuf, StoreError> {
    let keeping = || StoreError::io("keep a copy of", path);
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).map_err(keeping())?;
    let written: DateTime<Utc> = modified.into();
    let part = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = (part(path.file_stem()), part(path.extension()));
    let stem = format!("{stem}.theirs-{}", written.format("%Y%m%dT%H%M%SZ"));
    let names = iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}-{number}")));
    for name in names.take(MOST_COPIES) {
        let beside = path.with_file_name(format!("{name}.{extension}"));
        match give(&beside) {
            Ok(()) => return Ok(beside),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(keeping()(error)),
        }
    }
    Err(StoreError::refused(path, format!("there are {MOST_COPIES} copies of it already; remove some")))
}

fn copy_new(from: &Path, to: &Path) -> io::Result<()> {
    // First, so that nothing is left beside what is no file.
    let mut from = File::open(from)?;
    if !from.metadata()?.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut to = File::create_new(to)?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()
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
    let bytes = read_bytes(path, MAX_SIZE)?;
    String::from_utf8(bytes).map_err(|_| StoreError::unreadable(path, "it is not UTF-8 text"))
}

/// A file of at most that many bytes, never through a symlink.
pub(crate) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let reading = || StoreError::io("read", path);
    let mut bytes = Vec::new();
    let mut file = open_file(path)?;
    file.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(reading())?;
    if bytes.len() as u64 > most {
        let length = file.metadata().map_err(reading())?.len();
        let reason = format!("it has {length} bytes, and is larger than {} MiB", most >> 20);
        return Err(StoreError::unreadable(path, reason));
    }
    Ok(bytes)
}

/// A file to be read, never through a symlink.
pub(crate) fn open_file(path: &Path) -> Result<File, StoreError> {
    let reading = || StoreError::io("read", path);
    let metadata = fs::symlink_metadata(path).map_err(reading())?;
    if !metadata.is_file() {
        return Err(not_a_file(path, &metadata));
    }
    File::open(path).map_err(reading())
}

pub(crate) fn not_a_file(path: &Path, metadata: &fs::Metadata) -> StoreError {
    let reason = if metadata.is_symlink() {
        "it is a symlink, and symlinks are not followed; put the file itself there"
    } else {
        "it is not a file; move it away and put the file there"
    };
    StoreError::refused(path, reason)
}
