//! What CloudFormation's validation says of a change set: why it is refused, and warnings of one that is not. It stands in
//! events alone (API reference of DescribeEvents), which older servers do not have.

use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::types::{EventType, HookFailureMode, OperationEvent, ValidationStatus};
use skydeck_model::review::Finding;

use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::{CloudError, printable};

impl Connection {
    /// What the validation found in a change set, with one call. `refused`: whether the change set was refused for some of
    /// it. Nothing where CloudFormation does not tell, as older servers and missing rights have it; such a server is
    /// asked once.
    pub async fn findings(&self, change_set: &str, refused: bool) -> Vec<Finding> {
        let tells = self.inner.tells_findings.lock().await;
        if *tells == Some(false) {
            return Vec::new();
        }
        // Only while it is not known whether there is an answer, the others wait for it.
        let first = if tells.is_none() {
            Some(tells)
        } else {
            drop(tells);
            None
        };
        let answer = self.call("DescribeEvents", Kind::Question, |clients| {
            let call = clients.cloudformation.describe_events().change_set_name(change_set).customize();
            // An answer that is not there does not come by asking again.
            call.config_override(Builder::new().retry_config(RetryConfig::disabled())).send()
        });
        let answer = answer.await;
        if let Some(mut tells) = first {
            *tells = match &answer {
                Ok(_) => Some(true),
                Err(CloudError::Throttled(_)) => None,
                Err(_) => Some(false),
            };
        }
        let events = answer.ok().and_then(|answer| answer.operation_events).unwrap_or_default();
        events.into_iter().filter_map(|event| finding(event, refused)).collect()
    }
}

fn finding(event: OperationEvent, refused: bool) -> Option<Finding> {
    let is_finding = event.event_type == Some(EventType::ValidationError)
        && event.validation_status != Some(ValidationStatus::Skipped);
    let reason = event.validation_status_reason.filter(|_| is_finding)?;
    Some(Finding {
        refuses: refused && event.validation_failure_mode != Some(HookFailureMode::Warn),
        name: event.validation_name,
        path: event.validation_path.or(event.logical_resource_id).map(|path| printable(&path)),
        reason: printable(&reason),
        line: None,
    })
}
