//! What a stack shall be.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_cloudformation::types::{Capability, Parameter, RollbackConfiguration, RollbackTrigger, Tag};
use skydeck_model::manifest::RollbackSettings;

/// What a stack shall be. Not `Debug`: parameters may be secrets.
#[derive(Clone, Default, PartialEq)]
pub struct StackSpec {
    /// Its name in CloudFormation.
    pub name: String,
    /// The CloudFormation template's text.
    pub template: Arc<str>,
    /// Parameter values, references resolved.
    pub parameters: BTreeMap<String, String>,
    /// Acknowledged capabilities.
    pub capabilities: Vec<String>,
    /// Tags, those of the environment included.
    pub tags: BTreeMap<String, String>,
    /// SNS topics that are told about it.
    pub notification_arns: Vec<String>,
    /// Whether CloudFormation shall refuse to delete it.
    pub termination_protection: bool,
    /// What an update may touch: a stack policy's JSON. Given with a create; later by
    /// [`crate::Connection::set_stack_policy`].
    pub stack_policy: Option<String>,
    /// The alarms that roll it back; `None`: as it has them.
    pub rollback: Option<RollbackSettings>,
    /// How long a create may take.
    pub timeout_minutes: Option<u32>,
}

impl StackSpec {
    pub(crate) fn sdk_parameters(&self) -> Vec<Parameter> {
        let parameter = |(key, value): (&String, &String)| {
            Parameter::builder().parameter_key(key).parameter_value(value).build()
        };
        self.parameters.iter().map(parameter).collect()
    }

    pub(crate) fn sdk_capabilities(&self) -> Vec<Capability> {
        self.capabilities.iter().map(|capability| Capability::from(capability.as_str())).collect()
    }

    pub(crate) fn sdk_tags(&self) -> Vec<Tag> {
        self.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub(crate) fn sdk_rollback(&self) -> Option<RollbackConfiguration> {
        let settings = self.rollback.as_ref()?;
        let trigger =
            |arn: &String| RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build();
        Some(
            RollbackConfiguration::builder()
                .monitoring_time_in_minutes(i32::try_from(settings.monitoring_minutes).unwrap_or(i32::MAX))
                .set_rollback_triggers(Some(settings.alarms.iter().map(trigger).collect()))
                .build(),
        )
    }
}
