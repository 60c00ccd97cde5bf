//! Stacks on disk: `<dir>/<account>/<region>/<stack-name>--<uuid>.json`, one file each, deleted stacks too.
//!
//! Several processes may share a folder. Writers hold the lock of `<dir>/.lock` and replace files
//! whole; readers take no lock and never see half a file. Every writer leaves the folder with a time that
//! it never had before, so as long as that stays, what was read of the folder holds.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

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
pub(crate) type Stacks = Arc<Vec<Arc<StackRecord>>>;

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
        let path = self.dir.join(".lock");
        let lock = || {
            fs::create_dir_all(&self.dir)?;
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock()?;
            Ok(Lock { _file: file })
        };
        lock().map_err(|source| storage(&path, source))
    }

    /// All stacks of an account and region.
    pub(crate) fn all(&self, place: &Place) -> Result<Stacks> {
        let folder = self.folder(place);
        let changed = match changed(&folder) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Stacks::default()),
            changed => changed.map_err(|source| storage(&folder, source))?,
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(&folder).filter(|known| known.changed == changed) {
            return Ok(Arc::clone(&known.stacks));
        }
        let stacks = Arc::new(self.read_folder(&folder)?);
        folders.insert(folder, Folder { changed, stacks: Arc::clone(&stacks) });
        Ok(stacks)
    }

    /// The stack with this name and UUID.
    pub(crate) fn exact(&self, id: &StackName) -> Result<Option<Arc<StackRecord>>> {
        self.read(&self.path(id))
    }

    fn read_folder(&self, folder: &Path) -> Result<Vec<Arc<StackRecord>>> {
        let entries = fs::read_dir(folder).map_err(|source| storage(folder, source))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| storage(folder, source))?.path();
            // Not what a writer is just writing.
            if path.extension().is_some_and(|end| end == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        let mut stacks = Vec::with_capacity(paths.len());
        for path in paths {
            stacks.extend(self.read(&path)?);
        }
        Ok(stacks)
    }

    fn read(&self, path: &Path) -> Result<Option<Arc<StackRecord>>> {
        let stamp = match fs::metadata(path) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(storage(path, source)),
            Ok(metadata) => stamp(&metadata),
        };
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cache.get(path).filter(|cached| cached.stamp == stamp) {
            return Ok(Some(Arc::clone(&cached.record)));
        }
        let text = fs::read(path).map_err(|source| storage(path, source))?;
        let record: StackRecord =
            serde_json::from_slice(&text).map_err(|problem| storage(path, problem.into()))?;
        let record = Arc::new(record);
        cache.insert(path.to_owned(), Cached { stamp, record: Arc::clone(&record) });
        Ok(Some(record))
    }

    /// Replaces the stack's file. `_lock` is the caller's right to.
    pub(crate) fn write(&self, _lock: &Lock, record: StackRecord) -> Result<()> {
        let (path, folder) = (self.path(&record.id), self.folder(&record.id.place));
        let record = Arc::new(record);
        let write = || {
            let before = changed(&folder).ok();
            replace(&path, &serde_json::to_vec(&*record)?)?;
            let after = mark(&folder, before)?;
            self.remember(&folder, before, after, &record);
            fs::metadata(&path)
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
        let stacks = Arc::make_mut(&mut known.stacks);
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
        self.folder(&id.place).join(format!("{}--{}.json", id.name, id.uuid))
    }
}

/// Replaces a file whole, so that readers and crashes see the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // Makes the rename itself durable; only Unix lets one open a folder for it.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn changed(folder: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(folder)?.modified()
}

/// Gives the folder a time that it never had: the system's own moves in ticks, in which several writes may fall.
fn mark(folder: &Path, before: Option<SystemTime>) -> std::io::Result<SystemTime> {
    let next = before.map_or(SystemTime::UNIX_EPOCH, |before| before + Duration::from_micros(1));
    // As in `replace`: only Unix lets one open a folder.
    #[cfg(unix)]
    File::open(folder)?.set_modified(next.max(SystemTime::now()))?;
    changed(folder)
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    (metadata.modified().ok(), metadata.len())
}

pub(crate) fn storage(path: &Path, source: std::io::Error) -> Error {
    Error::Storage { path: path.to_owned(), source }
}
