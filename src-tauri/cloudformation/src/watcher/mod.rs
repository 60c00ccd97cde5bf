//! One task that watches every running stack of a connection. A look is one question about all of them, whichever is
//! the cheapest: one stack alone is asked for itself; the region's stacks are read where they fit one page, which brings
//! their outputs with it; else ListStacks tells what is in progress, and a stack that is no longer in it has ended and
//! is described by itself. So the cost of a look does not grow with the number of stacks.
//!
//! What takes longer (a stack's end, its events) is done aside, so that the next look is not late for it.

mod entry;
mod pace;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use skydeck_model::operation::Direction;
use skydeck_model::{StackOutcome, Target};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::calls::events::CloudEvent;
use crate::connection::Connection;
use crate::error::CloudError;
use crate::snapshot::StackSnapshot;
use entry::{Entry, Found};

/// The call whose end is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// CreateStack, or the first change set of a stack: whatever this new stack comes to is its end.
    Create,
    /// ExecuteChangeSet.
    Update,
    /// DeleteStack.
    Delete,
    /// ContinueUpdateRollback or RollbackStack.
    Rollback,
}

/// When the events of a stack are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// While it runs, and to the last before its end is told.
    Live,
    /// When it has ended. Those of a success come after [`Watched::Ended`], until the channel closes, so that nobody
    /// has to wait for them; those of a failure before it.
    AtEnd,
    /// Only when it has failed, before its end is told.
    OnFailure,
}

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The stack's ARN.
    pub stack: String,
    /// The call that was made.
    pub call: Call,
    /// Its client request token.
    pub token: String,
    /// When it was made.
    pub called_at: DateTime<Utc>,
    /// The stack's LastUpdatedTime before the call ([`StackSnapshot::last_updated`]). One that differs proves that an end is
    /// that of this call.
    pub updated_before: Option<DateTime<Utc>>,
    /// When its events are fetched.
    pub looks: Look,
}

/// What the watcher tells of one stack.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// CloudFormation's next event.
    Event(CloudEvent),
    /// The watcher had to wait, or to do without events: CloudFormation did not answer, or does not allow it. Told once
    /// until it answers again.
    Delayed(CloudError),
    /// The call came to its end. With [`Look::AtEnd`] its events may follow; else the last thing told.
    Ended(StackOutcome, StackSnapshot),
    /// The stack is at rest without a sign of our call: somebody else has ended it, or it never arrived. The
    /// last thing told.
    Overtaken(StackSnapshot),
    /// The end cannot be known: CloudFormation refuses to answer. The last thing told.
    Lost(CloudError),
}

/// Watches the stacks of one connection for as long as a handle to it lives.
#[derive(Debug, Clone)]
pub struct Watcher {
    requests: UnboundedSender<(Watch, UnboundedSender<Watched>)>,
}

impl Call {
    /// Where it takes its stack.
    pub fn direction(self) -> Direction {
        match self {
            Self::Create | Self::Update => Direction::Up,
            Self::Delete => Direction::Down,
            Self::Rollback => Direction::Back,
        }
    }
}

impl Watcher {
    /// Starts a watcher; it ends when the last clone of the handle is dropped and nobody listens.
    pub fn start(connection: Connection) -> Self {
        let habits = Habits::of(connection.target());
        Self::with(habits, connection)
    }

    fn with(habits: Habits, connection: Connection) -> Self {
        let (requests, incoming) = unbounded_channel();
        let task = Task {
            connection,
            wait: habits.looks.0,
            habits,
            watched: Vec::new(),
            aside: JoinSet::new(),
            shortest: HashMap::new(),
            question: Question::Region,
            deleted: 0,
            begun: 0,
            spent: 0,
            last: Instant::now(),
        };
        tokio::spawn(task.run(incoming));
        Self { requests }
    }

    /// Watches a stack from now on.
    pub fn watch(&self, watch: Watch) -> UnboundedReceiver<Watched> {
        let (told, listen) = unbounded_channel();
        // The task ends only after the last handle is gone, and this is one.
        let _ = self.requests.send((watch, told));
        listen
    }
}

/// What differs between AWS, whose calls are precious, and the sandbox in this process.
struct Habits {
    /// The least time between two looks, from the briefest to the longest; where many stacks share a look, a fifth less.
    looks: (Duration, Duration),
    /// Stacks whose events are fetched between two looks, where nothing holds calls back.
    events: usize,
    /// The least time between two fetches of one stack's events.
    between: Duration,
    /// By how much the wait grows with each look that proves nothing.
    doubt: Duration,
}

impl Habits {
    fn of(target: Target) -> Self {
        let ms = Duration::from_millis;
        match target {
            Target::Aws => Self { looks: (ms(145), ms(250)), events: 2, between: ms(1000), doubt: ms(100) },
            Target::Sandbox => Self { looks: (ms(100), ms(100)), events: 16, between: ms(200), doubt: ms(0) },
        }
    }
}

/// A page of more stacks than this is read only where calls are scarce.
const HEAVY: usize = 100;

/// So many ended at once are described by a page of the region, however heavy, and not each by itself.
const SEVERAL: usize = 2;

/// From more stacks in flight on, a look at them all is cheap for each.
const MANY: usize = 12;

/// How a look asks where the stacks are not few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// All stacks of the region: they fit one page.
    Region,
    /// They fit one page, but a heavy one.
    HeavyRegion,
    /// What is in progress.
    Running,
    /// Each stack by itself, since no other question is allowed.
    Each,
}

struct Task {
    connection: Connection,
    habits: Habits,
    watched: Vec<Entry>,
    /// Stacks whose events are being fetched, or whose end is being looked into.
    aside: JoinSet<Found>,
    /// The shortest that a call has taken here.
    shortest: HashMap<Call, Duration>,
    question: Question,
    /// Stacks that were deleted since the region was last found to be large.
    deleted: usize,
    /// How many stacks were watched so far, and how many calls that has cost.
    begun: usize,
    spent: usize,
    /// The least time between two looks, as things are.
    wait: Duration,
    /// When the last look ended.
    last: Instant,
}

impl Task {
    async fn run(mut self, mut incoming: UnboundedReceiver<(Watch, UnboundedSender<Watched>)>) {
        let mut open = true;
        while open || !self.watched.is_empty() || !self.aside.is_empty() {
            let next = self.next_look();
            tokio::select! {
                request = incoming.recv(), if open => match request {
                    Some((watch, told)) => {
                        self.watched.push(Entry::new(watch, told));
                        self.begun += 1;
                    }
                    None => open = false,
                },
                Some(found) = self.aside.join_next() => match found {
                    Ok(Found::Still(entry)) => self.watched.push(*entry),
                    Ok(Found::Over(took)) => self.learn(took),
                    // A fault of ours: who listens finds the channel closed.
                    Err(_) => {}
                },
                () = tokio::time::sleep_until(next), if !self.watched.is_empty() => self.look().await,
            }
        }
    }

    fn learn(&mut self, took: Option<(Call, Duration)>) {
        if let Some((call, took)) = took {
            let shortest = self.shortest.entry(call).or_insert(took);
            *shortest = took.min(*shortest);
            self.deleted += usize::from(call == Call::Delete);
        }
        // By now what is left may fit one page.
        if self.deleted >= HEAVY / 2 && matches!(self.question, Question::Running | Question::HeavyRegion) {
            (self.question, self.deleted) = (Question::Region, 0);
        }
    }

    /// When the first of the stacks wants to be looked at; a look is then one at all of them.
    fn next_look(&self) -> Instant {
        let calls = match self.question() {
            Question::Each => self.watched.len(),
            _ => 1,
        };
        let alone = self.watched.len() + self.aside.len() <= 1;
        let wait = if alone { pace::ALONE.min(self.habits.looks.1) } else { self.wait };
        let floor = pace::floor(wait, calls, self.connection.inner.budget.rate());
        let wanted = self.watched.iter().map(|entry| {
            let shortest = self.shortest.get(&entry.watch.call).copied();
            entry.looked + pace::patience(entry.age(), shortest, floor) + self.habits.doubt * entry.unproven
        });
        wanted.min().unwrap_or(self.last).max(self.last + floor)
    }

    /// The cheapest question about what is watched now.
    fn question(&self) -> Question {
        let scarce = self.connection.inner.budget.rate().is_some();
        match self.question {
            Question::Each => Question::Each,
            _ if self.watched.len() == 1 => Question::Each,
            Question::HeavyRegion if !scarce => Question::Running,
            question => question,
        }
    }

    async fn look(&mut self) {
        self.watched.retain(Entry::has_listener);
        if !self.watched.is_empty() {
            self.fetch_some_events();
            let answer = match self.question() {
                Question::Each => {
                    self.look_at_each();
                    Ok(())
                }
                Question::Running => self.look_at_what_runs().await,
                Question::Region | Question::HeavyRegion => self.look_at_the_region().await,
            };
            match answer {
                Ok(()) => {}
                // Not everybody may ask for all stacks.
                Err(CloudError::Denied { .. }) => {
                    self.question = match self.question {
                        Question::Region | Question::HeavyRegion => Question::Running,
                        Question::Running | Question::Each => Question::Each,
                    };
                }
                Err(error) => self.watched.retain_mut(|entry| !entry.fail(&error)),
            }
        }
        let (briefest, longest) = self.habits.looks;
        let many = self.watched.len() + self.aside.len() > MANY;
        let limits = (if many { briefest * 4 / 5 } else { briefest }, longest);
        self.wait = pace::drift(self.wait, limits, self.spent, self.begun);
        self.last = Instant::now();
    }

    /// Looks aside into whether a stack has ended; `found`: how it stands, if that is known.
    fn conclude(&mut self, entry: Entry, found: Option<StackSnapshot>) {
        self.spent += usize::from(found.is_none());
        self.aside.spawn(entry.conclude(self.connection.clone(), found));
    }

    fn look_at_each(&mut self) {
        for entry in std::mem::take(&mut self.watched) {
            self.conclude(entry, None);
        }
    }

    async fn look_at_what_runs(&mut self) -> Result<(), CloudError> {
        self.spent += 1;
        let running = self.connection.in_progress().await?;
        let ended = self.watched.iter().filter(|entry| !running.contains(&entry.watch.stack)).count();
        // One page tells of them all.
        if ended >= SEVERAL && self.question == Question::HeavyRegion {
            return self.look_at_the_region().await;
        }
        let now = Instant::now();
        for mut entry in std::mem::take(&mut self.watched) {
            if running.contains(&entry.watch.stack) {
                entry.runs(now);
                self.watched.push(entry);
            } else {
                self.conclude(entry, None);
            }
        }
        Ok(())
    }

    async fn look_at_the_region(&mut self) -> Result<(), CloudError> {
        self.spent += 1;
        let (stacks, next) = self.connection.stacks_page(None).await?;
        self.question = match (next, stacks.len()) {
            (Some(_), _) => Question::Running,
            (None, count) if count > HEAVY => Question::HeavyRegion,
            (None, _) => Question::Region,
        };
        // What is not on the page is gone, or on another one, or not known yet.
        let whole = self.question != Question::Running;
        let mut stacks: HashMap<String, StackSnapshot> =
            stacks.into_iter().map(|stack| (stack.id.clone(), stack)).collect();
        self.deleted = 0;
        let now = Instant::now();
        for mut entry in std::mem::take(&mut self.watched) {
            let found = stacks.remove(&entry.watch.stack);
            match found {
                Some(stack)
                    if stack.status.ends_with("_IN_PROGRESS") && stack.status != "REVIEW_IN_PROGRESS" =>
                {
                    entry.runs(now);
                    self.watched.push(entry);
                }
                None if !whole => self.watched.push(entry),
                None if entry.was_being_deleted() => {
                    let gone = Some(StackSnapshot::gone(&entry.watch.stack));
                    self.conclude(entry, gone);
                }
                found => self.conclude(entry, found),
            }
        }
        Ok(())
    }

    /// Fetches the events of those stacks that have waited longest for it, while they run. Between two fetches there is
    /// a look at the stack, or its end would never be seen where looks are further apart than fetches.
    fn fetch_some_events(&mut self) {
        let most = if self.connection.inner.budget.rate().is_some() { 1 } else { self.habits.events };
        let now = Instant::now();
        self.watched.sort_by_key(|entry| entry.fetched);
        for _ in 0..most {
            let due = self.watched.iter().position(|entry| {
                entry.watch.looks == Look::Live
                    && entry.looked > entry.fetched
                    && now.duration_since(entry.fetched) >= self.habits.between
            });
            let Some(due) = due else { return };
            let entry = self.watched.remove(due);
            self.aside.spawn(entry.follow(self.connection.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
