//! `cloud log`

use std::process::ExitCode;

use skydeck_engine::EngineError;
use skydeck_engine::view::OperationSummary;

use crate::args::{Common, LogArgs};
use crate::exit::Failure;
use crate::show;

pub fn run(common: &Common, args: &LogArgs) -> Result<ExitCode, Failure> {
    let engine = common.engine()?;
    let history = engine.history(&args.id)?;
    match &args.operation {
        None => show::history(common, &history)?,
        Some(wanted) => {
            let id = &find(&history, wanted)?.id;
            show::log(common, &engine.operation_log(&args.id, id)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The operation whose id begins so; `last`: the newest.
fn find<'h>(history: &'h [OperationSummary], wanted: &str) -> Result<&'h OperationSummary, Failure> {
    if wanted == "last" {
        return history
            .first()
            .ok_or_else(|| Failure::Refused("nothing was done to this deployment yet".to_owned()));
    }
    let mut found = history.iter().filter(|operation| operation.id.as_str().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(EngineError::NoSuchOperation(wanted.to_owned()).into()),
        (Some(one), Some(other)) => Err(Failure::Refused(format!(
            "'{wanted}' fits more than one operation, like {} and {}; write more of it",
            one.id, other.id
        ))),
    }
}
