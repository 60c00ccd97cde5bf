//! One deployment's folder: everything that can be read without the lock, and the way to the lock.

use std::path::{Path, PathBuf};

use skydeck_files::identity;
use skydeck_model::former::is_shown;
use skydeck_model::ids::is_device;
use skydeck_model::validate::MANIFEST_FILE;
use skydeck_model::{
    DeploymentId, DeploymentStatus, EnvironmentName, Event, Manifest, OperationId, Problem, Recorded,
    StackKey, Target,
};
use skydeck_yaml::Node;

use crate::atomic::read_text;
use crate::document::newer;
use crate::error::StoreError;
use crate::lock::{self, Holder};
use crate::locked::Locked;
use crate::log;
use crate::manifest::{self, LoadedManifest};
use crate::metadata::{METADATA_FILE, Metadata};
use crate::size;
use crate::state::{CurrentOperation, STATE_FILE, StackEntry, State};

/// A deployment's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// A deployment as a row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The id, if it is one of this version.
    pub id: Option<DeploymentId>,
    /// The id's text: as the metadata has it, else from the folder's name.
    pub id_text: String,
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The deployment-level status.
    pub status: Recorded<DeploymentStatus>,
    /// When it was made, as the file has it.
    pub created_at: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// The deployment template.
    pub template: Option<String>,
    /// The folder.
    pub path: PathBuf,
    /// What is wrong with the folder: the file, the reason, what to do.
    pub problem: Option<String>,
    /// The environments: those of the manifest as far as it says so, then those of which only the state file tells.
    pub environments: Vec<SummaryEnvironment>,
    /// The stacks of the state file.
    pub stacks: Vec<StackEntry>,
    /// The operation that the state file names.
    pub operation: Option<CurrentOperation>,
    /// Whether a living process holds the lock.
    pub lock_held: bool,
}

/// An environment of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryEnvironment {
    /// Its name.
    pub name: String,
    /// Where it lives, if something says so.
    pub target: Option<Target>,
    /// Whether the manifest, which can be read, does not have it.
    pub former: bool,
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What tells this very folder from a copy of it: its path without links, and the number that the file system has for it.
    /// `None`: it cannot be looked at.
    pub fn identity(&self) -> Option<(PathBuf, u64)> {
        let path = std::fs::canonicalize(&self.path).ok()?;
        // Not the device: its number may be another one after the machine was started again.
        let (_, number) = identity(&std::fs::metadata(&path).ok()?);
        Some((path, number))
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// What a row of the list needs. Never fails: what is missing or broken is told in `problem`. A broken file
    /// (empty, does not parse, lacks a required key) and missing metadata make the status `unknown`.
    pub fn summary(&self) -> Summary {
        let (metadata, state) = (self.metadata(), self.state());
        let manifest = self.manifest_node();
        let newer = self.refuse_newer_status(metadata.as_ref().ok(), state.as_ref().ok()).err();
        let broken = |error: &StoreError| !error.is_missing();
        let is_unknown = state.as_ref().err().is_some_and(broken)
            || manifest
                .as_ref()
                .err()
                .is_some_and(|error| broken(error) && !matches!(error, StoreError::Newer { .. }));
        let mut problems: Vec<String> = [newer.as_ref(), metadata.as_ref().err(), state.as_ref().err()]
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        problems.extend(manifest.as_ref().err().map(ToString::to_string));
        problems.dedup();
        let environments = environments(manifest.as_ref().ok(), state.as_ref().ok());
        let (stacks, operation) =
            state.map(|state| (state.stacks, state.current_operation)).unwrap_or_default();
        let (id, organization, project) = words_of(&self.name());
        let named = Metadata {
            deployment_id: id,
            organization,
            project,
            status: Recorded::Known(DeploymentStatus::Unknown),
            created_at: None,
            updated_at: None,
            domain: None,
            template: None,
            newer: None,
        };
        let metadata = metadata.unwrap_or(named);
        Summary {
            id: metadata.id(),
            id_text: metadata.deployment_id,
            organization: metadata.organization,
            project: metadata.project,
            status: if is_unknown { Recorded::Known(DeploymentStatus::Unknown) } else { metadata.status },
            created_at: metadata.created_at,
            domain: metadata.domain,
            template: metadata.template,
            path: self.path.clone(),
            problem: (!problems.is_empty()).then(|| problems.join("\n")),
            environments,
            stacks,
            operation,
            lock_held: self.refuse_symlink().is_ok() && lock::is_held(&self.path),
        }
    }

    /// The manifest, if it is of a version that is known. What it says is not looked at.
    fn manifest_node(&self) -> Result<Node, StoreError> {
        self.refuse_symlink()?;
        let path = self.path.join(MANIFEST_FILE);
        let root = manifest::parse(&read_text(&path)?).map_err(|problem| self.invalid(vec![problem]))?;
        StoreError::refuse_newer(&path, newer(&root))?;
        Ok(root)
    }

    fn refuse_newer_status(
        &self,
        metadata: Option<&Metadata>,
        state: Option<&State>,
    ) -> Result<(), StoreError> {
        let versions = [
            (METADATA_FILE, metadata.and_then(|metadata| metadata.newer.clone())),
            (STATE_FILE, state.and_then(|state| state.newer.clone())),
        ];
        versions
            .into_iter()
            .try_for_each(|(file, version)| StoreError::refuse_newer(&self.path.join(file), version))
    }

    /// The deployment-level file.
    ///
    /// # Errors
    /// Where it is missing, unreadable or corrupt.
    pub fn metadata(&self) -> Result<Metadata, StoreError> {
        self.refuse_symlink()?;
        Metadata::read(&self.path)
    }

    /// The stack-level file.
    ///
    /// # Errors
    /// Where it is missing, unreadable or corrupt.
    pub fn state(&self) -> Result<State, StoreError> {
        self.refuse_symlink()?;
        State::read(&self.path)
    }

    /// That the state file will have room for these stacks, by the outputs of their templates.
    ///
    /// # Errors
    /// [`StoreError::NoRoom`]: what is written then could not be read again.
    pub fn expect_room<'k>(
        &self,
        state: &State,
        planned: impl Iterator<Item = (&'k StackKey, &'k [String])>,
    ) -> Result<(), StoreError> {
        size::expect_room(&self.path, state, planned)
    }

    /// The manifest with all its templates, without a fault.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with every problem that there is, or that the file cannot be read.
    pub fn manifest(&self) -> Result<LoadedManifest, StoreError> {
        let loaded = self.manifest_as_it_is()?;
        let problems = loaded.findings.problems();
        loaded.unless(problems, &self.path)
    }

    /// A manifest of this folder for whoever only needs to know where the stacks of some environments are, or of all.
    ///
    /// # Errors
    /// It says something about these environments that it cannot mean.
    pub fn telling_places(
        &self,
        loaded: LoadedManifest,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<LoadedManifest, StoreError> {
        let all: Vec<EnvironmentName> =
            loaded.manifest.environments.iter().map(|it| it.name.clone()).collect();
        let problems = loaded.findings.blocking(environments.unwrap_or(&all));
        loaded.unless(problems, &self.path)
    }

    /// The manifest with all its templates, as far as they can be read, and what is wrong with them.
    ///
    /// # Errors
    /// The manifest cannot be read at all.
    pub fn manifest_as_it_is(&self) -> Result<LoadedManifest, StoreError> {
        self.refuse_symlink()?;
        self.load(read_text(&self.path.join(MANIFEST_FILE))?)
    }

    /// A manifest's text, checked as if it stood in this folder.
    pub(crate) fn manifest_of(&self, text: String) -> Result<LoadedManifest, StoreError> {
        let loaded = self.load(text)?;
        let problems = loaded.findings.invalid();
        loaded.unless(problems, &self.path)
    }

    fn load(&self, text: String) -> Result<LoadedManifest, StoreError> {
        manifest::load(&self.path, text, self.id().as_ref(), |path| self.template_body(path))
    }

    /// What is wrong with the files of this folder, as an error.
    pub fn invalid(&self, problems: Vec<Problem>) -> StoreError {
        StoreError::Invalid { folder: self.path.clone(), problems }
    }

    /// The manifest as it stands, for looking at it: only its form is checked.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with every problem of its form, or that the file cannot be read.
    pub fn manifest_unchecked(&self) -> Result<Manifest, StoreError> {
        self.refuse_symlink()?;
        manifest::decode_manifest(&read_text(&self.path.join(MANIFEST_FILE))?)
    }

    /// A CloudFormation template's text, by its path in the manifest.
    ///
    /// # Errors
    /// A path that leads out of the folder or over a symlink, a file that is missing, larger than 1 MiB or no text.
    pub fn template_body(&self, path: &str) -> Result<String, StoreError> {
        self.refuse_symlink()?;
        read_text(&inside(&self.path, path)?)
    }

    /// Where a file is that a person edits: the manifest, or a template or policy that it may name.
    ///
    /// # Errors
    /// A name that leads out of the folder or over a symlink, one of the files that the program keeps for itself, or what is
    /// no file.
    pub fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        self.refuse_symlink()?;
        let path = inside(&self.path, name)?;
        let is_own = name.starts_with('.') || name.starts_with("logs/");
        let is_text = ["yaml", "yml", "json", "template"];
        let is_text = path.extension().and_then(|it| it.to_str()).is_some_and(|it| is_text.contains(&it));
        if is_own || !is_text {
            return Err(StoreError::refused(
                &path,
                "it is not a file of the deployment that is to be edited",
            ));
        }
        if !path.symlink_metadata().map_err(StoreError::io("open", &path))?.is_file() {
            return Err(StoreError::refused(&path, "it is not a file"));
        }
        Ok(path)
    }

    /// Whether the manifest has this text, byte for byte.
    pub fn has_manifest(&self, text: &str) -> bool {
        self.refuse_symlink()
            .and_then(|()| read_text(&self.path.join(MANIFEST_FILE)))
            .is_ok_and(|now| now == text)
    }

    /// Takes the lock, at once or not at all.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process or another part of this one has it; [`StoreError::Newer`] where a
    /// newer version of this program wrote one of the files, which therefore nobody writes here.
    pub fn lock(&self, holder: &Holder) -> Result<Locked, StoreError> {
        self.refuse_symlink()?;
        Locked::acquire(self.clone(), holder)
    }

    /// Who holds the lock right now; `None` if nobody does.
    pub fn holder(&self) -> Option<Holder> {
        self.refuse_symlink().ok()?;
        lock::holder(&self.path)
    }

    /// The operations that left a log, newest first.
    ///
    /// # Errors
    /// Where the log folder cannot be read.
    pub fn operations(&self) -> Result<Vec<OperationId>, StoreError> {
        self.refuse_symlink()?;
        log::operations(&self.path)
    }

    /// Those that can change stacks, newest first: not the looks.
    ///
    /// # Errors
    /// See [`Folder::operations`].
    pub fn operations_that_change(&self) -> Result<Vec<OperationId>, StoreError> {
        let mut operations = self.operations()?;
        operations.retain(|id| !id.is_look());
        Ok(operations)
    }

    /// The events of an operation whose `seq` is at least `from_seq`.
    ///
    /// # Errors
    /// Where there is no such log, or a finished line of it is no event.
    pub fn log(&self, operation: &OperationId, from_seq: u32) -> Result<Vec<Event>, StoreError> {
        self.refuse_symlink()?;
        log::read(&self.path, operation, from_seq)
    }

    /// The first and the last event of an operation: what it was, and how it ended.
    ///
    /// # Errors
    /// Where there is no such log, or one of the two is no event.
    pub fn log_ends(&self, operation: &OperationId) -> Result<Vec<Event>, StoreError> {
        self.refuse_symlink()?;
        log::ends(&self.path, operation)
    }

    /// The events of an operation that tell when it and its stacks began and ended; other lines are passed by.
    ///
    /// # Errors
    /// Where there is no such log.
    pub fn log_milestones(&self, operation: &OperationId) -> Result<Vec<Event>, StoreError> {
        self.refuse_symlink()?;
        log::milestones(&self.path, operation)
    }

    /// The id: as the metadata has it, else from the folder's name.
    pub fn id(&self) -> Option<DeploymentId> {
        self.id_text().parse().ok()
    }

    /// The id's text, which need not be one of this version: as the metadata has it, else from the folder's name.
    pub fn id_text(&self) -> String {
        self.metadata().map_or_else(|_| words_of(&self.name()).0, |metadata| metadata.deployment_id)
    }

    /// Whether the folder has one of the three files of a deployment.
    pub(crate) fn has_our_files(&self) -> bool {
        [MANIFEST_FILE, METADATA_FILE, STATE_FILE]
            .iter()
            .any(|file| self.path.join(file).symlink_metadata().is_ok())
    }

    /// That none of the three files is of a newer version. What is wrong with them else is for who reads them to tell.
    pub(crate) fn refuse_newer(&self) -> Result<(), StoreError> {
        match self.manifest_node() {
            Err(error @ StoreError::Newer { .. }) => Err(error),
            _ => self.refuse_newer_status(self.metadata().ok().as_ref(), self.state().ok().as_ref()),
        }
    }

    pub(crate) fn refuse_symlink(&self) -> Result<(), StoreError> {
        let metadata = self.path.symlink_metadata().map_err(StoreError::io("open", &self.path))?;
        if metadata.is_symlink() {
            let reason = "it is a symlink, and symlinks are not followed; put the folder itself there";
            return Err(StoreError::refused(&self.path, reason));
        }
        Ok(())
    }
}

/// The environments of the manifest, then those that only the state file has. Where a manifest can be read, these are the
/// ones in which something may exist.
fn environments(manifest: Option<&Node>, state: Option<&State>) -> Vec<SummaryEnvironment> {
    let declared = manifest.map(manifest::targets).unwrap_or_default().into_iter();
    let mut all: Vec<SummaryEnvironment> =
        declared.map(|(name, target)| SummaryEnvironment { name, target, former: false }).collect();
    let Some(state) = state else { return all };
    for entry in &state.stacks {
        let name = &entry.environment;
        let shown = manifest.is_none() || is_shown(false, &entry.recorded(), entry.stack_id.is_some());
        if shown && all.iter().all(|known| known.name != *name) {
            let recorded = name.parse().ok().and_then(|name| state.environments.get(&name));
            let target = recorded.map(|environment| environment.target);
            all.push(SummaryEnvironment { name: name.clone(), target, former: manifest.is_some() });
        }
    }
    all
}

/// Id, organization and project from a folder's name `<id>-<organization>-<project>`.
fn words_of(name: &str) -> (String, String, String) {
    let mut words = name.splitn(3, '-').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    (next(), next(), next())
}

/// Unicode Standard Annex 9, 'Directional Formatting Characters'.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The place of a file inside a folder, by a relative path with `/` between its parts. Neither the path nor a
/// symlink on it leads out.
pub(crate) fn inside(folder: &Path, path: &str) -> Result<PathBuf, StoreError> {
    let refused = |reason| StoreError::refused(&folder.join(path), reason);
    // A backslash, a colon, a part that ends in a dot or a blank and a device's name mean something else on Windows; marks
    // that turn the direction of writing show another name than there is.
    let is_good = |part: &str| {
        !part.is_empty()
            && !part.ends_with(['.', ' '])
            && !part.contains(['\\', ':'])
            && !part.contains(|c: char| c.is_control() || turns_direction(c))
            && !is_device(part)
    };
    if !path.split('/').all(is_good) {
        return Err(refused("a path must stay inside the deployment's folder, like stacks/network.yaml"));
    }
    let mut place = folder.to_owned();
    for part in path.split('/') {
        place.push(part);
        if place.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(refused(
                "there is a symlink on the way, and symlinks are not followed; put the file itself there",
            ));
        }
    }
    Ok(place)
}
