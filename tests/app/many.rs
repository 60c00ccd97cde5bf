//! A root with thousands of deployments.

use fantoccini::key::Key;
use serde_json::{Value, json};
use skydeck_tests::Home;
use skydeck_tests::driven::App;

const MANY: usize = 2500;

/// What a row of the table has in it; null where it is not in the document.
async fn row(app: &App, id: &str) -> Value {
    let row = format!("document.querySelector('[data-testid=deployment-{id}]')");
    app.script(&format!("arguments[arguments.length - 1]({row} && {row}.textContent)")).await
}

#[tokio::test]
async fn thousands_of_deployments_are_filtered_walked_through_chosen_and_kept_current() {
    let home = Home::new();
    home.many_deployments(MANY);
    let app = App::open(&home).await;
    app.sees(&format!("{MANY} deployments")).await;
    // All were made at the same moment, and then the order is that of their ids.
    app.sees("D000000").await;
    assert_eq!(row(&app, "D002499").await, Value::Null);

    // By keys to the last, of which only now there is a row, and back.
    app.script("document.querySelector('tr[tabindex=\"0\"]').focus(); arguments[arguments.length - 1]()")
        .await;
    app.key(Key::End).await;
    app.sees_in("deployment-D002499", "project-2499").await;
    app.key(Key::Home).await;
    app.sees_in("deployment-D000000", "project-0").await;

    // The filter stands in the address, so that coming back finds it.
    app.type_into("Filter deployments", "org7 project-2").await;
    app.sees(&format!("16 of {MANY} deployments")).await;
    app.sees_in("deployment-D002007", "SANDBOX").await;
    app.open_deployment("D002007").await;
    app.client.back().await.unwrap();
    app.sees(&format!("16 of {MANY} deployments")).await;

    // Another program changes one, takes one away, and makes one.
    let folder = |number: usize| home.root().join(format!("D{number:06}-Org7-project-{number}"));
    let metadata = folder(2007).join(".deployment-metadata.yaml");
    let text = std::fs::read_to_string(&metadata).unwrap();
    std::fs::write(&metadata, text.replace("status: initialized", "status: partial")).unwrap();
    app.sees_in("deployment-D002007", "Partial").await;
    std::fs::remove_dir_all(folder(2047)).unwrap();
    app.sees(&format!("15 of {} deployments", MANY - 1)).await;
    home.cloud("init --org Org7 --project project-2x --domain myapp.com --id DNEW001").exits(0);
    app.sees_in("deployment-DNEW001", "project-2x").await;

    // All that the filter shows, and nothing else, is asked for.
    app.check("Choose all in sight of the filter").await;
    app.sees("16 deployments chosen").await;
    app.press("Refresh 16 deployments from CloudFormation").await;
    // The copies have no templates, which nobody needs for that.
    app.sees("16 of 16 refreshed.").await;
    app.sees_in("deployment-DNEW001", "just now").await;
    app.press("Dismiss").await;
    app.press("Choose none").await;
    let address = "arguments[arguments.length - 1](location.hash)";
    assert_eq!(app.script(address).await, json!("#/deployments?filter=org7+project-2"));
    app.close().await;
}
