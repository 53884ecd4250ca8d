//! Running: from the version rows and a target to statements that are executed, or printed.

mod actions;
mod checks;
mod foreign_keys;
mod journal;
mod known;
mod limits;
mod lock;
mod offline;
mod online;
mod outcome;
mod prepare;
mod repair;
mod session;
mod settings;
mod status;
mod tables;

use std::thread;
use std::time::{Duration, Instant};

use limbeck_core::revision::{self, ResolveError, RowChange, Step};
use limbeck_core::script::{Direction, Scripts};

pub use journal::Attempt;
pub use outcome::{Done, Outcome, Planned, Transaction};
pub use status::{RevisionStatus, State, Status};

pub(crate) use limits::Limits;
pub(crate) use offline::Offline;
pub(crate) use repair::{accept, restart};
pub(crate) use session::Session;
pub(crate) use status::status;
pub(crate) use tables::{ID_LENGTH, Tables};

use crate::database::{Options, Url};
use crate::error::Error;
use crate::observer::{Event, Observer};
use actions::Mode;
use checks::{check_edits, check_lengths, resume};
use known::Known;
use lock::Lock;
use online::{Ended, Executor};
use prepare::{Prepared, prepare};

/// What a run needs to be told.
pub(crate) struct Run<'a> {
    pub(crate) scripts: &'a Scripts,
    pub(crate) url: &'a Url,
    pub(crate) options: &'a Options,
    pub(crate) schema: Option<&'a str>,
    pub(crate) version_table: &'a str,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) who: &'a str,
    pub(crate) connect_wait: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) limits: Limits,
    pub(crate) transaction: Transaction,
}

/// Finds the steps to take from some version rows.
pub(crate) type Plan<'a> = dyn Fn(&Known<'_>, &[String]) -> Result<Vec<Step>, ResolveError> + 'a;

impl Run<'_> {
    /// A session to write in.
    pub(crate) fn session(&self) -> Result<Session, Error> {
        self.patiently(|| Session::open(self.url, self.options, self.schema, self.version_table))
    }

    /// A session to look in only.
    pub(crate) fn look(&self) -> Result<Session, Error> {
        Ok(self.look_whether_there()?.0)
    }

    /// A session to look in only, and whether the database is there.
    fn look_whether_there(&self) -> Result<(Session, bool), Error> {
        self.patiently(|| Session::look(self.url, self.options, self.schema, self.version_table))
    }

    /// Tries to connect until it can be done, or until what is in the way won't pass by itself, or for as long as was
    /// asked for: the order in which containers start is nobody's to promise.
    fn patiently<T>(&self, connect: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        /// The pause doubles from the first to the longest.
        const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
        let (start, mut pause) = (Instant::now(), PAUSES.0);
        loop {
            let result = connect();
            let left = self.connect_wait.saturating_sub(start.elapsed());
            match &result {
                Err(Error::Connect(error)) if error.may_pass() && !left.is_zero() => {
                    pause = pause.min(left);
                    self.observer.event(&Event::Unreachable { error, pause });
                    thread::sleep(pause);
                    pause = (pause * 2).min(PAUSES.1);
                }
                _ => return result,
            }
        }
    }

    /// Does what `plan` says.
    ///
    /// Where there is nothing to do, no lock is taken and nothing is written.
    pub(crate) fn execute(&self, plan: &Plan<'_>) -> Result<Outcome, Error> {
        let (mut session, there) = self.look_whether_there()?;
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
        let mut lock = self.lock(&mut session)?;
        self.until_done(&mut session, &mut lock, plan, &mut outcome)?;
        Ok(outcome)
    }

    /// Takes the lock, with limbeck's tables named by their schema.
    pub(crate) fn lock(&self, session: &mut Session) -> Result<Lock, Error> {
        session.qualify()?;
        let waiting = |holder: &str| self.observer.event(&Event::WaitingForLock { holder });
        let lock = lock::take(self.url, self.options, &session.tables, self.lock_wait, waiting)?;
        lock::await_writers(session, self.lock_wait, waiting)?;
        Ok(lock)
    }

    /// Does the steps; again where another run was faster, or where the application had a lock for too long.
    fn until_done(
        &self,
        session: &mut Session,
        lock: &mut Lock,
        plan: &Plan<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let mut tried = 0;
        loop {
            self.limits.set(session)?;
            match self.locked(session, lock, plan, outcome) {
                Ok(Ended::Done) => return Ok(()),
                Ok(Ended::Overtaken) => {}
                Err(error) => {
                    let Some(pause) = self.limits.pause(&error, tried) else {
                        return Err(error);
                    };
                    if let Error::Failed(failure) = &error {
                        let revision = failure.revision.as_str();
                        self.observer.event(&Event::Retrying { revision, pause });
                    }
                    tried += 1;
                    thread::sleep(pause);
                }
            }
        }
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
    fn locked(
        &self,
        session: &mut Session,
        lock: &mut Lock,
        plan: &Plan<'_>,
        outcome: &mut Outcome,
    ) -> Result<Ended, Error> {
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
        close_interrupted(session, &prepared, &attempts)?;
        self.steps(session, lock, &prepared, &skips, &mut rows, outcome)
    }

    fn steps(
        &self,
        session: &mut Session,
        lock: &mut Lock,
        prepared: &[Prepared],
        skips: &[usize],
        rows: &mut Vec<String>,
        outcome: &mut Outcome,
    ) -> Result<Ended, Error> {
        let whole_run = self.transaction == Transaction::WholeRun && session.dialect().transactional_ddl();
        let mut executor = Executor::new(session, self.observer, self.who);
        if whole_run && executor.open(rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        // The steps whose transaction is still open.
        let mut open = Vec::new();
        let mut kept = None;
        for (index, (step, skip)) in prepared.iter().zip(skips).enumerate() {
            lock.verify()?;
            let (line, start) = (step.line(), Instant::now());
            self.tell_start(step, *skip, index + 1, prepared.len());
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
                self.limits.set(executor.session)?;
            }
            apply(rows, step);
            let elapsed = start.elapsed();
            self.observer.event(&Event::StepFinished { step: &line, elapsed });
            open.push(Done::new(step, *skip, elapsed));
            let committed = !whole_run || !step.is_atomic(executor.session.dialect());
            if committed {
                outcome.steps.append(&mut open);
                outcome.to.clone_from(rows);
            }
            if committed && whole_run {
                kept = Some(step.revision.id.clone());
                if executor.open(rows)? == Ended::Overtaken {
                    return Ok(Ended::Overtaken);
                }
            }
        }
        if whole_run {
            executor.close()?;
            outcome.steps.append(&mut open);
            outcome.to.clone_from(rows);
        }
        Ok(Ended::Done)
    }

    fn tell_start(&self, step: &Prepared, skip: usize, of: usize, total: usize) {
        let line = step.line();
        self.observer.event(&Event::StepStarted {
            step: &line,
            of,
            total,
        });
        if skip > 0 {
            self.observer.event(&Event::Resuming {
                revision: &step.revision.id,
                done: skip,
                total: step.statements.len(),
            });
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
            let done = resume(&step, &session, &attempts)?;
            Ok(Planned::new(step, done))
        });
        planned.collect()
    }
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
