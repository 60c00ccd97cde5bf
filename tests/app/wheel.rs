//! The mouse wheel as the display server tells of it (XTest): not events that the page or the driver makes up, which reach
//! what real ones may not.

use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::Value;
use skydeck_tests::Home;
use skydeck_tests::driven::App;

const PATIENCE: Duration = Duration::from_secs(20);

/// What tells how far the thing under a CSS selector, or what scrolls it, has been moved: where a part of it is now.
async fn place(app: &App, part: &str) -> Value {
    let script = format!(
        "const it = document.querySelector('{part}'); \
         arguments[arguments.length - 1](it && JSON.stringify(it.getBoundingClientRect()))"
    );
    app.script(&script).await
}

/// The wheel's buttons: towards the user, and away.
const DOWN: &str = "5";
const UP: &str = "4";

/// Turns the wheel over an area until a part of the page has moved, and back until it is where it was.
async fn turns(app: &App, area: &str, part: &str, [there, back]: [&str; 2]) {
    app.client.wait().for_element(Locator::Css(part)).await.unwrap();
    app.point_at(area).await;
    let before = place(app, part).await;
    for (button, moved) in [(there, true), (back, false)] {
        let start = Instant::now();
        while (place(app, part).await != before) != moved {
            assert!(
                start.elapsed() < PATIENCE,
                "the wheel (button {button}) does not move {part} over {area}"
            );
            app.xdotool(&["click", button]);
            app.frames().await;
        }
    }
}

#[tokio::test]
async fn the_wheel_moves_the_list_the_page_the_log_the_panel_and_the_graph() {
    let home = Home::new();
    home.many_deployments(100);
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    let app = App::open(&home).await;
    app.resize(1000, 620).await;
    app.sees("101 deployments").await;
    let list = "[data-testid=deployments-scroller]";
    turns(&app, list, &format!("{list} > *"), [DOWN, UP]).await;

    app.open_deployment("DX6604E").await;
    app.sees("network").await;
    turns(&app, "main", "main > *", [DOWN, UP]).await;

    // A log is opened at its end.
    app.press("Show Deploy in dev, Succeeded").await;
    app.client.wait().for_element(Locator::Css("[role=log] li")).await.unwrap();
    app.script("document.querySelector('[role=log]').scrollIntoView({ block: 'center' }); arguments[0]()")
        .await;
    turns(&app, "[role=log]", "[role=log] ol", [UP, DOWN]).await;

    app.client.find(Locator::Css("[data-testid=cell-network-dev]")).await.unwrap().click().await.unwrap();
    app.press("Template").await;
    app.press("As deployed").await;
    turns(&app, "[role=tabpanel]", "[role=tabpanel] pre", [DOWN, UP]).await;
    app.press("Close panel").await;

    app.press("Graph").await;
    turns(&app, "[data-testid=card-network]", "[data-testid=card-network]", [DOWN, UP]).await;
    app.close().await;
}
