//! What others wrote makes nothing happen: folders that claim something, before a stand-in for AWS that counts the calls.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::Stdio;

use skydeck_tests::home::program;
use skydeck_tests::hostile::{Hostile, SECRET, THERE};
use skydeck_tests::server::{Ended, wait_for};
use skydeck_tests::{Fault, Home, Moto, Proxy, Rule, When};

#[test]
fn looking_at_a_folder_that_this_machine_does_not_know_runs_nothing_and_calls_nothing() {
    let hostile = Hostile::folder();
    let home = &hostile.home;
    let before = home.files();
    for words in [
        "list",
        "list --output json",
        "status DX6604E",
        "status DX6604E --output json",
        "status DX6604E --environment dev",
        "log DX6604E",
        "log DX6604E last",
        "log DX6604E last --output json",
    ] {
        home.cloud(words).exits(0);
    }
    let shown = home.cloud("status DX6604E").exits(0).out;
    assert!(shown.contains(&format!("a deploy was interrupted on {THERE}")), "{shown}");
    assert!(shown.contains("To take it over: cloud resume DX6604E"), "{shown}");
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!((&status["status"], &status["interrupted"]["host"]), (&"unknown".into(), &THERE.into()));
    assert_eq!(status["interrupted"]["here"], false);
    assert_eq!(home.cloud("list --output json").json()[0]["interrupted"]["here"], false);
    home.interrupted_once_it_says("status DX6604E --watch -vv", "");
    // What needs the end of that operation is refused, and does not take it over either.
    for words in [
        "plan DX6604E",
        "deploy DX6604E --yes",
        "destroy DX6604E --yes",
        "drift DX6604E",
        "status DX6604E --refresh",
    ] {
        let refused = home.cloud(words).exits(2);
        assert!(refused.err.contains("'cloud resume' takes it over"), "{words}: {}", refused.err);
    }
    assert_eq!(hostile.actions(), [""; 0]);
    assert!(!hostile.ran_the_program());
    assert!(hostile.has_the_review());
    assert!(home.files() == before, "the folder was written to");
}

#[test]
fn an_operation_of_another_machine_is_taken_over_by_name_and_touches_nothing_that_is_not_its_own() {
    let hostile = Hostile::folder();
    let home = &hostile.home;
    // What it means is said before, as whom too; without a terminal nobody can agree.
    let told = home.cloud("resume DX6604E").exits(2).err;
    for text in [
        &format!("A deploy was interrupted on {THERE}"),
        "dev: aws, us-east-1, account 123456789012, profile work, as arn:aws:",
        "events-dev, jobs-dev",
        "make sure that it does not",
        "add --yes",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert_eq!(hostile.actions(), ["GetCallerIdentity"]);
    assert!(hostile.ran_the_program());

    home.cloud("resume DX6604E --yes");
    let actions = hostile.actions();
    let changing = ["Create", "Delete", "Update", "Execute", "Set", "Put"];
    assert!(
        !actions.iter().any(|action| changing.iter().any(|it| action.starts_with(it))),
        "something was changed: {actions:?}"
    );
    assert!(actions.iter().any(|action| action == "DescribeStacks"), "{actions:?}");
    for call in hostile.proxy.calls() {
        assert!(!call.form.values().any(|value| value.contains("payroll")), "{call:?}");
    }
    let files = home.files();
    assert!(!files.iter().any(|(_, content)| String::from_utf8_lossy(content).contains(SECRET)));
    assert!(hostile.has_the_review());
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(status["interrupted"], serde_json::Value::Null);
    let again = home.cloud("resume DX6604E --yes").exits(2);
    assert!(again.err.contains("no operation of this deployment is interrupted"), "{}", again.err);
}

#[test]
fn what_this_machine_started_is_taken_up_by_looking_but_not_by_another_way_to_aws() {
    let moto = Moto::start();
    let (proxy, other) = (Proxy::before(&moto.url), Proxy::before(&moto.url));
    let home = Home::against(&proxy.url);
    home.small_deployment();
    proxy.set([Rule::on("CreateStack", When::Nth(2), Fault::Silent)]);
    let mut command = home.command(program("cloud"));
    let command = command.args(["deploy", "DX6604E", "--yes"]).stdout(Stdio::null()).stderr(Stdio::null());
    let deploy = Ended(command.spawn().unwrap());
    wait_for("the second stack to be asked for", || proxy.count("CreateStack") == 2);
    drop(deploy);
    proxy.set([]);

    // The same account by another endpoint.
    let told = {
        let mut command = home.command(program("cloud"));
        let ran = command.env("AWS_ENDPOINT_URL", &other.url).args(["status", "DX6604E"]).output().unwrap();
        String::from_utf8(ran.stderr).unwrap()
    };
    assert!(told.contains("this folder names account 123456789012"), "{told}");
    assert_eq!(other.calls().len(), 0);
    // By another profile.
    home.edit("deployment-manifest.yaml", "target: aws\n", "target: aws\n    profile: other\n");
    let before = proxy.calls().len();
    let told = home.cloud("status DX6604E").exits(0).err;
    assert!(told.contains("with profile 'other'"), "{told}");
    assert_eq!(proxy.calls().len(), before);
    home.edit("deployment-manifest.yaml", "    profile: other\n", "");

    let status = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!((&status["status"], &status["interrupted"]), (&"partial".into(), &serde_json::Value::Null));
}

#[test]
fn a_plan_shows_what_it_uses_and_marks_what_belongs_to_another_account() {
    let moto = Moto::start();
    let home = Home::against(&moto.url);
    home.small_deployment();
    let role = "arn:aws:iam::999999999999:role/Everything";
    let topic = "arn:aws:sns:us-east-1:999999999999:listening";
    let more = format!(
        "target: aws\n    role_arn: {role}\n    template_bucket: templates\n    template_bucket_owner: '999999999999'\n    \
         notification_arns: ['{topic}']\n"
    );
    home.edit("deployment-manifest.yaml", "target: aws\n", &more);
    // moto does not take the topic: what is used is shown all the same.
    let plan = home.cloud("plan DX6604E").out;
    for line in [
        format!("dev uses CloudFormation's role: {role}  (!) belongs to account 999999999999"),
        "dev uses template bucket: templates  (!) belongs to account 999999999999".to_owned(),
        format!("dev uses notification topic: {topic}  (!) belongs to account 999999999999"),
        format!("dev uses endpoint: {}\n", moto.url),
    ] {
        assert!(plan.contains(&line), "{line}: {plan}");
    }
    let plan = home.cloud("plan DX6604E --destroy --output json").exits(0).json();
    let uses = &plan["environments"][0]["uses"];
    assert_eq!(uses[0], serde_json::json!({"as": "role", "value": role, "foreign_account": "999999999999"}));
    assert_eq!(uses[1], serde_json::json!({"as": "endpoint", "value": moto.url, "foreign_account": null}));
    assert_eq!(uses.as_array().unwrap().len(), 2, "{uses}");
}
