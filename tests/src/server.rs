//! Servers on loopback that live as long as a test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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
}

impl Moto {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(python())
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto: install tests/requirements.txt, as ./dev test does");
        let process = Ended(process);
        wait_for("moto_server", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { url: format!("http://127.0.0.1:{port}"), _process: process }
    }
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
        let mut process = home
            .command(program("cloud"))
            .args(["sandbox", "serve", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { url: url.trim().to_owned(), _process: Ended(process) }
    }
}
