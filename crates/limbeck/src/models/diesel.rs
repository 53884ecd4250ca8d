//! Diesel's `schema.rs`: its `table!` and `joinable!` as tables.

mod adopt;
mod macros;
mod sql_type;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use limbeck_core::Dialect;
use proc_macro2::Span;
use syn::{Attribute, Ident, Item};

pub(super) use adopt::adopt;

use super::ddl::{Ddl, Statement, read_file};
use crate::error::Error;
use crate::tables::{ColumnDefinition, ColumnType, TableDefinition, statements};
use macros::{ColumnMacro, Joinable, TableMacro};
use sql_type::{CustomType, SqlType};

/// The statements that make the tables of these files.
pub(super) fn read(paths: &[PathBuf], dialect: Dialect) -> Result<Vec<Ddl>, Error> {
    let files = paths.iter().map(|path| File::parse(path));
    let files = files.collect::<Result<Vec<File>, Error>>()?;
    let types: Types = files.iter().flat_map(|file| file.types.clone()).collect();
    let mut told = Vec::new();
    for file in &files {
        for table in &file.tables {
            let definition = file.definition(table, &types, dialect)?;
            told.push(Told {
                file,
                table,
                definition,
            });
        }
    }
    for file in &files {
        for joinable in &file.joinables {
            let (child, column, references) = file.reference(joinable, &told)?;
            told[child].definition.foreign_key(&column, &references, None);
        }
    }
    ddl(&told, &types, dialect)
}

/// A table of a file.
struct Told<'a> {
    file: &'a File,
    table: &'a TableMacro,
    definition: TableDefinition,
}

/// The structs that stand for types of the database.
type Types = BTreeMap<String, CustomType>;

fn ddl(told: &[Told<'_>], types: &Types, dialect: Dialect) -> Result<Vec<Ddl>, Error> {
    let mut ddl: Vec<Ddl> = Vec::new();
    let mut add = |file: &str, sql: String, line: usize| {
        if ddl.last().is_none_or(|last| last.file != file) {
            ddl.push(Ddl {
                file: file.to_owned(),
                statements: Vec::new(),
            });
        }
        let last = ddl.last_mut().expect("one was just added, if there was none");
        last.statements.push(Statement { sql, line });
    };
    if let (Dialect::Postgresql, Some(first)) = (dialect, told.first()) {
        let stand_ins: BTreeSet<String> = types.values().filter_map(CustomType::stand_in).collect();
        for sql in stand_ins {
            add(&first.file.name, sql, 1);
        }
    }
    let tables: Vec<&TableDefinition> = told.iter().map(|told| &told.definition).collect();
    for statement in statements(&tables, dialect)? {
        let Told { file, table, .. } = &told[statement.table];
        // One line, so that a position in it is in that line of the file.
        let sql = statement.sql.replace('\n', " ");
        add(&file.name, sql, table.rust_name.span().start().line);
    }
    Ok(ddl)
}

/// What a file says, in Rust.
struct File {
    name: String,
    tables: Vec<TableMacro>,
    joinables: Vec<Joinable>,
    types: Types,
}

impl File {
    fn parse(path: &Path) -> Result<Self, Error> {
        let text = read_file(path)?;
        let mut file = Self {
            name: path.display().to_string(),
            tables: Vec::new(),
            joinables: Vec::new(),
            types: Types::new(),
        };
        let parsed = syn::parse_file(&text).map_err(|error| file.syntax(&error))?;
        file.collect(parsed.items)?;
        Ok(file)
    }

    fn error(&self, span: Span, message: impl std::fmt::Display) -> Error {
        let start = span.start();
        Error::Models(format!(
            "{}:{}:{}: {message}",
            self.name,
            start.line,
            start.column + 1
        ))
    }

    fn syntax(&self, error: &syn::Error) -> Error {
        self.error(
            error.span(),
            format_args!("this is not Rust as Diesel writes it: {error}"),
        )
    }

    fn collect(&mut self, items: Vec<Item>) -> Result<(), Error> {
        for item in items {
            match item {
                Item::Macro(item) => {
                    let name = item.mac.path.segments.last().map(|last| last.ident.to_string());
                    match name.as_deref() {
                        Some("table") => {
                            let table = item.mac.parse_body().map_err(|error| self.syntax(&error))?;
                            self.tables.push(table);
                        }
                        Some("joinable") => {
                            let joinable = item.mac.parse_body().map_err(|error| self.syntax(&error))?;
                            self.joinables.push(joinable);
                        }
                        _ => {}
                    }
                }
                Item::Mod(item) => {
                    if let Some((_, items)) = item.content {
                        self.collect(items)?;
                    }
                }
                Item::Struct(item) => {
                    if let Some(custom) = self.custom_type(&item.attrs)? {
                        self.types.insert(item.ident.to_string(), custom);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn custom_type(&self, attributes: &[Attribute]) -> Result<Option<CustomType>, Error> {
        let mut custom = CustomType::default();
        let diesels = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("diesel"));
        for attribute in diesels {
            custom.read(attribute).map_err(|error| self.syntax(&error))?;
        }
        Ok((custom != CustomType::default()).then_some(custom))
    }

    fn definition(
        &self,
        table: &TableMacro,
        types: &Types,
        dialect: Dialect,
    ) -> Result<TableDefinition, Error> {
        let mut definition = TableDefinition::new(&table.name);
        definition.schema.clone_from(&table.schema);
        let mut key = Vec::new();
        for part in &table.primary_key {
            let Some(column) = table.columns.iter().find(|column| column.rust_name == *part) else {
                return Err(self.error(
                    part.span(),
                    format_args!(
                        "the primary key of {} names {part}, which is no column of it",
                        table.name
                    ),
                ));
            };
            key.push(column.name.as_str());
        }
        for column in &table.columns {
            let is_key = key == [column.name.as_str()];
            definition
                .columns
                .push(self.column(column, is_key, types, dialect)?);
        }
        definition.primary_key(key, None);
        Ok(definition)
    }

    fn column(
        &self,
        column: &ColumnMacro,
        is_key: bool,
        types: &Types,
        dialect: Dialect,
    ) -> Result<ColumnDefinition, Error> {
        let sql_type = SqlType::of(&column.sql_type, dialect, column.max_length, types)
            .map_err(|message| self.error(column.rust_name.span(), message))?;
        let integer = ["SMALLINT", "INTEGER", "BIGINT"].contains(&sql_type.name.as_str());
        let name = if dialect == Dialect::Sqlite && is_key && integer {
            // Only with this word it numbers the rows; how wide it is to Rust is nothing to SQLite.
            "INTEGER".to_owned()
        } else {
            sql_type.name
        };
        let mut definition = ColumnDefinition::new(&column.name, ColumnType::Sql(name));
        definition.nullable = sql_type.nullable;
        definition.comment = sql_type.vague.map(str::to_owned);
        Ok(definition)
    }

    /// The table that a `joinable!` is of, its column, and what that refers to.
    fn reference(&self, joinable: &Joinable, told: &[Told<'_>]) -> Result<(usize, String, String), Error> {
        let find = |name: &Ident| {
            let position = told.iter().position(|told| told.table.rust_name == *name);
            position.ok_or_else(|| {
                self.error(
                    name.span(),
                    format_args!("joinable! names {name}, and there is no table! of that name"),
                )
            })
        };
        let (child, parent) = (find(&joinable.child)?, find(&joinable.parent)?);
        let Some(column) = told[child].table.sql_name(&joinable.column) else {
            return Err(self.error(
                joinable.column.span(),
                format_args!("{} is no column of {}", joinable.column, joinable.child),
            ));
        };
        let to = &told[parent].definition;
        let Some([key]) = to.primary_key.as_ref().map(|key| key.columns.as_slice()) else {
            return Err(self.error(
                joinable.parent.span(),
                format_args!(
                    "joinable! leads to a primary key of one column, and that of {} has several",
                    joinable.parent
                ),
            ));
        };
        let schema = to
            .schema
            .as_ref()
            .map_or_else(String::new, |schema| format!("{schema}."));
        Ok((child, column, format!("{schema}{}.{key}", to.name)))
    }
}
