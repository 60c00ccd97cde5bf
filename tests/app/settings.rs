//! Settings of the machine, and the first start.

use std::fs;

use serde_json::{Value, json};
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;

/// Whether the page is drawn dark.
/// Waits until the page is dark.
async fn becomes_dark(app: &App) {
    let script = "const done = arguments[arguments.length - 1];
        const dark = matchMedia('(prefers-color-scheme: dark)');
        if (dark.matches) done(true); else dark.addEventListener('change', () => done(true));";
    assert_eq!(app.script(script).await, json!(true));
}

async fn is_dark(app: &App) -> Value {
    let dark = "matchMedia('(prefers-color-scheme: dark)').matches";
    app.script(&format!("arguments[arguments.length - 1]({dark})")).await
}

#[tokio::test]
async fn settings_are_kept_in_their_file_and_hold_at_the_next_start() {
    let home = Home::new();
    let file = home.root().with_file_name("home").join(".config/skydeck/settings.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, r#"{"zoom": 2, "appearance": "purple"}"#).unwrap();
    let app = App::open(&home).await;
    app.press("Settings").await;
    app.sees("'appearance' in").await;
    assert_eq!(is_dark(&app).await, json!(false));
    app.check("Tell when an operation has ended").await;
    app.press("Stacks at once").await;
    app.press("4").await;
    app.press("Dark").await;
    let expected = json!({ "zoom": 2, "appearance": "dark", "notifications": false, "parallel": 4 });
    let written = || serde_json::from_str::<Value>(&fs::read_to_string(&file).unwrap()).unwrap();
    wait_for("the settings to be written", || written() == expected);
    becomes_dark(&app).await;
    app.close().await;

    let app = App::open(&home).await;
    app.press("Settings").await;
    app.sees("Set by the environment variable SKYDECK_ROOT").await;
    becomes_dark(&app).await;
    app.close().await;
}

#[tokio::test]
async fn a_settings_file_that_cannot_be_read_does_not_keep_the_app_from_starting() {
    let home = Home::new();
    let file = home.root().with_file_name("home").join(".config/skydeck/settings.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{").unwrap();
    let app = App::open(&home).await;
    app.press("Settings").await;
    app.sees("cannot be read").await;
    app.press("Dark").await;
    app.sees("mend or remove it").await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "{");
    app.close().await;
}

#[tokio::test]
async fn the_first_start_leads_to_a_deployment_in_the_sandbox_without_typing() {
    let home = Home::new();
    let app = App::open(&home).await;
    app.press("Create the first deployment").await;
    app.sees("MyOrg-my-app").await;
    app.press("Create and review its deploy").await;
    app.press("Deploy 6 stacks").await;
    app.sees_deployment_status("deployed").await;
    assert_eq!(home.deployment_status(), "deployed");
    app.close().await;
}
