//! Looks at CloudFormation outside an operation: what they mend, find and write down, and what they leave alone.

use skydeck_model::look::Mended;
use skydeck_model::plan::Deletion;
use skydeck_model::{EventKind, OperationKind, OperationOutcome, StackStatus};

use crate::world::{ID, World, key};

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
