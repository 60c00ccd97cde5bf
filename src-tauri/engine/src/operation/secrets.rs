//! The values that nothing may show, and where they are hidden.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use skydeck_cloudformation::StackSnapshot;
use skydeck_model::event::{ResourceEvent, StackEnd};
use skydeck_model::look::{Divergence, Drift, PropertyDrift, StackDrift};
use skydeck_model::review::StackReview;
use skydeck_model::template::{MASK, TemplateInterface};
use skydeck_model::validate::Templates;
use skydeck_model::{EventKind, Manifest, clean};
use skydeck_store::State;

/// Values of `NoEcho` parameters: never written, logged or shown (`docs/reference/aws.md`). The longest first, so
/// that one that holds another is hidden whole.
///
/// What was a secret when a stack was deployed stays one for as long as the stack has it, also where the files have another by
/// then. Which plain parameters repeat one is in the state file; what they repeat, the stack itself tells.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    known: Arc<Mutex<LongestFirst>>,
    /// What the files give now to parameters that repeat a secret where they are deployed: perhaps still that.
    presumed: Arc<LongestFirst>,
    /// The parameters that repeat a secret, as they may be shown, by the name of their stack in CloudFormation.
    repeated: Arc<BTreeMap<String, BTreeMap<String, String>>>,
}

/// The shortest line of a secret of several that is hidden by itself: a shorter one may stand anywhere.
const LEAST_LINE: usize = 4;

type LongestFirst = BTreeSet<(Reverse<usize>, String)>;

impl Secrets {
    /// The secrets that the files tell: values in the manifest, for every environment, and defaults in the templates;
    /// every value of a stack whose template cannot be read. Values that come of references are added when they are
    /// known.
    pub(crate) fn of(manifest: &Manifest, templates: &Templates, state: &State) -> Self {
        let mut secrets = Self::default();
        for environment in manifest.environment_names() {
            for stack in &manifest.stacks {
                let settings = stack.settings_in(environment);
                let Some(template) = templates.get(&settings.template) else {
                    // Nobody can tell which of its values are secrets. Very short ones stand everywhere.
                    let values = settings.parameters.values().filter(|value| value.len() >= LEAST_LINE);
                    values.for_each(|value| secrets.add(value));
                    continue;
                };
                let given = settings.parameters.iter().filter(|(name, _)| template.is_no_echo(name));
                given.for_each(|(_, value)| secrets.add(value));
                secrets.add_defaults(template);
            }
        }
        secrets.recall(manifest, state);
        secrets
    }

    /// What the state file tells of parameters that repeat a secret where they are deployed.
    fn recall(&mut self, manifest: &Manifest, state: &State) {
        let (mut presumed, mut repeated) = (LongestFirst::new(), BTreeMap::new());
        for entry in state.stacks.iter().filter(|entry| !entry.repeats_secrets.is_empty()) {
            let Some(key) = entry.key() else { continue };
            let settings = manifest.stack(&key.stack).map(|stack| stack.settings_in(&key.environment));
            let given = settings.map(|settings| settings.parameters).unwrap_or_default();
            for (name, shown) in &entry.repeats_secrets {
                let value =
                    given.get(name).filter(|value| may_be(value, shown) && !self.shows_as(value, shown));
                value.into_iter().for_each(|value| insert(&mut presumed, value));
            }
            repeated.insert(key.cloudformation_name(&manifest.deployment_id), entry.repeats_secrets.clone());
        }
        (self.presumed, self.repeated) = (Arc::new(presumed), Arc::new(repeated));
    }

    /// Whether what is known hides all of a value that has to be hidden.
    fn shows_as(&self, value: &str, shown: &str) -> bool {
        let mut text = value.to_owned();
        hide(self.known.lock().unwrap_or_else(PoisonError::into_inner).iter(), &mut text);
        text == shown
    }

    /// The same, where nobody can tell any more what the stacks had before: what may be a secret counts as one.
    pub(crate) fn presuming(self) -> Self {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(self.presumed.iter().cloned());
        self
    }

    /// One more value to hide.
    pub(crate) fn add(&self, value: &str) {
        insert(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner), value);
    }

    /// The secrets that a stack still has from when it was deployed, in parameters that repeat them: CloudFormation shows those.
    pub(crate) fn learn(&self, snapshot: &StackSnapshot) {
        for (name, shown) in self.repeated.get(&snapshot.name).into_iter().flatten() {
            let value = snapshot.parameters.get(name).filter(|value| !self.shows_as(value, shown));
            value.into_iter().filter(|value| may_be(value, shown)).for_each(|value| self.add(value));
        }
    }

    /// The parameters of a stack, as CloudFormation shows them, that repeat a secret: each as it may be shown.
    pub(crate) fn repeated_in(&self, parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let hidden = |value: &String| {
            let mut shown = value.clone();
            hide(known.iter(), &mut shown);
            (shown != *value).then_some(shown)
        };
        parameters.iter().filter_map(|(name, value)| Some((name.clone(), hidden(value)?))).collect()
    }

    /// What a template says of its `NoEcho` parameters, as it may be written there: with JSON's escapes, with YAML's
    /// doubled quotes, line by line.
    pub(crate) fn add_defaults(&self, template: &TemplateInterface) {
        let hidden = template.parameters.values().filter(|parameter| parameter.no_echo);
        for default in hidden.filter_map(|parameter| parameter.default.as_deref()) {
            self.add(default);
            let json = serde_json::Value::from(default).to_string();
            self.add(json.trim_matches('"'));
            self.add(&default.replace('\'', "''"));
            let lines = default.lines().map(str::trim).filter(|line| line.len() >= LEAST_LINE);
            lines.for_each(|line| self.add(line));
        }
    }

    /// Hides every secret in a text.
    pub(crate) fn mask(&self, text: &mut String) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        hide(known.union(&self.presumed), text);
    }

    /// Hides every secret in what CloudFormation says will change.
    pub(crate) fn mask_review(&self, review: &mut StackReview) {
        let changes = review.changes.iter_mut();
        changes.for_each(|change| {
            change.physical_id.iter_mut().for_each(|text| self.mask(text));
            let properties = change.properties.iter_mut();
            properties
                .flat_map(|property| property.before.iter_mut().chain(&mut property.after))
                .for_each(|text| self.mask(text));
        });
        let parameters = review.parameters.iter_mut();
        parameters
            .flat_map(|parameter| parameter.value.iter_mut().chain(&mut parameter.before))
            .chain(&mut review.remarks)
            .chain(review.findings.iter_mut().map(|finding| &mut finding.reason))
            .for_each(|text| self.mask(text));
    }

    /// Hides every secret in what drift detection found. Where the template says a secret, what is there in its place
    /// is one too.
    pub(crate) fn mask_drift(&self, drift: &mut Drift) {
        drift.reason.iter_mut().for_each(|text| self.mask(text));
        for resource in &mut drift.resources {
            resource.physical_id.iter_mut().for_each(|text| self.mask(text));
            let Divergence::Modified { differences } = &mut resource.divergence else { continue };
            for PropertyDrift { expected, actual, .. } in differences {
                expected.iter_mut().chain(actual.as_mut()).for_each(|text| self.mask(text));
                if expected.as_ref().is_some_and(|text| text.contains(MASK)) {
                    actual.iter_mut().for_each(|text| MASK.clone_into(text));
                }
            }
        }
    }

    /// Hides every secret in an event.
    pub(crate) fn mask_all(&self, kind: &mut EventKind) {
        match kind {
            EventKind::Resource(ResourceEvent { physical_id, reason, .. }) => {
                physical_id.iter_mut().chain(reason).for_each(|text| self.mask(text));
            }
            EventKind::StackEnded(StackEnd { reason, outputs, .. }) => {
                reason.iter_mut().chain(outputs.values_mut()).for_each(|text| self.mask(text));
            }
            EventKind::Warning { message } => self.mask(message),
            EventKind::DriftDetected(StackDrift { drift, .. }) => self.mask_drift(drift),
            EventKind::Reviewed { stacks } => stacks.iter_mut().for_each(|stack| self.mask_review(stack)),
            EventKind::ApprovalNeeded(approval) => {
                self.mask_review(&mut approval.review);
                approval.differences.iter_mut().for_each(|difference| self.mask(&mut difference.what));
            }
            EventKind::Paused(pause) => self.mask(&mut pause.reason),
            EventKind::Resumed { .. }
            | EventKind::Mended(_)
            | EventKind::ApprovalGiven { .. }
            | EventKind::OperationStarted(_)
            | EventKind::StackStarted { .. }
            | EventKind::ChangeSetExecuted { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::TakenUp { .. }
            | EventKind::OperationEnded { .. } => {}
        }
    }
}

/// A value, also in the form that a message has it, without control characters.
fn insert(secrets: &mut LongestFirst, value: &str) {
    for form in [value.to_owned(), clean::line(value)] {
        if !form.is_empty() {
            secrets.insert((Reverse(form.len()), form));
        }
    }
}

fn hide<'s>(secrets: impl Iterator<Item = &'s (Reverse<usize>, String)>, text: &mut String) {
    for (_, secret) in secrets {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), MASK);
        }
    }
}

/// Whether a value may be the one that is shown so: in all that is shown of it they are the same.
fn may_be(value: &str, shown: &str) -> bool {
    let mut parts = shown.split(MASK);
    let Some(mut rest) = value.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    last.map_or(rest.is_empty(), |last| value.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_again_by_what_is_shown_of_it() {
        for (value, shown, expected) in [
            ("hunter22", "****", true),
            ("blue", "****", true),
            ("a:hunter22@db", "a:****@db", true),
            ("a:other@db", "a:****@db", true),
            ("a:x@db@db", "a:****@db", true),
            ("blue", "a:****@db", false),
            ("a:x@db2", "a:****@db", false),
            ("a:x:y@db", "a:****:****@db", true),
            ("a:x@db", "a:****:****@db", false),
            ("a", "a", true),
            ("ab", "a", false),
        ] {
            assert_eq!(may_be(value, shown), expected, "{value} {shown}");
        }
    }
}
