//! Functions, conditions and parameters, seen through a stack's outputs.

use super::Cloud;

/// The value of the output `X` of a stack made from `template`.
async fn output(template: &str) -> String {
    let cloud = Cloud::new();
    cloud.create("st", template).await;
    cloud.settle();
    let outputs = cloud.outputs("st").await;
    outputs.iter().find_map(|line| line.strip_prefix("X=")).unwrap_or("absent").to_owned()
}

const HEAD: &str = "
Parameters:
  P: {Type: String, Default: value}
  L: {Type: CommaDelimitedList, Default: 'a, b,c'}
  N: {Type: Number, Default: 5}
Mappings: {M: {eu-central-1: {ami: ami-1, list: [x, y]}}}
Conditions:
  Yes: !Equals [!Ref P, value]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Or [!Condition No, !Equals [!Ref 'AWS::Region', eu-central-1]]]
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: my-bucket}}
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  G: {Type: AWS::Made::Up, Condition: No}
Outputs:
  X: {Value: VALUE}
";

#[tokio::test]
async fn functions_give_what_cloudformation_gives() {
    let cases = [
        ("!Ref P", "value"),
        ("!Join ['-', !Ref L]", "a-b-c"),
        ("!Ref N", "5"),
        ("!Ref B", "my-bucket"),
        ("!Ref 'AWS::Region'", "eu-central-1"),
        ("!Ref 'AWS::AccountId'", "123456789012"),
        ("!Ref 'AWS::StackName'", "st"),
        ("!Ref 'AWS::Partition'", "aws"),
        ("!Ref 'AWS::URLSuffix'", "amazonaws.com"),
        ("!GetAtt B.Arn", "arn:aws:s3:::my-bucket"),
        ("!GetAtt [B, DomainName]", "my-bucket.s3.amazonaws.com"),
        ("{'Fn::GetAtt': B.Arn}", "arn:aws:s3:::my-bucket"),
        ("!GetAtt V.CidrBlock", "10.0.0.0/16"),
        (
            "!Sub '${P}/${B.Arn}/${!Literal}/${AWS::Region}'",
            "value/arn:aws:s3:::my-bucket/${Literal}/eu-central-1",
        ),
        ("!Sub ['${Q}-${P}', {Q: !Ref N}]", "5-value"),
        ("!Sub '$ {x} $5'", "$ {x} $5"),
        ("!Join ['', [a, !Ref P, 'c']]", "avaluec"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select [2, !Ref L]", "c"),
        ("!Select [1, !Split [':', 'a:b:c']]", "b"),
        ("!Select [0, !GetAZs '']", "eu-central-1a"),
        ("!Select [2, !GetAZs us-east-1]", "us-east-1c"),
        ("!FindInMap [M, !Ref 'AWS::Region', ami]", "ami-1"),
        ("!Select [1, !FindInMap [M, eu-central-1, list]]", "y"),
        ("!If [Yes, a, b]", "a"),
        ("!If [No, !Ref G, b]", "b"),
        ("!If [Both, a, b]", "a"),
        ("!Join [',', [a, !If [No, x, !Ref 'AWS::NoValue'], b]]", "a,b"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Join [' ', !Cidr [10.0.0.0/16, 3, 8]]", "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24"),
        ("!Select [1, !Cidr ['2001:db8::/56', 2, 64]]", "2001:db8:0:1::/64"),
        ("!Select [255, !Cidr [10.0.0.0/16, 256, 8]]", "10.0.255.0/24"),
        ("012345678901", "012345678901"),
        ("1.10", "1.10"),
    ];
    for (value, expected) in cases {
        let template = HEAD.replace("VALUE", value);
        assert_eq!(output(&template).await, expected, "{value}");
    }
}

#[tokio::test]
async fn an_attribute_may_be_a_list() {
    let template = "
Resources:
  Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: example.com}}
Outputs:
  X: {Value: !Join [' ', !GetAtt Zone.NameServers]}";
    assert_eq!(output(template).await.split(' ').count(), 4);
}

#[tokio::test]
async fn functions_refuse_what_they_cannot_evaluate() {
    let cases = [
        ("!Select [7, [a]]", "Template error: Fn::Select cannot select nonexistent value at index 7"),
        ("!FindInMap [M, eu-central-1, none]", "Unable to get mapping for M::eu-central-1::none"),
        ("!FindInMap [No, a, b]", "Unable to get mapping for false::a::b"),
        ("!Cidr [10.0.0.0/30, 5, 1]", "no room for that many subnets"),
        ("!Cidr [10.0.0.0, 5, 1]", "the block lacks a '/'"),
        ("!Sub '${a b}'", "variable names in Fn::Sub syntax"),
        ("!Sub {a: b}", "Fn::Sub intrinsic functions don't specify expected arguments"),
        ("!Join [a]", "every Fn::Join object requires two parameters"),
        ("!Ref G", "Unresolved resource dependencies [G] in the Outputs block"),
        ("!Ref L", "field of every Outputs member must evaluate to a String"),
        ("!If [Nope, a, b]", "Unresolved dependencies [Nope]"),
        ("!GetAtt B", "every Fn::GetAtt object requires two non-empty parameters"),
        ("!ToJsonString {a: b}", "The tag !ToJsonString at line 16"),
        ("{'Fn::ToJsonString': {a: b}}", "Fn::ToJsonString at /Outputs/X/Value is not supported"),
        ("!Equals [a, a]", "Fn::Equals at /Outputs/X is not supported by the sandbox"),
        ("!FindInMap [M, a, b, {DefaultValue: c}]", "Fn::FindInMap with DefaultValue at"),
    ];
    for (value, expected) in cases {
        let template = HEAD.replace("VALUE", value);
        let cloud = Cloud::new();
        let fields = [("StackName", "s"), ("TemplateBody", template.as_str())];
        let problem = cloud.refused("CreateStack", &fields).await;
        assert!(problem.contains(expected), "{value}: {problem}");
        assert!(cloud.ok("ListStacks", &[]).await.all("StackName").is_empty(), "{value}");
    }
}

#[tokio::test]
async fn parameters_are_checked_in_cloudformations_words() {
    let cases = [
        ("Type: String", None, "Parameters: [P] must have values"),
        ("Type: String, AllowedValues: [a, b]", Some("c"), "Parameter 'P' must be one of AllowedValues"),
        ("Type: String, AllowedPattern: '[a-z]+'", Some("a1"), "Parameter 'P' must match pattern [a-z]+"),
        (
            "Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters",
            Some("1"),
            "Parameter P failed to satisfy constraint: letters",
        ),
        ("Type: String, MinLength: 3", Some("ab"), "must contain at least 3 characters"),
        ("Type: String, MaxLength: 1", Some("ab"), "must contain at most 1 characters"),
        ("Type: Number", Some("x"), "Parameter 'P' must be a number"),
        ("Type: Number", Some("NaN"), "Parameter 'P' must be a number"),
        ("Type: Number, MinValue: 2", Some("1"), "must be a number not less than 2"),
        ("Type: Number, MaxValue: 2", Some("3"), "must be a number not greater than 2"),
        ("Type: List<Number>", Some("1,x"), "Parameter 'P' must be a number"),
        ("Type: CommaDelimitedList, AllowedValues: [a, b]", Some("a, c"), "must be one of AllowedValues"),
        ("Type: Strang", Some("x"), "Unrecognized parameter type: Strang"),
        (
            "Type: 'AWS::SSM::Parameter::Value<String>'",
            Some("/mine"),
            "Parameter Store name /mine at parameter P is not supported",
        ),
        ("Type: 'AWS::SSM::Parameter::Value<List<String>>'", Some("x"), "is not supported by the sandbox"),
        (
            "Type: String, AllowedPattern: '^(?=.*[A-Z])(?=.*[0-9]).{4,}$'",
            Some("ab12"),
            "must match pattern ^(?=",
        ),
        ("Type: String, AllowedPattern: '[\\p{Alnum}-]+'", Some("a_b"), "must match pattern [\\p{Alnum}-]+"),
        (
            "Type: String, AllowedPattern: '(a|aa)+(?=c)d'",
            Some(LONG),
            "The regular expression (a|aa)+(?=c)d at",
        ),
        (
            "Type: String, AllowedPattern: '[a'",
            Some("a"),
            "regular expression [a at /Parameters/P/AllowedPattern",
        ),
        ("Default: x", None, "Every Parameters object must contain a Type member"),
        ("Type: String, Colour: red", Some("x"), "Invalid template parameter property 'Colour'"),
    ];
    for (declaration, value, expected) in cases {
        let template =
            format!("Parameters: {{P: {{{declaration}}}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}");
        let mut fields = vec![("StackName", "s"), ("TemplateBody", template.as_str())];
        if let Some(value) = value {
            fields.push(("Parameters.member.1.ParameterKey", "P"));
            fields.push(("Parameters.member.1.ParameterValue", value));
        }
        let cloud = Cloud::new();
        let problem = cloud.refused("CreateStack", &fields).await;
        assert!(problem.starts_with("ValidationError") && problem.contains(expected), "{problem}");
    }
    let cloud = Cloud::new();
    let fields = [
        ("StackName", "s"),
        ("TemplateBody", "Resources: {Q: {Type: AWS::SQS::Queue}}"),
        ("Parameters.member.1.ParameterKey", "Y"),
        ("Parameters.member.1.ParameterValue", "1"),
    ];
    assert_eq!(
        cloud.refused("CreateStack", &fields).await,
        "ValidationError: Parameters: [Y] do not exist in the template"
    );
}

/// A match against it takes exponential time.
const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn an_allowed_pattern_is_a_regular_expression_of_javas() {
    for (pattern, value) in [
        ("^(?=.*[A-Z])(?=.*[0-9]).{4,}$", "Ab12"),
        ("[\\p{Alnum}-]+", "a-9"),
        ("(?!aws).+", "mine"),
        ("(\\d)\\1", "77"),
    ] {
        let template = format!(
            "Parameters: {{P: {{Type: String, AllowedPattern: '{pattern}', Default: '{value}'}}}}\n\
             Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs: {{X: {{Value: !Ref P}}}}"
        );
        assert_eq!(output(&template).await, value, "{pattern}");
    }
}

#[tokio::test]
async fn public_parameters_have_a_plausible_value() {
    let template = "
Parameters:
  Ami:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
Resources: {Q: {Type: AWS::SQS::Queue}}
Outputs: {X: {Value: !Ref Ami}}";
    assert!(output(template).await.starts_with("ami-0"));
}

#[tokio::test]
async fn a_dynamic_reference_never_travels_on_as_text() {
    let template = |value: &str| {
        format!(
            "Parameters: {{P: {{Type: String, Default: '{{{{resolve:ssm:/app/url}}}}'}}}}\nResources:\n  \
             T: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {value}}}}}\n  \
             S: {{Type: AWS::SecretsManager::Secret}}\nOutputs: {{X: {{Value: !GetAtt T.Value}}}}\n"
        )
    };
    let url = output(&template("'{{resolve:ssm:/app/url:1}}'")).await;
    assert!(url.starts_with("url-"), "{url}");
    // The same one is the same value, another one another.
    assert_eq!(output(&template("!Sub '{{resolve:ssm:/app/url:1}}'")).await, url);
    let other = output(&template("'{{resolve:ssm:/app/url:2}}'")).await;
    assert!(other.starts_with("url-") && other != url, "{other}");
    let joined = output(&template("'https://{{resolve:ssm:/a/host}}/{{resolve:ssm:b}}'")).await;
    assert!(joined.starts_with("https://host-") && joined.contains("/b-"), "{joined}");
    assert!(output(&template("!Ref P")).await.starts_with("url-"));
    let in_output = template("x").replace("!GetAtt T.Value", "'{{resolve:ssm:/app/url:1}}'");
    assert_eq!(output(&in_output).await, url);
    for secret in [
        "'{{resolve:ssm-secure:/app/key:1}}'",
        "'{{resolve:secretsmanager:app:SecretString:password}}'",
        "!Sub '{{resolve:secretsmanager:${S}:SecretString:password}}'",
    ] {
        assert_eq!(output(&template(secret)).await, "****", "{secret}");
    }
    assert_eq!(output(&template("!Base64 '{{resolve:ssm-secure:/app/key:1}}'")).await, "****");
    for (wrong, told) in [
        ("'{{resolve:ssm}}'", "The dynamic reference {{resolve:ssm}} at /Resources/T/Value is not supported"),
        ("'{{resolve:vault:a}}'", "The dynamic reference {{resolve:vault:a}} at /Resources/T/Value is not"),
    ] {
        let template = template(wrong);
        let fields = [("StackName", "s"), ("TemplateBody", template.as_str())];
        let problem = Cloud::new().refused("CreateStack", &fields).await;
        assert!(problem.contains(told), "{problem}");
    }
    let secret = template("x").replace("!GetAtt T.Value", "'{{resolve:secretsmanager:a}}'");
    let fields = [("StackName", "s"), ("TemplateBody", secret.as_str())];
    let problem = Cloud::new().refused("CreateStack", &fields).await;
    assert!(
        problem.contains("The dynamic reference in {{resolve:secretsmanager:a}} at /Outputs/X"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_dynamic_reference_is_in_no_change_set() {
    let template = |service: &str| {
        format!(
            "Resources:\n  D: {{Type: AWS::RDS::DBInstance, Properties: {{MasterUserPassword: \
             '{{{{resolve:{service}:a}}}}'}}}}\n"
        )
    };
    let cloud = Cloud::new();
    cloud.create("s", &template("ssm")).await;
    cloud.settle();
    let secure = template("ssm-secure");
    let fields = [("StackName", "s"), ("ChangeSetName", "c"), ("TemplateBody", secure.as_str())];
    cloud.ok("CreateChangeSet", &fields).await;
    cloud.settle();
    let fields = [fields[0], fields[1], ("IncludePropertyValues", "true")];
    let answer = cloud.ok("DescribeChangeSet", &fields).await;
    assert_eq!(answer.one("AfterValue"), "****");
    assert!(answer.one("BeforeValue").starts_with("a-"));
    assert!(!answer.xml.contains("resolve:"), "{}", answer.xml);
}

const SECRET: &str = "
Parameters:
  Password: {Type: String, NoEcho: true, MinLength: 4}
Conditions:
  Given: !Not [!Equals [!Ref Password, none]]
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Condition: Given
    Properties: {Engine: postgres, MasterUserPassword: !Ref Password}
  Server:
    Type: AWS::EC2::Instance
    Properties: {UserData: !Base64 {'Fn::Sub': 'login ${Password}'}}
Outputs:
  X: {Value: !Sub 'root:${Password}'}
";

#[tokio::test]
async fn a_secret_is_nowhere_on_disk_and_in_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::at(dir.path());
    let with = |password: &'static str| {
        [
            ("StackName", "s"),
            ("TemplateBody", SECRET),
            ("Parameters.member.1.ParameterKey", "Password"),
            ("Parameters.member.1.ParameterValue", password),
        ]
    };
    cloud.ok("CreateStack", &with("hunter2secret")).await;
    cloud.settle();
    let mut change_set = with("correcthorse").to_vec();
    change_set.push(("ChangeSetName", "c"));
    cloud.ok("CreateChangeSet", &change_set).await;
    cloud.settle();

    let mut shown = String::new();
    for (action, field) in [
        ("DescribeStacks", ("StackName", "s")),
        ("DescribeStackEvents", ("StackName", "s")),
        ("DescribeStackResources", ("StackName", "s")),
        ("DescribeChangeSet", ("StackName", "s")),
        ("GetTemplateSummary", ("StackName", "s")),
    ] {
        let fields = [field, ("ChangeSetName", "c"), ("IncludePropertyValues", "true")];
        let fields = if action == "DescribeChangeSet" { &fields[..] } else { &fields[..1] };
        shown.push_str(&cloud.ok(action, fields).await.xml);
    }
    let folder = dir.path().join("123456789012/eu-central-1");
    for entry in std::fs::read_dir(folder).unwrap() {
        shown.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for secret in ["hunter2", "correcthorse", "bG9naW4gaHVudGVyMn", "bG9naW4gY29ycmVjd"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_eq!(cloud.outputs("s").await, ["X=root:****"]);
    assert_eq!(cloud.ok("DescribeStacks", &[("StackName", "s")]).await.one("ParameterValue"), "****");

    // The same secret is no change, the previous one neither, another one is.
    let same = cloud.refused("UpdateStack", &with("hunter2secret")).await;
    assert_eq!(same, "ValidationError: No updates are to be performed.");
    let previous = [
        ("StackName", "s"),
        ("UsePreviousTemplate", "true"),
        ("Parameters.member.1.ParameterKey", "Password"),
        ("Parameters.member.1.UsePreviousValue", "true"),
    ];
    let same = cloud.refused("UpdateStack", &previous).await;
    assert_eq!(same, "ValidationError: No updates are to be performed.");
    let length = cloud.history("s").await.len();
    cloud.ok("UpdateStack", &with("none")).await;
    cloud.settle();
    let history = cloud.history("s").await.split_off(length);
    assert!(history.contains(&"Db DELETE_COMPLETE".to_owned()), "{history:#?}");
    assert!(history.contains(&"Server UPDATE_COMPLETE".to_owned()), "{history:#?}");
}
