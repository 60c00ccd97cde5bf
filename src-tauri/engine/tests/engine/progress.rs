//! What an operation tells of its progress, and what is told of it afterwards.

use skydeck_engine::{ErrorCode, Options, Tag};
use skydeck_model::event::StackAction;
use skydeck_model::forecast::{Forecast, StackForecast};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::{EventKind, OperationId};

use crate::world::{ID, World, deploy, key};

fn forecast(world: &World, operation: &OperationId) -> Forecast {
    world.engine.progress(ID, operation).unwrap().forecast
}

fn stack<'a>(forecast: &'a Forecast, name: &str) -> &'a StackForecast {
    forecast.stacks.iter().find(|stack| stack.key.stack.as_str() == name).unwrap()
}

fn chain(forecast: &Forecast) -> Vec<&str> {
    let critical = forecast.stacks.iter().filter(|stack| stack.critical);
    critical.map(|stack| stack.key.stack.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_measured_by_those_before_it() {
    let world = World::new(&[
        ("first", &[], "{Seconds: 20}"),
        ("aside", &[], "{Seconds: 2}"),
        ("second", &["first"], "{Seconds: 10}"),
    ]);
    let made = world.deploy().await;
    // Nothing was known of it, and the chain that decided its end shows all the same.
    let told = forecast(&world, &made.id);
    assert_eq!((told.done, told.seconds_left), (1.0, None));
    assert!(told.stacks.iter().all(|stack| stack.usual_seconds.is_none()));
    assert_eq!(chain(&told), ["first", "second"]);

    let request = Request::Destroy { environment: None };
    world.run(request, Options::default()).await;
    let review = world.review(&deploy()).await;
    let took = (made.ended_at.unwrap() - made.started_at).as_seconds_f64();
    let usually = review.usually_seconds.unwrap();
    assert!((usually - took).abs() < took / 2.0, "{usually} instead of about {took}");
    // One after the other they take as long as all of them together.
    world.engine.pace_review(&review.id, 1).unwrap();
    let slowly = world.engine.review(&review.id).unwrap();
    assert_eq!(slowly.parallel, 1);
    assert!(slowly.usually_seconds.is_some_and(|slow| slow > usually), "{slowly:?}");

    let mut events = world.engine.events();
    let mut stale = world.engine.stale();
    let options = Options { review: Some(review.id.clone()), ..Options::default() };
    let again = world.engine.start(ID, &review.request, &options).await.unwrap();
    loop {
        let event = events.recv().await.unwrap();
        if matches!(&event.kind, EventKind::StackStarted { key, .. } if key.stack.as_str() == "first") {
            break;
        }
    }
    let told = forecast(&world, &again);
    assert!(told.seconds_left.is_some_and(|left| left > 0.0 && left <= usually + 1.0), "{told:?}");
    assert!(told.done < 1.0 && stack(&told, "first").usual_seconds.is_some(), "{told:?}");
    assert_eq!(chain(&told), ["first", "second"]);
    assert!(stack(&told, "second").from >= stack(&told, "first").to);
    while !stale.recv().await.unwrap().contains(&Tag::Progress(again.clone())) {}
    world.engine.wait(&again).await;

    // It looks afterwards as it looked while it ran: what was learned since does not change it.
    let usual = stack(&told, "first").usual_seconds;
    world.deploy().await;
    assert_eq!(stack(&forecast(&world, &again), "first").usual_seconds, usual);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operation_asks_of_aws_is_counted_while_it_runs_and_in_its_log() {
    let world = World::new(&[("only", &[], "{Seconds: 20}")]);
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    while !matches!(events.recv().await.unwrap().kind, EventKind::Resource(_)) {}
    let budgets = world.engine.progress(ID, &operation).unwrap().api;
    assert_eq!(budgets.len(), 1);
    assert!(budgets[0].environment.as_str() == "dev" && budgets[0].calls > 0, "{budgets:?}");
    world.engine.wait(&operation).await;
    let view = world.engine.operation(ID, &operation).unwrap();
    assert!(view.api.is_some_and(|api| api.calls >= budgets[0].calls && api.throttled == 0), "{view:?}");
    assert!(world.engine.progress(ID, &operation).unwrap().api.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_tells_who_with_what_whether_reviewed_and_how_to_do_it_again() {
    let world = World::new(&[("only", &[], "{}")]);
    let review = world.review(&deploy()).await;
    world.run_reviewed(&review).await;
    world.run(deploy(), Options { parallel: Some(2), stop_on_failure: true, ..Options::default() }).await;
    let other = world.somebody_else().await;
    other.delete(&format!("{ID}-only-dev"), "somebody", &Deletion::default()).await.unwrap();
    while world.shown("only").await.is_some() {
        tokio::task::yield_now().await;
    }
    world.engine.refresh(ID, Some(&"dev".parse().unwrap())).await.unwrap();
    let history = world.engine.history(ID).unwrap();
    let mut told: Vec<_> = history.iter().map(|it| (it.reviewed, it.command.as_deref().unwrap())).collect();
    // Those of one second stand in any order.
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (false, "cloud deploy DX6604E --environment dev --parallel 2 --stop-on-failure"),
            (false, "cloud status DX6604E --environment dev --refresh"),
            (true, "cloud deploy DX6604E --environment dev"),
        ]
    );
    assert!(history.iter().all(|operation| operation.version == env!("CARGO_PKG_VERSION")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_handed_on_whole_but_for_secrets() {
    let world = World::new(&[("bad", &[], "{}"), ("child", &["bad"], "{}")]);
    world.write(
        "stacks/bad.yaml",
        "Parameters:\n  Size: {Type: String, NoEcho: true}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
         Metadata: {Sandbox: {Fail: hunter22 is no name}}\n    Properties: {DisplayName: hunter22}\nOutputs:\n  \
         Name: {Value: x}\n",
    );
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: 'hunter22'");
    let view = world.deploy().await;
    let report = world.engine.failure_report(ID, &view.id, &key("bad")).unwrap();
    for part in [
        "## `bad` failed in `dev` (`DX6604E`)",
        "**** is no name",
        "`Topic` (`AWS::SNS::Topic`) `CREATE_FAILED`",
        "the sandbox, as `us-east-1`",
        "### `stacks/bad.yaml`, line 4",
        "    Type: AWS::SNS::Topic",
        "- Skipped: `child`",
        "cloud repair-stack DX6604E bad --environment dev",
        "cloud deploy DX6604E --environment dev",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    assert!(!report.contains("hunter22"), "{report}");
    let lines = world.engine.template_lines(ID, &key("bad"), "Topic", None).unwrap().unwrap();
    assert_eq!((lines.path.as_str(), lines.first), ("stacks/bad.yaml", 4));
    assert!(lines.lines.iter().all(|line| !line.contains("hunter22")), "{lines:?}");

    let refused = world.engine.failure_report(ID, &view.id, &key("child")).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_read_teaches_nothing_and_harms_nothing() {
    let world = World::new(&[("only", &[], "{Seconds: 4}")]);
    let first = world.deploy().await;
    assert_eq!(first.stacks[0].action, Some(StackAction::Create));
    world.write(&format!("logs/{}.jsonl", first.id), "not a log\n");
    let second = world.deploy().await;
    assert!(stack(&forecast(&world, &second.id), "only").usual_seconds.is_none());
}
