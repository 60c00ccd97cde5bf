//! What many deployments cost in the table: the first look at it, and what a change of one folder costs after that.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use skydeck_engine::Engine;
use skydeck_tests::Home;

/// As many as the product promises to be quick with.
const DEPLOYMENTS: usize = 10_000;

const STATUS: &str = ".deployment-metadata.yaml";

/// Measures, and prints a table of its own.
pub fn measure() {
    let home = Home::new();
    home.many_deployments(DEPLOYMENTS);
    println!("\n| {DEPLOYMENTS} deployments | ms | rows | kB |\n| --- | --: | --: | --: |");
    let engine = Engine::open(home.root(), "bench").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (watch, watching) = timed(|| engine.watch().unwrap());
    line("follow the folders", watching, None);
    let mut stale = engine.stale();
    let (first, reading) = timed(|| engine.rows(None).unwrap());
    line("read the whole table", reading, Some(&first));
    let (same, asking) = timed(|| engine.rows(Some(first.revision)).unwrap());
    line("ask again, nothing changed", asking, Some(&same));

    let changed = Path::new(&first.rows[DEPLOYMENTS / 2].path).join(STATUS);
    let text = fs::read_to_string(&changed).unwrap();
    let started = Instant::now();
    fs::write(&changed, text.replace("status: initialized", "status: deployed")).unwrap();
    runtime.block_on(stale.recv()).unwrap();
    line("one changes: until it is told", started.elapsed(), None);
    let (later, asking) = timed(|| engine.rows(Some(same.revision)).unwrap());
    assert_eq!(later.rows.len(), 1);
    line("one changes: ask again", asking, Some(&later));
    drop(watch);
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

fn line(what: &str, took: Duration, rows: Option<&skydeck_engine::view::DeploymentRows>) {
    let size = rows.map(|rows| {
        let bytes = serde_json::to_vec(rows).unwrap().len();
        (rows.rows.len().to_string(), format!("{:.1}", bytes as f64 / 1000.0))
    });
    let (count, size) = size.unwrap_or(("-".to_owned(), "-".to_owned()));
    println!("| {what} | {:.1} | {count} | {size} |", took.as_secs_f64() * 1000.0);
}
