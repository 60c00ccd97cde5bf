//! The actions that change a stack directly.

use super::operations::{self, operation};
use super::{Context, check_name, request};
use crate::error::{Error, Result};
use crate::ids;
use crate::lifecycle::{self, Aim, OnFailure};
use crate::protocol::{Node, Params};
use crate::record::{Operation, OperationKind, StackRecord};
use crate::status::Status;

fn started(record: &StackRecord, operation_id: &str) -> Node {
    Node::new("").text("StackId", record.id.arn()).text("OperationId", operation_id)
}

/// The answer that the same call with the same token got before.
fn repeated(record: &StackRecord, kind: OperationKind, token: Option<&str>) -> Option<String> {
    let last = record.last_operation(kind)?;
    (token.is_some() && last.token.as_deref() == token).then(|| last.id.clone())
}

pub(super) fn create(context: &Context<'_>, params: &Params) -> Result<Node> {
    let name = params.required("StackName")?;
    check_name("stackName", name)?;
    let token = request::token(params, "ClientRequestToken")?;
    let on_failure = on_failure(params)?;
    let lock = context.lock()?;
    let now = context.now();
    if let Some(existing) = context.find(name)? {
        return match repeated(&existing, OperationKind::Create, token.as_deref()) {
            Some(id) => Ok(started(&existing, &id)),
            None => Err(Error::AlreadyExists(name.to_owned())),
        };
    }
    let mut record = context.new_stack(name, now)?;
    let (template, wanted) = request::wanted(context, params, None, &record.salt)?;
    record.termination_protection = params.flag("EnableTerminationProtection")?.unwrap_or(false);
    record.retain_except_on_create = params.flag("RetainExceptOnCreate")?.unwrap_or(false);
    record.timeout_minutes = params.number("TimeoutInMinutes", 1, u32::MAX)?;
    record.policy = request::policy(params)?;
    let aim = context.aim(&record, &template, &wanted, &ids::uuid(), now)?;
    let operation = operation(OperationKind::Create, token, now);
    let id = operations::create(&mut record, aim, on_failure, operation, context.speed);
    let answer = started(&record, &id);
    context.store.write(&lock, record)?;
    Ok(answer)
}

fn on_failure(params: &Params) -> Result<OnFailure> {
    let chosen = params.choice("OnFailure", &["DO_NOTHING", "ROLLBACK", "DELETE"])?;
    match (chosen.as_deref(), params.flag("DisableRollback")?) {
        (Some(_), Some(_)) => {
            Err(Error::validation("You can specify either DisableRollback or OnFailure, but not both."))
        }
        (Some("DELETE"), None) => Ok(OnFailure::Delete),
        (Some("DO_NOTHING"), None) | (None, Some(true)) => Ok(OnFailure::DoNothing),
        _ => Ok(OnFailure::Rollback),
    }
}

pub(super) fn update(context: &Context<'_>, params: &Params) -> Result<Node> {
    let token = request::token(params, "ClientRequestToken")?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let now = context.now();
    if let Some(id) = repeated(&record, OperationKind::Update, token.as_deref()) {
        return Ok(started(&record, &id));
    }
    let disable_rollback = params.flag("DisableRollback")?.unwrap_or(false);
    check_updatable(&record, disable_rollback, now)?;
    let mut record = StackRecord::clone(&record);
    let previous = record.definition(now).cloned();
    let standing = previous.as_ref().map(|definition| &definition.wanted);
    let (template, wanted) = request::wanted(context, params, standing, &record.salt)?;
    let aim = context.aim(&record, &template, &wanted, &ids::uuid(), now)?;
    let whole = record.status(now).updatable();
    if whole && aim.problem.is_none() && previous.is_some_and(|it| nothing_changes(&it, &aim)) {
        return Err(Error::validation("No updates are to be performed."));
    }
    obsolete_change_sets(&mut record, None);
    record.retain_except_on_create = params.flag("RetainExceptOnCreate")?.unwrap_or(false);
    let operation = operation(OperationKind::Update, token, now);
    let id = operations::update(&mut record, aim, disable_rollback, operation, context.speed)?;
    // From the next update on.
    record.policy = request::policy(params)?.or(record.policy);
    let answer = started(&record, &id);
    context.store.write(&lock, record)?;
    Ok(answer)
}

/// Whether the stack as it stands already is what is wanted.
pub(super) fn nothing_changes(previous: &crate::record::Definition, aim: &Aim) -> bool {
    let new = &aim.definition;
    aim.changes.is_empty()
        && new.outputs == previous.outputs
        && new.wanted.tags == previous.wanted.tags
        && new.wanted.notification_arns == previous.wanted.notification_arns
}

pub(super) fn check_updatable(
    record: &StackRecord,
    disable_rollback: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let status = record.status(now);
    if status.updatable() || disable_rollback && status.updatable_without_rollback() {
        return Ok(());
    }
    Err(Error::validation(format!("Stack:{} is in {status} state and can not be updated.", record.id.arn())))
}

/// What waited to be executed was compared with a version that no longer stands.
pub(super) fn obsolete_change_sets(record: &mut StackRecord, except: Option<&str>) {
    use crate::change_set::Fate;
    record.change_sets.retain(|set| {
        set.fate != Fate::Obsolete && !matches!(set.fate, Fate::Executed { .. })
            || Some(set.uuid.as_str()) == except
    });
    for set in &mut record.change_sets {
        if Some(set.uuid.as_str()) != except {
            set.fate = Fate::Obsolete;
        }
    }
}

pub(super) fn delete(context: &Context<'_>, params: &Params) -> Result<Node> {
    let wanted = params.required("StackName")?;
    let token = request::token(params, "ClientRequestToken")?;
    let mode = params.choice("DeletionMode", &["STANDARD", "FORCE_DELETE_STACK"])?;
    let retained = params.list("RetainResources");
    let done = || Ok(Node::new(""));
    let lock = context.lock()?;
    let now = context.now();
    // Deleting what is not there succeeds.
    let Some(record) = context.find(wanted)? else { return done() };
    let status = record.status(now);
    if matches!(status, Status::DeleteComplete | Status::DeleteInProgress)
        || repeated(&record, OperationKind::Delete, token.as_deref()).is_some()
    {
        return done();
    }
    if record.termination_protection {
        return Err(Error::validation(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            record.id.name
        )));
    }
    if !status.deletable() {
        return Err(Error::validation(format!(
            "Stack [{}] cannot be deleted while in status {status}",
            record.id.arn()
        )));
    }
    let force = mode.as_deref() == Some("FORCE_DELETE_STACK");
    if status != Status::DeleteFailed && (force || !retained.is_empty()) {
        let what = if force { "DeletionMode FORCE_DELETE_STACK" } else { "RetainResources" };
        return Err(Error::validation(format!(
            "Invalid operation on stack [{}]. {what} can only be used on a stack in DELETE_FAILED \
             state",
            record.id.arn()
        )));
    }
    let mut record = StackRecord::clone(&record);
    let live = record.resources(now);
    let known = operations::known(&record, now);
    if let Some(stranger) =
        retained.iter().find(|id| !live.iter().any(|live| live.subject.logical_id == **id))
    {
        return Err(Error::validation(format!(
            "Resource {stranger} to retain does not exist in stack [{}]",
            record.id.name
        )));
    }
    let in_use = export_in_use(context, &record, now)?;
    let drafts = match in_use {
        Some(reason) => lifecycle::refused_delete(status, &reason),
        None => {
            let spared = if force { failing(&known) } else { retained };
            lifecycle::delete(live, &known, &spared)
        }
    };
    let definition = record.definition(now).cloned();
    let operation = operation(OperationKind::Delete, token, now);
    let pace = lifecycle::pace(&drafts, definition.as_ref()) / context.speed;
    operations::accept(&mut record, drafts, pace, operation);
    context.store.write(&lock, record)?;
    done()
}

/// The resources whose deletion fails: what a forced deletion leaves behind.
fn failing(known: &[crate::record::Resource]) -> Vec<String> {
    known
        .iter()
        .filter(|resource| resource.behaviour.fail_delete.is_some())
        .map(|resource| resource.logical_id.clone())
        .collect()
}

fn export_in_use(
    context: &Context<'_>,
    record: &StackRecord,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<String>> {
    for export in record.outputs(now).iter().filter_map(|output| output.export.as_deref()) {
        let users = context.importers(export, now)?;
        if !users.is_empty() {
            return Ok(Some(format!(
                "Export {export} cannot be deleted as it is in use by {}",
                users.join(", ")
            )));
        }
    }
    Ok(None)
}

pub(super) fn cancel_update(context: &Context<'_>, params: &Params) -> Result<Node> {
    let token = request::token(params, "ClientRequestToken")?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let now = context.now();
    if repeated(&record, OperationKind::CancelUpdate, token.as_deref()).is_some() {
        return Ok(Node::new(""));
    }
    let updating = record.last_operation(OperationKind::Update).map(|update| update.id.clone());
    let (Status::UpdateInProgress, Some(update)) = (record.status(now), updating) else {
        return Err(Error::validation(format!(
            "CancelUpdateStack cannot be called from current stack status {}",
            record.status(now)
        )));
    };
    let mut record = StackRecord::clone(&record);
    let touched = record.resources(now).into_iter().filter(|live| live.operation == update).collect();
    record.standing.retain(|dated| dated.since <= now);
    let (old, new) = (record.definition(now).cloned(), record.attempt.clone());
    let drafts = lifecycle::cancel(
        old.as_ref().map_or(&[], |definition| &definition.resources),
        new.as_ref().map_or(&[], |definition| &definition.resources),
        touched,
        record.undo(),
    );
    let operation = operation(OperationKind::CancelUpdate, token, now);
    let pace = lifecycle::pace(&drafts, old.as_ref()) / context.speed;
    operations::accept(&mut record, drafts, pace, operation);
    context.store.write(&lock, record)?;
    Ok(Node::new(""))
}

pub(super) fn continue_update_rollback(context: &Context<'_>, params: &Params) -> Result<Node> {
    let token = request::token(params, "ClientRequestToken")?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let now = context.now();
    if repeated(&record, OperationKind::ContinueRollback, token.as_deref()).is_some() {
        return Ok(Node::new(""));
    }
    if record.status(now) != Status::UpdateRollbackFailed {
        return Err(Error::validation(format!(
            "Stack:{} is in {} state and can not continue update rollback.",
            record.id.arn(),
            record.status(now)
        )));
    }
    let mut record = StackRecord::clone(&record);
    let operation = operation(OperationKind::ContinueRollback, token, now);
    go_back(&mut record, &params.list("ResourcesToSkip"), operation, context.speed);
    context.store.write(&lock, record)?;
    Ok(Node::new(""))
}

/// Rolls back what a failed update has left half-way.
fn go_back(record: &mut StackRecord, skipped: &[String], operation: Operation, speed: f64) -> String {
    let now = operation.at;
    let old = record.definition(now).cloned();
    let old_resources = old.as_ref().map_or(&[][..], |definition| &definition.resources);
    let attempted = record.attempt.as_ref().map(|attempt| attempt.resources.clone()).unwrap_or_default();
    // What has not gone back yet.
    let touched = record
        .resources(now)
        .into_iter()
        .filter(|live| {
            !live.status.stands()
                || !old_resources.iter().any(|old| {
                    old.logical_id == live.subject.logical_id
                        && Some(&old.physical_id) == live.subject.physical_id.as_ref()
                        && old.properties == live.subject.properties
                })
        })
        .map(|live| live.subject)
        .collect();
    let drafts =
        lifecycle::roll_back(old_resources, &attempted, touched, skipped, "User Initiated", record.undo());
    let pace = lifecycle::pace(&drafts, old.as_ref()) / speed;
    operations::accept(record, drafts, pace, operation)
}

/// RollbackStack: back to the last version that stood; a stack that never had one is deleted.
pub(super) fn roll_back(context: &Context<'_>, params: &Params) -> Result<Node> {
    let token = request::token(params, "ClientRequestToken")?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let now = context.now();
    if let Some(id) = repeated(&record, OperationKind::Rollback, token.as_deref()) {
        return Ok(started(&record, &id));
    }
    let mut record = StackRecord::clone(&record);
    if let Some(except) = params.flag("RetainExceptOnCreate")? {
        record.retain_except_on_create = except;
    }
    let operation = operation(OperationKind::Rollback, token, now);
    let id = match record.status(now) {
        Status::UpdateFailed => go_back(&mut record, &[], operation, context.speed),
        Status::CreateFailed => {
            let drafts = lifecycle::delete(record.resources(now), &operations::known(&record, now), &[]);
            let pace = lifecycle::pace(&drafts, record.definition(now)) / context.speed;
            operations::accept(&mut record, drafts, pace, operation)
        }
        status => {
            return Err(Error::validation(format!(
                "Stack:{} is in {status} state and can not be rolled back.",
                record.id.arn()
            )));
        }
    };
    let answer = started(&record, &id);
    context.store.write(&lock, record)?;
    Ok(answer)
}

pub(super) fn set_policy(context: &Context<'_>, params: &Params) -> Result<Node> {
    let policy = request::policy(params)?;
    let policy = policy.ok_or_else(|| Error::validation("You must specify a stack policy."))?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let mut record = StackRecord::clone(&record);
    record.policy = Some(policy);
    context.store.write(&lock, record)?;
    Ok(Node::new(""))
}

pub(super) fn get_policy(context: &Context<'_>, params: &Params) -> Result<Node> {
    let record = context.stack_to_change(params)?;
    Ok(Node::new("").maybe("StackPolicyBody", record.policy.as_deref()))
}

pub(super) fn update_termination_protection(context: &Context<'_>, params: &Params) -> Result<Node> {
    let enabled = params.flag("EnableTerminationProtection")?;
    let enabled =
        enabled.ok_or_else(|| Error::validation("EnableTerminationProtection must be true or false"))?;
    let lock = context.lock()?;
    let record = context.stack_to_change(params)?;
    let mut record = StackRecord::clone(&record);
    record.termination_protection = enabled;
    let answer = Node::new("").text("StackId", record.id.arn());
    context.store.write(&lock, record)?;
    Ok(answer)
}
