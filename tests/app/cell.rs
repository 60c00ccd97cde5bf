//! One stack in one environment, and two environments side by side: what is shown beyond the grid.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use fantoccini::Locator;
use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;

#[tokio::test]
async fn a_stack_is_looked_into_part_by_part() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    home.edit("deployment-manifest.yaml", "MaxReceiveCount: '5'", "MaxReceiveCount: '6'");
    home.edit("stacks/messaging.yaml", "Sid: OnlyEncryptedConnections", "Sid: NothingUnencrypted");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("messaging in dev: Deployed").await;
    app.sees("None: the stack lives in the sandbox").await;
    app.press("Outputs").await;
    app.sees("Copy as variables").await;
    app.press("Parameters").await;
    app.sees_in("parameter-MaxReceiveCount", "Differs5becomes6from the manifest").await;
    app.press("Resources").await;
    app.sees_in("resource-Queue", "CREATE_COMPLETEAWS::SQS::Queue").await;
    app.press("Events").await;
    app.sees("DX6604E-messaging-dev").await;
    app.press("Template").await;
    app.sees("stacks/messaging.yaml differs from what is deployed: +1 −1 lines.").await;
    app.sees("Sid: NothingUnencrypted").await;
    app.press("Operations").await;
    app.sees("Succeeded").await;
    // The part stays with the address; Escape leads back to the cell.
    app.key(Key::Escape).await;
    app.press("network in dev: Deployed").await;
    app.sees_in_cell("network", "dev", "Enabled: Yes").await;
    assert!(app.client.current_url().await.unwrap().as_str().contains("tab=operations"));
    app.close().await;
}

#[tokio::test]
async fn the_grid_is_walked_through_by_keyboard_and_filtered() {
    let home = Home::new();
    home.init("--account-dev 123456789012 --account-prod 210987654321");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("network in dev: Not deployed").await;
    app.key(Key::Escape).await;
    for (key, cell) in [(Key::Right, "network in prod"), (Key::Down, "security in prod")] {
        app.key(key).await;
        let focused = format!(":focus[aria-label='{cell}: Not deployed']");
        app.client.wait().for_element(Locator::Css(&focused)).await.unwrap();
    }
    app.key(Key::Enter).await;
    let panel = Locator::Css("aside[aria-label='security in prod']");
    app.client.wait().for_element(panel).await.unwrap();
    app.press("Close panel").await;
    app.type_into("Filter stacks", "net").await;
    app.sees("1 of 10 stacks").await;
    app.close().await;
}

#[tokio::test]
async fn a_stack_that_others_changed_is_marked_until_it_is_deployed_again() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    // What somebody else's deploy leaves behind here: everything but our own record of it.
    let state = home.read(".deployment-state.yaml");
    home.edit("deployment-manifest.yaml", "MaxReceiveCount: '5'", "MaxReceiveCount: '6'");
    home.cloud("deploy-stack DX6604E messaging").exits(0);
    home.write(".deployment-state.yaml", &state);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Refresh dev from CloudFormation").await;
    app.sees_in_cell("messaging", "dev", "Changed outside").await;
    app.press("Close operation").await;
    app.press("Status of a stack").await;
    app.press("Needs attention (1)").await;
    app.sees("1 of 10 stacks").await;
    app.press("Status of a stack").await;
    app.press("All statuses").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    home.cloud("deploy DX6604E").exits(0);
    app.press("Cancel").await;
    let cell = "document.querySelector('[data-testid=cell-messaging-dev]')";
    app.until(&format!("{cell}?.textContent.includes('outside') === false")).await;
    app.press("Status of a stack").await;
    app.press("Needs attention (0)").await;
    app.sees("No stack matches the filter.").await;
    app.close().await;
}

#[tokio::test]
async fn two_environments_are_compared_and_the_one_that_is_behind_is_deployed_from_there() {
    let home = Home::new();
    home.init("--account-dev 123456789012 --account-prod 210987654321");
    home.cloud("deploy DX6604E").exits(0);
    home.cloud("deploy DX6604E --environment prod").exits(0);
    home.edit("deployment-manifest.yaml", "MaxReceiveCount: '5'", "MaxReceiveCount: '6'");
    home.edit("stacks/messaging.yaml", "Sid: OnlyEncryptedConnections", "Sid: NothingUnencrypted");
    home.cloud("deploy DX6604E").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Compare").await;
    app.sees_in("comparison", "prod is behind dev by 1 stack.").await;
    app.sees_in("compared-messaging", "Behindtemplate, 1 parameter").await;
    let row = Locator::XPath("//*[@data-testid='compared-messaging']//button");
    app.client.find(row).await.unwrap().click().await.unwrap();
    app.sees_in("difference-MaxReceiveCount", "65A deploy of prod changes it").await;
    app.sees("Sid: NothingUnencrypted").await;
    app.press("Review deploying prod").await;
    app.sees_review("messaging", "prod", "update").await;
    app.sees_whole_review().await;
    app.press("Deploy 1 stack").await;
    app.sees_in("run-messaging-prod", "Succeeded").await;
    app.press("Compare").await;
    app.sees_in("comparison", "prod is level with dev.").await;
    app.close().await;
}

#[tokio::test]
async fn the_aws_console_is_opened_by_a_stacks_name_and_nothing_else_can_be() {
    let home = Home::new();
    // What a desktop opens addresses with.
    let bin = home.root().with_file_name("bin");
    let opened = home.root().with_file_name("opened");
    fs::create_dir(&bin).unwrap();
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\n", opened.display());
    fs::write(bin.join("xdg-open"), script).unwrap();
    fs::set_permissions(bin.join("xdg-open"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let home = home.with("PATH", &path);
    home.init("--account-dev 123456789012");
    home.cloud("deploy-stack DX6604E network").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    let call = |command: &str, arguments: &str| {
        format!(
            "const done = arguments[arguments.length - 1]; \
             window.__TAURI_INTERNALS__.invoke('{command}', {arguments}).then(() => done('done'), (e) => done(JSON.stringify(e)))"
        )
    };
    let network = "{id: 'DX6604E', key: {stack: 'network', environment: 'dev'}, url: 'https://evil.example'}";
    // Of the sandbox there is none.
    let refused = app.script(&call("open_console", network)).await;
    assert!(refused.as_str().unwrap().contains("not in the AWS console"), "{refused}");

    home.edit("deployment-manifest.yaml", "target: sandbox", "target: aws");
    app.press("network in dev: Deployed").await;
    app.press("Open in the AWS console").await;
    let told = || fs::read_to_string(&opened).unwrap_or_default();
    wait_for("the console to be opened", || told().ends_with('\n'));
    assert!(
        told().starts_with("https://console.aws.amazon.com/cloudformation/home?region=us-east-1#"),
        "{}",
        told()
    );
    assert_eq!(told().lines().count(), 1);

    // An address of its own in the state file leads nowhere, and there is no other way out.
    let state = home.read(".deployment-state.yaml");
    let arn = state.lines().find(|line| line.contains("stack_id:")).unwrap();
    home.write(".deployment-state.yaml", &state.replace(arn, "    stack_id: https://evil.example/"));
    for (command, arguments) in [
        ("open_console", network),
        ("plugin:opener|open_url", "{url: 'https://evil.example'}"),
        ("plugin:shell|open", "{path: 'https://evil.example'}"),
    ] {
        assert_ne!(app.script(&call(command, arguments)).await, "done", "{command}");
    }
    assert_eq!(told().lines().count(), 1);
    app.close().await;
}
