//! SQLite's tokens and trigger bodies, as in its `tokenize.c` and `sqlite3_complete`
//! (<https://www.sqlite.org/lang.html>).

use crate::dialect::lex::{Rules, Scanner, TokenKind, keyword};

/// Longest first.
const OPERATORS: [&str; 11] = ["->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "==", "!=", "::"];

const KEYWORDS: [&str; 9] = [
    "BEGIN",
    "CREATE",
    "END",
    "EXPLAIN",
    "PLAN",
    "QUERY",
    "TEMP",
    "TEMPORARY",
    "TRIGGER",
];

/// What SQLite's lexer remembers of the current statement.
#[derive(Default)]
pub(in crate::dialect) struct Sqlite {
    statement: Statement,
    /// The last significant token, if it was one of `;` and END.
    last: Last,
}

/// How far the current statement is known.
#[derive(Clone, Copy, PartialEq, Default)]
enum Statement {
    /// Nothing but EXPLAIN has been read.
    #[default]
    Start,
    /// CREATE, TEMP.
    Create,
    /// CREATE TRIGGER, so that a BEGIN can follow.
    Trigger,
    /// The body of a trigger, from the BEGIN at this offset on.
    Body(usize),
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, PartialEq, Default)]
enum Last {
    #[default]
    Other,
    Semicolon,
    /// END right behind a semicolon.
    End,
}

impl Rules for Sqlite {
    fn scan(&mut self, scanner: &mut Scanner<'_>) -> TokenKind {
        let start = scanner.at();
        match token(scanner) {
            TokenKind::Symbol if scanner.since(start) == ";" => self.semicolon(),
            TokenKind::Word => {
                self.word(keyword(&KEYWORDS, scanner.since(start)), start);
                TokenKind::Word
            }
            kind @ (TokenKind::Space | TokenKind::Comment | TokenKind::Client) => kind,
            kind => {
                self.word("", start);
                kind
            }
        }
    }

    fn finish(&mut self, scanner: &mut Scanner<'_>) {
        if let Statement::Body(start) = self.statement
            && self.last != Last::End
            && !scanner.is_cut()
        {
            scanner.problem(
                start,
                "the trigger body that starts here is never closed: close it with END",
            );
        }
    }
}

impl Sqlite {
    fn word(&mut self, word: &str, start: usize) {
        self.statement = match (self.statement, word) {
            (Statement::Start, "EXPLAIN" | "QUERY" | "PLAN") => Statement::Start,
            (Statement::Start, "CREATE") | (Statement::Create, "TEMP" | "TEMPORARY") => Statement::Create,
            (Statement::Create, "TRIGGER") => Statement::Trigger,
            (Statement::Trigger, "BEGIN") => Statement::Body(start),
            (Statement::Start | Statement::Create, _) => Statement::Other,
            (statement, _) => statement,
        };
        self.last = if word == "END" && self.last == Last::Semicolon {
            Last::End
        } else {
            Last::Other
        };
    }

    /// In a body only the `;` behind `; END` ends the statement. Counting CASE and END is not needed: no
    /// statement of a body starts with END, and no expression holds a `;`.
    fn semicolon(&mut self) -> TokenKind {
        if matches!(self.statement, Statement::Body(_)) && self.last != Last::End {
            self.last = Last::Semicolon;
            return TokenKind::Symbol;
        }
        *self = Self::default();
        TokenKind::Terminator
    }
}

fn token(scanner: &mut Scanner<'_>) -> TokenKind {
    let start = scanner.at();
    match scanner.byte(0) {
        b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => {
            scanner.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'));
            TokenKind::Space
        }
        b'-' if scanner.byte(1) == b'-' => {
            scanner.skip_while(|byte| byte != b'\n');
            TokenKind::Comment
        }
        b'/' if scanner.byte(1) == b'*' => {
            // One that is not closed is legal: it ends with the input.
            scanner.advance(2);
            scanner.skip_past("*/");
            TokenKind::Comment
        }
        b'\'' => string(scanner, start, 1),
        b'x' | b'X' if scanner.byte(1) == b'\'' => string(scanner, start, 2),
        quote @ (b'"' | b'`') => {
            scanner.advance(1);
            scanner.quoted(start, quote, false, "quoted name");
            TokenKind::Name
        }
        b'[' => {
            scanner.advance(1);
            if !scanner.skip_past("]") {
                scanner.unclosed(start, "quoted name", ']');
            }
            TokenKind::Name
        }
        // No statement starts with a dot, so that it must be meant for the shell.
        b'.' if scanner.is_fresh() => client(scanner, start),
        b'0'..=b'9' => number(scanner),
        b'.' if scanner.byte(1).is_ascii_digit() => number(scanner),
        b'@' | b':' | b'$' if is_word(scanner.byte(1)) => {
            scanner.advance(1);
            scanner.skip_while(is_word);
            TokenKind::Name
        }
        byte if is_word(byte) => {
            scanner.skip_while(is_word);
            TokenKind::Word
        }
        _ => {
            scanner.operator(&OPERATORS);
            TokenKind::Symbol
        }
    }
}

fn string(scanner: &mut Scanner<'_>, start: usize, open: usize) -> TokenKind {
    scanner.advance(open);
    scanner.quoted(start, b'\'', false, "string");
    TokenKind::String
}

fn number(scanner: &mut Scanner<'_>) -> TokenKind {
    scanner.number();
    TokenKind::Number
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// A line for the `sqlite3` shell.
fn client(scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
    scanner.skip_line();
    let line = scanner.since(start);
    let command = line.split_ascii_whitespace().next().unwrap_or(line);
    scanner.problem(
        start,
        format!(
            "{command} is a command of the sqlite3 shell, which the database does not know: take the line out"
        ),
    );
    TokenKind::Client
}
