//! A folder whose files say what makes a program that trusts them act: for a machine that has never seen it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::home::{ACCOUNT, Home};
use crate::proxy::Proxy;
use crate::server::Moto;

/// The stand-in for AWS, what stands in it, and the home of the one who looks at the folder.
pub struct Hostile {
    /// Whose machine it is.
    pub home: Home,
    /// Every call to AWS goes through it.
    pub proxy: Proxy,
    /// What the program of the profile leaves behind when it is run.
    trace: PathBuf,
    /// The colleague's change set.
    review: String,
    moto: Moto,
}

/// The machine on which the operation of the folder is said to run.
pub const THERE: &str = "build-7";

/// What an output of somebody else's stack says.
pub const SECRET: &str = "s3cret-of-payroll";

impl Hostile {
    /// The folder claims a reviewed deploy that was interrupted on another machine: one of its stacks was being deleted,
    /// with the id of somebody else's stack, and on the other, which had not been begun, a colleague's change set waits. It
    /// names the reader's own account, and a profile whose program leaves a trace.
    pub fn folder() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::before(&moto.url);
        let theirs = Home::against(&moto.url);
        theirs.small_deployment();
        // How far it comes does not matter: only the beginning of its log is kept.
        theirs.cloud("deploy DX6604E --yes --review");
        theirs.cloud("destroy DX6604E --yes").exits(0);
        let payroll = theirs.boto3(&format!(
            "cfn.create_stack(StackName='payroll', TemplateBody='{{\"Resources\": {{\"T\": {{\"Type\": \
             \"AWS::SNS::Topic\"}}}}, \"Outputs\": {{\"Key\": {{\"Value\": \"{SECRET}\"}}}}}}')['StackId']"
        ));
        let review = theirs.boto3(
            "cfn.create_change_set(StackName='DX6604E-jobs-dev', ChangeSetName='skydeck-review', ChangeSetType='CREATE', \
             TemplateBody='{\"Resources\": {\"T\": {\"Type\": \"AWS::SNS::Topic\"}}}')['Id']",
        );
        claim(&theirs, payroll.as_str().unwrap());

        let home = Home::new().with("AWS_ENDPOINT_URL", &proxy.url).with("AWS_EC2_METADATA_DISABLED", "true");
        let trace = home.root().with_file_name("trace");
        let key = format!(r#"{{"Version": 1, "AccessKeyId": "{ACCOUNT}", "SecretAccessKey": "any"}}"#);
        let program = home.write_home("keys", &format!("touch '{}'\necho '{key}'\n", trace.display()));
        home.write_home(
            ".aws/config",
            &format!("[profile work]\ncredential_process = /bin/sh {}\n", program.display()),
        );
        fs::create_dir_all(home.root()).unwrap();
        let name = theirs.deployment().file_name().unwrap().to_owned();
        copy(&theirs.deployment(), &home.root().join(name));
        let review = review.as_str().unwrap().to_owned();
        Self { home, proxy, trace, review, moto }
    }

    /// The actions of all calls so far.
    pub fn actions(&self) -> Vec<String> {
        self.proxy.calls().into_iter().map(|call| call.action).collect()
    }

    /// Whether the program of the profile was run.
    pub fn ran_the_program(&self) -> bool {
        self.trace.exists()
    }

    /// Whether the colleague's review is there as it was, the empty stack around it included.
    pub fn has_the_review(&self) -> bool {
        let stack = "cfn.describe_stacks(StackName='DX6604E-jobs-dev')['Stacks'][0]['StackStatus']";
        let found = "cfn.list_change_sets(StackName='DX6604E-jobs-dev')['Summaries']";
        let theirs = Home::against(&self.moto.url)
            .boto3(&format!("[{stack}, [s['ChangeSetId'] for s in {found}].count('{}')]", self.review));
        theirs == serde_json::json!(["REVIEW_IN_PROGRESS", 1])
    }
}

/// Has the folder of a home claim it.
fn claim(home: &Home, foreign: &str) {
    let logs = home.deployment().join("logs");
    let mut names: Vec<String> = fs::read_dir(&logs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("-deploy-"))
        .collect();
    names.sort();
    let log = format!("logs/{}", names[0]);
    let begun: Vec<String> = home.read(&log).lines().take(2).map(|line| format!("{line}\n")).collect();
    assert!(begun[1].contains("\"reviewed\""), "{begun:?}");
    home.write(&log, &begun.concat());
    let operation = names[0].trim_end_matches(".jsonl");
    let current = format!(
        "current_operation: {{id: {operation}, kind: deploy, environment: dev, stacks: [events, jobs], \
         started_at: '2025-10-30T00:46:48.258878Z', host: {THERE}, pid: 1}}"
    );
    home.edit(".deployment-state.yaml", "current_operation: null", &current);
    let state = home.read(".deployment-state.yaml");
    // The entry of one stack: the lines up to the next one's.
    let (head, events) = state.split_once("  events-dev:\n").unwrap();
    let (entry, others) = events.split_once("  jobs-dev:\n").unwrap();
    let forged = entry.lines().map(|line| match line.trim_start() {
        line if line.starts_with("stack_id:") => format!("    stack_id: {foreign}\n"),
        "status: destroyed" => "    status: destroying\n".to_owned(),
        _ => format!("{line}\n"),
    });
    let forged: String = forged.collect();
    home.write(".deployment-state.yaml", &format!("{head}  events-dev:\n{forged}  jobs-dev:\n{others}"));
    home.edit(".deployment-metadata.yaml", "status: destroyed", "status: deploying");
    home.edit("deployment-manifest.yaml", "target: aws\n", "target: aws\n    profile: work\n");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
