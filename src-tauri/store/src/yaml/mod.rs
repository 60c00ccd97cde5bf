//! YAML as this crate needs it: text to a tree that knows its places, values to text, and edits of a text
//! that leave everything else in it as it stands. The only module that names the YAML library.
//!
//! Scalars are taken as their text: `NO`, `1E5` and `012345678901` stay what the user wrote.

mod edit;
mod node;
mod parse;
mod scalar;

pub(crate) use edit::{Edit, LayoutError, set};
pub(crate) use node::{Content, Entry, Node, Style, Value};
#[cfg(test)]
pub(crate) use parse::PARSES;
pub(crate) use parse::{Parsed, Repeated, SyntaxError, parse, parse_template};
pub(crate) use scalar::write;
