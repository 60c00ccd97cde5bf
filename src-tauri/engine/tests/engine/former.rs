//! What is deployed and not in the manifest any more: environments that were taken out of it, stacks that were renamed or
//! removed.

use skydeck_engine::Options;
use skydeck_engine::view::{DeploymentDetail, StackView};
use skydeck_model::event::OperationView;
use skydeck_model::plan::{Deletion, Request};
use skydeck_model::{EnvironmentName, OperationOutcome, StackKey, Target};

use crate::world::{ID, World, deploy, outcome};

const MANIFEST: &str = "deployment-manifest.yaml";
const STATE: &str = ".deployment-state.yaml";
const METADATA: &str = ".deployment-metadata.yaml";

const QA: &str = "  qa:\n    target: sandbox\n    region: eu-west-1\n    account: '210987654321'\n";

fn qa() -> EnvironmentName {
    "qa".parse().unwrap()
}

fn destroy(environment: Option<&str>) -> Request {
    Request::Destroy { environment: environment.map(|name| name.parse().unwrap()) }
}

/// Stacks in dev and qa, and qa is taken out of the manifest then.
async fn without_qa(stacks: &[crate::world::Made<'_>]) -> World {
    let world = World::new(stacks);
    world.edit(MANIFEST, "environments:\n", &format!("environments:\n{QA}"));
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
    let deployed = world.run(Request::Deploy { environment: qa() }, Options::default()).await;
    assert_eq!(deployed.outcome, Some(OperationOutcome::Succeeded));
    world.edit(MANIFEST, QA, "");
    world
}

fn detail(world: &World) -> DeploymentDetail {
    world.engine.detail(ID).unwrap()
}

fn row<'d>(detail: &'d DeploymentDetail, stack: &str) -> &'d StackView {
    detail.stacks.iter().find(|view| view.name == stack).unwrap()
}

fn order(view: &OperationView) -> Vec<String> {
    view.start.stacks.iter().map(|turn| turn.key.to_string()).collect()
}

fn told(detail: &DeploymentDetail) -> Vec<String> {
    detail.former.iter().map(|former| former.text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_was_taken_out_stays_in_sight_and_is_destroyed_with_the_rest() {
    let world = without_qa(&[("network", &[], "{}"), ("app", &["network"], "{}")]).await;
    let before = detail(&world);
    let environment = before.environments.iter().find(|environment| environment.name == "qa").unwrap();
    assert!(environment.former);
    assert_eq!(environment.target, Some(Target::Sandbox));
    assert_eq!(environment.region.as_deref(), Some("eu-west-1"));
    assert_eq!(environment.account.as_deref(), Some("210987654321"));
    assert_eq!(environment.destroy.refused, None);
    assert!(environment.deploy.refused.as_ref().unwrap().contains("put it back into 'environments'"));
    assert_eq!(
        told(&before),
        [
            "qa: app is deployed and not in the manifest any more",
            "qa: network is deployed and not in the manifest any more",
        ]
    );
    assert_eq!(before.former[0].command.as_deref(), Some("cloud destroy DX6604E --environment qa"));
    let listed = world.engine.list().unwrap().remove(0).environments;
    assert!(listed.iter().any(|place| place.name == "qa" && place.former && place.target.is_some()));

    // A deploy of the rest names what it leaves, and checks go on.
    let review = world.review(&deploy()).await;
    assert_eq!(review.plan.leaves.len(), 2);
    world.engine.discard_review(&review.id).await.unwrap();
    world.engine.refresh(ID, Some(&qa())).await.unwrap();
    let drift = world.engine.drift(ID, &qa(), None).await.unwrap();
    assert_eq!(drift.stacks.len(), 2);
    let key = StackKey::new(&"app".parse().unwrap(), &qa());
    assert!(world.engine.stack_resources(ID, &key).await.unwrap().resources.is_some());

    // Without it nothing is 'destroyed'.
    world.run(destroy(Some("dev")), Options::default()).await;
    let after = detail(&world);
    assert_eq!(after.row.status.to_string(), "deployed");
    assert!(after.explanation.text.contains("still there: app, network in qa"), "{after:?}");
    assert!(!after.explanation.text.contains("every stack was destroyed"));

    world.deploy().await;
    let review = world.review(&destroy(None)).await;
    let named: Vec<_> = review.plan.layers.iter().flatten().filter(|stack| stack.former.is_some()).collect();
    assert_eq!(named.len(), 2);
    assert!(review.plan.leaves.is_empty());
    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(order(&view), ["app-dev", "app-qa", "network-dev", "network-qa"]);
    let gone = detail(&world);
    assert_eq!(gone.row.status.to_string(), "destroyed");
    assert!(gone.former.is_empty() && gone.environments.iter().all(|place| place.name != "qa"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_was_taken_out_is_destroyed_by_its_name_or_stack_by_stack() {
    let world = without_qa(&[("network", &[], "{}"), ("app", &["network"], "{}")]).await;
    let single = |stack: &str| Request::DestroyStack {
        stack: stack.parse().unwrap(),
        environment: qa(),
        force: false,
        deletion: Deletion::default(),
    };
    assert!(world.engine.start(ID, &single("network"), &Options::default()).await.is_err());
    let one = world.run(single("app"), Options::default()).await;
    assert_eq!(one.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(told(&detail(&world)), ["qa: network is deployed and not in the manifest any more"]);
    let all = world.run(destroy(Some("qa")), Options::default()).await;
    assert_eq!(all.outcome, Some(OperationOutcome::Succeeded));
    assert!(detail(&world).former.is_empty());
    assert_eq!(world.status("network"), "deployed");
}

/// A state file of before how environments are reached was recorded.
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_recorded_the_ids_of_the_stacks_tell_and_else_it_is_refused_by_name() {
    let world = without_qa(&[("network", &[], "{}")]).await;
    let state = world.read(STATE);
    let (head, recorded) = state.split_once("environments:\n").unwrap();
    assert!(recorded.contains("qa:\n") && recorded.contains("target: sandbox"), "{recorded}");
    world.write(STATE, head);
    let derived = detail(&world).environments.into_iter().find(|place| place.name == "qa").unwrap();
    assert_eq!(derived.target, Some(Target::Sandbox));
    assert_eq!(derived.region.as_deref(), Some("eu-west-1"));

    let lost: String =
        head.lines().filter(|line| !line.contains("stack_id:")).map(|line| format!("{line}\n")).collect();
    world.write(STATE, &lost);
    let shown = detail(&world);
    assert!(shown.former[0].hint.as_ref().unwrap().contains("put it back into 'environments'"));
    for request in [destroy(None), destroy(Some("qa"))] {
        let error = world.engine.start(ID, &request, &Options::default()).await.unwrap_err().to_string();
        assert!(error.contains("these may still exist in it: network; put qa back"), "{error}");
    }
    assert_eq!(detail(&world).row.status.to_string(), "deployed");

    world.write(STATE, head);
    let view = world.run(destroy(None), Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(world.deployment_status(), "destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_was_renamed_stays_in_sight_and_goes_before_what_it_may_need() {
    let world = World::new(&[("network", &[], "{}"), ("old-name", &["network"], "{}")]);
    world.deploy().await;
    world.edit(MANIFEST, "  old-name:\n", "  new-name:\n");
    let shown = detail(&world);
    assert_eq!(told(&shown), ["dev: old-name is deployed and not in the manifest any more"]);
    assert!(row(&shown, "old-name").former && row(&shown, "old-name").cells[0].former);
    assert_eq!(row(&shown, "old-name").cells[0].destroy.refused, None);
    assert!(!row(&shown, "new-name").former);
    let graph = world.engine.dependencies(ID, &"dev".parse().unwrap()).unwrap();
    assert!(graph.iter().any(|stack| stack.stack == "old-name" && stack.former));

    // Deployed anew under its new name, the old one stays named.
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(told(&detail(&world)).len(), 1);
    let view = world.run(destroy(None), Options::default()).await;
    assert_eq!(order(&view), ["old-name-dev", "new-name-dev", "network-dev"]);
    assert_eq!(outcome(&view, "old-name").as_str(), "succeeded");
    assert_eq!(world.deployment_status(), "destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_existed_is_no_row_once_the_manifest_does_not_have_it() {
    let world = World::new(&[("s", &[], "{}")]);
    let shown = detail(&world);
    let names: Vec<_> = shown.stacks.iter().map(|stack| stack.name.as_str()).collect();
    assert_eq!(names, ["s"]);
    assert!(world.read(STATE).contains("stack_name: network"), "the file keeps what others may have written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_whose_target_was_changed_by_hand_is_not_taken_for_empty() {
    let world = World::new(&[("s", &[], "{}")]);
    world.deploy().await;
    world.edit(MANIFEST, "target: sandbox", "target: aws");
    let error = world.engine.start(ID, &destroy(None), &Options::default()).await.unwrap_err().to_string();
    assert!(error.contains("s of dev is deployed to the sandbox"), "{error}");
    assert_eq!(world.status("s"), "deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_takes_what_was_taken_out_and_names_what_it_has_no_row_for() {
    let world = without_qa(&[("network", &[], "{}"), ("old-name", &[], "{}")]).await;
    world.edit(MANIFEST, "  old-name:\n", "  new-name:\n");
    let found = world.engine.compare(ID, &"dev".parse().unwrap(), &qa()).await.unwrap();
    assert!(found.unanswered.is_empty());
    assert!(found.comparison.stacks.iter().any(|stack| stack.stack.as_str() == "network" && stack.level));
    for part in ["dev: old-name is deployed", "qa: old-name is deployed"] {
        assert!(found.comparison.summary.contains(part), "{}", found.comparison.summary);
    }
}

/// Two stacks that need each other by an order in the manifest alone, and nothing else, and are taken out of it.
#[tokio::test(flavor = "multi_thread")]
async fn stacks_that_were_removed_go_in_the_order_in_which_they_needed_each_other() {
    let world = World::new(&[("aa", &[], "{}"), ("kept", &["aa"], "{}"), ("zz", &["aa"], "{}")]);
    world.deploy().await;
    let manifest = world.read(MANIFEST);
    let (head, _) = manifest.split_once("stacks:\n").unwrap();
    world.write(
        MANIFEST,
        &format!(
            "{head}stacks:\n  kept: {{template: stacks/kept.yaml, parameters: {{Size: '1', Fromaa: x}}}}\n"
        ),
    );
    let alone = Request::DestroyStack {
        stack: "aa".parse().unwrap(),
        environment: "dev".parse().unwrap(),
        force: false,
        deletion: Deletion::default(),
    };
    let refused = world.engine.start(ID, &alone, &Options::default()).await.unwrap_err().to_string();
    assert!(refused.contains("zz (needed it when it was deployed)"), "{refused}");
    let view = world.run(destroy(None), Options::default()).await;
    assert_eq!(order(&view), ["zz-dev", "kept-dev", "aa-dev"]);
    assert_eq!(world.deployment_status(), "destroyed");
}

/// What needs no manifest goes by what is recorded where the file cannot be read at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_cannot_be_read_keeps_nobody_from_looking_and_destroying() {
    for broken in ["stacks: [\n", "", "environments: [dev]\n", "version: 1\nenvironments:\n", "\t- {\n"] {
        let world = World::new(&[("aa", &[], "{}"), ("zz", &["aa"], "{}")]);
        world.deploy().await;
        world.write(MANIFEST, broken);
        let refused = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err().to_string();
        assert!(refused.contains(MANIFEST), "{broken:?}: {refused}");
        let shown = detail(&world);
        assert!(
            shown.problems.iter().any(|problem| problem.file == MANIFEST),
            "{broken:?}: {:?}",
            shown.problems
        );
        assert_eq!(row(&shown, "zz").cells[0].destroy.refused, None, "{broken:?}");
        assert!(row(&shown, "zz").cells[0].deploy.refused.is_some(), "{broken:?}");
        world.engine.refresh(ID, None).await.unwrap();
        let dev: EnvironmentName = "dev".parse().unwrap();
        world.engine.drift(ID, &dev, None).await.unwrap();
        assert_eq!(world.status("zz"), "deployed", "{broken:?}");
        let view = world.run(destroy(None), Options::default()).await;
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{broken:?}");
        let done: Vec<String> =
            order(&view).into_iter().filter(|it| ["zz-dev", "aa-dev"].contains(&it.as_str())).collect();
        assert_eq!(done, ["zz-dev", "aa-dev"], "{broken:?}");
        assert!(
            view.warnings.iter().any(|told| told.contains("the manifest cannot be used")),
            "{:?}",
            view.warnings
        );
        assert!(world.read(METADATA).contains("status: destroyed"), "{broken:?}: {}", world.read(METADATA));
    }
    // One of another deployment says nothing of this one.
    let world = World::new(&[("aa", &[], "{}")]);
    world.deploy().await;
    world.edit(MANIFEST, ID, "DX00000");
    let refused = world.engine.start(ID, &destroy(None), &Options::default()).await.unwrap_err().to_string();
    assert!(refused.contains("DX00000"), "{refused}");
}

/// A slip of the pen in the manifest is no reason to destroy what it names.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_in_the_manifest_is_not_told_as_taken_out_of_it() {
    let world = World::new(&[("net", &[], "{}")]);
    world.deploy().await;
    let manifest = world.read(MANIFEST);
    for (right, wrong) in [
        ("  net:\n", "  n_t!:\n"),
        ("  dev:\n", "  Dev:\n"),
        ("    target: sandbox\n", ""),
        ("    template: stacks/net.yaml\n", ""),
        ("organization:", "organisation:"),
        ("deployment_id:", "deployment:"),
    ] {
        world.edit(MANIFEST, right, wrong);
        let shown = detail(&world);
        assert_eq!(told(&shown), Vec::<String>::new(), "{wrong:?}");
        assert!(shown.renamed.is_empty(), "{wrong:?}: {:?}", shown.renamed);
        assert!(
            shown.problems.iter().all(|problem| !problem.message.contains("but this folder is of")),
            "{wrong:?}"
        );
        assert!(!shown.problems.is_empty(), "{wrong:?}");
        world.write(MANIFEST, &manifest);
    }
    let (head, _) = manifest.split_once("stacks:\n").unwrap();
    world.write(MANIFEST, &format!("{head}stacks: 5\n"));
    assert_eq!(told(&detail(&world)), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_was_moved_is_not_asked_for_what_is_elsewhere() {
    let world = World::new(&[("net", &[], "{}")]);
    world.deploy().await;
    let prod = "  prod: {target: sandbox, region: us-east-1, account: '210987654321'}\n";
    world.edit(MANIFEST, "environments:\n", &format!("environments:\n{prod}"));
    world.edit(MANIFEST, "    region: us-east-1\n", "    region: eu-west-1\n");
    let (dev, prod): (EnvironmentName, EnvironmentName) = ("dev".parse().unwrap(), "prod".parse().unwrap());
    let key = StackKey { stack: "net".parse().unwrap(), environment: dev.clone() };
    let elsewhere = |told: String| assert!(told.contains("us-east-1"), "{told}");
    elsewhere(world.engine.drift(ID, &dev, None).await.unwrap_err().to_string());
    elsewhere(world.engine.recovery(ID, &key).await.unwrap_err().to_string());
    let compared = world.engine.compare(ID, &dev, &prod).await.unwrap();
    let [unanswered] = &compared.unanswered[..] else { panic!("{:?}", compared.unanswered) };
    elsewhere(unanswered.reason.clone());
}
