//! Ops as SQLite's SQL.
//!
//! SQLite looks at names when a statement is run, not when it is stored. So objects are dropped first and made last, whatever
//! they need, and the ops of each table are looked at together: what ALTER TABLE can't do is done by a new table that takes
//! the old one's place.

mod affinity;
mod hazards;
mod native;
mod rebuild;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Hazard, Statement};
use crate::Dialect;
use crate::dialect::sqlite::{name, significant};
use crate::dialect::{Token, TokenKind};
use crate::op::Op;
use crate::schema::{Column, Definition, Id, Index, Kind, Name, Object, Schema, Table, TableOption};

const SQLITE: Dialect = Dialect::Sqlite;

pub(super) fn plan(change: &Change<'_>, ops: &[Op]) -> Vec<Statement> {
    if ops.is_empty() {
        return Vec::new();
    }
    let mut end = change.from.clone();
    ops.iter().for_each(|op| op.apply(&mut end));
    let mut by_table: BTreeMap<&Name, Vec<&Op>> = BTreeMap::new();
    for op in ops {
        if let Some(table) = op.table() {
            by_table.entry(table).or_default().push(op);
        }
    }
    let mut planner = Planner {
        from: change.from,
        to: change.to,
        end,
        ops,
        by_table,
        standing: standing(change.from, ops),
        statements: Vec::new(),
        last: Vec::new(),
    };
    planner.renames();
    planner.drops();
    planner.tables();
    planner.statements.append(&mut planner.last);
    planner.objects();
    planner.statements
}

struct Planner<'a> {
    from: &'a Schema,
    to: &'a Schema,
    /// What the ops make of `from`.
    end: Schema,
    ops: &'a [Op],
    by_table: BTreeMap<&'a Name, Vec<&'a Op>>,
    standing: Vec<(&'a Id, &'a Object)>,
    statements: Vec<Statement>,
    /// Indexes whose names are free only when all tables are as they should be.
    last: Vec<Statement>,
}

impl<'a> Planner<'a> {
    /// The ops of a table, in their order.
    fn ops_of(&self, table: &Name) -> impl DoubleEndedIterator<Item = &'a Op> + use<'a> {
        let ops = self.by_table.get(table).cloned().unwrap_or_default();
        ops.into_iter()
    }

    fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Adds a statement that does ops alone.
    fn push_for(&mut self, ops: &[Op], statement: Statement) {
        let ops = ops.into();
        self.push(Statement { ops, ..statement });
    }

    fn renames(&mut self) {
        for op in self.ops {
            match op {
                Op::RenameTable { from, to } => {
                    let sql = format!("ALTER TABLE {} RENAME TO {}", from.sql(SQLITE), to.sql(SQLITE));
                    self.push_for(std::slice::from_ref(op), Statement::new(sql));
                }
                Op::RenameColumn { table, from, to } => {
                    let (table, from, to) = (table.sql(SQLITE), SQLITE.quoted(from), SQLITE.quoted(to));
                    let rename = format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}");
                    self.push_for(std::slice::from_ref(op), Statement::new(rename));
                }
                _ => {}
            }
        }
    }

    /// Drops what is dropped: triggers and views first, since a table can't be altered when one of them names what is not there.
    fn drops(&mut self) {
        // A view that goes takes its triggers along.
        for of_view in [false, true] {
            for op in self.ops {
                if let Op::DropObject { id, object } = op
                    && (id.kind == Kind::View) == of_view
                {
                    self.push(Statement::new(format!("DROP {}", object.address)));
                }
            }
        }
        for op in self.ops {
            if let Op::DropIndex { table, name, .. }
            | Op::RenameIndex {
                table, from: name, ..
            } = op
                && self.end.tables.contains_key(table)
                && !self.is_rebuilt(table)
            {
                let drop = Statement::new(table::drop_index(name));
                self.push_for(std::slice::from_ref(op), drop);
            }
        }
        for op in self.ops {
            if let Op::DropTable { name, .. } = op {
                self.push_for(std::slice::from_ref(op), drop_table(name));
            }
        }
    }

    /// Makes and alters tables, each where it is first named.
    fn tables(&mut self) {
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        for op in self.ops {
            let Some(name) = op.table().filter(|name| !seen.contains(name)) else {
                continue;
            };
            let is_renamed = matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. });
            let is_object = matches!(
                op,
                Op::CreateObject { .. } | Op::DropObject { .. } | Op::AlterObject { .. }
            );
            let Some(after) = self.after(name).filter(|_| !is_renamed && !is_object) else {
                continue;
            };
            seen.insert(name);
            let at = self.statements.len();
            let done = match self.from.tables.get(name) {
                Some(before) if !self.is_dropped(name) => {
                    self.alter_table(name, before, &after);
                    self.altering_ops(name)
                }
                _ => {
                    self.create_table(name, &after);
                    let (name, table) = (name.clone(), Box::new(after));
                    vec![Op::CreateTable { name, table }]
                }
            };
            super::mark(&mut self.statements[at..], &done.into());
        }
    }

    /// The ops of a table that are done where the table is altered.
    fn altering_ops(&self, table: &Name) -> Vec<Op> {
        let is_apart = |op: &Op| {
            matches!(
                op,
                Op::RenameTable { .. }
                    | Op::RenameColumn { .. }
                    | Op::CreateObject { .. }
                    | Op::DropObject { .. }
                    | Op::AlterObject { .. }
            )
        };
        let ops = self.ops_of(table).filter(|op| !is_apart(op));
        ops.cloned().collect()
    }

    fn is_dropped(&self, table: &Name) -> bool {
        self.ops_of(table).any(|op| matches!(op, Op::DropTable { .. }))
    }

    /// The table as it will be, with its columns in the order of the schema that is wanted.
    fn after(&self, name: &Name) -> Option<Table> {
        let mut table = self.end.tables.get(name)?.clone();
        if let Some(wanted) = self.to.tables.get(name) {
            let place = |column: &Column| {
                let mut columns = wanted.columns.iter();
                columns
                    .position(|known| known.name == column.name)
                    .unwrap_or(usize::MAX)
            };
            table.columns.sort_by_key(place);
        }
        Some(table)
    }

    fn create_table(&mut self, name: &Name, table: &Table) {
        self.push(Statement::new(table::create_table(name, table)));
        for (index, definition) in &table.indexes {
            self.create_index(name, index, definition, Vec::new());
        }
    }

    fn alter_table(&mut self, name: &Name, before: &Table, after: &Table) {
        let is_virtual = |table: &Table| table.options.contains_key(&TableOption::Virtual);
        if is_virtual(before) || is_virtual(after) {
            self.push(drop_table(name));
            self.create_table(name, after);
            self.make_triggers_again(name);
        } else if self.is_rebuilt(name) {
            self.rebuild(name, before, after);
        } else {
            self.alter_in_place(name, after);
        }
    }

    /// Makes an index now, or last, where another table still has one of that name.
    fn create_index(&mut self, table: &Name, called: &str, index: &Index, hazards: Vec<Hazard>) {
        let mut statement = Statement::new(table::create_index(table, called, index));
        statement.hazards = hazards;
        let is_taken = self.from.tables.iter().any(|(name, there)| {
            name != table
                && there
                    .indexes
                    .keys()
                    .any(|known| known.eq_ignore_ascii_case(called))
        });
        if is_taken {
            self.last.push(statement);
        } else {
            self.push(statement);
        }
    }

    /// Triggers that nobody changes are gone with the old table or view all the same.
    fn make_triggers_again(&mut self, relation: &Name) {
        let is_its = |id: &Id| id.kind == Kind::Trigger && id.name == *relation && !self.is_created(id);
        let triggers = self.end.objects.iter().filter(|(id, _)| is_its(id));
        let statements: Vec<Statement> = triggers.filter_map(|(_, object)| create_object(object)).collect();
        self.statements.extend(statements);
    }

    fn is_created(&self, object: &Id) -> bool {
        let creates = |op: &Op| matches!(op, Op::CreateObject { id, .. } if id == object);
        self.ops_of(&object.name).any(creates)
    }

    fn objects(&mut self) {
        for op in self.ops {
            if let Op::CreateObject { id, object } = op {
                self.statements.extend(create_object(object));
                if id.kind == Kind::View {
                    self.make_triggers_again(&id.name);
                }
            }
        }
    }
}

/// The views and triggers that are there all the time: a trigger goes with its view or table.
fn standing<'a>(from: &'a Schema, ops: &[Op]) -> Vec<(&'a Id, &'a Object)> {
    let mut gone = BTreeSet::new();
    let mut gone_relations = BTreeSet::new();
    for op in ops {
        match op {
            Op::DropObject { id, .. } if id.kind == Kind::View => gone_relations.insert(&id.name),
            Op::DropObject { id, .. } => gone.insert(id),
            Op::DropTable { name, .. } => gone_relations.insert(name),
            _ => continue,
        };
    }
    let stands = |(id, _): &(&Id, &Object)| !gone.contains(id) && !gone_relations.contains(&id.name);
    from.objects.iter().filter(stands).collect()
}

fn drop_table(name: &Name) -> Statement {
    let loss = Hazard::DataLoss(format!("all rows of {name}"));
    Statement::new(format!("DROP TABLE {}", name.sql(SQLITE))).with(loss)
}

fn create_object(object: &Object) -> Option<Statement> {
    match &object.definition {
        Definition::Stored { create, .. } => Some(Statement::new(create.text())),
        // SQLite has none of these.
        Definition::Schema
        | Definition::Extension { .. }
        | Definition::Enum { .. }
        | Definition::Domain { .. }
        | Definition::Composite { .. }
        | Definition::Sequence(_) => None,
    }
}

/// Whether SQL names something.
fn mentions(sql: &str, called: &str) -> bool {
    let is_it = |token: &Token<'_>| {
        matches!(token.kind, TokenKind::Word | TokenKind::Name) && name(token).eq_ignore_ascii_case(called)
    };
    significant(sql).iter().any(is_it)
}

#[cfg(test)]
mod tests;
