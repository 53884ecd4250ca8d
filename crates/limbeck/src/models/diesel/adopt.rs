//! What a revision must not touch because Diesel's `schema.rs` has no words for it.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::Dialect;
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Definition, Id, Kind, Name, Schema, Table, TableOption,
};

use super::sql_type::{ANY, ANY_LENGTH, ANY_TYPE};
use super::words::{MIGRATIONS, same_type};
use crate::error::Error;
use crate::models::needs;

/// Takes from what there is all that the file could not tell.
///
/// # Errors
/// [`Error::Models`] when a column is to be added of whose type the file knows too little.
pub(crate) fn adopt(dialect: Dialect, before: &Schema, after: &mut Schema) -> Result<(), Error> {
    let told: BTreeSet<Name> = after.tables.keys().cloned().collect();
    let is_view = |name: &Name| {
        let of = |kind| before.objects.contains_key(&Id::of(kind, name.clone()));
        of(Kind::View) || of(Kind::MaterializedView)
    };
    after
        .tables
        .retain(|name, _| !is_view(name) && !before.tables.get(name).is_some_and(is_part));
    for (name, there) in &before.tables {
        match after.tables.get_mut(name) {
            Some(wanted) => adopt_table(dialect, before, &told, (name, there), wanted),
            None if is_unsaid(name, there, &told) => {
                after.tables.insert(name.clone(), there.clone());
            }
            None => {}
        }
    }
    for (name, table) in &mut after.tables {
        for column in &mut table.columns {
            settle(dialect, name, column)?;
        }
    }
    adopt_objects(before, after);
    for (id, needed) in &before.dependencies {
        if !needs::are_as_before(before, after, id) {
            continue;
        }
        let known = after.dependencies.entry(id.clone()).or_default();
        known.extend(needed.iter().cloned());
    }
    Ok(())
}

/// A partition, or what a virtual table is: its columns are those of something else.
fn is_part(table: &Table) -> bool {
    [TableOption::PartitionOf, TableOption::Virtual]
        .iter()
        .any(|option| table.options.contains_key(option))
}

fn is_unsaid(name: &Name, table: &Table, told: &BTreeSet<Name>) -> bool {
    is_part(table)
        || table.primary_key().is_empty()
        || name.name == MIGRATIONS
        || !told.iter().any(|told| told.schema == name.schema)
}

fn adopt_table(
    dialect: Dialect,
    before: &Schema,
    told: &BTreeSet<Name>,
    (name, there): (&Name, &Table),
    wanted: &mut Table,
) {
    let key: Vec<String> = wanted.primary_key().to_vec();
    wanted.options.clone_from(&there.options);
    wanted.comment.clone_from(&there.comment);
    for column in &mut wanted.columns {
        if let Some(known) = there.column(&column.name) {
            *column = adopt_column(dialect, known, column, &key);
        }
    }
    let columns: BTreeSet<&String> = wanted.columns.iter().map(|column| &column.name).collect();
    let is_there = |of: &[String]| of.iter().all(|column| columns.contains(column));
    let keys: Vec<Constraint> = wanted.constraints.values().cloned().collect();
    let says = |constraint: &Constraint| keys.iter().any(|told| same_key(told, constraint));
    let keep = |constraint: &Constraint| match constraint.kind {
        ConstraintKind::PrimaryKey => constraint.columns == key,
        ConstraintKind::ForeignKey => {
            is_there(&constraint.columns) && (says(constraint) || !is_sayable(before, told, name, constraint))
        }
        _ => is_there(&constraint.columns),
    };
    let kept: BTreeMap<String, Constraint> = there
        .constraints
        .iter()
        .filter(|(_, constraint)| keep(constraint))
        .map(|(name, constraint)| (name.clone(), constraint.clone()))
        .collect();
    wanted.constraints.retain(|_, told| {
        let known = |constraint: &Constraint| same_key(told, constraint);
        let is_key = matches!(told.kind, ConstraintKind::PrimaryKey | ConstraintKind::ForeignKey);
        is_key && !kept.values().any(known)
    });
    wanted.constraints.extend(kept);
    let indexes = there.indexes.iter().filter(|(_, index)| is_there(&index.columns));
    let indexes = indexes.map(|(name, index)| (name.clone(), index.clone()));
    wanted.indexes = indexes.collect();
}

/// Whether two keys are the same, whatever they are called and do.
fn same_key(one: &Constraint, other: &Constraint) -> bool {
    one.kind == other.kind && one.columns == other.columns && one.references == other.references
}

/// A column as it is, but for what the file says otherwise.
fn adopt_column(dialect: Dialect, known: &Column, told: &Column, key: &[String]) -> Column {
    let mut column = known.clone();
    if !key.contains(&told.name) {
        column.nullable = told.nullable;
    }
    let vague = told.comment.as_deref().unwrap_or_default();
    let lower = |data_type: &str| match dialect {
        Dialect::Sqlite => data_type.to_ascii_lowercase(),
        _ => data_type.to_owned(),
    };
    if !same_type(dialect, vague, &lower(&told.data_type), &lower(&known.data_type)) {
        column.data_type.clone_from(&told.data_type);
        column.collation.clone_from(&told.collation);
    }
    column
}

/// As `diesel print-schema` decides which keys it makes a `joinable!` of.
fn is_sayable(before: &Schema, told: &BTreeSet<Name>, child: &Name, key: &Constraint) -> bool {
    let Some(reference) = &key.references else {
        return false;
    };
    let parent = &reference.table;
    let pairs = before.tables.iter().flat_map(|(from, table)| {
        let keys = table
            .constraints
            .values()
            .filter_map(|key| key.references.as_ref());
        keys.map(move |reference| (from, &reference.table))
    });
    let same_pair =
        |(from, to): &(&Name, &Name)| (*from, *to) == (child, parent) || (*from, *to) == (parent, child);
    let leads_to_key = |table: &Table| table.primary_key() == reference.columns;
    key.columns.len() == 1
        && parent != child
        && before.tables.get(parent).is_some_and(leads_to_key)
        && pairs.filter(same_pair).count() == 1
        && told.contains(parent)
}

/// Takes away the marks of what was not said; what can't be added is refused.
fn settle(dialect: Dialect, table: &Name, column: &mut Column) -> Result<(), Error> {
    let comment = column.comment.as_deref().unwrap_or_default();
    let no_labels = ["enum('')", "set('')"].contains(&column.data_type.to_ascii_lowercase().as_str());
    let is_any = dialect == Dialect::Sqlite && column.data_type.eq_ignore_ascii_case(ANY);
    if comment == ANY_TYPE || is_any || no_labels {
        return Err(Error::Models(format!(
            "column {table}.{} is of a type of your own, of which Diesel's schema.rs does not tell enough to make it: write this \
             revision by hand, and 'limbeck check' tells whether it is right",
            column.name
        )));
    }
    if comment == ANY_LENGTH {
        column.comment = None;
    }
    Ok(())
}

fn adopt_objects(before: &Schema, after: &mut Schema) {
    let tables = &after.tables;
    let has_column = |table: &Name, column: &str| {
        tables
            .get(table)
            .is_some_and(|table| table.column(column).is_some())
    };
    let goes = |id: &Id, definition: &Definition| {
        let of_table = id.part.is_some() && before.tables.contains_key(&id.name);
        let owner = match definition {
            Definition::Sequence(sequence) => sequence.owned_by.as_ref(),
            _ => None,
        };
        of_table && !tables.contains_key(&id.name)
            || owner.is_some_and(|(table, column)| !has_column(table, column))
    };
    let kept = before
        .objects
        .iter()
        .filter(|(id, object)| !goes(id, &object.definition));
    let kept: Vec<_> = kept.map(|(id, object)| (id.clone(), object.clone())).collect();
    after.objects.retain(|id, _| id.kind == Kind::Schema);
    after.objects.extend(kept);
}
