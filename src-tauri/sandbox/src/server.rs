//! The sandbox on a socket, for clients of other programs.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Sandbox;
use crate::error::Error;
use crate::protocol::{self, Service};

/// Far more than the largest template needs.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// How long nobody is let in where no more files may be open, unless a connection ends before.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn serve(sandbox: Sandbox, listener: TcpListener) -> std::io::Result<()> {
    let own = listener.local_addr()?;
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
            let service = service_fn(move |request| answer(sandbox.clone(), own, request));
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
    own: SocketAddr,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Full<Bytes>>, std::convert::Infallible> {
    let (head, body) = request.into_parts();
    if let Err(host) = check_host(&head, own) {
        let refusal = protocol::respond(Service::CloudFormation, "", Err(Error::NotThisHost(host)));
        return Ok(refusal.map(Full::new));
    }
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

/// That a request is meant for this server, or the host that it is meant for. A page of another site can have its own name lead to
/// the loopback address, and then ask here what a browser would not let it ask (DNS rebinding); it cannot have the browser name
/// another host than its own. Buckets may stand before `localhost`, as S3's addresses have them.
fn check_host(head: &http::request::Parts, own: SocketAddr) -> Result<(), String> {
    let named = head.headers.get_all(http::header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let named: Vec<&str> = named.chain(head.uri.authority().map(|it| it.as_str())).collect();
    match named.iter().find(|host| !is_own(host, own)) {
        Some(other) => Err((*other).to_owned()),
        None if named.is_empty() => Err("named".to_owned()),
        None => Ok(()),
    }
}

fn is_own(host: &str, own: SocketAddr) -> bool {
    let host = host.to_ascii_lowercase();
    let name = match host.strip_suffix(&format!(":{}", own.port())) {
        Some(name) => name,
        // The port that HTTP leaves out.
        None if own.port() == 80 => &host,
        None => return false,
    };
    let is_local = name == "localhost" || name.ends_with(".localhost");
    own.ip().is_loopback() && is_local || name.trim_matches(['[', ']']).parse() == Ok(own.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_address_is_its_own() {
        let [four, six, other, http] =
            [([127, 0, 0, 1], 4599), ([0, 0, 0, 0], 0), ([192, 168, 1, 2], 4599), ([127, 0, 0, 1], 80)]
                .map(SocketAddr::from);
        let six = SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), six.port() + 4599);
        for (host, address, own) in [
            ("127.0.0.1:4599", four, true),
            ("localhost:4599", four, true),
            ("LocalHost:4599", four, true),
            ("templates.localhost:4599", four, true),
            ("my.templates.localhost:4599", four, true),
            ("[::1]:4599", six, true),
            ("localhost:4599", six, true),
            ("192.168.1.2:4599", other, true),
            ("localhost", http, true),
            ("localhost:4599", other, false),
            ("localhost", four, false),
            ("localhost:80", four, false),
            ("127.0.0.1", four, false),
            ("127.0.0.2:4599", four, false),
            ("[::1]:4599", four, false),
            ("evil.example:4599", four, false),
            ("127.0.0.1.evil.example:4599", four, false),
            ("localhost.evil.example:4599", four, false),
            ("notlocalhost:4599", four, false),
            ("localhost.:4599", four, false),
            ("templates.s3.eu-central-1.amazonaws.com:4599", four, false),
            ("evil.example@localhost:4599", four, false),
            ("", four, false),
            (":4599", four, false),
        ] {
            assert_eq!(is_own(host, address), own, "{host}");
        }
    }
}
