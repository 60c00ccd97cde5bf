//! From an environment of the manifest to a connection: the one door to AWS and to the sandbox.

use std::path::Path;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_cloudformation::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use skydeck_model::{Environment, Target};
use skydeck_sandbox::Sandbox;

use crate::client::Connection;
use crate::error::CloudError;
use crate::sandbox_http::SandboxHttp;

/// Connects to where an environment lives. Nothing is asked yet: whether credentials hold and whose they
/// are shows with the first call ([`Connection::account`]).
///
/// For `aws` the SDK's own chain, profiles and variables hold (contract, section 6).
///
/// # Errors
/// An `AWS_CA_BUNDLE` that cannot be used.
pub async fn connect(environment: &Environment, sandbox: &Sandbox) -> Result<Connection, CloudError> {
    let region = Region::new(environment.region.as_str().to_owned());
    let config = match environment.target {
        Target::Aws => aws(region, environment.profile.as_deref()).await?,
        Target::Sandbox => in_sandbox(region, environment, sandbox),
    };
    Ok(Connection::new(&config, environment))
}

async fn aws(region: Region, profile: Option<&str>) -> Result<SdkConfig, CloudError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        // Standard, not adaptive: the adaptive limiter slows every call down after one throttle. Five
        // attempts ride out the short throttling that CloudFormation is known for.
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        // The SDK sets no read timeout: a server that accepts and then stays silent would hang for ever.
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .read_timeout(Duration::from_secs(15))
                .operation_attempt_timeout(Duration::from_secs(20))
                .operation_timeout(Duration::from_secs(60))
                .build(),
        );
    if let Some(path) = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        loader = loader.http_client(trusting(Path::new(&path))?);
    }
    if let Some(profile) = profile {
        // The provider too: with AWS_ACCESS_KEY_ID in the environment, the name alone is passed over.
        loader = loader
            .profile_name(profile)
            .credentials_provider(ProfileFileCredentialsProvider::builder().profile_name(profile).build());
    }
    Ok(loader.load().await)
}

/// The variable of the AWS command line for certificates of one's own, which the SDK for Rust does not read.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// An HTTP client that trusts the certificates of a PEM file beside the system's.
fn trusting(path: &Path) -> Result<SharedHttpClient, CloudError> {
    let unusable = |reason: String| {
        CloudError::Unreachable(format!(
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

fn in_sandbox(region: Region, environment: &Environment, sandbox: &Sandbox) -> SdkConfig {
    // The sandbox takes a key id of twelve digits for the account, so that accounts stay apart.
    let account = format!("{:0>12}", environment.account.as_str());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .http_client(SandboxHttp(sandbox.clone()))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            account, "sandbox", None, None, "sandbox",
        )))
        .retry_config(RetryConfig::standard())
        .build()
}
