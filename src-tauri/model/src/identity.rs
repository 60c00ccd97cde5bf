//! What a deployment is called: the manifest and the metadata both say it. The metadata, written at init, is what the list
//! shows and what the folder is named after; the manifest's words are what `${deployment.…}` stands for. Where the two
//! differ, that is told, with what follows which.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use serde::Serialize;
use specta::Type;

use crate::manifest::Manifest;
use crate::reference::{DeploymentField, Piece, Reference, Value};

/// What a deployment was created as, as far as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedAs<'a> {
    /// The organization.
    pub organization: &'a str,
    /// The project.
    pub project: &'a str,
    /// The domain.
    pub domain: Option<&'a str>,
    /// The deployment template.
    pub template: Option<&'a str>,
}

/// A word that the manifest changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Renamed {
    /// What the manifest says, and what the deployment was created with.
    pub said: String,
    /// What follows it, what does not, and what to do.
    pub effect: String,
}

/// A word that both say.
struct Word<'a> {
    name: &'static str,
    /// How the manifest refers to it; `None`: nothing can.
    field: Option<DeploymentField>,
    declared: &'a str,
    recorded: Option<&'a str>,
    /// What keeps the recorded one.
    keeps: &'static str,
}

const NAMED: &str = "the list and the folder's name keep";
const SHOWN: &str = "what is shown of the deployment keeps";

/// Each word that the manifest changes, of those that it says so that they can be read (`is_said`, by their keys).
pub fn renamed(manifest: &Manifest, created: &CreatedAs<'_>, is_said: impl Fn(&str) -> bool) -> Vec<Renamed> {
    let word = |name, field, declared, recorded, keeps| Word { name, field, declared, recorded, keeps };
    let (organization, project) = (manifest.organization.as_str(), manifest.project.as_str());
    let words = [
        word(
            "organization",
            Some(DeploymentField::Organization),
            organization,
            Some(created.organization),
            NAMED,
        ),
        word("project", Some(DeploymentField::Project), project, Some(created.project), NAMED),
        word("domain", Some(DeploymentField::Domain), &manifest.domain, created.domain, SHOWN),
        word("template", None, &manifest.template, created.template, SHOWN),
    ];
    words.iter().filter(|word| is_said(word.name)).filter_map(|word| word.change(manifest)).collect()
}

impl Word<'_> {
    fn change(&self, manifest: &Manifest) -> Option<Renamed> {
        let Self { name, declared, keeps, .. } = *self;
        let recorded = self.recorded.filter(|recorded| *recorded != declared)?;
        let users = self.field.map(|field| Vec::from_iter(users(manifest, field)));
        let follows = match users.as_deref() {
            None => "Nothing that is deployed depends on it".to_owned(),
            Some([]) => format!("Nothing in the manifest uses ${{deployment.{name}}}"),
            Some(users) => format!(
                "${{deployment.{name}}} follows the manifest with the next deploy ({})",
                users.join(", ")
            ),
        };
        Some(Renamed {
            said: format!(
                "The manifest says {name} \"{declared}\"; this deployment was created with \"{recorded}\"."
            ),
            effect: format!(
                "{follows}; {keeps} \"{recorded}\". Put \"{recorded}\" back into the manifest, or write \"{declared}\" \
                 into .deployment-metadata.yaml too."
            ),
        })
    }
}

/// Where the manifest uses a word: parameters and tags of stacks, and tags of environments.
fn users(manifest: &Manifest, field: DeploymentField) -> BTreeSet<String> {
    let wanted = Piece::Reference(Reference::Deployment(field));
    let uses = |text: &String| Value::parse(text).is_ok_and(|value| value.pieces.contains(&wanted));
    let named = |kind: &str, of: &str, values: &BTreeMap<String, String>| {
        let names = values.iter().filter(|(_, text)| uses(text));
        names.map(|(name, _)| format!("{kind} {name} of {of}")).collect::<Vec<_>>()
    };
    let mut users = BTreeSet::new();
    for stack in &manifest.stacks {
        let own = manifest.environments.iter().map(|environment| stack.settings_in(&environment.name));
        for settings in iter::once(stack.settings.clone()).chain(own) {
            users.extend(named("parameter", stack.name.as_str(), &settings.parameters));
            users.extend(named("tag", stack.name.as_str(), &settings.tags));
        }
    }
    for environment in &manifest.environments {
        users.extend(named("tag", environment.name.as_str(), &environment.tags));
    }
    users
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixtures::{manifest, stack};

    #[test]
    fn what_follows_the_manifest_and_what_does_not_is_told_word_by_word() {
        let mut manifest = manifest(vec![stack("web", true, &[("Name", "x-${deployment.project}")])]);
        manifest.environments[0].tags.insert("project".to_owned(), "${deployment.project}".to_owned());
        let same = CreatedAs {
            organization: "LiveTestOrg",
            project: "live-test-6",
            domain: Some("livetest.example"),
            template: Some("default"),
        };
        let told = |created: CreatedAs<'_>| {
            let renamed = renamed(&manifest, &created, |_| true).into_iter();
            renamed.map(|it| format!("{} {}", it.said, it.effect)).collect::<Vec<_>>()
        };
        assert_eq!(told(same), [""; 0]);
        // What older files do not record is not a change.
        assert_eq!(told(CreatedAs { domain: None, template: None, ..same }), [""; 0]);
        assert_eq!(
            told(CreatedAs { project: "web", ..same }),
            ["The manifest says project \"live-test-6\"; this deployment was created with \"web\". \
              ${deployment.project} follows the manifest with the next deploy (parameter Name of web, tag project of \
              dev); the list and the folder's name keep \"web\". Put \"web\" back into the manifest, or write \
              \"live-test-6\" into .deployment-metadata.yaml too."]
        );
        let others = told(CreatedAs { organization: "O", domain: Some("d"), template: Some("t"), ..same });
        let parts = [
            "Nothing in the manifest uses ${deployment.organization}; the list and the folder's name keep \"O\"",
            "Nothing in the manifest uses ${deployment.domain}; what is shown of the deployment keeps \"d\"",
            "Nothing that is deployed depends on it; what is shown of the deployment keeps \"t\"",
        ];
        assert_eq!(others.len(), parts.len());
        for (told, part) in others.iter().zip(parts) {
            assert!(told.contains(part), "{told}");
        }
    }
}
