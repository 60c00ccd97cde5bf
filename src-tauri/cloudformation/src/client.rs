//! The calls that Skydeck makes, each in our words and with one kind of error.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksError;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus, ChangeSetType, Parameter, Stack, StackEvent, StackStatus, Tag,
};
use chrono::{DateTime, Utc};
use skydeck_model::{Environment, Target};
use tokio::time::Instant;

use crate::error::{self, CloudError};

/// A connection to the CloudFormation of one environment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    sts: aws_sdk_sts::Client,
    target: Target,
    role_arn: Option<String>,
}

/// What a stack shall be. Not `Debug`: parameters may be secrets.
#[derive(Clone)]
pub struct StackSpec {
    /// Its name in CloudFormation.
    pub name: String,
    /// The CloudFormation template's text.
    pub template: String,
    /// Parameter values, references resolved.
    pub parameters: BTreeMap<String, String>,
    /// Acknowledged capabilities.
    pub capabilities: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Whether CloudFormation shall refuse to delete it.
    pub termination_protection: bool,
}

/// What CloudFormation says of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct StackSnapshot {
    /// Its ARN, which no later namesake will have.
    pub id: String,
    /// CloudFormation's status.
    pub status: String,
    /// CloudFormation's reason for it.
    pub reason: Option<String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Whether termination protection is on.
    pub termination_protection: bool,
}

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

/// What a change set found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// The stack is as wanted already.
    Unchanged,
    /// The change set with this ARN can be executed.
    Ready(String),
}

/// How long CloudFormation may compare before the wait is given up.
const CHANGE_SET_PATIENCE: Duration = Duration::from_secs(300);

impl Connection {
    pub(crate) fn new(config: &SdkConfig, environment: &Environment) -> Self {
        Self {
            client: Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            target: environment.target,
            role_arn: environment.role_arn.clone(),
        }
    }

    /// Where the environment lives.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The account that the credentials belong to (STS GetCallerIdentity).
    ///
    /// # Errors
    /// Where the credentials do not hold or STS does not answer.
    pub async fn account(&self) -> Result<String, CloudError> {
        let identity = self.sts.get_caller_identity().send().await.map_err(error::map)?;
        Ok(identity.account.unwrap_or_default())
    }

    /// A stack by name or ARN; `None` where there is none. Only an ARN finds a deleted stack.
    ///
    /// # Errors
    /// Where CloudFormation does not answer; a denied call is never taken for an absent stack.
    pub async fn describe(&self, stack: &str) -> Result<Option<StackSnapshot>, CloudError> {
        match self.client.describe_stacks().stack_name(stack).send().await {
            Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next().map(snapshot)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error::map(error)),
        }
    }

    /// Starts to create a stack; gives its ARN.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn create(&self, spec: &StackSpec, token: &str) -> Result<String, CloudError> {
        let answer = self
            .client
            .create_stack()
            .stack_name(&spec.name)
            .template_body(&spec.template)
            .set_parameters(Some(parameters(spec)))
            .set_capabilities(Some(capabilities(spec)))
            .set_tags(Some(tags(spec)))
            .set_role_arn(self.role_arn.clone())
            .enable_termination_protection(spec.termination_protection)
            .client_request_token(token)
            .send()
            .await
            .map_err(error::map)?;
        Ok(answer.stack_id.unwrap_or_else(|| spec.name.clone()))
    }

    /// Makes a change set for a stack that exists and waits until CloudFormation has compared.
    ///
    /// An empty change set is deleted again.
    ///
    /// # Errors
    /// Where CloudFormation refuses, finds the change impossible, or does not answer.
    pub async fn prepare_update(&self, spec: &StackSpec, token: &str) -> Result<Prepared, CloudError> {
        let answer = self
            .client
            .create_change_set()
            .stack_name(&spec.name)
            // A change set's name begins with a letter; the operation's id begins with a digit.
            .change_set_name(format!("skydeck-{token}"))
            .change_set_type(ChangeSetType::Update)
            .template_body(&spec.template)
            .set_parameters(Some(parameters(spec)))
            .set_capabilities(Some(capabilities(spec)))
            .set_tags(Some(tags(spec)))
            .set_role_arn(self.role_arn.clone())
            .client_token(token)
            .send()
            .await
            .map_err(error::map);
        let id = match answer {
            Ok(answer) => answer.id.unwrap_or_default(),
            // AWS tells it of the change set; other servers of this protocol refuse the call.
            Err(CloudError::Rejected(reason)) if is_empty_change_set(&reason) => {
                return Ok(Prepared::Unchanged);
            }
            Err(error) => return Err(error),
        };
        let mut pause = Duration::from_millis(100);
        let started = Instant::now();
        while started.elapsed() < CHANGE_SET_PATIENCE {
            let change_set =
                self.client.describe_change_set().change_set_name(&id).send().await.map_err(error::map)?;
            let reason = change_set.status_reason.unwrap_or_default();
            match change_set.status {
                Some(ChangeSetStatus::CreateComplete) => return Ok(Prepared::Ready(id)),
                Some(ChangeSetStatus::Failed) => {
                    self.client.delete_change_set().change_set_name(&id).send().await.map_err(error::map)?;
                    return if is_empty_change_set(&reason) {
                        Ok(Prepared::Unchanged)
                    } else {
                        Err(CloudError::Rejected(error::printable(&reason)))
                    };
                }
                _ => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_secs(3));
        }
        Err(CloudError::Unreachable("the change set is still being made".to_owned()))
    }

    /// Starts to execute a change set.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn execute(&self, change_set: &str, token: &str) -> Result<(), CloudError> {
        self.client
            .execute_change_set()
            .change_set_name(change_set)
            .client_request_token(token)
            .send()
            .await
            .map_err(error::map)?;
        Ok(())
    }

    /// Starts to delete a stack.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn delete(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        self.client
            .delete_stack()
            .stack_name(stack)
            .set_role_arn(self.role_arn.clone())
            .client_request_token(token)
            .send()
            .await
            .map_err(error::map)?;
        Ok(())
    }

    /// Calls off an update that is under way; CloudFormation then rolls it back.
    ///
    /// # Errors
    /// Where nothing can be called off any more, or CloudFormation does not answer.
    pub async fn cancel_update(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        self.client
            .cancel_update_stack()
            .stack_name(stack)
            .client_request_token(token)
            .send()
            .await
            .map_err(error::map)?;
        Ok(())
    }

    /// Switches termination protection on. It is never switched off from here.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn protect(&self, stack: &str) -> Result<(), CloudError> {
        self.client
            .update_termination_protection()
            .stack_name(stack)
            .enable_termination_protection(true)
            .send()
            .await
            .map_err(error::map)?;
        Ok(())
    }

    /// A stack's events, oldest first, back to the newest one that `known` has.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn events(
        &self,
        stack: &str,
        known: impl Fn(&CloudEvent) -> bool,
    ) -> Result<Vec<CloudEvent>, CloudError> {
        let mut events = Vec::new();
        let mut page = None;
        'pages: loop {
            let answer = self
                .client
                .describe_stack_events()
                .stack_name(stack)
                .set_next_token(page)
                .send()
                .await
                .map_err(error::map)?;
            for event in answer.stack_events.unwrap_or_default() {
                let event = cloud_event(event);
                if known(&event) {
                    break 'pages;
                }
                events.push(event);
            }
            page = answer.next_token;
            if page.is_none() {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }

    /// The ARNs of all stacks on which something runs, with their statuses.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn in_progress(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let filter: Vec<StackStatus> =
            skydeck_model::cloudformation::in_progress().map(StackStatus::from).collect();
        let mut found = BTreeMap::new();
        let mut page = None;
        loop {
            let answer = self
                .client
                .list_stacks()
                .set_stack_status_filter(Some(filter.clone()))
                .set_next_token(page)
                .send()
                .await
                .map_err(error::map)?;
            for stack in answer.stack_summaries.unwrap_or_default() {
                if let (Some(id), Some(status)) = (stack.stack_id, stack.stack_status) {
                    found.insert(id, status.as_str().to_owned());
                }
            }
            page = answer.next_token;
            if page.is_none() {
                return Ok(found);
            }
        }
    }
}

fn is_absent(error: &SdkError<DescribeStacksError>) -> bool {
    error.as_service_error().is_some_and(|service| {
        service.code() == Some("ValidationError")
            && service.message().is_some_and(|message| message.contains("does not exist"))
    })
}

/// Two texts, from CloudFormation's own answers; both are to be known.
fn is_empty_change_set(reason: &str) -> bool {
    reason.starts_with("The submitted information didn't contain changes.")
        || reason.starts_with("No updates are to be performed.")
}

fn parameters(spec: &StackSpec) -> Vec<Parameter> {
    let parameter = |(key, value): (&String, &String)| {
        Parameter::builder().parameter_key(key).parameter_value(value).build()
    };
    spec.parameters.iter().map(parameter).collect()
}

fn capabilities(spec: &StackSpec) -> Vec<Capability> {
    spec.capabilities.iter().map(|capability| Capability::from(capability.as_str())).collect()
}

fn tags(spec: &StackSpec) -> Vec<Tag> {
    spec.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn snapshot(stack: Stack) -> StackSnapshot {
    let outputs = stack.outputs.unwrap_or_default();
    StackSnapshot {
        id: stack.stack_id.or(stack.stack_name).unwrap_or_default(),
        status: stack.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: stack.stack_status_reason.map(|reason| error::printable(&reason)),
        outputs: outputs
            .into_iter()
            .filter_map(|output| Some((output.output_key?, output.output_value.unwrap_or_default())))
            .collect(),
        termination_protection: stack.enable_termination_protection.unwrap_or_default(),
    }
}

fn cloud_event(event: StackEvent) -> CloudEvent {
    let is_stack = event.physical_resource_id.is_some() && event.physical_resource_id == event.stack_id;
    CloudEvent {
        id: event.event_id.unwrap_or_default(),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: event.resource_type.unwrap_or_default(),
        status: event.resource_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: event
            .resource_status_reason
            .map(|reason| error::printable(&reason))
            .filter(|r| !r.is_empty()),
        token: event.client_request_token.filter(|token| !token.is_empty()),
        at: event
            .timestamp
            .and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()))
            .unwrap_or_default(),
        is_stack,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_of_an_empty_change_set_are_known() {
        for (reason, empty) in [
            (
                "The submitted information didn't contain changes. Submit different information to create a change set.",
                true,
            ),
            ("No updates are to be performed.", true),
            ("Transform AWS::Include failed", false),
            ("", false),
        ] {
            assert_eq!(is_empty_change_set(reason), empty, "{reason:?}");
        }
    }
}
