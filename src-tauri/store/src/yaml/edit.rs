//! Sets a value inside a text and leaves everything else in it (order, comments, unknown keys, style) as it
//! stands. Each edit is checked by parsing its result: one that would change anything else is refused.

use super::node::{Content, Entry, Node, Style, Value};
use super::parse::{SyntaxError, Tags, parse};
use super::scalar;

/// Why a text cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EditError {
    /// It does not parse.
    Syntax(SyntaxError),
    /// It is laid out in a way that this editor does not change safely: the key at which it gave up.
    Layout(String),
}

/// The text with `value` at `path`, a path of keys from the top; missing keys are added, at the end of the map
/// that lacks them. A value that is there already keeps its writing.
///
/// # Errors
/// A text that does not parse, or one in which something on the path is neither a map nor null.
pub(crate) fn set(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let root = parse(text, Tags::Refused).map_err(EditError::Syntax)?;
    let layout = || EditError::Layout(path.join("."));
    let edited = Edit::new(text).at(&root, path, value).ok_or_else(layout)?;
    let result = parse(&edited, Tags::Refused).map_err(|_| layout())?;
    if differs_only_at(&root, &result, path, value) { Ok(edited) } else { Err(layout()) }
}

struct Edit<'t> {
    text: &'t str,
    newline: &'static str,
}

impl<'t> Edit<'t> {
    fn new(text: &'t str) -> Self {
        let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        Self { text, newline: if crlf { "\r\n" } else { "\n" } }
    }

    /// The text with the value at the path below this mapping; `None` where the layout does not allow it.
    fn at(&self, mapping: &Node, path: &[&str], value: &Value) -> Option<String> {
        let Content::Mapping { entries, flow } = &mapping.content else {
            return None;
        };
        let (key, rest) = path.split_first()?;
        let nested = || {
            rest.iter().rev().fold(value.clone(), |inner, key| Value::Map(vec![((*key).to_owned(), inner)]))
        };
        match entries.iter().find(|entry| entry.key == *key) {
            Some(entry) if rest.is_empty() && entry.value.holds(value) => Some(self.text.to_owned()),
            Some(entry)
                if !rest.is_empty() && entry.value.entries().is_some_and(|inner| !inner.is_empty()) =>
            {
                self.at(&entry.value, rest, value)
            }
            Some(entry) if rest.is_empty() || entry.value.is_null() || entry.value.entries().is_some() => {
                if *flow {
                    self.replace_in_flow(entry, &nested())
                } else {
                    self.replace_in_block(entry, &nested())
                }
            }
            Some(_) => None,
            None if *flow => Some(self.add_to_flow(mapping, key, &nested())),
            None => self.add_to_block(entries, key, &nested()),
        }
    }

    fn replace_in_flow(&self, entry: &Entry, value: &Value) -> Option<String> {
        let start = if entry.value.start == entry.value.end { entry.after_colon? } else { entry.value.start };
        let space = if start == entry.value.start && start != entry.value.end { "" } else { " " };
        Some(self.splice(start, entry.value.end, &format!("{space}{}", scalar::flow(value))))
    }

    fn replace_in_block(&self, entry: &Entry, value: &Value) -> Option<String> {
        let after_colon = entry.after_colon?;
        let old = &entry.value;
        // The final newline of a block scalar stays.
        let old_end = after_colon + self.text[after_colon..old.end].trim_end_matches(['\n', '\r']).len();
        let on_own_lines = match &old.content {
            Content::Scalar { style, .. } => *style == Style::Block,
            Content::Sequence { flow, .. } | Content::Mapping { flow, .. } => !flow,
        };
        // What stood between the colon and the old value is kept if it is a comment, i.e. ends its line.
        let head_end = if on_own_lines { self.line_end(after_colon) } else { after_colon };
        let block_scalar = on_own_lines && matches!(old.content, Content::Scalar { .. });
        let head_end = if block_scalar { after_colon } else { head_end };
        let head = &self.text[after_colon..head_end];
        if scalar::is_block(value) {
            let lines = scalar::block(value, self.indent(entry.key_start)?, self.newline);
            let lines = lines.strip_suffix(self.newline).unwrap_or(&lines);
            let tail_end = self.line_end(old_end);
            let tail = &self.text[old_end..tail_end];
            let new = format!("{head}{tail}{}{lines}", self.newline);
            Some(self.splice(after_colon, tail_end, &new))
        } else if on_own_lines || old.start == old.end {
            let new = format!(" {}{head}", scalar::flow(value));
            Some(self.splice(after_colon, old_end, &new))
        } else {
            Some(self.splice(old.start, old_end, &scalar::flow(value)))
        }
    }

    /// After the last entry; at the front where the last has no value that it could be parted from.
    fn add_to_flow(&self, mapping: &Node, key: &str, value: &Value) -> String {
        let entry = format!("{}: {}", scalar::scalar(key), scalar::flow(value));
        match mapping.entries().unwrap_or_default() {
            [] => self.splice(mapping.start + 1, mapping.start + 1, &entry),
            [.., last] if last.value.start < last.value.end => {
                self.splice(last.value.end, last.value.end, &format!(", {entry}"))
            }
            _ => self.splice(mapping.start + 1, mapping.start + 1, &format!("{entry}, ")),
        }
    }

    fn add_to_block(&self, entries: &[Entry], key: &str, value: &Value) -> Option<String> {
        let (first, last) = (entries.first()?, entries.last()?);
        let lines = scalar::entry(key, value, self.indent(first.key_start)?, self.newline);
        let end = last.value.end;
        if self.text[..end].ends_with('\n') {
            // A block scalar reaches to the start of the next line.
            return Some(self.splice(end, end, &lines));
        }
        let end = self.line_end(end);
        let lines = lines.strip_suffix(self.newline).unwrap_or(&lines);
        Some(self.splice(end, end, &format!("{}{lines}", self.newline)))
    }

    fn splice(&self, start: usize, end: usize, new: &str) -> String {
        [&self.text[..start], new, &self.text[end..]].concat()
    }

    /// The end of the line that holds this byte, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }

    /// How far a key is indented; `None` where something else than blanks stands before it.
    fn indent(&self, key_start: usize) -> Option<usize> {
        let line = self.text[..key_start].rsplit(['\n', '\r']).next().unwrap_or_default();
        let line = line.trim_start_matches('\u{feff}');
        line.bytes().all(|b| b == b' ').then_some(line.len())
    }
}

/// Whether `new` is `old` with that value at the path and nothing else changed.
fn differs_only_at(old: &Node, new: &Node, path: &[&str], value: &Value) -> bool {
    let Some((key, rest)) = path.split_first() else {
        return new.holds(value);
    };
    let Some(new_entries) = new.entries() else {
        return false;
    };
    let nothing = [];
    let old_entries = old.entries().unwrap_or(&nothing);
    let others = |entries: &[Entry]| entries.iter().filter(|entry| entry.key != *key).count();
    others(old_entries) == others(new_entries)
        && old_entries
            .iter()
            .filter(|entry| entry.key != *key)
            .all(|entry| new.get(&entry.key).is_some_and(|node| node.same_as(&entry.value)))
        && new.get(key).is_some_and(|node| match old.get(key) {
            Some(old) => differs_only_at(old, node, rest, value),
            None => differs_only_at(node, node, rest, value),
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Value {
        Value::text(text)
    }

    fn operation() -> Value {
        Value::map([("id", text("x")), ("stacks", Value::List(vec!["a".into(), "b".into()]))])
    }

    #[test]
    fn an_edit_changes_its_value_and_nothing_else() {
        let lines = "\n  id: x\n  stacks:\n  - a\n  - b";
        for (before, path, value, after) in [
            ("a: 1\nb: 2\n", "b", text("c"), "a: 1\nb: c\n".to_owned()),
            ("a: 1  # one\nb: 2\n", "a", text("c"), "a: c  # one\nb: 2\n".to_owned()),
            ("a: 'x\n  y'\nb: 2", "a", text("c"), "a: c\nb: 2".to_owned()),
            ("a: 'it''s'  # one's\nb: 2\n", "a", text("c"), "a: c  # one's\nb: 2\n".to_owned()),
            ("a: \"x\\\"\"  # \"\nb: 2\n", "a", text("c"), "a: c  # \"\nb: 2\n".to_owned()),
            ("a: |\n  x\n  y\n\n# note\nb: 2", "a", text("c"), "a: c\n\n# note\nb: 2".to_owned()),
            ("a:\nb: 2", "a", text("c"), "a: c\nb: 2".to_owned()),
            ("a:   # why\nb: 2", "a", text("c"), "a: c   # why\nb: 2".to_owned()),
            ("a: \"x\"\n", "a", text("x"), "a: \"x\"\n".to_owned()),
            ("a: 1\n", "b", text("yes"), "a: 1\nb: 'yes'\n".to_owned()),
            ("a: 1", "b", text("c"), "a: 1\nb: c".to_owned()),
            ("a: 1 # x\n\n# end\n", "b", text("c"), "a: 1 # x\nb: c\n\n# end\n".to_owned()),
            ("a: |\n  x\n", "b", text("c"), "a: |\n  x\nb: c\n".to_owned()),
            ("a:\n", "b", text("c"), "a:\nb: c\n".to_owned()),
            ("---\na: 1\n...\n", "b", text("c"), "---\na: 1\nb: c\n...\n".to_owned()),
            (
                "a: 1\r\nb:\r\n  c: 2\r\nd: 3\r\n",
                "b.e",
                text("f"),
                "a: 1\r\nb:\r\n  c: 2\r\n  e: f\r\nd: 3\r\n".to_owned(),
            ),
            ("\u{feff}a: 1\n", "b", text("c"), "\u{feff}a: 1\nb: c\n".to_owned()),
            // Maps in one line, as PyYAML before 5.1 wrote the innermost ones.
            ("s:\n  n: {e: dev, s: x}\n", "s.n.s", text("v"), "s:\n  n: {e: dev, s: v}\n".to_owned()),
            ("s:\n  n: {e: dev}\n", "s.n.s", text("a, b"), "s:\n  n: {e: dev, s: 'a, b'}\n".to_owned()),
            ("s: {a: 1, }\n", "s.b", text("c"), "s: {a: 1, b: c, }\n".to_owned()),
            ("s: {a: 1, c}\n", "s.b", text("c"), "s: {b: c, a: 1, c}\n".to_owned()),
            ("s:\n  n: {e: }\n", "s.n.e", text("v"), "s:\n  n: {e: v }\n".to_owned()),
            ("{a: 1, s: {}}", "s.k.l", text("v"), "{a: 1, s: {k: {l: v}}}".to_owned()),
            ("{a: 1, o: null}", "o", operation(), "{a: 1, o: {id: x, stacks: [a, b]}}".to_owned()),
            // A map that is empty, missing or null grows in block style.
            ("s: {}\nz: 1\n", "s.k.l", text("v"), "s:\n  k:\n    l: v\nz: 1\n".to_owned()),
            ("s: {}  # none\n", "s.k", text("v"), "s:  # none\n  k: v\n".to_owned()),
            ("s:\nz: 1\n", "s.k", text("v"), "s:\n  k: v\nz: 1\n".to_owned()),
            ("z: 1\n", "s.k", text("v"), "z: 1\ns:\n  k: v\n".to_owned()),
            // null to a map and back.
            ("o: null\nz: 1\n", "o", operation(), format!("o:{lines}\nz: 1\n")),
            ("o: null  # idle\nz: 1\n", "o", operation(), format!("o:  # idle{lines}\nz: 1\n")),
            (
                "o:  # idle\n  id: x\n  stacks:\n  - a\nz: 1\n",
                "o",
                Value::Null,
                "o: null  # idle\nz: 1\n".to_owned(),
            ),
            ("o: {id: x}\nz: 1\n", "o", Value::Null, "o: null\nz: 1\n".to_owned()),
            ("o: {id: y}\nz: 1\n", "o", operation(), format!("o:{lines}\nz: 1\n")),
            ("o:\n  id: y\n  stacks: []\nz: 1\n", "o", operation(), format!("o:{lines}\nz: 1\n")),
            // A remark that was pasted in is part of the value.
            ("s: deployed  ← status\n", "s", text("failed"), "s: failed\n".to_owned()),
        ] {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(set(before, &path, &value).as_deref(), Ok(after.as_str()), "{before:?} {path:?}");
        }
    }

    #[test]
    fn what_cannot_be_edited_safely_is_refused() {
        for (before, path) in
            [("? a\n: b\n", "a"), ("a: [b]\n", "a.c"), ("a: b\n", "a.c"), ("[a]\n", "a"), ("- a\n", "a")]
        {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(set(before, &path, &text("x")), Err(EditError::Layout(path.join("."))), "{before:?}");
        }
        assert!(matches!(set("a: [\n", &["a"], &Value::Null), Err(EditError::Syntax(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn an_edit_of_any_text_is_right_or_refused(
            before in "(a|b|c|'a'|\"b\"|: |:|\\{|\\}|\\[|\\]|,|\n|\n  |- |# x|\\||null| |\r\n){0,16}",
            path in "[abc](\\.[abc])?",
            block in any::<bool>(),
        ) {
            let path: Vec<&str> = path.split('.').collect();
            let value = if block { operation() } else { text("new") };
            if let Ok(after) = set(&before, &path, &value) {
                let node = parse(&after, Tags::Refused).unwrap();
                let found = path.iter().try_fold(&node, |node, key| node.get(key)).unwrap();
                prop_assert!(found.holds(&value), "{:?} -> {:?}", before, after);
                prop_assert_eq!(set(&after, &path, &value).unwrap(), after);
            }
        }
    }
}
