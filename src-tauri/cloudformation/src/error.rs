//! What can go wrong between us and CloudFormation, as a caller can act on it.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

/// A call to AWS that did not do what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// There are no credentials, or they do not hold any more.
    #[error(
        "the credentials for AWS are missing, wrong or expired: {0}; log in again (aws sso login, or check the profile)"
    )]
    Credentials(String),
    /// The credentials hold, but not for this.
    #[error("access denied: {0}; ask for the permission that is named there")]
    Denied(String),
    /// AWS asks to be asked less.
    #[error("AWS throttles the calls: {0}; wait a moment and try again")]
    Throttled(String),
    /// A quota of the account is used up.
    #[error("a limit of the account is reached: {0}; delete what is not needed, or ask AWS to raise it")]
    Limit(String),
    /// No answer came, or one that is not CloudFormation's.
    #[error("CloudFormation cannot be reached: {0}; check the network, the endpoint and the region")]
    Unreachable(String),
    /// The template needs a capability that the manifest does not acknowledge.
    #[error("{0}; acknowledge it under 'capabilities' of the stack in the manifest")]
    Capabilities(String),
    /// A stack of this name exists already.
    #[error("{0}")]
    AlreadyExists(String),
    /// Termination protection is on.
    #[error("{0}; switch the protection off first if the stack is really to be deleted")]
    Protected(String),
    /// CloudFormation does not accept the request.
    #[error("{0}")]
    Rejected(String),
}

impl CloudError {
    /// Whether the same call may well succeed a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Unreachable(_))
    }
}

/// `Display` of an SDK error prints only 'service error': the code and the message are in its metadata, and
/// a failure before the service answered is told by its chain of sources.
pub(crate) fn map<E>(error: SdkError<E>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(service) = error.as_service_error() {
        let code = service.code().unwrap_or_default();
        // No code: an answer that is not CloudFormation's, like a captive portal's page.
        if code.is_empty() {
            return CloudError::Unreachable("the answer is not CloudFormation's".to_owned());
        }
        return by_code(code, service.message().unwrap_or(code));
    }
    let chain = causes(&error);
    if has_source::<CredentialsError>(&error) {
        CloudError::Credentials(chain)
    } else {
        CloudError::Unreachable(chain)
    }
}

fn by_code(code: &str, message: &str) -> CloudError {
    let message = printable(message);
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "RequestExpired" => CloudError::Credentials(message),
        "AccessDenied" | "AccessDeniedException" => CloudError::Denied(message),
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
            CloudError::Throttled(message)
        }
        "LimitExceededException" => CloudError::Limit(message),
        "InsufficientCapabilitiesException" => CloudError::Capabilities(message),
        "AlreadyExistsException" => CloudError::AlreadyExists(message),
        "ServiceUnavailable" | "InternalFailure" | "InternalError" => CloudError::Unreachable(message),
        "ValidationError" if message.contains("TerminationProtection is enabled") => {
            CloudError::Protected(message)
        }
        "ValidationError" => CloudError::Rejected(message),
        _ => CloudError::Rejected(format!("{code}: {message}")),
    }
}

/// Texts from outside may hold control characters, which a terminal would obey.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = printable(&cause.to_string());
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { printable(&error.to_string()) } else { texts.join(": ") }
}

fn has_source<T: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<T>() {
            return true;
        }
        next = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_code_has_its_kind() {
        type Kind = fn(String) -> CloudError;
        let table: [(&str, &str, Kind); 10] = [
            (
                "ExpiredToken",
                "The security token included in the request is expired",
                CloudError::Credentials,
            ),
            (
                "AccessDenied",
                "User: u is not authorized to perform: cloudformation:CreateStack",
                CloudError::Denied,
            ),
            ("Throttling", "Rate exceeded", CloudError::Throttled),
            ("LimitExceededException", "Limit for stack has been exceeded", CloudError::Limit),
            (
                "InsufficientCapabilitiesException",
                "Requires capabilities : [CAPABILITY_NAMED_IAM]",
                CloudError::Capabilities,
            ),
            ("AlreadyExistsException", "Stack [n] already exists", CloudError::AlreadyExists),
            ("InternalFailure", "oops", CloudError::Unreachable),
            (
                "ValidationError",
                "Stack [n] cannot be deleted while TerminationProtection is enabled",
                CloudError::Protected,
            ),
            ("ValidationError", "Parameters: [X] must have values", CloudError::Rejected),
            ("InvalidClientTokenId", "The security token is invalid", CloudError::Credentials),
        ];
        for (code, message, kind) in table {
            assert_eq!(by_code(code, message), kind(message.to_owned()), "{code}");
        }
        assert_eq!(by_code("Odd", "thing"), CloudError::Rejected("Odd: thing".to_owned()));
    }

    #[test]
    fn texts_from_outside_cannot_steer_a_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\n"), "a [31mb ");
    }
}
