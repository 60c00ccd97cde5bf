//! Operations in seconds since their start: what each stack took, and for how long the operation stood still.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::*;
use crate::change::Danger;
use crate::estimate;
use crate::event::{Approval, EventKind, OperationStart, Pause, ResourceEvent, StackAction, StackTurn};
use crate::fixtures::{self, actor, key};
use crate::operation::{OperationKind, StackOutcome};
use crate::review::{ReviewAction, StackReview};
use crate::status::DeploymentStatus;

const ID: &str = "DX6604E";

fn second(at: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(at)
}

#[derive(Clone, Copy)]
enum Step {
    Starts(&'static str),
    /// CloudFormation's status of the stack, and when it came about.
    Shows(&'static str, &'static str, i64),
    Asks(&'static str),
    Answered(&'static str),
    Paused,
    Resumed,
    TakenUp,
    /// Its worker measured so many seconds.
    Ends(&'static str, f64),
}

fn kind(step: Step) -> EventKind {
    let stack = |name: &str| key(name, "dev");
    match step {
        Step::Starts(name) => {
            EventKind::StackStarted { key: stack(name), action: StackAction::Update, resources: None }
        }
        Step::Shows(name, status, at) => EventKind::Resource(ResourceEvent {
            key: stack(name),
            logical_id: stack(name).cloudformation_name(&ID.parse().unwrap()),
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            physical_id: None,
            status: status.to_owned(),
            reason: None,
            happened_at: second(at),
        }),
        Step::Asks(name) => EventKind::ApprovalNeeded(Approval {
            review: StackReview {
                key: stack(name),
                action: ReviewAction::Update,
                changes: Vec::new(),
                danger: Danger::None,
                by_change_set: true,
                parameters: Vec::new(),
                after: Vec::new(),
                obstacles: Vec::new(),
                remarks: Vec::new(),
                cloudformation_status: None,
                first: Vec::new(),
                findings: Vec::new(),
            },
            differences: Vec::new(),
        }),
        Step::Answered(name) => EventKind::ApprovalGiven { key: stack(name), approved: true },
        Step::Paused => EventKind::Paused(Pause {
            environment: "dev".parse().unwrap(),
            reason: "the login has expired".to_owned(),
            command: None,
        }),
        Step::Resumed => EventKind::Resumed { environment: "dev".parse().unwrap() },
        Step::TakenUp => EventKind::TakenUp { by: actor() },
        Step::Ends(name, seconds) => EventKind::StackEnded(StackEnd {
            key: stack(name),
            outcome: StackOutcome::Succeeded,
            status: None,
            reason: None,
            cloudformation_status: None,
            protected: false,
            outputs: BTreeMap::new(),
            seconds,
        }),
    }
}

/// The operation at its last step, and what each stack took, as it is written into the log.
fn played(stacks: &[&str], steps: &[(i64, Step)]) -> (OperationView, Vec<f64>) {
    let turns = stacks.iter().map(|name| StackTurn { key: key(name, "dev"), waits_for: Vec::new() });
    let event = |seq, at, kind| fixtures::event(seq, second(at), kind);
    let start = EventKind::OperationStarted(OperationStart {
        status_before: DeploymentStatus::Deployed,
        ..fixtures::start(OperationKind::Deploy, turns.collect())
    });
    let mut view = OperationView::begin(&event(0, 0, start)).unwrap();
    let mut took = Vec::new();
    for (seq, (at, step)) in (1..).zip(steps) {
        let mut kind = kind(*step);
        if let EventKind::StackEnded(end) = &mut kind {
            end.seconds = worked_seconds(&view, end, second(*at));
            took.push(end.seconds);
        }
        view.apply(&event(seq, *at, kind));
    }
    (view, took)
}

/// What happens, the stacks, the steps with their seconds, what each stack took, and for how long all stood still.
type Case = (&'static str, &'static [&'static str], &'static [(i64, Step)], &'static [f64], f64);

#[test]
fn what_a_stack_took_and_how_long_the_operation_stood_still() {
    use Step::{Answered, Asks, Ends, Paused, Resumed, Shows, Starts, TakenUp};
    const BUSY: &str = "UPDATE_IN_PROGRESS";
    const DONE: &str = "UPDATE_COMPLETE";
    let cases: &[Case] = &[
        ("nothing waits", &["a"], &[(0, Starts("a")), (30, Ends("a", 30.0))], &[30.0], 0.0),
        (
            "a person thinks for ten minutes",
            &["a"],
            &[
                (0, Starts("a")),
                (10, Asks("a")),
                (610, Answered("a")),
                (611, Shows("a", BUSY, 611)),
                (620, Shows("a", DONE, 619)),
                (620, Ends("a", 620.0)),
            ],
            &[20.0],
            600.0,
        ),
        (
            "another stack goes on meanwhile",
            &["a", "b"],
            &[
                (0, Starts("a")),
                (0, Starts("b")),
                (10, Asks("a")),
                (400, Ends("b", 400.0)),
                (610, Answered("a")),
                (620, Ends("a", 620.0)),
            ],
            &[400.0, 20.0],
            210.0,
        ),
        (
            "the review's empty stack is no work on it",
            &["a"],
            &[
                (0, Starts("a")),
                (5, Shows("a", "REVIEW_IN_PROGRESS", 4)),
                (10, Paused),
                (110, Resumed),
                (120, Ends("a", 120.0)),
            ],
            &[20.0],
            100.0,
        ),
        (
            "CloudFormation goes on while nobody is logged in, and is done before somebody is",
            &["a"],
            &[
                (0, Starts("a")),
                (2, Shows("a", BUSY, 1)),
                (10, Paused),
                (3600, Resumed),
                (3601, Shows("a", DONE, 60)),
                (3601, Ends("a", 3601.0)),
            ],
            &[61.0],
            3540.0,
        ),
        (
            "CloudFormation still works when somebody is",
            &["a"],
            &[
                (0, Starts("a")),
                (2, Shows("a", BUSY, 1)),
                (10, Paused),
                (300, Resumed),
                (400, Shows("a", DONE, 399)),
                (400, Ends("a", 400.0)),
            ],
            &[400.0],
            0.0,
        ),
        (
            "its turn comes while nobody is logged in",
            &["a"],
            &[(10, Paused), (110, Resumed), (111, Starts("a")), (121, Ends("a", 121.0))],
            &[21.0],
            100.0,
        ),
        (
            "the program was dead for a day, and the stack done after a minute",
            &["a"],
            &[
                (0, Starts("a")),
                (86_400, TakenUp),
                (86_400, Shows("a", BUSY, 1)),
                (86_400, Shows("a", DONE, 60)),
                (86_400, Ends("a", 86_400.0)),
            ],
            &[60.0],
            86_340.0,
        ),
        (
            "the program was dead for a while, and the stack took longer",
            &["a"],
            &[
                (0, Starts("a")),
                (30, TakenUp),
                (30, Shows("a", BUSY, 1)),
                (40, Shows("a", DONE, 40)),
                (40, Ends("a", 40.0)),
            ],
            &[40.0],
            0.0,
        ),
        (
            "it died twice",
            &["a"],
            &[
                (0, Starts("a")),
                (2, Shows("a", BUSY, 1)),
                (30, TakenUp),
                (500, TakenUp),
                (500, Shows("a", DONE, 100)),
                (500, Ends("a", 500.0)),
            ],
            &[100.0],
            400.0,
        ),
        ("nothing ran when it died", &["a"], &[(3600, TakenUp)], &[], 3600.0),
        (
            "it died while it asked",
            &["a"],
            &[(0, Starts("a")), (10, Asks("a")), (3600, TakenUp), (3600, Ends("a", 3600.0))],
            &[10.0],
            3590.0,
        ),
    ];
    for (what, stacks, steps, seconds, still) in cases {
        let (view, took) = played(stacks, steps);
        assert_eq!(took, *seconds, "{what}");
        let stood = stood_still(&view, second(steps.last().unwrap().0));
        assert!((stood - still).abs() < 1e-9, "{what}: stood still for {stood}, not {still}");
        let learned: Vec<f64> = estimate::samples(&view).into_iter().map(|sample| sample.seconds).collect();
        assert_eq!(learned.len(), took.len(), "{what}");
        assert!(took.iter().all(|took| learned.contains(took)), "{what}: {learned:?}");
    }
}
