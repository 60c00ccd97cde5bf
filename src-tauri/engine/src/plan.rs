//! Planning for front ends: what an operation would do, and whether it may.

use std::collections::{BTreeMap, BTreeSet};

use skydeck_cloudformation::MAX_STACKS;
use skydeck_model::advice::FrontEnd;
use skydeck_model::command::Command;
use skydeck_model::finding::Findings;
use skydeck_model::identity::{self, CreatedAs, Renamed};
use skydeck_model::ids::{AccountId, Region};
use skydeck_model::operation::Direction;
use skydeck_model::plan::{self, Pace, Plan, Planner, Request, Statuses};
use skydeck_model::uses::uses;
use skydeck_model::{
    Environment, EnvironmentName, Manifest, Problem, StackKey, Target, cloudformation, status,
};
use skydeck_store::{Folder, LoadedManifest, Metadata, StackEntry, State};

use crate::detail::count;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::former::former_views;
use crate::init::NOT_RECORDED;
use crate::view::{Availability, CommandLines, FormerView, PlanView, PlannedEnvironment, PlannedStack};

/// A request that may start, with what it was planned from.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) loaded: LoadedManifest,
    pub(crate) state: State,
    /// What the manifest calls otherwise than the deployment was created as.
    pub(crate) renamed: Vec<Renamed>,
    /// Why stacks of it will certainly fail.
    pub(crate) foreseen: Vec<Problem>,
}

impl Engine {
    /// What an operation would do. Asks only the files.
    ///
    /// # Errors
    /// No such deployment, files that are wrong, or an operation that may not start.
    pub fn plan(&self, id: &str, request: &Request) -> Result<PlanView, EngineError> {
        Ok(plan_view(&self.inner.plan_in(&self.find(id)?, request)?))
    }

    /// What can be done to many deployments on the command line, those of the table with these ids: in each of their
    /// environments, or in one.
    pub fn command_lines(&self, ids: &[String], environment: Option<&str>) -> Vec<CommandLines> {
        let wanted: BTreeSet<&String> = ids.iter().collect();
        let rows = self.inner.rows.map(|row| {
            let names = row.environments.iter().map(|environment| environment.name.as_str());
            let in_question = names.filter(|name| environment.is_none_or(|only| only == *name));
            // One whose name cannot be is no environment of any command.
            let in_question = in_question.filter_map(|name| name.parse().ok());
            wanted.contains(&row.deployment_id).then(|| (row.deployment_id.clone(), in_question.collect()))
        });
        bulk_commands(&rows)
    }
}

/// The commands that make sense for many: looks, and deploys, each of which asks before it starts.
fn bulk_commands(rows: &[(String, Vec<EnvironmentName>)]) -> Vec<CommandLines> {
    let told =
        |title: &str, lines: Vec<String>| CommandLines { title: title.to_owned(), lines: lines.join("\n") };
    let each =
        |title, command: Command| told(title, rows.iter().filter_map(|(id, _)| command.line(id)).collect());
    let each_environment = |title, command: fn(EnvironmentName) -> Command| {
        let all = rows.iter().flat_map(|(id, names)| names.iter().map(move |name| (id, name.clone())));
        told(title, all.filter_map(|(id, name)| command(name).line(id)).collect())
    };
    vec![
        each("Show the status", Command::Status),
        each("Refresh from CloudFormation", Command::Refresh { environment: None }),
        each_environment("Plan", |environment| Command::Plan { environment }),
        each_environment("Deploy", |environment| Command::Run {
            request: Request::Deploy { environment },
            pace: Pace::default(),
        }),
    ]
}

/// A plan as front ends show it.
pub(crate) fn plan_view(planned: &Planned) -> PlanView {
    let Planned { plan, loaded, state, renamed, foreseen } = planned;
    let recorded = |key: &StackKey| state.stack(key).map_or(NOT_RECORDED, |entry| entry.status.clone());
    let may_change = |key: &&StackKey| match plan.kind.direction() {
        Direction::Up | Direction::Back => true,
        Direction::Down => status::may_be_there(&recorded(key)),
    };
    let (ours, leaves): (Vec<FormerView>, Vec<FormerView>) = former_views(&loaded.manifest, state)
        .into_iter()
        .partition(|former| plan.stacks.iter().any(|turn| former.is(&turn.key)));
    let former = |key: &StackKey| ours.iter().find(|former| former.is(key)).map(|former| former.text.clone());
    let stack =
        |key: &StackKey| PlannedStack { key: key.clone(), status: recorded(key), former: former(key) };
    PlanView {
        kind: plan.kind,
        environments: plan
            .environments
            .iter()
            .filter_map(|name| loaded.manifest.reachable(name))
            .map(|environment| PlannedEnvironment {
                name: environment.name.clone(),
                target: environment.target,
                region: environment.region.clone(),
                account: environment.account.clone(),
                uses: uses(environment, plan.kind.direction()),
            })
            .collect(),
        layers: plan
            .layers
            .iter()
            .map(|layer| layer.iter().filter(may_change).map(stack).collect::<Vec<_>>())
            .filter(|layer| !layer.is_empty())
            .collect(),
        count: count(plan.layers.iter().flatten().filter(may_change).count()),
        leaves,
        renamed: renamed.clone(),
        foreseen: foreseen.clone(),
    }
}

impl Inner {
    /// Reads the folder and plans.
    pub(crate) fn plan_in(&self, folder: &Folder, request: &Request) -> Result<Planned, EngineError> {
        let metadata = folder.metadata()?;
        let state = folder.state()?;
        let direction = request.kind().direction();
        let mut loaded = match direction {
            Direction::Up => folder.manifest_as_it_is()?,
            Direction::Down | Direction::Back => {
                let only = request.environment().map(std::slice::from_ref);
                self.with_places(folder, self.manifest_or_record(folder)?, &state, only)?
            }
        };
        let refuse = |findings: &Findings, environments: &[EnvironmentName]| match findings
            .refusing(direction, environments)
        {
            problems if problems.is_empty() => Ok(()),
            problems => Err(folder.invalid(problems)),
        };
        // What is wrong for everybody comes first: it may be what the plan stumbles over.
        refuse(&loaded.findings, &[])?;
        if direction == Direction::Up {
            self.recall(&mut loaded.manifest, &state);
        }
        let plan = plan::plan(&loaded.manifest, &loaded.templates, &statuses(&state), request)?;
        refuse(&loaded.findings, &plan.environments)?;
        refuse_foreign(&plan, &metadata, &state)?;
        for environment in plan.environments.iter().filter_map(|name| loaded.manifest.reachable(name)) {
            if environment.target == Target::Aws && !environment.account.is_real() {
                return Err(EngineError::NotAnAccount {
                    environment: environment.name.clone(),
                    account: environment.account.clone(),
                });
            }
            refuse_moved(&state, environment)?;
        }
        if direction == Direction::Up {
            self.expect_room(folder, &loaded, &state, &plan)?;
        }
        let (renamed, foreseen) =
            (renamed(&loaded.manifest, &loaded.findings, &metadata), loaded.findings.foreseen(&plan));
        Ok(Planned { plan, loaded, state, renamed, foreseen })
    }

    /// That what is deployed has room where it is recorded, and in the sandbox where it is made there.
    fn expect_room(
        &self,
        folder: &Folder,
        loaded: &LoadedManifest,
        state: &State,
        plan: &Plan,
    ) -> Result<(), EngineError> {
        let outputs = |key: &StackKey| {
            let template = loaded.manifest.stack(&key.stack)?.settings_in(&key.environment).template;
            loaded.templates.get(&template).map(|template| template.outputs.as_slice())
        };
        let planned = plan.stacks.iter().map(|turn| (&turn.key, outputs(&turn.key).unwrap_or_default()));
        folder.expect_room(state, planned)?;

        let mut places: BTreeMap<(&AccountId, &Region), (Vec<&str>, usize)> = BTreeMap::new();
        let environments = plan.environments.iter().filter_map(|name| loaded.manifest.reachable(name));
        for environment in environments.filter(|environment| environment.target == Target::Sandbox) {
            let is_new = |key: &StackKey| {
                key.environment == environment.name
                    && state.stack(key).is_none_or(|entry| !status::may_be_there(&entry.status))
            };
            let place = places.entry((&environment.account, &environment.region)).or_default();
            place.0.push(environment.name.as_str());
            place.1 += plan.stacks.iter().filter(|turn| is_new(&turn.key)).count();
        }
        for ((account, region), (environments, stacks)) in places {
            self.sandbox.expect_room(account.as_str(), region.as_str(), stacks).map_err(|full| {
                EngineError::SandboxFull {
                    environments: environments.join(", "),
                    account: account.clone(),
                    region: region.clone(),
                    stacks,
                    there: full.there,
                    most: MAX_STACKS,
                }
            })?;
        }
        Ok(())
    }
}

/// What the manifest calls otherwise than the deployment was created as.
/// What it does not say, or does not say so that it can be read, it does not change.
pub(crate) fn renamed(manifest: &Manifest, findings: &Findings, metadata: &Metadata) -> Vec<Renamed> {
    let created = CreatedAs {
        organization: &metadata.organization,
        project: &metadata.project,
        domain: metadata.domain.as_deref(),
        template: metadata.template.as_deref(),
    };
    let unread: Vec<String> = findings.invalid().into_iter().map(|problem| problem.key).collect();
    identity::renamed(manifest, &created, |word| unread.iter().all(|key| key != word))
}

/// That every stack of an environment is where the environment is: in one that was moved away from a stack, nothing is done
/// to the others either.
pub(crate) fn refuse_moved(state: &State, environment: &Environment) -> Result<(), EngineError> {
    let in_it = state.stacks.iter().filter(|entry| entry.environment == environment.name.as_str());
    let mut moved =
        in_it.filter_map(|entry| Some((entry.key()?, elsewhere(&state.environments, entry, environment)?)));
    match moved.next() {
        Some((key, place)) => Err(EngineError::Elsewhere { key, place }),
        None => Ok(()),
    }
}

/// The same of an environment by its name.
pub(crate) fn refuse_moved_of(
    manifest: &Manifest,
    state: &State,
    environment: &EnvironmentName,
) -> Result<(), EngineError> {
    manifest.reachable(environment).map_or(Ok(()), |environment| refuse_moved(state, environment))
}

/// Where a stack is that may be there, if its environment was moved away from it: to another region or account, which its
/// id tells, or to another target, which is recorded.
pub(crate) fn elsewhere(
    recorded: &BTreeMap<EnvironmentName, Environment>,
    entry: &StackEntry,
    environment: &Environment,
) -> Option<String> {
    let id = entry.stack_id.as_deref().filter(|_| status::may_be_there(&entry.status))?;
    let recorded = recorded.get(&environment.name).map(|recorded| recorded.target);
    let other = recorded.filter(|target| *target != environment.target);
    cloudformation::elsewhere(id, &environment.region, &environment.account).or_else(|| {
        other.map(|target| match target {
            Target::Aws => "AWS".to_owned(),
            Target::Sandbox => "the sandbox".to_owned(),
        })
    })
}

/// What an operation would overwrite must be in words of this version.
fn refuse_foreign(plan: &Plan, metadata: &Metadata, state: &State) -> Result<(), EngineError> {
    let overwritten = status::deployment_at_start(plan.kind).map(|_| metadata.status.to_string());
    let deployment = overwritten
        .filter(|_| metadata.status.known().is_none())
        .map(|word| ("the deployment".to_owned(), word));
    let mut stacks = plan.stacks.iter().filter_map(|turn| {
        let entry = state.stack(&turn.key).filter(|entry| entry.status.known().is_none())?;
        Some((turn.key.to_string(), entry.status.to_string()))
    });
    match deployment.or_else(|| stacks.next()) {
        Some((what, word)) => Err(EngineError::ForeignStatus { what, word }),
        None => Ok(()),
    }
}

/// The statuses that planning can use: of stacks with names of this version, in words of this version.
pub(crate) fn statuses(state: &State) -> Statuses {
    state.stacks.iter().filter_map(|entry| Some((entry.key()?, entry.status.known()?))).collect()
}

/// Whether a request could start as things stand, as advice on a button. A cycle is left to the manifest's
/// own problems.
pub(crate) fn availability(planner: &Planner<'_>, request: &Request, blocked: Option<&str>) -> Availability {
    let refused = match blocked {
        Some(reason) => Some(reason.to_owned()),
        None => planner.plan(request).err().map(|refusal| refusal.told(FrontEnd::App)),
    };
    Availability { refused }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn commands_for_many_are_a_line_each_and_in_each_environment_where_they_need_one() {
        let rows = [
            ("DX6604E".to_owned(), vec!["dev".parse().unwrap(), "prod".parse().unwrap()]),
            ("a folder".to_owned(), Vec::new()),
        ];
        let told: Vec<(String, String)> =
            bulk_commands(&rows).into_iter().map(|CommandLines { title, lines }| (title, lines)).collect();
        let expected = [
            ("Show the status", "cloud status DX6604E\ncloud status 'a folder'"),
            (
                "Refresh from CloudFormation",
                "cloud status DX6604E --refresh\ncloud status 'a folder' --refresh",
            ),
            ("Plan", "cloud plan DX6604E --environment dev\ncloud plan DX6604E --environment prod"),
            ("Deploy", "cloud deploy DX6604E --environment dev\ncloud deploy DX6604E --environment prod"),
        ];
        assert_eq!(told, expected.map(|(title, lines)| (title.to_owned(), lines.to_owned())));
    }
}
