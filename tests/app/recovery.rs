//! What a person is told where something went wrong, and what comes of following it.

use skydeck_tests::Home;
use skydeck_tests::driven::App;

const MANIFEST: &str = "stacks:\n  only:\n    enabled: true\n    template: stacks/only.yaml\n";

/// A deployment of one stack with this template.
fn home(template: &str) -> Home {
    let home = Home::new();
    home.init("--account-dev 123456");
    let manifest = home.read("deployment-manifest.yaml");
    let (head, _) = manifest.split_once("stacks:\n").unwrap();
    home.write("deployment-manifest.yaml", &format!("{head}{MANIFEST}"));
    home.write("stacks/only.yaml", template);
    home
}

#[tokio::test]
async fn a_warning_of_the_validation_is_in_the_review_with_its_line() {
    let home = home(
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Metadata: {Sandbox: {Warn: The quota of queues is nearly used up}}\n",
    );
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    app.sees_in("review-only-dev", "1 warning").await;
    app.sees_in("review-only-dev", "The quota of queues is nearly used up").await;
    app.sees_in("review-only-dev", "stacks/only.yaml:2").await;
    app.picture("review-warning").await;
    app.press("Deploy 1 stack").await;
    app.sees_deployment_status("deployed").await;
    app.close().await;
}

#[tokio::test]
async fn a_stack_that_fails_as_a_whole_says_why_and_its_toast_goes_with_the_next_deploy() {
    let home = home(
        "Resources:\n  Topic: {Type: AWS::SNS::Topic, Metadata: {Sandbox: {Seconds: 6}}, Properties: {DisplayName: !ImportValue shared-arn}}\n",
    )
    .with("SKYDECK_SANDBOX_SPEED", "3");
    home.cloud("deploy DX6604E --quiet").exits(1);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    let why = "No export named shared-arn found. Rollback requested by user.";
    app.press("Show Deploy in dev, Failed").await;
    app.sees(&format!("only in dev: {why}")).await;
    app.press("How to fix only in dev").await;
    app.sees_in("recovery", "Delete and create again").await;
    app.picture("whole-failure").await;

    app.press("Try again").await;
    app.press("Deploy 1 stack").await;
    app.sees_stack_status("only", "dev", "deploying").await;
    app.keys("gd").await;
    app.sees("Deploy of DX6604E in dev failed").await;
    home.write("stacks/only.yaml", "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n");
    home.cloud("deploy DX6604E --quiet").exits(0);
    app.until("!document.querySelector('[data-testid=toast]')").await;
    app.close().await;
}
