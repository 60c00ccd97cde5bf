//! Whether a template is written in JSON.

/// Whether a text is meant as JSON, right or wrong: an object whose first key is in double quotes, which is empty, or which
/// begins with a comment of JavaScript's. Another text in braces is a flow mapping of YAML.
pub fn is_json(text: &str) -> bool {
    let object = text.trim_start_matches('\u{feff}').trim_start().strip_prefix('{');
    object.is_some_and(|rest| rest.trim_start().starts_with(['"', '}', '/', '{', '[', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_json_and_a_flow_mapping_is_not() {
        for json in
            ["{\"a\": 1}", "\u{feff} {\n \"a\": 1}", "{}", "{\n // hello\n \"a\": 1}", "{ /* x */ }", "{,}"]
        {
            assert!(is_json(json), "{json}");
        }
        for yaml in ["{a: 1}", "{ # hello\n a: 1}", "{'a': 1}", "a: {\"b\": 1}", "", "{", "[]"] {
            assert!(!is_json(yaml), "{yaml}");
        }
    }
}
