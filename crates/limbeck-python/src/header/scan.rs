//! A quick look at the top of a file: docstring, imports, and plain assignments up to the first function. It answers only where it
//! is sure; what is unusual is left to the parser.

use super::constant::Constant;
use super::{Assigned, Found, NAMES};

/// Words that begin what may set names in ways that this look does not see.
const BLOCKS: [&str; 9] = [
    "def", "class", "async", "if", "try", "while", "for", "with", "match",
];

/// What stands in a file, if that is sure.
pub(super) fn scan(text: &str) -> Option<Found> {
    let mut scanner = Scanner { text, at: 0, line: 1 };
    let mut found = Found::default();
    let mut is_first = true;
    loop {
        scanner.skip_blank();
        let start = scanner.at;
        let Some(next) = scanner.peek() else { break };
        if next == b'@' {
            break;
        }
        if is_first && scanner.is_string() {
            found.docstring = Some(scanner.strings()?.replace("\r\n", "\n"));
            scanner.end_of_statement()?;
        } else {
            let word = scanner.word();
            // What is indented here, or begins with a bracket, is unusual.
            if word.is_empty() {
                return None;
            }
            if BLOCKS.contains(&word) {
                scanner.at = start;
                break;
            }
            if let Some(name) = NAMES.iter().position(|name| *name == word) {
                let line = scanner.line;
                let value = scanner.assignment()?;
                found.values[name] = Some(Assigned { line, value });
            } else {
                scanner.skip_statement()?;
                if speaks_of_names(&text[start..scanner.at]) {
                    return None;
                }
            }
        }
        is_first = false;
    }
    (!sets_names(&text[scanner.at..])).then_some(found)
}

/// Whether one of the names is in a text.
fn speaks_of_names(text: &str) -> bool {
    ["revision", "depends_on", "branch_labels"]
        .iter()
        .any(|name| text.contains(name))
}

/// Whether a line of a text begins with one of the names.
fn sets_names(text: &str) -> bool {
    // Most often there is none, which is quick to see.
    speaks_of_names(text)
        && text.lines().any(|line| {
            let line = line.trim_start();
            let begins = |name: &&&str| line.starts_with(**name);
            NAMES.iter().filter(begins).any(|name| {
                let behind = line[name.len()..].chars().next();
                !behind.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.' || c == '(')
            })
        })
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes on by some bytes.
    fn skip(&mut self, length: usize) {
        let skipped = &self.text.as_bytes()[self.at..self.at + length];
        self.line += skipped.iter().filter(|byte| **byte == b'\n').count();
        self.at += length;
    }

    /// Skips empty lines and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            let content = line.trim();
            if line.is_empty() || !(content.is_empty() || content.starts_with('#')) {
                return;
            }
            self.skip(line.len());
        }
    }

    /// Skips spaces; inside of brackets, comments and line ends too.
    fn skip_space(&mut self, in_brackets: bool) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.skip(1),
                Some(b'\n' | b'\r') if in_brackets => self.skip(1),
                Some(b'#') if in_brackets => self.skip_comment(),
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        let rest = self.rest();
        self.skip(rest.find('\n').unwrap_or(rest.len()));
    }

    /// The identifier here; empty where there is none.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.skip(length);
        &rest[..length]
    }

    /// Goes over the end of a statement, if it is here.
    fn end_of_statement(&mut self) -> Option<()> {
        self.skip_space(false);
        if self.peek() == Some(b'#') {
            self.skip_comment();
        }
        let rest = self.rest();
        let end = ["\r\n", "\n"].iter().find(|end| rest.starts_with(**end));
        match end {
            Some(end) => self.skip(end.len()),
            None if rest.is_empty() => {}
            None => return None,
        }
        Some(())
    }

    /// Skips the rest of a statement of any kind.
    fn skip_statement(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return Some(()),
                Some(b'"' | b'\'') => {
                    self.skip_string()?;
                }
                Some(b'(' | b'[' | b'{') => {
                    depth += 1;
                    self.skip(1);
                }
                Some(b')' | b']' | b'}') => {
                    depth = depth.checked_sub(1)?;
                    self.skip(1);
                }
                Some(b'#') => self.skip_comment(),
                Some(b'\\') => {
                    let end = if self.rest().starts_with("\\\r\n") { 3 } else { 2 };
                    self.skip(end.min(self.rest().len()));
                }
                Some(b'\n') => {
                    self.skip(1);
                    if depth == 0 {
                        return Some(());
                    }
                }
                Some(_) => self.skip(1),
            }
        }
    }

    /// Skips a string that begins with its quote, and gives the text between the quotes as it stands there.
    fn skip_string(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let quote = rest.chars().next()?;
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let end = if rest.starts_with(&triple) {
            triple.as_str()
        } else {
            &triple[..1]
        };
        let body = &rest[end.len()..];
        let mut from = 0;
        loop {
            let found = from + body[from..].find(['\\', '\n', quote])?;
            match body.as_bytes()[found] {
                // Whatever is behind a backslash does not end the string.
                b'\\' => from = found + 1 + body[found + 1..].chars().next()?.len_utf8(),
                b'\n' if end.len() == 1 => return None,
                b'\n' => from = found + 1,
                _ if body[found..].starts_with(end) => {
                    self.skip(end.len() + found + end.len());
                    return Some(&body[..found]);
                }
                _ => from = found + 1,
            }
        }
    }

    /// Whether a plain string begins here, maybe behind `r` or `u`.
    fn is_string(&self) -> bool {
        let rest = self.rest();
        let rest = rest.strip_prefix(['r', 'R', 'u', 'U']).unwrap_or(rest);
        rest.starts_with(['"', '\''])
    }

    /// A string, or several that are one.
    fn strings(&mut self) -> Option<String> {
        let mut text = String::new();
        while self.is_string() {
            let raw = matches!(self.peek(), Some(b'r' | b'R'));
            if !matches!(self.peek(), Some(b'"' | b'\'')) {
                self.skip(1);
            }
            let part = self.skip_string()?;
            // Escapes are the parser's.
            if part.contains('\\') && !raw {
                return None;
            }
            text.push_str(part);
            self.skip_space(false);
        }
        Some(text)
    }

    /// `= VALUE` or `: TYPE = VALUE`, and the end of the statement.
    fn assignment(&mut self) -> Option<Constant> {
        self.skip_space(false);
        if self.peek() == Some(b':') {
            let rest = self.rest();
            let line = &rest[..rest.find('\n')?];
            // A type with a string, or over several lines, is unusual.
            let equals = line.find('=')?;
            if line[..equals].contains(['"', '\'', '#', '\\']) {
                return None;
            }
            self.skip(equals);
        }
        if self.peek()? != b'=' || self.rest().starts_with("==") {
            return None;
        }
        self.skip(1);
        self.skip_space(false);
        let first = self.value(false)?;
        self.skip_space(false);
        if self.peek() != Some(b',') {
            self.end_of_statement()?;
            return Some(first);
        }
        let mut texts = vec![text_of(first)?];
        while self.peek() == Some(b',') {
            self.skip(1);
            self.skip_space(false);
            if self.is_string() {
                texts.push(text_of(self.value(false)?)?);
                self.skip_space(false);
            }
        }
        self.end_of_statement()?;
        Some(Constant::List(texts))
    }

    fn value(&mut self, in_brackets: bool) -> Option<Constant> {
        match self.peek()? {
            b'(' => self.sequence(b')'),
            b'[' => self.sequence(b']'),
            b'{' => self.sequence(b'}'),
            _ if self.is_string() => {
                let mut text = self.strings()?;
                self.skip_space(in_brackets);
                // Inside of brackets the parts of a text may stand on several lines.
                while in_brackets && self.is_string() {
                    text.push_str(&self.strings()?);
                    self.skip_space(true);
                }
                Some(Constant::Text(text))
            }
            _ => (self.word() == "None").then_some(Constant::None),
        }
    }

    /// What stands in brackets: a sequence, or for `(…)` without a comma the one value.
    fn sequence(&mut self, end: u8) -> Option<Constant> {
        self.skip(1);
        let mut values = Vec::new();
        let mut commas = 0;
        loop {
            self.skip_space(true);
            match self.peek()? {
                byte if byte == end => {
                    self.skip(1);
                    break;
                }
                b',' if values.len() > commas => {
                    commas += 1;
                    self.skip(1);
                }
                _ if values.len() == commas => values.push(self.value(true)?),
                _ => return None,
            }
        }
        if end == b')' && commas == 0 && values.len() == 1 {
            return values.pop();
        }
        values
            .into_iter()
            .map(text_of)
            .collect::<Option<_>>()
            .map(Constant::List)
    }
}

fn text_of(value: Constant) -> Option<String> {
    match value {
        Constant::Text(text) => Some(text),
        _ => None,
    }
}
