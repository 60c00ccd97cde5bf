//! What goes wrong on the way to CloudFormation, and that nothing is marked as failed for it, lost, or done twice.
//! The sandbox is CloudFormation here; its own record of what it did is the judge.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::Child;
use std::time::Duration;

use serde_json::Value;
use skydeck_tests::home::program;
use skydeck_tests::server::wait_for;
use skydeck_tests::{Fault, Home, Proxy, Ran, Rule, SandboxServer, When};

const MANIFEST: &str = "deployment-manifest.yaml";
const STATE: &str = ".deployment-state.yaml";

/// A deployment of two stacks, `events` and then `jobs`, whose CloudFormation is behind a proxy.
struct World {
    server: SandboxServer,
    proxy: Proxy,
    home: Home,
}

impl World {
    fn new() -> Self {
        let server = SandboxServer::start(&Home::new());
        let proxy = Proxy::before(&server.url);
        let home = Home::against(&proxy.url);
        home.small_deployment();
        Self { server, proxy, home }
    }

    fn deploy(&self) -> Ran {
        self.home.cloud("deploy DX6604E --yes --output json")
    }

    fn destroy(&self) -> Ran {
        self.home.cloud("destroy DX6604E --yes --output json")
    }

    fn start_deploy(&self) -> Child {
        let words = ["deploy", "DX6604E", "--yes"];
        self.home.command(program("cloud")).args(words).spawn().unwrap()
    }

    /// Changes what both stacks shall be.
    fn change(&self) {
        self.home.edit(MANIFEST, "Name: first", "Name: second");
    }

    /// How many calls were spoiled.
    fn spoiled(&self) -> usize {
        self.proxy.calls().iter().filter(|call| call.spoiled).count()
    }

    /// What every stack that ever was at CloudFormation has gone through, as `name: STATUS STATUS …`.
    fn history(&self) -> Vec<String> {
        let told = Home::against(&self.server.url).boto3(
            "sorted(s['StackName'] + ': ' + ' '.join(e['ResourceStatus'] for e in \
             reversed(cfn.describe_stack_events(StackName=s['StackId'])['StackEvents']) if e['ResourceType'] == \
             'AWS::CloudFormation::Stack') for s in cfn.list_stacks()['StackSummaries'])",
        );
        serde_json::from_value(told).unwrap()
    }

    /// Checks that each of the two stacks has gone through this, once, and that there never was a third.
    #[track_caller]
    fn have_gone_through(&self, statuses: &str) {
        let expected = ["events", "jobs"].map(|stack| format!("DX6604E-{stack}-dev: {statuses}"));
        assert_eq!(self.history(), expected);
    }

    /// Checks that no stack is marked as failed, and the deployment neither.
    #[track_caller]
    fn nothing_is_marked_as_failed(&self) {
        assert!(!self.home.read(STATE).contains("failed"), "{}", self.home.read(STATE));
        assert_ne!(self.home.deployment_status(), "failed");
    }
}

const CREATED: &str = "CREATE_IN_PROGRESS CREATE_COMPLETE";
const UPDATED: &str = "CREATE_IN_PROGRESS CREATE_COMPLETE UPDATE_IN_PROGRESS UPDATE_COMPLETE_CLEANUP_IN_PROGRESS \
                       UPDATE_COMPLETE";
const GONE: &str = "CREATE_IN_PROGRESS CREATE_COMPLETE UPDATE_IN_PROGRESS UPDATE_COMPLETE_CLEANUP_IN_PROGRESS \
                    UPDATE_COMPLETE DELETE_IN_PROGRESS DELETE_COMPLETE";

/// Deploys, changes, deploys and destroys under the same rules, and everything must happen once.
#[track_caller]
fn a_whole_life_goes_well_under(rules: impl Fn() -> Vec<Rule>) {
    let world = World::new();
    for (step, statuses) in [(0, CREATED), (1, UPDATED), (2, GONE)] {
        if step == 1 {
            world.change();
        }
        world.proxy.set(rules());
        let ran = if step == 2 { world.destroy() } else { world.deploy() };
        let outcomes: Vec<Value> = ran.exits(0).json()["stacks"].as_array().unwrap().clone();
        assert!(outcomes.iter().all(|stack| stack["outcome"] == "succeeded"), "{outcomes:?}");
        world.have_gone_through(statuses);
    }
    assert!(world.spoiled() > 0, "the rules have spoiled nothing");
}

#[test]
fn a_throttle_slows_down_and_fails_nothing() {
    a_whole_life_goes_well_under(|| vec![Rule::everywhere(When::Always, Fault::Throttle(3.0))]);
}

#[test]
fn errors_of_the_server_are_ridden_out() {
    a_whole_life_goes_well_under(|| vec![Rule::everywhere(When::Every(3), Fault::broken(500))]);
    let world = World::new();
    world.proxy.set([Rule::everywhere(When::Every(2), Fault::broken(503))]);
    world.deploy().exits(0);
    world.have_gone_through(CREATED);
}

#[test]
fn calls_that_do_not_arrive_are_made_again() {
    a_whole_life_goes_well_under(|| vec![Rule::everywhere(When::Every(3), Fault::DropCall)]);
}

#[test]
fn a_change_whose_answer_is_lost_is_made_once() {
    let changing = ["CreateStack", "CreateChangeSet", "ExecuteChangeSet", "DeleteStack"];
    a_whole_life_goes_well_under(|| {
        changing.map(|action| Rule::on(action, When::First(2), Fault::DropAnswer)).into()
    });
    // More often than the SDK repeats by itself.
    let world = World::new();
    world.proxy.set([Rule::on("CreateStack", When::First(6), Fault::DropAnswer)]);
    world.deploy().exits(0);
    world.have_gone_through(CREATED);
}

#[test]
fn every_call_that_changes_something_carries_the_token_of_its_operation_and_stack() {
    let world = World::new();
    let mut operations = vec![world.deploy()];
    world.change();
    operations.push(world.deploy());
    operations.push(world.destroy());
    let ids: Vec<String> = operations
        .into_iter()
        .map(|ran| ran.exits(0).json()["operation_id"].as_str().unwrap().to_owned())
        .collect();
    let changing = ["CreateStack", "CreateChangeSet", "ExecuteChangeSet", "DeleteStack"];
    let calls = world.proxy.calls();
    let changes: Vec<_> = calls.iter().filter(|call| changing.contains(&call.action.as_str())).collect();
    // Two stacks: created, each updated by a change set that is executed, deleted.
    assert_eq!(changes.len(), 2 + 4 + 2);
    for call in changes {
        let token = call.token.as_deref().unwrap_or_else(|| panic!("{} has no token", call.action));
        let stacks = ["events/dev", "jobs/dev", "events-dev", "jobs-dev"];
        assert!(ids.iter().any(|id| token.starts_with(id)), "{}: {token}", call.action);
        assert!(stacks.iter().any(|stack| token.contains(stack)), "{}: {token}", call.action);
    }
}

#[test]
fn slow_answers_are_waited_for() {
    let slow = Duration::from_millis(300);
    a_whole_life_goes_well_under(|| vec![Rule::everywhere(When::Always, Fault::Slow(slow))]);
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let world = World::new();
    world
        .proxy
        .set(["CreateStack", "ListStacks"].map(|action| Rule::on(action, When::Nth(1), Fault::Silent)));
    world.deploy().exits(0);
    world.have_gone_through(CREATED);
}

#[test]
fn answers_from_a_moment_ago_mislead_nobody() {
    let late = Duration::from_millis(700);
    for (when, asked) in [
        (When::Always, &["DescribeStacks", "ListStacks"][..]),
        // As from two servers, of which one has heard the news and one has not.
        (When::Every(2), &["DescribeStacks", "ListStacks"]),
        (When::Every(2), &["DescribeStacks"]),
    ] {
        a_whole_life_goes_well_under(|| {
            asked.iter().map(|action| Rule::on(action, when, Fault::Stale(late))).collect()
        });
    }
}

#[test]
fn a_captive_portal_is_no_cloudformation() {
    let world = World::new();
    let before = world.home.files();
    world.proxy.set([Rule::everywhere(When::Always, Fault::CaptivePortal)]);
    let ran = world.deploy().exits(5);
    assert!(ran.err.contains("cannot be reached"), "{}", ran.err);
    assert_eq!(before, world.home.files());
    // One that comes up while stacks are under way, and goes.
    world.proxy.set([Rule::on("ListStacks", When::First(4), Fault::CaptivePortal)]);
    world.deploy().exits(0);
    world.have_gone_through(CREATED);
}

#[test]
fn credentials_that_expire_fail_nothing_and_nothing_is_done_twice() {
    for action in ["DescribeStacks", "CreateStack", "DescribeStackEvents"] {
        let world = World::new();
        world.proxy.set([Rule::since(action, Fault::expired())]);
        let mut deploy = world.start_deploy();
        wait_for("the credentials to be expired", || world.spoiled() > 0);
        world.nothing_is_marked_as_failed();
        world.proxy.set([]);
        // It may go on by itself, or leave the rest to whoever comes next.
        let code = deploy.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 5)), "{action}: {code:?}");
        world.nothing_is_marked_as_failed();
        world.deploy().exits(0);
        world.have_gone_through(CREATED);
        assert_eq!(world.home.deployment_status(), "deployed", "{action}");
    }
}

#[test]
fn a_denied_call_is_named_and_never_taken_for_an_absent_stack() {
    let world = World::new();
    world.proxy.set([Rule::on("DescribeStacks", When::Always, Fault::denied("DescribeStacks"))]);
    let ran = world.deploy();
    assert!(ran.code != 0 && told(&ran).contains("cloudformation:DescribeStacks"), "{ran:?}");
    assert_eq!(world.proxy.count("CreateStack"), 0);

    world.proxy.set([Rule::on("CreateStack", When::Always, Fault::denied("CreateStack"))]);
    let ran = world.deploy().exits(1);
    assert!(told(&ran).contains("cloudformation:CreateStack"), "{ran:?}");
    assert!(world.history().is_empty());

    world.proxy.set([]);
    world.deploy().exits(0);
    world.proxy.set([Rule::on("DeleteStack", When::Always, Fault::denied("DeleteStack"))]);
    let ran = world.destroy().exits(1);
    assert!(told(&ran).contains("cloudformation:DeleteStack"), "{ran:?}");
    world.have_gone_through(CREATED);
}

/// What a run says, on both of its outputs.
fn told(ran: &Ran) -> String {
    format!("{}{}", ran.out, ran.err)
}

#[test]
fn who_may_not_read_events_can_deploy_all_the_same() {
    a_whole_life_goes_well_under(|| {
        vec![Rule::on("DescribeStackEvents", When::Always, Fault::denied("DescribeStackEvents"))]
    });
}
