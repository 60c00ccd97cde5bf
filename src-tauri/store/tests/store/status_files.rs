//! The two status files: what is read of them, whoever wrote them, and that writing keeps the rest.

use std::collections::BTreeMap;

use skydeck_model::graph::Needs;
use skydeck_model::look::DriftStatus;
use skydeck_model::{DeploymentStatus, Environment, Recorded, StackStatus};
use skydeck_store::{CurrentOperation, DriftEntry, NewDeployment, StackEntry, StoreError};

use crate::fixtures::{
    MANIFEST, METADATA, STATE, at, deployment, folder_with, holder, key, new_deployment, read, root, write,
};

/// The samples of the status addendum v4.1, with its remarks, as somebody may have pasted them.
const SAMPLE_METADATA: &str = "\
created_at: '2025-10-30T00:46:48.258878Z'
deployment_id: DX6604E
organization: LiveTestOrg
project: live-test-6
status: initialized  ← Deployment-level status
template: default
";
const SAMPLE_STATE: &str = "\
current_operation: null
deployment_status: initialized  ← Also stored here for state tracking
last_updated: '2025-10-30T00:50:57.262933Z'
stacks:
  network-dev:
    environment: dev
    last_updated: '2025-10-30T00:50:57.262921Z'
    stack_name: network
    status: deployed  ← Stack-level status
  security-dev:
    environment: dev
    last_updated: '2025-10-30T00:45:00.000000Z'
    stack_name: security
    status: not_deployed  ← Stack-level status
";

fn without_remarks(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.split("  ←").next().unwrap())).collect()
}

#[test]
fn the_addendums_samples_are_read() {
    let (_root, folder) = folder_with(&[
        (METADATA, &without_remarks(SAMPLE_METADATA)),
        (STATE, &without_remarks(SAMPLE_STATE)),
    ]);
    let summary = folder.summary();
    assert_eq!(summary.id.as_ref().map(|id| id.as_str()), Some("DX6604E"));
    assert_eq!((summary.organization.as_str(), summary.project.as_str()), ("LiveTestOrg", "live-test-6"));
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Initialized));
    assert_eq!(summary.created_at.as_deref(), Some("2025-10-30T00:46:48.258878Z"));
    let problem = summary.problem.unwrap();
    assert!(problem.contains(MANIFEST) && !problem.contains(STATE), "{problem}");
    let state = folder.state().unwrap();
    assert_eq!(state.deployment_status, Some(Recorded::Known(DeploymentStatus::Initialized)));
    assert_eq!(state.stack(&key("network", "dev")).unwrap().status, Recorded::Known(StackStatus::Deployed));
    assert_eq!(state.stacks[1].key(), Some(key("security", "dev")));
}

#[test]
fn a_status_with_a_pasted_remark_is_shown_as_it_stands_and_kept() {
    let (_root, folder) = folder_with(&[(METADATA, SAMPLE_METADATA), (STATE, SAMPLE_STATE)]);
    let foreign = "initialized  ← Deployment-level status".to_owned();
    assert_eq!(folder.summary().status, Recorded::Foreign(foreign));
    let mut security = folder.state().unwrap().stacks.remove(1);
    assert_eq!(security.status, Recorded::Foreign("not_deployed  ← Stack-level status".to_owned()));
    security.status = Recorded::Known(StackStatus::Deployed);
    folder.lock(&holder()).unwrap().set_stack(&security, at("2025-10-30T01:00:00Z")).unwrap();
    let expected = SAMPLE_STATE
        .replace("not_deployed  ← Stack-level status", "deployed")
        .replace("'2025-10-30T00:50:57.262933Z'", "'2025-10-30T01:00:00.000000Z'");
    assert_eq!(read(&folder, STATE), expected);
}

#[test]
fn hand_edits_unknown_keys_and_comments_survive_in_place() {
    let state = "\
# ours
current_operation: null   # idle
owner: {name: NO, since: 2025-10-30}
deployment_status: deployed
last_updated: x
stacks:
  # the first
  any-label:
    status: deployed  # checked by hand
    stack_name: network
    environment: dev
    note: |
      keep
      this

  second: {environment: dev, stack_name: security, status: someday, ticket: 12}
trailer: [1, 2]
";
    let (_root, folder) = folder_with(&[(METADATA, SAMPLE_METADATA), (STATE, state)]);
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    let mut stacks = folder.state().unwrap().stacks;
    assert_eq!(stacks[1].status, Recorded::Foreign("someday".to_owned()));
    for entry in &mut stacks {
        entry.status = Recorded::Known(StackStatus::Failed);
        entry.last_updated = "t".to_owned();
        locked.set_stack(entry, when).unwrap();
    }
    let operation = CurrentOperation {
        id: "op".parse().unwrap(),
        kind: skydeck_model::OperationKind::DestroyStack,
        environment: None,
        stacks: vec!["network".to_owned()],
        started_at: "s".to_owned(),
        host: "h".to_owned(),
        pid: 1,
    };
    locked.set_current_operation(Some(&operation), when).unwrap();
    assert_eq!(folder.state().unwrap().current_operation, Some(operation.clone()));
    assert_eq!(folder.summary().operation, Some(operation));
    let expected = state
        .replace(
            "null   # idle",
            "  # idle\n  environment: null\n  host: h\n  id: op\n  kind: destroy-stack\n  pid: 1\n  stacks:\n  - network\n  started_at: s",
        )
        .replace("last_updated: x", "last_updated: '2025-10-30T01:00:00.000000Z'")
        .replace("status: deployed  #", "status: failed  #")
        .replace("      this\n\n", "      this\n\n    last_updated: t\n")
        .replace("{environment: dev, stack_name: security, status: someday, ticket: 12}", "{environment: dev, stack_name: security, status: failed, ticket: 12, last_updated: t}");
    assert_eq!(read(&folder, STATE), expected);
    locked.set_current_operation(None, when).unwrap();
    assert!(read(&folder, STATE).starts_with("# ours\ncurrent_operation: null   # idle\nowner:"));
}

#[test]
fn a_hand_edit_between_two_writes_survives_and_is_seen() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    let mut network = locked.stack(&key("network", "dev")).unwrap().unwrap();
    network.status = Recorded::Known(StackStatus::Deploying);
    locked.set_stack(&network, when).unwrap();
    // As an editor or `git checkout` does it: a remark, a key of theirs, another word for the other stack.
    let edited = read(&folder, STATE)
        .replace("status: deploying\n", "status: deploying  # by ada\n    ticket: 12\n")
        .replace("status: not_deployed", "status: failed");
    write(&folder, STATE, &edited);
    let failed = locked.stack(&key("security", "dev")).unwrap().unwrap();
    assert_eq!(failed.status, Recorded::Known(StackStatus::Failed));
    network.status = Recorded::Known(StackStatus::Deployed);
    locked.set_stack(&network, when).unwrap();
    assert_eq!(read(&folder, STATE), edited.replace("status: deploying  #", "status: deployed  #"));
    let whole = read(&folder, STATE);
    // What is not right any more is kept for who broke it, and what was known stands again.
    let broken = "stacks: {network-dev: {environment: dev}}\n";
    write(&folder, STATE, broken);
    locked.set_stack(&network, when).unwrap();
    assert_eq!(read(&folder, STATE), whole);
    let [notice] = &locked.take_notices()[..] else { panic!("one notice") };
    let kept = notice.rsplit_once("kept as ").unwrap().1;
    assert_eq!(std::fs::read_to_string(kept).unwrap(), broken);
    std::fs::remove_file(folder.path().join(STATE)).unwrap();
    locked.set_stack(&network, when).unwrap();
    assert_eq!(read(&folder, STATE), whole);
    assert!(locked.take_notices().is_empty());
}

#[test]
fn several_entries_are_written_at_once() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    let mut entries = locked.state().unwrap().stacks;
    for entry in &mut entries {
        entry.status = Recorded::Known(StackStatus::Deployed);
        entry.stack_id = Some(format!("arn:{}", entry.stack_name));
        entry.outputs.insert("Name".to_owned(), "n".to_owned());
    }
    // Two new ones of the same label, and one that is told twice: the last word counts.
    entries.extend([key("a-b", "c"), key("a", "b-c")].map(|key| StackEntry::not_deployed(&key, when)));
    let early = StackEntry { reason: Some("early".to_owned()), ..entries[0].clone() };
    let told: Vec<_> = std::iter::once(early).chain(entries.clone()).collect();
    locked.set_stacks(&told, when).unwrap();
    assert_eq!(folder.state().unwrap().stacks, entries);
    assert_eq!(locked.state().unwrap(), folder.state().unwrap());
}

#[test]
fn the_age_of_an_entry_and_its_drift_are_read_back() {
    let (_root, folder) = deployment();
    let mut locked = folder.lock(&holder()).unwrap();
    let mut entry = locked.state().unwrap().stacks.remove(0);
    entry.checked_at = Some("2025-10-30T01:00:00.000000Z".to_owned());
    for resources in [vec!["Queue".to_owned(), "Topic".to_owned()], Vec::new()] {
        entry.drift = Some(DriftEntry {
            status: Recorded::Known(DriftStatus::Drifted),
            checked_at: "2025-10-30T02:00:00.000000Z".to_owned(),
            changed_at: Some("2025-10-30T00:00:00.000000Z".to_owned()),
            operation: "20251030T015900Z-drift-k3f9".parse().unwrap(),
            reason: (!resources.is_empty()).then(|| "Queue: Rate exceeded".to_owned()),
            resources,
        });
        locked.set_stack(&entry, at("2025-10-30T02:00:00Z")).unwrap();
        assert_eq!(folder.state().unwrap().stacks[0], entry);
    }
    let text = read(&folder, STATE).replace("resources: []", "resources: all");
    write(&folder, STATE, &text);
    assert!(folder.state().unwrap_err().to_string().contains("drift.resources"), "{text}");
}

#[test]
fn a_new_stack_gets_a_key_of_its_own_even_where_the_label_is_taken() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    for key in [key("a-b", "c"), key("a", "b-c"), key("a", "b-c")] {
        locked.set_stack(&StackEntry::not_deployed(&key, when), when).unwrap();
    }
    let text = read(&folder, STATE);
    assert!(
        text.contains("\n  a-b-c:\n") && text.contains("\n  a-b-c-2:\n") && !text.contains("a-b-c-3"),
        "{text}"
    );
    assert_eq!(folder.state().unwrap().stacks.len(), 4);
}

#[test]
fn what_is_no_longer_so_is_taken_out_of_an_entry() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    let bare = folder.state().unwrap().stacks.remove(0);
    let mut full = bare.clone();
    full.reason = Some("r".to_owned());
    full.stack_id = Some("arn:aws:cloudformation:us-east-1:1:stack/x/y".to_owned());
    full.cloudformation_status = Some("CREATE_COMPLETE".to_owned());
    full.outputs.insert("VpcId".to_owned(), "vpc-1".to_owned());
    for entry in [&full, &bare, &full] {
        locked.set_stack(entry, when).unwrap();
        assert_eq!(folder.state().unwrap().stacks[0], *entry);
    }
}

#[test]
fn a_corrupt_file_is_told_and_never_overwritten() {
    let lacks = "it lacks 'status'";
    for (file, text, reason) in [
        (METADATA, "", "it is empty"),
        (METADATA, "# nothing\n", "it is empty"),
        (METADATA, "deployment_id: DX6604E\norganization: o\nproject: p\n", lacks),
        (METADATA, "deployment_id: DX6604E\norganization: o\nproject: p\nstatus:\n", lacks),
        (METADATA, "a: [\n", "line"),
        (METADATA, "just text\n", "it holds a text"),
        (
            METADATA,
            "deployment_id: DX6604E\norganization: [o]\nproject: p\nstatus: deployed\n",
            "'organization' is a list",
        ),
        (METADATA, "status: deployed\nstatus: failed\n", "line 2, column 1: the key 'status' stands twice"),
        (STATE, "", "it is empty"),
        (STATE, "current_operation: null\n", "it lacks 'stacks'"),
        (STATE, "stacks:\n", "it lacks 'stacks'"),
        (STATE, "stacks: []\n", "'stacks' is no map"),
        (STATE, "stacks:\n  network-dev:\n", "'stacks.network-dev' is nothing"),
        (
            STATE,
            "stacks:\n  network-dev:\n    environment: dev\n",
            "it lacks 'stacks.network-dev.stack_name'",
        ),
        (STATE, "stacks: {}\ncurrent_operation: deploy\n", "'current_operation' is a text"),
        (
            STATE,
            "stacks: {}\ncurrent_operation: {id: x, kind: shrink}\n",
            "'current_operation.kind' is 'shrink'",
        ),
        (STATE, "stacks: &a {}\n", "anchors"),
        (STATE, "stacks: {}\0", "NUL"),
        (STATE, "---\nstacks: {}\n---\n", "second document"),
    ] {
        let (_root, folder) = deployment();
        write(&folder, file, text);
        let summary = folder.summary();
        let problem = summary.problem.unwrap();
        assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Unknown), "{text:?}");
        assert!(
            problem.contains(file) && problem.contains(reason) && problem.contains("mend"),
            "{text:?}: {problem}"
        );
        let other = if file == METADATA { STATE } else { METADATA };
        let untouched = read(&folder, other);
        let mut locked = folder.lock(&holder()).unwrap();
        let refused = locked.set_deployment_status(DeploymentStatus::Deploying, at("2025-10-30T01:00:00Z"));
        assert!(matches!(refused, Err(StoreError::Unreadable { .. })), "{text:?}: {refused:?}");
        assert_eq!(read(&folder, file), text);
        assert_eq!(read(&folder, other), untouched);
    }
}

#[test]
fn too_large_and_not_utf8_are_told() {
    let (_root, folder) = deployment();
    for (file, size, told) in [(METADATA, 2, "larger than 1 MiB"), (STATE, 257, "larger than 256 MiB")] {
        let (_root, folder) = deployment();
        std::fs::File::create(folder.path().join(file)).unwrap().set_len(size << 20).unwrap();
        assert!(folder.summary().problem.unwrap().contains(told), "{file}");
    }
    std::fs::write(folder.path().join(STATE), b"stacks: {}\n# \xff\n").unwrap();
    assert!(folder.summary().problem.unwrap().contains("not UTF-8"));
}

#[test]
fn outputs_of_many_stacks_are_read_again() {
    let root = root();
    let stacks: Vec<_> = (0..60).map(|number| key(&format!("s{number}"), "dev")).collect();
    let folder = root.create(&NewDeployment { stacks, ..new_deployment() }).unwrap();
    let mut entries = folder.state().unwrap().stacks;
    for entry in &mut entries {
        entry.outputs = (0..200).map(|number| (format!("Output{number}"), "ü".repeat(60))).collect();
    }
    folder.lock(&holder()).unwrap().set_stacks(&entries, at("2025-10-30T01:00:00Z")).unwrap();
    assert!(std::fs::metadata(folder.path().join(STATE)).unwrap().len() > 1 << 20);
    assert_eq!(folder.state().unwrap().stacks, entries);
    assert_eq!(folder.summary().problem, None);
}

#[test]
fn a_file_of_more_values_than_any_of_ours_is_not_held_in_memory() {
    let (_root, folder) = deployment();
    write(&folder, STATE, &format!("stacks: {{}}\nx: [{}]\n", "a,".repeat(4_000_001)));
    assert!(folder.summary().problem.unwrap().contains("more than 4000000 keys and values"));
}

#[test]
fn a_folder_of_another_version_is_shown_by_what_it_has() {
    // No metadata: the words of the folder's name.
    let (_root, folder) = folder_with(&[(STATE, SAMPLE_STATE)]);
    let summary = folder.summary();
    assert_eq!(summary.id_text, "DX6604E");
    assert_eq!((summary.organization.as_str(), summary.project.as_str()), ("LiveTestOrg", "live-test-6"));
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Unknown));
    assert!(summary.problem.unwrap().contains(METADATA));
    // A byte order mark, Windows lines, a status of the future, bare times.
    let metadata = "\u{feff}created_at: 2025-10-30T00:46:48Z\r\ndeployment_id: DX6604E\r\norganization: NO\r\nproject: 1E5\r\nstatus: sleeping\r\n";
    let (_root, folder) = folder_with(&[(METADATA, metadata), (STATE, "stacks: {}\n")]);
    let summary = folder.summary();
    assert_eq!((summary.organization.as_str(), summary.project.as_str()), ("NO", "1E5"));
    assert_eq!(summary.created_at.as_deref(), Some("2025-10-30T00:46:48Z"));
    assert_eq!(summary.status, Recorded::Foreign("sleeping".to_owned()));
    let mut locked = folder.lock(&holder()).unwrap();
    locked.set_deployment_status(DeploymentStatus::Deployed, at("2025-10-30T01:00:00Z")).unwrap();
    let expected =
        metadata.replace("sleeping\r\n", "deployed\r\nupdated_at: '2025-10-30T01:00:00.000000Z'\r\n");
    assert_eq!(read(&folder, METADATA), expected);
    assert!(read(&folder, STATE).starts_with("stacks: {}\ndeployment_status: deployed\n"));
}

#[test]
fn a_broken_manifest_makes_the_row_unknown_and_a_missing_one_does_not() {
    let (_root, folder) = deployment();
    assert_eq!(folder.summary().problem, None);
    write(&folder, MANIFEST, "a: [\n");
    let summary = folder.summary();
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Unknown));
    assert!(summary.problem.unwrap().contains(MANIFEST));
    std::fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    let summary = folder.summary();
    assert_eq!(summary.status, Recorded::Known(DeploymentStatus::Initialized));
    assert!(summary.problem.unwrap().contains(MANIFEST));
}

/// How environments are reached: added at the end, changed in place, and never in a value that is somebody else's.
#[test]
fn how_an_environment_is_reached_is_recorded_and_the_rest_of_the_file_stays() {
    let (root, folder) = deployment();
    let manifest = folder.manifest_unchecked().unwrap();
    let [dev, prod] = manifest.environments.as_slice() else { panic!("{manifest:?}") };
    let before = read(&folder, STATE);
    let needed = |needs: &[(&str, &[&str])]| -> Needs {
        let parsed = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
        needs.iter().map(|(stack, needs)| (stack.parse().unwrap(), parsed(needs))).collect()
    };
    let mut needs = BTreeMap::from([(dev.name.clone(), needed(&[("app", &["network"]), ("network", &[])]))]);
    let mut locked = folder.lock(&holder()).unwrap();
    locked.record_environments([dev, prod].into_iter(), &needs, at("2025-10-30T01:00:00Z")).unwrap();
    let state = folder.state().unwrap();
    assert_eq!(state.environments[&prod.name].profile.as_deref(), Some("live"));
    assert_eq!(state.environments[&dev.name].target, skydeck_model::Target::Sandbox);
    assert_eq!(state.needs, needs);
    let added = "environments:\n  dev:\n    account: '012345678901'\n    needs:\n      app:\n      - network\n      network: []\n    \
                 region: us-east-1\n    target: sandbox\n  prod:\n";
    assert!(read(&folder, STATE).contains(added), "{}", read(&folder, STATE));

    // Of a stack that was taken out of the manifest, what it needed stays recorded.
    needs.insert(dev.name.clone(), needed(&[("network", &["base"])]));
    locked.record_environments([dev, prod].into_iter(), &needs, at("2025-10-30T01:30:00Z")).unwrap();
    let both = needed(&[("app", &["network"]), ("network", &["base"])]);
    assert_eq!(folder.state().unwrap().needs[&dev.name], both);

    // A key of somebody else in ours stays, and what is the same is not written again.
    write(
        &folder,
        STATE,
        &read(&folder, STATE).replace("    target: aws\n", "    target: aws\n    owner: ada\n"),
    );
    let moved = Environment { region: "eu-west-1".parse().unwrap(), profile: None, ..prod.clone() };
    locked.record_environments([dev, &moved].into_iter(), &needs, at("2025-10-30T02:00:00Z")).unwrap();
    let text = read(&folder, STATE);
    assert!(text.contains("    region: eu-west-1\n") && text.contains("    owner: ada\n"), "{text}");
    assert_eq!(folder.state().unwrap().environments[&prod.name].profile, None);
    locked.record_environments([dev, &moved].into_iter(), &needs, at("2025-10-30T03:00:00Z")).unwrap();
    assert_eq!(read(&folder, STATE), text);
    drop(locked);

    for foreign in ["environments: [dev]\n", "environments: {dev: {target: moon}}\n"] {
        write(&folder, STATE, &format!("{before}{foreign}"));
        assert!(folder.state().unwrap().environments.is_empty());
    }
    write(&folder, STATE, &format!("{before}environments: [dev]\n"));
    let mut locked = folder.lock(&holder()).unwrap();
    locked.record_environments([dev].into_iter(), &needs, at("2025-10-30T01:00:00Z")).unwrap();
    assert!(read(&folder, STATE).ends_with("environments: [dev]\n"), "{}", read(&folder, STATE));
    drop(root);
}
