//! One file for each group of verbs.

pub mod drift;
pub mod init;
pub mod list;
pub mod operate;
pub mod plan;
pub mod repair;
pub mod sandbox;
pub mod status;
