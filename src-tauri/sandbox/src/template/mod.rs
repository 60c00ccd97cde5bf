//! A CloudFormation template: its text read into declarations, checked as CloudFormation checks it.

pub(crate) mod check;
pub(crate) mod conditions;
pub(crate) mod define;
pub(crate) mod dynamic;
pub(crate) mod functions;
pub(crate) mod growth;
pub(crate) mod parameters;
mod parse;
pub(crate) mod policy;
pub(crate) mod scope;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::drift::Drift;
use crate::error::{Error, Result};
use parameters::ParameterDeclaration;
use policy::Policy;

const MAX_RESOURCES: usize = 500;
const MAX_PARAMETERS: usize = 200;
const MAX_OUTPUTS: usize = 200;

/// A template that has passed all checks that need no parameter values.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Option<Value>,
    pub(crate) parameters: Vec<ParameterDeclaration>,
    pub(crate) mappings: Map<String, Value>,
    pub(crate) conditions: Map<String, Value>,
    /// In the order of the template.
    pub(crate) resources: Vec<ResourceDeclaration>,
    pub(crate) outputs: Vec<OutputDeclaration>,
    pub(crate) behaviour: Behaviour,
}

#[derive(Debug)]
pub(crate) struct ResourceDeclaration {
    pub(crate) logical_id: String,
    pub(crate) resource_type: String,
    pub(crate) properties: Value,
    pub(crate) metadata: Option<Value>,
    pub(crate) condition: Option<String>,
    /// Logical ids from `DependsOn` and from every reference, without duplicates.
    pub(crate) depends_on: Vec<String>,
    /// None: as its type has it.
    pub(crate) deletion_policy: Option<Policy>,
    pub(crate) update_replace_policy: Policy,
    pub(crate) behaviour: Behaviour,
}

#[derive(Debug)]
pub(crate) struct OutputDeclaration {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) description: Option<String>,
    pub(crate) condition: Option<String>,
    /// `Export: {Name: …}`.
    pub(crate) export: Option<Value>,
}

/// `Metadata: {Sandbox: …}`: how long it takes, whether it fails, and what becomes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Behaviour {
    /// Seconds at speed 1.
    pub(crate) seconds: Option<f64>,
    /// The reason with which creating or updating fails.
    pub(crate) fail: Option<String>,
    /// The reason with which deleting fails.
    pub(crate) fail_delete: Option<String>,
    /// The reason with which going back to the previous version fails.
    pub(crate) fail_rollback: Option<String>,
    /// What the validation of a change set warns of that makes or changes it.
    #[serde(default)]
    pub(crate) warn: Option<String>,
    /// What is done to it behind the stack's back once it stands.
    #[serde(default)]
    pub(crate) drift: Option<Drift>,
}

impl Behaviour {
    fn read(metadata: Option<&Value>, place: &str) -> Result<Self> {
        let Some(sandbox) = metadata.and_then(|metadata| metadata.get("Sandbox")) else {
            return Ok(Self::default());
        };
        let place = format!("{place}/Metadata/Sandbox");
        let entries = map(sandbox, &place)?;
        let mut behaviour = Self::default();
        for (key, value) in entries {
            let at = format!("{place}/{key}");
            if key == "Drift" {
                behaviour.drift = Some(drift(value, &at)?);
                continue;
            }
            let text = text(value, &at)?;
            match key.as_str() {
                "Seconds" => {
                    let seconds = text.parse::<f64>().ok();
                    let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
                    behaviour.seconds = Some(seconds.ok_or_else(|| {
                        Error::format(format_args!("[{place}/Seconds] must be a number of seconds"))
                    })?);
                }
                "Fail" => behaviour.fail = Some(text),
                "FailDelete" => behaviour.fail_delete = Some(text),
                "FailRollback" => behaviour.fail_rollback = Some(text),
                "Warn" => behaviour.warn = Some(text),
                _ => return Err(Error::unsupported(key, place)),
            }
        }
        Ok(behaviour)
    }
}

/// `Drift: deleted`, or the properties that have other values.
fn drift(value: &Value, place: &str) -> Result<Drift> {
    match value {
        Value::String(word) if word == "deleted" => Ok(Drift::Deleted),
        Value::Object(properties) => Ok(Drift::Modified(properties.clone())),
        _ => Err(wrong_shape(place, "'deleted' or an object of properties")),
    }
}

impl Template {
    /// Reads and checks a template text.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let Value::Object(mut root) = parse::parse(text)? else {
            return Err(Error::format("unsupported structure."));
        };
        refuse_unsupported(&root)?;
        let mut section = |name: &str| root.shift_remove(name);
        let template = Self {
            version: version(section("AWSTemplateFormatVersion"))?,
            description: optional_text(section("Description"), "/Description")?,
            metadata: section("Metadata"),
            parameters: parameters::declarations(entries(section("Parameters"), "/Parameters")?)?,
            mappings: mappings(entries(section("Mappings"), "/Mappings")?)?,
            conditions: entries(section("Conditions"), "/Conditions")?,
            resources: resources(entries(section("Resources"), "/Resources")?)?,
            outputs: outputs(entries(section("Outputs"), "/Outputs")?)?,
            behaviour: Behaviour::default(),
        };
        if !root.is_empty() {
            let names: Vec<_> = root.keys().map(String::as_str).collect();
            return Err(Error::validation(format!(
                "Invalid template property or properties [{}]",
                names.join(", ")
            )));
        }
        if template.resources.is_empty() {
            return Err(Error::format("At least one Resources member must be defined."));
        }
        for (what, count, limit) in [
            ("resources", template.resources.len(), MAX_RESOURCES),
            ("parameters", template.parameters.len(), MAX_PARAMETERS),
            ("outputs", template.outputs.len(), MAX_OUTPUTS),
        ] {
            if count > limit {
                return Err(Error::format(format_args!(
                    "Number of {what}, {count}, is greater than maximum allowed, {limit}"
                )));
            }
        }
        let behaviour = Behaviour::read(template.metadata.as_ref(), "")?;
        check::check(Self { behaviour, ..template })
    }
}

/// Refuses by name what CloudFormation has and the sandbox does not, before what is written for it is taken for a mistake.
fn refuse_unsupported(root: &Map<String, Value>) -> Result<()> {
    if let Some(transform) = root.get("Transform") {
        return Err(Error::unsupported(transform_name(transform), "/Transform"));
    }
    for section in ["Rules", "Hooks"] {
        if root.contains_key(section) {
            return Err(Error::unsupported(section, format!("/{section}")));
        }
    }
    // Nothing in the template's own metadata is evaluated.
    root.iter().filter(|(name, _)| *name != "Metadata").try_for_each(|(name, value)| {
        refuse_function(name, value, "")?;
        refuse_functions(value, &format!("/{name}"))
    })
}

/// Refuses functions that the sandbox does not know, such as `Fn::Transform` and `Fn::ForEach::…`, wherever they stand.
fn refuse_functions(value: &Value, place: &str) -> Result<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| refuse_functions(item, place)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, item)| {
            refuse_function(key, item, place)?;
            refuse_functions(item, &below(place, key))
        }),
        _ => Ok(()),
    }
}

fn refuse_function(name: &str, arguments: &Value, place: &str) -> Result<()> {
    match name {
        "Fn::Transform" => Err(Error::unsupported(transform_name(arguments), format!("{place}/{name}"))),
        _ if name.starts_with("Fn::") && !functions::is_known(name) => Err(Error::unsupported(name, place)),
        _ => Ok(()),
    }
}

/// How many transforms an error names.
const MOST_NAMED: usize = 10;

/// What a `Transform` or `Fn::Transform` asks for: a name, a map with one, or several of these.
fn transform_name(transform: &Value) -> String {
    let one = |value: &Value| value.get("Name").unwrap_or(value).as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = match transform {
        Value::Array(several) => several.iter().map(one).collect(),
        value => vec![one(value)],
    };
    let (first, more) = names.split_at(names.len().min(MOST_NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("The transform {}{more}", first.join(", "))
}

fn version(section: Option<Value>) -> Result<Option<String>> {
    let version = optional_text(section, "/AWSTemplateFormatVersion")?;
    match version.as_deref() {
        None | Some("2010-09-09") => Ok(version),
        Some(other) => Err(Error::format(format_args!("Template version {other} is not supported"))),
    }
}

/// The longest place that an error names: longer ones are cut, since each part of a template has one.
const LONGEST_PLACE: usize = 1_000;

/// The place of a part, for errors.
fn below(place: &str, key: &str) -> String {
    let mut below = format!("{place}/");
    let room = LONGEST_PLACE.saturating_sub(below.len());
    below.extend(key.chars().take(room));
    below
}

fn wrong_shape(place: &str, wanted: &str) -> Error {
    Error::format(format_args!("[{place}] must be {wanted}"))
}

fn map<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| wrong_shape(place, "an object"))
}

fn text(value: &Value, place: &str) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong_shape(place, "a string"))
}

fn optional_text(value: Option<Value>, place: &str) -> Result<Option<String>> {
    value.map(|value| text(&value, place)).transpose()
}

/// A section's members; a section that is absent has none.
fn entries(section: Option<Value>, place: &str) -> Result<Map<String, Value>> {
    match section {
        None => Ok(Map::new()),
        Some(Value::Object(entries)) => Ok(entries),
        Some(_) => Err(wrong_shape(place, "an object")),
    }
}

fn check_name(kind: &str, name: &str) -> Result<()> {
    if !name.is_empty() && name.len() <= 255 && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(Error::format(format_args!("{kind} name {name} is non alphanumeric.")))
    }
}

/// Refuses members of `fields` that are not in `known`.
fn check_fields(fields: &Map<String, Value>, known: &[&str], kind: &str) -> Result<()> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Error::validation(format!("Invalid template {kind} property '{key}'"))),
        None => Ok(()),
    }
}

fn mappings(section: Map<String, Value>) -> Result<Map<String, Value>> {
    for (name, mapping) in &section {
        check_name("Mappings", name)?;
        for (top, level) in map(mapping, &format!("/Mappings/{name}"))? {
            for (key, value) in map(level, &format!("/Mappings/{name}/{top}"))? {
                let plain = match value {
                    Value::String(_) => true,
                    Value::Array(items) => items.iter().all(Value::is_string),
                    _ => false,
                };
                if !plain {
                    return Err(Error::format(format_args!(
                        "Every Mappings attribute must be a String or a List. \
                         ([/Mappings/{name}/{top}/{key}])"
                    )));
                }
            }
        }
    }
    Ok(section)
}

fn resources(section: Map<String, Value>) -> Result<Vec<ResourceDeclaration>> {
    section.into_iter().map(|(logical_id, fields)| resource(logical_id, fields)).collect()
}

fn resource(logical_id: String, fields: Value) -> Result<ResourceDeclaration> {
    check_name("Resource", &logical_id)?;
    let place = format!("/Resources/{logical_id}");
    let mut fields = entries(Some(fields), &place)?;
    let resource_type =
        optional_text(fields.shift_remove("Type"), &format!("{place}/Type"))?.ok_or_else(|| {
            Error::format(format_args!("[{place}] Every Resources object must contain a Type member."))
        })?;
    check_type(&resource_type, &place)?;
    let depends_on = match fields.shift_remove("DependsOn") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(items)) => {
            items.iter().map(|item| text(item, &format!("{place}/DependsOn"))).collect::<Result<_>>()?
        }
        Some(_) => return Err(wrong_shape(&format!("{place}/DependsOn"), "a string or a list")),
    };
    let deletion_policy = policy::deletion(fields.shift_remove("DeletionPolicy"), &resource_type)?;
    let update_replace_policy =
        policy::update_replace(fields.shift_remove("UpdateReplacePolicy"), &resource_type)?;
    let condition = optional_text(fields.shift_remove("Condition"), &format!("{place}/Condition"))?;
    let metadata = fields.shift_remove("Metadata");
    let properties =
        Value::Object(entries(fields.shift_remove("Properties"), &format!("{place}/Properties"))?);
    // Nobody signals the sandbox, so waiting for signals would wait for ever. How an update is
    // rolled out over machines that do not exist makes no difference.
    if fields.contains_key("CreationPolicy") {
        return Err(Error::unsupported("CreationPolicy", place));
    }
    check_fields(&fields, &["UpdatePolicy"], "resource")?;
    Ok(ResourceDeclaration {
        behaviour: Behaviour::read(metadata.as_ref(), &place)?,
        logical_id,
        resource_type,
        properties,
        metadata,
        condition,
        depends_on,
        deletion_policy,
        update_replace_policy,
    })
}

/// `AWS::Service::Type`, and not one that would need more than pretending.
fn check_type(resource_type: &str, place: &str) -> Result<()> {
    let parts: Vec<_> = resource_type.split("::").collect();
    let well_formed = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if parts.len() != 3 || !parts.iter().all(|part| well_formed(part)) {
        return match parts.first() {
            Some(&"Custom") => Err(Error::unsupported(resource_type, place)),
            Some(_) if parts.last() == Some(&"MODULE") => {
                Err(Error::unsupported(format!("The module {resource_type}"), place))
            }
            _ => Err(Error::format(format_args!("Unrecognized resource types: [{resource_type}]"))),
        };
    }
    let pretended = resource_type == "AWS::CloudFormation::WaitConditionHandle";
    if parts[0] != "AWS" || parts[1] == "Serverless" || (parts[1] == "CloudFormation" && !pretended) {
        return Err(Error::unsupported(resource_type, place));
    }
    Ok(())
}

fn outputs(section: Map<String, Value>) -> Result<Vec<OutputDeclaration>> {
    section.into_iter().map(|(key, fields)| output(key, fields)).collect()
}

fn output(key: String, fields: Value) -> Result<OutputDeclaration> {
    check_name("Output", &key)?;
    let place = format!("/Outputs/{key}");
    let mut fields = entries(Some(fields), &place)?;
    let value = fields.shift_remove("Value").ok_or_else(|| {
        Error::format(format_args!("[{place}] Every Outputs member must contain a Value object"))
    })?;
    let export = match fields.shift_remove("Export") {
        None => None,
        Some(export) => {
            let mut export = entries(Some(export), &format!("{place}/Export"))?;
            let name = export.shift_remove("Name");
            check_fields(&export, &[], "output export")?;
            Some(name.ok_or_else(|| Error::format(format_args!("[{place}/Export] must contain a Name")))?)
        }
    };
    let description = optional_text(fields.shift_remove("Description"), &format!("{place}/Description"))?;
    let condition = optional_text(fields.shift_remove("Condition"), &format!("{place}/Condition"))?;
    check_fields(&fields, &[], "output")?;
    Ok(OutputDeclaration { key, value, description, condition, export })
}
