//! The intrinsic functions: which there are, and what each makes of its arguments.

use base64::Engine;
use serde_json::{Map, Value, json};

use super::dynamic;
use super::scope::Scope;
use crate::error::{Error, Result};
use crate::secrets;

/// What a function gives: nothing where the value is `AWS::NoValue`.
pub(crate) type Evaluated = Result<Option<Value>>;

type Function = fn(&Scope<'_>, &Value, &str) -> Evaluated;

/// All functions that the sandbox evaluates, by their long names.
const FUNCTIONS: &[(&str, Function)] = &[
    ("Ref", reference),
    ("Fn::GetAtt", get_att),
    ("Fn::Sub", sub),
    ("Fn::Join", join),
    ("Fn::Select", select),
    ("Fn::Split", split),
    ("Fn::FindInMap", find_in_map),
    ("Fn::If", choose),
    ("Fn::Base64", base64),
    ("Fn::GetAZs", get_azs),
    ("Fn::Cidr", cidr),
    ("Fn::ImportValue", import_value),
    ("Fn::GetStackOutput", get_stack_output),
];

/// The functions that may stand in Conditions and in `Fn::If`'s place only; `Condition` names one.
const CONDITION_FUNCTIONS: &[&str] = &["Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"];

/// Whether this is the long name of a function.
pub(crate) fn is_known(name: &str) -> bool {
    is_condition(name) || FUNCTIONS.iter().any(|(known, _)| *known == name)
}

pub(crate) fn is_condition(name: &str) -> bool {
    CONDITION_FUNCTIONS.contains(&name)
}

/// The function call that this map is: a single key, `Ref` or `Fn::…`.
pub(crate) fn call(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, arguments) = map.iter().next()?;
    (map.len() == 1 && (name == "Ref" || name.starts_with("Fn::"))).then_some((name, arguments))
}

/// Evaluates functions anywhere inside `value`. `place` is for error texts.
pub(crate) fn evaluate(scope: &Scope<'_>, value: &Value, place: &str) -> Evaluated {
    scope.growth.add_each(1, 0, place)?;
    match value {
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.extend(evaluate(scope, item, place)?);
            }
            Ok(Some(Value::Array(list)))
        }
        Value::Object(map) => match call(map) {
            Some((name, arguments)) => match FUNCTIONS.iter().find(|(known, _)| *known == name) {
                Some((_, function)) => {
                    let made = function(scope, arguments, place)?;
                    made.map(|made| scope.growth.counted(made, place)).transpose()
                }
                None => Err(Error::unsupported(name, place)),
            },
            None => {
                let mut entries = Map::new();
                for (key, item) in map {
                    scope.growth.add(key.len(), place)?;
                    if let Some(item) = evaluate(scope, item, place)? {
                        entries.insert(key.clone(), item);
                    }
                }
                Ok(Some(Value::Object(entries)))
            }
        },
        scalar => scope.growth.counted(scalar.clone(), place).map(Some),
    }
}

/// One piece of a `Fn::Sub` text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SubPart<'a> {
    Literal(&'a str),
    /// `${Name}`, `${Resource.Attribute}` or `${AWS::Region}`.
    Variable(&'a str),
}

/// Cuts a `Fn::Sub` text into its pieces. `${!X}` is the literal `${X}`.
pub(crate) fn sub_parts(text: &str) -> Result<Vec<SubPart<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let inner = &rest[start + 2..start + length];
        parts.push(SubPart::Literal(&rest[..start]));
        if let Some(literal) = inner.strip_prefix('!') {
            parts.push(SubPart::Literal("${"));
            parts.push(SubPart::Literal(literal));
            parts.push(SubPart::Literal("}"));
        } else {
            let name = inner.trim();
            let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:".contains(c);
            if name.is_empty() || !name.chars().all(allowed) {
                return Err(Error::function(
                    "variable names in Fn::Sub syntax must contain only alphanumeric characters, \
                     underscores, periods, and colons",
                ));
            }
            parts.push(SubPart::Variable(name));
        }
        rest = &rest[start + length + 1..];
    }
    parts.push(SubPart::Literal(rest));
    Ok(parts)
}

/// The resource and the attribute that a `Fn::GetAtt` names.
pub(crate) fn get_att_target(arguments: &Value) -> Result<(&str, &Value)> {
    match arguments.as_array().map(Vec::as_slice) {
        Some([Value::String(resource), attribute]) => Ok((resource, attribute)),
        _ => Err(Error::function(
            "every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
             resource attribute",
        )),
    }
}

fn reference(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    match arguments {
        Value::String(name) if name == "AWS::NoValue" => Ok(None),
        Value::String(name) => scope.reference(name, place).map(Some),
        _ => Err(Error::format("Every Ref object must have a single String value.")),
    }
}

fn get_att(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let (resource, attribute) = get_att_target(arguments)?;
    let attribute = text(scope, attribute, place, "Fn::GetAtt")?;
    scope.attribute(resource, &attribute, place).map(Some)
}

fn sub(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let (template, variables) = match arguments {
        Value::String(template) => (template, None),
        Value::Array(items) => match items.as_slice() {
            [Value::String(template), Value::Object(variables)] => (template, Some(variables)),
            _ => return Err(sub_shape()),
        },
        _ => return Err(sub_shape()),
    };
    let mut result = String::new();
    for part in sub_parts(template)? {
        match part {
            SubPart::Literal(literal) => result.push_str(literal),
            SubPart::Variable(name) => {
                let value = if let Some(own) = variables.and_then(|own| own.get(name)) {
                    Value::String(text(scope, own, place, "Fn::Sub")?)
                } else if let Some((resource, attribute)) = name.split_once('.') {
                    scope.attribute(resource, attribute, place)?
                } else {
                    scope.reference(name, place)?
                };
                let value = match value {
                    Value::String(value) => value,
                    Value::Array(items) => joined(scope, &items, ",", place)?,
                    _ => return Err(sub_shape()),
                };
                scope.growth.add(value.len(), place)?;
                result.push_str(&value);
            }
        }
    }
    Ok(Some(Value::String(result)))
}

fn sub_shape() -> Error {
    Error::function(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string \
         as first argument, and an optional second argument to specify a mapping of values to \
         replace in the string",
    )
}

fn joined(scope: &Scope<'_>, items: &[Value], delimiter: &str, place: &str) -> Result<String> {
    scope.growth.add(items.len().saturating_mul(delimiter.len()), place)?;
    Ok(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(delimiter))
}

fn join(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let wrong = || {
        Error::function(
            "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list \
             of strings to be joined or a function that returns a list of strings (such as \
             Fn::GetAZs) to be joined.",
        )
    };
    let [delimiter, items] = pair(arguments).ok_or_else(wrong)?;
    let delimiter = delimiter.as_str().ok_or_else(wrong)?;
    let items = list(scope, items, place)?.ok_or_else(wrong)?;
    if items.iter().any(|item| !item.is_string()) {
        return Err(wrong());
    }
    joined(scope, &items, delimiter, place).map(|text| Some(Value::String(text)))
}

fn select(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let wrong = || {
        Error::function("every Fn::Select object requires two parameters, the index and a list of strings")
    };
    let [index, items] = pair(arguments).ok_or_else(wrong)?;
    let index = text(scope, index, place, "Fn::Select")?;
    let items = list(scope, items, place)?.ok_or_else(wrong)?;
    let chosen = index.parse::<usize>().ok().and_then(|index| items.get(index).cloned());
    match chosen {
        Some(item) => Ok(Some(item)),
        None => {
            Err(Error::function(format_args!("Fn::Select cannot select nonexistent value at index {index}")))
        }
    }
}

fn split(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let wrong = || {
        Error::function(
            "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a \
             string to be split or a function that returns a string to be split.",
        )
    };
    let [delimiter, source] = pair(arguments).ok_or_else(wrong)?;
    let delimiter = delimiter.as_str().filter(|text| !text.is_empty()).ok_or_else(wrong)?;
    let source = text(scope, source, place, "Fn::Split")?;
    scope.growth.add_each(source.matches(delimiter).count(), 0, place)?;
    Ok(Some(source.split(delimiter).map(|piece| Value::String(piece.to_owned())).collect()))
}

fn find_in_map(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let keys = match arguments.as_array().map(Vec::as_slice) {
        Some(keys @ [_, _, _]) => keys,
        Some([_, _, _, _]) => {
            return Err(Error::unsupported("Fn::FindInMap with DefaultValue", place));
        }
        _ => {
            return Err(Error::function(
                "every Fn::FindInMap object requires three parameters, the map name, map key and \
                 the attribute for return value",
            ));
        }
    };
    let mut names = Vec::with_capacity(3);
    for key in keys {
        names.push(text(scope, key, place, "Fn::FindInMap")?);
    }
    let found = names
        .iter()
        .skip(1)
        .try_fold(scope.template.mappings.get(&names[0]), |level, name| Some(level?.get(name)));
    match found.flatten() {
        Some(value) => Ok(Some(value.clone())),
        None => Err(Error::function(format_args!("Unable to get mapping for {}", names.join("::")))),
    }
}

fn choose(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    match arguments.as_array().map(Vec::as_slice) {
        Some([Value::String(condition), yes, no]) => {
            let chosen = if scope.condition(condition)? { yes } else { no };
            evaluate(scope, chosen, place)
        }
        _ => Err(Error::function("Fn::If requires a list argument with three elements")),
    }
}

fn base64(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let plain = dynamic::resolve_text(text(scope, arguments, place, "Fn::Base64")?, scope.salt, place)?;
    // The encoding would carry a secret's seal out of reach of masking, so all of it is sealed.
    Ok(Some(Value::String(if secrets::contains(&plain) {
        secrets::seal(scope.salt, &plain)
    } else {
        base64::engine::general_purpose::STANDARD.encode(plain)
    })))
}

fn get_azs(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let region = text(scope, arguments, place, "Fn::GetAZs")?;
    let region = if region.is_empty() { scope.region() } else { &region };
    Ok(Some(json!([format!("{region}a"), format!("{region}b"), format!("{region}c")])))
}

fn import_value(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let name = text(scope, arguments, place, "Fn::ImportValue")?;
    scope.import(&name).map(|value| Some(Value::String(value)))
}

/// An output of another stack, in any region of the account.
fn get_stack_output(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    const NAME: &str = "Fn::GetStackOutput";
    let fields = arguments.as_object().ok_or_else(|| {
        Error::function(format_args!("{NAME} at {place} needs a map with StackName and OutputName"))
    })?;
    if fields.contains_key("RoleArn") {
        return Err(Error::unsupported(format!("{NAME} with RoleArn"), place));
    }
    let field = |name: &str| fields.get(name).map(|value| text(scope, value, place, NAME)).transpose();
    let required = |name: &str| {
        field(name)?.ok_or_else(|| Error::function(format_args!("{NAME} at {place} needs {name}")))
    };
    let region = field("Region")?.unwrap_or_else(|| scope.region().to_owned());
    let value = scope.stack_output(&region, &required("StackName")?, &required("OutputName")?)?;
    Ok(Some(Value::String(value)))
}

fn cidr(scope: &Scope<'_>, arguments: &Value, place: &str) -> Evaluated {
    let wrong = |why: &str| Error::function(format_args!("Fn::Cidr at {place}: {why}"));
    let (block, count, bits) = match arguments.as_array().map(Vec::as_slice) {
        Some([block, count, bits]) => (block, count, Some(bits)),
        Some([block, count]) => (block, count, None),
        _ => return Err(wrong("needs an address block, a count and the number of host bits")),
    };
    let block = text(scope, block, place, "Fn::Cidr")?;
    let count = text(scope, count, place, "Fn::Cidr")?;
    let count: u128 = count.parse().map_err(|_| wrong("the count is not a number"))?;
    let (address, prefix) = block.split_once('/').ok_or_else(|| wrong("the block lacks a '/'"))?;
    let address: std::net::IpAddr =
        address.parse().map_err(|_| wrong("the block does not start with an address"))?;
    let (width, start) = match address {
        std::net::IpAddr::V4(v4) => (32, u128::from(u32::from(v4))),
        std::net::IpAddr::V6(v6) => (128, u128::from(v6)),
    };
    let bits: u32 = match bits {
        Some(bits) => text(scope, bits, place, "Fn::Cidr")?
            .parse()
            .map_err(|_| wrong("the host bits are not a number"))?,
        None => width / 4,
    };
    let prefix: u32 = prefix
        .parse()
        .ok()
        .filter(|prefix| *prefix <= width)
        .ok_or_else(|| wrong("the prefix length is out of range"))?;
    let free = width - prefix;
    if !(1..=256).contains(&count) || bits == 0 || bits > free {
        return Err(wrong("the block has no room for that many subnets of that size"));
    }
    // `free - bits` bits number the subnets; from 9 bits on, every allowed count fits.
    if free - bits < 9 && count > 1 << (free - bits) {
        return Err(wrong("the block has no room for that many subnets of that size"));
    }
    let start = if free == 128 { 0 } else { start >> free << free };
    let step = if bits == 128 { 0 } else { 1_u128 << bits };
    Ok(Some(
        (0..count)
            .map(|index| {
                let subnet = start + index * step;
                let address = match address {
                    std::net::IpAddr::V4(_) => std::net::Ipv4Addr::from(subnet as u32).to_string(),
                    std::net::IpAddr::V6(_) => std::net::Ipv6Addr::from(subnet).to_string(),
                };
                Value::String(format!("{address}/{}", width - bits))
            })
            .collect(),
    ))
}

fn pair(arguments: &Value) -> Option<[&Value; 2]> {
    match arguments.as_array()?.as_slice() {
        [first, second] => Some([first, second]),
        _ => None,
    }
}

/// An argument that must come out as a text.
fn text(scope: &Scope<'_>, value: &Value, place: &str, function: &str) -> Result<String> {
    match evaluate(scope, value, place)? {
        Some(Value::String(text)) => Ok(text),
        _ => Err(Error::function(format_args!(
            "{function} at {place} needs a string where it has something else"
        ))),
    }
}

/// An argument that must come out as a list.
fn list(scope: &Scope<'_>, value: &Value, place: &str) -> Result<Option<Vec<Value>>> {
    Ok(match evaluate(scope, value, place)? {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    })
}
