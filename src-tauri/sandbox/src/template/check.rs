//! What a template must satisfy before any value is known: every function known, every reference
//! resolved, no circle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::functions::{self, SubPart};
use super::{ResourceDeclaration, Template, below};
use crate::error::{Error, Result};

/// What `Ref` and `Fn::Sub` know without a declaration.
pub(crate) const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Names that a part of a template refers to.
#[derive(Debug, Default)]
struct References {
    /// `Ref X` and `${X}`: a parameter, a pseudo parameter or a resource.
    names: BTreeSet<String>,
    /// `Fn::GetAtt` and `${X.Y}`: a resource.
    attributes: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

/// Checks the template and fills in what its resources depend on.
pub(crate) fn check(mut template: Template) -> Result<Template> {
    let parameters: BTreeSet<String> =
        template.parameters.iter().map(|parameter| parameter.key.clone()).collect();
    let resources: BTreeSet<String> =
        template.resources.iter().map(|resource| resource.logical_id.clone()).collect();
    if let Some(both) = parameters.intersection(&resources).next() {
        return Err(Error::format(format_args!(
            "Duplicate name {both} in the Parameters and Resources blocks of the template"
        )));
    }
    let known_condition = |name: &str| template.conditions.contains_key(name);

    let conditions = conditions_in_order(&template, &parameters)?;
    let mut dependencies = Vec::with_capacity(template.resources.len());
    let mut unresolved = BTreeSet::new();
    for resource in &template.resources {
        let mut references = References::default();
        let place = format!("/Resources/{}", resource.logical_id);
        collect(&resource.properties, &format!("{place}/Properties"), &mut references)?;
        if let Some(metadata) = &resource.metadata {
            collect(metadata, &format!("{place}/Metadata"), &mut references)?;
        }
        references.conditions.extend(resource.condition.clone());
        require_conditions(&references, &known_condition)?;
        unresolved.extend(references.unresolved(&parameters, &resources));
        unresolved.extend(resource.depends_on.iter().filter(|id| !resources.contains(*id)).cloned());
        let mut depends_on: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
        depends_on.extend(references.names.intersection(&resources).cloned());
        depends_on.extend(references.attributes);
        dependencies.push(depends_on);
    }
    refuse_unresolved(&unresolved, "Resources")?;

    let mut unresolved = BTreeSet::new();
    for output in &template.outputs {
        let mut references = References::default();
        let place = format!("/Outputs/{}", output.key);
        collect(&output.value, &place, &mut references)?;
        if let Some(export) = &output.export {
            collect(export, &format!("{place}/Export"), &mut references)?;
        }
        references.conditions.extend(output.condition.clone());
        require_conditions(&references, &known_condition)?;
        unresolved.extend(references.unresolved(&parameters, &resources));
    }
    refuse_unresolved(&unresolved, "Outputs")?;

    for (resource, depends_on) in template.resources.iter_mut().zip(dependencies) {
        resource.depends_on = depends_on.into_iter().collect();
    }
    order(&template.resources)?;
    template.conditions = conditions;
    Ok(template)
}

impl References {
    fn unresolved(&self, parameters: &BTreeSet<String>, resources: &BTreeSet<String>) -> Vec<String> {
        let known = |name: &&String| {
            !(parameters.contains(*name)
                || resources.contains(*name)
                || PSEUDO_PARAMETERS.contains(&name.as_str()))
        };
        let names = self.names.iter().filter(known);
        names.chain(self.attributes.difference(resources)).cloned().collect()
    }
}

fn refuse_unresolved(names: &BTreeSet<String>, block: &str) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    Err(Error::format(format_args!(
        "Unresolved resource dependencies [{}] in the {block} block of the template",
        names.join(", ")
    )))
}

fn require_conditions(references: &References, known: &impl Fn(&str) -> bool) -> Result<()> {
    match references.conditions.iter().find(|name| !known(name)) {
        Some(name) => Err(Error::format(format_args!(
            "Unresolved dependencies [{name}]. Cannot reference conditions that do not exist in \
             the Conditions block of the template"
        ))),
        None => Ok(()),
    }
}

/// Conditions see parameters and each other, never resources; and they form no circle. Gives them in an order in which each
/// stands after all that it uses, so that none has to be looked for through many others.
fn conditions_in_order(template: &Template, parameters: &BTreeSet<String>) -> Result<Map<String, Value>> {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, condition) in &template.conditions {
        let mut references = References::default();
        collect_condition(condition, &format!("/Conditions/{name}"), &mut references)?;
        require_conditions(&references, &|name: &str| template.conditions.contains_key(name))?;
        let unresolved = references.unresolved(parameters, &BTreeSet::new());
        refuse_unresolved(&unresolved.into_iter().collect(), "Conditions")?;
        uses.insert(name, references.conditions);
    }
    let layers = layers(&uses).map_err(|names| {
        Error::format(format_args!("Circular dependencies for conditions: [{}]", names.join(", ")))
    })?;
    let mut ordered: Vec<(&String, &Value)> = template.conditions.iter().collect();
    ordered.sort_by_key(|(name, _)| layers.get(name.as_str()).copied());
    Ok(ordered.into_iter().map(|(name, condition)| (name.clone(), condition.clone())).collect())
}

/// The resources' places in an order in which each stands after all that it depends on, and
/// otherwise as in the template.
pub(crate) fn order(resources: &[ResourceDeclaration]) -> Result<Vec<usize>> {
    let uses = resources
        .iter()
        .map(|resource| (resource.logical_id.as_str(), resource.depends_on.iter().cloned().collect()))
        .collect();
    let layers = layers(&uses).map_err(|names| {
        Error::validation(format!("Circular dependency between resources: [{}]", names.join(", ")))
    })?;
    let mut order: Vec<usize> = (0..resources.len()).collect();
    order.sort_by_key(|index| layers.get(resources[*index].logical_id.as_str()).copied());
    Ok(order)
}

/// For each name how many steps it stands above those that use nothing; or the names in a circle.
fn layers<'a>(
    uses: &BTreeMap<&'a str, BTreeSet<String>>,
) -> std::result::Result<BTreeMap<&'a str, usize>, Vec<&'a str>> {
    let mut waits: BTreeMap<&str, usize> = uses.iter().map(|(name, uses)| (*name, uses.len())).collect();
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, uses) in uses {
        uses.iter().for_each(|used| users.entry(used).or_default().push(name));
    }
    let mut layers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ready: Vec<&str> =
        waits.iter().filter(|(_, waits)| **waits == 0).map(|(name, _)| *name).collect();
    for layer in 0.. {
        if ready.is_empty() {
            break;
        }
        layers.extend(ready.iter().map(|name| (*name, layer)));
        let mut next = Vec::new();
        for user in ready.iter().filter_map(|name| users.get(name)).flatten() {
            if let Some(waits) = waits.get_mut(user) {
                *waits -= 1;
                next.extend((*waits == 0).then_some(*user));
            }
        }
        ready = next;
    }
    let circle: Vec<&str> = uses.keys().filter(|name| !layers.contains_key(**name)).copied().collect();
    if circle.is_empty() { Ok(layers) } else { Err(circle) }
}

/// Walks a value that may hold function calls, all of them known.
fn collect(value: &Value, place: &str, references: &mut References) -> Result<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, place, references)),
        Value::Object(map) => match functions::call(map) {
            Some((name, arguments)) => collect_call(name, arguments, place, references),
            None => {
                for (key, item) in map {
                    if key.starts_with("Fn::") {
                        return Err(Error::unsupported(format!("{key} beside other keys"), place));
                    }
                    collect(item, &below(place, key), references)?;
                }
                Ok(())
            }
        },
        _ => Ok(()),
    }
}

fn collect_call(name: &str, arguments: &Value, place: &str, references: &mut References) -> Result<()> {
    if functions::is_condition(name) {
        return Err(Error::unsupported(name, place));
    }
    match (name, arguments) {
        ("Ref", Value::String(target)) => {
            references.names.insert(target.clone());
        }
        ("Ref", _) => {
            return Err(Error::format("Every Ref object must have a single String value."));
        }
        ("Fn::GetAtt", _) => {
            let (resource, attribute) = functions::get_att_target(arguments)?;
            references.attributes.insert(resource.to_owned());
            return collect(attribute, place, references);
        }
        ("Fn::Sub", Value::String(text)) => collect_sub(text, None, references)?,
        ("Fn::Sub", Value::Array(items)) => {
            if let [Value::String(text), variables] = items.as_slice() {
                collect_sub(text, Some(variables), references)?;
                return collect(variables, place, references);
            }
        }
        ("Fn::If", Value::Array(items)) => {
            if let Some(Value::String(condition)) = items.first() {
                references.conditions.insert(condition.clone());
            }
            return items.iter().skip(1).try_for_each(|item| collect(item, place, references));
        }
        _ => {}
    }
    collect(arguments, place, references)
}

fn collect_sub(text: &str, own: Option<&Value>, references: &mut References) -> Result<()> {
    for part in functions::sub_parts(text)? {
        let SubPart::Variable(name) = part else { continue };
        if own.is_some_and(|own| own.get(name).is_some()) {
            continue;
        }
        match name.split_once('.') {
            Some((resource, _)) => references.attributes.insert(resource.to_owned()),
            None => references.names.insert(name.to_owned()),
        };
    }
    Ok(())
}

/// Walks a condition: `Fn::And`, `Fn::Or`, `Fn::Not` over conditions, `Fn::Equals` over values.
fn collect_condition(value: &Value, place: &str, references: &mut References) -> Result<()> {
    let call = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    match call {
        Some((name, Value::String(target))) if name == "Condition" => {
            references.conditions.insert(target.clone());
            Ok(())
        }
        Some((name, Value::Array(items))) if name == "Fn::Equals" && items.len() == 2 => {
            items.iter().try_for_each(|item| {
                refuse_in_condition(item)?;
                collect(item, place, references)
            })
        }
        Some((name, Value::Array(items)))
            if (name == "Fn::Not" && items.len() == 1)
                || (matches!(name.as_str(), "Fn::And" | "Fn::Or") && (2..=10).contains(&items.len())) =>
        {
            items.iter().try_for_each(|item| collect_condition(item, place, references))
        }
        _ => Err(Error::format(format_args!(
            "[{place}] Conditions can only be boolean operations on parameters and other conditions"
        ))),
    }
}

/// Of what a condition compares, no part may hang on another condition or on another stack.
fn refuse_in_condition(value: &Value) -> Result<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(refuse_in_condition),
        Value::Object(map) => map.iter().try_for_each(|(name, item)| match name.as_str() {
            "Fn::If" | "Fn::ImportValue" => {
                Err(Error::function(format_args!("Cannot use {name} in Conditions.")))
            }
            _ => refuse_in_condition(item),
        }),
        _ => Ok(()),
    }
}
