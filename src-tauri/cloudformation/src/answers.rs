//! Whatever comes back as an answer, there is a result: no panic, no endless questions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use skydeck_model::operation::Direction;
use tokio::runtime::Runtime;

use crate::testing::{Fate, Server, soon, spec};
use crate::{ChangeSetKind, CloudError, Connection};

/// Seconds are nothing.
const FAST: f64 = 1000.0;

/// More calls than one question may cost, however it is answered.
const MOST: usize = 600;

/// How an answer is spoiled.
#[derive(Debug, Clone)]
enum Spoiled {
    /// It breaks off.
    Cut(Index),
    /// A piece of it is other text.
    Patched(Index, Index, String),
    /// It says that there is one more page, and again the same.
    Again,
    /// It is something else altogether.
    Replaced(String),
}

impl Spoiled {
    /// The answer as it arrives, good as it was.
    fn body(&self, good: &str) -> String {
        let place = |index: &Index| {
            let at = index.index(good.len() + 1);
            (at..=good.len()).find(|at| good.is_char_boundary(*at)).unwrap()
        };
        match self {
            Self::Cut(at) => good[..place(at)].to_owned(),
            Self::Patched(one, other, text) => {
                let (start, end) = (place(one).min(place(other)), place(one).max(place(other)));
                format!("{}{text}{}", &good[..start], &good[end..])
            }
            Self::Again => {
                let end = good.rfind("Result>").and_then(|end| good[..end].rfind("</")).unwrap_or(good.len());
                format!("{}<NextToken>again</NextToken>{}", &good[..end], &good[end..])
            }
            Self::Replaced(text) => text.clone(),
        }
    }
}

const WORDS: &[&str] = &[
    "<member>",
    "</member>",
    "<Stacks>",
    "</Stacks>",
    "<StackEvents>",
    "<StackResourceDrifts>",
    "<NextToken>",
    "</NextToken>",
    "<StackId>",
    "<Timestamp>",
    "9999999999-01-01T00:00:00Z",
    "<DetectionStatus>",
    "<Error>",
    "<Code>",
    "</Code>",
    "<Message>",
    "ValidationError",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&#0;",
    "&lol;",
    "&amp",
    "<!DOCTYPE a [<!ENTITY b \"b\">]>",
    "<?xml version=\"1.0\"?>",
    "<html>",
    "\u{0}",
    "\u{feff}",
    "é",
    "\"",
    "/>",
    "<",
];

fn spoiled() -> impl Strategy<Value = Spoiled> {
    let words = vec(select(WORDS), 0..40).prop_map(|words| words.concat());
    let deep = (1..20_000_usize).prop_map(|depth| format!("{}x", "<member>".repeat(depth)));
    let text = prop_oneof![words, deep, "\\PC{0,200}", "[ -~]{0,200}"].boxed();
    prop_oneof![
        any::<Index>().prop_map(Spoiled::Cut),
        (any::<Index>(), any::<Index>(), text.clone())
            .prop_map(|(one, other, text)| Spoiled::Patched(one, other, text)),
        Just(Spoiled::Again),
        text.prop_map(Spoiled::Replaced),
    ]
}

/// Asks everything that can be asked of a stack. What comes of it does not matter.
async fn ask_everything(connection: &Connection) {
    let told = |error: CloudError| {
        assert!(!error.to_string().is_empty());
    };
    let since = chrono::DateTime::UNIX_EPOCH;
    connection.describe("s").await.map(drop).unwrap_or_else(told);
    connection.glance().await.map(drop).unwrap_or_else(told);
    connection.in_progress().await.map(drop).unwrap_or_else(told);
    connection.template("s").await.map(drop).unwrap_or_else(told);
    connection.resources("s").await.map(drop).unwrap_or_else(told);
    connection.exports().await.map(drop).unwrap_or_else(told);
    connection.importers("e").await.map(drop).unwrap_or_else(told);
    connection.events("s", |_| false).await.map(drop).unwrap_or_else(told);
    connection.root_cause("s", None, since, Direction::Up).await.map(drop).unwrap_or_else(told);
    connection.drift("s").await.map(drop).unwrap_or_else(told);
}

/// A server on which a drifted stack stands, and its good answers by action.
async fn known() -> (Server, Connection, BTreeMap<String, String>) {
    let server = Server::new(FAST);
    let connection = server.connect().await;
    let mut spec = spec("s", 0.1);
    let queue = r#""Type": "AWS::SQS::Queue","#;
    let drift = r#""Metadata": {"Sandbox": {"Drift": {"DelaySeconds": "7"}}},"#;
    spec.template = spec.template.replace(queue, &format!("{queue} {drift}")).into();
    connection.create(&spec, "t").await.unwrap();
    while connection.describe("s").await.unwrap().unwrap().status != "CREATE_COMPLETE" {
        tokio::task::yield_now().await;
    }
    server.forget();
    ask_everything(&connection).await;
    let mut good = server.answers();
    // The sandbox refuses to tell that nobody imports.
    let imports = "<ListImportsResponse><ListImportsResult><Imports><member>a</member></Imports></ListImportsResult></ListImportsResponse>";
    good.insert("ListImports".to_owned(), imports.to_owned());
    (server, connection, good)
}

#[test]
fn no_answer_makes_a_question_panic_hang_or_be_asked_without_end() {
    let runtime = Runtime::new().unwrap();
    let (server, connection, good) = runtime.block_on(known());
    assert_eq!(good.len(), 10, "{:?}", good.keys());
    let config = ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(spoiled in spoiled(), status in select(vec![200_u16, 200, 200, 400, 403, 404]))| {
        let (spoiled, good) = (spoiled, good.clone());
        server.judge(move |asked| match good.get(&asked.action) {
            Some(good) => Fate::Answer(status, spoiled.body(good)),
            None => Fate::Fair,
        });
        let before = server.asked().len();
        runtime.block_on(soon(ask_everything(&connection)));
        let asked = server.asked().len() - before;
        prop_assert!(asked <= MOST, "{} calls", asked);
    });
}

#[tokio::test]
async fn pages_without_an_end_are_given_up() {
    let (server, connection, good) = known().await;
    let page = AtomicUsize::new(0);
    let events = good["DescribeStackEvents"].clone();
    server.judge(move |asked| {
        if asked.action != "DescribeStackEvents" {
            return Fate::Fair;
        }
        let token = format!(
            "<NextToken>{}</NextToken></DescribeStackEventsResult>",
            page.fetch_add(1, Ordering::SeqCst)
        );
        Fate::Answer(200, events.replace("</DescribeStackEventsResult>", &token))
    });
    let before = server.count("DescribeStackEvents");
    let endless = connection.events("s", |_| false).await.unwrap_err();
    assert!(
        matches!(&endless, CloudError::Unreachable { cause, .. } if cause.contains("without an end")),
        "{endless}"
    );
    assert!(server.count("DescribeStackEvents") - before <= MOST);
}

#[tokio::test]
async fn a_change_set_that_is_answered_with_nonsense_is_given_up() {
    let (server, connection, _) = known().await;
    server.judge(|asked| match asked.action.as_str() {
        "DescribeChangeSet" => Fate::Answer(200, "<a><b></a>".to_owned()),
        _ => Fate::Fair,
    });
    soon(connection.prepare(&spec("t", 0.1), ChangeSetKind::Create, "t")).await.unwrap_err();
}
