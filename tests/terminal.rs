//! What `cloud` asks on a terminal, and what becomes of the answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::Value;
use skydeck_tests::server::wait_for;
use skydeck_tests::{Fault, Home, Proxy, Rule, SandboxServer, Terminal, When};

/// Two stacks on what passes for AWS, behind a proxy.
struct World {
    home: Home,
    proxy: Proxy,
    server: SandboxServer,
}

fn world() -> World {
    let server = SandboxServer::start(&Home::new());
    let proxy = Proxy::before(&server.url);
    let home = Home::against(&proxy.url);
    home.small_deployment();
    World { home, proxy, server }
}

impl World {
    fn stacks(&self) -> Value {
        Home::against(&self.server.url)
            .boto3("sorted(s['StackName'] for s in cfn.describe_stacks()['Stacks'])")
    }
}

#[test]
fn what_is_shown_before_the_question_is_what_runs() {
    let world = world();
    let mut terminal = Terminal::cloud(&world.home, "deploy DX6604E");
    terminal.sees("events").sees("known after events").sees("[y/N]");
    terminal.types("y");
    let screen = terminal.exits(0);
    assert!(screen.contains("Deployment status: deployed"), "{screen}");
    // Each was created by executing a change set.
    assert_eq!((world.proxy.count("CreateStack"), world.proxy.count("ExecuteChangeSet")), (0, 2));
}

#[test]
fn a_no_starts_nothing_and_leaves_nothing() {
    let world = world();
    let before = world.home.files();
    let mut terminal = Terminal::cloud(&world.home, "deploy DX6604E");
    terminal.sees("[y/N]");
    terminal.types("n");
    terminal.exits(2);
    assert_eq!(before, world.home.files());
    assert_eq!(world.stacks(), Value::Array(Vec::new()));
}

#[test]
fn a_change_that_nobody_approved_is_asked_about_in_the_middle() {
    for (answer, code, outcome) in [("y", 0, "=> second-"), ("n", 3, "skipped")] {
        let world = world();
        world.home.cloud("deploy DX6604E --yes").exits(0);
        // The output of events changes with its template, so that jobs has to change too.
        world.home.edit(
            "stacks/events.yaml",
            "{Value: !GetAtt Topic.TopicName}",
            "{Value: !Sub 'second-${Name}'}",
        );
        let mut terminal = Terminal::cloud(&world.home, "deploy DX6604E");
        terminal.sees("[y/N]");
        terminal.types("y");
        terminal.sees("not approved").sees("Go on with jobs-dev?");
        terminal.types(answer);
        let screen = terminal.exits(code);
        let status = world.home.cloud("status DX6604E --output json").exits(0).json();
        let name = status["stacks"][1]["outputs"]["Name"].as_str().unwrap().to_owned();
        match answer {
            "y" => assert_eq!(name, "q-second-first", "{screen}"),
            _ => assert!(name == "q-DX6604E-events-dev-first" && screen.contains(outcome), "{name} {screen}"),
        }
    }
}

#[test]
fn credentials_that_expire_pause_the_operation_until_the_login_holds_again() {
    let world = world();
    let template = world.home.read("stacks/events.yaml");
    world.home.write("stacks/events.yaml", &format!("{template}Metadata: {{Sandbox: {{Seconds: 40}}}}\n"));
    let terminal = Terminal::cloud(&world.home, "deploy DX6604E --yes");
    skydeck_tests::server::wait_for("the stack to be under way", || world.proxy.count("DescribeStacks") > 1);
    world.proxy.set([Rule::everywhere(When::Always, Fault::expired())]);
    terminal.sees("paused, nothing is lost");
    assert_eq!(world.home.stack_status("events-dev"), "deploying");
    assert_eq!(world.home.deployment_status(), "deploying");
    world.proxy.set([]);
    let screen = terminal.exits(0);
    assert!(screen.contains("goes on"), "{screen}");
    assert_eq!(world.home.deployment_status(), "deployed");
}

#[test]
fn a_destroy_shows_what_will_be_gone_and_wants_the_id() {
    let world = world();
    world.home.cloud("deploy DX6604E --yes").exits(0);
    let mut terminal = Terminal::cloud(&world.home, "destroy DX6604E");
    terminal.sees("AWS::SQS::Queue").sees("holds data").sees("Type DX6604E to go on");
    terminal.types("DX6604E");
    terminal.exits(0);
    assert_eq!(world.home.deployment_status(), "destroyed");
}

#[test]
fn ctrl_c_stops_starting_then_calls_off_then_leaves_what_the_next_look_brings_to_its_end() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let template = home.read("stacks/network.yaml");
    home.write("stacks/network.yaml", &format!("{template}\nMetadata: {{Sandbox: {{Seconds: 60}}}}\n"));
    let mut terminal = Terminal::cloud(&home, "deploy DX6604E");
    wait_for("the stack to be under way", || home.logs_tell("CREATE_IN_PROGRESS"));
    terminal.types("\x03");
    terminal.sees("no further stack");
    terminal.types("\x03");
    terminal.sees("cancelling what runs");
    terminal.types("\x03");
    terminal.exits(130);
    let row = home.cloud("list --output json").exits(0).json()[0].clone();
    assert!(row["problem"].as_str().unwrap().contains("interrupted"), "{row}");
    home.cloud("status DX6604E").exits(0);
    // What ran has gone on to its end.
    assert_eq!(home.stack_status("network-dev"), "deployed");
    assert_eq!(
        (home.deployment_status().as_str(), home.stack_status("storage-dev").as_str()),
        ("partial", "not_deployed")
    );
    let log = home.cloud("log DX6604E last").exits(0).out;
    assert!(log.contains("taken up by cloud") && log.contains("Outcome: cancelled"), "{log}");
}

#[test]
fn what_a_killed_program_left_is_shown_before_it_is_followed() {
    let home = Home::new();
    home.init("--account-dev 123456");
    drop(home.begin_deploy(20_000));
    for words in ["plan DX6604E", "status DX6604E --watch"] {
        let mut terminal = Terminal::cloud(&home, words);
        terminal
            .sees("Skydeck quit during a deploy")
            .sees("network-dev: deploying")
            .sees("followed to its end");
        terminal.types("\x03");
        terminal.exits(130);
    }
    let terminal = Terminal::cloud(&home, "status DX6604E");
    let screen = terminal.exits(0);
    assert!(screen.contains("still runs at CloudFormation") && screen.contains("deploying"), "{screen}");
}
