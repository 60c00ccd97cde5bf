//! CloudFormation out of reach: what is known is shown as that, with its age, and nothing is marked as failed.

use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;
use skydeck_tests::{Home, SandboxServer};

#[tokio::test]
async fn while_cloudformation_is_out_of_reach_the_last_known_state_is_shown_as_such() {
    let cloud = Home::new();
    let server = SandboxServer::start(&cloud);
    let (url, port) = (server.url.clone(), server.url.rsplit(':').next().unwrap().to_owned());
    let home = Home::against(&url);
    home.small_deployment();
    home.cloud("deploy DX6604E --yes").exits(0);
    let app = App::open(&home).await;
    // Everything that the files say of how things stand.
    let files = || [home.read(".deployment-metadata.yaml"), home.read(".deployment-state.yaml")];
    let deployed = files();
    app.open_deployment("DX6604E").await;
    app.press("More actions for the deployment").await;
    app.press("Refresh from CloudFormation").await;
    // The deploy, too, has just checked its stacks.
    wait_for("the look to be written down", || files() != deployed);
    app.sees_in("environment-dev", "Checked just now").await;
    let before = files();

    drop(server);
    app.press("More actions for the deployment").await;
    app.press("Refresh from CloudFormation").await;
    app.sees_in("environment-dev", "Last known state, ").await;
    app.sees("What is shown is how the stacks stood when CloudFormation last answered.").await;
    app.sees("STS cannot be reached").await;
    app.picture("offline").await;
    for stack in ["events", "jobs"] {
        app.sees_stack_status(stack, "dev", "deployed").await;
    }
    app.sees_deployment_status("deployed").await;
    assert_eq!(files(), before);
    // A deploy says the same, and does not start.
    app.press("Deploy dev").await;
    app.sees_in("review", "STS cannot be reached").await;
    app.picture("offline-deploy").await;
    app.press("DX6604E").await;
    assert_eq!(files(), before);

    let _server = SandboxServer::start_on(&cloud, &port);
    app.press("Try again").await;
    app.sees_in("environment-dev", "Checked just now").await;
    app.sees_stack_status("jobs", "dev", "deployed").await;
    app.sees_deployment_status("deployed").await;
    assert!(!home.read(".deployment-state.yaml").contains("failed"));
    app.close().await;
}
