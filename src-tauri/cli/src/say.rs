//! The one place that writes to standard output and standard error: whatever it is given is cleaned on the way, since a
//! terminal obeys texts that others wrote (`skydeck_model::clean`). Only the colours of our own tables pass.

#![expect(clippy::disallowed_methods, reason = "this is the place that they are kept for")]

use std::io::{self, IsTerminal, Stderr, Write, stderr, stdout};

use serde::Serialize;
use skydeck_model::clean::{self, Cleaning};

use crate::table::Table;

/// Says a line: progress, a note or an error, on standard error. Unlike with `eprintln!`, a closed standard error is no
/// panic: what runs goes on.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{}", clean::lines(line));
}

/// Puts a question, on standard error; the answer is typed behind it.
pub fn question(text: &str) -> io::Result<()> {
    write!(stderr(), "{}", clean::lines(text))?;
    stderr().flush()
}

/// Standard error for what logs.
pub fn log() -> Cleaning<Stderr> {
    Cleaning(stderr())
}

/// Whether somebody reads standard error.
pub fn is_read() -> bool {
    stderr().is_terminal()
}

/// Whether somebody reads standard output.
pub fn is_output_read() -> bool {
    stdout().is_terminal()
}

/// What may be printed: nothing in it is obeyed by a terminal but the colours of our own tables.
#[derive(Default)]
pub struct Shown(String);

impl Shown {
    /// The same, followed by more.
    pub fn then(mut self, more: impl Into<Self>) -> Self {
        self.0.push_str(&more.into().0);
        self
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self(clean::lines(text))
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Table> for Shown {
    /// Its cells were cleaned one by one.
    fn from(table: Table) -> Self {
        Self(format!("{table}\n"))
    }
}

/// Prints a result on standard output. Unlike with `print!`, a closed pipe is an error and no panic.
pub fn print(result: impl Into<Shown>) -> io::Result<()> {
    write_out(&result.into().0)
}

/// Prints one JSON document. What a terminal would obey in it is escaped, so that it stays the same document.
pub fn json_document(value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    let document = serde_json::to_string_pretty(value)?;
    write_out(&format!("{}\n", clean::json(&document)))
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
