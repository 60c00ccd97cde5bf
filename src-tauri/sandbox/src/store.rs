//! Stacks on disk: `<dir>/<account>/<region>/<stack-name>--<uuid>.json`, one file each, deleted stacks too.
//!
//! Several processes may share a folder. Writers hold the lock of `<dir>/.lock` and replace files
//! whole; readers take no lock and never see half a file. Every writer leaves the folder with a time that
//! it never had before, so as long as that stays, what was read of the folder holds.
//!
//! Others may write there, too: links are followed nowhere, and a file that cannot be used breaks its own stack alone.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use skydeck_files::{How, fits, read_all};

use crate::error::{Error, Result};
use crate::record::{Place, StackName, StackRecord};

pub(crate) struct Store {
    dir: PathBuf,
    /// Parsed files by path; one is read again when its time or its length has changed.
    cache: Mutex<HashMap<PathBuf, Cached>>,
    /// What was found in a folder when it was last read.
    folders: Mutex<HashMap<PathBuf, Folder>>,
}

/// All stacks of an account and region, deleted ones too, in the order of their names.
pub(crate) type Stacks = Arc<Found>;

/// What was found in a folder: the stacks that can be used, as a slice, and the files that cannot.
#[derive(Clone, Default)]
pub(crate) struct Found {
    stacks: Vec<Arc<StackRecord>>,
    broken: Vec<Broken>,
}

/// A file that cannot be used.
#[derive(Clone)]
struct Broken {
    /// The name of its stack, which the file's name tells.
    stack: String,
    path: PathBuf,
    reason: String,
}

impl Deref for Found {
    type Target = [Arc<StackRecord>];

    fn deref(&self) -> &Self::Target {
        &self.stacks
    }
}

impl Found {
    /// That no file of a stack of that name is broken: otherwise nobody knows whether there is one.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        match self.broken.iter().find(|broken| broken.stack == name) {
            None => Ok(()),
            Some(broken) => Err(storage(&broken.path, io::Error::other(broken.reason.clone()))),
        }
    }
}

struct Folder {
    /// The folder's time, read before its content.
    changed: SystemTime,
    stacks: Stacks,
}

struct Cached {
    stamp: Stamp,
    record: Arc<StackRecord>,
}

type Stamp = (Option<SystemTime>, u64);

/// No file that is read is larger (bytes), nor written.
const MAX_SIZE: u64 = 256 << 20;

const LOCK_FILE: &str = ".lock";

/// How often the lock is taken anew because somebody put another file in its place.
const TRIES: u32 = 10;

/// The right to write. Freed on drop, and by the system if the process dies.
pub(crate) struct Lock {
    _file: File,
}

impl Store {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, cache: Mutex::default(), folders: Mutex::default() }
    }

    /// Where everything is kept.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Waits until no other program writes.
    pub(crate) fn lock(&self) -> Result<Lock> {
        let lock = || {
            for _ in 0..TRIES {
                let folder = skydeck_files::Folder::make(&self.dir)?;
                let file = folder.file(LOCK_FILE, How::Append)?;
                file.lock()?;
                // One that was replaced meanwhile is a lock that nobody else looks at.
                if skydeck_files::Folder::open(&self.dir)?.holds(LOCK_FILE, &file)? {
                    return Ok(Lock { _file: file });
                }
            }
            Err(io::Error::other("another program replaces it again and again"))
        };
        lock().map_err(|source| storage(&self.dir.join(LOCK_FILE), source))
    }

    /// All stacks of an account and region.
    pub(crate) fn all(&self, place: &Place) -> Result<Stacks> {
        let path = self.folder(place);
        let opened = self.opened(place).and_then(|folder| Ok((folder.modified()?, folder)));
        let (changed, folder) = match opened {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Stacks::default()),
            opened => opened.map_err(|source| storage(&path, source))?,
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(&path).filter(|known| known.changed == changed) {
            return Ok(Arc::clone(&known.stacks));
        }
        let stacks = Arc::new(self.read_folder(place, &folder)?);
        // A broken file may be mended without a trace on the folder.
        if stacks.broken.is_empty() {
            folders.insert(path, Folder { changed, stacks: Arc::clone(&stacks) });
        }
        Ok(stacks)
    }

    /// How many stacks there are at most, deleted ones too, without reading them.
    pub(crate) fn most(&self, place: &Place) -> usize {
        self.opened(place).and_then(|folder| folder.names()).map_or(0, |names| names.len())
    }

    /// The stack with this name and UUID.
    pub(crate) fn exact(&self, id: &StackName) -> Result<Option<Arc<StackRecord>>> {
        match self.opened(&id.place) {
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(storage(&self.folder(&id.place), source)),
            Ok(folder) => self.read(&folder, id).map_err(|source| storage(&self.path(id), source)),
        }
    }

    fn read_folder(&self, place: &Place, folder: &skydeck_files::Folder) -> Result<Found> {
        let mut names = folder.names().map_err(|source| storage(&self.folder(place), source))?;
        names.sort();
        let mut found = Found::default();
        for name in names {
            // Not what a writer is just writing.
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json")) else { continue };
            let (stack, uuid) = name.rsplit_once("--").unwrap_or((name, ""));
            let id = StackName { place: place.clone(), name: stack.to_owned(), uuid: uuid.to_owned() };
            match self.read(folder, &id) {
                Ok(record) => found.stacks.extend(record),
                Err(source) if is_of_the_machine(&source) => return Err(storage(&self.path(&id), source)),
                Err(source) => {
                    let broken = Broken { path: self.path(&id), stack: id.name, reason: source.to_string() };
                    tracing::warn!(path = %broken.path.display(), broken.reason, "a stack of the sandbox cannot be used");
                    found.broken.push(broken);
                }
            }
        }
        Ok(found)
    }

    fn read(&self, folder: &skydeck_files::Folder, id: &StackName) -> io::Result<Option<Arc<StackRecord>>> {
        let file = match folder.file(file_name(id), How::Read) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let (path, stamp) = (self.path(id), stamp(&file.metadata()?));
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cache.get(&path).filter(|cached| cached.stamp == stamp) {
            return Ok(Some(Arc::clone(&cached.record)));
        }
        let record: StackRecord = serde_json::from_slice(&read_all(&file, MAX_SIZE)?)?;
        // What is written back goes to where the record says that it is.
        if record.id != *id {
            return Err(io::Error::new(ErrorKind::InvalidData, "it tells of another stack than its name"));
        }
        let record = Arc::new(record);
        cache.insert(path, Cached { stamp, record: Arc::clone(&record) });
        Ok(Some(record))
    }

    /// The folder of an account and region.
    fn opened(&self, place: &Place) -> io::Result<skydeck_files::Folder> {
        skydeck_files::Folder::open(&self.dir)?.folder(&place.account)?.folder(&place.region)
    }

    /// Replaces the stack's file. `_lock` is the caller's right to.
    pub(crate) fn write(&self, _lock: &Lock, record: StackRecord) -> Result<()> {
        let (path, place) = (self.path(&record.id), record.id.place.clone());
        let record = Arc::new(record);
        let write = || {
            let folder = skydeck_files::Folder::make(&self.dir)?;
            let folder = folder.make_folder(&place.account)?.make_folder(&place.region)?;
            let content = serde_json::to_vec(&*record)?;
            fits(content.len() as u64, MAX_SIZE)?;
            let before = folder.modified().ok();
            folder.replace(file_name(&record.id), &content)?;
            let after = mark(&folder, before)?;
            self.remember(&self.folder(&place), before, after, &record);
            folder.file(file_name(&record.id), How::Read)?.metadata()
        };
        let metadata = write().map_err(|source| storage(&path, source))?;
        let cached = Cached { stamp: stamp(&metadata), record };
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(path, cached);
        Ok(())
    }

    /// Takes a write of our own into what is known of its folder, if that was true until then.
    fn remember(
        &self,
        folder: &Path,
        before: Option<SystemTime>,
        after: SystemTime,
        record: &Arc<StackRecord>,
    ) {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = folders.get_mut(folder).filter(|known| Some(known.changed) == before) else {
            return;
        };
        let key = |record: &Arc<StackRecord>| self.path(&record.id);
        let stacks = &mut Arc::make_mut(&mut known.stacks).stacks;
        match stacks.binary_search_by_key(&key(record), key) {
            Ok(place) => stacks[place] = Arc::clone(record),
            Err(place) => stacks.insert(place, Arc::clone(record)),
        }
        known.changed = after;
    }

    fn folder(&self, place: &Place) -> PathBuf {
        self.dir.join(&place.account).join(&place.region)
    }

    fn path(&self, id: &StackName) -> PathBuf {
        self.folder(&id.place).join(file_name(id))
    }
}

fn file_name(id: &StackName) -> String {
    format!("{}--{}.json", id.name, id.uuid)
}

/// Whether it says nothing of the file: there is no memory, or no more files may be open.
fn is_of_the_machine(error: &io::Error) -> bool {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(error.raw_os_error(), Some(ENOMEM | ENFILE | EMFILE))
}

/// Gives the folder a time that it never had: the system's own moves in ticks, in which several writes may fall.
fn mark(folder: &skydeck_files::Folder, before: Option<SystemTime>) -> io::Result<SystemTime> {
    let next = before.map_or(SystemTime::UNIX_EPOCH, |before| before + Duration::from_micros(1));
    folder.set_modified(next.max(SystemTime::now()))?;
    folder.modified()
}

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.modified().ok(), metadata.len())
}

pub(crate) fn storage(path: &Path, source: io::Error) -> Error {
    Error::Storage { path: path.to_owned(), source }
}
