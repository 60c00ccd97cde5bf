//! A template and its parameters made into a definition: every property evaluated, every physical
//! id drawn or kept, and the changes against what the stack has.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::growth::Growth;
use super::policy::{Occasion, Policy};
use super::scope::{FindOutput, Scope};
use super::{Template, check, conditions, dynamic, functions};
use crate::change_set::{Action, Cause, Change, Detail, Recreation};
use crate::error::{Error, Result};
use crate::record::{Definition, Output, Resource, StackName, Wanted};
use crate::resources::{self, KNOWN_AFTER_APPLY};

/// All that a definition is made from.
pub(crate) struct Input<'a> {
    pub(crate) template: &'a Template,
    pub(crate) stack: &'a StackName,
    pub(crate) salt: &'a str,
    /// Different for each operation: new physical ids come from it.
    pub(crate) seed: &'a str,
    pub(crate) wanted: &'a Wanted,
    /// Name to value of what other stacks export.
    pub(crate) exports: &'a BTreeMap<String, String>,
    /// The value of an output: its region, its stack, its name.
    pub(crate) outputs: &'a FindOutput<'a>,
    /// What the stack has now.
    pub(crate) existing: &'a [Resource],
}

/// Evaluates the template.
pub(crate) fn define(input: &Input<'_>) -> Result<(Definition, Vec<Change>)> {
    let template = input.template;
    let mut scope = Scope {
        template,
        stack: input.stack,
        salt: input.salt,
        notification_arns: &input.wanted.notification_arns,
        parameters: &input.wanted.parameters,
        exports: input.exports,
        outputs: input.outputs,
        conditions: BTreeMap::new(),
        resources: BTreeMap::new(),
        growth: Growth::default(),
        imports: RefCell::default(),
    };
    scope.conditions = conditions::evaluate_all(&scope)?;
    // The same as it can be known before anything is made: for the values that changes show.
    let mut foreseen = scope.clone();

    let mut ordered = Vec::with_capacity(template.resources.len());
    let (mut changes, mut retyped) = (Vec::new(), Vec::new());
    for index in check::order(&template.resources)? {
        let declaration = &template.resources[index];
        if let Some(condition) = &declaration.condition
            && !scope.condition(condition)?
        {
            continue;
        }
        let place = format!("/Resources/{}", declaration.logical_id);
        let properties = functions::evaluate(&scope, &declaration.properties, &place)?;
        let properties = dynamic::resolve(properties.unwrap_or_default(), input.salt, &place)?;
        let metadata = match &declaration.metadata {
            Some(metadata) => functions::evaluate(&scope, metadata, &place)?,
            None => None,
        };
        let resource_type = declaration.resource_type.as_str();
        let by_type = || Policy::of_type(resource_type, &properties);
        let mut resource = Resource {
            deletion_policy: declaration.deletion_policy.unwrap_or_else(by_type),
            logical_id: declaration.logical_id.clone(),
            resource_type: declaration.resource_type.clone(),
            physical_id: String::new(),
            properties,
            metadata,
            depends_on: declaration
                .depends_on
                .iter()
                .filter(|id| scope.resources.contains_key(*id))
                .cloned()
                .collect(),
            update_replace_policy: declaration.update_replace_policy,
            behaviour: declaration.behaviour.clone(),
        };
        let old = input.existing.iter().find(|old| old.logical_id == resource.logical_id);
        if old.is_some_and(|old| old.resource_type != resource.resource_type) {
            retyped.push(resource.logical_id.clone());
        }
        let mut change = compare(old, &resource, &declaration.properties, template);
        resource.physical_id = match (old, &change) {
            (Some(old), None) => old.physical_id.clone(),
            (Some(old), Some(change)) if change.replacement != Some(Recreation::Always) => {
                old.physical_id.clone()
            }
            _ => resources::physical_id(
                &resource.resource_type,
                &resource.logical_id,
                &resource.properties,
                input.stack,
                input.seed,
            ),
        };
        let mut shown = resource.clone();
        if let Some(change) = &mut change {
            foresee(change, &foreseen, &declaration.properties, &place);
            if change.action == Action::Add || change.replacement == Some(Recreation::Always) {
                shown.physical_id = KNOWN_AFTER_APPLY.to_owned();
            }
        }
        changes.extend(change);
        foreseen.resources.insert(resource.logical_id.clone(), shown);
        scope.resources.insert(resource.logical_id.clone(), resource.clone());
        ordered.push(resource);
    }
    if !retyped.is_empty() {
        return Err(Error::validation(format!(
            "Update of resource type is not permitted. The new template modifies resource type of the following \
             resources: [{}]",
            retyped.join(", ")
        )));
    }
    for old in input.existing {
        if !scope.resources.contains_key(&old.logical_id) {
            changes.push(Change {
                action: Action::Remove,
                logical_id: old.logical_id.clone(),
                physical_id: Some(old.physical_id.clone()),
                resource_type: old.resource_type.clone(),
                replacement: None,
                ending: Some(old.deletion_policy.ending(Occasion::Removal)),
                before: Some(old.properties.clone()),
                after: None,
                details: Vec::new(),
            });
        }
    }
    let outputs = outputs(&scope)?;
    let imports = scope.imports.take().into_iter().collect();
    let definition = Definition { resources: ordered, outputs, imports, ..empty(input) };
    Ok((definition, changes))
}

/// Puts into a change what its values will be, as far as that can be known before its resources are made.
fn foresee(change: &mut Change, foreseen: &Scope<'_>, declared: &Value, place: &str) {
    // What cannot even be computed from what is known is not known.
    let after = functions::evaluate(foreseen, declared, place).ok().flatten();
    let after = after.and_then(|after| dynamic::resolve(after, foreseen.salt, place).ok());
    let after = after.unwrap_or_else(|| Value::String(KNOWN_AFTER_APPLY.to_owned()));
    for detail in &mut change.details {
        let name = detail.name.as_deref().or((detail.attribute == "Tags").then_some("Tags"));
        if let Some(value) = name.and_then(|name| after.get(name)) {
            detail.after = Some(value.clone());
        }
    }
    change.after = Some(after);
}

/// The definition without what has to be evaluated.
pub(crate) fn empty(input: &Input<'_>) -> Definition {
    Definition {
        wanted: input.wanted.clone(),
        description: input.template.description.clone(),
        resources: Vec::new(),
        outputs: Vec::new(),
        imports: Vec::new(),
        behaviour: input.template.behaviour.clone(),
    }
}

fn outputs(scope: &Scope<'_>) -> Result<Vec<Output>> {
    let mut outputs = Vec::new();
    let mut exports = BTreeSet::new();
    for declaration in &scope.template.outputs {
        if let Some(condition) = &declaration.condition
            && !scope.condition(condition)?
        {
            continue;
        }
        let place = format!("/Outputs/{}", declaration.key);
        let value = output_text(scope, &declaration.value, &place, "Value")?;
        let export = match &declaration.export {
            None => None,
            Some(name) => Some(output_text(scope, name, &place, "Export Name")?),
        };
        if let Some(name) = &export
            && !exports.insert(name.clone())
        {
            return Err(Error::format(format_args!("Export with name {name} is used twice")));
        }
        outputs.push(Output {
            key: declaration.key.clone(),
            value,
            description: declaration.description.clone(),
            export,
        });
    }
    Ok(outputs)
}

fn output_text(scope: &Scope<'_>, value: &Value, place: &str, field: &str) -> Result<String> {
    match functions::evaluate(scope, value, place)? {
        Some(Value::String(text)) if dynamic::is_secret(&text) => {
            Err(Error::unsupported(format!("The dynamic reference in {text}"), place))
        }
        Some(Value::String(text)) => dynamic::resolve_text(text, scope.salt, place),
        _ => Err(Error::format(format_args!(
            "The {field} field of every Outputs member must evaluate to a String. ({place})"
        ))),
    }
}

/// How the resource differs from the one that the stack has under its logical id, if at all.
fn compare(old: Option<&Resource>, new: &Resource, declared: &Value, template: &Template) -> Option<Change> {
    let Some(old) = old else {
        return Some(Change {
            action: Action::Add,
            logical_id: new.logical_id.clone(),
            physical_id: None,
            resource_type: new.resource_type.clone(),
            replacement: None,
            ending: None,
            before: None,
            after: Some(new.properties.clone()),
            details: Vec::new(),
        });
    };
    let mut details = property_details(old, new, declared, template);
    let policy = |policy: Policy| serde_json::to_value(policy).ok();
    for (attribute, before, after) in [
        ("Metadata", old.metadata.clone(), new.metadata.clone()),
        ("DeletionPolicy", policy(old.deletion_policy), policy(new.deletion_policy)),
        ("UpdateReplacePolicy", policy(old.update_replace_policy), policy(new.update_replace_policy)),
    ] {
        if before != after {
            details.push(Detail {
                attribute: attribute.to_owned(),
                name: None,
                recreation: Recreation::Never,
                cause: None,
                before,
                after,
            });
        }
    }
    let other_type = old.resource_type != new.resource_type;
    if details.is_empty() && !other_type {
        return None;
    }
    let replaced = other_type || details.iter().any(|detail| detail.recreation == Recreation::Always);
    Some(Change {
        action: Action::Modify,
        logical_id: new.logical_id.clone(),
        physical_id: Some(old.physical_id.clone()),
        resource_type: new.resource_type.clone(),
        replacement: Some(if replaced { Recreation::Always } else { Recreation::Never }),
        ending: replaced.then(|| new.update_replace_policy.ending(Occasion::Replacement)),
        before: Some(old.properties.clone()),
        after: Some(new.properties.clone()),
        details,
    })
}

fn property_details(old: &Resource, new: &Resource, declared: &Value, template: &Template) -> Vec<Detail> {
    let (Some(before), Some(after)) = (old.properties.as_object(), new.properties.as_object()) else {
        return Vec::new();
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let recreation = if resources::replaces(&new.resource_type, name) {
                Recreation::Always
            } else {
                Recreation::Never
            };
            let attribute = if name == "Tags" { "Tags" } else { "Properties" };
            Detail {
                attribute: attribute.to_owned(),
                name: (name != "Tags").then(|| name.clone()),
                recreation,
                cause: declared.get(name).and_then(|declared| cause(declared, template)),
                before: before.get(name).cloned(),
                after: after.get(name).cloned(),
            }
        })
        .collect()
}

/// What the property's value is taken from, if it is one call.
fn cause(declared: &Value, template: &Template) -> Option<Cause> {
    match functions::call(declared.as_object()?)? {
        ("Ref", Value::String(name)) => {
            let is_parameter = template.parameters.iter().any(|it| it.key == *name);
            Some(if is_parameter { Cause::Parameter(name.clone()) } else { Cause::Resource(name.clone()) })
        }
        ("Fn::GetAtt", arguments) => {
            let (resource, attribute) = functions::get_att_target(arguments).ok()?;
            Some(Cause::Attribute(format!("{resource}.{}", attribute.as_str()?)))
        }
        _ => None,
    }
}
