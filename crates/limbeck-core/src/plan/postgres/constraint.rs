//! Constraints.

use super::comment::on_constraint;
use super::{ACCESS_EXCLUSIVE, Planner, SHARE_ROW_EXCLUSIVE, alone, inherit, quoted, sql};
use crate::plan::{Hazard, Statement};
use crate::schema::{Constraint, ConstraintKind, Id, Kind, Name, TableOption};

/// Whether the rows that were there before it were never looked at.
pub(super) fn is_not_valid(constraint: &Constraint) -> bool {
    constraint.definition.text().ends_with(" NOT VALID")
}

impl Planner<'_> {
    pub(super) fn add_constraint(&mut self, table: &Name, name: &str, constraint: &Constraint) {
        if self.has_from_before(table, constraint) {
            return;
        }
        let has_rows = self.has_rows(table);
        let online = self.is_online(table) && !self.constraint_comes_back(table, name);
        let add = format!("ADD CONSTRAINT {} {}", quoted(name), constraint.definition);
        let waits = matches!(
            constraint.kind,
            ConstraintKind::Check | ConstraintKind::ForeignKey
        );
        if let Some(index) = unique_index(constraint).filter(|_| online) {
            self.add_key(table, name, constraint, index);
            return;
        }
        if is_not_valid(constraint) {
            self.push_constraint(table, constraint, &add);
        } else if online && waits {
            self.push_constraint(table, constraint, &format!("{add} NOT VALID"));
            self.validate(table, &quoted(name), why(table, name, constraint));
        } else {
            self.push_constraint(table, constraint, &add);
            if has_rows {
                self.hazard(Hazard::Scan(table.to_string()));
                self.hazard(Hazard::MayFail(why(table, name, constraint)));
            }
        }
        self.statements.extend(on_constraint(table, name, constraint));
    }

    /// Makes a key's index while the application goes on, and the key of it.
    fn add_key(
        &mut self,
        table: &Name,
        name: &str,
        constraint: &Constraint,
        (index, behind): (String, String),
    ) {
        let (on, key) = (sql(table), quoted(name));
        let index = Statement::new(format!("CREATE UNIQUE INDEX CONCURRENTLY {key} ON {on} {index}"));
        let index = alone(index).with(Hazard::MayFail(why(table, name, constraint)));
        let word = match constraint.kind {
            ConstraintKind::PrimaryKey => "PRIMARY KEY",
            _ => "UNIQUE",
        };
        let action = format!("ADD CONSTRAINT {key} {word} USING INDEX {key}{behind}");
        let mut statements = vec![self.altering(table, &action)];
        statements.extend(on_constraint(table, name, constraint));
        if self.is_needed(&Id::part(Kind::Constraint, table, name)) {
            self.push(index);
            self.statements.extend(statements);
        } else {
            self.apart.push(index);
            self.last.extend(statements);
        }
    }

    /// A foreign key locks both tables, but lets them be read.
    fn push_constraint(&mut self, table: &Name, constraint: &Constraint, action: &str) {
        let mut statement = Statement::new(format!("ALTER TABLE {} {action}", sql(table)));
        statement = match &constraint.references {
            Some(reference) => {
                statement = self.locking(statement, table, SHARE_ROW_EXCLUSIVE);
                if reference.table == *table {
                    statement
                } else {
                    self.locking(statement, &reference.table, SHARE_ROW_EXCLUSIVE)
                }
            }
            None => self.locking(statement, table, ACCESS_EXCLUSIVE),
        };
        self.push(statement);
    }

    /// Whether a table that was a partition has the constraint from its parent, and keeps it.
    fn has_from_before(&self, table: &Name, constraint: &Constraint) -> bool {
        let is_partition = |schema: &crate::schema::Schema| {
            schema
                .tables
                .get(table)
                .is_some_and(|table| table.options.contains_key(&TableOption::PartitionOf))
        };
        if !is_partition(self.change.from) || is_partition(self.change.to) {
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
        let mut constraints = parents.flat_map(|parent| parent.constraints.values());
        constraints.any(|above| above.definition == constraint.definition)
    }

    /// Takes away the foreign keys that a column is in, when it gets a type that the other side does not have yet.
    pub(super) fn suspend_foreign_keys(&mut self, table: &Name, column: &str) {
        let mut found = Vec::new();
        for (name, there) in &self.now.tables {
            for (part, constraint) in &there.constraints {
                let Some(reference) = &constraint.references else {
                    continue;
                };
                let has = |columns: &[String]| columns.iter().any(|other| other == column);
                if name == table && has(&constraint.columns)
                    || reference.table == *table && has(&reference.columns)
                {
                    found.push((name.clone(), part.clone(), constraint.clone()));
                }
            }
        }
        for (name, part, constraint) in found {
            if !self.suspended.contains(&(name.clone(), part.clone())) {
                self.drop_constraint(&name, &part, &constraint);
                self.suspended.insert((name, part));
            }
        }
    }

    /// Gives back the foreign keys whose columns have the types by now that they should have.
    pub(super) fn restore_foreign_keys(&mut self) {
        for (table, part) in self.suspended.clone() {
            let constraint = self
                .now
                .tables
                .get(&table)
                .and_then(|table| table.constraints.get(&part));
            let Some((constraint, reference)) =
                constraint.and_then(|constraint| Some((constraint.clone(), constraint.references.clone()?)))
            else {
                continue;
            };
            let is_ready = |table: &Name, columns: &[String]| {
                columns.iter().all(|column| {
                    let data_type = |schema: &crate::schema::Schema| {
                        let column = schema.tables.get(table)?.column(column)?;
                        Some((column.data_type.clone(), column.collation.clone()))
                    };
                    data_type(&self.now) == data_type(self.change.to)
                })
            };
            if is_ready(&table, &constraint.columns) && is_ready(&reference.table, &reference.columns) {
                self.suspended.remove(&(table.clone(), part.clone()));
                if self.constraint_comes_back(&table, &part) {
                    self.add_constraint(&table, &part, &constraint);
                }
            }
        }
    }

    pub(super) fn drop_constraint(&mut self, table: &Name, name: &str, constraint: &Constraint) {
        if self.suspended.remove(&(table.clone(), name.to_owned())) {
            return;
        }
        let statement = Statement::new(format!(
            "ALTER TABLE {} DROP CONSTRAINT {}",
            sql(table),
            quoted(name)
        ));
        let mut statement = self.locking(statement, table, ACCESS_EXCLUSIVE);
        if let Some(reference) = constraint
            .references
            .as_ref()
            .filter(|reference| reference.table != *table)
        {
            statement = self.locking(statement, &reference.table, ACCESS_EXCLUSIVE);
        }
        self.push(statement);
    }

    pub(super) fn alter_constraint(&mut self, table: &Name, name: &str, from: &Constraint, to: &Constraint) {
        if is_not_valid(from) && !is_not_valid(to) {
            self.validate(table, &quoted(name), why(table, name, to));
        }
        self.alter_constraint_comments(table, name, from, to);
    }
}

/// Why rows may be in the way.
fn why(table: &Name, name: &str, constraint: &Constraint) -> String {
    match constraint.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique => {
            format!(
                "two rows of {table} have the same {}",
                constraint.columns.join(", ")
            )
        }
        ConstraintKind::Check | ConstraintKind::Exclude => {
            format!("a row of {table} is not as {name} wants it")
        }
        ConstraintKind::ForeignKey => {
            let other = constraint
                .references
                .as_ref()
                .map(|reference| reference.table.to_string());
            format!("a row of {table} leads to none of {}", other.unwrap_or_default())
        }
    }
}

/// What follows the table's name in the statement that makes a key's index, and what follows the index's name in the key.
fn unique_index(constraint: &Constraint) -> Option<(String, String)> {
    let text = constraint.definition.text();
    let rest = match constraint.kind {
        ConstraintKind::PrimaryKey => text.strip_prefix("PRIMARY KEY ")?,
        ConstraintKind::Unique => text.strip_prefix("UNIQUE ")?,
        ConstraintKind::Check | ConstraintKind::Exclude | ConstraintKind::ForeignKey => return None,
    };
    // A period's key has no plain index.
    if text.contains(" WITHOUT OVERLAPS") {
        return None;
    }
    let (rest, distinct) = match rest.strip_prefix("NULLS NOT DISTINCT ") {
        Some(rest) => (rest, " NULLS NOT DISTINCT"),
        None => (rest, ""),
    };
    let (rest, behind) = match rest.find(" DEFERRABLE") {
        Some(at) => (&rest[..at], rest[at..].to_owned()),
        None => (rest, String::new()),
    };
    let (columns, parameters) = match rest.find(" WITH (") {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    Some((format!("{columns}{distinct}{parameters}"), behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Sql;

    #[test]
    fn a_key_has_the_index_that_it_would_make() {
        let index = |kind, definition: &str| {
            let constraint = Constraint::new(kind, Sql::verbatim(definition), Vec::<String>::new());
            unique_index(&constraint).map(|(index, behind)| index + "|" + &behind)
        };
        let full =
            "UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c) WITH (fillfactor=70) DEFERRABLE INITIALLY DEFERRED";
        assert_eq!(
            index(ConstraintKind::Unique, full).as_deref(),
            Some("(a, b) INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor=70)| DEFERRABLE INITIALLY DEFERRED")
        );
        assert_eq!(
            index(ConstraintKind::PrimaryKey, "PRIMARY KEY (id)").as_deref(),
            Some("(id)|")
        );
        assert_eq!(index(ConstraintKind::Check, "CHECK (a)"), None);
    }
}
