//! What everybody can use: axe looks at every screen and dialog of the real app, light and dark, and the main job is done
//! with the keyboard alone.

use std::cell::RefCell;

use fantoccini::key::Key;
use serde_json::Value;
use skydeck_tests::Home;
use skydeck_tests::driven::App;

use crate::keyboard::{focused, open_palette, tab_to, wait_for_focus};

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_light() {
    tour("light", "Adwaita").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_dark() {
    tour("dark", "Adwaita:dark").await;
}

/// Opens every screen, panel and dialog, has axe look at each, and keeps a picture of it for who wants to look too.
async fn tour(theme: &str, gtk_theme: &str) {
    // WebKitGTK takes light or dark from the GTK theme. Slow enough to look at what runs.
    let home = Home::new().with("GTK_THEME", gtk_theme).with("SKYDECK_SANDBOX_SPEED", "1");
    let app = App::open(&home).await;
    inject_axe(&app).await;
    let dark = "arguments[0](matchMedia('(prefers-color-scheme: dark)').matches)";
    assert_eq!(app.script(dark).await, Value::Bool(theme == "dark"));
    let found = RefCell::new(Vec::new());
    let look = async |scene: &str| {
        let picture = app.picture(&format!("scene-{theme}-{}", scene.replace(' ', "-"))).await;
        let mut violations = violations(&app).await;
        // What is focused would scroll the window's head away.
        let beyond = "arguments[arguments.length - 1](document.documentElement.scrollHeight - innerHeight)";
        let beyond = app.script(beyond).await.as_f64().unwrap();
        if beyond > 0.0 {
            violations.push(format!("the document is {beyond} px higher than the window"));
        }
        if !violations.is_empty() {
            found.borrow_mut().push(format!("{scene}: {}\n{}", picture.display(), violations.join("\n")));
        }
    };

    app.sees("Create your first deployment").await;
    look("the empty list").await;

    furnish(&home);
    app.sees("DX6604E").await;
    look("the list").await;
    app.press("Status").await;
    app.sees("Any status").await;
    look("the choice of a status").await;
    app.key(Key::Escape).await;
    // An open list takes every key.
    app.until("!document.querySelector('[role=listbox]')?.checkVisibility()").await;
    open_palette(&app).await;
    look("the palette").await;
    app.keys("nothing like this").await;
    app.sees("Nothing is called that").await;
    look("the palette without a match").await;
    app.key(Key::Escape).await;
    app.keys("?").await;
    app.sees("Keyboard shortcuts").await;
    look("the shortcuts").await;
    app.press("Close").await;
    app.press("Menu").await;
    app.sees("Filter what is shown").await;
    look("the menu").await;
    app.key(Key::Escape).await;

    app.press("New deployment").await;
    app.sees("Environments").await;
    look("a new deployment").await;
    app.type_into("Domain", "no domain").await;
    app.press("Create deployment").await;
    app.sees("your attention").await;
    look("a new deployment that is refused").await;
    app.press("Deployments").await;
    app.press("Settings").await;
    app.sees("acme.awsapps.com").await;
    look("the access to AWS").await;
    app.press("Deployments").await;

    app.open_deployment("DX6604E").await;
    look("a deployment").await;
    app.press("More actions for dev").await;
    app.sees("Detect drift in dev").await;
    look("the menu of an environment").await;
    app.press("Access…").await;
    app.sees("Saving writes deployment-manifest.yaml").await;
    look("the access of an environment").await;
    app.press("Save").await;
    app.sees("Access of dev in DX6604E is saved").await;
    look("a toast").await;
    app.press("Dismiss").await;
    app.press("Deploy dev").await;
    app.sees_whole_review().await;
    look("the review of a deploy").await;
    app.press("Deploy 6 stacks").await;
    app.sees_stack_status("network", "dev", "deploying").await;
    look("an operation that runs").await;
    app.press("Menu").await;
    app.press("Quit").await;
    app.sees("Quit while 1 operation is running?").await;
    look("the question before the end").await;
    app.press("Stay").await;
    app.sees_deployment_status("partial").await;
    look("an operation that failed").await;
    app.press("Close operation").await;
    app.press("network in dev: Deployed").await;
    app.sees("Detect drift").await;
    look("a stack that is deployed").await;
    app.press("Outputs").await;
    app.sees("VpcId").await;
    look("the outputs of a stack").await;
    app.press("Overview").await;
    app.press("Close panel").await;
    app.press("messaging in dev: Failed").await;
    app.sees_in("recovery", "ROLLBACK_COMPLETE").await;
    look("a stack that is held fast").await;
    app.press("Close panel").await;
    app.press("Graph").await;
    app.sees("messaging failed and blocks").await;
    look("the graph").await;
    app.press("Compare").await;
    app.sees("There is only one environment").await;
    look("a comparison").await;
    app.press("Grid").await;
    app.press("More actions for dev").await;
    app.press("Destroy dev…").await;
    app.sees_whole_review().await;
    look("the review of a destroy").await;
    app.press("Cancel").await;
    app.press("Deployments").await;

    app.open_deployment("DBR0KEN").await;
    app.sees("problem").await;
    look("a manifest with problems").await;
    app.close().await;
    let found = found.take();
    assert!(found.is_empty(), "{theme}: {}", found.join("\n\n"));
}

/// A deployment one of whose stacks will fail, one whose manifest is wrong, and profiles.
fn furnish(home: &Home) {
    home.init("--account-dev 123456789012");
    home.edit(
        "stacks/messaging.yaml",
        "\nParameters:",
        "\nMetadata: {Sandbox: {Fail: no more queues today}}\nParameters:",
    );
    home.cloud("init --org Acme --project broken --domain acme.example --id DBR0KEN").exits(0);
    let manifest = home.root().join("DBR0KEN-Acme-broken/deployment-manifest.yaml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replacen("    enabled: true", "    enabeld: true", 1)).unwrap();
    let config = home.root().with_file_name("home").join(".aws/config");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(
        config,
        "[profile acme-dev]\nsso_session = acme\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n\
         sso_region = eu-central-1\n",
    )
    .unwrap();
}

async fn inject_axe(app: &App) {
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let axe = std::fs::read_to_string(project.join("node_modules/axe-core/axe.min.js")).unwrap();
    // It looks for a module system first, and makes itself global where it finds none. What is popped up above the
    // page needs no landmark of its own.
    let script = format!(
        "const done = arguments[arguments.length - 1]; {axe};
         axe.configure({{ checks: [{{ id: 'region', options: {{
             regionMatcher: 'svg, [data-base-ui-portal], [role=dialog], [role=alertdialog], [role=listbox], [role=menu]' }} }}] }});
         done(typeof window.axe)"
    );
    assert_eq!(app.script(&script).await, "object");
}

/// What axe finds on the page, as soon as nothing moves any more.
async fn violations(app: &App) -> Vec<String> {
    let script = "const done = arguments[arguments.length - 1];
        const ends = ({ effect }) => effect.getComputedTiming().endTime !== Infinity;
        Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished))
            .then(() => axe.run(document, { resultTypes: ['violations'] }))
            .then(({ violations }) => done(violations.flatMap(({ id, nodes }) =>
                nodes.map(({ html, any, all, none }) =>
                    `${id}: ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}\n  ${html}`))),
                (error) => done([String(error)]))";
    let found = app.script(script).await;
    found.as_array().unwrap().iter().map(|each| each.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn nothing_moves_for_whoever_wants_it_still() {
    let home = Home::new().with("SKYDECK_SANDBOX_SPEED", "1");
    let settings = home.root().with_file_name("home").join(".config/gtk-3.0/settings.ini");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(settings, "[Settings]\ngtk-enable-animations=0\n").unwrap();
    home.init("--account-dev 123456");
    let app = App::open(&home).await;
    app.open_deployment("DX6604E").await;
    app.press("Deploy stack network in dev").await;
    app.press("Deploy 1 stack").await;
    app.sees_stack_status("network", "dev", "deploying").await;
    let wants = "arguments[0](matchMedia('(prefers-reduced-motion: reduce)').matches)";
    assert_eq!(app.script(wants).await, true);
    let endless = "arguments[0](document.getAnimations().filter(({ effect }) => \
                   effect.getComputedTiming().endTime === Infinity).length)";
    assert_eq!(app.script(endless).await, 0);
    app.close().await;
}

#[tokio::test]
async fn the_main_job_is_done_with_the_keyboard_alone() {
    let home = Home::new();
    let app = App::open(&home).await;
    app.sees("Create your first deployment").await;
    app.keys("n").await;
    app.sees("Environments").await;
    assert_eq!(focused(&app).await.0, "New deployment", "the heading of the new screen has the focus");
    for (label, text) in [("Organization", "MyOrg"), ("Project", "my-app"), ("Domain", "myapp.com")] {
        tab_to(&app, label).await;
        app.keys(text).await;
    }
    app.key(Key::Enter).await;
    app.sees_deployment_status("initialized").await;
    let id = home.deployment().file_name().unwrap().to_string_lossy()[..7].to_owned();
    assert_eq!(app.client.title().await.unwrap(), format!("{id} — Skydeck"));
    assert_eq!(focused(&app).await.0, id);

    pick(&app, "deploy dev").await;
    app.sees_whole_review().await;
    tab_to(&app, "Deploy 6 stacks").await;
    app.key(Key::Enter).await;
    app.sees_deployment_status("deployed").await;

    tab_to(&app, "network in dev: Deployed").await;
    app.key(Key::Enter).await;
    tab_to(&app, "Overview").await;
    app.key(Key::Right).await;
    app.key(Key::Enter).await;
    app.sees("VpcId").await;
    app.key(Key::Escape).await;
    wait_for_focus(&app, "network in dev: Deployed").await;

    pick(&app, "destroy dev").await;
    app.sees_whole_review().await;
    wait_for_focus(&app, &format!("Type {id} to confirm")).await;
    app.keys(&id).await;
    app.key(Key::Enter).await;
    app.sees_deployment_status("destroyed").await;
    app.close().await;
}

/// Picks what the palette finds first.
async fn pick(app: &App, words: &str) {
    open_palette(app).await;
    app.keys(words).await;
    app.key(Key::Enter).await;
}
