//! Faults of the disk: before an operation, and while one runs. Each row is a fault, a file and what must come of it.
//!
//! What cannot be had without rights (a full disk, one that is read-only, permissions that hold although the tests run as
//! root) is had in a user namespace: the test runs itself once more inside. Where there are none, it says so and passes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use skydeck_engine::{Happening, News, Options};
use skydeck_model::event::OperationView;
use skydeck_model::{Event, EventKind, OperationOutcome, StackOutcome};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::world::{ID, World, deploy, outcome};

const MANIFEST: &str = "deployment-manifest.yaml";
const METADATA: &str = ".deployment-metadata.yaml";
const STATE: &str = ".deployment-state.yaml";
const LOCK: &str = ".deployment.lock";
/// Stands for the log of the operation that runs.
const LOG: &str = "logs/*.jsonl";

/// What somebody puts in a file's place.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Instead {
    Nothing,
    Symlink,
    Folder,
    Huge,
    Bomb,
    NoText,
}

use Instead::{Bomb, Folder, Huge, NoText, Nothing, Symlink};

const BOMB: &str = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n";
const NO_TEXT: &[u8] = b"stacks: \xff\xfe\n";

impl Instead {
    /// Puts it there; `elsewhere` is a file that nobody may touch.
    fn put(self, path: &Path, elsewhere: &Path) {
        fs::remove_file(path).unwrap();
        match self {
            Nothing => {}
            Symlink => symlink(elsewhere, path).unwrap(),
            Folder => fs::create_dir(path).unwrap(),
            Huge => fs::File::create(path).unwrap().set_len(300 << 20).unwrap(),
            Bomb => fs::write(path, BOMB).unwrap(),
            NoText => fs::write(path, NO_TEXT).unwrap(),
        }
    }

    /// Whether it stands at this path, as it was put there.
    fn stands_at(self, path: &Path) -> bool {
        let Ok(metadata) = path.symlink_metadata() else { return self == Nothing };
        match self {
            Nothing => false,
            Symlink => metadata.is_symlink(),
            Folder => metadata.is_dir(),
            Huge => metadata.is_file() && metadata.len() == 300 << 20,
            Bomb => metadata.is_file() && fs::read(path).unwrap() == BOMB.as_bytes(),
            NoText => metadata.is_file() && fs::read(path).unwrap() == NO_TEXT,
        }
    }
}

/// The path that a file of the table has now.
fn path_of(world: &World, file: &str) -> PathBuf {
    match file {
        LOG => {
            let mut logs = fs::read_dir(world.folder().join("logs")).unwrap();
            logs.next().unwrap().unwrap().path()
        }
        file => world.folder().join(file),
    }
}

/// Every file of the deployment, save for the lock's, with what tells that it was not touched.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        match () {
            () if kind.is_dir() => files.extend(self::files(&path)),
            () if path.ends_with(LOCK) => {}
            () if kind.is_symlink() => files
                .push((path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes())),
            () if entry.metadata().unwrap().len() > 1 << 20 => files.push((path, b"huge".to_vec())),
            () => files.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_refuses_the_start_and_is_left_as_it_is() {
    let rows = [
        (MANIFEST, Nothing, "cannot read"),
        (MANIFEST, Symlink, "is a symlink"),
        (MANIFEST, Folder, "is not a file"),
        (MANIFEST, Huge, "larger than 8 MiB"),
        (MANIFEST, Bomb, "anchors (&name) are not allowed"),
        (MANIFEST, NoText, "not UTF-8"),
        (METADATA, Nothing, "cannot read"),
        (METADATA, Symlink, "is a symlink"),
        (METADATA, Folder, "is not a file"),
        (METADATA, Huge, "larger than 1 MiB"),
        (METADATA, Bomb, "anchors (&name) are not allowed"),
        (METADATA, NoText, "not UTF-8"),
        (STATE, Nothing, "cannot read"),
        (STATE, Symlink, "is a symlink"),
        (STATE, Folder, "is not a file"),
        (STATE, Huge, "larger than 256 MiB"),
        (STATE, Bomb, "anchors (&name) are not allowed"),
        (STATE, NoText, "not UTF-8"),
        (LOCK, Symlink, "it is a symlink; remove it, and a lock file will be made"),
        (LOCK, Folder, "it is not a file; remove it, and a lock file will be made"),
        ("logs", Symlink, "is a symlink"),
        ("logs", Huge, "logs"),
    ];
    for (file, instead, told) in rows {
        let row = format!("{file} is {instead:?}");
        let world = World::new(&[("first", &[], "{}")]);
        let elsewhere = world.root.path().join("elsewhere");
        fs::write(&elsewhere, "mine").unwrap();
        let path = world.folder().join(file);
        let cloudformation = world.somebody_else().await;
        let good = fs::read(&path).unwrap_or_default();
        fs::write(&path, &good).unwrap();
        instead.put(&path, &elsewhere);
        let before = files(&world.folder());
        let refused = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err().to_string();
        assert!(refused.contains(told) && refused.contains(file), "{row}: {refused}");
        assert_eq!(files(&world.folder()), before, "{row}");
        assert!(instead.stands_at(&path), "{row}");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine", "{row}");
        let made = cloudformation.describe(&format!("{ID}-first-dev")).await.unwrap();
        assert!(made.is_none(), "{row}: nothing was started");
        // It is shown, and the others too.
        assert_eq!(world.engine.list().unwrap().len(), 1, "{row}");
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        if !good.is_empty() {
            fs::write(&path, &good).unwrap();
        }
        assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded), "{row}: mended");
    }
}

/// A deploy of `first`, which takes a second, and then `second`, into which something comes as soon as CloudFormation
/// works on `first`. What was told live comes back.
async fn disturbed(world: &World, disturb: impl FnOnce()) -> (OperationView, Vec<Event>) {
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let mut told = Vec::new();
    let runs = |event: &Event| matches!(&event.kind, EventKind::Resource(resource) if resource.status == "CREATE_IN_PROGRESS");
    while !told.last().is_some_and(runs) {
        told.push(events.recv().await.unwrap());
    }
    disturb();
    world.engine.wait(&operation).await;
    while let Ok(event) = events.try_recv() {
        told.push(event);
    }
    (world.engine.operation(ID, &operation).unwrap(), told)
}

/// Listens until what was told is so; the test fails where the operation ends before.
async fn hear(events: &mut Receiver<Event>, told: &mut Vec<Event>, is_so: impl Fn(&[Event]) -> bool) {
    while !is_so(told) {
        let event = timeout(Duration::from_secs(60), events.recv()).await.unwrap().unwrap();
        assert!(!matches!(event.kind, EventKind::OperationEnded { .. }), "it ended: {told:?}");
        told.push(event);
    }
}

/// Whether CloudFormation works on a stack.
fn runs(told: &[Event], stack: &str) -> bool {
    told.iter().any(|event| {
        matches!(&event.kind, EventKind::Resource(resource)
            if resource.key.stack.as_str() == stack && resource.status == "CREATE_IN_PROGRESS")
    })
}

fn two_stacks() -> World {
    World::new(&[("first", &[], "{Seconds: 20}"), ("second", &["first"], "{}")])
}

/// Whether `first`, which ran when the fault came, was followed to its end for whoever watched.
fn followed(told: &[Event]) -> bool {
    let is_end = |event: &Event| matches!(&event.kind, EventKind::StackEnded(end) if end.key.stack.as_str() == "first" && end.outcome.is_success());
    told.iter().any(is_end)
}

fn log_is_whole(world: &World, view: &OperationView) {
    let log = world.log(&view.id);
    let numbers: Vec<u32> = log.iter().map(|event| event.seq).collect();
    let wanted: Vec<u32> = (0..).take(log.len()).collect();
    assert_eq!(numbers, wanted);
    assert!(matches!(log.last().unwrap().kind, EventKind::OperationEnded { .. }), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_takes_a_files_place_meanwhile_is_kept_and_the_operation_goes_on() {
    let rows = [STATE, METADATA, LOG, LOCK, MANIFEST]
        .into_iter()
        .flat_map(|file| [Nothing, Symlink, Folder, Huge, Bomb, NoText].map(|instead| (file, instead)));
    let mut all = tokio::task::JoinSet::new();
    for (file, instead) in rows {
        all.spawn(async move {
            let row = format!("{file} becomes {instead:?}");
            let world = two_stacks();
            let elsewhere = world.root.path().join("elsewhere");
            fs::write(&elsewhere, "mine").unwrap();
            let mut path = PathBuf::new();
            let (view, told) = disturbed(&world, || {
                path = path_of(&world, file);
                instead.put(&path, &elsewhere);
            })
            .await;
            assert!(followed(&told), "{row}");
            assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{row}: {:?}", view.warnings);
            assert_eq!(
                (world.status("first"), world.status("second")),
                ("deployed".to_owned(), "deployed".to_owned()),
                "{row}"
            );
            log_is_whole(&world, &view);
            assert!(world.log(&view.id) == told, "{row}: the log lacks what was seen live");
            assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine", "{row}");
            let warned = view.warnings.join("\n");
            if file == MANIFEST {
                assert!(instead.stands_at(&path), "{row}");
                assert!(
                    warned.contains("the manifest was changed while this operation ran"),
                    "{row}: {warned}"
                );
            } else {
                assert_eq!(world.deployment_status(), "deployed", "{row}");
                // The lock's file tells nothing that anybody could miss.
                if instead != Nothing && file != LOCK {
                    let kept =
                        warned.lines().find_map(|line| line.split_once("theirs is kept as ")).expect(&row).1;
                    assert!(instead.stands_at(Path::new(kept)), "{row}: {warned}");
                }
            }
        });
    }
    while let Some(row) = all.join_next().await {
        row.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_of_the_folder_as_it_was_changes_nothing_of_what_an_operation_does() {
    let world = two_stacks();
    world.write("deployment-manifest.yaml", &world.read(MANIFEST).replace("Size: '1'", "Size: '5'"));
    let old = [STATE, METADATA].map(|file| (file, world.read(file)));
    let (view, told) = disturbed(&world, || {
        for (file, text) in &old {
            world.write(file, text);
        }
        world.edit(MANIFEST, "Size: '5'", "Size: '1'");
        fs::remove_dir_all(world.folder().join("logs")).unwrap();
        fs::remove_file(world.folder().join(LOCK)).unwrap();
    })
    .await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{:?}", view.warnings);
    assert!(world.log(&view.id) == told, "the log lacks what was seen live");
    assert_eq!(["first", "second"].map(|stack| world.status(stack)), ["deployed", "deployed"]);
    assert_eq!(world.deployment_status(), "deployed");
    let [manifest] = &view.warnings[..] else { panic!("{:?}", view.warnings) };
    assert!(manifest.contains("the manifest was changed"), "{manifest}");
    // It went by the manifest of its start.
    let again = world.deploy().await;
    assert_eq!(outcome(&again, "first"), StackOutcome::Succeeded, "Size is 1 now, and was 5");
    assert_eq!(outcome(&again, "second"), StackOutcome::Unchanged);
}

/// What happens to the disk under the deployment's folder.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Full,
    ReadOnly,
    Forbidden,
    Removed,
    Renamed,
    /// The folder of the logs, with a symlink in its place.
    LogsMoved,
}

use Fault::{Forbidden, Full, LogsMoved, ReadOnly, Removed, Renamed};

impl Fault {
    fn prepare(self, folder: &Path) {
        if self == Full {
            let copy = copy_of(folder);
            run("mount", &["-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", text(folder)]);
            run("cp", &["-a", &format!("{}/.", text(&copy)), text(folder)]);
        }
    }

    fn strike(self, folder: &Path) {
        match self {
            Full => fill(folder),
            ReadOnly => {
                run("mount", &["--bind", text(folder), text(folder)]);
                run("mount", &["-o", "remount,bind,ro", text(folder)]);
            }
            Forbidden => fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap(),
            Removed => {
                copy_of(folder);
                fs::remove_dir_all(folder).unwrap();
            }
            Renamed => fs::rename(folder, renamed(folder)).unwrap(),
            LogsMoved => {
                fs::rename(folder.join("logs"), folder.join("moved")).unwrap();
                symlink(folder.join("moved"), folder.join("logs")).unwrap();
            }
        }
    }

    fn mend(self, folder: &Path) {
        match self {
            Full => fs::remove_file(folder.join("ballast")).unwrap(),
            ReadOnly => run("umount", &[text(folder)]),
            Forbidden => fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap(),
            Removed => fs::rename(copy_path(folder), folder).unwrap(),
            // It is found under its new name.
            Renamed => {}
            LogsMoved => {
                fs::remove_file(folder.join("logs")).unwrap();
                fs::rename(folder.join("moved"), folder.join("logs")).unwrap();
            }
        }
    }

    /// What must be told of it: what is wrong, and what to do.
    fn told(self) -> [&'static str; 2] {
        match self {
            Full => ["No space left on device", "free some space"],
            ReadOnly => ["Read-only file system", "check its permissions"],
            Forbidden => ["Permission denied", "check its permissions"],
            Removed | Renamed => ["No such file or directory", "restore it"],
            LogsMoved => ["it is a symlink", "remove it"],
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(program: &str, words: &[&str]) {
    assert!(Command::new(program).args(words).status().unwrap().success(), "{program} {words:?}");
}

fn renamed(folder: &Path) -> PathBuf {
    folder.with_file_name(format!("{ID}-Org-renamed"))
}

fn copy_path(folder: &Path) -> PathBuf {
    folder.with_file_name(".copy")
}

/// A copy beside the deployments, which is none of them.
fn copy_of(folder: &Path) -> PathBuf {
    let copy = copy_path(folder);
    run("cp", &["-a", text(folder), text(&copy)]);
    for file in [MANIFEST, METADATA, STATE] {
        assert!(copy.join(file).exists());
    }
    copy
}

/// Writes until nothing more goes in.
fn fill(folder: &Path) {
    use std::io::Write;
    let mut ballast = fs::File::create(folder.join("ballast")).unwrap();
    for size in [4096, 1] {
        while ballast.write_all(&vec![0; size]).is_ok() {}
    }
}

/// Whether this is the test of that name in a namespace of its own, in which it may mount and permissions hold; where it
/// is not, it is run there, if that can be.
fn in_namespace(test: &str) -> bool {
    const INSIDE: &str = "SKYDECK_TEST_NAMESPACE";
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--", "setpriv"]);
        command.args(["--bounding-set", "-dac_override,-dac_read_search", "--"]);
        command.env(INSIDE, "1");
        command
    };
    let probe = namespace()
        .args(["sh", "-c", "mount -t tmpfs tmpfs /mnt && chmod 555 /mnt && ! touch /mnt/x"])
        .output();
    if !probe.as_ref().is_ok_and(|probe| probe.status.success()) {
        println!("skipped: no user namespace with mounts can be had here: {probe:?}");
        return false;
    }
    let this = std::env::current_exe().unwrap();
    let inside = namespace().arg(this).args(["--exact", test, "--nocapture"]).status().unwrap();
    assert!(inside.success(), "{test} failed in its namespace");
    false
}

async fn is_left_open_and_ended_by_the_next_look(fault: Fault) {
    let world = two_stacks();
    let folder = world.folder();
    let cloudformation = world.somebody_else().await;
    fault.prepare(&folder);
    let mut news = world.engine.news();
    let (view, told) = disturbed(&world, || fault.strike(&folder)).await;
    assert!(followed(&told), "{fault:?}");
    let News { happening, title, text: why, .. } = news.try_recv().unwrap();
    assert_eq!(happening, Happening::LeftOpen, "{fault:?}: {why}");
    assert_eq!(title, "Deploy of DX6604E in dev is left open");
    assert!(why.contains("left open"), "{fault:?}: {why}");
    let warned = view.warnings.join("\n");
    for word in fault.told() {
        assert!(warned.contains(word), "{fault:?}: {warned}");
    }
    assert!(warned.contains("left open"), "{fault:?}: {warned}");
    assert_eq!(view.outcome, None, "{fault:?}: it is not over");
    assert_eq!(outcome(&view, "first"), StackOutcome::Succeeded, "{fault:?}");
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped, "{fault:?}");
    let made = |stack: &'static str| {
        let cloudformation = cloudformation.clone();
        async move { cloudformation.describe(&format!("{ID}-{stack}-dev")).await.unwrap() }
    };
    assert_eq!(made("first").await.unwrap().status, "CREATE_COMPLETE", "{fault:?}");
    assert!(made("second").await.is_none(), "{fault:?}: nothing new is started");
    if matches!(fault, ReadOnly | Forbidden | Renamed) {
        assert!(followed(&world.log(&view.id)), "{fault:?}: the log could be written");
    }
    fault.mend(&folder);
    assert!(world.engine.detail(ID).unwrap().row.interrupted.is_some(), "{fault:?}");
    // It may be a copy of what it was.
    world.take_over().await;
    assert_eq!(
        (world.status("first").as_str(), world.deployment_status().as_str()),
        ("deployed", "partial"),
        "{fault:?}"
    );
    log_is_whole(&world, &view);
    let view = world.engine.operation(ID, &view.id).unwrap();
    assert_eq!(view.outcome, Some(OperationOutcome::Partial), "{fault:?}");
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded), "{fault:?}");
    if fault == Full {
        run("umount", &[text(&folder)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_whose_files_cannot_be_written_is_left_open_and_ended_by_the_next_look() {
    if in_namespace(
        "disk::an_operation_whose_files_cannot_be_written_is_left_open_and_ended_by_the_next_look",
    ) {
        for fault in [Full, ReadOnly, Forbidden] {
            is_left_open_and_ended_by_the_next_look(fault).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_whose_folder_goes_away_is_left_open_and_ended_by_the_next_look() {
    for fault in [Removed, Renamed, LogsMoved] {
        is_left_open_and_ended_by_the_next_look(fault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_before_the_end_leaves_no_gap() {
    if !in_namespace("disk::a_fault_that_passes_before_the_end_leaves_no_gap") {
        return;
    }
    let world = World::new(&[
        ("first", &[], "{Seconds: 20}"),
        ("long", &[], "{Seconds: 60}"),
        ("second", &["first"], "{}"),
    ]);
    let folder = world.folder();
    Full.prepare(&folder);
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let mut told = Vec::new();
    hear(&mut events, &mut told, |told| runs(told, "first") && runs(told, "long")).await;
    Full.strike(&folder);
    hear(&mut events, &mut told, followed).await;
    Full.mend(&folder);
    world.engine.wait(&operation).await;
    while let Ok(event) = events.try_recv() {
        told.push(event);
    }
    let view = world.engine.operation(ID, &operation).unwrap();
    assert_eq!(view.outcome, Some(OperationOutcome::Partial));
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped);
    let end = world.log(&operation);
    assert!(end == told, "the log lacks what was seen live");
    log_is_whole(&world, &view);
    assert_eq!(
        ["first", "long", "second"].map(|stack| world.status(stack)),
        ["deployed", "deployed", "not_deployed"]
    );
    assert_eq!(world.deployment_status(), "partial");
    run("umount", &[text(&folder)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_refuses_the_start() {
    if !in_namespace("disk::a_disk_that_takes_nothing_refuses_the_start") {
        return;
    }
    for fault in [Full, ReadOnly, Forbidden] {
        let world = World::new(&[("first", &[], "{}")]);
        let folder = world.folder();
        fault.prepare(&folder);
        fault.strike(&folder);
        let before = files(&folder);
        let refused = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err().to_string();
        for word in fault.told() {
            assert!(refused.contains(word), "{fault:?}: {refused}");
        }
        assert_eq!(files(&folder), before, "{fault:?}");
        assert_eq!(world.shown("first").await, None, "{fault:?}");
        // Readers need no place, and no rights to write.
        assert_eq!(world.deployment_status(), "initialized", "{fault:?}");
        fault.mend(&folder);
        assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded), "{fault:?}");
        if fault == Full {
            run("umount", &[text(&folder)]);
        }
    }
}
