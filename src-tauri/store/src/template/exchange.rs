//! Reads of a CloudFormation template what it gives to other stacks and takes of them: exports, imports, and the
//! expressions that make their names.

use std::collections::{BTreeMap, BTreeSet};

use skydeck_model::exchange::{Imported, TemplateExport, TemplateImport};
use skydeck_model::expression::{Expression, Mappings};
use skydeck_yaml::{Content, Entry, Node};

use super::expand::{Bound, Made, Names, names, replaced};
use super::{certain_text, function, plain_texts, texts};
use crate::position::position;

/// Where functions may stand that take something of another stack.
const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];

/// The outputs that a template exports. Of those that a loop makes of what is not certain, no name is.
pub(super) fn exports(outputs: &Names<'_>) -> Vec<TemplateExport> {
    let certain = outputs.certain.iter().filter_map(|Made { name: output, entry, bound }| {
        let name = entry.value.get("Export")?.get("Name")?;
        let condition = entry.value.get("Condition").and_then(Node::text);
        Some(TemplateExport {
            output: output.clone(),
            name: bind(expression(name), bound),
            condition: condition.map(|condition| named(condition, bound)),
            at: Some(position(name.at)),
        })
    });
    let open = outputs.open.iter().filter(|entry| exports_something(&entry.value));
    let open = open.map(|entry| TemplateExport {
        output: entry.key.clone(),
        name: Expression::Unknown,
        condition: None,
        at: Some(position(entry.key_at)),
    });
    certain.chain(open).collect()
}

fn exports_something(node: &Node) -> bool {
    node.items().unwrap_or_default().iter().any(exports_something)
        || node
            .entries()
            .unwrap_or_default()
            .iter()
            .any(|entry| entry.key == "Export" || exports_something(&entry.value))
}

/// A template's `Mappings`. A key that may be read in several ways stands there in each of them.
pub(super) fn mappings(mappings: &[Entry]) -> Mappings {
    fn inner<T: Clone>(node: &Node, value: impl Fn(&Node) -> T) -> BTreeMap<String, T> {
        let entries = node.entries().unwrap_or_default().iter();
        let read = |entry: &Entry| {
            let value = value(&entry.value);
            key_texts(entry).into_iter().map(|key| (key, value.clone())).collect::<Vec<_>>()
        };
        entries.flat_map(read).collect()
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

fn key_texts(entry: &Entry) -> BTreeSet<String> {
    let key = if entry.is_quoted { None } else { Some(plain_texts(&entry.key)) };
    key.map_or_else(|| [entry.key.clone()].into(), BTreeSet::from)
}

/// Everything that a template takes of other stacks by itself.
pub(super) fn imports(root: &Node) -> Vec<TemplateImport> {
    let mut search = Search::default();
    for section in SECTIONS {
        let names = names(root.get(section).and_then(Node::entries).unwrap_or_default());
        // In 'Conditions' the key is a condition's name, and so is what stands there.
        let condition = |entry: &Entry| match section {
            "Conditions" => None,
            _ => entry.value.get("Condition").and_then(Node::text).map(|name| (name.to_owned(), true)),
        };
        for Made { name, entry, bound } in names.certain {
            search.path = vec![section.to_owned(), name];
            search.when = condition(entry).into_iter().collect();
            search.bound = bound;
            search.node(&entry.value);
        }
        search.bound = Vec::new();
        for entry in names.open {
            search.path = vec![section.to_owned()];
            search.when = condition(entry).into_iter().collect();
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
    /// What stands there for the identifiers of loops.
    bound: Vec<Bound>,
    found: Vec<TemplateImport>,
}

impl Search {
    fn node(&mut self, node: &Node) {
        if self.found.len() == MOST {
            return;
        }
        match function(node) {
            Some(("Fn::ImportValue", name)) => {
                self.take(node, Imported::Export(bind(argument(node, name), &self.bound)));
            }
            Some(("Fn::GetStackOutput", place)) => {
                let field = |name: &str| place.get(name).map(|it| bind(expression(it), &self.bound));
                let what = Imported::Output {
                    stack: field("StackName").unwrap_or(Expression::Unknown),
                    output: field("OutputName").unwrap_or(Expression::Unknown),
                    region: field("Region"),
                    role: field("RoleArn"),
                };
                self.take(node, what);
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

    fn take(&mut self, node: &Node, what: Imported) {
        // A function's name in its long form is no part of the place.
        let mut path = String::new();
        for key in self.path.iter().filter(|key| !key.starts_with("Fn::")) {
            let between = if path.is_empty() { "" } else { "." };
            let room = LONGEST.saturating_sub(path.len());
            path.extend(between.chars().chain(key.chars()).take(room));
        }
        let when = self.when.iter().map(|(condition, holds)| (named(condition, &self.bound), *holds));
        self.found.push(TemplateImport { what, when: when.collect(), path, at: Some(position(node.at)) });
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
        Content::Scalar { .. } => match (certain_text(node), texts(node)) {
            (Some(text), _) => Expression::Text(text),
            (None, Some(readings)) => Expression::Doubtful(Box::new(readings)),
            (None, None) => Expression::Unknown,
        },
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

/// The name of a condition in a loop's body. One that gets too long is none that a template has.
fn named(condition: &str, bound: &[Bound]) -> String {
    let name = replaced(condition, bound);
    name.as_deref().unwrap_or(condition).chars().take(LONGEST_NAME).collect()
}

/// An expression of a loop's body with what stands there for the identifiers of the loops.
fn bind(expression: Expression, bound: &[Bound]) -> Expression {
    if bound.is_empty() { expression } else { bound_to(expression, bound).unwrap_or(Expression::Unknown) }
}

/// `None`: a text of it gets too long.
fn bound_to(expression: Expression, bound: &[Bound]) -> Option<Expression> {
    let text = |text: &str| replaced(text, bound);
    let again = |expression: Expression| bind(expression, bound);
    let boxed = |expression: Box<Expression>| Box::new(bind(*expression, bound));
    Some(match expression {
        Expression::Text(it) => Expression::Text(text(&it)?),
        // A number or a boolean, in which nothing is replaced.
        Expression::Doubtful(readings) => Expression::Doubtful(readings),
        Expression::List(items) => Expression::List(items.into_iter().map(again).collect()),
        Expression::Ref(name) => match bound.iter().rev().find(|(identifier, _)| *identifier == name) {
            Some((_, value)) => Expression::Text(value.clone()),
            None => Expression::Ref(text(&name)?),
        },
        Expression::Sub(it, own) => {
            Expression::Sub(text(&it)?, own.into_iter().map(|(name, it)| (name, again(it))).collect())
        }
        Expression::Join(between, list) => Expression::Join(text(&between)?, boxed(list)),
        Expression::Split(at, it) => Expression::Split(text(&at)?, boxed(it)),
        Expression::Select(index, list) => Expression::Select(boxed(index), boxed(list)),
        Expression::FindInMap(keys) => Expression::FindInMap(Box::new(keys.map(again))),
        Expression::If(condition, yes, no) => Expression::If(named(&condition, bound), boxed(yes), boxed(no)),
        Expression::Unknown => Expression::Unknown,
    })
}

/// A text that may be empty.
fn scalar(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Scalar { text, .. } if node.tag.is_none() => Some(text),
        _ => None,
    }
}
