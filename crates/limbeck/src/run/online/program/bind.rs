//! What the program sees of its connection.

use limbeck_core::Dialect;
use limbeck_core::dialect::{first_words, only_reads, transaction_control};
use limbeck_core::schema::{Kind, Name, Schema, Table};
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Depth, relations};

use super::{Failed, Halt, Place, Refused, Running};
use crate::database::{Connection, DatabaseError, ErrorKind, Notice, Severity};
use crate::error::Error;
use crate::observer::Event;
use crate::reflect::{self, Extent};
use crate::scratch::check_statement;

impl Bind for Running<'_, '_> {
    fn dialect(&self) -> Dialect {
        Running::dialect(self)
    }

    fn execute(&mut self, sql: &str, line: usize) -> Result<Option<u64>, BindError> {
        self.come_to(sql, line)?;
        let result = match self.control(sql) {
            Control::None => self.statement(sql, line),
            Control::Nothing => Ok(Some(0)),
            Control::Commit => self.commit().map(|()| Some(0)),
            Control::Refused(what) => return Err(refuse(what)),
        };
        result.map_err(|halt| self.answer(halt))
    }

    fn query(&mut self, sql: &str, line: usize) -> Result<Answer, BindError> {
        self.come_to(sql, line)?;
        let reads = only_reads(self.dialect(), sql);
        let result = self.rows_of(sql, line, reads);
        result.map_err(|halt| self.answer(halt))
    }

    fn autocommit(&mut self, on: bool, line: usize) -> Result<(), BindError> {
        self.come_to("", line)?;
        let result = self.set_autocommit(on);
        result.map_err(|halt| self.must_stop(halt))
    }

    fn say(&mut self, line: &str) {
        let notice = Notice {
            severity: Severity::Info,
            message: line.to_owned(),
            code: None,
            detail: None,
            hint: None,
        };
        self.executor.run.observer.event(&Event::Notice {
            revision: &self.step.revision.id,
            notice: &notice,
        });
    }

    fn stops(&mut self) -> Option<BindError> {
        let error = self.executor.run.brake.check().err()?;
        Some(self.must_stop(Halt::Own(error)))
    }

    fn schema(&mut self, name: Option<&str>) -> Result<Schema, BindError> {
        self.look(|program| program.read_schema(name))
    }

    fn relations(&mut self, name: Option<&str>) -> Result<Vec<(String, Kind)>, BindError> {
        match (self.dialect(), name) {
            (Dialect::Postgresql, _) | (Dialect::Sqlite, None) => {
                self.look(|program| program.read_relations(name))
            }
            _ => self.schema(name).map(|schema| relations(&schema)),
        }
    }

    fn table(&mut self, name: &Name, depth: Depth) -> Result<Option<Table>, BindError> {
        self.look(|program| program.read_table(name, depth))
    }
}

/// What a statement does to the transaction.
enum Control {
    None,
    /// There is a transaction always.
    Nothing,
    Commit,
    Refused(&'static str),
}

impl Running<'_, '_> {
    /// Notes where the program is, unless it must stop.
    fn come_to(&mut self, sql: &str, line: usize) -> Result<(), BindError> {
        if self.halt.is_some() {
            return Err(stop());
        }
        self.line = line;
        sql.clone_into(&mut self.sql);
        if let Some(beside) = self.executor.run.beside {
            let file = &self.step.revision.file;
            check_statement(beside, self.dialect(), file, line, sql)
                .map_err(|error| self.must_stop(Halt::Own(error)))?;
        }
        Ok(())
    }

    /// Looks at what is in the database.
    fn look<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, DatabaseError>) -> Result<T, BindError> {
        self.come_to("", self.line)?;
        let entered = self.enter(true);
        entered.map_err(|halt| self.answer(halt))?;
        look(self).map_err(|error| {
            let halt = self.failed(self.line, String::new(), error);
            self.answer(halt)
        })
    }

    fn control(&self, sql: &str) -> Control {
        let dialect = self.dialect();
        match transaction_control(dialect, sql) {
            None | Some("SAVEPOINT" | "RELEASE SAVEPOINT") => Control::None,
            Some("BEGIN" | "START TRANSACTION") => Control::Nothing,
            Some("COMMIT" | "END") => Control::Commit,
            Some("ROLLBACK") if first_words(dialect, sql, 3).iter().any(|word| word == "TO") => Control::None,
            Some(what) => Control::Refused(what),
        }
    }

    /// What the program is told: what it may make something of, or that it must stop.
    fn answer(&mut self, halt: Halt) -> BindError {
        let Halt::Failed(failed) = halt else {
            return self.must_stop(halt);
        };
        // Behind these there is no transaction any more, or limbeck has plans of its own.
        let ends = matches!(
            failed.error.kind,
            ErrorKind::Cancelled | ErrorKind::LockTimeout | ErrorKind::Deadlock | ErrorKind::ConnectionLost
        );
        if ends || failed.is_over {
            return self.must_stop(Halt::Failed(failed));
        }
        let Failed { line, sql, error, .. } = failed;
        let message = error.message.clone();
        self.refused = Some(Refused {
            line,
            sql,
            message: message.clone(),
        });
        BindError {
            kind: error.db_api_kind(self.dialect()),
            message,
            code: error.code.clone(),
            source: Some(Box::new(error)),
        }
    }

    fn must_stop(&mut self, halt: Halt) -> BindError {
        self.halt = Some(halt);
        stop()
    }

    fn read_schema(&mut self, name: Option<&str>) -> Result<Schema, DatabaseError> {
        let inside = self.place != Place::Between;
        self.on_connection(|connection, own| {
            let wanted = other_schema(connection, name)?;
            let read =
                |connection: &mut dyn Connection| reflect::read_extent(connection, own, Extent::Tables);
            let mut schema = reading(connection, inside, read)?;
            let is_wanted = |schema: &Option<String>| schema.as_deref() == wanted;
            schema.tables.retain(|name, _| is_wanted(&name.schema));
            schema.objects.retain(|id, _| is_wanted(&id.name.schema));
            Ok(schema)
        })
    }

    fn read_table(&mut self, name: &Name, depth: Depth) -> Result<Option<Table>, DatabaseError> {
        let inside = self.place != Place::Between;
        self.on_connection(|connection, own| {
            if connection.dialect() != Dialect::Postgresql {
                other_schema(connection, name.schema.as_deref())?;
            }
            reading(connection, inside, |connection| {
                reflect::read_table(connection, own, name, depth)
            })
        })
    }

    fn read_relations(&mut self, schema: Option<&str>) -> Result<Vec<(String, Kind)>, DatabaseError> {
        self.on_connection(|connection, own| read_relations(connection, own, schema))
    }

    /// Does something on the connection, unless the run is cancelled. The names are of the tables that limbeck keeps to itself.
    fn on_connection<T>(
        &mut self,
        look: impl FnOnce(&mut dyn Connection, &[&str]) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let names = self.executor.session.tables.names().map(str::to_owned);
        // The version table is the program's to see, as with Alembic.
        let own: Vec<&str> = names[1..].iter().map(String::as_str).collect();
        let connection = self.executor.session.connection.as_mut();
        let sending = self.executor.run.brake.sending(connection.canceller());
        let _sending = sending.map_err(|error| match error {
            Error::Cancelled(_) => DatabaseError::new(ErrorKind::Cancelled, "the run was cancelled"),
            error => DatabaseError::new(ErrorKind::Cancelled, error.to_string()),
        })?;
        look(connection, &own)
    }
}

/// The tables and views of one of PostgreSQL's schemas or of its search path, or of SQLite's file: one look where the whole schema takes many, or has every
/// statement read.
fn read_relations(
    connection: &mut dyn Connection,
    own: &[&str],
    schema: Option<&str>,
) -> Result<Vec<(String, Kind)>, DatabaseError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => {
            "SELECT name, substr(type, 1, 1) FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE \
             '\\' ORDER BY 1"
                .to_owned()
        }
        _ => {
            let which = match schema {
                Some(name) => format!("n.nspname = {}", Dialect::Postgresql.literal(name)),
                // What a statement finds without a schema, but for what is temporary.
                None => {
                    "n.nspname <> 'pg_catalog' AND c.relpersistence <> 't' AND pg_catalog.pg_table_is_visible(c.oid)".to_owned()
                }
            };
            format!(
                "SELECT c.relname, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {which} ORDER BY 1"
            )
        }
    };
    let rows = connection.query(&sql)?.into_iter();
    let named = rows.filter_map(|row| {
        let mut cells = row.into_iter().flatten();
        let name = cells.next()?;
        let kind = match cells.next()?.as_str() {
            "v" => Kind::View,
            "m" => Kind::MaterializedView,
            _ => Kind::Table,
        };
        Some((name, kind))
    });
    Ok(named.filter(|(name, _)| !own.contains(&name.as_str())).collect())
}

fn current_schema(connection: &mut dyn Connection) -> Result<Option<String>, DatabaseError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => return Ok(Some("main".to_owned())),
        Dialect::Postgresql => "SELECT pg_catalog.current_schema()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()",
    };
    Ok(connection.query(sql)?.into_iter().flatten().flatten().next())
}

/// The schema of that name, if it is another than the connection's own: PostgreSQL's only.
fn other_schema<'n>(
    connection: &mut dyn Connection,
    name: Option<&'n str>,
) -> Result<Option<&'n str>, DatabaseError> {
    let Some(name) = name else {
        return Ok(None);
    };
    if current_schema(connection)?.as_deref() == Some(name) {
        return Ok(None);
    }
    if connection.dialect() != Dialect::Postgresql {
        let message =
            format!("limbeck reads no other schema than the connection's own, and '{name}' is another");
        return Err(DatabaseError::new(ErrorKind::Unsupported, message));
    }
    Ok(Some(name))
}

/// Reads what is there. PostgreSQL prints names as the search path wants it, which is set for that; in a transaction it would
/// stay so.
fn reading<T>(
    connection: &mut dyn Connection,
    inside: bool,
    read: impl FnOnce(&mut dyn Connection) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    if !inside || connection.dialect() != Dialect::Postgresql {
        return read(connection);
    }
    connection.execute("SAVEPOINT limbeck_reading")?;
    let found = read(connection)?;
    connection.execute_many(&[
        "ROLLBACK TO SAVEPOINT limbeck_reading",
        "RELEASE SAVEPOINT limbeck_reading",
    ])?;
    Ok(found)
}

fn stop() -> BindError {
    BindError {
        kind: BindErrorKind::Stop,
        message: "the run is to stop".to_owned(),
        code: None,
        source: None,
    }
}

fn refuse(what: &str) -> BindError {
    BindError {
        kind: BindErrorKind::Programming,
        message: format!(
            "{what} can't stand in a revision, because limbeck opens and ends the transaction itself: use a savepoint (begin_nested)"
        ),
        code: None,
        source: None,
    }
}
