//! Reads of a CloudFormation template what Skydeck must know: its parameters, its outputs, and what decides which of its
//! resources are there.

mod check;
mod exchange;
mod expand;
mod json;
mod parameter;
mod warnings;

use std::collections::BTreeSet;

use skydeck_literal::{Reading, long_name, read_plain};
use skydeck_model::Problem;
use skydeck_model::condition::{Condition, Term};
use skydeck_model::expression::READINGS;
use skydeck_model::template::{Ending, IAM_TYPES, Makers, TemplateInterface, TemplateResource};
use skydeck_yaml::{Anchors, Content, Entry, Node, Parsed, Style};

use crate::position::position;
use expand::{Macros, calls_others, maker_in, names};

/// What is looked up or made anew whenever a template with it is deployed, wherever that stands.
const UNSTEADY: [&str; 5] =
    ["Fn::Transform", "!Transform", "AWS::Include", "{{resolve:", "AWS::SSM::Parameter::"];

/// The interface of a template, YAML or JSON.
///
/// # Errors
/// Where it does not parse, or is no template; `file` is the name that the problem gives.
pub fn read_interface(file: &str, text: &str) -> Result<TemplateInterface, Problem> {
    let problem = |at, key: &str, message: String, hint: &str| Problem {
        file: file.to_owned(),
        at,
        key: key.to_owned(),
        message,
        hint: hint.to_owned(),
    };
    let parsed = parse(file, text)?;
    let root = &parsed.root;
    if root.entries().is_none() {
        let message = format!("it holds {}, not a CloudFormation template", root.describe());
        return Err(problem(Some(position(root.at)), "", message, "a map with Resources"));
    }
    let section = |name: &str| match root.get(name) {
        None => Ok(&[][..]),
        Some(node) => node.entries().ok_or_else(|| {
            let message = format!("it is {} and not a map", node.describe());
            problem(Some(position(node.at)), name, message, "names with what each of them is")
        }),
    };
    let resources = section("Resources")?;
    if resources.is_empty() && root.get("Transform").is_none() {
        return Err(problem(None, "Resources", "it is missing or empty".to_owned(), "at least one resource"));
    }
    let parameters = section("Parameters")?.iter().filter(|entry| !entry.key.starts_with("Fn::"));
    let parameters = parameters.map(|entry| (entry.key.clone(), parameter::parameter(&entry.value)));
    let conditions = section("Conditions")?;
    let conditions = conditions.iter().filter(|entry| !entry.key.starts_with("Fn::"));
    let (macros, outputs, made) = (Macros::of(root), names(section("Outputs")?), names(resources));
    let exports = exchange::exports(&outputs);
    let anything = || macros.of_anything();
    let makers = Makers {
        parameters: names(section("Parameters")?).maker.or_else(anything),
        outputs: outputs.maker.or_else(anything),
        others: macros.of_resources().or_else(|| maker_in(root)),
    };
    let is_module =
        resources.iter().filter_map(|it| it.value.get("Type")?.text()).any(|it| it.ends_with("::MODULE"));
    let mut interface = TemplateInterface {
        description: root.get("Description").and_then(Node::text).unwrap_or_default().to_owned(),
        parameters: parameters.collect(),
        conditions: conditions.map(|entry| (entry.key.clone(), condition(&entry.value))).collect(),
        resource_list: made.certain.into_iter().map(|made| resource(made.name, made.entry)).collect(),
        steady: root.get("Transform").is_none() && !UNSTEADY.iter().any(|word| text.contains(word)),
        bytes: text.len(),
        exports,
        outputs: outputs.certain.into_iter().map(|made| made.name).collect(),
        // A module makes resources, too.
        faults: if makers.others.is_none() && !is_module { check::faults(file, root) } else { Vec::new() },
        makers,
        warnings: Vec::new(),
        mappings: exchange::mappings(section("Mappings")?),
        imports: exchange::imports(root),
        has_macro: macros.of_others() || calls_others(root),
    };
    interface.warnings = warnings::warnings(file, &parsed, &|name| interface.is_no_echo(name));
    Ok(interface)
}

/// What a template says, in the same words however it is written: comments, quotes, the order of keys, short forms of
/// functions, and whether it is YAML or JSON make no difference. A text that does not parse is its own.
pub fn template_meaning(text: &str) -> String {
    parse("", text).map_or_else(|_| text.trim_end().to_owned(), |parsed| meaning(&parsed.root).to_string())
}

fn meaning(node: &Node) -> serde_json::Value {
    use serde_json::{Map, Value as Json};
    let plain = match &node.content {
        Content::Sequence { items, .. } => items.iter().map(meaning).collect(),
        Content::Mapping { entries, .. } => {
            let mut sorted: Vec<(&String, Json)> = entries
                .iter()
                .map(|entry| (&entry.key, argument(&entry.key, meaning(&entry.value))))
                .collect();
            sorted.sort_by_key(|(key, _)| *key);
            Json::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Content::Scalar { text, .. } if !node.is_null() => {
            Json::String(certain_text(node).unwrap_or_else(|| text.clone()))
        }
        Content::Scalar { .. } => Json::Null,
    };
    match node.tag.as_deref().filter(|tag| is_function(tag)) {
        None => plain,
        Some(name) => Json::Object(Map::from_iter([(name.to_owned(), argument(name, plain))])),
    }
}

/// What the value of an output is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputValue {
    /// The value in the same words however it is written.
    pub meaning: String,
    /// Whether it is a text as it stands.
    pub is_text: bool,
    /// The parameters and resources that it names.
    pub names: BTreeSet<String>,
}

/// The value of an output of a template; `None` where the template does not write it out.
pub fn output_value(text: &str, output: &str) -> Option<OutputValue> {
    let root = parse("", text).ok()?.root;
    let value = meaning(root.get("Outputs")?.get(output)?.get("Value")?);
    let mut names = BTreeSet::new();
    names_in(&value, &mut names);
    Some(OutputValue { is_text: value.is_string(), meaning: value.to_string(), names })
}

fn names_in(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    use serde_json::Value as Json;
    match value {
        Json::Object(entries) => entries.iter().for_each(|(key, value)| {
            match (key.as_str(), value) {
                ("Ref", Json::String(name)) => drop(names.insert(name.clone())),
                ("Fn::GetAtt", Json::Array(parts)) => {
                    names.extend(parts.first().and_then(Json::as_str).map(str::to_owned));
                }
                ("Fn::Sub", Json::String(text)) => names_in_text(text, names),
                ("Fn::Sub", Json::Array(parts)) => {
                    parts
                        .first()
                        .and_then(Json::as_str)
                        .into_iter()
                        .for_each(|text| names_in_text(text, names));
                }
                _ => {}
            }
            names_in(value, names);
        }),
        Json::Array(items) => items.iter().for_each(|item| names_in(item, names)),
        _ => {}
    }
}

/// `${Name}` and `${Name.Attribute}`.
fn names_in_text(text: &str, names: &mut BTreeSet<String>) {
    let parts = text.split("${").skip(1).filter_map(|part| part.split(['}', '.']).next());
    names.extend(parts.map(|name| name.trim().to_owned()));
}

/// The argument of a function in its one form: an attribute may also be named with a dot.
fn argument(function: &str, value: serde_json::Value) -> serde_json::Value {
    match value.as_str().filter(|_| function == "Fn::GetAtt").and_then(|path| path.split_once('.')) {
        Some((resource, attribute)) => serde_json::json!([resource, attribute]),
        None => value,
    }
}

fn resource(logical_id: String, entry: &Entry) -> TemplateResource {
    let text = |field: &str| entry.value.get(field).and_then(Node::text).unwrap_or_default();
    // One that is a function has no text, and is some policy all the same.
    let policy = entry.value.get("DeletionPolicy").map(|policy| policy.text().unwrap_or_default());
    let in_cluster = entry.value.get("Properties").is_some_and(|it| it.get("DBClusterIdentifier").is_some());
    let named_by =
        IAM_TYPES.iter().find(|(known, _)| *known == text("Type")).and_then(|(_, property)| *property);
    let is_named =
        named_by.is_some_and(|name| entry.value.get("Properties").is_some_and(|it| it.get(name).is_some()));
    TemplateResource {
        logical_id,
        resource_type: text("Type").to_owned(),
        ending: Ending::of(policy, text("Type"), in_cluster),
        condition: entry.value.get("Condition").and_then(Node::text).map(str::to_owned),
        at: Some(position(entry.key_at)),
        is_named,
    }
}

/// The line, from 1, to which a path of CloudFormation leads in a template, like `/Resources/Queue/Properties/Tags/0`; a name
/// alone is that of a resource. As far as the path can be followed: what is missing has no line. `None` where not even its
/// beginning is there.
pub fn line_of(text: &str, path: &str) -> Option<u32> {
    let root = parse("", text).ok()?.root;
    let pointer = if path.starts_with('/') { path.to_owned() } else { format!("/Resources/{path}") };
    let (mut node, mut line) = (&root, None);
    for (depth, step) in pointer.split('/').skip(1).enumerate() {
        let step = step.replace("~1", "/").replace("~0", "~");
        if let Some(entry) = node.entry(&step) {
            (node, line) = (&entry.value, Some(entry.key_at.line));
        } else if let Some(item) = step.parse::<usize>().ok().and_then(|place| node.items()?.get(place)) {
            (node, line) = (item, Some(item.at.line));
        } else if depth < RESOURCE {
            // Of another section or resource, as a transform may have made it.
            return None;
        } else {
            break;
        }
    }
    line
}

/// How deep a path names its resource: `/Resources/Queue`.
const RESOURCE: usize = 2;

/// A condition, in its long or its short form. What is neither is CloudFormation's to judge.
fn condition(node: &Node) -> Condition {
    let Some((name, argument)) = function(node) else { return Condition::Unknown };
    let all = || argument.items().unwrap_or_default().iter().map(condition).collect();
    match (name, argument.items()) {
        ("Fn::Equals", Some([left, right])) => Condition::Equals(term(left), term(right)),
        ("Fn::And", Some(_)) => Condition::And(all()),
        ("Fn::Or", Some(_)) => Condition::Or(all()),
        ("Fn::Not", Some([one])) => Condition::Not(Box::new(condition(one))),
        ("Condition", None) => {
            argument.text().map_or(Condition::Unknown, |name| Condition::Named(name.into()))
        }
        _ => Condition::Unknown,
    }
}

fn term(node: &Node) -> Term {
    match function(node) {
        Some(("Ref", argument)) => argument.text().map_or(Term::Unknown, |name| Term::Ref(name.into())),
        None => certain_text(node).map_or(Term::Unknown, Term::Text),
        _ => Term::Unknown,
    }
}

/// A scalar as CloudFormation has it; `None` where that depends on how it reads YAML.
fn certain_text(node: &Node) -> Option<String> {
    let [first, others @ ..] = texts(node)?;
    others.iter().all(|other| *other == first).then_some(first)
}

/// A scalar in each way in which CloudFormation may read it.
fn texts(node: &Node) -> Option<[String; READINGS]> {
    let text = node.text()?;
    Some(if is_plain(node) { plain_texts(text) } else { always(text) })
}

/// The same of one without quotes: CloudFormation makes texts of YAML's booleans and numbers.
fn plain_texts(text: &str) -> [String; READINGS] {
    match read_plain(text) {
        Reading::AsWritten => always(text),
        // All parsers have these as a boolean.
        Reading::Becomes(read) if text.eq_ignore_ascii_case(&read) => always(&read),
        Reading::Becomes(read) | Reading::MayBecome(read) => {
            let short = read.strip_suffix(".0").unwrap_or(&read).to_owned();
            [text.to_owned(), read, short]
        }
    }
}

fn always(text: &str) -> [String; READINGS] {
    [text; READINGS].map(str::to_owned)
}

/// Whether it is a scalar without quotes, of which YAML makes what it likes.
fn is_plain(node: &Node) -> bool {
    let is_text = matches!(node.tag.as_deref(), Some("tag:yaml.org,2002:str"));
    !is_text && matches!(node.content, Content::Scalar { style: Style::Plain, .. })
}

/// The intrinsic function that a node calls, by its long name, and its argument.
fn function(node: &Node) -> Option<(&str, &Node)> {
    match (node.tag.as_deref(), node.entries()) {
        (Some(tag), _) => Some((tag, node)),
        (None, Some([entry])) => Some((&entry.key, &entry.value)),
        (None, _) => None,
    }
}

/// Whether it is the long name of a function.
fn is_function(name: &str) -> bool {
    name.starts_with("Fn::") || ["Ref", "Condition"].contains(&name)
}

/// Gives every tag that stands for a function the function's long name.
fn spell_out(node: &mut Node) {
    if let Some(name) = node.tag.as_deref().and_then(long_name) {
        node.tag = Some(name.into());
    }
    match &mut node.content {
        Content::Scalar { .. } => {}
        Content::Sequence { items, .. } => items.iter_mut().for_each(spell_out),
        Content::Mapping { entries, .. } => entries.iter_mut().for_each(|it| spell_out(&mut it.value)),
    }
}

/// A template's tree, in which a tag is the long name of its function. What is meant as JSON is judged by a JSON parser, since YAML takes some of its faults.
pub(crate) fn parse(file: &str, text: &str) -> Result<Parsed, Problem> {
    let in_braces = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let is_json = skydeck_literal::is_json(text) || (in_braces && file.ends_with(".json"));
    let (parsed, language) = if is_json {
        (json::parse(text), "JSON")
    } else {
        (skydeck_yaml::parse_template(text, Anchors::Refused), "YAML")
    };
    let mut parsed = parsed.map_err(|error| Problem {
        file: file.to_owned(),
        at: Some(position(error.at)),
        key: String::new(),
        message: format!("it does not parse as {language}: {}", error.fault),
        hint: format!("correct the {language} there"),
    })?;
    spell_out(&mut parsed.root);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::{line_of, template_meaning};

    const YAML: &str = "\
Resources:
  # The first.
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: q
      Tags:
        - {Key: a, Value: b}
        - Key: c
          Value: d
  Topic: {Type: AWS::SNS::Topic}
";

    #[test]
    fn a_path_leads_to_its_line_as_far_as_it_goes() {
        let json =
            "{\n\t\"Resources\": {\n\t\t\"Queue\": {\n\t\t\t\"Type\": \"AWS::SQS::Queue\"\n\t\t}\n\t}\n}";
        for (text, path, expected) in [
            (YAML, "/Resources/Queue/Properties/QueueName", Some(6)),
            (YAML, "/Resources/Queue/Properties/Tags/1/Value", Some(10)),
            (YAML, "/Resources/Queue/Properties/Tags/0", Some(8)),
            (YAML, "/Resources/Queue", Some(3)),
            (YAML, "Topic", Some(11)),
            // A property that is missing.
            (YAML, "/Resources/Queue/Properties/DelaySeconds", Some(5)),
            (YAML, "/Resources/Topic/Properties/DisplayName", Some(11)),
            // What a transform has made.
            (YAML, "/Resources/Other/Properties/Name", None),
            (YAML, "/Outputs/Url", None),
            (YAML, "", None),
            (YAML, "/", None),
            (json, "/Resources/Queue/Type", Some(4)),
            (json, "/Resources/Queue/Properties/Name", Some(3)),
            ("", "/Resources/Queue", None),
            ("{", "/Resources/Queue", None),
        ] {
            assert_eq!(line_of(text, path), expected, "{path}");
        }
    }

    #[test]
    fn a_template_means_the_same_however_it_is_written() {
        let yaml = "# A remark\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      \
                    QueueName: !Sub '${AWS::StackName}-q'\n      FifoQueue: True\n      DelaySeconds: 5\n\
                    Outputs:\n  Arn: {Value: !GetAtt Queue.Arn}\n  Name: {Value: !Ref Queue}\n";
        let same = [
            // Other quotes, order and remarks.
            "Outputs:\n  Name: {Value: {Ref: Queue}}\n  Arn: {Value: {\"Fn::GetAtt\": [Queue, Arn]}}\nResources:\n  \
             Queue:\n    Properties: {DelaySeconds: '5', FifoQueue: true, QueueName: {'Fn::Sub': \
             \"${AWS::StackName}-q\"}}\n    Type: 'AWS::SQS::Queue'\n",
            &yaml.replace("!GetAtt Queue.Arn", "{'Fn::GetAtt': Queue.Arn}"),
            r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"},
                "FifoQueue": true, "DelaySeconds": 5}}},
                "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}, "Name": {"Value": {"Ref": "Queue"}}}}"#,
        ];
        for text in same {
            assert_eq!(template_meaning(text), template_meaning(yaml), "{text}");
        }
        for (old, new) in [("Delay", "Display"), ("5", "6"), ("!Ref", "!Sub"), ("Queue.Arn", "Queue.Name")] {
            assert_ne!(template_meaning(&yaml.replace(old, new)), template_meaning(yaml), "{old}");
        }
        assert_eq!(template_meaning("{ no template\n\n"), "{ no template");
    }
}
