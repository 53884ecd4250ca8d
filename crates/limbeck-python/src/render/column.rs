//! Columns.

use std::collections::BTreeSet;

use limbeck_core::Dialect;
use limbeck_core::schema::{Column, ConstraintKind, Generated, Identity, Table};

use super::Writing;
use super::code::{call, quoted, sql, truth};

impl Writing {
    /// `sa.Column(…)` for a column of a table that has it, or is to have it; `None` where there are no words for it.
    pub(super) fn column(
        &self,
        column: &Column,
        table: Option<&Table>,
        imports: &mut BTreeSet<String>,
    ) -> Option<String> {
        if !column.clauses.is_empty() || column.on_update.is_some() || column.invisible {
            return None;
        }
        let collation = column.collation.as_deref();
        let data_type = self.data_type(&column.data_type, collation, imports)?;
        let mut arguments = vec![quoted(&column.name), data_type];
        arguments.extend(column.generated.as_ref().map(computed));
        if let Some(identity) = &column.identity {
            arguments.extend(self.identity(identity)?);
        }
        arguments.extend(self.autoincrement(column, table)?);
        let default = column.default.as_ref();
        arguments.extend(default.map(|default| format!("server_default={}", sql(default.text()))));
        arguments.push(format!("nullable={}", truth(column.nullable)));
        let comment = column.comment.as_ref();
        arguments.extend(comment.map(|comment| format!("comment={}", quoted(comment))));
        Some(call("sa.Column", &arguments))
    }

    /// What there is to say of a column's numbers in words of its own; `None` inside where nothing, and outside where there are no words.
    fn identity(&self, identity: &Identity) -> Option<Option<String>> {
        let (always, options) = match identity {
            Identity::Always(options) => (true, options),
            Identity::ByDefault(options) => (false, options),
            Identity::Serial | Identity::AutoIncrement => return Some(None),
        };
        let mut arguments = vec![format!("always={}", truth(always))];
        arguments.extend(sequence_options(options)?);
        Some(Some(call("sa.Identity", &arguments)))
    }

    /// Whether SQLAlchemy numbers a column is decided by its key; where that is not so, it has to be said.
    fn autoincrement(&self, column: &Column, table: Option<&Table>) -> Option<Option<String>> {
        let is_numbered = matches!(column.identity, Some(Identity::Serial | Identity::AutoIncrement));
        let key = table.map(Table::primary_key).unwrap_or_default();
        if !key.contains(&column.name) {
            return (!is_numbered).then_some(None);
        }
        let leads_elsewhere = table.is_some_and(|table| {
            table.constraints.values().any(|constraint| {
                constraint.kind == ConstraintKind::ForeignKey && constraint.columns.contains(&column.name)
            })
        });
        let has_value = column.default.is_some()
            || column.generated.is_some()
            || column.identity.is_some() && !is_numbered;
        let by_itself = key.len() == 1 && is_integer(&column.data_type) && !leads_elsewhere && !has_value;
        let is_sqlite = self.dialect == Dialect::Sqlite;
        Some(match (is_numbered, by_itself) {
            (true, true) | (false, false) => None,
            _ if is_sqlite => None,
            (numbered, _) => Some(format!("autoincrement={}", truth(numbered))),
        })
    }
}

fn computed(generated: &Generated) -> String {
    let expression = super::code::text(&super::escaped(generated.expression.text()));
    let persisted = format!("persisted={}", truth(generated.stored));
    call("sa.Computed", &[expression, persisted])
}

fn is_integer(data_type: &str) -> bool {
    let name = data_type.split(['(', ' ']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "integer" | "int" | "bigint" | "smallint" | "mediumint" | "tinyint"
    )
}

/// `START WITH 5 INCREMENT BY 2` as keywords.
fn sequence_options(options: &str) -> Option<Vec<String>> {
    let mut words = options.split_whitespace();
    let mut arguments = Vec::new();
    while let Some(word) = words.next() {
        let keyword = match word {
            "START" => words.next().filter(|word| *word == "WITH").map(|_| "start"),
            "INCREMENT" => words.next().filter(|word| *word == "BY").map(|_| "increment"),
            "MINVALUE" => Some("minvalue"),
            "MAXVALUE" => Some("maxvalue"),
            "CACHE" => Some("cache"),
            "CYCLE" => {
                arguments.push("cycle=True".to_owned());
                continue;
            }
            _ => None,
        }?;
        let number: i64 = words.next()?.parse().ok()?;
        arguments.push(format!("{keyword}={number}"));
    }
    Some(arguments)
}
