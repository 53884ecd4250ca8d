//! What an index's definition says.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, tokens};

/// What follows the table's name in `CREATE INDEX`.
#[derive(Debug, Default)]
pub(super) struct Definition<'a> {
    /// `FULLTEXT` or `SPATIAL`.
    pub(super) prefix: Option<&'a str>,
    pub(super) items: Vec<Item<'a>>,
    pub(super) include: Vec<String>,
    /// The access method.
    pub(super) using: Option<&'a str>,
    /// What stands in the parentheses behind `WITH`.
    pub(super) with: Option<&'a str>,
    pub(super) condition: Option<&'a str>,
}

/// A column or an expression of an index.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The column, unless it is an expression.
    pub(super) column: Option<String>,
    pub(super) text: &'a str,
    /// How many characters of the column, on MySQL.
    pub(super) length: Option<i128>,
    /// `desc`, `nulls_last` …
    pub(super) sorting: Vec<&'static str>,
}

impl<'a> Definition<'a> {
    pub(super) fn read(dialect: Dialect, text: &'a str) -> Self {
        let all = tokens(dialect, text);
        let tokens: Vec<Token<'a>> = all.into_iter().filter(Token::is_significant).collect();
        let mut definition = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1);
            match token.text.to_ascii_uppercase().as_str() {
                "(" => {
                    let end = closing(&tokens, at);
                    let items = split(&tokens[at + 1..end]);
                    definition.items = items.map(|item| Item::read(dialect, text, item)).collect();
                    at = end;
                }
                "FULLTEXT" | "SPATIAL" => definition.prefix = Some(token.text),
                "USING" => {
                    definition.using = next.map(|next| next.text);
                    at += 1;
                }
                "INCLUDE" => {
                    let end = closing(&tokens, at + 1);
                    let items = split(tokens.get(at + 2..end).unwrap_or_default());
                    definition.include = items.filter_map(|item| item.first().map(name)).collect();
                    at = end;
                }
                "WITH" => {
                    let end = closing(&tokens, at + 1);
                    definition.with = Some(between(text, tokens.get(at + 2..end).unwrap_or_default()));
                    at = end;
                }
                "WHERE" => {
                    definition.condition = Some(between(text, &tokens[at + 1..]));
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        definition
    }
}

impl<'a> Item<'a> {
    fn read(dialect: Dialect, text: &'a str, tokens: &[Token<'a>]) -> Self {
        let is_open = |at: usize| tokens.get(at).is_some_and(|token| token.text == "(");
        let prefix = || tokens.get(2).and_then(|token| token.text.parse().ok());
        let length = match dialect {
            Dialect::Mysql | Dialect::Mariadb if is_open(1) => prefix(),
            _ => None,
        };
        let is_column = !is_open(0) && (length.is_some() || !is_open(1));
        let end = match (is_open(0), is_open(1)) {
            (true, _) => closing(tokens, 0) + 1,
            (_, true) => closing(tokens, 1) + 1,
            _ => 1,
        };
        let words: Vec<String> = tokens[end.min(tokens.len())..]
            .iter()
            .map(|token| token.text.to_ascii_lowercase())
            .collect();
        let has = |word: &str| words.iter().any(|known| known == word);
        let sortings = [("desc", "desc"), ("first", "nulls_first"), ("last", "nulls_last")];
        Self {
            column: tokens.first().filter(|_| is_column).map(name),
            text: between(text, &tokens[..end.min(tokens.len())]),
            length,
            sorting: sortings
                .into_iter()
                .filter_map(|(word, told)| has(word).then_some(told))
                .collect(),
        }
    }
}

/// Where the parenthesis is closed that opens at `at`.
fn closing(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

/// The parts between commas that stand in no parentheses of their own.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens.split(move |token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        depth == 0 && token.text == ","
    })
}

/// The text that tokens stand for.
fn between<'a>(text: &'a str, tokens: &[Token<'a>]) -> &'a str {
    let ends = tokens.first().zip(tokens.last());
    ends.map_or("", |(first, last)| {
        &text[first.offset..last.offset + last.text.len()]
    })
}

/// The name that a token stands for.
fn name(token: &Token<'_>) -> String {
    let quote = token
        .text
        .chars()
        .next()
        .filter(|_| token.kind == TokenKind::Name);
    let closing = match quote {
        None => return token.text.to_owned(),
        Some('[') => ']',
        Some(quote) => quote,
    };
    let inner = &token.text[1..token.text.len().max(2) - 1];
    inner.replace(&format!("{closing}{closing}"), &closing.to_string())
}

#[cfg(test)]
mod tests {
    use limbeck_core::Dialect;

    use super::Definition;

    fn told(dialect: Dialect, text: &str) -> String {
        let definition = Definition::read(dialect, text);
        let items = definition.items.iter().map(|item| {
            let kind = item.column.as_deref().unwrap_or("-");
            format!(
                "{kind}|{}|{:?}|{}",
                item.text,
                item.length,
                item.sorting.join(" ")
            )
        });
        let rest = [definition.using, definition.with, definition.condition].map(Option::unwrap_or_default);
        let items: Vec<String> = items.collect();
        format!(
            "{}; {}; {}",
            items.join(", "),
            definition.include.join(" "),
            rest.join("; ")
        )
    }

    #[test]
    fn a_definition_is_taken_apart() {
        let text = "USING gin (\"the \"\"name\", lower(a) DESC NULLS LAST, (a || b) COLLATE \"C\", f(a, b)) INCLUDE (c, \"D\") WITH (x='7') \
                    WHERE a > (1)";
        assert_eq!(
            told(Dialect::Postgresql, text),
            "the \"name|\"the \"\"name\"|None|, -|lower(a)|None|desc nulls_last, -|(a || b)|None|, -|f(a, b)|None|; c D; gin; x='7'; a \
             > (1)"
        );
        assert_eq!(
            told(Dialect::Mariadb, "(`a`(10), `b`)"),
            "a|`a`(10)|Some(10)|, b|`b`|None|; ; ; ; "
        );
        assert_eq!(
            told(Dialect::Sqlite, "(a, b DESC) WHERE a"),
            "a|a|None|, b|b|None|desc; ; ; ; a"
        );
        assert_eq!(told(Dialect::Sqlite, "(a"), "a|a|None|; ; ; ; ");
        assert_eq!(told(Dialect::Sqlite, ""), "; ; ; ; ");
    }
}
