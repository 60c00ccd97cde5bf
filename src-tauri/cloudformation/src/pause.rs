//! Waiting for the user to log in. Credentials that end in the middle of an operation fail nothing: the calls wait, the
//! connection is tried again every few seconds and when the user says so, and once it holds, for the same account,
//! they are made again.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::connect::{self, Clients, ConnectError};
use crate::connection::{Connection, Inner};
use crate::error::CloudError;

/// What is told of a pause, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Calls wait, since the credentials do not hold any more.
    Needed(CloudError),
    /// The credentials hold again, and the calls go on.
    Done,
}

/// Whether calls may go.
#[derive(Debug, Clone)]
enum Gate {
    Open,
    /// They wait, for this reason.
    Shut(CloudError),
    /// Those that waited get their error; nothing waits any more.
    GivenUp(CloudError),
}

pub(crate) struct Pause {
    /// Whom to tell; `None`: there is no pausing.
    tell: Mutex<Option<UnboundedSender<Login>>>,
    gate: watch::Sender<Gate>,
    /// One tries at a time.
    trying: tokio::sync::Mutex<()>,
}

/// Between two tries without the user's word.
const BETWEEN: Duration = Duration::from_secs(3);

impl Default for Pause {
    fn default() -> Self {
        Self {
            tell: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
            trying: tokio::sync::Mutex::default(),
        }
    }
}

impl Pause {
    /// Waits while calls have to.
    pub(crate) async fn passage(&self) -> Result<(), CloudError> {
        if !self.is_shut() {
            return Ok(());
        }
        let mut gate = self.gate.subscribe();
        match gate.wait_for(|gate| !matches!(gate, Gate::Shut(_))).await.as_deref() {
            Ok(Gate::GivenUp(error)) => Err(error.clone()),
            // An error means that the other end is gone, which `self` has.
            _ => Ok(()),
        }
    }

    fn is_shut(&self) -> bool {
        matches!(*self.gate.borrow(), Gate::Shut(_))
    }

    /// Shuts the gate, once; whether this was the time.
    fn shut(&self, error: &CloudError) -> bool {
        self.gate.send_if_modified(|gate| {
            let open = !matches!(gate, Gate::Shut(_));
            if open {
                *gate = Gate::Shut(error.clone());
            }
            open
        })
    }

    /// Opens the gate if it is shut; whether it was.
    fn open(&self, to: impl FnOnce(&CloudError) -> Gate) -> bool {
        self.gate.send_if_modified(|gate| {
            let Gate::Shut(error) = &*gate else { return false };
            *gate = to(error);
            true
        })
    }

    fn listener(&self) -> Option<UnboundedSender<Login>> {
        let tell = self.tell.lock().unwrap_or_else(PoisonError::into_inner);
        tell.clone().filter(|tell| !tell.is_closed())
    }

    fn listen(&self, tell: Option<UnboundedSender<Login>>) {
        *self.tell.lock().unwrap_or_else(PoisonError::into_inner) = tell;
    }
}

impl Connection {
    /// From now on calls wait where the credentials do not hold any more, for as long as somebody listens.
    pub fn pause_for_login(&self, tell: UnboundedSender<Login>) {
        self.inner.pause.listen(Some(tell));
    }

    /// Connects anew, with configuration and credentials read from scratch; the calls that wait go on if the account
    /// is still the environment's. Nothing to do where nothing waits.
    ///
    /// # Errors
    /// Credentials that do not hold yet, or of another account: the calls go on to wait.
    pub async fn resume(&self) -> Result<(), ConnectError> {
        let pause = &self.inner.pause;
        let _one = pause.trying.lock().await;
        if !pause.is_shut() {
            return Ok(());
        }
        let clients = connect::open(&self.inner.environment, &self.inner.way).await?;
        self.swap(clients);
        if pause.open(|_| Gate::Open)
            && let Some(tell) = pause.listener()
        {
            // Nobody listens any more: nobody wants to know.
            let _ = tell.send(Login::Done);
        }
        Ok(())
    }

    /// Ends the pause without a login: the calls that wait answer with their error, and later ones do not wait.
    pub fn give_up(&self) {
        self.inner.pause.listen(None);
        self.inner.pause.open(|error| Gate::GivenUp(error.clone()));
    }

    /// Of a call that went with these clients and whose credentials do not hold: it is to be made again once they
    /// do, or fails where nobody listens.
    pub(crate) fn hold(&self, used: &Arc<Clients>, error: CloudError) -> Result<(), CloudError> {
        let Some(tell) = self.inner.pause.listener() else { return Err(error) };
        // An answer from before the last login.
        if !Arc::ptr_eq(used, &self.clients()) {
            return Ok(());
        }
        if self.inner.pause.shut(&error) {
            let _ = tell.send(Login::Needed(error));
            tokio::spawn(keep_trying(Arc::downgrade(&self.inner)));
        }
        Ok(())
    }
}

/// Tries until the gate is open, or the connection gone.
async fn keep_trying(connection: Weak<Inner>) {
    loop {
        tokio::time::sleep(BETWEEN).await;
        let Some(inner) = connection.upgrade().filter(|inner| inner.pause.is_shut()) else { return };
        // Why it failed was told, and is asked for by who resumes by hand.
        let _ = Connection { inner }.resume().await;
    }
}
