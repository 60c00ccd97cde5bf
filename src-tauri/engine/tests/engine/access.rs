//! What the manifest says of an environment, as it is changed and as a change is undone.

use skydeck_engine::ErrorCode;

use crate::world::{ID, World, key};

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
