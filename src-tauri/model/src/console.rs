//! Where a stack and its resources are found in the AWS console. An address is made only of an ARN that is one in every
//! part, and only on the console's own hosts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cloudformation;
use crate::manifest::{Environment, Target};

/// A partition of AWS, with the host of its console.
const CONSOLES: [(&str, &str); 3] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// The types of resources that have a page of their own, with its path. `{id}` is the physical id, `{region}` the stack's
/// region. The console's paths are documented nowhere: these are the ones that it shows itself.
const PAGES: [(&str, &str); 31] = [
    ("AWS::ApiGateway::RestApi", "apigateway/main/apis/{id}/resources?api={id}&region={region}"),
    ("AWS::ApiGatewayV2::Api", "apigateway/main/api-detail?api={id}&region={region}"),
    ("AWS::CloudFront::Distribution", "cloudfront/v4/home#/distributions/{id}"),
    ("AWS::CloudWatch::Alarm", "cloudwatch/home?region={region}#alarmsV2:alarm/{id}"),
    ("AWS::CloudWatch::Dashboard", "cloudwatch/home?region={region}#dashboards/dashboard/{id}"),
    ("AWS::Cognito::UserPool", "cognito/v2/idp/user-pools/{id}/users?region={region}"),
    ("AWS::DynamoDB::Table", "dynamodbv2/home?region={region}#table?name={id}"),
    ("AWS::EC2::Instance", "ec2/home?region={region}#InstanceDetails:instanceId={id}"),
    ("AWS::EC2::InternetGateway", "vpcconsole/home?region={region}#InternetGateway:internetGatewayId={id}"),
    ("AWS::EC2::NatGateway", "vpcconsole/home?region={region}#NatGatewayDetails:natGatewayId={id}"),
    ("AWS::EC2::RouteTable", "vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={id}"),
    ("AWS::EC2::SecurityGroup", "ec2/home?region={region}#SecurityGroup:groupId={id}"),
    ("AWS::EC2::Subnet", "vpcconsole/home?region={region}#SubnetDetails:subnetId={id}"),
    ("AWS::EC2::VPC", "vpcconsole/home?region={region}#VpcDetails:VpcId={id}"),
    ("AWS::ECS::Cluster", "ecs/v2/clusters/{id}?region={region}"),
    ("AWS::EKS::Cluster", "eks/clusters/{id}?region={region}"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "ec2/home?region={region}#LoadBalancer:loadBalancerArn={id}",
    ),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "ec2/home?region={region}#TargetGroup:targetGroupArn={id}"),
    ("AWS::IAM::ManagedPolicy", "iam/home#/policies/details/{id}"),
    ("AWS::IAM::Role", "iam/home#/roles/details/{id}"),
    ("AWS::IAM::User", "iam/home#/users/details/{id}"),
    ("AWS::KMS::Key", "kms/home?region={region}#/kms/keys/{id}"),
    ("AWS::Kinesis::Stream", "kinesis/home?region={region}#/streams/details/{id}/monitoring"),
    ("AWS::Lambda::Function", "lambda/home?region={region}#/functions/{id}"),
    ("AWS::RDS::DBCluster", "rds/home?region={region}#database:id={id};is-cluster=true"),
    ("AWS::RDS::DBInstance", "rds/home?region={region}#database:id={id};is-cluster=false"),
    ("AWS::Route53::HostedZone", "route53/v2/hostedzones#ListRecordSets/{id}"),
    ("AWS::S3::Bucket", "s3/buckets/{id}?region={region}"),
    ("AWS::SNS::Topic", "sns/v3/home?region={region}#/topic/{id}"),
    ("AWS::SQS::Queue", "sqs/v3/home?region={region}#/queues/{id}"),
    ("AWS::StepFunctions::StateMachine", "states/home?region={region}#/statemachines/view/{id}"),
];

/// What needs no encoding anywhere in an address (RFC 3986, unreserved).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The ARN of a stack that the console can have; `None`: it is not known, is not that of this stack, or the stack lives in the
/// sandbox. `name`: its name in CloudFormation. `place`: its environment.
pub fn arn<'a>(name: &str, place: Option<&Environment>, stack_id: Option<&'a str>) -> Option<&'a str> {
    let place = place.filter(|place| place.target == Target::Aws)?;
    cloudformation::own_id(stack_id?, name, place)
}

/// The address of a stack in the console, by its ARN; `None` where that is no stack's ARN, or of a partition whose
/// console is not known.
pub fn stack(arn: &str) -> Option<String> {
    let Place { host, region } = Place::of(arn)?;
    Some(format!(
        "https://{host}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={}",
        encoded(arn)
    ))
}

/// The address of a resource in the console, by its stack's ARN, its type, and its physical id; `None` where its type has
/// no page that is known, or its stack no address.
pub fn resource(stack_arn: &str, resource_type: &str, physical_id: &str) -> Option<String> {
    let Place { host, region } = Place::of(stack_arn)?;
    match resource_type {
        // A stack in a stack.
        "AWS::CloudFormation::Stack" => stack(physical_id),
        // This page decodes the name twice, the second time with `$` for `%`.
        "AWS::Logs::LogGroup" => {
            let name = encoded(&encoded(physical_id)).replace('%', "$");
            Some(format!("https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name}"))
        }
        _ => {
            let (_, page) = PAGES.iter().find(|(name, _)| *name == resource_type)?;
            let page = page.replace("{region}", region).replace("{id}", &encoded(physical_id));
            Some(format!("https://{host}/{page}"))
        }
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Where a stack lives, as the console needs to know it.
struct Place<'a> {
    host: &'static str,
    region: &'a str,
}

impl<'a> Place<'a> {
    /// `None`: that is no stack's ARN in every part.
    fn of(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next();
        let ("arn", partition, "cloudformation", region, account, stack) =
            (next()?, next()?, next()?, next()?, next()?, next()?)
        else {
            return None;
        };
        let (_, host) = CONSOLES.iter().find(|(name, _)| *name == partition)?;
        let mut stack = stack.split('/');
        let ("stack", name, id, None) = (stack.next()?, stack.next()?, stack.next()?, stack.next()) else {
            return None;
        };
        let is_word =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let right = is_word(region)
            && account.len() == 12
            && account.chars().all(|c| c.is_ascii_digit())
            && is_word(name)
            && is_word(id);
        right.then_some(Self { host, region })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_an_address_on_the_console_of_its_partition() {
        for (partition, region, host) in [
            ("aws", "eu-central-1", "console.aws.amazon.com"),
            ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
            ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
        ] {
            let arn = format!("arn:{partition}:cloudformation:{region}:123456789012:stack/D1-a-dev/0f-1");
            let expected = format!(
                "https://{host}/cloudformation/home?region={region}#/stacks/stackinfo?stackId=arn%3A{partition}\
                 %3Acloudformation%3A{region}%3A123456789012%3Astack%2FD1-a-dev%2F0f-1"
            );
            assert_eq!(stack(&arn), Some(expected));
        }
    }

    #[test]
    fn what_is_no_stacks_arn_has_none() {
        for arn in [
            "",
            "arn:aws:cloudformation:us-east-1:123456789012:stack",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/a",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/a/b/c",
            "arn:aws:cloudformation:us-east-1:123456789012:changeSet/a/b",
            "arn:aws:sqs:us-east-1:123456789012:stack/a/b",
            "arn:aws-iso:cloudformation:us-iso-east-1:123456789012:stack/a/b",
            "arn:aws:cloudformation:evil.example#:123456789012:stack/a/b",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/a&b/c",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/a/b\n--flag",
            "arn:aws:cloudformation:us-east-1:12345678901x:stack/a/b",
            "https://evil.example/arn:aws:cloudformation:us-east-1:123456789012:stack/a/b",
        ] {
            assert_eq!(stack(arn), None, "{arn}");
        }
    }

    const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/D1-a-dev/0f-1";

    #[test]
    fn a_resource_has_the_address_of_its_types_page() {
        for (resource_type, id, page) in [
            ("AWS::S3::Bucket", "my.bucket-1", "s3/buckets/my.bucket-1?region=eu-central-1"),
            (
                "AWS::SQS::Queue",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs",
                "sqs/v3/home?region=eu-central-1#/queues/https%3A%2F%2Fsqs.eu-central-1.amazonaws.com\
                 %2F123456789012%2Fjobs",
            ),
            (
                "AWS::Logs::LogGroup",
                "/aws/lambda/f",
                "cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Ff",
            ),
            ("AWS::IAM::Role", "a&b=c#d/../e", "iam/home#/roles/details/a%26b%3Dc%23d%2F..%2Fe"),
        ] {
            let expected = format!("https://console.aws.amazon.com/{page}");
            assert_eq!(resource(STACK, resource_type, id), Some(expected));
        }
        assert_eq!(resource(STACK, "AWS::CloudFormation::Stack", STACK), stack(STACK));
    }

    #[test]
    fn a_resource_of_another_type_or_of_no_stack_has_none() {
        assert_eq!(resource(STACK, "Custom::Thing", "a"), None);
        assert_eq!(resource(STACK, "AWS::CloudFormation::Stack", "a"), None);
        assert_eq!(resource("arn:aws:sqs:us-east-1:123456789012:stack/a/b", "AWS::S3::Bucket", "a"), None);
    }

    #[test]
    fn each_page_is_one_types_and_names_the_resource() {
        for (place, (resource_type, page)) in PAGES.iter().enumerate() {
            assert!(page.contains("{id}"), "{resource_type}");
            assert!(PAGES[..place].iter().all(|(other, _)| other < resource_type), "{resource_type}");
        }
    }
}
