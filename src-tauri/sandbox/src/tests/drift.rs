//! Drift detection: what it finds, when it tells, and when it is refused.

use super::{Answer, Cloud};

const DRIFTED: &str = r#"{
    "Parameters": {"Password": {"Type": "String", "NoEcho": true, "Default": "hunter22"}},
    "Resources": {
        "Changed": {"Type": "AWS::SQS::Queue",
            "Properties": {"DelaySeconds": "1", "RedrivePolicy": {"maxReceiveCount": "3", "target": "arn"}},
            "Metadata": {"Sandbox": {"Drift": {"DelaySeconds": "5", "NotInTheTemplate": "x",
                                               "RedrivePolicy": {"maxReceiveCount": "3", "more": "y"}}}}},
        "Gone": {"Type": "AWS::SNS::Topic", "Metadata": {"Sandbox": {"Drift": "deleted"}}},
        "Secret": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Password"}},
            "Metadata": {"Sandbox": {"Drift": {"DisplayName": "else"}}}},
        "Right": {"Type": "AWS::SNS::Topic"}}}"#;

const RIGHT: &str = "Resources: {Right: {Type: AWS::SNS::Topic}}";

async fn detect(cloud: &Cloud) -> String {
    cloud.ok("DetectStackDrift", &[("StackName", "s")]).await.one("StackDriftDetectionId")
}

async fn detection(cloud: &Cloud, id: &str) -> Answer {
    cloud.ok("DescribeStackDriftDetectionStatus", &[("StackDriftDetectionId", id)]).await
}

async fn drifts(cloud: &Cloud, more: &[(&str, &str)]) -> Answer {
    let fields = [&[("StackName", "s")], more].concat();
    cloud.ok("DescribeStackResourceDrifts", &fields).await
}

#[tokio::test]
async fn what_differs_from_the_template_is_told_once_the_detection_is_done() {
    let cloud = Cloud::new();
    cloud.create("s", DRIFTED).await;
    cloud.settle();
    let id = detect(&cloud).await;
    let running = detection(&cloud, &id).await;
    assert_eq!(running.one("DetectionStatus"), "DETECTION_IN_PROGRESS");
    assert_eq!(running.all("StackDriftStatus"), [""; 0]);
    assert_eq!(drifts(&cloud, &[]).await.all("LogicalResourceId"), [""; 0]);
    let refused = cloud.refused("DetectStackDrift", &[("StackName", "s")]).await;
    assert!(refused.contains("Drift detection is already in progress for stack [arn:"), "{refused}");

    cloud.settle();
    let done = detection(&cloud, &id).await;
    assert_eq!(done.one("DetectionStatus"), "DETECTION_COMPLETE");
    assert_eq!(done.one("StackDriftStatus"), "DRIFTED");
    assert_eq!(done.one("DriftedStackResourceCount"), "3");
    let all = drifts(&cloud, &[]).await;
    assert_eq!(all.all("LogicalResourceId"), ["Changed", "Gone", "Secret", "Right"]);
    assert_eq!(all.all("StackResourceDriftStatus"), ["MODIFIED", "DELETED", "MODIFIED", "IN_SYNC"]);
    // Only what the template sets is compared.
    let paths = ["/DelaySeconds", "/RedrivePolicy/target", "/RedrivePolicy/more", "/DisplayName"];
    assert_eq!(all.all("PropertyPath"), paths);
    assert_eq!(all.all("ExpectedValue"), ["1", "arn", "null", "****"]);
    assert_eq!(all.all("ActualValue"), ["5", "null", "y", "else"]);
    assert_eq!(all.all("DifferenceType"), ["NOT_EQUAL", "REMOVE", "ADD", "NOT_EQUAL"]);
    assert!(!all.xml.contains("hunter22") && !all.xml.contains('\u{E000}'), "{}", all.xml);

    let shown = cloud.ok("DescribeStacks", &[("StackName", "s")]).await;
    assert_eq!(shown.one("StackDriftStatus"), "DRIFTED");
    let resources = cloud.ok("ListStackResources", &[("StackName", "s")]).await;
    assert_eq!(resources.all("StackResourceDriftStatus"), ["MODIFIED", "DELETED", "MODIFIED", "IN_SYNC"]);
}

#[tokio::test]
async fn drifts_are_filtered_and_come_in_pages() {
    let cloud = Cloud::new();
    cloud.create("s", DRIFTED).await;
    cloud.settle();
    detect(&cloud).await;
    cloud.settle();
    let filter = [
        ("StackResourceDriftStatusFilters.member.1", "MODIFIED"),
        ("StackResourceDriftStatusFilters.member.2", "DELETED"),
        ("MaxResults", "2"),
    ];
    let first = drifts(&cloud, &filter).await;
    assert_eq!(first.all("LogicalResourceId"), ["Changed", "Gone"]);
    let next = first.one("NextToken");
    let last = drifts(&cloud, &[&filter[..], &[("NextToken", next.as_str())]].concat()).await;
    assert_eq!(last.all("LogicalResourceId"), ["Secret"]);
    assert_eq!(last.all("NextToken"), [""; 0]);
}

#[tokio::test]
async fn what_was_found_before_an_update_says_nothing_any_more() {
    let cloud = Cloud::new();
    cloud.create("s", DRIFTED).await;
    cloud.settle();
    detect(&cloud).await;
    cloud.settle();
    cloud.update("s", RIGHT).await;
    cloud.settle();
    let shown = cloud.ok("DescribeStacks", &[("StackName", "s")]).await;
    assert_eq!(shown.one("StackDriftStatus"), "NOT_CHECKED");
    assert_eq!(drifts(&cloud, &[]).await.all("LogicalResourceId"), [""; 0]);
    let id = detect(&cloud).await;
    cloud.settle();
    assert_eq!(detection(&cloud, &id).await.one("StackDriftStatus"), "IN_SYNC");
}

#[tokio::test]
async fn drift_is_refused_where_the_stack_does_not_stand_and_where_nothing_was_asked() {
    let cloud = Cloud::new();
    let refused = cloud.refused("DetectStackDrift", &[("StackName", "s")]).await;
    assert!(refused.contains("Stack with id s does not exist"), "{refused}");
    cloud.create("s", RIGHT).await;
    let refused = cloud.refused("DetectStackDrift", &[("StackName", "s")]).await;
    assert!(refused.ends_with("while it is in [CREATE_IN_PROGRESS] state"), "{refused}");
    let unknown = [("StackDriftDetectionId", "c0ffee")];
    let refused = cloud.refused("DescribeStackDriftDetectionStatus", &unknown).await;
    assert!(refused.contains("[c0ffee] does not exist"), "{refused}");
    let wrong =
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Metadata": {"Sandbox": {"Drift": "moved"}}}}}"#;
    let refused = cloud.refused("CreateStack", &[("StackName", "t"), ("TemplateBody", wrong)]).await;
    assert!(refused.contains("/Resources/A/Metadata/Sandbox/Drift"), "{refused}");
}
