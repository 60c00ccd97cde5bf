//! The one seam to AWS: every call goes through [`Connection::call`], which counts and paces it, repeats it where AWS
//! asks to be asked less, and holds it back while the user has to log in again.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use skydeck_model::{Environment, Target};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::access;
use crate::budget::{Budget, Kind, Usage};
use crate::calls::change_sets::Preparation;
use crate::connect::{Clients, Identity, Way};
use crate::error::{self, CloudError, Service};
use crate::pause::Pause;

/// A connection to the CloudFormation of one environment, whose account is proven. Cheap to clone; clones share
/// everything.
#[derive(Clone)]
pub struct Connection {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) environment: Environment,
    /// How to connect anew.
    pub(crate) way: Way,
    /// Changed only for others whose account is proven too.
    clients: RwLock<Arc<Clients>>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) pause: Pause,
    pub(crate) preparation: Preparation,
    /// Whether this CloudFormation tells what its validation found; `None`: nobody has asked.
    pub(crate) tells_findings: Mutex<Option<bool>>,
}

/// How long AWS may go on to refuse one call as one too many until that is told.
const PATIENCE: Duration = Duration::from_secs(120);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connection").field(&self.inner.environment.name).finish()
    }
}

impl Connection {
    pub(crate) fn new(environment: Environment, way: Way, clients: Clients) -> Self {
        let (account, region) = (environment.account.as_str(), environment.region.as_str());
        let budget = Budget::of(account, region, &clients.endpoint);
        let preparation = Preparation::of(environment.target);
        let clients = RwLock::new(Arc::new(clients));
        let pause = Pause::default();
        let tells_findings = Mutex::default();
        let inner = Inner { environment, way, clients, budget, pause, preparation, tells_findings };
        Self { inner: Arc::new(inner) }
    }

    /// Where the environment lives.
    pub fn target(&self) -> Target {
        self.inner.environment.target
    }

    /// Whose credentials they are, as proven when the connection was made or last resumed.
    pub fn identity(&self) -> Identity {
        self.clients().identity()
    }

    /// What this process has asked of the environment's account and region.
    pub fn usage(&self) -> Usage {
        self.inner.budget.usage()
    }

    /// Whether both ask the same account and region, so that their usage is one.
    pub fn shares_budget(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner.budget, &other.inner.budget)
    }

    /// The role that CloudFormation assumes.
    pub(crate) fn role(&self) -> Option<String> {
        self.inner.environment.role_arn.clone()
    }

    /// Makes one call to CloudFormation. What it asks of `send` has to be the same call when it is repeated: a changing one carries a
    /// token.
    ///
    /// # Errors
    /// Throttling only after minutes of it; credentials only where no pause is possible; all else as AWS says it.
    pub(crate) async fn call<T, E, F>(
        &self,
        name: &'static str,
        kind: Kind,
        send: impl Fn(&Clients) -> F,
    ) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.ask(Service::CloudFormation, name, kind, send).await
    }

    /// [`Connection::call`] for a service that need not be CloudFormation.
    pub(crate) async fn ask<T, E, F>(
        &self,
        service: Service,
        name: &'static str,
        kind: Kind,
        send: impl Fn(&Clients) -> F,
    ) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let mut refused_since = None;
        loop {
            self.inner.pause.passage().await?;
            let sent = self.inner.budget.turn(name, kind).await;
            let clients = self.clients();
            match send(&clients).await.map_err(|error| error::map(service, &error)) {
                Err(error @ CloudError::Throttled(_)) => {
                    self.inner.budget.refused(sent);
                    if refused_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                        return Err(error);
                    }
                }
                Err(error @ CloudError::Credentials(_)) => {
                    let error = access::explain(error, self.inner.environment.profile.as_deref()).await;
                    self.hold(&clients, error)?;
                }
                answer => {
                    self.inner.budget.taken();
                    return answer;
                }
            }
        }
    }

    pub(crate) fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.inner.clients.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on calls go with these clients.
    pub(crate) fn swap(&self, clients: Clients) {
        *self.inner.clients.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(clients);
    }
}
