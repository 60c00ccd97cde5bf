//! Answers that come in pages.

use crate::error::{CloudError, Service};

/// More pages than this are no answer of CloudFormation: 50,000 events, when a page holds a hundred.
const MOST: usize = 500;

/// Where the next page of an answer begins. A server that sends us round in circles, or on for ever, is found out.
#[derive(Default)]
pub(crate) struct Pages {
    next: Option<String>,
    turned: usize,
}

impl Pages {
    /// The token to ask for the page with; `None`: the first.
    pub(crate) fn token(&self) -> Option<String> {
        self.next.clone()
    }

    /// Turns to the page after the one that came with this token; whether there is one.
    ///
    /// # Errors
    /// Pages without an end.
    pub(crate) fn turn(&mut self, next: Option<String>) -> Result<bool, CloudError> {
        self.turned += 1;
        if next.is_some() && (next == self.next || self.turned >= MOST) {
            let cause = "the answer has pages without an end".to_owned();
            return Err(CloudError::Unreachable { service: Service::CloudFormation, cause });
        }
        self.next = next;
        Ok(self.next.is_some())
    }
}
