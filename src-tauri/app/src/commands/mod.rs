//! The commands that the page may call: each parses nothing, decides nothing, and calls the engine.

pub mod access;
pub mod app;
pub mod deployments;
pub mod drift;
pub mod inspect;
pub mod operations;
pub mod reviews;
pub mod settings;
pub mod trust;
pub mod window;
