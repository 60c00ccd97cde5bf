//! One file for each group of verbs.

pub mod cancel;
pub mod compare;
pub mod drift;
pub mod init;
pub mod list;
pub mod log;
pub mod operate;
pub mod plan;
pub mod repair;
pub mod resume;
pub mod sandbox;
pub mod status;
