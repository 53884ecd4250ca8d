//! Several statements as one text, and the way back from a place in it.

use std::borrow::Cow;

/// What stands between statements: on a line of its own, because a statement may end in a comment.
pub(super) const SEPARATOR: &str = "\n;\n";

/// Statements that are sent together.
pub(super) struct Batch<'a> {
    text: Cow<'a, str>,
    /// Where each statement begins in the text, and how long it is.
    spans: Vec<(usize, usize)>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(statements: &[&'a str]) -> Self {
        if let [statement] = statements {
            return Self {
                text: Cow::Borrowed(statement),
                spans: vec![(0, statement.len())],
            };
        }
        let mut text = String::with_capacity(statements.iter().map(|sql| sql.len() + SEPARATOR.len()).sum());
        let mut spans = Vec::with_capacity(statements.len());
        for (at, sql) in statements.iter().enumerate() {
            if at > 0 {
                text.push_str(SEPARATOR);
            }
            // A second semicolon would make an empty statement, which MySQL refuses.
            let sql = sql.trim_end().trim_end_matches(';');
            spans.push((text.len(), sql.len()));
            text.push_str(sql);
        }
        Self {
            text: Cow::Owned(text),
            spans,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The statement that holds byte `at` of the text, and the offset in it.
    #[cfg(feature = "postgres")]
    pub(super) fn locate(&self, at: usize) -> Option<(usize, usize)> {
        let index = self.spans.iter().rposition(|(start, _)| *start <= at)?;
        let (start, length) = self.spans[index];
        Some((index, (at - start).min(length)))
    }

    /// The text from statement `index` on, to the end of the last.
    #[cfg(feature = "mysql")]
    pub(super) fn from(&self, index: usize) -> &str {
        &self.text[self.spans[index].0..]
    }

    /// The length of statement `index`.
    #[cfg(feature = "mysql")]
    pub(super) fn length(&self, index: usize) -> usize {
        self.spans[index].1
    }

    /// The number of statements.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_text_lead_back_to_statements() {
        let batch = Batch::new(&["BEGIN;", "SELECT ü -- no", "COMMIT"]);
        assert_eq!(batch.text(), "BEGIN\n;\nSELECT ü -- no\n;\nCOMMIT");
        let at = batch.text().find('ü').expect("it is there");
        assert_eq!(batch.locate(at), Some((1, 7)));
        assert_eq!(batch.locate(0), Some((0, 0)));
        assert_eq!(batch.locate(batch.text().len()), Some((2, 6)));
    }
}
