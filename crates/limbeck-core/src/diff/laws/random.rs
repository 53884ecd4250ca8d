//! Schemas made at random.

use std::collections::BTreeSet;

use crate::schema::{
    Column, Constraint, ConstraintKind, Definition, Generated, Id, Index, Kind, Name, Object, Reference,
    Replace, Schema, Sql, Table,
};

/// Schemas from a number: a linear congruential generator is random enough.
pub(super) struct Random(pub(super) u64);

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

    pub(super) fn schema(&mut self) -> Schema {
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

    pub(super) fn table(&mut self, schema: &mut Schema, table: &str) -> Table {
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
                let plain = made.columns.iter().filter(|column| column.generated.is_none());
                let plain: Vec<&str> = plain.map(|column| column.name.as_str()).collect();
                let of = plain[self.below(plain.len() as u64) as usize];
                added.generated = Some(Generated {
                    expression: Sql::new(format!("{of} + {}", self.below(2))),
                    stored: true,
                });
                schema.depends(Id::column(&name, column), Id::column(&name, of));
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

pub(super) fn object(schema: &mut Schema, id: Id, definition: Definition) {
    let object = Object::new(id.to_string(), definition);
    schema.objects.insert(id, object);
}

pub(super) fn stored(body: u64, signature: u64) -> Definition {
    let text = format!("body {body} of {signature}");
    Definition::Stored {
        create: Sql::verbatim(text.clone()),
        replace: Some(Replace {
            statement: Sql::verbatim(text),
            signature: vec![signature.to_string()],
        }),
    }
}

pub(super) fn key(columns: &[&str]) -> Constraint {
    Constraint::new(
        ConstraintKind::PrimaryKey,
        Sql::new(format!("PRIMARY KEY ({})", columns.join(", "))),
        columns.iter().copied(),
    )
}

fn indexed(column: &str) -> Index {
    Index {
        unique: false,
        definition: Sql::new(format!("USING btree ({column})")),
        columns: vec![column.to_owned()],
        comment: None,
    }
}
