//! S3 as far as CloudFormation needs it: objects, and templates that are read from them.

use bytes::Bytes;
use http::{Method, Response};

use super::Cloud;

const TEMPLATE: &str = "Resources: {Q: {Type: AWS::SQS::Queue}}";

impl Cloud {
    /// One call to S3 as account 123456789012; an object's address is a host and a path.
    async fn s3(&self, method: Method, host: &str, path: &str, body: &str) -> Response<Bytes> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", host)
            .header("authorization", "Credential=123456789012/20251030/eu-central-1/s3/aws4_request, x")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        self.sandbox.handle(request).await
    }

    pub(super) async fn put(&self, path: &str, body: &str) {
        let answer = self.s3(Method::PUT, "localhost", path, body).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }
}

#[tokio::test]
async fn an_object_is_put_read_and_deleted_by_either_address() {
    let cloud = Cloud::new();
    let (host, path) = ("templates.s3.eu-central-1.amazonaws.com", "/app/queue.yaml?x-id=PutObject");
    let put = cloud.s3(Method::PUT, host, path, TEMPLATE).await;
    assert_eq!(put.status(), 200);
    let path = "/templates/app/queue.yaml";
    let got = cloud.s3(Method::GET, "127.0.0.1:4599", path, "").await;
    assert_eq!((got.status().as_u16(), got.body().as_ref()), (200, TEMPLATE.as_bytes()));
    assert_eq!(got.headers()["etag"], put.headers()["etag"]);
    let head = cloud.s3(Method::HEAD, "127.0.0.1:4599", path, "").await;
    assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
    assert_eq!(head.headers()["content-length"], TEMPLATE.len().to_string().as_str());
    assert_eq!(cloud.s3(Method::DELETE, "localhost", path, "").await.status(), 204);
    let gone = cloud.s3(Method::GET, "localhost", path, "").await;
    assert_eq!(gone.status(), 404);
    assert!(String::from_utf8_lossy(gone.body()).contains("<Code>NoSuchKey</Code>"));
}

#[tokio::test]
async fn buckets_are_there_save_the_missing_ones() {
    let cloud = Cloud::new();
    let head = cloud.s3(Method::HEAD, "localhost", "/templates", "").await;
    assert_eq!(
        (head.status().as_u16(), head.headers()["x-amz-bucket-region"].as_bytes()),
        (200, &b"eu-central-1"[..])
    );
    let place = cloud.s3(Method::GET, "localhost", "/templates/?location", "").await;
    assert!(String::from_utf8_lossy(place.body()).contains(">eu-central-1</LocationConstraint>"));
    for (method, path) in [(Method::HEAD, "/missing-templates"), (Method::PUT, "/missing-templates/a")] {
        let answer = cloud.s3(method, "localhost", path, "x").await;
        assert_eq!(answer.status(), 404, "{path}");
    }
    let put = cloud.s3(Method::PUT, "localhost", "/missing-templates/a", "x").await;
    assert!(String::from_utf8_lossy(put.body()).contains("<Code>NoSuchBucket</Code>"));
}

#[tokio::test]
async fn what_it_does_not_have_of_s3_is_refused_by_name() {
    let cloud = Cloud::new();
    for (method, path, named) in [
        (Method::GET, "/templates?list-type=2", "GET of a bucket list-type=2"),
        (Method::PUT, "/templates", "PUT of a bucket"),
        (Method::GET, "/templates/a?versionId=1", "GET of an object versionId=1"),
        (Method::POST, "/templates/a?uploads", "POST of an object uploads"),
    ] {
        let answer = cloud.s3(method, "localhost", path, "").await;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.status(), 501, "{text}");
        assert!(text.contains(&format!("{named} at S3 is not supported by the sandbox")), "{text}");
    }
    for path in ["/../etc/passwd", "/Up/a", "/", "/%2e%2e/a"] {
        assert_eq!(cloud.s3(Method::PUT, "localhost", path, "x").await.status(), 400, "{path}");
    }
}

#[tokio::test]
async fn a_template_is_taken_from_its_address() {
    let cloud = Cloud::new();
    cloud.put("/templates/queue.yaml", TEMPLATE).await;
    let url = ("TemplateURL", "https://templates.s3.eu-central-1.amazonaws.com/queue.yaml");
    cloud.ok("ValidateTemplate", &[url]).await;
    let summary = cloud.ok("GetTemplateSummary", &[url]).await;
    assert!(summary.xml.contains("AWS::SQS::Queue"));
    cloud.ok("CreateStack", &[("StackName", "s"), url]).await;
    cloud.settle();
    // It is read once: what becomes of the object is the object's own affair.
    cloud.put("/templates/queue.yaml", &TEMPLATE.replace("}}", "}, T: {Type: AWS::SNS::Topic}}")).await;
    assert_eq!(cloud.ok("GetTemplate", &[("StackName", "s")]).await.one("TemplateBody"), TEMPLATE);
    let set = [("StackName", "s"), ("ChangeSetName", "c"), url];
    cloud.ok("CreateChangeSet", &set).await;
    cloud.settle();
    let changes = cloud.ok("DescribeChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).await;
    assert_eq!(changes.all("Action"), ["Add"]);
    cloud.ok("UpdateStack", &[("StackName", "s"), url]).await;
}

#[tokio::test]
async fn an_address_without_a_usable_template_is_refused_in_cloudformation_s_words() {
    let cloud = Cloud::new();
    let padded = |bytes: usize| format!("{TEMPLATE}\n#{}", "x".repeat(bytes - TEMPLATE.len() - 2));
    cloud.put("/templates/largest.yaml", &padded(1_000_000)).await;
    cloud.put("/templates/larger.yaml", &padded(1_000_001)).await;
    cloud.ok("ValidateTemplate", &[("TemplateURL", "https://s3.amazonaws.com/templates/largest.yaml")]).await;
    for (url, text) in [
        ("https://s3.amazonaws.com/templates/larger.yaml", "Template may not exceed 1000000 bytes in size."),
        ("https://s3.amazonaws.com/templates/none.yaml", "S3 error: The specified key does not exist."),
        ("https://s3.amazonaws.com/missing-bucket/t.yaml", "S3 error: The specified bucket does not exist"),
        ("s3://templates/largest.yaml", "TemplateURL must be a supported URL."),
        ("https://s3.amazonaws.com/templates", "TemplateURL must be a supported URL."),
        ("nonsense", "TemplateURL must be a supported URL."),
    ] {
        let problem = cloud.refused("ValidateTemplate", &[("TemplateURL", url)]).await;
        assert!(problem.starts_with(&format!("ValidationError: {text}")), "{url}: {problem}");
    }
    let both = [("TemplateURL", "https://s3.amazonaws.com/b/t"), ("TemplateBody", TEMPLATE)];
    let problem = cloud.refused("ValidateTemplate", &both).await;
    assert!(problem.contains("cannot be specified together"), "{problem}");
}

#[tokio::test]
async fn each_account_has_objects_of_its_own() {
    let cloud = Cloud::new();
    cloud.put("/templates/queue.yaml", TEMPLATE).await;
    let url = [("TemplateURL", "https://s3.amazonaws.com/templates/queue.yaml")];
    let answer = cloud.call_as("210987654321", "eu-central-1", "ValidateTemplate", &url).await;
    assert!(answer.one("Message").contains("The specified key does not exist"), "{}", answer.xml);
}
