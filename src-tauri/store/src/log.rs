//! An operation's log: one event per line, appended as it happens.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use skydeck_model::{Event, EventKind, OperationId};

use crate::atomic::sync_folder;
use crate::error::StoreError;

const FOLDER: &str = "logs";
const EXTENSION: &str = "jsonl";

/// The operations that have a log, newest first. Their ids begin with the time.
pub(crate) fn operations(deployment: &Path) -> Result<Vec<OperationId>, StoreError> {
    let folder = logs_of(deployment)?;
    let reading = || StoreError::io("read", &folder);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(reading()(error)),
    };
    let mut operations = Vec::new();
    for entry in entries {
        let entry = entry.map_err(reading())?;
        let name = PathBuf::from(entry.file_name());
        let is_log = name.extension().is_some_and(|extension| extension == EXTENSION)
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        if let Some(id) = name.file_stem().and_then(|stem| stem.to_str()?.parse().ok())
            && is_log
        {
            operations.push(id);
        }
    }
    operations.sort_by(|a: &OperationId, b| b.cmp(a));
    Ok(operations)
}

/// The events of an operation from `from_seq` on. A last line that is not finished is passed by.
pub(crate) fn read(
    deployment: &Path,
    operation: &OperationId,
    from_seq: u32,
) -> Result<Vec<Event>, StoreError> {
    let (path, bytes) = read_bytes(deployment, operation)?;
    let mut events = Vec::new();
    for (line, number) in lines(&bytes).zip(1..) {
        let event = event(line, number, &path)?;
        if event.seq >= from_seq {
            events.push(event);
        }
    }
    Ok(events)
}

/// The first and the last event of an operation, which tell what it was and how it ended, without reading all
/// between.
pub(crate) fn ends(deployment: &Path, operation: &OperationId) -> Result<Vec<Event>, StoreError> {
    let (path, bytes) = read_bytes(deployment, operation)?;
    let first = lines(&bytes).next();
    let last = lines(&bytes).next_back().filter(|last| Some(*last) != first);
    first
        .into_iter()
        .chain(last)
        .zip([1, lines(&bytes).count()])
        .map(|(line, at)| event(line, at, &path))
        .collect()
}

fn read_bytes(deployment: &Path, operation: &OperationId) -> Result<(PathBuf, Vec<u8>), StoreError> {
    let path = path_of(deployment, operation)?;
    let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
    Ok((path, bytes))
}

fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    finished(bytes).split_inclusive(|b| *b == b'\n')
}

fn event(line: &[u8], number: usize, path: &Path) -> Result<Event, StoreError> {
    serde_json::from_slice(line).map_err(|error| {
        StoreError::unreadable(path, format!("line {number} is no event of an operation: {error}"))
    })
}

/// The bytes up to the end of the last finished line.
fn finished(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    &bytes[..end]
}

/// Appends to an operation's log. Only the holder of the lock gets one.
#[derive(Debug)]
pub struct LogWriter {
    file: File,
    path: PathBuf,
    /// Where the last whole line ends.
    end: u64,
}

impl LogWriter {
    /// Opens the log, makes it where there is none, and cuts off a line that a dead process left unfinished.
    pub(crate) fn open(deployment: &Path, operation: &OperationId) -> Result<Self, StoreError> {
        let path = path_of(deployment, operation)?;
        let folder = logs_of(deployment)?;
        fs::create_dir_all(&folder).map_err(StoreError::io("make", &folder))?;
        let opening = || StoreError::io("open", &path);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(opening())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(opening())?;
        let mut writer = Self { file, path, end: finished(&bytes).len() as u64 };
        writer.cut_off().map_err(StoreError::io("write", &writer.path))?;
        sync_folder(&folder)?;
        sync_folder(deployment)?;
        Ok(writer)
    }

    /// Appends one event as one line. Starts and ends of the operation and of its stacks are on the disk when
    /// this returns; the others at the next of those.
    ///
    /// # Errors
    /// Where the disk fails; the event is then not in the log.
    pub fn append(&mut self, event: &Event) -> Result<(), StoreError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// As [`Self::append`], for several events, in one go.
    ///
    /// # Errors
    /// Where the disk fails; none of the events is then in the log.
    pub fn append_all(&mut self, events: &[Event]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let writing = || StoreError::io("write", &path);
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event).map_err(|error| writing()(error.into()))?;
            lines.push(b'\n');
        }
        if let Err(error) = self.file.write_all(&lines) {
            // Where this fails too, readers pass by the unfinished line.
            let _ = self.cut_off();
            return Err(writing()(error));
        }
        self.end += lines.len() as u64;
        let is_milestone = |event: &Event| {
            matches!(
                event.kind,
                EventKind::OperationStarted(_)
                    | EventKind::StackStarted { .. }
                    | EventKind::StackEnded(_)
                    | EventKind::OperationEnded { .. }
            )
        };
        if events.iter().any(is_milestone) {
            self.file.sync_data().map_err(writing())?;
        }
        Ok(())
    }

    /// Cuts off what stands after the last whole line.
    fn cut_off(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }
}

fn logs_of(deployment: &Path) -> Result<PathBuf, StoreError> {
    refuse_symlink(deployment.join(FOLDER))
}

fn path_of(deployment: &Path, operation: &OperationId) -> Result<PathBuf, StoreError> {
    refuse_symlink(logs_of(deployment)?.join(format!("{operation}.{EXTENSION}")))
}

fn refuse_symlink(path: PathBuf) -> Result<PathBuf, StoreError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            Err(StoreError::refused(&path, "it is a symlink, and symlinks are not followed; remove it"))
        }
        _ => Ok(path),
    }
}
