//! How large the page is, as it is embedded.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of a part of the page.
pub struct Part {
    pub name: &'static str,
    pub raw: f64,
    pub gzip: f64,
}

/// All scripts, those that the first screen waits for, and the styles.
pub fn parts() -> Vec<Part> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("ui/dist");
    let page = std::fs::read_to_string(dist.join("index.html")).expect("ui/dist: ./dev bench app builds it");
    let assets = std::fs::read_dir(dist.join("assets")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = assets.collect();
    let ends = |path: &PathBuf, end: &str| path.extension().is_some_and(|found| found == end);
    let is_first = |path: &PathBuf| page.contains(path.file_name().unwrap().to_str().unwrap());
    let part = |name, is_in: &dyn Fn(&PathBuf) -> bool| {
        let files = || files.iter().filter(|path| is_in(path));
        let raw = files().map(|path| path.metadata().unwrap().len() as f64).sum();
        Part { name, raw, gzip: files().map(|path| gzipped(path)).sum() }
    };
    vec![
        part("JavaScript", &|path| ends(path, "js")),
        part("JavaScript of the first chunk", &|path| ends(path, "js") && is_first(path)),
        part("styles", &|path| ends(path, "css")),
    ]
}

fn gzipped(path: &Path) -> f64 {
    Command::new("gzip").arg("-c").arg(path).output().expect("gzip").stdout.len() as f64
}
