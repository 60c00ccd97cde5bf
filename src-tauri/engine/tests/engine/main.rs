//! The engine as front ends use it, in a sandbox whose time runs fast.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_macros, missing_docs)]

mod access;
mod causes;
mod dependencies;
mod disk;
mod files;
mod former;
mod imports;
mod inspect;
mod looks;
mod news;
mod operations;
mod progress;
mod recovery;
mod repairs;
mod retention;
mod reviews;
mod room;
mod rows;
mod trust;
mod world;
