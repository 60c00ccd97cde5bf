//! The thread that owns an operation: it decides which stack starts when, puts everything that happens in
//! one line, and writes it down before anybody hears of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use skydeck_cloudformation::Login;
use skydeck_model::event::{Actor, Approval, Pause, StackEnd, StackTurn};
use skydeck_model::{
    DeploymentStatus, EnvironmentName, Event, EventKind, OperationId, OperationKind, StackKey, StackOutcome,
    StackStatus, status,
};
use skydeck_store::StoreError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::Running;
use super::ear::{CallToCancel, Ear};
use super::journal::{Journal, Mark, StackNews};
use super::meter::Meter;
use super::worker::{Message, Work, WorkEnd};
use crate::engine::{Inner, Options};
use crate::error::EngineError;
use crate::tag::Tag;

/// How many messages are taken at once at most, so that nobody waits long for what is written of the first.
const TOGETHER: usize = 256;

/// Why nothing further is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The user called the operation off.
    Cancelled,
    /// `--stop-on-failure`, and a stack failed.
    OnFailure,
    /// What became of a stack is not known.
    Lost,
}

/// What has happened and is not yet written down. Nobody hears of it before.
#[derive(Default)]
struct Unwritten {
    events: Vec<EventKind>,
    /// Of the stacks whose ends are among the events and change their entries in the state file.
    marks: BTreeMap<StackKey, Mark>,
    /// Stacks that are about to be changed. Their workers wait: true once that is written down.
    announced: Vec<(StackKey, oneshot::Sender<bool>)>,
    /// What the user answered, for the workers that asked.
    answers: Vec<(oneshot::Sender<bool>, bool)>,
}

pub(crate) struct Run {
    inner: Arc<Inner>,
    journal: Journal,
    unwritten: Unwritten,
    deployment: String,
    kind: OperationKind,
    /// The deployment's status before the operation.
    before: DeploymentStatus,
    /// The stacks' statuses before the operation.
    statuses: BTreeMap<StackKey, StackStatus>,
    /// Stacks whose turn has not come, in a valid order.
    waiting: Vec<StackTurn>,
    started: BTreeMap<StackKey, Instant>,
    /// Stacks that wait for an answer of the user; they take no place from others.
    asked: BTreeMap<StackKey, oneshot::Sender<bool>>,
    ended: BTreeMap<StackKey, StackOutcome>,
    parallel: usize,
    stop_on_failure: bool,
    stop: Option<Stop>,
    /// Whether the disk did not take something that had to be written: nothing further is started.
    disk_fails: bool,
    called_off: bool,
    /// The manifest that it goes by.
    manifest: String,
    meter: Arc<Meter>,
    work: Arc<Work>,
}

impl Run {
    pub(crate) fn new(
        inner: &Arc<Inner>,
        mut journal: Journal,
        turns: Vec<StackTurn>,
        work: Work,
        options: &Options,
        (before, kind): (DeploymentStatus, OperationKind),
        manifest: String,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            statuses: journal.statuses().unwrap_or_default(),
            journal,
            unwritten: Unwritten::default(),
            deployment: work.deployment_id().to_string(),
            kind,
            before,
            waiting: turns,
            started: BTreeMap::new(),
            asked: BTreeMap::new(),
            ended: BTreeMap::new(),
            parallel: usize::try_from(options.pace().parallel()).unwrap_or(usize::MAX),
            stop_on_failure: options.stop_on_failure,
            stop: None,
            disk_fails: false,
            called_off: false,
            manifest,
            meter: Arc::new(Meter::start(work.connections())),
            work: Arc::new(work),
        }
    }

    /// Starts the operation on a thread of its own, since it waits for the disk again and again. `begun`:
    /// its first events, told before any other.
    ///
    /// # Errors
    /// Where the system gives no thread; what was written for the start is taken back.
    pub(crate) fn spawn(
        self,
        messages: UnboundedSender<Message>,
        inbox: UnboundedReceiver<Message>,
        begun: &[Event],
    ) -> Result<(), EngineError> {
        let (over, ended) = watch::channel(false);
        let (inner, deployment) = (Arc::clone(&self.inner), self.deployment.clone());
        let connections = self.work.connections();
        let folder = self.journal.folder().clone();
        let operation = self.journal.operation().clone();
        hear_calls_to_cancel(Ear::new(folder, operation.clone(), 0), messages.clone(), ended.clone());
        tell_progress(Arc::clone(&inner), operation.clone(), ended.clone());
        let meter = Arc::clone(&self.meter);
        let handle = Running { view: self.journal.view(), messages, ended, connections, meter };
        inner.running().insert(operation.clone(), handle);
        begun.iter().for_each(|event| inner.tell(event, &deployment));
        let runtime = tokio::runtime::Handle::current();
        let started =
            std::thread::Builder::new().name(format!("operation on {deployment}")).spawn(move || {
                let _runtime = runtime.enter();
                self.run(inbox);
                let _ = over.send(true);
            });
        started.map(drop).map_err(|error| {
            inner.running().remove(&operation);
            EngineError::Setting(format!(
                "no thread can be started: {error}; close some programs and try again"
            ))
        })
    }

    fn run(mut self, mut inbox: UnboundedReceiver<Message>) {
        let mut messages = Vec::new();
        loop {
            self.start_what_can();
            self.write_down();
            if self.started.is_empty() && (self.waiting.is_empty() || self.stop == Some(Stop::Lost)) {
                break;
            }
            // Whatever waits is taken together: the files are written once for all of it.
            if inbox.blocking_recv_many(&mut messages, TOGETHER) == 0 {
                break;
            }
            messages.drain(..).for_each(|message| self.take(message));
            self.write_down();
        }
        if self.stop == Some(Stop::Lost) { self.leave_open() } else { self.end() }
    }

    /// Starts every stack whose turn has come, and skips those whose turn will not come any more.
    fn start_what_can(&mut self) {
        if self.stop == Some(Stop::Lost) {
            return;
        }
        let mut index = 0;
        while index < self.waiting.len() {
            if let Some(reason) = self.reason_to_skip(&self.waiting[index]) {
                let turn = self.waiting.remove(index);
                self.skip(turn.key, reason);
                // Those that wait for it stand behind it.
            } else if self.started.len() - self.asked.len() < self.parallel
                && self.is_ready(&self.waiting[index])
            {
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
            let reason = match self.stop {
                Some(Stop::Lost) => return None,
                Some(Stop::Cancelled) => "the operation was cancelled",
                Some(Stop::OnFailure) => {
                    "another stack failed, and this operation stops at the first failure"
                }
                None if self.disk_fails => "the deployment's files cannot be written",
                None => return None,
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
            protected: false,
            outputs: BTreeMap::new(),
            seconds: 0.0,
        };
        // A skipped stack keeps its entry in the state file as it is.
        self.record(EventKind::StackEnded(end));
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Announce { key, go } => self.unwritten.announced.push((key, go)),
            Message::Happened(kind) => self.record(kind),
            Message::Ask { approval, answer } => self.ask(*approval, answer),
            Message::Answer { key, approved } => self.answer(key, approved),
            Message::Login { environment, login } => self.login(environment, &login),
            Message::Ended(end) => self.stack_ended(*end),
            Message::Lost { key, reason } => {
                self.started.remove(&key);
                self.stop = Some(Stop::Lost);
                self.record(EventKind::Warning { message: format!("{key}: {reason}") });
            }
            Message::Cancel { by, running_too } => self.cancel(by, running_too),
        }
    }

    fn ask(&mut self, approval: Approval, answer: oneshot::Sender<bool>) {
        let key = approval.review.key.clone();
        self.record(EventKind::ApprovalNeeded(approval));
        self.asked.insert(key.clone(), answer);
        if self.called_off {
            self.answer(key, false);
        }
    }

    fn answer(&mut self, key: StackKey, approved: bool) {
        // Answered twice, or by a front end that shows what has passed.
        let Some(answer) = self.asked.remove(&key) else { return };
        self.record(EventKind::ApprovalGiven { key, approved });
        self.unwritten.answers.push((answer, approved));
    }

    fn login(&mut self, environment: EnvironmentName, login: &Login) {
        self.record(match login {
            Login::Needed(error) => {
                let command = error.login_command().map(str::to_owned);
                EventKind::Paused(Pause { environment, reason: error.to_string(), command })
            }
            Login::Done => EventKind::Resumed { environment },
        });
    }

    fn cancel(&mut self, by: Option<Actor>, running_too: bool) {
        // Whoever asks for the same step again does not ask for the next one.
        let known = if running_too { self.work.cancel_running.is_cancelled() } else { self.called_off };
        if known {
            return;
        }
        self.called_off = true;
        self.stop = self.stop.or(Some(Stop::Cancelled));
        if running_too {
            self.work.cancel_running();
        }
        self.record(EventKind::CancelRequested { running_too, by });
        // A question is about something that has not started.
        let open: Vec<StackKey> = self.asked.keys().cloned().collect();
        open.into_iter().for_each(|key| self.answer(key, false));
    }

    fn stack_ended(&mut self, end: WorkEnd) {
        let started = self.started.remove(&end.key);
        self.asked.remove(&end.key);
        self.ended.insert(end.key.clone(), end.outcome);
        if end.outcome == StackOutcome::Failed && self.stop_on_failure && self.stop.is_none() {
            self.stop = Some(Stop::OnFailure);
        }
        let before = self.statuses.get(&end.key).copied();
        let status = end.status_if_touched(status::stack_at_end(self.kind.direction(), end.outcome, before));
        let mark = end.snapshot.as_ref().map(Mark::of).unwrap_or_default();
        let protected = end.snapshot.as_ref().is_some_and(|snapshot| snapshot.termination_protection);
        let (cloudformation_status, outputs) = match end.snapshot {
            Some(snapshot) => (Some(snapshot.status), snapshot.outputs),
            None => (None, BTreeMap::new()),
        };
        self.unwritten.marks.insert(end.key.clone(), mark);
        self.record(EventKind::StackEnded(StackEnd {
            key: end.key,
            outcome: end.outcome,
            status,
            reason: end.reason,
            cloudformation_status,
            protected,
            outputs,
            seconds: started.map_or(0.0, seconds_since),
        }));
    }

    fn record(&mut self, kind: EventKind) {
        self.unwritten.events.push(kind);
    }

    /// Appends what has happened to the log, writes the state file, and only then lets everybody know.
    fn write_down(&mut self) {
        let Unwritten { events, marks, announced, answers } = std::mem::take(&mut self.unwritten);
        let (mut events, logged) = self.journal.append_all(events);
        self.mind(logged, &mut events);
        let mut news = Vec::new();
        if !self.disk_fails {
            let status = status::stack_at_start(self.kind.direction());
            news.extend(announced.iter().map(|(key, _)| StackNews::Starts(key, status)));
        }
        news.extend(events.iter().filter_map(|event| match &event.kind {
            EventKind::StackEnded(end) => Some(StackNews::Ended(end, marks.get(&end.key)?)),
            _ => None,
        }));
        let written = self.journal.write_stacks(&news);
        self.mind(written, &mut events);
        self.notice(&mut events);
        if !announced.is_empty() {
            self.inner.tell_changed(&self.deployment);
        }
        for (_, go) in announced {
            // Written down before the call that it announces: without that there is no call.
            let _ = go.send(!self.disk_fails);
        }
        for (answer, approved) in answers {
            let _ = answer.send(approved);
        }
        events.iter().for_each(|event| self.inner.tell(event, &self.deployment));
    }

    /// A disk that does not take what happens: what runs at CloudFormation is still followed, nothing new
    /// is started, and whoever watches is told once.
    fn mind(&mut self, written: Result<(), StoreError>, events: &mut Vec<Event>) {
        if let Err(error) = written
            && !std::mem::replace(&mut self.disk_fails, true)
        {
            self.warn(error.to_string(), events);
        }
    }

    /// Tells what others did to the files.
    fn notice(&mut self, events: &mut Vec<Event>) {
        for notice in self.journal.take_notices() {
            self.warn(notice, events);
        }
    }

    fn warn(&mut self, message: String, events: &mut Vec<Event>) {
        // Where the disk fails, that is told already or will be with the next event.
        events.push(self.journal.append(EventKind::Warning { message }).0);
    }

    fn end(mut self) {
        tokio::runtime::Handle::current().block_on(self.work.discard_leftovers());
        let mut events = Vec::new();
        if !self.disk_fails && !self.journal.has_manifest(&self.manifest) {
            let message = "the manifest was changed while this operation ran, which went by what stood in it at its start; \
                           deploy again to apply what stands in it now";
            self.warn(message.to_owned(), &mut events);
        }
        let settled = self.journal.settle(self.before, Some(self.meter.total()));
        self.notice(&mut events);
        let end = match settled.and_then(|end| self.journal.end(end)) {
            Ok(end) => end,
            Err(error) => {
                self.disk_fails = true;
                events.push(self.journal.remark(format!(
                    "{error}. The operation is left open: it is brought to its end when its deployment is looked at again"
                )));
                events.iter().for_each(|event| self.inner.tell(event, &self.deployment));
                return self.leave_open();
            }
        };
        let Self { inner, journal, deployment, .. } = self;
        // Free before anybody hears that it is over: whoever does may start the next at once.
        drop(journal);
        inner.started.forget(&end.operation);
        inner.running().remove(&end.operation);
        events.iter().chain([&end]).for_each(|event| inner.tell(event, &deployment));
    }

    /// The operation is not over, but nobody can ask CloudFormation now, or write down what came of it. Its record
    /// stays, so that whoever looks next and can do both brings it to its end (`docs/reference/statuses.md`).
    fn leave_open(self) {
        let operation = self.journal.operation().clone();
        let Self { inner, journal, deployment, disk_fails, .. } = self;
        drop(journal);
        let seen = inner.running().get(&operation).map(Running::view);
        // Where the log lacks something, what this program saw is shown until somebody takes the operation up.
        if !disk_fails {
            inner.running().remove(&operation);
        }
        if let Some(view) = seen {
            inner.tell_left_open(&view);
        }
        inner.tell_stale(vec![Tag::Operation(operation)]);
        inner.tell_changed(&deployment);
    }
}

/// In whole milliseconds: more digits would not come back from the log as they were.
fn seconds_since(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}

fn verb(outcome: StackOutcome) -> &'static str {
    match outcome {
        StackOutcome::Failed => "failed",
        StackOutcome::Skipped => "was skipped",
        StackOutcome::Cancelled => "was cancelled",
        StackOutcome::Succeeded | StackOutcome::Unchanged => "succeeded",
    }
}

/// How often a running operation's progress is told anew, without anything having happened.
const PULSE: Duration = Duration::from_secs(1);

/// Tells that the time passes, for as long as the operation runs.
fn tell_progress(inner: Arc<Inner>, operation: OperationId, mut ended: watch::Receiver<bool>) {
    tokio::spawn(async move {
        while !*ended.borrow() {
            inner.tell_stale(vec![Tag::Progress(operation.clone())]);
            // That its sender is gone ends it as well.
            if let Ok(Err(_)) = tokio::time::timeout(PULSE, ended.changed()).await {
                return;
            }
        }
    });
}

/// How often calls of other processes are looked for.
const EAR: Duration = Duration::from_millis(300);

/// Takes calls to cancel that come from another process, for as long as the operation runs.
fn hear_calls_to_cancel(mut ear: Ear, messages: UnboundedSender<Message>, mut ended: watch::Receiver<bool>) {
    tokio::spawn(async move {
        while !*ended.borrow() {
            for CallToCancel { by, running_too } in ear.hear() {
                // The operation is just over: there is nothing left to call off.
                let _ = messages.send(Message::Cancel { by, running_too });
            }
            let _ = tokio::time::timeout(EAR, ended.changed()).await;
        }
    });
}
