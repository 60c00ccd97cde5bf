//! What PyYAML makes of our files and we of its: proven with PyYAML itself.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use skydeck_model::{DeploymentStatus, OperationKind, Recorded, StackStatus};
use skydeck_store::{CurrentOperation, StackEntry};

use crate::fixtures::{METADATA, STATE, at, deployment, folder_with, holder, read, write};

/// Runs a Python script with `data` (parsed JSON) and gives what it puts into `result`.
fn python(script: &str, data: &Value) -> Value {
    let interpreter = std::env::var("SKYDECK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = format!(
        "import json, sys, yaml\ndata = json.load(sys.stdin)\n{script}\njson.dump(result, sys.stdout)"
    );
    let mut child = Command::new(&interpreter)
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot run {interpreter}: {error}; set SKYDECK_TEST_PYTHON to a Python with PyYAML")
        });
    child.stdin.take().unwrap().write_all(data.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !errors.contains("No module named 'yaml'"),
        "{interpreter} has no PyYAML: install it (pip install pyyaml), or set SKYDECK_TEST_PYTHON to a Python that has it"
    );
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn safe_load(text: &str) -> Value {
    python("result = yaml.safe_load(data)", &json!(text))
}

fn safe_dump(value: &Value, style: &str) -> String {
    let script = format!("result = yaml.safe_dump(data, default_flow_style={style})");
    python(&script, value).as_str().unwrap().to_owned()
}

fn operation() -> CurrentOperation {
    CurrentOperation {
        id: "20251030T004648Z-deploy-k3f9".parse().unwrap(),
        kind: OperationKind::Deploy,
        environment: Some("dev".parse().unwrap()),
        stacks: vec!["network".to_owned(), "security".to_owned()],
        started_at: "2025-10-30T01:00:00.000000Z".to_owned(),
        host: "1E5".to_owned(),
        pid: 4711,
    }
}

#[test]
fn a_new_deployments_files_are_what_safe_dump_would_write() {
    let (_root, folder) = deployment();
    for file in [METADATA, STATE] {
        let text = read(&folder, file);
        let dumped = safe_dump(&safe_load(&text), "False");
        assert_eq!(text, dumped);
    }
    let metadata = safe_load(&read(&folder, METADATA));
    assert_eq!(
        metadata,
        json!({"created_at": "2025-10-30T00:46:48.258878Z", "updated_at": "2025-10-30T00:46:48.258878Z",
            "deployment_id": "DX6604E", "domain": "livetest.example", "organization": "LiveTestOrg",
            "project": "live-test-6", "status": "initialized", "template": "default"})
    );
}

#[test]
fn files_that_we_edited_give_the_same_values_and_types_in_pyyaml() {
    let (_root, folder) = deployment();
    let when = at("2025-10-30T01:00:00Z");
    let mut locked = folder.lock(&holder()).unwrap();
    locked.set_deployment_status(DeploymentStatus::Deploying, when).unwrap();
    locked.set_current_operation(Some(&operation()), when).unwrap();
    let mut entry = folder.state().unwrap().stacks.remove(0);
    entry.status = Recorded::Known(StackStatus::Failed);
    entry.reason = Some("Resource handler: 'x' → failed\nsee: y".to_owned());
    entry.outputs = BTreeMap::from([("Account".to_owned(), "012345678901".to_owned())]);
    locked.set_stack(&entry, when).unwrap();
    assert_eq!(
        safe_load(&read(&folder, STATE)),
        json!({
            "current_operation": {"id": "20251030T004648Z-deploy-k3f9", "kind": "deploy", "environment": "dev",
                "stacks": ["network", "security"], "started_at": "2025-10-30T01:00:00.000000Z", "host": "1E5", "pid": 4711},
            "deployment_status": "deploying",
            "last_updated": "2025-10-30T01:00:00.000000Z",
            "stacks": {
                "network-dev": {"environment": "dev", "last_updated": "2025-10-30T00:46:48.258878Z",
                    "stack_name": "network", "status": "failed",
                    "reason": "Resource handler: 'x' → failed\nsee: y", "outputs": {"Account": "012345678901"}},
                "security-dev": {"environment": "dev", "last_updated": "2025-10-30T00:46:48.258878Z",
                    "stack_name": "security", "status": "not_deployed"},
            },
        })
    );
    assert_eq!(safe_load(&read(&folder, METADATA))["status"], "deploying");
    assert_eq!(folder.state().unwrap().current_operation, Some(operation()));
    locked.set_current_operation(None, when).unwrap();
    assert_eq!(safe_load(&read(&folder, STATE))["current_operation"], Value::Null);
}

/// The three ways in which PyYAML's versions and options lay out maps.
const STYLES: [&str; 3] = ["False", "None", "True"];

#[test]
fn files_that_pyyaml_wrote_are_read_and_edited() {
    let when = at("2025-10-30T01:00:00Z");
    let state = json!({
        "current_operation": null, "deployment_status": "initialized", "last_updated": "2025-10-30T00:50:57.262933Z",
        "stacks": {"network-dev": {"environment": "dev", "stack_name": "network", "status": "deployed",
            "last_updated": "2025-10-30T00:50:57.262921Z", "extra": {"kept": [1, true, null, "yes"]},
            "reason": "a long reason: ".repeat(20)}},
        "zone": 1.5,
    });
    for style in STYLES {
        let (_root, folder) = folder_with(&[(STATE, &safe_dump(&state, style))]);
        let mut entry = folder.state().unwrap().stacks.remove(0);
        assert_eq!(entry.reason.as_deref(), state["stacks"]["network-dev"]["reason"].as_str());
        let mut locked = folder.lock(&holder()).unwrap();
        entry.status = Recorded::Known(StackStatus::Destroyed);
        entry.reason = None;
        locked.set_stack(&entry, when).unwrap();
        let mut other = entry.clone();
        other.stack_name = "security".to_owned();
        locked.set_stack(&other, when).unwrap();
        locked.set_current_operation(Some(&operation()), when).unwrap();
        let mut expected = state.clone();
        expected["last_updated"] = json!("2025-10-30T01:00:00.000000Z");
        expected["stacks"]["network-dev"]["status"] = json!("destroyed");
        expected["stacks"]["network-dev"]["reason"] = Value::Null;
        expected["stacks"]["security-dev"] = json!({"environment": "dev", "stack_name": "security",
            "status": "destroyed", "last_updated": "2025-10-30T00:50:57.262921Z"});
        let mut loaded = safe_load(&read(&folder, STATE));
        assert_eq!(loaded["current_operation"]["pid"], 4711, "{style}");
        loaded["current_operation"] = Value::Null;
        assert_eq!(loaded, expected, "{style}:\n{}", read(&folder, STATE));
        assert_eq!(folder.state().unwrap().stacks, [entry, other], "{style}");
    }
}

/// Texts that some version of YAML reads as something else, and many at random.
fn nasty_texts() -> Vec<String> {
    let known = [
        "",
        " ",
        "~",
        "null",
        "NULL",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "FALSE",
        "1",
        "-1",
        "+1",
        "0",
        "00",
        "0o7",
        "017",
        "08",
        "0x1F",
        "0b1",
        "1_000",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E5",
        "1E+5",
        "6.8523015e+5",
        ".inf",
        "-.INF",
        ".nan",
        "190:20:30",
        "12:30:45",
        "2025-10-30",
        "2025-10-30T00:46:48.258878Z",
        "2001-12-14 21:59:43.10 -5",
        "=",
        "<<",
        "-",
        "- a",
        "--- a",
        "...",
        "?",
        "? a",
        ":",
        ": a",
        "a:",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'",
        "\"",
        "[a]",
        "{a}",
        ",",
        "a, b",
        "\n",
        "a\nb",
        "\r\n",
        "\t",
        "a\tb",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "\u{1b}[31m",
        "\u{e000}",
        "\u{1F600}",
        "é",
        "← Deployment-level status",
        "\\",
        "\\n",
        "a\\",
    ];
    let mut runner = TestRunner::deterministic();
    let strategies = [
        "[-+._0-9:eExXoObBTZ ]{1,12}",
        "[ -~]{0,24}",
        "\\PC{0,16}",
        "(y|n|yes|no|on|off|true|false|null|~|=|<<|: |# |- |'|\"|\n|\t| ){0,5}",
    ]
    .map(|pattern| proptest::string::string_regex(pattern).unwrap().boxed());
    let random = (0..2400).map(|n| strategies[n % strategies.len()].new_tree(&mut runner).unwrap().current());
    // The YAML library does not take `{key: a -, …}`, which is right YAML; such a file is told as unreadable.
    let random = random.filter(|text| !text.ends_with(" -")).collect::<Vec<_>>();
    known.iter().map(|text| (*text).to_owned()).chain(random).collect()
}

#[test]
fn any_text_survives_the_way_to_pyyaml_and_back() {
    let texts = nasty_texts();
    let named = || texts.iter().zip(0..).map(|(text, number)| (format!("Output{number}"), text.clone()));
    let (_root, folder) = deployment();
    let entry = StackEntry { outputs: named().collect(), ..folder.state().unwrap().stacks.remove(0) };
    folder.lock(&holder()).unwrap().set_stack(&entry, at("2025-10-30T01:00:00Z")).unwrap();
    assert_eq!(folder.state().unwrap().stacks[0], entry);

    let loaded = safe_load(&read(&folder, STATE));
    let outputs = loaded["stacks"]["network-dev"]["outputs"].as_object().unwrap();
    for (name, text) in named() {
        assert_eq!(outputs[&name], json!(text), "{name}");
    }
    for style in STYLES {
        write(&folder, STATE, &safe_dump(&loaded, style));
        assert_eq!(folder.state().unwrap().stacks[0], entry, "{style}");
    }
}
