//! `cloud cancel`

use std::process::ExitCode;

use crate::args::{CancelArgs, Common};
use crate::exit::Failure;
use crate::show;

pub fn run(common: &Common, args: &CancelArgs) -> Result<ExitCode, Failure> {
    show::cancelling(common, &common.engine()?.cancel_current(&args.id)?)?;
    Ok(ExitCode::SUCCESS)
}
