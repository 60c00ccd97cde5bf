//! A deployment of stacks that a test makes up.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use skydeck_cloudformation::{Connection, Sandbox};
use skydeck_engine::view::{Cell, NewDeployment, NewEnvironment, ReviewView};
use skydeck_engine::{Engine, Options};
use skydeck_model::event::{Approval, OperationView, StackEnd};
use skydeck_model::plan::{PARALLEL, Request};
use skydeck_model::{Event, EventKind, OperationId, StackKey, StackOutcome, Target};
use skydeck_store::Root;
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

pub const ID: &str = "DX6604E";

/// A deployment of stacks that the test makes up, in a sandbox whose time runs 20 times as fast.
pub struct World {
    pub root: TempDir,
    pub engine: Engine,
}

/// One stack: its name, what it needs, its `Metadata: {Sandbox: …}`.
pub type Made<'a> = (&'a str, &'a [&'a str], &'a str);

impl World {
    pub fn new(stacks: &[Made<'_>]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let engine = open(&root);
        engine
            .init(&NewDeployment {
                organization: "Org".to_owned(),
                project: "app".to_owned(),
                domain: "app.example".to_owned(),
                template: "default".to_owned(),
                environments: vec![NewEnvironment {
                    name: "dev".to_owned(),
                    target: Target::Sandbox,
                    region: "us-east-1".to_owned(),
                    account: "123456789012".to_owned(),
                    profile: None,
                }],
                id: Some(ID.to_owned()),
            })
            .unwrap();
        let world = Self { root, engine };
        let manifest = world.read("deployment-manifest.yaml");
        let mut text = format!("{}stacks:\n", manifest.split("stacks:\n").next().unwrap());
        for (name, needs, sandbox) in stacks {
            text.push_str(&format!("  {name}:\n    enabled: true\n    template: stacks/{name}.yaml\n"));
            text.push_str("    parameters:\n      Size: '1'\n");
            for need in *needs {
                text.push_str(&format!("      From{need}: ${{{need}.Name}}-fed\n"));
            }
            world.write_template(name, needs, sandbox);
        }
        world.write("deployment-manifest.yaml", &text);
        world
    }

    /// A copy of another's deployment, with the same CloudFormation.
    pub fn beside(other: &Self) -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in [".sandbox".to_owned(), format!("{ID}-Org-app")] {
            copy(&other.root.path().join(&folder), &root.path().join(&folder));
        }
        let engine = open(&root);
        Self { root, engine }
    }

    /// One topic whose name tells what the stack was fed.
    pub fn write_template(&self, name: &str, needs: &[&str], sandbox: &str) {
        let mut parameters = String::from("  Size: {Type: String}\n");
        for need in needs {
            parameters.push_str(&format!("  From{need}: {{Type: String}}\n"));
        }
        let fed: String = needs.iter().map(|need| format!("-${{From{need}}}")).collect();
        self.write(
            &format!("stacks/{name}.yaml"),
            &format!(
                "Metadata: {{Sandbox: {sandbox}}}\nParameters:\n{parameters}Resources:\n  Topic:\n    \
                 Type: AWS::SNS::Topic\n    Properties: {{DisplayName: !Ref Size}}\nOutputs:\n  Name:\n    \
                 Value: !Sub '{name}{fed}'\n"
            ),
        );
    }

    /// The same for another program of this machine.
    pub fn opened_again(self) -> Self {
        Self { engine: open(&self.root), ..self }
    }

    /// Brings the interrupted operation to its end, whoever started it.
    pub async fn take_over(&self) {
        let interrupted = self.engine.interrupted(ID).unwrap().unwrap();
        self.engine.take_over(ID, &interrupted.operation).await.unwrap();
    }

    /// As if this machine had started an operation whose program died, for which these change sets were approved: its record
    /// stays until the end.
    pub fn started_here(&self, operation: &OperationId, change_sets: &[&str]) {
        let (folder, number) = Root::new(self.root.path()).find(ID).unwrap().identity().unwrap();
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let record = json!({"folder": folder, "number": number, "host": host, "change_sets": change_sets});
        let records = self.root.path().join(DATA).join("operations");
        fs::create_dir_all(&records).unwrap();
        fs::write(records.join(format!("{operation}.json")), record.to_string()).unwrap();
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join(format!("{ID}-Org-app"))
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder().join(file)).unwrap()
    }

    /// What the state file says of the stacks, but for the time at which CloudFormation was asked.
    pub fn entries(&self) -> Vec<String> {
        let text = self.read(".deployment-state.yaml");
        let lines = text.split("stacks:").nth(1).unwrap().lines();
        lines.filter(|line| !line.contains(" checked_at: ")).map(str::to_owned).collect()
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.folder().join(file), text).unwrap();
    }

    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replacen(old, new, 1));
    }

    pub async fn run(&self, request: Request, options: Options) -> OperationView {
        let operation = self.engine.start(ID, &request, &options).await.unwrap();
        self.engine.wait(&operation).await;
        self.engine.operation(ID, &operation).unwrap()
    }

    pub async fn deploy(&self) -> OperationView {
        self.run(deploy(), Options::default()).await
    }

    /// A review, done.
    pub async fn review(&self, request: &Request) -> ReviewView {
        let review = self.engine.start_review(ID, request, PARALLEL).await.unwrap();
        self.engine.reviewed(&review).await.unwrap()
    }

    /// Runs what a review showed.
    pub async fn run_reviewed(&self, review: &ReviewView) -> OperationView {
        let options = Options { review: Some(review.id.clone()), ..Options::default() };
        self.run(review.request.clone(), options).await
    }

    /// Starts what a review showed, and answers the first question that comes.
    pub async fn run_and_answer(&self, review: &ReviewView, approved: bool) -> OperationView {
        let options = Options { review: Some(review.id.clone()), ..Options::default() };
        let mut events = self.engine.events();
        let operation = self.engine.start(ID, &review.request, &options).await.unwrap();
        let question = Self::question(&mut events).await;
        self.engine.answer(&operation, &question.review.key, approved).unwrap();
        self.engine.wait(&operation).await;
        self.engine.operation(ID, &operation).unwrap()
    }

    /// The first question of an operation; the test fails where it ends without one.
    pub async fn question(events: &mut Receiver<Event>) -> Approval {
        loop {
            match events.recv().await.unwrap().kind {
                EventKind::ApprovalNeeded(approval) => return approval,
                EventKind::OperationEnded { .. } => panic!("nobody was asked"),
                _ => {}
            }
        }
    }

    /// Somebody else with access to the same account.
    pub async fn somebody_else(&self) -> Connection {
        let manifest = skydeck_store::decode_manifest(&self.read("deployment-manifest.yaml")).unwrap();
        let sandbox = Sandbox::open(self.root.path().join(".sandbox"), 20.0);
        skydeck_cloudformation::connect(&manifest.environments[0], &sandbox).await.unwrap()
    }

    /// CloudFormation's status of a stack.
    pub async fn shown(&self, stack: &str) -> Option<String> {
        let found = self.somebody_else().await.describe(&format!("{ID}-{stack}-dev")).await.unwrap();
        found.map(|snapshot| snapshot.status)
    }

    pub fn log(&self, operation: &OperationId) -> Vec<Event> {
        self.engine.operation_events(ID, operation, 0).unwrap()
    }

    pub fn status(&self, stack: &str) -> String {
        self.cell(stack).status.to_string()
    }

    /// The cell of a stack in the grid.
    pub fn cell(&self, stack: &str) -> Cell {
        let detail = self.engine.detail(ID).unwrap();
        detail.stacks.into_iter().find(|view| view.name == stack).unwrap().cells.remove(0)
    }

    pub fn deployment_status(&self) -> String {
        self.engine.detail(ID).unwrap().row.status.to_string()
    }
}

/// What this machine knows, beside the deployments.
const DATA: &str = ".machine";

fn open(root: &TempDir) -> Engine {
    Engine::with_data_folder(root.path(), root.path().join(DATA), "test", 20.0)
}

pub fn deploy() -> Request {
    Request::Deploy { environment: "dev".parse().unwrap() }
}

pub fn key(stack: &str) -> StackKey {
    StackKey { stack: stack.parse().unwrap(), environment: "dev".parse().unwrap() }
}

pub fn end<'a>(view: &'a OperationView, stack: &str) -> &'a StackEnd {
    let run = view.stacks.iter().find(|run| run.key.stack.as_str() == stack).unwrap();
    run.end.as_ref().unwrap()
}

pub fn outcome(view: &OperationView, stack: &str) -> StackOutcome {
    end(view, stack).outcome
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
