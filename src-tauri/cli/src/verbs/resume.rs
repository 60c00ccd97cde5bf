//! `cloud resume`

use std::process::ExitCode;

use chrono::Utc;
use skydeck_engine::{Engine, TakeOverPlace, TakeOverView};
use skydeck_model::Target;

use crate::args::{Common, ResumeArgs};
use crate::exit::{self, Failure};
use crate::look_text::ago;
use crate::say::say;
use crate::{ask, progress, show};

/// Says what it means, asks where another machine started the operation, and follows it to its end.
pub async fn run(common: &Common, args: &ResumeArgs) -> Result<ExitCode, Failure> {
    let engine = common.engine()?;
    let id = engine.whole_id(&args.id)?;
    let interrupted = engine.interrupted(&id)?;
    if let Some(interrupted) = &interrupted {
        let only = interrupted.environment.as_ref().map(std::slice::from_ref);
        engine.vouch_for_interrupted(&id, only).await;
    }
    let view = engine.take_over_view(&id).await?;
    if !common.quiet {
        tell(&view);
    }
    let needs_no_question = interrupted.is_some_and(|it| it.here)
        || view.places.iter().all(|place| place.target == Target::Sandbox);
    ask::yes("Take it over?", args.yes || needs_no_question).await?;
    let followed = async {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            followed = engine.take_over(&id, &view.operation) => Ok(followed?),
        }
    };
    progress::show_while(common, &engine, &id, &view.operation, followed).await?;
    report(common, &engine, &id, &view)
}

fn tell(view: &TakeOverView) {
    let started = ago(&view.started_at, Utc::now());
    say(&format!("A {} was interrupted on {} (started {started}).", view.kind, view.host));
    for TakeOverPlace { environment, target, region, account, profile, identity } in &view.places {
        let way = profile.as_ref().map_or(String::new(), |profile| format!(", profile {profile}"));
        let who = identity.as_ref().map_or(String::new(), |arn| format!(", as {arn}"));
        say(&format!("  {environment}: {}, {region}, account {account}{way}{who}", target.as_str()));
    }
    view.effects.iter().for_each(|effect| say(&format!("  {effect}")));
}

fn report(common: &Common, engine: &Engine, id: &str, view: &TakeOverView) -> Result<ExitCode, Failure> {
    let after = engine.detail(id).map_err(Failure::Unknown)?;
    match engine.operation(id, &view.operation) {
        Ok(operation) => {
            show::operation(common, &operation, &after)?;
            Ok(operation.outcome.map_or_else(exit::left_open, exit::of_outcome))
        }
        // It has left no log.
        Err(_) => {
            show::status(common, &after, None)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
