//! Whether a statement that commits by itself took effect, when its count in the journal is missing. A server or a
//! connection that ends between the two leaves that open. It matters for MySQL's DDL; of PostgreSQL's statements that can't be in a
//! transaction, for the one that fails over what is done already.

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, ddl_targets, implicitly_commits, needs_autocommit, tokens};
use sha2::{Digest, Sha256};

use super::journal::Attempt;
use super::prepare::Prepared;
use super::session::Session;
use crate::database::ErrorKind;
use crate::error::Error;

/// What a statement is to change, as it is now: a hash of what the database tells of it. `None` where it can't tell.
pub(super) fn state(session: &mut Session, sql: &str) -> Result<Option<String>, Error> {
    match session.dialect() {
        Dialect::Sqlite => Ok(None),
        Dialect::Postgresql => index_state(session, sql),
        Dialect::Mysql | Dialect::Mariadb => definitions(session, sql),
    }
}

/// The number of the index that is to be dropped.
fn index_state(session: &mut Session, sql: &str) -> Result<Option<String>, Error> {
    if !drops_concurrently(session.dialect(), sql) {
        return Ok(None);
    }
    let tokens = tokens(session.dialect(), sql);
    let behind = tokens.into_iter().filter(|token| token.is_significant()).skip(3);
    let is_word = |text: &str, words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    let name: String = behind
        .skip_while(|token| token.kind == TokenKind::Word && is_word(token.text, &["IF", "EXISTS"]))
        .take_while(|token| token.kind != TokenKind::Word || !is_word(token.text, &["CASCADE", "RESTRICT"]))
        .map(|token| token.text)
        .collect();
    let number = format!(
        "SELECT pg_catalog.to_regclass({})::oid",
        session.dialect().literal(&name)
    );
    match session.connection.query(&number) {
        Ok(rows) => Ok(Some(format!(
            "{:x}",
            Sha256::digest(format!("{:?}", rows.into_iter().flatten().flatten().next()))
        ))),
        // A name that only the server can read.
        Err(error) if error.kind == ErrorKind::Statement => Ok(None),
        Err(error) => Err(Error::database("can't look at what is to be changed")(error)),
    }
}

fn drops_concurrently(dialect: Dialect, sql: &str) -> bool {
    dialect == Dialect::Postgresql && needs_autocommit(dialect, sql) == Some("DROP INDEX CONCURRENTLY")
}

/// What `SHOW CREATE` tells of what a statement is to change.
fn definitions(session: &mut Session, sql: &str) -> Result<Option<String>, Error> {
    let targets = ddl_targets(session.dialect(), sql);
    if targets.is_empty() {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    for target in targets {
        let show = format!("SHOW CREATE {} {}", target.kind, target.name);
        match session.connection.query(&show) {
            Ok(rows) => {
                let values = rows.into_iter().flatten().flatten();
                values.for_each(|value| hash.update(without_counter(&value)));
            }
            Err(error) if matches!(error.kind, ErrorKind::Statement | ErrorKind::UnknownDatabase) => {
                hash.update("absent");
            }
            Err(error) if error.kind == ErrorKind::Permission => return Ok(None),
            Err(error) => return Err(Error::database("can't look at what is to be changed")(error)),
        }
        hash.update([0]);
    }
    session.connection.take_notices();
    Ok(Some(format!("{:x}", hash.finalize())))
}

/// What the journal has of a state: it is of no use for any other statement.
pub(super) fn note(index: usize, state: &str) -> String {
    format!("{index} {}", &state[..48])
}

/// The next number of a table changes with its rows.
fn without_counter(definition: &str) -> String {
    match definition.split_once(" AUTO_INCREMENT=") {
        Some((before, after)) => {
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{after}")
        }
        None => definition.to_owned(),
    }
}

/// Whether the statement behind those that are counted is done as well. Only of an attempt that was cut off that is not known:
/// where the database has answered, the journal says so.
pub(super) fn is_done(step: &Prepared, session: &mut Session, attempt: &Attempt) -> Result<bool, Error> {
    let (Some(before), Some(next)) = (
        &attempt.state_before,
        step.statements.get(attempt.statements_done),
    ) else {
        return Ok(false);
    };
    if attempt.outcome != "running" {
        return Ok(false);
    }
    took_effect(session, attempt.statements_done, &next.sql, before)
}

/// Whether a statement is done that was to change what is noted in `before`, if it was noted for it.
pub(super) fn took_effect(
    session: &mut Session,
    index: usize,
    sql: &str,
    before: &str,
) -> Result<bool, Error> {
    let dialect = session.dialect();
    let leaves_doubt = implicitly_commits(dialect, sql) || drops_concurrently(dialect, sql);
    if !leaves_doubt || !before.starts_with(&format!("{index} ")) {
        return Ok(false);
    }
    let now = state(session, sql)?;
    Ok(now.is_some_and(|now| note(index, &now) != *before))
}
