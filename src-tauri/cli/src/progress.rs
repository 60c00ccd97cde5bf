//! What a person sees while an operation runs: bars on a terminal, lines elsewhere. On standard error.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use skydeck_engine::{Engine, Tag};
use skydeck_model::clean;
use skydeck_model::event::{Actor, Approval, OperationView, StackAction, StackPhase, StackRun};
use skydeck_model::forecast::Forecast;
use skydeck_model::{Event, EventKind, OperationId, StackKey, StackOutcome};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::args::{Common, Output};
use crate::ask;
use crate::duration::{A_FEW, roughly};
use crate::look_text;
use crate::plan_text;
use crate::say::{is_read, say};

/// Shows an operation of this process until it is over.
pub async fn follow(
    common: &Common,
    engine: &Engine,
    id: &str,
    operation: &OperationId,
    mut events: Receiver<Event>,
    ask_back: bool,
) {
    let Ok(view) = engine.operation(id, operation) else {
        return;
    };
    let mut display = Display::new(common, &view);
    let mut stale = engine.stale();
    let mut seen = 0;
    let mut over = view.outcome.is_some();
    let ended = engine.wait(operation);
    tokio::pin!(ended);
    while !over {
        let next = tokio::select! {
            biased;
            next = events.recv() => next,
            // Of one that was missed, the next comes within a second. It ends with the engine, not before.
            told = stale.recv() => {
                if told.is_ok_and(|tags| tags.contains(&Tag::Progress(operation.clone()))) {
                    display.left(|| Some(engine.progress(id, operation).ok()?.forecast));
                }
                continue;
            }
            // Without an end in its events: it was left open.
            () = &mut ended => break,
        };
        match next {
            Ok(event) if event.operation == *operation => {
                seen = event.seq;
                over = matches!(event.kind, EventKind::OperationEnded { .. });
                display.event(&event);
                if let EventKind::ApprovalNeeded(approval) = &event.kind {
                    let key = &approval.review.key;
                    let approved = ask_back && ask::is_it_all_right(&display.question(approval)).await;
                    // An error: the operation is over, and the answer is of no use any more.
                    let _ = engine.answer(operation, key, approved);
                }
            }
            Ok(_) => {}
            // Too slow for the stream: the log has what was missed.
            Err(RecvError::Lagged(_)) => {
                for event in engine.operation_events(id, operation, seen + 1).unwrap_or_default() {
                    seen = event.seq;
                    over = matches!(event.kind, EventKind::OperationEnded { .. });
                    display.event(&event);
                }
            }
            Err(RecvError::Closed) => over = true,
        }
    }
    display.finish();
}

/// Shows what becomes of an operation of this process while something is done about it.
pub async fn show_while<T>(
    common: &Common,
    engine: &Engine,
    id: &str,
    operation: &OperationId,
    done: impl Future<Output = T>,
) -> T {
    let mut events = engine.events();
    // Without a log there is nothing to show.
    let Ok(view) = engine.operation(id, operation) else { return done.await };
    let mut display = Display::new(common, &view);
    tokio::pin!(done);
    let result = loop {
        tokio::select! {
            biased;
            Ok(event) = events.recv() => {
                if event.operation == *operation {
                    display.event(&event);
                }
            }
            result = &mut done => break result,
        }
    };
    display.finish();
    result
}

enum Display {
    Bars(Box<Bars>),
    Lines {
        verbose: bool,
    },
    /// Only what went wrong beside the stacks.
    Warnings,
}

impl Display {
    fn new(common: &Common, view: &OperationView) -> Self {
        if common.quiet {
            Self::Warnings
        } else if is_read() && common.output == Output::Text && common.verbose == 0 {
            Self::Bars(Box::new(Bars::new(view)))
        } else {
            Self::Lines { verbose: common.verbose > 0 }
        }
    }

    fn event(&mut self, event: &Event) {
        match self {
            Self::Bars(bars) => bars.event(event),
            Self::Lines { verbose } => {
                if let Some(line) = line(event, *verbose) {
                    say(&format!("{} {line}", event.at.format("%H:%M:%S")));
                }
            }
            Self::Warnings => {
                if let EventKind::Warning { .. } = &event.kind {
                    notice(&event.kind).iter().for_each(|warning| say(warning));
                }
            }
        }
    }

    /// Shows how long it may still take, where there is room for it.
    fn left(&self, forecast: impl Fn() -> Option<Forecast>) {
        if let Self::Bars(bars) = self {
            tell(&bars.total, &forecast().map(|forecast| left(&forecast)).unwrap_or_default());
        }
    }

    /// What would happen to a stack although it was not approved. The bars make room for it.
    fn question(&mut self, approval: &Approval) -> String {
        let key = &approval.review.key;
        let mut text = format!("\n{key} would change in a way that was not approved:\n");
        for difference in &approval.differences {
            text.push_str(&format!("  {} {}\n", difference.logical_id, difference.what));
        }
        text.push_str("All of it:\n");
        plan_text::details(&mut text, &approval.review, false);
        if let Self::Bars(bars) = self {
            let _ = bars.all.clear();
        }
        format!("{text}Go on with {key}?")
    }

    fn finish(&mut self) {
        if let Self::Bars(bars) = self {
            bars.total.finish_and_clear();
        }
    }
}

/// How long it may still take, behind the time that it took so far.
fn left(forecast: &Forecast) -> String {
    match (forecast.seconds_left, forecast.late) {
        (None, _) => String::new(),
        (Some(seconds), true) if seconds < A_FEW => ", longer than usual".to_owned(),
        (Some(seconds), true) => format!(", {} left, longer than usual", roughly(seconds)),
        (Some(seconds), false) => format!(", {} left", roughly(seconds)),
    }
}

/// An event in a line; those of resources only where `verbose`.
pub fn line(event: &Event, verbose: bool) -> Option<String> {
    match &event.kind {
        EventKind::OperationStarted(start) => {
            Some(format!("{} of {} started", start.kind, start.deployment_id))
        }
        EventKind::StackStarted { key, action, .. } => Some(format!("{key}: {}", doing(*action))),
        EventKind::ChangeSetExecuted { key, resources } if verbose => {
            Some(format!("{key}: change set executed, {resources} to change"))
        }
        EventKind::Resource(resource) if resource.is_left_behind() => Some(format!(
            "{}: {} ({}) is retained: {}",
            resource.key,
            resource.logical_id,
            resource.resource_type,
            resource.physical_id.as_deref().unwrap_or_default()
        )),
        EventKind::Resource(resource) if verbose => {
            let reason = resource.reason.as_deref().map(|reason| format!(" — {reason}")).unwrap_or_default();
            Some(format!("{}: {} {}{reason}", resource.key, resource.logical_id, resource.status))
        }
        EventKind::ChangeSetExecuted { .. } | EventKind::Resource(_) => None,
        EventKind::StackEnded(end) => {
            let reason = end.reason.as_deref().map(|reason| format!(" — {reason}")).unwrap_or_default();
            Some(format!("{}: {}{reason}", end.key, end.outcome.as_str()))
        }
        EventKind::Mended(mended) => Some(look_text::mended(mended)),
        EventKind::DriftDetected(drift) => Some(look_text::drift(drift)),
        EventKind::Reviewed { .. } => None,
        EventKind::ApprovalNeeded(_)
        | EventKind::ApprovalGiven { .. }
        | EventKind::Paused(_)
        | EventKind::Resumed { .. }
        | EventKind::CancelRequested { .. }
        | EventKind::TakenUp { .. }
        | EventKind::Warning { .. } => notice(&event.kind),
        EventKind::OperationEnded { outcome, .. } => Some(outcome.as_str().to_owned()),
    }
}

/// What stands above the bars, too.
fn notice(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::ApprovalNeeded(approval) => {
            Some(format!("{}: would change in a way that was not approved", approval.review.key))
        }
        EventKind::ApprovalGiven { key, approved: true } => Some(format!("{key}: goes on as approved")),
        EventKind::ApprovalGiven { key, approved: false } => Some(format!("{key}: is left out")),
        EventKind::Paused(pause) => Some(format!(
            "{}: paused, nothing is lost: {}. It goes on by itself once the login holds",
            pause.environment, pause.reason
        )),
        EventKind::Resumed { environment } => Some(format!("{environment}: goes on")),
        EventKind::CancelRequested { running_too, by } => Some(cancelling(*running_too, by.as_ref())),
        EventKind::TakenUp { by } => Some(format!("its program had died; taken up by {}", who(by))),
        EventKind::Warning { message } => Some(format!("warning: {message}")),
        _ => None,
    }
}

/// What a cancel does and who asked for it; to whoever pressed Ctrl-C here, what the next one does.
fn cancelling(running_too: bool, by: Option<&Actor>) -> String {
    let (what, next) = if running_too {
        ("cancelling what runs, where that can be", "leaves at once")
    } else {
        ("cancelling: no further stack is started", "cancels what runs")
    };
    match by {
        Some(by) if by.pid == std::process::id() => format!("{what}; Ctrl-C again {next}"),
        Some(by) => format!("{what}; asked for by {}", who(by)),
        None => what.to_owned(),
    }
}

fn who(actor: &Actor) -> String {
    format!("{} {} of {} on {}", actor.front_end, actor.version, actor.user, actor.host)
}

fn doing(action: StackAction) -> &'static str {
    match action {
        StackAction::Create => "creating",
        StackAction::Update => "updating",
        StackAction::Recreate => "deleting the failed one and creating again",
        StackAction::Delete => "deleting",
        StackAction::Repair => "repairing",
    }
}

struct Bars {
    view: OperationView,
    bars: HashMap<StackKey, ProgressBar>,
    total: ProgressBar,
    all: MultiProgress,
}

impl Bars {
    fn new(view: &OperationView) -> Self {
        let all = MultiProgress::new();
        let width = view.stacks.iter().map(|run| run.key.to_string().len()).max().unwrap_or(0);
        let line = style(&format!("{{prefix:{width}}} {{spinner}} {{msg}}"));
        let bars = view
            .stacks
            .iter()
            .map(|run| {
                let bar = all.add(ProgressBar::new(1)).with_style(line.clone());
                name(&bar, &run.key.to_string());
                (run.key.clone(), bar)
            })
            .collect();
        let total = all
            .add(ProgressBar::new(view.headway.all.into()))
            .with_style(style("{wide_bar} {pos} of {len} stacks, {elapsed}{msg}"));
        total.enable_steady_tick(Duration::from_millis(500));
        let bars = Self { view: view.clone(), bars, total, all };
        view.stacks.iter().for_each(|run| bars.show(run));
        bars
    }

    fn event(&mut self, event: &Event) {
        if event.seq <= self.view.last_seq {
            return;
        }
        self.view.apply(event);
        let key = match &event.kind {
            EventKind::StackStarted { key, .. } | EventKind::ChangeSetExecuted { key, .. } => key,
            EventKind::Resource(resource) => &resource.key,
            EventKind::StackEnded(end) => &end.key,
            kind => {
                if let Some(notice) = notice(kind) {
                    self.print_above(&notice);
                }
                return;
            }
        };
        if let Some(run) = self.view.stacks.iter().find(|run| run.key == *key) {
            self.show(run);
        }
        self.total.set_length(self.view.headway.all.into());
        self.total.set_position(self.view.headway.ended.into());
    }

    /// Prints a line above the bars, which make room for it.
    #[expect(clippy::disallowed_methods, reason = "cleaned")]
    fn print_above(&self, line: &str) {
        // A bar that cannot print is no reason to stop.
        let _ = self.all.println(clean::line(line));
    }

    fn show(&self, run: &StackRun) {
        let Some(bar) = self.bars.get(&run.key) else {
            return;
        };
        match (run.phase, &run.end) {
            (StackPhase::Queued, _) => tell(bar, "· queued"),
            (StackPhase::Running, _) | (StackPhase::Ended, None) => {
                bar.enable_steady_tick(Duration::from_millis(120));
                let resources = match run.resources_total {
                    Some(total) => format!(" {} of {total} resources", run.resources_done),
                    None => String::new(),
                };
                tell(bar, &format!("{}{resources}", run.action.map_or("", doing)));
            }
            (StackPhase::Ended, Some(end)) => {
                let reason = end.reason.as_deref().map(|reason| format!(" — {reason}")).unwrap_or_default();
                let seconds =
                    if end.seconds > 0.0 { format!(" in {:.1} s", end.seconds) } else { String::new() };
                tell(bar, &format!("{} {}{seconds}{reason}", sign(end.outcome), end.outcome.as_str()));
                bar.finish();
            }
        }
    }
}

/// What a bar says behind it.
#[expect(clippy::disallowed_methods, reason = "cleaned")]
fn tell(bar: &ProgressBar, text: &str) {
    bar.set_message(clean::line(text));
}

/// What a bar says before it.
#[expect(clippy::disallowed_methods, reason = "cleaned")]
fn name(bar: &ProgressBar, text: &str) {
    bar.set_prefix(clean::line(text));
}

fn sign(outcome: StackOutcome) -> &'static str {
    match outcome {
        StackOutcome::Succeeded => "✓",
        StackOutcome::Unchanged => "=",
        StackOutcome::Failed => "✗",
        StackOutcome::Skipped => "–",
        StackOutcome::Cancelled => "■",
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants but for a width: a wrong one is seen at once, and the default is no harm.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
