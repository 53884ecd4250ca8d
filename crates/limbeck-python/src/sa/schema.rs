//! SQLAlchemy's schema items: tables, columns, constraints, indexes.

mod column;
mod constraint;
mod convention;
mod default;
mod foreign_key;
mod index;
mod metadata;
mod options;
mod table;

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::value::{Args, Key, Object, Outcome, Value};
use crate::vm::Vm;

pub(crate) use column::{Autoincrement, Column, ServerDefault};
pub(crate) use constraint::{Constraint, Exclusion, Kind, column_names, exclude};
pub(crate) use convention::Conventions;
pub(crate) use default::{Computed, DefaultClause, FetchedValue, Identity, Sequence, SequenceOptions};
pub(crate) use foreign_key::{Actions, ForeignKey, Target};
pub(crate) use index::{Index, of as index_of};
pub(crate) use metadata::MetaData;
pub(crate) use options::{Construct, Options};
pub(crate) use table::{Table, TableName, draft};

/// Counts what is made: constraints of a table are written in that order.
static MADE: AtomicUsize = AtomicUsize::new(0);

fn made() -> usize {
    MADE.fetch_add(1, Ordering::Relaxed)
}

/// A class of schema items, as programs have it.
#[derive(Debug)]
struct ItemClass {
    name: &'static str,
    make: fn(&mut Vm<'_>, Args) -> Outcome<Value>,
}

const CLASSES: &[ItemClass] = &[
    item("Column", column::make),
    item("ForeignKey", foreign_key::make),
    item("ForeignKeyConstraint", constraint::make_foreign_key),
    item("PrimaryKeyConstraint", constraint::make_primary_key),
    item("UniqueConstraint", constraint::make_unique),
    item("CheckConstraint", constraint::make_check),
    item("ExcludeConstraint", constraint::make_exclude),
    item("Index", index::make),
    item("Table", table::make),
    item("MetaData", metadata::make),
    item("Computed", default::make_computed),
    item("Identity", default::make_identity),
    item("Sequence", default::make_sequence),
    item("FetchedValue", default::make_fetched),
    item("DefaultClause", default::make_clause),
];

const fn item(name: &'static str, make: fn(&mut Vm<'_>, Args) -> Outcome<Value>) -> ItemClass {
    ItemClass { name, make }
}

impl Object for ItemClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "__name__").then(|| Value::str(self.name)))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        (self.make)(vm, args)
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(match value {
            Value::Object(object) => object.class_name() == self.name,
            _ => false,
        }))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("schema item", self.name.to_owned()))
    }
}

/// The schema items among the names of a module.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    if name == "quoted_name" || name == "conv" {
        let is_there = matches!(
            module,
            "sqlalchemy" | "sqlalchemy.sql" | "sqlalchemy.sql.elements" | "sqlalchemy.schema"
        );
        return is_there.then(|| super::names::class(name == "conv"));
    }
    let is_known = match name {
        "ExcludeConstraint" => module.starts_with("sqlalchemy.dialects.postgresql"),
        _ => matches!(
            module,
            "sqlalchemy" | "sqlalchemy.schema" | "sqlalchemy.sql.schema"
        ),
    };
    let class = CLASSES.iter().find(|class| class.name == name && is_known)?;
    Some(Value::object(item(class.name, class.make)))
}
