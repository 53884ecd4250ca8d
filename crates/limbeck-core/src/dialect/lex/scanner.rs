//! The cursor that every lexer moves over its input, and the tokens that look the same everywhere.

use super::Problem;

/// A place in a text, with what has been found wrong in it so far.
///
/// It moves by bytes. That never cuts a character in two, because every mark it looks for is ASCII, and because
/// bytes from 0x80 on are letters of identifiers in all databases.
pub(in crate::dialect) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    fresh: bool,
    /// Whether a quote or comment swallowed the rest of the input.
    cut: bool,
    problems: Vec<Problem>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            fresh: true,
            cut: false,
            problems: Vec::new(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn is_done(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn set_fresh(&mut self, fresh: bool) {
        self.fresh = fresh;
    }

    /// Whether nothing of the current statement has been read yet.
    pub(in crate::dialect) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Whether a quote or comment that is never closed swallowed the rest of the input. Then what else is
    /// open follows from that, and is not worth a word.
    pub(in crate::dialect) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(in crate::dialect) fn at(&self) -> usize {
        self.at
    }

    pub(in crate::dialect) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(in crate::dialect) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn bytes(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The byte so many behind the cursor, or 0 where the input has ended. A NUL in the input is no mark either,
    /// so that the two need not be told apart.
    pub(in crate::dialect) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Whether the input ends so many bytes behind the cursor.
    pub(in crate::dialect) fn ends(&self, ahead: usize) -> bool {
        self.at + ahead >= self.text.len()
    }

    pub(in crate::dialect) fn looking_at(&self, mark: &str) -> bool {
        self.bytes().starts_with(mark.as_bytes())
    }

    pub(in crate::dialect) fn problem(&mut self, offset: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            offset,
            message: message.into(),
        });
    }

    /// Whether only blanks stand between `offset` and the start of its line.
    pub(in crate::dialect) fn starts_line(&self, offset: usize) -> bool {
        let blanks = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let before = self.text.as_bytes()[..offset]
            .iter()
            .rev()
            .find(|byte| !blanks(byte));
        matches!(before, None | Some(b'\n' | b'\r'))
    }

    /// Whether the cursor stands at the very start of a line behind the first.
    pub(in crate::dialect) fn follows_line_feed(&self) -> bool {
        self.text.as_bytes()[..self.at].last() == Some(&b'\n')
    }

    pub(in crate::dialect) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(in crate::dialect) fn rewind(&mut self, bytes: usize) {
        self.at -= bytes;
    }

    pub(in crate::dialect) fn skip_while(&mut self, mut wanted: impl FnMut(u8) -> bool) {
        let rest = self.bytes();
        self.at += rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
    }

    /// Moves to where `mark` first ends, or to the end of the input and then gives false.
    pub(in crate::dialect) fn skip_past(&mut self, mark: &str) -> bool {
        match self.rest().find(mark) {
            Some(found) => {
                self.at += found + mark.len();
                true
            }
            None => {
                self.at = self.text.len();
                false
            }
        }
    }

    /// Moves to the end of the line, before its line feed or carriage return.
    pub(in crate::dialect) fn skip_line(&mut self) {
        self.skip_while(|byte| !matches!(byte, b'\n' | b'\r'));
    }

    /// Skips a byte order mark where a statement could start: files put together with `cat` have them there.
    pub(super) fn skip_mark(&mut self) -> bool {
        let found = self.fresh && self.looking_at("\u{feff}");
        if found {
            self.at += '\u{feff}'.len_utf8();
        }
        found
    }

    /// Skips a quoted text up to the next `quote` that is not doubled; the cursor stands behind the opening one.
    /// `start` is where the token starts, and `what` names it.
    pub(in crate::dialect) fn quoted(&mut self, start: usize, quote: u8, escapes: bool, what: &str) {
        loop {
            self.skip_while(|byte| byte != quote && !(escapes && byte == b'\\'));
            if self.is_done() {
                return self.unclosed(start, what, char::from(quote));
            }
            if self.byte(0) == quote && self.byte(1) != quote {
                return self.advance(1);
            }
            // A doubled quote, or a backslash with what it escapes.
            self.advance(1);
            self.skip_character();
        }
    }

    /// Skips the next character if there is one.
    pub(super) fn skip_character(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// Reports that what started at `start` runs to the end of the input.
    pub(in crate::dialect) fn unclosed(&mut self, start: usize, what: &str, mark: impl std::fmt::Display) {
        self.cut = true;
        self.problem(
            start,
            format!("the {what} that starts here is never closed: close it with {mark}"),
        );
    }

    /// Skips the longest of `operators` (listed longest first), or one character.
    pub(in crate::dialect) fn operator(&mut self, operators: &[&str]) {
        match operators.iter().find(|operator| self.looking_at(operator)) {
            Some(operator) => self.at += operator.len(),
            None => self.skip_character(),
        }
    }

    /// Skips a number: digits, a fraction, an exponent, or another base (`0x1F`).
    pub(in crate::dialect) fn number(&mut self) {
        if self.byte(0) == b'0' && matches!(self.byte(1) | 0x20, b'x' | b'b' | b'o') {
            self.advance(2);
            return self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        }
        let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.skip_while(digit);
        // `1..10` is a range of two numbers in PL/pgSQL and MariaDB's FOR.
        if self.byte(0) == b'.' && self.byte(1) != b'.' {
            self.advance(1);
            self.skip_while(digit);
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if matches!(self.byte(0), b'e' | b'E') && self.byte(1 + sign).is_ascii_digit() {
            self.advance(1 + sign);
            self.skip_while(digit);
        }
    }
}
