//! A deployment's folder on disk (`docs/reference/files.md` and `manifest.md`): read, locked, written atomically,
//! watched.
//!
//! Readers never wait and never write. Only [`Locked`], which holds the folder's lock, writes; and it writes status
//! files as edits of their text, so that what others put into them stays.
//!
//! Absent on purpose: CloudFormation, the clock (times come from the caller), and every rule about what a status means;
//! those are `model`'s.

mod atomic;
mod cancel;
mod decode;
mod document;
mod error;
mod folder;
mod kept;
mod lock;
mod locked;
mod log;
mod manifest;
mod metadata;
mod outputs;
mod position;
mod reach;
mod root;
mod size;
mod state;
mod template;
mod watch;

pub use atomic::{timestamp, write_atomically};
pub use error::StoreError;
pub use folder::{Folder, Summary, SummaryEnvironment};
pub use lock::{Doing, Holder};
pub use locked::Locked;
pub use log::LogWriter;
pub use manifest::{EnvironmentEntry, LoadedManifest, decode_manifest};
pub use metadata::{METADATA_FILE, Metadata};
pub use outputs::OutputChanges;
pub use root::{NewDeployment, Root};
pub use state::{CurrentOperation, DriftEntry, STATE_FILE, StackEntry, State};
pub use template::{OutputValue, line_of, output_value, read_interface, template_meaning};
pub use watch::{Changes, Watch};
