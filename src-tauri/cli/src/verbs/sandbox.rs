//! `cloud sandbox serve`

use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::args::{Common, SandboxArgs, SandboxVerb};
use crate::exit::Failure;
use crate::say::{print, say};

pub async fn run(common: &Common, args: &SandboxArgs) -> Result<ExitCode, Failure> {
    let SandboxVerb::Serve { port } = args.verb;
    let engine = common.engine()?;
    // It keeps its stacks there.
    engine.refuse_gone_root()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        Failure::Refused(format!(
            "cannot listen on 127.0.0.1:{port}: {error}; choose another port with --port"
        ))
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    print(format!("{url}\n"))?;
    say("The sandbox answers CloudFormation, STS and S3 there, for example:");
    say(&format!("  AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=123456789012 \\"));
    say("  AWS_SECRET_ACCESS_KEY=any aws cloudformation list-stacks");
    say("A key id of twelve digits is taken for the account. Ctrl-C ends it.");
    tokio::select! {
        result = engine.serve_sandbox(listener) => result?,
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(ExitCode::SUCCESS)
}
