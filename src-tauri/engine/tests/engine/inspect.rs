//! What is known of one stack beyond the grid, and of two environments side by side.

use skydeck_engine::diff::TextDiff;
use skydeck_engine::view::NextStep;
use skydeck_engine::view::{ParameterStanding, RealResource};
use skydeck_engine::{ErrorCode, Options};
use skydeck_model::cloudformation::Outside;
use skydeck_model::compare::{Likeness, Relation, Why};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::{EnvironmentName, StackKey, StackOutcome};

use crate::world::{ID, World, deploy, key};

fn environment(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

/// The world with an environment like dev more, in another account.
fn with_prod(world: &World) {
    let manifest = world.read("deployment-manifest.yaml");
    let (head, stacks) = manifest.split_once("stacks:\n").unwrap();
    let (before, dev) = head.split_once("  dev:\n").unwrap();
    let prod = dev.replace("123456789012", "210987654321");
    let text = format!("{before}  dev:\n{}\n  prod:\n{prod}stacks:\n{stacks}", dev.trim_end());
    world.write("deployment-manifest.yaml", &text);
}

fn prod(stack: &str) -> StackKey {
    StackKey { stack: stack.parse().unwrap(), environment: environment("prod") }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stack_is_made_of_is_asked_of_cloudformation() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}")]);
    let before = world.engine.stack_resources(ID, &key("b")).await.unwrap();
    assert_eq!(before.resources, None);
    world.deploy().await;
    let found = world.engine.stack_resources(ID, &key("b")).await.unwrap().resources.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].logical_id.as_str(), found[0].resource_type.as_str()), ("Topic", "AWS::SNS::Topic"));
    assert_eq!(found[0].status, "CREATE_COMPLETE");
    assert!(found[0].physical_id.is_some());

    let events = world.engine.stack_events(ID, &key("b")).await.unwrap();
    assert!(!events.more);
    let events = events.events.unwrap();
    // The latest first: the stack's own end.
    assert_eq!(
        (events[0].status.as_str(), events[0].logical_id.as_str()),
        ("CREATE_COMPLETE", "DX6604E-b-dev")
    );
    assert!(events.iter().any(|event| event.logical_id == "Topic"));

    // What is gone is found by its id, as long as CloudFormation remembers it.
    let destroy = Request::Destroy { environment: None };
    world.run(destroy, Options::default()).await;
    let events = world.engine.stack_events(ID, &key("b")).await.unwrap().events.unwrap();
    assert_eq!(events[0].status, "DELETE_COMPLETE");
    assert_eq!(world.engine.stack_resources(ID, &key("b")).await.unwrap().resources, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_parameter_is_told_as_deployed_and_as_wanted() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}")]);
    let standing = async |name: &str| {
        let found = world.engine.stack_parameters(ID, &key("b")).await.unwrap();
        let parameter = found.parameters.into_iter().find(|it| it.name == name).unwrap();
        (parameter.standing, parameter.deployed, parameter.wanted)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(standing("Size").await, (ParameterStanding::NotDeployed, None, text("1")));
    assert_eq!(standing("Froma").await, (ParameterStanding::NotDeployed, None, None));
    world.deploy().await;
    assert_eq!(standing("Size").await, (ParameterStanding::Same, text("1"), text("1")));
    assert_eq!(standing("Froma").await, (ParameterStanding::Same, text("a-fed"), text("a-fed")));

    let manifest = world.read("deployment-manifest.yaml");
    let (head, tail) = manifest.split_once("  b:\n").unwrap();
    let tail =
        tail.replace("Size: '1'", "Size: '2'").replace("      Froma: ${a.Name}-fed\n", "      Key: k9\n");
    world.write("deployment-manifest.yaml", &format!("{head}  b:\n{tail}"));
    let template =
        world.read("stacks/b.yaml").replace("Froma: {Type: String}", "Key: {Type: String, NoEcho: true}");
    world.write("stacks/b.yaml", &template.replace("${Froma}", "${Size}"));
    assert_eq!(standing("Size").await, (ParameterStanding::Differs, text("1"), text("2")));
    assert_eq!(standing("Froma").await, (ParameterStanding::Gone, text("a-fed"), None));
    assert_eq!(standing("Key").await, (ParameterStanding::NotDeployed, None, text("****")));
    world.deploy().await;
    // Neither side of a secret is shown.
    assert_eq!(standing("Key").await, (ParameterStanding::Hidden, text("****"), text("****")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_template_is_compared_with_the_file() {
    let world = World::new(&[("a", &[], "{}")]);
    assert_eq!(world.engine.stack_template(ID, &key("a")).await.unwrap().deployed, None);
    world.deploy().await;
    let found = world.engine.stack_template(ID, &key("a")).await.unwrap();
    assert_eq!(found.file.as_deref(), Some("stacks/a.yaml"));
    assert!(found.diff.unwrap().hunks.is_empty());
    world.edit("stacks/a.yaml", "DisplayName: !Ref Size", "DisplayName: !Sub 'x${Size}'");
    let diff = world.engine.stack_template(ID, &key("a")).await.unwrap().diff.unwrap();
    assert_eq!((diff.added, diff.removed), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_tell_what_was_done_to_a_stack() {
    let world = World::new(&[("a", &[], "{}"), ("b", &[], "{Fail: no room}")]);
    world.deploy().await;
    let destroy = Request::DestroyStack {
        stack: "a".parse().unwrap(),
        environment: environment("dev"),
        force: false,
        deletion: Deletion::default(),
    };
    world.run(destroy, Options::default()).await;
    let log = world.engine.stack_log(ID, &key("a")).unwrap();
    let runs: Vec<_> =
        log.runs.iter().map(|run| (run.operation.kind.as_str(), run.outcome.unwrap())).collect();
    assert_eq!(runs, [("destroy-stack", StackOutcome::Succeeded), ("deploy", StackOutcome::Succeeded)]);
    assert_eq!(log.events.first().map(|event| event.status.as_str()), Some("DELETE_COMPLETE"));
    assert!(log.resources.is_empty());
    // What ran on another stack alone is none of its runs.
    let other = world.engine.stack_log(ID, &key("b")).unwrap();
    assert_eq!((other.runs.len(), other.runs[0].outcome), (1, Some(StackOutcome::Failed)));
    assert!(other.runs[0].reason.as_ref().unwrap().contains("no room"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_did_is_marked_until_we_deploy_again() {
    let world = World::new(&[("a", &[], "{}"), ("b", &[], "{}")]);
    world.deploy().await;
    assert_eq!((world.cell("a").outside, world.cell("a").attention), (None, false));
    let other = world.somebody_else().await;
    other.delete("DX6604E-a-dev", "somebody", &Deletion::default()).await.unwrap();
    while other.describe("DX6604E-a-dev").await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    world.engine.refresh(ID, None).await.unwrap();
    assert_eq!((world.cell("a").outside, world.cell("a").attention), (Some(Outside::Deleted), true));
    assert_eq!((world.cell("b").outside, world.cell("b").attention), (None, false));
    // A second look changes nothing of it, and the file has it in words.
    world.engine.refresh(ID, None).await.unwrap();
    assert_eq!(world.cell("a").outside, Some(Outside::Deleted));
    assert!(world.read(".deployment-state.yaml").contains("outside: deleted"));
    world.deploy().await;
    assert_eq!((world.cell("a").outside, world.cell("a").attention), (None, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_offered_of_what_is_in_aws_and_not_of_the_sandbox() {
    let world = World::new(&[("a", &[], "{}")]);
    world.deploy().await;
    let refused = world.engine.console(ID, &key("a"), None).unwrap_err();
    assert_eq!((refused.code(), world.cell("a").console), (ErrorCode::NotFound, None));
    world.edit("deployment-manifest.yaml", "target: sandbox", "target: aws");
    let address = world.engine.console(ID, &key("a"), None).unwrap();
    assert!(address.starts_with("https://console.aws.amazon.com/cloudformation/home?region=us-east-1#"));
    assert_eq!(world.cell("a").console, Some(address));

    let topic = &world.engine.stack_log(ID, &key("a")).unwrap().resources[0];
    let named = |resource_type: &str| RealResource {
        resource_type: resource_type.to_owned(),
        physical_id: topic.physical_id.clone().unwrap(),
    };
    let address = world.engine.console(ID, &key("a"), Some(&named(&topic.resource_type))).unwrap();
    assert!(address.starts_with("https://console.aws.amazon.com/sns/v3/home?region=us-east-1#/topic/"));
    assert_eq!(topic.console, Some(address));
    assert!(world.engine.console(ID, &key("a"), Some(&named("Custom::Thing"))).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_environment_is_behind_the_other_by_what_was_not_deployed_there() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}"), ("c", &[], "{}")]);
    with_prod(&world);
    world.deploy().await;
    let (dev, other) = (environment("dev"), environment("prod"));
    let one = |stack: &str| Request::DeployStack {
        stack: stack.parse().unwrap(),
        environment: environment("prod"),
        skip_dependencies: false,
    };
    for stack in ["a", "b"] {
        world.run(one(stack), Options::default()).await;
    }
    let found = world.engine.compare(ID, &dev, &other).await.unwrap();
    assert_eq!(found.comparison.summary, "prod is behind dev by 1 stack.");
    let relations = |found: &skydeck_engine::compare::ComparisonView| {
        found.comparison.stacks.iter().map(|stack| stack.relation).collect::<Vec<_>>()
    };
    assert_eq!(relations(&found), [Relation::Same, Relation::Same, Relation::Missing]);

    // Then dev goes on.
    world.edit("stacks/a.yaml", "DisplayName: !Ref Size", "DisplayName: !Sub 'x${Size}'");
    let manifest = world.read("deployment-manifest.yaml");
    let (head, tail) = manifest.split_once("  b:\n").unwrap();
    world.write(
        "deployment-manifest.yaml",
        &format!("{head}  b:\n{}", tail.replacen("Size: '1'", "Size: '2'", 1)),
    );
    world.run(deploy(), Options::default()).await;
    let found = world.engine.compare(ID, &dev, &other).await.unwrap();
    assert_eq!(found.comparison.summary, "prod is behind dev by 3 stacks.");
    let [a, b, _] = &found.comparison.stacks[..] else { panic!("{found:?}") };
    assert_eq!((a.relation, a.template), (Relation::Behind, Likeness::Differs));
    assert_eq!((b.relation, b.template), (Relation::Behind, Likeness::Same));
    let size = &b.parameters[0];
    assert_eq!(
        (size.name.as_str(), size.from.as_deref(), size.to.as_deref()),
        ("Size", Some("2"), Some("1"))
    );
    assert_eq!(size.why, Why::Behind);
    let diff = world.engine.compared_templates(ID, &a.stack, &other, &dev).await.unwrap();
    assert_eq!((diff.added, diff.removed), (1, 1));
    // Seen from the other side, it is ahead.
    let back = world.engine.compare(ID, &other, &dev).await.unwrap();
    assert_eq!(relations(&back), [Relation::Ahead, Relation::Ahead, Relation::Extra]);

    // Where it cannot be asked, what is recorded is told as such.
    let text = world.read("deployment-manifest.yaml");
    let (head, tail) = text.split_once("  prod:\n").unwrap();
    let aws = tail.replacen("target: sandbox", "target: aws\n    profile: nobody-has-this", 1);
    world.write("deployment-manifest.yaml", &format!("{head}  prod:\n{aws}"));
    let refused = world.engine.compare(ID, &dev, &other).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Untrusted);
    world.engine.vouch(ID, None).await;
    let found = world.engine.compare(ID, &dev, &other).await.unwrap();
    assert_eq!(found.unanswered.len(), 1);
    assert_eq!(found.unanswered[0].environment, other);
    assert_eq!(relations(&found), [Relation::NotKnown, Relation::NotKnown, Relation::Missing]);
    let nowhere = world.engine.compare(ID, &dev, &environment("nowhere")).await.unwrap_err();
    assert_eq!(nowhere.code(), ErrorCode::NotFound);
    assert_eq!(world.engine.stack_log(ID, &prod("a")).unwrap().runs.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_do_about_a_status_comes_with_whether_it_can_be_done() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}")]);
    let explained = || world.engine.detail(ID).unwrap().explanation;
    let next = |refused: Option<&str>| {
        Some(NextStep {
            request: deploy(),
            availability: skydeck_engine::view::Availability { refused: refused.map(str::to_owned) },
        })
    };
    assert_eq!((explained().surprising, explained().next), (false, next(None)));
    let single = Request::DeployStack {
        stack: "a".parse().unwrap(),
        environment: environment("dev"),
        skip_dependencies: false,
    };
    world.run(single, Options::default()).await;
    assert!(explained().text.contains("1 stack was deployed one by one"), "{}", explained().text);
    assert_eq!((explained().surprising, explained().next), (true, next(None)));
    world.deploy().await;
    assert_eq!((explained().surprising, explained().next), (false, None));
    assert_eq!(explained().text, "The last full deploy completed successfully.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_template_tells_is_shown_nowhere() {
    const SECRETS: [&str; 3] = ["hunter22", "letter by \\\"letter\\\"", "second line"];
    let world = World::new(&[("a", &[], "{}")]);
    with_prod(&world);
    let hidden = "Size: {Type: String}\n  Password: {Type: String, NoEcho: true, Default: hunter22}\n  \
                  Quoted: {Type: String, NoEcho: true, Default: \"letter by \\\"letter\\\"\"}\n  \
                  Long:\n    Type: String\n    NoEcho: true\n    Default: |\n      first line\n      second line";
    world.edit("stacks/a.yaml", "Size: {Type: String}", hidden);
    world.deploy().await;
    // The file has forgotten what was deployed.
    world.edit("stacks/a.yaml", hidden, "Size: {Type: String}\n  Other: {Type: String}");
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '1'\n      Other: x1");
    let found = world.engine.stack_template(ID, &key("a")).await.unwrap();
    assert!(found.diff.as_ref().unwrap().removed > 0);
    assert!(found.deployed.as_ref().unwrap().contains("Default: ****"));
    world.run(Request::Deploy { environment: environment("prod") }, Options::default()).await;
    let (dev, other) = (environment("dev"), environment("prod"));
    let compared = world.engine.compared_templates(ID, &key("a").stack, &dev, &other).await.unwrap();
    assert!(compared.removed > 0);
    for text in found.deployed.into_iter().chain([&found.diff.unwrap(), &compared].map(lines)) {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    }
}

fn lines(diff: &TextDiff) -> String {
    diff.hunks.iter().flatten().map(|line| format!("{}\n", line.text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_holds_a_secret_is_compared_whole_and_shown_masked() {
    let world = World::new(&[("a", &[], "{}")]);
    with_prod(&world);
    world.edit(
        "stacks/a.yaml",
        "Size: {Type: String}",
        "Size: {Type: String}\n  Key: {Type: String, NoEcho: true}",
    );
    let own = "Size: frankfurt\n      Key: frank\n    environments: {prod: {parameters: {Size: paris}}}";
    world.edit("deployment-manifest.yaml", "Size: '1'", own);
    world.deploy().await;
    world.run(Request::Deploy { environment: environment("prod") }, Options::default()).await;
    let found = world.engine.compare(ID, &environment("dev"), &environment("prod")).await.unwrap();
    let stack = &found.comparison.stacks[0];
    assert_eq!(stack.relation, Relation::AsMeant, "{stack:?}");
    let size = &stack.parameters[0];
    assert_eq!((size.from.as_deref(), size.to.as_deref()), (Some("****furt"), Some("paris")));
    assert_eq!(size.why, Why::Own);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_looks_nor_runs_without_changes_bury_what_the_logs_know() {
    let world = World::new(&[("a", &[], "{}")]);
    world.deploy().await;
    for _ in 0..11 {
        world.deploy().await;
    }
    for look in 0..60 {
        world.write(&format!("logs/20990101T0000{look:02}Z-refresh-abcd.jsonl"), "");
    }
    let log = world.engine.stack_log(ID, &key("a")).unwrap();
    // Runs of the same second have no order among them: the first one of all may be anywhere, or not told.
    let unchanged = log.runs.iter().filter(|run| run.outcome == Some(StackOutcome::Unchanged)).count();
    assert!(log.runs.len() == 10 && unchanged >= 9, "{log:?}");
    assert_eq!(log.resources.len(), 1);
    // How long its first deploy took is known, too.
    let destroy = Request::Destroy { environment: None };
    world.run(destroy, Options::default()).await;
    assert!(world.review(&deploy()).await.usually_seconds.is_some());
}
