//! The command as a person has it: in a terminal that asks and is answered.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::home::{Home, program};
use crate::server::{python, wait_for};

/// Runs a program on a pseudo-terminal and joins that to its own input and output.
const RELAY: &str = "
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
keyboard = True
while True:
    ready, _, _ = select.select([terminal, 0] if keyboard else [terminal], [], [])
    if terminal in ready:
        try:
            told = os.read(terminal, 65536)
        except OSError:
            told = b''
        if not told:
            break
        os.write(1, told)
    if 0 in ready:
        typed = os.read(0, 65536)
        keyboard = bool(typed)
        os.write(terminal, typed)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// `cloud` in a terminal.
pub struct Terminal {
    process: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Starts `cloud` with these words, separated by spaces.
    pub fn cloud(home: &Home, words: &str) -> Self {
        Self::cloud_with(home, &words.split_whitespace().collect::<Vec<_>>())
    }

    /// Starts `cloud` with these words, which may have anything in them.
    pub fn cloud_with(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command(python());
        command.env("TERM", "xterm").args(["-c", RELAY]).arg(program("cloud")).args(words);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut output, shown) = (process.stdout.take().unwrap(), Arc::clone(&screen));
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                shown.lock().unwrap().extend_from_slice(&chunk[..count]);
            }
        });
        Self { process, screen, reader: Some(reader) }
    }

    /// Everything that was shown so far.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until a text is shown.
    #[track_caller]
    pub fn sees(&self, text: &str) -> &Self {
        wait_for(&format!("{text:?} to be shown"), || self.screen().contains(text));
        self
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        let keyboard = self.process.stdin.as_mut().unwrap();
        keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits for the end and checks the exit code; gives everything that was shown.
    #[track_caller]
    pub fn exits(self, code: i32) -> String {
        let (ended, screen) = self.end();
        assert_eq!(ended, Some(code), "{screen}");
        screen
    }

    /// Waits for the end, whatever it is; gives everything that was shown.
    pub fn ends(self) -> String {
        self.end().1
    }

    fn end(mut self) -> (Option<i32>, String) {
        let ended = self.process.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        (ended, self.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
