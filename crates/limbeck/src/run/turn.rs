//! One run's turn: what it does while it holds the lock.

use std::time::{Duration, Instant};

use limbeck_core::revision::{self, Step};
use limbeck_core::script::Direction;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::actions::Mode;
use super::brake::Why;
use super::checks::{check_edits, check_lengths, resume};
use super::index_progress::Watch;
use super::journal::{self, Attempt};
use super::known::Known;
use super::lock::Lock;
use super::lost;
use super::online::{Ended, Executor};
use super::outcome::{Done, Outcome, Transaction};
use super::prepare::Prepared;
use super::session::Session;
use super::{Plan, Run};
use crate::database::ErrorKind;
use crate::error::{Error, Remains};
use crate::observer::Event;
use crate::trace::traced;

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

/// What may or may not be in the database, should the connection be lost now.
struct InDoubt {
    /// The step, by its place in the plan.
    step: usize,
    /// The version rows, if it is.
    rows: Vec<String>,
    /// What is done then.
    done: Vec<Done>,
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
        let mut tried = 0;
        loop {
            self.set_limits()?;
            match self.once() {
                Ok(Ended::Done) => return Ok(self.outcome),
                Ok(Ended::Overtaken) => {}
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
        let mut rows = self.session.rows()?;
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
            .iter()
            .map(|step| resume(step, &mut self.session, &attempts))
            .collect::<Result<Vec<_>, _>>()?;
        if self.back_up(&skips, &rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        close_interrupted(&mut self.session, &self.prepared, &attempts)?;
        self.steps(&skips, &mut rows)
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

    fn steps(&mut self, skips: &[usize], rows: &mut Vec<String>) -> Result<Ended, Error> {
        let Self {
            run,
            session,
            lock,
            prepared,
            in_doubt,
            outcome,
            ..
        } = self;
        let transactional = session.dialect().transactional_ddl();
        let whole_run = run.transaction == Transaction::WholeRun && transactional;
        let fence = lock.fence().cloned();
        let fence: &[String] = fence.as_ref().map_or(&[], |fence| &fence.statements);
        let mut executor = Executor::new(run, session, fence);
        if whole_run && executor.open(rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        // The steps whose transaction is still open.
        let mut open = Vec::new();
        let mut kept = None;
        for (index, (step, skip)) in prepared.iter().zip(skips).enumerate() {
            lock.verify(&step.revision.id, whole_run)?;
            let (line, start) = (step.line(), Instant::now());
            tell_start(run, step, *skip, index + 1, prepared.len());
            let mode = Mode {
                who: run.who,
                skip: *skip,
                in_transaction: whole_run,
                kept: kept.as_deref(),
                fence,
            };
            let commits = !whole_run || !step.is_atomic(executor.session.dialect());
            let after = step.rows_after(rows);
            if commits {
                let mut done: Vec<Done> = open.clone();
                done.push(Done::new(step, *skip, Duration::ZERO));
                *in_doubt = Some(InDoubt {
                    step: index,
                    rows: after.clone(),
                    done,
                });
            }
            let span = step_span(step, index + 1, prepared.len());
            let watch = Watch::start(run, executor.session.connection.as_ref(), step);
            if traced(&span, || executor.step(step, rows, &mode))? == Ended::Overtaken {
                return Ok(Ended::Overtaken);
            }
            drop(watch);
            *in_doubt = None;
            if !whole_run && step.changes_session() {
                executor.session.renew()?;
                run.enter(executor.session, lock)?;
                if lock.keeps_sessions() {
                    run.limits.set(executor.session)?;
                }
            }
            *rows = after;
            let elapsed = start.elapsed();
            run.observer.event(&Event::StepFinished { step: &line, elapsed });
            open.push(Done::new(step, *skip, elapsed));
            if commits {
                outcome.steps.append(&mut open);
                outcome.to.clone_from(rows);
            }
            if commits && whole_run {
                kept = Some(step.revision.id.clone());
                if executor.open(rows)? == Ended::Overtaken {
                    return Ok(Ended::Overtaken);
                }
            }
        }
        if whole_run {
            *in_doubt = Some(InDoubt {
                step: prepared.len() - 1,
                rows: rows.clone(),
                done: open.clone(),
            });
            executor.close()?;
            *in_doubt = None;
            outcome.steps.append(&mut open);
            outcome.to.clone_from(rows);
        }
        Ok(Ended::Done)
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
        let rows = self.session.rows()?;
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
            Executor::new(self.run, &mut self.session, &[]).account_for(step, failure);
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

fn step_span(step: &Prepared, of: usize, total: usize) -> Span {
    let (revision, direction) = (step.revision.id.as_str(), step.line().verb);
    info_span!(
        "step",
        revision,
        direction,
        of,
        total,
        elapsed_ms = Empty,
        error = Empty
    )
}

fn tell_start(run: &Run<'_>, step: &Prepared, skip: usize, of: usize, total: usize) {
    let line = step.line();
    run.observer.event(&Event::StepStarted {
        step: &line,
        of,
        total,
    });
    if skip > 0 {
        run.observer.event(&Event::Resuming {
            revision: &step.revision.id,
            done: skip,
            total: step.statements.len(),
        });
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
