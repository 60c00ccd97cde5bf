//! What a user can do, for every front end: list, look, init, plan, start, cancel, refresh. An [`Engine`] is
//! opened on a root folder; the app and the `cloud` command are both thin layers over it.

mod access;
mod actor;
pub mod compare;
mod dependencies;
mod detail;
pub mod diff;
mod drift;
mod engine;
mod error;
mod export;
mod failure;
mod followed;
mod former;
mod held;
mod imports;
mod init;
mod inspect;
mod interrupted;
mod look;
mod news;
mod operation;
mod own_file;
mod plan;
mod progress;
mod recovery;
mod refresh;
mod resume;
mod review;
mod roots;
mod rows;
mod session;
mod settings;
mod spec;
mod tag;
mod take_up;
mod template;
mod trust;
pub mod view;

pub use engine::{Engine, Options};
pub use error::{EngineError, ErrorCode};
pub use interrupted::{Interrupted, UnderWay};
pub use news::{Happening, News, Underway, UnderwayState};
pub use settings::{
    AppSettings, Appearance, ReadSettings, RootSource, SettingsError, SettingsFile, SettingsPatch,
    default_root,
};
pub use skydeck_cloudformation::{Access, Identity};
pub use tag::Tag;
pub use trust::{AccessToTrust, AccountAccess, TakeOverPlace, TakeOverView, TrustQuestion};
