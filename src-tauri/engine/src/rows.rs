//! The table of deployments as it was last read. While the root is watched, only folders of which a change was told are
//! read again, and who has an earlier state of the table gets only the rows that have changed since. So neither reading
//! nor telling costs more where there are many deployments.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use skydeck_store::{Changes, Folder, Root};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::tag::Tag;
use crate::view::{DeploymentRow, DeploymentRows};

/// Folders for which it pays to start a thread.
const WORTH_A_THREAD: usize = 64;

/// How often it is looked whether those who run operations still live: a program that is killed changes no file.
const PULSE: Duration = Duration::from_secs(1);

/// Alive as long as changes of the root are told.
#[derive(Debug)]
pub(crate) struct Watched;

/// The table, and what has been told of it since it was read.
#[derive(Default)]
pub(crate) struct Rows {
    table: Mutex<Table>,
    /// Not behind the table's lock: who tells of a change does not wait for who reads.
    told: Mutex<Told>,
}

#[derive(Default)]
struct Table {
    revision: u32,
    /// By the folders' names.
    rows: BTreeMap<String, Kept>,
    /// The paths of rows that are gone, and since which revision.
    gone: BTreeMap<String, u32>,
}

struct Kept {
    row: DeploymentRow,
    /// The revision that it came with.
    since: u32,
}

impl Kept {
    /// Whether it tells of more than files: who holds a lock, and how far an operation of this program is.
    fn is_live(&self) -> bool {
        self.row.running.is_some() || self.row.interrupted.is_some()
    }
}

#[derive(Default)]
struct Told {
    watched: Weak<Watched>,
    /// Whether anything may have changed since.
    everything: bool,
    folders: BTreeSet<String>,
    deployments: BTreeSet<String>,
}

impl Rows {
    /// Changes are told from now on, as long as that is alive.
    pub(crate) fn watched_by(&self, watched: Weak<Watched>) {
        *self.told() = Told { watched, everything: true, ..Told::default() };
    }

    /// This changed on disk.
    pub(crate) fn changed(&self, changes: &Changes) {
        let mut told = self.told();
        told.everything |= changes.may_be_anything();
        told.folders.extend(changes.folders.iter().cloned());
    }

    /// What these tags name has changed.
    pub(crate) fn stale(&self, tags: &[Tag]) {
        let mut told = self.told();
        for tag in tags {
            match tag {
                Tag::Everything => told.everything = true,
                Tag::Deployment(id) => {
                    told.deployments.insert(id.clone());
                }
                Tag::Deployments | Tag::Operation(_) | Tag::Progress(_) | Tag::Review(_) | Tag::Settings => {}
            }
        }
    }

    /// What was told since the last time; everything may have changed where nobody tells.
    fn take_told(&self) -> Told {
        let mut told = self.told();
        let watched = told.watched.clone();
        let everything = watched.strong_count() == 0;
        let mut taken = std::mem::replace(&mut *told, Told { watched, ..Told::default() });
        taken.everything |= everything;
        taken
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table's revision; `None`: it was not read yet.
    fn revision(&self) -> Option<u32> {
        Some(self.table().revision).filter(|revision| *revision > 0)
    }

    /// What the table says of each row, as last read.
    pub(crate) fn map<T>(&self, say: impl Fn(&DeploymentRow) -> Option<T>) -> Vec<T> {
        self.table().rows.values().filter_map(|kept| say(&kept.row)).collect()
    }

    /// The folder of a deployment by its whole id, if the table knows exactly one and is not being read right now.
    pub(crate) fn folder(&self, root: &Root, id: &str) -> Option<Folder> {
        let table = self.table.try_lock().ok()?;
        let mut fitting = table.rows.iter().filter(|(_, kept)| kept.row.deployment_id == id);
        let (name, _) = fitting.next().filter(|_| fitting.next().is_none())?;
        root.folder(name).filter(|folder| folder.id_text() == id)
    }
}

/// Looks, for as long as changes are told, whether those who run operations still live, and tells of those that do not. What
/// was told is read with it, so that the table knows of every operation by then.
pub(crate) fn notice_deaths(engine: Weak<Inner>, watched: Weak<Watched>) {
    thread::spawn(move || {
        let mut seen = None;
        while watched.strong_count() > 0 {
            thread::sleep(PULSE);
            let Some(inner) = engine.upgrade() else { return };
            let engine = Engine { inner };
            // Before anybody has asked for the table there is nothing to compare with.
            let Some(revision) = seen.or_else(|| engine.inner.rows.revision()) else { continue };
            let Ok(rows) = engine.rows(Some(revision)) else { continue };
            seen = Some(rows.revision);
            let over = rows.rows.into_iter().filter(|row| row.interrupted.is_some());
            let tags: Vec<Tag> =
                over.flat_map(|row| [Tag::Deployment(row.deployment_id), Tag::Deployments]).collect();
            if !tags.is_empty() {
                engine.inner.tell_stale(tags);
            }
        }
    });
}

impl Table {
    /// The folders that may differ from their rows, by name; `None`: the root has to be looked through.
    fn suspects(&self, told: Told) -> Option<BTreeSet<String>> {
        if told.everything || self.revision == 0 {
            return None;
        }
        let is_suspect = |kept: &Kept| kept.is_live() || told.deployments.contains(&kept.row.deployment_id);
        let known = self.rows.iter().filter(|(_, kept)| is_suspect(kept)).map(|(name, _)| name.clone());
        Some(known.chain(told.folders).collect())
    }

    /// Takes what a folder is now: its row, or that there is none.
    fn take(&mut self, name: &str, row: Option<DeploymentRow>) {
        if self.rows.get(name).map(|kept| &kept.row) == row.as_ref() {
            return;
        }
        let since = self.revision;
        match row {
            Some(row) => {
                self.gone.remove(&row.path);
                self.rows.insert(name.to_owned(), Kept { row, since });
            }
            None => {
                let gone = self.rows.remove(name);
                self.gone.extend(gone.map(|kept| (kept.row.path, since)));
            }
        }
    }

    /// What has changed since a revision; everything, where that is none of this table.
    fn since(&self, revision: Option<u32>) -> DeploymentRows {
        let known = revision.filter(|revision| *revision <= self.revision);
        let is_new = |since: u32| known.is_none_or(|known| since > known);
        let rows = self.rows.values().filter(|kept| is_new(kept.since)).map(|kept| kept.row.clone());
        let gone = self.gone.iter().filter(|(_, since)| known.is_some() && is_new(**since));
        DeploymentRows {
            revision: self.revision,
            whole: known.is_none(),
            rows: rows.collect(),
            gone: gone.map(|(path, _)| path.clone()).collect(),
        }
    }
}

impl Engine {
    /// The table of deployments; with the revision of an earlier answer, what has changed since.
    ///
    /// # Errors
    /// A root that cannot be read, or that has held deployments and is gone.
    pub fn rows(&self, since: Option<u32>) -> Result<DeploymentRows, EngineError> {
        let mut table = self.inner.rows.table();
        let told = self.inner.rows.take_told();
        let fresh = match table.suspects(told) {
            None => self.whole_root(&table)?,
            Some(names) => names.into_iter().map(|name| self.read_row(name)).collect(),
        };
        table.revision += 1;
        for (name, row) in fresh {
            table.take(&name, row);
        }
        Ok(table.since(since))
    }

    /// What every folder is now, those that are gone included.
    fn whole_root(&self, table: &Table) -> Result<Vec<(String, Option<DeploymentRow>)>, EngineError> {
        let folders = self.folders().inspect_err(|_| self.inner.rows.changed(&Changes::default()))?;
        let mut fresh: BTreeMap<String, Option<DeploymentRow>> =
            table.rows.keys().map(|name| (name.clone(), None)).collect();
        let rows = self.read_rows(&folders).into_iter().map(Some);
        fresh.extend(folders.iter().map(Folder::name).zip(rows));
        Ok(fresh.into_iter().collect())
    }

    /// The folders below the root.
    pub(crate) fn folders(&self) -> Result<Vec<Folder>, EngineError> {
        let folders = self.inner.root.folders()?;
        if folders.is_empty() {
            self.inner.expect_first_start()?;
        } else {
            self.inner.remember_root();
        }
        Ok(folders)
    }

    /// The rows of folders, read on all processors where there are many.
    pub(crate) fn read_rows(&self, folders: &[Folder]) -> Vec<DeploymentRow> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let share = folders.len().div_ceil(processors).max(WORTH_A_THREAD);
        let read = |share: &[Folder]| share.iter().map(|folder| self.row(folder)).collect::<Vec<_>>();
        thread::scope(|scope| {
            let readers: Vec<_> =
                folders.chunks(share).map(|share| scope.spawn(move || read(share))).collect();
            let joined =
                readers.into_iter().map(|reader| reader.join().unwrap_or_else(|fault| resume_unwind(fault)));
            joined.flatten().collect()
        })
    }

    fn read_row(&self, name: String) -> (String, Option<DeploymentRow>) {
        let row = self.inner.root.folder(&name).map(|folder| self.row(&folder));
        (name, row)
    }
}
