//! Where calls go if not to AWS: by variables and by settings of the profile, as the SDK reads them.

use aws_config::SdkConfig;
use aws_runtime::env_config::EnvConfigValue;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::ServiceConfigKey;
use http::Uri;

use skydeck_model::clean;

use crate::error::{CloudError, Service};
use crate::profiles::{AwsFiles, from_sdk};

/// The variable for all services. Source: AWS SDKs and Tools Reference Guide, 'Service-specific endpoints'.
const FOR_ALL: &str = "AWS_ENDPOINT_URL";

/// The services that every operation may ask, by the names that settings have for them.
const SERVICES: [(Service, &str); 3] =
    [(Service::CloudFormation, "CloudFormation"), (Service::S3, "S3"), (Service::Sts, "STS")];

/// Where the calls to a service go if not to AWS.
pub(crate) fn of(config: &SdkConfig, service: Service) -> Option<String> {
    let (_, id) = SERVICES.iter().find(|(known, _)| *known == service)?;
    let key = ServiceConfigKey::builder().service_id(id).env(FOR_ALL).profile("endpoint_url").build().ok()?;
    let own = config.service_config().and_then(|settings| settings.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Where the calls go if not to AWS, each place once, as it may be shown.
pub(crate) fn all(config: &SdkConfig) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for url in SERVICES.iter().filter_map(|(service, _)| of(config, *service)) {
        let shown = clean::line(&without_user(&url));
        if !found.contains(&shown) {
            found.push(shown);
        }
    }
    found
}

/// That every endpoint of one's own is a URL that calls can go to. `profile`: the one whose settings hold.
///
/// # Errors
/// One that is none, with what set it.
pub(crate) async fn check(
    config: &SdkConfig,
    files: &AwsFiles,
    profile: Option<&str>,
) -> Result<(), CloudError> {
    for (service, id) in SERVICES {
        let Some(url) = of(config, service).filter(|url| !is_url(url)) else { continue };
        let set_by = set_by(files, profile, id).await;
        let shown = clean::line(&without_user(&url));
        return Err(CloudError::Misconfigured(match url.contains("://") {
            true => format!(
                "{set_by} is '{shown}', which is no URL of a server; set one like 'http://localhost:4566'"
            ),
            false => format!(
                "{set_by} is '{shown}', a URL without a scheme; put 'https://' or 'http://' in front of it"
            ),
        }));
    }
    Ok(())
}

fn is_url(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|url| {
        let is_http = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
        is_http && url.host().is_some_and(|host| !host.is_empty())
    })
}

/// What set the endpoint of a service: variables come before settings of the profile, and what is for the service alone
/// before what is for all.
async fn set_by(files: &AwsFiles, profile: Option<&str>, id: &str) -> String {
    let own = format!("{FOR_ALL}_{}", id.to_uppercase());
    if let Some(name) = [own.as_str(), FOR_ALL].into_iter().find(|name| std::env::var_os(name).is_some()) {
        return name.to_owned();
    }
    let chosen = profile.unwrap_or("default");
    let Ok(sections) = files.sections(Some(chosen)).await else { return "endpoint_url".to_owned() };
    let env = Env::from_slice(&[]);
    let value = |setting: EnvConfigValue<'_>| {
        setting.profile("endpoint_url").load(&env, Some(&sections)).map(|(url, _)| url.into_owned())
    };
    let alone = value(EnvConfigValue::new().service_id(id));
    match sections.get("services") {
        Some(section) if alone != value(EnvConfigValue::new()) => {
            format!("'endpoint_url' of {} in [services {}]", id.to_lowercase(), from_sdk(section))
        }
        _ => format!("'endpoint_url' of profile '{chosen}'"),
    }
}

/// A URL without the user and the password that it may name.
pub(crate) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_calls_can_go_to_is_a_url() {
        for url in ["http://127.0.0.1:4566", "https://aws.example", "http://[::1]:80/path"] {
            assert!(is_url(url), "{url}");
        }
        for url in [
            "",
            "localhost",
            "localhost:4566",
            "127.0.0.1:4566/",
            "ftp://x",
            "http://",
            "http:/x",
            "http://a b",
        ] {
            assert!(!is_url(url), "{url}");
        }
    }

    #[test]
    fn a_password_in_an_endpoint_is_not_shown() {
        for (url, shown) in [
            ("http://127.0.0.1:4599", "http://127.0.0.1:4599"),
            ("https://ada:hunter2@aws.example/a@b", "https://aws.example/a@b"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }
}
