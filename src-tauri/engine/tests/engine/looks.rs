//! Looks at CloudFormation outside an operation: what they mend, find and write down, and what they leave alone.

use skydeck_engine::{ErrorCode, Options};
use skydeck_model::advice::FrontEnd;
use skydeck_model::look::{DifferenceType, Divergence, DriftStatus, Mended, PropertyDrift, ResourceDrift};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::{EnvironmentName, EventKind, OperationKind, OperationOutcome, Recorded, StackStatus};

use crate::world::{ID, World, deploy, key};

/// Somebody else deletes a stack.
async fn delete(world: &World, stack: &str) {
    let other = world.somebody_else().await;
    let name = format!("{ID}-{stack}-dev");
    other.delete(&name, "somebody", &Deletion::default()).await.unwrap();
    while other.describe(&name).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_finds_everything_right_notes_only_that_it_asked() {
    let world = World::new(&[("a", &[], "{}"), ("b", &[], "{}")]);
    world.deploy().await;
    let (entries, cell) = (world.entries(), world.cell("a"));
    let operations = world.engine.detail(ID).unwrap().operations;
    let refreshed = world.engine.refresh(ID, None).await.unwrap();
    assert_eq!((refreshed.operation, refreshed.mended), (None, Vec::new()));
    assert_eq!(world.entries(), entries);
    assert_eq!(world.engine.detail(ID).unwrap().operations, operations);
    let now = world.cell("a");
    assert!(cell.checked_at.is_some() && now.checked_at > cell.checked_at, "{cell:?} {now:?}");
    assert_eq!(now.last_updated, cell.last_updated);
    // As old as the older of its cells.
    assert_eq!(world.engine.detail(ID).unwrap().environments[0].checked_at, now.checked_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cloudformation_refused_to_create_was_not_deleted_by_anybody() {
    let world = World::new(&[("a", &[], "{}")]);
    world.edit("stacks/a.yaml", "!Ref Size", "!GetAtt Nothing.Arn");
    // On request, although it is known to fail.
    world.run(deploy(), Options { keep_going: true, ..Options::default() }).await;
    assert_eq!(world.status("a"), "failed");
    let reason = world.cell("a").reason;
    assert!(reason.is_some());
    for _ in 0..2 {
        world.engine.refresh(ID, None).await.unwrap();
        let cell = world.cell("a");
        assert_eq!((world.status("a").as_str(), cell.outside), ("not_deployed", None));
        assert_eq!(cell.reason, reason, "why it is not there is still told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refresh_mends_is_in_the_log_and_the_deployments_status_stays() {
    let world = World::new(&[("a", &[], "{}"), ("b", &[], "{}")]);
    world.deploy().await;
    delete(&world, "a").await;
    assert_eq!(world.status("a"), "deployed");
    let refreshed = world.engine.refresh(ID, None).await.unwrap();
    let mended = Mended {
        key: key("a"),
        from: StackStatus::Deployed,
        to: StackStatus::Destroyed,
        why: "it was deleted outside Skydeck".to_owned(),
    };
    assert_eq!(refreshed.mended, std::slice::from_ref(&mended));
    let id = refreshed.operation.unwrap();
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("destroyed", "deployed"));
    assert_eq!(world.cell("a").reason.as_ref(), Some(&mended.why));

    let latest = world.engine.detail(ID).unwrap().operations.remove(0);
    assert_eq!((&latest.id, latest.kind), (&id, OperationKind::Refresh));
    assert_eq!(latest.outcome, Some(OperationOutcome::Succeeded));
    assert!(latest.by.ends_with(", test"), "{}", latest.by);
    assert!(world.log(&id).iter().any(|event| event.kind == EventKind::Mended(mended.clone())));
    let view = world.engine.operation(ID, &id).unwrap();
    assert_eq!((view.mended, view.deployment_status), (vec![mended], Some(view.start.status_before)));

    // The second time there is nothing left to mend.
    assert_eq!(world.engine.refresh(ID, None).await.unwrap().operation, None);
    assert_eq!(world.cell("a").reason.as_deref(), Some("it was deleted outside Skydeck"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_nobody_else_touched_is_mended_too() {
    let world = World::new(&[("a", &[], "{}")]);
    world.deploy().await;
    world.edit(".deployment-state.yaml", "\n    status: deployed", "\n    status: failed");
    world.edit(
        ".deployment-state.yaml",
        "cloudformation_status: CREATE_COMPLETE",
        "cloudformation_status: OLD",
    );
    let refreshed = world.engine.refresh(ID, None).await.unwrap();
    assert_eq!(refreshed.mended[0].why, "CloudFormation shows CREATE_COMPLETE");
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deployed", "deployed"));
}

/// What drift detection finds on a stack whose topic has another name than its template says.
fn renamed() -> Vec<ResourceDrift> {
    let difference = PropertyDrift {
        path: "/DisplayName".to_owned(),
        expected: Some("1".to_owned()),
        actual: Some("renamed".to_owned()),
        difference: DifferenceType::NotEqual,
    };
    vec![ResourceDrift {
        logical_id: "Topic".to_owned(),
        physical_id: None,
        resource_type: "AWS::SNS::Topic".to_owned(),
        divergence: Divergence::Modified { differences: vec![difference] },
    }]
}

/// Somebody else renames the topic of a stack as soon as it stands.
fn rename(world: &World, stack: &str) {
    let topic = "    Type: AWS::SNS::Topic";
    let renamed = format!("    Metadata: {{Sandbox: {{Drift: {{DisplayName: renamed}}}}}}\n{topic}");
    world.edit(&format!("stacks/{stack}.yaml"), topic, &renamed);
}

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_found_stack_by_stack_and_changes_no_status() {
    let world = World::new(&[("a", &[], "{}"), ("b", &[], "{}"), ("c", &[], "{}")]);
    rename(&world, "b");
    world.run(stack_request("a"), Options::default()).await;
    world.run(stack_request("b"), Options::default()).await;
    let before = (world.status("a"), world.status("b"), world.status("c"), world.deployment_status());
    let view = world.engine.drift(ID, &dev(), None).await.unwrap();
    // What is not deployed is not asked for.
    let statuses: Vec<_> = view.stacks.iter().map(|it| (it.key.clone(), it.drift.status)).collect();
    assert_eq!(statuses, [(key("a"), DriftStatus::InSync), (key("b"), DriftStatus::Drifted)]);
    let mut resources = view.stacks[1].drift.resources.clone();
    assert!(resources[0].physical_id.take().is_some());
    assert_eq!(resources, renamed());
    let after = (world.status("a"), world.status("b"), world.status("c"), world.deployment_status());
    assert_eq!(before, after);

    let cell = world.cell("b").drift.unwrap();
    assert_eq!(
        (cell.status, cell.resources),
        (Recorded::Known(DriftStatus::Drifted), vec!["Topic".to_owned()])
    );
    assert_eq!(cell.checked_at, view.checked_at);
    assert_eq!(world.cell("a").drift.unwrap().status, Recorded::Known(DriftStatus::InSync));
    assert_eq!(world.cell("c").drift, None);
    // In full out of the log, without asking again.
    let in_full = world.engine.stack_drift(ID, &key("b")).unwrap();
    assert_eq!((in_full.stacks.as_slice(), &in_full.operation), (&view.stacks[1..], &view.operation));
    let latest = world.engine.detail(ID).unwrap().operations.remove(0);
    assert_eq!((Some(latest.id), latest.kind), (view.operation, OperationKind::Drift));
    assert_eq!(latest.outcome, Some(OperationOutcome::Succeeded));
}

fn stack_request(stack: &str) -> Request {
    Request::DeployStack { stack: stack.parse().unwrap(), environment: dev(), skip_dependencies: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_on_a_version_that_is_gone_is_not_shown_any_more() {
    let world = World::new(&[("a", &[], "{}")]);
    rename(&world, "a");
    world.deploy().await;
    world.engine.drift(ID, &dev(), Some(&"a".parse().unwrap())).await.unwrap();
    assert!(world.cell("a").drift.is_some());
    // Its log knows that it was of one stack, and so do the history and the command that does the same.
    let last = world.engine.history(ID).unwrap().remove(0);
    assert_eq!(last.stack.as_deref(), Some("a"));
    assert_eq!(last.command.as_deref(), Some("cloud drift DX6604E a --environment dev"));
    // A look that finds nothing new leaves it.
    world.engine.refresh(ID, None).await.unwrap();
    assert!(world.cell("a").drift.is_some());
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    world.deploy().await;
    assert_eq!(world.cell("a").drift, None);
    let none = world.engine.stack_drift(ID, &key("a")).unwrap_err();
    assert_eq!(none.code(), ErrorCode::NotFound);
    assert!(none.told(FrontEnd::Terminal).contains("cloud drift"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_cannot_be_compared_is_told_and_one_that_is_not_there_too() {
    let world = World::new(&[("bad", &[], "{Seconds: 1, Fail: broken}"), ("never", &[], "{}")]);
    world.run(stack_request("bad"), Options::default()).await;
    let view = world.engine.drift(ID, &dev(), None).await.unwrap();
    assert_eq!(view.stacks[0].drift.status, DriftStatus::NotChecked);
    assert!(view.stacks[0].drift.reason.as_deref().unwrap().contains("[ROLLBACK_COMPLETE]"), "{view:?}");
    let operation = world.engine.operation(ID, &view.operation.unwrap()).unwrap();
    assert_eq!((operation.outcome, operation.drifts), (Some(OperationOutcome::Failed), view.stacks));

    let never = world.engine.drift(ID, &dev(), Some(&"never".parse().unwrap())).await.unwrap();
    assert!(never.stacks[0].drift.reason.as_deref().unwrap().contains("does not exist"), "{never:?}");
    for (environment, stack) in [("qa", None), ("dev", Some("netwrk"))] {
        let stack = stack.map(|name| name.parse().unwrap());
        let refused =
            world.engine.drift(ID, &environment.parse().unwrap(), stack.as_ref()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotFound, "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_deployed_there_is_nothing_to_compare_and_no_log() {
    let world = World::new(&[("a", &[], "{}")]);
    let view = world.engine.drift(ID, &dev(), None).await.unwrap();
    assert_eq!((view.operation, view.stacks), (None, Vec::new()));
    assert_eq!(world.engine.detail(ID).unwrap().operations, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_operation_runs_neither_drift_nor_refresh_is_asked_for() {
    let world = World::new(&[("a", &[], "{Seconds: 40}")]);
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    for refused in [
        world.engine.drift(ID, &dev(), None).await.unwrap_err(),
        world.engine.refresh(ID, None).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), ErrorCode::Busy);
        assert!(refused.to_string().contains("deploy"), "{refused}");
    }
    assert_eq!(looks(&world), vec![Some("deploy is under way".to_owned()); 3]);
    world.engine.wait(&operation).await;
    assert_eq!(looks(&world), vec![None; 3]);

    // Nobody needs a template for it, but has to know where to ask.
    world.edit("deployment-manifest.yaml", "template: stacks/a.yaml", "template: stacks/gone.yaml");
    world.engine.refresh(ID, None).await.unwrap();
    assert_eq!(looks(&world), vec![None; 3]);
    world.edit("deployment-manifest.yaml", "region: us-east-1", "region: nowhere");
    assert_eq!(world.engine.refresh(ID, None).await.unwrap_err().code(), ErrorCode::InvalidInput);
    let told =
        |reason: &Option<String>| reason.as_ref().is_some_and(|it| it.contains("environments.dev.region"));
    assert!(looks(&world).iter().all(told), "{:?}", looks(&world));
}

/// Why CloudFormation cannot be asked: of all, of an environment, of a stack.
fn looks(world: &World) -> Vec<Option<String>> {
    let detail = world.engine.detail(ID).unwrap();
    let environment = detail.environments[0].look.clone();
    [detail.row.refresh, environment, world.cell("a").look].into_iter().map(|it| it.refused).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_place_of_a_secret_is_written_nowhere() {
    const OTHER: &str = "somebody-elses-password";
    let world = World::new(&[("vault", &[], "{}")]);
    world.write(
        "stacks/vault.yaml",
        &format!(
            "Parameters:\n  Size: {{Type: String}}\n  Password: {{Type: String, NoEcho: true}}\nResources:\n  Topic:\n    \
             Type: AWS::SNS::Topic\n    Metadata: {{Sandbox: {{Drift: {{DisplayName: {OTHER}}}}}}}\n    \
             Properties: {{DisplayName: !Ref Password}}\n"
        ),
    );
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '1'\n      Password: hunter22");
    world.deploy().await;
    let view = world.engine.drift(ID, &dev(), None).await.unwrap();
    assert_eq!(view.stacks[0].drift.status, DriftStatus::Drifted);
    let log = world.read(&format!("logs/{}.jsonl", view.operation.clone().unwrap()));
    for text in [format!("{view:?}"), log, world.read(".deployment-state.yaml")] {
        assert!(!text.contains(OTHER) && !text.contains("hunter22"), "{text}");
    }
}
