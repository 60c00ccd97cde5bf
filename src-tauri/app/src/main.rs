//! The desktop app's process.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    match skydeck_app::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            skydeck_app::complain(&error);
            std::process::ExitCode::FAILURE
        }
    }
}
