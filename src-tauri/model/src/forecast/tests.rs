//! The schedule is compared with one that looks at every second, and with every path through the graph.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::estimate::Sample;
use crate::event::{Event, EventKind, OperationStart, StackAction, StackEnd};
use crate::fixtures::{self, key};
use crate::operation::OperationKind;
use crate::plan::Pace;

/// A plan: what each stack waits for (all before it) and how many whole seconds it takes.
fn plans() -> impl Strategy<Value = Vec<(Vec<usize>, u32)>> {
    prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1u32..20), 1..14)
        .prop_map(|stacks| {
            stacks
                .into_iter()
                .enumerate()
                .map(|(place, (needs, takes))| {
                    let mut needs: Vec<usize> =
                        needs.iter().filter(|_| place > 0).map(|need| need.index(place)).collect();
                    needs.sort_unstable();
                    needs.dedup();
                    (needs, takes)
                })
                .collect()
        })
}

fn queued(plan: &[(Vec<usize>, u32)]) -> Vec<Turn> {
    plan.iter()
        .map(|(waits_for, takes)| Turn {
            waits_for: waits_for.clone(),
            stage: Stage::Queued { takes: f64::from(*takes) },
        })
        .collect()
}

/// Second by second: what has ended makes room, then whoever may starts, in order.
fn second_by_second(plan: &[(Vec<usize>, u32)], parallel: usize) -> Vec<(u32, u32)> {
    let mut runs: Vec<Option<(u32, u32)>> = vec![None; plan.len()];
    let mut second = 0;
    while runs.iter().any(Option::is_none) {
        for place in 0..plan.len() {
            let running = runs.iter().flatten().filter(|(_, to)| *to > second).count();
            let ready = plan[place].0.iter().all(|need| runs[*need].is_some_and(|(_, to)| to <= second));
            if runs[place].is_none() && ready && running < parallel {
                runs[place] = Some((second, second + plan[place].1));
            }
        }
        second += 1;
    }
    runs.into_iter().flatten().collect()
}

/// The longest of all paths that end in a stack.
fn longest_path(plan: &[(Vec<usize>, u32)], place: usize) -> u32 {
    plan[place].1 + plan[place].0.iter().map(|need| longest_path(plan, *need)).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn the_schedule_is_what_the_clock_would_show(plan in plans(), parallel in 1usize..6) {
        let spans = schedule(&queued(&plan), parallel, 0.0);
        let found: Vec<(f64, f64)> = spans.iter().flatten().map(|span| (span.from, span.to)).collect();
        let expected: Vec<(f64, f64)> = second_by_second(&plan, parallel)
            .into_iter()
            .map(|(from, to)| (f64::from(from), f64::from(to)))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn without_a_limit_the_critical_chain_is_the_longest_path(plan in plans()) {
        let spans = schedule(&queued(&plan), usize::MAX, 0.0);
        let longest = (0..plan.len()).map(|place| longest_path(&plan, place)).max().unwrap_or(0);
        let chain = critical(&spans);
        prop_assert_eq!(chain.iter().map(|place| plan[*place].1).sum::<u32>(), longest);
        prop_assert!(chain.windows(2).all(|pair| plan[pair[1]].0.contains(&pair[0])));
    }

    #[test]
    fn the_critical_chain_has_no_gap(plan in plans(), parallel in 1usize..4) {
        let spans = schedule(&queued(&plan), parallel, 0.0);
        let chain: Vec<Span> = critical(&spans).iter().filter_map(|place| spans[*place]).collect();
        let end = spans.iter().flatten().map(|span| span.to).fold(0.0, f64::max);
        prop_assert_eq!(chain.first().map(|span| span.from), Some(0.0));
        prop_assert_eq!(chain.last().map(|span| span.to), Some(end));
        prop_assert!(chain.windows(2).all(|pair| (pair[0].to - pair[1].from).abs() < 1e-9));
    }

    /// What was planned and then happened is told the same way.
    #[test]
    fn an_operation_that_has_ended_shows_the_chain_that_decided_it(plan in plans(), parallel in 1usize..4) {
        let planned = schedule(&queued(&plan), parallel, 0.0);
        let ended: Vec<Turn> = plan
            .iter()
            .zip(&planned)
            .filter_map(|((waits_for, _), span)| {
                let span = (*span)?;
                Some(Turn { waits_for: waits_for.clone(), stage: Stage::Ended { from: span.from, to: span.to } })
            })
            .collect();
        let spans = schedule(&ended, parallel, 1e6);
        let chain: Vec<Span> = critical(&spans).iter().filter_map(|place| spans[*place]).collect();
        prop_assert_eq!(chain.first().map(|span| span.from), Some(0.0));
        prop_assert!(chain.windows(2).all(|pair| (pair[0].to - pair[1].from).abs() < 1e-9));
    }

    /// However it goes, it never says that all is done before it is, and never that it went back.
    #[test]
    fn what_is_done_only_grows(plan in plans(), parallel in 1u32..6, slower in 1u32..4) {
        let spans = second_by_second(&plan, usize::try_from(parallel).unwrap_or(1));
        let known = experience(&plan);
        let last = spans.iter().map(|(_, to)| to * slower).max().unwrap_or(0);
        let mut before = 0.0;
        for second in 0..last {
            let forecast = forecast(&view(&plan, &spans, parallel, slower, second), &known, at(second));
            prop_assert!((before..1.0).contains(&forecast.done), "{} after {before}", forecast.done);
            prop_assert!(forecast.seconds_left.is_some_and(|left| left >= 0.0));
            before = forecast.done;
        }
    }

    /// Where everything takes what it usually takes, the estimate is right from the first second to the last.
    #[test]
    fn the_estimate_of_a_usual_run_is_right(plan in plans(), parallel in 1u32..6) {
        let spans = second_by_second(&plan, usize::try_from(parallel).unwrap_or(1));
        let last = spans.iter().map(|(_, to)| *to).max().unwrap_or(0);
        for second in 0..last {
            let forecast = forecast(&view(&plan, &spans, parallel, 1, second), &experience(&plan), at(second));
            prop_assert_eq!(forecast.seconds_left, Some(f64::from(last - second)));
            prop_assert!(!forecast.late);
        }
    }
}

fn at(second: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::from(second))
}

fn name(place: usize) -> StackKey {
    key(&format!("s{place}"), "dev")
}

/// Every stack has taken exactly this long before.
fn experience(plan: &[(Vec<usize>, u32)]) -> Experience {
    let samples: Vec<Sample> = plan
        .iter()
        .enumerate()
        .map(|(place, (_, takes))| Sample {
            key: name(place),
            doing: Doing::Create,
            seconds: f64::from(*takes),
        })
        .collect();
    Experience::of(&samples)
}

/// The operation as it stands after so many seconds, where everything takes `slower` times as long as planned.
fn view(
    plan: &[(Vec<usize>, u32)],
    spans: &[(u32, u32)],
    parallel: u32,
    slower: u32,
    second: u32,
) -> OperationView {
    let turns = plan.iter().enumerate().map(|(place, (needs, _))| StackTurn {
        key: name(place),
        waits_for: needs.iter().map(|need| name(*need)).collect(),
    });
    let start = EventKind::OperationStarted(OperationStart {
        pace: Pace { parallel: Some(parallel), stop_on_failure: false },
        ..fixtures::start(OperationKind::Deploy, turns.collect())
    });
    let mut kinds = vec![(0, 0, start)];
    for (place, (from, to)) in spans.iter().enumerate() {
        let (from, to) = (from * slower, to * slower);
        let end = StackEnd {
            key: name(place),
            outcome: StackOutcome::Succeeded,
            status: None,
            reason: None,
            cloudformation_status: None,
            protected: false,
            outputs: BTreeMap::new(),
            seconds: f64::from(to - from),
        };
        kinds.push((
            from,
            1,
            EventKind::StackStarted { key: name(place), action: StackAction::Create, resources: None },
        ));
        kinds.push((to, 0, EventKind::StackEnded(end)));
    }
    kinds.sort_by_key(|(second, order, _)| (*second, *order));
    let events: Vec<Event> = kinds
        .into_iter()
        .filter(|(when, ..)| *when <= second)
        .zip(0..)
        .map(|((when, _, kind), seq)| fixtures::event(seq, at(when), kind))
        .collect();
    OperationView::replay(&events).unwrap()
}

/// network (10 s), then security (20 s) and storage (5 s), then app (10 s) after security.
fn four() -> Vec<(Vec<usize>, u32)> {
    vec![(vec![], 10), (vec![0], 20), (vec![0], 5), (vec![1], 10)]
}

#[test]
fn a_running_operation_tells_what_is_left_and_what_decides_it() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    let told = forecast(&view(&plan, &spans, 8, 1, 15), &experience(&plan), at(15));
    assert_eq!(told.seconds_left, Some(25.0));
    let critical: Vec<bool> = told.stacks.iter().map(|stack| stack.critical).collect();
    assert_eq!(critical, [true, true, false, true]);
    let times: Vec<_> = told.stacks.iter().map(|stack| (stack.from, stack.to)).collect();
    let span = |from: f64, to: f64| (Some(from), Some(to));
    assert_eq!(times, [span(0.0, 10.0), span(10.0, 30.0), span(10.0, 15.0), span(30.0, 40.0)]);
}

#[test]
fn what_takes_longer_than_usual_is_late_and_then_slow_and_never_counts_up() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    // Everything takes four times as long: network is usually done after 10 s.
    for (second, left, late, speed) in [
        (5, 35.0, false, Speed::Usual),
        (12, 30.0, true, Speed::Usual),
        (16, 30.0, true, Speed::Longer),
        (30, 30.0, true, Speed::Slow),
    ] {
        let told = forecast(&view(&plan, &spans, 8, 4, second), &experience(&plan), at(second));
        assert_eq!((told.seconds_left, told.late), (Some(left), late), "after {second} s");
        assert_eq!(told.stacks[0].speed, speed, "after {second} s");
        assert_eq!(told.stacks[0].usual_seconds, Some(10.0));
    }
}

#[test]
fn what_waits_for_a_person_is_not_late() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    let pause = |from: u32, to: Option<u32>| {
        let mut view = view(&plan, &spans, 8, 4, 5);
        let event = |seq, second, kind| Event { operation: view.id.clone(), seq, at: at(second), kind };
        let environment: crate::ids::EnvironmentName = "dev".parse().unwrap();
        let paused = EventKind::Paused(crate::event::Pause {
            environment: environment.clone(),
            reason: String::new(),
            command: None,
        });
        let mut events = vec![event(9, from, paused)];
        events.extend(to.map(|to| event(10, to, EventKind::Resumed { environment })));
        events.iter().for_each(|event| view.apply(event));
        view
    };
    // Network runs since 0 and usually takes 10 s; the login does not hold from 5 on.
    for (view, second, left, late) in [
        (pause(5, None), 5, 35.0, false),
        (pause(5, None), 500, 35.0, false),
        (pause(5, Some(500)), 502, 33.0, false),
        (pause(5, Some(500)), 507, 30.0, true),
    ] {
        let told = forecast(&view, &experience(&plan), at(second));
        assert_eq!((told.seconds_left, told.late), (Some(left), late), "after {second} s");
        assert_eq!(told.stacks[0].speed, Speed::Usual, "after {second} s");
    }
}

#[test]
fn where_too_little_is_known_nothing_is_promised() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    let told = forecast(&view(&plan, &spans, 8, 1, 15), &Experience::default(), at(15));
    assert_eq!((told.seconds_left, told.late), (None, false));
    assert!((told.done - 0.5).abs() < f64::EPSILON, "by stacks: {}", told.done);
    assert!(told.stacks.iter().all(|stack| !stack.critical && stack.usual_seconds.is_none()));
    let times: Vec<_> = told.stacks.iter().map(|stack| (stack.from, stack.to)).collect();
    let span = |from, to| (Some(from), Some(to));
    assert_eq!(times, [span(0.0, 10.0), (Some(10.0), None), span(10.0, 15.0), (None, None)]);
}

#[test]
fn what_will_be_skipped_is_not_waited_for() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    let mut stands = view(&plan, &spans, 8, 1, 12);
    // security fails, so that app will not come.
    stands.stacks[1].phase = StackPhase::Ended;
    stands.stacks[1].ended_at = Some(at(12));
    stands.stacks[1].end = Some(StackEnd {
        key: name(1),
        outcome: StackOutcome::Failed,
        status: None,
        reason: None,
        cloudformation_status: None,
        protected: false,
        outputs: BTreeMap::new(),
        seconds: 2.0,
    });
    let told = forecast(&stands, &experience(&plan), at(12));
    assert_eq!(told.seconds_left, Some(3.0));
    assert_eq!((told.stacks[3].from, told.stacks[3].to), (None, None));
}

#[test]
fn an_operation_that_is_over_has_nothing_left_and_shows_its_chain() {
    let plan = four();
    let spans = second_by_second(&plan, 8);
    let mut over = view(&plan, &spans, 8, 1, 40);
    over.ended_at = Some(at(41));
    let told = forecast(&over, &Experience::default(), at(9999));
    assert_eq!((told.done, told.seconds_left, told.late), (1.0, None, false));
    let critical: Vec<bool> = told.stacks.iter().map(|stack| stack.critical).collect();
    assert_eq!(critical, [true, true, false, true]);
}

#[test]
fn a_plan_takes_its_longest_chain_or_what_the_limit_makes_of_it() {
    let plan = four();
    let turns: Vec<StackTurn> = plan
        .iter()
        .enumerate()
        .map(|(place, (needs, _))| StackTurn {
            key: name(place),
            waits_for: needs.iter().map(|need| name(*need)).collect(),
        })
        .collect();
    let known = experience(&plan);
    let usual = |key: &StackKey| known.usual(key, Doing::Create);
    assert_eq!(plan_seconds(&turns, 8, usual), Some(40.0));
    assert_eq!(plan_seconds(&turns, 1, usual), Some(45.0));
    assert_eq!(plan_seconds(&turns, 8, |key| known.usual(key, Doing::Delete)), None);
}
