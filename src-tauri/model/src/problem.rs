//! What is wrong with a manifest, a template or a state file, said so that a person can mend it.

use std::fmt;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::clean;

/// A place in a file that a person edits. Line and column count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// One problem: what is wrong, where, and what would be right (`docs/reference/manifest.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Problem {
    /// The file, relative to the deployment's folder, with `/` between its parts.
    pub file: String,
    /// Where in the file, if one place is to blame.
    pub at: Option<Position>,
    /// The key in dots, like `stacks.security.parameters.VpcId`; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.file.clone();
        if let Some(Position { line, column }) = self.at {
            text += &format!(":{line}:{column}");
        }
        if !self.key.is_empty() {
            text += &format!(": {}", self.key);
        }
        text += &format!(": {}", self.message);
        if !self.hint.is_empty() {
            text += &format!(" ({})", self.hint);
        }
        // A line, whatever the file says.
        f.write_str(&clean::line(&text))
    }
}
