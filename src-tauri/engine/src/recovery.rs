//! Recovery cards: what is wrong with one stack, why, and every way out by name, with the exact call behind it.

use std::collections::BTreeSet;

use chrono::Utc;
use skydeck_cloudformation::{StackResource, StackSnapshot};
use skydeck_model::cloudformation::{self, WayOut};
use skydeck_model::command::Command;
use skydeck_model::operation::Direction;
use skydeck_model::plan::{self, Pace, Request};
use skydeck_model::recovery;
use skydeck_model::{Manifest, StackKey};
use skydeck_store::LoadedManifest;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::{Place, Secrets};
use crate::plan::{refuse_moved_of, statuses};
use crate::view::{RecoveryCard, ResourceChoice, WayOutView};

/// How far back the cause of a failure is looked for.
const DAYS: i64 = 30;

impl Engine {
    /// What is wrong with a stack, why, and the ways out, as CloudFormation shows it now. Nothing is changed.
    ///
    /// # Errors
    /// No such deployment or environment, files that are wrong, or that CloudFormation cannot be asked.
    pub async fn recovery(&self, id: &str, key: &StackKey) -> Result<RecoveryCard, EngineError> {
        let folder = self.find(id)?;
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.places_as_recorded(&folder, Some(std::slice::from_ref(&key.environment)))?;
        refuse_moved_of(&manifest, &state, &key.environment)?;
        let secrets = Secrets::of(&manifest, &templates, &state);
        let places = self.places(&folder, &manifest, std::slice::from_ref(&key.environment), 1).await?;
        let Some(place) = places.get(&key.environment) else {
            return Err(EngineError::EnvironmentGone { environment: key.environment.clone() });
        };
        let asked = |error| EngineError::Cloud { environment: key.environment.clone(), error };
        let name = key.cloudformation_name(&manifest.deployment_id);
        let found = place.connection.describe(&name).await.map_err(asked)?;
        found.iter().for_each(|snapshot| secrets.learn(snapshot));
        let dependents: Vec<String> =
            plan::dependents(&manifest, &templates, &statuses(&state), &key.stack, &key.environment)
                .iter()
                .map(ToString::to_string)
                .collect();
        let Some(stack) = found else {
            return Ok(RecoveryCard {
                key: key.clone(),
                cloudformation_name: name,
                cloudformation_status: None,
                meaning: "There is no such stack in CloudFormation.".to_owned(),
                cause: None,
                protected: false,
                dependents,
                ways: Vec::new(),
            });
        };
        let ways = recovery::ways(&stack.status, stack.termination_protection);
        let resources = if ways.iter().any(|way| wants_resources(*way)) {
            place.connection.resources(&stack.id).await.map_err(asked)?
        } else {
            Vec::new()
        };
        let mut cause = cause(place, &stack).await;
        cause.iter_mut().for_each(|text| secrets.mask(text));
        let card =
            Card { manifest: &manifest, key, stack: &stack, resources: &resources, dependents: &dependents };
        let ways: Vec<WayOutView> = ways.iter().map(|way| card.way(*way)).collect();
        Ok(RecoveryCard {
            key: key.clone(),
            meaning: meaning(&stack.status),
            cloudformation_name: name,
            protected: stack.termination_protection,
            cloudformation_status: Some(stack.status),
            cause,
            dependents,
            ways,
        })
    }
}

fn wants_resources(way: WayOut) -> bool {
    matches!(way, WayOut::ContinueRollback | WayOut::Retain)
}

fn meaning(status: &str) -> String {
    match cloudformation::remark(status) {
        Some(remark) => sentence(remark),
        None if cloudformation::ways_out(status) == [WayOut::Wait] => {
            "CloudFormation is working on it.".to_owned()
        }
        None if cloudformation::row_of(status).is_some() => "Nothing is wrong with it.".to_owned(),
        None => "This version of Skydeck does not know that status; look at it in CloudFormation.".to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The first failure that CloudFormation tells of, followed down nested stacks; else its reason for the status.
async fn cause(place: &Place, stack: &StackSnapshot) -> Option<String> {
    let bad = cloudformation::ways_out(&stack.status);
    if bad.is_empty() || bad == [WayOut::Wait] {
        return stack.reason.clone();
    }
    let since = stack.changed_at().unwrap_or_else(|| Utc::now() - chrono::TimeDelta::days(DAYS));
    let direction =
        if cloudformation::was_being_deleted(&stack.status) { Direction::Down } else { Direction::Up };
    match place.connection.root_cause(&stack.id, None, since, direction).await {
        Ok(Some(cause)) => Some(cause.in_words()),
        Ok(None) | Err(_) => stack.reason.clone(),
    }
}

struct Card<'a> {
    manifest: &'a Manifest,
    key: &'a StackKey,
    stack: &'a StackSnapshot,
    resources: &'a [StackResource],
    dependents: &'a [String],
}

/// What is fixed of a way out: its name on a button, what it does, and the call.
struct Words {
    title: &'static str,
    effect: &'static str,
    call: Option<String>,
    skips: Option<&'static str>,
}

impl Card<'_> {
    fn way(&self, way: WayOut) -> WayOutView {
        let Words { title, effect, call, skips } = self.words(way);
        let choices = self.choices(way);
        let chosen: BTreeSet<String> =
            choices.iter().filter(|it| it.chosen).map(|it| it.logical_id.clone()).collect();
        let request = way.request(self.key, &chosen.into_iter().collect::<Vec<_>>());
        WayOutView {
            way,
            title: title.to_owned(),
            effect: effect.to_owned(),
            call,
            skips: skips.map(str::to_owned),
            dependents: self.effect_on_dependents(way),
            command: request.as_ref().and_then(|request| self.command(request)),
            request,
            refused: self.refused(way),
            choices,
            destructive: way.deletes(),
        }
    }

    fn command(&self, request: &Request) -> Option<String> {
        let command = Command::Run { request: request.clone(), pace: Pace::default() };
        command.line(self.manifest.deployment_id.as_str())
    }

    #[rustfmt::skip]
    fn words(&self, way: WayOut) -> Words {
        let id = &self.stack.name;
        let words = |title, effect, call: Option<String>, skips| Words { title, effect, call, skips };
        match way {
            WayOut::Wait => words("Wait", "Something runs on the stack, and CloudFormation lets nobody else in before its end. Leave it alone, and refresh later.", None, None),
            WayOut::DeployAgain => words("Deploy again", "The stack takes an update: mend the cause, then deploy it again.", Some(format!("CreateChangeSet and ExecuteChangeSet, StackName={id}")), None),
            WayOut::Recreate => words("Delete and create again", "What is left of the failed create is deleted, then the stack is created anew. Nothing of use is in it.", Some(format!("DeleteStack, then CreateStack, StackName={id}")), None),
            WayOut::ContinueRollback => words("Continue the rollback", "CloudFormation takes up the rollback again. Mend what kept a resource from going back, or skip it.", Some(format!("ContinueUpdateRollback, StackName={id}, ResourcesToSkip=<chosen>")), Some("A skipped resource stays as it is and is marked UPDATE_COMPLETE, although it is not: mend it before the next update.")),
            WayOut::RollBack => words("Roll back", "The stack goes back to the last version that stood.", Some(format!("RollbackStack, StackName={id}")), None),
            WayOut::DiscardReview => words("Remove what was left over", "The change set that was never executed is deleted, with the empty stack around it.", Some(format!("DeleteStack, StackName={id}")), Some("Nothing: there are no resources in it.")),
            WayOut::DestroyAgain if cloudformation::was_being_deleted(&self.stack.status) => words("Destroy again", "CloudFormation tries once more to delete the stack with all that is in it.", Some(format!("DeleteStack, StackName={id}")), None),
            WayOut::DestroyAgain => words("Destroy it", "The stack is deleted with all that is in it.", Some(format!("DeleteStack, StackName={id}")), None),
            WayOut::Retain => words("Destroy, but leave these resources", "The stack is deleted; the chosen resources stay in the account, and nobody manages them any more.", Some(format!("DeleteStack, StackName={id}, RetainResources=<chosen>")), Some("The chosen resources are left behind and may go on to cost money.")),
            WayOut::ForceDelete => words("Destroy by force", "The stack is deleted whatever happens; whatever cannot be deleted stays in the account, and nobody manages it any more.", Some(format!("DeleteStack, StackName={id}, DeletionMode=FORCE_DELETE_STACK")), Some("Every resource that cannot be deleted is left behind and may go on to cost money.")),
            WayOut::Unprotect => words("Switch protection off", "Termination protection is switched off, so that the stack can be deleted. Nothing else is done.", Some(format!("UpdateTerminationProtection, StackName={id}, EnableTerminationProtection=false")), None),
        }
    }

    /// The resources that may be skipped or left behind; those in the way are chosen from the start.
    fn choices(&self, way: WayOut) -> Vec<ResourceChoice> {
        if !wants_resources(way) {
            return Vec::new();
        }
        let in_the_way = |resource: &&StackResource| match way {
            WayOut::Retain => resource.status != "DELETE_COMPLETE",
            _ => resource.status.ends_with("_FAILED"),
        };
        let resources = self.resources.iter().filter(in_the_way);
        resources
            .map(|resource| ResourceChoice {
                logical_id: resource.logical_id.clone(),
                resource_type: resource.resource_type.clone(),
                physical_id: resource.physical_id.clone(),
                status: resource.status.clone(),
                reason: resource.reason.clone(),
                // To skip is the last resort; to leave behind only helps for what cannot be deleted.
                chosen: way == WayOut::Retain && resource.status == "DELETE_FAILED",
            })
            .collect()
    }

    fn effect_on_dependents(&self, way: WayOut) -> Option<String> {
        let names = self.dependents.join(", ");
        if names.is_empty() {
            return None;
        }
        Some(match way {
            WayOut::Recreate | WayOut::DestroyAgain | WayOut::Retain | WayOut::ForceDelete => {
                format!(
                    "{names} may exist and need what this stack gives: they keep values that lead nowhere."
                )
            }
            WayOut::Wait | WayOut::DiscardReview | WayOut::Unprotect => format!("None on {names}."),
            WayOut::DeployAgain => format!("{names} may have to be deployed again, where outputs change."),
            WayOut::ContinueRollback | WayOut::RollBack => {
                format!("{names} keep the values of the version that this stack goes back to.")
            }
        })
    }

    /// Protection is never dropped on the way to something else: it has its own button.
    fn refused(&self, way: WayOut) -> Option<String> {
        if way.deletes() && self.stack.termination_protection && way != WayOut::DiscardReview {
            return Some("termination protection is on: switch it off first".to_owned());
        }
        let in_manifest = self.manifest.stack(&self.key.stack).is_some();
        (matches!(way, WayOut::DeployAgain | WayOut::Recreate) && !in_manifest)
            .then(|| format!("the manifest has no {} any more", self.key.stack))
    }
}
