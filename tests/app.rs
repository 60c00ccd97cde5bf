//! The main job in the real app, by clicking and typing; both levels of status are read from the screen and
//! from the files.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;

#[tokio::test]
async fn a_deployment_is_created_deployed_and_destroyed_by_clicking() {
    // Slow enough to see each status go by.
    let home = Home::new().with("SKYDECK_SANDBOX_SPEED", "3");
    let app = App::open(&home).await;

    app.press("Create the first deployment").await;
    app.type_into("Organization", "MyOrg").await;
    app.type_into("Project", "my-app").await;
    app.type_into("Domain", "myapp.com").await;
    app.press("Create deployment").await;
    app.sees_deployment_status("initialized").await;
    assert_eq!(home.deployment_status(), "initialized");
    let id = home.deployment().file_name().unwrap().to_string_lossy()[..7].to_owned();

    // One stack: the deployment's own status does not move (addendum, scenario 1).
    app.press("Deploy stack network in dev").await;
    app.press("Deploy 1 stack").await;
    app.sees_stack_status("network", "dev", "deploying").await;
    app.sees_stack_status("network", "dev", "deployed").await;
    app.sees_deployment_status("initialized").await;
    app.sees("no full deploy has run").await;
    assert_eq!(
        (home.deployment_status().as_str(), home.stack_status("network-dev").as_str()),
        ("initialized", "deployed")
    );

    // The whole: deploying, then deployed (scenario 2).
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.sees_deployment_status("deploying").await;
    app.sees_deployment_status("deployed").await;
    for stack in ["network", "security", "storage", "messaging", "roles", "monitoring"] {
        app.sees_stack_status(stack, "dev", "deployed").await;
        app.sees_in_cell(stack, "dev", "Deployed").await;
        app.sees_in_cell(stack, "dev", "Enabled: Yes").await;
        assert_eq!(home.stack_status(&format!("{stack}-dev")), "deployed");
    }
    app.sees_stack_status("database", "dev", "not_deployed").await;
    app.sees_in_cell("database", "dev", "Enabled: No").await;
    assert_eq!(home.deployment_status(), "deployed");

    // One stack away.
    app.press("Destroy stack monitoring in dev").await;
    app.type_into(&format!("Type {id} to confirm"), &id).await;
    app.press("Destroy 1 stack").await;
    app.sees_stack_status("monitoring", "dev", "destroyed").await;
    app.sees_deployment_status("deployed").await;
    assert_eq!(
        (home.deployment_status().as_str(), home.stack_status("monitoring-dev").as_str()),
        ("deployed", "destroyed")
    );

    // All of it; nothing happens before the id is typed.
    app.press("More actions for dev").await;
    app.press("Destroy dev…").await;
    app.type_into(&format!("Type {id} to confirm"), "DOTHER1").await;
    app.key(Key::Enter).await;
    assert_eq!(home.deployment_status(), "deployed");
    app.type_into(&format!("Type {id} to confirm"), &id).await;
    app.key(Key::Enter).await;
    app.sees_deployment_status("destroyed").await;
    app.sees_stack_status("network", "dev", "destroyed").await;
    assert_eq!(
        (home.deployment_status().as_str(), home.stack_status("network-dev").as_str()),
        ("destroyed", "destroyed")
    );
    app.close().await;
}

#[tokio::test]
async fn what_another_program_changes_shows_by_itself() {
    let home = Home::new();
    let app = App::open(&home).await;
    app.sees("Create your first deployment").await;

    home.init("--account-dev 123456");
    app.open_deployment("DX6604E").await;
    home.cloud("deploy-stack DX6604E network").exits(0);
    app.sees_stack_status("network", "dev", "deployed").await;

    // What the files say wrongly is mended on request.
    home.edit(".deployment-state.yaml", "\n    status: deployed", "\n    status: failed");
    home.edit(".deployment-state.yaml", "CREATE_COMPLETE", "CREATE_FAILED");
    app.sees_stack_status("network", "dev", "failed").await;
    app.press("More actions for the deployment").await;
    app.press("Refresh from CloudFormation").await;
    app.sees_stack_status("network", "dev", "deployed").await;

    // By hand, in an editor: a typo is told with its place, and its mending too.
    home.edit("deployment-manifest.yaml", "    enabled: true", "    enabeld: true");
    app.sees("enabeld").await;
    app.sees("deployment-manifest.yaml:").await;
    home.edit("deployment-manifest.yaml", "    enabeld: true", "    enabled: false");
    app.sees_stack_status("network", "dev", "deployed").await;
    app.sees_in_cell("network", "dev", "Enabled: ").await;
    app.close().await;
}

#[tokio::test]
async fn a_failure_shows_its_root_cause_where_it_happened() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let template = home.read("stacks/messaging.yaml");
    home.write(
        "stacks/messaging.yaml",
        &format!("{template}\nMetadata: {{Sandbox: {{Fail: no more queues today}}}}\n"),
    );
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.press("Deploy 6 stacks").await;
    app.sees_deployment_status("partial").await;
    app.sees("no more queues today").await;
    app.sees_stack_status("messaging", "dev", "failed").await;
    app.sees_in_cell("messaging", "dev", "no more queues today").await;
    app.sees_stack_status("monitoring", "dev", "not_deployed").await;
    app.sees_stack_status("storage", "dev", "deployed").await;
    assert_eq!(home.deployment_status(), "partial");
    app.close().await;
}

#[tokio::test]
async fn an_operation_that_was_cut_off_is_brought_to_its_end_by_looking_at_it() {
    let home = Home::new();
    home.init("--account-dev 123456");
    drop(home.begin_deploy(30));
    assert_eq!(home.cloud("list --output json").exits(0).json()[0]["status"], "unknown");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.sees_deployment_status("partial").await;
    app.sees_stack_status("network", "dev", "deployed").await;
    app.close().await;
}

#[tokio::test]
async fn what_may_not_start_is_refused_in_place() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.write(".deployment-metadata.yaml", "");
    let app = App::open(&home).await;
    app.sees(".deployment-metadata.yaml").await;
    app.open_deployment("DX6604E").await;
    app.sees_deployment_status("unknown").await;
    app.close().await;
}

#[tokio::test]
async fn the_page_can_call_its_own_commands_and_nothing_else() {
    let home = Home::new();
    let app = App::open(&home).await;
    app.sees("Create your first deployment").await;
    let call = |command: &str| {
        format!(
            "const done = arguments[arguments.length - 1]; \
             window.__TAURI_INTERNALS__.invoke('{command}', {{}}).then(() => done('done'), (e) => done(String(e)))"
        )
    };
    assert_eq!(app.script(&call("list_deployments")).await, "done");
    for command in
        ["plugin:fs|read_text_file", "plugin:shell|execute", "plugin:window|close", "plugin:event|emit"]
    {
        let answer = app.script(&call(command)).await;
        let answer = answer.as_str().unwrap();
        assert!(answer.contains("not allowed") || answer.contains("not found"), "{command}: {answer}");
    }
    app.close().await;
}
