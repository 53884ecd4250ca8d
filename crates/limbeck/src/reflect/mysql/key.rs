//! Checks and foreign keys.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};
use limbeck_core::schema::{Constraint, ConstraintKind, Id, Kind, Name, Reference, Sql};

use super::index::serving;
use super::rest::Rest;
use super::text::{bare, unescaped};
use super::{Reading, Server, by_first, values};
use crate::database::Row;

/// A foreign key, as the server says it.
#[derive(Default)]
struct Printed {
    columns: Vec<String>,
    schema: String,
    table: String,
    to: Vec<String>,
}

impl Reading<'_> {
    pub(super) fn checks(&mut self, rows: Vec<Row>, rest: &Rest) {
        for [table, name, level, condition] in rows.into_iter().filter_map(values) {
            // A column's own check is a part of the column.
            if level == "Column" {
                continue;
            }
            let definition = self.server.check(&table, &name, &level, &condition, rest);
            let columns = names(self.server.dialect, definition.text());
            let Some(there) = self.table(&table) else {
                continue;
            };
            let columns = columns.into_iter().filter(|name| there.column(name).is_some());
            there
                .constraints
                .insert(name, Constraint::new(ConstraintKind::Check, definition, columns));
        }
    }

    pub(super) fn foreign_keys(&mut self, references: Vec<Row>, rules: Vec<Row>) {
        let rules: BTreeMap<(String, String), (String, String)> = rules
            .into_iter()
            .filter_map(values)
            .map(|[table, name, update, delete]| ((table, name), (update, delete)))
            .collect();
        for (table, rows) in by_first(references) {
            for (name, rows) in by_first(rows) {
                let mut printed = Printed::default();
                for [column, schema, table, to] in rows.into_iter().filter_map(values) {
                    printed.columns.push(column);
                    printed.to.push(to);
                    (printed.schema, printed.table) = (schema, table);
                }
                let rules = rules
                    .get(&(table.clone(), name.clone()))
                    .cloned()
                    .unwrap_or_default();
                let constraint = self.server.foreign_key(printed, &rules);
                self.foreign_key(&table, name, constraint);
            }
        }
    }

    fn foreign_key(&mut self, table: &str, name: String, constraint: Constraint) {
        let Some(reference) = constraint.references.clone() else {
            return;
        };
        // It holds on to an index of the other table's, unless there are more that would do.
        let serving = self.schema.tables.get(&reference.table).map(|parent| {
            let indexes = serving(&parent.constraints, &parent.indexes, &reference.columns);
            <[_; 1]>::try_from(indexes).ok()
        });
        let own = Name::new(table);
        if !self.schema.tables.contains_key(&own) {
            return;
        }
        if let Some(Some([(index, is_key)])) = serving {
            let kind = if is_key { Kind::Constraint } else { Kind::Index };
            let index = Id::part(kind, &reference.table, index);
            self.schema
                .depends(Id::part(Kind::Constraint, &own, &*name), index);
        }
        if let Some(there) = self.schema.tables.get_mut(&own) {
            there.constraints.insert(name, constraint);
        }
    }
}

impl Server {
    fn check(&self, table: &str, name: &str, level: &str, condition: &str, rest: &Rest) -> Sql {
        if self.dialect != Dialect::Mariadb {
            let condition = unescaped(condition);
            let end = if level == "Unenforced" {
                ") NOT ENFORCED"
            } else {
                ")"
            };
            return self.expression_in("CHECK (", bare(self.dialect, &condition), end);
        }
        let period = format!("PERIOD FOR {} ", self.dialect.identifier(name));
        match rest.lines(table, &period).next() {
            Some(line) => self.expression(line),
            None => self.expression_in("CHECK (", condition, ")"),
        }
    }

    fn foreign_key(&self, printed: Printed, (update, delete): &(String, String)) -> Constraint {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| self.dialect.quoted(name)).collect();
            names.join(", ")
        };
        let table = Name {
            schema: (printed.schema != self.database).then_some(printed.schema),
            name: printed.table,
        };
        let mut definition = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({})",
            list(&printed.columns),
            table.sql(self.dialect),
            list(&printed.to)
        );
        // What is told when nothing was said.
        let default = if self.dialect == Dialect::Mariadb {
            "RESTRICT"
        } else {
            "NO ACTION"
        };
        for (event, rule) in [("UPDATE", update), ("DELETE", delete)] {
            if rule != default && !rule.is_empty() {
                definition += &format!(" ON {event} {rule}");
            }
        }
        Constraint {
            references: Some(Reference {
                table,
                columns: printed.to,
            }),
            ..Constraint::new(
                ConstraintKind::ForeignKey,
                Sql::verbatim(definition),
                printed.columns,
            )
        }
    }
}

/// The words and quoted names of a text.
fn names(dialect: Dialect, text: &str) -> Vec<String> {
    let mut names: Vec<String> = tokens(dialect, text)
        .into_iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Name))
        .map(|token| token.text.trim_matches('`').replace("``", "`"))
        .collect();
    names.sort();
    names.dedup();
    names
}
