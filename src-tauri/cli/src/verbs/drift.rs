//! `cloud drift`

use std::process::ExitCode;

use crate::args::{Common, DriftArgs};
use crate::exit::{self, Failure};
use crate::interrupted;
use crate::say::say;
use crate::show;

pub async fn run(common: &Common, args: &DriftArgs) -> Result<ExitCode, Failure> {
    let only = std::slice::from_ref(&args.environment);
    let engine = common.trusting_engine(&args.id, Some(only)).await?;
    interrupted::settle(common, &engine, &args.id).await?;
    if !common.quiet {
        say("CloudFormation compares the stacks with their templates; that may take minutes.");
    }
    let view = engine.drift(&args.id, &args.environment, args.stack.as_ref()).await?;
    show::drift(common, &view, &engine.whole_id(&args.id)?, &args.environment)?;
    Ok(exit::of_drift(&view))
}
