//! The table with as many deployments as the product promises to be quick with.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use fantoccini::Locator;
use serde_json::Value;
use skydeck_tests::Home;
use skydeck_tests::driven::App;

use super::page::{answer, number, watch};

const DEPLOYMENTS: usize = 10_000;
/// Each changes a row that is in sight.
const CHANGES: usize = 10;
const SORTS: usize = 6;

/// What was measured, in milliseconds.
pub struct Answers {
    /// From one frame to the next, while the list scrolls by three rows a frame.
    pub frames: Vec<f64>,
    /// From a key in the filter to the frame that has what fits.
    pub filter: Vec<f64>,
    /// From a click on a column's head to the frame with the rows in that order.
    pub sort: Vec<f64>,
    /// From the write of a file to the document that has what it says.
    pub changes: Vec<f64>,
}

pub fn measure() -> Answers {
    let home = Home::new();
    home.many_deployments(DEPLOYMENTS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let app = App::open(&home).await;
        app.sees("10000 deployments").await;
        let changes = change(&home, &app).await;
        let frames = figures(&app.script(SCROLL).await);
        let sort = sort(&app).await;
        let filter = filter(&app).await;
        app.close().await;
        Answers { frames, filter, sort, changes }
    })
}

/// Two hundred frames down the list.
const SCROLL: &str = "
    const done = arguments[arguments.length - 1];
    const list = document.querySelector('table').parentElement;
    const frames = [];
    let last;
    requestAnimationFrame(function frame(now) {
        if (last !== undefined) frames.push(now - last);
        last = now;
        if (frames.length === 200) return done(frames);
        list.scrollTop += 120;
        requestAnimationFrame(frame);
    });";

/// Another program changes one row after the other.
async fn change(home: &Home, app: &App) -> Vec<f64> {
    let mut took = Vec::new();
    for number in 0..CHANGES {
        let folder = format!("D{number:06}-Org{number}-project-{number}");
        let file = home.root().join(folder).join(".deployment-metadata.yaml");
        let text = fs::read_to_string(&file).unwrap();
        let row = format!("document.querySelector('[data-testid=deployment-D{number:06}]')");
        app.script(&format!(
            "window.answered = new Promise((tell) => new MutationObserver(() => \
               {row}?.textContent.includes('Partial') && tell(Date.now()) \
             ).observe(document.body, {{ childList: true, subtree: true, characterData: true }})); \
             arguments[arguments.length - 1]()"
        ))
        .await;
        let written = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0;
        fs::write(&file, text.replace("status: initialized", "status: partial")).unwrap();
        took.push(answer(app).await - written);
    }
    took
}

/// By one column and the other, each time another way.
async fn sort(app: &App) -> Vec<f64> {
    let rows =
        "[...document.querySelectorAll('tbody tr[data-testid]')].map((row) => row.dataset.testid).join()";
    let mut took = Vec::new();
    for number in 0..SORTS {
        let column = ["Status", "Organization"][number % 2];
        watch(app, "click", rows).await;
        let head = format!("//th//button[contains(., '{column}')]");
        app.client.find(Locator::XPath(&head)).await.unwrap().click().await.unwrap();
        took.push(answer(app).await);
    }
    took
}

/// Key by key; each leaves fewer rows.
async fn filter(app: &App) -> Vec<f64> {
    let mut took = Vec::new();
    let field = app.client.find(Locator::Css("input[type=search]")).await.unwrap();
    // All are called that.
    field.send_keys("project-").await.unwrap();
    for key in ["7", "2", "1"] {
        watch(app, "input", "document.querySelector('footer [role=status]').textContent").await;
        field.send_keys(key).await.unwrap();
        took.push(answer(app).await);
    }
    took
}

fn figures(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(number).collect()
}
