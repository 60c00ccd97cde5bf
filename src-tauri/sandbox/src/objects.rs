//! Objects of S3 on disk: `<dir>/<account>/.objects/<bucket>/<hash of the key>`, each file an object's bytes.
//!
//! Buckets are not made: each one is there, save those whose name begins with `missing-`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use skydeck_files::{Folder, How, fits, read_all};

use crate::error::Error;
use crate::ids;
use crate::store::storage;

/// No object that is read is larger (bytes), nor kept: far more than the largest template.
const MAX_SIZE: u64 = 16 << 20;

const FOLDER: &str = ".objects";

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    /// Empty: the bucket itself.
    pub(crate) key: String,
}

impl Location {
    /// From a host and a path, as both ways of writing an object's address have them:
    /// `bucket.s3.region.amazonaws.com/key` and `host/bucket/key`.
    pub(crate) fn of(host: &str, path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let (bucket, key) = match bucket_in(host) {
            Some(bucket) => (bucket, path.as_ref()),
            None => path.split_once('/').unwrap_or((&path, "")),
        };
        is_bucket(bucket).then(|| Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// The bucket in `bucket.s3.region.amazonaws.com`, `bucket.s3-region.amazonaws.com` or `bucket.localhost`.
fn bucket_in(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let aws = name.rfind(".s3.").or_else(|| name.rfind(".s3-"));
    aws.map(|end| &name[..end]).or_else(|| name.strip_suffix(".localhost"))
}

/// S3's rule for names; it becomes a folder's.
fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
}

/// Why an object cannot be had, in S3's codes and words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    #[error("The specified bucket does not exist")]
    NoSuchBucket,
    #[error("The specified key does not exist.")]
    NoSuchKey,
    #[error(transparent)]
    Storage(Error),
}

/// The objects of one account.
pub(crate) struct Objects {
    dir: PathBuf,
    account: String,
}

impl Objects {
    pub(crate) fn new(dir: &Path, account: &str) -> Self {
        Self { dir: dir.to_owned(), account: account.to_owned() }
    }

    /// Whose they are.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn check_bucket(location: &Location) -> Result<(), ObjectError> {
        match location.bucket.starts_with("missing-") {
            true => Err(ObjectError::NoSuchBucket),
            false => Ok(()),
        }
    }

    pub(crate) fn get(&self, location: &Location) -> Result<Vec<u8>, ObjectError> {
        Self::check_bucket(location)?;
        let file = self.bucket(location).and_then(|bucket| bucket.file(name(location), How::Read));
        file.and_then(|file| read_all(&file, MAX_SIZE)).map_err(|source| match source.kind() {
            ErrorKind::NotFound => ObjectError::NoSuchKey,
            _ => self.fault(location, source),
        })
    }

    pub(crate) fn put(&self, location: &Location, content: &[u8]) -> Result<(), ObjectError> {
        Self::check_bucket(location)?;
        let put = || {
            fits(content.len() as u64, MAX_SIZE)?;
            let account = Folder::make(&self.dir)?.make_folder(&self.account)?;
            account.make_folder(FOLDER)?.make_folder(&location.bucket)?.replace(name(location), content)
        };
        put().map_err(|source| self.fault(location, source))
    }

    /// Deleting what is not there succeeds.
    pub(crate) fn delete(&self, location: &Location) -> Result<(), ObjectError> {
        Self::check_bucket(location)?;
        match self.bucket(location).and_then(|bucket| bucket.remove(name(location))) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(self.fault(location, source)),
            _ => Ok(()),
        }
    }

    fn bucket(&self, location: &Location) -> io::Result<Folder> {
        Folder::open(&self.dir)?.folder(&self.account)?.folder(FOLDER)?.folder(&location.bucket)
    }

    fn fault(&self, location: &Location, source: io::Error) -> ObjectError {
        let bucket = self.dir.join(&self.account).join(FOLDER).join(&location.bucket);
        ObjectError::Storage(storage(&bucket.join(name(location)), source))
    }
}

/// The name of an object's file.
fn name(location: &Location) -> String {
    format!("{:032x}", ids::number(&location.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_both_styles() {
        for (host, path, expected) in [
            ("127.0.0.1:4599", "/templates/a/b.yaml", Some(("templates", "a/b.yaml"))),
            ("localhost:4599", "/templates/a", Some(("templates", "a"))),
            ("templates.localhost:4599", "/a/b.yaml", Some(("templates", "a/b.yaml"))),
            ("templates.s3.eu-central-1.amazonaws.com", "/a", Some(("templates", "a"))),
            ("my.templates.s3-eu-west-1.amazonaws.com", "/a", Some(("my.templates", "a"))),
            ("s3.amazonaws.com", "/templates/a%20b%2B", Some(("templates", "a b+"))),
            ("s3.eu-central-1.amazonaws.com", "/templates", Some(("templates", ""))),
            ("127.0.0.1", "/../etc", None),
            ("127.0.0.1", "/Upper/a", None),
            ("127.0.0.1", "/", None),
        ] {
            let expected = expected.map(|(bucket, key)| Location { bucket: bucket.into(), key: key.into() });
            assert_eq!(Location::of(host, path), expected, "{host}{path}");
        }
    }
}
