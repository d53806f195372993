//! An emergency in the real window: frozen from the lock screen in two presses, followed step by step, and the way out begun
//! and taken back.

use std::process::Command;

use purser_tests::statements::fixture;
use purser_tests::{Profile, SEED};

use crate::display::Display;
use crate::window::Window;
use crate::{Result, dialog, wait_for_file};

const CTRL_SHIFT_E: &str = "\u{e009}\u{e008}E\u{e000}";
const ENTER: &str = "\u{e007}";

/// A locked profile with one wallet.
pub fn locked() -> Profile {
    let computer = Profile::unlocked();
    computer.cli().json(["import", &fixture("alipay/account-log-classic")]);
    computer.cli().json(["lock"]);
    computer
}

pub async fn follow(window: &Window, display: &Display, computer: &mut Profile) -> Result {
    freeze_from_the_lock_screen(window, computer).await?;
    log_in(window, computer).await?;
    questions(window).await?;
    a_call(window).await?;
    steps(window, display, computer).await?;
    transactions(window).await?;
    owners_and_tasks(window).await?;
    pack(window, display, computer).await?;
    the_way_out(window, computer).await?;
    in_chinese(window).await
}

/// R60: two acts, no password, and it is on the disk.
async fn freeze_from_the_lock_screen(window: &Window, computer: &Profile) -> Result {
    window.find("unlock").await?;
    window.keys(CTRL_SHIFT_E).await?;
    window.find("freeze-now").await?;
    window.wait_text("emergency", "95188").await?;
    let focus = "return document.activeElement.dataset.testid;";
    assert_eq!(window.script(focus).await?, "freeze-now", "the next press freezes");
    window.picture("emergency-locked").await?;
    window.axe("emergency while locked").await?;
    window.write("freeze-now", ENTER).await?;
    window.wait_attribute("freeze-card", "data-frozen", "true").await?;
    assert!(computer.folder().join("freeze.journal").exists(), "the freeze is on the disk");
    window.wait_text("frozen-title", "This computer has stopped.").await?;
    window.wait_text("frozen-title", "Your wallets have not: 4 calls to make.").await?;
    window.wait_text("frozen-facts", "no password needed").await?;
    assert_eq!(window.count("say-confirmed").await?, 0, "nothing is ticked without a login");
    window.find("no-record").await?;
    window.picture("emergency-locked-frozen").await?;
    window.axe("frozen while locked").await?;
    window.click("emergency-back").await?;
    window.wait_text("frozen-line", "Frozen since").await?;
    window.picture("locked-frozen").await?;
    window.axe("locked and frozen").await
}

async fn log_in(window: &Window, computer: &mut Profile) -> Result {
    window.write("unlock-password", purser_tests::PASSWORD).await?;
    window.click("unlock-submit").await?;
    window.find("unlock-code").await?;
    window.write("unlock-code", &computer.phone.code(SEED)).await?;
    window.find("shell").await?;
    window.wait_text("frozen-line", "1 call to make").await?;
    window.picture("frozen-overview").await?;
    window.click("frozen-line").await?;
    window.find("steps").await?;
    window.picture("incident").await?;
    window.axe("incident").await
}

async fn is_done(window: &Window, step: &str) -> Result {
    let id = format!("step-{step}");
    window.wait_attribute(&id, "data-state", "done").await
}

/// Presses what may lie below the fold, under the line of the window's foot.
async fn press(window: &Window, selector: &str) -> Result {
    let into_view = format!(
        "const pressed = document.querySelector('{selector}'); \
         if (pressed) pressed.closest('.page').scrollTop += pressed.getBoundingClientRect().top - 300;"
    );
    window.script(&into_view).await?;
    window.click_css(selector).await
}

async fn open(window: &Window, step: &str) -> Result {
    press(window, &format!("[data-testid=\"step-{step}\"] > button")).await
}

async fn questions(window: &Window) -> Result {
    // The freeze ticked its own part; somebody to help is for a person to say.
    window.click("part-freeze/helper").await?;
    is_done(window, "freeze").await?;
    window.find("step-unplug").await?;
    for choice in ["answer-money_left-yes", "answer-entrance-login", "answer-controlled-unsure"] {
        choose(window, choice).await?;
    }
    window.wait_text("controlled", "Unplug the network").await?;
    window.picture("incident-not-trusted").await?;
    window.axe("not trusted").await?;
    open(window, "questions").await?;
    choose(window, "answer-controlled-no").await?;
    window.gone("controlled").await?;
    window.gone("step-unplug").await?;
    is_done(window, "questions").await
}

/// Each answer moves the steps: a click that met the page while it moved is made again.
async fn choose(window: &Window, choice: &str) -> Result {
    let chosen = format!("return document.querySelector('[data-testid=\"{choice}\"]').checked;");
    let is_chosen = || async {
        window.click(choice).await?;
        Ok(window.script(&chosen).await? == true)
    };
    window.wait_until(is_chosen).await
}

async fn a_call(window: &Window) -> Result {
    open(window, "call_providers").await?;
    window.wait_text("lever-number", "95188").await?;
    window.wait_text("script-text", "Somebody else is using it").await?;
    window.click("script-language-zh-CN").await?;
    window.wait_text("script-text", "有他人正在使用该账户").await?;
    window.click("say-confirmed").await?;
    window.picture("lever").await?;
    window.axe("lever").await?;
    window.write("say-reference", "SR-20261130-77").await?;
    window.click("say-go").await?;
    window.wait_text("frozen-title", "Each wallet has confirmed something.").await?;
    let confirmed = "[data-testid=\"lever-alipay.call@1\"] [data-state=\"confirmed\"]";
    window.wait_until(|| async { Ok(window.count_css(confirmed).await? == 1) }).await
}

async fn steps(window: &Window, display: &Display, computer: &Profile) -> Result {
    open(window, "insurer").await?;
    window.click("part-insurer/policy").await?;
    window.wait_attribute("part-insurer/policy", "disabled", "true").await?;
    let photo = computer.outside().join("photo.txt");
    std::fs::write(&photo, "the list of sessions")?;
    press(window, "[data-testid=\"step-insurer\"] [data-testid=\"step-attach\"]").await?;
    dialog::answer(display, &photo).await?;
    window.wait_text("step-insurer", "photo.txt").await?;
    press(window, "[data-testid=\"step-insurer\"] [data-testid=\"step-done\"]").await?;
    window.write("step-reference", "CLAIM-9").await?;
    window.click("step-go").await?;
    is_done(window, "insurer").await
}

async fn transactions(window: &Window) -> Result {
    press(window, "[data-testid=\"steps-later\"]").await?;
    open(window, "reconcile").await?;
    press(window, "[data-testid=\"step-reconcile\"] [data-testid=\"step-help\"]").await?;
    window.find("reconcile").await?;
    // How a date is typed depends on the system's locale.
    let day = "const day = document.querySelector('[data-testid=\"good-day\"]'); day.value = '2020-01-01'; \
               day.dispatchEvent(new Event('change', { bubbles: true }));";
    window.script(day).await?;
    window.click("good-day-set").await?;
    window.wait_text("reconcile-progress", "0 of").await?;
    window.find("judged").await?;
    for key in ["o", "t", "u"] {
        window.write("reconcile-rows", key).await?;
    }
    window.wait_text("reconcile-progress", "3 of").await?;
    window.wait_text("sum-theirs", "1").await?;
    window.picture("transactions-marked").await?;
    window.axe("transactions marked").await?;
    window.click("reconcile-back").await
}

/// Who clicks, and what a review finds left: a task with a day, ticked when it is done.
async fn owners_and_tasks(window: &Window) -> Result {
    press(window, "[data-testid=\"lane-owner-click-open\"]").await?;
    window.write("lane-owner-click-name", "王芳").await?;
    window.click("lane-owner-click-go").await?;
    window.wait_text("step-photograph", "王芳").await?;
    press(window, "[data-testid=\"steps-later\"]").await?;
    open(window, "review_7").await?;
    window.find("left-bank_recall").await?;
    window.picture("review-left").await?;
    window.axe("what a review finds left").await?;
    press(window, "[data-testid=\"left-bank_recall\"] button").await?;
    window.wait_text("task-1", "Call the bank the money went through").await?;
    window.gone("left-bank_recall").await?;
    window.picture("tasks").await?;
    press(window, "[data-testid=\"task-1\"] input").await?;
    window.gone("task-1").await?;
    window.wait_text("tasks-settled", "1 done or dropped").await
}

async fn pack(window: &Window, display: &Display, computer: &Profile) -> Result {
    let target = computer.outside().join("evidence.zip");
    window.click("pack-open").await?;
    window.picture("pack").await?;
    window.axe("pack").await?;
    window.click("pack-go").await?;
    dialog::answer(display, &target).await?;
    window.wait_text("pack-done", "5 transactions").await?;
    wait_for_file(&target).await?;
    window.picture("pack-written").await?;
    window.axe("pack written").await?;
    let shown = window.text("pack-sha256").await?;
    let sum = Command::new("sha256sum").arg(&target).output()?;
    let sum = String::from_utf8(sum.stdout)?;
    assert!(sum.starts_with(shown.trim()), "{shown} is not {sum}");
    let whole = Command::new("unzip").arg("-tqq").arg(&target).status()?;
    assert!(whole.success(), "unzip opens the pack");
    window.click("pack-close").await
}

async fn the_way_out(window: &Window, computer: &mut Profile) -> Result {
    window.click("unfreeze-open").await?;
    window.write("unfreeze-reason", "The sessions are ended.").await?;
    window.picture("unfreeze").await?;
    window.axe("unfreeze").await?;
    window.click("unfreeze-go").await?;
    window.find("step-up").await?;
    window.write("step-up-password", purser_tests::PASSWORD).await?;
    // The sixth digit proves.
    window.write("step-up-code", &computer.phone.code(SEED)).await?;
    window.gone("step-up").await?;
    window.find("cooling-off").await?;
    window.wait_attribute("freeze-card", "data-frozen", "true").await?;
    window.picture("cooling-off").await?;
    window.axe("cooling off").await?;
    window.click("unfreeze-cancel").await?;
    window.gone("cooling-off").await?;
    window.wait_attribute("freeze-card", "data-frozen", "true").await
}

async fn in_chinese(window: &Window) -> Result {
    window.click("nav-settings").await?;
    window.click("settings-language-zh-CN").await?;
    window.dark(true).await?;
    window.click("nav-emergency").await?;
    window.wait_text("frozen-title", "这台电脑已停住").await?;
    window.picture("incident-zh-dark").await?;
    window.axe("incident, Chinese, dark").await
}
