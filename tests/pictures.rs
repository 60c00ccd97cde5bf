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
const PUBLISHED: [(&str, &str); 8] = [
    ("light-1280-deployments", "deployments"),
    ("light-1280-deployment", "deployment"),
    ("light-1280-operation", "operation"),
    ("light-1280-new-deployment", "new-deployment"),
    ("light-1280-destroy", "destroy"),
    ("light-1280-failure", "failure"),
    ("dark-1280-deployments", "deployments-dark"),
    ("dark-1280-deployment", "deployment-dark"),
];

const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];

/// A deployment in the pictures.
struct Sample {
    id: &'static str,
    organization: &'static str,
    project: &'static str,
    domain: &'static str,
    created: &'static str,
    /// What was done since, as `cloud` is told it, without the id.
    done: &'static [&'static str],
}

#[rustfmt::skip]
const SAMPLES: [Sample; 7] = [
    Sample { id: "DX6604E", organization: "Acme", project: "web-shop", domain: "shop.acme.example", created: "2026-11-16", done: &["deploy"] },
    Sample { id: "DM40VLC", organization: "Initech", project: "payroll", domain: "payroll.initech.example", created: "2026-10-30", done: &["deploy"] },
    Sample { id: "DP81MZR", organization: "Globex", project: "analytics", domain: "data.globex.example", created: "2026-11-19", done: &["deploy-stack network"] },
    Sample { id: "DK29QTA", organization: "Northwind", project: "order-intake", domain: "orders.northwind.example", created: "2026-11-12", done: &["deploy"] },
    Sample { id: "DT57HNJ", organization: "Acme", project: "status-page", domain: "status.acme.example", created: "2026-11-20", done: &[] },
    Sample { id: "DB93XEW", organization: "Umbrella", project: "lab-portal", domain: "lab.umbrella.example", created: "2026-09-08", done: &["deploy", "destroy"] },
    Sample { id: "DR66FSD", organization: "Globex", project: "data-import", domain: "import.globex.example", created: "2026-09-23", done: &[] },
];

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
    app.press("Deployments").await;

    app.open_deployment("DR66FSD").await;
    app.sees("problem").await;
    take("problems").await;
    app.press("Deployments").await;

    app.open_deployment("DX6604E").await;
    take("deployment").await;
    app.press("storage in dev: Deployed").await;
    app.sees("DataBucketArn").await;
    take("stack").await;
    app.press("Close panel").await;
    app.press("Deploy prod").await;
    app.sees("Deploy 6 stacks").await;
    take("deploy").await;
    app.press("Cancel").await;
    app.press("More actions for dev").await;
    take("menu").await;
    app.press("Destroy dev…").await;
    app.sees("to confirm").await;
    take("destroy").await;
    app.press("Cancel").await;
    app.press("Deployments").await;

    app.open_deployment("DK29QTA").await;
    app.press("Show Deploy in dev, Partial").await;
    app.sees("were skipped").await;
    take("failure").await;
    app.press("Deployments").await;

    app.open_deployment("DM40VLC").await;
    app.press("Deploy prod").await;
    app.press("Deploy 6 stacks").await;
    app.sees_stack_status("monitoring", "prod", "deploying").await;
    take("operation").await;
    app.close().await;
}

/// Makes the deployments of the pictures, while the app looks on.
fn furnish(home: &Home) {
    for Sample { id, organization, project, domain, created, done } in SAMPLES {
        // What failed shows how long it took.
        let speed = if id == "DK29QTA" { "2" } else { "50" };
        let run = |words: &str| {
            assert_ne!(cloud(home, words, speed).status().unwrap().code(), Some(2), "refused: {words}");
        };
        run(&format!(
            "init --id {id} --org {organization} --project {project} --domain {domain} \
             --account-dev 123456789012 --account-prod 210987654321"
        ));
        let folder = home.root().join(format!("{id}-{organization}-{project}"));
        edit(&folder.join(".deployment-metadata.yaml"), |text| {
            let (before, rest) = text.split_once("created_at: '").unwrap();
            let (_, after) = rest.split_once('T').unwrap();
            format!("{before}created_at: '{created}T{after}")
        });
        if id == "DX6604E" {
            edit(&folder.join("deployment-manifest.yaml"), |text| {
                text.replace("  prod:\n    target: sandbox", "  prod:\n    target: aws")
            });
        }
        if id == "DK29QTA" {
            edit(&folder.join("stacks/messaging.yaml"), |text| {
                format!(
                    "{text}\nMetadata:\n  Sandbox:\n    Fail: The policy of the topic allows no subscription\n"
                )
            });
        }
        for words in done {
            let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
            run(&format!("{verb} {id} {rest} --yes"));
        }
        if id == "DR66FSD" {
            edit(&folder.join("deployment-manifest.yaml"), |text| {
                text.replacen("enabled: true", "enabeld: true", 1)
                    .replace("${network.VpcId}", "${network.Vpc}")
            });
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
