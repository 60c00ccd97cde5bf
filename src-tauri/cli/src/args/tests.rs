//! What is copied as a command does what was clicked: the parser gives the request back.

use proptest::prelude::*;
use proptest::sample::select;
use skydeck_model::command::Command;
use skydeck_model::plan::Pace;

use super::*;

fn name<T>(pattern: &'static str) -> impl Strategy<Value = T>
where
    T: std::str::FromStr + std::fmt::Debug,
    T::Err: std::fmt::Debug,
{
    pattern.prop_map(|text| text.parse().unwrap())
}

fn stack() -> impl Strategy<Value = StackName> {
    name("[a-zA-Z][a-zA-Z0-9-]{0,20}")
}

fn environment() -> impl Strategy<Value = EnvironmentName> {
    name("[a-z][a-z0-9-]{0,15}")
}

/// A resource's name, also one that a shell or the parser could take for something else.
fn resources() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-Za-z0-9]{1,12}|[-'\"$ *\\\\=;a]{0,6}", 0..4)
}

fn repairs() -> impl Strategy<Value = Repair> {
    prop_oneof![
        resources().prop_map(|skip| Repair::ContinueRollback { skip }),
        select(vec![Repair::RollBack, Repair::DiscardReview, Repair::Unprotect]),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    prop_oneof![
        environment().prop_map(|environment| Request::Deploy { environment }),
        (stack(), environment(), any::<bool>()).prop_map(|(stack, environment, skip_dependencies)| {
            Request::DeployStack { stack, environment, skip_dependencies }
        }),
        prop::option::of(environment()).prop_map(|environment| Request::Destroy { environment }),
        (stack(), environment(), any::<bool>(), resources(), any::<bool>()).prop_map(
            |(stack, environment, force, retain, all)| Request::DestroyStack {
                stack,
                environment,
                force,
                deletion: Deletion { retain, force: all },
            }
        ),
        (stack(), environment(), repairs()).prop_map(|(stack, environment, repair)| Request::RepairStack {
            stack,
            environment,
            repair
        }),
    ]
}

fn parsed(line: &str) -> Verb {
    let words = shlex::split(line).expect("a shell understands it");
    Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}: {error}")).verb
}

proptest! {
    #[test]
    fn a_copied_command_is_the_request_that_was_made(
        request in requests(),
        parallel in prop::option::of(1u32..40),
        stop_on_failure: bool,
    ) {
        let pace = Pace { parallel, stop_on_failure };
        let command = Command::Run { request: request.clone(), pace: pace.clone() };
        let Some(line) = command.line("DX6604E") else {
            // CloudFormation is asked either to leave named resources or all of them.
            let unsaid = match &request {
                Request::DestroyStack { deletion, .. } => deletion.force && !deletion.retain.is_empty(),
                _ => false,
            };
            prop_assert!(unsaid, "{request:?}");
            return Ok(());
        };
        let (id, back, options) = match parsed(&line) {
            Verb::Deploy(args) => (args.id.clone(), Some(args.request()), Some(args.run.options())),
            Verb::DeployStack(args) => (args.id.clone(), Some(args.request()), None),
            Verb::Destroy(args) => (args.id.clone(), Some(args.request()), Some(args.run.options())),
            Verb::DestroyStack(args) => (args.id.clone(), Some(args.request()), None),
            Verb::RepairStack(args) => (args.id.clone(), args.request(), None),
            other => panic!("{line}: {other:?}"),
        };
        prop_assert_eq!((id.as_str(), back), ("DX6604E", Some(request)));
        if let Some(options) = options {
            let told = Pace { parallel: options.parallel, stop_on_failure: options.stop_on_failure };
            prop_assert_eq!((told.parallel(), told.stop_on_failure), (pace.parallel(), stop_on_failure));
        }
    }

    #[test]
    fn a_copied_look_is_the_look_that_was_made(
        place in environment(),
        one in prop::option::of(stack()),
        everywhere: bool,
    ) {
        let line = Command::Drift { environment: place.clone(), stack: one.clone() }.line("DX6604E");
        let Verb::Drift(args) = parsed(&line.unwrap()) else { panic!("another verb") };
        prop_assert_eq!((args.environment, args.stack), (place.clone(), one));
        let asked = (!everywhere).then_some(place);
        let line = Command::Refresh { environment: asked.clone() }.line("DX6604E");
        let Verb::Status(args) = parsed(&line.unwrap()) else { panic!("another verb") };
        prop_assert_eq!((args.refresh, args.environment), (true, asked));
    }

    #[test]
    fn a_copied_plan_and_help_are_understood(place in environment(), one in stack()) {
        let line = Command::Plan { environment: place.clone() }.line("DX6604E");
        let Verb::Plan(args) = parsed(&line.unwrap()) else { panic!("another verb") };
        prop_assert_eq!((args.destroy, args.environment.as_ref()), (false, Some(&place)));
        let line = Command::WaysOut { stack: one.clone(), environment: place.clone() }.line("DX6604E");
        let Verb::RepairStack(args) = parsed(&line.unwrap()) else { panic!("another verb") };
        prop_assert!(args.request().is_none());
        prop_assert_eq!((args.stack, args.environment), (one, place));
    }
}

#[test]
fn a_copied_cancel_and_log_are_understood() {
    let Verb::Cancel(args) = parsed(&Command::Cancel.line("DX6604E").unwrap()) else {
        panic!("another verb")
    };
    assert_eq!(args.id, "DX6604E");
    let Verb::Resume(args) = parsed(&Command::Resume.line("DX6604E").unwrap()) else {
        panic!("another verb")
    };
    assert_eq!((args.id.as_str(), args.yes), ("DX6604E", false));
    let Verb::Status(args) = parsed(&Command::Status.line("DX6604E").unwrap()) else {
        panic!("another verb")
    };
    assert!(!args.refresh);
    let operation: skydeck_model::OperationId = "20251030T004648Z-deploy-k3f9".parse().unwrap();
    let Verb::Log(args) = parsed(&Command::Log { operation: operation.clone() }.line("DX6604E").unwrap())
    else {
        panic!("another verb")
    };
    assert_eq!(args.operation.as_deref(), Some(operation.as_str()));
}
