//! Reads a statement from left to right.

use super::Loss;
use crate::dialect::Dialect;
use crate::dialect::lex::{Token, TokenKind};

/// Whether the token is that keyword.
pub(super) fn is(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

/// What is left of a statement.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) dialect: Dialect,
    pub(super) tokens: &'a [Token<'a>],
}

impl<'a> Reader<'a> {
    pub(super) fn is_mysql(&self) -> bool {
        matches!(self.dialect, Dialect::Mysql | Dialect::Mariadb)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.tokens = self.tokens.get(count..).unwrap_or_default();
    }

    /// The next token if it is an unquoted word, in capitals; "" otherwise.
    pub(super) fn word(&mut self) -> String {
        let word = self.next_word();
        if !word.is_empty() {
            self.skip(1);
        }
        word
    }

    fn next_word(&self) -> String {
        match self.tokens.first() {
            Some(token) if token.kind == TokenKind::Word => token.text.to_ascii_uppercase(),
            _ => String::new(),
        }
    }

    pub(super) fn starts(&self, words: &[&str]) -> bool {
        self.tokens.len() >= words.len() && words.iter().zip(self.tokens).all(|(word, token)| is(token, word))
    }

    pub(super) fn takes(&mut self, words: &[&str]) -> bool {
        let starts = self.starts(words);
        if starts {
            self.skip(words.len());
        }
        starts
    }

    pub(super) fn takes_symbol(&mut self, symbol: &str) -> bool {
        let starts = self.tokens.first().is_some_and(|token| token.text == symbol);
        if starts {
            self.skip(1);
        }
        starts
    }

    /// Whether these words follow each other anywhere.
    pub(super) fn holds(&self, words: &[&str]) -> bool {
        self.tokens
            .windows(words.len())
            .any(|window| words.iter().zip(window).all(|(word, token)| is(token, word)))
    }

    pub(super) fn kind(&mut self, kinds: &[(&str, &'static str)]) -> Option<&'static str> {
        let found = kinds.iter().find(|(word, _)| self.starts(&[word]))?;
        self.skip(1);
        Some(found.1)
    }

    /// The next name, as written: `app.users`.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        loop {
            match self.tokens.first() {
                Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::Name) => {
                    name.push_str(token.text);
                    self.skip(1);
                }
                _ => return name,
            }
            if !self.takes_symbol(".") {
                return name;
            }
            name.push('.');
        }
    }

    /// The next names, which commas divide.
    pub(super) fn names(&mut self) -> String {
        self.takes(&["IF", "EXISTS"]);
        let mut names = self.name();
        while self.takes_symbol(",") {
            names.push_str(", ");
            names.push_str(&self.name());
        }
        names
    }

    /// What commas outside of parentheses divide.
    pub(super) fn parts(self) -> Vec<Self> {
        let mut depth = 0_usize;
        let parts = self.tokens.split(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.text == ","
        });
        let reader = |tokens| Self { tokens, ..self };
        parts.filter(|tokens| !tokens.is_empty()).map(reader).collect()
    }

    /// The first words, as a message names them.
    pub(super) fn text(&self) -> String {
        let words = self
            .tokens
            .iter()
            .take_while(|token| token.kind == TokenKind::Word);
        let words: Vec<_> = words.take(2).map(|token| token.text).collect();
        words.join(" ")
    }

    pub(super) fn unknown(&self) -> Option<Loss> {
        let first = self.tokens.first().map_or("", |token| token.text);
        Some(Loss::Unknown {
            what: first.to_owned(),
        })
    }
}
