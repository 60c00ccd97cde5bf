//! Template text to a tree of texts, lists and maps.
//!
//! CloudFormation treats `5`, `'5'` and `1.10` as texts wherever it hands them on, so the tree has no numbers and no
//! booleans: every scalar keeps the text that the author wrote, but for what YAML 1.1 certainly makes of it where it
//! has no quotes (`yes`, `0x1F`). Short tags become their long form: `!Ref A` is `{Ref: A}`, `!GetAtt A.B` is
//! `{Fn::GetAtt: [A, B]}`. Of a key that stands twice the last counts.

use serde_json::{Map, Value, json};
use skydeck_literal::{Reading, long_name, read_plain};
use skydeck_yaml::{Anchors, Content, Entry, Fault, MAX_DEPTH, Mark, Node, Style, SyntaxError};

use super::functions;
use crate::error::{Error, Result};

/// Reads YAML or JSON.
pub(crate) fn parse(text: &str) -> Result<Value> {
    if !skydeck_literal::is_json(text) {
        return parse_yaml(text);
    }
    let value = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).map_err(|problem| {
        let (line, column) = (problem.line(), problem.column());
        Error::format(format_args!("JSON not well-formed. (line {line}, column {column})"))
    })?;
    texts(value, &mut Vec::new())
}

/// Turns JSON's numbers and booleans into texts.
fn texts(value: Value, path: &mut Vec<String>) -> Result<Value> {
    if path.len() > MAX_DEPTH {
        return Err(too_deep());
    }
    Ok(match value {
        Value::Null => return Err(null_value(path)),
        Value::Bool(truth) => Value::String(truth.to_string()),
        Value::Number(number) => Value::String(number.to_string()),
        Value::String(text) => Value::String(text),
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                path.push(index.to_string());
                list.push(texts(item, path)?);
                path.pop();
            }
            Value::Array(list)
        }
        Value::Object(entries) => {
            let mut map = Map::new();
            for (key, item) in entries {
                path.push(key.clone());
                let item = texts(item, path)?;
                path.pop();
                map.insert(key, item);
            }
            whole(map)
        }
    })
}

fn null_value(path: &[String]) -> Error {
    Error::format(format_args!("[/{}] 'null' values are not allowed in templates", path.join("/")))
}

fn too_deep() -> Error {
    Error::format(format_args!("the template is nested more than {MAX_DEPTH} levels deep"))
}

fn parse_yaml(text: &str) -> Result<Value> {
    let parsed = skydeck_yaml::parse_template(text, Anchors::Ignored).map_err(not_taken)?;
    if parsed.root.is_null() && parsed.root.tag.is_none() {
        return Err(Error::format("unsupported structure."));
    }
    value(&parsed.root, &mut Vec::new())
}

/// Why a text is no YAML that CloudFormation takes, in its words.
fn not_taken(SyntaxError { at, fault }: SyntaxError) -> Error {
    let what = match fault {
        Fault::Alias => {
            return Error::function("YAML aliases are not allowed in CloudFormation templates");
        }
        Fault::TooDeep => return too_deep(),
        Fault::SecondDocument => "A template is one document".to_owned(),
        Fault::KeyIsNoText => "A key must be a text".to_owned(),
        other => other.to_string(),
    };
    Error::format(format_args!("YAML not well-formed. (line {}, column {}) {what}", at.line, at.column))
}

/// One step on the way from the top to a node.
enum Step<'n> {
    /// To the value of a key.
    Key(&'n str),
    /// To an item of a list, which may be the argument of a function in its short form.
    Item { place: usize, function: Option<String> },
}

/// The value of a node, and all below it. `path` leads to it.
fn value<'n>(node: &'n Node, path: &mut Vec<Step<'n>>) -> Result<Value> {
    let function = function_tag(node)?;
    let plain = match &node.content {
        Content::Scalar { text, style } => {
            let is_plain = *style == Style::Plain && node.tag.is_none();
            if is_plain && node.is_null() {
                return Err(null_value(&names(path)));
            }
            match read_plain(text) {
                Reading::Becomes(read) if is_plain && !is_name(path) => Value::String(read),
                _ => Value::String(text.clone()),
            }
        }
        Content::Sequence { items, .. } => {
            let mut list = Vec::with_capacity(items.len());
            for (place, item) in items.iter().enumerate() {
                path.push(Step::Item { place, function: function.clone() });
                list.push(value(item, path)?);
                path.pop();
            }
            Value::Array(list)
        }
        Content::Mapping { entries, .. } => {
            let mut map = Map::new();
            for entry in entries {
                let key = key(entry, path)?;
                path.push(Step::Key(&entry.key));
                map.insert(key, value(&entry.value, path)?);
                path.pop();
            }
            whole(map)
        }
    };
    Ok(tagged(function, plain))
}

/// The key of an entry. One in the mappings is found by a value, and so is read as one.
fn key(entry: &Entry, path: &[Step<'_>]) -> Result<String> {
    let is_plain = !entry.is_quoted;
    if is_plain && entry.key == "<<" {
        return Err(unsupported_at("The YAML merge key <<", entry.key_at));
    }
    Ok(match read_plain(&entry.key) {
        Reading::Becomes(read) if is_plain && matches!(path, [Step::Key("Mappings"), ..]) => read,
        _ => entry.key.clone(),
    })
}

/// Whether the node there is the name of a condition, a parameter or a resource, which stays as the key is written.
fn is_name(path: &[Step<'_>]) -> bool {
    match path {
        [.., Step::Item { place: 0, function: Some(function) }] => function == "Fn::If",
        [.., Step::Key(outer), Step::Item { place, function: None }] => {
            *outer == "DependsOn" || (*place == 0 && *outer == "Fn::If")
        }
        [.., Step::Key(key)] => ["Ref", "Condition", "DependsOn"].contains(key),
        _ => false,
    }
}

fn names(path: &[Step<'_>]) -> Vec<String> {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => (*key).to_owned(),
            Step::Item { place, .. } => place.to_string(),
        })
        .collect()
}

fn unsupported_at(what: &str, Mark { line, column }: Mark) -> Error {
    Error::unsupported(what, format!("line {line}, column {column}"))
}

/// The function that a node calls in its short form. YAML's own text-like tags mean nothing here.
fn function_tag(node: &Node) -> Result<Option<String>> {
    let Some(tag) = node.tag.as_deref() else { return Ok(None) };
    if let Some(own) = tag.strip_prefix("tag:yaml.org,2002:") {
        return match own {
            "str" | "int" | "float" | "bool" | "seq" | "map" => Ok(None),
            other => Err(unsupported_at(&format!("The YAML tag !!{other}"), node.at)),
        };
    }
    match long_name(tag).filter(|name| functions::is_known(name)) {
        Some(name) => Ok(Some(name.into_owned())),
        None => Err(unsupported_at(&format!("The tag {tag}"), node.at)),
    }
}

/// A map that is read to its end: `{Fn::GetAtt: A.B}` means the same as `!GetAtt A.B`.
fn whole(entries: Map<String, Value>) -> Value {
    match entries.get("Fn::GetAtt") {
        Some(Value::String(text)) if entries.len() == 1 => get_att(text),
        _ => Value::Object(entries),
    }
}

fn get_att(text: &str) -> Value {
    match text.split_once('.') {
        Some((resource, attribute)) => json!({"Fn::GetAtt": [resource, attribute]}),
        None => json!({"Fn::GetAtt": text}),
    }
}

fn tagged(tag: Option<String>, value: Value) -> Value {
    match (tag.as_deref(), value) {
        (None, value) => value,
        (Some("Fn::GetAtt"), Value::String(text)) => get_att(&text),
        (Some(function), value) => Value::Object(Map::from_iter([(function.to_owned(), value)])),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_texts_as_yaml_1_1_reads_them() {
        let cases = [
            ("a: 012345678901", "012345678901"),
            ("a: 1.10", "1.10"),
            ("a: 1E5", "1E5"),
            ("a: 2012-10-17", "2012-10-17"),
            ("a: yes", "true"),
            ("a: 'yes'", "yes"),
            ("a: !!str yes", "yes"),
            ("a: off", "false"),
            ("a: 012345670123", "1402433619"),
            ("a: 1_000", "1000"),
            ("a: 12:30:45", "45045"),
            ("a: 0o17", "0o17"),
            ("a: 1\na: 2", "2"),
            ("a: &x 1", "1"),
            ("\u{feff}a: 1", "1"),
            ("a: !<tag:yaml.org,2002:int> 0x1F", "0x1F"),
            ("{\"a\": 1, \"a\": 2}", "2"),
            ("a: True", "true"),
            ("a: 'null'", "null"),
            ("a: !!str null", "null"),
            ("a: 0x10", "16"),
            ("{\"a\": 5}", "5"),
            ("{\"a\": true}", "true"),
            ("{\"a\": \"\\ud83d\\ude00\"}", "😀"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap()["a"], json!(expected), "{text}");
        }
    }

    #[test]
    fn names_stay_as_the_keys_that_they_name() {
        let text = "Conditions: {No: x}\na: !If [No, yes, off]\nb: {Ref: On}\nc: {'Fn::If': [No, 1, 2]}\nd: {Condition: No}";
        let expected = json!({
            "Conditions": {"No": "x"},
            "a": {"Fn::If": ["No", "true", "false"]},
            "b": {"Ref": "On"},
            "c": {"Fn::If": ["No", "1", "2"]},
            "d": {"Condition": "No"},
        });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn the_keys_of_mappings_are_read_as_what_looks_them_up() {
        let text = "Mappings: {No: {012345670123: {yes: 0x1F}, 'on': {a: b}}}\nR: {yes: 1, a: !FindInMap [No, 012345670123, yes]}";
        let expected = json!({
            "Mappings": {"false": {"1402433619": {"true": "31"}, "on": {"a": "b"}}},
            "R": {"yes": "1", "a": {"Fn::FindInMap": ["false", "1402433619", "true"]}},
        });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn short_tags_become_their_long_form() {
        let cases = [
            ("a: !Ref B", json!({"Ref": "B"})),
            ("a: !GetAtt B.Endpoint.Port", json!({"Fn::GetAtt": ["B", "Endpoint.Port"]})),
            ("a: !GetAtt [B, Arn]", json!({"Fn::GetAtt": ["B", "Arn"]})),
            ("a: {'Fn::GetAtt': B.Endpoint.Port}", json!({"Fn::GetAtt": ["B", "Endpoint.Port"]})),
            ("{\"a\": {\"Fn::GetAtt\": \"B.Arn\"}}", json!({"Fn::GetAtt": ["B", "Arn"]})),
            ("a: {'Fn::GetAtt': B}", json!({"Fn::GetAtt": "B"})),
            ("a: !Join ['-', [x, !Ref B]]", json!({"Fn::Join": ["-", ["x", {"Ref": "B"}]]})),
            ("a: !Sub\n  - '${X}'\n  - X: 1", json!({"Fn::Sub": ["${X}", {"X": "1"}]})),
            ("a: !Select [0, !GetAZs '']", json!({"Fn::Select": ["0", {"Fn::GetAZs": ""}]})),
            ("a: !Not [!Condition B]", json!({"Fn::Not": [{"Condition": "B"}]})),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap()["a"], expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_template_text_is_refused_with_its_place() {
        let deep = "[".repeat(100);
        let cases = [
            ("", "Template format error: unsupported structure."),
            ("{\"a\": }", "JSON not well-formed. (line 1, column 7)"),
            ("a: [1", "YAML not well-formed. (line "),
            ("{\n // hello\n \"a\": 1}", "JSON not well-formed. (line 2, column 2)"),
            ("{\"a\": 1,}", "JSON not well-formed. (line 1, column 9)"),
            ("a:\n  b:", "[/a/b] 'null' values are not allowed in templates"),
            ("{\"a\": [null]}", "[/a/0] 'null' values are not allowed in templates"),
            ("a: &x 1\nb: *x", "YAML aliases are not allowed"),
            ("a: b\0", "YAML not well-formed. (line 1, column 5)"),
            ("a:\n- !Foo b", "The tag !Foo at line 2, column 3 is not supported"),
            ("a: !If [b, [~, c], d]", "[/a/1/0] 'null' values are not allowed in templates"),
            ("a: !Transform {Name: x}", "The tag !Transform at line 1, column 4 is not supported"),
            ("a: !!binary aGk=", "The YAML tag !!binary at line 1"),
            ("a: {<<: {b: 1}}", "The YAML merge key << at line 1"),
            ("a: 1\n---\nb: 2", "A template is one document"),
            ("? [a]\n: b", "A key must be a text"),
            (deep.as_str(), "nested more than 64 levels"),
        ];
        for (text, expected) in cases {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:.20}: {message}");
        }
    }
}
