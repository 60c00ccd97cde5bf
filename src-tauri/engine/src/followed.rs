//! Operations that another process runs, as far as their logs have been read: each look reads on from there.

use std::collections::HashMap;
use std::path::PathBuf;

use skydeck_model::OperationId;
use skydeck_model::event::OperationView;
use skydeck_store::{Folder, StoreError};

/// The views of operations that are not over. What is over is read from its log when somebody asks.
#[derive(Default)]
pub(crate) struct Followed(HashMap<(PathBuf, OperationId), OperationView>);

impl Followed {
    /// An operation as its log tells it now; `None` where the log does not begin with the operation's start.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub(crate) fn look(
        &mut self,
        folder: &Folder,
        operation: &OperationId,
    ) -> Result<Option<OperationView>, StoreError> {
        // A folder may be a copy of another.
        let key = (folder.path().to_owned(), operation.clone());
        let known = self.0.remove(&key);
        let seen = known.as_ref().map_or(0, |view| view.last_seq);
        let mut later = folder.log(operation, seen)?.into_iter();
        // The last one that was seen comes first again, unless the log is another than it was.
        let view = match (known, later.next()) {
            (Some(view), Some(last)) if last.seq == view.last_seq => Some(view),
            (Some(_), _) => return Ok(OperationView::replay(&folder.log(operation, 0)?)),
            (None, first) => first.as_ref().and_then(OperationView::begin),
        };
        let Some(mut view) = view else { return Ok(None) };
        later.for_each(|event| view.apply(&event));
        if view.outcome.is_none() {
            self.0.insert(key, view.clone());
        }
        Ok(Some(view))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use skydeck_model::Event;

    use super::*;

    const LOG: &str = include_str!("../../store/tests/corpus/log-whole.jsonl");

    #[test]
    fn what_is_read_piece_by_piece_is_what_is_read_at_once() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("DX6604E-Org-app");
        std::fs::create_dir_all(path.join("logs")).unwrap();
        std::fs::write(path.join(skydeck_store::STATE_FILE), "stacks: {}\n").unwrap();
        let folder = skydeck_store::Root::new(root.path()).find("DX6604E").unwrap();
        let lines: Vec<&str> = LOG.split_inclusive('\n').collect();
        let first: Event = serde_json::from_str(lines[0]).unwrap();
        let log = path.join("logs").join(format!("{}.jsonl", first.operation));
        let mut followed = Followed::default();
        for length in [1, 2, 2, 5, lines.len(), lines.len()] {
            std::fs::write(&log, lines[..length].concat()).unwrap();
            let whole = OperationView::replay(&folder.log(&first.operation, 0).unwrap());
            assert_eq!(followed.look(&folder, &first.operation).unwrap(), whole, "{length}");
            // What is over is not kept.
            assert_eq!(followed.0.is_empty(), length == lines.len());
        }
        // Somebody has put an older version of it there.
        for length in [5, 3] {
            std::fs::write(&log, lines[..length].concat()).unwrap();
            let view = followed.look(&folder, &first.operation).unwrap().unwrap();
            assert_eq!(view.last_seq + 1, u32::try_from(length).unwrap());
        }
    }
}
