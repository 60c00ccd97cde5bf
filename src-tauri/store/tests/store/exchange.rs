//! What templates give each other, read from their texts: the names, as far as they are certain.

use skydeck_model::exchange::{Exchange, Named};
use skydeck_store::{decode_manifest, read_interface};

const MANIFEST: &str = "\
version: 1
deployment_id: DX6604E
organization: LiveTestOrg
project: live-test-6
domain: livetest.example
template: default
environments:
  dev: { target: sandbox, region: eu-west-1, account: '123456789012' }
stacks:
  net: { enabled: true, template: stacks/net.yaml }
  app:
    enabled: true
    template: stacks/app.yaml
    parameters:
      Stage: ${environment.name}
      Given: given
      Fed: ${net.Name}
      Secret: hunter22
";

const HEAD: &str = "
Parameters:
  Stage: {Type: String}
  Given: {Type: String}
  Fed: {Type: String}
  Secret: {Type: String, NoEcho: true}
  Default: {Type: String, Default: plain}
  Number: {Type: Number, Default: 7}
  List: {Type: CommaDelimitedList, Default: 'one, two'}
  Looked: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name}
Mappings:
  Names: {dev: {Net: mapped}, eu-west-1: {Net: european}}
Conditions:
  IsDev: !Equals [!Ref Given, given]
  IsProd: !Equals [!Ref Given, other]
  IsOpen: !Equals [!Ref Fed, other]
";

/// What a template takes, in words.
fn exchange(template: &str) -> Exchange {
    let manifest = decode_manifest(MANIFEST).unwrap();
    let stack = "app".parse().unwrap();
    let settings = manifest.stack(&stack).unwrap().settings.clone();
    let interface = read_interface("stacks/app.yaml", template).unwrap();
    Exchange::of(&manifest, &manifest.environments[0], &stack, &settings, &interface)
}

fn names(all: &[Named]) -> Vec<String> {
    all.iter().map(|it| if it.is_certain { it.name.clone() } else { format!("{}?", it.name) }).collect()
}

fn imports(value: &str) -> Vec<String> {
    let resource = "Resources: {P: {Type: 'AWS::SSM::Parameter', Properties: {Deep: [{Value: ";
    let found = exchange(&format!("{HEAD}{resource}{value}}}]}}}}}}\n"));
    names(&found.imports)
}

/// The same in JSON, which has the long forms alone.
fn as_json(value: serde_json::Value) -> Vec<String> {
    let template = serde_json::json!({
        "Parameters": {"Given": {"Type": "String"}, "Default": {"Type": "String", "Default": "plain"}},
        "Mappings": {"Names": {"dev": {"Net": "mapped"}}},
        "Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": value}}}
    });
    names(&exchange(&template.to_string()).imports)
}

#[test]
fn a_name_is_worked_out_in_every_form_as_far_as_it_is_certain() {
    for (value, expected) in [
        ("!ImportValue shared-arn", "shared-arn"),
        ("!ImportValue 'shared-arn'", "shared-arn"),
        ("{'Fn::ImportValue': shared-arn}", "shared-arn"),
        ("{'Fn::ImportValue': !Sub '${Given}-arn'}", "given-arn"),
        ("!ImportValue {'Fn::Sub': '${Given}-arn'}", "given-arn"),
        ("{'Fn::ImportValue': {'Fn::Sub': ['${X}-${Default}', {X: !Ref Given}]}}", "given-plain"),
        ("{'Fn::ImportValue': !Ref Default}", "plain"),
        ("{'Fn::ImportValue': !Ref Stage}", "dev"),
        ("{'Fn::ImportValue': !Sub '${Number}'}", "7"),
        ("{'Fn::ImportValue': !Sub '${AWS::StackName}-x'}", "DX6604E-app-dev-x"),
        ("{'Fn::ImportValue': !Sub '${AWS::Region}.${AWS::AccountId}'}", "eu-west-1.123456789012"),
        ("{'Fn::ImportValue': !Sub '${AWS::Partition}.${AWS::URLSuffix}'}", "aws.amazonaws.com"),
        ("{'Fn::ImportValue': !Sub '${!Given}-${ Given }'}", "${Given}-given"),
        ("{'Fn::ImportValue': !Join ['-', [a, !Ref Given]]}", "a-given"),
        ("{'Fn::ImportValue': !Join ['', [a, !Ref Given]]}", "agiven"),
        ("{'Fn::ImportValue': !Join ['-', !Ref List]}", "one-two"),
        ("{'Fn::ImportValue': !Join ['-', !Split ['.', a.b]]}", "a-b"),
        ("{'Fn::ImportValue': !Select [1, !Split ['.', a.b]]}", "b"),
        ("{'Fn::ImportValue': !Select ['0', !Ref List]}", "one"),
        ("{'Fn::ImportValue': !Select [0, [a, !Ref Fed]]}", "a"),
        ("{'Fn::ImportValue': !FindInMap [Names, !Ref Stage, Net]}", "mapped"),
        ("{'Fn::ImportValue': !FindInMap [Names, !Ref 'AWS::Region', Net]}", "european"),
        ("{'Fn::ImportValue': !If [IsDev, a, !Ref Fed]}", "a"),
        ("!If [IsDev, !ImportValue a, !ImportValue b]", "a"),
        ("!If [IsProd, !ImportValue a, {'Fn::If': [IsDev, !ImportValue b, c]}]", "b"),
        ("!Sub ['${X}', {X: !ImportValue a}]", "a"),
        ("!Join ['-', [!ImportValue a, b]]", "a"),
        // It may be left out.
        ("!If [IsOpen, !ImportValue a, b]", "a?"),
        // Only CloudFormation can tell.
        ("{'Fn::ImportValue': !Ref Fed}", ""),
        ("{'Fn::ImportValue': !Sub '${P}-x'}", ""),
        ("{'Fn::ImportValue': !Sub '${P.Value}-x'}", ""),
        ("{'Fn::ImportValue': !GetAtt P.Value}", ""),
        ("{'Fn::ImportValue': !Ref Looked}", ""),
        ("{'Fn::ImportValue': !Ref Secret}", ""),
        ("{'Fn::ImportValue': !Ref 'AWS::StackId'}", ""),
        ("{'Fn::ImportValue': !If [IsOpen, a, b]}", ""),
        ("{'Fn::ImportValue': !Select [5, !Ref List]}", ""),
        ("{'Fn::ImportValue': !FindInMap [Names, gone, Net]}", ""),
        ("!ImportValue 'x-{{resolve:ssm:/name}}'", ""),
        ("!ImportValue 'x-&{Loop}'", ""),
        ("no import at all", ""),
    ] {
        assert_eq!(imports(value).join(" "), expected, "{value}");
    }
    let import = |name| serde_json::json!({"Fn::ImportValue": name});
    for (value, expected) in [
        (import(serde_json::json!("shared-arn")), "shared-arn"),
        (import(serde_json::json!({"Fn::Sub": "${Given}-${AWS::Region}"})), "given-eu-west-1"),
        (import(serde_json::json!({"Fn::Join": ["-", ["a", {"Ref": "Default"}]]})), "a-plain"),
        (import(serde_json::json!({"Fn::FindInMap": ["Names", "dev", "Net"]})), "mapped"),
        (import(serde_json::json!({"Fn::Select": [1, {"Fn::Split": [".", "a.b"]}]})), "b"),
        (import(serde_json::json!({"Fn::GetAtt": ["P", "Value"]})), ""),
    ] {
        assert_eq!(as_json(value.clone()).join(" "), expected, "{value}");
    }
}

#[test]
fn a_condition_a_macro_or_a_loop_may_leave_out_what_a_template_gives_and_takes() {
    let template = |head: &str, condition: &str| {
        format!(
            "{head}{HEAD}Resources:\n  P:\n    Type: AWS::SSM::Parameter\n{condition}    \
             Properties: {{Value: !ImportValue a}}\nOutputs:\n  O:\n{condition}    Value: x\n    \
             Export: {{Name: !Sub '${{AWS::StackName}}-O'}}\n"
        )
    };
    let given = "DX6604E-app-dev-O";
    for (head, condition, exports, imports) in [
        ("", "", given.to_owned(), "a"),
        ("", "    Condition: IsDev\n", given.to_owned(), "a"),
        ("", "    Condition: IsProd\n", String::new(), ""),
        ("", "    Condition: IsOpen\n", format!("{given}?"), "a?"),
        ("Transform: AWS::Serverless-2016-10-31\n", "", given.to_owned(), "a"),
        ("Transform: [AWS::LanguageExtensions]\n", "", given.to_owned(), "a"),
        ("Transform: {Name: 'AWS::Include', Parameters: {Location: s3}}\n", "", given.to_owned(), "a"),
        ("Transform: [AWS::LanguageExtensions, OurMacro]\n", "", format!("{given}?"), "a?"),
    ] {
        let found = exchange(&template(head, condition));
        assert_eq!(
            (names(&found.exports).join(" "), names(&found.imports).join(" ").as_str()),
            (exports, imports),
            "{head}{condition}"
        );
    }
    let unnamed = exchange(&template("", "").replace("${AWS::StackName}-O", "${P}"));
    assert_eq!(unnamed.unknown.into_iter().collect::<Vec<_>>(), ["Outputs.O.Export"]);
    let looped = format!(
        "Transform: AWS::LanguageExtensions\n{HEAD}Resources:\n  Fn::ForEach::All:\n  - Name\n  - [a, b]\n  - P${{Name}}:\n      \
         Type: AWS::SSM::Parameter\n      Properties:\n        Value: {{'Fn::ImportValue': !Sub '${{Name}}-x'}}\n        \
         Other: !ImportValue fixed\n"
    );
    let found = exchange(&looped);
    assert_eq!(names(&found.imports), ["a-x", "fixed", "b-x", "fixed"]);
    let open = exchange(&looped.replace("[a, b]", "!Ref List"));
    assert_eq!(names(&open.imports), ["fixed?"]);
    assert_eq!(open.unknown.into_iter().collect::<Vec<_>>(), ["Resources.P${Name}.Properties.Value"]);
}

#[test]
fn an_output_of_another_stack_is_read_in_both_forms_and_in_outputs_and_conditions_too() {
    let call = "{StackName: DX6604E-net-dev, OutputName: Arn}";
    let reads = |template: String| {
        let found = exchange(&template);
        found.reads.into_iter().map(|(stack, output)| format!("{stack}.{}", output.name)).collect::<Vec<_>>()
    };
    let resource = |value: &str| {
        format!("{HEAD}Resources: {{P: {{Type: 'AWS::SNS::Topic', Properties: {{DisplayName: {value}}}}}}}\n")
    };
    assert_eq!(reads(resource(&format!("!GetStackOutput {call}"))), ["net.Arn"]);
    assert_eq!(reads(resource(&format!("{{'Fn::GetStackOutput': {call}}}"))), ["net.Arn"]);
    let sub = "!GetStackOutput {StackName: !Sub 'DX6604E-net-${Stage}', OutputName: Arn, Region: !Ref 'AWS::Region'}";
    assert_eq!(reads(resource(sub)), ["net.Arn"]);
    let far = "!GetStackOutput {StackName: DX6604E-net-dev, OutputName: Arn, Region: us-east-1}";
    assert!(reads(resource(far)).is_empty());
    let output = format!("{}Outputs: {{O: {{Value: !GetStackOutput {call}}}}}\n", resource("x"));
    assert_eq!(reads(output), ["net.Arn"]);
    let condition = format!(
        "Conditions: {{C: !Equals [!GetStackOutput {call}, x]}}\nResources: {{T: {{Type: 'AWS::SNS::Topic'}}}}\n"
    );
    assert_eq!(reads(condition), ["net.Arn"]);
}

#[test]
fn names_made_of_each_other_without_end_take_neither_time_nor_room() {
    let mut value = "!ImportValue a".to_owned();
    for _ in 0..12 {
        value = format!(
            "{{'Fn::Sub': ['${{X}}${{X}}${{X}}', {{X: {}}}]}}",
            value.replace("!ImportValue a", "aaaa")
        );
    }
    assert_eq!(imports(&format!("{{'Fn::ImportValue': {value}}}")), Vec::<String>::new());
}

#[test]
fn what_would_get_too_long_or_never_end_is_not_certain() {
    let long = "x".repeat(100_000);
    let many = vec!["a"; 100_000].join(", ");
    let given = vec!["!Ref Given"; 30_000].join(", ");
    let subs = (0..9)
        .fold("x".to_owned(), |inner, _| format!("{{'Fn::Sub': ['{}', {{a: {inner}}}]}}", "${a}".repeat(10)));
    for value in [
        format!("!ImportValue {{'Fn::Join': ['{long}', [{many}]]}}"),
        format!("!ImportValue {{'Fn::Join': ['', [{given}]]}}"),
        format!("!ImportValue {subs}"),
    ] {
        let begun = std::time::Instant::now();
        assert!(imports(&value).is_empty(), "{value:.40}");
        assert!(begun.elapsed().as_secs() < 20, "{value:.40}: {:?}", begun.elapsed());
    }
    let itself = "Mappings: {M: {a: {b: !FindInMap [M, a, b], c: [!FindInMap [M, a, c]]}}}\nResources: {R: {Type: T}}\n\
                  Outputs: {A: {Value: !ImportValue {'Fn::FindInMap': [M, a, b]}}, B: {Value: !ImportValue {'Fn::Join': \
                  ['', {'Fn::FindInMap': [M, a, c]}]}}}\n";
    assert!(names(&exchange(itself).imports).is_empty());
}

#[test]
fn what_a_loop_over_a_list_makes_is_given_and_taken_by_its_names() {
    let looped = |list: &str| {
        exchange(&format!(
            "Transform: AWS::LanguageExtensions\n{HEAD}Resources:\n  'Fn::ForEach::R':\n    - N\n    - {list}\n    \
             - 'P${{N}}':\n        Type: AWS::SSM::Parameter\n        Properties: {{Value: !ImportValue {{'Fn::Sub': \
             'in-${{N}}'}}, Name: !ImportValue {{Ref: N}}}}\nOutputs:\n  'Fn::ForEach::X':\n    - N\n    - {list}\n    \
             - 'Out${{N}}': {{Value: x, Export: {{Name: !Sub 'out-${{N}}-${{Given}}'}}}}\n"
        ))
    };
    let found = looped("[a, b]");
    assert_eq!(names(&found.exports), ["out-a-given", "out-b-given"]);
    assert_eq!(names(&found.imports), ["in-a", "a", "in-b", "b"]);
    assert!(found.unknown.is_empty() && !found.exports_more, "{found:?}");
    // What the list is, only CloudFormation knows.
    let open = looped("!Ref List");
    assert!(names(&open.exports).is_empty() && open.exports_more);
    let unknown: Vec<&str> = open.unknown.iter().map(String::as_str).collect();
    assert_eq!(
        unknown,
        [
            "Outputs.Fn::ForEach::X.Export",
            "Resources.P${N}.Properties.Name",
            "Resources.P${N}.Properties.Value"
        ]
    );
}

#[test]
fn a_name_without_quotes_is_certain_unless_yaml_makes_something_else_of_it() {
    for (written, expected) in [
        ("büro", "büro"),
        ("2f", "2f"),
        ("n", "n"),
        ("y", "y"),
        ("1.5", "1.5"),
        ("10", "10"),
        ("True", "true"),
        ("'007'", "007"),
        // In one way or the other.
        ("007", "007? 7?"),
        ("yes", "true? yes?"),
        ("1e3", "1000? 1000.0? 1e3?"),
    ] {
        assert_eq!(imports(&format!("!ImportValue {written}")).join(" "), expected, "{written}");
        let mapped = format!("{{'Fn::ImportValue': !FindInMap [Odd, {written}, Net]}}");
        let head = format!(
            "Mappings: {{Odd: {{{written}: {{Net: odd}}}}}}\nResources: {{P: {{Type: 'AWS::SSM::Parameter', Properties: {{Value: "
        );
        let found = exchange(&format!("{head}{mapped}}}}}}}\n"));
        assert_eq!(names(&found.imports), ["odd"], "{written}");
    }
}
