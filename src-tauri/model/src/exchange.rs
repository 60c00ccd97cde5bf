//! What stacks give each other by their templates alone: exports and imports (`Export`, `Fn::ImportValue`), and outputs that
//! are read by a stack's name (`Fn::GetStackOutput`). Names are worked out as far as they are certain; one that is not
//! certain gives no order, and is told.

pub mod missing;
pub mod standing;

use std::collections::{BTreeMap, BTreeSet};

use crate::expression::{Expression, READINGS, Scope};
use crate::graph::{Edge, Why};
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::manifest::{Environment, Manifest, Stack, StackSettings};
use crate::problem::Position;
use crate::reference::Value;
use crate::template::TemplateInterface;
use crate::validate::Templates;

/// An output that a template offers to other stacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateExport {
    /// The output's name in the template.
    pub output: String,
    /// The export's name.
    pub name: Expression,
    /// The condition under which the output is there.
    pub condition: Option<String>,
    /// Where the name stands.
    pub at: Option<Position>,
}

/// What a template takes of another stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateImport {
    /// What it takes.
    pub what: Imported,
    /// The conditions under which it does, each with what it must come out as.
    pub when: Vec<(String, bool)>,
    /// Where it stands, like `Resources.Service.Properties.Vpc`.
    pub path: String,
    /// The same as a place in the file.
    pub at: Option<Position>,
}

/// What `Fn::ImportValue` or `Fn::GetStackOutput` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// An export, by its name.
    Export(Expression),
    /// An output of a stack.
    Output {
        /// The stack's name in CloudFormation.
        stack: Expression,
        /// The output.
        output: Expression,
        /// The region, if not its own.
        region: Option<Expression>,
        /// The role that reads it, if it is in another account.
        role: Option<Expression>,
    },
}

/// What one stack gives and takes in one environment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The names that it exports.
    pub exports: Vec<Named>,
    /// The names that it imports.
    pub imports: Vec<Named>,
    /// The stacks of this deployment whose outputs it reads, and which output.
    pub reads: Vec<(StackName, Named)>,
    /// Where it gives or takes something whose name only CloudFormation can tell.
    pub unknown: BTreeSet<String>,
    /// Whether it may export more than these names.
    pub exports_more: bool,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Whether it is certain: it can be read in one way only, and no condition or macro can leave it out.
    pub is_certain: bool,
    /// Where it stands in the template.
    pub at: Option<Position>,
}

/// The partitions whose pseudo parameters are certain: how their regions begin, the partition, the domain (AWS General
/// Reference, "Service endpoints"). All others are in the last.
const PARTITIONS: [(&str, &str, &str); 3] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("", "aws", "amazonaws.com"),
];

/// Regions of partitions that few know: what their pseudo parameters are is left to CloudFormation.
const ISOLATED: [&str; 3] = ["us-iso", "eu-iso", "eusc-"];

impl Exchange {
    /// What a stack with this template gives and takes.
    pub fn of(
        manifest: &Manifest,
        environment: &Environment,
        stack: &StackName,
        settings: &StackSettings,
        template: &TemplateInterface,
    ) -> Self {
        let mut exchange = Self { exports_more: template.makers.outputs.is_some(), ..Self::default() };
        if template.exports.is_empty() && template.imports.is_empty() {
            return exchange;
        }
        let mut scope = Scope::new(template, values(manifest, environment, stack, settings, template));
        for export in &template.exports {
            let when = export.condition.iter().map(|condition| (condition.as_str(), true));
            let Some(is_certain) = presence(&scope, template, when) else { continue };
            match readings(&mut scope, |scope| scope.text(&export.name)) {
                Some(names) => exchange.exports.extend(named(names, is_certain, export.at)),
                None => {
                    exchange.exports_more = true;
                    exchange.unknown.insert(format!("Outputs.{}.Export", export.output));
                }
            }
        }
        let ours = |name: &str| {
            let names = manifest.stacks.iter().map(|ours| &ours.name);
            names.into_iter().find(|ours| {
                name == StackKey::new(ours, &environment.name).cloudformation_name(&manifest.deployment_id)
            })
        };
        for import in &template.imports {
            let when = import.when.iter().map(|(condition, holds)| (condition.as_str(), *holds));
            let Some(is_certain) = presence(&scope, template, when) else { continue };
            let known = match &import.what {
                Imported::Export(name) => readings(&mut scope, |scope| scope.text(name))
                    .map(|names| exchange.imports.extend(named(names, is_certain, import.at))),
                Imported::Output { .. } => {
                    readings(&mut scope, |scope| read(&import.what, scope, environment)).map(|read| {
                        let is_certain = is_certain && read.len() == 1;
                        exchange.reads.extend(read.into_iter().filter_map(|(stack, name)| {
                            Some((ours(&stack)?.clone(), Named { name, is_certain, at: import.at }))
                        }));
                    })
                }
            };
            if known.is_none() {
                exchange.unknown.insert(import.path.clone());
            }
        }
        exchange
    }
}

/// What comes out in each way in which the template's texts may be read; `None`: in one of them only CloudFormation can
/// tell.
fn readings<T: Ord>(scope: &mut Scope<'_>, of: impl Fn(&Scope<'_>) -> Option<T>) -> Option<BTreeSet<T>> {
    let all = (0..READINGS).map(|reading| {
        scope.read_as(reading);
        of(scope)
    });
    all.collect()
}

/// Names of which one is meant.
fn named(names: BTreeSet<String>, is_certain: bool, at: Option<Position>) -> impl Iterator<Item = Named> {
    let is_certain = is_certain && names.len() == 1;
    names.into_iter().map(move |name| Named { name, is_certain, at })
}

/// Whether something is there for certain, whether that is in doubt (`false`), or not there at all (`None`).
fn presence<'a>(
    scope: &Scope<'_>,
    template: &TemplateInterface,
    when: impl Iterator<Item = (&'a str, bool)>,
) -> Option<bool> {
    let mut is_certain = !template.has_macro;
    for (condition, wanted) in when {
        match scope.holds(condition) {
            Some(holds) if holds != wanted => return None,
            holds => is_certain &= holds.is_some(),
        }
    }
    Some(is_certain)
}

/// The stack and the output that an `Fn::GetStackOutput` reads: nothing of either where they are not in this account and
/// region; `None`: only CloudFormation can tell.
fn read(what: &Imported, scope: &Scope<'_>, environment: &Environment) -> Option<(String, String)> {
    let Imported::Output { stack, output, region, role } = what else { return None };
    let (stack, output) = (scope.text(stack)?, scope.text(output)?);
    let is_here = match region {
        Some(region) => scope.text(region)? == environment.region.as_str(),
        None => true,
    };
    let is_ours = match role {
        // arn:aws:iam::123456789012:role/reader
        Some(role) => scope.text(role)?.split(':').nth(4) == Some(environment.account.as_str()),
        None => true,
    };
    Some(if is_here && is_ours { (stack, output) } else { Default::default() })
}

/// What parameters and pseudo parameters stand for, where that is certain. A secret is left out, so that it gets into no name.
fn values(
    manifest: &Manifest,
    environment: &Environment,
    stack: &StackName,
    settings: &StackSettings,
    template: &TemplateInterface,
) -> BTreeMap<String, String> {
    let name = StackKey::new(stack, &environment.name).cloudformation_name(&manifest.deployment_id);
    let mut values = pseudo_parameters(environment, name);
    let open = template.parameters.iter().filter(|(_, declared)| !declared.no_echo && !declared.is_looked_up);
    values.extend(open.filter_map(|(name, declared)| {
        let value = match settings.parameters.get(name) {
            Some(given) => Value::parse(given).ok()?.constant(manifest, environment)?,
            None => declared.default.clone().filter(|_| declared.is_certain)?,
        };
        Some((name.clone(), value))
    }));
    values
}

/// What the pseudo parameters stand for, where that is certain. `stack`: the stack's name in CloudFormation.
fn pseudo_parameters(environment: &Environment, stack: String) -> BTreeMap<String, String> {
    let region = environment.region.as_str();
    let mut values = BTreeMap::from([
        ("AWS::AccountId".to_owned(), environment.account.to_string()),
        ("AWS::Region".to_owned(), region.to_owned()),
        ("AWS::StackName".to_owned(), stack),
    ]);
    let partition = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    if let Some((_, partition, domain)) =
        partition.filter(|_| !ISOLATED.iter().any(|it| region.starts_with(it)))
    {
        values.insert("AWS::Partition".to_owned(), (*partition).to_owned());
        values.insert("AWS::URLSuffix".to_owned(), (*domain).to_owned());
    }
    values
}

/// The names that a stack with this template and these parameters exports; `None`: that is not certain. `stack`: its name in
/// CloudFormation.
pub fn exported(
    environment: &Environment,
    stack: &str,
    given: &BTreeMap<String, String>,
    template: &TemplateInterface,
) -> Option<BTreeSet<String>> {
    let mut values = pseudo_parameters(environment, stack.to_owned());
    let open = template.parameters.iter().filter(|(_, declared)| !declared.no_echo && !declared.is_looked_up);
    values.extend(open.filter_map(|(name, declared)| {
        let default = || declared.default.clone().filter(|_| declared.is_certain);
        Some((name.clone(), given.get(name).cloned().or_else(default)?))
    }));
    if template.makers.outputs.is_some() {
        return None;
    }
    let mut scope = Scope::new(template, values);
    let mut names = BTreeSet::new();
    for export in &template.exports {
        let when = export.condition.iter().map(|condition| (condition.as_str(), true));
        if presence(&scope, template, when).is_some() {
            names.extend(readings(&mut scope, |scope| scope.text(&export.name))?);
        }
    }
    Some(names)
}

/// What every stack gives and takes in one environment, with whether a deploy takes the stack.
fn exchanges<'a>(
    manifest: &'a Manifest,
    templates: &Templates,
    environment: &EnvironmentName,
) -> Vec<(&'a Stack, bool, Exchange)> {
    let Some(environment) = manifest.reachable(environment) else { return Vec::new() };
    let exchange = |stack: &'a Stack| {
        let settings = stack.settings_in(&environment.name);
        let template = templates.get(&settings.template)?;
        Some((stack, settings.enabled, Exchange::of(manifest, environment, &stack.name, &settings, template)))
    };
    manifest.stacks.iter().filter_map(exchange).collect()
}

/// Who needs whom in one environment by what their templates take of each other.
pub fn edges(manifest: &Manifest, templates: &Templates, environment: &EnvironmentName) -> Vec<Edge> {
    let all = exchanges(manifest, templates, environment);
    let mut exporters: BTreeMap<&str, Vec<(&StackName, bool, bool)>> = BTreeMap::new();
    for (stack, enabled, exchange) in &all {
        for export in &exchange.exports {
            exporters.entry(&export.name).or_default().push((&stack.name, *enabled, export.is_certain));
        }
    }
    // Of those that would export the same name, the ones that are deployed.
    for exporters in
        exporters.values_mut().filter(|exporters| exporters.iter().any(|(_, enabled, _)| *enabled))
    {
        exporters.retain(|(_, enabled, _)| *enabled);
    }
    let mut found: BTreeMap<(StackName, StackName, Why), bool> = BTreeMap::new();
    let mut add = |stack: &StackName, needs: &StackName, why, is_certain| {
        *found.entry((stack.clone(), needs.clone(), why)).or_default() |= is_certain;
    };
    for (stack, _, exchange) in &all {
        for import in &exchange.imports {
            for (exporter, _, is_certain) in exporters.get(import.name.as_str()).into_iter().flatten() {
                let why = Why::Import(import.name.clone());
                add(&stack.name, exporter, why, import.is_certain && *is_certain);
            }
        }
        for (needs, output) in &exchange.reads {
            add(&stack.name, needs, Why::StackOutput(output.name.clone()), output.is_certain);
        }
    }
    let edge = |((stack, needs, why), is_certain)| Edge { stack, needs, why, is_certain };
    found.into_iter().map(edge).collect()
}

/// The names that several of the stacks that a deploy takes export for certain, each with these stacks.
pub fn duplicates(
    manifest: &Manifest,
    templates: &Templates,
    environment: &EnvironmentName,
) -> Vec<(String, Vec<StackName>)> {
    let mut exporters: BTreeMap<String, BTreeSet<StackName>> = BTreeMap::new();
    for (stack, _, exchange) in
        exchanges(manifest, templates, environment).into_iter().filter(|(_, enabled, _)| *enabled)
    {
        for export in exchange.exports.into_iter().filter(|export| export.is_certain) {
            exporters.entry(export.name).or_default().insert(stack.name.clone());
        }
    }
    let several = exporters.into_iter().filter(|(_, exporters)| exporters.len() > 1);
    several.map(|(name, exporters)| (name, exporters.into_iter().collect())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::advice::FrontEnd;
    use crate::fixtures::{manifest, stack};
    use crate::graph;
    use crate::plan::{self, Before, Deletion, Planner, Refusal, Request, Statuses};
    use crate::status::StackStatus;
    use crate::validate::validate;

    fn name(text: &str) -> StackName {
        text.parse().unwrap()
    }

    fn dev() -> EnvironmentName {
        "dev".parse().unwrap()
    }

    fn key(stack: &str) -> StackKey {
        StackKey::new(&name(stack), &dev())
    }

    fn text(text: &str) -> Expression {
        Expression::Text(text.to_owned())
    }

    /// A template that exports and imports these names; `?` before an import: under a condition of which nothing is known.
    fn template(exports: &[&str], imports: &[&str]) -> TemplateInterface {
        TemplateInterface {
            exports: exports
                .iter()
                .map(|name| TemplateExport {
                    output: "O".to_owned(),
                    name: text(name),
                    condition: None,
                    at: None,
                })
                .collect(),
            imports: imports
                .iter()
                .map(|name| TemplateImport {
                    what: Imported::Export(text(name.trim_start_matches('?'))),
                    when: name.starts_with('?').then(|| ("Open".to_owned(), true)).into_iter().collect(),
                    path: "Resources.R".to_owned(),
                    at: None,
                })
                .collect(),
            outputs: vec!["O".to_owned()],
            steady: true,
            ..TemplateInterface::default()
        }
    }

    /// Stacks with what they export and import; one whose name ends in `_` is disabled.
    fn world(stacks: &[(&str, &[&str], &[&str])]) -> (Manifest, Templates) {
        let made =
            stacks.iter().map(|(name, ..)| stack(name.trim_end_matches('_'), !name.ends_with('_'), &[]));
        let manifest = manifest(made.collect());
        let paths = manifest.stacks.iter().map(|stack| stack.settings.template.clone());
        let templates = stacks.iter().map(|(_, exports, imports)| template(exports, imports));
        let templates = paths.zip(templates).collect();
        (manifest, templates)
    }

    fn deploy() -> Request {
        Request::Deploy { environment: dev() }
    }

    fn destroy() -> Request {
        Request::Destroy { environment: Some(dev()) }
    }

    fn order(plan: &plan::Plan) -> String {
        let layer = |layer: &Vec<StackKey>| {
            layer.iter().map(|key| key.stack.to_string()).collect::<Vec<_>>().join(",")
        };
        plan.layers.iter().map(layer).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn an_import_waits_for_its_export_and_a_destroy_goes_the_other_way() {
        let (manifest, templates) =
            world(&[("app", &[], &["vpc"]), ("net", &["vpc"], &[]), ("web", &[], &["elsewhere"])]);
        let none = Statuses::new();
        let planned = |request: &Request| plan::plan(&manifest, &templates, &none, request).unwrap();
        assert_eq!(order(&planned(&deploy())), "net,web | app");
        assert_eq!(planned(&deploy()).stacks[2].waits_for, [key("net")]);
        assert_eq!(order(&planned(&destroy())), "app,web | net");
        let edges = graph::edges_in(&manifest, &templates, &dev());
        assert_eq!(edges.len(), 1);
        assert_eq!((edges[0].why.to_string(), edges[0].is_certain), ("imports vpc".to_owned(), true));
    }

    #[test]
    fn one_stack_alone_is_refused_as_with_an_output_that_is_used() {
        let (manifest, templates) = world(&[("app", &[], &["vpc"]), ("net", &["vpc"], &[])]);
        let refusal = |statuses: &Statuses, request| {
            plan::plan(&manifest, &templates, statuses, &request)
                .map(drop)
                .map_err(|it| it.told(FrontEnd::Terminal))
        };
        let alone = |skip_dependencies| Request::DeployStack {
            stack: name("app"),
            environment: dev(),
            skip_dependencies,
        };
        let none = Statuses::new();
        assert_eq!(
            refusal(&none, alone(false)).unwrap_err(),
            "app needs what is not deployed in dev: net (imports vpc); deploy that first, or go on anyway with \
             --skip-dependencies"
        );
        assert_eq!(refusal(&none, alone(true)), Ok(()));
        let deployed =
            Statuses::from([(key("net"), StackStatus::Deployed), (key("app"), StackStatus::Deployed)]);
        assert_eq!(refusal(&deployed, alone(false)), Ok(()));
        let away = |force| Request::DestroyStack {
            stack: name("net"),
            environment: dev(),
            force,
            deletion: Deletion::default(),
        };
        assert_eq!(
            refusal(&deployed, away(false)).unwrap_err(),
            "net is still needed in dev, by app (imports vpc); destroy that first: CloudFormation does not delete a \
             stack while its exports are imported"
        );
        assert_eq!(refusal(&deployed, away(true)), Ok(()));
    }

    #[test]
    fn an_export_of_a_disabled_stack_may_be_made_by_somebody_else() {
        let (manifest, templates) = world(&[("app", &[], &["vpc"]), ("net_", &["vpc"], &[])]);
        let planned = plan::plan(&manifest, &templates, &Statuses::new(), &deploy()).unwrap();
        assert_eq!(order(&planned), "app");
        let assumed = plan::Assumed { stack: key("app"), exporter: name("net"), export: "vpc".to_owned() };
        assert_eq!(planned.assumes, [assumed]);
        let deployed = Statuses::from([(key("net"), StackStatus::Deployed)]);
        assert!(plan::plan(&manifest, &templates, &deployed, &deploy()).unwrap().assumes.is_empty());
        // Of two that would export the same, the one that is enabled.
        let (manifest, templates) = world(&[
            ("app", &[], &["vpc"]),
            ("blue", &["vpc"], &[]),
            ("green_", &["vpc"], &["url"]),
            ("web", &["url"], &["vpc"]),
        ]);
        assert_eq!(validate(&manifest, &templates).problems(), []);
        let planned = plan::plan(&manifest, &templates, &Statuses::new(), &deploy()).unwrap();
        assert_eq!(order(&planned), "blue | app,web");
    }

    #[test]
    fn what_a_condition_may_leave_out_refuses_nothing() {
        let (manifest, templates) = world(&[("app", &[], &["?vpc"]), ("net_", &["vpc"], &[])]);
        let planned = plan::plan(&manifest, &templates, &Statuses::new(), &deploy()).unwrap();
        assert_eq!((order(&planned).as_str(), planned.assumes), ("app", Vec::new()));
    }

    #[test]
    fn what_comes_round_and_what_is_exported_twice_is_refused_by_name() {
        let problems = |stacks: &[(&str, &[&str], &[&str])]| -> Vec<String> {
            let (manifest, templates) = world(stacks);
            validate(&manifest, &templates)
                .problems()
                .into_iter()
                .map(|it| format!("{}: {}", it.key, it.message))
                .collect()
        };
        assert_eq!(
            problems(&[("a", &["x"], &["y"]), ("b", &["y"], &["x"])]),
            [
                "stacks.a: the stacks need each other in a circle: a → b → a (a imports y of b; b imports x of a)"
            ]
        );
        assert_eq!(
            problems(&[("a", &["x"], &[]), ("b", &["x"], &[])]),
            ["in dev", "in prod"]
                .map(|at| format!("stacks.a.template: {at} the export x is made by a and b"))
        );
        assert!(problems(&[("a", &["x"], &[]), ("b_", &["x"], &[])]).is_empty());
        // What a condition may leave out closes no circle.
        assert!(problems(&[("a", &["x"], &["?y"]), ("b", &["y"], &["x"])]).is_empty());
    }

    #[test]
    fn what_is_in_doubt_gives_an_order_and_what_is_certain_comes_before_it() {
        let (manifest, templates) =
            world(&[("a", &["x"], &["?y"]), ("b", &["y"], &["x"]), ("c", &[], &["?y"])]);
        let planned = plan::plan(&manifest, &templates, &Statuses::new(), &deploy()).unwrap();
        assert_eq!(order(&planned), "a | b | c");
        let (manifest, mut templates) = world(&[("a", &["x"], &[]), ("b", &[], &["x"])]);
        for template in templates.values_mut() {
            template.has_macro = true;
        }
        let edges = graph::edges_in(&manifest, &templates, &dev());
        assert_eq!((edges.len(), edges[0].is_certain), (1, false));
    }

    #[test]
    fn a_destroy_goes_by_the_imports_that_there_are_and_then_by_the_files() {
        // The files say that app imports from net; what is deployed is the other way round.
        let (manifest, templates) =
            world(&[("app", &["url"], &["vpc"]), ("net", &["vpc"], &[]), ("web", &[], &["url"])]);
        let statuses = Statuses::from([
            (key("app"), StackStatus::Deployed),
            (key("old"), StackStatus::Deployed),
            (key("older"), StackStatus::Deployed),
        ]);
        let planned = |imports: &[(&str, &str)]| {
            let mut all = Before::new();
            for (importer, exporter) in imports {
                all.entry(key(exporter)).or_default().insert(key(importer));
            }
            Planner::new(&manifest, &templates, &statuses).knowing(all).plan(&destroy())
        };
        assert_eq!(order(&planned(&[]).unwrap()), "old,older | web | app | net");
        assert_eq!(order(&planned(&[("net", "app")]).unwrap()), "old,older | net,web | app");
        // One that is no more in the manifest goes first only where nobody imports from it.
        assert_eq!(order(&planned(&[("net", "old")]).unwrap()), "older | web | app | net | old");
        assert_eq!(order(&planned(&[("old", "net")]).unwrap()), "old,older | web | app | net");
        assert!(matches!(planned(&[("net", "app"), ("app", "net")]), Err(Refusal::Cycle(_))));
    }

    #[test]
    fn an_output_is_read_of_a_stack_of_this_account_and_region() {
        let read = |stack: &str, region: Option<&str>, role: Option<&str>| {
            let mut template = template(&[], &[]);
            template.imports = vec![TemplateImport {
                what: Imported::Output {
                    stack: text(stack),
                    output: text("O"),
                    region: region.map(text),
                    role: role.map(text),
                },
                when: Vec::new(),
                path: "Resources.R".to_owned(),
                at: None,
            }];
            let (manifest, mut templates) = world(&[("app", &[], &[]), ("net", &[], &[])]);
            templates.insert("stacks/app.yaml".to_owned(), template);
            let edges = graph::edges_in(&manifest, &templates, &dev());
            edges
                .iter()
                .map(|edge| format!("{} {} of {}", edge.stack, edge.why, edge.needs))
                .collect::<Vec<_>>()
        };
        let ours = ["app reads output O of net".to_owned()];
        let role = |account: &str| format!("arn:aws:iam::{account}:role/reader");
        assert_eq!(read("DX6604E-net-dev", None, None), ours);
        assert_eq!(read("DX6604E-net-dev", Some("us-east-1"), Some(&role("123456789012"))), ours);
        for (stack, region, account) in [
            ("DX6604E-net-prod", "us-east-1", "123456789012"),
            ("DX6604E-net-dev", "eu-west-1", "123456789012"),
            ("DX6604E-net-dev", "us-east-1", "210987654321"),
            ("net", "us-east-1", "123456789012"),
        ] {
            assert!(read(stack, Some(region), Some(&role(account))).is_empty(), "{stack} {region} {account}");
        }
    }

    proptest! {
        #[test]
        fn every_certain_import_finds_its_exporter_and_no_order_violates_an_edge(
            imports in prop::collection::vec((0_usize..10, 0_usize..10, any::<bool>()), 0..40),
            actual in prop::collection::vec((0_usize..10, 0_usize..10), 0..10),
        ) {
            let names: Vec<String> = (0..10).map(|number| format!("s{number}")).collect();
            let exports: Vec<String> = (0..10).map(|number| format!("x{number}")).collect();
            // Certain imports go from a later stack to an earlier one, so that there is an order; the others go anywhere.
            let of = |stack: usize| -> Vec<String> {
                let mine = imports.iter().filter(|(from, ..)| *from == stack);
                mine.filter_map(|(_, to, certain)| match certain {
                    true => (*to < stack).then(|| exports[*to].clone()),
                    false => Some(format!("?{}", exports[*to])),
                })
                .collect()
            };
            let taken: Vec<Vec<String>> = (0..10).map(of).collect();
            let given: Vec<[&str; 1]> = exports.iter().map(|it| [it.as_str()]).collect();
            let taken: Vec<Vec<&str>> = taken.iter().map(|all| all.iter().map(String::as_str).collect()).collect();
            let stacks: Vec<(&str, &[&str], &[&str])> = (0..10)
                .map(|it| (names[it].as_str(), &given[it][..], taken[it].as_slice()))
                .collect();
            let (manifest, templates) = world(&stacks);
            prop_assert_eq!(validate(&manifest, &templates).problems(), []);
            let edges = graph::edges_in(&manifest, &templates, &dev());
            for (stack, imports) in taken.iter().enumerate() {
                for import in imports.iter().filter(|it| !it.starts_with('?')) {
                    let found = edges.iter().any(|edge| {
                        edge.stack.as_str() == names[stack] && edge.why == Why::Import((*import).to_owned()) && edge.is_certain
                    });
                    prop_assert!(found, "{} imports {}", stack, import);
                }
            }
            let plan = plan::plan(&manifest, &templates, &Statuses::new(), &deploy()).unwrap();
            let place = |plan: &plan::Plan, stack: &StackName| {
                plan.stacks.iter().position(|turn| turn.key.stack == *stack).unwrap()
            };
            for edge in &edges {
                prop_assert!(place(&plan, &edge.needs) < place(&plan, &edge.stack));
            }
            // What is deployed imports from earlier to later, against all that is certain.
            let mut real = Before::new();
            for (from, to) in actual.into_iter().filter(|(from, to)| from < to) {
                real.entry(key(&names[to])).or_default().insert(key(&names[from]));
            }
            let (none, real_imports) = (Statuses::new(), real.clone());
            let planner = Planner::new(&manifest, &templates, &none).knowing(real_imports).plan(&destroy()).unwrap();
            for (exporter, importers) in &real {
                for importer in importers {
                    prop_assert!(place(&planner, &importer.stack) < place(&planner, &exporter.stack));
                }
            }
        }
    }
}
