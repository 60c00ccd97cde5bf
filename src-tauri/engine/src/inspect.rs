//! What is known of one stack beyond the grid: asked of CloudFormation when somebody looks, or read from the logs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Utc;
use skydeck_cloudformation::{CloudError, StackResource};
use skydeck_model::event::{ResourceEvent, StackEnd};
use skydeck_model::review::{ParameterReview, ParameterState};
use skydeck_model::template::MASK;
use skydeck_model::{EventKind, Manifest, StackKey, StackName, cloudformation, console, status};
use skydeck_store::{Folder, LoadedManifest, State, StoreError};

use crate::detail::summary;
use crate::diff::diff;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::{Place, Secrets};
use crate::plan::refuse_moved_of;
use crate::spec::{Bodies, Outputs, Wish};
use crate::view::{
    ParameterStanding, ParameterView, RealResource, ResourceView, StackEventView, StackEvents, StackLog,
    StackParameters, StackResources, StackRunView, StackTemplate,
};

/// Events that are shown at most, the latest.
const EVENTS: usize = 300;

/// Operations on a stack that are shown at most, the latest.
const RUNS: usize = 10;

/// Logs that are looked at for them.
const LOGS: usize = 50;

/// One stack, in a place that can be asked.
struct Subject {
    folder: Folder,
    manifest: Manifest,
    state: State,
    secrets: Secrets,
    place: Place,
    key: StackKey,
    name: String,
}

impl Engine {
    /// A stack's resources, as CloudFormation has them now.
    ///
    /// # Errors
    /// No such deployment or environment, files that are wrong, or that CloudFormation cannot be asked.
    pub async fn stack_resources(&self, id: &str, key: &StackKey) -> Result<StackResources, EngineError> {
        let subject = self.subject(id, key).await?;
        let found = subject.there(subject.place.connection.resources(&subject.name).await)?;
        let stack_id = subject.state.stack(key).and_then(|entry| entry.stack_id.as_deref());
        let arn = console::arn(&subject.name, Some(&subject.place.environment), stack_id);
        let shown = |resource: StackResource| {
            let physical_id = resource.physical_id.clone().map(|text| subject.masked(text));
            // Of an id that is not shown whole there is no page.
            let shown = physical_id.as_deref().filter(|_| physical_id == resource.physical_id);
            ResourceView {
                console: page_of(arn, &resource.resource_type, shown),
                logical_id: resource.logical_id,
                physical_id,
                resource_type: resource.resource_type,
                status: resource.status,
                reason: resource.reason.filter(|it| !it.is_empty()).map(|text| subject.masked(text)),
            }
        };
        let resources = found.map(|resources| resources.into_iter().map(shown).collect());
        Ok(StackResources { asked_at: now(), resources })
    }

    /// A stack's parameters, as deployed and as the manifest wants them.
    ///
    /// # Errors
    /// See [`Engine::stack_resources`].
    pub async fn stack_parameters(&self, id: &str, key: &StackKey) -> Result<StackParameters, EngineError> {
        let subject = self.subject(id, key).await?;
        let found = subject.place.connection.describe(&subject.name).await;
        let found = found.map_err(|error| subject.error(error))?;
        found.iter().for_each(|snapshot| subject.secrets.learn(snapshot));
        let bodies = Bodies::read(&subject.folder, &subject.manifest, std::iter::once(key))?;
        let wish = Wish::of(&subject.manifest, &subject.place.environment, &bodies, key);
        let outputs = subject.outputs();
        let wanted = wish.map(|wish| wish.parameters(&outputs, found.as_ref())).unwrap_or_default();
        let known: Vec<String> = wanted.iter().map(|parameter| parameter.name.clone()).collect();
        let deployed = found.as_ref().map(|stack| &stack.parameters);
        let gone = deployed.into_iter().flatten().filter(|(name, _)| !known.contains(name));
        let gone = gone.map(|(name, value)| ParameterView {
            name: name.clone(),
            deployed: Some(value.clone()),
            wanted: None,
            source: None,
            standing: ParameterStanding::Gone,
        });
        let mut parameters: Vec<ParameterView> = wanted.into_iter().map(parameter).chain(gone).collect();
        for parameter in &mut parameters {
            parameter
                .deployed
                .iter_mut()
                .chain(&mut parameter.wanted)
                .for_each(|text| subject.secrets.mask(text));
        }
        Ok(StackParameters { asked_at: now(), parameters })
    }

    /// A stack's template as it was deployed, against the file.
    ///
    /// # Errors
    /// See [`Engine::stack_resources`].
    pub async fn stack_template(&self, id: &str, key: &StackKey) -> Result<StackTemplate, EngineError> {
        let subject = self.subject(id, key).await?;
        let deployed = subject.there(subject.place.connection.template(&subject.name).await)?;
        let file = subject.manifest.stack(&key.stack).map(|it| it.settings_in(&key.environment).template);
        let on_disk = file.as_ref().map(|file| subject.folder.template_body(file));
        let (text, problem) = match on_disk {
            Some(Ok(text)) => (Some(text), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, Some("the manifest does not have this stack any more".to_owned())),
        };
        if let Some(deployed) = &deployed {
            add_defaults(&subject.secrets, &subject.name, deployed)?;
        }
        let diff = deployed.as_ref().zip(text).map(|(deployed, text)| diff(deployed, &text));
        let diff = diff.map(|diff| diff.masked(&subject.secrets));
        let deployed = deployed.map(|text| subject.masked(text));
        Ok(StackTemplate { asked_at: now(), deployed, file, problem, diff })
    }

    /// What happened to a stack, as CloudFormation tells; of one that is gone, as long as CloudFormation remembers it.
    ///
    /// # Errors
    /// See [`Engine::stack_resources`].
    pub async fn stack_events(&self, id: &str, key: &StackKey) -> Result<StackEvents, EngineError> {
        let subject = self.subject(id, key).await?;
        let gone = subject.state.stack(key).filter(|entry| !status::may_be_there(&entry.status));
        // Only by its id CloudFormation still finds what was deleted.
        let id = gone.and_then(|entry| entry.stack_id.as_deref());
        let id = id.and_then(|id| cloudformation::own_id(id, &subject.name, &subject.place.environment));
        let stack = id.unwrap_or(&subject.name);
        let seen = AtomicUsize::new(0);
        let enough = |_: &skydeck_cloudformation::CloudEvent| seen.fetch_add(1, Ordering::Relaxed) >= EVENTS;
        let found = subject.there(subject.place.connection.events(stack, enough).await)?;
        let events = found.map(|events| {
            let shown = events.into_iter().rev().map(|event| StackEventView {
                at: skydeck_store::timestamp(event.at),
                logical_id: event.logical_id,
                resource_type: event.resource_type,
                status: event.status,
                reason: event.reason.map(|text| subject.masked(text)),
            });
            shown.collect()
        });
        Ok(StackEvents { asked_at: now(), events, more: seen.into_inner() > EVENTS })
    }

    /// What the logs tell of a stack. CloudFormation is not asked.
    ///
    /// # Errors
    /// No such deployment.
    pub fn stack_log(&self, id: &str, key: &StackKey) -> Result<StackLog, EngineError> {
        let folder = self.find(id)?;
        let arn = self.arn(&folder, key).ok().flatten();
        let mut log = StackLog::default();
        let mut resources: BTreeMap<String, ResourceView> = BTreeMap::new();
        for operation in folder.operations_that_change().unwrap_or_default().iter().take(LOGS) {
            let Some(ends) = folder.log_ends(operation).ok() else { continue };
            let Some(summary) = summary(&ends).filter(|it| it.environments.contains(&key.environment)) else {
                continue;
            };
            // Long logs are read only for what may be in them.
            if summary.stack.as_ref().is_some_and(|stack| stack != key.stack.as_str()) {
                continue;
            }
            let Ok(events) = folder.log(operation, 0) else { continue };
            let mut run = None;
            let mut seen = Vec::new();
            for event in events {
                match event.kind {
                    EventKind::OperationStarted(start)
                        if start.stacks.iter().any(|turn| turn.key == *key) =>
                    {
                        run = Some(StackRunView {
                            operation: summary.clone(),
                            outcome: None,
                            reason: None,
                            seconds: None,
                        });
                    }
                    EventKind::StackEnded(StackEnd { key: of, outcome, reason, seconds, .. })
                        if of == *key =>
                    {
                        if let Some(run) = &mut run {
                            (run.outcome, run.reason, run.seconds) = (Some(outcome), reason, Some(seconds));
                        }
                    }
                    EventKind::Resource(event) if event.key == *key => seen.push(event),
                    _ => {}
                }
            }
            // Later operations come first: what they have told of a resource stands.
            for event in seen.iter().rev().filter(|event| !is_stack_itself(event)) {
                resources
                    .entry(event.logical_id.clone())
                    .or_insert_with(|| resource_of(event, arn.as_deref()));
            }
            log.events.extend(seen.iter().rev().map(event_of));
            log.runs.extend(run);
        }
        // Earlier ones still tell of resources that have not changed since.
        log.runs.truncate(RUNS);
        log.events.truncate(EVENTS);
        log.resources =
            resources.into_values().filter(|resource| resource.status != "DELETE_COMPLETE").collect();
        Ok(log)
    }

    /// The address of a stack in the AWS console, or of one of its resources, as far as the files know it. None of one in
    /// the sandbox.
    ///
    /// # Errors
    /// No such deployment; files that are wrong; a stack that the console does not have, or a resource whose page is not
    /// known.
    pub fn console(
        &self,
        id: &str,
        key: &StackKey,
        resource: Option<&RealResource>,
    ) -> Result<String, EngineError> {
        let folder = self.find(id)?;
        let arn = self.arn(&folder, key)?;
        let address = match resource {
            None => arn.as_deref().and_then(console::stack),
            Some(RealResource { resource_type, physical_id }) => {
                page_of(arn.as_deref(), resource_type, Some(physical_id))
            }
        };
        address.ok_or_else(|| EngineError::NoConsole { key: key.clone() })
    }

    /// The ARN of a stack, as far as the files know it. None of one in the sandbox.
    fn arn(&self, folder: &Folder, key: &StackKey) -> Result<Option<String>, StoreError> {
        let (mut manifest, state) = (folder.manifest_unchecked()?, folder.state()?);
        self.inner.recall(&mut manifest, &state);
        let stack_id = state.stack(key).and_then(|entry| entry.stack_id.as_deref());
        let name = key.cloudformation_name(&manifest.deployment_id);
        Ok(console::arn(&name, manifest.reachable(&key.environment), stack_id).map(str::to_owned))
    }

    async fn subject(&self, id: &str, key: &StackKey) -> Result<Subject, EngineError> {
        let folder = self.find(id)?;
        let (LoadedManifest { manifest, templates, .. }, state) =
            self.inner.manifest_of_places(&folder, Some(std::slice::from_ref(&key.environment)))?;
        refuse_moved_of(&manifest, &state, &key.environment)?;
        let secrets = Secrets::of(&manifest, &templates, &state);
        let mut places = self.places(&folder, &manifest, std::slice::from_ref(&key.environment), 1).await?;
        let Some(place) = places.remove(&key.environment) else {
            return Err(EngineError::EnvironmentGone { environment: key.environment.clone() });
        };
        let name = key.cloudformation_name(&manifest.deployment_id);
        Ok(Subject { folder, manifest, state, secrets, place, key: key.clone(), name })
    }
}

/// Adds the secrets that a deployed template tells. One that nobody can read is not shown: it may tell some.
pub(crate) fn add_defaults(secrets: &Secrets, name: &str, template: &str) -> Result<(), StoreError> {
    let read = skydeck_store::read_interface(name, template);
    let invalid =
        |problem| StoreError::Invalid { folder: std::path::PathBuf::new(), problems: vec![problem] };
    secrets.add_defaults(&read.map_err(invalid)?);
    Ok(())
}

/// The address of a resource in the console.
fn page_of(arn: Option<&str>, resource_type: &str, physical_id: Option<&str>) -> Option<String> {
    console::resource(arn?, resource_type, physical_id?)
}

impl Subject {
    fn error(&self, error: CloudError) -> EngineError {
        EngineError::Cloud { environment: self.key.environment.clone(), error }
    }

    /// An answer about the stack; `None` where there is no such stack.
    fn there<T>(&self, answer: Result<T, CloudError>) -> Result<Option<T>, EngineError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(CloudError::Absent(_)) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    fn masked(&self, mut text: String) -> String {
        self.secrets.mask(&mut text);
        text
    }

    /// The outputs of the environment's stacks, as they are recorded.
    fn outputs(&self) -> Outputs {
        let here =
            self.state.stacks.iter().filter(|entry| entry.environment == self.key.environment.as_str());
        here.filter_map(|entry| Some((entry.stack_name.parse::<StackName>().ok()?, entry.outputs.clone())))
            .collect()
    }
}

fn now() -> String {
    skydeck_store::timestamp(Utc::now())
}

fn parameter(review: ParameterReview) -> ParameterView {
    use ParameterStanding::{Differs, Hidden, KnownLater, NotDeployed, Same};
    let is_hidden = |text: &Option<String>| text.as_deref() == Some(MASK);
    let standing = match review.state {
        _ if review.before.is_none() => NotDeployed,
        _ if is_hidden(&review.before) || is_hidden(&review.value) => Hidden,
        ParameterState::Changes => Differs,
        ParameterState::MayChange { .. } | ParameterState::KnownAfter { .. } => KnownLater,
        ParameterState::Known => Same,
    };
    ParameterView {
        name: review.name,
        deployed: review.before,
        wanted: review.value,
        source: Some(review.source),
        standing,
    }
}

fn is_stack_itself(event: &ResourceEvent) -> bool {
    event.resource_type == "AWS::CloudFormation::Stack"
        && event.physical_id.as_deref().is_none_or(|id| id.contains(&format!("/{}/", event.logical_id)))
}

fn resource_of(event: &ResourceEvent, arn: Option<&str>) -> ResourceView {
    ResourceView {
        console: page_of(arn, &event.resource_type, event.physical_id.as_deref()),
        logical_id: event.logical_id.clone(),
        physical_id: event.physical_id.clone(),
        resource_type: event.resource_type.clone(),
        status: event.status.clone(),
        reason: event.reason.clone(),
    }
}

fn event_of(event: &ResourceEvent) -> StackEventView {
    StackEventView {
        at: skydeck_store::timestamp(event.happened_at),
        logical_id: event.logical_id.clone(),
        resource_type: event.resource_type.clone(),
        status: event.status.clone(),
        reason: event.reason.clone(),
    }
}
