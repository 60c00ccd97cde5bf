//! The sandbox on a socket, for clients of other programs.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Sandbox;

/// Far more than the largest template needs.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// How long nobody is let in where no more files may be open, unless a connection ends before.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn serve(sandbox: Sandbox, listener: TcpListener) -> std::io::Result<()> {
    // Dropped with this future, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            // No more files may be open, or the client is gone already: that passes as long as there is a listener.
            Err(problem) => {
                listener.local_addr()?;
                tracing::warn!(%problem, "the sandbox cannot take a connection");
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    Some(_) = connections.join_next() => {}
                }
                continue;
            }
        };
        let sandbox = sandbox.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(sandbox.clone(), request));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
            if let Err(problem) = connection.await {
                tracing::debug!(%problem, "a connection to the sandbox ended badly");
            }
        });
    }
}

async fn answer(
    sandbox: Sandbox,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Full<Bytes>>, std::convert::Infallible> {
    let (head, body) = request.into_parts();
    let response = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => sandbox.handle(http::Request::from_parts(head, body.to_bytes())).await,
        Err(_) => {
            let mut response = http::Response::new(Bytes::new());
            *response.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
            response
        }
    };
    Ok(response.map(Full::new))
}
