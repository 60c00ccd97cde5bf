//! `cloud compare`

use std::process::ExitCode;

use crate::args::{Common, CompareArgs};
use crate::compare_text;
use crate::exit::{self, Failure};
use crate::say::say;

pub async fn run(common: &Common, args: &CompareArgs) -> Result<ExitCode, Failure> {
    let two = [args.from.clone(), args.to.clone()];
    let engine = common.trusting_engine(&args.id, Some(&two)).await?;
    let view = engine.compare(&args.id, &args.from, &args.to).await?;
    for unanswered in &view.unanswered {
        say(&format!("cloud: {}; only its last known statuses are compared", unanswered.reason));
    }
    compare_text::show(common, &view, &engine.detail(&args.id)?.row.deployment_id)?;
    Ok(exit::of_comparison(&view))
}
