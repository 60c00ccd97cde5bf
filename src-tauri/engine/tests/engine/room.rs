//! What would have no room is refused before anything is done.

use skydeck_engine::{ErrorCode, Options};

use crate::world::{ID, World, deploy};

const STATE: &str = ".deployment-state.yaml";

/// A deployment of that many stacks of one template, whose outputs have names of that length.
fn many(stacks: usize, outputs: usize, length: usize) -> World {
    let world = World::new(&[("first", &[], "{}")]);
    let manifest = world.read("deployment-manifest.yaml");
    let mut text = format!("{}stacks:\n", manifest.split("stacks:\n").next().unwrap());
    for number in 0..stacks {
        text.push_str(&format!("  s{number}: {{enabled: true, template: stacks/many.yaml}}\n"));
    }
    world.write("deployment-manifest.yaml", &text);
    let mut template = "Resources: {Topic: {Type: AWS::SNS::Topic}}\nOutputs:\n".to_owned();
    for number in 0..outputs {
        template.push_str(&format!("  O{number:0length$}: {{Value: x}}\n"));
    }
    world.write("stacks/many.yaml", &template);
    world
}

async fn refused(world: &World, told: &[&str]) {
    let before = world.read(STATE);
    for error in [
        world.engine.plan(ID, &deploy()).map(drop).unwrap_err(),
        world.engine.start(ID, &deploy(), &Options::default()).await.map(drop).unwrap_err(),
        world.engine.start_review(ID, &deploy(), 4).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), ErrorCode::Precondition, "{error}");
        let error = error.to_string();
        assert!(told.iter().all(|told| error.contains(told)), "{error}");
    }
    assert_eq!(world.read(STATE), before);
    assert!(!world.folder().join("logs").exists());
    assert!(!world.root.path().join(".sandbox/123456789012").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_stacks_than_the_sandbox_takes_are_refused_before_the_start() {
    let world = many(5_000, 1, 1);
    let told = [
        "dev would have 5000 more stacks",
        "has 0 and takes 2000",
        "nothing was started",
        "several deployments",
    ];
    refused(&world, &told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_that_the_state_file_has_no_room_for_are_refused_before_the_start() {
    let world = many(4_200, 200, 200);
    world.edit("deployment-manifest.yaml", "target: sandbox", "target: aws");
    let told = ["nothing was started", "4200 stacks", "s0-dev (200)", "may have 256"];
    refused(&world, &told).await;
}
