//! Template text to a tree of texts, lists and maps.
//!
//! CloudFormation treats `5`, `'5'` and `1.10` as texts wherever it hands them on, so the tree has no numbers and no
//! booleans: every scalar keeps the text that the author wrote, but for what YAML 1.1 certainly makes of it where it
//! has no quotes (`yes`, `0x1F`). Short tags become their long form: `!Ref A` is `{Ref: A}`, `!GetAtt A.B` is
//! `{Fn::GetAtt: [A, B]}`. Of a key that stands twice the last counts.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};
use skydeck_literal::{Reading, read_plain};

use super::functions;
use crate::error::{Error, Result};

/// Deeper nesting than any real template has; keeps recursion over the tree bounded.
const MAX_DEPTH: usize = 64;

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

fn not_well_formed(marker: &Marker, what: &str) -> Error {
    Error::format(format_args!(
        "YAML not well-formed. (line {}, column {}) {what}",
        marker.line(),
        marker.col() + 1
    ))
}

/// A list or a map that is still being filled.
enum Open {
    List { tag: Option<String>, items: Vec<Value> },
    Map { tag: Option<String>, entries: Map<String, Value>, key: Option<String> },
}

fn parse_yaml(text: &str) -> Result<Value> {
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Value> = None;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|problem| not_well_formed(problem.marker(), problem.info()))?;
        let marker = span.start;
        let value = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(not_well_formed(&marker, "A template is one document"));
                }
                continue;
            }
            Event::Alias(_) => {
                return Err(Error::function("YAML aliases are not allowed in CloudFormation templates"));
            }
            Event::SequenceStart(_, tag) => {
                let tag = function_tag(tag.as_deref(), &marker)?;
                open.push(Open::List { tag, items: Vec::new() });
                check_depth(&open)?;
                continue;
            }
            Event::MappingStart(_, tag) => {
                let tag = function_tag(tag.as_deref(), &marker)?;
                open.push(Open::Map { tag, entries: Map::new(), key: None });
                check_depth(&open)?;
                continue;
            }
            Event::Scalar(text, style, _, tag) => {
                let is_looked_up = is_in_mappings(&open);
                if let Some(Open::Map { key: key @ None, entries, .. }) = open.last_mut() {
                    if text == "<<" && style == ScalarStyle::Plain {
                        return Err(unsupported_at("The YAML merge key <<", &marker));
                    }
                    let name = match read_plain(&text) {
                        Reading::Becomes(read) if is_looked_up && style == ScalarStyle::Plain => read,
                        _ => text.into_owned(),
                    };
                    entries.shift_remove(&name);
                    *key = Some(name);
                    continue;
                }
                let core_text = tag.as_deref().is_some_and(|tag| tag.is_yaml_core_schema());
                let tag = function_tag(tag.as_deref(), &marker)?;
                let plain = style == ScalarStyle::Plain && !core_text && tag.is_none();
                if plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL") {
                    return Err(if open.is_empty() { unstructured() } else { null_value(&path(&open)) });
                }
                let text = match read_plain(&text) {
                    Reading::Becomes(read) if plain && !is_name(&open) => read,
                    _ => text.into_owned(),
                };
                tagged(tag, Value::String(text))
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List { tag, items }) => tagged(tag, Value::Array(items)),
                Some(Open::Map { tag, entries, .. }) => tagged(tag, whole(entries)),
                None => return Err(not_well_formed(&marker, "Unexpected end")),
            },
        };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(key) => {
                    entries.insert(key, value);
                }
                None => return Err(not_well_formed(&marker, "A key must be a text")),
            },
        }
    }
    root.ok_or_else(unstructured)
}

fn unstructured() -> Error {
    Error::format("unsupported structure.")
}

fn check_depth(open: &[Open]) -> Result<()> {
    if open.len() > MAX_DEPTH { Err(too_deep()) } else { Ok(()) }
}

/// Whether what comes next is the name of a condition, a parameter or a resource, which stays as the key is written.
fn is_name(open: &[Open]) -> bool {
    let at_key = |level: &Open, keys: &[&str]| matches!(level, Open::Map { key: Some(key), .. } if keys.contains(&key.as_str()));
    match open {
        [.., Open::List { tag: Some(tag), items }] if items.is_empty() => tag == "Fn::If",
        [.., outer, Open::List { tag: None, items }] => {
            at_key(outer, &["DependsOn"]) || (items.is_empty() && at_key(outer, &["Fn::If"]))
        }
        [.., level] => at_key(level, &["Ref", "Condition", "DependsOn"]),
        [] => false,
    }
}

/// Whether a key that comes next is one of the mappings, which `Fn::FindInMap` finds by a value.
fn is_in_mappings(open: &[Open]) -> bool {
    matches!(open, [Open::Map { key: Some(section), .. }, _, ..] if section == "Mappings")
}

fn path(open: &[Open]) -> Vec<String> {
    open.iter()
        .map(|level| match level {
            Open::List { items, .. } => items.len().to_string(),
            Open::Map { key, .. } => key.clone().unwrap_or_default(),
        })
        .collect()
}

fn unsupported_at(what: &str, marker: &Marker) -> Error {
    Error::unsupported(what, format!("line {}, column {}", marker.line(), marker.col() + 1))
}

/// The long name of a short tag: `!Sub` is `Fn::Sub`. YAML's own text-like tags mean nothing here.
fn function_tag(tag: Option<&Tag>, marker: &Marker) -> Result<Option<String>> {
    let Some(tag) = tag else { return Ok(None) };
    if tag.is_yaml_core_schema() {
        return match tag.suffix.as_str() {
            "str" | "int" | "float" | "bool" | "seq" | "map" => Ok(None),
            other => Err(unsupported_at(&format!("The YAML tag !!{other}"), marker)),
        };
    }
    let name = match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        other => format!("Fn::{other}"),
    };
    if tag.handle == "!" && functions::is_known(&name) {
        Ok(Some(name))
    } else {
        Err(unsupported_at(&format!("The tag {}{}", tag.handle, tag.suffix), marker))
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
