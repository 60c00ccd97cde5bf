//! Names that a template does not write out, but that a transform makes of it. What `Fn::ForEach` makes of a list that is
//! written there is certain (AWS CloudFormation User Guide, 'Fn::ForEach'); everything else is CloudFormation's to tell.

use std::collections::HashSet;

use skydeck_yaml::{Content, Entry, Node};

use super::function;

/// CloudFormation's own macro, which makes names by `Fn::ForEach` only.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// CloudFormation's own macros that make resources, and what comes with them, but neither parameters nor outputs.
const MAKE_RESOURCES: [&str; 3] =
    ["AWS::Serverless-2016-10-31", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"];

/// How the macros begin that are AWS's own: they leave the names in a template as they are.
const OF_AWS: &str = "AWS::";

/// How many turns of loops are looked at, and how long what they make may get: loops in loops multiply.
const MOST_TURNS: usize = 10_000;
const LONGEST: usize = 1_000;

/// More names than CloudFormation takes resources (CloudFormation quotas).
const MOST: usize = 500;

/// The names of a section: those that are certain, and what else makes names there.
pub(super) struct Names<'n> {
    pub(super) certain: Vec<Made<'n>>,
    /// The entries of which names are made that are not certain.
    pub(super) open: Vec<&'n Entry>,
    pub(super) maker: Option<String>,
    /// Those that are open, since a loop may come to one again and again.
    opened: HashSet<*const Entry>,
    turns: usize,
}

/// What an entry makes.
pub(super) struct Made<'n> {
    pub(super) name: String,
    pub(super) entry: &'n Entry,
    /// What stands in it for the identifiers of the loops around it.
    pub(super) bound: Vec<Bound>,
}

/// The names of the entries of a section.
pub(super) fn names(entries: &[Entry]) -> Names<'_> {
    let mut found =
        Names { certain: Vec::new(), open: Vec::new(), opened: HashSet::new(), maker: None, turns: 0 };
    for entry in entries {
        found.add(entry, &[]);
    }
    found
}

/// An identifier of a loop and what stands for it.
pub(super) type Bound = (String, String);

impl<'n> Names<'n> {
    fn add(&mut self, entry: &'n Entry, bound: &[Bound]) {
        if !entry.key.starts_with("Fn::") {
            match replaced(&entry.key, bound).filter(|_| self.certain.len() < MOST) {
                Some(name) => self.certain.push(Made { name, entry, bound: bound.to_vec() }),
                None => {
                    self.leave_open(entry);
                    self.maker.get_or_insert_with(|| entry.key.clone());
                }
            }
        } else if self.repeat(entry, bound).is_none() {
            self.leave_open(entry);
            self.maker.get_or_insert_with(|| match maker(&entry.value) {
                Some(name) if entry.key == "Fn::Transform" => name.to_owned(),
                _ => entry.key.clone(),
            });
        }
    }

    fn leave_open(&mut self, entry: &'n Entry) {
        if self.opened.insert(std::ptr::from_ref(entry)) {
            self.open.push(entry);
        }
    }

    /// What a loop over a list of texts makes; `None` where that is not certain.
    fn repeat(&mut self, entry: &'n Entry, bound: &[Bound]) -> Option<()> {
        entry.key.strip_prefix("Fn::ForEach::")?;
        let [identifier, collection, body] = entry.value.items()? else { return None };
        let (identifier, body) = (identifier.text()?, body.entries()?);
        let items = collection.items().filter(|_| collection.tag.is_none())?;
        for item in items {
            let item = replaced(item.text().filter(|_| item.tag.is_none())?, bound)?;
            let mut bound = bound.to_vec();
            bound.push((identifier.to_owned(), item));
            for entry in body {
                self.turns += 1;
                if self.turns > MOST_TURNS {
                    return None;
                }
                self.add(entry, &bound);
            }
        }
        Some(())
    }
}

/// `${Name}` is what stands for the name, `&{Name}` its letters and digits. `None` where that gets too long: what stands for a
/// name may name others, so that it would multiply from loop to loop.
pub(super) fn replaced(text: &str, bound: &[Bound]) -> Option<String> {
    let is_short = |text: &String| text.len() <= LONGEST;
    // What stands for a name is as short, so that none of the texts on the way is long.
    bound.iter().try_fold(Some(text.to_owned()).filter(is_short)?, |text, (name, value)| {
        let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let text = text.replace(&format!("${{{name}}}"), value).replace(&format!("&{{{name}}}"), &letters);
        Some(text).filter(is_short)
    })
}

/// The macro that an `Fn::Transform` calls.
fn maker(node: &Node) -> Option<&str> {
    node.get("Name")?.text()
}

/// Macros in their order.
pub(super) struct Macros(Vec<String>);

impl Macros {
    /// Those that a template as a whole is given to.
    pub(super) fn of(root: &Node) -> Self {
        root.get("Transform").map_or(Self(Vec::new()), Self::named)
    }

    /// Those of `Transform` or `Fn::Transform`: a name, a map with `Name`, or a list of these.
    fn named(node: &Node) -> Self {
        let all = node.items().unwrap_or(std::slice::from_ref(node)).iter();
        Self(all.map(|node| node.text().or_else(|| maker(node)).unwrap_or("a macro").to_owned()).collect())
    }

    /// One that may make names of any kind.
    pub(super) fn of_anything(&self) -> Option<String> {
        let known = |name: &&String| *name == LANGUAGE_EXTENSIONS || MAKE_RESOURCES.contains(&name.as_str());
        self.0.iter().find(|name| !known(name)).cloned()
    }

    /// Whether one of them is not AWS's own.
    pub(super) fn of_others(&self) -> bool {
        self.0.iter().any(|name| !name.starts_with(OF_AWS))
    }

    /// One that may make resources and conditions.
    pub(super) fn of_resources(&self) -> Option<String> {
        self.0.iter().find(|name| *name != LANGUAGE_EXTENSIONS).cloned()
    }
}

/// Whether a part of a template goes through a macro that is not AWS's own.
pub(super) fn calls_others(node: &Node) -> bool {
    let is_call = |(name, argument)| name == "Fn::Transform" && Macros::named(argument).of_others();
    function(node).is_some_and(is_call)
        || node.items().unwrap_or_default().iter().any(calls_others)
        || node.entries().unwrap_or_default().iter().any(|entry| calls_others(&entry.value))
}

/// The first function that makes names, anywhere below a node.
pub(super) fn maker_in(node: &Node) -> Option<String> {
    match &node.content {
        Content::Scalar { .. } => None,
        Content::Sequence { items, .. } => items.iter().find_map(maker_in),
        Content::Mapping { entries, .. } => entries.iter().find_map(|entry| {
            let makes = entry.key == "Fn::Transform" || entry.key.starts_with("Fn::ForEach::");
            if makes { Some(entry.key.clone()) } else { maker_in(&entry.value) }
        }),
    }
    .or_else(|| (node.tag.as_deref() == Some("Fn::Transform")).then(|| "Fn::Transform".to_owned()))
}
