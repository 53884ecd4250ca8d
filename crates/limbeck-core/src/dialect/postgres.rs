//! PostgreSQL.

pub(super) mod generated;
pub(super) mod index;
pub(super) mod lex;

/// A string literal. One that holds a backslash is written as `E'…'`, whose meaning does not
/// depend on `standard_conforming_strings` (PostgreSQL manual, 4.1.2.2).
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
