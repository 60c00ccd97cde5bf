//! What is advised after an operation is what the planner and CloudFormation take from there.

use skydeck_engine::Options;
use skydeck_model::cloudformation::WayOut;
use skydeck_model::event::OperationView;
use skydeck_model::plan::{Repair, Request};
use skydeck_model::recovery::{self, Step};
use skydeck_model::review::ReviewAction;
use skydeck_model::{OperationOutcome, StackKey, StackOutcome};

use crate::world::{ID, World, deploy, end, key, outcome};

fn destroy() -> Request {
    Request::Destroy { environment: None }
}

fn lines(view: &OperationView) -> Vec<String> {
    recovery::steps(view).into_iter().map(|Step { what, command, .. }| format!("{what}: {command}")).collect()
}

/// Runs a way out of `only`, and it helps.
async fn helps(world: &World, way: WayOut, resources: &[&str]) -> OperationView {
    let resources: Vec<String> = resources.iter().map(|it| (*it).to_owned()).collect();
    let request = way.request(&key("only"), &resources).unwrap();
    let view = world.run(request, Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{way:?}: {:?}", end(&view, "only").reason);
    view
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rollback_that_failed_it_is_continued_before_anything_is_deployed() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    world.edit(
        "stacks/only.yaml",
        "    Properties: {DisplayName: !Ref Size}",
        "    Metadata: {Sandbox: {Fail: boom, FailRollback: no way}}\n    Properties: {DisplayName: changed}",
    );
    let failed = world.deploy().await;
    let go_on = "Fix what keeps it from going back, and continue its rollback: \
                 cloud repair-stack DX6604E only --environment dev --continue-rollback";
    let again = "Then go on from here: cloud deploy DX6604E --environment dev";
    let skip = "Where Topic cannot go back, leave it as it is: \
                cloud repair-stack DX6604E only --environment dev --continue-rollback --skip Topic";
    assert_eq!(lines(&failed), [go_on, skip, again]);
    // A deploy that was tried all the same says the same.
    assert_eq!(lines(&world.deploy().await), [go_on, again]);
    let review = world.review(&deploy()).await;
    assert_eq!(review.stacks[0].action, ReviewAction::Blocked);
    assert_eq!(review.stacks[0].first.len(), 1);
    assert!(go_on.ends_with(&review.stacks[0].first[0].command), "{:?}", review.stacks[0].first);
    assert!(!world.cell("only").takes_deploy);

    world.edit("stacks/only.yaml", "Sandbox: {Fail: boom, FailRollback: no way}", "Sandbox: {}");
    helps(&world, WayOut::ContinueRollback, &["Topic"]).await;
    assert!(world.cell("only").takes_deploy);
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_delete_that_failed_it_is_tried_again_or_something_is_left_behind() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit(
        "stacks/only.yaml",
        "    Type: AWS::SNS::Topic",
        "    Metadata: {Sandbox: {FailDelete: not empty}}\n    Type: AWS::SNS::Topic",
    );
    world.deploy().await;
    let failed = world.run(destroy(), Options::default()).await;
    let behind = "Where Topic cannot be deleted, leave it behind: \
                  cloud destroy-stack DX6604E only --environment dev --force --retain Topic";
    assert_eq!(lines(&failed), [behind, "Fix the cause, then go on from here: cloud destroy DX6604E"]);
    // A deploy cannot go on from there before the rest is deleted.
    let deployed = world.deploy().await;
    assert_eq!(
        lines(&deployed),
        [
            "Delete the rest of it: cloud destroy-stack DX6604E only --environment dev --force",
            "Then go on from here: cloud deploy DX6604E --environment dev",
        ]
    );
    helps(&world, WayOut::Retain, &["Topic"]).await;
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_protected_is_unprotected_first() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit("deployment-manifest.yaml", "  only:\n", "  only:\n    termination_protection: true\n");
    world.deploy().await;
    let failed = world.run(destroy(), Options::default()).await;
    assert_eq!(outcome(&failed, "only"), StackOutcome::Failed);
    assert!(end(&failed, "only").protected);
    assert_eq!(
        lines(&failed),
        [
            "Termination protection is on: switch it off, if it is to be deleted: \
             cloud repair-stack DX6604E only --environment dev --unprotect",
            "Then go on from here: cloud destroy DX6604E",
        ]
    );
    let card = world.engine.recovery(ID, &key("only")).await.unwrap();
    assert_eq!(card.ways.iter().map(|way| way.way).collect::<Vec<_>>(), [WayOut::Unprotect]);
    helps(&world, WayOut::Unprotect, &[]).await;
    assert_eq!(world.run(destroy(), Options::default()).await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn from_what_a_failed_create_or_a_review_has_left_a_deploy_goes_on_by_itself() {
    let world = World::new(&[("only", &[], "{Seconds: 1, Fail: broken}")]);
    let failed = world.deploy().await;
    assert_eq!(world.shown("only").await.as_deref(), Some("ROLLBACK_COMPLETE"));
    let again = ["Fix the cause, then go on from here: cloud deploy DX6604E --environment dev"];
    assert_eq!(lines(&failed), again);
    world.edit("stacks/only.yaml", ", Fail: broken", "");
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
    // An update that was rolled back takes the next as it stands.
    world.edit(
        "stacks/only.yaml",
        "    Properties: {DisplayName: !Ref Size}",
        "    Metadata: {Sandbox: {Fail: boom}}\n    Properties: {DisplayName: changed}",
    );
    assert_eq!(lines(&world.deploy().await), again);
    assert_eq!(world.shown("only").await.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    world.edit("stacks/only.yaml", "Sandbox: {Fail: boom}", "Sandbox: {}");
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));

    let other = World::new(&[("only", &[], "{Seconds: 1}")]);
    other.review(&deploy()).await;
    assert_eq!(other.shown("only").await.as_deref(), Some("REVIEW_IN_PROGRESS"));
    assert_eq!(other.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_that_did_not_help_is_advised_again_only_where_it_fits() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    let StackKey { stack, environment } = key("only");
    let repair =
        |repair| Request::RepairStack { stack: stack.clone(), environment: environment.clone(), repair };
    // Nothing is wrong with it.
    let refused = world.run(repair(Repair::RollBack), Options::default()).await;
    assert_eq!(refused.outcome, Some(OperationOutcome::Failed));
    assert_eq!(lines(&refused), <[&str; 0]>::default());
}
