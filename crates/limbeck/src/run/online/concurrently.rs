//! PostgreSQL: indexes that are made, rebuilt or dropped while the application goes on.
//!
//! Making one that is cut off leaves it behind, invalid: it costs every write, serves no query, and has the name that the
//! next try wants. `IF NOT EXISTS` would leave it so for good.

use limbeck_core::Dialect;
use limbeck_core::dialect::{ConcurrentIndex, needs_autocommit, transaction_control};
use limbeck_core::script::Statement;

use super::{Action, Batch, Executor, Prepared, Stopped};
use crate::database::{Connection, DatabaseError, ErrorKind, Row};
use crate::error::Error;
use crate::observer::Event;

/// Whether a statement is one of those. Where the revision opens transactions itself, nothing of limbeck's may come between
/// its statements.
pub(super) fn applies_to(dialect: Dialect, statements: &[Statement], index: usize) -> bool {
    let controls = |statement: &Statement| transaction_control(dialect, &statement.sql).is_some();
    dialect == Dialect::Postgresql
        && statements[index].autocommit
        && matches!(
            needs_autocommit(dialect, &statements[index].sql),
            Some("CREATE INDEX CONCURRENTLY" | "DROP INDEX CONCURRENTLY" | "REINDEX CONCURRENTLY")
        )
        && !statements[..index].iter().any(controls)
}

impl Executor<'_> {
    /// Runs one of those statements, unless what it makes is there already; drops before what an earlier try left behind.
    pub(super) fn concurrently(
        &mut self,
        prepared: &Prepared,
        index: usize,
        action: &Action,
    ) -> Result<(), Stopped> {
        let sql = &prepared.statements[index].sql;
        let revision = prepared.revision.id.as_str();
        let found = match ConcurrentIndex::read(sql) {
            Some(read) => {
                let begin: Vec<String> = self.begin().collect();
                self.send(index, |connection| find(connection, &read, &begin))?
            }
            None => Found::Nothing,
        };
        let invalid = match found {
            Found::Nothing => Vec::new(),
            Found::Invalid(names) => names,
            Found::Same(name) => {
                let event = Event::IndexIsThere {
                    revision,
                    index: &name,
                };
                self.run.observer.event(&event);
                self.last = Some(index);
                return Ok(());
            }
        };
        let limit = self.wait_for_good()?;
        let result = self.make_way_and_run(prepared, index, action, &invalid);
        let restored = limit.map_or(Ok(()), |limit| self.limit_waiting(limit));
        result.and(restored)
    }

    fn make_way_and_run(
        &mut self,
        prepared: &Prepared,
        index: usize,
        action: &Action,
        invalid: &[String],
    ) -> Result<(), Stopped> {
        for name in invalid {
            self.run.observer.event(&Event::DroppingInvalidIndex {
                revision: &prepared.revision.id,
                index: name,
            });
            let drop = format!("DROP INDEX CONCURRENTLY {name}");
            self.send(index, |connection| connection.execute(&drop))?;
        }
        let mut batch = Batch::default();
        batch.add(&prepared.statements[index].sql, action);
        self.flush(prepared, &mut batch)
    }

    /// Sends statements of limbeck's own that stand for one of the revision's: a cancellation ends them, and their failure
    /// is its failure.
    fn send<T>(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, DatabaseError>,
    ) -> Result<T, Stopped> {
        let connection = self.session.connection.as_mut();
        let sending = self.run.brake.sending(connection.canceller());
        let sending = sending.map_err(|error| match error {
            Error::Cancelled(_) => Stopped::cancelled(index),
            error => Stopped::Own(error),
        })?;
        let result = work(connection);
        drop(sending);
        result.map_err(|mut error| {
            // A place in what was sent is none in the revision.
            error.position = None;
            let index = Some(index);
            Stopped::Statement { index, error }
        })
    }

    /// Takes the time limit for locks away, and gives it.
    ///
    /// The limit is there because others queue behind a statement that waits. Behind these nobody queues who reads or
    /// writes, and one that gives up has to begin from nothing. A limit that is not limbeck's is meant for them: the
    /// revision's own, or that of a session which a pooler gave.
    fn wait_for_good(&mut self) -> Result<Option<u128>, Stopped> {
        let Some(limit) = self.run.limits.lock_milliseconds() else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'lock_timeout' AND source = 'session' AND setting = '{limit}'"
        );
        if self.session.connection.query(&sql).map_err(cant_set)?.is_empty() {
            return Ok(None);
        }
        self.limit_waiting(0)?;
        Ok(Some(limit))
    }

    fn limit_waiting(&mut self, limit: u128) -> Result<(), Stopped> {
        let sql = format!("SET lock_timeout = {limit}");
        self.session.connection.execute(&sql).map(drop).map_err(cant_set)
    }
}

fn cant_set(error: DatabaseError) -> Stopped {
    Stopped::Own(Error::database("can't set the time limits")(error))
}

/// What is there already of an index that is to be made. Names are as SQL wants them.
enum Found {
    Nothing,
    /// It is there, valid, with the same definition.
    Same(String),
    /// What earlier tries left behind.
    Invalid(Vec<String>),
}

/// Looks for them. `begin` opens a transaction.
fn find(
    connection: &mut dyn Connection,
    index: &ConcurrentIndex<'_>,
    begin: &[String],
) -> Result<Found, DatabaseError> {
    let mut there: Vec<There> = connection
        .query(&select(index))?
        .into_iter()
        .map(There::read)
        .collect();
    if index.name.is_none() {
        // Without a name only the definition tells which is meant; and a valid one is no reason not to make another.
        there.retain(|found| !found.valid && found.builder.is_none());
        let same = with_same_definition(connection, index, &there, begin)?;
        there.retain(|found| same.contains(&found.oid));
        let names: Vec<_> = there.into_iter().map(|found| found.name).collect();
        return Ok(Found::Invalid(names));
    }
    let Some(found) = there.first() else {
        return Ok(Found::Nothing);
    };
    if found.valid {
        let same = with_same_definition(connection, index, &there, begin)?;
        return Ok(if same.is_empty() {
            // The server says what is wrong with that.
            Found::Nothing
        } else {
            Found::Same(found.name.clone())
        });
    }
    match &found.builder {
        Some(pid) => Err(DatabaseError::new(
            ErrorKind::Statement,
            format!("index {} is being built by another session (pid {pid})", found.name),
        )
        .with_hint(
            "wait until that session has ended it and run again: an index that is there as this statement makes it counts \
             as made",
        )),
        None => Ok(Found::Invalid(vec![found.name.clone()])),
    }
}

/// An index that is there.
struct There {
    oid: String,
    name: String,
    valid: bool,
    /// The pid of another session that is building it.
    builder: Option<String>,
}

impl There {
    fn read(row: Row) -> Self {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        Self {
            oid: next().unwrap_or_default(),
            name: next().unwrap_or_default(),
            valid: next().as_deref() == Some("t"),
            builder: next(),
        }
    }
}

/// Asks for the indexes of the table that have the name, or, where there is no name, for those that are invalid.
///
/// Whoever builds an index concurrently holds this lock on its table until the end. Which index it is, the server tells
/// only to those who may know it, and not in the first moment; a `REINDEX` has it under another number.
fn select(index: &ConcurrentIndex<'_>) -> String {
    let literal = |text: &str| Dialect::Postgresql.literal(text);
    let which = match index.name {
        Some(name) => format!("c.relname = (pg_catalog.parse_ident({}))[1]::name", literal(name)),
        None => "NOT i.indisvalid".to_owned(),
    };
    format!(
        "SELECT i.indexrelid, pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid AND i.indisready AND i.indislive, \
         (SELECT min(p.pid) FROM pg_catalog.pg_stat_progress_create_index p JOIN pg_catalog.pg_locks l ON l.pid = p.pid \
         WHERE p.pid <> pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = i.indrelid AND l.database = \
         (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND l.mode = \
         'ShareUpdateExclusiveLock' AND l.granted AND (COALESCE(p.index_relid, 0) IN (0, i.indexrelid) OR p.command LIKE \
         'REINDEX%')) \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid \
         = c.relnamespace WHERE c.relkind = 'i' AND i.indrelid = pg_catalog.to_regclass({}) AND {which} ORDER BY 1",
        literal(&index.table.join("."))
    )
}

/// Tells which of some indexes are defined as the statement says, by their numbers: the server makes the index on an empty
/// table like the one at hand, says how it reads both, and forgets it again.
fn with_same_definition(
    connection: &mut dyn Connection,
    index: &ConcurrentIndex<'_>,
    there: &[There],
    begin: &[String],
) -> Result<Vec<String>, DatabaseError> {
    let Some(table) = index.table.last().filter(|_| !there.is_empty()) else {
        return Ok(Vec::new());
    };
    // Behind this stand the method, the columns and all else; before it the names, which differ.
    let definition = |index: &str| {
        let text = format!("pg_catalog.pg_get_indexdef({index}.indexrelid)");
        format!("pg_catalog.substr({text}, pg_catalog.strpos({text}, ' USING '))")
    };
    let oids: Vec<_> = there.iter().map(|found| found.oid.as_str()).collect();
    // The table keeps its name, because expressions may use it.
    let statements = [
        format!("CREATE TEMPORARY TABLE {table} (LIKE {})", index.table.join(".")),
        format!(
            "CREATE {}INDEX {} ON pg_temp.{table} {}",
            if index.unique { "UNIQUE " } else { "" },
            index.name.unwrap_or_default(),
            index.rest
        ),
        format!(
            "SELECT a.indexrelid FROM pg_catalog.pg_index a, pg_catalog.pg_index b WHERE a.indexrelid IN ({}) AND b.indrelid = \
             {}::regclass AND a.indisunique = b.indisunique AND {} = {}",
            oids.join(", "),
            Dialect::Postgresql.literal(&format!("pg_temp.{table}")),
            definition("a"),
            definition("b"),
        ),
    ];
    let statements: Vec<&str> = begin.iter().chain(&statements).map(String::as_str).collect();
    let sets = connection.query_many(&statements);
    let rolled_back = connection.execute("ROLLBACK");
    // What the server said of the copy is not about the revision.
    connection.take_notices();
    match sets {
        Ok(sets) => {
            rolled_back?;
            Ok(sets.into_iter().flatten().filter_map(first).collect())
        }
        // The statement itself is to fail, if it is wrong; and who may not make temporary tables can't be answered.
        Err(error) if matches!(error.kind, ErrorKind::Statement | ErrorKind::Permission) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn first(row: Row) -> Option<String> {
    row.into_iter().next().flatten()
}
