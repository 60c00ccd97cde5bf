//! Taking over an operation that another machine started, or that was started in another copy of the folder: never without
//! being asked to, and after it was shown what that means.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use skydeck_model::event::OperationView;
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::{EnvironmentName, OperationId, OperationKind, StackKey, Target};
use skydeck_store::{Folder, StoreError};
use specta::Type;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::interrupted::Interrupted;
use crate::operation::Place;

/// What taking over an interrupted operation means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct TakeOverView {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// The machine that ran it.
    pub host: String,
    /// When it started (RFC 3339).
    pub started_at: String,
    /// Where CloudFormation is asked, as whom.
    pub places: Vec<TakeOverPlace>,
    /// What is done, a sentence each.
    pub effects: Vec<String>,
}

/// Where CloudFormation is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct TakeOverPlace {
    /// The environment.
    pub environment: EnvironmentName,
    /// Where it lives.
    pub target: Target,
    /// Its region.
    pub region: Region,
    /// Its account.
    pub account: AccountId,
    /// The profile; `None`: the default credentials.
    pub profile: Option<String>,
    /// Who one is there, as AWS says; `None` in the sandbox.
    pub identity: Option<String>,
}

impl Engine {
    /// What taking over the interrupted operation of a deployment means, and as whom it is done. Nothing is changed.
    ///
    /// # Errors
    /// No such deployment, nothing to take over, files that are wrong, an account that is not trusted, or credentials that do
    /// not hold.
    pub async fn take_over_view(&self, id: &str) -> Result<TakeOverView, EngineError> {
        let folder = self.find(id)?;
        self.refuse_busy(&folder)?;
        let interrupted = self.interrupted(id)?.ok_or(EngineError::NothingInterrupted)?;
        let (environments, keys, reviewed) = extent(&folder, &interrupted)?;
        let (loaded, _) = self.inner.places_worked_on(&folder)?;
        let places = self.places(&folder, &loaded.manifest, &environments, 1).await?;
        let places = in_order(&environments, &places);
        Ok(TakeOverView {
            effects: effects(&interrupted, &keys, reviewed),
            operation: interrupted.operation,
            kind: interrupted.kind,
            host: interrupted.host,
            started_at: interrupted.started_at,
            places,
        })
    }

    /// Takes an interrupted operation over, whoever started it, and brings it to its end, however long that takes.
    ///
    /// # Errors
    /// As [`Engine::recover`]; an operation that is not the interrupted one any more.
    pub async fn take_over(&self, id: &str, operation: &OperationId) -> Result<(), EngineError> {
        self.adopt(id, operation)?;
        self.recover(id).await
    }

    /// The same in the background: what becomes of it shows by itself.
    ///
    /// # Errors
    /// Nothing to take over; an operation that is not the interrupted one any more.
    pub fn begin_take_over(&self, id: &str, operation: &OperationId) -> Result<(), EngineError> {
        self.adopt(id, operation)?;
        let id = self.whole_id(id)?;
        self.inner.tell_changed(&id);
        self.take_up(&id);
        Ok(())
    }

    /// From now on an interrupted operation is this machine's.
    fn adopt(&self, id: &str, operation: &OperationId) -> Result<(), EngineError> {
        let interrupted = self.interrupted(id)?.ok_or(EngineError::NothingInterrupted)?;
        if interrupted.operation != *operation {
            return Err(EngineError::ChangedMeanwhile);
        }
        if !interrupted.here {
            self.inner.started.keep(operation, &self.find(id)?, BTreeSet::new());
        }
        Ok(())
    }
}

/// The environments of an interrupted operation, the stacks that CloudFormation is asked about, and whether change sets of
/// it may be left; what its log tells, else what the state file does.
fn extent(
    folder: &Folder,
    interrupted: &Interrupted,
) -> Result<(Vec<EnvironmentName>, Vec<StackKey>, bool), StoreError> {
    let view = OperationView::replay(&folder.log(&interrupted.operation, 0).unwrap_or_default());
    if let Some(view) = view {
        let open = view.stacks.iter().filter(|run| run.end.is_none()).map(|run| run.key.clone());
        return Ok((view.start.environments.clone(), open.collect(), view.reviewed));
    }
    let keys: Vec<StackKey> = interrupted.under_way.iter().map(|stack| stack.key.clone()).collect();
    let environments: BTreeSet<EnvironmentName> = keys.iter().map(|key| key.environment.clone()).collect();
    Ok((environments.into_iter().collect(), keys, false))
}

fn in_order(names: &[EnvironmentName], places: &HashMap<EnvironmentName, Place>) -> Vec<TakeOverPlace> {
    let place = |place: &Place| TakeOverPlace {
        environment: place.environment.name.clone(),
        target: place.environment.target,
        region: place.environment.region.clone(),
        account: place.environment.account.clone(),
        profile: place.environment.profile.clone(),
        identity: (place.environment.target == Target::Aws).then(|| place.connection.identity().arn),
    };
    names.iter().filter_map(|name| places.get(name)).map(place).collect()
}

fn effects(interrupted: &Interrupted, keys: &[StackKey], reviewed: bool) -> Vec<String> {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let mut effects = Vec::new();
    if !names.is_empty() {
        effects.push(format!(
            "CloudFormation is asked about {}. What still runs there is followed to its end; nothing new is started.",
            names.join(", ")
        ));
    }
    if reviewed {
        effects.push(
            "Change sets that this operation made and did not execute are removed, with the empty stacks around them."
                .to_owned(),
        );
    }
    effects.push("The outcome is written into the statuses and into the log of the operation.".to_owned());
    if !interrupted.here {
        effects.push(format!(
            "If {} still runs it, two machines would write about the same operation: make sure that it does not.",
            interrupted.host
        ));
    }
    effects
}
