//! Values with references in them: `${network.VpcId}`, `${deployment.id}`, `$${` (`docs/reference/manifest.md`).

use std::fmt;

use crate::ids::StackName;
use crate::manifest::{Environment, Manifest};

/// A manifest value, split into literal text and references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The pieces in order; two literals never stand side by side.
    pub pieces: Vec<Piece>,
}

/// One piece of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands, `$${` already turned into `${`.
    Literal(String),
    /// `${…}`.
    Reference(Reference),
}

/// What a `${…}` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `${deployment.…}`
    Deployment(DeploymentField),
    /// `${environment.…}`
    Environment(EnvironmentField),
    /// `${stack.Output}`: implies that the stack goes first.
    Output {
        /// The stack that has the output.
        stack: StackName,
        /// The output's name in that stack's template.
        output: String,
    },
}

/// What `${deployment.…}` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentField {
    /// The deployment's id.
    Id,
    /// The organization.
    Organization,
    /// The project.
    Project,
    /// The domain.
    Domain,
}

/// What `${environment.…}` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvironmentField {
    /// The environment's name.
    Name,
    /// Its region.
    Region,
    /// Its account.
    Account,
}

const DEPLOYMENT_FIELDS: [(&str, DeploymentField); 4] = [
    ("id", DeploymentField::Id),
    ("organization", DeploymentField::Organization),
    ("project", DeploymentField::Project),
    ("domain", DeploymentField::Domain),
];

const ENVIRONMENT_FIELDS: [(&str, EnvironmentField); 3] = [
    ("name", EnvironmentField::Name),
    ("region", EnvironmentField::Region),
    ("account", EnvironmentField::Account),
];

/// Why a value is not well formed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// `${` without `}`.
    #[error("'${{' has no closing '}}'")]
    Unclosed,
    /// Not of the form `name.name`.
    #[error("'${{{0}}}' is not of the form ${{stack.Output}}")]
    Form(String),
    /// `${deployment.x}` or `${environment.x}` with an unknown x.
    #[error("'${{{0}}}' is not known: use one of {1}")]
    Field(String, String),
}

impl Value {
    /// Splits a manifest value.
    ///
    /// # Errors
    /// Where a `${` is not closed or names nothing that can be referred to.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if rest[..start].ends_with('$') {
                literal.push_str(&rest[..start - 1]);
                literal.push_str("${");
                rest = &rest[start + 2..];
                continue;
            }
            literal.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let end = inner.find('}').ok_or(ReferenceError::Unclosed)?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Reference(Reference::parse(&inner[..end])?));
            rest = &inner[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// The outputs of other stacks that this value needs.
    pub fn outputs(&self) -> impl Iterator<Item = (&StackName, &str)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Reference(Reference::Output { stack, output }) => Some((stack, output.as_str())),
            _ => None,
        })
    }

    /// The value, where it needs no output of another stack.
    pub fn constant(&self, manifest: &Manifest, environment: &Environment) -> Option<String> {
        self.resolve(|reference| reference.constant(manifest, environment)).ok()
    }

    /// The value with every reference replaced by what `lookup` gives for it.
    ///
    /// # Errors
    /// The first reference that `lookup` has nothing for.
    pub fn resolve(&self, mut lookup: impl FnMut(&Reference) -> Option<String>) -> Result<String, Reference> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Reference(reference) => {
                    text.push_str(&lookup(reference).ok_or_else(|| reference.clone())?);
                }
            }
        }
        Ok(text)
    }
}

impl Reference {
    /// What the manifest itself says in its place; `None` for another stack's output.
    pub fn constant(&self, manifest: &Manifest, environment: &Environment) -> Option<String> {
        Some(match self {
            Self::Deployment(field) => match field {
                DeploymentField::Id => manifest.deployment_id.to_string(),
                DeploymentField::Organization => manifest.organization.to_string(),
                DeploymentField::Project => manifest.project.to_string(),
                DeploymentField::Domain => manifest.domain.clone(),
            },
            Self::Environment(field) => match field {
                EnvironmentField::Name => environment.name.to_string(),
                EnvironmentField::Region => environment.region.to_string(),
                EnvironmentField::Account => environment.account.to_string(),
            },
            Self::Output { .. } => return None,
        })
    }

    fn parse(inner: &str) -> Result<Self, ReferenceError> {
        let form = || ReferenceError::Form(inner.to_owned());
        let (head, tail) = inner.split_once('.').ok_or_else(form)?;
        match head {
            "deployment" => field(inner, tail, "deployment", &DEPLOYMENT_FIELDS).map(Self::Deployment),
            "environment" => field(inner, tail, "environment", &ENVIRONMENT_FIELDS).map(Self::Environment),
            _ => {
                let stack = head.parse().map_err(|_| form())?;
                let is_output = !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_alphanumeric());
                if is_output { Ok(Self::Output { stack, output: tail.to_owned() }) } else { Err(form()) }
            }
        }
    }
}

fn field<T: Copy>(inner: &str, tail: &str, head: &str, table: &[(&str, T)]) -> Result<T, ReferenceError> {
    table.iter().find(|(name, _)| *name == tail).map(|(_, field)| *field).ok_or_else(|| {
        let known: Vec<String> = table.iter().map(|(name, _)| format!("${{{head}.{name}}}")).collect();
        ReferenceError::Field(inner.to_owned(), known.join(", "))
    })
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployment(wanted) => write_field(f, "deployment", *wanted, &DEPLOYMENT_FIELDS),
            Self::Environment(wanted) => write_field(f, "environment", *wanted, &ENVIRONMENT_FIELDS),
            Self::Output { stack, output } => write!(f, "${{{stack}.{output}}}"),
        }
    }
}

fn write_field<T: PartialEq>(
    f: &mut fmt::Formatter<'_>,
    head: &str,
    wanted: T,
    table: &[(&str, T)],
) -> fmt::Result {
    let name = table.iter().find(|(_, field)| *field == wanted).map_or("", |(name, _)| name);
    write!(f, "${{{head}.{name}}}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resolve(text: &str) -> Result<String, String> {
        Value::parse(text)
            .map_err(|error| error.to_string())?
            .resolve(|reference| match reference {
                Reference::Output { output, .. } if output == "Missing" => None,
                other => Some(format!("<{other}>").replace(['$', '{', '}'], "")),
            })
            .map_err(|reference| reference.to_string())
    }

    #[test]
    fn references_stand_alone_inside_text_and_escaped() {
        for (text, expected) in [
            ("10.0.0.0/16", Ok("10.0.0.0/16")),
            ("", Ok("")),
            ("${network.VpcId}", Ok("<network.VpcId>")),
            ("a-${network.VpcId}-b${x.Y}", Ok("a-<network.VpcId>-b<x.Y>")),
            ("${deployment.organization}", Ok("<deployment.organization>")),
            ("${environment.region}", Ok("<environment.region>")),
            ("$${network.VpcId}", Ok("${network.VpcId}")),
            ("$5 and $x", Ok("$5 and $x")),
            ("$${a.B}${a.B}", Ok("${a.B}<a.B>")),
            ("${network.VpcId", Err("'${' has no closing '}'")),
            ("${network}", Err("'${network}' is not of the form ${stack.Output}")),
            ("${a b.C}", Err("'${a b.C}' is not of the form ${stack.Output}")),
            (
                "${environment.zone}",
                Err("'${environment.zone}' is not known: use one of ${environment.name}, \
                     ${environment.region}, ${environment.account}"),
            ),
            ("${a.Missing}", Err("${a.Missing}")),
        ] {
            assert_eq!(
                resolve(text).as_deref(),
                expected.map_err(str::to_owned).as_ref().copied(),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn text_without_references_is_its_own_value(text in "[^$]{0,40}") {
            prop_assert_eq!(resolve(&text).unwrap(), text);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[${}.a-zA ]{0,30}") {
            let _ = Value::parse(&text);
        }
    }
}
