//! How CloudFormation reads what a template writes literally: YAML's plain scalars, `NoEcho`, `AllowedPattern`, the short
//! forms of functions.
//!
//! A leaf, so that the rooms that read templates (`store`, and `sandbox`, which knows no other room) follow one rule.

mod flag;
mod function;
mod json;
mod pattern;
mod scalar;

pub use flag::hides;
pub use function::long_name;
pub use json::is_json;
pub use pattern::Pattern;
pub use scalar::{Reading, read_plain};
