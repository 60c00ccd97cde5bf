//! `cloud repair-stack`

use std::process::ExitCode;

use skydeck_engine::Options;
use skydeck_model::StackKey;
use skydeck_model::plan::{Repair, Request};

use super::operate;
use crate::args::{Common, RepairStackArgs};
use crate::exit::Failure;
use crate::show;

/// Without a way out, the ways are shown.
pub async fn run(common: &Common, args: &RepairStackArgs) -> Result<ExitCode, Failure> {
    let Some(repair) = way(args) else {
        let engine = common.engine()?;
        let key = StackKey::new(&args.stack, &args.environment);
        show::recovery(common, &engine.recovery(&args.id, &key).await?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let request =
        Request::RepairStack { stack: args.stack.clone(), environment: args.environment.clone(), repair };
    operate::run(common, &args.id, request, Options::default(), args.yes, false).await
}

fn way(args: &RepairStackArgs) -> Option<Repair> {
    let way = &args.way;
    if way.continue_rollback {
        Some(Repair::ContinueRollback { skip: args.skip.clone() })
    } else if way.roll_back {
        Some(Repair::RollBack)
    } else if way.discard_review {
        Some(Repair::DiscardReview)
    } else if way.unprotect {
        Some(Repair::Unprotect)
    } else {
        None
    }
}
