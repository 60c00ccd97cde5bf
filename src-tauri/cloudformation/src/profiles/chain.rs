//! What a profile comes to: credentials to begin with, and the roles that are assumed with them, one after the other.
//! Source of the rules: AWS SDKs and Tools Reference Guide, 'Assume role credential provider'.

use aws_config::profile::{Profile, ProfileSet};
use skydeck_model::shell::Line;

use super::{from_sdk, to_sdk};
use crate::error::{CloudError, CredentialsProblem, Service, credentials};

/// The way to a profile's credentials.
pub(crate) struct Chain {
    pub(crate) base: Base,
    /// In the order in which they are assumed.
    pub(crate) roles: Vec<Role>,
}

/// What the way begins with. Its settings may be secrets: nothing here prints them.
pub(crate) struct Base {
    /// The profile that has them.
    pub(crate) profile: String,
    /// Its settings without the role, under the SDK's names.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// A role that a profile assumes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) session_name: Option<String>,
    /// In seconds.
    pub(crate) duration: Option<i32>,
}

/// The settings that credentials come from, but for those of a role.
const SOURCES: [&str; 13] = [
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "login_session",
    "credential_process",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_account_id",
];

/// With a web identity the role is not assumed with other credentials, so it belongs to what the way begins with.
const OF_WEB_IDENTITY: [&str; 2] = ["role_arn", "role_session_name"];

/// What says how the calls for credentials go. It is the chosen profile's, whoever's credentials they are for.
const MANNERS: [&str; 6] = [
    "endpoint_url",
    "services",
    "ignore_configured_endpoint_urls",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "ec2_metadata_v1_disabled",
];

/// Who is asked for the credentials to begin with, by the setting that says so.
const ASKED: [(&str, Service); 5] = [
    ("credential_source", Service::Metadata),
    ("web_identity_token_file", Service::Sts),
    ("sso_session", Service::IdentityCenter),
    ("sso_start_url", Service::IdentityCenter),
    ("login_session", Service::SignIn),
];

impl Base {
    fn of(sections: &ProfileSet, name: &str, profile: &Profile, settings: &[&'static str]) -> Self {
        let own = settings.iter().map(|key| (*key, profile.get(key)));
        let manners = MANNERS.iter().map(|key| (*key, sections.get(key)));
        let set = own.chain(manners).filter_map(|(key, value)| Some((key, value?.to_owned())));
        Self { profile: name.to_owned(), settings: set.collect() }
    }

    /// One of the settings.
    pub(crate) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// Who is asked over the network, where somebody is.
    pub(crate) fn asks(&self) -> Option<Service> {
        ASKED.iter().find(|(key, _)| self.setting(key).is_some()).map(|(_, service)| *service)
    }
}

impl Role {
    fn of(name: &str, arn: &str, profile: &Profile) -> Result<Self, CloudError> {
        let setting = |key: &str| profile.get(key).map(str::to_owned);
        if let Some(device) = setting("mfa_serial") {
            let mut export = Line::new("aws configure export-credentials");
            export.option("--profile", name);
            let export = export.finish().unwrap_or_else(|| "aws configure export-credentials".to_owned());
            return Err(failed(format!(
                "the role {arn} of profile '{name}' asks for a code of the device {device} ('mfa_serial'), which Skydeck \
                 cannot ask for; choose a profile whose 'credential_process' is '{export}', or one with the keys that 'aws sts get-session-token' gives, or one of 'aws configure \
                 sso' or 'aws login'"
            )));
        }
        let duration = setting("duration_seconds").map(|text| {
            text.parse().map_err(|_| failed(format!("'duration_seconds' of profile '{name}' is no number")))
        });
        Ok(Self {
            arn: arn.to_owned(),
            external_id: setting("external_id"),
            session_name: setting("role_session_name"),
            duration: duration.transpose()?,
        })
    }
}

/// Whether a profile says where credentials come from.
pub(crate) fn leads_somewhere(profile: &Profile) -> bool {
    SOURCES.iter().chain(&["role_arn"]).any(|key| profile.get(key).is_some())
}

/// Follows a profile to where its credentials come from.
///
/// # Errors
/// What of the configuration does not lead there, by name, and a device that asks for a code.
pub(crate) fn resolve(sections: &ProfileSet, name: &str) -> Result<Chain, CloudError> {
    let mut roles = Vec::new();
    let mut passed: Vec<String> = Vec::new();
    let mut name = name.to_owned();
    let base = loop {
        let Some(profile) = sections.get_profile(&to_sdk(&name)) else {
            return Err(match passed.last() {
                None => credentials(CredentialsProblem::NoProfile, String::new()),
                Some(last) => failed(format!(
                    "the AWS configuration holds nothing of '{name}', the source_profile of '{last}'"
                )),
            });
        };
        if passed.contains(&name) {
            let way = passed.join("' → '");
            return Err(failed(format!("its source_profile leads back: '{way}' → '{name}'")));
        }
        // Keys come before a role in every profile but the first, so that a role can be assumed with keys beside it.
        let by_keys = !passed.is_empty() && profile.get("aws_access_key_id").is_some();
        let role = profile.get("role_arn").filter(|_| !by_keys);
        let (Some(arn), None) = (role, profile.get("web_identity_token_file")) else {
            if !leads_somewhere(profile) {
                return Err(failed(format!(
                    "profile '{name}' does not say where they come from; give it keys or a role, or set it up with \
                     'aws configure sso' or 'aws login'"
                )));
            }
            let settings = match (by_keys, role) {
                (true, _) => SOURCES.into_iter().filter(|key| key.starts_with("aws_")).collect(),
                (false, None) => SOURCES.to_vec(),
                (false, Some(_)) => [&SOURCES[..], &OF_WEB_IDENTITY].concat(),
            };
            break Base::of(sections, &name, profile, &settings);
        };
        roles.push(Role::of(&name, arn, profile)?);
        let source = profile.get("source_profile").map(from_sdk);
        match (source, profile.get("credential_source")) {
            (Some(source), None) if source != name => {
                passed.push(name);
                name = source;
            }
            (Some(_), None) | (None, Some(_)) => break Base::of(sections, &name, profile, &SOURCES),
            (Some(_), Some(_)) => {
                return Err(failed(format!(
                    "profile '{name}' has both 'source_profile' and 'credential_source'; take one of them out"
                )));
            }
            (None, None) => {
                return Err(failed(format!(
                    "profile '{name}' has the role {arn}, but neither 'source_profile' nor 'credential_source' to assume \
                     it with"
                )));
            }
        }
    };
    roles.reverse();
    Ok(Chain { base, roles })
}

/// A way that does not lead to credentials, and why.
pub(crate) fn failed(why: String) -> CloudError {
    credentials(CredentialsProblem::Failed, why)
}
