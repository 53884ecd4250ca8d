//! SQLite.

pub(super) mod lex;
mod table;
mod text;

pub use table::{ColumnDefinition, ConstraintDefinition, CreateTable, is_descending_key};
pub use text::{items, name, normal, parentheses, plain, significant, unqualified, with_strings, written};

/// A string literal; only `'` has a meaning in one.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
