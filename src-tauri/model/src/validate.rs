//! What can be wrong with a manifest that parses: checked against its templates, all problems at once
//! (`docs/reference/manifest.md`). Places are named by key; who read the file knows the line.

use std::collections::{BTreeMap, BTreeSet};

use crate::exchange;
use crate::finding::{Concern, Finding, Findings, Weight};
use crate::graph;
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::manifest::{Environment, Manifest, Stack, StackSettings, Target};
use crate::problem::{Position, Problem};
use crate::reference::Value;
use crate::template::{LARGEST_IN_A_CALL, TemplateInterface, TemplateParameter};

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "deployment-manifest.yaml";

/// The capabilities that CloudFormation knows (API reference of CreateStack).
const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

/// The templates that could be read, by the path that the manifest gives.
pub type Templates = BTreeMap<String, TemplateInterface>;

/// Everything that is wrong with the manifest, and for what CloudFormation will certainly refuse a stack, each thing
/// once. A template that is not in `templates` is passed by: why it could not be read is reported by who tried.
pub fn validate(manifest: &Manifest, templates: &Templates) -> Findings {
    let mut check =
        Check { manifest, templates, concerns: Concern::Everything, findings: Findings::default() };
    check.names();
    for environment in &manifest.environments {
        for stack in &manifest.stacks {
            check.concerns = Concern::Stacks([StackKey::new(&stack.name, &environment.name)].into());
            check.stack(stack, environment);
        }
        check.concerns = Concern::Deploys;
        check.cycle(&environment.name);
        check.environment(environment);
        check.exports(&environment.name);
    }
    check.findings
}

struct Check<'a> {
    manifest: &'a Manifest,
    templates: &'a Templates,
    /// Whom what is found now concerns.
    concerns: Concern,
    findings: Findings,
}

impl Check<'_> {
    fn report(&mut self, key: String, message: String, hint: String) {
        self.tell(Weight::Invalid, Problem { file: MANIFEST_FILE.to_owned(), at: None, key, message, hint });
    }

    /// What CloudFormation will refuse the stack for.
    fn fails(&mut self, key: String, message: String, hint: String) {
        self.tell(Weight::Fails, Problem { file: MANIFEST_FILE.to_owned(), at: None, key, message, hint });
    }

    fn tell(&mut self, weight: Weight, problem: Problem) {
        self.findings.add(Finding { problem, weight, concerns: self.concerns.clone() });
    }

    /// What CloudFormation does not know: where the template makes names of its own, that is left to CloudFormation.
    fn unknown_name(
        &mut self,
        weight: Weight,
        maker: Option<&String>,
        key: String,
        message: String,
        hint: String,
    ) {
        let (weight, message, hint) = match maker {
            None => (weight, message, hint),
            Some(maker) => (
                Weight::Warning,
                format!("{message} as it is written; {maker} may make it"),
                "CloudFormation tells when it is deployed".to_owned(),
            ),
        };
        self.tell(weight, Problem { file: MANIFEST_FILE.to_owned(), at: None, key, message, hint });
    }

    /// `a-b` in `c` and `a` in `b-c` would be the same entry of the state file and the same stack.
    fn names(&mut self) {
        let mut seen = BTreeMap::new();
        for stack in &self.manifest.stacks {
            self.concerns = Concern::Everything;
            for environment in &self.manifest.environments {
                let joined = format!("{}-{}", stack.name, environment.name);
                if let Some(other) = seen.insert(joined.clone(), &stack.name)
                    && *other != stack.name
                {
                    self.report(
                        format!("stacks.{}", stack.name),
                        format!("together with an environment's name it reads '{joined}', as {other} does"),
                        "rename one of the two stacks".to_owned(),
                    );
                }
            }
            for environment in stack.overrides.keys() {
                if self.manifest.environment(environment).is_none() {
                    self.concerns = Concern::Deploys;
                    self.report(
                        format!("stacks.{}.environments.{environment}", stack.name),
                        format!("there is no environment '{environment}'"),
                        one_of(self.manifest.environments.iter().map(|e| e.name.as_str())),
                    );
                }
            }
        }
    }

    fn stack(&mut self, stack: &Stack, place: &Environment) {
        let environment = &place.name;
        let settings = stack.settings_in(environment);
        let at = |field: &str, overridden: bool| {
            if overridden {
                format!("stacks.{}.environments.{environment}.{field}", stack.name)
            } else {
                format!("stacks.{}.{field}", stack.name)
            }
        };
        let overrides = stack.overrides.get(environment);
        let depends_on_key = at("depends_on", overrides.is_some_and(|o| o.depends_on.is_some()));
        for need in &settings.depends_on {
            if self.manifest.stack(need).is_none() {
                let known = self.stack_names();
                self.report(depends_on_key.clone(), format!("there is no stack '{need}'"), known);
            }
        }
        for capability in &settings.capabilities {
            if !CAPABILITIES.contains(&capability.as_str()) {
                let key = at("capabilities", overrides.is_some_and(|o| o.capabilities.is_some()));
                self.report(
                    key,
                    format!("'{capability}' is no capability"),
                    one_of(CAPABILITIES.into_iter()),
                );
            }
        }
        for (name, value) in &settings.parameters {
            let overridden = overrides.is_some_and(|o| o.parameters.contains_key(name));
            self.value(&at(&format!("parameters.{name}"), overridden), value, environment);
        }
        for (name, value) in &settings.tags {
            let overridden = overrides.is_some_and(|o| o.tags.contains_key(name));
            self.tag_name(&at(&format!("tags.{name}"), overridden), name);
            self.value(&at(&format!("tags.{name}"), overridden), value, environment);
        }
        let limits = [
            (settings.tags.len(), 50, "tags", "tags"),
            (settings.rollback.as_ref().map_or(0, |it| it.alarms.len()), 5, "rollback.alarms", "alarms"),
        ];
        for (count, most, field, what) in limits.into_iter().filter(|(count, most, ..)| count > most) {
            self.report(at(field, false), format!("{count} {what}"), format!("{most} at most"));
        }
        self.parameters(&settings, place, &at, |name| {
            overrides.is_some_and(|o| o.parameters.contains_key(name))
        });
        self.template(&settings, &at("capabilities", overrides.is_some_and(|o| o.capabilities.is_some())));
    }

    /// What the template itself says, wherever it is used.
    fn template(&mut self, settings: &StackSettings, capabilities_key: &str) {
        let Some(template) = self.templates.get(&settings.template) else {
            return;
        };
        for fault in &template.faults {
            self.tell(Weight::Fails, fault.clone());
        }
        for warning in &template.warnings {
            self.tell(Weight::Warning, warning.clone());
        }
        let given = |wanted: &str| settings.capabilities.iter().any(|given| given == wanted);
        // One that a condition may leave out is CloudFormation's to judge.
        let needing = template.resource_list.iter().filter(|resource| resource.condition.is_none());
        let missing = needing.filter_map(|resource| Some((resource.capability()?, resource)));
        // The one that asks for more counts for all.
        let most = missing.max_by_key(|(capability, _)| *capability == "CAPABILITY_NAMED_IAM");
        if let Some((capability, resource)) = most
            && !given(capability)
            && !given("CAPABILITY_NAMED_IAM")
        {
            let message = format!(
                "{} makes {}{}, and {capability} is not acknowledged",
                settings.template,
                resource.logical_id,
                resource.at.map(|Position { line, .. }| format!(" (line {line})")).unwrap_or_default(),
            );
            self.fails(capabilities_key.to_owned(), message, format!("add {capability}"));
        }
    }

    /// The references in a value: well formed, to a stack that exists, to an output that it declares.
    fn value(&mut self, key: &str, text: &str, environment: &EnvironmentName) {
        let value = match Value::parse(text) {
            Ok(value) => value,
            Err(error) => {
                let hint = "write ${stack.Output}, or $${ for a plain ${".to_owned();
                return self.report(key.to_owned(), error.to_string(), hint);
            }
        };
        for (stack, output) in value.outputs() {
            let Some(upstream) = self.manifest.stack(stack) else {
                let known = self.stack_names();
                self.report(key.to_owned(), format!("there is no stack '{stack}'"), known);
                continue;
            };
            let path = upstream.settings_in(environment).template;
            let Some(template) = self.templates.get(&path) else {
                continue;
            };
            if !template.outputs.iter().any(|declared| declared == output) {
                let hint = one_of(template.outputs.iter().map(String::as_str));
                let message = format!("{path} declares no output '{output}'");
                self.unknown_name(
                    Weight::Invalid,
                    template.makers.outputs.as_ref(),
                    key.to_owned(),
                    message,
                    hint,
                );
            }
        }
    }

    /// The parameters given against those that the template has.
    fn parameters(
        &mut self,
        settings: &StackSettings,
        environment: &Environment,
        at: &dyn Fn(&str, bool) -> String,
        overridden: impl Fn(&str) -> bool,
    ) {
        let Some(template) = self.templates.get(&settings.template) else {
            return;
        };
        for (name, text) in &settings.parameters {
            let key = at(&format!("parameters.{name}"), overridden(name));
            match template.parameters.get(name) {
                None => {
                    let hint = one_of(template.parameters.keys().map(String::as_str));
                    let message = format!("{} has no parameter '{name}'", settings.template);
                    self.unknown_name(Weight::Fails, template.makers.parameters.as_ref(), key, message, hint);
                }
                Some(declared) => {
                    let constant =
                        Value::parse(text).ok().and_then(|it| it.constant(self.manifest, environment));
                    if let Some((message, hint)) = constant.and_then(|value| refuse(declared, &value)) {
                        self.fails(key, format!("{message} ({})", settings.template), hint);
                    }
                }
            }
        }
        for (name, declared) in &template.parameters {
            match &declared.default {
                _ if settings.parameters.contains_key(name) => {}
                None => self.fails(
                    at("parameters", false),
                    format!(
                        "parameter '{name}' of {} has no value in {}",
                        settings.template, environment.name
                    ),
                    "give it one here, or a Default in the template".to_owned(),
                ),
                Some(default) => {
                    if let Some((message, hint)) = refuse(declared, default) {
                        let problem = Problem {
                            file: settings.template.clone(),
                            at: declared.default_at,
                            key: format!("Parameters.{name}.Default"),
                            message,
                            hint,
                        };
                        self.tell(Weight::Fails, problem);
                    }
                }
            }
        }
    }

    /// Tags of an environment go to every stack, so that they cannot hold what only some stacks have before them.
    fn environment(&mut self, environment: &Environment) {
        let key = |field: &str| format!("environments.{}.{field}", environment.name);
        for (name, value) in &environment.tags {
            self.tag_name(&key(&format!("tags.{name}")), name);
            match Value::parse(value) {
                Ok(value) if value.outputs().next().is_none() => {}
                _ => self.report(
                    key(&format!("tags.{name}")),
                    "an environment's tag can only hold text, ${deployment.…} and ${environment.…}"
                        .to_owned(),
                    "give the tag to the stack that needs it".to_owned(),
                ),
            }
        }
        for (field, arns) in [
            ("notification_arns", environment.notification_arns.as_slice()),
            ("role_arn", environment.role_arn.as_slice()),
        ] {
            // CloudFormation works with the role whatever it does; the others it needs only to deploy.
            let is_role = field == "role_arn";
            self.concerns =
                if is_role { Concern::Environment(environment.name.clone()) } else { Concern::Deploys };
            for arn in arns.iter().filter(|arn| !arn.starts_with("arn:")) {
                self.report(key(field), format!("'{arn}' is no ARN"), "it begins with arn:".to_owned());
            }
        }
        if let Some(owner) = environment.template_bucket_owner.as_ref().filter(|owner| !owner.is_real()) {
            self.concerns = Concern::Deploys;
            let hint = "twelve digits, as in '123456789012'".to_owned();
            self.report(key("template_bucket_owner"), format!("'{owner}' is no account of AWS"), hint);
        }
        if environment.target == Target::Sandbox || environment.template_bucket.is_some() {
            return;
        }
        for stack in &self.manifest.stacks {
            let settings = stack.settings_in(&environment.name);
            let Some(bytes) = self.templates.get(&settings.template).map(|template| template.bytes) else {
                continue;
            };
            if settings.enabled && bytes > LARGEST_IN_A_CALL {
                self.concerns = Concern::Stacks([StackKey::new(&stack.name, &environment.name)].into());
                self.fails(
                    key("template_bucket"),
                    format!(
                        "{} has {bytes} bytes, and more than {LARGEST_IN_A_CALL} reach CloudFormation only through S3",
                        settings.template
                    ),
                    format!("the name of an S3 bucket in {}", environment.region),
                );
            }
        }
    }

    fn tag_name(&mut self, key: &str, name: &str) {
        if name.to_ascii_lowercase().starts_with("aws:") {
            let message = "names that begin with aws: belong to AWS".to_owned();
            self.report(key.to_owned(), message, "another name".to_owned());
        }
    }

    fn cycle(&mut self, environment: &EnvironmentName) {
        let edges = graph::edges_in(self.manifest, self.templates, environment);
        let Err(cycle) = graph::layers(&graph::needs(self.manifest, &edges)) else {
            return;
        };
        let key = cycle.first().map(|stack| format!("stacks.{stack}")).unwrap_or_default();
        self.report(
            key,
            format!("the stacks need each other in a circle: {}", graph::explain_cycle(&cycle, &edges)),
            "take out one of these references, imports or depends_on entries".to_owned(),
        );
    }

    /// CloudFormation takes a name for an export once in an account and region.
    fn exports(&mut self, environment: &EnvironmentName) {
        for (export, stacks) in exchange::duplicates(self.manifest, self.templates, environment) {
            self.concerns =
                Concern::Stacks(stacks.iter().map(|stack| StackKey::new(stack, environment)).collect());
            let names: Vec<&str> = stacks.iter().map(StackName::as_str).collect();
            self.fails(
                format!("stacks.{}.template", names[0]),
                format!("in {environment} the export {export} is made by {}", names.join(" and ")),
                "give each export a name of its own, such as !Sub '${AWS::StackName}-Vpc'".to_owned(),
            );
        }
    }

    fn stack_names(&self) -> String {
        one_of(self.manifest.stacks.iter().map(|stack| stack.name.as_str()))
    }
}

/// Why the template certainly refuses a value, and what would be right; nothing of that is told where it would tell a
/// secret.
fn refuse(declared: &TemplateParameter, value: &str) -> Option<(String, String)> {
    let (message, hint) = declared.limits.refuse(value, declared.is_list)?;
    Some((message, if declared.no_echo { "a value that the template takes".to_owned() } else { hint }))
}

/// `one of a, b, c`, or that there is nothing to choose from.
pub fn one_of<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.collect();
    if known.is_empty() {
        "there is none".to_owned()
    } else {
        format!("one of {}", known.into_iter().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::fixtures::{manifest, stack};
    use crate::manifest::StackOverrides;
    use crate::template::TemplateParameter;

    fn template(parameters: &[(&str, bool)], outputs: &[&str]) -> TemplateInterface {
        TemplateInterface {
            parameters: parameters
                .iter()
                .map(|(name, has_default)| {
                    (
                        (*name).to_owned(),
                        TemplateParameter {
                            default: has_default.then(String::new),
                            ..TemplateParameter::default()
                        },
                    )
                })
                .collect(),
            steady: true,
            bytes: 1,
            outputs: outputs.iter().map(|output| (*output).to_owned()).collect(),
            ..TemplateInterface::default()
        }
    }

    fn templates() -> Templates {
        Templates::from([
            ("stacks/network.yaml".to_owned(), template(&[("Cidr", true)], &["VpcId"])),
            ("stacks/app.yaml".to_owned(), template(&[("Vpc", false), ("Size", true)], &[])),
        ])
    }

    fn problems(stacks: Vec<Stack>) -> Vec<String> {
        validate(&manifest(stacks), &templates()).problems().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_manifest_has_no_problems() {
        let stacks = vec![
            stack("network", true, &[("Cidr", "10.0.0.0/16")]),
            stack("app", true, &[("Vpc", "${network.VpcId}")]),
        ];
        assert_eq!(problems(stacks), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_problem_is_told_with_its_key_and_what_would_be_right() {
        let network = || stack("network", true, &[]);
        let app = |parameters: &[(&str, &str)]| stack("app", true, parameters);
        let mut unknown_need = network();
        unknown_need.settings.depends_on = vec!["netwrk".parse().unwrap()];
        let mut capability = network();
        capability.settings.capabilities = vec!["CAPABILITY_ALL".to_owned()];
        let mut override_of_nothing = network();
        override_of_nothing.overrides.insert("qa".parse().unwrap(), StackOverrides::default());
        let mut circle = stack("network", true, &[]);
        circle.settings.depends_on = vec!["app".parse().unwrap()];
        for (stacks, expected) in [
            (
                vec![network(), app(&[("Vpc", "${netwrk.VpcId}")])],
                "stacks.app.parameters.Vpc: there is no stack 'netwrk' (one of app, network)",
            ),
            (
                vec![network(), app(&[("Vpc", "${network.VpcID}")])],
                "stacks.app.parameters.Vpc: stacks/network.yaml declares no output 'VpcID' (one of VpcId)",
            ),
            (
                vec![network(), app(&[("Vpc", "${network")])],
                "stacks.app.parameters.Vpc: '${' has no closing '}' (write ${stack.Output}, or $${ for a plain ${)",
            ),
            (
                vec![network(), app(&[("Vpc", "v"), ("Sise", "1")])],
                "stacks.app.parameters.Sise: stacks/app.yaml has no parameter 'Sise' (one of Size, Vpc)",
            ),
            (
                vec![network(), app(&[])],
                "stacks.app.parameters: parameter 'Vpc' of stacks/app.yaml has no value in dev \
                 (give it one here, or a Default in the template)",
            ),
            (vec![unknown_need], "stacks.network.depends_on: there is no stack 'netwrk' (one of network)"),
            (
                vec![capability],
                "stacks.network.capabilities: 'CAPABILITY_ALL' is no capability \
                 (one of CAPABILITY_AUTO_EXPAND, CAPABILITY_IAM, CAPABILITY_NAMED_IAM)",
            ),
            (
                vec![override_of_nothing],
                "stacks.network.environments.qa: there is no environment 'qa' (one of dev, prod)",
            ),
            (
                vec![circle, app(&[("Vpc", "${network.VpcId}")])],
                "stacks.app: the stacks need each other in a circle: app → network → app \
                 (take out one of these references, imports or depends_on entries)",
            ),
        ] {
            let found = problems(stacks);
            let expected = format!("{MANIFEST_FILE}: {expected}");
            assert!(found.contains(&expected), "{expected}\nnot in\n{}", found.join("\n"));
        }
    }

    #[test]
    fn a_problem_in_an_override_is_told_there_and_all_are_told_at_once() {
        let mut app = stack("app", true, &[("Vpc", "v"), ("X", "1")]);
        let overrides = StackOverrides {
            parameters: BTreeMap::from([("Y".to_owned(), "2".to_owned())]),
            ..StackOverrides::default()
        };
        app.overrides.insert("prod".parse().unwrap(), overrides);
        let found = validate(&manifest(vec![app]), &templates());
        let keys: Vec<&str> = found.iter().map(|finding| finding.problem.key.as_str()).collect();
        assert_eq!(keys, ["stacks.app.parameters.X", "stacks.app.environments.prod.parameters.Y"]);
    }

    #[test]
    fn names_that_would_collide_are_refused() {
        let mut manifest = manifest(vec![stack("a-b", true, &[]), stack("a", true, &[])]);
        manifest.environments[0].name = "c".parse().unwrap();
        manifest.environments[1].name = "b-c".parse().unwrap();
        let found = validate(&manifest, &Templates::new());
        let keys: Vec<String> = found.problems().into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["stacks.a"]);
    }

    #[test]
    fn what_cloudformation_will_refuse_is_foreseen_and_names_that_a_transform_may_make_are_not() {
        let mut templates = templates();
        let network = templates.get_mut("stacks/network.yaml").unwrap();
        network.resource_list.push(crate::template::TemplateResource {
            logical_id: "Role".to_owned(),
            resource_type: "AWS::IAM::Role".to_owned(),
            is_named: true,
            ..Default::default()
        });
        let cidr = network.parameters.get_mut("Cidr").unwrap();
        cidr.limits.allowed_pattern = Some("[0-9./]+|us-.*".to_owned());
        cidr.default = Some("nowhere".to_owned());
        let told = |templates: &Templates, stacks| {
            let findings = validate(&manifest(stacks), templates);
            let tell = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
            (tell(findings.problems()), tell(findings.warnings()))
        };
        let stacks = || {
            vec![
                stack("network", true, &[]),
                stack("app", true, &[("Vpc", "${network.Other}"), ("More", "1")]),
            ]
        };
        let (problems, warnings) = told(&templates, stacks());
        let expected = [
            "deployment-manifest.yaml: stacks.network.capabilities: stacks/network.yaml makes Role, and CAPABILITY_NAMED_IAM \
             is not acknowledged (add CAPABILITY_NAMED_IAM)",
            "stacks/network.yaml: Parameters.Cidr.Default: the value does not match AllowedPattern (the whole of it must \
             match [0-9./]+|us-.*)",
            "deployment-manifest.yaml: stacks.app.parameters.Vpc: stacks/network.yaml declares no output 'Other' (one of \
             VpcId)",
            "deployment-manifest.yaml: stacks.app.parameters.More: stacks/app.yaml has no parameter 'More' (one of Size, \
             Vpc)",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        assert!(expected.iter().all(|it| problems.iter().any(|found| found == it)), "{problems:#?}");
        assert_eq!(warnings, Vec::<String>::new());

        // A constant that is made of what the manifest says is one, too.
        let mut good = stack("network", true, &[("Cidr", "${environment.region}")]);
        good.settings.capabilities = vec!["CAPABILITY_NAMED_IAM".to_owned()];
        assert_eq!(told(&templates, vec![good.clone()]).0, Vec::<String>::new());
        good.settings.parameters.insert("Cidr".to_owned(), "${deployment.project}".to_owned());
        assert_eq!(told(&templates, vec![good]).0.len(), 1);

        templates.get_mut("stacks/network.yaml").unwrap().makers.outputs = Some("Fn::ForEach::O".to_owned());
        templates.get_mut("stacks/app.yaml").unwrap().makers.parameters = Some("MyMacro".to_owned());
        let (problems, warnings) = told(&templates, stacks());
        assert_eq!(problems.len(), 2, "{problems:?}");
        let left = [
            "deployment-manifest.yaml: stacks.app.parameters.Vpc: stacks/network.yaml declares no output 'Other' as it is \
             written; Fn::ForEach::O may make it (CloudFormation tells when it is deployed)",
            "deployment-manifest.yaml: stacks.app.parameters.More: stacks/app.yaml has no parameter 'More' as it is written; \
             MyMacro may make it (CloudFormation tells when it is deployed)",
        ];
        assert_eq!(warnings.len(), 2);
        assert!(left.iter().all(|it| warnings.iter().any(|found| found == it)), "{warnings:#?}");
    }
}
