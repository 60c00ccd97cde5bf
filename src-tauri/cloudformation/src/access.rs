//! What this machine's AWS configuration offers: profiles, SSO sessions, endpoints. Read as the SDK reads it, and never
//! a secret of it.

use aws_config::profile::{self, ProfileSet};
use serde::Serialize;
use skydeck_model::shell::Line;
use specta::Type;

use crate::endpoints::without_user;
use crate::error::{CloudError, Credentials, CredentialsProblem};
use crate::profiles::{self, AwsFiles, from_sdk};

/// What the AWS configuration offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
pub struct Access {
    /// The profiles, by name.
    pub profiles: Vec<Profile>,
    /// The SSO sessions, by name.
    pub sso_sessions: Vec<SsoSession>,
    /// Variables that send calls elsewhere than to AWS, with their values.
    pub endpoints: Vec<(String, String)>,
    /// The profile that is used where none is named (`AWS_PROFILE`).
    pub default_profile: Option<String>,
    /// Where the configuration is read from.
    pub config_file: Option<String>,
    /// Why it could not be read.
    pub problem: Option<String>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Option<String>,
    /// Where its credentials come from.
    pub kind: ProfileKind,
    /// The SSO session that it uses.
    pub sso_session: Option<String>,
    /// The account that it leads to, where the configuration tells (`sso_account_id`, or of the role).
    pub account: Option<String>,
    /// The role that it takes on: an ARN, or the name of one given by SSO.
    pub role: Option<String>,
    /// The profile whose credentials take on the role.
    pub source_profile: Option<String>,
}

/// Where a profile's credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProfileKind {
    /// IAM Identity Center.
    Sso,
    /// A role that is taken on with other credentials.
    Role,
    /// Keys in the files.
    Keys,
    /// A program that gives them.
    Process,
    /// `aws login`.
    Login,
    /// A token of a web identity.
    WebIdentity,
    /// Nothing that this version knows.
    Unknown,
}

/// One `sso-session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct SsoSession {
    /// Its name.
    pub name: String,
    /// The portal.
    pub start_url: Option<String>,
    /// The region of the portal.
    pub region: Option<String>,
}

/// The variables that send calls elsewhere. Source: AWS SDKs and Tools Reference Guide, 'Service-specific endpoints'.
const ENDPOINTS: [&str; 4] =
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS"];

/// A profile's setting that tells where its credentials come from, in the order in which the SDK looks.
const KINDS: [(&str, ProfileKind); 7] = [
    ("web_identity_token_file", ProfileKind::WebIdentity),
    ("role_arn", ProfileKind::Role),
    ("sso_session", ProfileKind::Sso),
    ("sso_start_url", ProfileKind::Sso),
    ("login_session", ProfileKind::Login),
    ("credential_process", ProfileKind::Process),
    ("aws_access_key_id", ProfileKind::Keys),
];

/// Reads the AWS configuration of this machine.
pub async fn access() -> Access {
    let endpoints =
        ENDPOINTS.iter().filter_map(|name| Some(((*name).to_owned(), without_user(&variable(name)?))));
    let mut access = match AwsFiles::read().await.sections(None).await {
        Ok(sections) => of(&sections),
        Err(problem) => Access { problem: Some(problem), ..Access::default() },
    };
    access.endpoints = endpoints.collect();
    access.default_profile = variable("AWS_PROFILE");
    access.config_file = profiles::config_file().map(|path| path.display().to_string());
    access
}

/// The value of a variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether the environment holds keys.
pub(crate) fn has_keys() -> bool {
    variable("AWS_ACCESS_KEY_ID").is_some()
}

/// What the files hold.
fn of(set: &ProfileSet) -> Access {
    let mut profiles: Vec<Profile> =
        set.profiles().filter_map(|name| set.get_profile(name)).map(profile_of).collect();
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    let mut sso_sessions: Vec<SsoSession> = set
        .sso_sessions()
        .map(|name| {
            let setting = |key| set.sso_session(name).and_then(|session| session.get(key)).map(str::to_owned);
            SsoSession {
                name: from_sdk(name),
                start_url: setting("sso_start_url"),
                region: setting("sso_region"),
            }
        })
        .collect();
    sso_sessions.sort_by(|a, b| a.name.cmp(&b.name));
    Access { profiles, sso_sessions, ..Access::default() }
}

fn profile_of(profile: &profile::Profile) -> Profile {
    let setting = |key: &str| profile.get(key).map(str::to_owned);
    let kind = KINDS.iter().find(|(key, _)| profile.get(key).is_some());
    Profile {
        name: from_sdk(profile.name()),
        region: setting("region"),
        kind: kind.map_or(ProfileKind::Unknown, |(_, kind)| *kind),
        sso_session: profile.get("sso_session").map(from_sdk),
        account: setting("sso_account_id").or_else(|| {
            let account = profile.get("role_arn")?.split(':').nth(4)?;
            Some(account.to_owned()).filter(|account| !account.is_empty())
        }),
        role: setting("role_arn").or_else(|| setting("sso_role_name")),
        source_profile: profile.get("source_profile").map(from_sdk),
    }
}

/// Completes an error about credentials: whose they are, and the command that gets new ones.
pub(crate) async fn explain(error: CloudError, profile: Option<&str>) -> CloudError {
    let CloudError::Credentials(credentials) = error else { return error };
    let from_variables = profile.is_none() && has_keys();
    let access = if from_variables { Access::default() } else { access().await };
    CloudError::Credentials(access.explain(credentials, profile))
}

impl Access {
    fn explain(&self, credentials: Credentials, profile: Option<&str>) -> Credentials {
        let named = profile.or(self.default_profile.as_deref());
        let found = self.profile(named.unwrap_or("default"));
        let problem = match credentials.problem {
            CredentialsProblem::Missing if named.is_some() && found.is_none() => {
                CredentialsProblem::NoProfile
            }
            problem => problem,
        };
        let (problem, message) = match (&self.problem, problem) {
            (Some(unread), CredentialsProblem::Missing | CredentialsProblem::NoProfile) => {
                (CredentialsProblem::Failed, format!("the AWS configuration cannot be read: {unread}"))
            }
            (_, problem) => (problem, credentials.message.clone()),
        };
        // Where the way broke, a login need not be what is missing.
        let login = found.filter(|_| problem != CredentialsProblem::Failed);
        Credentials {
            problem,
            profile: named.map(str::to_owned),
            command: login.and_then(|profile| self.login(profile)),
            message,
        }
    }

    fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The command that logs in for a profile, or for the one whose credentials it uses.
    fn login(&self, profile: &Profile) -> Option<String> {
        let mut profile = profile;
        // The SDK refuses those that lead back to themselves; none lead further than this.
        for _ in 0..8 {
            match (profile.kind, &profile.sso_session, &profile.source_profile) {
                (ProfileKind::Sso, Some(session), _) => {
                    return command("aws sso login", "--sso-session", session);
                }
                (ProfileKind::Sso, None, _) => {
                    return command("aws sso login", "--profile", &profile.name);
                }
                (ProfileKind::Login, ..) => {
                    return command("aws login", "--profile", &profile.name);
                }
                (ProfileKind::Role, _, Some(source)) => profile = self.profile(source)?,
                _ => return None,
            }
        }
        None
    }
}

fn command(program: &'static str, option: &str, value: &str) -> Option<String> {
    let mut line = Line::new(program);
    line.option(option, value);
    line.finish()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
[default]
region = eu-central-1
[profile portal]
sso_session = acme
sso_account_id = 210987654321
sso_role_name = Deploy
[profile old-portal]
sso_start_url = https://acme.awsapps.com/start
[profile prod]
role_arn = arn:aws:iam::123456789012:role/Deploy
source_profile = portal
region = us-west-2
[profile console]
login_session = arn:aws:iam::123456789012:user/ada
[profile program]
credential_process = /opt/keys --secret hunter2
[profile "my work"]
role_arn = arn:aws:iam::123456789012:role/Deploy
source_profile = my portal
[profile 'my portal']
sso_session = all of acme
[sso-session "all of acme"]
sso_start_url = https://acme.awsapps.com/all
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
"#;
    const CREDENTIALS: &str = "
[keys]
aws_access_key_id = AKIDHUNTER2
aws_secret_access_key = hunter2
";

    async fn configured() -> Access {
        of(&AwsFiles::of(CONFIG, CREDENTIALS).sections(None).await.unwrap())
    }

    #[tokio::test]
    async fn every_profile_is_listed_with_where_its_credentials_come_from() {
        let access = configured().await;
        let kinds: Vec<_> =
            access.profiles.iter().map(|profile| (profile.name.as_str(), profile.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("console", ProfileKind::Login),
                ("default", ProfileKind::Unknown),
                ("keys", ProfileKind::Keys),
                ("my portal", ProfileKind::Sso),
                ("my work", ProfileKind::Role),
                ("old-portal", ProfileKind::Sso),
                ("portal", ProfileKind::Sso),
                ("prod", ProfileKind::Role),
                ("program", ProfileKind::Process),
            ]
        );
        let prod = access.profile("prod").unwrap();
        assert_eq!(prod.account.as_deref(), Some("123456789012"));
        assert_eq!(prod.source_profile.as_deref(), Some("portal"));
        let portal = access.profile("portal").unwrap();
        assert_eq!(
            (portal.account.as_deref(), portal.role.as_deref()),
            (Some("210987654321"), Some("Deploy"))
        );
        assert_eq!(access.sso_sessions[0].start_url.as_deref(), Some("https://acme.awsapps.com/start"));
        let mine = access.profile("my work").unwrap();
        assert_eq!(mine.source_profile.as_deref(), Some("my portal"));
        assert_eq!(access.sso_sessions[1].name, "all of acme");
        assert_eq!(access.problem, None);
    }

    #[tokio::test]
    async fn no_secret_of_the_files_is_shown() {
        let shown = format!("{:?}", configured().await);
        assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
    }

    #[tokio::test]
    async fn the_command_that_logs_in_is_that_of_the_profile_behind() {
        let access = configured().await;
        let ran_out = Credentials {
            problem: CredentialsProblem::LoginRanOut,
            profile: None,
            command: None,
            message: String::new(),
        };
        for (profile, command) in [
            ("portal", Some("aws sso login --sso-session acme")),
            ("old-portal", Some("aws sso login --profile old-portal")),
            ("prod", Some("aws sso login --sso-session acme")),
            ("my work", Some("aws sso login --sso-session 'all of acme'")),
            ("console", Some("aws login --profile console")),
            ("keys", None),
        ] {
            let explained = access.explain(ran_out.clone(), Some(profile));
            assert_eq!(explained.command.as_deref(), command, "{profile}");
            assert_eq!(explained.profile.as_deref(), Some(profile));
        }
        let missing = Credentials { problem: CredentialsProblem::Missing, ..ran_out };
        let nobody = access.explain(missing, Some("nobody"));
        assert!(
            nobody.to_string().starts_with("the AWS configuration holds nothing of profile 'nobody'"),
            "{nobody}"
        );
    }
}
