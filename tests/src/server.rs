//! Servers on loopback that live as long as a test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::home::{Home, program};

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends a process with the test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The interpreter that has the packages of tests/requirements.txt.
pub fn python() -> String {
    std::env::var("SKYDECK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Waits until a condition holds; the test fails if it never does.
#[track_caller]
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what} did not happen within {PATIENCE:?}");
        sleep(Duration::from_millis(20));
    }
}

/// A CloudFormation that none of us wrote.
pub struct Moto {
    /// Where it listens.
    pub url: String,
    _process: Ended,
    _folder: TempDir,
}

impl Moto {
    /// Starts it on a free port.
    pub fn start() -> Self {
        Self::start_as("http", &[], tempfile::tempdir().unwrap())
    }

    /// Starts it behind TLS, with a certificate made for the purpose, and gives that too.
    pub fn start_with_tls() -> (Self, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            // A certificate for a server, not one that may sign others.
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args([OsStr::new("-keyout"), key.as_os_str(), OsStr::new("-out"), certificate.as_os_str()])
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let tls = [OsStr::new("-c"), certificate.as_os_str(), OsStr::new("-k"), key.as_os_str()];
        (Self::start_as("https", &tls, folder), certificate)
    }

    fn start_as(scheme: &str, more: &[&OsStr], folder: TempDir) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(python())
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto: install tests/requirements.txt, as ./dev test does");
        let process = Ended(process);
        wait_for("moto_server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { url: format!("{scheme}://127.0.0.1:{port}"), _process: process, _folder: folder }
    }
}

/// What gives credentials to those who run on a machine of AWS or have logged in to a portal: instance metadata,
/// container credentials and the portal of IAM Identity Center, all with [`KEY`](Self::KEY).
pub struct Metadata {
    /// Where it listens.
    pub url: String,
    _process: Ended,
}

impl Metadata {
    /// The id of the key that it gives.
    pub const KEY: &str = "AKIAMETADATA00000000";
    /// The token that its portal takes.
    pub const TOKEN: &str = "logged-in";

    /// Starts it on a free port.
    pub fn start() -> Self {
        let script = include_str!("metadata.py");
        let mut command = Command::new(python());
        let (url, _process) = serving(command.args(["-c", script, Self::KEY, Self::TOKEN]));
        Self { url, _process }
    }
}

/// Starts a server that says in its first line where it listens.
fn serving(command: &mut Command) -> (String, Ended) {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (url.trim().to_owned(), Ended(process))
}

/// `cloud sandbox serve`.
pub struct SandboxServer {
    /// Where it listens.
    pub url: String,
    _process: Ended,
}

impl SandboxServer {
    /// Starts it on a free port over the sandbox of a home.
    pub fn start(home: &Home) -> Self {
        Self::start_on(home, "0")
    }

    /// The same on a port that is known.
    pub fn start_on(home: &Home, port: &str) -> Self {
        let mut command = home.command(program("cloud"));
        let (url, _process) = serving(command.args(["sandbox", "serve", "--port", port]));
        Self { url, _process }
    }
}
