//! JSON as a tree with places. The JSON parser itself tells values from each other; where each stands is told by the part of
//! the text that it was read from.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use skydeck_yaml::{Content, Entry, Fault, MAX_DEPTH, Mark, Node, Parsed, Repeated, Style, SyntaxError};

/// Parses JSON. Of a key that stands twice in an object the last counts.
///
/// # Errors
/// The first place that is not JSON, in the JSON parser's words, or that is nested too deep.
pub(crate) fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let text = &text[bom..];
    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    let lines = std::iter::once(0).chain(breaks).collect();
    let mut reader = Reader { text, bom, lines, repeated: Vec::new() };
    // As a whole first, so that its own places count.
    serde_json::from_str::<serde_json::Value>(reader.text).map_err(|error| reader.fault(0, &error))?;
    let raw = serde_json::from_str::<&RawValue>(reader.text).map_err(|error| reader.fault(0, &error))?;
    let root = reader.node(raw.get(), 0)?;
    Ok(Parsed { root, repeated: reader.repeated })
}

struct Reader<'t> {
    text: &'t str,
    /// Length of what was cut off before it.
    bom: usize,
    /// Where each line begins.
    lines: Vec<usize>,
    repeated: Vec<Repeated>,
}

/// The entries of an object, in their order, also those of a key that stands twice.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl<'t> Reader<'t> {
    /// The tree of a part of the text.
    fn node(&mut self, raw: &'t str, depth: usize) -> Result<Node, SyntaxError> {
        let start = self.offset(raw);
        let at = self.position(start);
        if depth > MAX_DEPTH {
            return Err(SyntaxError { at, fault: Fault::TooDeep });
        }
        let content = match raw.as_bytes().first() {
            Some(b'{') => {
                let Entries(all) = self.read(raw, start)?;
                Content::Mapping { entries: self.entries(all, depth)?, flow: true }
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = self.read(raw, start)?;
                let items = items.into_iter().map(|item| self.node(item.get(), depth + 1));
                Content::Sequence { items: items.collect::<Result<_, _>>()?, flow: true }
            }
            Some(b'"') => Content::Scalar { text: self.read(raw, start)?, style: Style::Quoted },
            _ => {
                let text = if raw == "null" { String::new() } else { raw.to_owned() };
                Content::Scalar { text, style: Style::Plain }
            }
        };
        let start = self.bom + start;
        Ok(Node { content, tag: None, at, start, end: start + raw.len() })
    }

    fn entries(&mut self, all: Vec<(String, &'t RawValue)>, depth: usize) -> Result<Vec<Entry>, SyntaxError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashMap::new();
        for (key, raw) in all {
            let value = self.node(raw.get(), depth + 1)?;
            let key_start = self.key_before(value.start - self.bom);
            let key_at = self.position(key_start);
            let entry = Entry {
                key: key.clone(),
                key_at,
                key_start: self.bom + key_start,
                is_quoted: true,
                after_colon: None,
                value,
            };
            match seen.get(&key) {
                Some(first) => {
                    self.repeated.push(Repeated { at: key_at, key });
                    entries[*first] = entry;
                }
                None => {
                    seen.insert(key, entries.len());
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    fn read<T: Deserialize<'t>>(&self, raw: &'t str, start: usize) -> Result<T, SyntaxError> {
        serde_json::from_str(raw).map_err(|error| self.fault(start, &error))
    }

    /// Where a part of the text begins in it.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// Where the key of a value begins.
    fn key_before(&self, value: usize) -> usize {
        let before = self.text[..value].trim_end().trim_end_matches(':').trim_end();
        let inside = before.strip_suffix('"').unwrap_or(before);
        let is_escaped = |at: usize| {
            let slashes = inside[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
            slashes % 2 == 1
        };
        inside.rmatch_indices('"').map(|(at, _)| at).find(|at| !is_escaped(*at)).unwrap_or(value)
    }

    fn position(&self, offset: usize) -> Mark {
        let line = self.lines.partition_point(|begin| *begin <= offset).max(1);
        let begin = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(begin..offset).map_or(0, |before| before.chars().count()) + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Mark { line: number(line), column: number(column) }
    }

    /// A fault in the part of the text that begins at `start`, in the JSON parser's words.
    fn fault(&self, start: usize, error: &serde_json::Error) -> SyntaxError {
        let part = self.text.get(start..).unwrap_or_default();
        let line_start =
            part.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        // Its columns count bytes from 1; behind a line break it is 0.
        let mut offset = (start + line_start + error.column().saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let told = error.to_string();
        let message = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message);
        let message = match &self.text.as_bytes()[offset..] {
            [b'/', b'/' | b'*', ..] | [b'#', ..] => "a comment stands here, and JSON has none",
            _ => message,
        };
        SyntaxError { at: self.position(offset), fault: Fault::Grammar(message.to_owned()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_places_and_the_last_of_two_keys_counts() {
        let text = "\u{feff}{\n  \"ä\\\"x\" : [1,\n\t\"b\\/\\ud83d\\ude00\"],\n  \"k\": {\"a\": 1.50, \"a\": null}\n}";
        let Parsed { root, repeated } = parse(text).unwrap();
        let list = root.entry("ä\"x").unwrap();
        assert_eq!((list.key_at, list.value.at), (Mark { line: 2, column: 3 }, Mark { line: 2, column: 12 }));
        let items = list.value.items().unwrap();
        assert_eq!((items[1].text(), items[1].at), (Some("b/😀"), Mark { line: 3, column: 2 }));
        assert!(root.get("k").unwrap().get("a").unwrap().is_null());
        assert_eq!(repeated, [Repeated { at: Mark { line: 4, column: 20 }, key: "a".to_owned() }]);
    }

    #[test]
    fn faults_are_told_in_the_words_and_at_the_place_of_a_json_parser() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        for (text, line, column, message) in [
            ("{\n // hello\n \"a\": 1}", 2, 2, "a comment stands here, and JSON has none"),
            ("{\"a\": /* x */ 1}", 1, 7, "a comment stands here, and JSON has none"),
            ("{\"a\": 1 # x\n}", 1, 9, "a comment stands here, and JSON has none"),
            ("{\"ä\": 1,}", 1, 9, "trailing comma"),
            ("{\"a\": [1, ]}", 1, 11, "trailing comma"),
            ("{\"a\": 1}\n}", 2, 1, "trailing characters"),
            ("{\"a\" 1}", 1, 6, "expected `:`"),
            ("{\"a\": 'b'}", 1, 7, "expected value"),
            ("{\"a\": 1\n", 2, 1, "EOF while parsing an object"),
            ("{\n \"a\": 1,\n\n \"b\": \"\\ud83d\"}", 4, 14, "unexpected end of hex escape"),
            (deep.as_str(), 1, 66, "it is nested deeper than 64 levels"),
        ] {
            let SyntaxError { at, fault } = parse(text).unwrap_err();
            assert_eq!(
                (at.line, at.column, fault.to_string().as_str()),
                (line, column, message),
                "{text:.20}"
            );
        }
    }
}
