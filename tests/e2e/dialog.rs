//! The native file dialog, answered as a person would: by typing a path.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::display::Display;

/// Types a path into the file dialog that is open or about to open, and presses Enter.
pub async fn answer(display: &Display, path: &Path) -> Result {
    let window = wait_for_dialog(display).await?;
    let text = path.to_str().ok_or("a path that is text")?;
    xdotool(display, &["windowfocus", "--sync", &window])?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // "/" opens the path field of GTK's dialog; Ctrl-A replaces a proposed name.
    xdotool(display, &["key", "ctrl+l"])?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    xdotool(display, &["key", "ctrl+a"])?;
    xdotool(display, &["type", "--delay", "5", text])?;
    tokio::time::sleep(Duration::from_millis(400)).await;
    xdotool(display, &["key", "Return"])?;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if dialogs(display)?.is_empty() {
            return Ok(());
        }
    }
    Err("the file dialog did not close".into())
}

async fn wait_for_dialog(display: &Display) -> Result<String> {
    for _ in 0..100 {
        if let Some(window) = dialogs(display)?.pop() {
            return Ok(window);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("no file dialog opened".into())
}

/// Visible windows that are not the app's own.
fn dialogs(display: &Display) -> Result<Vec<String>> {
    let output = Command::new("xdotool")
        .env("DISPLAY", &display.name)
        .args(["search", "--onlyvisible", "--name", "(Open|Save|Select|Choose).*"])
        .output()?;
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

fn xdotool(display: &Display, arguments: &[&str]) -> Result {
    let done = Command::new("xdotool").env("DISPLAY", &display.name).args(arguments).status()?;
    if done.success() { Ok(()) } else { Err(format!("xdotool {arguments:?}").into()) }
}
