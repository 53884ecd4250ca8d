//! MySQL: whether a statement that commits by itself took effect, when its count in the journal is missing. A server or a
//! connection that ends between the two leaves that open.

use limbeck_core::dialect::{ddl_targets, implicitly_commits};
use sha2::{Digest, Sha256};

use super::journal::Attempt;
use super::prepare::Prepared;
use super::session::Session;
use crate::database::ErrorKind;
use crate::error::Error;

/// What a statement is to change, as it is now: a hash of what `SHOW CREATE` tells of it. `None` where it can't tell.
pub(super) fn state(session: &mut Session, sql: &str) -> Result<Option<String>, Error> {
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
    if attempt.outcome != "running" || !implicitly_commits(session.dialect(), &next.sql) {
        return Ok(false);
    }
    if !before.starts_with(&format!("{} ", attempt.statements_done)) {
        return Ok(false);
    }
    let now = state(session, &next.sql)?;
    Ok(now.is_some_and(|now| note(attempt.statements_done, &now) != *before))
}
