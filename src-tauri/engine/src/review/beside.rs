//! What an update changes where its change set names no resource.

use std::collections::BTreeMap;

use skydeck_cloudformation::{StackSnapshot, StackSpec};
use skydeck_store::OutputChanges;

/// In words; `deployed`: the template that the stack has, where it can be had.
pub(super) fn remark(now: &StackSnapshot, spec: &StackSpec, deployed: Option<&str>) -> String {
    let outputs = deployed.and_then(|text| OutputChanges::between(text, &spec.template)).unwrap_or_default();
    let tag = |name: &String, other: &BTreeMap<String, String>| !other.contains_key(name);
    let changed_tags =
        spec.tags.iter().filter(|(name, value)| now.tags.get(*name).is_some_and(|it| it != *value));
    let mut changes = Vec::new();
    for (what, fate, names) in [
        ("output", "added", outputs.added),
        ("output", "changed", outputs.changed),
        ("output", "removed", outputs.removed),
        ("tag", "added", spec.tags.keys().filter(|name| tag(name, &now.tags)).cloned().collect()),
        ("tag", "changed", changed_tags.map(|(name, _)| name.clone()).collect()),
        ("tag", "removed", now.tags.keys().filter(|name| tag(name, &spec.tags)).cloned().collect()),
    ] {
        changes.extend(names.into_iter().map(|name| format!("{what} {name} is {fate}")));
    }
    if now.notification_arns != spec.notification_arns {
        changes.push("the topics that are notified change".to_owned());
    }
    if changes.is_empty() {
        return "no resource changes, only something else in its template or settings".to_owned();
    }
    format!("no resource changes: {}", changes.join(", "))
}
