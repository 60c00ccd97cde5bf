//! Exports that an update would change or remove while other stacks import them. CloudFormation makes the change set all the
//! same, and refuses the update only when it comes to the outputs.

use std::fmt;

use skydeck_cloudformation::{CloudError, StackSnapshot, StackSpec};
use skydeck_model::change::{Replacement, ResourceChange};
use skydeck_model::exchange;
use skydeck_model::template::MASK;
use skydeck_store::output_value;

use crate::operation::Place;
use crate::spec::Wish;

/// An export that others import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The export.
    pub(crate) export: String,
    /// The stacks that import it, by their names.
    pub(crate) by: Vec<String>,
    /// What changes it.
    change: Change,
    /// Whether that is certain.
    pub(crate) is_certain: bool,
}

/// What changes an export.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// Its value is another, for a reason.
    Value(String),
    /// The template does not make it any more.
    Gone,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { export, by, change, is_certain } = self;
        let by = by.join(", ");
        match (change, is_certain) {
            (Change::Gone, _) => write!(
                f,
                "the template no longer makes the export {export}: CloudFormation refuses that while it is imported by \
                 {by}; keep it until nobody imports it"
            ),
            (Change::Value(cause), true) => write!(
                f,
                "{cause}, which changes the export {export}: CloudFormation refuses that while it is imported by {by}; \
                 keep it as it is and export the new value by another name until nobody imports it"
            ),
            (Change::Value(cause), false) => write!(
                f,
                "{cause}, which may change the export {export}: CloudFormation refuses that while it is imported by {by}"
            ),
        }
    }
}

/// The exports of a stack that an update changes, or may change, and that somebody imports.
///
/// # Errors
/// Where CloudFormation does not answer. Where one may not ask who imports, it has the last word.
pub(crate) async fn held(
    place: &Place,
    wish: &Wish<'_>,
    now: &StackSnapshot,
    spec: &StackSpec,
    changes: &[ResourceChange],
) -> Result<Vec<Held>, CloudError> {
    if now.exports.is_empty() {
        return Ok(Vec::new());
    }
    let connection = &place.connection;
    let deployed = connection.template(&now.id).await.unwrap_or_default();
    let exported = exchange::exported(&place.environment, &now.name, &spec.parameters, &wish.body.interface);
    let mut held = Vec::new();
    for (output, export) in &now.exports {
        let is_gone = exported.as_ref().is_some_and(|exported| !exported.contains(export));
        let value = || changed(output, &deployed, now, spec, changes);
        let change = if is_gone {
            Some((Change::Gone, true))
        } else {
            value().map(|(cause, is_certain)| (Change::Value(cause), is_certain))
        };
        let Some((change, is_certain)) = change else { continue };
        match connection.importers(export).await {
            Ok(by) if by.is_empty() => {}
            Ok(by) => held.push(Held { export: export.clone(), by, change, is_certain }),
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                tracing::info!(%error, "who imports cannot be told");
                break;
            }
        }
    }
    Ok(held)
}

/// What changes the value of an output, and whether that is certain.
fn changed(
    output: &str,
    deployed: &str,
    now: &StackSnapshot,
    spec: &StackSpec,
    changes: &[ResourceChange],
) -> Option<(String, bool)> {
    let new = output_value(&spec.template, output)?;
    let replaced = changes.iter().filter(|change| new.names.contains(&change.logical_id));
    if let Some(change) = replaced.max_by_key(|change| change.replacement)
        && change.replacement != Replacement::No
    {
        let is_certain = change.replacement == Replacement::Yes;
        let is = if is_certain { "is" } else { "may be" };
        return Some((format!("{} {is} replaced", change.logical_id), is_certain));
    }
    let given = |name: &String| {
        let (before, after) = (now.parameters.get(name)?, spec.parameters.get(name)?);
        // What hides a secret tells nothing.
        (before != after && before != MASK).then(|| name.clone())
    };
    if let Some(parameter) = new.names.iter().find_map(given) {
        return Some((format!("the parameter {parameter} changes"), true));
    }
    let old = output_value(deployed, output)?;
    (old.meaning != new.meaning).then(|| {
        (format!("the template gives the output {output} another value"), old.is_text && new.is_text)
    })
}
