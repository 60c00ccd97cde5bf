//! Death in the middle of a write, two at once, and names that lead elsewhere.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use skydeck_model::event::Actor;
use skydeck_model::{DeploymentStatus, OperationKind, Recorded, StackStatus};
use skydeck_store::{Doing, Holder, Root, StoreError, write_atomically};

use crate::fixtures::{METADATA, STATE, at, deployment, holder, read, write};

/// Runs one of the ignored tests below in a process of its own, until it has said 'ready'.
fn child(test: &str, path: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("STORE_TEST_PATH", path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("ready")), "{test} did not start");
    child
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn path_of_child() -> std::path::PathBuf {
    std::env::var_os("STORE_TEST_PATH").expect("only to be run by another test").into()
}

#[test]
#[ignore = "the child process of another test"]
fn child_writes_for_ever() {
    let path = path_of_child();
    for round in 0_u32.. {
        let line = format!("{round}\n");
        write_atomically(&path, format!("{}end\n", line.repeat(2000)).as_bytes()).unwrap();
        if round == 0 {
            println!("ready");
        }
    }
}

#[test]
#[ignore = "the child process of another test"]
fn child_holds_the_lock() {
    let path = path_of_child();
    let folder = Root::new(path.parent().unwrap()).find("DX6604E").unwrap();
    let _locked = folder.lock(&holder()).unwrap();
    println!("ready");
    loop {
        std::thread::park();
    }
}

#[test]
fn a_file_is_whole_however_often_its_writer_is_killed() {
    let (_root, folder) = deployment();
    let path = folder.path().join("target");
    for _ in 0..50 {
        kill(child("safety::child_writes_for_ever", &path));
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        assert!(text.ends_with("end\n") && text.lines().count() == 2001);
        assert!(text.lines().take(2000).all(|line| line == first));
    }
    let unfinished = || {
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_string_lossy().starts_with(".skydeck-unfinished-")).count()
    };
    fs::write(folder.path().join(".skydeck-unfinished-x"), "").unwrap();
    assert!(unfinished() > 0);
    drop(folder.lock(&holder()).unwrap());
    assert_eq!(unfinished(), 0);
}

#[test]
fn one_lock_at_a_time_in_one_process() {
    let (_root, folder) = deployment();
    assert_eq!(folder.holder(), None);
    let locked = folder.lock(&holder()).unwrap();
    assert_eq!(folder.holder(), Some(holder()));
    assert!(folder.summary().lock_held);
    let busy = folder.clone().lock(&holder()).unwrap_err();
    assert!(busy.to_string().contains("deploy (process"), "{busy}");
    assert!(matches!(busy, StoreError::Busy { holder: Some(other), .. } if other == holder()));
    drop(locked);
    assert_eq!(folder.holder(), None);
    assert!(folder.lock(&holder()).is_ok());
}

#[test]
fn the_lock_says_what_is_done_behind_it() {
    let (_root, folder) = deployment();
    for (doing, word) in [
        (Doing::Settings, "a change of settings"),
        (Doing::Operation(OperationKind::DestroyStack), "destroy-stack"),
        (Doing::Operation(OperationKind::Drift), "drift"),
    ] {
        let _locked = folder.lock(&Holder { doing, ..holder() }).unwrap();
        assert_eq!(folder.holder().unwrap().doing, doing);
        let busy = folder.lock(&holder()).unwrap_err().to_string();
        assert!(busy.contains(&format!(" is busy: {word} (process ")), "{busy}");
    }
}

#[test]
fn calls_to_cancel_tell_who_made_them() {
    let (_root, folder) = deployment();
    let (one, other) = (holder().operation, "other".parse().unwrap());
    let by = |user: &str| Actor {
        user: user.to_owned(),
        host: "here".to_owned(),
        pid: 7,
        front_end: "app".to_owned(),
        version: "1".to_owned(),
    };
    assert_eq!(folder.ask_to_cancel(&one, &by("ada")).unwrap(), 1);
    assert_eq!(folder.ask_to_cancel(&other, &by("bob")).unwrap(), 1);
    // By hand.
    let calls = read(&folder, ".deployment.cancel");
    write(&folder, ".deployment.cancel", &format!("{calls}{one}\nnonsense\n{{\n"));
    assert_eq!(folder.ask_to_cancel(&one, &by("eve")).unwrap(), 3);
    assert_eq!(folder.calls_to_cancel(&one), [Some(by("ada")), None, Some(by("eve"))]);

    fs::remove_file(folder.path().join(".deployment.cancel")).unwrap();
    fs::create_dir(folder.path().join(".deployment.cancel")).unwrap();
    let refused = folder.ask_to_cancel(&one, &by("ada")).unwrap_err().to_string();
    assert!(refused.contains("not a file") && folder.calls_to_cancel(&one).is_empty(), "{refused}");
}

#[test]
fn the_lock_excludes_other_processes_and_their_death_frees_it() {
    let (_root, folder) = deployment();
    let child = child("safety::child_holds_the_lock", folder.path());
    let told = folder.holder().unwrap();
    assert_eq!(told.pid, child.id());
    assert!(
        matches!(folder.lock(&holder()), Err(StoreError::Busy { holder: Some(other), .. }) if other == told)
    );
    kill(child);
    assert_eq!(folder.holder(), None);
    assert!(folder.lock(&holder()).is_ok());
}

#[test]
fn asking_who_holds_the_lock_does_not_keep_anybody_from_it() {
    let (_root, folder) = deployment();
    drop(folder.lock(&holder()).unwrap());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    folder.holder();
                    std::thread::yield_now();
                }
            });
        }
        let taken = (0..30).filter(|_| folder.lock(&holder()).is_ok()).count();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(taken, 30);
    });
}

#[test]
fn readers_see_whole_files_while_they_are_written() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut locked = folder.lock(&holder()).unwrap();
            let mut entry = folder.state().unwrap().stacks.remove(0);
            for round in 0..40 {
                entry.status = Recorded::Known(StackStatus::ALL[round % StackStatus::ALL.len()]);
                locked.set_stack(&entry, when).unwrap();
                locked.set_deployment_status(DeploymentStatus::ALL[round % 7], when).unwrap();
            }
        });
        while !writer.is_finished() {
            let summary = folder.summary();
            assert_eq!(summary.problem, None);
        }
    });
}

#[test]
fn a_path_that_leads_out_of_the_folder_is_refused() {
    let (_root, folder) = deployment();
    fs::write(folder.path().parent().unwrap().join("secret"), "s").unwrap();
    for path in [
        "../secret",
        "stacks/../../secret",
        "/etc/passwd",
        "",
        ".",
        "stacks//network.yaml",
        "..\\secret",
        "stacks/ ",
    ] {
        assert!(matches!(folder.template_body(path), Err(StoreError::Refused { .. })), "{path:?}");
    }
    assert!(folder.template_body("stacks").is_err());
    assert!(folder.template_body("stacks/none.yaml").unwrap_err().is_missing());
}

#[cfg(unix)]
#[test]
fn symlinks_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (root, folder) = deployment();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, read(&folder, STATE)).unwrap();
    let untouched = fs::read_to_string(&victim).unwrap();

    // A status file.
    fs::remove_file(folder.path().join(STATE)).unwrap();
    symlink(&victim, folder.path().join(STATE)).unwrap();
    assert!(folder.summary().problem.unwrap().contains("symlink"));
    let mut locked = folder.lock(&holder()).unwrap();
    assert!(locked.set_deployment_status(DeploymentStatus::Deployed, at("2025-10-30T01:00:00Z")).is_err());
    assert!(matches!(write_atomically(&folder.path().join(STATE), b"x"), Err(StoreError::Refused { .. })));
    drop(locked);

    // A template, its folder, the logs, the lock.
    symlink(&victim, folder.path().join("stacks/link.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("linked")).unwrap();
    symlink(outside.path(), folder.path().join("logs")).unwrap();
    for path in ["stacks/link.yaml", "linked/victim"] {
        assert!(matches!(folder.template_body(path), Err(StoreError::Refused { .. })), "{path}");
    }
    let locked = folder.lock(&holder()).unwrap();
    assert!(matches!(locked.log_writer(&"op".parse().unwrap()), Err(StoreError::Refused { .. })));
    assert!(folder.operations().is_err());
    drop(locked);
    fs::remove_file(folder.path().join(".deployment.lock")).unwrap();
    symlink(&victim, folder.path().join(".deployment.lock")).unwrap();
    assert!(matches!(folder.lock(&holder()), Err(StoreError::Refused { .. })));

    // A whole deployment.
    fs::write(outside.path().join(METADATA), read(&folder, METADATA)).unwrap();
    symlink(outside.path(), root.path().join("DAAAAAA-x-y")).unwrap();
    let linked = root.find("DAAAAAA").unwrap();
    let summary = linked.summary();
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Unknown));
    assert!(summary.problem.unwrap().contains("symlink"));
    assert!(linked.lock(&holder()).is_err() && linked.manifest().is_err());
    assert_eq!(fs::read_to_string(&victim).unwrap(), untouched);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let (_root, folder) = deployment();
    let path = folder.path().join(STATE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let mut locked = folder.lock(&holder()).unwrap();
    locked.set_deployment_status(DeploymentStatus::Deployed, at("2025-10-30T01:00:00Z")).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    let _log = locked.log_writer(&holder().operation).unwrap();
    folder.ask_to_cancel(&holder().operation, &somebody()).unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("logs"), 0o700);
    let log = format!("logs/{}.jsonl", holder().operation);
    for name in [STATE, METADATA, ".deployment.lock", ".deployment.cancel", &log] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

fn somebody() -> Actor {
    Actor {
        user: "ada".to_owned(),
        host: "here".to_owned(),
        pid: 7,
        front_end: "app".to_owned(),
        version: "1".to_owned(),
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_links_are_neither_waited_for_nor_written_through() {
    use std::os::unix::fs::symlink;
    let operation = holder().operation;
    let log = format!("logs/{operation}.jsonl");
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    type Put<'a> = (&'a str, &'a dyn Fn(&Path, &Path));
    let put: [Put<'_>; 4] = [
        ("pipe", &|path, _| pipe(path)),
        ("link", &|path, victim| symlink(victim, path).unwrap()),
        ("dangling link", &|path, victim| symlink(victim.with_extension("none"), path).unwrap()),
        ("hard link", &|path, victim| fs::hard_link(victim, path).unwrap()),
    ];
    for (what, put) in put {
        let (root, folder) = deployment();
        let victim = root.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        let at = |name: &str| folder.path().join(name);
        put(&at(".deployment.lock"), &victim);
        let refused = folder.lock(&holder()).unwrap_err().to_string();
        assert!(refused.contains("remove it, and a lock file will be made"), "{what}: {refused}");
        assert!(folder.holder().is_none() && !folder.summary().lock_held, "{what}");
        fs::remove_file(at(".deployment.lock")).unwrap();

        put(&at(".deployment.cancel"), &victim);
        assert!(folder.ask_to_cancel(&operation, &somebody()).is_err(), "{what}");
        assert!(folder.calls_to_cancel(&operation).is_empty(), "{what}");

        fs::create_dir(at("logs")).unwrap();
        put(&at(&log), &victim);
        let locked = folder.lock(&holder()).unwrap();
        assert!(locked.log_writer(&operation).is_err(), "{what}");
        assert!(what == "hard link" || folder.log(&operation, 0).is_err(), "{what}");
        drop(locked);

        for file in [STATE, METADATA, "deployment-manifest.yaml", "stacks/network.yaml"] {
            fs::remove_file(at(file)).unwrap();
            put(&at(file), &victim);
            let is_refused = match file {
                STATE => folder.state().is_err(),
                METADATA => folder.metadata().is_err(),
                _ => folder.manifest().is_err(),
            };
            assert!(is_refused, "{what}: {file}");
        }
        fs::remove_file(root.path().join(".create.lock")).unwrap();
        put(&root.path().join(".create.lock"), &victim);
        let mut new = crate::fixtures::new_deployment();
        new.id = "DAAAAAA".parse().unwrap();
        assert!(root.create(&new).is_err(), "{what}");

        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched", "{what}");
        assert!(!victim.with_extension("none").exists());
    }
}

#[test]
fn calls_to_cancel_are_heard_however_full_somebody_has_made_their_file() {
    let (_root, folder) = deployment();
    write(&folder, ".deployment.cancel", &"x".repeat(1 << 20));
    assert_eq!(folder.ask_to_cancel(&holder().operation, &somebody()).unwrap(), 1);
    assert_eq!(folder.calls_to_cancel(&holder().operation), [Some(somebody())]);
}

/// Somebody puts another lock file in the place of the one that is waited for, and holds that one.
#[cfg(target_os = "linux")]
#[test]
fn a_lock_counts_only_if_its_file_still_stands_there() {
    let (_root, folder) = deployment();
    let path = folder.path().join(".deployment.lock");
    let open = || fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).unwrap();
    let old = open();
    old.lock().unwrap();
    let waits = || {
        let open =
            fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
        open.filter(|file| *file == path).count() > 1
    };
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| folder.lock(&holder()).map(drop));
        while !waits() && !waiter.is_finished() {
            std::thread::yield_now();
        }
        fs::remove_file(&path).unwrap();
        let new = open();
        new.lock().unwrap();
        drop(old);
        assert!(matches!(waiter.join().unwrap(), Err(StoreError::Busy { .. })));
    });
}

/// A co-writer that swaps the lock's file for links and other files all the time, while it is taken.
#[cfg(unix)]
#[test]
fn no_race_for_the_locks_place_writes_elsewhere() {
    use std::os::unix::fs::symlink;
    let (root, folder) = deployment();
    let victim = root.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let (path, other) = (folder.path().join(".deployment.lock"), folder.path().join("other"));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                symlink(&victim, &other).unwrap();
                fs::rename(&other, &path).unwrap();
                fs::write(&other, "").unwrap();
                fs::rename(&other, &path).unwrap();
            }
        });
        let taken = (0..2000).filter(|_| folder.lock(&holder()).is_ok()).count();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(taken > 0);
    });
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
}
