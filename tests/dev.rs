//! `./dev subjects`, in repositories made for it: which commits are looked at, and which are long past.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const SHORT: &str = "cli: say it in a line";
const LONG: &str = "cli: say at length what could as well be said in a line that git log can show";

fn git(folder: &Path, args: &[&str]) {
    let author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"];
    let ran = Command::new("git").arg("-C").arg(folder).args(author).args(args).output().expect("git");
    assert!(ran.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn commit(folder: &Path, subject: &str) {
    git(folder, &["commit", "--quiet", "--allow-empty", "--message", subject]);
}

/// What `./dev subjects` says of a working copy.
fn subjects(folder: &Path) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../dev");
    fs::copy(script, folder.join("dev")).unwrap();
    Command::new("bash").arg(folder.join("dev")).arg("subjects").output().expect("bash")
}

/// A repository with a long subject in its past, and a clone of it.
fn cloned(options: &[&str]) -> (TempDir, TempDir) {
    let (upstream, clone) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    git(upstream.path(), &["init", "--quiet"]);
    for subject in [LONG, SHORT] {
        commit(upstream.path(), subject);
    }
    let address = format!("file://{}", upstream.path().display());
    git(clone.path(), &[&["clone", "--quiet"], options, &[&address, "."]].concat());
    (upstream, clone)
}

#[test]
fn only_the_subjects_of_commits_that_upstream_lacks_are_measured() {
    for options in [&[][..], &["--depth", "1"]] {
        let (_upstream, clone) = cloned(options);
        let clone = clone.path();
        assert!(subjects(clone).status.success(), "{options:?}: nothing new");
        git(clone, &["switch", "--quiet", "--create", "topic"]);
        commit(clone, SHORT);
        assert!(subjects(clone).status.success(), "{options:?}: a short one");
        commit(clone, LONG);
        commit(clone, SHORT);
        let ran = subjects(clone);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{options:?}: {said}");
        assert_eq!(said.matches(LONG).count(), 1, "{options:?}: {said}");
    }
}

#[test]
fn a_merge_of_a_pull_request_is_nobodys_subject() {
    let (_upstream, clone) = cloned(&[]);
    let clone = clone.path();
    git(clone, &["switch", "--quiet", "--create", "topic"]);
    commit(clone, SHORT);
    git(clone, &["switch", "--quiet", "main"]);
    git(clone, &["merge", "--quiet", "--no-ff", "--message", LONG, "topic"]);
    assert!(subjects(clone).status.success());
}

#[test]
fn without_an_upstream_the_last_commit_alone_is_measured() {
    let alone = TempDir::new().unwrap();
    let alone = alone.path();
    assert!(subjects(alone).status.success(), "no repository");
    git(alone, &["init", "--quiet"]);
    assert!(subjects(alone).status.success(), "no commit");
    for (subject, is_good) in [(LONG, false), (SHORT, true)] {
        commit(alone, subject);
        assert_eq!(subjects(alone).status.success(), is_good, "{subject}");
    }
    // A character is one, however many bytes it has.
    commit(alone, &"ä".repeat(72));
    assert!(subjects(alone).status.success());
}
