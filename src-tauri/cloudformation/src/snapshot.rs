//! What CloudFormation says of a stack and of its resources.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{RollbackConfiguration, Stack, StackResourceSummary};
use aws_smithy_types::DateTime as SdkTime;
use chrono::{DateTime, Utc};
use skydeck_model::clean;
use skydeck_model::manifest::RollbackSettings;

/// What CloudFormation says of a stack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StackSnapshot {
    /// Its ARN, which no later namesake will have.
    pub id: String,
    /// Its name.
    pub name: String,
    /// CloudFormation's status.
    pub status: String,
    /// CloudFormation's reason for it.
    pub reason: Option<String>,
    /// Its parameters as CloudFormation shows them: `****` where one is masked.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// The export's name of each output that is exported.
    pub exports: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its capabilities.
    pub capabilities: Vec<String>,
    /// The SNS topics that are told about it.
    pub notification_arns: Vec<String>,
    /// The role that CloudFormation assumes for it.
    pub role_arn: Option<String>,
    /// Whether termination protection is on.
    pub termination_protection: bool,
    /// Whether a failure leaves it as it is.
    pub disable_rollback: bool,
    /// The alarms that roll it back, where there are any.
    pub rollback: Option<RollbackSettings>,
    /// The stack that it is nested in.
    pub parent: Option<String>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last updated; `None`: never.
    pub last_updated: Option<DateTime<Utc>>,
}

impl StackSnapshot {
    /// A stack that is not there any more.
    pub fn gone(id: &str) -> Self {
        Self { id: id.to_owned(), status: "DELETE_COMPLETE".to_owned(), ..Self::default() }
    }
}

impl StackSnapshot {
    /// When CloudFormation last changed it: its last update, else its creation.
    pub fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.last_updated.or(self.created_at)
    }
}

impl From<Stack> for StackSnapshot {
    fn from(stack: Stack) -> Self {
        let (mut outputs, mut exports) = (BTreeMap::new(), BTreeMap::new());
        for output in stack.outputs.unwrap_or_default() {
            let Some(key) = output.output_key else { continue };
            exports.extend(output.export_name.map(|name| (key.clone(), name)));
            outputs.insert(key, output.output_value.unwrap_or_default());
        }
        let parameter = |parameter: aws_sdk_cloudformation::types::Parameter| {
            Some((parameter.parameter_key?, parameter.parameter_value.unwrap_or_default()))
        };
        let tag = |tag: aws_sdk_cloudformation::types::Tag| Some((tag.key?, tag.value.unwrap_or_default()));
        let capabilities = stack.capabilities.unwrap_or_default();
        let name = stack.stack_name.unwrap_or_default();
        Self {
            id: stack.stack_id.unwrap_or_else(|| name.clone()),
            name,
            status: stack.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: stack
                .stack_status_reason
                .map(|reason| clean::line(&reason))
                .filter(|reason| !reason.is_empty()),
            parameters: stack.parameters.unwrap_or_default().into_iter().filter_map(parameter).collect(),
            outputs,
            exports,
            tags: stack.tags.unwrap_or_default().into_iter().filter_map(tag).collect(),
            capabilities: capabilities.iter().map(|capability| capability.as_str().to_owned()).collect(),
            notification_arns: stack.notification_arns.unwrap_or_default(),
            role_arn: stack.role_arn,
            termination_protection: stack.enable_termination_protection.unwrap_or_default(),
            disable_rollback: stack.disable_rollback.unwrap_or_default(),
            rollback: stack.rollback_configuration.and_then(rollback),
            parent: stack.parent_id,
            created_at: time(stack.creation_time),
            last_updated: time(stack.last_updated_time),
        }
    }
}

fn rollback(configuration: RollbackConfiguration) -> Option<RollbackSettings> {
    let triggers = configuration.rollback_triggers.unwrap_or_default();
    let monitoring_minutes = configuration.monitoring_time_in_minutes.unwrap_or_default();
    let settings = RollbackSettings {
        monitoring_minutes: u32::try_from(monitoring_minutes).unwrap_or_default(),
        alarms: triggers.into_iter().filter_map(|trigger| trigger.arn).collect(),
    };
    (settings != RollbackSettings::default()).then_some(settings)
}

/// One resource of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: String,
    /// The real resource's id.
    pub physical_id: Option<String>,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// Like `CREATE_COMPLETE`.
    pub status: String,
    /// CloudFormation's reason.
    pub reason: Option<String>,
    /// Whether it differs from its template as far as CloudFormation has looked, like `MODIFIED`.
    pub drift: Option<String>,
}

impl From<StackResourceSummary> for StackResource {
    fn from(resource: StackResourceSummary) -> Self {
        let drift = resource.drift_information.and_then(|drift| drift.stack_resource_drift_status);
        Self {
            logical_id: resource.logical_resource_id.unwrap_or_default(),
            physical_id: resource.physical_resource_id.filter(|id| !id.is_empty()),
            resource_type: resource.resource_type.unwrap_or_default(),
            status: resource.resource_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: resource.resource_status_reason.map(|reason| clean::line(&reason)),
            drift: drift.map(|status| status.as_str().to_owned()).filter(|status| status != "NOT_CHECKED"),
        }
    }
}

pub(crate) fn time(at: Option<SdkTime>) -> Option<DateTime<Utc>> {
    at.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()))
}
