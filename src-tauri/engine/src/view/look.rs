//! What looks at CloudFormation bring back.

use serde::Serialize;
use skydeck_model::OperationId;
use skydeck_model::look::{Mended, StackDrift};
use specta::Type;

/// What a refresh did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
pub struct Refreshed {
    /// Its entry in the log; `None`: nothing had to be mended.
    pub operation: Option<OperationId>,
    /// What was mended.
    pub mended: Vec<Mended>,
}

/// What drift detection found.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DriftView {
    /// Its entry in the log; `None`: there was no stack to compare.
    pub operation: Option<OperationId>,
    /// When it was asked for (RFC 3339).
    pub checked_at: String,
    /// Stack by stack.
    pub stacks: Vec<StackDrift>,
}
