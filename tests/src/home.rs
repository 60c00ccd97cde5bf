//! A test's own home: root folder, home folder and environment, so that nothing of the machine leaks in.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Ended, python, wait_for};

/// Sandbox stacks end this many times faster than a person would watch them.
const SPEED: &str = "20";

/// The account of everything that the tests do on a server: moto's own, and the sandbox takes the key's id for it.
pub const ACCOUNT: &str = "123456789012";

/// A home folder and a deployments folder that go with the test.
pub struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// How a command came out.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Standard output as the one JSON document that it must be.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// Checks the exit code and gives itself back.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A program of this workspace, as `cargo build --workspace` leaves it beside the tests.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let path = folder.unwrap().join(name);
    assert!(path.exists(), "{} is missing: run cargo build --workspace first", path.display());
    path
}

impl Home {
    /// A new, empty home.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder, variables: Vec::new() }
    }

    /// A new, empty home whose path reads well in a picture; there is only one of a name, and what an
    /// interrupted run left of it is removed.
    pub fn named(name: &str) -> Self {
        let _ = fs::remove_dir_all(std::env::temp_dir().join(name));
        let folder = tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder, variables: Vec::new() }
    }

    /// A new home whose AWS is the server at this URL.
    pub fn against(url: &str) -> Self {
        Self::new()
            .with("AWS_ENDPOINT_URL", url)
            .with("AWS_ACCESS_KEY_ID", ACCOUNT)
            .with("AWS_SECRET_ACCESS_KEY", "any")
            .with("AWS_REGION", "us-east-1")
            .with("AWS_DEFAULT_REGION", "us-east-1")
    }

    /// The same home with one more environment variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The root of the deployments.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("deployments")
    }

    /// The folder of the only deployment.
    pub fn deployment(&self) -> PathBuf {
        let mut folders = fs::read_dir(self.root()).unwrap().map(|entry| entry.unwrap().path());
        folders.find(|path| path.join("deployment-manifest.yaml").exists()).unwrap()
    }

    /// A program with this home as its world.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let keep = ["PATH", "LANG", "DBUS_SESSION_BUS_ADDRESS", "SKYDECK_TEST_PYTHON"];
        command
            .env_clear()
            .envs(keep.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("HOME", self.folder.path().join("home"))
            .env("USER", "tester")
            .env("SKYDECK_ROOT", self.root())
            .env("SKYDECK_SANDBOX_SPEED", SPEED)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs `cloud` with these words, separated by spaces.
    pub fn cloud(&self, words: &str) -> Ran {
        self.command(program("cloud")).args(words.split_whitespace()).output().unwrap().into()
    }

    /// Makes the deployment of the reference in the sandbox.
    pub fn init(&self, more: &str) -> Ran {
        let words = "init --org MyOrg --project my-app --domain myapp.com --id DX6604E";
        self.cloud(&format!("{words} {more}")).exits(0)
    }

    /// Makes that many deployments, all copies of one in their files without templates, `D000000` and so on.
    pub fn many_deployments(&self, count: usize) {
        let words =
            "init --org Org0 --project project-0 --domain myapp.com --id D000000 --account-dev 123456";
        self.cloud(words).exits(0);
        let first = self.root().join("D000000-Org0-project-0");
        let files = ["deployment-manifest.yaml", ".deployment-metadata.yaml", ".deployment-state.yaml"];
        let texts = files.map(|file| (file, fs::read_to_string(first.join(file)).unwrap()));
        for number in 1..count {
            let id = format!("D{number:06}");
            let organization = format!("Org{}", number % 40);
            let folder = self.root().join(format!("{id}-{organization}-project-{number}"));
            fs::create_dir(&folder).unwrap();
            for (file, text) in &texts {
                let text = text
                    .replace("D000000", &id)
                    .replace("Org0", &organization)
                    .replace("project-0", &format!("project-{number}"));
                fs::write(folder.join(file), text).unwrap();
            }
        }
    }

    /// Makes a deployment on AWS of two stacks, the second fed by the first, of resources that every server of this
    /// protocol knows.
    pub fn small_deployment(&self) {
        self.init(&format!("--account-dev {ACCOUNT} --target aws"));
        let manifest = self.read("deployment-manifest.yaml");
        let head = manifest.split("stacks:\n").next().unwrap();
        self.write(
            "deployment-manifest.yaml",
            &format!(
                "{head}stacks:\n  events:\n    enabled: true\n    template: stacks/events.yaml\n    parameters:\n      \
                 Name: first\n  jobs:\n    enabled: true\n    template: stacks/jobs.json\n    parameters:\n      \
                 Source: ${{events.TopicName}}\n"
            ),
        );
        self.write(
            "stacks/events.yaml",
            "Parameters:\n  Name: {Type: String}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      \
             TopicName: !Sub '${AWS::StackName}-${Name}'\nOutputs:\n  TopicName: {Value: !GetAtt Topic.TopicName}\n",
        );
        self.write(
            "stacks/jobs.json",
            r#"{"Parameters": {"Source": {"Type": "String"}},
                "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Join": ["-", ["q", {"Ref": "Source"}]]}}}},
                "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}}}"#,
        );
    }

    /// Two stacks of which the first by name imports what the second exports.
    pub fn importing_deployment(&self, target: &str) {
        self.init(&format!("--account-dev {ACCOUNT} --target {target}"));
        let manifest = self.read("deployment-manifest.yaml");
        let head = manifest.split("stacks:\n").next().unwrap();
        let stack = |name: &str| format!("  {name}:\n    enabled: true\n    template: stacks/{name}.yaml\n");
        self.write("deployment-manifest.yaml", &format!("{head}stacks:\n{}{}", stack("app"), stack("net")));
        self.write(
            "stacks/net.yaml",
            "Resources:\n  T: {Type: AWS::SNS::Topic, Properties: {TopicName: first}}\n\
             Outputs: {A: {Value: !GetAtt T.TopicName, Export: {Name: shared-arn}}}\n",
        );
        self.write(
            "stacks/app.yaml",
            "Resources:\n  P: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue shared-arn}}\n",
        );
    }

    /// What an expression over boto3's clients `cfn` and `s3` gives.
    pub fn boto3(&self, expression: &str) -> Value {
        let script = format!(
            "import boto3, json\ncfn, s3 = boto3.client('cloudformation'), boto3.client('s3')\n\
             print(json.dumps({expression}, default=str))"
        );
        self.python(&script)
    }

    /// What a script in Python prints, as JSON.
    pub fn python(&self, script: &str) -> Value {
        let ran: Ran = self.command(python()).args(["-c", script]).output().unwrap().into();
        ran.exits(0).json()
    }

    /// Writes a file of the home folder, such as `.aws/config`.
    pub fn write_home(&self, file: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join("home").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A text file of the deployment.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.deployment().join(file)).unwrap()
    }

    /// Replaces a text that must be in a file of the deployment.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replacen(old, new, 1));
    }

    /// Writes a file of the deployment.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.deployment().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Starts a deploy whose first stack takes these seconds of the sandbox's time, and gives it back once
    /// CloudFormation has that stack. It is killed when dropped.
    pub fn begin_deploy(&self, seconds: u32) -> Ended {
        let template = self.read("stacks/network.yaml");
        let slow = format!("{template}\nMetadata: {{Sandbox: {{Seconds: {seconds}}}}}\n");
        self.write("stacks/network.yaml", &slow);
        let process = self.command(program("cloud")).args(["deploy", "DX6604E"]).spawn().unwrap();
        let process = Ended(process);
        wait_for("the stack to be under way", || self.logs_tell("CREATE_IN_PROGRESS"));
        assert_eq!(self.stack_status("network-dev"), "deploying");
        process
    }

    /// Runs `cloud` with these words and presses Ctrl-C as soon as its standard error has this text.
    #[cfg(unix)]
    pub fn interrupted_once_it_says(&self, words: &str, text: &str) -> Ran {
        let mut command = self.command(program("cloud"));
        command.args(words.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut err = String::new();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        while !err.contains(text) {
            assert_ne!(said.read_line(&mut err).unwrap(), 0, "{words} has ended without {text:?}: {err}");
        }
        // The programs that run tests have no signals of their own.
        let id = process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        said.read_to_string(&mut err).unwrap();
        let Output { status, stdout, .. } = process.wait_with_output().unwrap();
        let out = String::from_utf8_lossy(&stdout).into_owned();
        Ran { code: status.code().unwrap_or(-1), out, err }
    }

    /// Whether an operation's log has this text.
    pub fn logs_tell(&self, text: &str) -> bool {
        let is_log = |path: &Path| path.extension().is_some_and(|end| end == "jsonl");
        let logs = self.files().into_iter().filter(|(path, _)| is_log(path));
        logs.into_iter().any(|(_, content)| String::from_utf8_lossy(&content).contains(text))
    }

    /// The deployment's status as its metadata has it.
    pub fn deployment_status(&self) -> String {
        field(&self.read(".deployment-metadata.yaml"), "status: ")
    }

    /// A stack's status as the state file has it.
    pub fn stack_status(&self, key: &str) -> String {
        let state = self.read(".deployment-state.yaml");
        let entry =
            state.split(&format!("  {key}:\n")).nth(1).unwrap_or_else(|| panic!("no {key} in {state}"));
        field(entry, "    status: ")
    }

    /// Every file below the deployment's folder with its content, to see that nothing changed.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.deployment(), &mut files);
        files.sort();
        files
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

fn field(text: &str, start: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("no {start:?} in {text}")).to_owned()
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            match fs::read(&path) {
                Ok(content) => files.push((path, content)),
                // A program that runs has just put it in another's place.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
    }
}
