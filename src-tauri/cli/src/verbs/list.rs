//! `cloud list`

use std::process::ExitCode;

use crate::args::Common;
use crate::exit::Failure;
use crate::show;

pub fn run(common: &Common) -> Result<ExitCode, Failure> {
    show::deployments(common, &common.engine()?.list()?)?;
    Ok(ExitCode::SUCCESS)
}
