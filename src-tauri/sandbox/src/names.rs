//! Names that no two resources may have, and which resource has one.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::record::{StackName, StackRecord};
use crate::resources;
use crate::status::Status;

/// Types whose names are unique only within what this property names.
/// Source: the types' pages in the CloudFormation template reference.
const WITHIN: &[(&str, &str)] = &[
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "ResourceId"),
    ("AWS::ECS::Service", "Cluster"),
    ("AWS::Events::Rule", "EventBusName"),
    ("AWS::Logs::MetricFilter", "LogGroupName"),
    ("AWS::Scheduler::Schedule", "GroupName"),
    ("AWS::WAFv2::WebACL", "Scope"),
];

/// Types whose name is that of a family: each making is a further version.
const VERSIONED: &[&str] = &["AWS::ECS::TaskDefinition", "AWS::Lambda::LayerVersion"];

/// The name that a template chose for a resource, and where no other resource may have it.
#[derive(Debug, PartialEq)]
pub(crate) struct Claim<'a> {
    resource_type: &'a str,
    pub(crate) name: &'a str,
    within: Option<&'a Value>,
}

impl<'a> Claim<'a> {
    /// None: CloudFormation draws a name, or the type's names need not be unique.
    pub(crate) fn of(resource_type: &'a str, properties: &'a Value) -> Option<Self> {
        let name = resources::custom_name(resource_type, properties)?;
        let within = WITHIN.iter().find(|(name, _)| *name == resource_type);
        let within = within.and_then(|(_, property)| properties.get(property));
        (!VERSIONED.contains(&resource_type)).then_some(Self { resource_type, name, within })
    }
}

/// Whose a name is. As a text it is what CloudFormation says to whoever else wants it.
pub(crate) struct Holder<'a> {
    name: &'a str,
    /// None: the resource has outlived its stack.
    stack: Option<&'a StackName>,
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} already exists", self.name)?;
        self.stack.map_or(Ok(()), |stack| write!(f, " in stack {}", stack.arn()))
    }
}

/// The stack's resource that has the claimed name: one that stands, that is being made, or that the stack has left
/// behind. `own`: who asks, since what a failed try has left under the same logical id is made anew.
pub(crate) fn holder<'a>(
    stack: &'a StackRecord,
    claim: &Claim<'a>,
    own: (&StackName, &str),
    now: DateTime<Utc>,
) -> Option<Holder<'a>> {
    // By physical id: how it is now, and how it will be once all is over.
    let mut found: BTreeMap<&str, (Status, Status, &str)> = BTreeMap::new();
    for event in &stack.events {
        let Some(subject) = &event.step.resource else { continue };
        let Some(physical_id) = subject.physical_id.as_deref() else { continue };
        if subject.resource_type != claim.resource_type
            || Claim::of(&subject.resource_type, &subject.properties).as_ref() != Some(claim)
        {
            continue;
        }
        let status = event.step.status;
        let so_far = found.entry(physical_id).or_insert((Status::DeleteComplete, status, ""));
        let present = if event.at <= now { status } else { so_far.0 };
        *so_far = (present, status, &subject.logical_id);
    }
    let is_own = |logical_id: &str| (&stack.id, logical_id) == own;
    let (present, end, _) = found.into_values().find(|(present, end, logical_id)| {
        let statuses = [present, end];
        let there = statuses.iter().any(|status| **status != Status::DeleteComplete);
        there && (statuses.contains(&&Status::DeleteSkipped) || !is_own(logical_id))
    })?;
    let left_behind = [present, end].contains(&Status::DeleteSkipped);
    Some(Holder { name: claim.name, stack: (!left_behind).then_some(&stack.id) })
}
