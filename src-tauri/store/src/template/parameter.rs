//! What a template declares of a parameter.

use skydeck_literal::{Reading, read_plain};
use skydeck_model::parameter::Limits;
use skydeck_model::template::TemplateParameter;
use skydeck_yaml::Node;

use super::{certain_text, is_plain};
use crate::position::position;

/// One entry of `Parameters`.
pub(super) fn parameter(node: &Node) -> TemplateParameter {
    let default = node.get("Default");
    let kind = text(node, "Type").unwrap_or_default();
    let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
    // What the name of a value in Parameter Store must be like, only CloudFormation can tell.
    let limits = if kind.starts_with("AWS::SSM::") { Limits::default() } else { limits(node, &kind) };
    TemplateParameter {
        is_certain: default.and_then(certain_text).is_some(),
        default: default.map(|node| readings(node).into_iter().next().unwrap_or_default()),
        no_echo: node.get("NoEcho").is_some_and(is_hiding),
        is_list,
        is_looked_up: kind.starts_with("AWS::SSM::Parameter::"),
        limits,
        default_at: default.map(|node| position(node.at)),
    }
}

/// What is no text may come out as anything, and so hides.
fn is_hiding(no_echo: &Node) -> bool {
    no_echo.tag.is_some() || no_echo.text().is_none_or(skydeck_literal::hides)
}

fn limits(node: &Node, kind: &str) -> Limits {
    let number = |field: &str| text(node, field)?.parse::<f64>().ok();
    let length = |field: &str| text(node, field)?.parse::<usize>().ok();
    let is_text = matches!(kind, "String" | "CommaDelimitedList");
    let is_number = matches!(kind, "Number" | "List<Number>");
    let allowed_values = node.get("AllowedValues").and_then(Node::items).unwrap_or_default();
    Limits {
        is_number,
        allowed_values: allowed_values.iter().map(readings).collect(),
        allowed_pattern: text(node, "AllowedPattern").filter(|_| is_text),
        min_length: length("MinLength").filter(|_| kind == "String"),
        max_length: length("MaxLength").filter(|_| kind == "String"),
        min_value: number("MinValue").filter(|_| is_number),
        max_value: number("MaxValue").filter(|_| is_number),
    }
}

/// All that a scalar may be read as, what YAML 1.1 makes of it first.
fn readings(node: &Node) -> Vec<String> {
    let Some(text) = node.text() else { return vec![String::new()] };
    let other = is_plain(node).then(|| read_plain(text));
    match other {
        Some(Reading::Becomes(read)) => vec![read, text.to_owned()],
        Some(Reading::MayBecome(read)) => vec![text.to_owned(), read],
        Some(Reading::AsWritten) | None => vec![text.to_owned()],
    }
}

fn text(node: &Node, field: &str) -> Option<String> {
    readings(node.get(field)?).into_iter().next()
}
