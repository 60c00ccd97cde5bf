//! `cloud plan`, and what `deploy` and `destroy` show before they ask.

use std::process::ExitCode;

use skydeck_engine::Engine;
use skydeck_engine::view::ReviewView;
use skydeck_model::plan::{PARALLEL, Request};

use crate::args::{Common, PlanArgs};
use crate::exit::{self, Failure};
use crate::interrupted;
use crate::say::say;
use crate::show;

pub async fn run(common: &Common, args: &PlanArgs) -> Result<ExitCode, Failure> {
    let request = if args.destroy {
        Request::Destroy { environment: args.environment.clone() }
    } else {
        Request::Deploy {
            environment: args.environment.clone().unwrap_or(crate::args::default_environment()?),
        }
    };
    let engine = common.trusting_engine(&args.id, request.environment().map(std::slice::from_ref)).await?;
    interrupted::settle(common, &engine, &args.id).await?;
    let view = review(&engine, &args.id, &request, PARALLEL).await.inspect_err(|_| {
        // What is known without CloudFormation is told also where it cannot be asked.
        let foreseen = engine.plan(&args.id, &request).map(|plan| plan.foreseen).unwrap_or_default();
        foreseen.iter().for_each(|problem| say(&problem.to_string()));
    })?;
    let shown = show::plan(common, &view, &engine.whole_id(&args.id)?);
    engine.discard_review(&view.id).await?;
    shown?;
    if !common.quiet {
        show::warnings(&engine.warnings(&args.id)?);
    }
    Ok(exit::of_plan(&view))
}

/// Asks CloudFormation what an operation would change; Ctrl-C gives it up.
pub async fn review(
    engine: &Engine,
    id: &str,
    request: &Request,
    parallel: u32,
) -> Result<ReviewView, Failure> {
    let review = engine.start_review(id, request, parallel).await?;
    let view = tokio::select! {
        view = engine.reviewed(&review) => view?,
        _ = tokio::signal::ctrl_c() => {
            engine.discard_review(&review).await?;
            return Err(Failure::Interrupted);
        }
    };
    match &view.problem {
        Some(problem) => {
            let problem = problem.clone();
            engine.discard_review(&review).await?;
            Err(Failure::NotReviewed(problem))
        }
        None => Ok(view),
    }
}

/// `--expect-no-changes`: nothing is deployed; whether anything would change is the answer.
pub async fn expect_no_changes(common: &Common, id: &str, request: &Request) -> Result<ExitCode, Failure> {
    let engine = common.trusting_engine(id, request.environment().map(std::slice::from_ref)).await?;
    interrupted::settle(common, &engine, id).await?;
    let view = review(&engine, id, request, PARALLEL).await?;
    engine.discard_review(&view.id).await?;
    show::plan(common, &view, id)?;
    Ok(if view.changing > 0 { exit::would_change() } else { exit::of_plan(&view) })
}
