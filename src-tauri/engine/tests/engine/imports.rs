//! Stacks that take values of each other by their templates alone.

use skydeck_engine::view::ReviewView;
use skydeck_engine::{Engine, ErrorCode};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::review::{Obstacle, ReviewAction, StackReview};
use skydeck_model::{EventKind, OperationOutcome, StackOutcome};

use crate::world::{ID, World, deploy, end, outcome};

const TOPIC: &str = "    Type: AWS::SNS::Topic\n";

fn net(metadata: &str) -> String {
    format!(
        "Metadata: {{Sandbox: {metadata}}}\nResources:\n  T:\n{TOPIC}Outputs:\n  A:\n    Value: !Ref T\n    \
         Export: {{Name: !Sub 'shared-${{AWS::Region}}'}}\n"
    )
}

fn app(value: &str) -> String {
    format!(
        "Metadata: {{Sandbox: {{Seconds: 1}}}}\nResources:\n  P:\n{TOPIC}    Properties: {{DisplayName: {value}}}\n"
    )
}

const IMPORT: &str = "!ImportValue shared-us-east-1";
const READ: &str = "!GetStackOutput {StackName: DX6604E-net-dev, OutputName: A}";

/// `app` takes something of `net`, and `web` nothing; `app` stands first in the manifest, and in the alphabet.
fn world(value: &str, metadata: &str) -> World {
    let world = World::new(&[("app", &[], "{Seconds: 1}"), ("net", &[], "{}"), ("web", &[], "{Seconds: 1}")]);
    let manifest = world.read("deployment-manifest.yaml").replace("    parameters:\n      Size: '1'\n", "");
    world.write("deployment-manifest.yaml", &manifest);
    world.write("stacks/net.yaml", &net(metadata));
    world.write("stacks/app.yaml", &app(value));
    world.write("stacks/web.yaml", &app("web"));
    world
}

fn destroy() -> Request {
    Request::Destroy { environment: Some("dev".parse().unwrap()) }
}

fn stack<'a>(review: &'a ReviewView, name: &str) -> &'a StackReview {
    review.stacks.iter().find(|stack| stack.key.stack.as_str() == name).unwrap()
}

fn layers(engine: &Engine, request: &Request) -> Vec<Vec<String>> {
    let plan = engine.plan(ID, request).unwrap();
    let names = |layer: &Vec<skydeck_engine::view::PlannedStack>| {
        layer.iter().map(|stack| stack.key.stack.to_string()).collect()
    };
    plan.layers.iter().map(names).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_deployed_after_its_export_and_destroyed_before_it() {
    for value in [IMPORT, READ] {
        let world = world(value, "{Seconds: 1}");
        assert_eq!(layers(&world.engine, &deploy()), [vec!["net", "web"], vec!["app"]]);
        let view = world.deploy().await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{value}: {view:?}");
        assert_eq!(layers(&world.engine, &destroy()), [vec!["app", "web"], vec!["net"]]);
        let view = world.run(destroy(), Default::default()).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{value}: {view:?}");
        assert_eq!(world.deployment_status(), "destroyed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_blocks_what_imports_and_the_screens_say_why() {
    let world = world(IMPORT, "{Fail: no luck}");
    let view = world.deploy().await;
    assert_eq!(outcome(&view, "net"), StackOutcome::Failed);
    assert_eq!(outcome(&view, "app"), StackOutcome::Skipped);
    assert_eq!(end(&view, "app").reason.as_deref(), Some("net failed"));
    assert_eq!(outcome(&view, "web"), StackOutcome::Succeeded);
    let seen = world.engine.dependencies(ID, &"dev".parse().unwrap()).unwrap();
    assert_eq!(
        (seen[0].needs.as_slice(), seen[0].blocked_by.as_slice()),
        (&["net".to_owned()][..], &["net".to_owned()][..])
    );
    assert_eq!(seen[0].reasons["net"], ["imports shared-us-east-1"]);
    assert_eq!(world.engine.detail(ID).unwrap().stacks[0].needs, ["net"]);
    let alone = world.cell("app").deploy.refused.unwrap();
    assert!(alone.contains("net (imports shared-us-east-1)"), "{alone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_review_says_that_the_import_is_known_after_the_export() {
    for (value, said) in [
        (IMPORT, "it imports shared-us-east-1, which net makes first"),
        (READ, "it reads output A, which net makes first"),
    ] {
        let world = world(value, "{Seconds: 1}");
        let review = world.review(&deploy()).await;
        let seen = stack(&review, "app");
        assert_eq!(seen.action, ReviewAction::Create);
        assert_eq!(seen.remarks, [said]);
        assert_eq!(seen.known_after().into_iter().map(ToString::to_string).collect::<Vec<_>>(), ["net"]);
        assert_eq!(seen.changes.len(), 1);
        assert_eq!(review.blocked, 0);
        let view = world.run_reviewed(&review).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
        // Once it is there, CloudFormation itself is asked.
        let again = world.review(&deploy()).await;
        assert_eq!(stack(&again, "app").action, ReviewAction::Unchanged);
        assert!(stack(&again, "app").by_change_set && stack(&again, "app").remarks.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_is_read_is_compared_anew_when_it_changes() {
    let world = world(READ, "{Seconds: 1}");
    world.edit("stacks/net.yaml", "Value: !Ref T", "Value: first");
    world.deploy().await;
    world.edit("stacks/net.yaml", "Value: first", "Value: second");
    let review = world.review(&deploy()).await;
    let seen = stack(&review, "app");
    assert_eq!(seen.action, ReviewAction::Unchanged);
    assert!(seen.may_change());
    assert_eq!(seen.remarks, ["it reads output A, which net may change first"]);
    world.run_and_answer(&review, true).await;
    let reader = world.somebody_else().await.describe(&format!("{ID}-app-dev")).await.unwrap().unwrap();
    assert_eq!(reader.status, "UPDATE_COMPLETE");
    // Without a review as well.
    world.edit("stacks/net.yaml", "Value: second", "Value: third");
    let view = world.deploy().await;
    assert_eq!(outcome(&view, "app"), StackOutcome::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_goes_by_the_imports_that_are_deployed_whatever_the_files_say_by_now() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.deploy().await;
    // The import is gone from the file, and the stack that it was in from the manifest.
    world.write("stacks/app.yaml", &app("nothing"));
    assert_eq!(layers(&world.engine, &destroy()), [vec!["app", "net", "web"]]);
    let review = world.review(&destroy()).await;
    let layers: Vec<usize> = review.plan.layers.iter().map(Vec::len).collect();
    assert_eq!(layers, [2, 1]);
    assert!(review.stacks.iter().all(|stack| stack.obstacles.is_empty()));
    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_imports_from_outside_is_named_and_who_cannot_be_asked_for_is_no_obstacle() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.deploy().await;
    let outside = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: app(IMPORT).into(),
        ..Default::default()
    };
    world.somebody_else().await.create(&outside, "elsewhere").await.unwrap();
    let alone = Request::DestroyStack {
        stack: "net".parse().unwrap(),
        environment: "dev".parse().unwrap(),
        force: true,
        deletion: Deletion::default(),
    };
    let named = |by: &[&str]| {
        let by = by.iter().map(|it| (*it).to_owned()).collect();
        [Obstacle::Imported { export: "shared-us-east-1".to_owned(), by }]
    };
    assert_eq!(stack(&world.review(&destroy()).await, "net").obstacles, named(&["elsewhere"]));
    let app = format!("{ID}-app-dev");
    let mut found = stack(&world.review(&alone).await, "net").obstacles.clone();
    if let [Obstacle::Imported { by, .. }] = found.as_mut_slice() {
        by.sort();
    }
    assert_eq!(found, named(&[&app, "elsewhere"]));
    let view = world.run(destroy(), Default::default()).await;
    assert_eq!(outcome(&view, "app"), StackOutcome::Succeeded);
    assert!(end(&view, "net").reason.as_deref().unwrap().contains("in use by elsewhere"), "{view:?}");
    assert!(!world.log(&view.id).iter().any(|event| matches!(event.kind, EventKind::Warning { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_a_disabled_stack_has_to_be_there() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.edit("deployment-manifest.yaml", "  net:\n    enabled: true", "  net:\n    enabled: false");
    for refused in [
        world.engine.start(ID, &deploy(), &Default::default()).await.map(drop).unwrap_err(),
        world.engine.start_review(ID, &deploy(), 1).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(refused.code(), ErrorCode::Precondition);
        assert!(refused.to_string().contains("app needs net, which is disabled"), "{refused}");
    }
    let outside = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: net("{Seconds: 0}").into(),
        ..Default::default()
    };
    let other = world.somebody_else().await;
    other.create(&outside, "elsewhere").await.unwrap();
    while other.exports().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_name_is_not_certain_is_told() {
    let world = world("{'Fn::ImportValue': !Ref Name}", "{Seconds: 1}");
    world.edit(
        "stacks/app.yaml",
        "Resources:",
        "Parameters: {Name: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name}}\nResources:",
    );
    let review = world.review(&deploy()).await;
    let remarks = stack(&review, "app").remarks.join(" ");
    assert!(remarks.contains("the name at Resources.P.Properties.DisplayName"), "{remarks}");
    world.edit("stacks/net.yaml", "!Sub 'shared-${AWS::Region}'", "!Sub '${T}-arn'");
    let review = world.review(&deploy()).await;
    let remarks = stack(&review, "net").remarks.join(" ");
    assert!(remarks.contains("the name at Outputs.A.Export"), "{remarks}");
}
