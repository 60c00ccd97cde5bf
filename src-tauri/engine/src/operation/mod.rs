//! One run of deploy, destroy, deploy-stack or destroy-stack: from the request to the last line of its log.
//! A thread of its own owns the operation ([`run`]); workers ([`worker`], [`part`]) talk to CloudFormation and only
//! send it messages. So there is one order of events, and one writer of the files.

mod deploy;
mod ear;
mod journal;
mod meter;
mod part;
mod place;
mod repair;
mod run;
mod secrets;
mod start;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};

use skydeck_cloudformation::Connection;
use skydeck_model::event::{Actor, OperationView};
use skydeck_model::{Environment, OperationId, StackKey};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

pub(crate) use ear::{CallToCancel, Ear};
pub(crate) use journal::{Journal, Mark};
pub(crate) use meter::Meter;
pub(crate) use part::resource_event;
pub(crate) use place::{Place, refused};
pub(crate) use secrets::Secrets;
pub(crate) use start::new_id;
use worker::Message;

use crate::view::ApiBudget;

/// A handle to an operation that runs in this process.
pub(crate) struct Running {
    view: Arc<Mutex<OperationView>>,
    messages: UnboundedSender<Message>,
    ended: watch::Receiver<bool>,
    connections: Vec<(Environment, Connection)>,
    meter: Arc<Meter>,
}

impl Running {
    pub(crate) fn view(&self) -> OperationView {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn cancel(&self, by: Actor, running_too: bool) {
        // The operation is just over: there is nothing left to call off.
        let _ = self.messages.send(Message::Cancel { by: Some(by), running_too });
    }

    /// Answers the question of a stack whose changes are not what was approved.
    pub(crate) fn answer(&self, key: &StackKey, approved: bool) {
        let _ = self.messages.send(Message::Answer { key: key.clone(), approved });
    }

    /// The connections whose credentials do not hold any more.
    pub(crate) fn paused(&self) -> Vec<(Environment, Connection)> {
        let view = self.view();
        let is_paused = |it: &Environment| view.pauses.iter().any(|pause| pause.environment == it.name);
        self.connections.iter().filter(|(environment, _)| is_paused(environment)).cloned().collect()
    }

    /// What it asks of AWS.
    pub(crate) fn budgets(&self) -> Vec<ApiBudget> {
        self.meter.budgets()
    }

    pub(crate) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.clone()
    }
}

/// With what the calls of an operation to a stack begin to be told apart: every changing call carries it, so that a repeat of
/// it is known for one (`docs/reference/aws.md`).
pub(crate) fn token_of(operation: &OperationId, key: &StackKey) -> String {
    format!("{operation}-{key}")
}

/// The token of the call that calls off what the call with this one began.
pub(crate) fn cancel_token(token: &str) -> String {
    format!("{token}-cancel")
}
