//! What a template may grow to when it is evaluated: functions in functions multiply, so that a template of a few hundred bytes
//! could fill the memory.

use std::cell::Cell;

use serde_json::Value;

use crate::error::{Error, Result};

/// The bytes that an evaluation may make, with all that it makes on the way: several times the largest template (CloudFormation
/// quotas, 'Template body size in an Amazon S3 object').
const MOST: usize = 8 * 1024 * 1024;

/// What a value costs beside its texts.
const EACH: usize = 32;

/// How much one evaluation has made so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growth(Cell<usize>);

impl Growth {
    /// Counts what is about to be made; `place` is for the error.
    pub(crate) fn add(&self, bytes: usize, place: &str) -> Result<()> {
        self.0.set(self.0.get().saturating_add(bytes));
        if self.0.get() > MOST { Err(Error::Grows { most: MOST, place: place.to_owned() }) } else { Ok(()) }
    }

    /// Counts so many values with so many bytes of text in each.
    pub(crate) fn add_each(&self, count: usize, bytes: usize, place: &str) -> Result<()> {
        self.add(count.saturating_mul(bytes.saturating_add(EACH)), place)
    }

    /// Counts a value that was made, and gives it back. A value is never much larger than what was counted before it.
    pub(crate) fn counted(&self, value: Value, place: &str) -> Result<Value> {
        self.add(weight(&value), place)?;
        Ok(value)
    }
}

/// The bytes of a value.
fn weight(value: &Value) -> usize {
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(entries) => entries.iter().map(|(key, item)| key.len() + weight(item)).sum(),
        _ => 0,
    }
}
