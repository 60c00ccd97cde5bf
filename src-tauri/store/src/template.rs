//! Reads of a CloudFormation template what Skydeck must know: its parameters, its outputs, and what decides which of its
//! resources are there.

use skydeck_model::Problem;
use skydeck_model::condition::{Condition, Term};
use skydeck_model::problem::Position;
use skydeck_model::template::{Ending, TemplateInterface, TemplateParameter, TemplateResource};

use crate::yaml::{self, Content, Entry, Node, Style, Tags};

/// What is looked up or made anew whenever a template with it is deployed, wherever that stands.
const UNSTEADY: [&str; 5] =
    ["Fn::Transform", "!Transform", "AWS::Include", "{{resolve:", "AWS::SSM::Parameter::"];

/// The functions of conditions: as YAML's tags have them, and by their long names.
const SHORT_FORMS: [(&str, &str); 6] = [
    ("!Ref", "Ref"),
    ("!Condition", "Condition"),
    ("!Equals", "Fn::Equals"),
    ("!And", "Fn::And"),
    ("!Or", "Fn::Or"),
    ("!Not", "Fn::Not"),
];

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
    let root = parse(text).map_err(|error| {
        problem(
            Some(error.at),
            "",
            format!("it does not parse: {}", error.message),
            "mend the YAML or JSON there",
        )
    })?;
    if root.entries().is_none() {
        let message = format!("it holds {}, not a CloudFormation template", root.describe());
        return Err(problem(Some(root.at), "", message, "a map with Resources"));
    }
    let section = |name: &str| match root.get(name) {
        None => Ok(&[][..]),
        Some(node) => node.entries().ok_or_else(|| {
            let message = format!("it is {} and not a map", node.describe());
            problem(Some(node.at), name, message, "names with what each of them is")
        }),
    };
    let resources = section("Resources")?;
    if resources.is_empty() {
        return Err(problem(None, "Resources", "it is missing or empty".to_owned(), "at least one resource"));
    }
    let parameters = section("Parameters")?.iter().map(|entry| {
        let no_echo = entry.value.get("NoEcho").and_then(Node::text);
        let default = entry.value.get("Default");
        let certain = default.and_then(certain_text);
        let kind = entry.value.get("Type").and_then(Node::text).unwrap_or_default();
        let parameter = TemplateParameter {
            is_certain: certain.is_some(),
            default: certain.or_else(|| default.map(|node| node.text().unwrap_or_default().to_owned())),
            no_echo: no_echo.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            is_list: kind == "CommaDelimitedList" || kind.contains("List<"),
        };
        (entry.key.clone(), parameter)
    });
    let conditions = section("Conditions")?;
    let conditions = conditions.iter().map(|entry| (entry.key.clone(), condition(&entry.value)));
    Ok(TemplateInterface {
        description: root.get("Description").and_then(Node::text).unwrap_or_default().to_owned(),
        parameters: parameters.collect(),
        conditions: conditions.collect(),
        resource_list: resources.iter().map(resource).collect(),
        steady: root.get("Transform").is_none() && !UNSTEADY.iter().any(|word| text.contains(word)),
        bytes: text.len(),
        outputs: section("Outputs")?.iter().map(|entry| entry.key.clone()).collect(),
    })
}

fn resource(entry: &Entry) -> TemplateResource {
    let text = |field: &str| entry.value.get(field).and_then(Node::text).unwrap_or_default();
    // One that is a function has no text, and is some policy all the same.
    let policy = entry.value.get("DeletionPolicy").map(|policy| policy.text().unwrap_or_default());
    let in_cluster = entry.value.get("Properties").is_some_and(|it| it.get("DBClusterIdentifier").is_some());
    TemplateResource {
        logical_id: entry.key.clone(),
        resource_type: text("Type").to_owned(),
        ending: Ending::of(policy, text("Type"), in_cluster),
        condition: entry.value.get("Condition").and_then(Node::text).map(str::to_owned),
    }
}

/// The line, from 1, to which a path of CloudFormation leads in a template, like `/Resources/Queue/Properties/Tags/0`; a name
/// alone is that of a resource. As far as the path can be followed: what is missing has no line. `None` where not even its
/// beginning is there.
pub fn line_of(text: &str, path: &str) -> Option<u32> {
    let text = text.trim_start_matches('\u{feff}');
    // JSON may be indented with tabs, which YAML does not allow; its own parser tells no places.
    let is_json = text.trim_start().starts_with('{');
    let text = if is_json { text.replace('\t', " ") } else { text.to_owned() };
    let root = yaml::parse(&text, Tags::Allowed).ok()?;
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

/// A scalar as CloudFormation has it: it makes texts of YAML's booleans and numbers. `None` where that depends on the
/// version of YAML.
fn certain_text(node: &Node) -> Option<String> {
    let text = node.text()?;
    let is_plain = matches!(node.content, Content::Scalar { style: Style::Plain, .. });
    let is_number = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        _ if !is_plain => Some(text.to_owned()),
        "true" | "True" | "TRUE" => Some("true".to_owned()),
        "false" | "False" | "FALSE" => Some("false".to_owned()),
        _ => (is_number || yaml::is_plain(text)).then(|| text.to_owned()),
    }
}

/// The intrinsic function that a node calls, by its long name, and its argument.
fn function(node: &Node) -> Option<(&str, &Node)> {
    let long = |tag| SHORT_FORMS.iter().find(|(short, _)| *short == tag).map_or(tag, |(_, long)| *long);
    match (node.tag.as_deref(), node.entries()) {
        (Some(tag), _) => Some((long(tag), node)),
        (None, Some([entry])) => Some((&entry.key, &entry.value)),
        (None, _) => None,
    }
}

/// JSON is nearly YAML; tabs and some escapes are not, so that JSON gets its own parser.
pub(crate) fn parse(text: &str) -> Result<Node, yaml::SyntaxError> {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && let Ok(json) = serde_json::from_str(text.trim_start_matches('\u{feff}'))
    {
        return Ok(from_json(json));
    }
    yaml::parse(text, Tags::Allowed)
}

fn from_json(json: serde_json::Value) -> Node {
    use serde_json::Value as Json;
    // The JSON parser does not tell places.
    let at = Position { line: 1, column: 1 };
    let node = |content| Node { content, tag: None, at, start: 0, end: 0 };
    let scalar = |text: String, style| node(Content::Scalar { text, style });
    match json {
        Json::Null => scalar(String::new(), Style::Plain),
        Json::String(text) => scalar(text, Style::Quoted),
        Json::Bool(_) | Json::Number(_) => scalar(json.to_string(), Style::Plain),
        Json::Array(items) => {
            node(Content::Sequence { items: items.into_iter().map(from_json).collect(), flow: true })
        }
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| Entry {
                key,
                key_at: at,
                key_start: 0,
                after_colon: None,
                value: from_json(value),
            });
            node(Content::Mapping { entries: entries.collect(), flow: true })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

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
}
