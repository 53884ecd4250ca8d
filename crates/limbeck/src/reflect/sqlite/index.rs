//! An index of SQLite's.

use limbeck_core::dialect::sqlite::{plain, significant, with_strings, written};
use limbeck_core::schema::{Column, Index};

use super::{keyed, named_columns};

/// Reads `CREATE [UNIQUE] INDEX name ON table (…) [WHERE …]`, as `sqlite_schema` tells it.
pub(super) fn read(columns: &[Column], sql: &str) -> Option<Index> {
    let tokens = significant(sql);
    let unique = tokens.get(1).is_some_and(|token| plain(token) == "unique");
    let [_, on, _, definition @ ..] = tokens.get(if unique { 3 } else { 2 }..)? else {
        return None;
    };
    if plain(on) != "on" {
        return None;
    }
    let is_column = |name: &str| {
        columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };
    // A string alone would be taken for a column's name, so they are written as they are.
    let compared = with_strings(is_column, definition);
    Some(Index {
        unique,
        columns: named_columns(columns, &compared),
        definition: keyed(&compared, written(definition)),
        comment: None,
    })
}
