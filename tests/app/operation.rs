//! An operation as it is watched and as it is found afterwards: its time, its timeline, its events, what failed.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;

/// What is in the clipboard, typed into a field of the page.
pub async fn pasted(app: &App) -> String {
    let field = "const done = arguments[arguments.length - 1]; \
                 const field = document.createElement('textarea'); field.id = 'pasted'; \
                 document.body.append(field); field.focus(); done(true)";
    app.script(field).await;
    let field = app.client.find(Locator::Css("#pasted")).await.unwrap();
    let paste: String = [char::from(Key::Control), 'v', char::from(Key::Null)].iter().collect();
    field.send_keys(&paste).await.unwrap();
    let text = field.prop("value").await.unwrap().unwrap_or_default();
    app.script("document.getElementById('pasted').remove(); arguments[arguments.length - 1](true)").await;
    text
}

#[tokio::test]
async fn what_was_done_before_tells_how_long_it_takes_now() {
    let home = Home::new().with("SKYDECK_SANDBOX_SPEED", "4");
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    home.cloud("destroy DX6604E --environment dev --yes").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    app.sees_in("usually", "usually takes ").await;
    app.press("Stacks at once").await;
    app.press("4 at once").await;
    app.press("Deploy 6 stacks").await;
    app.sees_in("estimate", " left").await;
    app.sees_in("api-usage", "calls/s").await;
    app.picture("operation-running").await;
    // What waits is expected, on a chain that decides the end.
    let expected = "//*[@data-testid='run-monitoring-dev' and @data-phase='queued']//*[@data-testid='ahead']";
    app.client.find(Locator::XPath(expected)).await.unwrap();
    app.sees_deployment_status("deployed").await;
    app.sees_in("api-usage", " calls").await;
    let critical = app.client.find_all(Locator::Css("[data-critical='true']")).await.unwrap();
    assert!(critical.len() > 1, "no chain is marked");

    // It is found as it was left, by a stack's row and back.
    app.press("Copy as cloud command").await;
    app.sees("Copied").await;
    assert_eq!(pasted(&app).await, "cloud deploy DX6604E --environment dev --parallel 4");
    app.client.find(Locator::Css("[data-row='0']")).await.unwrap().click().await.unwrap();
    app.sees_in("operation", "Succeeded").await;
    let hash = app.script("arguments[arguments.length - 1](location.hash)").await;
    assert!(hash.as_str().unwrap().contains("stack=network&environment=dev&operation="), "{hash}");
    app.close().await;
}

#[tokio::test]
async fn a_failure_is_handed_on_and_gone_on_from() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let template = home.read("stacks/messaging.yaml");
    home.write(
        "stacks/messaging.yaml",
        &template.replacen(
            "\n  Queue:\n",
            "\n  Queue:\n    Metadata: {Sandbox: {Fail: no more queues today}}\n",
            1,
        ),
    );
    home.cloud("deploy DX6604E").exits(3);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Show Deploy in dev, Partial").await;
    app.sees_in("failure", "messaging in dev: no more queues today").await;
    app.press("Template lines").await;
    app.sees_in("failure", "Metadata: {Sandbox: {Fail: no more queues today}}").await;
    app.picture("operation-failed").await;
    app.press("Copy as Markdown").await;
    app.sees("Copied").await;
    let report = pasted(&app).await;
    for part in [
        "## `messaging` failed in `dev` (`DX6604E`)",
        "**`no more queues today`**",
        "### `stacks/messaging.yaml`, line ",
        "cloud repair-stack DX6604E messaging --environment dev",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }

    // Only what failed, also after a reload.
    let only = Locator::XPath("//label[normalize-space(.)='Failures only']");
    app.client.find(only).await.unwrap().click().await.unwrap();
    app.sees("Show all").await;
    let lines = "const done = arguments[arguments.length - 1]; \
                 done([...document.querySelectorAll('[role=log] li')].every((line) => /fail/i.test(line.textContent)))";
    app.client.refresh().await.unwrap();
    app.sees("no more queues today").await;
    app.sees("Show all").await;
    assert_eq!(app.script(lines).await, json!(true));

    home.write("stacks/messaging.yaml", &template);
    app.press("Try again").await;
    app.sees_whole_review().await;
    app.press("Deploy 3 stacks").await;
    app.sees_deployment_status("deployed").await;
    wait_for("the deployment's status", || home.deployment_status() == "deployed");
    app.close().await;
}
