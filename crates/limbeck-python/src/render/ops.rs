//! Ops as directives, where all that a plan does for them is what the directives do.

use std::collections::BTreeSet;

use limbeck_core::Dialect;
use limbeck_core::op::Op;
use limbeck_core::plan::Statement;
use limbeck_core::schema::{Name, Table};

use super::Writing;
use super::code::quoted;
use super::directive::Directive;

impl Writing {
    /// The directives for statements that do the same ops; `None` where those don't say all of it.
    pub(super) fn directives(
        &self,
        together: &[Statement],
        imports: &mut BTreeSet<String>,
    ) -> Option<Vec<Directive>> {
        let ops = &together.first()?.ops;
        let is_plain = match self.dialect {
            Dialect::Postgresql => matches!(&**ops, [op] if self.is_all_of_postgresql(op, together)),
            Dialect::Mysql | Dialect::Mariadb => together.iter().all(is_ddl),
            // A batch does the rest by itself.
            Dialect::Sqlite => self.batch || is_native(ops, together),
        };
        if !is_plain || ops.is_empty() || together.iter().any(|statement| statement.to_do) {
            return None;
        }
        let directives = ops.iter().map(|op| self.directive(op, together, imports));
        let directives: Vec<Vec<Directive>> = directives.collect::<Option<_>>()?;
        Some(directives.into_iter().flatten().collect())
    }

    fn directive(
        &self,
        op: &Op,
        together: &[Statement],
        imports: &mut BTreeSet<String>,
    ) -> Option<Vec<Directive>> {
        let sql = together.first()?.sql.as_str();
        let concurrently = sql.contains("INDEX CONCURRENTLY ");
        let directive = match op {
            Op::CreateTable { name, table } => return self.create_table(name, table, imports),
            Op::DropTable { name, .. } => Directive::alter("drop_table", name, Vec::new()).alone(),
            Op::RenameTable { from, to } if from.schema == to.schema => {
                Directive::alter("rename_table", from, vec![quoted(&to.name)]).alone()
            }
            Op::AlterTable { name, from, to } => table_comment(name, from, to)?,
            Op::AddColumn { table, column } => {
                let column = self.column(column, None, imports)?;
                Directive::alter("add_column", table, vec![column])
            }
            Op::DropColumn { table, column } => {
                Directive::alter("drop_column", table, vec![quoted(&column.name)])
            }
            Op::AlterColumn { table, from, to } => self.alter_column(table, from, to, together, imports)?,
            Op::RenameColumn { table, from, to } => self.rename_column(table, from, to)?,
            Op::AddConstraint {
                table,
                name,
                constraint,
            } => self.add_constraint(table, name, constraint, sql.ends_with(" NOT VALID"))?,
            Op::DropConstraint {
                table,
                name,
                constraint,
            } => self.drop_constraint(table, name, constraint)?,
            Op::CreateIndex { table, name, index } => self.create_index(table, name, index, concurrently)?,
            Op::DropIndex { table, name, .. } => self.drop_index(table, name, concurrently),
            Op::RenameTable { .. }
            | Op::AlterConstraint { .. }
            | Op::RenameConstraint { .. }
            | Op::AlterIndex { .. }
            | Op::RenameIndex { .. }
            | Op::CreateObject { .. }
            | Op::DropObject { .. }
            | Op::AlterObject { .. } => return None,
        };
        Some(vec![directive])
    }

    /// Whether statements are what the directives for an op would send.
    fn is_all_of_postgresql(&self, op: &Op, together: &[Statement]) -> bool {
        let sql = |name: &Name| name.sql(self.dialect);
        let quoted = |name: &str| self.dialect.quoted(name);
        let starts = |start: String, behind: &[&str]| {
            let [first, rest @ ..] = together else {
                return false;
            };
            let is_known =
                |statement: &Statement| behind.iter().any(|start| statement.sql.starts_with(start));
            first.sql.starts_with(&start) && rest.iter().all(is_known)
        };
        match op {
            Op::CreateTable { name, .. } => starts(
                format!("CREATE TABLE {} ", sql(name)),
                &[
                    "COMMENT ON TABLE ",
                    "COMMENT ON COLUMN ",
                    "CREATE INDEX ",
                    "CREATE UNIQUE INDEX ",
                ],
            ),
            Op::DropTable { name, .. } => starts(format!("DROP TABLE {}", sql(name)), &[]),
            Op::RenameTable { from, .. } => starts(format!("ALTER TABLE {} RENAME TO ", sql(from)), &[]),
            Op::AlterTable { .. } => starts("COMMENT ON TABLE ".to_owned(), &[]),
            Op::AddColumn { table, .. } => starts(
                format!("ALTER TABLE {} ADD COLUMN ", sql(table)),
                &["COMMENT ON COLUMN "],
            ),
            Op::DropColumn { table, .. } => starts(format!("ALTER TABLE {} DROP COLUMN ", sql(table)), &[]),
            Op::AlterColumn { table, from, .. } => {
                let start = format!("ALTER TABLE {} ALTER COLUMN {} ", sql(table), quoted(&from.name));
                let is_known = |statement: &Statement| {
                    statement.sql.starts_with(&start) || statement.sql.starts_with("COMMENT ON COLUMN ")
                };
                together.iter().all(is_known)
            }
            Op::RenameColumn { table, .. } => {
                starts(format!("ALTER TABLE {} RENAME COLUMN ", sql(table)), &[])
            }
            Op::AddConstraint { table, name, .. } => {
                let start = format!("ALTER TABLE {} ADD CONSTRAINT {} ", sql(table), quoted(name));
                let has_index = together[0].sql.contains(" USING INDEX ");
                starts(start, &[]) && !has_index
            }
            Op::DropConstraint { table, .. } => {
                starts(format!("ALTER TABLE {} DROP CONSTRAINT ", sql(table)), &[])
            }
            Op::CreateIndex { name, .. } => {
                let makes = |words: &str| starts(format!("CREATE {words} {} ON ", quoted(name)), &[]);
                [
                    "INDEX",
                    "UNIQUE INDEX",
                    "INDEX CONCURRENTLY",
                    "UNIQUE INDEX CONCURRENTLY",
                ]
                .into_iter()
                .any(makes)
            }
            Op::DropIndex { .. } => starts("DROP INDEX ".to_owned(), &[]),
            _ => false,
        }
    }
}

/// Whether a statement of MySQL's alters, makes or drops a table or an index.
fn is_ddl(statement: &Statement) -> bool {
    let starts = [
        "ALTER TABLE ",
        "CREATE TABLE ",
        "DROP TABLE ",
        "RENAME TABLE ",
        "CREATE INDEX ",
        "CREATE UNIQUE INDEX ",
        "DROP INDEX ",
    ];
    starts.iter().any(|start| statement.sql.starts_with(start))
}

/// Whether SQLite does ops by a statement for each, and not by a new table.
fn is_native(ops: &[Op], together: &[Statement]) -> bool {
    let is_index = |statement: &Statement| {
        statement.sql.starts_with("CREATE INDEX ") || statement.sql.starts_with("CREATE UNIQUE INDEX ")
    };
    match (ops, together) {
        ([Op::CreateTable { .. }], [first, rest @ ..]) => {
            first.sql.starts_with("CREATE TABLE ") && rest.iter().all(is_index)
        }
        ([_], [one]) => !one.sql.starts_with("CREATE TABLE "),
        _ => false,
    }
}

/// The comment on a table, where nothing else of it changes.
fn table_comment(name: &Name, from: &Table, to: &Table) -> Option<Directive> {
    if from.options != to.options || from.comment == to.comment {
        return None;
    }
    let existing = from.comment.as_ref();
    let existing = existing.map(|comment| format!("existing_comment={}", quoted(comment)));
    let (function, comment) = match &to.comment {
        Some(comment) => ("create_table_comment", Some(quoted(comment))),
        None => ("drop_table_comment", None),
    };
    let arguments = comment.into_iter().chain(existing).collect();
    Some(Directive::alter(function, name, arguments))
}
