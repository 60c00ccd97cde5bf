//! Files of a newer version of this program: shown, and never written.

use std::fs;

use skydeck_model::{DeploymentStatus, Recorded};
use skydeck_store::{EnvironmentEntry, StoreError};

use crate::fixtures::{MANIFEST, METADATA, STATE, at, deployment, holder, key, read, write};

#[test]
fn a_deployment_with_a_file_of_a_newer_version_is_shown_and_read_only() {
    for (file, line) in [
        (MANIFEST, "version: 2"),
        (MANIFEST, "version: 2.5\nnext: x"),
        (MANIFEST, "version: '10'\nnext: x"),
        (METADATA, "version: 2"),
        (STATE, "schema: 2"),
        (STATE, "schema_version: 2.1"),
    ] {
        let (_root, folder) = deployment();
        let old = read(&folder, file);
        let rest = old.strip_prefix("version: 1\n").unwrap_or(&old);
        write(&folder, file, &format!("{line}\n{rest}"));
        let before = fs::read_dir(folder.path()).unwrap().count();
        let text = read(&folder, file);

        let summary = folder.summary();
        assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Initialized), "{file}: {line}");
        assert_eq!(summary.organization, "LiveTestOrg");
        let problem = summary.problem.unwrap();
        assert!(problem.contains("update Skydeck") && problem.contains(file), "{problem}");
        assert!(folder.state().unwrap().stack(&key("network", "dev")).is_some());

        let refused = folder.lock(&holder()).unwrap_err();
        assert!(matches!(&refused, StoreError::Newer { path, .. } if path.ends_with(file)), "{refused}");
        if file == MANIFEST {
            // One cause, not one problem for each key that is not known yet.
            assert!(matches!(folder.manifest(), Err(StoreError::Newer { .. })));
        }
        assert_eq!(read(&folder, file), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
    }
}

#[test]
fn words_that_are_no_newer_version_are_none() {
    for line in ["version: 1", "version: 1.9", "schema: v2", "schema: []", "schema_version: ''"] {
        let (_root, folder) = deployment();
        write(&folder, STATE, &format!("{line}\n{}", read(&folder, STATE)));
        assert!(folder.lock(&holder()).is_ok(), "{line}");
    }
}

#[test]
fn a_newer_file_that_comes_while_the_lock_is_held_is_not_written_either() {
    let (_root, folder) = deployment();
    let mut locked = folder.lock(&holder()).unwrap();
    let entry = locked.stack(&key("network", "dev")).unwrap().unwrap();
    let newer = format!("version: 2\n{}", read(&folder, STATE));
    write(&folder, STATE, &newer);
    assert!(matches!(locked.set_stack(&entry, at("2025-10-30T01:00:00Z")), Err(StoreError::Newer { .. })));
    assert_eq!(read(&folder, STATE), newer);
    drop(locked);
    let newer = read(&folder, MANIFEST).replace("version: 1", "version: 2");
    write(&folder, STATE, newer.strip_prefix("version: 2\n").unwrap());
    write(&folder, MANIFEST, &newer);
    let dev = EnvironmentEntry {
        target: "aws",
        region: "us-east-1",
        account: "123456789012",
        profile: "",
        role_arn: "",
        template_bucket: "",
        tags: &Default::default(),
        notification_arns: &[],
    };
    let written =
        folder.lock(&holder()).and_then(|mut locked| locked.set_environment(&"dev".parse().unwrap(), &dev));
    assert!(matches!(written, Err(StoreError::Newer { .. })));
    assert_eq!(read(&folder, MANIFEST), newer);
}
