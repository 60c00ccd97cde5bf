//! Takes the pictures of the README and of the design check from the real app: `./dev pictures`.
//!
//! Every scene is taken light and dark, in a usual and in a small window, into target/screenshots; those that
//! [`PUBLISHED`] names are then copied to docs/screenshots.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use fantoccini::Locator;
use fantoccini::key::Key;
use skydeck_tests::Home;
use skydeck_tests::driven::App;
use skydeck_tests::home::program;
use skydeck_tests::server::Ended;

/// A picture as the design check has it, and its name in docs/screenshots.
const PUBLISHED: [(&str, &str); 13] = [
    ("light-1280-deployment", "deployment"),
    ("light-1280-operation", "operation"),
    ("light-1280-new-deployment", "new-deployment"),
    ("light-1280-review", "review"),
    ("light-1280-destroy", "destroy"),
    ("light-1280-failure", "failure"),
    ("light-1280-recovery", "recovery"),
    ("light-1280-drift", "drift"),
    ("light-1280-graph", "graph"),
    ("light-1280-compare", "compare"),
    ("light-1280-palette", "palette"),
    ("light-1280-stack-template", "stack"),
    ("dark-1280-deployments", "deployments-dark"),
];

const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];

/// A deployment in the pictures.
struct Sample {
    id: &'static str,
    organization: &'static str,
    project: &'static str,
    domain: &'static str,
    created: &'static str,
    /// What was done since.
    done: &'static [Step],
}

enum Step {
    /// A verb of `cloud` with what comes after the id, so many times as fast as a person would watch it.
    Run(&'static str, &'static str, &'static str),
    /// In a file of the deployment a text, which must be there, and what takes its place.
    Edit(&'static str, &'static str, &'static str),
}

use Step::{Edit, Run};

const FAST: &str = "50";
const MANIFEST: &str = "deployment-manifest.yaml";
const MESSAGING: &str = "stacks/messaging.yaml";

#[rustfmt::skip]
const SAMPLES: [Sample; 8] = [
    Sample { id: "DX6604E", organization: "Acme", project: "web-shop", domain: "shop.acme.example", created: "2026-11-16", done: &[
        Edit(MANIFEST, "  prod:\n    target: sandbox", "  prod:\n    target: aws"),
        Run("deploy", "", FAST),
    ] },
    // Its next review replaces a queue that holds jobs, and what that does to its neighbours is known only then.
    Sample { id: "DM40VLC", organization: "Initech", project: "payroll", domain: "payroll.initech.example", created: "2026-10-30", done: &[
        Run("deploy", "", FAST),
        Edit(MANIFEST, "MaxReceiveCount: '5'", "MaxReceiveCount: '8'"),
        Edit(MESSAGING, "      VisibilityTimeout:", "      QueueName: payroll-jobs\n      VisibilityTimeout:"),
        Edit(MESSAGING, "Sid: OnlyEncryptedConnections", "Sid: NothingUnencrypted"),
    ] },
    // Somebody changes its network by hand.
    Sample { id: "DP81MZR", organization: "Globex", project: "analytics", domain: "data.globex.example", created: "2026-11-19", done: &[
        Edit("stacks/network.yaml", "\n  Vpc:\n", "\n  Vpc:\n    Metadata: {Sandbox: {Drift: {EnableDnsSupport: false}}}\n"),
        Run("deploy-stack", "network", FAST),
    ] },
    // What failed shows how long it took.
    Sample { id: "DK29QTA", organization: "Northwind", project: "order-intake", domain: "orders.northwind.example", created: "2026-11-12", done: &[
        Edit(MESSAGING, "\nParameters:", "\nMetadata: {Sandbox: {Fail: The policy of the topic allows no subscription}}\nParameters:"),
        Run("deploy", "", "2"),
    ] },
    Sample { id: "DT57HNJ", organization: "Acme", project: "status-page", domain: "status.acme.example", created: "2026-11-20", done: &[] },
    // An update fails, and so does its rollback.
    Sample { id: "DU35RBF", organization: "Northwind", project: "reports", domain: "reports.northwind.example", created: "2026-10-02", done: &[
        Run("deploy", "", FAST),
        Run("deploy", "--environment prod", FAST),
        Edit(MANIFEST, "VisibilityTimeoutSeconds: '60'", "VisibilityTimeoutSeconds: '90'"),
        Edit(MESSAGING, "\n  Queue:\n", "\n  Queue:\n    Metadata: {Sandbox: {FailRollback: The key that encrypts this queue is disabled}}\n"),
        Edit(MESSAGING, "\n  QueuePolicy:\n", "\n  QueuePolicy:\n    Metadata: {Sandbox: {Fail: The policy has no such principal}}\n"),
        Edit(MESSAGING, "Sid: OnlyEncryptedConnections", "Sid: NothingUnencrypted"),
        Run("deploy-stack", "messaging", FAST),
    ] },
    Sample { id: "DB93XEW", organization: "Umbrella", project: "lab-portal", domain: "lab.umbrella.example", created: "2026-09-08", done: &[
        Run("deploy", "", FAST),
        Run("destroy", "", FAST),
    ] },
    Sample { id: "DR66FSD", organization: "Globex", project: "data-import", domain: "import.globex.example", created: "2026-09-23", done: &[
        Edit(MANIFEST, "    enabled: true", "    enabeld: true"),
        Edit(MANIFEST, "VpcId: ${network.VpcId}", "VpcId: ${network.Vpc}"),
    ] },
];

const AWS_CONFIG: &str = "\
[profile acme-dev]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Developer
region = us-east-1

[profile acme-prod]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = acme-dev
region = eu-central-1

[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-central-1
";

#[tokio::main]
async fn main() {
    for (theme, gtk_theme) in [("light", "Adwaita"), ("dark", "Adwaita:dark")] {
        let home = Home::named(&format!("skydeck-{theme}"));
        // WebKitGTK takes light or dark from the GTK theme.
        tour(theme, home.with("GTK_THEME", gtk_theme)).await;
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::create_dir_all(project.join("docs/screenshots")).unwrap();
    for (taken, published) in PUBLISHED {
        let picture = project.join(format!("target/screenshots/{taken}.png"));
        fs::copy(picture, project.join(format!("docs/screenshots/{published}.png"))).unwrap();
    }
}

/// Goes through the app's screens and dialogs, and takes a picture of each.
async fn tour(theme: &str, home: Home) {
    // Slow enough to be seen at work.
    let home = home.with("SKYDECK_SANDBOX_SPEED", "0.7");
    let app = App::open(&home).await;
    let take = async |scene: &str| {
        for (width, height) in SIZES {
            app.resize(width, height).await;
            app.picture(&format!("{theme}-{width}-{scene}")).await;
        }
    };
    app.sees("Create your first deployment").await;
    take("empty").await;

    furnish(&home);
    let elsewhere = cloud(&home, "deploy DT57HNJ --yes", "0.7").spawn().unwrap();
    let elsewhere = Ended(elsewhere);
    app.sees("2 of 6").await;
    take("deployments").await;
    app.press("Status").await;
    app.client.wait().for_element(Locator::Css("[role=option][data-selected]")).await.unwrap();
    app.picture(&format!("{theme}-900-deployments-status")).await;
    app.key(Key::Escape).await;
    app.check("Choose DU35RBF").await;
    app.check("Choose DB93XEW").await;
    app.press("Copy as cloud commands").await;
    app.sees("cloud status DB93XEW --refresh").await;
    take("deployments-chosen").await;
    app.key(Key::Escape).await;
    app.press("Choose none").await;
    drop(elsewhere);

    app.press("New deployment").await;
    app.sees("Environments").await;
    take("new-deployment-empty").await;
    app.type_into("Organization", "Acme").await;
    app.type_into("Project", "web-shop").await;
    app.type_into("Domain", "shop.acme.example").await;
    app.sees("Acme-web-shop").await;
    take("new-deployment").await;
    app.press("Add prod").await;
    app.press("Add another").await;
    app.type_into("Domain", "no domain").await;
    app.press("Create deployment").await;
    app.sees("your attention").await;
    take("new-deployment-refused").await;
    app.press("Cancel").await;

    app.open_deployment("DP81MZR").await;
    take("initialized").await;
    app.press("network in dev: Deployed").await;
    app.press("Detect drift").await;
    app.sees_in("drift-Vpc", "EnableDnsSupport").await;
    take("drift").await;
    app.press("Close panel").await;
    app.press("Show Drift detection network in dev, Compared").await;
    app.sees_in("operation", "drifted").await;
    take("drift-operation").await;
    app.press("Close operation").await;
    app.press("Deployments").await;

    app.open_deployment("DR66FSD").await;
    app.sees("problem").await;
    take("problems").await;
    app.press("Deployments").await;

    app.open_deployment("DX6604E").await;
    take("deployment").await;
    app.press("storage in dev: Deployed").await;
    take("stack").await;
    for (tab, shown) in [
        ("Outputs", "DataBucketArn"),
        ("Parameters", "from the manifest"),
        ("Resources", "AWS::S3::Bucket"),
        ("Events", "CREATE_COMPLETE"),
        ("Template", "stacks/storage.yaml"),
    ] {
        app.press(tab).await;
        app.sees(shown).await;
        take(&format!("stack-{}", tab.to_lowercase())).await;
    }
    app.press("Close panel").await;
    app.press("Deploy prod").await;
    app.sees("Review again").await;
    take("review-refused").await;
    app.press("Cancel").await;
    app.press("More actions for prod").await;
    app.press("Access…").await;
    app.sees("Proof: AWS says whose account it is").await;
    take("access").await;
    app.press("Sandbox").await;
    app.sees("goes back to the sandbox").await;
    take("access-back").await;
    app.press("Cancel").await;
    app.press("More actions for dev").await;
    take("menu").await;
    app.press("Destroy dev…").await;
    app.sees_whole_review().await;
    take("destroy").await;
    app.press("Cancel").await;
    app.press("Deployments").await;

    app.press("Settings").await;
    app.sees("acme.awsapps.com").await;
    take("settings").await;
    app.press("Deployments").await;

    app.open_deployment("DK29QTA").await;
    app.press("Show Deploy in dev, Partial").await;
    app.sees("were skipped").await;
    take("failure").await;
    app.press("Close operation").await;
    app.press("Graph").await;
    app.sees("messaging failed and blocks").await;
    take("graph").await;
    app.press("Grid").await;
    let palette: String = [char::from(Key::Control), 'k', char::from(Key::Null)].iter().collect();
    app.client.active_element().await.unwrap().send_keys(&palette).await.unwrap();
    app.client.active_element().await.unwrap().send_keys("dep netw").await.unwrap();
    app.sees("Deploy stack network in dev").await;
    take("palette").await;
    app.key(Key::Escape).await;
    app.press("Deployments").await;

    app.open_deployment("DU35RBF").await;
    app.press("Compare").await;
    app.sees("prod is").await;
    take("compare").await;
    app.press("Grid").await;
    app.press("messaging in dev: Failed").await;
    app.sees("ContinueUpdateRollback").await;
    take("recovery").await;
    app.press("Continue the rollback").await;
    app.sees_whole_review().await;
    take("repair").await;
    app.press("Cancel").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    take("review-blocked").await;
    app.press("Cancel").await;
    app.press("More actions for the deployment").await;
    app.press("Destroy all environments…").await;
    app.sees_whole_review().await;
    take("destroy-all").await;
    app.press("Cancel").await;
    app.press("Deployments").await;

    app.open_deployment("DM40VLC").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    take("review").await;
    let show = "document.querySelector('[data-testid=change-QueuePolicy]').scrollIntoView(); \
                arguments[arguments.length - 1]()";
    app.script(show).await;
    take("review-values").await;
    app.type_into("Type DM40VLC to confirm", "DM40VLC").await;
    app.press("Deploy 1 stack").await;
    app.sees_in("approvals", "roles in dev").await;
    take("approval").await;
    app.press("Leave roles out").await;
    app.press("Leave monitoring out").await;
    app.sees_deployment_status("partial").await;

    app.press("Deploy prod").await;
    app.sees_whole_review().await;
    take("review-create").await;
    app.press("Deploy 6 stacks").await;
    app.sees_stack_status("monitoring", "prod", "deploying").await;
    take("operation").await;
    app.press("Deployments").await;

    // Its deploy was killed above.
    app.open_deployment("DT57HNJ").await;
    app.press("Show Deploy in dev, Partial").await;
    app.sees("Its program ended before it did").await;
    take("taken-up").await;
    app.close().await;
}

/// Makes the deployments of the pictures, while the app looks on, and the profiles of the AWS configuration.
fn furnish(home: &Home) {
    let config = home.root().with_file_name("home").join(".aws/config");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(config, AWS_CONFIG).unwrap();
    for Sample { id, organization, project, domain, created, done } in SAMPLES {
        let run = |words: &str, speed: &str| {
            assert_ne!(cloud(home, words, speed).status().unwrap().code(), Some(2), "refused: {words}");
        };
        run(
            &format!(
                "init --id {id} --org {organization} --project {project} --domain {domain} \
                 --account-dev 123456789012 --account-prod 210987654321"
            ),
            FAST,
        );
        let folder = home.root().join(format!("{id}-{organization}-{project}"));
        edit(&folder.join(".deployment-metadata.yaml"), |text| {
            let (before, rest) = text.split_once("created_at: '").unwrap();
            let (_, after) = rest.split_once('T').unwrap();
            format!("{before}created_at: '{created}T{after}")
        });
        for step in done {
            match step {
                Run(verb, rest, speed) => run(&format!("{verb} {id} {rest} --yes"), speed),
                Edit(file, old, new) => edit(&folder.join(file), |text| {
                    assert!(text.contains(old), "{file} of {id} has no {old:?}");
                    text.replacen(old, new, 1)
                }),
            }
        }
    }
}

/// The `cloud` command at its own speed, without a word.
fn cloud(home: &Home, words: &str, speed: &str) -> Command {
    let mut command = home.command(program("cloud"));
    command
        .args(words.split_whitespace())
        .env("SKYDECK_SANDBOX_SPEED", speed)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn edit(file: &Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, change(&text)).unwrap();
}
