//! What a look at CloudFormation finds that the files did not know: statuses that had to be mended (refresh), and
//! resources that differ from their template (drift detection).

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::StackKey;
use crate::status::{StackStatus, words};

/// What the files said of a stack, against what CloudFormation showed: it was mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Mended {
    /// The stack.
    pub key: StackKey,
    /// The status that was recorded.
    pub from: StackStatus,
    /// The status from now on; the same where only its remark is new.
    pub to: StackStatus,
    /// What was done outside this product, or what CloudFormation shows.
    pub why: String,
}

/// Whether a stack is as its template says. CloudFormation's words (`StackDriftStatus` of its API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DriftStatus {
    /// Every resource that can be compared is as the template says.
    InSync,
    /// Some are not.
    Drifted,
    /// It was not compared: it does not stand in a way that allows it, or is not there.
    NotChecked,
    /// Some resources could not be compared, and the others are as the template says.
    Unknown,
}

words!(DriftStatus {
    InSync => "in_sync",
    Drifted => "drifted",
    NotChecked => "not_checked",
    Unknown => "unknown",
});

/// What drift detection found on one stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Drift {
    /// Whether it is as its template says.
    pub status: DriftStatus,
    /// Why it, or some of its resources, could not be compared.
    pub reason: Option<String>,
    /// The resources that differ.
    pub resources: Vec<ResourceDrift>,
}

/// A stack with its drift: one line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StackDrift {
    /// The stack.
    pub key: StackKey,
    /// What was found.
    pub drift: Drift,
}

/// A resource that is not as its template says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ResourceDrift {
    /// Its name in the template.
    pub logical_id: String,
    /// The real resource's id.
    pub physical_id: Option<String>,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// How it differs.
    #[serde(flatten)]
    pub divergence: Divergence,
}

/// How a resource differs from its template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Divergence {
    /// It is not there any more.
    Deleted,
    /// Some of its properties have other values. Only properties that the template sets are compared.
    Modified {
        /// Which.
        differences: Vec<PropertyDrift>,
    },
}

/// A property that is not as the template says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PropertyDrift {
    /// Like `/Tags/0/Value`.
    pub path: String,
    /// What the template says; JSON where it is no plain value. `None`: nothing.
    pub expected: Option<String>,
    /// What is there. `None`: nothing.
    pub actual: Option<String>,
    /// How they differ.
    pub difference: DifferenceType,
}

/// CloudFormation's words for how two values differ (`DifferenceType` of its API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceType {
    /// It is there, and the template does not say so.
    Add,
    /// The template says it, and it is not there.
    Remove,
    /// It has another value.
    NotEqual,
}

impl Drift {
    /// A stack that was not compared, and why.
    pub fn not_checked(reason: impl Into<String>) -> Self {
        Self { status: DriftStatus::NotChecked, reason: Some(reason.into()), resources: Vec::new() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn drift_reads_back_from_the_log_as_it_was_written() {
        let modified = Divergence::Modified {
            differences: vec![PropertyDrift {
                path: "/DelaySeconds".to_owned(),
                expected: Some("0".to_owned()),
                actual: Some("5".to_owned()),
                difference: DifferenceType::NotEqual,
            }],
        };
        for (divergence, word) in [(modified, "modified"), (Divergence::Deleted, "deleted")] {
            let resource = ResourceDrift {
                logical_id: "Queue".to_owned(),
                physical_id: None,
                resource_type: "AWS::SQS::Queue".to_owned(),
                divergence,
            };
            let line = serde_json::to_value(&resource).unwrap();
            assert_eq!(line["status"], word);
            assert_eq!(serde_json::from_value::<ResourceDrift>(line).unwrap(), resource);
        }
        for status in DriftStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
