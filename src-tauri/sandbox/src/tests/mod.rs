//! Tests through the front door, [`Sandbox::handle`], with a clock that the test moves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod change_sets;
mod drift;
mod evaluation;
mod growth;
mod guards;
mod lifecycle;
mod objects;
mod refusals;
mod retention;
mod robustness;
mod stacks;

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

use crate::Sandbox;

/// A sandbox with one client and a clock that stands still.
struct Cloud {
    sandbox: Sandbox,
    now: Arc<Mutex<DateTime<Utc>>>,
    _dir: Option<tempfile::TempDir>,
}

struct Answer {
    status: u16,
    xml: String,
}

impl Cloud {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut cloud = Self::at(dir.path());
        cloud._dir = Some(dir);
        cloud
    }

    fn at(dir: &Path) -> Self {
        let now = Arc::new(Mutex::new("2025-10-30T12:00:00Z".parse().unwrap()));
        let clock = Arc::clone(&now);
        let sandbox = Sandbox::with_clock(dir, 1.0, move || *clock.lock().unwrap());
        Self { sandbox, now, _dir: None }
    }

    fn pass(&self, seconds: f64) {
        *self.now.lock().unwrap() += TimeDelta::milliseconds((seconds * 1000.0) as i64);
    }

    /// Lets every operation come to its end.
    fn settle(&self) {
        self.pass(3600.0);
    }

    async fn call(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.call_as("123456789012", "eu-central-1", action, fields).await
    }

    async fn call_as(&self, account: &str, region: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-05-15");
        form.extend_pairs(fields);
        request(&self.sandbox, account, region, "cloudformation", form.finish()).await
    }

    /// Calls and expects success.
    async fn ok(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.call(action, fields).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.xml);
        answer
    }

    /// Calls and expects an error; gives `Code: Message`.
    async fn refused(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.call(action, fields).await;
        assert_ne!(answer.status, 200, "{action} succeeded: {}", answer.xml);
        format!("{}: {}", answer.one("Code"), answer.one("Message"))
    }

    async fn create(&self, name: &str, template: &str) {
        self.ok("CreateStack", &[("StackName", name), ("TemplateBody", template)]).await;
    }

    async fn update(&self, name: &str, template: &str) {
        self.ok("UpdateStack", &[("StackName", name), ("TemplateBody", template)]).await;
    }

    async fn status(&self, name: &str) -> String {
        self.ok("DescribeStacks", &[("StackName", name)]).await.one("StackStatus")
    }

    /// `Id STATUS reason` of each event, oldest first.
    async fn history(&self, name: &str) -> Vec<String> {
        let answer = self.ok("DescribeStackEvents", &[("StackName", name)]).await;
        let mut lines: Vec<String> = answer
            .members("StackEvents")
            .iter()
            .map(|event| {
                let field = |name: &str| event.all(name).join("");
                let line = format!(
                    "{} {} {}",
                    field("LogicalResourceId"),
                    field("ResourceStatus"),
                    field("ResourceStatusReason")
                );
                line.trim().to_owned()
            })
            .collect();
        lines.reverse();
        lines
    }

    /// The stack's outputs as `key=value`.
    async fn outputs(&self, name: &str) -> Vec<String> {
        let answer = self.ok("DescribeStacks", &[("StackName", name)]).await;
        let keys = answer.all("OutputKey");
        let values = answer.all("OutputValue");
        keys.iter().zip(values).map(|(key, value)| format!("{key}={value}")).collect()
    }
}

async fn request(sandbox: &Sandbox, account: &str, region: &str, service: &str, body: String) -> Answer {
    let request = http::Request::post("/")
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={account}/20251030/{region}/{service}/aws4_request, \
                 SignedHeaders=host, Signature=0"
            ),
        )
        .body(Bytes::from(body))
        .unwrap();
    let response = sandbox.handle(request).await;
    Answer { status: response.status().as_u16(), xml: String::from_utf8(response.body().to_vec()).unwrap() }
}

impl Answer {
    /// The texts of all elements of this name.
    fn all(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.xml
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split(&close).next())
            .map(|text| quick_xml::escape::unescape(text).unwrap().into_owned())
            .collect()
    }

    /// The text of the one element of this name.
    fn one(&self, name: &str) -> String {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {}", self.xml);
        all[0].clone()
    }

    /// The members of a list whose members hold no lists.
    fn members(&self, list: &str) -> Vec<Answer> {
        let inner = self.xml.split(&format!("<{list}>")).nth(1).unwrap_or("");
        let inner = inner.split(&format!("</{list}>")).next().unwrap_or("");
        inner
            .split("<member>")
            .skip(1)
            .map(|member| Answer { status: self.status, xml: member.replace("</member>", "") })
            .collect()
    }
}
