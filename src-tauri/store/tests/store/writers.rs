//! Others who write the status files while the lock is held: an editor, `git checkout`, an older tool without a lock.

use std::fs;
use std::path::PathBuf;

use skydeck_model::{DeploymentStatus, OperationKind, Recorded, StackStatus};
use skydeck_store::{CurrentOperation, Doing, Folder, Locked, StackEntry};

use crate::fixtures::{METADATA, STATE, at, deployment, holder, key, read, write};

const NOW: &str = "2025-10-30T01:00:00Z";

fn operation() -> CurrentOperation {
    CurrentOperation {
        id: holder().operation,
        kind: OperationKind::Deploy,
        environment: None,
        stacks: vec!["network".to_owned()],
        started_at: "2025-10-30T00:46:48.000000Z".to_owned(),
        host: "h".to_owned(),
        pid: 1,
    }
}

fn set(locked: &mut Locked, stack: &str, status: StackStatus) {
    let key = key(stack, "dev");
    let entry = locked.stack(&key).unwrap().unwrap_or_else(|| StackEntry::not_deployed(&key, at(NOW)));
    let entry = StackEntry { status: Recorded::Known(status), reason: None, ..entry };
    locked.set_stack(&entry, at(NOW)).unwrap();
}

/// The files that are kept beside, with what they hold.
fn copies(folder: &Folder) -> Vec<(String, String)> {
    let theirs = |path: &PathBuf| path.to_string_lossy().contains(".theirs-");
    let paths = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).filter(theirs);
    let copy = |path: PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    paths.map(copy).collect()
}

/// A deploy of `network` in its middle: what the holder of the lock has written.
fn half_way(folder: &Folder) -> (String, Locked) {
    let before = read(folder, STATE);
    let mut locked = folder.lock(&holder()).unwrap();
    locked.set_current_operation(Some(&operation()), at(NOW)).unwrap();
    locked.set_deployment_status(DeploymentStatus::Deploying, at(NOW)).unwrap();
    set(&mut locked, "network", StackStatus::Deploying);
    (before, locked)
}

#[test]
fn what_others_change_is_merged_and_where_it_touches_ours_theirs_is_kept() {
    struct Row {
        what: &'static str,
        edit: fn(&str, &str) -> String,
        /// A text that the file must have at the end.
        stays: &'static str,
        clash: Option<&'static str>,
    }
    let rows = [
        Row {
            what: "a key and a remark of theirs",
            edit: |now, _| now.replace("\nstacks:\n", "\nowner: ada  # since May\nstacks:\n"),
            stays: "owner: ada  # since May\n",
            clash: None,
        },
        Row {
            what: "a key of theirs in an entry of ours",
            edit: |now, _| now.replace("    status: deploying\n", "    status: deploying\n    ticket: 12\n"),
            stays: "    ticket: 12\n",
            clash: None,
        },
        Row {
            what: "another stack",
            edit: |now, _| now.replace("status: not_deployed", "status: failed"),
            stays: "    stack_name: security\n    status: failed\n",
            clash: None,
        },
        Row {
            what: "another field of a stack of ours",
            edit: |now, _| {
                now.replace(
                    "    status: deploying\n",
                    "    status: deploying\n    cloudformation_status: SEEN\n",
                )
            },
            stays: "cloudformation_status: SEEN\n",
            clash: None,
        },
        Row {
            what: "another stack is taken out",
            edit: |now, _| now.split("  security-dev:\n").next().unwrap().to_owned(),
            stays: "network",
            clash: None,
        },
        Row {
            what: "the file as it was before, by git checkout",
            edit: |_, before| before.to_owned(),
            stays: "kind: deploy\n",
            clash: None,
        },
        Row {
            what: "an older tool with labels of its own",
            edit: |now, _| now.replace("  network-dev:\n", "  the-first:\n"),
            stays: "  the-first:\n",
            clash: None,
        },
        Row {
            what: "the status of the stack that we write",
            edit: |now, _| now.replace("status: deploying\n", "status: destroyed\n"),
            stays: "status: deployed\n",
            clash: Some("stacks.network-dev.status"),
        },
        Row {
            what: "the stack that we write is taken out",
            edit: |now, _| {
                let (head, tail) = now.split_once("  network-dev:\n").unwrap();
                format!("{head}  security-dev:\n{}", tail.split_once("  security-dev:\n").unwrap().1)
            },
            stays: "status: deployed\n",
            clash: Some("stacks.network-dev"),
        },
        Row {
            what: "an operation of a tool without a lock",
            edit: |now, _| now.replace("  kind: deploy\n", "  kind: destroy\n"),
            stays: "kind: deploy\n",
            clash: Some("current_operation"),
        },
        Row {
            what: "a field that we write only later",
            edit: |now, _| {
                now.replace("    status: deploying\n", "    status: deploying\n    reason: by hand\n")
            },
            stays: "status: deployed\n",
            clash: Some("stacks.network-dev.reason"),
        },
        Row {
            what: "no YAML any more",
            edit: |_, _| "stacks: [\n".to_owned(),
            stays: "kind: deploy\n",
            clash: Some("unusable (line 2"),
        },
        Row {
            what: "a bomb",
            edit: |_, _| "a: &a [x]\nb: [*a, *a]\nstacks: {}\n".to_owned(),
            stays: "kind: deploy\n",
            clash: Some("anchors"),
        },
    ];
    for Row { what, edit, stays, clash } in rows {
        let (_root, folder) = deployment();
        let (before, mut locked) = half_way(&folder);
        let theirs = edit(&read(&folder, STATE), &before);
        write(&folder, STATE, &theirs);
        set(&mut locked, "network", StackStatus::Deployed);
        let text = read(&folder, STATE);
        assert!(text.contains(stays), "{what}: {text}");
        let state = folder.state().unwrap();
        assert_eq!(state.current_operation, Some(operation()), "{what}");
        assert_eq!(state.deployment_status, Some(Recorded::Known(DeploymentStatus::Deploying)), "{what}");
        let network = state.stack(&key("network", "dev")).unwrap();
        assert_eq!(network.status, Recorded::Known(StackStatus::Deployed), "{what}");
        let (notices, copies) = (locked.take_notices(), copies(&folder));
        match clash {
            None => assert_eq!((notices, copies), (Vec::new(), Vec::new()), "{what}"),
            Some(clash) => {
                let ([notice], [(name, content)]) = (&notices[..], &copies[..]) else {
                    panic!("{what}: {notices:?}")
                };
                assert!(notice.contains(clash) && notice.contains(name.as_str()), "{what}: {notice}");
                assert!(
                    name.starts_with(".deployment-state.theirs-20") && name.ends_with("Z.yaml"),
                    "{name}"
                );
                assert_eq!(*content, theirs, "{what}");
            }
        }
        // Once is enough.
        set(&mut locked, "network", StackStatus::Failed);
        assert_eq!(locked.take_notices(), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn the_metadata_are_merged_likewise() {
    let (_root, folder) = deployment();
    let (_, mut locked) = half_way(&folder);
    write(&folder, METADATA, &format!("{}owner: ada\n", read(&folder, METADATA)));
    locked.set_deployment_status(DeploymentStatus::Partial, at(NOW)).unwrap();
    assert!(read(&folder, METADATA).contains("owner: ada\n"));
    assert_eq!(copies(&folder), []);
    let theirs = read(&folder, METADATA).replace("status: partial", "status: destroyed");
    write(&folder, METADATA, &theirs);
    locked.set_deployment_status(DeploymentStatus::Deployed, at(NOW)).unwrap();
    assert!(read(&folder, METADATA).contains("status: deployed\n"));
    let [(name, content)] = &copies(&folder)[..] else { panic!("one copy") };
    assert!(name.starts_with(".deployment-metadata.theirs-"), "{name}");
    assert_eq!(*content, theirs);
    assert!(locked.take_notices()[0].contains("(status)"));
}

#[test]
fn copies_of_one_second_do_not_replace_each_other() {
    let (_root, folder) = deployment();
    let (_, mut locked) = half_way(&folder);
    for word in ["a: [", "b: [", "c: ["] {
        write(&folder, STATE, word);
        let file = fs::File::options().append(true).open(folder.path().join(STATE)).unwrap();
        file.set_modified(at("2026-11-24T19:45:01Z").into()).unwrap();
        set(&mut locked, "network", StackStatus::Deployed);
        set(&mut locked, "network", StackStatus::Deploying);
    }
    let mut copies = copies(&folder);
    copies.sort();
    let named = |name: &str, word: &str| {
        (format!(".deployment-state.theirs-20261124T194501Z{name}.yaml"), word.to_owned())
    };
    assert_eq!(copies, [named("-2", "b: ["), named("-3", "c: ["), named("", "a: [")]);
}

#[test]
fn a_tool_that_writes_at_the_same_time_costs_us_no_word() {
    let (_root, folder) = deployment();
    let (_, mut locked) = half_way(&folder);
    // One write of theirs at most comes between one of ours.
    let (turn, turns) = std::sync::mpsc::sync_channel(0);
    std::thread::scope(|scope| {
        let folder = &folder;
        scope.spawn(move || {
            for round in turns {
                // A whole file, as a tool puts it there: what it read, with another word for its own key.
                let text = read(folder, STATE);
                let head = text.split("theirs:").next().unwrap();
                let place = folder.path().join("theirs-new");
                fs::write(&place, format!("{head}theirs: {round}\n")).unwrap();
                fs::rename(place, folder.path().join(STATE)).unwrap();
            }
        });
        for round in 0..100 {
            let status = [StackStatus::Deploying, StackStatus::Deployed][round % 2];
            turn.send(round).unwrap();
            set(&mut locked, "network", status);
            // Whatever they made of it meanwhile, what we know is what we wrote.
            let known = locked.stack(&key("network", "dev")).unwrap().unwrap();
            assert_eq!(known.status, Recorded::Known(status));
        }
        drop(turn);
    });
    assert!(read(&folder, STATE).contains("theirs: "));
}

#[test]
fn a_lock_file_that_was_removed_or_replaced_is_taken_again() {
    type Fault = fn(&Folder);
    let lock = |folder: &Folder| folder.path().join(".deployment.lock");
    let faults: [(&str, Fault); 2] = [
        ("removed", |folder| fs::remove_file(folder.path().join(".deployment.lock")).unwrap()),
        ("replaced", |folder| {
            fs::write(folder.path().join("new"), "garbage").unwrap();
            fs::rename(folder.path().join("new"), folder.path().join(".deployment.lock")).unwrap();
        }),
    ];
    for (what, fault) in faults {
        let (_root, folder) = deployment();
        let (_, mut locked) = half_way(&folder);
        fault(&folder);
        set(&mut locked, "network", StackStatus::Deployed);
        assert_eq!(folder.holder(), Some(holder()), "{what}");
        assert!(matches!(folder.lock(&holder()), Err(skydeck_store::StoreError::Busy { .. })), "{what}");
        // Somebody else was faster: nothing is written any more.
        fs::remove_file(lock(&folder)).unwrap();
        let other = folder.lock(&holder()).unwrap();
        let text = read(&folder, STATE);
        let entry = locked.stack(&key("network", "dev")).unwrap().unwrap();
        assert!(
            matches!(locked.set_stack(&entry, at(NOW)), Err(skydeck_store::StoreError::Busy { .. })),
            "{what}"
        );
        assert_eq!(read(&folder, STATE), text);
        drop(other);
    }
}

#[test]
fn garbage_in_the_lock_file_hides_nobody() {
    let (_root, folder) = deployment();
    let (_, locked) = half_way(&folder);
    write(&folder, ".deployment.lock", "\u{1b}[31m{\"kind\": 7}");
    let told = folder.holder().unwrap();
    assert_eq!((told.operation, told.doing), (operation().id, Doing::Operation(OperationKind::Deploy)));
    let busy = folder.lock(&holder()).unwrap_err().to_string();
    assert!(busy.contains("deploy (process 1 on h"), "{busy}");
    drop(locked);
    // Nobody holds it: garbage keeps nobody out.
    write(&folder, ".deployment.lock", &"x".repeat(2 << 20));
    assert!(folder.lock(&holder()).is_ok());
}

#[test]
fn what_is_no_file_in_the_locks_place_is_told_and_blocks_nobody_who_looks() {
    type Put = fn(&std::path::Path);
    let rows: [(&str, Put); 3] = [
        ("symlink", |path| std::os::unix::fs::symlink("/dev/null", path).unwrap()),
        ("not a file", |path| fs::create_dir(path).unwrap()),
        // To open one for reading waits for a writer.
        ("not a file", |path| {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success())
        }),
    ];
    for (what, put) in rows {
        let (_root, folder) = deployment();
        put(&folder.path().join(".deployment.lock"));
        assert_eq!(folder.holder(), None);
        assert!(!folder.summary().lock_held);
        let refused = folder.lock(&holder()).unwrap_err().to_string();
        assert!(refused.contains(what) && refused.contains("remove it"), "{refused}");
        for file in [STATE, METADATA] {
            fs::remove_file(folder.path().join(file)).unwrap();
            put(&folder.path().join(file));
        }
        assert!(folder.summary().problem.unwrap().contains(what));
    }
}

#[test]
fn what_is_far_too_large_is_kept_beside() {
    let (_root, folder) = deployment();
    let (_, mut locked) = half_way(&folder);
    std::fs::OpenOptions::new()
        .write(true)
        .open(folder.path().join(STATE))
        .unwrap()
        .set_len(257 << 20)
        .unwrap();
    set(&mut locked, "network", StackStatus::Deployed);
    assert_eq!(folder.state().unwrap().current_operation, Some(operation()));
    let notices = locked.take_notices();
    assert!(notices.len() == 1 && notices[0].contains("larger than 256 MiB"), "{notices:?}");
}
