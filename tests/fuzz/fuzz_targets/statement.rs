//! Any bytes as a statement file: no panic, no hang. The same body as the property tests of purser-books.
#![no_main]

#[path = "../../../src-tauri/crates/books/tests/survive/mod.rs"]
mod survive;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    survive::survive(bytes);
});
