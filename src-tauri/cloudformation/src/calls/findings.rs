//! What CloudFormation's validation says of a change set: why it is refused, and warnings of one that is not. It stands in
//! events alone (API reference of DescribeEvents), which older servers do not have.

use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::types::{EventType, HookFailureMode, OperationEvent, ValidationStatus};
use skydeck_model::clean;
use skydeck_model::review::Finding;

use super::pages::Pages;
use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::CloudError;

impl Connection {
    /// What the validation found in a change set, with one call a page. `refused`: whether the change set was refused for some of
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
        let answer = self.found_events(change_set).await;
        if let Some(mut tells) = first {
            *tells = match &answer {
                Ok(_) => Some(true),
                // Whether it tells is known once it has answered.
                Err(error) if error.is_refusal_of_action() => Some(false),
                Err(_) => None,
            };
        }
        answer.unwrap_or_default().into_iter().filter_map(|event| finding(event, refused)).collect()
    }

    /// Every event of a change set, page by page.
    async fn found_events(&self, change_set: &str) -> Result<Vec<OperationEvent>, CloudError> {
        let (mut events, mut pages) = (Vec::new(), Pages::default());
        loop {
            let answer = self.call("DescribeEvents", Kind::Question, |clients| {
                let call = clients.cloudformation.describe_events().change_set_name(change_set);
                let call = call.set_next_token(pages.token()).customize();
                // An answer that is not there does not come by asking again.
                call.config_override(Builder::new().retry_config(RetryConfig::disabled())).send()
            });
            let answer = answer.await?;
            events.extend(answer.operation_events.unwrap_or_default());
            if !pages.turn(answer.next_token)? {
                break;
            }
        }
        Ok(events)
    }
}

fn finding(event: OperationEvent, refused: bool) -> Option<Finding> {
    let is_finding = event.event_type == Some(EventType::ValidationError)
        && event.validation_status != Some(ValidationStatus::Skipped);
    let reason = event.validation_status_reason.filter(|_| is_finding)?;
    Some(Finding {
        refuses: refused && event.validation_failure_mode != Some(HookFailureMode::Warn),
        name: event.validation_name,
        path: event.validation_path.or(event.logical_resource_id).map(|path| clean::line(&path)),
        reason: clean::line(&reason),
        line: None,
    })
}
