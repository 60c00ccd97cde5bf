//! `cloud repair-stack`

use std::process::ExitCode;

use skydeck_engine::Options;
use skydeck_model::StackKey;

use super::operate;
use crate::args::{Common, RepairStackArgs};
use crate::exit::Failure;
use crate::show;

/// Without a way out, the ways are shown.
pub async fn run(common: &Common, args: &RepairStackArgs) -> Result<ExitCode, Failure> {
    let Some(request) = args.request() else {
        let key = StackKey::new(&args.stack, &args.environment);
        let only = std::slice::from_ref(&args.environment);
        let engine = common.trusting_engine(&args.id, Some(only)).await?;
        show::recovery(common, &engine.recovery(&args.id, &key).await?)?;
        return Ok(ExitCode::SUCCESS);
    };
    operate::run(common, &args.id, request, Options::default(), args.yes, false).await
}
