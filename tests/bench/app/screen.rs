//! A display whose pixels can be read while programs draw: when a window shows what it will go on to show.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use skydeck_tests::server::Ended;
use tempfile::TempDir;

const WIDTH: usize = 1400;
const HEIGHT: usize = 900;

/// How exact a time is.
const LOOK: Duration = Duration::from_millis(5);

/// A picture that stands for so long is the last one.
const QUIET: Duration = Duration::from_secs(3);

/// Nothing takes so long to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The width of a bar that shows how far a list is scrolled: it fades away seconds after the list was filled, at the edge of
/// the window.
const BAR: usize = 16;

/// How wide both windows are.
const WINDOW: usize = 1280;

/// Every line of so many is looked at.
const EACH: usize = 8;

pub struct Screen {
    pub number: String,
    pixels: File,
    _folder: TempDir,
    _server: Ended,
}

impl Screen {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{WIDTH}x{HEIGHT}x24"),
                "-nolisten",
                "tcp",
                "-fbdir",
            ])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb: ./dev bench app installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let pixels = File::open(folder.path().join("Xvfb_screen0")).unwrap();
        Self { number: number.trim().to_owned(), pixels, _folder: folder, _server: Ended(server) }
    }

    /// From a moment until the picture changed for the last time.
    pub fn settles(&self, since: Instant) -> Duration {
        let empty = self.picture();
        let mut last = (empty, Instant::now());
        while last.0 == empty || last.1.elapsed() < QUIET {
            assert!(since.elapsed() < PATIENCE, "nothing shows, or it never rests");
            let now = self.picture();
            if now != last.0 {
                last = (now, Instant::now());
            }
            sleep(LOOK);
        }
        last.1 - since
    }

    /// What tells one picture from another.
    fn picture(&self) -> u64 {
        let length = self.pixels.metadata().unwrap().len() as usize;
        // The file's head is of a size that differs; the lines are its end.
        let start = length - WIDTH * HEIGHT * 4;
        let mut hasher = DefaultHasher::new();
        let mut line = vec![0; WIDTH * 4];
        for number in (0..HEIGHT).step_by(EACH) {
            self.pixels.read_exact_at(&mut line, (start + number * WIDTH * 4) as u64).unwrap();
            line[..(WINDOW - BAR) * 4].hash(&mut hasher);
        }
        hasher.finish()
    }
}
