//! The graph of dependencies: what a failure blocks, and the way from a card to its stack.

use fantoccini::Locator;
use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;

#[tokio::test]
async fn the_graph_follows_a_deploy_and_leads_to_a_stack() {
    let home = Home::new().with("SKYDECK_SANDBOX_SPEED", "3");
    home.init("--account-dev 123456789012");
    home.edit(
        "stacks/messaging.yaml",
        "\nParameters:",
        "\nMetadata: {Sandbox: {Fail: no more queues today}}\nParameters:",
    );
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Graph").await;
    app.sees_in("card-network", "Not deployed").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    app.press("Deploy 6 stacks").await;
    app.press("Graph").await;
    app.sees_in("card-network", "Deploying").await;
    app.sees_in("card-network", "Deployed").await;
    app.sees_in("card-roles", "Blocked").await;
    app.sees("messaging failed and blocks").await;
    app.picture("graph").await;

    // The mouse on a card; the arrows from there.
    app.client.find(Locator::Css("[data-testid=card-messaging]")).await.unwrap().click().await.unwrap();
    app.sees("no more queues today").await;
    app.press("Close panel").await;
    app.key(Key::Left).await;
    app.key(Key::Enter).await;
    app.sees_named("security in dev").await;
    app.close().await;
}
