//! What needs what, as the graph shows it.

use skydeck_model::EnvironmentName;

use crate::world::{ID, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_blocks_what_needs_it_and_nothing_else() {
    let world = World::new(&[
        ("network", &[], "{}"),
        ("database", &["network"], "{Fail: no luck}"),
        ("app", &["database"], "{}"),
        ("queue", &["network"], "{}"),
    ]);
    let dev: EnvironmentName = "dev".parse().unwrap();
    let seen = || {
        let stacks = world.engine.dependencies(ID, &dev).unwrap();
        stacks
            .into_iter()
            .map(|it| (it.stack, it.status.to_string(), it.needs.join(" "), it.blocked_by.join(" ")))
            .collect::<Vec<_>>()
    };
    let row = |stack: &str, status: &str, needs: &str, blocked_by: &str| {
        (stack.to_owned(), status.to_owned(), needs.to_owned(), blocked_by.to_owned())
    };
    assert_eq!(seen()[2], row("app", "not_deployed", "database", ""));
    world.deploy().await;
    assert_eq!(
        seen(),
        [
            row("network", "deployed", "", ""),
            row("database", "failed", "network", ""),
            row("app", "not_deployed", "database", "database"),
            row("queue", "deployed", "network", ""),
        ]
    );
}
