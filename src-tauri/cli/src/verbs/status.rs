//! `cloud status`

use std::process::ExitCode;

use skydeck_engine::view::Refreshed;
use skydeck_engine::{Engine, Tag};
use tokio::sync::broadcast::error::RecvError;

use crate::args::{Common, Output, StatusArgs};
use crate::exit::{self, Failure};
use crate::interrupted;
use crate::show;

pub async fn run(common: &Common, args: &StatusArgs) -> Result<ExitCode, Failure> {
    let engine = common.engine()?;
    check_environment(&engine, args)?;
    if args.refresh {
        match refresh(common, args, &engine).await {
            Ok(refreshed) => show::mended(common, &refreshed),
            Err(interrupted @ Failure::Interrupted) => return Err(interrupted),
            Err(error) => {
                // What the files say is shown all the same, with its age.
                let detail = engine.detail(&args.id)?;
                show::status(common, &detail, args.environment.as_ref())?;
                show::last_known(&detail, args.environment.as_ref());
                let is_shown = |problem| common.output == Output::Text && detail.problems.contains(problem);
                return Err(match error {
                    Failure::Engine(error)
                        if !error.problems().is_empty() && error.problems().iter().all(is_shown) =>
                    {
                        Failure::Told(error)
                    }
                    error => error,
                });
            }
        }
    }
    if args.watch {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => return Ok(exit::interrupted()),
            result = watch(common, args, &engine) => result?,
            () = interrupted::follow(&engine, &args.id) => {}
        }
    } else {
        interrupted::settle_in_a_moment(common, &engine, &args.id).await;
        show::status(common, &engine.detail(&args.id)?, args.environment.as_ref())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks CloudFormation for every stack, once what was interrupted is over.
async fn refresh(common: &Common, args: &StatusArgs, engine: &Engine) -> Result<Refreshed, Failure> {
    engine.vouch(&args.id, args.environment.as_ref().map(std::slice::from_ref)).await;
    interrupted::settle(common, engine, &args.id).await?;
    Ok(engine.refresh(&args.id, args.environment.as_ref()).await?)
}

fn check_environment(engine: &Engine, args: &StatusArgs) -> Result<(), Failure> {
    let detail = engine.detail(&args.id)?;
    let Some(wanted) = &args.environment else {
        return Ok(());
    };
    let names: Vec<String> = detail.environments.into_iter().map(|place| place.name).collect();
    if names.iter().any(|name| name == wanted.as_str()) {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "there is no environment '{wanted}' in this deployment; it has {}",
        names.join(", ")
    )))
}

/// Prints again whenever the deployment changes, by whomever.
async fn watch(common: &Common, args: &StatusArgs, engine: &Engine) -> Result<(), Failure> {
    let mut stale = engine.stale();
    let _watch = engine.watch()?;
    let mut shown = None;
    loop {
        let detail = engine.detail(&args.id)?;
        let this = Tag::Deployment(detail.row.deployment_id.clone());
        if shown.as_ref() != Some(&detail) {
            show::status(common, &detail, args.environment.as_ref())?;
        }
        shown = Some(detail);
        loop {
            match stale.recv().await {
                Ok(tags) if tags.contains(&this) || tags.contains(&Tag::Everything) => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}
