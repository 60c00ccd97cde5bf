//! Whole operations in the sandbox: order, parallelism, failure, cancelling, and what is written down.

use std::collections::HashMap;
use std::fs;

use skydeck_engine::{ErrorCode, Options};
use skydeck_model::advice::FrontEnd;
use skydeck_model::event::OperationView;
use skydeck_model::plan::Request;
use skydeck_model::{Event, EventKind, OperationId, OperationOutcome, StackOutcome, Target};
use tokio::sync::broadcast::Receiver;

use crate::world::{ID, World, deploy, end, key, outcome};

/// The places of a stack's start and end in the log.
fn span(log: &[Event], stack: &str) -> (u32, u32) {
    let mut span = (None, None);
    for event in log {
        match &event.kind {
            EventKind::StackStarted { key, .. } if key.stack.as_str() == stack => span.0 = Some(event.seq),
            EventKind::StackEnded(end) if end.key.stack.as_str() == stack => span.1 = Some(event.seq),
            _ => {}
        }
    }
    (span.0.unwrap(), span.1.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_runs_as_soon_as_its_own_dependencies_are_done_fed_by_their_outputs() {
    let world = World::new(&[
        ("slow", &[], "{Seconds: 60}"),
        ("first", &[], "{Seconds: 2}"),
        ("second", &["first"], "{Seconds: 2}"),
        ("last", &["second", "slow"], "{Seconds: 2}"),
    ]);
    let view = world.deploy().await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    let log = world.log(&view.id);
    // Not layer by layer: `second` is over before `slow`, which stands in the first layer.
    assert!(span(&log, "second").1 < span(&log, "slow").1);
    assert!(span(&log, "last").0 > span(&log, "slow").1);
    assert_eq!(end(&view, "last").outputs["Name"], "last-second-first-fed-fed-slow-fed");

    let destroyed = world.run(Request::Destroy { environment: None }, Options::default()).await;
    let log = world.log(&destroyed.id);
    assert!(span(&log, "last").1 < span(&log, "second").0 && span(&log, "second").1 < span(&log, "first").0);
    assert_eq!(world.deployment_status(), "destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_stacks_at_once_than_allowed() {
    let world = World::new(&[
        ("a", &[], "{Seconds: 4}"),
        ("b", &[], "{Seconds: 4}"),
        ("c", &[], "{Seconds: 4}"),
        ("d", &[], "{Seconds: 4}"),
        ("e", &[], "{Seconds: 4}"),
    ]);
    for (parallel, most) in [(2, 2), (1, 1)] {
        let view = world.run(deploy(), Options { parallel: Some(parallel), ..Options::default() }).await;
        let (mut now, mut seen) = (0, 0);
        for event in world.log(&view.id) {
            match event.kind {
                EventKind::StackStarted { .. } => now += 1,
                EventKind::StackEnded(_) => now -= 1,
                _ => {}
            }
            seen = seen.max(now);
        }
        assert_eq!(seen, most);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dependents_of_a_failed_stack_are_skipped_and_the_rest_goes_on() {
    let world = World::new(&[
        ("bad", &[], "{Seconds: 2, Fail: no luck}"),
        ("child", &["bad"], "{}"),
        ("grandchild", &["child"], "{}"),
        ("other", &[], "{Seconds: 8}"),
        ("after", &["other"], "{Seconds: 2}"),
    ]);
    let view = world.deploy().await;
    assert_eq!(view.outcome, Some(OperationOutcome::Partial));
    assert_eq!(
        end(&view, "bad").reason.as_deref().unwrap().split(" — ").next(),
        Some("Topic (AWS::SNS::Topic): no luck")
    );
    assert_eq!(
        (outcome(&view, "child"), outcome(&view, "grandchild")),
        (StackOutcome::Skipped, StackOutcome::Skipped)
    );
    assert_eq!(end(&view, "grandchild").reason.as_deref(), Some("child was skipped"));
    assert_eq!(
        (outcome(&view, "other"), outcome(&view, "after")),
        (StackOutcome::Succeeded, StackOutcome::Succeeded)
    );
    assert_eq!(world.deployment_status(), "partial");
    assert_eq!((world.status("bad").as_str(), world.status("child").as_str()), ("failed", "not_deployed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_on_failure_starts_nothing_further() {
    let world = World::new(&[
        ("bad", &[], "{Seconds: 1, Fail: no luck}"),
        ("other", &[], "{Seconds: 30}"),
        ("after", &["other"], "{}"),
    ]);
    let view = world.run(deploy(), Options { stop_on_failure: true, ..Options::default() }).await;
    assert_eq!(outcome(&view, "other"), StackOutcome::Succeeded, "what runs is not called off");
    assert_eq!(outcome(&view, "after"), StackOutcome::Skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_keeps_the_version_before_and_says_so() {
    let world = World::new(&[("app", &[], "{Seconds: 2}")]);
    world.deploy().await;
    world.write_template("app", &[], "{Seconds: 2, Fail: too big}");
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    let view = world.deploy().await;
    let reason = end(&view, "app").reason.clone().unwrap();
    assert!(reason.contains("too big") && reason.contains("previous version still runs"), "{reason}");
    assert_eq!((world.status("app").as_str(), world.deployment_status().as_str()), ("failed", "failed"));
    world.write_template("app", &[], "{Seconds: 2}");
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

/// Starts a deploy and calls it off when a stack has begun, so many times.
async fn cancelled(world: &World, times: usize) -> OperationView {
    let mut events = world.engine.events();
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let update_runs = |event: &Event| matches!(&event.kind, EventKind::Resource(resource) if resource.status.ends_with("_IN_PROGRESS"));
    while !update_runs(&events.recv().await.unwrap()) {}
    for step in 0..times {
        world.engine.cancel(ID, &operation, step > 0).unwrap();
        // The same again is not the next step.
        world.engine.cancel(ID, &operation, false).unwrap();
    }
    world.engine.wait(&operation).await;
    world.engine.operation(ID, &operation).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_cancel_starts_nothing_further_the_second_calls_off_what_runs() {
    let world = World::new(&[("first", &[], "{Seconds: 20}"), ("second", &["first"], "{}")]);
    let view = cancelled(&world, 1).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Cancelled));
    assert_eq!(
        (outcome(&view, "first"), outcome(&view, "second")),
        (StackOutcome::Succeeded, StackOutcome::Skipped)
    );
    assert_eq!(world.deployment_status(), "partial");

    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    let view = cancelled(&world, 2).await;
    assert_eq!(
        (outcome(&view, "first"), outcome(&view, "second")),
        (StackOutcome::Cancelled, StackOutcome::Skipped)
    );
    assert_eq!((world.status("first").as_str(), world.deployment_status().as_str()), ("failed", "failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_live_is_what_the_log_tells() {
    let world = World::new(&[("a", &[], "{Seconds: 2}"), ("b", &["a"], "{Seconds: 2}")]);
    let mut live = world.engine.events();
    let view = world.deploy().await;
    let log = world.log(&view.id);
    for (index, event) in log.iter().enumerate() {
        assert_eq!(usize::try_from(event.seq).unwrap(), index);
        assert_eq!(live.recv().await.unwrap(), *event);
    }
    assert!(matches!(log.last().unwrap().kind, EventKind::OperationEnded { .. }));
    assert_eq!(OperationView::replay(&log).unwrap(), view);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_never_written_but_reaches_the_next_stack() {
    const SECRET: &str = "hunter22-and-more";
    let world = World::new(&[("vault", &[], "{}"), ("app", &["vault"], "{}")]);
    world.write(
        "stacks/vault.yaml",
        "Parameters:\n  Size: {Type: String}\n  Password: {Type: String, NoEcho: true}\nResources:\n  Topic:\n    \
         Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Ref Password}\nOutputs:\n  Name:\n    \
         Value: !Sub 'x-${Password}'\n",
    );
    world.edit("deployment-manifest.yaml", "Size: '1'", &format!("Size: '1'\n      Password: {SECRET}"));
    let view = world.deploy().await;
    assert_eq!(view.outcome, Some(OperationOutcome::Succeeded));
    let mut places = vec![world.root.path().to_owned()];
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                places.push(path);
            } else if !path.ends_with("deployment-manifest.yaml") {
                let content = fs::read(&path).unwrap();
                assert!(!String::from_utf8_lossy(&content).contains(SECRET), "{}", path.display());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_is_never_dropped_silently() {
    let world = World::new(&[("app", &[], "{}")]);
    world.edit(
        "deployment-manifest.yaml",
        "    parameters:\n",
        "    termination_protection: true\n    parameters:\n",
    );
    world.deploy().await;
    let view = world.run(Request::Destroy { environment: None }, Options::default()).await;
    assert_eq!(view.outcome, Some(OperationOutcome::Failed));
    assert!(end(&view, "app").reason.as_deref().unwrap().contains("TerminationProtection"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_operation_is_refused_and_an_unknown_one_cannot_be_cancelled() {
    let world = World::new(&[("a", &[], "{Seconds: 40}")]);
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let refused = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Busy);
    let detail = world.engine.detail(ID).unwrap();
    let running = detail.row.running.unwrap();
    assert_eq!((running.operation, running.elsewhere), (operation.clone(), None));
    assert!(detail.environments[0].deploy.refused.is_some());
    world.engine.wait(&operation).await;
    assert_eq!(world.engine.cancel(ID, &operation, false).unwrap_err().code(), ErrorCode::Precondition);
    let counts: HashMap<_, _> =
        world.engine.detail(ID).unwrap().operations.into_iter().map(|o| (o.id, o.outcome)).collect();
    assert_eq!(counts, HashMap::from([(operation, Some(OperationOutcome::Succeeded))]));
}

/// As if the program had died right after the log's last line, before the state file was written.
fn forget_the_end(world: &World, operation: &OperationId) {
    world.started_here(operation, &[]);
    world.edit(".deployment-metadata.yaml", "status: deployed", "status: deploying");
    world.edit(".deployment-state.yaml", "\n    status: deployed", "\n    status: deploying");
    // Last, since whoever follows the folder takes it up from then on.
    world.edit(
        ".deployment-state.yaml",
        "current_operation: null",
        &format!(
            "current_operation: {{id: {operation}, kind: deploy, environment: dev, stacks: [a], \
             started_at: '2025-10-30T00:46:48.258878Z', host: h, pid: 1}}"
        ),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_writes_what_the_log_knows_and_ends_it_once() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}")]);
    let view = world.deploy().await;
    forget_the_end(&world, &view.id);
    assert!(world.engine.detail(ID).unwrap().row.interrupted.is_some());
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deploying", "unknown"));
    let log = world.log(&view.id);
    world.engine.recover(ID).await.unwrap();
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deployed", "deployed"));
    assert_eq!(world.log(&view.id), log, "the log had its end");
}

/// As if the program had died while the stacks were being made: of its log, so many lines are left.
fn die_early(world: &World, operation: &OperationId, lines: usize) {
    let log = format!("logs/{operation}.jsonl");
    let begun: Vec<String> = world.read(&log).lines().take(lines).map(|line| format!("{line}\n")).collect();
    world.write(&log, &begun.concat());
    forget_the_end(world, operation);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_program_left_is_taken_up_without_its_deployment_being_opened() {
    let world = World::new(&[("a", &[], "{}")]);
    let view = world.deploy().await;
    die_early(&world, &view.id, 2);
    let events = world.engine.events();
    let _watch = world.engine.watch().unwrap();
    let engine = world.engine.clone();
    let following = tokio::spawn(async move { engine.take_up_all().await });
    let ended = async |mut events: Receiver<Event>| {
        while !matches!(events.recv().await.unwrap().kind, EventKind::OperationEnded { .. }) {}
        assert_eq!(
            (world.status("a").as_str(), world.deployment_status().as_str()),
            ("deployed", "deployed")
        );
    };
    // Those that are there when it begins, and those that come later.
    ended(events).await;
    let again = world.run(Request::Destroy { environment: None }, Options::default()).await;
    assert_eq!(again.outcome, Some(OperationOutcome::Succeeded));
    let view = world.deploy().await;
    let events = world.engine.events();
    die_early(&world, &view.id, 2);
    ended(events).await;
    following.abort();
}

/// Whatever the manifest says by now: the operation worked where it was then.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_up_is_asked_for_where_it_was_worked_on() {
    for (now, then) in [("region: us-east-1", "region: eu-west-1"), ("environments:\n", "environments: [\n")]
    {
        let world = World::new(&[("a", &[], "{}")]);
        let view = world.deploy().await;
        die_early(&world, &view.id, 2);
        world.edit("deployment-manifest.yaml", now, then);
        world.engine.recover(ID).await.unwrap();
        assert_eq!(world.status("a"), "deployed", "{then:?}");
        let view = world.engine.operation(ID, &view.id).unwrap();
        assert_eq!(view.outcome, Some(OperationOutcome::Succeeded), "{then:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_over_can_be_called_off() {
    let world = World::new(&[("a", &[], "{Seconds: 4000}")]);
    world.write_template("a", &[], "{}");
    world.deploy().await;
    world.write_template("a", &[], "{Seconds: 4000}");
    world.edit("deployment-manifest.yaml", "Size: '1'", "Size: '2'");
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let log = format!("logs/{operation}.jsonl");
    while !world.read(&log).contains("UPDATE_IN_PROGRESS") {
        tokio::task::yield_now().await;
    }
    let copy = World::beside(&world);
    let (engine, id) = (copy.engine.clone(), operation.clone());
    let following = tokio::spawn(async move { engine.take_over(ID, &id).await });
    while copy.engine.cancel(ID, &operation, true).is_err() {
        tokio::task::yield_now().await;
    }
    following.await.unwrap().unwrap();
    let view = copy.engine.operation(ID, &operation).unwrap();
    assert!(view.cancel_requested);
    // As after any update that was rolled back.
    assert_eq!(copy.status("a"), "failed");
    assert!(copy.read(".deployment-state.yaml").contains("UPDATE_ROLLBACK_COMPLETE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_up_has_a_time_of_its_own() {
    let world = World::new(&[("a", &[], "{Seconds: 10}")]);
    let view = world.deploy().await;
    die_early(&world, &view.id, 2);
    world.engine.recover(ID).await.unwrap();
    let end = end(&world.engine.operation(ID, &view.id).unwrap(), "a").clone();
    assert!((0.3..3.0).contains(&end.seconds), "{}", end.seconds);
    let summary = world.engine.history(ID).unwrap().remove(0);
    assert!(summary.seconds.is_some_and(|seconds| (0.3..3.0).contains(&seconds)), "{summary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_needs_the_end_of_what_still_runs_is_told_so() {
    let world = World::new(&[("a", &[], "{Seconds: 4000}")]);
    let (operation, copy) = copied_while_it_runs(&world).await;
    copy.started_here(&operation, &[]);
    let interrupted = copy.engine.interrupted(ID).unwrap().unwrap();
    assert_eq!((&interrupted.operation, interrupted.here), (&operation, true));
    assert_eq!(interrupted.under_way[0].key, key("a"));
    let refused = copy.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Busy);
    assert!(refused.to_string().contains("still runs at CloudFormation (a-dev)"), "{refused}");
    assert!(copy.engine.detail(ID).unwrap().row.interrupted.is_some());
}

/// An operation on the stack 'a', and a copy of its folder in which nobody holds the lock.
async fn copied_while_it_runs(world: &World) -> (OperationId, World) {
    let operation = world.engine.start(ID, &deploy(), &Options::default()).await.unwrap();
    let log = format!("logs/{operation}.jsonl");
    while !world.read(&log).contains("CREATE_IN_PROGRESS") {
        tokio::task::yield_now().await;
    }
    (operation, World::beside(world))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_folder_takes_over_nothing_by_itself() {
    let world = World::new(&[("a", &[], "{Seconds: 40}")]);
    let (operation, copy) = copied_while_it_runs(&world).await;
    let before = (copy.read(".deployment-state.yaml"), copy.read(".deployment-metadata.yaml"));
    let log = format!("logs/{operation}.jsonl");
    let told = copy.read(&log);

    let _watch = copy.engine.watch().unwrap();
    let engine = copy.engine.clone();
    let following = tokio::spawn(async move { engine.take_up_all().await });
    let row = copy.engine.look(ID).unwrap().row;
    assert!(row.problem.as_deref().unwrap().contains("was interrupted on "), "{row:?}");
    let interrupted = row.interrupted.unwrap();
    assert_eq!((&interrupted.operation, interrupted.here), (&operation, false));
    assert!(row.refresh.refused.is_some());
    // Nor by what needs its end.
    let refused = [
        copy.engine.start(ID, &deploy(), &Options::default()).await.unwrap_err(),
        copy.engine.start_review(ID, &deploy(), 1).await.unwrap_err(),
        copy.engine.refresh(ID, None).await.unwrap_err(),
        copy.engine.drift(ID, &"dev".parse().unwrap(), None).await.unwrap_err(),
        copy.engine.recover(ID).await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.code(), ErrorCode::Precondition, "{error}");
        assert!(error.told(FrontEnd::Terminal).contains("'cloud resume'"), "{error}");
        assert!(error.told(FrontEnd::App).contains("'Take over…'"), "{error}");
    }
    // Until the operation is over where it runs.
    world.engine.wait(&operation).await;
    following.abort();
    assert_eq!((copy.read(".deployment-state.yaml"), copy.read(".deployment-metadata.yaml")), before);
    assert_eq!(copy.read(&log), told);

    // Asked by name, it does, and says before what that means.
    let view = copy.engine.take_over_view(ID).await.unwrap();
    assert_eq!((&view.operation, view.places[0].target), (&operation, Target::Sandbox));
    assert!(view.effects[0].contains("a-dev"), "{view:?}");
    assert!(view.effects.iter().any(|effect| effect.contains("still runs it")), "{view:?}");
    let other: OperationId = "20251030T004648Z-deploy-k3f9".parse().unwrap();
    let refused = copy.engine.take_over(ID, &other).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Precondition, "what was shown is not what there is any more");
    copy.take_over().await;
    assert!(copy.engine.operation(ID, &operation).unwrap().outcome.is_some());
    assert_eq!(copy.engine.take_over_view(ID).await.unwrap_err().code(), ErrorCode::Precondition);
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_does_not_take_a_deleted_namesake_for_the_stack_that_was_made_again() {
    let world = World::new(&[("a", &[], "{}")]);
    let arn = |world: &World| {
        let state = world.read(".deployment-state.yaml");
        let line = state.lines().find(|line| line.contains("stack_id: ")).unwrap().to_owned();
        line.split("stack_id: ").nth(1).unwrap().to_owned()
    };
    world.deploy().await;
    let old = arn(&world);
    world.run(Request::Destroy { environment: None }, Options::default()).await;
    let view = world.deploy().await;
    // The program died while the new stack was being made: its ARN was not recorded yet.
    let log = format!("logs/{}.jsonl", view.id);
    let begun: Vec<String> = world.read(&log).lines().take(2).map(|line| format!("{line}\n")).collect();
    world.write(&log, &begun.concat());
    forget_the_end(&world, &view.id);
    world.edit(".deployment-state.yaml", &arn(&world), &old);
    world.engine.recover(ID).await.unwrap();
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deployed", "deployed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_does_without_a_log_where_there_is_none() {
    let world = World::new(&[("a", &[], "{}"), ("b", &["a"], "{}")]);
    let view = world.deploy().await;
    forget_the_end(&world, &view.id);
    fs::remove_dir_all(world.folder().join("logs")).unwrap();
    world.engine.recover(ID).await.unwrap();
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deployed", "failed"));
    assert_eq!(world.deploy().await.outcome, Some(OperationOutcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_had_written_no_more_than_its_name_leaves_everything_as_it_was() {
    let world = World::new(&[("a", &[], "{}")]);
    world.deploy().await;
    world.edit(
        ".deployment-state.yaml",
        "current_operation: null",
        "current_operation: {id: 20251030T004648Z-deploy-k3f9, kind: deploy, environment: dev, stacks: [a], \
         started_at: '2025-10-30T00:46:48.258878Z', host: h, pid: 1}",
    );
    assert_eq!(world.deployment_status(), "unknown");
    world.take_over().await;
    assert_eq!((world.status("a").as_str(), world.deployment_status().as_str()), ("deployed", "deployed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_as_wanted_is_not_touched() {
    let world = World::new(&[("a", &[], "{}")]);
    world.deploy().await;
    let before = world.entries();
    let checked_at = world.cell("a").checked_at;
    assert_eq!(outcome(&world.deploy().await, "a"), StackOutcome::Unchanged);
    // CloudFormation was asked again, and that is all.
    assert_eq!(world.entries(), before);
    assert!(world.cell("a").checked_at > checked_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_manifest_the_row_and_every_refusal_say_the_same() {
    let world = World::new(&[("a", &[], "{}")]);
    fs::remove_file(world.folder().join("deployment-manifest.yaml")).unwrap();
    let detail = world.engine.detail(ID).unwrap();
    let problem = detail.row.problem.unwrap();
    assert!(problem.contains("deployment-manifest.yaml"), "{problem}");
    assert_eq!(detail.destroy_all.refused.as_ref(), Some(&problem));
    assert_eq!(world.cell("network").deploy.refused, Some(problem));
}
