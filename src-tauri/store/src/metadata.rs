//! `.deployment-metadata.yaml`: the deployment-level status (`docs/reference/files.md`).

use std::path::Path;

use chrono::{DateTime, Utc};
use skydeck_model::{DeploymentId, DeploymentStatus, Recorded, status};
use skydeck_yaml::Value;

use crate::atomic::timestamp;
use crate::document::{Document, newer};
use crate::error::StoreError;
use crate::kept::{Key, Stack, StatusFile, Values};
use crate::root::NewDeployment;

/// The file's name.
pub const METADATA_FILE: &str = ".deployment-metadata.yaml";

/// What the metadata file says. Names stand as they are: other versions may use ones that this one refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The id's text.
    pub deployment_id: String,
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The deployment-level status.
    pub status: Recorded<DeploymentStatus>,
    /// When it was made, as the file has it.
    pub created_at: Option<String>,
    /// When the status was last written, as the file has it.
    pub updated_at: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// The deployment template that it was made from.
    pub template: Option<String>,
    /// The version that the file says it has, where that is newer than this program knows: it is only to be looked at.
    pub newer: Option<String>,
}

impl Metadata {
    /// The id, if it is one of this version.
    pub fn id(&self) -> Option<DeploymentId> {
        self.deployment_id.parse().ok()
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, StoreError> {
        decode(&Document::read(&folder.join(METADATA_FILE), MetadataFile::REQUIRED)?)
    }
}

fn decode(file: &Document) -> Result<Metadata, StoreError> {
    let required = |key| file.required_text(&file.root, key, "");
    let optional = |key| file.optional_text(&file.root, key, "");
    Ok(Metadata {
        deployment_id: required("deployment_id")?,
        organization: required("organization")?,
        project: required("project")?,
        status: Recorded::from(required("status")?),
        created_at: optional("created_at")?,
        updated_at: optional("updated_at")?,
        domain: optional("domain")?,
        template: optional("template")?,
        newer: newer(&file.root),
    })
}

/// The file, known to be right in all that is read of it.
#[derive(Debug)]
pub(crate) struct MetadataFile(Document);

impl MetadataFile {
    /// What it says.
    pub fn metadata(&self) -> Result<Metadata, StoreError> {
        decode(&self.0)
    }

    /// The file with another status. Nothing is written.
    pub fn with_status(&self, status: DeploymentStatus, at: DateTime<Utc>) -> Result<Self, StoreError> {
        self.edited(Value::text(status.as_str()), &timestamp(at))
    }

    fn edited(&self, status: Value, updated_at: &str) -> Result<Self, StoreError> {
        let edits = [(vec![STATUS.field], status), (vec!["updated_at"], Value::text(updated_at))];
        Ok(Self(self.0.edited(&edits)?))
    }
}

const STATUS: Key = Key { stack: None, field: "status" };

impl StatusFile for MetadataFile {
    const REQUIRED: &[&str] = &["deployment_id", "organization", "project", "status"];

    fn of(document: Document) -> Result<Self, StoreError> {
        decode(&document)?;
        Ok(Self(document))
    }

    fn document(&self) -> &Document {
        &self.0
    }

    fn values(&self, _: Option<&[Stack]>) -> Result<Values, StoreError> {
        Ok(Values::from([(STATUS, Value::text(self.metadata()?.status.to_string()))]))
    }

    fn with_values(&self, values: &Values, ours: &Self) -> Result<Self, StoreError> {
        let status = values.get(&STATUS).cloned().unwrap_or(Value::Null);
        self.edited(status, &ours.metadata()?.updated_at.unwrap_or_default())
    }
}

/// The text of a new deployment's file.
pub(crate) fn fresh(new: &NewDeployment) -> String {
    let created_at = timestamp(new.created_at);
    skydeck_yaml::write(&Value::map([
        ("created_at", Value::text(&created_at)),
        ("deployment_id", Value::text(new.id.as_str())),
        ("domain", Value::text(&new.domain)),
        ("organization", Value::text(new.organization.as_str())),
        ("project", Value::text(new.project.as_str())),
        ("status", Value::text(status::AFTER_INIT.as_str())),
        ("template", Value::text(&new.template)),
        ("updated_at", Value::text(&created_at)),
    ]))
}
