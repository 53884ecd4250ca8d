//! Changes of a table that is there.

use std::collections::BTreeSet;

use super::super::{Change, Hazard, Statement};
use super::column::{default_only, definition, needs_value};
use super::{alter_table, convert, fill, hazard, option, table};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, Constraint, ConstraintKind, Index, Name};

/// A statement that is being put together.
struct Altering<'a> {
    change: &'a Change<'a>,
    name: &'a Name,
    clauses: Vec<String>,
    partitions: Option<String>,
    hazards: Vec<Hazard>,
}

/// Changes a table by all of `ops`, in one statement if the server takes that.
pub(super) fn alter(change: &Change<'_>, name: &Name, ops: &[Op], statements: &mut Vec<Statement>) {
    let ops = joined(ops);
    if let [op] = ops.as_slice()
        && let Some(statement) = of_index(change, op)
    {
        statements.push(statement);
        return;
    }
    let fills: Vec<&Column> = ops.iter().filter_map(filled).collect();
    let clash = clashing_keys(&ops);
    let replaced = fills.iter().any(|column| {
        let mut drops = ops.iter();
        drops.any(|op| matches!(op, Op::DropColumn { column: gone, .. } if gone.name == column.name))
    });
    let [mut keys, mut before, mut main, mut behind] = [(); 4].map(|()| Altering::new(change, name));
    for op in &ops {
        if let Op::AlterTable { from, to, .. } = op {
            let altered = option::alter(change, name, from, to);
            before.clauses.extend(altered.before.map(str::to_owned));
            behind.clauses.extend(altered.after.map(str::to_owned));
        }
        if is_key_drop(op, &clash) {
            keys.add(op, &ops);
        } else if let Some(column) = filled(op) {
            let nullable = fill::nullable(column);
            before
                .clauses
                .push(format!("ADD COLUMN {}", definition(change, &nullable, false)));
            main.clauses
                .push(format!("MODIFY COLUMN {}", definition(change, column, false)));
            main.hazards.push(Hazard::Rewrite(name.to_string()));
        } else if replaced && is_drop(op) {
            before.add(op, &ops);
        } else {
            main.add(op, &ops);
        }
    }
    statements.extend(keys.finish());
    statements.extend(before.finish());
    statements.extend(fills.into_iter().map(|column| fill::update(change, name, column)));
    statements.extend(main.finish());
    statements.extend(behind.finish());
}

/// The ops, with those of one column that follow each other as one.
fn joined(ops: &[Op]) -> Vec<Op> {
    let mut result: Vec<Op> = Vec::with_capacity(ops.len());
    for op in ops {
        if let Op::AlterColumn { from, to, .. } = op {
            let earlier = result.iter_mut().find_map(|known| {
                if let Op::AlterColumn { to: known, .. } = known
                    && known.name == from.name
                {
                    return Some(known);
                }
                None
            });
            if let Some(known) = earlier {
                known.clone_from(to);
                continue;
            }
        }
        result.push(op.clone());
    }
    result
}

/// The column that an op adds, if the rows that are there must be given a value.
fn filled(op: &Op) -> Option<&Column> {
    if let Op::AddColumn { column, .. } = op {
        return needs_value(column).then_some(column);
    }
    None
}

/// The foreign keys that are dropped and made anew, which no server does in one statement.
fn clashing_keys(ops: &[Op]) -> BTreeSet<String> {
    let (mut dropped, mut added) = (BTreeSet::new(), BTreeSet::new());
    for op in ops {
        if let Op::DropConstraint { name, constraint, .. } = op
            && constraint.kind == ConstraintKind::ForeignKey
        {
            dropped.insert(name.clone());
        }
        if let Op::AddConstraint { name, constraint, .. } = op
            && constraint.kind == ConstraintKind::ForeignKey
        {
            added.insert(name.clone());
        }
    }
    &dropped & &added
}

fn is_key_drop(op: &Op, names: &BTreeSet<String>) -> bool {
    matches!(op, Op::DropConstraint { name, constraint, .. }
        if constraint.kind == ConstraintKind::ForeignKey && names.contains(name))
}

fn is_drop(op: &Op) -> bool {
    matches!(
        op,
        Op::DropColumn { .. } | Op::DropIndex { .. } | Op::DropConstraint { .. }
    )
}

/// A change of nothing but one index, in the words for that.
fn of_index(change: &Change<'_>, op: &Op) -> Option<Statement> {
    let dialect = change.dialect;
    if super::alter_table(change, op.table()?).starts_with("SET ") {
        return None;
    }
    if let Op::CreateIndex { table, name, index } = op {
        let text = table::index(change, name, index);
        let (kind, rest) = text.split_once("KEY ")?;
        let rest = rest.strip_prefix(&dialect.quoted(name))?;
        let [name, on] = [dialect.quoted(name), table.sql(dialect)];
        let mut statement = Statement::new(format!("CREATE {kind}INDEX {name} ON {on}{rest}"));
        statement.hazards = hazard::of_index(table, index);
        return Some(statement);
    }
    if let Op::DropIndex { table, name, .. } = op {
        let [name, on] = [dialect.quoted(name), table.sql(dialect)];
        return Some(Statement::new(format!("DROP INDEX {name} ON {on}")));
    }
    None
}

impl<'a> Altering<'a> {
    fn new(change: &'a Change<'a>, name: &'a Name) -> Self {
        Self {
            change,
            name,
            clauses: Vec::new(),
            partitions: None,
            hazards: Vec::new(),
        }
    }

    /// The statement, if there is anything to do.
    fn finish(mut self) -> Option<Statement> {
        let head = alter_table(self.change, self.name);
        let clauses = self.clauses.join(",\n    ");
        let sql = match (self.clauses.as_slice(), self.partitions.take()) {
            ([], None) => return None,
            ([], Some(partitions)) => format!("{head} {partitions}"),
            ([_], None) => format!("{head} {clauses}"),
            (_, None) => format!("{head}\n    {clauses}"),
            (_, Some(partitions)) => format!(
                "{head}\n    {clauses}\n    {}",
                partitions.replace('\n', "\n    ")
            ),
        };
        self.hazards.sort();
        self.hazards.dedup();
        let mut statement = Statement::new(sql);
        statement.hazards = self.hazards;
        Some(statement)
    }

    fn clause(&mut self, clause: impl Into<String>) {
        self.clauses.push(clause.into());
    }

    /// Adds what one op does; `all` are those of the step.
    fn add(&mut self, op: &Op, all: &[Op]) {
        let dialect = self.change.dialect;
        match op {
            Op::AlterTable { name, from, to } => {
                let altered = option::alter(self.change, name, from, to);
                self.clauses.extend(altered.clauses);
                self.partitions = altered.partitions;
                self.hazards.extend(altered.hazards);
                let (clauses, hazards) = convert::clauses(self.change, name, [from, to], all);
                self.clauses.extend(clauses);
                self.hazards.extend(hazards);
            }
            Op::AddColumn { column, .. } => {
                self.clause(format!("ADD COLUMN {}", definition(self.change, column, false)));
                self.hazards.extend(hazard::of_new_column(self.name, column));
            }
            Op::DropColumn { column, .. } => {
                self.clause(format!("DROP COLUMN {}", dialect.quoted(&column.name)));
                if column.generated.is_none() {
                    self.hazards.push(Hazard::DataLoss(format!(
                        "the values of {}.{}",
                        self.name, column.name
                    )));
                }
            }
            Op::AlterColumn { from, to, .. } => self.alter_column(from, to),
            Op::RenameColumn { from, to, .. } => {
                let [from, to] = [from, to].map(|name| dialect.quoted(name));
                self.clause(format!("RENAME COLUMN {from} TO {to}"));
            }
            Op::AddConstraint { name, constraint, .. } => self.add_constraint(name, constraint, all),
            Op::DropConstraint { name, constraint, .. } => self.drop_constraint(name, constraint),
            // Nothing of a constraint can be changed, and none can be renamed.
            Op::AlterConstraint { name, from, to, .. } => {
                self.drop_constraint(name, from);
                self.add_constraint(name, to, all);
            }
            Op::RenameConstraint {
                from, to, constraint, ..
            } => {
                self.drop_constraint(from, constraint);
                self.add_constraint(to, constraint, all);
            }
            Op::CreateIndex { name, index, .. } => self.create_index(name, index, all),
            Op::DropIndex { name, index, .. } => self.drop_index(name, index, all),
            // A comment comes and goes with its index.
            Op::AlterIndex { name, to, .. } => {
                self.clause(format!("DROP KEY {}", dialect.quoted(name)));
                self.add_index(name, to);
            }
            Op::RenameIndex { from, to, .. } => {
                let [from, to] = [from, to].map(|name| dialect.quoted(name));
                self.clause(format!("RENAME INDEX {from} TO {to}"));
            }
            Op::CreateTable { .. }
            | Op::DropTable { .. }
            | Op::RenameTable { .. }
            | Op::CreateObject { .. }
            | Op::DropObject { .. }
            | Op::AlterObject { .. } => {}
        }
    }

    fn alter_column(&mut self, from: &Column, to: &Column) {
        if let Some(clause) = default_only(self.change, from, to).filter(|_| from.name == to.name) {
            self.clause(clause);
            return;
        }
        let definition = definition(self.change, to, false);
        self.clause(if from.name == to.name {
            format!("MODIFY COLUMN {definition}")
        } else {
            format!(
                "CHANGE COLUMN {} {definition}",
                self.change.dialect.quoted(&from.name)
            )
        });
        self.hazards
            .extend(hazard::of_changed_column(self.name, from, to));
    }

    fn add_constraint(&mut self, name: &str, constraint: &Constraint, all: &[Op]) {
        let clause = table::constraint(self.change, name, constraint);
        self.clause(format!("ADD {clause}"));
        let mut hazards = hazard::of_new_constraint(self.name, name, constraint);
        let numbers = |op: &Op| {
            matches!(op, Op::AddColumn { column, .. }
                if column.identity.is_some() && constraint.columns.contains(&column.name))
        };
        if all.iter().any(numbers) {
            hazards.retain(|hazard| !matches!(hazard, Hazard::MayFail(_)));
        }
        self.hazards.extend(hazards);
    }

    fn drop_constraint(&mut self, name: &str, constraint: &Constraint) {
        let quoted = self.change.dialect.quoted(name);
        self.clause(match constraint.kind {
            ConstraintKind::PrimaryKey => "DROP PRIMARY KEY".to_owned(),
            ConstraintKind::ForeignKey => format!("DROP FOREIGN KEY {quoted}"),
            _ if table::is_period(constraint) => format!("DROP PERIOD FOR {quoted}"),
            ConstraintKind::Unique | ConstraintKind::Check | ConstraintKind::Exclude => {
                format!("DROP CONSTRAINT {quoted}")
            }
        });
        if constraint.kind == ConstraintKind::PrimaryKey {
            self.hazards.push(Hazard::Rewrite(self.name.to_string()));
        }
    }

    fn add_index(&mut self, name: &str, index: &Index) {
        let clause = table::index(self.change, name, index);
        self.clause(format!("ADD {clause}"));
        self.hazards.extend(hazard::of_index(self.name, index));
    }

    fn create_index(&mut self, name: &str, index: &Index, all: &[Op]) {
        let before = all.iter().find_map(|op| index_of(op, name, true));
        match before.and_then(|before| shown(self.change.dialect, before, index)) {
            Some(shown) => self.clause(format!(
                "ALTER INDEX {} {shown}",
                self.change.dialect.quoted(name)
            )),
            None => self.add_index(name, index),
        }
    }

    fn drop_index(&mut self, name: &str, index: &Index, all: &[Op]) {
        let after = all.iter().find_map(|op| index_of(op, name, false));
        if after.is_none_or(|after| shown(self.change.dialect, index, after).is_none()) {
            self.clause(format!("DROP KEY {}", self.change.dialect.quoted(name)));
        }
    }
}

/// The index that an op drops, or makes, if it has that name.
fn index_of<'a>(op: &'a Op, wanted: &str, dropped: bool) -> Option<&'a Index> {
    let (name, index) = if let Op::DropIndex { name, index, .. } = op
        && dropped
    {
        (name, index)
    } else if let Op::CreateIndex { name, index, .. } = op
        && !dropped
    {
        (name, index)
    } else {
        return None;
    };
    (name == wanted).then_some(index)
}

/// What says that the optimizer shall see an index, or shall not, where two differ by nothing else.
fn shown(dialect: Dialect, from: &Index, to: &Index) -> Option<&'static str> {
    let (word, opposite) = match dialect {
        Dialect::Mariadb => ("IGNORED", "NOT IGNORED"),
        _ => ("INVISIBLE", "VISIBLE"),
    };
    let split = |index: &Index| {
        let text = index.definition.text();
        let visible = text.strip_suffix(word).map(|rest| rest.trim_end().to_owned());
        (visible.is_some(), visible.unwrap_or_else(|| text.to_owned()))
    };
    let ((hidden, before), (hides, after)) = (split(from), split(to));
    let same = before == after && from.unique == to.unique && from.comment == to.comment;
    (same && hidden != hides).then_some(if hides { word } else { opposite })
}
