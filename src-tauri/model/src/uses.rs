//! What an operation in an environment uses besides its stacks: who calls, who acts, where templates and events go, and where
//! the calls do. Whoever reviews an operation sees it, and what of it belongs to another account.

use serde::Serialize;
use specta::Type;

use crate::manifest::{Environment, Target};
use crate::operation::Direction;

/// What something is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UsedAs {
    /// The profile whose credentials are used.
    Profile,
    /// Where the calls go if not to AWS.
    Endpoint,
    /// The role that CloudFormation assumes.
    Role,
    /// The bucket that large templates go through.
    TemplateBucket,
    /// A topic that is told of every event of the stacks.
    Topic,
}

impl UsedAs {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Endpoint => "endpoint",
            Self::Role => "CloudFormation's role",
            Self::TemplateBucket => "template bucket",
            Self::Topic => "notification topic",
        }
    }
}

/// Something that an operation uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Use {
    /// As what.
    #[serde(rename = "as")]
    pub used_as: UsedAs,
    /// Its name, ARN or address.
    pub value: String,
    /// The account that it belongs to, if that is another than the environment's.
    pub foreign_account: Option<String>,
}

impl Use {
    /// Where the calls go.
    pub fn endpoint(url: String) -> Self {
        Self { used_as: UsedAs::Endpoint, value: url, foreign_account: None }
    }

    fn own(used_as: UsedAs, value: &str) -> Self {
        Self { used_as, value: value.to_owned(), foreign_account: None }
    }
}

/// What an operation uses in an environment. In the sandbox it uses nothing of anybody's, and what is only of use to a deploy a
/// destroy leaves alone.
pub fn uses(environment: &Environment, direction: Direction) -> Vec<Use> {
    if environment.target == Target::Sandbox {
        return Vec::new();
    }
    let own = environment.account.as_str();
    let by_arn = |used_as, arn: &String| Use {
        foreign_account: account_of(arn).filter(|account| *account != own).map(str::to_owned),
        ..Use::own(used_as, arn)
    };
    let profile = environment.profile.iter().map(|profile| Use::own(UsedAs::Profile, profile));
    let role = environment.role_arn.iter().map(|arn| by_arn(UsedAs::Role, arn));
    let owner = environment.template_bucket_owner.as_ref().map(|owner| owner.as_str());
    let bucket = environment.template_bucket.iter().map(|bucket| Use {
        foreign_account: owner.filter(|owner| *owner != own).map(str::to_owned),
        ..Use::own(UsedAs::TemplateBucket, bucket)
    });
    let topics = environment.notification_arns.iter().map(|arn| by_arn(UsedAs::Topic, arn));
    let up = direction == Direction::Up;
    profile.chain(role).chain(bucket.chain(topics).filter(|_| up)).collect()
}

/// The account that an ARN names, if it names one.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        let (region, account) = ("us-east-1".parse().unwrap(), "123456789012".parse().unwrap());
        Environment {
            profile: Some("work".to_owned()),
            role_arn: Some("arn:aws:iam::210987654321:role/Deploy".to_owned()),
            template_bucket: Some("acme-templates".to_owned()),
            notification_arns: vec![
                "arn:aws:sns:us-east-1:123456789012:ours".to_owned(),
                "arn:aws:sns:us-east-1:210987654321:theirs".to_owned(),
            ],
            ..Environment::at("prod".parse().unwrap(), Target::Aws, region, account)
        }
    }

    fn told(environment: &Environment, direction: Direction) -> Vec<(UsedAs, Option<String>)> {
        uses(environment, direction).into_iter().map(|it| (it.used_as, it.foreign_account)).collect()
    }

    #[test]
    fn what_belongs_to_another_account_is_marked() {
        let mut environment = environment();
        let theirs = || Some("210987654321".to_owned());
        assert_eq!(
            told(&environment, Direction::Up),
            [
                (UsedAs::Profile, None),
                (UsedAs::Role, theirs()),
                (UsedAs::TemplateBucket, None),
                (UsedAs::Topic, None),
                (UsedAs::Topic, theirs()),
            ]
        );
        assert_eq!(told(&environment, Direction::Down), [(UsedAs::Profile, None), (UsedAs::Role, theirs())]);
        environment.template_bucket_owner = Some("210987654321".parse().unwrap());
        assert_eq!(told(&environment, Direction::Up)[2], (UsedAs::TemplateBucket, theirs()));
        environment.template_bucket_owner = Some(environment.account.clone());
        assert_eq!(told(&environment, Direction::Up)[2], (UsedAs::TemplateBucket, None));
        environment.target = Target::Sandbox;
        assert_eq!(told(&environment, Direction::Up), []);
    }
}
