//! Faults of the disk as somebody at a terminal meets them: what `cloud` says, and its exit codes. The engine's own
//! tests (`src-tauri/engine/tests/engine/disk.rs`) have the whole table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;

use skydeck_tests::home::program;
use skydeck_tests::{Home, Ran};

const MANIFEST: &str = "deployment-manifest.yaml";
const LOCK: &str = ".deployment.lock";

/// A shell script as root of a user namespace of its own, in which it may mount and permissions hold. `cloud` is the
/// command, `$F` the deployment's folder. `None`, and a word why, where no such namespace can be had.
fn in_namespace(home: &Home, script: &str) -> Option<Ran> {
    let namespace = |script: &str| {
        let mut command = home.command("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--", "setpriv"]);
        command.args(["--bounding-set", "-dac_override,-dac_read_search", "--", "bash", "-euc", script]);
        command.env("F", home.deployment()).env("CLOUD", program("cloud"));
        Ran::from(command.output().expect("unshare, of util-linux"))
    };
    let probe = namespace("mount -t tmpfs tmpfs /mnt; chmod 555 /mnt; ! touch /mnt/x");
    if probe.code != 0 {
        println!("skipped: no user namespace with mounts can be had here: {}", probe.err);
        return None;
    }
    Some(namespace(&format!("cloud() {{ \"$CLOUD\" \"$@\"; }}\n{script}")))
}

/// The deployment of the reference, whose first stack takes a second and a half.
fn slow_home() -> Home {
    let home = Home::new();
    home.init("--account-dev 123456");
    let template = home.read("stacks/network.yaml");
    home.write("stacks/network.yaml", &format!("{template}\nMetadata: {{Sandbox: {{Seconds: 30}}}}\n"));
    home
}

#[test]
fn a_disk_that_is_full_in_the_middle_is_told_and_the_next_look_ends_the_operation() {
    let home = slow_home();
    let Some(ran) = in_namespace(
        &home,
        r#"
        cp -a "$F" "$HOME/copy"
        mount -t tmpfs -o size=2m tmpfs "$F"
        cp -a "$HOME/copy/." "$F"
        cloud deploy DX6604E & 
        pid=$!
        until grep -qs CREATE_IN_PROGRESS "$F"/logs/*; do :; done
        ! dd if=/dev/zero of="$F/ballast" bs=4k 2>/dev/null
        code=0; wait $pid || code=$?
        echo "== exit $code"
        cloud status DX6604E
        rm "$F/ballast"
        echo "== mended"
        cloud status DX6604E --refresh
        cloud deploy DX6604E --quiet
        tail -qn 1 "$F"/logs/*
        "#,
    ) else {
        return;
    };
    let ran = ran.exits(0);
    assert!(
        ran.err.contains("No space left on device") && ran.err.contains("free some space"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("left open"), "{}", ran.err);
    let (during, after) = ran.out.split_once("== mended").unwrap();
    let code = during.split("== exit ").nth(1).unwrap().lines().next().unwrap();
    assert_ne!(code, "0", "{during}");
    assert!(during.contains("Status: unknown"), "{during}");
    assert!(after.contains("Status: partial"), "{after}");
    assert!(after.contains("deploy succeeded. Deployment status: deployed"), "{after}");
    assert_eq!(after.matches("\"event\":\"operation_ended\"").count(), 2, "{after}");
}

#[test]
fn a_folder_that_cannot_be_written_is_shown_and_refused() {
    let home = Home::new();
    home.init("--account-dev 123456");
    for (fault, told) in [
        ("mount --bind \"$F\" \"$F\"; mount -o remount,bind,ro \"$F\"", "Read-only file system"),
        ("chmod 555 \"$F\"; trap 'chmod 755 \"$F\"' EXIT", "Permission denied"),
    ] {
        let before = home.files();
        let script = format!(
            "{fault}\ncloud list; cloud status DX6604E\ncloud deploy DX6604E --yes || echo \"== exit $?\""
        );
        let Some(ran) = in_namespace(&home, &script) else { return };
        let ran = ran.exits(0);
        assert!(ran.err.contains(told) && ran.err.contains("check its permissions"), "{}", ran.err);
        assert!(ran.out.ends_with("== exit 2\n") && ran.out.contains("Status: initialized"), "{}", ran.out);
        assert_eq!(home.files(), before);
    }
}

#[test]
fn a_folder_that_goes_away_in_the_middle_is_no_success_and_can_be_put_back() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let mut process = home.begin_deploy(30);
    let (folder, away) = (home.deployment(), home.root().join(".away"));
    fs::rename(&folder, &away).unwrap();
    // It was started, so that 2 (nothing was) would not be true.
    assert_eq!(process.0.wait().unwrap().code(), Some(5));
    fs::rename(&away, &folder).unwrap();
    home.cloud("status DX6604E --refresh").exits(0);
    assert_eq!(
        (home.stack_status("network-dev").as_str(), home.deployment_status().as_str()),
        ("deployed", "partial")
    );
}

#[test]
fn a_second_operation_is_told_who_holds_the_deployment_whatever_the_lock_file_says() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let process = home.begin_deploy(60);
    let pid = format!("deploy (process {} on ", process.0.id());
    for garbage in [None, Some(""), Some("{\"kind\": 7}"), Some("\u{1b}[2J")] {
        if let Some(garbage) = garbage {
            home.write(LOCK, garbage);
        }
        let busy = home.cloud("destroy DX6604E --yes").exits(4);
        assert!(busy.err.contains(&pid) && busy.err.contains(", since 20"), "{}", busy.err);
        assert!(!busy.err.contains('\u{1b}'), "{}", busy.err);
    }
}

#[test]
fn a_newer_manifest_is_shown_and_every_operation_says_to_update() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.edit(MANIFEST, "version: 1", "version: 2\nwaves: [a, b]");
    let before = home.files();
    let shown = home.cloud("status DX6604E").exits(0);
    assert!(shown.out.contains("Status: initialized") && shown.out.contains("network"), "{}", shown.out);
    for operation in [
        "deploy DX6604E --yes",
        "deploy-stack DX6604E network --environment dev --yes",
        "destroy DX6604E --yes",
        "destroy-stack DX6604E network --environment dev --yes",
        "status DX6604E --refresh",
        "plan DX6604E",
    ] {
        let refused = home.cloud(operation).exits(2);
        assert!(refused.err.contains("update Skydeck"), "{operation}: {}", refused.err);
    }
    assert_eq!(home.files(), before);
}
