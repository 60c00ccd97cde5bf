//! What outlives its stack: DeletionPolicy, UpdateReplacePolicy, and the names that are then taken.

use super::{Answer, Cloud};

/// What a change set for `after` says of each resource: its id, its PolicyAction.
async fn actions(cloud: &Cloud, after: &str) -> Vec<String> {
    let fields = [("StackName", "s"), ("ChangeSetName", "c"), ("TemplateBody", after)];
    cloud.ok("CreateChangeSet", &fields).await;
    cloud.settle();
    let answer = cloud.ok("DescribeChangeSet", &fields[..2]).await;
    let changes = answer.xml.split("<ResourceChange>").skip(1).map(|xml| {
        let change = Answer { status: 200, xml: xml.to_owned() };
        format!("{} {}", change.one("LogicalResourceId"), change.all("PolicyAction").join(""))
    });
    changes.map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn a_change_set_says_what_becomes_of_each_resource_that_goes() {
    let resource = |id: &str, kind: &str, more: &str| format!("  {id}: {{Type: AWS::{kind}{more}}}\n");
    let before: String = [
        resource("A", "S3::Bucket", ""),
        resource("B", "S3::Bucket", ", DeletionPolicy: Retain"),
        resource("C", "S3::Bucket", ", DeletionPolicy: RetainExceptOnCreate"),
        resource("D", "S3::Bucket", ", DeletionPolicy: Delete"),
        resource("E", "EC2::Volume", ", DeletionPolicy: Snapshot"),
        resource("F", "RDS::DBCluster", ""),
        resource("G", "RDS::DBInstance", ""),
        resource("H", "RDS::DBInstance", ", Properties: {DBClusterIdentifier: !Ref F}"),
        resource("I", "RDS::DBInstance", ", DeletionPolicy: Delete"),
    ]
    .concat();
    let cloud = Cloud::new();
    let topic = "  T: {Type: AWS::SNS::Topic}\n";
    cloud.create("s", &format!("Resources:\n{before}{topic}")).await;
    cloud.settle();
    assert_eq!(
        actions(&cloud, &format!("Resources:\n{topic}")).await,
        [
            "A Delete",
            "B Retain",
            "C Retain",
            "D Delete",
            "E Snapshot",
            "F Snapshot",
            "G Snapshot",
            "I Delete",
            "H Delete",
        ]
    );
}

#[tokio::test]
async fn a_change_set_says_what_becomes_of_what_is_replaced() {
    let template = |cidr: &str, zone: &str, name: &str| {
        let policy = |policy: &str| format!("UpdateReplacePolicy: {policy}, DeletionPolicy: Retain");
        format!(
            "Resources:\n  A: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: {cidr}}}}}\n  \
             B: {{Type: AWS::EC2::VPC, {}, Properties: {{CidrBlock: {cidr}}}}}\n  \
             C: {{Type: AWS::EC2::Volume, {}, Properties: {{AvailabilityZone: {zone}}}}}\n  \
             D: {{Type: AWS::SNS::Topic, {}, Properties: {{DisplayName: {name}}}}}\n  \
             E: {{Type: AWS::SNS::Topic, {}, Properties: {{TopicName: {name}}}}}\n",
            policy("Retain"),
            policy("Snapshot"),
            policy("Retain"),
            // Of a topic no snapshot can be taken.
            policy("Snapshot"),
        )
    };
    let cloud = Cloud::new();
    cloud.create("s", &template("10.0.0.0/16", "a", "one")).await;
    cloud.settle();
    let before = cloud.ok("ListStackResources", &[("StackName", "s")]).await;
    let after = template("10.1.0.0/16", "b", "two");
    assert_eq!(
        actions(&cloud, &after).await,
        ["A ReplaceAndDelete", "B ReplaceAndRetain", "C ReplaceAndSnapshot", "D", "E ReplaceAndDelete"]
    );
    cloud.ok("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).await;
    cloud.settle();
    let events = cloud.ok("DescribeStackEvents", &[("StackName", "s")]).await;
    let skipped: Vec<_> = events
        .members("StackEvents")
        .into_iter()
        .filter(|event| event.one("ResourceStatus") == "DELETE_SKIPPED")
        .map(|event| event.one("PhysicalResourceId"))
        .collect();
    assert_eq!(skipped, [before.all("PhysicalResourceId")[1].clone()]);
}

#[tokio::test]
async fn policies_that_do_not_exist_are_refused_in_cloudformations_words() {
    let cloud = Cloud::new();
    for (fields, told) in [
        (
            "DeletionPolicy: Snapshot",
            "resource type AWS::SNS::Topic does not support deletion policy Snapshot",
        ),
        ("DeletionPolicy: !Ref P", "Template format error: Every DeletionPolicy member must be a string."),
        ("DeletionPolicy: Keep", "Unrecognized DeletionPolicy Keep"),
        (
            "UpdateReplacePolicy: RetainExceptOnCreate",
            "Unrecognized UpdateReplacePolicy RetainExceptOnCreate",
        ),
    ] {
        let template = format!("Resources: {{T: {{Type: AWS::SNS::Topic, {fields}}}}}");
        let problem = cloud.refused("ValidateTemplate", &[("TemplateBody", &template)]).await;
        assert!(problem.contains(told), "{fields}: {problem}");
    }
}

const NAMED: &str =
    "B: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: fixed-name}}";

fn failing(bucket: &str) -> String {
    format!(
        "Resources:\n  {bucket}\n  Q: {{Type: AWS::SQS::Queue, DependsOn: B, Metadata: {{Sandbox: {{Fail: boom}}}}}}\n"
    )
}

#[tokio::test]
async fn what_a_rollback_leaves_behind_still_has_its_name() {
    let cloud = Cloud::new();
    cloud.create("s", &failing(NAMED)).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "ROLLBACK_COMPLETE");
    assert!(cloud.history("s").await.contains(&"B DELETE_SKIPPED".to_owned()));
    cloud.ok("DeleteStack", &[("StackName", "s")]).await;
    cloud.settle();
    cloud.create("s", &format!("Resources:\n  {NAMED}\n")).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "ROLLBACK_COMPLETE");
    let history = cloud.history("s").await;
    assert!(history.contains(&"B CREATE_FAILED fixed-name already exists".to_owned()), "{history:#?}");
    // It was never made, so nothing of it is left behind by this one.
    assert!(!history.contains(&"B DELETE_SKIPPED".to_owned()), "{history:#?}");
    // Another name is free.
    cloud.create("t", &format!("Resources:\n  {}\n", NAMED.replace("fixed", "other"))).await;
    cloud.settle();
    assert_eq!(cloud.status("t").await, "CREATE_COMPLETE");
}

#[tokio::test]
async fn what_was_made_in_vain_goes_where_policy_or_request_says_so() {
    let except = ("RetainExceptOnCreate", "true");
    for (policy, field, left) in [
        ("Retain", None, true),
        ("Retain", Some(except), false),
        ("RetainExceptOnCreate", None, false),
        ("Delete", None, false),
    ] {
        let cloud = Cloud::new();
        let template = failing(&NAMED.replace("Retain", policy));
        let mut fields = vec![("StackName", "s"), ("TemplateBody", template.as_str())];
        fields.extend(field);
        cloud.ok("CreateStack", &fields).await;
        cloud.settle();
        let skipped = cloud.history("s").await.contains(&"B DELETE_SKIPPED".to_owned());
        assert_eq!(skipped, left, "{policy} {field:?}");
        // By a change set, too, and in the rollback of an update.
        let mut named = vec![("StackName", "t"), ("ChangeSetName", "c")];
        cloud.create("t", "Resources: {T: {Type: AWS::SNS::Topic}}").await;
        cloud.settle();
        let other = template.replace("fixed", "other");
        cloud.ok("CreateChangeSet", &[named[0], named[1], ("TemplateBody", &other)]).await;
        cloud.settle();
        named.extend(field);
        cloud.ok("ExecuteChangeSet", &named).await;
        cloud.settle();
        assert_eq!(cloud.status("t").await, "UPDATE_ROLLBACK_COMPLETE");
        let skipped = cloud.history("t").await.contains(&"B DELETE_SKIPPED".to_owned());
        assert_eq!(skipped, left, "{policy} {field:?}");
    }
}

#[tokio::test]
async fn a_name_is_taken_by_whatever_has_it() {
    let queue = |id: &str, more: &str| {
        format!("Resources:\n  {id}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: one{more}}}}}\n")
    };
    let cloud = Cloud::new();
    cloud.create("a", &queue("Q", "")).await;
    // Made at the same time, and when the first one stands.
    for wait in [0.0, 3600.0] {
        cloud.pass(wait);
        cloud.create("b", &queue("Q", "")).await;
        cloud.settle();
        let history = cloud.history("b").await.join("\n");
        assert!(history.contains("Q CREATE_FAILED one already exists in stack arn:"), "{history}");
        cloud.ok("DeleteStack", &[("StackName", "b")]).await;
        cloud.settle();
    }
    // Under another logical id: the new one is made before the old one goes.
    cloud.update("a", &queue("Other", "")).await;
    cloud.settle();
    assert_eq!(cloud.status("a").await, "UPDATE_ROLLBACK_COMPLETE");
    cloud.update("a", &queue("Q", ", DelaySeconds: 2")).await;
    cloud.settle();
    assert_eq!(cloud.status("a").await, "UPDATE_COMPLETE");
    // Once it is gone, the name is free.
    cloud.ok("DeleteStack", &[("StackName", "a")]).await;
    cloud.settle();
    cloud.create("b", &queue("Q", "")).await;
    cloud.settle();
    assert_eq!(cloud.status("b").await, "CREATE_COMPLETE");
}

#[tokio::test]
async fn names_that_are_unique_only_somewhere_are_no_conflict_elsewhere() {
    let cloud = Cloud::new();
    let template = |bus: &str| {
        format!(
            "Resources:\n  R: {{Type: AWS::Events::Rule, Properties: {{Name: one, EventBusName: {bus}}}}}\n  \
             T: {{Type: AWS::ECS::TaskDefinition, Properties: {{Family: one, Cpu: {bus}}}}}\n"
        )
    };
    for name in ["one", "two"] {
        cloud.create(name, &template(name)).await;
        cloud.settle();
        assert_eq!(cloud.status(name).await, "CREATE_COMPLETE");
    }
    // A family's next version takes the place of the last.
    cloud.update("one", &template("one").replace("Cpu: one", "Cpu: three")).await;
    cloud.settle();
    assert_eq!(cloud.status("one").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn what_was_tried_in_vain_can_be_tried_again_under_its_name() {
    let template = |fail: &str| {
        format!(
            "Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: one}}, \
             Metadata: {{Sandbox: {{{fail}}}}}}}\n"
        )
    };
    let cloud = Cloud::new();
    let text = template("Fail: boom");
    let fields = [("StackName", "s"), ("TemplateBody", text.as_str()), ("DisableRollback", "true")];
    cloud.ok("CreateStack", &fields).await;
    cloud.settle();
    let again = template("Seconds: 1");
    cloud.ok("UpdateStack", &[fields[0], ("TemplateBody", &again), fields[2]]).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn a_custom_named_resource_is_not_replaced() {
    let table = |key: &str, name: &str| {
        format!(
            "Resources:\n  D: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: {name}, \
             KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]}}}}\n"
        )
    };
    let cloud = Cloud::new();
    cloud.create("s", &table("a", "x")).await;
    cloud.settle();
    let id = |answer: &Answer| answer.one("PhysicalResourceId");
    let named = [("StackName", "s")];
    cloud.update("s", &table("b", "x")).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "UPDATE_ROLLBACK_COMPLETE");
    let refusal = "D UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource \
                   requires replacing. Rename x and update the stack again.";
    let history = cloud.history("s").await;
    assert!(history.contains(&refusal.to_owned()), "{history:#?}");
    assert!(!history.iter().any(|line| line.contains("DELETE_")), "{history:#?}");
    let resources = cloud.ok("ListStackResources", &named).await;
    assert_eq!((id(&resources), resources.one("ResourceStatus")), ("x".into(), "UPDATE_COMPLETE".into()));
    // As CloudFormation says: under another name it goes.
    cloud.update("s", &table("b", "y")).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "UPDATE_COMPLETE");
    assert_eq!(id(&cloud.ok("ListStackResources", &named).await), "y");
}
