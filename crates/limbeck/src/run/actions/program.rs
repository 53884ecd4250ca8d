//! What stands around the statements of a program, which are told one by one while it runs.

use limbeck_core::Dialect;

use super::{Action, Mode, Prepared, Record, Tables, journal, one_piece, record, reset, rows, sent};

/// Where a program is between its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// All of it is in one transaction until now.
    Whole,
    /// It has left that; another transaction is open.
    Open,
    /// It has left that, and is in none.
    Between,
}

/// Opens a transaction; `begin` is false where there is one already, of the whole run.
pub(crate) fn open(tables: &Tables, mode: &Mode<'_>, begin: bool) -> Vec<Action> {
    let begin = begin.then_some(Action::Begin).into_iter();
    let note = (tables.dialect == Dialect::Sqlite).then_some(Action::NoteForeignKeys);
    begin.chain(mode.fences()).chain(note).collect()
}

/// Tells the journal that the step runs, of which `done` statements are done or commit with that. From now on it is in pieces.
pub(crate) fn start(
    prepared: &Prepared,
    tables: &Tables,
    mode: &Mode<'_>,
    place: Place,
    done_hash: &str,
) -> Vec<Action> {
    let earlier = prepared.program.as_ref().map(|program| &program.earlier);
    let done = if place == Place::Whole {
        prepared.statements.len()
    } else {
        earlier.map_or(0, |earlier| earlier.done)
    };
    let started = Record {
        outcome: "running",
        done,
        done_hash: (done > 0).then_some(done_hash),
        // How many there are is not known before the end.
        total: 0,
        ..record(prepared, mode.who)
    };
    let in_doubt = earlier.and_then(|earlier| earlier.in_doubt.as_deref());
    let note = in_doubt.map(|state| journal::note_state(tables, &prepared.revision.id, state));
    let started = [Some(journal::insert(tables, &started)), note];
    let started = started.into_iter().flatten().map(Action::Own);
    let mut actions = Vec::new();
    if place == Place::Whole {
        actions.extend(checks(tables));
        actions.extend(started);
        actions.extend([Action::Barrier, Action::Commit, Action::Barrier]);
        return actions;
    }
    if mode.in_transaction {
        actions.extend([Action::Commit, Action::Barrier]);
    }
    // SQLite's transaction is the lock, as for statements in pieces.
    let locks = tables.dialect == Dialect::Sqlite;
    actions.extend(locks.then_some(Action::Begin));
    actions.extend(mode.fences());
    actions.extend(started);
    actions.extend(locks.then_some(Action::Commit));
    actions.push(Action::Barrier);
    actions
}

/// A statement of a transaction that is open.
pub(crate) fn statement(prepared: &Prepared, tables: &Tables, index: usize) -> Vec<Action> {
    sent(prepared, tables.dialect, index)
}

/// A statement that commits by itself, with its count.
pub(crate) fn alone(
    prepared: &Prepared,
    tables: &Tables,
    mode: &Mode<'_>,
    index: usize,
    done_hash: &str,
) -> Vec<Action> {
    let mut actions = Vec::new();
    let progress = journal::progress(tables, &prepared.revision.id, index + 1, done_hash);
    one_piece(prepared, tables, mode, index..index + 1, progress, &mut actions);
    actions
}

/// Commits what is open; `counted` are the statements done behind it with their checksum, where there are more than before.
pub(crate) fn commit(prepared: &Prepared, tables: &Tables, counted: Option<(usize, &str)>) -> Vec<Action> {
    let progress = |(done, hash): (usize, &str)| {
        Action::Own(journal::progress(tables, &prepared.revision.id, done, hash))
    };
    let mut actions = vec![Action::Barrier];
    actions.extend(checks(tables));
    actions.extend(counted.map(progress));
    actions.extend([Action::Barrier, Action::Commit, Action::Barrier]);
    actions
}

/// Behind the program: version rows and journal, and the end of the transaction. `counted` as for [`commit`].
pub(crate) fn end(
    prepared: &Prepared,
    tables: &Tables,
    mode: &Mode<'_>,
    place: Place,
    counted: Option<(usize, &str)>,
) -> Vec<Action> {
    let revision = prepared.revision.id.as_str();
    let mut actions = Vec::new();
    if place == Place::Between {
        actions.extend(reset(prepared, tables.dialect));
        actions.push(Action::Begin);
        actions.extend(mode.fences());
    } else {
        actions.extend(checks(tables));
        actions.extend(reset(prepared, tables.dialect));
    }
    actions.extend(rows(prepared, tables));
    if place == Place::Whole {
        let done = record(prepared, mode.who);
        actions.push(Action::Own(journal::insert(tables, &done)));
    } else {
        let progress = counted.map(|(done, hash)| journal::progress(tables, revision, done, hash));
        actions.extend(progress.map(Action::Own));
        actions.push(Action::Own(journal::count_all(tables, revision)));
        actions.push(Action::Own(journal::finish(tables, revision, "done", None)));
    }
    if !(mode.in_transaction && place == Place::Whole) {
        actions.extend([Action::Barrier, Action::Commit]);
    }
    actions
}

fn checks(tables: &Tables) -> Option<Action> {
    (tables.dialect == Dialect::Sqlite).then_some(Action::CheckForeignKeys)
}
