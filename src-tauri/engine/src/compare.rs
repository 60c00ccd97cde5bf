//! Two environments side by side, out of what CloudFormation says that was deployed to each; where it does not answer,
//! out of what is recorded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::Utc;
use serde::Serialize;
use skydeck_cloudformation::{CloudError, StackSnapshot};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::compare::{Comparison, Deployed, Side, TemplateFile, compare};
use skydeck_model::plan::check_reachable;
use skydeck_model::template::{MASK, TemplateParameter};
use skydeck_model::{EnvironmentName, Manifest, StackKey, StackName, status};
use skydeck_store::{Folder, LoadedManifest, State};
use specta::Type;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::diff::{TextDiff, diff};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::former::former_stacks;
use crate::inspect::add_defaults;
use crate::operation::{Place, Secrets};
use crate::plan::refuse_moved_of;

/// Templates that are asked for at once.
const AT_ONCE: usize = 8;

/// Two environments side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ComparisonView {
    /// When CloudFormation was asked (RFC 3339).
    pub asked_at: String,
    /// What was found.
    pub comparison: Comparison,
    /// The environments that could not be asked, and why: of them only the recorded statuses are known.
    pub unanswered: Vec<Unanswered>,
}

/// An environment that could not be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Unanswered {
    /// Which.
    pub environment: EnvironmentName,
    /// Why.
    pub reason: String,
}

type Found = HashMap<StackKey, StackSnapshot>;

impl Engine {
    /// How `to` stands against `from`: by which stacks, parameters and templates it is behind.
    ///
    /// # Errors
    /// No such deployment or environment, files that are wrong. An environment that cannot be asked is part of the
    /// answer.
    pub async fn compare(
        &self,
        id: &str,
        from: &EnvironmentName,
        to: &EnvironmentName,
    ) -> Result<ComparisonView, EngineError> {
        let folder = self.find(id)?;
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.manifest_of_places(&folder, Some(&[from.clone(), to.clone()]))?;
        check_reachable(&manifest, from)?;
        check_reachable(&manifest, to)?;
        // Not as something that did not answer: whoever looks is asked.
        self.expect_trust(&folder, &manifest, &[from.clone(), to.clone()]).await?;
        let (mut places, mut found, mut unanswered) = (HashMap::new(), Found::new(), Vec::new());
        for environment in [from, to] {
            let asked = self.ask(&folder, &manifest, &state, environment).await;
            match asked {
                Ok((place, stacks)) => {
                    found.extend(stacks);
                    places.insert(environment.clone(), place);
                }
                Err(error) => unanswered
                    .push(Unanswered { environment: environment.clone(), reason: error.to_string() }),
            }
        }
        let texts = templates_of(&manifest, [from, to], &places, &found).await;
        let side = |stack: &StackName, environment: &EnvironmentName| {
            let key = StackKey::new(stack, environment);
            if places.contains_key(environment) {
                asked_side(found.get(&key), texts.get(&key))
            } else {
                recorded_side(&state, &key)
            }
        };
        let files = files(&folder, &manifest, [from, to]);
        let mut comparison = compare(&manifest, from, to, side, &files);
        let former = former_stacks(&manifest, &state).into_iter();
        let here = former.filter(|it| [from.as_str(), to.as_str()].contains(&it.environment.as_str()));
        for stack in here.filter(|it| it.stack.parse().is_ok_and(|name| manifest.stack(&name).is_none())) {
            comparison.summary.push_str(&format!(" Not compared: {stack}."));
        }
        // Only now: a value of which a part is hidden is not what the manifest says.
        let secrets = Secrets::of(&manifest, &templates, &state);
        found.values().for_each(|snapshot| secrets.learn(snapshot));
        mask(&mut comparison, &secrets);
        Ok(ComparisonView { asked_at: skydeck_store::timestamp(Utc::now()), comparison, unanswered })
    }

    /// What differs in a stack's template between two environments, from `from` to `to`.
    ///
    /// # Errors
    /// As [`Engine::compare`]; that CloudFormation cannot be asked in one of the two.
    pub async fn compared_templates(
        &self,
        id: &str,
        stack: &StackName,
        from: &EnvironmentName,
        to: &EnvironmentName,
    ) -> Result<TextDiff, EngineError> {
        let folder = self.find(id)?;
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.manifest_of_places(&folder, Some(&[from.clone(), to.clone()]))?;
        check_reachable(&manifest, from)?;
        check_reachable(&manifest, to)?;
        let secrets = Secrets::of(&manifest, &templates, &state);
        let places = self.places(&folder, &manifest, &[from.clone(), to.clone()], 1).await?;
        let mut texts = Vec::new();
        for environment in [from, to] {
            let Some(place) = places.get(environment) else { continue };
            let name = StackKey::new(stack, environment).cloudformation_name(&manifest.deployment_id);
            let asked = |error| EngineError::Cloud { environment: environment.clone(), error };
            let text = place.connection.template(&name).await.map_err(asked)?;
            add_defaults(&secrets, &name, &text)?;
            texts.push(text);
        }
        let found = texts.first().zip(texts.last()).map(|(from, to)| diff(from, to));
        Ok(found.unwrap_or_default().masked(&secrets))
    }

    /// Connects an environment and looks for every stack in it.
    async fn ask(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        state: &State,
        environment: &EnvironmentName,
    ) -> Result<(Place, Vec<(StackKey, StackSnapshot)>), EngineError> {
        refuse_moved_of(manifest, state, environment)?;
        let mut places =
            self.places(folder, manifest, std::slice::from_ref(environment), manifest.stacks.len()).await?;
        let gone = || EngineError::EnvironmentGone { environment: environment.clone() };
        let place = places.remove(environment).ok_or_else(gone)?;
        let mut stacks = Vec::new();
        for stack in &manifest.stacks {
            let key = StackKey::new(&stack.name, environment);
            let asked = place.look_up(&key.cloudformation_name(&manifest.deployment_id)).await;
            let asked =
                asked.map_err(|error| EngineError::Cloud { environment: environment.clone(), error })?;
            stacks.extend(asked.map(|snapshot| (key, snapshot)));
        }
        Ok((place, stacks))
    }
}

/// The deployed templates of the stacks that stand in both environments; of the others there is nothing to compare.
async fn templates_of(
    manifest: &Manifest,
    environments: [&EnvironmentName; 2],
    places: &HashMap<EnvironmentName, Place>,
    found: &Found,
) -> HashMap<StackKey, String> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut all: JoinSet<(StackKey, Result<String, CloudError>)> = JoinSet::new();
    for stack in &manifest.stacks {
        let keys = environments.map(|environment| StackKey::new(&stack.name, environment));
        if !keys.iter().all(|key| found.get(key).is_some_and(stands)) {
            continue;
        }
        for key in keys {
            let Some((place, snapshot)) = places.get(&key.environment).zip(found.get(&key)) else { continue };
            let (connection, id, permits) =
                (place.connection.clone(), snapshot.id.clone(), Arc::clone(&permits));
            all.spawn(async move {
                let _permit = permits.acquire().await;
                (key, connection.template(&id).await)
            });
        }
    }
    let mut texts = HashMap::new();
    while let Some(ended) = all.join_next().await {
        match ended {
            Ok((key, Ok(text))) => drop(texts.insert(key, text)),
            // The comparison says that it is not known.
            Ok((key, Err(error))) => tracing::warn!(%key, %error, "its template could not be had"),
            Err(fault) => tracing::error!(%fault, "a template was not asked for"),
        }
    }
    texts
}

/// Whether something runs in a stack, whatever came of its last change.
fn stands(snapshot: &StackSnapshot) -> bool {
    !matches!(cloudformation::standing(&snapshot.status), Standing::Absent | Standing::Leftover)
}

/// Hides every secret in what was found.
fn mask(comparison: &mut Comparison, secrets: &Secrets) {
    for stack in &mut comparison.stacks {
        let values = stack.parameters.iter_mut().chain(&mut stack.tags).chain(&mut stack.outputs);
        values
            .flat_map(|value| value.from.iter_mut().chain(&mut value.to))
            .for_each(|text| secrets.mask(text));
    }
}

fn asked_side(snapshot: Option<&StackSnapshot>, template: Option<&String>) -> Side {
    let Some(snapshot) = snapshot.filter(|snapshot| stands(snapshot)) else { return Side::default() };
    let deployed = Deployed {
        template: template.map(|text| skydeck_store::template_meaning(text)),
        parameters: parameters(snapshot, template),
        tags: snapshot.tags.clone(),
        outputs: snapshot.outputs.clone(),
    };
    Side { stands: true, deployed: Some(deployed) }
}

/// The parameters of a stack. Not every service that speaks CloudFormation's protocol tells those that have their default.
fn parameters(snapshot: &StackSnapshot, template: Option<&String>) -> BTreeMap<String, String> {
    let interface =
        template.and_then(|text| skydeck_store::read_interface("", text).ok()).unwrap_or_default();
    let default = |(name, declared): (String, TemplateParameter)| {
        let value = if declared.no_echo { MASK.to_owned() } else { declared.default? };
        Some((name, value))
    };
    let mut all: BTreeMap<_, _> = interface.parameters.into_iter().filter_map(default).collect();
    all.extend(snapshot.parameters.clone());
    all
}

fn recorded_side(state: &State, key: &StackKey) -> Side {
    let status = state.stack(key).and_then(|entry| entry.status.known());
    Side { stands: status.is_some_and(status::may_exist), deployed: None }
}

/// The templates on disk that two environments use. One that cannot be read is like nothing.
fn files(
    folder: &Folder,
    manifest: &Manifest,
    environments: [&EnvironmentName; 2],
) -> BTreeMap<String, TemplateFile> {
    let settings = manifest.stacks.iter().flat_map(|stack| environments.map(|name| stack.settings_in(name)));
    let mut files = BTreeMap::new();
    for path in settings.map(|settings| settings.template) {
        if !files.contains_key(&path)
            && let Ok(text) = folder.template_body(&path)
        {
            let interface = skydeck_store::read_interface(&path, &text).unwrap_or_default();
            let text = skydeck_store::template_meaning(&text);
            files.insert(path, TemplateFile { text, parameters: interface.parameters });
        }
    }
    files
}
