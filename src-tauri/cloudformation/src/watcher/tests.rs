//! The whole watcher against the sandbox, whose answers are counted and spoiled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Instant;

use skydeck_model::plan::Deletion;

use super::*;
use crate::spec::StackSpec;
use crate::testing::{Fate, Server, delayed, soon, spec};
use crate::{ChangeSetKind, Prepared};

fn watch(stack: &str, call: Call, token: &str, looks: Look) -> Watch {
    let (stack, token) = (stack.to_owned(), token.to_owned());
    Watch { stack, call, token, called_at: Utc::now(), updated_before: None, looks }
}

/// All that is told of one stack.
async fn all(mut told: UnboundedReceiver<Watched>) -> Vec<Watched> {
    let mut all = Vec::new();
    while let Some(watched) = soon(told.recv()).await {
        all.push(watched);
    }
    all
}

fn end(told: &[Watched]) -> (StackOutcome, &StackSnapshot) {
    let end = told.iter().find_map(|watched| match watched {
        Watched::Ended(outcome, snapshot) => Some((*outcome, snapshot)),
        _ => None,
    });
    end.unwrap_or_else(|| panic!("no end in {told:?}"))
}

fn events(told: &[Watched]) -> usize {
    told.iter().filter(|watched| matches!(watched, Watched::Event(_))).count()
}

/// Creates a stack and watches it.
async fn create(
    connection: &Connection,
    watcher: &Watcher,
    spec: &StackSpec,
    looks: Look,
) -> UnboundedReceiver<Watched> {
    let id = connection.create(spec, &format!("t-{}", spec.name)).await.unwrap();
    watcher.watch(watch(&id, Call::Create, &format!("t-{}", spec.name), looks))
}

async fn created(server: &Server, spec: &StackSpec) -> (Connection, Watcher, String) {
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let told = all(create(&connection, &watcher, spec, Look::OnFailure).await).await;
    let id = end(&told).1.id.clone();
    (connection, watcher, id)
}

/// Starts an update to what is wanted, with the token `update`.
async fn update(connection: &Connection, wanted: &StackSpec) {
    let prepared = connection.prepare(wanted, ChangeSetKind::Update, "prepare").await.unwrap();
    let Prepared::Ready(change_set) = prepared else { panic!("nothing to change") };
    connection.execute(&change_set.arn, "update").await.unwrap();
}

#[tokio::test]
async fn many_stacks_are_watched_with_few_calls_and_their_outputs_come_with_their_end() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let mut told = Vec::new();
    for number in 0..40 {
        let spec = spec(&format!("s{number}"), 1.0 + f64::from(number % 8) * 0.1);
        told.push(create(&connection, &watcher, &spec, Look::OnFailure).await);
    }
    for told in told {
        let told = all(told).await;
        let (outcome, snapshot) = end(&told);
        assert_eq!(outcome, StackOutcome::Succeeded);
        assert!(snapshot.outputs.contains_key("Url"), "{snapshot:?}");
        assert_eq!(told.len(), 1);
    }
    let calls: usize = server.counts().values().sum();
    assert!(calls <= 40 + 30, "{:?}", server.counts());
}

#[tokio::test]
async fn where_the_region_is_large_a_look_costs_one_call_and_an_end_one_more() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    // More than a page, long done.
    for number in 0..105 {
        connection.create(&spec(&format!("old{number}"), 0.01), &format!("old{number}")).await.unwrap();
    }
    let watcher = Watcher::start(connection.clone());
    let mut told = Vec::new();
    for number in 0..10 {
        let spec = spec(&format!("s{number}"), 1.0 + f64::from(number) * 0.1);
        told.push(create(&connection, &watcher, &spec, Look::OnFailure).await);
    }
    for told in told {
        assert_eq!(end(&all(told).await).0, StackOutcome::Succeeded);
    }
    // One look at the region's first page; then the last two stacks one by one.
    assert!(server.count("ListStacks") >= 5, "{:?}", server.counts());
    assert!(server.count("DescribeStacks") <= 10 + 1 + 2 * 8, "{:?}", server.counts());
}

#[tokio::test]
async fn a_failed_stack_brings_its_events_before_its_end_and_a_good_one_costs_none() {
    let server = Server::new(20.0);
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let mut bad = spec("bad", 5.0);
    bad.template = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Metadata": {"Sandbox": {"Fail": "no more queues today"}}}}}"#.into();
    let (bad, good) = (
        create(&connection, &watcher, &bad, Look::OnFailure).await,
        create(&connection, &watcher, &spec("good", 5.0), Look::OnFailure).await,
    );
    let (bad, good) = (all(bad).await, all(good).await);
    assert_eq!(end(&bad).0, StackOutcome::Failed);
    let reasons = bad.iter().filter_map(|watched| match watched {
        Watched::Event(event) => event.reason.as_deref(),
        _ => None,
    });
    assert!(reasons.into_iter().any(|reason| reason == "no more queues today"), "{bad:?}");
    assert!(matches!(bad.last(), Some(Watched::Ended(..))));
    assert_eq!((end(&good).0, events(&good)), (StackOutcome::Succeeded, 0));
    assert_eq!(server.count("DescribeStackEvents"), 1);
}

#[tokio::test]
async fn live_events_come_while_the_stack_runs_and_all_of_them_once() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let told = all(create(&connection, &watcher, &spec("app", 2.5), Look::Live).await).await;
    let ids: Vec<&str> = told
        .iter()
        .filter_map(|watched| match watched {
            Watched::Event(event) => Some(event.id.as_str()),
            _ => None,
        })
        .collect();
    let all_of_them = connection.events(&end(&told).1.id, |_| false).await.unwrap();
    assert_eq!(ids, all_of_them.iter().map(|event| event.id.as_str()).collect::<Vec<_>>());
    assert!(server.count("DescribeStackEvents") >= 3, "{:?}", server.counts());
    assert!(matches!(told.last(), Some(Watched::Ended(..))));
}

#[tokio::test]
async fn the_events_of_a_success_are_not_waited_for_where_nobody_looks() {
    let server = Server::new(20.0);
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let told = all(create(&connection, &watcher, &spec("app", 5.0), Look::AtEnd).await).await;
    assert!(matches!(told.first(), Some(Watched::Ended(StackOutcome::Succeeded, _))), "{told:?}");
    assert!(events(&told) >= 4, "{told:?}");
}

#[tokio::test]
async fn an_update_is_proven_by_its_time_and_needs_no_events() {
    let server = Server::new(20.0);
    let (connection, watcher, id) = created(&server, &spec("app", 5.0)).await;
    update(&connection, &delayed("app", 5.0, "9")).await;
    let told = all(watcher.watch(watch(&id, Call::Update, "update", Look::OnFailure))).await;
    assert_eq!(end(&told).0, StackOutcome::Succeeded);
    assert_eq!(end(&told).1.parameters["Delay"], "9");
    assert_eq!(server.count("DescribeStackEvents"), 0);
}

#[tokio::test]
async fn a_deleted_stack_is_gone_and_costs_no_more_than_three_calls() {
    let server = Server::new(20.0);
    let (connection, watcher, id) = created(&server, &spec("app", 5.0)).await;
    let before: usize = server.counts().values().sum();
    connection.delete(&id, "gone", &Deletion::default()).await.unwrap();
    let told = all(watcher.watch(watch(&id, Call::Delete, "gone", Look::OnFailure))).await;
    assert_eq!((end(&told).0, end(&told).1.status.as_str()), (StackOutcome::Succeeded, "DELETE_COMPLETE"));
    assert!(server.counts().values().sum::<usize>() <= before + 3, "{:?}", server.counts());
}

#[tokio::test]
async fn deletions_that_were_seen_under_way_need_no_question_of_their_own() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let mut told = Vec::new();
    for number in 0..8 {
        told.push(create(&connection, &watcher, &spec(&format!("s{number}"), 0.6), Look::OnFailure).await);
    }
    let mut ids = Vec::new();
    for told in told {
        ids.push(end(&all(told).await).1.id.clone());
    }
    let mut told = Vec::new();
    for id in ids {
        connection.delete(&id, "gone", &Deletion::default()).await.unwrap();
        told.push(watcher.watch(watch(&id, Call::Delete, "gone", Look::OnFailure)));
    }
    for told in told {
        assert_eq!(end(&all(told).await).0, StackOutcome::Succeeded);
    }
    let by_name = server.asked().into_iter().filter(|asked| !asked.param("StackName").is_empty());
    // The last one may be left alone, and then it is asked for by name.
    let by_name = by_name.filter(|asked| asked.action == "DescribeStacks").count();
    assert!(by_name < 5, "{:?}", server.counts());
}

#[tokio::test]
async fn a_rollback_that_was_asked_for_ends_well_where_the_stack_is_back() {
    let server = Server::new(20.0);
    let (connection, watcher, id) = created(&server, &spec("app", 1.0)).await;
    let mut bad = delayed("app", 1.0, "9");
    bad.template = bad.template.replace(
        r#""Type": "AWS::SQS::Queue","#,
        r#""Type": "AWS::SQS::Queue", "Metadata": {"Sandbox": {"Fail": "no", "FailRollback": "neither"}},"#,
    ).into();
    update(&connection, &bad).await;
    let told = all(watcher.watch(watch(&id, Call::Update, "update", Look::OnFailure))).await;
    let stuck = end(&told).1;
    assert_eq!((end(&told).0, stuck.status.as_str()), (StackOutcome::Failed, "UPDATE_ROLLBACK_FAILED"));
    connection.continue_rollback(&id, &["Queue".to_owned()], "three").await.unwrap();
    let mut repair = watch(&id, Call::Rollback, "three", Look::OnFailure);
    repair.updated_before = stuck.last_updated;
    let told = all(watcher.watch(repair)).await;
    assert_eq!(
        (end(&told).0, end(&told).1.status.as_str()),
        (StackOutcome::Succeeded, "UPDATE_ROLLBACK_COMPLETE")
    );
}

#[tokio::test]
async fn answers_from_before_the_call_are_not_taken_for_its_end() {
    let server = Server::new(20.0);
    let (connection, watcher, id) = created(&server, &spec("app", 5.0)).await;
    server.forget();
    let before = connection.describe(&id).await.unwrap().unwrap();
    assert_eq!(before.status, "CREATE_COMPLETE");
    // For a while every answer is the one from before, events included.
    let lags = Mutex::new(6);
    server.judge(move |asked| {
        let mut lags = lags.lock().unwrap();
        if !asked.action.starts_with("DescribeStack") || *lags == 0 {
            return Fate::Fair;
        }
        *lags -= 1;
        Fate::Stale
    });
    update(&connection, &delayed("app", 5.0, "9")).await;
    let mut watch = watch(&id, Call::Update, "update", Look::OnFailure);
    watch.updated_before = before.last_updated;
    let told = all(watcher.watch(watch)).await;
    assert_eq!(end(&told).1.status, "UPDATE_COMPLETE");
    assert!(!told.iter().any(|watched| matches!(watched, Watched::Overtaken(_))), "{told:?}");
}

#[tokio::test]
async fn a_call_that_never_arrived_is_overtaken() {
    let server = Server::new(20.0);
    let (_, _, id) = created(&server, &spec("app", 1.0)).await;
    // Doubt is shorter in the sandbox.
    let environment = skydeck_model::Environment { target: Target::Sandbox, ..server.environment() };
    let watcher = Watcher::start(server.try_connect(&environment).await.unwrap());
    let told = all(watcher.watch(watch(&id, Call::Update, "never", Look::OnFailure))).await;
    assert!(matches!(&told[..], [Watched::Overtaken(snapshot)] if snapshot.id == id), "{told:?}");
}

#[tokio::test]
async fn who_may_only_ask_for_single_stacks_is_served_too() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    server.judge(|asked| {
        let for_all = asked.action == "ListStacks"
            || (asked.action == "DescribeStacks" && asked.param("StackName").is_empty());
        if for_all { Fate::denied(&asked.action) } else { Fate::Fair }
    });
    let watcher = Watcher::start(connection.clone());
    let mut told = Vec::new();
    for number in 0..6 {
        told.push(create(&connection, &watcher, &spec(&format!("s{number}"), 0.5), Look::OnFailure).await);
    }
    for told in told {
        assert_eq!(end(&all(told).await).0, StackOutcome::Succeeded);
    }
}

#[tokio::test]
async fn events_that_cannot_be_read_keep_no_end_from_being_told() {
    let server = Server::new(20.0);
    let connection = server.connect().await;
    server.judge(|asked| {
        if asked.action == "DescribeStackEvents" { Fate::denied(&asked.action) } else { Fate::Fair }
    });
    let watcher = Watcher::start(connection.clone());
    let told = all(create(&connection, &watcher, &spec("app", 5.0), Look::Live).await).await;
    assert_eq!(end(&told).0, StackOutcome::Succeeded);
    assert!(matches!(told[0], Watched::Delayed(CloudError::Denied { .. })), "{told:?}");
}

#[tokio::test]
async fn expired_credentials_do_not_end_a_watch() {
    let server = Server::new(1.0);
    let connection = server.connect().await;
    let expired = server.expiring();
    let (tell, mut login) = unbounded_channel();
    connection.pause_for_login(tell);
    let watcher = Watcher::start(connection.clone());
    let told = create(&connection, &watcher, &spec("app", 1.5), Look::Live).await;
    expired.store(true, Ordering::SeqCst);
    assert!(matches!(soon(login.recv()).await, Some(crate::Login::Needed(_))));
    expired.store(false, Ordering::SeqCst);
    connection.resume().await.unwrap();
    let told = all(told).await;
    assert_eq!(end(&told).0, StackOutcome::Succeeded);
    assert!(
        !told.iter().any(|watched| matches!(watched, Watched::Delayed(_) | Watched::Lost(_))),
        "{told:?}"
    );
}

/// Layers of stacks, each layer after the one before, as an operation would deploy them; gives the time it took.
async fn layers(server: &Server, layers: usize, wide: usize, seconds: f64) -> Duration {
    let connection = server.connect().await;
    let watcher = Watcher::start(connection.clone());
    let started = Instant::now();
    for layer in 0..layers {
        let mut told = JoinSet::new();
        for number in 0..wide {
            let spec = spec(&format!("l{layer}-{number}"), seconds);
            let (connection, watcher) = (connection.clone(), watcher.clone());
            told.spawn(async move { all(create(&connection, &watcher, &spec, Look::OnFailure).await).await });
        }
        while let Some(told) = told.join_next().await {
            assert_eq!(end(&told.unwrap()).0, StackOutcome::Succeeded);
        }
    }
    started.elapsed()
}

#[tokio::test]
async fn throttling_slows_the_looks_down_and_fails_nothing() {
    let free = layers(&Server::new(1.0), 3, 5, 1.5).await;
    let server = Server::new(1.0);
    server.throttle(5.0);
    let throttled = layers(&server, 3, 5, 1.5).await;
    let calls: usize = server.counts().values().sum();
    // Three layers of a second and a half; an operation's aim is 1.5, with a longer run to learn the rate in.
    assert!(throttled < free * 2, "{throttled:?} against {free:?} with {calls} calls");
}

#[tokio::test]
async fn an_end_is_seen_where_looks_are_further_apart_than_fetches_of_events() {
    let connection = Server::new(1.0).connect().await;
    let often = Habits { between: Duration::ZERO, ..Habits::of(Target::Aws) };
    let watcher = Watcher::with(often, connection.clone());
    let told = create(&connection, &watcher, &spec("app", 1.0), Look::Live).await;
    assert_eq!(end(&all(told).await).0, StackOutcome::Succeeded);
}
