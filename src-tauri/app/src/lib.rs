//! The desktop app: a window, and a thin layer of commands over the engine. It decides nothing.

mod commands;
#[cfg(target_os = "linux")]
mod drawing;
mod error;
mod events;
mod follow;
mod menu;
mod tray;
mod window;

use std::io::Write;
use std::time::Duration;

use skydeck_engine::{Engine, EngineError, SettingsError, SettingsFile};
use skydeck_model::clean::{Cleaning, UNSEEN};
use tauri::{RunEvent, Wry};
use tauri_plugin_window_state::StateFlags;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::app::RootDoubt;

pub use error::IpcError;

/// Why the app did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No root folder.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The window system.
    #[error("the window cannot be opened: {0}; on Linux a display and WebKitGTK 4.1 are needed")]
    Window(#[from] tauri::Error),
}

/// Every command and event that the page may use. `ui/src/bindings.ts` is generated from it.
pub fn ipc() -> Builder<Wry> {
    Builder::new()
        .commands(collect_commands![
            commands::deployments::list_deployments,
            commands::deployments::deployment,
            commands::deployments::dependencies,
            commands::deployments::command_lines,
            commands::deployments::suggest_deployment,
            commands::deployments::preview_deployment,
            commands::deployments::create_deployment,
            commands::deployments::refresh_deployment,
            commands::deployments::history,
            commands::operations::start_operation,
            commands::operations::cancel_operation,
            commands::operations::operation,
            commands::operations::operation_events,
            commands::operations::export_operation,
            commands::operations::operation_progress,
            commands::operations::news_hold,
            commands::operations::failure_report,
            commands::operations::template_lines,
            commands::operations::command_line,
            commands::reviews::start_review,
            commands::reviews::review,
            commands::reviews::pace_review,
            commands::reviews::discard_review,
            commands::reviews::answer_approval,
            commands::reviews::resume_operation,
            commands::reviews::recovery,
            commands::drift::detect_drift,
            commands::drift::stack_drift,
            commands::inspect::stack_resources,
            commands::inspect::stack_parameters,
            commands::inspect::stack_template,
            commands::inspect::stack_events,
            commands::inspect::stack_log,
            commands::inspect::open_console,
            commands::inspect::open_file,
            commands::inspect::compare_environments,
            commands::inspect::compared_templates,
            commands::access::access,
            commands::access::test_connection,
            commands::access::environment_settings,
            commands::access::set_environment_settings,
            commands::settings::get_settings,
            commands::settings::update_settings,
            commands::settings::begin_anew,
            commands::trust::trust_question,
            commands::trust::trust_deployment,
            commands::trust::take_over_view,
            commands::trust::take_over,
            commands::app::app_info,
            commands::window::choose_folder,
            commands::window::underway,
            commands::window::leave,
            commands::window::show_menu,
        ])
        .events(collect_events![events::Changed, events::Told, events::Wish])
        .constant("unseen", UNSEEN.as_slice())
        // The page sees every number as a JavaScript number; none of ours exceeds 53 bits.
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
}

/// How long the end of the app waits for CloudFormation.
const PATIENCE: Duration = Duration::from_secs(5);

/// A review that nobody can answer any more leaves no change set behind, if CloudFormation answers soon.
fn give_up_reviews(engine: &Engine) {
    tauri::async_runtime::block_on(async {
        let _ = tokio::time::timeout(PATIENCE, engine.discard_reviews()).await;
    });
}

/// Skydeck's own warnings go to standard error. Nothing of the AWS SDK, which tells parameter values and what programs say
/// that give credentials; what it warns of is in the errors.
fn start_logging() {
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(log))
        .with(Targets::new().with_target("skydeck", tracing::Level::WARN))
        .init();
}

/// Standard error for what logs; a terminal may read it.
#[expect(clippy::disallowed_methods, reason = "cleaned")]
fn log() -> Cleaning<std::io::Stderr> {
    Cleaning(std::io::stderr())
}

/// Says on standard error why the app did not start.
pub fn complain(error: &StartError) {
    // Nobody may be reading.
    let _ = writeln!(log(), "skydeck: {error}");
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// Where there is no root folder, a setting is wrong, or no window can be opened.
#[expect(clippy::disallowed_macros, reason = "what Tauri makes of its configuration has one")]
pub fn run() -> Result<(), StartError> {
    #[cfg(target_os = "linux")]
    drawing::prepare();
    start_logging();
    let settings_file = SettingsFile::locate()?;
    let settings = settings_file.read().settings;
    let engine = Engine::open(settings_file.root(&settings).0, "app")?;
    let doubt = RootDoubt(settings_file.meant_root().err().map(|error| error.to_string()));
    let (ipc, at_exit) = (ipc(), engine.clone());
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::bring_forward(app)))
        // An app that ended without its window is not to start without one.
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(StateFlags::all() & !StateFlags::VISIBLE)
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .manage(engine.clone())
        .manage(settings_file)
        .manage(doubt)
        .manage(window::Leaving::default())
        .manage(tray::Tray::default())
        .on_menu_event(|app, event| menu::picked(app, event.id().as_ref()))
        .invoke_handler(ipc.invoke_handler())
        .setup(move |app| {
            ipc.mount_events(app);
            // First, since reading takes as long as the window.
            events::forward(app.handle().clone(), &engine);
            window::open(app.handle())?;
            commands::settings::show_as(app.handle(), settings.appearance);
            follow::pass_on_news(app.handle(), &engine)?;
            follow::take_up(&engine);
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(move |_, event| {
            if let RunEvent::Exit = event {
                give_up_reviews(&at_exit);
            }
        });
    Ok(())
}
