//! Sets values inside a text and leaves everything else in it (order, comments, unknown keys, style) as it
//! stands. Edits are checked by parsing their result: one that would change anything else is refused.

use std::collections::BTreeMap;

use crate::node::{Content, Entry, Node, Style, Value};
use crate::parse::parse;
use crate::scalar;

/// A value and its place, a path of keys from the top.
pub type Edit<'e> = (Vec<&'e str>, Value);

/// The text is laid out in a way that this editor does not change safely: the key at which it gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutError(pub String);

/// The text with these values set, one after the other, and its tree. `root` is the tree of `text`. Missing keys are
/// added, at the end of the map that lacks them. A value that is there already keeps its writing.
///
/// However many the edits are, one parse checks them all, unless they get into each other's way.
///
/// # Errors
/// Something on a path is neither a map nor null, or cannot be changed without touching something else.
pub fn set(text: &str, root: &Node, edits: &[Edit<'_>]) -> Result<(String, Node), LayoutError> {
    let mut edited = None;
    let mut left = edits;
    while let Some((first, others)) = left.split_first() {
        let (text, root) = edited.as_ref().map_or((text, root), |(text, root): &(String, Node)| (text, root));
        if let Some(all) = set_together(text, root, left) {
            return Ok(all);
        }
        // An edit of its own may make room for the next ones, as the first key in `{}` does.
        let alone =
            if others.is_empty() { None } else { set_together(text, root, std::slice::from_ref(first)) };
        edited = Some(alone.ok_or_else(|| LayoutError(first.0.join(".")))?);
        left = others;
    }
    Ok(edited.unwrap_or_else(|| (text.to_owned(), root.clone())))
}

/// All edits in one; `None` where they are not right so, though one by one they may be.
fn set_together(text: &str, root: &Node, edits: &[Edit<'_>]) -> Option<(String, Node)> {
    let editor = Editor::new(text);
    let splices = edits.iter().map(|(path, value)| editor.at(root, path, value));
    let edited = spliced(text, splices.collect::<Option<_>>()?)?;
    let result = parse(&edited).ok()?;
    let wanted = edits.iter().map(|(path, value)| (path.as_slice(), value)).collect();
    differs_only_by(Some(root), &result, wanted).then_some((edited, result))
}

/// A part of a text and what is to stand in its place.
struct Splice {
    start: usize,
    end: usize,
    new: String,
}

/// The text with all these parts replaced; `None` where two of them overlap.
fn spliced(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    // What is put in at one place stays in the order in which it came.
    splices.sort_by_key(|splice| (splice.start, splice.end));
    let mut edited =
        String::with_capacity(text.len() + splices.iter().map(|splice| splice.new.len()).sum::<usize>());
    let mut done = 0;
    for Splice { start, end, new } in splices {
        if start < done {
            return None;
        }
        edited.push_str(&text[done..start]);
        edited.push_str(&new);
        done = end;
    }
    edited.push_str(&text[done..]);
    Some(edited)
}

struct Editor<'t> {
    text: &'t str,
    newline: &'static str,
}

impl<'t> Editor<'t> {
    fn new(text: &'t str) -> Self {
        let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        Self { text, newline: if crlf { "\r\n" } else { "\n" } }
    }

    /// What puts the value at the path below this mapping; `None` where the layout does not allow it.
    fn at(&self, mapping: &Node, path: &[&str], value: &Value) -> Option<Splice> {
        let Content::Mapping { entries, flow } = &mapping.content else {
            return None;
        };
        let (key, rest) = path.split_first()?;
        let nested = || {
            rest.iter().rev().fold(value.clone(), |inner, key| Value::Map(vec![((*key).to_owned(), inner)]))
        };
        match entries.iter().find(|entry| entry.key == *key) {
            Some(entry) if rest.is_empty() && entry.value.holds(value) => {
                Some(splice(entry.value.end, entry.value.end, ""))
            }
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

    fn replace_in_flow(&self, entry: &Entry, value: &Value) -> Option<Splice> {
        let start = if entry.value.start == entry.value.end { entry.after_colon? } else { entry.value.start };
        let space = if start == entry.value.start && start != entry.value.end { "" } else { " " };
        Some(splice(start, entry.value.end, format!("{space}{}", scalar::flow(value))))
    }

    fn replace_in_block(&self, entry: &Entry, value: &Value) -> Option<Splice> {
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
            Some(splice(after_colon, tail_end, new))
        } else if on_own_lines || old.start == old.end {
            let new = format!(" {}{head}", scalar::flow(value));
            Some(splice(after_colon, old_end, new))
        } else {
            Some(splice(old.start, old_end, scalar::flow(value)))
        }
    }

    /// After the last entry; at the front where the last has no value that it could be parted from.
    fn add_to_flow(&self, mapping: &Node, key: &str, value: &Value) -> Splice {
        let entry = format!("{}: {}", scalar::scalar(key), scalar::flow(value));
        match mapping.entries().unwrap_or_default() {
            [] => splice(mapping.start + 1, mapping.start + 1, entry),
            [.., last] if last.value.start < last.value.end => {
                splice(last.value.end, last.value.end, format!(", {entry}"))
            }
            _ => splice(mapping.start + 1, mapping.start + 1, format!("{entry}, ")),
        }
    }

    fn add_to_block(&self, entries: &[Entry], key: &str, value: &Value) -> Option<Splice> {
        let (first, last) = (entries.first()?, entries.last()?);
        let lines = scalar::entry(key, value, self.indent(first.key_start)?, self.newline);
        let end = last.value.end;
        if self.text[..end].ends_with('\n') {
            // A block scalar reaches to the start of the next line.
            return Some(splice(end, end, lines));
        }
        let end = self.line_end(end);
        let lines = lines.strip_suffix(self.newline).unwrap_or(&lines);
        Some(splice(end, end, format!("{}{lines}", self.newline)))
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

fn splice(start: usize, end: usize, new: impl Into<String>) -> Splice {
    Splice { start, end, new: new.into() }
}

/// Whether `new` is `old` with these values at their paths and nothing else changed.
fn differs_only_by(old: Option<&Node>, new: &Node, wanted: Vec<(&[&str], &Value)>) -> bool {
    if let [([], value)] = wanted.as_slice() {
        return new.holds(value);
    }
    let mut by_key: BTreeMap<&str, Vec<(&[&str], &Value)>> = BTreeMap::new();
    for (path, value) in wanted {
        // Of two values for one place, or one inside the other, it depends on the order what is right.
        let Some((key, rest)) = path.split_first() else { return false };
        by_key.entry(key).or_default().push((rest, value));
    }
    let Some(new_entries) = new.entries() else { return false };
    let old_entries = old.and_then(Node::entries).unwrap_or_default();
    let is_other = |entry: &&Entry| !by_key.contains_key(entry.key.as_str());
    let same = |(old, new): (&Entry, &Entry)| old.key == new.key && old.value.same_as(&new.value);
    let others = || old_entries.iter().filter(is_other);
    let new_others = || new_entries.iter().filter(is_other);
    others().count() == new_others().count()
        && others().zip(new_others()).all(same)
        && by_key.into_iter().all(|(key, wanted)| {
            let old = old.and_then(|old| old.get(key));
            new.get(key).is_some_and(|new| differs_only_by(old, new, wanted))
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

    fn set_one(before: &str, path: &[&str], value: &Value) -> Result<String, LayoutError> {
        let root = parse(before).unwrap();
        set(before, &root, &[(path.to_vec(), value.clone())]).map(|(after, _)| after)
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
            assert_eq!(set_one(before, &path, &value).as_deref(), Ok(after.as_str()), "{before:?} {path:?}");
        }
    }

    #[test]
    fn what_cannot_be_edited_safely_is_refused() {
        for (before, path) in
            [("? a\n: b\n", "a"), ("a: [b]\n", "a.c"), ("a: b\n", "a.c"), ("[a]\n", "a"), ("- a\n", "a")]
        {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(set_one(before, &path, &text("x")), Err(LayoutError(path.join("."))), "{before:?}");
        }
    }

    #[test]
    fn a_result_in_which_anything_else_differs_is_no_edit() {
        let before = "a: 1\nb: {c: 2, d: 3}\n";
        for (after, is_right) in [
            ("a: new\nb: {c: new, d: 3}\n", true),
            ("a: new\nb: {c: new, d: 3, e: 4}\n", false),
            ("a: new\nb: {c: new}\n", false),
            ("a: new\nb: {c: new, d: 4}\n", false),
            ("a: new\nb: {c: new, d: 3}\nf: 5\n", false),
            ("a: new\nb: {c: 2, d: 3}\n", false),
            ("a: new\nb: new\n", false),
            ("b: {c: new, d: 3}\n", false),
        ] {
            let [old, new] = [before, after].map(|text| parse(text).unwrap());
            let value = text("new");
            let wanted: Vec<(&[&str], &Value)> = vec![(&["a"], &value), (&["b", "c"], &value)];
            let found = differs_only_by(Some(&old), &new, wanted);
            assert_eq!(found, is_right, "{after:?}");
        }
    }

    /// What a tree holds. The order of keys aside: in `{a: 1, c}` a new key stands in front, until `c` has a value.
    fn content(node: &Node) -> serde_json::Value {
        match &node.content {
            Content::Scalar { text, .. } => (!node.is_null()).then_some(text.as_str()).into(),
            Content::Sequence { items, .. } => items.iter().map(content).collect(),
            Content::Mapping { entries, .. } => {
                entries.iter().map(|entry| (entry.key.clone(), content(&entry.value))).collect()
            }
        }
    }

    const TEXTS: &str = "(a|b|c|'a'|\"b\"|: |:|\\{|\\}|\\[|\\]|,|\n|\n  |- |# x|\\||null| |\r\n){0,16}";

    /// Values of a key of the top, with what may stand around them.
    const VALUES: [&str; 14] = [
        "",
        " x",
        " x  # why",
        " {}",
        " {a: 1, b: 2}",
        " {a: 1, b}",
        " {a: {b: x}, c: }",
        " [a]",
        " |\n  x\n",
        " # why\n  a: x",
        "\n  a: |\n    x\n  b: y",
        "\n  a: 1  # one\n\n  # two\n  b:\n    c: x",
        "\n  b: {}\n  c:\n  - x",
        "\n    a:\n      b: x\n      c: y",
    ];

    /// Texts most of which can be edited.
    fn maps() -> impl Strategy<Value = String> {
        let values = proptest::collection::vec(proptest::sample::select(VALUES.as_slice()), 1..4);
        (values, any::<bool>()).prop_map(|(values, crlf)| {
            let lines = ["a", "b", "c"].iter().zip(values).map(|(key, value)| format!("{key}:{value}\n"));
            let text: String = lines.collect();
            if crlf { text.replace('\n', "\r\n") } else { text }
        })
    }

    fn edits() -> impl Strategy<Value = Vec<(String, Value)>> {
        let value = prop_oneof![
            Just(text("new")),
            Just(operation()),
            Just(Value::Null),
            Just(Value::map([("b", text("x"))])),
        ];
        proptest::collection::vec(("[abc](\\.[abc]){0,2}", value), 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn an_edit_of_any_text_is_right_or_refused(
            before in TEXTS,
            path in "[abc](\\.[abc])?",
            block in any::<bool>(),
        ) {
            let path: Vec<&str> = path.split('.').collect();
            let value = if block { operation() } else { text("new") };
            if parse(&before).is_err() {
                return Ok(());
            }
            if let Ok(after) = set_one(&before, &path, &value) {
                let node = parse(&after).unwrap();
                let found = path.iter().try_fold(&node, |node, key| node.get(key)).unwrap();
                prop_assert!(found.holds(&value), "{:?} -> {:?}", before, after);
                prop_assert_eq!(set_one(&after, &path, &value).unwrap(), after);
            }
        }

        #[test]
        fn many_edits_at_once_are_the_same_edits_one_by_one(
            before in prop_oneof![TEXTS.boxed(), maps().boxed()],
            edits in edits(),
        ) {
            let Ok(root) = parse(&before) else { return Ok(()) };
            let edits: Vec<Edit<'_>> =
                edits.iter().map(|(path, value)| (path.split('.').collect(), value.clone())).collect();
            let one_by_one = edits.iter().try_fold(before.clone(), |text, (path, value)| set_one(&text, path, value));
            let at_once = set(&before, &root, &edits);
            let read = |text: &String| content(&parse(text).unwrap());
            prop_assert_eq!(at_once.as_ref().ok().map(|(text, _)| read(text)), one_by_one.as_ref().ok().map(read));
            if let Ok((text, root)) = at_once {
                prop_assert!(root.same_as(&parse(&text).unwrap()));
            }
        }
    }
}
