//! Restarts, neighbours, and nonsense.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Cloud, request};
use crate::Sandbox;

const SLOW: &str = "Metadata: {Sandbox: {Seconds: 10}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n\
                    Outputs: {Url: {Value: !Ref Q}}";

#[tokio::test]
async fn a_stack_goes_on_while_no_program_runs() {
    let dir = tempfile::tempdir().unwrap();
    let first = Cloud::at(dir.path());
    first.create("s", SLOW).await;
    first.pass(1.0);
    assert_eq!(first.status("s").await, "CREATE_IN_PROGRESS");
    drop(first);
    let second = Cloud::at(dir.path());
    second.pass(1.0);
    assert_eq!(second.status("s").await, "CREATE_IN_PROGRESS");
    second.pass(10.0);
    assert_eq!(second.status("s").await, "CREATE_COMPLETE");
    assert_eq!(second.outputs("s").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sandboxes_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let sandboxes = [Sandbox::open(dir.path(), 1.0), Sandbox::open(dir.path(), 1.0)];
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..40 {
        let sandbox = sandboxes[index % 2].clone();
        // Each name twice: one of the two must lose.
        let body = form(&[
            ("Action", "CreateStack"),
            ("StackName", &format!("s{}", index / 2)),
            ("TemplateBody", SLOW),
        ]);
        calls.spawn(async move {
            request(&sandbox, "123456789012", "us-east-1", "cloudformation", body).await.status
        });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20);
    for sandbox in &sandboxes {
        let body = form(&[("Action", "ListStacks")]);
        let answer = request(sandbox, "123456789012", "us-east-1", "cloudformation", body).await;
        assert_eq!(answer.all("StackName").len(), 20);
    }
    // What one changes the other sees.
    for (sandbox, status) in [(&sandboxes[0], 200), (&sandboxes[1], 200)] {
        let body = form(&[("Action", "DeleteStack"), ("StackName", "s0")]);
        let answer = request(sandbox, "123456789012", "us-east-1", "cloudformation", body).await;
        assert_eq!(answer.status, status);
    }
    let body = form(&[("Action", "DescribeStacks"), ("StackName", "s0")]);
    let answer = request(&sandboxes[1], "123456789012", "us-east-1", "cloudformation", body).await;
    assert_eq!(answer.one("StackStatus"), "DELETE_IN_PROGRESS");
}

#[tokio::test]
async fn what_another_program_writes_is_seen_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let clouds = [Cloud::at(dir.path()), Cloud::at(dir.path())];
    for index in 0..60 {
        let (writer, reader) = (&clouds[index % 2], &clouds[1 - index % 2]);
        let seen = reader.ok("ListStacks", &[]).await.all("StackName").len();
        assert_eq!(seen, index);
        writer.create(&format!("s{index}"), SLOW).await;
        // Neither is fooled by what it knew a moment before.
        assert_eq!(reader.ok("ListStacks", &[]).await.all("StackName").len(), index + 1);
        assert_eq!(reader.status(&format!("s{index}")).await, "CREATE_IN_PROGRESS");
    }
}

#[tokio::test]
async fn every_write_leaves_its_folder_with_a_time_that_it_never_had() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::at(dir.path());
    cloud.create("first", SLOW).await;
    let folder = std::fs::File::open(dir.path().join("123456789012/eu-central-1")).unwrap();
    let changed = || folder.metadata().unwrap().modified().unwrap();
    // As if the writes before had all fallen into one tick of a clock that runs ahead.
    let ahead = changed() + std::time::Duration::from_secs(3600);
    folder.set_modified(ahead).unwrap();
    cloud.create("second", SLOW).await;
    let second = changed();
    cloud.create("third", SLOW).await;
    assert!(ahead < second && second < changed());
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[tokio::test]
async fn a_broken_file_is_an_error_that_names_it_and_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::at(dir.path());
    cloud.create("s", SLOW).await;
    let folder = dir.path().join("123456789012/eu-central-1");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "").unwrap();
    let answer = cloud.call("DescribeStacks", &[("StackName", "s")]).await;
    assert_eq!((answer.status, answer.one("Code").as_str()), (500, "InternalFailure"));
    assert!(answer.one("Message").contains(file.file_name().unwrap().to_str().unwrap()));
    let create = [("StackName", "s"), ("TemplateBody", SLOW)];
    assert_eq!(cloud.call("CreateStack", &create).await.status, 500);
    assert_eq!(std::fs::read(&file).unwrap(), b"");
}

#[tokio::test]
async fn it_is_served_over_http() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(Sandbox::open(dir.path(), 1.0).serve(listener));
    for _ in 0..2 {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let body = "Action=ListStacks";
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\
             authorization: Credential=1/2/us-east-1/cloudformation/x\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("<StackSummaries></StackSummaries>"), "{answer}");
    }
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    let cloud = Cloud::new();
    for header in ["", "Basic abc", "AWS4-HMAC-SHA256 Credential=a/b", "Credential=a/b/../sts/x"] {
        let request = http::Request::post("/")
            .header("authorization", header)
            .body(Bytes::from_static(b"Action=ListStacks"))
            .unwrap();
        assert_eq!(cloud.sandbox.handle(request).await.status(), 403, "{header}");
    }
}

#[test]
fn a_speed_is_a_number_above_zero() {
    for (text, expected) in
        [("1", Some(1.0)), (" 10 ", Some(10.0)), ("0.5", Some(0.5)), ("0", None), ("-1", None)]
    {
        assert_eq!(crate::speed(text).ok(), expected, "{text}");
    }
    for text in ["", "fast", "inf", "NaN"] {
        assert!(crate::speed(text).unwrap_err().to_string().contains("SKYDECK_SANDBOX_SPEED"));
    }
}

/// Pieces of templates, to be put together in senseless ways.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "Resources:", "Outputs:", "Parameters:", "Conditions:", "Mappings:", "Metadata:",
            "\n  ", "\n    ", "\n", "A:", "B:", " {", "}", " [", "]", ", ", "!Ref A", "!Sub '${A}'",
            "!Sub '${A.B}'", "!GetAtt A.Arn", "!Select [0, ", "!Cidr ['10.0.0.0/8', 256, 8]",
            "!Join ['', ", "!If [C, ", "!Equals [a, b]", "Type: AWS::SQS::Queue", "Properties: ",
            "Value: ", "Type: String", "Default: ", "Condition: C", "DependsOn: A", "Sandbox: ",
            "Seconds: 1e300", "Fail: x", "Export: {Name: x}", "'Fn::Sub': ", "\"", "'", "&a", "*a",
            "|", ">", "- ", "? ", "!!str ", "%YAML 1.2", "---", "\t", "\u{feff}", "é", "\u{e000}",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_template_text_makes_it_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        let _ = crate::template::Template::read(&text);
        let _ = crate::template::Template::read(&format!(
            "Resources: {{A: {{Type: AWS::SQS::Queue}}}}\n{text}"
        ));
    }

    #[test]
    fn no_body_makes_it_panic(
        action in prop::sample::select(vec![
            "CreateStack", "UpdateStack", "DeleteStack", "DescribeStacks", "CreateChangeSet",
            "DescribeChangeSet", "ExecuteChangeSet", "ListStacks", "GetTemplate", "",
        ]),
        fields in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "StackName", "TemplateBody", "ChangeSetName", "NextToken", "Tags.member.1.Key",
                    "Parameters.member.1.ParameterKey", "Parameters.member.", "ClientRequestToken",
                    "ChangeSetType", "OnFailure", "DisableRollback",
                ]),
                prop_oneof![".{0,20}", Just(SLOW.to_owned()), Just("s".to_owned())],
            ),
            0..6,
        ),
        noise in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cloud = Cloud::new();
            let mut body = form(&[("Action", action)]).into_bytes();
            for (key, value) in &fields {
                body.extend(format!("&{}", form(&[(key, value)])).into_bytes());
            }
            body.extend(noise);
            let request = http::Request::post("/")
                .header("authorization", "Credential=1/2/us-east-1/cloudformation/x")
                .body(Bytes::from(body))
                .unwrap();
            let response = cloud.sandbox.handle(request).await;
            assert!(response.status() != 500, "{:?}", response.body());
            assert!(response.body().starts_with(b"<"));
        });
    }
}
