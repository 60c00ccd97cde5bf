//! Accepting an operation: what is wanted is evaluated against what the stack has, and the timeline
//! that follows is written into the record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Context;
use crate::MAX_STACKS;
use crate::change_set::{Action, Change, Recreation};
use crate::error::{Error, Result};
use crate::ids;
use crate::lifecycle::{self, Aim, Draft, OnFailure};
use crate::names::{self, Claim};
use crate::policy::StackPolicy;
use crate::record::{
    Dated, Definition, Operation, OperationKind, Output, Place, Resource, StackName, StackRecord, Wanted,
};
use crate::status::Status;
use crate::template::Template;
use crate::template::define::{self, Input};

impl Context<'_> {
    /// A stack that nothing has happened to yet.
    pub(super) fn new_stack(&self, name: &str, now: DateTime<Utc>) -> Result<StackRecord> {
        let living = self.all()?.iter().filter(|record| !record.is_deleted(now)).count();
        if living >= MAX_STACKS {
            return Err(Error::LimitExceeded(MAX_STACKS));
        }
        Ok(StackRecord {
            id: StackName { place: Place::clone(&self.place), name: name.to_owned(), uuid: ids::uuid() },
            salt: ids::uuid(),
            created: now,
            termination_protection: false,
            disable_rollback: false,
            retain_except_on_create: false,
            timeout_minutes: None,
            policy: None,
            operations: Vec::new(),
            events: Vec::new(),
            standing: Vec::new(),
            attempt: None,
            change_sets: Vec::new(),
            detections: Vec::new(),
        })
    }

    /// Evaluates what is wanted against what the stack has. New physical ids come from `seed`: the
    /// same one gives the same ids, so that a change set shows those that its execution draws.
    pub(super) fn aim(
        &self,
        record: &StackRecord,
        template: &Template,
        wanted: &Wanted,
        seed: &str,
        now: DateTime<Utc>,
    ) -> Result<Aim> {
        let all = self.exports()?;
        let exports: BTreeMap<String, String> =
            all.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect();
        let existing = existing(record, now);
        let input = Input {
            template,
            stack: &record.id,
            salt: &record.salt,
            seed,
            wanted,
            exports: &exports,
            outputs: &|region, stack, output| self.output(region, stack, output, now),
            existing: &existing,
        };
        let (definition, changes) = match define::define(&input) {
            Ok(defined) => defined,
            Err(problem @ (Error::MissingExport(_) | Error::MissingOutput { .. })) => {
                return Ok(Aim {
                    definition: define::empty(&input),
                    changes: Vec::new(),
                    problem: Some(problem.to_string()),
                    is_found_late: false,
                    refusals: BTreeMap::new(),
                });
            }
            Err(problem) => return Err(problem),
        };
        let problem = self.export_problem(record, &definition, now)?;
        let refusals = self.taken_names(record, &existing, &definition, &changes, now)?;
        Ok(Aim { definition, changes, problem, is_found_late: true, refusals })
    }

    /// The resources that cannot be made since something of their name is there, or is being made: each with what
    /// CloudFormation then says.
    fn taken_names(
        &self,
        record: &StackRecord,
        existing: &[Resource],
        definition: &Definition,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, String>> {
        let mut refusals = BTreeMap::new();
        for change in changes {
            let makes = change.action == Action::Add || change.replacement == Some(Recreation::Always);
            let named = claim_of(&definition.resources, &change.logical_id);
            let Some(claim) = named.filter(|_| makes) else { continue };
            let reason = if claim_of(existing, &change.logical_id).as_ref() == Some(&claim) {
                Some(format!(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. \
                     Rename {} and update the stack again.",
                    claim.name
                ))
            } else {
                let own = (&record.id, change.logical_id.as_str());
                let holders = self.all()?;
                let mut holders = holders.iter().filter_map(|it| names::holder(it, &claim, own, now));
                holders.next().map(|holder| holder.to_string())
            };
            refusals.extend(reason.map(|reason| (change.logical_id.clone(), reason)));
        }
        Ok(refusals)
    }

    /// Why the definition's exports cannot be: taken by another stack, or in use and given up.
    fn export_problem(
        &self,
        record: &StackRecord,
        definition: &Definition,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let exported = |outputs: &[Output], name: &str| {
            outputs.iter().find(|output| output.export.as_deref() == Some(name)).cloned()
        };
        for other in self.all()?.iter() {
            if other.id == record.id || !other.status(now).keeps_exports() {
                continue;
            }
            // Also what is about to be exported by an operation that is under way.
            for name in definition.outputs.iter().filter_map(|output| output.export.as_deref()) {
                let coming = other.standing.iter().filter(|dated| dated.since > now);
                let mut coming = coming.map(|dated| dated.value.outputs.as_slice());
                if exported(other.outputs(now), name).is_some()
                    || coming.any(|outputs| exported(outputs, name).is_some())
                {
                    return Ok(Some(format!(
                        "Export with name {name} is already exported by stack {}.",
                        other.id.name
                    )));
                }
            }
        }
        for output in record.outputs(now) {
            let Some(name) = output.export.as_deref() else { continue };
            let fate = match exported(&definition.outputs, name) {
                None => "deleted",
                Some(new) if new.value != output.value => "updated",
                Some(_) => continue,
            };
            if let Some(user) = self.importers(name, now)?.first() {
                return Ok(Some(format!("Export {name} cannot be {fate} as it is in use by {user}.")));
            }
        }
        Ok(None)
    }

    /// The value of an output of a stack of this account.
    fn output(&self, region: &str, stack: &str, output: &str, now: DateTime<Utc>) -> Result<Option<String>> {
        let all = if region == self.place.region {
            self.all()?
        } else {
            self.store.all(&Place { region: region.to_owned(), ..Place::clone(&self.place) })?
        };
        let found = all.iter().find(|record| record.id.name == stack && !record.is_deleted(now));
        let output = found.and_then(|record| record.outputs(now).iter().find(|it| it.key == output));
        Ok(output.map(|output| output.value.clone()))
    }

    /// The names of the stacks that use an export.
    pub(super) fn importers(&self, export: &str, now: DateTime<Utc>) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for record in self.all()?.iter() {
            let uses = |definition: &Definition| definition.imports.iter().any(|it| it == export);
            if record.status(now).keeps_exports()
                && record.standing.iter().any(|dated| dated.since > now && uses(&dated.value))
                || record.status(now).keeps_exports() && record.definition(now).is_some_and(uses)
            {
                names.push(record.id.name.clone());
            }
        }
        Ok(names)
    }
}

fn claim_of<'a>(resources: &'a [Resource], logical_id: &str) -> Option<Claim<'a>> {
    let resource = resources.iter().find(|it| it.logical_id == logical_id)?;
    Claim::of(&resource.resource_type, &resource.properties)
}

/// The resources that the stack has and that stand: what an update starts from.
pub(super) fn existing(record: &StackRecord, now: DateTime<Utc>) -> Vec<Resource> {
    let known = known(record, now);
    let live = record.resources(now);
    known
        .into_iter()
        .filter(|resource| {
            live.iter().any(|live| {
                live.subject.logical_id == resource.logical_id
                    && live.status.stands()
                    && live.subject.physical_id.as_deref() == Some(&resource.physical_id)
                    && live.subject.properties == resource.properties
            })
        })
        .collect()
}

/// What is known about each resource that may be live: from the last attempt, then from the
/// version in force. A logical id may be there twice, with different physical ids or properties.
pub(super) fn known(record: &StackRecord, now: DateTime<Utc>) -> Vec<Resource> {
    let mut known: Vec<Resource> =
        record.definition(now).map(|definition| definition.resources.clone()).unwrap_or_default();
    let half_way = record.status(now).updatable_without_rollback();
    for resource in record.attempt.iter().flat_map(|attempt| &attempt.resources) {
        let same = |other: &Resource| {
            other.logical_id == resource.logical_id && (!half_way || other.properties == resource.properties)
        };
        if !known.iter().any(same) {
            known.push(resource.clone());
        }
    }
    known
}

/// Starts the stack's creation.
pub(super) fn create(
    record: &mut StackRecord,
    aim: Aim,
    on_failure: OnFailure,
    operation: Operation,
    speed: f64,
) -> String {
    let make = |limit| lifecycle::create(&aim, on_failure, record.undo(), limit);
    let whole = make(None);
    let pace = lifecycle::pace(&whole, Some(&aim.definition));
    let drafts = match record.timeout_minutes {
        Some(minutes) => make(Some(f64::from(minutes) * 60.0 / pace)),
        None => whole,
    };
    record.disable_rollback = on_failure == OnFailure::DoNothing;
    record.standing = vec![Dated { since: operation.at, value: aim.definition.clone() }];
    record.attempt = None;
    accept(record, drafts, pace / speed, operation)
}

/// Starts an update.
pub(super) fn update(
    record: &mut StackRecord,
    mut aim: Aim,
    disable_rollback: bool,
    operation: Operation,
    speed: f64,
) -> Result<String> {
    let now = operation.at;
    let existing = existing(record, now);
    under_policy(record.policy.as_deref(), &mut aim)?;
    let drafts = lifecycle::update(&existing, &aim, disable_rollback, record.undo());
    let pace = lifecycle::pace(&drafts, Some(&aim.definition));
    record.disable_rollback = disable_rollback;
    // Only the version in force is needed any more.
    if let Some(current) = record.standing.iter().rposition(|dated| dated.since <= now) {
        record.standing.truncate(current + 1);
        record.standing.drain(..current);
    }
    let id = accept(record, drafts, pace / speed, operation);
    let completes = record
        .events
        .iter()
        .find(|event| event.operation == id && event.step.status == Status::UpdateCleanup)
        .map(|event| event.at);
    record.attempt = Some(aim.definition.clone());
    if let Some(since) = completes {
        record.standing.push(Dated { since, value: aim.definition });
    }
    Ok(id)
}

/// Has every change refused that the stack's policy denies, and the whole where it is a removal.
fn under_policy(policy: Option<&str>, aim: &mut Aim) -> Result<()> {
    let Some(policy) = policy.map(StackPolicy::read).transpose()? else { return Ok(()) };
    for change in &aim.changes {
        let Some(reason) = policy.denies(change) else { continue };
        if change.action == Action::Remove {
            aim.problem.get_or_insert(reason);
        } else {
            aim.refusals.insert(change.logical_id.clone(), reason);
        }
    }
    Ok(())
}

/// Writes a timeline into the record, in place of what was still to come; `pace` real seconds for each of its own.
pub(super) fn accept(
    record: &mut StackRecord,
    drafts: Vec<Draft>,
    pace: f64,
    operation: Operation,
) -> String {
    let past = record.past(operation.at).count();
    record.events.truncate(past);
    record.events.extend(lifecycle::dated(drafts, pace, &operation));
    let id = operation.id.clone();
    record.operations.push(operation);
    id
}

pub(super) fn operation(kind: OperationKind, token: Option<String>, now: DateTime<Utc>) -> Operation {
    Operation { id: ids::uuid(), kind, token, at: now }
}
