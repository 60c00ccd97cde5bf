//! Drift detection against the sandbox, and against answers that it never gives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};

use skydeck_model::look::{DifferenceType, Divergence, Drift, DriftStatus, PropertyDrift, ResourceDrift};

use crate::Connection;
use crate::testing::{Asked, Fate, Server, spec};

/// Seconds are nothing.
const FAST: f64 = 1000.0;

/// A server on which a stack of this queue stands.
async fn standing(metadata: &str) -> (Server, Connection) {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let mut spec = spec("s", 0.1);
    let queue = r#""Type": "AWS::SQS::Queue","#;
    assert!(spec.template.contains(queue));
    spec.template = spec.template.replace(queue, &format!("{queue} {metadata}")).into();
    connection.create(&spec, "t").await.unwrap();
    while connection.describe("s").await.unwrap().unwrap().status != "CREATE_COMPLETE" {
        tokio::task::yield_now().await;
    }
    (server, connection)
}

fn answer(action: &str, fields: &str) -> Fate {
    Fate::Answer(
        200,
        format!("<{action}Response><{action}Result>{fields}</{action}Result></{action}Response>"),
    )
}

/// The detection has ended so; these members are its drifts.
fn ended(asked: &Asked, detection: &str, drifts: &str) -> Fate {
    match asked.action.as_str() {
        action @ "DescribeStackDriftDetectionStatus" => answer(action, detection),
        action @ "DescribeStackResourceDrifts" => {
            answer(action, &format!("<StackResourceDrifts>{drifts}</StackResourceDrifts>"))
        }
        _ => Fate::Fair,
    }
}

#[tokio::test]
async fn what_differs_is_told_property_by_property() {
    let (_server, connection) =
        standing(r#""Metadata": {"Sandbox": {"Drift": {"DelaySeconds": "7"}}},"#).await;
    let found = connection.drift("s").await.unwrap();
    assert_eq!((found.status, &found.reason), (DriftStatus::Drifted, &None));
    let [ResourceDrift { logical_id, physical_id, divergence, .. }] = found.resources.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(logical_id, "Queue");
    assert!(physical_id.is_some());
    let differences = vec![PropertyDrift {
        path: "/DelaySeconds".to_owned(),
        expected: Some("0".to_owned()),
        actual: Some("7".to_owned()),
        difference: DifferenceType::NotEqual,
    }];
    assert_eq!(*divergence, Divergence::Modified { differences });
}

#[tokio::test]
async fn a_stack_without_a_difference_costs_no_question_about_its_resources() {
    let (server, connection) = standing("").await;
    let found = connection.drift("s").await.unwrap();
    assert_eq!(found, Drift { status: DriftStatus::InSync, reason: None, resources: Vec::new() });
    assert_eq!(server.count("DescribeStackResourceDrifts"), 0);
}

#[tokio::test]
async fn a_stack_that_cannot_be_compared_is_told_with_the_reason() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let absent = connection.drift("s").await.unwrap();
    assert_eq!(absent.status, DriftStatus::NotChecked);
    assert!(absent.reason.unwrap().contains("does not exist"));
    connection.create(&spec("s", 86_400.0), "t").await.unwrap();
    let busy = connection.drift("s").await.unwrap();
    assert_eq!(busy.status, DriftStatus::NotChecked);
    assert!(busy.reason.unwrap().contains("while it is in [CREATE_IN_PROGRESS] state"));
}

#[tokio::test]
async fn a_detection_that_failed_for_some_resources_never_says_that_all_is_right() {
    let (server, connection) = standing("").await;
    let failed = "<DetectionStatus>DETECTION_FAILED</DetectionStatus><StackDriftStatus>IN_SYNC</StackDriftStatus>\
        <DetectionStatusReason>{\"Summary\":\"Failed to detect drift on resources [Queue]\",\
        \"Failures\":[{\"Resource\":\"Queue\",\"FailureReason\":\"Rate exceeded\"}]}</DetectionStatusReason>";
    server.judge(|asked| ended(asked, failed, ""));
    let found = connection.drift("s").await.unwrap();
    assert_eq!(found.status, DriftStatus::Unknown);
    assert_eq!(found.reason.as_deref(), Some("Queue: Rate exceeded"));

    let gone = "<member><LogicalResourceId>Topic</LogicalResourceId>\
        <StackResourceDriftStatus>DELETED</StackResourceDriftStatus></member>";
    server.judge(|asked| ended(asked, failed, gone));
    let found = connection.drift("s").await.unwrap();
    assert_eq!((found.status, found.reason.is_some()), (DriftStatus::Drifted, true));
    assert_eq!(found.resources[0].divergence, Divergence::Deleted);
}

#[tokio::test]
async fn a_stack_of_which_nothing_can_be_compared_is_not_checked() {
    let (server, connection) = standing("").await;
    let nothing = "<DetectionStatus>DETECTION_COMPLETE</DetectionStatus>\
        <StackDriftStatus>NOT_CHECKED</StackDriftStatus>";
    server.judge(|asked| ended(asked, nothing, ""));
    let found = connection.drift("s").await.unwrap();
    assert_eq!((found.status, found.reason.is_some()), (DriftStatus::NotChecked, true));
}

#[tokio::test]
async fn what_is_only_on_one_side_has_no_value_on_the_other() {
    let (server, connection) = standing("").await;
    let complete =
        "<DetectionStatus>DETECTION_COMPLETE</DetectionStatus><StackDriftStatus>DRIFTED</StackDriftStatus>";
    let difference = |kind: &str, expected: &str, actual: &str| {
        format!(
            "<member><PropertyPath>/Tags/0</PropertyPath><DifferenceType>{kind}</DifferenceType>\
             <ExpectedValue>{expected}</ExpectedValue><ActualValue>{actual}</ActualValue></member>"
        )
    };
    let differences = [difference("ADD", "null", "a"), difference("REMOVE", "b", "null")].concat();
    let drifts = format!(
        "<member><LogicalResourceId>Queue</LogicalResourceId><PropertyDifferences>{differences}</PropertyDifferences>\
         <StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus></member>"
    );
    server.judge(move |asked| ended(asked, complete, &drifts));
    let found = connection.drift("s").await.unwrap();
    let Divergence::Modified { differences } = &found.resources[0].divergence else { panic!("{found:?}") };
    let values: Vec<_> =
        differences.iter().map(|it| (it.expected.as_deref(), it.actual.as_deref())).collect();
    assert_eq!(values, [(None, Some("a")), (Some("b"), None)]);
}

#[tokio::test]
async fn a_detection_of_somebody_else_is_waited_for() {
    let (server, connection) = standing("").await;
    let asked_before = AtomicUsize::new(0);
    server.judge(move |asked| {
        if asked.action != "DetectStackDrift" || asked_before.fetch_add(1, Ordering::SeqCst) > 0 {
            return Fate::Fair;
        }
        Fate::error(400, "ValidationError", "Drift detection is already in progress for stack [arn:aws:…]")
    });
    assert_eq!(connection.drift("s").await.unwrap().status, DriftStatus::InSync);
    assert_eq!(server.count("DetectStackDrift"), 2);
}
