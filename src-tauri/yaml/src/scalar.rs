//! Values to text, in the style of PyYAML's `safe_dump`, such that YAML 1.1 (PyYAML) and YAML 1.2 read back
//! the same strings.

use std::fmt::Write;

use crate::node::Value;

/// Words that some YAML version reads as a boolean, null or a number, in any case.
const RESERVED: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"];

/// One scalar on one line: plain where every YAML version reads it back as this text, else quoted.
pub(crate) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Whether every YAML version reads it as this text where it stands without quotes. Narrower than YAML: what is quoted
/// without need is still read as the same text.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    let starts_well =
        first.is_ascii_alphabetic() || first == b'/' || (first.is_ascii_digit() && !may_be_number(text));
    starts_well
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" -_./:@+()=".contains(&b))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether it has only characters of which numbers (`1_000`, `0x1F`, `1E5`, `12:30:45`) and times are made.
fn may_be_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit() || b"_.:+- xXoOtTzZ".contains(&b))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            '"' => write!(quoted, "\\\""),
            '\\' => write!(quoted, "\\\\"),
            '\n' => write!(quoted, "\\n"),
            '\r' => write!(quoted, "\\r"),
            '\t' => write!(quoted, "\\t"),
            ' '..='~' => write!(quoted, "{c}"),
            _ => match u32::from(c) {
                code @ 0..=0xFF => write!(quoted, "\\x{code:02X}"),
                code @ 0x100..=0xFFFF => write!(quoted, "\\u{code:04X}"),
                code => write!(quoted, "\\U{code:08X}"),
            },
        };
    }
    quoted.push('"');
    quoted
}

/// The value in one line, for a place inside `{…}` or `[…]`.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| scalar(item)).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null => "null".to_owned(),
        Value::Text(text) => scalar(text),
        Value::Number(number) => number.to_string(),
    }
}

/// Whether `safe_dump` puts it on lines of its own.
pub(crate) fn is_block(value: &Value) -> bool {
    match value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// The lines `key: value` in block style, each ended by `newline`.
pub(crate) fn entry(key: &str, value: &Value, indent: usize, newline: &str) -> String {
    let head = format!("{}{}:", " ".repeat(indent), scalar(key));
    if is_block(value) {
        format!("{head}{newline}{}", block(value, indent, newline))
    } else {
        format!("{head} {}{newline}", flow(value))
    }
}

/// The lines of the value of a key that stands at `indent`.
pub(crate) fn block(value: &Value, indent: usize, newline: &str) -> String {
    match value {
        Value::List(items) => {
            items.iter().map(|item| format!("{}- {}{newline}", " ".repeat(indent), scalar(item))).collect()
        }
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| entry(key, value, indent + 2, newline)).collect()
        }
        _ => String::new(),
    }
}

/// A whole file that holds this map.
pub fn write(map: &Value) -> String {
    match map {
        Value::Map(entries) => entries.iter().map(|(key, value)| entry(key, value, 0, "\n")).collect(),
        other => flow(other) + "\n",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse;

    #[test]
    fn what_some_yaml_reads_as_something_else_is_quoted() {
        for (text, written) in [
            ("DX6604E", "DX6604E"),
            ("live-test-6", "live-test-6"),
            ("10.0.0.0/16", "10.0.0.0/16"),
            ("arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:role/x"),
            ("a b (c)", "a b (c)"),
            ("2025-10-30T00:46:48.258878Z", "'2025-10-30T00:46:48.258878Z'"),
            ("012345678901", "'012345678901'"),
            ("1E5", "'1E5'"),
            ("1_000", "'1_000'"),
            ("12:30:45", "'12:30:45'"),
            ("0x1F", "'0x1F'"),
            ("NO", "'NO'"),
            ("y", "'y'"),
            ("off", "'off'"),
            ("~", "'~'"),
            (".inf", "'.inf'"),
            ("=", "'='"),
            ("<<", "'<<'"),
            ("", "''"),
            (" a", "' a'"),
            ("a ", "'a '"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("a #b", "'a #b'"),
            ("- a", "'- a'"),
            ("it's", "'it''s'"),
            ("{a}", "'{a}'"),
            ("a\nb", "\"a\\nb\""),
            ("ü\u{1F600}", "\"\\xFC\\U0001F600\""),
            ("\u{7f}\0\"\\", "\"\\x7F\\x00\\\"\\\\\""),
        ] {
            assert_eq!(scalar(text), written, "{text:?}");
        }
    }

    #[test]
    fn a_file_has_the_shape_that_safe_dump_gives() {
        let file = Value::map([
            (
                "b",
                Value::map([
                    ("list", Value::List(vec!["x".into(), "1".into()])),
                    ("empty", Value::map::<&str>([])),
                ]),
            ),
            ("a", Value::Null),
            ("c", Value::Number(7)),
            ("d", Value::List(Vec::new())),
        ]);
        assert_eq!(write(&file), "a: null\nb:\n  empty: {}\n  list:\n  - x\n  - '1'\nc: 7\nd: []\n");
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_in_block_and_flow(text in any::<String>(), key in "[a-zA-Z0-9 .:#'-]{1,20}") {
            let value = Value::map([(key.clone(), Value::map([("inner", Value::text(&text))]))]);
            for written in [write(&value), flow(&value)] {
                let node = parse(&written).unwrap();
                prop_assert!(node.holds(&value), "{}", written);
            }
        }
    }
}
