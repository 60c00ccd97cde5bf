//! The `cloud` command: the engine's operations for scripts and terminals (`docs/reference/command.md`). Each verb
//! parses, calls the engine, presents.

mod args;
mod ask;
mod compare_text;
mod duration;
mod exit;
mod interrupted;
mod look_text;
mod plan_text;
mod progress;
mod say;
mod show;
mod table;
mod verbs;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use skydeck_model::clean;
use tokio::runtime::{Builder, Runtime};

use crate::args::{Cli, Verb};
use crate::exit::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    cli.common.start_logging();
    let code = runtime(&cli.verb).map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&cli)));
    code.unwrap_or_else(|failure| {
        if let Some(message) = failure.message() {
            say::say(&format!("cloud: {message}"));
        }
        failure.exit_code()
    })
}

/// The help, or what is wrong with the command line: words of which may come from the name of a file.
fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if clean::lines(&text) == text {
        // With its colours, and to where it belongs.
        error.exit()
    }
    say::say(text.trim_end());
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX))
}

/// A server has use for every core. Everything else waits for answers most of the time, and each thread would keep
/// memory of its own for that.
fn runtime(verb: &Verb) -> io::Result<Runtime> {
    let mut builder = match verb {
        Verb::Sandbox(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

async fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let common = &cli.common;
    match &cli.verb {
        Verb::Init(args) => verbs::init::run(common, args).await,
        Verb::List => verbs::list::run(common),
        Verb::Status(args) => verbs::status::run(common, args).await,
        Verb::Drift(args) => verbs::drift::run(common, args).await,
        Verb::Compare(args) => verbs::compare::run(common, args).await,
        Verb::Plan(args) => verbs::plan::run(common, args).await,
        Verb::Deploy(args) => verbs::operate::deploy(common, args).await,
        Verb::DeployStack(args) => verbs::operate::deploy_stack(common, args).await,
        Verb::Destroy(args) => verbs::operate::destroy(common, args).await,
        Verb::DestroyStack(args) => verbs::operate::destroy_stack(common, args).await,
        Verb::Cancel(args) => verbs::cancel::run(common, args),
        Verb::Resume(args) => verbs::resume::run(common, args).await,
        Verb::Log(args) => verbs::log::run(common, args),
        Verb::RepairStack(args) => verbs::repair::run(common, args).await,
        Verb::Sandbox(args) => verbs::sandbox::run(common, args).await,
    }
}
