//! Texts that a CloudFormation template makes with its functions, as far as they can be told before CloudFormation is
//! asked (AWS CloudFormation User Guide, "Intrinsic function reference").

use std::collections::BTreeMap;

use crate::template::TemplateInterface;

/// What a template writes in place of a text or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A text as it stands.
    Text(String),
    /// A text that is read in one of several ways, which of them only CloudFormation can tell.
    Doubtful(Box<[String; READINGS]>),
    /// A list.
    List(Vec<Expression>),
    /// `Ref`: a parameter, a pseudo parameter or a resource.
    Ref(String),
    /// `Fn::Sub`, with the variables of its own.
    Sub(String, BTreeMap<String, Expression>),
    /// `Fn::Join`: what stands between the items, and the list.
    Join(String, Box<Expression>),
    /// `Fn::Split`: where to cut, and the text.
    Split(String, Box<Expression>),
    /// `Fn::Select`: the index, and the list.
    Select(Box<Expression>, Box<Expression>),
    /// `Fn::FindInMap`: the map and its two keys.
    FindInMap(Box<[Expression; 3]>),
    /// `Fn::If`: the condition's name, and what stands there if it holds and if it does not.
    If(String, Box<Expression>, Box<Expression>),
    /// What only CloudFormation can tell.
    Unknown,
}

/// In how many ways a text may be read: as it is written, as YAML 1.1 has it, and as most parsers of it do.
pub const READINGS: usize = 3;

/// A template's `Mappings`: map, first key, second key.
pub type Mappings = BTreeMap<String, BTreeMap<String, BTreeMap<String, Expression>>>;

/// Longer than any name, for a text and for a list with all its items; it keeps what is made of itself again and again within
/// bounds. What is longer is not certain.
const LONGEST: usize = 4_096;

/// What CloudFormation or a macro puts in when the template is deployed.
const FILLED_IN_LATER: [&str; 2] = ["{{resolve:", "&{"];

/// A value that is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Text(String),
    List(Vec<String>),
}

/// What a template's names stand for in one stack.
pub struct Scope<'a> {
    template: &'a TemplateInterface,
    values: BTreeMap<String, String>,
    truths: BTreeMap<&'a str, bool>,
    /// In which of the ways it reads what is doubtful: the same everywhere, as one parser reads all templates.
    reading: usize,
}

impl<'a> Scope<'a> {
    /// A scope of a template. `values`: the parameters and pseudo parameters of which it is certain what they stand for.
    pub fn new(template: &'a TemplateInterface, values: BTreeMap<String, String>) -> Self {
        let truths = template.truths(&|name| values.get(name).cloned());
        Self { template, values, truths, reading: 0 }
    }

    /// Has it read what is doubtful in another way, of the first to the last of [`READINGS`].
    pub fn read_as(&mut self, reading: usize) {
        self.reading = reading;
    }

    /// Whether a condition holds; `None`: that is not certain.
    pub fn holds(&self, condition: &str) -> Option<bool> {
        self.truths.get(condition).copied()
    }

    /// The text that an expression makes; `None`: that is not certain, or it makes no text.
    pub fn text(&self, expression: &Expression) -> Option<String> {
        match self.known(expression)? {
            Known::Text(text) => Some(text),
            Known::List(_) => None,
        }
    }

    fn list(&self, expression: &Expression) -> Option<Vec<String>> {
        match self.known(expression)? {
            Known::List(items) => Some(items),
            Known::Text(_) => None,
        }
    }

    fn known(&self, expression: &Expression) -> Option<Known> {
        match expression {
            Expression::Text(text) => certain(text.clone()),
            Expression::Doubtful(readings) => certain(readings.get(self.reading)?.clone()),
            Expression::List(items) => {
                let mut list = Vec::new();
                let mut room = LONGEST;
                for item in items {
                    let item = self.text(item)?;
                    room = room.checked_sub(item.len() + 1)?;
                    list.push(item);
                }
                Some(Known::List(list))
            }
            Expression::Ref(name) => self.reference(name),
            Expression::Sub(text, own) => self.sub(text, own).and_then(certain),
            Expression::Join(between, list) => {
                let list = self.list(list)?;
                let length = list.len().saturating_sub(1).saturating_mul(between.len());
                certain((length <= LONGEST).then(|| list.join(between))?)
            }
            Expression::Split(at, text) if !at.is_empty() => {
                Some(Known::List(self.text(text)?.split(at.as_str()).map(str::to_owned).collect()))
            }
            Expression::Select(index, list) => {
                let index: usize = self.text(index)?.parse().ok()?;
                // What stands beside it need not be known.
                match list.as_ref() {
                    Expression::List(items) => self.text(items.get(index)?).map(Known::Text),
                    list => self.list(list)?.get(index).cloned().map(Known::Text),
                }
            }
            Expression::FindInMap(keys) => {
                let [map, first, second] = keys.as_ref();
                let map = self.template.mappings.get(&self.text(map)?)?;
                self.known(map.get(&self.text(first)?)?.get(&self.text(second)?)?)
            }
            Expression::If(condition, yes, no) => self.known(if self.holds(condition)? { yes } else { no }),
            Expression::Split(..) | Expression::Unknown => None,
        }
    }

    fn reference(&self, name: &str) -> Option<Known> {
        let value = self.values.get(name)?;
        let is_list = self.template.parameters.get(name).is_some_and(|parameter| parameter.is_list);
        if is_list {
            let items = || value.split(',').map(|item| item.trim().to_owned()).collect();
            return (value.len() <= LONGEST).then(|| Known::List(items()));
        }
        certain(value.clone())
    }

    fn sub(&self, text: &str, own: &BTreeMap<String, Expression>) -> Option<String> {
        // Each once, however often the text names it.
        let own: BTreeMap<&str, Option<String>> =
            own.iter().map(|(name, value)| (name.as_str(), self.text(value))).collect();
        let (mut made, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let (inner, left) = after.split_once('}')?;
            match (inner.strip_prefix('!'), own.get(inner.trim())) {
                (Some(literal), _) => made.extend(["${", literal, "}"]),
                (None, Some(value)) => made.push_str(value.as_ref()?),
                (None, None) => match self.reference(inner.trim())? {
                    Known::Text(value) => made.push_str(&value),
                    Known::List(items) => made.push_str(&items.join(",")),
                },
            }
            if made.len() > LONGEST {
                return None;
            }
            rest = left;
        }
        Some(made + rest)
    }
}

fn certain(text: String) -> Option<Known> {
    let is_open = text.len() > LONGEST || FILLED_IN_LATER.iter().any(|mark| text.contains(mark));
    (!is_open).then_some(Known::Text(text))
}
