//! Why an operation may not start, in words.

use crate::advice::{Advice, FrontEnd};
use crate::graph::Why;
use crate::ids::{EnvironmentName, StackName};
use crate::manifest::Manifest;

/// Why an operation may not start (`docs/reference/statuses.md`). Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The manifest has no such environment.
    #[error("there is no environment '{name}' in this deployment; it has {known}")]
    UnknownEnvironment {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A deploy to an environment that was taken out of the manifest.
    #[error(
        "{environment} is not in the manifest any more, so that nothing can be deployed to it: put it back into \
         'environments', or destroy what is left in it"
    )]
    FormerEnvironment {
        /// Which.
        environment: EnvironmentName,
    },
    /// A deploy of a stack that was taken out of the manifest.
    #[error(
        "{stack} is deployed in {environment} and not in the manifest any more, so that it cannot be deployed: put it \
         back into 'stacks', or destroy it"
    )]
    FormerStack {
        /// Which.
        stack: StackName,
        /// Where.
        environment: EnvironmentName,
    },
    /// An environment was taken out of the manifest, and nothing tells how it is reached.
    #[error(
        "{environment} is not in the manifest any more, nothing that is recorded tells how it is reached, and these may \
         still exist in it: {stacks}; put {environment} back into 'environments' of the manifest and try again"
    )]
    LostEnvironment {
        /// Which.
        environment: EnvironmentName,
        /// What may exist there.
        stacks: String,
    },
    /// Neither the manifest nor the state file has such a stack.
    #[error("there is no stack '{name}' in this deployment; it has {known}")]
    UnknownStack {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A deploy with nothing to do.
    #[error("no stack is enabled in {environment}")]
    NothingEnabled {
        /// Where.
        environment: EnvironmentName,
    },
    /// An enabled stack needs a disabled one that is not deployed.
    #[error("{stack} needs {needs}, which is disabled and not deployed in {environment}")]
    NeedsDisabled {
        /// The enabled stack.
        stack: StackName,
        /// The disabled one.
        needs: StackName,
        /// Where.
        environment: EnvironmentName,
    },
    /// deploy-stack before its dependencies.
    #[error("{stack} needs what is not deployed in {environment}: {needs}")]
    DependencyNotDeployed {
        /// The stack asked for.
        stack: StackName,
        /// What it needs.
        needs: String,
        /// Where.
        environment: EnvironmentName,
    },
    /// destroy-stack under a deployed dependent.
    #[error("{stack} is still needed in {environment}, by {dependents}")]
    DependentDeployed {
        /// The stack asked for.
        stack: StackName,
        /// Who needs it.
        dependents: String,
        /// Whether one of them imports an export, so that CloudFormation refuses as well.
        imported: bool,
        /// Where.
        environment: EnvironmentName,
    },
    /// The manifest's dependencies come round.
    #[error("the stacks need each other in a circle: {0}")]
    Cycle(String),
}

impl Refusal {
    pub(crate) fn unknown_environment(manifest: &Manifest, name: &EnvironmentName) -> Self {
        let known = list(manifest.environment_names().map(EnvironmentName::as_str));
        Self::UnknownEnvironment { name: name.to_string(), known }
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            // What these say holds what to do, the same everywhere.
            Self::FormerEnvironment { .. } | Self::FormerStack { .. } | Self::LostEnvironment { .. } => None,
            Self::UnknownEnvironment { .. } | Self::UnknownStack { .. } | Self::Cycle(_) => None,
            Self::NothingEnabled { .. } => Some(Advice::EnableStack),
            Self::NeedsDisabled { .. } => Some(Advice::EnableNeeded),
            Self::DependencyNotDeployed { .. } => Some(Advice::DeployNeeded),
            Self::DependentDeployed { imported: true, .. } => Some(Advice::DestroyImporters),
            Self::DependentDeployed { imported: false, .. } => Some(Advice::DestroyDependents),
        }
    }

    /// It with what to do about it, in the words of a front end.
    pub fn told(&self, front_end: FrontEnd) -> String {
        let what = self.to_string();
        self.advice().map_or(what.clone(), |advice| advice.after(&what, front_end))
    }

    /// Whether it can be done all the same, where that is asked for expressly.
    pub fn can_be_overridden(&self) -> bool {
        matches!(self, Self::DependencyNotDeployed { .. } | Self::DependentDeployed { .. })
    }

    pub(crate) fn unknown_stack(manifest: &Manifest, stack: &StackName) -> Self {
        let known = manifest.stacks.iter().map(|stack| stack.name.as_str());
        Self::UnknownStack { name: stack.to_string(), known: list(known) }
    }
}

/// A stack, with what the manifest does not say of why it is needed, or needs.
pub(crate) fn with_reasons<'a>(name: &StackName, reasons: impl Iterator<Item = &'a Why>) -> String {
    let unsaid = reasons.filter(|why| matches!(why, Why::Import(_) | Why::StackOutput(_) | Why::Recorded));
    let said: Vec<String> = unsaid.map(Why::to_string).collect();
    if said.is_empty() { name.to_string() } else { format!("{name} ({})", said.join(", ")) }
}

/// Names in a row.
pub(crate) fn list<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.map(|name| name.as_ref().to_owned()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
