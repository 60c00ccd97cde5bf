//! The thread that owns an operation: it decides which stack starts when, puts everything that happens in
//! one line, and writes it down before anybody hears of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use skydeck_model::event::{OperationView, StackEnd, StackTurn};
use skydeck_model::{
    DeploymentStatus, Event, EventKind, OperationKind, OperationOutcome, StackKey, StackOutcome, StackStatus,
    status,
};
use skydeck_store::StoreError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Running;
use super::journal::Journal;
use super::worker::{Message, Work, WorkEnd};
use crate::engine::{Inner, Options};
use crate::error::EngineError;

/// How many stacks run at once where nobody says otherwise.
const PARALLEL: u32 = 8;

/// Why nothing further is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The user called the operation off.
    Cancelled,
    /// `--stop-on-failure`, and a stack failed.
    OnFailure,
    /// The disk does not take what has to be written before a stack starts.
    Disk,
}

pub(crate) struct Run {
    inner: Arc<Inner>,
    journal: Journal,
    deployment: String,
    kind: OperationKind,
    /// The deployment's status before the operation.
    before: DeploymentStatus,
    /// The stacks' statuses before the operation.
    statuses: BTreeMap<StackKey, StackStatus>,
    /// Stacks whose turn has not come, in a valid order.
    waiting: Vec<StackTurn>,
    started: BTreeMap<StackKey, Instant>,
    ended: BTreeMap<StackKey, StackOutcome>,
    parallel: usize,
    stop_on_failure: bool,
    stop: Option<Stop>,
    work: Arc<Work>,
}

impl Run {
    pub(crate) fn new(
        inner: &Arc<Inner>,
        journal: Journal,
        turns: Vec<StackTurn>,
        work: Work,
        options: &Options,
        (before, kind): (DeploymentStatus, OperationKind),
    ) -> Self {
        let parallel = options.parallel.unwrap_or(PARALLEL).max(1);
        Self {
            inner: Arc::clone(inner),
            statuses: journal.statuses().unwrap_or_default(),
            journal,
            deployment: work.deployment_id().to_string(),
            kind,
            before,
            waiting: turns,
            started: BTreeMap::new(),
            ended: BTreeMap::new(),
            parallel: usize::try_from(parallel).unwrap_or(usize::MAX),
            stop_on_failure: options.stop_on_failure,
            stop: None,
            work: Arc::new(work),
        }
    }

    /// Runs on a thread of its own, since it waits for the disk again and again.
    pub(crate) fn spawn(
        self,
        messages: UnboundedSender<Message>,
        inbox: UnboundedReceiver<Message>,
    ) -> Result<Running, EngineError> {
        let view: Arc<Mutex<OperationView>> = self.journal.view();
        let (over, ended) = watch::channel(false);
        let runtime = tokio::runtime::Handle::current();
        let name = format!("operation on {}", self.deployment);
        std::thread::Builder::new()
            .name(name)
            .spawn(move || {
                let _runtime = runtime.enter();
                self.run(inbox);
                let _ = over.send(true);
            })
            .map_err(|error| EngineError::Setting(format!("no thread can be started: {error}")))?;
        Ok(Running { view, messages, ended })
    }

    fn run(mut self, mut inbox: UnboundedReceiver<Message>) {
        loop {
            self.start_what_can();
            if self.waiting.is_empty() && self.started.is_empty() {
                break;
            }
            match inbox.blocking_recv() {
                Some(message) => self.take(message),
                None => break,
            }
        }
        self.end();
    }

    /// Starts every stack whose turn has come, and skips those whose turn will not come any more.
    fn start_what_can(&mut self) {
        let mut index = 0;
        while index < self.waiting.len() {
            if let Some(reason) = self.reason_to_skip(&self.waiting[index]) {
                let turn = self.waiting.remove(index);
                self.skip(turn.key, reason);
                // Those that wait for it stand behind it.
            } else if self.started.len() < self.parallel && self.is_ready(&self.waiting[index]) {
                let turn = self.waiting.remove(index);
                self.started.insert(turn.key.clone(), Instant::now());
                self.work.start(turn.key, self.kind.direction());
            } else {
                index += 1;
            }
        }
    }

    fn is_ready(&self, turn: &StackTurn) -> bool {
        turn.waits_for.iter().all(|key| self.ended.get(key).is_some_and(|outcome| outcome.is_success()))
    }

    fn reason_to_skip(&self, turn: &StackTurn) -> Option<String> {
        let in_the_way = turn.waits_for.iter().find_map(|key| {
            let outcome = self.ended.get(key).filter(|outcome| !outcome.is_success())?;
            Some(format!("{} {}", key.stack, verb(*outcome)))
        });
        in_the_way.or_else(|| {
            let reason = match self.stop? {
                Stop::Cancelled => "the operation was cancelled",
                Stop::OnFailure => "another stack failed, and this operation stops at the first failure",
                Stop::Disk => "the deployment's files cannot be written",
            };
            Some(reason.to_owned())
        })
    }

    fn skip(&mut self, key: StackKey, reason: String) {
        self.ended.insert(key.clone(), StackOutcome::Skipped);
        let end = StackEnd {
            key,
            outcome: StackOutcome::Skipped,
            status: None,
            reason: Some(reason),
            cloudformation_status: None,
            outputs: BTreeMap::new(),
            seconds: 0.0,
        };
        // A skipped stack keeps its entry in the state file as it is.
        let event = self.record(EventKind::StackEnded(end));
        self.inner.tell(&event, &self.deployment);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Announce { key, action, resources, go } => {
                let event = self.record(EventKind::StackStarted { key: key.clone(), action, resources });
                let written = self.journal.stack_started(&key, status::stack_at_start(self.kind.direction()));
                self.mind(written);
                self.inner.tell(&event, &self.deployment);
                // Written down before the call that it announces: without that there is no call.
                let _ = go.send(self.stop != Some(Stop::Disk));
            }
            Message::Happened(kind) => {
                let event = self.record(kind);
                self.inner.tell(&event, &self.deployment);
            }
            Message::Ended(end) => self.stack_ended(*end),
            Message::Cancel => self.cancel(),
        }
    }

    fn cancel(&mut self) {
        let running_too = self.stop == Some(Stop::Cancelled);
        self.stop = Some(Stop::Cancelled);
        if running_too {
            self.work.cancel_running();
        }
        let event = self.record(EventKind::CancelRequested { running_too });
        self.inner.tell(&event, &self.deployment);
    }

    fn stack_ended(&mut self, end: WorkEnd) {
        let started = self.started.remove(&end.key);
        self.ended.insert(end.key.clone(), end.outcome);
        if end.outcome == StackOutcome::Failed && self.stop_on_failure && self.stop.is_none() {
            self.stop = Some(Stop::OnFailure);
        }
        let before = self.statuses.get(&end.key).copied();
        let status = end.status_if_touched(status::stack_at_end(self.kind.direction(), end.outcome, before));
        let (id, cloudformation_status, outputs) = match end.snapshot {
            Some(snapshot) => (Some(snapshot.id), Some(snapshot.status), snapshot.outputs),
            None => (None, None, BTreeMap::new()),
        };
        let event = self.record(EventKind::StackEnded(StackEnd {
            key: end.key,
            outcome: end.outcome,
            status,
            reason: end.reason,
            cloudformation_status,
            outputs,
            seconds: started.map_or(0.0, |at| at.elapsed().as_secs_f64()),
        }));
        if let EventKind::StackEnded(end) = &event.kind {
            let written = self.journal.stack_ended(end, id);
            self.mind(written);
        }
        self.inner.tell(&event, &self.deployment);
    }

    fn end(mut self) {
        let outcomes: Vec<StackOutcome> = self.ended.values().copied().collect();
        let outcome =
            OperationOutcome::of(self.kind.direction(), &outcomes, self.stop == Some(Stop::Cancelled));
        let anything_left = self
            .journal
            .statuses()
            .map_or(true, |statuses| statuses.values().any(|status| status::may_exist(*status)));
        let status = status::deployment_at_end(self.kind, self.before, &outcomes, anything_left);
        let event = self
            .record(EventKind::OperationEnded { outcome, deployment_status: status.unwrap_or(self.before) });
        let written = self.journal.operation_ended(status);
        self.mind(written);
        let Self { inner, journal, deployment, .. } = self;
        // Free before anybody hears that it is over: whoever does may start the next at once.
        drop(journal);
        inner.running().remove(&event.operation);
        inner.tell(&event, &deployment);
    }

    fn record(&mut self, kind: EventKind) -> Event {
        let (event, written) = self.journal.append(kind);
        self.mind(written);
        event
    }

    /// A disk that does not take what happens: what runs at CloudFormation is still followed, nothing new
    /// is started, and whoever watches is told once.
    fn mind(&mut self, written: Result<(), StoreError>) {
        let Err(error) = written else {
            return;
        };
        if self.stop != Some(Stop::Disk) {
            self.stop = Some(Stop::Disk);
            let (event, _) = self.journal.append(EventKind::Warning { message: error.to_string() });
            self.inner.tell(&event, &self.deployment);
        }
    }
}

fn verb(outcome: StackOutcome) -> &'static str {
    match outcome {
        StackOutcome::Failed => "failed",
        StackOutcome::Skipped => "was skipped",
        StackOutcome::Cancelled => "was cancelled",
        StackOutcome::Succeeded | StackOutcome::Unchanged => "succeeded",
    }
}
