//! Ways out of states in which CloudFormation holds a stack fast.

use skydeck_engine::Options;
use skydeck_engine::view::{RecoveryCard, WayOutView};
use skydeck_model::cloudformation::WayOut;
use skydeck_model::plan::{Deletion, Repair, Request};
use skydeck_model::{OperationOutcome, StackOutcome};

use crate::world::{ID, World, deploy, end, key, outcome};

fn destroy() -> Request {
    Request::Destroy { environment: Some("dev".parse().unwrap()) }
}

fn repair(repair: Repair) -> Request {
    Request::RepairStack { stack: "only".parse().unwrap(), environment: "dev".parse().unwrap(), repair }
}

async fn card(world: &World) -> RecoveryCard {
    world.engine.recovery(ID, &key("only")).await.unwrap()
}

fn way(card: &RecoveryCard, way: WayOut) -> &WayOutView {
    card.ways.iter().find(|it| it.way == way).unwrap_or_else(|| panic!("{way:?} is not offered: {card:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_first_create_is_deleted_and_created_again() {
    let world = World::new(&[("only", &[], "{Seconds: 1, Fail: broken}")]);
    world.deploy().await;
    let card = card(&world).await;
    assert_eq!(card.cloudformation_status.as_deref(), Some("ROLLBACK_COMPLETE"));
    assert!(card.cause.as_deref().unwrap().contains("broken"), "{card:?}");
    let recreate = way(&card, WayOut::Recreate).clone();
    assert_eq!(recreate.command.as_deref(), Some("cloud deploy-stack DX6604E only --environment dev"));
    world.edit("stacks/only.yaml", ", Fail: broken", "");
    let view = world.run(recreate.request.unwrap(), Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(world.status("only"), "deployed");
    assert_eq!(world.deployment_status(), "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_failed_is_continued_without_the_resource_in_the_way() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    world.edit(
        "stacks/only.yaml",
        "    Properties: {DisplayName: !Ref Size}",
        "    Metadata: {Sandbox: {FailRollback: stuck}}\n    Properties: {DisplayName: changed}",
    );
    world.edit("stacks/only.yaml", "Outputs:", "  Broken:\n    Type: AWS::SNS::Topic\n    DependsOn: Topic\n    Metadata: {Sandbox: {Fail: no}}\nOutputs:");
    world.deploy().await;
    let card = card(&world).await;
    assert_eq!(card.cloudformation_status.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    let on = way(&card, WayOut::ContinueRollback);
    assert!(on.choices.iter().any(|choice| choice.logical_id == "Topic"), "{on:?}");
    let view = world
        .run(repair(Repair::ContinueRollback { skip: vec!["Topic".to_owned()] }), Options::default())
        .await;
    assert_eq!(outcome(&view, "only"), StackOutcome::Succeeded, "{view:?}");
    assert_eq!(world.shown("only").await.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    assert_eq!(world.status("only"), "failed");
    assert!(end(&view, "only").reason.as_deref().unwrap().contains("previous version still runs"));
    assert_eq!(world.deployment_status(), "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_failed_goes_on_without_what_cannot_be_deleted() {
    for deletion in [
        Deletion { retain: vec!["Topic".to_owned()], force: false },
        Deletion { retain: Vec::new(), force: true },
    ] {
        let world = World::new(&[("only", &[], "{Seconds: 1}")]);
        world.edit(
            "stacks/only.yaml",
            "    Type: AWS::SNS::Topic",
            "    Metadata: {Sandbox: {FailDelete: not empty}}\n    Type: AWS::SNS::Topic",
        );
        world.deploy().await;
        let view = world.run(destroy(), Options::default()).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Failed));
        let card = card(&world).await;
        assert_eq!(card.cloudformation_status.as_deref(), Some("DELETE_FAILED"));
        let retain = way(&card, WayOut::Retain);
        assert_eq!(retain.choices.iter().filter(|choice| choice.chosen).count(), 1);
        assert_eq!(
            retain.command.as_deref(),
            Some("cloud destroy-stack DX6604E only --environment dev --force --retain Topic")
        );
        way(&card, WayOut::ForceDelete);
        let request = Request::DestroyStack {
            stack: "only".parse().unwrap(),
            environment: "dev".parse().unwrap(),
            force: true,
            deletion,
        };
        let view = world.run(request, Options::default()).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
        assert_eq!(world.status("only"), "destroyed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_set_that_was_never_executed_is_removed_with_its_empty_stack() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    // A review whose program has ended.
    world.review(&deploy()).await;
    let card = card(&world).await;
    assert_eq!(card.cloudformation_status.as_deref(), Some("REVIEW_IN_PROGRESS"));
    let discard = way(&card, WayOut::DiscardReview).clone();
    let view = world.run(discard.request.unwrap(), Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
    assert_eq!(world.status("only"), "not_deployed");
    assert_eq!(world.shown("only").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_is_switched_off_by_name_and_never_on_the_way() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit("deployment-manifest.yaml", "  only:\n", "  only:\n    termination_protection: true\n");
    world.deploy().await;
    let protected = world.run(destroy(), Options::default()).await;
    assert!(end(&protected, "only").reason.as_deref().unwrap().contains("TerminationProtection"));
    let card = card(&world).await;
    assert!(card.protected);
    let unprotect = way(&card, WayOut::Unprotect).clone();
    world.run(unprotect.request.unwrap(), Options::default()).await;
    assert_eq!(world.shown("only").await.as_deref(), Some("CREATE_COMPLETE"));
    let gone = world.run(destroy(), Options::default()).await;
    assert_eq!(gone.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_out_that_does_not_help_any_more_does_nothing() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    assert_eq!(card(&world).await.ways, []);
    let view = world.run(repair(Repair::RollBack), Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Failed));
    assert_eq!(world.status("only"), "deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_somebody_else_is_changing_is_waited_for() {
    let world = World::new(&[("only", &[], "{Seconds: 60}")]);
    let other = world.somebody_else().await;
    let mut spec = skydeck_cloudformation::StackSpec {
        name: format!("{ID}-only-dev"),
        template: world.read("stacks/only.yaml").into(),
        ..Default::default()
    };
    spec.parameters.insert("Size".to_owned(), "3".to_owned());
    other.create(&spec, "somebody").await.unwrap();
    assert_eq!(way(&card(&world).await, WayOut::Wait).request, None);
    let view = world.deploy().await;
    assert!(end(&view, "only").reason.as_deref().unwrap().contains("another operation"));
    assert_eq!(world.status("only"), "not_deployed");
    world.engine.refresh(ID, None).await.unwrap();
    assert_eq!(world.status("only"), "deploying");
}
