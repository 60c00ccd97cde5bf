//! A folder that others wrote: nothing is called for it before somebody was asked, and nothing is taken over by itself.

use skydeck_tests::driven::App;
use skydeck_tests::hostile::{Hostile, SECRET};
use skydeck_tests::server::wait_for;

#[tokio::test]
async fn a_folder_that_others_wrote_calls_nothing_until_it_is_trusted_and_taken_over_by_clicking() {
    let hostile = Hostile::folder();
    let home = &hostile.home;
    let app = App::open(home).await;
    app.sees_in("deployment-DX6604E", "Unknown").await;
    app.open_deployment("DX6604E").await;
    app.sees("a deploy was interrupted on build-7").await;
    app.sees("AWS is not called for this folder until you trust it").await;
    app.picture("hostile-folder").await;
    app.press("events in dev: Destroying").await;
    app.press("Resources").await;
    app.sees("Trust DX6604E with account 123456789012?").await;
    app.sees("Profile work").await;
    app.picture("trust").await;
    app.press("Not now").await;
    app.sees("this folder names account 123456789012 with profile 'work'").await;
    app.press("Close panel").await;
    assert_eq!(hostile.actions(), [""; 0]);
    assert!(!hostile.ran_the_program());

    // Who one is there is part of what taking over means: that is asked only of an account that is trusted.
    app.press("Take over…").await;
    app.press("Trust").await;
    app.sees("Deploy was interrupted on build-7").await;
    app.sees("arn:aws:").await;
    app.picture("take-over").await;
    assert_eq!(hostile.actions(), ["GetCallerIdentity"]);
    app.press("Take over").await;
    app.sees_deployment_status("failed").await;
    assert!(hostile.has_the_review());
    let files = home.files();
    assert!(!files.iter().any(|(_, content)| String::from_utf8_lossy(content).contains(SECRET)));
    app.close().await;

    // The next program knows what was said.
    let app = App::open(home).await;
    app.open_deployment("DX6604E").await;
    app.press("events in dev: Destroying").await;
    let before = hostile.actions().len();
    app.press("Resources").await;
    wait_for("AWS to be asked", || hostile.actions().len() > before);
    app.close().await;
}
