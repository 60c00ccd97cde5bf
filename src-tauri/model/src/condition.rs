//! Whether a resource of a template will be there: the template's conditions, as far as they can be told before
//! CloudFormation is asked (AWS CloudFormation User Guide, "Condition functions").

use std::collections::BTreeMap;

/// What decides whether a resource is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `Fn::Equals`.
    Equals(Term, Term),
    /// `Fn::And`.
    And(Vec<Condition>),
    /// `Fn::Or`.
    Or(Vec<Condition>),
    /// `Fn::Not`.
    Not(Box<Condition>),
    /// `Condition`: another one, by its name.
    Named(String),
    /// What only CloudFormation can tell.
    Unknown,
}

/// What `Fn::Equals` compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A text of the template.
    Text(String),
    /// `Ref`: a parameter or a pseudo parameter.
    Ref(String),
    /// What only CloudFormation can tell, such as another function.
    Unknown,
}

/// A template's `Conditions`, by name.
pub type Conditions = BTreeMap<String, Condition>;

/// How many conditions may ask each other for what they are: beyond that, nothing is told.
const DEEPEST: usize = 64;

/// Which conditions hold, and which do not; those of which that is not certain are absent. `value` gives what a parameter
/// or pseudo parameter stands for, where that is certain.
pub fn truths<'a>(
    conditions: &'a Conditions,
    value: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<&'a str, bool> {
    let mut reckoning = Reckoning { conditions, value, known: BTreeMap::new() };
    for name in conditions.keys() {
        reckoning.named(name, 0);
    }
    reckoning.known.into_iter().filter_map(|(name, truth)| Some((name, truth?))).collect()
}

struct Reckoning<'a, 'v> {
    conditions: &'a Conditions,
    value: &'v dyn Fn(&str) -> Option<String>,
    /// What was found of each; of one that is just being asked for, nothing.
    known: BTreeMap<&'a str, Option<bool>>,
}

impl<'a> Reckoning<'a, '_> {
    fn named(&mut self, name: &str, depth: usize) -> Option<bool> {
        let (name, condition) = self.conditions.get_key_value(name)?;
        if let Some(known) = self.known.get(name.as_str()) {
            return *known;
        }
        if depth == DEEPEST {
            return None;
        }
        self.known.insert(name, None);
        let truth = self.holds(condition, depth);
        self.known.insert(name, truth);
        truth
    }

    fn holds(&mut self, condition: &'a Condition, depth: usize) -> Option<bool> {
        match condition {
            Condition::Equals(left, right) => Some(self.text(left)? == self.text(right)?),
            Condition::And(all) => self.first(all, false, depth),
            Condition::Or(any) => self.first(any, true, depth),
            Condition::Not(condition) => self.holds(condition, depth).map(|truth| !truth),
            Condition::Named(name) => self.named(name, depth + 1),
            Condition::Unknown => None,
        }
    }

    /// What decides by itself, wherever it stands; otherwise the other, if all of them are certain.
    fn first(&mut self, conditions: &'a [Condition], decides: bool, depth: usize) -> Option<bool> {
        let mut certain = true;
        for condition in conditions {
            match self.holds(condition, depth) {
                Some(truth) if truth == decides => return Some(decides),
                truth => certain &= truth.is_some(),
            }
        }
        certain.then_some(!decides)
    }

    fn text(&self, term: &Term) -> Option<String> {
        match term {
            Term::Text(text) => Some(text.clone()),
            Term::Ref(name) => (self.value)(name),
            Term::Unknown => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Condition::{And, Equals, Named, Not, Or, Unknown};
    use super::*;

    fn is(parameter: &str, text: &str) -> Condition {
        Equals(Term::Ref(parameter.to_owned()), Term::Text(text.to_owned()))
    }

    /// `Size` is known to be `big`, and of `Open` nothing is known.
    fn truth(condition: Condition) -> Option<bool> {
        let named = |name: &str, condition| (name.to_owned(), condition);
        let conditions = Conditions::from([
            named("Asked", condition),
            named("Big", is("Size", "big")),
            named("Circle", Not(Box::new(Named("Round".to_owned())))),
            named("Round", Named("Circle".to_owned())),
        ]);
        let value = |name: &str| (name == "Size").then(|| "big".to_owned());
        truths(&conditions, &value).get("Asked").copied()
    }

    #[test]
    fn what_is_asked_for_again_and_again_or_without_end_is_no_burden() {
        let named = |number: usize| Box::new(Named(format!("C{number:05}")));
        let twice = |number| And(vec![*named(number), *named(number)]);
        for next in [|it: Box<Condition>| *it, |it| Not(it)] {
            let mut conditions: Conditions =
                (0..20_000).map(|number| (format!("C{number:05}"), next(named(number + 1)))).collect();
            conditions.insert("C20000".to_owned(), is("Size", "big"));
            assert!(truths(&conditions, &|_| Some("big".to_owned())).contains_key("C20000"));
        }
        let mut conditions: Conditions =
            (0..60).map(|number| (format!("C{number:05}"), twice(number + 1))).collect();
        conditions.insert("C00060".to_owned(), is("Size", "big"));
        assert_eq!(truths(&conditions, &|_| Some("big".to_owned())).get("C00000"), Some(&true));
    }

    #[test]
    fn what_can_be_told_is_told_and_nothing_else() {
        let (yes, no, open) = (|| is("Size", "big"), || is("Size", "small"), || is("Open", "big"));
        let named = |name: &str| Named(name.to_owned());
        for (condition, expected) in [
            (yes(), Some(true)),
            (no(), Some(false)),
            (open(), None),
            (Equals(Term::Unknown, Term::Text("big".to_owned())), None),
            (Unknown, None),
            (Not(Box::new(no())), Some(true)),
            (Not(Box::new(open())), None),
            (And(vec![yes(), yes()]), Some(true)),
            (And(vec![open(), no()]), Some(false)),
            (And(vec![yes(), open()]), None),
            (Or(vec![no(), no()]), Some(false)),
            (Or(vec![open(), yes()]), Some(true)),
            (Or(vec![no(), open()]), None),
            (named("Big"), Some(true)),
            (named("Missing"), None),
            (named("Asked"), None),
            (named("Circle"), None),
            (Or(vec![named("Circle"), yes()]), Some(true)),
        ] {
            assert_eq!(truth(condition.clone()), expected, "{condition:?}");
        }
    }
}
