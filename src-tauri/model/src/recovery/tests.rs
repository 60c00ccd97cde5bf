//! Each status against each kind of operation, and what is advised in words.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::*;
use crate::event::{EventKind, OperationStart, ResourceEvent, StackAction, StackEnd, StackTurn};
use crate::fixtures::{self, key, manifest, stack};
use crate::plan::plan;
use crate::status::DeploymentStatus;
use crate::validate::Templates;

/// The operation whose program has told these events of `network`, which then ended so.
fn ended(request: Request, events: Vec<EventKind>, status: &str, protected: bool) -> OperationView {
    let kind = request.kind();
    let action = match kind.direction() {
        Direction::Up => StackAction::Update,
        Direction::Down => StackAction::Delete,
        Direction::Back => StackAction::Repair,
    };
    let turn = StackTurn { key: key("network", "dev"), waits_for: Vec::new() };
    let start = EventKind::OperationStarted(OperationStart {
        request: Some(request),
        ..fixtures::start(kind, vec![turn])
    });
    let started = EventKind::StackStarted { key: key("network", "dev"), action, resources: None };
    let end = EventKind::StackEnded(StackEnd {
        key: key("network", "dev"),
        outcome: StackOutcome::Failed,
        status: None,
        reason: None,
        cloudformation_status: Some(status.to_owned()),
        protected,
        outputs: BTreeMap::new(),
        seconds: 0.0,
    });
    let over = EventKind::OperationEnded {
        outcome: OperationOutcome::Failed,
        deployment_status: DeploymentStatus::Failed,
        api: None,
        waited: 0.0,
    };
    let kinds = [start, started].into_iter().chain(events).chain([end, over]);
    OperationView::replay(&fixtures::log(kinds)).unwrap()
}

fn requests() -> [Request; 5] {
    let StackKey { stack, environment } = key("network", "dev");
    [
        Request::Deploy { environment: environment.clone() },
        WayOut::DeployAgain.request(&key("network", "dev"), &[]).unwrap(),
        Request::Destroy { environment: Some(environment.clone()) },
        Request::DestroyStack { stack, environment, force: false, deletion: Deletion::default() },
        WayOut::ContinueRollback.request(&key("network", "dev"), &[]).unwrap(),
    ]
}

/// CloudFormation's statuses; what comes before a deploy and before a destroy, where the stack is protected and where not; and
/// what comes after a repair that failed.
#[test]
fn each_status_has_the_step_that_can_be_taken_from_it_before_each_kind_of_operation() {
    use WayOut as W;
    const NO: Option<WayOut> = None;
    const OFF: Option<WayOut> = Some(W::Unprotect);
    const WAIT: Option<WayOut> = Some(W::Wait);
    #[rustfmt::skip]
    let table = [
        // status                                        deploy, protected                    destroy, protected  repair
        ("REVIEW_IN_PROGRESS",                           NO, NO,                               NO, OFF,  Some(W::DiscardReview)),
        ("CREATE_IN_PROGRESS",                           WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("CREATE_COMPLETE",                              NO, NO,                               NO, OFF,  NO),
        ("CREATE_FAILED",                                NO, OFF,                              NO, OFF,  Some(W::Recreate)),
        ("ROLLBACK_IN_PROGRESS",                         WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("ROLLBACK_COMPLETE",                            NO, OFF,                              NO, OFF,  Some(W::Recreate)),
        ("ROLLBACK_FAILED",                              NO, OFF,                              NO, OFF,  Some(W::Recreate)),
        ("DELETE_IN_PROGRESS",                           WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("DELETE_COMPLETE",                              NO, NO,                               NO, NO,   NO),
        ("DELETE_FAILED",                                Some(W::DestroyAgain), OFF,           NO, OFF,  Some(W::DestroyAgain)),
        ("UPDATE_IN_PROGRESS",                           WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",          WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("UPDATE_COMPLETE",                              NO, NO,                               NO, OFF,  NO),
        ("UPDATE_FAILED",                                Some(W::RollBack), Some(W::RollBack), NO, OFF,  Some(W::RollBack)),
        ("UPDATE_ROLLBACK_IN_PROGRESS",                  WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("UPDATE_ROLLBACK_COMPLETE",                     NO, NO,                               NO, OFF,  Some(W::DeployAgain)),
        ("UPDATE_ROLLBACK_FAILED",                       Some(W::ContinueRollback), Some(W::ContinueRollback), NO, OFF, Some(W::ContinueRollback)),
        ("IMPORT_IN_PROGRESS",                           WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("IMPORT_ROLLBACK_IN_PROGRESS",                  WAIT, WAIT,                           WAIT, WAIT, WAIT),
        ("IMPORT_COMPLETE",                              NO, NO,                               NO, OFF,  NO),
        ("IMPORT_ROLLBACK_COMPLETE",                     NO, NO,                               NO, OFF,  Some(W::DeployAgain)),
        ("IMPORT_ROLLBACK_FAILED",                       Some(W::DestroyAgain), OFF,           NO, OFF,  Some(W::DestroyAgain)),
    ];
    assert_eq!(table.len(), 23);
    let manifest = manifest(vec![stack("network", true, &[])]);
    for (status, up, up_protected, down, down_protected, back) in table {
        let row = cloudformation::row_of(status).unwrap();
        let statuses = BTreeMap::from([(key("network", "dev"), row.seen)]);
        for request in requests() {
            let direction = request.kind().direction();
            for protected in [false, true] {
                let first = match (direction, protected) {
                    (Direction::Up, false) => up,
                    (Direction::Up, true) => up_protected,
                    (Direction::Down, false) => down,
                    (Direction::Down, true) => down_protected,
                    (Direction::Back, false) => back,
                    // Protection is on the card beside what else helps.
                    (Direction::Back, true) => before(status, true, direction).first().copied(),
                };
                let context = format!("{status} {:?} protected: {protected}", request.kind());
                assert_eq!(before(status, protected, direction).first().copied(), first, "{context}");
                let steps = steps(&ended(request.clone(), Vec::new(), status, protected));
                let expected = first.and_then(|way| way.request(&key("network", "dev"), &[]));
                let command = |request: &Request| {
                    Command::Run { request: request.clone(), pace: Pace::default() }.line("DX6604E").unwrap()
                };
                let told = steps.iter().find(|step| step.key.is_some()).map(|step| step.command.clone());
                assert_eq!(told, expected.as_ref().map(command), "{context}");
                let again = steps.iter().find(|step| step.key.is_none()).map(|step| step.command.clone());
                let fits = direction != Direction::Back;
                assert_eq!(again, fits.then(|| command(&request)), "{context}");
                for advised in expected.iter().chain(fits.then_some(&request)) {
                    plan(&manifest, &Templates::new(), &statuses, advised).unwrap();
                }
                // What is advised is on the card, too.
                for way in first.iter().filter(|way| **way != W::Wait) {
                    assert!(ways(status, protected).contains(way), "{context}");
                }
            }
        }
    }
}

fn resource(id: &str, kind: &str, status: &str) -> EventKind {
    EventKind::Resource(ResourceEvent {
        key: key("network", "dev"),
        logical_id: id.to_owned(),
        resource_type: kind.to_owned(),
        physical_id: None,
        status: status.to_owned(),
        reason: Some("no way".to_owned()),
        happened_at: DateTime::UNIX_EPOCH,
    })
}

fn told(view: &OperationView) -> Vec<String> {
    steps(view).into_iter().map(|Step { what, command, .. }| format!("{what}: {command}")).collect()
}

#[test]
fn what_is_in_the_way_can_be_skipped_or_left_behind() {
    let [deploy, _, destroy, ..] = requests();
    let failed = ended(
        deploy,
        vec![
            resource("Broken", "AWS::SNS::Topic", "UPDATE_FAILED"),
            resource("DX6604E-network-dev", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
            resource("Queue", "AWS::SQS::Queue", "UPDATE_FAILED"),
            resource("Broken", "AWS::SNS::Topic", "UPDATE_COMPLETE"),
        ],
        "UPDATE_ROLLBACK_FAILED",
        false,
    );
    assert_eq!(
        told(&failed),
        [
            "Fix what keeps it from going back, and continue its rollback: \
             cloud repair-stack DX6604E network --environment dev --continue-rollback",
            "Where Queue cannot go back, leave it as it is: \
             cloud repair-stack DX6604E network --environment dev --continue-rollback --skip Queue",
            "Then go on from here: cloud deploy DX6604E --environment dev",
        ]
    );
    let left =
        ended(destroy, vec![resource("Bucket", "AWS::S3::Bucket", "DELETE_FAILED")], "DELETE_FAILED", false);
    assert_eq!(
        told(&left),
        [
            "Where Bucket cannot be deleted, leave it behind: \
             cloud destroy-stack DX6604E network --environment dev --force --retain Bucket",
            "Fix the cause, then go on from here: cloud destroy DX6604E --environment dev",
        ]
    );
}

#[test]
fn what_went_well_or_still_runs_needs_nothing() {
    let [deploy, ..] = requests();
    let mut view = ended(deploy, Vec::new(), "UPDATE_ROLLBACK_FAILED", false);
    view.outcome = Some(OperationOutcome::Succeeded);
    assert_eq!(steps(&view), []);
    view.outcome = None;
    assert_eq!(steps(&view), []);
}
