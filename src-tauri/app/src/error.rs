//! An error as the page gets it: a code to act on, a text to show.

use serde::Serialize;
use skydeck_engine::{EngineError, ErrorCode, TrustQuestion};
use skydeck_model::Problem;
use skydeck_model::advice::FrontEnd;
use specta::Type;

/// Why a command failed.
#[derive(Debug, Serialize, Type)]
pub struct IpcError {
    /// What a caller can act on.
    pub code: ErrorCode,
    /// What happened, and where.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The problems of the user's files behind it.
    pub problems: Vec<Problem>,
    /// What a person has to be asked first.
    pub trust: Option<Box<TrustQuestion>>,
}

impl From<EngineError> for IpcError {
    /// The engine's messages end with what to do, after their last semicolon.
    fn from(error: EngineError) -> Self {
        let text = error.told(FrontEnd::App);
        let (problems, trust) = (error.problems().to_vec(), error.trust_question().cloned().map(Box::new));
        let (message, hint) = match text.rsplit_once("; ") {
            Some((message, hint)) if problems.is_empty() => (message.to_owned(), Some(hint.to_owned())),
            _ => (text, None),
        };
        Self { code: error.code(), message, hint, problems, trust }
    }
}
