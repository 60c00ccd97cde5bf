//! Progress, notes and errors on standard error.

use std::io::{Write, stderr};

/// Says a line. Unlike with `eprintln!`, a closed standard error is no panic: what runs goes on.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
