//! Change sets.

use super::{Answer, Cloud};

const BEFORE: &str = "
Parameters: {Delay: {Type: Number, Default: 1}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  Old: {Type: AWS::SNS::Topic}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
";
const AFTER: &str = "
Parameters: {Delay: {Type: Number, Default: 2}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}
  New: {Type: AWS::S3::Bucket}
";

async fn prepare(cloud: &Cloud, kind: &str, name: &str, template: &str) -> Answer {
    let fields =
        [("StackName", "s"), ("ChangeSetName", name), ("ChangeSetType", kind), ("TemplateBody", template)];
    cloud.ok("CreateChangeSet", &fields).await
}

#[tokio::test]
async fn a_change_set_creates_a_stack_that_rested_in_review() {
    let cloud = Cloud::new();
    let stack = prepare(&cloud, "CREATE", "first", BEFORE).await.one("StackId");
    let named = [("StackName", "s"), ("ChangeSetName", "first")];
    assert_eq!(cloud.status("s").await, "REVIEW_IN_PROGRESS");
    let answer = cloud.ok("DescribeChangeSet", &named).await;
    assert_eq!(answer.one("Status"), "CREATE_IN_PROGRESS");
    assert_eq!(answer.one("ExecutionStatus"), "UNAVAILABLE");
    let early = cloud.refused("ExecuteChangeSet", &named).await;
    assert!(early.starts_with("InvalidChangeSetStatus") && early.contains("[CREATE_IN_PROGRESS]"));

    cloud.settle();
    let answer = cloud.ok("DescribeChangeSet", &named).await;
    assert_eq!(answer.one("ExecutionStatus"), "AVAILABLE");
    assert_eq!(answer.all("Action"), ["Add", "Add", "Add"]);
    let execute = [named[0], named[1], ("ClientRequestToken", "t-1")];
    cloud.ok("ExecuteChangeSet", &execute).await;
    cloud.ok("ExecuteChangeSet", &execute).await;
    assert!(cloud.refused("ExecuteChangeSet", &named).await.contains("[EXECUTE_IN_PROGRESS]"));
    cloud.settle();
    let answer = cloud.ok("DescribeStacks", &[("StackName", "s")]).await;
    assert_eq!(answer.one("StackStatus"), "CREATE_COMPLETE");
    assert_eq!(answer.one("StackId"), stack);
    assert!(answer.one("ChangeSetId").contains(":changeSet/first/"));
    assert!(cloud.history("s").await[0].starts_with("s REVIEW_IN_PROGRESS"));
    let answer = cloud.ok("DescribeChangeSet", &named).await;
    assert_eq!(answer.one("ExecutionStatus"), "EXECUTE_COMPLETE");
}

#[tokio::test]
async fn a_change_set_tells_what_an_update_would_do() {
    let cloud = Cloud::new();
    cloud.create("s", BEFORE).await;
    cloud.settle();
    let id = prepare(&cloud, "UPDATE", "next", AFTER).await.one("Id");
    cloud.settle();
    let answer = cloud.ok("DescribeChangeSet", &[("ChangeSetName", &id)]).await;
    let rows: Vec<_> = answer
        .xml
        .split("<ResourceChange>")
        .skip(1)
        .map(|xml| {
            let change = Answer { status: 200, xml: xml.to_owned() };
            let field = |name: &str| change.all(name).first().cloned().unwrap_or_default();
            [
                field("Action"),
                field("LogicalResourceId"),
                field("Replacement"),
                field("RequiresRecreation"),
                field("CausingEntity"),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        rows,
        ["Modify Queue False Never Delay", "Modify Vpc True Always ", "Add New   ", "Remove Old   ",]
    );
    assert!(answer.all("BeforeContext").is_empty() && answer.all("BeforeValue").is_empty());
    let fields = [("ChangeSetName", id.as_str()), ("IncludePropertyValues", "true")];
    let answer = cloud.ok("DescribeChangeSet", &fields).await;
    assert_eq!(answer.all("BeforeValue"), ["1", "10.0.0.0/16"]);
    assert_eq!(answer.all("AfterValue"), ["2", "10.1.0.0/16"]);
    assert_eq!(answer.all("Path"), ["/Properties/DelaySeconds", "/Properties/CidrBlock"]);
    assert_eq!(answer.all("AfterContext")[0], r#"{"Properties":{"DelaySeconds":"2"}}"#);
    cloud.ok("ExecuteChangeSet", &[("ChangeSetName", &id)]).await;
    cloud.settle();
    assert_eq!(cloud.status("s").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn what_is_known_only_once_something_is_made_is_shown_as_such() {
    let cloud = Cloud::new();
    let template = |cidr: &str| {
        format!(
            "Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: {cidr}}}}}\n  \
             Acl: {{Type: AWS::EC2::NetworkAcl, Properties: {{VpcId: !Ref Vpc}}}}\n  \
             Role: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub 'in-${{Vpc.CidrBlock}}', \
             TopicName: !Select [1, !Split ['-', !Ref Vpc]]}}}}\n\
             Outputs: {{Vpc: {{Value: !Ref Vpc}}}}"
        )
    };
    cloud.create("s", &template("10.0.0.0/16")).await;
    cloud.settle();
    let id = prepare(&cloud, "UPDATE", "next", &template("10.1.0.0/16")).await.one("Id");
    cloud.settle();
    let fields = [("ChangeSetName", id.as_str()), ("IncludePropertyValues", "true")];
    let answer = cloud.ok("DescribeChangeSet", &fields).await;
    let unknown = "{{changeSet:KNOWN_AFTER_APPLY}}";
    assert_eq!(answer.all("AfterValue")[1], unknown);
    cloud.ok("ExecuteChangeSet", &fields[..1]).await;
    cloud.settle();
    assert!(cloud.outputs("s").await[0].starts_with("Vpc=vpc-"));
}

#[tokio::test]
async fn a_change_set_without_changes_fails_with_cloudformations_text() {
    let cloud = Cloud::new();
    cloud.create("s", BEFORE).await;
    cloud.settle();
    prepare(&cloud, "UPDATE", "same", BEFORE).await;
    cloud.settle();
    let named = [("StackName", "s"), ("ChangeSetName", "same")];
    let answer = cloud.ok("DescribeChangeSet", &named).await;
    assert_eq!(answer.one("Status"), "FAILED");
    assert_eq!(
        answer.one("StatusReason"),
        "The submitted information didn't contain changes. Submit different information to create \
         a change set."
    );
    let problem = cloud.refused("ExecuteChangeSet", &named).await;
    assert!(problem.starts_with("InvalidChangeSetStatus") && problem.contains("[FAILED]"));
    cloud.ok("DeleteChangeSet", &named).await;
    let problem = cloud.refused("DescribeChangeSet", &named).await;
    assert_eq!(problem, "ChangeSetNotFound: ChangeSet [same] does not exist");
}

#[tokio::test]
async fn a_change_set_is_obsolete_once_the_stack_has_changed() {
    let cloud = Cloud::new();
    cloud.create("s", BEFORE).await;
    cloud.settle();
    prepare(&cloud, "UPDATE", "one", AFTER).await;
    prepare(&cloud, "UPDATE", "two", AFTER).await;
    cloud.settle();
    let summaries = cloud.ok("ListChangeSets", &[("StackName", "s")]).await;
    assert_eq!(summaries.all("ChangeSetName"), ["one", "two"]);
    cloud.ok("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "one")]).await;
    cloud.settle();
    let two = [("StackName", "s"), ("ChangeSetName", "two")];
    let problem = cloud.refused("ExecuteChangeSet", &two).await;
    assert!(problem.starts_with("InvalidChangeSetStatus") && problem.contains("[OBSOLETE]"));
}

#[tokio::test]
async fn change_sets_are_refused_where_they_make_no_sense() {
    let cloud = Cloud::new();
    let fields = |kind| {
        [("StackName", "s"), ("ChangeSetName", "c"), ("ChangeSetType", kind), ("TemplateBody", BEFORE)]
    };
    assert_eq!(
        cloud.refused("CreateChangeSet", &fields("UPDATE")).await,
        "ValidationError: Stack [s] does not exist"
    );
    prepare(&cloud, "CREATE", "c", BEFORE).await;
    assert!(cloud.refused("CreateChangeSet", &fields("CREATE")).await.starts_with("AlreadyExists"));
    cloud.settle();
    cloud.ok("DeleteStack", &[("StackName", "s")]).await;
    cloud.settle();
    assert!(cloud.call("DescribeStacks", &[("StackName", "s")]).await.status == 400);
    cloud.create("s", BEFORE).await;
    cloud.settle();
    let problem = cloud.refused("CreateChangeSet", &fields("CREATE")).await;
    assert!(problem.contains("already exists and cannot be created again"), "{problem}");
}

#[tokio::test]
async fn the_validation_warns_of_what_the_template_says_and_refuses_nothing() {
    let cloud = Cloud::new();
    let warned = "
Resources:
  Queue: {Type: AWS::SQS::Queue, Metadata: {Sandbox: {Warn: the quota is nearly used up}}}
  Topic: {Type: AWS::SNS::Topic}
";
    prepare(&cloud, "CREATE", "first", warned).await;
    let named = [("StackName", "s"), ("ChangeSetName", "first")];
    assert_eq!(cloud.ok("DescribeEvents", &named).await.all("EventType"), Vec::<String>::new());
    cloud.settle();
    assert_eq!(cloud.ok("DescribeChangeSet", &named).await.one("Status"), "CREATE_COMPLETE");
    let events = cloud.ok("DescribeEvents", &named).await;
    for (field, value) in [
        ("EventType", "VALIDATION_ERROR"),
        ("LogicalResourceId", "Queue"),
        ("ValidationPath", "/Resources/Queue"),
        ("ValidationStatus", "FAILED"),
        ("ValidationStatusReason", "the quota is nearly used up"),
        ("ValidationFailureMode", "WARN"),
    ] {
        assert_eq!(events.all(field), [value], "{field}");
    }
    // What does not change is not warned of.
    cloud.ok("ExecuteChangeSet", &named).await;
    cloud.settle();
    let later = warned.replace("AWS::SNS::Topic}", "AWS::SNS::Topic, Properties: {DisplayName: a}}");
    prepare(&cloud, "UPDATE", "second", &later).await;
    cloud.settle();
    let second = [("StackName", "s"), ("ChangeSetName", "second")];
    assert_eq!(cloud.ok("DescribeEvents", &second).await.all("EventType"), Vec::<String>::new());
}
