//! `CREATE INDEX CONCURRENTLY`, taken apart.

use crate::dialect::lex::{Lexer, Token, TokenKind};
use crate::dialect::{Dialect, needs_autocommit};

/// What a `CREATE INDEX CONCURRENTLY` makes (PostgreSQL manual, "CREATE INDEX").
///
/// Names are as written, with their quotes.
///
/// ```
/// use limbeck_core::dialect::ConcurrentIndex;
///
/// let sql = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON ONLY app.\"Users\" (lower(email))";
/// let index = ConcurrentIndex::read(sql).unwrap();
/// assert!(index.unique);
/// assert_eq!(index.name, Some("ix"));
/// assert_eq!(index.table, ["app", "\"Users\""]);
/// assert_eq!(index.rest, "(lower(email))");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentIndex<'a> {
    /// Whether it is a unique index.
    pub unique: bool,
    /// Its name; `None` where the server is to choose one.
    pub name: Option<&'a str>,
    /// The table's name, with its schema before it if it was written.
    pub table: Vec<&'a str>,
    /// All that follows the table's name.
    pub rest: &'a str,
}

impl<'a> ConcurrentIndex<'a> {
    /// Reads one statement. `None` for another statement, and for names that only the server can read (`U&"…"`).
    ///
    /// ```
    /// use limbeck_core::dialect::ConcurrentIndex;
    ///
    /// assert_eq!(ConcurrentIndex::read("CREATE INDEX ix ON users (email)"), None);
    /// ```
    pub fn read(sql: &'a str) -> Option<Self> {
        if needs_autocommit(Dialect::Postgresql, sql) != Some("CREATE INDEX CONCURRENTLY") {
            return None;
        }
        let tokens: Vec<_> = Lexer::new(Dialect::Postgresql, sql)
            .filter(Token::is_significant)
            .collect();
        let mut tokens = tokens.as_slice();
        skip(&mut tokens, &["CREATE"]);
        let unique = skip(&mut tokens, &["UNIQUE"]);
        skip(&mut tokens, &["INDEX", "CONCURRENTLY"]);
        skip(&mut tokens, &["IF", "NOT", "EXISTS"]);
        let name = if skip(&mut tokens, &["ON"]) {
            None
        } else {
            let name = name(&mut tokens)?;
            skip(&mut tokens, &["ON"]).then_some(())?;
            Some(name)
        };
        skip(&mut tokens, &["ONLY"]);
        let mut table = vec![self::name(&mut tokens)?];
        while let [dot, behind @ ..] = tokens
            && dot.text == "."
        {
            tokens = behind;
            table.push(self::name(&mut tokens)?);
        }
        let rest = &sql[tokens.first()?.offset..];
        Some(Self {
            unique,
            name,
            table,
            rest,
        })
    }
}

/// Moves on behind `words` if they are what comes next.
fn skip(tokens: &mut &[Token<'_>], words: &[&str]) -> bool {
    let next = |(token, word): (&Token<'_>, &&str)| {
        token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
    };
    let found = tokens.len() >= words.len() && tokens.iter().zip(words).all(next);
    if found {
        *tokens = &tokens[words.len()..];
    }
    found
}

/// Moves on behind a name, and gives it.
fn name<'a>(tokens: &mut &[Token<'a>]) -> Option<&'a str> {
    let (token, behind) = tokens.split_first()?;
    let readable = match token.kind {
        TokenKind::Word => true,
        TokenKind::Name => token.text.starts_with('"'),
        _ => false,
    };
    *tokens = behind;
    readable.then_some(token.text)
}
