//! Templates that grow when they are evaluated: what they may make is bounded, whatever makes it.

use super::Cloud;

const SAID: &str = "Template error: the template grows to more than 8388608 bytes when it is evaluated";

/// A value that stands in its own place again and again, this often.
fn nested(levels: usize, innermost: &str, around: impl Fn(&str) -> String) -> String {
    (0..levels).fold(innermost.to_owned(), |value, _| around(&value))
}

/// Values that grow, by the function that makes them. Each would come to between ten and a hundred megabytes.
fn growing() -> Vec<(&'static str, String)> {
    let subs = |levels| {
        nested(levels, "x", |inner| format!("{{'Fn::Sub': ['{}', {{a: {inner}}}]}}", "${a}".repeat(10)))
    };
    let commas = ",".repeat(10);
    let each = |count: usize, one: &str| format!("[{}]", vec![one; count].join(","));
    let long = "x".repeat(20_000);
    vec![
        ("Sub of Sub", subs(7)),
        ("Sub of Sub as a list's item", format!("[a, [{}]]", subs(7))),
        (
            "Join of Split of Join",
            nested(7, "','", |inner| {
                format!("{{'Fn::Join': ['{commas}', {{'Fn::Split': [',', {inner}]}}]}}")
            }),
        ),
        ("Join between many", format!("{{'Fn::Join': [{long}, {}]}}", each(1_000, "a"))),
        ("Split into many", format!("{{'Fn::Split': [x, {}]}}", subs(6))),
        ("a parameter again and again", format!("!Sub '{}'", "${Long}".repeat(3_000))),
        ("a list again and again", each(500, "!Ref List")),
        ("a list in Sub", format!("!Sub '{}'", "${List}".repeat(3_000))),
        ("a mapping again and again", each(700, "!FindInMap [M, a, b]")),
        ("Cidr again and again", each(1_000, "!Cidr [10.0.0.0/8, 256, 8]")),
        ("Base64 of Base64", nested(55, "{'Fn::Sub': xxxxx}", |inner| format!("{{'Fn::Base64': {inner}}}"))),
        ("If", format!("!If [Yes, {}, b]", subs(7))),
        ("Select of what is made", format!("!Select [0, [{}]]", subs(7))),
    ]
}

fn template(resource: &str, metadata: &str, output: &str, left: &str) -> String {
    let (long, list, mapped) = ("x".repeat(4_000), "a,".repeat(1_000), "x".repeat(15_000));
    format!(
        "Parameters:\n  Long: {{Type: String, Default: {long}}}\n  List: {{Type: CommaDelimitedList, Default: '{list}'}}\n\
         Mappings: {{M: {{a: {{b: {mapped}}}}}}}\n\
         Conditions: {{Yes: !Equals [a, a], C: !Equals [{left}, b]}}\n\
         Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Metadata: {{M: {metadata}}}\n    Properties:\n      Tags: {resource}\n\
         Outputs: {{O: {{Value: {output}}}}}\n"
    )
}

#[tokio::test]
async fn whatever_grows_is_refused_by_name() {
    let cloud = Cloud::new();
    for (kind, value) in growing() {
        let template = template(&value, "a", "a", "a");
        for (action, name) in [("CreateStack", "s"), ("CreateChangeSet", "t")] {
            let mut fields = vec![("StackName", name), ("TemplateBody", template.as_str())];
            if action == "CreateChangeSet" {
                fields.extend([("ChangeSetName", "c"), ("ChangeSetType", "CREATE")]);
            }
            assert!(template.len() <= 51_200, "{kind}: {}", template.len());
            let said = cloud.refused(action, &fields).await;
            assert!(said.contains(&format!("{SAID}, at /Resources/Q")), "{kind}: {said}");
        }
    }
}

#[tokio::test]
async fn it_may_grow_nowhere() {
    let cloud = Cloud::new();
    let (_, value) = growing().remove(0);
    for (place, template) in [
        ("/Resources/Q", template("a", &value, "a", "a")),
        ("/Outputs/O", template("a", "a", &value, "a")),
        ("/Conditions/C", template("a", "a", "a", &value)),
    ] {
        let said = cloud.refused("CreateStack", &[("StackName", "s"), ("TemplateBody", &template)]).await;
        assert!(said.contains(&format!("{SAID}, at {place}")), "{said}");
    }
}

#[tokio::test]
async fn what_makes_much_in_all_is_refused_though_no_value_is_large() {
    let cloud = Cloud::new();
    let value = format!("!Sub '{}'", "${Long}".repeat(10));
    let resources: String = (0..300)
        .map(|number| format!("  R{number}: {{Type: AWS::SQS::Queue, Properties: {{Tags: {value}}}}}\n"))
        .collect();
    let template = format!("{}Resources:\n{resources}", {
        let whole = template("a", "a", "a", "a");
        whole[..whole.find("Mappings").unwrap()].to_owned()
    });
    let said = cloud.refused("CreateStack", &[("StackName", "s"), ("TemplateBody", &template)]).await;
    assert!(said.contains(SAID), "{said}");
}

#[tokio::test]
async fn a_large_template_of_the_usual_kind_is_made() {
    let cloud = Cloud::new();
    let script = "echo ${Long}\\n".repeat(20);
    let resources: String = (0..400)
        .map(|number| {
            let data = format!("{{'Fn::Base64': !Sub '{} {script}'}}", "y".repeat(1_700));
            format!("  R{number}: {{Type: AWS::EC2::Instance, Properties: {{UserData: {data}, KeyName: !Ref Short}}}}\n")
        })
        .collect();
    let template = format!(
        "Parameters:\n  Short: {{Type: String, Default: k}}\n  Long: {{Type: String, Default: {}}}\nResources:\n{resources}",
        "x".repeat(100)
    );
    assert!(template.len() > 800_000 && template.len() <= 1_000_000, "{}", template.len());
    cloud.put("/templates/large.yaml", &template).await;
    cloud
        .ok("CreateStack", &[("StackName", "s"), ("TemplateURL", "https://localhost/templates/large.yaml")])
        .await;
}

#[tokio::test]
async fn names_of_any_length_and_chains_of_any_length_cost_no_more_than_they_are_long() {
    let cloud = Cloud::new();
    let chain: String = (1..12_000).map(|n| format!("  C{n}: !Not [!Condition C{}]\n", n - 1)).collect();
    let children: String = (0..40_000).map(|n| format!("k{n}: {{a: b}}, ")).collect();
    let long = "k".repeat(100_000);
    let deep = nested(40, "a", |inner| format!("{{{}: {inner}}}", "d".repeat(9_000)));
    let queue = |properties: &str| {
        format!("Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}\n")
    };
    for (kind, template) in [
        ("a chain of conditions", format!("Conditions:\n  C0: !Equals [a, a]\n{chain}{}", queue("A: b"))),
        ("many beside a long key", queue(&format!("{long}: a, {children}"))),
        ("many below a long key", {
            let children: serde_json::Map<_, _> =
                (0..40_000).map(|n| (format!("k{n}"), serde_json::json!({"a": "b"}))).collect();
            let properties = serde_json::json!({ long.clone(): children });
            let queue = serde_json::json!({"Type": "AWS::SQS::Queue", "Properties": properties});
            serde_json::json!({"Resources": {"Q": queue}}).to_string()
        }),
        ("long keys in each other", queue(&format!("A: {deep}"))),
    ] {
        assert!(template.len() <= 1_000_000, "{kind}: {}", template.len());
        cloud.put("/templates/t.yaml", &template).await;
        let name = kind.replace(' ', "-");
        let fields = [("StackName", name.as_str()), ("TemplateURL", "https://localhost/templates/t.yaml")];
        let begun = std::time::Instant::now();
        let answer = cloud.call("CreateStack", &fields).await;
        // A second or two, where the machine has something else to do.
        assert!(begun.elapsed().as_secs() < 20, "{kind}: {:?}", begun.elapsed());
        assert_eq!(answer.status, 200, "{kind}: {}", answer.xml);
    }
}
