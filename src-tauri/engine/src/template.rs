//! The deployment templates that `init` starts from.

use skydeck_model::Environment;

use crate::init::Checked;

/// A deployment template: a manifest with placeholders and the CloudFormation templates beside it.
pub(crate) struct DeploymentTemplate {
    pub(crate) name: &'static str,
    manifest: &'static str,
    /// Path inside the deployment's folder, and text.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$((
            concat!("stacks/", $file, ".yaml"),
            include_str!(concat!("../templates/", $folder, "/stacks/", $file, ".yaml")),
        )),+]
    };
}

const TEMPLATES: [DeploymentTemplate; 1] = [DeploymentTemplate {
    name: "default",
    manifest: include_str!("../templates/default/manifest.yaml"),
    files: files!(
        "default": "network", "security", "storage", "messaging", "roles", "monitoring", "database", "compute",
        "dns", "cdn"
    ),
}];

/// The environment for which the templates hold overrides.
const OVERRIDDEN: &str = "prod";

/// The template of that name.
pub(crate) fn named(name: &str) -> Option<&'static DeploymentTemplate> {
    TEMPLATES.iter().find(|template| template.name == name)
}

/// The names of all templates.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|template| template.name)
}

impl DeploymentTemplate {
    /// The manifest's text for a new deployment; `id` stands where its id belongs.
    pub(crate) fn manifest(&self, new: &Checked, id: &str) -> String {
        let entries: Vec<String> = new.environments.iter().map(environment_entry).collect();
        let text = self
            .manifest
            .replace("{{deployment_id}}", id)
            .replace("{{organization}}", new.organization.as_str())
            .replace("{{project}}", new.project.as_str())
            .replace("{{domain}}", &new.domain)
            .replace("{{environments}}\n", &entries.concat());
        if new.environments.iter().any(|environment| environment.name.as_str() == OVERRIDDEN) {
            text
        } else {
            comment_out_overrides(&text)
        }
    }
}

fn environment_entry(environment: &Environment) -> String {
    let mut entry = format!(
        "  {}:\n    target: {}\n    region: {}\n    account: '{}'\n",
        environment.name,
        environment.target.as_str(),
        environment.region,
        environment.account,
    );
    if let Some(profile) = &environment.profile {
        // A profile's name may hold anything: JSON's quoting is YAML's too.
        let quoted = serde_json::Value::from(profile.as_str());
        entry.push_str(&format!("    profile: {quoted}\n"));
    }
    entry
}

/// Overrides for an environment that the deployment does not have would be an error; as comments they are
/// there for whoever adds it.
fn comment_out_overrides(manifest: &str) -> String {
    let mut inside = false;
    let mut text = String::with_capacity(manifest.len() + 128);
    for line in manifest.split_inclusive('\n') {
        inside = line.trim_end() == "    environments:" || (inside && line.starts_with("      "));
        if inside {
            text.push_str("    # ");
            text.push_str(&line[4..]);
        } else {
            text.push_str(line);
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn overrides_become_comments_up_to_the_next_key() {
        let manifest =
            "stacks:\n  a:\n    x: 1\n    environments:\n      prod:\n        y: 2\n\n  b:\n    z: 3\n";
        assert_eq!(
            comment_out_overrides(manifest),
            "stacks:\n  a:\n    x: 1\n    # environments:\n    #   prod:\n    #     y: 2\n\n  b:\n    z: 3\n"
        );
    }

    #[test]
    fn every_stack_of_a_template_describes_itself() {
        for (path, text) in TEMPLATES.iter().flat_map(|template| template.files) {
            let interface = skydeck_store::read_interface(path, text).unwrap();
            assert!(interface.description.len() > 10, "{path}");
        }
    }
}
