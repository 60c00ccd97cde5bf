//! `.deployment-metadata.yaml`: the deployment-level status (addendum, 'File Structure Reference').

use std::path::Path;

use chrono::{DateTime, Utc};
use skydeck_model::{DeploymentId, DeploymentStatus, Recorded, status};

use crate::atomic::timestamp;
use crate::document::Document;
use crate::error::StoreError;
use crate::root::NewDeployment;
use crate::yaml::{self, Value};

/// The file's name.
pub const METADATA_FILE: &str = ".deployment-metadata.yaml";

const REQUIRED: [&str; 4] = ["deployment_id", "organization", "project", "status"];

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
}

impl Metadata {
    /// The id, if it is one of this version.
    pub fn id(&self) -> Option<DeploymentId> {
        self.deployment_id.parse().ok()
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, StoreError> {
        let file = document(folder)?;
        let required = |key| file.required_text(&file.root, key, "");
        let optional = |key| file.optional_text(&file.root, key, "");
        Ok(Self {
            deployment_id: required("deployment_id")?,
            organization: required("organization")?,
            project: required("project")?,
            status: Recorded::from(required("status")?),
            created_at: optional("created_at")?,
            updated_at: optional("updated_at")?,
            domain: optional("domain")?,
            template: optional("template")?,
        })
    }
}

fn document(folder: &Path) -> Result<Document, StoreError> {
    Document::read(&folder.join(METADATA_FILE), &REQUIRED)
}

/// The text of a new deployment's file.
pub(crate) fn fresh(new: &NewDeployment) -> String {
    let created_at = timestamp(new.created_at);
    yaml::write(&Value::map([
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

/// The text of the file with another status. Nothing is written.
pub(crate) fn with_status(
    folder: &Path,
    status: DeploymentStatus,
    at: DateTime<Utc>,
) -> Result<String, StoreError> {
    Metadata::read(folder)?;
    let edited = document(folder)?.edited(&[
        (vec!["status"], Value::text(status.as_str())),
        (vec!["updated_at"], Value::text(timestamp(at))),
    ])?;
    Ok(edited.text)
}
