//! What was reviewed is what runs.

use skydeck_cloudformation::ChangeSetKind;
use skydeck_engine::view::ReviewView;
use skydeck_engine::{ErrorCode, Options};
use skydeck_model::change::ChangeAction;
use skydeck_model::event::OperationView;
use skydeck_model::plan::{Repair, Request};
use skydeck_model::review::{Obstacle, ParameterState, ReviewAction, StackReview};
use skydeck_model::{EventKind, OperationOutcome, StackOutcome};

use crate::world::{ID, World, deploy, end, outcome};

/// `first`, and `second` whose topic is named after an output of it.
fn chain() -> World {
    let world = World::new(&[("first", &[], "{Seconds: 1}"), ("second", &["first"], "{Seconds: 1}")]);
    world.edit("stacks/second.yaml", "DisplayName: !Ref Size", "DisplayName: !Ref Fromfirst");
    world
}

fn stack<'a>(review: &'a ReviewView, name: &str) -> &'a StackReview {
    review.stacks.iter().find(|stack| stack.key.stack.as_str() == name).unwrap()
}

fn was_asked(world: &World, view: &OperationView) -> bool {
    world.log(&view.id).iter().any(|event| matches!(event.kind, EventKind::ApprovalNeeded(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_the_whole_tells_what_is_known_and_what_only_after_another_stack() {
    let world = chain();
    let review = world.review(&deploy()).await;
    let (first, second) = (stack(&review, "first"), stack(&review, "second"));
    assert_eq!((first.action, second.action), (ReviewAction::Create, ReviewAction::Create));
    assert!(first.by_change_set && !second.by_change_set);
    assert_eq!(second.changes.len(), 1);
    assert_eq!(second.changes[0].action, ChangeAction::Add);
    let from = second.parameters.iter().find(|parameter| parameter.name == "Fromfirst").unwrap();
    assert_eq!(from.state, ParameterState::KnownAfter { after: vec!["first".parse().unwrap()] });

    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    assert!(view.reviewed && !was_asked(&world, &view));
    assert_eq!(world.deployment_status(), "deployed");

    let again = world.review(&deploy()).await;
    assert_eq!(again.changing, 0);
    let view = world.run_reviewed(&again).await;
    assert_eq!(
        (outcome(&view, "first"), outcome(&view, "second")),
        (StackOutcome::Unchanged, StackOutcome::Unchanged)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_condition_leaves_out_is_neither_promised_nor_counted() {
    let world = chain();
    let conditions = "Conditions:\n  Big: !Not [!Equals [!Ref Size, '1']]\n  Here: {'Fn::Equals': [{Ref: 'AWS::Region'}, us-east-1]}\n  \
                      Open: !And [!Condition Here, !Equals [!Ref Fromfirst, known-later]]\nResources:\n  \
                      Large: {Type: AWS::SQS::Queue, Condition: Big}\n  \
                      Local: {Type: AWS::SQS::Queue, Condition: Here}\n  \
                      Perhaps: {Type: AWS::SQS::Queue, Condition: Open}\n";
    world.edit("stacks/second.yaml", "Resources:\n", conditions);
    // All that is known before the first stack is there: its output may still decide.
    let review = world.review(&deploy()).await;
    let second = stack(&review, "second");
    assert!(!second.by_change_set);
    let promised: Vec<_> = second.changes.iter().map(|change| change.logical_id.as_str()).collect();
    assert_eq!(promised, ["Local", "Perhaps", "Topic"]);

    let told = |view: &OperationView| {
        let log = world.log(&view.id);
        let mut numbers = (None, None);
        for event in log {
            match event.kind {
                EventKind::StackStarted { key, resources, .. } if key.stack.as_str() == "second" => {
                    numbers.0 = resources;
                }
                EventKind::ChangeSetExecuted { key, resources } if key.stack.as_str() == "second" => {
                    numbers.1 = Some(resources);
                }
                _ => {}
            }
        }
        let run = view.stacks.iter().find(|run| run.key.stack.as_str() == "second").unwrap();
        (numbers, run.resources_total)
    };
    assert_eq!(told(&world.deploy().await), ((Some(2), None), Some(2)));
    // Nothing is promised of an update before CloudFormation has told what it changes.
    assert_eq!(told(&world.deploy().await), ((None, None), None));
    world.edit("deployment-manifest.yaml", "Size: '1'\n      From", "Size: '2'\n      From");
    assert_eq!(told(&world.deploy().await), ((None, Some(1)), Some(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_does_not_fit_the_files_any_more_says_so() {
    let world = chain();
    let review = world.review(&deploy()).await;
    assert!(!review.outdated);
    let outdated = || world.engine.review(&review.id).unwrap().outdated;
    for file in ["stacks/second.yaml", "deployment-manifest.yaml"] {
        let before = world.read(file);
        world.write(file, &format!("{before}# not what it was\n"));
        // A comment is no change of the manifest, but a template is its text.
        assert_eq!(outdated(), file == "stacks/second.yaml");
        world.write(file, &before);
        assert!(!outdated());
    }
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    assert!(outdated());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_the_same_operation_may_change_decides_no_condition() {
    let world = chain();
    let conditions = "Conditions:\n  Open: !Equals [!Ref Fromfirst, known-later]\nResources:\n  \
                      Perhaps: {Type: AWS::SQS::Queue, Condition: Open}\n";
    world.edit("stacks/second.yaml", "Resources:\n", conditions);
    // A change set takes no time limit, so that the template tells what is made.
    world.edit(
        "deployment-manifest.yaml",
        "template: stacks/second.yaml\n",
        "template: stacks/second.yaml\n    timeout_minutes: 5\n",
    );
    let alone = |stack: &str| Request::DeployStack {
        stack: stack.parse().unwrap(),
        environment: "dev".parse().unwrap(),
        skip_dependencies: false,
    };
    world.run(alone("first"), Options::default()).await;
    for (request, expected) in [(deploy(), &["Perhaps", "Topic"][..]), (alone("second"), &["Topic"])] {
        let review = world.review(&request).await;
        let changes = &stack(&review, "second").changes;
        let promised: Vec<_> = changes.iter().map(|change| change.logical_id.as_str()).collect();
        assert_eq!(promised, expected, "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_are_told_with_their_values_before_and_after() {
    let world = chain();
    world.deploy().await;
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    let review = world.review(&deploy()).await;
    let change = &stack(&review, "first").changes[0];
    assert_eq!((change.logical_id.as_str(), change.action), ("Topic", ChangeAction::Modify));
    let property = &change.properties[0];
    assert_eq!((property.before.as_deref(), property.after.as_deref()), (Some("1"), Some("2")));
    assert_eq!(property.cause.as_deref(), Some("Size"));
    let size = stack(&review, "first").parameters.iter().find(|it| it.name == "Size").unwrap();
    assert_eq!((&size.state, size.before.as_deref()), (&ParameterState::Changes, Some("1")));
    let second = stack(&review, "second");
    assert_eq!(second.action, ReviewAction::Unchanged);
    assert!(matches!(
        second.parameters.iter().find(|it| it.name == "Fromfirst").unwrap().state,
        ParameterState::MayChange { .. }
    ));
    let view = world.run_reviewed(&review).await;
    assert!(!was_asked(&world, &view));
    assert_eq!(
        (outcome(&view, "first"), outcome(&view, "second")),
        (StackOutcome::Succeeded, StackOutcome::Unchanged)
    );
}

/// `first` gives another output, so that `second` has to change, which the review could not know.
async fn surprising() -> (World, ReviewView) {
    let world = chain();
    world.deploy().await;
    world.edit("stacks/first.yaml", "Value: !Sub 'first'", "Value: !Sub 'other-${Size}'");
    let review = world.review(&deploy()).await;
    assert_eq!(stack(&review, "second").action, ReviewAction::Unchanged);
    (world, review)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_approved_stops_and_goes_on_with_a_yes() {
    let (world, review) = surprising().await;
    let view = world.run_and_answer(&review, true).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(outcome(&view, "second"), StackOutcome::Succeeded);
    assert_eq!(end(&view, "second").outputs["Name"], "second-other-1-fed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_approved_is_left_out_with_a_no_and_nothing_of_it_is_left() {
    let (world, review) = surprising().await;
    let view = world.run_and_answer(&review, false).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Partial));
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped);
    assert_eq!(world.status("second"), "deployed");
    assert_eq!(world.shown("second").await.as_deref(), Some("CREATE_COMPLETE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_answers_an_open_question_with_no() {
    let (world, review) = surprising().await;
    let options = Options { review: Some(review.id.clone()), ..Options::default() };
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &options).await.unwrap();
    World::question(&mut events).await;
    world.engine.cancel(ID, &operation, false).unwrap();
    world.engine.wait(&operation).await;
    let view = world.engine.operation(ID, &operation).unwrap();
    assert_eq!(view.outcome, Some(OperationOutcome::Cancelled));
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_somebody_else_changed_since_is_compared_again() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.deploy().await;
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    let review = world.review(&deploy()).await;
    // Somebody else makes it '3', so that '1' → '2' is not what would happen any more.
    let other = world.somebody_else().await;
    let mut spec = skydeck_cloudformation::StackSpec {
        name: format!("{ID}-only-dev"),
        template: world.read("stacks/only.yaml").into(),
        ..Default::default()
    };
    spec.parameters.insert("Size".to_owned(), "3".to_owned());
    let skydeck_cloudformation::Prepared::Ready(change_set) =
        other.prepare(&spec, ChangeSetKind::Update, "somebody").await.unwrap()
    else {
        panic!("there is something to change");
    };
    other.execute(&change_set.arn, "somebody").await.unwrap();
    while world.shown("only").await.as_deref() != Some("UPDATE_COMPLETE") {
        tokio::task::yield_now().await;
    }
    let view = world.run_reviewed(&review).await;
    // The same property of the same resource becomes the same value: it goes on.
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{view:?}");
    assert!(!was_asked(&world, &view));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_somebody_else_created_since_is_shown_as_the_update_that_it_would_be() {
    let world = chain();
    let review = world.review(&deploy()).await;
    let theirs = skydeck_cloudformation::StackSpec {
        name: format!("{ID}-second-dev"),
        template: "{Metadata: {Sandbox: {Seconds: 0}}, Resources: {Theirs: {Type: AWS::SNS::Topic}}}".into(),
        ..Default::default()
    };
    world.somebody_else().await.create(&theirs, "somebody").await.unwrap();
    while world.shown("second").await.as_deref() != Some("CREATE_COMPLETE") {
        tokio::task::yield_now().await;
    }
    let view = world.run_and_answer(&review, false).await;
    assert!(was_asked(&world, &view));
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped);
    assert_eq!(world.shown("second").await.as_deref(), Some("CREATE_COMPLETE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_holds_for_what_it_showed_and_once() {
    let world = chain();
    let review = world.review(&deploy()).await;
    let options = Options { review: Some(review.id.clone()), ..Options::default() };
    let other = Request::Destroy { environment: Some("dev".parse().unwrap()) };
    let refused = world.engine.start(ID, &other, &options).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Precondition);
    world.edit("stacks/first.yaml", "Topic:", "Renamed:");
    let refused = world.engine.start(ID, &deploy(), &options).await.unwrap_err();
    assert!(refused.to_string().contains("changed since the review"), "{refused}");
    world.edit("stacks/first.yaml", "Renamed:", "Topic:");
    world.run_reviewed(&review).await;
    let refused = world.engine.start(ID, &deploy(), &options).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_given_up_leaves_nothing_behind() {
    let world = chain();
    let review = world.review(&deploy()).await;
    assert_eq!(world.shown("first").await.as_deref(), Some("REVIEW_IN_PROGRESS"));
    world.engine.discard_review(&review.id).await.unwrap();
    assert_eq!(world.shown("first").await, None);
    assert_eq!(world.status("first"), "not_deployed");
    // So that a deploy can follow at once.
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn change_sets_of_stacks_that_were_never_started_are_removed() {
    let world = World::new(&[("first", &[], "{Seconds: 1, Fail: broken}"), ("second", &[], "{Seconds: 1}")]);
    world.edit("deployment-manifest.yaml", "  second:\n", "  second:\n    depends_on: [first]\n");
    let review = world.review(&deploy()).await;
    assert!(stack(&review, "second").by_change_set);
    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Failed));
    assert_eq!(outcome(&view, "second"), StackOutcome::Skipped);
    assert_eq!(world.shown("second").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_is_reviewed_too() {
    let world = World::new(&[("first", &[], "{Seconds: 1}"), ("second", &[], "{Seconds: 1}")]);
    world.edit(
        "stacks/first.yaml",
        "    Type: AWS::SNS::Topic",
        "    DeletionPolicy: Retain\n    Type: AWS::SNS::Topic",
    );
    world.edit("stacks/first.yaml", "    Value:", "    Export: {Name: shared}\n    Value:");
    world.edit("deployment-manifest.yaml", "  second:\n", "  second:\n    termination_protection: true\n");
    world.deploy().await;
    let other = world.somebody_else().await;
    let importer = skydeck_cloudformation::StackSpec {
        name: "elsewhere".to_owned(),
        template: "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue shared}}}"
            .into(),
        ..Default::default()
    };
    other.create(&importer, "elsewhere").await.unwrap();

    let review = world.review(&Request::Destroy { environment: None }).await;
    let first = stack(&review, "first");
    assert_eq!(first.action, ReviewAction::Delete);
    assert!(first.changes[0].kept);
    assert_eq!(
        first.obstacles,
        [Obstacle::Imported { export: "shared".to_owned(), by: vec!["elsewhere".to_owned()] }]
    );
    assert_eq!(stack(&review, "second").obstacles, [Obstacle::Protected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_outputs_or_tags_alone_is_shown_as_what_it_is() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit("deployment-manifest.yaml", "  only:\n", "  only:\n    tags: {team: a, old: b}\n");
    world.deploy().await;
    let remark = async |world: &World| {
        let review = world.review(&deploy()).await;
        let only = stack(&review, "only").clone();
        assert_eq!((only.action, only.changes.len()), (ReviewAction::Update, 0));
        only.remarks.join("; ")
    };
    world.edit("deployment-manifest.yaml", "{team: a, old: b}", "{team: b, new: c}");
    assert_eq!(
        remark(&world).await,
        "no resource changes: tag new is added, tag team is changed, tag old is removed"
    );
    world.deploy().await;
    world.edit("stacks/only.yaml", "  Name:", "  More: {Value: more}\n  Name:");
    world.edit("stacks/only.yaml", "Value: !Sub 'only'", "Value: other");
    assert_eq!(remark(&world).await, "no resource changes: output More is added, output Name is changed");
    let done = world.deploy().await;
    assert_eq!(done.outcome, Some(OperationOutcome::Succeeded));
    assert_eq!(end(&done, "only").outputs["More"], "more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_no_review() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    world.edit("stacks/only.yaml", "Size: {Type: String}", "Size: {Type: String, NoEcho: true}");
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: hunter22");
    let review = world.review(&deploy()).await;
    world.run_reviewed(&review).await;
    world.edit("deployment-manifest.yaml", "Size: hunter22", "Size: hunter33");
    let changed = world.review(&deploy()).await;
    assert_eq!(stack(&changed, "only").action, ReviewAction::Update);
    let texts = format!("{review:?} {changed:?}");
    assert!(!texts.contains("hunter"), "{texts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_validation_warns_of_is_in_the_review_with_its_line() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    let warn = "    Metadata: {Sandbox: {Warn: the quota is nearly used up}}\n";
    world.edit(
        "stacks/only.yaml",
        "    Type: AWS::SNS::Topic\n",
        &format!("    Type: AWS::SNS::Topic\n{warn}"),
    );
    let review = world.review(&deploy()).await;
    let [finding] = &stack(&review, "only").findings[..] else { panic!("{review:?}") };
    let line = world.read("stacks/only.yaml").lines().position(|line| line == "  Topic:").unwrap() + 1;
    let line = Some(("stacks/only.yaml".to_owned(), u32::try_from(line).unwrap()));
    assert_eq!((finding.refuses, &finding.line), (false, &line));
    assert_eq!(finding.reason, "the quota is nearly used up");
    let view = world.run_reviewed(&review).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "a warning refuses nothing");
}

/// What others may have written: that a reviewed operation, whose program died before it did anything, is still open.
fn forge_reviewed_operation(world: &World, view: &OperationView) {
    let log = format!("logs/{}.jsonl", view.id);
    let begun: Vec<String> = world.read(&log).lines().take(2).map(|line| format!("{line}\n")).collect();
    assert!(begun[1].contains("reviewed"), "{begun:?}");
    world.write(&log, &begun.concat());
    let current = format!(
        "current_operation: {{id: {}, kind: deploy, environment: dev, stacks: [only], \
         started_at: '2025-10-30T00:46:48.258878Z', host: h, pid: 1}}",
        view.id
    );
    world.edit(".deployment-state.yaml", "current_operation: null", &current);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_change_sets_of_the_operation_itself_are_removed_when_it_is_taken_up() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    let review = world.review(&deploy()).await;
    let view = world.run_reviewed(&review).await;
    world.run(Request::Destroy { environment: None }, Options::default()).await;

    // A colleague reviews the same stack on another machine.
    let colleague = world.somebody_else().await;
    let spec = skydeck_cloudformation::StackSpec {
        name: format!("{ID}-only-dev"),
        template: "{Resources: {Theirs: {Type: AWS::SNS::Topic}}}".into(),
        ..Default::default()
    };
    let prepared = colleague.prepare(&spec, ChangeSetKind::Create, "colleague").await.unwrap();
    let skydeck_cloudformation::Prepared::Ready(theirs) = prepared else { panic!("nothing to create") };
    for started in [true, false] {
        forge_reviewed_operation(&world, &view);
        if started {
            world.started_here(&view.id, &[]);
        }
        world.take_over().await;
        assert_eq!(world.shown("only").await.as_deref(), Some("REVIEW_IN_PROGRESS"));
        let left = colleague.change_sets(&theirs.stack_id).await.unwrap();
        assert_eq!(left.iter().map(|it| it.arn.as_str()).collect::<Vec<_>>(), [&theirs.arn]);
    }

    // What this machine knows for its own goes, with the empty stack around it.
    forge_reviewed_operation(&world, &view);
    world.started_here(&view.id, &[&theirs.arn]);
    world.engine.recover(ID).await.unwrap();
    assert_eq!(world.shown("only").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_in_review_that_holds_a_foreign_change_set_is_not_deleted_for_a_deploy() {
    let world = World::new(&[("only", &[], "{Seconds: 1}")]);
    let colleague = world.somebody_else().await;
    let spec = skydeck_cloudformation::StackSpec {
        name: format!("{ID}-only-dev"),
        template: "{Resources: {Theirs: {Type: AWS::SNS::Topic}}}".into(),
        ..Default::default()
    };
    colleague.prepare(&spec, ChangeSetKind::Create, "colleague").await.unwrap();
    // Made by other means: its name is another.
    let stacks = world.root.path().join(".sandbox/123456789012/us-east-1");
    for file in std::fs::read_dir(stacks).unwrap().map(|file| file.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("skydeck-review", "theirs")).unwrap();
    }
    let view = world.deploy().await;
    let reason = end(&view, "only").reason.clone().unwrap();
    assert!(reason.contains("the change set 'theirs'"), "{reason}");
    assert_eq!(world.shown("only").await.as_deref(), Some("REVIEW_IN_PROGRESS"));
    let repair = Request::RepairStack {
        stack: "only".parse().unwrap(),
        environment: "dev".parse().unwrap(),
        repair: Repair::DiscardReview,
    };
    let view = world.run(repair, Options::default()).await;
    assert!(end(&view, "only").reason.as_deref().unwrap().contains("'theirs'"), "{view:?}");
    assert_eq!(world.shown("only").await.as_deref(), Some("REVIEW_IN_PROGRESS"));

    // Nor for a review of ours on it that is given up.
    let review = world.review(&deploy()).await;
    world.engine.discard_review(&review.id).await.unwrap();
    assert_eq!(world.shown("only").await.as_deref(), Some("REVIEW_IN_PROGRESS"));
}
