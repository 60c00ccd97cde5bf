//! How long a stack usually takes, learned from the logs of earlier operations.

use std::collections::BTreeMap;

use crate::event::{OperationView, StackAction, StackRun};
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::operation::{Direction, StackOutcome};
use crate::review::ReviewAction;

/// How many of the last times tell what is usual.
const LAST: usize = 5;

/// What was done to a stack, as far as it decides how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
    /// It was looked at, and nothing had to be done.
    Nothing,
}

impl Doing {
    /// What an action comes to. What is got out of an odd state takes as long as that state is odd.
    pub fn of_action(action: StackAction) -> Option<Self> {
        match action {
            StackAction::Create | StackAction::Recreate => Some(Self::Create),
            StackAction::Update => Some(Self::Update),
            StackAction::Delete => Some(Self::Delete),
            StackAction::Repair => None,
        }
    }

    /// What a review says will be done. A blocked stack fails at once.
    pub fn of_review(action: ReviewAction) -> Self {
        match action {
            ReviewAction::Create | ReviewAction::Recreate => Self::Create,
            ReviewAction::Update => Self::Update,
            ReviewAction::Delete => Self::Delete,
            ReviewAction::Unchanged | ReviewAction::Blocked => Self::Nothing,
        }
    }
}

/// How long something once took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The stack.
    pub key: StackKey,
    /// What was done to it.
    pub doing: Doing,
    /// From its turn to its end, without what it waited.
    pub seconds: f64,
}

/// What an operation tells of how long its stacks take: of those that came out well.
pub fn samples(view: &OperationView) -> Vec<Sample> {
    let sample = |run: &StackRun| {
        let end = run.end.as_ref()?;
        let doing = match end.outcome {
            StackOutcome::Unchanged => Doing::Nothing,
            // What is left of a failed create took its time too, which is no part of the next one.
            // Early versions noted no time for what they took up.
            StackOutcome::Succeeded if end.seconds > 0.0 => {
                Doing::of_action(run.action.filter(|action| *action != StackAction::Recreate)?)?
            }
            _ => return None,
        };
        Some(Sample { key: run.key.clone(), doing, seconds: end.seconds })
    };
    view.stacks.iter().filter_map(sample).collect()
}

/// How long something takes, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// In seconds.
    pub seconds: f64,
    /// Whether this very stack told, be it in another environment. Otherwise it is what others take.
    pub own: bool,
}

/// What earlier operations tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Experience {
    /// The newest first.
    by_stack: BTreeMap<StackName, Vec<(EnvironmentName, Doing, f64)>>,
    /// What any stack takes.
    by_doing: BTreeMap<Doing, f64>,
}

impl Experience {
    /// From the newest sample to the oldest.
    pub fn of<'s>(samples: impl IntoIterator<Item = &'s Sample>) -> Self {
        let mut by_stack: BTreeMap<StackName, Vec<_>> = BTreeMap::new();
        let mut all: BTreeMap<Doing, Vec<f64>> = BTreeMap::new();
        for Sample { key, doing, seconds } in samples {
            let entry = (key.environment.clone(), *doing, *seconds);
            by_stack.entry(key.stack.clone()).or_default().push(entry);
            all.entry(*doing).or_default().push(*seconds);
        }
        let by_doing = all.into_iter().filter_map(|(doing, seconds)| Some((doing, median(seconds)?)));
        Self { by_doing: by_doing.collect(), by_stack }
    }

    /// How long something usually takes on a stack: what it took there, else in another environment, else what others take.
    pub fn usual(&self, key: &StackKey, doing: Doing) -> Option<Usual> {
        let last = |here: bool| {
            let times = self.by_stack.get(&key.stack)?.iter().filter(|(environment, done, _)| {
                *done == doing && (!here || *environment == key.environment)
            });
            median(times.take(LAST).map(|(_, _, seconds)| *seconds).collect())
        };
        let own = last(true).or_else(|| last(false)).map(|seconds| Usual { seconds, own: true });
        let others = || self.by_doing.get(&doing).map(|seconds| Usual { seconds: *seconds, own: false });
        // Where nothing was ever updated, that it takes as long as making it is the best guess.
        let like_new = || (doing == Doing::Update).then(|| self.usual(key, Doing::Create)).flatten();
        own.or_else(others).or_else(|| like_new().map(|usual| Usual { own: false, ..usual }))
    }

    /// The same where it is not known what will be done: a deploy creates what was never there or was deleted last, and
    /// takes to another stack as it did the last times.
    pub fn expected(&self, key: &StackKey, direction: Direction) -> Option<Usual> {
        let here = self.by_stack.get(&key.stack).into_iter().flatten();
        let here: Vec<(Doing, f64)> = here
            .filter(|(environment, ..)| *environment == key.environment)
            .map(|(_, doing, seconds)| (*doing, *seconds))
            .collect();
        match (direction, here.first()) {
            (Direction::Back, _) => None,
            (Direction::Down, _) => self.usual(key, Doing::Delete),
            (Direction::Up, None | Some((Doing::Delete, _))) => self.usual(key, Doing::Create),
            (Direction::Up, Some(_)) => {
                let since = here.into_iter().take_while(|(doing, _)| *doing != Doing::Delete);
                let again = since.filter(|(doing, _)| *doing != Doing::Create).take(LAST);
                let again = median(again.map(|(_, seconds)| seconds).collect());
                again.map_or_else(
                    || self.usual(key, Doing::Update),
                    |seconds| Some(Usual { seconds, own: true }),
                )
            }
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixtures::key;
    use Doing::{Create, Delete, Nothing, Update};

    fn experience(samples: &[(&str, &str, Doing, f64)]) -> Experience {
        let samples: Vec<Sample> = samples
            .iter()
            .map(|(stack, environment, doing, seconds)| Sample {
                key: key(stack, environment),
                doing: *doing,
                seconds: *seconds,
            })
            .collect();
        Experience::of(&samples)
    }

    #[test]
    fn what_a_stack_usually_takes_is_the_median_of_its_last_times() {
        let known = experience(&[
            ("network", "dev", Update, 10.0),
            ("network", "dev", Update, 90.0),
            ("network", "dev", Create, 300.0),
            ("network", "dev", Update, 30.0),
            ("network", "prod", Update, 500.0),
            ("network", "prod", Delete, 70.0),
            ("storage", "dev", Create, 100.0),
        ]);
        let own = |seconds| Some(Usual { seconds, own: true });
        let others = |seconds| Some(Usual { seconds, own: false });
        for (stack, environment, doing, expected) in [
            ("network", "dev", Update, own(30.0)),
            ("network", "dev", Create, own(300.0)),
            // Another environment is better than nothing, and what others take better than that.
            ("network", "dev", Delete, own(70.0)),
            ("storage", "prod", Create, own(100.0)),
            ("dns", "dev", Create, others(200.0)),
            ("dns", "dev", Nothing, None),
        ] {
            assert_eq!(known.usual(&key(stack, environment), doing), expected, "{stack} {doing:?}");
        }
    }

    #[test]
    fn only_the_last_times_count() {
        let mut times: Vec<(&str, &str, Doing, f64)> = vec![("network", "dev", Create, 20.0); LAST];
        times.extend(vec![("network", "dev", Create, 999.0); 20]);
        let usual = experience(&times).usual(&key("network", "dev"), Create).unwrap();
        assert!((usual.seconds - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_will_be_done_is_guessed_from_what_was() {
        let seconds = |known: &Experience, direction| {
            known.expected(&key("network", "dev"), direction).map(|usual| usual.seconds)
        };
        let never = experience(&[("network", "prod", Create, 40.0)]);
        assert_eq!(seconds(&never, Direction::Up), Some(40.0));
        let deleted = experience(&[("network", "dev", Delete, 5.0), ("network", "dev", Create, 40.0)]);
        assert_eq!(seconds(&deleted, Direction::Up), Some(40.0));
        assert_eq!(seconds(&deleted, Direction::Down), Some(5.0));
        assert_eq!(seconds(&deleted, Direction::Back), None);
        let kept = experience(&[
            ("network", "dev", Nothing, 1.0),
            ("network", "dev", Nothing, 2.0),
            ("network", "dev", Update, 30.0),
            ("network", "dev", Create, 40.0),
            ("network", "dev", Delete, 5.0),
            ("network", "dev", Update, 300.0),
        ]);
        assert_eq!(seconds(&kept, Direction::Up), Some(2.0));
        let created = experience(&[("network", "dev", Create, 40.0), ("storage", "dev", Update, 7.0)]);
        assert_eq!(seconds(&created, Direction::Up), Some(7.0));
        let new = experience(&[("network", "dev", Create, 40.0)]);
        assert_eq!(seconds(&new, Direction::Up), Some(40.0));
    }
}
