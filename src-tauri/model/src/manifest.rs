//! The manifest: what the user wants deployed where (`docs/reference/manifest.md`), already read from its file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::former::FormerEnvironment;
use crate::graph::Needs;
use crate::ids::{AccountId, DeploymentId, EnvironmentName, FolderWord, Region, StackName};

/// The only manifest version that this program knows.
pub const VERSION: &str = "1";

/// `deployment-manifest.yaml`. Environments and stacks keep the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The deployment's id.
    pub deployment_id: DeploymentId,
    /// Whose deployment it is.
    pub organization: FolderWord,
    /// What it deploys.
    pub project: FolderWord,
    /// The domain that it serves, like `livetest.example`.
    pub domain: String,
    /// The deployment template that it was made from.
    pub template: String,
    /// Where it can be deployed.
    pub environments: Vec<Environment>,
    /// What can be deployed.
    pub stacks: Vec<Stack>,
    /// What else it has, which could not be read.
    pub unread: Unread,
    /// Environments that were taken out of it while stacks of theirs may exist. The file does not have them: they are
    /// added to it from what is recorded ([`crate::former`]).
    pub former: BTreeMap<EnvironmentName, FormerEnvironment>,
    /// What stacks that were taken out of the file needed, and who needed them, in each environment, when they were
    /// last deployed ([`crate::former::needs`]).
    pub recorded_needs: BTreeMap<EnvironmentName, Needs>,
}

/// What a manifest has that could not be read: nobody is to think that it was taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// Of the environments.
    pub environments: Names,
    /// Of the stacks.
    pub stacks: Names,
}

/// Some names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// These.
    These(BTreeSet<String>),
    /// Nobody can tell which.
    Any,
}

impl Default for Names {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Names {
    /// Whether a name may be among them.
    pub fn may_hold(&self, name: &str) -> bool {
        match self {
            Self::These(names) => names.contains(name),
            Self::Any => true,
        }
    }
}

/// Where an environment lives (`docs/reference/words.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// CloudFormation itself, or any endpoint that speaks its protocol.
    Aws,
    /// The embedded CloudFormation.
    Sandbox,
}

impl Target {
    /// The word of the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Sandbox => "sandbox",
        }
    }
}

/// One entry of `environments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: Region,
    /// The only account that an operation on it may touch.
    pub account: AccountId,
    /// A profile of the AWS configuration, if not the default credential chain.
    pub profile: Option<String>,
    /// The role that CloudFormation assumes, if not the caller's own rights.
    pub role_arn: Option<String>,
    /// The S3 bucket through which templates go that are too large for a call.
    pub template_bucket: Option<String>,
    /// The account that the bucket belongs to, if not that of the environment. Of any other nothing is put there.
    pub template_bucket_owner: Option<AccountId>,
    /// Tags of every stack in it; a stack's own come first.
    pub tags: BTreeMap<String, String>,
    /// SNS topics that CloudFormation tells of every stack's events.
    pub notification_arns: Vec<String>,
}

impl Environment {
    /// One of which only that is known without which it cannot be reached.
    pub fn at(name: EnvironmentName, target: Target, region: Region, account: AccountId) -> Self {
        Self {
            name,
            target,
            region,
            account,
            profile: None,
            role_arn: None,
            template_bucket: None,
            template_bucket_owner: None,
            tags: BTreeMap::new(),
            notification_arns: Vec::new(),
        }
    }
}

/// One entry of `stacks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: StackName,
    /// What holds in every environment.
    pub settings: StackSettings,
    /// What differs in some.
    pub overrides: BTreeMap<EnvironmentName, StackOverrides>,
}

/// How a stack is deployed, with an environment's overrides already merged where one is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackSettings {
    /// Whether `deploy` takes it.
    pub enabled: bool,
    /// The CloudFormation template, relative to the deployment's folder.
    pub template: String,
    /// Stacks that go first although no output of theirs is used.
    pub depends_on: Vec<StackName>,
    /// Parameter values; may hold references (see [`crate::reference`]).
    pub parameters: BTreeMap<String, String>,
    /// CloudFormation capabilities that the user acknowledges.
    pub capabilities: Vec<String>,
    /// Tags for the stack and its resources.
    pub tags: BTreeMap<String, String>,
    /// Whether CloudFormation refuses to delete the stack.
    pub termination_protection: bool,
    /// The file with the stack policy, relative to the deployment's folder.
    pub stack_policy: Option<String>,
    /// When CloudFormation rolls an operation back on an alarm.
    pub rollback: Option<RollbackSettings>,
    /// After how many minutes CloudFormation gives a create up.
    pub timeout_minutes: Option<u32>,
}

/// CloudFormation's RollbackConfiguration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackSettings {
    /// For how many minutes the alarms are watched after the stack is done, 0 to 180.
    pub monitoring_minutes: u32,
    /// CloudWatch alarms by ARN, five at most.
    pub alarms: Vec<String>,
}

/// What one environment changes of [`StackSettings`]: maps are merged key by key, the rest is replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackOverrides {
    /// See [`StackSettings::enabled`].
    pub enabled: Option<bool>,
    /// See [`StackSettings::template`].
    pub template: Option<String>,
    /// See [`StackSettings::depends_on`].
    pub depends_on: Option<Vec<StackName>>,
    /// See [`StackSettings::parameters`].
    pub parameters: BTreeMap<String, String>,
    /// See [`StackSettings::capabilities`].
    pub capabilities: Option<Vec<String>>,
    /// See [`StackSettings::tags`].
    pub tags: BTreeMap<String, String>,
    /// See [`StackSettings::termination_protection`].
    pub termination_protection: Option<bool>,
    /// See [`StackSettings::stack_policy`].
    pub stack_policy: Option<String>,
    /// See [`StackSettings::rollback`].
    pub rollback: Option<RollbackSettings>,
    /// See [`StackSettings::timeout_minutes`].
    pub timeout_minutes: Option<u32>,
}

impl Manifest {
    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == *name)
    }

    /// How an environment is reached, also one that was taken out of the manifest.
    pub fn reachable(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environment(name).or_else(|| self.former.get(name)?.reachable())
    }

    /// The names of all environments: those of the manifest in its order, then those that were taken out.
    pub fn environment_names(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.environments.iter().map(|environment| &environment.name).chain(self.former.keys())
    }

    /// The stack of that name.
    pub fn stack(&self, name: &StackName) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.name == *name)
    }
}

impl Stack {
    /// A stack with what its entry says; what it does not say is as if it were switched off or empty.
    pub fn new(name: StackName, own: StackOverrides) -> Self {
        let settings = StackSettings {
            enabled: own.enabled.unwrap_or_default(),
            template: own.template.unwrap_or_default(),
            depends_on: own.depends_on.unwrap_or_default(),
            parameters: own.parameters,
            capabilities: own.capabilities.unwrap_or_default(),
            tags: own.tags,
            termination_protection: own.termination_protection.unwrap_or_default(),
            stack_policy: own.stack_policy,
            rollback: own.rollback,
            timeout_minutes: own.timeout_minutes,
        };
        Self { name, settings, overrides: BTreeMap::new() }
    }

    /// The settings that hold in one environment.
    pub fn settings_in(&self, environment: &EnvironmentName) -> StackSettings {
        let mut settings = self.settings.clone();
        let Some(overrides) = self.overrides.get(environment).cloned() else {
            return settings;
        };
        settings.enabled = overrides.enabled.unwrap_or(settings.enabled);
        settings.template = overrides.template.unwrap_or(settings.template);
        settings.depends_on = overrides.depends_on.unwrap_or(settings.depends_on);
        settings.parameters.extend(overrides.parameters);
        settings.capabilities = overrides.capabilities.unwrap_or(settings.capabilities);
        settings.tags.extend(overrides.tags);
        settings.termination_protection =
            overrides.termination_protection.unwrap_or(settings.termination_protection);
        settings.stack_policy = overrides.stack_policy.or(settings.stack_policy);
        settings.rollback = overrides.rollback.or(settings.rollback);
        settings.timeout_minutes = overrides.timeout_minutes.or(settings.timeout_minutes);
        settings
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn overrides_merge_maps_key_by_key_and_replace_the_rest() {
        let prod: EnvironmentName = "prod".parse().unwrap();
        let stack = Stack {
            name: "network".parse().unwrap(),
            settings: StackSettings {
                enabled: false,
                template: "stacks/network.yaml".to_owned(),
                depends_on: vec!["a".parse().unwrap()],
                parameters: map(&[("Mode", "lax"), ("Size", "1")]),
                capabilities: vec!["CAPABILITY_IAM".to_owned()],
                tags: map(&[("team", "platform")]),
                termination_protection: false,
                stack_policy: None,
                rollback: None,
                timeout_minutes: None,
            },
            overrides: BTreeMap::from([(
                prod.clone(),
                StackOverrides {
                    enabled: Some(true),
                    parameters: map(&[("Mode", "strict")]),
                    termination_protection: Some(true),
                    ..StackOverrides::default()
                },
            )]),
        };
        assert_eq!(stack.settings_in(&"dev".parse().unwrap()), stack.settings);
        let merged = stack.settings_in(&prod);
        assert!(merged.enabled && merged.termination_protection);
        assert_eq!(merged.parameters, map(&[("Mode", "strict"), ("Size", "1")]));
        assert_eq!(merged.capabilities, stack.settings.capabilities);
        assert_eq!(merged.depends_on, stack.settings.depends_on);
    }
}
