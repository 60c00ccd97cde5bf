//! The truth of a template's conditions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::functions;
use super::scope::Scope;
use crate::error::{Error, Result};
use crate::secrets;

/// Evaluates all conditions of the scope's template, in which `check` has put each after all that it uses.
pub(crate) fn evaluate_all(scope: &Scope<'_>) -> Result<BTreeMap<String, bool>> {
    let mut truths = BTreeMap::new();
    for name in scope.template.conditions.keys() {
        named(scope, name, &mut truths)?;
    }
    Ok(truths)
}

fn named(scope: &Scope<'_>, name: &str, truths: &mut BTreeMap<String, bool>) -> Result<bool> {
    if let Some(truth) = truths.get(name) {
        return Ok(*truth);
    }
    let condition = scope.template.conditions.get(name).unwrap_or(&Value::Null);
    let truth = evaluate(scope, condition, name, truths)?;
    truths.insert(name.to_owned(), truth);
    Ok(truth)
}

fn evaluate(
    scope: &Scope<'_>,
    condition: &Value,
    name: &str,
    truths: &mut BTreeMap<String, bool>,
) -> Result<bool> {
    let call = condition.as_object().and_then(|map| map.iter().next());
    match call {
        Some((function, Value::String(target))) if function == "Condition" => named(scope, target, truths),
        Some((function, Value::Array(items))) => match (function.as_str(), items.as_slice()) {
            ("Fn::Not", [item]) => Ok(!evaluate(scope, item, name, truths)?),
            ("Fn::Equals", [left, right]) => {
                let place = format!("/Conditions/{name}");
                let left = functions::evaluate(scope, left, &place)?;
                let right = functions::evaluate(scope, right, &place)?;
                Ok(match (left, right) {
                    (Some(Value::String(left)), Some(Value::String(right))) => {
                        secrets::equal(scope.salt, &left, &right)
                    }
                    (left, right) => left == right,
                })
            }
            ("Fn::And" | "Fn::Or", items) => {
                // `And` holds until one is false, `Or` fails until one is true.
                let all = function == "Fn::And";
                for item in items {
                    if evaluate(scope, item, name, truths)? != all {
                        return Ok(!all);
                    }
                }
                Ok(all)
            }
            _ => Err(wrong(name)),
        },
        _ => Err(wrong(name)),
    }
}

fn wrong(name: &str) -> Error {
    Error::format(format_args!("[/Conditions/{name}] is not a condition"))
}
