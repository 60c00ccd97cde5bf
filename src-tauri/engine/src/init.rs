//! A new deployment: the input checked field by field, what would be written, and the writing.

use chrono::Utc;
use rand::RngExt;
use skydeck_model::ids::FolderWord;
use skydeck_model::shell::Line;
use skydeck_model::{DeploymentId, Environment, Recorded, StackKey, StackStatus, Target};
use skydeck_store::{Changes, NewDeployment as Stored};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::template::{self, DeploymentTemplate};
use crate::view::{
    DeploymentRow, FieldProblem, NewDeployment, NewDeploymentPreview, NewEnvironment, PreviewFile,
    PreviewStack,
};

/// What stands for the id in a preview.
const UNDRAWN: &str = "D??????";

/// A [`NewDeployment`] that has passed every check.
pub(crate) struct Checked {
    pub(crate) organization: FolderWord,
    pub(crate) project: FolderWord,
    pub(crate) domain: String,
    pub(crate) environments: Vec<Environment>,
    id: Option<DeploymentId>,
    template: &'static DeploymentTemplate,
}

impl Engine {
    /// What a new deployment may begin with, in the sandbox: all that the very first one needs; later on the organization
    /// of the newest.
    pub fn suggestion(&self) -> NewDeployment {
        let known = self.inner.rows.map(|row| Some((row.created_at.clone()?, row.organization.clone())));
        let (organization, project, domain) = match known.into_iter().max() {
            Some((_, organization)) => (organization, String::new(), String::new()),
            None => ("MyOrg".to_owned(), "my-app".to_owned(), "my-app.example".to_owned()),
        };
        NewDeployment {
            organization,
            project,
            domain,
            template: template::names().next().unwrap_or_default().to_owned(),
            environments: vec![NewEnvironment {
                name: "dev".to_owned(),
                target: Target::Sandbox,
                region: "us-east-1".to_owned(),
                account: "000000000000".to_owned(),
                profile: None,
            }],
            id: None,
        }
    }

    /// What a new deployment would become, and everything that is wrong with the input. Writes nothing.
    pub fn preview(&self, new: &NewDeployment) -> NewDeploymentPreview {
        let mut preview = NewDeploymentPreview {
            problems: Vec::new(),
            remarks: remarks(new),
            folder: format!("{}-{}-{}", new.id.as_deref().unwrap_or(UNDRAWN), new.organization, new.project),
            files: Vec::new(),
            stacks: Vec::new(),
            command: command(new),
        };
        match check(new) {
            Ok(checked) => {
                let manifest = checked.template.manifest(&checked, new.id.as_deref().unwrap_or(UNDRAWN));
                preview.stacks = preview_stacks(checked.template, &checked);
                preview.files.push(PreviewFile {
                    path: skydeck_model::validate::MANIFEST_FILE.to_owned(),
                    text: manifest,
                });
                let files = checked.template.files.iter();
                preview.files.extend(
                    files.map(|(path, text)| PreviewFile {
                        path: (*path).to_owned(),
                        text: (*text).to_owned(),
                    }),
                );
            }
            Err(problems) => preview.problems = problems,
        }
        preview
    }

    /// Creates a deployment: its folder, whole or not at all. Its status is `initialized`.
    ///
    /// # Errors
    /// Input that is wrong, an id that is taken, a disk that does not take it.
    pub fn init(&self, new: &NewDeployment) -> Result<DeploymentRow, EngineError> {
        let checked = check(new).map_err(EngineError::Input)?;
        self.refuse_gone_root()?;
        let id = match &checked.id {
            Some(id) => id.clone(),
            None => self.free_id()?,
        };
        let manifest = checked.template.manifest(&checked, id.as_str());
        let stored = skydeck_store::decode_manifest(&manifest)?;
        let stacks = stored.environments.iter().flat_map(|environment| {
            stored.stacks.iter().map(|stack| StackKey::new(&stack.name, &environment.name))
        });
        let folder = self.inner.root.create(&Stored {
            id,
            organization: checked.organization.clone(),
            project: checked.project.clone(),
            domain: checked.domain.clone(),
            template: checked.template.name.to_owned(),
            created_at: Utc::now(),
            stacks: stacks.collect(),
            files: checked
                .template
                .files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
            manifest,
        })?;
        self.inner.remember_root();
        self.inner.rows.changed(&Changes { folders: [folder.name()].into(), ..Changes::default() });
        let row = self.row(&folder);
        self.inner.tell_changed(&row.deployment_id);
        Ok(row)
    }

    /// An id that no folder under the root has.
    fn free_id(&self) -> Result<DeploymentId, EngineError> {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let folders = self.inner.root.folders()?;
        let mut random = rand::rng();
        loop {
            let tail: String =
                (0..6).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect();
            let id: DeploymentId = format!("D{tail}").parse()?;
            if !folders.iter().any(|folder| folder.name().starts_with(id.as_str())) {
                return Ok(id);
            }
        }
    }
}

fn preview_stacks(template: &DeploymentTemplate, checked: &Checked) -> Vec<PreviewStack> {
    let Ok(manifest) = skydeck_store::decode_manifest(&template.manifest(checked, "DAAAAAA")) else {
        return Vec::new();
    };
    let description = |path: &str| {
        let (_, text) = template.files.iter().find(|(file, _)| *file == path)?;
        skydeck_store::read_interface(path, text).ok().map(|interface| interface.description)
    };
    let stack = |stack: skydeck_model::Stack| PreviewStack {
        name: stack.name.to_string(),
        description: description(&stack.settings.template).unwrap_or_default(),
        enabled: stack.settings.enabled,
    };
    manifest.stacks.into_iter().map(stack).collect()
}

/// Checks every field, so that a form can show all that is wrong at once.
fn check(new: &NewDeployment) -> Result<Checked, Vec<FieldProblem>> {
    let mut form = Form::default();
    let organization = form.parse("organization", &new.organization);
    let project = form.parse("project", &new.project);
    let domain = form.domain(&new.domain);
    let id = match &new.id {
        Some(id) => form.parse("id", id).map(Some),
        None => Some(None),
    };
    let template = template::named(&new.template);
    if template.is_none() {
        let known: Vec<&str> = template::names().collect();
        form.report(
            "template",
            format!("there is no template '{}'; there is {}", new.template, known.join(", ")),
        );
    }
    let environments = form.environments(&new.environments);
    match (organization, project, domain, id, template) {
        (Some(organization), Some(project), Some(domain), Some(id), Some(template))
            if form.problems.is_empty() =>
        {
            Ok(Checked { organization, project, domain, environments, id, template })
        }
        _ => Err(form.problems),
    }
}

#[derive(Default)]
struct Form {
    problems: Vec<FieldProblem>,
}

impl Form {
    fn report(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FieldProblem { field: field.into(), message: message.into() });
    }

    fn parse<T: std::str::FromStr<Err = skydeck_model::InvalidId>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) if text.is_empty() => {
                self.report(field, format!("is missing; it must be {}", error.must_be));
                None
            }
            Err(error) => {
                self.report(field, format!("must be {}", error.must_be));
                None
            }
        }
    }

    /// A domain name: labels of letters, digits and hyphens (RFC 1123).
    fn domain(&mut self, text: &str) -> Option<String> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() <= 253 && text.contains('.') && text.split('.').all(label) {
            return Some(text.to_owned());
        }
        self.report("domain", "must be a domain name like example.com");
        None
    }

    fn environments(&mut self, environments: &[NewEnvironment]) -> Vec<Environment> {
        if environments.is_empty() {
            self.report("environments", "there must be at least one");
        }
        let mut checked: Vec<Environment> = Vec::new();
        for (index, new) in environments.iter().enumerate() {
            let field = |name: &str| format!("environments.{index}.{name}");
            let name = self.parse(&field("name"), &new.name);
            let region = self.parse(&field("region"), &new.region);
            let account: Option<skydeck_model::ids::AccountId> = self.parse(&field("account"), &new.account);
            if let Some(name) = &name
                && checked.iter().any(|other| other.name == *name)
            {
                self.report(field("name"), format!("'{name}' is there twice"));
            }
            if new.target == Target::Aws && account.as_ref().is_some_and(|account| !account.is_real()) {
                self.report(field("account"), "must be twelve digits for AWS");
            }
            if let (Some(name), Some(region), Some(account)) = (name, region, account) {
                let profile = new.profile.clone().filter(|profile| !profile.is_empty());
                checked.push(Environment { profile, ..Environment::at(name, new.target, region, account) });
            }
        }
        checked
    }
}

/// What is no mistake, but should be known.
fn remarks(new: &NewDeployment) -> Vec<String> {
    let short = new.environments.iter().filter(|environment| {
        environment.target == Target::Sandbox
            && !environment.account.is_empty()
            && environment.account.len() < 12
    });
    short
        .map(|environment| {
            format!(
                "account {} is not twelve digits: {} can only be deployed to the sandbox",
                environment.account, environment.name
            )
        })
        .collect()
}

/// The same on the command line. One command gives every environment the same target, region and profile, and
/// knows the names of three.
fn command(new: &NewDeployment) -> Option<String> {
    let shared =
        |one: &NewEnvironment| (one.target, one.region.clone(), one.profile.clone().unwrap_or_default());
    let first = new.environments.first()?;
    let sayable = |one: &NewEnvironment| {
        ["dev", "stage", "prod"].contains(&one.name.as_str()) && shared(one) == shared(first)
    };
    if !new.environments.iter().all(sayable) {
        return None;
    }
    let mut line = Line::new("cloud init");
    for (flag, value) in
        [("--org", &new.organization), ("--project", &new.project), ("--domain", &new.domain)]
    {
        line.option(flag, value);
    }
    for environment in &new.environments {
        line.option(&format!("--account-{}", environment.name), &environment.account);
    }
    line.option("--region", &first.region);
    line.option("--target", first.target.as_str());
    if let Some(profile) = first.profile.as_ref().filter(|profile| !profile.is_empty()) {
        line.option("--profile", profile);
    }
    line.finish()
}

/// A stack's status where the state file has none.
pub(crate) const NOT_RECORDED: Recorded<StackStatus> = Recorded::Known(StackStatus::NotDeployed);

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn new(environments: &[(&str, Target, &str)]) -> NewDeployment {
        NewDeployment {
            organization: "MyOrg".to_owned(),
            project: "my-app".to_owned(),
            domain: "myapp.com".to_owned(),
            template: "default".to_owned(),
            environments: environments
                .iter()
                .map(|(name, target, account)| NewEnvironment {
                    name: (*name).to_owned(),
                    target: *target,
                    region: "us-east-1".to_owned(),
                    account: (*account).to_owned(),
                    profile: None,
                })
                .collect(),
            id: None,
        }
    }

    #[test]
    fn every_wrong_field_is_told_at_once() {
        let mut input = new(&[("Dev", Target::Aws, "123456"), ("dev", Target::Sandbox, "")]);
        input.organization = "../up".to_owned();
        input.domain = "nodots".to_owned();
        input.template = "other".to_owned();
        input.id = Some("DX".to_owned());
        let problems = check(&input).err().unwrap();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "organization",
                "domain",
                "id",
                "template",
                "environments.0.name",
                "environments.0.account",
                "environments.1.account"
            ]
        );
    }

    #[test]
    fn a_short_account_is_good_for_the_sandbox_and_said_so() {
        let input = new(&[("dev", Target::Sandbox, "123456")]);
        assert!(check(&input).is_ok());
        assert!(remarks(&input)[0].contains("only be deployed to the sandbox"));
    }

    #[test]
    fn one_command_stands_only_for_what_it_can_say() {
        let same = new(&[("dev", Target::Aws, "123456789012"), ("prod", Target::Aws, "210987654321")]);
        assert_eq!(
            command(&same).unwrap(),
            "cloud init --org MyOrg --project my-app --domain myapp.com --account-dev 123456789012 \
             --account-prod 210987654321 --region us-east-1 --target aws"
        );
        let mixed = new(&[("dev", Target::Sandbox, "1"), ("prod", Target::Aws, "210987654321")]);
        assert_eq!(command(&mixed), None);
        assert_eq!(command(&new(&[("qa", Target::Sandbox, "1")])), None);
    }

    #[test]
    fn the_default_template_makes_a_valid_manifest_with_and_without_prod() {
        for environments in [
            vec![("dev", Target::Sandbox, "123456")],
            vec![("dev", Target::Sandbox, "123456"), ("prod", Target::Aws, "210987654321")],
        ] {
            let checked = check(&new(&environments)).ok().unwrap();
            let text = checked.template.manifest(&checked, "DX6604E");
            let manifest = skydeck_store::decode_manifest(&text).unwrap();
            assert_eq!(manifest.environments.len(), environments.len());
            assert!(manifest.stacks.len() >= 6);
            assert!(manifest.stacks.iter().any(|stack| stack.settings.enabled));
            assert!(manifest.stacks.iter().any(|stack| !stack.settings.enabled));
        }
    }
}
