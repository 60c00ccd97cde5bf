//! When an operation will be over, and which chain of stacks decides that: a pure function of how far it has come, what
//! its stacks usually take, and the time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use specta::Type;

use crate::estimate::{Doing, Experience, Usual};
use crate::event::{OperationView, StackPhase, StackRun, StackTurn};
use crate::ids::StackKey;
use crate::operation::StackOutcome;

/// Where an operation stands on its way to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Forecast {
    /// How much is done, from 0 to 1, which is the end alone.
    pub done: f64,
    /// How long it may still take; `None`: it is over, or too little is known.
    pub seconds_left: Option<f64>,
    /// Whether something that everything waits for takes longer than usual, so that `seconds_left` does not shrink.
    pub late: bool,
    /// Its stacks, in its own order.
    pub stacks: Vec<StackForecast>,
}

/// One stack on the operation's time axis, in seconds since its start.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StackForecast {
    /// The stack.
    pub key: StackKey,
    /// When its turn came, or is expected to; `None`: it does not come, or nobody can tell.
    pub from: Option<f64>,
    /// When it ended, or is expected to.
    pub to: Option<f64>,
    /// What it usually takes, where it was seen before.
    pub usual_seconds: Option<f64>,
    /// How it does against that.
    pub speed: Speed,
    /// Whether it is on the chain that decides the operation's end.
    pub critical: bool,
}

/// How long a stack takes, against what it usually does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// As usual, or nobody knows.
    Usual,
    /// Longer than usual.
    Longer,
    /// Over twice as long.
    Slow,
}

/// Seconds beyond the usual that are nothing to speak of.
const SLACK: f64 = 5.0;

impl Speed {
    fn of(seconds: f64, usual: Option<Usual>) -> Self {
        match usual.filter(|usual| usual.own).map(|usual| usual.seconds) {
            Some(usual) if seconds > usual * 2.0 && seconds > usual + SLACK => Self::Slow,
            Some(usual) if seconds > usual + SLACK => Self::Longer,
            _ => Self::Usual,
        }
    }
}

/// One stack's part, as the schedule sees it. Times are seconds since the operation's start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    /// Places of the stacks that go first.
    pub(crate) waits_for: Vec<usize>,
    pub(crate) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stage {
    /// It will not run, or did not.
    LeftOut,
    /// It has ended.
    Ended { from: f64, to: f64 },
    /// It runs, and this is how long it takes.
    Running { from: f64, takes: f64 },
    /// Its turn will come, and this is how long it takes.
    Queued { takes: f64 },
}

/// When a stack runs, and whose end it waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) after: Option<usize>,
}

/// When each stack runs: every one as soon as those that it waits for have ended, in order, so many at once.
pub(crate) fn schedule(turns: &[Turn], parallel: usize, now: f64) -> Vec<Option<Span>> {
    let mut spans: Vec<Option<Span>> = turns
        .iter()
        .map(|turn| match turn.stage {
            Stage::LeftOut | Stage::Queued { .. } => None,
            Stage::Ended { from, to } => Some(Span { from, to, after: None }),
            // What has taken longer than it should may end any moment.
            Stage::Running { from, takes } => Some(Span { from, to: (from + takes).max(now), after: None }),
        })
        .collect();
    let seen = spans.clone();
    for (place, span) in spans.iter_mut().enumerate() {
        if let Some(span) = span {
            span.after = waited_for(place, span.from, turns, &seen, parallel);
        }
    }
    let is_queued = |place: &usize| matches!(turns[*place].stage, Stage::Queued { .. });
    let mut waiting: Vec<usize> = (0..turns.len()).filter(is_queued).collect();
    let mut time = now;
    while !waiting.is_empty() {
        waiting.retain(|&place| {
            let over = |span: Option<Span>| span.is_some_and(|span| span.to <= time);
            let running = spans.iter().flatten().filter(|span| span.from <= time && span.to > time).count();
            let ready = turns[place].waits_for.iter().all(|&first| over(spans[first]));
            let Stage::Queued { takes } = turns[place].stage else { return false };
            if !ready || running >= parallel {
                return true;
            }
            let after = latest(turns[place].waits_for.iter().copied(), &spans)
                .filter(|first| spans[*first].is_some_and(|span| span.to >= time || time <= now))
                .or_else(|| latest((0..turns.len()).filter(|&other| over(spans[other])), &spans));
            spans[place] = Some(Span { from: time, to: time + takes, after });
            false
        });
        let ends = spans.iter().flatten().map(|span| span.to).filter(|to| *to > time);
        match ends.min_by(f64::total_cmp) {
            Some(next) => time = next,
            // What is left waits for what does not come.
            None => break,
        }
    }
    spans
}

/// The one of some stacks that ends last.
fn latest(places: impl Iterator<Item = usize>, spans: &[Option<Span>]) -> Option<usize> {
    let ends = places.filter_map(|place| Some((place, spans[place]?.to)));
    ends.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

/// Whose end a stack that has started waited for: the last of those that go first, or, where the limit held it back longer
/// than they did, the one whose place it took.
fn waited_for(
    place: usize,
    from: f64,
    turns: &[Turn],
    spans: &[Option<Span>],
    parallel: usize,
) -> Option<usize> {
    let first = latest(turns[place].waits_for.iter().copied(), spans);
    let ready = first.and_then(|first| spans[first]).map_or(0.0, |span| span.to);
    let others = || spans.iter().enumerate().filter(|(other, _)| *other != place);
    let between = |span: &Option<Span>| span.is_some_and(|span| span.from < from && span.to > ready);
    let full = others().filter(|(_, span)| between(span)).count() >= parallel;
    let freed = others().filter(|(_, span)| span.is_some_and(|span| span.to > ready && span.to <= from));
    full.then(|| latest(freed.map(|(other, _)| other), spans)).flatten().or(first)
}

/// The chain that decides the end: the stack that ends last, the one that it waited for, and so on.
pub(crate) fn critical(spans: &[Option<Span>]) -> Vec<usize> {
    let last = latest(0..spans.len(), spans);
    let mut chain: Vec<usize> =
        std::iter::successors(last, |place| spans[*place].and_then(|span| span.after)).collect();
    chain.reverse();
    chain
}

/// How long a plan takes; `None`: not every stack's time is known.
pub fn plan_seconds(
    stacks: &[StackTurn],
    parallel: u32,
    usual: impl Fn(&StackKey) -> Option<Usual>,
) -> Option<f64> {
    let places = places(stacks.iter().map(|turn| &turn.key));
    let turns: Option<Vec<Turn>> = stacks
        .iter()
        .map(|turn| {
            let takes = usual(&turn.key)?.seconds;
            Some(Turn { waits_for: indexes(&turn.waits_for, &places), stage: Stage::Queued { takes } })
        })
        .collect();
    let spans = schedule(&turns?, at_once(parallel), 0.0);
    spans.iter().flatten().map(|span| span.to).max_by(f64::total_cmp)
}

/// Where an operation stands at `now`.
pub fn forecast(view: &OperationView, known: &Experience, now: DateTime<Utc>) -> Forecast {
    let clock = Clock { start: view.started_at, now: view.ended_at.unwrap_or(now) };
    let usual: Vec<Option<Usual>> = view.stacks.iter().map(|run| usual_of(run, view, known)).collect();
    let places = places(view.stacks.iter().map(|run| &run.key));
    let mut turns: Vec<Turn> = Vec::new();
    for (run, usual) in view.stacks.iter().zip(&usual) {
        let waits_for = indexes(&run.waits_for, &places);
        // Each stands behind those that it waits for.
        let blocked = waits_for.iter().any(|&first| {
            let ended = view.stacks[first].end.as_ref();
            ended.is_some_and(|end| !end.outcome.is_success())
                || (ended.is_none() && turns.get(first).is_some_and(|turn| turn.stage == Stage::LeftOut))
        });
        let stage = clock.stage(run, *usual, blocked || view.cancel_requested || view.ended_at.is_some());
        turns.push(Turn { waits_for, stage });
    }
    let is_open = |turn: &Turn| matches!(turn.stage, Stage::Running { .. } | Stage::Queued { .. });
    // What is not known counts nothing in the schedule, which then tells no times ahead.
    let all_known = turns.iter().zip(&usual).all(|(turn, usual)| !is_open(turn) || usual.is_some());
    let spans = schedule(&turns, at_once(view.start.pace.parallel()), clock.seconds());
    let chain = if all_known { critical(&spans) } else { Vec::new() };
    let over = view.ended_at.is_some();
    let end = spans.iter().flatten().map(|span| span.to).fold(clock.seconds(), f64::max);
    let overdue = |place: &usize| match turns[*place].stage {
        Stage::Running { from, takes } => clock.seconds() > from + takes,
        _ => false,
    };
    let stacks = view.stacks.iter().enumerate().map(|(place, run)| {
        let span = spans[place];
        let (from, to) = match turns[place].stage {
            Stage::LeftOut => (None, None),
            Stage::Ended { from, to } => (Some(from), Some(to)),
            Stage::Running { from, .. } => {
                (Some(from), span.filter(|_| usual[place].is_some()).map(|span| span.to))
            }
            Stage::Queued { .. } => span.filter(|_| all_known).map(|span| (span.from, span.to)).unzip(),
        };
        let ran = match turns[place].stage {
            Stage::Running { from, .. } => clock.seconds() - from,
            Stage::Ended { from, to } => to - from,
            _ => 0.0,
        } - clock.waited(run);
        StackForecast {
            key: run.key.clone(),
            from,
            to,
            usual_seconds: usual[place].filter(|usual| usual.own).map(|usual| usual.seconds),
            speed: Speed::of(ran, usual[place]),
            // What took no time decided nothing, and nor did what there was nothing to do to.
            critical: chain.contains(&place) && from < to && !is_unchanged(run),
        }
    });
    Forecast {
        done: if over { 1.0 } else { done(view, &turns, &usual, all_known, &clock) },
        seconds_left: (!over && all_known).then(|| end - clock.seconds()),
        late: !over && chain.iter().any(overdue),
        stacks: stacks.collect(),
    }
}

fn is_unchanged(run: &StackRun) -> bool {
    run.end.as_ref().is_some_and(|end| end.outcome == StackOutcome::Unchanged)
}

/// What a stack of an operation usually takes: as it turned out, as it was reviewed, or as it went before.
fn usual_of(run: &StackRun, view: &OperationView, known: &Experience) -> Option<Usual> {
    let doing = match (is_unchanged(run), run.action, run.reviewed) {
        (true, ..) => Some(Doing::Nothing),
        (false, Some(action), _) => Doing::of_action(action),
        (false, None, reviewed) => reviewed.map(Doing::of_review),
    };
    match doing {
        Some(doing) => known.usual(&run.key, doing),
        None => known.expected(&run.key, view.start.kind.direction()),
    }
}

/// The most that is told of what has not ended.
const NEARLY: f64 = 0.99;

/// How much is done: by time where it is known, else by stacks, and within them by resources.
fn done(
    view: &OperationView,
    turns: &[Turn],
    usual: &[Option<Usual>],
    all_known: bool,
    clock: &Clock,
) -> f64 {
    let (mut done, mut total) = (0.0, 0.0);
    let parts = view.stacks.iter().zip(turns).zip(usual);
    for ((run, turn), usual) in parts.filter(|((run, _), _)| run.counts(view.start.kind)) {
        let weight = usual.filter(|_| all_known).map_or(1.0, |usual| usual.seconds.max(1.0));
        total += weight;
        done += weight
            * match (turn.stage, usual.filter(|_| all_known)) {
                (Stage::LeftOut | Stage::Ended { .. }, _) => 1.0,
                (Stage::Queued { .. }, _) => 0.0,
                (Stage::Running { from, .. }, Some(usual)) => {
                    ((clock.seconds() - from - clock.waited(run)) / usual.seconds.max(1.0)).clamp(0.0, NEARLY)
                }
                (Stage::Running { .. }, None) => run.resources_total.map_or(0.0, |all| {
                    (f64::from(run.resources_done) / f64::from(all.max(1))).clamp(0.0, NEARLY)
                }),
            };
    }
    if total > 0.0 { (done / total).clamp(0.0, NEARLY) } else { 0.0 }
}

/// The time of an operation, in seconds since its start.
struct Clock {
    start: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Clock {
    fn seconds(&self) -> f64 {
        self.at(self.now)
    }

    fn at(&self, time: DateTime<Utc>) -> f64 {
        (time - self.start).as_seconds_f64().max(0.0)
    }

    /// How long a stack whose turn has come waited instead of being worked on.
    fn waited(&self, run: &StackRun) -> f64 {
        run.started_at.map_or(0.0, |from| run.waits.within(from, run.ended_at.unwrap_or(self.now)))
    }

    fn stage(&self, run: &StackRun, usual: Option<Usual>, never: bool) -> Stage {
        let takes = usual.map_or(0.0, |usual| usual.seconds);
        let started = run.started_at.map(|at| self.at(at));
        match (run.phase, run.ended_at, started) {
            (StackPhase::Ended, Some(ended), _) => {
                let to = self.at(ended);
                let seconds = run.end.as_ref().map_or(0.0, |end| end.seconds);
                // Its turn came before anything was done to it; a log that was taken up counts only from then on.
                let turn = (to - seconds).max(0.0);
                match started {
                    None if seconds <= 0.0 => Stage::LeftOut,
                    None => Stage::Ended { from: turn, to },
                    Some(from) => Stage::Ended { from: from.min(turn), to },
                }
            }
            (StackPhase::Running, _, Some(from)) => Stage::Running { from, takes: takes + self.waited(run) },
            _ if never => Stage::LeftOut,
            _ => Stage::Queued { takes },
        }
    }
}

fn places<'k>(keys: impl Iterator<Item = &'k StackKey>) -> BTreeMap<&'k StackKey, usize> {
    keys.zip(0..).collect()
}

fn indexes(keys: &[StackKey], places: &BTreeMap<&StackKey, usize>) -> Vec<usize> {
    keys.iter().filter_map(|key| places.get(key).copied()).collect()
}

fn at_once(parallel: u32) -> usize {
    usize::try_from(parallel.max(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
