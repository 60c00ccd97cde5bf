//! An operation's log: one event per line, appended as it happens.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use skydeck_files::{Folder, How};
use skydeck_model::{Event, EventKind, OperationId};

use crate::atomic::{
    Unfinished, keep_beside, move_aside, open_file, read_bytes, stands_at, sweep, sync_folder, take_place,
};
use crate::error::StoreError;
use crate::size;

pub(crate) const FOLDER: &str = "logs";
const EXTENSION: &str = "jsonl";

/// The operations that have a log, newest first. Their ids begin with the time, to the second; of those of one second the
/// logs tell which began first.
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
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        operations.extend(operation_of(&name).filter(|_| is_file));
    }
    operations.sort_by(|a: &OperationId, b| b.cmp(a));
    let began = |operation: &OperationId| ends(deployment, operation).ok()?.first().map(|event| event.at);
    for together in operations.chunk_by_mut(|a, b| a.second() == b.second()) {
        if together.len() > 1 {
            together.sort_by_cached_key(|operation| Reverse(began(operation)));
        }
    }
    Ok(operations)
}

/// The operation whose log has a file of that name.
pub(crate) fn operation_of(path: &Path) -> Option<OperationId> {
    let is_log = path.extension().is_some_and(|extension| extension == EXTENSION);
    path.file_stem().filter(|_| is_log)?.to_str()?.parse().ok()
}

/// The events of an operation from `from_seq` on. A last line that is not finished is passed by; those before are not
/// looked into, as long as each stands at its number.
pub(crate) fn read(
    deployment: &Path,
    operation: &OperationId,
    from_seq: u32,
) -> Result<Vec<Event>, StoreError> {
    let (path, bytes) = read_log(deployment, operation)?;
    let before = usize::try_from(from_seq).unwrap_or(usize::MAX).saturating_sub(1);
    let mut events = events_after(&bytes, before, &path)?;
    // The one before is there to tell whether the numbers are right.
    if events.first().map(|event| event.seq) != Some(from_seq.saturating_sub(1)) {
        events = events_after(&bytes, 0, &path)?;
    }
    events.retain(|event| event.seq >= from_seq);
    Ok(events)
}

/// The events behind so many lines.
fn events_after(bytes: &[u8], before: usize, path: &Path) -> Result<Vec<Event>, StoreError> {
    lines(bytes).zip(1..).skip(before).map(|(line, number)| event(line, number, path)).collect()
}

/// The first and the last event of an operation, which tell what it was and how it ended, without reading all
/// between.
pub(crate) fn ends(deployment: &Path, operation: &OperationId) -> Result<Vec<Event>, StoreError> {
    let path = path_of(deployment, operation)?;
    if let Some(ends) = far_ends(&path)? {
        return Ok(ends);
    }
    let bytes = read_bytes(&path)?;
    let first = lines(&bytes).next();
    let last = lines(&bytes).next_back().filter(|last| Some(*last) != first);
    first
        .into_iter()
        .chain(last)
        .zip([1, lines(&bytes).count()])
        .map(|(line, at)| event(line, at, &path))
        .collect()
}

/// How much of a log's beginning and end is looked at for its first and last line.
const END: u64 = 256 * 1024;

/// The first and the last event of a log that has more between than two such ends. `None` where it has not, where a line
/// does not fit, or is no event: reading all of it tells more.
fn far_ends(path: &Path) -> Result<Option<Vec<Event>>, StoreError> {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let reading = || StoreError::io("read", path);
    let mut file = open_file(path, How::Read)?;
    let length = file.metadata().map_err(reading())?.len();
    if length <= 2 * END || length > size::most(path) {
        return Ok(None);
    }
    Read::by_ref(&mut file).take(END).read_to_end(&mut head).map_err(reading())?;
    file.seek(SeekFrom::Start(length - END)).map_err(reading())?;
    file.take(END).read_to_end(&mut tail).map_err(reading())?;
    // The first piece of the tail is the end of a line.
    let last = lines(&tail).skip(1).last();
    let both = lines(&head).next().into_iter().chain(last);
    let events: Vec<Event> = both.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    Ok((events.len() == 2).then_some(events))
}

/// Where the operation and its stacks began and ended: what an operation tells of times, without reading what each resource
/// did. A line that is no event is passed by.
pub(crate) fn milestones(deployment: &Path, operation: &OperationId) -> Result<Vec<Event>, StoreError> {
    // As `LogWriter` writes it: what an event is stands right after its number and its time.
    const HEAD: usize = 200;
    const KINDS: [&str; 2] = ["\"event\":\"operation_", "\"event\":\"stack_"];
    let is_milestone = |line: &&[u8]| {
        let head = &line[..line.len().min(HEAD)];
        KINDS.iter().any(|kind| head.windows(kind.len()).any(|part| part == kind.as_bytes()))
    };
    let (_, bytes) = read_log(deployment, operation)?;
    Ok(lines(&bytes).filter(is_milestone).filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

fn read_log(deployment: &Path, operation: &OperationId) -> Result<(PathBuf, Vec<u8>), StoreError> {
    let path = path_of(deployment, operation)?;
    let bytes = read_bytes(&path)?;
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
    folder: PathBuf,
    /// Where the last whole line ends.
    end: u64,
}

impl LogWriter {
    /// Opens the log, makes it where there is none, and cuts off a line that a dead process left unfinished. A file that
    /// is no log of the operation is refused and left as it is.
    pub(crate) fn open(deployment: &Path, operation: &OperationId) -> Result<Self, StoreError> {
        let path = path_of(deployment, operation)?;
        let folder = logs_of(deployment)?;
        make_folder(deployment)?;
        sweep(&folder);
        let end = match read_bytes(&path) {
            Ok(bytes) => whole_lines(&bytes, operation, &path)?,
            Err(error) if error.is_missing() => 0,
            Err(error) => return Err(error),
        };
        let file = open_file(&path, How::Write)?;
        let mut writer = Self { file, path, folder, end };
        writer.cut_off().map_err(StoreError::io("write", &writer.path))?;
        sync_folder(&writer.folder)?;
        sync_folder(deployment)?;
        Ok(writer)
    }

    /// Makes sure that the log is where others look for it: somebody may have removed or replaced it, as `git checkout`
    /// does. Then all of it is put there again. Gives a notice where what stood there had to be kept beside.
    ///
    /// # Errors
    /// Where that cannot be: the log goes on in the file that was opened, wherever that is now.
    pub fn keep_place(&mut self) -> Result<Option<String>, StoreError> {
        refuse_symlink(self.folder.clone())?;
        if stands_at(&self.file, &self.path)? {
            return Ok(None);
        }
        make_folder(self.folder.parent().unwrap_or(&self.folder))?;
        let mut theirs = None;
        take_place(|| self.put_again(&mut theirs))?;
        Ok(theirs.map(|theirs| {
            format!(
                "{} was replaced by somebody else; theirs is kept as {}",
                self.path.display(),
                theirs.display()
            )
        }))
    }

    /// Puts all of the log at its place. What stood there is kept beside, and its path told.
    fn put_again(&mut self, theirs: &mut Option<PathBuf>) -> Result<(), StoreError> {
        let reading = || StoreError::io("read", &self.path);
        if let Some(moved) = move_aside(&self.path)? {
            *theirs = Some(moved);
        }
        self.file.rewind().map_err(reading())?;
        let unfinished = Unfinished::write(&self.path, (&self.file).take(self.end));
        // Whatever comes of it, the next line goes to the end.
        self.file.seek(SeekFrom::Start(self.end)).map_err(reading())?;
        let unfinished = unfinished?;
        if self.path.symlink_metadata().is_ok() {
            *theirs = Some(keep_beside(&self.path)?);
        }
        unfinished.put()?;
        self.file = open_file(&self.path, How::Write)?;
        self.file.seek(SeekFrom::Start(self.end)).map_err(reading()).map(drop)
    }

    /// Removes the log of an operation that was refused before anything was done.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn discard(self) -> Result<(), StoreError> {
        fs::remove_file(&self.path).map_err(StoreError::io("remove", &self.path))
    }

    /// Appends one event as one line. Starts and ends of the operation and of its stacks are on the disk when
    /// this returns; the others at the next of those.
    ///
    /// # Errors
    /// Where the disk fails, or the log would be larger than one that is read; the event is then not in it.
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
        size::check(&path, self.end + lines.len() as u64)?;
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

    /// Whether there is only room left for what must be told: starts, ends, and what a person asks or answers.
    pub fn is_filling(&self) -> bool {
        size::is_log_filling(self.end)
    }

    /// Cuts off what stands after the last whole line.
    fn cut_off(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }
}

fn make_folder(deployment: &Path) -> Result<(), StoreError> {
    // Not with those above it: a deployment's folder that is gone is not made anew.
    let made = Folder::open(deployment).and_then(|folder| folder.make_folder(FOLDER));
    made.map(drop).map_err(StoreError::io("make", &deployment.join(FOLDER)))
}

/// How many bytes of a log of that operation are whole lines. What a dying program or a power cut leaves after them is
/// the beginning of a line, or nothing but zeros.
fn whole_lines(bytes: &[u8], operation: &OperationId, path: &Path) -> Result<u64, StoreError> {
    for (line, number) in lines(bytes).zip(1..) {
        if event(line, number, path)?.operation != *operation {
            return Err(StoreError::unreadable(path, format!("line {number} is of another operation")));
        }
    }
    let whole = finished(bytes).len();
    let begun = format!("{{\"operation\":\"{operation}\"");
    let torn = &bytes[whole..];
    let is_begun = torn.iter().zip(begun.as_bytes()).all(|(found, written)| found == written);
    if is_begun || torn.iter().all(|byte| *byte == 0) {
        Ok(whole as u64)
    } else {
        Err(StoreError::unreadable(path, "its last line is not the beginning of an event of this operation"))
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
