//! Two environments of a deployment side by side: by what one is behind the other, told apart from what is meant to
//! differ between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::{EnvironmentName, StackName};
use crate::manifest::{Manifest, Stack};
use crate::reference::{Piece, Reference, Value};
use crate::status::words;
use crate::template::MASK;

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
    /// Its template's text; `None`: it could not be had.
    pub template: Option<String>,
    /// Its parameters' values.
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
    /// The files want it to be the same, or otherwise than it is.
    Behind,
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
    files: &BTreeMap<String, String>,
) -> Comparison {
    let both = Both { manifest, from, to, files };
    let stacks: Vec<StackComparison> = manifest
        .stacks
        .iter()
        .map(|stack| both.stack(stack, &side(&stack.name, from), &side(&stack.name, to)))
        .collect();
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
    from: &'a EnvironmentName,
    to: &'a EnvironmentName,
    files: &'a BTreeMap<String, String>,
}

/// Where the manifest says a value of a stack: its parameters, or its tags.
#[derive(Clone, Copy)]
enum Kind {
    Parameter,
    Tag,
}

impl Both<'_> {
    fn stack(&self, stack: &Stack, from: &Side, to: &Side) -> StackComparison {
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
        compared.relation = match (from.stands, to.stands) {
            (false, false) => Relation::Neither,
            (false, true) => Relation::Extra,
            (true, false) if stack.settings_in(self.to).enabled => Relation::Missing,
            (true, false) => Relation::NotWanted,
            (true, true) => match (&from.deployed, &to.deployed) {
                (Some(from), Some(to)) => self.deployed(stack, from, to, &mut compared),
                _ => Relation::NotKnown,
            },
        };
        compared.level = matches!(compared.relation, Relation::Same | Relation::Neither);
        compared
    }

    /// A stack that stands in both.
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
        compared.parameters = differences(&from.parameters, &to.parameters, |name, from, to| {
            self.why(stack, Kind::Parameter, name, from, to)
        });
        compared.tags =
            differences(&from.tags, &to.tags, |name, from, to| self.why(stack, Kind::Tag, name, from, to));
        compared.outputs = differences(&from.outputs, &to.outputs, |_, _, _| Why::Output);
        let values = || compared.parameters.iter().chain(&compared.tags);
        let differs =
            compared.template == Likeness::Differs || values().any(|value| value.why == Why::Behind);
        if differs {
            let is_ahead =
                self.is_as_wanted(stack, self.to, to) && !self.is_as_wanted(stack, self.from, from);
            if is_ahead { Relation::Ahead } else { Relation::Behind }
        } else if compared.template == Likeness::NotKnown {
            Relation::NotKnown
        } else if values().next().is_some() {
            Relation::AsMeant
        } else {
            Relation::Same
        }
    }

    fn why(&self, stack: &Stack, kind: Kind, name: &str, from: Option<&str>, to: Option<&str>) -> Why {
        let wanted = [self.wanted(stack, kind, name, self.from), self.wanted(stack, kind, name, self.to)];
        let all = || wanted.iter().flatten().flat_map(references);
        // As the manifest writes them, without the braces.
        let names = all().map(|it| it.to_string().trim_matches(['$', '{', '}']).to_owned());
        let references: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().collect();
        if all().any(|reference| matches!(reference, Reference::Output { .. })) {
            return Why::Wired { references };
        }
        if !references.is_empty() {
            return Why::Setting { references };
        }
        let [wanted_from, wanted_to] = wanted.map(|value| value.map(|value| literal(&value)));
        let as_wanted = wanted_from.as_deref() == from && wanted_to.as_deref() == to;
        if as_wanted { Why::Own } else { Why::Behind }
    }

    /// What the manifest says of a value in an environment.
    fn wanted(&self, stack: &Stack, kind: Kind, name: &str, environment: &EnvironmentName) -> Option<Value> {
        let settings = stack.settings_in(environment);
        let text = match kind {
            Kind::Parameter => settings.parameters.get(name).cloned(),
            Kind::Tag => settings.tags.get(name).cloned().or_else(|| {
                self.manifest.reachable(environment).and_then(|place| place.tags.get(name).cloned())
            }),
        };
        text.and_then(|text| Value::parse(&text).ok())
    }

    /// Whether a stack is as the files want it, as far as they alone tell.
    fn is_as_wanted(&self, stack: &Stack, environment: &EnvironmentName, deployed: &Deployed) -> bool {
        let settings = stack.settings_in(environment);
        let file = self.files.get(&settings.template).map(|text| text.trim_end());
        let literals = settings.parameters.keys().filter_map(|name| {
            let value = self.wanted(stack, Kind::Parameter, name, environment)?;
            references(&value).next().is_none().then(|| (name, literal(&value)))
        });
        let as_given = |(name, value): (&String, String)| {
            deployed.parameters.get(name).is_some_and(|it| *it == value || it == MASK)
        };
        file.is_some()
            && deployed.template.as_deref().map(str::trim_end) == file
            && literals.into_iter().all(as_given)
    }
}

fn references(value: &Value) -> impl Iterator<Item = &Reference> {
    value.pieces.iter().filter_map(|piece| match piece {
        Piece::Reference(reference) => Some(reference),
        Piece::Literal(_) => None,
    })
}

/// A value without references.
fn literal(value: &Value) -> String {
    let texts = value.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Reference(_) => "",
    });
    texts.collect()
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
                parameters: map(&[("Mode", "strict")]),
                ..StackOverrides::default()
            },
        );
        let files = BTreeMap::from([(app.settings.template.clone(), FILE.to_owned())]);
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
            ("Account", Some("1"), Some("2"), &setting, Relation::AsMeant),
            ("Mode", Some("lax"), Some("strict"), &Why::Own, Relation::AsMeant),
            // The manifest wants it strict in prod, and there it is not yet.
            ("Mode", Some("lax"), Some("loose"), &behind, Relation::Behind),
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
