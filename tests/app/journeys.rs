//! The main job by clicking and typing; both levels of status are read from the screen and from the files.

use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::server::wait_for;

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

    // One stack: the deployment's own status does not move (`docs/reference/statuses.md`).
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
    app.sees("1 unchanged").await;
    app.press("Deploy 5 stacks").await;
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
    app.sees_whole_review().await;
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
async fn a_changed_parameter_is_seen_before_and_after_then_deployed() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E").exits(0);
    home.edit("deployment-manifest.yaml", "MaxReceiveCount: '5'", "MaxReceiveCount: '6'");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.sees_review("messaging", "dev", "update").await;
    app.sees_whole_review().await;
    app.press("Update messaging 1 changed").await;
    app.sees_in("change-Queue", "RedrivePolicy").await;
    app.sees_in("change-Queue", "\"maxReceiveCount\": \"5\"").await;
    app.sees_in("change-Queue", "\"maxReceiveCount\": \"6\"").await;
    app.sees_in("review-messaging-dev", "5becomes6").await;
    // What feeds on messaging may still change with it.
    app.press("Deploy 1 stack").await;
    app.sees_in("run-messaging-dev", "Succeeded").await;
    app.sees_in("run-roles-dev", "Unchanged").await;
    app.sees_deployment_status("deployed").await;
    app.press("Deploy dev").await;
    app.sees("Nothing to deploy: everything is as wanted.").await;
    app.close().await;
}

#[tokio::test]
async fn a_first_create_that_failed_is_deleted_and_created_again() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let template = home.read("stacks/network.yaml");
    home.write(
        "stacks/network.yaml",
        &format!("{template}\nMetadata: {{Sandbox: {{Fail: no room here}}}}\n"),
    );
    home.cloud("deploy-stack DX6604E network").exits(1);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("network in dev: Failed").await;
    app.sees_in("recovery", "ROLLBACK_COMPLETE").await;
    app.sees_in("way-recreate", "DeleteStack, then CreateStack, StackName=DX6604E-network-dev").await;
    home.write("stacks/network.yaml", &template);
    app.press("Delete and create again").await;
    app.sees_review("network", "dev", "recreate").await;
    app.press("Deploy 1 stack").await;
    app.sees_in("run-network-dev", "Succeeded").await;
    app.sees_stack_status("network", "dev", "deployed").await;
    assert_eq!(home.stack_status("network-dev"), "deployed");
    app.close().await;
}

#[tokio::test]
async fn a_review_that_is_left_leaves_nothing_behind() {
    let home = Home::new();
    home.init("--account-dev 123456");
    // What CloudFormation has of it; this question changes nothing.
    let status = || {
        let card = home.cloud("repair-stack DX6604E network --output json").exits(0).json();
        card["cloudformation_status"].clone()
    };
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    assert_eq!(status(), "REVIEW_IN_PROGRESS");
    app.press("Cancel").await;
    wait_for("the stack of the change set to go", || status().is_null());
    app.sees_stack_status("network", "dev", "not_deployed").await;
    app.close().await;
}

#[tokio::test]
async fn what_was_not_reviewed_is_asked_in_the_middle() {
    let home = Home::new();
    home.small_deployment();
    home.edit("deployment-manifest.yaml", "target: aws", "target: sandbox");
    home.cloud("deploy DX6604E").exits(0);
    let queue = || {
        let status = home.cloud("status DX6604E --output json").exits(0).json();
        status["stacks"][1]["outputs"]["Name"].clone()
    };
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    // The queue of jobs is named after this output, which no review can know before it is there.
    let comes_to_the_question = async |old: &str, new: &str| {
        home.edit("stacks/events.yaml", old, new);
        app.press("Deploy dev").await;
        app.sees("1 unchanged").await;
        app.press("Deploy 1 stack").await;
        app.sees_in("approvals", "jobs in dev would change in a way that was not reviewed").await;
        app.sees_in("approvals", "Queue is replaced, which was not in the review").await;
        app.sees_in("approvals", "Data is at risk in 1 resource").await;
    };

    comes_to_the_question("!GetAtt Topic.TopicName", "!Sub 'other-${Topic.TopicName}'").await;
    app.press("Go on with these changes").await;
    app.sees_in("run-jobs-dev", "Succeeded").await;
    app.sees_deployment_status("deployed").await;
    assert_eq!(queue(), "q-other-DX6604E-events-dev-first");

    comes_to_the_question("other-", "again-").await;
    app.press("Leave jobs out").await;
    app.sees_in("run-jobs-dev", "Skipped").await;
    app.sees_deployment_status("partial").await;
    assert_eq!(queue(), "q-other-DX6604E-events-dev-first");
    app.close().await;
}

#[tokio::test]
async fn access_is_written_into_the_manifest_and_nothing_else_of_it_changes() {
    let home = Home::new();
    home.init("--account-dev 123456789012");
    home.edit(
        "deployment-manifest.yaml",
        "    region: us-east-1",
        "    region: us-east-1  # near the office",
    );
    let config = home.root().with_file_name("home").join(".aws/config");
    std::fs::create_dir(config.parent().unwrap()).unwrap();
    std::fs::write(config, "[profile acme-dev]\nsso_session = main\n").unwrap();
    let before = home.read("deployment-manifest.yaml");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("More actions for dev").await;
    app.press("Access…").await;
    app.press("AWS").await;
    app.type_into("Region", "eu-central-1").await;
    app.press("Profile").await;
    app.press("acme-dev: SSO session main").await;
    app.press("Save").await;
    // Nobody is logged in, so that the account is not proven; nothing is written until that is accepted.
    app.sees("Save without the proof").await;
    assert_eq!(home.read("deployment-manifest.yaml"), before);
    app.press("Save without the proof").await;
    app.sees_in("environment-dev", "AWS").await;
    app.sees_in("environment-dev", "eu-central-1").await;
    let wanted = before
        .replace("target: sandbox", "target: aws")
        .replace("us-east-1  # near", "eu-central-1  # near")
        .replace("account: '123456789012'\n", "account: '123456789012'\n    profile: acme-dev\n");
    assert_eq!(home.read("deployment-manifest.yaml"), wanted);
    app.close().await;
}

#[tokio::test]
async fn an_operation_whose_program_was_killed_is_taken_up_by_the_app_and_resumed_by_a_click() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let app = App::open(&home).await;
    app.sees("1 deployment").await;
    let deploy = home.begin_deploy(100);
    app.sees("1 running").await;
    // Killed: no file says so. The app notices, and follows what is under way to its end.
    drop(deploy);
    app.sees_in("deployment-DX6604E", "Partial").await;
    assert_eq!(home.cloud("list --output json").exits(0).json()[0]["status"], "partial");
    app.open_deployment("DX6604E").await;
    app.sees_deployment_status("partial").await;
    app.sees_stack_status("network", "dev", "deployed").await;
    app.sees_in("environment-dev", "Checked just now").await;
    app.press("Show Deploy in dev, Partial").await;
    app.sees_in("operation", "Its program ended before it did").await;
    app.press("Resume").await;
    app.sees("1 unchanged").await;
    app.press("Deploy 5 stacks").await;
    app.sees_deployment_status("deployed").await;
    for stack in ["network", "security", "storage", "messaging", "roles", "monitoring"] {
        app.sees_stack_status(stack, "dev", "deployed").await;
        assert_eq!(home.stack_status(&format!("{stack}-dev")), "deployed");
    }
    app.close().await;
}

#[tokio::test]
async fn what_was_changed_behind_a_stack_is_found_shown_and_saved() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let drifts = |resource: &str, drift: &str| {
        let head = format!("\n  {resource}:\n    Type: AWS::SQS::Queue\n");
        let metadata = format!("{head}    Metadata: {{Sandbox: {{Drift: {drift}}}}}\n");
        home.edit("stacks/messaging.yaml", &head, &metadata);
    };
    drifts("Queue", "{VisibilityTimeout: 300}");
    drifts("DeadLetterQueue", "deleted");
    home.cloud("deploy DX6604E").exits(0);
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;

    app.press("messaging in dev: Deployed").await;
    app.sees_in("drift", "Not compared with its template since it last changed.").await;
    app.press("Detect drift").await;
    app.sees_in("drift", "2 resources drifted").await;
    app.sees_in("drift-DeadLetterQueue", "Deleted").await;
    app.sees_in("drift-Queue", "/VisibilityTimeout").await;
    app.sees_in("drift-Queue", "Expected60Actual300").await;
    app.sees_in_cell("messaging", "dev", "2 resources drifted").await;
    app.press("Close panel").await;

    app.press("More actions for dev").await;
    app.press("Detect drift in dev").await;
    app.sees_in("operation", "1 of 6 stacks drifted").await;
    app.sees_in("compared-network-dev", "In sync").await;
    app.sees_in_cell("network", "dev", "In sync").await;
    app.press("Export as JSON").await;
    app.sees_in("operation", "Saved as ").await;
    let saved =
        std::fs::read_dir(home.root().with_file_name("home")).unwrap().map(|entry| entry.unwrap().path());
    let saved = saved.into_iter().find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    // Both may be of the same second, so that neither is the last.
    let operation = saved.file_stem().unwrap().to_str().unwrap().replace("DX6604E-", "");
    let log = home.cloud(&format!("log DX6604E {operation} --output json")).exits(0);
    assert_eq!(std::fs::read_to_string(saved).unwrap().trim(), log.out.trim());
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
    for command in [
        "plugin:fs|read_text_file",
        "plugin:shell|execute",
        "plugin:window|close",
        "plugin:event|emit",
        "plugin:notification|notify",
        "plugin:menu|new",
        "plugin:tray|new",
    ] {
        let answer = app.script(&call(command)).await;
        let answer = answer.as_str().unwrap();
        assert!(answer.contains("not allowed") || answer.contains("not found"), "{command}: {answer}");
    }
    app.close().await;
}
