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

/// What a look costs is shared by all stacks in flight: this, divided by their number, is the wait.
const SHARED: Duration = Duration::from_millis(1250);

/// Between two looks at a stack that is alone: all others may wait for it.
const ALONE: Duration = Duration::from_millis(160);

/// The least time between two looks at `stacks` stacks, within `limits`. `eager`: whether others wait for one of them.
/// `calls`: how many one look takes. `rate`: how many calls a second AWS bears (`None`: it never complained); half of
/// them are left to those who change something.
pub(super) fn floor(
    limits: (Duration, Duration),
    stacks: usize,
    eager: bool,
    calls: usize,
    rate: Option<f64>,
) -> Duration {
    let times = |count: usize| u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let wait = if stacks <= 1 { ALONE } else { SHARED / times(stacks) };
    let wait = if eager { wait } else { wait * 3 / 2 };
    let floor = wait.clamp(limits.0, limits.1);
    match rate {
        Some(rate) => floor.max(Duration::from_secs_f64(2.0 * calls as f64 / rate)),
        // Many single questions are spread, as one would spread them by hand.
        None => floor.max(floor * times(calls) / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_millis(160);
    const LIMITS: (Duration, Duration) = (Duration::from_millis(115), Duration::from_millis(250));

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
        assert_eq!(floor(LIMITS, 10, true, 1, Some(5.0)), second * 2 / 5);
        assert_eq!(floor(LIMITS, 10, true, 5, Some(5.0)), second * 2);
        assert_eq!(floor(LIMITS, 2, true, 1, Some(50.0)), LIMITS.1);
    }

    #[test]
    fn the_more_stacks_share_a_look_the_more_often_there_is_one_and_one_alone_is_urgent() {
        let ms = Duration::from_millis;
        for (stacks, wait) in [(1, ms(160)), (2, ms(250)), (5, ms(250)), (10, ms(125)), (500, ms(115))] {
            assert_eq!(floor(LIMITS, stacks, true, 1, None), wait, "{stacks}");
        }
        assert!(floor(LIMITS, 8, false, 1, None) > floor(LIMITS, 8, true, 1, None));
    }
}
