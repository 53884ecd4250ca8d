//! Reads SQLite's schema: it keeps the statements that made it.

mod index;
mod table;

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::dialect::sqlite::{CreateTable, name, normal, significant};
use limbeck_core::dialect::{Token, TokenKind};
use limbeck_core::schema::{Column, Definition, Id, Kind, Name, Object, Schema, Sql, Table};

use crate::database::{Connection, DatabaseError};

/// Shadow tables belong to a virtual one, which makes them.
const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' \
    ESCAPE '\\' AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') ORDER BY name";

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Schema, DatabaseError> {
    let rows = connection.query(OBJECTS)?;
    let rows: Vec<[String; 4]> = rows
        .into_iter()
        .filter_map(|row| row.into_iter().collect::<Option<Vec<String>>>()?.try_into().ok())
        .filter(|[_, _, table, _]: &[String; 4]| !own.iter().any(|own| own.eq_ignore_ascii_case(table)))
        .collect();
    Ok(schema(&rows))
}

/// A table without what other tables' statements tell: where its foreign keys lead, and its indexes.
pub(super) fn read_columns(
    connection: &mut dyn Connection,
    own: &[&str],
    called: &str,
) -> Result<Option<Table>, DatabaseError> {
    if own.iter().any(|own| own.eq_ignore_ascii_case(called)) {
        return Ok(None);
    }
    let sql = format!(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = {} COLLATE NOCASE",
        Dialect::Sqlite.literal(called)
    );
    let row = connection.query(&sql)?.into_iter().next();
    let mut cells = row.into_iter().flatten().flatten();
    Ok(cells
        .next()
        .zip(cells.next())
        .map(|(name, sql)| made(&name, &sql).0))
}

/// The table that a statement makes, and which of its columns need which.
fn made(called: &str, sql: &str) -> (Table, Vec<(String, String)>) {
    match CreateTable::parse(sql) {
        Some(create) => (table::read(&create), table::dependencies(&create)),
        None => (table::read_virtual(called, sql), Vec::new()),
    }
}

/// The schema that statements make. Each row is a kind, a name, the name of the table that it belongs to, and a statement.
fn schema(rows: &[[String; 4]]) -> Schema {
    let mut reader = Reader::default();
    let of = |kind: &'static str| rows.iter().filter(move |row| row[0] == kind);
    for [_, name, _, sql] in of("table") {
        reader.table(name, sql);
    }
    for [_, name, _, sql] in of("view") {
        reader
            .names
            .insert(name.to_ascii_lowercase(), Id::of(Kind::View, Name::new(name)));
        reader.view(name, sql);
    }
    reader.resolve_references();
    for [_, name, table, sql] in of("index") {
        reader.index(name, table, sql);
    }
    for [_, name, table, sql] in of("trigger") {
        reader.trigger(name, table, sql);
    }
    reader.add_dependencies();
    reader.schema
}

#[derive(Default)]
struct Reader {
    schema: Schema,
    /// The tables and views, by their names in lower case: SQLite's names do not differ in case.
    names: BTreeMap<String, Id>,
}

impl Reader {
    fn table(&mut self, called: &str, sql: &str) {
        let id = Id::table(&Name::new(called));
        let (table, dependencies) = made(called, sql);
        for (column, needed) in dependencies {
            let [column, needed] = [column, needed].map(|column| Id::column(&id.name, column));
            self.schema.depends(column, needed);
        }
        self.schema.tables.insert(id.name.clone(), table);
        self.names.insert(called.to_ascii_lowercase(), id);
    }

    /// The name of a table or view as it is called where it is made.
    fn relation(&self, called: &str) -> Name {
        let known = self.names.get(&called.to_ascii_lowercase());
        known.map_or_else(|| Name::new(called), |id| id.name.clone())
    }

    /// Lets foreign keys name tables and columns as these are called where they are made. One that names no columns leads to the
    /// primary key.
    fn resolve_references(&mut self) {
        let tables = self.schema.tables.clone();
        let names = self.names.clone();
        for table in self.schema.tables.values_mut() {
            for constraint in table.constraints.values_mut() {
                let Some(reference) = &mut constraint.references else {
                    continue;
                };
                let Some(id) = names.get(&reference.table.name.to_ascii_lowercase()) else {
                    continue;
                };
                reference.table = id.name.clone();
                let Some(there) = tables.get(&reference.table) else {
                    continue;
                };
                if reference.columns.is_empty() {
                    reference.columns = there.primary_key().to_vec();
                }
                for column in &mut reference.columns {
                    *column = spelled(&there.columns, column);
                }
            }
        }
    }

    fn index(&mut self, called: &str, table: &str, sql: &str) {
        let table = self.relation(table);
        if let Some(table) = self.schema.tables.get_mut(&table)
            && let Some(index) = index::read(&table.columns, sql)
        {
            table.indexes.insert(called.to_owned(), index);
        }
    }

    fn view(&mut self, called: &str, sql: &str) {
        let id = Id::of(Kind::View, Name::new(called));
        self.schema.objects.insert(id, stored("VIEW", called, sql));
    }

    fn trigger(&mut self, called: &str, table: &str, sql: &str) {
        let id = Id::part(Kind::Trigger, &self.relation(table), called);
        self.schema.objects.insert(id, stored("TRIGGER", called, sql));
    }

    /// A view or trigger needs the tables and views that its statement names.
    fn add_dependencies(&mut self) {
        let mut found = Vec::new();
        for (id, object) in &self.schema.objects {
            let Definition::Stored { create, .. } = &object.definition else {
                continue;
            };
            let names = significant(create.text()).into_iter().filter(is_name);
            let needed = names.filter_map(|token| self.names.get(&name(&token).to_ascii_lowercase()));
            found.extend(needed.map(|needed| (id.clone(), needed.clone())));
        }
        for (id, needed) in found {
            self.schema.depends(id, needed);
        }
    }
}

fn stored(kind: &str, called: &str, sql: &str) -> Object {
    Object::new(
        format!("{kind} {}", Dialect::Sqlite.quoted(called)),
        Definition::Stored {
            create: keyed(&significant(sql), sql),
            replace: None,
        },
    )
}

/// SQL that is shown as `text`, and compared by its tokens.
fn keyed(tokens: &[Token<'_>], text: impl Into<String>) -> Sql {
    Sql::keyed(text, normal(tokens))
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Name)
}

/// A column's name as it is where the column is made.
fn spelled(columns: &[Column], called: &str) -> String {
    let known = columns
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(called));
    known.map_or(called, |column| &column.name).to_owned()
}

/// The columns that tokens name, each once.
fn named_columns(columns: &[Column], tokens: &[Token<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_function = tokens.get(index + 1).is_some_and(|next| next.text == "(");
        let called = name(token);
        let known = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&called));
        if let Some(column) = known
            && is_name(token)
            && !(token.kind == TokenKind::Word && is_function)
            && !found.contains(&column.name)
        {
            found.push(column.name.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests;
