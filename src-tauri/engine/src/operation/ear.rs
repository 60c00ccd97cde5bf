//! Calls to cancel an operation, which any program can leave in its folder.

use skydeck_model::OperationId;
use skydeck_model::event::Actor;
use skydeck_store::Folder;

/// Hears each call once.
pub(crate) struct Ear {
    folder: Folder,
    operation: OperationId,
    heard: usize,
}

/// A call to cancel.
pub(crate) struct CallToCancel {
    /// Who made it, where that is known.
    pub(crate) by: Option<Actor>,
    /// Whether what runs is called off too, or only what has not started.
    pub(crate) running_too: bool,
}

impl Ear {
    /// One for an operation of which so many calls have been heard before.
    pub(crate) fn new(folder: Folder, operation: OperationId, heard: usize) -> Self {
        Self { folder, operation, heard }
    }

    /// The calls that have come since. From the second one on, what runs is meant, too.
    pub(crate) fn hear(&mut self) -> Vec<CallToCancel> {
        let calls = self.folder.calls_to_cancel(&self.operation);
        let count = calls.len();
        let new = calls.into_iter().enumerate().skip(self.heard);
        let new = new.map(|(earlier, by)| CallToCancel { by, running_too: earlier > 0 }).collect();
        self.heard = self.heard.max(count);
        new
    }

    /// Whether what runs was called off, too.
    pub(crate) fn has_called_off(&self) -> bool {
        self.heard > 1
    }
}
