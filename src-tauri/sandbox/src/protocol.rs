//! The AWS Query protocol: form parameters in, XML out.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use crate::error::{Error, Result};

/// The parameters of one request, or of one structure inside it.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads `a=b&c=d`; what is not UTF-8 is replaced, as browsers do.
    pub(crate) fn parse(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// A text; an empty one counts as absent.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A text that may be empty.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(crate) fn required(&self, key: &str) -> Result<&str> {
        self.text(key).ok_or_else(|| {
            Error::validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: \
                 Member must not be null",
                lower_first(key)
            ))
        })
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.text(key) {
            None => Ok(None),
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(other) => Err(Error::validation(format!("{key} must be true or false, not '{other}'"))),
        }
    }

    /// One of a fixed set of words.
    pub(crate) fn choice(&self, key: &str, words: &[&str]) -> Result<Option<String>> {
        match self.text(key) {
            Some(word) if !words.contains(&word) => Err(Error::validation(format!(
                "1 validation error detected: Value '{word}' at '{}' failed to satisfy constraint: \
                 Member must satisfy enum value set: [{}]",
                lower_first(key),
                words.join(", ")
            ))),
            word => Ok(word.map(str::to_owned)),
        }
    }

    /// `Key.member.1`, `Key.member.2`, … in the order of their numbers.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.members(key).into_values().filter_map(|mut fields| fields.0.remove("")).collect()
    }

    /// Whether the request names this list, even as an empty one (`Tags=`).
    pub(crate) fn has_list(&self, key: &str) -> bool {
        self.0.contains_key(key) || !self.members(key).is_empty()
    }

    /// `Key.member.1.Field`, … as one `Params` per member.
    pub(crate) fn structures(&self, key: &str) -> Vec<Params> {
        self.members(key).into_values().collect()
    }

    /// Whether the request names this structure.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.keys().any(|name| name.split('.').next() == Some(key))
    }

    /// `Key.Field`, … as `Params` of its own.
    pub(crate) fn structure(&self, key: &str) -> Params {
        let prefix = format!("{key}.");
        let fields = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, value)));
        Params(fields.map(|(field, value)| (field.to_owned(), value.clone())).collect())
    }

    /// A whole number between two others, both included.
    pub(crate) fn number(&self, key: &str, least: u32, most: u32) -> Result<Option<u32>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| {
            Error::validation(format!(
                "1 validation error detected: Value '{text}' at '{}' failed to satisfy constraint: Member must \
                 have value between {least} and {most}",
                lower_first(key)
            ))
        })
    }

    fn members(&self, key: &str) -> BTreeMap<u32, Params> {
        let prefix = format!("{key}.member.");
        let mut members: BTreeMap<u32, Params> = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some(rest) = name.strip_prefix(&prefix) else { continue };
            let (number, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(number) = number.parse() {
                members.entry(number).or_default().0.insert(field.to_owned(), value.clone());
            }
        }
        members
    }

    /// The first parameter that is in none of `known` (compared up to the first dot).
    pub(crate) fn unknown(&self, known: &[&str]) -> Option<&str> {
        self.0
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, _)| key.split('.').next().unwrap_or(key))
            .find(|key| !known.contains(key))
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// One XML element: either a text or children.
#[derive(Debug)]
pub(crate) struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), text: String::new(), children: Vec::new() }
    }

    /// One entry of a list.
    pub(crate) fn member() -> Self {
        Self::new("member")
    }

    pub(crate) fn child(mut self, child: Node) -> Self {
        self.children.push(child);
        self
    }

    /// An element with a text in it.
    pub(crate) fn leaf(name: &str, text: impl ToString) -> Self {
        Self { text: text.to_string(), ..Self::new(name) }
    }

    pub(crate) fn text(self, name: &str, text: impl ToString) -> Self {
        self.child(Node::leaf(name, text))
    }

    pub(crate) fn maybe(self, name: &str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(crate) fn time(self, name: &str, time: Option<DateTime<Utc>>) -> Self {
        self.maybe(name, time.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true)))
    }

    pub(crate) fn list(self, name: &str, members: impl IntoIterator<Item = Node>) -> Self {
        let children = members.into_iter().collect();
        self.child(Node { children, ..Node::new(name) })
    }

    pub(crate) fn texts<T: ToString>(self, name: &str, texts: impl IntoIterator<Item = T>) -> Self {
        self.list(name, texts.into_iter().map(|text| Node::leaf("member", text)))
    }

    /// The document with this element as its root.
    pub(crate) fn to_xml(&self, namespace: &str) -> bytes::Bytes {
        let mut writer = Writer::new(Vec::new());
        // Writing to a Vec cannot fail; were it to, the client would see a body that does not parse.
        let _ = self.write(&mut writer, Some(namespace));
        writer.into_inner().into()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>, namespace: Option<&str>) -> std::io::Result<()> {
        let mut start = BytesStart::new(self.name.as_str());
        if let Some(namespace) = namespace {
            start.push_attribute(("xmlns", namespace));
        }
        writer.write_event(Event::Start(start))?;
        if !self.text.is_empty() {
            writer.write_event(Event::Text(BytesText::new(&printable(&self.text))))?;
        }
        for child in &self.children {
            child.write(writer, None)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name.as_str())))
    }
}

/// XML 1.0 has no way to write most control characters.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}',
            c => c,
        })
        .collect()
}

/// One of the services that the sandbox speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    CloudFormation,
    Sts,
    S3,
}

impl Service {
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::CloudFormation => "http://cloudformation.amazonaws.com/doc/2010-05-15/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::S3 => "http://s3.amazonaws.com/doc/2006-03-01/",
        }
    }
}

/// An answer on its way out: HTTP status and XML body.
pub(crate) fn respond(service: Service, action: &str, outcome: Result<Node>) -> http::Response<bytes::Bytes> {
    let request_id = crate::ids::uuid();
    let (status, root) = match outcome {
        Ok(fields) => {
            let result = Node { name: format!("{action}Result"), ..fields };
            let metadata = Node::new("ResponseMetadata").text("RequestId", &request_id);
            (200, Node::new(format!("{action}Response")).child(result).child(metadata))
        }
        Err(error) => {
            let (code, status) = error.code();
            let kind = if status < 500 { "Sender" } else { "Receiver" };
            let fields = Node::new("Error")
                .text("Type", kind)
                .text("Code", code)
                .text("Message", crate::secrets::mask(&error.to_string()));
            (status, Node::new("ErrorResponse").child(fields).text("RequestId", &request_id))
        }
    };
    let mut response = http::Response::new(root.to_xml(service.namespace()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/xml"));
    if let Ok(request_id) = http::HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", request_id);
    }
    response
}
