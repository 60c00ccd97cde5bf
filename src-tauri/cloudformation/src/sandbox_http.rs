//! The seam: an HTTP client for the SDK that hands each request to the sandbox instead of a socket. The
//! SDK's own serialization, signing, retries and error mapping stay in play.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use skydeck_sandbox::Sandbox;

/// An HTTP client whose other end is the sandbox.
#[derive(Clone)]
pub(crate) struct SandboxHttp(pub(crate) Sandbox);

impl std::fmt::Debug for SandboxHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SandboxHttp")
    }
}

impl HttpClient for SandboxHttp {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for SandboxHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sandbox = self.0.clone();
        HttpConnectorFuture::new(async move {
            answer(&sandbox, request).await.map_err(|error| ConnectorError::other(error, None))
        })
    }
}

async fn answer(sandbox: &Sandbox, request: HttpRequest) -> Result<HttpResponse, BoxError> {
    let (parts, body) = request.try_into_http1x()?.into_parts();
    let body = body.bytes().map(Bytes::copy_from_slice).ok_or("the request's body is a stream")?;
    let response = sandbox.handle(http::Request::from_parts(parts, body)).await;
    Ok(HttpResponse::try_from(response.map(SdkBody::from))?)
}
