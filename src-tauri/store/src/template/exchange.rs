//! Reads of a CloudFormation template what it gives to other stacks and takes of them: exports, imports, and the
//! expressions that make their names.

use std::collections::BTreeMap;

use skydeck_model::exchange::{Imported, TemplateExport, TemplateImport};
use skydeck_model::expression::{Expression, Mappings};

use super::{certain_text, function};
use crate::yaml::{Content, Entry, Node};

/// Where functions may stand that take something of another stack.
const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];

/// The outputs that a template exports.
pub(super) fn exports(outputs: &[Entry]) -> Vec<TemplateExport> {
    let export = |entry: &Entry| {
        let name = entry.value.get("Export")?.get("Name")?;
        Some(TemplateExport {
            output: entry.key.clone(),
            name: expression(name),
            condition: entry.value.get("Condition").and_then(Node::text).map(str::to_owned),
        })
    };
    outputs.iter().filter_map(export).collect()
}

/// A template's `Mappings`.
pub(super) fn mappings(mappings: &[Entry]) -> Mappings {
    fn inner<T>(node: &Node, value: impl Fn(&Node) -> T) -> BTreeMap<String, T> {
        let entries = node.entries().unwrap_or_default();
        entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect()
    }
    let level = |node: &Node| inner(node, |node| inner(node, literal));
    mappings.iter().map(|entry| (entry.key.clone(), level(&entry.value))).collect()
}

/// What a mapping holds: no function stands in one, which could look itself up without end.
fn literal(node: &Node) -> Expression {
    match &node.content {
        _ if function(node).is_some() => Expression::Unknown,
        Content::Sequence { items, .. } => Expression::List(items.iter().map(literal).collect()),
        _ => plain(node),
    }
}

/// The longest place of an import that is told: each import has its own.
const LONGEST: usize = 1_000;

/// More than the longest name that CloudFormation takes for a condition.
const LONGEST_NAME: usize = 256;

/// More imports than a template has that CloudFormation takes: it has 500 resources at most (CloudFormation quotas).
const MOST: usize = 10_000;

/// Everything that a template takes of other stacks by itself.
pub(super) fn imports(root: &Node) -> Vec<TemplateImport> {
    let mut search = Search::default();
    for section in SECTIONS {
        for entry in root.get(section).and_then(Node::entries).unwrap_or_default() {
            search.path = vec![section.to_owned()];
            // In 'Conditions' the key is a condition's name, and so is what stands there.
            let condition = if section == "Conditions" { None } else { entry.value.get("Condition") };
            search.when =
                condition.and_then(Node::text).map(|name| (name.to_owned(), true)).into_iter().collect();
            search.entry(entry);
        }
    }
    search.found
}

#[derive(Default)]
struct Search {
    /// Where it is.
    path: Vec<String>,
    /// The conditions under which what stands there counts.
    when: Vec<(String, bool)>,
    found: Vec<TemplateImport>,
}

impl Search {
    fn node(&mut self, node: &Node) {
        match function(node) {
            Some(("Fn::ImportValue", name)) => self.take(Imported::Export(argument(node, name))),
            Some(("Fn::GetStackOutput", place)) => {
                let field = |name: &str| place.get(name).map(expression);
                self.take(Imported::Output {
                    stack: field("StackName").unwrap_or(Expression::Unknown),
                    output: field("OutputName").unwrap_or(Expression::Unknown),
                    region: field("Region"),
                    role: field("RoleArn"),
                });
            }
            Some(("Fn::If", argument)) if let Some([condition, yes, no]) = argument.items() => {
                let Some(name) = condition.text() else { return self.inside(node) };
                for (branch, holds) in [(yes, true), (no, false)] {
                    self.when.push((name.chars().take(LONGEST_NAME).collect(), holds));
                    self.node(branch);
                    self.when.pop();
                }
                return;
            }
            _ => {}
        }
        self.inside(node);
    }

    fn inside(&mut self, node: &Node) {
        match &node.content {
            Content::Scalar { .. } => {}
            Content::Sequence { items, .. } => items.iter().for_each(|item| self.node(item)),
            Content::Mapping { entries, .. } => entries.iter().for_each(|entry| self.entry(entry)),
        }
    }

    fn entry(&mut self, entry: &Entry) {
        // How often a loop makes something, and under which conditions, only CloudFormation can tell: as of a condition
        // that nobody declares.
        let is_loop = entry.key.starts_with("Fn::ForEach::");
        self.when.extend(is_loop.then(|| (entry.key.clone(), true)));
        self.path.push(entry.key.clone());
        self.node(&entry.value);
        self.path.pop();
        self.when.truncate(self.when.len() - usize::from(is_loop));
    }

    fn take(&mut self, what: Imported) {
        if self.found.len() == MOST {
            return;
        }
        // A function's name in its long form is no part of the place.
        let mut at = String::new();
        for key in self.path.iter().filter(|key| !key.starts_with("Fn::")) {
            let between = if at.is_empty() { "" } else { "." };
            let room = LONGEST.saturating_sub(at.len());
            at.extend(between.chars().chain(key.chars()).take(room));
        }
        self.found.push(TemplateImport { what, when: self.when.clone(), at });
    }
}

/// What a template writes in place of a text or a list, in the long and the short forms of its functions.
fn expression(node: &Node) -> Expression {
    match function(node) {
        Some((name, arguments)) => call(name, arguments),
        None => plain(node),
    }
}

/// An argument of a function that may itself be a function: in the short form it is what the tag stands before.
fn argument(node: &Node, argument: &Node) -> Expression {
    if node.tag.is_none() {
        return expression(argument);
    }
    match argument.entries() {
        Some([entry]) => call(&entry.key, &entry.value),
        _ => plain(argument),
    }
}

fn plain(node: &Node) -> Expression {
    match &node.content {
        Content::Sequence { items, .. } => Expression::List(items.iter().map(expression).collect()),
        Content::Mapping { .. } => Expression::Unknown,
        Content::Scalar { .. } => certain_text(node).map_or(Expression::Unknown, Expression::Text),
    }
}

fn call(name: &str, arguments: &Node) -> Expression {
    let boxed = |node: &Node| Box::new(expression(node));
    match (name, arguments.items(), arguments.text()) {
        ("Ref", None, Some(name)) => Expression::Ref(name.to_owned()),
        ("Fn::Sub", None, Some(text)) => Expression::Sub(text.to_owned(), BTreeMap::new()),
        ("Fn::Sub", Some([text, own]), _) => match (text.text(), own.entries()) {
            (Some(text), Some(own)) => Expression::Sub(
                text.to_owned(),
                own.iter().map(|entry| (entry.key.clone(), expression(&entry.value))).collect(),
            ),
            _ => Expression::Unknown,
        },
        ("Fn::Join", Some([between, list]), _) => match scalar(between) {
            Some(between) => Expression::Join(between.to_owned(), boxed(list)),
            None => Expression::Unknown,
        },
        ("Fn::Split", Some([at, text]), _) => match scalar(at) {
            Some(at) => Expression::Split(at.to_owned(), boxed(text)),
            None => Expression::Unknown,
        },
        ("Fn::Select", Some([index, list]), _) => Expression::Select(boxed(index), boxed(list)),
        ("Fn::FindInMap", Some([map, first, second]), _) => {
            Expression::FindInMap(Box::new([expression(map), expression(first), expression(second)]))
        }
        ("Fn::If", Some([condition, yes, no]), _) => match condition.text() {
            Some(condition) => Expression::If(condition.to_owned(), boxed(yes), boxed(no)),
            None => Expression::Unknown,
        },
        _ => Expression::Unknown,
    }
}

/// A text that may be empty.
fn scalar(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Scalar { text, .. } if node.tag.is_none() => Some(text),
        _ => None,
    }
}
