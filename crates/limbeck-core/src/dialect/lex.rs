//! Splits SQL text into statements, the same way for every database; what differs (quotes,
//! comments, bodies) is in `<dialect>/lex.rs`.
//!
//! A lexer reads its input once, from left to right, and keeps a constant amount of state beside
//! the stack of open blocks: time is linear in the input, whatever the input is.

mod scanner;

use super::{Dialect, mysql, postgres, sqlite};

pub(super) use scanner::Scanner;

/// One token: a slice of the input. Tokens joined give the input back.
///
/// ```
/// use limbeck_core::dialect::{Dialect, TokenKind, tokens};
///
/// let tokens = tokens(Dialect::Sqlite, "SELECT 'a;b';");
/// assert_eq!((tokens[2].kind, tokens[2].text, tokens[2].offset), (TokenKind::String, "'a;b'", 7));
/// ```
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
///
/// ```
/// use limbeck_core::dialect::{Dialect, TokenKind, tokens};
///
/// let kinds = |dialect| tokens(dialect, "`a` # b").iter().map(|token| token.kind).collect::<Vec<_>>();
/// assert_eq!(kinds(Dialect::Mysql), [TokenKind::Name, TokenKind::Space, TokenKind::Comment]);
/// assert_ne!(kinds(Dialect::Postgresql), kinds(Dialect::Mysql));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space, and a byte order mark before a statement.
    Space,
    /// A comment that the server does not read. (MySQL's `/*! … */` is not one: its marks are
    /// [`TokenKind::Symbol`]s and its inside is lexed as code.)
    Comment,
    /// A keyword or an unquoted identifier.
    Word,
    /// A quoted identifier, or a variable with its mark (`@name`, `:name`).
    Name,
    /// A string literal of any kind, its prefix included.
    String,
    /// A number.
    Number,
    /// Any other character or operator; also a `;` that does not end a statement.
    Symbol,
    /// What ends a statement: `;`, or MySQL's current delimiter.
    Terminator,
    /// Text for a client and not for the server: MySQL's `DELIMITER //`, psql's `\connect` and the
    /// data after `COPY … FROM STDIN`, sqlite3's `.import`. It always stands between statements.
    Client,
}

impl Token<'_> {
    /// Tells whether the token is part of a statement's meaning: neither white space nor a comment.
    ///
    /// ```
    /// # use limbeck_core::dialect::{Dialect, tokens};
    /// let tokens = tokens(Dialect::Sqlite, "SELECT /* the answer */ 42");
    /// let text: Vec<&str> = tokens.iter().filter(|token| token.is_significant()).map(|token| token.text).collect();
    /// assert_eq!(text, ["SELECT", "42"]);
    /// ```
    pub fn is_significant(&self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }
}

/// A statement with what stands around it. Pieces joined (`before` + `sql` + `after`) give the
/// input back.
///
/// ```
/// use limbeck_core::dialect::{Dialect, split};
///
/// let piece = split(Dialect::Sqlite, "-- why\nDROP TABLE a ;").pieces[0];
/// assert_eq!((piece.before, piece.sql, piece.after), ("-- why\n", "DROP TABLE a", " ;"));
/// assert_eq!(piece.offset, 7);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// White space, comments and client lines before the statement.
    pub before: &'a str,
    /// The statement, without its terminator; empty only where nothing but `before` is left at
    /// the end of the input, or where two terminators follow each other.
    pub sql: &'a str,
    /// White space and comments behind the statement, and its terminator. The terminator is missing
    /// at the end of the input and before a client line.
    pub after: &'a str,
    /// Where `sql` starts in the input, in bytes.
    pub offset: usize,
}

/// Something in the text that can't be run as it stands.
///
/// ```
/// use limbeck_core::dialect::{Dialect, split};
///
/// let problems = split(Dialect::Postgresql, "SELECT 'open").problems;
/// assert_eq!(problems[0].offset, 7);
/// println!("{}", problems[0].message);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it starts in the input, in bytes.
    pub offset: usize,
    /// What is wrong, and what to do instead.
    pub message: String,
}

/// What [`split`] found.
///
/// ```
/// use limbeck_core::dialect::{Dialect, split};
///
/// let split = split(Dialect::Sqlite, "SELECT 1; SELECT 2;\n-- the end");
/// assert_eq!(split.pieces.len(), 3);
/// assert_eq!(split.statements().count(), 2);
/// assert!(split.problems.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split<'a> {
    /// The pieces, in order.
    pub pieces: Vec<Piece<'a>>,
    /// What can't be run, by place: an unclosed quote or comment, `COPY … FROM STDIN`, a psql `\command`.
    pub problems: Vec<Problem>,
}

impl<'a> Split<'a> {
    /// Goes through the pieces that hold a statement, in order.
    ///
    /// ```
    /// # use limbeck_core::dialect::{Dialect, split};
    /// let split = split(Dialect::Sqlite, ";; SELECT 1 ;");
    /// let sql: Vec<&str> = split.statements().map(|piece| piece.sql).collect();
    /// assert_eq!(sql, ["SELECT 1"]);
    /// ```
    pub fn statements(&self) -> impl Iterator<Item = &Piece<'a>> {
        self.pieces.iter().filter(|piece| !piece.sql.is_empty())
    }
}

/// Splits `sql` into statements.
///
/// A `;` inside of a quote, a comment or a body ends nothing: dollar quotes (PostgreSQL manual, 4.1.2.4), SQLite's triggers,
/// MySQL's stored programs, and its client's `DELIMITER` (MySQL manual, 27.1 "Defining Stored Programs").
///
/// ```
/// use limbeck_core::dialect::{Dialect, split};
///
/// let split = split(Dialect::Postgresql, "DO $$ BEGIN PERFORM 1; END $$; SELECT 2");
/// let sql: Vec<&str> = split.statements().map(|piece| piece.sql).collect();
/// assert_eq!(sql, ["DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"]);
/// ```
pub fn split(dialect: Dialect, sql: &str) -> Split<'_> {
    let mut lexer = Lexer::new(dialect, sql);
    let mut pieces = Vec::new();
    let mut piece = Open::at(0);
    for token in &mut lexer {
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {}
            TokenKind::Terminator => {
                let end = token.offset + token.text.len();
                pieces.push(piece.close(sql, token.offset, end));
                piece = Open::at(end);
            }
            TokenKind::Client => {
                // The line itself belongs to the next piece's `before`.
                if piece.code.is_some() {
                    pieces.push(piece.close(sql, token.offset, token.offset));
                    piece = Open::at(token.offset);
                }
            }
            TokenKind::Word | TokenKind::Name | TokenKind::String | TokenKind::Number | TokenKind::Symbol => {
                let start = piece.code.map_or(token.offset, |(start, _)| start);
                piece.code = Some((start, token.offset + token.text.len()));
            }
        }
    }
    if piece.start < sql.len() {
        pieces.push(piece.close(sql, sql.len(), sql.len()));
    }
    Split {
        pieces,
        problems: lexer.problems(),
    }
}

/// Cuts `sql` into tokens.
///
/// ```
/// use limbeck_core::dialect::{Dialect, tokens};
///
/// let sql = "SELECT name -- of the user\nFROM users;";
/// let joined: String = tokens(Dialect::Mariadb, sql).iter().map(|token| token.text).collect();
/// assert_eq!(joined, sql);
/// ```
pub fn tokens(dialect: Dialect, sql: &str) -> Vec<Token<'_>> {
    Lexer::new(dialect, sql).collect()
}

/// The piece that is being read.
struct Open {
    start: usize,
    /// From the first significant token to the last so far.
    code: Option<(usize, usize)>,
}

impl Open {
    fn at(start: usize) -> Self {
        Self { start, code: None }
    }

    /// The piece, which ends at `end`; `stop` is where its terminator starts.
    fn close<'a>(&self, sql: &'a str, stop: usize, end: usize) -> Piece<'a> {
        let (first, last) = self.code.unwrap_or((stop, stop));
        Piece {
            before: &sql[self.start..first],
            sql: &sql[first..last],
            after: &sql[last..end],
            offset: first,
        }
    }
}

/// What one database's lexer knows.
pub(super) trait Rules {
    /// Moves `scanner` past one token, at least one character, and says what it is.
    fn scan(&mut self, scanner: &mut Scanner<'_>) -> TokenKind;

    /// Reports what is still open at the end of the input.
    fn finish(&mut self, scanner: &mut Scanner<'_>);
}

/// The tokens of a text, one after the other.
pub(super) struct Lexer<'a> {
    scanner: Scanner<'a>,
    rules: Box<dyn Rules>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(dialect: Dialect, text: &'a str) -> Self {
        let rules: Box<dyn Rules> = match dialect {
            Dialect::Sqlite => Box::new(sqlite::lex::Sqlite::default()),
            Dialect::Postgresql => Box::new(postgres::lex::Postgres::default()),
            Dialect::Mysql => Box::new(mysql::lex::Mysql::new(false)),
            Dialect::Mariadb => Box::new(mysql::lex::Mysql::new(true)),
        };
        Self {
            scanner: Scanner::new(text),
            rules,
        }
    }

    /// The problems, once the last token has been read.
    fn problems(mut self) -> Vec<Problem> {
        self.rules.finish(&mut self.scanner);
        let mut problems = self.scanner.into_problems();
        problems.sort_by_key(|problem| problem.offset);
        problems
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let offset = self.scanner.at();
        if self.scanner.is_done() {
            return None;
        }
        let kind = if self.scanner.skip_mark() {
            TokenKind::Space
        } else {
            self.rules.scan(&mut self.scanner)
        };
        if self.scanner.at() == offset {
            debug_assert!(false, "the lexer stands still at {offset}");
            // Better a wrong token than a program that never ends.
            self.scanner.skip_character();
        }
        let text = self.scanner.since(offset);
        match kind {
            TokenKind::Space | TokenKind::Comment => {}
            TokenKind::Terminator | TokenKind::Client => self.scanner.set_fresh(true),
            _ => self.scanner.set_fresh(false),
        }
        Some(Token { kind, text, offset })
    }
}

/// The word of `list` that `word` is, in any case of letters, or "".
pub(super) fn keyword(list: &[&'static str], word: &str) -> &'static str {
    list.iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .copied()
        .unwrap_or("")
}
