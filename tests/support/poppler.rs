//! PDFs read by programs we did not write: poppler's `pdftotext`, `pdffonts` and `pdfinfo`.

use std::path::Path;
use std::process::Command;

/// What the program prints of a file; a complaint fails the test.
#[must_use]
pub fn poppler(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let output = command.output().expect("poppler's programs are installed (Debian: apt-get install poppler-utils)");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{program} complains: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
