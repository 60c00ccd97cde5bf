//! A program's run, measured: wall time, processor time, peak memory.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How a run came out.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub started: Instant,
    pub wall: Duration,
    /// User and system time in seconds; only Linux tells.
    pub cpu: Option<f64>,
    /// The most memory that it held at once, in MB (10^6 bytes); only Linux tells.
    pub peak: Option<f64>,
}

/// How exact wall time is, and how soon before its end the peak of memory is last read.
const LOOK: Duration = Duration::from_millis(10);

/// Ticks of /proc in a second, on every Linux.
const TICKS: f64 = 100.0;

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Run {
    // Files: nobody would empty a pipe while it runs.
    let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut cpu, mut peak) = (None, None);
    // Until it has ended but is not yet reaped, when its times are final.
    while !has_ended(&mut child, &mut cpu) {
        peak = peak_of(&child).or(peak);
        sleep(LOOK);
    }
    let wall = started.elapsed();
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Run { code, out: content(out), err: content(err), started, wall, cpu, peak }
}

fn content(mut file: File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

fn has_ended(child: &mut Child, cpu: &mut Option<f64>) -> bool {
    let Ok(text) = fs::read_to_string(format!("/proc/{}/stat", child.id())) else {
        return child.try_wait().unwrap().is_some();
    };
    // After the name, which may hold anything: the state is the 1st field, user and system ticks the 12th and 13th.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().unwrap();
    *cpu = Some((ticks(11) + ticks(12)) / TICKS);
    fields[0] == "Z"
}

fn peak_of(child: &Child) -> Option<f64> {
    peak(&child.id().to_string())
}

/// The most memory that this very process has held at once, in MB.
pub fn peak_of_this() -> Option<f64> {
    peak("self")
}

fn peak(process: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0 / 1e6)
}
