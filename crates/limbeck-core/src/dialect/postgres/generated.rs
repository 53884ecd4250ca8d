//! The names that PostgreSQL gives.

/// How many bytes of a name count.
const LONGEST: usize = 63;

/// The name that PostgreSQL makes of a table's, a column's (empty where there is none) and a label. The longer of the two is
/// cut until all fits.
///
/// ```
/// use limbeck_core::dialect::generated_name;
///
/// assert_eq!(generated_name("users", "id", "seq"), "users_id_seq");
/// assert_eq!(generated_name("users", "", "pkey"), "users_pkey");
/// assert_eq!(generated_name(&"t".repeat(80), "id", "seq").len(), 63);
/// ```
pub fn generated_name(table: &str, column: &str, label: &str) -> String {
    let separators = 1 + usize::from(!column.is_empty());
    let room = LONGEST.saturating_sub(label.len() + separators);
    let (mut first, mut second) = (table.len(), column.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let cut = |text: &str, mut length: usize| {
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        text[..length].to_owned()
    };
    let parts = [cut(table, first), cut(column, second), label.to_owned()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("_")
}
