//! Executes a step's actions.

use std::collections::HashMap;

use limbeck_core::Dialect;

use super::actions::{self, Action, Mode};
use super::journal;
use super::prepare::Prepared;
use super::session::{Session, begin};
use crate::database::{DatabaseError, Keep, Row};
use crate::error::{Error, Failure, Remains};
use crate::observer::{Event, Observer};

/// How many statements, and how much text, go to the server in one message. More would save little and
/// keep what the server says about them back for longer.
const BATCH_STATEMENTS: usize = 64;
const BATCH_BYTES: usize = 256 * 1024;

/// What a run needs for each step.
pub(crate) struct Executor<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) who: &'a str,
    /// SQLite: rows whose foreign keys pointed nowhere before the run, and how many of each there were: rows of a
    /// table WITHOUT ROWID can't be told apart.
    dangling: Option<HashMap<Row, usize>>,
    /// The last statement of the step that was sent and went well.
    last: Option<usize>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It is done.
    Done,
    /// Another run has changed the version rows first; nothing was done.
    Overtaken,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(session: &'a mut Session, observer: &'a dyn Observer, who: &'a str) -> Self {
        Self {
            session,
            observer,
            who,
            dangling: None,
            last: None,
        }
    }

    /// Runs one step. `rows` are the version rows that it starts from.
    ///
    /// # Errors
    /// When a statement fails; what was open is rolled back then, and the journal has the failure.
    pub(crate) fn step(
        &mut self,
        prepared: &Prepared,
        rows: &[String],
        mode: &Mode<'_>,
    ) -> Result<Ended, Error> {
        let atomic = prepared.is_atomic(self.session.dialect());
        self.last = None;
        let actions = actions::actions(prepared, &self.session.tables, mode);
        let result = self.execute(prepared, rows, &actions);
        self.tell_notices(prepared);
        match result {
            Ok(ended) => Ok(ended),
            Err(Stopped::Own(error)) => {
                self.session.roll_back();
                Err(error)
            }
            Err(Stopped::Statement { index, error }) => {
                self.session.roll_back();
                let remains = match (mode.in_transaction, mode.kept, atomic) {
                    (true, None, true) => Remains::NothingOfRun,
                    (true, Some(revision), true) => Remains::NothingBehind(revision.to_owned()),
                    (false, _, true) => Remains::Nothing,
                    (_, _, false) => Remains::Statements {
                        done: self
                            .progress(prepared)
                            .unwrap_or_else(|| done_before(&actions, index).max(mode.skip)),
                        total: prepared.statements.len(),
                    },
                };
                self.record_failure(prepared, atomic, &error);
                Err(failure(prepared, index, remains, error).into())
            }
        }
    }

    /// Opens the transaction around a whole run.
    pub(crate) fn open(&mut self, rows: &[String]) -> Result<Ended, Error> {
        if self.session.dialect() == Dialect::Sqlite {
            let begun = self.begin_alone(rows).map_err(|stopped| match stopped {
                Stopped::Own(error) => error,
                Stopped::Statement { error, .. } => Error::database("can't lock the database")(error),
            })?;
            return Ok(if begun { Ended::Done } else { Ended::Overtaken });
        }
        self.session.run_own(
            &[begin(self.session.dialect()).to_owned()],
            "can't begin a transaction",
        )?;
        Ok(Ended::Done)
    }

    /// Ends the transaction around a whole run.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.session
            .run_own(&["COMMIT".to_owned()], "can't commit the run")
    }

    fn execute(
        &mut self,
        prepared: &Prepared,
        rows: &[String],
        actions: &[Action],
    ) -> Result<Ended, Stopped> {
        let mut batch = Batch::default();
        for action in actions {
            match action {
                Action::Barrier => self.flush(prepared, &mut batch)?,
                Action::CheckForeignKeys => {
                    self.flush(prepared, &mut batch)?;
                    self.check_foreign_keys()?;
                }
                Action::Begin if self.session.dialect() == Dialect::Sqlite => {
                    self.flush(prepared, &mut batch)?;
                    if !self.begin_alone(rows)? {
                        return Ok(Ended::Overtaken);
                    }
                }
                Action::Begin => batch.add(begin(self.session.dialect()), action),
                Action::Commit => batch.add("COMMIT", action),
                Action::Own(sql) | Action::Row(sql) => batch.add(sql, action),
                Action::Statement(index) => batch.add(&prepared.statements[*index].sql, action),
            }
            if batch.is_full() {
                self.flush(prepared, &mut batch)?;
            }
        }
        self.flush(prepared, &mut batch)?;
        Ok(Ended::Done)
    }

    /// SQLite: the transaction is the lock, so the version rows are read again inside it.
    fn begin_alone(&mut self, rows: &[String]) -> Result<bool, Stopped> {
        let own = |error| Stopped::Own(Error::database("can't lock the database")(error));
        self.session
            .connection
            .execute_many(&["PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"])
            .map_err(own)?;
        let mut now = self.session.rows().map_err(Stopped::Own)?;
        let mut expected = rows.to_vec();
        now.sort();
        expected.sort();
        if now != expected {
            self.session.roll_back();
            return Ok(false);
        }
        if self.dangling.is_none() {
            self.dangling = Some(self.dangling_rows().map_err(own)?);
        }
        Ok(true)
    }

    fn flush(&mut self, prepared: &Prepared, batch: &mut Batch<'_>) -> Result<(), Stopped> {
        let Batch { sql, actions, .. } = std::mem::take(batch);
        if sql.is_empty() {
            return Ok(());
        }
        let outcomes = self
            .session
            .connection
            .run(&sql, Keep::Nothing)
            .map_err(|error| {
                let at = error.statement.unwrap_or_default();
                let before = actions.get(..at).unwrap_or_default();
                match actions.get(at) {
                    Some(Action::Statement(index)) => Stopped::Statement {
                        index: Some(*index),
                        error,
                    },
                    // Deferred constraints speak up here.
                    Some(Action::Commit) if prepared.direction.is_some() => Stopped::Statement {
                        index: last_statement(before).or(self.last),
                        error,
                    },
                    _ => Stopped::Own(Error::database("can't write limbeck's own tables")(error)),
                }
            })?;
        self.last = last_statement(&actions).or(self.last);
        let touched_none =
            |(action, affected): (&&Action, u64)| matches!(action, Action::Row(_)) && affected != 1;
        if actions
            .iter()
            .zip(outcomes.iter().map(|outcome| outcome.affected))
            .any(touched_none)
        {
            let expected = prepared.step.from.join(", ");
            return Err(Stopped::Own(Error::Disturbed {
                table: self.session.tables.version(),
                expected,
            }));
        }
        self.tell_notices(prepared);
        Ok(())
    }

    fn check_foreign_keys(&mut self) -> Result<(), Stopped> {
        let own = |error| Stopped::Own(Error::database("can't check the foreign keys")(error));
        let now = self.dangling_rows().map_err(own)?;
        let before = self.dangling.get_or_insert_default();
        let more =
            |row: &Row, count: usize| count.saturating_sub(before.get(row).copied().unwrap_or_default());
        let mut new: Vec<(&Row, usize)> = now
            .iter()
            .map(|(row, count)| (row, more(row, *count)))
            .filter(|(_, more)| *more > 0)
            .collect();
        new.sort();
        let Some((row, _)) = new.first() else {
            return Ok(());
        };
        let value = |index: usize| row.get(index).cloned().flatten();
        let of = value(1)
            .map(|rowid| format!("row {rowid} of "))
            .unwrap_or_default();
        let message = format!(
            "FOREIGN KEY constraint failed: {} row(s) would point nowhere; the first is in {of}table {}, which refers to \
             table {}",
            new.iter().map(|(_, more)| more).sum::<usize>(),
            value(0).unwrap_or_default(),
            value(2).unwrap_or_default()
        );
        let error = DatabaseError::new(crate::database::ErrorKind::Statement, message)
            .with_code("SQLITE_CONSTRAINT_FOREIGNKEY")
            .with_hint(
                "limbeck runs a revision with foreign keys off, so that tables can be rebuilt, and checks them before it \
                 commits: delete or change the rows that refer to what the revision removes",
            );
        Err(Stopped::Statement {
            index: self.last,
            error,
        })
    }

    fn dangling_rows(&mut self) -> Result<HashMap<Row, usize>, DatabaseError> {
        const SELECT: &str = "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check";
        let found = match self.session.connection.query(SELECT) {
            Ok(rows) => rows,
            // One table that refers to no key makes the whole check fail. Its rows can't be checked, the others' can.
            Err(error) if error.message.starts_with("foreign key mismatch") => {
                let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
                let tables = self.session.connection.query(tables)?;
                let mut found = Vec::new();
                for table in tables.into_iter().flatten().flatten() {
                    let table = Dialect::Sqlite.literal(&table);
                    found.extend(
                        self.session
                            .connection
                            .query(&format!("{SELECT}({table})"))
                            .unwrap_or_default(),
                    );
                }
                found
            }
            Err(error) => return Err(error),
        };
        let mut rows = HashMap::new();
        for row in found {
            *rows.entry(row).or_default() += 1;
        }
        Ok(rows)
    }

    fn tell_notices(&mut self, prepared: &Prepared) {
        for notice in self.session.connection.take_notices() {
            self.observer.event(&Event::Notice {
                revision: &prepared.revision.id,
                notice: &notice,
            });
        }
    }

    /// How far the journal says that the step came, once what was open is rolled back; `None` where it can't be read.
    fn progress(&mut self, prepared: &Prepared) -> Option<usize> {
        let sql = journal::select_progress(&self.session.tables, &prepared.revision.id);
        let rows = self.session.connection.query(&sql).ok()?;
        rows.into_iter().next()?.into_iter().next()??.parse().ok()
    }

    /// Writes the failure into the journal. That it can't be written must not hide the failure itself.
    fn record_failure(&mut self, prepared: &Prepared, atomic: bool, error: &DatabaseError) {
        let error = error.to_string();
        let tables = &self.session.tables;
        let sql = if atomic {
            journal::insert(tables, &actions::failed(prepared, self.who, &error))
        } else {
            journal::finish(tables, &prepared.revision.id, "failed", Some(&error))
        };
        drop(self.session.run_own(&[sql], "can't write the journal"));
    }
}

/// Why a step stopped.
enum Stopped {
    /// Not through the revision.
    Own(Error),
    /// A statement of the revision failed, or what comes of it at the end of its transaction.
    Statement {
        index: Option<usize>,
        error: DatabaseError,
    },
}

/// Statements that go to the server together.
#[derive(Default)]
struct Batch<'a> {
    sql: Vec<&'a str>,
    actions: Vec<&'a Action>,
    bytes: usize,
}

impl<'a> Batch<'a> {
    fn add(&mut self, sql: &'a str, action: &'a Action) {
        self.bytes += sql.len();
        self.sql.push(sql);
        self.actions.push(action);
    }

    fn is_full(&self) -> bool {
        self.sql.len() >= BATCH_STATEMENTS || self.bytes >= BATCH_BYTES
    }
}

fn last_statement(actions: &[&Action]) -> Option<usize> {
    actions.iter().rev().find_map(|action| match action {
        Action::Statement(index) => Some(*index),
        _ => None,
    })
}

/// How many statements were counted in the journal before the one that failed.
fn done_before(actions: &[Action], failed: Option<usize>) -> usize {
    let of_piece = actions
        .iter()
        .position(|action| matches!(action, Action::Statement(index) if Some(*index) == failed));
    let before = &actions[..of_piece.unwrap_or(actions.len())];
    let kept = before
        .iter()
        .rposition(|action| matches!(action, Action::Barrier))
        .unwrap_or_default();
    let last = before[..kept].iter().rev().find_map(|action| match action {
        Action::Statement(index) => Some(index + 1),
        _ => None,
    });
    last.unwrap_or_default()
}

fn failure(
    prepared: &Prepared,
    index: Option<usize>,
    remains: Remains,
    source: DatabaseError,
) -> Box<Failure> {
    let statement = index
        .or(prepared.statements.len().checked_sub(1))
        .map(|index| &prepared.statements[index]);
    let sql = statement
        .map(|statement| statement.sql.clone())
        .unwrap_or_default();
    let position = source
        .position
        .filter(|position| index.is_some() && sql.is_char_boundary(*position));
    let before = &sql[..position.unwrap_or_default()];
    Box::new(Failure {
        revision: prepared.revision.id.clone(),
        direction: prepared
            .direction
            .expect("a stamp runs no statement that could fail"),
        file: prepared.revision.file.clone(),
        line: statement.map_or(1, |statement| statement.line) + before.matches('\n').count(),
        position,
        remains,
        sql,
        source,
    })
}
