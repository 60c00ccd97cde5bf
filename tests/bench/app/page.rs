//! How soon the page answers, told by the page itself.

use serde_json::Value;
use skydeck_tests::driven::App;

/// Has the page tell how long it takes from the next such event to the frame after the one in which this expression is
/// another than at the event.
pub async fn watch(app: &App, event: &str, what: &str) {
    app.script(&format!(
        "window.answered = new Promise((tell) => addEventListener('{event}', (event) => {{ \
           const before = {what}; \
           const look = () => {what} !== before \
             ? requestAnimationFrame(() => tell(performance.now() - event.timeStamp)) \
             : requestAnimationFrame(look); \
           look(); \
         }}, {{ capture: true, once: true }})); \
         arguments[arguments.length - 1](true)"
    ))
    .await;
}

/// What the page that watches, or was made to wait for something else, has to tell; milliseconds.
pub async fn answer(app: &App) -> f64 {
    number(&app.script("window.answered.then(arguments[arguments.length - 1])").await)
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
