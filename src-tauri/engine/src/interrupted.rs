//! An operation whose program died, as the files tell of it.

use skydeck_model::{EnvironmentName, OperationId, OperationKind, StackKey, StackStatus};

use crate::engine::Engine;
use crate::error::EngineError;

/// An operation whose program died, as it was last known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// Where; `None`: in several environments.
    pub environment: Option<EnvironmentName>,
    /// When it started (RFC 3339).
    pub started_at: String,
    /// The machine that ran it.
    pub host: String,
    /// The process that ran it.
    pub pid: u32,
    /// Whether this machine started it, in this very folder: then it is brought to its end without being asked to.
    pub here: bool,
    /// The stacks on which something was under way.
    pub under_way: Vec<UnderWay>,
}

/// A stack on which something was under way when the program died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The stack.
    pub key: StackKey,
    /// Its recorded status.
    pub status: StackStatus,
}

impl Engine {
    /// The operation of a deployment whose program died, if there is one. Reads the files and asks nobody.
    ///
    /// # Errors
    /// No such deployment, or a state file that cannot be read.
    pub fn interrupted(&self, id: &str) -> Result<Option<Interrupted>, EngineError> {
        let folder = self.find(id)?;
        let state = folder.state()?;
        let Some(current) = state.current_operation else {
            return Ok(None);
        };
        if folder.holder().is_some() {
            return Ok(None);
        }
        let under_way = state.stacks.iter().filter_map(|entry| {
            let status = entry.status.known().filter(|status| !at_rest(*status))?;
            Some(UnderWay { key: entry.key()?, status })
        });
        Ok(Some(Interrupted {
            under_way: under_way.collect(),
            here: self.inner.started.of(&current.id, &folder).is_some(),
            operation: current.id,
            kind: current.kind,
            environment: current.environment,
            started_at: current.started_at,
            host: current.host,
            pid: current.pid,
        }))
    }
}

/// Whether nothing is under way on a stack with this status.
pub(crate) fn at_rest(status: StackStatus) -> bool {
    !matches!(status, StackStatus::Deploying | StackStatus::Destroying)
}
