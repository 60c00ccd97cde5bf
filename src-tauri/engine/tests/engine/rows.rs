//! The table of deployments: what it says, and that only what changed is told again.

use std::fs;

use skydeck_engine::view::{DeploymentRow, DeploymentRows, NewDeployment};
use skydeck_engine::{Engine, Options, Tag};
use skydeck_model::{DeploymentStatus, Recorded, Target};
use tokio::sync::broadcast::Receiver;

use crate::world::{ID, World, deploy};

const STACK: [(&str, &[&str], &str); 1] = [("network", &[], "{Seconds: 1}")];

fn ids(rows: &DeploymentRows) -> Vec<&str> {
    rows.rows.iter().map(|row| row.deployment_id.as_str()).collect()
}

/// Asks for what has changed since, after each change that is told, until it is this.
async fn until(
    engine: &Engine,
    stale: &mut Receiver<Vec<Tag>>,
    since: u32,
    is_it: impl Fn(&DeploymentRows) -> bool,
) -> DeploymentRows {
    loop {
        let rows = engine.rows(Some(since)).unwrap();
        if is_it(&rows) {
            return rows;
        }
        stale.recv().await.unwrap();
    }
}

/// Another program's engine on the same root makes a deployment.
fn init_elsewhere(world: &World, id: &str) -> DeploymentRow {
    let elsewhere = Engine::with_sandbox_speed(world.root.path(), "cloud", 20.0);
    let new =
        NewDeployment { id: Some(id.to_owned()), project: "other".to_owned(), ..elsewhere.suggestion() };
    elsewhere.init(&new).unwrap()
}

#[tokio::test]
async fn only_rows_that_changed_are_told_again() {
    let world = World::new(&STACK);
    let _watch = world.engine.watch().unwrap();
    let mut stale = world.engine.stale();
    let first = world.engine.rows(None).unwrap();
    assert_eq!((first.whole, ids(&first)), (true, vec![ID]));

    let made = init_elsewhere(&world, "DTEST03");
    let more = until(&world.engine, &mut stale, first.revision, |rows| !rows.rows.is_empty()).await;
    assert_eq!((more.whole, ids(&more)), (false, vec!["DTEST03"]));

    world.edit(".deployment-metadata.yaml", "status: initialized", "status: partial");
    let then = until(&world.engine, &mut stale, more.revision, |rows| !rows.rows.is_empty()).await;
    assert_eq!(ids(&then), [ID]);
    assert_eq!(then.rows[0].status, Recorded::Known(DeploymentStatus::Partial));

    fs::remove_dir_all(&made.path).unwrap();
    let last = until(&world.engine, &mut stale, then.revision, |rows| !rows.gone.is_empty()).await;
    assert_eq!((last.rows, last.gone), (Vec::new(), vec![made.path]));

    // Who comes anew gets all of it, and so does who asks with a revision of another program's table.
    for since in [None, Some(u32::MAX)] {
        let whole = world.engine.rows(since).unwrap();
        assert_eq!((whole.whole, ids(&whole), whole.gone.len()), (true, vec![ID], 0));
    }
}

#[tokio::test]
async fn an_unchanged_table_is_told_as_nothing_and_an_unwatched_one_is_read_again() {
    let world = World::new(&STACK);
    let watch = world.engine.watch().unwrap();
    let first = world.engine.rows(None).unwrap();
    let same = world.engine.rows(Some(first.revision)).unwrap();
    assert_eq!((same.whole, same.rows, same.gone), (false, Vec::new(), Vec::new()));
    drop(watch);
    world.edit(".deployment-metadata.yaml", "status: initialized", "status: failed");
    let then = world.engine.rows(Some(same.revision)).unwrap();
    assert_eq!(ids(&then), [ID]);
}

#[tokio::test]
async fn an_operation_of_this_program_shows_at_once_how_far_it_is() {
    let world = World::new(&[("network", &[], "{Seconds: 1}"), ("storage", &["network"], "{Seconds: 1}")]);
    let _watch = world.engine.watch().unwrap();
    let first = world.engine.rows(None).unwrap();
    assert_eq!(first.rows[0].checked_at, None);
    assert_eq!(first.rows[0].refresh.refused, None);

    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let then = world.engine.rows(Some(first.revision)).unwrap();
    let running = then.rows[0].running.as_ref().unwrap();
    assert_eq!((&running.operation, running.total), (&operation, 2));
    assert_eq!(then.rows[0].refresh.refused.as_deref(), Some("deploy is under way"));

    world.engine.wait(&operation).await;
    let last = world.engine.rows(Some(then.revision)).unwrap();
    assert_eq!(last.rows[0].running, None);
    assert_eq!(last.rows[0].status, Recorded::Known(DeploymentStatus::Deployed));
    let state = world.read(".deployment-state.yaml");
    let mut checked: Vec<&str> =
        state.lines().filter_map(|line| line.trim().strip_prefix("checked_at: ")).collect();
    checked.sort_unstable();
    assert_eq!(checked.len(), 2);
    assert_eq!(last.rows[0].checked_at.as_deref(), Some(checked[0].trim_matches(['\'', '"'])));
}

#[test]
fn a_row_says_where_its_environments_are_as_far_as_the_files_say() {
    let world = World::new(&STACK);
    let told = |world: &World| {
        let row = world.engine.list().unwrap().remove(0);
        row.environments.into_iter().map(|it| (it.name, it.target)).collect::<Vec<_>>()
    };
    assert_eq!(told(&world), [("dev".to_owned(), Some(Target::Sandbox))]);
    world.edit("deployment-manifest.yaml", "target: sandbox", "target: mars");
    world.edit(".deployment-state.yaml", "environment: dev", "environment: stage");
    // What never existed in an environment that the manifest does not have is nowhere.
    assert_eq!(told(&world), [("dev".to_owned(), None)]);
    world.edit(".deployment-state.yaml", "status: not_deployed", "status: deployed");
    assert_eq!(told(&world), [("dev".to_owned(), None), ("stage".to_owned(), None)]);
}

#[test]
fn a_new_deployment_begins_with_the_organization_of_the_newest() {
    let world = World::new(&STACK);
    let empty = tempfile::tempdir().unwrap();
    let first = Engine::with_sandbox_speed(empty.path(), "test", 20.0).suggestion();
    assert_eq!((first.organization.as_str(), first.project.as_str()), ("MyOrg", "my-app"));
    world.engine.rows(None).unwrap();
    let next = world.engine.suggestion();
    assert_eq!((next.organization.as_str(), next.project.as_str(), next.domain.as_str()), ("Org", "", ""));
}
