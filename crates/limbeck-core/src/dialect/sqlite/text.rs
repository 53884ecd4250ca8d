//! SQL of SQLite's as it is compared, and as it is written again.

use std::borrow::Cow;

use crate::Dialect;
use crate::dialect::{Token, TokenKind, tokens};

/// The tokens of `sql` that mean something.
pub fn significant(sql: &str) -> Vec<Token<'_>> {
    let tokens = tokens(Dialect::Sqlite, sql).into_iter();
    tokens.filter(Token::is_significant).collect()
}

/// The name that a token stands for: SQLite takes names in any quotes, and in those of strings too.
///
/// ```
/// use limbeck_core::dialect::sqlite::{name, significant};
///
/// let names: Vec<_> = significant("a \"B c\" [d] `e``f`").iter().map(name).collect();
/// assert_eq!(names, ["a", "B c", "d", "e`f"]);
/// ```
pub fn name<'a>(token: &Token<'a>) -> Cow<'a, str> {
    let text = token.text;
    let inside = || text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    match text.chars().next() {
        Some('[') => Cow::Borrowed(inside()),
        Some(quote @ ('"' | '`' | '\'')) => {
            let twice: String = [quote, quote].iter().collect();
            Cow::Owned(inside().replace(&twice, quote.encode_utf8(&mut [0; 4])))
        }
        _ => Cow::Borrowed(text),
    }
}

/// A token as it is compared: names and keywords differ in neither case nor quotes.
pub fn plain(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::Word => token.text.to_ascii_lowercase(),
        TokenKind::Name => name(token).to_ascii_lowercase(),
        // What is no name although it looks like one.
        TokenKind::String if !is_literal(token) => Dialect::Sqlite.literal(&name(token)),
        _ => token.text.to_owned(),
    }
}

fn is_literal(token: &Token<'_>) -> bool {
    token.text.starts_with('\'') || token.text.ends_with('\'')
}

/// Tokens as they are compared: what differs in case, in the quotes of names or in white space only is the same.
///
/// ```
/// use limbeck_core::dialect::sqlite::{normal, significant};
///
/// assert_eq!(normal(&significant("Lower( \"Name\" )  = 'X'")), "lower (name) = 'X'");
/// ```
pub fn normal(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| tokens[before].text);
        if before.is_some_and(|before| !is_tight(before, token.text)) {
            text.push(' ');
        }
        text.push_str(&plain(token));
    }
    text
}

/// Tokens as they were written, but in one line, and without comments.
///
/// ```
/// use limbeck_core::dialect::sqlite::{significant, written};
///
/// assert_eq!(written(&significant("Lower(  a,b ) -- why\n > 'X'")), "Lower(a, b) > 'X'");
/// ```
pub fn written(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        if before.is_some_and(|before| !is_tight(before.text, token.text) && !are_joined(before, token)) {
            text.push(' ');
        }
        text.push_str(&plain_string(token));
    }
    text
}

/// A token as it was written, but for what is a string although it is not quoted as one.
fn plain_string<'a>(token: &Token<'a>) -> Cow<'a, str> {
    match token.kind {
        TokenKind::String if !is_literal(token) => Cow::Owned(Dialect::Sqlite.literal(&name(token))),
        _ => Cow::Borrowed(token.text),
    }
}

fn is_tight(before: &str, text: &str) -> bool {
    matches!(text, ")" | "," | "." | ";") || matches!(before, "(" | ".")
}

/// Whether both stand side by side in the text, and may go on doing so.
fn are_joined(before: &Token<'_>, token: &Token<'_>) -> bool {
    before.text != "," && before.offset.checked_add(before.text.len()) == Some(token.offset)
}

/// The keyword that a token is, in lower case; nothing where it is none.
pub(super) fn word(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::Word => token.text.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// What stands between the commas that are in no parentheses.
///
/// ```
/// use limbeck_core::dialect::sqlite::{items, significant, written};
///
/// let tokens = significant("a, f(b, c)");
/// let items: Vec<_> = items(&tokens).into_iter().map(written).collect();
/// assert_eq!(items, ["a", "f(b, c)"]);
/// ```
pub fn items<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.text == ","
        })
        .collect()
}

/// The tokens in the parentheses that `tokens` starts with, and what follows them.
///
/// ```
/// use limbeck_core::dialect::sqlite::{parentheses, significant, written};
///
/// let tokens = significant("(a, f(b)) DESC");
/// let (inside, rest) = parentheses(&tokens).unwrap();
/// assert_eq!((written(inside), written(rest)), ("a, f(b)".to_owned(), "DESC".to_owned()));
/// assert_eq!(parentheses(rest), None);
/// ```
pub fn parentheses<'a, 't>(tokens: &'a [Token<'t>]) -> Option<(&'a [Token<'t>], &'a [Token<'t>])> {
    tokens.first().filter(|token| token.text == "(")?;
    let mut depth = 0_usize;
    let close = tokens.iter().position(|token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some((&tokens[1..close], &tokens[close + 1..]))
}

/// Takes the name of the table out of what is said of its own columns (`users.age > 0`): it means the same without, also where the
/// table has another name for a moment. A condition of a table has no subqueries.
pub fn unqualified<'t>(table: &str, tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let is_dot = |index: usize| tokens.get(index).is_some_and(|token| token.text == ".");
    let is_own = |index: usize| {
        matches!(tokens[index].kind, TokenKind::Word | TokenKind::Name)
            && name(&tokens[index]).eq_ignore_ascii_case(table)
            && is_dot(index + 1)
            && !index.checked_sub(1).is_some_and(is_dot)
    };
    let goes = |index: usize| is_own(index) || index > 0 && is_dot(index) && is_own(index - 1);
    (0..tokens.len())
        .filter(|index| !goes(*index))
        .map(|index| tokens[index])
        .collect()
}

/// Takes what stands in double quotes in an expression, and is none of its table's columns, for the string that SQLite takes it for
/// (<https://www.sqlite.org/quirks.html>, section 8).
///
/// ```
/// use limbeck_core::dialect::sqlite::{significant, with_strings, written};
///
/// let tokens = with_strings(|name| name == "state", &significant(r#""state" IN ("Sent", "it's")"#));
/// assert_eq!(written(&tokens), r#""state" IN ('Sent', 'it''s')"#);
/// ```
pub fn with_strings<'t>(is_column: impl Fn(&str) -> bool, tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let text = |index: Option<usize>| {
        index
            .and_then(|index| tokens.get(index))
            .map_or("", |token| token.text)
    };
    let is_string = |(index, token): (usize, &Token<'t>)| {
        let (before, behind) = (text(index.checked_sub(1)), text(Some(index + 1)));
        token.kind == TokenKind::Name
            && token.text.starts_with('"')
            && !matches!(behind, "(" | ".")
            && before != "."
            && !before.eq_ignore_ascii_case("collate")
            && !is_column(&name(token))
    };
    let strings = tokens.iter().enumerate().map(|(index, token)| Token {
        kind: if is_string((index, token)) {
            TokenKind::String
        } else {
            token.kind
        },
        ..*token
    });
    strings.collect()
}
