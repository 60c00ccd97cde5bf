//! `AllowedPattern`: a regular expression of Java's (AWS CloudFormation User Guide, 'Parameters section'), as far as it
//! certainly means the same here.

use fancy_regex::{Regex, RegexBuilder};

/// The longest pattern that is looked at, in bytes.
const LONGEST: usize = 4_096;

/// How many steps back a match may take, and how large what it is compiled to may get: some patterns need exponential time.
const STEPS_BACK: usize = 100_000;
const COMPILED_BYTES: usize = 1 << 20;

/// Java's classes by name, which have ASCII characters only (`java.util.regex.Pattern`).
const CLASSES: [(&str, &str); 13] = [
    ("Lower", "[a-z]"),
    ("Upper", "[A-Z]"),
    ("ASCII", "[\\x00-\\x7F]"),
    ("Alpha", "[a-zA-Z]"),
    ("Digit", "[0-9]"),
    ("Alnum", "[a-zA-Z0-9]"),
    ("Punct", "[!-/:-@\\[-`{-~]"),
    ("Graph", "[!-~]"),
    ("Print", "[ -~]"),
    ("Blank", "[ \\t]"),
    ("Cntrl", "[\\x00-\\x1F\\x7F]"),
    ("XDigit", "[0-9a-fA-F]"),
    ("Space", "[ \\t\\n\\x0B\\f\\r]"),
];

/// What Java's short classes stand for: ASCII characters only, other than here.
const SHORT: [(char, &str); 6] = [
    ('d', "[0-9]"),
    ('D', "[^0-9]"),
    ('w', "[a-zA-Z0-9_]"),
    ('W', "[^a-zA-Z0-9_]"),
    ('s', "[ \\t\\n\\x0B\\f\\r]"),
    ('S', "[^ \\t\\n\\x0B\\f\\r]"),
];

/// What means the same after a backslash in both, besides punctuation.
const SAME: &str = "tnrfabBAzxu123456789";

/// What may follow `(?` and means the same in both.
const GROUPS: [&str; 7] = [":", "=", "!", "<=", "<!", ">", "i)"];

/// An `AllowedPattern` that is understood.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// Whether it asks for more than characters, so that letters beyond ASCII may mean something else in Java.
    is_only_ascii: bool,
}

impl Pattern {
    /// Takes a pattern; `None` where it is not certain what it means in Java.
    pub fn new(java: &str) -> Option<Self> {
        let translated = translated(java)?;
        let regex = RegexBuilder::new(&format!("\\A(?:{translated})\\z"))
            .backtrack_limit(STEPS_BACK)
            .delegate_size_limit(COMPILED_BYTES)
            .build()
            .ok()?;
        Some(Self { regex, is_only_ascii: java.contains("(?i") || java.contains(['\\']) })
    }

    /// Whether a value as a whole fits; `None` where that is not certain, or takes too long to find out.
    pub fn fits(&self, value: &str) -> Option<bool> {
        // Java's `.` and `$` know more ends of lines.
        let has_lines = value.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        if has_lines || (self.is_only_ascii && !value.is_ascii()) {
            return None;
        }
        self.regex.is_match(value).ok()
    }
}

/// The same pattern for this program's regular expressions.
fn translated(java: &str) -> Option<String> {
    // Sets that are taken from each other, and brackets at the front of a class, differ.
    if java.len() > LONGEST || ["--", "~~", "[]", "[^]"].iter().any(|odd| java.contains(odd)) {
        return None;
    }
    let mut here = String::with_capacity(java.len());
    let mut rest = java;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '\\' => rest = escape(rest, &mut here)?,
            '(' if rest.starts_with('?') => {
                let is_named = rest[1..]
                    .strip_prefix('<')
                    .is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()));
                if !is_named && !GROUPS.iter().any(|group| rest[1..].starts_with(group)) {
                    return None;
                }
                here.push('(');
            }
            other => here.push(other),
        }
    }
    Some(here)
}

/// What stands behind a backslash, translated; gives what is left then.
fn escape<'p>(rest: &'p str, here: &mut String) -> Option<&'p str> {
    let next = rest.chars().next()?;
    let after = &rest[next.len_utf8()..];
    if let Some((_, class)) = SHORT.iter().find(|(short, _)| *short == next) {
        here.push_str(class);
        return Some(after);
    }
    match next {
        'p' => {
            let (name, after) = after.strip_prefix('{')?.split_once('}')?;
            here.push_str(CLASSES.iter().find(|(known, _)| *known == name)?.1);
            Some(after)
        }
        'Q' => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            here.push_str(&fancy_regex::escape(literal));
            Some(after)
        }
        _ if SAME.contains(next) || next.is_ascii_punctuation() || next == ' ' => {
            // What is no meta character must not be escaped here.
            if next.is_ascii_alphanumeric() || "\\.+*?()|[]{}^$#&-~/".contains(next) {
                here.push('\\');
            }
            here.push(next);
            Some(after)
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, value: &str) -> Option<bool> {
        Pattern::new(pattern)?.fits(value)
    }

    #[test]
    fn what_java_certainly_says_is_said() {
        for (pattern, value, expected) in [
            ("[a-z]+", "abc", Some(true)),
            ("[a-z]+", "abc1", Some(false)),
            ("a|bc", "abc", Some(false)),
            ("^[a-z]*$", "ü", Some(false)),
            ("(?=.*[0-9])(?=.*[a-z]).{4,}", "ab12", Some(true)),
            ("(?=.*[0-9])(?=.*[a-z]).{4,}", "abcd", Some(false)),
            ("(?!aws).+", "awsx", Some(false)),
            ("\\p{Alnum}+", "aZ9", Some(true)),
            ("[\\p{Alnum}_-]+", "a_Z-9", Some(true)),
            ("[\\p{Alnum}_-]+", "a.b", Some(false)),
            ("\\d{3}", "123", Some(true)),
            ("[\\w.@-]+", "a.b@c-d", Some(true)),
            ("arn:aws:iam::\\d{12}:role/.*", "arn:aws:iam::123456789012:role/x", Some(true)),
            ("(\\d)\\1", "11", Some(true)),
            ("a++b", "aaab", Some(true)),
            ("\\Qa.b\\E", "axb", Some(false)),
            ("\\/x\\:", "/x:", Some(true)),
            ("[a-z&&[^b]]+", "ab", Some(false)),
            ("(?i)abc", "ABC", Some(true)),
            ("", "", Some(true)),
            // In Java a `.` is no line separator, `\h` is a blank, and `\d` knows no Arabic digits.
            (".*", "a\u{2028}b", None),
            ("\\h", "a", None),
            ("\\d", "٣", None),
            ("\\p{IsAlphabetic}", "a", None),
            ("(?x) a", "a", None),
            ("[]a]", "a", None),
            ("(", "a", None),
            // Exponential.
            ("(a|aa)+(?=c)d", &"a".repeat(60), None),
        ] {
            assert_eq!(fits(pattern, value), expected, "{pattern:?} {value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_makes_it_panic_or_hang(pattern in "[-a-c\\\\(?:=!<>|)*+{},0-9\\[\\]^$.&~dwpQEé]{0,20}", value in "[a-c0-9é]{0,12}") {
            let _ = fits(&pattern, &value);
        }
    }
}
