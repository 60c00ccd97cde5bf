//! When something waited instead of being worked on: for a person's answer or login, or for a program that was dead. Such
//! time is no part of how long it takes.

use chrono::{DateTime, Utc};

use crate::event::{OperationView, StackEnd, StackRun};

/// The times in which a stack waited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waits(Vec<Wait>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    from: DateTime<Utc>,
    /// `None`: it still waits.
    to: Option<DateTime<Utc>>,
    meanwhile: Meanwhile,
}

/// What CloudFormation may have done to a stack while it waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// Nothing: nothing was asked of it before an answer.
    Nothing,
    /// Perhaps it went on: nobody saw what it did.
    Unseen,
    /// It went on, as its events told later.
    Works,
}

impl Waits {
    /// It waits from now on.
    pub(crate) fn begin(&mut self, at: DateTime<Utc>, meanwhile: Meanwhile) {
        if self.0.last().is_none_or(|wait| wait.to.is_some()) {
            self.0.push(Wait { from: at, to: None, meanwhile });
        }
    }

    /// It goes on.
    pub(crate) fn end(&mut self, at: DateTime<Utc>) {
        self.0.iter_mut().filter(|wait| wait.to.is_none()).for_each(|wait| wait.to = Some(at));
    }

    /// CloudFormation worked on it at that time: up to then it did not wait. What was worked on before a wait in which
    /// nobody looked, and after it, was worked on all the time.
    pub(crate) fn worked(&mut self, at: DateTime<Utc>) {
        for wait in self.0.iter_mut().filter(|wait| wait.meanwhile != Meanwhile::Nothing) {
            match wait.to {
                Some(to) if at >= to => {
                    if wait.meanwhile == Meanwhile::Works {
                        wait.from = to;
                    }
                }
                _ => {
                    wait.meanwhile = Meanwhile::Works;
                    wait.from = wait.from.max(at);
                }
            }
        }
    }

    /// How many seconds of a time it waited.
    pub(crate) fn within(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
        seconds(&self.spans(from, to))
    }

    /// Its waits within a time, which do not overlap.
    fn spans(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
        let span = |wait: &Wait| (wait.from.max(from), wait.to.unwrap_or(to).min(to));
        self.0.iter().map(span).filter(|(from, to)| from < to).collect()
    }
}

type Span = (DateTime<Utc>, DateTime<Utc>);

fn seconds(spans: &[Span]) -> f64 {
    spans.iter().map(|(from, to)| (*to - *from).as_seconds_f64()).sum()
}

/// In whole milliseconds: more digits would not come back from a log as they were.
pub(crate) fn whole_milliseconds(seconds: f64) -> f64 {
    (seconds.max(0.0) * 1000.0).round() / 1000.0
}

/// How long a stack took that ends now, without what it waited.
pub fn worked_seconds(view: &OperationView, end: &StackEnd, now: DateTime<Utc>) -> f64 {
    let milliseconds = chrono::TimeDelta::milliseconds(
        // A time that no clock has is cut off.
        (end.seconds.clamp(0.0, 1e12) * 1000.0) as i64,
    );
    let run = view.stacks.iter().find(|run| run.key == end.key);
    let waited = run.map_or(0.0, |run| run.waits.within(now - milliseconds, now));
    whole_milliseconds(end.seconds - waited)
}

/// How many seconds an operation that ends now stood still: something waited, and nothing was worked on.
pub fn stood_still(view: &OperationView, now: DateTime<Utc>) -> f64 {
    let whole = (view.started_at, now);
    let runs = || view.stacks.iter();
    let waits =
        runs().flat_map(|run| run.waits.spans(whole.0, whole.1)).chain(view.waits.spans(whole.0, whole.1));
    let still = without(union(waits.collect()), &union(runs().flat_map(|run| worked(run, now)).collect()));
    whole_milliseconds(seconds(&still))
}

/// When a stack was worked on.
fn worked(run: &StackRun, now: DateTime<Utc>) -> Vec<Span> {
    let Some(from) = run.started_at else { return Vec::new() };
    let to = run.ended_at.unwrap_or(now);
    without(vec![(from, to)], &union(run.waits.spans(from, to)))
}

/// The same times without overlaps, in order.
fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut whole: Vec<Span> = Vec::new();
    for (from, to) in spans {
        match whole.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => whole.push((from, to)),
        }
    }
    whole
}

/// What is left of times where others, which are in order and do not overlap, are taken out.
fn without(spans: Vec<Span>, others: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for (mut from, to) in spans {
        for (begin, end) in others.iter().filter(|(begin, _)| *begin < to) {
            if from < *begin {
                left.push((from, *begin));
            }
            from = from.max(*end);
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
