//! What a look at CloudFormation found, in words.

use chrono::{DateTime, Utc};
use skydeck_model::StackName;
use skydeck_model::clean;
use skydeck_model::look::{Divergence, Drift, Mended, PropertyDrift, ResourceDrift, StackDrift};

/// A status that was mended.
pub fn mended(mended: &Mended) -> String {
    let Mended { key, from, to, why } = mended;
    if from == to { format!("{key}: {from}: {why}") } else { format!("{key}: {from} → {to}: {why}") }
}

/// A stack that was compared with its template.
pub fn drift(StackDrift { key, drift }: &StackDrift) -> String {
    let mut text = format!("{key}: {}", drift.status);
    if !drift.resources.is_empty() {
        let names: Vec<&str> = drift.resources.iter().map(|resource| resource.logical_id.as_str()).collect();
        text.push_str(&format!(": {}", names.join(", ")));
    }
    if let Some(reason) = &drift.reason {
        text.push_str(&format!(" — {reason}"));
    }
    text
}

/// What differs on a stack, property by property, and why it could not be compared whole.
pub fn differences(stack: &StackName, drift: &Drift) -> String {
    let mut text = String::new();
    if let Some(reason) = &drift.reason {
        text.push_str(&format!("{stack}: {reason}\n"));
    }
    for ResourceDrift { logical_id, physical_id, resource_type, divergence } in &drift.resources {
        let physical = physical_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        let (word, properties) = match divergence {
            Divergence::Deleted => ("deleted", [].as_slice()),
            Divergence::Modified { differences } => ("modified", differences.as_slice()),
        };
        text.push_str(&format!("{stack}: {logical_id} ({resource_type}){physical} {word}\n"));
        for PropertyDrift { path, expected, actual, .. } in properties {
            text.push_str(&format!("    {path}: {} → {}\n", value(expected), value(actual)));
        }
    }
    text
}

fn value(value: &Option<String>) -> String {
    value.as_ref().map_or_else(|| "nothing".to_owned(), |value| format!("'{}'", clean::line(value)))
}

/// How long ago a time of the files was, in its largest unit; the text itself where it is no time.
pub fn ago(at: &str, now: DateTime<Utc>) -> String {
    const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let Ok(then) = at.parse::<DateTime<Utc>>() else {
        return at.to_owned();
    };
    // Clocks differ: what is told by another machine may be of the future.
    let seconds = (now - then).num_seconds().max(0);
    let unit = UNITS.iter().find(|(_, length)| seconds >= *length);
    unit.map_or_else(|| "0 s ago".to_owned(), |(unit, length)| format!("{} {unit} ago", seconds / length))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let now = "2026-01-10T12:00:00Z".parse().unwrap();
        for (at, told) in [
            ("2026-01-10T11:59:48.000000Z", "12 s ago"),
            ("2026-01-10T11:00:01Z", "59 min ago"),
            ("2026-01-10T11:00:00Z", "1 h ago"),
            ("2025-12-31T12:00:00Z", "10 d ago"),
            ("2026-01-10T12:00:05Z", "0 s ago"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(ago(at, now), told);
        }
    }
}
