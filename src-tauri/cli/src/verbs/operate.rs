//! `cloud deploy`, `deploy-stack`, `destroy`, `destroy-stack`

use std::process::ExitCode;

use skydeck_engine::view::PlanView;
use skydeck_engine::{Engine, Options};
use skydeck_model::plan::Request;
use skydeck_model::{OperationId, Target};

use crate::args::{Common, DeployArgs, DeployStackArgs, DestroyArgs, DestroyStackArgs};
use crate::ask;
use crate::exit::{self, Failure};
use crate::progress;
use crate::show;

pub async fn deploy(common: &Common, args: &DeployArgs) -> Result<ExitCode, Failure> {
    let request = Request::Deploy { environment: args.environment.clone() };
    run(common, &args.id, request, args.options(), args.run.yes).await
}

pub async fn deploy_stack(common: &Common, args: &DeployStackArgs) -> Result<ExitCode, Failure> {
    let request = Request::DeployStack {
        stack: args.stack.clone(),
        environment: args.environment.clone(),
        skip_dependencies: args.skip_dependencies,
    };
    run(common, &args.id, request, Options::default(), args.yes).await
}

pub async fn destroy(common: &Common, args: &DestroyArgs) -> Result<ExitCode, Failure> {
    let request = Request::Destroy { environment: args.environment.clone() };
    run(common, &args.id, request, args.options(), args.run.yes).await
}

pub async fn destroy_stack(common: &Common, args: &DestroyStackArgs) -> Result<ExitCode, Failure> {
    let request = Request::DestroyStack {
        stack: args.stack.clone(),
        environment: args.environment.clone(),
        force: args.force,
    };
    run(common, &args.id, request, Options::default(), args.yes).await
}

async fn run(
    common: &Common,
    id: &str,
    request: Request,
    options: Options,
    yes: bool,
) -> Result<ExitCode, Failure> {
    let engine = common.engine()?;
    engine.recover(id).await?;
    let id = engine.detail(id)?.row.deployment_id;
    confirm(&id, &request, &engine.plan(&id, &request)?, yes)?;
    let events = engine.events();
    let operation = engine.start(&id, &request, &options).await?;
    tokio::select! {
        () = progress::follow(common, &engine, &id, &operation, events) => {}
        () = cancel_on_ctrl_c(&engine, &operation) => return Ok(exit::interrupted()),
    }
    engine.wait(&operation).await;
    let view = engine.operation(&id, &operation)?;
    // The operation is what it is, whether or not somebody reads how it ended.
    let _ = show::operation(common, &view, &engine.detail(&id)?);
    Ok(view.outcome.map_or_else(exit::left_open, exit::of_outcome))
}

/// A destroy asks for the id; a deploy asks where it is not for the sandbox.
fn confirm(id: &str, request: &Request, plan: &PlanView, yes: bool) -> Result<(), Failure> {
    let question = show::question(plan);
    match request {
        Request::Destroy { .. } | Request::DestroyStack { .. } => ask::type_it(&question, id, yes),
        Request::Deploy { .. } | Request::DeployStack { .. } => {
            let only_sandbox = plan.environments.iter().all(|place| place.target == Target::Sandbox);
            ask::yes(&question, yes || only_sandbox)
        }
    }
}

/// Once: nothing further starts. Twice: what runs is called off. The third time the program leaves; the
/// operation is then recognised as cut off and brought to its end by whoever looks next.
async fn cancel_on_ctrl_c(engine: &Engine, operation: &OperationId) {
    for _ in 0..2 {
        if tokio::signal::ctrl_c().await.is_err() || engine.cancel(operation).is_err() {
            // Without signals, or with the operation just over, there is nothing to do but wait.
            std::future::pending::<()>().await;
        }
    }
    // An error would mean that no third one can come.
    let _ = tokio::signal::ctrl_c().await;
}
