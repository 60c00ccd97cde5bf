//! The command line (`docs/reference/command.md`).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use skydeck_engine::{Engine, Options};
use skydeck_model::plan::{Deletion, Repair, Request};
use skydeck_model::{EnvironmentName, StackName, Target};

use crate::exit::Failure;
use crate::say;

/// Multi-stack CloudFormation deployments: what is deployed where, and how to change it.
#[derive(Debug, Parser)]
#[command(name = "cloud", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub verb: Verb,
}

/// What holds for every verb.
#[derive(Debug, Args)]
pub struct Common {
    /// The folder that holds all deployments [default: $SKYDECK_ROOT, else the settings, else the data folder]
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Print without colours
    #[arg(long, global = true)]
    no_color: bool,
    /// Print no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print every resource's events too; twice: what the program does inside
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Create a deployment
    Init(InitArgs),
    /// List all deployments with their own status
    List,
    /// Show one deployment's status and that of each of its stacks
    Status(StatusArgs),
    /// Compare stacks with their templates: what was changed behind CloudFormation's back
    Drift(DriftArgs),
    /// Show by which stacks, templates and parameters one environment is behind another
    Compare(CompareArgs),
    /// Show what a deploy would change, as CloudFormation itself tells it; nothing is deployed
    Plan(PlanArgs),
    /// Deploy every enabled stack of an environment, in dependency order
    Deploy(DeployArgs),
    /// Deploy one stack; the deployment's own status does not change
    DeployStack(DeployStackArgs),
    /// Destroy every stack, in one environment or in all
    Destroy(DestroyArgs),
    /// Destroy one stack; the deployment's own status does not change
    DestroyStack(DestroyStackArgs),
    /// Call off what runs on a deployment: once, and nothing further starts; twice, and what runs is cancelled too
    Cancel(CancelArgs),
    /// Bring an operation that was interrupted to its end, also one that another machine started
    Resume(ResumeArgs),
    /// Show what was done to a deployment, or everything that happened in one operation
    Log(LogArgs),
    /// Show the ways out for a stack that CloudFormation holds fast, or take one
    RepairStack(RepairStackArgs),
    /// The embedded CloudFormation
    Sandbox(SandboxArgs),
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Where [default: dev; with --destroy all environments]
    #[arg(short, long, value_name = "E")]
    pub environment: Option<EnvironmentName>,
    /// What a destroy would delete, keep and run into
    #[arg(long)]
    pub destroy: bool,
}

#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
}

#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct LogArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// The operation, by its id or the beginning of it, or 'last' [default: a list of all]
    pub operation: Option<String>,
}

/// The environment where none is named (`docs/reference/command.md`).
pub fn default_environment() -> Result<EnvironmentName, Failure> {
    Ok("dev".parse().map_err(skydeck_engine::EngineError::from)?)
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The organization
    #[arg(long = "org", value_name = "O")]
    pub organization: String,
    /// The project
    #[arg(long, value_name = "P")]
    pub project: String,
    /// The domain that it serves, like example.com
    #[arg(long, value_name = "D")]
    pub domain: String,
    /// The account of the environment dev
    #[arg(long, value_name = "N")]
    pub account_dev: Option<String>,
    /// The account of the environment stage
    #[arg(long, value_name = "N")]
    pub account_stage: Option<String>,
    /// The account of the environment prod
    #[arg(long, value_name = "N")]
    pub account_prod: Option<String>,
    /// The region of every environment
    #[arg(long, value_name = "R", default_value = "us-east-1")]
    pub region: String,
    /// The deployment template to start from
    #[arg(long, default_value = "default")]
    pub template: String,
    /// Where the environments live
    #[arg(long, value_enum, default_value_t = TargetArg::Sandbox)]
    pub target: TargetArg,
    /// The AWS profile of every environment
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The deployment's id [default: one is drawn]
    #[arg(long, value_name = "DXXXXXX")]
    pub id: Option<String>,
    /// Begin anew in a root folder that held deployments and is gone or empty now
    #[arg(long)]
    pub new_root: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    Sandbox,
    Aws,
}

impl From<TargetArg> for Target {
    fn from(target: TargetArg) -> Self {
        match target {
            TargetArg::Sandbox => Self::Sandbox,
            TargetArg::Aws => Self::Aws,
        }
    }
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Only this environment
    #[arg(short, long, value_name = "E")]
    pub environment: Option<EnvironmentName>,
    /// Print again whenever something changes, until Ctrl-C
    #[arg(short, long)]
    pub watch: bool,
    /// Ask CloudFormation first, and mend what the files say
    #[arg(long)]
    pub refresh: bool,
}

#[derive(Debug, Args)]
pub struct DriftArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Only this stack
    pub stack: Option<StackName>,
    /// Where
    #[arg(short, long, value_name = "E", default_value = "dev")]
    pub environment: EnvironmentName,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// The environment that is the measure
    pub from: EnvironmentName,
    /// The environment that is measured
    pub to: EnvironmentName,
}

/// How an operation runs.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// How many stacks at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    parallel: u32,
    /// Start no further stack after the first failure
    #[arg(long)]
    stop_on_failure: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

impl RunArgs {
    pub fn options(&self) -> Options {
        Options { parallel: Some(self.parallel), stop_on_failure: self.stop_on_failure, ..Options::default() }
    }
}

#[derive(Debug, Args)]
pub struct DeployArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Where
    #[arg(short, long, value_name = "E", default_value = "dev")]
    pub environment: EnvironmentName,
    /// Show what CloudFormation says will change, and execute exactly that, also where nobody is asked
    #[arg(long)]
    pub review: bool,
    /// Deploy nothing; exit with 1 where anything would change
    #[arg(long, conflicts_with = "review")]
    pub expect_no_changes: bool,
    /// Start although some stacks are known to fail; the others are deployed
    #[arg(long)]
    pub keep_going: bool,
    #[command(flatten)]
    pub run: RunArgs,
}

impl DeployArgs {
    pub fn request(&self) -> Request {
        Request::Deploy { environment: self.environment.clone() }
    }
}

#[derive(Debug, Args)]
pub struct DeployStackArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// The stack
    pub stack: StackName,
    /// Where
    #[arg(short, long, value_name = "E", default_value = "dev")]
    pub environment: EnvironmentName,
    /// Even where a stack that it needs is not deployed
    #[arg(long)]
    pub skip_dependencies: bool,
    /// Start although the stack is known to fail
    #[arg(long)]
    pub keep_going: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

impl DeployStackArgs {
    pub fn request(&self) -> Request {
        Request::DeployStack {
            stack: self.stack.clone(),
            environment: self.environment.clone(),
            skip_dependencies: self.skip_dependencies,
        }
    }
}

#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// Where [default: in all environments]
    #[arg(short, long, value_name = "E")]
    pub environment: Option<EnvironmentName>,
    #[command(flatten)]
    pub run: RunArgs,
}

impl DestroyArgs {
    pub fn request(&self) -> Request {
        Request::Destroy { environment: self.environment.clone() }
    }
}

#[derive(Debug, Args)]
pub struct DestroyStackArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// The stack
    pub stack: StackName,
    /// Where
    #[arg(short, long, value_name = "E", default_value = "dev")]
    pub environment: EnvironmentName,
    /// Even where a deployed stack needs it
    #[arg(long)]
    pub force: bool,
    /// Leave this resource behind, by its name in the template; only out of DELETE_FAILED
    #[arg(long, value_name = "RESOURCE")]
    pub retain: Vec<String>,
    /// Leave behind whatever cannot be deleted; only out of DELETE_FAILED
    #[arg(long, conflicts_with = "retain")]
    pub force_delete: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

impl DestroyStackArgs {
    pub fn request(&self) -> Request {
        Request::DestroyStack {
            stack: self.stack.clone(),
            environment: self.environment.clone(),
            force: self.force,
            deletion: Deletion { retain: self.retain.clone(), force: self.force_delete },
        }
    }
}

#[derive(Debug, Args)]
pub struct RepairStackArgs {
    /// The deployment, by its id or the beginning of it
    pub id: String,
    /// The stack
    pub stack: StackName,
    /// Where
    #[arg(short, long, value_name = "E", default_value = "dev")]
    pub environment: EnvironmentName,
    #[command(flatten)]
    pub way: WayArgs,
    /// With --continue-rollback: leave this resource as it is, by its name in the template
    #[arg(long, value_name = "RESOURCE", requires = "continue_rollback")]
    pub skip: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

impl RepairStackArgs {
    /// `None`: no way out is named.
    pub fn request(&self) -> Option<Request> {
        let way = &self.way;
        let ways = [
            (way.continue_rollback, Repair::ContinueRollback { skip: self.skip.clone() }),
            (way.roll_back, Repair::RollBack),
            (way.discard_review, Repair::DiscardReview),
            (way.unprotect, Repair::Unprotect),
        ];
        let (_, repair) = ways.into_iter().find(|(named, _)| *named)?;
        let (stack, environment) = (self.stack.clone(), self.environment.clone());
        Some(Request::RepairStack { stack, environment, repair })
    }
}

/// The way out; without one, all of them are shown.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct WayArgs {
    /// Go on with a rollback that failed (UPDATE_ROLLBACK_FAILED)
    #[arg(long)]
    pub continue_rollback: bool,
    /// Go back to the last version that stood (UPDATE_FAILED)
    #[arg(long)]
    pub roll_back: bool,
    /// Remove a change set that was never executed, with the empty stack around it (REVIEW_IN_PROGRESS)
    #[arg(long)]
    pub discard_review: bool,
    /// Switch termination protection off
    #[arg(long)]
    pub unprotect: bool,
}

#[derive(Debug, Args)]
pub struct SandboxArgs {
    #[command(subcommand)]
    pub verb: SandboxVerb,
}

#[derive(Debug, Subcommand)]
pub enum SandboxVerb {
    /// Offer the sandbox to any CloudFormation client, on the loopback address
    Serve {
        /// The port; 0: a free one
        #[arg(long, default_value_t = 4599)]
        port: u16,
    },
}

impl Common {
    /// Opens the engine on the root folder that the command line, the environment or the settings name.
    pub fn engine(&self) -> Result<Engine, Failure> {
        let root = match &self.root {
            Some(root) => root.clone(),
            None => skydeck_engine::default_root()?,
        };
        Ok(Engine::open(root, "cloud")?)
    }

    /// The same for a verb that asks AWS, in these environments of a deployment or in all: that somebody asked for it by name
    /// is the trust that it needs.
    pub async fn trusting_engine(
        &self,
        id: &str,
        environments: Option<&[EnvironmentName]>,
    ) -> Result<Engine, Failure> {
        let engine = self.engine()?;
        engine.vouch(id, environments).await;
        Ok(engine)
    }

    /// Whether standard output takes colours (<https://no-color.org>).
    pub fn colours(&self) -> bool {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        !self.no_color && !refused && say::is_output_read()
    }

    /// Skydeck's own inner messages go to standard error: warnings, and with `-vv` all of them. Never those of the
    /// AWS SDK, which tell parameter values and what programs say that give credentials; what they warn of is in the
    /// errors.
    pub fn start_logging(&self) {
        use tracing::level_filters::LevelFilter;
        use tracing_subscriber::filter::Targets;
        use tracing_subscriber::layer::SubscriberExt;
        use tracing_subscriber::util::SubscriberInitExt;
        let own = if self.verbose > 1 { LevelFilter::DEBUG } else { LevelFilter::WARN };
        tracing_subscriber::registry()
            .with(tracing_subscriber::fmt::layer().with_writer(say::log))
            .with(Targets::new().with_target("skydeck", own))
            .init();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
