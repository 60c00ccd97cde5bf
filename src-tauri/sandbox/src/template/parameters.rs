//! Parameters: what a template declares, and what a request gives for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use skydeck_literal::Pattern;

use super::{check_fields, check_name, entries, optional_text};
use crate::error::{Error, Result};
use crate::{ids, secrets};

const MAX_VALUE_BYTES: usize = 4_096;

#[derive(Debug)]
pub(crate) struct ParameterDeclaration {
    pub(crate) key: String,
    pub(crate) parameter_type: String,
    pub(crate) default: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) no_echo: bool,
    pub(crate) allowed_values: Vec<String>,
    allowed_pattern: Option<String>,
    min_length: Option<f64>,
    max_length: Option<f64>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    constraint_description: Option<String>,
}

/// A parameter's value in force, as it is kept: that of a `NoEcho` parameter is a seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) key: String,
    pub(crate) value: String,
    /// What an `AWS::SSM::Parameter::Value<…>` stands for.
    pub(crate) resolved: Option<String>,
}

/// What a request gives for one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Value(String),
    Previous,
}

/// What a stack's operation starts from.
pub(crate) struct Context<'a> {
    /// The parameters in force, where the stack has any.
    pub(crate) previous: &'a [Parameter],
    pub(crate) salt: &'a str,
}

pub(crate) fn declarations(section: Map<String, Value>) -> Result<Vec<ParameterDeclaration>> {
    section.into_iter().map(|(key, fields)| declaration(key, fields)).collect()
}

fn declaration(key: String, fields: Value) -> Result<ParameterDeclaration> {
    check_name("Parameter", &key)?;
    let place = format!("/Parameters/{key}");
    let mut fields = entries(Some(fields), &place)?;
    let allowed_values = match fields.shift_remove("AllowedValues") {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(_) => {
            return Err(Error::format(format_args!("[{place}/AllowedValues] must be a list")));
        }
    };
    let mut field = |name: &str| optional_text(fields.shift_remove(name), &format!("{place}/{name}"));
    let number = |name: &str, text: Option<String>| match text {
        None => Ok(None),
        Some(text) => text
            .parse::<f64>()
            .map(Some)
            .map_err(|_| Error::format(format_args!("[{place}/{name}] must be a number, not {text}"))),
    };
    let declaration = ParameterDeclaration {
        parameter_type: field("Type")?.ok_or_else(|| {
            Error::format(format_args!("[{place}] Every Parameters object must contain a Type member."))
        })?,
        default: field("Default")?,
        description: field("Description")?,
        no_echo: field("NoEcho")?.is_some_and(|flag| skydeck_literal::hides(&flag)),
        allowed_values,
        allowed_pattern: field("AllowedPattern")?,
        min_length: number("MinLength", field("MinLength")?)?,
        max_length: number("MaxLength", field("MaxLength")?)?,
        min_value: number("MinValue", field("MinValue")?)?,
        max_value: number("MaxValue", field("MaxValue")?)?,
        constraint_description: field("ConstraintDescription")?,
        key,
    };
    check_fields(&fields, &[], "parameter")?;
    check_type(&declaration.parameter_type, &place)?;
    Ok(declaration)
}

const SSM_VALUE: &str = "AWS::SSM::Parameter::Value<";

fn check_type(parameter_type: &str, place: &str) -> Result<()> {
    let inner = parameter_type
        .strip_prefix(SSM_VALUE)
        .or_else(|| parameter_type.strip_prefix("List<"))
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(parameter_type);
    if inner.starts_with("List<") {
        return Err(Error::unsupported(format!("The type {parameter_type}"), place));
    }
    let id_type = inner.strip_prefix("AWS::").is_some_and(|rest| {
        rest.split("::").count() >= 2 && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
    });
    if id_type || matches!(inner, "String" | "Number" | "CommaDelimitedList") {
        Ok(())
    } else {
        Err(Error::format(format_args!("Unrecognized parameter type: {parameter_type}")))
    }
}

impl ParameterDeclaration {
    fn is_list(&self) -> bool {
        self.parameter_type == "CommaDelimitedList" || self.parameter_type.starts_with("List<")
    }

    /// What `Ref` gives for the parameter.
    pub(crate) fn reference(&self, parameter: &Parameter) -> Value {
        let value = parameter.resolved.as_ref().unwrap_or(&parameter.value);
        if self.is_list() {
            value.split(',').map(|item| Value::String(item.trim().to_owned())).collect()
        } else {
            Value::String(value.clone())
        }
    }

    /// Checks a value and makes it what is kept.
    fn accept(&self, value: &str, salt: &str, region: &str) -> Result<Parameter> {
        self.check(value)?;
        let resolved = if self.parameter_type.starts_with(SSM_VALUE) {
            Some(public_parameter(&self.key, value, region)?)
        } else {
            None
        };
        let value = if self.no_echo { secrets::seal(salt, value) } else { value.to_owned() };
        Ok(Parameter { key: self.key.clone(), value, resolved })
    }

    fn check(&self, value: &str) -> Result<()> {
        let key = &self.key;
        if value.len() > MAX_VALUE_BYTES {
            return Err(Error::validation(format!(
                "Parameter '{key}' must contain at most {MAX_VALUE_BYTES} characters"
            )));
        }
        let whole = [value];
        let items: Vec<&str> =
            if self.is_list() { value.split(',').map(str::trim).collect() } else { whole.to_vec() };
        for item in items {
            let Some(problem) = self.problem(item)? else { continue };
            return Err(Error::validation(match &self.constraint_description {
                Some(why) => format!("Parameter {key} failed to satisfy constraint: {why}"),
                None => format!("Parameter '{key}' {problem}"),
            }));
        }
        Ok(())
    }

    /// What is wrong with one value, in CloudFormation's words.
    fn problem(&self, value: &str) -> Result<Option<String>> {
        if matches!(self.parameter_type.as_str(), "Number" | "List<Number>") {
            match value.parse::<f64>().ok().filter(|number| number.is_finite()) {
                None => return Ok(Some("must be a number".to_owned())),
                Some(number) => {
                    if let Some(limit) = self.min_value.filter(|limit| number < *limit) {
                        return Ok(Some(format!("must be a number not less than {limit}")));
                    }
                    if let Some(limit) = self.max_value.filter(|limit| number > *limit) {
                        return Ok(Some(format!("must be a number not greater than {limit}")));
                    }
                }
            }
        }
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|one| one == value) {
            return Ok(Some("must be one of AllowedValues".to_owned()));
        }
        let length = value.chars().count() as f64;
        if let Some(limit) = self.min_length.filter(|limit| length < *limit) {
            return Ok(Some(format!("must contain at least {limit} characters")));
        }
        if let Some(limit) = self.max_length.filter(|limit| length > *limit) {
            return Ok(Some(format!("must contain at most {limit} characters")));
        }
        if let Some(pattern) = &self.allowed_pattern {
            // Java's, as far as it is certain what that would say.
            let fits = Pattern::new(pattern).and_then(|pattern| pattern.fits(value)).ok_or_else(|| {
                Error::unsupported(
                    format!("The regular expression {pattern}"),
                    format!("/Parameters/{}/AllowedPattern", self.key),
                )
            })?;
            if !fits {
                return Ok(Some(format!("must match pattern {pattern}")));
            }
        }
        Ok(None)
    }
}

/// AWS publishes machine images and the like under `/aws/service/`; those have plausible values.
/// There is no Parameter Store here that could hold any other.
fn public_parameter(key: &str, name: &str, region: &str) -> Result<String> {
    if !name.starts_with("/aws/service/") {
        return Err(Error::unsupported(
            format!("The Parameter Store name {name}"),
            format!("parameter {key}"),
        ));
    }
    Ok(format!("ami-0{}", ids::letters(&format!("{region}{name}"), ids::HEX, 16)))
}

/// Puts together what is given, what was in force and what the template says.
pub(crate) fn resolve(
    declarations: &[ParameterDeclaration],
    given: &BTreeMap<String, Given>,
    context: &Context<'_>,
    region: &str,
) -> Result<Vec<Parameter>> {
    let undeclared: Vec<&str> = given
        .keys()
        .map(String::as_str)
        .filter(|key| !declarations.iter().any(|declaration| declaration.key == *key))
        .collect();
    if !undeclared.is_empty() {
        return Err(Error::validation(format!(
            "Parameters: [{}] do not exist in the template",
            undeclared.join(", ")
        )));
    }
    let mut parameters = Vec::with_capacity(declarations.len());
    let mut missing = Vec::new();
    for declaration in declarations {
        let key = declaration.key.as_str();
        match (given.get(key), &declaration.default) {
            (Some(Given::Previous), _) => {
                let previous = context.previous.iter().find(|parameter| parameter.key == key);
                parameters.push(previous.cloned().ok_or_else(|| {
                    Error::validation(format!(
                        "Invalid input for parameter key {key}. Cannot specify usePreviousValue as \
                         true for a parameter key not in the previous template"
                    ))
                })?);
            }
            (Some(Given::Value(value)), _) | (None, Some(value)) => {
                parameters.push(declaration.accept(value, context.salt, region)?);
            }
            (None, None) => missing.push(key),
        }
    }
    if missing.is_empty() {
        Ok(parameters)
    } else {
        Err(Error::validation(format!("Parameters: [{}] must have values", missing.join(", "))))
    }
}
