//! Stacks that fail as a whole: no resource is to blame, and the stack's own event tells why.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use skydeck_cloudformation::StackSpec;
use skydeck_engine::Options;
use skydeck_model::plan::Request;
use skydeck_model::{EventKind, StackOutcome};

use crate::world::{ID, World, deploy, end, key, outcome};

const MISSING: &str = "No export named shared-arn found. Rollback requested by user. — the create was rolled back: nothing runs. It is \
                       imported at stacks/only.yaml, line 7 (Resources.Topic.Properties.DisplayName)";

/// The stack `only` imports an export that no stack has.
fn importer() -> World {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit(
        "stacks/only.yaml",
        "{DisplayName: !Ref Size}",
        "{DisplayName: !Join ['', [!Ref Size, !ImportValue shared-arn]]}",
    );
    world
}

fn exporter() -> StackSpec {
    let template = "Resources: {T: {Type: AWS::SNS::Topic}}\n\
                    Outputs: {O: {Value: a, Export: {Name: shared-arn}}}";
    StackSpec { name: "shared".to_owned(), template: Arc::from(template), ..StackSpec::default() }
}

/// Somebody else creates a stack, and waits for it.
async fn somebody_creates(world: &World, spec: &StackSpec) -> String {
    let other = world.somebody_else().await;
    let id = other.create(spec, "theirs").await.unwrap();
    while other.describe(&id).await.unwrap().unwrap().status != "CREATE_COMPLETE" {
        tokio::task::yield_now().await;
    }
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_fails_as_a_whole_tells_why_everywhere() {
    for quiet in [false, true] {
        let world = importer();
        let view = world.run(deploy(), Options { quiet, ..Options::default() }).await;
        assert_eq!(outcome(&view, "only"), StackOutcome::Failed);
        assert_eq!(end(&view, "only").reason.as_deref(), Some(MISSING), "quiet: {quiet}");
        assert_eq!(world.cell("only").reason.as_deref(), Some(MISSING));
        assert!(world.read(".deployment-state.yaml").contains("No export named shared-arn found."));
        let run = &view.stacks[0];
        assert!(run.failed_as_a_whole);
        let failure = run.first_failure.as_ref().unwrap();
        assert_eq!(
            failure.reason.as_deref(),
            Some("No export named shared-arn found. Rollback requested by user.")
        );
        let card = world.engine.recovery(ID, &key("only")).await.unwrap();
        assert_eq!(
            card.cause.as_deref(),
            Some("No export named shared-arn found. Rollback requested by user.")
        );
        let report = world.engine.failure_report(ID, &view.id, &key("only")).unwrap();
        assert!(
            report.contains("**`No export named shared-arn found. Rollback requested by user.`**"),
            "{report}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_set_that_fails_as_a_whole_tells_why() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    let shared = somebody_creates(&world, &exporter()).await;
    world.edit("stacks/only.yaml", "{DisplayName: !Ref Size}", "{DisplayName: !ImportValue shared-arn}");
    let review = world.review(&deploy()).await;
    let other = world.somebody_else().await;
    other.delete(&shared, "gone", &Default::default()).await.unwrap();
    while other.describe("shared").await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    let view = world.run_reviewed(&review).await;
    let reason = end(&view, "only").reason.as_deref().unwrap();
    assert!(reason.starts_with("No export named shared-arn found"), "{reason}");
    assert!(
        reason.contains("the previous version still runs. It is imported at stacks/only.yaml, line 7"),
        "{reason}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_takes_too_long_tells_so() {
    let world = World::new(&[("only", &[], "{Seconds: 200}")]);
    world.edit("deployment-manifest.yaml", "  only:\n", "  only:\n    timeout_minutes: 1\n");
    let view = world.deploy().await;
    let reason = end(&view, "only").reason.as_deref().unwrap();
    assert!(reason.starts_with("Stack creation time exceeded the specified timeout."), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_cloudformation_takes_back_tells_why() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit("stacks/only.yaml", "Value: !Sub 'only'", "Value: a\n    Export: {Name: used}");
    world.deploy().await;
    let template = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue used}}}";
    let user = StackSpec { name: "user".to_owned(), template: Arc::from(template), ..StackSpec::default() };
    somebody_creates(&world, &user).await;
    let view = world.run(Request::Destroy { environment: None }, Options::default()).await;
    let reason = "Export used cannot be deleted as it is in use by user";
    assert_eq!(end(&view, "only").reason.as_deref(), Some(reason));
    assert_eq!(view.stacks[0].first_failure.as_ref().unwrap().reason.as_deref(), Some(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resources_own_cause_wins_over_what_the_stack_derives_from_it() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit(
        "stacks/only.yaml",
        "    Type: AWS::SNS::Topic\n",
        "    Type: AWS::SNS::Topic\n    Metadata: {Sandbox: {Fail: boom}}\n",
    );
    let view = world.deploy().await;
    assert_eq!(
        end(&view, "only").reason.as_deref(),
        Some("Topic (AWS::SNS::Topic): boom — the create was rolled back: nothing runs")
    );
    assert!(!view.stacks[0].failed_as_a_whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_failed_create_is_gone_also_where_the_next_is_refused() {
    let world = importer();
    world.deploy().await;
    assert_eq!(world.cell("only").cloudformation_status.as_deref(), Some("ROLLBACK_COMPLETE"));
    // A change set finds out at once what a create finds out later.
    let review = world.review(&deploy()).await;
    let view = world.run_reviewed(&review).await;
    let reason = end(&view, "only").reason.as_deref().unwrap();
    assert!(
        reason.starts_with("No export named shared-arn found. It is imported at stacks/only.yaml"),
        "{reason}"
    );
    assert_eq!(world.shown("only").await, None);
    let cell = world.cell("only");
    assert_eq!((cell.cloudformation_status.as_deref(), cell.ways_out), (Some("DELETE_COMPLETE"), Vec::new()));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// The files as they stand when a program dies in the middle are the files of a program that died.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_up_after_a_kill_tells_why_it_failed() {
    let world = importer();
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    while !matches!(events.recv().await.unwrap().kind, EventKind::StackStarted { .. }) {}
    let died = tempfile::tempdir().unwrap();
    while !world.read(".deployment-state.yaml").contains("status: deploying") {
        tokio::task::yield_now().await;
    }
    copy(&world.folder(), died.path());
    world.engine.wait(&operation).await;
    fs::remove_dir_all(world.folder()).unwrap();
    copy(died.path(), &world.folder());
    assert_eq!(world.engine.operation(ID, &operation).unwrap().outcome, None);
    // The folder is a copy of what it was.
    world.take_over().await;
    let view = world.engine.operation(ID, &operation).unwrap();
    assert!(view.interrupted);
    // It went by what CloudFormation says, and not by the templates of before.
    let told = end(&view, "only").reason.as_deref().unwrap();
    assert!(MISSING.starts_with(told) && told.ends_with("nothing runs"), "{told}");
    assert_eq!(world.cell("only").reason.as_deref(), Some(told));
}
