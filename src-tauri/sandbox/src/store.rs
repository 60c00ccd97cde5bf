//! Stacks on disk: `<dir>/<account>/<region>/<stack-name>--<uuid>.json`, one file each, deleted stacks too.
//!
//! Several processes may share a folder. Writers hold the lock of `<dir>/.lock` and replace files
//! whole; readers take no lock and never see half a file.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::record::{Place, StackName, StackRecord};

pub(crate) struct Store {
    dir: PathBuf,
    /// Parsed files by path; one is read again when its time or its length has changed.
    cache: Mutex<HashMap<PathBuf, Cached>>,
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

const UUID_LENGTH: usize = 36;

impl Store {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, cache: Mutex::default() }
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

    /// All stacks of an account and region, deleted ones too, in the order of their names.
    pub(crate) fn all(&self, place: &Place) -> Result<Vec<Arc<StackRecord>>> {
        self.matching(place, |_| true)
    }

    /// All stacks that have ever had this name.
    pub(crate) fn named(&self, place: &Place, name: &str) -> Result<Vec<Arc<StackRecord>>> {
        self.matching(place, |stack_name| stack_name == name)
    }

    /// The stack with this name and UUID.
    pub(crate) fn exact(&self, id: &StackName) -> Result<Option<Arc<StackRecord>>> {
        self.read(&self.path(id))
    }

    fn matching(&self, place: &Place, wanted: impl Fn(&str) -> bool) -> Result<Vec<Arc<StackRecord>>> {
        let folder = self.folder(place);
        let mut names: Vec<String> = Vec::new();
        match fs::read_dir(&folder) {
            Err(source) if source.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(storage(&folder, source)),
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(|source| storage(&folder, source))?;
                    let file_name = entry.file_name().to_string_lossy().into_owned();
                    if stack_name(&file_name).is_some_and(&wanted) {
                        names.push(file_name);
                    }
                }
            }
        }
        names.sort();
        let mut records = Vec::with_capacity(names.len());
        for name in names {
            records.extend(self.read(&folder.join(name))?);
        }
        Ok(records)
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
        let path = self.path(&record.id);
        let folder = self.folder(&record.id.place);
        let replace = || {
            fs::create_dir_all(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(&serde_json::to_vec(&record)?)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            // Makes the rename itself durable; only Unix lets one open a folder for it.
            #[cfg(unix)]
            File::open(&folder)?.sync_all()?;
            fs::metadata(&path)
        };
        let metadata = replace().map_err(|source| storage(&path, source))?;
        let cached = Cached { stamp: stamp(&metadata), record: Arc::new(record) };
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(path, cached);
        Ok(())
    }

    fn folder(&self, place: &Place) -> PathBuf {
        self.dir.join(&place.account).join(&place.region)
    }

    fn path(&self, id: &StackName) -> PathBuf {
        self.folder(&id.place).join(format!("{}--{}.json", id.name, id.uuid))
    }
}

/// The stack's name in a file's name.
fn stack_name(file_name: &str) -> Option<&str> {
    let stem = file_name.strip_suffix(".json")?;
    let (name, uuid) = stem.split_at_checked(stem.len().checked_sub(UUID_LENGTH)?)?;
    name.strip_suffix("--").filter(|_| uuid.len() == UUID_LENGTH)
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    (metadata.modified().ok(), metadata.len())
}

fn storage(path: &Path, source: std::io::Error) -> Error {
    Error::Storage { path: path.to_owned(), source }
}
