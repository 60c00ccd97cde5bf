//! As much of S3 as it takes to put a template where CloudFormation can read it: single objects, no
//! listings, versions or permissions. What is not there is refused by name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::ids;
use crate::objects::{Location, ObjectError, Objects};
use crate::protocol::{Node, Service};
use crate::record::Place;

/// Parts of an address that change nothing: the name of the operation, which some SDKs add.
const HARMLESS: &str = "x-id";

/// Headers of requests that mean something else than an object's bytes.
const UNSUPPORTED: &[&str] = &["x-amz-copy-source", "if-match", "if-none-match", "range"];

/// A failure as S3 writes it: status, code, text.
struct Refusal(u16, &'static str, String);

impl From<ObjectError> for Refusal {
    fn from(error: ObjectError) -> Self {
        let text = error.to_string();
        match error {
            ObjectError::NoSuchBucket => Self(404, "NoSuchBucket", text),
            ObjectError::NoSuchKey => Self(404, "NoSuchKey", text),
            ObjectError::Storage(_) => Self(500, "InternalError", text),
        }
    }
}

/// Answers one request of the REST protocol.
pub(crate) fn answer(objects: &Objects, place: &Place, request: &Request<Bytes>) -> Response<Bytes> {
    let mut response = run(objects, place, request).unwrap_or_else(|Refusal(status, code, text)| {
        let error = Node::new("Error").text("Code", code).text("Message", text);
        xml(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error)
    });
    if let Ok(id) = HeaderValue::from_str(&ids::uuid()) {
        response.headers_mut().insert("x-amz-request-id", id);
    }
    if request.method() == Method::HEAD {
        // The headers of the answer to a GET, and none of its body.
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
        *response.body_mut() = Bytes::new();
    }
    response
}

fn run(objects: &Objects, place: &Place, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(request.uri().host()).unwrap_or_default();
    let invalid = || Refusal(400, "InvalidBucketName", "The specified bucket is not valid.".to_owned());
    let location = Location::of(host, request.uri().path()).ok_or_else(invalid)?;
    Objects::check_bucket(&location)?;
    let query = request.uri().query().unwrap_or_default();
    let asked: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .filter(|name| name != HARMLESS)
        .collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    for header in UNSUPPORTED {
        if request.headers().contains_key(*header) {
            return Err(unsupported(format!("The header {header}")));
        }
    }
    if request.headers().get("x-amz-expected-bucket-owner").is_some_and(|owner| owner != objects.account()) {
        return Err(Refusal(403, "AccessDenied", "Access Denied".to_owned()));
    }
    let is_object = !location.key.is_empty();
    match (request.method(), is_object, asked.as_slice()) {
        (&Method::PUT, true, []) => {
            let content = body(request)?;
            if request.headers().get(CHECKSUM).is_some_and(|it| it != checksum(content).as_str()) {
                let text = "The SHA256 you specified did not match the calculated checksum.";
                return Err(Refusal(400, "BadDigest", text.to_owned()));
            }
            objects.put(&location, content)?;
            Ok(tagged(content, Bytes::new()))
        }
        (&Method::GET | &Method::HEAD, true, []) => {
            let content = Bytes::from(objects.get(&location)?);
            let mut response = tagged(&content, content.clone());
            if request.headers().contains_key("x-amz-checksum-mode")
                && let Ok(checksum) = HeaderValue::from_str(&checksum(&content))
            {
                response.headers_mut().insert(CHECKSUM, checksum);
            }
            Ok(response)
        }
        (&Method::DELETE, true, []) => {
            objects.delete(&location)?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        (&Method::HEAD, false, []) => {
            let mut response = empty(StatusCode::OK);
            if let Ok(region) = HeaderValue::from_str(&place.region) {
                response.headers_mut().insert("x-amz-bucket-region", region);
            }
            Ok(response)
        }
        (&Method::GET, false, ["location"]) => {
            // The first region has no name here.
            let region = if place.region == "us-east-1" { "" } else { &place.region };
            Ok(xml(StatusCode::OK, Node::leaf("LocationConstraint", region)))
        }
        (method, ..) => {
            let of = if is_object { "an object" } else { "a bucket" };
            Err(unsupported(format!("{method} of {of} {query}")))
        }
    }
}

/// The header with the SHA-256 of an object.
const CHECKSUM: &str = "x-amz-checksum-sha256";

fn checksum(content: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(content))
}

/// The bytes to put.
fn body(request: &Request<Bytes>) -> Result<&[u8], Refusal> {
    let content_hash = request.headers().get("x-amz-content-sha256");
    let in_pieces = content_hash.is_some_and(|hash| hash.as_bytes().starts_with(b"STREAMING-"));
    if in_pieces {
        return Err(unsupported("A body in signed chunks".to_owned()));
    }
    Ok(request.body())
}

fn unsupported(what: String) -> Refusal {
    Refusal(501, "NotImplemented", Error::unsupported(what.trim_end(), "S3").to_string())
}

fn tagged(content: &[u8], body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    let tag = format!("\"{:032x}\"", ids::number(content));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn xml(status: StatusCode, root: Node) -> Response<Bytes> {
    let mut response = Response::new(root.to_xml(Service::S3.namespace()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}
