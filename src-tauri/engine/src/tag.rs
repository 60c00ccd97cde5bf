//! What an answer was made of, and what an event makes stale: the tie between reads and writes. A front end
//! asks again for whatever carries a tag that was told ([`crate::Engine::stale`]).

use serde::{Deserialize, Serialize};
use skydeck_model::{Event, EventKind, OperationId, ReviewId};
use specta::Type;

/// A part of what can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// All of it: what changed is not known.
    Everything,
    /// The table of deployments.
    Deployments,
    /// One deployment, by id or, where it has none, by its folder's name.
    Deployment(String),
    /// One operation.
    Operation(OperationId),
    /// How one operation does: its estimate, and what it asks of AWS.
    Progress(OperationId),
    /// One review.
    Review(ReviewId),
    /// The settings.
    Settings,
}

/// What an event of an operation on `deployment` makes stale.
pub(crate) fn stale_after(event: &Event, deployment: &str) -> Vec<Tag> {
    let mut tags = vec![Tag::Operation(event.operation.clone())];
    match event.kind {
        EventKind::StackStarted { .. } | EventKind::StackEnded(_) | EventKind::OperationEnded { .. } => {
            tags.push(Tag::Progress(event.operation.clone()));
        }
        _ => {}
    }
    match event.kind {
        EventKind::OperationStarted(_)
        | EventKind::StackStarted { .. }
        | EventKind::StackEnded(_)
        | EventKind::ApprovalNeeded(_)
        | EventKind::ApprovalGiven { .. }
        | EventKind::Paused(_)
        | EventKind::Resumed { .. }
        | EventKind::TakenUp { .. }
        | EventKind::OperationEnded { .. } => {
            tags.push(Tag::Deployments);
            tags.push(Tag::Deployment(deployment.to_owned()));
        }
        EventKind::Reviewed { .. }
        | EventKind::Mended(_)
        | EventKind::DriftDetected(_)
        | EventKind::Resource(_)
        | EventKind::ChangeSetExecuted { .. }
        | EventKind::CancelRequested { .. }
        | EventKind::Warning { .. } => {}
    }
    tags
}
