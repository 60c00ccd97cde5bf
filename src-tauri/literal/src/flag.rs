//! `NoEcho`: whether the value of a parameter is a secret.

/// What certainly says no, in any case: YAML 1.1's booleans, and zero.
const NO: [&str; 5] = ["false", "no", "off", "n", "0"];

/// Whether this text at `NoEcho` hides the parameter's value. CloudFormation takes YAML's booleans and texts of them in any
/// case; whatever is not certainly a no counts as a yes, since a secret that was shown cannot be hidden again.
pub fn hides(no_echo: &str) -> bool {
    !NO.iter().any(|no| no.eq_ignore_ascii_case(no_echo.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_yes_hides_and_so_does_what_is_in_doubt() {
        for yes in [
            "true", "True", "TRUE", "tRuE", "yes", "Yes", "YES", "on", "On", "y", "Y", "1", " true ", "", "x",
        ] {
            assert!(hides(yes), "{yes:?}");
        }
        for no in ["false", "False", "FALSE", "no", "No", "NO", "off", "OFF", "n", "N", "0", " false"] {
            assert!(!hides(no), "{no:?}");
        }
    }
}
