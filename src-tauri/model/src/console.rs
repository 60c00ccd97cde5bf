//! Where a stack is found in the AWS console. An address is made only of an ARN that is one in every part, and only on
//! the console's own hosts.

/// A partition of AWS, with the host of its console.
const CONSOLES: [(&str, &str); 3] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// The address of a stack in the console, by its ARN; `None` where that is no stack's ARN, or of a partition whose
/// console is not known.
pub fn address(arn: &str) -> Option<String> {
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
    let made_of = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let right = made_of(region, "-")
        && account.len() == 12
        && account.chars().all(|c| c.is_ascii_digit())
        && made_of(name, "-")
        && made_of(id, "-");
    let quoted = arn.replace(':', "%3A").replace('/', "%2F");
    right.then(|| {
        format!("https://{host}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={quoted}")
    })
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
            assert_eq!(address(&arn), Some(expected));
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
            assert_eq!(address(arn), None, "{arn}");
        }
    }
}
