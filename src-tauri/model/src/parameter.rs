//! Which values a template's parameter takes (AWS CloudFormation User Guide, 'Parameters section'). What cannot be judged
//! with certainty is CloudFormation's to judge.

use skydeck_literal::Pattern;

/// The longest value that CloudFormation takes, in bytes (CloudFormation quotas).
const LONGEST: usize = 4_096;

/// What a template says of the values of one parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Whether it is a number, or a list of numbers.
    pub is_number: bool,
    /// `AllowedValues`, each with all that it may be read as; empty: any value.
    pub allowed_values: Vec<Vec<String>>,
    /// `AllowedPattern`.
    pub allowed_pattern: Option<String>,
    /// `MinLength`, in characters.
    pub min_length: Option<usize>,
    /// `MaxLength`.
    pub max_length: Option<usize>,
    /// `MinValue`.
    pub min_value: Option<f64>,
    /// `MaxValue`.
    pub max_value: Option<f64>,
}

impl Limits {
    /// Why CloudFormation certainly refuses a value, as in 'the value …', and what would be right. The value itself is not
    /// told: it may be a secret.
    pub fn refuse(&self, value: &str, is_list: bool) -> Option<(String, String)> {
        if value.len() > LONGEST {
            let message = format!("the value has {} bytes", value.len());
            return Some((message, format!("{LONGEST} at most")));
        }
        // CloudFormation cuts the blanks around the items of a list off.
        let items: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
        let what = if is_list { "an item of the value" } else { "the value" };
        let (message, hint) = items.into_iter().find_map(|item| self.refuse_one(item))?;
        Some((format!("{what} {message}"), hint))
    }

    fn refuse_one(&self, value: &str) -> Option<(String, String)> {
        if self.is_number {
            match number(value) {
                Number::Certain(number) => {
                    if let Some(least) = self.min_value.filter(|least| number < *least) {
                        return Some(("is too small".to_owned(), format!("{least} or more")));
                    }
                    if let Some(most) = self.max_value.filter(|most| number > *most) {
                        return Some(("is too large".to_owned(), format!("{most} or less")));
                    }
                }
                Number::None => return Some(("is not a number".to_owned(), "a number".to_owned())),
                Number::Unclear => {}
            }
        }
        if !self.allowed_values.is_empty()
            && !self.allowed_values.iter().flatten().any(|allowed| allowed == value)
        {
            let known: Vec<&str> = self
                .allowed_values
                .iter()
                .filter_map(|readings| readings.first())
                .map(String::as_str)
                .collect();
            return Some(("is not one of AllowedValues".to_owned(), format!("one of {}", known.join(", "))));
        }
        // Java counts UTF-16, in which one character may count as two.
        let (least, most) = (value.chars().count(), value.encode_utf16().count());
        if let Some(limit) = self.min_length.filter(|limit| most < *limit) {
            return Some(("is too short".to_owned(), format!("{limit} characters or more")));
        }
        if let Some(limit) = self.max_length.filter(|limit| least > *limit) {
            return Some(("is too long".to_owned(), format!("{limit} characters or less")));
        }
        let pattern = self.allowed_pattern.as_deref()?;
        let fits = Pattern::new(pattern)?.fits(value)?;
        (!fits).then(|| {
            ("does not match AllowedPattern".to_owned(), format!("the whole of it must match {pattern}"))
        })
    }
}

enum Number {
    Certain(f64),
    /// Java takes more for a number: `5d`, `0x1p3`, `NaN`.
    Unclear,
    None,
}

fn number(text: &str) -> Number {
    let text = text.trim();
    let without_suffix = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    match (text.parse::<f64>(), without_suffix.parse::<f64>()) {
        (Ok(number), _) if number.is_finite() => Number::Certain(number),
        (Err(_), Err(_)) if !text.contains(['x', 'X']) => Number::None,
        _ => Number::Unclear,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn texts(values: &[&[&str]]) -> Vec<Vec<String>> {
        values.iter().map(|readings| readings.iter().map(|text| (*text).to_owned()).collect()).collect()
    }

    #[test]
    fn what_is_certain_to_be_refused_is_refused_and_nothing_else() {
        let number = || Limits { is_number: true, ..Limits::default() };
        let between = Limits { min_value: Some(1.0), max_value: Some(10.0), ..number() };
        let words = Limits { allowed_values: texts(&[&["small"], &["true", "yes"]]), ..Limits::default() };
        let lengths = Limits { min_length: Some(2), max_length: Some(3), ..Limits::default() };
        let pattern = |it: &str| Limits { allowed_pattern: Some(it.to_owned()), ..Limits::default() };
        for (limits, value, is_list, refused) in [
            (&number(), "12", false, None),
            (&number(), "-1.5e3", false, None),
            (&number(), "ten", false, Some("the value is not a number")),
            (&number(), "12a", false, Some("the value is not a number")),
            (&number(), "", false, Some("the value is not a number")),
            (&number(), "5d", false, None),
            (&number(), "NaN", false, None),
            (&number(), "1, 2", true, None),
            (&number(), "1,two", true, Some("an item of the value is not a number")),
            (&between, "0", false, Some("the value is too small")),
            (&between, "11", false, Some("the value is too large")),
            (&between, "10", false, None),
            (&words, "small", false, None),
            (&words, "yes", false, None),
            (&words, "huge", false, Some("the value is not one of AllowedValues")),
            (&words, "small, yes", true, None),
            (&lengths, "a", false, Some("the value is too short")),
            (&lengths, "abcd", false, Some("the value is too long")),
            // Two characters for this program, four for Java.
            (&lengths, "😀😀", false, None),
            (&pattern("[a-z]+"), "abc", false, None),
            (&pattern("[a-z]+"), "ABC", false, Some("the value does not match AllowedPattern")),
            (&pattern("(?=.*\\d)\\p{Alnum}+"), "abc", false, Some("the value does not match AllowedPattern")),
            (&pattern("(?=.*\\d)\\p{Alnum}+"), "abc1", false, None),
            (&pattern("\\h+"), "abc", false, None),
            (&pattern("[a-z]+"), "a,B", true, Some("an item of the value does not match AllowedPattern")),
            (&Limits::default(), &"x".repeat(4_097), false, Some("the value has 4097 bytes")),
        ] {
            let found = limits.refuse(value, is_list).map(|(message, _)| message);
            assert_eq!(found.as_deref(), refused, "{value:.20}");
        }
    }
}
