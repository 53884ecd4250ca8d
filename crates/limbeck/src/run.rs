//! Running: from the version rows and a target to statements that are executed, or printed.

mod actions;
mod backup;
mod brake;
mod checks;
mod early;
mod foreign_keys;
mod in_doubt;
mod index_progress;
mod journal;
mod known;
mod limits;
mod lock;
mod lost;
mod offline;
mod online;
mod outcome;
mod prepare;
mod repair;
mod session;
mod settings;
mod status;
mod tables;
mod turn;
mod walk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use limbeck_core::revision::{self, ResolveError, RowChange, Step};
use limbeck_core::script::{Direction, Scripts};
use tracing::field::Empty;
use tracing::info_span;

pub use backup::{Backup, BackupPolicy, BackupWhen, Inspection, Restored};
pub use journal::Attempt;
pub use lock::LockMode;
pub use outcome::{Done, Outcome, Planned, Transaction};
pub use status::{RevisionStatus, State, Status};

pub(crate) use brake::Brake;
pub(crate) use early::Early;
pub(crate) use limits::Limits;
pub(crate) use offline::Offline;
pub(crate) use repair::{accept, restart};
pub(crate) use session::Session;
pub(crate) use status::status;
pub(crate) use tables::{ID_LENGTH, Tables};

use crate::database::{Connection, DatabaseError, Options, Url};
use crate::error::Error;
use crate::observer::{Event, Observer};
use crate::trace::traced;
use checks::{check_edits, resume};
use known::Known;
use lock::Lock;
use prepare::{Prepared, prepare};
use turn::Turn;

/// What a run needs to be told.
pub(crate) struct Run<'a> {
    pub(crate) scripts: &'a Scripts,
    pub(crate) url: &'a Url,
    pub(crate) options: &'a Options,
    /// The first connection, where it was begun before.
    pub(crate) early: Early,
    pub(crate) schema: Option<&'a str>,
    pub(crate) version_table: &'a str,
    pub(crate) observer: &'a Arc<dyn Observer>,
    pub(crate) who: &'a str,
    pub(crate) connect_wait: Duration,
    pub(crate) lock_mode: LockMode,
    pub(crate) lock_wait: Duration,
    /// How long a lease lasts without a heartbeat.
    pub(crate) lease: Duration,
    pub(crate) brake: Arc<Brake>,
    pub(crate) limits: Limits,
    pub(crate) transaction: Transaction,
    pub(crate) backup: Option<&'a BackupPolicy>,
    /// The database beside a scratch one, from which the run must not reach out. What a program runs is known only then.
    pub(crate) beside: Option<&'a Url>,
}

/// Finds the steps to take from some version rows.
pub(crate) type Plan<'a> = dyn Fn(&Known<'_>, &[String]) -> Result<Vec<Step>, ResolveError> + 'a;

impl Run<'_> {
    /// A session to write in.
    pub(crate) fn session(&self) -> Result<Session, Error> {
        self.patiently(self.connect_wait, || match self.early.take() {
            Some(connected) => self.begin(connected),
            None => Session::open(self.url, self.options, self.schema, self.version_table),
        })
    }

    fn begin(&self, connected: Result<Box<dyn Connection>, DatabaseError>) -> Result<Session, Error> {
        let connection = connected.map_err(Error::Connect)?;
        Ok(Session::on(
            connection,
            self.url,
            self.options,
            self.schema,
            self.version_table,
        ))
    }

    /// A session to look in only.
    pub(crate) fn look(&self) -> Result<Session, Error> {
        Ok(self.look_whether_there()?.0)
    }

    /// A session to look in only, and whether the database is there.
    fn look_whether_there(&self) -> Result<(Session, bool), Error> {
        self.patiently(self.connect_wait, || match self.early.take() {
            Some(connected) => Ok((self.begin(connected)?, true)),
            None => Session::look(self.url, self.options, self.schema, self.version_table),
        })
    }

    /// Tries to connect until it can be done, or until what is in the way won't pass by itself, or for as long as the limit
    /// says: the order in which containers start is nobody's to promise.
    pub(crate) fn patiently<T>(
        &self,
        limit: Duration,
        connect: impl Fn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        /// The pause doubles from the first to the longest.
        const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
        let (start, mut pause) = (Instant::now(), PAUSES.0);
        loop {
            let result = connect();
            let left = limit.saturating_sub(start.elapsed());
            match &result {
                Err(Error::Connect(error)) if error.may_pass() && !left.is_zero() => {
                    pause = pause.min(left);
                    self.observer.event(&Event::Unreachable { error, pause });
                    self.brake.pause(pause)?;
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
        let outcome = Outcome {
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
        let prepared = self.prepare(&mut session, &known, steps)?;
        let autocommit = prepared.iter().any(Prepared::has_autocommit);
        if !there {
            session = self.session()?;
        }
        session.refuse_read_only()?;
        let lock = self.lock(&mut session, autocommit)?;
        Turn::new(self, plan, session, lock, outcome).until_done()
    }

    /// Takes the lock for a session, with limbeck's tables named by their schema.
    pub(crate) fn lock(&self, session: &mut Session, autocommit: bool) -> Result<Lock, Error> {
        session.qualify()?;
        let waiting = |holder: &str| self.observer.event(&Event::WaitingForLock { holder });
        let table = session.tables.version();
        let span = info_span!("lock", version_table = table, elapsed_ms = Empty, error = Empty);
        traced(&span, || {
            let lock = lock::take(&self.request(&session.tables, &waiting), autocommit)?;
            self.enter(session, &lock)?;
            Ok(lock)
        })
    }

    /// Has a session work under the lock.
    pub(crate) fn enter(&self, session: &mut Session, lock: &Lock) -> Result<(), Error> {
        let waiting = |holder: &str| self.observer.event(&Event::WaitingForLock { holder });
        lock.enter(
            &self.request(&session.tables, &waiting),
            session.connection.as_mut(),
        )
    }

    fn request<'a>(&'a self, tables: &'a Tables, waiting: &'a dyn Fn(&str)) -> lock::Request<'a> {
        lock::Request {
            url: self.url,
            options: self.options,
            tables,
            mode: self.lock_mode,
            lease: self.lease,
            who: self.who,
            wait: self.lock_wait,
            brake: &self.brake,
            waiting,
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
        let planned = prepared.into_iter().map(|mut step| {
            let done = resume(&mut step, &mut session, &attempts)?;
            Ok(Planned::new(step, done, session.dialect()))
        });
        planned.collect()
    }
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
