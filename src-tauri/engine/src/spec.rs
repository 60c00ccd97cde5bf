//! What a stack shall be: the manifest's settings with every reference replaced, and the same as a person reads it,
//! each parameter with its source.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use skydeck_cloudformation::{StackSnapshot, StackSpec};
use skydeck_model::manifest::StackSettings;
use skydeck_model::operation::Direction;
use skydeck_model::plan::Plan;
use skydeck_model::reference::{Piece, Reference, Value};
use skydeck_model::review::{Finding, ParameterReview, ParameterSource, ParameterState};
use skydeck_model::template::{MASK, TemplateInterface, TemplateResource};
use skydeck_model::{Environment, Manifest, StackKey, StackName};
use skydeck_store::{Folder, StoreError};

use crate::detail::count;
use crate::operation::Secrets;

/// The files that an operation needs, read once, so that an edit of the folder meanwhile changes nothing.
pub(crate) struct Bodies {
    templates: HashMap<String, Body>,
    /// Why a template cannot be read.
    unreadable: HashMap<String, String>,
    policies: HashMap<String, String>,
}

/// A CloudFormation template as it was when it was read.
pub(crate) struct Body {
    pub(crate) text: Arc<str>,
    pub(crate) interface: TemplateInterface,
}

/// Outputs of stacks that exist, by stack.
pub(crate) type Outputs = HashMap<StackName, BTreeMap<String, String>>;

/// A value that cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} needs {reference}, and that stack has no such output now: deploy it first; where it is deployed, a condition of \
     its template leaves the output out, and its parameters or this reference have to change"
)]
pub(crate) struct Missing {
    what: String,
    reference: String,
}

impl Bodies {
    /// Reads what the stacks of a plan need; a destroy or a repair needs nothing.
    pub(crate) fn of_plan(folder: &Folder, manifest: &Manifest, plan: &Plan) -> Result<Self, StoreError> {
        let stacks = plan.stacks.iter().filter(|_| plan.kind.direction() == Direction::Up);
        Self::read(folder, manifest, stacks.map(|turn| &turn.key))
    }

    /// Reads what these stacks need.
    pub(crate) fn read<'a>(
        folder: &Folder,
        manifest: &Manifest,
        stacks: impl Iterator<Item = &'a StackKey>,
    ) -> Result<Self, StoreError> {
        let mut bodies =
            Self { templates: HashMap::new(), unreadable: HashMap::new(), policies: HashMap::new() };
        for key in stacks {
            let Some(stack) = manifest.stack(&key.stack) else { continue };
            let settings = stack.settings_in(&key.environment);
            if let Some(policy) = settings.stack_policy {
                let text = folder.template_body(&policy)?;
                bodies.policies.insert(policy, text);
            }
            let path = settings.template;
            if bodies.templates.contains_key(&path) {
                continue;
            }
            let read = folder.template_body(&path).map_err(|error| error.to_string()).and_then(|text| {
                // Of this very text, whatever was there when the manifest was checked: it tells what is secret.
                let interface = skydeck_store::read_interface(&path, &text);
                Ok(Body { interface: interface.map_err(|problem| problem.to_string())?, text: text.into() })
            });
            match read {
                Ok(body) => drop(bodies.templates.insert(path, body)),
                Err(reason) => drop(bodies.unreadable.insert(path, reason)),
            }
        }
        Ok(bodies)
    }

    /// Whether two readings found the same.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let texts = |bodies: &Self| {
            bodies
                .templates
                .iter()
                .map(|(path, body)| (path.clone(), Arc::clone(&body.text)))
                .collect::<BTreeMap<_, _>>()
        };
        self.policies == other.policies && self.unreadable == other.unreadable && texts(self) == texts(other)
    }

    /// Why a template cannot be read, if it was tried.
    pub(crate) fn unreadable(&self, path: &str) -> Option<&String> {
        self.unreadable.get(path)
    }
}

/// One stack of the manifest in one environment, with its files.
pub(crate) struct Wish<'a> {
    manifest: &'a Manifest,
    environment: &'a Environment,
    key: &'a StackKey,
    pub(crate) settings: StackSettings,
    pub(crate) body: &'a Body,
    policy: Option<&'a String>,
}

impl<'a> Wish<'a> {
    /// What the manifest says of a stack; `None` where it says nothing.
    pub(crate) fn of(
        manifest: &'a Manifest,
        environment: &'a Environment,
        bodies: &'a Bodies,
        key: &'a StackKey,
    ) -> Option<Self> {
        let settings = manifest.stack(&key.stack)?.settings_in(&key.environment);
        let body = bodies.templates.get(&settings.template)?;
        let policy = settings.stack_policy.as_ref().and_then(|path| bodies.policies.get(path));
        Some(Self { manifest, environment, key, settings, body, policy })
    }

    /// The stack's name in CloudFormation.
    pub(crate) fn name(&self) -> String {
        self.key.cloudformation_name(&self.manifest.deployment_id)
    }

    /// The same findings with the lines of the template to which they lead.
    pub(crate) fn with_lines(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &mut findings {
            let line = finding.path.as_ref().and_then(|path| skydeck_store::line_of(&self.body.text, path));
            finding.line = line.map(|line| (self.settings.template.clone(), line));
        }
        findings
    }

    /// The stacks whose outputs it uses.
    pub(crate) fn upstream(&self) -> BTreeSet<StackName> {
        let values = self.settings.parameters.values().chain(self.settings.tags.values());
        let parsed = values.filter_map(|text| Value::parse(text).ok());
        parsed.flat_map(|value| value.outputs().map(|(stack, _)| stack.clone()).collect::<Vec<_>>()).collect()
    }

    /// What the stack shall be. Values of `NoEcho` parameters become secrets.
    pub(crate) fn spec(&self, outputs: &Outputs, secrets: &Secrets) -> Result<StackSpec, Missing> {
        let mut parameters = BTreeMap::new();
        for (name, text) in &self.settings.parameters {
            let value = self.resolve(name, text, outputs)?;
            if self.body.interface.is_no_echo(name) {
                secrets.add(&value);
            }
            parameters.insert(name.clone(), value);
        }
        let mut tags = BTreeMap::new();
        for (name, text) in self.environment.tags.iter().chain(&self.settings.tags) {
            tags.insert(name.clone(), self.resolve(name, text, outputs)?);
        }
        Ok(StackSpec {
            name: self.name(),
            template: Arc::clone(&self.body.text),
            parameters,
            capabilities: self.settings.capabilities.clone(),
            tags,
            notification_arns: self.environment.notification_arns.clone(),
            termination_protection: self.settings.termination_protection,
            stack_policy: self.policy.cloned(),
            rollback: self.settings.rollback.clone(),
            timeout_minutes: self.settings.timeout_minutes,
        })
    }

    /// The resources that its template makes. `given` gives the value of a parameter of the manifest, where it is certain.
    pub(crate) fn resources(&self, given: &dyn Fn(&str) -> Option<String>) -> Vec<&TemplateResource> {
        let (interface, environment) = (&self.body.interface, self.environment);
        let value = |name: &str| match name {
            "AWS::AccountId" => Some(environment.account.to_string()),
            "AWS::Region" => Some(environment.region.to_string()),
            "AWS::StackName" => Some(self.name()),
            _ if self.settings.parameters.contains_key(name) => given(name),
            _ => interface.parameters.get(name).filter(|it| it.is_certain)?.default.clone(),
        };
        interface.resources(&value)
    }

    /// How many resources a stack is made of; `None` where its template does not tell.
    pub(crate) fn makes(&self, spec: &StackSpec) -> Option<u32> {
        let given = |name: &str| spec.parameters.get(name).cloned();
        self.body.interface.steady.then(|| count(self.resources(&given).len()))
    }

    /// What the manifest gives a parameter; `None` where that needs outputs that are not there.
    pub(crate) fn value(&self, parameter: &str, outputs: &Outputs) -> Option<String> {
        self.resolve(parameter, self.settings.parameters.get(parameter)?, outputs).ok()
    }

    fn resolve(&self, what: &str, text: &str, outputs: &Outputs) -> Result<String, Missing> {
        let missing = |reference: String| Missing { what: what.to_owned(), reference };
        let value = Value::parse(text).map_err(|error| missing(error.to_string()))?;
        value.resolve(|reference| self.look_up(reference, outputs)).map_err(|it| missing(it.to_string()))
    }

    fn look_up(&self, reference: &Reference, outputs: &Outputs) -> Option<String> {
        match reference {
            Reference::Output { stack, output } => outputs.get(stack)?.get(output).cloned(),
            other => other.constant(self.manifest, self.environment),
        }
    }

    /// Whether the stack at CloudFormation may be as wanted already, as far as all but its template tells. What cannot
    /// be compared (a `NoEcho` value, which CloudFormation does not show, or a template that may come out otherwise
    /// each time) is left to the empty change set.
    pub(crate) fn may_be(&self, spec: &StackSpec, now: &StackSnapshot) -> bool {
        let interface = &self.body.interface;
        let wanted = |name: &str| {
            let default =
                || interface.parameters.get(name).and_then(|parameter| parameter.default.as_deref());
            spec.parameters.get(name).map(String::as_str).or_else(default)
        };
        interface.steady
            && !interface.reads_outputs()
            && !interface.parameters.iter().any(|(_, parameter)| parameter.no_echo)
            && interface.parameters.len() == now.parameters.len()
            && now.parameters.iter().all(|(name, value)| wanted(name) == Some(value))
            && now.tags == spec.tags
            && now.notification_arns == spec.notification_arns
            && (spec.rollback.is_none() || now.rollback == spec.rollback)
    }

    /// The stacks whose outputs one of its parameters uses.
    pub(crate) fn upstream_of(&self, parameter: &str) -> BTreeSet<StackName> {
        let value = self.settings.parameters.get(parameter).and_then(|text| Value::parse(text).ok());
        value.iter().flat_map(Value::outputs).map(|(stack, _)| stack.clone()).collect()
    }

    /// Its parameters for a review: where each value comes from, and whether it is known; `now` is the stack as it is.
    pub(crate) fn parameters(&self, outputs: &Outputs, now: Option<&StackSnapshot>) -> Vec<ParameterReview> {
        let parameters = self.body.interface.parameters.iter();
        parameters
            .map(|(name, declared)| {
                let given = self.settings.parameters.get(name);
                let parsed = given.and_then(|text| Value::parse(text).ok());
                let value = match given {
                    Some(_) => self.value(name, outputs),
                    None => declared.default.clone(),
                };
                let before = now.and_then(|now| now.parameters.get(name)).cloned();
                let state = match &value {
                    None => {
                        ParameterState::KnownAfter { after: self.upstream_of(name).into_iter().collect() }
                    }
                    // CloudFormation does not show it, so that nothing can be compared.
                    Some(_) if declared.no_echo => ParameterState::Known,
                    Some(value) if before.as_ref().is_some_and(|before| before != value) => {
                        ParameterState::Changes
                    }
                    Some(_) => ParameterState::Known,
                };
                let shown = |value: String| if declared.no_echo { MASK.to_owned() } else { value };
                ParameterReview {
                    name: name.clone(),
                    source: source(parsed.as_ref()),
                    state,
                    value: value.map(shown),
                    before: before.map(shown),
                }
            })
            .collect()
    }
}

fn source(value: Option<&Value>) -> ParameterSource {
    let Some(value) = value else { return ParameterSource::Default };
    let references: Vec<&Reference> = value
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Reference(reference) => Some(reference),
            Piece::Literal(_) => None,
        })
        .collect();
    // As the manifest writes them, without the braces.
    let names =
        || references.iter().map(|it| it.to_string().trim_matches(['$', '{', '}']).to_owned()).collect();
    if references.iter().any(|reference| matches!(reference, Reference::Output { .. })) {
        ParameterSource::Outputs { references: names() }
    } else if references.is_empty() {
        ParameterSource::Literal
    } else {
        ParameterSource::Setting { references: names() }
    }
}
