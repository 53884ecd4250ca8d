//! A row's values, one after the other.

use super::Row;

/// What the server puts between the values of a list.
const SEPARATOR: char = '\u{1f}';

/// The SQL that makes one text of an array.
pub(super) fn joined(array: &str) -> String {
    format!("array_to_string({array}, chr({}))", u32::from(SEPARATOR))
}

/// The SQL that makes one text of rows.
pub(super) fn collected(text: &str, order: &str) -> String {
    format!(
        "string_agg({text}, chr({}) ORDER BY {order})",
        u32::from(SEPARATOR)
    )
}

/// The values of a row, from left to right. What is missing is empty.
pub(super) struct Cells(std::vec::IntoIter<Option<String>>);

impl Cells {
    pub(super) fn new(row: Row) -> Self {
        Self(row.into_iter())
    }

    pub(super) fn optional(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    pub(super) fn text(&mut self) -> String {
        self.optional().unwrap_or_default()
    }

    /// One character of a column of the type `"char"`; a space where it is empty.
    pub(super) fn letter(&mut self) -> char {
        self.text().chars().next().unwrap_or(' ')
    }

    pub(super) fn flag(&mut self) -> bool {
        self.text() == "t"
    }

    pub(super) fn id(&mut self) -> u32 {
        self.text().parse().unwrap_or(0)
    }

    pub(super) fn number(&mut self) -> i32 {
        self.text().parse().unwrap_or(0)
    }

    pub(super) fn big(&mut self) -> i64 {
        self.text().parse().unwrap_or(0)
    }

    /// The numbers of an array (`{1,2}`) or a vector (`1 2`).
    pub(super) fn numbers(&mut self) -> Vec<i32> {
        let text = self.text();
        let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '-');
        numbers.filter_map(|number| number.parse().ok()).collect()
    }

    /// What [`joined`] or [`collected`] made one text of.
    pub(super) fn list(&mut self) -> Vec<String> {
        let Some(text) = self.optional() else {
            return Vec::new();
        };
        text.split(SEPARATOR).map(str::to_owned).collect()
    }
}
