//! The names of functions.

use std::borrow::Cow;

/// The long name of the function for which a tag stands: `!Sub` is `Fn::Sub`, `!Ref` is `Ref`. `None` where it is no tag of a
/// function's, as YAML's own are not.
pub fn long_name(tag: &str) -> Option<Cow<'_, str>> {
    match tag.strip_prefix('!')? {
        name @ ("Ref" | "Condition") => Some(Cow::Borrowed(name)),
        "" => None,
        name if name.starts_with('!') => None,
        name => Some(Cow::Owned(format!("Fn::{name}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_for_its_function() {
        for (tag, expected) in [
            ("!Ref", Some("Ref")),
            ("!Condition", Some("Condition")),
            ("!Sub", Some("Fn::Sub")),
            ("!GetStackOutput", Some("Fn::GetStackOutput")),
            ("!", None),
            ("!!Sub", None),
            ("tag:yaml.org,2002:str", None),
            ("Ref", None),
            ("", None),
        ] {
            assert_eq!(long_name(tag).as_deref(), expected, "{tag:?}");
        }
    }
}
