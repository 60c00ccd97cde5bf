//! What can go wrong between us and CloudFormation, as a caller can act on it. Each kind says what happened and what
//! to do next; where it came from (an error's code, a change set's reason, a stack's reason) makes no difference.

use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use skydeck_model::clean;
use skydeck_model::review::Finding;

/// A call to AWS that did not do what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// There are no credentials that hold.
    #[error("{0}")]
    Credentials(Credentials),
    /// The credentials hold, but not for this.
    #[error("access denied{}: {message}; ask for that permission, or use a profile that has it", missing(.action))]
    Denied {
        /// The missing permission, like `cloudformation:CreateStack`, where AWS names it.
        action: Option<String>,
        /// What AWS says.
        message: String,
    },
    /// AWS asks to be asked less, and went on to do so for minutes.
    #[error("AWS throttles the calls: {0}; wait a moment and try again")]
    Throttled(String),
    /// A quota of the account is used up.
    #[error("a limit of the account is reached: {0}; delete what is not needed, or ask AWS to raise it")]
    Limit(String),
    /// No answer came, or one that is not that of AWS.
    #[error("{service} cannot be reached: {cause}; check the network, the endpoint and the region")]
    Unreachable {
        /// Who was asked.
        service: Service,
        /// Why.
        cause: String,
    },
    /// What this machine says about the way to AWS leads nowhere.
    #[error("{0}")]
    Misconfigured(String),
    /// The clock of this machine is wrong, so that AWS refuses its signatures.
    #[error("this machine's clock differs from that of AWS: {0}; set the clock")]
    ClockSkew(String),
    /// The template needs capabilities that the manifest does not acknowledge.
    #[error("the template needs {}; acknowledge it under 'capabilities' of the stack in the manifest", .needed.join(", "))]
    Capabilities {
        /// Like `CAPABILITY_NAMED_IAM`.
        needed: Vec<String>,
    },
    /// Other stacks import what this one exports.
    #[error("the export {export} is in use by {}; delete or change these stacks first", .by.join(", "))]
    ExportInUse {
        /// The export's name.
        export: String,
        /// The names of the stacks that import it.
        by: Vec<String>,
    },
    /// Termination protection is on.
    #[error("{0}; switch the protection off first if the stack is really to be deleted")]
    Protected(String),
    /// The template is larger than CloudFormation takes.
    #[error("the template has {bytes} bytes, and CloudFormation takes {limit} {}", way_for(*.limit))]
    TemplateTooLarge {
        /// Its size.
        bytes: usize,
        /// The largest size that would do.
        limit: usize,
    },
    /// Parameters are missing, unknown or of a wrong form.
    #[error("{0}; mend 'parameters' of the stack in the manifest")]
    Parameters(String),
    /// The change set is gone, or the stack changed since it was made.
    #[error("{0}; the stack has changed since it was reviewed: review it again")]
    PlanOutOfDate(String),
    /// Something of this name exists already.
    #[error("{0}")]
    AlreadyExists(String),
    /// There is no such stack.
    #[error("{0}")]
    Absent(String),
    /// The stack stands in a way that does not allow it, most often since something runs on it.
    #[error("{0}; wait for its end, or repair the stack, and try again")]
    Busy(String),
    /// CloudFormation does not accept the request.
    #[error("{0}")]
    Rejected(String),
    /// CloudFormation's validation refuses the change set.
    #[error("{}", told(.0))]
    Invalid(Vec<Finding>),
}

/// Whom a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// CloudFormation.
    CloudFormation,
    /// S3, for templates and buckets.
    S3,
    /// STS: whose credentials they are, and roles.
    Sts,
    /// IAM Identity Center, for the credentials of an SSO profile.
    IdentityCenter,
    /// AWS Sign-In, for those of `aws login`.
    SignIn,
    /// What gives a machine or a container its credentials.
    Metadata,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CloudFormation => "CloudFormation",
            Self::S3 => "S3",
            Self::Sts => "STS",
            Self::IdentityCenter => "IAM Identity Center",
            Self::SignIn => "AWS Sign-In",
            Self::Metadata => "the metadata service of this machine",
        })
    }
}

/// Why credentials do not hold, and how to get others. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Why.
    pub problem: CredentialsProblem,
    /// The profile they are of; `None`: those of the environment's variables or of the machine.
    pub profile: Option<String>,
    /// The command that gets new ones, like `aws sso login --profile x`, where there is one.
    pub command: Option<String>,
    /// What the SDK or AWS says.
    pub message: String,
}

/// What is wrong with credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsProblem {
    /// There are none.
    Missing,
    /// The AWS configuration has no profile of that name.
    NoProfile,
    /// They were good once.
    Expired,
    /// The login that they come from (SSO, `aws login`) has run out.
    LoginRanOut,
    /// AWS does not accept them.
    Refused,
    /// The way that the profile describes did not lead to any; the message tells where it broke.
    Failed,
}

pub(crate) use skydeck_model::template::{LARGEST as URL_LIMIT, LARGEST_IN_A_CALL as BODY_LIMIT};

fn way_for(limit: usize) -> &'static str {
    if limit == BODY_LIMIT {
        "within a call: name a bucket for larger ones as 'template_bucket' of the environment in the manifest"
    } else {
        "at most: split it into several stacks"
    }
}

fn missing(action: &Option<String>) -> String {
    action.as_ref().map(|action| format!(", {action} is missing")).unwrap_or_default()
}

/// What refuses, and not what is only warned of.
fn told(findings: &[Finding]) -> String {
    let refusing = findings.iter().filter(|finding| finding.refuses);
    refusing.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match &self.profile {
            Some(profile) => format!(" of profile '{profile}'"),
            None => String::new(),
        };
        match self.problem {
            CredentialsProblem::Missing => write!(f, "there are no credentials for AWS{of}")?,
            CredentialsProblem::NoProfile => write!(f, "the AWS configuration holds nothing{of}")?,
            CredentialsProblem::Expired => write!(f, "the credentials{of} for AWS have expired")?,
            CredentialsProblem::LoginRanOut => write!(f, "the AWS login{of} has run out")?,
            CredentialsProblem::Refused => {
                write!(f, "AWS does not accept the credentials{of}: {}", self.message)?;
            }
            // What to do is said there.
            CredentialsProblem::Failed => {
                return match &self.profile {
                    Some(profile) => write!(f, "profile '{profile}' gives no credentials: {}", self.message),
                    None => write!(f, "there are no credentials for AWS: {}", self.message),
                };
            }
        }
        match (&self.command, self.problem) {
            (Some(command), _) => write!(f, "; log in with '{command}'"),
            (None, CredentialsProblem::Missing | CredentialsProblem::NoProfile) => {
                f.write_str("; choose a profile, or set one up with 'aws configure sso' or 'aws login'")
            }
            (None, _) => f.write_str("; get new ones, or choose another profile"),
        }
    }
}

/// What is told of a server that answers, and not as AWS does.
const FOREIGN_ANSWER: &str = "the answer is not that of AWS";

impl CloudError {
    /// Whether a server answered that does not know the action, or has no word on it for anybody.
    pub(crate) fn is_refusal_of_action(&self) -> bool {
        match self {
            Self::Unreachable { cause, .. } => cause == FOREIGN_ANSWER,
            Self::Throttled(_) | Self::Credentials(_) | Self::ClockSkew(_) => false,
            _ => true,
        }
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Unreachable { .. })
    }

    /// Whether CloudFormation was not asked what it was to be asked, so that it has no word on it.
    pub fn is_no_answer(&self) -> bool {
        self.is_passing()
            || matches!(
                self,
                Self::Credentials(_) | Self::Denied { .. } | Self::Limit(_) | Self::ClockSkew(_)
            )
    }

    /// The command that gets new credentials, where it is for lack of them and there is one.
    pub fn login_command(&self) -> Option<&str> {
        match self {
            Self::Credentials(credentials) => credentials.command.as_deref(),
            _ => None,
        }
    }

    /// The kind behind a reason in CloudFormation's words: of a stack, a change set or a resource.
    pub fn of_reason(reason: &str) -> Self {
        by_message(clean::line(reason))
    }
}

/// `Display` of an SDK error prints only 'service error': the code and the message are in its metadata, and
/// a failure before the service answered is told by its chain of sources.
pub(crate) fn map<E>(service: Service, error: &SdkError<E>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(answer) = error.as_service_error() {
        let code = answer.code().unwrap_or_default();
        // No code: an answer that is not that of AWS, like a captive portal's page.
        if code.is_empty() {
            return CloudError::Unreachable { service, cause: FOREIGN_ANSWER.to_owned() };
        }
        return by_code(service, code, answer.message().unwrap_or(code));
    }
    // Of our own providers, which know more.
    if let Some(told) = find::<CloudError>(error) {
        return told.clone();
    }
    let cause = causes(error);
    if find::<CredentialsError>(error).is_some() {
        credentials(problem_of(&cause), cause)
    } else {
        CloudError::Unreachable { service, cause }
    }
}

/// Whose they are and how to get others is added by who knows ([`crate::access`]).
pub(crate) fn credentials(problem: CredentialsProblem, message: String) -> CloudError {
    CloudError::Credentials(Credentials { problem, profile: None, command: None, message })
}

/// The SDK's providers tell why only in words.
pub(crate) fn problem_of(chain: &str) -> CredentialsProblem {
    const RAN_OUT: [&str; 5] =
        ["SSO token", "Login token", "UnauthorizedException", "access token", "refresh token"];
    if RAN_OUT.iter().any(|words| chain.contains(words)) {
        CredentialsProblem::LoginRanOut
    } else if chain.to_ascii_lowercase().contains("expired") {
        CredentialsProblem::Expired
    } else {
        CredentialsProblem::Missing
    }
}

/// By the error's code; what CloudFormation calls ValidationError is told apart by its text.
fn by_code(service: Service, code: &str, message: &str) -> CloudError {
    use CredentialsProblem::{Expired, Refused};
    let message = clean::line(message);
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => credentials(Expired, message),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" | "RequestTimeTooSkewed"
            if code == "RequestTimeTooSkewed"
                || message.contains("expired")
                || message.contains("not yet current") =>
        {
            CloudError::ClockSkew(message)
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "MissingAuthenticationToken"
        | "RequestExpired" => credentials(Refused, message),
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
            CloudError::Denied { action: denied_action(&message), message }
        }
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => CloudError::Throttled(message),
        "LimitExceededException" | "LimitExceeded" => CloudError::Limit(message),
        "InsufficientCapabilitiesException" | "InsufficientCapabilities" => {
            CloudError::Capabilities { needed: bracketed(&message) }
        }
        "AlreadyExistsException" => CloudError::AlreadyExists(message),
        "ChangeSetNotFound" | "ChangeSetNotFoundException" | "InvalidChangeSetStatus" => {
            CloudError::PlanOutOfDate(message)
        }
        "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError" => CloudError::Unreachable { service, cause: message },
        "ValidationError" => by_message(message),
        _ => CloudError::Rejected(format!("{code}: {message}")),
    }
}

/// One row for each text by which CloudFormation tells that something is not possible: words of which one must be
/// in it, and what it is then.
type Row = (&'static [&'static str], fn(String) -> CloudError);

#[rustfmt::skip]
const TEXTS: &[Row] = &[
    (&["TerminationProtection is enabled"], CloudError::Protected),
    (&["is not authorized to perform", "You are not authorized to perform"], denied),
    (&["Rate exceeded"], CloudError::Throttled),
    (&["as it is in use by"], export_in_use),
    (&["Update of resource type is not permitted"], retyped),
    (&["already exists and cannot be created again with the changeSet"], CloudError::PlanOutOfDate),
    (&["Requires capabilities"], |text| CloudError::Capabilities { needed: bracketed(&text) }),
    (&["Parameters: [", "Parameter validation failed", "Invalid template parameter", "must be one of AllowedValues", "Parameter '"], CloudError::Parameters),
    (&["state and can not be", "cannot be deleted while in status", "CancelUpdateStack cannot be called", "cannot be called from current stack status", "Drift detection cannot be performed", "Drift detection is already in progress"], CloudError::Busy),
];

fn by_message(text: String) -> CloudError {
    // Three wordings: 'Stack with id X does not exist', 'Stack [X] does not exist', 'Stack:arn… does not exist'.
    if text.starts_with("Stack") && text.contains("does not exist") {
        return CloudError::Absent(text);
    }
    let row = TEXTS.iter().find(|(words, _)| words.iter().any(|words| text.contains(words)));
    row.map_or(CloudError::Rejected as fn(String) -> CloudError, |(_, kind)| *kind)(text)
}

fn denied(message: String) -> CloudError {
    CloudError::Denied { action: denied_action(&message), message }
}

/// 'User: … is not authorized to perform: cloudformation:CreateStack on resource: …', and of a resource's own
/// service also 'API: ec2:CreateVpc You are not authorized to perform this operation.'
fn denied_action(message: &str) -> Option<String> {
    let after = ["not authorized to perform: ", "API: "].iter().find_map(|words| message.split_once(words));
    let action = after?.1.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    action.contains(':').then(|| action.to_owned())
}

/// 'Update of resource type is not permitted. The new template modifies resource type of the following resources: [Queue]'.
fn retyped(message: String) -> CloudError {
    let message = message.trim_end_matches('.');
    CloudError::Rejected(format!(
        "{message}. Give the new resource another logical ID: CloudFormation then makes it, and removes the old one with \
         what it holds"
    ))
}

/// 'Export X cannot be deleted as it is in use by A, B': also 'updated'.
fn export_in_use(message: String) -> CloudError {
    let parts = message.split_once("xport ").and_then(|(_, rest)| {
        let (export, rest) = rest.split_once(" cannot be ")?;
        Some((export, rest.split_once("in use by ")?.1))
    });
    match parts {
        Some((export, by)) => CloudError::ExportInUse {
            export: export.to_owned(),
            by: by.split(',').map(|name| name.trim().trim_end_matches('.').to_owned()).collect(),
        },
        None => CloudError::Rejected(message),
    }
}

/// 'Requires capabilities : [CAPABILITY_IAM, CAPABILITY_NAMED_IAM]'.
fn bracketed(message: &str) -> Vec<String> {
    let list = message.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    match list {
        Some((list, _)) => list.split(',').map(|word| word.trim().to_owned()).collect(),
        None => vec![message.to_owned()],
    }
}

/// A text of another program: in one line that is not too long, and without what looks like a key or a token.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 300;
    let words = clean::line(text);
    let words: Vec<String> = words.split_whitespace().map(without_secrets).collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A word whose parts that look like a key's id, a key or a token are left out.
fn without_secrets(word: &str) -> String {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_');
    let is_secret = |part: &str| {
        let is_id = part.len() >= 16 && ["AKIA", "ASIA"].iter().any(|start| part.contains(start));
        let is_path = part.starts_with('/') && part.matches('/').count() > 2;
        let is_key = part.len() >= 40 && !is_path && part.contains(|c: char| c.is_ascii_digit());
        is_id || is_key
    };
    let mut text = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_of_key(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        text.push_str(if is_secret(part) { "…" } else { part });
        let next = after.find(is_of_key).unwrap_or(after.len());
        text.push_str(&after[..next]);
        rest = &after[next..];
    }
    text
}

pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = clean::line(&cause.to_string());
        // The SDK goes on to print the whole request.
        let text = text.split(" to request `Request").next().unwrap_or_default().to_owned();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { clean::line(&error.to_string()) } else { texts.join(": ") }
}

/// The first of a kind among an error and its sources.
pub(crate) fn find<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(needed: &[&str]) -> CloudError {
        CloudError::Capabilities { needed: needed.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn every_known_text_has_its_kind() {
        use CredentialsProblem::{Expired, Refused};
        type Kind = fn(String) -> CloudError;
        let validation = "ValidationError";
        let denied_create = "User: arn:aws:iam::123456789012:user/u is not authorized to perform: cloudformation:CreateStack on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/n/*";
        #[rustfmt::skip]
        let table: [(&str, &str, Kind); 22] = [
            ("ExpiredToken", "The security token included in the request is expired", |m| credentials(Expired, m)),
            ("InvalidClientTokenId", "The security token included in the request is invalid.", |m| credentials(Refused, m)),
            ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", |m| credentials(Refused, m)),
            ("SignatureDoesNotMatch", "Signature expired: 20261123T100000Z is now earlier than 20261123T101500Z", CloudError::ClockSkew),
            ("SignatureDoesNotMatch", "Signature not yet current: 20261123T103000Z is still later than 20261123T101500Z", CloudError::ClockSkew),
            ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", CloudError::ClockSkew),
            ("AccessDenied", denied_create, |m| CloudError::Denied { action: Some("cloudformation:CreateStack".to_owned()), message: m }),
            ("AccessDenied", "Access Denied", |m| CloudError::Denied { action: None, message: m }),
            ("Throttling", "Rate exceeded", CloudError::Throttled),
            ("LimitExceededException", "Limit for stack has been exceeded", CloudError::Limit),
            ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]", |_| named(&["CAPABILITY_NAMED_IAM"])),
            ("AlreadyExistsException", "Stack [n] already exists", CloudError::AlreadyExists),
            ("InternalFailure", "oops", |cause| CloudError::Unreachable { service: Service::CloudFormation, cause }),
            ("ChangeSetNotFound", "ChangeSet [skydeck-review] does not exist", CloudError::PlanOutOfDate),
            ("ValidationError", "Stack [n] already exists and cannot be created again with the changeSet [c].", CloudError::PlanOutOfDate),
            ("InvalidChangeSetStatus", "ChangeSet [arn] cannot be executed in its current execution status of [OBSOLETE]", CloudError::PlanOutOfDate),
            (validation, "Stack with id n does not exist", CloudError::Absent),
            (validation, "Stack [n] does not exist", CloudError::Absent),
            (validation, "Stack [n] cannot be deleted while TerminationProtection is enabled", CloudError::Protected),
            (validation, "Parameters: [X] must have values", CloudError::Parameters),
            (validation, "Stack:arn:aws:cloudformation:us-east-1:1:stack/n/1 is in UPDATE_IN_PROGRESS state and can not be updated.", CloudError::Busy),
            (validation, "Template error: instance of Fn::GetAtt references undefined resource X", CloudError::Rejected),
        ];
        for (code, message, kind) in table {
            assert_eq!(
                by_code(Service::CloudFormation, code, message),
                kind(message.to_owned()),
                "{code}: {message}"
            );
        }
        assert_eq!(
            by_code(Service::CloudFormation, "Odd", "thing"),
            CloudError::Rejected("Odd: thing".to_owned())
        );
    }

    #[test]
    fn reasons_of_stacks_and_change_sets_are_told_apart_too() {
        let in_use = CloudError::ExportInUse {
            export: "net-VpcId".to_owned(),
            by: vec!["a".to_owned(), "b".to_owned()],
        };
        let ec2 = "API: ec2:CreateVpc You are not authorized to perform this operation. Encoded authorization failure message: x";
        for (reason, kind) in [
            ("Export net-VpcId cannot be deleted as it is in use by a, b", in_use.clone()),
            (
                "Export net-VpcId cannot be updated as it is in use by a and b.",
                CloudError::ExportInUse { export: "net-VpcId".to_owned(), by: vec!["a and b".to_owned()] },
            ),
            (
                "Requires capabilities : [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]",
                named(&["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]),
            ),
            (ec2, CloudError::Denied { action: Some("ec2:CreateVpc".to_owned()), message: ec2.to_owned() }),
            (
                "S3 error: The specified bucket does not exist",
                CloudError::Rejected("S3 error: The specified bucket does not exist".to_owned()),
            ),
        ] {
            assert_eq!(CloudError::of_reason(reason), kind, "{reason}");
        }
    }

    #[test]
    fn a_login_that_ran_out_is_told_from_keys_that_are_missing_or_expired() {
        for (chain, problem) in [
            (
                "an error occurred while loading credentials: the SSO token has expired and cannot be refreshed",
                CredentialsProblem::LoginRanOut,
            ),
            (
                "an error occurred while loading credentials: an error occurred while loading an access token: failed to load the cached SSO token",
                CredentialsProblem::LoginRanOut,
            ),
            (
                "an error occurred while loading credentials: cached Login token is expired",
                CredentialsProblem::LoginRanOut,
            ),
            (
                "an error occurred while loading credentials: the credentials have expired",
                CredentialsProblem::Expired,
            ),
            (
                "the credential provider was not enabled: no providers in chain provided credentials",
                CredentialsProblem::Missing,
            ),
        ] {
            assert_eq!(problem_of(chain), problem, "{chain}");
        }
    }

    #[test]
    fn missing_credentials_are_told_in_a_sentence_and_not_in_a_chain_of_causes() {
        let chain =
            "dispatch failure: other: no providers in chain provided credentials: Environment: not set";
        let none = credentials(CredentialsProblem::Missing, chain.to_owned()).to_string();
        assert_eq!(
            none,
            "there are no credentials for AWS; choose a profile, or set one up with 'aws configure sso' or 'aws login'"
        );
        let ran_out = CloudError::Credentials(Credentials {
            problem: CredentialsProblem::LoginRanOut,
            profile: Some("acme".to_owned()),
            command: Some("aws sso login --profile acme".to_owned()),
            message: chain.to_owned(),
        });
        assert_eq!(
            ran_out.to_string(),
            "the AWS login of profile 'acme' has run out; log in with 'aws sso login --profile acme'"
        );
    }

    #[test]
    fn the_missing_permission_comes_first() {
        let error =
            denied("User: u is not authorized to perform: cloudformation:ListStacks because …".to_owned());
        assert!(
            error.to_string().starts_with("access denied, cloudformation:ListStacks is missing: "),
            "{error}"
        );
    }

    #[test]
    fn what_another_program_says_is_short_and_holds_no_key() {
        for (said, shown) in [
            ("locked\n\tby ada\r\n", "locked by ada"),
            ("it \u{1b}[1;31mis\u{1b}[0m \u{7}locked\u{1b}", "it is \u{fffd}locked\u{fffd}"),
            ("id=AKIAABCDEFGHIJKLMNOP, again", "id=…, again"),
            ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.", "key …."),
            (
                "/opt/Vault2/lib/python3/packages/of/the/vault/main is gone",
                "/opt/Vault2/lib/python3/packages/of/the/vault/main is gone",
            ),
        ] {
            assert_eq!(short(said), shown);
        }
        assert_eq!(short(&"ä ".repeat(1000)).chars().count(), 301);
    }

    #[test]
    fn texts_from_outside_cannot_steer_a_terminal() {
        assert_eq!(clean::line("a\u{1b}[31mb\n"), "ab ");
    }
}
