//! Names that become parts of paths and of CloudFormation names, each its own type: a value of one of
//! these has been checked, so that it cannot leave the root folder or be refused by CloudFormation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use specta::Type;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} '{text}' is not valid: it must be {must_be}")]
pub struct InvalidId {
    /// What the text was meant to be, e.g. `environment`.
    pub what: &'static str,
    /// The text as given.
    pub text: String,
    /// The rule, in words.
    pub must_be: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $must_be:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
        #[serde(try_from = "String", into = "String")]
        #[specta(type = String)]
        pub struct $name(String);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { what: $what, text: text.to_owned(), must_be: $must_be })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id!(
    /// A deployment's id: `D` and six of `A-Z0-9` (`docs/reference/words.md`).
    DeploymentId,
    "deployment id",
    "D and six of A-Z and 0-9, like DX6604E",
    |text| text.len() == 7
        && text.starts_with('D')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
);

id!(
    /// A stack's name inside its deployment. It becomes part of a CloudFormation stack name, which
    /// allows `[a-zA-Z][-a-zA-Z0-9]*` and 128 characters in all.
    StackName,
    "stack name",
    "a letter, then up to 63 letters, digits and hyphens",
    |text| text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
);

id!(
    /// An environment's name: `[a-z][a-z0-9-]{0,15}` (`docs/reference/words.md`).
    EnvironmentName,
    "environment",
    "a small letter, then up to 15 small letters, digits and hyphens",
    |text| text.len() <= 16
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);

id!(
    /// An operation's id: when it began and a random tail, `20251030T004648Z-deploy-k3f9`, so that
    /// log files sort by time. Also the stem of CloudFormation's client request tokens, which allow
    /// `[a-zA-Z0-9][-a-zA-Z0-9]*`.
    OperationId,
    "operation id",
    "up to 63 letters, digits and hyphens, a letter or digit first",
    |text| text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
);

id!(
    /// A review's id: a one-time token that binds what was approved to what runs.
    ReviewId,
    "review id",
    "up to 63 letters, digits and hyphens, a letter or digit first",
    |text| text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
);

id!(
    /// An organization's or a project's name: it becomes part of the folder's name. Letters, digits,
    /// `.`, `_` and `-`; neither a trailing dot nor a name that Windows keeps for devices.
    FolderWord,
    "name",
    "a letter or digit, then up to 63 letters, digits, '.', '_' and '-', not ending in a dot",
    |text| {
        text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && !text.ends_with('.')
            && !is_device(text)
    }
);

/// Whether Windows takes a file's name for a device, whatever folder it stands in (Microsoft Learn, 'Naming Files,
/// Paths, and Namespaces').
pub fn is_device(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_ascii_lowercase();
    let numbered = stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|c: char| c.is_ascii_digit());
    numbered || DEVICES.contains(&stem.as_str())
}

id!(
    /// An AWS account number as the manifest has it: digits. Only one of twelve digits is a real
    /// account ([`AccountId::is_real`]); others serve the sandbox (`docs/reference/words.md`).
    AccountId,
    "account",
    "digits only, twelve for a real AWS account",
    |text| (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
);

impl AccountId {
    /// Whether this can be the number of an AWS account: twelve digits.
    pub fn is_real(&self) -> bool {
        self.0.len() == 12
    }
}

id!(
    /// An AWS region's name, like `us-east-1`.
    Region,
    "region",
    "a region's name like us-east-1",
    |text| (3..=32).contains(&text.len())
        && text.contains('-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);

/// One stack of a deployment in one environment: a cell of the grid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
pub struct StackKey {
    /// The stack's name inside the deployment.
    pub stack: StackName,
    /// The environment.
    pub environment: EnvironmentName,
}

impl StackKey {
    /// A key of the two names.
    pub fn new(stack: &StackName, environment: &EnvironmentName) -> Self {
        Self { stack: stack.clone(), environment: environment.clone() }
    }

    /// The stack's name in CloudFormation: `<deployment-id>-<stack>-<environment>` (`docs/reference/words.md`).
    pub fn cloudformation_name(&self, deployment: &DeploymentId) -> String {
        format!("{deployment}-{}-{}", self.stack, self.environment)
    }
}

impl fmt::Display for StackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stack, self.environment)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_take_what_the_contract_allows_and_nothing_else() {
        for (text, good) in [
            ("DX6604E", true),
            ("DTEST03", true),
            ("DX6604", false),
            ("dx6604e", false),
            ("XX6604E", false),
            ("DX66.4E", false),
            ("DX6604EE", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<DeploymentId>().is_ok(), good, "deployment id {text:?}");
        }
        for (text, good) in [
            ("dev", true),
            ("eu-prod-1", true),
            ("a123456789012345", true),
            ("a1234567890123456", false),
            ("Dev", false),
            ("1dev", false),
            ("de_v", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<EnvironmentName>().is_ok(), good, "environment {text:?}");
        }
        for (text, good) in [
            ("LiveTestOrg", true),
            ("live-test-6", true),
            ("a.b_c", true),
            ("..", false),
            ("a/b", false),
            ("a\\b", false),
            ("a.", false),
            ("con", false),
            ("COM1.txt", false),
            ("console", true),
            ("-a", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<FolderWord>().is_ok(), good, "folder word {text:?}");
        }
        for (text, good) in [("network", true), ("a-b", true), ("a_b", false), ("a.b", false), ("1a", false)]
        {
            assert_eq!(text.parse::<StackName>().is_ok(), good, "stack {text:?}");
        }
        for (text, good) in
            [("123456", true), ("123456789012", true), ("1234567890123", false), ("12a", false)]
        {
            assert_eq!(text.parse::<AccountId>().is_ok(), good, "account {text:?}");
        }
        assert!("123456789012".parse::<AccountId>().unwrap().is_real());
        assert!(!"123456".parse::<AccountId>().unwrap().is_real());
    }

    #[test]
    fn the_cloudformation_name_is_id_stack_environment() {
        let key = StackKey { stack: "network".parse().unwrap(), environment: "dev".parse().unwrap() };
        assert_eq!(key.cloudformation_name(&"DX6604E".parse().unwrap()), "DX6604E-network-dev");
    }

    #[test]
    fn a_hostile_id_does_not_come_in_over_serde() {
        assert!(serde_json::from_str::<StackName>("\"../../etc\"").is_err());
        assert!(serde_json::from_str::<DeploymentId>("\"D/../..X\"").is_err());
    }

    proptest! {
        #[test]
        fn no_accepted_name_can_leave_a_folder(text in "\\PC{0,20}") {
            if let Ok(word) = text.parse::<FolderWord>() {
                let path = std::path::Path::new("/root").join(word.as_str());
                prop_assert_eq!(path.components().count(), 3);
                prop_assert!(word.as_str() != ".." && word.as_str() != ".");
            }
        }
    }
}
