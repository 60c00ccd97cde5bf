//! What an operation will do, in which order, and whether it may: a pure function of the request, the
//! manifest and the recorded statuses.

mod destroy;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::cloudformation::WayOut;
use crate::event::StackTurn;
use crate::former::FormerEnvironment;
use crate::graph::{self, Edge, Needs, Why};
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::manifest::Manifest;
use crate::operation::OperationKind;
pub use crate::refusal::Refusal;
use crate::refusal::{list, with_reasons};
use crate::status::{self, StackStatus};
use crate::validate::Templates;

/// What a user asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Deploy every enabled stack of an environment.
    Deploy {
        /// Where.
        environment: EnvironmentName,
    },
    /// Deploy one stack.
    DeployStack {
        /// Which.
        stack: StackName,
        /// Where.
        environment: EnvironmentName,
        /// Even where a stack that it needs is not deployed.
        skip_dependencies: bool,
    },
    /// Destroy every stack.
    Destroy {
        /// Where; `None`: in every environment.
        environment: Option<EnvironmentName>,
    },
    /// Destroy one stack.
    DestroyStack {
        /// Which.
        stack: StackName,
        /// Where.
        environment: EnvironmentName,
        /// Even where a deployed stack needs it.
        force: bool,
        /// What CloudFormation may leave behind of it.
        #[serde(default)]
        deletion: Deletion,
    },
    /// Get one stack out of a state in which CloudFormation holds it fast.
    RepairStack {
        /// Which.
        stack: StackName,
        /// Where.
        environment: EnvironmentName,
        /// How.
        repair: Repair,
    },
}

/// How many stacks an operation works on at once where nobody says otherwise.
pub const PARALLEL: u32 = 8;

/// How an operation goes about its stacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Pace {
    /// How many at once; `None`: [`PARALLEL`].
    pub parallel: Option<u32>,
    /// Whether the first failure keeps further stacks from starting.
    pub stop_on_failure: bool,
}

impl Pace {
    /// How many stacks at once; at least one.
    pub fn parallel(&self) -> u32 {
        self.parallel.unwrap_or(PARALLEL).max(1)
    }
}

/// What a delete may leave behind. CloudFormation takes either only of a stack in `DELETE_FAILED` (API reference of
/// DeleteStack).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// Resources to leave behind, by their names in the template.
    pub retain: Vec<String>,
    /// Leave behind whatever cannot be deleted (`FORCE_DELETE_STACK`).
    pub force: bool,
}

/// How a stack is got out of a state in which neither a deploy nor a destroy helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "way", rename_all = "snake_case", deny_unknown_fields)]
pub enum Repair {
    /// ContinueUpdateRollback, out of `UPDATE_ROLLBACK_FAILED`.
    ContinueRollback {
        /// Resources that stay as they are, by their names in the template.
        skip: Vec<String>,
    },
    /// RollbackStack, out of `UPDATE_FAILED`.
    RollBack,
    /// Delete change sets that were never executed, with the empty stack in `REVIEW_IN_PROGRESS`.
    DiscardReview,
    /// Switch termination protection off.
    Unprotect,
}

impl Repair {
    /// The table's name for it.
    pub fn way_out(&self) -> WayOut {
        match self {
            Self::ContinueRollback { .. } => WayOut::ContinueRollback,
            Self::RollBack => WayOut::RollBack,
            Self::DiscardReview => WayOut::DiscardReview,
            Self::Unprotect => WayOut::Unprotect,
        }
    }
}

impl Request {
    /// Where it is to be done; `None`: everywhere.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Deploy { environment }
            | Self::DeployStack { environment, .. }
            | Self::DestroyStack { environment, .. }
            | Self::RepairStack { environment, .. } => Some(environment),
            Self::Destroy { environment } => environment.as_ref(),
        }
    }

    /// The operation that it asks for.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Deploy { .. } => OperationKind::Deploy,
            Self::DeployStack { .. } => OperationKind::DeployStack,
            Self::Destroy { .. } => OperationKind::Destroy,
            Self::DestroyStack { .. } => OperationKind::DestroyStack,
            Self::RepairStack { .. } => OperationKind::RepairStack,
        }
    }
}

/// The stacks of an operation in a valid order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is run.
    pub kind: OperationKind,
    /// The environments that it touches, in the manifest's order.
    pub environments: Vec<EnvironmentName>,
    /// Its stacks: each stands after all that it waits for.
    pub stacks: Vec<StackTurn>,
    /// The same stacks in layers: a layer waits for those before it.
    pub layers: Vec<Vec<StackKey>>,
    /// What must be exported already by somebody else.
    pub assumes: Vec<Assumed>,
}

/// An export that a stack imports, and that the deployment's own exporter does not make: it is disabled, and not deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The stack that imports it.
    pub stack: StackKey,
    /// The stack that would export it.
    pub exporter: StackName,
    /// The export.
    pub export: String,
}

/// For each stack those that have to come before it, as CloudFormation has it: whoever imports from one that is destroyed, and
/// what [`crate::exchange::standing`] says of a deploy.
pub type Before = BTreeMap<StackKey, BTreeSet<StackKey>>;

/// The recorded status of each stack that the state file has.
pub type Statuses = BTreeMap<StackKey, StackStatus>;

/// Plans a request.
///
/// # Errors
/// See [`Refusal`].
pub fn plan(
    manifest: &Manifest,
    templates: &Templates,
    statuses: &Statuses,
    request: &Request,
) -> Result<Plan, Refusal> {
    Planner::new(manifest, templates, statuses).plan(request)
}

/// Plans many requests: what needs what is found out once, and not anew for each button of a grid.
pub struct Planner<'a> {
    manifest: &'a Manifest,
    templates: &'a Templates,
    statuses: &'a Statuses,
    before: Before,
    graphs: OnceCell<BTreeMap<&'a EnvironmentName, Graph>>,
}

/// What needs what in one environment, both ways round.
struct Graph {
    needs: Needs,
    dependents: Needs,
    edges: Vec<Edge>,
}

impl<'a> Planner<'a> {
    /// One for a manifest, the templates of it that could be read, and what is recorded.
    pub fn new(manifest: &'a Manifest, templates: &'a Templates, statuses: &'a Statuses) -> Self {
        Self { manifest, templates, statuses, before: Before::new(), graphs: OnceCell::new() }
    }

    /// The same, who knows what CloudFormation says of imports: a destroy goes by that before it goes by the files, and a
    /// deploy as far as the files do not contradict it.
    pub fn knowing(self, before: Before) -> Self {
        Self { before, ..self }
    }

    /// What a stack needs in some environment.
    pub fn needs(&self, stack: &StackName) -> BTreeSet<StackName> {
        let needs = self.graphs().values().filter_map(|graph| graph.needs.get(stack));
        needs.flatten().cloned().collect()
    }

    /// Plans a request.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn plan(&self, request: &Request) -> Result<Plan, Refusal> {
        let Self { manifest, .. } = self;
        let mut assumes = Vec::new();
        let (environments, needs) = match request {
            Request::Deploy { environment } => {
                check_environment(manifest, environment)?;
                (vec![environment.clone()], self.deploy(environment, &mut assumes)?)
            }
            Request::DeployStack { stack, environment, skip_dependencies } => {
                check_environment(manifest, environment)?;
                self.check_deployable(stack, environment, *skip_dependencies)?;
                (vec![environment.clone()], only(stack, environment))
            }
            Request::Destroy { environment: Some(environment) } => {
                check_reachable(manifest, environment)?;
                (vec![environment.clone()], self.destroy(std::slice::from_ref(environment)))
            }
            Request::Destroy { environment: None } => {
                let environments = self.environments_to_destroy();
                environments.iter().try_for_each(|environment| check_reachable(manifest, environment))?;
                let needs = self.destroy(&environments);
                (environments, needs)
            }
            Request::DestroyStack { stack, environment, force, .. } => {
                check_reachable(manifest, environment)?;
                self.check_destroyable(stack, environment, *force)?;
                (vec![environment.clone()], only(stack, environment))
            }
            Request::RepairStack { stack, environment, .. } => {
                check_reachable(manifest, environment)?;
                self.check_known(stack, environment)?;
                (vec![environment.clone()], only(stack, environment))
            }
        };
        let layers = graph::layers(&needs).map_err(|cycle| Refusal::Cycle(graph::show_cycle(&cycle)))?;
        let stacks = layers
            .iter()
            .flatten()
            .map(|key| StackTurn { key: key.clone(), waits_for: needs[key].iter().cloned().collect() })
            .collect();
        Ok(Plan { kind: request.kind(), environments, stacks, layers, assumes })
    }

    /// What needs what in an environment, by the manifest, also in one that was taken out of it; nothing in any other.
    fn graph(&self, environment: &EnvironmentName) -> Option<&Graph> {
        self.graphs().get(environment)
    }

    fn graphs(&self) -> &BTreeMap<&'a EnvironmentName, Graph> {
        self.graphs.get_or_init(|| {
            let graph = |name| {
                let edges = graph::edges_in(self.manifest, self.templates, name);
                Graph::of(self.manifest, edges, graph::recorded_edges(self.manifest, name))
            };
            self.manifest.environment_names().map(|name| (name, graph(name))).collect()
        })
    }

    fn dependents(&self, stack: &StackName, environment: &EnvironmentName) -> Vec<StackName> {
        let exists =
            |dependent: &&StackName| self.status(dependent, environment).is_some_and(status::may_exist);
        let dependents = self.graph(environment).and_then(|graph| graph.dependents.get(stack));
        dependents.into_iter().flatten().filter(exists).cloned().collect()
    }
}

impl Graph {
    fn of(manifest: &Manifest, mut edges: Vec<Edge>, recorded: Vec<Edge>) -> Self {
        let needs = graph::needs(manifest, &edges);
        edges.extend(recorded);
        let mut dependents = Needs::new();
        for edge in &edges {
            dependents.entry(edge.needs.clone()).or_default().insert(edge.stack.clone());
        }
        Self { needs, dependents, edges }
    }

    /// Why a stack needs another.
    fn reasons(&self, stack: &StackName, needs: &StackName) -> impl Iterator<Item = &Why> {
        self.edges
            .iter()
            .filter(move |edge| edge.stack == *stack && edge.needs == *needs)
            .map(|edge| &edge.why)
    }

    /// The exports that a stack imports of another for certain, if there is nothing else that it certainly needs of it.
    fn only_imports(&self, stack: &StackName, needs: &StackName) -> Option<Vec<String>> {
        let export = |why: &Why| match why {
            Why::Import(export) => Some(export.clone()),
            Why::Order | Why::Output(_) | Why::StackOutput(_) | Why::Recorded => None,
        };
        let certain =
            self.edges.iter().filter(|edge| edge.is_certain && edge.stack == *stack && edge.needs == *needs);
        certain.map(|edge| export(&edge.why)).collect()
    }
}

/// The stacks that need a stack and may exist, as far as the files know.
pub fn dependents(
    manifest: &Manifest,
    templates: &Templates,
    statuses: &Statuses,
    stack: &StackName,
    environment: &EnvironmentName,
) -> Vec<StackName> {
    Planner::new(manifest, templates, statuses).dependents(stack, environment)
}

/// That the manifest has an environment, so that it can be deployed to.
///
/// # Errors
/// It has not, or not any more; those that it has are named.
pub fn check_environment(manifest: &Manifest, name: &EnvironmentName) -> Result<(), Refusal> {
    if manifest.environment(name).is_some() {
        return Ok(());
    }
    Err(if manifest.former.contains_key(name) {
        Refusal::FormerEnvironment { environment: name.clone() }
    } else {
        Refusal::unknown_environment(manifest, name)
    })
}

/// That an environment can be asked, also one that was taken out of the manifest.
///
/// # Errors
/// There is none of that name, or nothing tells how it is reached.
pub fn check_reachable(manifest: &Manifest, name: &EnvironmentName) -> Result<(), Refusal> {
    match manifest.former.get(name) {
        _ if manifest.environment(name).is_some() => Ok(()),
        Some(FormerEnvironment::Reachable(_)) => Ok(()),
        Some(FormerEnvironment::Lost { stacks }) => Err(Refusal::LostEnvironment {
            environment: name.clone(),
            stacks: list(stacks.iter().map(String::as_str)),
        }),
        None => Err(Refusal::unknown_environment(manifest, name)),
    }
}

/// That there is a stack: in the manifest, or `recorded` in the state file.
///
/// # Errors
/// There is none; those of the manifest are named.
pub fn check_known(manifest: &Manifest, stack: &StackName, recorded: bool) -> Result<(), Refusal> {
    if recorded || manifest.stack(stack).is_some() {
        return Ok(());
    }
    Err(Refusal::unknown_stack(manifest, stack))
}

type KeyNeeds = BTreeMap<StackKey, BTreeSet<StackKey>>;

fn only(stack: &StackName, environment: &EnvironmentName) -> KeyNeeds {
    BTreeMap::from([(StackKey::new(stack, environment), BTreeSet::new())])
}

impl Planner<'_> {
    /// Those where something may exist: no credentials are needed for the others. All of them where the files
    /// know of nothing, so that CloudFormation has the last word.
    fn environments_to_destroy(&self) -> Vec<EnvironmentName> {
        let names = || self.manifest.environment_names().cloned();
        let may_exist = |name: &EnvironmentName| {
            self.manifest.former.contains_key(name)
                || self
                    .statuses
                    .iter()
                    .any(|(key, status)| key.environment == *name && status::may_exist(*status))
        };
        let live: Vec<_> = names().filter(may_exist).collect();
        if live.is_empty() { names().collect() } else { live }
    }

    fn status(&self, stack: &StackName, environment: &EnvironmentName) -> Option<StackStatus> {
        self.statuses.get(&StackKey::new(stack, environment)).copied()
    }

    fn is_deployed(&self, stack: &StackName, environment: &EnvironmentName) -> bool {
        self.status(stack, environment) == Some(StackStatus::Deployed)
    }

    /// The enabled stacks, each with the enabled ones that it needs. An export of a stack that is disabled may be made by
    /// somebody else: whether it is, CloudFormation has to be asked.
    fn deploy(&self, environment: &EnvironmentName, assumes: &mut Vec<Assumed>) -> Result<KeyNeeds, Refusal> {
        let graph = self.graph(environment);
        let enabled: BTreeSet<&StackName> = self
            .manifest
            .stacks
            .iter()
            .filter(|stack| stack.settings_in(environment).enabled)
            .map(|stack| &stack.name)
            .collect();
        if enabled.is_empty() {
            return Err(Refusal::NothingEnabled { environment: environment.clone() });
        }
        let mut planned = KeyNeeds::new();
        for stack in &enabled {
            let mut waits_for = BTreeSet::new();
            for need in graph.and_then(|graph| graph.needs.get(*stack)).into_iter().flatten() {
                if enabled.contains(need) {
                    waits_for.insert(StackKey::new(need, environment));
                    continue;
                }
                if self.is_deployed(need, environment) {
                    continue;
                }
                if let Some(exports) = graph.and_then(|graph| graph.only_imports(stack, need)) {
                    let stack = StackKey::new(stack, environment);
                    assumes.extend(exports.into_iter().map(|export| Assumed {
                        stack: stack.clone(),
                        exporter: need.clone(),
                        export,
                    }));
                } else {
                    return Err(Refusal::NeedsDisabled {
                        stack: (*stack).clone(),
                        needs: need.clone(),
                        environment: environment.clone(),
                    });
                }
            }
            planned.insert(StackKey::new(stack, environment), waits_for);
        }
        let known = self.before.iter().flat_map(|(key, before)| before.iter().map(move |it| (key, it)));
        for (key, before) in known {
            if planned.contains_key(key) && planned.contains_key(before) {
                graph::add_unless_circular(&mut planned, key, before);
            }
        }
        Ok(planned)
    }

    fn check_deployable(
        &self,
        stack: &StackName,
        environment: &EnvironmentName,
        skip_dependencies: bool,
    ) -> Result<(), Refusal> {
        let graph = self.graph(environment);
        let Some((graph, needed)) = graph.and_then(|graph| Some((graph, graph.needs.get(stack)?))) else {
            return Err(if self.status(stack, environment).is_some_and(status::may_exist) {
                Refusal::FormerStack { stack: stack.clone(), environment: environment.clone() }
            } else {
                Refusal::unknown_stack(self.manifest, stack)
            });
        };
        let missing: Vec<&StackName> =
            needed.iter().filter(|need| !self.is_deployed(need, environment)).collect();
        if missing.is_empty() || skip_dependencies {
            return Ok(());
        }
        Err(Refusal::DependencyNotDeployed {
            stack: stack.clone(),
            needs: list(missing.into_iter().map(|need| with_reasons(need, graph.reasons(stack, need)))),
            environment: environment.clone(),
        })
    }

    /// The manifest or the state file has it.
    fn check_known(&self, stack: &StackName, environment: &EnvironmentName) -> Result<(), Refusal> {
        check_known(self.manifest, stack, self.status(stack, environment).is_some())
    }

    fn check_destroyable(
        &self,
        stack: &StackName,
        environment: &EnvironmentName,
        force: bool,
    ) -> Result<(), Refusal> {
        self.check_known(stack, environment)?;
        let dependents = self.dependents(stack, environment);
        if dependents.is_empty() || force {
            return Ok(());
        }
        let reasons = |dependent| {
            self.graph(environment).into_iter().flat_map(move |graph| graph.reasons(dependent, stack))
        };
        Err(Refusal::DependentDeployed {
            stack: stack.clone(),
            imported: dependents.iter().flat_map(reasons).any(|why| matches!(why, Why::Import(_))),
            dependents: list(dependents.iter().map(|dependent| with_reasons(dependent, reasons(dependent)))),
            environment: environment.clone(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::Value as Json;

    use super::*;
    use crate::fixtures::{key, manifest, stack};
    use crate::manifest::Environment;

    fn name(text: &str) -> StackName {
        text.parse().unwrap()
    }

    fn dev() -> EnvironmentName {
        "dev".parse().unwrap()
    }

    fn order(plan: &Plan) -> String {
        let layers = plan
            .layers
            .iter()
            .map(|layer| layer.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
        layers.collect::<Vec<_>>().join(" | ")
    }

    /// app → database → network, app → network; extra is disabled and needs network.
    fn sample() -> Manifest {
        manifest(vec![
            stack("app", true, &[("Db", "${database.Url}"), ("Vpc", "${network.VpcId}")]),
            stack("database", true, &[("Vpc", "${network.VpcId}")]),
            stack("extra", false, &[("Vpc", "${network.VpcId}")]),
            stack("network", true, &[]),
        ])
    }

    fn statuses(entries: &[(&str, StackStatus)]) -> Statuses {
        entries.iter().map(|(stack, status)| (key(stack, "dev"), *status)).collect()
    }

    #[test]
    fn deploy_takes_the_enabled_stacks_dependencies_first() {
        let plan =
            plan(&sample(), &Templates::new(), &Statuses::new(), &Request::Deploy { environment: dev() })
                .unwrap();
        assert_eq!(order(&plan), "network-dev | database-dev | app-dev");
        assert_eq!(plan.stacks[2].waits_for, [key("database", "dev"), key("network", "dev")]);
    }

    #[test]
    fn destroy_runs_in_reverse_over_every_environment_and_takes_disabled_and_forgotten_stacks_too() {
        let statuses = statuses(&[("forgotten", StackStatus::Deployed), ("gone", StackStatus::Destroyed)]);
        let one =
            plan(&sample(), &Templates::new(), &statuses, &Request::Destroy { environment: Some(dev()) })
                .unwrap();
        assert_eq!(order(&one), "forgotten-dev | app-dev,extra-dev | database-dev | network-dev");
        let only_dev =
            plan(&sample(), &Templates::new(), &statuses, &Request::Destroy { environment: None }).unwrap();
        assert_eq!(only_dev.environments, [dev()]);
        let all =
            plan(&sample(), &Templates::new(), &Statuses::new(), &Request::Destroy { environment: None })
                .unwrap();
        assert_eq!(
            order(&all),
            "app-dev,app-prod,extra-dev,extra-prod | database-dev,database-prod | network-dev,network-prod"
        );
    }

    /// The sample with `qa` taken out of the manifest, and how it is reached known or not.
    fn without_qa(known: bool) -> Manifest {
        let mut manifest = sample();
        let qa: EnvironmentName = "qa".parse().unwrap();
        let place = Environment { name: qa.clone(), ..manifest.environments[0].clone() };
        let former = if known {
            FormerEnvironment::Reachable(place)
        } else {
            FormerEnvironment::Lost { stacks: vec!["network".to_owned()] }
        };
        manifest.former.insert(qa, former);
        manifest
    }

    #[test]
    fn an_environment_that_was_taken_out_is_destroyed_in_order_and_nothing_is_deployed_to_it() {
        let manifest = without_qa(true);
        let qa: EnvironmentName = "qa".parse().unwrap();
        let statuses: Statuses = [("network", "qa"), ("database", "qa"), ("gone", "qa"), ("old-name", "dev")]
            .map(|(stack, environment)| (key(stack, environment), StackStatus::Deployed))
            .into();
        let planned = |request| plan(&manifest, &Templates::new(), &statuses, &request);
        let one = planned(Request::Destroy { environment: Some(qa.clone()) }).unwrap();
        assert_eq!(order(&one), "gone-qa | app-qa,extra-qa | database-qa | network-qa");
        let all = planned(Request::Destroy { environment: None }).unwrap();
        assert_eq!(all.environments, [dev(), qa.clone()]);
        assert!(order(&all).starts_with("gone-qa,old-name-dev | "), "{}", order(&all));
        let single = |stack: &str| Request::DestroyStack {
            stack: name(stack),
            environment: qa.clone(),
            force: false,
            deletion: Deletion::default(),
        };
        assert!(planned(single("gone")).is_ok());
        assert!(matches!(planned(single("network")), Err(Refusal::DependentDeployed { .. })));
        assert_eq!(
            planned(Request::Deploy { environment: qa.clone() }),
            Err(Refusal::FormerEnvironment { environment: qa })
        );
        let renamed =
            Request::DeployStack { stack: name("old-name"), environment: dev(), skip_dependencies: false };
        assert_eq!(
            planned(renamed),
            Err(Refusal::FormerStack { stack: name("old-name"), environment: dev() })
        );
    }

    #[test]
    fn an_environment_that_nobody_can_reach_any_more_is_refused_by_name_and_never_passed_by() {
        let manifest = without_qa(false);
        let statuses = [(key("network", "qa"), StackStatus::Deployed)].into();
        for environment in [None, Some("qa".parse().unwrap())] {
            let refusal =
                plan(&manifest, &Templates::new(), &statuses, &Request::Destroy { environment }).unwrap_err();
            assert!(matches!(refusal, Refusal::LostEnvironment { .. }), "{refusal}");
            assert!(refusal.to_string().contains("still exist in it: network; put qa back"), "{refusal}");
        }
        let dev = Request::Destroy { environment: Some(dev()) };
        assert!(plan(&manifest, &Templates::new(), &statuses, &dev).is_ok());
    }

    #[test]
    fn an_enabled_stack_may_need_a_disabled_one_only_where_that_is_deployed() {
        let manifest =
            manifest(vec![stack("app", true, &[("V", "${network.VpcId}")]), stack("network", false, &[])]);
        let request = Request::Deploy { environment: dev() };
        assert!(matches!(
            plan(&manifest, &Templates::new(), &Statuses::new(), &request),
            Err(Refusal::NeedsDisabled { stack, needs, .. }) if stack == name("app") && needs == name("network")
        ));
        let deployed = statuses(&[("network", StackStatus::Deployed)]);
        assert_eq!(order(&plan(&manifest, &Templates::new(), &deployed, &request).unwrap()), "app-dev");
    }

    #[test]
    fn deploy_stack_wants_its_dependencies_deployed_unless_told_otherwise() {
        let request = |skip_dependencies| Request::DeployStack {
            stack: name("database"),
            environment: dev(),
            skip_dependencies,
        };
        for (network, skip, allowed) in [
            (None, false, false),
            (Some(StackStatus::Failed), false, false),
            (Some(StackStatus::Deployed), false, true),
            (None, true, true),
        ] {
            let statuses = network.map(|status| statuses(&[("network", status)])).unwrap_or_default();
            let plan = plan(&sample(), &Templates::new(), &statuses, &request(skip));
            assert_eq!(plan.is_ok(), allowed, "{network:?} skip {skip}: {plan:?}");
        }
    }

    #[test]
    fn destroy_stack_wants_no_deployed_dependent_unless_forced() {
        let request = |force| Request::DestroyStack {
            stack: name("network"),
            environment: dev(),
            force,
            deletion: Deletion::default(),
        };
        for (database, force, allowed) in [
            (StackStatus::Deployed, false, false),
            (StackStatus::Failed, false, false),
            (StackStatus::Destroyed, false, true),
            (StackStatus::NotDeployed, false, true),
            (StackStatus::Deployed, true, true),
        ] {
            let plan =
                plan(&sample(), &Templates::new(), &statuses(&[("database", database)]), &request(force));
            assert_eq!(plan.is_ok(), allowed, "{database} force {force}: {plan:?}");
        }
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let refusal =
            |request| plan(&sample(), &Templates::new(), &Statuses::new(), &request).unwrap_err().to_string();
        assert_eq!(
            refusal(Request::Deploy { environment: "qa".parse().unwrap() }),
            "there is no environment 'qa' in this deployment; it has dev, prod"
        );
        assert_eq!(
            refusal(Request::DeployStack {
                stack: name("netwrk"),
                environment: dev(),
                skip_dependencies: false
            }),
            "there is no stack 'netwrk' in this deployment; it has app, database, extra, network"
        );
        let nothing = manifest(vec![stack("network", false, &[])]);
        assert!(matches!(
            plan(&nothing, &Templates::new(), &Statuses::new(), &Request::Deploy { environment: dev() }),
            Err(Refusal::NothingEnabled { .. })
        ));
    }

    /// What a page might send: words of the protocol and others, put together in any way.
    fn anything() -> impl Strategy<Value = Json> {
        let words = [
            "deploy",
            "destroy-stack",
            "repair-stack",
            "dev",
            "network",
            "../..",
            "a/b",
            "\0",
            "continue_rollback",
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i64>().prop_map(Json::from),
            select(words.to_vec()).prop_map(Json::from),
            "\\PC{0,12}".prop_map(Json::from),
        ];
        let keys = [
            "kind",
            "environment",
            "stack",
            "skip_dependencies",
            "force",
            "deletion",
            "repair",
            "way",
            "other",
        ];
        leaf.prop_recursive(3, 24, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::hash_map(select(keys.to_vec()).prop_map(str::to_owned), inner, 0..7)
                    .prop_map(|fields| Json::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn whatever_a_page_sends_is_a_request_of_good_names_or_refused(sent in anything()) {
            if let Ok(request) = serde_json::from_value::<Request>(sent) {
                let value = serde_json::to_value(&request).unwrap();
                for name in ["stack", "environment"].iter().filter_map(|field| value[field].as_str()) {
                    prop_assert!(!name.contains(['.', '/', '\0']), "{name:?}");
                }
                prop_assert_eq!(serde_json::from_value::<Request>(value).unwrap(), request);
            }
        }
    }
}
