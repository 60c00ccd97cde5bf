//! Which operations this machine started, and has not brought to their end.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use skydeck_model::OperationId;
use skydeck_store::Folder;

use crate::own_file::{recall, remember};

/// What is kept of an operation until its end: `operations/<operation>.json` in the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartedHere {
    /// The folder, without links.
    folder: PathBuf,
    /// What the file system numbers it with.
    number: u64,
    /// The machine's name: a home folder can be that of several.
    host: String,
    /// The change sets that were approved for it, by their ARNs: what is left of them is ours to remove.
    pub(crate) change_sets: BTreeSet<String>,
}

/// The operations that this machine started.
pub(crate) struct StartedOperations {
    /// The data folder; `None`: they are known for as long as this program runs.
    data: Option<PathBuf>,
    host: String,
    /// Those of this program, also where the disk does not take them.
    here: Mutex<HashMap<OperationId, StartedHere>>,
}

impl StartedOperations {
    pub(crate) fn new(data: Option<PathBuf>, host: &str) -> Self {
        Self { data, host: host.to_owned(), here: Mutex::default() }
    }

    fn file(&self, operation: &OperationId) -> Option<PathBuf> {
        Some(self.data.as_ref()?.join("operations").join(format!("{operation}.json")))
    }

    fn here(&self) -> MutexGuard<'_, HashMap<OperationId, StartedHere>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This machine starts an operation in a folder, or takes it over. Kept before the folder tells of it.
    pub(crate) fn keep(&self, operation: &OperationId, folder: &Folder, change_sets: BTreeSet<String>) {
        let Some((folder, number)) = folder.identity() else { return };
        let started = StartedHere { folder, number, host: self.host.clone(), change_sets };
        if let Some(file) = self.file(operation) {
            remember(&file, &started);
        }
        self.here().insert(operation.clone(), started);
    }

    /// What is kept of an operation that this machine started in this very folder. In a copy of it, it did not.
    pub(crate) fn of(&self, operation: &OperationId, folder: &Folder) -> Option<StartedHere> {
        let known = self.here().get(operation).cloned();
        let started: StartedHere = known.or_else(|| recall(&self.file(operation)?))?;
        let same =
            folder.identity()? == (started.folder.clone(), started.number) && started.host == self.host;
        same.then_some(started)
    }

    /// It has come to its end.
    pub(crate) fn forget(&self, operation: &OperationId) {
        self.here().remove(operation);
        if let Some(file) = self.file(operation)
            && let Err(error) = std::fs::remove_file(&file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::debug!(file = %file.display(), %error, "the record of an operation stays");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use skydeck_store::Root;

    use super::*;

    #[test]
    fn an_operation_is_known_in_its_own_folder_on_its_own_machine_until_its_end() {
        let home = tempfile::tempdir().unwrap();
        let (root, data) = (Root::new(home.path()), Some(home.path().join("data")));
        let make = |name: &str| {
            fs::create_dir(home.path().join(name)).unwrap();
            root.folder(name).unwrap()
        };
        let (folder, copy) = (make("DX6604E-Org-app"), make("DX6604E-Org-copy"));
        let operation: OperationId = "20251030T004648Z-deploy-abcd".parse().unwrap();
        let open = |host: &str| StartedOperations::new(data.clone(), host);
        let sets = BTreeSet::from(["arn:one".to_owned()]);
        open("here").keep(&operation, &folder, sets.clone());

        // Another program of this machine.
        assert_eq!(open("here").of(&operation, &folder).unwrap().change_sets, sets);
        assert_eq!(open("there").of(&operation, &folder), None, "a home that two machines share");
        assert_eq!(open("here").of(&operation, &copy), None);
        assert_eq!(open("here").of(&"20251030T004648Z-deploy-efgh".parse().unwrap(), &folder), None);
        // A copy in the place of the folder.
        fs::rename(folder.path(), home.path().join("away")).unwrap();
        make("DX6604E-Org-app");
        assert_eq!(open("here").of(&operation, &folder), None);
        fs::remove_dir(folder.path()).unwrap();
        fs::rename(home.path().join("away"), folder.path()).unwrap();
        assert!(open("here").of(&operation, &folder).is_some());

        open("here").forget(&operation);
        assert_eq!(open("here").of(&operation, &folder), None);
    }

    #[test]
    fn a_record_that_cannot_be_read_or_kept_is_none() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("DX6604E-Org-app")).unwrap();
        let folder = Root::new(home.path()).folder("DX6604E-Org-app").unwrap();
        let operation: OperationId = "20251030T004648Z-deploy-abcd".parse().unwrap();
        let data = home.path().join("data");
        fs::write(&data, "no folder").unwrap();
        let started = StartedOperations::new(Some(data.clone()), "here");
        started.keep(&operation, &folder, BTreeSet::new());
        assert!(started.of(&operation, &folder).is_some(), "this program knows it all the same");
        fs::remove_file(&data).unwrap();
        fs::create_dir_all(data.join("operations")).unwrap();
        fs::write(data.join(format!("operations/{operation}.json")), "{").unwrap();
        assert_eq!(StartedOperations::new(Some(data), "here").of(&operation, &folder), None);
    }
}
