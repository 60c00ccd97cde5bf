//! How each environment was reached when an operation last worked on it: the map `environments` of the state file. So its
//! stacks are found again when the manifest has it no more. Others may use that key for something else: what is no entry
//! of ours is passed by, and a value that is no map stays as it is.

use std::collections::BTreeMap;

use skydeck_model::{Environment, EnvironmentName};

use crate::decode::target_of;
use crate::yaml::{Edit, Node, Value};

/// The key in the state file.
pub(crate) const FIELD: &str = "environments";

/// What is recorded, by the environments' names.
pub(crate) fn decode(root: &Node) -> BTreeMap<EnvironmentName, Environment> {
    let entries = root.get(FIELD).and_then(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| environment(&entry.key, &entry.value)).map(by_name).collect()
}

fn by_name(environment: Environment) -> (EnvironmentName, Environment) {
    (environment.name.clone(), environment)
}

fn environment(name: &str, node: &Node) -> Option<Environment> {
    let text = |key| node.get(key).and_then(Node::text);
    Some(Environment {
        name: name.parse().ok()?,
        target: target_of(text("target")?)?,
        region: text("region")?.parse().ok()?,
        account: text("account")?.parse().ok()?,
        profile: text("profile").map(str::to_owned),
        role_arn: text("role_arn").map(str::to_owned),
        template_bucket: None,
        tags: BTreeMap::new(),
        notification_arns: Vec::new(),
    })
}

/// What of an environment is recorded. The rest is of use to a deploy only, which the manifest is needed for.
pub(crate) fn recorded(environment: &Environment) -> Environment {
    Environment {
        template_bucket: None,
        tags: BTreeMap::new(),
        notification_arns: Vec::new(),
        ..environment.clone()
    }
}

fn fields(environment: &Environment) -> [(&'static str, Value); 5] {
    let optional = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
    [
        ("account", Value::text(environment.account.as_str())),
        ("profile", optional(&environment.profile)),
        ("region", Value::text(environment.region.as_str())),
        ("role_arn", optional(&environment.role_arn)),
        ("target", Value::text(environment.target.as_str())),
    ]
}

fn entry(environment: &Environment) -> Value {
    Value::map(fields(environment).into_iter().filter(|(_, value)| *value != Value::Null))
}

/// The whole map, as it is written where there is none.
pub(crate) fn value(environments: &BTreeMap<EnvironmentName, Environment>) -> Value {
    Value::map(environments.values().map(|environment| (environment.name.as_str(), entry(environment))))
}

/// What records these environments in the file of this tree.
pub(crate) fn edits<'e>(
    root: &Node,
    environments: &'e BTreeMap<EnvironmentName, Environment>,
) -> Vec<Edit<'e>> {
    let map = root.get(FIELD).filter(|map| !map.is_null());
    let Some(entries) = map.map(Node::entries) else {
        return vec![(vec![FIELD], value(environments))];
    };
    if entries.is_none() {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for environment in environments.values() {
        let name = environment.name.as_str();
        match map.and_then(|map| map.get(name)).filter(|node| node.entries().is_some()) {
            None => edits.push((vec![FIELD, name], entry(environment))),
            Some(node) => {
                let said = fields(environment).into_iter();
                let said = said.filter(|(key, value)| *value != Value::Null || node.get(key).is_some());
                edits.extend(said.map(|(key, value)| (vec![FIELD, name, key], value)));
            }
        }
    }
    edits
}
