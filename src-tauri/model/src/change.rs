//! What CloudFormation says an operation would change: the resources of a change set, with the properties before and
//! after where it gives them, and which of them hold data. Source: the CloudFormation API reference, 'ResourceChange'.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// It is made.
    Add,
    /// It is changed in place, or replaced (see [`Replacement`]).
    Modify,
    /// It is taken out of the stack; whether it is deleted says [`ResourceChange::kept`].
    Remove,
    /// It exists already and is taken into the stack.
    Import,
    /// CloudFormation can only tell once it gets there (`Dynamic`, or a word that this version does not know).
    Dynamic,
}

/// Whether a change needs a new physical resource. In this order each is worse than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// It stays the same resource.
    No,
    /// CloudFormation can only tell once it gets there.
    Conditional,
    /// A new one is made, and the old one deleted unless a policy keeps it.
    Yes,
}

/// What happens to one resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ResourceChange {
    /// What.
    pub action: ChangeAction,
    /// Its name in the template.
    pub logical_id: String,
    /// The real resource's id, where there is one.
    pub physical_id: Option<String>,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Whether a new one takes its place.
    pub replacement: Replacement,
    /// Whether the old resource is left behind or a snapshot of it is taken (its DeletionPolicy or UpdateReplacePolicy):
    /// `PolicyAction` `Retain`, `ReplaceAndRetain`, `Snapshot`, `ReplaceAndSnapshot`.
    pub kept: bool,
    /// Whether it is only a snapshot that is kept, and the resource is deleted. Logs of early versions do not tell.
    #[serde(default)]
    pub snapshot: bool,
    /// What it can cost: see [`ResourceChange::judged`].
    pub danger: Danger,
    /// The differences, in CloudFormation's order; none for a resource that is added or removed.
    pub properties: Vec<PropertyChange>,
}

/// One difference of one resource. A value is text as CloudFormation gives it; what a `NoEcho` parameter hides is
/// masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PropertyChange {
    /// Where, like `Properties.BucketName`, `Tags` or `DeletionPolicy`.
    pub path: String,
    /// The value now, where CloudFormation gives it.
    pub before: Option<String>,
    /// The value then, where CloudFormation gives it.
    pub after: Option<String>,
    /// Whether this difference needs a new resource.
    pub replacement: Replacement,
    /// What the difference comes from where it is not the template itself: a parameter, or another resource
    /// (`CausingEntity`).
    pub cause: Option<String>,
}

/// The types of which a replacement or a removal loses data: what a resource of theirs holds is in no template.
/// Source: the resource types for which CloudFormation's DeletionPolicy page recommends Retain or Snapshot, and the
/// services that store what is put into them.
const DATA: [&str; 34] = [
    "AWS::Backup::BackupVault",
    "AWS::Cassandra::Table",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CodeArtifact::Repository",
    "AWS::CodeCommit::Repository",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::FSx::Volume",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::QLDB::Ledger",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Table",
];

/// Whether resources of this type hold data that their template does not.
pub fn holds_data(resource_type: &str) -> bool {
    DATA.binary_search(&resource_type).is_ok()
}

/// How much a change can cost. In this order each is worse than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Nothing is lost.
    None,
    /// A resource is, or may be, replaced or removed.
    Replaces,
    /// A resource that holds data is, or may be, replaced or removed, and nothing keeps it.
    LosesData,
}

impl ResourceChange {
    /// The change with what it can cost, which follows from the rest of it.
    #[must_use]
    pub fn judged(self) -> Self {
        Self { danger: self.cost(), ..self }
    }

    fn cost(&self) -> Danger {
        let loses = self.action == ChangeAction::Remove || self.replacement > Replacement::No;
        let stays = self.action == ChangeAction::Remove && self.kept && !self.snapshot;
        if !loses || stays {
            Danger::None
        } else if holds_data(&self.resource_type) && !self.kept {
            Danger::LosesData
        } else {
            Danger::Replaces
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn change(
        action: ChangeAction,
        resource_type: &str,
        replacement: Replacement,
        kept: bool,
    ) -> ResourceChange {
        ResourceChange {
            action,
            logical_id: "A".to_owned(),
            physical_id: None,
            resource_type: resource_type.to_owned(),
            replacement,
            kept,
            snapshot: false,
            danger: Danger::None,
            properties: Vec::new(),
        }
    }

    #[test]
    fn the_table_of_data_is_sorted() {
        assert!(DATA.is_sorted());
    }

    #[test]
    fn replacements_and_removals_of_what_holds_data_are_the_dangerous_ones() {
        use ChangeAction::{Add, Modify, Remove};
        use Replacement::{Conditional, No, Yes};
        let bucket = "AWS::S3::Bucket";
        let role = "AWS::IAM::Role";
        for (action, kind, replacement, kept, danger) in [
            (Add, bucket, No, false, Danger::None),
            (Modify, bucket, No, false, Danger::None),
            (Modify, bucket, Yes, false, Danger::LosesData),
            (Modify, bucket, Conditional, false, Danger::LosesData),
            (Modify, bucket, Yes, true, Danger::Replaces),
            (Modify, role, Yes, false, Danger::Replaces),
            (Remove, bucket, No, false, Danger::LosesData),
            (Remove, bucket, No, true, Danger::None),
            (Remove, role, No, false, Danger::Replaces),
        ] {
            let found = change(action, kind, replacement, kept).judged().danger;
            assert_eq!(found, danger, "{action:?} {kind} {replacement:?} kept {kept}");
        }
        // The data is not lost, but the database is gone.
        let removed = change(Remove, "AWS::RDS::DBInstance", No, true);
        assert_eq!(ResourceChange { snapshot: true, ..removed }.judged().danger, Danger::Replaces);
    }
}
