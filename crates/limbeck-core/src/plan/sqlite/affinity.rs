//! What SQLite makes of values by the type of their column (<https://www.sqlite.org/datatype3.html>, section 3).

use crate::schema::{Column, Table, TableOption};

/// What a column's type makes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// What the type of a column of the table makes of values.
pub(super) fn affinity(table: &Table, column: &Column) -> Affinity {
    let data_type = column.data_type.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| data_type.contains(word));
    if data_type.is_empty() || table.options.contains_key(&TableOption::Strict) && data_type == "ANY" {
        return Affinity::Blob;
    }
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// What the values of a column lose when it gets another type. What can't be converted without a loss stays as it is, but SQLite sees
/// none in a few cases.
pub(super) fn loss(from: Affinity, to: Affinity) -> Option<&'static str> {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    match (from, to) {
        (Text | Blob, Integer | Numeric | Real) => {
            Some("the zeros of texts that look like numbers (007, 1.50)")
        }
        (Integer | Numeric, Real) => Some("the last digits of numbers beyond 2^53"),
        _ => None,
    }
}
