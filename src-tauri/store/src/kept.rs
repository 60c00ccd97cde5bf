//! A status file as the holder of the lock writes it. Others may write it too: an editor, `git checkout`, an older tool
//! that knows no lock. What they change is merged; where it touches what this program wrote, this program's word counts
//! and theirs is kept beside, under a name of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::atomic::{Unfinished, keep_beside, read_text};
use crate::error::StoreError;
use crate::yaml::Value;

/// How often a write is begun anew because somebody else wrote at the same time.
const TRIES: usize = 5;

/// A value that this program writes into a status file: of the file, or of one stack in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The stack's name and environment.
    pub stack: Option<(String, String)>,
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
    /// The file that has this text.
    fn parse(path: &Path, text: String) -> Result<Self, StoreError>;

    /// Its text.
    fn text(&self) -> &str;

    /// What it holds.
    fn values(&self) -> Result<Values, StoreError>;

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
    /// The file as it is to stand, and its values.
    ours: F,
    values: Values,
    /// What was ever written through here: what others make of it does not count.
    written: BTreeSet<Key>,
    /// What others last had.
    theirs: Values,
    /// The file as it was last seen on the disk.
    seen: Seen,
    /// Why what stands on the disk must be kept beside before it is replaced.
    clash: Option<String>,
}

/// What stands at the file's place.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Text(String),
    Nothing,
    /// A file that cannot be used, and why.
    Unusable(String),
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
        let known = match self.known.take() {
            None => {
                let ours = F::parse(&self.path, read_text(&self.path)?)?;
                let (values, seen) = (ours.values()?, Seen::Text(ours.text().to_owned()));
                Known { ours, theirs: values.clone(), values, written: BTreeSet::new(), seen, clash: None }
            }
            Some(known) => {
                // Put back at once: an error leaves it as it was.
                let known = self.known.insert(known);
                let seen = look(&self.path)?;
                if seen != known.seen {
                    known.take_in(&self.path, seen)?;
                }
                return Ok(&known.ours);
            }
        };
        Ok(&self.known.insert(known).ours)
    }

    /// Writes a change of the file. What had to be kept beside for it is added to the notices.
    ///
    /// # Errors
    /// As [`Self::current`], and where the change or the disk fails: the file is as it was.
    pub fn rewrite(
        &mut self,
        notices: &mut Vec<String>,
        change: impl Fn(&F) -> Result<F, StoreError>,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let new = change(self.current()?)?;
            let values = new.values()?;
            let unfinished = Unfinished::write(&self.path, new.text().as_bytes())?;
            let Some(known) = &mut self.known else { continue };
            // The last look before it is replaced.
            if look(&self.path)? != known.seen {
                continue;
            }
            if let Some(why) = &known.clash {
                let beside = keep_beside(&self.path)?;
                notices.push(format!(
                    "{}: {why}; theirs is kept as {}",
                    self.path.display(),
                    beside.display()
                ));
            }
            unfinished.put()?;
            let changed = values.iter().filter(|(key, value)| known.values.get(key) != Some(value));
            known.written.extend(changed.map(|(key, _)| key.clone()));
            known.values = values;
            known.clash = None;
            known.seen = Seen::Text(new.text().to_owned());
            known.ours = new;
            return Ok(());
        }
        Err(StoreError::refused(
            &self.path,
            "another program writes it again and again; end that one and try again",
        ))
    }
}

impl<F: StatusFile> Known<F> {
    /// Takes in what somebody else has left at the file's place.
    fn take_in(&mut self, path: &Path, seen: Seen) -> Result<(), StoreError> {
        let theirs = match &seen {
            Seen::Nothing => None,
            Seen::Text(text) => Some(F::parse(path, text.clone())),
            Seen::Unusable(why) => Some(Err(StoreError::unreadable(path, why))),
        };
        match theirs {
            // It is written anew with the next change.
            None => {}
            Some(Ok(theirs)) => {
                let values = theirs.values()?;
                let is_ours = |(key, value): &(&Key, &Value)| {
                    self.written.contains(key) && values.get(key) != Some(value)
                };
                let ours: Values = self
                    .values
                    .iter()
                    .filter(is_ours)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                let touched = ours.keys().filter(|key| values.get(key) != self.theirs.get(key));
                let touched: Vec<String> = touched.map(Key::to_string).collect();
                if !touched.is_empty() {
                    self.clash = Some(format!(
                        "somebody else changed what this operation writes ({}), and what it wrote counts",
                        touched.join(", ")
                    ));
                }
                self.ours = if ours.is_empty() { theirs } else { theirs.with_values(&ours, &self.ours)? };
                (self.values, self.theirs) = (self.ours.values()?, values);
            }
            Some(Err(StoreError::Unreadable { reason, .. })) => {
                self.clash = Some(format!("somebody else made it unusable ({reason})"));
            }
            Some(Err(other)) => return Err(other),
        }
        self.seen = seen;
        Ok(())
    }
}

fn look(path: &Path) -> Result<Seen, StoreError> {
    match read_text(path) {
        Ok(text) => Ok(Seen::Text(text)),
        Err(StoreError::Unreadable { reason, .. }) => Ok(Seen::Unusable(reason)),
        Err(error) if error.is_missing() => Ok(Seen::Nothing),
        Err(error) => Err(error),
    }
}
