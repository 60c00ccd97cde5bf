//! Tells which deployments changed on disk, whoever changed them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Config, EventKind, PollWatcher, RecursiveMode, Watcher};
use skydeck_model::OperationId;

use crate::error::StoreError;
use crate::log;
use crate::root::Root;
use skydeck_files::{Identity, identity};

/// Changes within this time are told together.
const GATHER: Duration = Duration::from_millis(50);
/// How often to look whether the root was made, removed or replaced: no watcher tells that of its own root.
const LOOK_AT_ROOT: Duration = Duration::from_millis(500);
/// How often the fallback looks at all files.
const POLL: Duration = Duration::from_secs(2);

/// What changed on the disk; nothing in it: the root itself, or anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Deployments' folders, by their names.
    pub folders: BTreeSet<String>,
    /// Operations whose logs have grown, and nothing else of their deployments need have changed.
    pub logs: BTreeSet<OperationId>,
}

impl Changes {
    /// Whether it is not known what changed.
    pub fn may_be_anything(&self) -> bool {
        self.folders.is_empty() && self.logs.is_empty()
    }
}

/// Watches the root until dropped.
#[derive(Debug)]
pub struct Watch {
    sender: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Changed(notify::Result<notify::Event>),
    Stop,
}

impl Watch {
    /// Calls back, on a thread of its own, with what changed, some 50 ms after it did. The root may be made, removed or
    /// replaced at any time.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn start(root: &Root, on_change: impl Fn(Changes) + Send + 'static) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel();
        let mut watching =
            Watching { root: root.path().to_owned(), identity: None, watcher: None, sender: sender.clone() };
        // Here and not on the thread, so that nothing that happens after this call is missed.
        watching.follow_root();
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || watching.run(&receiver, on_change))
            .map_err(StoreError::io("watch", root.path()))?;
        Ok(Self { sender, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // A send fails only where the thread has ended.
        let _ = self.sender.send(Message::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the callback of a watch panicked");
        }
    }
}

struct Watching {
    root: PathBuf,
    identity: Option<Identity>,
    watcher: Option<Box<dyn Watcher + Send>>,
    sender: Sender<Message>,
}

impl Watching {
    fn run(mut self, receiver: &Receiver<Message>, on_change: impl Fn(Changes)) {
        let mut pending = Pending::default();
        let mut next_look = Instant::now() + LOOK_AT_ROOT;
        loop {
            let wake = pending.due.map_or(next_look, |due| due.min(next_look));
            match receiver.recv_timeout(wake.saturating_duration_since(Instant::now())) {
                Ok(Message::Changed(event)) => {
                    if event.as_ref().is_ok_and(|event| self.ends_root(event)) {
                        self.identity = None;
                    }
                    pending.add(&self.root, event);
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= next_look {
                if self.follow_root() {
                    pending.all();
                }
                next_look = Instant::now() + LOOK_AT_ROOT;
            }
            if pending.due.is_some_and(|due| Instant::now() >= due) {
                on_change(std::mem::take(&mut pending).told());
            }
        }
    }

    /// Whether the root went away. One that is made anew at once may have the same identity.
    fn ends_root(&self, event: &notify::Event) -> bool {
        let is_end = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        is_end && event.paths.contains(&self.root)
    }

    /// Watches the folder that now stands at the root's path, and tells whether it is another than before.
    fn follow_root(&mut self) -> bool {
        let identity = folder_at(&self.root);
        if identity == self.identity {
            return false;
        }
        self.watcher = identity.as_ref().and_then(|_| self.watch());
        // Where it vanished meanwhile, the next look tries again.
        self.identity = identity.filter(|_| self.watcher.is_some());
        true
    }

    fn watch(&self) -> Option<Box<dyn Watcher + Send>> {
        let handler = || {
            let sender = self.sender.clone();
            move |event| {
                // A send fails only where the watch is being dropped.
                let _ = sender.send(Message::Changed(event));
            }
        };
        let native = notify::recommended_watcher(handler()).and_then(|mut watcher| {
            watcher.watch(&self.root, RecursiveMode::Recursive)?;
            Ok(Box::new(watcher) as Box<dyn Watcher + Send>)
        });
        let error = match native {
            Ok(watcher) => return Some(watcher),
            Err(error) => error,
        };
        tracing::warn!(root = %self.root.display(), %error, "cannot be told of changes; looking for them instead");
        let config = Config::default().with_poll_interval(POLL);
        let mut watcher = PollWatcher::new(handler(), config).ok()?;
        watcher.watch(&self.root, RecursiveMode::Recursive).ok()?;
        Some(Box::new(watcher))
    }
}

/// What is to be told, and when.
#[derive(Default)]
struct Pending {
    changes: Changes,
    everything: bool,
    due: Option<Instant>,
}

impl Pending {
    fn add(&mut self, root: &Path, event: notify::Result<notify::Event>) {
        match event {
            // Reading is no change; and who is called back reads.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(event) if event.need_rescan() => self.all(),
            Ok(event) => {
                let grows = matches!(event.kind, EventKind::Modify(ModifyKind::Data(_)));
                for path in &event.paths {
                    self.add_path(root, path, grows);
                }
            }
            Err(_) => self.all(),
        }
    }

    fn add_path(&mut self, root: &Path, path: &Path, grows: bool) {
        let relative = path.strip_prefix(root).map(Path::to_owned).or_else(|fault| {
            // Some systems tell of paths with their symlinks resolved.
            fs::canonicalize(root)
                .map_err(|_| fault)
                .and_then(|root| path.strip_prefix(root).map(Path::to_owned))
        });
        match relative.as_deref().map(|path| path.components().next()) {
            Ok(Some(Component::Normal(name))) => {
                let name = name.to_string_lossy();
                if name.starts_with('.') {
                    return;
                }
                match relative.as_deref().ok().and_then(log_at).filter(|_| grows) {
                    Some(operation) => self.changes.logs.insert(operation),
                    None => self.changes.folders.insert(name.into_owned()),
                };
                self.schedule();
            }
            _ => self.all(),
        }
    }

    fn all(&mut self) {
        self.everything = true;
        self.schedule();
    }

    fn schedule(&mut self) {
        self.due.get_or_insert_with(|| Instant::now() + GATHER);
    }

    fn told(self) -> Changes {
        if self.everything { Changes::default() } else { self.changes }
    }
}

/// The operation whose log stands at a path below the root.
fn log_at(relative: &Path) -> Option<OperationId> {
    let is_log = relative.components().count() == 3 && relative.parent()?.ends_with(log::FOLDER);
    is_log.then(|| log::operation_of(relative)).flatten()
}

/// The folder that now stands there.
fn folder_at(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().filter(fs::Metadata::is_dir).as_ref().map(identity)
}
