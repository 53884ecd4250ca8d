//! Parentheses and commas in SQL.

/// What stands in the parentheses that a text begins with, and what behind them.
pub(super) fn parenthesised(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('(')?;
    let end = plain(text).find(|(_, c, depth)| (*c, *depth) == (')', 0));
    end.map(|(at, ..)| (&text[..at], &text[at + 1..]))
}

/// An expression without parentheses that are around all of it.
pub(super) fn without_parentheses(expression: &str) -> &str {
    match parenthesised(expression) {
        Some((inside, "")) => inside,
        _ => expression,
    }
}

/// The parts of a list between commas that stand in no quotes and no parentheses.
pub(super) fn split(list: &str) -> Vec<&str> {
    let commas = plain(list).filter(|(_, c, depth)| (*c, *depth) == (',', 0));
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, ..) in commas {
        parts.push(list[start..at].trim());
        start = at + 1;
    }
    parts.push(list[start..].trim());
    parts
}

/// The characters that stand in no quotes, with their places, and how many parentheses are open around each.
fn plain(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let (mut depth, mut quote) = (0_usize, None);
    text.char_indices().filter_map(move |(at, c)| {
        let around = depth;
        match (quote, c) {
            (Some(open), c) => {
                quote = quote.filter(|_| c != open);
                return None;
            }
            (None, '\'' | '"' | '`') => {
                quote = Some(c);
                return None;
            }
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        Some((at, c, around))
    })
}
