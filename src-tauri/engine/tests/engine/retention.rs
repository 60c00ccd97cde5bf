//! What outlives its stack: said before, and told with its id after.

use skydeck_engine::Options;
use skydeck_engine::view::ReviewView;
use skydeck_model::change::Danger;
use skydeck_model::event::OperationView;
use skydeck_model::plan::Request;
use skydeck_model::review::StackReview;
use skydeck_model::{OperationOutcome, StackOutcome};

use crate::world::{ID, World, deploy, end, key, outcome};

const BUCKET: &str =
    "  B: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: fixed-name}}\n";
const VPC: &str =
    "  V: {Type: AWS::EC2::VPC, UpdateReplacePolicy: Retain, Properties: {CidrBlock: 10.0.0.0/16}}\n";
const VOLUME: &str = "  E: {Type: AWS::EC2::Volume, DeletionPolicy: Snapshot}\n";
const DATABASE: &str = "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}\n";

fn world(resources: &[&str]) -> World {
    let world = World::new(&[("only", &[], "{Seconds: 0.5}")]);
    add(&world, resources);
    world
}

fn add(world: &World, resources: &[&str]) {
    world.edit("stacks/only.yaml", "Outputs:", &format!("{}Outputs:", resources.concat()));
}

fn options(quiet: bool) -> Options {
    Options { quiet, ..Options::default() }
}

fn destroy() -> Request {
    Request::Destroy { environment: Some("dev".parse().unwrap()) }
}

/// The ids of what an operation has left behind.
fn left(view: &OperationView) -> Vec<&str> {
    view.stacks.iter().flat_map(|run| &run.kept).filter_map(|it| it.physical_id.as_deref()).collect()
}

/// Of each resource that changes: whether it is kept, whether by a snapshot, and what that costs.
fn fates(review: &ReviewView) -> Vec<(&str, bool, bool, Danger)> {
    let StackReview { changes, .. } = &review.stacks[0];
    changes.iter().map(|it| (it.logical_id.as_str(), it.kept, it.snapshot, it.danger)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_destroy_leaves_is_said_before_and_told_after() {
    for (quiet, reviewed) in [(false, false), (true, false), (true, true)] {
        let world = world(&[BUCKET, DATABASE, VOLUME]);
        world.deploy().await;
        let review = world.review(&destroy()).await;
        let mut said = fates(&review);
        said.sort_unstable();
        assert_eq!(
            said,
            [
                ("B", true, false, Danger::None),
                ("D", true, true, Danger::Replaces),
                ("E", true, true, Danger::Replaces),
                ("Topic", false, false, Danger::Replaces),
            ]
        );
        let review = reviewed.then_some(review.id);
        let view = world.run(destroy(), Options { review, ..options(quiet) }).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
        assert_eq!(left(&view), ["fixed-name"], "quiet {quiet}, reviewed {reviewed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_update_gives_up_and_retains_is_no_loss_and_told() {
    for quiet in [false, true] {
        let world = world(&[BUCKET, VPC, DATABASE]);
        world.run(deploy(), options(quiet)).await;
        let found = world.engine.stack_resources(ID, &key("only")).await.unwrap().resources.unwrap();
        let vpc = found.into_iter().find(|it| it.logical_id == "V").and_then(|it| it.physical_id).unwrap();
        world.edit("stacks/only.yaml", &format!("{BUCKET}{VPC}{DATABASE}"), &VPC.replace("10.0", "10.1"));
        let review = world.review(&deploy()).await;
        assert_eq!(
            fates(&review),
            [
                ("V", true, false, Danger::Replaces),
                ("B", true, false, Danger::None),
                ("D", true, true, Danger::Replaces),
            ]
        );
        assert_ne!(review.danger, Danger::LosesData);
        let view = world.run(deploy(), options(quiet)).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
        let mut left = left(&view);
        left.sort_unstable();
        assert_eq!(left, ["fixed-name", &vpc], "quiet {quiet}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rolled_back_create_leaves_stands_in_the_way_of_the_next() {
    let failing = "  Q: {Type: AWS::SQS::Queue, DependsOn: B, Metadata: {Sandbox: {Fail: boom}}}\n";
    for quiet in [false, true] {
        let world = world(&[BUCKET, failing]);
        let view = world.run(deploy(), options(quiet)).await;
        assert_eq!((outcome(&view, "only"), left(&view)), (StackOutcome::Failed, vec!["fixed-name"]));
        world.edit("stacks/only.yaml", failing, "");
        let again = world.run(deploy(), options(quiet)).await;
        let reason = end(&again, "only").reason.as_deref().unwrap_or_default();
        assert!(reason.contains("B (AWS::S3::Bucket): fixed-name already exists"), "{reason}");
        // Nothing more was made that could be left.
        assert_eq!(left(&again), Vec::<&str>::new());
        world.edit("stacks/only.yaml", "fixed-name", "another-name");
        let well = world.run(deploy(), options(quiet)).await;
        assert_eq!(well.outcome, Some(OperationOutcome::Succeeded), "{well:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_named_resource_is_not_replaced_and_the_reason_says_what_to_do() {
    let table = "  D: {Type: AWS::DynamoDB::Table, Properties: {TableName: x, KeySchema: [{AttributeName: a, KeyType: HASH}]}}\n";
    let world = world(&[table]);
    world.deploy().await;
    world.edit("stacks/only.yaml", "AttributeName: a", "AttributeName: b");
    let view = world.deploy().await;
    let reason = end(&view, "only").reason.as_deref().unwrap();
    assert!(reason.contains("Rename x and update the stack again."), "{reason}");
    assert_eq!(world.shown("only").await.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
}
