//! Two environments of a deployment side by side: by what one is behind the other, told apart from what is meant to
//! differ between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::{EnvironmentName, StackName};
use crate::manifest::{Manifest, Stack};
use crate::reference::{Piece, Reference, Value};
use crate::status::words;
use crate::template::{MASK, TemplateParameter};

/// A CloudFormation template as it is on disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateFile {
    /// What it says, in the same words as [`Deployed::template`].
    pub text: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, TemplateParameter>,
}

/// One stack in one environment, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Whether it stands there.
    pub stands: bool,
    /// As CloudFormation has it; `None`: it does not stand there, or CloudFormation could not be asked.
    pub deployed: Option<Deployed>,
}

/// What a stack was deployed with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployed {
    /// What its template says; `None`: it could not be had.
    pub template: Option<String>,
    /// Its parameters' values, those that it takes from its template included.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// How one environment stands against another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Comparison {
    /// The environment that is taken as the measure.
    pub from: EnvironmentName,
    /// The one that is measured.
    pub to: EnvironmentName,
    /// How it stands, in a sentence or two.
    pub summary: String,
    /// By how many stacks it is behind.
    pub behind: u32,
    /// Stack by stack, in the manifest's order.
    pub stacks: Vec<StackComparison>,
}

/// One stack in two environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct StackComparison {
    /// The stack.
    pub stack: StackName,
    /// How it stands in the one against the other.
    pub relation: Relation,
    /// Whether there is nothing to see: it is the same, or in neither.
    pub level: bool,
    /// Its template.
    pub template: Likeness,
    /// Its parameters that differ.
    pub parameters: Vec<ValueDifference>,
    /// Its tags that differ.
    pub tags: Vec<ValueDifference>,
    /// Its outputs that differ, which they do by nature.
    pub outputs: Vec<ValueDifference>,
    /// Parameters that CloudFormation shows to nobody, so that they cannot be compared.
    pub hidden: Vec<String>,
}

/// How a stack stands in one environment against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It is behind: a deploy changes it.
    Behind,
    /// It stands in the first only, and is wanted in both.
    Missing,
    /// It differs, and is as the files want it: the first is behind.
    Ahead,
    /// It stands in the second only.
    Extra,
    /// It stands in both, and CloudFormation could not be asked for both.
    NotKnown,
    /// It differs only in what is meant to differ.
    AsMeant,
    /// It stands in the first only, and is disabled in the second.
    NotWanted,
    /// It stands in neither.
    Neither,
    /// It is the same.
    Same,
}

words!(Relation {
    Behind => "behind",
    Missing => "missing",
    Ahead => "ahead",
    Extra => "extra",
    NotKnown => "not_known",
    AsMeant => "as_meant",
    NotWanted => "not_wanted",
    Neither => "neither",
    Same => "same",
});

/// Whether two texts are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// They are.
    Same,
    /// They are not.
    Differs,
    /// One of them could not be had.
    NotKnown,
}

/// A value that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ValueDifference {
    /// Its name.
    pub name: String,
    /// In the first; `None`: it has none.
    pub from: Option<String>,
    /// In the second.
    pub to: Option<String>,
    /// Why it differs.
    pub why: Why,
}

/// Why a value differs between two environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// In the second it is not as the files want it: a deploy changes it.
    Behind,
    /// In the second it is as the files want it, and in the first it is not.
    Ahead,
    /// It comes of another stack's outputs, which each environment has its own of.
    Wired {
        /// Which, like `network.VpcId`.
        references: Vec<String>,
    },
    /// It comes of the environment itself, like `environment.account`.
    Setting {
        /// Which.
        references: Vec<String>,
    },
    /// The manifest gives each its own.
    Own,
    /// It is the stack's own product.
    Output,
}

impl Relation {
    /// Whether a deploy of the second brings it nearer to the first.
    pub fn is_behind(self) -> bool {
        matches!(self, Self::Behind | Self::Missing)
    }
}

/// Compares two environments of a manifest. `side`: how a stack stands in one; `files`: the templates as they are on
/// disk, by path.
pub fn compare(
    manifest: &Manifest,
    from: &EnvironmentName,
    to: &EnvironmentName,
    side: impl Fn(&StackName, &EnvironmentName) -> Side,
    files: &BTreeMap<String, TemplateFile>,
) -> Comparison {
    let sides_in = |environment| {
        let sides = manifest.stacks.iter().map(|stack| (&stack.name, side(&stack.name, environment)));
        Place { environment, sides: sides.collect() }
    };
    let both = Both { manifest, from: sides_in(from), to: sides_in(to), files };
    let stacks: Vec<StackComparison> = manifest.stacks.iter().map(|stack| both.stack(stack)).collect();
    let number = |is_it: fn(Relation) -> bool| stacks.iter().filter(|stack| is_it(stack.relation)).count();
    let behind = number(Relation::is_behind);
    let nothing = stacks.iter().all(|stack| matches!(stack.relation, Relation::Neither | Relation::Extra));
    Comparison {
        summary: if nothing {
            format!("Nothing is deployed in {from}, so that {to} cannot be behind it.")
        } else {
            summary(
                from,
                to,
                behind,
                number(|it| it == Relation::Ahead),
                number(|it| it == Relation::NotKnown),
            )
        },
        behind: u32::try_from(behind).unwrap_or(u32::MAX),
        from: from.clone(),
        to: to.clone(),
        stacks,
    }
}

fn summary(
    from: &EnvironmentName,
    to: &EnvironmentName,
    behind: usize,
    ahead: usize,
    unknown: usize,
) -> String {
    let stacks = |count: usize| format!("{count} stack{}", if count == 1 { "" } else { "s" });
    let mut said = vec![match (behind, ahead, unknown) {
        (0, 0, 1..) => format!("How {to} stands against {from} is not known whole."),
        (0, 0, 0) => format!("{to} is level with {from}."),
        (0, ..) => format!("{to} is not behind {from}."),
        _ => format!("{to} is behind {from} by {}.", stacks(behind)),
    }];
    if ahead > 0 {
        said.push(format!("{} of it {} ahead.", stacks(ahead), if ahead == 1 { "is" } else { "are" }));
    }
    if unknown > 0 {
        said.push(format!("{} could not be compared.", stacks(unknown)));
    }
    said.join(" ")
}

struct Both<'a> {
    manifest: &'a Manifest,
    from: Place<'a>,
    to: Place<'a>,
    files: &'a BTreeMap<String, TemplateFile>,
}

/// An environment with its stacks.
struct Place<'a> {
    environment: &'a EnvironmentName,
    sides: BTreeMap<&'a StackName, Side>,
}

/// Where the manifest says a value of a stack: its parameters, or its tags.
#[derive(Clone, Copy)]
enum Kind {
    Parameter,
    Tag,
}

/// What a deploy would give a value.
enum Wanted {
    Text(String),
    /// It would have none.
    Nothing,
    /// That is known only when it is done.
    Open,
}

impl Wanted {
    /// Whether a deploy leaves a value as it is.
    fn is(&self, deployed: Option<&str>) -> bool {
        match self {
            Self::Open => true,
            Self::Nothing => deployed.is_none(),
            Self::Text(text) => deployed.is_some_and(|deployed| deployed == text || deployed == MASK),
        }
    }
}

impl Both<'_> {
    fn stack(&self, stack: &Stack) -> StackComparison {
        let mut compared = StackComparison {
            stack: stack.name.clone(),
            relation: Relation::Neither,
            level: false,
            template: Likeness::NotKnown,
            parameters: Vec::new(),
            tags: Vec::new(),
            outputs: Vec::new(),
            hidden: Vec::new(),
        };
        let none = Side::default();
        let [from, to] = [&self.from, &self.to].map(|place| place.sides.get(&stack.name).unwrap_or(&none));
        compared.relation = match (from.stands, to.stands) {
            (false, false) => Relation::Neither,
            (false, true) => Relation::Extra,
            (true, false) if stack.settings_in(self.to.environment).enabled => Relation::Missing,
            (true, false) => Relation::NotWanted,
            (true, true) => match (&from.deployed, &to.deployed) {
                (Some(from), Some(to)) => self.deployed(stack, from, to, &mut compared),
                _ => Relation::NotKnown,
            },
        };
        compared.level = matches!(compared.relation, Relation::Same | Relation::Neither);
        compared
    }

    /// A stack that stands in both. It is behind by what a deploy of the second changes.
    fn deployed(
        &self,
        stack: &Stack,
        from: &Deployed,
        to: &Deployed,
        compared: &mut StackComparison,
    ) -> Relation {
        compared.template = match (&from.template, &to.template) {
            (Some(from), Some(to)) if from.trim_end() == to.trim_end() => Likeness::Same,
            (Some(_), Some(_)) => Likeness::Differs,
            _ => Likeness::NotKnown,
        };
        let hidden = |(name, value): &(&String, &String)| {
            value.as_str() == MASK && to.parameters.get(*name).is_some_and(|it| it == MASK)
        };
        compared.hidden = from.parameters.iter().filter(hidden).map(|(name, _)| name.clone()).collect();
        let [from_parameters, to_parameters] =
            [(from, &self.from), (to, &self.to)].map(|(side, place)| self.parameters(stack, side, place));
        compared.parameters = differences(&from_parameters, &to_parameters, |name, from, to| {
            self.why(stack, Kind::Parameter, name, from, to)
        });
        compared.tags =
            differences(&from.tags, &to.tags, |name, from, to| self.why(stack, Kind::Tag, name, from, to));
        compared.outputs = differences(&from.outputs, &to.outputs, |_, _, _| Why::Output);
        let any = |why: &Why| compared.parameters.iter().chain(&compared.tags).any(|value| value.why == *why);
        let [from_holds, to_holds] =
            [(from, &self.from), (to, &self.to)].map(|(side, place)| self.has_file(stack, side, place));
        let template_differs = compared.template == Likeness::Differs;
        if template_differs && !to_holds || any(&Why::Behind) {
            Relation::Behind
        } else if template_differs && !from_holds || any(&Why::Ahead) {
            Relation::Ahead
        } else if compared.template == Likeness::NotKnown {
            Relation::NotKnown
        } else if template_differs || !compared.parameters.is_empty() || !compared.tags.is_empty() {
            Relation::AsMeant
        } else {
            Relation::Same
        }
    }

    fn why(&self, stack: &Stack, kind: Kind, name: &str, from: Option<&str>, to: Option<&str>) -> Why {
        let given = [&self.from, &self.to].map(|place| self.given(stack, kind, name, place));
        let all = || given.iter().flatten().flat_map(references);
        // As the manifest writes them, without the braces.
        let names = all().map(|it| it.to_string().trim_matches(['$', '{', '}']).to_owned());
        let references: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().collect();
        if !self.wanted(stack, kind, name, &self.to).is(to) {
            Why::Behind
        } else if !self.wanted(stack, kind, name, &self.from).is(from) {
            Why::Ahead
        } else if all().any(|reference| matches!(reference, Reference::Output { .. })) {
            Why::Wired { references }
        } else if !references.is_empty() {
            Why::Setting { references }
        } else {
            Why::Own
        }
    }

    /// What the manifest gives a value in an environment.
    fn given(&self, stack: &Stack, kind: Kind, name: &str, place: &Place<'_>) -> Option<Value> {
        let settings = stack.settings_in(place.environment);
        let text = match kind {
            Kind::Parameter => settings.parameters.get(name).cloned(),
            Kind::Tag => settings.tags.get(name).cloned().or_else(|| {
                self.manifest.reachable(place.environment).and_then(|it| it.tags.get(name).cloned())
            }),
        };
        text.and_then(|text| Value::parse(&text).ok())
    }

    /// What a deploy would give a value in an environment: what the manifest says, else the template's default.
    fn wanted(&self, stack: &Stack, kind: Kind, name: &str, place: &Place<'_>) -> Wanted {
        let declared = match kind {
            Kind::Parameter => self.file(stack, place).and_then(|file| file.parameters.get(name)),
            Kind::Tag => None,
        };
        let Some(value) = self.given(stack, kind, name, place) else {
            return match declared.and_then(|it| it.default.as_ref().map(|text| (text, it.is_certain))) {
                Some((text, true)) => Wanted::Text(effective(declared, text)),
                Some((_, false)) => Wanted::Open,
                None => Wanted::Nothing,
            };
        };
        let environment = self.manifest.reachable(place.environment);
        let resolved = value.resolve(|reference| match reference {
            Reference::Output { stack, output } => {
                place.sides.get(stack)?.deployed.as_ref()?.outputs.get(output).cloned()
            }
            setting => setting.constant(self.manifest, environment?),
        });
        match resolved {
            // An output of which a part is hidden tells nothing.
            Ok(text) if !text.contains(MASK) => Wanted::Text(effective(declared, &text)),
            _ => Wanted::Open,
        }
    }

    /// The parameters of a stack, each as CloudFormation takes it.
    fn parameters(&self, stack: &Stack, side: &Deployed, place: &Place<'_>) -> BTreeMap<String, String> {
        let declared = |name| self.file(stack, place).and_then(|file| file.parameters.get(name));
        let values = side.parameters.iter();
        values.map(|(name, value)| (name.clone(), effective(declared(name.as_str()), value))).collect()
    }

    fn file(&self, stack: &Stack, place: &Place<'_>) -> Option<&TemplateFile> {
        self.files.get(&stack.settings_in(place.environment).template)
    }

    /// Whether a stack has the template that the files want.
    fn has_file(&self, stack: &Stack, side: &Deployed, place: &Place<'_>) -> bool {
        let file = self.file(stack, place).map(|file| file.text.trim_end());
        file.is_some() && side.template.as_deref().map(str::trim_end) == file
    }
}

/// A parameter's value as CloudFormation takes it, which trims the items of a list and nothing else: `1` and `1.0` are two
/// texts.
fn effective(declared: Option<&TemplateParameter>, value: &str) -> String {
    match declared {
        Some(declared) if declared.is_list => value.split(',').map(str::trim).collect::<Vec<_>>().join(","),
        _ => value.to_owned(),
    }
}

fn references(value: &Value) -> impl Iterator<Item = &Reference> {
    value.pieces.iter().filter_map(|piece| match piece {
        Piece::Reference(reference) => Some(reference),
        Piece::Literal(_) => None,
    })
}

/// What differs between two maps. That of which neither is shown is passed by.
fn differences(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
    why: impl Fn(&str, Option<&str>, Option<&str>) -> Why,
) -> Vec<ValueDifference> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let difference = |name: &String| {
        let (from, to) = (from.get(name), to.get(name));
        (from != to).then(|| ValueDifference {
            name: name.clone(),
            why: why(name, from.map(String::as_str), to.map(String::as_str)),
            from: from.cloned(),
            to: to.cloned(),
        })
    };
    names.into_iter().filter_map(difference).collect()
}

/// Which two environments one compares first, by their places: as far as changes have come, and where they go next. That is
/// the last with something deployed that has one after it, else the first. `None` where there is only one.
pub fn first_pair(deployed: &[bool]) -> Option<(usize, usize)> {
    let all_but_last = deployed.len().checked_sub(1).filter(|last| *last > 0)?;
    let reached = deployed.iter().take(all_but_last).rposition(|deployed| *deployed).unwrap_or(0);
    Some((reached, reached + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixtures::{manifest, stack};
    use crate::manifest::StackOverrides;

    const FILE: &str = "template of today";
    const OLD: &str = "template of yesterday";

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn up(template: &str, parameters: &[(&str, &str)]) -> Side {
        let deployed = Deployed {
            template: Some(template.to_owned()),
            parameters: map(parameters),
            ..Deployed::default()
        };
        Side { stands: true, deployed: Some(deployed) }
    }

    /// One stack whose size is 1, whose VPC is wired, whose account is the environment's, and whose mode is strict in prod.
    fn compared(dev: &Side, prod: &Side, enabled: bool) -> Comparison {
        let parameters = [
            ("Size", "1"),
            ("Mode", "lax"),
            ("Vpc", "${network.VpcId}"),
            ("Account", "${environment.account}"),
        ];
        let mut app = stack("app", true, &parameters);
        app.overrides.insert(
            "prod".parse().unwrap(),
            StackOverrides {
                enabled: Some(enabled),
                parameters: map(&[("Mode", "strict"), ("Color", "blue"), ("Zones", "a, b, c")]),
                ..StackOverrides::default()
            },
        );
        let declared = |default: Option<&str>, is_list| TemplateParameter {
            default: default.map(str::to_owned),
            is_certain: default.is_some(),
            is_list,
            ..TemplateParameter::default()
        };
        let file = TemplateFile {
            text: FILE.to_owned(),
            parameters: BTreeMap::from([
                ("Color".to_owned(), declared(Some("red"), false)),
                ("Zones".to_owned(), declared(Some("a,b"), true)),
                ("New".to_owned(), declared(Some("1"), false)),
            ]),
        };
        let files = BTreeMap::from([(app.settings.template.clone(), file)]);
        let side = |_: &StackName, environment: &EnvironmentName| {
            if environment.as_str() == "dev" { dev.clone() } else { prod.clone() }
        };
        let (dev, prod) = ("dev".parse().unwrap(), "prod".parse().unwrap());
        compare(&manifest(vec![app]), &dev, &prod, side, &files)
    }

    #[test]
    fn one_begins_where_changes_have_come_to() {
        for (deployed, expected) in [
            (&[][..], None),
            (&[true], None),
            (&[true, true, true], Some((1, 2))),
            (&[true, true, false], Some((1, 2))),
            (&[true, false, false], Some((0, 1))),
            (&[false, false, true], Some((0, 1))),
            (&[false, false], Some((0, 1))),
        ] {
            assert_eq!(first_pair(deployed), expected, "{deployed:?}");
        }
    }

    #[test]
    fn how_a_stack_stands_in_one_environment_against_another() {
        const NOTHING: &str = "Nothing is deployed in dev, so that prod cannot be behind it.";
        let none = Side::default();
        let asked_in_vain = Side { stands: true, deployed: None };
        let no_template = Side {
            stands: true,
            deployed: Some(Deployed { parameters: map(&[("Size", "1")]), ..Deployed::default() }),
        };
        let one: &[(&str, &str)] = &[("Size", "1")];
        let two: &[(&str, &str)] = &[("Size", "2")];
        let full: &[(&str, &str)] = &[("Size", "1"), ("Mode", "strict")];
        for (dev, prod, enabled, relation, said) in [
            (&none, &none, true, Relation::Neither, NOTHING),
            (&up(FILE, one), &up(FILE, one), true, Relation::Same, "prod is level with dev."),
            (&up(FILE, one), &none, true, Relation::Missing, "prod is behind dev by 1 stack."),
            (&up(FILE, one), &none, false, Relation::NotWanted, "prod is level with dev."),
            (&none, &up(FILE, one), true, Relation::Extra, NOTHING),
            (&up(FILE, one), &up(OLD, one), true, Relation::Behind, "prod is behind dev by 1 stack."),
            (&up(FILE, one), &up(FILE, two), true, Relation::Behind, "prod is behind dev by 1 stack."),
            // Blank lines at the end are CloudFormation's to drop.
            (
                &up(FILE, one),
                &up(&format!("{FILE}\n\n"), one),
                true,
                Relation::Same,
                "prod is level with dev.",
            ),
            // What is as the files want it is not behind.
            (
                &up(OLD, one),
                &up(FILE, full),
                true,
                Relation::Ahead,
                "prod is not behind dev. 1 stack of it is ahead.",
            ),
            (
                &up(FILE, one),
                &asked_in_vain,
                true,
                Relation::NotKnown,
                "How prod stands against dev is not known whole. 1 stack could not be compared.",
            ),
            (&up(FILE, one), &no_template, true, Relation::NotKnown, "1 stack could not be compared."),
        ] {
            let found = compared(dev, prod, enabled);
            let context = format!("{dev:?} {prod:?} {found:?}");
            assert_eq!(found.stacks[0].relation, relation, "{context}");
            let level = [Relation::Same, Relation::Neither].contains(&relation);
            assert_eq!(found.stacks[0].level, level, "{context}");
            assert_eq!(found.behind, u32::from(relation.is_behind()), "{context}");
            assert!(found.summary.contains(said), "{context}");
        }
    }

    #[test]
    fn what_is_meant_to_differ_is_told_from_what_is_behind() {
        let behind = Why::Behind;
        let wired = Why::Wired { references: vec!["network.VpcId".to_owned()] };
        let setting = Why::Setting { references: vec!["environment.account".to_owned()] };
        for (name, dev, prod, why, relation) in [
            ("Size", Some("1"), Some("2"), &behind, Relation::Behind),
            ("Vpc", Some("vpc-1"), Some("vpc-2"), &wired, Relation::AsMeant),
            ("Account", Some("123456789012"), Some("210987654321"), &setting, Relation::AsMeant),
            // It is that of an account that the environment has no more.
            ("Account", Some("123456789012"), Some("2"), &behind, Relation::Behind),
            ("Account", Some("1"), Some("210987654321"), &Why::Ahead, Relation::Ahead),
            ("Mode", Some("lax"), Some("strict"), &Why::Own, Relation::AsMeant),
            // The manifest wants it strict in prod, and there it is not yet.
            ("Mode", Some("lax"), Some("loose"), &behind, Relation::Behind),
            ("Mode", Some("loose"), Some("strict"), &Why::Ahead, Relation::Ahead),
            // Given in prod only; dev has the template's default.
            ("Color", Some("red"), Some("blue"), &Why::Own, Relation::AsMeant),
            ("Color", Some("red"), Some("green"), &behind, Relation::Behind),
            ("Color", Some("green"), Some("blue"), &Why::Ahead, Relation::Ahead),
            ("Zones", Some("a,b"), Some("a,b,c"), &Why::Own, Relation::AsMeant),
            ("Zones", Some("a,b"), Some("b,a,c"), &behind, Relation::Behind),
            // CloudFormation takes a number as it is written.
            ("Size", Some("1"), Some("1.0"), &behind, Relation::Behind),
            // A parameter that only a later template has.
            ("New", Some("1"), None, &behind, Relation::Behind),
        ] {
            let given = |value: Option<&'static str>| {
                value.map(|value| (name, value)).into_iter().collect::<Vec<_>>()
            };
            let found = compared(&up(FILE, &given(dev)), &up(FILE, &given(prod)), true);
            let stack = &found.stacks[0];
            let expected = ValueDifference {
                name: name.to_owned(),
                from: dev.map(str::to_owned),
                to: prod.map(str::to_owned),
                why: why.clone(),
            };
            assert_eq!((&stack.parameters, stack.relation), (&vec![expected], relation), "{name}");
        }
    }

    #[test]
    fn an_output_that_was_not_taken_over_yet_puts_a_stack_behind() {
        let up = |vpc: &str| Side {
            stands: true,
            deployed: Some(Deployed {
                template: Some(FILE.to_owned()),
                parameters: map(&[("Vpc", vpc)]),
                ..Deployed::default()
            }),
        };
        let app = stack("app", true, &[("Vpc", "${network.VpcId}")]);
        let network = stack("network", true, &[]);
        let file = TemplateFile { text: FILE.to_owned(), ..TemplateFile::default() };
        let files = [&app, &network].map(|stack| (stack.settings.template.clone(), file.clone())).into();
        let manifest = manifest(vec![network, app]);
        let (dev, prod) = ("dev".parse().unwrap(), "prod".parse().unwrap());
        for (in_prod, relation) in [("vpc-prod", Relation::AsMeant), ("vpc-old", Relation::Behind)] {
            let side = |stack: &StackName, environment: &EnvironmentName| {
                let vpc = format!("vpc-{environment}");
                match (stack.as_str(), environment.as_str()) {
                    ("network", _) => Side {
                        stands: true,
                        deployed: Some(Deployed {
                            template: Some(FILE.to_owned()),
                            outputs: map(&[("VpcId", &vpc)]),
                            ..Deployed::default()
                        }),
                    },
                    (_, "prod") => up(in_prod),
                    _ => up(&vpc),
                }
            };
            let found = compare(&manifest, &dev, &prod, side, &files);
            assert_eq!(found.stacks[1].relation, relation, "{in_prod}");
        }
    }

    #[test]
    fn spaces_in_a_list_are_no_difference_and_its_order_is_one() {
        let zones = |text: &'static str| up(FILE, &[("Zones", text)]);
        let found = compared(&zones("a,b,c"), &zones(" a, b ,c"), true);
        assert_eq!((found.stacks[0].relation, found.stacks[0].parameters.len()), (Relation::Same, 0));
        let found = compared(&zones("a,b"), &zones("b,a"), true);
        assert_eq!(found.stacks[0].relation, Relation::Behind);
    }

    #[test]
    fn a_template_of_its_own_is_an_expected_difference() {
        const OTHER: &str = "template of prod";
        let mut app = stack("app", true, &[]);
        let prod =
            StackOverrides { template: Some("stacks/prod.yaml".to_owned()), ..StackOverrides::default() };
        app.overrides.insert("prod".parse().unwrap(), prod);
        let file = |text: &str| TemplateFile { text: text.to_owned(), ..TemplateFile::default() };
        let files = BTreeMap::from([
            (app.settings.template.clone(), file(FILE)),
            ("stacks/prod.yaml".to_owned(), file(OTHER)),
        ]);
        let manifest = manifest(vec![app]);
        let (dev, prod) = ("dev".parse().unwrap(), "prod".parse().unwrap());
        for (in_dev, in_prod, relation) in
            [(FILE, OTHER, Relation::AsMeant), (OLD, OTHER, Relation::Ahead), (FILE, OLD, Relation::Behind)]
        {
            let side = |_: &StackName, environment: &EnvironmentName| {
                up(if environment.as_str() == "dev" { in_dev } else { in_prod }, &[])
            };
            let found = compare(&manifest, &dev, &prod, side, &files);
            assert_eq!(found.stacks[0].relation, relation, "{in_dev} {in_prod}");
        }
    }

    #[test]
    fn what_nobody_is_shown_is_not_taken_for_the_same() {
        let secret = &[("Password", MASK), ("Size", "1")];
        let found = compared(&up(FILE, secret), &up(FILE, secret), true);
        assert_eq!(
            (&found.stacks[0].hidden[..], found.stacks[0].parameters.len()),
            (&["Password".to_owned()][..], 0)
        );
    }

    #[test]
    fn a_tag_that_nobody_wants_puts_a_stack_behind_and_an_output_does_not() {
        let side = |tags: &[(&str, &str)], outputs: &[(&str, &str)]| Side {
            stands: true,
            deployed: Some(Deployed {
                template: Some(FILE.to_owned()),
                tags: map(tags),
                outputs: map(outputs),
                ..Deployed::default()
            }),
        };
        let found = compared(&side(&[], &[("Arn", "a")]), &side(&[("cost", "9")], &[("Arn", "b")]), true);
        assert_eq!((found.stacks[0].tags[0].why.clone(), found.behind), (Why::Behind, 1));
        assert_eq!(found.stacks[0].outputs[0].why, Why::Output);
        let found = compared(&side(&[], &[("Arn", "a")]), &side(&[], &[("Arn", "b")]), true);
        assert_eq!(found.stacks[0].relation, Relation::Same);
    }
}
