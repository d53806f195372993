//! Looking at folders from outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Every file below a folder, by relative path.
#[must_use]
pub fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                // A file may go away between listing and reading.
                if let Ok(bytes) = std::fs::read(&path) {
                    found.insert(path.strip_prefix(root).unwrap().to_path_buf(), bytes);
                }
            }
        }
    }
    found
}

/// The files that hold one of the markers, with the marker.
#[must_use]
pub fn files_with(root: &Path, markers: &[(&str, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, bytes) in files(root) {
        for (name, marker) in markers {
            if bytes.windows(marker.len()).any(|window| window == marker.as_slice()) {
                found.push(format!("{} in {}", name, path.display()));
            }
        }
    }
    found
}

#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
