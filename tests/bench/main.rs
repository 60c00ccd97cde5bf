//! How long deployments take over the time that they must take, and what they cost in calls, memory and
//! processor time: `./dev bench`. docs/benchmarks.md says what the figures mean.
//!
//! `bench [--direct] [--quick | NAME…]`. Every scenario has its own `cloud sandbox serve`, in a process of its own,
//! and a proxy that counts in front of it; `--direct` leaves the proxy out, to see what it costs. `bench app
//! [start] [events] [size]` measures the app instead ([`app`]).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(target_os = "linux")]
mod app;
mod graph;
mod list;
mod process;
mod state;

use std::path::Path;

use graph::Graph;
use process::Run;
use skydeck_tests::home::program;
use skydeck_tests::proxy::Call;
use skydeck_tests::server::python;
use skydeck_tests::{Fault, Home, Proxy, Rule, SandboxServer, When};

/// One deployment and what is done with it, one after the other.
struct Scenario {
    name: &'static str,
    graph: fn() -> Graph,
    steps: &'static [Step],
    /// Calls a second that the server lets through.
    throttle: Option<f64>,
    /// Part of `--quick`.
    quick: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// A plain create of everything.
    Create,
    /// The same with every resource's event told, as a person sees it.
    Told,
    /// The same after a review, whose change sets it executes.
    Reviewed,
    /// A create in which every stack fails.
    Fail,
    /// Deployed again as it is.
    Unchanged,
    /// Deployed again with a parameter of every stack changed.
    Update,
    /// Destroyed.
    Delete,
    /// The creation by bench/bare.py instead of `cloud`.
    Script,
}

const fn scenario(name: &'static str, graph: fn() -> Graph, steps: &'static [Step], quick: bool) -> Scenario {
    Scenario { name, graph, steps, throttle: None, quick }
}

const fn throttled(name: &'static str, graph: fn() -> Graph, throttle: f64, quick: bool) -> Scenario {
    Scenario { name, graph, steps: &[Step::Create], throttle: Some(throttle), quick }
}

use Step::{Create, Delete, Fail, Reviewed, Script, Told, Unchanged, Update};

#[rustfmt::skip]
const SCENARIOS: &[Scenario] = &[
    scenario("chain-20", || Graph::chain(20), &[Create], true),
    scenario("wide-100", || Graph::side_by_side(100, 1.0), &[Create, Delete], true),
    scenario("failing-20", || Graph::failing(20, 1.0), &[Fail], true),
    scenario("layers-50", || Graph::layers(10, 5), &[Create, Unchanged, Update, Delete], true),
    scenario("told-50", || Graph::layers(10, 5), &[Told], false),
    scenario("reviewed-50", || Graph::layers(10, 5), &[Reviewed], true),
    throttled("throttled-10", || Graph::layers(10, 5), 10.0, true),
    throttled("throttled-5", || Graph::layers(10, 5), 5.0, false),
    scenario("script-50", || Graph::layers(10, 5), &[Script], true),
    scenario("layers-200", || Graph::layers(20, 10), &[Create, Unchanged, Delete], false),
    scenario("layers-500", || Graph::layers(25, 20), &[Create], false),
    scenario("long-100", || Graph::side_by_side(100, 60.0), &[Create], false),
];

/// What nothing is deployed for, with a table of its own each: the list of many deployments, and the largest state file.
const TABLES: [(&str, fn()); 2] = [("list", list::measure), ("state", state::measure)];

impl Step {
    fn name(self) -> &'static str {
        match self {
            Create => "create",
            Told => "create, events told",
            Reviewed => "create, reviewed",
            Fail => "create that fails",
            Unchanged => "unchanged",
            Update => "update",
            Delete => "delete",
            Script => "create by bare script",
        }
    }

    /// The seconds that CloudFormation needs for it at least.
    fn critical_path(self, graph: &Graph) -> f64 {
        match self {
            Create | Told | Fail | Delete | Script => graph.critical_path(0.0),
            // The sandbox takes this long to compare, as long as CloudFormation is at best.
            Reviewed | Update => graph.critical_path(0.4),
            Unchanged => 0.0,
        }
    }

    fn exit_code(self) -> i32 {
        i32::from(self == Fail)
    }

    fn run(self, home: &Home, graph: &Graph) -> Run {
        if self == Script {
            let stacks = home.root().join("stacks.json");
            std::fs::create_dir_all(home.root()).unwrap();
            std::fs::write(&stacks, graph.as_json().to_string()).unwrap();
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/bare.py");
            return process::run(home.command(python()).arg(script).arg(stacks));
        }
        let verb = if self == Delete { "destroy" } else { "deploy" };
        let parallel = graph.stacks.len().to_string();
        let mut command = home.command(program("cloud"));
        command.args([verb, "DX6604E", "--yes", "--output", "json", "--parallel", &parallel]);
        command.args(match self {
            Told => &[][..],
            Reviewed => &["--quiet", "--review"],
            _ => &["--quiet"],
        });
        process::run(&mut command)
    }
}

/// One line of the table.
struct Row {
    scenario: &'static str,
    step: Step,
    stacks: usize,
    critical_path: f64,
    run: Run,
    calls: Vec<Call>,
}

fn measure(scenario: &Scenario, direct: bool, report: &mut impl FnMut(&Row)) {
    let server = SandboxServer::start(&Home::new().with("SKYDECK_SANDBOX_SPEED", "1"));
    let proxy = (!direct).then(|| Proxy::before(&server.url));
    let home = Home::against(proxy.as_ref().map_or(&server.url, |proxy| &proxy.url));
    let graph = (scenario.graph)();
    if scenario.steps != [Script] {
        graph.write(&home);
    }
    for &step in scenario.steps {
        if step == Update {
            Graph::change(&home);
        }
        let before = proxy.as_ref().map_or(0, |proxy| proxy.calls().len());
        if let (Some(proxy), Some(throttle)) = (&proxy, scenario.throttle) {
            proxy.set([Rule::everywhere(When::Always, Fault::Throttle(throttle))]);
        }
        let run = step.run(&home, &graph);
        assert_eq!(run.code, step.exit_code(), "{} {}\n{}", run.out, step.name(), run.err);
        let calls = proxy.as_ref().map_or(Vec::new(), |proxy| proxy.calls().split_off(before));
        report(&Row {
            scenario: scenario.name,
            step,
            stacks: graph.stacks.len(),
            critical_path: step.critical_path(&graph),
            run,
            calls,
        });
    }
}

const HEAD: &str = "\
| scenario | step | stacks | wall s | critical path s | ratio | calls | calls per stack | calls/s | MB | CPU s |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |";

impl Row {
    fn line(&self) -> String {
        let wall = self.run.wall.as_secs_f64();
        let exists = self.critical_path > 0.0;
        let ratio = exists.then(|| wall / self.critical_path);
        let calls = self.calls.len();
        format!(
            "| {} | {} | {} | {wall:.2} | {} | {} | {calls} | {:.1} | {:.1} | {} | {} |",
            self.scenario,
            self.step.name(),
            self.stacks,
            shown(exists.then_some(self.critical_path), 2),
            shown(ratio, 2),
            calls as f64 / self.stacks as f64,
            self.steady_rate(),
            shown(self.run.peak, 1),
            shown(self.run.cpu, 2),
        )
    }

    /// Calls a second in the middle half of the run.
    fn steady_rate(&self) -> f64 {
        let (from, to) = (self.run.wall.mul_f64(0.25), self.run.wall.mul_f64(0.75));
        let middle = |call: &&Call| {
            let at = call.at.saturating_duration_since(self.run.started);
            at >= from && at < to
        };
        self.calls.iter().filter(middle).count() as f64 / (to - from).as_secs_f64()
    }

    /// The calls by action, the most frequent first.
    fn actions(&self) -> String {
        let mut counts: Vec<(usize, &str)> = Vec::new();
        for call in &self.calls {
            match counts.iter_mut().find(|(_, action)| *action == call.action) {
                Some((count, _)) => *count += 1,
                None => counts.push((1, &call.action)),
            }
        }
        counts.sort_by(|one, other| other.cmp(one));
        let shown: Vec<String> = counts.iter().map(|(count, action)| format!("{count} {action}")).collect();
        let refused = self.calls.iter().filter(|call| call.spoiled).count();
        let refused = if refused > 0 { format!(" ({refused} throttled)") } else { String::new() };
        format!("{} {}: {}{refused}", self.scenario, self.step.name(), shown.join(", "))
    }
}

fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or("-".to_owned(), |figure| format!("{figure:.digits$}"))
}

fn main() {
    #[cfg(target_os = "linux")]
    if std::env::args().nth(1).as_deref() == Some("app") {
        return app::measure(&std::env::args().skip(2).collect::<Vec<_>>());
    }
    let (flags, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let known: Vec<&str> =
        SCENARIOS.iter().map(|scenario| scenario.name).chain(TABLES.map(|(name, _)| name)).collect();
    for (words, known) in [(&flags, &["--direct", "--quick"][..]), (&names, &known)] {
        if let Some(unknown) = words.iter().find(|word| !known.contains(&word.as_str())) {
            eprintln!("bench: '{unknown}' is not known; one of: {}", known.join(" "));
            std::process::exit(2);
        }
    }
    let has = |words: &[String], word: &str| words.iter().any(|one| one == word);
    let chosen = |scenario: &&Scenario| match names.is_empty() {
        true => scenario.quick || !has(&flags, "--quick"),
        false => has(&names, scenario.name),
    };
    let wanted = |name: &str| names.is_empty() || has(&names, name);
    TABLES.iter().filter(|(name, _)| wanted(name)).for_each(|(_, measure)| measure());
    if !names.is_empty() && names.iter().all(|name| TABLES.iter().any(|(table, _)| table == name)) {
        return;
    }
    println!("{HEAD}");
    for scenario in SCENARIOS.iter().filter(chosen) {
        measure(scenario, has(&flags, "--direct"), &mut |row| {
            println!("{}", row.line());
            eprintln!("  {}", row.actions());
        });
    }
}
