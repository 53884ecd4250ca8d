//! A database in memory that a program runs on.

use limbeck_core::Dialect;
use limbeck_core::dialect::Token;
use limbeck_core::dialect::sqlite::{
    CreateTable, items, name, normal, parentheses, plain, significant, written,
};
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Definition, Generated, Id, Index, Kind, Name, Object, Reference,
    Schema, Sql, Table,
};
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Datum};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

pub(super) struct Database {
    connection: Connection,
    pub(super) statements: Vec<String>,
}

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";

impl Database {
    pub(super) fn new(setup: &str) -> Self {
        let connection = Connection::open_in_memory().expect("memory can be had");
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .expect("SQLite knows it");
        connection.execute_batch(setup).expect("the set-up is SQL");
        Self {
            connection,
            statements: Vec::new(),
        }
    }

    fn texts(&self, sql: &str) -> Vec<Vec<String>> {
        let mut statement = self.connection.prepare(sql).expect("it is SQL");
        let count = statement.column_count();
        let rows = statement.query_map([], |row| (0..count).map(|at| row.get(at)).collect());
        let rows: Result<_, _> = rows.expect("it can be run").collect();
        rows.expect("the columns are texts")
    }

    pub(super) fn state(&self) -> Value {
        let schema = self.texts(SCHEMA);
        let mut rows = serde_json::Map::new();
        for row in schema.iter().filter(|row| row[0] == "table") {
            let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{}')", row[1]));
            let quoted: Vec<String> = columns
                .iter()
                .map(|column| format!("quote(\"{}\")", column[0]))
                .collect();
            let found = self.texts(&format!(
                "SELECT {} FROM \"{}\" ORDER BY rowid",
                quoted.join(", "),
                row[1]
            ));
            rows.insert(row[1].clone(), json!(found));
        }
        json!({"schema": schema, "rows": rows})
    }
}

fn failed(error: &rusqlite::Error) -> BindError {
    let kind = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => BindErrorKind::Integrity,
        _ => BindErrorKind::Operational,
    };
    BindError {
        kind,
        message: error.to_string(),
        code: None,
        source: None,
    }
}

impl Bind for Database {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, _line: usize) -> Result<Option<u64>, BindError> {
        self.statements.push(sql.to_owned());
        self.connection
            .execute_batch(sql)
            .map_err(|error| failed(&error))?;
        Ok(Some(self.connection.changes()))
    }

    fn query(&mut self, sql: &str, _line: usize) -> Result<Answer, BindError> {
        let mut statement = self.connection.prepare(sql).map_err(|error| failed(&error))?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let count = columns.len();
        let rows = statement.query_map([], |row| {
            (0..count).map(|at| row.get_ref(at).map(datum)).collect()
        });
        let rows: Result<Vec<Vec<Datum>>, _> = rows.map_err(|error| failed(&error))?.collect();
        let rows = rows.map_err(|error| failed(&error))?;
        Ok(Answer {
            affected: rows.len() as u64,
            columns,
            rows,
        })
    }

    fn autocommit(&mut self, _on: bool, _line: usize) -> Result<(), BindError> {
        Ok(())
    }

    fn schema(&mut self, _name: Option<&str>) -> Result<Schema, BindError> {
        let mut schema = Schema::default();
        let rows = self.texts(SCHEMA);
        for row in rows.iter().filter(|row| row[0] == "table") {
            let create = CreateTable::parse(&row[3]).expect("it creates a table");
            schema.tables.insert(Name::new(&row[1]), table(&create));
        }
        for row in rows.iter().filter(|row| row[0] == "index") {
            let (_, definition) = row[3].split_once('(').expect("an index has columns");
            let definition = format!("({definition}");
            let tokens = significant(&definition);
            let (columns, _) = parentheses(&tokens).expect("they are closed");
            let index = Index {
                unique: row[3].to_uppercase().starts_with("CREATE UNIQUE"),
                columns: names(columns),
                definition: keyed(&tokens),
                comment: None,
            };
            let table = schema
                .tables
                .get_mut(&Name::new(&row[2]))
                .expect("its table is there");
            table.indexes.insert(row[1].clone(), index);
        }
        for row in rows.iter().filter(|row| row[0] == "view" || row[0] == "trigger") {
            let (id, object) = stored(row);
            schema.objects.insert(id, object);
        }
        Ok(schema)
    }
}

fn datum(value: ValueRef<'_>) -> Datum {
    match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(value) => Datum::Int(value),
        ValueRef::Real(value) => Datum::Float(value),
        ValueRef::Text(value) => Datum::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Datum::Bytes(value.to_vec()),
    }
}

/// A view or trigger.
fn stored(row: &[String]) -> (Id, Object) {
    let id = match row[0].as_str() {
        "view" => Id::of(Kind::View, Name::new(&row[1])),
        _ => Id::part(Kind::Trigger, &Name::new(&row[2]), &row[1]),
    };
    let object = Object::new(
        format!("{} {}", row[0].to_uppercase(), row[1]),
        Definition::Stored {
            create: Sql::new(&row[3]),
            replace: None,
        },
    );
    (id, object)
}

fn keyed(tokens: &[Token<'_>]) -> Sql {
    Sql::keyed(written(tokens), normal(tokens))
}

fn names(list: &[Token<'_>]) -> Vec<String> {
    let first = items(list).into_iter().filter_map(|item| item.first());
    first.map(|token| name(token).into_owned()).collect()
}

fn table(create: &CreateTable<'_>) -> Table {
    let mut table = Table::default();
    for definition in &create.columns {
        let type_: Vec<String> = definition
            .data_type
            .iter()
            .map(|token| token.text.to_uppercase())
            .collect();
        let mut column = Column::new(&*definition.name, type_.concat());
        column.nullable = !create.is_never_null(definition);
        for clause in &definition.clauses {
            match plain(&clause[0]).as_str() {
                "not" => column.nullable = false,
                "default" => column.default = Some(keyed(&clause[1..])),
                "collate" => column.collation = Some(clause[1].text.to_owned()),
                "as" => {
                    let (expression, kept) = parentheses(&clause[1..]).expect("they are closed");
                    column.generated = Some(Generated {
                        expression: keyed(expression),
                        stored: kept.first().is_some_and(|word| plain(word) == "stored"),
                    });
                }
                _ => column.clauses.push(keyed(clause)),
            }
        }
        table.columns.push(column);
    }
    for definition in &create.constraints {
        let constraint = constraint(definition.name.is_some(), &definition.tokens, &table);
        let key = definition
            .name
            .clone()
            .unwrap_or_else(|| normal(&definition.tokens));
        table.constraints.insert(key, constraint);
    }
    table
}

fn constraint(named: bool, tokens: &[Token<'_>], table: &Table) -> Constraint {
    let kind = match plain(&tokens[0]).as_str() {
        "primary" => ConstraintKind::PrimaryKey,
        "foreign" => ConstraintKind::ForeignKey,
        "unique" => ConstraintKind::Unique,
        _ => ConstraintKind::Check,
    };
    let from = tokens
        .iter()
        .position(|token| token.text == "(")
        .expect("it has columns");
    let (inside, behind) = parentheses(&tokens[from..]).expect("they are closed");
    let columns = match kind {
        ConstraintKind::Check => {
            let is_named = |column: &&Column| inside.iter().any(|token| name(token) == column.name);
            table
                .columns
                .iter()
                .filter(is_named)
                .map(|column| column.name.clone())
                .collect()
        }
        _ => names(inside),
    };
    let references = (kind == ConstraintKind::ForeignKey).then(|| Reference {
        table: Name::new(name(&behind[1])),
        columns: parentheses(&behind[2..])
            .map(|(to, _)| names(to))
            .unwrap_or_default(),
    });
    Constraint {
        references,
        named,
        ..Constraint::new(kind, keyed(tokens), columns)
    }
}
