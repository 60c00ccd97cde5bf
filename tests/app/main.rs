//! The real app, driven as a person drives it: a module a part of the product.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod accessibility;
mod cell;
mod graph;
mod journeys;
mod keyboard;
mod many;
mod offline;
mod operation;
mod pointer;
mod recovery;
mod settings;
mod shell;
mod trust;
mod wheel;
