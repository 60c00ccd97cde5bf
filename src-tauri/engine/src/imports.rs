//! Who imports from whom, as CloudFormation has it: a destroy goes by that, whatever the templates say by now; and whether
//! an export is there that a deploy counts on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use skydeck_cloudformation::CloudError;
use skydeck_model::plan::{Imports, Plan, Planner, Refusal, Request};
use skydeck_model::{DeploymentId, EnvironmentName, StackKey};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::EngineError;
use crate::operation::Place;
use crate::plan::{Planned, statuses};

/// How many exports are asked about at once.
const AT_ONCE: usize = 8;

/// The exports of the stacks of a destroy, each with the names of the stacks that import it.
#[derive(Default)]
pub(crate) struct Importers {
    found: HashMap<(EnvironmentName, String), Vec<String>>,
    /// Where CloudFormation could not be asked, and why.
    pub(crate) unanswered: BTreeMap<EnvironmentName, CloudError>,
    imports: Imports,
}

/// Where the importers of an export are asked for.
struct Question {
    exporter: StackKey,
    export: String,
}

impl Importers {
    /// Asks for them, for every export of every stack that a destroy is to delete. Anything else needs none.
    pub(crate) async fn ask(
        plan: &Plan,
        request: &Request,
        deployment: &DeploymentId,
        places: &HashMap<EnvironmentName, Place>,
    ) -> Self {
        let mut importers = Self::default();
        if !matches!(request, Request::Destroy { .. }) {
            return importers;
        }
        let names: BTreeMap<String, &StackKey> =
            plan.stacks.iter().map(|turn| (turn.key.cloudformation_name(deployment), &turn.key)).collect();
        for (environment, place) in places {
            let answers = match questions(place, environment, &names).await {
                Ok(questions) => ask_all(place, questions).await,
                Err(error) => vec![Err(error)],
            };
            for answer in answers {
                match answer {
                    Ok((Question { exporter, export }, by)) => {
                        let ours = by.iter().filter_map(|name| names.get(name)).map(|key| (*key).clone());
                        importers.imports.entry(exporter).or_default().extend(ours);
                        importers.found.insert((environment.clone(), export), by);
                    }
                    Err(error) => {
                        importers.unanswered.insert(environment.clone(), error);
                    }
                }
            }
        }
        importers
    }

    /// The stacks that import an export, by their names; `None`: that was not asked, or not answered.
    pub(crate) fn of(&self, environment: &EnvironmentName, export: &str) -> Option<Vec<String>> {
        self.found.get(&(environment.clone(), export.to_owned())).cloned()
    }

    /// Where the order of the stacks goes by their templates alone, and why.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warning = |(environment, error): (&EnvironmentName, &CloudError)| {
            format!(
                "{environment}: who imports the exports of the stacks cannot be told, so that their order goes by their \
                 templates: {error}"
            )
        };
        self.unanswered.iter().map(warning).collect()
    }

    /// The plan anew, in the order that the imports demand.
    ///
    /// # Errors
    /// Stacks that import from each other in a circle.
    pub(crate) fn reorder(&self, planned: &mut Planned, request: &Request) -> Result<(), Refusal> {
        if self.imports.values().any(|by| !by.is_empty()) {
            let (loaded, statuses) = (&planned.loaded, statuses(&planned.state));
            let planner = Planner::new(&loaded.manifest, &loaded.templates, &statuses);
            planned.plan = planner.knowing(self.imports.clone()).plan(request)?;
        }
        Ok(())
    }
}

/// The exports of those stacks of a destroy that are in one environment.
async fn questions(
    place: &Place,
    environment: &EnvironmentName,
    names: &BTreeMap<String, &StackKey>,
) -> Result<Vec<Question>, CloudError> {
    let mut questions = Vec::new();
    for (name, key) in names.iter().filter(|(_, key)| key.environment == *environment) {
        let exports = place.look_up(name).await?.map(|stack| stack.exports).unwrap_or_default();
        let question = |export| Question { exporter: (*key).clone(), export };
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

/// That the exports are there on which a deploy counts although the stacks that make them are disabled.
///
/// # Errors
/// One is not. Where CloudFormation cannot be asked, it has the last word when the stack is deployed.
pub(crate) async fn check_assumed(
    plan: &Plan,
    places: &HashMap<EnvironmentName, Place>,
) -> Result<(), EngineError> {
    let Some(first) = plan.assumes.first() else { return Ok(()) };
    let environment = &first.stack.environment;
    let Some(place) = places.get(environment) else { return Ok(()) };
    let exports: BTreeSet<String> = match place.connection.exports().await {
        Ok(exports) => exports,
        Err(error) => {
            tracing::info!(%environment, %error, "what is exported cannot be told");
            return Ok(());
        }
    };
    match plan.assumes.iter().find(|assumed| !exports.contains(&assumed.export)) {
        Some(missing) => Err(Refusal::NeedsDisabled {
            stack: missing.stack.stack.clone(),
            needs: missing.exporter.clone(),
            environment: environment.clone(),
        }
        .into()),
        None => Ok(()),
    }
}
