//! What is changed on disk is told, whoever changed it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use skydeck_model::{DeploymentStatus, OperationId};
use skydeck_store::{Changes, Folder, NewDeployment, Root, Watch};

use crate::fixtures::{MANIFEST, at, holder, new_deployment, root, write};

/// Far more than it takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn watch(root: &Root) -> (Watch, Receiver<Changes>) {
    let (sender, receiver) = mpsc::channel();
    let watch = Watch::start(root, move |changes| drop(sender.send(changes))).unwrap();
    (watch, receiver)
}

/// Waits for a call that tells of that folder, or of everything where it is empty.
fn told_of(receiver: &Receiver<Changes>, name: &str) {
    let end = Instant::now() + PATIENCE;
    while let Ok(changes) = receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if changes.folders.contains(name) || (changes == Changes::default() && name.is_empty()) {
            return;
        }
    }
    panic!("nothing was told of '{name}'");
}

#[test]
fn every_kind_of_change_to_a_deployment_is_told_by_its_name() {
    let root = root();
    let first = root.create(&new_deployment()).unwrap();
    let second = root.create(&NewDeployment { id: "DAAAAAA".parse().unwrap(), ..new_deployment() }).unwrap();
    let (_watch, receiver) = watch(&root);
    write(&first, MANIFEST, "version: 1\n");
    told_of(&receiver, &first.name());
    let mut locked = second.lock(&holder()).unwrap();
    told_of(&receiver, &second.name());
    locked.set_deployment_status(DeploymentStatus::Deploying, at("2025-10-30T01:00:00Z")).unwrap();
    told_of(&receiver, &second.name());
    drop(locked);
    told_of(&receiver, &second.name());
    let third = root.create(&NewDeployment { id: "DBBBBBB".parse().unwrap(), ..new_deployment() }).unwrap();
    told_of(&receiver, &third.name());
    write(&third, "stacks/network.yaml", "x");
    told_of(&receiver, &third.name());
    fs::remove_dir_all(first.path()).unwrap();
    told_of(&receiver, &first.name());
}

#[test]
fn a_log_that_grows_is_told_as_that_and_a_new_one_by_its_folder() {
    let root = root();
    let folder = root.create(&new_deployment()).unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    write(&folder, "logs/old.txt", "");
    let operation: OperationId = "20251030T004648Z-deploy-k3f9".parse().unwrap();
    let (_watch, receiver) = watch(&root);
    let log = format!("logs/{operation}.jsonl");
    write(&folder, &log, "one\n");
    told_of(&receiver, &folder.name());
    write(&folder, &log, "one\ntwo\n");
    let grown = Changes { folders: BTreeSet::new(), logs: BTreeSet::from([operation]) };
    let end = Instant::now() + PATIENCE;
    while receiver.recv_timeout(end.saturating_duration_since(Instant::now())).unwrap() != grown {}
    write(&folder, "logs/old.txt", "x");
    told_of(&receiver, &folder.name());
}

#[test]
fn reading_and_hidden_folders_are_no_changes() {
    let root = root();
    let folder = root.create(&new_deployment()).unwrap();
    drop(folder.lock(&holder()).unwrap());
    fs::create_dir(root.sandbox_dir()).unwrap();
    let (_watch, receiver) = watch(&root);
    folder.summary();
    folder.holder();
    root.folders().unwrap();
    fs::write(root.sandbox_dir().join("x"), "x").unwrap();
    // Whatever those had caused would be told before, or together with, this.
    fs::write(root.path().join("last"), "").unwrap();
    assert_eq!(receiver.recv_timeout(PATIENCE).unwrap().folders, BTreeSet::from(["last".to_owned()]));
}

/// Changes the folder again and again until that is told by its name, as it is once the new root is watched.
fn is_followed(receiver: &Receiver<Changes>, folder: &Folder) {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        write(folder, MANIFEST, "version: 1\n");
        let told = receiver.recv_timeout(Duration::from_millis(200));
        if told.is_ok_and(|changes| changes.folders.contains(&folder.name())) {
            return;
        }
    }
    panic!("the root is not followed");
}

#[test]
fn a_root_that_is_made_later_removed_and_made_anew_is_followed() {
    let root = root();
    let (_watch, receiver) = watch(&root);
    for _ in 0..2 {
        let folder = root.create(&new_deployment()).unwrap();
        told_of(&receiver, "");
        is_followed(&receiver, &folder);
        fs::remove_dir_all(root.path()).unwrap();
        told_of(&receiver, "");
    }
}

#[test]
fn a_root_that_is_replaced_is_followed() {
    let root = root();
    root.create(&new_deployment()).unwrap();
    let (_watch, receiver) = watch(&root);
    fs::rename(root.path(), root.path().with_extension("old")).unwrap();
    let folder = root.create(&new_deployment()).unwrap();
    told_of(&receiver, "");
    is_followed(&receiver, &folder);
}

#[test]
fn a_dropped_watch_tells_nothing_more() {
    let root = root();
    let folder = root.create(&new_deployment()).unwrap();
    let (watch, receiver) = watch(&root);
    drop(watch);
    write(&folder, MANIFEST, "version: 1\n");
    assert!(
        receiver.recv_timeout(PATIENCE).is_err_and(|error| error == mpsc::RecvTimeoutError::Disconnected)
    );
}
