//! The app's settings, and those of one environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skydeck_model::Target;
use specta::Type;

use crate::settings::{AppSettings, RootSource};

/// The settings as the screen shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct SettingsView {
    /// The settings.
    pub settings: AppSettings,
    /// How many stacks at once where that is not set.
    pub default_parallel: u32,
    /// What is wrong with their file.
    pub problems: Vec<String>,
    /// Their file.
    pub file: String,
    /// The root folder that is open.
    pub root: String,
    /// What decides about the root folder.
    pub root_from: RootSource,
    /// The root folder from the next start on, where that is another.
    pub next_root: Option<String>,
}

/// How an environment is reached: what the manifest says of it and the user may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSettings {
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: String,
    /// The profile of the AWS configuration; empty: the default credential chain.
    pub profile: String,
    /// The role that CloudFormation assumes; empty: the caller's own rights.
    pub role_arn: String,
    /// The S3 bucket for large templates; empty: none.
    pub template_bucket: String,
    /// Tags of every stack in it.
    pub tags: BTreeMap<String, String>,
    /// SNS topics that are told of every stack's events.
    pub notification_arns: Vec<String>,
}
