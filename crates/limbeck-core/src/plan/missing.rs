//! Values that only people know.

use crate::schema::Name;

const MARK: &str = "NULL /* TODO: the value of ";
const END: &str = " for the rows that are there */";

/// The place for a column's value in the rows that are there.
pub(super) fn place(table: &Name, column: &str) -> String {
    // Neither may a name end the comment, nor, where comments nest, begin another.
    let name = format!("{table}.{column}")
        .replace("*/", "* /")
        .replace("/*", "/ *");
    format!("{MARK}{name}{END}")
}

/// The column whose value somebody has yet to put into a statement that autogenerate wrote.
///
/// ```
/// use limbeck_core::plan::missing_value;
///
/// let mark = "/* TODO: the value of users.team for the rows that are there */";
/// let written = format!("UPDATE users SET team = NULL {mark} WHERE team IS NULL");
/// assert_eq!(missing_value(&written), Some("users.team"));
/// assert_eq!(missing_value(&written.replace("NULL /*", "1 /*")), None);
/// ```
pub fn missing_value(sql: &str) -> Option<&str> {
    let (_, behind) = sql.split_once(MARK)?;
    let (name, _) = behind.split_once(END)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::{missing_value, place};
    use crate::Dialect;
    use crate::dialect::tokens;
    use crate::schema::Name;

    #[test]
    fn no_name_ends_or_begins_a_comment() {
        for column in ["*/", "/*", "/*/", "*/*", "a */ /* b"] {
            let place = place(&Name::new("t"), column);
            assert!(missing_value(&place).is_some(), "{place}");
            for dialect in [Dialect::Postgresql, Dialect::Mariadb, Dialect::Sqlite] {
                let text = format!("{place} = 1");
                let behind: Vec<_> = tokens(dialect, &text)
                    .into_iter()
                    .filter(|token| token.is_significant())
                    .map(|token| token.text)
                    .collect();
                assert_eq!(behind, ["NULL", "=", "1"], "on {dialect}: {text}");
            }
        }
    }
}
