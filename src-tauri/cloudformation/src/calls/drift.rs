//! Drift detection: whether a stack is as its template says.

use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_stack_drift_detection_status::DescribeStackDriftDetectionStatusOutput;
use aws_sdk_cloudformation::types::{
    PropertyDifference, StackDriftDetectionStatus, StackDriftStatus, StackResourceDrift,
    StackResourceDriftStatus,
};
use serde::Deserialize;
use skydeck_model::Target;
use skydeck_model::clean;
use skydeck_model::look::{DifferenceType, Divergence, Drift, DriftStatus, PropertyDrift, ResourceDrift};
use tokio::time::Instant;

use super::pages::Pages;
use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::CloudError;

/// How long CloudFormation may compare. Its documentation speaks of several minutes for a large stack.
const PATIENCE: Duration = Duration::from_secs(900);

/// Between two looks at a detection, at most; the wait grows with what has passed.
const LONGEST: Duration = Duration::from_secs(10);

/// What CloudFormation says where somebody else has a stack compared just now: one detection at a time.
const SOMEBODY_ELSE: &str = "Drift detection is already in progress";

impl Connection {
    /// Has a stack compared with its template, and waits until that is done, behind a detection of somebody else's too.
    /// A stack that does not stand in a way that allows it, or is not there, is told as not checked.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or does not let us ask.
    pub async fn drift(&self, stack: &str) -> Result<Drift, CloudError> {
        let patience = Patience::of(self.target());
        let id = loop {
            match self.detect_drift(stack).await {
                Ok(id) => break id,
                Err(CloudError::Busy(reason)) if reason.starts_with(SOMEBODY_ELSE) => {
                    if !patience.holds().await {
                        return Ok(Drift::not_checked(reason));
                    }
                }
                Err(CloudError::Busy(reason) | CloudError::Absent(reason)) => {
                    return Ok(Drift::not_checked(reason));
                }
                Err(error) => return Err(error),
            }
        };
        loop {
            let detection = self.drift_detection(&id).await?;
            if detection.detection_status != Some(StackDriftDetectionStatus::DetectionInProgress) {
                return self.found(stack, detection).await;
            }
            if !patience.holds().await {
                let reason = "CloudFormation is still comparing it; ask again later".to_owned();
                return Ok(Drift {
                    status: DriftStatus::Unknown,
                    reason: Some(reason),
                    resources: Vec::new(),
                });
            }
        }
    }

    async fn detect_drift(&self, stack: &str) -> Result<String, CloudError> {
        let answer = self
            .call("DetectStackDrift", Kind::Question, |clients| {
                clients.cloudformation.detect_stack_drift().stack_name(stack).send()
            })
            .await?;
        Ok(answer.stack_drift_detection_id.unwrap_or_default())
    }

    async fn drift_detection(&self, id: &str) -> Result<DescribeStackDriftDetectionStatusOutput, CloudError> {
        self.call("DescribeStackDriftDetectionStatus", Kind::Question, |clients| {
            let call = clients.cloudformation.describe_stack_drift_detection_status();
            call.stack_drift_detection_id(id).send()
        })
        .await
    }

    /// What a detection that is over has found. One that failed for some resources tells of the others: then a stack
    /// without a difference is not known to be right.
    async fn found(
        &self,
        stack: &str,
        detection: DescribeStackDriftDetectionStatusOutput,
    ) -> Result<Drift, CloudError> {
        let whole = detection.detection_status == Some(StackDriftDetectionStatus::DetectionComplete);
        let reason = detection.detection_status_reason.filter(|_| !whole).map(|reason| readable(&reason));
        let said = detection.stack_drift_status;
        if whole && said == Some(StackDriftStatus::InSync) {
            return Ok(Drift { status: DriftStatus::InSync, reason, resources: Vec::new() });
        }
        let resources = self.drifted(detection.stack_id.as_deref().unwrap_or(stack)).await?;
        let status = match said {
            _ if !resources.is_empty() => DriftStatus::Drifted,
            Some(StackDriftStatus::Drifted) => DriftStatus::Drifted,
            Some(StackDriftStatus::NotChecked) => DriftStatus::NotChecked,
            _ => DriftStatus::Unknown,
        };
        let nothing = || "CloudFormation can compare none of its resources".to_owned();
        let reason = reason.or_else(|| (status == DriftStatus::NotChecked).then(nothing));
        Ok(Drift { status, reason, resources })
    }

    /// The resources that are not as the template says.
    async fn drifted(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let filter = [StackResourceDriftStatus::Modified, StackResourceDriftStatus::Deleted];
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let answer = self
                .call("DescribeStackResourceDrifts", Kind::Question, |clients| {
                    let call = clients.cloudformation.describe_stack_resource_drifts().stack_name(stack);
                    let call = call.set_stack_resource_drift_status_filters(Some(filter.to_vec()));
                    call.set_next_token(pages.token()).send()
                })
                .await?;
            found.extend(answer.stack_resource_drifts.unwrap_or_default().into_iter().filter_map(resource));
            if !pages.turn(answer.next_token)? {
                return Ok(found);
            }
        }
    }
}

/// How long is waited, and how long for the next look.
struct Patience {
    started: Instant,
    least: Duration,
}

impl Patience {
    fn of(target: Target) -> Self {
        let least = match target {
            Target::Aws => Duration::from_secs(1),
            // Its calls cost nothing.
            Target::Sandbox => Duration::from_millis(20),
        };
        Self { started: Instant::now(), least }
    }

    /// Waits a while; false where it has been too long.
    async fn holds(&self) -> bool {
        let passed = self.started.elapsed();
        if passed < PATIENCE {
            tokio::time::sleep((passed / 4).clamp(self.least, LONGEST)).await;
        }
        passed < PATIENCE
    }
}

/// `None` for one that is as the template says, which a server without filters tells of too.
fn resource(drift: StackResourceDrift) -> Option<ResourceDrift> {
    let divergence = match drift.stack_resource_drift_status? {
        StackResourceDriftStatus::Deleted => Divergence::Deleted,
        StackResourceDriftStatus::Modified => {
            let differences = drift.property_differences.unwrap_or_default();
            Divergence::Modified { differences: differences.into_iter().map(property).collect() }
        }
        _ => return None,
    };
    Some(ResourceDrift {
        logical_id: drift.logical_resource_id.unwrap_or_default(),
        physical_id: drift.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: drift.resource_type.unwrap_or_default(),
        divergence,
    })
}

fn property(difference: PropertyDifference) -> PropertyDrift {
    use aws_sdk_cloudformation::types::DifferenceType as Theirs;
    let kind = match difference.difference_type {
        Some(Theirs::Add) => DifferenceType::Add,
        Some(Theirs::Remove) => DifferenceType::Remove,
        _ => DifferenceType::NotEqual,
    };
    // What is not there is written as JSON's null.
    let value = |text: Option<String>, absent: DifferenceType| {
        text.filter(|_| kind != absent).map(|text| clean::line(&text))
    };
    PropertyDrift {
        path: difference.property_path.unwrap_or_default(),
        expected: value(difference.expected_value, DifferenceType::Add),
        actual: value(difference.actual_value, DifferenceType::Remove),
        difference: kind,
    }
}

/// Why a detection failed: CloudFormation writes the failures as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failures {
    failures: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    resource: String,
    failure_reason: String,
}

/// `Queue: Rate exceeded; Topic: …`; the text as it stands where it is no such JSON.
fn readable(reason: &str) -> String {
    let Ok(Failures { failures }) = serde_json::from_str(reason) else {
        return clean::line(reason);
    };
    let lines = failures.iter().map(|it| format!("{}: {}", it.resource, it.failure_reason));
    clean::line(&lines.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests;
