//! Where an environment's stacks live: its connection, its watcher, and one look at all that is there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use skydeck_cloudformation::{CloudError, ConnectError, Connection, Sandbox, StackSnapshot, Watcher};
use skydeck_model::{Environment, EnvironmentName};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::EngineError;
use crate::trust::Trusted;

/// One environment, connected. Its account is proven: there is no [`Connection`] without that.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) environment: Environment,
    pub(crate) connection: Connection,
    pub(crate) watcher: Watcher,
    glance: Arc<Mutex<Option<Glance>>>,
}

/// Every stack of the region by name, as of a moment; `None` inside where that is not allowed, or the region holds too
/// much, so that each stack is asked for by itself.
#[derive(Clone)]
struct Glance {
    at: Instant,
    stacks: Option<Arc<BTreeMap<String, StackSnapshot>>>,
}

/// From how many stacks on one look at the whole region costs less than one at each.
const SEVERAL: usize = 4;

/// How long a glance counts as how things stand.
const FRESH: Duration = Duration::from_secs(10);

impl Place {
    /// The environment, and how it is reached.
    pub(crate) fn reached(&self) -> (Environment, Connection) {
        (self.environment.clone(), self.connection.clone())
    }

    /// How a stack stands now, by its name. Answered out of one look at the whole region as long as that is fresh,
    /// since a call for each stack is what AWS throttles.
    pub(crate) async fn look_up(&self, name: &str) -> Result<Option<StackSnapshot>, CloudError> {
        match self.glance().await? {
            Glance { at, stacks: Some(stacks) } if at.elapsed() < FRESH => Ok(stacks.get(name).cloned()),
            _ => self.connection.describe(name).await,
        }
    }

    /// How a stack stood when the operation began, by its name: enough for a call that CloudFormation refuses where it
    /// is not so any more (CreateStack of what exists, DeleteStack of what is busy).
    pub(crate) async fn stood(&self, name: &str) -> Result<Option<StackSnapshot>, CloudError> {
        match self.glance().await?.stacks {
            Some(stacks) => Ok(stacks.get(name).cloned()),
            None => self.connection.describe(name).await,
        }
    }

    async fn glance(&self) -> Result<Glance, CloudError> {
        let mut glance = self.glance.lock().await;
        if let Some(seen) = &*glance {
            return Ok(seen.clone());
        }
        let stacks = self.connection.glance().await?.map(Arc::new);
        Ok(glance.insert(Glance { at: Instant::now(), stacks }).clone())
    }
}

/// Connects to environments that are trusted with it, which proves for each that the credentials belong to its
/// account before anything is changed in any of them (`docs/reference/aws.md`). `stacks`: how many will be asked for.
///
/// # Errors
/// Credentials that do not hold, or that belong to another account.
pub(crate) async fn connect(
    environments: &[Trusted<'_>],
    sandbox: &Sandbox,
    stacks: usize,
) -> Result<HashMap<EnvironmentName, Place>, EngineError> {
    let mut places = HashMap::new();
    for environment in environments.iter().map(Trusted::environment) {
        let connected = skydeck_cloudformation::connect(environment, sandbox).await;
        let connection = connected.map_err(|error| refused(environment, error))?;
        let watcher = Watcher::start(connection.clone());
        let asked_singly = Glance { at: Instant::now(), stacks: None };
        let glance = Arc::new(Mutex::new((stacks < SEVERAL).then_some(asked_singly)));
        let place = Place { environment: environment.clone(), connection, watcher, glance };
        places.insert(environment.name.clone(), place);
    }
    Ok(places)
}

/// The error of a connection, with its environment.
pub(crate) fn refused(environment: &Environment, error: ConnectError) -> EngineError {
    let name = environment.name.clone();
    match error {
        ConnectError::WrongAccount { found } => {
            EngineError::WrongAccount { environment: name, expected: environment.account.clone(), found }
        }
        ConnectError::Cloud(error) => EngineError::Cloud { environment: name, error },
    }
}
