//! Clocks that are wrong.

use std::fs;
use std::path::PathBuf;

/// The library that gives a process the clock that its environment variable `FAKETIME` says (`+1h`), when `LD_PRELOAD` names
/// it.
///
/// # Panics
/// Panics when libfaketime is not installed.
pub fn faketime() -> PathBuf {
    // Debian has a directory for each architecture.
    fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
        .unwrap_or_else(|| panic!("the tests need libfaketime: install it with `apt-get install faketime`"))
}
