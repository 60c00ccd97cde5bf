//! Two environments side by side, in words.

use std::io;

use serde_json::json;
use skydeck_engine::compare::ComparisonView;
use skydeck_model::clean;
use skydeck_model::compare::{Likeness, Relation, StackComparison, ValueDifference, Why};

use crate::args::{Common, Output};
use crate::say::{Shown, json_document, print};
use crate::table::{Cell, Table};

/// How the second environment stands against the first: a table, what differs below it, and the sum of it.
pub fn show(common: &Common, view: &ComparisonView, deployment: &str) -> io::Result<()> {
    let ComparisonView { asked_at, comparison, unanswered } = view;
    if common.output == Output::Json {
        return json_document(&json!({
            "deployment_id": deployment,
            "asked_at": asked_at,
            "from": comparison.from,
            "to": comparison.to,
            "summary": comparison.summary,
            "behind": comparison.behind,
            "stacks": comparison.stacks,
            "unanswered": unanswered,
        }));
    }
    let mut table = Table::new(&["Stack", "Against", "Template", "Differing"]);
    let mut details = String::new();
    for stack in &comparison.stacks {
        table.row([
            Cell::new(&stack.stack),
            Cell::new(stack.relation.as_str()),
            Cell::new(template(stack)),
            Cell::new(stack.parameters.len() + stack.tags.len()),
        ]);
        for value in stack.parameters.iter().chain(&stack.tags) {
            details.push_str(&format!("{}: {}\n", stack.stack, difference(value)));
        }
    }
    print(Shown::from(table).then(format!("{details}{}\n", comparison.summary)))
}

fn template(stack: &StackComparison) -> &'static str {
    match (stack.template, stack.relation) {
        (Likeness::Same, _) => "same",
        (Likeness::Differs, _) => "differs",
        (Likeness::NotKnown, Relation::NotKnown) => "not known",
        (Likeness::NotKnown, _) => "",
    }
}

fn difference(ValueDifference { name, from, to, why }: &ValueDifference) -> String {
    let shown = |value: &Option<String>| {
        value.as_ref().map_or("nothing".to_owned(), |it| format!("'{}'", clean::line(it)))
    };
    let why = match why {
        Why::Behind => "a deploy changes it".to_owned(),
        Why::Ahead => "as the files want it; a deploy of the first changes it there".to_owned(),
        Why::Wired { references } | Why::Setting { references } => format!("from {}", references.join(", ")),
        Why::Own => "the manifest gives each its own".to_owned(),
        Why::Output => "made by the stack itself".to_owned(),
    };
    format!("{name}: {} → {} ({why})", shown(from), shown(to))
}
