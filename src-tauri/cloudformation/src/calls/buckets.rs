//! The one question to S3: a bucket that holds objects keeps CloudFormation from deleting its stack.

use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::Service;

impl Connection {
    /// Whether a bucket holds objects; `None`: that cannot be told, for who may delete a stack may not always list a
    /// bucket.
    pub async fn holds_objects(&self, bucket: &str) -> Option<bool> {
        let list = self.ask(Service::S3, "ListObjectsV2", Kind::Question, |clients| {
            clients.s3.list_objects_v2().bucket(bucket).max_keys(1).send()
        });
        Some(list.await.ok()?.key_count.unwrap_or_default() > 0)
    }
}
