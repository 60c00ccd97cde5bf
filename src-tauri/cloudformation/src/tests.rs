//! The seam as a whole: the guard, the pause, the calls and their errors, against a server that can be spoiled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use skydeck_model::change::{ChangeAction, Replacement};
use skydeck_model::operation::Direction;
use skydeck_model::plan::Deletion;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use crate::connect::ConnectError;
use crate::testing::{Asked, Fate, Server, delayed, end_of_session, soon, spec};
use crate::{ChangeSetKind, CloudError, Connection, CredentialsProblem, Login, Prepared, StackSpec};

/// A server fast enough that a stack's second is nothing.
const FAST: f64 = 1000.0;

#[tokio::test]
async fn credentials_of_another_account_get_no_connection_and_nothing_else_is_asked() {
    let server = Server::new(FAST);
    server.log_in(Some("210987654321"));
    let refused = server.try_connect(&server.environment()).await.unwrap_err();
    assert_eq!(refused, ConnectError::WrongAccount { found: "210987654321".to_owned() });
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.action).collect();
    assert_eq!(asked, ["GetCallerIdentity"]);
}

#[tokio::test]
async fn every_environment_is_proven_by_itself() {
    let server = Server::new(FAST);
    let dev = server.environment();
    let mut prod = server.environment();
    prod.name = "prod".parse().unwrap();
    prod.account = "210987654321".parse().unwrap();
    server.try_connect(&dev).await.unwrap();
    server.try_connect(&prod).await.unwrap_err();
    server.log_in(Some("210987654321"));
    server.try_connect(&prod).await.unwrap();
    server.try_connect(&dev).await.unwrap_err();
    assert_eq!(server.count("GetCallerIdentity"), 4);
    assert!(!server.asked().iter().any(super::testing::Asked::changes));
}

#[tokio::test]
async fn the_identity_is_what_aws_says_and_ends_when_the_credentials_do() {
    let server = Server::new(FAST);
    let identity = server.connect().await.identity();
    assert_eq!(identity.account, server.account());
    assert!(identity.arn.contains(server.account()), "{identity:?}");
    assert_eq!(identity.expires_at, Some(end_of_session().into()));
}

#[tokio::test]
async fn missing_credentials_are_told_as_such() {
    let server = Server::new(FAST);
    server.log_in(None);
    let ConnectError::Cloud(CloudError::Credentials(credentials)) =
        server.try_connect(&server.environment()).await.unwrap_err()
    else {
        panic!("no error about credentials");
    };
    assert_eq!(credentials.problem, CredentialsProblem::Missing);
}

/// A connection that pauses for a login, what it tells, and whether its credentials have expired: they have now.
async fn expired(server: &Server) -> (Connection, UnboundedReceiver<Login>, Arc<AtomicBool>) {
    let expired = server.expiring();
    let connection = server.connect().await;
    let (tell, told) = unbounded_channel();
    connection.pause_for_login(tell);
    expired.store(true, Ordering::SeqCst);
    (connection, told, expired)
}

/// Starts to create stacks, which waits.
fn creating(connection: &Connection, count: usize) -> Vec<JoinHandle<Result<String, CloudError>>> {
    let create = |number| {
        let connection = connection.clone();
        let (name, token) = (format!("s{number}"), format!("t{number}"));
        tokio::spawn(async move { connection.create(&spec(&name, 1.0), &token).await })
    };
    (0..count).map(create).collect()
}

#[tokio::test]
async fn expired_credentials_pause_every_call_once_and_a_login_lets_them_go_on() {
    let server = Server::new(FAST);
    let (connection, mut told, expired) = expired(&server).await;
    let calls = creating(&connection, 5);
    let Some(Login::Needed(CloudError::Credentials(needed))) = soon(told.recv()).await else {
        panic!("nothing was told");
    };
    assert_eq!(needed.problem, CredentialsProblem::Expired);
    assert!(matches!(connection.resume().await, Err(ConnectError::Cloud(CloudError::Credentials(_)))));
    assert!(calls.iter().all(|call| !call.is_finished()));

    expired.store(false, Ordering::SeqCst);
    connection.resume().await.unwrap();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(soon(told.recv()).await, Some(Login::Done));
    assert!(told.try_recv().is_err(), "something was told twice");
    assert_eq!(connection.glance().await.unwrap().unwrap().len(), 5);
}

#[tokio::test]
async fn a_login_is_noticed_without_the_users_word() {
    let server = Server::new(FAST);
    let (connection, mut told, expired) = expired(&server).await;
    let call = tokio::spawn(async move { connection.describe("app").await });
    assert!(matches!(soon(told.recv()).await, Some(Login::Needed(_))));
    expired.store(false, Ordering::SeqCst);
    assert_eq!(soon(told.recv()).await, Some(Login::Done));
    assert_eq!(soon(call).await.unwrap(), Ok(None));
}

#[tokio::test]
async fn a_login_to_another_account_keeps_the_pause_and_no_changing_call_leaves() {
    let server = Server::new(FAST);
    let (connection, mut told, expired) = expired(&server).await;
    let create = creating(&connection, 1).remove(0);
    assert!(matches!(soon(told.recv()).await, Some(Login::Needed(_))));
    expired.store(false, Ordering::SeqCst);
    server.log_in(Some("210987654321"));
    let refused = connection.resume().await.unwrap_err();
    assert_eq!(refused, ConnectError::WrongAccount { found: "210987654321".to_owned() });
    assert!(!create.is_finished());

    server.log_in(Some(server.account()));
    connection.resume().await.unwrap();
    soon(create).await.unwrap().unwrap();
    let changes = server.asked().into_iter().filter(super::testing::Asked::changes);
    for change in changes {
        assert_eq!(change.key, server.account(), "{}", change.action);
    }
}

#[tokio::test]
async fn an_answer_from_before_a_login_asks_for_no_other_one() {
    let server = Server::new(FAST);
    let wanted = Arc::new(Notify::new());
    let (asked, late) = (AtomicUsize::new(0), Arc::clone(&wanted));
    server.judge(move |call| match call.action.as_str() {
        "DescribeStacks" => match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Fate::ExpiredLater(Arc::clone(&late)),
            1 => Fate::expired(),
            _ => Fate::Fair,
        },
        _ => Fate::Fair,
    });
    let connection = server.connect().await;
    let (tell, mut told) = unbounded_channel();
    connection.pause_for_login(tell);
    let describe = || {
        let connection = connection.clone();
        tokio::spawn(async move { connection.describe("app").await })
    };
    let late = describe();
    while server.count("DescribeStacks") == 0 {
        tokio::task::yield_now().await;
    }
    let first = describe();
    assert!(matches!(soon(told.recv()).await, Some(Login::Needed(_))));
    connection.resume().await.unwrap();
    assert_eq!(soon(told.recv()).await, Some(Login::Done));
    assert_eq!(soon(first).await.unwrap(), Ok(None));
    wanted.notify_one();
    assert_eq!(soon(late).await.unwrap(), Ok(None));
    assert!(told.try_recv().is_err(), "another login was asked for");
}

#[tokio::test]
async fn giving_up_answers_what_waits_and_later_calls_do_not_wait() {
    let server = Server::new(FAST);
    let (connection, mut told, _) = expired(&server).await;
    let waits = creating(&connection, 1).remove(0);
    assert!(matches!(soon(told.recv()).await, Some(Login::Needed(_))));
    connection.give_up();
    assert!(matches!(soon(waits).await.unwrap(), Err(CloudError::Credentials(_))));
    assert!(matches!(soon(connection.describe("app")).await, Err(CloudError::Credentials(_))));
}

#[tokio::test]
async fn throttled_calls_are_made_again_until_they_are_taken() {
    let server = Server::new(FAST);
    server.throttle(20.0);
    let connection = server.connect().await;
    let calls = creating(&connection, 60);
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    let usage = connection.usage();
    assert_eq!(usage.calls["CreateStack"], 60 + usage.throttled);
    assert_eq!(connection.glance().await.unwrap().unwrap().len(), 60);
    assert!(usage.throttled < 90, "{usage:?}");
}

#[tokio::test]
async fn throttling_is_not_repeated_by_the_sdk_where_nobody_counts_it() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let refusals = AtomicUsize::new(2);
    server.judge(move |_| {
        let refuse = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refuse.is_ok() { Fate::throttled() } else { Fate::Fair }
    });
    connection.describe("app").await.unwrap();
    let usage = connection.usage();
    assert_eq!((usage.calls["DescribeStacks"], usage.throttled), (3, 2));
    assert_eq!(server.count("DescribeStacks"), 3);
}

#[tokio::test]
async fn a_quota_is_no_throttling() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    server.judge(|_| Fate::error(400, "LimitExceededException", "Limit for stack has been exceeded"));
    let error = connection.create(&spec("app", 1.0), "token").await.unwrap_err();
    assert!(matches!(error, CloudError::Limit(_)), "{error}");
    assert_eq!(server.count("CreateStack"), 1);
}

#[tokio::test]
async fn a_changing_call_whose_answer_got_lost_has_one_effect() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let lose = AtomicBool::new(true);
    server.judge(move |asked| {
        if asked.action == "CreateStack" && lose.swap(false, Ordering::SeqCst) {
            Fate::AnswerLost
        } else {
            Fate::Fair
        }
    });
    let id = connection.create(&spec("app", 1.0), "token").await.unwrap();
    assert_eq!(server.count("CreateStack"), 2);
    let begun = connection.events(&id, |_| false).await.unwrap();
    let begun = begun.iter().filter(|event| event.is_stack && event.status == "CREATE_IN_PROGRESS");
    assert_eq!(begun.count(), 1);
}

#[tokio::test]
async fn a_captive_portal_is_no_cloudformation() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    server.judge(|_| Fate::Answer(200, "<html><body>Please log in to the network</body></html>".to_owned()));
    let error = connection.describe("app").await.unwrap_err();
    assert!(matches!(error, CloudError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn who_cannot_be_reached_is_named() {
    let server = Server::new(FAST);
    let mut environment = server.environment();
    environment.template_bucket = Some("templates".to_owned());
    let connection = server.try_connect(&environment).await.unwrap();
    let large = StackSpec { template: " ".repeat(60_000).into(), ..spec("app", 1.0) };
    server.judge(
        |asked| if asked.action == "PUT" { Fate::error(500, "InternalError", "oops") } else { Fate::Fair },
    );
    let error = connection.create(&large, "token").await.unwrap_err().to_string();
    assert!(error.starts_with("S3 cannot be reached"), "{error}");
    server.judge(|_| Fate::error(500, "InternalFailure", "oops"));
    let error = connection.describe("app").await.unwrap_err().to_string();
    assert!(error.starts_with("CloudFormation cannot be reached"), "{error}");
    let ConnectError::Cloud(error) = server.try_connect(&environment).await.unwrap_err() else { panic!() };
    assert!(error.to_string().starts_with("STS cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_denied_question_is_never_taken_for_an_absent_stack() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    server.judge(|_| Fate::denied("DescribeStacks"));
    let error = connection.describe("app").await.unwrap_err();
    let CloudError::Denied { action, .. } = error else { panic!("{error}") };
    assert_eq!(action.as_deref(), Some("cloudformation:DescribeStacks"));
    assert_eq!(connection.glance().await, Ok(None));
}

/// A stack that is there.
async fn created(server: &Server, spec: &StackSpec) -> (Connection, String) {
    let connection = server.connect().await;
    let id = connection.create(spec, "made").await.unwrap();
    while connection.describe(&id).await.unwrap().unwrap().status != "CREATE_COMPLETE" {}
    (connection, id)
}

async fn gone(connection: &Connection, name: &str) {
    while connection.describe(name).await.unwrap().is_some() {}
}

#[tokio::test]
async fn a_change_set_tells_what_it_changes_and_runs_as_it_is() {
    let server = Server::new(FAST);
    let (connection, id) = created(&server, &spec("app", 1.0)).await;
    let wanted = delayed("app", 1.0, "30");
    let prepared = connection.prepare(&wanted, ChangeSetKind::Update, "one").await.unwrap();
    let Prepared::Ready(change_set) = prepared else { panic!("nothing to change") };
    assert_eq!(change_set.stack_id, id);
    let [change] = &change_set.changes[..] else { panic!("{change_set:?}") };
    assert_eq!((change.action, change.logical_id.as_str()), (ChangeAction::Modify, "Queue"));
    assert_eq!(change.replacement, Replacement::No);
    let [property] = &change.properties[..] else { panic!("{change:?}") };
    assert_eq!(property.path, "Properties.DelaySeconds");
    assert_eq!((property.before.as_deref(), property.after.as_deref()), (Some("0"), Some("30")));

    connection.execute(&change_set.arn, "two").await.unwrap();
    while connection.describe(&id).await.unwrap().unwrap().status != "UPDATE_COMPLETE" {}
    let stack = connection.describe(&id).await.unwrap().unwrap();
    assert_eq!(stack.parameters["Delay"], "30");
    assert!(stack.last_updated.is_some() && stack.created_at.is_some());
    // What ran once is out of date.
    let again = connection.execute(&change_set.arn, "three").await.unwrap_err();
    assert!(matches!(again, CloudError::PlanOutOfDate(_)), "{again}");
}

#[tokio::test]
async fn nothing_to_change_leaves_no_change_set_behind() {
    let server = Server::new(FAST);
    let (connection, _) = created(&server, &spec("app", 1.0)).await;
    let prepared = connection.prepare(&spec("app", 1.0), ChangeSetKind::Update, "one").await.unwrap();
    assert_eq!(prepared, Prepared::Unchanged);
    assert_eq!(server.count("DeleteChangeSet"), 1);
}

#[tokio::test]
async fn a_review_that_was_left_over_makes_room() {
    let server = Server::new(FAST);
    let (connection, _) = created(&server, &spec("app", 1.0)).await;
    let prepare = |delay| {
        let connection = connection.clone();
        async move {
            connection.prepare(&delayed("app", 1.0, delay), ChangeSetKind::Update, &format!("t{delay}")).await
        }
    };
    let Prepared::Ready(first) = prepare("1").await.unwrap() else { panic!("unchanged") };
    let Prepared::Ready(second) = prepare("2").await.unwrap() else { panic!("unchanged") };
    assert_ne!(first.arn, second.arn);
    let gone = connection.execute(&first.arn, "late").await.unwrap_err();
    assert!(matches!(gone, CloudError::PlanOutOfDate(_)), "{gone}");
    connection.execute(&second.arn, "now").await.unwrap();
}

#[tokio::test]
async fn a_first_review_that_is_discarded_leaves_no_empty_stack() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let prepared = connection.prepare(&spec("app", 1.0), ChangeSetKind::Create, "one").await.unwrap();
    let Prepared::Ready(change_set) = prepared else { panic!("nothing to create") };
    assert_eq!(change_set.changes[0].action, ChangeAction::Add);
    assert_eq!(connection.describe("app").await.unwrap().unwrap().status, "REVIEW_IN_PROGRESS");
    connection.discard(&change_set).await.unwrap();
    soon(gone(&connection, "app")).await;
}

#[tokio::test]
async fn an_empty_stack_stays_for_the_change_set_of_somebody_else() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let prepared = connection.prepare(&spec("app", 1.0), ChangeSetKind::Create, "one").await.unwrap();
    let Prepared::Ready(change_set) = prepared else { panic!("nothing to create") };
    let theirs = connection.clients();
    let theirs = theirs.cloudformation.create_change_set().stack_name("app").change_set_name("theirs");
    let theirs = theirs.change_set_type(aws_sdk_cloudformation::types::ChangeSetType::Create);
    theirs.template_body("{Resources: {T: {Type: AWS::SNS::Topic}}}").send().await.unwrap();
    connection.discard(&change_set).await.unwrap();
    assert_eq!(connection.describe("app").await.unwrap().unwrap().status, "REVIEW_IN_PROGRESS");
    let left = connection.change_sets("app").await.unwrap();
    assert_eq!(left.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["theirs"]);
    assert_eq!(server.count("DeleteStack"), 0);
}

#[tokio::test]
async fn discarding_too_late_does_not_delete_a_stack_that_came_to_be() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let prepared = connection.prepare(&spec("app", 1.0), ChangeSetKind::Create, "one").await.unwrap();
    let Prepared::Ready(change_set) = prepared else { panic!("nothing to create") };
    connection.execute(&change_set.arn, "two").await.unwrap();
    while connection.describe("app").await.unwrap().unwrap().status != "CREATE_COMPLETE" {}
    connection.discard(&change_set).await.unwrap();
    assert_eq!(server.count("DeleteStack"), 0);
}

#[tokio::test]
async fn a_change_set_that_fails_tells_why_and_is_removed() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let template = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::ImportValue": "nobody-exports-this"}}}}}"#;
    let wanted = StackSpec { name: "app".to_owned(), template: template.into(), ..StackSpec::default() };
    let error = connection.prepare(&wanted, ChangeSetKind::Create, "one").await.unwrap_err();
    assert!(error.to_string().contains("nobody-exports-this"), "{error}");
    soon(gone(&connection, "app")).await;
}

#[tokio::test]
async fn what_early_validation_found_is_read_from_the_events() {
    let server = Server::new(FAST);
    let (connection, _) = created(&server, &spec("app", 1.0)).await;
    server.judge(|asked| match asked.action.as_str() {
        "DescribeChangeSet" => Fate::Answer(200, "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>FAILED</Status><StatusReason>The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].</StatusReason></DescribeChangeSetResult></DescribeChangeSetResponse>".to_owned()),
        "DescribeEvents" => Fate::Answer(200, "<DescribeEventsResponse><DescribeEventsResult><OperationEvents><member><EventType>VALIDATION_ERROR</EventType><ValidationStatusReason>is not a number</ValidationStatusReason><ValidationPath>/Resources/Queue/Properties/DelaySeconds</ValidationPath></member></OperationEvents></DescribeEventsResult></DescribeEventsResponse>".to_owned()),
        _ => Fate::Fair,
    });
    let error =
        connection.prepare(&delayed("app", 1.0, "5"), ChangeSetKind::Update, "one").await.unwrap_err();
    assert_eq!(error.to_string(), "/Resources/Queue/Properties/DelaySeconds: is not a number");
    let CloudError::Invalid(findings) = error else { panic!("{error:?}") };
    assert_eq!(findings[0].path.as_deref(), Some("/Resources/Queue/Properties/DelaySeconds"));
    assert!(findings[0].refuses);
    assert_eq!(server.count("DescribeEvents"), 1);
}

fn findings(members: &str) -> Fate {
    Fate::Answer(
        200,
        format!(
            "<DescribeEventsResponse><DescribeEventsResult><OperationEvents>{members}</OperationEvents></DescribeEventsResult></DescribeEventsResponse>"
        ),
    )
}

/// A change set that can be executed.
async fn ready(connection: &Connection) -> String {
    let prepared = connection.prepare(&delayed("app", 1.0, "5"), ChangeSetKind::Update, "one").await;
    let Prepared::Ready(change_set) = prepared.unwrap() else { panic!("it changes something") };
    change_set.arn
}

#[tokio::test]
async fn what_the_validation_warns_of_is_told_of_a_change_set_that_is_ready() {
    let server = Server::new(FAST);
    let (connection, _) = created(&server, &spec("app", 1.0)).await;
    server.judge(|asked| match asked.action.as_str() {
        "DescribeEvents" => findings(
            "<member><EventType>STACK_EVENT</EventType></member>\
             <member><EventType>VALIDATION_ERROR</EventType><ValidationName>QUOTA</ValidationName><ValidationStatus>FAILED</ValidationStatus><ValidationFailureMode>WARN</ValidationFailureMode><ValidationStatusReason>nearly used up</ValidationStatusReason><ValidationPath>/Resources/Queue</ValidationPath></member>\
             <member><EventType>VALIDATION_ERROR</EventType><ValidationStatus>SKIPPED</ValidationStatus><ValidationStatusReason>not looked at</ValidationStatusReason></member>",
        ),
        _ => Fate::Fair,
    });
    let arn = ready(&connection).await;
    // Nobody reads them before they are asked for.
    assert_eq!(server.count("DescribeEvents"), 0);
    let found = connection.findings(&arn, false).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].refuses, found[0].name.as_deref()), (false, Some("QUOTA")));
    assert_eq!(found[0].to_string(), "/Resources/Queue: nearly used up");
    assert_eq!(server.count("DescribeEvents"), 1);
}

#[tokio::test]
async fn a_server_without_findings_is_asked_for_them_once() {
    for refuse in [
        || Fate::denied("DescribeEvents"),
        || Fate::Answer(500, "<html>not implemented</html>".to_owned()),
        || {
            Fate::Answer(400, "<ErrorResponse><Error><Code>InvalidAction</Code><Message>no such action</Message></Error></ErrorResponse>".to_owned())
        },
    ] {
        let server = Server::new(FAST);
        let (connection, _) = created(&server, &spec("app", 1.0)).await;
        server.judge(move |asked| match asked.action.as_str() {
            "DescribeEvents" => refuse(),
            _ => Fate::Fair,
        });
        let arn = ready(&connection).await;
        let (one, other) = tokio::join!(connection.findings(&arn, false), connection.findings(&arn, false));
        assert_eq!((one, other), (Vec::new(), Vec::new()));
        assert_eq!(connection.findings(&arn, false).await, []);
        assert_eq!(server.count("DescribeEvents"), 1);
    }
}

#[tokio::test]
async fn the_template_resources_and_importers_of_a_stack_are_told() {
    let server = Server::new(FAST);
    let mut network = spec("net", 1.0);
    network.template = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Url": {"Value": {"Ref": "Q"}, "Export": {"Name": "net-url"}}}}"#.into();
    let (connection, id) = created(&server, &network).await;
    assert_eq!(connection.template(&id).await.unwrap(), &*network.template);
    let resources = connection.resources(&id).await.unwrap();
    assert_eq!(resources.len(), 1);
    assert_eq!((resources[0].logical_id.as_str(), resources[0].status.as_str()), ("Q", "CREATE_COMPLETE"));
    assert_eq!(connection.describe(&id).await.unwrap().unwrap().exports["Url"], "net-url");
    assert_eq!(connection.exports().await, Ok([("net-url".to_owned(), "net".to_owned())].into()));
    assert_eq!(connection.importers("net-url").await, Ok(Vec::new()));
    let user = r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "net-url"}}}}}"#;
    connection
        .create(&StackSpec { name: "user".to_owned(), template: user.into(), ..StackSpec::default() }, "u")
        .await
        .unwrap();
    assert_eq!(connection.importers("net-url").await, Ok(vec!["user".to_owned()]));
    let missing = connection.template("nobody").await.unwrap_err();
    assert!(matches!(missing, CloudError::Absent(_)), "{missing}");
}

#[tokio::test]
async fn a_stack_is_deleted_without_what_cannot_be_deleted_only_where_that_is_asked() {
    let server = Server::new(FAST);
    let mut app = spec("app", 1.0);
    app.template = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Metadata": {"Sandbox": {"FailDelete": "not empty"}}}}}"#.into();
    let (connection, id) = created(&server, &app).await;
    let status = |wanted: &'static str| {
        let (connection, id) = (connection.clone(), id.clone());
        async move { while connection.describe(&id).await.unwrap().unwrap().status != wanted {} }
    };
    connection.delete(&id, "one", &Deletion::default()).await.unwrap();
    soon(status("DELETE_FAILED")).await;
    let retain = Deletion { retain: vec!["Q".to_owned()], force: false };
    connection.delete(&id, "two", &retain).await.unwrap();
    soon(status("DELETE_COMPLETE")).await;
}

#[tokio::test]
async fn the_root_cause_is_the_first_failure_of_our_own_call() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let template = r#"{"Resources": {
        "A": {"Type": "AWS::SQS::Queue", "Metadata": {"Sandbox": {"Seconds": 5, "Fail": "no more queues today"}}},
        "B": {"Type": "AWS::SNS::Topic", "Metadata": {"Sandbox": {"Seconds": 60}}}}}"#;
    let since = Utc::now();
    let wanted = StackSpec { name: "app".to_owned(), template: template.into(), ..StackSpec::default() };
    let id = connection.create(&wanted, "op-app").await.unwrap();
    let cause = loop {
        if let Some(cause) = connection.root_cause(&id, Some("op"), since, Direction::Up).await.unwrap()
            && connection.describe(&id).await.unwrap().unwrap().status == "ROLLBACK_COMPLETE"
        {
            break cause;
        }
    };
    assert_eq!((cause.logical_id.as_str(), cause.reason.as_str()), ("A", "no more queues today"));
    assert_eq!(cause.stacks, ["app"]);
    assert_eq!(connection.root_cause(&id, Some("another"), since, Direction::Up).await, Ok(None));
}

/// The events of stacks that are nested in each other: `outer` holds `inner`, which holds what is to blame.
fn nested_events(asked: &crate::testing::Asked) -> Fate {
    let event = |stack: &str, logical: &str, physical: &str, kind: &str, status: &str, reason: &str| {
        format!(
            "<member><StackId>{stack}</StackId><EventId>{logical}-{status}</EventId><LogicalResourceId>{logical}</LogicalResourceId>\
             <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType><Timestamp>2999-01-01T00:00:00Z</Timestamp>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
        )
    };
    let arn = |name: &str| format!("arn:aws:cloudformation:us-east-1:1:stack/{name}/1");
    let stack = asked.param("StackName").to_owned();
    let nested = "AWS::CloudFormation::Stack";
    let members = if stack == arn("outer") {
        // Newest first.
        event(&stack, "Other", "t", "AWS::SNS::Topic", "CREATE_FAILED", "Resource creation cancelled")
            + &event(
                &stack,
                "Inner",
                &arn("inner"),
                nested,
                "CREATE_FAILED",
                "Embedded stack was not successfully created",
            )
    } else if stack == arn("inner") {
        event(&stack, "Loop", &arn("outer"), nested, "CREATE_FAILED", "it is its own grandmother")
    } else {
        return Fate::denied("DescribeStackEvents");
    };
    Fate::Answer(
        200,
        format!(
            "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{members}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>"
        ),
    )
}

#[tokio::test]
async fn the_root_cause_is_followed_down_nested_stacks_and_not_round_in_circles() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    server.judge(nested_events);
    let outer = "arn:aws:cloudformation:us-east-1:1:stack/outer/1";
    let cause = soon(connection.root_cause(outer, None, Utc::now(), Direction::Up)).await.unwrap().unwrap();
    assert_eq!(cause.stacks, ["outer", "inner"]);
    assert_eq!((cause.logical_id.as_str(), cause.reason.as_str()), ("Loop", "it is its own grandmother"));
    let other = connection
        .root_cause("arn:aws:cloudformation:us-east-1:1:stack/other/1", None, Utc::now(), Direction::Up)
        .await;
    assert!(matches!(other, Err(CloudError::Denied { .. })), "{other:?}");
}

/// A template of so many bytes, with characters of more than one byte in it.
fn template_of(bytes: usize) -> Arc<str> {
    let head = r#"{"Description": ""#;
    let tail = r#"", "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#;
    let left = bytes - head.len() - tail.len();
    let text = format!("{head}{}{}{tail}", "é".repeat(left / 2), "x".repeat(left % 2));
    assert_eq!(text.len(), bytes);
    text.into()
}

#[tokio::test]
async fn a_template_too_large_for_a_call_needs_a_bucket_and_bytes_count() {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let wanted =
        |bytes| StackSpec { name: "app".to_owned(), template: template_of(bytes), ..StackSpec::default() };
    let error = connection.create(&wanted(51_201), "one").await.unwrap_err();
    assert_eq!(error, CloudError::TemplateTooLarge { bytes: 51_201, limit: 51_200 });
    assert!(error.to_string().contains("template_bucket"), "{error}");
    let error = connection.create(&wanted(1_000_001), "one").await.unwrap_err();
    assert_eq!(error, CloudError::TemplateTooLarge { bytes: 1_000_001, limit: 1_000_000 });
    assert_eq!(server.count("CreateStack"), 0);
    server.judge(|asked| {
        assert!(asked.action != "CreateStack" || asked.param("TemplateBody").len() == 51_200);
        Fate::Answer(200, "<CreateStackResponse><CreateStackResult><StackId>arn</StackId></CreateStackResult></CreateStackResponse>".to_owned())
    });
    connection.create(&wanted(51_200), "one").await.unwrap();
}

/// The bucket answers by itself, and CloudFormation takes whatever it is given.
fn only_s3(asked: &Asked) -> Fate {
    match asked.action.as_str() {
        "HEAD" | "PUT" | "GetCallerIdentity" => Fate::Fair,
        _ => Fate::Answer(200, "<CreateStackResponse><CreateStackResult><StackId>arn</StackId></CreateStackResult></CreateStackResponse>".to_owned()),
    }
}

/// A connection to an environment with a bucket, and a stack whose template has to go through it.
async fn with_a_bucket() -> (Server, Connection, StackSpec) {
    let server = Server::new(FAST);
    let mut environment = server.environment();
    environment.template_bucket = Some("acme-templates".to_owned());
    let connection = server.try_connect(&environment).await.unwrap();
    server.judge(only_s3);
    let wanted = StackSpec { name: "app".to_owned(), template: template_of(60_000), ..StackSpec::default() };
    (server, connection, wanted)
}

#[tokio::test]
async fn a_large_template_is_put_into_the_bucket_once_and_taken_from_there() {
    let (server, connection, wanted) = with_a_bucket().await;
    connection.create(&wanted, "one").await.unwrap();
    connection.create(&wanted, "two").await.unwrap();
    assert_eq!((server.count("HEAD"), server.count("PUT")), (2, 1));
    let asked = server.asked();
    let put = asked.iter().find(|asked| asked.action == "PUT").unwrap();
    let create = asked.iter().find(|asked| asked.action == "CreateStack").unwrap();
    let url = create.param("TemplateURL");
    assert!(url.starts_with("https://acme-templates.s3.us-east-1.amazonaws.com/skydeck/"), "{url}");
    assert!(url.ends_with(".template") && put.uri.starts_with(url), "{} is not {url}", put.uri);
    assert_eq!(create.param("TemplateBody"), "");
}

#[tokio::test]
async fn what_somebody_else_put_into_the_bucket_under_the_hash_is_never_taken() {
    let (server, connection, wanted) = with_a_bucket().await;
    connection.create(&wanted, "one").await.unwrap();
    let url = server.asked().last().unwrap().param("TemplateURL").to_owned();
    let key = url.split_once(".com/").unwrap().1;
    let clients = connection.clients();
    let object = || clients.s3.get_object().bucket("acme-templates").key(key);
    let text = async || object().send().await.unwrap().body.collect().await.unwrap().to_vec();
    server.judge(|asked| if asked.action == "GET" { Fate::Fair } else { only_s3(asked) });
    assert_eq!(text().await, wanted.template.as_bytes());
    let theirs =
        aws_sdk_s3::primitives::ByteStream::from_static(b"Resources: {Evil: {Type: AWS::IAM::User}}");
    clients.s3.put_object().bucket("acme-templates").key(key).body(theirs).send().await.unwrap();
    connection.create(&wanted, "two").await.unwrap();
    assert_eq!(text().await, wanted.template.as_bytes());
}

#[tokio::test]
async fn a_bucket_of_another_account_takes_no_template_unless_the_manifest_names_that() {
    let server = Server::new(FAST);
    let wanted = StackSpec { name: "app".to_owned(), template: template_of(60_000), ..StackSpec::default() };
    let mut environment = server.environment();
    environment.template_bucket = Some("acme-templates".to_owned());
    for (owner, taken) in
        [(None, true), (Some(server.account().to_owned()), true), (Some("999999999999".to_owned()), false)]
    {
        environment.template_bucket_owner = owner.as_ref().map(|owner| owner.parse().unwrap());
        let connection = server.try_connect(&environment).await.unwrap();
        server.judge(only_s3);
        let before = server.count("CreateStack");
        let created = connection.create(&wanted, "one").await;
        assert_eq!(created.is_ok(), taken, "{owner:?}: {created:?}");
        assert_eq!(server.count("CreateStack") > before, taken, "{owner:?}");
        if let Err(error) = created {
            let told = error.to_string();
            assert!(told.contains("which has to belong to account 999999999999"), "{told}");
            assert!(told.contains("template_bucket_owner"), "{told}");
        }
    }
    // Every call to the bucket says whose it has to be, whoever owns it.
    let owners: Vec<String> = server.asked().into_iter().filter_map(|asked| asked.bucket_owner).collect();
    let expected = server.account().to_owned();
    assert_eq!(owners.first(), Some(&expected));
    let s3 = server.asked().into_iter().filter(|asked| ["HEAD", "PUT"].contains(&asked.action.as_str()));
    assert_eq!(owners.len(), s3.count());
}

#[tokio::test]
async fn the_clock_of_a_waiting_call_does_not_stand_still() {
    // A budget that was cut is not free again at once, but lets a call through in its time.
    let server = Server::new(FAST);
    let connection = server.connect().await;
    connection.inner.budget.refused(tokio::time::Instant::now());
    let started = Instant::now();
    soon(connection.describe("app")).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
}
