//! What holds of the ops between any two schemas: applied in memory they make the one of the other, and each finds what it needs.

mod random;
mod world;

use std::collections::BTreeMap;

use super::diff;
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, ConstraintKind, Generated, Id, Kind, Name, Reference, Schema, Sql, Table};
use random::{Random, key, object, stored};
use world::World;

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
    let mut world = World::new(dialect, from, to);
    ops.iter()
        .try_for_each(|op| world.step(op).map_err(|message| format!("{op}: {message}")))
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
