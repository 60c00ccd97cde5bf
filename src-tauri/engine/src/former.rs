//! What is deployed and not in the manifest any more: how it is reached, and what front ends say of it. The rules are
//! [`skydeck_model::former`].

use std::collections::{BTreeMap, BTreeSet};

use skydeck_model::command::Command;
use skydeck_model::former::{self, FormerEnvironment, FormerStack};
use skydeck_model::manifest::{StackSettings, Unread};
use skydeck_model::plan::{Deletion, Pace, Request};
use skydeck_model::validate::MANIFEST_FILE;
use skydeck_model::{
    Environment, EnvironmentName, Manifest, Problem, Stack, StackKey, StackName, Target, cloudformation,
    status,
};
use skydeck_store::{Folder, LoadedManifest, Metadata, StackEntry, State, StoreError};

use crate::engine::Inner;
use crate::view::FormerView;

impl Inner {
    /// The manifest for whoever works where the stacks of some environments are, or of all, with those that were taken out of
    /// it; and the state file that tells of these.
    ///
    /// # Errors
    /// The manifest cannot be read at all; as [`Folder::telling_places`]; a state file that cannot be read.
    pub(crate) fn manifest_of_places(
        &self,
        folder: &Folder,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<(LoadedManifest, State), StoreError> {
        let (loaded, state) = (folder.manifest_as_it_is()?, folder.state()?);
        Ok((self.with_places(folder, loaded, &state, environments)?, state))
    }

    /// The same for whoever needs nothing but those places: by what is recorded of them where the manifest cannot be read.
    ///
    /// # Errors
    /// As [`Self::manifest_of_places`], where nothing is recorded that could take its place.
    pub(crate) fn places_as_recorded(
        &self,
        folder: &Folder,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<(LoadedManifest, State), StoreError> {
        let (loaded, state) = (self.manifest_or_record(folder)?, folder.state()?);
        Ok((self.with_places(folder, loaded, &state, environments)?, state))
    }

    /// A manifest with the places that were taken out of it. What is recorded has them.
    ///
    /// # Errors
    /// As [`Folder::telling_places`].
    pub(crate) fn with_places(
        &self,
        folder: &Folder,
        loaded: LoadedManifest,
        state: &State,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<LoadedManifest, StoreError> {
        if loaded.is_recorded {
            return Ok(loaded);
        }
        let mut loaded = folder.telling_places(loaded, environments)?;
        self.recall(&mut loaded.manifest, state);
        Ok(loaded)
    }

    /// The same for whoever brings an operation to its end: whatever the manifest says by now, its stacks are where it worked
    /// on them, which is written down before it begins. With whose credentials one gets there is the manifest's to say, as
    /// long as it means the same account.
    ///
    /// # Errors
    /// As [`Self::manifest_or_record`].
    pub(crate) fn places_worked_on(&self, folder: &Folder) -> Result<(LoadedManifest, State), StoreError> {
        let (mut loaded, state) = (self.manifest_or_record(folder)?, folder.state()?);
        let manifest = &mut loaded.manifest;
        let reached = |recorded: &Environment| match manifest.environment(&recorded.name) {
            Some(now) if now.account == recorded.account => {
                Environment { profile: now.profile.clone(), ..recorded.clone() }
            }
            _ => recorded.clone(),
        };
        let worked_on: Vec<Environment> = state.environments.values().map(reached).collect();
        manifest.environments.retain(|environment| !state.environments.contains_key(&environment.name));
        manifest.environments.extend(worked_on);
        self.recall(manifest, &state);
        Ok((loaded, state))
    }

    /// The manifest as it is. Where it cannot be read, or does not tell which environments there are, what is recorded, with
    /// what is wrong with the file: nothing can be deployed of that.
    ///
    /// # Errors
    /// As [`Folder::manifest_as_it_is`], where nothing is recorded that could take its place, and where the file must not be
    /// read.
    pub(crate) fn manifest_or_record(&self, folder: &Folder) -> Result<LoadedManifest, StoreError> {
        let loaded = folder.manifest_as_it_is();
        let problems = match &loaded {
            Ok(LoadedManifest { manifest, findings, .. }) => {
                let is_ours = || folder.id().is_none_or(|id| id == manifest.deployment_id);
                if findings.blocking(&[]).is_empty() || !is_ours() {
                    return loaded;
                }
                findings.invalid()
            }
            Err(StoreError::Invalid { problems, .. }) => problems.clone(),
            Err(error @ StoreError::Unreadable { .. }) => vec![of_the_file(error)],
            Err(error) if error.is_missing() => vec![of_the_file(error)],
            Err(_) => return loaded,
        };
        let (Ok(metadata), Ok(state)) = (folder.metadata(), folder.state()) else { return loaded };
        match self.recorded(&metadata, &state) {
            Some(manifest) => {
                let text = folder.template_body(MANIFEST_FILE).unwrap_or_default();
                Ok(LoadedManifest::recorded(manifest, text, problems))
            }
            None => loaded,
        }
    }

    /// A manifest of what is recorded. `None`: nothing is, or not in words of this version.
    fn recorded(&self, metadata: &Metadata, state: &State) -> Option<Manifest> {
        let mut manifest = Manifest {
            deployment_id: metadata.id()?,
            organization: metadata.organization.parse().ok()?,
            project: metadata.project.parse().ok()?,
            domain: metadata.domain.clone().unwrap_or_default(),
            template: metadata.template.clone().unwrap_or_default(),
            environments: state.environments.values().cloned().collect(),
            stacks: Vec::new(),
            unread: Unread::default(),
            former: BTreeMap::new(),
            recorded_needs: BTreeMap::new(),
        };
        self.recall(&mut manifest, state);
        let known = manifest.former.values().filter_map(FormerEnvironment::reachable).cloned();
        manifest.environments.extend(known.collect::<Vec<_>>());
        manifest.former.retain(|_, former| former.reachable().is_none());
        let mut names: Vec<StackName> = Vec::new();
        // What never was there is no matter without a manifest that wants it.
        let ever = state.stacks.iter().filter(|it| it.stack_id.is_some() || status::may_be_there(&it.status));
        for name in ever.filter_map(|entry| entry.stack_name.parse().ok()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let needs = |stack: &StackName| -> BTreeSet<StackName> {
            let recorded = state.needs.values().filter_map(|needs| needs.get(stack)).flatten();
            recorded.filter(|needs| names.contains(needs)).cloned().collect()
        };
        manifest.stacks = names.iter().map(|name| as_recorded(name, needs(name))).collect();
        (!manifest.environments.is_empty()).then_some(manifest)
    }

    /// Adds to a manifest the environments that were taken out of it while something of theirs may exist, as they were
    /// reached when an operation last worked on them.
    pub(crate) fn recall(&self, manifest: &mut Manifest, state: &State) {
        let stacks = former_stacks(manifest, state);
        let names = former::environments(manifest, &stacks);
        let known = &*manifest;
        let found = names.into_iter().map(|name| {
            let recorded = state.environments.get(&name).cloned();
            let place = match recorded.or_else(|| self.derived(known, state, &name)) {
                Some(environment) => FormerEnvironment::Reachable(environment),
                None => FormerEnvironment::Lost {
                    stacks: stacks
                        .iter()
                        .filter(|stack| stack.environment == name.as_str())
                        .map(|stack| stack.stack.clone())
                        .collect(),
                },
            };
            (name, place)
        });
        let found = found.collect();
        manifest.former = found;
        manifest.recorded_needs = former::needs(manifest, &state.needs);
    }

    /// Of a state file that does not record it: region and account are in the ids of the stacks, and the sandbox knows its
    /// own. Whether the credentials of this machine are those of the account, the guard proves.
    fn derived<'s>(
        &self,
        manifest: &Manifest,
        state: &'s State,
        name: &EnvironmentName,
    ) -> Option<Environment> {
        let in_it = state.stacks.iter().filter(|entry| entry.environment == name.as_str());
        let living = in_it.filter(|entry| status::may_be_there(&entry.status));
        let own = |entry: &'s StackEntry| {
            let name = entry.key()?.cloudformation_name(&manifest.deployment_id);
            cloudformation::named_id(entry.stack_id.as_deref()?, &name)
        };
        let ids: Vec<&str> = living.filter_map(own).collect();
        let (region, account) = ids.iter().find_map(|id| cloudformation::home(id))?;
        let is_simulated = ids.iter().any(|id| self.sandbox.knows(id));
        let target = if is_simulated { Target::Sandbox } else { Target::Aws };
        Some(Environment::at(name.clone(), target, region, account))
    }
}

/// What is wrong with the manifest as a whole.
fn of_the_file(error: &StoreError) -> Problem {
    Problem {
        file: MANIFEST_FILE.to_owned(),
        at: None,
        key: String::new(),
        message: error.to_string(),
        hint: String::new(),
    }
}

/// A stack of which nothing is known but its name and what it needs.
fn as_recorded(name: &StackName, needs: BTreeSet<StackName>) -> Stack {
    Stack {
        name: name.clone(),
        settings: StackSettings {
            enabled: true,
            depends_on: needs.into_iter().collect(),
            ..StackSettings::default()
        },
        overrides: BTreeMap::new(),
    }
}

/// The stacks that may exist and have no place in the manifest.
pub(crate) fn former_stacks(manifest: &Manifest, state: &State) -> Vec<FormerStack> {
    let recorded = state.stacks.iter().map(StackEntry::recorded);
    former::stacks(manifest, recorded)
}

/// The same in words, with what to do.
pub(crate) fn former_views(manifest: &Manifest, state: &State) -> Vec<FormerView> {
    let id = manifest.deployment_id.as_str();
    former_stacks(manifest, state).into_iter().map(|stack| view(manifest, id, stack)).collect()
}

fn view(manifest: &Manifest, id: &str, former: FormerStack) -> FormerView {
    let text = former.to_string();
    let lost = || {
        format!(
            "nothing recorded tells how {} is reached: put it back into 'environments' of the manifest",
            former.environment
        )
    };
    let (request, hint) = match former.key() {
        None => (None, Some("its name is not one that this version can work with".to_owned())),
        Some(key) if manifest.environment(&key.environment).is_some() => {
            let (stack, environment) = (key.stack, key.environment);
            let deletion = Deletion::default();
            (Some(Request::DestroyStack { stack, environment, force: false, deletion }), None)
        }
        Some(key) if manifest.reachable(&key.environment).is_some() => {
            (Some(Request::Destroy { environment: Some(key.environment) }), None)
        }
        Some(_) => (None, Some(lost())),
    };
    let command = request.clone().map(|request| Command::Run { request, pace: Pace::default() });
    FormerView {
        command: command.and_then(|command| command.line(id)),
        stack: former.stack,
        environment: former.environment,
        status: former.status,
        text,
        hint,
    }
}

impl FormerView {
    /// Whether it is this stack.
    pub(crate) fn is(&self, key: &StackKey) -> bool {
        self.stack == key.stack.as_str() && self.environment == key.environment.as_str()
    }
}
