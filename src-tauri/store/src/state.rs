//! `.deployment-state.yaml`: the stack-level statuses and the operation that runs (`docs/reference/files.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use skydeck_model::cloudformation::Outside;
use skydeck_model::former::RecordedStack;
use skydeck_model::graph::Needs;
use skydeck_model::look::DriftStatus;
use skydeck_model::{
    DeploymentStatus, Environment, EnvironmentName, OperationId, OperationKind, Recorded, StackKey,
    StackStatus, status,
};
use skydeck_yaml::{Edit, Entry, Node, Value};

use crate::atomic::timestamp;
use crate::document::{Document, newer};
use crate::error::StoreError;
use crate::kept::{Key, Stack, StatusFile, Values};
use crate::reach::{self, Record};
use crate::root::NewDeployment;

/// The file's name.
pub const STATE_FILE: &str = ".deployment-state.yaml";

const KINDS: [OperationKind; 5] = [
    OperationKind::Deploy,
    OperationKind::DeployStack,
    OperationKind::Destroy,
    OperationKind::DestroyStack,
    OperationKind::RepairStack,
];

/// What the state file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// A copy of the metadata's status, which is the one that counts (`docs/reference/statuses.md`).
    pub deployment_status: Option<Recorded<DeploymentStatus>>,
    /// When it was last written, as the file has it.
    pub last_updated: Option<String>,
    /// The operation that runs, or ran when its program died.
    pub current_operation: Option<CurrentOperation>,
    /// The stacks, in the file's order.
    pub stacks: Vec<StackEntry>,
    /// How each environment was reached when an operation last worked on it; of files from before this was recorded,
    /// nothing.
    pub environments: BTreeMap<EnvironmentName, Environment>,
    /// What the stacks of each environment needed when they were last deployed, as far as that is recorded.
    pub needs: BTreeMap<EnvironmentName, Needs>,
    /// The version that the file says it has, where that is newer than this program knows: it is only to be looked at.
    pub newer: Option<String>,
}

/// An operation under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentOperation {
    /// Its id.
    pub id: OperationId,
    /// What is run.
    pub kind: OperationKind,
    /// The environment; `None` for all.
    pub environment: Option<EnvironmentName>,
    /// The stacks' names.
    pub stacks: Vec<String>,
    /// When it started.
    pub started_at: String,
    /// The machine that runs it.
    pub host: String,
    /// The process that runs it.
    pub pid: u32,
}

impl CurrentOperation {
    /// As it is written.
    fn value(&self) -> Value {
        let environment = self.environment.as_ref().map_or(Value::Null, |name| Value::text(name.as_str()));
        Value::map([
            ("environment", environment),
            ("host", Value::text(&self.host)),
            ("id", Value::text(self.id.as_str())),
            ("kind", Value::text(self.kind.as_str())),
            ("pid", Value::Number(self.pid)),
            ("stacks", Value::List(self.stacks.clone())),
            ("started_at", Value::text(&self.started_at)),
        ])
    }
}

/// One stack in one environment. Names stand as the file has them: other versions may use ones that this one
/// refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEntry {
    /// The stack's name inside the deployment.
    pub stack_name: String,
    /// The environment's name.
    pub environment: String,
    /// The stack-level status.
    pub status: Recorded<StackStatus>,
    /// When the status was last written; empty where the file does not say.
    pub last_updated: String,
    /// Why it is so.
    pub reason: Option<String>,
    /// CloudFormation's own status.
    pub cloudformation_status: Option<String>,
    /// CloudFormation's id of the stack, an ARN.
    pub stack_id: Option<String>,
    /// When CloudFormation last changed it, as CloudFormation told: another time means that somebody else did.
    pub changed_at: Option<String>,
    /// When CloudFormation was last asked how it stands.
    pub checked_at: Option<String>,
    /// What drift detection last found.
    pub drift: Option<DriftEntry>,
    /// What others did to it since an operation of ours last worked on it.
    pub outside: Option<Recorded<Outside>>,
    /// The parameters without `NoEcho` that were deployed with the value of one that has it, or with that in theirs.
    /// Each as it may be shown.
    pub repeats_secrets: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// What drift detection found on a stack, in short; the log of the operation has it in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftEntry {
    /// Whether the stack is as its template says.
    pub status: Recorded<DriftStatus>,
    /// When.
    pub checked_at: String,
    /// The stack's `changed_at` then: of another version it says nothing.
    pub changed_at: Option<String>,
    /// The operation whose log tells the properties that differ.
    pub operation: OperationId,
    /// Why it could not be compared, or not whole.
    pub reason: Option<String>,
    /// The resources that differ, by their names in the template.
    pub resources: Vec<String>,
}

impl DriftEntry {
    /// As it is written.
    fn value(&self) -> Value {
        let optional = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
        let fields = [
            ("changed_at", optional(&self.changed_at)),
            ("checked_at", Value::text(&self.checked_at)),
            ("operation", Value::text(self.operation.as_str())),
            ("reason", optional(&self.reason)),
            ("resources", Value::List(self.resources.clone())),
            ("status", Value::text(self.status.to_string())),
        ];
        Value::map(fields.into_iter().filter(|(_, value)| !says_nothing(value)))
    }
}

impl StackEntry {
    /// An entry of a stack that was never deployed.
    pub fn not_deployed(key: &StackKey, at: DateTime<Utc>) -> Self {
        Self {
            stack_name: key.stack.to_string(),
            environment: key.environment.to_string(),
            status: Recorded::Known(StackStatus::NotDeployed),
            last_updated: timestamp(at),
            reason: None,
            cloudformation_status: None,
            stack_id: None,
            changed_at: None,
            checked_at: None,
            drift: None,
            outside: None,
            repeats_secrets: BTreeMap::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// What tells whether it has a place in the manifest, and needs one.
    pub fn recorded(&self) -> RecordedStack<'_> {
        RecordedStack {
            stack: &self.stack_name,
            environment: &self.environment,
            status: &self.status,
            cloudformation_status: self.cloudformation_status.as_deref(),
        }
    }

    /// The two names, if they are names of this version.
    pub fn key(&self) -> Option<StackKey> {
        Some(StackKey { stack: self.stack_name.parse().ok()?, environment: self.environment.parse().ok()? })
    }

    fn is_of(&self, other: &Self) -> bool {
        self.stack_name == other.stack_name && self.environment == other.environment
    }

    /// The fields as they are written; what is absent is `Null`.
    fn fields(&self) -> [(&'static str, Value); 13] {
        let optional = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
        let outside = self.outside.as_ref().map_or(Value::Null, |word| Value::text(word.to_string()));
        let repeated = self.repeats_secrets.iter().map(|(name, value)| (name, Value::text(value)));
        let repeated = if self.repeats_secrets.is_empty() { Value::Null } else { Value::map(repeated) };
        let outputs = self.outputs.iter().map(|(name, value)| (name, Value::text(value)));
        [
            ("changed_at", optional(&self.changed_at)),
            ("checked_at", optional(&self.checked_at)),
            ("cloudformation_status", optional(&self.cloudformation_status)),
            ("drift", self.drift.as_ref().map_or(Value::Null, DriftEntry::value)),
            ("environment", Value::text(&self.environment)),
            ("last_updated", Value::text(&self.last_updated)),
            ("outputs", Value::map(outputs)),
            ("outside", outside),
            ("reason", optional(&self.reason)),
            ("repeats_secrets", repeated),
            ("stack_id", optional(&self.stack_id)),
            ("stack_name", Value::text(&self.stack_name)),
            ("status", Value::text(self.status.to_string())),
        ]
    }
}

impl State {
    /// The entry of a stack in an environment.
    pub fn stack(&self, key: &StackKey) -> Option<&StackEntry> {
        self.stacks.iter().find(|entry| {
            entry.stack_name == key.stack.as_str() && entry.environment == key.environment.as_str()
        })
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, StoreError> {
        decode(&Document::read(&folder.join(STATE_FILE), StateFile::REQUIRED)?)
    }
}

/// The file, known to be right in all that is read of it.
#[derive(Debug)]
pub(crate) struct StateFile(Document);

impl StatusFile for StateFile {
    const REQUIRED: &[&str] = &["stacks"];

    fn of(document: Document) -> Result<Self, StoreError> {
        decode(&document)?;
        Ok(Self(document))
    }

    fn document(&self) -> &Document {
        &self.0
    }

    fn values(&self, only: Option<&[Stack]>) -> Result<Values, StoreError> {
        let file = &self.0;
        let top = |field, value: Option<Value>| (Key { stack: None, field }, value.unwrap_or(Value::Null));
        let mut values = Values::from([
            top("current_operation", current_operation(file)?.as_ref().map(CurrentOperation::value)),
            top("deployment_status", deployment_status(file)?.map(|status| Value::text(status.to_string()))),
            top(reach::FIELD, Some(reached(&file.root))),
        ]);
        match only {
            Some(stacks) => {
                for (stack, environment) in stacks {
                    values.extend(self.stack(stack, environment)?.iter().flat_map(values_of));
                }
            }
            None => {
                for entry in self.entries() {
                    values.extend(values_of(&stack_entry(file, entry)?));
                }
            }
        }
        Ok(values)
    }

    fn with_values(&self, values: &Values, ours: &Self) -> Result<Self, StoreError> {
        let ours = ours.state()?;
        let mut edits: Vec<Edit<'_>> = Vec::new();
        for (key, value) in values.iter().filter(|(key, _)| key.stack.is_none()) {
            match key.field {
                reach::FIELD => {
                    let record = Record { environments: &ours.environments, needs: &ours.needs };
                    edits.extend(record.edits(&self.0.root));
                }
                field => edits.push((vec![field], value.clone())),
            }
        }
        let mut lacking = Vec::new();
        for entry in &ours.stacks {
            let is_it = |(stack, environment): &(String, String)| {
                *stack == entry.stack_name && *environment == entry.environment
            };
            let mut of_it = values.iter().filter(|(key, _)| key.stack.as_ref().is_some_and(is_it)).peekable();
            if of_it.peek().is_none() {
                continue;
            }
            let Some(Entry { key: label, value: node, .. }) =
                self.written(&entry.stack_name, &entry.environment)
            else {
                lacking.push(entry.clone());
                continue;
            };
            let said = of_it.filter(|(key, value)| !says_nothing(value) || node.get(key.field).is_some());
            edits.extend(said.map(|(key, value)| (vec!["stacks", label, key.field], value.clone())));
            edits.push((vec!["stacks", label, "last_updated"], Value::text(&entry.last_updated)));
        }
        let at = ours.last_updated.unwrap_or_default();
        self.edited(edits, &at)?.with_entries(&lacking, &at)
    }
}

/// What an entry holds, but for its time.
fn values_of(entry: &StackEntry) -> impl Iterator<Item = (Key, Value)> {
    let stack = (entry.stack_name.clone(), entry.environment.clone());
    let fields = entry.fields().into_iter().filter(|(field, _)| *field != "last_updated");
    fields.map(move |(field, value)| (Key { stack: Some(stack.clone()), field }, value))
}

impl StateFile {
    /// What it says.
    pub fn state(&self) -> Result<State, StoreError> {
        decode(&self.0)
    }

    /// What it says of one stack.
    pub fn stack(&self, stack: &str, environment: &str) -> Result<Option<StackEntry>, StoreError> {
        self.written(stack, environment).map(|entry| stack_entry(&self.0, entry)).transpose()
    }

    fn entries(&self) -> &[Entry] {
        self.0.root.get("stacks").and_then(Node::entries).unwrap_or_default()
    }

    /// The entry of a stack: its fields decide, not its key.
    fn written(&self, stack: &str, environment: &str) -> Option<&Entry> {
        let says = |entry: &Entry, field, name| entry.value.get(field).and_then(Node::text) == Some(name);
        let is_it =
            |entry: &&Entry| says(entry, "stack_name", stack) && says(entry, "environment", environment);
        self.entries().iter().find(is_it)
    }

    /// The file with another deployment status. Nothing is written.
    pub fn with_status(&self, status: DeploymentStatus, at: DateTime<Utc>) -> Result<Self, StoreError> {
        self.edited(vec![(vec!["deployment_status"], Value::text(status.as_str()))], &timestamp(at))
    }

    /// The file with another current operation. Nothing is written.
    pub fn with_operation(
        &self,
        operation: Option<&CurrentOperation>,
        at: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let value = operation.map_or(Value::Null, CurrentOperation::value);
        self.edited(vec![(vec!["current_operation"], value)], &timestamp(at))
    }

    /// The file with how environments are reached and what their stacks need. Nothing is written.
    pub fn with_environments(&self, record: Record<'_>, at: DateTime<Utc>) -> Result<Self, StoreError> {
        self.edited(record.edits(&self.0.root), &timestamp(at))
    }

    /// The file with these entries for their stacks; of two for one stack the later counts. Nothing is written.
    pub fn with_stacks(&self, entries: &[StackEntry], at: DateTime<Utc>) -> Result<Self, StoreError> {
        self.with_entries(entries, &timestamp(at))
    }

    fn with_entries(&self, entries: &[StackEntry], at: &str) -> Result<Self, StoreError> {
        let mut taken: BTreeSet<String> = self.entries().iter().map(|entry| entry.key.clone()).collect();
        let mut edits = Vec::new();
        let mut fresh = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            if entries[place + 1..].iter().any(|later| later.is_of(entry)) {
                continue;
            }
            let Some(Entry { key, value: node, .. }) = self.written(&entry.stack_name, &entry.environment)
            else {
                // The key is only a label, so one that another stack has (`a-b` in `c`, `a` in `b-c`) is numbered.
                let label = format!("{}-{}", entry.stack_name, entry.environment);
                let numbered = (2..).map(|number| format!("{label}-{number}"));
                let free = iter::once(label.clone()).chain(numbered).find(|label| !taken.contains(label));
                let free = free.unwrap_or(label);
                taken.insert(free.clone());
                fresh.push((free, entry_value(entry)));
                continue;
            };
            let fields = entry.fields().into_iter();
            let said = fields.filter(|(field, value)| !says_nothing(value) || node.get(field).is_some());
            edits.extend(said.map(|(field, value)| (vec!["stacks", key, field], value)));
        }
        edits.extend(fresh.iter().map(|(label, value)| (vec!["stacks", label.as_str()], value.clone())));
        self.edited(edits, at)
    }

    /// The edits write only what is read back, so that the file stays right.
    fn edited(&self, mut edits: Vec<Edit<'_>>, at: &str) -> Result<Self, StoreError> {
        edits.push((vec!["last_updated"], Value::text(at)));
        Ok(Self(self.0.edited(&edits)?))
    }
}

fn decode(file: &Document) -> Result<State, StoreError> {
    let Some(entries) = file.root.get("stacks").and_then(Node::entries) else {
        return Err(file.corrupt("'stacks' is no map of stacks"));
    };
    Ok(State {
        deployment_status: deployment_status(file)?,
        last_updated: file.optional_text(&file.root, "last_updated", "")?,
        current_operation: current_operation(file)?,
        stacks: entries.iter().map(|entry| stack_entry(file, entry)).collect::<Result<_, _>>()?,
        environments: reach::decode(&file.root),
        needs: reach::decode_needs(&file.root),
        newer: newer(&file.root),
    })
}

fn reached(root: &Node) -> Value {
    Record { environments: &reach::decode(root), needs: &reach::decode_needs(root) }.value()
}

fn deployment_status(file: &Document) -> Result<Option<Recorded<DeploymentStatus>>, StoreError> {
    Ok(file.optional_text(&file.root, "deployment_status", "")?.map(Recorded::from))
}

fn stack_entry(file: &Document, Entry { key, value: node, .. }: &Entry) -> Result<StackEntry, StoreError> {
    let place = format!("stacks.{key}.");
    if node.entries().is_none() {
        return Err(file.corrupt(format!("line {}: 'stacks.{key}' is {}", node.at.line, node.describe())));
    }
    let required = |key| file.required_text(node, key, &place);
    let optional = |key| file.optional_text(node, key, &place);
    let texts = |field: &str| -> Result<BTreeMap<String, String>, StoreError> {
        let Some(map) = node.get(field) else { return Ok(BTreeMap::new()) };
        let entries = map.entries().unwrap_or_default().iter();
        let text = |entry: &Entry| {
            let value = file.optional_text(map, &entry.key, &format!("{place}{field}."))?;
            Ok((entry.key.clone(), value.unwrap_or_default()))
        };
        entries.map(text).collect()
    };
    Ok(StackEntry {
        stack_name: required("stack_name")?,
        environment: required("environment")?,
        status: Recorded::from(required("status")?),
        last_updated: optional("last_updated")?.unwrap_or_default(),
        reason: optional("reason")?,
        cloudformation_status: optional("cloudformation_status")?,
        stack_id: optional("stack_id")?,
        changed_at: optional("changed_at")?,
        checked_at: optional("checked_at")?,
        drift: drift(file, node, &place)?,
        outside: optional("outside")?.map(Recorded::from),
        repeats_secrets: texts("repeats_secrets")?,
        outputs: texts("outputs")?,
    })
}

fn drift(file: &Document, entry: &Node, place: &str) -> Result<Option<DriftEntry>, StoreError> {
    let Some(node) = entry.get("drift").filter(|node| !node.is_null()) else {
        return Ok(None);
    };
    let place = format!("{place}drift.");
    let operation = file.required_text(node, "operation", &place)?;
    Ok(Some(DriftEntry {
        status: Recorded::from(file.required_text(node, "status", &place)?),
        checked_at: file.required_text(node, "checked_at", &place)?,
        changed_at: file.optional_text(node, "changed_at", &place)?,
        operation: parse_or(&operation, || {
            file.corrupt(format!("'{place}operation' is '{operation}', which is no id"))
        })?,
        reason: file.optional_text(node, "reason", &place)?,
        resources: names(file, node, "resources", &place)?,
    }))
}

/// A list of names; none where there is no list.
fn names(file: &Document, node: &Node, key: &str, place: &str) -> Result<Vec<String>, StoreError> {
    let Some(list) = node.get(key).filter(|list| !list.is_null()) else {
        return Ok(Vec::new());
    };
    let items = list.items().map(|items| items.iter().map(Node::text).collect::<Option<Vec<_>>>());
    let Some(Some(names)) = items else {
        return Err(file.corrupt(format!("'{place}{key}' is no list of names")));
    };
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn current_operation(file: &Document) -> Result<Option<CurrentOperation>, StoreError> {
    const PLACE: &str = "current_operation.";
    let Some(node) = file.root.get("current_operation").filter(|node| !node.is_null()) else {
        return Ok(None);
    };
    if node.entries().is_none() {
        return Err(file.corrupt(format!("'current_operation' is {} and not a map", node.describe())));
    }
    let wrong =
        |key: &str, text: &str| file.corrupt(format!("'{PLACE}{key}' is '{text}', which is not known"));
    let required = |key| file.required_text(node, key, PLACE);
    let kind_word = required("kind")?;
    let kind = KINDS
        .into_iter()
        .find(|known| known.as_str() == kind_word)
        .ok_or_else(|| wrong("kind", &kind_word))?;
    let environment = match file.optional_text(node, "environment", PLACE)? {
        Some(text) => Some(parse_or(&text, || wrong("environment", &text))?),
        None => None,
    };
    let (id, pid) = (required("id")?, required("pid")?);
    Ok(Some(CurrentOperation {
        id: parse_or(&id, || wrong("id", &id))?,
        kind,
        environment,
        stacks: names(file, node, "stacks", PLACE)?,
        started_at: required("started_at")?,
        host: required("host")?,
        pid: parse_or(&pid, || wrong("pid", &pid))?,
    }))
}

fn parse_or<T: FromStr>(text: &str, otherwise: impl FnOnce() -> StoreError) -> Result<T, StoreError> {
    text.parse().map_err(|_| otherwise())
}

/// The text of a new deployment's file.
pub(crate) fn fresh(new: &NewDeployment) -> String {
    let stacks = new.stacks.iter().map(|key| {
        let entry = StackEntry::not_deployed(key, new.created_at);
        (key.to_string(), entry_value(&entry))
    });
    skydeck_yaml::write(&Value::map([
        ("current_operation", Value::Null),
        ("deployment_status", Value::text(status::AFTER_INIT.as_str())),
        ("last_updated", Value::text(timestamp(new.created_at))),
        ("stacks", Value::map(stacks)),
    ]))
}

/// A new entry has only the fields that have something to say.
fn entry_value(entry: &StackEntry) -> Value {
    Value::map(entry.fields().into_iter().filter(|(_, value)| !says_nothing(value)))
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
