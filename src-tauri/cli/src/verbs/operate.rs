//! `cloud deploy`, `deploy-stack`, `destroy`, `destroy-stack`

use std::process::ExitCode;

use skydeck_engine::view::PlanView;
use skydeck_engine::{Engine, EngineError, Options};
use skydeck_model::plan::Request;
use skydeck_model::{OperationId, Target};

use super::plan;
use crate::args::{Common, DeployArgs, DeployStackArgs, DestroyArgs, DestroyStackArgs};
use crate::ask;
use crate::exit::{self, Failure};
use crate::interrupted;
use crate::progress;
use crate::show;

pub async fn deploy(common: &Common, args: &DeployArgs) -> Result<ExitCode, Failure> {
    let request = args.request();
    if args.expect_no_changes {
        return plan::expect_no_changes(common, &args.id, &request).await;
    }
    let options = Options { keep_going: args.keep_going, ..args.run.options() };
    run(common, &args.id, request, options, args.run.yes, args.review).await
}

pub async fn deploy_stack(common: &Common, args: &DeployStackArgs) -> Result<ExitCode, Failure> {
    let options = Options { keep_going: args.keep_going, ..Options::default() };
    run(common, &args.id, args.request(), options, args.yes, false).await
}

pub async fn destroy(common: &Common, args: &DestroyArgs) -> Result<ExitCode, Failure> {
    run(common, &args.id, args.request(), args.run.options(), args.run.yes, false).await
}

pub async fn destroy_stack(common: &Common, args: &DestroyStackArgs) -> Result<ExitCode, Failure> {
    run(common, &args.id, args.request(), Options::default(), args.yes, false).await
}

/// Shows, asks, runs and reports. Where somebody is asked, or asks for it (`review`), what is shown is CloudFormation's
/// own word, and what runs is exactly that.
pub async fn run(
    common: &Common,
    id: &str,
    request: Request,
    mut options: Options,
    yes: bool,
    review: bool,
) -> Result<ExitCode, Failure> {
    let only = request.environment().map(std::slice::from_ref);
    let engine = common.trusting_engine(id, only).await?;
    interrupted::settle(common, &engine, id).await?;
    let id = engine.whole_id(id)?;
    let plan = engine.plan(&id, &request)?;
    if !plan.foreseen.is_empty() && !options.keep_going {
        return Err(EngineError::KnownToFail(plan.foreseen).into());
    }
    let asks = !yes && !needs_no_question(&request, &plan);
    if asks && !ask::somebody() {
        // Refused before CloudFormation is asked anything.
        confirm(&id, &request, &plan, yes).await?;
    }
    if review || asks {
        let view = plan::review(&engine, &id, &request, options.pace().parallel()).await?;
        options.review = Some(view.id.clone());
        show::review(&view);
    }
    options.wait_for_login = ask::somebody();
    options.quiet = common.quiet;
    let events = engine.events();
    let started = async {
        confirm(&id, &request, &plan, yes).await?;
        Ok(engine.start(&id, &request, &options).await?)
    };
    let operation = match started.await {
        Ok(operation) => operation,
        Err(refused) => {
            engine.discard_reviews().await;
            return Err(refused);
        }
    };
    tokio::select! {
        () = progress::follow(common, &engine, &id, &operation, events, !yes) => {}
        () = cancel_on_ctrl_c(&engine, &id, &operation) => return Ok(exit::interrupted()),
    }
    engine.wait(&operation).await;
    let view = engine.operation(&id, &operation).map_err(Failure::Unknown)?;
    let after = engine.detail(&id).map_err(Failure::Unknown)?;
    // The operation is what it is, whether or not somebody reads how it ended.
    let _ = show::operation(common, &view, &after);
    Ok(view.outcome.map_or_else(exit::left_open, exit::of_outcome))
}

/// A destroy asks for the id; a deploy or a repair asks where it is not for the sandbox.
async fn confirm(id: &str, request: &Request, plan: &PlanView, yes: bool) -> Result<(), Failure> {
    let question = show::question(plan);
    match request {
        Request::Destroy { .. } | Request::DestroyStack { .. } => ask::type_it(&question, id, yes).await,
        Request::Deploy { .. } | Request::DeployStack { .. } | Request::RepairStack { .. } => {
            ask::yes(&question, yes || needs_no_question(request, plan)).await
        }
    }
}

fn needs_no_question(request: &Request, plan: &PlanView) -> bool {
    let only_sandbox = plan.environments.iter().all(|place| place.target == Target::Sandbox);
    only_sandbox && !matches!(request, Request::Destroy { .. } | Request::DestroyStack { .. })
}

/// Once: nothing further starts. Twice: what runs is called off. The third time the program leaves; the
/// operation is then recognised as interrupted and brought to its end by whoever looks next.
async fn cancel_on_ctrl_c(engine: &Engine, id: &str, operation: &OperationId) {
    for running_too in [false, true] {
        if tokio::signal::ctrl_c().await.is_err() || engine.cancel(id, operation, running_too).is_err() {
            // Without signals, or with the operation just over, there is nothing to do but wait.
            std::future::pending::<()>().await;
        }
    }
    // An error would mean that no third one can come.
    let _ = tokio::signal::ctrl_c().await;
}
