//! How environments are reached: the profiles of the AWS configuration, the test of a connection, and what the manifest
//! says of an environment.

use chrono::Utc;
use skydeck_cloudformation::{Access, Identity};
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::{EnvironmentName, Target, status};
use skydeck_store::{Doing, EnvironmentEntry, Folder, StackEntry};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::plan::elsewhere;
use crate::view::EnvironmentSettings;

impl Engine {
    /// The profiles and SSO sessions of the AWS configuration, and the endpoints that variables set. Never a secret.
    pub async fn access(&self) -> Access {
        skydeck_cloudformation::access().await
    }

    /// Whose credentials a profile gives (STS GetCallerIdentity); an empty one is the default credential chain.
    ///
    /// # Errors
    /// Credentials that do not hold, or AWS that cannot be reached.
    pub async fn test_connection(&self, profile: &str, region: &str) -> Result<Identity, EngineError> {
        let region: Region = region.parse()?;
        let profile = Some(profile).filter(|profile| !profile.is_empty());
        Ok(skydeck_cloudformation::identify(profile, &region).await?)
    }

    /// What the manifest says of an environment.
    ///
    /// # Errors
    /// No such deployment or environment, or a manifest whose form is wrong.
    pub fn environment_settings(
        &self,
        id: &str,
        environment: &EnvironmentName,
    ) -> Result<EnvironmentSettings, EngineError> {
        let manifest = self.find(id)?.manifest_unchecked()?;
        let found = manifest.environment(environment);
        let found = found.ok_or_else(|| EngineError::EnvironmentGone { environment: environment.clone() })?;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(EnvironmentSettings {
            target: found.target,
            region: found.region.to_string(),
            account: found.account.to_string(),
            profile: text(&found.profile),
            role_arn: text(&found.role_arn),
            template_bucket: text(&found.template_bucket),
            tags: found.tags.clone(),
            notification_arns: found.notification_arns.clone(),
        })
    }

    /// Writes an environment's settings into the manifest; everything else in it stays as it stands. A manifest that
    /// would be wrong then is not written. `prove`: an environment that is reached on AWS in another way than before is
    /// asked first whose account that is. `expected`: what has to stand there still, for who undoes a change.
    ///
    /// # Errors
    /// No such deployment or environment, settings that are wrong or others than expected, credentials of another account
    /// or none, another operation that runs, or a disk that fails.
    pub async fn set_environment_settings(
        &self,
        id: &str,
        environment: &EnvironmentName,
        settings: &EnvironmentSettings,
        expected: Option<&EnvironmentSettings>,
        prove: bool,
    ) -> Result<(), EngineError> {
        let folder = self.find(id)?;
        self.refuse_busy(&folder)?;
        let now = self.environment_settings(id, environment)?;
        refuse_to_leave(&folder, environment, &now, settings)?;
        if prove && needs_proof(&now, settings) {
            self.prove(environment, settings).await?;
        }
        let mut locked = self.lock(&folder, &"settings".parse()?, Doing::Settings, Utc::now())?;
        let now = self.environment_settings(id, environment)?;
        if expected.is_some_and(|expected| now != *expected) {
            return Err(EngineError::ChangedMeanwhile);
        }
        refuse_to_leave(&folder, environment, &now, settings)?;
        locked.set_environment(
            environment,
            &EnvironmentEntry {
                target: settings.target.as_str(),
                region: &settings.region,
                account: &settings.account,
                profile: &settings.profile,
                role_arn: &settings.role_arn,
                template_bucket: &settings.template_bucket,
                tags: &settings.tags,
                notification_arns: &settings.notification_arns,
            },
        )?;
        // It was written by whoever uses this machine.
        self.vouch(id, Some(std::slice::from_ref(environment))).await;
        self.inner.tell_changed(&folder.id_text());
        Ok(())
    }

    /// That the credentials belong to the environment's account.
    async fn prove(
        &self,
        environment: &EnvironmentName,
        settings: &EnvironmentSettings,
    ) -> Result<(), EngineError> {
        let expected: AccountId = settings.account.parse()?;
        let Identity { account: found, .. } =
            self.test_connection(&settings.profile, &settings.region).await?;
        if found != expected.as_str() {
            return Err(EngineError::WrongAccount { environment: environment.clone(), expected, found });
        }
        Ok(())
    }
}

/// That no stack would stay behind where nobody looks any more.
fn refuse_to_leave(
    folder: &Folder,
    environment: &EnvironmentName,
    now: &EnvironmentSettings,
    then: &EnvironmentSettings,
) -> Result<(), EngineError> {
    if (now.target, &now.region, &now.account) == (then.target, &then.region, &then.account) {
        return Ok(());
    }
    let manifest = folder.manifest_unchecked()?;
    let Some(place) = manifest.environment(environment) else { return Ok(()) };
    let state = folder.state()?;
    let entries = state.stacks.iter().filter(|entry| entry.environment == environment.as_str());
    // One that was never made is nowhere, and one that is elsewhere already is not left by this.
    let is_here = |entry: &&StackEntry| {
        entry.stack_id.is_some()
            && status::may_be_there(&entry.status)
            && elsewhere(&state.environments, entry, place).is_none()
    };
    match entries.filter(is_here).count() {
        0 => Ok(()),
        stacks => Err(EngineError::LeavesStacks {
            environment: environment.clone(),
            stacks,
            place: format!("{}, account {}", now.region, now.account),
        }),
    }
}

/// Whether an environment would be reached on AWS, and in another way than now.
fn needs_proof(now: &EnvironmentSettings, then: &EnvironmentSettings) -> bool {
    let way =
        |it: &EnvironmentSettings| (it.target, it.profile.clone(), it.account.clone(), it.region.clone());
    then.target == Target::Aws && way(now) != way(then)
}
