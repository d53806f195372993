//! What is printed, and what is asked when somebody sits there.

use std::io::{IsTerminal, Write};
use std::path::Path;

use purser_app::error::{Code, Error, Result};
use zeroize::Zeroizing;

/// A message for a person, on standard error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A result, on standard output.
pub fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Whether anything may be asked: a person at both ends, and no program waiting for JSON.
pub fn can_ask(json: bool) -> bool {
    !json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// A secret from a file, one trailing newline dropped; or typed without echo.
pub fn secret(file: Option<&Path>, prompt: &str, flag: &str, json: bool) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return read_secret_file(file);
    }
    if !can_ask(json) {
        return Err(Error::invalid(format!("{flag} is missing, and there is no terminal to ask on")));
    }
    Ok(Zeroizing::new(rpassword::prompt_password(format!("{prompt}: "))?))
}

pub fn read_secret_file(file: &Path) -> Result<Zeroizing<String>> {
    let bytes = Zeroizing::new(
        purser_app::files::read_small(file, 64 * 1024)
            .map_err(|error| Error::new(Code::Invalid, format!("cannot read {}: {}", file.display(), error.kind())))?,
    );
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Error::invalid(format!("{} is not UTF-8 text", file.display())))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Zeroizing::new(text.to_owned()))
}

/// A line typed in the open: a code.
pub fn ask(prompt: &str) -> Result<String> {
    let _ = write!(std::io::stderr(), "{prompt}: ");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
