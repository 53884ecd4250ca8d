//! SQLite: rows whose foreign keys point nowhere. Foreign keys are off while a revision runs, so that a table can be rebuilt
//! without its children being deleted, and are checked before it commits (<https://www.sqlite.org/lang_altertable.html>,
//! section 7).

use std::collections::HashMap;

use limbeck_core::Dialect;

use crate::database::{Connection, DatabaseError, ErrorKind, Row};

/// Such rows, and how many of each there are: rows of a table WITHOUT ROWID can't be told apart.
#[derive(Debug, Default)]
pub(super) struct Dangling(HashMap<Row, usize>);

const SELECT: &str = "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check";

impl Dangling {
    pub(super) fn read(connection: &mut dyn Connection) -> Result<Self, DatabaseError> {
        let found = match connection.query(SELECT) {
            // One table that refers to no key makes the whole check fail. Its rows can't be checked, the others' can.
            Err(error) if error.message.starts_with("foreign key mismatch") => by_table(connection)?,
            result => result?,
        };
        let mut rows = HashMap::new();
        for row in found {
            *rows.entry(row).or_default() += 1;
        }
        Ok(Self(rows))
    }

    /// What is wrong with the rows that were not among `before`.
    pub(super) fn since(&self, before: &Self) -> Option<DatabaseError> {
        let more =
            |row: &Row, count: usize| count.saturating_sub(before.0.get(row).copied().unwrap_or_default());
        let rows = self.0.iter().map(|(row, count)| (row, more(row, *count)));
        let mut new: Vec<(&Row, usize)> = rows.filter(|(_, more)| *more > 0).collect();
        new.sort();
        let (row, _) = new.first()?;
        let value = |index: usize| row.get(index).cloned().flatten();
        let of = value(1)
            .map(|rowid| format!("row {rowid} of "))
            .unwrap_or_default();
        let message = format!(
            "FOREIGN KEY constraint failed: {} row(s) would point nowhere; the first is in {of}table {}, which refers to \
             table {}",
            new.iter().map(|(_, more)| more).sum::<usize>(),
            value(0).unwrap_or_default(),
            value(2).unwrap_or_default()
        );
        let hint = "limbeck runs a revision with foreign keys off, so that tables can be rebuilt, and checks them before it \
                    commits: delete or change the rows that refer to what the revision removes";
        let error = DatabaseError::new(ErrorKind::Statement, message);
        Some(error.with_code("SQLITE_CONSTRAINT_FOREIGNKEY").with_hint(hint))
    }
}

fn by_table(connection: &mut dyn Connection) -> Result<Vec<Row>, DatabaseError> {
    let tables = connection.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let mut found = Vec::new();
    for table in tables.into_iter().flatten().flatten() {
        let table = Dialect::Sqlite.literal(&table);
        found.extend(
            connection
                .query(&format!("{SELECT}({table})"))
                .unwrap_or_default(),
        );
    }
    Ok(found)
}
