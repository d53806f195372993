//! The built app in its real window: WebKitWebDriver drives it under a display of its own.
//!
//! Needs the built `purser-desktop` and `purser`, Xvfb, WebKitWebDriver, xdotool, oathtool and the installed axe-core
//! of the UI; `cargo xtask test` brings them, and without them the journey fails. On Windows and macOS, which have no
//! WebKitWebDriver, it says so and ends. Screenshots go to tests/e2e/screenshots, which git ignores.

mod damage;
mod dialog;
mod display;
mod door;
mod emergency;
mod long_list;
mod window;

use std::path::{Path, PathBuf};
use std::time::Duration;

use display::Display;
use window::Window;

const PASSWORD: &str = "seven lanterns over the tea market";

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statements").join(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_owner_gets_from_first_run_to_a_statement() -> Result {
    if !cfg!(target_os = "linux") {
        eprintln!("no WebKitWebDriver on this system: the window is not driven here");
        return Ok(());
    }
    // On Linux a missing program is a failure: a journey that was not made must not look like one that went well.
    display::check_programs()?;
    let _one = ONE_WINDOW.lock().await;
    let display = Display::start()?;
    let profile = tempfile::tempdir()?;
    let window = Window::open(&display, profile.path()).await?;
    let done = journey(&window, &display, profile.path()).await;
    if done.is_err() {
        window.picture("failure").await.ok();
        eprintln!("{}", window.visible_text().await.unwrap_or_default());
    }
    window.close().await?;
    done
}

/// Two windows at once would have half of a machine each, and wait for one another.
static ONE_WINDOW: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_rows_scroll_to_their_end() -> Result {
    if !cfg!(target_os = "linux") {
        eprintln!("no WebKitWebDriver on this system: the window is not driven here");
        return Ok(());
    }
    display::check_programs()?;
    let _one = ONE_WINDOW.lock().await;
    let mut computer = tokio::task::spawn_blocking(|| long_list::books().map_err(|error| error.to_string())).await??;
    let display = Display::start()?;
    let window = Window::open(&display, computer.outside()).await?;
    let done = long_list::scroll(&window, &mut computer).await;
    if done.is_err() {
        window.picture("failure-long-list").await.ok();
    }
    window.close().await?;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_books_are_named_and_restored() -> Result {
    if !cfg!(target_os = "linux") {
        eprintln!("no WebKitWebDriver on this system: the window is not driven here");
        return Ok(());
    }
    display::check_programs()?;
    let _one = ONE_WINDOW.lock().await;
    let mut computer = tokio::task::spawn_blocking(damage::broken).await?;
    let display = Display::start()?;
    let window = Window::open(&display, computer.outside()).await?;
    let done = damage::restore(&window, &display, &mut computer).await;
    if done.is_err() {
        window.picture("failure-damage").await.ok();
        eprintln!("{}", window.visible_text().await.unwrap_or_default());
    }
    window.close().await?;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theft_is_followed_to_the_end() -> Result {
    if !cfg!(target_os = "linux") {
        eprintln!("no WebKitWebDriver on this system: the window is not driven here");
        return Ok(());
    }
    display::check_programs()?;
    let _one = ONE_WINDOW.lock().await;
    let mut computer = tokio::task::spawn_blocking(emergency::locked).await?;
    let display = Display::start()?;
    let window = Window::open(&display, computer.outside()).await?;
    let done = emergency::follow(&window, &display, &mut computer).await;
    if done.is_err() {
        window.picture("failure-emergency").await.ok();
        eprintln!("{}", window.visible_text().await.unwrap_or_default());
    }
    window.close().await?;
    done
}

async fn journey(window: &Window, display: &Display, profile: &Path) -> Result {
    first_run(window).await?;
    demo(window).await?;
    import_into_a_new_profile(window, display).await?;
    let codes = second_factor(window, display).await?;
    find_and_look(window).await?;
    statement(window, display, profile).await?;
    lock_and_unlock(window).await?;
    door::door(window, &codes).await
}

async fn first_run(window: &Window) -> Result {
    window.find("first-run").await?;
    for card in ["first-demo", "first-import", "first-emergency"] {
        window.find(card).await?;
    }
    window.picture("first-run").await?;
    window.axe("first run").await?;
    window.click("language-zh-CN").await?;
    window.wait_text("first-run", "支付宝").await?;
    window.picture("first-run-zh").await?;
    window.click("language-en").await?;
    window.click("first-emergency").await?;
    window.find("emergency").await?;
    window.click("contacts-wechatpay").await?;
    window.wait_text("emergency", "95017").await?;
    window.picture("emergency-without-profile").await?;
    window.axe("emergency").await?;
    window.click("emergency-back").await?;
    window.find("first-run").await?;
    Ok(())
}

async fn demo(window: &Window) -> Result {
    window.click("first-demo").await?;
    window.find("demo-banner").await?;
    window.find("fee-shares").await?;
    assert_eq!(window.count("wallet-card").await?, 4, "the demo has four wallets");
    window.settle().await;
    window.picture("demo-overview").await?;
    window.axe("overview").await?;
    window.dark(true).await?;
    window.picture("demo-overview-dark").await?;
    window.click("nav-transactions").await?;
    window.find("transaction-row").await?;
    window.settle().await;
    window.picture("demo-transactions-dark").await?;
    window.dark(false).await?;
    window.click("nav-statements").await?;
    window.find("statements").await?;
    window.settle().await;
    window.picture("demo-statements").await?;
    window.axe("statements").await?;
    window.click("nav-wallets").await?;
    window.find("wallet-item").await?;
    window.picture("demo-wallets").await?;
    window.click("nav-security").await?;
    window.find("doors").await?;
    window.picture("demo-security").await?;
    window.axe("demo security").await?;
    assert_eq!(window.count("door-go").await?, 0, "nothing of an invented company is to be closed");
    window.click("nav-settings").await?;
    window.find("settings").await?;
    window.picture("settings").await?;
    window.click("demo-close").await?;
    window.find("first-run").await?;
    Ok(())
}

/// A file first, then the one password, because now there is something to protect.
async fn import_into_a_new_profile(window: &Window, display: &Display) -> Result {
    window.click("first-import").await?;
    dialog::answer(display, &fixture("alipay/account-log-classic/input.csv")).await?;
    window.find("receipt").await?;
    window.picture("preview-before-a-profile").await?;
    window.click("first-keep").await?;
    window.find("create-profile").await?;
    window.write("create-name", "Hailan Trading").await?;
    window.write("create-password", "zhifubao2024").await?;
    window.wait_attribute("strength", "data-accepted", "false").await?;
    window.clear("create-password").await?;
    window.write("create-password", PASSWORD).await?;
    window.wait_attribute("strength", "data-accepted", "true").await?;
    window.write("create-password-again", PASSWORD).await?;
    window.click("create-store-file").await?;
    window.picture("create-profile").await?;
    window.axe("create profile").await?;
    window.click("create-submit").await?;
    window.find("kit-key").await?;
    Ok(())
}

async fn second_factor(window: &Window, display: &Display) -> Result<door::Codes> {
    let key = window.text("kit-key").await?;
    window.picture("recovery-kit").await?;
    let saved = tempfile::tempdir()?;
    let target = saved.path().join("kit.txt");
    window.click("kit-save").await?;
    dialog::answer(display, &target).await?;
    wait_for_file(&target).await?;
    assert!(std::fs::read_to_string(&target)?.contains(key.trim()), "the saved kit holds the key that was shown");
    window.write("kit-retype", key.trim()).await?;
    window.click("kit-confirm").await?;
    window.click("totp-begin").await?;
    window.write("step-up-password", PASSWORD).await?;
    window.click("step-up-go").await?;
    window.find("totp-qr").await?;
    let secret = window.text("totp-secret").await?;
    window.picture("second-factor").await?;
    window.write("totp-code", &oathtool(&secret)?).await?;
    // The sixth digit confirms.
    let ten = window.wait_until(|| async { Ok(window.count_inside("recovery-codes", "li").await? == 10) });
    ten.await.map_err(|_| "ten recovery codes are not shown")?;
    window.picture("recovery-codes").await?;
    let codes = door::Codes::read(window).await?;
    let target = saved.path().join("codes.txt");
    window.click("codes-save").await?;
    dialog::answer(display, &target).await?;
    wait_for_file(&target).await?;
    window.click("codes-done").await?;
    window.remember_secret(secret);
    Ok(codes)
}

async fn find_and_look(window: &Window) -> Result {
    window.find("overview").await?;
    window.settle().await;
    window.picture("own-overview").await?;
    window.click("nav-transactions").await?;
    window.find("transaction-row").await?;
    let all = window.text("transactions-count").await?;
    window.write("transactions-search", "茶叶").await?;
    window.wait_until(|| async { Ok(window.text("transactions-count").await? != all) }).await?;
    window.find("transaction-row").await?;
    window.click("transaction-row").await?;
    window.wait_text("sheet-raw", "茶叶").await?;
    window.picture("found-by-chinese-text").await?;
    window.axe("transactions").await?;
    window.click("sheet-close").await?;
    Ok(())
}

async fn statement(window: &Window, display: &Display, profile: &Path) -> Result {
    window.click("nav-statements").await?;
    window.find("statement-result").await?;
    window.picture("own-statement").await?;
    let target = profile.join("statement.csv");
    window.click("statement-save-csv").await?;
    dialog::answer(display, &target).await?;
    window.find("statement-saved").await?;
    wait_for_file(&target).await?;
    let shown = window.text("statement-sha256").await?;
    let sum = std::process::Command::new("sha256sum").arg(&target).output()?;
    let sum = String::from_utf8(sum.stdout)?;
    assert!(sum.starts_with(shown.trim().trim_start_matches("SHA-256").trim()), "{shown} is not {sum}");
    Ok(())
}

async fn lock_and_unlock(window: &Window) -> Result {
    window.keys("\u{e009}l\u{e000}").await?; // Ctrl-L
    window.find("unlock").await?;
    assert_eq!(
        window.count("transaction-row").await? + window.count("shell").await?,
        0,
        "R47: nothing of the books is left"
    );
    window.picture("locked").await?;
    window.axe("unlock").await?;
    window.write("unlock-password", "not the password at all").await?;
    window.click("unlock-submit").await?;
    window.wait_text("unlock", "Wrong password").await?;
    window.picture("wrong-password").await?;
    window.clear("unlock-password").await?;
    window.write("unlock-password", PASSWORD).await?;
    window.click("unlock-submit").await?;
    window.find("unlock-code").await?;
    window.picture("second-step").await?;
    window.write("unlock-code", &fresh_code(&window.secret()).await?).await?;
    window.find("shell").await?;
    window.picture("unlocked").await?;
    Ok(())
}

/// A code from another program than ours.
fn oathtool(secret: &str) -> Result<String> {
    let secret: String = secret.chars().filter(|character| !character.is_whitespace()).collect();
    let output = std::process::Command::new("oathtool").args(["--totp", "-b", &secret]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The enrolment used its code up: a login needs one of a later step.
async fn fresh_code(secret: &str) -> Result<String> {
    let used = oathtool(secret)?;
    for _ in 0..40 {
        let code = oathtool(secret)?;
        if code != used {
            return Ok(code);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err("the clock does not move".into())
}

async fn wait_for_file(path: &Path) -> Result {
    for _ in 0..100 {
        if path.exists() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("{} was not written", path.display()).into())
}
