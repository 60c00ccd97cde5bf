//! The manifest's text to [`Manifest`], by hand, so that everything that is wrong with it is told at once and
//! with its place. What the values mean together is `model::validate`'s to check.

use std::collections::BTreeMap;
use std::str::FromStr;

use skydeck_model::ids::InvalidId;
use skydeck_model::manifest::{Names, RollbackSettings, StackOverrides, Unread, VERSION};
use skydeck_model::validate::{MANIFEST_FILE, one_of};
use skydeck_model::{Environment, EnvironmentName, Manifest, Problem, Stack, StackName, Target};
use skydeck_yaml::{Entry, Mark, Node};

use crate::position::position;

const TOP: [&str; 8] =
    ["version", "deployment_id", "organization", "project", "domain", "template", "environments", "stacks"];
const ENVIRONMENT: [&str; 9] = [
    "target",
    "region",
    "account",
    "profile",
    "role_arn",
    "template_bucket",
    "template_bucket_owner",
    "tags",
    "notification_arns",
];
const SETTINGS: [&str; 10] = [
    "enabled",
    "template",
    "depends_on",
    "parameters",
    "capabilities",
    "tags",
    "termination_protection",
    "stack_policy",
    "rollback",
    "timeout_minutes",
];
const ROLLBACK: [&str; 2] = ["monitoring_minutes", "alarms"];
const TARGETS: [Target; 2] = [Target::Sandbox, Target::Aws];

/// The target of that word.
pub(crate) fn target_of(word: &str) -> Option<Target> {
    TARGETS.into_iter().find(|known| known.as_str() == word)
}

/// What came of decoding.
pub(crate) struct Decoded {
    /// What could be read; `None` where that is nothing. What problems are about is made up in it: whoever uses it looks
    /// at them first.
    pub manifest: Option<Manifest>,
    /// Whether it can be validated further: where names are missing or wrong, everything that refers to them would seem
    /// wrong too.
    pub names_known: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Decodes the manifest's tree.
pub(crate) fn decode(root: &Node) -> Decoded {
    let mut decoder = Decoder { problems: Vec::new(), names_known: true };
    let manifest = decoder.manifest(root);
    Decoded { manifest, names_known: decoder.names_known, problems: decoder.problems }
}

struct Decoder {
    problems: Vec<Problem>,
    /// Whether all environments and stacks could be named.
    names_known: bool,
}

/// A mapping and the dotted key at which it stands.
struct Map<'n> {
    node: &'n Node,
    entries: &'n [Entry],
    key: String,
}

impl<'n> Map<'n> {
    fn key_of(&self, field: &str) -> String {
        join(&self.key, field)
    }

    /// The value of a field, if it says something.
    fn get(&self, field: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == field && !entry.value.is_null())
    }
}

/// A key below another.
pub(crate) fn join(parent: &str, field: &str) -> String {
    if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") }
}

impl Decoder {
    fn report(&mut self, at: Mark, key: String, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem {
            file: MANIFEST_FILE.to_owned(),
            at: Some(position(at)),
            key,
            message: message.into(),
            hint: hint.into(),
        });
    }

    fn map<'n>(&mut self, node: &'n Node, key: String) -> Option<Map<'n>> {
        match node.entries() {
            Some(entries) => Some(Map { node, entries, key }),
            None => {
                self.report(
                    node.at,
                    key,
                    format!("it is {} and not a map", node.describe()),
                    "write 'name: value' lines",
                );
                None
            }
        }
    }

    fn known_fields<'n>(&mut self, node: &'n Node, key: String, known: &[&str]) -> Option<Map<'n>> {
        let map = self.map(node, key)?;
        for entry in map.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let hint = one_of(known.iter().copied());
            self.report(entry.key_at, map.key_of(&entry.key), "this key is not known", hint);
        }
        Some(map)
    }

    fn required<'n>(&mut self, map: &Map<'n>, field: &str, hint: &str) -> Option<&'n Entry> {
        let entry = map.get(field);
        if entry.is_none() {
            let empty = map.entries.iter().find(|entry| entry.key == field);
            let at = empty.map_or(map.node.at, |entry| entry.key_at);
            let message = if empty.is_some() { "it has no value" } else { "it is missing" };
            self.report(at, map.key_of(field), message, hint);
        }
        entry
    }

    fn text<'n>(&mut self, entry: &'n Entry, key: String) -> Option<&'n str> {
        let text = entry.value.text();
        match text {
            None => {
                let message = format!("it is {} and not a text", entry.value.describe());
                self.report(entry.key_at, key, message, "write one value");
            }
            Some("") => self.report(entry.key_at, key, "it is empty", "give it a value"),
            Some(_) => {}
        }
        text
    }

    fn required_text<'n>(&mut self, map: &Map<'n>, field: &str, hint: &str) -> Option<&'n str> {
        let entry = self.required(map, field, hint)?;
        self.text(entry, map.key_of(field))
    }

    fn optional_text(&mut self, map: &Map<'_>, field: &str) -> Option<String> {
        let entry = map.get(field)?;
        self.text(entry, map.key_of(field)).map(str::to_owned)
    }

    fn optional_id<T: FromStr<Err = InvalidId>>(&mut self, map: &Map<'_>, field: &str) -> Option<T> {
        let entry = map.get(field)?;
        let text = self.text(entry, map.key_of(field))?;
        self.parsed(text, entry.value.at, map.key_of(field))
    }

    /// A required id; `stand_in` keeps the rest checkable where it is wrong.
    fn id<T: FromStr<Err = InvalidId>>(&mut self, map: &Map<'_>, field: &str, stand_in: &str) -> Option<T> {
        let hint = format!("like {stand_in}");
        let id = self.required_text(map, field, &hint).filter(|text| !text.is_empty()).and_then(|text| {
            let at = map.get(field).map_or(map.node.at, |entry| entry.value.at);
            self.parsed(text, at, map.key_of(field))
        });
        id.or_else(|| stand_in.parse().ok())
    }

    fn parsed<T: FromStr<Err = InvalidId>>(&mut self, text: &str, at: Mark, key: String) -> Option<T> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                self.report(
                    at,
                    key,
                    format!("'{text}' is no {}", error.what),
                    format!("it must be {}", error.must_be),
                );
                None
            }
        }
    }

    fn manifest(&mut self, root: &Node) -> Option<Manifest> {
        if root.is_null() {
            self.report(root.at, String::new(), "the file is empty", "restore it from a copy");
            return None;
        }
        let map = self.known_fields(root, String::new(), &TOP)?;
        if let Some(version) = self.required_text(&map, "version", "version: 1")
            && version != VERSION
        {
            let at = map.get("version").map_or(root.at, |entry| entry.value.at);
            let message = format!("version {version} is not known");
            self.report(at, "version".to_owned(), message, VERSION);
        }
        let deployment_id = self.id(&map, "deployment_id", "DX6604E");
        let organization = self.id(&map, "organization", "LiveTestOrg");
        let project = self.id(&map, "project", "live-test-6");
        let domain = self.required_text(&map, "domain", "like example.com").unwrap_or_default().to_owned();
        let template = self.required_text(&map, "template", "like default").unwrap_or_default().to_owned();
        let (environments, unread_environments) = self.named(&map, "environments", Self::environment);
        let (stacks, unread_stacks) = self.named(&map, "stacks", Self::stack);
        Some(Manifest {
            deployment_id: deployment_id?,
            organization: organization?,
            project: project?,
            domain,
            template,
            environments,
            stacks,
            unread: Unread { environments: unread_environments, stacks: unread_stacks },
            former: BTreeMap::new(),
            recorded_needs: BTreeMap::new(),
        })
    }

    /// The entries of a map whose keys are names, and those that it has beside these.
    fn named<N: FromStr<Err = InvalidId>, T>(
        &mut self,
        map: &Map<'_>,
        field: &str,
        decode: impl Fn(&mut Self, N, &Node, String) -> Option<T>,
    ) -> (Vec<T>, Names) {
        let entry = self.required(map, field, "names with what each of them is");
        let Some(inner) = entry.and_then(|entry| self.map(&entry.value, field.to_owned())) else {
            self.names_known = false;
            return (Vec::new(), Names::Any);
        };
        let (mut all, mut unread) = (Vec::new(), Names::default());
        for entry in inner.entries {
            let key = inner.key_of(&entry.key);
            let name = self.parsed(&entry.key, entry.key_at, key.clone());
            let is_name = name.is_some();
            let decoded = name.and_then(|name| decode(self, name, &entry.value, key));
            match (&decoded, &mut unread) {
                (Some(_), _) | (None, Names::Any) => {}
                (None, Names::These(names)) if is_name => drop(names.insert(entry.key.clone())),
                (None, unread) => *unread = Names::Any,
            }
            self.names_known &= decoded.is_some();
            all.extend(decoded);
        }
        (all, unread)
    }

    fn environment(&mut self, name: EnvironmentName, node: &Node, key: String) -> Option<Environment> {
        let map = self.known_fields(node, key, &ENVIRONMENT)?;
        let targets = one_of(TARGETS.iter().map(|target| target.as_str()));
        let target = self.required_text(&map, "target", &targets).unwrap_or_default();
        let known = target_of(target);
        if let (None, false, Some(entry)) = (known, target.is_empty(), map.get("target")) {
            self.report(entry.value.at, map.key_of("target"), format!("'{target}' is no target"), targets);
        }
        Some(Environment {
            name,
            target: known.unwrap_or(Target::Sandbox),
            region: self.id(&map, "region", "us-east-1")?,
            account: self.id(&map, "account", "123456789012")?,
            profile: self.optional_text(&map, "profile"),
            role_arn: self.optional_text(&map, "role_arn"),
            template_bucket: self.optional_text(&map, "template_bucket"),
            template_bucket_owner: self.optional_id(&map, "template_bucket_owner"),
            tags: self.values(&map, "tags", false),
            notification_arns: self.texts(&map, "notification_arns").unwrap_or_default(),
        })
    }

    fn stack(&mut self, name: StackName, node: &Node, key: String) -> Option<Stack> {
        let known: Vec<&str> = SETTINGS.into_iter().chain(["environments"]).collect();
        let Some(map) = self.known_fields(node, key, &known) else {
            return Some(Stack::new(name, StackOverrides::default()));
        };
        self.required(&map, "enabled", "true or false");
        self.required(&map, "template", "a file like stacks/network.yaml");
        let mut stack = Stack::new(name, self.settings(&map));
        if let Some(entry) = map.get("environments")
            && let Some(inner) = self.map(&entry.value, map.key_of("environments"))
        {
            for entry in inner.entries {
                let key = inner.key_of(&entry.key);
                let Some(environment) = self.parsed(&entry.key, entry.key_at, key.clone()) else {
                    continue;
                };
                if entry.value.is_null() {
                    continue;
                }
                if let Some(map) = self.known_fields(&entry.value, key, &SETTINGS) {
                    stack.overrides.insert(environment, self.settings(&map));
                }
            }
        }
        Some(stack)
    }

    fn settings(&mut self, map: &Map<'_>) -> StackOverrides {
        StackOverrides {
            enabled: self.flag(map, "enabled"),
            template: self.optional_text(map, "template"),
            depends_on: self.list(map, "depends_on").map(|items| self.stack_names(map, items)),
            parameters: self.values(map, "parameters", true),
            capabilities: self.texts(map, "capabilities"),
            tags: self.values(map, "tags", false),
            termination_protection: self.flag(map, "termination_protection"),
            stack_policy: self.optional_text(map, "stack_policy"),
            rollback: self.rollback(map),
            // CloudFormation's own bounds (API reference of CreateStack): a minute at least.
            timeout_minutes: self.number(map, "timeout_minutes", 1, 43_200),
        }
    }

    fn rollback(&mut self, map: &Map<'_>) -> Option<RollbackSettings> {
        let entry = map.get("rollback")?;
        let map = self.known_fields(&entry.value, map.key_of("rollback"), &ROLLBACK)?;
        Some(RollbackSettings {
            monitoring_minutes: self.number(&map, "monitoring_minutes", 0, 180).unwrap_or_default(),
            alarms: self.texts(&map, "alarms").unwrap_or_default(),
        })
    }

    fn number(&mut self, map: &Map<'_>, field: &str, least: u32, most: u32) -> Option<u32> {
        let entry = map.get(field)?;
        let text = self.text(entry, map.key_of(field)).filter(|text| !text.is_empty())?;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let message = format!("'{text}' is no number of minutes that CloudFormation takes");
            self.report(entry.value.at, map.key_of(field), message, format!("from {least} to {most}"));
        }
        number
    }

    fn texts(&mut self, map: &Map<'_>, field: &str) -> Option<Vec<String>> {
        Some(self.list(map, field)?.into_iter().map(|(text, _)| text.to_owned()).collect())
    }

    fn flag(&mut self, map: &Map<'_>, field: &str) -> Option<bool> {
        let entry = map.get(field)?;
        match self.text(entry, map.key_of(field))? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            "" => None,
            other => {
                let message = format!("'{other}' is neither true nor false");
                self.report(entry.value.at, map.key_of(field), message, "true or false");
                None
            }
        }
    }

    fn list<'n>(&mut self, map: &Map<'n>, field: &str) -> Option<Vec<(&'n str, Mark)>> {
        let entry = map.get(field)?;
        let Some(items) = entry.value.items() else {
            let message = format!("it is {} and not a list", entry.value.describe());
            self.report(entry.key_at, map.key_of(field), message, "write [first, second]");
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => texts.push((text, item.at)),
                None => {
                    let message = format!("an item is {} and not a text", item.describe());
                    self.report(item.at, map.key_of(field), message, "write one name for each item");
                }
            }
        }
        Some(texts)
    }

    fn stack_names(&mut self, map: &Map<'_>, items: Vec<(&str, Mark)>) -> Vec<StackName> {
        let key = map.key_of("depends_on");
        items.into_iter().filter_map(|(text, at)| self.parsed(text, at, key.clone())).collect()
    }

    /// Parameters or tags. A parameter may be a list, which CloudFormation takes joined with commas.
    fn values(&mut self, map: &Map<'_>, field: &str, lists: bool) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        let Some(inner) = map.get(field).and_then(|entry| self.map(&entry.value, map.key_of(field))) else {
            return values;
        };
        for entry in inner.entries {
            let items = entry.value.items().filter(|_| lists);
            for item in
                items.into_iter().flatten().filter(|item| item.text().is_some_and(|it| it.contains(',')))
            {
                let message =
                    "an item of the list holds a comma, which CloudFormation takes for the end of the item";
                let hint = "a value without commas, or each part as an item of its own";
                self.report(item.at, inner.key_of(&entry.key), message, hint);
            }
            let joined = items.and_then(|items| items.iter().map(Node::text).collect::<Option<Vec<_>>>());
            let value = entry.value.text().map(str::to_owned).or_else(|| Some(joined?.join(",")));
            match value {
                Some(value) => {
                    values.insert(entry.key.clone(), value);
                }
                None => {
                    let message = match items {
                        Some(_) => "an item of the list is not a text".to_owned(),
                        None => format!("it is {} and not a text", entry.value.describe()),
                    };
                    let hint =
                        if lists { "a text, '' for an empty one, or a list of texts" } else { "a text" };
                    self.report(entry.key_at, inner.key_of(&entry.key), message, hint);
                }
            }
        }
        values
    }
}
