//! Change sets: an operation prepared, looked at, executed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::describe::asked_for;
use super::operations::{self, operation};
use super::{Context, check_name, page, parse_arn, request, stacks};
use crate::change_set::{Cause, Change, ChangeSet, Detail, Fate, Recreation, Warning};
use crate::error::{Error, Result};
use crate::ids;
use crate::lifecycle::{self, Aim, OnFailure};
use crate::protocol::{Node, Params};
use crate::record::{Event, OperationKind, StackRecord, Step};
use crate::secrets::mask;
use crate::status::Status;
use crate::template::Template;

const PAGE: usize = 100;

const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
                          information to create a change set.";

pub(super) fn create(context: &Context<'_>, params: &Params) -> Result<Node> {
    let name = params.required("ChangeSetName")?;
    check_name("changeSetName", name)?;
    let stack_name = params.required("StackName")?;
    let kind = match params.choice("ChangeSetType", &["CREATE", "UPDATE"])?.as_deref() {
        Some("CREATE") => OperationKind::Create,
        _ => OperationKind::Update,
    };
    let token = request::token(params, "ClientToken")?;
    let on_stack_failure = params.choice("OnStackFailure", &["DO_NOTHING", "ROLLBACK", "DELETE"])?;
    let lock = context.lock()?;
    let now = context.now();
    let existing = context.find(stack_name)?;
    if let Some(record) = &existing
        && let Some(same) = record.change_sets.iter().find(|set| set.name == name)
    {
        if token.is_some() && same.token == token {
            return Ok(created(record, same));
        }
        return Err(Error::ChangeSetExists(name.to_owned()));
    }
    let mut record = match (kind, existing) {
        (OperationKind::Create, None) => {
            check_name("stackName", stack_name)?;
            review(context, stack_name, now)?
        }
        (OperationKind::Create, Some(record)) => {
            if record.status(now) != Status::ReviewInProgress {
                return Err(Error::validation(format!(
                    "Stack [{stack_name}] already exists and cannot be created again with the \
                     changeSet [{name}]."
                )));
            }
            StackRecord::clone(&record)
        }
        (_, None) => {
            return Err(Error::validation(format!("Stack [{stack_name}] does not exist")));
        }
        (_, Some(record)) => {
            stacks::check_updatable(&record, true, now)?;
            StackRecord::clone(&record)
        }
    };
    let previous = record.definition(now).cloned();
    let standing = previous.as_ref().map(|definition| &definition.wanted);
    let (template, wanted) = request::wanted(context, params, standing, &record.salt)?;
    let uuid = ids::uuid();
    let aim = context.aim(&record, &template, &wanted, &uuid, now)?;
    let unchanged = previous
        .is_some_and(|previous| record.status(now).updatable() && stacks::nothing_changes(&previous, &aim));
    let warnings = warnings(&aim);
    let failure =
        aim.problem.filter(|_| !aim.is_found_late).or_else(|| unchanged.then(|| NO_CHANGES.to_owned()));
    let change_set = ChangeSet {
        name: name.to_owned(),
        uuid,
        token,
        description: params.text("Description").map(str::to_owned),
        kind,
        created: now,
        ready: lifecycle::after(now, ChangeSet::PREPARATION / context.speed),
        failure,
        wanted,
        on_stack_failure,
        warnings,
        changes: aim.changes,
        fate: Fate::Waiting,
    };
    let answer = created(&record, &change_set);
    record.change_sets.push(change_set);
    context.store.write(&lock, record)?;
    Ok(answer)
}

/// What the template has the validation warn of, of the resources that change.
fn warnings(aim: &Aim) -> Vec<Warning> {
    let changes = |id: &str| aim.changes.iter().any(|change| change.logical_id == id);
    let resources = aim.definition.resources.iter().filter(|resource| changes(&resource.logical_id));
    resources
        .filter_map(|resource| {
            Some(Warning {
                logical_id: resource.logical_id.clone(),
                resource_type: resource.resource_type.clone(),
                reason: resource.behaviour.warn.clone()?,
            })
        })
        .collect()
}

/// DescribeEvents of a change set: what its validation found.
pub(super) fn events(context: &Context<'_>, params: &Params) -> Result<Node> {
    let (record, index) = find(context, params)?;
    let set = &record.change_sets[index];
    let warnings = set.warnings.iter().filter(|_| context.now() >= set.ready);
    let events = warnings.map(|warning| {
        Node::member()
            .text("EventId", format!("{}-{}", set.uuid, warning.logical_id))
            .text("StackId", record.id.arn())
            .text("OperationId", &set.uuid)
            .text("OperationType", "CREATE_CHANGESET")
            .text("EventType", "VALIDATION_ERROR")
            .text("LogicalResourceId", &warning.logical_id)
            .text("ResourceType", &warning.resource_type)
            .time("Timestamp", Some(set.ready))
            .text("ValidationName", "SANDBOX")
            .text("ValidationPath", format!("/Resources/{}", warning.logical_id))
            .text("ValidationStatus", "FAILED")
            .text("ValidationStatusReason", mask(&warning.reason))
            .text("ValidationFailureMode", "WARN")
    });
    Ok(Node::new("").list("OperationEvents", events))
}

fn created(record: &StackRecord, change_set: &ChangeSet) -> Node {
    Node::new("").text("Id", change_set.arn(record)).text("StackId", record.id.arn())
}

/// A stack of which there is nothing yet but change sets.
fn review(context: &Context<'_>, name: &str, now: DateTime<Utc>) -> Result<StackRecord> {
    let mut record = context.new_stack(name, now)?;
    let operation = ids::uuid();
    record.events.push(Event {
        id: format!("stack-{}-{operation:.8}", Status::ReviewInProgress),
        at: now,
        operation,
        token: None,
        step: Step {
            resource: None,
            status: Status::ReviewInProgress,
            reason: Some("User Initiated".to_owned()),
        },
    });
    Ok(record)
}

/// The stack and the place in it of the change set that the request names.
pub(super) fn find(context: &Context<'_>, params: &Params) -> Result<(Arc<StackRecord>, usize)> {
    let wanted = params.required("ChangeSetName")?;
    let missing = || Error::ChangeSetNotFound(wanted.to_owned());
    if wanted.starts_with("arn:") {
        let id = parse_arn(wanted, "changeSet").ok_or_else(missing)?;
        let records: Vec<Arc<StackRecord>> = match params.text("StackName") {
            Some(stack) => context.find(stack)?.into_iter().collect(),
            None => context.all()?.to_vec(),
        };
        let now = context.now();
        let found = records.iter().filter(|record| !record.is_deleted(now)).find_map(|record| {
            let place = record.change_sets.iter().position(|set| set.uuid == id.uuid)?;
            Some((Arc::clone(record), place))
        });
        return found.ok_or_else(missing);
    }
    if params.text("StackName").is_none() {
        return Err(Error::validation("StackName must be specified if ChangeSetName is not an ARN."));
    }
    let record = context.stack_to_change(params)?;
    let place = record.change_sets.iter().position(|set| set.name == wanted);
    place.map(|place| (record, place)).ok_or_else(missing)
}

pub(super) fn describe(context: &Context<'_>, params: &Params) -> Result<Node> {
    let values = params.flag("IncludePropertyValues")?.unwrap_or(false);
    let (record, index) = find(context, params)?;
    let now = context.now();
    let set = &record.change_sets[index];
    let prepared = now >= set.ready;
    let changes = if prepared && set.failure.is_none() { set.changes.clone() } else { Vec::new() };
    let (changes, next) = page(changes, |change| change.logical_id.clone(), params, PAGE)?;
    let node = Node::new("")
        .text("ChangeSetName", &set.name)
        .text("ChangeSetId", set.arn(&record))
        .text("StackId", record.id.arn())
        .text("StackName", &record.id.name)
        .maybe("Description", set.description.as_deref())
        .time("CreationTime", Some(set.created))
        .text("ExecutionStatus", set.execution_status(&record, now))
        .text("Status", set.status(now))
        .maybe("StatusReason", set.failure.as_deref().filter(|_| prepared))
        .maybe("OnStackFailure", set.on_stack_failure.as_deref())
        .text("IncludeNestedStacks", false)
        .list("Changes", changes.iter().map(|it| change(it, values)))
        .maybe("NextToken", next);
    Ok(asked_for(node, &set.wanted))
}

/// `values`: whether the properties are shown too.
fn change(change: &Change, values: bool) -> Node {
    let mut scope: Vec<&str> = change.details.iter().map(|detail| detail.attribute.as_str()).collect();
    scope.dedup();
    let replacement = change.replacement.map(|replacement| match replacement {
        Recreation::Always => "True",
        Recreation::Never => "False",
    });
    let context = |properties: &Option<Value>| {
        let properties = properties.as_ref().filter(|_| values)?;
        Some(mask(&json!({"Properties": properties}).to_string()))
    };
    let resource = Node::new("ResourceChange")
        .maybe("PolicyAction", change.policy_action())
        .text("Action", change.action.as_str())
        .text("LogicalResourceId", &change.logical_id)
        .maybe("PhysicalResourceId", change.physical_id.as_deref().map(mask))
        .text("ResourceType", &change.resource_type)
        .maybe("Replacement", replacement)
        .texts("Scope", scope)
        .maybe("BeforeContext", context(&change.before))
        .maybe("AfterContext", context(&change.after))
        .list("Details", change.details.iter().map(|it| detail(it, values)));
    Node::member().text("Type", "Resource").child(resource)
}

fn detail(detail: &Detail, values: bool) -> Node {
    let recreation = match detail.recreation {
        Recreation::Always => "Always",
        Recreation::Never => "Never",
    };
    let mut target = Node::new("Target")
        .text("Attribute", &detail.attribute)
        .maybe("Name", detail.name.as_deref())
        .text("RequiresRecreation", recreation);
    if values {
        let shown = |value: &Value| match value {
            Value::String(text) => mask(text),
            value => mask(&value.to_string()),
        };
        let path = match (&detail.name, detail.attribute.as_str()) {
            (Some(name), _) => format!("/Properties/{name}"),
            (None, "Tags") => "/Properties/Tags".to_owned(),
            (None, attribute) => format!("/{attribute}"),
        };
        let kind = match (&detail.before, &detail.after) {
            (None, _) => "Add",
            (_, None) => "Remove",
            _ => "Modify",
        };
        target = target
            .text("Path", path)
            .maybe("BeforeValue", detail.before.as_ref().map(shown))
            .maybe("AfterValue", detail.after.as_ref().map(shown))
            .text("AttributeChangeType", kind);
    }
    let (source, entity) = match &detail.cause {
        None => ("DirectModification", None),
        Some(Cause::Parameter(name)) => ("ParameterReference", Some(name)),
        Some(Cause::Resource(name)) => ("ResourceReference", Some(name)),
        Some(Cause::Attribute(name)) => ("ResourceAttribute", Some(name)),
    };
    Node::member()
        .child(target)
        .text("Evaluation", "Static")
        .text("ChangeSource", source)
        .maybe("CausingEntity", entity)
}

pub(super) fn execute(context: &Context<'_>, params: &Params) -> Result<Node> {
    let token = request::token(params, "ClientRequestToken")?;
    let disable_rollback = params.flag("DisableRollback")?;
    let lock = context.lock()?;
    let (record, index) = find(context, params)?;
    let now = context.now();
    let mut record = StackRecord::clone(&record);
    let set = record.change_sets[index].clone();
    if let Fate::Executed { token: before, .. } = &set.fate
        && token.is_some()
        && *before == token
    {
        return Ok(Node::new(""));
    }
    let (status, execution) = (set.status(now), set.execution_status(&record, now));
    if status != "CREATE_COMPLETE" {
        return Err(Error::InvalidChangeSetStatus(format!(
            "ChangeSet [{}] cannot be executed in its current status of [{status}]",
            set.arn(&record)
        )));
    }
    if execution != "AVAILABLE" {
        return Err(Error::InvalidChangeSetStatus(format!(
            "ChangeSet [{}] cannot be executed in its current execution status of [{execution}]",
            set.arn(&record)
        )));
    }
    let on_failure = on_failure(disable_rollback, set.on_stack_failure.as_deref())?;
    record.retain_except_on_create = params.flag("RetainExceptOnCreate")?.unwrap_or(false);
    let template = Template::read(&set.wanted.template)?;
    let without_rollback = on_failure == OnFailure::DoNothing;
    if set.kind == OperationKind::Update || record.status(now) != Status::ReviewInProgress {
        stacks::check_updatable(&record, without_rollback, now)?;
    }
    let aim = context.aim(&record, &template, &set.wanted, &set.uuid, now)?;
    stacks::obsolete_change_sets(&mut record, Some(&set.uuid));
    let operation = operation(set.kind, token.clone(), now);
    let id = match set.kind {
        OperationKind::Create => operations::create(&mut record, aim, on_failure, operation, context.speed),
        _ => operations::update(&mut record, aim, without_rollback, operation, context.speed)?,
    };
    for kept in record.change_sets.iter_mut().filter(|kept| kept.uuid == set.uuid) {
        kept.fate = Fate::Executed { operation: id.clone(), token: token.clone() };
    }
    context.store.write(&lock, record)?;
    Ok(Node::new(""))
}

fn on_failure(disable_rollback: Option<bool>, on_stack_failure: Option<&str>) -> Result<OnFailure> {
    match (disable_rollback, on_stack_failure) {
        (Some(_), Some(_)) => Err(Error::validation(
            "DisableRollback cannot be specified when OnStackFailure was set on the change set",
        )),
        (_, Some("DELETE")) => Ok(OnFailure::Delete),
        (Some(true), _) | (_, Some("DO_NOTHING")) => Ok(OnFailure::DoNothing),
        _ => Ok(OnFailure::Rollback),
    }
}

pub(super) fn delete(context: &Context<'_>, params: &Params) -> Result<Node> {
    let lock = context.lock()?;
    let (record, index) = match find(context, params) {
        // Deleting what is not there succeeds.
        Err(Error::ChangeSetNotFound(_)) => return Ok(Node::new("")),
        found => found?,
    };
    let now = context.now();
    let set = &record.change_sets[index];
    if set.execution_status(&record, now) == "EXECUTE_IN_PROGRESS" || now < set.ready {
        return Err(Error::InvalidChangeSetStatus(format!(
            "ChangeSet [{}] cannot be deleted in its current status of [{}]",
            set.arn(&record),
            set.status(now)
        )));
    }
    let mut record = StackRecord::clone(&record);
    record.change_sets.remove(index);
    context.store.write(&lock, record)?;
    Ok(Node::new(""))
}

pub(super) fn list(context: &Context<'_>, params: &Params) -> Result<Node> {
    let record = context.stack_to_change(params)?;
    let now = context.now();
    let sets: Vec<&ChangeSet> = record.change_sets.iter().collect();
    let (sets, next) = page(sets, |set| set.arn(&record), params, PAGE)?;
    let members: Vec<Node> = sets
        .into_iter()
        .map(|set| {
            Node::member()
                .text("StackId", record.id.arn())
                .text("StackName", &record.id.name)
                .text("ChangeSetId", set.arn(&record))
                .text("ChangeSetName", &set.name)
                .text("ExecutionStatus", set.execution_status(&record, now))
                .text("Status", set.status(now))
                .maybe("StatusReason", set.failure.as_deref().filter(|_| now >= set.ready))
                .time("CreationTime", Some(set.created))
                .maybe("Description", set.description.as_deref())
        })
        .collect();
    Ok(Node::new("").list("Summaries", members).maybe("NextToken", next))
}
