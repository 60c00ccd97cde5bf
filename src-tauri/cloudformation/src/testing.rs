//! A server for tests: the sandbox in this process behind an HTTP client that counts what is asked and spoils it as a
//! test says. Connections to it are of the target `aws`, so that everything that holds for AWS is in play.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use aws_sdk_cloudformation::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use skydeck_model::{Environment, Target};
use skydeck_sandbox::Sandbox;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::connect::{ConnectError, Way, connect_by};
use crate::connection::Connection;
use crate::spec::StackSpec;

/// One call as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The action; of S3 the method.
    pub(crate) action: String,
    /// Its parameters.
    pub(crate) params: HashMap<String, String>,
    /// Where to.
    pub(crate) uri: String,
    /// Whose key signed it.
    pub(crate) key: String,
    /// Of S3, whose the bucket has to be.
    pub(crate) bucket_owner: Option<String>,
    /// When.
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether the call changes something.
    pub(crate) fn changes(&self) -> bool {
        !["Describe", "List", "Get", "HEAD"].iter().any(|prefix| self.action.starts_with(prefix))
    }
}

/// What becomes of a call.
pub(crate) enum Fate {
    /// The sandbox answers.
    Fair,
    /// This answers.
    Answer(u16, String),
    /// The sandbox does it, and the answer gets lost.
    AnswerLost,
    /// The first answer that was given to this very question, as far as the server remembers.
    Stale,
    /// The credentials have expired, and that is said only once somebody wants it to be.
    ExpiredLater(Arc<Notify>),
}

impl Fate {
    /// An error in the words of AWS.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Answer(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            ),
        )
    }

    pub(crate) fn throttled() -> Self {
        Self::error(400, "Throttling", "Rate exceeded")
    }

    pub(crate) fn expired() -> Self {
        Self::error(403, "ExpiredToken", "The security token included in the request is expired")
    }

    pub(crate) fn denied(action: &str) -> Self {
        Self::error(
            403,
            "AccessDenied",
            &format!("User: u is not authorized to perform: cloudformation:{action} on resource: *"),
        )
    }
}

type Judge = Box<dyn Fn(&Asked) -> Fate + Send + Sync>;

/// The server, and the credentials of this machine.
#[derive(Clone)]
pub(crate) struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    sandbox: Sandbox,
    account: String,
    judge: Mutex<Judge>,
    asked: Mutex<Vec<Asked>>,
    first_answers: Mutex<HashMap<String, http::Response<Bytes>>>,
    /// The key id that the credentials have now; for the sandbox that is the account.
    key: Mutex<Option<String>>,
    _folder: TempDir,
}

static ACCOUNTS: AtomicUsize = AtomicUsize::new(0);

impl Server {
    /// A server whose time runs `speed` times as fast, with an account of its own.
    pub(crate) fn new(speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = format!("{:012}", 111_111_111_111 + ACCOUNTS.fetch_add(1, Ordering::Relaxed));
        let inner = Inner {
            sandbox: Sandbox::open(folder.path(), speed),
            key: Mutex::new(Some(account.clone())),
            account,
            judge: Mutex::new(Box::new(|_| Fate::Fair)),
            asked: Mutex::default(),
            first_answers: Mutex::default(),
            _folder: folder,
        };
        Self { inner: Arc::new(inner) }
    }

    /// From now on calls are judged so.
    pub(crate) fn judge(&self, judge: impl Fn(&Asked) -> Fate + Send + Sync + 'static) {
        *self.inner.judge.lock().unwrap() = Box::new(judge);
    }

    /// From now on so many calls a second are taken: a bucket that holds a second's worth.
    pub(crate) fn throttle(&self, per_second: f64) {
        let bucket = Mutex::new((per_second, Instant::now()));
        self.judge(move |asked| {
            let mut bucket = bucket.lock().unwrap();
            let (left, at) = *bucket;
            let left = (left + per_second * asked.at.duration_since(at).as_secs_f64()).min(per_second);
            *bucket = if left < 1.0 { (left, asked.at) } else { (left - 1.0, asked.at) };
            if left < 1.0 { Fate::throttled() } else { Fate::Fair }
        });
    }

    /// From now on, as long as what is given back is true, no credentials hold.
    pub(crate) fn expiring(&self) -> Arc<AtomicBool> {
        let expired = Arc::new(AtomicBool::new(false));
        let is_expired = Arc::clone(&expired);
        self.judge(move |_| if is_expired.load(Ordering::SeqCst) { Fate::expired() } else { Fate::Fair });
        expired
    }

    /// From now on the credentials of this machine are those of this account; `None`: there are none.
    pub(crate) fn log_in(&self, account: Option<&str>) {
        *self.inner.key.lock().unwrap() = account.map(str::to_owned);
    }

    /// From now on a stale answer is one that comes after this.
    pub(crate) fn forget(&self) {
        self.inner.first_answers.lock().unwrap().clear();
    }

    /// The first answers since then, by action, of those that were well.
    pub(crate) fn answers(&self) -> BTreeMap<String, String> {
        let answers = self.inner.first_answers.lock().unwrap();
        let text = |(form, answer): (&String, &http::Response<Bytes>)| {
            let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="))?;
            let body = || String::from_utf8_lossy(answer.body()).into_owned();
            (answer.status() == 200).then(|| (action.to_owned(), body()))
        };
        answers.iter().filter_map(text).collect()
    }

    pub(crate) fn account(&self) -> &str {
        &self.inner.account
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// How often each action was asked.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for asked in self.asked() {
            *counts.entry(asked.action).or_default() += 1;
        }
        counts
    }

    pub(crate) fn count(&self, action: &str) -> usize {
        self.counts().get(action).copied().unwrap_or_default()
    }

    pub(crate) fn environment(&self) -> Environment {
        let (region, account) = ("us-east-1".parse().unwrap(), self.inner.account.parse().unwrap());
        Environment::at("dev".parse().unwrap(), Target::Aws, region, account)
    }

    pub(crate) async fn try_connect(&self, environment: &Environment) -> Result<Connection, ConnectError> {
        let http = SharedHttpClient::new(self.clone());
        connect_by(environment, Way::Test(http, SharedCredentialsProvider::new(self.clone()))).await
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.try_connect(&self.environment()).await.unwrap()
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (parts, body) = request.try_into_http1x().unwrap().into_parts();
        let body = Bytes::copy_from_slice(body.bytes().unwrap_or_default());
        let form = String::from_utf8_lossy(&body).into_owned();
        let params: HashMap<String, String> = form
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), decoded(v)))
            .collect();
        let authorization =
            parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let key = authorization
            .as_deref()
            .and_then(|text| text.split_once("Credential=")?.1.split('/').next())
            .unwrap_or_default();
        let asked = Asked {
            action: params.get("Action").cloned().unwrap_or_else(|| parts.method.to_string()),
            params,
            uri: parts.uri.to_string(),
            key: key.to_owned(),
            bucket_owner: parts
                .headers
                .get("x-amz-expected-bucket-owner")
                .map(|owner| owner.to_str().unwrap().to_owned()),
            at: Instant::now(),
        };
        self.inner.asked.lock().unwrap().push(asked.clone());
        let fate = (self.inner.judge.lock().unwrap())(&asked);
        let fate = match fate {
            Fate::ExpiredLater(wanted) => {
                wanted.notified().await;
                Fate::expired()
            }
            fate => fate,
        };
        let answer = match fate {
            Fate::Answer(status, body) => {
                let answer = http::Response::builder().status(status).header("content-type", "text/xml");
                answer.body(Bytes::from(body)).unwrap()
            }
            fate => {
                let fair = self.inner.sandbox.handle(http::Request::from_parts(parts, body)).await;
                let mut first_answers = self.inner.first_answers.lock().unwrap();
                let first = first_answers.entry(form).or_insert_with(|| fair.clone());
                match fate {
                    Fate::AnswerLost => return Err(ConnectorError::io("the connection broke".into())),
                    Fate::Stale => first.clone(),
                    _ => fair,
                }
            }
        };
        Ok(HttpResponse::try_from(answer.map(SdkBody::from)).unwrap())
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                out.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
                at += 2;
            }
            b'+' => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap()
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

impl HttpClient for Server {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let server = self.clone();
        HttpConnectorFuture::new(async move { server.answer(request).await })
    }
}

impl ProvideCredentials for Server {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let key = self.inner.key.lock().unwrap().clone();
        future::ProvideCredentials::ready(match key {
            Some(key) => Ok(Credentials::new(key, "secret", None, Some(end_of_session()), "test")),
            None => Err(CredentialsError::not_loaded("no providers in chain provided credentials")),
        })
    }
}

/// When the credentials of this machine end.
pub(crate) fn end_of_session() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(32_472_144_000)
}

/// A stack of one queue that takes so many seconds.
pub(crate) fn spec(name: &str, seconds: f64) -> StackSpec {
    let template = format!(
        r#"{{"Metadata": {{"Sandbox": {{"Seconds": {seconds}}}}},
            "Parameters": {{"Delay": {{"Type": "Number", "Default": "0"}}}},
            "Resources": {{"Queue": {{"Type": "AWS::SQS::Queue", "Properties": {{"DelaySeconds": {{"Ref": "Delay"}}}}}}}},
            "Outputs": {{"Url": {{"Value": {{"Ref": "Queue"}}}}}}}}"#
    );
    StackSpec { name: name.to_owned(), template: template.into(), ..StackSpec::default() }
}

/// The same with a parameter set, so that there is something to update.
pub(crate) fn delayed(name: &str, seconds: f64, delay: &str) -> StackSpec {
    let mut spec = spec(name, seconds);
    spec.parameters.insert("Delay".to_owned(), delay.to_owned());
    spec
}

/// Waits for what must come soon.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it did not come soon")
}
