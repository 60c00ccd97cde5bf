//! Which root folders have held deployments, so that one that is gone is not taken for a first start: a disk that is not
//! mounted is no reason to begin anew in its place.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::own_file;

/// The list of roots in the data folder: `{"roots": ["/srv/deployments"]}`. It is a memory and no setting: what cannot be
/// read counts as empty, and what cannot be written is not missed.
pub(crate) struct KnownRoots {
    file: Option<PathBuf>,
    /// Whether the root of this program is in it for certain.
    remembered: AtomicBool,
}

impl KnownRoots {
    /// In that data folder; `None`: nothing is remembered.
    pub(crate) fn in_folder(data: Option<&Path>) -> Self {
        Self { file: data.map(|data| data.join("roots.json")), remembered: AtomicBool::new(false) }
    }

    fn read(&self) -> Vec<String> {
        let value: Option<Value> = self.file.as_deref().and_then(own_file::recall);
        let roots = value.as_ref().and_then(|value| value.get("roots")?.as_array());
        roots.into_iter().flatten().filter_map(|root| root.as_str().map(str::to_owned)).collect()
    }

    fn write(&self, roots: &[String]) {
        if let Some(file) = &self.file {
            own_file::remember(file, &json!({ "roots": roots }));
        }
    }

    /// Whether a root is in the folder that this program makes itself.
    fn is_of_data_folder(&self, root: &Path) -> bool {
        self.file.as_ref().and_then(|file| file.parent()).is_some_and(|data| root.starts_with(data))
    }

    fn knows(&self, root: &Path) -> bool {
        let known = self.read();
        names(root).iter().any(|name| known.contains(name))
    }

    fn remember(&self, root: &Path) {
        if !self.remembered.swap(true, Ordering::Relaxed) && !self.knows(root) {
            let mut roots = self.read();
            roots.extend(names(root));
            self.write(&roots);
        }
    }

    fn forget(&self, root: &Path) {
        self.remembered.store(false, Ordering::Relaxed);
        let mut roots = self.read();
        let names = names(root);
        roots.retain(|known| !names.contains(known));
        self.write(&roots);
    }
}

/// A root as it is remembered: the same from wherever the program is started, and however its path is written. Where it is
/// there, also its path without links, under which it may be asked for another time.
fn names(root: &Path) -> BTreeSet<String> {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    [Some(plain), root.canonicalize().ok()]
        .into_iter()
        .flatten()
        .map(|path| path.display().to_string())
        .collect()
}

impl Engine {
    /// Forgets that the root has held deployments: it may be made, or filled, anew.
    pub fn begin_anew(&self) {
        self.inner.known_roots.forget(self.root());
        self.inner.tell_stale(vec![crate::tag::Tag::Everything]);
    }

    /// That nothing is to be made in a root that has held deployments and is gone.
    ///
    /// # Errors
    /// [`EngineError::RootGone`].
    pub fn refuse_gone_root(&self) -> Result<(), EngineError> {
        self.inner.refuse_gone_root()
    }
}

impl Inner {
    /// The root holds a deployment.
    pub(crate) fn remember_root(&self) {
        self.known_roots.remember(self.root.path());
    }

    pub(crate) fn refuse_gone_root(&self) -> Result<(), EngineError> {
        let root = self.root.path();
        let is_there = root.exists();
        // Whoever makes a deployment leaves its lock, so that a root whose last deployment was removed is known.
        if (is_there && self.root.was_used()) || !self.known_roots.knows(root) {
            return Ok(());
        }
        Err(EngineError::RootGone { root: root.to_owned(), empty: is_there })
    }

    /// That a root without a deployment is a first start: it has never held one, and if it is not the one of the data
    /// folder, the place where it would be is there.
    pub(crate) fn expect_first_start(&self) -> Result<(), EngineError> {
        self.refuse_gone_root()?;
        let root = self.root.path();
        let has_place = |parent: &Path| parent.as_os_str().is_empty() || parent.exists();
        if root.exists() || self.known_roots.is_of_data_folder(root) || root.parent().is_none_or(has_place) {
            return Ok(());
        }
        Err(EngineError::RootGone { root: root.to_owned(), empty: false })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ErrorCode;

    #[test]
    fn what_was_never_seen_is_a_first_start_and_what_was_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (root, data) = (folder.path().join("root"), folder.path().join("data"));
        let open = || Engine::with_data_folder(&root, &data, "test", 1.0);
        let code = |engine: &Engine| engine.list().map(|rows| rows.len()).map_err(|error| error.code());
        assert_eq!(code(&open()), Ok(0));
        let held = root.join("DX6604E-Org-app");
        fs::create_dir_all(&held).unwrap();
        assert_eq!(code(&open()), Ok(1));
        fs::rename(&root, folder.path().join("away")).unwrap();
        assert_eq!(code(&open()), Err(ErrorCode::RootGone));
        assert_eq!(open().rows(None).unwrap_err().code(), ErrorCode::RootGone);
        assert_eq!(open().detail("DX6604E").unwrap_err().code(), ErrorCode::RootGone);
        // However its path is written.
        for written in ["root/", "./root", "data/../root", "root/."] {
            let written = Engine::with_data_folder(folder.path().join(written), &data, "test", 1.0);
            assert_eq!(code(&written), Err(ErrorCode::RootGone), "{}", written.root().display());
        }
        fs::rename(folder.path().join("away"), &root).unwrap();
        assert_eq!(code(&open()), Ok(1));
        fs::remove_dir_all(&root).unwrap();
        open().begin_anew();
        assert_eq!(code(&open()), Ok(0));
    }

    #[test]
    fn a_list_that_cannot_be_read_or_written_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (root, data) = (folder.path().join("root"), folder.path());
        let list = data.join("roots.json");
        for text in ["{", "[]", r#"{"roots": 7}"#, ""] {
            fs::write(&list, text).unwrap();
            let engine = Engine::with_data_folder(&root, data, "test", 1.0);
            assert!(engine.list().unwrap().is_empty(), "{text}");
        }
        fs::remove_file(&list).unwrap();
        fs::create_dir(&list).unwrap();
        fs::create_dir_all(root.join("DX6604E-Org-app")).unwrap();
        let engine = Engine::with_data_folder(&root, data, "test", 1.0);
        assert_eq!(engine.list().unwrap().len(), 1);
    }
}
