//! Files in folders into which others may write: opened without following links, only as plain files, never waited for, and
//! made for their owner alone. A leaf, so that the store, the sandbox and the engine follow one rule.
//!
//! The path to a folder is its reader's own choice and may lead over links; the folder itself may be none, nor anything in it.
//! A folder is held open while it is worked in: what somebody puts in its place meanwhile is not reached.

mod unfinished;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, OpenOptions};

pub use unfinished::{UNFINISHED, Unfinished};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// To be read.
    Read,
    /// To be read and written; it is made where there is none.
    Write,
    /// To be written to at its end; it is made where there is none.
    Append,
    /// To be written; it must not be there yet.
    New,
}

/// A folder that is held open.
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
}

impl Folder {
    /// Opens a folder, which may be no link.
    ///
    /// # Errors
    /// What is there is no folder or a link; the system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let ambient = |path| Dir::open_ambient_dir(path, ambient_authority());
        let dir = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => {
                ambient(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?
                    .open_dir_nofollow(name)?
            }
            // `/` and `..` are no names that somebody could put a link at.
            _ => ambient(path)?,
        };
        Ok(Self { dir })
    }

    /// As [`Self::open`]; makes it, and those above it, where they are not there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn make(path: &Path) -> io::Result<Self> {
        make_all(path)?;
        Self::open(path)
    }

    /// Opens a folder in it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        Ok(Self { dir: self.dir.open_dir_nofollow(one(name.as_ref())?)? })
    }

    /// As [`Self::folder`]; makes it where it is not there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn make_folder(&self, name: &str) -> io::Result<Self> {
        match self.dir.create_dir_with(one(name.as_ref())?, &private_folder()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.folder(name),
        }
    }

    /// Opens a file in it.
    ///
    /// # Errors
    /// What is there is no plain file, or one to be written that has a second name; the system's.
    pub fn file(&self, name: impl AsRef<OsStr>, how: How) -> io::Result<File> {
        let mut options = OpenOptions::new();
        match how {
            How::Read => options.read(true),
            How::Write => options.read(true).write(true).create(true),
            How::Append => options.append(true).create(true),
            How::New => options.read(true).write(true).create_new(true),
        };
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        // What is no file, like a pipe that nobody writes to, would be waited for.
        options.follow(FollowSymlinks::No).nonblock(true);
        let file = self.dir.open_with(one(name.as_ref())?, &options)?.into_std();
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"));
        }
        if how != How::Read && has_second_name(&metadata) {
            let reason = "it has a second name, a hard link, and what is written would change that too";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        Ok(file)
    }

    /// The names of what is in it.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        self.dir.entries()?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    /// Removes a file, or a link itself.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        self.dir.remove_file(one(name.as_ref())?)
    }

    /// Whether that very file stands at a name.
    ///
    /// # Errors
    /// The system's.
    pub fn holds(&self, name: impl AsRef<OsStr>, file: &File) -> io::Result<bool> {
        match self.file(name, How::Read) {
            Ok(there) => Ok(identity(&there.metadata()?) == identity(&file.metadata()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// When something in it was last made, removed or renamed, or what [`Self::set_modified`] said since.
    ///
    /// # Errors
    /// The system's.
    pub fn modified(&self) -> io::Result<SystemTime> {
        self.handle()?.metadata()?.modified()
    }

    /// Gives it a time. Only Unix lets one do that to a folder; elsewhere nothing happens.
    ///
    /// # Errors
    /// The system's.
    pub fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        if cfg!(unix) { self.handle()?.set_modified(time) } else { Ok(()) }
    }

    /// Makes a rename or a new file in it survive a power cut. Windows has no such call.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { self.handle()?.sync_all() } else { Ok(()) }
    }

    /// The folder itself: what holds it open may be good for names only.
    fn handle(&self) -> io::Result<File> {
        self.dir.open(".").map(cap_std::fs::File::into_std)
    }
}

/// Opens a file: neither it nor its folder may be a link.
///
/// # Errors
/// As [`Folder::open`] and [`Folder::file`].
pub fn open(path: &Path, how: How) -> io::Result<File> {
    let (folder, name) = split(path)?;
    Folder::open(&folder)?.file(name, how)
}

/// Replaces a file whole, so that readers and crashes see the old or the new one; makes it where there is none.
///
/// # Errors
/// As [`Folder::open`] and [`Unfinished::put`].
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (folder, name) = split(path)?;
    Folder::open(&folder)?.replace(name, content)
}

/// Makes a folder and those above it, each for its owner alone; those that are there stay as they are.
///
/// # Errors
/// The system's.
pub fn make_all(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// All of a file, if it is not larger than that many bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`]; the system's.
pub fn read_all(mut file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.by_ref().take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    fits(bytes.len() as u64, most)?;
    Ok(bytes)
}

/// That a file of that many bytes is not larger than may be.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`].
pub fn fits(length: u64, most: u64) -> io::Result<()> {
    if length <= most {
        return Ok(());
    }
    let reason = format!("it would have {length} bytes or more, and may have {} MiB", most >> 20);
    Err(io::Error::new(io::ErrorKind::FileTooLarge, reason))
}

/// What tells one file or folder from another that later stands at the same path.
pub type Identity = (u64, u64);

/// See [`Identity`].
#[cfg(unix)]
pub fn identity(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// See [`Identity`]. Here the time at which it was made must do.
#[cfg(not(unix))]
pub fn identity(metadata: &std::fs::Metadata) -> Identity {
    let made = metadata.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    made.map_or((0, 0), |made| (made.as_secs(), u64::from(made.subsec_nanos())))
}

#[cfg(unix)]
fn has_second_name(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

/// Not told without asking the system in another way.
#[cfg(not(unix))]
fn has_second_name(_: &std::fs::Metadata) -> bool {
    false
}

fn private_folder() -> DirBuilder {
    #[allow(unused_mut)] // Only Unix has modes.
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    cap_std::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// A name that is one step down, and nothing else.
fn one(name: &OsStr) -> io::Result<&Path> {
    let path = Path::new(name);
    let mut steps = path.components();
    match (steps.next(), steps.next()) {
        (Some(Component::Normal(step)), None) if step == name => Ok(path),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "its name leads elsewhere")),
    }
}

fn split(path: &Path) -> io::Result<(PathBuf, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if folder.as_os_str().is_empty() => Ok((PathBuf::from("."), name)),
        (Some(folder), Some(name)) => Ok((folder.to_owned(), name)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it has no folder to stand in")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
