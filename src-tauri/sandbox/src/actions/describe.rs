//! The actions that show stacks, their events and their resources as of now.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Context, drift, page};
use crate::error::{Error, Result};
use crate::lifecycle::physical_id_of;
use crate::protocol::{Node, Params};
use crate::record::{Live, RollbackConfiguration, RollbackTrigger, StackRecord, Tag, Wanted};
use crate::secrets::mask;
use crate::status::Status;

/// CloudFormation's pages hold about as many.
const PAGE: usize = 100;

const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

pub(super) fn stacks(context: &Context<'_>, params: &Params) -> Result<Node> {
    if params.text("StackName").is_some() {
        let record = context.stack(params)?;
        return Ok(Node::new("").list("Stacks", [stack(&record, context.now())]));
    }
    let now = context.now();
    let all = context.all()?;
    let records = all.iter().filter(|record| !record.is_deleted(now)).collect();
    let (records, next) = page(records, |record: &&Arc<StackRecord>| record.id.arn(), params, PAGE)?;
    let members: Vec<Node> = records.iter().map(|record| stack(record, now)).collect();
    Ok(Node::new("").list("Stacks", members).maybe("NextToken", next))
}

fn stack(record: &StackRecord, now: DateTime<Utc>) -> Node {
    let definition = record.definition(now);
    let reviewed = record.change_sets.last();
    let wanted = definition
        .map(|definition| &definition.wanted)
        .or_else(|| reviewed.map(|change_set| &change_set.wanted));
    let executed = record.change_sets.iter().rev().find(|change_set| {
        definition.is_none() || matches!(change_set.fate, crate::change_set::Fate::Executed { .. })
    });
    let node = Node::member()
        .text("StackId", record.id.arn())
        .text("StackName", &record.id.name)
        .maybe("ChangeSetId", executed.map(|change_set| change_set.arn(record)))
        .maybe("Description", definition.and_then(|it| it.description.as_deref()))
        .time("CreationTime", Some(record.created))
        .time("DeletionTime", record.deleted_at(now))
        .time("LastUpdatedTime", record.last_updated(now))
        .text("StackStatus", record.status(now))
        .maybe("StackStatusReason", record.status_reason(now).map(mask))
        .text("DisableRollback", record.disable_rollback)
        .maybe("TimeoutInMinutes", record.timeout_minutes)
        .text("EnableTerminationProtection", record.termination_protection)
        .child(drift::of_stack(record, now))
        .list(
            "Outputs",
            record.outputs(now).iter().map(|output| {
                Node::member()
                    .text("OutputKey", &output.key)
                    .text("OutputValue", mask(&output.value))
                    .maybe("Description", output.description.as_deref())
                    .maybe("ExportName", output.export.as_deref())
            }),
        );
    let node = match wanted {
        Some(wanted) => asked_for(node, wanted).maybe("RoleARN", wanted.role_arn.as_deref()),
        None => node,
    };
    last_operations(node, record, now)
}

/// What both stacks and change sets show of the request behind them.
pub(super) fn asked_for(node: Node, wanted: &Wanted) -> Node {
    node.list(
        "Parameters",
        wanted.parameters.iter().map(|parameter| {
            Node::member()
                .text("ParameterKey", &parameter.key)
                .text("ParameterValue", mask(&parameter.value))
                .maybe("ResolvedValue", parameter.resolved.as_deref())
        }),
    )
    .texts("Capabilities", &wanted.capabilities)
    .texts("NotificationARNs", &wanted.notification_arns)
    .child(rollback(&wanted.rollback))
    .list(
        "Tags",
        wanted.tags.iter().map(|Tag { key, value }| Node::member().text("Key", key).text("Value", value)),
    )
}

fn rollback(configuration: &RollbackConfiguration) -> Node {
    let node =
        Node::new("RollbackConfiguration").maybe("MonitoringTimeInMinutes", configuration.monitoring_minutes);
    if configuration.triggers.is_empty() {
        return node;
    }
    let trigger = |trigger: &RollbackTrigger| {
        Node::member().text("Arn", &trigger.arn).text("Type", &trigger.resource_type)
    };
    node.list("RollbackTriggers", configuration.triggers.iter().map(trigger))
}

fn last_operations(node: Node, record: &StackRecord, now: DateTime<Utc>) -> Node {
    let begun = record.operations.iter().rev().filter(|operation| operation.at <= now);
    node.list(
        "LastOperations",
        begun.take(1).map(|operation| {
            Node::member().text("OperationType", operation.kind.as_str()).text("OperationId", &operation.id)
        }),
    )
}

pub(super) fn list(context: &Context<'_>, params: &Params) -> Result<Node> {
    let now = context.now();
    let filter = params.list("StackStatusFilter");
    let wanted = |status: Status| filter.is_empty() || filter.iter().any(|wanted| wanted == status.as_str());
    let all = context.all()?;
    let records = all.iter().filter(|record| wanted(record.status(now))).collect();
    let (records, next) = page(records, |record: &&Arc<StackRecord>| record.id.arn(), params, PAGE)?;
    let members: Vec<Node> = records
        .iter()
        .map(|record| {
            let node = Node::member()
                .text("StackId", record.id.arn())
                .text("StackName", &record.id.name)
                .maybe("TemplateDescription", record.definition(now).and_then(|it| it.description.as_deref()))
                .time("CreationTime", Some(record.created))
                .time("LastUpdatedTime", record.last_updated(now))
                .time("DeletionTime", record.deleted_at(now))
                .text("StackStatus", record.status(now))
                .maybe("StackStatusReason", record.status_reason(now).map(mask))
                .child(drift::of_stack(record, now));
            last_operations(node, record, now)
        })
        .collect();
    Ok(Node::new("").list("StackSummaries", members).maybe("NextToken", next))
}

pub(super) fn events(context: &Context<'_>, params: &Params) -> Result<Node> {
    let wanted = params.required("StackName")?;
    let missing = || Error::validation(format!("Stack [{wanted}] does not exist"));
    let record = context.find(wanted)?.ok_or_else(missing)?;
    let newest_first: Vec<_> = record.past(context.now()).rev().collect();
    let (events, next) = page(newest_first, |event| event.id.clone(), params, PAGE)?;
    let members: Vec<Node> = events
        .into_iter()
        .map(|event| {
            let subject = event.step.resource.as_ref();
            Node::member()
                .text("StackId", record.id.arn())
                .text("EventId", &event.id)
                .text("StackName", &record.id.name)
                .text("OperationId", &event.operation)
                .text("LogicalResourceId", subject.map_or(&record.id.name, |it| &it.logical_id))
                .text("PhysicalResourceId", mask(&physical_id_of(&event.step, &record.id)))
                .text("ResourceType", subject.map_or(STACK_TYPE, |it| &it.resource_type))
                .time("Timestamp", Some(event.at))
                .text("ResourceStatus", event.step.status)
                .maybe("ResourceStatusReason", event.step.reason.as_deref().map(mask))
                .maybe("ResourceProperties", subject.map(|it| mask(&it.properties.to_string())))
                .maybe("ClientRequestToken", event.token.as_deref())
        })
        .collect();
    Ok(Node::new("").list("StackEvents", members).maybe("NextToken", next))
}

/// The resources that a client would see: those that a living stack has given up are gone.
fn visible(record: &StackRecord, now: DateTime<Utc>) -> Vec<Live> {
    let mut resources = record.resources(now);
    if !record.is_deleted(now) {
        resources.retain(|live| !matches!(live.status, Status::DeleteComplete | Status::DeleteSkipped));
    }
    resources
}

/// What all actions about resources show; the field with the time is named differently.
fn live(node: Node, record: &StackRecord, live: &Live, time: &str, now: DateTime<Utc>) -> Node {
    node.text("LogicalResourceId", &live.subject.logical_id)
        .maybe("PhysicalResourceId", live.subject.physical_id.as_deref().map(mask))
        .text("ResourceType", &live.subject.resource_type)
        .time(time, Some(live.at))
        .text("ResourceStatus", live.status)
        .maybe("ResourceStatusReason", live.reason.as_deref().map(mask))
        .child(drift::of_resource(record, &live.subject.logical_id, now))
}

fn owned(node: Node, record: &StackRecord) -> Node {
    node.text("StackName", &record.id.name).text("StackId", record.id.arn())
}

pub(super) fn resource(context: &Context<'_>, params: &Params) -> Result<Node> {
    let record = context.stack(params)?;
    let id = params.required("LogicalResourceId")?;
    let now = context.now();
    let found = visible(&record, now).into_iter().find(|live| live.subject.logical_id == id);
    let found = found.ok_or_else(|| {
        Error::validation(format!("Resource {id} does not exist for stack {}", record.id.name))
    })?;
    let metadata = record
        .definition(now)
        .and_then(|definition| definition.resources.iter().find(|it| it.logical_id == id))
        .and_then(|resource| resource.metadata.as_ref())
        .map_or("{}".to_owned(), |metadata| mask(&metadata.to_string()));
    let detail = owned(Node::new("StackResourceDetail"), &record).text("Metadata", metadata);
    Ok(Node::new("").child(live(detail, &record, &found, "LastUpdatedTimestamp", now)))
}

pub(super) fn resources(context: &Context<'_>, params: &Params) -> Result<Node> {
    let now = context.now();
    let logical_id = params.text("LogicalResourceId");
    let record = match (params.text("StackName"), params.text("PhysicalResourceId")) {
        (Some(_), None) => context.stack(params)?,
        (None, Some(id)) => owner(context, id, now)?,
        (Some(_), Some(_)) => {
            return Err(Error::validation("You cannot specify both StackName and PhysicalResourceId"));
        }
        (None, None) => {
            return Err(Error::validation("Either StackName or PhysicalResourceId must be specified"));
        }
    };
    let members: Vec<Node> = visible(&record, now)
        .iter()
        .filter(|live| logical_id.is_none_or(|id| live.subject.logical_id == id))
        .map(|it| live(owned(Node::member(), &record), &record, it, "Timestamp", now))
        .collect();
    Ok(Node::new("").list("StackResources", members))
}

/// The living stack that has a physical resource.
fn owner(context: &Context<'_>, physical_id: &str, now: DateTime<Utc>) -> Result<Arc<StackRecord>> {
    let has = |record: &Arc<StackRecord>| {
        !record.is_deleted(now)
            && visible(record, now)
                .iter()
                .any(|live| live.subject.physical_id.as_deref() == Some(physical_id))
    };
    context
        .all()?
        .iter()
        .find(|record| has(record))
        .cloned()
        .ok_or_else(|| Error::validation(format!("Stack for {physical_id} does not exist")))
}

pub(super) fn list_resources(context: &Context<'_>, params: &Params) -> Result<Node> {
    let record = context.stack(params)?;
    let now = context.now();
    let all = visible(&record, now);
    let (resources, next) = page(all, |live| live.subject.logical_id.clone(), params, PAGE)?;
    let members: Vec<Node> =
        resources.iter().map(|it| live(Node::member(), &record, it, "LastUpdatedTimestamp", now)).collect();
    Ok(Node::new("").list("StackResourceSummaries", members).maybe("NextToken", next))
}
