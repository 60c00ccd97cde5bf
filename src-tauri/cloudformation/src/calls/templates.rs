//! Templates that are too large for a call go through the environment's S3 bucket. The key is the template's hash, so
//! that the same text is put there once. The bucket is not trusted: it has to belong to the expected account, and what stands
//! there already is taken only if S3 knows it by the same checksum. Encryption and who may read it are the bucket's own.

use std::fmt::Write;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::{self, BODY_LIMIT, CloudError, Service, URL_LIMIT};
use crate::spec::StackSpec;

/// Where a template is put.
struct Object<'b> {
    bucket: &'b str,
    key: String,
    /// The SHA-256 of the text, as S3 writes it.
    checksum: String,
}

/// How CloudFormation gets a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateSource {
    /// Within the call.
    Body(String),
    /// From S3.
    Url(String),
}

impl TemplateSource {
    pub(crate) fn body(&self) -> Option<String> {
        match self {
            Self::Body(text) => Some(text.clone()),
            Self::Url(_) => None,
        }
    }

    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Url(url) => Some(url.clone()),
            Self::Body(_) => None,
        }
    }
}

impl Connection {
    /// Sees to it that CloudFormation can get the template of a stack. Bytes count, not characters.
    pub(crate) async fn template_of(&self, spec: &StackSpec) -> Result<TemplateSource, CloudError> {
        let bytes = spec.template.len();
        if bytes <= BODY_LIMIT {
            return Ok(TemplateSource::Body(spec.template.to_string()));
        }
        if bytes > URL_LIMIT {
            return Err(CloudError::TemplateTooLarge { bytes, limit: URL_LIMIT });
        }
        let Some(bucket) = &self.inner.environment.template_bucket else {
            return Err(CloudError::TemplateTooLarge { bytes, limit: BODY_LIMIT });
        };
        let object = Object { bucket, key: key_of(&spec.template), checksum: checksum_of(&spec.template) };
        if !self.is_there(&object).await? {
            self.put(&object, &spec.template).await?;
        }
        self.url_of(bucket, &object.key).await.map(TemplateSource::Url)
    }

    /// The account that the template bucket has to belong to: a bucket of the same name may be anybody's.
    fn bucket_owner(&self) -> String {
        match &self.inner.environment.template_bucket_owner {
            Some(owner) => owner.to_string(),
            None => self.clients().identity().account,
        }
    }

    /// Whether that very text is in the bucket, as far as one may know: who may not list a bucket is not told. S3 compares
    /// the checksum when an object is put, so that none with another text has it; that the key fits says nothing.
    async fn is_there(&self, Object { bucket, key, checksum }: &Object<'_>) -> Result<bool, CloudError> {
        let owner = self.bucket_owner();
        let head = self.ask(Service::S3, "HeadObject", Kind::Question, |clients| {
            let head = clients.s3.head_object().bucket(*bucket).key(key).expected_bucket_owner(&owner);
            let head = head.checksum_mode(ChecksumMode::Enabled).send();
            async {
                match head.await {
                    Err(error)
                        if matches!(
                            error.raw_response().map(|raw| raw.status().as_u16()),
                            Some(403 | 404)
                        ) =>
                    {
                        Ok(None)
                    }
                    answer => answer.map(|found| found.checksum_sha256),
                }
            }
        });
        Ok(head.await?.as_ref() == Some(checksum))
    }

    async fn put(&self, object: &Object<'_>, text: &str) -> Result<(), CloudError> {
        let Object { bucket, key, checksum } = object;
        let owner = self.bucket_owner();
        let put = self.ask(Service::S3, "PutObject", Kind::Change, |clients| {
            let body = ByteStream::from(text.as_bytes().to_vec());
            let put = clients.s3.put_object().bucket(*bucket).key(key).expected_bucket_owner(&owner);
            put.checksum_algorithm(ChecksumAlgorithm::Sha256).checksum_sha256(checksum).body(body).send()
        });
        match put.await {
            Ok(_) => Ok(()),
            Err(CloudError::Rejected(reason)) => Err(CloudError::Rejected(format!(
                "the template cannot be put into the bucket '{bucket}' ({reason}); mend 'template_bucket' of the \
                 environment in the manifest"
            ))),
            // S3 says no more than that to whoever expects another owner.
            Err(CloudError::Denied { message, .. }) => Err(CloudError::Rejected(format!(
                "the template cannot be put into the bucket '{bucket}', which has to belong to account {owner} \
                 ({message}); allow s3:PutObject on it, or name the bucket's account as 'template_bucket_owner' of the \
                 environment in the manifest"
            ))),
            Err(error) => Err(error),
        }
    }

    /// Where the SDK itself finds the object: it knows the partitions, and the endpoints of one's own.
    async fn url_of(&self, bucket: &str, key: &str) -> Result<String, CloudError> {
        let config = PresigningConfig::expires_in(std::time::Duration::from_secs(60));
        let config = config.map_err(|error| CloudError::Rejected(error.to_string()))?;
        let clients = self.clients();
        let request = clients.s3.get_object().bucket(bucket).key(key).presigned(config).await;
        let request = request.map_err(|error| error::map(Service::S3, &error))?;
        let url = request.uri().split('?').next().unwrap_or_default();
        Ok(url.to_owned())
    }
}

fn checksum_of(template: &str) -> String {
    STANDARD.encode(Sha256::digest(template))
}

fn key_of(template: &str) -> String {
    let mut key = "skydeck/".to_owned();
    for byte in Sha256::digest(template) {
        // Writing to a string does not fail.
        let _ = write!(key, "{byte:02x}");
    }
    key + ".template"
}
