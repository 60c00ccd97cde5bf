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
async fn one_broken_file_breaks_one_stack() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::at(dir.path());
    for name in ["first", "s", "last"] {
        cloud.create(name, SLOW).await;
    }
    cloud.settle();
    let folder = dir.path().join("123456789012/eu-central-1");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.collect();
    let of =
        |name: &str| files.iter().find(|file| file.file_name().unwrap().to_str().unwrap().starts_with(name));
    let (file, other) = (of("s--").unwrap(), of("first--").unwrap());
    let whole = std::fs::read(file).unwrap();
    let elsewhere =
        String::from_utf8(whole.clone()).unwrap().replace("\"name\":\"s\"", "\"name\":\"../../s\"");
    let breaks: &[(&str, &dyn Fn())] = &[
        ("empty", &|| std::fs::write(file, "").unwrap()),
        ("half", &|| std::fs::write(file, &whole[..whole.len() / 2]).unwrap()),
        ("no text", &|| std::fs::write(file, b"\xff\0").unwrap()),
        ("another stack's", &|| assert!(std::fs::copy(other, file).unwrap() > 0)),
        ("elsewhere", &|| std::fs::write(file, &elsewhere).unwrap()),
        ("a folder", &|| std::fs::create_dir(file).unwrap()),
        ("far too large", &|| std::fs::File::create(file).unwrap().set_len(1 << 40).unwrap()),
        #[cfg(unix)]
        ("a link", &|| std::os::unix::fs::symlink(other, file).unwrap()),
        #[cfg(unix)]
        ("a pipe", &|| assert!(std::process::Command::new("mkfifo").arg(file).status().unwrap().success())),
    ];
    for (what, broken) in breaks.iter().copied() {
        let _ = std::fs::remove_file(file).or_else(|_| std::fs::remove_dir(file));
        broken();
        for cloud in [&cloud, &Cloud::at(dir.path())] {
            cloud.settle();
            let listed = cloud.ok("ListStacks", &[]).await.all("StackName");
            assert_eq!(listed.len(), 2, "{what}");
            assert_eq!(cloud.status("first").await, "CREATE_COMPLETE", "{what}");
            for (action, more) in
                [("DescribeStacks", None), ("DeleteStack", None), ("CreateStack", Some(SLOW))]
            {
                let mut fields = vec![("StackName", "s")];
                fields.extend(more.map(|template| ("TemplateBody", template)));
                let answer = cloud.call(action, &fields).await;
                assert_eq!((answer.status, answer.one("Code").as_str()), (500, "InternalFailure"), "{what}");
                assert!(answer.one("Message").contains("s--"), "{what}: {}", answer.xml);
            }
        }
        cloud.create(&format!("new{}", what.len()), SLOW).await;
        cloud.ok("DeleteStack", &[("StackName", &format!("new{}", what.len()))]).await;
        cloud.settle();
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.file_name().unwrap().to_str().unwrap().starts_with("new") {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
    std::fs::remove_dir(file).or_else(|_| std::fs::remove_file(file)).unwrap();
    std::fs::write(file, &whole).unwrap();
    assert_eq!(cloud.status("s").await, "CREATE_COMPLETE");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "the account, the lock and the clock");
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_out_of_the_sandbox() {
    use std::os::unix::fs::symlink;
    let template = [("Bucket", "templates"), ("Key", "a")];
    for (link, is_folder) in [
        ("", true),
        ("123456789012", true),
        ("123456789012/eu-central-1", true),
        (".lock", false),
        (".clock", false),
    ] {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (dir, victim) = (root.path().join("sandbox"), outside.path().join("victim"));
        std::fs::write(&victim, "untouched").unwrap();
        let place = dir.join(link);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(
            if is_folder { outside.path() } else { &victim },
            dir.join(link).components().collect::<std::path::PathBuf>(),
        )
        .unwrap();
        let answer = Cloud::at(&dir).call("CreateStack", &[("StackName", "s"), ("TemplateBody", SLOW)]).await;
        // A clock is not needed as long as the machine's is right.
        assert_eq!(answer.status == 200, link == ".clock", "{link}: {}", answer.xml);
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched", "{link}");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "{link} {template:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn everything_in_it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("sandbox");
    let cloud = Cloud::at(&dir);
    cloud.create("s", SLOW).await;
    cloud.status("s").await;
    crate::Objects::new(&dir, "123456789012")
        .put(&crate::objects::Location { bucket: "templates".into(), key: "k".into() }, b"x")
        .unwrap();
    let mut folders = vec![dir];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            seen += 1;
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600),
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_undoes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::at(dir.path());
    cloud.create("old", SLOW).await;
    cloud.pass(600.0);
    assert_eq!(cloud.status("old").await, "CREATE_COMPLETE");
    // While the program runs.
    cloud.pass(-7200.0);
    assert_eq!(cloud.status("old").await, "CREATE_COMPLETE");
    cloud.create("new", SLOW).await;
    cloud.pass(5.0);
    assert_eq!(cloud.status("new").await, "CREATE_IN_PROGRESS");
    cloud.pass(10.0);
    assert_eq!(cloud.status("new").await, "CREATE_COMPLETE");
    // Between two runs, by a day and then by another; and set right again.
    for step in [-86_400.0, -86_400.0, 7200.0 + 2.0 * 86_400.0] {
        let later = Cloud::at(dir.path());
        later.pass(step - 7000.0);
        for name in ["old", "new"] {
            assert_eq!(later.status(name).await, "CREATE_COMPLETE", "{step}");
        }
        let name = format!("s{}", step.abs());
        let name = name.replace('.', "-");
        later.create(&name, SLOW).await;
        later.pass(5.0);
        assert_eq!(later.status(&name).await, "CREATE_IN_PROGRESS", "{step}");
        later.pass(10.0);
        assert_eq!(later.status(&name).await, "CREATE_COMPLETE", "{step}");
        later.ok("DeleteStack", &[("StackName", &name)]).await;
        later.settle();
        assert!(later.call("DescribeStacks", &[("StackName", &name)]).await.status != 200, "{step}");
    }
    // What the file says is not believed if nobody can have meant it.
    for text in [
        "",
        "{",
        r#"{"until":"9999-01-01T00:00:00Z","ahead_ms":0}"#,
        r#"{"until":"2025-10-30T00:00:00Z","ahead_ms":-9}"#,
        r#"{"until":"2025-10-30T00:00:00Z","ahead_ms":9223372036854775807}"#,
    ] {
        std::fs::write(dir.path().join(".clock"), text).unwrap();
        let later = Cloud::at(dir.path());
        later.settle();
        assert_eq!(later.status("old").await, "CREATE_COMPLETE", "{text}");
    }
}

/// nextest gives each test a process of its own, whose limit this one takes.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_outlives_the_end_of_file_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let dir = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(Sandbox::open(dir.path(), 1.0).serve(listener));
    let before = getrlimit(Resource::Nofile);
    let open = std::fs::read_dir("/dev/fd").unwrap().count() as u64;
    setrlimit(Resource::Nofile, Rlimit { current: Some(open + 40), ..before }).unwrap();
    let mut held = Vec::new();
    while let Ok(socket) = tokio::net::TcpStream::connect(address).await {
        held.push(socket);
    }
    // The one that could not be let in is waiting; whoever goes makes room for it.
    assert!(held.len() > 10 && !server.is_finished(), "{} connections", held.len());
    drop(held);
    setrlimit(Resource::Nofile, before).unwrap();
    let answer = answered(address, "POST /", &format!("host: {address}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && !server.is_finished(), "{answer}");
}

/// What a served sandbox answers to one request, whose first line and headers are given.
async fn answered(address: std::net::SocketAddr, line: &str, headers: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let body = "Action=ListStacks";
    let request = format!(
        "{line} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {}\r\n\
         authorization: Credential=1/2/us-east-1/cloudformation/x\r\n\r\n{body}",
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_is_served_over_http_to_those_who_mean_it() {
    let dir = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(Sandbox::open(dir.path(), 1.0).serve(listener));
    let port = address.port();
    for name in ["127.0.0.1", "localhost", "bucket.localhost"] {
        let answer = answered(address, "POST /", &format!("host: {name}:{port}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("<StackSummaries></StackSummaries>"), "{answer}");
    }
    // A name that leads here, and another name beside the own one.
    let own = format!("host: 127.0.0.1:{port}\r\n");
    for (line, headers) in [
        ("POST /", format!("host: evil.example:{port}\r\n")),
        ("POST /", "host: 127.0.0.1:1\r\n".to_owned()),
        ("POST /", format!("{own}host: evil.example:{port}\r\n")),
        (&*format!("POST http://evil.example:{port}/"), own),
        ("POST /", String::new()),
    ] {
        let answer = answered(address, line, &headers).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.contains("StackSummaries"),
            "{line} {headers}: {answer}"
        );
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
