//! A status file: a YAML map with keys that must be there. One that lacks them is corrupt, not empty.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skydeck_model::manifest::VERSION;
use skydeck_yaml::{Edit, LayoutError, Node, SyntaxError};

use crate::atomic::read_text;
use crate::error::StoreError;

/// The keys by which a file may say which version it has: `version` in the manifest; in status files, whatever a later
/// version will take.
const VERSION_KEYS: [&str; 3] = ["version", "schema", "schema_version"];

/// The version that a file says it has, where that is newer than this program knows.
pub(crate) fn newer(root: &Node) -> Option<String> {
    let number = |word: &str| word.split('.').next().and_then(|whole| whole.parse::<u64>().ok());
    let mut words = VERSION_KEYS.iter().filter_map(|key| root.get(key)?.text());
    words.find(|word| number(word) > number(VERSION)).map(str::to_owned)
}

/// A status file, read and found whole.
#[derive(Debug)]
pub(crate) struct Document {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub root: Node,
}

impl Document {
    /// Reads a file that must be a map with these keys.
    pub fn read(path: &Path, required: &[&str]) -> Result<Self, StoreError> {
        let text = read_text(path)?;
        Self::parse(path, text.into(), required)
    }

    /// As [`Self::read`], for a file that has this text.
    pub fn parse(path: &Path, text: Arc<str>, required: &[&str]) -> Result<Self, StoreError> {
        let root = skydeck_yaml::parse(&text).map_err(|error| syntax(path, &error))?;
        let document = Self { path: path.to_owned(), text, root };
        if document.root.is_null() {
            return Err(document.corrupt("it is empty"));
        }
        if document.root.entries().is_none() {
            return Err(
                document.corrupt(format!("it holds {}, not keys with values", document.root.describe()))
            );
        }
        for key in required {
            if document.root.get(key).is_none_or(Node::is_null) {
                return Err(document.corrupt(format!("it lacks '{key}'")));
            }
        }
        Ok(document)
    }

    /// A text that must be there.
    pub fn required_text(&self, mapping: &Node, key: &str, place: &str) -> Result<String, StoreError> {
        self.optional_text(mapping, key, place)?
            .ok_or_else(|| self.corrupt(format!("it lacks '{place}{key}'")))
    }

    /// A text that may be absent or null. `place` is the dotted path of the mapping, with a dot at its end.
    pub fn optional_text(
        &self,
        mapping: &Node,
        key: &str,
        place: &str,
    ) -> Result<Option<String>, StoreError> {
        match mapping.get(key) {
            None => Ok(None),
            Some(node) if node.is_null() => Ok(None),
            Some(node) => node.text().map(|text| Some(text.to_owned())).ok_or_else(|| {
                let line = node.at.line;
                self.corrupt(format!("line {line}: '{place}{key}' is {} and not a text", node.describe()))
            }),
        }
    }

    /// That the file is not what it must be.
    pub fn corrupt(&self, reason: impl Into<String>) -> StoreError {
        StoreError::unreadable(&self.path, reason)
    }

    /// The file with these values set, everything else as it stands. Nothing is written.
    pub fn edited(&self, edits: &[Edit<'_>]) -> Result<Self, StoreError> {
        let (text, root) = skydeck_yaml::set(&self.text, &self.root, edits).map_err(|LayoutError(key)| {
            self.corrupt(format!(
                "'{key}' cannot be changed in it without touching something else; write it as plain 'key: value' lines"
            ))
        })?;
        Ok(Self { path: self.path.clone(), text: text.into(), root })
    }
}

fn syntax(path: &Path, SyntaxError { at, fault }: &SyntaxError) -> StoreError {
    StoreError::unreadable(path, format!("line {}, column {}: {fault}", at.line, at.column))
}
