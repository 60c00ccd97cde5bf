//! Writing to a deployment's folder.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use skydeck_model::graph::Needs;
use skydeck_model::validate::MANIFEST_FILE;
use skydeck_model::{DeploymentStatus, Environment, EnvironmentName, OperationId, StackKey};

use crate::atomic::{Unfinished, sweep};
use crate::error::StoreError;
use crate::folder::Folder;
use crate::kept::{Kept, Stack};
use crate::lock::{Holder, LockFile};
use crate::log::LogWriter;
use crate::manifest::{self, EnvironmentEntry};
use crate::metadata::{METADATA_FILE, Metadata, MetadataFile};
use crate::reach::{self, Record};
use crate::state::{CurrentOperation, STATE_FILE, StackEntry, State, StateFile};

/// A folder whose lock is held: the only way to write to it. Dropping it frees the lock.
///
/// Others may write too, without asking for the lock: what they change is merged, or kept beside under a name of its own. A
/// file that is missing or corrupt when it is read first is refused and not touched.
#[derive(Debug)]
pub struct Locked {
    folder: Folder,
    metadata: Kept<MetadataFile>,
    state: Kept<StateFile>,
    notices: Vec<String>,
    lock: LockFile,
}

impl Locked {
    pub(crate) fn acquire(folder: Folder, holder: &Holder) -> Result<Self, StoreError> {
        folder.refuse_newer()?;
        let lock = LockFile::acquire(folder.path(), holder)?;
        sweep(folder.path());
        let metadata = Kept::new(folder.path(), METADATA_FILE);
        let state = Kept::new(folder.path(), STATE_FILE);
        Ok(Self { folder, metadata, state, notices: Vec::new(), lock })
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Writes the deployment-level status into both files.
    ///
    /// # Errors
    /// Where a file is missing, corrupt or cannot be written; if either file is not fit to be written, both stay
    /// as they are.
    pub fn set_deployment_status(
        &mut self,
        status: DeploymentStatus,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.metadata.current()?.with_status(status, at)?;
        self.state.current()?.with_status(status, at)?;
        self.hold()?;
        self.metadata.rewrite(&mut self.notices, &[], |file| file.with_status(status, at))?;
        self.state.rewrite(&mut self.notices, &[], |file| file.with_status(status, at))
    }

    /// Writes which operation runs; `None`: none does.
    ///
    /// # Errors
    /// Where the state file is missing, corrupt or cannot be written.
    pub fn set_current_operation(
        &mut self,
        operation: Option<&CurrentOperation>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.hold()?;
        self.state.rewrite(&mut self.notices, &[], |file| file.with_operation(operation, at))?;
        self.folder.forget_calls_to_cancel();
        Ok(())
    }

    /// What the metadata file says.
    ///
    /// # Errors
    /// Where it is missing, unreadable or corrupt.
    pub fn metadata(&mut self) -> Result<Metadata, StoreError> {
        self.metadata.current()?.metadata()
    }

    /// What the state file says.
    ///
    /// # Errors
    /// Where it is missing, unreadable or corrupt.
    pub fn state(&mut self) -> Result<State, StoreError> {
        self.state.current()?.state()
    }

    /// What the state file says of one stack.
    ///
    /// # Errors
    /// As [`Self::state`].
    pub fn stack(&mut self, key: &StackKey) -> Result<Option<StackEntry>, StoreError> {
        self.state.current()?.stack(key.stack.as_str(), key.environment.as_str())
    }

    /// Writes a stack's entry: the one that has its stack and environment, whatever its key, else a new one.
    ///
    /// # Errors
    /// Where the state file is missing, corrupt or cannot be written.
    pub fn set_stack(&mut self, entry: &StackEntry, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.set_stacks(std::slice::from_ref(entry), at)
    }

    /// Writes the entries of several stacks, all at once or none of them. Where the file has no room for their outputs, what
    /// has become of the stacks is written without them, and that is told as a notice.
    ///
    /// # Errors
    /// As [`Self::set_stack`].
    pub fn set_stacks(&mut self, entries: &[StackEntry], at: DateTime<Utc>) -> Result<(), StoreError> {
        self.hold()?;
        let touched: Vec<Stack> =
            entries.iter().map(|entry| (entry.stack_name.clone(), entry.environment.clone())).collect();
        let written = self.state.rewrite(&mut self.notices, &touched, |file| file.with_stacks(entries, at));
        let Err(too_large @ StoreError::TooLarge { .. }) = written else { return written };
        let (mut bare, mut robbed) = (entries.to_vec(), Vec::new());
        for entry in bare.iter_mut().filter(|entry| !entry.outputs.is_empty()) {
            entry.outputs.clear();
            robbed.push(format!("{}-{}", entry.stack_name, entry.environment));
        }
        if robbed.is_empty() {
            return Err(too_large);
        }
        self.state.rewrite(&mut self.notices, &touched, |file| file.with_stacks(&bare, at))?;
        self.notices.push(format!("the outputs of {} were not recorded: {too_large}", robbed.join(", ")));
        Ok(())
    }

    /// Records how environments are reached, and what stacks of theirs need, where that is not recorded so already.
    ///
    /// # Errors
    /// As [`Self::set_stack`].
    pub fn record_environments<'e>(
        &mut self,
        environments: impl Iterator<Item = &'e Environment>,
        needs: &BTreeMap<EnvironmentName, Needs>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let state = self.state()?;
        let is_recorded = |name: &EnvironmentName| {
            let recorded = state.needs.get(name);
            let mut news = needs.get(name).into_iter().flatten();
            news.all(|(stack, needs)| recorded.and_then(|recorded| recorded.get(stack)) == Some(needs))
        };
        let environments: BTreeMap<EnvironmentName, Environment> = environments
            .map(|environment| (environment.name.clone(), reach::recorded(environment)))
            .filter(|(name, environment)| {
                state.environments.get(name) != Some(environment) || !is_recorded(name)
            })
            .collect();
        if environments.is_empty() {
            return Ok(());
        }
        self.hold()?;
        let record = Record { environments: &environments, needs };
        self.state.rewrite(&mut self.notices, &[], |file| file.with_environments(record, at))
    }

    /// What others did to the status files meanwhile that cost them their words, and where theirs are kept: for the
    /// operation's log. Each is told once.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Writes into the manifest how an environment is reached; everything else in it stays as it stands.
    ///
    /// # Errors
    /// A manifest without that environment, or one that would be wrong then: nothing is written.
    pub fn set_environment(
        &mut self,
        name: &EnvironmentName,
        entry: &EnvironmentEntry<'_>,
    ) -> Result<(), StoreError> {
        let text = manifest::with_environment(self.folder.path(), name, entry)?;
        self.folder.manifest_of(text.clone())?;
        self.hold()?;
        Unfinished::write(&self.folder.path().join(MANIFEST_FILE), text.as_bytes())?.put()
    }

    /// Opens an operation's log for appending.
    ///
    /// # Errors
    /// Where it cannot be made or opened.
    pub fn log_writer(&self, operation: &OperationId) -> Result<LogWriter, StoreError> {
        LogWriter::open(self.folder.path(), operation)
    }

    /// That the folder is still the one that was locked, and the lock still ours.
    fn hold(&mut self) -> Result<(), StoreError> {
        self.folder.refuse_symlink()?;
        self.lock.hold()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use skydeck_model::{OperationKind, Recorded, StackStatus};

    use crate::lock::Doing;

    use super::*;
    use crate::root::{NewDeployment, Root};
    use crate::size;
    use skydeck_yaml::parses;

    fn at() -> DateTime<Utc> {
        "2025-10-30T01:00:00Z".parse().unwrap()
    }

    /// A deployment with that many stacks in a root of its own, locked.
    fn locked(stacks: usize) -> (tempfile::TempDir, Locked) {
        let root = tempfile::tempdir().unwrap();
        let key = |place| StackKey {
            stack: format!("s{place:03}").parse().unwrap(),
            environment: "dev".parse().unwrap(),
        };
        let new = NewDeployment {
            id: "DX6604E".parse().unwrap(),
            organization: "o".parse().unwrap(),
            project: "p".parse().unwrap(),
            domain: "d.example".to_owned(),
            template: "default".to_owned(),
            created_at: at(),
            manifest: "version: 1\n".to_owned(),
            files: Vec::new(),
            stacks: (0..stacks).map(key).collect(),
        };
        let folder = Root::new(root.path()).create(&new).unwrap();
        let holder = Holder {
            doing: Doing::Operation(OperationKind::Deploy),
            operation: "x".parse().unwrap(),
            host: "here".to_owned(),
            pid: 1,
            started_at: at(),
        };
        (root, folder.lock(&holder).unwrap())
    }

    /// The entry with everything that the end of a deploy writes.
    fn deployed(mut entry: StackEntry) -> StackEntry {
        entry.status = Recorded::Known(StackStatus::Deployed);
        entry.stack_id = Some(format!("arn:{}", entry.stack_name));
        entry.changed_at = Some("2025-10-30T01:00:00.000000Z".to_owned());
        entry.cloudformation_status = Some("CREATE_COMPLETE".to_owned());
        entry.outputs.insert("Name".to_owned(), "n".to_owned());
        entry
    }

    /// How often the state file is parsed while every stack starts and ends.
    fn parses_of_a_deploy(stacks: usize) -> usize {
        let (_root, mut locked) = locked(stacks);
        let before = parses();
        let keys: Vec<_> = locked.state().unwrap().stacks.iter().filter_map(StackEntry::key).collect();
        for key in &keys {
            let mut entry = locked.stack(key).unwrap().unwrap();
            entry.status = Recorded::Known(StackStatus::Deploying);
            locked.set_stack(&entry, at()).unwrap();
            let entry = deployed(locked.stack(key).unwrap().unwrap());
            locked.set_stack(&entry, at()).unwrap();
            assert_eq!(locked.stack(key).unwrap(), Some(entry));
        }
        parses() - before
    }

    #[test]
    fn writing_parses_the_file_once_for_each_write_however_many_stacks_there_are() {
        for stacks in [5, 50] {
            assert_eq!(parses_of_a_deploy(stacks), 1 + 2 * stacks);
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let (_root, mut locked) = locked(3);
        let path = locked.folder().path().join(STATE_FILE);
        let before = std::fs::read_to_string(&path).unwrap();
        size::MOST.set(Some(before.len() as u64 + 1024));
        let mut entries = locked.state().unwrap().stacks;
        entries[0].outputs.insert("Long".to_owned(), "x".repeat(4096));
        entries[0].status = Recorded::Known(StackStatus::Deployed);
        // What has become of the stack is told all the same.
        locked.set_stacks(&entries[..1], at()).unwrap();
        let [notice] = &locked.take_notices()[..] else { panic!("no notice") };
        assert!(notice.starts_with("the outputs of s000-dev were not recorded: "), "{notice}");
        let entry = locked.folder().state().unwrap().stacks.remove(0);
        assert_eq!((entry.status, entry.outputs.len()), (Recorded::Known(StackStatus::Deployed), 0));

        let kept = std::fs::read_to_string(&path).unwrap();
        entries[1].reason = Some("x".repeat(4096));
        let refused = locked.set_stack(&entries[1], at()).unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
        let mut log = locked.log_writer(&"x".parse().unwrap()).unwrap();
        let warning = |length| skydeck_model::Event {
            operation: "x".parse().unwrap(),
            seq: 0,
            at: at(),
            kind: skydeck_model::EventKind::Warning { message: "x".repeat(length) },
        };
        log.append(&warning(1)).unwrap();
        assert!(matches!(log.append(&warning(1 << 16)), Err(StoreError::TooLarge { .. })));
        assert_eq!(locked.folder().log(&"x".parse().unwrap(), 0).unwrap(), [warning(1)]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
    }

    #[test]
    fn many_entries_cost_as_many_parses_as_one() {
        let (_root, mut locked) = locked(40);
        let entries: Vec<_> = locked.state().unwrap().stacks.into_iter().map(deployed).collect();
        let before = parses();
        locked.set_stacks(&entries, at()).unwrap();
        assert_eq!(parses() - before, 1);
        assert_eq!(locked.folder().state().unwrap().stacks, entries);
    }
}
