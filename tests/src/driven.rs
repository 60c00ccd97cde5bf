//! The real app, driven as a person does: on a display of its own, by clicks and keys, through WebDriver.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::home::{Home, program};
use crate::server::{Ended, wait_for};

/// How long a person would wait for something to show before calling it broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// The app's window.
pub struct App {
    /// For what the helpers here do not cover.
    pub client: Client,
    /// The display that it is on, as `DISPLAY` names it.
    pub display: String,
    driver: Ended,
    _screen: Ended,
}

impl App {
    /// Opens the app on a home.
    pub async fn open(home: &Home) -> Self {
        let (screen, number) = display();
        let display = format!(":{number}");
        let (port, native) = (free_port(), free_port());
        // Into a file: a pipe that the app inherits would keep the test runner waiting.
        let log = File::create(home.root().with_file_name("driver.log")).unwrap();
        let driver = home
            .command("tauri-driver")
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .process_group(0)
            .env("DISPLAY", &display)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("tauri-driver: ./dev test installs it");
        let driver = Ended(driver);
        for (what, port) in [("tauri-driver", port), ("WebKitWebDriver", native)] {
            wait_for(what, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("browserName".to_owned(), json!("wry"));
        capabilities.insert("tauri:options".to_owned(), json!({ "application": program("skydeck") }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, display, driver, _screen: screen }
    }

    /// Ends the app.
    pub async fn close(self) {
        // The window may already be gone with its session.
        let _ = self.client.close().await;
        // The app may outlive its session, and write into a home that is being removed: its whole group ends.
        let group = format!("-{}", self.driver.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }

    async fn element(&self, xpath: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(Duration::from_millis(50));
        match wait.for_element(Locator::XPath(xpath)).await {
            Ok(element) => element,
            Err(error) => {
                let page = self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
                let picture = self.picture("failed").await;
                panic!("{xpath}: {error}\npicture: {}\n{page}", picture.display());
            }
        }
    }

    /// Presses the button, link, choice or menu entry of that name, as soon as it can be pressed and nothing lies
    /// above it, such as a dialog that is just closing.
    pub async fn press(&self, name: &str) {
        // An entry of a menu may have a note or keys beside its name.
        let named = format!(
            "(normalize-space(.)={n} or @aria-label={n} or (@role='menuitem' and .//*[normalize-space(.)={n}]))",
            n = quoted(name)
        );
        let can = "not(@disabled) and not(@aria-disabled='true')";
        let roles = "@role='menuitem' or @role='option' or @role='radio'";
        let button = format!("(//button|//a|//*[{roles}])[{named} and {can}]");
        let start = Instant::now();
        while let Err(error) = self.press_at_rest(&button).await {
            if start.elapsed() > PATIENCE {
                panic!("{name}: {error}; picture: {}", self.picture("failed").await.display());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What moves is not pressed: the click would land where it was, on whatever has come there.
    async fn press_at_rest(&self, button: &str) -> Result<(), CmdError> {
        let at_rest = "const [element, done] = arguments;
            element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
            const place = () => JSON.stringify(element.getBoundingClientRect());
            const look = (before, still) => {
                const now = place();
                if (now === before && still === 2) done(true);
                else requestAnimationFrame(() => look(now, now === before ? still + 1 : 0));
            };
            look(null, 0);";
        let element = self.element(button).await;
        self.client.execute_async(at_rest, vec![serde_json::to_value(&element)?]).await?;
        element.click().await
    }

    /// Checks or unchecks the box of that name.
    pub async fn check(&self, name: &str) {
        let n = quoted(name);
        let boxes = "@type='checkbox' or @role='checkbox'";
        let named = format!("@aria-label={n} or ancestor::label[normalize-space(.)={n}]");
        self.element(&format!("//*[({boxes}) and ({named})]")).await.click().await.unwrap();
    }

    /// Types into the field of that label, replacing what stands in it.
    pub async fn type_into(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.click().await.unwrap();
        let all: String = [char::from(Key::Control), 'a', char::from(Key::Null)].iter().collect();
        field.send_keys(&all).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn field(&self, label: &str) -> Element {
        let label = quoted(label);
        self.element(&format!(
            "//input[@aria-label={label} or @id=//label[normalize-space(.)={label}]/@for or \
             ancestor::label[normalize-space(.)={label}]]"
        ))
        .await
    }

    /// Waits until this text stands somewhere on the screen.
    pub async fn sees(&self, text: &str) {
        self.element(&format!("//body//*[contains(normalize-space(.), {})]", quoted(text))).await;
    }

    /// Waits until something has this name for who does not see it.
    pub async fn sees_named(&self, name: &str) {
        self.element(&format!("//*[@aria-label={}]", quoted(name))).await;
    }

    /// Waits until the deployment's own status is shown as this.
    pub async fn sees_deployment_status(&self, status: &str) {
        self.element(&format!("//*[@data-testid='deployment-status' and @data-status={}]", quoted(status)))
            .await;
    }

    /// Waits until a stack's cell shows this status.
    pub async fn sees_stack_status(&self, stack: &str, environment: &str, status: &str) {
        self.element(&format!(
            "//*[@data-testid='cell-{stack}-{environment}' and @data-status={}]",
            quoted(status)
        ))
        .await;
    }

    /// Waits until a stack's cell has this text in it.
    pub async fn sees_in_cell(&self, stack: &str, environment: &str, text: &str) {
        self.sees_in(&format!("cell-{stack}-{environment}"), text).await;
    }

    /// Waits until the part of the screen with this test id has this text in it.
    pub async fn sees_in(&self, part: &str, text: &str) {
        let text = quoted(text);
        self.element(&format!("//*[@data-testid='{part}' and contains(normalize-space(.), {text})]")).await;
    }

    /// Waits until a review has looked at every stack.
    pub async fn sees_whole_review(&self) {
        self.element("//*[@data-testid='review' and @data-done='true']").await;
    }

    /// Waits until a review says that this happens to a stack.
    pub async fn sees_review(&self, stack: &str, environment: &str, action: &str) {
        let action = quoted(action);
        self.element(&format!("//*[@data-testid='review-{stack}-{environment}' and @data-action={action}]"))
            .await;
    }

    /// Opens a deployment from the table.
    pub async fn open_deployment(&self, id: &str) {
        self.press(id).await;
        self.element("//*[@data-testid='deployment-status']").await;
    }

    /// Presses one key wherever the focus is.
    pub async fn key(&self, key: Key) {
        self.keys(&String::from(char::from(key))).await;
    }

    /// Presses these keys, one after the other, wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        let start = Instant::now();
        // What has the focus may just be replaced: then nothing is pressed yet.
        while let Err(error) = self.press_where_focus_is(keys).await {
            assert!(start.elapsed() < PATIENCE, "{keys:?} cannot be pressed: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn press_where_focus_is(&self, keys: &str) -> Result<(), CmdError> {
        self.client.active_element().await?.send_keys(keys).await
    }

    /// Uses the pointer or the keyboard as the display server tells of them (XTest), in the words of `xdotool`.
    pub fn xdotool(&self, words: &[&str]) {
        let status = Command::new("xdotool").env("DISPLAY", &self.display).args(words).status();
        assert!(status.expect("xdotool: ./dev test installs it").success(), "{words:?}");
    }

    /// Moves the pointer to the middle of what is seen of an element; gives the place on the display.
    pub async fn point_at(&self, css: &str) -> (i64, i64) {
        let script = format!(
            "const area = document.querySelector({css}); \
             area.scrollIntoView({{ block: 'center' }}); \
             const it = area.getBoundingClientRect(); \
             const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2; \
             const [x, y] = [middle(it.left, it.right, innerWidth), middle(it.top, it.bottom, innerHeight)]; \
             arguments[arguments.length - 1]([Math.round(screenX + x), Math.round(screenY + outerHeight - innerHeight + y)])",
            css = json!(css)
        );
        let found = self.script(&script).await;
        let (x, y) = (found[0].as_i64().unwrap(), found[1].as_i64().unwrap());
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        (x, y)
    }

    /// What a script gives back in the page.
    pub async fn script(&self, body: &str) -> Value {
        self.client.execute_async(body, Vec::new()).await.unwrap()
    }

    /// Waits, frame by frame, until this expression is true in the page.
    pub async fn until(&self, condition: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const look = () => ({condition} ? done(true) : requestAnimationFrame(look));
             look();"
        );
        self.script(&script).await;
    }

    /// Makes the page this wide and high, in pixels, and waits until it is painted.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_rect(0, 0, width, height).await.unwrap();
        let size = "const done = arguments[arguments.length - 1]; \
                    requestAnimationFrame(() => requestAnimationFrame(() => done([innerWidth, innerHeight])))";
        let start = Instant::now();
        while self.script(size).await != json!([width, height]) {
            assert!(start.elapsed() < PATIENCE, "the window does not become {width}x{height}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the page has drawn what it has.
    pub async fn frames(&self) {
        let painted = "const done = arguments[arguments.length - 1]; \
                       requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        // A page that cannot tell is not waited for.
        let _ = self.client.execute_async(painted, Vec::new()).await;
    }

    /// Keeps a picture of the window under target/screenshots, as it is once all that the page has is painted.
    pub async fn picture(&self, name: &str) -> PathBuf {
        // Where the web view draws straight into the window, it takes a picture only when it paints again.
        let paints = "window.paints = setInterval(() => { const { style } = document.documentElement; \
                      style.outline = style.outline ? '' : '1px solid transparent' }, 50)";
        let rests = "clearInterval(window.paints); document.documentElement.style.outline = ''";
        self.frames().await;
        let _ = self.client.execute(paints, Vec::new()).await;
        let folder = program("skydeck").ancestors().nth(2).unwrap().join("screenshots");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        match tokio::time::timeout(PATIENCE, self.client.screenshot()).await {
            Ok(picture) => fs::write(&path, picture.unwrap()).unwrap(),
            Err(_) => eprintln!("no picture of {name}: the page paints nothing any more"),
        }
        let _ = self.client.execute(rests, Vec::new()).await;
        path
    }
}

/// A display without a screen, with a number that nobody else has.
fn display() -> (Ended, String) {
    let mut process = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb: ./dev test installs it");
    let mut number = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Ended(process), number.trim().to_owned())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    assert!(!text.contains(quote), "XPath cannot write {text:?}");
    format!("{quote}{text}{quote}")
}
