//! What MySQL and MariaDB say, in limbeck's terms.

use std::error::Error;

use mysql::MySqlError;

use crate::database::DatabaseError;
use crate::database::ErrorKind;
use crate::database::batch::{Batch, SEPARATOR};

/// The error of a connection that has ended before.
pub(super) fn lost(place: &str) -> DatabaseError {
    DatabaseError::new(
        ErrorKind::ConnectionLost,
        format!("the connection to {place} has ended"),
    )
    .with_hint("connect again")
}

/// Translates the failure of the statement behind the first `done` ones.
pub(super) fn statement(error: mysql::Error, batch: &Batch<'_>, done: usize, place: &str) -> DatabaseError {
    let mysql::Error::MySqlError(said) = &error else {
        return DatabaseError::new(
            ErrorKind::ConnectionLost,
            format!("the connection to {place} was lost"),
        )
        .with_hint("check the server's log, and connect again")
        .with_source(error);
    };
    let mut failure = DatabaseError::new(kind(said), said.message.clone()).with_code(said.code.to_string());
    if failure.kind == ErrorKind::ConnectionLost {
        failure.message = format!("the connection to {place} was lost: {}", said.message);
    }
    // Calls of procedures have more result sets than one, so that only a single statement is sure.
    let index = done.min(batch.len() - 1);
    failure.statement = Some(index);
    failure.position = position(&said.message, batch.from(index)).filter(|at| *at <= batch.length(index));
    if let Some(message) = without_the_next(&failure.message) {
        failure.message = message;
    }
    failure.with_source(error)
}

fn kind(said: &MySqlError) -> ErrorKind {
    match said.code {
        1205 | 3572 => ErrorKind::LockTimeout,
        1213 => ErrorKind::Deadlock,
        1317 | 1969 | 3024 => ErrorKind::Cancelled,
        1792 | 1836 | 1874 => ErrorKind::ReadOnly,
        // The number stands for any option of the server; these are the ones that forbid writing.
        1290 if said.message.contains("read-only") || said.message.contains("read_only") => {
            ErrorKind::ReadOnly
        }
        1044 | 1142 | 1143 | 1227 | 1370 | 1419 => ErrorKind::Permission,
        1049 => ErrorKind::UnknownDatabase,
        1053 | 1152 | 1184 | 1927 | 2006 | 2013 | 4031 => ErrorKind::ConnectionLost,
        _ => ErrorKind::Statement,
    }
}

/// The error of the network, if it is one.
pub(super) fn io(error: &mysql::Error) -> Option<&std::io::Error> {
    match error {
        mysql::Error::IoError(error) => Some(error),
        // The driver does not name this type, but its source is what is looked for.
        mysql::Error::CodecError(error) => error.source()?.downcast_ref(),
        _ => None,
    }
}

/// The error of TLS, which comes as one of the network when the handshake fails.
pub(super) fn tls(error: &mysql::Error) -> Option<&rustls::Error> {
    if let mysql::Error::TlsError(mysql::error::tls::TlsError::Tls(error)) = error {
        return Some(error);
    }
    io(error)?.get_ref()?.downcast_ref()
}

/// Finds the spot that a syntax error quotes: `… near 'TABEL x' at line 3`.
///
/// The quote is the rest of the text, or the first eighty characters of it.
fn position(message: &str, text: &str) -> Option<usize> {
    let (_, quoted) = message.split_once("near '")?;
    let (quoted, line) = quoted.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    // The server strips these from both ends before it counts lines.
    let garbage = |c: char| c.is_ascii_whitespace() || c == ';';
    let start = text.len() - text.trim_start_matches(garbage).len();
    let text = text.trim_end_matches(garbage);
    let quoted = quoted.trim_end_matches(garbage);
    if text.ends_with(quoted) {
        return Some(text.len() - quoted.len());
    }
    // A cut in the middle of a character leaves a replacement character behind.
    let quoted = quoted.strip_suffix("...").unwrap_or(quoted);
    let quoted = quoted.trim_end_matches(['\u{fffd}', '?']);
    if quoted.is_empty() {
        return None;
    }
    let on_line = |at: &usize| text[start..*at].matches('\n').count() + 1 == line;
    let mut places = text
        .match_indices(quoted)
        .map(|(at, _)| at)
        .filter(|at| *at >= start)
        .filter(on_line);
    let place = places.next()?;
    places.next().is_none().then_some(place)
}

/// A syntax error's message without what the server quotes of the statements that were sent behind the failing one.
fn without_the_next(message: &str) -> Option<String> {
    let (before, rest) = message.split_once(SEPARATOR)?;
    let (_, line) = rest.rsplit_once("' at line ")?;
    before
        .contains("near '")
        .then(|| format!("{before}' at line {line}"))
}

#[cfg(test)]
mod tests {
    use super::{position, without_the_next};

    #[test]
    fn a_quote_ends_with_the_statement() {
        let said = "error near ')\n;\nCOMMIT' at line 1";
        assert_eq!(
            without_the_next(said).as_deref(),
            Some("error near ')' at line 1")
        );
        assert_eq!(without_the_next("error near ')' at line 1"), None);
    }

    fn check(text: &str, near: &str, line: usize) -> Option<usize> {
        position(&format!("You have an error near '{near}' at line {line}"), text)
    }

    #[test]
    fn a_quote_is_found_in_the_statement() {
        assert_eq!(check("SELCT 1", "SELCT 1", 1), Some(0));
        assert_eq!(check("SELECT 'ü' FORM x;\n", "FORM x", 1), Some(12));
        assert_eq!(check("SELECT (1", "", 1), Some(9));
        assert_eq!(check("\n\nSELECT (1", "", 1), Some(11));
    }

    #[test]
    fn a_quote_that_was_cut_is_found_on_its_line() {
        let rest = "FORM x".repeat(30);
        let text = format!("SELECT 1,\n{rest}");
        assert_eq!(check(&text, &rest[..80], 2), None, "it is there many times");
        let rest = format!("FORM x {}", "y".repeat(100));
        let text = format!("SELECT 1,\n{rest}");
        assert_eq!(check(&text, &rest[..80], 2), Some(10));
        assert_eq!(check(&text, &rest[..80], 1), None, "it is on another line");
    }
}
