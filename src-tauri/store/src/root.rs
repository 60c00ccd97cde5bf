//! The folder that holds all deployments.

use std::collections::BTreeSet;
use std::fs::{self, File, FileType};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use skydeck_files::How;
use skydeck_model::ids::FolderWord;
use skydeck_model::validate::MANIFEST_FILE;
use skydeck_model::{DeploymentId, StackKey};

use crate::atomic::{open_file, sync_folder};
use crate::error::StoreError;
use crate::folder::{Folder, inside};
use crate::metadata::{self, METADATA_FILE};
use crate::size;
use crate::state::{self, STATE_FILE};

/// Held while a deployment is made, so that two processes do not take the same id.
const CREATE_LOCK: &str = ".create.lock";
const SANDBOX: &str = ".sandbox";
/// How the name of a deployment's folder begins while it is being made.
const UNFINISHED: &str = ".unfinished-";

/// The folder that holds all deployments. It need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    path: PathBuf,
}

/// A deployment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeployment {
    /// Its id, which no other has.
    pub id: DeploymentId,
    /// The organization.
    pub organization: FolderWord,
    /// The project.
    pub project: FolderWord,
    /// The domain.
    pub domain: String,
    /// The deployment template's name.
    pub template: String,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// The manifest's text.
    pub manifest: String,
    /// Further files: relative path with `/` between its parts, and text.
    pub files: Vec<(String, String)>,
    /// The stacks that the state file starts with, as not deployed.
    pub stacks: Vec<StackKey>,
}

impl Root {
    /// The root at that path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the sandbox keeps its stacks.
    pub fn sandbox_dir(&self) -> PathBuf {
        self.path.join(SANDBOX)
    }

    /// Whether deployments are or were made in it.
    pub fn was_used(&self) -> bool {
        self.path.join(CREATE_LOCK).exists() || self.folders().is_ok_and(|folders| !folders.is_empty())
    }

    /// Every deployment's folder, sorted by name; none where the root does not exist.
    ///
    /// A sub-folder is one if its name begins with a deployment id and a hyphen, or if it holds a file of ours.
    /// Hidden ones are passed by. A symlink with such a name is listed, so that its problem is told.
    ///
    /// # Errors
    /// Where the root cannot be read.
    pub fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        let reading = || StoreError::io("read the folder", &self.path);
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(reading()(error)),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let entry = entry.map_err(reading())?;
            let kind = entry.file_type().map_err(reading())?;
            folders.extend(deployment_at(entry.path(), kind));
        }
        folders.sort_by_key(Folder::name);
        Ok(folders)
    }

    /// The deployment's folder of that name, if there is one by the rules of [`Self::folders`].
    pub fn folder(&self, name: &str) -> Option<Folder> {
        let path = self.path.join(name);
        let kind = path.symlink_metadata().ok()?.file_type();
        deployment_at(path, kind)
    }

    /// The deployment whose id is, or begins with, that text.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Ambiguous`] tell what there is.
    pub fn find(&self, id_prefix: &str) -> Result<Folder, StoreError> {
        let folders: Vec<(String, Folder)> =
            self.folders()?.into_iter().map(|folder| (folder.id_text(), folder)).collect();
        let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<&Folder> {
            folders.iter().filter(|(id, _)| fits(id)).map(|(_, folder)| folder).collect()
        };
        let mut found = fitting(&|id| id == id_prefix);
        if found.is_empty() && !id_prefix.is_empty() {
            found = fitting(&|id| id.starts_with(id_prefix));
        }
        let (id, root) = (id_prefix.to_owned(), self.path.clone());
        match found[..] {
            [folder] => Ok(folder.clone()),
            [] => {
                Err(StoreError::NotFound { id, root, known: folders.into_iter().map(|(id, _)| id).collect() })
            }
            _ => Err(StoreError::Ambiguous {
                id,
                root,
                candidates: found.into_iter().map(Folder::name).collect(),
            }),
        }
    }

    /// Makes a deployment's folder, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where a deployment has that id, or a file would stand outside the folder or in
    /// place of one of ours; [`StoreError::Io`] where the disk fails. Nothing is left behind.
    pub fn create(&self, new: &NewDeployment) -> Result<Folder, StoreError> {
        skydeck_files::make_all(&self.path).map_err(StoreError::io("make the folder", &self.path))?;
        let _lock = self.lock_for_create()?;
        let name = format!("{}-{}-{}", new.id, new.organization, new.project);
        let target = self.path.join(&name);
        if let Some(taken) = self.taken_by(&new.id)? {
            let reason = format!("the id {} is taken by {taken}; choose another", new.id);
            return Err(StoreError::refused(&target, reason));
        }
        self.sweep();
        let unfinished = self.unfinished_folder()?;
        let files = [
            (MANIFEST_FILE.to_owned(), new.manifest.clone()),
            (METADATA_FILE.to_owned(), metadata::fresh(new)),
            (STATE_FILE.to_owned(), state::fresh(new)),
        ];
        let mut folders = BTreeSet::new();
        for (path, text) in files.iter().chain(&new.files) {
            let place = inside(unfinished.path(), path)?;
            write_new(&place, text)?;
            let above = place.ancestors().skip(1).take_while(|folder| folder.starts_with(unfinished.path()));
            folders.extend(above.map(Path::to_owned));
        }
        for folder in folders {
            sync_folder(&folder)?;
        }
        fs::rename(unfinished.path(), &target).map_err(StoreError::io("make the folder", &target))?;
        // It has its own name now: nothing to remove.
        let _ = unfinished.keep();
        sync_folder(&self.path)?;
        Ok(Folder::new(target))
    }

    fn lock_for_create(&self) -> Result<File, StoreError> {
        // The root itself is the user's choice, and may be a link.
        let root = self.path.canonicalize().map_err(StoreError::io("read the folder", &self.path))?;
        let path = root.join(CREATE_LOCK);
        let file = open_file(&path, How::Append)?;
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(file)
    }

    /// The folder that has an id, by its name or by its metadata; file systems may not tell letters' case apart.
    fn taken_by(&self, id: &DeploymentId) -> Result<Option<String>, StoreError> {
        let is_it = |text: &str| text.eq_ignore_ascii_case(id.as_str());
        let taken = self.folders()?.into_iter().find(|folder| {
            let name = folder.name();
            is_it(name.split('-').next().unwrap_or_default()) || is_it(&folder.id_text())
        });
        Ok(taken.map(|folder| folder.name()))
    }

    /// Removes what processes that died in [`Self::create`] left; the lock tells that no living one is in it.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!(path = %entry.path().display(), %error, "cannot remove an unfinished folder");
            }
        }
    }

    /// A hidden folder in the root, removed when dropped.
    fn unfinished_folder(&self) -> Result<tempfile::TempDir, StoreError> {
        // For its owner alone, since outputs and logs will be in it.
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        builder.tempdir_in(&self.path).map_err(StoreError::io("make a folder in", &self.path))
    }
}

fn deployment_at(path: PathBuf, kind: FileType) -> Option<Folder> {
    let folder = Folder::new(path);
    let name = folder.name();
    let is_ours = is_named_like_ours(&name) || (kind.is_dir() && folder.has_our_files());
    ((kind.is_dir() || kind.is_symlink()) && is_ours && !name.starts_with('.')).then_some(folder)
}

fn is_named_like_ours(name: &str) -> bool {
    name.split_once('-').is_some_and(|(id, _)| id.parse::<DeploymentId>().is_ok())
}

/// Writes a file that must not exist yet.
fn write_new(place: &Path, text: &str) -> Result<(), StoreError> {
    let writing = || StoreError::io("write", place);
    size::check(place, text.len() as u64)?;
    if let Some(folder) = place.parent() {
        skydeck_files::make_all(folder).map_err(writing())?;
    }
    let mut file = open_file(place, How::New)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(writing())
}
