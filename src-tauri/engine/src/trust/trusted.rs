//! Which folders may use which accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use skydeck_files::How;
use skydeck_model::ids::AccountId;
use skydeck_model::{Environment, EnvironmentName, Manifest, Target};
use skydeck_store::Folder;
use specta::Type;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::own_file::{recall, remember};

/// An account, and the way to it. With another of either somebody is asked again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
pub struct AccountAccess {
    /// The account.
    pub account: AccountId,
    /// The profile of the AWS configuration; `None`: the default credentials.
    pub profile: Option<String>,
    /// Where the calls go if not to AWS, by the configuration of this machine.
    pub endpoints: Vec<String>,
}

/// What a folder would use of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AccessToTrust {
    /// The environments that name it.
    pub environments: Vec<EnvironmentName>,
    /// The account, and the way to it.
    pub access: AccountAccess,
}

/// The question whether a folder may use the accounts that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct TrustQuestion {
    /// The deployment's id.
    pub deployment: String,
    /// Its folder.
    pub folder: String,
    /// What is not trusted yet.
    pub unknown: Vec<AccessToTrust>,
}

/// An environment that calls may be made for: in the sandbox, or by an access that is trusted for its folder.
pub(crate) struct Trusted<'e>(&'e Environment);

impl<'e> Trusted<'e> {
    /// The environment.
    pub(crate) fn environment(&self) -> &'e Environment {
        self.0
    }
}

type Folders = BTreeMap<PathBuf, BTreeSet<AccountAccess>>;

/// The folders that are trusted, by their paths without links: `trusted.json` in the data folder.
pub(crate) struct TrustedFolders {
    /// The data folder; `None`: they are known for as long as this program runs.
    data: Option<PathBuf>,
    /// Those that this program heard of, also where the disk does not take them.
    here: Mutex<Folders>,
}

impl TrustedFolders {
    pub(crate) fn new(data: Option<PathBuf>) -> Self {
        Self { data, here: Mutex::default() }
    }

    fn file(&self) -> Option<PathBuf> {
        Some(self.data.as_ref()?.join("trusted.json"))
    }

    fn of(&self, folder: &Path) -> BTreeSet<AccountAccess> {
        let mut known: BTreeSet<AccountAccess> = self
            .file()
            .and_then(|file| recall::<Folders>(&file))
            .and_then(|mut folders| folders.remove(folder))
            .unwrap_or_default();
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(here.get(folder).into_iter().flatten().cloned());
        known
    }

    fn add(&self, folder: &Path, accesses: &[AccountAccess]) {
        let into = |folders: &mut Folders| {
            folders.entry(folder.to_owned()).or_default().extend(accesses.iter().cloned());
        };
        into(&mut self.here.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(file) = self.file() else { return };
        // Whoever else adds to it waits. Without a lock one of two may be asked again.
        let _ = file.parent().map(skydeck_files::make_all);
        let lock = skydeck_files::open(&file.with_extension("lock"), How::Append);
        let _ = lock.as_ref().map(File::lock);
        let mut folders: Folders = recall(&file).unwrap_or_default();
        into(&mut folders);
        remember(&file, &folders);
    }
}

/// How an environment would be reached; `None`: in the sandbox.
async fn access_of(environment: &Environment) -> Option<AccountAccess> {
    (environment.target == Target::Aws).then_some(())?;
    Some(AccountAccess {
        account: environment.account.clone(),
        profile: environment.profile.clone(),
        endpoints: skydeck_cloudformation::endpoints_of(environment).await,
    })
}

impl Engine {
    /// What a folder names and this machine does not trust it with; `None`: nothing. Asks nobody.
    ///
    /// # Errors
    /// No such deployment, or files that cannot be read.
    pub async fn trust_question(&self, id: &str) -> Result<Option<TrustQuestion>, EngineError> {
        let folder = self.find(id)?;
        // Without the templates, which say nothing of it: this is asked whenever something changes.
        let (mut manifest, state) = (folder.manifest_unchecked()?, folder.state()?);
        self.inner.recall(&mut manifest, &state);
        let all: Vec<&Environment> = all_of(&manifest).collect();
        let question = self.inner.question(&folder, &all).await;
        Ok(Some(question).filter(|question| !question.unknown.is_empty()))
    }

    /// From now on a folder may use these accesses: a person said so who was shown them.
    ///
    /// # Errors
    /// No such deployment.
    pub fn trust(&self, id: &str, accesses: &[AccountAccess]) -> Result<(), EngineError> {
        let folder = self.find(id)?;
        self.inner.trust(&folder, accesses);
        self.inner.tell_changed(&folder.id_text());
        Ok(())
    }

    /// From now on a folder may use what it names for some of its environments, or for all: somebody asked by name for
    /// something that needs it, or wrote it there himself. What keeps that from being found out is told by what needs it.
    pub async fn vouch(&self, id: &str, environments: Option<&[EnvironmentName]>) {
        let Ok(folder) = self.find(id) else { return };
        let (Ok(loaded), Ok(state)) = (self.inner.manifest_or_record(&folder), folder.state()) else {
            return;
        };
        let mut manifest = loaded.manifest;
        self.inner.recall(&mut manifest, &state);
        self.inner.vouch(&folder, &manifest, environments).await;
    }

    /// The same for where an interrupted operation has worked, which need not be where the manifest says.
    pub async fn vouch_for_interrupted(&self, id: &str, environments: Option<&[EnvironmentName]>) {
        let Ok(folder) = self.find(id) else { return };
        let Ok((loaded, _)) = self.inner.places_worked_on(&folder) else { return };
        self.inner.vouch(&folder, &loaded.manifest, environments).await;
    }

    /// The environments of these names, if calls may be made for all of them.
    ///
    /// # Errors
    /// [`EngineError::Untrusted`].
    pub(crate) async fn expect_trust<'m>(
        &self,
        folder: &Folder,
        manifest: &'m Manifest,
        environments: &[EnvironmentName],
    ) -> Result<Vec<Trusted<'m>>, EngineError> {
        let wanted: Vec<&Environment> =
            environments.iter().filter_map(|name| manifest.reachable(name)).collect();
        let question = self.inner.question(folder, &wanted).await;
        if question.unknown.is_empty() {
            return Ok(wanted.into_iter().map(Trusted).collect());
        }
        // Whoever is asked is asked once for the whole folder.
        let all: Vec<&Environment> = all_of(manifest).collect();
        Err(EngineError::Untrusted(Box::new(self.inner.question(folder, &all).await)))
    }
}

/// Every environment that can be reached, those that were taken out of the manifest included.
fn all_of(manifest: &Manifest) -> impl Iterator<Item = &Environment> {
    let former = manifest.former.keys().filter_map(|name| manifest.reachable(name));
    manifest.environments.iter().chain(former)
}

impl Inner {
    fn trust(&self, folder: &Folder, accesses: &[AccountAccess]) {
        if let Some((path, _)) = folder.identity().filter(|_| !accesses.is_empty()) {
            self.trusted.add(&path, accesses);
        }
    }

    async fn vouch(&self, folder: &Folder, manifest: &Manifest, environments: Option<&[EnvironmentName]>) {
        let wanted =
            |environment: &&Environment| environments.is_none_or(|names| names.contains(&environment.name));
        let wanted: Vec<&Environment> = all_of(manifest).filter(wanted).collect();
        let question = self.question(folder, &wanted).await;
        let accesses: Vec<AccountAccess> = question.unknown.into_iter().map(|it| it.access).collect();
        self.trust(folder, &accesses);
    }

    /// Which of these environments are reached by an access that is not trusted.
    async fn question(&self, folder: &Folder, environments: &[&Environment]) -> TrustQuestion {
        let trusted = folder.identity().map(|(path, _)| self.trusted.of(&path)).unwrap_or_default();
        let mut unknown: Vec<AccessToTrust> = Vec::new();
        for environment in environments {
            let Some(access) = access_of(environment).await.filter(|access| !trusted.contains(access)) else {
                continue;
            };
            match unknown.iter_mut().find(|known| known.access == access) {
                Some(known) => known.environments.push(environment.name.clone()),
                None => unknown.push(AccessToTrust { environments: vec![environment.name.clone()], access }),
            }
        }
        TrustQuestion { deployment: folder.id_text(), folder: folder.path().display().to_string(), unknown }
    }
}
