//! A real Chromium: steered by chromedriver, with a profile of its own, gone with the test.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Generous: a busy machine draws slowly.
const DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

const MISSING: &str =
    "browser tests need Chromium and its driver: apt-get install chromium chromium-driver";

/// The names that distributions give it.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The pipe ends Chromium when its driver ends, however that happens.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
];

/// What people set in their system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A browser with one window.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Child,
    /// Read once; open as long as the driver may write.
    _said: BufReader<ChildStdout>,
    _profile: TempDir,
}

impl Browser {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When Chromium or its driver is missing, naming the packages, or does not start.
    pub async fn start() -> Self {
        let Some(binary) = installed() else {
            panic!("{MISSING}");
        };
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{MISSING} ({error})"));
        let Some(said) = driver.stdout.take() else {
            panic!("the driver's output is piped");
        };
        let mut said = BufReader::new(said);
        let port = port(&mut said);
        let profile = tempfile::tempdir().unwrap_or_else(|error| panic!("no profile: {error}"));
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let options = json!({ "binary": binary, "args": arguments });
        let capabilities = std::iter::once(("goog:chromeOptions".to_owned(), options)).collect();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("Chromium did not start: {error}"));
        Self {
            client,
            driver,
            _said: said,
            _profile: profile,
        }
    }

    /// What else can be asked of it.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address and waits until it is loaded.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self, address: &str) {
        let opened = self.client.goto(address).await;
        opened.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Waits until the page has an element at this XPath.
    ///
    /// # Panics
    /// When it does not come, with what the page shows instead.
    pub async fn see(&self, path: &str) -> Element {
        let wait = self.client.wait().at_most(DEADLINE).every(POLL);
        match wait.for_element(Locator::XPath(path)).await {
            Ok(element) => element,
            Err(error) => {
                let shown = self.run("return document.body.innerText").await;
                let shown = shown.as_str().unwrap_or_default();
                panic!("{path} did not come ({error}); the page shows:\n{shown}")
            }
        }
    }

    /// Waits for an element and clicks on it.
    ///
    /// # Panics
    /// When it does not come or cannot be clicked.
    pub async fn click(&self, path: &str) {
        let clicked = self.see(path).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Waits for a field and puts this text in place of what it holds.
    ///
    /// # Panics
    /// When it does not come or takes no text.
    pub async fn fill(&self, path: &str, text: &str) {
        let field = self.see(path).await;
        let cleared = field.clear().await;
        cleared.unwrap_or_else(|error| panic!("{path}: {error}"));
        let typed = field.send_keys(text).await;
        typed.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Runs the body of a JavaScript function in the page; promises are waited for.
    ///
    /// # Panics
    /// When it throws.
    pub async fn run(&self, script: &str) -> Value {
        let result = self.client.execute(script, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("a script failed: {error}"))
    }

    /// Gives the page this width in pixels, and the system this colour scheme; nothing moves.
    ///
    /// # Panics
    /// When the browser does not follow.
    pub async fn appear(&self, width: u32, scheme: Scheme) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!([
            { "name": "prefers-color-scheme", "value": value },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let media = json!({ "features": features });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Writes a picture of the whole page, PNG, making folders as needed.
    ///
    /// # Panics
    /// When it cannot be taken or written.
    pub async fn picture(&self, file: &Path) {
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.devtools("Page.captureScreenshot", whole).await;
        let data = answer.get("data").and_then(Value::as_str);
        let bytes = BASE64.decode(data.unwrap_or_default());
        let bytes = bytes.unwrap_or_else(|error| panic!("no picture: {error}"));
        if let Some(folder) = file.parent() {
            drop(std::fs::create_dir_all(folder));
        }
        let written = std::fs::write(file, bytes);
        written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// One command of Chromium's DevTools protocol, and its answer.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let answer = self.client.issue_cmd(DevTools(command, parameters)).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.0, "params": self.1 });
        (http::Method::POST, Some(body.to_string()))
    }
}

fn installed() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let files = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// The driver says where it listens in one of its first lines.
fn port(said: &mut BufReader<ChildStdout>) -> u16 {
    let mut lines = said
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains("successfully"));
    let line = lines.next().unwrap_or_default();
    let port = line.trim_end_matches('.').rsplit(' ').next();
    let port = port.and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("the driver did not say its port: {line}"))
}
