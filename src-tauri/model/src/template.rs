//! What Skydeck must know of a CloudFormation template to check and wire it: its parameters and outputs.

use std::collections::BTreeMap;

/// A CloudFormation template's interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateInterface {
    /// `Description`; empty where there is none.
    pub description: String,
    /// `Parameters`, by logical name.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// How many resources it has.
    pub resources: u32,
    /// The names under `Outputs`.
    pub outputs: Vec<String>,
}

/// One entry of a template's `Parameters`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateParameter {
    /// Its `Default`, as text.
    pub default: Option<String>,
    /// Whether its value must never be shown (`NoEcho: true`).
    pub no_echo: bool,
}

impl TemplateInterface {
    /// Whether the parameter's value must never be written, logged or shown.
    pub fn is_no_echo(&self, parameter: &str) -> bool {
        self.parameters.get(parameter).is_some_and(|p| p.no_echo)
    }
}
