//! Asking CloudFormation what is true, on request.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use skydeck_cloudformation::{CloudError, StackSnapshot};
use skydeck_model::cloudformation::{self, Remembered, Shown, Standing};
use skydeck_model::look::Mended;
use skydeck_model::template::MASK;
use skydeck_model::{
    Environment, EnvironmentName, EventKind, Manifest, OperationKind, OperationOutcome, Recorded, StackKey,
    StackStatus,
};
use skydeck_store::{LoadedManifest, Locked, StackEntry, State, StoreError};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::look::LooksAt;
use crate::operation::{Place, Secrets};
use crate::plan::{elsewhere, refuse_moved};
use crate::view::Refreshed;

impl Engine {
    /// Asks CloudFormation for every stack and mends what the state file says of it, with an entry in the log of what was
    /// mended; an interrupted operation is brought to its end first. An environment that cannot be asked does not
    /// keep the others from being asked. The deployment's own status stays.
    ///
    /// # Errors
    /// Files that are wrong, another operation that runs, an environment that could not be asked.
    pub async fn refresh(
        &self,
        id: &str,
        environment: Option<&EnvironmentName>,
    ) -> Result<Refreshed, EngineError> {
        self.recover_in_a_moment(id).await?;
        let folder = self.find(id)?;
        let only = environment.map(std::slice::from_ref);
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.places_as_recorded(&folder, only)?;
        let secrets = Secrets::of(&manifest, &templates, &state);
        let names = manifest.environment_names().cloned();
        let wanted: Vec<_> = names.filter(|name| environment.is_none_or(|only| only == name)).collect();
        self.expect_trust(&folder, &manifest, &wanted).await?;
        let (places, mut answer) =
            self.places_that_answer(&folder, &manifest, &wanted, manifest.stacks.len()).await;
        if places.is_empty() {
            return answer.map(|()| Refreshed::default());
        }
        let id = &manifest.deployment_id;
        let what = LooksAt { kind: OperationKind::Refresh, environments: &wanted, stack: None };
        let mut look = self.look_begins(&folder, id, &what, &secrets, Utc::now())?;
        let state = look.locked.state()?;
        let reached = places.values().map(|place| &place.environment);
        let unmoved = reached.filter(|environment| refuse_moved(&state, environment).is_ok());
        look.locked.record_environments(unmoved, &BTreeMap::new(), Utc::now())?;
        let (mut entries, mut mended) = (Vec::new(), Vec::new());
        for place in wanted.iter().filter_map(|name| places.get(name)) {
            let asked = ask_for_all(place, &manifest, &state, &secrets, &mut entries, &mut mended).await;
            let name = place.environment.name.clone();
            answer = answer.and(asked.map_err(|error| EngineError::Cloud { environment: name, error }));
        }
        let outcome = if answer.is_ok() { OperationOutcome::Succeeded } else { OperationOutcome::Partial };
        let findings = mended.iter().cloned().map(EventKind::Mended).collect();
        let operation = look.write_down(findings, outcome, &entries)?;
        self.inner.tell_changed(id.as_str());
        answer.map(|()| Refreshed { operation, mended })
    }
}

/// Asks for every stack that the manifest or the state file has in a place.
async fn ask_for_all(
    place: &Place,
    manifest: &Manifest,
    state: &State,
    secrets: &Secrets,
    entries: &mut Vec<StackEntry>,
    mended: &mut Vec<Mended>,
) -> Result<(), CloudError> {
    let name = &place.environment.name;
    let declared = manifest.stacks.iter().map(|stack| StackKey::new(&stack.name, name));
    let recorded = state.stacks.iter().filter_map(StackEntry::key).filter(|key| key.environment == *name);
    for key in declared.chain(recorded).collect::<BTreeSet<_>>() {
        let found = place.look_up(&key.cloudformation_name(&manifest.deployment_id)).await?;
        if let Some((entry, news)) = compared(state, &key, &place.environment, found, secrets) {
            entries.push(entry);
            mended.extend(news);
        }
    }
    Ok(())
}

/// Writes what CloudFormation shows, where the state file says something else.
pub(crate) fn mend(
    locked: &mut Locked,
    key: &StackKey,
    environment: &Environment,
    found: Option<StackSnapshot>,
    secrets: &Secrets,
) -> Result<(), StoreError> {
    match compared(&locked.state()?, key, environment, found, secrets) {
        Some((entry, _)) => locked.set_stack(&entry, Utc::now()),
        None => Ok(()),
    }
}

/// A stack's entry after CloudFormation was asked, and what was mended in it. `None` where the entry has a word of another
/// version, which is not rewritten, and where it is not here that one would have to look.
fn compared(
    state: &State,
    key: &StackKey,
    environment: &Environment,
    found: Option<StackSnapshot>,
    secrets: &Secrets,
) -> Option<(StackEntry, Option<Mended>)> {
    let now = Utc::now();
    let before = state.stack(key).cloned().unwrap_or_else(|| StackEntry::not_deployed(key, now));
    let recorded = before.status.known()?;
    if elsewhere(&state.environments, &before, environment).is_some() {
        return None;
    }
    found.iter().for_each(|snapshot| secrets.learn(snapshot));
    let changed_at = found.as_ref().and_then(StackSnapshot::changed_at).map(skydeck_store::timestamp);
    let shown = found.as_ref().map(|snapshot| Shown {
        status: &snapshot.status,
        reason: snapshot.reason.as_deref(),
        stack_id: &snapshot.id,
        changed_at: changed_at.as_deref(),
    });
    let remembered = Remembered {
        status: recorded,
        cloudformation_status: before.cloudformation_status.as_deref(),
        stack_id: before.stack_id.as_deref(),
        changed_at: before.changed_at.as_deref(),
        outside: before.outside.as_ref().and_then(Recorded::known),
    };
    let seen = cloudformation::seen(&remembered, shown.as_ref());
    let mut entry = before.clone();
    if let Some(status) = seen.status {
        entry.status = Recorded::Known(status);
        // Why a stack is not there stays worth knowing.
        if status != StackStatus::NotDeployed {
            entry.reason = None;
        }
    }
    entry.reason = seen.remark.or(entry.reason);
    entry.reason.iter_mut().for_each(|reason| secrets.mask(reason));
    if seen.outside != remembered.outside {
        entry.outside = seen.outside.map(Recorded::Known);
    }
    let is_there = |status: &str| cloudformation::standing(status) != Standing::Absent;
    match found {
        Some(snapshot) => {
            entry.outputs = snapshot.outputs;
            for (name, value) in &mut entry.outputs {
                secrets.mask(value);
                // The files may not tell the secret any more that the stack was deployed with.
                match before.outputs.get(name) {
                    Some(masked) if masked.contains(MASK) => value.clone_from(masked),
                    _ => {}
                }
            }
            entry.cloudformation_status = Some(snapshot.status);
            entry.stack_id = Some(snapshot.id);
            entry.changed_at = changed_at;
        }
        // By its id it is known again, should it only have been out of sight.
        None if entry.cloudformation_status.as_deref().is_some_and(is_there) => {
            entry.outputs.clear();
            entry.cloudformation_status = None;
            entry.changed_at = None;
        }
        None => {}
    }
    if entry != before {
        entry.last_updated = skydeck_store::timestamp(now);
    }
    entry.checked_at = Some(skydeck_store::timestamp(now));
    let news = (entry.status != before.status || entry.reason != before.reason).then(|| Mended {
        key: key.clone(),
        from: recorded,
        to: seen.status.unwrap_or(recorded),
        why: why(&entry),
    });
    Some((entry, news))
}

/// Why an entry was mended: the remark on what others did, else what CloudFormation shows.
fn why(entry: &StackEntry) -> String {
    let shown = entry.cloudformation_status.as_deref().unwrap_or("no such stack");
    entry.reason.clone().unwrap_or_else(|| format!("CloudFormation shows {shown}"))
}
