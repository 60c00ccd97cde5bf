//! Who runs an operation: told in the log and in the lock.

use skydeck_model::event::Actor;

/// This process, working for a front end (`app` or `cloud`).
pub(crate) fn this_process(front_end: &str) -> Actor {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Actor {
        user: user.unwrap_or_else(|| "unknown".to_owned()),
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        pid: std::process::id(),
        front_end: front_end.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
