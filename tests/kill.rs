//! SIGKILL at random moments of deploys and destroys of twenty stacks, of reviews, and of what takes such an operation
//! up. After each: the files parse and agree with the log and with CloudFormation, the lock is free, and the way on is
//! open. `SKYDECK_KILLS` says how many, `SKYDECK_KILL_SEED` which ones: `./dev kill 500`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use skydeck_store::{Folder, Root};
use skydeck_tests::Home;
use skydeck_tests::home::program;

const ID: &str = "DX6604E";
const LAYERS: usize = 5;
const WIDE: usize = 4;

/// What is run and killed.
const OPERATIONS: [&str; 4] = [
    "deploy DX6604E --yes --quiet",
    "deploy DX6604E --yes --quiet --review",
    "destroy DX6604E --yes --quiet",
    "destroy DX6604E --yes",
];

#[test]
fn whenever_it_is_killed_nothing_is_lost_and_the_next_look_brings_it_to_its_end() {
    let setting = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
    };
    let (kills, seed) = (setting("SKYDECK_KILLS", 15), setting("SKYDECK_KILL_SEED", 20_261_124));
    let mut random = StdRng::seed_from_u64(seed);
    let home = home();
    let whole = Duration::from_millis(1200);
    let mut tally = Tally::default();
    for round in 0..kills {
        // An even mix of states to begin with: what the last round left, or one that is whole.
        if round % 10 == 9 {
            home.cloud("deploy DX6604E --yes --quiet").exits(0);
            assert_eq!(home.deployment_status(), "deployed");
        } else if round % 10 == 4 {
            home.cloud("destroy DX6604E --yes --quiet").exits(0);
            assert_eq!(home.deployment_status(), "destroyed");
        }
        let operation = OPERATIONS[random.random_range(0..OPERATIONS.len())];
        let after = whole.mul_f64(random.random_range(0.0..1.0));
        let place = format!("kill {round} of seed {seed}: '{operation}' after {after:?}");
        tally.killed(killed(&home, operation, after));
        check_files(&home, &place);
        // The one that takes it up may die, too.
        while random.random_bool(0.3) {
            tally.again += 1;
            killed(&home, "status DX6604E", Duration::from_millis(random.random_range(0..700)));
            check_files(&home, &place);
        }
        let taken_up = home.cloud("status DX6604E --output json");
        assert_eq!(taken_up.code, 0, "{place}: {}", taken_up.err);
        check_end(&home, &place);
    }
    home.cloud("destroy DX6604E --yes --quiet").exits(0);
    home.cloud("deploy DX6604E --yes --quiet").exits(0);
    check_end(&home, "at last");
    println!("{tally:?}");
}

/// How often what was met.
#[derive(Debug, Default)]
struct Tally {
    /// It was still running.
    in_the_middle: u32,
    /// It had ended before.
    too_late: u32,
    /// Kills of what took an operation up.
    again: u32,
}

impl Tally {
    fn killed(&mut self, running: bool) {
        *(if running { &mut self.in_the_middle } else { &mut self.too_late }) += 1;
    }
}

/// Twenty stacks in five layers, each fed by one of the layer before.
fn home() -> Home {
    let home = Home::new();
    home.init("--account-dev 123456");
    let manifest = home.read("deployment-manifest.yaml");
    let mut manifest = manifest.split_inclusive("\nstacks:\n").next().unwrap().to_owned();
    for place in 0..LAYERS * WIDE {
        let source = match place.checked_sub(WIDE) {
            Some(before) => format!("${{{}.Name}}", name(before)),
            None => "none".to_owned(),
        };
        manifest.push_str(&format!(
            "  {0}:\n    enabled: true\n    template: stacks/{0}.yaml\n    parameters: {{ Source: '{source}' }}\n",
            name(place)
        ));
        let seconds = 2 + place % 3;
        home.write(
            &format!("stacks/{}.yaml", name(place)),
            &format!(
                "Metadata: {{Sandbox: {{Seconds: {seconds}}}}}\nParameters:\n  Source: {{Type: String}}\nResources:\n  \
                 Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Ref AWS::StackName\n      Tags: \
                 [{{Key: source, Value: !Ref Source}}]\nOutputs:\n  Name: {{Value: !GetAtt Queue.QueueName}}\n"
            ),
        );
    }
    home.write("deployment-manifest.yaml", &manifest);
    // The stacks of the template that it was made from are none of this.
    let state = home.read(".deployment-state.yaml");
    let head = state.split_once("stacks:\n").unwrap().0;
    home.write(".deployment-state.yaml", &format!("{head}stacks: {{}}\n"));
    // A refresh has an entry for each, also where the first one is killed before it has written any.
    home.cloud("status DX6604E --refresh --quiet").exits(0);
    home
}

fn name(place: usize) -> String {
    format!("s{place:02}")
}

/// Runs `cloud` and kills it after so long; whether it was still running.
fn killed(home: &Home, words: &str, after: Duration) -> bool {
    let mut command: Command = home.command(program("cloud"));
    command.args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut process = command.spawn().unwrap();
    // The moment itself is what is tried: there is no condition to wait for.
    sleep(after.saturating_sub(started.elapsed()));
    process.kill().unwrap();
    process.wait().unwrap().code().is_none()
}

fn folder(home: &Home) -> Folder {
    Root::new(home.root()).find(ID).unwrap()
}

/// Right after a kill: both files parse, and nobody holds the lock.
fn check_files(home: &Home, place: &str) {
    let folder = folder(home);
    let state = folder.state().unwrap_or_else(|error| panic!("{place}: {error}"));
    folder.metadata().unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(folder.holder().is_none(), "{place}: the lock is held");
    let mut names: Vec<String> = state.stacks.iter().map(|entry| entry.stack_name.clone()).collect();
    names.sort();
    let expected: Vec<String> = (0..LAYERS * WIDE).map(name).collect();
    assert!(names.iter().all(|name| expected.contains(name)), "{place}: {names:?}");
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{place}: a stack is there twice: {names:?}");
}

/// Once it was taken up: the operation is over, its log is whole, the files say what it says and what CloudFormation says.
fn check_end(home: &Home, place: &str) {
    check_files(home, place);
    let state = folder(home).state().unwrap();
    assert_eq!(state.current_operation, None, "{place}");
    let statuses = statuses(home);
    if let Some(log) = newest_log(home) {
        check_log(home, &log, &statuses, place);
    }
    let refreshed = home.cloud("status DX6604E --refresh --output json");
    assert_eq!(refreshed.code, 0, "{place}: {}", refreshed.err);
    let after = home.read(".deployment-state.yaml");
    // Killed before anything was written of it, a stack has no entry yet.
    let told = |statuses: &BTreeMap<String, String>| -> Vec<(String, String)> {
        let told = statuses.iter().filter(|(_, status)| *status != "not_deployed");
        told.map(|(stack, status)| (stack.clone(), status.clone())).collect()
    };
    let found = self::statuses(home);
    assert_eq!(told(&found), told(&statuses), "{place}: CloudFormation says something else: {after}");
    for line in refreshed.json()["stacks"].as_array().unwrap() {
        let ours = line["cloudformation_name"].as_str().unwrap();
        let stack = line["stack"].as_str().unwrap();
        assert_eq!(ours, format!("{ID}-{stack}-dev"), "{place}");
    }
}

fn statuses(home: &Home) -> BTreeMap<String, String> {
    let state = folder(home).state().unwrap();
    state.stacks.iter().map(|entry| (entry.stack_name.clone(), entry.status.to_string())).collect()
}

/// The lines of the newest operation's log.
fn newest_log(home: &Home) -> Option<Vec<Value>> {
    let logs = fs::read_dir(home.deployment().join("logs")).ok()?;
    let newest = logs
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().contains("refresh"))
        .max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap())?;
    let text = fs::read_to_string(newest).unwrap();
    // A line that was torn by the kill was never said; the log goes on behind it.
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    Some(lines.collect())
}

fn check_log(home: &Home, log: &[Value], statuses: &BTreeMap<String, String>, place: &str) {
    // Killed before its first line: there was no operation.
    let Some(start) = log.first() else { return };
    let numbers: Vec<u64> = log.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "{place}");
    let end = log.last().unwrap();
    assert_eq!(end["event"], "operation_ended", "{place}");
    assert_eq!(end["deployment_status"], home.deployment_status(), "{place}");
    let planned: Vec<&str> = start["stacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| turn["key"]["stack"].as_str().unwrap())
        .collect();
    let mut ends: Vec<&Value> = log.iter().filter(|line| line["event"] == "stack_ended").collect();
    let mut ended: Vec<&str> = ends.iter().map(|line| line["key"]["stack"].as_str().unwrap()).collect();
    ended.sort_unstable();
    let mut sorted = planned.clone();
    sorted.sort_unstable();
    assert_eq!(ended, sorted, "{place}: every stack ends once");
    ends.retain(|line| line["status"].is_string());
    for line in ends {
        let stack = line["key"]["stack"].as_str().unwrap();
        assert_eq!(line["status"].as_str(), statuses.get(stack).map(String::as_str), "{place}: {stack}");
    }
}
