//! The store as its callers see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_macros)]

mod exchange;
mod fixtures;
#[cfg(unix)]
mod hostile;
mod log;
mod manifest;
mod newer;
mod pyyaml;
mod root;
mod safety;
mod status_files;
mod templates;
mod watch;
mod writers;
