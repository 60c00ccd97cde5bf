//! DeletionPolicy and UpdateReplacePolicy: what becomes of a resource that its stack gives up.
//! Source: the pages of both attributes in the CloudFormation template reference.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::optional_text;
use crate::error::{Error, Result};

/// What a template says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Policy {
    #[default]
    Delete,
    Retain,
    /// As `Retain`, unless the operation that makes the resource is rolled back.
    RetainExceptOnCreate,
    /// The snapshot is taken in no time; then as `Delete`.
    Snapshot,
}

/// Why a stack gives a resource up, which decides the policy that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The stack is deleted, or its template has the resource no more.
    Removal,
    /// An update has put another one in its place.
    Replacement,
    /// The operation that has made it is rolled back. `retains`: not where the request says RetainExceptOnCreate.
    Undo { retains: bool },
}

/// What becomes of the physical resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    Delete,
    Retain,
    Snapshot,
}

/// The types of which a snapshot can be taken.
const SNAPSHOTS: &[&str] = &[
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// The DeletionPolicy of a declaration; none where it leaves that to its type.
pub(super) fn deletion(value: Option<Value>, resource_type: &str) -> Result<Option<Policy>> {
    match read(value, "DeletionPolicy")? {
        Some(Policy::Snapshot) if !SNAPSHOTS.contains(&resource_type) => Err(Error::function(format_args!(
            "resource type {resource_type} does not support deletion policy Snapshot"
        ))),
        policy => Ok(policy),
    }
}

/// The UpdateReplacePolicy of a declaration. A snapshot that cannot be taken counts as `Delete`.
pub(super) fn update_replace(value: Option<Value>, resource_type: &str) -> Result<Policy> {
    const NAME: &str = "UpdateReplacePolicy";
    match read(value, NAME)? {
        Some(Policy::RetainExceptOnCreate) => Err(unrecognized(NAME, "RetainExceptOnCreate")),
        Some(Policy::Snapshot) if !SNAPSHOTS.contains(&resource_type) => Ok(Policy::Delete),
        policy => Ok(policy.unwrap_or_default()),
    }
}

fn read(value: Option<Value>, name: &str) -> Result<Option<Policy>> {
    let text = optional_text(value, name)
        .map_err(|_| Error::format(format_args!("Every {name} member must be a string.")))?;
    Ok(Some(match text.as_deref() {
        None => return Ok(None),
        Some("Delete") => Policy::Delete,
        Some("Retain") => Policy::Retain,
        Some("RetainExceptOnCreate") => Policy::RetainExceptOnCreate,
        Some("Snapshot") => Policy::Snapshot,
        Some(other) => return Err(unrecognized(name, other)),
    }))
}

fn unrecognized(name: &str, policy: &str) -> Error {
    Error::format(format_args!("Unrecognized {name} {policy}"))
}

impl Policy {
    /// The DeletionPolicy of a resource whose template names none: of a database a snapshot is taken, unless it is
    /// one of a cluster, which has its own.
    pub(crate) fn of_type(resource_type: &str, properties: &Value) -> Self {
        match resource_type {
            "AWS::RDS::DBCluster" => Self::Snapshot,
            "AWS::RDS::DBInstance" if properties.get("DBClusterIdentifier").is_none() => Self::Snapshot,
            _ => Self::Delete,
        }
    }

    /// What this policy makes of the resource on an occasion that it counts on.
    pub(crate) fn ending(self, occasion: Occasion) -> Ending {
        match (self, occasion) {
            (Self::Snapshot, _) => Ending::Snapshot,
            (Self::Retain, Occasion::Undo { retains: true })
            | (Self::Retain | Self::RetainExceptOnCreate, Occasion::Removal | Occasion::Replacement) => {
                Ending::Retain
            }
            (Self::Delete | Self::Retain | Self::RetainExceptOnCreate, _) => Ending::Delete,
        }
    }
}
