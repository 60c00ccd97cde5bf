//! A plan that a person can say yes to: what CloudFormation says will change in every stack, where each parameter's
//! value comes from, and whether what is about to happen still is what was approved.

use std::fmt;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::change::{ChangeAction, Danger, Replacement, ResourceChange};
use crate::ids::{StackKey, StackName};
use crate::manifest::{Environment, Target};
use crate::operation::{Direction, OperationKind};
use crate::recovery::Step;

/// What an operation would do to a stack (`docs/reference/json.md`, 'plan').
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAction {
    /// It does not exist yet.
    Create,
    /// It exists and changes.
    Update,
    /// It is as wanted already; for a destroy: there is nothing to delete.
    Unchanged,
    /// What is left of a first create that failed is deleted, then it is created.
    Recreate,
    /// It is deleted.
    Delete,
    /// It cannot be changed as it stands.
    Blocked,
}

/// Whether a slip would cost so much that the deployment's id has to be typed: something is deleted, data may be lost,
/// or it is production.
pub fn is_grave<'a>(
    kind: OperationKind,
    danger: Danger,
    mut environments: impl Iterator<Item = &'a Environment>,
) -> bool {
    kind.direction() == Direction::Down
        || danger == Danger::LosesData
        || environments.any(|it| it.target == Target::Aws && it.name.as_str().starts_with("prod"))
}

/// One stack of a review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StackReview {
    /// The stack.
    pub key: StackKey,
    /// What happens to it.
    pub action: ReviewAction,
    /// Its resources that change, in CloudFormation's order.
    pub changes: Vec<ResourceChange>,
    /// The worst that its changes can cost.
    pub danger: Danger,
    /// Whether `changes` are CloudFormation's own word (a change set). Otherwise they are read from the template,
    /// since a value is known only after another stack, and CloudFormation is asked again then.
    pub by_change_set: bool,
    /// Its parameters, in the template's order.
    pub parameters: Vec<ParameterReview>,
    /// The stacks of which its template takes something that they make, or may change, before it.
    #[serde(default)]
    pub after: Vec<StackName>,
    /// What will keep it from being deleted.
    pub obstacles: Vec<Obstacle>,
    /// Why it is blocked, or what else is to be known.
    pub remarks: Vec<String>,
    /// CloudFormation's status of it, if it exists.
    pub cloudformation_status: Option<String>,
    /// What has to be done to it before, where it is blocked by how it stands.
    #[serde(default)]
    pub first: Vec<Step>,
    /// What CloudFormation's validation found, of what it would change.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// What CloudFormation's validation found in a change set (API reference, OperationEvent: `ValidationName`,
/// `ValidationPath`, `ValidationFailureMode`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Finding {
    /// Whether the change set is refused for it; otherwise it is a warning.
    pub refuses: bool,
    /// The validation, like `NAME_CONFLICT_VALIDATION`.
    pub name: Option<String>,
    /// Where in the template: `/Resources/Bucket/Properties/BucketName`; only the resource's name where no more is
    /// told.
    pub path: Option<String>,
    /// What it found.
    pub reason: String,
    /// The template's file, as the manifest names it, and the line of the path in it, from 1.
    pub line: Option<(String, u32)>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.line, &self.path) {
            (Some((file, line)), Some(path)) => write!(f, "{file}, line {line} ({path}): ")?,
            (None, Some(path)) => write!(f, "{path}: ")?,
            _ => {}
        }
        f.write_str(&self.reason)
    }
}

/// What keeps CloudFormation from deleting a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// Termination protection is on.
    Protected,
    /// Stacks that are not deleted with it import one of its exports.
    Imported {
        /// The export.
        export: String,
        /// The stacks, by their names in CloudFormation.
        by: Vec<String>,
    },
    /// A bucket still holds objects.
    NotEmpty {
        /// Its name in the template.
        logical_id: String,
        /// The bucket.
        bucket: String,
    },
}

/// One parameter of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ParameterReview {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub source: ParameterSource,
    /// Whether the value is known.
    pub state: ParameterState,
    /// The value, where it is known; masked where the template says `NoEcho`.
    pub value: Option<String>,
    /// The value that the stack has now, where it exists.
    pub before: Option<String>,
}

/// Where a parameter's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ParameterSource {
    /// It stands in the manifest.
    Literal,
    /// It is the template's default.
    Default,
    /// It is made of what the manifest says of the deployment or the environment: `environment.region`.
    Setting {
        /// The references, like `environment.region`.
        references: Vec<String>,
    },
    /// It is, or holds, outputs of other stacks.
    Outputs {
        /// The references, like `network.VpcId`.
        references: Vec<String>,
    },
}

/// Whether a parameter's value is known before the operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ParameterState {
    /// It is what it is now.
    Known,
    /// It is known, and another than now.
    Changes,
    /// It has a value now, but these stacks change first, and may give another.
    MayChange {
        /// The stacks.
        after: Vec<StackName>,
    },
    /// It has no value before these stacks are done.
    KnownAfter {
        /// The stacks.
        after: Vec<StackName>,
    },
}

impl StackReview {
    /// Whether the operation would change this stack, as far as can be told.
    pub fn would_change(&self) -> bool {
        !matches!(self.action, ReviewAction::Unchanged | ReviewAction::Blocked)
    }

    /// Whether it is as wanted now, but takes what a stack before it may give anew.
    pub fn may_change(&self) -> bool {
        self.action == ReviewAction::Unchanged && !self.known_after().is_empty()
    }

    /// The stacks that must be done before what happens to this one is known for sure.
    pub fn known_after(&self) -> Vec<&StackName> {
        let mut stacks: Vec<&StackName> = self
            .parameters
            .iter()
            .flat_map(|parameter| match &parameter.state {
                ParameterState::MayChange { after } | ParameterState::KnownAfter { after } => {
                    after.as_slice()
                }
                ParameterState::Known | ParameterState::Changes => &[],
            })
            .chain(&self.after)
            .collect();
        stacks.sort();
        stacks.dedup();
        stacks
    }
}

/// The worst of some changes.
pub fn danger_of(changes: &[ResourceChange]) -> Danger {
    changes.iter().map(|change| change.danger).max().unwrap_or(Danger::None)
}

/// How what is about to happen differs from what was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Difference {
    /// The resource.
    pub logical_id: String,
    /// What is different, in words.
    pub what: String,
}

/// Compares what CloudFormation now says will change with what was approved; empty: it may go on.
///
/// A stack that was approved with its resources read from the template may add fewer of them (conditions leave some
/// out), but nothing else. Otherwise the same resources must change in the same way; a property whose value comes
/// from a parameter that was not known may have another value, and that is all.
pub fn differences(approved: &StackReview, found: &[ResourceChange]) -> Vec<Difference> {
    let mut all = Vec::new();
    for change in found {
        let logical_id = change.logical_id.clone();
        let before = approved.changes.iter().find(|before| before.logical_id == change.logical_id);
        match before {
            None => all.push(Difference {
                logical_id,
                what: format!("is {}, which was not in the review", done(change)),
            }),
            Some(before) if !same_fate(before, change) => {
                let what = format!("is {}, where the review said {}", done(change), done(before));
                all.push(Difference { logical_id, what });
            }
            Some(before) => all.extend(property_differences(approved, before, change)),
        }
    }
    if approved.by_change_set {
        for missing in
            approved.changes.iter().filter(|before| found.iter().all(|it| it.logical_id != before.logical_id))
        {
            let what = format!("does not change any more, where the review said {}", done(missing));
            all.push(Difference { logical_id: missing.logical_id.clone(), what });
        }
    }
    all
}

/// Whether the same happens to a resource, and the same of it is kept.
fn same_fate(one: &ResourceChange, other: &ResourceChange) -> bool {
    let fate = |change: &ResourceChange| (change.action, change.replacement, change.kept, change.snapshot);
    fate(one) == fate(other)
}

fn property_differences(
    approved: &StackReview,
    before: &ResourceChange,
    now: &ResourceChange,
) -> Vec<Difference> {
    // What comes from a parameter that was not known, or from a resource that is only made then.
    let open = |cause: &Option<String>| {
        let Some(cause) = cause else { return false };
        let resource = cause.split('.').next().unwrap_or(cause);
        let parameters = approved.parameters.iter().filter(|it| it.name == *cause);
        let made = approved.changes.iter().filter(|it| it.logical_id == resource);
        parameters.map(|it| &it.state).any(is_open)
            || made
                .map(|it| (it.action, it.replacement))
                .any(|(action, replacement)| action == ChangeAction::Add || replacement > Replacement::No)
    };
    let known = |path: &str| before.properties.iter().find(|property| property.path == path);
    let new = now.properties.iter().filter_map(|property| {
        let what = match known(&property.path) {
            None => format!("{} changes, which was not in the review", property.path),
            Some(old) if old.replacement < property.replacement => {
                format!("{} now needs a new resource", property.path)
            }
            Some(old) if old.after != property.after && !open(&property.cause) && !open(&old.cause) => {
                format!(
                    "{} becomes {}, where the review said {}",
                    property.path,
                    shown(&property.after),
                    shown(&old.after)
                )
            }
            Some(_) => return None,
        };
        Some(Difference { logical_id: now.logical_id.clone(), what })
    });
    let gone =
        before.properties.iter().filter(|old| now.properties.iter().all(|it| it.path != old.path)).map(
            |old| {
                let what = format!("{} does not change any more", old.path);
                Difference { logical_id: now.logical_id.clone(), what }
            },
        );
    new.chain(gone).collect()
}

fn is_open(state: &ParameterState) -> bool {
    matches!(state, ParameterState::MayChange { .. } | ParameterState::KnownAfter { .. })
}

fn shown(value: &Option<String>) -> String {
    value.as_ref().map_or_else(|| "something else".to_owned(), |value| format!("'{value}'"))
}

fn done(change: &ResourceChange) -> String {
    use Replacement::{Conditional, No, Yes};
    let what = match (change.action, change.replacement) {
        (ChangeAction::Add, _) => "added",
        (ChangeAction::Modify, No) => "modified",
        (ChangeAction::Modify, Conditional) => "modified and perhaps replaced",
        (ChangeAction::Modify, Yes) => "replaced",
        (ChangeAction::Remove, _) => "removed",
        (ChangeAction::Import, _) => "imported",
        (ChangeAction::Dynamic, _) => "changed in a way that is known only later",
    };
    match (change.kept, change.snapshot) {
        (false, _) => what.to_owned(),
        (true, false) => format!("{what} and retained"),
        (true, true) => format!("{what} after a snapshot"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_grave_where_something_goes_or_in_production() {
        use Danger::{LosesData, None, Replaces};
        use OperationKind::{Deploy, Destroy, DestroyStack, RepairStack};
        for (kind, danger, name, target, grave) in [
            (Destroy, None, "dev", Target::Sandbox, true),
            (DestroyStack, None, "dev", Target::Aws, true),
            (Deploy, LosesData, "dev", Target::Sandbox, true),
            (Deploy, Replaces, "dev", Target::Aws, false),
            (Deploy, None, "prod", Target::Aws, true),
            (RepairStack, None, "prod-eu", Target::Aws, true),
            (Deploy, None, "prod", Target::Sandbox, false),
            (Deploy, None, "stage", Target::Aws, false),
        ] {
            let mut place = crate::fixtures::manifest(Vec::new()).environments.remove(0);
            (place.name, place.target) = (name.parse().unwrap(), target);
            assert_eq!(is_grave(kind, danger, [&place].into_iter()), grave, "{kind} {danger:?} {name}");
        }
    }
    use crate::change::PropertyChange;
    use crate::fixtures::key;

    fn property(path: &str, after: &str, cause: Option<&str>) -> PropertyChange {
        PropertyChange {
            path: path.to_owned(),
            before: Some("old".to_owned()),
            after: Some(after.to_owned()),
            replacement: Replacement::No,
            cause: cause.map(str::to_owned),
        }
    }

    fn change(id: &str, action: ChangeAction, properties: Vec<PropertyChange>) -> ResourceChange {
        ResourceChange {
            action,
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: "AWS::SNS::Topic".to_owned(),
            replacement: Replacement::No,
            kept: false,
            snapshot: false,
            danger: Danger::None,
            properties,
        }
    }

    fn approved(by_change_set: bool, changes: Vec<ResourceChange>) -> StackReview {
        let parameter = |name: &str, state| ParameterReview {
            name: name.to_owned(),
            source: ParameterSource::Literal,
            state,
            value: None,
            before: None,
        };
        StackReview {
            key: key("app", "dev"),
            action: ReviewAction::Update,
            danger: danger_of(&changes),
            changes,
            by_change_set,
            parameters: vec![
                parameter("Fixed", ParameterState::Known),
                parameter("Vpc", ParameterState::MayChange { after: vec!["network".parse().unwrap()] }),
            ],
            after: Vec::new(),
            obstacles: Vec::new(),
            remarks: Vec::new(),
            cloudformation_status: None,
            first: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_same_changes_go_on_and_any_other_stops() {
        use ChangeAction::{Add, Modify, Remove};
        let review = approved(
            true,
            vec![
                change("Topic", Modify, vec![property("Properties.Name", "a", Some("Fixed"))]),
                change("Queue", Modify, vec![property("Properties.Vpc", "v1", Some("Vpc"))]),
            ],
        );
        let same = review.changes.clone();
        let with = |index: usize, change: ResourceChange| {
            let mut changes = same.clone();
            changes[index] = change;
            changes
        };
        let mut replaced = same[0].clone();
        replaced.replacement = Replacement::Yes;
        for (found, told) in [
            (same.clone(), None),
            // Its value was known only after network.
            (with(1, change("Queue", Modify, vec![property("Properties.Vpc", "v2", Some("Vpc"))])), None),
            (
                with(0, change("Topic", Modify, vec![property("Properties.Name", "b", Some("Fixed"))])),
                Some("becomes 'b'"),
            ),
            (with(0, change("Topic", Modify, vec![])), Some("does not change any more")),
            (with(0, change("Topic", Remove, vec![])), Some("is removed, where the review said modified")),
            (with(0, replaced), Some("is replaced, where the review said modified")),
            (same[..1].to_vec(), Some("does not change any more")),
            ([same.clone(), vec![change("New", Add, vec![])]].concat(), Some("was not in the review")),
        ] {
            let all = differences(&review, &found);
            match told {
                None => assert_eq!(all, [], "{found:?}"),
                Some(text) => assert!(all.iter().any(|it| it.what.contains(text)), "{all:?} lacks {text}"),
            }
        }
    }

    #[test]
    fn what_was_read_from_the_template_may_add_fewer_resources_but_do_nothing_else() {
        use ChangeAction::{Add, Remove};
        let review = approved(false, vec![change("A", Add, vec![]), change("B", Add, vec![])]);
        assert_eq!(differences(&review, &[change("A", Add, vec![])]), []);
        assert_eq!(differences(&review, &[change("C", Add, vec![])]).len(), 1);
        assert_eq!(differences(&review, &[change("A", Remove, vec![])]).len(), 1);
    }

    #[test]
    fn a_stack_that_was_unchanged_in_the_review_stops_where_it_changes() {
        let review = approved(true, Vec::new());
        assert_eq!(differences(&review, &[]), []);
        assert_eq!(differences(&review, &[change("A", ChangeAction::Modify, vec![])]).len(), 1);
    }
}
