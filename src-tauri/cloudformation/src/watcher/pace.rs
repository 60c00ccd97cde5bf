//! When to look next, as a pure function. It knows no seconds that would be right for everybody: a stack that has run
//! for long may be told about a little later, and what is known of others says which ones need no look yet.

use std::time::Duration;

/// How late an end may be told, as a part of the time that the stack has run.
const LATE: u32 = 20;

/// Never longer than this between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// A stack that is younger than any that has ended so far is left alone for as long as it has run, or for this.
const YOUNG: Duration = Duration::from_secs(1);

/// How long to wait after a look at a stack that had then run for `age`. `shortest`: the shortest that a call of its kind
/// has taken here, if one has ended. `floor`: never less.
pub(super) fn patience(age: Duration, shortest: Option<Duration>, floor: Duration) -> Duration {
    let grown = shortest.unwrap_or_default() * 4 / 5;
    let wait = if age < grown {
        // Not at once to that age: the next stack may well be of another kind.
        (grown - age).min(age.max(YOUNG))
    } else {
        age / LATE
    };
    wait.clamp(floor, LONGEST.max(floor))
}

/// Between two looks at a stack that is alone: all others may wait for it.
pub(super) const ALONE: Duration = Duration::from_millis(160);

/// Calls that twenty stacks may cost besides those that change them: their share of the looks, and for each perhaps one
/// that describes it. With what comes now and then, that makes three for each stack.
const ALLOWED: usize = 37;

/// The least time between two looks, after one more of them: it drifts within `limits` towards where the stacks that were
/// watched so far cost what they may.
pub(super) fn drift(wait: Duration, limits: (Duration, Duration), spent: usize, stacks: usize) -> Duration {
    let percent = if spent * 20 > stacks * ALLOWED { 105 } else { 95 };
    (wait * percent / 100).clamp(limits.0, limits.1)
}

/// The same where one look takes several `calls`, or where AWS bears no more than `rate` calls a second (`None`: it
/// never complained): half of them are left to those who change something.
pub(super) fn floor(wait: Duration, calls: usize, rate: Option<f64>) -> Duration {
    match rate {
        Some(rate) => wait.max(Duration::from_secs_f64(2.0 * calls as f64 / rate)),
        // Many single questions are spread, as one would spread them by hand.
        None => wait.max(wait * u32::try_from(calls).unwrap_or(u32::MAX) / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_millis(160);

    /// When a stack that is watched alone is looked at, in seconds, until it has run for so long.
    fn looks(seconds: u64, shortest: Option<Duration>) -> Vec<f64> {
        let (mut age, mut looks) = (Duration::ZERO, Vec::new());
        while age < Duration::from_secs(seconds) {
            age += patience(age, shortest, FLOOR);
            looks.push(age.as_secs_f64());
        }
        looks
    }

    #[test]
    fn an_end_is_told_a_twentieth_late_at_most_and_never_more_than_five_seconds() {
        for pair in looks(600, None).windows(2) {
            let late = pair[1] - pair[0];
            assert!(late <= (pair[0] / 20.0).max(0.16) + 1e-6 && late <= 5.0 + 1e-6, "{pair:?}");
        }
    }

    #[test]
    fn the_longer_stacks_take_the_fewer_looks_a_second_they_cost() {
        assert!(looks(60, None).len() < 90, "{}", looks(60, None).len());
        let more = looks(1200, None).len() - looks(600, None).len();
        assert!(more <= 120, "{more}");
    }

    #[test]
    fn a_stack_younger_than_any_that_ended_is_left_alone_but_not_for_ever() {
        let young = looks(48, Some(Duration::from_secs(60)));
        assert_eq!(young, [1.0, 2.0, 4.0, 8.0, 13.0, 18.0, 23.0, 28.0, 33.0, 38.0, 43.0, 48.0]);
        assert_eq!(looks(1, Some(Duration::from_millis(500)))[0], 0.4);
    }

    #[test]
    fn looks_never_take_more_than_half_of_what_aws_bears() {
        let second = Duration::from_secs(1);
        assert_eq!(floor(FLOOR, 1, Some(5.0)), second * 2 / 5);
        assert_eq!(floor(FLOOR, 5, Some(5.0)), second * 2);
        assert_eq!(floor(FLOOR, 1, Some(50.0)), FLOOR);
        assert_eq!(floor(FLOOR, 1, None), FLOOR);
    }

    #[test]
    fn a_stack_costs_three_calls_however_many_share_a_look() {
        let limits = (Duration::from_millis(145), Duration::from_millis(250));
        // So many stacks come and end each second; each is described, or a look brings all that is wanted.
        for (per_second, described) in [(2.2, 0), (4.4, 0), (4.4, 1), (9.0, 1)] {
            let (mut now, mut looks, mut wait) = (0.0, 0, FLOOR);
            let stacks = |now: f64| (now * per_second) as usize;
            while now < 60.0 {
                looks += 1;
                wait = drift(wait, limits, looks + stacks(now) * described, stacks(now));
                now += wait.as_secs_f64();
            }
            let calls = (looks + stacks(now) * (1 + described)) as f64 / stacks(now) as f64;
            assert!(calls < 3.0, "{per_second}: {calls}");
        }
    }
}
