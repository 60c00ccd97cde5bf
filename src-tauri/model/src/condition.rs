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

/// Whether the condition of that name holds; `None` where that cannot be told. `value` gives what a parameter or pseudo
/// parameter stands for, where that is known.
pub fn holds(conditions: &Conditions, name: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    Question { conditions, value }.named(name, &[])
}

struct Question<'a> {
    conditions: &'a Conditions,
    value: &'a dyn Fn(&str) -> Option<String>,
}

impl Question<'_> {
    /// `above` are the conditions that ask: one that asks for itself is CloudFormation's to refuse.
    fn named(&self, name: &str, above: &[&str]) -> Option<bool> {
        if above.contains(&name) {
            return None;
        }
        let above = [above, &[name]].concat();
        self.holds(self.conditions.get(name)?, &above)
    }

    fn holds(&self, condition: &Condition, above: &[&str]) -> Option<bool> {
        match condition {
            Condition::Equals(left, right) => Some(self.text(left)? == self.text(right)?),
            Condition::And(all) => self.first(all, false, above),
            Condition::Or(any) => self.first(any, true, above),
            Condition::Not(condition) => self.holds(condition, above).map(|truth| !truth),
            Condition::Named(name) => self.named(name, above),
            Condition::Unknown => None,
        }
    }

    /// What decides by itself, wherever it stands; otherwise the other, if all of them can be told.
    fn first(&self, conditions: &[Condition], decides: bool, above: &[&str]) -> Option<bool> {
        let truths: Vec<_> = conditions.iter().map(|condition| self.holds(condition, above)).collect();
        if truths.contains(&Some(decides)) {
            Some(decides)
        } else {
            truths.iter().all(Option::is_some).then_some(!decides)
        }
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
        holds(&conditions, "Asked", &|name| (name == "Size").then(|| "big".to_owned()))
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
