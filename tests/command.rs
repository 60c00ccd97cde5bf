//! The `cloud` command's edges: what it refuses, its exit codes, its JSON (`docs/reference/`: `manifest.md`,
//! `command.md`, `exit-codes.md`, `json.md`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::process::Stdio;

use serde_json::Value;
use skydeck_tests::home::program;
use skydeck_tests::server::wait_for;
use skydeck_tests::{Home, Ran};

const MANIFEST: &str = "deployment-manifest.yaml";

#[test]
fn the_whole_life_of_a_deployment_as_json() {
    let home = Home::new();
    let made = home.init("--account-dev 123456 --output json").json();
    for key in [
        "deployment_id",
        "organization",
        "project",
        "status",
        "created_at",
        "domain",
        "template",
        "path",
        "problem",
    ] {
        assert!(made.get(key).is_some(), "init lacks {key}: {made}");
    }
    let deployed = home.cloud("deploy DX66 --output json --quiet").exits(0);
    assert_eq!(deployed.err, "");
    let deployed = deployed.json();
    assert_eq!((&deployed["kind"], &deployed["status"]), (&Value::from("deploy"), &Value::from("deployed")));
    assert_eq!(deployed["outcome"], "succeeded");
    assert!(deployed["operation_id"].is_string() && deployed["ended_at"].is_string());
    let again = home.cloud("deploy DX6604E --output json").exits(0).json();
    assert!(again["stacks"].as_array().unwrap().iter().all(|stack| stack["outcome"] == "unchanged"));

    let status = home.cloud("status DX6604E --environment dev --output json").exits(0).json();
    let network = &status["stacks"][0];
    assert_eq!(network["cloudformation_name"], "DX6604E-network-dev");
    assert_eq!(network["cloudformation_status"], "CREATE_COMPLETE");
    assert!(network["outputs"]["VpcId"].as_str().unwrap().starts_with("vpc-"));
    assert_eq!(status["current_operation"], Value::Null);

    home.cloud("destroy-stack DX6604E monitoring --yes").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
    assert_eq!(home.stack_status("monitoring-dev"), "destroyed");

    let destroyed = home.cloud("destroy DX6604E --yes --output json").exits(0).json();
    assert_eq!(destroyed["status"], "destroyed");
    assert_eq!(home.deployment_status(), "destroyed");
    assert_eq!(home.stack_status("network-dev"), "destroyed");
    assert_eq!(home.stack_status("database-dev"), "not_deployed");
}

#[test]
fn an_export_and_its_import_are_planned_deployed_and_destroyed_in_order() {
    let home = Home::new();
    home.importing_deployment("sandbox");
    let layers = |words: &str| home.cloud(words).exits(0).json()["layers"].clone();
    assert_eq!(layers("plan DX6604E --output json"), serde_json::json!([["net"], ["app"]]));
    let plan = home.cloud("plan DX6604E").exits(0);
    assert!(plan.out.contains("it imports shared-arn, which net makes first"), "{}", plan.out);
    let refused = home.cloud("deploy-stack DX6604E app --environment dev --yes").exits(2);
    assert!(refused.err.contains("net (imports shared-arn)"), "{}", refused.err);
    home.cloud("deploy DX6604E --yes").exits(0);
    assert_eq!(layers("plan DX6604E --destroy --output json"), serde_json::json!([["app"], ["net"]]));
    let refused = home.cloud("destroy-stack DX6604E net --environment dev --yes").exits(2);
    assert!(refused.err.contains("app (imports shared-arn)"), "{}", refused.err);
    home.cloud("destroy DX6604E --yes").exits(0);
    // Round, and twice: before anything starts.
    let net = home.read("stacks/net.yaml");
    home.write("stacks/net.yaml", &net.replace("TopicName: first", "TopicName: !ImportValue back"));
    home.edit("stacks/app.yaml", "Resources:", "Outputs: {B: {Value: x, Export: {Name: back}}}\nResources:");
    let refused = home.cloud("deploy DX6604E --yes").exits(2);
    assert!(
        refused.err.contains("app imports shared-arn of net; net imports back of app"),
        "{}",
        refused.err
    );
    home.write("stacks/net.yaml", &net.replace("shared-arn", "back"));
    let refused = home.cloud("deploy DX6604E --yes").exits(2);
    assert!(refused.err.contains("in dev the export back is made by app and net"), "{}", refused.err);
}

#[test]
fn one_environment_destroyed_while_another_stands_leaves_the_status_as_it_was() {
    let home = Home::new();
    home.init("--account-dev 123456 --account-prod 654321");
    home.cloud("deploy DX6604E").exits(0);
    home.cloud("deploy-stack DX6604E network --environment prod").exits(0);
    home.cloud("destroy DX6604E --environment dev --yes").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
    home.cloud("destroy DX6604E --yes").exits(0);
    assert_eq!(home.deployment_status(), "destroyed");
}

/// What is wrong, how it comes about, the words that are refused, and what the error tells.
type Refused<'a> = (&'a str, &'a dyn Fn(&Home), &'a str, &'a [&'a str]);

#[test]
fn bad_input_is_refused_with_its_place_and_changes_nothing() {
    let cases: [Refused; 12] = [
        (
            "a typo in a key",
            &|home| home.edit(MANIFEST, "    enabled: true", "    enabeld: true"),
            "deploy DX6604E",
            &["deployment-manifest.yaml:", "enabeld", "enabled"],
        ),
        (
            "an unknown stack in a reference",
            &|home| home.edit(MANIFEST, "VpcId: ${network.", "VpcId: ${netwrk."),
            "deploy DX6604E",
            &["stacks.security.parameters.VpcId", "there is no stack 'netwrk'", "network"],
        ),
        (
            "an output that no template declares",
            &|home| home.edit(MANIFEST, "VpcId: ${network.VpcId}", "VpcId: ${network.VpcID}"),
            "deploy DX6604E",
            &["declares no output 'VpcID'", "VpcId"],
        ),
        (
            "a cycle",
            &|home| home.edit(MANIFEST, "  network:\n", "  network:\n    depends_on: [roles]\n"),
            "deploy DX6604E",
            &["circle", "network → roles → "],
        ),
        (
            "a template that does not parse",
            &|home| home.write("stacks/network.yaml", "Resources:\n  A: [\n"),
            "deploy DX6604E",
            &["stacks/network.yaml:"],
        ),
        (
            "a template that is missing",
            &|home| fs::remove_file(home.deployment().join("stacks/network.yaml")).unwrap(),
            "deploy DX6604E",
            &["stacks/network.yaml", "no such file"],
        ),
        (
            "a template outside the folder",
            &|home| home.edit(MANIFEST, "stacks/network.yaml", "../../../etc/passwd"),
            "deploy DX6604E",
            &["stacks.network.template"],
        ),
        (
            "an empty state file",
            &|home| home.write(".deployment-state.yaml", ""),
            "deploy DX6604E",
            &[".deployment-state.yaml"],
        ),
        ("an unknown id", &|_| {}, "deploy DX9", &["there is no deployment 'DX9'", "DX6604E"]),
        ("an unknown environment", &|_| {}, "deploy DX6604E --environment qa", &["'qa'", "dev"]),
        ("an unknown stack", &|_| {}, "deploy-stack DX6604E netwrk", &["'netwrk'", "network"]),
        (
            "a stack before what it needs",
            &|_| {},
            "deploy-stack DX6604E security",
            &["not deployed in dev: network", "--skip-dependencies"],
        ),
    ];
    for (what, spoil, words, told) in cases {
        let home = Home::new();
        home.init("--account-dev 123456");
        spoil(&home);
        let before = home.files();
        let ran = home.cloud(words);
        assert_eq!(ran.code, 2, "{what}: {ran:?}");
        assert_eq!(ran.out, "", "{what}");
        for text in told {
            assert!(ran.err.contains(text), "{what}: no {text:?} in {}", ran.err);
        }
        assert_eq!(before, home.files(), "{what} changed the folder");
    }
}

#[test]
fn a_broken_folder_is_a_row_that_says_so_and_is_not_touched() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.write(".deployment-metadata.yaml", "organization: [\n");
    let row = home.cloud("list --output json").exits(0).json()[0].clone();
    assert_eq!(row["status"], "unknown");
    assert!(row["problem"].as_str().unwrap().contains(".deployment-metadata.yaml"), "{row}");
    let before = home.files();
    home.cloud("deploy DX6604E").exits(2);
    assert_eq!(before, home.files());
}

#[test]
fn folders_of_other_versions_are_shown_and_never_harmed() {
    let home = Home::new();
    home.init("--account-dev 123456");
    // A status in another version's word, as whoever pasted a sample with its remarks has it.
    home.edit(
        ".deployment-metadata.yaml",
        "status: initialized",
        "status: initialized  ← Deployment-level status",
    );
    home.edit(".deployment-state.yaml", "status: not_deployed", "status: archived");
    let before = home.files();
    let list = home.cloud("list --output json").exits(0).json();
    assert_eq!(list[0]["status"], "initialized  ← Deployment-level status");
    let status = home.cloud("status DX6604E").exits(0).out;
    assert!(status.contains("archived"), "{status}");
    let ran = home.cloud("deploy DX6604E").exits(2);
    assert!(ran.err.contains("does not know"), "{}", ran.err);
    assert_eq!(before, home.files());

    // Only a state file: the grid comes from it, the rest from the folder's name.
    fs::remove_file(home.deployment().join(".deployment-metadata.yaml")).unwrap();
    let folder = home.deployment();
    fs::remove_file(folder.join(MANIFEST)).unwrap();
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(status["status"], "unknown");
    assert!(
        status["stacks"].as_array().unwrap().iter().any(|stack| stack["status"] == "archived"),
        "{status}"
    );
    let row = home.cloud("list --output json").exits(0).json()[0].clone();
    assert_eq!((&row["organization"], &row["project"]), (&Value::from("MyOrg"), &Value::from("my-app")));
    home.cloud("deploy DX6604E").exits(2);
}

#[test]
fn a_destroy_without_a_terminal_needs_yes() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let ran = home.cloud("destroy DX6604E").exits(2);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
}

#[test]
fn bad_usage_and_bad_names_exit_with_2() {
    let home = Home::new();
    home.cloud("deploy").exits(2);
    home.cloud("destory DX6604E").exits(2);
    home.cloud("deploy DX6604E --parallel 0").exits(2);
    let ran = home.cloud("init --org ../up --project p --domain d.example").exits(2);
    assert!(ran.err.contains("organization"), "{}", ran.err);
    assert!(!home.root().exists());
}

#[test]
fn destroying_under_a_deployed_dependent_is_refused_unless_forced() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    let ran = home.cloud("destroy-stack DX6604E network --yes").exits(2);
    assert!(ran.err.contains("security") && ran.err.contains("--force"), "{}", ran.err);
    home.cloud("destroy-stack DX6604E network --yes --force").exits(0);
    assert_eq!(home.stack_status("network-dev"), "destroyed");
}

#[test]
fn a_second_operation_is_refused_with_4_and_the_holder_and_readers_go_on() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let running = home.begin_deploy(20_000);
    let ran = home.cloud("deploy-stack DX6604E storage --skip-dependencies").exits(4);
    assert!(ran.err.contains("deploy") && ran.err.contains(&running.0.id().to_string()), "{}", ran.err);
    let status = home.cloud("status DX6604E --output json").exits(0);
    assert_eq!(status.err, "");
    let status = status.json();
    assert_eq!(status["status"], "deploying");
    assert_eq!(status["current_operation"]["kind"], "deploy");
}

#[test]
fn an_operation_that_was_killed_is_recognised_followed_and_brought_to_its_end() {
    let home = Home::new();
    home.init("--account-dev 123456");
    drop(home.begin_deploy(40));
    let row = home.cloud("list --output json").exits(0).json()[0].clone();
    assert_eq!(row["status"], "unknown");
    assert!(row["problem"].as_str().unwrap().contains("interrupted"), "{row}");
    // The stack has gone on by itself; what had not started was skipped.
    home.cloud("status DX6604E --refresh").exits(0);
    assert_eq!(home.stack_status("network-dev"), "deployed");
    assert_eq!(home.stack_status("storage-dev"), "not_deployed");
    assert_eq!(home.deployment_status(), "partial");
    home.cloud("deploy DX6604E").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
}

#[test]
fn what_still_runs_after_a_kill_is_told_and_nobody_waits_for_it_in_silence() {
    let home = Home::new();
    home.init("--account-dev 123456");
    drop(home.begin_deploy(20_000));
    let status = home.cloud("status DX6604E").exits(0);
    assert!(status.out.contains("| network    | deploying"), "{}", status.out);
    for said in ["Skydeck quit during a deploy", "network-dev: deploying", "cloud status DX6604E --watch"] {
        assert!(status.err.contains(said), "{said}: {}", status.err);
    }
    let document = home.cloud("status DX6604E --output json --quiet").exits(0).json();
    assert_eq!(
        (&document["status"], &document["stacks"][0]["status"]),
        (&"unknown".into(), &"deploying".into())
    );
    assert!(document["problem"].as_str().unwrap().contains("interrupted"), "{document}");
    // Who looks again without finding anything new does not tell it again.
    let log = home.cloud("log DX6604E last --output json").exits(0).json();
    let events = log["events"].as_array().unwrap();
    assert_eq!(events.iter().filter(|event| event["event"] == "taken_up").count(), 1, "{log}");
    for words in [
        "plan DX6604E",
        "plan DX6604E --destroy",
        "deploy DX6604E --yes",
        "deploy DX6604E --expect-no-changes",
        "destroy DX6604E --yes",
        "deploy-stack DX6604E storage --yes",
        "drift DX6604E",
        "status DX6604E --refresh",
    ] {
        let ran = home.interrupted_once_it_says(words, "followed to its end");
        assert_eq!((ran.code, ran.out.as_str()), (130, ""), "{words}: {}", ran.err);
        assert!(ran.err.contains("network-dev: deploying"), "{words}: {}", ran.err);
    }
}

#[test]
fn an_operation_of_another_process_is_called_off_and_its_log_tells_all_of_it() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let refused = home.cloud("cancel DX6604E").exits(2);
    assert!(refused.err.contains("nothing runs"), "{}", refused.err);
    assert_eq!(home.cloud("log DX6604E").exits(0).out, "Nothing was done to this deployment yet.\n");
    let mut process = home.begin_deploy(20);
    let asked = home.cloud("cancel DX6604E --output json").exits(0).json();
    assert_eq!((&asked["kind"], &asked["running_too"]), (&Value::from("deploy"), &Value::from(false)));
    assert_eq!(process.0.wait().unwrap().code(), Some(130));
    // What ran went on to its end, and nothing further has started.
    assert_eq!(
        (home.stack_status("network-dev"), home.stack_status("storage-dev")),
        ("deployed".into(), "not_deployed".into())
    );
    assert!(!home.deployment().join(".deployment.cancel").exists());

    let history = home.cloud("log DX6604E --output json").exits(0).json();
    assert_eq!(history[0]["outcome"], "cancelled");
    assert!(history[0]["by"].as_str().unwrap().starts_with("tester@"), "{history}");
    let log = home.cloud("log DX6604E last --output json").exits(0).json();
    assert_eq!(log["operation"]["id"], history[0]["id"]);
    let events = log["events"].as_array().unwrap();
    let cancel = events.iter().find(|event| event["event"] == "cancel_requested").unwrap();
    assert_eq!((&cancel["by"]["user"], &cancel["by"]["front_end"]), (&"tester".into(), &"cloud".into()));
    assert_ne!(cancel["by"]["pid"], log["operation"]["start"]["by"]["pid"]);
    assert_eq!(events.last().unwrap()["event"], "operation_ended");
    let text = home.cloud("log DX6604E last").exits(0).out;
    assert!(text.contains("CREATE_COMPLETE") && text.contains("Outcome: cancelled"), "{text}");
    assert!(text.contains("asked for by cloud ") && text.contains(" of tester on "), "{text}");
    assert!(!text.contains("Ctrl-C"), "{text}");
    home.cloud("log DX6604E 2019").exits(2);
}

#[test]
fn a_warning_is_in_the_json_and_said_even_where_it_is_quiet() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let mut deploy = home.command(program("cloud"));
    deploy.args(["deploy", "DX6604E", "--quiet", "--output", "json"]);
    let deploy = deploy.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the deploy to be under way", || home.stack_status("network-dev") == "deploying");
    home.edit(MANIFEST, "myapp.com", "other.example");
    let ran = Ran::from(deploy.wait_with_output().unwrap()).exits(0);
    let told = ran.json()["warnings"].clone();
    assert!(told[0].as_str().unwrap().starts_with("the manifest was changed"), "{told}");
    assert!(ran.err.starts_with("warning: the manifest was changed"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_destroy_stops_at_the_first_failure_where_that_is_wanted() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let head = "\n  Queue:\n    Type: AWS::SQS::Queue\n";
    let fails = format!("{head}    Metadata: {{Sandbox: {{FailDelete: not empty}}}}\n");
    home.edit("stacks/messaging.yaml", head, &fails);
    home.cloud("deploy DX6604E").exits(0);
    let stacks = |more: &str, code: i32| {
        let words = format!("destroy DX6604E --yes --parallel 1 --output json {more}");
        let ran = home.cloud(&words).exits(code).json();
        let outcome = |stack: &Value| stack["outcome"].as_str().unwrap().to_owned();
        ran["stacks"].as_array().unwrap().iter().map(outcome).collect::<Vec<_>>()
    };
    let outcomes = stacks("--stop-on-failure", 1);
    let failed = outcomes.iter().position(|outcome| outcome == "failed").unwrap();
    let rest = &outcomes[failed + 1..];
    assert!(!rest.is_empty() && rest.iter().all(|outcome| outcome == "skipped"), "{outcomes:?}");
    // Without it all go that can.
    assert!(stacks("", 1).contains(&"succeeded".to_owned()));
}

const KEEPING: &str = "Resources:
  Files: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: my-files}}
  Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
  Topic: {Type: AWS::SNS::Topic}
";

#[test]
fn what_a_stack_leaves_behind_is_told_in_the_terminal() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.write(
        MANIFEST,
        &format!(
            "{}stacks:\n  files: {{enabled: true, template: stacks/files.yaml}}\n",
            home.read(MANIFEST).split("stacks:\n").next().unwrap()
        ),
    );
    home.write("stacks/files.yaml", KEEPING);
    home.cloud("deploy DX6604E --quiet").exits(0);
    // What a destroy would do, and what an update that gives it up would.
    let destroy = home.cloud("plan DX6604E --destroy").exits(0).out;
    let without = KEEPING.lines().filter(|line| !line.contains("Files")).collect::<Vec<_>>().join("\n");
    home.write("stacks/files.yaml", &without);
    let update = home.cloud("plan DX6604E").exits(0).out;
    for (text, id, fate) in [
        (&destroy, "Files ", "retained"),
        (&destroy, "Db ", "deleted after a snapshot"),
        (&update, "Files ", "retained"),
    ] {
        let line = text.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id} in {text}"));
        assert!(line.ends_with(fate) && !line.contains('!'), "{line}");
    }
    assert!(!update.contains("warning"), "{update}");
    home.write("stacks/files.yaml", KEEPING);
    let destroyed = home.cloud("destroy DX6604E --yes --quiet").exits(0).out;
    let told = "1 resource is retained and no longer belongs to a stack:\n  files-dev: Files (AWS::S3::Bucket) my-files\n";
    assert!(destroyed.contains(told), "{destroyed}");
    let log = home.cloud("log DX6604E last").exits(0).out;
    assert!(log.contains("files-dev: Files (AWS::S3::Bucket) is retained: my-files\n"), "{log}");
    assert!(log.contains(told), "{log}");
    // Its name is taken; the terminal says so, with the id.
    let again = home.cloud("deploy DX6604E --output json --quiet").exits(1).json();
    let stack = &again["stacks"][0];
    assert!(stack["reason"].as_str().unwrap().contains("my-files already exists"), "{stack}");
    assert_eq!(stack["retained"], serde_json::json!([]));
    home.edit("stacks/files.yaml", "my-files", "more-files");
    home.cloud("deploy DX6604E --quiet").exits(0);
    let gone = home.cloud("destroy DX6604E --yes --quiet --output json").exits(0).json();
    assert_eq!(
        gone["stacks"][0]["retained"],
        serde_json::json!([{"logical_id": "Files", "resource_type": "AWS::S3::Bucket", "physical_id": "more-files"}])
    );
}

/// A home with one deployment of stacks that the test makes up.
fn home_of(stacks: &str, files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    home.init("--account-dev 123456789012");
    let manifest = fs::read_to_string(home.deployment().join(MANIFEST)).unwrap();
    home.write(MANIFEST, &format!("{}stacks:\n{stacks}", manifest.split("stacks:\n").next().unwrap()));
    files.iter().for_each(|(file, text)| home.write(file, text));
    home
}

#[test]
fn a_plan_that_cannot_be_carried_out_says_so_in_its_exit_code_and_a_deploy_does_not_start() {
    let stack = |name: &str| format!("  {name}: {{enabled: true, template: stacks/{name}.yaml}}\n");
    let good = "Resources:\n  T: {Type: AWS::SNS::Topic}\n";
    let bad = "Resources:\n  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Nope}}\n";
    let home = home_of(&(stack("s") + &stack("t")), &[("stacks/s.yaml", bad), ("stacks/t.yaml", good)]);
    let plan = home.cloud("plan DX6604E").exits(2);
    assert!(plan.out.contains("stacks/s.yaml:2:56: there is no parameter or resource 'Nope'"), "{plan:?}");
    assert!(
        plan.out.contains("Nothing would change") || plan.out.contains("1 stack would change, 1 blocked")
    );
    let json = home.cloud("plan DX6604E --output json").exits(2).json();
    assert_eq!(json["stacks"][0]["action"], "blocked");
    assert!(json["stacks"][0]["reason"].as_str().unwrap().contains("'Nope'"));
    let refused = home.cloud("deploy DX6604E").exits(2);
    assert!(
        refused.err.contains("stacks/s.yaml:2:56") && refused.err.contains("--keep-going"),
        "{refused:?}"
    );
    assert_eq!(home.deployment_status(), "initialized");
    home.cloud("deploy DX6604E --keep-going --quiet").exits(3);
    assert_eq!(home.stack_status("t-dev"), "deployed");
    home.cloud("deploy-stack DX6604E s").exits(2);
    home.cloud("deploy-stack DX6604E s --keep-going").exits(1);
}

#[test]
fn a_broken_file_is_named_once_and_keeps_nobody_from_what_does_not_need_it() {
    let stacks = "  good: {enabled: true, template: stacks/good.yaml}\n  other: {enabled: false, template: stacks/other.yaml}\n";
    let good = "Resources:\n  T: {Type: AWS::SNS::Topic}\n";
    let home = home_of(stacks, &[("stacks/good.yaml", good), ("stacks/other.yaml", good)]);
    home.cloud("deploy DX6604E --quiet").exits(0);
    home.write("stacks/other.yaml", "Resources: [\n");
    let status = home.cloud("status DX6604E --refresh").exits(0);
    assert_eq!((status.out.clone() + &status.err).matches("stacks/other.yaml:").count(), 1, "{status:?}");
    home.cloud("drift DX6604E").exits(0);
    home.cloud("deploy DX6604E --quiet").exits(0);
    home.cloud("destroy-stack DX6604E good --yes").exits(0);
    home.cloud("destroy DX6604E --yes").exits(0);

    // Where the stacks are is recorded: what needs only that goes on without a manifest that can be read.
    home.cloud("deploy-stack DX6604E good --quiet").exits(0);
    home.write(MANIFEST, "stacks: [\n");
    let status = home.cloud("status DX6604E").exits(0);
    assert_eq!(
        (status.out.clone() + &status.err).matches("deployment-manifest.yaml:").count(),
        1,
        "{status:?}"
    );
    let status = home.cloud("status DX6604E --refresh").exits(0);
    assert_eq!(
        (status.out.clone() + &status.err).matches("deployment-manifest.yaml:").count(),
        1,
        "{status:?}"
    );
    assert!(status.out.contains("| good") && !status.out.contains("| network"), "{status:?}");
    home.cloud("log DX6604E").exits(0);
    home.cloud("drift DX6604E").exits(0);
    let refused = home.cloud("deploy DX6604E").exits(2);
    assert!(refused.err.contains("deployment-manifest.yaml is not valid:"), "{refused:?}");
    let planned = home.cloud("plan DX6604E --destroy").exits(0);
    assert_eq!(planned.err.matches("deployment-manifest.yaml:").count(), 1, "{planned:?}");
    let destroyed = home.cloud("destroy DX6604E --yes").exits(0);
    assert!(
        (destroyed.out.clone() + &destroyed.err).contains("taken from what is recorded"),
        "{destroyed:?}"
    );
}

#[test]
fn what_cloudformation_may_read_otherwise_is_a_warning_with_its_place() {
    let stacks = "  s: {enabled: true, template: stacks/s.yaml}\n";
    let twice = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: a\n      DisplayName: b\n";
    let home = home_of(stacks, &[("stacks/s.yaml", twice)]);
    let plan = home.cloud("plan DX6604E").exits(0);
    assert!(plan.err.contains("warning: stacks/s.yaml:6:7: the key 'DisplayName' stands twice"), "{plan:?}");
    let status = home.cloud("status DX6604E").exits(0);
    assert!(status.out.contains("Warning: stacks/s.yaml:6:7:"), "{status:?}");
    let json = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(json["warnings"][0]["at"]["line"], 6);

    home.write(
        "stacks/s.yaml",
        "Parameters: {Y: {Type: String, AllowedValues: [yes, no], Default: yes}}\nConditions: {C: !Equals [!Ref Y, \
         'true']}\nResources:\n  T: {Type: AWS::SNS::Topic}\nOutputs: {Oct: {Value: 012345670123}, Us: {Value: 1_000}, Hex: \
         {Value: 0x1F}, Sex: {Value: 12:30:45}, On: {Value: on}, Cond: {Value: !If [C, istrue, isnottrue]}}\n",
    );
    home.cloud("deploy DX6604E --quiet").exits(0);
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    let stack = status["stacks"].as_array().unwrap().iter().find(|it| it["stack"] == "s").unwrap();
    for (output, value) in [
        ("Oct", "1402433619"),
        ("Us", "1000"),
        ("Hex", "31"),
        ("Sex", "45045"),
        ("On", "true"),
        ("Cond", "istrue"),
    ] {
        assert_eq!(stack["outputs"][output], value, "{output}");
    }
}

#[test]
fn an_environment_that_was_taken_out_of_the_manifest_is_named_and_can_be_destroyed() {
    let home = Home::new();
    home.init("--account-dev 123456789012 --account-stage 210987654321");
    home.cloud("deploy DX6604E --quiet").exits(0);
    home.cloud("deploy-stack DX6604E network --environment stage --quiet").exits(0);
    let path = home.deployment().join(MANIFEST);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("  stage:\n").unwrap();
    let after = rest.lines().skip_while(|line| line.starts_with("    ") || line.is_empty());
    let after: String = after.map(|line| format!("{line}\n")).collect();
    fs::write(&path, format!("{before}{after}")).unwrap();

    let named = "stage: network is deployed and not in the manifest any more";
    let how = "to destroy it: cloud destroy DX6604E --environment stage";
    let status = home.cloud("status DX6604E").exits(0).out;
    assert!(status.contains("Stack Status (stage, sandbox, not in the manifest)"), "{status}");
    assert!(status.contains(&format!("{named}; {how}")), "{status}");
    let json = home.cloud("status DX6604E --environment stage --output json").exits(0).json();
    let [row] = json["stacks"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!((&row["status"], &row["in_manifest"]), (&Value::from("deployed"), &Value::from(false)));
    let plan = home.cloud("plan DX6604E").exits(0).out;
    assert!(plan.contains(&format!("note: {named}; {how}")), "{plan}");
    let refused = home.cloud("deploy DX6604E --environment stage").exits(2).err;
    assert!(refused.contains("stage is not in the manifest any more"), "{refused}");

    let rest = home.cloud("destroy DX6604E --environment dev --yes --quiet").exits(0).out;
    assert!(rest.contains(named), "{rest}");
    assert_eq!(home.deployment_status(), "deployed");
    let plan = home.cloud("plan DX6604E --destroy").exits(0).out;
    assert!(plan.contains(named), "{plan}");
    let gone = home.cloud("destroy DX6604E --environment stage --yes --output json").exits(0).json();
    let ended = gone["stacks"].as_array().unwrap().iter().find(|stack| stack["stack"] == "network").unwrap();
    assert_eq!((&ended["outcome"], &ended["status"]), (&Value::from("succeeded"), &Value::from("destroyed")));
    assert_eq!(home.deployment_status(), "destroyed");
    assert!(!home.cloud("status DX6604E").exits(0).out.contains("stage"));
}

#[test]
fn a_changed_project_is_told_with_what_follows_it() {
    let home = Home::new();
    home.init("--account-dev 123456789012");
    let path = home.deployment().join(MANIFEST);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("project: 'my-app'", "project: 'web2'")).unwrap();
    let told = "The manifest says project \"web2\"; this deployment was created with \"my-app\".";
    for words in ["status DX6604E", "plan DX6604E", "plan DX6604E --destroy"] {
        let ran = home.cloud(words).exits(0);
        assert!(
            ran.out.contains(told) && ran.out.contains("the folder's name keep \"my-app\""),
            "{}",
            ran.out
        );
    }
    let json = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(json["renamed"][0]["said"], told);
    assert_eq!(home.cloud("list --output json").exits(0).json()[0]["project"], "my-app");
}

#[test]
fn a_root_that_is_gone_is_named_and_nothing_is_made_in_its_place() {
    let home = Home::new();
    assert!(home.cloud("list").exits(0).out.contains("No deployments yet"));
    home.init("--account-dev 123456");
    let (root, away) = (home.root(), home.root().with_file_name("away"));
    std::fs::rename(&root, &away).unwrap();
    let named = |ran: skydeck_tests::home::Ran, what: &str| {
        assert!(ran.err.contains(root.to_str().unwrap()) && ran.err.contains(what), "{}", ran.err);
        assert_eq!(ran.out, "");
    };
    let init = "init --org MyOrg --project other --domain myapp.com --account-dev 123456";
    for words in
        ["list", "list --output json", "status DX6604E", "deploy DX6604E --yes", init, "sandbox serve"]
    {
        named(home.cloud(words).exits(2), "is not there");
        assert!(!root.exists(), "{words}");
    }
    // What a disk that is not mounted leaves of its folder.
    std::fs::create_dir(&root).unwrap();
    for words in ["list", "status DX6604E", init] {
        named(home.cloud(words).exits(2), "is empty, and it held deployments before");
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0, "{words}");
    }
    std::fs::remove_dir(&root).unwrap();
    std::fs::rename(&away, &root).unwrap();
    assert!(home.cloud("list").exits(0).out.contains("DX6604E"));
    // On the user's word it begins anew, and a last deployment that is removed is no disk that is gone.
    std::fs::rename(&root, &away).unwrap();
    home.cloud(&format!("{init} --new-root")).exits(0);
    std::fs::remove_dir_all(home.deployment()).unwrap();
    assert!(home.cloud("list").exits(0).out.contains("No deployments yet"));
}

#[test]
fn a_root_whose_place_is_not_there_is_no_first_start() {
    let home = Home::new();
    let root = home.root().join("disk/deployments");
    let list = home.cloud(&format!("list --root {}", root.display())).exits(2);
    assert!(list.err.contains(root.to_str().unwrap()) && list.err.contains("is not there"), "{}", list.err);
    // Whoever asks for it gets it.
    let words = "init --org MyOrg --project my-app --domain myapp.com --account-dev 123456 --root";
    home.cloud(&format!("{words} {}", root.display())).exits(0);
}
