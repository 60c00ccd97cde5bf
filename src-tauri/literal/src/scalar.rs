//! Plain scalars as YAML 1.1 reads them (<https://yaml.org/type/>), which is how CloudFormation reads templates.

/// What becomes of a scalar without quotes on its way into a template's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It stays as it is written.
    AsWritten,
    /// It becomes this text: YAML 1.1 reads it as a boolean or an integer, of which CloudFormation makes a text again.
    Becomes(String),
    /// YAML 1.1 reads it as a number of which CloudFormation may make this text.
    MayBecome(String),
}

/// What becomes of a scalar that stands without quotes.
pub fn read_plain(text: &str) -> Reading {
    if let Some(truth) = boolean(text) {
        let word = if truth { "true" } else { "false" };
        return if text == word { Reading::AsWritten } else { Reading::Becomes(word.to_owned()) };
    }
    if let Some(number) = integer(text) {
        return if number == text { Reading::AsWritten } else { Reading::Becomes(number) };
    }
    match float(text) {
        Some(number) if number != text => Reading::MayBecome(number),
        _ => Reading::AsWritten,
    }
}

/// SnakeYAML and PyYAML leave `y` and `n` out of YAML 1.1's booleans.
fn boolean(text: &str) -> Option<bool> {
    let one_case = |word: &str| {
        let capital = || word[..1].to_ascii_uppercase() + &word[1..];
        text == word || text == word.to_ascii_uppercase() || text == capital()
    };
    let any = |words: [&str; 3]| words.into_iter().any(one_case);
    if any(["true", "yes", "on"]) { Some(true) } else { any(["false", "no", "off"]).then_some(false) }
}

/// An integer in decimal writing: `0x1F`, `0b11`, `017`, `1_000`, `12:30:45`. None that is too large to be certain of.
fn integer(text: &str) -> Option<String> {
    let (minus, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let number: u64 = if let Some(binary) = digits.strip_prefix("0b") {
        in_base(binary, 2)
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        in_base(hexadecimal, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        in_base(&digits[1..], 8)
    } else if digits.contains(':') {
        sexagesimal(digits)
    } else if digits.starts_with('_') {
        None
    } else {
        in_base(digits, 10)
    }?;
    Some(if minus && number > 0 { format!("-{number}") } else { number.to_string() })
}

/// Digits of a base, with underscores that mean nothing.
fn in_base(digits: &str, base: u32) -> Option<u64> {
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    let good = !plain.is_empty() && plain.chars().all(|digit| digit.is_digit(base));
    good.then(|| u64::from_str_radix(&plain, base).ok()).flatten()
}

/// `12:30:45`: the first part begins with 1 to 9, the others go to 59.
fn sexagesimal(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    if !first.starts_with(|digit| matches!(digit, '1'..='9')) {
        return None;
    }
    parts.try_fold(in_base(first, 10)?, |number, part| {
        let is_part = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        let part = part.parse::<u64>().ok().filter(|part| is_part && *part < 60)?;
        number.checked_mul(60)?.checked_add(part)
    })
}

/// A float as it is written shortest. One without an exponent must have a point.
fn float(text: &str) -> Option<String> {
    let is_float = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-._eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.contains(['.', 'e', 'E'])
        && !text.starts_with('_');
    let number: f64 = is_float.then(|| text.replace('_', "").parse().ok()).flatten()?;
    number.is_finite().then(|| format!("{number:?}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Reading::{AsWritten, Becomes, MayBecome};
    use super::*;

    #[test]
    fn scalars_are_what_yaml_1_1_makes_of_them() {
        let becomes = |text: &str| Becomes(text.to_owned());
        let may = |text: &str| MayBecome(text.to_owned());
        for (text, expected) in [
            ("yes", becomes("true")),
            ("Off", becomes("false")),
            ("NO", becomes("false")),
            ("True", becomes("true")),
            ("true", AsWritten),
            ("y", AsWritten),
            ("yEs", AsWritten),
            ("012345670123", becomes("1402433619")),
            // 8 and 9 are no octal digits.
            ("012345678901", AsWritten),
            ("0o17", AsWritten),
            ("1_000", becomes("1000")),
            ("0x1F", becomes("31")),
            ("-0x1F", becomes("-31")),
            ("0b101", becomes("5")),
            ("+5", becomes("5")),
            ("12:30:45", becomes("45045")),
            ("12:30:75", AsWritten),
            ("80:22", becomes("4822")),
            ("0", AsWritten),
            ("1250", AsWritten),
            ("_1", AsWritten),
            ("-", AsWritten),
            ("99999999999999999999999", AsWritten),
            ("1.10", may("1.1")),
            ("1.5", AsWritten),
            ("8.0", AsWritten),
            ("1E5", may("100000.0")),
            ("1.2.3", AsWritten),
            ("10.0.0.0/16", AsWritten),
            ("2012-10-17", AsWritten),
            ("e", AsWritten),
            (".", AsWritten),
            ("", AsWritten),
            ("AWS::SNS::Topic", AsWritten),
        ] {
            assert_eq!(read_plain(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_it_becomes_stays_that(text in "[-+0-9a-fxob_:.eyns]{0,12}") {
            if let Becomes(read) = read_plain(&text) {
                prop_assert_eq!(read_plain(&read), AsWritten);
            }
        }
    }
}
