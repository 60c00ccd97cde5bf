//! The three scenarios of the status addendum v4.1, from which `docs/reference/statuses.md` comes, run literally with
//! the `cloud` command.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use skydeck_tests::Home;

/// The scenarios' own deployment of two stacks. `security` fails in the sandbox where it is told to.
fn two_stacks(home: &Home, security: &str) {
    home.init("--account-dev 123456");
    let manifest = home.read("deployment-manifest.yaml");
    let head = manifest.split("stacks:\n").next().unwrap();
    home.write(
        "deployment-manifest.yaml",
        &format!(
            "{head}stacks:\n  network:\n    enabled: true\n    template: stacks/network.yaml\n  \
             security:\n    enabled: true\n    template: stacks/mine.yaml\n    parameters:\n      \
             VpcId: ${{network.VpcId}}\n"
        ),
    );
    home.write(
        "stacks/mine.yaml",
        &format!(
            "Parameters: {{VpcId: {{Type: String}}}}\nResources:\n  Group:\n    \
             Type: AWS::EC2::SecurityGroup\n    Metadata: {{Sandbox: {security}}}\n    \
             Properties: {{GroupDescription: g, VpcId: !Ref VpcId}}\n"
        ),
    );
}

#[test]
fn scenario_1_individual_stack_deployment() {
    let home = Home::new();
    let made =
        home.cloud("init --org MyOrg --project my-app --domain myapp.com --account-dev 123456").exits(0);
    assert!(made.err.contains("can only be deployed to the sandbox"), "{}", made.err);
    let list = home.cloud("list --output json").exits(0).json();
    let id = list[0]["deployment_id"].as_str().unwrap().to_owned();
    assert_eq!(list[0]["status"], "initialized");

    home.cloud(&format!("deploy-stack {id} network --environment dev")).exits(0);
    assert_eq!(home.deployment_status(), "initialized");
    assert_eq!(home.stack_status("network-dev"), "deployed");

    let list = home.cloud("list").exits(0).out;
    assert!(list.starts_with("Deployments\n+"), "{list}");
    assert!(list.contains("| Deployment ID | Organization | Project | Status      | Created    |"), "{list}");
    assert!(list.contains(&format!("| {id}       | MyOrg        | my-app  | initialized |")), "{list}");

    let status = home.cloud(&format!("status {id}")).exits(0).out;
    assert!(
        status.starts_with(&format!("Deployment: {id}\nStatus: initialized\n\nStack Status")),
        "{status}"
    );
    assert!(status.contains("| Stack      | Status       | Enabled |"), "{status}");
    assert!(status.contains("| network    | deployed     | Yes     |"), "{status}");
    assert!(status.contains("| database   | not_deployed | No      |"), "{status}");
}

#[test]
fn scenario_2_full_deployment_orchestration() {
    let home = Home::new();
    home.init("--account-dev 123456");
    home.cloud("deploy DX6604E --environment dev").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    let stacks = status["stacks"].as_array().unwrap();
    assert!(stacks.iter().filter(|stack| stack["enabled"] == true).count() >= 6);
    for stack in stacks {
        let expected = if stack["enabled"] == true { "deployed" } else { "not_deployed" };
        assert_eq!(stack["status"], expected, "{stack}");
    }
    assert!(home.cloud("list").exits(0).out.contains("| deployed |"));
}

#[test]
fn scenario_3_partial_deployment() {
    let home = Home::new();
    two_stacks(&home, "{Fail: no such luck}");
    let ran = home.cloud("deploy DX6604E --environment dev").exits(3);
    assert!(ran.out.contains("Group (AWS::EC2::SecurityGroup): no such luck"), "{}", ran.out);
    assert_eq!(home.deployment_status(), "partial");
    assert_eq!(home.stack_status("network-dev"), "deployed");
    assert_eq!(home.stack_status("security-dev"), "failed");

    // Mended, the next deploy takes the failed stack away, makes it anew, and leaves the other alone.
    two_stacks_mended(&home);
    let after = home.cloud("deploy DX6604E --output json").exits(0).json();
    assert_eq!(after["status"], "deployed");
    assert_eq!(after["stacks"][0]["outcome"], "unchanged");
    assert_eq!(after["stacks"][1]["outcome"], "succeeded");
}

fn two_stacks_mended(home: &Home) {
    home.edit("stacks/mine.yaml", "{Fail: no such luck}", "{}");
}
