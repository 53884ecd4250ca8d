//! Changes of columns.

use std::collections::BTreeSet;

use limbeck_core::Dialect;
use limbeck_core::plan::Statement;
use limbeck_core::schema::{Column, Identity, Name};

use super::Writing;
use super::code::{quoted, sql, text, truth};
use super::directive::Directive;

impl Writing {
    /// `op.alter_column(…)`; `None` where there are no words for the change.
    pub(super) fn alter_column(
        &self,
        table: &Name,
        from: &Column,
        to: &Column,
        statements: &[Statement],
        imports: &mut BTreeSet<String>,
    ) -> Option<Directive> {
        if !is_about_words(from, to) {
            return None;
        }
        let is_mysql = matches!(self.dialect, Dialect::Mysql | Dialect::Mariadb);
        if is_mysql
            && (to.generated.is_some() || to.on_update.is_some() || to.invisible || !to.clauses.is_empty())
        {
            // Alembic would write the column anew without it.
            return None;
        }
        let changes_type = (&from.data_type, &from.collation) != (&to.data_type, &to.collation);
        let changes_default = from.default != to.default;
        if changes_type && changes_default && self.dialect == Dialect::Postgresql {
            // The old default may not fit the new type, and Alembic would change it first.
            return None;
        }
        let existing = self.data_type(&from.data_type, from.collation.as_deref(), imports);
        let mut arguments = vec![quoted(&from.name)];
        match existing {
            Some(existing) => arguments.push(format!("existing_type={existing}")),
            // Only MySQL and batches write it.
            None if self.dialect == Dialect::Postgresql && !self.batch => {}
            None => return None,
        }
        if changes_type {
            let data_type = self.data_type(&to.data_type, to.collation.as_deref(), imports)?;
            arguments.push(format!("type_={data_type}"));
            arguments.extend(using(statements).map(|using| format!("postgresql_using={}", text(using))));
        }
        let default = |column: &Column| {
            let default = column.default.as_ref();
            default.map_or_else(|| "None".to_owned(), |default| sql(default.text()))
        };
        if changes_default {
            arguments.push(format!("server_default={}", default(to)));
        } else if to.default.is_some() {
            arguments.push(format!("existing_server_default={}", default(to)));
        }
        let word = if from.nullable == to.nullable {
            "existing_nullable"
        } else {
            "nullable"
        };
        arguments.push(format!("{word}={}", truth(to.nullable)));
        let comment = |column: &Column| {
            let comment = column.comment.as_ref();
            comment.map_or_else(|| "None".to_owned(), |comment| quoted(comment))
        };
        if from.comment != to.comment {
            arguments.push(format!("comment={}", comment(to)));
            arguments.push(format!("existing_comment={}", comment(from)));
        } else if to.comment.is_some() {
            arguments.push(format!("existing_comment={}", comment(to)));
        }
        if to.identity == Some(Identity::AutoIncrement) {
            arguments.push("existing_autoincrement=True".to_owned());
        }
        Some(Directive::alter("alter_column", table, arguments))
    }

    /// A new name for a column. MySQL would have to be told everything else of it.
    pub(super) fn rename_column(&self, table: &Name, from: &str, to: &str) -> Option<Directive> {
        if matches!(self.dialect, Dialect::Mysql | Dialect::Mariadb) {
            return None;
        }
        let arguments = vec![quoted(from), format!("new_column_name={}", quoted(to))];
        Some(Directive::alter("alter_column", table, arguments))
    }
}

/// Whether all that changes has words.
fn is_about_words(from: &Column, to: &Column) -> bool {
    let rest = |column: &Column| {
        (
            column.name.clone(),
            column.generated.clone(),
            column.identity.clone(),
            column.on_update.clone(),
            column.invisible,
            column.clauses.clone(),
        )
    };
    rest(from) == rest(to)
}

/// The expression of PostgreSQL's `USING`, of the statement that changes the type.
fn using(statements: &[Statement]) -> Option<&str> {
    let mut changes = statements.iter().filter_map(|statement| {
        let (_, rest) = statement.sql.split_once(" TYPE ")?;
        rest.split_once(" USING ")
    });
    changes.next().map(|(_, using)| using)
}
