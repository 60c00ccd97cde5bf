//! CloudFormation in our words. The only crate that names the AWS SDK: everything above it sees stacks,
//! events and [`CloudError`]s, and cannot tell AWS from the sandbox, since both are reached through the
//! same SDK client ([`connect`]).

mod access;
#[cfg(test)]
mod answers;
mod budget;
mod calls;
mod connect;
mod connection;
mod endpoints;
mod error;
mod pause;
mod profiles;
mod sandbox_http;
mod snapshot;
mod spec;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watcher;

pub use access::{Access, Profile, ProfileKind, SsoSession, access};
pub use budget::Usage;
pub use calls::change_sets::{ChangeSet, ChangeSetKind, ChangeSetSummary, Prepared};
pub use calls::events::{CloudEvent, RootCause};
pub use connect::{ConnectError, Identity, connect, endpoints_of, identify};
pub use connection::Connection;
pub use error::{CloudError, Credentials, CredentialsProblem, Service};
pub use pause::Login;
pub use skydeck_sandbox::{MAX_STACKS, Sandbox, speed_from_env as sandbox_speed};
pub use snapshot::{StackResource, StackSnapshot};
pub use spec::StackSpec;
pub use watcher::{Call, Look, Watch, Watched, Watcher};
