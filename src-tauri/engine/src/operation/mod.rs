//! One run of deploy, destroy, deploy-stack or destroy-stack: from the request to the last line of its log.
//! A thread of its own owns the operation ([`run`]); workers ([`worker`], [`part`]) talk to CloudFormation and only
//! send it messages. So there is one order of events, and one writer of the files.

mod journal;
mod part;
mod place;
mod run;
mod start;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};

use skydeck_model::event::OperationView;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

pub(crate) use journal::{Journal, Secrets};
pub(crate) use place::Place;
use worker::Message;

/// A handle to an operation that runs in this process.
pub(crate) struct Running {
    view: Arc<Mutex<OperationView>>,
    messages: UnboundedSender<Message>,
    ended: watch::Receiver<bool>,
}

impl Running {
    pub(crate) fn view(&self) -> OperationView {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn cancel(&self) {
        // The operation is just over: there is nothing left to call off.
        let _ = self.messages.send(Message::Cancel);
    }

    pub(crate) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.clone()
    }
}
