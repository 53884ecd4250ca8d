//! Indexes.

use super::{ACCESS_EXCLUSIVE, Planner, SHARE, alone, inherit, quoted, sql};
use crate::plan::{Hazard, Statement};
use crate::schema::{Index, Name, TableOption};

impl Planner<'_> {
    pub(super) fn create_index(&mut self, table: &Name, name: &str, index: &Index) {
        if self.is_of_parent(table, index) {
            return;
        }
        let has_rows = self.has_rows(table);
        let comes_back = self.index_comes_back(table, name);
        let online = self.change.online && has_rows && !self.is_partitioned(table) && !comes_back;
        let unique = if index.unique { "UNIQUE " } else { "" };
        let concurrently = if online { "CONCURRENTLY " } else { "" };
        let definition = index.definition.text();
        let definition = definition.strip_prefix("USING btree ").unwrap_or(definition);
        let (on, index_name) = (sql(table), quoted(name));
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
        self.push(statement);
        if index.comment.is_some() {
            let address = format!("INDEX {}", sql(&table.sibling(name)));
            self.comment(&address, index.comment.as_deref());
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

    pub(super) fn drop_index(&mut self, table: &Name, name: &str) {
        let index = sql(&table.sibling(name));
        let comes_back = self.index_comes_back(table, name);
        if self.change.online && self.has_rows(table) && !self.is_partitioned(table) && !comes_back {
            let statement = Statement::new(format!("DROP INDEX CONCURRENTLY {index}"));
            self.push(alone(statement));
        } else {
            let statement = Statement::new(format!("DROP INDEX {index}"));
            let statement = self.locking(statement, table, ACCESS_EXCLUSIVE);
            self.push(statement);
        }
    }
}
