//! What the whole-product tests share: a home of their own for every test, the built programs, and servers
//! that end with the test. Everything here may panic: it is only ever run by tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod driven;
pub mod home;
pub mod hostile;
pub mod proxy;
pub mod server;
pub mod terminal;

pub use home::{Home, Ran};
pub use proxy::{Fault, Proxy, Rule, When};
pub use server::{Moto, SandboxServer};
pub use terminal::Terminal;
