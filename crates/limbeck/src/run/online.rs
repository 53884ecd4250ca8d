//! Executes a step's actions.

mod concurrently;
mod program;
mod stopped;

use std::time::Instant;

use limbeck_core::Dialect;
use limbeck_core::dialect::first_words;
use limbeck_core::plan::missing_value;
use limbeck_core::script::Remark;
use tracing::field::Empty;
use tracing::{Span, debug_span};

use super::Run;
use super::actions::{self, Action, Mode};
use super::foreign_keys::Dangling;
use super::in_doubt;
use super::journal;
use super::lock;
use super::prepare::Prepared;
use super::session::{Session, begin};
use crate::database::{Connection, DatabaseError, ErrorKind, Keep, Notice, Severity};
use crate::error::{Error, Failure, Remains};
use crate::observer::Event;
use crate::trace::traced;
use stopped::{Stopped, done_before, failure};

/// How many statements, and how much text, go to the server in one message. More would save little and
/// keep what the server says about them back for longer.
const BATCH_STATEMENTS: usize = 64;
const BATCH_BYTES: usize = 256 * 1024;

/// What a run needs for each step.
pub(crate) struct Executor<'a> {
    run: &'a Run<'a>,
    pub(crate) session: &'a mut Session,
    /// What each transaction begins with where the lock is a lease.
    fence: &'a [String],
    /// When the lease was looked at last.
    fenced: Instant,
    /// SQLite: the rows whose foreign keys point nowhere now, as far as that is known.
    dangling: Option<Dangling>,
    /// The last statement of the step that was sent and went well.
    last: Option<usize>,
    /// How many rows it touched.
    affected: u64,
    /// Whether the lock also keeps statements apart that are outside of any transaction.
    covers_autocommit: bool,
    /// The step that was run last, where it is a program's.
    pub(crate) ran: Option<Ran>,
}

/// What a program turned out to be.
pub(crate) struct Ran {
    /// The step, with the statements that were run.
    pub(crate) step: Prepared,
    /// Whether it committed before its end.
    pub(crate) in_pieces: bool,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It is done.
    Done,
    /// Another run has changed the version rows first; nothing was done.
    Overtaken,
    /// SQLite: the program leaves its transaction, which only a lease covers; nothing was done.
    NeedsLease,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(
        run: &'a Run<'a>,
        session: &'a mut Session,
        fence: &'a [String],
        covers_autocommit: bool,
    ) -> Self {
        Self {
            run,
            session,
            fence,
            fenced: Instant::now(),
            dangling: None,
            last: None,
            affected: 0,
            covers_autocommit,
            ran: None,
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
        self.last = None;
        if let Some(dependent) = &prepared.program {
            return self.program_step(prepared, dependent, rows, mode);
        }
        self.tell_remarks(prepared, &prepared.remarks);
        let atomic = prepared.is_atomic(self.session.dialect());
        let actions = actions::actions(prepared, &self.session.tables, mode);
        let result = self.execute(prepared, rows, &actions);
        self.tell_notices(prepared);
        match result {
            Ok(ended) => {
                if !atomic {
                    // An autocommit section may leave rows that point nowhere; the next step is not to answer for them.
                    self.dangling = None;
                }
                Ok(ended)
            }
            Err(Stopped::Own(error)) => {
                self.session.roll_back();
                Err(error)
            }
            Err(Stopped::Statement { index, error }) => {
                let lost = error.kind == ErrorKind::ConnectionLost;
                if !lost {
                    self.session.roll_back();
                }
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
                if !lost {
                    self.record_failure(prepared, atomic, &error);
                }
                Err(failure(prepared, index, remains, error).into())
            }
        }
    }

    /// Completes what is told of a step whose connection was lost, once there is another.
    pub(crate) fn account_for(&mut self, prepared: &Prepared, failure: &mut Failure) {
        match &mut failure.remains {
            // The attempt at a step in pieces stays open in the journal, so that the next run knows that its next statement may
            // be done.
            Remains::Statements { done, .. } | Remains::OfProgram { done } => {
                if let Some(counted) = self.progress(prepared) {
                    *done = counted;
                }
            }
            _ => self.record_failure(prepared, true, &failure.source),
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
        let statements: Vec<String> = self.begin().collect();
        self.session.run_own(&statements, "can't begin a transaction")?;
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
        let begin: Vec<String> = self.begin().collect();
        let mut batch = Batch::default();
        for action in actions {
            match action {
                Action::Barrier => self.flush(prepared, &mut batch)?,
                Action::NoteForeignKeys => {
                    self.flush(prepared, &mut batch)?;
                    self.note_foreign_keys()?;
                }
                Action::CheckForeignKeys => {
                    self.flush(prepared, &mut batch)?;
                    self.check_foreign_keys()?;
                }
                Action::NoteState(index) => {
                    self.flush(prepared, &mut batch)?;
                    self.note_state(prepared, *index)?;
                }
                Action::Begin if self.session.dialect() == Dialect::Sqlite => {
                    self.flush(prepared, &mut batch)?;
                    if !self.begin_alone(rows)? {
                        return Ok(Ended::Overtaken);
                    }
                }
                Action::Begin => begin.iter().for_each(|sql| batch.add(sql, action)),
                Action::Commit => batch.add("COMMIT", action),
                Action::Own(sql) | Action::Row(sql) | Action::Fence(sql) => batch.add(sql, action),
                Action::Statement(index)
                    if concurrently::applies_to(self.session.dialect(), &prepared.statements, *index) =>
                {
                    self.flush(prepared, &mut batch)?;
                    self.concurrently(prepared, *index, action)?;
                }
                Action::Statement(index) => {
                    let sql = &prepared.statements[*index].sql;
                    batch.add(sql, action);
                    if missing_value(sql).is_some() {
                        // Whether there are rows is to be known before it counts as done.
                        self.flush(prepared, &mut batch)?;
                    }
                }
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
        let connection = self.session.connection.as_mut();
        lock::begin(connection, self.run.lock_wait, &self.run.brake).map_err(Stopped::Own)?;
        let mut now = self.session.rows().map_err(Stopped::Own)?;
        let mut expected = rows.to_vec();
        now.sort();
        expected.sort();
        if now != expected {
            self.session.roll_back();
            return Ok(false);
        }
        Ok(true)
    }

    /// What opens a transaction.
    fn begin(&self) -> impl Iterator<Item = String> + use<> {
        let dialect = self.session.dialect();
        // Without a lease the session has the limits already.
        let limits = if self.fence.is_empty() {
            Vec::new()
        } else {
            self.run.limits.local(dialect)
        };
        std::iter::once(begin(dialect).to_owned()).chain(limits)
    }

    fn flush(&mut self, prepared: &Prepared, batch: &mut Batch<'_>) -> Result<(), Stopped> {
        let Batch { sql, actions, .. } = std::mem::take(batch);
        if sql.is_empty() {
            return Ok(());
        }
        let outcomes = self.deliver(prepared, &sql, &actions, |connection| {
            connection.run(&sql, Keep::Nothing)
        })?;
        for (_, outcome) in (actions.iter().zip(&outcomes)).filter(|(action, _)| statement(action).is_some())
        {
            self.affected = outcome.affected;
        }
        stopped::missing(prepared, &actions, &outcomes)?;
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

    /// Sends statements, unless the run is to stop.
    fn deliver<T>(
        &mut self,
        prepared: &Prepared,
        sql: &[&str],
        actions: &[&Action],
        work: impl FnOnce(&mut dyn Connection) -> Result<T, DatabaseError>,
    ) -> Result<T, Stopped> {
        let sending = match self.run.brake.sending(self.session.connection.canceller()) {
            Ok(sending) => Some(sending),
            Err(Error::Cancelled(_)) => match first_statement(actions) {
                Some(index) => return Err(Stopped::cancelled(index)),
                // What limbeck has to write about what is done.
                None => None,
            },
            Err(error) => return Err(Stopped::Own(error)),
        };
        self.fence_anew(prepared, actions)?;
        self.tell_statements(prepared, actions);
        let span = sent_span(prepared, self.session.dialect(), actions);
        let result = traced(&span, || work(self.session.connection.as_mut()));
        drop(sending);
        let answer = result.map_err(|error| self.stopped(prepared, sql, actions, error))?;
        self.last = last_statement(actions).or(self.last);
        Ok(answer)
    }

    /// Looks at the lease once more before statements that carry no token, if this process stood still for so long since it looked last
    /// that somebody else may have taken it.
    fn fence_anew(&mut self, prepared: &Prepared, actions: &[&Action]) -> Result<(), Stopped> {
        let is_fence = |action: &&Action| matches!(action, Action::Fence(_));
        let is_statement = |action: &&Action| matches!(action, Action::Statement(_));
        if actions.iter().any(is_fence) {
            self.fenced = Instant::now();
            return Ok(());
        }
        if self.fence.is_empty() || !actions.iter().any(is_statement) {
            return Ok(());
        }
        while self.fenced.elapsed() >= self.run.lease {
            let fences: Vec<Action> = self.fence.iter().cloned().map(Action::Fence).collect();
            let sql: Vec<&str> = self.fence.iter().map(String::as_str).collect();
            let start = Instant::now();
            let result = self.session.connection.run(&sql, Keep::Nothing);
            result
                .map_err(|error| self.stopped(prepared, &sql, &fences.iter().collect::<Vec<_>>(), error))?;
            self.fenced = start;
        }
        Ok(())
    }

    /// What it means that one of the statements sent has failed.
    fn stopped(
        &mut self,
        prepared: &Prepared,
        sql: &[&str],
        actions: &[&Action],
        error: DatabaseError,
    ) -> Stopped {
        let at = error.statement.unwrap_or_default();
        let before = last_statement(actions.get(..at).unwrap_or_default()).or(self.last);
        match actions.get(at) {
            Some(Action::Statement(index)) => Stopped::Statement {
                index: Some(*index),
                error,
            },
            // Deferred constraints speak up here.
            Some(Action::Commit) if prepared.direction.is_some() => {
                Stopped::Statement { index: before, error }
            }
            Some(Action::Fence(_)) if error.kind == ErrorKind::Statement => {
                Stopped::Own(Error::LockLost(None))
            }
            Some(_) if error.kind == ErrorKind::Cancelled => {
                // The cancellation came too late for the user's statement. Where that can't be taken back, the journal must
                // have it nevertheless.
                if !self.session.dialect().transactional_ddl() {
                    drop(self.session.connection.execute(sql[at]));
                }
                Stopped::Statement { index: before, error }
            }
            _ => Stopped::Own(Error::database("can't write limbeck's own tables")(error)),
        }
    }

    fn note_state(&mut self, prepared: &Prepared, index: usize) -> Result<(), Stopped> {
        let sql = &prepared.statements[index].sql;
        if let Some(state) = in_doubt::state(self.session, sql).map_err(Stopped::Own)? {
            let state = in_doubt::note(index, &state);
            let note = journal::note_state(&self.session.tables, &prepared.revision.id, &state);
            self.session
                .run_own(&[note], "can't write the journal")
                .map_err(Stopped::Own)?;
        }
        Ok(())
    }

    fn note_foreign_keys(&mut self) -> Result<(), Stopped> {
        if self.dangling.is_none() {
            let rows = Dangling::read(self.session.connection.as_mut()).map_err(cant_check)?;
            self.dangling = Some(rows);
        }
        Ok(())
    }

    fn check_foreign_keys(&mut self) -> Result<(), Stopped> {
        let now = Dangling::read(self.session.connection.as_mut()).map_err(cant_check)?;
        let before = self.dangling.take().unwrap_or_default();
        if let Some(error) = now.since(&before) {
            let index = self.last;
            return Err(Stopped::Statement { index, error });
        }
        self.dangling = Some(now);
        Ok(())
    }

    fn tell_statements(&self, prepared: &Prepared, sent: &[&Action]) {
        for statement in sent.iter().filter_map(statement) {
            let statement = &prepared.statements[statement];
            self.run.observer.event(&Event::Statement {
                revision: &prepared.revision.id,
                file: &prepared.revision.file,
                line: statement.line,
                sql: &statement.sql,
            });
        }
    }

    fn tell_notices(&mut self, prepared: &Prepared) {
        for notice in self.session.connection.take_notices() {
            self.run.observer.event(&Event::Notice {
                revision: &prepared.revision.id,
                notice: &notice,
            });
        }
    }

    fn tell_remarks(&self, prepared: &Prepared, remarks: &[Remark]) {
        for remark in remarks {
            let (severity, message) = match remark {
                Remark::Printed(line) => (Severity::Info, line.clone()),
                Remark::Doubt { line, message } => {
                    let file = &prepared.revision.file;
                    (Severity::Warning, format!("{file}:{line}: {message}"))
                }
            };
            let notice = Notice {
                severity,
                message,
                code: None,
                detail: None,
                hint: None,
            };
            self.run.observer.event(&Event::Notice {
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
            journal::insert(tables, &actions::failed(prepared, self.run.who, &error))
        } else {
            journal::finish(tables, &prepared.revision.id, "failed", Some(&error))
        };
        drop(self.session.run_own(&[sql], "can't write the journal"));
    }
}

fn cant_check(error: DatabaseError) -> Stopped {
    Stopped::Own(Error::database("can't check the foreign keys")(error))
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

/// A span for what is sent in one message. It names places, and words that can't be values.
fn sent_span(prepared: &Prepared, dialect: Dialect, sent: &[&Action]) -> Span {
    let (Some(first), Some(last)) = (first_statement(sent), last_statement(sent)) else {
        return Span::none();
    };
    let (first, last) = (&prepared.statements[first], &prepared.statements[last]);
    debug_span!(
        "statement",
        file = prepared.revision.file,
        line = first.line,
        last_line = last.line,
        count = sent.iter().filter_map(statement).count(),
        starts = first_words(dialect, &first.sql, 2).join(" "),
        elapsed_ms = Empty,
        error = Empty
    )
}

fn first_statement(actions: &[&Action]) -> Option<usize> {
    actions.iter().find_map(statement)
}

fn last_statement(actions: &[&Action]) -> Option<usize> {
    actions.iter().rev().find_map(statement)
}

fn statement(action: &&Action) -> Option<usize> {
    match action {
        Action::Statement(index) => Some(*index),
        _ => None,
    }
}
