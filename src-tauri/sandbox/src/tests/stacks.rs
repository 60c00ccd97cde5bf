//! The life of stacks.

use super::{Cloud, request};

const NETWORK: &str = "
Description: a network
Parameters:
  Cidr: {Type: String, Default: 10.0.0.0/16}
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: !Ref Cidr}
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: !Ref Cidr}
Outputs:
  VpcId:
    Value: !Ref Vpc
    Description: the network
    Export: {Name: !Sub '${AWS::StackName}-VpcId'}
";

/// A template of two queues, the second after the first; `extra` goes into the second.
fn queues(extra: &str) -> String {
    format!(
        "Resources:\n  A: {{Type: AWS::SQS::Queue}}\n  B:\n    Type: AWS::SQS::Queue\n    \
         DependsOn: A\n{extra}\nOutputs:\n  Url: {{Value: !Ref B}}\n"
    )
}

#[tokio::test]
async fn a_stack_is_created_step_by_step_in_order_of_dependencies() {
    let cloud = Cloud::new();
    cloud.create("net", NETWORK).await;
    assert_eq!(cloud.history("net").await, ["net CREATE_IN_PROGRESS User Initiated"]);
    assert_eq!(cloud.status("net").await, "CREATE_IN_PROGRESS");
    assert!(cloud.outputs("net").await.is_empty());

    cloud.pass(0.3);
    assert_eq!(cloud.history("net").await.last().unwrap(), "Vpc CREATE_IN_PROGRESS");

    cloud.settle();
    assert_eq!(
        cloud.history("net").await,
        [
            "net CREATE_IN_PROGRESS User Initiated",
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS Resource creation Initiated",
            "Vpc CREATE_COMPLETE",
            "Subnet CREATE_IN_PROGRESS",
            "Subnet CREATE_IN_PROGRESS Resource creation Initiated",
            "Subnet CREATE_COMPLETE",
            "net CREATE_COMPLETE",
        ]
    );
    let answer = cloud.ok("DescribeStacks", &[("StackName", "net")]).await;
    assert!(answer.one("OutputValue").starts_with("vpc-0"), "{}", answer.xml);
    assert_eq!(answer.one("ExportName"), "net-VpcId");
    assert!(answer.all("LastUpdatedTime").is_empty());
    let arn = answer.one("StackId");
    assert!(arn.starts_with("arn:aws:cloudformation:eu-central-1:123456789012:stack/net/"));
    assert_eq!(cloud.status(&arn).await, "CREATE_COMPLETE");
}

#[tokio::test]
async fn every_event_carries_the_token_of_its_operation() {
    let cloud = Cloud::new();
    let fields = [("StackName", "net"), ("TemplateBody", NETWORK), ("ClientRequestToken", "token-1")];
    let first = cloud.ok("CreateStack", &fields).await.one("StackId");
    assert_eq!(cloud.ok("CreateStack", &fields).await.one("StackId"), first);
    cloud.settle();
    let delete = [("StackName", "net"), ("ClientRequestToken", "token-2")];
    cloud.ok("DeleteStack", &delete).await;
    cloud.ok("DeleteStack", &delete).await;
    cloud.settle();
    let answer = cloud.ok("DescribeStackEvents", &[("StackName", &first)]).await;
    let tokens = answer.all("ClientRequestToken");
    assert_eq!(tokens.iter().filter(|token| *token == "token-1").count(), 8);
    assert_eq!(tokens.iter().filter(|token| *token == "token-2").count(), 6);
    let other = [("StackName", "net"), ("TemplateBody", NETWORK), ("ClientRequestToken", "t3")];
    assert_ne!(cloud.ok("CreateStack", &other).await.one("StackId"), first);
    assert_eq!(
        cloud.refused("CreateStack", &[("StackName", "net"), ("TemplateBody", NETWORK)]).await,
        "AlreadyExistsException: Stack [net] already exists"
    );
}

#[tokio::test]
async fn a_failing_resource_rolls_the_creation_back() {
    let failing = queues("    Metadata: {Sandbox: {Fail: out of luck}}");
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str);
    let cases: [Case<'_>; 4] = [
        (
            &[],
            &[
                "q ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [B]. Rollback \
                 requested by user.",
                "B DELETE_IN_PROGRESS",
                "B DELETE_COMPLETE",
                "A DELETE_IN_PROGRESS",
                "A DELETE_COMPLETE",
                "q ROLLBACK_COMPLETE",
            ],
            "ROLLBACK_COMPLETE",
        ),
        (
            &[("OnFailure", "DELETE")],
            &[
                "q DELETE_IN_PROGRESS The following resource(s) failed to create: [B]. Delete \
                 requested by user.",
                "B DELETE_IN_PROGRESS",
                "B DELETE_COMPLETE",
                "A DELETE_IN_PROGRESS",
                "A DELETE_COMPLETE",
                "q DELETE_COMPLETE",
            ],
            "DELETE_COMPLETE",
        ),
        (
            &[("OnFailure", "DO_NOTHING")],
            &["q CREATE_FAILED The following resource(s) failed to create: [B]."],
            "CREATE_FAILED",
        ),
        (
            &[("DisableRollback", "true")],
            &["q CREATE_FAILED The following resource(s) failed to create: [B]."],
            "CREATE_FAILED",
        ),
    ];
    for (options, tail, status) in cases {
        let cloud = Cloud::new();
        let mut fields = vec![("StackName", "q"), ("TemplateBody", failing.as_str())];
        fields.extend(options);
        let arn = cloud.ok("CreateStack", &fields).await.one("StackId");
        cloud.settle();
        assert_eq!(cloud.status(&arn).await, status);
        let history = cloud.history(&arn).await;
        let failure = history.iter().position(|line| line == "B CREATE_FAILED out of luck");
        assert_eq!(history[failure.unwrap() + 1..], *tail, "{options:?}");
        assert!(cloud.outputs(&arn).await.is_empty());
    }
}

#[tokio::test]
async fn a_template_may_fail_as_a_whole_and_set_its_length() {
    let cloud = Cloud::new();
    let template = "Metadata: {Sandbox: {Seconds: 2.5, Fail: the end}}\nResources:\n  \
                    A: {Type: AWS::SQS::Queue}\n  B: {Type: AWS::SNS::Topic}\n";
    cloud.create("s", template).await;
    cloud.pass(2.4);
    assert_ne!(cloud.status("s").await, "ROLLBACK_COMPLETE");
    cloud.pass(0.2);
    assert_eq!(cloud.status("s").await, "ROLLBACK_COMPLETE");
    let failed = cloud.history("s").await.iter().filter(|line| line.ends_with("the end")).count();
    assert_eq!(failed, 1);
    assert_eq!(
        cloud.refused("UpdateStack", &[("StackName", "s"), ("TemplateBody", NETWORK)]).await,
        format!(
            "ValidationError: Stack:{} is in ROLLBACK_COMPLETE state and can not be updated.",
            cloud.ok("DescribeStacks", &[("StackName", "s")]).await.one("StackId")
        )
    );
}

#[tokio::test]
async fn siblings_of_a_failing_resource_are_cancelled() {
    let cloud = Cloud::new();
    let template = "Resources:\n  Quick: {Type: AWS::SQS::Queue, Metadata: {Sandbox: {Seconds: 1, \
                    Fail: no}}}\n  Slow: {Type: AWS::SQS::Queue, Metadata: {Sandbox: {Seconds: 2}}}";
    cloud.create("s", template).await;
    cloud.settle();
    let history = cloud.history("s").await;
    assert!(history.contains(&"Slow CREATE_FAILED Resource creation cancelled".to_owned()));
    assert!(history.iter().any(|line| line.contains("failed to create: [Quick, Slow]")));
}

#[tokio::test]
async fn an_update_changes_replaces_adds_and_removes() {
    let cloud = Cloud::new();
    let before = "Resources:\n  Keep: {Type: AWS::SNS::Topic}\n  Change: {Type: AWS::SQS::Queue}\n  \
                  Replace: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n  \
                  Remove: {Type: AWS::S3::Bucket}\n  Leave: {Type: AWS::S3::Bucket, \
                  DeletionPolicy: Retain}\nOutputs: {Vpc: {Value: !Ref Replace}}";
    let after = "Resources:\n  Keep: {Type: AWS::SNS::Topic}\n  Change: {Type: AWS::SQS::Queue, \
                 Properties: {DelaySeconds: 5}}\n  Replace: {Type: AWS::EC2::VPC, Properties: \
                 {CidrBlock: 10.1.0.0/16}}\n  Add: {Type: AWS::SNS::Topic}\nOutputs: {Vpc: \
                 {Value: !Ref Replace}}";
    cloud.create("s", before).await;
    cloud.settle();
    let old = cloud.outputs("s").await;
    let created = cloud.history("s").await.len();
    cloud.update("s", after).await;
    assert_eq!(cloud.status("s").await, "UPDATE_IN_PROGRESS");
    assert_eq!(cloud.outputs("s").await, old);
    cloud.settle();
    let mut history = cloud.history("s").await.split_off(created);
    let cleanup = history.iter().position(|l| l.starts_with("s UPDATE_COMPLETE_CLEANUP")).unwrap();
    let end = history.split_off(cleanup);
    for line in [
        "Change UPDATE_IN_PROGRESS",
        "Change UPDATE_COMPLETE",
        "Replace UPDATE_IN_PROGRESS Requested update requires the creation of a new physical \
         resource; hence creating one.",
        "Replace UPDATE_IN_PROGRESS Resource creation Initiated",
        "Replace UPDATE_COMPLETE",
        "Add CREATE_COMPLETE",
    ] {
        assert!(history.iter().any(|have| have == line), "{line} in {history:#?}");
    }
    assert!(!history.iter().any(|line| line.starts_with("Keep")));
    for line in
        ["Replace DELETE_COMPLETE", "Remove DELETE_COMPLETE", "Leave DELETE_SKIPPED", "s UPDATE_COMPLETE"]
    {
        assert!(end.iter().any(|have| have == line), "{line} in {end:#?}");
    }
    assert_ne!(cloud.outputs("s").await, old);
    let answer = cloud.ok("ListStackResources", &[("StackName", "s")]).await;
    let replaced = cloud.outputs("s").await[0].replace("Vpc=", "");
    assert!(answer.all("PhysicalResourceId").contains(&replaced));
    assert_eq!(answer.all("LogicalResourceId"), ["Keep", "Change", "Replace", "Add"]);
    assert_eq!(
        cloud.refused("UpdateStack", &[("StackName", "s"), ("TemplateBody", after)]).await,
        "ValidationError: No updates are to be performed."
    );
}

#[tokio::test]
async fn a_failed_update_leaves_the_previous_version_standing() {
    let cloud = Cloud::new();
    cloud.create("q", &queues("")).await;
    cloud.settle();
    let (outputs, length) = (cloud.outputs("q").await, cloud.history("q").await.len());
    let failing = queues(
        "    Properties: {DelaySeconds: 1}\n  C: {Type: AWS::SNS::Topic, DependsOn: B, Metadata: \
         {Sandbox: {Fail: no room}}}",
    );
    cloud.update("q", &failing).await;
    cloud.settle();
    assert_eq!(
        cloud.history("q").await[length..],
        [
            "q UPDATE_IN_PROGRESS User Initiated",
            "B UPDATE_IN_PROGRESS",
            "B UPDATE_COMPLETE",
            "C CREATE_IN_PROGRESS",
            "C CREATE_IN_PROGRESS Resource creation Initiated",
            "C CREATE_FAILED no room",
            "q UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [C].",
            "B UPDATE_IN_PROGRESS",
            "B UPDATE_COMPLETE",
            "q UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "C DELETE_IN_PROGRESS",
            "C DELETE_COMPLETE",
            "q UPDATE_ROLLBACK_COMPLETE",
        ]
    );
    assert_eq!(cloud.outputs("q").await, outputs);
    let template = cloud.ok("GetTemplate", &[("StackName", "q")]).await.one("TemplateBody");
    assert_eq!(template, queues(""));
    cloud.update("q", &queues("    Properties: {DelaySeconds: 1}")).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn what_stopped_half_way_goes_on_with_rollback_off() {
    let cloud = Cloud::new();
    let failing = queues("    Metadata: {Sandbox: {Fail: no}}");
    let fields = [("StackName", "q"), ("TemplateBody", &failing), ("DisableRollback", "true")];
    cloud.ok("CreateStack", &fields).await;
    cloud.settle();
    let whole = queues("");
    let with = [("StackName", "q"), ("TemplateBody", &whole), ("DisableRollback", "true")];
    assert!(cloud.refused("UpdateStack", &with[..2]).await.contains("CREATE_FAILED state"));
    let created = cloud.history("q").await.len();
    cloud.ok("UpdateStack", &with).await;
    cloud.settle();
    let history = cloud.history("q").await.split_off(created);
    assert!(!history.iter().any(|line| line.starts_with("A ")), "{history:#?}");
    assert_eq!(cloud.status("q").await, "UPDATE_COMPLETE");

    let failing = queues("    Properties: {DelaySeconds: 3}\n    Metadata: {Sandbox: {Fail: no}}");
    let fields = [("StackName", "q"), ("TemplateBody", &failing), ("DisableRollback", "true")];
    cloud.ok("UpdateStack", &fields).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_FAILED");
    cloud.ok("UpdateStack", &with).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn an_update_under_way_can_be_cancelled() {
    let cloud = Cloud::new();
    cloud.create("q", &queues("")).await;
    let cancel = [("StackName", "q"), ("ClientRequestToken", "c-1")];
    assert!(cloud.refused("CancelUpdateStack", &cancel).await.contains("CREATE_IN_PROGRESS"));
    cloud.settle();
    let length = cloud.history("q").await.len();
    let slow = queues(
        "    Properties: {DelaySeconds: 1}\n  C: {Type: AWS::SNS::Topic, DependsOn: B, Metadata: \
         {Sandbox: {Seconds: 60}}}",
    );
    cloud.update("q", &slow).await;
    cloud.pass(30.0);
    cloud.ok("CancelUpdateStack", &cancel).await;
    cloud.ok("CancelUpdateStack", &cancel).await;
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_IN_PROGRESS");
    cloud.settle();
    let history = cloud.history("q").await.split_off(length);
    let from = history.iter().position(|line| line.starts_with("C CREATE_FAILED")).unwrap();
    assert_eq!(
        history[from..],
        [
            "C CREATE_FAILED Resource creation cancelled",
            "q UPDATE_ROLLBACK_IN_PROGRESS User Initiated",
            "B UPDATE_IN_PROGRESS",
            "B UPDATE_COMPLETE",
            "q UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "C DELETE_IN_PROGRESS",
            "C DELETE_COMPLETE",
            "q UPDATE_ROLLBACK_COMPLETE",
        ]
    );
}

#[tokio::test]
async fn a_rollback_that_fails_is_continued_by_skipping() {
    let cloud = Cloud::new();
    cloud.create("q", &queues("")).await;
    cloud.settle();
    let failing =
        queues("    Properties: {DelaySeconds: 1}\n    Metadata: {Sandbox: {Fail: no, FailRollback: stuck}}");
    cloud.update("q", &failing).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_FAILED");
    let resume = [("StackName", "q"), ("ResourcesToSkip.member.1", "B")];
    cloud.ok("ContinueUpdateRollback", &resume[..1]).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_FAILED");
    cloud.ok("ContinueUpdateRollback", &resume).await;
    cloud.settle();
    assert_eq!(cloud.status("q").await, "UPDATE_ROLLBACK_COMPLETE");
    assert!(cloud.refused("ContinueUpdateRollback", &resume).await.contains("UPDATE_ROLLBACK_"));
}

#[tokio::test]
async fn a_stack_is_deleted_in_reverse_and_then_found_by_its_arn_only() {
    let cloud = Cloud::new();
    cloud.create("net", NETWORK).await;
    cloud.settle();
    let arn = cloud.ok("DescribeStacks", &[("StackName", "net")]).await.one("StackId");
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
    assert_eq!(cloud.status("net").await, "DELETE_IN_PROGRESS");
    cloud.settle();
    assert_eq!(
        cloud.history(&arn).await[8..],
        [
            "net DELETE_IN_PROGRESS User Initiated",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_COMPLETE",
            "Vpc DELETE_IN_PROGRESS",
            "Vpc DELETE_COMPLETE",
            "net DELETE_COMPLETE",
        ]
    );
    assert_eq!(
        cloud.refused("DescribeStacks", &[("StackName", "net")]).await,
        "ValidationError: Stack with id net does not exist"
    );
    assert_eq!(cloud.status(&arn).await, "DELETE_COMPLETE");
    assert!(cloud.ok("DescribeStacks", &[]).await.all("StackName").is_empty());
    assert_eq!(cloud.ok("ListStacks", &[]).await.one("StackStatus"), "DELETE_COMPLETE");
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
    cloud.create("net", NETWORK).await;
}

#[tokio::test]
async fn a_delete_that_fails_is_finished_by_retaining_or_by_force() {
    let template = queues("    Metadata: {Sandbox: {FailDelete: in use}}");
    for finish in [("RetainResources.member.1", "B"), ("DeletionMode", "FORCE_DELETE_STACK")] {
        let cloud = Cloud::new();
        cloud.create("q", &template).await;
        cloud.settle();
        let arn = cloud.ok("DescribeStacks", &[("StackName", "q")]).await.one("StackId");
        let again = [("StackName", "q"), finish];
        assert!(cloud.refused("DeleteStack", &again).await.contains("DELETE_FAILED"));
        cloud.ok("DeleteStack", &again[..1]).await;
        cloud.settle();
        assert_eq!(cloud.status("q").await, "DELETE_FAILED");
        assert_eq!(
            cloud.history("q").await.split_off(9)[1..],
            ["B DELETE_FAILED in use", "q DELETE_FAILED The following resource(s) failed to delete: [B].",]
        );
        cloud.ok("DeleteStack", &again).await;
        cloud.settle();
        assert_eq!(cloud.status(&arn).await, "DELETE_COMPLETE");
        assert!(cloud.history(&arn).await.contains(&"B DELETE_SKIPPED".to_owned()));
    }
}

#[tokio::test]
async fn a_creation_under_way_can_be_deleted_but_an_update_cannot() {
    let cloud = Cloud::new();
    cloud.create("q", &queues("")).await;
    cloud.pass(0.5);
    let arn = cloud.ok("DescribeStacks", &[("StackName", "q")]).await.one("StackId");
    cloud.ok("DeleteStack", &[("StackName", "q")]).await;
    cloud.settle();
    assert_eq!(cloud.status(&arn).await, "DELETE_COMPLETE");
    assert!(!cloud.history(&arn).await.iter().any(|line| line.starts_with("B ")));

    cloud.create("q", &queues("")).await;
    cloud.settle();
    cloud.update("q", &queues("    Properties: {DelaySeconds: 1}")).await;
    let problem = cloud.refused("DeleteStack", &[("StackName", "q")]).await;
    assert!(problem.ends_with("cannot be deleted while in status UPDATE_IN_PROGRESS"), "{problem}");
}

#[tokio::test]
async fn a_protected_stack_is_not_deleted() {
    let cloud = Cloud::new();
    let fields = [("StackName", "net"), ("TemplateBody", NETWORK), ("EnableTerminationProtection", "true")];
    cloud.ok("CreateStack", &fields).await;
    cloud.settle();
    assert_eq!(
        cloud.refused("DeleteStack", &[("StackName", "net")]).await,
        "ValidationError: Stack [net] cannot be deleted while TerminationProtection is enabled"
    );
    let off = [("StackName", "net"), ("EnableTerminationProtection", "false")];
    cloud.ok("UpdateTerminationProtection", &off).await;
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
}

#[tokio::test]
async fn an_output_is_read_by_its_stacks_name_in_any_region_and_keeps_nobody_from_deleting() {
    let cloud = Cloud::new();
    let reader = |region: &str| {
        format!(
            "Resources: {{Sg: {{Type: AWS::EC2::SecurityGroup, Properties: {{VpcId: \
             !GetStackOutput {{StackName: net, OutputName: VpcId{region}}}}}}}}}"
        )
    };
    cloud.create("early", &reader("")).await;
    cloud.create("net", NETWORK).await;
    cloud.settle();
    assert!(cloud.history("early").await.iter().any(|line| {
        line.contains("ROLLBACK_IN_PROGRESS Stack net in eu-central-1 has no output VpcId.")
    }));
    cloud.create("app", &reader("")).await;
    let far = reader(", Region: eu-central-1");
    let fields = [("StackName", "far"), ("TemplateBody", far.as_str())];
    let answer = cloud.call_as("123456789012", "us-east-1", "CreateStack", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.xml);
    let foreign = cloud.call_as("210987654321", "eu-central-1", "CreateStack", &fields).await;
    assert_eq!(foreign.status, 200, "{}", foreign.xml);
    cloud.settle();
    assert_eq!(cloud.status("app").await, "CREATE_COMPLETE");
    for (account, region, status) in [
        ("123456789012", "us-east-1", "CREATE_COMPLETE"),
        ("210987654321", "eu-central-1", "ROLLBACK_COMPLETE"),
    ] {
        let seen = cloud.call_as(account, region, "DescribeStacks", &[("StackName", "far")]).await;
        assert_eq!(seen.one("StackStatus"), status, "{}", seen.xml);
    }
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
    cloud.settle();
    let gone = cloud.refused("DescribeStacks", &[("StackName", "net")]).await;
    assert_eq!(gone, "ValidationError: Stack with id net does not exist");
    let role = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: \
                !GetStackOutput {StackName: net, OutputName: VpcId, RoleArn: r}}}}";
    let refused = cloud.refused("CreateStack", &[("StackName", "other"), ("TemplateBody", role)]).await;
    assert!(refused.contains("Fn::GetStackOutput with RoleArn"), "{refused}");
}

#[tokio::test]
async fn exports_tie_stacks_together() {
    let cloud = Cloud::new();
    let user = "Resources: {Sg: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: \
                !ImportValue net-VpcId}}}";
    cloud.create("early", user).await;
    cloud.settle();
    assert!(cloud.history("early").await.contains(
        &"early ROLLBACK_IN_PROGRESS No export named net-VpcId found. Rollback requested by user.".to_owned()
    ));
    cloud.create("net", NETWORK).await;
    cloud.settle();
    cloud.create("app", user).await;
    cloud.settle();
    assert_eq!(cloud.status("app").await, "CREATE_COMPLETE");
    assert_eq!(cloud.ok("ListExports", &[]).await.one("Name"), "net-VpcId");
    let imports = cloud.ok("ListImports", &[("ExportName", "net-VpcId")]).await;
    assert_eq!(imports.members("Imports").len(), 1);

    let length = cloud.history("net").await.len();
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
    cloud.settle();
    assert_eq!(
        cloud.history("net").await[length..],
        [
            "net DELETE_IN_PROGRESS User Initiated",
            "net CREATE_COMPLETE Export net-VpcId cannot be deleted as it is in use by app",
        ]
    );
    let fields = [
        ("StackName", "net"),
        ("TemplateBody", NETWORK),
        ("Parameters.member.1.ParameterKey", "Cidr"),
        ("Parameters.member.1.ParameterValue", "10.9.0.0/16"),
    ];
    cloud.ok("UpdateStack", &fields).await;
    cloud.settle();
    assert_eq!(cloud.status("net").await, "UPDATE_ROLLBACK_COMPLETE");

    let thief = NETWORK.replace("!Sub '${AWS::StackName}-VpcId'", "net-VpcId");
    cloud.create("thief", &thief).await;
    cloud.settle();
    let history = cloud.history("thief").await.join("\n");
    assert!(history.contains("Export with name net-VpcId is already exported by stack net."));

    cloud.ok("DeleteStack", &[("StackName", "app")]).await;
    cloud.settle();
    cloud.ok("DeleteStack", &[("StackName", "net")]).await;
    cloud.settle();
    assert!(cloud.call("DescribeStacks", &[("StackName", "net")]).await.status == 400);
}

#[tokio::test]
async fn accounts_and_regions_do_not_see_each_other() {
    let cloud = Cloud::new();
    let fields = [("StackName", "net"), ("TemplateBody", NETWORK)];
    for (account, region) in [
        ("123456789012", "eu-central-1"),
        ("123456789012", "us-east-1"),
        ("210987654321", "us-east-1"),
        ("AKIAIOSFODNN7EXAMPLE", "cn-north-1"),
    ] {
        let answer = cloud.call_as(account, region, "CreateStack", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.xml);
        let (partition, account) = match region {
            "cn-north-1" => ("aws-cn", "000000000000"),
            _ => ("aws", account),
        };
        let prefix = format!("arn:{partition}:cloudformation:{region}:{account}:stack/net/");
        assert!(answer.one("StackId").starts_with(&prefix), "{}", answer.xml);
    }
    assert_eq!(cloud.ok("ListStacks", &[]).await.all("StackName").len(), 1);
}

#[tokio::test]
async fn sts_tells_who_the_caller_is() {
    let cloud = Cloud::new();
    let form = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    let answer = request(&cloud.sandbox, "123456789012", "us-east-1", "sts", form).await;
    assert_eq!(answer.one("Account"), "123456789012");
    assert!(answer.xml.contains("https://sts.amazonaws.com/doc/2011-06-15/"));
    let form = "Action=AssumeRole".to_owned();
    let answer = request(&cloud.sandbox, "123456789012", "us-east-1", "sts", form).await;
    assert_eq!(answer.one("Code"), "InvalidAction");
}

#[tokio::test]
async fn lists_come_in_pages_that_hold_when_new_items_appear() {
    let cloud = Cloud::new();
    let mut resources = String::from("Resources:\n");
    for index in 0..90 {
        resources.push_str(&format!("  Q{index}: {{Type: AWS::SQS::Queue}}\n"));
    }
    cloud.create("many", &resources).await;
    cloud.settle();
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let fields = [("StackName", "many"), ("NextToken", &token)];
        let answer = cloud.ok("DescribeStackEvents", &fields).await;
        seen.extend(answer.all("EventId"));
        if seen.len() == 100 {
            cloud.ok("DeleteStack", &[("StackName", "many")]).await;
        }
        match answer.all("NextToken").pop() {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), 90 * 3 + 2);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 90 * 3 + 2);
    let stale = [("StackName", "many"), ("NextToken", "nonsense")];
    assert!(cloud.refused("DescribeStackEvents", &stale).await.contains("NextToken"));
}

#[tokio::test]
async fn stacks_are_listed_by_status() {
    let cloud = Cloud::new();
    cloud.create("a", NETWORK).await;
    cloud.settle();
    cloud.create("b", &queues("")).await;
    let filter = [
        ("StackStatusFilter.member.1", "CREATE_IN_PROGRESS"),
        ("StackStatusFilter.member.2", "UPDATE_IN_PROGRESS"),
    ];
    assert_eq!(cloud.ok("ListStacks", &filter).await.one("StackName"), "b");
    assert_eq!(cloud.ok("ListStacks", &[]).await.all("StackName"), ["a", "b"]);
}
