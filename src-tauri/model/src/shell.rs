//! Command lines to be copied: for a POSIX shell, in which each value stands as one word and means nothing else.

use crate::clean;

/// A command line as it grows. What no shell can carry makes all of it unsayable.
#[derive(Debug, Clone)]
pub struct Line(Option<String>);

impl Line {
    /// A line that begins with a program and perhaps its own words, such as `aws sso login`.
    pub fn new(program: &'static str) -> Self {
        Self(Some(program.to_owned()))
    }

    /// A word of the program itself, such as a verb or a flag.
    pub fn word(&mut self, word: &'static str) {
        self.push(Some(word.to_owned()));
    }

    /// A value that stands by itself. One that looks like an option would be taken for one, and an empty one names nothing:
    /// neither can be said.
    pub fn value(&mut self, value: &str) {
        let sayable = !value.is_empty() && !value.starts_with('-');
        self.push(quoted(value).filter(|_| sayable));
    }

    /// An option with its value.
    pub fn option(&mut self, name: &str, value: &str) {
        // A value that looks like an option would be taken for one.
        let joined = value.starts_with('-') || value.is_empty();
        self.push(if joined {
            quoted(&format!("{name}={value}"))
        } else {
            quoted(value).map(|value| format!("{name} {value}"))
        });
    }

    fn push(&mut self, word: Option<String>) {
        let line = self.0.take();
        self.0 = line.zip(word).map(|(line, word)| format!("{line} {word}"));
    }

    /// The line; `None` where something in it cannot be said in a line.
    pub fn finish(self) -> Option<String> {
        self.0
    }
}

/// A value as one word for a POSIX shell: quoted where it needs to be. `None` where it holds what a terminal obeys while it
/// is pasted, or shows otherwise than it is: breaks of lines and everything of [`clean::UNSEEN`].
pub fn quoted(value: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@=,".contains(c);
    if value.chars().any(clean::is_unseen) {
        None
    // In front, the Z shell takes an equals sign for the place of a program.
    } else if !value.is_empty() && !value.starts_with('=') && value.chars().all(plain) {
        Some(value.to_owned())
    } else {
        Some(format!("'{}'", value.replace('\'', "'\\''")))
    }
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// The words that a real shell makes of a line.
    fn words(line: &str) -> Vec<String> {
        let out = Command::new("sh").args(["-c", line]).output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{line}: {out:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn line(value: &str, option: &str) -> Option<String> {
        let mut line = Line::new("printf '%s\\n'");
        line.value(value);
        line.option("--option", option);
        line.finish()
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        for value in
            ["", "-x", "--yes", "a\nb", "a\u{3}b", "\u{1b}[2J", "a\0", "\u{202e}x", "a\u{9b}b", "a\u{200b}"]
        {
            assert_eq!(line(value, "a"), None, "{value:?}");
        }
        assert_eq!(line("a", "b\nc"), None);
    }

    #[test]
    fn what_a_shell_would_understand_stays_one_word() {
        for value in [
            "$(id)", "`id`", "a; id", "a b", "~", "=ls", "!!", "*", "'", "\"", "\\", "#a", "{a,b}", "%1", "ü",
        ] {
            assert_eq!(words(&line(value, "x").unwrap()), [value, "--option", "x"], "{value}");
            assert_eq!(words(&line("x", value).unwrap()), ["x", "--option", value], "{value}");
        }
        assert_eq!(line("a.b-c", "d@e:f/g").as_deref(), Some("printf '%s\\n' a.b-c --option d@e:f/g"));
        assert_eq!(words(&line("x", "-rf").unwrap()), ["x", "--option=-rf"]);
        assert_eq!(words(&line("x", "").unwrap()), ["x", "--option="]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_real_shell_reads_each_value_as_it_is(value in "\\PC{1,12}|[-'\"$ *\\\\=;a!#~`|&<>(){}?\\[\\]]{1,8}", option in "\\PC{0,12}|[-'\"$ \\\\=;a]{0,6}") {
            let Some(line) = line(&value, &option) else {
                let unsayable = |text: &str| text.chars().any(clean::is_unseen);
                prop_assert!(value.starts_with('-') || unsayable(&value) || unsayable(&option), "{} {}", value, option);
                return Ok(());
            };
            let expected = if option.starts_with('-') || option.is_empty() {
                vec![value.clone(), format!("--option={option}")]
            } else {
                vec![value.clone(), "--option".to_owned(), option.clone()]
            };
            prop_assert_eq!(words(&line), expected);
        }
    }
}
