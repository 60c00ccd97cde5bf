//! What is deployed and not in the manifest any more: how it is reached, and what front ends say of it. The rules are
//! [`skydeck_model::former`].

use std::collections::BTreeMap;

use skydeck_model::command::Command;
use skydeck_model::former::{self, FormerEnvironment, FormerStack};
use skydeck_model::plan::{Deletion, Pace, Request};
use skydeck_model::{Environment, EnvironmentName, Manifest, StackKey, Target, cloudformation, status};
use skydeck_store::{Folder, LoadedManifest, State, StoreError};

use crate::engine::Inner;
use crate::view::FormerView;

impl Inner {
    /// The manifest for whoever works where the stacks of some environments are, or of all, with those that were taken out of
    /// it; and the state file that tells of these.
    ///
    /// # Errors
    /// As [`Folder::manifest_of_places`]; a state file that cannot be read.
    pub(crate) fn manifest_of_places(
        &self,
        folder: &Folder,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<(LoadedManifest, State), StoreError> {
        let mut loaded = folder.manifest_of_places(environments)?;
        let state = folder.state()?;
        self.recall(&mut loaded.manifest, &state);
        Ok((loaded, state))
    }

    /// Adds to a manifest the environments that were taken out of it while something of theirs may exist, as they were
    /// reached when an operation last worked on them.
    pub(crate) fn recall(&self, manifest: &mut Manifest, state: &State) {
        let stacks = former_stacks(manifest, state);
        let names = former::environments(manifest, &stacks);
        let found = names.into_iter().map(|name| {
            let recorded = state.environments.get(&name).cloned();
            let place = match recorded.or_else(|| self.derived(state, &name)) {
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
        manifest.former = found.collect();
    }

    /// Of a state file that does not record it: region and account are in the ids of the stacks, and the sandbox knows its
    /// own. Whether the credentials of this machine are those of the account, the guard proves.
    fn derived(&self, state: &State, name: &EnvironmentName) -> Option<Environment> {
        let in_it = state.stacks.iter().filter(|entry| entry.environment == name.as_str());
        let living = in_it.filter(|entry| status::may_be_there(&entry.status));
        let ids: Vec<&str> = living.filter_map(|entry| entry.stack_id.as_deref()).collect();
        let (region, account) = ids.iter().find_map(|id| cloudformation::home(id))?;
        let is_simulated = ids.iter().any(|id| self.sandbox.knows(id));
        Some(Environment {
            name: name.clone(),
            target: if is_simulated { Target::Sandbox } else { Target::Aws },
            region,
            account,
            profile: None,
            role_arn: None,
            template_bucket: None,
            tags: BTreeMap::new(),
            notification_arns: Vec::new(),
        })
    }
}

/// The stacks that may exist and have no place in the manifest.
pub(crate) fn former_stacks(manifest: &Manifest, state: &State) -> Vec<FormerStack> {
    let recorded = state.stacks.iter();
    let recorded =
        recorded.map(|entry| (entry.stack_name.as_str(), entry.environment.as_str(), &entry.status));
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
