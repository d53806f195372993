//! The app's window through WebDriver: found by `data-testid`, waited for, pictured, judged by axe.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::Result;
use crate::display::Display;

/// Longest wait for anything: the machine may be busy, and a password takes its time.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Window {
    client: Client,
    driver: Child,
    axe: String,
    secret: RefCell<String>,
}

impl Window {
    /// Starts the driver on the display and the app through it.
    pub async fn open(display: &Display, profile: &Path) -> Result<Window> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("DISPLAY", &display.name)
            .env("PURSER_PROFILE", profile.join("profile"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("LC_ALL", "C.UTF-8")
            .env("GDK_BACKEND", "x11")
            .env("GTK_USE_PORTAL", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let app = desktop_binary()?;
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": app, "args": [] } });
        let Value::Object(capabilities) = capabilities else { return Err("capabilities".into()) };
        let mut last = None;
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            match ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
            {
                Ok(client) => {
                    let axe = std::fs::read_to_string(
                        Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js"),
                    )?;
                    return Ok(Window { client, driver, axe, secret: RefCell::default() });
                }
                Err(error) => last = Some(error),
            }
        }
        Err(format!("no session with WebKitWebDriver: {last:?}").into())
    }

    pub async fn close(mut self) -> Result {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        Ok(())
    }

    pub fn remember_secret(&self, secret: String) {
        self.secret.replace(secret);
    }

    pub fn secret(&self) -> String {
        self.secret.borrow().clone()
    }

    /// Waits for an element to be there.
    pub async fn find(&self, id: &str) -> Result<Element> {
        let selector = format!("[data-testid=\"{id}\"]");
        let waited = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&selector)).await;
        waited.map_err(|error| format!("{id}: {error}").into())
    }

    pub async fn count(&self, id: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(&format!("[data-testid=\"{id}\"]"))).await?.len())
    }

    /// For what has no id of its own: a part of one row among several.
    pub async fn count_css(&self, selector: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    pub async fn click_css(&self, selector: &str) -> Result {
        self.wait_until(|| async { Ok(self.client.find(Locator::Css(selector)).await?.click().await.is_ok()) })
            .await
            .map_err(|_| format!("{selector} cannot be clicked").into())
    }

    pub async fn count_inside(&self, id: &str, tag: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(&format!("[data-testid=\"{id}\"] {tag}"))).await?.len())
    }

    pub async fn texts_inside(&self, id: &str, tag: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(&format!("[data-testid=\"{id}\"] {tag}"))).await? {
            texts.push(element.text().await?.trim().to_owned());
        }
        Ok(texts)
    }

    pub async fn click(&self, id: &str) -> Result {
        self.wait_until(|| async { Ok(self.find(id).await?.is_enabled().await?) })
            .await
            .map_err(|error| format!("{id}: {error}"))?;
        let mut last = None;
        for _ in 0..20 {
            match self.find(id).await?.click().await {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        Err(format!("{id} cannot be clicked: {last:?}").into())
    }

    pub async fn write(&self, id: &str, text: &str) -> Result {
        self.find(id).await?.send_keys(text).await.map_err(|error| format!("{id}: {error}").into())
    }

    /// Chooses from a list, by value.
    pub async fn choose(&self, id: &str, value: &str) -> Result {
        Ok(self.find(id).await?.select_by_value(value).await?)
    }

    /// Waits until it is there no longer.
    pub async fn gone(&self, id: &str) -> Result {
        let waited = self.wait_until(|| async { Ok(self.count(id).await? == 0) }).await;
        waited.map_err(|_| format!("{id} does not go away").into())
    }

    pub async fn wait_value(&self, id: &str, value: &str) -> Result {
        let shown = || async { Ok(self.find(id).await?.prop("value").await?.unwrap_or_default() == value) };
        self.wait_until(shown).await.map_err(|_| format!("{id} does not hold {} characters", value.len()).into())
    }

    pub async fn clear(&self, id: &str) -> Result {
        self.find(id).await?.clear().await.map_err(|error| format!("{id}: {error}").into())
    }

    /// Keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) -> Result {
        Ok(self.client.find(Locator::Css("body")).await?.send_keys(keys).await?)
    }

    pub async fn text(&self, id: &str) -> Result<String> {
        let element = self.find(id).await?;
        let text = element.text().await?;
        if text.is_empty() { Ok(element.prop("value").await?.unwrap_or_default()) } else { Ok(text) }
    }

    pub async fn wait_text(&self, id: &str, part: &str) -> Result {
        let waited = self.wait_until(|| async { Ok(self.text(id).await?.contains(part)) }).await;
        waited.map_err(|_| format!("{id} does not say {part}").into())
    }

    pub async fn wait_attribute(&self, id: &str, name: &str, value: &str) -> Result {
        let waited =
            self.wait_until(|| async { Ok(self.find(id).await?.attr(name).await?.as_deref() == Some(value)) }).await;
        waited.map_err(|_| format!("{id}: {name} is not {value}").into())
    }

    pub async fn wait_until<F>(&self, mut holds: impl FnMut() -> F) -> Result
    where
        F: Future<Output = Result<bool>>,
    {
        let waiting = async {
            while !holds().await.unwrap_or(false) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| "it did not come to be".into())
    }

    /// Waits until nothing fades or moves: what is half there has no text and no contrast.
    pub async fn rest(&self) -> Result {
        let still = "return document.getAnimations().every((each) => each.playState !== 'running');";
        self.wait_until(|| async { Ok(self.script(still).await? == true) }).await
    }

    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }

    /// Seconds from the start of the app's process until the lock screen could be typed into.
    pub async fn ready_s(&self) -> Result<f64> {
        let since = "return (performance.now() - performance.getEntriesByName('ready to type')[0].startTime) / 1000;";
        let since_ready = self.script(since).await?.as_f64().ok_or("the lock screen was not shown first")?;
        Ok(age_s(&desktop_binary()?)? - since_ready)
    }

    /// A script that ends when it calls its last argument.
    pub async fn script_async(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute_async(script, vec![]).await?)
    }

    /// Lets charts and transitions come to rest before a picture.
    pub async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(900)).await;
    }

    pub async fn dark(&self, dark: bool) -> Result {
        let script = "document.documentElement.style.colorScheme = arguments[0];";
        self.client.execute(script, vec![json!(if dark { "dark" } else { "light" })]).await?;
        self.settle().await;
        Ok(())
    }

    pub async fn picture(&self, name: &str) -> Result {
        self.rest().await?;
        let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/screenshots");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await?)?;
        Ok(())
    }

    pub async fn visible_text(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// What axe finds wrong with the page for people who cannot see or point. Tauri's own isolation frame is not ours to change.
    pub async fn axe(&self, page: &str) -> Result {
        self.rest().await?;
        self.client.execute(&self.axe, vec![]).await?;
        let script = "const done = arguments[arguments.length - 1]; \
            axe.run({ exclude: [['#__tauri_isolation__']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }) \
            .then((found) => done(found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | '))), (e) => done([String(e)]));";
        let found = self.client.execute_async(script, vec![]).await?;
        if found == json!([]) { Ok(()) } else { Err(format!("axe on {page}: {found}").into()) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.driver.kill();
    }
}

/// `PURSER_DESKTOP_BIN`, or the one built beside the tests.
/// How long the process of a program has been running. To a hundredth, as the system tells it.
fn age_s(program: &Path) -> Result<f64> {
    const TICKS_PER_S: f64 = 100.0;
    let program = program.canonicalize()?;
    let uptime: f64 = std::fs::read_to_string("/proc/uptime")?.split(' ').next().ok_or("uptime")?.parse()?;
    for process in std::fs::read_dir("/proc")?.flatten() {
        if std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program) {
            let stat = std::fs::read_to_string(process.path().join("stat"))?;
            // The name may hold blanks: fields are counted behind its parenthesis.
            let begun = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(19)).ok_or("stat")?;
            return Ok(uptime - begun.parse::<f64>()? / TICKS_PER_S);
        }
    }
    Err("the app does not run".into())
}

fn desktop_binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("PURSER_DESKTOP_BIN") {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("purser-desktop"));
    beside
        .filter(|path| path.exists())
        .ok_or_else(|| "purser-desktop is not built: cargo build -p purser-desktop".into())
}
