//! SQLite.

pub(super) mod lex;

/// A string literal; only `'` has a meaning in one.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
