//! Stacks that take values of each other by their templates alone.

use skydeck_engine::view::ReviewView;
use skydeck_engine::{Engine, ErrorCode};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::review::{Obstacle, ReviewAction, StackReview};
use skydeck_model::{Event, EventKind, OperationId, OperationOutcome, StackOutcome};

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

fn warnings(world: &World, operation: &OperationId) -> Vec<String> {
    let message = |event: Event| match event.kind {
        EventKind::Warning { message } => Some(message),
        _ => None,
    };
    world.log(operation).into_iter().filter_map(message).collect()
}

fn destroy_alone(stack: &str, force: bool) -> Request {
    let (stack, environment) = (stack.parse().unwrap(), "dev".parse().unwrap());
    Request::DestroyStack { stack, environment, force, deletion: Deletion::default() }
}

fn shown(review: &ReviewView) -> Vec<Vec<String>> {
    let names = |layer: &Vec<skydeck_engine::view::PlannedStack>| {
        layer.iter().map(|stack| stack.key.stack.to_string()).collect()
    };
    review.plan.layers.iter().map(names).collect()
}

/// What a deploy or a look at one is refused with.
async fn refused(world: &World, request: &Request) -> String {
    let refused = world.engine.start(ID, request, &Default::default()).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput, "{refused}");
    refused.to_string()
}

fn layers(engine: &Engine, request: &Request) -> Vec<Vec<String>> {
    let plan = engine.plan(ID, request).unwrap();
    let names = |layer: &Vec<skydeck_engine::view::PlannedStack>| {
        layer.iter().map(|stack| stack.key.stack.to_string()).collect()
    };
    plan.layers.iter().map(names).collect()
}

/// That a deploy succeeds for which a review was made, which is given up.
async fn goes_through(world: &World, review: &ReviewView) {
    world.engine.discard_review(&review.id).await.unwrap();
    let view = world.deploy().await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
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
    let mut events = world.engine.events();
    let view = world.run(destroy(), Default::default()).await;
    // Before anything is deleted, and whoever watches hears of it.
    assert!(matches!(events.recv().await.unwrap().kind, EventKind::OperationStarted(_)));
    assert!(matches!(events.recv().await.unwrap().kind, EventKind::Warning { .. }));
    assert_eq!(outcome(&view, "app"), StackOutcome::Succeeded);
    assert!(end(&view, "net").reason.as_deref().unwrap().contains("in use by elsewhere"), "{view:?}");
    assert_eq!(
        warnings(&world, &view.id),
        [
            "dev: CloudFormation does not delete net while its export shared-us-east-1 is imported by elsewhere, which is not \
             destroyed with it"
        ]
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn one_stack_is_not_destroyed_while_others_import_from_it_whatever_the_files_say() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.deploy().await;
    // Neither the file nor what is recorded tells of it.
    world.write("stacks/app.yaml", &app("nothing"));
    let outside = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: app(IMPORT).into(),
        ..Default::default()
    };
    world.somebody_else().await.create(&outside, "elsewhere").await.unwrap();
    let alone = destroy_alone("net", false);
    for refused in [
        world.engine.start(ID, &alone, &Default::default()).await.map(drop).unwrap_err(),
        world.engine.start_review(ID, &alone, 1).await.map(drop).unwrap_err(),
    ] {
        let told = refused.to_string();
        assert_eq!(refused.code(), ErrorCode::Precondition);
        for by in ["app (imports shared-us-east-1)", "elsewhere (imports shared-us-east-1)"] {
            assert!(told.contains(by), "{told}");
        }
    }
    assert_eq!(world.status("net"), "deployed");
    let forced = world.run(destroy_alone("net", true), Default::default()).await;
    assert!(warnings(&world, &forced.id)[0].contains("which are not destroyed with it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_before_the_export_that_goes_or_changes_with_it() {
    type Change = fn(&World);
    let removed: Change = |world| world.write("stacks/net.yaml", &app("net"));
    let changed: Change = |world| world.edit("stacks/net.yaml", "Value: !Ref T", "Value: other");
    for change in [removed, changed] {
        let world = world(IMPORT, "{Seconds: 1}");
        world.deploy().await;
        change(&world);
        world.write("stacks/app.yaml", &app("alone"));
        let review = world.review(&deploy()).await;
        assert_eq!(shown(&review), [vec!["app", "web"], vec!["net"]]);
        let net = stack(&review, "net");
        assert_eq!(net.action, ReviewAction::Update, "{net:?}");
        assert!(net.remarks.contains(&"app stops importing shared-us-east-1 first".to_owned()), "{net:?}");
        assert_eq!(review.blocked, 0);
        goes_through(&world, &review).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_goes_while_it_is_imported_is_refused_before_anything_starts() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.deploy().await;
    world.write("stacks/net.yaml", &app("net"));
    let told = refused(&world, &deploy()).await;
    assert!(
        told.contains(
            "the export shared-us-east-1, which it no longer makes, is imported by DX6604E-app-dev"
        ),
        "{told}"
    );
    // What imports it gets something else of the same stack, and so comes after it.
    world.edit(
        "stacks/net.yaml",
        "Resources:",
        "Outputs: {A: {Value: a, Export: {Name: other}}}\nResources:",
    );
    world.write("stacks/app.yaml", &app("!ImportValue other"));
    let told = refused(&world, &deploy()).await;
    assert!(told.contains("keep it until app is deployed without that import"), "{told}");
    let review = world.review(&deploy()).await;
    assert_eq!(stack(&review, "net").action, ReviewAction::Blocked);
    assert_eq!(review.plan.foreseen.len(), 1);
    let goes_on = skydeck_engine::Options { keep_going: true, ..Default::default() };
    let view = world.run(deploy(), goes_on).await;
    assert_eq!(outcome(&view, "net"), StackOutcome::Failed);
    assert_eq!(outcome(&view, "web"), StackOutcome::Unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_name_somebody_has_is_refused_and_a_stack_that_was_renamed_is_told() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.deploy().await;
    world.edit("deployment-manifest.yaml", "  net:\n", "  core:\n");
    let told = refused(&world, &deploy()).await;
    assert!(told.contains("stacks/net.yaml:"), "{told}");
    assert!(told.contains("the export shared-us-east-1 is already made by net, which is deployed"), "{told}");
    assert!(told.contains("if core was net, call it net again"), "{told}");
    let review = world.review(&deploy()).await;
    assert_eq!(stack(&review, "core").action, ReviewAction::Blocked);
    assert_eq!(review.plan.foreseen.len(), 1);
    world.edit("deployment-manifest.yaml", "  core:\n", "  net:\n");
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));

    let other = self::world("nothing", "{Seconds: 1}");
    let outside = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: net("{Seconds: 0}").into(),
        ..Default::default()
    };
    let somebody = other.somebody_else().await;
    somebody.create(&outside, "elsewhere").await.unwrap();
    while somebody.exports().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let told = refused(&other, &deploy()).await;
    assert!(told.contains("the export shared-us-east-1 is already made by elsewhere"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_moves_to_another_stack_is_given_up_first() {
    let world = world("nothing", "{Seconds: 1}");
    world.deploy().await;
    // By its name the new exporter would come first.
    let (net, app) = (world.read("stacks/net.yaml"), world.read("stacks/app.yaml"));
    world.write("stacks/app.yaml", &net);
    world.write("stacks/net.yaml", &app);
    let review = world.review(&deploy()).await;
    assert_eq!(shown(&review), [vec!["net", "web"], vec!["app"]]);
    let remark = "net gives up the export shared-us-east-1 first";
    assert_eq!(stack(&review, "app").remarks[0], remark);
    goes_through(&world, &review).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_nobody_makes_waits_for_an_export_whose_name_is_not_known() {
    let world = world(IMPORT, "{Seconds: 1}");
    world.edit("stacks/net.yaml", "!Sub 'shared-${AWS::Region}'", "!Sub '${Name}-us-east-1'");
    world.edit("stacks/net.yaml", "Resources:", "Parameters: {Name: {Type: String}}\nResources:");
    world.edit("stacks/web.yaml", "Resources:", "Outputs: {Name: {Value: shared}}\nResources:");
    world.edit(
        "deployment-manifest.yaml",
        "stacks/net.yaml\n",
        "stacks/net.yaml\n    parameters:\n      Name: ${web.Name}\n",
    );
    let review = world.review(&deploy()).await;
    assert_eq!(shown(&review), [vec!["web"], vec!["net"], vec!["app"]]);
    let seen = stack(&review, "app");
    assert_eq!((seen.action, review.blocked), (ReviewAction::Create, 0));
    assert_eq!(seen.remarks, ["it imports shared-us-east-1, which net may make first"]);
    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
    // Once it is there, nobody waits.
    let again = world.review(&deploy()).await;
    assert_eq!(stack(&again, "app").action, ReviewAction::Unchanged);
    assert!(stack(&again, "app").remarks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_an_export_that_is_imported_is_told_before_it_is_refused() {
    type Change = fn(&World);
    let replaced: Change = |world| {
        world.edit("stacks/net.yaml", TOPIC, &format!("{TOPIC}    Properties: {{TopicName: other}}\n"));
    };
    let written: Change = |world| world.edit("stacks/net.yaml", "Value: fixed", "Value: other");
    for (value, change, cause) in [
        ("!Ref T", replaced, "T is replaced"),
        ("!Sub 'x-${T.TopicName}'", replaced, "T is replaced"),
        ("fixed", written, "the template gives the output A another value"),
    ] {
        let world = world(IMPORT, "{Seconds: 1}");
        world.edit("stacks/net.yaml", "!Ref T", value);
        world.deploy().await;
        change(&world);
        let told = format!(
            "{cause}, which changes the export shared-us-east-1: CloudFormation refuses that while it is imported by \
             DX6604E-app-dev; keep it as it is and export the new value by another name until nobody imports it"
        );
        let review = world.review(&deploy()).await;
        let net = stack(&review, "net");
        assert_eq!((net.action, &net.remarks[0]), (ReviewAction::Blocked, &told), "{value}");
        assert_eq!(net.changes.len(), usize::from(cause.starts_with('T')), "{value}: {net:?}");
        let view = world.run_reviewed(&review).await;
        assert_eq!(end(&view, "net").reason.as_ref(), Some(&told), "{value}");
        // Nor is it begun without a look.
        let view = world.deploy().await;
        assert_eq!(end(&view, "net").reason.as_ref(), Some(&told), "{value}");
        assert_eq!(world.status("net"), "deployed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_what_nobody_exports_is_told_with_its_line_and_what_may_be_meant() {
    let world = world("!ImportValue shared-us-esat-1", "{Seconds: 1}");
    world.edit("stacks/app.yaml", "Properties: {DisplayName:", "Properties:\n      DisplayName:");
    world.edit("stacks/app.yaml", "esat-1}", "esat-1");
    let review = world.review(&deploy()).await;
    let found: Vec<String> = stack(&review, "app").findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "stacks/app.yaml, line 6 (/Resources/P/Properties/DisplayName): No export named shared-us-esat-1 found (net \
             exports shared-us-east-1)"
        ]
    );
    assert_eq!(stack(&review, "app").action, ReviewAction::Blocked);
    world.engine.discard_review(&review.id).await.unwrap();
    let view = world.deploy().await;
    let reason = end(&view, "app").reason.clone().unwrap();
    assert!(reason.contains("No export named shared-us-esat-1 found"), "{reason}");
    let place = "It is imported at stacks/app.yaml, line 6 (Resources.P.Properties.DisplayName); net exports \
                 shared-us-east-1";
    assert!(reason.contains(place), "{reason}");
    let key = end(&view, "app").key.clone();
    let report = world.engine.failure_report(ID, &view.id, &key).unwrap();
    assert!(report.contains("DisplayName: !ImportValue shared-us-esat-1"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_type_is_refused_as_cloudformation_does_with_what_can_be_done() {
    let world = world("nothing", "{Seconds: 1}");
    world.deploy().await;
    world.edit("stacks/web.yaml", "AWS::SNS::Topic", "AWS::SQS::Queue");
    let review = world.review(&deploy()).await;
    let web = stack(&review, "web");
    assert_eq!(web.action, ReviewAction::Blocked);
    assert!(
        web.remarks[0].contains("modifies resource type of the following resources: [P]. Give"),
        "{web:?}"
    );
}

/// What is exported then, the files do not tell.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_gets_another_name_while_it_is_imported_is_not_begun() {
    let world = world("nothing", "{Seconds: 1}");
    world.edit("stacks/net.yaml", "!Sub 'shared-${AWS::Region}'", "!Sub '${Name}-us-east-1'");
    world.edit("stacks/net.yaml", "Resources:", "Parameters: {Name: {Type: String}}\nResources:");
    world.edit("stacks/web.yaml", "Resources:", "Outputs: {Name: {Value: shared}}\nResources:");
    world.edit(
        "deployment-manifest.yaml",
        "stacks/net.yaml\n",
        "stacks/net.yaml\n    parameters:\n      Name: ${web.Name}\n",
    );
    world.deploy().await;
    let outside = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: app(IMPORT).into(),
        ..Default::default()
    };
    world.somebody_else().await.create(&outside, "elsewhere").await.unwrap();
    world.edit("stacks/net.yaml", "${Name}-us-east-1", "${Name}-other");
    let told = "the template no longer makes the export shared-us-east-1: CloudFormation refuses that while it is imported by \
                elsewhere; keep it until nobody imports it";
    let review = world.review(&deploy()).await;
    let net = stack(&review, "net");
    assert_eq!(net.action, ReviewAction::Blocked);
    assert!(net.remarks.contains(&told.to_owned()), "{net:?}");
    world.engine.discard_review(&review.id).await.unwrap();
    let view = world.deploy().await;
    assert_eq!(end(&view, "net").reason.as_deref(), Some(told));
    assert_eq!(world.status("net"), "deployed");
}
