//! The table's rows and one deployment's grid, read from the files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use skydeck_model::event::OperationView;
use skydeck_model::finding::Findings;
use skydeck_model::former::{FormerStack, has_place, is_shown};
use skydeck_model::meaning::{self, Meaning, Tally, meaning};
use skydeck_model::operation::Direction;
use skydeck_model::plan::{Deletion, Planner, Request, Statuses, check_reachable};
use skydeck_model::validate::Templates;
use skydeck_model::{
    DeploymentId, Environment, EnvironmentName, Manifest, OperationKind, Problem, Recorded, StackKey,
    StackName, StackStatus, cloudformation, compare, console, recovery, status,
};
use skydeck_store::{
    DriftEntry, Folder, LoadedManifest, StackEntry, StoreError, Summary, SummaryEnvironment,
};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::former::{former_stacks, former_views};
use crate::init::NOT_RECORDED;
use crate::plan::{availability, elsewhere, renamed, statuses};
use crate::view::{
    Availability, Cell, CellDrift, DeploymentDetail, DeploymentRow, EnvironmentPair, EnvironmentView,
    Explanation, InterruptedRow, NextStep, OperationSummary, RowEnvironment, Running, StackView,
};

/// Operations that a detail lists at most.
const HISTORY: usize = 50;

impl Engine {
    /// Every folder under the root as a row; a broken one says what is wrong with it.
    ///
    /// # Errors
    /// A root that cannot be read, or that has held deployments and is gone.
    pub fn list(&self) -> Result<Vec<DeploymentRow>, EngineError> {
        Ok(self.read_rows(&self.folders()?))
    }

    /// The whole id of a deployment of which only the beginning is given.
    ///
    /// # Errors
    /// None or several begin so.
    pub fn whole_id(&self, id: &str) -> Result<String, EngineError> {
        Ok(self.find(id)?.id_text())
    }

    /// Everything about one deployment; `id` may be shortened to any unique prefix.
    ///
    /// # Errors
    /// No such deployment. What is wrong with its files is part of the answer.
    pub fn detail(&self, id: &str) -> Result<DeploymentDetail, EngineError> {
        let folder = self.find(id)?;
        let mut row = self.row(&folder);
        let state = folder.state();
        if let Some(problem) = &mut row.problem
            && let Err(error @ StoreError::Invalid { .. }) = folder.manifest_unchecked()
        {
            // Told once, with its place.
            *problem = problem.replace(&error.to_string(), UNREADABLE);
        }
        let loaded = self.inner.manifest_or_record(&folder);
        let blocked = blocked(&row, &loaded);
        let is_recorded = loaded.as_ref().is_ok_and(|loaded| loaded.is_recorded);
        let (mut manifest, templates, findings, problems) = match loaded {
            Ok(LoadedManifest { manifest, templates, findings, .. }) => {
                let problems = findings.problems();
                (Some(manifest), templates, findings, problems)
            }
            Err(error @ StoreError::Invalid { .. }) => {
                (None, Templates::new(), Findings::default(), EngineError::from(error).problems().to_vec())
            }
            Err(_) => (None, Templates::new(), Findings::default(), Vec::new()),
        };
        let mut state = state.ok();
        if let Some((manifest, state)) = manifest.as_mut().zip(state.as_mut()) {
            self.inner.recall(manifest, state);
            state.stacks.retain(|entry| is_in_sight(manifest, entry));
        }
        let statuses = state.as_ref().map(statuses).unwrap_or_default();
        let former = manifest.as_ref().zip(state.as_ref());
        let stacks = former.map(|(manifest, state)| former_stacks(manifest, state)).unwrap_or_default();
        let former = former.map(|(manifest, state)| former_views(manifest, state)).unwrap_or_default();
        let (entries, reached) = state.map(|state| (state.stacks, state.environments)).unwrap_or_default();
        let grid = Grid {
            manifest: manifest.as_ref(),
            is_recorded,
            planner: manifest.as_ref().map(|manifest| Planner::new(manifest, &templates, &statuses)),
            statuses: &statuses,
            // Of two with the same names the first counts.
            places: entries
                .iter()
                .rev()
                .map(|entry| ((entry.stack_name.as_str(), entry.environment.as_str()), entry))
                .collect(),
            entries: &entries,
            reached: &reached,
            id: row.deployment_id.clone(),
            findings: &findings,
            blocked,
        };
        // Here the manifest was read in full, as whoever asks CloudFormation has to read it.
        row.refresh = Availability { refused: grid.blocked.clone().or_else(|| first(&grid.blocking(None))) };
        let metadata = folder.metadata().ok();
        let named = manifest.as_ref().zip(metadata.as_ref());
        let operations = history(&folder, HISTORY);
        let environments = grid.environments();
        // What was taken out of the manifest is not what one measures by.
        let declared: Vec<_> = environments.iter().filter(|it| !it.former && it.target.is_some()).collect();
        let deployed: Vec<bool> = declared.iter().map(|it| it.deployed > 0).collect();
        let compare = compare::first_pair(&deployed).map(|(from, to)| EnvironmentPair {
            from: declared[from].name.clone(),
            to: declared[to].name.clone(),
        });
        Ok(DeploymentDetail {
            explanation: explanation(&row, &grid, &stacks, &operations),
            environments,
            compare,
            stacks: grid.stacks(),
            destroy_all: grid.may(&Request::Destroy { environment: None }),
            former,
            renamed: named
                .map(|(manifest, metadata)| renamed(manifest, &findings, metadata))
                .unwrap_or_default(),
            warnings: findings.warnings(),
            problems,
            operations,
            row,
        })
    }

    /// What CloudFormation takes of a deployment's files, but perhaps not as it is meant; what keeps the manifest from being
    /// read at all.
    ///
    /// # Errors
    /// No such deployment, or files that must not be read.
    pub fn warnings(&self, id: &str) -> Result<Vec<Problem>, EngineError> {
        match self.find(id)?.manifest_as_it_is() {
            Ok(loaded) => Ok(loaded.findings.warnings()),
            Err(StoreError::Invalid { problems, .. }) => Ok(problems),
            Err(other) => Err(other.into()),
        }
    }

    /// Where one of a deployment's own files is that a person edits: its manifest, or a file that the manifest names.
    ///
    /// # Errors
    /// No such deployment, any other name, or a file that is not there.
    pub fn file(&self, id: &str, name: &str) -> Result<PathBuf, EngineError> {
        Ok(self.find(id)?.file(name)?)
    }

    /// Every operation that has left a log, newest first.
    ///
    /// # Errors
    /// No such deployment.
    pub fn history(&self, id: &str) -> Result<Vec<OperationSummary>, EngineError> {
        Ok(history(&self.find(id)?, usize::MAX))
    }

    /// The same, and an interrupted operation of this machine's is taken up ([`Engine::recover`]): what becomes of it shows by itself.
    ///
    /// # Errors
    /// See [`Engine::detail`].
    pub fn look(&self, id: &str) -> Result<DeploymentDetail, EngineError> {
        let detail = self.detail(id)?;
        if detail.row.interrupted.as_ref().is_some_and(|it| it.here) {
            self.take_up(&detail.row.deployment_id);
        }
        Ok(detail)
    }

    pub(crate) fn row(&self, folder: &Folder) -> DeploymentRow {
        let summary = folder.summary();
        let recorded = summary.operation.is_some();
        let interrupted =
            summary.operation.as_ref().filter(|_| !summary.lock_held).map(|current| InterruptedRow {
                operation: current.id.clone(),
                kind: current.kind,
                host: current.host.clone(),
                here: self.inner.started.of(&current.id, folder).is_some(),
            });
        let running = summary.lock_held.then(|| self.running_on(folder, &summary)).flatten();
        let status = status::deployment_shown(&summary.status, recorded, summary.lock_held);
        let problem = summary
            .problem
            .clone()
            .or_else(|| Some(self.interruption(&summary.id_text, interrupted.as_ref()?)));
        DeploymentRow {
            checked_at: oldest(summary.stacks.iter()),
            refresh: Availability {
                refused: refresh_refused(running.as_ref(), &problem, interrupted.as_ref()),
            },
            running,
            deployment_id: summary.id_text,
            organization: summary.organization,
            project: summary.project,
            status,
            created_at: summary.created_at,
            domain: summary.domain,
            template: summary.template,
            path: summary.path.display().to_string(),
            environments: summary
                .environments
                .into_iter()
                .map(|SummaryEnvironment { name, target, former }| RowEnvironment { name, target, former })
                .collect(),
            problem,
            interrupted,
        }
    }

    /// What is to be said of a deployment whose operation nobody brings to its end.
    fn interruption(&self, deployment: &str, interrupted: &InterruptedRow) -> String {
        if !interrupted.here {
            return format!(
                "a {} was interrupted on {}, and was not started from this folder on this machine; it is not taken up by \
                 itself",
                interrupted.kind, interrupted.host
            );
        }
        let ask = "the last operation was interrupted before its end; CloudFormation has to be asked what became of it";
        match self.inner.attempts.failure(deployment) {
            Some(reason) => format!("{ask}, and could not be: {reason}"),
            None => ask.to_owned(),
        }
    }

    fn running_on(&self, folder: &Folder, summary: &Summary) -> Option<Running> {
        let current = summary.operation.as_ref()?;
        let here = self.inner.running().get(&current.id).map(crate::operation::Running::view);
        let view = match here {
            Some(view) => Some(view),
            None => self.inner.followed().look(folder, &current.id).ok().flatten(),
        };
        let (done, total) = view
            .as_ref()
            .map_or((0, count(current.stacks.len())), |view| (view.headway.ended, view.headway.all));
        // Whoever took it up holds the lock, and not who began it.
        let holder = folder.holder();
        let (host, pid) =
            holder.map_or((current.host.clone(), current.pid), |holder| (holder.host, holder.pid));
        let here = pid == std::process::id() && host == self.inner.actor.host;
        Some(Running {
            operation: current.id.clone(),
            kind: current.kind,
            environment: current.environment.as_ref().map(ToString::to_string),
            done,
            total,
            started_at: current.started_at.clone(),
            elsewhere: (!here).then(|| format!("{} on {host}, process {pid}", current.kind)),
        })
    }
}

/// Why CloudFormation cannot be asked how the stacks stand. An interrupted operation of this machine's is what it is asked
/// about first.
fn refresh_refused(
    running: Option<&Running>,
    problem: &Option<String>,
    interrupted: Option<&InterruptedRow>,
) -> Option<String> {
    match running {
        Some(running) => Some(format!("{} is under way", running.kind)),
        None => problem.clone().filter(|_| !interrupted.is_some_and(|it| it.here)),
    }
}

/// What the deployment's status means beside its stacks', and what to do.
fn explanation(
    row: &DeploymentRow,
    grid: &Grid<'_>,
    former: &[FormerStack],
    operations: &[OperationSummary],
) -> Explanation {
    let plain = |text: String| Explanation { text, surprising: false, next: None };
    match (&row.status, &row.problem) {
        (_, Some(problem)) => plain(problem.clone()),
        (Recorded::Foreign(word), None) => plain(format!(
            "'{word}' is a status of another version of this platform; it is shown as it stands."
        )),
        (Recorded::Known(known), None) => {
            let Meaning { text, surprising, next } =
                meaning(*known, &grid.tallies(), former, last_whole(operations).as_ref());
            let next = next.map(|request| NextStep { availability: grid.may(&request), request });
            Explanation { text, surprising, next }
        }
    }
}

/// The last full deploy or destroy.
fn last_whole(operations: &[OperationSummary]) -> Option<Request> {
    let whole = |it: &&OperationSummary| matches!(it.kind, OperationKind::Deploy | OperationKind::Destroy);
    let last = operations.iter().find(whole)?;
    match (last.kind, &last.environments[..]) {
        (OperationKind::Deploy, [environment, ..]) => {
            Some(Request::Deploy { environment: environment.clone() })
        }
        (OperationKind::Deploy, []) => None,
        (_, [environment]) => Some(Request::Destroy { environment: Some(environment.clone()) }),
        _ => Some(Request::Destroy { environment: None }),
    }
}

/// Whether an entry of the state file is shown beside a manifest.
fn is_in_sight(manifest: &Manifest, entry: &StackEntry) -> bool {
    let placed = has_place(manifest, &entry.stack_name, &entry.environment);
    is_shown(placed, &entry.recorded(), entry.stack_id.is_some())
}

fn is_behind(entry: &StackEntry) -> bool {
    let outside = entry.outside.as_ref().and_then(Recorded::known);
    let (reason, shown) = (entry.reason.as_deref(), entry.cloudformation_status.as_deref());
    entry.status.known().is_some_and(|status| meaning::is_behind(status, reason, shown, outside))
}

fn needs_attention(entry: &StackEntry) -> bool {
    let ways = entry.cloudformation_status.as_deref().map(cloudformation::ways_out).unwrap_or_default();
    let drift = current_drift(entry).and_then(|drift| drift.status.known());
    let outside = entry.outside.as_ref().and_then(Recorded::known);
    let status = entry.status.known();
    is_behind(entry) || status.is_some_and(|status| meaning::needs_attention(status, ways, drift, outside))
}

/// Why no operation at all can start.
fn blocked(row: &DeploymentRow, loaded: &Result<LoadedManifest, StoreError>) -> Option<String> {
    if let Some(running) = &row.running {
        return Some(format!("{} is under way", running.kind));
    }
    // The next operation brings an interrupted one of this machine's to its end first.
    let is_recorded = loaded.as_ref().is_ok_and(|loaded| loaded.is_recorded);
    let is_followed = row.interrupted.as_ref().is_some_and(|it| it.here);
    let problem = row.problem.clone().filter(|_| !is_followed && !is_recorded);
    let unread = |_| "this folder has no manifest that can be read: it can only be looked at".to_owned();
    problem.or_else(|| loaded.as_ref().err().map(unread))
}

fn no_environment(name: &str) -> String {
    format!("the manifest has no environment '{name}'")
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What the row says of a manifest that cannot be read, beside its problems.
const UNREADABLE: &str = "deployment-manifest.yaml cannot be read";

/// The first of some problems, as a reason.
fn first(problems: &[Problem]) -> Option<String> {
    problems.first().map(Problem::to_string)
}

struct Grid<'a> {
    manifest: Option<&'a Manifest>,
    /// Whether that is only what is recorded: nobody can tell what is wanted.
    is_recorded: bool,
    planner: Option<Planner<'a>>,
    entries: &'a [StackEntry],
    /// How environments were reached last.
    reached: &'a BTreeMap<EnvironmentName, Environment>,
    /// The entries by their two names.
    places: HashMap<(&'a str, &'a str), &'a StackEntry>,
    statuses: &'a Statuses,
    id: String,
    /// What is wrong with the manifest and its templates.
    findings: &'a Findings,
    blocked: Option<String>,
}

impl Grid<'_> {
    fn may(&self, request: &Request) -> Availability {
        let refused = || match request.kind().direction() {
            Direction::Up if !self.findings.invalid().is_empty() => {
                Some("the manifest has problems: correct them first".to_owned())
            }
            Direction::Up => None,
            Direction::Down | Direction::Back => first(&self.blocking(request.environment())),
        };
        match &self.planner {
            Some(planner) => availability(planner, request, self.blocked.clone().or_else(refused).as_deref()),
            None => Availability { refused: self.blocked.clone() },
        }
    }

    /// Whether CloudFormation can be asked about the stacks of an environment. No operation has to be possible.
    fn may_look(&self, environment: &str) -> Availability {
        let unreachable = || match (self.manifest, environment.parse()) {
            (Some(manifest), Ok(name)) => check_reachable(manifest, &name).err().map(|it| it.to_string()),
            _ => Some(no_environment(environment)),
        };
        let name = environment.parse().ok();
        let blocking = || name.as_ref().and_then(|name| first(&self.blocking(Some(name))));
        Availability { refused: self.blocked.clone().or_else(unreachable).or_else(blocking) }
    }

    /// What keeps everybody from working in an environment, or in any.
    fn blocking(&self, environment: Option<&EnvironmentName>) -> Vec<Problem> {
        let declared = || self.manifest.iter().flat_map(|manifest| &manifest.environments);
        let all: Vec<_> = declared().map(|it| it.name.clone()).collect();
        self.findings.blocking(environment.map_or(&all[..], std::slice::from_ref))
    }

    /// Whether a stack of that name in an environment of that name has no place in the manifest any more.
    fn is_former(&self, stack: &str, environment: &str) -> bool {
        self.manifest.is_some_and(|manifest| !has_place(manifest, stack, environment))
    }

    /// The manifest's environments, then those that only the state file has.
    fn environment_names(&self) -> Vec<String> {
        let declared = self.manifest.iter().flat_map(|m| &m.environments).map(|e| e.name.to_string());
        merged(declared, self.entries.iter().map(|entry| &entry.environment))
    }

    fn stack_names(&self) -> Vec<String> {
        let declared = self.manifest.iter().flat_map(|m| &m.stacks).map(|s| s.name.to_string());
        merged(declared, self.entries.iter().map(|entry| &entry.stack_name))
    }

    fn entry(&self, stack: &str, environment: &str) -> Option<&StackEntry> {
        self.places.get(&(stack, environment)).copied()
    }

    fn environments(&self) -> Vec<EnvironmentView> {
        self.environment_names().into_iter().map(|name| self.environment(name)).collect()
    }

    fn environment(&self, name: String) -> EnvironmentView {
        let parsed: Option<EnvironmentName> = name.parse().ok();
        let named = parsed.as_ref().zip(self.manifest);
        let place: Option<&Environment> = named.and_then(|(parsed, manifest)| manifest.reachable(parsed));
        let former = self.manifest.is_some()
            && named.and_then(|(parsed, manifest)| manifest.environment(parsed)).is_none();
        let may = |request: Request| match self.manifest {
            Some(_) => self.may(&request),
            None => Availability { refused: Some(no_environment(&name)) },
        };
        let in_it = |entry: &&StackEntry| entry.environment == name;
        let stacks = self.manifest.iter().flat_map(|manifest| &manifest.stacks);
        let enabled: BTreeSet<&str> = stacks
            .filter(|stack| !former && parsed.as_ref().is_some_and(|name| stack.settings_in(name).enabled))
            .map(|stack| stack.name.as_str())
            .collect();
        let is_deployed = |entry: &&StackEntry| entry.status.known() == Some(StackStatus::Deployed);
        let (wanted, besides): (Vec<&StackEntry>, Vec<&StackEntry>) = self
            .entries
            .iter()
            .filter(in_it)
            .filter(is_deployed)
            .partition(|entry| enabled.contains(entry.stack_name.as_str()));
        let (deploy, destroy) = match &parsed {
            Some(parsed) => (
                may(Request::Deploy { environment: parsed.clone() }),
                may(Request::Destroy { environment: Some(parsed.clone()) }),
            ),
            None => {
                let refused = Availability { refused: Some(format!("'{name}' is no environment's name")) };
                (refused.clone(), refused)
            }
        };
        EnvironmentView {
            former,
            target: place.map(|environment| environment.target),
            region: place.map(|environment| environment.region.to_string()),
            account: place.map(|environment| environment.account.to_string()),
            profile: place.and_then(|environment| environment.profile.clone()),
            role_arn: place.and_then(|environment| environment.role_arn.clone()),
            deployed: count(wanted.len()),
            enabled: count(enabled.len()),
            besides: count(besides.len()),
            checked_at: oldest(self.entries.iter().filter(in_it)),
            deploy,
            destroy,
            look: self.may_look(&name),
            name,
        }
    }

    /// How the manifest's stacks stand in each of its environments.
    fn tallies(&self) -> Vec<Tally> {
        let Some(manifest) = self.manifest else { return Vec::new() };
        let tally = |environment: &Environment| {
            let stacks = manifest.stacks.iter().map(|stack| {
                let entry = self.entry(stack.name.as_str(), environment.name.as_str());
                let status = entry.map_or(Some(StackStatus::NotDeployed), |entry| entry.status.known());
                (stack.settings_in(&environment.name).enabled, status, entry.is_some_and(is_behind))
            });
            Tally::of(environment.name.clone(), stacks)
        };
        manifest.environments.iter().map(tally).collect()
    }

    fn stacks(&self) -> Vec<StackView> {
        let environments = self.environment_names();
        let stack = |name: String| {
            let parsed: Option<StackName> = name.parse().ok();
            let declared =
                parsed.as_ref().zip(self.manifest).and_then(|(parsed, manifest)| manifest.stack(parsed));
            let needs =
                declared.zip(self.planner.as_ref()).map(|(stack, planner)| planner.needs(&stack.name));
            StackView {
                former: self.manifest.is_some() && declared.is_none(),
                template: declared.map(|stack| stack.settings.template.clone()),
                needs: needs.iter().flatten().map(ToString::to_string).collect(),
                cells: environments.iter().map(|environment| self.cell(&name, environment)).collect(),
                name,
            }
        };
        self.stack_names().into_iter().map(stack).collect()
    }

    fn cell(&self, stack: &str, environment: &str) -> Cell {
        let entry = self.entry(stack, environment);
        let key = stack
            .parse()
            .ok()
            .zip(environment.parse().ok())
            .map(|(stack, environment)| StackKey { stack, environment });
        let enabled = key.as_ref().filter(|_| !self.is_recorded).and_then(|key| {
            let manifest = self.manifest?;
            manifest.environment(&key.environment)?;
            let declared = manifest.stack(&key.stack)?;
            Some(declared.settings_in(&key.environment).enabled)
        });
        let outside = entry.and_then(|entry| entry.outside.as_ref()).and_then(Recorded::known);
        let may_exist = entry.is_some_and(|entry| status::may_be_there(&entry.status));
        let look = self.may_look(environment);
        let moved = key.as_ref().and_then(|key| {
            let place = elsewhere(self.reached, entry?, self.manifest?.reachable(&key.environment)?)?;
            Some(format!("it is deployed to {place}, where {} is not any more", key.environment))
        });
        let deployment: Option<DeploymentId> = self.id.parse().ok();
        let cloudformation_name = key
            .as_ref()
            .zip(deployment.as_ref())
            .map(|(key, id)| key.cloudformation_name(id))
            .unwrap_or_else(|| format!("{}-{stack}-{environment}", self.id));
        let place = key.as_ref().and_then(|key| self.manifest?.reachable(&key.environment));
        let stack_id = entry.and_then(|entry| entry.stack_id.as_deref());
        let console = console::arn(&cloudformation_name, place, stack_id).and_then(console::stack);
        Cell {
            environment: environment.to_owned(),
            status: entry.map_or(NOT_RECORDED, |entry| entry.status.clone()),
            enabled,
            former: may_exist && self.is_former(stack, environment),
            last_updated: entry.map(|entry| entry.last_updated.clone()).filter(|at| !at.is_empty()),
            checked_at: entry.and_then(|entry| entry.checked_at.clone()),
            drift: entry.and_then(current_drift).map(cell_drift),
            reason: moved.or_else(|| entry.and_then(|entry| entry.reason.clone())),
            cloudformation_name,
            cloudformation_status: entry.and_then(|entry| entry.cloudformation_status.clone()),
            ways_out: entry
                .and_then(|entry| entry.cloudformation_status.as_deref())
                .map(|status| cloudformation::ways_out(status).to_vec())
                .unwrap_or_default(),
            takes_deploy: entry
                .and_then(|entry| entry.cloudformation_status.as_deref())
                .is_none_or(|status| recovery::before(status, false, Direction::Up).is_empty()),
            outputs: entry.map(|entry| entry.outputs.clone()).unwrap_or_default(),
            outside,
            outside_next: outside.map(|outside| meaning::after_outside(outside).to_owned()),
            attention: entry.is_some_and(needs_attention),
            console,
            deploy: self.stack_may(key.as_ref(), deploy_alone),
            deploy_anyway: self.may_override(key.as_ref(), deploy_alone),
            destroy: self.stack_may(key.as_ref(), destroy_alone),
            destroy_anyway: self.may_override(key.as_ref(), destroy_alone),
            detect_drift: match &look {
                Availability { refused: None } if !may_exist => not_deployed(stack),
                look => look.clone(),
            },
            look,
            may_exist,
        }
    }

    /// Whether a request that is refused could start if that were asked for expressly.
    fn may_override(&self, key: Option<&StackKey>, request: impl FnOnce(StackKey) -> Request) -> bool {
        let (Some(planner), Some(key), None) = (&self.planner, key, &self.blocked) else { return false };
        planner.plan(&request(key.clone())).is_err_and(|refusal| refusal.can_be_overridden())
    }

    fn stack_may(&self, key: Option<&StackKey>, request: impl FnOnce(StackKey) -> Request) -> Availability {
        let Some(key) = key else {
            return Availability { refused: Some("its name is not one of this version".to_owned()) };
        };
        let request = request(key.clone());
        let gone = !self.statuses.get(key).copied().is_some_and(status::may_exist);
        if request.kind() == OperationKind::DestroyStack && gone && self.blocked.is_none() {
            return not_deployed(key.stack.as_str());
        }
        self.may(&request)
    }
}

fn deploy_alone(StackKey { stack, environment }: StackKey) -> Request {
    Request::DeployStack { stack, environment, skip_dependencies: false }
}

fn destroy_alone(StackKey { stack, environment }: StackKey) -> Request {
    Request::DestroyStack { stack, environment, force: false, deletion: Deletion::default() }
}

fn not_deployed(stack: &str) -> Availability {
    Availability { refused: Some(format!("{stack} is not deployed")) }
}

/// What drift detection found, as long as the stack is there and of the version that was compared.
pub(crate) fn current_drift(entry: &StackEntry) -> Option<&DriftEntry> {
    let gone = !status::may_be_there(&entry.status);
    entry.drift.as_ref().filter(|found| !gone && found.changed_at == entry.changed_at)
}

fn cell_drift(found: &DriftEntry) -> CellDrift {
    CellDrift {
        status: found.status.clone(),
        checked_at: found.checked_at.clone(),
        reason: found.reason.clone(),
        resources: found.resources.clone(),
    }
}

/// The declared names in their order, then the others sorted.
fn merged<'a>(
    declared: impl Iterator<Item = String>,
    others: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let mut names: Vec<String> = declared.collect();
    let more: BTreeMap<&String, ()> = others.map(|name| (name, ())).collect();
    let more: Vec<String> = more.into_keys().filter(|name| !names.contains(name)).cloned().collect();
    names.extend(more);
    names
}

/// Past operations, newest first; a log that cannot be read is passed by.
fn history(folder: &Folder, most: usize) -> Vec<OperationSummary> {
    let operations = folder.operations().unwrap_or_default();
    operations.iter().take(most).filter_map(|id| summary(&folder.log_ends(id).ok()?)).collect()
}

pub(crate) fn summary(events: &[skydeck_model::Event]) -> Option<OperationSummary> {
    let view = OperationView::replay(events)?;
    let by = &view.start.by;
    Some(OperationSummary {
        kind: view.start.kind,
        stack: view.stack.map(String::from),
        started_at: skydeck_store::timestamp(view.started_at),
        ended_at: view.ended_at.map(skydeck_store::timestamp),
        seconds: view.took,
        outcome: view.outcome,
        by: format!("{}@{}, {}", by.user, by.host, by.front_end),
        version: by.version.clone(),
        reviewed: view.reviewed,
        command: view.command,
        environments: view.start.environments,
        id: view.id,
    })
}

/// Since when the oldest of these statuses stands. What is not there is not asked for by every operation, and counts only
/// where nothing is.
fn oldest<'a>(entries: impl Iterator<Item = &'a StackEntry>) -> Option<String> {
    // All have the same form, so that their texts are in the order of the times.
    let asked =
        entries.filter_map(|entry| Some((!status::may_be_there(&entry.status), entry.checked_at.as_ref()?)));
    asked.min().map(|(_, at)| at.clone())
}
