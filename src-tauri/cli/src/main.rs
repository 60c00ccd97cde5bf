//! The `cloud` command: the engine's operations for scripts and terminals (contract, section 5). Each verb
//! parses, calls the engine, presents.

mod args;
mod ask;
mod exit;
mod look_text;
mod plan_text;
mod progress;
mod say;
mod show;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Verb};
use crate::exit::Failure;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.common.start_logging();
    match run(&cli).await {
        Ok(code) => code,
        Err(failure) => {
            if let Some(message) = failure.message() {
                say::say(&format!("cloud: {message}"));
            }
            failure.exit_code()
        }
    }
}

async fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let common = &cli.common;
    match &cli.verb {
        Verb::Init(args) => verbs::init::run(common, args),
        Verb::List => verbs::list::run(common),
        Verb::Status(args) => verbs::status::run(common, args).await,
        Verb::Drift(args) => verbs::drift::run(common, args).await,
        Verb::Plan(args) => verbs::plan::run(common, args).await,
        Verb::Deploy(args) => verbs::operate::deploy(common, args).await,
        Verb::DeployStack(args) => verbs::operate::deploy_stack(common, args).await,
        Verb::Destroy(args) => verbs::operate::destroy(common, args).await,
        Verb::DestroyStack(args) => verbs::operate::destroy_stack(common, args).await,
        Verb::Cancel(args) => verbs::cancel::run(common, args),
        Verb::Log(args) => verbs::log::run(common, args),
        Verb::RepairStack(args) => verbs::repair::run(common, args).await,
        Verb::Sandbox(args) => verbs::sandbox::run(common, args).await,
    }
}
