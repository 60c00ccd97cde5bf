//! A review in a terminal, and as JSON (`docs/reference/json.md`).

use std::fmt::Write;

use serde_json::{Value, json};
use skydeck_engine::view::{FormerView, ReviewView};
use skydeck_model::change::{ChangeAction, Danger, PropertyChange, Replacement, ResourceChange, holds_data};
use skydeck_model::clean;
use skydeck_model::identity::Renamed;
use skydeck_model::recovery::Step;
use skydeck_model::review::{
    Finding, Obstacle, ParameterReview, ParameterSource, ParameterState, ReviewAction, StackReview,
};
use skydeck_model::uses::Use;
use skydeck_model::{StackKey, StackName};

use crate::duration::roughly;

/// The whole plan, stack by stack in the order in which they can run.
pub fn text(view: &ReviewView, verbose: bool) -> String {
    let mut text = String::new();
    let several = view.plan.environments.len() > 1;
    for (number, layer) in view.plan.layers.iter().enumerate() {
        for planned in layer {
            let Some(stack) = view.stacks.iter().find(|stack| stack.key == planned.key) else { continue };
            let name = if several { stack.key.to_string() } else { stack.key.stack.to_string() };
            let line = format!("{:>2}  {name:<24} {:<10} {}", number + 1, word(stack.action), summary(stack));
            text.push_str(line.trim_end());
            text.push('\n');
            if let Some(former) = &planned.former {
                let _ = writeln!(text, "        {former}");
            }
            details(&mut text, stack, verbose);
        }
    }
    for place in &view.plan.environments {
        for Use { used_as, value, foreign_account } in &place.uses {
            let foreign =
                foreign_account.as_ref().map(|account| format!("  (!) belongs to account {account}"));
            let (name, what) = (&place.name, used_as.words());
            let _ = writeln!(text, "{name} uses {what}: {value}{}", foreign.unwrap_or_default());
        }
    }
    for Renamed { said, effect } in &view.plan.renamed {
        let _ = writeln!(text, "note: {said} {effect}");
    }
    for left in &view.plan.leaves {
        let _ = writeln!(text, "note: {}", former(left));
    }
    for session in view.sessions.iter().filter_map(|session| session.warning.as_ref().map(|it| (session, it)))
    {
        let _ = writeln!(text, "warning: {}: {}", session.0.environment, session.1);
    }
    if view.danger == Danger::LosesData {
        text.push_str("warning: resources that hold data are replaced or removed (marked with !)\n");
    }
    text
}

/// What is deployed and not in the manifest any more, with what to do.
pub fn former(former: &FormerView) -> String {
    let how = former.command.as_ref().map(|command| format!("to destroy it: {command}"));
    match how.or_else(|| former.hint.clone()) {
        Some(how) => format!("{}; {how}", former.text),
        None => former.text.clone(),
    }
}

/// What would happen to one stack.
pub fn details(text: &mut String, stack: &StackReview, verbose: bool) {
    // What can cost something comes first.
    let mut changes: Vec<&ResourceChange> = stack.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.danger));
    for change in changes {
        let mark = if change.danger == Danger::LosesData { '!' } else { ' ' };
        let line = format!(
            "      {mark}{} {:<28} {:<32} {}",
            sign(change.action),
            change.logical_id,
            change.resource_type,
            fate(change)
        );
        let _ = writeln!(text, "{}", line.trim_end());
        for property in &change.properties {
            let _ = writeln!(text, "            {}", difference(property));
        }
    }
    for parameter in stack.parameters.iter().filter(|it| verbose || is_telling(it)) {
        let _ = writeln!(text, "        {}", parameter_line(parameter));
    }
    if !stack.by_change_set && !stack.changes.is_empty() && !stack.known_after().is_empty() {
        let after = names(stack.known_after().into_iter());
        let _ =
            writeln!(text, "        read from the template; CloudFormation is asked when {after} is done");
    }
    for obstacle in &stack.obstacles {
        let _ = writeln!(text, "       !{}", in_words(obstacle));
    }
    for finding in &stack.findings {
        let kind = if finding.refuses { "refused" } else { "warning" };
        let _ = writeln!(text, "       !{kind}: {finding}");
    }
    for remark in &stack.remarks {
        let _ = writeln!(text, "        {remark}");
    }
    for Step { what, command, .. } in &stack.first {
        let _ = writeln!(text, "        {what}: {command}");
    }
}

/// All of it in one line, with how long it usually takes where that is known.
pub fn verdict(view: &ReviewView) -> String {
    let mut parts = vec![match view.changing {
        0 => "Nothing would change".to_owned(),
        1 => "1 stack would change".to_owned(),
        count => format!("{count} stacks would change"),
    }];
    if view.may_change > 0 {
        parts.push(format!("{} may, by what comes before", view.may_change));
    }
    if view.blocked > 0 {
        parts.push(format!("{} blocked", view.blocked));
    }
    let mut verdict = format!("{}.", parts.join(", "));
    if let Some(seconds) = view.usually_seconds.filter(|_| view.changing > 0) {
        let _ = write!(verdict, " It usually takes {}.", roughly(seconds));
    }
    verdict
}

fn word(action: ReviewAction) -> &'static str {
    match action {
        ReviewAction::Create => "create",
        ReviewAction::Update => "update",
        ReviewAction::Unchanged => "unchanged",
        ReviewAction::Recreate => "recreate",
        ReviewAction::Delete => "delete",
        ReviewAction::Blocked => "blocked",
    }
}

fn summary(stack: &StackReview) -> String {
    match (stack.action, stack.changes.len()) {
        (ReviewAction::Unchanged | ReviewAction::Blocked, _) | (_, 0) => String::new(),
        (_, 1) => "1 resource".to_owned(),
        (_, count) => format!("{count} resources"),
    }
}

fn sign(action: ChangeAction) -> char {
    match action {
        ChangeAction::Add | ChangeAction::Import => '+',
        ChangeAction::Modify => '~',
        ChangeAction::Remove => '-',
        ChangeAction::Dynamic => '?',
    }
}

fn fate(change: &ResourceChange) -> String {
    let mut words = Vec::new();
    match change.replacement {
        Replacement::Yes => words.push("replaced"),
        Replacement::Conditional => words.push("perhaps replaced"),
        Replacement::No => {}
    }
    if change.action == ChangeAction::Remove || change.replacement > Replacement::No {
        words.extend(match (change.kept, change.snapshot, change.action) {
            (true, true, _) => Some("deleted after a snapshot"),
            (true, false, ChangeAction::Remove) => Some("retained"),
            (true, false, _) => Some("the old one is retained"),
            (false, ..) => holds_data(&change.resource_type).then_some("holds data"),
        });
    }
    words.join(", ")
}

fn difference(property: &PropertyChange) -> String {
    let value = |value: &Option<String>| {
        value.as_ref().map_or_else(|| "?".to_owned(), |it| format!("'{}'", clean::line(it)))
    };
    let mut line = match (&property.before, &property.after) {
        (None, None) => property.path.clone(),
        (before, after) => format!("{}: {} → {}", property.path, value(before), value(after)),
    };
    if property.replacement == Replacement::Yes {
        line.push_str(" (needs a new resource)");
    }
    if let Some(cause) = &property.cause {
        let _ = write!(line, " (from {cause})");
    }
    line
}

/// A parameter that comes from elsewhere or is not what it was.
fn is_telling(parameter: &ParameterReview) -> bool {
    parameter.state != ParameterState::Known || matches!(parameter.source, ParameterSource::Outputs { .. })
}

fn parameter_line(parameter: &ParameterReview) -> String {
    let line = |value: &Option<String>| value.as_deref().map_or_else(|| "?".to_owned(), clean::line);
    let (value, before) = (line(&parameter.value), line(&parameter.before));
    let state = match &parameter.state {
        ParameterState::Known => format!("'{value}'"),
        ParameterState::Changes => format!("'{before}' → '{value}'"),
        ParameterState::MayChange { after } => {
            format!("'{value}' now, may change with {}", names(after.iter()))
        }
        ParameterState::KnownAfter { after } => format!("known after {}", names(after.iter())),
    };
    let source = match &parameter.source {
        ParameterSource::Literal => "manifest".to_owned(),
        ParameterSource::Default => "default".to_owned(),
        ParameterSource::Setting { references } | ParameterSource::Outputs { references } => {
            references.join(", ")
        }
    };
    format!("{} = {state} ({source})", parameter.name)
}

fn names<'a>(stacks: impl Iterator<Item = &'a StackName>) -> String {
    stacks.map(StackName::as_str).collect::<Vec<_>>().join(", ")
}

fn in_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Protected => {
            "termination protection is on: CloudFormation will refuse to delete it".to_owned()
        }
        Obstacle::Imported { export, by } => {
            let which = if by.len() == 1 { "which is" } else { "which are" };
            format!("its export {export} is imported by {}, {which} not destroyed with it", by.join(", "))
        }
        Obstacle::NotEmpty { logical_id, bucket } => {
            format!(
                "{logical_id}: the bucket {bucket} is not empty, and CloudFormation deletes only empty ones"
            )
        }
    }
}

/// The document for `plan` (`docs/reference/json.md`).
pub fn json(view: &ReviewView, deployment: &str) -> Value {
    let layer = |layer: &Vec<skydeck_engine::view::PlannedStack>| {
        layer.iter().map(|stack| label(view, &stack.key)).collect::<Vec<_>>()
    };
    let environments: Vec<_> = view.plan.environments.iter().map(|place| place.name.to_string()).collect();
    json!({
        "deployment_id": deployment,
        "environment": environments.join(","),
        "environments": view.plan.environments,
        "layers": view.plan.layers.iter().map(layer).collect::<Vec<_>>(),
        "stacks": view.stacks.iter().map(|stack| json!({
            "stack": stack.key.stack,
            "environment": stack.key.environment,
            "in_manifest": !is_former(view, &stack.key),
            "action": stack.action,
            "changes": stack.changes,
            "danger": stack.danger,
            "by_change_set": stack.by_change_set,
            "parameters": stack.parameters,
            "obstacles": stack.obstacles.iter().map(in_words).collect::<Vec<_>>(),
            "findings": stack.findings.iter().map(finding).collect::<Vec<_>>(),
            "reason": reason(stack),
            "first": stack.first,
        })).collect::<Vec<_>>(),
        "not_in_manifest": view.plan.leaves,
        "renamed": view.plan.renamed,
    })
}

fn is_former(view: &ReviewView, key: &StackKey) -> bool {
    view.plan.layers.iter().flatten().any(|planned| planned.key == *key && planned.former.is_some())
}

/// Why it is blocked, or what else is to be known.
fn reason(stack: &StackReview) -> Option<String> {
    let refusing = stack.findings.iter().filter(|finding| finding.refuses).map(ToString::to_string);
    let reasons: Vec<String> = refusing.chain(stack.remarks.iter().cloned()).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn finding(Finding { refuses, name, path, reason, line }: &Finding) -> Value {
    json!({
        "mode": if *refuses { "FAIL" } else { "WARN" },
        "name": name,
        "path": path,
        "reason": reason,
        "file": line.as_ref().map(|(file, _)| file),
        "line": line.as_ref().map(|(_, line)| line),
    })
}

fn label(view: &ReviewView, key: &StackKey) -> String {
    if view.plan.environments.len() > 1 { key.to_string() } else { key.stack.to_string() }
}
