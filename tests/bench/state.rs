//! What the largest state file costs that is promised to work: to read, to write, and to change one stack in it.

use std::time::{Duration, Instant};

use chrono::Utc;
use skydeck_model::{OperationKind, Recorded, StackKey, StackStatus};
use skydeck_store::{Doing, Holder, NewDeployment, Root, STATE_FILE, StackEntry};

const STACKS: usize = 500;
const ENVIRONMENTS: usize = 8;
/// CloudFormation takes no more of a stack.
const OUTPUTS: usize = 200;

/// Measures, and prints a table of its own. The measure is how long the same content takes as JSON, parsed by serde_json in
/// this very run.
pub fn measure() {
    let root = tempfile::tempdir().unwrap();
    let keys = (0..STACKS * ENVIRONMENTS).map(|place| StackKey {
        stack: format!("stack-{:03}", place % STACKS).parse().unwrap(),
        environment: format!("env-{}", place / STACKS).parse().unwrap(),
    });
    let folder = Root::new(root.path().join("root"))
        .create(&NewDeployment {
            id: "DX6604E".parse().unwrap(),
            organization: "Org".parse().unwrap(),
            project: "app".parse().unwrap(),
            domain: "app.example".to_owned(),
            template: "default".to_owned(),
            created_at: Utc::now(),
            manifest: "version: 1\n".to_owned(),
            files: Vec::new(),
            stacks: keys.collect(),
        })
        .unwrap();
    let holder = Holder {
        doing: Doing::Operation(OperationKind::Deploy),
        operation: "bench".parse().unwrap(),
        host: "here".to_owned(),
        pid: std::process::id(),
        started_at: Utc::now(),
    };
    let mut locked = folder.lock(&holder).unwrap();
    let mut entries = locked.state().unwrap().stacks;
    entries.iter_mut().for_each(deployed);

    let (written, writing) = timed(|| locked.set_stacks(&entries, Utc::now()));
    written.unwrap();
    let (state, reading) = timed(|| folder.state().unwrap());
    assert_eq!(state.stacks, entries);
    entries[0].status = Recorded::Known(StackStatus::Deploying);
    let (changed, changing) = timed(|| locked.set_stack(&entries[0], Utc::now()));
    changed.unwrap();

    let json = as_json(&entries).to_string();
    let (_, parsing) = timed(|| serde_json::from_str::<serde_json::Value>(&json).unwrap());
    let bytes = std::fs::metadata(folder.path().join(STATE_FILE)).unwrap().len();
    println!(
        "\n| a state file of {STACKS} stacks, {ENVIRONMENTS} environments, {OUTPUTS} outputs | ms | ratio |\n| --- | --: | --: |"
    );
    let line = |what: &str, took: Duration| {
        let ratio = took.as_secs_f64() / parsing.as_secs_f64();
        println!("| {what} | {:.0} | {ratio:.1} |", took.as_secs_f64() * 1000.0);
    };
    line(&format!("the same as JSON ({:.0} MB), parsed by serde_json", json.len() as f64 / 1e6), parsing);
    line(&format!("read all of it ({:.0} MB)", bytes as f64 / 1e6), reading);
    line("write every stack, in one go", writing);
    line("change one stack", changing);
    println!(
        "\nPeak memory: {} MB",
        crate::process::peak_of_this().map_or("-".to_owned(), |mb| format!("{mb:.0}"))
    );
}

fn deployed(entry: &mut StackEntry) {
    let (stack, environment) = (&entry.stack_name, &entry.environment);
    entry.status = Recorded::Known(StackStatus::Deployed);
    entry.cloudformation_status = Some("CREATE_COMPLETE".to_owned());
    entry.stack_id = Some(format!(
        "arn:aws:cloudformation:eu-central-1:012345678901:stack/DX6604E-{environment}-{stack}/5d4f0e5c-8a3c-11ef-9a3d-0a1b2c3d4e5f"
    ));
    let output = |number| {
        let name = format!("Topic{number:03}Arn");
        let value =
            format!("arn:aws:sns:eu-central-1:012345678901:{stack}-{environment}-{name}-1A2B3C4D5E6F");
        (name, value)
    };
    entry.outputs = (0..OUTPUTS).map(output).collect();
}

fn as_json(entries: &[StackEntry]) -> serde_json::Value {
    let entry = |entry: &StackEntry| {
        serde_json::json!({
            "stack_name": entry.stack_name, "environment": entry.environment, "status": entry.status.to_string(),
            "stack_id": entry.stack_id, "outputs": entry.outputs,
        })
    };
    entries.iter().map(entry).collect()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}
