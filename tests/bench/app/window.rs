//! A program that opens a window: how soon it shows what it has to show, and what it then holds.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use skydeck_tests::Home;
use skydeck_tests::home::program;
use skydeck_tests::server::Ended;

use super::screen::Screen;

/// What was seen of one start.
pub struct Seen {
    /// Seconds from the start of the process to the last change of its picture.
    pub shown: f64,
    /// Bytes that all its processes hold at rest; what they share with others counts in part.
    pub memory: f64,
}

/// Opens the window of a program, and closes it.
pub fn open(home: &Home, name: &str) -> Seen {
    let screen = Screen::start();
    let mut command = home.command(program(name));
    command.env("DISPLAY", format!(":{}", screen.number)).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    // With the web view's processes it is a group of its own.
    let process = Ended(command.process_group(0).spawn().unwrap());
    let shown = screen.settles(start).as_secs_f64();
    let group = process.0.id();
    let memory = memory_of(group);
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status();
    Seen { shown, memory }
}

/// The proportional set size of every process of a group.
fn memory_of(group: u32) -> f64 {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    processes.filter(|process| is_of(process, group)).filter_map(|process| pss(&process)).sum()
}

fn is_of(process: &Path, group: u32) -> bool {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    // After the name, which may hold anything: state, parent, group.
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(2)) == Some(&group.to_string())
}

fn pss(process: &Path) -> Option<f64> {
    let text = fs::read_to_string(process.join("smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0)
}

/// Makes so many deployments, all alike.
pub fn deployments(home: &Home, count: usize) {
    const FIRST: &str = "DX6604E";
    home.init("--account-dev 123456789012");
    let first = home.deployment();
    for number in 1..count {
        let id = format!("D{number:06}");
        let folder = home.root().join(first.file_name().unwrap().to_str().unwrap().replace(FIRST, &id));
        copy(&first, &folder, (FIRST, &id));
    }
}

fn copy(from: &Path, to: &Path, (old, new): (&str, &str)) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target, (old, new));
        } else {
            let text = fs::read_to_string(&entry).unwrap().replace(old, new);
            fs::write(target, text).unwrap();
        }
    }
}
