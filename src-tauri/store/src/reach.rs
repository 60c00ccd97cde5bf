//! How each environment was reached when an operation last worked on it, and what its stacks needed when they were last
//! deployed: the map `environments` of the state file. So its stacks are found again, and destroyed in order, when the
//! manifest has them no more. Others may use that key for something else: what is no entry of ours is passed by, and a value
//! that is no map stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use skydeck_model::graph::Needs;
use skydeck_model::{Environment, EnvironmentName, StackName};
use skydeck_yaml::{Edit, Node, Value};

use crate::decode::target_of;

/// The key in the state file.
pub(crate) const FIELD: &str = "environments";

/// The key in an environment's entry under which stands what its stacks needed.
const NEEDS: &str = "needs";

/// What is recorded, by the environments' names.
pub(crate) fn decode(root: &Node) -> BTreeMap<EnvironmentName, Environment> {
    let entries = root.get(FIELD).and_then(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| environment(&entry.key, &entry.value)).map(by_name).collect()
}

/// What the stacks needed, by the environments' names. Names that are none of this version are passed by.
pub(crate) fn decode_needs(root: &Node) -> BTreeMap<EnvironmentName, Needs> {
    let entries = root.get(FIELD).and_then(Node::entries).unwrap_or_default();
    let needs = entries.iter().filter_map(|entry| {
        let recorded = entry.value.get(NEEDS)?.entries()?.iter();
        let needs = recorded.filter_map(|stack| Some((stack.key.parse().ok()?, names(&stack.value)?)));
        Some((entry.key.parse().ok()?, needs.collect()))
    });
    needs.collect()
}

fn names(node: &Node) -> Option<BTreeSet<StackName>> {
    Some(node.items()?.iter().filter_map(|name| name.text()?.parse().ok()).collect())
}

fn by_name(environment: Environment) -> (EnvironmentName, Environment) {
    (environment.name.clone(), environment)
}

fn environment(name: &str, node: &Node) -> Option<Environment> {
    let text = |key| node.get(key).and_then(Node::text);
    let target = target_of(text("target")?)?;
    let (region, account) = (text("region")?.parse().ok()?, text("account")?.parse().ok()?);
    Some(Environment {
        profile: text("profile").map(str::to_owned),
        role_arn: text("role_arn").map(str::to_owned),
        ..Environment::at(name.parse().ok()?, target, region, account)
    })
}

/// What of an environment is recorded. The rest is of use to a deploy only, which the manifest is needed for.
pub(crate) fn recorded(environment: &Environment) -> Environment {
    let Environment { name, target, region, account, profile, role_arn, .. } = environment.clone();
    Environment { profile, role_arn, ..Environment::at(name, target, region, account) }
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

fn needed(needs: &BTreeSet<StackName>) -> Value {
    Value::List(needs.iter().map(ToString::to_string).collect())
}

fn all_needed(needs: &Needs) -> Value {
    Value::map(needs.iter().map(|(stack, needs)| (stack.as_str(), needed(needs))))
}

/// What is to be recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'r> {
    /// How environments are reached.
    pub environments: &'r BTreeMap<EnvironmentName, Environment>,
    /// What stacks need; of those that are not named here, what is recorded stays.
    pub needs: &'r BTreeMap<EnvironmentName, Needs>,
}

impl<'r> Record<'r> {
    /// The whole map, as it is written where there is none.
    pub fn value(self) -> Value {
        let entries = self.environments.values();
        Value::map(entries.map(|environment| (environment.name.as_str(), self.entry(environment))))
    }

    fn entry(self, environment: &Environment) -> Value {
        let needs = self.needs.get(&environment.name).map_or(Value::Null, all_needed);
        let fields = fields(environment).into_iter().chain([(NEEDS, needs)]);
        Value::map(fields.filter(|(_, value)| *value != Value::Null))
    }

    /// What records it in the file of this tree.
    pub fn edits(self, root: &Node) -> Vec<Edit<'r>> {
        let map = root.get(FIELD).filter(|map| !map.is_null());
        let Some(entries) = map.map(Node::entries) else {
            return vec![(vec![FIELD], self.value())];
        };
        if entries.is_none() {
            return Vec::new();
        }
        let mut edits = Vec::new();
        for environment in self.environments.values() {
            let name = environment.name.as_str();
            match map.and_then(|map| map.get(name)).filter(|node| node.entries().is_some()) {
                None => edits.push((vec![FIELD, name], self.entry(environment))),
                Some(node) => {
                    let said = fields(environment).into_iter();
                    let said = said.filter(|(key, value)| *value != Value::Null || node.get(key).is_some());
                    edits.extend(said.map(|(key, value)| (vec![FIELD, name, key], value)));
                    edits.extend(self.edits_of_needs(node, &environment.name));
                }
            }
        }
        edits
    }

    fn edits_of_needs(self, entry: &Node, environment: &'r EnvironmentName) -> Vec<Edit<'r>> {
        let Some(needs) = self.needs.get(environment) else { return Vec::new() };
        let name = environment.as_str();
        match entry.get(NEEDS).filter(|node| node.entries().is_some()) {
            None => vec![(vec![FIELD, name, NEEDS], all_needed(needs))],
            Some(_) => {
                let edit = |(stack, needs): (&'r StackName, &BTreeSet<StackName>)| {
                    (vec![FIELD, name, NEEDS, stack.as_str()], needed(needs))
                };
                needs.iter().map(edit).collect()
            }
        }
    }
}
