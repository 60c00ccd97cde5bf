//! How often one account and region may be asked. AWS publishes no rates and shares them among everybody who uses the
//! account, so the rate is learned: calls are free until AWS complains, then everybody in this process slows down to
//! what it took, and creeps up again to just below where it complained.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What a call is for. The order in which calls go where they have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes something.
    Change,
    /// Somebody waits for the answer.
    Question,
    /// It tells what is good to know, and nobody waits for it.
    Detail,
}

/// What one account and region was asked by this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Calls by the name of their action, those that were refused included.
    pub calls: BTreeMap<&'static str, u64>,
    /// How many of them AWS refused since they were too many.
    pub throttled: u64,
    /// Calls a second that AWS took, over the last ten seconds.
    pub per_second: f64,
    /// Calls a second that it bears; `None`: it never complained.
    pub allowed_per_second: Option<f64>,
}

/// The budget of one account, region and endpoint, shared by every connection of this process.
#[derive(Debug)]
pub(crate) struct Budget {
    state: Mutex<State>,
    /// One queue for each [`Kind`]; only the first in a queue waits for the clock.
    queues: [tokio::sync::Mutex<()>; 3],
}

#[derive(Debug)]
struct State {
    calls: BTreeMap<&'static str, u64>,
    throttled: u64,
    pace: Pace,
}

type Budgets = Mutex<HashMap<(String, String, String), Arc<Budget>>>;

static BUDGETS: LazyLock<Budgets> = LazyLock::new(Mutex::default);

impl Budget {
    /// The one budget of an account and region at an endpoint.
    pub(crate) fn of(account: &str, region: &str, endpoint: &str) -> Arc<Self> {
        let key = (account.to_owned(), region.to_owned(), endpoint.to_owned());
        Arc::clone(lock(&BUDGETS).entry(key).or_insert_with(|| Arc::new(Self::new())))
    }

    fn new() -> Self {
        let state = State { calls: BTreeMap::new(), throttled: 0, pace: Pace::new(Instant::now()) };
        Self { state: Mutex::new(state), queues: Default::default() }
    }

    /// Waits until a call may go; gives when it went.
    pub(crate) async fn turn(&self, name: &'static str, kind: Kind) -> Instant {
        if lock(&self.state).pace.rate.is_some() {
            let _first = self.queues[kind as usize].lock().await;
            loop {
                let behind = self.queues[..kind as usize].iter().any(|queue| queue.try_lock().is_err());
                let wait = lock(&self.state).pace.take(Instant::now(), kind, behind);
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => break,
                }
            }
        }
        *lock(&self.state).calls.entry(name).or_default() += 1;
        Instant::now()
    }

    /// AWS took a call.
    pub(crate) fn taken(&self) {
        lock(&self.state).pace.taken(Instant::now());
    }

    /// AWS refused a call that went at `sent`, since there were too many.
    pub(crate) fn refused(&self, sent: Instant) {
        let mut state = lock(&self.state);
        state.throttled += 1;
        state.pace.refused(sent, Instant::now());
    }

    /// How many calls a second AWS bears; `None` where it never complained.
    pub(crate) fn rate(&self) -> Option<f64> {
        lock(&self.state).pace.rate
    }

    pub(crate) fn usage(&self) -> Usage {
        let mut state = lock(&self.state);
        let per_second = state.pace.per_second(Instant::now());
        Usage {
            calls: state.calls.clone(),
            throttled: state.throttled,
            per_second,
            allowed_per_second: state.pace.rate,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind it is whole after every statement that changes it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rate and what is left of it, as a pure function of time.
#[derive(Debug)]
struct Pace {
    /// Calls a second; `None`: as many as one likes.
    rate: Option<f64>,
    /// The rate at which AWS complained last; `None`: it did once, of calls that were not held back.
    ceiling: Option<f64>,
    /// Calls that may go at once, as of `filled`.
    saved: f64,
    filled: Instant,
    /// When the rate was last cut.
    cut: Instant,
    /// When a call last had to wait.
    waited: Instant,
    /// When calls were taken, the oldest first, for as long as they are counted.
    taken: VecDeque<Instant>,
}

/// The part of the rate that is left after a refusal.
const CUT: f64 = 0.85;

/// Growth a second: while it is not known what AWS bears, far from where it complained, and near that.
const SEARCHING: f64 = 1.0;
const FAR: f64 = 0.2;
const NEAR: f64 = 0.01;

/// What may be saved up, in seconds. AWS lets calls be saved up too; how many it does not tell.
const SAVED: f64 = 1.0;

/// What is taken for sure at the first refusal, in calls a second: users report about five.
const FIRST: f64 = 2.0;

/// The slowest, in calls a second.
const SLOWEST: f64 = 0.5;

/// From here on, in calls a second, nothing is held back any more.
const FREE: f64 = 100.0;

/// How long calls are counted.
const COUNTED: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

impl Pace {
    fn new(now: Instant) -> Self {
        Self {
            rate: None,
            ceiling: None,
            saved: 0.0,
            filled: now,
            cut: now,
            waited: now,
            taken: VecDeque::new(),
        }
    }

    /// Takes a call's worth, or gives how long to wait before asking again. `behind`: whether a call that goes first
    /// waits too.
    fn take(&mut self, now: Instant, kind: Kind, behind: bool) -> Option<Duration> {
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.filled = now;
        let rate = self.rate?;
        // What is not used up shows nothing about how much would be borne.
        let in_use = now.duration_since(self.waited) < SECOND;
        let growth = match self.ceiling {
            _ if !in_use => 0.0,
            None => SEARCHING,
            Some(ceiling) if (0.9..1.1).contains(&(rate / ceiling)) => NEAR,
            Some(_) => FAR,
        };
        let rate = rate * (1.0 + growth * passed.min(1.0));
        self.rate = Some(rate).filter(|rate| *rate < FREE);
        let most = (rate * SAVED).max(1.0);
        self.saved = (self.saved + rate * passed).min(most);
        // Details leave half of what can be saved to those who need it at once.
        let needed = if kind == Kind::Detail { (most / 2.0).max(1.0) } else { 1.0 };
        if self.saved >= needed && !behind {
            self.saved -= 1.0;
            return None;
        }
        self.waited = now;
        let missing = if behind { 1.0 } else { needed - self.saved };
        Some(Duration::from_secs_f64(missing / rate).clamp(Duration::from_millis(1), SECOND))
    }

    fn taken(&mut self, now: Instant) {
        self.forget(now);
        self.taken.push_back(now);
    }

    fn refused(&mut self, sent: Instant, now: Instant) {
        // Sent before everybody slowed down.
        if self.rate.is_some() && sent < self.cut {
            return;
        }
        let (ceiling, rate) = match self.rate {
            None => {
                let second_ago = |at: &&Instant| now.duration_since(**at) < SECOND;
                let borne = self.taken.iter().rev().take_while(second_ago).count();
                (None, (borne as f64 * CUT).max(FIRST))
            }
            Some(rate) => (Some(rate), rate * CUT),
        };
        self.ceiling = ceiling;
        self.rate = Some(rate.max(SLOWEST));
        self.saved = 0.0;
        (self.filled, self.cut, self.waited) = (now, now, now);
    }

    fn per_second(&mut self, now: Instant) -> f64 {
        self.forget(now);
        self.taken.len() as f64 / COUNTED.as_secs_f64()
    }

    fn forget(&mut self, now: Instant) {
        while self.taken.front().is_some_and(|at| now.duration_since(*at) > COUNTED) {
            self.taken.pop_front();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    /// A server that bears `rate` calls a second, and saves up a second's worth.
    struct Server {
        rate: f64,
        saved: f64,
        asked: Instant,
        refused: usize,
    }

    impl Server {
        fn bears(&mut self, now: Instant) -> bool {
            let passed = now.duration_since(self.asked).as_secs_f64();
            (self.saved, self.asked) = ((self.saved + self.rate * passed).min(self.rate), now);
            let bears = self.saved >= 1.0;
            if bears {
                self.saved -= 1.0;
            } else {
                self.refused += 1;
            }
            bears
        }
    }

    /// Asks all the time for so many seconds; gives how many calls were taken, and refused, in the second half.
    fn settled(pace: &mut Pace, server: &mut Server, seconds: u64) -> (usize, usize) {
        let start = server.asked;
        let (mut now, mut taken, mut refused) = (start, 0, 0);
        while now < start + Duration::from_secs(seconds) {
            let counts = now > start + Duration::from_secs(seconds / 2);
            match pace.take(now, Kind::Question, false) {
                Some(wait) => now += wait,
                None if server.bears(now) => {
                    pace.taken(now);
                    taken += usize::from(counts);
                    // An answer takes a moment, so that one who never waits is not endlessly fast.
                    now += Duration::from_millis(10);
                }
                None => {
                    pace.refused(now, now);
                    refused += usize::from(counts);
                    now += Duration::from_millis(10);
                }
            }
        }
        (taken, refused)
    }

    #[test]
    fn the_rate_settles_just_below_what_the_server_bears() {
        for rate in [2.0, 5.0, 10.0, 30.0] {
            let start = Instant::now();
            let mut server = Server { rate, saved: rate, asked: start, refused: 0 };
            let mut pace = Pace::new(start);
            let (taken, refused) = settled(&mut pace, &mut server, 60);
            let possible = rate * 30.0;
            assert!(taken as f64 > possible * 0.88, "{rate}: {taken} of {possible}");
            assert!((refused as f64) <= possible * 0.04 + 2.0, "{rate}: {refused} refused");
        }
    }

    #[test]
    fn nothing_is_held_back_before_aws_complains() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..1000 {
            assert_eq!(pace.take(now, Kind::Detail, false), None);
        }
    }

    #[test]
    fn calls_that_were_under_way_at_a_cut_do_not_cut_again() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for call in 0..20 {
            pace.taken(start + Duration::from_millis(call));
        }
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        pace.refused(at(50), at(100));
        let rate = pace.rate.unwrap();
        pace.refused(at(60), at(110));
        assert_eq!(pace.rate, Some(rate));
        pace.refused(at(120), at(130));
        assert!(pace.rate.unwrap() < rate);
    }

    #[test]
    fn a_change_goes_before_a_question_and_details_leave_something_over() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.rate = Some(10.0);
        let later = start + SECOND;
        assert!(pace.take(later, Kind::Question, true).is_some());
        let at_once = (0..10).filter(|_| pace.take(later, Kind::Detail, false).is_none()).count();
        // Ten are saved up.
        assert_eq!(at_once, 6);
        assert_eq!(pace.take(later, Kind::Change, false), None);
    }

    #[tokio::test]
    async fn every_connection_to_a_place_has_the_same_budget() {
        let first = Budget::of("123456789012", "eu-central-1", "here");
        first.turn("ListStacks", Kind::Question).await;
        first.taken();
        let second = Budget::of("123456789012", "eu-central-1", "here");
        second.turn("ListStacks", Kind::Question).await;
        assert_eq!(second.usage().calls, BTreeMap::from([("ListStacks", 2)]));
        assert!(Budget::of("123456789012", "eu-west-1", "here").usage().calls.is_empty());
    }
}
