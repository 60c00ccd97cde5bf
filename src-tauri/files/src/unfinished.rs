//! Files that are written whole or not at all.

use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::time::Duration;

use crate::{Folder, How, one};

/// How the names of unfinished files begin.
pub const UNFINISHED: &str = ".skydeck-unfinished-";

/// How often another name is tried where one is taken.
const TRIES: u32 = 20;

/// How long Windows gets to let go of a file that a virus scanner has open.
const WINDOWS_TRIES: u32 = 40;
const WINDOWS_PAUSE: Duration = Duration::from_millis(50);

/// A file's new content, on the disk beside its place. Dropping it removes it.
#[derive(Debug)]
pub struct Unfinished {
    folder: Folder,
    name: String,
    /// What is written to.
    pub file: File,
    is_put: bool,
}

impl Unfinished {
    /// An empty one in a folder.
    ///
    /// # Errors
    /// The system's.
    pub fn new(folder: Folder) -> io::Result<Self> {
        let random = RandomState::new();
        let mut attempt = 0;
        loop {
            let name = format!("{UNFINISHED}{:016x}", random.hash_one(attempt));
            match folder.file(&name, How::New) {
                Ok(file) => return Ok(Self { folder, name, file, is_put: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < TRIES => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts it at its place, over whatever stands there, and gives the folder back. What was written to it is on the disk
    /// then.
    ///
    /// # Errors
    /// The system's: what stood there still stands.
    pub fn put(&mut self, name: impl AsRef<OsStr>) -> io::Result<()> {
        self.file.sync_all()?;
        let place = one(name.as_ref())?;
        let rename = || self.folder.dir.rename(&self.name, &self.folder.dir, place);
        let mut renamed = rename();
        for _ in 0..WINDOWS_TRIES {
            match &renamed {
                Err(fault) if is_held_open(fault) => std::thread::sleep(WINDOWS_PAUSE),
                _ => break,
            }
            renamed = rename();
        }
        renamed?;
        self.is_put = true;
        self.folder.sync()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_put {
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl Folder {
    /// Replaces a file in it whole; makes it where there is none. One that is there keeps its mode.
    ///
    /// # Errors
    /// What is there is no plain file; the system's.
    pub fn replace(&self, name: impl AsRef<OsStr>, content: &[u8]) -> io::Result<()> {
        let mode = match self.file(name.as_ref(), How::Read) {
            Ok(there) => Some(there.metadata()?.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut unfinished = Unfinished::new(self.again()?)?;
        unfinished.file.write_all(content)?;
        if let Some(mode) = mode {
            unfinished.file.set_permissions(mode)?;
        }
        unfinished.put(name)
    }

    /// The same folder, held open once more.
    fn again(&self) -> io::Result<Self> {
        Ok(Self { dir: self.dir.try_clone()? })
    }
}

/// Whether Windows refuses since another program has the file open.
fn is_held_open(fault: &io::Error) -> bool {
    const SHARING_FAULTS: [i32; 2] = [5, 32];
    cfg!(windows) && fault.raw_os_error().is_some_and(|code| SHARING_FAULTS.contains(&code))
}
