//! A server in front of another that counts the calls and spoils some of them, by rules that can be
//! changed while it runs. It knows AWS's Query protocol well enough to tell the action of a call.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An error of this HTTP status, code and text instead of an answer.
    Error(u16, &'static str, String),
    /// `Throttling` for what goes beyond this many calls a second: a bucket that holds one second's worth.
    Throttle(f64),
    /// The connection breaks before the call reaches the server.
    DropCall,
    /// The server does what it is asked, and the connection breaks before it can say so.
    DropAnswer,
    /// The answer comes this much later.
    Slow(Duration),
    /// The server is never asked and no answer ever comes.
    Silent,
    /// The page of a network that wants a login first: 200, and HTML.
    CaptivePortal,
    /// The answer is the oldest one to the very same question, since the rules were set, that is not older
    /// than this: a server that has not heard the news yet. Where there is none it is the true one.
    Stale(Duration),
}

impl Fault {
    /// A server that is out of order.
    pub fn broken(status: u16) -> Self {
        let code = if status == 503 { "ServiceUnavailable" } else { "InternalFailure" };
        Self::Error(status, code, "We encountered an internal error. Please try again.".to_owned())
    }

    /// Credentials that have run out.
    pub fn expired() -> Self {
        let text = "The security token included in the request is expired";
        Self::Error(403, "ExpiredToken", text.to_owned())
    }

    /// A caller who may not do this.
    pub fn denied(action: &str) -> Self {
        let text = format!(
            "User: arn:aws:iam::123456789012:user/tester is not authorized to perform: \
             cloudformation:{action} on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/*"
        );
        Self::Error(403, "AccessDenied", text)
    }
}

/// Which of the calls that a rule is about it spoils, counted from when the rule was made.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// All.
    Always,
    /// Only this one; the first is 1.
    Nth(u32),
    /// The first so many.
    First(u32),
    /// Each one whose number can be divided by this.
    Every(u32),
    /// This one and all that follow.
    From(u32),
}

impl When {
    fn holds(self, number: u32) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(nth) => number == nth,
            Self::First(count) => number <= count,
            Self::Every(step) => number.is_multiple_of(step),
            Self::From(first) => number >= first,
        }
    }
}

/// One thing that goes wrong.
#[derive(Debug)]
pub struct Rule {
    about: About,
    when: When,
    fault: Fault,
    /// How many calls it has been asked about.
    asked: u32,
    /// What is in the bucket of a throttle, and when that was so.
    bucket: Option<(f64, Instant)>,
}

/// Which calls a rule is about.
#[derive(Debug)]
enum About {
    Action(&'static str),
    /// The first call of this action and every call of any action after it.
    AllSince(&'static str),
    All,
}

impl Rule {
    /// A rule about one action, such as `CreateStack`; a call without one goes by its method, such as `PUT`.
    pub fn on(action: &'static str, when: When, fault: Fault) -> Self {
        Self::about(About::Action(action), when, fault)
    }

    /// A rule about everything from the first call of an action on.
    pub fn since(action: &'static str, fault: Fault) -> Self {
        Self::about(About::AllSince(action), When::Always, fault)
    }

    /// A rule about every call.
    pub fn everywhere(when: When, fault: Fault) -> Self {
        Self::about(About::All, when, fault)
    }

    fn about(about: About, when: When, fault: Fault) -> Self {
        Self { about, when, fault, asked: 0, bucket: None }
    }

    /// What it does to this call, if anything.
    fn judge(&mut self, action: &str, now: Instant) -> Option<Fault> {
        let mine = match self.about {
            About::All => true,
            About::Action(mine) => mine == action,
            About::AllSince(first) => self.asked > 0 || first == action,
        };
        if !mine {
            return None;
        }
        self.asked += 1;
        if !self.when.holds(self.asked) {
            return None;
        }
        if let Fault::Throttle(per_second) = self.fault {
            let (left, since) = self.bucket.unwrap_or((per_second, now));
            let filled = left + per_second * now.duration_since(since).as_secs_f64();
            let left = filled.min(per_second.max(1.0));
            let passes = left >= 1.0;
            self.bucket = Some((if passes { left - 1.0 } else { left }, now));
            if passes {
                return None;
            }
        }
        Some(self.fault.clone())
    }
}

/// One call as the proxy saw it.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it arrived.
    pub at: Instant,
    /// What it asked for.
    pub action: String,
    /// Its client request token.
    pub token: Option<String>,
    /// The id of the key that signed it.
    pub key: Option<String>,
    /// Its parameters.
    pub form: HashMap<String, String>,
    /// Whether a rule spoiled it.
    pub spoiled: bool,
}

/// The proxy. It ends when dropped.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    server: String,
    client: Client<HttpConnector, Full<Bytes>>,
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<Vec<Call>>,
    /// What the server answered to each question, oldest first.
    answers: Mutex<HashMap<Bytes, Vec<Answered>>>,
}

/// What the server answered, and when.
type Answered = (Instant, Response<Bytes>);

impl Proxy {
    /// Starts it on a free port in front of the server at this URL, with nothing going wrong.
    pub fn before(server: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            rules: Mutex::default(),
            calls: Mutex::default(),
            answers: Mutex::default(),
        });
        runtime.spawn(serve(Arc::clone(&shared), listener));
        Self { url, shared, runtime: Some(runtime) }
    }

    /// From now on these rules hold, and no others. The first that spoils a call decides.
    pub fn set(&self, rules: impl IntoIterator<Item = Rule>) {
        *self.shared.rules.lock().unwrap() = rules.into_iter().collect();
        self.shared.answers.lock().unwrap().clear();
    }

    /// Every call so far, in the order of their arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// How many calls of an action there were.
    pub fn count(&self, action: &str) -> usize {
        self.shared.calls.lock().unwrap().iter().filter(|call| call.action == action).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(shared: Arc<Shared>, listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(connection(Arc::clone(&shared), socket));
    }
}

async fn connection(shared: Arc<Shared>, socket: TcpStream) {
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { shared.answer(request).await.map(|answer| answer.map(Full::new)) }
    });
    // A client that goes away in the middle is no fault of the test, and a rule may break the connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Bytes>, io::Error> {
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, body.collect().await.map_err(io::Error::other)?.to_bytes());
        let (action, token, now) = (action(&request), token(&request), Instant::now());
        let (key, form) = (key(&request), form_urlencoded::parse(request.body()).into_owned().collect());
        let fault = self.rules.lock().unwrap().iter_mut().find_map(|rule| rule.judge(&action, now));
        self.calls.lock().unwrap().push(Call { at: now, action, token, key, form, spoiled: fault.is_some() });
        match fault {
            None => self.ask(request).await,
            Some(Fault::Error(status, code, text)) => Ok(error(status, code, &text)),
            // What the bucket lets through is not judged to be a fault.
            Some(Fault::Throttle(_)) => Ok(error(400, "Throttling", "Rate exceeded")),
            Some(Fault::DropCall) => Err(io::Error::other("the call is dropped")),
            Some(Fault::DropAnswer) => {
                self.ask(request).await.and(Err(io::Error::other("the answer is dropped")))
            }
            Some(Fault::Slow(by)) => {
                tokio::time::sleep(by).await;
                self.ask(request).await
            }
            Some(Fault::Silent) => std::future::pending().await,
            Some(Fault::CaptivePortal) => Ok(answer(
                200,
                "text/html",
                "<html><body>Log in to this network first</body></html>".to_owned(),
            )),
            Some(Fault::Stale(age)) => match self.old_answer(request.body(), now, age) {
                Some(answer) => Ok(answer),
                None => self.ask(request).await,
            },
        }
    }

    async fn ask(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, io::Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("{}{path}", self.server).parse::<Uri>().map_err(io::Error::other)?;
        // Each hop names the server that it asks; the sandbox takes no other name.
        request.headers_mut().remove(http::header::HOST);
        let question = request.body().clone();
        let answer = self.client.request(request.map(Full::new)).await.map_err(io::Error::other)?;
        let (head, body) = answer.into_parts();
        let answer = Response::from_parts(head, body.collect().await.map_err(io::Error::other)?.to_bytes());
        let may_be_wanted = |rule: &Rule| matches!(rule.fault, Fault::Stale(_));
        if self.rules.lock().unwrap().iter().any(may_be_wanted) {
            let mut answers = self.answers.lock().unwrap();
            answers.entry(question).or_default().push((Instant::now(), answer.clone()));
        }
        Ok(answer)
    }

    /// The oldest answer to a question that is not older than this.
    fn old_answer(&self, question: &Bytes, now: Instant, age: Duration) -> Option<Response<Bytes>> {
        let answers = self.answers.lock().unwrap();
        let fits = |(at, _): &&Answered| now.duration_since(*at) <= age;
        answers.get(question)?.iter().find(fits).map(|(_, answer)| answer.clone())
    }
}

/// What a call asks for: the `Action` of its form, else of its query, else its method.
fn action(request: &Request<Bytes>) -> String {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let action_in = |form: &[u8]| {
        form_urlencoded::parse(form).find(|(key, _)| key == "Action").map(|(_, action)| action.into_owned())
    };
    action_in(request.body()).or_else(|| action_in(query)).unwrap_or_else(|| request.method().to_string())
}

fn token(request: &Request<Bytes>) -> Option<String> {
    let mut fields = form_urlencoded::parse(request.body());
    fields
        .find(|(key, _)| key == "ClientRequestToken" || key == "ClientToken")
        .map(|(_, token)| token.into_owned())
}

fn key(request: &Request<Bytes>) -> Option<String> {
    let signature = request.headers().get("authorization")?.to_str().ok()?;
    Some(signature.split_once("Credential=")?.1.split('/').next()?.to_owned())
}

fn error(status: u16, code: &str, text: &str) -> Response<Bytes> {
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    let xml = format!(
        "<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{text}</Message></Error>\
         <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    );
    answer(status, "text/xml", xml)
}

fn answer(status: u16, content_type: &str, body: String) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", content_type).body(Bytes::from(body)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client of a proxy in front of a server that answers 200 to everything.
    struct Bench {
        server: Proxy,
        proxy: Proxy,
        client: Client<HttpConnector, Full<Bytes>>,
    }

    impl Bench {
        fn new() -> Self {
            // A proxy that never lets a call through serves as the server.
            let server = Proxy::before("http://127.0.0.1:9");
            server.set([Rule::everywhere(When::Always, Fault::CaptivePortal)]);
            let proxy = Proxy::before(&server.url);
            Self { server, proxy, client: Client::builder(TokioExecutor::new()).build_http() }
        }

        /// The status of the answer; 0: there is none.
        async fn call(&self, action: &str) -> u16 {
            let form = Full::new(Bytes::from(format!("Version=2010-05-15&Action={action}")));
            let request = Request::post(&self.proxy.url).body(form).unwrap();
            self.client.request(request).await.map_or(0, |answer| answer.status().as_u16())
        }

        async fn calls(&self, action: &str, times: usize) -> Vec<u16> {
            let mut statuses = Vec::new();
            for _ in 0..times {
                statuses.push(self.call(action).await);
            }
            statuses
        }
    }

    #[tokio::test]
    async fn calls_pass_and_are_counted_by_action() {
        let bench = Bench::new();
        assert_eq!(bench.calls("ListStacks", 2).await, [200, 200]);
        assert_eq!(bench.call("CreateStack").await, 200);
        assert_eq!((bench.proxy.count("ListStacks"), bench.proxy.count("CreateStack")), (2, 1));
        assert_eq!(bench.server.calls().len(), 3);
        assert!(bench.proxy.calls().iter().all(|call| !call.spoiled));
    }

    #[tokio::test]
    async fn a_rule_spoils_the_calls_that_it_names_and_no_others() {
        let bench = Bench::new();
        for (when, expected) in [
            (When::Always, [500, 500, 500, 500]),
            (When::Nth(2), [200, 500, 200, 200]),
            (When::First(2), [500, 500, 200, 200]),
            (When::Every(2), [200, 500, 200, 500]),
            (When::From(3), [200, 200, 500, 500]),
        ] {
            bench.proxy.set([Rule::on("ListStacks", when, Fault::broken(500))]);
            assert_eq!(bench.call("DescribeStacks").await, 200);
            assert_eq!(bench.calls("ListStacks", 4).await, expected, "{when:?}");
        }
        bench.proxy.set([Rule::since("ListStacks", Fault::expired())]);
        assert_eq!(bench.call("DescribeStacks").await, 200);
        assert_eq!((bench.call("ListStacks").await, bench.call("DescribeStacks").await), (403, 403));
    }

    #[tokio::test]
    async fn a_dropped_answer_reaches_the_server_and_a_dropped_call_does_not() {
        let bench = Bench::new();
        bench.proxy.set([Rule::everywhere(When::Always, Fault::DropAnswer)]);
        assert_eq!((bench.call("CreateStack").await, bench.server.count("CreateStack")), (0, 1));
        bench.proxy.set([Rule::everywhere(When::Always, Fault::DropCall)]);
        assert_eq!((bench.call("CreateStack").await, bench.server.count("CreateStack")), (0, 1));
    }

    #[test]
    fn a_throttle_lets_a_second_s_worth_through_and_then_as_many_as_trickle_in() {
        let mut rule = Rule::everywhere(When::Always, Fault::Throttle(5.0));
        let start = Instant::now();
        let mut passed =
            |calls: u32, at: Duration| (0..calls).filter(|_| rule.judge("A", start + at).is_none()).count();
        assert_eq!(passed(8, Duration::ZERO), 5);
        assert_eq!(passed(8, Duration::from_millis(450)), 2);
        assert_eq!(passed(8, Duration::from_secs(60)), 5);
    }

    #[tokio::test]
    async fn a_stale_answer_is_the_one_from_before_until_it_is_too_old() {
        let bench = Bench::new();
        let age = Duration::from_millis(300);
        bench.proxy.set([Rule::on("ListStacks", When::Always, Fault::Stale(age))]);
        assert_eq!(bench.call("ListStacks").await, 200);
        bench.server.set([Rule::everywhere(When::Always, Fault::broken(503))]);
        assert_eq!((bench.call("ListStacks").await, bench.call("DescribeStacks").await), (200, 503));
        let start = Instant::now();
        while bench.call("ListStacks").await == 200 {
            assert!(start.elapsed() < age * 20, "the answer is stale for ever");
        }
    }
}
