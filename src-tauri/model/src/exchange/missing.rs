//! An import of an export that nobody makes: where it stands, and which export may be meant.

use std::fmt;

use crate::ids::{StackKey, StackName};
use crate::manifest::Manifest;
use crate::problem::Position;
use crate::validate::Templates;

/// How alike two names have to be so that one may be meant by the other; 1: the same.
const ALIKE: f64 = 0.7;

/// An import of an export that is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingExport {
    /// The template.
    pub template: String,
    /// Where it imports that, like `Resources.Service.Properties.Vpc`.
    pub path: String,
    /// The same as a place in the file.
    pub at: Option<Position>,
    /// An export of the deployment that may be meant, with the stack that makes it.
    pub nearest: Option<(StackName, String)>,
}

/// The export that CloudFormation misses: 'No export named net-Vpc found. Rollback requested by user.'
pub fn name_in(reason: &str) -> Option<&str> {
    let (_, after) = reason.split_once("No export named ")?;
    after.split_once(" found").map(|(name, _)| name)
}

impl MissingExport {
    /// What the templates tell of an export for which a stack failed; `None`: the stack does not name it so that it is certain.
    pub fn of(manifest: &Manifest, templates: &Templates, key: &StackKey, export: &str) -> Option<Self> {
        let all = super::exchanges(manifest, templates, &key.environment);
        let (stack, _, exchange) = all.iter().find(|(stack, ..)| stack.name == key.stack)?;
        let import = exchange.imports.iter().find(|import| import.name == export)?;
        let template = stack.settings_in(&key.environment).template;
        let written = templates.get(&template)?.imports.iter().find(|written| written.at == import.at)?;
        let made = all.iter().flat_map(|(stack, _, exchange)| {
            exchange.exports.iter().map(move |made| (&stack.name, made.name.as_str()))
        });
        let alike = made.map(|made| (strsim::normalized_damerau_levenshtein(made.1, export), made));
        let nearest =
            alike.filter(|(alike, _)| (ALIKE..1.0).contains(alike)).max_by(|a, b| a.0.total_cmp(&b.0));
        Some(Self {
            path: written.path.clone(),
            at: import.at,
            nearest: nearest.map(|(_, (stack, name))| (stack.clone(), name.to_owned())),
            template,
        })
    }

    /// The resource in which it stands, if it does in one.
    pub fn resource(&self) -> Option<&str> {
        self.path.strip_prefix("Resources.")?.split('.').next()
    }

    /// Which export may be meant, in words.
    pub fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|(stack, name)| format!("{stack} exports {name}"))
    }
}

impl fmt::Display for MissingExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.at.map(|at| format!(", line {}", at.line)).unwrap_or_default();
        write!(f, "{}{line} ({})", self.template, self.path)?;
        self.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}
