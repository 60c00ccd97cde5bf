//! Deployments to measure: graphs of stacks, each with the time that it takes, always the same ones.

use std::fmt::Write;

use rand::rngs::StdRng;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use skydeck_tests::Home;
use skydeck_tests::home::ACCOUNT;

/// Draws durations and edges; any number will do, as long as it stays.
const SEED: u64 = 20_261_124;

/// Stacks, each after those that it needs.
pub struct Graph {
    pub stacks: Vec<Stack>,
    /// Every stack fails at the end of its creation.
    failing: bool,
}

pub struct Stack {
    pub name: String,
    /// What CloudFormation needs for it.
    pub seconds: f64,
    /// Places of the stacks that it needs. It takes its parameter from the first.
    pub needs: Vec<usize>,
}

impl Graph {
    fn new(stacks: impl IntoIterator<Item = (f64, Vec<usize>)>) -> Self {
        let stack = |(place, (seconds, needs))| Stack { name: format!("s{place:03}"), seconds, needs };
        Self { stacks: stacks.into_iter().enumerate().map(stack).collect(), failing: false }
    }

    /// Each stack needs the one before.
    pub fn chain(length: usize) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        Self::new((0..length).map(|place| (draw(&mut random), place.checked_sub(1).into_iter().collect())))
    }

    /// No stack needs another.
    pub fn side_by_side(count: usize, seconds: f64) -> Self {
        Self::new((0..count).map(|_| (seconds, Vec::new())))
    }

    /// As [`Self::side_by_side`], but none of them can be created.
    pub fn failing(count: usize, seconds: f64) -> Self {
        Self { failing: true, ..Self::side_by_side(count, seconds) }
    }

    /// Each stack needs one to three of the layer before.
    pub fn layers(layers: usize, width: usize) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        Self::new((0..layers * width).map(|place| {
            let needs = match (place / width).checked_sub(1) {
                None => Vec::new(),
                Some(before) => {
                    let count = random.random_range(1..=3.min(width));
                    sample(&mut random, width, count).iter().map(|one| before * width + one).collect()
                }
            };
            (draw(&mut random), needs)
        }))
    }

    /// The seconds that no tool can do without, if every stack takes `more` beside its own time.
    pub fn critical_path(&self, more: f64) -> f64 {
        let mut ends: Vec<f64> = Vec::new();
        for stack in &self.stacks {
            let start = stack.needs.iter().map(|need| ends[*need]).fold(0.0, f64::max);
            ends.push(start + stack.seconds + more);
        }
        ends.into_iter().fold(0.0, f64::max)
    }

    /// Makes the deployment DX6604E of it.
    pub fn write(&self, home: &Home) {
        home.init(&format!("--account-dev {ACCOUNT} --target aws"));
        let manifest = home.read("deployment-manifest.yaml");
        let mut manifest = manifest.split_inclusive("\nstacks:\n").next().unwrap().to_owned();
        for (stack, text) in self.stacks.iter().zip(self.templates()) {
            let Stack { name, needs, .. } = stack;
            home.write(&format!("stacks/{name}.yaml"), &text);
            let mut needs = needs.iter().map(|need| &self.stacks[*need].name);
            let source = needs.next().map_or("none".to_owned(), |need| format!("${{{need}.Name}}"));
            let others: Vec<_> = needs.map(String::as_str).collect();
            writeln!(
                manifest,
                "  {name}:\n    enabled: true\n    template: stacks/{name}.yaml\n    depends_on: [{}]\n    \
                 parameters: {{ Source: '{source}', Round: 'first' }}",
                others.join(", ")
            )
            .unwrap();
        }
        home.write("deployment-manifest.yaml", &manifest);
    }

    /// Changes a parameter of every stack.
    pub fn change(home: &Home) {
        let manifest = home.read("deployment-manifest.yaml");
        home.write("deployment-manifest.yaml", &manifest.replace("Round: 'first'", "Round: 'second'"));
    }

    /// The same for the bare script: `[{"name", "template", "needs": [name, …]}, …]`.
    pub fn as_json(&self) -> Value {
        let stacks = self.stacks.iter().zip(self.templates()).map(|(stack, template)| {
            let needs: Vec<_> = stack.needs.iter().map(|need| &self.stacks[*need].name).collect();
            json!({"name": stack.name, "template": template, "needs": needs})
        });
        stacks.collect()
    }

    fn templates(&self) -> impl Iterator<Item = String> {
        let fail = if self.failing { ", Fail: no more queues today" } else { "" };
        self.stacks.iter().map(move |stack| {
            format!(
                "Metadata: {{Sandbox: {{Seconds: {:.2}{fail}}}}}\nParameters:\n  Source: {{Type: String}}\n  \
                 Round: {{Type: String, Default: first}}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n    \
                 Properties:\n      QueueName: !Ref AWS::StackName\n      Tags: [{{Key: source, Value: !Ref \
                 Source}}, {{Key: round, Value: !Ref Round}}]\nOutputs:\n  Name: {{Value: !GetAtt \
                 Queue.QueueName}}\n",
                stack.seconds
            )
        })
    }
}

/// What a small stack takes, to a hundredth.
fn draw(random: &mut StdRng) -> f64 {
    f64::from(random.random_range(50..=300)) / 100.0
}
