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

#[tokio::test]
async fn the_graph_says_what_one_stack_imports_of_another() {
    let home = Home::new();
    home.importing_deployment("sandbox");
    home.cloud("deploy DX6604E --yes").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Graph").await;
    app.sees_in("card-app", "Deployed").await;
    // What the pointer finds on the line between the two cards.
    app.until(
        "(() => { const [from, to] = ['net', 'app'].map((it) => \
         document.querySelector(`[data-testid=card-${it}]`).getBoundingClientRect()); \
         const line = document.elementFromPoint((from.right + to.left) / 2, (from.top + from.bottom) / 2); \
         return line?.querySelector('title')?.textContent === 'app needs net: imports shared-arn'; })()",
    )
    .await;
    app.client.find(Locator::Css("[data-testid=card-app]")).await.unwrap().click().await.unwrap();
    app.sees("imports shared-arn").await;
    app.picture("graph-imports").await;
    app.close().await;
}
