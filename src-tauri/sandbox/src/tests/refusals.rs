//! What a template or a request must not contain.

use super::Cloud;

#[tokio::test]
async fn templates_are_refused_with_the_part_and_its_place() {
    const OK: &str = "Resources: {Q: {Type: AWS::SQS::Queue}}";
    let with = |part: &str| format!("{OK}\n{part}");
    let resource = |fields: &str| format!("Resources: {{Q: {{Type: AWS::SQS::Queue, {fields}}}}}");
    let typed = |name: &str| format!("Resources: {{Q: {{Type: {name}}}}}");
    let cases = [
        // Not here.
        (with("Transform: AWS::Serverless-2016-10-31"), "The transform AWS::Serverless-2016-10-31 at /Transform is not supported by the sandbox"),
        (with("Transform: [{Name: AWS::Include}, Mine]"), "The transform AWS::Include, Mine at /Transform is not supported"),
        (with("Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}"), "The transform AWS::Include at /Fn::Transform is not supported"),
        (with("Mappings: {'Fn::Transform': {Name: AWS::Include}}"), "The transform AWS::Include at /Mappings/Fn::Transform is not supported"),
        (with("Conditions: {'Fn::ForEach::X': [a, [b], {}]}"), "Fn::ForEach::X at /Conditions is not supported"),
        (with("Outputs: {'Fn::ForEach::X': [a, [b], {}]}"), "Fn::ForEach::X at /Outputs is not supported"),
        (with("Conditions: {C: !Equals [{'Fn::Length': [a]}, 1]}"), "Fn::Length at /Conditions/C/Fn::Equals is not supported"),
        ("Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: !Ref P}}".to_owned(), "The transform AWS::LanguageExtensions at /Transform is not supported"),
        (typed("My::Own::Bucket::MODULE"), "The module My::Own::Bucket::MODULE at /Resources/Q is not supported"),
        (with("Rules: {}"), "Rules at /Rules is not supported by the sandbox"),
        (with("Hooks: {}"), "Hooks at /Hooks is not supported by the sandbox"),
        (typed("AWS::CloudFormation::Stack"), "AWS::CloudFormation::Stack at /Resources/Q is not supported"),
        (typed("AWS::CloudFormation::CustomResource"), "is not supported by the sandbox"),
        (typed("Custom::Thing"), "Custom::Thing at /Resources/Q is not supported by the sandbox"),
        (typed("AWS::Serverless::Function"), "AWS::Serverless::Function at /Resources/Q is not supported"),
        (resource("Properties: {'Fn::Transform': {Name: x}}"), "The transform x at /Resources/Q/Properties/Fn::Transform is not"),
        ("Resources: {'Fn::ForEach::X': [a, [b], {}]}".to_owned(), "Fn::ForEach::X at /Resources is not supported"),
        (resource("Properties: {A: {'Fn::Made': 1}}"), "Fn::Made at /Resources/Q/Properties/A is not supported"),
        (resource("Properties: {A: {'Fn::Sub': x, b: c}}"), "Fn::Sub beside other keys at /Resources/Q/Properties/A"),
        (resource("CreationPolicy: {}"), "CreationPolicy at /Resources/Q is not supported"),
        (resource("Metadata: {Sandbox: {Speed: 1}}"), "Speed at /Resources/Q/Metadata/Sandbox is not supported"),
        (resource("Metadata: {Sandbox: {Seconds: soon}}"), "[/Resources/Q/Metadata/Sandbox/Seconds] must be a number"),
        // Wrong everywhere.
        ("a".to_owned(), "Template format error: unsupported structure."),
        ("Resources: {}".to_owned(), "Template format error: At least one Resources member must be defined."),
        ("Description: x".to_owned(), "At least one Resources member must be defined."),
        (with("Resorces: {}"), "Invalid template property or properties [Resorces]"),
        (with("AWSTemplateFormatVersion: 2011-01-01"), "Template version 2011-01-01 is not supported"),
        (with("Description: [x]"), "[/Description] must be a string"),
        (typed("Queue"), "Template format error: Unrecognized resource types: [Queue]"),
        ("Resources: {Q: {Properties: {}}}".to_owned(), "[/Resources/Q] Every Resources object must contain a Type member."),
        ("Resources: {Q-1: {Type: AWS::SQS::Queue}}".to_owned(), "Resource name Q-1 is non alphanumeric."),
        (resource("Propertys: {}"), "Invalid template resource property 'Propertys'"),
        (resource("DeletionPolicy: Keep"), "Unrecognized DeletionPolicy Keep"),
        (resource("Properties: {A: !Ref Nope}"), "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template"),
        (resource("Properties: {A: !Sub '${Nope.Arn}'}"), "Unresolved resource dependencies [Nope] in the Resources block"),
        (resource("DependsOn: Nope"), "Unresolved resource dependencies [Nope] in the Resources block"),
        (resource("Condition: Nope"), "Unresolved dependencies [Nope]"),
        (resource("Properties: {A: !Ref Q}"), "Circular dependency between resources: [Q]"),
        ("Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B}, B: {Type: AWS::SQS::Queue, Properties: {X: !GetAtt A.Arn}}}".to_owned(), "Circular dependency between resources: [A, B]"),
        (with("Outputs: {X: {Value: !Ref Nope}}"), "Unresolved resource dependencies [Nope] in the Outputs block"),
        (with("Outputs: {X: {Description: x}}"), "Every Outputs member must contain a Value object"),
        (with("Conditions: {C: !Condition C}"), "Circular dependencies for conditions: [C]"),
        (with("Conditions: {C: !Equals [!Ref Q, a]}"), "Unresolved resource dependencies [Q] in the Conditions block"),
        (with("Conditions: {C: !If [a, b, c]}"), "[/Conditions/C] Conditions can only be boolean operations"),
        (with("Conditions: {P: !Equals [a, a], C: !Equals [!If [P, a, b], a]}"), "Template error: Cannot use Fn::If in Conditions."),
        (with("Conditions: {C: !Not [!Equals [!Join ['', [!ImportValue x]], a]]}"), "Template error: Cannot use Fn::ImportValue in Conditions."),
        (with("Mappings: {M: {a: {b: !Ref Q}}}"), "Every Mappings attribute must be a String or a List."),
        (with("Parameters: {Q: {Type: String}}"), "Duplicate name Q in the Parameters and Resources blocks"),
    ];
    let cloud = Cloud::new();
    for (template, expected) in &cases {
        for action in ["ValidateTemplate", "CreateStack"] {
            let mut fields = vec![("TemplateBody", template.as_str())];
            if action == "CreateStack" {
                fields.push(("StackName", "s"));
            }
            let problem = cloud.refused(action, &fields).await;
            assert!(problem.starts_with("ValidationError: "), "{problem}");
            assert!(problem.contains(expected), "{template}\n{expected}\n{problem}");
        }
    }
}

#[tokio::test]
async fn a_template_body_has_51200_bytes_at_most() {
    let cloud = Cloud::new();
    let body = |bytes: usize| {
        let head = "Resources: {Q: {Type: AWS::SQS::Queue}}\nDescription: ";
        // Two bytes each, so that bytes and characters differ.
        let filling = "é".repeat((bytes - head.len()) / 2);
        let mut body = format!("{head}{filling}");
        body.push_str(&"x".repeat(bytes - body.len()));
        body
    };
    cloud.ok("ValidateTemplate", &[("TemplateBody", &body(51_200))]).await;
    let problem = cloud.refused("ValidateTemplate", &[("TemplateBody", &body(51_201))]).await;
    assert!(problem.contains("less than or equal to 51200"), "{problem}");
}

#[tokio::test]
async fn permissions_need_a_capability() {
    let role = |properties: &str| {
        format!("Resources: {{R: {{Type: AWS::IAM::Role, Properties: {{{properties}}}}}}}")
    };
    let named = role("RoleName: admin");
    let cases = [
        (role(""), "", Some("CAPABILITY_IAM")),
        (role(""), "CAPABILITY_IAM", None),
        (role(""), "CAPABILITY_NAMED_IAM", None),
        (named.clone(), "CAPABILITY_IAM", Some("CAPABILITY_NAMED_IAM")),
        (named, "CAPABILITY_NAMED_IAM", None),
    ];
    for (template, given, needed) in cases {
        let cloud = Cloud::new();
        let fields =
            [("StackName", "s"), ("TemplateBody", template.as_str()), ("Capabilities.member.1", given)];
        match needed {
            None => {
                cloud.ok("CreateStack", &fields).await;
            }
            Some(needed) => assert_eq!(
                cloud.refused("CreateStack", &fields).await,
                format!("InsufficientCapabilitiesException: Requires capabilities : [{needed}]")
            ),
        }
    }
}

#[tokio::test]
async fn requests_are_refused_with_the_parameter() {
    let body = ("TemplateBody", "Resources: {Q: {Type: AWS::SQS::Queue}}");
    let url = ("TemplateURL", "https://example.com/");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 14] = [
        ("DeployStack", &[], "InvalidAction: Could not find operation DeployStack"),
        ("CreateStack", &[body], "Value null at 'stackName'"),
        ("CreateStack", &[body, ("StackName", "1x")], "Value '1x' at 'stackName'"),
        ("CreateStack", &[body, ("StackName", "../up")], "Value '../up' at 'stackName'"),
        ("CreateStack", &[url, ("StackName", "s")], "TemplateURL must be a supported URL."),
        ("CreateStack", &[("StackName", "s")], "Either Template URL or Template Body must be specified."),
        ("CreateStack", &[body, ("StackName", "s"), ("ClientRequestToken", "a_b")], "clientRequestToken"),
        (
            "CreateStack",
            &[body, ("StackName", "s"), ("OnFailure", "PANIC")],
            "Member must satisfy enum value set",
        ),
        (
            "CreateStack",
            &[body, ("StackName", "s"), ("OnFailure", "DELETE"), ("DisableRollback", "true")],
            "not both",
        ),
        ("CreateStack", &[body, ("StackName", "s"), ("Tags.member.1.Key", "aws:x")], "reserved prefix"),
        ("UpdateStack", &[body, ("StackName", "nope")], "ValidationError: Stack [nope] does not exist"),
        ("DescribeStacks", &[("StackName", "nope")], "ValidationError: Stack with id nope does not exist"),
        ("DescribeStackEvents", &[("StackName", "nope")], "ValidationError: Stack [nope] does not exist"),
        (
            "DescribeStacks",
            &[("StackName", "arn:aws:cloudformation:eu-central-1:123456789012:stack/../x")],
            "does not exist",
        ),
    ];
    let cloud = Cloud::new();
    for (action, fields, expected) in cases {
        let problem = cloud.refused(action, fields).await;
        assert!(problem.contains(expected), "{action}: {problem}");
    }
}
