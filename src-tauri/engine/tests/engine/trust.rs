//! Which folders may use which accounts.

use skydeck_engine::{AccountAccess, ErrorCode, TrustQuestion};

use crate::world::{ID, World, deploy, key};

/// A world whose only environment is on AWS.
fn on_aws() -> World {
    let world = World::new(&[("a", &[], "{}")]);
    world.edit("deployment-manifest.yaml", "target: sandbox", "target: aws\n    profile: work");
    world
}

async fn asked(world: &World) -> Option<AccountAccess> {
    let question: Option<TrustQuestion> = world.engine.trust_question(ID).await.unwrap();
    question.map(|mut question| question.unknown.remove(0).access)
}

#[tokio::test]
async fn a_folder_is_trusted_with_what_was_shown_and_asked_about_again_when_that_changes() {
    let world = on_aws();
    let first = asked(&world).await.unwrap();
    assert_eq!((first.account.as_str(), first.profile.as_deref()), ("123456789012", Some("work")));
    world.engine.trust(ID, &[first]).unwrap();
    assert_eq!(asked(&world).await, None);
    // Another program of this machine knows it.
    let world = world.opened_again();
    assert_eq!(asked(&world).await, None);
}

#[tokio::test]
async fn another_account_or_profile_is_asked_about_again_and_the_first_is_still_trusted() {
    let world = on_aws();
    world.engine.vouch(ID, None).await;
    for (old, new) in [("123456789012", "210987654321"), ("profile: work", "profile: other")] {
        world.edit("deployment-manifest.yaml", old, new);
        let access = asked(&world).await.unwrap();
        assert!(access.account.as_str() == new || access.profile.as_deref() == Some("other"), "{access:?}");
        world.edit("deployment-manifest.yaml", new, old);
        assert_eq!(asked(&world).await, None);
    }
}

#[tokio::test]
async fn the_sandbox_needs_no_trust() {
    let world = World::new(&[("a", &[], "{}")]);
    assert_eq!(asked(&world).await, None);
    world.review(&deploy()).await;
}

#[tokio::test]
async fn a_copy_of_a_trusted_folder_is_not_trusted() {
    let world = on_aws();
    world.engine.vouch(ID, None).await;
    std::fs::create_dir_all(world.root.path().join(".sandbox")).unwrap();
    assert!(asked(&World::beside(&world)).await.is_some());
}

#[tokio::test]
async fn nothing_that_asks_aws_is_done_before() {
    let world = on_aws();
    let (engine, key, dev) = (&world.engine, key("a"), "dev".parse().unwrap());
    let refused = [
        engine.start(ID, &deploy(), &Default::default()).await.unwrap_err(),
        engine.start_review(ID, &deploy(), 1).await.unwrap_err(),
        engine.refresh(ID, None).await.unwrap_err(),
        engine.refresh(ID, Some(&dev)).await.unwrap_err(),
        engine.drift(ID, &dev, None).await.unwrap_err(),
        engine.compare(ID, &dev, &dev).await.unwrap_err(),
        engine.compared_templates(ID, &key.stack, &dev, &dev).await.unwrap_err(),
        engine.recovery(ID, &key).await.unwrap_err(),
        engine.stack_resources(ID, &key).await.unwrap_err(),
        engine.stack_parameters(ID, &key).await.unwrap_err(),
        engine.stack_template(ID, &key).await.unwrap_err(),
        engine.stack_events(ID, &key).await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.code(), ErrorCode::Untrusted, "{error}");
        assert_eq!(error.trust_question().unwrap().unknown[0].environments, ["dev".parse().unwrap()]);
        assert!(error.to_string().contains("account 123456789012 with profile 'work'"), "{error}");
    }
}
