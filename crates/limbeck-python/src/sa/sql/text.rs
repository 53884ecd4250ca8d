//! `text('…')`: its `:names`.

use std::rc::Rc;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Sql(&'a str),
    /// A `:name`, without the colon.
    Name(&'a str),
}

/// The names in a text, each once.
pub(super) fn names(sql: &str) -> Vec<Rc<str>> {
    let mut names: Vec<Rc<str>> = Vec::new();
    for piece in pieces(sql) {
        if let Piece::Name(name) = piece
            && !names.iter().any(|known| **known == *name)
        {
            names.push(Rc::from(name));
        }
    }
    names
}

/// The text in pieces. SQLAlchemy does not look whether a name stands in quotes or in a comment, and neither does this: `\:`
/// is a colon that begins none, and `::` is a cast.
pub(super) fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(found) = sql[at..].find(':') {
        at += found;
        let name = word(&sql[at + 1..]);
        let end = at + 1 + name.len();
        let before = sql[..at].chars().next_back();
        if sql[end..].starts_with(':') {
            // `a:b:c` has no name, nor has `::`.
        } else if before == Some('\\') {
            pieces.push(Piece::Sql(&sql[start..at - 1]));
            start = at;
        } else if !name.is_empty() && !before.is_some_and(|c| c == ':' || is_word(c)) {
            pieces.push(Piece::Sql(&sql[start..at]));
            pieces.push(Piece::Name(name));
            start = end;
        }
        at = end;
    }
    pieces.push(Piece::Sql(&sql[start..]));
    pieces
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The letters that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !is_word(c) && c != '$');
    &text[..end.unwrap_or(text.len())]
}
