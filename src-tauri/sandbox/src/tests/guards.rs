//! What keeps a stack from harm: stack policies, timeouts, rollback configurations, and the way back.

use super::Cloud;

const QUEUES: &str = "Resources:\n  A: {Type: AWS::SQS::Queue}\n  B: {Type: AWS::SQS::Queue}\n";

/// A template with a queue `A` of this delay and this name, and a queue `B` of the same delay.
fn queues(delay: u32, name: &str) -> String {
    let b = format!("B: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: {delay}}}}}");
    format!(
        "Resources:\n  A: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: {delay}, QueueName: {name}}}}}\n  {b}\n"
    )
}

fn policy(statements: &[(&str, &str, &str)]) -> String {
    let statement = |(effect, action, resource): &(&str, &str, &str)| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "{action}", "Principal": "*", "Resource": "{resource}"}}"#
        )
    };
    let statements: Vec<String> = statements.iter().map(statement).collect();
    format!(r#"{{"Statement": [{}]}}"#, statements.join(", "))
}

#[tokio::test]
async fn a_policy_fails_the_update_of_what_it_protects_and_all_goes_back() {
    let cloud = Cloud::new();
    let text = policy(&[("Allow", "Update:*", "*"), ("Deny", "Update:*", "LogicalResourceId/A")]);
    let before = queues(1, "one");
    let fields = [("StackName", "q"), ("TemplateBody", before.as_str()), ("StackPolicyBody", text.as_str())];
    cloud.ok("CreateStack", &fields).await;
    cloud.settle();
    assert_eq!(cloud.ok("GetStackPolicy", &[("StackName", "q")]).await.one("StackPolicyBody"), text);
    cloud.update("q", &queues(2, "one")).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_COMPLETE");
    let denied = "A UPDATE_FAILED Action denied by stack policy: Statement [#2] does not allow [Update:*] for resource [A]";
    assert!(cloud.history("q").await.iter().any(|line| line == denied), "{:#?}", cloud.history("q").await);
    assert_eq!(cloud.ok("GetTemplate", &[("StackName", "q")]).await.one("TemplateBody"), before);
}

#[tokio::test]
async fn a_policy_speaks_of_changing_replacing_and_removing_apart() {
    let allow = ("Allow", "Update:*", "*");
    let (changed, renamed) = (queues(2, "one"), queues(1, "two"));
    let removed = "Resources: {B: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}}".to_owned();
    let added = format!("{}  C: {{Type: AWS::SQS::Queue}}\n", queues(1, "one"));
    for (statements, template, passes) in [
        (vec![allow], &changed, true),
        (vec![allow, ("Deny", "Update:Replace", "LogicalResourceId/A")], &changed, true),
        (vec![allow, ("Deny", "Update:Replace", "LogicalResourceId/A")], &renamed, false),
        (vec![allow, ("Deny", "Update:Delete", "LogicalResourceId/*")], &renamed, true),
        (vec![allow, ("Deny", "Update:Delete", "LogicalResourceId/*")], &removed, false),
        (vec![allow, ("Deny", "Update:Modify", "LogicalResourceId/C")], &changed, true),
        // What nothing allows is denied; what is new never is.
        (vec![("Allow", "Update:*", "LogicalResourceId/A")], &changed, false),
        (vec![("Deny", "Update:*", "*")], &added, true),
    ] {
        let cloud = Cloud::new();
        cloud.create("q", &queues(1, "one")).await;
        cloud.settle();
        let text = policy(&statements);
        cloud.ok("SetStackPolicy", &[("StackName", "q"), ("StackPolicyBody", &text)]).await;
        cloud.update("q", template).await;
        cloud.settle();
        let end = if passes { "UPDATE_COMPLETE" } else { "UPDATE_ROLLBACK_COMPLETE" };
        assert_eq!(cloud.status("q").await, end, "{text}\n{template}");
        let told = cloud.history("q").await.iter().any(|line| line.contains("Action denied by stack policy"));
        assert_eq!(told, !passes, "{:#?}", cloud.history("q").await);
    }
}

#[tokio::test]
async fn a_change_set_is_under_the_policy_too() {
    let cloud = Cloud::new();
    cloud.create("q", &queues(1, "one")).await;
    cloud.settle();
    let text = policy(&[("Deny", "Update:*", "*")]);
    cloud.ok("SetStackPolicy", &[("StackName", "q"), ("StackPolicyBody", &text)]).await;
    let set = [("StackName", "q"), ("ChangeSetName", "c")];
    cloud.ok("CreateChangeSet", &[set[0], set[1], ("TemplateBody", &queues(2, "one"))]).await;
    cloud.settle();
    cloud.ok("ExecuteChangeSet", &set).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_is_refused() {
    let cloud = Cloud::new();
    cloud.create("q", QUEUES).await;
    assert!(!cloud.ok("GetStackPolicy", &[("StackName", "q")]).await.xml.contains("StackPolicyBody"));
    let with = |more: &str| {
        format!(r#"{{"Statement": {{"Effect": "Deny", "Action": "Update:*", "Principal": "*", {more}}}}}"#)
    };
    let invalid = "Error validating stack policy: Invalid stack policy";
    for (text, told) in [
        ("nonsense".to_owned(), invalid),
        (policy(&[("Forbid", "Update:*", "*")]), invalid),
        (
            policy(&[("Deny", "Update:*", "*")]).replace(r#""Principal": "*""#, r#""Principal": "me""#),
            invalid,
        ),
        (with(r#""Resource": []"#), invalid),
        (with(r#""NotResource": "*""#), "NotResource at StackPolicyBody, statement 1 is not supported"),
        (
            with(r#""Resource": "*", "Condition": {}"#),
            "Condition at StackPolicyBody, statement 1 is not supported",
        ),
    ] {
        let problem =
            cloud.refused("SetStackPolicy", &[("StackName", "q"), ("StackPolicyBody", &text)]).await;
        assert!(problem.contains(told), "{text}: {problem}");
    }
}

#[tokio::test]
async fn a_creation_that_takes_longer_than_its_timeout_is_rolled_back() {
    let slow = |seconds: u32| format!("Metadata: {{Sandbox: {{Seconds: {seconds}}}}}\n{QUEUES}");
    for (seconds, end) in [(55, "CREATE_COMPLETE"), (120, "ROLLBACK_COMPLETE")] {
        let cloud = Cloud::new();
        let template = slow(seconds);
        let fields = [("StackName", "q"), ("TemplateBody", template.as_str()), ("TimeoutInMinutes", "1")];
        cloud.ok("CreateStack", &fields).await;
        cloud.pass(50.0);
        assert_eq!(cloud.status("q").await, "CREATE_IN_PROGRESS");
        cloud.settle();
        assert_eq!(cloud.status("q").await, end);
        let history = cloud.history("q").await;
        let told = "q ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout. Rollback requested by user.";
        assert_eq!(history.iter().any(|line| line == told), seconds == 120, "{history:#?}");
        let cancelled = "A CREATE_FAILED Resource creation cancelled";
        assert_eq!(history.iter().any(|line| line == cancelled), seconds == 120, "{history:#?}");
    }
    let cloud = Cloud::new();
    let fields = [("StackName", "q"), ("TemplateBody", QUEUES), ("TimeoutInMinutes", "0")];
    assert!(cloud.refused("CreateStack", &fields).await.contains("'timeoutInMinutes'"));
}

#[tokio::test]
async fn a_rollback_configuration_is_kept_until_another_comes_and_shown() {
    let cloud = Cloud::new();
    let alarm = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors";
    let configuration = [
        ("RollbackConfiguration.RollbackTriggers.member.1.Arn", alarm),
        ("RollbackConfiguration.RollbackTriggers.member.1.Type", "AWS::CloudWatch::Alarm"),
        ("RollbackConfiguration.MonitoringTimeInMinutes", "5"),
    ];
    let stack = [("StackName", "q"), ("TemplateBody", QUEUES)];
    cloud.ok("CreateStack", &[&stack[..], &configuration].concat()).await;
    cloud.settle();
    cloud.update("q", &queues(1, "one")).await;
    cloud.settle();
    let set = [("StackName", "q"), ("ChangeSetName", "c")];
    cloud.ok("CreateChangeSet", &[set[0], set[1], ("TemplateBody", QUEUES)]).await;
    for answer in [cloud.ok("DescribeStacks", &set[..1]).await, cloud.ok("DescribeChangeSet", &set).await] {
        assert_eq!(answer.one("Arn"), alarm);
        assert_eq!(answer.one("MonitoringTimeInMinutes"), "5");
    }
    let none = [
        ("StackName", "r"),
        ("TemplateBody", QUEUES),
        ("RollbackConfiguration.MonitoringTimeInMinutes", "181"),
    ];
    assert!(cloud.refused("CreateStack", &none).await.contains("between 0 and 180"));
}

#[tokio::test]
async fn a_failed_update_that_was_left_as_it_is_can_be_rolled_back() {
    let cloud = Cloud::new();
    let before = queues(1, "one");
    cloud.create("q", &before).await;
    cloud.settle();
    assert!(cloud.refused("RollbackStack", &[("StackName", "q")]).await.contains("CREATE_COMPLETE state"));
    let failing = queues(2, "one").replace("  B: {", "  B: {DependsOn: A, Metadata: {Sandbox: {Fail: no}}, ");
    let fields = [("StackName", "q"), ("TemplateBody", failing.as_str()), ("DisableRollback", "true")];
    cloud.ok("UpdateStack", &fields).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_FAILED");
    let token = [("StackName", "q"), ("ClientRequestToken", "back-1")];
    let first = cloud.ok("RollbackStack", &token).await.one("OperationId");
    assert_eq!(cloud.ok("RollbackStack", &token).await.one("OperationId"), first);
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_COMPLETE");
    // A was changed already, so it goes back too.
    let history = cloud.history("q").await;
    let rolling = history.iter().rposition(|line| line.starts_with("q UPDATE_ROLLBACK_IN_PROGRESS")).unwrap();
    assert!(history[rolling..].contains(&"A UPDATE_COMPLETE".to_owned()), "{history:#?}");
    cloud.update("q", &queues(3, "one")).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn rolling_back_a_stack_that_never_stood_deletes_it() {
    let cloud = Cloud::new();
    let failing = QUEUES.replace("B: {", "B: {Metadata: {Sandbox: {Fail: no}}, ");
    let fields = [("StackName", "q"), ("TemplateBody", failing.as_str()), ("DisableRollback", "true")];
    let arn = cloud.ok("CreateStack", &fields).await.one("StackId");
    cloud.settle();
    assert_eq!(cloud.status("q").await, "CREATE_FAILED");
    cloud.ok("RollbackStack", &[("StackName", "q")]).await;
    cloud.settle();
    assert_eq!(cloud.status(&arn).await, "DELETE_COMPLETE");
}
