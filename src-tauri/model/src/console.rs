//! Links into the AWS console.

/// The page of a stack in the CloudFormation console; `None` where the id is no ARN of AWS's CloudFormation.
pub fn stack_url(stack_id: &str) -> Option<String> {
    let mut parts = stack_id.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("cloudformation"), Some(region), Some(_account), Some(_name)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let domain = match partition {
        "aws" => "console.aws.amazon.com",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        "aws-cn" => "console.amazonaws.cn",
        _ => return None,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let id: String = stack_id
        .bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    Some(format!(
        "https://{region}.{domain}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={id}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stacks_arn_leads_to_its_page() {
        let arn = |partition: &str| {
            format!(
                "arn:{partition}:cloudformation:eu-central-1:123456789012:stack/DX6604E-network-dev/1a-2b"
            )
        };
        let page = "cloudformation/home?region=eu-central-1#/stacks/stackinfo?stackId=arn%3Aaws%3Acloudformation%3A\
                    eu-central-1%3A123456789012%3Astack%2FDX6604E-network-dev%2F1a-2b";
        let expected = format!("https://eu-central-1.console.aws.amazon.com/{page}");
        assert_eq!(stack_url(&arn("aws")), Some(expected));
        for (partition, domain) in
            [("aws-us-gov", Some("amazonaws-us-gov.com")), ("aws-cn", Some("amazonaws.cn")), ("other", None)]
        {
            let found = stack_url(&arn(partition));
            assert_eq!(found.is_some(), domain.is_some(), "{partition}");
            assert!(found.is_none_or(|url| domain.is_some_and(|domain| url.contains(domain))));
        }
        assert_eq!(stack_url("DX6604E-network-dev"), None);
    }
}
