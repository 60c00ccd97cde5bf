//! How the web view draws on Linux.

use std::fs;
use std::path::Path;

/// WebKitGTK's own switch: where it is set, nothing is composed in layers from the first process on. `0` in the user's
/// environment keeps the layers.
const WITHOUT_LAYERS: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Graphics processors beside those of `dri`: of the Windows Subsystem for Linux, and of NVIDIA's own driver.
const PROCESSORS: [&str; 2] = ["dxg", "nvidiactl"];

/// Has the web view draw straight into the window where there is no graphics processor, as in many virtual machines and on
/// remote desktops. WebKit would have one imitated, and composes layers with it: on two processors a click under load then
/// takes four times as long, and a third more memory is held (docs/benchmarks.md).
///
/// To be called before the first thread and the first web view. The same policy set on a web view that exists
/// (`HardwareAccelerationPolicy::Never`) leaves it deaf to the mouse wheel: its web process has begun to handle scrolling
/// apart from the page, and is never told to stop.
pub fn prepare() {
    if !has_processor(Path::new("/dev")) {
        // A full environment only leaves the layers in place.
        let _ = glib::setenv(WITHOUT_LAYERS, "1", false);
    }
}

fn has_processor(devices: &Path) -> bool {
    let mut cards = fs::read_dir(devices.join("dri")).into_iter().flatten().flatten();
    // The nodes that draw, and not only show.
    cards.any(|card| card.file_name().to_string_lossy().starts_with("renderD"))
        || PROCESSORS.iter().any(|name| fs::exists(devices.join(name)).unwrap_or(false))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_one_that_draws_and_no_mere_screen() {
        let devices = tempfile::tempdir().unwrap();
        assert!(!has_processor(devices.path()));
        fs::create_dir(devices.path().join("dri")).unwrap();
        // A screen that cannot draw by itself.
        fs::write(devices.path().join("dri/card0"), "").unwrap();
        assert!(!has_processor(devices.path()));
        fs::write(devices.path().join("dri/renderD129"), "").unwrap();
        assert!(has_processor(devices.path()));
    }
}
