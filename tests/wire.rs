//! The same job over real sockets: against a CloudFormation that none of us wrote, and the sandbox under
//! clients that none of us wrote.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::Value;
use skydeck_tests::home::{ACCOUNT, program};
use skydeck_tests::server::{python, wait_for};
use skydeck_tests::{Fault, Home, Moto, Proxy, Ran, Rule, SandboxServer, When};

/// The main job: deploy, deploy again, change one stack, deploy, destroy. `outputs_follow`: whether the server
/// tells the new outputs after a change set, so that the second stack has to change too; moto does not.
fn main_job(home: &Home, outputs_follow: bool) {
    home.small_deployment();
    let deployed = home.cloud("deploy DX6604E --yes --output json").exits(0).json();
    assert_eq!(deployed["status"], "deployed");
    assert_eq!(outcomes(&deployed), ["succeeded", "succeeded"]);
    let status = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(status["stacks"][1]["outputs"]["Name"], "q-DX6604E-events-dev-first");

    let again = home.cloud("deploy DX6604E --yes --output json").exits(0).json();
    assert_eq!(outcomes(&again), ["unchanged", "unchanged"]);

    home.edit("deployment-manifest.yaml", "Name: first", "Name: second");
    let changed = home.cloud("deploy DX6604E --yes --output json").exits(0).json();
    if outputs_follow {
        assert_eq!(outcomes(&changed), ["succeeded", "succeeded"]);
        let status = home.cloud("status DX6604E --output json").exits(0).json();
        assert_eq!(status["stacks"][1]["outputs"]["Name"], "q-DX6604E-events-dev-second");
    } else {
        assert_eq!(outcomes(&changed), ["succeeded", "unchanged"]);
    }

    let destroyed = home.cloud("destroy DX6604E --yes --output json").exits(0).json();
    assert_eq!(destroyed["status"], "destroyed");
    assert_eq!(outcomes(&destroyed), ["succeeded", "succeeded"]);
}

#[test]
fn a_review_against_moto_is_executed_as_it_was_shown() {
    let moto = Moto::start();
    let home = Home::against(&moto.url);
    home.small_deployment();
    let plan = home.cloud("plan DX6604E --output json").exits(0).json();
    assert_eq!(plan["layers"], serde_json::json!([["events"], ["jobs"]]));
    assert_eq!(plan["stacks"][0]["action"], "create");
    assert_eq!(plan["stacks"][0]["changes"][0]["logical_id"], "Topic");
    assert_eq!(plan["stacks"][1]["parameters"][0]["state"]["is"], "known_after");
    home.cloud("deploy DX6604E --expect-no-changes").exits(1);
    // moto tells no outputs of a stack that a change set has made.
    home.edit("deployment-manifest.yaml", "Source: ${events.TopicName}", "Source: itself");
    let deployed = home.cloud("deploy DX6604E --review --yes --output json").exits(0).json();
    assert_eq!(outcomes(&deployed), ["succeeded", "succeeded"]);
    home.cloud("deploy DX6604E --expect-no-changes").exits(0);
    let gone = home.cloud("plan DX6604E --destroy --output json").exits(0).json();
    assert_eq!(gone["stacks"][0]["action"], "delete");
}

#[test]
fn a_template_too_large_for_a_call_goes_through_the_environments_bucket() {
    let moto = Moto::start();
    // moto takes a bucket out of a path only where the host has that name.
    let home = Home::against(&moto.url.replace("127.0.0.1", "localhost"));
    home.small_deployment();
    let padding = format!("# {}\n", "é".repeat(100)).repeat(300);
    home.write("stacks/events.yaml", &format!("{padding}{}", home.read("stacks/events.yaml")));
    // Refused before the start, with the size and what helps.
    let refused = home.cloud("deploy DX6604E --yes").exits(2);
    assert!(refused.err.contains("template_bucket") && refused.err.contains("51200"), "{}", refused.err);
    home.boto3("s3.create_bucket(Bucket='templates')");
    home.edit(
        "deployment-manifest.yaml",
        "    target: aws\n",
        "    target: aws\n    template_bucket: templates\n",
    );
    home.cloud("deploy DX6604E --yes").exits(0);
    let keys = home.boto3("[o['Key'] for o in s3.list_objects_v2(Bucket='templates')['Contents']]");
    assert_eq!(keys.as_array().unwrap().len(), 1, "{keys}");
    // S3 has its checksum, by which it is known again.
    let checksum = "s3.head_object(Bucket='templates', Key=s3.list_objects_v2(Bucket='templates')['Contents'][0]['Key'], \
                    ChecksumMode='ENABLED')['ChecksumSHA256']";
    assert_eq!(home.boto3(checksum).as_str().unwrap().len(), 44);
    // The same text is not put there twice, and compares as unchanged.
    let again = home.cloud("deploy DX6604E --yes --output json").exits(0).json();
    assert_eq!(outcomes(&again), ["unchanged", "unchanged"]);
    // Over a megabyte nothing helps.
    home.write("stacks/events.yaml", &"# more\n".repeat(145_000));
    let refused = home.cloud("deploy DX6604E --yes").exits(2);
    assert!(refused.err.contains("1015000 bytes"), "{}", refused.err);
}

fn outcomes(operation: &Value) -> Vec<&str> {
    operation["stacks"].as_array().unwrap().iter().map(|stack| stack["outcome"].as_str().unwrap()).collect()
}

#[test]
fn the_main_job_against_moto() {
    let moto = Moto::start();
    main_job(&Home::against(&moto.url), false);
}

#[test]
fn an_export_and_its_import_are_ordered_against_moto_which_cannot_say_who_imports() {
    let moto = Moto::start();
    let home = Home::against(&moto.url);
    home.importing_deployment("aws");
    let deployed = home.cloud("deploy DX6604E --yes --output json").exits(0).json();
    assert_eq!(outcomes(&deployed), ["succeeded", "succeeded"]);
    let plan = home.cloud("plan DX6604E --destroy --output json").exits(0).json();
    assert_eq!(plan["layers"], serde_json::json!([["app"], ["net"]]));
    let said = plan["stacks"][1]["reason"].as_str().unwrap();
    assert!(said.contains("who imports its exports cannot be told"), "{plan}");
    let destroyed = home.cloud("destroy DX6604E --yes --output json").exits(0);
    assert_eq!(destroyed.json()["status"], "destroyed");
    assert!(home.logs_tell("so that their order goes by their templates"));
}

#[test]
fn the_main_job_against_the_sandbox_over_a_socket() {
    let server = SandboxServer::start(&Home::new());
    main_job(&Home::against(&server.url), true);
}

#[test]
fn the_default_template_deploys_against_moto() {
    let moto = Moto::start();
    let home = Home::against(&moto.url);
    home.init(&format!("--account-dev {ACCOUNT} --target aws"));
    home.cloud("deploy DX6604E --yes").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
}

#[test]
fn another_account_is_refused_before_anything_is_changed() {
    let moto = Moto::start();
    let home = Home::against(&moto.url);
    home.init("--account-dev 210987654321 --target aws");
    let before = home.files();
    for words in ["deploy DX6604E --yes", "deploy-stack DX6604E network --yes", "destroy DX6604E --yes"] {
        let ran = home.cloud(words).exits(2);
        assert!(ran.err.contains("210987654321") && ran.err.contains(ACCOUNT), "{}", ran.err);
    }
    assert_eq!(before, home.files());
    assert_eq!(home.boto3("cfn.describe_stacks()['Stacks']"), Value::Array(Vec::new()));
}

#[test]
fn certificates_of_ones_own_are_trusted_when_they_are_named() {
    let (moto, certificate) = Moto::start_with_tls();
    let home = Home::against(&moto.url).with("AWS_MAX_ATTEMPTS", "1");
    home.small_deployment();
    home.cloud("deploy DX6604E --yes").exits(5);
    let home = home.with("AWS_CA_BUNDLE", certificate.to_str().unwrap());
    home.cloud("deploy DX6604E --yes").exits(0);
    let home = home.with("AWS_CA_BUNDLE", "/nowhere.pem");
    let ran = home.cloud("deploy DX6604E --yes").exits(5);
    assert!(ran.err.contains("/nowhere.pem"), "{}", ran.err);
}

#[test]
fn a_cloud_that_cannot_be_asked_exits_with_5() {
    let home = Home::against("http://127.0.0.1:9").with("AWS_MAX_ATTEMPTS", "1");
    home.init(&format!("--account-dev {ACCOUNT} --target aws"));
    let before = home.files();
    home.cloud("deploy DX6604E --yes").exits(5);
    let no_credentials =
        Home::new().with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "us-east-1");
    no_credentials.init(&format!("--account-dev {ACCOUNT} --target aws"));
    let ran = no_credentials.cloud("deploy DX6604E --yes").exits(5);
    assert!(ran.err.contains("credentials"), "{}", ran.err);
    assert_eq!(before, home.files());
}

#[test]
fn a_refresh_tells_what_it_mended_and_offline_how_old_the_last_known_state_is() {
    let server = SandboxServer::start(&Home::new());
    let proxy = Proxy::before(&server.url);
    let home = Home::against(&proxy.url).with("AWS_MAX_ATTEMPTS", "1");
    home.small_deployment();
    home.cloud("deploy DX6604E --yes").exits(0);
    assert!(home.cloud("status DX6604E --refresh").exits(0).err.contains("the files are right"));
    home.boto3("cfn.delete_stack(StackName='DX6604E-jobs-dev')");
    home.boto3("cfn.get_waiter('stack_delete_complete').wait(StackName='DX6604E-jobs-dev', WaiterConfig={'Delay': 1})");
    let mended = home.cloud("status DX6604E --refresh").exits(0);
    assert!(
        mended.err.contains("jobs-dev: deployed → destroyed: it was deleted outside Skydeck"),
        "{}",
        mended.err
    );
    assert_eq!(home.stack_status("jobs-dev"), "destroyed");
    assert_eq!(home.deployment_status(), "deployed");

    proxy.set([Rule::everywhere(When::Always, Fault::DropCall)]);
    let before = home.files();
    let offline = home.cloud("status DX6604E --refresh --output json").exits(5);
    assert!(
        offline.err.contains("dev: this is the last known state; the oldest of it was checked"),
        "{}",
        offline.err
    );
    let stack = &offline.json()["stacks"][0];
    assert_eq!(stack["status"], "deployed");
    assert!(stack["checked_at"].is_string(), "{stack}");
    assert_eq!(home.files(), before);
}

#[test]
fn credentials_that_expire_in_the_middle_fail_nothing_and_the_next_look_goes_on() {
    let server = SandboxServer::start(&Home::new());
    let proxy = Proxy::before(&server.url);
    let home = Home::against(&proxy.url);
    home.small_deployment();
    let template = home.read("stacks/events.yaml");
    home.write("stacks/events.yaml", &format!("{template}Metadata: {{Sandbox: {{Seconds: 40}}}}\n"));
    let mut deploy = home.command(program("cloud")).args(["deploy", "DX6604E", "--yes"]).spawn().unwrap();
    wait_for("the stack to be under way", || {
        home.files()
            .iter()
            .any(|(_, content)| String::from_utf8_lossy(content).contains("CREATE_IN_PROGRESS"))
    });
    proxy.set([Rule::everywhere(When::Always, Fault::expired())]);
    assert_eq!(deploy.wait().unwrap().code(), Some(5));
    assert_eq!(home.stack_status("events-dev"), "deploying");
    let row = home.cloud("list --output json").exits(0).json()[0].clone();
    assert_eq!(row["status"], "unknown");
    let status = home.cloud("status DX6604E").exits(0);
    assert!(status.err.contains("expired") && status.out.contains("Status: unknown"), "{status:?}");
    home.cloud("deploy DX6604E --yes").exits(5);

    proxy.set([]);
    home.cloud("status DX6604E").exits(0);
    assert_eq!(home.stack_status("events-dev"), "deployed");
    assert_eq!(
        (home.stack_status("jobs-dev").as_str(), home.deployment_status().as_str()),
        ("not_deployed", "partial")
    );
    home.cloud("deploy DX6604E --yes").exits(0);
    assert_eq!(home.deployment_status(), "deployed");
}

fn aws(home: &Home, words: &[&str]) -> Ran {
    let program = std::path::Path::new(&python()).with_file_name("aws");
    let program = if program.exists() { program } else { "aws".into() };
    home.command(program).arg("cloudformation").args(words).output().unwrap().into()
}

const TEMPLATE: &str = r#"{"Parameters": {"Size": {"Type": "Number", "Default": "1"}, "Password": {"Type": "String", "NoEcho": true}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Size"}}},
                  "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}},
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}"#;

#[test]
fn the_aws_command_line_works_with_the_sandbox() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    let parameters = ["ParameterKey=Password,ParameterValue=hunter22"];
    let body = ["--stack-name", "app", "--template-body", TEMPLATE, "--parameters"];
    aws(&home, &[&["create-stack"], &body[..], &parameters[..]].concat()).exits(0);
    aws(&home, &["wait", "stack-create-complete", "--stack-name", "app"]).exits(0);
    let stacks = aws(&home, &["describe-stacks", "--stack-name", "app"]).exits(0).json();
    assert_eq!(stacks["Stacks"][0]["StackStatus"], "CREATE_COMPLETE");
    assert!(!stacks.to_string().contains("hunter22"), "{stacks}");
    let events = aws(&home, &["describe-stack-events", "--stack-name", "app"]).exits(0).json();
    assert_eq!(events["StackEvents"][0]["ResourceStatus"], "CREATE_COMPLETE");
    let unchanged = aws(&home, &[&["update-stack"], &body[..], &parameters[..]].concat());
    assert!(unchanged.code != 0 && unchanged.err.contains("No updates are to be performed"), "{unchanged:?}");
    let larger = ["ParameterKey=Size,ParameterValue=2", "ParameterKey=Password,UsePreviousValue=true"];
    aws(&home, &[&["update-stack"], &body[..], &larger[..]].concat()).exits(0);
    aws(&home, &["wait", "stack-update-complete", "--stack-name", "app"]).exits(0);
    aws(&home, &["delete-stack", "--stack-name", "app"]).exits(0);
    aws(&home, &["wait", "stack-delete-complete", "--stack-name", "app"]).exits(0);
    let gone = aws(&home, &["describe-stacks", "--stack-name", "app"]);
    assert!(gone.code != 0 && gone.err.contains("does not exist"), "{gone:?}");
}

#[test]
fn boto3_works_with_the_sandbox_and_its_change_sets() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    let make = format!(
        "(cfn.create_change_set(StackName='app', ChangeSetName='first', ChangeSetType='CREATE', TemplateBody='''{TEMPLATE}''', \
         Parameters=[dict(ParameterKey='Password', ParameterValue='hunter22')]), \
         cfn.get_waiter('change_set_create_complete').wait(StackName='app', ChangeSetName='first', WaiterConfig=dict(Delay=1)), \
         cfn.describe_stacks(StackName='app')['Stacks'][0]['StackStatus'], \
         [c['ResourceChange']['Action'] for c in cfn.describe_change_set(StackName='app', ChangeSetName='first')['Changes']], \
         cfn.execute_change_set(StackName='app', ChangeSetName='first'), \
         cfn.get_waiter('stack_create_complete').wait(StackName='app', WaiterConfig=dict(Delay=1)), \
         cfn.describe_stacks(StackName='app')['Stacks'][0]['StackStatus'])"
    );
    let made = home.boto3(&make);
    assert_eq!(made[2], "REVIEW_IN_PROGRESS");
    assert_eq!(made[3], serde_json::json!(["Add", "Add"]));
    assert_eq!(made[6], "CREATE_COMPLETE");
}

const DRIFTED: &str = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1},
    "Metadata": {"Sandbox": {"Drift": {"DelaySeconds": 9}}}}}}"#;

#[test]
fn the_aws_command_line_and_boto3_see_the_drift_of_a_sandbox_stack() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    aws(&home, &["create-stack", "--stack-name", "app", "--template-body", DRIFTED]).exits(0);
    aws(&home, &["wait", "stack-create-complete", "--stack-name", "app"]).exits(0);
    let begun = aws(&home, &["detect-stack-drift", "--stack-name", "app"]).exits(0).json();
    let id = begun["StackDriftDetectionId"].as_str().unwrap();
    wait_for("the detection to end", || {
        let words = ["describe-stack-drift-detection-status", "--stack-drift-detection-id", id];
        aws(&home, &words).exits(0).json()["StackDriftStatus"] == "DRIFTED"
    });
    let drifts = home.boto3(
        "cfn.describe_stack_resource_drifts(StackName='app', StackResourceDriftStatusFilters=['MODIFIED'])",
    );
    let difference = &drifts["StackResourceDrifts"][0]["PropertyDifferences"][0];
    let expected = serde_json::json!({
        "PropertyPath": "/DelaySeconds", "ExpectedValue": "1", "ActualValue": "9", "DifferenceType": "NOT_EQUAL"
    });
    assert_eq!(*difference, expected);
    aws(&home, &["delete-stack", "--stack-name", "app"]).exits(0);
    aws(&home, &["wait", "stack-delete-complete", "--stack-name", "app"]).exits(0);
    let arn = drifts["StackResourceDrifts"][0]["StackId"].as_str().unwrap();
    let refused = aws(&home, &["detect-stack-drift", "--stack-name", arn]);
    assert!(refused.err.contains("while it is in [DELETE_COMPLETE] state"), "{refused:?}");
}

#[test]
fn drift_over_the_wire_ends_with_0_1_or_5_and_shows_what_differs() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    home.small_deployment();
    assert!(home.cloud("drift DX6604E").exits(0).out.contains("Nothing is deployed in dev."));
    let queue = r#""Type": "AWS::SQS::Queue","#;
    let drift = r#""Metadata": {"Sandbox": {"Drift": {"QueueName": "another"}}},"#;
    home.edit("stacks/jobs.json", queue, &format!("{queue} {drift}"));
    home.cloud("deploy DX6604E --yes").exits(0);
    let status = home.deployment_status();

    let all = home.cloud("drift DX6604E --output json --quiet").exits(1);
    assert_eq!(all.err, "");
    let all = all.json();
    assert_eq!(
        (&all["stacks"][0]["status"], &all["stacks"][1]["status"]),
        (&"in_sync".into(), &"drifted".into())
    );
    let resource = &all["stacks"][1]["resources"][0];
    assert_eq!((&resource["logical_id"], &resource["status"]), (&"Queue".into(), &"modified".into()));
    let text = home.cloud("drift DX6604E jobs").exits(1).out;
    assert!(text.contains("/QueueName: 'q-DX6604E-events-dev-first' → 'another'"), "{text}");
    home.cloud("drift DX6604E events").exits(0);
    assert_eq!(home.deployment_status(), status);
    let shown = home.cloud("status DX6604E --output json").exits(0).json();
    assert_eq!(shown["stacks"][1]["drift"]["resources"], serde_json::json!(["Queue"]));

    let before = home.files();
    home.cloud("drift DX6604E netwrk").exits(2);
    let nowhere = Home::against("http://127.0.0.1:9").with("AWS_MAX_ATTEMPTS", "1");
    nowhere.small_deployment();
    nowhere.cloud("drift DX6604E jobs").exits(5);
    assert_eq!(home.files(), before);
    home.cloud("destroy DX6604E --yes").exits(0);
    // There is no such stack any more, so that nothing can be told of it.
    home.cloud("drift DX6604E jobs").exits(5);
}

#[test]
fn a_server_without_drift_detection_says_so_and_nothing_is_written() {
    let moto = Moto::start();
    let home = Home::against(&moto.url).with("AWS_MAX_ATTEMPTS", "1");
    home.small_deployment();
    home.cloud("deploy DX6604E --yes").exits(0);
    let before = home.files();
    let ran = home.cloud("drift DX6604E").exits(5);
    assert!(ran.err.contains("the answer is not that of AWS"), "{}", ran.err);
    assert_eq!(home.files(), before);
}

#[test]
fn a_part_of_a_template_that_the_sandbox_does_not_have_is_refused() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    let template =
        r#"{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#;
    let ran = aws(&home, &["create-stack", "--stack-name", "app", "--template-body", template]);
    assert!(ran.code != 0 && ran.err.contains("not supported by the sandbox"), "{ran:?}");
}

/// A template over the limit of a call's own body.
fn large_template() -> String {
    format!("Resources: {{Queue: {{Type: AWS::SQS::Queue}}}}\n# {}\n", "x".repeat(60_000))
}

#[test]
fn boto3_creates_a_stack_from_a_template_that_it_has_put_into_the_sandbox_s_s3() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    let template = large_template();
    let make = format!(
        "(s3.put_object(Bucket='templates', Key='a/queue.yaml', Body='''{template}'''.encode()), \
         s3.head_object(Bucket='templates', Key='a/queue.yaml')['ContentLength'], \
         len(s3.get_object(Bucket='templates', Key='a/queue.yaml')['Body'].read()), \
         cfn.create_stack(StackName='app', TemplateURL='https://templates.s3.us-east-1.amazonaws.com/a/queue.yaml'), \
         cfn.get_waiter('stack_create_complete').wait(StackName='app', WaiterConfig=dict(Delay=1)), \
         len(cfn.get_template(StackName='app')['TemplateBody']), \
         s3.delete_object(Bucket='templates', Key='a/queue.yaml')['ResponseMetadata']['HTTPStatusCode'])"
    );
    let made = home.boto3(&make);
    let length = template.len();
    assert_eq!((&made[1], &made[2], &made[5]), (&length.into(), &length.into(), &length.into()));
    assert_eq!(made[6], 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_for_rust_puts_objects_into_the_sandbox() {
    use aws_credential_types::Credentials;
    use aws_sdk_s3::config::Region;
    let server = SandboxServer::start(&Home::new());
    let by_name = server.url.replace("127.0.0.1", "localhost");
    // By a name, the bucket would stand in front of it, and not every system finds `templates.localhost`.
    for (url, path_style) in [(&server.url, false), (&by_name, true)] {
        let config = aws_sdk_s3::Config::builder()
            .endpoint_url(url)
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new(ACCOUNT, "any", None, None, "test"))
            .force_path_style(path_style)
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        let put = client
            .put_object()
            .bucket("templates")
            .key("a b/queue.yaml")
            .body(large_template().into_bytes().into());
        put.send().await.unwrap();
        let got = client.get_object().bucket("templates").key("a b/queue.yaml").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), large_template().as_bytes());
        let refused = client.get_object().bucket("templates").key("none").send().await.unwrap_err();
        assert!(refused.into_service_error().is_no_such_key());
        let refused = client.put_object().bucket("missing-templates").key("a").send().await.unwrap_err();
        assert_eq!(refused.into_service_error().meta().code(), Some("NoSuchBucket"));
    }
}

/// prod is as dev, in the same account, and lacks the second stack; then dev goes on.
fn one_is_behind_the_other(home: &Home) {
    home.small_deployment();
    let manifest = home.read("deployment-manifest.yaml");
    let (head, stacks) = manifest.split_once("stacks:\n").unwrap();
    let (before, dev) = head.split_once("  dev:\n").unwrap();
    let dev = dev.trim_end();
    home.write(
        "deployment-manifest.yaml",
        &format!("{before}  dev:\n{dev}\n  prod:\n{dev}\n\nstacks:\n{stacks}"),
    );
    home.cloud("deploy DX6604E --yes").exits(0);
    home.cloud("deploy-stack DX6604E events --environment prod --yes").exits(0);
    let compared = |code| home.cloud("compare DX6604E dev prod --output json").exits(code).json();
    let found = compared(1);
    assert_eq!(found["summary"], "prod is behind dev by 1 stack.");
    let relations = |found: &Value| {
        let stacks = found["stacks"].as_array().unwrap().iter();
        stacks.map(|stack| stack["relation"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(relations(&found), ["same", "missing"]);
    home.cloud("deploy DX6604E --environment prod --yes").exits(0);
    // What is wired differs by nature.
    let level = compared(0);
    assert_eq!(
        (relations(&level), &level["behind"]),
        (vec!["same".to_owned(), "as_meant".to_owned()], &0.into())
    );
    assert_eq!(level["stacks"][1]["parameters"][0]["why"]["references"][0], "events.TopicName");

    home.edit("deployment-manifest.yaml", "Name: first", "Name: second");
    home.cloud("deploy-stack DX6604E events --yes").exits(0);
    let text = home.cloud("compare DX6604E dev prod").exits(1).out;
    assert!(text.contains("events: Name: 'second' → 'first' (a deploy changes it)"), "{text}");
    assert!(text.contains("prod is behind dev by 1 stack."), "{text}");
    home.cloud("compare DX6604E dev nowhere").exits(2);
}

#[test]
fn environments_are_compared_against_moto_and_the_sandbox_over_a_socket() {
    let moto = Moto::start();
    one_is_behind_the_other(&Home::against(&moto.url));
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    one_is_behind_the_other(&home);
    // Where nobody answers, only what is recorded is known.
    let nowhere = home.with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let unknown = nowhere.cloud("compare DX6604E dev prod --output json").exits(5).json();
    assert_eq!(unknown["unanswered"].as_array().unwrap().len(), 2);
    assert_eq!(
        unknown["summary"],
        "How prod stands against dev is not known whole. 2 stacks could not be compared."
    );
}

/// `bucket`: the bucket's policies.
fn retaining(bucket: &str, sandbox: &str) -> String {
    format!(
        r#"{{"Resources": {{
            "B": {{"Type": "AWS::S3::Bucket", "Properties": {{"BucketName": "fixed"}}{bucket}}},
            "Q": {{"Type": "AWS::SQS::Queue", "DependsOn": "B", "Metadata": {{"Sandbox": {{{sandbox}}}}}}}}}}}"#
    )
}

#[test]
fn clients_see_what_the_sandbox_retains_and_that_its_name_is_taken() {
    let server = SandboxServer::start(&Home::new());
    let home = Home::against(&server.url);
    let create = |name: &str, template: &str, more: &[&str]| {
        let mut words = vec!["create-stack", "--stack-name", name, "--template-body", template];
        words.extend(more);
        aws(&home, &words).exits(0);
    };
    let events = |name: &str| {
        aws(&home, &["describe-stack-events", "--stack-name", name]).exits(0).json()["StackEvents"].clone()
    };
    let status_of = |events: &Value, id: &str, status: &str| {
        let events = events.as_array().unwrap();
        events.iter().find(|it| it["LogicalResourceId"] == id && it["ResourceStatus"] == status).cloned()
    };
    let fails = r#""Fail": "boom""#;
    let retain = r#", "DeletionPolicy": "Retain""#;
    // Without a trace where the request says so.
    create("app", &retaining(retain, fails), &["--retain-except-on-create"]);
    wait_for("the rollback", || status_of(&events("app"), "app", "ROLLBACK_COMPLETE").is_some());
    assert_eq!(status_of(&events("app"), "B", "DELETE_SKIPPED"), None);
    create("two", &retaining(retain, fails), &[]);
    wait_for("the rollback", || status_of(&events("two"), "two", "ROLLBACK_COMPLETE").is_some());
    let skipped = status_of(&events("two"), "B", "DELETE_SKIPPED").unwrap();
    assert_eq!(skipped["PhysicalResourceId"], "fixed");
    create("three", &retaining(retain, ""), &[]);
    wait_for("the rollback", || status_of(&events("three"), "three", "ROLLBACK_COMPLETE").is_some());
    let taken = status_of(&events("three"), "B", "CREATE_FAILED").unwrap();
    assert_eq!(taken["ResourceStatusReason"], "fixed already exists");
    // A change set says what becomes of it.
    create("four", &retaining(retain, "").replace("fixed", "free"), &[]);
    aws(&home, &["wait", "stack-create-complete", "--stack-name", "four"]).exits(0);
    let without = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#;
    let actions = home.boto3(&format!(
        "(cfn.create_change_set(StackName='four', ChangeSetName='c', TemplateBody='''{without}'''), \
         cfn.get_waiter('change_set_create_complete').wait(StackName='four', ChangeSetName='c', WaiterConfig=dict(Delay=1)), \
         [c['ResourceChange'].get('PolicyAction') for c in cfn.describe_change_set(StackName='four', ChangeSetName='c')['Changes']])"
    ));
    assert_eq!(actions[2], serde_json::json!([null, "Retain"]));
}
