//! Timelines as pure functions: no clock, no files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::lifecycle::{self, Aim, Draft, OnFailure};
use crate::record::{Definition, Operation, OperationKind, Resource, RollbackConfiguration, Wanted};
use crate::template::Behaviour;
use crate::template::policy::{Occasion, Policy};

fn resource(id: &str, depends_on: &[&str], seconds: f64) -> Resource {
    Resource {
        logical_id: id.to_owned(),
        resource_type: "AWS::SQS::Queue".to_owned(),
        physical_id: format!("{id}-1"),
        properties: serde_json::json!({}),
        metadata: None,
        depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
        deletion_policy: Policy::Delete,
        update_replace_policy: Policy::Delete,
        behaviour: Behaviour { seconds: Some(seconds), ..Behaviour::default() },
    }
}

fn create(definition: &Definition) -> Vec<Draft> {
    let aim = Aim {
        definition: definition.clone(),
        changes: Vec::new(),
        problem: None,
        is_found_late: false,
        refusals: BTreeMap::new(),
    };
    lifecycle::create(&aim, OnFailure::Rollback, Occasion::Undo { retains: true }, None)
}

fn definition(resources: Vec<Resource>) -> Definition {
    Definition {
        wanted: Wanted {
            template: String::new(),
            parameters: Vec::new(),
            capabilities: Vec::new(),
            tags: Vec::new(),
            role_arn: None,
            notification_arns: Vec::new(),
            rollback: RollbackConfiguration::default(),
        },
        description: None,
        resources,
        outputs: Vec::new(),
        imports: Vec::new(),
        behaviour: Behaviour::default(),
    }
}

fn lines(drafts: &[Draft]) -> Vec<String> {
    drafts
        .iter()
        .map(|draft| {
            let id = draft.step.resource.as_ref().map_or("-", |subject| &subject.logical_id);
            format!("{:.1} {id} {}", draft.at, draft.step.status)
        })
        .collect()
}

#[test]
fn independent_resources_run_side_by_side_and_dependent_ones_wait() {
    let definition =
        definition(vec![resource("A", &[], 1.0), resource("B", &[], 2.0), resource("C", &["A", "B"], 1.0)]);
    assert_eq!(
        lines(&create(&definition)),
        [
            "0.0 - CREATE_IN_PROGRESS",
            "0.2 A CREATE_IN_PROGRESS",
            "0.2 B CREATE_IN_PROGRESS",
            "0.5 A CREATE_IN_PROGRESS",
            "0.8 B CREATE_IN_PROGRESS",
            "1.2 A CREATE_COMPLETE",
            "2.2 B CREATE_COMPLETE",
            "2.2 C CREATE_IN_PROGRESS",
            "2.5 C CREATE_IN_PROGRESS",
            "3.2 C CREATE_COMPLETE",
            "3.4 - CREATE_COMPLETE",
        ]
    );
}

#[test]
fn a_resource_that_had_not_begun_when_another_failed_never_begins() {
    let mut failing = resource("A", &[], 1.0);
    failing.behaviour.fail = Some("no".to_owned());
    let definition = definition(vec![failing, resource("B", &[], 10.0), resource("C", &["A"], 1.0)]);
    assert_eq!(
        lines(&create(&definition)),
        [
            "0.0 - CREATE_IN_PROGRESS",
            "0.2 A CREATE_IN_PROGRESS",
            "0.2 B CREATE_IN_PROGRESS",
            "0.5 A CREATE_IN_PROGRESS",
            "1.2 A CREATE_FAILED",
            "1.2 B CREATE_FAILED",
            "1.4 - ROLLBACK_IN_PROGRESS",
            "1.6 B DELETE_COMPLETE",
            "1.6 A DELETE_IN_PROGRESS",
            "2.2 A DELETE_COMPLETE",
            "2.4 - ROLLBACK_COMPLETE",
        ]
    );
}

#[test]
fn a_failed_delete_keeps_what_it_depends_on() {
    let mut stuck = resource("B", &["A"], 1.0);
    stuck.behaviour.fail_delete = Some("no".to_owned());
    let known = [resource("A", &[], 1.0), stuck, resource("C", &[], 1.0)];
    let start: DateTime<Utc> = "2025-10-30T12:00:00Z".parse().unwrap();
    let operation =
        Operation { id: "operation".to_owned(), kind: OperationKind::Create, token: None, at: start };
    let created = create(&definition(known.to_vec()));
    let events = lifecycle::dated(created, 1.0, &operation);
    let live = crate::record::fold(events.iter());
    assert_eq!(
        lines(&lifecycle::delete(live, &known, &[])),
        [
            "0.0 - DELETE_IN_PROGRESS",
            "0.2 C DELETE_IN_PROGRESS",
            "0.2 B DELETE_IN_PROGRESS",
            "0.8 C DELETE_COMPLETE",
            "0.8 B DELETE_FAILED",
            "1.0 - DELETE_FAILED",
        ]
    );
}

#[test]
fn speed_and_the_templates_seconds_set_the_times() {
    let start: DateTime<Utc> = "2025-10-30T12:00:00Z".parse().unwrap();
    let operation = Operation {
        id: "operation".to_owned(),
        kind: OperationKind::Create,
        token: Some("t".to_owned()),
        at: start,
    };
    let unhurried = |count: usize| {
        let mut resources: Vec<Resource> = Vec::new();
        for index in 0..count {
            let before = index.checked_sub(1).map(|before| format!("R{before}"));
            let depends_on: Vec<&str> = before.as_deref().into_iter().collect();
            let mut one = resource(&format!("R{index}"), &depends_on, 1.0);
            one.behaviour.seconds = None;
            resources.push(one);
        }
        definition(resources)
    };
    let explicit = definition(vec![resource("A", &[], 9.6)]);
    let whole = Definition {
        behaviour: Behaviour { seconds: Some(2.5), ..Behaviour::default() },
        ..explicit.clone()
    };
    // At speed 1 a long chain takes six seconds and a short one two; what the template says is honoured.
    let cases = [
        (&unhurried(100), 1.0, 6.0),
        (&unhurried(1), 1.0, 2.0),
        (&explicit, 1.0, 10.0),
        (&explicit, 10.0, 1.0),
    ];
    for (definition, speed, seconds) in cases.into_iter().chain([(&whole, 1.0, 2.5)]) {
        let drafts = create(definition);
        let pace = lifecycle::pace(&drafts, Some(definition)) / speed;
        let events = lifecycle::dated(drafts, pace, &operation);
        assert_eq!(events[0].at, start);
        let length = (events.last().unwrap().at - start).as_seconds_f64();
        assert!((length - seconds).abs() < 0.01, "{length} is not {seconds}");
        assert!(events.is_sorted_by_key(|event| event.at));
    }
}
