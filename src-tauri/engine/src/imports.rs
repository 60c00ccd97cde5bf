//! Who exports and who imports what, as CloudFormation has it. A destroy goes by that, whatever the templates say by now, and
//! a deploy reckons with it: what has to be done first, what certainly fails, and whether an export is there that it counts
//! on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use skydeck_cloudformation::CloudError;
use skydeck_model::exchange::standing::{Outlook, Standing, Wait};
use skydeck_model::finding::Finding;
use skydeck_model::plan::{Before, Planner, Refusal, Request};
use skydeck_model::{EnvironmentName, Problem, StackKey, StackName, status};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::operation::Place;
use crate::plan::{Planned, statuses};

/// How many exports are asked about at once.
const AT_ONCE: usize = 8;

/// What CloudFormation says of the exports that an operation is about.
#[derive(Default)]
pub(crate) struct Exchanged {
    /// The stacks that import an export, by their names.
    importers: HashMap<(EnvironmentName, String), Vec<String>>,
    /// Where CloudFormation could not be asked who imports from what is destroyed, and why.
    pub(crate) unanswered: BTreeMap<EnvironmentName, CloudError>,
    /// Of the stacks of a destroy, what stacks import that are not destroyed with them.
    outside: Vec<Outside>,
    /// Every export, where a deploy has asked for them.
    standing: BTreeMap<EnvironmentName, Standing>,
    /// What a deploy has to do first beside what the files say.
    waits: BTreeMap<EnvironmentName, Vec<Wait>>,
    /// Why stacks of a deploy certainly fail.
    findings: Vec<Finding>,
    before: Before,
}

/// An export that is imported by stacks that are not destroyed with its own.
struct Outside {
    exporter: StackKey,
    export: String,
    /// By the deployment's own names where they are of it.
    by: Vec<String>,
}

/// Where the importers of an export are asked for.
struct Question {
    exporter: StackKey,
    export: String,
}

impl Exchanged {
    /// Asks for what a request has to know. Whatever changes no export needs nothing.
    pub(crate) async fn ask(
        planned: &Planned,
        request: &Request,
        places: &HashMap<EnvironmentName, Place>,
    ) -> Self {
        let mut exchanged = Self::default();
        for (environment, place) in places {
            match request {
                Request::Destroy { .. } | Request::DestroyStack { .. } => {
                    exchanged.ask_for_destroy(planned, environment, place).await;
                }
                Request::Deploy { .. } | Request::DeployStack { .. } => {
                    exchanged.ask_for_deploy(planned, environment, place).await;
                }
                Request::RepairStack { .. } => {}
            }
        }
        exchanged
    }

    async fn ask_for_destroy(&mut self, planned: &Planned, environment: &EnvironmentName, place: &Place) {
        let deployment = &planned.loaded.manifest.deployment_id;
        let named = |key: StackKey| (key.cloudformation_name(deployment), key);
        let going: BTreeMap<String, StackKey> =
            planned.plan.stacks.iter().map(|turn| named(turn.key.clone())).collect();
        let known: BTreeMap<String, StackKey> = statuses(&planned.state).into_keys().map(named).collect();
        let short = |name: &String| match known.get(name) {
            Some(key) if key.environment == *environment => key.stack.to_string(),
            _ => name.clone(),
        };
        let answers = match questions(place, environment, &going).await {
            Ok(questions) => ask_all(place, questions).await,
            Err(error) => vec![Err(error)],
        };
        for answer in answers {
            match answer {
                Ok((Question { exporter, export }, by)) => {
                    let ours = by.iter().filter_map(|name| going.get(name)).cloned();
                    self.before.entry(exporter.clone()).or_default().extend(ours);
                    let outside: Vec<String> =
                        by.iter().filter(|name| !going.contains_key(*name)).map(short).collect();
                    if !outside.is_empty() {
                        self.outside.push(Outside { exporter, export: export.clone(), by: outside });
                    }
                    self.importers.insert((environment.clone(), export), by);
                }
                Err(error) => {
                    self.unanswered.insert(environment.clone(), error);
                }
            }
        }
    }

    async fn ask_for_deploy(&mut self, planned: &Planned, environment: &EnvironmentName, place: &Place) {
        let (manifest, templates) = (&planned.loaded.manifest, &planned.loaded.templates);
        let statuses = statuses(&planned.state);
        let keys = || planned.plan.stacks.iter().map(|turn| &turn.key);
        let exchanges = |key: &StackKey| {
            let settings = manifest.stack(&key.stack).map(|stack| stack.settings_in(environment));
            let template = settings.and_then(|settings| templates.get(&settings.template));
            template.is_some_and(|it| !it.exports.is_empty() || !it.imports.is_empty())
        };
        let may_exist = |key: &StackKey| statuses.get(key).copied().is_some_and(status::may_exist);
        if !keys().any(|key| exchanges(key) || may_exist(key)) {
            return;
        }
        let exports = match place.connection.exports().await {
            Ok(exports) => exports,
            Err(error) => {
                // CloudFormation has the last word when the stacks are deployed.
                tracing::info!(%environment, %error, "what is exported cannot be told");
                return;
            }
        };
        let stacks: BTreeSet<&StackName> = keys().map(|key| &key.stack).collect();
        let outlook = Outlook::new(manifest, templates, &statuses, environment, &stacks);
        let recorded = planned.state.needs.get(environment).cloned().unwrap_or_default();
        let in_question = outlook.in_question(&exports, &recorded);
        let mut standing = Standing { importers: BTreeMap::new(), exports: exports.clone() };
        // Of whom it is does not matter here.
        if let Some(exporter) = keys().next() {
            let question = |export: &str| Question { exporter: exporter.clone(), export: export.to_owned() };
            for answer in ask_all(place, in_question.into_iter().map(question).collect()).await {
                match answer {
                    Ok((Question { export, .. }, by)) => {
                        standing.importers.insert(export, by.into_iter().collect());
                    }
                    Err(error) => tracing::info!(%environment, %error, "who imports cannot be told"),
                }
            }
        }
        let reckoning = outlook.reckon(&standing);
        for Wait { stack, before, .. } in &reckoning.waits {
            let before = StackKey::new(before, environment);
            self.before.entry(StackKey::new(stack, environment)).or_default().insert(before);
        }
        self.findings.extend(reckoning.findings);
        self.waits.insert(environment.clone(), reckoning.waits);
        self.standing.insert(environment.clone(), standing);
    }

    /// The stacks that import an export, by their names; `None`: that was not asked, or not answered.
    pub(crate) fn importers(&self, environment: &EnvironmentName, export: &str) -> Option<Vec<String>> {
        self.importers.get(&(environment.clone(), export.to_owned())).cloned()
    }

    /// Every export, with the name of the stack that makes it; `None`: that was not asked, or not answered.
    pub(crate) fn exports(&self, environment: &EnvironmentName) -> Option<&BTreeMap<String, String>> {
        self.standing.get(environment).map(|standing| &standing.exports)
    }

    /// What a stack has to wait for beside what the files say.
    pub(crate) fn waits(&self, key: &StackKey) -> impl Iterator<Item = &Wait> {
        let waits = self.waits.get(&key.environment).into_iter().flatten();
        waits.filter(move |wait| wait.stack == key.stack)
    }

    /// Why stacks of a deploy certainly fail.
    pub(crate) fn foreseen(&self) -> Vec<Problem> {
        self.findings.iter().map(|finding| finding.problem.clone()).collect()
    }

    /// Where a destroy goes by the templates alone, and what CloudFormation will not delete.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let unanswered = self.unanswered.iter().map(|(environment, error)| {
            format!(
                "{environment}: who imports the exports of the stacks cannot be told, so that their order goes by their \
                 templates: {error}"
            )
        });
        let outside = self.outside.iter().map(|Outside { exporter: StackKey { stack, environment }, export, by }| {
            format!(
                "{environment}: CloudFormation does not delete {stack} while its export {export} is imported by {}, {} not \
                 destroyed with it",
                by.join(", "),
                if by.len() == 1 { "which is" } else { "which are" }
            )
        });
        unanswered.chain(outside).collect()
    }

    /// That what CloudFormation says allows what is asked for.
    ///
    /// # Errors
    /// A stack that is to be destroyed by itself and from which others import, unless that is forced; an export on which a
    /// deploy counts although the stack that makes it is disabled, and that is not there.
    pub(crate) fn check(&self, planned: &Planned, request: &Request) -> Result<(), Refusal> {
        if let Request::DestroyStack { stack, environment, force: false, .. } = request
            && !self.outside.is_empty()
        {
            let importer = |Outside { export, by, .. }: &Outside| {
                by.iter().map(|name| format!("{name} (imports {export})")).collect::<Vec<_>>()
            };
            return Err(Refusal::DependentDeployed {
                stack: stack.clone(),
                dependents: self.outside.iter().flat_map(importer).collect::<Vec<_>>().join(", "),
                imported: true,
                environment: environment.clone(),
            });
        }
        let is_missing = |environment: &EnvironmentName, export: &String| {
            self.exports(environment).is_some_and(|exports| !exports.contains_key(export))
        };
        let mut assumed = planned.plan.assumes.iter();
        match assumed.find(|assumed| is_missing(&assumed.stack.environment, &assumed.export)) {
            Some(missing) => Err(Refusal::NeedsDisabled {
                stack: missing.stack.stack.clone(),
                needs: missing.exporter.clone(),
                environment: missing.stack.environment.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The plan anew, in the order that exports and imports demand, with what is foreseen by them.
    ///
    /// # Errors
    /// Stacks that import from each other in a circle.
    pub(crate) fn reorder(&mut self, planned: &mut Planned, request: &Request) -> Result<(), Refusal> {
        if self.before.values().any(|by| !by.is_empty()) {
            let (loaded, statuses) = (&planned.loaded, statuses(&planned.state));
            let planner = Planner::new(&loaded.manifest, &loaded.templates, &statuses);
            planned.plan = planner.knowing(self.before.clone()).plan(request)?;
            let turns = &planned.plan.stacks;
            for (environment, waits) in &mut self.waits {
                // What contradicts the files counts for nothing.
                waits.retain(|Wait { stack, before, .. }| {
                    let key = StackKey::new(stack, environment);
                    let mut turns = turns.iter().filter(|turn| turn.key == key);
                    turns.any(|turn| turn.waits_for.contains(&StackKey::new(before, environment)))
                });
            }
        }
        let findings = &mut planned.loaded.findings;
        self.findings.iter().for_each(|finding| findings.add(finding.clone()));
        planned.foreseen = findings.foreseen(&planned.plan);
        Ok(())
    }
}

/// The exports of those stacks of a destroy that are in one environment.
async fn questions(
    place: &Place,
    environment: &EnvironmentName,
    names: &BTreeMap<String, StackKey>,
) -> Result<Vec<Question>, CloudError> {
    let mut questions = Vec::new();
    for (name, key) in names.iter().filter(|(_, key)| key.environment == *environment) {
        let exports = place.look_up(name).await?.map(|stack| stack.exports).unwrap_or_default();
        let question = |export| Question { exporter: key.clone(), export };
        questions.extend(exports.into_values().map(question));
    }
    Ok(questions)
}

type Answer = Result<(Question, Vec<String>), CloudError>;

/// The first tells whether one may ask at all.
async fn ask_all(place: &Place, questions: Vec<Question>) -> Vec<Answer> {
    let mut questions = questions.into_iter();
    let Some(first) = questions.next() else { return Vec::new() };
    let mut answers = vec![ask(place, first).await];
    if answers.iter().any(Result::is_err) {
        return answers;
    }
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut all = JoinSet::new();
    for question in questions {
        let (place, permits) = (place.clone(), Arc::clone(&permits));
        all.spawn(async move {
            let _permit = permits.acquire().await;
            ask(&place, question).await
        });
    }
    while let Some(ended) = all.join_next().await {
        answers.extend(ended);
    }
    answers
}

async fn ask(place: &Place, question: Question) -> Answer {
    let by = place.connection.importers(&question.export).await?;
    Ok((question, by))
}
