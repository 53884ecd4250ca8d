//! What a revision sets in its session, and how a script for MySQL's client takes it back: online the connection is
//! made anew behind such a revision, and PostgreSQL has `RESET ALL`.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, first_words, tokens};

use super::prepare::Prepared;

/// Whether a step goes to another database and stays there.
pub(super) fn leaves(dialect: Dialect, step: &Prepared) -> bool {
    let uses = |sql: &str| first_words(dialect, sql, 1) == ["USE"];
    is_mysql(dialect) && step.statements.iter().any(|statement| uses(&statement.sql))
}

/// The statements that undo a step's `SET` statements, each setting once.
pub(super) fn undone(dialect: Dialect, step: &Prepared) -> Vec<String> {
    let mut undone: Vec<String> = Vec::new();
    if !is_mysql(dialect) {
        return undone;
    }
    for statement in &step.statements {
        for sql in undo(dialect, &statement.sql) {
            if !undone.contains(&sql) {
                undone.push(sql);
            }
        }
    }
    undone
}

fn is_mysql(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Mysql | Dialect::Mariadb)
}

/// What undoes one `SET`: `DEFAULT` is what a new session starts with.
fn undo(dialect: Dialect, sql: &str) -> Vec<String> {
    let words = first_words(dialect, sql, 2);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SET", "NAMES" | "CHARACTER" | "CHARSET"] => return vec!["SET NAMES utf8mb4".to_owned()],
        [
            "SET",
            "STATEMENT" | "PASSWORD" | "ROLE" | "DEFAULT" | "TRANSACTION",
        ] => return Vec::new(),
        ["SET", ..] => {}
        _ => return Vec::new(),
    }
    let tokens: Vec<Token<'_>> = tokens(dialect, sql)
        .into_iter()
        .filter(Token::is_significant)
        .collect();
    targets(&tokens[1..])
        .iter()
        .filter_map(|target| default(target))
        .collect()
}

/// The targets of the assignments: the tokens before each `=`, between commas outside of parentheses.
fn targets<'a>(tokens: &[Token<'a>]) -> Vec<Vec<&'a str>> {
    let mut targets = vec![Vec::new()];
    let (mut depth, mut is_value) = (0_usize, false);
    for token in tokens {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                targets.push(Vec::new());
                is_value = false;
                continue;
            }
            _ => {}
        }
        is_value |= token.kind == TokenKind::Symbol && matches!(token.text, "=" | ":" | ":=");
        if !is_value {
            targets.last_mut().expect("there is one").push(token.text);
        }
    }
    targets
}

/// `SET` of one target to what it is in a new session; `None` for what is not the session's.
fn default(target: &[&str]) -> Option<String> {
    let joined = target.concat();
    let lower = joined.to_ascii_lowercase();
    if let Some(name) = lower.strip_prefix("@@") {
        let name = name
            .strip_prefix("session.")
            .or(name.strip_prefix("local."))
            .unwrap_or(name);
        return (!name.starts_with("global.")).then(|| format!("SET SESSION {name} = DEFAULT"));
    }
    if joined.starts_with('@') {
        return Some(format!("SET {joined} = NULL"));
    }
    match target {
        [scope, name]
            if ["SESSION", "LOCAL"]
                .iter()
                .any(|word| word.eq_ignore_ascii_case(scope)) =>
        {
            Some(format!("SET SESSION {name} = DEFAULT"))
        }
        [name] => Some(format!("SET SESSION {name} = DEFAULT")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, undone: &[&str]) {
        assert_eq!(undo(Dialect::Mariadb, sql), undone, "{sql}");
    }

    #[test]
    fn each_setting_of_the_session_is_undone() {
        check(
            "SET sql_mode = 'ANSI', @left = (SELECT 1, 2)",
            &["SET SESSION sql_mode = DEFAULT", "SET @left = NULL"],
        );
        check(
            "SET @@session.foreign_key_checks=0",
            &["SET SESSION foreign_key_checks = DEFAULT"],
        );
        check(
            "set local unique_checks := 0",
            &["SET SESSION unique_checks = DEFAULT"],
        );
        check("SET NAMES latin1", &["SET NAMES utf8mb4"]);
        check("SET GLOBAL max_connections = 5", &[]);
        check("SET @@global.max_connections = 5", &[]);
        check("SELECT @a = 1", &[]);
    }
}
