//! The SDK's provider for what a [`Chain`] begins with, one of ours for each role, and every error of them in our words:
//! a [`CloudError`] as the source of the SDK's own.

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sso::SsoCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::config::{IdentityCache, Region};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;
use chrono::Utc;

use super::chain::{Base, Role, failed, leads_somewhere, resolve};
use super::{AwsFiles, from_sdk, to_sdk};
use skydeck_model::clean;

use crate::error::{
    CloudError, CredentialsProblem, Service, causes, credentials, find, map, problem_of, short,
};

/// What gives the credentials of a profile: of the one that was chosen, or of the one that holds where none was
/// (`variable`: of `AWS_PROFILE`). `None`: that is for the SDK's own chain to find.
///
/// Calls for credentials go as those of `config` do: its region, client, endpoints and times.
///
/// # Errors
/// What of the configuration does not lead to credentials.
pub(crate) async fn provider(
    files: &AwsFiles,
    chosen: Option<&str>,
    variable: Option<&str>,
    config: &SdkConfig,
) -> Result<Option<SharedCredentialsProvider>, CloudError> {
    let name = chosen.or(variable).unwrap_or("default");
    let sections = match files.sections(Some(name)).await {
        Ok(sections) => sections,
        // The SDK's chain may find others than those of files.
        Err(_) if chosen.is_none() => return Ok(None),
        Err(error) => return Err(failed(format!("the AWS configuration cannot be read: {error}"))),
    };
    let leads = sections.get_profile(&to_sdk(name)).is_some_and(leads_somewhere);
    if chosen.is_none() && !leads {
        return Ok(None);
    }
    let chain = resolve(&sections, name)?;
    let mut provider = SharedCredentialsProvider::new(Begin {
        inner: begin(&chain.base, &sections, files, config),
        of: match chain.base.profile.as_str() {
            own if own == name => String::new(),
            other => format!(" of profile '{other}'"),
        },
        base: chain.base,
    });
    for role in chain.roles {
        let sts = aws_sdk_sts::config::Builder::from(config)
            .credentials_provider(provider)
            // What a role gives is kept until it ends; then all of the way is gone anew.
            .identity_cache(IdentityCache::no_cache())
            .build();
        let sts = aws_sdk_sts::Client::from_conf(sts);
        provider = SharedCredentialsProvider::new(Assumed { sts, role });
    }
    Ok(Some(provider))
}

/// The SDK's provider for a profile that assumes nothing.
fn begin(
    base: &Base,
    sections: &aws_config::profile::ProfileSet,
    files: &AwsFiles,
    config: &SdkConfig,
) -> SharedCredentialsProvider {
    let mut how = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(client) = config.http_client() {
        how = how.with_http_client(client);
    }
    if let Some(retries) = config.retry_config() {
        how = how.with_retry_config(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        how = how.with_timeout_config(timeouts.clone());
    }
    let setting = |key| base.setting(key).map(str::to_owned);
    // The token of a session is kept in a file that is called after it, so that only its own name finds it.
    let session = setting("sso_session").filter(|session| from_sdk(session) != *session);
    if let Some(session) = session
        && let Some(portal) = sections.sso_session(&session)
        && let (Some(url), Some(region)) = (portal.get("sso_start_url"), portal.get("sso_region"))
        && let (Some(account), Some(role)) = (setting("sso_account_id"), setting("sso_role_name"))
    {
        let sso = SsoCredentialsProvider::builder()
            .configure(&how)
            .account_id(account)
            .role_name(role)
            .start_url(url)
            .region(Region::new(region.to_owned()))
            .session_name(from_sdk(&session));
        return SharedCredentialsProvider::new(sso.build());
    }
    let name = to_sdk(&base.profile);
    let mut text = format!("[profile {name}]\n");
    for (key, value) in &base.settings {
        text.push_str(&format!("{key} = {}\n", value.replace('\n', "\n ")));
    }
    let text = text + &files.referred_to();
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build();
    let profile =
        ProfileFileCredentialsProvider::builder().configure(&how).profile_files(files).profile_name(name);
    SharedCredentialsProvider::new(profile.build())
}

/// How long credentials to begin with may take: a program may have to ask somebody. The end of the call that they are
/// for would not tell what took so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(50);

/// What a way begins with.
struct Begin {
    inner: SharedCredentialsProvider,
    base: Base,
    /// Of which profile, where that is not the one that was asked for.
    of: String,
}

impl std::fmt::Debug for Begin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Begin").field(&self.base.profile).finish()
    }
}

impl ProvideCredentials for Begin {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given = tokio::time::timeout(PATIENCE, self.inner.provide_credentials()).await;
            let given = match given {
                Ok(given) => given.map_err(|error| self.told(&error)),
                Err(_) => Err(self.late()),
            };
            given.map_err(CredentialsError::provider_error)
        })
    }
}

impl Begin {
    fn late(&self) -> CloudError {
        let from = match self.base.setting("credential_process") {
            Some(_) => format!(" from the program of 'credential_process'{}", self.of),
            None => String::new(),
        };
        failed(format!("nothing came{from} within {} seconds", PATIENCE.as_secs()))
    }

    /// Why the way did not even begin.
    fn told(&self, error: &CredentialsError) -> CloudError {
        let Self { base, of, .. } = self;
        let mut cause = causes(error).replace(&to_sdk(&base.profile), &base.profile);
        for words in NOISE {
            cause = cause.replace(words, "");
        }
        if let Some(answer) = find::<ErrorMetadata>(error) {
            let (code, message) = (answer.code().unwrap_or_default(), answer.message().unwrap_or_default());
            cause = clean::line(&format!("{code}: {message}"));
        }
        if let Some(why) = of_process(&cause) {
            return failed(format!("the program of 'credential_process'{of} {why}"));
        }
        if let (Some(service), Some(_)) = (base.asks(), find::<ConnectorError>(error)) {
            return CloudError::Unreachable { service, cause };
        }
        match problem_of(&cause) {
            CredentialsProblem::Missing => {
                let set = PLACES.iter().find_map(|key| Some((key, from_sdk(base.setting(key)?))));
                let place = set.map(|(key, value)| format!("'{key} = {value}'{of}: "));
                failed(place.unwrap_or_default() + &short(&cause))
            }
            problem => credentials(problem, cause),
        }
    }
}

/// What the SDK says before it comes to the point.
const NOISE: [&str; 3] = [
    "an error occurred while loading credentials: ",
    "the credential provider was not enabled: ",
    "ProfileFile provider could not be built: ",
];

/// The settings that the SDK's errors are about without naming them.
const PLACES: [&str; 5] =
    ["credential_source", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"];

/// What became of the program of a `credential_process`, by the SDK's words about it.
fn of_process(chain: &str) -> Option<String> {
    if let Some((_, rest)) = chain.split_once("external process exited with code ") {
        let (status, said) = rest.split_once(". Stderr: ").unwrap_or((rest, ""));
        let status = status.replace("exit status: ", "exit status ");
        return Some(match said.trim() {
            "" => format!("ended with {status} and said nothing"),
            said => format!("ended with {status}: {}", short(said)),
        });
    }
    let (_, why) = chain.split_once("credentials from external process")?;
    Some(format!("gave no credentials: {}", short(why.trim_start_matches([':', ',', ' ']))))
}

/// One role, assumed with what its client has for credentials.
#[derive(Debug)]
struct Assumed {
    sts: aws_sdk_sts::Client,
    role: Role,
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given: Result<Credentials, CloudError> = self.assume().await;
            given.map_err(CredentialsError::provider_error) as provider::Result
        })
    }
}

impl Assumed {
    async fn assume(&self) -> Result<Credentials, CloudError> {
        let Role { arn, external_id, session_name, duration } = &self.role;
        let name = session_name.clone().unwrap_or_else(|| format!("skydeck-{}", Utc::now().timestamp()));
        let answer = self
            .sts
            .assume_role()
            .role_arn(arn)
            .role_session_name(name)
            .set_external_id(external_id.clone())
            .set_duration_seconds(*duration)
            .send()
            .await;
        let answer = answer.map_err(|error| refused(arn, &error))?;
        let given =
            answer.credentials.ok_or_else(|| failed(format!("STS gave nothing for the role {arn}")))?;
        let end = given.expiration.try_into();
        let end = end.map_err(|_| failed(format!("STS gave no time at which the role {arn} ends")))?;
        let session = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(end)
            .provider_name("AssumeRole");
        Ok(session.build())
    }
}

/// Why a role was not given. What the credentials before it lack is told as such.
fn refused<E>(arn: &str, error: &aws_sdk_sts::error::SdkError<E>) -> CloudError
where
    E: aws_sdk_sts::error::ProvideErrorMetadata + Error + 'static,
{
    match map(Service::Sts, error) {
        CloudError::Denied { message, .. } => failed(format!(
            "STS does not let it assume the role {arn}: {message}; a permission for sts:AssumeRole and the role's trust \
             policy have to allow it"
        )),
        CloudError::Rejected(message) => failed(format!("STS does not give the role {arn}: {message}")),
        // Those that ask for the role do not hold, as STS itself says.
        CloudError::Credentials(lacking) if error.as_service_error().is_some() => {
            CloudError::Credentials(crate::error::Credentials {
                message: format!("{} (asked for the role {arn})", lacking.message),
                ..lacking
            })
        }
        other => other,
    }
}
