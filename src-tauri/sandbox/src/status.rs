//! CloudFormation's statuses of stacks and of resources.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// One list serves stacks and resources; both use the same words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Status {
            $(#[serde(rename = $text)] $variant,)+
        }

        impl Status {
            /// The word that CloudFormation writes.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

statuses! {
    ReviewInProgress = "REVIEW_IN_PROGRESS",
    CreateInProgress = "CREATE_IN_PROGRESS",
    CreateComplete = "CREATE_COMPLETE",
    CreateFailed = "CREATE_FAILED",
    RollbackInProgress = "ROLLBACK_IN_PROGRESS",
    RollbackComplete = "ROLLBACK_COMPLETE",
    RollbackFailed = "ROLLBACK_FAILED",
    UpdateInProgress = "UPDATE_IN_PROGRESS",
    UpdateCleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateComplete = "UPDATE_COMPLETE",
    UpdateFailed = "UPDATE_FAILED",
    UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
    UpdateRollbackCleanup = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
    UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    DeleteInProgress = "DELETE_IN_PROGRESS",
    DeleteComplete = "DELETE_COMPLETE",
    DeleteFailed = "DELETE_FAILED",
    DeleteSkipped = "DELETE_SKIPPED",
}

impl Status {
    pub(crate) fn in_progress(self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS")
    }

    /// Whether an update may start here whatever else holds.
    pub(crate) fn updatable(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete)
    }

    /// Whether an update may start here with rollback switched off: the last operation stopped half-way.
    pub(crate) fn updatable_without_rollback(self) -> bool {
        matches!(self, Self::CreateFailed | Self::UpdateFailed)
    }

    /// Whether a delete may start here.
    pub(crate) fn deletable(self) -> bool {
        !self.in_progress() || matches!(self, Self::ReviewInProgress | Self::CreateInProgress)
    }

    /// Whether the stack's exports and imports count: not those of a stack that is gone or came to nothing.
    pub(crate) fn keeps_exports(self) -> bool {
        !matches!(
            self,
            Self::ReviewInProgress
                | Self::CreateFailed
                | Self::RollbackInProgress
                | Self::RollbackComplete
                | Self::RollbackFailed
                | Self::DeleteComplete
        )
    }

    /// Whether the resource stands as its stack wants it.
    pub(crate) fn stands(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
