//! A stack's history at CloudFormation, and the first thing in it that went wrong.

use std::collections::HashSet;

use aws_sdk_cloudformation::types::{HookFailureMode, HookStatus, StackEvent};
use chrono::{DateTime, TimeDelta, Utc};
use skydeck_model::clean;
use skydeck_model::cloudformation::{self, Blame};
use skydeck_model::operation::Direction;

use super::pages::Pages;
use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::CloudError;
use crate::snapshot::time;

/// One line of a stack's history at CloudFormation.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudEvent {
    /// Unique.
    pub id: String,
    /// The resource's name in the template.
    pub logical_id: String,
    /// The real resource's id.
    pub physical_id: Option<String>,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Like `CREATE_COMPLETE`.
    pub status: String,
    /// CloudFormation's reason.
    pub reason: Option<String>,
    /// The token of the call that it belongs to.
    pub token: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it tells of the stack itself and not of one of its resources.
    pub is_stack: bool,
}

/// Why a stack failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootCause {
    /// The names of the stacks, from the one that was asked for down to the nested one in which it happened.
    pub stacks: Vec<String>,
    /// The resource's name in the template; the stack's own name where it failed as a whole.
    pub logical_id: String,
    /// Whether the stack failed as a whole, and no resource is to blame.
    pub of_stack: bool,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Like `CREATE_FAILED`.
    pub status: String,
    /// What CloudFormation says.
    pub reason: String,
}

impl RootCause {
    /// What failed, where in nested stacks, and why; of a stack that failed as a whole only why.
    pub fn in_words(&self) -> String {
        let Self { stacks, logical_id, resource_type, reason, .. } = self;
        let nested = if stacks.len() > 1 { format!("{}: ", stacks.join(" / ")) } else { String::new() };
        match self.of_stack {
            true => format!("{nested}{reason}"),
            false => format!("{nested}{logical_id} ({resource_type}): {reason}"),
        }
    }
}

/// An event without a token belongs to a call if it is not older, but for this much.
const ROUNDING: TimeDelta = TimeDelta::seconds(2);

/// Events older than a call by this much are not looked at: clocks differ by less.
pub(crate) const OLD: TimeDelta = TimeDelta::minutes(15);

/// How deep nested stacks are followed.
const DEEPEST: usize = 5;

impl Connection {
    /// A stack's events, oldest first, back to the newest one that `known` has.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn events(
        &self,
        stack: &str,
        known: impl Fn(&CloudEvent) -> bool,
    ) -> Result<Vec<CloudEvent>, CloudError> {
        self.events_of_kind(stack, Kind::Question, known).await
    }

    /// The same where nobody waits for them.
    pub(crate) async fn events_of_kind(
        &self,
        stack: &str,
        kind: Kind,
        known: impl Fn(&CloudEvent) -> bool,
    ) -> Result<Vec<CloudEvent>, CloudError> {
        let (mut events, mut pages) = (Vec::new(), Pages::default());
        'pages: loop {
            let answer = self
                .call("DescribeStackEvents", kind, |clients| {
                    let call = clients.cloudformation.describe_stack_events().stack_name(stack);
                    call.set_next_token(pages.token()).send()
                })
                .await?;
            for event in answer.stack_events.unwrap_or_default() {
                let event = CloudEvent::from(event);
                if known(&event) {
                    break 'pages;
                }
                events.push(event);
            }
            if !pages.turn(answer.next_token)? {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }

    /// What failed first in an operation on a stack, followed down nested stacks. `token`: the one of the call (or its
    /// beginning), where the server tells tokens; `since`: when the call was made; `direction`: where it was going.
    ///
    /// # Errors
    /// Where CloudFormation does not answer for the stack itself; a nested one that cannot be asked ends the way down.
    pub async fn root_cause(
        &self,
        stack: &str,
        token: Option<&str>,
        since: DateTime<Utc>,
        direction: Direction,
    ) -> Result<Option<RootCause>, CloudError> {
        let mut path = vec![name_of(stack).to_owned()];
        let mut visited = HashSet::from([stack.to_owned()]);
        let Some(mut cause) = self.first_failure(stack, token, since, direction).await? else {
            return Ok(None);
        };
        while let Some(nested) = cause.nested().filter(|_| path.len() <= DEEPEST).map(str::to_owned) {
            if !visited.insert(nested.clone()) {
                break;
            }
            // Its own operation has another token.
            let Ok(Some(deeper)) = self.first_failure(&nested, None, since, direction).await else { break };
            path.push(name_of(&nested).to_owned());
            cause = deeper;
        }
        Ok(Some(RootCause {
            stacks: path,
            of_stack: cause.is_stack,
            logical_id: cause.logical_id,
            resource_type: cause.resource_type,
            status: cause.status,
            reason: cause.reason.unwrap_or_else(|| "CloudFormation gives no reason".to_owned()),
        }))
    }

    /// Of one stack: the first event that tells the cause; where none does, the first that tells of a failure.
    async fn first_failure(
        &self,
        stack: &str,
        token: Option<&str>,
        since: DateTime<Utc>,
        direction: Direction,
    ) -> Result<Option<CloudEvent>, CloudError> {
        let events = self.events(stack, |event| event.at < since - OLD).await?;
        let mut ours: Vec<CloudEvent> =
            events.into_iter().filter(|event| event.belongs_to(token, since)).collect();
        // A delete changes no time by which it could be told from what was tried before it.
        let deletes = |event: &CloudEvent| event.is_stack && event.status == "DELETE_IN_PROGRESS";
        if direction == Direction::Down
            && let Some(begun) = ours.iter().rposition(deletes)
        {
            ours.drain(..begun);
        }
        Ok(cloudformation::cause(ours, |event| event.blame(direction)))
    }
}

impl CloudEvent {
    /// Whether it came of a call. AWS puts the call's token on every event of it; where there is none, time must do. A
    /// rollback that we asked for carries the token of that request, which begins with that of the call.
    pub fn belongs_to(&self, token: Option<&str>, called_at: DateTime<Utc>) -> bool {
        match (token, &self.token) {
            (Some(token), Some(found)) => found.starts_with(token),
            _ => self.at >= called_at - ROUNDING,
        }
    }

    /// What it tells of why an operation failed.
    pub fn blame(&self, direction: Direction) -> Blame {
        cloudformation::blame(self.is_stack, &self.status, self.reason.as_deref(), direction)
    }

    /// The nested stack that it tells of.
    fn nested(&self) -> Option<&str> {
        let id = self.physical_id.as_deref()?;
        let is_nested =
            !self.is_stack && self.resource_type == "AWS::CloudFormation::Stack" && id.starts_with("arn:");
        is_nested.then_some(id)
    }
}

/// The name in a stack's ARN: `arn:aws:cloudformation:region:account:stack/name/id`.
fn name_of(stack: &str) -> &str {
    stack.split('/').nth(1).unwrap_or(stack)
}

/// A hook that forbids a resource says why in an event of its own, whose status is still that of the resource.
fn forbidden_by_hook(event: &StackEvent) -> Option<(String, String)> {
    let status = event.hook_status.as_ref().map(HookStatus::as_str)?;
    let forbids = event.hook_failure_mode == Some(HookFailureMode::Fail) && status.ends_with("_FAILED");
    let reason = event.hook_status_reason.as_deref().unwrap_or("no reason was given");
    let hook = event.hook_type.as_deref().unwrap_or("a hook");
    forbids.then(|| (status.to_owned(), format!("{hook}: {reason}")))
}

impl From<StackEvent> for CloudEvent {
    fn from(event: StackEvent) -> Self {
        let is_stack = event.physical_resource_id.is_some() && event.physical_resource_id == event.stack_id;
        let (status, reason) = match forbidden_by_hook(&event) {
            Some((status, reason)) => (status, Some(reason)),
            None => {
                let status = event.resource_status.map(|status| status.as_str().to_owned());
                (status.unwrap_or_default(), event.resource_status_reason)
            }
        };
        Self {
            id: event.event_id.unwrap_or_default(),
            logical_id: event.logical_resource_id.unwrap_or_default(),
            physical_id: event.physical_resource_id.filter(|id| !id.is_empty()),
            resource_type: event.resource_type.unwrap_or_default(),
            status,
            reason: reason.map(|reason| clean::line(&reason)).filter(|reason| !reason.is_empty()),
            token: event.client_request_token.filter(|token| !token.is_empty()),
            at: time(event.timestamp).unwrap_or_default(),
            is_stack,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::ResourceStatus;

    use super::*;

    #[test]
    fn a_hook_that_forbids_a_resource_tells_why_and_one_that_warns_does_not() {
        for (mode, status, blame) in [
            (HookFailureMode::Fail, HookStatus::HookCompleteFailed, Blame::Cause),
            (HookFailureMode::Warn, HookStatus::HookCompleteFailed, Blame::Nothing),
            (HookFailureMode::Fail, HookStatus::HookCompleteSucceeded, Blame::Nothing),
        ] {
            let event = StackEvent::builder()
                .resource_status(ResourceStatus::CreateInProgress)
                .hook_type("Acme::Buckets::Private")
                .hook_failure_mode(mode)
                .hook_status(status)
                .hook_status_reason("the bucket is public")
                .build();
            let event = CloudEvent::from(event);
            assert_eq!(event.blame(Direction::Up), blame, "{event:?}");
            let says = event.reason.as_deref() == Some("Acme::Buckets::Private: the bucket is public");
            assert_eq!(says, blame == Blame::Cause);
        }
    }
}
