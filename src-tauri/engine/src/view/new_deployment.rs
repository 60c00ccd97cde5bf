//! A deployment that is about to be made.

use serde::{Deserialize, Serialize};
use skydeck_model::Target;
use specta::Type;

/// What a new deployment is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct NewDeployment {
    /// Whose it is.
    pub organization: String,
    /// What it deploys.
    pub project: String,
    /// The domain that it serves.
    pub domain: String,
    /// The deployment template to start from.
    pub template: String,
    /// Its environments, in order.
    pub environments: Vec<NewEnvironment>,
    /// The id to use; `None`: one is drawn.
    pub id: Option<String>,
}

/// One environment of a new deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct NewEnvironment {
    /// Its name.
    pub name: String,
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: String,
    /// The AWS profile; empty or `None`: the default credential chain.
    pub profile: Option<String>,
}

/// What a [`NewDeployment`] would become.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct NewDeploymentPreview {
    /// What is wrong with the input, by field: `organization`, `environments.0.account`.
    pub problems: Vec<FieldProblem>,
    /// What the user should know although it is no mistake.
    pub remarks: Vec<String>,
    /// The folder's name; the id in it is drawn on creation and shown as `D??????`.
    pub folder: String,
    /// The files that will be written in it, with their texts.
    pub files: Vec<PreviewFile>,
    /// The stacks of the deployment template, and whether each starts enabled.
    pub stacks: Vec<PreviewStack>,
    /// The same on the command line; `None` where one command cannot say it.
    pub command: Option<String>,
}

/// Something wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A file that will be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct PreviewFile {
    /// Relative to the deployment's folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A stack of a deployment template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct PreviewStack {
    /// Its name.
    pub name: String,
    /// What it is, from its CloudFormation template's description.
    pub description: String,
    /// Whether it starts enabled.
    pub enabled: bool,
}
