//! An operation whose program died stands before everything else: it is said at once, with what is known, and followed. One
//! that this machine did not start is only said: `cloud resume` takes it over.

use chrono::Utc;
use skydeck_engine::{Engine, EngineError, Interrupted};
use skydeck_model::advice::FrontEnd;

use crate::args::Common;
use crate::exit::Failure;
use crate::look_text::ago;
use crate::progress;
use crate::say::say;

/// Brings an interrupted operation to its end before something else is done; nothing to do where there is none. Ctrl-C
/// gives it up: what runs at CloudFormation goes on, and the next command takes it up again.
pub async fn settle(common: &Common, engine: &Engine, id: &str) -> Result<(), Failure> {
    let Some(interrupted) = engine.interrupted(id)? else { return Ok(()) };
    if !interrupted.here {
        return Err(EngineError::InterruptedElsewhere(Box::new(interrupted)).into());
    }
    let followed = async {
        tokio::select! {
            // First, so that Ctrl-C is heard before it is offered.
            biased;
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            followed = async {
                tell(&interrupted);
                say("It is followed to its end first. Ctrl-C stops following; what runs at CloudFormation goes on.");
                engine.recover(id).await
            } => Ok(followed?),
        }
    };
    progress::show_while(common, engine, id, &interrupted.operation, followed).await
}

/// Takes up an interrupted operation as far as it comes in a moment, and says how far that is. What could not be found out
/// is said, too: the files are shown all the same.
pub async fn settle_in_a_moment(common: &Common, engine: &Engine, id: &str) {
    let recovered = async {
        match engine.interrupted(id)? {
            // It stands in the status, with the way to take it over.
            Some(interrupted) if !interrupted.here => return Ok(()),
            Some(interrupted) if !common.quiet => tell(&interrupted),
            _ => {}
        }
        engine.recover_in_a_moment(id).await
    };
    match recovered.await {
        Ok(()) => {}
        Err(EngineError::StillRuns(_)) if common.quiet => {}
        Err(EngineError::StillRuns(_)) => say(&format!(
            "It still runs at CloudFormation; this is the last known state. 'cloud status {id} --watch' follows it."
        )),
        // They stand in the status.
        Err(error) if !error.problems().is_empty() => {}
        Err(error) => say(&format!("cloud: {}", error.told(FrontEnd::Terminal))),
    }
}

/// Follows an interrupted operation for as long as its deployment is shown.
pub async fn follow(engine: &Engine, id: &str) {
    // Whoever shows the deployment tells what is wrong with its files.
    if let Ok(Some(interrupted)) = engine.interrupted(id)
        && interrupted.here
    {
        tell(&interrupted);
        say("It is followed to its end.");
        if let Err(error) = engine.recover(id).await {
            say(&format!("cloud: {}", error.told(FrontEnd::Terminal)));
        }
    }
    std::future::pending().await
}

/// What is known before anybody is asked.
fn tell(interrupted: &Interrupted) {
    let Interrupted { kind, started_at, host, pid, under_way, .. } = interrupted;
    let started = ago(started_at, Utc::now());
    say(&format!(
        "Skydeck quit during a {kind} of this deployment (process {pid} on {host}, started {started})."
    ));
    for stack in under_way {
        say(&format!("  {}: {} when last seen", stack.key, stack.status));
    }
}
