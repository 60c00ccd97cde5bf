//! A change set's changes in the model's words.

use aws_sdk_cloudformation::types::{
    Change, ChangeAction as SdkAction, ChangeSource, PolicyAction, Replacement as SdkReplacement,
    RequiresRecreation, ResourceChange as SdkChange, ResourceChangeDetail, ResourceTargetDefinition,
};
use skydeck_model::change::{ChangeAction, Danger, PropertyChange, Replacement, ResourceChange};
use skydeck_model::clean;

/// How CloudFormation writes what is known only when the resource is made.
const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// What a change set says of one resource; `None` for what is no resource.
pub(super) fn resource_change(change: Change) -> Option<ResourceChange> {
    let change = change.resource_change?;
    let found = ResourceChange {
        action: action(&change),
        replacement: match change.replacement {
            Some(SdkReplacement::True) => Replacement::Yes,
            Some(SdkReplacement::Conditional) => Replacement::Conditional,
            _ => Replacement::No,
        },
        kept: matches!(
            change.policy_action,
            Some(
                PolicyAction::Retain
                    | PolicyAction::ReplaceAndRetain
                    | PolicyAction::Snapshot
                    | PolicyAction::ReplaceAndSnapshot
            )
        ),
        snapshot: matches!(
            change.policy_action,
            Some(PolicyAction::Snapshot | PolicyAction::ReplaceAndSnapshot)
        ),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        physical_id: change.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: change.resource_type.unwrap_or_default(),
        properties: merged(change.details.unwrap_or_default()),
        danger: Danger::None,
    };
    Some(found.judged())
}

fn action(change: &SdkChange) -> ChangeAction {
    match change.action {
        Some(SdkAction::Add) => ChangeAction::Add,
        Some(SdkAction::Modify) => ChangeAction::Modify,
        Some(SdkAction::Remove) => ChangeAction::Remove,
        Some(SdkAction::Import) => ChangeAction::Import,
        _ => ChangeAction::Dynamic,
    }
}

/// One difference for each place: CloudFormation tells a place several times where several things change it.
fn merged(details: Vec<ResourceChangeDetail>) -> Vec<PropertyChange> {
    let mut properties: Vec<PropertyChange> = Vec::new();
    for detail in details {
        let Some(found) = property_change(detail) else { continue };
        match properties.iter_mut().find(|known| known.path == found.path) {
            Some(known) => {
                known.replacement = known.replacement.max(found.replacement);
                known.before = known.before.take().or(found.before);
                known.after = known.after.take().or(found.after);
                known.cause = known.cause.take().or(found.cause);
            }
            None => properties.push(found),
        }
    }
    properties
}

fn property_change(detail: ResourceChangeDetail) -> Option<PropertyChange> {
    let target = detail.target?;
    let is_direct = detail.change_source == Some(ChangeSource::DirectModification);
    Some(PropertyChange {
        path: path(&target),
        replacement: match target.requires_recreation {
            Some(RequiresRecreation::Always) => Replacement::Yes,
            Some(RequiresRecreation::Conditionally) => Replacement::Conditional,
            _ => Replacement::No,
        },
        before: target.before_value.map(|value| clean::line(&value)),
        after: target.after_value.map(|value| clean::line(&value).replace(UNKNOWN, "(known after apply)")),
        cause: detail.causing_entity.filter(|cause| !is_direct && !cause.is_empty()),
    })
}

/// CloudFormation gives `/Properties/Name` where it gives values, else the attribute and the property's name.
fn path(target: &ResourceTargetDefinition) -> String {
    if let Some(path) = target.path.as_deref().filter(|path| !path.is_empty()) {
        return path.trim_start_matches('/').replace('/', ".");
    }
    let attribute = target.attribute.as_ref().map(|attribute| attribute.as_str()).unwrap_or_default();
    match target.name.as_deref() {
        Some(name) => format!("{attribute}.{name}"),
        None => attribute.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::ResourceAttribute;

    use super::*;

    fn detail(
        source: ChangeSource,
        recreation: RequiresRecreation,
        cause: Option<&str>,
    ) -> ResourceChangeDetail {
        let target = ResourceTargetDefinition::builder()
            .attribute(ResourceAttribute::Properties)
            .name("BucketName")
            .path("/Properties/BucketName")
            .requires_recreation(recreation)
            .before_value("old")
            .after_value("new");
        ResourceChangeDetail::builder()
            .target(target.build())
            .change_source(source)
            .set_causing_entity(cause.map(str::to_owned))
            .build()
    }

    #[test]
    fn a_place_that_is_told_twice_is_one_difference() {
        let change = SdkChange::builder()
            .action(SdkAction::Modify)
            .logical_resource_id("Store")
            .resource_type("AWS::S3::Bucket")
            .replacement(SdkReplacement::True)
            .policy_action(PolicyAction::ReplaceAndRetain)
            .details(detail(ChangeSource::DirectModification, RequiresRecreation::Never, Some("Odd")))
            .details(detail(ChangeSource::ParameterReference, RequiresRecreation::Always, Some("Name")));
        let found = resource_change(Change::builder().resource_change(change.build()).build());
        let property = PropertyChange {
            path: "Properties.BucketName".to_owned(),
            before: Some("old".to_owned()),
            after: Some("new".to_owned()),
            replacement: Replacement::Yes,
            cause: Some("Name".to_owned()),
        };
        let expected = ResourceChange {
            action: ChangeAction::Modify,
            logical_id: "Store".to_owned(),
            physical_id: None,
            resource_type: "AWS::S3::Bucket".to_owned(),
            replacement: Replacement::Yes,
            kept: true,
            snapshot: false,
            danger: Danger::Replaces,
            properties: vec![property],
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_server_that_gives_no_values_is_understood_too() {
        let target = ResourceTargetDefinition::builder().attribute(ResourceAttribute::Tags).build();
        assert_eq!(path(&target), "Tags");
        let target =
            ResourceTargetDefinition::builder().attribute(ResourceAttribute::Properties).name("Size").build();
        assert_eq!(path(&target), "Properties.Size");
        let bare = SdkChange::builder().action(SdkAction::from("Shrink")).build();
        let found = resource_change(Change::builder().resource_change(bare).build());
        assert_eq!(found.map(|change| change.action), Some(ChangeAction::Dynamic));
    }
}
