use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A piece of SQL: shown as it was written, and compared by what it means, as far as that can be told without a parser: neither
/// white space nor, outside quotes, case counts.
///
/// ```
/// use limbeck_core::schema::Sql;
///
/// assert_eq!(Sql::new("CHECK (a  > 'X')"), Sql::new("check (a > 'X')"));
/// assert_ne!(Sql::new("CHECK (a > 'X')"), Sql::new("CHECK (a > 'x')"));
/// assert_ne!(Sql::verbatim("BEGIN  END"), Sql::verbatim("BEGIN END"));
/// ```
#[derive(Debug, Clone)]
pub struct Sql {
    text: String,
    /// What is compared, where that is not the text itself.
    key: Option<String>,
}

impl Sql {
    /// An expression or a clause.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let key = normal(&text);
        Self {
            key: (key != text).then_some(key),
            text,
        }
    }

    /// A text of which every character counts, like a function's body.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            key: None,
        }
    }

    /// A text that is compared by something else than itself.
    pub fn keyed(text: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            key: Some(key.into()),
        }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.text)
    }
}

/// The text in lower case and with single spaces, but for what stands in quotes.
fn normal(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) => {
                if c == open {
                    quote = None;
                }
                result.push(c);
            }
            None if c.is_whitespace() => {
                if !result.ends_with(' ') && !result.is_empty() {
                    result.push(' ');
                }
            }
            None => {
                if matches!(c, '\'' | '"' | '`') {
                    quote = Some(c);
                }
                result.extend(c.to_lowercase());
            }
        }
    }
    result.truncate(result.trim_end().len());
    result
}

impl PartialEq for Sql {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Sql {}

impl PartialOrd for Sql {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sql {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl Hash for Sql {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
