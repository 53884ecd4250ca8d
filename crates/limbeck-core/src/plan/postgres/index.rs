//! Indexes.

use super::comment::index_address;
use super::{ACCESS_EXCLUSIVE, Planner, SHARE, alone, comment_on, inherit, quoted, sql};
use crate::dialect::generated_name;
use crate::op::Op;
use crate::plan::{Hazard, Statement};
use crate::schema::{Id, Index, Kind, Name, TableOption};

impl Planner<'_> {
    pub(super) fn create_index(&mut self, table: &Name, name: &str, index: &Index) {
        if self.is_of_parent(table, index) {
            return;
        }
        let has_rows = self.has_rows(table);
        let online = self.is_online(table) && !self.index_comes_back(table, name);
        let unique = if index.unique { "UNIQUE " } else { "" };
        let concurrently = if online { "CONCURRENTLY " } else { "" };
        let definition = index.definition.text();
        let definition = definition.strip_prefix("USING btree ").unwrap_or(definition);
        // The old one serves until the new one is there.
        let drop = format!("DROP INDEX CONCURRENTLY {}", sql(&table.sibling(name)));
        let old = self.apart.iter().position(|statement| statement.sql == drop);
        let old = old.filter(|_| online).map(|at| self.apart.remove(at));
        let made = match &old {
            Some(_) => generated_name(name, "", "new"),
            None => name.to_owned(),
        };
        let (on, index_name) = (sql(table), quoted(&made));
        let text = format!("CREATE {unique}INDEX {concurrently}{index_name} ON {on} {definition}");
        let mut statement = Statement::new(text);
        if online {
            statement = alone(statement);
        } else if has_rows {
            statement = self.locking(statement, table, SHARE);
            statement = statement.with(Hazard::Scan(table.to_string()));
        }
        if index.unique && has_rows {
            let columns = index.columns.join(", ");
            let why = format!("two rows of {table} have the same {columns}");
            statement = statement.with(Hazard::MayFail(why));
        }
        let address = index_address(table, name);
        let comment = index.comment.as_deref();
        let comment = comment.map(|comment| comment_on(&address, Some(comment)));
        if online && !self.is_needed(&Id::part(Kind::Index, table, name)) {
            self.apart.push(statement);
            if let Some(old) = old {
                self.apart.push(old);
                let made = sql(&table.sibling(made));
                let rename = format!("ALTER INDEX {made} RENAME TO {}", quoted(name));
                self.last.push(Statement::new(rename));
            }
            self.last.extend(comment);
        } else {
            self.push(statement);
            self.statements.extend(comment);
        }
    }

    /// Whether a table that was a partition has the index from its parent, and keeps it.
    fn is_of_parent(&self, table: &Name, index: &Index) -> bool {
        let option = |schema: &crate::schema::Schema| {
            let table = schema.tables.get(table)?;
            table.options.get(&TableOption::PartitionOf).cloned()
        };
        if option(self.change.from).is_none() || option(self.change.to).is_some() {
            return false;
        }
        let parents = self
            .change
            .from
            .tables
            .get(table)
            .map(inherit::parents)
            .unwrap_or_default();
        let parents = parents
            .iter()
            .filter_map(|parent| self.change.from.tables.get(parent));
        let mut indexes = parents.flat_map(|parent| parent.indexes.values());
        indexes.any(|above| (above.unique, &above.definition) == (index.unique, &index.definition))
    }

    pub(super) fn drop_index(&mut self, table: &Name, name: &str, index: &Index) {
        let address = sql(&table.sibling(name));
        if self.is_online(table) && self.can_stay(table, name, index) {
            let statement = Statement::new(format!("DROP INDEX CONCURRENTLY {address}"));
            self.apart.push(alone(statement));
        } else {
            let statement = Statement::new(format!("DROP INDEX {address}"));
            let statement = self.locking(statement, table, ACCESS_EXCLUSIVE);
            self.push(statement);
        }
    }

    /// Whether an index that is dropped is in nobody's way until the end: nothing becomes of what it rests on, and its name is
    /// not needed before.
    fn can_stay(&self, table: &Name, name: &str, index: &Index) -> bool {
        let has = |column: &String| index.columns.contains(column);
        let takes_name = |other: &Name, part: &str| other.schema == table.schema && part == name;
        let id = Id::part(Kind::Index, table, name);
        let needed = self.change.from.dependencies.get(&id);
        let is_made_at_once = self.is_needed(&id);
        !self.index_comes_back(table, name)
            && !is_made_at_once
            && !self.ops.iter().any(|op| match op {
                Op::DropColumn { table: other, column } => other == table && has(&column.name),
                Op::AlterColumn {
                    table: other,
                    from,
                    to,
                } => {
                    other == table
                        && has(&from.name)
                        && (&from.data_type, &from.collation) != (&to.data_type, &to.collation)
                }
                Op::AlterTable {
                    name: other,
                    from,
                    to,
                } => {
                    let parent = TableOption::PartitionOf;
                    other == table && from.options.get(&parent) != to.options.get(&parent)
                }
                Op::CreateTable { name: other, table } => {
                    takes_name(other, &other.name)
                        || table.constraints.keys().any(|part| takes_name(other, part))
                }
                Op::RenameTable { to: other, .. } => takes_name(other, &other.name),
                Op::AddConstraint {
                    table: other, name, ..
                }
                | Op::RenameConstraint {
                    table: other,
                    to: name,
                    ..
                }
                | Op::RenameIndex {
                    table: other,
                    to: name,
                    ..
                } => takes_name(other, name),
                Op::CreateIndex {
                    table: other, name, ..
                } => other != table && takes_name(other, name),
                Op::CreateObject { id, .. } => {
                    takes_name(&id.name, id.part.as_deref().unwrap_or(&id.name.name))
                }
                Op::DropTable { .. }
                | Op::AddColumn { .. }
                | Op::RenameColumn { .. }
                | Op::DropConstraint { .. }
                | Op::AlterConstraint { .. }
                | Op::DropIndex { .. }
                | Op::AlterIndex { .. } => false,
                Op::DropObject { id, .. } | Op::AlterObject { id, .. } => {
                    needed.is_some_and(|needed| needed.contains(id))
                }
            })
    }
}
