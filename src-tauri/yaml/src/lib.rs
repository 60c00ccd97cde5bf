//! YAML for the rooms that read files which people edit: text to a tree that knows its places, values to text, and edits
//! of a text that leave everything else in it as it stands. A leaf, so that the rooms that read templates (`store`, and
//! `sandbox`) follow one rule. The only crate that names the parser.
//!
//! Scalars are taken as their text: `NO`, `1E5` and `012345678901` stay what the user wrote.

mod edit;
mod node;
mod parse;
mod scalar;

pub use edit::{Edit, LayoutError, set};
pub use node::{Content, Entry, Mark, Node, Style, Value};
pub use parse::{Anchors, Fault, MAX_DEPTH, Parsed, Repeated, SyntaxError, parse, parse_template, parses};
pub use scalar::write;
