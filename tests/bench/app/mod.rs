//! The app, measured: how soon its table stands there and what it holds in memory, both against a Tauri window with an
//! empty page; how soon a click shows while 500 events a second come in; how 10,000 deployments scroll, filter and sort;
//! how large its page is. Linux only.

mod bundle;
mod events;
mod list;
mod page;
mod screen;
mod window;

use skydeck_tests::Home;

use bundle::Part;
use events::Answers;
use window::{Seen, deployments};

/// How often each window is opened.
const ROUNDS: usize = 9;

/// How many deployments the table has.
const DEPLOYMENTS: usize = 1000;

/// What can be measured by itself.
const PARTS: [(&str, fn()); 4] = [("start", windows), ("events", clicks), ("list", table), ("size", sizes)];

/// Prints a table with all of it, or with these parts.
pub fn measure(parts: &[String]) {
    println!("| what | Skydeck | empty window | ratio |\n| --- | --: | --: | --: |");
    for (_, measure) in
        PARTS.iter().filter(|(name, _)| parts.is_empty() || parts.iter().any(|part| part == name))
    {
        measure();
    }
}

fn clicks() {
    let Answers { clicks, longest_frame } = events::measure();
    let (median, longest) = (median(&clicks), longest(&clicks));
    println!("| from a click to what it shows, ms: median | {median:.0} | - | - |");
    println!("| the longest of {} clicks, ms | {longest:.0} | - | - |", clicks.len());
    println!("| the longest time without a frame, ms | {longest_frame:.0} | - | - |");
}

fn table() {
    let answers = list::measure();
    let row = |what: &str, figures: &[f64]| {
        let (median, longest) = (median(figures), longest(figures));
        println!("| {what}, ms: median, longest | {median:.0}, {longest:.0} | - | - |");
    };
    row("a frame while 10,000 deployments scroll", &answers.frames);
    row("from a key in the filter to the frame with what fits", &answers.filter);
    row("from a click on a column to the frame in its order", &answers.sort);
    row("from a change on disk to the document that has it", &answers.changes);
}

fn sizes() {
    for Part { name, raw, gzip } in bundle::parts() {
        println!("| {name}, kB: raw, gzip | {:.0}, {:.0} | - | - |", raw / 1e3, gzip / 1e3);
    }
}

/// Both windows in turn, so that what else the machine does meets both alike.
fn windows() {
    let home = Home::new();
    deployments(&home, DEPLOYMENTS);
    let mut skydeck = Vec::new();
    let mut empty = Vec::new();
    for round in 0..=ROUNDS {
        for (name, seen) in [("skydeck", &mut skydeck), ("examples/empty", &mut empty)] {
            let one = window::open(&home, name);
            eprintln!("  {name}: {:.0} ms, {:.1} MB", one.shown * 1e3, one.memory / 1e6);
            // The first of each reads the programs from the disk.
            if round > 0 {
                seen.push(one);
            }
        }
    }
    let row = |what: &str, unit: f64, of: fn(&Seen) -> f64| {
        let [ours, theirs] = [&skydeck, &empty].map(|all| median(&all.iter().map(of).collect::<Vec<_>>()));
        println!("| {what} | {:.0} | {:.0} | {:.2} |", ours * unit, theirs * unit, ours / theirs);
    };
    row("from the start to the last change of the picture, ms", 1e3, |seen| seen.shown);
    row("memory at rest (PSS of all processes), MB", 1e-6, |seen| seen.memory);
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn longest(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}
