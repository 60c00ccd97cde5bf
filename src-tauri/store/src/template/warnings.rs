//! What CloudFormation takes, but perhaps not as it is meant: keys that stand twice, and scalars without quotes of which
//! YAML 1.1 makes something else than is written.

use skydeck_literal::{Reading, read_plain};
use skydeck_model::Problem;
use skydeck_yaml::{Content, Entry, Mark, Node, Parsed};

use super::is_plain;
use crate::position::position;

/// What is told of one template at most.
const MOST: usize = 20;

/// What is worth knowing of a template. `is_secret` tells of which parameters nothing may be told.
pub(super) fn warnings(file: &str, parsed: &Parsed, is_secret: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut found = Warnings { file, all: Vec::new(), is_secret };
    for repeated in &parsed.repeated {
        let message = format!("the key '{}' stands twice, and CloudFormation takes the last", repeated.key);
        found.add(repeated.at, message, "remove one of the two");
    }
    for entry in parsed.root.entries().unwrap_or_default() {
        if !["Description", "Metadata", "AWSTemplateFormatVersion"].contains(&entry.key.as_str()) {
            found.section(entry);
        }
    }
    found.all.sort_by_key(|problem| problem.at.map(|at| (at.line, at.column)));
    found.all.truncate(MOST);
    found.all
}

struct Warnings<'a> {
    file: &'a str,
    all: Vec<Problem>,
    is_secret: &'a dyn Fn(&str) -> bool,
}

impl Warnings<'_> {
    fn add(&mut self, at: Mark, message: String, hint: &str) {
        let file = self.file.to_owned();
        self.all.push(Problem {
            file,
            at: Some(position(at)),
            key: String::new(),
            message,
            hint: hint.to_owned(),
        });
    }

    fn section(&mut self, section: &Entry) {
        // Properties of resources are often booleans, and then `yes` is meant.
        let booleans = section.key == "Resources";
        for entry in section.value.entries().unwrap_or_default() {
            if section.key != "Parameters" || !(self.is_secret)(&entry.key) {
                self.key(entry);
                self.node(&entry.value, booleans);
            }
        }
    }

    fn node(&mut self, node: &Node, booleans: bool) {
        match &node.content {
            Content::Scalar { text, .. } if is_plain(node) => self.scalar(node.at, text, booleans),
            Content::Scalar { .. } => {}
            Content::Sequence { items, .. } => items.iter().for_each(|item| self.node(item, booleans)),
            Content::Mapping { entries, .. } => {
                for entry in entries {
                    self.key(entry);
                    // Whether a flag is yes or true is one.
                    self.node(&entry.value, booleans || entry.key == "NoEcho");
                }
            }
        }
    }

    fn key(&mut self, entry: &Entry) {
        if !entry.is_quoted {
            self.scalar(entry.key_at, &entry.key, false);
        }
    }

    fn scalar(&mut self, at: Mark, text: &str, booleans: bool) {
        let (message, hint) = match read_plain(text) {
            Reading::AsWritten => return,
            Reading::Becomes(read) if ["true", "false"].contains(&read.as_str()) => {
                if booleans || read.eq_ignore_ascii_case(text) {
                    return;
                }
                (format!("{text} without quotes is read as {read} (YAML 1.1)"), format!("'{text}' or {read}"))
            }
            Reading::Becomes(read) => (
                format!("{text} without quotes is read as the number {read} (YAML 1.1)"),
                format!("'{text}' or {read}"),
            ),
            Reading::MayBecome(read) => (
                format!("{text} without quotes may be read as the number {read} (YAML 1.1)"),
                format!("'{text}' or {read}"),
            ),
        };
        self.add(at, message, &format!("write {hint}"));
    }
}
