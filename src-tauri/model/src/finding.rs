//! What is wrong with a deployment's files, and whom that concerns: an operation is refused for what it needs, and for
//! nothing else.

use std::collections::BTreeSet;

use crate::ids::{EnvironmentName, StackKey};
use crate::manifest::Manifest;
use crate::operation::Direction;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::validate::MANIFEST_FILE;

/// One thing that was found in the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub problem: Problem,
    /// How bad it is.
    pub weight: Weight,
    /// Whom it concerns.
    pub concerns: Concern,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Warning,
    /// The stacks that it concerns certainly fail. Others need not.
    Fails,
    /// The manifest does not say what is wanted.
    Invalid,
}

/// Whom a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// Whoever looks for a stack: which deployment it is of, or which environments there are.
    Everything,
    /// Whoever works in this environment.
    Environment(EnvironmentName),
    /// Whoever deploys.
    Deploys,
    /// Whoever deploys one of these stacks.
    Stacks(BTreeSet<StackKey>),
}

impl Concern {
    /// Whom a fault in the manifest's form concerns, by its key.
    pub fn of_key(key: &str, manifest: &Manifest) -> Self {
        /// What says where an environment is, and who works there.
        const PLACE: [&str; 5] = ["target", "region", "account", "profile", "role_arn"];
        let parts: Vec<&str> = key.split('.').collect();
        match parts.as_slice() {
            [] | ["" | "deployment_id" | "environments"] => Self::Everything,
            ["environments", name] => name.parse().map_or(Self::Deploys, Self::Environment),
            ["environments", name, field] if PLACE.contains(field) => {
                name.parse().map_or(Self::Deploys, Self::Environment)
            }
            ["stacks", stack, rest @ ..] => {
                let only = match rest {
                    ["environments", name, ..] => Some(*name),
                    _ => None,
                };
                let names = manifest.environments.iter().map(|environment| &environment.name);
                let names = names.filter(|name| only.is_none_or(|only| only == name.as_str()));
                let Ok(stack) = stack.parse() else { return Self::Deploys };
                Self::Stacks(names.map(|name| StackKey::new(&stack, name)).collect())
            }
            _ => Self::Deploys,
        }
    }
}

/// All that was found in the files of a deployment, each thing once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds one. What is found for one stack after another is one thing.
    pub fn add(&mut self, finding: Finding) {
        let known = self.0.iter_mut().find(|it| it.weight == finding.weight && it.problem == finding.problem);
        match (known, finding) {
            (
                Some(Finding { concerns: Concern::Stacks(keys), .. }),
                Finding { concerns: Concern::Stacks(more), .. },
            ) => {
                keys.extend(more);
            }
            (Some(_), _) => {}
            (None, finding) => self.0.push(finding),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// Puts them into the order of their places, those of the manifest first.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|Finding { problem, .. }| {
            let place = problem.at.map(|at| (at.line, at.column));
            (problem.file != MANIFEST_FILE, problem.file.clone(), place)
        });
    }

    /// What has to be put right.
    pub fn problems(&self) -> Vec<Problem> {
        self.of(|finding| finding.weight > Weight::Warning)
    }

    /// What the manifest says and cannot mean.
    pub fn invalid(&self) -> Vec<Problem> {
        self.of(|finding| finding.weight == Weight::Invalid)
    }

    /// What is good to know.
    pub fn warnings(&self) -> Vec<Problem> {
        self.of(|finding| finding.weight == Weight::Warning)
    }

    /// What keeps everybody from working in some environments, whatever is to be done there.
    pub fn blocking(&self, environments: &[EnvironmentName]) -> Vec<Problem> {
        self.of(|finding| finding.weight == Weight::Invalid && finding.blocks(environments))
    }

    /// What keeps an operation from being begun. A deploy needs a manifest without faults; all else needs only to know where
    /// the stacks are.
    pub fn refusing(&self, direction: Direction, environments: &[EnvironmentName]) -> Vec<Problem> {
        match direction {
            Direction::Up => self.invalid(),
            Direction::Down | Direction::Back => self.blocking(environments),
        }
    }

    /// Why stacks of a deploy will certainly fail.
    pub fn foreseen(&self, plan: &Plan) -> Vec<Problem> {
        let is_up = plan.kind.direction() == Direction::Up;
        let keys = || plan.stacks.iter().map(|turn| &turn.key);
        self.of(|finding| is_up && keys().any(|key| finding.fails(key)))
    }

    /// Why one stack will certainly fail.
    pub fn foreseen_of(&self, key: &StackKey) -> Vec<Problem> {
        self.of(|finding| finding.fails(key))
    }

    fn of(&self, which: impl Fn(&Finding) -> bool) -> Vec<Problem> {
        self.0.iter().filter(|finding| which(finding)).map(|finding| finding.problem.clone()).collect()
    }
}

impl Finding {
    fn blocks(&self, environments: &[EnvironmentName]) -> bool {
        match &self.concerns {
            Concern::Everything => true,
            Concern::Environment(name) => environments.contains(name),
            Concern::Deploys | Concern::Stacks(_) => false,
        }
    }

    fn fails(&self, key: &StackKey) -> bool {
        self.weight == Weight::Fails && matches!(&self.concerns, Concern::Stacks(keys) if keys.contains(key))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixtures::{key, manifest, stack};
    use crate::plan::{Deletion, Request, Statuses, plan};

    #[test]
    fn an_operation_is_refused_for_what_it_needs_and_for_nothing_else() {
        let problem = |message: &str| Problem {
            file: "deployment-manifest.yaml".to_owned(),
            at: None,
            key: String::new(),
            message: message.to_owned(),
            hint: String::new(),
        };
        let mut findings = Findings::default();
        let mut add = |message: &str, weight, concerns| {
            findings.add(Finding { problem: problem(message), weight, concerns });
        };
        let only =
            |stack: &str, environment: &str| Concern::Stacks(BTreeSet::from([key(stack, environment)]));
        add("no domain", Weight::Invalid, Concern::Deploys);
        add("dev lacks a region", Weight::Invalid, Concern::Environment("dev".parse().unwrap()));
        add("unknown key", Weight::Invalid, only("a", "dev"));
        add("broken template", Weight::Fails, only("a", "dev"));
        add("broken template", Weight::Fails, only("a", "prod"));
        add("too small", Weight::Fails, only("b", "prod"));
        add("stands twice", Weight::Warning, only("a", "dev"));
        let manifest = manifest(vec![stack("a", true, &[]), stack("b", true, &[])]);
        let planned = |request| {
            plan(
                &manifest,
                &crate::validate::Templates::new(),
                &Statuses::from([(key("a", "prod"), crate::StackStatus::Deployed)]),
                &request,
            )
            .unwrap()
        };
        let told =
            |problems: Vec<Problem>| problems.into_iter().map(|it| it.message).collect::<Vec<_>>().join(", ");
        let [dev, prod]: [EnvironmentName; 2] = ["dev", "prod"].map(|name| name.parse().unwrap());
        let deploy = planned(Request::Deploy { environment: prod.clone() });
        assert_eq!(
            told(findings.refusing(deploy.kind.direction(), &deploy.environments)),
            "no domain, dev lacks a region, unknown key"
        );
        assert_eq!(told(findings.foreseen(&deploy)), "broken template, too small");
        assert_eq!(
            told(findings.foreseen(&planned(Request::Deploy { environment: dev.clone() }))),
            "broken template"
        );
        let destroy = planned(Request::Destroy { environment: Some(prod.clone()) });
        assert_eq!(
            (
                told(findings.refusing(destroy.kind.direction(), &destroy.environments)),
                told(findings.foreseen(&destroy))
            ),
            Default::default()
        );
        let one = Request::DestroyStack {
            stack: "a".parse().unwrap(),
            environment: dev,
            force: false,
            deletion: Deletion::default(),
        };
        let one = planned(one);
        assert_eq!(told(findings.refusing(one.kind.direction(), &one.environments)), "dev lacks a region");
        assert_eq!(told(findings.warnings()), "stands twice");
    }
}
