//! Dynamic references: `{{resolve:service:…}}` inside a value. There is neither a Parameter Store nor a Secrets Manager
//! here, so that a plausible value takes the place of a parameter, and a seal that of a secret.
//! Source: 'Get values stored in other services using dynamic references' in the CloudFormation user guide.

use serde_json::Value;

use super::below;
use crate::error::{Error, Result};
use crate::resources::KNOWN_AFTER_APPLY;
use crate::{ids, secrets};

const OPEN: &str = "{{resolve:";
const CLOSE: &str = "}}";
/// The services whose values are secrets.
const SECURE: &str = "ssm-secure";
const SECRETS: &str = "secretsmanager";

/// Whether a text refers to a secret. CloudFormation puts none into outputs.
pub(crate) fn is_secret(text: &str) -> bool {
    [SECURE, SECRETS].iter().any(|service| text.contains(&format!("{OPEN}{service}:")))
}

/// Replaces the references anywhere in an evaluated value. `salt` is that of the stack's secrets.
pub(crate) fn resolve(value: Value, salt: &str, place: &str) -> Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(resolve_text(text, salt, place)?),
        Value::Array(items) => {
            items.into_iter().map(|item| resolve(item, salt, place)).collect::<Result<_>>()?
        }
        Value::Object(entries) => {
            let resolved = entries.into_iter().map(|(key, item)| {
                let item = resolve(item, salt, &below(place, &key))?;
                Ok((key, item))
            });
            Value::Object(resolved.collect::<Result<_>>()?)
        }
        scalar => scalar,
    })
}

/// The same of one text.
pub(crate) fn resolve_text(text: String, salt: &str, place: &str) -> Result<String> {
    if !text.contains(OPEN) {
        return Ok(text);
    }
    // What a reference names is known only once it is made, and so is its value.
    if text.contains(KNOWN_AFTER_APPLY) {
        return Ok(KNOWN_AFTER_APPLY.to_owned());
    }
    let mut resolved = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(OPEN) {
        resolved.push_str(before);
        let (reference, after) = after.split_once(CLOSE).unwrap_or((after, ""));
        let unsupported = || {
            let shown = secrets::mask(reference);
            Error::unsupported(format!("The dynamic reference {OPEN}{shown}{CLOSE}"), place)
        };
        let (service, name) = reference.split_once(':').ok_or_else(unsupported)?;
        resolved.push_str(&match service {
            _ if name.is_empty() => return Err(unsupported()),
            "ssm" => parameter(name),
            SECURE | SECRETS => secrets::seal(salt, reference),
            _ => return Err(unsupported()),
        });
        rest = after;
    }
    Ok(resolved + rest)
}

/// What a parameter might hold: a word of its name (`/app/url:1`), and what tells it from others.
fn parameter(name: &str) -> String {
    let path = name.split(':').next().unwrap_or(name);
    let word = path.rsplit('/').next().unwrap_or(path);
    format!("{word}-{}", ids::letters(name, ids::HEX, 12))
}
