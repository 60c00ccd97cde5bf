//! The manifest and its templates: what is read, and that everything wrong is told at once.

use skydeck_model::condition::{Condition, Term};
use skydeck_model::{Problem, Target};
use skydeck_store::{Folder, StoreError, read_interface};

use crate::fixtures::{GOOD_MANIFEST, MANIFEST, deployment, write};

fn problems(folder: &Folder) -> Vec<Problem> {
    match folder.manifest() {
        Ok(_) => Vec::new(),
        Err(StoreError::Invalid { problems, .. }) => problems,
        Err(other) => panic!("{other}"),
    }
}

fn told(manifest: &str) -> Vec<String> {
    let (_root, folder) = deployment();
    write(&folder, MANIFEST, manifest);
    problems(&folder).iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_manifest_is_read_with_every_text_as_it_stands() {
    let (_root, folder) = deployment();
    let loaded = folder.manifest().unwrap();
    let manifest = &loaded.manifest;
    assert_eq!(loaded.text, GOOD_MANIFEST);
    let [dev, prod] = &manifest.environments[..] else { panic!("{manifest:?}") };
    assert_eq!(
        (dev.name.as_str(), dev.target, dev.account.as_str()),
        ("dev", Target::Sandbox, "012345678901")
    );
    assert_eq!((prod.profile.as_deref(), prod.role_arn.as_deref()), (Some("live"), None));
    let security = &manifest.stacks[1];
    assert_eq!(security.settings.parameters["Ports"], "80,0443");
    assert_eq!(security.settings.tags["team"], "NO");
    assert!(!security.settings.enabled && !security.settings.termination_protection);
    let in_prod = security.settings_in(&prod.name);
    assert!(in_prod.enabled);
    assert_eq!(in_prod.parameters["Mode"], "1E5");
    let template = &loaded.templates["stacks/security.json"];
    assert!(template.is_no_echo("Secret") && !template.is_no_echo("Mode"));
    assert!(template.parameters["Mode"].default.is_some() && template.parameters["VpcId"].default.is_none());
    assert_eq!(loaded.templates["stacks/network.yaml"].outputs, ["VpcId"]);
    assert_eq!(loaded.templates["stacks/network.yaml"].resource_list.len(), 1);
}

#[test]
fn conditions_are_read_in_their_long_and_their_short_form() {
    let named = |name: &str| Condition::Named(name.to_owned());
    let equals = |text: &str| Condition::Equals(Term::Ref("P".to_owned()), Term::Text(text.to_owned()));
    for (written, read) in [
        ("!Equals [!Ref P, '']", equals("")),
        ("{'Fn::Equals': [{Ref: P}, true]}", equals("true")),
        ("!Equals\n    - !Ref P\n    - '1'", equals("1")),
        ("!Equals [!Ref P, True]", equals("true")),
        ("!Equals [!Ref P, 'True']", equals("True")),
        ("!Equals [!Ref P, 123456789012]", equals("123456789012")),
        ("!Equals [!Ref P, 10.0.0.0/16]", equals("10.0.0.0/16")),
        ("!Not [!Condition Other]", Condition::Not(Box::new(named("Other")))),
        ("{'Fn::Not': [{Condition: Other}]}", Condition::Not(Box::new(named("Other")))),
        ("!And [!Condition A, !Condition B]", Condition::And(vec![named("A"), named("B")])),
        ("{'Fn::Or': [{Condition: A}, !Equals [!Ref P, a]]}", Condition::Or(vec![named("A"), equals("a")])),
        (
            "!Equals [!FindInMap [M, !Ref P, x], {'Fn::Join': ['', [a]]}]",
            Condition::Equals(Term::Unknown, Term::Unknown),
        ),
        // YAML's versions do not agree on what these are.
        ("!Equals [yes, 1.10]", Condition::Equals(Term::Unknown, Term::Unknown)),
        ("!Equals [0123, null]", Condition::Equals(Term::Unknown, Term::Unknown)),
        ("!Equals [!Ref P]", Condition::Unknown),
        ("!Not [!Condition A, !Condition B]", Condition::Unknown),
        ("{'Fn::Equals': [a, b], 'Fn::Not': [c]}", Condition::Unknown),
        ("yes", Condition::Unknown),
    ] {
        let text = format!(
            "Conditions:\n  C: {written}\nResources:\n  R: {{Type: AWS::SNS::Topic, Condition: C}}\n  \
             S: {{Type: AWS::SNS::Topic}}\n"
        );
        let interface = read_interface("t.yaml", &text).unwrap();
        assert_eq!(interface.conditions["C"], read, "{written}");
        let of: Vec<_> = interface.resource_list.iter().map(|it| it.condition.as_deref()).collect();
        assert_eq!(of, [Some("C"), None]);
    }
    let json =
        r#"{"Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}}, "Resources": {"R": {"Type": "T"}}}"#;
    assert_eq!(read_interface("t.json", json).unwrap().conditions["C"], equals("a"));
}

#[test]
fn what_becomes_of_a_resource_follows_from_its_policy_or_its_type() {
    use skydeck_model::template::Ending::{Deleted, Retained, Snapshot};
    for (written, ending) in [
        ("Type: AWS::S3::Bucket", Deleted),
        ("Type: AWS::S3::Bucket, DeletionPolicy: Delete", Deleted),
        ("Type: AWS::S3::Bucket, DeletionPolicy: Retain", Retained),
        ("Type: AWS::S3::Bucket, DeletionPolicy: RetainExceptOnCreate", Retained),
        ("Type: AWS::EC2::Volume, DeletionPolicy: Snapshot", Snapshot),
        ("Type: AWS::RDS::DBCluster", Snapshot),
        ("Type: AWS::RDS::DBInstance", Snapshot),
        ("Type: AWS::RDS::DBInstance, Properties: {DBClusterIdentifier: c}", Deleted),
        ("Type: AWS::RDS::DBInstance, DeletionPolicy: Delete", Deleted),
        // Which policy that is only CloudFormation knows.
        ("Type: AWS::RDS::DBInstance, DeletionPolicy: !Ref Policy", Deleted),
    ] {
        let interface = read_interface("t.yaml", &format!("Resources: {{R: {{{written}}}}}")).unwrap();
        assert_eq!(interface.resource_list[0].ending, ending, "{written}");
    }
}

#[test]
fn a_default_is_certain_where_every_yaml_reads_it_alike() {
    for (written, text, certain) in [
        ("abc", "abc", true),
        ("''", "", true),
        ("True", "true", true),
        ("30", "30", true),
        ("yes", "true", false),
        ("1.10", "1.10", false),
        ("'1.10'", "1.10", true),
    ] {
        let template =
            format!("Parameters: {{P: {{Type: String, Default: {written}}}}}\nResources: {{R: {{Type: T}}}}");
        let parameter = &read_interface("t.yaml", &template).unwrap().parameters["P"];
        assert_eq!((parameter.default.as_deref(), parameter.is_certain), (Some(text), certain), "{written}");
    }
}

#[test]
fn a_template_that_may_come_out_otherwise_is_told_from_one_that_only_sounds_so() {
    for (text, steady) in [
        ("Resources: {R: {Type: T}}", true),
        ("Resources: {R: {Type: T, Properties: {MetricTransformations: [a], Transform: b}}}", true),
        ("Transform: AWS::Serverless-2016-10-31\nResources: {R: {Type: T}}", false),
        ("Resources: {R: {Type: T, Properties: {'Fn::Transform': {Name: M}}}}", false),
        ("Resources: {R: {Type: T, Properties: {A: !Transform {Name: M}}}}", false),
        ("Resources: {R: {Type: T, Properties: {A: '{{resolve:ssm:/a}}'}}}", false),
        ("Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>'}}\nResources: {R: {Type: T}}", false),
    ] {
        assert_eq!(read_interface("t.yaml", text).unwrap().steady, steady, "{text}");
    }
}

#[test]
fn each_fault_is_told_with_line_column_key_and_what_would_be_right() {
    for (right, wrong, expected) in [
        ("version: 1", "version: 0", ":1:10: version: version 0 is not known (1)"),
        ("version: 1\n", "", ":1:1: version: it is missing (version: 1)"),
        (
            "deployment_id: DX6604E",
            "deployment_id: dx",
            ":2:16: deployment_id: 'dx' is no deployment id (it must be D and six",
        ),
        (
            "deployment_id: DX6604E",
            "deployment_id: DAAAAAA",
            ":2:1: deployment_id: it is DAAAAAA, but this folder is of DX6604E",
        ),
        ("organization: LiveTestOrg", "organization: ../x", ":3:15: organization: '../x' is no name"),
        ("project: live-test-6", "project:", ":4:1: project: it has no value"),
        ("domain: livetest.example", "domain: ''", ":5:1: domain: it is empty"),
        (
            "template: default",
            "templat: default",
            ":6:1: templat: this key is not known (one of deployment_id, domain",
        ),
        ("template: default", "templat: default", ":1:1: template: it is missing"),
        (
            "target: sandbox",
            "target: azure",
            ":8:18: environments.dev.target: 'azure' is no target (one of aws, sandbox)",
        ),
        (
            "account: '2109",
            "accuont: '2109",
            ":12:5: environments.prod.accuont: this key is not known (one of account, notification_arns, profile, region, role_arn, tags, target, template_bucket, template_bucket_owner)",
        ),
        (
            "profile: live",
            "template_bucket_owner: '12 34'",
            ":13:28: environments.prod.template_bucket_owner: '12 34' is no account",
        ),
        ("profile: live", "profile: [live]", ":13:5: environments.prod.profile: it is a list and not a text"),
        (
            "  dev: {",
            "  Dev: {",
            ":8:3: environments.Dev: 'Dev' is no environment (it must be a small letter",
        ),
        ("enabled: true", "enabled: yup", ":17:14: stacks.network.enabled: 'yup' is neither true nor false"),
        ("    enabled: true\n", "", ":17:5: stacks.network.enabled: it is missing"),
        (
            "depends_on: [network]",
            "depends_on: network",
            ":23:5: stacks.security.depends_on: it is a text and not a list",
        ),
        (
            "depends_on: [network]",
            "depends_on: [netwrk]",
            ":23:5: stacks.security.depends_on: there is no stack 'netwrk' (one of network, security)",
        ),
        (
            "depends_on: [network]",
            "depends_on: [a b]",
            ":23:18: stacks.security.depends_on: 'a b' is no stack name",
        ),
        (
            "Ports: [80, 0443]",
            "Ports:",
            ":26:7: stacks.security.parameters.Ports: it is nothing and not a text",
        ),
        (
            "Ports: [80, 0443]",
            "Ports: {a: b}",
            ":26:7: stacks.security.parameters.Ports: it is a map and not a text",
        ),
        (
            "Ports: [80, 0443]",
            "Ports: [[80]]",
            ":26:7: stacks.security.parameters.Ports: an item of the list is not a text",
        ),
        (
            "Ports: [80, 0443]",
            "Ports: ''\n      Prots: 1",
            ":27:7: stacks.security.parameters.Prots: stacks/security.json has no parameter 'Prots'",
        ),
        (
            "${network.VpcId}",
            "${network.VpcID}",
            ":25:7: stacks.security.parameters.VpcId: stacks/network.yaml declares no output 'VpcID' (one of VpcId)",
        ),
        (
            "tags: { team: NO }",
            "tags: { team: [a] }",
            ":28:13: stacks.security.tags.team: it is a list and not a text",
        ),
        (
            "      prod: { enabled",
            "      qa: { enabled",
            ":31:7: stacks.security.environments.qa: there is no environment 'qa' (one of dev, prod)",
        ),
        (
            "Mode: 1E5 }",
            "Mood: 1E5 }",
            ":31:44: stacks.security.environments.prod.parameters.Mood: stacks/security.json has no parameter 'Mood'",
        ),
        (
            "prod: { enabled: true,",
            "prod: { environments: {},",
            "stacks.security.environments.prod.environments: this key is not known",
        ),
        (
            "template: stacks/network.yaml",
            "template: stacks/netwrk.yaml",
            ":18:5: stacks.network.template: 'stacks/netwrk.yaml': there is no such file",
        ),
        (
            "template: stacks/network.yaml",
            "template: ../../x.yaml",
            ":18:5: stacks.network.template: '../../x.yaml': a path must stay inside",
        ),
        (
            "template: stacks/network.yaml",
            "template: /etc/passwd",
            ":18:5: stacks.network.template: '/etc/passwd': a path must stay inside",
        ),
        (
            "    parameters: { CidrBlock: 10.0.0.0/16 }\n",
            "",
            ":16:3: stacks.network.parameters: parameter 'CidrBlock' of stacks/network.yaml has no value in dev",
        ),
        (
            "Ports: [80, 0443]",
            "Ports: [80, '4,5']",
            ":26:19: stacks.security.parameters.Ports: an item of the list holds a comma",
        ),
        ("stacks:\n", "stacks: &a\n", ":15:9: anchors (&name) are not allowed"),
        ("version: 1", "version: 1\nversion: 1", ":2:1: the key 'version' stands twice"),
        ("version: 1", "version: [", ":2:1: "),
    ] {
        assert!(GOOD_MANIFEST.contains(right), "{right:?}");
        let found = told(&GOOD_MANIFEST.replacen(right, wrong, 1));
        let expected =
            if expected.starts_with(':') { format!("{MANIFEST}{expected}") } else { expected.to_owned() };
        assert!(
            found.iter().any(|problem| problem.contains(&expected)),
            "{wrong:?}: {expected}\nnot in\n{}",
            found.join("\n")
        );
    }
    assert!(told("")[0].contains("the file is empty"));
    assert!(told("- a\n")[0].contains("it is a list and not a map"));
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let manifest = GOOD_MANIFEST
        .replace("version: 1", "version: one")
        .replace("target: aws", "target: gcp")
        .replace("deployment_id: DX6604E", "deployment_id: nonsense")
        .replace("enabled: false", "enabled: maybe")
        .replace("${network.VpcId}", "${network.Nothing}")
        .replace("CAPABILITY_NAMED_IAM", "CAPABILITY_ALL");
    let (_root, folder) = deployment();
    write(&folder, MANIFEST, &manifest);
    write(&folder, "stacks/security.json", "{\"Resources\": [}");
    let found = problems(&folder);
    let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "version",
            "deployment_id",
            "environments.prod.target",
            "stacks.security.enabled",
            "stacks.security.parameters.VpcId",
            "stacks.security.capabilities",
            ""
        ]
    );
    let template = &found[6];
    assert_eq!(template.file, "stacks/security.json");
    assert_eq!(template.at.map(|at| (at.line, at.column)), Some((1, 16)));
    assert!(template.message.starts_with("it does not parse"), "{template}");
}

#[test]
fn a_file_that_is_no_template_is_told() {
    for (text, expected) in [
        ("", "stacks/network.yaml:1:1: it holds nothing, not a CloudFormation template"),
        ("Parameters: {}\n", "stacks/network.yaml: Resources: it is missing or empty"),
        ("Resources: [a]\n", "stacks/network.yaml:1:12: Resources: it is a list and not a map"),
        ("Resources:\n  A: !Sub 'x\n", "stacks/network.yaml:2:"),
        ("Resources:\n  A: *x\n", "stacks/network.yaml:2:6: it does not parse"),
    ] {
        let (_root, folder) = deployment();
        write(&folder, "stacks/network.yaml", text);
        let found = problems(&folder);
        assert!(found.iter().any(|problem| problem.to_string().contains(expected)), "{text:?}: {found:?}");
    }
}

#[test]
fn a_manifest_of_another_deployment_is_told_and_one_without_templates_can_be_looked_at() {
    let (_root, folder) = deployment();
    std::fs::remove_dir_all(folder.path().join("stacks")).unwrap();
    assert_eq!(problems(&folder).len(), 2);
    assert_eq!(folder.manifest_unchecked().unwrap().stacks.len(), 2);
    std::fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    assert!(folder.manifest().unwrap_err().is_missing());
}
