//! Files of JSON that this program keeps for its user, outside of any deployment: the settings, and what the machine
//! remembers.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use skydeck_files::How;

/// No such file that is read is larger (bytes), nor written.
const MAX_SIZE: u64 = 1 << 20;

/// What is in a file. It is the user's own, and may be kept elsewhere and linked to.
///
/// # Errors
/// The system's; what is there is no plain file, or too large.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    skydeck_files::read_all(&skydeck_files::open(&path.canonicalize()?, How::Read)?, MAX_SIZE)
}

/// Writes a file whole, and makes its folder.
///
/// # Errors
/// Why that cannot be.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    skydeck_files::make_all(path.parent().unwrap_or(Path::new(""))).map_err(|error| error.to_string())?;
    skydeck_store::write_atomically(path, text.as_bytes()).map_err(|error| error.to_string())
}

/// What is remembered in a file; `None` where there is none, or none that can be read: then nothing is known.
pub(crate) fn recall<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let value = serde_json::from_slice(&read(path).ok()?);
    value.inspect_err(|error| tracing::debug!(path = %path.display(), %error, "a record is ignored")).ok()
}

/// Remembers something in a file. What the disk does not take is not missed: somebody is asked again.
pub(crate) fn remember<T: Serialize>(path: &Path, value: &T) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    if let Err(error) = write(path, &text) {
        tracing::debug!(path = %path.display(), %error, "a record is not kept");
    }
}
