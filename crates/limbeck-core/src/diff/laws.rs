//! What holds of the ops between any two schemas: applied in memory they make the one of the other, and each finds what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::items::{Needs, needs};
use super::{diff, goes_with};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{
    Column, Constraint, ConstraintKind, Definition, Generated, Id, Index, Kind, Name, Object, Reference,
    Replace, Schema, Sql, Table,
};

#[test]
fn ops_make_the_one_of_the_other_and_find_what_they_need() {
    let long = std::env::var_os("LIMBECK_LONG").is_some();
    let pairs = if long { 50_000 } else { 1_000 };
    for seed in 0..pairs {
        for dialect in [Dialect::Postgresql, Dialect::Mariadb, Dialect::Sqlite] {
            let mut random = Random(seed);
            let [from, to] = [(); 2].map(|()| random.schema());
            check(dialect, &from, &to).unwrap_or_else(|message| {
                let ops = diff(dialect, &from, &to);
                let ops: Vec<String> = ops.iter().map(ToString::to_string).collect();
                panic!("seed {seed} on {dialect}: {message}\n{}", ops.join("\n"))
            });
            assert_eq!(diff(dialect, &from, &from), [], "seed {seed} on {dialect}");
        }
    }
}

fn check(dialect: Dialect, from: &Schema, to: &Schema) -> Result<(), String> {
    let ops = diff(dialect, from, to);
    let mut there = from.clone();
    for op in &ops {
        op.apply(&mut there);
    }
    if !there.same(to) {
        return Err("in memory something else comes out".to_owned());
    }
    if dialect == Dialect::Postgresql {
        let mut world = World {
            needs_to: needs(to),
            present: needs(from),
            from,
        };
        ops.iter()
            .try_for_each(|op| world.step(op).map_err(|message| format!("{op}: {message}")))?;
    }
    Ok(())
}

/// What is there, with what each thing needs now.
struct World<'a> {
    from: &'a Schema,
    present: Needs,
    needs_to: Needs,
}

impl World<'_> {
    fn step(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::CreateTable { name, table } => {
                let mut made = vec![Id::table(name)];
                made.extend(table.columns.iter().map(|column| Id::column(name, &column.name)));
                let defaults = table.columns.iter().filter(|column| column.default.is_some());
                made.extend(defaults.map(|column| Id::part(Kind::Default, name, &column.name)));
                made.extend(
                    table
                        .constraints
                        .keys()
                        .map(|part| Id::part(Kind::Constraint, name, part)),
                );
                self.create(made)
            }
            Op::DropTable { name, .. } => {
                let mut gone: Vec<Id> = self
                    .present
                    .keys()
                    .filter(|id| id.name == *name && id.part.is_some())
                    .cloned()
                    .collect();
                gone.push(Id::table(name));
                gone.extend(
                    self.from
                        .objects
                        .keys()
                        .filter(|id| goes_with(self.from, id, name, None))
                        .cloned(),
                );
                self.drop(&gone)
            }
            Op::AddColumn { table, column } => {
                let kinds: &[Kind] = if column.default.is_some() {
                    &[Kind::Column, Kind::Default]
                } else {
                    &[Kind::Column]
                };
                self.create(
                    kinds
                        .iter()
                        .map(|kind| Id::part(*kind, table, &column.name))
                        .collect(),
                )
            }
            Op::DropColumn { table, column } => {
                self.drop(&[Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name)))
            }
            Op::AlterColumn { table, from, to } => {
                let default = Id::part(Kind::Default, table, &from.name);
                match (&from.default, &to.default) {
                    (Some(_), None) => self.drop(std::slice::from_ref(&default))?,
                    (None, Some(_)) => self.create(vec![default])?,
                    _ => {}
                }
                let column = Id::column(table, &from.name);
                if from.data_type != to.data_type {
                    let waits = |id: &Id| matches!(id.kind, Kind::View | Kind::Trigger);
                    if let Some(view) = self.dependents(&column).find(|id| waits(id)) {
                        return Err(format!("{view} is in the way"));
                    }
                    self.alter(&column)?;
                }
                Ok(())
            }
            Op::AddConstraint { table, name, .. } => {
                self.create(vec![Id::part(Kind::Constraint, table, name)])
            }
            Op::DropConstraint { table, name, .. } => self.drop(&[Id::part(Kind::Constraint, table, name)]),
            Op::CreateIndex { table, name, .. } => self.create(vec![Id::part(Kind::Index, table, name)]),
            Op::DropIndex { table, name, .. } => self.drop(&[Id::part(Kind::Index, table, name)]),
            Op::CreateObject { id, .. } => self.create(vec![id.clone()]),
            Op::DropObject { id, .. } => self.drop(std::slice::from_ref(id)),
            Op::AlterObject { id, .. } => self.alter(id),
            Op::RenameConstraint { table, from, to, .. } => self.rename(Kind::Constraint, table, from, to),
            Op::RenameIndex { table, from, to, .. } => self.rename(Kind::Index, table, from, to),
            Op::RenameTable { .. }
            | Op::RenameColumn { .. }
            | Op::AlterTable { .. }
            | Op::AlterConstraint { .. }
            | Op::AlterIndex { .. } => Ok(()),
        }
    }

    fn create(&mut self, ids: Vec<Id>) -> Result<(), String> {
        let ids: Vec<Id> = ids
            .into_iter()
            .filter(|id| self.needs_to.contains_key(id))
            .collect();
        for id in &ids {
            if self.present.contains_key(id) {
                return Err(format!("{id} is there already"));
            }
            let lacking = self.needs_to[id].iter().find(|needed| {
                // A default that comes behind is no part of what is needed.
                !self.present.contains_key(*needed) && !ids.contains(*needed)
            });
            if let Some(lacking) = lacking {
                return Err(format!("{id} needs {lacking}"));
            }
        }
        for id in ids {
            let needed = self.needs_to[&id].clone();
            self.present.insert(id, needed);
        }
        Ok(())
    }

    fn drop(&mut self, ids: &[Id]) -> Result<(), String> {
        for id in ids {
            if let Some(dependent) = self.dependents(id).find(|dependent| !ids.contains(*dependent)) {
                return Err(format!("{dependent} still needs {id}"));
            }
        }
        if !self.present.contains_key(&ids[0]) {
            return Err(format!("{} is not there", ids[0]));
        }
        self.present.retain(|id, _| !ids.contains(id));
        Ok(())
    }

    fn alter(&mut self, id: &Id) -> Result<(), String> {
        let needed = self.needs_to.get(id).ok_or("it is not to be there")?;
        if let Some(lacking) = needed.iter().find(|needed| !self.present.contains_key(*needed)) {
            return Err(format!("{id} needs {lacking}"));
        }
        self.present.insert(id.clone(), needed.clone());
        Ok(())
    }

    fn rename(&mut self, kind: Kind, table: &Name, from: &str, to: &str) -> Result<(), String> {
        let [from, to] = [from, to].map(|part| Id::part(kind, table, part));
        let needed = self.present.remove(&from).ok_or("it is not there")?;
        for needs in self.present.values_mut() {
            if needs.remove(&from) {
                needs.insert(to.clone());
            }
        }
        self.present.insert(to, needed);
        Ok(())
    }

    fn dependents(&self, id: &Id) -> impl Iterator<Item = &Id> {
        self.present
            .iter()
            .filter(move |(_, needed)| needed.contains(id))
            .map(|(dependent, _)| dependent)
    }
}

/// Schemas from a number: a linear congruential generator is random enough.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn schema(&mut self) -> Schema {
        let mut schema = Schema::default();
        for name in ["mood", "size"] {
            if self.chance(60) {
                let mut labels: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
                labels.retain(|_| self.chance(80));
                object(
                    &mut schema,
                    Id::of(Kind::Enum, Name::new(name)),
                    Definition::Enum { labels },
                );
            }
        }
        for name in ["t", "u", "v", "w"] {
            if self.chance(70) {
                let table = self.table(&mut schema, name);
                schema.tables.insert(Name::new(name), table);
            }
        }
        self.foreign_keys(&mut schema);
        self.stored(&mut schema);
        schema
    }

    fn table(&mut self, schema: &mut Schema, table: &str) -> Table {
        let name = Name::new(table);
        let mut made = Table::default();
        made.columns.push(Column::new("id", "integer"));
        made.constraints.insert(format!("{table}_pkey"), key(&["id"]));
        for column in ["a", "b", "c"] {
            if !self.chance(60) {
                continue;
            }
            let data_type = ["integer", "text", "mood", "size"][self.below(4) as usize];
            let is_enum = Id::of(Kind::Enum, Name::new(data_type));
            let data_type = if schema.objects.contains_key(&is_enum) {
                data_type
            } else {
                "integer"
            };
            let mut added = Column::new(column, data_type);
            if schema.objects.contains_key(&is_enum) {
                schema.depends(Id::column(&name, column), is_enum);
            }
            if self.chance(20) {
                let expression = Sql::new(["id + 1", "id + 2"][self.below(2) as usize]);
                added.generated = Some(Generated {
                    expression,
                    stored: true,
                });
                schema.depends(Id::column(&name, column), Id::column(&name, "id"));
            } else if self.chance(30) {
                added.default = Some(Sql::new("f()"));
                schema.depends(
                    Id::part(Kind::Default, &name, column),
                    Id::of(Kind::Function, Name::new("f()")),
                );
            }
            if self.chance(30) {
                let index = ["one", "two"][self.below(2) as usize];
                let index = format!("{table}_{index}");
                made.indexes.insert(index, indexed(column));
            }
            made.columns.push(added);
        }
        made
    }

    fn foreign_keys(&mut self, schema: &mut Schema) {
        let names: Vec<Name> = schema.tables.keys().cloned().collect();
        for from in &names {
            for to in &names {
                if self.chance(35) {
                    let mut constraint = key(&["id"]);
                    constraint.kind = ConstraintKind::ForeignKey;
                    constraint.definition = Sql::new(format!("FOREIGN KEY (id) REFERENCES {to} (id)"));
                    constraint.references = Some(Reference {
                        table: to.clone(),
                        columns: vec!["id".to_owned()],
                    });
                    let table = schema.tables.get_mut(from).expect("it is one of them");
                    table.constraints.insert(format!("{from}_{to}_fkey"), constraint);
                }
            }
        }
    }

    /// A function that needs a table, and views on tables and on each other.
    fn stored(&mut self, schema: &mut Schema) {
        let tables: Vec<Name> = schema.tables.keys().cloned().collect();
        let function = Id::of(Kind::Function, Name::new("f()"));
        // Defaults call it.
        let definition = stored(self.below(3), self.below(2));
        object(schema, function.clone(), definition);
        if self.chance(30)
            && let Some(table) = tables.first()
        {
            schema.depends(function.clone(), Id::table(table));
        }
        let mut known: Vec<Id> = Vec::new();
        for view in ["x", "y", "z"] {
            if !self.chance(60) {
                continue;
            }
            let id = Id::of(Kind::View, Name::new(view));
            object(schema, id.clone(), stored(self.below(2), self.below(2)));
            for table in &tables {
                let columns: BTreeSet<String> = schema.tables[table]
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect();
                for column in columns {
                    if self.chance(15) {
                        schema.depends(id.clone(), Id::table(table));
                        schema.depends(id.clone(), Id::column(table, column));
                    }
                }
            }
            for other in &known {
                if self.chance(40) {
                    schema.depends(id.clone(), other.clone());
                }
            }
            known.push(id);
        }
        for table in &tables {
            if self.chance(30) {
                let id = Id::part(Kind::Trigger, table, "touch");
                object(schema, id.clone(), stored(self.below(2), 0));
                schema.depends(id, function.clone());
            }
        }
    }
}

fn object(schema: &mut Schema, id: Id, definition: Definition) {
    let object = Object {
        address: id.to_string(),
        definition,
        comment: None,
    };
    schema.objects.insert(id, object);
}

fn stored(body: u64, signature: u64) -> Definition {
    let text = format!("body {body} of {signature}");
    Definition::Stored {
        create: Sql::verbatim(text.clone()),
        replace: Some(Replace {
            statement: Sql::verbatim(text),
            signature: vec![signature.to_string()],
        }),
    }
}

fn key(columns: &[&str]) -> Constraint {
    Constraint {
        kind: ConstraintKind::PrimaryKey,
        definition: Sql::new(format!("PRIMARY KEY ({})", columns.join(", "))),
        columns: columns.iter().map(ToString::to_string).collect(),
        references: None,
        named: true,
        comment: None,
    }
}

fn indexed(column: &str) -> Index {
    Index {
        unique: false,
        definition: Sql::new(format!("USING btree ({column})")),
        columns: vec![column.to_owned()],
        comment: None,
    }
}

/// Nothing holds up a column that is made anew because a view did name it, where the server looks at views when they are used.
#[test]
fn a_view_that_is_altered_waits_for_what_it_needs_now() {
    let (name, column) = (Name::new("t"), Column::new("a", "integer"));
    let [x, y] = ["x", "y"].map(|view| Id::of(Kind::View, Name::new(view)));
    let schema = |column: Column| {
        let mut table = Table::default();
        table.columns.extend([Column::new("id", "integer"), column]);
        Schema {
            tables: [(name.clone(), table)].into(),
            ..Schema::default()
        }
    };
    let mut from = schema(column.clone());
    object(&mut from, y.clone(), stored(0, 0));
    from.depends(y.clone(), Id::column(&name, "a"));
    let mut to = schema(Column {
        generated: Some(Generated {
            expression: Sql::new("id + 1"),
            stored: true,
        }),
        ..column
    });
    object(&mut to, x.clone(), stored(0, 0));
    object(&mut to, y.clone(), stored(1, 0));
    to.depends(x.clone(), Id::column(&name, "a"));
    to.depends(y, x);

    let ops = diff(Dialect::Mariadb, &from, &to);
    let ops: Vec<String> = ops.iter().map(ToString::to_string).collect();
    assert_eq!(
        ops,
        [
            "drop column t.a",
            "add column t.a",
            "create view x",
            "alter view y"
        ]
    );
}

/// Two tables that reference each other are made one after the other, and the key that closes the ring comes behind.
#[test]
fn a_ring_of_foreign_keys_is_opened_once() {
    let mut random = Random(1);
    let mut ring = Schema::default();
    for name in ["a", "b"] {
        let table = random.table(&mut ring, name);
        ring.tables.insert(Name::new(name), table);
    }
    ring.dependencies = BTreeMap::new();
    for (from, to) in [("a", "b"), ("b", "a")] {
        let mut constraint = key(&["id"]);
        constraint.kind = ConstraintKind::ForeignKey;
        constraint.references = Some(Reference {
            table: Name::new(to),
            columns: vec!["id".to_owned()],
        });
        let table = ring.tables.get_mut(&Name::new(from)).expect("it is there");
        table.constraints.insert(format!("{from}_fk"), constraint);
    }
    let count = |ops: &[Op], apart: fn(&Op) -> bool| ops.iter().filter(|op| apart(op)).count();
    let there = diff(Dialect::Postgresql, &Schema::default(), &ring);
    assert_eq!(count(&there, |op| matches!(op, Op::AddConstraint { .. })), 1);
    let back = diff(Dialect::Postgresql, &ring, &Schema::default());
    assert_eq!(count(&back, |op| matches!(op, Op::DropConstraint { .. })), 1);
}
