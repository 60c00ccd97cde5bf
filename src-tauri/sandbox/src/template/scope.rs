//! What names mean while a template is evaluated: parameters, pseudo parameters, the resources
//! evaluated so far, other stacks' exports.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Template;
use super::growth::Growth;
use super::parameters::Parameter;
use crate::error::{Error, Result};
use crate::record::{Place, Resource, StackName};
use crate::resources;

/// Finds the value of an output of any stack of the account: by region, stack and name.
pub(crate) type FindOutput<'a> = dyn Fn(&str, &str, &str) -> Result<Option<String>> + 'a;

#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) template: &'a Template,
    pub(crate) stack: &'a StackName,
    pub(crate) salt: &'a str,
    pub(crate) notification_arns: &'a [String],
    pub(crate) parameters: &'a [Parameter],
    /// Name to value of what other stacks export here.
    pub(crate) exports: &'a BTreeMap<String, String>,
    pub(crate) outputs: &'a FindOutput<'a>,
    pub(crate) conditions: BTreeMap<String, bool>,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) growth: Growth,
    /// The exports used so far.
    pub(crate) imports: RefCell<BTreeSet<String>>,
}

/// Longer than any real id or attribute. Without a bound, names made of names would double in length
/// with every resource.
const MAX_REFERENCE: usize = 4_096;

fn bounded(value: String, resource: &str) -> Result<String> {
    if value.len() <= MAX_REFERENCE {
        return Ok(value);
    }
    Err(Error::function(format_args!("a value of resource {resource} is longer than {MAX_REFERENCE} bytes")))
}

impl Scope<'_> {
    pub(crate) fn region(&self) -> &str {
        &self.stack.place.region
    }

    /// What `Ref` gives.
    pub(crate) fn reference(&self, name: &str, place: &str) -> Result<Value> {
        if let Some(declaration) = self.template.parameters.iter().find(|declaration| declaration.key == name)
            && let Some(parameter) = self.parameters.iter().find(|parameter| parameter.key == name)
        {
            return Ok(declaration.reference(parameter));
        }
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(value);
        }
        let id = self.resource(name, place)?.physical_id.clone();
        Ok(Value::String(bounded(id, name)?))
    }

    fn pseudo_parameter(&self, name: &str) -> Option<Value> {
        let Place { account, region } = &self.stack.place;
        Some(match name {
            "AWS::AccountId" => json!(account),
            "AWS::Region" => json!(region),
            "AWS::Partition" => json!(self.stack.place.partition()),
            "AWS::URLSuffix" => json!(self.stack.place.url_suffix()),
            "AWS::StackId" => json!(self.stack.arn()),
            "AWS::StackName" => json!(self.stack.name),
            "AWS::NotificationARNs" => json!(self.notification_arns),
            _ => return None,
        })
    }

    /// What `Fn::GetAtt` gives.
    pub(crate) fn attribute(&self, resource: &str, attribute: &str, place: &str) -> Result<Value> {
        let resource = self.resource(resource, place)?;
        match resources::attribute(resource, attribute, self.stack) {
            Value::String(text) => bounded(text, &resource.logical_id).map(Value::String),
            list => Ok(list),
        }
    }

    fn resource(&self, logical_id: &str, place: &str) -> Result<&Resource> {
        self.resources.get(logical_id).ok_or_else(|| {
            let block = place.split('/').nth(1).unwrap_or("Resources");
            Error::format(format_args!(
                "Unresolved resource dependencies [{logical_id}] in the {block} block of the template"
            ))
        })
    }

    pub(crate) fn condition(&self, name: &str) -> Result<bool> {
        self.conditions.get(name).copied().ok_or_else(|| {
            Error::format(format_args!(
                "Unresolved dependencies [{name}]. Cannot reference conditions that do not exist \
                 in the Conditions block of the template"
            ))
        })
    }

    pub(crate) fn import(&self, name: &str) -> Result<String> {
        let value = self.exports.get(name);
        let value = value.ok_or_else(|| Error::MissingExport(name.to_owned()))?;
        self.imports.borrow_mut().insert(name.to_owned());
        Ok(value.clone())
    }

    /// What `Fn::GetStackOutput` gives. Nobody keeps a record of it.
    pub(crate) fn stack_output(&self, region: &str, stack: &str, output: &str) -> Result<String> {
        (self.outputs)(region, stack, output)?.ok_or_else(|| Error::MissingOutput {
            stack: stack.to_owned(),
            region: region.to_owned(),
            output: output.to_owned(),
        })
    }
}
