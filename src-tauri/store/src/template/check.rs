//! For what CloudFormation certainly refuses a template: sections and fields that it does not know, names that nothing in
//! the template has.

use std::collections::BTreeSet;

use skydeck_model::Problem;
use skydeck_yaml::{Content, Entry, Mark, Node};

use super::{function, is_function};
use crate::position::position;

/// The sections of a template (AWS CloudFormation User Guide, 'Template anatomy').
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// What a resource has that may refer to others.
const REFERRING: [&str; 4] = ["Properties", "Metadata", "CreationPolicy", "UpdatePolicy"];

/// How many are told of one template: a longer list is no help, and each costs more than what it is about.
const MOST: usize = 100;

/// The faults of a template in which no transform makes names.
pub(super) fn faults(file: &str, root: &Node) -> Vec<Problem> {
    let keys = |section: &str| -> BTreeSet<&str> {
        let entries = root.get(section).and_then(Node::entries).unwrap_or_default();
        entries.iter().map(|entry| entry.key.as_str()).collect()
    };
    let mut check = Check {
        file,
        parameters: keys("Parameters"),
        resources: keys("Resources"),
        conditions: keys("Conditions"),
        mappings: keys("Mappings"),
        faults: Vec::new(),
    };
    check.sections(root);
    let entries = |section: &str| root.get(section).and_then(Node::entries).unwrap_or_default();
    for parameter in entries("Parameters") {
        check.required(parameter, "Parameters", "Type");
    }
    for condition in entries("Conditions") {
        check.value(&condition.value, Scope::Conditions);
    }
    entries("Resources").iter().for_each(|resource| check.resource(resource));
    for output in entries("Outputs") {
        check.required(output, "Outputs", "Value");
        check.condition_of(output);
        for field in ["Value", "Export"] {
            output.value.get(field).into_iter().for_each(|node| check.value(node, Scope::Outputs));
        }
    }
    check.faults
}

/// Where a function stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Conditions,
    Resources,
    Outputs,
}

struct Check<'a> {
    file: &'a str,
    parameters: BTreeSet<&'a str>,
    resources: BTreeSet<&'a str>,
    conditions: BTreeSet<&'a str>,
    mappings: BTreeSet<&'a str>,
    faults: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn add(&mut self, at: Mark, key: String, message: String, hint: String) {
        if self.is_full() {
            return;
        }
        self.faults.push(Problem { file: self.file.to_owned(), at: Some(position(at)), key, message, hint });
    }

    /// Whether there are as many as are told. Nothing more is looked for then.
    fn is_full(&self) -> bool {
        self.faults.len() >= MOST
    }

    fn sections(&mut self, root: &Node) {
        for entry in root.entries().unwrap_or_default() {
            if !SECTIONS.contains(&entry.key.as_str()) {
                let message = "a template has no such section".to_owned();
                self.add(entry.key_at, short(&entry.key), message, format!("one of {}", SECTIONS.join(", ")));
            }
        }
    }

    /// A field without which CloudFormation takes no entry of a section.
    fn required(&mut self, entry: &Entry, section: &str, field: &str) {
        if entry.value.get(field).is_none_or(Node::is_null) {
            let key = format!("{section}.{}", short(&entry.key));
            self.add(entry.key_at, key, format!("it has no {field}"), format!("give it a {field}"));
        }
    }

    fn resource(&mut self, resource: &Entry) {
        self.required(resource, "Resources", "Type");
        self.condition_of(resource);
        if let Some(depends_on) = resource.value.get("DependsOn") {
            let one = std::slice::from_ref(depends_on);
            for node in depends_on.items().unwrap_or(one) {
                if let Some(name) = node.text().filter(|name| !self.resources.contains(name)) {
                    let known = one_of(&self.resources);
                    self.add(
                        node.at,
                        String::new(),
                        format!("there is no resource '{}'", short(name)),
                        known,
                    );
                }
            }
        }
        for field in REFERRING {
            resource.value.get(field).into_iter().for_each(|node| self.value(node, Scope::Resources));
        }
    }

    fn condition_of(&mut self, entry: &Entry) {
        if let Some(node) = entry.value.get("Condition").filter(|node| node.tag.is_none()) {
            self.condition(node);
        }
    }

    fn condition(&mut self, node: &Node) {
        if let Some(name) = node.text().filter(|name| !self.conditions.contains(name)) {
            let known = one_of(&self.conditions);
            self.add(node.at, String::new(), format!("there is no condition '{}'", short(name)), known);
        }
    }

    /// A value that may call functions.
    fn value(&mut self, node: &Node, scope: Scope) {
        if self.is_full() {
            return;
        }
        if node.tag.is_none() && node.is_null() {
            let message = "null is not allowed in a template".to_owned();
            return self.add(node.at, String::new(), message, "a value, or !Ref AWS::NoValue".to_owned());
        }
        match function(node) {
            Some((name, argument)) if is_function(name) => self.call(name, argument, scope),
            _ => self.inside(node, scope),
        }
    }

    fn inside(&mut self, node: &Node, scope: Scope) {
        match &node.content {
            Content::Scalar { .. } => {}
            Content::Sequence { items, .. } => items.iter().for_each(|item| self.value(item, scope)),
            Content::Mapping { entries, .. } => {
                entries.iter().for_each(|entry| self.value(&entry.value, scope));
            }
        }
    }

    fn call(&mut self, name: &str, argument: &Node, scope: Scope) {
        match (name, argument.text(), argument.items()) {
            ("Ref", Some(target), _) => self.reference(argument.at, target, scope),
            ("Fn::GetAtt", Some(path), _) => self.attribute(argument.at, path, scope),
            ("Fn::GetAtt", _, Some([resource, rest @ ..])) => {
                if let Some(resource) = resource.text().filter(|_| function(resource).is_none()) {
                    self.attribute(argument.at, resource, scope);
                }
                rest.iter().for_each(|node| self.value(node, scope));
            }
            ("Fn::Sub", Some(text), _) => self.substitute(argument, text, &[], scope),
            ("Fn::Sub", _, Some([text, variables])) => {
                let own = variables.entries().unwrap_or_default();
                if let Some(template) = text.text() {
                    self.substitute(text, template, own, scope);
                }
                own.iter().for_each(|entry| self.value(&entry.value, scope));
            }
            ("Fn::If", _, Some([condition, rest @ ..])) => {
                self.condition(condition);
                rest.iter().for_each(|node| self.value(node, scope));
            }
            // Elsewhere it is a key like others, as in the statements of a policy.
            ("Condition", Some(_), _) if scope == Scope::Conditions => self.condition(argument),
            ("Fn::FindInMap", _, Some([map, rest @ ..])) => {
                if let Some(name) =
                    map.text().filter(|name| !self.mappings.contains(name) && map.tag.is_none())
                {
                    let known = one_of(&self.mappings);
                    self.add(map.at, String::new(), format!("there is no mapping '{}'", short(name)), known);
                }
                rest.iter().for_each(|node| self.value(node, scope));
            }
            _ => self.inside(argument, scope),
        }
    }

    fn reference(&mut self, at: Mark, name: &str, scope: Scope) {
        let is_known = self.parameters.contains(name)
            || name.starts_with("AWS::")
            || (scope != Scope::Conditions && self.resources.contains(name));
        if !is_known {
            let (what, known) = match scope {
                Scope::Conditions => ("parameter", one_of(&self.parameters)),
                _ => (
                    "parameter or resource",
                    one_of(&self.parameters.union(&self.resources).copied().collect()),
                ),
            };
            self.add(at, String::new(), format!("there is no {what} '{}'", short(name)), known);
        }
    }

    fn attribute(&mut self, at: Mark, path: &str, scope: Scope) {
        let resource = path.split('.').next().unwrap_or(path);
        if scope != Scope::Conditions && !self.resources.contains(resource) {
            let known = one_of(&self.resources);
            self.add(at, String::new(), format!("there is no resource '{}'", short(resource)), known);
        }
    }

    /// `${Name}`, `${Resource.Attribute}`; `${!Literal}` is none.
    fn substitute(&mut self, node: &Node, text: &str, own: &[Entry], scope: Scope) {
        let own: BTreeSet<&str> = own.iter().map(|entry| entry.key.as_str()).collect();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${").filter(|_| !self.is_full()) {
            let Some((name, behind)) = after.split_once('}') else { return };
            rest = behind;
            let name = name.trim();
            if name.starts_with('!') || own.contains(name) {
                continue;
            }
            match name.split_once('.') {
                Some((resource, _)) => self.attribute(node.at, resource, scope),
                None => self.reference(node.at, name, scope),
            }
        }
    }
}

/// The longest name that CloudFormation takes; longer ones are cut, since a fault tells many.
fn short(name: &str) -> String {
    name.chars().take(255).collect()
}

fn one_of(names: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| short(name)).collect();
    match (names.len(), names.len().saturating_sub(SHOWN)) {
        (0, _) => "there is none".to_owned(),
        (_, 0) => format!("one of {}", shown.join(", ")),
        (_, more) => format!("one of {} and {more} more", shown.join(", ")),
    }
}
