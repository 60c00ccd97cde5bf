//! The actions about drift.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Context, page};
use crate::drift::{Compared, Detection, Difference};
use crate::error::{Error, Result};
use crate::ids;
use crate::protocol::{Node, Params};
use crate::record::StackRecord;
use crate::secrets::mask;
use crate::status::Status;

/// The largest page, and the one where none is asked for.
const PAGE: u32 = 100;

/// The seconds that a detection takes at speed 1, and each resource in it.
const SECONDS: (f64, f64) = (0.5, 0.1);

pub(super) fn detect(context: &Context<'_>, params: &Params) -> Result<Node> {
    let lock = context.lock()?;
    let record = context.stack(params)?;
    let now = context.now();
    check_detectable(&record, now)?;
    let mut record = StackRecord::clone(&record);
    let resources = record.compared(now);
    let seconds = (SECONDS.0 + SECONDS.1 * resources.len() as f64) / context.speed;
    let done = now + TimeDelta::milliseconds((seconds * 1000.0) as i64);
    let detection = Detection { id: ids::uuid(), started: now, done, resources };
    let answer = Node::new("").text("StackDriftDetectionId", &detection.id);
    // The one before tells until this one is done.
    record.detections = record.detections.pop().into_iter().chain([detection]).collect();
    context.store.write(&lock, record)?;
    Ok(answer)
}

/// The statuses are those of CloudFormation's user guide, 'Detect drift on an entire CloudFormation stack'.
fn check_detectable(record: &StackRecord, now: DateTime<Utc>) -> Result<()> {
    let arn = record.id.arn();
    let status = record.status(now);
    if !status.updatable() && status != Status::UpdateRollbackFailed {
        return Err(Error::validation(format!(
            "Drift detection cannot be performed on stack [{arn}] while it is in [{status}] state"
        )));
    }
    if record.detections.iter().any(|detection| detection.done > now) {
        return Err(Error::validation(format!("Drift detection is already in progress for stack [{arn}]")));
    }
    Ok(())
}

pub(super) fn detection(context: &Context<'_>, params: &Params) -> Result<Node> {
    let id = params.required("StackDriftDetectionId")?;
    let now = context.now();
    let all = context.all()?;
    let mut detections =
        all.iter().flat_map(|record| record.detections.iter().map(move |detection| (record, detection)));
    let (record, found) = detections
        .find(|(_, detection)| detection.id == id)
        .ok_or_else(|| Error::validation(format!("The StackDriftDetectionId [{id}] does not exist")))?;
    let done = found.done <= now;
    Ok(Node::new("")
        .text("StackId", record.id.arn())
        .text("StackDriftDetectionId", id)
        .maybe("StackDriftStatus", done.then(|| found.status()))
        .text("DetectionStatus", if done { "DETECTION_COMPLETE" } else { "DETECTION_IN_PROGRESS" })
        .maybe("DriftedStackResourceCount", done.then(|| found.drifted()))
        .time("Timestamp", Some(found.started)))
}

pub(super) fn resources(context: &Context<'_>, params: &Params) -> Result<Node> {
    let record = context.stack(params)?;
    let filter = params.list("StackResourceDriftStatusFilters");
    let size = params.number("MaxResults", 1, PAGE)?.unwrap_or(PAGE) as usize;
    let found = record.detection(context.now());
    let wanted = |it: &&Compared| filter.is_empty() || filter.iter().any(|status| status == it.status());
    let compared: Vec<&Compared> = found.iter().flat_map(|it| &it.resources).filter(wanted).collect();
    let (resources, next) = page(compared, |it| it.logical_id.clone(), params, size)?;
    let members = resources.iter().map(|it| {
        let shown = |value: &Value| mask(&value.to_string());
        let there = it.actual.is_some();
        Node::member()
            .text("StackId", record.id.arn())
            .text("LogicalResourceId", &it.logical_id)
            .text("PhysicalResourceId", mask(&it.physical_id))
            .text("ResourceType", &it.resource_type)
            .maybe("ExpectedProperties", there.then(|| shown(&it.expected)))
            .maybe("ActualProperties", it.actual.as_ref().map(shown))
            .list("PropertyDifferences", it.differences().iter().map(difference))
            .text("StackResourceDriftStatus", it.status())
            .time("Timestamp", found.map(|detection| detection.started))
    });
    let members: Vec<Node> = members.collect();
    Ok(Node::new("").list("StackResourceDrifts", members).maybe("NextToken", next))
}

fn difference(Difference { path, expected, actual }: &Difference<'_>) -> Node {
    // What is not there is written as JSON's null.
    let shown = |value: Option<&Value>| match value {
        None => "null".to_owned(),
        Some(Value::String(text)) => mask(text),
        Some(value) => mask(&value.to_string()),
    };
    let kind = match (expected, actual) {
        (None, _) => "ADD",
        (_, None) => "REMOVE",
        _ => "NOT_EQUAL",
    };
    Node::member()
        .text("PropertyPath", path)
        .text("ExpectedValue", shown(*expected))
        .text("ActualValue", shown(*actual))
        .text("DifferenceType", kind)
}

/// What the actions about stacks show of it.
pub(super) fn of_stack(record: &StackRecord, now: DateTime<Utc>) -> Node {
    let found = record.detection(now);
    Node::new("DriftInformation")
        .text("StackDriftStatus", found.map_or("NOT_CHECKED", Detection::status))
        .time("LastCheckTimestamp", found.map(|detection| detection.started))
}

/// What the actions about resources show of it.
pub(super) fn of_resource(record: &StackRecord, logical_id: &str, now: DateTime<Utc>) -> Node {
    let found = record.detection(now);
    let compared = found.and_then(|it| it.resources.iter().find(|it| it.logical_id == logical_id));
    Node::new("DriftInformation")
        .text("StackResourceDriftStatus", compared.map_or("NOT_CHECKED", Compared::status))
        .time("LastCheckTimestamp", compared.and(found).map(|detection| detection.started))
}
