//! CloudFormation in our words. The only crate that names the AWS SDK: everything above it sees stacks,
//! events and [`CloudError`]s, and cannot tell AWS from the sandbox, since both are reached through the
//! same SDK client ([`connect`]).

mod client;
mod connect;
mod error;
mod sandbox_http;
mod watcher;

pub use client::{CloudEvent, Connection, Prepared, StackSnapshot, StackSpec};
pub use connect::connect;
pub use error::{CloudError, printable};
pub use skydeck_sandbox::{Sandbox, speed_from_env as sandbox_speed};
pub use watcher::{Call, Watch, Watched, Watcher};
