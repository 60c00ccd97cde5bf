//! A status file as the holder of the lock writes it. Others may write it too: an editor, `git checkout`, an older tool
//! that knows no lock. What they change is merged; where it touches what this program wrote, this program's word counts
//! and theirs is kept beside, under a name of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skydeck_yaml::Value;

use crate::atomic::{Unfinished, keep_beside, move_aside, read_text};
use crate::document::{Document, newer};
use crate::error::StoreError;

/// How often a write is begun anew because somebody else wrote at the same time.
const TRIES: usize = 5;

/// A stack's name and environment.
pub(crate) type Stack = (String, String);

/// A value that this program writes into a status file: of the file, or of one stack in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub stack: Option<Stack>,
    pub field: &'static str,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stack {
            Some((stack, environment)) => write!(f, "stacks.{stack}-{environment}.{}", self.field),
            None => write!(f, "{}", self.field),
        }
    }
}

/// Everything in a status file that this program writes, but for the times at which it does.
pub(crate) type Values = BTreeMap<Key, Value>;

/// A status file that is known to be right in all that is read of it.
pub(crate) trait StatusFile: Sized {
    /// The keys that it must have.
    const REQUIRED: &[&str];

    /// The file that this document is.
    ///
    /// # Errors
    /// Where something that is read of it is not right.
    fn of(document: Document) -> Result<Self, StoreError>;

    fn document(&self) -> &Document;

    /// The file that has this text.
    fn parse(path: &Path, text: Arc<str>) -> Result<Self, StoreError> {
        let file = Self::of(Document::parse(path, text, Self::REQUIRED)?)?;
        StoreError::refuse_newer(path, newer(&file.document().root))?;
        Ok(file)
    }

    /// Its text.
    fn text(&self) -> Arc<str> {
        Arc::clone(&self.document().text)
    }

    /// What it holds of itself and of its stacks; `only`: of these alone.
    fn values(&self, only: Option<&[Stack]>) -> Result<Values, StoreError>;

    /// The file with these values, which are those of another: `ours` gives the times, and whole what this one lacks.
    fn with_values(&self, values: &Values, ours: &Self) -> Result<Self, StoreError>;
}

/// A status file behind the lock.
#[derive(Debug)]
pub(crate) struct Kept<F> {
    path: PathBuf,
    known: Option<Known<F>>,
}

#[derive(Debug)]
struct Known<F> {
    /// The file as it is to stand.
    ours: F,
    /// What was ever written through here: what others make of it later does not count.
    written: BTreeSet<Key>,
    /// What others changed and nobody has written over since.
    foreign: BTreeSet<Key>,
    /// The text that others last left. What it holds is asked for only where they write again.
    theirs: Arc<str>,
    /// The file as it was last seen on the disk.
    seen: Seen,
    /// Why what stands on the disk must be kept beside before it is replaced.
    clash: Option<String>,
}

/// What stands at the file's place.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Text(Arc<str>),
    Nothing,
    /// A file that cannot be used, and why.
    Unusable(String),
    /// A folder, a symlink or the like.
    NoFile(String),
}

impl<F: StatusFile> Kept<F> {
    /// The file of that name in a folder, not yet read.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name), known: None }
    }

    /// The file as it stands, with all that was written through here.
    ///
    /// # Errors
    /// Where it is missing or cannot be used the first time that it is read; where it cannot be read later.
    pub fn current(&mut self) -> Result<&F, StoreError> {
        let known = match &mut self.known {
            Some(known) => known,
            unread => unread.insert(Known::of(F::parse(&self.path, read_text(&self.path)?.into())?)),
        };
        let seen = look(&self.path)?;
        if seen != known.seen {
            known.take_in(&self.path, seen)?;
        }
        Ok(&known.ours)
    }

    /// Writes a change of the file, which touches `only` these of its stacks. What had to be kept beside
    /// for it is added to the notices.
    ///
    /// # Errors
    /// As [`Self::current`], and where the change or the disk fails: the file is as it was.
    pub fn rewrite(
        &mut self,
        notices: &mut Vec<String>,
        only: &[Stack],
        change: impl Fn(&F) -> Result<F, StoreError>,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let new = change(self.current()?)?;
            let Some(known) = &mut self.known else { continue };
            match known.put(&self.path, new, only, notices) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // A fault that nobody's coming explains.
                Err(error) if look(&self.path)? == known.seen => return Err(error),
                Err(_) => {}
            }
        }
        let reason = "another program writes it again and again; end that one and try again";
        Err(StoreError::refused(&self.path, reason))
    }
}

impl<F: StatusFile> Known<F> {
    fn of(ours: F) -> Self {
        Self {
            seen: Seen::Text(ours.text()),
            theirs: ours.text(),
            ours,
            written: BTreeSet::new(),
            foreign: BTreeSet::new(),
            clash: None,
        }
    }

    /// Takes in what somebody else has left at the file's place.
    fn take_in(&mut self, path: &Path, seen: Seen) -> Result<(), StoreError> {
        match &seen {
            // It is written anew with the next change.
            Seen::Nothing => {}
            Seen::Unusable(why) | Seen::NoFile(why) => self.clash = Some(unusable(why)),
            Seen::Text(text) => match F::parse(path, Arc::clone(text)) {
                Ok(theirs) => self.merge(path, theirs)?,
                Err(StoreError::Unreadable { reason, .. }) => self.clash = Some(unusable(&reason)),
                Err(other) => return Err(other),
            },
        }
        self.seen = seen;
        Ok(())
    }

    /// Goes on from their file, with what was written through here.
    fn merge(&mut self, path: &Path, theirs: F) -> Result<(), StoreError> {
        let (values, our_values) = (theirs.values(None)?, self.ours.values(None)?);
        let before = F::parse(path, Arc::clone(&self.theirs))?.values(None)?;
        self.theirs = theirs.text();
        let differs = |key: &&Key| values.get(key) != our_values.get(key);
        let all: BTreeSet<&Key> = values.keys().chain(our_values.keys()).filter(differs).collect();
        let (ours, foreign): (Vec<Key>, Vec<Key>) =
            all.into_iter().cloned().partition(|key| self.written.contains(key));
        let touched = ours.iter().filter(|key| values.get(key) != before.get(key));
        self.clash = clash(touched).or(self.clash.take());
        self.foreign.extend(foreign);
        let ours: Values =
            ours.into_iter().filter_map(|key| our_values.get_key_value(&key)).map(owned).collect();
        self.ours = if ours.is_empty() { theirs } else { theirs.with_values(&ours, &self.ours)? };
        Ok(())
    }

    /// Puts a new version at the file's place; false where somebody else was there meanwhile.
    fn put(
        &mut self,
        path: &Path,
        new: F,
        only: &[Stack],
        notices: &mut Vec<String>,
    ) -> Result<bool, StoreError> {
        let before = self.ours.values(Some(only))?;
        let changed = new.values(Some(only))?.into_iter();
        let changed = changed.filter(|(key, value)| before.get(key) != Some(value));
        let changed: BTreeSet<Key> = changed.map(|(key, _)| key).collect();
        let clash = self.clash.clone().or_else(|| clash(changed.intersection(&self.foreign)));
        let mut told = |theirs: PathBuf| {
            let why = clash.as_deref().unwrap_or_default();
            notices.push(format!("{}: {why}; theirs is kept as {}", path.display(), theirs.display()));
        };
        if matches!(self.seen, Seen::NoFile(_)) {
            move_aside(path)?.into_iter().for_each(&mut told);
            (self.seen, self.clash) = (Seen::Nothing, None);
        }
        let unfinished = Unfinished::write(path, new.text().as_bytes())?;
        // The last look before it is replaced.
        if look(path)? != self.seen {
            return Ok(false);
        }
        if clash.is_some() && self.seen != Seen::Nothing {
            told(keep_beside(path)?);
        }
        unfinished.put()?;
        self.foreign.retain(|key| !changed.contains(key));
        self.written.extend(changed);
        self.seen = Seen::Text(new.text());
        (self.ours, self.clash) = (new, None);
        Ok(true)
    }
}

fn owned((key, value): (&Key, &Value)) -> (Key, Value) {
    (key.clone(), value.clone())
}

fn unusable(why: &str) -> String {
    format!("somebody else made it unusable ({why})")
}

/// That both wrote these, if there are any.
fn clash<'k>(keys: impl Iterator<Item = &'k Key>) -> Option<String> {
    let keys: Vec<String> = keys.map(Key::to_string).collect();
    let told = || {
        format!(
            "somebody else changed what this operation writes ({}), and what it wrote counts",
            keys.join(", ")
        )
    };
    (!keys.is_empty()).then(told)
}

fn look(path: &Path) -> Result<Seen, StoreError> {
    match read_text(path) {
        Ok(text) => Ok(Seen::Text(text.into())),
        Err(StoreError::Unreadable { reason, .. }) => Ok(Seen::Unusable(reason)),
        Err(StoreError::Refused { reason, .. }) => Ok(Seen::NoFile(reason)),
        Err(error) if error.is_missing() => Ok(Seen::Nothing),
        Err(error) => Err(error),
    }
}
