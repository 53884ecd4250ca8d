//! One run's turn: what it does while it holds the lock.

use limbeck_core::revision::{self, Step};
use limbeck_core::script::Direction;

use super::brake::Why;
use super::checks::{check_edits, check_lengths, resume};
use super::journal::{self, Attempt};
use super::known::Known;
use super::lock::Lock;
use super::lost;
use super::online::{Ended, Executor};
use super::outcome::Outcome;
use super::prepare::Prepared;
use super::session::Session;
use super::walk::{InDoubt, Walk};
use super::{Plan, Run};
use crate::database::ErrorKind;
use crate::error::{Error, Remains};
use crate::observer::Event;

/// What a run works with while it holds the lock.
pub(crate) struct Turn<'a> {
    run: &'a Run<'a>,
    plan: &'a Plan<'a>,
    session: Session,
    lock: Lock,
    /// The steps that it set out to do.
    planned: Option<Vec<Step>>,
    prepared: Vec<Prepared>,
    in_doubt: Option<InDoubt>,
    outcome: Outcome,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        run: &'a Run<'a>,
        plan: &'a Plan<'a>,
        session: Session,
        lock: Lock,
        outcome: Outcome,
    ) -> Self {
        Self {
            run,
            plan,
            session,
            lock,
            planned: None,
            prepared: Vec::new(),
            in_doubt: None,
            outcome,
        }
    }

    /// Does the steps; again where another run was faster, or where the application had a lock for too long.
    pub(crate) fn until_done(mut self) -> Result<Outcome, Error> {
        let result = self.try_until_done();
        let gone = |error: &Error| is_lost(error) || matches!(error, Error::LockLost(_));
        if !result.as_ref().is_err_and(gone) {
            self.lock
                .release(&self.session.tables, self.session.connection.as_mut());
        }
        result.map(|()| self.outcome)
    }

    fn try_until_done(&mut self) -> Result<(), Error> {
        let mut tried = 0;
        loop {
            self.set_limits()?;
            match self.once() {
                Ok(Ended::Done) => return Ok(()),
                Ok(Ended::Overtaken) => {}
                Ok(Ended::NeedsLease) => self.lock = self.run.lock(&mut self.session, true)?,
                Err(error) if is_lost(&error) => self.find_out(error)?,
                Err(error) => {
                    let Some(pause) = self.run.limits.pause(&error, tried) else {
                        return Err(self.explained(error));
                    };
                    if let Error::Failed(failure) = &error {
                        let revision = failure.revision.as_str();
                        self.run.observer.event(&Event::Retrying { revision, pause });
                    }
                    tried += 1;
                    self.run.brake.pause(pause)?;
                }
            }
        }
    }

    fn set_limits(&mut self) -> Result<(), Error> {
        if self.lock.keeps_sessions() {
            self.run.limits.set(&mut self.session)?;
        }
        Ok(())
    }

    /// A statement that was cancelled was so because the run was stopped.
    fn explained(&self, error: Error) -> Error {
        match (self.run.brake.why(), error) {
            (Some(why), Error::Failed(failure)) if failure.source.kind == ErrorKind::Cancelled => match why {
                Why::Cancelled => Error::Cancelled(Some(failure)),
                Why::LockLost => Error::LockLost(Some(failure.source)),
            },
            (_, error) => error,
        }
    }

    /// Makes the plan, and does it. It is made anew, because rows may have changed while the lock was waited for.
    fn once(&mut self) -> Result<Ended, Error> {
        let rows = self.session.rows()?;
        let known = self.session.known(self.run.scripts, &rows)?;
        let steps = self.steps_left(&known, &rows)?;
        self.prepared = self.run.prepare(&mut self.session, &known, steps)?;
        self.outcome.to.clone_from(&rows);
        if self.prepared.is_empty() {
            return Ok(Ended::Done);
        }
        if !self.lock.covers_autocommit() && self.prepared.iter().any(Prepared::has_autocommit) {
            self.lock = self.run.lock(&mut self.session, true)?;
            return Ok(Ended::Overtaken);
        }
        if self.session.claim(&known, &rows, self.run.who)? {
            self.run.observer.event(&Event::Adopted { rows: &rows });
        }
        let attempts = self.session.attempts()?;
        let upgrades = |step: &Prepared| step.direction == Some(Direction::Upgrade);
        if self.prepared.iter().any(upgrades) {
            check_edits(&known, &self.session, &rows, &attempts)?;
        }
        check_lengths(&mut self.session, &self.prepared)?;
        let skips = self
            .prepared
            .iter_mut()
            .map(|step| resume(step, &mut self.session, &attempts))
            .collect::<Result<Vec<_>, _>>()?;
        if self.back_up(&skips, &rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        close_interrupted(&mut self.session, &self.prepared, &attempts)?;
        self.steps(&skips, rows)
    }

    /// Makes a backup where one is wanted: once for a run, however often its plan is made anew.
    fn back_up(&mut self, skips: &[usize], rows: &[String]) -> Result<Ended, Error> {
        let (run, session) = (self.run, &mut self.session);
        if self.outcome.backup.is_some() {
            return Ok(Ended::Done);
        }
        let Some(wanted) = run.wants_backup(session, &self.prepared, skips, rows)? else {
            return Ok(Ended::Done);
        };
        if !self.lock.covers_autocommit() {
            // SQLite: its transactions don't reach from the backup to the first step, and the lease does. Processes that
            // start together would make a backup each.
            self.lock = run.lock(session, true)?;
            return Ok(Ended::Overtaken);
        }
        self.outcome.backup = Some(run.back_up_before(session, &wanted)?);
        Ok(Ended::Done)
    }

    /// The first time the plan; later what is left of it, because `+1` must not be counted twice.
    fn steps_left(&mut self, known: &Known<'_>, rows: &[String]) -> Result<Vec<Step>, Error> {
        let stamps = |step: &Step| step.direction == revision::Direction::Stamp;
        if let Some(planned) = &self.planned
            && !planned.iter().any(stamps)
        {
            return Ok(known.graph.remaining(rows, planned)?);
        }
        let steps = (self.plan)(known, rows)?;
        self.planned = Some(steps.clone());
        Ok(steps)
    }

    fn steps(&mut self, skips: &[usize], rows: Vec<String>) -> Result<Ended, Error> {
        let fence = self.lock.fence().cloned();
        let fence: &[String] = fence.as_ref().map_or(&[], |fence| &fence.statements);
        Walk::new(
            self.run,
            &mut self.session,
            &mut self.lock,
            fence,
            &self.prepared,
            &mut self.in_doubt,
            &mut self.outcome,
            rows,
        )
        .all(skips)
    }

    /// The connection was lost, and with it the answer. Whether the transaction came to its end is in the version rows.
    fn find_out(&mut self, mut error: Error) -> Result<(), Error> {
        let Some(doubt) = self.in_doubt.take() else {
            return Err(error);
        };
        let step = &self.prepared[doubt.step];
        let autocommit = self.prepared.iter().any(Prepared::has_autocommit);
        if lost::connect_again(self.run, &mut self.session, &mut self.lock, autocommit).is_err() {
            if let Error::Failed(failure) = &mut error {
                failure.remains = Remains::Unknown;
            }
            return Err(error);
        }
        let mut rows = self.session.rows()?;
        // The database's order may be that of a language.
        rows.sort();
        let committed = rows == doubt.rows;
        let revision = step.revision.id.as_str();
        self.run
            .observer
            .event(&Event::Reconnected { revision, committed });
        if committed {
            self.outcome.steps.extend(doubt.done);
            self.outcome.to = rows;
            return Ok(());
        }
        if let Error::Failed(failure) = &mut error {
            Executor::new(self.run, &mut self.session, &[], true).account_for(step, failure);
        }
        Err(error)
    }
}

fn is_lost(error: &Error) -> bool {
    let source = match error {
        Error::Failed(failure) => &failure.source,
        Error::Database { source, .. } => source,
        _ => return false,
    };
    source.kind == ErrorKind::ConnectionLost
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
