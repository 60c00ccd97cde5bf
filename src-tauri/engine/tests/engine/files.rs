//! Files with faults: what they keep from being done, and what not.

use skydeck_engine::{EngineError, Options};
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::{EnvironmentName, StackOutcome};

use crate::world::{ID, World, deploy, end, key, outcome};

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

fn destroy(stack: &str) -> Request {
    Request::DestroyStack {
        stack: stack.parse().unwrap(),
        environment: dev(),
        force: false,
        deletion: Deletion::default(),
    }
}

const BROKEN: &str = "Resources:\n  T: [\n";

#[tokio::test]
async fn what_needs_no_template_and_no_sound_manifest_goes_on() {
    let world = World::new(&[("good", &[], "{}"), ("other", &[], "{}")]);
    world.deploy().await;
    let manifest = world.read("deployment-manifest.yaml");
    let faults: [(&str, &dyn Fn()); 4] = [
        ("a template that does not parse", &|| world.write("stacks/other.yaml", BROKEN)),
        ("an unknown key in one stack", &|| {
            world.edit("deployment-manifest.yaml", "  other:\n    enabled", "  other:\n    enabeld");
        }),
        ("a stack that is no map", &|| {
            let at = manifest.find("  other:\n").unwrap();
            world.write("deployment-manifest.yaml", &format!("{}  other: 1\n", &manifest[..at]));
        }),
        ("no domain", &|| {
            let lines: Vec<&str> = manifest.lines().filter(|line| !line.starts_with("domain:")).collect();
            world.write("deployment-manifest.yaml", &lines.join("\n"));
        }),
    ];
    for (what, spoil) in faults {
        spoil();
        assert!(!world.engine.detail(ID).unwrap().problems.is_empty(), "{what}");
        world.engine.refresh(ID, None).await.unwrap_or_else(|error| panic!("{what}: refresh: {error}"));
        world.engine.drift(ID, &dev(), None).await.unwrap_or_else(|error| panic!("{what}: drift: {error}"));
        assert_eq!(world.cell("good").destroy.refused, None, "{what}");
        assert_eq!(world.cell("good").look.refused, None, "{what}");
        let gone = world.run(destroy("good"), Options::default()).await;
        assert_eq!(outcome(&gone, "good"), StackOutcome::Succeeded, "{what}");
        world.write("deployment-manifest.yaml", &manifest);
        world.write_template("other", &[], "{}");
        world.deploy().await;
    }
    world.write("stacks/other.yaml", BROKEN);
    let all = world.run(Request::Destroy { environment: None }, Options::default()).await;
    assert_eq!(outcome(&all, "other"), StackOutcome::Succeeded);
    assert_eq!(world.deployment_status(), "destroyed");
}

#[tokio::test]
async fn what_says_where_an_environment_is_must_be_sound() {
    let world = World::new(&[("good", &[], "{}")]);
    world.deploy().await;
    world.edit("deployment-manifest.yaml", "region: us-east-1", "region: nowhere");
    let refused = world.engine.start(ID, &destroy("good"), &Options::default()).await.unwrap_err();
    assert!(refused.to_string().contains("environments.dev.region"), "{refused}");
    assert!(world.engine.refresh(ID, None).await.is_err());
    assert!(world.cell("good").destroy.refused.unwrap().contains("environments.dev.region"));
}

#[tokio::test]
async fn a_deploy_that_is_known_to_fail_does_not_start_unless_it_is_to_keep_going() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}"), ("c", &[], "{}"), ("d", &[], "{}")]);
    world.edit("stacks/a.yaml", "Size: {Type: String}", "Size: {Type: String, AllowedValues: [small]}");
    world.write("stacks/c.yaml", BROKEN);
    let before = world.entries();
    let refused = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err();
    assert!(matches!(refused, EngineError::KnownToFail(_)), "{refused}");
    let files: Vec<&str> = refused.problems().iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files, ["deployment-manifest.yaml", "stacks/c.yaml"]);
    assert!(refused.problems().iter().all(|problem| problem.at.is_some()));
    assert_eq!(world.entries(), before);

    // One that does not need them starts, and so does a review, which tells them.
    let one =
        Request::DeployStack { stack: "d".parse().unwrap(), environment: dev(), skip_dependencies: false };
    assert_eq!(outcome(&world.run(one, Options::default()).await, "d"), StackOutcome::Succeeded);
    let review = world.review(&deploy()).await;
    assert_eq!((review.blocked, review.unasked, review.plan.foreseen.len()), (2, 0, 2));
    let remark =
        |stack: &str| review.stacks.iter().find(|it| it.key == key(stack)).unwrap().remarks.join(" ");
    assert!(
        remark("a").contains("stacks.a.parameters.Size: the value is not one of AllowedValues"),
        "{}",
        remark("a")
    );
    assert!(remark("c").starts_with("stacks/c.yaml:"), "{}", remark("c"));

    for review in [None, Some(review.id.clone())] {
        let options = Options { keep_going: true, review, ..Options::default() };
        let ran = world.run(deploy(), options).await;
        let outcomes = ["a", "b", "c", "d"].map(|stack| outcome(&ran, stack));
        let [failed, skipped, unchanged] =
            [StackOutcome::Failed, StackOutcome::Skipped, StackOutcome::Unchanged];
        assert_eq!(outcomes, [failed, skipped, failed, unchanged]);
        assert!(end(&ran, "c").reason.as_ref().unwrap().contains("stacks/c.yaml:"), "{ran:?}");
    }
}

#[tokio::test]
async fn no_spelling_of_no_echo_lets_a_secret_out_nor_does_a_template_that_cannot_be_read() {
    let secret = "hunter2secret";
    for written in ["yes", "'True'", "on", "1"] {
        let world = World::new(&[("s", &[], "{}")]);
        world.edit(
            "stacks/s.yaml",
            "Size: {Type: String}",
            &format!("Size: {{Type: String, NoEcho: {written}}}"),
        );
        world.edit("deployment-manifest.yaml", "Size: '1'", &format!("Size: {secret}"));
        let ran = world.deploy().await;
        assert_eq!(outcome(&ran, "s"), StackOutcome::Succeeded, "{written}");
        world.edit("deployment-manifest.yaml", secret, "otherpass9");
        let review = world.review(&deploy()).await;
        let shown = format!("{review:?}{:?}{}", world.log(&ran.id), world.read(".deployment-state.yaml"));
        assert!(!shown.contains(secret) && !shown.contains("otherpass9"), "{written}: {shown}");
        let sandbox = walk(&world.root.path().join(".sandbox"));
        assert!(!sandbox.contains(secret), "{written}");
    }
    let world = World::new(&[("s", &[], "{}")]);
    world.edit("deployment-manifest.yaml", "Size: '1'", &format!("Size: {secret}"));
    world.deploy().await;
    world.write("stacks/s.yaml", BROKEN);
    let parameters = world.engine.stack_parameters(ID, &key("s")).await;
    assert!(!format!("{parameters:?}").contains(secret), "{parameters:?}");
}

/// The text of every file below a folder.
fn walk(folder: &std::path::Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let text = |path: std::path::PathBuf| {
        if path.is_dir() {
            walk(&path)
        } else {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        }
    };
    entries.map(|entry| text(entry.path())).collect()
}
