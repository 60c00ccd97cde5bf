//! Loads the manifest with all its templates and checks it whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use skydeck_model::finding::{Concern, Finding, Findings, Weight};
use skydeck_model::template::{LARGEST, TemplateInterface};
use skydeck_model::validate::{self, MANIFEST_FILE, Templates};
use skydeck_model::{DeploymentId, Environment, EnvironmentName, Manifest, Problem, StackKey, Target};
use skydeck_yaml::{Mark, Node, Value};

use crate::decode::{Decoded, decode, join, target_of};
use crate::document::{Document, newer};
use crate::error::StoreError;
use crate::position::position;
use crate::template;

/// A manifest, as far as it could be read, and its templates.
#[derive(Debug, Clone)]
pub struct LoadedManifest {
    /// What it says.
    pub manifest: Manifest,
    /// Its text.
    pub text: String,
    /// The interfaces of the templates that it names. One that cannot be read is absent.
    pub templates: Templates,
    /// What is wrong with all of that. What a problem is about is made up in the manifest.
    pub findings: Findings,
    /// Whether the file cannot be used, for what is found, and this is what is recorded instead: where the stacks are, and
    /// nothing of what they are made of.
    pub is_recorded: bool,
}

impl LoadedManifest {
    /// What is recorded, in the place of a file of that text with these problems. Nothing can be deployed of it.
    pub fn recorded(manifest: Manifest, text: String, problems: Vec<Problem>) -> Self {
        let mut findings = Findings::default();
        for problem in problems {
            findings.add(Finding { problem, weight: Weight::Invalid, concerns: Concern::Deploys });
        }
        Self { manifest, text, templates: Templates::new(), findings, is_recorded: true }
    }

    /// The same, unless these problems of it are in the way.
    pub(crate) fn unless(self, problems: Vec<Problem>, folder: &Path) -> Result<Self, StoreError> {
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(StoreError::Invalid { folder: folder.to_owned(), problems })
        }
    }
}

/// How an environment is reached, as the manifest writes it. What is empty is not written, or written as null where the
/// manifest has the key.
#[derive(Debug, Clone, Copy)]
pub struct EnvironmentEntry<'a> {
    /// `sandbox` or `aws`.
    pub target: &'a str,
    /// The region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// The profile.
    pub profile: &'a str,
    /// The service role.
    pub role_arn: &'a str,
    /// The bucket for large templates.
    pub template_bucket: &'a str,
    /// Tags of every stack in it.
    pub tags: &'a BTreeMap<String, String>,
    /// Topics that are told of every stack's events.
    pub notification_arns: &'a [String],
}

/// The manifest's text with another entry of an environment. Nothing is written.
pub(crate) fn with_environment(
    folder: &Path,
    name: &EnvironmentName,
    entry: &EnvironmentEntry<'_>,
) -> Result<String, StoreError> {
    let file = Document::read(&folder.join(MANIFEST_FILE), &["environments"])?;
    let environments = file.root.get("environments");
    let Some(now) = environments.and_then(|all| all.get(name.as_str())) else {
        return Err(file.corrupt(format!("it has no environment '{name}'")));
    };
    let text = |value: &str| if value.is_empty() { Value::Null } else { Value::text(value) };
    let tags = entry.tags.iter().map(|(name, value)| (name, Value::text(value)));
    let topics = entry.notification_arns;
    let fields = [
        ("target", text(entry.target)),
        ("region", text(entry.region)),
        ("account", text(entry.account)),
        ("profile", text(entry.profile)),
        ("role_arn", text(entry.role_arn)),
        ("template_bucket", text(entry.template_bucket)),
        ("tags", if entry.tags.is_empty() { Value::Null } else { Value::map(tags) }),
        ("notification_arns", if topics.is_empty() { Value::Null } else { Value::List(topics.to_vec()) }),
    ];
    let said = fields.into_iter().filter(|(key, value)| *value != Value::Null || now.get(key).is_some());
    let edits: Vec<_> = said.map(|(key, value)| (vec!["environments", name.as_str(), key], value)).collect();
    Ok(file.edited(&edits)?.text.to_string())
}

/// Loads the manifest of a folder from its text, as far as it can be read. `read_template` reads a template by the path that the manifest gives.
pub(crate) fn load(
    folder: &Path,
    text: String,
    id: Option<&DeploymentId>,
    read_template: impl Fn(&str) -> Result<String, StoreError>,
) -> Result<LoadedManifest, StoreError> {
    let path = folder.join(MANIFEST_FILE);
    let invalid = |problems| StoreError::Invalid { folder: folder.to_owned(), problems };
    let root = parse(&text).map_err(|problem| invalid(vec![problem]))?;
    StoreError::refuse_newer(&path, newer(&root))?;
    let Decoded { manifest, names_known, problems } = decode(&root);
    let Some(mut manifest) = manifest else { return Err(invalid(problems)) };
    // Where it does not say whose it is, it is the folder's.
    if let Some(id) = id.filter(|_| problems.iter().any(|problem| problem.key == "deployment_id")) {
        manifest.deployment_id = id.clone();
    }
    let mut findings = Findings::default();
    for problem in problems {
        let concerns = Concern::of_key(&problem.key, &manifest);
        findings.add(Finding { problem, weight: Weight::Invalid, concerns });
    }
    let mut templates = Templates::new();
    let mut tell = |found: Vec<Problem>, weight: Weight, concerns: Option<&Concern>| {
        for problem in located(found, &root) {
            let concerns = concerns.cloned().unwrap_or_else(|| Concern::of_key(&problem.key, &manifest));
            findings.add(Finding { problem, weight, concerns });
        }
    };
    tell(foreign_id(&manifest, id), Weight::Invalid, None);
    tell(check_policies(&manifest, &read_template), Weight::Invalid, None);
    for (path, TemplateUse { keys, stacks }) in template_uses(&manifest) {
        match read_template_of(path, keys, &read_template) {
            Ok(interface) => drop(templates.insert(path.to_owned(), interface)),
            Err(problems) => tell(problems, Weight::Fails, Some(&Concern::Stacks(stacks))),
        }
    }
    if names_known {
        for found in validate::validate(&manifest, &templates).iter() {
            tell(vec![found.problem.clone()], found.weight, Some(&found.concerns));
        }
    }
    findings.sort();
    Ok(LoadedManifest { manifest, text, templates, findings, is_recorded: false })
}

/// The manifest of a text by itself: neither its templates nor what it says of other stacks is checked.
///
/// # Errors
/// [`StoreError::Invalid`] with every problem of its form, or [`StoreError::Newer`].
pub fn decode_manifest(text: &str) -> Result<Manifest, StoreError> {
    let invalid = |problems| StoreError::Invalid { folder: PathBuf::new(), problems };
    let root = parse(text).map_err(|problem| invalid(vec![problem]))?;
    StoreError::refuse_newer(Path::new(MANIFEST_FILE), newer(&root))?;
    let Decoded { manifest, problems, .. } = decode(&root);
    manifest.filter(|_| problems.is_empty()).ok_or_else(|| invalid(problems))
}

/// The environments that a manifest has and where they live, as far as it can be told of one that may be wrong.
pub(crate) fn targets(root: &Node) -> Vec<(String, Option<Target>)> {
    let environments = root.get("environments").and_then(Node::entries).unwrap_or_default();
    let target = |node: &Node| target_of(node.get("target")?.text()?);
    environments.iter().map(|entry| (entry.key.clone(), target(&entry.value))).collect()
}

/// Why the text is no manifest at all: empty, or not YAML.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    let problem = |at, message: String, hint: &str| Problem {
        file: MANIFEST_FILE.to_owned(),
        at: Some(position(at)),
        key: String::new(),
        message,
        hint: hint.to_owned(),
    };
    match skydeck_yaml::parse(text) {
        Ok(root) if root.is_null() => {
            Err(problem(root.at, "the file is empty".to_owned(), "restore it from a copy"))
        }
        Ok(root) => Ok(root),
        Err(error) => Err(problem(error.at, error.fault.to_string(), "mend the YAML there")),
    }
}

fn foreign_id(manifest: &Manifest, id: Option<&DeploymentId>) -> Vec<Problem> {
    match id {
        Some(id) if *id != manifest.deployment_id => vec![Problem {
            file: MANIFEST_FILE.to_owned(),
            at: None,
            key: "deployment_id".to_owned(),
            message: format!("it is {}, but this folder is of {id}", manifest.deployment_id),
            hint: id.to_string(),
        }],
        _ => Vec::new(),
    }
}

/// Reads a template, or tells why it cannot be read.
fn read_template_of(
    path: &str,
    keys: BTreeSet<String>,
    read_template: impl Fn(&str) -> Result<String, StoreError>,
) -> Result<TemplateInterface, Vec<Problem>> {
    match read_template(path) {
        Ok(text) if text.len() > LARGEST => Err(vec![Problem {
            file: path.to_owned(),
            at: None,
            key: String::new(),
            message: format!("it has {} bytes, and CloudFormation takes {LARGEST} at most", text.len()),
            hint: "split it into several stacks".to_owned(),
        }]),
        Ok(text) => template::read_interface(path, &text).map_err(|problem| vec![problem]),
        Err(error) => Err(keys
            .into_iter()
            .map(|key| Problem {
                file: MANIFEST_FILE.to_owned(),
                at: None,
                key,
                message: format!("'{path}': {}", why(&error)),
                hint: "a CloudFormation template in this folder, like stacks/network.yaml".to_owned(),
            })
            .collect()),
    }
}

fn why(error: &StoreError) -> String {
    match error {
        _ if error.is_missing() => "there is no such file".to_owned(),
        StoreError::Unreadable { reason, .. } | StoreError::Refused { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

/// The stack policies that the manifest names must be JSON objects (AWS CloudFormation User Guide, 'Prevent updates to
/// stack resources').
fn check_policies(manifest: &Manifest, read: impl Fn(&str) -> Result<String, StoreError>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for stack in &manifest.stacks {
        let key = format!("stacks.{}", stack.name);
        let own = stack.settings.stack_policy.as_deref().map(|path| (path, format!("{key}.stack_policy")));
        let overridden = stack.overrides.iter().filter_map(|(environment, overrides)| {
            Some((
                overrides.stack_policy.as_deref()?,
                format!("{key}.environments.{environment}.stack_policy"),
            ))
        });
        for (path, key) in own.into_iter().chain(overridden) {
            let problem = match read(path) {
                Err(error) => Some(why(&error)),
                Ok(text) => match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
                    Ok(policy) if policy.contains_key("Statement") => None,
                    Ok(_) => Some("it has no 'Statement'".to_owned()),
                    Err(error) => Some(format!("it is no JSON: {error}")),
                },
            };
            problems.extend(problem.map(|problem| Problem {
                file: MANIFEST_FILE.to_owned(),
                at: None,
                key,
                message: format!("'{path}': {problem}"),
                hint: "a stack policy in JSON in this folder, like stacks/policy.json".to_owned(),
            }));
        }
    }
    problems
}

/// Who uses a template: the keys that name it, and the stacks.
#[derive(Default)]
struct TemplateUse {
    keys: BTreeSet<String>,
    stacks: BTreeSet<StackKey>,
}

/// The templates that the manifest names.
fn template_uses(manifest: &Manifest) -> BTreeMap<&str, TemplateUse> {
    let mut uses: BTreeMap<&str, TemplateUse> = BTreeMap::new();
    for stack in &manifest.stacks {
        let key = format!("stacks.{}", stack.name);
        let own = (stack.settings.template.as_str(), format!("{key}.template"));
        let overridden = stack.overrides.iter().filter_map(|(environment, overrides)| {
            Some((overrides.template.as_deref()?, format!("{key}.environments.{environment}.template")))
        });
        // An empty one was reported by who decoded it.
        for (path, key) in std::iter::once(own).chain(overridden).filter(|(path, _)| !path.is_empty()) {
            uses.entry(path).or_default().keys.insert(key);
        }
        for Environment { name, .. } in &manifest.environments {
            let path = stack.settings_in(name).template;
            if let Some((_, used)) = uses.iter_mut().find(|(known, _)| **known == path) {
                used.stacks.insert(StackKey::new(&stack.name, name));
            }
        }
    }
    uses
}

/// The problems of the manifest with the place of their key, or of the nearest one above it that is there.
fn located(mut problems: Vec<Problem>, root: &Node) -> Vec<Problem> {
    let mut places = BTreeMap::new();
    collect_places(root, "", &mut places);
    for problem in problems.iter_mut().filter(|problem| problem.file == MANIFEST_FILE && problem.at.is_none())
    {
        let mut key = problem.key.as_str();
        problem.at = loop {
            match (places.get(key), key.rsplit_once('.')) {
                (Some(place), _) => break Some(position(*place)),
                (None, Some((parent, _))) => key = parent,
                (None, None) => break None,
            }
        };
    }
    problems
}

fn collect_places(node: &Node, key: &str, places: &mut BTreeMap<String, Mark>) {
    for entry in node.entries().unwrap_or_default() {
        let key = join(key, &entry.key);
        collect_places(&entry.value, &key, places);
        places.insert(key, entry.key_at);
    }
}
