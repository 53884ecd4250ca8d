//! MySQL and MariaDB.

mod body;
pub(super) mod lex;
pub(super) mod target;

use std::fmt::Write as _;

/// A string literal. One that holds a backslash is written in hexadecimal, because whether a
/// backslash escapes depends on the session's `NO_BACKSLASH_ESCAPES`.
pub(super) fn literal(text: &str) -> String {
    if !text.contains('\\') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut hex = String::from("_utf8mb4 0x");
    for byte in text.bytes() {
        write!(hex, "{byte:02x}").expect("writing to a string can't fail");
    }
    hex
}
