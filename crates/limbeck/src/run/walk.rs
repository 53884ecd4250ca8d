//! The steps of a plan, one after the other.

use std::time::{Duration, Instant};

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::Run;
use super::actions::Mode;
use super::index_progress::Watch;
use super::lock::Lock;
use super::online::{Ended, Executor};
use super::outcome::{Done, Outcome, Transaction};
use super::prepare::Prepared;
use super::session::Session;
use crate::error::Error;
use crate::observer::Event;
use crate::trace::traced;

/// What may or may not be in the database, should the connection be lost now.
pub(super) struct InDoubt {
    /// The step, by its place in the plan.
    pub(super) step: usize,
    /// The version rows, if it is.
    pub(super) rows: Vec<String>,
    /// What is done then.
    pub(super) done: Vec<Done>,
}

/// A walk through a plan.
pub(super) struct Walk<'a> {
    run: &'a Run<'a>,
    lock: &'a mut Lock,
    executor: Executor<'a>,
    fence: &'a [String],
    prepared: &'a [Prepared],
    in_doubt: &'a mut Option<InDoubt>,
    outcome: &'a mut Outcome,
    /// The version rows behind the steps that were done.
    rows: Vec<String>,
    /// Whether one transaction is around all steps.
    whole_run: bool,
    /// The steps whose transaction is still open.
    open: Vec<Done>,
    /// The last step that ended the transaction around the whole run.
    kept: Option<String>,
}

impl<'a> Walk<'a> {
    #[expect(clippy::too_many_arguments, reason = "they are the parts of one turn")]
    pub(super) fn new(
        run: &'a Run<'a>,
        session: &'a mut Session,
        lock: &'a mut Lock,
        fence: &'a [String],
        prepared: &'a [Prepared],
        in_doubt: &'a mut Option<InDoubt>,
        outcome: &'a mut Outcome,
        rows: Vec<String>,
    ) -> Self {
        let whole_run = run.transaction == Transaction::WholeRun && session.dialect().transactional_ddl();
        let covers_autocommit = lock.covers_autocommit();
        Self {
            run,
            lock,
            executor: Executor::new(run, session, fence, covers_autocommit),
            fence,
            prepared,
            in_doubt,
            outcome,
            rows,
            whole_run,
            open: Vec::new(),
            kept: None,
        }
    }

    /// Does all steps; `skips` are the statements of each that an earlier run has done.
    pub(super) fn all(mut self, skips: &[usize]) -> Result<Ended, Error> {
        if self.whole_run && self.executor.open(&self.rows)? == Ended::Overtaken {
            return Ok(Ended::Overtaken);
        }
        for (index, skip) in skips.iter().enumerate() {
            let ended = self.step(index, *skip)?;
            if ended != Ended::Done {
                return Ok(ended);
            }
        }
        if self.whole_run {
            self.doubt(self.prepared.len() - 1, self.rows.clone(), self.open.clone());
            self.executor.close()?;
            self.committed();
        }
        Ok(Ended::Done)
    }

    fn step(&mut self, index: usize, skip: usize) -> Result<Ended, Error> {
        let step = &self.prepared[index];
        self.lock.verify(&step.revision.id, self.whole_run)?;
        let (line, start) = (step.line(), Instant::now());
        self.tell_start(index, skip);
        let after = step.rows_after(&self.rows);
        let commits = !self.whole_run || !step.is_atomic(self.executor.session.dialect());
        // A program may commit.
        if commits || step.program.is_some() {
            let mut done = self.open.clone();
            done.push(Done::new(step, skip, Duration::ZERO));
            self.doubt(index, after.clone(), done);
        }
        let ended = self.execute(index, skip);
        let ran = self.executor.ran.take();
        let step = ran.as_ref().map_or(step, |ran| &ran.step);
        let commits = ran
            .as_ref()
            .map_or(commits, |ran| !self.whole_run || ran.in_pieces);
        if ran.is_some()
            && let Some(done) = self.in_doubt.as_mut().and_then(|doubt| doubt.done.last_mut())
        {
            *done = Done::new(step, skip, Duration::ZERO);
        }
        let ended = ended?;
        if ended != Ended::Done {
            return Ok(ended);
        }
        self.rows = after;
        let elapsed = start.elapsed();
        self.run
            .observer
            .event(&Event::StepFinished { step: &line, elapsed });
        self.open.push(Done::new(step, skip, elapsed));
        if commits {
            self.committed();
        }
        if !self.whole_run {
            return self.refresh(step).map(|()| Ended::Done);
        }
        if !commits {
            *self.in_doubt = None;
            return Ok(Ended::Done);
        }
        self.kept = Some(step.revision.id.clone());
        self.executor.open(&self.rows)
    }

    fn execute(&mut self, index: usize, skip: usize) -> Result<Ended, Error> {
        let step = &self.prepared[index];
        let mode = Mode {
            who: self.run.who,
            skip,
            in_transaction: self.whole_run,
            kept: self.kept.as_deref(),
            fence: self.fence,
        };
        let span = step_span(step, index + 1, self.prepared.len());
        let _watch = Watch::start(self.run, self.executor.session.connection.as_ref(), step);
        traced(&span, || self.executor.step(step, &self.rows, &mode))
    }

    /// Leaves nothing behind of what a step has set in the session.
    fn refresh(&mut self, step: &Prepared) -> Result<(), Error> {
        if !step.changes_session() {
            return Ok(());
        }
        let session = &mut *self.executor.session;
        self.lock.leave(&session.tables, session.connection.as_mut());
        session.renew()?;
        self.run.enter(self.executor.session, self.lock)?;
        if self.lock.keeps_sessions() {
            self.run.limits.set(self.executor.session)?;
        }
        Ok(())
    }

    fn doubt(&mut self, step: usize, rows: Vec<String>, done: Vec<Done>) {
        *self.in_doubt = Some(InDoubt { step, rows, done });
    }

    /// What was open is in the database for good.
    fn committed(&mut self) {
        *self.in_doubt = None;
        self.outcome.steps.append(&mut self.open);
        self.outcome.to.clone_from(&self.rows);
    }

    fn tell_start(&self, index: usize, skip: usize) {
        let (step, total) = (&self.prepared[index], self.prepared.len());
        let (line, of) = (step.line(), index + 1);
        self.run.observer.event(&Event::StepStarted {
            step: &line,
            of,
            total,
        });
        if skip > 0 {
            self.run.observer.event(&Event::Resuming {
                revision: &step.revision.id,
                done: skip,
                total: step.statements.len(),
            });
        }
    }
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
