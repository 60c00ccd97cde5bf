//! The settings of one user on one machine, and where they say that the deployments are kept
//! (`docs/reference/files.md`).
//!
//! They are one file of JSON that people edit too: keys of other versions stay in it, a value that makes no sense
//! counts as not set and is told, and what cannot be read at all is never overwritten.

use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use directories::ProjectDirs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use specta::Type;

use crate::own_file;

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
    /// It does not take what is written.
    #[error("the settings file {path} cannot be written: {reason}; nothing was changed")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A root folder that cannot be one.
    #[error(
        "'{root}' cannot be the root folder: {reason}; write its whole path, as in /home/ana/deployments"
    )]
    NoRoot {
        /// What was given, its beginning.
        root: String,
        /// Why not.
        reason: &'static str,
    },
    /// The platform tells no home folder.
    #[error("this platform tells no data folder; name one with --root or SKYDECK_ROOT")]
    NoHome,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the system does.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What can be set. What is not set has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AppSettings {
    /// How the window looks.
    pub appearance: Appearance,
    /// Whether the system tells that an operation ended while the window is elsewhere.
    pub notifications: bool,
    /// How many stacks at once in operations that the app starts; `None`: as many as without any setting.
    #[specta(type = Option<u32>)]
    pub parallel: Option<NonZeroU32>,
    /// The root folder; `None`: the platform's data folder.
    pub root: Option<String>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self { appearance: Appearance::default(), notifications: true, parallel: None, root: None }
    }
}

/// The longest path to a root, which must leave room for what is in it: Linux takes 4,096 bytes in all, and others less.
const MAX_PATH: usize = 3_072;

/// The longest name of a folder, on every system.
const MAX_NAME: usize = 255;

/// How much is shown of a path that cannot be.
const SHOWN: usize = 80;

/// A path that can be a folder's, and means the same wherever the program is started.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WholePath(String);

impl TryFrom<String> for WholePath {
    type Error = SettingsError;

    fn try_from(path: String) -> Result<Self, SettingsError> {
        let too_long = |part: &str| part.len() > MAX_NAME;
        let reason = if path.contains(char::is_control) {
            "it has a control character in it"
        } else if path.len() > MAX_PATH || path.split(['/', '\\']).any(too_long) {
            "no system takes a path, or a name in it, that long"
        } else if !Path::new(&path).is_absolute() {
            "it depends on where the program is started"
        } else {
            return Ok(Self(path));
        };
        let shown = path.chars().filter(|c| !c.is_control()).take(SHOWN);
        Err(SettingsError::NoRoot { root: shown.collect(), reason })
    }
}

/// One setting with its new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SettingsPatch {
    /// See [`AppSettings::appearance`].
    Appearance(Appearance),
    /// See [`AppSettings::notifications`].
    Notifications(bool),
    /// See [`AppSettings::parallel`].
    Parallel(#[specta(type = Option<u32>)] Option<NonZeroU32>),
    /// See [`AppSettings::root`]; it counts from the next start on.
    Root(Option<String>),
}

/// What decides about the root folder, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RootSource {
    /// `$SKYDECK_ROOT`.
    Variable,
    /// The settings file.
    Settings,
    /// Nothing: it is in the platform's data folder.
    Default,
}

/// The settings as the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadSettings {
    /// The settings.
    pub settings: AppSettings,
    /// What is wrong with the file: its values then do not count, or none of them.
    pub problems: Vec<String>,
}

/// The settings file.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    data: PathBuf,
    /// Held from the reading to the writing of a change.
    changing: Mutex<()>,
}

impl SettingsFile {
    /// `settings.json` in this platform's configuration folder. It need not exist.
    ///
    /// # Errors
    /// A platform without a home folder.
    pub fn locate() -> Result<Self, SettingsError> {
        let folders = ProjectDirs::from("dev", "skydeck", "skydeck").ok_or(SettingsError::NoHome)?;
        Ok(Self::new(folders.config_dir().join("settings.json"), folders.data_dir().to_owned()))
    }

    /// A settings file of one's own, and the data folder in which the deployments are unless something else is set.
    pub fn new(path: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), data: data.into(), changing: Mutex::default() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says. Never fails: what cannot be read counts as not set.
    pub fn read(&self) -> ReadSettings {
        match self.values() {
            Ok(values) => self.decode(&values),
            Err(error) => ReadSettings { problems: vec![error.to_string()], ..ReadSettings::default() },
        }
    }

    /// How many stacks at once, where that is set.
    pub fn parallel(&self) -> Option<u32> {
        self.read().settings.parallel.map(u32::from)
    }

    /// Writes one setting, atomically; everything else in the file stays.
    ///
    /// # Errors
    /// A file that cannot be read is not overwritten; a root folder that is no whole path; a disk that fails.
    pub fn update(&self, patch: &SettingsPatch) -> Result<(), SettingsError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = self.values()?;
        let (key, value) = match patch {
            SettingsPatch::Appearance(appearance) => ("appearance", json!(appearance)),
            SettingsPatch::Notifications(on) => ("notifications", json!(on)),
            SettingsPatch::Parallel(stacks) => ("parallel", json!(stacks)),
            SettingsPatch::Root(root) => {
                let root = root.clone().map(WholePath::try_from).transpose()?;
                ("root", json!(root.map(|WholePath(root)| root)))
            }
        };
        if value.is_null() {
            values.remove(key);
        } else {
            values.insert(key.to_owned(), value);
        }
        let text = format!("{:#}\n", Value::Object(values));
        own_file::write(&self.path, &text)
            .map_err(|reason| SettingsError::Unwritable { path: self.path.clone(), reason })
    }

    /// The root folder, and what decides about it: `$SKYDECK_ROOT`, else the `root` of the settings, else
    /// `deployments/` in the data folder.
    pub fn root(&self, settings: &AppSettings) -> (PathBuf, RootSource) {
        match (root_variable(), &settings.root) {
            (Some(root), _) => (root, RootSource::Variable),
            (None, Some(root)) => (root.into(), RootSource::Settings),
            (None, None) => (self.data.join("deployments"), RootSource::Default),
        }
    }

    /// The root folder, where the settings can be trusted to tell it.
    ///
    /// # Errors
    /// Settings that cannot be read or name no root that makes sense: what is asked for must not happen in another
    /// root.
    pub fn meant_root(&self) -> Result<PathBuf, SettingsError> {
        if let Some(root) = root_variable() {
            return Ok(root);
        }
        let values = self.values()?;
        let ReadSettings { settings, problems } = self.decode(&values);
        match (&settings.root, values.get("root")) {
            (None, Some(value)) if !value.is_null() => {
                Err(SettingsError::Unreadable { path: self.path.clone(), reason: problems.join("; ") })
            }
            _ => Ok(self.root(&settings).0),
        }
    }

    fn values(&self) -> Result<Map<String, Value>, SettingsError> {
        let unreadable = |reason| SettingsError::Unreadable { path: self.path.clone(), reason };
        let text = match own_file::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Map::new()),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }

    fn decode(&self, values: &Map<String, Value>) -> ReadSettings {
        let mut problems = Vec::new();
        let standard = AppSettings::default();
        let settings = AppSettings {
            appearance: self
                .take(values, "appearance", "\"system\", \"light\" or \"dark\"", &mut problems)
                .unwrap_or(standard.appearance),
            notifications: self
                .take(values, "notifications", "true or false", &mut problems)
                .unwrap_or(standard.notifications),
            parallel: self.take(values, "parallel", "a number from 1 on", &mut problems),
            root: self
                .take(values, "root", "the whole path of a folder", &mut problems)
                .map(|WholePath(root)| root),
        };
        ReadSettings { settings, problems }
    }

    /// The value of a key; one that makes no sense is told, with what would.
    fn take<T: DeserializeOwned>(
        &self,
        values: &Map<String, Value>,
        key: &str,
        right: &str,
        problems: &mut Vec<String>,
    ) -> Option<T> {
        let value = values.get(key).filter(|value| !value.is_null())?;
        let decoded = T::deserialize(value).ok();
        if decoded.is_none() {
            let path = self.path.display();
            let mut value = value.to_string();
            if let Some((end, _)) = value.char_indices().nth(SHOWN) {
                value.truncate(end);
                value.push('…');
            }
            problems.push(format!("'{key}' in {path} is {value}, which does not count; it may be {right}"));
        }
        decoded
    }
}

fn root_variable() -> Option<PathBuf> {
    std::env::var_os("SKYDECK_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from)
}

/// The root folder where none is named on the command line ([`SettingsFile::root`]).
///
/// # Errors
/// See [`SettingsFile::meant_root`]; a platform without a home folder.
pub fn default_root() -> Result<PathBuf, SettingsError> {
    match root_variable() {
        Some(root) => Ok(root),
        None => SettingsFile::locate()?.meant_root(),
    }
}

#[cfg(test)]
mod tests;
