//! How resources of each type look: physical ids, attributes, which properties cannot be changed
//! in place. Nothing is really made; the values are plausible, and the same for the same resource.

use serde_json::Value;

use crate::ids;
use crate::record::{Resource, StackName};
use crate::resource_types::{TYPES, Type};

/// Types whose resources grant permissions; creating them needs a capability.
const IAM_TYPES: &[&str] = &[
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
];

/// For types that are not in the table.
const GENERIC: Type = Type {
    name: "",
    id: "{name}",
    name_property: "",
    replaced_by: "",
    attributes: "Arn={arn} Id={id} Name={id}",
};

fn type_of(resource_type: &str) -> &'static Type {
    TYPES.iter().find(|row| row.name == resource_type).unwrap_or(&GENERIC)
}

pub(crate) fn grants_permissions(resource_type: &str) -> bool {
    IAM_TYPES.contains(&resource_type)
}

/// The property by which a template may choose the resource's name.
pub(crate) fn name_property(resource_type: &str) -> Option<&'static str> {
    Some(type_of(resource_type).name_property).filter(|property| !property.is_empty())
}

/// The name that a template chose for a resource of this type.
pub(crate) fn custom_name<'a>(resource_type: &str, properties: &'a Value) -> Option<&'a str> {
    let name = match type_of(resource_type).name_property {
        "" => properties.as_object()?.iter().find(|(property, _)| names(resource_type, property))?.1,
        property => properties.get(property)?,
    };
    name.as_str().filter(|name| !name.is_empty())
}

/// Of a type that is not in the table: FooName of AWS::X::Foo.
fn names(resource_type: &str, property: &str) -> bool {
    let short = resource_type.rsplit("::").next();
    type_of(resource_type).name.is_empty()
        && short.is_some_and(|short| property.strip_suffix("Name") == Some(short))
}

/// Whether a change of this property needs a new physical resource.
pub(crate) fn replaces(resource_type: &str, property: &str) -> bool {
    let row = type_of(resource_type);
    property == row.name_property
        || row.replaced_by.split(' ').any(|name| name == property)
        || names(resource_type, property)
}

/// The seconds that making such a resource takes at speed 1: 0.6 to 1.5, by type.
pub(crate) fn seconds(resource_type: &str) -> f64 {
    0.6 + (ids::number(resource_type) % 10) as f64 / 10.0
}

/// The physical id of a resource to be made. `seed` is different for each making.
pub(crate) fn physical_id(
    resource_type: &str,
    logical_id: &str,
    properties: &Value,
    stack: &StackName,
    seed: &str,
) -> String {
    let row = type_of(resource_type);
    let seed = format!("{seed}/{logical_id}");
    let name = custom_name(resource_type, properties).map(str::to_owned).unwrap_or_else(|| {
        format!("{:.24}-{logical_id:.24}-{}", stack.name, ids::letters(&seed, ids::UPPER, 13))
    });
    let pattern = Pattern { id: "", name: &name, resource_type, properties, stack, seed: &seed };
    pattern.expand(row.id)
}

/// What a change set shows in place of a physical id that is not drawn yet, and of what is made from it.
pub(crate) const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// The value of `Fn::GetAtt`.
pub(crate) fn attribute(resource: &Resource, attribute: &str, stack: &StackName) -> Value {
    if resource.physical_id == KNOWN_AFTER_APPLY {
        return Value::String(KNOWN_AFTER_APPLY.to_owned());
    }
    let row = type_of(&resource.resource_type);
    let seed = format!("{}/{attribute}", resource.physical_id);
    let id = resource.physical_id.as_str();
    let pattern = Pattern {
        id,
        // An ARN or a URL ends with the name.
        name: id.rsplit(['/', ':']).next().unwrap_or(id),
        resource_type: &resource.resource_type,
        properties: &resource.properties,
        stack,
        seed: &seed,
    };
    let known = row
        .attributes
        .split(' ')
        .filter_map(|entry| entry.split_once('='))
        .find(|(name, _)| *name == attribute);
    let text = match known {
        Some((_, value)) => match value.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(items) => {
                let items = items.split(',').filter(|item| !item.is_empty());
                return items.map(|item| Value::String(pattern.expand(item))).collect();
            }
            None => pattern.expand(value),
        },
        None if attribute.ends_with("Arn") => pattern.arn(),
        None => {
            let word = attribute.replace('.', "-").to_lowercase();
            format!("{word}-{}", ids::letters(&seed, ids::HEX, 12))
        }
    };
    Value::String(text)
}

/// What the `{…}` of a table entry stand for.
struct Pattern<'a> {
    id: &'a str,
    name: &'a str,
    resource_type: &'a str,
    properties: &'a Value,
    stack: &'a StackName,
    seed: &'a str,
}

impl Pattern<'_> {
    fn expand(&self, pattern: &str) -> String {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let (word, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            text.push_str(&self.word(word));
            rest = after;
        }
        text + rest
    }

    fn word(&self, word: &str) -> String {
        let place = &self.stack.place;
        match word {
            "id" => self.id.to_owned(),
            "name" => self.name.to_owned(),
            "lower" => self.name.to_lowercase(),
            // The account and region in front, as ARNs have them.
            "at" => format!("{}:{}", place.region, place.account),
            "account" => place.account.clone(),
            "region" => place.region.clone(),
            "partition" => place.partition().to_owned(),
            "suffix" => place.url_suffix().to_owned(),
            "arn" => self.arn(),
            "hex" => format!("0{}", ids::letters(self.seed, ids::HEX, 16)),
            "random" => ids::letters(self.seed, ids::UPPER, 13),
            "lowrandom" => ids::letters(self.seed, ids::UPPER, 12).to_lowercase(),
            "uuid" => ids::uuid_of(self.seed),
            "version" => (ids::number(self.seed) % 1000 + 1).to_string(),
            "address" => {
                let bits = ids::number(self.seed);
                format!("{}.{}.{}", bits % 224, (bits >> 8) % 256, (bits >> 16) % 254 + 1)
            }
            "az" => match self.properties.get("AvailabilityZone").and_then(Value::as_str) {
                Some(zone) => zone.to_owned(),
                None => format!("{}a", place.region),
            },
            property => {
                let (path, default) = property.split_once('|').unwrap_or((property, ""));
                let found = path
                    .split('.')
                    .try_fold(self.properties, |value, key| value.get(key))
                    .and_then(Value::as_str);
                found.unwrap_or(default).to_owned()
            }
        }
    }

    /// `arn:aws:service:region:account:type/name`, for types without an ARN of their own shape.
    fn arn(&self) -> String {
        if self.id.starts_with("arn:") {
            return self.id.to_owned();
        }
        let mut parts = self.resource_type.split("::").skip(1);
        let service = parts.next().unwrap_or_default().to_lowercase();
        let kind = parts.next().unwrap_or_default().to_lowercase();
        let partition = self.stack.place.partition();
        let place = self.word("at");
        format!("arn:{partition}:{service}:{place}:{kind}/{}", self.name)
    }
}
