//! Small manifests and logs for the tests of this crate.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::event::{Actor, Event, EventKind, OperationStart, StackTurn};
use crate::ids::StackKey;
use crate::manifest::{Environment, Manifest, Stack, StackSettings, Target, Unread};
use crate::operation::OperationKind;
use crate::plan::Pace;
use crate::status::DeploymentStatus;

pub fn key(stack: &str, environment: &str) -> StackKey {
    StackKey { stack: stack.parse().unwrap(), environment: environment.parse().unwrap() }
}

/// A manifest with the environments `dev` and `prod`.
pub fn manifest(stacks: Vec<Stack>) -> Manifest {
    let environment = |name: &str, account: &str| {
        let (region, account) = ("us-east-1".parse().unwrap(), account.parse().unwrap());
        Environment::at(name.parse().unwrap(), Target::Sandbox, region, account)
    };
    Manifest {
        deployment_id: "DX6604E".parse().unwrap(),
        organization: "LiveTestOrg".parse().unwrap(),
        project: "live-test-6".parse().unwrap(),
        domain: "livetest.example".to_owned(),
        template: "default".to_owned(),
        environments: vec![environment("dev", "123456789012"), environment("prod", "210987654321")],
        stacks,
        unread: Unread::default(),
        former: BTreeMap::new(),
        recorded_needs: BTreeMap::new(),
    }
}

pub fn stack(name: &str, enabled: bool, parameters: &[(&str, &str)]) -> Stack {
    Stack {
        name: name.parse().unwrap(),
        settings: StackSettings {
            enabled,
            template: format!("stacks/{name}.yaml"),
            parameters: parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..StackSettings::default()
        },
        overrides: BTreeMap::new(),
    }
}

pub fn actor() -> Actor {
    Actor {
        user: "u".to_owned(),
        host: "h".to_owned(),
        pid: 1,
        front_end: "cloud".to_owned(),
        version: "0".to_owned(),
    }
}

/// How an operation in `dev` begins.
pub fn start(kind: OperationKind, stacks: Vec<StackTurn>) -> OperationStart {
    OperationStart {
        deployment_id: "DX6604E".parse().unwrap(),
        kind,
        environments: vec!["dev".parse().unwrap()],
        stacks,
        looks_at: None,
        status_before: DeploymentStatus::Initialized,
        by: actor(),
        request: None,
        pace: Pace::default(),
        reviewed: false,
    }
}

pub fn event(seq: u32, at: DateTime<Utc>, kind: EventKind) -> Event {
    Event { operation: "20251030T004648Z-deploy-k3f9".parse().unwrap(), seq, at, kind }
}

/// A log all of whose events are of one moment.
pub fn log(kinds: impl IntoIterator<Item = EventKind>) -> Vec<Event> {
    (0..).zip(kinds).map(|(seq, kind)| event(seq, DateTime::UNIX_EPOCH, kind)).collect()
}
