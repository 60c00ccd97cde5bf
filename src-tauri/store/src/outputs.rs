//! How two versions of a CloudFormation template differ in their outputs.

use skydeck_yaml::{Entry, Node};

use crate::template;

/// The outputs that are not the same in both versions, by name, in the order of the templates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputChanges {
    /// Only the later version has them.
    pub added: Vec<String>,
    /// Both have them, and not alike: value, export, description or condition.
    pub changed: Vec<String>,
    /// Only the earlier version has them.
    pub removed: Vec<String>,
}

impl OutputChanges {
    /// What lies between two texts; `None` where one of them does not parse.
    pub fn between(before: &str, after: &str) -> Option<Self> {
        let (before, after) = (template::parse("", before).ok()?.root, template::parse("", after).ok()?.root);
        let (before, after) = (outputs(&before), outputs(&after));
        let find = |all: &[Entry], name: &str| all.iter().position(|entry| entry.key == name);
        let mut changes = Self::default();
        for entry in after {
            match find(before, &entry.key) {
                None => changes.added.push(entry.key.clone()),
                Some(place) if !before[place].value.same_as(&entry.value) => {
                    changes.changed.push(entry.key.clone());
                }
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|entry| find(after, &entry.key).is_none());
        changes.removed = gone.map(|entry| entry.key.clone()).collect();
        Some(changes)
    }
}

fn outputs(template: &Node) -> &[Entry] {
    template.get("Outputs").and_then(Node::entries).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_compared_by_what_they_say_and_not_by_how_it_is_written() {
        let before =
            "Outputs: {A: {Value: a}, B: {Value: !Ref R}, C: {Value: c}, D: {Value: d, Export: {Name: n}}}";
        let after = "Outputs:\n  E: {Value: e}\n  A:\n    Value: 'a'\n  B: {Value: !GetAtt R}\n  D: {Value: d, Export: {Name: m}}\n";
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            OutputChanges::between(before, after).unwrap(),
            OutputChanges { added: names(&["E"]), changed: names(&["B", "D"]), removed: names(&["C"]) }
        );
        assert_eq!(OutputChanges::between(before, before), Some(OutputChanges::default()));
        assert_eq!(OutputChanges::between("{", before), None);
    }
}
