//! The folder of all deployments: listing, finding, making.

use std::fs;

use skydeck_model::DeploymentStatus;
use skydeck_model::Recorded;
use skydeck_store::{Folder, NewDeployment, StoreError};

use crate::fixtures::{METADATA, STATE, new_deployment, root, write};

fn names(folders: &[Folder]) -> Vec<String> {
    folders.iter().map(Folder::name).collect()
}

fn with_id(id: &str) -> NewDeployment {
    NewDeployment { id: id.parse().unwrap(), ..new_deployment() }
}

#[test]
fn a_root_that_is_not_there_is_empty() {
    let root = root();
    assert_eq!(root.folders().unwrap(), []);
    assert!(matches!(root.find("D"), Err(StoreError::NotFound { known, .. }) if known.is_empty()));
    assert!(!root.path().exists());
}

#[test]
fn a_new_deployment_is_there_whole_and_leaves_nothing_else() {
    let root = root();
    let folder = root.create(&new_deployment()).unwrap();
    assert_eq!(folder.name(), "DX6604E-LiveTestOrg-live-test-6");
    let summary = folder.summary();
    assert_eq!(summary.problem, None);
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Initialized));
    assert_eq!(summary.domain.as_deref(), Some("livetest.example"));
    assert!(!summary.lock_held && summary.operation.is_none());
    assert!(folder.template_body("stacks/network.yaml").unwrap().contains("Vpc"));
    assert_eq!(folder.operations().unwrap(), []);
    let state = folder.state().unwrap();
    assert_eq!(state.stacks.len(), 2);
    let visible = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let visible: Vec<_> = visible.filter(|name| !name.to_string_lossy().starts_with(".create")).collect();
    assert_eq!(visible, [folder.name().as_str()]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join(STATE)), 0o600);
        for path in [root.path(), folder.path(), &folder.path().join("stacks")] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
    }
}

#[test]
fn an_id_is_given_once_however_the_other_folder_carries_it() {
    let root = root();
    root.create(&with_id("DAAAAAA")).unwrap();
    fs::create_dir(root.path().join("dbbbbbb-x-y")).unwrap();
    write(
        &root.create(&with_id("DCCCCCC")).unwrap(),
        METADATA,
        "deployment_id: DDDDDDD\norganization: o\nproject: p\nstatus: deployed\n",
    );
    fs::create_dir(root.path().join("DEEEEEE-x-y")).unwrap();
    for id in ["DAAAAAA", "DCCCCCC", "DDDDDDD", "DEEEEEE"] {
        let mut new = with_id(id);
        new.project = "another".parse().unwrap();
        assert!(matches!(root.create(&new), Err(StoreError::Refused { .. })), "{id}");
    }
    assert!(root.create(&with_id("DFFFFFF")).is_ok());
}

#[test]
fn a_file_that_would_stand_elsewhere_is_refused_and_nothing_is_made() {
    for path in [
        "../x",
        "/etc/x",
        "a/../../x",
        "a//b",
        "",
        ".",
        "a\\b",
        "C:x",
        "a/",
        METADATA,
        "deployment-manifest.yaml",
    ] {
        let root = root();
        let mut new = new_deployment();
        new.files.push((path.to_owned(), "x".to_owned()));
        assert!(root.create(&new).is_err(), "{path}");
        assert_eq!(root.folders().unwrap(), [], "{path}");
        let left: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [".create.lock"], "{path}");
    }
}

#[test]
fn what_a_dead_process_left_half_made_is_swept_and_never_listed() {
    let root = root();
    let left = root.path().join(".unfinished-x");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join(STATE), "").unwrap();
    assert_eq!(root.folders().unwrap(), []);
    root.create(&new_deployment()).unwrap();
    assert!(!left.exists());
}

#[test]
fn folders_are_those_with_our_name_or_our_files() {
    let root = root();
    root.create(&with_id("DBBBBBB")).unwrap();
    for folder in ["DAAAAAA-x-y", "notes", "old", ".sandbox", ".hidden", "DAAAAAA"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("old").join(STATE), "stacks: {}\n").unwrap();
    fs::write(root.path().join(".hidden").join(STATE), "stacks: {}\n").unwrap();
    fs::write(root.path().join("DCCCCCC-a-file"), "").unwrap();
    assert_eq!(names(&root.folders().unwrap()), ["DAAAAAA-x-y", "DBBBBBB-LiveTestOrg-live-test-6", "old"]);
    assert_eq!(root.sandbox_dir(), root.path().join(".sandbox"));
}

#[test]
fn a_deployment_is_found_by_any_unique_prefix_of_its_id() {
    let root = root();
    for id in ["DAAAAA1", "DAAAAA2", "DBBBBBB"] {
        root.create(&with_id(id)).unwrap();
    }
    assert_eq!(root.find("DB").unwrap().name(), "DBBBBBB-LiveTestOrg-live-test-6");
    assert_eq!(root.find("DAAAAA2").unwrap().name(), "DAAAAA2-LiveTestOrg-live-test-6");
    assert!(
        matches!(root.find("DAAA"), Err(StoreError::Ambiguous { candidates, .. }) if candidates.len() == 2)
    );
    for id in ["", "DC", "DAAAAA22", "../x", "*"] {
        let error = root.find(id).unwrap_err();
        assert!(error.to_string().contains("DAAAAA1, DAAAAA2, DBBBBBB"), "{error}");
    }
}
