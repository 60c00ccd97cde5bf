//! What is read of a template, and what CloudFormation will make of it.

use skydeck_model::Problem;
use skydeck_model::problem::Position;
use skydeck_model::template::TemplateInterface;
use skydeck_store::read_interface;

fn read(text: &str) -> TemplateInterface {
    read_interface("t.yaml", text).unwrap()
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_spelling_of_no_echo_hides_the_value() {
    for (written, hidden) in [
        ("true", true),
        ("True", true),
        ("'true'", true),
        ("\"TRUE\"", true),
        ("yes", true),
        ("Yes", true),
        ("on", true),
        ("y", true),
        ("1", true),
        ("!Ref Hide", true),
        ("[true]", true),
        ("false", false),
        ("No", false),
        ("off", false),
        ("'false'", false),
    ] {
        let text =
            format!("Parameters: {{P: {{Type: String, NoEcho: {written}}}}}\nResources: {{R: {{Type: T}}}}");
        assert_eq!(read(&text).is_no_echo("P"), hidden, "{written}");
    }
    for (written, hidden) in [("true", true), ("\"True\"", true), ("\"yes\"", true), ("false", false)] {
        let text = format!(
            r#"{{"Parameters": {{"P": {{"NoEcho": {written}}}}}, "Resources": {{"R": {{"Type": "T"}}}}}}"#
        );
        assert_eq!(read(&text).is_no_echo("P"), hidden, "{written}");
    }
}

#[test]
fn the_last_of_two_keys_counts_in_yaml_and_json_alike_and_is_told_with_its_place() {
    let yaml = "Parameters:\n  P: {Type: String, Default: a, Default: b}\nResources:\n  T:\n    Type: A\n    Type: B\n";
    let json = "{\"Parameters\": {\n \"P\": {\"Type\": \"String\", \"Default\": \"a\", \"Default\": \"b\"}},\n\"Resources\": {\n \
                \"T\": {\n  \"Type\": \"A\",\n  \"Type\": \"B\"}}}";
    for (text, places) in [(yaml, [(2, 33), (6, 5)]), (json, [(2, 42), (6, 3)])] {
        let interface = read(text);
        assert_eq!(interface.parameters["P"].default.as_deref(), Some("b"));
        assert_eq!(interface.resource_list[0].resource_type, "B");
        let expected = [("Default", places[0]), ("Type", places[1])].map(|(key, (line, column))| {
            format!(
                "t.yaml:{line}:{column}: the key '{key}' stands twice, and CloudFormation takes the last (remove one of the \
                 two)"
            )
        });
        assert_eq!(told(&interface.warnings), expected);
        assert_eq!(interface.faults, []);
    }
}

#[test]
fn json_is_judged_by_a_json_parser() {
    for (file, text, expected) in [
        (
            "s.json",
            "{\n // hello\n \"Resources\":{}}",
            "s.json:2:2: it does not parse as JSON: a comment stands here, and JSON has none (correct the JSON there)",
        ),
        (
            "s.yaml",
            "{\"Resources\": {\"T\": {\"Type\": \"A\"},}}",
            "s.yaml:1:35: it does not parse as JSON: trailing comma (correct the JSON there)",
        ),
        (
            "s.json",
            "{ Resources: {T: {Type: A}}}",
            "s.json:1:3: it does not parse as JSON: key must be a string (correct the JSON there)",
        ),
    ] {
        assert_eq!(read_interface(file, text).unwrap_err().to_string(), expected);
    }
    assert!(read_interface("s.yaml", "{ Resources: {T: {Type: A}}}").is_ok());
}

#[test]
fn scalars_that_yaml_1_1_reads_otherwise_are_told_but_for_secrets_and_flags() {
    let interface = read(
        "Parameters:\n  Y: {Type: String, AllowedValues: [yes, no], Default: yes}\n  S: {Type: String, NoEcho: yes, Default: 0x1F}\n\
         Mappings:\n  M:\n    012345670123: {Us: 1_000}\nResources:\n  R: {Type: T, Properties: {A: yes, B: 1.10, C: True, D: 2012-10-17, E: '010'}}\n\
         Outputs: {On: {Value: on}}\n",
    );
    assert_eq!(
        told(&interface.warnings),
        [
            "t.yaml:2:37: yes without quotes is read as true (YAML 1.1) (write 'yes' or true)",
            "t.yaml:2:42: no without quotes is read as false (YAML 1.1) (write 'no' or false)",
            "t.yaml:2:56: yes without quotes is read as true (YAML 1.1) (write 'yes' or true)",
            "t.yaml:6:5: 012345670123 without quotes is read as the number 1402433619 (YAML 1.1) (write '012345670123' or \
             1402433619)",
            "t.yaml:6:24: 1_000 without quotes is read as the number 1000 (YAML 1.1) (write '1_000' or 1000)",
            "t.yaml:8:40: 1.10 without quotes may be read as the number 1.1 (YAML 1.1) (write '1.10' or 1.1)",
            "t.yaml:9:11: On without quotes is read as true (YAML 1.1) (write 'On' or true)",
            "t.yaml:9:23: on without quotes is read as true (YAML 1.1) (write 'on' or true)",
        ]
    );
    assert_eq!(interface.parameters["Y"].default.as_deref(), Some("true"));
    assert_eq!(interface.parameters["Y"].limits.refuse("yes", false), None);
}

#[test]
fn names_that_a_loop_certainly_makes_are_known_and_others_are_left_open() {
    for (outputs, known, maker) in [
        ("  A: {Value: x}", &["A"][..], None),
        ("  Fn::ForEach::O: [N, [A, B], {'Arn${N}': {Value: x}}]", &["ArnA", "ArnB"], None),
        ("  Fn::ForEach::O: [N, [a-1], {'Arn&{N}': {Value: x}}]", &["Arna1"], None),
        (
            "  Fn::ForEach::O: [N, [A, B], {'Fn::ForEach::I': [M, [1, 2], {'${N}${M}': {Value: x}}]}]",
            &["A1", "A2", "B1", "B2"],
            None,
        ),
        (
            "  Fn::ForEach::O: [N, !Ref L, {'Arn${N}': {Value: x}}]\n  B: {Value: x}",
            &["B"],
            Some("Fn::ForEach::O"),
        ),
        ("  Fn::Transform: {Name: AWS::Include}", &[], Some("AWS::Include")),
    ] {
        let text = format!(
            "Transform: AWS::LanguageExtensions\nResources: {{R: {{Type: T}}}}\nOutputs:\n{outputs}\n"
        );
        let interface = read(&text);
        assert_eq!(interface.outputs, known, "{outputs}");
        assert_eq!(interface.makers.outputs.as_deref(), maker, "{outputs}");
        assert_eq!(interface.faults, [], "{outputs}");
    }
    for (transform, outputs, parameters) in [
        ("AWS::Serverless-2016-10-31", None, None),
        ("MyMacro", Some("MyMacro"), Some("MyMacro")),
        ("[AWS::LanguageExtensions, {Name: AWS::Include}]", Some("AWS::Include"), Some("AWS::Include")),
    ] {
        let interface =
            read(&format!("Transform: {transform}\nResources: {{R: {{Type: T, DependsOn: Made}}}}"));
        let made = (interface.makers.outputs.as_deref(), interface.makers.parameters.as_deref());
        assert_eq!(made, (outputs, parameters), "{transform}");
        assert_eq!(interface.faults, [], "{transform}");
    }
    // Loops in loops make no work without end.
    let deep = (0..20).fold("{'x': {Value: x}}".to_owned(), |body, level| {
        format!("{{'Fn::ForEach::L{level}': [N{level}, [a, b, c], {body}]}}")
    });
    let interface = read(&format!("Resources: {{R: {{Type: T}}}}\nOutputs: {deep}\n"));
    assert!(interface.makers.outputs.is_some());
    // Nor do items that name each other make texts without end: each level would make ten of the one below.
    let named = (0..20).rev().fold("{'${N0}': {Value: x}}".to_owned(), |body, level| {
        let item = format!("${{N{}}}", level + 1).repeat(10);
        format!("{{'Fn::ForEach::L{level}': [N{level}, ['{item}'], {body}]}}")
    });
    let interface = read(&format!("Resources: {{R: {{Type: T}}}}\nOutputs: {named}\n"));
    assert!(interface.makers.outputs.is_some() && interface.outputs.is_empty());
}

#[test]
fn what_is_told_of_a_template_is_no_larger_than_a_template() {
    let names = |count: usize, length: usize| -> String {
        (0..count).map(|n| format!("  {}{n}: {{Type: T}}\n", "r".repeat(length))).collect()
    };
    let many = |one: &str, count: usize| vec![one; count].join(", ");
    let long = "k".repeat(900);
    let ifs = (0..20).fold(many("!ImportValue a", 20_000), |inside, n| {
        format!("!If [{}{n}, [{inside}], b]", "c".repeat(15_000))
    });
    for (kind, rest) in [
        (
            "many faults, with long names beside",
            format!("{}  Z: {{Type: T, Properties: {{A: [{}]}}}}\n", names(300, 900), many("!Ref Q", 70_000)),
        ),
        (
            "many faults, with many names beside",
            format!(
                "{}  Z: {{Type: T, Properties: {{A: [{}]}}}}\n",
                names(20_000, 5),
                many("!Ref Q", 60_000)
            ),
        ),
        (
            "many faults in a text",
            format!("  Z: {{Type: T, Properties: {{A: !Sub '{}'}}}}\n", "${Q}".repeat(200_000)),
        ),
        ("many variables of its own", {
            let own: String = (0..30_000).map(|n| format!("v{n}: a, ")).collect();
            let used: String = (0..30_000).map(|n| format!("${{v{n}}}")).collect();
            format!("  Z: {{Type: T, Properties: {{A: !Sub ['{used}', {{{own}}}]}}}}\n")
        }),
        (
            "many imports at a long place",
            format!(
                "  Z: {{Type: T, Properties: {{{long}: {{{long}: [{}]}}}}}}\n",
                many("!ImportValue a", 50_000)
            ),
        ),
        ("many imports under long conditions", format!("  Z: {{Type: T, Properties: {{A: {ifs}}}}}\n")),
        ("a long name in loops", {
            let key = "${N}".repeat(200_000);
            format!(
                "  Fn::ForEach::L: [N, [{}], {{? '{key}' : {{Type: T}}}}]\n  Z: {{Type: T}}\n",
                many(&"n".repeat(900), 200)
            )
        }),
        ("many entries in a loop", {
            let body: String = (0..30_000).map(|n| format!("'${{N}}{n}': {{Type: T}}, ")).collect();
            let items: Vec<String> = (0..30_000).map(|n| n.to_string()).collect();
            format!("  Fn::ForEach::L: [N, [{}], {{{body}}}]\n", items.join(", "))
        }),
    ] {
        let text = format!("Resources:\n{rest}");
        assert!(text.len() < 1_200_000, "{kind}: {}", text.len());
        let begun = std::time::Instant::now();
        let interface = read_interface("t.yaml", &text);
        let told = format!("{:?}", interface.unwrap()).len();
        assert!(told < 64_000_000, "{kind}: {told}");
        // By a program that is not optimized, on a machine that has other things to do.
        assert!(begun.elapsed().as_secs() < 20, "{kind}: {:?}", begun.elapsed());
    }
}

#[test]
fn what_nothing_in_the_template_has_is_found_with_its_place() {
    let good = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nMappings: {M: {a: {b: c}}}\nResources:\n  \
                R:\n    Type: T\n    Condition: C\n    DependsOn: [S]\n    Properties:\n      A: !Ref P\n      B: !Sub '${S.Arn} \
                ${AWS::Region} ${!Literal} ${P}'\n      D: !GetAtt S.Arn\n      E: !If [C, {Ref: S}, !Ref AWS::NoValue]\n      \
                F: {'Fn::GetAtt': [S, Arn], x: {Condition: {Bool: true}}}\n      G: !FindInMap [M, a, b]\n      \
                H: {'Fn::Sub': ['${Own}', {Own: !Ref P}]}\n  S: {Type: T}\nOutputs: {O: {Value: !Ref R, Condition: C}}\n";
    assert_eq!(told(&read(good).faults), Vec::<String>::new());
    for (right, wrong, expected) in [
        ("A: !Ref P", "A: !Ref Q", "t.yaml:10:10: there is no parameter or resource 'Q' (one of P, R, S)"),
        ("A: !Ref P", "A:", "t.yaml:10:8: null is not allowed in a template (a value, or !Ref AWS::NoValue)"),
        ("${S.Arn}", "${Q.Arn}", "t.yaml:11:10: there is no resource 'Q' (one of R, S)"),
        ("${P}", "${Q}", "t.yaml:11:10: there is no parameter or resource 'Q'"),
        ("!GetAtt S.Arn", "!GetAtt Q.Arn", "t.yaml:12:10: there is no resource 'Q'"),
        ("!If [C,", "!If [D,", "t.yaml:13:15: there is no condition 'D' (one of C)"),
        ("{Ref: S}", "{Ref: Q}", "t.yaml:13:24: there is no parameter or resource 'Q'"),
        ("!FindInMap [M,", "!FindInMap [N,", "t.yaml:15:22: there is no mapping 'N' (one of M)"),
        ("DependsOn: [S]", "DependsOn: Q", "t.yaml:8:16: there is no resource 'Q'"),
        ("Condition: C\n", "Condition: D\n", "t.yaml:7:16: there is no condition 'D'"),
        ("!Equals [!Ref P", "!Equals [!Ref S", "t.yaml:2:26: there is no parameter 'S' (one of P)"),
        ("    Type: T\n", "    Typ: T\n", "t.yaml:5:3: Resources.R: it has no Type"),
        ("Mappings:", "Mapping:", "t.yaml:3:1: Mapping: a template has no such section"),
        ("Value: !Ref R", "Description: x", "t.yaml:18:11: Outputs.O: it has no Value"),
        ("Value: !Ref R", "Value: !Ref Q", "there is no parameter or resource 'Q'"),
    ] {
        assert!(good.contains(right), "{right}");
        let found = told(&read(&good.replacen(right, wrong, 1)).faults);
        assert!(found.iter().any(|it| it.contains(expected)), "{wrong}: {found:#?}");
    }
    let json = r#"{"Resources": {"R": {"Type": "T", "Properties": {"A": {"Ref": "Q"}}}}}"#;
    let fault = read_interface("t.json", json).unwrap().faults.remove(0);
    assert_eq!(fault.at, Some(Position { line: 1, column: 63 }));
    // A module makes resources.
    assert!(read("Resources: {M: {Type: 'A::B::C::MODULE'}, R: {Type: T, DependsOn: MX}}").faults.is_empty());
}
