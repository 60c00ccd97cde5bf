//! Small manifests for the tests of this crate.

use std::collections::BTreeMap;

use crate::ids::StackKey;
use crate::manifest::{Environment, Manifest, Stack, StackSettings, Target};

pub fn key(stack: &str, environment: &str) -> StackKey {
    StackKey { stack: stack.parse().unwrap(), environment: environment.parse().unwrap() }
}

/// A manifest with the environments `dev` and `prod`.
pub fn manifest(stacks: Vec<Stack>) -> Manifest {
    let environment = |name: &str, account: &str| Environment {
        name: name.parse().unwrap(),
        target: Target::Sandbox,
        region: "us-east-1".parse().unwrap(),
        account: account.parse().unwrap(),
        profile: None,
        role_arn: None,
        template_bucket: None,
        tags: BTreeMap::new(),
        notification_arns: Vec::new(),
    };
    Manifest {
        deployment_id: "DX6604E".parse().unwrap(),
        organization: "LiveTestOrg".parse().unwrap(),
        project: "live-test-6".parse().unwrap(),
        domain: "livetest.example".to_owned(),
        template: "default".to_owned(),
        environments: vec![environment("dev", "123456789012"), environment("prod", "210987654321")],
        stacks,
        former: BTreeMap::new(),
    }
}

pub fn stack(name: &str, enabled: bool, parameters: &[(&str, &str)]) -> Stack {
    Stack {
        name: name.parse().unwrap(),
        settings: StackSettings {
            enabled,
            template: format!("stacks/{name}.yaml"),
            depends_on: Vec::new(),
            parameters: parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            capabilities: Vec::new(),
            tags: BTreeMap::new(),
            termination_protection: false,
            stack_policy: None,
            rollback: None,
            timeout_minutes: None,
        },
        overrides: BTreeMap::new(),
    }
}
