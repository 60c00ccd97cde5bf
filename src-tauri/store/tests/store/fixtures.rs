//! Deployments in temporary folders.

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use skydeck_model::{OperationKind, StackKey};
use skydeck_store::{Doing, Folder, Holder, NewDeployment, Root};
use tempfile::TempDir;

pub const METADATA: &str = ".deployment-metadata.yaml";
pub const STATE: &str = ".deployment-state.yaml";
pub const MANIFEST: &str = "deployment-manifest.yaml";

/// A root in a folder of its own.
pub struct TempRoot {
    root: Root,
    _folder: TempDir,
}

impl Deref for TempRoot {
    type Target = Root;

    fn deref(&self) -> &Root {
        &self.root
    }
}

/// A root that does not exist yet.
pub fn root() -> TempRoot {
    let folder = tempfile::tempdir().unwrap();
    TempRoot { root: Root::new(folder.path().join("deployments")), _folder: folder }
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn key(stack: &str, environment: &str) -> StackKey {
    StackKey { stack: stack.parse().unwrap(), environment: environment.parse().unwrap() }
}

pub const GOOD_MANIFEST: &str = "\
version: 1
deployment_id: DX6604E
organization: LiveTestOrg
project: live-test-6
domain: livetest.example
template: default
environments:
  dev: { target: sandbox, region: us-east-1, account: 012345678901 }
  prod:
    target: aws
    region: us-east-1
    account: '210987654321'
    profile: live
    role_arn: null
stacks:
  network:
    enabled: true
    template: stacks/network.yaml
    parameters: { CidrBlock: 10.0.0.0/16 }
  security:
    enabled: false
    template: stacks/security.json
    depends_on: [network]
    parameters:
      VpcId: ${network.VpcId}
      Ports: [80, 0443]
    capabilities: [CAPABILITY_NAMED_IAM]
    tags: { team: NO }
    termination_protection: false
    environments:
      prod: { enabled: true, parameters: { Mode: 1E5 } }
";

pub const NETWORK: &str = "\
Parameters:
  CidrBlock: { Type: String }
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: !Ref CidrBlock }
Outputs:
  VpcId: { Value: !Ref Vpc }
";

/// JSON with tabs and an escaped slash and pair, which YAML does not take.
pub const SECURITY: &str = "{\n\t\"Description\":\t\"\\/ \\ud83d\\ude00\",
\"Parameters\": {\"VpcId\": {\"Type\": \"String\"}, \"Ports\": {\"Type\": \"CommaDelimitedList\"},
 \"Mode\": {\"Type\": \"String\", \"Default\": \"\"}, \"Secret\": {\"Type\": \"String\", \"Default\": \"\", \"NoEcho\": true}},
\"Resources\": {\"Group\": {\"Type\": \"AWS::EC2::SecurityGroup\"}}}\n";

pub fn new_deployment() -> NewDeployment {
    NewDeployment {
        id: "DX6604E".parse().unwrap(),
        organization: "LiveTestOrg".parse().unwrap(),
        project: "live-test-6".parse().unwrap(),
        domain: "livetest.example".to_owned(),
        template: "default".to_owned(),
        created_at: at("2025-10-30T00:46:48.258878Z"),
        manifest: GOOD_MANIFEST.to_owned(),
        files: vec![
            ("stacks/network.yaml".to_owned(), NETWORK.to_owned()),
            ("stacks/security.json".to_owned(), SECURITY.to_owned()),
        ],
        stacks: vec![key("network", "dev"), key("security", "dev")],
    }
}

/// The good deployment in a root of its own.
pub fn deployment() -> (TempRoot, Folder) {
    let root = root();
    let folder = root.create(&new_deployment()).unwrap();
    (root, folder)
}

/// A folder with just these files.
pub fn folder_with(files: &[(&str, &str)]) -> (TempRoot, Folder) {
    let root = root();
    let path: PathBuf = root.path().join("DX6604E-LiveTestOrg-live-test-6");
    fs::create_dir_all(&path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    let folder = root.find("DX6604E").unwrap();
    (root, folder)
}

pub fn read(folder: &Folder, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

pub fn write(folder: &Folder, file: &str, text: &str) {
    fs::write(folder.path().join(file), text).unwrap();
}

pub fn holder() -> Holder {
    Holder {
        doing: Doing::Operation(OperationKind::Deploy),
        operation: "20251030T004648Z-deploy-k3f9".parse().unwrap(),
        host: "here".to_owned(),
        pid: std::process::id(),
        started_at: at("2025-10-30T00:46:48Z"),
    }
}
