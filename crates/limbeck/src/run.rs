//! Running: from the version rows and a target to statements that are executed, or printed.

mod actions;
mod journal;
mod known;
mod lock;
mod offline;
mod online;
mod prepare;
mod repair;
mod session;
mod settings;
mod status;
mod tables;

use std::time::{Duration, Instant};

use limbeck_core::revision::{self, ResolveError, RowChange, Step};
use limbeck_core::script::{Direction, Scripts};

pub use journal::Attempt;
pub use status::{RevisionStatus, State, Status};

pub(crate) use offline::Offline;
pub(crate) use repair::{accept, restart};
pub(crate) use session::Session;
pub(crate) use status::status;
pub(crate) use tables::{ID_LENGTH, Tables};

use crate::database::{Options, Url};
use crate::error::{Edit, Error};
use crate::observer::{Event, Observer};
use actions::Mode;
use known::Known;
use online::{Ended, Executor};
use prepare::{Prepared, prepare};

/// Whether each revision is a transaction of its own, or the whole run is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transaction {
    /// What is done stays done when a later revision fails.
    #[default]
    PerRevision,
    /// All or nothing, where DDL takes part in transactions (PostgreSQL, SQLite). An autocommit section ends the
    /// transaction, and a new one is begun behind it.
    WholeRun,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The version rows before.
    pub from: Vec<String>,
    /// The version rows after.
    pub to: Vec<String>,
    /// The steps, in the order in which they were done.
    pub steps: Vec<Done>,
    /// Applied revisions that are not in this checkout: the database is ahead.
    pub ahead: Vec<String>,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// `None` for a stamp.
    pub direction: Option<Direction>,
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// The state before, as far as the step concerns it.
    pub from: Vec<String>,
    /// The state after.
    pub to: Vec<String>,
    /// How many statements were run.
    pub statements: usize,
    /// How many an earlier run had finished.
    pub resumed_behind: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// A step that would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// Which way.
    pub direction: Direction,
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Its file.
    pub file: String,
    /// The state before, as far as the step concerns it.
    pub from: Vec<String>,
    /// The state after.
    pub to: Vec<String>,
    /// What would be run.
    pub statements: Vec<limbeck_core::script::Statement>,
    /// How many of the statements an interrupted run has finished; they would not be run again.
    pub done: usize,
}

/// What a run needs to be told.
pub(crate) struct Run<'a> {
    pub(crate) scripts: &'a Scripts,
    pub(crate) url: &'a Url,
    pub(crate) options: &'a Options,
    pub(crate) schema: Option<&'a str>,
    pub(crate) version_table: &'a str,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) who: &'a str,
    pub(crate) lock_wait: Duration,
    pub(crate) transaction: Transaction,
}

/// Finds the steps to take from some version rows.
pub(crate) type Plan<'a> = dyn Fn(&Known<'_>, &[String]) -> Result<Vec<Step>, ResolveError> + 'a;

impl Run<'_> {
    /// A session to write in.
    pub(crate) fn session(&self) -> Result<Session, Error> {
        Session::open(self.url, self.options, self.schema, self.version_table)
    }

    /// A session to look in only.
    pub(crate) fn look(&self) -> Result<Session, Error> {
        Ok(Session::look(self.url, self.options, self.schema, self.version_table)?.0)
    }

    /// Does what `plan` says.
    ///
    /// Where there is nothing to do, no lock is taken and nothing is written.
    pub(crate) fn execute(&self, plan: &Plan<'_>) -> Result<Outcome, Error> {
        let (mut session, there) = Session::look(self.url, self.options, self.schema, self.version_table)?;
        let rows = session.rows()?;
        let known = session.known(self.scripts, &rows)?;
        let steps = plan(&known, &rows)?;
        let mut outcome = Outcome {
            from: rows.clone(),
            to: rows.clone(),
            ahead: known.remembered.clone(),
            ..Outcome::default()
        };
        if !outcome.ahead.is_empty() {
            self.observer.event(&Event::Ahead {
                revisions: &outcome.ahead,
            });
        }
        if steps.is_empty() {
            return Ok(outcome);
        }
        // Everything that can be found wrong without the lock is found before it is taken.
        self.prepare(&mut session, &known, steps)?;
        if !there {
            session = self.session()?;
        }
        session.qualify()?;
        let waiting = |holder: &str| self.observer.event(&Event::WaitingForLock { holder });
        let _lock = lock::take(self.url, self.options, &session.tables, self.lock_wait, waiting)?;
        lock::await_writers(&mut session, self.lock_wait, waiting)?;
        while self.locked(&mut session, plan, &mut outcome)? == Ended::Overtaken {}
        Ok(outcome)
    }

    fn prepare(
        &self,
        session: &mut Session,
        known: &Known<'_>,
        steps: Vec<Step>,
    ) -> Result<Vec<Prepared>, Error> {
        let tables = session.tables.clone();
        prepare(steps, known, &tables, |revision| session.kept_downgrade(revision))
    }

    /// Does the steps, once nobody else can. The plan is made anew, because rows may have changed while the lock
    /// was waited for.
    fn locked(&self, session: &mut Session, plan: &Plan<'_>, outcome: &mut Outcome) -> Result<Ended, Error> {
        let mut rows = session.rows()?;
        let known = session.known(self.scripts, &rows)?;
        let prepared = self.prepare(session, &known, plan(&known, &rows)?)?;
        outcome.to.clone_from(&rows);
        if prepared.is_empty() {
            return Ok(Ended::Done);
        }
        if session.claim(&known, &rows, self.who)? {
            self.observer.event(&Event::Adopted { rows: &rows });
        }
        let attempts = session.attempts()?;
        if prepared
            .iter()
            .any(|step| step.direction == Some(Direction::Upgrade))
        {
            check_edits(&known, session, &rows, &attempts)?;
        }
        check_lengths(session, &prepared)?;
        let skips = prepared
            .iter()
            .map(|step| resume(step, session, &attempts))
            .collect::<Result<Vec<_>, _>>()?;
        self.steps(session, &prepared, &skips, &attempts, &mut rows, outcome)
    }

    fn steps(
        &self,
        session: &mut Session,
        prepared: &[Prepared],
        skips: &[usize],
        attempts: &[Attempt],
        rows: &mut Vec<String>,
        outcome: &mut Outcome,
    ) -> Result<Ended, Error> {
        let whole_run = self.transaction == Transaction::WholeRun && session.dialect().transactional_ddl();
        close_interrupted(session, prepared, attempts)?;
        let mut executor = Executor::new(session, self.observer, self.who);
        if whole_run && executor.open(rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        let mut done = Vec::new();
        let mut kept = None;
        for (index, (step, skip)) in prepared.iter().zip(skips).enumerate() {
            let (line, start) = (step.line(), Instant::now());
            self.observer.event(&Event::StepStarted {
                step: &line,
                of: index + 1,
                total: prepared.len(),
            });
            if *skip > 0 {
                let (revision, total) = (step.revision.id.as_str(), step.statements.len());
                self.observer.event(&Event::Resuming {
                    revision,
                    done: *skip,
                    total,
                });
            }
            let mode = Mode {
                who: self.who,
                skip: *skip,
                in_transaction: whole_run,
                kept: kept.as_deref(),
            };
            if executor.step(step, rows, &mode)? == Ended::Overtaken {
                return Ok(Ended::Overtaken);
            }
            if !whole_run && step.changes_session() {
                executor.session.renew()?;
            }
            apply(rows, step);
            if whole_run && !step.is_atomic(executor.session.dialect()) {
                kept = Some(step.revision.id.clone());
                if executor.open(rows)? == Ended::Overtaken {
                    return Ok(Ended::Overtaken);
                }
            }
            let elapsed = start.elapsed();
            self.observer.event(&Event::StepFinished { step: &line, elapsed });
            done.push(self.done(step, *skip, elapsed));
            if !whole_run {
                outcome.steps.append(&mut done);
                outcome.to.clone_from(rows);
            }
        }
        if whole_run {
            executor.close()?;
            outcome.steps.append(&mut done);
            outcome.to.clone_from(rows);
        }
        Ok(Ended::Done)
    }

    fn done(&self, step: &Prepared, skip: usize, elapsed: Duration) -> Done {
        Done {
            direction: step.direction,
            revision: step.revision.id.clone(),
            message: step.revision.message.clone(),
            from: step.step.from.clone(),
            to: step.step.to.clone(),
            statements: step.statements.len() - skip,
            resumed_behind: skip,
            elapsed,
        }
    }

    /// Tells what [`Run::execute`] would do, and changes nothing.
    pub(crate) fn plan(&self, plan: &Plan<'_>) -> Result<Vec<Planned>, Error> {
        let mut session = self.look()?;
        let rows = session.rows()?;
        let attempts = session.attempts()?;
        let known = Known::with_journal(self.scripts, &rows, &attempts);
        let steps = plan(&known, &rows)?;
        let prepared = self.prepare(&mut session, &known, steps)?;
        if prepared
            .iter()
            .any(|step| step.direction == Some(Direction::Upgrade))
        {
            check_edits(&known, &session, &rows, &attempts)?;
        }
        let planned = prepared.into_iter().map(|step| {
            Ok(Planned {
                done: resume(&step, &session, &attempts)?,
                direction: step.direction.unwrap_or(Direction::Upgrade),
                revision: step.revision.id,
                message: step.revision.message,
                file: step.revision.file,
                from: step.step.from,
                to: step.step.to,
                statements: step.statements,
            })
        });
        planned.collect()
    }
}

/// Refuses to go on when the file of an applied revision says something else than what was run.
fn check_edits(
    known: &Known<'_>,
    session: &Session,
    rows: &[String],
    attempts: &[Attempt],
) -> Result<(), Error> {
    let edits = edits(known, session, rows, attempts)?;
    if edits.is_empty() {
        Ok(())
    } else {
        Err(Error::Edited(edits))
    }
}

/// The applied revisions whose files say something else than what was run.
fn edits(
    known: &Known<'_>,
    session: &Session,
    rows: &[String],
    attempts: &[Attempt],
) -> Result<Vec<Edit>, Error> {
    let applied = journal::applied(attempts);
    let mut edits = Vec::new();
    for revision in known.graph.applied(rows) {
        let Some(attempt) = applied.get(revision.id.as_str()) else {
            continue;
        };
        let (Some(was), Some(script)) = (&attempt.checksum, known.scripts.script(&revision.id)?) else {
            continue;
        };
        if script.checksum(session.dialect())? != *was {
            edits.push(Edit {
                revision: revision.id.clone(),
                file: script.file,
                applied_at: attempt.finished_at.clone().unwrap_or_default(),
                applied_by: attempt.who.clone(),
            });
        }
    }
    Ok(edits)
}

/// Refuses ids that the version table would cut or reject half-way through the run.
fn check_lengths(session: &mut Session, prepared: &[Prepared]) -> Result<(), Error> {
    /// What Alembic makes; no table is narrower by itself.
    const NARROWEST: usize = 32;
    let length = |step: &Prepared| step.revision.id.chars().count();
    let Some(longest) = prepared
        .iter()
        .max_by_key(|step| length(step))
        .filter(|step| length(step) > NARROWEST)
    else {
        return Ok(());
    };
    // The journal's column has limbeck's own width everywhere.
    let limit = session
        .id_limit()?
        .unwrap_or(tables::ID_LENGTH)
        .min(tables::ID_LENGTH);
    if length(longest) <= limit {
        return Ok(());
    }
    let (revision, table) = (longest.revision.id.clone(), session.tables.version());
    Err(Error::IdTooLong {
        revision,
        length: length(longest),
        table,
        limit,
    })
}

/// How many statements of a step an interrupted run has finished.
fn resume(step: &Prepared, session: &Session, attempts: &[Attempt]) -> Result<usize, Error> {
    let Some(direction) = step.direction else {
        return Ok(0);
    };
    let Some(attempt) = journal::unfinished(attempts, &step.revision.id, direction.name()) else {
        return Ok(0);
    };
    let done = attempt.statements_done;
    let unchanged = done <= step.statements.len()
        && attempt
            .done_hash
            .as_ref()
            .is_some_and(|hash| *hash == step.done_hash(session.dialect(), done));
    if unchanged {
        return Ok(done);
    }
    let (revision, file) = (step.revision.id.clone(), step.revision.file.clone());
    Err(Error::ResumeChanged { revision, file, done })
}

/// Ends the attempts that never came to write their own end.
fn close_interrupted(
    session: &mut Session,
    prepared: &[Prepared],
    attempts: &[Attempt],
) -> Result<(), Error> {
    let running = |step: &&Prepared| {
        attempts
            .iter()
            .any(|attempt| attempt.revision == step.revision.id && attempt.outcome == "running")
    };
    for step in prepared.iter().filter(running) {
        let sql = journal::finish(
            &session.tables,
            &step.revision.id,
            "failed",
            Some("cut off before its end"),
        );
        session.run_own(&[sql], "can't write the journal")?;
    }
    Ok(())
}

/// A step that removes every version row.
pub(crate) fn purge(rows: &[String]) -> Option<Step> {
    let changes = rows.iter().cloned().map(RowChange::Delete).collect();
    let direction = revision::Direction::Stamp;
    (!rows.is_empty()).then(|| Step {
        direction,
        revision: None,
        from: rows.to_vec(),
        to: Vec::new(),
        changes,
    })
}

/// Moves the version rows on as a step does.
fn apply(rows: &mut Vec<String>, step: &Prepared) {
    for change in &step.step.changes {
        match change {
            RowChange::Insert(id) => rows.push(id.clone()),
            RowChange::Delete(id) => rows.retain(|row| row != id),
            RowChange::Update { from, to } => {
                rows.retain(|row| row != from);
                rows.push(to.clone());
            }
        }
    }
    rows.sort();
}
