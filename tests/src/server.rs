//! Servers on loopback that live as long as a test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
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

/// A server in front of another, whose credentials can be made to expire.
pub struct Login {
    /// Where it listens.
    pub url: String,
    expired: Arc<AtomicBool>,
}

const EXPIRED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>\
     <Message>The security token included in the request is expired</Message></Error></ErrorResponse>";

impl Login {
    /// Starts it in front of a server.
    pub fn before(server: &SandboxServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let expired = Arc::new(AtomicBool::new(false));
        let (upstream, flag) = (server.url.replace("http://", ""), Arc::clone(&expired));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (upstream, flag) = (upstream.clone(), Arc::clone(&flag));
                // A client that goes away in the middle is no fault of the test.
                thread::spawn(move || pass(client?, &upstream, &flag));
            }
        });
        Self { url, expired }
    }

    /// From now on the credentials are expired, or hold again.
    pub fn expire(&self, expired: bool) {
        self.expired.store(expired, Ordering::SeqCst);
    }
}

/// Passes one request on and its answer back, on a connection of its own.
fn pass(mut client: TcpStream, upstream: &str, expired: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = if expired.load(Ordering::SeqCst) {
        let length = EXPIRED.len();
        format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{EXPIRED}")
            .into_bytes()
    } else {
        let mut server = TcpStream::connect(upstream)?;
        server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        answer
    };
    client.write_all(&answer)
}
