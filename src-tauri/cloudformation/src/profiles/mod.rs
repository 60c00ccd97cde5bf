//! The AWS configuration files, and the way from a profile of them to credentials.
//!
//! The SDK's own way is not taken whole: its parser passes over names that the AWS command line takes, it knows nothing
//! of `duration_seconds` and `mfa_serial`, and of a chain that breaks it does not tell where. So the chain is read here
//! ([`chain`]) and walked here ([`provider`]); what it begins with (keys, a program, IAM Identity Center, …) is left to
//! the SDK.

mod chain;
mod provider;

use std::path::PathBuf;

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) use provider::{PATIENCE, provider};

use crate::error::causes;

/// The texts of the AWS configuration files, with names that the SDK's parser takes ([`to_sdk`]). They stay in memory,
/// for they may hold keys.
#[derive(Clone)]
pub(crate) struct AwsFiles {
    config: String,
    credentials: String,
}

/// Which file a text is of; the two write the names of their sections in different ways.
#[derive(Clone, Copy, PartialEq, Eq)]
enum File {
    Config,
    Credentials,
}

impl AwsFiles {
    /// Reads those of this machine; one that is not there is empty.
    pub(crate) async fn read() -> Self {
        let text = |path: Option<PathBuf>| async {
            let Some(path) = path else { return String::new() };
            let bytes = tokio::fs::read(path).await.unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        Self::of(&text(config_file()).await, &text(credentials).await)
    }

    /// Those with these texts.
    pub(crate) fn of(config: &str, credentials: &str) -> Self {
        Self { config: named(config, File::Config), credentials: named(credentials, File::Credentials) }
    }

    /// The same for the SDK.
    pub(crate) fn for_sdk(&self) -> EnvConfigFiles {
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, &self.config)
            .with_contents(EnvConfigFileKind::Credentials, &self.credentials)
            .build()
    }

    /// What is in them, under the SDK's names, with this profile chosen.
    ///
    /// # Errors
    /// The file and the line that cannot be read.
    pub(crate) async fn sections(&self, profile: Option<&str>) -> Result<ProfileSet, String> {
        let (fs, env) = (Fs::real(), Env::real());
        let chosen = profile.map(|name| to_sdk(name).into());
        match profile::load(&fs, &env, &self.for_sdk(), chosen).await {
            Ok(sections) => Ok(sections),
            Err(error) => {
                // A text has no path; read from where it stands, the same line is found with one.
                let placed = profile::load(&fs, &env, &EnvConfigFiles::default(), None).await.err();
                let error = placed.unwrap_or(error);
                Err(causes(&error))
            }
        }
    }

    /// The configuration without its profiles: what they refer to.
    fn referred_to(&self) -> String {
        let mut keep = false;
        let mut text = String::new();
        for line in self.config.lines() {
            if let Some(header) = line.strip_prefix('[') {
                keep = !header.starts_with("profile") && !header.starts_with("default");
            }
            if keep {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

/// Where the configuration is read from.
pub(crate) fn config_file() -> Option<PathBuf> {
    file("AWS_CONFIG_FILE", "config")
}

fn file(variable: &str, name: &str) -> Option<PathBuf> {
    let home = std::env::home_dir();
    match std::env::var(variable).ok().filter(|path| !path.is_empty()) {
        Some(path) => match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(path.into()),
        },
        None => Some(home?.join(".aws").join(name)),
    }
}

/// What the SDK's parser takes in a name, except for the sign that stands for the rest.
const TAKEN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'-')
    .remove(b'/')
    .remove(b'.')
    .remove(b'@')
    .remove(b':')
    .remove(b'+');

/// A name as the SDK's parser takes it.
pub(crate) fn to_sdk(name: &str) -> String {
    utf8_percent_encode(name, TAKEN).to_string()
}

/// The name behind one of [`to_sdk`].
pub(crate) fn from_sdk(name: &str) -> String {
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

/// The settings whose values are names of sections.
const REFERENCES: [&str; 3] = ["source_profile", "sso_session", "services"];

/// A file's text with the SDK's names. Every line stays in its place, so that an error names the right one.
fn named(text: &str, file: File) -> String {
    let lines = text
        .lines()
        .map(|line| header(line, file).or_else(|| reference(line)).unwrap_or_else(|| line.to_owned()) + "\n");
    lines.collect()
}

/// `[profile "with space"]`, and in the file of credentials `[with space]`.
fn header(line: &str, file: File) -> Option<String> {
    let inside = line.strip_prefix('[')?;
    // A name in quotes may hold the bracket itself: the last one is that which only a comment follows.
    let ends = inside.match_indices(']').map(|(at, _)| at);
    let is_end = |at: &usize| {
        let rest = inside[at + 1..].trim();
        rest.is_empty() || rest.starts_with(['#', ';'])
    };
    let inside = inside[..ends.into_iter().find(is_end)?].trim();
    match (file, inside.split_once([' ', '\t'])) {
        (File::Config, Some((kind, name))) => Some(format!("[{kind} {}]", to_sdk(&unquoted(name.trim())))),
        (File::Config, None) => None,
        (File::Credentials, _) => Some(format!("[{}]", to_sdk(&unquoted(inside)))),
    }
}

/// A name without the quotes of a shell, in which the AWS command line takes and writes it.
fn unquoted(text: &str) -> String {
    match shlex::split(text).as_deref() {
        Some([name]) => name.clone(),
        _ => text.to_owned(),
    }
}

/// `source_profile = with space`.
fn reference(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    let is_reference = REFERENCES.iter().any(|name| key.trim_end().eq_ignore_ascii_case(name));
    // As in the SDK's parser, a comment begins after a space.
    let comment = value.match_indices(['#', ';']).map(|(at, _)| at);
    let comment = comment.into_iter().find(|at| value[..*at].ends_with(char::is_whitespace));
    let value = value[..comment.unwrap_or(value.len())].trim();
    (is_reference && !value.is_empty()).then(|| format!("{key}= {}", to_sdk(value)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_the_aws_command_line_takes_is_one_for_the_sdk() {
        for (line, named) in [
            ("[default]", None),
            ("[profile dev]", Some("[profile dev]")),
            (r#"[profile "with space"]"#, Some("[profile with%20space]")),
            ("[profile 'with space'] # mine", Some("[profile with%20space]")),
            ("[profile with space]", Some("[profile with%20space]")),
            (r#"[profile "plain"]"#, Some("[profile plain]")),
            (r#"[profile "a]b#c"]"#, Some("[profile a%5Db%23c]")),
            ("[profile büro]", Some("[profile b%C3%BCro]")),
            ("[profile 50%]", Some("[profile 50%25]")),
            ("[\tsso-session  'my portal' ]", Some("[sso-session my%20portal]")),
            ("region = us-east-1", None),
        ] {
            assert_eq!(header(line, File::Config).as_deref(), named, "{line}");
        }
        for (line, named) in [("[with space]", "[with%20space]"), ("[default] ; x", "[default]")] {
            assert_eq!(header(line, File::Credentials).as_deref(), Some(named), "{line}");
        }
        for (line, named) in [
            ("source_profile = with space", Some("source_profile = with%20space")),
            ("SSO_Session=my portal # of work", Some("SSO_Session= my%20portal")),
            ("services = a#b", Some("services = a%23b")),
            ("source_profile =", None),
            ("region = with space", None),
            ("  source_profile = nested", None),
        ] {
            assert_eq!(reference(line).as_deref(), named, "{line}");
        }
        for name in ["dev", "with space", "50%", "a%20b", "büro", "x (y) [z]"] {
            assert_eq!(from_sdk(&to_sdk(name)), name);
        }
    }
}
