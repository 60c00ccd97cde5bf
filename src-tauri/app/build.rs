//! Makes one permission per command, so that the page can call only what the capability file grants.

#![allow(clippy::disallowed_macros, reason = "Cargo reads it")]

use tauri_build::{AppManifest, Attributes};

fn main() {
    // The page is embedded: its folder must exist, also before its first build.
    if let Err(error) = std::fs::create_dir_all("ui/dist") {
        println!("cargo::warning=cannot make ui/dist: {error}");
    }
    let commands = AppManifest::new().commands(&[
        "list_deployments",
        "deployment",
        "dependencies",
        "command_lines",
        "suggest_deployment",
        "preview_deployment",
        "create_deployment",
        "refresh_deployment",
        "history",
        "start_operation",
        "cancel_operation",
        "operation",
        "operation_events",
        "export_operation",
        "operation_progress",
        "news_hold",
        "failure_report",
        "template_lines",
        "command_line",
        "start_review",
        "review",
        "pace_review",
        "discard_review",
        "answer_approval",
        "resume_operation",
        "recovery",
        "detect_drift",
        "stack_drift",
        "stack_resources",
        "stack_parameters",
        "stack_template",
        "stack_events",
        "stack_log",
        "open_console",
        "open_file",
        "compare_environments",
        "compared_templates",
        "access",
        "test_connection",
        "environment_settings",
        "set_environment_settings",
        "get_settings",
        "update_settings",
        "begin_anew",
        "trust_question",
        "trust_deployment",
        "take_over_view",
        "take_over",
        "app_info",
        "choose_folder",
        "underway",
        "leave",
        "show_menu",
    ]);
    let attributes = Attributes::new()
        .app_manifest(commands)
        .capabilities_path_pattern("src-tauri/app/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
