//! From an environment of the manifest to a connection: the one door to AWS and to the sandbox, and the guard at it.
//! There is no [`Connection`] whose account is not proven, so no call that changes something can go to another.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_cloudformation::config::retry::{ClassifyRetry, RetryAction, RetryPartition};
use aws_sdk_cloudformation::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{RetryClassifierPriority, RetryReason};
use aws_smithy_types::retry::ErrorKind;
use chrono::{DateTime, Utc};
use skydeck_model::{Environment, Target};
use skydeck_sandbox::Sandbox;

use crate::access;
use crate::connection::Connection;
use crate::endpoints;
use crate::error::{self, CloudError, Service};
use crate::profiles::{self, AwsFiles};
use crate::sandbox_http::SandboxHttp;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// AWS could not be asked whose credentials these are.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The credentials belong to another account than the environment's.
    #[error(
        "the credentials belong to account {found}, which is not the environment's; choose another profile"
    )]
    WrongAccount {
        /// Whose they are.
        found: String,
    },
}

/// Whose credentials they are, as AWS says it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, specta::Type)]
pub struct Identity {
    /// The account.
    pub account: String,
    /// The user or the role's session.
    pub arn: String,
    /// When the credentials in use end, where their provider tells. Some are renewed by themselves until then.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Connects to where an environment lives, and proves for the target `aws` that the credentials are those of its
/// account, before anything else can be asked (`docs/reference/aws.md`).
///
/// For `aws` the SDK's own chain, profiles and variables hold.
///
/// # Errors
/// Credentials that do not hold or belong to another account, and an `AWS_CA_BUNDLE` that cannot be used.
pub async fn connect(environment: &Environment, sandbox: &Sandbox) -> Result<Connection, ConnectError> {
    match environment.target {
        Target::Aws => connect_by(environment, Way::Aws).await,
        Target::Sandbox => {
            let mut environment = environment.clone();
            environment.template_bucket.get_or_insert_with(|| SANDBOX_BUCKET.to_owned());
            connect_by(&environment, Way::Sandbox(sandbox.clone())).await
        }
    }
}

pub(crate) async fn connect_by(environment: &Environment, way: Way) -> Result<Connection, ConnectError> {
    let clients = open(environment, &way).await?;
    Ok(Connection::new(environment.clone(), way, clients))
}

/// The sandbox has every bucket, so that nobody needs to name one.
const SANDBOX_BUCKET: &str = "skydeck-templates";

/// Who one is with a profile, or with none, in a region: the test of a connection.
///
/// # Errors
/// Credentials that do not hold, or AWS that cannot be reached.
pub async fn identify(
    profile: Option<&str>,
    region: &skydeck_model::ids::Region,
) -> Result<Identity, CloudError> {
    let asked = async {
        let (config, expiry) = aws(Region::new(region.as_str().to_owned()), profile).await?;
        let (account, arn) = caller(&config).await?;
        Ok(Identity { account, arn, expires_at: expiry.get() })
    };
    match asked.await {
        Ok(identity) => Ok(identity),
        Err(error) => Err(access::explain(error, profile).await),
    }
}

/// By what means calls go.
#[derive(Clone)]
pub(crate) enum Way {
    /// Over the network, as configured on this machine.
    Aws,
    /// Into the sandbox.
    Sandbox(Sandbox),
    /// To a server of a test's own.
    #[cfg(test)]
    Test(SharedHttpClient, SharedCredentialsProvider),
}

/// Clients whose credentials belong to the environment's account.
pub(crate) struct Clients {
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    /// Where the calls go, to tell budgets apart.
    pub(crate) endpoint: String,
    account: String,
    arn: String,
    expiry: Expiry,
}

impl Clients {
    pub(crate) fn identity(&self) -> Identity {
        let Self { account, arn, expiry, .. } = self;
        Identity { account: account.clone(), arn: arn.clone(), expires_at: expiry.get() }
    }
}

/// Reads configuration and credentials from scratch, and proves the account.
pub(crate) async fn open(environment: &Environment, way: &Way) -> Result<Clients, ConnectError> {
    let region = Region::new(environment.region.as_str().to_owned());
    let profile = environment.profile.as_deref();
    let (config, expiry) = match way {
        Way::Aws => match aws(region, profile).await {
            Ok(configured) => configured,
            Err(error) => return Err(access::explain(error, profile).await.into()),
        },
        Way::Sandbox(sandbox) => in_sandbox(region, environment, sandbox),
        #[cfg(test)]
        Way::Test(http, credentials) => {
            let noted = Noted { inner: credentials.clone(), expiry: Expiry::default() };
            let expiry = noted.expiry.clone();
            (plain(region, http.clone(), SharedCredentialsProvider::new(noted)), expiry)
        }
    };
    let (account, arn) = match (environment.target, way) {
        // Its credentials are made of the environment's own account.
        (Target::Sandbox, _) => (sandbox_account(environment), "arn:aws:iam::sandbox".to_owned()),
        (Target::Aws, _) => {
            let (found, arn) = match caller(&config).await {
                Ok(found) => found,
                Err(error) => return Err(access::explain(error, profile).await.into()),
            };
            if found != environment.account.as_str() {
                return Err(ConnectError::WrongAccount { found });
            }
            (found, arn)
        }
    };
    // What the SDK saves up for repeats in one account is not used up in another.
    let partition = RetryPartition::new(format!("{account}-{}", environment.region));
    let cloudformation = aws_sdk_cloudformation::config::Builder::from(&config)
        .retry_partition(partition.clone())
        .retry_classifier(ThrottlingIsOurs)
        .build();
    let elsewhere = endpoints::of(&config, Service::S3);
    let s3 = aws_sdk_s3::config::Builder::from(&config)
        .retry_partition(partition)
        .retry_classifier(ThrottlingIsOurs)
        // Other servers of its protocol have no names for buckets.
        .force_path_style(elsewhere.is_some())
        .build();
    Ok(Clients {
        cloudformation: aws_sdk_cloudformation::Client::from_conf(cloudformation),
        s3: aws_sdk_s3::Client::from_conf(s3),
        endpoint: match way {
            Way::Sandbox(_) => "sandbox".to_owned(),
            _ => endpoints::of(&config, Service::CloudFormation).unwrap_or_default(),
        },
        account,
        arn,
        expiry,
    })
}

/// STS GetCallerIdentity: the account and the ARN. The first call that needs credentials, so that it has the time that
/// those may take; the SDK keeps them for the calls that follow.
async fn caller(config: &SdkConfig) -> Result<(String, String), CloudError> {
    let patient = timeouts()
        .to_builder()
        .operation_attempt_timeout(ATTEMPT + profiles::PATIENCE)
        .operation_timeout(OPERATION + profiles::PATIENCE)
        .build();
    let sts = aws_sdk_sts::config::Builder::from(config).timeout_config(patient).build();
    let identity = aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await;
    let identity = identity.map_err(|error| error::map(Service::Sts, &error))?;
    Ok((identity.account.unwrap_or_default(), identity.arn.unwrap_or_default()))
}

/// Where the calls of an environment go if not to AWS, by the configuration of this machine: none where that is AWS itself,
/// or the sandbox. Nobody is asked, and no credentials are looked for.
pub async fn endpoints_of(environment: &Environment) -> Vec<String> {
    if environment.target == Target::Sandbox {
        return Vec::new();
    }
    let region = Region::new(environment.region.as_str().to_owned());
    let loader = loader(&AwsFiles::read().await, region, environment.profile.as_deref());
    endpoints::all(&loader.load().await)
}

/// What the SDK reads its configuration with; nothing is asked before something needs it.
fn loader(files: &AwsFiles, region: Region, profile: Option<&str>) -> ConfigLoader {
    let loader =
        aws_config::defaults(BehaviorVersion::latest()).profile_files(files.for_sdk()).region(region);
    match profile.map(str::to_owned).or_else(|| access::variable("AWS_PROFILE")) {
        Some(name) => loader.profile_name(profiles::to_sdk(&name)),
        None => loader,
    }
}

async fn aws(region: Region, profile: Option<&str>) -> Result<(SdkConfig, Expiry), CloudError> {
    let files = AwsFiles::read().await;
    let mut loader = loader(&files, region, profile).retry_config(retries()).timeout_config(timeouts());
    if let Some(path) = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        loader = loader.http_client(trusting(Path::new(&path))?);
    }
    let variable = access::variable("AWS_PROFILE");
    let config = loader.load().await;
    endpoints::check(&config, &files, profile.or(variable.as_deref())).await?;
    let own = match profile {
        // Keys in the environment come before a profile, unless the manifest names one.
        None if access::has_keys() => None,
        _ => profiles::provider(&files, profile, variable.as_deref(), &config).await?,
    };
    let expiry = Expiry::default();
    let Some(inner) = own.or_else(|| config.credentials_provider()) else { return Ok((config, expiry)) };
    let noted = Noted { inner, expiry: expiry.clone() };
    let config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(noted)).build();
    Ok((config, expiry))
}

/// The SDK repeats what broke on the way: connections, 5xx, a clock that is wrong (it then signs with the time of AWS).
/// Three times at most, since the operation repeats changing calls in its own time. Standard, not adaptive: its limiter
/// is one for all calls of a client, knows nothing of what they are for, and cannot be seen.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(300))
}

/// How long one try of a call may take, and all of them together.
const ATTEMPT: Duration = Duration::from_secs(20);
const OPERATION: Duration = Duration::from_secs(60);

/// The SDK sets no read timeout: a server that accepts and then stays silent would hang for ever. The longest answers
/// of CloudFormation take seconds; a changing call that is cut off is repeated with its token.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(15))
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

/// Takes throttling out of the SDK's hands, whose repeats nobody sees: [`crate::budget`] slows everybody down instead.
/// So too for LimitExceededException, which the SDK takes for throttling and which no waiting helps.
#[derive(Debug)]
struct ThrottlingIsOurs;

impl ClassifyRetry for ThrottlingIsOurs {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, _: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError {
                kind: ErrorKind::ThrottlingError,
                ..
            }) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttling is ours"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// When the credentials in use end.
#[derive(Debug, Clone, Default)]
struct Expiry(Arc<Mutex<Option<SystemTime>>>);

impl Expiry {
    fn get(&self) -> Option<DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(DateTime::from)
    }
}

/// Notes when what the SDK's provider gives will end. The SDK keeps credentials until then, so it is asked seldom.
#[derive(Debug)]
struct Noted {
    inner: SharedCredentialsProvider,
    expiry: Expiry,
}

impl ProvideCredentials for Noted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given: provider::Result = self.inner.provide_credentials().await;
            let expiry = given.as_ref().ok().and_then(Credentials::expiry);
            *self.expiry.0.lock().unwrap_or_else(PoisonError::into_inner) = expiry;
            given
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

/// The variable of the AWS command line for certificates of one's own, which the SDK for Rust does not read.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// An HTTP client that trusts the certificates of a PEM file beside the system's.
fn trusting(path: &Path) -> Result<SharedHttpClient, CloudError> {
    let unusable = |reason: String| {
        CloudError::Misconfigured(format!(
            "the certificates of {CA_BUNDLE}, {}, cannot be used: {reason}",
            path.display()
        ))
    };
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let store = TrustStore::default().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(store).build();
    let context = context.map_err(|error| unusable(error.to_string()))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https())
}

fn in_sandbox(region: Region, environment: &Environment, sandbox: &Sandbox) -> (SdkConfig, Expiry) {
    // The sandbox takes a key id of twelve digits for the account, so that accounts stay apart.
    let credentials = Credentials::new(sandbox_account(environment), "sandbox", None, None, "sandbox");
    let http = SharedHttpClient::new(SandboxHttp(sandbox.clone()));
    (plain(region, http, SharedCredentialsProvider::new(credentials)), Expiry::default())
}

fn sandbox_account(environment: &Environment) -> String {
    format!("{:0>12}", environment.account.as_str())
}

/// A configuration that nothing on this machine has a say in.
fn plain(region: Region, http: SharedHttpClient, credentials: SharedCredentialsProvider) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .http_client(http)
        .credentials_provider(credentials)
        .retry_config(retries())
        .timeout_config(timeouts())
        .build()
}
