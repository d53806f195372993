//! Broken books in the real window: named as damage, restored from a backup with the recovery kit, with the same totals.

use purser_tests::statements::fixture;
use purser_tests::{Profile, SEED};

use crate::display::Display;
use crate::window::Window;
use crate::{Result, dialog, oathtool};

/// A locked profile whose books are broken, and a backup from before.
pub fn broken() -> Profile {
    let computer = Profile::unlocked();
    computer.cli().json(["import", &fixture("alipay/account-log-classic")]);
    let backup = computer.outside().join("purser.age");
    computer.cli().json(["backup", "-o", backup.to_str().unwrap_or_default()]);
    computer.cli().json(["lock"]);
    computer
}

/// Flips bits of the first page: its authentication fails, whoever holds the key.
fn break_books(computer: &Profile) -> Result {
    let path = computer.folder().join("books.db");
    let mut bytes = std::fs::read(&path)?;
    bytes.get_mut(2000..2016).ok_or("books of a page")?.iter_mut().for_each(|byte| *byte ^= 0x55);
    Ok(std::fs::write(path, bytes)?)
}

async fn log_in(window: &Window, computer: &mut Profile) -> Result {
    window.find("unlock").await?;
    window.write("unlock-password", purser_tests::PASSWORD).await?;
    window.click("unlock-submit").await?;
    window.find("unlock-code").await?;
    window.write("unlock-code", &computer.phone.code(SEED)).await
}

pub async fn restore(window: &Window, display: &Display, computer: &mut Profile) -> Result {
    log_in(window, computer).await?;
    window.find("shell").await?;
    let before = window.text("wallet-card").await?;
    window.keys("\u{e009}l\u{e000}").await?; // Ctrl-L
    window.find("unlock").await?;
    break_books(computer)?;
    log_in(window, computer).await?;
    window.find("unlock-damaged").await?;
    window.picture("damaged").await?;
    window.axe("damaged").await?;
    window.click("unlock-damaged-restore").await?;
    window.click("restore-choose").await?;
    dialog::answer(display, &computer.outside().join("purser.age")).await?;
    let chosen = "return document.querySelector('[data-testid=\"restore-file\"]')?.textContent === 'purser.age';";
    window
        .wait_until(|| async { Ok(window.script(chosen).await? == true) })
        .await
        .map_err(|_| "no backup is chosen")?;
    window.write("restore-kit", Profile::recovery_key()).await?;
    window.axe("restore").await?;
    window.click("restore-go").await?;
    window.wait_text("restore-done", ".pre-restore-").await?;
    window.picture("restored").await?;
    window.find("totp-qr").await?;
    window.click("make-phrase").await?;
    window.wait_attribute("strength", "data-accepted", "true").await?;
    let secret = window.text("totp-secret").await?;
    window.write("totp-code", &oathtool(&secret)?).await?;
    window.find("farewell").await?;
    window.click("codes-written").await?;
    window.click("farewell-done").await?;
    window.click("setup-later").await?;
    window.click("nav-overview").await?;
    window.wait_text("wallet-card", before.lines().next().unwrap_or_default()).await?;
    assert_eq!(window.text("wallet-card").await?, before, "the same totals");
    window.click("nav-security").await?;
    window.click("security-log").await?;
    window.find("log").await?;
    for action in ["restored", "kit_used", "backup_made"] {
        let row = format!("[data-testid=\"log-row\"][data-action=\"{action}\"]");
        window
            .wait_until(|| async { Ok(window.count_css(&row).await? == 1) })
            .await
            .map_err(|_| format!("no {action}"))?;
    }
    window.click("log-check").await?;
    window.wait_text("log-checked", "whole").await?;
    window.picture("log-after-a-restore").await
}
