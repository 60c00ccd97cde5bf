//! What the manifest says of an environment, as it is changed and as a change is undone.

use skydeck_engine::{ErrorCode, Options};
use skydeck_model::plan::Request;

use crate::world::{ID, World, key};

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_not_moved_away_from_what_is_deployed_in_it() {
    let world = World::new(&[("network", &[], "{Seconds: 1}")]);
    world.deploy().await;
    let (engine, environment) = (&world.engine, key("network").environment);
    let before = engine.environment_settings(ID, &environment).unwrap();
    let mut moved = before.clone();
    "eu-west-1".clone_into(&mut moved.region);
    let refused = engine.set_environment_settings(ID, &environment, &moved, None, false).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Precondition);
    assert!(refused.to_string().contains("a stack of dev is deployed to us-east-1"), "{refused}");
    // Another way to the same place is none.
    let mut tagged = before.clone();
    tagged.tags.insert("team".to_owned(), "web".to_owned());
    engine.set_environment_settings(ID, &environment, &tagged, None, false).await.unwrap();

    // Whoever moves it by hand is not told that others deleted what nobody looked for.
    world.edit("deployment-manifest.yaml", "region: us-east-1", "region: eu-west-1");
    engine.refresh(ID, None).await.unwrap();
    assert_eq!(world.status("network"), "deployed");
    let reason = world.cell("network").reason.unwrap();
    assert!(reason.contains("deployed to us-east-1, account 123456789012"), "{reason}");
    // Nor does an operation take it for what is not there; and the way back is open.
    let request = Request::Destroy { environment: None };
    let refused = engine.start(ID, &request, &Options::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Precondition);
    assert!(refused.to_string().contains("network of dev is deployed to us-east-1"), "{refused}");
    engine.set_environment_settings(ID, &environment, &before, None, false).await.unwrap();
    engine.refresh(ID, None).await.unwrap();
    let cell = world.cell("network");
    assert_eq!((cell.status.to_string().as_str(), cell.outside, cell.reason), ("deployed", None, None));

    world.run(Request::Destroy { environment: None }, Options::default()).await;
    engine.set_environment_settings(ID, &environment, &moved, None, false).await.unwrap();
}

#[tokio::test]
async fn a_change_is_undone_only_while_it_still_stands() {
    let world = World::new(&[("network", &[], "{Seconds: 1}")]);
    let (engine, environment) = (&world.engine, key("network").environment);
    let before = engine.environment_settings(ID, &environment).unwrap();
    let with_region = |region: &str| {
        let mut settings = before.clone();
        region.clone_into(&mut settings.region);
        settings
    };
    let (saved, later) = (with_region("us-west-2"), with_region("eu-west-1"));
    engine.set_environment_settings(ID, &environment, &saved, None, false).await.unwrap();
    engine.set_environment_settings(ID, &environment, &later, None, false).await.unwrap();

    let undo = || engine.set_environment_settings(ID, &environment, &before, Some(&saved), false);
    let refused = undo().await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Precondition, "{refused}");
    assert_eq!(engine.environment_settings(ID, &environment).unwrap(), later);

    engine.set_environment_settings(ID, &environment, &saved, Some(&later), false).await.unwrap();
    undo().await.unwrap();
    assert_eq!(engine.environment_settings(ID, &environment).unwrap(), before);
}
