//! A real, headless browser, controlled over `WebDriver`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::engines::free_port;
use testbed::wait::until;

/// Set this variable on a machine that is known to have no browser: see deploy/test.
const WITHOUT: &str = "HAOCHAPING_TESTS_WITHOUT_BROWSER";

/// Names the file in which deploy/test leaves axe-core, which finds obstacles for people with a
/// screen reader.
const AXE: &str = "HAOCHAPING_AXE";

/// A browser whose window has a fixed width.
pub struct Browser {
    pub client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser whose window is `width` pixels wide, or returns `None` on a machine without
    /// a browser.
    pub async fn start(width: u32) -> Option<Self> {
        if env::var_os(WITHOUT).is_some() {
            println!("skipped: {WITHOUT} is set");
            return None;
        }
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: deploy/test does it");
        let profile = TempDir::new().expect("a folder");
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", format!("--user-data-dir={}", profile.path().display()),
                ],
                "mobileEmulation": {"deviceMetrics": {
                    "width": width, "height": 900, "pixelRatio": 1.0, "mobile": false, "touch": false,
                }},
            },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let address = format!("http://127.0.0.1:{port}");
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        until("chromedriver answers", || async {
            http.get(format!("{address}/status")).send().await.is_ok()
        })
        .await;
        let mut builder =
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&address).await.expect("a browser");
        Some(Self { client, driver, _profile: profile })
    }

    /// Makes the window `width` pixels wide, without loading the page again.
    pub async fn set_width(&self, width: u32) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Shows pages as to a reader who has chosen this.
    pub async fn set_look(&self, look: Look) {
        let (media, scheme, forced) = match look {
            Look::Light => ("screen", "light", "none"),
            Look::Dark => ("screen", "dark", "none"),
            Look::ForcedColours => ("screen", "light", "active"),
            Look::Paper => ("print", "light", "none"),
        };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": forced},
        ]);
        self.command("Emulation.setEmulatedMedia", json!({"media": media, "features": features}))
            .await;
    }

    /// A command of Chrome's own protocol.
    async fn command(&self, name: &'static str, parameters: Value) {
        let command = ChromeCommand { name, parameters };
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Runs a piece of JavaScript and returns its result.
    pub async fn evaluate(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("the script runs")
    }

    /// All visible text.
    pub async fn text(&self) -> String {
        let text = self.evaluate("return document.body.innerText").await;
        text.as_str().expect("a text").to_owned()
    }

    /// The number of pixels by which the page is wider than its window.
    pub async fn overflow(&self) -> i64 {
        let script =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.evaluate(script).await.as_i64().expect("a number")
    }

    /// The violations of the guidelines for accessible pages (WCAG 2.2, levels A and AA) that
    /// axe-core finds.
    pub async fn accessibility_violations(&self) -> Vec<String> {
        let axe = env::var(AXE).map(PathBuf::from);
        let axe = axe
            .unwrap_or_else(|_| panic!("{AXE} must name the file axe.min.js: deploy/test sets it"));
        self.evaluate(&fs::read_to_string(axe).expect("axe-core can be read")).await;
        let found = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
                 axe.run({runOnly: tags}).then(result => done(result.violations.map(
                     violation => violation.id + ': ' + violation.nodes.map(node => node.target).join(' '))));",
                Vec::new(),
            )
            .await
            .expect("axe-core runs");
        let found = found.as_array().expect("a list").iter();
        found.map(|violation| violation.as_str().expect("a text").to_owned()).collect()
    }
}

/// What a reader has chosen to see pages in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Light,
    Dark,
    ForcedColours,
    Paper,
}

/// chromedriver passes on commands of the protocol with which Chrome is debugged.
#[derive(Debug)]
struct ChromeCommand {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.expect("a browser was started")))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
