//! Serves a sandbox on a loopback port, for trying it with any CloudFormation client:
//! `cargo run -p skydeck-sandbox --example serve -- FOLDER PORT`.

#![expect(clippy::disallowed_macros, reason = "it prints its own address")]

use skydeck_sandbox::{Sandbox, speed_from_env};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("name the folder for the stacks")?;
    let port: u16 = arguments.next().as_deref().unwrap_or("4566").parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    Sandbox::open(dir, speed_from_env()?).serve(listener).await?;
    Ok(())
}
