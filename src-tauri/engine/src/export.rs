//! An operation's log as one JSON document, to keep or to hand on: the same from `cloud log` and as a file.

use std::io;
use std::path::{Path, PathBuf};

use directories::UserDirs;
use skydeck_model::OperationId;
use skydeck_model::event::OperationView;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::view::OperationLog;

impl Engine {
    /// An operation as it stands, and every event so far.
    ///
    /// # Errors
    /// No such deployment or operation, or a log that cannot be read.
    pub fn operation_log(&self, id: &str, operation: &OperationId) -> Result<OperationLog, EngineError> {
        let events = self.operation_events(id, operation, 0)?;
        let operation = OperationView::replay(&events)
            .ok_or_else(|| EngineError::NoSuchOperation(operation.to_string()))?;
        Ok(OperationLog { operation, events })
    }

    /// Writes [`Engine::operation_log`] as JSON into the user's folder of downloads, else into the home folder, and gives
    /// the file's path. A file of its name, which holds the operation's id, is an earlier export and is replaced; a link is not
    /// followed.
    ///
    /// # Errors
    /// See [`Engine::operation_log`]; a folder that takes no file.
    pub fn export(&self, id: &str, operation: &OperationId) -> Result<PathBuf, EngineError> {
        let log = self.operation_log(id, operation)?;
        let name = format!("{}-{operation}.json", log.operation.start.deployment_id);
        let folders = UserDirs::new();
        let folder = folders.as_ref().map(|user| {
            // Where the desktop does not tell, it is called so all the same.
            let downloads =
                user.download_dir().map_or_else(|| user.home_dir().join("Downloads"), PathBuf::from);
            if downloads.is_dir() { downloads } else { user.home_dir().to_owned() }
        });
        let folder = folder.unwrap_or_default();
        let path = folder.join(&name);
        let failed = |reason: String| EngineError::Export { path: path.clone(), reason };
        let text = serde_json::to_vec_pretty(&log).map_err(|error| failed(error.to_string()))?;
        put(&folder, &name, &text).map_err(|error| failed(error.to_string()))?;
        Ok(path)
    }
}

/// Writes a file, which is its owner's alone. Where it stands may be reached over links; it may be none itself.
fn put(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    skydeck_files::replace(&folder.canonicalize()?.join(name), text)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn an_export_replaces_itself_and_nothing_that_it_is_linked_to() {
        let folder = tempfile::tempdir().unwrap();
        let (real, downloads) = (folder.path().join("real"), folder.path().join("Downloads"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &downloads).unwrap();
        for text in ["one", "two"] {
            put(&downloads, "log.json", text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(real.join("log.json")).unwrap(), text);
        }
        assert_eq!(fs::metadata(real.join("log.json")).unwrap().permissions().mode() & 0o777, 0o600);
        let victim = folder.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, real.join("linked.json")).unwrap();
        put(&downloads, "linked.json", b"x").unwrap_err();
        assert!(std::process::Command::new("mkfifo").arg(real.join("pipe")).status().unwrap().success());
        put(&downloads, "pipe", b"x").unwrap_err();
        assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
    }
}
