//! Results on standard output: tables, or one JSON document (`docs/reference/command.md` and `json.md`).

use std::io;

use chrono::Utc;
use serde_json::{Value, json};
use skydeck_engine::view::{
    self, Cancelling, DeploymentDetail, DeploymentRow, DriftView, EnvironmentView, FormerView, OperationLog,
    OperationSummary, PlanView, RecoveryCard, Refreshed, ReviewView, StackView,
};
use skydeck_model::clean;
use skydeck_model::cloudformation::WayOut;
use skydeck_model::event::{OperationView, StackRun};
use skydeck_model::identity::Renamed;
use skydeck_model::look::StackDrift;
use skydeck_model::operation::Direction;
use skydeck_model::recovery::{self, Step};
use skydeck_model::shell::Line;
use skydeck_model::{EnvironmentName, Problem, Target};

use crate::args::{Common, Output};
use crate::look_text;
use crate::plan_text;
use crate::progress;
use crate::say::{Shown, json_document, print, say};
use crate::table::{Cell, Table};

pub fn deployments(common: &Common, rows: &[DeploymentRow]) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&rows.iter().map(row_json).collect::<Vec<_>>());
    }
    if rows.is_empty() {
        return print("No deployments yet. 'cloud init' creates the first one.\n");
    }
    let mut table = Table::new(&["Deployment ID", "Organization", "Project", "Status", "Created"]);
    for row in rows {
        table.row([
            Cell::new(&row.deployment_id),
            Cell::new(&row.organization),
            Cell::new(&row.project),
            Cell::status(common, &row.status.to_string()),
            Cell::new(row.created_at.as_deref().map_or("", |at| at.get(..10).unwrap_or(at))),
        ]);
    }
    print(Shown::from("Deployments\n").then(table))?;
    for row in rows {
        if let Some(problem) = &row.problem {
            say(&format!("{}: {}", clean::line(&row.deployment_id), clean::line(problem)));
        }
    }
    Ok(())
}

pub fn created(common: &Common, row: &DeploymentRow) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&row_json(row));
    }
    print(format!(
        "Created deployment {id} in {path}\nStatus: {status}\n\nNext: cloud deploy {id}\n",
        id = row.deployment_id,
        path = clean::line(&row.path),
        status = row.status
    ))
}

fn row_json(row: &DeploymentRow) -> Value {
    json!({
        "deployment_id": row.deployment_id,
        "organization": row.organization,
        "project": row.project,
        "status": row.status,
        "created_at": row.created_at,
        "domain": row.domain,
        "template": row.template,
        "path": row.path,
        "problem": row.problem,
        "interrupted": row.interrupted,
    })
}

pub fn status(common: &Common, detail: &DeploymentDetail, only: Option<&EnvironmentName>) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&status_json(detail, only));
    }
    let mut text =
        format!("Deployment: {}\nStatus: {}\n", clean::line(&detail.row.deployment_id), detail.row.status);
    if let Some(running) = &detail.row.running {
        text.push_str(&format!("Running: {}, {} of {} stacks\n", running.kind, running.done, running.total));
    }
    if let Some(problem) = &detail.row.problem {
        text.push_str(&format!("Problem: {}\n", clean::line(problem)));
    }
    if detail.row.interrupted.as_ref().is_some_and(|interrupted| !interrupted.here) {
        text.push_str(&format!("To take it over: cloud resume {}\n", detail.row.deployment_id));
    }
    for problem in &detail.problems {
        text.push_str(&format!("Problem: {problem}\n"));
    }
    for Renamed { said, effect } in &detail.renamed {
        text.push_str(&format!("Note: {said} {effect}\n"));
    }
    for warning in &detail.warnings {
        text.push_str(&format!("Warning: {warning}\n"));
    }
    let mut shown = Shown::from(text);
    for (index, environment) in detail.environments.iter().enumerate() {
        if only.is_some_and(|only| only.as_str() != environment.name) {
            continue;
        }
        let place = match environment.target {
            Some(Target::Sandbox) => ", sandbox",
            Some(Target::Aws) | None => "",
        };
        let former = if environment.former { ", not in the manifest" } else { "" };
        let heading = format!("\nStack Status ({}{place}{former})\n", environment.name);
        let mut table = Table::new(&["Stack", "Status", "Enabled"]);
        let mut reasons = String::new();
        for stack in &detail.stacks {
            let Some(cell) = stack.cells.get(index) else { continue };
            if !is_row(environment, stack, cell) {
                continue;
            }
            table.row([
                Cell::new(&stack.name),
                Cell::status(common, &cell.status.to_string()),
                Cell::new(match cell.enabled {
                    Some(true) => "Yes",
                    Some(false) => "No",
                    None if cell.former => "No (not in the manifest)",
                    None => "?",
                }),
            ]);
            if let Some(reason) = &cell.reason {
                reasons.push_str(&format!("{}: {}\n", stack.name, clean::line(reason)));
            }
            if cell.ways_out.iter().any(|way| *way != WayOut::Wait) {
                let mut help = Line::new("cloud repair-stack");
                help.value(&detail.row.deployment_id);
                help.value(&stack.name);
                help.option("--environment", &cell.environment);
                if let Some(help) = help.finish() {
                    reasons.push_str(&format!("{}: how to fix: {help}\n", stack.name));
                }
            }
        }
        shown = shown.then(heading).then(table).then(reasons);
    }
    let former = detail.former.iter().filter(|it| only.is_none_or(|only| only.as_str() == it.environment));
    print(shown.then(former_lines("\n", former)))
}

/// Whether a cell is a row. Beside what lives without a place in the manifest there is nothing that could be there.
fn is_row(environment: &EnvironmentView, stack: &StackView, cell: &view::Cell) -> bool {
    cell.former || !(environment.former || stack.former)
}

/// What is deployed and not in the manifest any more, with what destroys it, a line each; `before` them, if there are
/// any.
fn former_lines<'f>(before: &str, former: impl Iterator<Item = &'f FormerView>) -> String {
    let lines: String = former.map(|former| format!("{}\n", plan_text::former(former))).collect();
    if lines.is_empty() { lines } else { format!("{before}{lines}") }
}

/// What CloudFormation takes, but perhaps not as it is meant; on standard error, since it is no result.
pub fn warnings(warnings: &[Problem]) {
    for warning in warnings {
        say(&format!("warning: {warning}"));
    }
}

/// What a refresh mended; on standard error, since the result is how things stand now.
pub fn mended(common: &Common, refreshed: &Refreshed) {
    if common.quiet {
        return;
    }
    let Some(operation) = &refreshed.operation else {
        return say("Asked CloudFormation: the files are right.");
    };
    say("Asked CloudFormation, and mended what the files said:");
    refreshed.mended.iter().for_each(|mended| say(&format!("  {}", look_text::mended(mended))));
    say(&format!("It is in the log as {operation}."));
}

/// How old is what is shown, where CloudFormation could not be asked; on standard error.
pub fn last_known(detail: &DeploymentDetail, only: Option<&EnvironmentName>) {
    for place in
        detail.environments.iter().filter(|place| only.is_none_or(|only| only.as_str() == place.name))
    {
        let age = match &place.checked_at {
            Some(at) => format!("the oldest of it was checked {}", look_text::ago(at, Utc::now())),
            None => "CloudFormation was never asked".to_owned(),
        };
        say(&format!("{}: this is the last known state; {age}", place.name));
    }
}

fn status_json(detail: &DeploymentDetail, only: Option<&EnvironmentName>) -> Value {
    let stacks = detail.stacks.iter().flat_map(|stack| {
        let cells = detail.environments.iter().zip(&stack.cells);
        let rows = cells.filter(|(environment, cell)| is_row(environment, stack, cell)).map(|(_, cell)| cell);
        let wanted = rows.filter(|cell| only.is_none_or(|only| only.as_str() == cell.environment));
        wanted.map(|cell| {
            json!({
                "stack": stack.name,
                "environment": cell.environment,
                "status": cell.status,
                "enabled": cell.enabled,
                "in_manifest": !cell.former,
                "last_updated": cell.last_updated,
                "checked_at": cell.checked_at,
                "drift": cell.drift,
                "reason": cell.reason,
                "cloudformation_name": cell.cloudformation_name,
                "cloudformation_status": cell.cloudformation_status,
                "outputs": cell.outputs,
            })
        })
    });
    json!({
        "deployment_id": detail.row.deployment_id,
        "status": detail.row.status,
        "current_operation": detail.row.running,
        "renamed": detail.renamed,
        "problem": detail.row.problem,
        "interrupted": detail.row.interrupted,
        "problems": detail.problems,
        "warnings": detail.warnings,
        "stacks": stacks.collect::<Vec<_>>(),
    })
}

/// Which stacks are as their templates say, and what differs.
pub fn drift(
    common: &Common,
    view: &DriftView,
    deployment: &str,
    environment: &EnvironmentName,
) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&drift_json(view, deployment, environment));
    }
    if view.stacks.is_empty() {
        return print(format!("Nothing is deployed in {environment}.\n"));
    }
    let mut table = Table::new(&["Stack", "Drift", "Differing"]);
    let mut details = String::new();
    for StackDrift { key, drift } in &view.stacks {
        table.row([
            Cell::new(&key.stack),
            Cell::new(drift.status.as_str()),
            Cell::new(drift.resources.len()),
        ]);
        details.push_str(&look_text::differences(&key.stack, drift));
    }
    print(Shown::from(table).then(details))
}

fn drift_json(view: &DriftView, deployment: &str, environment: &EnvironmentName) -> Value {
    let stacks = view.stacks.iter().map(|StackDrift { key, drift }| {
        json!({
            "stack": key.stack,
            "environment": key.environment,
            "status": drift.status,
            "reason": drift.reason,
            "resources": drift.resources,
        })
    });
    json!({
        "operation_id": view.operation,
        "deployment_id": deployment,
        "environment": environment,
        "checked_at": view.checked_at,
        "stacks": stacks.collect::<Vec<_>>(),
    })
}

/// How an operation ended.
pub fn operation(common: &Common, view: &OperationView, after: &DeploymentDetail) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&operation_json(view, after));
    }
    let mut table = Table::new(&["Stack", "Environment", "Outcome", "Status", "Seconds"]);
    let mut reasons = String::new();
    for run in &view.stacks {
        let Some(end) = &run.end else { continue };
        table.row([
            Cell::new(&run.key.stack),
            Cell::new(&run.key.environment),
            Cell::new(end.outcome.as_str()),
            Cell::status(common, &recorded(after, run)),
            Cell::new(format!("{:.1}", end.seconds)),
        ]);
        if let Some(reason) = &end.reason {
            reasons.push_str(&format!("{}: {}\n", run.key, clean::line(reason)));
        }
    }
    let outcome = view.outcome.map_or("interrupted", |outcome| outcome.as_str());
    let left = retained(view);
    let steps: String = recovery::steps(view).iter().map(step_line).collect();
    print(Shown::from(table).then(format!(
        "{reasons}{left}{} {outcome}. Deployment status: {}\n{steps}{}",
        view.start.kind,
        after.row.status,
        former_lines("", after.former.iter())
    )))
}

/// What to do next, with its command.
fn step_line(Step { key, what, command }: &Step) -> String {
    match key {
        Some(key) => format!("{key}: {what}: {command}\n"),
        None => format!("{what}: {command}\n"),
    }
}

/// What the stacks have left behind, with the ids under which it is still there.
fn retained(view: &OperationView) -> String {
    let kept: Vec<_> = view.stacks.iter().flat_map(|run| &run.kept).collect();
    let heading = match kept.len() {
        0 => return String::new(),
        1 => "1 resource is retained and no longer belongs to a stack:".to_owned(),
        count => format!("{count} resources are retained and no longer belong to a stack:"),
    };
    let lines = kept.into_iter().map(|it| {
        let id = it.physical_id.as_deref().unwrap_or_default();
        format!("  {}: {} ({}) {id}\n", it.key, it.logical_id, it.resource_type)
    });
    format!("{heading}\n{}", lines.collect::<String>())
}

/// What was done to a deployment, the newest first.
pub fn history(common: &Common, operations: &[OperationSummary]) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(operations);
    }
    if operations.is_empty() {
        return print("Nothing was done to this deployment yet.\n");
    }
    let mut table = Table::new(&["Operation", "Stack", "Environment", "Outcome", "Started", "By"]);
    for operation in operations {
        let names: Vec<&str> = operation.environments.iter().map(EnvironmentName::as_str).collect();
        table.row([
            Cell::new(&operation.id),
            Cell::new(operation.stack.as_deref().unwrap_or("all")),
            Cell::new(names.join(", ")),
            Cell::new(operation.outcome.map_or("no end", |outcome| outcome.as_str())),
            Cell::new(operation.started_at.get(..19).unwrap_or(&operation.started_at)),
            Cell::new(&operation.by),
        ]);
    }
    print(table)
}

/// One operation from its first event to its last.
pub fn log(common: &Common, log: &OperationLog) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(log);
    }
    let OperationLog { operation: view, events } = log;
    let by = &view.start.by;
    let names: Vec<&str> = view.start.environments.iter().map(EnvironmentName::as_str).collect();
    let stack = view.stack.as_ref().map(|stack| format!("{stack} of ")).unwrap_or_default();
    let mut text = format!(
        "{} of {stack}{} in {}\nBy {}@{} with {} {}, {}\nOutcome: {}\n\n",
        view.start.kind,
        view.start.deployment_id,
        names.join(", "),
        by.user,
        by.host,
        by.front_end,
        by.version,
        view.started_at.format("%Y-%m-%d %H:%M:%S UTC"),
        view.outcome.map_or("no end yet", |outcome| outcome.as_str()),
    );
    for event in events {
        if let Some(line) = progress::line(event, true) {
            text.push_str(&format!("{} {line}\n", event.happened_at().format("%H:%M:%S")));
        }
    }
    text.push_str(&retained(view));
    print(text)
}

/// What another process was asked.
pub fn cancelling(common: &Common, asked: &Cancelling) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(asked);
    }
    let Cancelling { kind, by, running_too, .. } = asked;
    let then = if *running_too {
        "what runs is called off, too, where CloudFormation can"
    } else {
        "nothing further starts; once more also calls off what runs"
    };
    print(format!("Asked {by} to cancel the {kind}: {then}.\n"))
}

fn operation_json(view: &OperationView, after: &DeploymentDetail) -> Value {
    let stacks = view.stacks.iter().map(|run| {
        json!({
            "stack": run.key.stack,
            "environment": run.key.environment,
            "outcome": run.end.as_ref().map(|end| end.outcome),
            "status": recorded(after, run),
            "reason": run.end.as_ref().and_then(|end| end.reason.clone()),
            "seconds": run.end.as_ref().map(|end| end.seconds),
            "retained": run.kept.iter().map(|it| json!({
                "logical_id": it.logical_id,
                "resource_type": it.resource_type,
                "physical_id": it.physical_id,
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "operation_id": view.id,
        "kind": view.start.kind,
        "deployment_id": view.start.deployment_id,
        "status": after.row.status,
        "outcome": view.outcome,
        "started_at": view.started_at,
        "ended_at": view.ended_at,
        "warnings": view.warnings,
        "next": recovery::steps(view),
        "stacks": stacks.collect::<Vec<_>>(),
    })
}

/// The stack's status as the files have it after the operation; of one that is out of sight now, as the operation left
/// it.
fn recorded(detail: &DeploymentDetail, run: &StackRun) -> String {
    let key = &run.key;
    let stack = detail.stacks.iter().find(|stack| stack.name == key.stack.as_str());
    let cell =
        stack.and_then(|stack| stack.cells.iter().find(|cell| cell.environment == key.environment.as_str()));
    let left = || run.end.as_ref().and_then(|end| end.status).map(|status| status.to_string());
    // Of one that is out of sight in this environment, and not in another, the cell tells nothing.
    cell.filter(|cell| cell.last_updated.is_some())
        .map(|cell| cell.status.to_string())
        .or_else(left)
        .unwrap_or_default()
}

/// What an operation would change.
pub fn plan(common: &Common, view: &ReviewView, deployment: &str) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(&plan_text::json(view, deployment));
    }
    print(format!("{}{}\n", plan_text::text(view, common.verbose > 0), plan_text::verdict(view)))
}

/// The same before a question: on standard error, since it is no result.
pub fn review(view: &ReviewView) {
    say(plan_text::text(view, false).trim_end());
}

/// A stack that does not stand as wanted, and the ways out.
pub fn recovery(common: &Common, card: &RecoveryCard) -> io::Result<()> {
    if common.output == Output::Json {
        return json_document(card);
    }
    let status = card.cloudformation_status.as_deref().unwrap_or("no such stack");
    let mut text = format!("{}: {status}\n{}\n", card.cloudformation_name, card.meaning);
    if let Some(cause) = &card.cause {
        text.push_str(&format!("Cause: {cause}\n"));
    }
    if card.protected {
        text.push_str("Termination protection is on.\n");
    }
    for way in &card.ways {
        text.push_str(&format!("\n{}\n  {}\n", way.title, way.effect));
        let lines = [
            ("Call", &way.call),
            ("Skips", &way.skips),
            ("Dependents", &way.dependents),
            ("Not now", &way.refused),
            ("Command", &way.command),
        ];
        for (name, line) in lines {
            if let Some(line) = line {
                text.push_str(&format!("  {name}: {line}\n"));
            }
        }
        for choice in &way.choices {
            let reason = choice.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            text.push_str(&format!(
                "    {} ({}) {}{reason}\n",
                choice.logical_id, choice.resource_type, choice.status
            ));
        }
    }
    print(text)
}

/// What is about to happen, as a question.
pub fn question(plan: &PlanView) -> String {
    let places: Vec<String> = plan
        .environments
        .iter()
        .map(|place| match place.target {
            Target::Sandbox => format!("{} (sandbox)", place.name),
            Target::Aws => format!("{} (AWS account {}, {})", place.name, place.account, place.region),
        })
        .collect();
    let order: Vec<String> = plan
        .layers
        .iter()
        .map(|layer| layer.iter().map(|stack| stack.key.to_string()).collect::<Vec<_>>().join(", "))
        .collect();
    let count = plan.count;
    let (verb, stacks) = match plan.kind.direction() {
        Direction::Up => ("Deploy", if count == 1 { "stack" } else { "stacks" }),
        Direction::Down => ("Destroy", if count == 1 { "stack" } else { "stacks" }),
        Direction::Back => ("Repair", if count == 1 { "stack" } else { "stacks" }),
    };
    format!("In this order: {}\n{verb} {count} {stacks} in {}?", order.join(" → "), places.join(", "))
}
