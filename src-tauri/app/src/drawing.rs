//! How the web view draws on Linux.

use std::fs;
use std::path::Path;

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

/// Graphics processors beside those of `dri`: of the Windows Subsystem for Linux, and of NVIDIA's own driver.
const PROCESSORS: [&str; 2] = ["dxg", "nvidiactl"];

/// Has the web view draw straight into the window where there is no graphics processor, as in many virtual machines and on
/// remote desktops. WebKit would have one imitated, and composes layers with it: on two processors a click under load then
/// takes four times as long, and a third more memory is held (docs/benchmarks.md).
///
/// # Errors
/// Where the window is gone.
pub fn suit(window: &WebviewWindow) -> tauri::Result<()> {
    if has_processor(Path::new("/dev")) {
        return Ok(());
    }
    window.with_webview(|view| {
        if let Some(settings) = WebViewExt::settings(&view.inner()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
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
