//! `MetaData`: tables by their names.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_core::schema;

use super::convention::Conventions;
use super::{Kind, Table, TableName, table};
use crate::sa::names::Name;
use crate::sa::take;
use crate::value::{Args, Dict, Object, Outcome, Value};
use crate::vm::Vm;

/// `MetaData(schema, naming_convention)`.
#[derive(Debug)]
pub(crate) struct MetaData {
    pub(crate) schema: Option<String>,
    pub(crate) conventions: Conventions,
    pub(crate) tables: RefCell<Vec<(String, Rc<Table>)>>,
}

impl MetaData {
    /// The table of that name, behind its schema's and a dot.
    pub(crate) fn table(&self, key: &str) -> Option<Rc<Table>> {
        let tables = self.tables.borrow();
        let found = tables.iter().find(|(known, _)| known == key);
        found.map(|(_, table)| table.clone())
    }

    pub(crate) fn put(&self, key: &str, table: Rc<Table>) {
        let mut tables = self.tables.borrow_mut();
        match tables.iter_mut().find(|(known, _)| known == key) {
            Some(known) => known.1 = table,
            None => tables.push((key.to_owned(), table)),
        }
    }

    /// `metadata.reflect(bind, schema, only=[…])`.
    fn reflect(self: &Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        args.take("bind");
        let schema = take::schema(vm, args.take("schema"))?.or_else(|| self.schema.clone());
        args.take("views");
        args.take("extend_existing");
        let only = match args.keyword("only") {
            None | Some(Value::None) => None,
            Some(only) => Some(vm.iterate(&only)?),
        };
        let follows = take::flag(vm, args.keyword("resolve_fks"))?.unwrap_or(true);
        args.keyword("autoload_replace");
        args.finish(vm, "reflect")?;
        let there = vm.relations(schema.as_deref())?;
        let tables = there.iter().filter(|(_, kind)| *kind == schema::Kind::Table);
        for (name, _) in tables {
            let is_wanted = only
                .as_ref()
                .is_none_or(|only| only.iter().any(|wanted| wanted.as_str() == Some(name)));
            if is_wanted {
                let reflected = table::reflect(vm, self, name, schema.as_deref())?;
                self.put(&reflected.name.key(), reflected.clone());
                if follows {
                    self.reflect_referred(vm, &reflected)?;
                }
            }
        }
        Ok(Value::None)
    }

    /// Reads the tables that a table's foreign keys lead to, as far as they are not known, and those that theirs lead to.
    pub(crate) fn reflect_referred(self: &Rc<Self>, vm: &mut Vm<'_>, table: &Table) -> Outcome<()> {
        let constraints = table.constraints.borrow().clone();
        let targets = constraints
            .iter()
            .filter_map(|constraint| match &constraint.kind {
                Kind::ForeignKey { targets, .. } => targets.first(),
                _ => None,
            });
        for target in targets {
            let key = TableName::new(Name::new(&target.table), target.schema.clone()).key();
            if self.table(&key).is_none() && key != table.name.key() {
                let referred = table::reflect(vm, self, &target.table, target.schema.as_deref())?;
                self.put(&key, referred.clone());
                self.reflect_referred(vm, &referred)?;
            }
        }
        Ok(())
    }
}

pub(super) fn make(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    // `MetaData(bind=…)` of SQLAlchemy 1.4 is an error in 2.x.
    let schema = take::schema(vm, args.take("schema"))?;
    args.keyword("quote_schema");
    let conventions = args.keyword("naming_convention").unwrap_or(Value::None);
    args.keyword("info");
    args.finish(vm, "MetaData")?;
    Ok(Value::object(MetaData {
        schema,
        conventions: Conventions::of(vm, &conventions)?,
        tables: RefCell::default(),
    }))
}

impl Object for MetaData {
    fn class_name(&self) -> &'static str {
        "MetaData"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let own = self.clone();
        Ok(Some(match name {
            "tables" => {
                let mut tables = Dict::default();
                for (key, table) in self.tables.borrow().iter() {
                    tables.insert(vm, Value::str(key), Value::Object(table.clone()))?;
                }
                Value::dict(tables)
            }
            "naming_convention" => self.conventions.patterns(),
            "schema" => self.schema.as_ref().map_or(Value::None, Value::str),
            "reflect" => Value::native("reflect", move |vm, args| own.reflect(vm, args)),
            "clear" => Value::native("clear", move |_, _| {
                own.tables.borrow_mut().clear();
                Ok(Value::None)
            }),
            "create_all" => Value::native("create_all", move |vm, args| {
                crate::sa::ddl::create_all(vm, &own, args)
            }),
            "drop_all" => Value::native("drop_all", move |vm, args| {
                crate::sa::ddl::drop_all(vm, &own, args)
            }),
            _ => return Ok(None),
        }))
    }
}
