//! The writing side of an operation: its log and the state file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use skydeck_cloudformation::StackSnapshot;
use skydeck_model::event::{ApiCalls, OperationView, StackEnd};
use skydeck_model::{
    DeploymentStatus, Event, EventKind, OperationId, OperationOutcome, Recorded, StackKey, StackOutcome,
    StackStatus, status, wait,
};
use skydeck_store::{Folder, Locked, LogWriter, StackEntry, StoreError};

use super::secrets::Secrets;

/// What tells a stack from a namesake, and one version of it from the next; and the parameters of that version.
#[derive(Clone, Default)]
pub(crate) struct Mark {
    id: Option<String>,
    changed_at: Option<String>,
    parameters: BTreeMap<String, String>,
}

impl Mark {
    pub(crate) fn of(snapshot: &StackSnapshot) -> Self {
        Self {
            id: Some(snapshot.id.clone()),
            changed_at: snapshot.changed_at().map(skydeck_store::timestamp),
            parameters: snapshot.parameters.clone(),
        }
    }
}

/// What becomes of a stack's entry in the state file.
#[derive(Clone, Copy)]
pub(crate) enum StackNews<'n> {
    /// The stack is about to be changed, and has this status meanwhile.
    Starts(&'n StackKey, StackStatus),
    /// Its part is over.
    Ended(&'n StackEnd, &'n Mark),
}

/// The log and the status files of one operation, behind the deployment's lock.
///
/// What the disk does not take is kept in memory and tried again with everything that follows, so that a fault that
/// passes leaves no gap.
pub(crate) struct Journal {
    locked: Locked,
    log: LogWriter,
    operation: OperationId,
    secrets: Secrets,
    view: Arc<Mutex<OperationView>>,
    /// Events that are not in the log yet.
    unlogged: Vec<Event>,
    /// Ends of stacks that are not in the state file yet.
    unwritten: Vec<(StackEnd, Mark)>,
    /// Whether the log is so large that it leaves out what happens to single resources.
    leaves_out: bool,
    /// What others did to the log.
    notices: Vec<String>,
    /// Stacks that CloudFormation was asked for without anything new, and when: nobody waits for that to be written.
    asked: BTreeMap<StackKey, String>,
}

impl Journal {
    /// The journal of an operation that has its first event behind it.
    pub(crate) fn new(locked: Locked, log: LogWriter, secrets: Secrets, view: OperationView) -> Self {
        Self {
            operation: view.id.clone(),
            locked,
            log,
            secrets,
            view: Arc::new(Mutex::new(view)),
            unlogged: Vec::new(),
            unwritten: Vec::new(),
            leaves_out: false,
            notices: Vec::new(),
            asked: BTreeMap::new(),
        }
    }

    /// The operation as it stands, shared with whoever asks.
    pub(crate) fn view(&self) -> Arc<Mutex<OperationView>> {
        Arc::clone(&self.view)
    }

    /// Makes the next event, secrets masked, and appends it to the log. The event comes back even where the
    /// disk does not take it, since what happened has happened.
    pub(crate) fn append(&mut self, kind: EventKind) -> (Event, Result<(), StoreError>) {
        let event = self.event(self.next_seq(), kind);
        let written = self.log(std::slice::from_ref(&event));
        (event, written)
    }

    /// As [`Self::append`], for all that happened since the last time, in one go.
    ///
    /// What happens to single resources is left out once the log has only room left for what tells how its stacks come out.
    pub(crate) fn append_all(&mut self, mut kinds: Vec<EventKind>) -> (Vec<Event>, Result<(), StoreError>) {
        if self.log.is_filling() {
            kinds.retain(|kind| !matches!(kind, EventKind::Resource(_)));
            if !std::mem::replace(&mut self.leaves_out, true) {
                let message = "the log is nearly as large as one that can be read: from now on it leaves out what \
                               happens to single resources";
                kinds.push(EventKind::Warning { message: message.to_owned() });
            }
        }
        let events: Vec<Event> =
            (self.next_seq()..).zip(kinds).map(|(seq, kind)| self.event(seq, kind)).collect();
        let written = self.log(&events);
        (events, written)
    }

    fn next_seq(&self) -> u32 {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).last_seq + 1
    }

    fn log(&mut self, events: &[Event]) -> Result<(), StoreError> {
        self.unlogged.extend_from_slice(events);
        let written = self.write_log();
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().for_each(|event| view.apply(event));
        written
    }

    /// Appends what is not in the log yet. Where the log cannot be where others look for it, it goes on where it is,
    /// and that is still an error.
    fn write_log(&mut self) -> Result<(), StoreError> {
        let placed = self.log.keep_place().map(|notice| self.notices.extend(notice));
        self.log.append_all(&self.unlogged)?;
        self.unlogged.clear();
        placed
    }

    /// What others did to the files of the deployment meanwhile, each told once.
    pub(crate) fn take_notices(&mut self) -> Vec<String> {
        let mut notices = std::mem::take(&mut self.notices);
        notices.extend(self.locked.take_notices());
        notices
    }

    fn event(&self, seq: u32, mut kind: EventKind) -> Event {
        let at = Utc::now();
        self.secrets.mask_all(&mut kind);
        if let EventKind::StackEnded(end) = &mut kind {
            let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
            end.seconds = wait::worked_seconds(&view, end, at);
        }
        Event { operation: self.operation.clone(), seq, at, kind }
    }

    /// Writes what is new of these stacks, all in one go. Where that cannot be, no start is written, and each end by
    /// itself: one entry that cannot be changed does not keep the others from telling what has happened.
    ///
    /// # Errors
    /// What kept all from being written in one go.
    pub(crate) fn write_stacks(&mut self, news: &[StackNews<'_>]) -> Result<(), StoreError> {
        let written = self.write_together(news);
        if written.is_err() {
            for end in news {
                if let StackNews::Ended(end, mark) = end {
                    self.unwritten.push(((*end).clone(), (*mark).clone()));
                }
            }
        }
        // The first error tells.
        let _ = self.write_late();
        written
    }

    /// Writes the ends that could not be written when they happened.
    fn write_late(&mut self) -> Result<(), StoreError> {
        let mut result = Ok(());
        for (end, mark) in std::mem::take(&mut self.unwritten) {
            if let Err(error) = self.write_together(&[StackNews::Ended(&end, &mark)]) {
                self.unwritten.push((end, mark));
                result = Err(error);
            }
        }
        result
    }

    /// Writes how a stack came out, if there is anything to say.
    pub(crate) fn stack_ended(&mut self, end: &StackEnd, mark: Mark) -> Result<(), StoreError> {
        self.write_together(&[StackNews::Ended(end, &mark)])
    }

    /// Writes that nothing runs any more.
    ///
    /// # Errors
    /// Where the state file cannot be written.
    pub(crate) fn close(&mut self) -> Result<(), StoreError> {
        self.locked.set_current_operation(None, Utc::now())
    }

    fn write_asked(&mut self) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        for (key, at) in std::mem::take(&mut self.asked) {
            let entry = self.locked.stack(&key)?;
            entries.extend(entry.map(|entry| StackEntry { checked_at: Some(at), ..entry }));
        }
        if entries.is_empty() { Ok(()) } else { self.locked.set_stacks(&entries, Utc::now()) }
    }

    /// Writes all that is still to be written before the log's last line, and how the operation ends.
    ///
    /// # Errors
    /// Where something cannot be: the operation stays open, for whoever looks next to bring it to its end.
    pub(crate) fn settle(
        &mut self,
        before: DeploymentStatus,
        api: Option<ApiCalls>,
    ) -> Result<EventKind, StoreError> {
        self.write_log()?;
        self.write_late()?;
        self.write_asked()?;
        let (outcome, status) = self.verdict();
        if let Some(status) = status {
            self.locked.set_deployment_status(status, Utc::now())?;
        }
        let waited = wait::stood_still(&self.view.lock().unwrap_or_else(PoisonError::into_inner), Utc::now());
        Ok(EventKind::OperationEnded { outcome, deployment_status: status.unwrap_or(before), api, waited })
    }

    /// Writes the log's last line, and that nothing runs any more. Nobody is told that it is over before both are
    /// written.
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub(crate) fn end(&mut self, end: EventKind) -> Result<Event, StoreError> {
        let event = self.event(self.next_seq(), end);
        self.unlogged.push(event.clone());
        self.write_log()?;
        self.close()?;
        self.view.lock().unwrap_or_else(PoisonError::into_inner).apply(&event);
        Ok(event)
    }

    /// A warning for whoever watches, which the log does not take any more: its last line is the operation's end.
    pub(crate) fn remark(&mut self, message: String) -> Event {
        let event = self.event(self.next_seq(), EventKind::Warning { message });
        self.view.lock().unwrap_or_else(PoisonError::into_inner).apply(&event);
        event
    }

    /// Whether the manifest is still the one of this text.
    pub(crate) fn has_manifest(&self, text: &str) -> bool {
        self.locked.folder().has_manifest(text)
    }

    /// How the operation ends, by the rules: its outcome, and the deployment's status where it changes.
    pub(crate) fn verdict(&mut self) -> (OperationOutcome, Option<DeploymentStatus>) {
        let anything_left = self.anything_left();
        let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = view.stacks.iter().filter_map(|run| run.end.as_ref());
        let outcomes: Vec<StackOutcome> = ends.map(|end| end.outcome).collect();
        let kind = view.start.kind;
        let status = status::deployment_at_end(kind, view.start.status_before, &outcomes, anything_left);
        (OperationOutcome::of(kind.direction(), &outcomes, view.cancel_requested), status)
    }

    /// The deployment's folder.
    pub(crate) fn folder(&self) -> &Folder {
        self.locked.folder()
    }

    /// The operation.
    pub(crate) fn operation(&self) -> &OperationId {
        &self.operation
    }

    /// Whether a stack of the deployment may still exist somewhere, as far as the files know.
    fn anything_left(&mut self) -> bool {
        // A word of another version may mean anything.
        let may_exist = |entry: &StackEntry| status::may_be_there(&entry.status);
        self.locked.state().map_or(true, |state| state.stacks.iter().any(may_exist))
    }

    /// The recorded status of every stack.
    pub(crate) fn statuses(&mut self) -> Result<BTreeMap<StackKey, StackStatus>, StoreError> {
        Ok(crate::plan::statuses(&self.locked.state()?))
    }

    fn write_together(&mut self, news: &[StackNews<'_>]) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        for news in news {
            entries.extend(self.entry_after(*news)?);
        }
        if entries.is_empty() { Ok(()) } else { self.locked.set_stacks(&entries, Utc::now()) }
    }

    /// A stack's entry with the news; `None` where nothing is new: a stack that was not touched keeps its time, and is
    /// noted as asked for at the end.
    fn entry_after(&mut self, news: StackNews<'_>) -> Result<Option<StackEntry>, StoreError> {
        let (StackNews::Starts(key, _) | StackNews::Ended(StackEnd { key, .. }, _)) = news;
        let before = self.locked.stack(key)?;
        let mut entry = before.clone().unwrap_or_else(|| StackEntry::not_deployed(key, Utc::now()));
        match news {
            StackNews::Starts(_, status) => {
                entry.status = Recorded::Known(status);
                entry.reason = None;
                entry.outside = None;
            }
            StackNews::Ended(end, _) if end.status.is_none() && end.reason.is_none() => return Ok(None),
            StackNews::Ended(end, mark) => {
                if let Some(status) = end.status {
                    entry.status = Recorded::Known(status);
                    entry.outside = None;
                }
                entry.reason.clone_from(&end.reason);
                if end.cloudformation_status.is_some() {
                    entry.cloudformation_status.clone_from(&end.cloudformation_status);
                    entry.outputs.clone_from(&end.outputs);
                    entry.stack_id = mark.id.clone().or(entry.stack_id);
                    entry.changed_at = mark.changed_at.clone().or(entry.changed_at);
                    if mark.id.is_some() {
                        entry.repeats_secrets = self.secrets.repeated_in(&mark.parameters);
                    }
                }
            }
        }
        let now = skydeck_store::timestamp(Utc::now());
        let asked = matches!(news, StackNews::Ended(end, _) if end.cloudformation_status.is_some());
        if before.as_ref() == Some(&entry) {
            if asked {
                self.asked.insert(key.clone(), now);
            }
            return Ok(None);
        }
        if asked {
            entry.checked_at = Some(now.clone());
        }
        entry.last_updated = now;
        Ok(Some(entry))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use skydeck_model::event::ResourceEvent;

    use super::*;

    /// A resource of a stack that has failed, as CloudFormation tells.
    fn resource(key: StackKey) -> EventKind {
        EventKind::Resource(ResourceEvent {
            key,
            logical_id: "A".to_owned(),
            resource_type: "T".to_owned(),
            physical_id: Some("id-hunter22".to_owned()),
            status: "CREATE_FAILED".to_owned(),
            reason: Some("bad value hunter22".to_owned()),
            happened_at: Utc::now(),
        })
    }

    #[test]
    fn a_log_that_is_nearly_full_leaves_out_single_resources_and_says_so_once() {
        let root = tempfile::tempdir().unwrap();
        let engine = crate::Engine::with_sandbox_speed(root.path(), "test", 20.0);
        let new = crate::view::NewDeployment {
            organization: "Org".to_owned(),
            project: "app".to_owned(),
            domain: "app.example".to_owned(),
            template: "default".to_owned(),
            environments: vec![crate::view::NewEnvironment {
                name: "dev".to_owned(),
                target: skydeck_model::Target::Sandbox,
                region: "us-east-1".to_owned(),
                account: "123456789012".to_owned(),
                profile: None,
            }],
            id: Some("DX6604E".to_owned()),
        };
        engine.init(&new).unwrap();
        let folder = engine.find("DX6604E").unwrap();
        let operation: OperationId = "20251030T004648Z-deploy-k3f9".parse().unwrap();
        let doing = skydeck_store::Doing::Operation(skydeck_model::OperationKind::Deploy);
        let locked = engine.lock(&folder, &operation, doing, Utc::now()).unwrap();
        let start = EventKind::OperationStarted(skydeck_model::event::OperationStart {
            deployment_id: "DX6604E".parse().unwrap(),
            kind: skydeck_model::OperationKind::Deploy,
            environments: Vec::new(),
            stacks: Vec::new(),
            looks_at: None,
            status_before: DeploymentStatus::Initialized,
            by: engine.inner.actor.clone(),
            request: None,
            pace: skydeck_model::plan::Pace::default(),
            reviewed: false,
        });
        let first = Event { operation: operation.clone(), seq: 0, at: Utc::now(), kind: start };
        let mut log = locked.log_writer(&operation).unwrap();
        log.append(&first).unwrap();
        let view = OperationView::begin(&first).unwrap();
        let mut journal = Journal::new(locked, log, Secrets::default(), view);
        let key = StackKey { stack: "app".parse().unwrap(), environment: "dev".parse().unwrap() };
        journal.append_all(vec![resource(key.clone())]).1.unwrap();
        journal.append(EventKind::Warning { message: "x".repeat(193 << 20) }).1.unwrap();
        for _ in 0..2 {
            journal.append_all(vec![resource(key.clone()), resource(key.clone())]).1.unwrap();
        }
        let told = folder.log(&operation, 3).unwrap();
        let [Event { seq: 3, kind: EventKind::Warning { message }, .. }] = &told[..] else {
            panic!("{told:?}")
        };
        assert!(message.contains("leaves out what happens to single resources"), "{message}");
    }

    #[test]
    fn secrets_are_masked_wherever_cloudformation_may_repeat_them() {
        let secrets = Secrets::default();
        secrets.add("hunter22");
        secrets.add("hunter22-longer");
        secrets.add("");
        let key = StackKey { stack: "app".parse().unwrap(), environment: "dev".parse().unwrap() };
        let mut kinds = [
            resource(key.clone()),
            EventKind::StackEnded(StackEnd {
                key,
                outcome: skydeck_model::StackOutcome::Failed,
                status: None,
                reason: Some("hunter22".to_owned()),
                cloudformation_status: None,
                protected: false,
                outputs: BTreeMap::from([("Url".to_owned(), "db://u:hunter22-longer@h".to_owned())]),
                seconds: 0.0,
            }),
            EventKind::Warning { message: "x hunter22".to_owned() },
        ];
        for kind in &mut kinds {
            secrets.mask_all(kind);
            let text = format!("{kind:?}");
            assert!(
                text.contains("****") && !text.contains("hunter22") && !text.contains("longer"),
                "{text}"
            );
        }
    }
}
