//! CloudFormation in a box, on its own protocol.
//!
//! [`Sandbox::handle`] answers the requests that a CloudFormation client would send to AWS: real templates
//! are parsed and evaluated, stacks go through their real life cycles, and everything is kept in files.
//! It answers for STS too, and for S3 as far as templates need it.
//! Absent on purpose: real resources, transforms, nested stacks, stack sets, permissions. What is
//! not there is refused by name, never silently passed over.

mod actions;
mod change_set;
mod clock;
mod drift;
mod error;
mod ids;
mod lifecycle;
mod names;
mod objects;
mod policy;
mod protocol;
mod record;
mod resource_types;
mod resources;
mod s3;
mod secrets;
mod server;
mod status;
mod store;
mod template;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use actions::Context;
use clock::Clock;
use error::Error;
use objects::Objects;
use protocol::{Node, Params, Service};
use record::Place;
use store::Store;

/// An embedded CloudFormation over a folder. Cloning is cheap; several sandboxes, also of several
/// processes, may share a folder.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    speed: f64,
    clock: Clock,
}

/// How many stacks the sandbox takes in an account and region, deleted ones not counted: as many as AWS does unless its
/// quota was raised.
pub const MAX_STACKS: usize = 2_000;

/// The sandbox has no room for so many more stacks.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox has {there} stacks there and takes {MAX_STACKS}")]
pub struct Full {
    /// How many there are.
    pub there: usize,
}

/// `SKYDECK_SANDBOX_SPEED` does not hold a speed.
#[derive(Debug, thiserror::Error)]
#[error("SKYDECK_SANDBOX_SPEED is '{0}'; it must be a number above 0, such as 10 for ten times as fast")]
pub struct SpeedError(String);

/// How fast time runs in the sandbox: `SKYDECK_SANDBOX_SPEED`, or 1.0 where it is not set.
pub fn speed_from_env() -> Result<f64, SpeedError> {
    match std::env::var_os("SKYDECK_SANDBOX_SPEED") {
        None => Ok(1.0),
        Some(text) => speed(&text.to_string_lossy()),
    }
}

fn speed(text: &str) -> Result<f64, SpeedError> {
    text.trim()
        .parse()
        .ok()
        .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
        .ok_or_else(|| SpeedError(text.to_owned()))
}

impl Sandbox {
    /// A sandbox whose stacks live in files under `dir`, which is created at the first write.
    /// `speed`: 1.0 is real time, 10.0 ten times as fast; what is not above 0 counts as 1.0.
    pub fn open(dir: impl Into<PathBuf>, speed: f64) -> Sandbox {
        Self::with_clock(dir, speed, Utc::now)
    }

    fn with_clock(
        dir: impl Into<PathBuf>,
        speed: f64,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Sandbox {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        let store = Store::new(dir.into());
        Sandbox { inner: Arc::new(Inner { store, speed, clock: Clock::new(clock) }) }
    }

    /// Answers one HTTP request of the AWS Query protocol: a form-urlencoded POST, answered in XML.
    /// Every failure is an XML error as CloudFormation writes it. Templates may be put where `TemplateURL`
    /// finds them: single objects of S3 are kept too, by its REST protocol.
    ///
    /// The account and the region are those of the request's signature (which is not verified): the
    /// region from its credential scope, the account the access key id where that is twelve
    /// digits, else `000000000000`. GetCallerIdentity of STS is answered too.
    pub async fn handle(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let inner = Arc::clone(&self.inner);
        // Files are read, and a lock may be waited for.
        let answer = tokio::task::spawn_blocking(move || inner.answer(&request)).await;
        answer.unwrap_or_else(|problem| {
            let problem = std::io::Error::other(problem);
            let error = Error::Storage { path: PathBuf::new(), source: problem };
            protocol::respond(Service::CloudFormation, "", Err(error))
        })
    }

    /// Whether a stack of this id was ever made here, as far as the files can be read.
    pub fn knows(&self, stack_id: &str) -> bool {
        let id = actions::parse_arn(stack_id, "stack");
        id.is_some_and(|id| self.inner.store.exact(&id).is_ok_and(|found| found.is_some()))
    }

    /// That so many more stacks find room in an account and region. Where the files cannot be read, that is told by whatever
    /// is done there.
    ///
    /// # Errors
    /// [`Full`].
    pub fn expect_room(&self, account: &str, region: &str, stacks: usize) -> Result<(), Full> {
        let (store, place) =
            (&self.inner.store, Place { account: account.to_owned(), region: region.to_owned() });
        if store.most(&place) + stacks <= MAX_STACKS {
            return Ok(());
        }
        let now = self.inner.clock.now(store.dir());
        let is_there = |record: &&Arc<record::StackRecord>| !record.is_deleted(now);
        let there = store.all(&place).map_or(0, |all| all.iter().filter(is_there).count());
        if there + stacks <= MAX_STACKS { Ok(()) } else { Err(Full { there }) }
    }

    /// Serves [`Self::handle`] over plain HTTP/1.1 until the listener fails or the future is dropped.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        server::serve(self, listener).await
    }
}

impl Inner {
    fn answer(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let scope = Scope::of(request);
        if let Some(Scope { place, service: Service::S3 }) = &scope {
            let objects = Objects::new(self.store.dir(), &place.account);
            return s3::answer(&objects, place, request);
        }
        let form: &[u8] = match request.body() {
            body if body.is_empty() => request.uri().query().unwrap_or_default().as_bytes(),
            body => body,
        };
        let params = Params::parse(form);
        let action = params.text("Action").unwrap_or_default();
        let Some(scope) = scope else {
            let missing = Error::Unauthenticated(
                "Request is missing Authentication Token: the sandbox takes account and region \
                 from an AWS Signature Version 4",
            );
            return protocol::respond(Service::CloudFormation, action, Err(missing));
        };
        if scope.service == Service::Sts || action == "GetCallerIdentity" {
            return protocol::respond(Service::Sts, action, caller(&scope.place, action));
        }
        let clock = || self.clock.now(self.store.dir());
        let context = Context::new(&self.store, scope.place, self.speed, &clock);
        let outcome = actions::run(&context, action, &params);
        if let Err(error @ Error::Storage { .. }) = &outcome {
            tracing::warn!(%error, action, "the sandbox could not use its folder");
        }
        protocol::respond(Service::CloudFormation, action, outcome)
    }
}

/// Who asks, where, and of which service: the credential scope of Signature Version 4.
struct Scope {
    place: Place,
    service: Service,
}

impl Scope {
    fn of(request: &http::Request<Bytes>) -> Option<Self> {
        let header = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = header.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/');
        let (key, _date, region) = (parts.next()?, parts.next()?, parts.next()?);
        let service = match parts.next()? {
            "sts" => Service::Sts,
            "s3" => Service::S3,
            _ => Service::CloudFormation,
        };
        // It becomes a folder's name.
        let region_like = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || region.len() > 32 || !region.chars().all(region_like) {
            return None;
        }
        let is_account = key.len() == 12 && key.chars().all(|c| c.is_ascii_digit());
        let account = if is_account { key } else { "000000000000" };
        let place = Place { account: account.to_owned(), region: region.to_owned() };
        Some(Self { place, service })
    }
}

/// STS GetCallerIdentity.
fn caller(place: &Place, action: &str) -> error::Result<Node> {
    if action != "GetCallerIdentity" {
        return Err(Error::InvalidAction(action.to_owned()));
    }
    let Place { account, .. } = place;
    Ok(Node::new("")
        .text("Arn", format!("arn:{}:iam::{account}:user/sandbox", place.partition()))
        .text("UserId", "AIDASANDBOX")
        .text("Account", account))
}

#[cfg(test)]
mod tests;
