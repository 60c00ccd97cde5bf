//! What this machine knows of deployments' folders, and keeps outside them: which operations it started, and in which
//! accounts a person lets it act for which folder. A folder is made of files that others may have written (git, a download, a
//! synchronised disk), so that nothing in it can make this machine act by itself.
//!
//! Two rules stand on it. An operation that was interrupted is brought to its end unasked only where this machine started it,
//! in this very folder ([`started`]). And no call to AWS goes out for a folder before somebody has said that this folder may
//! use that account by that profile and that endpoint ([`trusted`]): [`Engine::expect_trust`] is the one way to a
//! [`Trusted`] environment, and only to that a connection is made. The sandbox acts nowhere but in the root's own files, and
//! needs no such word.

mod started;
mod take_over;
mod trusted;

use std::path::PathBuf;

use directories::ProjectDirs;

pub(crate) use started::StartedOperations;
pub use take_over::{TakeOverPlace, TakeOverView};
pub use trusted::{AccessToTrust, AccountAccess, TrustQuestion};
pub(crate) use trusted::{Trusted, TrustedFolders};

/// This user's data folder of Skydeck.
pub(crate) fn data_folder() -> Option<PathBuf> {
    ProjectDirs::from("dev", "skydeck", "skydeck").map(|folders| folders.data_dir().to_owned())
}
