//! What surrounds the screens: the palette, shortcuts, toasts, and the app's place on the desktop.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::home::program;
use skydeck_tests::server::{Ended, wait_for};

use crate::keyboard::open_palette;

#[tokio::test]
async fn every_action_is_found_by_a_few_letters_and_has_its_keys() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let app = App::open(&home).await;
    app.sees("DX6604E").await;

    // A place, then what can be done there.
    let find = async |letters: &str| {
        open_palette(&app).await;
        app.keys(letters).await;
    };
    find("myorg my-app").await;
    app.sees("MyOrg / my-app").await;
    app.key(Key::Enter).await;
    app.sees("no full deploy has run yet").await;
    find("network dev").await;
    app.press("network in devStack").await;
    app.sees("Needed by").await;
    find("dep netw").await;
    app.sees("Deploy stack network in dev").await;
    app.key(Key::Enter).await;
    app.sees("Deploy network of DX6604E to dev?").await;

    // Keys go from place to place, but not while somebody types.
    app.keys("gd").await;
    app.sees("1 deployment").await;
    app.keys("/").await;
    app.keys("nnn").await;
    app.sees("No deployment matches the filter.").await;
    app.key(Key::Escape).await;
    app.open_deployment("DX6604E").await;
    app.keys("?").await;
    app.sees("Keyboard shortcuts").await;
    app.keys("n").await;
    app.key(Key::Escape).await;
    app.sees_deployment_status("initialized").await;
    app.keys("n").await;
    app.sees("Environments").await;
    app.close().await;
}

#[tokio::test]
async fn an_end_out_of_sight_is_told_and_shown_on_request() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.press("Deployments").await;
    app.sees_in("toast", "Deploy of DX6604E in dev succeeded").await;
    app.sees_in("toast", "6 of 6 stacks").await;
    app.press("Show").await;
    app.sees_in("operation", "Succeeded").await;
    app.close().await;
}

#[tokio::test]
async fn a_saved_access_is_undone_by_a_click() {
    let home = Home::new();
    home.init("--account-dev 123456789012");
    let before = home.read("deployment-manifest.yaml");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("More actions for dev").await;
    app.press("Access…").await;
    app.type_into("Region", "eu-central-1").await;
    app.press("Save").await;
    app.sees_in("environment-dev", "eu-central-1").await;
    app.press("Undo").await;
    app.sees_in("environment-dev", "us-east-1").await;
    assert_eq!(home.read("deployment-manifest.yaml"), before);
    app.close().await;
}

#[tokio::test]
async fn quitting_while_something_runs_asks_and_a_second_start_brings_the_window_back() {
    let bus = Bus::start();
    let home = Home::new().with("DBUS_SESSION_BUS_ADDRESS", &bus.address).with("SKYDECK_SANDBOX_SPEED", "4");
    home.init("--account-dev 123456");
    let template = home.read("stacks/network.yaml");
    home.write("stacks/network.yaml", &format!("{template}\nMetadata: {{Sandbox: {{Seconds: 160}}}}\n"));
    let (notifications, _monitor) = bus.watch(&home, "org.freedesktop.Notifications");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.sees_stack_status("network", "dev", "deploying").await;
    let quit = async || {
        app.press("Menu").await;
        app.press("Quit").await;
        app.sees("Quit while 1 operation is running?").await;
        app.sees("Deploy of DX6604E in dev").await;
    };
    quit().await;
    app.press("Stay").await;
    quit().await;
    finish_in_the_background(&app).await;
    is_shown(&app, false).await;

    // Only one runs: the second start ends at once, and the window of the first is there again.
    let second = home.command(program("skydeck")).env("DISPLAY", &app.display).status().unwrap();
    assert!(second.success());
    is_shown(&app, true).await;

    quit().await;
    finish_in_the_background(&app).await;
    let start = Instant::now();
    while app.client.title().await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(150), "the app does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(home.deployment_status(), "deployed");
    wait_for("the notification", || {
        std::fs::read_to_string(&notifications).unwrap().contains("Deploy of DX6604E in dev succeeded")
    });
    app.close().await;
}

#[tokio::test]
async fn the_taskbar_shows_how_far_an_operation_is() {
    let bus = Bus::start();
    let home = Home::new().with("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    home.init("--account-dev 123456");
    // So long that what is done before it is told by itself.
    let template = home.read("stacks/monitoring.yaml");
    home.write("stacks/monitoring.yaml", &format!("{template}\nMetadata: {{Sandbox: {{Seconds: 20}}}}\n"));
    // A desktop whose taskbar shows progress has this name: KDE's, and the docks of GNOME.
    let _taskbar = bus.own("com.canonical.Unity");
    let (heard, _monitor) = bus.watch(&home, "com.canonical.Unity.LauncherEntry");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.sees_deployment_status("deployed").await;
    let told = || std::fs::read_to_string(&heard).unwrap();
    let visible = |shown: bool| format!("\"progress-visible\"\n         variant             boolean {shown}");
    wait_for("the end of the progress", || {
        told().rsplit_once(&visible(true)).is_some_and(|(_, after)| after.contains(&visible(false)))
    });
    // The entry of the menu that the installed program has.
    assert!(told().contains("application://Skydeck.desktop"));
    let shares: Vec<f64> =
        told().lines().filter_map(|line| line.split("double ").nth(1)?.parse().ok()).collect();
    assert_eq!((shares.first(), shares.last()), (Some(&0.0), Some(&0.0)), "{shares:?}");
    let growing = &shares[..shares.len() - 1];
    assert!(growing.is_sorted() && growing.last() > Some(&0.5), "{shares:?}");
    app.close().await;
}

/// A click that hides the window is none that a driver of windows can wait for.
async fn finish_in_the_background(app: &App) {
    app.sees("Finish in the background, then quit").await;
    let script = "const buttons = [...document.querySelectorAll('button')];
        buttons.find(({ textContent }) => textContent.startsWith('Finish')).click(); arguments[0]()";
    app.script(script).await;
}

async fn is_shown(app: &App, shown: bool) {
    let start = Instant::now();
    let script = "arguments[0](document.visibilityState === 'visible')";
    while app.script(script).await != shown {
        assert!(start.elapsed() < Duration::from_secs(30), "the window is not shown: {}", !shown);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A desktop's message bus, of this test alone.
struct Bus {
    address: String,
    _daemon: Ended,
}

impl Bus {
    /// Has this name for as long as what is given back lives.
    fn own(&self, name: &str) -> Ended {
        let owner = Command::new("dbus-test-tool")
            .args(["black-hole", "--session", &format!("--name={name}")])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .spawn()
            .expect("dbus-test-tool: ./dev test installs it");
        let owner = Ended(owner);
        wait_for("the name to be owned", || {
            let asked = Command::new("dbus-send")
                .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
                .args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{name}")])
                .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
                .output()
                .unwrap();
            String::from_utf8_lossy(&asked.stdout).contains("boolean true")
        });
        owner
    }

    fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon: ./dev test installs it");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { address: address.trim().to_owned(), _daemon: Ended(daemon) }
    }

    /// Writes down what programs say of this interface.
    fn watch(&self, home: &Home, interface: &str) -> (PathBuf, Ended) {
        let heard = home.root().with_file_name(interface);
        let monitor = Command::new("dbus-monitor")
            .args(["--address", &self.address, &format!("interface='{interface}'")])
            .stdout(File::create(&heard).unwrap())
            .spawn()
            .expect("dbus-monitor: ./dev test installs it");
        wait_for("dbus-monitor", || std::fs::metadata(&heard).unwrap().len() > 0);
        (heard, Ended(monitor))
    }
}
