//! Text to tree, within limits that keep a hostile file from costing more than its size.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use crate::node::{Content, Entry, Mark, Node, Style};

/// The deepest nesting that is read. Real files are far from it, and recursion over a tree is bounded.
pub const MAX_DEPTH: usize = 64;

/// More keys and values than this are no file of ours either: each takes some 200 bytes of memory, however few of the text.
/// 500 stacks in 8 environments with 200 outputs each are 1.7 million.
const MAX_NODES: usize = 4_000_000;

/// Of every so many characters it is remembered where one begins.
const STEP: usize = 64;

/// Why a text is not YAML that this program takes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The place.
    pub at: Mark,
    /// What is wrong there.
    pub fault: Fault,
}

/// What may be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not follow the language's grammar, in the parser's words.
    #[error("{0}")]
    Grammar(String),
    /// It contains a NUL character.
    #[error("it contains a NUL character")]
    Nul,
    /// A second document begins.
    #[error("a second document starts here; only one is allowed")]
    SecondDocument,
    /// A list or a map is a key.
    #[error("a key must be a text")]
    KeyIsNoText,
    /// A key stands in its map already.
    #[error("the key '{0}' stands twice")]
    Repeated(String),
    /// An anchor, like `&name`.
    #[error("anchors (&name) are not allowed")]
    Anchor,
    /// An alias, like `*name`.
    #[error("aliases (*name) are not allowed")]
    Alias,
    /// A tag, like `!name`, in a file that is no template.
    #[error("tags (!name) are not allowed")]
    Tag,
    /// It is nested too deep.
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// It has too many keys and values.
    #[error("it has more than {MAX_NODES} keys and values")]
    TooLarge,
}

/// What becomes of anchors in a template. Without aliases, which are never allowed, they mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchors {
    /// Each is a fault.
    Refused,
    /// They are passed over, as CloudFormation does.
    Ignored,
}

/// A CloudFormation template's text as a tree.
#[derive(Debug)]
pub struct Parsed {
    /// Its topmost node.
    pub root: Node,
    /// The keys that stand once more in their map; in the tree is what the last of them says.
    pub repeated: Vec<Repeated>,
}

/// A key that stands in its map already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Where it stands once more.
    pub at: Mark,
    /// The key.
    pub key: String,
}

/// Parses one document of our own. An empty text is a null node.
///
/// # Errors
/// The first place that is not YAML, or that has what is refused here: anchors, aliases, a second document,
/// a key that is no scalar or stands twice, NUL, tags, too deep a nesting.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    Builder::document(text, Dialect::Own).map(|parsed| parsed.root)
}

/// Parses a CloudFormation template: tags like `!Sub` may stand in it, and of a key that stands twice the last counts, as
/// it does for CloudFormation.
///
/// # Errors
/// See [`parse`].
pub fn parse_template(text: &str, anchors: Anchors) -> Result<Parsed, SyntaxError> {
    Builder::document(text, Dialect::Template(anchors))
}

thread_local! {
    static PARSES: Cell<usize> = const { Cell::new(0) };
}

/// How many texts this thread has parsed so far: what reading and writing cost.
pub fn parses() -> usize {
    PARSES.get()
}

/// What may stand in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Neither tags nor anchors, and no key twice.
    Own,
    /// Tags, and keys that stand twice.
    Template(Anchors),
}

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// Length of what was cut off before `text`.
    bom: usize,
    /// Where each [`STEP`]th character begins, since the library counts characters; `None`: each is a byte.
    offsets: Option<Vec<usize>>,
    /// How many keys and values there were so far.
    nodes: usize,
    dialect: Dialect,
    /// In a template, the keys that stood twice so far.
    repeated: Vec<Repeated>,
}

fn error(at: Mark, fault: Fault) -> SyntaxError {
    SyntaxError { at, fault }
}

fn grammar(at: Mark, message: &str) -> SyntaxError {
    error(at, Fault::Grammar(message.to_owned()))
}

/// From the library's line (from 1) and column (from 0).
fn position(line: usize, column: usize) -> Mark {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Mark { line: number(line.max(1)), column: number(column + 1) }
}

fn start(span: Span) -> Mark {
    position(span.start.line(), span.start.col())
}

impl<'t> Builder<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), SyntaxError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(fault)) => {
                let mark = fault.marker();
                Err(grammar(position(mark.line(), mark.col()), fault.info()))
            }
            None => Err(grammar(position(1, 0), "the text ends too early")),
        }
    }

    fn offset(&self, index: usize) -> usize {
        let offset = match &self.offsets {
            Some(offsets) => offsets.get(index / STEP).and_then(|from| {
                let rest = self.text.get(*from..)?;
                rest.char_indices().nth(index % STEP).map(|(at, _)| from + at)
            }),
            None => Some(index),
        };
        self.bom + offset.map_or(self.text.len(), |offset| offset.min(self.text.len()))
    }

    fn document(text: &'t str, dialect: Dialect) -> Result<Parsed, SyntaxError> {
        PARSES.set(PARSES.get() + 1);
        if let Some(nul) = text.find('\0') {
            let before = &text[..nul];
            let line = before.matches('\n').count();
            let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
            return Err(error(position(line + 1, column), Fault::Nul));
        }
        // The library counts a byte order mark in offsets but not in columns, and not everywhere: cut it off.
        let bom = text.len() - text.trim_start_matches('\u{feff}').len();
        let text = &text[bom..];
        let offsets =
            (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).step_by(STEP).collect());
        let mut builder = Self {
            parser: Parser::new_from_str(text),
            text,
            bom,
            offsets,
            nodes: 0,
            dialect,
            repeated: Vec::new(),
        };
        let root = builder.root()?;
        Ok(Parsed { root, repeated: builder.repeated })
    }

    fn root(&mut self) -> Result<Node, SyntaxError> {
        let nothing = Node {
            content: Content::Scalar { text: String::new(), style: Style::Plain },
            tag: None,
            at: position(1, 0),
            start: self.bom,
            end: self.bom,
        };
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or(nothing)),
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(error(start(span), Fault::SecondDocument));
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, SyntaxError> {
        let at = start(span);
        if depth > MAX_DEPTH {
            return Err(error(at, Fault::TooDeep));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(error(at, Fault::TooLarge));
        }
        let begin = self.offset(span.start.index());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(at, anchor, tag)?;
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let end = match style {
                    Style::Plain if text.is_empty() => begin,
                    Style::Quoted => self.end_of_quoted(begin),
                    Style::Plain => self.offset(span.end.index()),
                    Style::Block => self.end_of_block(begin, self.offset(span.end.index())),
                };
                Ok(Node {
                    content: Content::Scalar { text: text.into_owned(), style },
                    tag,
                    at,
                    start: begin,
                    end,
                })
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = self.tag(at, anchor, tag)?;
                let flow = self.is_flow(span);
                let mut items = Vec::new();
                let end = loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break span.start.index() + 1;
                    }
                    items.push(self.node(event, span, depth + 1)?);
                };
                // The library's span of a closing bracket takes in blanks and a comment behind it.
                let end = if flow { self.offset(end) } else { items.last().map_or(begin, |item| item.end) };
                Ok(Node { content: Content::Sequence { items, flow }, tag, at, start: begin, end })
            }
            Event::MappingStart(anchor, tag) => {
                let tag = self.tag(at, anchor, tag)?;
                let flow = self.is_flow(span);
                let mut entries: Vec<Entry> = Vec::new();
                let mut seen: HashMap<String, usize> = HashMap::new();
                let end = loop {
                    let (event, span) = self.next()?;
                    if event == Event::MappingEnd {
                        break span.start.index() + 1;
                    }
                    let entry = self.entry(event, span, depth)?;
                    match seen.get(&entry.key) {
                        None => {
                            seen.insert(entry.key.clone(), entries.len());
                            entries.push(entry);
                        }
                        Some(_) if self.dialect == Dialect::Own => {
                            return Err(error(entry.key_at, Fault::Repeated(entry.key)));
                        }
                        Some(first) => {
                            self.repeated.push(Repeated { at: entry.key_at, key: entry.key.clone() });
                            entries[*first] = entry;
                        }
                    }
                };
                // A status file is kept for as long as an operation runs.
                entries.shrink_to_fit();
                let end = if flow {
                    self.offset(end)
                } else {
                    entries.last().map_or(begin, |entry| entry.value.end)
                };
                Ok(Node { content: Content::Mapping { entries, flow }, tag, at, start: begin, end })
            }
            Event::Alias(_) => Err(error(at, Fault::Alias)),
            _ => Err(grammar(at, "a value is missing here")),
        }
    }

    fn entry(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Entry, SyntaxError> {
        let key_at = start(span);
        let key_node = self.node(event, span, depth + 1)?;
        let Content::Scalar { text: key, style } = key_node.content else {
            return Err(error(key_at, Fault::KeyIsNoText));
        };
        let (event, span) = self.next()?;
        let mut value = self.node(event, span, depth + 1)?;
        let after_key = self.text.get(key_node.end - self.bom..).unwrap_or_default();
        let colon = after_key.trim_start_matches([' ', '\t']);
        let after_colon = colon
            .starts_with(':')
            .then(|| key_node.end + (after_key.len() - colon.len()) + 1)
            // `? key` may be followed by `: value` on a line of its own: never on this one.
            .filter(|_| !self.is_explicit(key_node.start));
        if value.is_null() && value.start == value.end {
            let place = after_colon.unwrap_or(key_node.end);
            (value.start, value.end) = (place, place);
        }
        let is_quoted = style == Style::Quoted;
        Ok(Entry { key, key_at, key_start: key_node.start, is_quoted, after_colon, value })
    }

    /// Whether a `?` announces the key that starts at this byte.
    fn is_explicit(&self, key_start: usize) -> bool {
        let before = self.text.get(..key_start - self.bom).unwrap_or_default();
        before.trim_end_matches([' ', '\t']).ends_with('?')
    }

    /// The byte after the closing quote, since the library's span takes in blanks and a comment behind it.
    fn end_of_quoted(&self, begin: usize) -> usize {
        let quoted = self.text.get(begin - self.bom..).unwrap_or_default();
        let quote = quoted.bytes().next().unwrap_or_default();
        let mut rest = quoted.bytes().enumerate().skip(1).peekable();
        while let Some((at, byte)) = rest.next() {
            let next_is_quote = rest.peek().is_some_and(|(_, next)| *next == quote);
            if (byte == b'\\' && quote == b'"') || (byte == quote && quote == b'\'' && next_is_quote) {
                rest.next();
            } else if byte == quote {
                return begin + at + 1;
            }
        }
        begin + quoted.len()
    }

    /// The start of the line after a block scalar, since the library's span takes in that line's indentation.
    fn end_of_block(&self, begin: usize, end: usize) -> usize {
        let scalar = self.text.get(begin - self.bom..end - self.bom).unwrap_or_default();
        let whole_lines = scalar.trim_end_matches(' ');
        if whole_lines.ends_with('\n') { begin + whole_lines.len() } else { end }
    }

    fn is_flow(&self, span: Span) -> bool {
        // A block collection's span is empty; a flow collection's is its bracket.
        let at = self.offset(span.end.index()).saturating_sub(self.bom);
        !span.is_empty() && matches!(self.text.as_bytes().get(at.wrapping_sub(1)), Some(b'{' | b'['))
    }

    /// The tag of a node: a template's own as it is written (`!Ref`), YAML's by its whole name. Refuses what may not stand
    /// before one.
    fn tag(
        &self,
        at: Mark,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
    ) -> Result<Option<Box<str>>, SyntaxError> {
        if anchor > 0 && self.dialect != Dialect::Template(Anchors::Ignored) {
            Err(error(at, Fault::Anchor))
        } else if tag.is_some() && self.dialect == Dialect::Own {
            Err(error(at, Fault::Tag))
        } else {
            Ok(tag.map(|tag| format!("{}{}", tag.handle, tag.suffix).into()))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scalars_keep_their_text() {
        let root = parse("a: NO\nb: 1E5\nc: 012345678901\nd: '~'\ne: ~\nf:\ng: >-\n  x\n  y\n").unwrap();
        let texts: Vec<Option<&str>> =
            root.entries().unwrap().iter().map(|entry| entry.value.text()).collect();
        assert_eq!(
            texts,
            [Some("NO"), Some("1E5"), Some("012345678901"), Some("~"), None, None, Some("x y")]
        );
    }

    #[test]
    fn nodes_know_their_bytes_and_places() {
        let text = "\u{feff}ü: [ñ,\n b]\r\nmap:\r\n  key: 'väl'  # c\r\nend:\r\n";
        let root = parse(text).unwrap();
        let slice = |node: &Node| text[node.start..node.end].to_owned();
        let list = root.get("ü").unwrap();
        assert_eq!(slice(list), "[ñ,\n b]");
        assert_eq!(slice(&list.items().unwrap()[1]), "b");
        assert_eq!(list.items().unwrap()[1].at, Mark { line: 2, column: 2 });
        let inner = root.get("map").unwrap();
        assert_eq!(slice(inner), "key: 'väl'");
        assert_eq!(slice(inner.get("key").unwrap()), "'väl'");
        assert_eq!(inner.entry("key").unwrap().key_at, Mark { line: 4, column: 3 });
        let end = root.entry("end").unwrap();
        assert_eq!(&text[..end.after_colon.unwrap()], text.trim_end());
        assert_eq!(root.entry("ü").unwrap().key_at, Mark { line: 1, column: 1 });
    }

    #[test]
    fn what_is_refused_is_told_with_its_place() {
        let deep = "[".repeat(200);
        for (text, at, message) in [
            ("a: 1\na: 2\n", (2, 1), "the key 'a' stands twice"),
            ("a: &x 1\n", (1, 4), "anchors (&name) are not allowed"),
            ("a: 1\nb: *a\n", (2, 4), "while parsing node, found unknown anchor"),
            ("a: &x 1\nb: *x\n", (1, 4), "anchors (&name) are not allowed"),
            ("a: !Sub x\n", (1, 4), "tags (!name) are not allowed"),
            ("a: !!python/object:os.system x\n", (1, 4), "tags (!name) are not allowed"),
            ("a: 1\n---\nb: 2\n", (2, 1), "a second document starts here; only one is allowed"),
            ("[a]: 1\n", (1, 1), "a key must be a text"),
            ("a: b\0\n", (1, 5), "it contains a NUL character"),
            (deep.as_str(), (1, 66), "it is nested deeper than 64 levels"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(
                (error.at.line, error.at.column, error.fault.to_string().as_str()),
                (at.0, at.1, message),
                "{text:?}"
            );
        }
        assert!(parse_template("a: !Sub x\nb: !GetAtt [a, b]\n", Anchors::Refused).is_ok());
        for (anchors, text, expected) in [
            (Anchors::Refused, "a: &x 1\n", Some(Fault::Anchor)),
            (Anchors::Ignored, "a: &x 1\n", None),
            (Anchors::Ignored, "a: &x 1\nb: *x\n", Some(Fault::Alias)),
        ] {
            assert_eq!(parse_template(text, anchors).err().map(|error| error.fault), expected, "{text:?}");
        }
        assert!(parse("").unwrap().is_null());
        assert!(parse("# only a comment\n").unwrap().is_null());
    }

    #[test]
    fn in_a_template_the_last_of_two_keys_counts_and_each_repetition_is_told() {
        let Parsed { root, repeated } =
            parse_template("a: 1\nb: {c: 1, c: 2}\na: !Ref x\na: 3\n", Anchors::Refused).unwrap();
        assert_eq!(root.entries().unwrap().len(), 2);
        assert_eq!(root.get("a").unwrap().text(), Some("3"));
        assert_eq!(root.get("b").unwrap().get("c").unwrap().text(), Some("2"));
        let told: Vec<_> = repeated.iter().map(|it| (it.at.line, it.at.column, it.key.as_str())).collect();
        assert_eq!(told, [(2, 11, "c"), (3, 1, "a"), (4, 1, "a")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn no_text_makes_the_parser_panic(text in "[-a:?#&*!|>'\"%@`{}\\[\\], \t\r\n~0é\u{feff}.]{0,40}") {
            let _ = parse(&text);
            let _ = parse_template(&text, Anchors::Refused);
            let _ = parse_template(&text, Anchors::Ignored);
        }
    }
}
