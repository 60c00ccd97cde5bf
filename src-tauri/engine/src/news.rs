//! What the user of this process wants to hear of operations wherever he is just then: how far they are, how they
//! ended, and what they wait for. For the taskbar, the tray, notifications and toasts.

use serde::{Deserialize, Serialize};
use skydeck_model::event::{Headway, OperationStart, OperationView};
use skydeck_model::{Event, EventKind, OperationId, OperationKind, OperationOutcome, StackKey, StackOutcome};
use skydeck_store::Folder;
use specta::Type;
use tokio::sync::broadcast;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;

/// An operation of this process that is not over.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Underway {
    /// The deployment.
    pub deployment: String,
    /// The operation.
    pub operation: OperationId,
    /// What it is, and of what: `Deploy of DX6604E in dev`.
    pub title: String,
    /// Stacks whose part is over.
    pub done: u32,
    /// Stacks in all.
    pub total: u32,
    /// What it calls for: a stack that failed, or a question.
    pub state: UnderwayState,
}

/// How an operation that is not over is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UnderwayState {
    /// As it should.
    Well,
    /// It waits for a login or an answer.
    Waits,
    /// A stack has failed.
    Failed,
}

/// Something that happened in an operation of this process, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct News {
    /// The deployment.
    pub deployment: String,
    /// The operation.
    pub operation: OperationId,
    /// What kind of news it is.
    pub happening: Happening,
    /// What happened: `Deploy of DX6604E in dev failed`.
    pub title: String,
    /// The cause, or how much was done.
    pub text: String,
}

/// What news can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// It ended like this.
    Ended(OperationOutcome),
    /// It asks whether changes that were not reviewed are all right, or for a login.
    Waits,
    /// It could not be followed to its end: whoever looks at its deployment next takes it up.
    LeftOpen,
}

impl Engine {
    /// The operations that run in this process.
    pub fn underway(&self) -> Vec<Underway> {
        let running = self.inner.running();
        let mut underway: Vec<Underway> =
            running.values().filter(|it| !*it.ended().borrow()).map(|it| Underway::of(&it.view())).collect();
        underway.sort_by(|a, b| a.operation.cmp(&b.operation));
        underway
    }

    /// Whether what news have told still is so. An outcome is, until a later operation works on the same, in whatever program;
    /// a question, until it is answered. What cannot be read is not.
    pub fn news_hold(&self, id: &str, operation: &OperationId, happening: Happening) -> bool {
        let holds = || {
            let view = self.operation(id, operation)?;
            let folder = self.find(id)?;
            Ok::<_, EngineError>(match happening {
                Happening::Waits => view.outcome.is_none() && waits(&view),
                Happening::LeftOpen => view.outcome.is_none(),
                Happening::Ended(_) => {
                    let later = folder.operations()?.into_iter().take_while(|later| later != operation);
                    let starts = later.filter_map(|later| started(&folder, &later));
                    !starts.into_iter().any(|later| later.replaces(&view.start))
                }
            })
        };
        holds().unwrap_or(false)
    }

    /// What happens from now on.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.inner.news.subscribe()
    }
}

impl Inner {
    /// Tells what is worth it of an event, if anybody listens.
    pub(crate) fn tell_news(&self, event: &Event, view: impl FnOnce() -> Option<OperationView>) {
        let worth = matches!(
            event.kind,
            EventKind::OperationEnded { .. } | EventKind::ApprovalNeeded(_) | EventKind::Paused(_)
        );
        if worth
            && self.news.receiver_count() > 0
            && let Some(news) = view().and_then(|view| News::of(event, &view))
        {
            // The last listener has just gone.
            let _ = self.news.send(news);
        }
    }

    /// Tells that an operation was left open, which no event in its log says.
    pub(crate) fn tell_left_open(&self, view: &OperationView) {
        // Nobody listening is no error.
        let _ = self.news.send(News::left_open(view));
    }
}

impl Underway {
    fn of(view: &OperationView) -> Self {
        let ends = || view.stacks.iter().filter_map(|run| run.end.as_ref());
        let state = if waits(view) {
            UnderwayState::Waits
        } else if ends().any(|end| end.outcome == StackOutcome::Failed) {
            UnderwayState::Failed
        } else {
            UnderwayState::Well
        };
        Self {
            deployment: view.start.deployment_id.to_string(),
            operation: view.id.clone(),
            title: title(&view.start),
            done: view.headway.ended,
            total: view.headway.all,
            state,
        }
    }
}

impl News {
    /// The last warning says why.
    fn left_open(view: &OperationView) -> Self {
        Self {
            deployment: view.start.deployment_id.to_string(),
            operation: view.id.clone(),
            happening: Happening::LeftOpen,
            title: format!("{} is left open", title(&view.start)),
            text: view.warnings.last().cloned().unwrap_or_default(),
        }
    }

    fn of(event: &Event, view: &OperationView) -> Option<Self> {
        let title = title(&view.start);
        let (happening, title, text) = match &event.kind {
            EventKind::OperationEnded { outcome, .. } => {
                (Happening::Ended(*outcome), format!("{title} {}", verb(*outcome)), ended(view))
            }
            EventKind::ApprovalNeeded(approval) => {
                let StackKey { stack, environment } = &approval.review.key;
                let text = format!("{stack} in {environment} would change in a way that was not reviewed");
                (Happening::Waits, format!("{title} asks you"), text)
            }
            EventKind::Paused(pause) => {
                (Happening::Waits, format!("{title} waits for a login"), pause.reason.clone())
            }
            _ => return None,
        };
        let deployment = view.start.deployment_id.to_string();
        Some(Self { deployment, operation: view.id.clone(), happening, title, text })
    }
}

/// Whether an operation waits for a login or an answer.
fn waits(view: &OperationView) -> bool {
    !view.pauses.is_empty() || view.stacks.iter().any(|run| run.approval.is_some())
}

fn started(folder: &Folder, operation: &OperationId) -> Option<OperationStart> {
    match folder.log_ends(operation).ok()?.into_iter().next()?.kind {
        EventKind::OperationStarted(start) => Some(start),
        _ => None,
    }
}

/// What an operation is, and of what.
fn title(start: &OperationStart) -> String {
    let name = match start.kind {
        OperationKind::Deploy | OperationKind::DeployStack => "Deploy",
        OperationKind::Destroy | OperationKind::DestroyStack => "Destroy",
        OperationKind::RepairStack => "Repair",
        OperationKind::Refresh => "Refresh",
        OperationKind::Drift => "Drift detection",
    };
    let stack = start.only_stack().map(|stack| format!("{stack} of ")).unwrap_or_default();
    let environments: Vec<_> = start.environments.iter().map(ToString::to_string).collect();
    format!("{name} of {stack}{} in {}", start.deployment_id, environments.join(", "))
}

fn verb(outcome: OperationOutcome) -> &'static str {
    match outcome {
        OperationOutcome::Succeeded => "succeeded",
        OperationOutcome::Partial => "succeeded in part",
        OperationOutcome::Failed => "failed",
        OperationOutcome::Cancelled => "was cancelled",
    }
}

/// The cause of the first failure, or how much was done.
fn ended(view: &OperationView) -> String {
    let failed = view.stacks.iter().find_map(|run| {
        let end = run.end.as_ref().filter(|end| end.outcome == StackOutcome::Failed)?;
        let cause = run.first_failure.as_ref().and_then(|failure| failure.reason.as_ref());
        Some(format!("{}: {}", run.key.stack, cause.or(end.reason.as_ref())?))
    });
    failed.unwrap_or_else(|| match view.headway {
        Headway { all: 0, .. } => "there was nothing to do".to_owned(),
        Headway { all: 1, well, .. } => format!("{well} of 1 stack"),
        Headway { all, well, .. } => format!("{well} of {all} stacks"),
    })
}
