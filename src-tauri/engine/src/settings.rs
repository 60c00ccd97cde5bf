//! Where the deployments are kept (contract, section 2).

use std::path::PathBuf;

use directories::ProjectDirs;
use serde::Deserialize;

/// The settings file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is there but cannot be read.
    #[error("the settings file {path} cannot be read: {reason}; mend or remove it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The platform tells no home folder.
    #[error("this platform tells no data folder; name one with --root or SKYDECK_ROOT")]
    NoHome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    root: Option<PathBuf>,
}

/// The root folder where none is named: `$SKYDECK_ROOT`, else the `root` of the settings file
/// (`settings.json` in this platform's configuration folder), else `deployments/` in its data folder.
///
/// # Errors
/// A settings file that cannot be read, or a platform without a home folder.
pub fn default_root() -> Result<PathBuf, SettingsError> {
    if let Some(root) = std::env::var_os("SKYDECK_ROOT").filter(|root| !root.is_empty()) {
        return Ok(root.into());
    }
    let folders = ProjectDirs::from("dev", "skydeck", "skydeck").ok_or(SettingsError::NoHome)?;
    let path = folders.config_dir().join("settings.json");
    let from_settings = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let settings: Settings = serde_json::from_str(&text)
                .map_err(|error| SettingsError::Unreadable { path, reason: error.to_string() })?;
            settings.root
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(SettingsError::Unreadable { path, reason: error.to_string() }),
    };
    Ok(from_settings.unwrap_or_else(|| folders.data_dir().join("deployments")))
}
