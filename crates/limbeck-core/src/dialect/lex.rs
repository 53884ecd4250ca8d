//! Splits SQL text into statements, the same way for every database; what differs (quotes,
//! comments, bodies) is in `<dialect>/lex.rs`.

use super::Dialect;

/// One token: a slice of the input. Tokens joined give the input back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, exactly as written.
    pub text: &'a str,
    /// Where it starts in the input, in bytes.
    pub offset: usize,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space.
    Space,
    /// A comment that the server does not read. (MySQL's `/*! … */` is not one: its marks are
    /// [`TokenKind::Symbol`]s and its inside is lexed as code.)
    Comment,
    /// A keyword or an unquoted identifier.
    Word,
    /// A quoted identifier.
    Name,
    /// A string literal of any kind, its prefix included.
    String,
    /// A number.
    Number,
    /// Any other character or operator.
    Symbol,
    /// What ends a statement: `;`, or MySQL's current delimiter.
    Terminator,
    /// A line for the client and not for the server: MySQL's `DELIMITER //`.
    Client,
}

/// A statement with what stands around it. Pieces joined (`before` + `sql` + `after`) give the
/// input back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// White space, comments and client lines before the statement.
    pub before: &'a str,
    /// The statement, without its terminator; empty only where nothing but `before` is left at
    /// the end of the input, or where two terminators follow each other.
    pub sql: &'a str,
    /// White space or comments before the terminator, and the terminator; empty at the end of input.
    pub after: &'a str,
    /// Where `sql` starts in the input, in bytes.
    pub offset: usize,
}

/// Something in the text that can't be run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it starts in the input, in bytes.
    pub offset: usize,
    /// What is wrong, and what to do instead.
    pub message: String,
}

/// What [`split`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split<'a> {
    /// The pieces, in order.
    pub pieces: Vec<Piece<'a>>,
    /// What can't be run: an unclosed quote or comment, `COPY … FROM STDIN`, a psql `\command`.
    pub problems: Vec<Problem>,
}

/// Splits `sql` into statements.
pub fn split(_dialect: Dialect, _sql: &str) -> Split<'_> {
    Split::default()
}

/// Cuts `sql` into tokens.
pub fn tokens(_dialect: Dialect, _sql: &str) -> Vec<Token<'_>> {
    Vec::new()
}
