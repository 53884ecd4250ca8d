//! What the models themselves say of names: `-- limbeck:renamed-from OLD`.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, tokens};

use super::ddl::Ddl;

/// A table or column that was called otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The table, as it is called now, with its schema if that is written.
    pub(crate) table: String,
    /// The column, as it is called now.
    pub(crate) column: Option<String>,
    /// What it was called.
    pub(crate) old: String,
}

const MARK: &str = "limbeck:renamed-from";

/// The hints in the CREATE TABLE statements of the models. One stands in the lines of its column, or before the first of them for the table.
pub(super) fn hints(dialect: Dialect, ddl: &[Ddl]) -> Vec<Hint> {
    let statements = ddl.iter().flat_map(|ddl| &ddl.statements);
    let statements = statements.filter(|statement| statement.sql.contains(MARK));
    statements
        .flat_map(|statement| of_statement(dialect, &statement.sql))
        .collect()
}

fn of_statement(dialect: Dialect, sql: &str) -> Vec<Hint> {
    let tokens = tokens(dialect, sql);
    let Some((table, open)) = table(dialect, &tokens) else {
        return Vec::new();
    };
    let (mut depth, mut column, mut starts) = (0_usize, None, false);
    let mut hints = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let Some(old) = renamed_from(token) {
            hints.push(Hint {
                table: table.clone(),
                column: column.clone(),
                old,
            });
        }
        if at < open || !token.is_significant() {
            continue;
        }
        if starts && depth == 1 {
            column = Some(plain(dialect, token));
        }
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        starts = depth == 1 && (token.text == "," || token.text == "(" && column.is_none());
    }
    hints
}

/// The table that a statement creates, and where the parenthesis behind its name stands.
fn table(dialect: Dialect, tokens: &[Token<'_>]) -> Option<(String, usize)> {
    let open = tokens.iter().position(|token| token.text == "(")?;
    let mut words = tokens[..open].iter().filter(|token| token.is_significant());
    let is = |token: &Token<'_>, word: &str| token.text.eq_ignore_ascii_case(word);
    words.next().filter(|token| is(token, "CREATE"))?;
    words.by_ref().find(|token| is(token, "TABLE"))?;
    let name: Vec<&Token<'_>> = words
        .skip_while(|token| ["IF", "NOT", "EXISTS"].iter().any(|word| is(token, word)))
        .collect();
    let parts = name
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Name));
    let parts: Vec<String> = parts.map(|token| plain(dialect, token)).collect();
    Some((parts.join("."), open))
}

fn renamed_from(token: &Token<'_>) -> Option<String> {
    if token.kind != TokenKind::Comment {
        return None;
    }
    let text = token
        .text
        .trim_start_matches(['-', '/', '*', '#'])
        .trim_start()
        .strip_prefix(MARK)?;
    let old = text.trim_end_matches("*/").trim();
    (!old.is_empty()).then(|| old.to_owned())
}

/// A name as the database knows it.
fn plain(dialect: Dialect, token: &Token<'_>) -> String {
    match (token.kind, dialect) {
        (TokenKind::Word, Dialect::Postgresql) => token.text.to_lowercase(),
        (TokenKind::Name, _) => token.text.trim_matches(['"', '`', '[', ']']).to_owned(),
        _ => token.text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_belongs_to_the_column_of_its_line_or_to_the_table() {
        let sql = "CREATE TABLE IF NOT EXISTS app.accounts ( -- limbeck:renamed-from users\n  id int PRIMARY KEY,\n  \
                   price numeric(6, 2), -- limbeck:renamed-from cost\n  Name text /* limbeck:renamed-from fullname */\n)";
        let told: Vec<String> = of_statement(Dialect::Postgresql, sql)
            .into_iter()
            .map(|hint| {
                format!(
                    "{}.{} was {}",
                    hint.table,
                    hint.column.unwrap_or_default(),
                    hint.old
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "app.accounts. was users",
                "app.accounts.price was cost",
                "app.accounts.name was fullname"
            ]
        );
    }
}
