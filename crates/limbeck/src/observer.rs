use std::path::Path;
use std::time::Duration;

use limbeck_core::script::Direction;

use crate::database::{DatabaseError, Notice};
use crate::run::Backup;
use crate::trial::Tested;

/// Is told what a run does, while it does it.
///
/// # Examples
/// ```
/// use limbeck::{Event, Observer};
///
/// struct Print;
/// impl Observer for Print {
///     fn event(&self, event: &Event<'_>) {
///         if let Event::StepStarted { step, of, total } = event {
///             println!("{of}/{total} {step}");
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync {
    /// Is called for each event, on the thread that runs the migration; for [`Event::IndexProgress`] on another one, while
    /// that waits for the server. What it takes here the run takes longer.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// use limbeck::{Event, Observer};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// struct Count(Arc<AtomicUsize>);
    /// impl Observer for Count {
    ///     fn event(&self, event: &Event<'_>) {
    ///         if matches!(event, Event::StepFinished { .. }) {
    ///             self.0.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     }
    /// }
    /// let done = Arc::default();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// migrator.observer(Count(Arc::clone(&done))).upgrade("head")?;
    /// assert_eq!(done.load(Ordering::Relaxed), 2);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    fn event(&self, event: &Event<'_>);
}

/// What happens in a run.
///
/// # Examples
/// ```
/// use limbeck::{Event, StepLine};
///
/// fn line(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::WaitingForLock { holder } => Some(format!("waiting for {holder}")),
///         Event::StepFinished { step, elapsed } => Some(format!("{step} ({} ms)", elapsed.as_millis())),
///         _ => None,
///     }
/// }
/// assert_eq!(line(&Event::WaitingForLock { holder: "pid 4711" }).as_deref(), Some("waiting for pid 4711"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The server can't be reached yet; it is tried again.
    Unreachable {
        /// What came of the last try.
        error: &'a DatabaseError,
        /// How long until the next one.
        pause: Duration,
    },
    /// Another run holds the lock; told once, and again when the holder changes.
    WaitingForLock {
        /// Who holds it, where the database tells.
        holder: &'a str,
    },
    /// The database was managed by Alembic until now; these are its version rows.
    Adopted {
        /// The version rows.
        rows: &'a [String],
    },
    /// The database has revisions that are not in this checkout.
    Ahead {
        /// Their ids.
        revisions: &'a [String],
    },
    /// A revision waited for a lock of the application's for too long; it is tried again.
    Retrying {
        /// The revision.
        revision: &'a str,
        /// How long until then.
        pause: Duration,
    },
    /// The connection was lost while a revision was run, and is there again.
    Reconnected {
        /// The revision.
        revision: &'a str,
        /// Whether it is in the database. The run goes on then, and fails otherwise.
        committed: bool,
    },
    /// A backup is made first.
    BackupStarted {
        /// Where to.
        file: &'a Path,
        /// Why: the statement that can lose data, as `file:line drops table users`.
        reason: &'a str,
    },
    /// The backup goes on; told once a second.
    BackupProgress {
        /// How many bytes are written.
        written: u64,
        /// Of how many, where that is known.
        total: Option<u64>,
        /// How long it has taken.
        elapsed: Duration,
    },
    /// The backup is on the disk, and can be read.
    BackupFinished {
        /// What it is.
        backup: &'a Backup,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step starts.
    StepStarted {
        /// Which.
        step: &'a StepLine<'a>,
        /// Its number, from 1.
        of: usize,
        /// How many steps the run has.
        total: usize,
    },
    /// An earlier run was cut off in this step; it goes on behind the statements done.
    Resuming {
        /// The revision.
        revision: &'a str,
        /// How many statements are done.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// A statement of a revision is about to be run. Statements that go to the server in one message are told together,
    /// before it is sent.
    Statement {
        /// The revision.
        revision: &'a str,
        /// Its file.
        file: &'a str,
        /// The line that the statement starts on, from 1.
        line: usize,
        /// Its text.
        sql: &'a str,
    },
    /// PostgreSQL: an index was left invalid when `CREATE INDEX CONCURRENTLY` was cut off. It is about to be dropped, and
    /// made again.
    DroppingInvalidIndex {
        /// The revision.
        revision: &'a str,
        /// The index, with its schema.
        index: &'a str,
    },
    /// PostgreSQL: the index that a `CREATE INDEX CONCURRENTLY` makes is there already, valid and with the same definition.
    /// The statement counts as done.
    IndexIsThere {
        /// The revision.
        revision: &'a str,
        /// The index, with its schema.
        index: &'a str,
    },
    /// The server said something, or a revision that is a program printed a line.
    Notice {
        /// The revision that was being run.
        revision: &'a str,
        /// What it said.
        notice: &'a Notice,
    },
    /// PostgreSQL makes an index, and has come so far; told once a second from the second one on. It comes from a thread of
    /// its own, and only between the start and the end of its step.
    IndexProgress {
        /// The revision.
        revision: &'a str,
        /// What the server does, in its words: `building index: scanning table`; `done` when the index is made, and the
        /// step goes on.
        phase: &'a str,
        /// How much of that is done.
        done: u64,
        /// Of how much; 0 where the phase counts nothing.
        total: u64,
        /// What is counted: `transactions` that are waited for, `blocks` or `rows`; empty where nothing is.
        unit: &'a str,
    },
    /// A step is done.
    StepFinished {
        /// Which.
        step: &'a StepLine<'a>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A revision was tested.
    Tested {
        /// What was found.
        tested: &'a Tested,
    },
}

/// What a step is, in Alembic's words: `Running upgrade 001 -> 002, add user variables`.
///
/// # Examples
/// ```
/// let (from, to) = (["001".to_owned()], ["002".to_owned()]);
/// let line = limbeck::StepLine {
///     revision: "002",
///     verb: "upgrade",
///     from: &from,
///     to: &to,
///     message: "add user variables",
/// };
/// assert_eq!(line.to_string(), "Running upgrade 001 -> 002, add user variables");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StepLine<'a> {
    /// The revision that is run, or stamped.
    pub revision: &'a str,
    /// The verb: `upgrade`, `downgrade` or `stamp_revision`.
    pub verb: &'a str,
    /// The state before.
    pub from: &'a [String],
    /// The state after.
    pub to: &'a [String],
    /// The revision's message.
    pub message: &'a str,
}

impl std::fmt::Display for StepLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Running {} {} -> {}",
            self.verb,
            self.from.join(", "),
            self.to.join(", ")
        )?;
        if self.message.is_empty() {
            Ok(())
        } else {
            write!(f, ", {}", self.message)
        }
    }
}

/// The verb that Alembic's log has for a direction.
pub(crate) fn verb(direction: Option<Direction>) -> &'static str {
    direction.map_or("stamp_revision", Direction::name)
}
