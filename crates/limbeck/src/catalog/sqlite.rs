//! SQLite's catalog: the statements that made it, read so that only what they mean counts.

use limbeck_core::Dialect;
use limbeck_core::dialect::sqlite::{CreateTable, normal, plain, significant, with_strings};
use limbeck_core::dialect::{Token, TokenKind};

use super::{Catalog, Column, Reference, Table};
use crate::database::{Connection, DatabaseError, Row};

const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' \
    ESCAPE '\\' ORDER BY type, name";

/// Shadow tables belong to a virtual one, and nobody writes to them.
const COLUMNS: &str = "SELECT l.name, c.name, c.type, c.\"notnull\" OR c.pk, c.dflt_value IS NOT NULL OR c.pk AND upper(c.type) \
    = 'INTEGER', c.hidden FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c WHERE l.schema = 'main' AND l.type = \
    'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name, c.cid";

/// The columns of foreign keys, in order. One that does not say where to leads to the primary key.
const REFERENCES: &str = "SELECT l.name, f.id, f.\"from\", f.\"table\", COALESCE(f.\"to\", (SELECT k.name FROM \
    pragma_table_info(f.\"table\") k WHERE k.pk = f.seq + 1)) FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f \
    WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, f.id, f.seq";

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Catalog, DatabaseError> {
    let mut sets = connection
        .query_many(&[OBJECTS, COLUMNS, REFERENCES])?
        .into_iter();
    let mut catalog = Catalog::default();
    let (mut checks, mut indexes) = (Vec::new(), Vec::new());
    for row in sets.next().unwrap_or_default() {
        let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        let [kind, name, table, sql] = row.as_slice() else {
            continue;
        };
        if own.contains(&table.as_str()) {
            continue;
        }
        let object = match kind.as_str() {
            "table" => {
                checks.push((name.clone(), sql.clone()));
                catalog.objects.extend(table_objects(name, sql));
                continue;
            }
            "view" => format!("view {name}"),
            _ => format!("{kind} {name} of {table}"),
        };
        let object = object.to_ascii_lowercase();
        if kind == "index" {
            indexes.push((object, table.clone(), sql.clone()));
        } else {
            catalog.objects.insert(object, normal(&significant(sql)));
        }
    }
    for row in sets.next().unwrap_or_default() {
        add_column(&mut catalog, row, own);
    }
    let mut last = None;
    for row in sets.next().unwrap_or_default() {
        add_reference(&mut catalog, row, &mut last);
    }
    for (object, table, sql) in indexes {
        add_index(&mut catalog, object, &table, &sql);
    }
    for (name, sql) in checks {
        if let Some(table) = find(&mut catalog, &name) {
            table.checks = checks_of(&sql);
        }
    }
    Ok(catalog)
}

fn add_column(catalog: &mut Catalog, row: Row, own: &[&str]) {
    let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
    let [table, name, data_type, not_null, has_default, hidden] = row.as_slice() else {
        return;
    };
    if own.contains(&table.as_str()) {
        return;
    }
    let table = catalog.table_or_new(table, || Dialect::Sqlite.identifier(table));
    table.columns.push(Column {
        name: name.clone(),
        data_type: data_type.to_ascii_lowercase(),
        nullable: not_null == "0",
        has_default: has_default == "1",
        generated: hidden != "0",
        labels: Vec::new(),
    });
}

/// A table whose columns were read: they come in the order of the tables' names.
fn find<'a>(catalog: &'a mut Catalog, name: &str) -> Option<&'a mut Table> {
    let at = catalog
        .tables
        .binary_search_by(|table| table.name.as_str().cmp(name));
    at.ok().map(|at| &mut catalog.tables[at])
}

/// Adds an index. SQLite itself writes strings, in any table's, for what only looks like names.
fn add_index(catalog: &mut Catalog, object: String, table: &str, sql: &str) {
    let columns = find(catalog, table).map_or(&[][..], |table| &table.columns);
    let is_column = |name: &str| {
        columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let mut tokens = significant(sql);
    let open = tokens.iter().position(|token| token.text == "(");
    let definition = tokens.split_off(open.unwrap_or(tokens.len()));
    tokens.extend(with_strings(is_column, &definition));
    catalog.objects.insert(object, normal(&tokens));
}

/// Adds a column of a foreign key; `last` is the key that the last one was of.
fn add_reference(catalog: &mut Catalog, row: Row, last: &mut Option<(String, String)>) {
    let [Some(table), Some(id), Some(from), Some(parent), to] =
        <[Option<String>; 5]>::try_from(row).unwrap_or_default()
    else {
        return;
    };
    let key = Some((table.clone(), id));
    let is_new = std::mem::replace(last, key.clone()) != key;
    let Some(table) = find(catalog, &table) else {
        return;
    };
    if is_new {
        table.references.push(Reference {
            columns: Vec::new(),
            sql: Dialect::Sqlite.identifier(&parent),
            table: parent,
            to: Vec::new(),
        });
    }
    if let Some(reference) = table.references.last_mut() {
        reference.columns.push(from);
        reference.to.extend(to);
    }
}

/// The columns, constraints and options of a CREATE TABLE. Names differ in more than case, or are the same.
fn table_objects(name: &str, sql: &str) -> Vec<(String, String)> {
    let name = name.to_ascii_lowercase();
    let Some(table) = CreateTable::parse(sql) else {
        return vec![(format!("table {name}"), normal(&significant(sql)))];
    };
    let mut objects = vec![(format!("table {name}"), table.options.join(", "))];
    for column in &table.columns {
        let mut clauses: Vec<String> = column.clauses.iter().map(|clause| normal(clause)).collect();
        clauses.sort();
        clauses.insert(0, normal(&column.data_type));
        objects.push((
            format!("column {name}.{}", column.name.to_ascii_lowercase()),
            clauses.join(" ").trim().to_owned(),
        ));
    }
    objects.extend(table.constraints.into_iter().map(|constraint| {
        let text = normal(&constraint.tokens);
        let constraint = constraint.name.map(|name| name.to_ascii_lowercase());
        let constraint = constraint.unwrap_or_else(|| text.clone());
        (format!("constraint {constraint} of {name}"), text)
    }));
    objects
}

/// The conditions of a table's CHECK clauses, each behind the names of the columns in it.
fn checks_of(sql: &str) -> Vec<String> {
    let tokens = significant(sql);
    let is_check =
        |(_, token): &(usize, &Token<'_>)| token.kind == TokenKind::Word && plain(token) == "check";
    let starts = tokens.iter().enumerate().filter(is_check);
    starts
        .map(|(start, _)| {
            let mut depth = 0_usize;
            let end = tokens[start + 1..].iter().position(|token| {
                match token.text {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0
            });
            normal(&tokens[start..end.map_or(tokens.len(), |end| start + 2 + end)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Vec<String> {
        let objects = table_objects("t", sql).into_iter();
        objects
            .map(|(object, text)| format!("{object}: {text}"))
            .collect()
    }

    #[test]
    fn a_table_is_its_columns_and_constraints() {
        let sql = "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY, [Name] VARCHAR (50) DEFAULT 'a,b' NOT NULL, -- why\n\
                   up INT CONSTRAINT f REFERENCES t (id) ON DELETE SET NULL, CHECK (id > 0), UNIQUE (name)) STRICT";
        assert_eq!(
            told(sql),
            [
                "table t: strict",
                "column t.id: integer",
                "column t.name: varchar (50) default 'a,b' not null",
                "column t.up: int",
                "constraint primary key (id) of t: primary key (id)",
                "constraint f of t: foreign key (up) references t (id) on delete set null",
                "constraint check (id > 0) of t: check (id > 0)",
                "constraint unique (name) of t: unique (name)",
            ]
        );
        assert_eq!(checks_of(sql), ["check (id > 0)"]);
    }

    #[test]
    fn a_constraint_of_one_column_may_stand_with_it_or_behind_all() {
        let sorted = |sql: &str| {
            let mut told = told(sql);
            told.sort();
            told
        };
        assert_eq!(
            sorted(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NULL UNIQUE REFERENCES u (a) DEFERRABLE, at TEXT NOT \
                 NULL DEFAULT (CURRENT_TIMESTAMP), b INT CONSTRAINT c CHECK (b > (0)))"
            ),
            sorted(
                "CREATE TABLE t (id INTEGER NOT NULL, a TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL, b INT, PRIMARY KEY (id), \
                 UNIQUE (a), FOREIGN KEY (a) REFERENCES u (a) DEFERRABLE, CONSTRAINT c CHECK (b > (0)))"
            )
        );
        assert_ne!(
            sorted("CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)"),
            sorted("CREATE TABLE t (id TEXT PRIMARY KEY)")
        );
    }

    #[test]
    fn neither_case_nor_quotes_nor_the_order_of_clauses_count() {
        assert_eq!(
            told("CREATE TABLE t (a text NOT NULL DEFAULT 'x' COLLATE nocase)"),
            told("create table \"t\" (\"A\"  TEXT collate NOCASE default 'x' not null)")
        );
        assert_ne!(
            told("CREATE TABLE t (a text DEFAULT 'x')"),
            told("CREATE TABLE t (a text DEFAULT 'X')")
        );
    }
}
