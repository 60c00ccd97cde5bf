//! What is told outside the screens: how far operations are, how they ended, what they wait for.

use skydeck_engine::{Happening, News, Options, UnderwayState};
use skydeck_model::OperationOutcome;
use skydeck_model::plan::Request;

use crate::world::{ID, World, deploy};

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_news_with_its_cause_and_until_then_it_is_underway() {
    let world = World::new(&[("bad", &[], "{Fail: no more topics}"), ("good", &[], "{Seconds: 20}")]);
    let (mut news, mut events) = (world.engine.news(), world.engine.events());
    assert_eq!(world.engine.underway(), []);
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let mut seen = Vec::new();
    while let Some(underway) = world.engine.underway().first() {
        assert_eq!((underway.title.as_str(), underway.total), ("Deploy of DX6604E in dev", 2));
        seen.push((underway.done, underway.state));
        events.recv().await.unwrap();
    }
    seen.dedup();
    assert_eq!(
        seen[..2],
        [(0, UnderwayState::Well), (1, UnderwayState::Failed)],
        "how far it is, and that something failed"
    );
    world.engine.wait(&operation).await;
    assert_eq!(world.engine.underway(), []);
    let expected = News {
        deployment: ID.to_owned(),
        operation,
        happening: Happening::Ended(OperationOutcome::Partial),
        title: "Deploy of DX6604E in dev succeeded in part".to_owned(),
        text: "bad: no more topics".to_owned(),
    };
    assert_eq!(news.recv().await.unwrap(), expected);

    // Of one stack, with all well.
    let request = Request::DestroyStack {
        stack: "good".parse().unwrap(),
        environment: "dev".parse().unwrap(),
        force: false,
        deletion: Default::default(),
    };
    world.run(request, Options::default()).await;
    let News { title, text, .. } = news.recv().await.unwrap();
    assert_eq!(
        (title.as_str(), text.as_str()),
        ("Destroy of good of DX6604E in dev succeeded", "1 of 1 stack")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_news() {
    let world = World::new(&[("first", &[], "{Seconds: 1}"), ("second", &["first"], "{Seconds: 1}")]);
    world.edit("stacks/second.yaml", "DisplayName: !Ref Size", "DisplayName: !Ref Fromfirst");
    world.deploy().await;
    world.edit("stacks/first.yaml", "Value: !Sub 'first'", "Value: !Sub 'other-${Size}'");
    let review = world.review(&deploy()).await;
    let mut news = world.engine.news();
    world.run_and_answer(&review, true).await;
    let News { operation, happening, title, text, .. } = news.recv().await.unwrap();
    // It is answered by now.
    assert!(!world.engine.news_hold(ID, &operation, happening));
    assert_eq!(happening, Happening::Waits);
    assert_eq!(title, "Deploy of DX6604E in dev asks you");
    assert_eq!(text, "second in dev would change in a way that was not reviewed");
    assert_eq!(news.recv().await.unwrap().happening, Happening::Ended(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_holds_until_the_same_is_worked_on_again() {
    let world =
        World::new(&[("bad", &[], "{Seconds: 1, Fail: no more topics}"), ("good", &[], "{Seconds: 1}")]);
    let mut news = world.engine.news();
    world.deploy().await;
    let failed = news.recv().await.unwrap();
    let holds = || world.engine.news_hold(ID, &failed.operation, failed.happening);
    assert!(holds());
    let one = Request::DeployStack {
        stack: "good".parse().unwrap(),
        environment: "dev".parse().unwrap(),
        skip_dependencies: false,
    };
    world.run(one, Options::default()).await;
    assert!(holds(), "one stack is not all of them");
    world.engine.refresh(ID, None).await.unwrap();
    assert!(holds(), "a refresh changes no outcome");
    let next = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    assert!(!holds(), "the next has begun");
    world.engine.wait(&next).await;
    assert!(!holds());
    assert!(!world.engine.news_hold("DX0000", &failed.operation, failed.happening));
}
