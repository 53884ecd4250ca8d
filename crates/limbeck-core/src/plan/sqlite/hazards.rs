//! What a rebuild is for, and what it may hurt.

use super::Planner;
use super::affinity::{Affinity, affinity, loss};
use super::rebuild::{known, value_of};
use super::table::is_rowid;
use crate::op::Op;
use crate::plan::Hazard;
use crate::schema::{Column, Constraint, ConstraintKind, Name, Table, TableOption};

impl Planner<'_> {
    /// What is changed: at least one thing that ALTER TABLE can't change.
    pub(super) fn reasons(&self, table: &Name) -> String {
        let mut reasons: Vec<String> = Vec::new();
        let mut add = |reason: String| {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        };
        let is_dropped = |wanted: &str| {
            self.ops_of(table).any(|op| match op {
                Op::DropConstraint { name, constraint, .. } => label(name, constraint) == wanted,
                _ => false,
            })
        };
        let is_added = |wanted: &str| {
            self.ops_of(table).any(|op| match op {
                Op::AddConstraint { name, constraint, .. } => label(name, constraint) == wanted,
                _ => false,
            })
        };
        for op in self.ops_of(table) {
            match op {
                Op::AddColumn { column, .. } => add(format!("{} is added", column.name)),
                Op::DropColumn { column, .. } => add(format!("{} is dropped", column.name)),
                Op::AlterColumn { from, to, .. } => altered(from, to).into_iter().for_each(&mut add),
                Op::AlterTable { .. } => add("it has other options".to_owned()),
                Op::AddConstraint { name, constraint, .. } => {
                    let label = label(name, constraint);
                    if !is_dropped(&label) {
                        add(format!("{label} is added"));
                    }
                }
                Op::DropConstraint { name, constraint, .. } => {
                    let label = label(name, constraint);
                    let verb = if is_added(&label) { "changes" } else { "is dropped" };
                    add(format!("{label} {verb}"));
                }
                Op::RenameConstraint { from, .. } => add(format!("{from} is renamed")),
                Op::CreateTable { .. }
                | Op::DropTable { .. }
                | Op::RenameTable { .. }
                | Op::RenameColumn { .. }
                | Op::AlterConstraint { .. }
                | Op::CreateIndex { .. }
                | Op::DropIndex { .. }
                | Op::AlterIndex { .. }
                | Op::RenameIndex { .. }
                | Op::CreateObject { .. }
                | Op::DropObject { .. }
                | Op::AlterObject { .. } => {}
            }
        }
        reasons.join(", ").replace('\n', " ")
    }

    /// Why rows may not fit into the new table.
    pub(super) fn may_fail(&self, name: &Name, before: &Table, after: &Table) -> Vec<Hazard> {
        let mut hazards = Vec::new();
        let mut add = |why: String| {
            let hazard = Hazard::MayFail(why);
            if !hazards.contains(&hazard) {
                hazards.push(hazard);
            }
        };
        let strict = |table: &Table| table.options.contains_key(&TableOption::Strict);
        if strict(after) && !strict(before) {
            add(format!("values in {name} that are not of their column's type"));
        }
        for column in after.columns.iter().filter(|column| column.generated.is_none()) {
            let Some(old) = known(before, column) else {
                continue;
            };
            let path = format!("{name}.{}", column.name);
            let is_number = is_rowid(after, column);
            if old.nullable && !column.nullable && value_of(column).is_none() && !is_number {
                add(format!("NULL in {path}"));
            }
            let retyped = old.data_type != column.data_type && strict(before) && strict(after);
            if retyped || is_number && affinity(before, old) != Affinity::Integer {
                add(format!("values in {path} that are no {}", column.data_type));
            }
            if old.collation != column.collation && is_unique(after, column) {
                add(format!(
                    "rows of {name} whose {} differ in another collation only",
                    column.name
                ));
            }
        }
        for constraint in after.constraints.values() {
            let is_new = |called: &String| {
                let column = after.column(called);
                column.is_some_and(|column| known(before, column).is_none() && value_of(column).is_none())
            };
            let is_null =
                constraint.kind == ConstraintKind::ForeignKey && constraint.columns.iter().any(is_new);
            if !is_null && !before.constraints.values().any(|old| covers(old, constraint)) {
                add(breaks(name, constraint));
            }
        }
        hazards
    }
}

/// What a constraint is called in a note.
fn label(name: &str, constraint: &Constraint) -> String {
    match constraint.kind {
        ConstraintKind::PrimaryKey => "the primary key".to_owned(),
        _ if constraint.named => name.to_owned(),
        _ => constraint.definition.to_string(),
    }
}

fn altered(from: &Column, to: &Column) -> Vec<String> {
    let name = &to.name;
    let null = if to.nullable {
        "may be NULL"
    } else {
        "becomes NOT NULL"
    };
    let data_type = match to.data_type.as_str() {
        "" => "loses its type".to_owned(),
        data_type => format!("becomes {data_type}"),
    };
    let changes = [
        (from.data_type != to.data_type, data_type.as_str()),
        (from.nullable != to.nullable, null),
        (from.default != to.default, "gets another default"),
        (from.collation != to.collation, "gets another collation"),
        (from.generated != to.generated, "is computed in another way"),
        (from.clauses != to.clauses, "gets other clauses"),
    ];
    let changes = changes.into_iter().filter(|(is_changed, _)| *is_changed);
    changes.map(|(_, what)| format!("{name} {what}")).collect()
}

/// Whether rows can't be the same in the column, or in it and others.
fn is_unique(table: &Table, column: &Column) -> bool {
    let has = |columns: &[String]| columns.contains(&column.name);
    let is_key = |constraint: &Constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
        )
    };
    let mut constraints = table.constraints.values();
    let mut indexes = table.indexes.values();
    constraints.any(|known| is_key(known) && has(&known.columns))
        || indexes.any(|known| known.unique && has(&known.columns))
}

/// Whether rows that an old constraint let in pass the new one.
fn covers(old: &Constraint, new: &Constraint) -> bool {
    use ConstraintKind::{Check, Exclude, ForeignKey, PrimaryKey, Unique};
    let says_collation = |constraint: &Constraint| constraint.definition.text().contains("COLLATE");
    match (old.kind, new.kind) {
        (PrimaryKey, PrimaryKey | Unique) | (Unique, Unique) => {
            let mut columns = old.columns.iter();
            let fewer = columns.all(|column| new.columns.contains(column));
            fewer && !says_collation(old) && !says_collation(new) || old.definition == new.definition
        }
        (ForeignKey, ForeignKey) => (&old.columns, &old.references) == (&new.columns, &new.references),
        (Check, Check) => old.definition == new.definition,
        (PrimaryKey | Unique | Check | ForeignKey | Exclude, _) => false,
    }
}

/// Which rows a constraint keeps out.
fn breaks(table: &Name, constraint: &Constraint) -> String {
    let columns = constraint.columns.join(", ");
    match (constraint.kind, &constraint.references) {
        (ConstraintKind::Unique | ConstraintKind::PrimaryKey, _) => {
            format!("rows of {table} that are the same in {columns}")
        }
        (ConstraintKind::ForeignKey, Some(reference)) => {
            format!(
                "rows of {table} whose {columns} leads to no row of {}",
                reference.table
            )
        }
        _ => format!(
            "rows of {table} that are not as {} wants them",
            constraint.definition
        ),
    }
}

/// What is gone with the old table.
pub(super) fn lost(name: &Name, before: &Table, after: &Table) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for old in before.columns.iter().filter(|column| column.generated.is_none()) {
        let path = format!("{name}.{}", old.name);
        let mut columns = after.columns.iter();
        let column = columns.find(|column| column.name.eq_ignore_ascii_case(&old.name));
        let what = match column {
            None => format!("the values of {path}"),
            Some(column) if column.generated.is_some() => {
                format!("the values of {path}, which is computed now")
            }
            Some(column) => match loss(affinity(before, old), affinity(after, column)) {
                Some(what) => format!("{what} in {path}"),
                None => continue,
            },
        };
        hazards.push(Hazard::DataLoss(what));
    }
    hazards
}
