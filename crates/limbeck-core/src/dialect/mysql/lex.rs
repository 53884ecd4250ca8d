//! MySQL's and MariaDB's tokens (MySQL manual, 9.1 to 9.7), and the `DELIMITER` lines of their client.

use super::body::Body;
use crate::dialect::lex::{Rules, Scanner, TokenKind};

/// Longest first.
const OPERATORS: [&str; 13] = [
    "<=>", "->>", "->", ":=", "<=", ">=", "<>", "!=", "<<", ">>", "||", "&&", "@@",
];

/// What the lexer of MySQL and MariaDB remembers.
pub(in crate::dialect) struct Mysql {
    mariadb: bool,
    /// What a `DELIMITER` line has put in the place of `;`.
    delimiter: Option<String>,
    /// Where the `/*! … */` starts that the cursor is in.
    version: Option<usize>,
    /// Whether the last significant token was the word AS.
    follows_as: bool,
    /// The blocks of the current statement. Not followed while another delimiter is in force, because then
    /// nothing depends on them.
    body: Body,
}

impl Rules for Mysql {
    fn scan(&mut self, scanner: &mut Scanner<'_>) -> TokenKind {
        let start = scanner.at();
        let kind = self.token(scanner);
        let text = scanner.since(start);
        match kind {
            TokenKind::Space | TokenKind::Comment => {}
            TokenKind::Terminator | TokenKind::Client => {
                self.body = Body::default();
                self.follows_as = false;
                // A client's line ends what is open, as everywhere.
                self.version = None;
            }
            _ => {
                self.follows_as = kind == TokenKind::Word && text.eq_ignore_ascii_case("AS");
                // The marks of an executable comment can stand anywhere, and mean nothing here.
                let mark = text == "*/" || text.starts_with("/*");
                if self.delimiter.is_none() && !mark {
                    self.body.follow(kind, text, start);
                }
            }
        }
        kind
    }

    fn finish(&mut self, scanner: &mut Scanner<'_>) {
        if scanner.is_cut() {
            return;
        }
        if let Some(start) = self.version {
            scanner.unclosed(start, "executable comment", "*/");
        } else if let Some((start, what)) = self.body.open() {
            let message = format!("the {what} that starts here is never closed: close it with END");
            scanner.problem(start, message);
        }
    }
}

impl Mysql {
    pub(in crate::dialect) fn new(mariadb: bool) -> Self {
        Self {
            mariadb,
            delimiter: None,
            version: None,
            follows_as: false,
            body: Body::default(),
        }
    }

    fn token(&mut self, scanner: &mut Scanner<'_>) -> TokenKind {
        let start = scanner.at();
        if let Some(kind) = self.terminator(scanner) {
            return kind;
        }
        match scanner.byte(0) {
            byte if is_space(byte) => {
                scanner.skip_while(is_space);
                TokenKind::Space
            }
            b'#' => line_comment(scanner),
            b'-' if is_dash_comment(scanner) => line_comment(scanner),
            b'/' if scanner.byte(1) == b'*' => self.comment(scanner, start),
            b'*' if self.version.is_some() && scanner.byte(1) == b'/' => {
                self.version = None;
                scanner.advance(2);
                TokenKind::Symbol
            }
            quote @ (b'\'' | b'"') => string(scanner, start, 1, quote, true),
            b'x' | b'X' | b'b' | b'B' if scanner.byte(1) == b'\'' => string(scanner, start, 2, b'\'', false),
            b'n' | b'N' if scanner.byte(1) == b'\'' => string(scanner, start, 2, b'\'', true),
            b'`' => {
                scanner.advance(1);
                scanner.quoted(start, b'`', false, "quoted name");
                TokenKind::Name
            }
            b'$' if self.follows_as && !self.mariadb && dollar(scanner, start) => TokenKind::String,
            b'@' if is_word(scanner.byte(1)) => {
                scanner.advance(1);
                self.skip_word(scanner);
                TokenKind::Name
            }
            b'\\' => client_command(scanner, start),
            b'.' if scanner.byte(1).is_ascii_digit() => number(scanner),
            byte if is_word(byte) => self.word(scanner, start),
            _ => {
                scanner.operator(&OPERATORS);
                TokenKind::Symbol
            }
        }
    }

    /// The delimiter. Inside an executable comment there is none: what is left on both sides would be unclosed.
    fn terminator(&mut self, scanner: &mut Scanner<'_>) -> Option<TokenKind> {
        let delimiter = self.delimiter.as_deref().unwrap_or(";");
        if !scanner.looking_at(delimiter) || self.version.is_some() {
            return None;
        }
        scanner.advance(delimiter.len());
        if self.delimiter.is_some() || self.body.is_closed() {
            Some(TokenKind::Terminator)
        } else {
            Some(TokenKind::Symbol)
        }
    }

    /// A comment in `/* */`; those do not nest. `/*! */` and MariaDB's `/*M! */` are code, perhaps behind a version
    /// (manual, 9.7), and so is an optimizer hint `/*+ */` inside a statement (10.9.3).
    fn comment(&mut self, scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
        let mark = if scanner.looking_at("/*!") {
            3
        } else if self.mariadb && scanner.looking_at("/*M!") {
            4
        } else {
            0
        };
        if mark > 0 && self.version.is_none() {
            self.version = Some(start);
            scanner.advance(mark);
            let mut digits = 0;
            scanner.skip_while(|byte| {
                digits += 1;
                byte.is_ascii_digit() && digits <= 6
            });
            return TokenKind::Symbol;
        }
        let hint = scanner.looking_at("/*+") && !scanner.is_fresh();
        scanner.advance(2);
        if !scanner.skip_past("*/") {
            scanner.unclosed(start, "comment", "*/");
        }
        if hint {
            TokenKind::Symbol
        } else {
            TokenKind::Comment
        }
    }

    /// A word or a number: a name can start with a digit (9.2).
    fn word(&mut self, scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
        self.skip_word(scanner);
        let text = scanner.since(start);
        if is_number(text) {
            scanner.rewind(text.len());
            scanner.number();
            return TokenKind::Number;
        }
        let ends = is_space(scanner.byte(0)) || scanner.ends(0);
        if ends && text.eq_ignore_ascii_case("DELIMITER") {
            if scanner.is_fresh() {
                self.delimiter_line(scanner, start);
                return TokenKind::Client;
            }
            if scanner.starts_line(start) && is_delimiter_line(scanner.rest()) {
                let current = self.delimiter.as_deref().unwrap_or(";");
                let message = format!("the statement before this line does not end: add {current} behind it");
                scanner.problem(start, message);
                self.delimiter_line(scanner, start);
                return TokenKind::Client;
            }
        }
        if ends && scanner.is_fresh() && text.eq_ignore_ascii_case("SOURCE") {
            return client_line(scanner, start);
        }
        TokenKind::Word
    }

    /// Skips the letters of a name, up to the delimiter: `END$$` is two tokens where `$$` is that. Inside an executable
    /// comment there is no delimiter to stop at.
    fn skip_word(&self, scanner: &mut Scanner<'_>) {
        match self.delimiter.as_deref().filter(|_| self.version.is_none()) {
            None => scanner.skip_while(is_word),
            Some(delimiter) => {
                while is_word(scanner.byte(0)) && !scanner.looking_at(delimiter) {
                    scanner.advance(1);
                }
            }
        }
    }

    /// The rest of a `DELIMITER` line; the cursor stands behind that word.
    fn delimiter_line(&mut self, scanner: &mut Scanner<'_>, start: usize) {
        /// The client keeps no more.
        const LONGEST: usize = 15;
        scanner.skip_line();
        let line = scanner.since(start);
        let wanted = line.split_ascii_whitespace().nth(1).unwrap_or_default();
        let wanted = match wanted.as_bytes() {
            [quote @ (b'\'' | b'"' | b'`'), ..] => {
                wanted[1..].split(char::from(*quote)).next().unwrap_or_default()
            }
            _ => wanted,
        };
        let message = match wanted {
            "" => "DELIMITER needs the text that is to end statements, such as DELIMITER //",
            _ if wanted.contains('\\') => {
                "a delimiter can't hold a backslash: use another, such as DELIMITER //"
            }
            _ if wanted.len() > LONGEST => "a delimiter is at most 15 bytes long: use a shorter one",
            _ => {
                self.delimiter = (wanted != ";").then(|| wanted.to_owned());
                return;
            }
        };
        scanner.problem(start, message);
    }
}

/// Whether the rest of a line behind the word DELIMITER can hardly be anything but a new delimiter. Inside a statement
/// it could also be a column of that name.
fn is_delimiter_line(rest: &str) -> bool {
    let line = rest.split(['\n', '\r']).next().unwrap_or_default().trim_ascii();
    !line.is_empty() && line.bytes().all(|byte| b";/$|".contains(&byte))
}

/// `-- `: the second dash needs a blank, a control character or the end behind it (9.7). No statement can start with a
/// dash, and there the client takes two for a comment whatever follows.
fn is_dash_comment(scanner: &Scanner<'_>) -> bool {
    let blank = || scanner.ends(2) || scanner.byte(2) == b' ' || scanner.byte(2).is_ascii_control();
    scanner.byte(1) == b'-' && (scanner.is_fresh() || blank())
}

fn line_comment(scanner: &mut Scanner<'_>) -> TokenKind {
    scanner.skip_while(|byte| byte != b'\n');
    TokenKind::Comment
}

fn string(scanner: &mut Scanner<'_>, start: usize, open: usize, quote: u8, escapes: bool) -> TokenKind {
    scanner.advance(open);
    scanner.quoted(start, quote, escapes, "string");
    TokenKind::String
}

/// A routine's code in another language, `AS $tag$ … $tag$` (MySQL 9). Elsewhere a dollar is a letter.
fn dollar(scanner: &mut Scanner<'_>, start: usize) -> bool {
    scanner.advance(1);
    scanner.skip_while(|byte| is_word(byte) && byte != b'$');
    if scanner.byte(0) != b'$' {
        let length = scanner.since(start).len();
        scanner.rewind(length);
        return false;
    }
    scanner.advance(1);
    let mark = scanner.since(start);
    if !scanner.skip_past(mark) {
        scanner.unclosed(start, "dollar-quoted string", mark);
    }
    true
}

fn number(scanner: &mut Scanner<'_>) -> TokenKind {
    scanner.number();
    TokenKind::Number
}

/// Whether `text` is digits, perhaps with a base or an exponent.
fn is_number(text: &str) -> bool {
    let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    match rest.as_bytes() {
        [] => !digits.is_empty(),
        [b'x', hex @ ..] => digits == "0" && !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit),
        [b'b', bits @ ..] => digits == "0" && !bits.is_empty() && bits.iter().all(|bit| b"01".contains(bit)),
        [b'e' | b'E', power @ ..] => !digits.is_empty() && power.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A command of the client. A backslash has no meaning for the server outside of quotes, but in `\N`.
fn client_command(scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
    match scanner.byte(1) {
        b'N' => {
            scanner.advance(2);
            TokenKind::Symbol
        }
        b'g' | b'G' => {
            scanner.advance(2);
            let message = "\\g and \\G are for the mysql client, the server does not know them: end the statement with ;";
            scanner.problem(start, message);
            TokenKind::Client
        }
        _ => client_line(scanner, start),
    }
}

fn client_line(scanner: &mut Scanner<'_>, start: usize) -> TokenKind {
    scanner.skip_line();
    let line = scanner.since(start);
    let command = line.split_ascii_whitespace().next().unwrap_or(line);
    let message =
        format!("{command} is a command of the mysql client, which the server does not know: take it out");
    scanner.problem(start, message);
    TokenKind::Client
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}
