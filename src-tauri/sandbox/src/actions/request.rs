//! What create, update and change set requests have in common: from form parameters to what is wanted.

use std::collections::BTreeMap;

use super::{Context, is_name};
use crate::error::{Error, Result};
use crate::objects::{Location, ObjectError, Objects};
use crate::policy::StackPolicy;
use crate::protocol::Params;
use crate::record::{RollbackConfiguration, RollbackTrigger, Tag, Wanted};
use crate::resources;
use crate::template::Template;
use crate::template::parameters::{self, Given, Parameter};

const MAX_TAGS: usize = 50;

/// Reads the template and everything that goes with it. `previous` is what the stack has now: what
/// the request leaves out stays.
pub(super) fn wanted(
    request: &Context<'_>,
    params: &Params,
    previous: Option<&Wanted>,
    salt: &str,
) -> Result<(Template, Wanted)> {
    let use_previous = params.flag("UsePreviousTemplate")?.unwrap_or(false);
    let text = match (template_text(request, params)?, use_previous, previous) {
        (Some(_), true, _) => {
            return Err(Error::validation(
                "You cannot specify both usePreviousTemplate and Template Body/Template URL",
            ));
        }
        (Some(text), false, _) => text,
        (None, true, Some(previous)) => previous.template.clone(),
        _ => {
            return Err(Error::validation("Either Template URL or Template Body must be specified."));
        }
    };
    let template = Template::read(&text)?;
    let context =
        parameters::Context { previous: previous.map_or(&[], |previous| &previous.parameters), salt };
    let parameters: Vec<Parameter> =
        parameters::resolve(&template.parameters, &given(params)?, &context, &request.place.region)?;
    let capabilities = params.list("Capabilities");
    check_capabilities(&template, &capabilities)?;
    let wanted = Wanted {
        template: text,
        parameters,
        capabilities,
        tags: kept(params, "Tags", tags(params)?, previous.map(|previous| &previous.tags)),
        role_arn: params
            .text("RoleARN")
            .map(str::to_owned)
            .or_else(|| previous.and_then(|previous| previous.role_arn.clone())),
        notification_arns: kept(
            params,
            "NotificationARNs",
            params.list("NotificationARNs"),
            previous.map(|previous| &previous.notification_arns),
        ),
        rollback: match previous {
            Some(previous) if !params.has("RollbackConfiguration") => previous.rollback.clone(),
            _ => rollback(&params.structure("RollbackConfiguration"))?,
        },
    };
    Ok((template, wanted))
}

/// The longest `TemplateBody` and the longest template behind a `TemplateURL`, in bytes
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MAX_BODY: usize = 51_200;
const MAX_OBJECT: usize = 1_000_000;

/// The template that the request brings with it, in its body or as an object of S3.
pub(super) fn template_text(context: &Context<'_>, params: &Params) -> Result<Option<String>> {
    let url = match (params.text("TemplateBody"), params.text("TemplateURL")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Error::validation("Template URL and Template Body cannot be specified together."));
        }
        (Some(text), None) if text.len() > MAX_BODY => {
            return Err(Error::validation(format!(
                "1 validation error detected: Value at 'templateBody' failed to satisfy \
                 constraint: Member must have length less than or equal to {MAX_BODY}"
            )));
        }
        (Some(text), None) => return Ok(Some(text.to_owned())),
        (None, Some(url)) => url,
    };
    let location = location(url).ok_or_else(|| Error::validation("TemplateURL must be a supported URL."))?;
    let objects = Objects::new(context.store.dir(), &context.place.account);
    let content = objects.get(&location).map_err(|error| match error {
        ObjectError::Storage(error) => error,
        error => Error::validation(format!(
            "S3 error: {error}\nFor more information check \
             http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        )),
    })?;
    if content.len() > MAX_OBJECT {
        return Err(Error::validation(format!("Template may not exceed {MAX_OBJECT} bytes in size.")));
    }
    String::from_utf8(content).map(Some).map_err(|_| Error::format("unsupported structure."))
}

/// The object that an address of S3 means, in both of its styles.
fn location(url: &str) -> Option<Location> {
    let url: http::Uri = url.parse().ok()?;
    let is_web = matches!(url.scheme_str(), Some("https" | "http"));
    Location::of(url.authority()?.as_str(), url.path()).filter(|it| is_web && !it.key.is_empty())
}

/// The request's list, or the one in force where the request does not name it.
fn kept<T: Clone>(params: &Params, key: &str, list: Vec<T>, previous: Option<&Vec<T>>) -> Vec<T> {
    match previous {
        Some(previous) if !params.has_list(key) => previous.clone(),
        _ => list,
    }
}

fn given(params: &Params) -> Result<BTreeMap<String, Given>> {
    let mut given = BTreeMap::new();
    for parameter in params.structures("Parameters") {
        let key = parameter.required("ParameterKey")?;
        let value = if parameter.flag("UsePreviousValue")?.unwrap_or(false) {
            if parameter.value("ParameterValue").is_some() {
                return Err(Error::validation(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as \
                     true and non empty value for a parameter"
                )));
            }
            Given::Previous
        } else {
            Given::Value(parameter.value("ParameterValue").unwrap_or_default().to_owned())
        };
        if given.insert(key.to_owned(), value).is_some() {
            return Err(Error::validation(format!("Duplicate parameter key {key}")));
        }
    }
    Ok(given)
}

fn tags(params: &Params) -> Result<Vec<Tag>> {
    let mut tags = Vec::new();
    for tag in params.structures("Tags") {
        let key = tag.required("Key")?.to_owned();
        if key.starts_with("aws:") {
            return Err(Error::validation(format!("Tag key {key}: aws: is a reserved prefix")));
        }
        tags.push(Tag { key, value: tag.value("Value").unwrap_or_default().to_owned() });
    }
    if tags.len() > MAX_TAGS {
        return Err(Error::validation(format!("A maximum number of {MAX_TAGS} tags can be specified")));
    }
    Ok(tags)
}

fn rollback(configuration: &Params) -> Result<RollbackConfiguration> {
    let trigger = |trigger: Params| {
        Ok(RollbackTrigger {
            arn: trigger.required("Arn")?.to_owned(),
            resource_type: trigger.required("Type")?.to_owned(),
        })
    };
    Ok(RollbackConfiguration {
        triggers: configuration
            .structures("RollbackTriggers")
            .into_iter()
            .map(trigger)
            .collect::<Result<_>>()?,
        monitoring_minutes: configuration.number("MonitoringTimeInMinutes", 0, 180)?,
    })
}

/// The stack policy that the request brings with it.
pub(super) fn policy(params: &Params) -> Result<Option<String>> {
    let text = params.text("StackPolicyBody");
    text.map(|text| StackPolicy::read(text).map(|_| text.to_owned())).transpose()
}

/// The capability that the template needs, with the types that need it.
pub(super) fn needed_capability(template: &Template) -> Option<(&'static str, Vec<&str>)> {
    let mut types: Vec<&str> = Vec::new();
    let mut named = false;
    for resource in &template.resources {
        let resource_type = resource.resource_type.as_str();
        if resources::grants_permissions(resource_type) {
            types.push(resource_type);
            named |= resources::name_property(resource_type)
                .is_some_and(|property| resource.properties.get(property).is_some());
        }
    }
    types.sort_unstable();
    types.dedup();
    let capability = if named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" };
    (!types.is_empty()).then_some((capability, types))
}

fn check_capabilities(template: &Template, given: &[String]) -> Result<()> {
    let has = |capability: &str| given.iter().any(|given| given == capability);
    match needed_capability(template) {
        Some((capability, _)) if !has(capability) && !has("CAPABILITY_NAMED_IAM") => {
            Err(Error::InsufficientCapabilities(capability))
        }
        _ => Ok(()),
    }
}

/// The token that makes a repeat of a call the same call.
pub(super) fn token(params: &Params, key: &str) -> Result<Option<String>> {
    let Some(token) = params.text(key) else { return Ok(None) };
    let fits = token.len() <= 128
        && token.starts_with(|c: char| c.is_ascii_alphanumeric())
        && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits {
        return Ok(Some(token.to_owned()));
    }
    Err(Error::validation(format!(
        "1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*"
    )))
}

impl Context<'_> {
    /// The stack that a changing action names; the error is the one of those actions.
    pub(super) fn stack_to_change(
        &self,
        params: &Params,
    ) -> Result<std::sync::Arc<crate::record::StackRecord>> {
        let wanted = params.required("StackName")?;
        let missing = || Error::validation(format!("Stack [{wanted}] does not exist"));
        if !is_name(wanted) && !wanted.starts_with("arn:") {
            return super::check_name("stackName", wanted).and(Err(missing()));
        }
        self.find(wanted)?.ok_or_else(missing)
    }
}
