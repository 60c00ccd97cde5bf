//! Asking CloudFormation what is true, on request.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::Utc;
use skydeck_cloudformation::{CloudError, Connection, StackSnapshot};
use skydeck_model::cloudformation::{self, Remembered, Shown, Standing};
use skydeck_model::{EnvironmentName, Manifest, OperationKind, Recorded, StackKey};
use skydeck_store::{Folder, LoadedManifest, Locked, StackEntry, StoreError};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::Secrets;

/// Between two questions after a stack on which something still runs.
const PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Asks CloudFormation for every stack and mends what the state file says of it; an operation that was
    /// cut off is brought to its end first. An environment that cannot be asked does not keep the others
    /// from being asked.
    ///
    /// # Errors
    /// Files that are wrong, another operation that runs, an environment that could not be asked.
    pub async fn refresh(&self, id: &str, environment: Option<&EnvironmentName>) -> Result<(), EngineError> {
        self.recover(id).await?;
        let folder = self.find(id)?;
        let LoadedManifest { manifest, templates, .. } = folder.manifest()?;
        let secrets = Secrets::of(&manifest, &templates);
        let names = manifest.environments.iter().map(|environment| environment.name.clone());
        let wanted: Vec<_> = names.filter(|name| environment.is_none_or(|only| only == name)).collect();
        let mut answer = Ok(());
        for name in wanted {
            let refreshed = self.refresh_environment(&folder, &manifest, &name, &secrets).await;
            answer = answer.and(refreshed);
        }
        self.inner.tell_changed(manifest.deployment_id.as_str());
        answer
    }

    async fn refresh_environment(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        name: &EnvironmentName,
        secrets: &Secrets,
    ) -> Result<(), EngineError> {
        let places = self.places(manifest, std::slice::from_ref(name), manifest.stacks.len()).await?;
        let Some(place) = places.get(name) else {
            return Ok(());
        };
        let mut locked = self.lock(folder, &"refresh".parse()?, OperationKind::Deploy, Utc::now())?;
        let declared = manifest.stacks.iter().map(|stack| StackKey::new(&stack.name, name));
        let recorded = folder.state()?.stacks.into_iter().filter_map(|entry| entry.key());
        let keys: BTreeSet<StackKey> =
            declared.chain(recorded.filter(|key| key.environment == *name)).collect();
        for key in keys {
            let found = place.look_up(&key.cloudformation_name(&manifest.deployment_id)).await;
            let found = found.map_err(|error| EngineError::Cloud { environment: name.clone(), error })?;
            mend(&mut locked, &key, found, secrets)?;
        }
        Ok(())
    }
}

/// Writes what CloudFormation shows, where the state file says something else.
pub(crate) fn mend(
    locked: &mut Locked,
    key: &StackKey,
    found: Option<StackSnapshot>,
    secrets: &Secrets,
) -> Result<(), StoreError> {
    let state = locked.folder().state()?;
    let now = Utc::now();
    let before = state.stack(key).cloned().unwrap_or_else(|| StackEntry::not_deployed(key, now));
    // A word of another version is not rewritten.
    let Some(recorded) = before.status.known() else {
        return Ok(());
    };
    let changed_at = found.as_ref().and_then(StackSnapshot::changed_at).map(skydeck_store::timestamp);
    let shown = found.as_ref().map(|snapshot| Shown {
        status: &snapshot.status,
        stack_id: &snapshot.id,
        changed_at: changed_at.as_deref(),
    });
    let remembered = Remembered {
        status: recorded,
        cloudformation_status: before.cloudformation_status.as_deref(),
        stack_id: before.stack_id.as_deref(),
        changed_at: before.changed_at.as_deref(),
    };
    let seen = cloudformation::seen(&remembered, shown.as_ref());
    let mut entry = before.clone();
    if let Some(status) = seen.status {
        entry.status = Recorded::Known(status);
        entry.reason = None;
    }
    entry.reason = seen.remark.or(entry.reason);
    entry.outputs = found.as_ref().map(|snapshot| snapshot.outputs.clone()).unwrap_or_default();
    entry.outputs.values_mut().for_each(|value| secrets.mask(value));
    entry.cloudformation_status = found.as_ref().map(|snapshot| snapshot.status.clone());
    entry.stack_id = found.map(|snapshot| snapshot.id);
    entry.changed_at = changed_at;
    if entry == before {
        return Ok(());
    }
    entry.last_updated = skydeck_store::timestamp(now);
    locked.set_stack(&entry, now)
}

/// The stack once nothing runs on it any more.
pub(crate) async fn rest(connection: &Connection, name: &str) -> Result<Option<StackSnapshot>, CloudError> {
    loop {
        let found = connection.describe(name).await?;
        match &found {
            Some(snapshot) if cloudformation::standing(&snapshot.status) == Standing::Busy => {
                tokio::time::sleep(PAUSE).await;
            }
            _ => return Ok(found),
        }
    }
}
