//! The sandbox's time: the machine's, but it never goes back. What has happened to a stack has a time, and would not have
//! happened yet by a clock that was set back.
//!
//! How far time has come is kept in `<dir>/.clock`, for other programs and for later. Where the machine's clock is behind
//! that, time goes on from there, and stays ahead of the machine's by what is missing.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use skydeck_files::{Folder, How, read_all};

const CLOCK_FILE: &str = ".clock";

/// The file is at most that much behind what was told, so that it need not be written with every answer.
const STEP: TimeDelta = TimeDelta::seconds(1);

/// A file that says more than this many milliseconds is not ours.
const MOST_AHEAD: i64 = 100 * 366 * 24 * 3_600_000;

const MAX_SIZE: u64 = 4_096;

pub(crate) struct Clock {
    machine: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    told: Mutex<Told>,
}

/// How far time has come.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Told {
    /// The latest time that anybody was told.
    until: DateTime<Utc>,
    /// How far it is ahead of the machine's clock.
    ahead_ms: i64,
}

impl Clock {
    pub(crate) fn new(machine: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        let told = Told { until: DateTime::UNIX_EPOCH, ahead_ms: 0 };
        Self { machine: Box::new(machine), told: Mutex::new(told) }
    }

    /// Now. Where the folder is not there, or takes no file, it holds for this program only.
    pub(crate) fn now(&self, dir: &Path) -> DateTime<Utc> {
        let machine = (self.machine)();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::open(dir).ok();
        let kept = folder.as_ref().and_then(|folder| read(folder, machine));
        if let Some(kept) = kept.filter(|kept| kept.until > told.until) {
            *told = kept;
        }
        let mut now = machine + TimeDelta::milliseconds(told.ahead_ms);
        // Two programs that look at the machine's clock at once are no more than an instant apart.
        if now + STEP < told.until {
            now = told.until + STEP;
            told.ahead_ms = (now - machine).num_milliseconds();
        }
        now = now.max(told.until);
        told.until = now;
        let is_old = kept.is_none_or(|kept| kept.until + STEP <= now || kept.ahead_ms != told.ahead_ms);
        if let Some(folder) = folder.filter(|_| is_old) {
            // Nobody needs it as long as the clock is right.
            let written = serde_json::to_vec(&*told).map_err(Into::into);
            let written = written.and_then(|text| folder.replace(CLOCK_FILE, &text));
            if let Err(error) = written {
                tracing::debug!(%error, "the sandbox's time is not kept");
            }
        }
        now
    }
}

fn read(folder: &Folder, machine: DateTime<Utc>) -> Option<Told> {
    let text = read_all(&folder.file(CLOCK_FILE, How::Read).ok()?, MAX_SIZE).ok()?;
    let told: Told = serde_json::from_slice(&text).ok()?;
    let is_ours =
        (0..=MOST_AHEAD).contains(&told.ahead_ms) && (told.until - machine).num_milliseconds() <= MOST_AHEAD;
    is_ours.then_some(told)
}
