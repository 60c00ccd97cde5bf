//! Keys as a person presses them, and where they lead.

use std::time::{Duration, Instant};

use fantoccini::key::Key;
use skydeck_tests::driven::App;

const PATIENCE: Duration = Duration::from_secs(30);
/// More stops than any screen of the tests has.
const STOPS: usize = 120;

/// Presses a key while another is held.
pub async fn chord(app: &App, held: Key, key: char) {
    let keys: String = [char::from(held), key, char::from(Key::Null)].iter().collect();
    app.keys(&keys).await;
}

/// Opens the palette, and waits until one can type into it.
pub async fn open_palette(app: &App) {
    chord(app, Key::Control, 'k').await;
    wait_for_focus(app, "Find an action, a deployment or a stack").await;
}

/// Waits until what has this name has the focus.
pub async fn wait_for_focus(app: &App, name: &str) {
    let start = Instant::now();
    while focused(app).await.0 != name {
        assert!(start.elapsed() < PATIENCE, "{name:?} has no focus, but {:?}", focused(app).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What has the focus: its name, and whether one sees that it has it.
pub async fn focused(app: &App) -> (String, bool) {
    let script = "const it = document.activeElement;
        const label = it.getAttribute('aria-label') ?? (it.labels?.[0] ?? it).textContent.trim();
        const shown = (each) => {
            const { outlineStyle, boxShadow } = getComputedStyle(each);
            return outlineStyle !== 'none' || boxShadow.includes('inset');
        };
        arguments[0]([label, it.matches(':focus-visible') && [it, ...it.children].some(shown)])";
    let found = app.script(script).await;
    (found[0].as_str().unwrap().to_owned(), found[1].as_bool().unwrap())
}

/// Presses Tab until what has this name has the focus; on the way each stop has to be seen.
pub async fn tab_to(app: &App, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        app.key(Key::Tab).await;
        let (stop, seen) = focused(app).await;
        assert!(seen, "one does not see that {stop:?} has the focus");
        if stop == name {
            return;
        }
        passed.push(stop);
    }
    panic!("Tab does not lead to {name:?}, but to {passed:?}");
}
