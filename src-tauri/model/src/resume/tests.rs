//! An operation is run to a moment at which its program dies; what became of each stack is then known to the test, and
//! what `resume` makes of the log and of CloudFormation's answers has to be the same.

use chrono::DateTime;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::event::{Event, EventKind, OperationStart, ResourceEvent, StackAction, StackTurn};
use crate::fixtures::{self, key};
use crate::operation::{OperationKind, OperationOutcome};
use crate::status::DeploymentStatus;

/// When it is asked.
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// How far a stack had come when the program died, and how its call ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Truth {
    /// Its turn had not come.
    Waits,
    /// Its start is in the log; CloudFormation was not asked yet.
    Begun,
    /// CloudFormation works on it, and it will end so.
    Called(&'static str),
    /// Its end is in the log.
    Done(&'static str),
}

/// The statuses in which the call of an operation can end: well, and not.
fn ends(kind: OperationKind) -> &'static [&'static str] {
    match kind {
        OperationKind::Destroy => &["DELETE_COMPLETE", "DELETE_FAILED"],
        _ => &["CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
    }
}

fn truth(kind: OperationKind) -> impl Strategy<Value = Truth> {
    prop_oneof![
        Just(Truth::Waits),
        Just(Truth::Begun),
        select(ends(kind)).prop_map(Truth::Called),
        select(ends(kind)).prop_map(Truth::Done),
    ]
}

/// A deploy of new stacks, a deploy of stacks that exist, or a destroy; and what is true of each stack.
fn operations() -> impl Strategy<Value = (OperationKind, Vec<Truth>)> {
    select(&[OperationKind::Deploy, OperationKind::Destroy][..])
        .prop_flat_map(|kind| (Just(kind), prop::collection::vec(truth(kind), 1..12)))
}

fn name(place: usize) -> StackKey {
    key(&format!("s{place}"), "dev")
}

/// The log up to the death.
fn log(kind: OperationKind, truths: &[Truth]) -> Vec<Event> {
    let turns = (0..truths.len()).map(|place| StackTurn { key: name(place), waits_for: Vec::new() });
    let mut kinds = vec![EventKind::OperationStarted(OperationStart {
        status_before: DeploymentStatus::Deployed,
        ..fixtures::start(kind, turns.collect())
    })];
    for (place, truth) in truths.iter().enumerate() {
        if *truth != Truth::Waits {
            let action =
                if kind == OperationKind::Destroy { StackAction::Delete } else { StackAction::Update };
            kinds.push(EventKind::StackStarted { key: name(place), action, resources: None });
        }
    }
    for (place, truth) in truths.iter().enumerate() {
        if let Truth::Done(status) = truth {
            kinds.push(EventKind::StackEnded(StackEnd {
                key: name(place),
                outcome: cloudformation::outcome(status, kind.direction()).unwrap(),
                status: None,
                reason: None,
                cloudformation_status: None,
                protected: false,
                outputs: BTreeMap::new(),
                seconds: 0.0,
            }));
        }
    }
    fixtures::log(kinds)
}

/// What CloudFormation says of the stacks; `rests`: once nothing runs any more.
fn says(kind: OperationKind, truths: &[Truth], existed: bool, rests: bool) -> BTreeMap<StackKey, Said> {
    let stands = |status: &str, ours| Said::Stands { status: status.to_owned(), reason: None, ours };
    let said = |truth: &Truth| match truth {
        Truth::Begun if existed => stands("UPDATE_COMPLETE", false),
        Truth::Waits | Truth::Begun => Said::Nothing,
        Truth::Called(_) if !rests && kind == OperationKind::Destroy => stands("DELETE_IN_PROGRESS", true),
        Truth::Called(_) if !rests => stands("UPDATE_IN_PROGRESS", true),
        Truth::Called("DELETE_COMPLETE") | Truth::Done("DELETE_COMPLETE") => Said::Nothing,
        Truth::Called(status) | Truth::Done(status) => stands(status, true),
    };
    truths.iter().enumerate().map(|(place, truth)| (name(place), said(truth))).collect()
}

/// The oracle: how one stack comes out, and its status where that changes.
fn expected(kind: OperationKind, truth: Truth, existed: bool) -> (StackOutcome, Option<StackStatus>) {
    use StackOutcome::{Failed, Skipped, Succeeded};
    match (truth, kind, existed) {
        (Truth::Waits, ..) => (Skipped, None),
        (Truth::Begun, OperationKind::Destroy, false) => (Succeeded, Some(StackStatus::Destroyed)),
        (Truth::Begun, _, true) => (Skipped, Some(StackStatus::Deployed)),
        (Truth::Begun, _, false) => (Skipped, Some(StackStatus::NotDeployed)),
        (Truth::Called("CREATE_COMPLETE" | "UPDATE_COMPLETE"), ..) => {
            (Succeeded, Some(StackStatus::Deployed))
        }
        (Truth::Called("DELETE_COMPLETE"), ..) => (Succeeded, Some(StackStatus::Destroyed)),
        (Truth::Called(_), ..) => (Failed, Some(StackStatus::Failed)),
        (Truth::Done(_), ..) => panic!("its end is in the log"),
    }
}

proptest! {
    #[test]
    fn what_is_resumed_is_what_was_true((kind, truths) in operations(), existed in any::<bool>()) {
        let view = OperationView::replay(&log(kind, &truths)).unwrap();
        let resumed = resume(&view, &says(kind, &truths, existed, true), NOW);
        prop_assert_eq!((&resumed.running, &resumed.unasked), (&vec![], &vec![]));
        let open = truths.iter().enumerate().filter(|(_, truth)| !matches!(truth, Truth::Done(_)));
        let wanted: Vec<_> = open
            .map(|(place, truth)| {
                let (outcome, status) = expected(kind, *truth, existed);
                (name(place), outcome, status)
            })
            .collect();
        let found: Vec<_> =
            resumed.ends.iter().map(|end| (end.key.clone(), end.outcome, end.status)).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn whatever_still_runs_is_followed_and_nothing_is_ended_before_it_rests(
        (kind, truths) in operations(),
        existed in any::<bool>(),
    ) {
        let view = OperationView::replay(&log(kind, &truths)).unwrap();
        let early = resume(&view, &says(kind, &truths, existed, false), NOW);
        let running: Vec<_> = truths.iter().enumerate()
            .filter(|(_, truth)| matches!(truth, Truth::Called(_)))
            .map(|(place, _)| name(place))
            .collect();
        prop_assert_eq!(&early.running, &running);
        let late = resume(&view, &says(kind, &truths, existed, true), NOW);
        prop_assert!(early.ends.iter().all(|end| late.ends.contains(end)));
        prop_assert_eq!(early.ends.len() + early.running.len(), late.ends.len());
    }

    #[test]
    fn a_death_in_the_middle_of_resuming_changes_nothing(
        (kind, truths) in operations(),
        existed in any::<bool>(),
        written in 0..12_usize,
    ) {
        let mut events = log(kind, &truths);
        let said = says(kind, &truths, existed, true);
        let once = resume(&OperationView::replay(&events).unwrap(), &said, NOW).ends;
        let written = written.min(once.len());
        events.extend(fixtures::log(once[..written].iter().cloned().map(EventKind::StackEnded)));
        let view = OperationView::replay(&events).unwrap();
        let again = resume(&view, &said, NOW).ends;
        prop_assert_eq!(&again[..], &once[written..]);
    }

    #[test]
    fn every_stack_comes_to_one_end_and_the_operation_to_one_outcome((kind, truths) in operations(), existed in any::<bool>()) {
        let mut events = log(kind, &truths);
        let view = OperationView::replay(&events).unwrap();
        let ends = resume(&view, &says(kind, &truths, existed, true), NOW).ends;
        events.extend(fixtures::log(ends.into_iter().map(EventKind::StackEnded)));
        let view = OperationView::replay(&events).unwrap();
        let outcomes: Vec<_> = view.stacks.iter().map(|run| run.end.as_ref().unwrap().outcome).collect();
        let good = outcomes.iter().filter(|outcome| outcome.is_success()).count();
        let outcome = OperationOutcome::of(kind.direction(), &outcomes, false);
        prop_assert_eq!(outcome == OperationOutcome::Succeeded, good == outcomes.len());
    }
}

#[test]
fn what_was_not_asked_is_told_and_left_open() {
    let view = OperationView::replay(&log(OperationKind::Deploy, &[Truth::Begun, Truth::Waits])).unwrap();
    let resumed = resume(&view, &BTreeMap::new(), NOW);
    assert_eq!(resumed.unasked, [name(0)]);
    assert_eq!(resumed.ends.len(), 1);
}

#[test]
fn an_empty_stack_around_a_change_set_is_none() {
    let view = OperationView::replay(&log(OperationKind::Deploy, &[Truth::Begun])).unwrap();
    let said = Said::Stands { status: "REVIEW_IN_PROGRESS".to_owned(), reason: None, ours: true };
    let resumed = resume(&view, &BTreeMap::from([(name(0), said)]), NOW);
    assert_eq!(
        (resumed.ends[0].outcome, resumed.ends[0].status),
        (StackOutcome::Skipped, Some(StackStatus::NotDeployed))
    );
}

#[test]
fn a_repair_that_left_nothing_has_removed_what_was_left_over() {
    let view = OperationView::replay(&log(OperationKind::RepairStack, &[Truth::Begun])).unwrap();
    let resumed = resume(&view, &BTreeMap::from([(name(0), Said::Nothing)]), NOW);
    assert_eq!(
        (resumed.ends[0].outcome, resumed.ends[0].status),
        (StackOutcome::Succeeded, Some(StackStatus::NotDeployed))
    );
}

#[test]
fn a_stack_that_failed_as_a_whole_says_why_after_its_program_died() {
    let mut events = log(OperationKind::Deploy, &[Truth::Called("ROLLBACK_COMPLETE")]);
    events.extend(fixtures::log(vec![EventKind::Resource(ResourceEvent {
        key: name(0),
        logical_id: "DX6604E-s0-dev".to_owned(),
        resource_type: "AWS::CloudFormation::Stack".to_owned(),
        physical_id: None,
        status: "ROLLBACK_IN_PROGRESS".to_owned(),
        reason: Some("No export named shared-arn found.".to_owned()),
        happened_at: DateTime::UNIX_EPOCH,
    })]));
    let reason = |events: &[Event], told: Option<&str>| {
        let reason = told.map(str::to_owned);
        let said = Said::Stands { status: "ROLLBACK_COMPLETE".to_owned(), reason, ours: true };
        let view = OperationView::replay(events).unwrap();
        resume(&view, &BTreeMap::from([(name(0), said)]), NOW).ends.remove(0).reason.unwrap()
    };
    let told = "No export named shared-arn found. — the create was rolled back: nothing runs";
    assert_eq!(reason(&events, None), told);
    events.pop();
    assert_eq!(reason(&events, Some("No export named shared-arn found.")), told);
    assert_eq!(
        reason(&events, None),
        "the stack ended in ROLLBACK_COMPLETE — the create was rolled back: nothing runs"
    );
}
