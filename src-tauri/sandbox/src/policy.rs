//! Stack policies: which resources an update may not touch. `Effect`, `Action`, `Principal: "*"` and `Resource` are
//! there; `NotAction`, `NotResource` and `Condition` are refused by name.

use serde_json::Value;

use crate::change_set::{Action, Change, Recreation};
use crate::error::{Error, Result};

pub(crate) struct StackPolicy(Vec<Statement>);

struct Statement {
    allows: bool,
    actions: Vec<String>,
    resources: Vec<String>,
}

impl StackPolicy {
    /// Reads a policy as `StackPolicyBody` has it.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let root: Value = serde_json::from_str(text).map_err(|_| invalid())?;
        let statements = match root.get("Statement").ok_or_else(invalid)? {
            Value::Array(statements) => statements.iter().collect(),
            statement => vec![statement],
        };
        statements.into_iter().enumerate().map(statement).collect::<Result<_>>().map(Self)
    }

    /// Why the policy does not allow a change; a new resource is always allowed. What no statement allows is denied,
    /// and what one denies stays so.
    pub(crate) fn denies(&self, change: &Change) -> Option<String> {
        let action = match (change.action, change.replacement) {
            (Action::Add, _) => return None,
            (Action::Remove, _) => "Update:Delete",
            (Action::Modify, Some(Recreation::Always)) => "Update:Replace",
            (Action::Modify, _) => "Update:Modify",
        };
        let id = &change.logical_id;
        let resource = format!("LogicalResourceId/{id}");
        let mut allowed = false;
        for (place, statement) in self.0.iter().enumerate() {
            let of_action = statement.actions.iter().find(|pattern| fits(pattern, action));
            let of_resource = statement.resources.iter().any(|pattern| fits(pattern, &resource));
            let Some(pattern) = of_action.filter(|_| of_resource) else { continue };
            if !statement.allows {
                let number = place + 1;
                return Some(format!(
                    "Action denied by stack policy: Statement [#{number}] does not allow [{pattern}] for resource [{id}]"
                ));
            }
            allowed = true;
        }
        let nobody =
            || format!("Action denied by stack policy: No statement allows [{action}] for resource [{id}]");
        (!allowed).then(nobody)
    }
}

fn statement((place, value): (usize, &Value)) -> Result<Statement> {
    let fields = value.as_object().ok_or_else(invalid)?;
    for key in fields.keys() {
        match key.as_str() {
            "Effect" | "Action" | "Principal" | "Resource" | "Sid" => {}
            "NotAction" | "NotResource" | "Condition" => {
                return Err(Error::unsupported(key, format!("StackPolicyBody, statement {}", place + 1)));
            }
            _ => return Err(invalid()),
        }
    }
    let allows = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(invalid()),
    };
    if fields.get("Principal").is_none_or(|principal| principal != "*") {
        return Err(invalid());
    }
    Ok(Statement { allows, actions: texts(fields.get("Action"))?, resources: texts(fields.get("Resource"))? })
}

/// A text or a list of texts.
fn texts(value: Option<&Value>) -> Result<Vec<String>> {
    let texts = match value {
        Some(Value::Array(values)) => values.iter().collect(),
        value => value.into_iter().collect::<Vec<_>>(),
    };
    let texts: Option<Vec<String>> =
        texts.into_iter().map(|value| value.as_str().map(str::to_owned)).collect();
    texts.filter(|texts| !texts.is_empty()).ok_or_else(invalid)
}

/// Whether a text fits a pattern, in which each `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|end| fits(after, end)))
        }),
    }
}

fn invalid() -> Error {
    Error::validation("Error validating stack policy: Invalid stack policy")
}
