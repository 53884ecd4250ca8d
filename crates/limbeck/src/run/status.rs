//! How a database stands to the revisions of a checkout.

use limbeck_core::Dialect;
use limbeck_core::revision::Revision;
use limbeck_core::script::{Compiled, Direction};
use std::collections::{HashMap, HashSet};

use super::Run;
use super::checks::edits;
use super::journal::{self, Attempt};
use super::known::Known;
use crate::error::Error;
use limbeck_core::script::Depends;

/// How a database stands to the revisions of a checkout.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// migrator.upgrade("001")?;
/// let status = migrator.status()?;
/// assert_eq!(status.rows, ["001"]);
/// let states: Vec<&str> = status.revisions.iter().map(|revision| revision.state.name()).collect();
/// assert_eq!(states, ["applied", "pending"]);
/// assert_eq!(status.last_attempt.map(|attempt| attempt.outcome), Some("done".to_owned()));
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The version rows.
    pub rows: Vec<String>,
    /// Version rows that neither the checkout nor the journal knows.
    pub unknown: Vec<String>,
    /// All revisions: those applied, in order, then those to come.
    pub revisions: Vec<RevisionStatus>,
    /// The last upgrade or downgrade of a revision that came to an end, good or bad.
    pub last_attempt: Option<Attempt>,
}

impl Status {
    /// Tells whether the database is at the checkout's heads, and nothing is wrong.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// assert!(!migrator.status()?.is_current());
    /// migrator.upgrade("head")?;
    /// assert!(migrator.status()?.is_current());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn is_current(&self) -> bool {
        let fine = |revision: &RevisionStatus| matches!(revision.state, State::Applied | State::Ahead);
        self.unknown.is_empty() && self.revisions.iter().all(fine)
    }
}

/// How a database stands to one revision.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url).who("alice");
/// migrator.upgrade("001")?;
/// let status = migrator.status()?;
/// assert_eq!(status.revisions[0].applied_by.as_deref(), Some("alice"));
/// assert_eq!(status.revisions[1].applied_at, None);
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevisionStatus {
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Its file; empty where it has none.
    pub file: String,
    /// How it stands.
    pub state: State,
    /// When it was applied (UTC, ISO 8601), where the journal knows.
    pub applied_at: Option<String>,
    /// By whom.
    pub applied_by: Option<String>,
    /// Of a program that is to be applied: what of the database tells what it runs, where only that does.
    pub depends: Option<Depends>,
    /// Of a program that is to be applied: why it can't be.
    pub trouble: Option<String>,
}

/// How a database stands to one revision.
///
/// # Examples
/// ```
/// use limbeck::State;
///
/// fn is_trouble(state: State) -> bool {
///     matches!(state, State::Edited | State::Partial { .. })
/// }
/// assert!(is_trouble(State::Partial { done: 1, total: 3 }) && !is_trouble(State::Pending));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is applied.
    Applied,
    /// It is applied, and its file says something else now.
    Edited,
    /// It is applied, and not in this checkout: a newer one applied it.
    Ahead,
    /// It is to be applied.
    Pending,
    /// Its upgrade or its downgrade was cut off: some of the statements are done.
    Partial {
        /// How many statements.
        done: usize,
        /// Of how many; 0 for a program, which does not know before its end.
        total: usize,
    },
}

impl State {
    /// Returns the word for it.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(limbeck::State::Partial { done: 1, total: 3 }.name(), "partial");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Edited => "edited",
            Self::Ahead => "ahead",
            Self::Pending => "pending",
            Self::Partial { .. } => "partial",
        }
    }
}

/// Looks; writes nothing.
pub(crate) fn status(run: &Run<'_>) -> Result<Status, Error> {
    let mut session = run.look()?;
    let rows = session.rows()?;
    let attempts = session.attempts()?;
    let known = Known::with_journal(run.scripts, &rows, &attempts);
    let edited: HashSet<String> = edits(&known, &session, &rows, &attempts)?
        .into_iter()
        .map(|edit| edit.revision)
        .collect();
    let applied_attempts = journal::applied(&attempts);
    let dialect = session.dialect();
    let unknown = rows
        .iter()
        .filter(|row| known.graph.get(row).is_none())
        .cloned()
        .collect();
    let applied = known.graph.applied(&rows).into_iter().map(|revision| {
        let cut_off = journal::unfinished(&attempts, &revision.id, "downgrade");
        let state = match () {
            () if cut_off.is_some() => partial(cut_off),
            () if !known.has_file(&revision.id) => State::Ahead,
            () if edited.contains(&revision.id) => State::Edited,
            () => State::Applied,
        };
        line(revision, state, &applied_attempts)
    });
    let pending = known.graph.pending(&rows).into_iter().map(|revision| {
        let state = partial(journal::unfinished(&attempts, &revision.id, "upgrade"));
        look_into(&known, dialect, line(revision, state, &HashMap::new()))
    });
    Ok(Status {
        unknown,
        revisions: applied.chain(pending).collect(),
        last_attempt: attempts.iter().rev().find(|attempt| ran(attempt)).cloned(),
        rows,
    })
}

fn ran(attempt: &Attempt) -> bool {
    matches!(attempt.direction.as_str(), "upgrade" | "downgrade") && attempt.outcome != "running"
}

fn partial(cut_off: Option<&Attempt>) -> State {
    cut_off.map_or(State::Pending, |attempt| State::Partial {
        done: attempt.statements_done,
        total: attempt.statements_total,
    })
}

fn line(revision: &Revision, state: State, journal: &HashMap<&str, Attempt>) -> RevisionStatus {
    let attempt = journal.get(revision.id.as_str());
    RevisionStatus {
        revision: revision.id.clone(),
        message: revision.message.clone(),
        file: revision.file.clone(),
        state,
        applied_at: attempt.and_then(|attempt| attempt.finished_at.clone()),
        applied_by: attempt.map(|attempt| attempt.who.clone()),
        depends: None,
        trouble: None,
    }
}

/// Looks into programs that are to be applied. A file of SQL is read by `plan`; it never depends on the database.
fn look_into(known: &Known<'_>, dialect: Dialect, revision: RevisionStatus) -> RevisionStatus {
    let program = known.scripts.program(&revision.revision);
    match program.map(|program| program.compile(Direction::Upgrade, dialect)) {
        Some(Ok(Compiled::Depends(depends))) => RevisionStatus {
            depends: Some(depends),
            ..revision
        },
        Some(Err(error)) => RevisionStatus {
            trouble: Some(error.to_string()),
            ..revision
        },
        _ => revision,
    }
}
