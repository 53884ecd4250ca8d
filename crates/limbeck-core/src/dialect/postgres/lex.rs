//! PostgreSQL's tokens (manual, 4.1 "Lexical Structure"), and where its statements end.

use crate::dialect::lex::{Rules, Scanner, TokenKind, keyword};

const KEYWORDS: [&str; 13] = [
    "AS",
    "ATOMIC",
    "BEGIN",
    "CASE",
    "COPY",
    "CREATE",
    "END",
    "FROM",
    "FUNCTION",
    "OR",
    "PROCEDURE",
    "REPLACE",
    "STDIN",
];

/// What PostgreSQL's lexer remembers of the current statement.
#[derive(Default)]
pub(in crate::dialect) struct Postgres {
    statement: Statement,
    /// Where the statement starts.
    start: usize,
    /// How many parentheses are open. A `;` inside them ends nothing, as in psql: `CREATE RULE … DO (a; b)`.
    parens: usize,
    /// The offsets of the BEGIN ATOMIC and CASE that are open.
    blocks: Vec<usize>,
    /// The last significant token, if it was a keyword or a dot.
    last: &'static str,
    continued: Continued,
    /// Whether the lines behind this one are data for `COPY … FROM STDIN`.
    data: bool,
}

/// How far the current statement is known.
#[derive(Clone, Copy, PartialEq, Default)]
enum Statement {
    #[default]
    Start,
    /// CREATE, OR, REPLACE.
    Create,
    /// CREATE FUNCTION or CREATE PROCEDURE, whose body can be BEGIN ATOMIC … END.
    Routine,
    Copy,
    /// `COPY … FROM STDIN`.
    CopyData,
    Other,
}

/// Whether the next string would continue an `E'…'` string, and so know backslashes too: two strings with a line
/// feed between them, and nothing else but blanks and `--` comments, are one (4.1.2.1).
#[derive(Clone, Copy, PartialEq, Default)]
enum Continued {
    #[default]
    No,
    /// An `E'…'` string, but no line feed yet.
    SameLine,
    NextLine,
}

impl Rules for Postgres {
    fn scan(&mut self, scanner: &mut Scanner<'_>) -> TokenKind {
        let start = scanner.at();
        let fresh = scanner.is_fresh();
        let kind = self.token(scanner);
        let text = scanner.since(start);
        self.follow_string(kind, text);
        match kind {
            TokenKind::Space | TokenKind::Comment => return kind,
            TokenKind::Client => {
                *self = Self {
                    data: self.data,
                    ..Self::default()
                };
                return kind;
            }
            _ => {}
        }
        if fresh {
            self.start = start;
        }
        let last = match kind {
            TokenKind::Word => self.word(keyword(&KEYWORDS, text), scanner, start),
            TokenKind::Symbol if text == ";" => return self.semicolon(),
            TokenKind::Symbol => self.symbol(text),
            _ => "",
        };
        if self.statement == Statement::Start {
            self.statement = Statement::Other;
        }
        self.last = last;
        kind
    }

    fn finish(&mut self, scanner: &mut Scanner<'_>) {
        if let Some(&start) = self.blocks.first()
            && !scanner.is_cut()
        {
            scanner.problem(
                start,
                "the function body that starts here is never closed: close it with END",
            );
        }
    }
}

impl Postgres {
    /// Follows a word, and gives what is to be remembered of it.
    fn word(&mut self, word: &'static str, scanner: &mut Scanner<'_>, start: usize) -> &'static str {
        // Any keyword can stand behind a dot as a column's name, and behind AS as a label (appendix C).
        if matches!(self.last, "." | "AS") {
            return "";
        }
        self.statement = match (self.statement, word) {
            (Statement::Start, "CREATE") | (Statement::Create, "OR" | "REPLACE") => Statement::Create,
            (Statement::Create, "FUNCTION" | "PROCEDURE") => Statement::Routine,
            (Statement::Start, "COPY") => Statement::Copy,
            (Statement::Copy, "STDIN") if self.last == "FROM" && self.parens == 0 => {
                let message = "COPY … FROM STDIN takes its rows from a client's input, which a migration does not have: \
                               use INSERT, or COPY … FROM a file on the server";
                scanner.problem(self.start, message);
                Statement::CopyData
            }
            (Statement::Start | Statement::Create, _) => Statement::Other,
            (statement, _) => statement,
        };
        if self.statement == Statement::Routine {
            match word {
                "ATOMIC" if self.last == "BEGIN" => self.blocks.push(start),
                "CASE" if !self.blocks.is_empty() => self.blocks.push(start),
                "END" => drop(self.blocks.pop()),
                _ => {}
            }
        }
        word
    }

    fn symbol(&mut self, text: &str) -> &'static str {
        match text {
            "(" => self.parens += 1,
            ")" => self.parens = self.parens.saturating_sub(1),
            "." => return ".",
            _ => {}
        }
        ""
    }

    fn semicolon(&mut self) -> TokenKind {
        if self.parens > 0 || !self.blocks.is_empty() {
            self.last = "";
            return TokenKind::Symbol;
        }
        *self = Self {
            data: self.data || self.statement == Statement::CopyData,
            ..Self::default()
        };
        TokenKind::Terminator
    }

    fn follow_string(&mut self, kind: TokenKind, text: &str) {
        let escapes = self.continued == Continued::NextLine || text.starts_with(['e', 'E']);
        self.continued = match (kind, self.continued) {
            (TokenKind::String, _) if escapes => Continued::SameLine,
            (TokenKind::Space, Continued::SameLine) if text.contains(['\n', '\r']) => Continued::NextLine,
            (TokenKind::Space, continued) => continued,
            (TokenKind::Comment, continued) if text.starts_with("--") => continued,
            _ => Continued::No,
        };
    }

    fn token(&mut self, scanner: &mut Scanner<'_>) -> TokenKind {
        let start = scanner.at();
        if self.data && scanner.follows_line_feed() {
            self.data = false;
            return data(scanner);
        }
        match scanner.byte(0) {
            byte if is_space(byte) => {
                self.space(scanner);
                TokenKind::Space
            }
            b'-' if scanner.byte(1) == b'-' => {
                scanner.skip_line();
                TokenKind::Comment
            }
            b'/' if scanner.byte(1) == b'*' => comment(scanner, start),
            b'\'' => string(scanner, start, 1, self.continued == Continued::NextLine),
            b'e' | b'E' if scanner.byte(1) == b'\'' => string(scanner, start, 2, true),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if scanner.byte(1) == b'\'' => {
                string(scanner, start, 2, false)
            }
            b'u' | b'U' if scanner.byte(1) == b'&' && scanner.byte(2) == b'\'' => {
                string(scanner, start, 3, false)
            }
            b'u' | b'U' if scanner.byte(1) == b'&' && scanner.byte(2) == b'"' => name(scanner, start, 3),
            b'"' => name(scanner, start, 1),
            b'$' => dollar(scanner, start),
            b'\\' => self.client(scanner, start),
            b'0'..=b'9' => number(scanner),
            b'.' if scanner.byte(1).is_ascii_digit() => number(scanner),
            byte if is_letter(byte) => {
                scanner.skip_while(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'$');
                TokenKind::Word
            }
            byte if is_operator(byte) => operator(scanner),
            _ => {
                scanner.operator(&["::", ":=", ".."]);
                TokenKind::Symbol
            }
        }
    }

    /// White space; before a COPY's data only up to the line feed that they follow.
    fn space(&self, scanner: &mut Scanner<'_>) {
        scanner.skip_while(|byte| is_space(byte) && !(self.data && byte == b'\n'));
        if self.data && scanner.byte(0) == b'\n' {
            scanner.advance(1);
        }
    }

    /// A command of psql. A backslash has no meaning for the server outside of quotes.
    fn client(&mut self, scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
        scanner.skip_line();
        let line = scanner.since(start);
        let mut words = line.split_ascii_whitespace();
        let command = words.next().unwrap_or(line);
        if command.eq_ignore_ascii_case("\\copy") {
            let mut pairs = words.clone().zip(words.skip(1));
            self.data = pairs.any(|(from, stdin)| {
                from.eq_ignore_ascii_case("from")
                    && stdin
                        .get(..5)
                        .is_some_and(|stdin| stdin.eq_ignore_ascii_case("stdin"))
            });
        }
        // pg_dump brackets its output with these since 2025; without psql there is nothing to restrict.
        if matches!(command, "\\restrict" | "\\unrestrict") {
            return TokenKind::Client;
        }
        let message = format!("{command} is a command of psql, which the server does not know: take it out");
        scanner.problem(start, message);
        TokenKind::Client
    }
}

/// Rows of a COPY up to the line `\.`, which ends them, or to the end of the input.
fn data(scanner: &mut Scanner<'_>) -> TokenKind {
    for line in scanner.rest().split_inclusive('\n') {
        let end = line.trim_end_matches(['\n', '\r']);
        if end == "\\." {
            scanner.advance(end.len());
            break;
        }
        scanner.advance(line.len());
    }
    TokenKind::Client
}

/// A comment in `/* */`; those nest (4.1.5).
fn comment(scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
    let mut depth = 0_usize;
    loop {
        if scanner.looking_at("/*") {
            depth += 1;
            scanner.advance(2);
        } else if scanner.looking_at("*/") {
            depth -= 1;
            scanner.advance(2);
        } else {
            scanner.advance(1);
        }
        if depth == 0 {
            return TokenKind::Comment;
        }
        scanner.skip_while(|byte| !matches!(byte, b'/' | b'*'));
        if scanner.ends(0) {
            scanner.unclosed(start, "comment", "*/".repeat(depth.min(3)));
            return TokenKind::Comment;
        }
    }
}

fn string(scanner: &mut Scanner<'_>, start: usize, open: usize, escapes: bool) -> TokenKind {
    scanner.advance(open);
    scanner.quoted(start, b'\'', escapes, "string");
    TokenKind::String
}

fn name(scanner: &mut Scanner<'_>, start: usize, open: usize) -> TokenKind {
    scanner.advance(open);
    scanner.quoted(start, b'"', false, "quoted name");
    TokenKind::Name
}

/// A string in `$tag$` (4.1.2.4), a parameter `$1`, or a lone dollar. (One inside a word is part of the word.)
fn dollar(scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
    scanner.advance(1);
    if scanner.byte(0).is_ascii_digit() {
        scanner.skip_while(|byte| byte.is_ascii_digit());
        return TokenKind::Symbol;
    }
    // A tag has the letters of an identifier, without dollars.
    let before = scanner.at();
    scanner.skip_while(|byte| is_letter(byte) || byte.is_ascii_digit());
    if scanner.byte(0) != b'$' {
        let tag = scanner.since(before).len();
        scanner.rewind(tag);
        return TokenKind::Symbol;
    }
    scanner.advance(1);
    let mark = scanner.since(start);
    if !scanner.skip_past(mark) {
        scanner.unclosed(start, "dollar-quoted string", mark);
    }
    TokenKind::String
}

fn number(scanner: &mut Scanner<'_>) -> TokenKind {
    scanner.number();
    TokenKind::Number
}

/// An operator: the longest row of operator characters before a comment, which ends in `+` or `-` only if it also
/// holds a character that standard SQL's operators lack (4.1.3); so `a=-1` has the operators `=` and `-`.
fn operator(scanner: &mut Scanner<'_>) -> TokenKind {
    /// No operator is longer (`NAMEDATALEN` - 1); without a bound, `++++…` would be read again at each plus sign.
    const LONGEST: usize = 63;
    let start = scanner.at();
    let mut length = 0;
    while length < LONGEST
        && is_operator(scanner.byte(0))
        && (length == 0 || !(scanner.looking_at("--") || scanner.looking_at("/*")))
    {
        scanner.advance(1);
        length += 1;
    }
    let text = scanner.since(start);
    if !text.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']) {
        let kept = text.trim_end_matches(['+', '-']).len().max(1);
        scanner.rewind(length - kept);
    }
    TokenKind::Symbol
}

/// Vertical tabs are white space since PostgreSQL 16, and an error before.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}
