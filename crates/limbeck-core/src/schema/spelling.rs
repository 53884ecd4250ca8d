//! Names that differ in case only.

use std::collections::BTreeMap;

use super::{Column, Id, Kind, Name, Schema, Table};

impl Schema {
    /// Spells names as `other` does that are the same but for their case. For SQLite, to which they are the same.
    ///
    /// ```
    /// use limbeck_core::schema::{Column, Name, Schema, Table};
    ///
    /// let schema = |table: &str, column: &str| {
    ///     let mut schema = Schema::default();
    ///     let columns = vec![Column::new(column, "TEXT")];
    ///     schema.tables.insert(Name::new(table), Table { columns, ..Table::default() });
    ///     schema
    /// };
    /// let mut models = schema("Users", "Email");
    /// models.spell_like(&schema("users", "email"));
    /// assert!(models.same(&schema("users", "email")));
    /// ```
    pub fn spell_like(&mut self, other: &Self) {
        let spelling = Spelling::new(other);
        let tables = std::mem::take(&mut self.tables).into_iter();
        self.tables = tables
            .map(|(name, table)| (spelling.relation(&name), spelling.table(&name, table)))
            .collect();
        let objects = std::mem::take(&mut self.objects).into_iter();
        self.objects = objects.map(|(id, object)| (spelling.id(id), object)).collect();
        let dependencies = std::mem::take(&mut self.dependencies).into_iter();
        self.dependencies = dependencies
            .map(|(id, needed)| {
                let needed = needed.into_iter().map(|id| spelling.id(id)).collect();
                (spelling.id(id), needed)
            })
            .collect();
    }
}

/// How a schema spells names, by their lower case.
struct Spelling<'a> {
    relations: BTreeMap<String, &'a Name>,
    tables: BTreeMap<String, &'a Table>,
    parts: BTreeMap<(Kind, String, String), &'a str>,
}

impl<'a> Spelling<'a> {
    fn new(schema: &'a Schema) -> Self {
        let views = schema.objects.keys().filter(|id| id.part.is_none());
        let names = schema.tables.keys().chain(views.map(|id| &id.name));
        let parts = schema.objects.keys().filter_map(|id| {
            let part = id.part.as_deref()?;
            Some(((id.kind, lower(&id.name.name), lower(part)), part))
        });
        Self {
            relations: names.map(|name| (lower(&name.name), name)).collect(),
            tables: schema
                .tables
                .iter()
                .map(|(name, table)| (lower(&name.name), table))
                .collect(),
            parts: parts.collect(),
        }
    }

    fn relation(&self, name: &Name) -> Name {
        let known = self.relations.get(&lower(&name.name));
        known.map_or_else(|| name.clone(), |known| (*known).clone())
    }

    fn column(&self, table: &Name, column: &str) -> String {
        let known = self.tables.get(&lower(&table.name)).and_then(|table| {
            let same = |known: &&Column| known.name.eq_ignore_ascii_case(column);
            table.columns.iter().find(same)
        });
        known.map_or(column, |known| &known.name).to_owned()
    }

    fn table(&self, name: &Name, mut table: Table) -> Table {
        let known = self.tables.get(&lower(&name.name));
        for column in &mut table.columns {
            column.name = self.column(name, &column.name);
        }
        let constraints = std::mem::take(&mut table.constraints).into_iter();
        table.constraints = constraints
            .map(|(called, mut constraint)| {
                for column in &mut constraint.columns {
                    *column = self.column(name, column);
                }
                if let Some(reference) = &mut constraint.references {
                    for column in &mut reference.columns {
                        *column = self.column(&reference.table, column);
                    }
                    reference.table = self.relation(&reference.table);
                }
                let names = known.map(|known| known.constraints.keys());
                (spelled(names.into_iter().flatten(), called), constraint)
            })
            .collect();
        let indexes = std::mem::take(&mut table.indexes).into_iter();
        table.indexes = indexes
            .map(|(called, mut index)| {
                for column in &mut index.columns {
                    *column = self.column(name, column);
                }
                let names = known.map(|known| known.indexes.keys());
                (spelled(names.into_iter().flatten(), called), index)
            })
            .collect();
        table
    }

    fn id(&self, mut id: Id) -> Id {
        if let Some(part) = &id.part {
            let key = (id.kind, lower(&id.name.name), lower(part));
            id.part = match self.parts.get(&key) {
                Some(known) => Some((*known).to_owned()),
                None if id.kind == Kind::Column => Some(self.column(&id.name, part)),
                None => Some(part.clone()),
            };
        }
        id.name = self.relation(&id.name);
        id
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn spelled<'a>(mut names: impl Iterator<Item = &'a String>, called: String) -> String {
    let known = names.find(|known| known.eq_ignore_ascii_case(&called));
    known.cloned().unwrap_or(called)
}
