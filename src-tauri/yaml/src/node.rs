//! The tree that a text is parsed to, and the values that are written.

/// A place in a text, as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// One node of a parsed text.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// What is written before it, as `!Ref` is.
    pub tag: Option<Box<str>>,
    /// Where it begins, for people.
    pub at: Mark,
    /// Its bytes in the text. A block collection ends where its last child ends; a block scalar (`|`, `>`)
    /// begins after its header line; an absent value is the empty range after its key's colon.
    pub start: usize,
    /// See `start`.
    pub end: usize,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A text, a number, a boolean or null.
    Scalar {
        /// Its text, without quotes.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence {
        /// Its items.
        items: Vec<Node>,
        /// Whether it is written in brackets.
        flow: bool,
    },
    /// A map.
    Mapping {
        /// Its entries, in the order of the text.
        entries: Vec<Entry>,
        /// Whether it is written in braces.
        flow: bool,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key begins, for people.
    pub key_at: Mark,
    /// The byte at which the key begins.
    pub key_start: usize,
    /// Whether the key stands in quotes.
    pub is_quoted: bool,
    /// The byte after the colon; `None` for the rare forms without one there (`? key`, `{key}`).
    pub after_colon: Option<usize>,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The scalar's text; `None` for null and for collections.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether YAML 1.1 and 1.2 read it as null.
    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, style: Style::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Sequence { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The value at a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry at a key of a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// What it is, in words.
    pub fn describe(&self) -> &'static str {
        match &self.content {
            _ if self.is_null() => "nothing",
            Content::Scalar { .. } => "a text",
            Content::Sequence { .. } => "a list",
            Content::Mapping { .. } => "a map",
        }
    }

    /// Whether both hold the same, however it is written and wherever it stands.
    pub fn same_as(&self, other: &Node) -> bool {
        self.tag == other.tag && self.has_content_of(other)
    }

    fn has_content_of(&self, other: &Node) -> bool {
        match (&self.content, &other.content) {
            (Content::Scalar { text, .. }, Content::Scalar { text: other_text, .. }) => {
                self.is_null() == other.is_null() && (self.is_null() || text == other_text)
            }
            (Content::Sequence { items, .. }, Content::Sequence { items: others, .. }) => {
                items.len() == others.len() && items.iter().zip(others).all(|(a, b)| a.same_as(b))
            }
            (Content::Mapping { entries, .. }, Content::Mapping { entries: others, .. }) => {
                entries.len() == others.len()
                    && entries.iter().zip(others).all(|(a, b)| a.key == b.key && a.value.same_as(&b.value))
            }
            _ => false,
        }
    }

    /// Whether it holds that value.
    pub fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Null => self.is_null(),
            Value::Text(text) => self.text() == Some(text),
            Value::Number(number) => self.text() == Some(number.to_string().as_str()),
            Value::List(texts) => self.items().is_some_and(|items| {
                items.len() == texts.len()
                    && items.iter().zip(texts).all(|(item, text)| item.text() == Some(text))
            }),
            Value::Map(wanted) => self.entries().is_some_and(|entries| {
                entries.len() == wanted.len()
                    && wanted.iter().all(|(key, value)| self.get(key).is_some_and(|node| node.holds(value)))
            }),
        }
    }
}

/// A value to be written. The keys of a map stand in the order in which they are to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// A text, which is read back as a text.
    Text(String),
    /// A number.
    Number(u32),
    /// A list of texts.
    List(Vec<String>),
    /// A map.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A map with its keys sorted, as PyYAML's `safe_dump` writes them.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let mut entries: Vec<(String, Value)> =
            entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::Map(entries)
    }
}
