//! A step as a list of SQL statements: the one thing that is executed online and printed offline.

pub(super) mod program;

use std::ops::Range;

use limbeck_core::Dialect;
use limbeck_core::dialect::{creates_only, first_words, implicitly_commits, needs_autocommit};
use limbeck_core::revision::{Revision, RowChange};

use super::journal::{self, Record};
use super::prepare::Prepared;
use super::session::begin;
use super::tables::Tables;

/// One thing to do for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Opens a transaction.
    Begin,
    /// Ends it.
    Commit,
    /// A statement of the revision, by its index.
    Statement(usize),
    /// A statement of limbeck's own.
    Own(String),
    /// A statement of limbeck's own that fails once the lease is lost.
    Fence(String),
    /// A change of the version table, which must touch one row.
    Row(String),
    /// SQLite: remembers the rows whose foreign keys point nowhere already.
    NoteForeignKeys,
    /// SQLite: fails if there are more rows whose foreign keys point nowhere.
    CheckForeignKeys,
    /// Notes what a statement is to change, as it is before, because the statement can't commit together with its count.
    NoteState(usize),
    /// What comes before must be done before what comes after is sent.
    Barrier,
}

/// How a step is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode<'a> {
    /// Who runs it, for the journal.
    pub(crate) who: &'a str,
    /// How many statements an earlier run has finished.
    pub(crate) skip: usize,
    /// Whether the run has a transaction open around all its steps. A step that does not fit into one ends it, and
    /// whoever runs the steps begins another behind it.
    pub(crate) in_transaction: bool,
    /// The last step that did so.
    pub(crate) kept: Option<&'a str>,
    /// What each transaction begins with where the lock is a lease.
    pub(crate) fence: &'a [String],
}

impl Mode<'_> {
    fn fences(&self) -> impl Iterator<Item = Action> + '_ {
        self.fence.iter().cloned().map(Action::Fence)
    }
}

/// Lists what is to be done for a step.
pub(crate) fn actions(prepared: &Prepared, tables: &Tables, mode: &Mode<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    if prepared.is_atomic(tables.dialect) {
        atomic(prepared, tables, mode, &mut actions);
    } else {
        in_pieces(prepared, tables, mode, &mut actions);
    }
    actions
}

/// All in one transaction: statements, version rows and journal commit together.
fn atomic(prepared: &Prepared, tables: &Tables, mode: &Mode<'_>, actions: &mut Vec<Action>) {
    if !mode.in_transaction {
        actions.push(Action::Begin);
    }
    actions.extend(mode.fences());
    let checks = checks_foreign_keys(prepared, tables.dialect, 0..prepared.statements.len());
    actions.extend(checks.then_some(Action::NoteForeignKeys));
    actions.extend((0..prepared.statements.len()).map(Action::Statement));
    actions.extend(checks.then_some(Action::CheckForeignKeys));
    actions.extend(reset(prepared, tables.dialect));
    actions.extend(rows(prepared, tables));
    actions.extend(prepared.below.iter().map(|kept| {
        let (checksum, downgrade) = (kept.checksum.as_deref(), kept.downgrade_sql.as_deref());
        let record = adopted(&kept.revision, checksum, downgrade, mode.who);
        Action::Own(journal::insert(
            tables,
            &Record {
                direction: "stamp",
                ..record
            },
        ))
    }));
    actions.push(Action::Own(journal::insert(tables, &record(prepared, mode.who))));
    if !mode.in_transaction {
        actions.extend([Action::Barrier, Action::Commit]);
    }
}

/// Statement by statement, or transaction by transaction, each counted in the journal as it is done.
fn in_pieces(prepared: &Prepared, tables: &Tables, mode: &Mode<'_>, actions: &mut Vec<Action>) {
    let total = prepared.statements.len();
    let done_hash = (mode.skip > 0).then(|| prepared.done_hash(tables.dialect, mode.skip));
    let (done, done_hash) = (mode.skip, done_hash.as_deref());
    let started = Record {
        outcome: "running",
        done,
        done_hash,
        ..record(prepared, mode.who)
    };
    if mode.in_transaction {
        actions.extend([Action::Commit, Action::Barrier]);
    }
    let started = Action::Own(journal::insert(tables, &started));
    if tables.dialect == Dialect::Sqlite {
        // Its transaction is the lock: in it the version rows are read again, before a statement is run outside of one
        // that another run may have run meanwhile.
        actions.push(Action::Begin);
        actions.extend(mode.fences());
        actions.extend([started, Action::Commit, Action::Barrier]);
    } else {
        actions.extend(mode.fences());
        actions.extend([started, Action::Barrier]);
    }
    if begins_autocommit(prepared, tables.dialect, mode.skip, mode.skip) {
        actions.push(Action::Own(FOREIGN_KEYS_ON.to_owned()));
    }
    session_settings(prepared, mode.skip, actions);

    let mut hash = prepared.checksum_of_first(tables.dialect, mode.skip);
    let mut next = mode.skip;
    while next < total {
        let end = piece(prepared, tables.dialect, next);
        for statement in &prepared.statements[next..end] {
            hash.add(tables.dialect, &statement.sql, statement.autocommit);
        }
        let progress = journal::progress(tables, &prepared.revision.id, end, &hash.hex());
        if next > mode.skip && begins_autocommit(prepared, tables.dialect, mode.skip, next) {
            actions.push(Action::Own(FOREIGN_KEYS_ON.to_owned()));
        }
        one_piece(prepared, tables, mode, next..end, progress, actions);
        next = end;
    }
    actions.extend(reset(prepared, tables.dialect));
    actions.push(Action::Begin);
    actions.extend(mode.fences());
    actions.extend(rows(prepared, tables));
    actions.push(Action::Own(journal::finish(
        tables,
        &prepared.revision.id,
        "done",
        None,
    )));
    actions.extend([Action::Barrier, Action::Commit]);
}

/// One piece: a statement that commits by itself, or a transaction. `progress` counts it in the journal.
fn one_piece(
    prepared: &Prepared,
    tables: &Tables,
    mode: &Mode<'_>,
    range: Range<usize>,
    progress: String,
    actions: &mut Vec<Action>,
) {
    let next = range.start;
    let statements = range
        .clone()
        .flat_map(|index| sent(prepared, tables.dialect, index));
    if commits_itself(prepared, tables.dialect, next) {
        actions.extend(mode.fences());
        actions.push(Action::NoteState(next));
        // As late as can be: what follows is in no transaction that could fail with the lease.
        actions.extend(mode.fences());
        if tables.dialect.transactional_ddl() {
            // What can't be in a transaction can't share a message either.
            actions.push(Action::Barrier);
        }
        actions.extend(statements);
        if tables.dialect.transactional_ddl() {
            actions.push(Action::Barrier);
        }
        actions.extend([Action::Own(progress), Action::Barrier]);
    } else {
        // In an autocommit section of SQLite's the foreign keys are on, and stay so.
        let enforced = tables.dialect == Dialect::Sqlite && prepared.statements[next].autocommit;
        let checks = !enforced && checks_foreign_keys(prepared, tables.dialect, range.clone());
        actions.push(if enforced {
            Action::Own(begin(tables.dialect).to_owned())
        } else {
            Action::Begin
        });
        actions.extend(mode.fences());
        actions.extend(checks.then_some(Action::NoteForeignKeys));
        actions.extend(statements);
        if !tables.dialect.transactional_ddl() {
            // A procedure has any number of answers, behind which none can be told whose it is.
            actions.push(Action::Barrier);
        }
        actions.extend(checks.then_some(Action::CheckForeignKeys));
        actions.extend([Action::Own(progress), Action::Commit, Action::Barrier]);
    }
}

/// What commits by itself can't be checked before it does, so foreign keys are on there; a section may switch them off.
pub(super) const FOREIGN_KEYS_ON: &str = "PRAGMA foreign_keys = ON";

/// SQLite: whether a statement is the first to be run of those that commit by themselves and stand together.
fn begins_autocommit(prepared: &Prepared, dialect: Dialect, first: usize, index: usize) -> bool {
    let autocommits = |index: usize| {
        prepared
            .statements
            .get(index)
            .is_some_and(|statement| statement.autocommit)
    };
    dialect == Dialect::Sqlite && autocommits(index) && (index == first || !autocommits(index - 1))
}

/// Where the piece that starts at a statement ends: transactional statements go together where DDL takes part in
/// transactions.
fn piece(prepared: &Prepared, dialect: Dialect, start: usize) -> usize {
    if !dialect.transactional_ddl() || prepared.statements[start].autocommit {
        return start + 1;
    }
    let following = prepared.statements[start..]
        .iter()
        .take_while(|statement| !statement.autocommit);
    start + following.count()
}

/// A statement as it is sent. MySQL answers a `CALL` with any number of results, so nothing else goes with it.
fn sent(prepared: &Prepared, dialect: Dialect, index: usize) -> Vec<Action> {
    let calls = prepared.statements[index]
        .sql
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case("CALL"));
    if calls && matches!(dialect, Dialect::Mysql | Dialect::Mariadb) {
        return vec![Action::Barrier, Action::Statement(index), Action::Barrier];
    }
    vec![Action::Statement(index)]
}

/// Whether a statement can't commit together with its count. What stands in an autocommit section need not be so, unless the
/// revision has transactions of its own there.
fn commits_itself(prepared: &Prepared, dialect: Dialect, index: usize) -> bool {
    let statement = &prepared.statements[index];
    if statement.autocommit && prepared.has_transactions(dialect) {
        return true;
    }
    match dialect {
        Dialect::Sqlite => statement.autocommit && needs_autocommit(dialect, &statement.sql).is_some(),
        Dialect::Postgresql => statement.autocommit && !fits_transaction(&statement.sql),
        Dialect::Mysql | Dialect::Mariadb => implicitly_commits(dialect, &statement.sql),
    }
}

/// PostgreSQL: whether a statement runs in any transaction. Extensions refuse more there than the server does, so only what is
/// known to go counts.
fn fits_transaction(sql: &str) -> bool {
    let words = first_words(Dialect::Postgresql, sql, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    needs_autocommit(Dialect::Postgresql, sql).is_none()
        && matches!(
            words.as_slice(),
            ["INSERT" | "UPDATE" | "DELETE" | "MERGE", ..]
                | ["ALTER", "TYPE"]
                | ["CREATE" | "DROP", "TABLE" | "TYPE"]
        )
}

/// What an interrupted run had set in its session is set again: `SET` and `USE` statements among those done.
fn session_settings(prepared: &Prepared, done: usize, actions: &mut Vec<Action>) {
    let sets = |sql: &str| {
        let word = sql.split_whitespace().next().unwrap_or_default();
        word.eq_ignore_ascii_case("SET") || word.eq_ignore_ascii_case("USE")
    };
    let settings = (0..done).filter(|index| sets(&prepared.statements[*index].sql));
    actions.extend(settings.flat_map(|index| [Action::Statement(index), Action::Barrier]));
}

/// limbeck switches foreign keys off while it migrates, so that a table can be rebuilt without its
/// children being deleted; what only creates needs no check afterwards.
pub(crate) fn checks_foreign_keys(prepared: &Prepared, dialect: Dialect, range: Range<usize>) -> bool {
    dialect == Dialect::Sqlite
        && (prepared.program.is_some()
            || prepared.statements[range]
                .iter()
                .any(|statement| !creates_only(dialect, &statement.sql)))
}

/// PostgreSQL: undoes what the revision has set in the session, as `pg_dump` does with the search path, before limbeck
/// writes its own tables. `RESET ALL` leaves the role as it is.
fn reset(prepared: &Prepared, dialect: Dialect) -> Vec<Action> {
    if dialect != Dialect::Postgresql || !prepared.changes_session() {
        return Vec::new();
    }
    ["RESET SESSION AUTHORIZATION", "RESET ALL"]
        .map(|sql| Action::Own(sql.to_owned()))
        .to_vec()
}

fn rows<'a>(prepared: &'a Prepared, tables: &'a Tables) -> impl Iterator<Item = Action> + 'a {
    prepared
        .step
        .changes
        .iter()
        .map(|change| Action::Row(tables.change(change)))
}

/// The journal's row for a step.
fn record<'a>(prepared: &'a Prepared, who: &'a str) -> Record<'a> {
    let total = prepared.statements.len();
    let sets = |change: &RowChange| !matches!(change, RowChange::Delete(_));
    let direction = match prepared.direction {
        Some(direction) => direction.name(),
        None if prepared.step.changes.iter().any(sets) => "stamp",
        None => "unstamp",
    };
    Record {
        revision: &prepared.revision,
        direction,
        checksum: prepared.checksum.as_deref(),
        done: total,
        total,
        done_hash: None,
        outcome: "done",
        error: None,
        who,
        downgrade_sql: prepared.downgrade_sql.as_deref(),
    }
}

/// The record of an attempt that failed and left nothing.
pub(crate) fn failed<'a>(prepared: &'a Prepared, who: &'a str, error: &'a str) -> Record<'a> {
    let record = record(prepared, who);
    Record {
        outcome: "failed",
        error: Some(error),
        done: 0,
        // How many a program has is not known before its end.
        total: if prepared.program.is_some() {
            0
        } else {
            record.total
        },
        ..record
    }
}

/// The record of a revision that was applied before limbeck came.
pub(crate) fn adopted<'a>(
    revision: &'a Revision,
    checksum: Option<&'a str>,
    downgrade_sql: Option<&'a str>,
    who: &'a str,
) -> Record<'a> {
    Record {
        revision,
        direction: "adopt",
        checksum,
        done: 0,
        total: 0,
        done_hash: None,
        outcome: "done",
        error: None,
        who,
        downgrade_sql,
    }
}
