//! Files read within limits and written whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::iter;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use skydeck_files::{How, UNFINISHED, identity};

use crate::error::StoreError;
use crate::size;

/// How many copies of what others wrote are kept of one file and second.
const MOST_COPIES: usize = 100;

/// How often a file's place is taken from others who put something there at the same time.
const PLACE_TRIES: u32 = 5;

/// A time as the files have it: UTC, RFC 3339, microseconds, `Z`.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Replaces a file's content: after a crash or a power cut at any moment the file is whole, old or new. An
/// existing file keeps its mode; a new one is its owner's alone. Its folder may be reached over links.
///
/// # Errors
/// [`StoreError::Refused`] where the path is a symlink or no file; [`StoreError::TooLarge`]; [`StoreError::Io`] else. The
/// old content then still stands.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let real = path.parent().and_then(|folder| folder.canonicalize().ok());
    let real = real.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    Unfinished::write(real.as_deref().unwrap_or(path), bytes)?.put()
}

/// A file's new content, on the disk beside its place. Dropping it removes it.
pub(crate) struct Unfinished<'p> {
    file: skydeck_files::Unfinished,
    path: &'p Path,
    name: &'p OsStr,
}

impl<'p> Unfinished<'p> {
    /// Writes what is to stand at the path. Whatever is written whole is written here, so that nothing is that could not be
    /// read again.
    pub fn write(path: &'p Path, bytes: impl Read) -> Result<Self, StoreError> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(StoreError::refused(path, "it has no folder to stand in"));
        };
        let existing = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => Some(metadata.permissions()),
            Ok(metadata) => return Err(not_a_file(path, &metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::io("look at", path)(error)),
        };
        let mut file = skydeck_files::Folder::open(folder)
            .and_then(skydeck_files::Unfinished::new)
            .map_err(StoreError::io("make a temporary file in", folder))?;
        let most = size::most(path);
        let length =
            io::copy(&mut bytes.take(most + 1), &mut file.file).map_err(StoreError::io("write", path))?;
        size::check(path, length)?;
        if let Some(permissions) = existing {
            file.file.set_permissions(permissions).map_err(StoreError::io("set the mode of", path))?;
        }
        file.file.sync_all().map_err(StoreError::io("write", path))?;
        Ok(Self { file, path, name })
    }

    /// Puts it at its place.
    pub fn put(mut self) -> Result<(), StoreError> {
        self.file.put(self.name).map_err(StoreError::io("replace", self.path))
    }
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
    let mut from = skydeck_files::open(from, How::Read)?;
    let mut to = skydeck_files::open(to, How::New)?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()
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

/// A text file, never through a symlink.
pub(crate) fn read_text(path: &Path) -> Result<String, StoreError> {
    String::from_utf8(read_bytes(path)?).map_err(|_| StoreError::unreadable(path, "it is not UTF-8 text"))
}

/// A file that is not larger than it may be, never through a symlink.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, StoreError> {
    let (file, most) = (open_file(path, How::Read)?, size::most(path));
    skydeck_files::read_all(&file, most).map_err(|error| match (error.kind(), file.metadata()) {
        (io::ErrorKind::FileTooLarge, Ok(metadata)) => {
            let length = metadata.len();
            let reason = format!("it has {length} bytes, and is larger than {} MiB", most >> 20);
            StoreError::unreadable(path, reason)
        }
        _ => StoreError::io("read", path)(error),
    })
}

/// Opens a file: neither it nor its folder is a link, and what is no file is not waited for.
pub(crate) fn open_file(path: &Path, how: How) -> Result<File, StoreError> {
    skydeck_files::open(path, how).map_err(|error| match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => not_a_file(path, &metadata),
        _ if error.kind() == io::ErrorKind::InvalidInput => StoreError::refused(path, error.to_string()),
        _ => StoreError::io(if how == How::Read { "read" } else { "open" }, path)(error),
    })
}

pub(crate) fn not_a_file(path: &Path, metadata: &fs::Metadata) -> StoreError {
    let reason = if metadata.is_symlink() {
        "it is a symlink, and symlinks are not followed; put the file itself there"
    } else {
        "it is not a file; move it away and put the file there"
    };
    StoreError::refused(path, reason)
}
