//! One task that watches every running stack of a connection. A tick is one ListStacks call filtered to
//! what is in progress; a stack that is no longer in it has ended and is described by itself. So the cost
//! of a tick does not grow with the number of stacks. Events are fetched a few stacks at a time while they
//! run, and to the last one when they end.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use skydeck_model::cloudformation;
use skydeck_model::operation::Direction;
use skydeck_model::{StackOutcome, Target};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::calls::events::{CloudEvent, OLD};
use crate::connection::Connection;
use crate::error::CloudError;
use crate::snapshot::StackSnapshot;

/// The call whose end is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// CreateStack: whatever this new stack comes to is its end.
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
    /// When it has ended: a success is told first and its events after that, so that nobody waits for them.
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
    /// The stack's LastUpdatedTime before the call.
    pub updated_before: Option<DateTime<Utc>>,
    /// When its events are fetched.
    pub looks: Look,
}

/// What the watcher tells of one stack.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// CloudFormation's next event.
    Event(CloudEvent),
    /// The watcher had to wait, or to do without events: CloudFormation did not answer, asked to be asked less,
    /// or does not allow it. Told once until it answers again.
    Delayed(CloudError),
    /// The call came to its end. The last thing told.
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

/// How long a tick waits at least and at most. Users report about 5 DescribeStacks calls a second and
/// account as the limit of AWS; the sandbox has none, and its stacks end within seconds.
struct Pace {
    shortest: Duration,
    longest: Duration,
    /// Stacks whose events are fetched in one tick.
    events: usize,
}

impl Pace {
    fn of(target: Target) -> Self {
        match target {
            Target::Aws => {
                Self { shortest: Duration::from_millis(500), longest: Duration::from_secs(5), events: 2 }
            }
            Target::Sandbox => {
                Self { shortest: Duration::from_millis(100), longest: Duration::from_millis(250), events: 16 }
            }
        }
    }
}

/// How many times in a row a stack must be found at rest, without an event of our call that says so, until
/// that is believed.
const LOOKS: u32 = 20;

impl Watcher {
    /// Starts a watcher; it ends when the last clone of the handle is dropped.
    pub fn start(connection: Connection) -> Self {
        let (requests, incoming) = unbounded_channel();
        let pace = Pace::of(connection.target());
        tokio::spawn(Task { connection, pace, incoming, watched: Vec::new(), turn: 0 }.run());
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

struct Entry {
    watch: Watch,
    told: UnboundedSender<Watched>,
    seen: HashSet<String>,
    /// Statuses of the stack itself that events of our call have told.
    ours: HashSet<String>,
    /// How many times in a row the stack was found at rest without proof.
    unproven: u32,
    delayed: bool,
    /// Whether the stack's events cannot be read, so that none can prove anything.
    blind: bool,
}

struct Task {
    connection: Connection,
    pace: Pace,
    incoming: UnboundedReceiver<(Watch, UnboundedSender<Watched>)>,
    watched: Vec<Entry>,
    /// Where the round of fetching events goes on.
    turn: usize,
}

impl Task {
    async fn run(mut self) {
        let mut wait = self.pace.shortest;
        let mut next = Instant::now();
        loop {
            tokio::select! {
                request = self.incoming.recv() => match request {
                    Some((watch, told)) => {
                        self.watched.push(Entry {
                            watch, told, seen: HashSet::new(), ours: HashSet::new(), unproven: 0, delayed: false, blind: false,
                        });
                        wait = self.pace.shortest;
                        next = next.min(Instant::now() + wait);
                    }
                    None if self.watched.is_empty() => return,
                    None => tokio::time::sleep_until(next).await,
                },
                () = tokio::time::sleep_until(next), if !self.watched.is_empty() => {}
            }
            if self.watched.is_empty() || Instant::now() < next {
                continue;
            }
            self.watched.retain(|entry| !entry.told.is_closed());
            let before = self.watched.len();
            let answered = self.tick().await;
            let moved = answered && self.watched.len() < before;
            wait = if moved { self.pace.shortest } else { (wait * 3 / 2).min(self.pace.longest) };
            next = Instant::now() + wait;
        }
    }

    /// One round of questions; whether CloudFormation answered.
    async fn tick(&mut self) -> bool {
        let running = match self.connection.in_progress().await {
            Ok(running) => running,
            Err(error) => {
                self.watched.retain_mut(|entry| !entry.fail(&error));
                return false;
            }
        };
        self.fetch_some_events().await;
        let mut index = 0;
        while index < self.watched.len() {
            let ended = self.look(index, &running).await;
            if ended {
                self.watched.swap_remove(index);
            } else {
                index += 1;
            }
        }
        true
    }

    async fn fetch_some_events(&mut self) {
        let count = self.watched.len();
        for _ in 0..self.pace.events.min(count) {
            self.turn = (self.turn + 1) % count;
            self.watched[self.turn].fetch_events(&self.connection).await;
        }
    }

    /// Whether this stack has come to its end, or to where nothing more can be known.
    async fn look(&mut self, index: usize, running: &HashSet<String>) -> bool {
        let entry = &mut self.watched[index];
        if running.contains(&entry.watch.stack) {
            entry.delayed = false;
            entry.unproven = 0;
            return false;
        }
        let snapshot = match self.connection.describe(&entry.watch.stack).await {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) if entry.watch.call == Call::Delete => StackSnapshot::gone(&entry.watch.stack),
            // Just created, and this answer does not know it yet.
            Ok(None) if entry.is_not_yet_believed() => return false,
            Ok(None) => {
                entry.tell(Watched::Lost(CloudError::Rejected("the stack is not there any more".to_owned())));
                return true;
            }
            Err(error) => return entry.fail(&error),
        };
        let Some(outcome) = entry.watch.call.outcome(&snapshot.status) else {
            return false;
        };
        entry.fetch_events(&self.connection).await;
        if entry.is_end_of_our_call(&snapshot.status) {
            entry.tell(Watched::Ended(outcome, snapshot));
            return true;
        }
        if entry.is_not_yet_believed() {
            return false;
        }
        entry.tell(if entry.blind {
            // No event can tell otherwise, and CloudFormation has accepted the call.
            Watched::Ended(outcome, snapshot)
        } else {
            Watched::Overtaken(snapshot)
        });
        true
    }
}

impl Call {
    fn outcome(&self, status: &str) -> Option<StackOutcome> {
        match self {
            Self::Create | Self::Update => cloudformation::outcome(status, Direction::Up),
            Self::Delete => cloudformation::outcome(status, Direction::Down),
            Self::Rollback => cloudformation::outcome(status, Direction::Back),
        }
    }
}

impl Entry {
    fn tell(&self, what: Watched) {
        // Nobody listens any more: the entry is dropped at the next tick.
        let _ = self.told.send(what);
    }

    /// Passing trouble is told once and waited out; whether it is the end.
    fn fail(&mut self, error: &CloudError) -> bool {
        if !error.is_passing() {
            self.tell(Watched::Lost(error.clone()));
            return true;
        }
        if !self.delayed {
            self.tell(Watched::Delayed(error.clone()));
        }
        self.delayed = true;
        false
    }

    async fn fetch_events(&mut self, connection: &Connection) {
        let (seen, oldest) = (&self.seen, self.watch.called_at - OLD);
        let known = |event: &CloudEvent| seen.contains(&event.id) || event.at < oldest;
        let events = match connection.events(&self.watch.stack, known).await {
            Ok(events) => events,
            Err(error) if error.is_passing() => return,
            Err(error) => {
                if !self.blind {
                    self.tell(Watched::Delayed(error));
                }
                self.blind = true;
                return;
            }
        };
        for event in
            events.into_iter().filter(|event| event.belongs_to(Some(&self.watch.token), self.watch.called_at))
        {
            self.seen.insert(event.id.clone());
            if event.is_stack {
                self.ours.insert(event.status.clone());
            }
            self.tell(Watched::Event(event));
        }
    }

    /// Counts one look that proved nothing.
    fn is_not_yet_believed(&mut self) -> bool {
        self.unproven += 1;
        self.unproven < LOOKS
    }

    /// DescribeStacks may lag: right after a call it can still give the end of the call before. So the
    /// status must be one that an event of ours has told. A new stack has no call before; a deleted one
    /// cannot come back.
    fn is_end_of_our_call(&self, status: &str) -> bool {
        self.watch.call == Call::Create || status == "DELETE_COMPLETE" || self.ours.contains(status)
    }
}
