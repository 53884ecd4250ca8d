//! What a database is made of, as values that are compared, and as [`Op`](crate::op::Op)s change.
//!
//! Types, defaults and expressions are the server's own text: the models are made on a scratch database, and both sides
//! are read back with the same queries, so that two texts are equal when the server thinks they are. What limbeck must look into, it has
//! as fields.

mod id;
mod name;
mod object;
mod spelling;
mod sql;
mod table;

use std::collections::{BTreeMap, BTreeSet};

pub use id::{Id, Kind};
pub use name::Name;
pub use object::{Attribute, Definition, Object, Replace, Sequence};
pub use sql::Sql;
pub use table::{
    Column, Constraint, ConstraintKind, Generated, Identity, Index, Moot, Reference, Table, TableOption,
};

/// Everything in a database that limbeck can write.
///
/// ```
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let mut schema = Schema::default();
/// let users = Table { columns: vec![Column::new("id", "integer")], ..Table::default() };
/// schema.tables.insert(Name::new("users"), users);
/// assert!(schema.same(&schema.clone()));
/// assert!(!schema.same(&Schema::default()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// The tables, with their columns, constraints and indexes.
    pub tables: BTreeMap<Name, Table>,
    /// Everything else: views, types, functions, triggers …
    pub objects: BTreeMap<Id, Object>,
    /// What the server, or the text of a definition, says needs what: from an object to those that must be there before it. What
    /// follows from the structure (an index needs its columns) is not told again.
    pub dependencies: BTreeMap<Id, BTreeSet<Id>>,
}

impl Schema {
    /// Whether both hold the same. The order of columns is no part of that: a column that is added stands last.
    pub fn same(&self, other: &Self) -> bool {
        self.objects == other.objects
            && self.tables.len() == other.tables.len()
            && self
                .tables
                .iter()
                .all(|(name, table)| other.tables.get(name).is_some_and(|there| table.same(there)))
    }

    /// Says that `id` can only be there when `needed` is.
    ///
    /// ```
    /// use limbeck_core::schema::{Id, Kind, Name, Schema};
    ///
    /// let mut schema = Schema::default();
    /// let [view, table] = [Kind::View, Kind::Table].map(|kind| Id::of(kind, Name::new(kind.word())));
    /// schema.depends(view.clone(), table.clone());
    /// assert!(schema.dependencies[&view].contains(&table));
    /// ```
    pub fn depends(&mut self, id: Id, needed: Id) {
        if id != needed {
            self.dependencies.entry(id).or_default().insert(needed);
        }
    }
}
