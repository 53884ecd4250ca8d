//! MySQL and MariaDB.

mod connect;
mod error;
mod typed;

use std::cell::OnceCell;
use std::cell::RefCell;

use limbeck_core::Dialect;
use limbeck_core::script::Answer;
use mysql::Conn;
use mysql::Opts;
use mysql::Value;
use mysql::prelude::Queryable;

pub(super) use connect::local;

use super::Cancel;
use super::Connection;
use super::DatabaseError;
use super::ErrorKind;
use super::Keep;
use super::Notice;
use super::Options;
use super::Outcome;
use super::Row;
use super::Severity;
use super::Url;
use super::batch::Batch;
use super::hex;

struct Mysql {
    conn: RefCell<Option<Conn>>,
    id: u32,
    opts: Opts,
    dialect: Dialect,
    server: OnceCell<String>,
    place: String,
    notices: Vec<Notice>,
}

/// Connects to the server of the URL.
pub(super) fn connect(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    let opened = connect::open(url, options)?;
    let version = opened.conn.server_version();
    // MariaDB 10 says that it is 5.5.5, lest old replicas take it for something unknown, and hides its
    // own version behind that. No MySQL has ever had a number of two digits.
    let dialect = if version == (5, 5, 5) || version.0 >= 10 {
        Dialect::Mariadb
    } else {
        Dialect::Mysql
    };
    let server = OnceCell::new();
    if version != (5, 5, 5) {
        server
            .set(named(
                dialect,
                &format!("{}.{}.{}", version.0, version.1, version.2),
            ))
            .expect("the cell is new");
    }
    Ok(Box::new(Mysql {
        id: opened.conn.connection_id(),
        conn: RefCell::new(Some(opened.conn)),
        opts: opened.opts,
        dialect,
        server,
        place: opened.place,
        notices: Vec::new(),
    }))
}

fn named(dialect: Dialect, version: &str) -> String {
    let product = if dialect == Dialect::Mariadb {
        "MariaDB"
    } else {
        "MySQL"
    };
    // `10.11.19-MariaDB-0+deb12u1-log`: what follows the number is the packager's.
    format!("{product} {}", version.split('-').next().unwrap_or(version))
}

impl Connection for Mysql {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The version, asked for when it is first wanted, if the greeting did not tell it.
    fn server(&self) -> &str {
        self.server.get_or_init(|| {
            let version = self
                .conn
                .borrow_mut()
                .as_mut()
                .and_then(|conn| conn.query_first::<String, _>("SELECT VERSION()").ok().flatten());
            named(self.dialect, version.as_deref().unwrap_or("of unknown version"))
        })
    }

    fn run(&mut self, statements: &[&str], keep: Keep) -> Result<Vec<Outcome>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let Some(conn) = self.conn.get_mut() else {
            return Err(error::lost(&self.place));
        };
        let asking = asking_for_warnings(statements);
        let batch = Batch::new(&asking);
        let mut sets = Vec::with_capacity(asking.len());
        let result = read(conn, batch.text(), keep, &mut sets);
        let (mut outcomes, said) = outcomes(std::mem::take(&mut sets), statements.len());
        let done = outcomes.len() + said.len();
        self.notices.extend(said.into_iter().flatten());
        let result = result.and_then(|()| {
            if conn.warnings() > 0 {
                self.notices.extend(warnings(conn)?);
            }
            Ok(())
        });
        if let Err(error) = result {
            let mut failure = self.failed(error, &batch, done);
            failure.statement = failure.statement.map(|index| index / 2);
            return Err(failure);
        }
        outcomes.resize_with(statements.len(), Outcome::default);
        Ok(outcomes)
    }

    fn query_typed(&mut self, sql: &str) -> Result<Answer, DatabaseError> {
        let Some(conn) = self.conn.get_mut() else {
            return Err(error::lost(&self.place));
        };
        let result = typed::query(conn, sql).and_then(|answer| {
            if conn.warnings() > 0 {
                self.notices.extend(warnings(conn)?);
            }
            Ok(answer)
        });
        result.map_err(|error| self.failed(error, &Batch::new(&[sql]), 0))
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn is_closed(&self) -> bool {
        self.conn.borrow().is_none()
    }

    fn canceller(&self) -> Box<dyn Cancel> {
        Box::new(KillQuery {
            id: self.id,
            opts: self.opts.clone(),
            place: self.place.clone(),
        })
    }

    fn session_id(&self) -> Option<u64> {
        Some(u64::from(self.id))
    }
}

impl Mysql {
    /// What it means that the statement behind the first `done` ones of a batch has failed.
    fn failed(&mut self, error: mysql::Error, batch: &Batch<'_>, done: usize) -> DatabaseError {
        let failure = error::statement(error, batch, done, &self.place);
        if failure.kind == ErrorKind::ConnectionLost {
            *self.conn.get_mut() = None;
        }
        failure
    }
}

const SHOW_WARNINGS: &str = "SHOW WARNINGS";

/// The statements with a question between each two, because the server forgets what it has to say about a statement
/// with the next one. Behind the last it is asked only where there is something.
fn asking_for_warnings<'a>(statements: &[&'a str]) -> Vec<&'a str> {
    let mut asking = Vec::with_capacity(statements.len() * 2);
    for (at, statement) in statements.iter().enumerate() {
        if at > 0 {
            asking.push(SHOW_WARNINGS);
        }
        asking.push(statement);
    }
    asking
}

/// Tells the answers of `count` statements from those about warnings between them.
fn outcomes(sets: Vec<Outcome>, count: usize) -> (Vec<Outcome>, Vec<Vec<Notice>>) {
    let (mut outcomes, mut said) = (Vec::with_capacity(count), Vec::new());
    let mut sets = sets.into_iter();
    while outcomes.len() + 1 < count {
        let Some(set) = sets.next() else {
            return (outcomes, said);
        };
        outcomes.push(set);
        let Some(set) = sets.next() else {
            return (outcomes, said);
        };
        said.push(set.rows.into_iter().filter_map(notice).collect());
    }
    let last: Vec<Outcome> = sets.collect();
    if !last.is_empty() {
        outcomes.push(merged(last));
    }
    (outcomes, said)
}

/// Sends `text` and reads every answer; the outcomes so far stay when one is an error.
fn read(conn: &mut Conn, text: &str, keep: Keep, sets: &mut Vec<Outcome>) -> mysql::Result<()> {
    let mut result = conn.query_iter(text)?;
    while let Some(mut set) = result.iter() {
        let affected = affected(set.affected_rows(), &set.info_str());
        let mut rows = Vec::new();
        for row in set.by_ref() {
            let row = row?;
            // The answers between statements are about warnings.
            if keep == Keep::Rows || sets.len() % 2 == 1 {
                rows.push(row.unwrap().into_iter().map(text_of).collect::<Row>());
            }
        }
        sets.push(Outcome { affected, rows });
    }
    Ok(())
}

/// The rows that an UPDATE found count also where they had the value before, as with the other databases. The server tells that in
/// words only, in its own language: `Rows matched: 2  Changed: 0  Warnings: 0`.
fn affected(changed: u64, info: &str) -> u64 {
    if changed > 0 {
        return changed;
    }
    let digits = |c: char| c.is_ascii_digit();
    let first = info.split(|c| !digits(c)).find(|number| !number.is_empty());
    first.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// One statement has several result sets if it calls a procedure: those of its queries, and the call's.
fn merged(sets: Vec<Outcome>) -> Outcome {
    let mut merged = Outcome::default();
    for set in sets {
        merged.affected += set.affected;
        if merged.rows.is_empty() {
            merged.rows = set.rows;
        }
    }
    merged
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8(bytes).unwrap_or_else(|error| hex(error.as_bytes()))),
        // The text protocol has no other values.
        other => Some(other.as_sql(true)),
    }
}

fn warnings(conn: &mut Conn) -> mysql::Result<Vec<Notice>> {
    let rows: Vec<mysql::Row> = conn.query(SHOW_WARNINGS)?;
    let rows = rows
        .into_iter()
        .map(|row| row.unwrap().into_iter().map(text_of).collect::<Row>());
    Ok(rows.filter_map(notice).collect())
}

/// A row of SHOW WARNINGS: level, code, message.
fn notice(row: Row) -> Option<Notice> {
    let mut values = row.into_iter().flatten();
    let (level, code, message) = (values.next()?, values.next()?, values.next()?);
    Some(Notice {
        severity: match level.as_str() {
            "Note" => Severity::Notice,
            "Error" => Severity::Error,
            _ => Severity::Warning,
        },
        message,
        code: Some(code),
        detail: None,
        hint: None,
    })
}

/// Cancels over a connection of its own: the protocol has no other way.
struct KillQuery {
    id: u32,
    opts: Opts,
    place: String,
}

impl Cancel for KillQuery {
    fn cancel(&self) -> Result<(), DatabaseError> {
        let id = self.id;
        let outcome = connect::dial(self.opts.clone(), connect::CANCEL_TIMEOUT).and_then(|conn| {
            conn.map(|mut conn| conn.query_drop(format!("KILL QUERY {id}")))
                .transpose()
        });
        let failure =
            || DatabaseError::new(ErrorKind::Connect, format!("can't ask {} to cancel", self.place));
        match outcome {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(failure()),
            Err(error) => Err(failure().with_source(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::affected;

    #[test]
    fn rows_that_an_update_found_count_in_every_language() {
        assert_eq!(affected(0, "Rows matched: 2  Changed: 0  Warnings: 0"), 2);
        assert_eq!(affected(0, "Passende rader: 13  Endret: 0  Warnings: 0"), 13);
        assert_eq!(affected(1, "Rows matched: 2  Changed: 1  Warnings: 0"), 1);
        assert_eq!(affected(0, ""), 0);
    }
}
