//! The items of a schema, and what each needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Constraint, ConstraintKind, Definition, Id, Kind, Name, Object, Schema, Table};

/// From each item to those that must be there before it.
pub(super) type Needs = BTreeMap<Id, BTreeSet<Id>>;

/// All items, with what they need by their structure, and what the server says.
pub(super) fn needs(schema: &Schema) -> Needs {
    let mut needs = Needs::new();
    for (name, table) in &schema.tables {
        add_table(&mut needs, schema, name, table);
    }
    for id in schema.objects.keys() {
        let mut needed = in_schema(&id.name);
        if id.part.is_some() {
            needed.extend(relations(&id.name));
        }
        needs.insert(id.clone(), needed);
    }
    for (id, more) in &schema.dependencies {
        if let Some(needed) = needs.get_mut(id) {
            needed.extend(more.iter().cloned());
        }
    }
    let known: BTreeSet<Id> = needs.keys().cloned().collect();
    for (id, needed) in &mut needs {
        // A sequence does not wait for its column: the column's default needs the sequence.
        let owner = schema.objects.get(id).and_then(owner);
        needed.retain(|other| other != id && known.contains(other) && owner.as_ref() != Some(other));
    }
    needs
}

fn add_table(needs: &mut Needs, schema: &Schema, name: &Name, table: &Table) {
    needs.insert(Id::table(name), in_schema(name));
    let of_table = || BTreeSet::from([Id::table(name)]);
    for column in &table.columns {
        needs.insert(Id::column(name, &column.name), of_table());
        let default = Id::part(Kind::Default, name, &column.name);
        if column.default.is_some() && schema.dependencies.contains_key(&default) {
            needs.insert(default, BTreeSet::from([Id::column(name, &column.name)]));
        }
    }
    for (part, constraint) in &table.constraints {
        let mut needed = of_table();
        needed.extend(constraint.columns.iter().map(|column| Id::column(name, column)));
        if let Some(reference) = &constraint.references {
            needed.insert(Id::table(&reference.table));
            let columns = reference.columns.iter();
            needed.extend(columns.map(|column| Id::column(&reference.table, column)));
            if let Some(there) = schema.tables.get(&reference.table) {
                needed.extend(key(&reference.table, there, &reference.columns));
            }
        }
        needs.insert(Id::part(Kind::Constraint, name, part), needed);
    }
    for (part, index) in &table.indexes {
        let mut needed = of_table();
        needed.extend(index.columns.iter().map(|column| Id::column(name, column)));
        needs.insert(Id::part(Kind::Index, name, part), needed);
    }
}

/// What makes a foreign key to these columns possible.
fn key(name: &Name, table: &Table, columns: &[String]) -> Option<Id> {
    let sorted = |columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort();
        columns
    };
    let wanted = sorted(columns);
    let is_key = |constraint: &Constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
        ) && sorted(&constraint.columns) == wanted
    };
    let mut constraints = table.constraints.iter();
    if let Some((part, _)) = constraints.find(|(_, constraint)| is_key(constraint)) {
        return Some(Id::part(Kind::Constraint, name, part));
    }
    let mut indexes = table.indexes.iter();
    let (part, _) = indexes.find(|(_, index)| index.unique && sorted(&index.columns) == wanted)?;
    Some(Id::part(Kind::Index, name, part))
}

fn in_schema(name: &Name) -> BTreeSet<Id> {
    let schema = name.schema.as_ref();
    schema
        .map(|schema| Id::of(Kind::Schema, Name::new(schema)))
        .into_iter()
        .collect()
}

/// What a trigger, a policy or an index may be on.
fn relations(name: &Name) -> impl Iterator<Item = Id> + use<> {
    let name = name.clone();
    [Kind::Table, Kind::View, Kind::MaterializedView]
        .into_iter()
        .map(move |kind| Id::of(kind, name.clone()))
}

/// The column that a sequence goes with.
pub(super) fn owner(object: &Object) -> Option<Id> {
    let Definition::Sequence(sequence) = &object.definition else {
        return None;
    };
    let (table, column) = sequence.owned_by.as_ref()?;
    Some(Id::column(table, column))
}
