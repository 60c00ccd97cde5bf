//! Where an environment's stacks live: its connection and its watcher, behind the account guard.

use std::collections::HashMap;

use skydeck_cloudformation::{CloudError, Connection, Sandbox, Watcher};
use skydeck_model::{Environment, EnvironmentName, Target};

use crate::error::EngineError;

/// One environment, connected.
pub(crate) struct Place {
    pub(crate) environment: Environment,
    pub(crate) connection: Connection,
    pub(crate) watcher: Watcher,
}

/// Connects to every environment and proves for each that the credentials belong to its account, before
/// anything is changed in any of them (contract, section 6).
///
/// # Errors
/// Credentials that do not hold, or that belong to another account.
pub(crate) async fn connect(
    environments: impl Iterator<Item = &Environment>,
    sandbox: &Sandbox,
) -> Result<HashMap<EnvironmentName, Place>, EngineError> {
    let mut places = HashMap::new();
    for environment in environments {
        let connection = skydeck_cloudformation::connect(environment, sandbox)
            .await
            .map_err(|error| EngineError::Cloud { environment: environment.name.clone(), error })?;
        if environment.target == Target::Aws {
            guard(environment, &connection).await?;
        }
        let watcher = Watcher::start(connection.clone());
        let place = Place { environment: environment.clone(), connection, watcher };
        places.insert(environment.name.clone(), place);
    }
    Ok(places)
}

async fn guard(environment: &Environment, connection: &Connection) -> Result<(), EngineError> {
    let found = connection.account().await.map_err(|error| EngineError::Cloud {
        environment: environment.name.clone(),
        error: match (error, &environment.profile) {
            (CloudError::Credentials(why), Some(profile)) => {
                CloudError::Credentials(format!("profile '{profile}': {why}"))
            }
            (error, _) => error,
        },
    })?;
    if found == environment.account.as_str() {
        return Ok(());
    }
    Err(EngineError::WrongAccount {
        environment: environment.name.clone(),
        expected: environment.account.clone(),
        found,
    })
}
