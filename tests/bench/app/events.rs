//! An operation of another process that tells 500 events a second, and the app that shows it: how soon a click shows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::Utc;
use fantoccini::Locator;
use skydeck_model::event::{Actor, OperationStart, ResourceEvent, StackAction, StackTurn};
use skydeck_model::plan::Pace;
use skydeck_model::{DeploymentStatus, OperationOutcome};
use skydeck_model::{Event, EventKind, OperationId, OperationKind, StackKey};
use skydeck_store::{CurrentOperation, Doing, Holder, Root};
use skydeck_tests::Home;
use skydeck_tests::driven::App;

use super::page::{answer, number, watch};
use crate::graph::Graph;

const RATE: u32 = 500;
/// So often are events written.
const TICK: Duration = Duration::from_millis(20);
const CLICKS: usize = 30;
const STACKS: usize = 50;

/// What was measured, in milliseconds.
pub struct Answers {
    /// From a click to what it shows.
    pub clicks: Vec<f64>,
    /// The longest time in which nothing was painted.
    pub longest_frame: f64,
}

/// Clicks on one stack after the other while events come in.
pub fn measure() -> Answers {
    let home = Home::new();
    Graph::layers(10, STACKS / 10).write(&home);
    let over = AtomicBool::new(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&home, &over));
        let answers = runtime.block_on(click(&home));
        over.store(true, Ordering::Relaxed);
        let (events, seconds) = writer.join().unwrap();
        eprintln!("  {events} events in {seconds:.1} s: {:.0} a second", f64::from(events) / seconds);
        answers
    })
}

async fn click(home: &Home) -> Answers {
    let app = App::open(home).await;
    app.open_deployment("DX6604E").await;
    app.sees_in("operation", "CREATE_IN_PROGRESS").await;
    app.script(
        "window.longest = 0; let last = performance.now(); \
         (function frame() { const now = performance.now(); \
         window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame) })(); \
         arguments[arguments.length - 1](true)",
    )
    .await;
    let mut clicks = Vec::new();
    for number in 0..CLICKS {
        let stack = format!("s{:03}", number % STACKS);
        let panel = format!("document.querySelector('aside')?.ariaLabel === '{stack} in dev'");
        watch(&app, "click", &panel).await;
        let cell = format!("[data-testid='cell-{stack}-dev'] button");
        app.client.find(Locator::Css(&cell)).await.unwrap().click().await.unwrap();
        clicks.push(answer(&app).await);
        if number == CLICKS / 2 {
            app.picture("bench-events").await;
        }
    }
    let longest_frame = number(&app.script("arguments[arguments.length - 1](window.longest)").await);
    app.close().await;
    Answers { clicks, longest_frame }
}

/// Runs an operation that does nothing but tell events, until it is over; gives how many they were in how many seconds.
fn write(home: &Home, over: &AtomicBool) -> (u32, f64) {
    let (id, kind, at): (OperationId, _, _) =
        ("20261126T120000Z-deploy-beat".parse().unwrap(), OperationKind::Deploy, Utc::now());
    let by = Actor {
        user: "tester".to_owned(),
        host: "elsewhere".to_owned(),
        pid: 1,
        front_end: "cloud".to_owned(),
        version: "0".to_owned(),
    };
    let holder = Holder {
        doing: Doing::Operation(kind),
        operation: id.clone(),
        host: by.host.clone(),
        pid: by.pid,
        started_at: at,
    };
    let folder = Root::new(home.root()).find("DX6604E").unwrap();
    let mut locked = folder.lock(&holder).unwrap();
    let keys: Vec<StackKey> = (0..STACKS)
        .map(|number| StackKey::new(&format!("s{number:03}").parse().unwrap(), &"dev".parse().unwrap()))
        .collect();
    let current = CurrentOperation {
        id: id.clone(),
        kind,
        environment: Some("dev".parse().unwrap()),
        stacks: keys.iter().map(|key| key.stack.to_string()).collect(),
        started_at: skydeck_store::timestamp(at),
        host: by.host.clone(),
        pid: by.pid,
    };
    locked.set_current_operation(Some(&current), at).unwrap();
    let mut log = locked.log_writer(&id).unwrap();
    let mut seq = 0;
    let mut tell = |kinds: Vec<EventKind>| {
        let events: Vec<Event> = (seq..)
            .zip(kinds)
            .map(|(seq, kind)| Event { operation: id.clone(), seq, at: Utc::now(), kind })
            .collect();
        seq += events.len() as u32;
        log.append_all(&events).unwrap();
        seq
    };
    let turns = keys.iter().map(|key| StackTurn { key: key.clone(), waits_for: Vec::new() });
    tell(vec![EventKind::OperationStarted(OperationStart {
        deployment_id: "DX6604E".parse().unwrap(),
        kind,
        environments: vec!["dev".parse().unwrap()],
        stacks: turns.collect(),
        looks_at: None,
        status_before: DeploymentStatus::Initialized,
        by,
        request: None,
        pace: Pace::default(),
        reviewed: false,
    })]);
    let started = |key: &StackKey| EventKind::StackStarted {
        key: key.clone(),
        action: StackAction::Create,
        resources: None,
    };
    let before = tell(keys.iter().map(started).collect());
    let (start, each) = (Instant::now(), (RATE * TICK.as_millis() as u32) / 1000);
    let mut ticks = 0;
    while !over.load(Ordering::Relaxed) {
        ticks += 1;
        let resource = |number: u32| {
            EventKind::Resource(ResourceEvent {
                key: keys[number as usize % STACKS].clone(),
                logical_id: format!("Resource{number}"),
                resource_type: "AWS::SQS::Queue".to_owned(),
                physical_id: Some(format!("https://queue.example/{number}")),
                status: if number.is_multiple_of(2) { "CREATE_IN_PROGRESS" } else { "CREATE_COMPLETE" }
                    .to_owned(),
                reason: None,
                happened_at: Utc::now(),
            })
        };
        tell((ticks * each..(ticks + 1) * each).map(resource).collect());
        sleep((TICK * ticks).saturating_sub(start.elapsed()));
    }
    let told = tell(Vec::new()) - before;
    let seconds = start.elapsed().as_secs_f64();
    tell(vec![EventKind::OperationEnded {
        outcome: OperationOutcome::Cancelled,
        deployment_status: DeploymentStatus::Initialized,
        api: None,
        waited: 0.0,
    }]);
    locked.set_current_operation(None, Utc::now()).unwrap();
    (told, seconds)
}
