//! What lies under the pointer, and what a press on it does: menus, the panel's edge, a second click that comes too soon.

use std::fs;

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;

use crate::keyboard::chord;
use crate::operation::pasted;

const CELL: &str = "[data-testid=cell-network-dev]";

/// What an expression is in the page.
async fn is(app: &App, expression: &str) -> Value {
    app.script(&format!("arguments[arguments.length - 1]({expression})")).await
}

/// The steps of cancelling that the operation's log has: whether each was for what runs, too.
fn steps(home: &Home) -> Vec<bool> {
    let log = fs::read_dir(home.deployment().join("logs")).unwrap().next().unwrap().unwrap().path();
    let events = fs::read_to_string(log).unwrap();
    let events = events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|it| it["event"] == "cancel_requested").map(|it| it["running_too"] == true).collect()
}

#[tokio::test]
async fn a_double_click_cancels_only_the_first_step_and_the_second_asks() {
    let home = Home::new().with("SKYDECK_SANDBOX_SPEED", "4");
    home.init("--account-dev 123456");
    let template = home.read("stacks/network.yaml");
    home.write("stacks/network.yaml", &format!("{template}\nMetadata: {{Sandbox: {{Seconds: 400}}}}\n"));
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.sees_stack_status("network", "dev", "deploying").await;

    let cancel = "[title^='Start no further stack']";
    app.client.wait().for_element(Locator::Css(cancel)).await.unwrap();
    app.point_at(cancel).await;
    app.xdotool(&["click", "--repeat", "2", "--delay", "40", "1"]);
    app.sees("No further stack starts.").await;
    app.picture("scene-cancel-first").await;
    assert_eq!(is(&app, "document.querySelector('[role=alertdialog]') === null").await, json!(true));

    // Its own second click falls on the question, which stands in the middle of the window.
    app.script(
        "const step = [...document.querySelectorAll('button')].find((it) => it.textContent === 'Cancel running stacks too…'); \
         step.id = 'second'; arguments[arguments.length - 1](true)",
    )
    .await;
    app.point_at("#second").await;
    app.xdotool(&["click", "--repeat", "2", "--delay", "40", "1"]);
    app.sees("CloudFormation cancels an update").await;
    app.picture("scene-cancel-second").await;
    assert_eq!(steps(&home), [false]);
    app.press("Let it finish").await;
    app.press("Cancel running stacks too…").await;
    app.press("Cancel 1 stack").await;
    app.sees("Cancelling the running stacks, too").await;
    wait_for("the second step", || steps(&home) == [false, true]);
    app.close().await;
}

#[tokio::test]
async fn a_right_click_shows_what_can_be_done_and_a_field_pastes() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    let app = App::open(&home).await;
    app.sees("DX6604E").await;
    app.point_at("[data-testid=deployment-DX6604E]").await;
    app.xdotool(&["click", "3"]);
    app.sees("Copy folder path").await;
    app.picture("scene-menu-list").await;
    app.press("Copy id").await;
    app.sees("The id is copied").await;

    // The id is pasted into the filter, by the menu.
    app.point_at("input[type=search]").await;
    app.xdotool(&["click", "3"]);
    app.sees("Select all").await;
    app.picture("scene-menu-field").await;
    app.press("Paste").await;
    app.until("document.querySelector('input[type=search]').value === 'DX6604E'").await;

    app.open_deployment("DX6604E").await;
    app.sees("network").await;
    app.point_at(CELL).await;
    app.xdotool(&["click", "3"]);
    app.sees("Show network in dev").await;
    app.picture("scene-menu-cell").await;
    app.key(Key::Escape).await;
    app.until("document.querySelector('[role=menu]') === null").await;

    app.point_at("[data-testid=environment-dev]").await;
    app.xdotool(&["click", "3"]);
    app.sees("Access of dev…").await;
    app.press("Access of dev…").await;
    app.sees("Account").await;
    app.type_into("Region", "eu-west-1").await;
    app.close().await;
}

#[tokio::test]
async fn what_is_typed_right_after_the_palettes_keys_reaches_it() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let app = App::open(&home).await;
    app.sees("DX6604E").await;
    app.xdotool(&["search", "--onlyvisible", "--name", "Skydeck", "windowfocus"]);
    app.xdotool(&["key", "ctrl+k", "s", "e", "t", "t", "i", "n", "g", "s", "Return"]);
    app.sees("Deployments folder").await;
    app.close().await;
}

#[tokio::test]
async fn a_log_is_copied_with_an_event_on_each_line() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Show Deploy in dev, Succeeded").await;
    app.client.wait().for_element(Locator::Css("[role=log] li")).await.unwrap();
    is(&app, "document.querySelector('[role=log]').focus()").await;
    chord(&app, Key::Control, 'a').await;
    chord(&app, Key::Control, 'c').await;
    let text = pasted(&app).await;
    let log = fs::read_dir(home.deployment().join("logs")).unwrap().next().unwrap().unwrap().path();
    let events = fs::read_to_string(log).unwrap();
    assert_eq!(text.lines().count(), events.lines().count(), "{text}");
    assert!(text.lines().all(|line| line.as_bytes()[2] == b':'), "{text}");
    // So is a part of what is in sight, drawn over by the pointer.
    let (x, y) = app.point_at("[role=log] li:last-child").await;
    app.xdotool(&["mousedown", "1"]);
    app.xdotool(&["mousemove", &x.to_string(), &(y - 48).to_string()]);
    app.xdotool(&["mouseup", "1"]);
    app.until("getSelection().toString().length > 0").await;
    chord(&app, Key::Control, 'c').await;
    let text = pasted(&app).await;
    assert_eq!(text.lines().count(), 3, "{text}");
    app.close().await;
}

#[tokio::test]
async fn the_edge_resizes_the_panel_which_covers_no_column() {
    let home = Home::new();
    home.init("--account-dev 123456 --account-prod 654321");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.sees("network").await;
    let width = "document.querySelector('aside').offsetWidth";
    let covers = "(() => { const left = document.querySelector('aside').getBoundingClientRect().left; \
         return [...document.querySelectorAll('th button')].some((it) => it.getBoundingClientRect().right > left); })()";
    for (room, name) in [(1280, "wide"), (1000, "small")] {
        app.resize(room, 700).await;
        app.client.find(Locator::Css(CELL)).await.unwrap().click().await.unwrap();
        app.sees("Needed by").await;
        assert_eq!(is(&app, covers).await, json!(false), "{room}");
        app.picture(&format!("scene-panel-{name}")).await;
    }
    app.resize(1280, 700).await;
    let (before, _) = (is(&app, width).await.as_i64().unwrap(), ());
    let (x, y) = app.point_at("[role=separator]").await;
    app.xdotool(&["mousedown", "1"]);
    app.xdotool(&["mousemove", &(x + 60).to_string(), &y.to_string()]);
    app.xdotool(&["mouseup", "1"]);
    app.until(&format!("{width} < {before} - 40")).await;
    let kept = is(&app, width).await;
    app.press("Close panel").await;
    app.client.find(Locator::Css(CELL)).await.unwrap().click().await.unwrap();
    app.sees("Needed by").await;
    assert_eq!(is(&app, width).await, kept);
    app.close().await;
}

#[tokio::test]
async fn a_folder_is_chosen_in_the_systems_dialog() {
    let home = Home::new().with("SKYDECK_ROOT", "");
    let folder = home.root().with_file_name("chosen here");
    fs::create_dir_all(&folder).unwrap();
    let settings = home.root().with_file_name("home").join(".config/skydeck/settings.json");
    let app = App::open(&home).await;
    app.sees("Create your first deployment").await;
    let choose = || async {
        app.press("Choose another folder…").await;
        app.xdotool(&[
            "search",
            "--sync",
            "--onlyvisible",
            "--name",
            "Folder for deployments",
            "windowfocus",
        ]);
    };
    choose().await;
    app.xdotool(&["key", "Escape"]);
    // Nothing was chosen: the button can be pressed again.
    choose().await;
    assert!(!settings.exists());
    app.xdotool(&["type", "--delay", "30", &folder.display().to_string()]);
    app.xdotool(&["key", "Return"]);
    app.sees("From the next start on").await;
    let written: Value = serde_json::from_str(&fs::read_to_string(&settings).unwrap()).unwrap();
    assert_eq!(written["root"], json!(folder));
    app.close().await;
}

#[tokio::test]
async fn what_a_line_of_a_log_cuts_off_is_told_below_the_log() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let reason = "no more queues today ".repeat(12);
    let fail = format!("\nMetadata: {{Sandbox: {{Fail: {reason}}}}}\nParameters:");
    home.edit("stacks/messaging.yaml", "\nParameters:", &fail);
    home.cloud("deploy DX6604E").exits(3);
    let app = App::open(&home).await;
    app.resize(1000, 800).await;
    app.open_deployment("DX6604E").await;
    app.press("Show Deploy in dev, Partial").await;
    app.client.wait().for_element(Locator::Css("[role=log] li")).await.unwrap();
    app.check("Failures only").await;
    app.point_at("[role=log] li").await;
    let told = "[...document.querySelectorAll('body *')].find((it) => it.children.length === 0 && \
                it.textContent.includes('no more queues today') && it.closest('[role=presentation]'))";
    app.until(&format!("{told} !== undefined")).await;
    app.picture("scene-log-line").await;
    let clear = format!(
        "{told}.getBoundingClientRect().top >= document.querySelector('[role=log]').getBoundingClientRect().bottom"
    );
    assert_eq!(is(&app, &clear).await, json!(true));
    app.close().await;
}
