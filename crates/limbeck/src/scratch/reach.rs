//! Statements that reach beyond a scratch database: into the server that it is on, or into other files.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, first_words, tokens};
use limbeck_core::revision::Step;
use limbeck_core::script::{Compiled, Direction};

use crate::database::Url;
use crate::error::Error;
use crate::run::Run;

/// Refuses revisions that would change what stands beside the scratch database. What only a program can tell is looked at
/// while it runs.
pub(crate) fn check_reach(run: &Run<'_>, steps: &[Step], dialect: Dialect) -> Result<(), Error> {
    for id in steps.iter().filter_map(|step| step.revision.as_deref()) {
        let Some(script) = run.scripts.script(id)? else {
            continue;
        };
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let Compiled::Statements(statements) = script.compile(direction, dialect)? else {
                continue;
            };
            for statement in statements {
                check_statement(run.url, dialect, &script.file, statement.line, &statement.sql)?;
            }
        }
    }
    Ok(())
}

/// The same for one statement; `beside` is the database next to the scratch one.
pub(crate) fn check_statement(
    beside: &Url,
    dialect: Dialect,
    file: &str,
    line: usize,
    sql: &str,
) -> Result<(), Error> {
    let configured = beside.database().unwrap_or_default();
    beyond(dialect, sql, configured).map_or(Ok(()), |what| {
        Err(Error::Scratch(format!(
            "{file}:{line}: {what} reaches beyond a scratch database, and was not run. Where that does no harm, name an empty \
             database with --scratch-url"
        )))
    })
}

/// What a statement would touch besides the scratch database, if anything; `configured` is the database next to it.
fn beyond(dialect: Dialect, sql: &str, configured: &str) -> Option<String> {
    let words = first_words(dialect, sql, 4);
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !["OR", "REPLACE"].contains(word))
        .collect();
    let mysql = dialect != Dialect::Postgresql;
    if dialect == Dialect::Sqlite {
        return match words.as_slice() {
            ["ATTACH", ..] => Some("ATTACH".to_owned()),
            ["VACUUM", "INTO", ..] => Some("VACUUM INTO".to_owned()),
            _ => None,
        };
    }
    match words.as_slice() {
        [verb @ ("CREATE" | "ALTER" | "DROP"), object, ..] if of_server(object, mysql) => {
            Some(format!("{verb} {object}"))
        }
        ["ALTER", "SYSTEM", ..] if !mysql => Some("ALTER SYSTEM".to_owned()),
        // Privileges outlive the database that they are for.
        [verb @ ("USE" | "GRANT" | "REVOKE"), ..] if mysql => Some((*verb).to_owned()),
        ["SET", "GLOBAL" | "PASSWORD", ..] if mysql => Some(words[..2].join(" ")),
        _ => {
            (mysql && names_database(dialect, sql, configured)).then(|| format!("the database {configured}"))
        }
    }
}

fn of_server(object: &str, mysql: bool) -> bool {
    match object {
        // `ALTER USER MAPPING` and the like are rare, and caught with it.
        "DATABASE" | "ROLE" | "USER" | "GROUP" | "TABLESPACE" => true,
        "SCHEMA" | "SERVER" | "LOGFILE" => mysql,
        _ => false,
    }
}

/// Whether a database's name stands before a point.
fn names_database(dialect: Dialect, sql: &str, database: &str) -> bool {
    let tokens: Vec<Token<'_>> = tokens(dialect, sql)
        .into_iter()
        .filter(Token::is_significant)
        .collect();
    tokens.windows(2).any(|pair| {
        matches!(pair[0].kind, TokenKind::Word | TokenKind::Name)
            && pair[0].text.trim_matches('`').eq_ignore_ascii_case(database)
            && pair[1].text.starts_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, sql: &str, expected: Option<&str>) {
        assert_eq!(beyond(dialect, sql, "registry").as_deref(), expected, "{sql}");
    }

    #[test]
    fn what_the_server_has_for_all_databases_is_beyond() {
        check(Dialect::Sqlite, "ATTACH 'other.db' AS other", Some("ATTACH"));
        check(Dialect::Sqlite, "VACUUM", None);
        check(Dialect::Postgresql, "CREATE ROLE app", Some("CREATE ROLE"));
        check(
            Dialect::Postgresql,
            "alter system set work_mem = 1",
            Some("ALTER SYSTEM"),
        );
        check(Dialect::Postgresql, "CREATE SCHEMA app", None);
        check(Dialect::Postgresql, "CREATE TABLE registry.users (id int)", None);
        check(Dialect::Mariadb, "CREATE SCHEMA app", Some("CREATE SCHEMA"));
        check(Dialect::Mariadb, "CREATE OR REPLACE USER a", Some("CREATE USER"));
        check(
            Dialect::Mariadb,
            "CREATE TABLE `Registry` . users (id int)",
            Some("the database registry"),
        );
        check(Dialect::Mariadb, "USE other", Some("USE"));
        check(Dialect::Mariadb, "GRANT SELECT ON users TO app", Some("GRANT"));
        check(Dialect::Postgresql, "GRANT SELECT ON users TO app", None);
        check(Dialect::Mariadb, "CREATE TABLE registry (id int)", None);
    }
}
