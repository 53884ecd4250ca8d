//! The journal: one row for each attempt to run a revision.

use std::collections::HashMap;

use limbeck_core::revision::Revision;

use super::tables::Tables;
use crate::database::Row;

/// One attempt, as the journal has it.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// migrator.upgrade("001")?;
/// let attempt = &migrator.log()?[0];
/// assert_eq!((attempt.revision.as_str(), attempt.direction.as_str()), ("001", "upgrade"));
/// assert_eq!((attempt.outcome.as_str(), attempt.statements_done), ("done", 1));
/// assert!(attempt.started_at.ends_with('Z'));
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Attempt {
    /// Its number in the journal.
    pub id: i64,
    /// The revision.
    pub revision: String,
    /// What was done: `upgrade`, `downgrade`, `stamp`, `unstamp`, `adopt`, `accept` or `restart`.
    pub direction: String,
    /// The revision's message.
    pub message: String,
    /// Its parents.
    pub revises: Vec<String>,
    /// What it depends on.
    pub depends_on: Vec<String>,
    /// Its labels.
    pub branch_labels: Vec<String>,
    /// The checksum of its upgrade, a SHA-256 in hexadecimal; `None` where its file was not at hand.
    pub checksum: Option<String>,
    /// How many of its statements were done.
    pub statements_done: usize,
    /// How many it had.
    pub statements_total: usize,
    /// The checksum of the statements done, a SHA-256 in hexadecimal.
    pub done_hash: Option<String>,
    /// When it started: the database's clock, UTC, ISO 8601.
    pub started_at: String,
    /// When it ended: as `started_at`; `None` while it runs, or where it was cut off.
    pub finished_at: Option<String>,
    /// `running`, `done` or `failed`.
    pub outcome: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Who ran it.
    pub who: String,
    /// The version of limbeck.
    pub tool_version: String,
    /// What the statement behind those done was to change, as it was before; see `in_doubt`.
    #[serde(skip)]
    pub(crate) state_before: Option<String>,
}

const COLUMNS: &str = "revision, direction, message, revises, depends_on, branch_labels, checksum, statements_done, \
                       statements_total, done_hash, started_at, finished_at, outcome, error, who, tool_version";

/// What a new row says; times and the id are the database's.
#[derive(Debug, Clone)]
pub(crate) struct Record<'a> {
    pub(crate) revision: &'a Revision,
    pub(crate) direction: &'a str,
    pub(crate) checksum: Option<&'a str>,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) done_hash: Option<&'a str>,
    pub(crate) outcome: &'a str,
    pub(crate) error: Option<&'a str>,
    pub(crate) who: &'a str,
    pub(crate) downgrade_sql: Option<&'a str>,
}

pub(crate) fn select(tables: &Tables) -> String {
    format!(
        "SELECT id, {COLUMNS}, state_before FROM {} ORDER BY id",
        tables.journal()
    )
}

/// The downgrade SQL that the last upgrade of a revision left. An attempt without a checksum did not have the
/// revision's file, so that it keeps none says nothing.
pub(crate) fn select_downgrade(tables: &Tables, revision: &str) -> String {
    format!(
        "SELECT downgrade_sql FROM {} WHERE revision = {} AND outcome = 'done' AND direction NOT IN ('downgrade', \
         'unstamp') AND checksum IS NOT NULL ORDER BY id DESC LIMIT 1",
        tables.journal(),
        tables.dialect.literal(revision)
    )
}

/// The statement that writes a new row.
pub(crate) fn insert(tables: &Tables, record: &Record<'_>) -> String {
    let quote = |text: &str| tables.dialect.literal(text);
    let optional = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), quote);
    let Record {
        revision,
        done,
        total,
        ..
    } = record;
    let finished = if record.outcome == "running" {
        "NULL"
    } else {
        tables.now()
    };
    format!(
        "INSERT INTO {journal} ({COLUMNS}, downgrade_sql) VALUES ({id}, {direction}, {message}, \
         {revises}, {depends_on}, {labels}, {checksum}, {done}, {total}, {hash}, {now}, {finished}, {outcome}, {error}, {who}, \
         {version}, {downgrade})",
        journal = tables.journal(),
        id = quote(&revision.id),
        direction = quote(record.direction),
        message = quote(&revision.message),
        revises = quote(&revision.revises.join(", ")),
        depends_on = quote(&revision.depends_on.join(", ")),
        labels = quote(&revision.branch_labels.join(", ")),
        checksum = optional(record.checksum),
        hash = optional(record.done_hash),
        now = tables.now(),
        outcome = quote(record.outcome),
        error = optional(record.error),
        who = quote(&truncate(record.who, 255)),
        version = quote(env!("CARGO_PKG_VERSION")),
        downgrade = optional(record.downgrade_sql),
    )
}

/// Counts a statement as done in the running attempt.
pub(crate) fn progress(tables: &Tables, revision: &str, done: usize, done_hash: &str) -> String {
    let quote = |text: &str| tables.dialect.literal(text);
    format!(
        "UPDATE {} SET statements_done = {done}, done_hash = {} WHERE revision = {} AND outcome = 'running'",
        tables.journal(),
        quote(done_hash),
        quote(revision)
    )
}

/// Notes what the next statement of the running attempt is to change, as it is before.
pub(crate) fn note_state(tables: &Tables, revision: &str, state: &str) -> String {
    let quote = |text: &str| tables.dialect.literal(text);
    format!(
        "UPDATE {} SET state_before = {} WHERE revision = {} AND outcome = 'running'",
        tables.journal(),
        quote(state),
        quote(revision)
    )
}

/// How far the running attempt of a revision came.
pub(crate) fn select_progress(tables: &Tables, revision: &str) -> String {
    format!(
        "SELECT statements_done FROM {} WHERE revision = {} AND outcome = 'running'",
        tables.journal(),
        tables.dialect.literal(revision)
    )
}

/// Ends the running attempt of a revision.
pub(crate) fn finish(tables: &Tables, revision: &str, outcome: &str, error: Option<&str>) -> String {
    let quote = |text: &str| tables.dialect.literal(text);
    format!(
        "UPDATE {} SET outcome = {}, error = {}, finished_at = {} WHERE revision = {} AND outcome = 'running'",
        tables.journal(),
        quote(outcome),
        error.map_or_else(|| "NULL".to_owned(), quote),
        tables.now(),
        quote(revision)
    )
}

/// Says that the running attempt of a revision had no more statements than those done: of a program that is not known before.
pub(crate) fn count_all(tables: &Tables, revision: &str) -> String {
    format!(
        "UPDATE {} SET statements_total = statements_done WHERE revision = {} AND outcome = 'running'",
        tables.journal(),
        tables.dialect.literal(revision)
    )
}

/// Reads a row of [`select`].
pub(crate) fn attempt(row: Row) -> Attempt {
    let mut values = row.into_iter();
    let mut next = || values.next().flatten();
    let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let count = |text| usize::try_from(number(text)).unwrap_or_default();
    Attempt {
        id: number(next()),
        revision: next().unwrap_or_default(),
        direction: next().unwrap_or_default(),
        message: next().unwrap_or_default(),
        revises: list(next()),
        depends_on: list(next()),
        branch_labels: list(next()),
        checksum: next(),
        statements_done: count(next()),
        statements_total: count(next()),
        done_hash: next(),
        started_at: next().unwrap_or_default(),
        finished_at: next(),
        outcome: next().unwrap_or_default(),
        error: next(),
        who: next().unwrap_or_default(),
        tool_version: next().unwrap_or_default(),
        state_before: next(),
    }
}

fn list(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default()
        .split(", ")
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

fn truncate(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// The last attempt that made each revision applied, by revision; those that were stepped back are left out. A text that was
/// accepted later counts as what was applied then.
pub(crate) fn applied(attempts: &[Attempt]) -> HashMap<&str, Attempt> {
    let mut applied: HashMap<&str, Attempt> = HashMap::new();
    for attempt in attempts.iter().filter(|attempt| attempt.outcome == "done") {
        let id = attempt.revision.as_str();
        match attempt.direction.as_str() {
            "downgrade" | "unstamp" => drop(applied.remove(id)),
            "restart" => {}
            "accept" => match applied.get_mut(id) {
                Some(before) => before.checksum.clone_from(&attempt.checksum),
                None => drop(applied.insert(id, attempt.clone())),
            },
            _ => drop(applied.insert(id, attempt.clone())),
        }
    }
    applied
}

/// The last attempt at a revision, if it came to no end.
pub(crate) fn open<'a>(attempts: &'a [Attempt], revision: &str, direction: &str) -> Option<&'a Attempt> {
    let last = attempts.iter().rfind(|attempt| attempt.revision == revision)?;
    (last.outcome == "running" && last.direction == direction).then_some(last)
}

/// The attempt at a revision that was cut off after some of its statements, if the last attempt was.
pub(crate) fn unfinished<'a>(
    attempts: &'a [Attempt],
    revision: &str,
    direction: &str,
) -> Option<&'a Attempt> {
    let last = attempts.iter().rfind(|attempt| attempt.revision == revision)?;
    (last.outcome != "done" && last.direction == direction && last.statements_done > 0).then_some(last)
}
