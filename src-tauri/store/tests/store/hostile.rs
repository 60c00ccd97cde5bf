//! Input from outside: paths that want out of the root, and bytes that want to end or to stop the program. The corpus
//! (`tests/corpus`) has good files and a few bad ones, from which the mutants are made.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use skydeck_model::OperationId;
use skydeck_store::{Folder, StoreError, decode_manifest, read_interface};

use crate::fixtures::{MANIFEST, METADATA, STATE, TempRoot, deployment, holder, new_deployment, root};

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 9);
    files
}

fn operation() -> OperationId {
    "20251030T004648Z-deploy-stack-k3f9".parse().unwrap()
}

/// Everything that reads what others may have written, in a folder of its own.
struct Readers {
    root: TempRoot,
    folder: Folder,
}

impl Readers {
    fn new() -> Self {
        let (root, folder) = deployment();
        fs::create_dir(folder.path().join("logs")).unwrap();
        Self { root, folder }
    }

    /// Reads the bytes as each kind of file, as whoever looks and as whoever would write. What comes of it is no matter:
    /// it must come, soon, and the bytes must stay.
    fn read(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let _ = decode_manifest(&text);
        let _ = read_interface("stacks/x.yaml", &text);
        let place = |file: &str| self.folder.path().join(file);
        let log = format!("logs/{}.jsonl", operation());
        for file in [MANIFEST, METADATA, STATE, "stacks/network.yaml", ".deployment.lock", &log] {
            let good = fs::read(place(file)).ok();
            fs::write(place(file), bytes).unwrap();
            let summary = self.folder.summary();
            assert!(!summary.lock_held);
            let _ = (self.folder.manifest(), self.folder.state(), self.folder.holder());
            let _ = (self.folder.log(&operation(), 0), self.folder.log_ends(&operation()));
            assert_eq!(fs::read(place(file)).unwrap(), bytes, "{file} is only read");
            if file != log
                && let Ok(mut locked) = self.folder.lock(&holder())
            {
                let _ = (locked.state(), locked.metadata());
            }
            match good {
                Some(good) => fs::write(place(file), good).unwrap(),
                None => fs::remove_file(place(file)).unwrap(),
            }
        }
    }
}

thread_local! {
    /// One folder for all cases of a test: to make one waits for the disk.
    static READERS: Readers = Readers::new();
}

/// How bytes are spoiled.
#[derive(Debug, Clone)]
enum Spoil {
    Cut(Index, Index),
    Repeat(Index, Index),
    Insert(Index, Vec<u8>),
    Change(Index, u8),
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let tokens = select(vec![
        "'", "\"", "|", ">-\n", "[", "{", "]", "}", ": ", "- ", "? ", "&a ", "*a", "!x ", "#", "\t", "\r",
        "\n", "%", "---\n", "...\n", "\u{feff}", "\u{2028}", "\u{202e}", "\u{85}", "<<: ", "~", "\0", "${",
        "$${", "\\u", "\\ud83d",
    ]);
    let insert = prop_oneof![
        tokens.prop_map(|token| token.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 1..6),
        tokens_many(),
    ];
    let at = || any::<Index>();
    let spoil = prop_oneof![
        (at(), at()).prop_map(|(from, to)| Spoil::Cut(from, to)),
        (at(), at()).prop_map(|(from, to)| Spoil::Repeat(from, to)),
        (at(), insert).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Spoil::Change(at, byte)),
    ];
    proptest::collection::vec(spoil, 1..6)
}

fn tokens_many() -> impl Strategy<Value = Vec<u8>> {
    (select(vec!["[", "{", "- ", "? ", "  ", "a: ", "\n"]), 1..200_usize)
        .prop_map(|(token, times)| token.repeat(times).into_bytes())
}

fn spoiled(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        let at = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match spoil {
            Spoil::Cut(from, to) | Spoil::Repeat(from, to) => {
                let (from, to) = (at(from, &bytes), at(to, &bytes));
                let range = from.min(to)..from.max(to);
                let part = match spoil {
                    Spoil::Cut(..) => Vec::new(),
                    _ => [&bytes[range.clone()], &bytes[range.clone()]].concat(),
                };
                bytes.splice(range, part);
            }
            Spoil::Insert(place, new) => {
                let place = at(place, &bytes);
                bytes.splice(place..place, new.iter().copied());
            }
            Spoil::Change(place, byte) => {
                let place = at(place, &bytes);
                if let Some(old) = bytes.get_mut(place) {
                    *old = *byte;
                }
            }
        }
    }
    bytes
}

#[test]
fn the_corpus_is_read() {
    let readers = Readers::new();
    for (name, bytes) in corpus() {
        readers.read(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let is_good = match name.as_str() {
            "manifest-whole.yaml" => decode_manifest(&text).is_ok(),
            "template-whole.yaml" | "template-whole.json" => read_interface(&name, &text).is_ok(),
            "log-whole.jsonl" => {
                let log = readers.folder.path().join(format!("logs/{}.jsonl", operation()));
                fs::write(log, &bytes).unwrap();
                readers.folder.log(&operation(), 0).is_ok_and(|events| events.len() > 5)
            }
            "state-whole.yaml" | "state-flow.yaml" => {
                fs::write(readers.folder.path().join(STATE), &bytes).unwrap();
                readers.folder.state().is_ok()
            }
            "metadata-whole.yaml" => {
                fs::write(readers.folder.path().join(METADATA), &bytes).unwrap();
                readers.folder.metadata().is_ok()
            }
            _ => decode_manifest(&text).is_err(),
        };
        assert!(is_good, "{name}");
    }
}

#[test]
fn a_mebibyte_of_malice_is_read_in_seconds() {
    let big = |unit: &str| unit.repeat((1 << 20) / unit.len());
    let distinct: String = (0..80_000).map(|number| format!("k{number}: 1\n")).collect();
    let stacks: String =
        (0..8_000).map(|n| format!("  s{n}: {{stack_name: s{n}, environment: dev, status: x}}\n")).collect();
    let references = big("${a.B}");
    let (_root, folder) = deployment();
    let log = format!("logs/{}.jsonl", operation());
    fs::create_dir(folder.path().join("logs")).unwrap();
    for text in [
        big("["),
        big("{"),
        big("{a: "),
        big("- "),
        big("? "),
        big("a:\n "),
        big("'"),
        big("\""),
        big("\\"),
        big("#"),
        big("|\n"),
        big(" "),
        big("\n"),
        big("\t"),
        big("&a "),
        big("!a "),
        big("*a "),
        big("---\n"),
        big("%YAML 1.2\n"),
        big("a"),
        big("é"),
        big("a: b\n"),
        format!("a: \"{}\"\n", big("\\n")),
        format!("a: |\n{}", big(" x\n")),
        format!("a: [{}]\n", big("x, ")),
        distinct,
        format!("stacks:\n{stacks}"),
        format!("stacks: {{a: {{parameters: {{A: '{references}'}}}}}}\n"),
        big("{\"a\":"),
        big("{\"operation\":\"x\"}\n"),
    ] {
        let shown = text.chars().take(12).collect::<String>();
        let text = text.get(..1 << 20).unwrap_or(&text);
        for file in [STATE, METADATA, &log] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let start = Instant::now();
        let _ = (decode_manifest(text), read_interface("x", text), folder.state(), folder.metadata());
        let _ = folder.log(&operation(), 0);
        // By a program that is not optimized, on a machine that has other things to do.
        assert!(start.elapsed() < Duration::from_secs(20), "{shown:?} took {:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        READERS.with(|readers| readers.read(&bytes));
    }

    #[test]
    fn no_spoiled_file_makes_a_reader_panic(file in any::<Index>(), spoils in spoils()) {
        let corpus = corpus();
        let (_, bytes) = &corpus[file.index(corpus.len())];
        READERS.with(|readers| readers.read(&spoiled(bytes.clone(), &spoils)));
    }
}

/// Paths that are made to lead elsewhere.
fn paths() -> impl Strategy<Value = String> {
    let parts = select(vec![
        "..",
        ".",
        "",
        "stacks",
        "network.yaml",
        "secret",
        "link",
        "linked",
        "etc",
        "passwd",
        "~",
        "*",
        "%2e%2e",
        "..;",
        "...",
        " ..",
        ".. ",
        "..\\",
        "C:",
        "c:secret",
        "\\\\host\\share",
        "CON",
        "nul.yaml",
        "COM1",
        "a\0b",
        "\0",
        "\u{202e}lmay.kcats",
        "\u{2066}..\u{2069}",
        "\u{200f}",
        "\u{2024}\u{2024}",
        "\u{ff0e}\u{ff0e}",
        "\u{2215}",
        "ａ",
        "logs",
        ".deployment.lock",
        MANIFEST,
        METADATA,
        STATE,
        "new.yaml",
    ]);
    let separators = select(vec!["/", "//", "\\", "/./", "\u{2215}", ""]);
    let start = select(vec!["", "/", "./", "../", "//", "\\", "file://"]);
    let anything = (start, proptest::collection::vec((parts, separators), 1..6)).prop_map(|(start, rest)| {
        let rest: String = rest.into_iter().map(|(part, separator)| format!("{part}{separator}")).collect();
        format!("{start}{}", rest.trim_end_matches('/'))
    });
    let near = select(vec!["..", "stacks", "link", "linked", "secret", "network.yaml", "passwd"]);
    let nearby = proptest::collection::vec(near, 1..5).prop_map(|parts| parts.join("/"));
    prop_oneof![anything, nearby]
}

/// Every path below a folder, symlinks not followed.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            paths.extend(tree(&entry.path()));
        }
        paths.push(entry.path());
    }
    paths.sort();
    paths
}

thread_local! {
    /// A deployment beside which are secrets, to which symlinks in it lead.
    static BESIDE_SECRETS: Readers = {
        let readers = Readers::new();
        let root = readers.folder.path().parent().unwrap();
        let secret = root.parent().unwrap().join("secret");
        for place in [&secret, &root.join("secret"), &root.join("passwd")] {
            fs::write(place, "secret").unwrap();
        }
        fs::create_dir(root.parent().unwrap().join("DAAAAAA-x-y")).unwrap();
        std::os::unix::fs::symlink(&secret, readers.folder.path().join("stacks/link")).unwrap();
        std::os::unix::fs::symlink(root, readers.folder.path().join("linked")).unwrap();
        readers
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_path_of_a_template_reads_what_is_outside(path in paths()) {
        BESIDE_SECRETS.with(|Readers { folder, .. }| {
            if let Ok(text) = folder.template_body(&path) {
                prop_assert!(!text.contains("secret") && !text.contains("root:"), "{path:?} read what is outside");
                let real = |path: &Path| path.canonicalize().unwrap();
                prop_assert!(real(&folder.path().join(&path)).starts_with(real(folder.path())));
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_id_finds_what_is_no_deployment_of_the_root(id in paths()) {
        let found = BESIDE_SECRETS.with(|readers| readers.root.find(&id));
        prop_assert!(matches!(found, Err(StoreError::NotFound { .. })), "{id:?}: {found:?}");
    }
}

proptest! {
    // Each case waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_path_of_a_new_deployment_writes_what_is_outside(path in paths(), text in "\\PC{0,8}") {
        let root = root();
        let around = root.path().parent().unwrap().to_owned();
        for file in [path, text] {
            let mut new = new_deployment();
            new.files = vec![(file.clone(), "x".to_owned())];
            let made = root.create(&new);
            let below = made.as_ref().map_or_else(|_| root.path().join(".create.lock"), |folder| folder.path().to_owned());
            for found in tree(&around) {
                let is_ours = [root.path(), &root.path().join(".create.lock")].contains(&found.as_path());
                prop_assert!(is_ours || found.starts_with(&below), "{file:?} made {}", found.display());
            }
            if let Ok(folder) = made {
                fs::remove_dir_all(folder.path()).unwrap();
            }
        }
    }
}

#[test]
fn paths_that_mean_something_else_elsewhere_are_refused() {
    let (_root, folder) = deployment();
    for path in [
        "stacks/CON",
        "stacks/nul.yaml",
        "aux/x.yaml",
        "stacks/COM1.txt",
        "stacks/a\u{202e}lmay.x",
        "stacks/\u{200f}x",
        "stacks/a\nb",
        "stacks/a\u{1b}b",
        "stacks/a\0b",
        "stacks/x.yaml:stream",
    ] {
        assert!(matches!(folder.template_body(path), Err(StoreError::Refused { .. })), "{path:?}");
    }
    for path in ["stacks/console.yaml", "stacks/ünïcode name.yaml", "stacks/_x.yaml", "stacks/مرحبا.yaml"]
    {
        assert!(folder.template_body(path).unwrap_err().is_missing(), "{path:?}");
    }
}
