//! What can go wrong with a deployment's folder.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use skydeck_model::Problem;
use skydeck_model::manifest::VERSION;

use crate::lock::Holder;

/// Why the folder could not be read or written. Each message names the path, what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}; {}", path.display(), advice(source))]
    Io {
        /// What was tried, as in 'cannot …'.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No deployment has an id that starts so.
    #[error("there is no deployment '{id}' in {}; {}", root.display(), known_ids(known))]
    NotFound {
        /// What was looked for.
        id: String,
        /// Where.
        root: PathBuf,
        /// The ids that there are.
        known: Vec<String>,
    },
    /// More than one deployment has an id that starts so.
    #[error("'{id}' fits more than one deployment in {}: {}; give more of the id", root.display(), candidates.join(", "))]
    Ambiguous {
        /// What was looked for.
        id: String,
        /// Where.
        root: PathBuf,
        /// The folders that fit.
        candidates: Vec<String>,
    },
    /// An operation holds the deployment.
    #[error("{} is busy: {}; wait for its end or cancel it", path.display(), held_by(holder.as_ref()))]
    Busy {
        /// The deployment's folder.
        path: PathBuf,
        /// Who holds it, where the lock file tells.
        holder: Option<Holder>,
    },
    /// The manifest, or templates that it names, have these problems.
    #[error("{}:\n{}", not_valid(folder, problems), list(problems))]
    Invalid {
        /// Where the files of the problems are.
        folder: PathBuf,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// A file that does not hold what it must. It is left as it is.
    #[error("{} cannot be used: {reason}; mend it or restore it from a copy (it was not changed)", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that would be larger than one that is read again. What stands there stays.
    #[error(
        "{} would be larger than {} MiB and could not be read again, so it was not written; make it shorter, or several \
         deployments of this one",
        path.display(), most >> 20
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes it may have.
        most: u64,
    },
    /// A state file that would have no room for what an operation writes.
    #[error(
        "{} would have about {} MiB with the outputs of {stacks} stacks, and may have {}, so nothing was started. The most \
         outputs have {largest}: take those that nobody reads out of the templates, or make several deployments of this one",
        path.display(), expected >> 20, most >> 20
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// How many bytes it would have.
        expected: u64,
        /// How many it may have.
        most: u64,
        /// How many stacks are planned.
        stacks: usize,
        /// Those with the most outputs, with how many.
        largest: String,
    },
    /// A file that a newer version of this program wrote. It is shown as far as it is understood, and left as it is.
    #[error(
        "{} has version {version}, and this Skydeck knows {VERSION}: update Skydeck to work on this deployment (nothing \
         in it was changed)",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// Something that this program does not do, for safety.
    #[error("{} is refused: {reason}", path.display())]
    Refused {
        /// What it was to be done to.
        path: PathBuf,
        /// Why not, and what would be right.
        reason: String,
    },
}

impl StoreError {
    /// Whether the file does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    pub(crate) fn unreadable(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: reason.into() }
    }

    /// That a file is not of a newer version: `version` is the one that it says it has where it is.
    pub(crate) fn refuse_newer(path: &Path, version: Option<String>) -> Result<(), Self> {
        version.map_or(Ok(()), |version| Err(Self::Newer { path: path.to_owned(), version }))
    }

    pub(crate) fn refused(path: &Path, reason: impl Into<String>) -> Self {
        Self::Refused { path: path.to_owned(), reason: reason.into() }
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "restore it, or choose another folder",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "check its permissions",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space and try again",
        io::ErrorKind::AlreadyExists => "choose another name",
        _ => "check the disk and try again",
    }
}

fn known_ids(known: &[String]) -> String {
    if known.is_empty() {
        "there is none yet: create one, or choose another root folder".to_owned()
    } else {
        format!("there are {}", known.join(", "))
    }
}

fn held_by(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another program holds its lock".to_owned(), |holder| format!("{holder} holds it"))
}

/// Which files are not valid.
fn not_valid(folder: &Path, problems: &[Problem]) -> String {
    let files: BTreeSet<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
    match files.iter().collect::<Vec<_>>().as_slice() {
        [one] => format!("{} is not valid", folder.join(one).display()),
        _ => format!("{} files in {} are not valid", files.len(), folder.display()),
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
