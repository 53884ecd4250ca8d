//! Changes of a table that is there.

use std::collections::BTreeSet;

use super::super::{Change, Hazard, Statement};
use super::column::{WITHOUT_DEFAULT, default_only, definition, is_without_default, needs_value};
use super::{alter_table, convert, fill, hazard, option, table};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, ConstraintKind, Index, Name};

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
    statements.extend(without_default(change, name, &ops));
}

/// The ops, with those of one column that follow each other as one.
fn joined(ops: &[Op]) -> Vec<Op> {
    let mut result: Vec<Op> = Vec::with_capacity(ops.len());
    for op in ops {
        if let Op::AlterColumn { from, to, .. } = op {
            let earlier = result.iter_mut().find_map(|known| match known {
                Op::AlterColumn { to: known, .. } if known.name == from.name => Some(known),
                _ => None,
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
    match op {
        Op::AddColumn { column, .. } => needs_value(column).then_some(column),
        _ => None,
    }
}

/// The foreign keys that are dropped and made anew, which no server does in one statement.
fn clashing_keys(ops: &[Op]) -> BTreeSet<String> {
    let names = |dropped: bool| {
        ops.iter()
            .filter_map(|op| match op {
                Op::DropConstraint { name, constraint, .. } if dropped => Some((name, constraint)),
                Op::AddConstraint { name, constraint, .. } if !dropped => Some((name, constraint)),
                _ => None,
            })
            .filter(|(_, constraint)| constraint.kind == ConstraintKind::ForeignKey)
            .map(|(name, _)| name.clone())
            .collect::<BTreeSet<_>>()
    };
    &names(true) & &names(false)
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
    match op {
        Op::CreateIndex { table, name, index } => {
            let text = table::index(change, name, index);
            let (kind, rest) = text.split_once("KEY ")?;
            let rest = rest.strip_prefix(&dialect.quoted(name))?;
            let [name, on] = [dialect.quoted(name), table.sql(dialect)];
            let mut statement = Statement::new(format!("CREATE {kind}INDEX {name} ON {on}{rest}"));
            statement.hazards = hazard::of_index(table, index);
            Some(statement)
        }
        Op::DropIndex { table, name, .. } => {
            let [name, on] = [dialect.quoted(name), table.sql(dialect)];
            Some(Statement::new(format!("DROP INDEX {name} ON {on}")))
        }
        _ => None,
    }
}

/// Takes the default away from columns that are to have none although they may be NULL.
fn without_default(change: &Change<'_>, name: &Name, ops: &[Op]) -> Vec<Statement> {
    let columns = ops.iter().filter_map(|op| match op {
        Op::AddColumn { column, .. } => is_without_default(column).then_some(column),
        Op::AlterColumn { from, to, .. } => {
            (is_without_default(to) && default_only(change, from, to).is_none()).then_some(to)
        }
        _ => None,
    });
    columns
        .map(|column| {
            let column = change.dialect.quoted(&column.name);
            Statement::new(format!(
                "{} ALTER COLUMN {column} {WITHOUT_DEFAULT}",
                alter_table(change, name)
            ))
        })
        .collect()
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
            ([], Some(partitions)) => format!("{head}\n{partitions}"),
            ([_], None) => format!("{head} {clauses}"),
            (_, None) => format!("{head}\n    {clauses}"),
            (_, Some(partitions)) => format!("{head}\n    {clauses}\n{partitions}"),
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
            Op::AddConstraint { .. }
            | Op::DropConstraint { .. }
            | Op::AlterConstraint { .. }
            | Op::RenameConstraint { .. } => self.constraint(op),
            Op::CreateIndex { .. }
            | Op::DropIndex { .. }
            | Op::AlterIndex { .. }
            | Op::RenameIndex { .. } => self.index(op, all),
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

    fn constraint(&mut self, op: &Op) {
        match op {
            Op::AddConstraint { name, constraint, .. } => {
                let clause = table::constraint(self.change, name, constraint);
                self.clause(format!("ADD {clause}"));
                self.hazards
                    .extend(hazard::of_new_constraint(self.name, name, constraint));
            }
            Op::DropConstraint { name, constraint, .. } => {
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
            // Nothing of a constraint can be changed, and none can be renamed.
            Op::AlterConstraint {
                table,
                name,
                from,
                to,
            } => {
                let (name, to_name) = (name.clone(), name.clone());
                self.replace_constraint(table, [name, to_name], [from.clone(), to.clone()]);
            }
            Op::RenameConstraint {
                table,
                from,
                to,
                constraint,
            } => {
                let names = [from.clone(), to.clone()];
                self.replace_constraint(table, names, [constraint.clone(), constraint.clone()]);
            }
            _ => {}
        }
    }

    fn replace_constraint(
        &mut self,
        table: &Name,
        [from, to]: [String; 2],
        sides: [Box<crate::schema::Constraint>; 2],
    ) {
        let [before, after] = sides;
        self.constraint(&Op::DropConstraint {
            table: table.clone(),
            name: from,
            constraint: before,
        });
        self.constraint(&Op::AddConstraint {
            table: table.clone(),
            name: to,
            constraint: after,
        });
    }

    fn index(&mut self, op: &Op, all: &[Op]) {
        let dialect = self.change.dialect;
        match op {
            Op::CreateIndex { name, index, .. } => {
                let before = all.iter().find_map(|op| match op {
                    Op::DropIndex {
                        name: gone, index, ..
                    } if gone == name => Some(index),
                    _ => None,
                });
                if let Some(shown) = before.and_then(|before| shown(dialect, before, index)) {
                    self.clause(format!("ALTER INDEX {} {shown}", dialect.quoted(name)));
                    return;
                }
                let clause = table::index(self.change, name, index);
                self.clause(format!("ADD {clause}"));
                self.hazards.extend(hazard::of_index(self.name, index));
            }
            Op::DropIndex { name, index, .. } => {
                let after = all.iter().find_map(|op| match op {
                    Op::CreateIndex {
                        name: made, index, ..
                    } if made == name => Some(index),
                    _ => None,
                });
                if after.is_none_or(|after| shown(dialect, index, after).is_none()) {
                    self.clause(format!("DROP KEY {}", dialect.quoted(name)));
                }
            }
            // A comment comes and goes with its index.
            Op::AlterIndex { name, to, .. } => {
                self.clause(format!("DROP KEY {}", dialect.quoted(name)));
                let clause = table::index(self.change, name, to);
                self.clause(format!("ADD {clause}"));
                self.hazards.extend(hazard::of_index(self.name, to));
            }
            Op::RenameIndex { from, to, .. } => {
                let [from, to] = [from, to].map(|name| dialect.quoted(name));
                self.clause(format!("RENAME INDEX {from} TO {to}"));
            }
            _ => {}
        }
    }
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
