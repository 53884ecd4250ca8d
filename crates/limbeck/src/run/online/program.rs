//! A revision that is a program, run on the connection of its step.
//!
//! As long as it stays in the step's transaction it is like any other revision: all of it commits together with its version row. Where
//! it leaves that (and on MySQL, whose DDL does) it is in pieces: what is done is counted in the journal, with a checksum. A run
//! that was cut off there is taken up by evaluating the program again; the statements that are done are not run again, and must be
//! the same.

mod bind;

use limbeck_core::checksum::Checksum;
use limbeck_core::dialect::implicitly_commits;
use limbeck_core::script::{Answer, Program, ProgramError, Statement};

use super::super::actions::program::{self, Place};
use super::super::actions::{Action, FOREIGN_KEYS_ON, Mode};
use super::super::in_doubt;
use super::super::journal;
use super::super::prepare::{Dependent, Earlier, Prepared};
use super::{Ended, Executor, Ran, Stopped};
use crate::database::{DatabaseError, ErrorKind};
use crate::error::{Error, Failure, Remains};
use limbeck_core::Dialect;

impl Executor<'_> {
    /// Runs a step whose statements only its program tells. `rows` are the version rows that it starts from.
    pub(super) fn program_step(
        &mut self,
        prepared: &Prepared,
        dependent: &Dependent,
        rows: &[String],
        mode: &Mode<'_>,
    ) -> Result<Ended, Error> {
        let mut running = Running::new(self, prepared, dependent, rows, mode);
        let result = running.all(dependent.program.as_ref());
        let (step, in_pieces) = (running.step, running.place != Place::Whole);
        self.tell_notices(&step);
        self.tell_remarks(&step, &dependent.program.remarks());
        let ended = match result {
            Ok(()) => Ok(Ended::Done),
            Err(halt) => self.halted(&step, in_pieces, mode, halt),
        };
        if in_pieces {
            // It may leave rows that point nowhere; the next step is not to answer for them.
            self.dangling = None;
        }
        self.ran = Some(Ran { step, in_pieces });
        ended
    }

    /// What comes of a program that came to no end.
    fn halted(
        &mut self,
        step: &Prepared,
        in_pieces: bool,
        mode: &Mode<'_>,
        halt: Halt,
    ) -> Result<Ended, Error> {
        let failed = match halt {
            Halt::Overtaken => return Ok(Ended::Overtaken),
            Halt::NeedsLease => {
                self.session.roll_back();
                return Ok(Ended::NeedsLease);
            }
            Halt::Own(error) => {
                self.session.roll_back();
                if let Error::ProgramDiffers { .. } = error {
                    let error = DatabaseError::new(ErrorKind::Program, error.to_string());
                    self.record_failure(step, false, &error);
                }
                return Err(error);
            }
            Halt::Failed(failed) => failed,
        };
        let lost = failed.error.kind == ErrorKind::ConnectionLost;
        if !lost {
            self.session.roll_back();
        }
        let remains = match (mode.in_transaction, mode.kept, in_pieces) {
            (_, _, true) => Remains::OfProgram {
                done: self.progress(step).unwrap_or_default(),
            },
            (true, None, false) => Remains::NothingOfRun,
            (true, Some(revision), false) => Remains::NothingBehind(revision.to_owned()),
            (false, _, false) => Remains::Nothing,
        };
        if !lost {
            self.record_failure(step, !in_pieces, &failed.error);
        }
        let position = failed.error.position;
        Err(Error::Failed(Box::new(Failure {
            revision: step.revision.id.clone(),
            direction: step.direction.expect("a stamp runs no program"),
            position: position.filter(|position| failed.sql.is_char_boundary(*position)),
            file: failed.file,
            line: failed.line,
            remains,
            sql: failed.sql,
            source: failed.error,
        })))
    }
}

/// Why a program came to no end.
enum Halt {
    /// Another run has changed the version rows first; nothing was done.
    Overtaken,
    /// SQLite: it leaves its transaction, which only a lease covers.
    NeedsLease,
    /// Not through the revision, or it is no longer the same.
    Own(Error),
    /// A statement of it failed, or it stopped by itself.
    Failed(Failed),
}

/// Where a program failed.
struct Failed {
    file: String,
    line: usize,
    sql: String,
    error: DatabaseError,
    /// Whether its transaction is over, so that the program can't go on.
    is_over: bool,
}

/// A statement that the database has refused, of which the program may not have taken notice.
struct Refused {
    line: usize,
    sql: String,
    message: String,
}

/// A program that is run.
struct Running<'a, 'e> {
    executor: &'a mut Executor<'e>,
    /// The step, with the statements until now.
    step: Prepared,
    rows: &'a [String],
    mode: &'a Mode<'a>,
    earlier: Earlier,
    /// The checksum of the statements until now.
    hash: Checksum,
    /// How many statements the journal counts.
    counted: usize,
    place: Place,
    /// Whether each statement commits by itself.
    alone: bool,
    /// Where the program is: the line and the statement.
    line: usize,
    sql: String,
    refused: Option<Refused>,
    /// Why it must stop, whatever the program makes of that.
    halt: Option<Halt>,
}

impl<'a, 'e> Running<'a, 'e> {
    fn new(
        executor: &'a mut Executor<'e>,
        prepared: &Prepared,
        dependent: &Dependent,
        rows: &'a [String],
        mode: &'a Mode<'a>,
    ) -> Self {
        let earlier = dependent.earlier.clone();
        let whole =
            executor.session.dialect().transactional_ddl() && earlier.done == 0 && earlier.in_doubt.is_none();
        Self {
            executor,
            step: prepared.clone(),
            rows,
            mode,
            counted: earlier.done,
            earlier,
            hash: Checksum::default(),
            place: if whole { Place::Whole } else { Place::Between },
            alone: false,
            line: dependent.depends.line,
            sql: String::new(),
            refused: None,
            halt: None,
        }
    }

    fn dialect(&self) -> Dialect {
        self.executor.session.dialect()
    }

    /// Runs all of it, with what stands around it.
    fn all(&mut self, program: &dyn Program) -> Result<(), Halt> {
        if self.place != Place::Whole && !self.executor.covers_autocommit {
            return Err(Halt::NeedsLease);
        }
        let tables = self.executor.session.tables.clone();
        let before = match self.place {
            Place::Whole => program::open(&tables, self.mode, !self.mode.in_transaction),
            _ => {
                let hash = self.earlier.hash.clone().unwrap_or_default();
                program::start(&self.step, &tables, self.mode, self.place, &hash)
            }
        };
        self.act(&before)?;
        let direction = self.step.direction.expect("a stamp runs no program");
        let result = program.run(direction, self);
        if let Some(halt) = self.halt.take() {
            return Err(halt);
        }
        result.map_err(stopped_by_itself)?;
        if self.is_skipping() {
            return Err(self.differs("it ends before them"));
        }
        let hash = self.hash.hex();
        let end = program::end(&self.step, &tables, self.mode, self.place, self.uncounted(&hash));
        self.act(&end)
    }

    /// Does actions for the program.
    fn act(&mut self, actions: &[Action]) -> Result<(), Halt> {
        let result = self.executor.execute(&self.step, self.rows, actions);
        match result {
            Ok(Ended::Done) => Ok(()),
            Ok(Ended::Overtaken | Ended::NeedsLease) => Err(Halt::Overtaken),
            Err(stopped) => Err(self.halt_of(stopped)),
        }
    }

    fn halt_of(&mut self, stopped: Stopped) -> Halt {
        match stopped {
            Stopped::Statement { error, .. } => self.failed(self.line, self.sql.clone(), error),
            Stopped::Own(Error::Database { source, .. }) if source.code.as_deref() == Some("25P02") => {
                let Some(refused) = self.refused.take() else {
                    return self.failed(self.line, self.sql.clone(), source);
                };
                let error = DatabaseError::new(ErrorKind::Statement, refused.message).with_hint(
                    "the revision went on behind this error, but its transaction is over with it: let the statement stand in a \
                     savepoint (begin_nested)",
                );
                self.failed(refused.line, refused.sql, error)
            }
            Stopped::Own(error) => Halt::Own(error),
        }
    }

    fn failed(&self, line: usize, sql: String, error: DatabaseError) -> Halt {
        let file = self.step.revision.file.clone();
        Halt::Failed(Failed {
            file,
            line,
            sql,
            error,
            is_over: false,
        })
    }

    /// The program does not run what it has run before it was cut off.
    fn differs(&self, why: &str) -> Halt {
        Halt::Own(Error::ProgramDiffers {
            revision: self.step.revision.id.clone(),
            file: self.step.revision.file.clone(),
            line: self.line,
            done: self.earlier.done,
            why: why.to_owned(),
        })
    }

    /// Whether the next statement is done already.
    fn is_skipping(&self) -> bool {
        self.step.statements.len() < self.earlier.done
    }

    /// The statements that the journal does not count yet.
    fn uncounted<'h>(&self, hash: &'h str) -> Option<(usize, &'h str)> {
        let done = self.step.statements.len();
        (done > self.counted).then_some((done, hash))
    }

    /// Runs a statement; `None` for the number of rows where an earlier run did that.
    fn statement(&mut self, sql: &str, line: usize) -> Result<Option<u64>, Halt> {
        if self.is_skipping() {
            self.skip(sql, line)?;
            return Ok(None);
        }
        if self.took_effect(sql, line)? {
            return Ok(None);
        }
        let own = self.place != Place::Whole && (self.alone || implicitly_commits(self.dialect(), sql));
        if own {
            self.commit()?;
        }
        let index = self.push(sql, line);
        let mut hash = self.hash.clone();
        hash.add(self.dialect(), sql, self.alone);
        let tables = self.executor.session.tables.clone();
        let mut actions = Vec::new();
        if own {
            actions = program::alone(&self.step, &tables, self.mode, index, &hash.hex());
        } else {
            if self.place == Place::Between {
                actions = program::open(&tables, self.mode, true);
                self.place = Place::Open;
            }
            actions.extend(program::statement(&self.step, &tables, index));
        }
        if let Err(halt) = self.act(&actions) {
            self.step.statements.pop();
            return Err(halt);
        }
        self.hash = hash;
        if own {
            self.counted = index + 1;
        }
        Ok(Some(self.executor.affected))
    }

    /// Goes past a statement that is done.
    fn skip(&mut self, sql: &str, line: usize) -> Result<(), Halt> {
        self.push(sql, line);
        self.hash.add(self.dialect(), sql, self.alone);
        let is_last = !self.is_skipping();
        if is_last && self.earlier.hash.as_deref() != Some(self.hash.hex().as_str()) {
            return Err(self.differs("the statements up to here are others"));
        }
        Ok(())
    }

    /// Whether a statement took effect that an earlier run sent, but could not count.
    fn took_effect(&mut self, sql: &str, line: usize) -> Result<bool, Halt> {
        let Some(before) = self.earlier.in_doubt.take() else {
            return Ok(false);
        };
        let index = self.earlier.done;
        let took_effect =
            in_doubt::took_effect(self.executor.session, index, sql, &before).map_err(Halt::Own)?;
        if took_effect {
            self.push(sql, line);
            self.hash.add(self.dialect(), sql, self.alone);
            self.counted = index + 1;
            let (tables, revision) = (&self.executor.session.tables, &self.step.revision.id);
            let progress = journal::progress(tables, revision, index + 1, &self.hash.hex());
            self.act(&[Action::Own(progress)])?;
        }
        Ok(took_effect)
    }

    fn push(&mut self, sql: &str, line: usize) -> usize {
        self.step.statements.push(Statement {
            sql: sql.to_owned(),
            autocommit: self.alone,
            hazards: Vec::new(),
            offset: 0,
            line,
        });
        self.step.statements.len() - 1
    }

    /// Runs a statement for its rows. One that `reads` only is not counted, and asked again when the program is taken up.
    fn rows_of(&mut self, sql: &str, line: usize, reads: bool) -> Result<Answer, Halt> {
        if !reads && self.is_skipping() {
            return Err(self.differs("the rows that this statement returned are not known any more"));
        }
        self.enter(reads)?;
        let index = self.push(sql, line);
        let action = Action::Statement(index);
        let result = self
            .executor
            .deliver(&self.step, &[sql], &[&action], |connection| {
                connection.query_typed(sql)
            });
        if reads || result.is_err() {
            self.step.statements.pop();
        }
        let answer = result.map_err(|stopped| self.halt_of(stopped))?;
        if !reads {
            self.hash.add(self.dialect(), sql, self.alone);
            if self.alone {
                self.commit()?;
            }
        }
        Ok(answer)
    }

    /// Makes sure that a transaction is open, where what comes next wants one.
    fn enter(&mut self, reads: bool) -> Result<(), Halt> {
        let wants = !reads || self.dialect().transactional_ddl() && !self.alone;
        if self.place == Place::Between && wants {
            let open = program::open(&self.executor.session.tables, self.mode, true);
            self.place = Place::Open;
            self.act(&open)?;
        }
        Ok(())
    }

    /// Commits what was done so far; a step that was whole is in pieces from now on.
    fn commit(&mut self) -> Result<(), Halt> {
        let hash = self.hash.hex();
        let tables = &self.executor.session.tables;
        let actions = match self.place {
            Place::Between => return Ok(()),
            Place::Whole if !self.executor.covers_autocommit => return Err(Halt::NeedsLease),
            Place::Whole => program::start(&self.step, tables, self.mode, Place::Whole, &hash),
            Place::Open => program::commit(&self.step, tables, self.uncounted(&hash)),
        };
        self.act(&actions).map_err(|halt| match halt {
            Halt::Failed(failed) => Halt::Failed(Failed {
                is_over: true,
                ..failed
            }),
            halt => halt,
        })?;
        self.place = Place::Between;
        self.counted = self.counted.max(self.step.statements.len());
        Ok(())
    }

    /// Leaves the transaction for good, or comes back to transactions.
    fn set_autocommit(&mut self, on: bool) -> Result<(), Halt> {
        if on == self.alone {
            return Ok(());
        }
        if on {
            self.commit()?;
            if self.dialect() == Dialect::Sqlite {
                self.act(&[Action::Own(FOREIGN_KEYS_ON.to_owned())])?;
            }
        }
        // Nobody has looked at the foreign keys meanwhile.
        self.executor.dangling = None;
        self.alone = on;
        Ok(())
    }
}

/// What it means that a program stopped where nothing of limbeck's made it.
fn stopped_by_itself(error: ProgramError) -> Halt {
    let said = error.source.and_then(|source| source.source);
    let said = said.and_then(|source| source.downcast::<DatabaseError>().ok());
    let error_of = match said {
        Some(said) => {
            let mut said = *said;
            said.message = error.message;
            said
        }
        None => DatabaseError::new(ErrorKind::Program, error.message),
    };
    Halt::Failed(Failed {
        file: error.file,
        line: error.line,
        sql: error.sql.unwrap_or_default(),
        error: error_of,
        is_over: true,
    })
}
