//! One stack that is watched: what is known of it, what is told of it, and when its end is believed.

use std::collections::HashSet;
use std::time::Duration;

use chrono::Utc;
use skydeck_model::cloudformation::{self, Standing};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::{Call, Look, Watch, Watched};
use crate::budget::Kind;
use crate::calls::events::{CloudEvent, OLD};
use crate::connection::Connection;
use crate::error::CloudError;
use crate::snapshot::StackSnapshot;

pub(super) struct Entry {
    pub(super) watch: Watch,
    told: UnboundedSender<Watched>,
    /// When the call was made.
    since: Instant,
    /// When it was last looked at.
    pub(super) looked: Instant,
    /// When its events were last fetched.
    pub(super) fetched: Instant,
    /// Whether something ran on it since the call.
    ran: bool,
    /// Events that were told, by id.
    seen: HashSet<String>,
    /// Statuses of the stack itself that events of our call have told.
    ours: HashSet<String>,
    /// How many times in a row the stack was found at rest without proof.
    pub(super) unproven: u32,
    /// Whether it was told that CloudFormation does not answer.
    delayed: bool,
    /// Whether the stack's events cannot be read, so that none can prove anything.
    blind: bool,
}

/// What became of looking into an end.
pub(super) enum Found {
    /// It goes on to be watched.
    Still(Box<Entry>),
    /// All is told. The call, and how long it took, where it came to its end.
    Over(Option<(Call, Duration)>),
}

/// How many times in a row a stack must be found at rest, without a sign of our call, until that is believed.
const LOOKS: u32 = 20;

impl Entry {
    pub(super) fn new(watch: Watch, told: UnboundedSender<Watched>) -> Self {
        let now = Instant::now();
        let ago = (Utc::now() - watch.called_at).to_std().unwrap_or_default();
        Self {
            watch,
            told,
            since: now.checked_sub(ago).unwrap_or(now),
            looked: now,
            fetched: now,
            ran: false,
            seen: HashSet::new(),
            ours: HashSet::new(),
            unproven: 0,
            delayed: false,
            blind: false,
        }
    }

    /// How long the call had run at the last look.
    pub(super) fn age(&self) -> Duration {
        self.looked.duration_since(self.since)
    }

    pub(super) fn has_listener(&self) -> bool {
        !self.told.is_closed()
    }

    /// Whether its deletion was seen to be under way: where the stack is not any more, it has come to its end.
    pub(super) fn was_being_deleted(&self) -> bool {
        self.watch.call == Call::Delete && self.ran
    }

    /// It was seen to be under way.
    pub(super) fn runs(&mut self, now: Instant) {
        (self.looked, self.ran, self.delayed, self.unproven) = (now, true, false, 0);
    }

    /// Passing trouble is told once and waited out; whether it is the end.
    pub(super) fn fail(&mut self, error: &CloudError) -> bool {
        self.looked = Instant::now();
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

    /// Looks into whether the call has come to its end. `found`: how the stack stands, if somebody has asked.
    pub(super) async fn conclude(mut self, connection: Connection, found: Option<StackSnapshot>) -> Found {
        let found = match found {
            Some(snapshot) => Ok(Some(snapshot)),
            None => connection.describe(&self.watch.stack).await,
        };
        let snapshot = match found {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) if self.watch.call == Call::Delete => StackSnapshot::gone(&self.watch.stack),
            // Just created, and this answer does not know it yet.
            Ok(None) if self.is_not_yet_believed() => return self.still(),
            Ok(None) => {
                self.tell(Watched::Lost(CloudError::Absent("the stack is not there any more".to_owned())));
                return Found::Over(None);
            }
            Err(error) if self.fail(&error) => return Found::Over(None),
            Err(_) => return self.still(),
        };
        self.delayed = false;
        let Some(outcome) = cloudformation::outcome(&snapshot.status, self.watch.call.direction()) else {
            return self.not_at_its_end(snapshot);
        };
        let took = self.since.elapsed();
        let proven = self.is_proven_by(&snapshot);
        if !proven || !outcome.is_success() || self.watch.looks == Look::Live {
            self.fetch_events(&connection, Kind::Question).await;
        }
        if !proven && !self.ours.contains(&snapshot.status) {
            if self.is_not_yet_believed() {
                return self.still();
            }
            // No event can tell otherwise, and CloudFormation has accepted the call.
            if !self.blind {
                self.tell(Watched::Overtaken(snapshot));
                return Found::Over(None);
            }
        }
        self.tell(Watched::Ended(outcome, snapshot));
        if outcome.is_success() && self.watch.looks == Look::AtEnd {
            self.fetch_events(&connection, Kind::Detail).await;
        }
        Found::Over(Some((self.watch.call, took)))
    }

    /// Something runs on it; or nothing has begun yet, and may never.
    fn not_at_its_end(mut self, snapshot: StackSnapshot) -> Found {
        if cloudformation::standing(&snapshot.status) == Standing::Busy {
            self.runs(Instant::now());
        } else if !self.is_not_yet_believed() {
            self.tell(Watched::Overtaken(snapshot));
            return Found::Over(None);
        }
        self.still()
    }

    fn still(mut self) -> Found {
        self.looked = Instant::now();
        Found::Still(Box::new(self))
    }

    /// Fetches events while the stack runs.
    pub(super) async fn follow(mut self, connection: Connection) -> Found {
        self.fetch_events(&connection, Kind::Detail).await;
        self.fetched = Instant::now();
        Found::Still(Box::new(self))
    }

    async fn fetch_events(&mut self, connection: &Connection, kind: Kind) {
        let (seen, oldest) = (&self.seen, self.watch.called_at - OLD);
        let known = |event: &CloudEvent| seen.contains(&event.id) || event.at < oldest;
        let events = match connection.events_of_kind(&self.watch.stack, kind, known).await {
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
        let Watch { token, called_at, .. } = &self.watch;
        let ours = events.into_iter().filter(|event| event.belongs_to(Some(token), *called_at));
        for event in ours.collect::<Vec<_>>() {
            self.seen.insert(event.id.clone());
            if event.is_stack {
                self.ours.insert(event.status.clone());
            }
            self.tell(Watched::Event(event));
        }
    }

    /// DescribeStacks may lag: right after a call it can still give the end of the call before. That this is the end of
    /// ours shows where something ran since, or the stack was updated since. A new stack has no call before; a deleted
    /// one cannot come back. What remains is proven by events: one of ours must have told this status.
    fn is_proven_by(&self, snapshot: &StackSnapshot) -> bool {
        match self.watch.call {
            Call::Create => true,
            _ if self.ran || snapshot.status == "DELETE_COMPLETE" => true,
            Call::Update | Call::Rollback => snapshot.last_updated != self.watch.updated_before,
            Call::Delete => false,
        }
    }

    /// Counts one look that proved nothing.
    fn is_not_yet_believed(&mut self) -> bool {
        self.unproven += 1;
        self.unproven < LOOKS
    }

    fn tell(&self, what: Watched) {
        // Nobody listens any more: the entry is dropped at the next look.
        let _ = self.told.send(what);
    }
}
