//! Tables as programs have them.

use std::rc::Rc;

use super::super::convention::Conventions;
use super::super::{Column, Construct, MetaData, Options};
use super::{Draft, Table, TableName};
use crate::sa::names::Name;
use crate::sa::{ddl, sql, take};
use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// `Table(name, metadata, …)`.
pub(in crate::sa::schema) fn make(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let name = Name::of(vm, &name)?.with_quote(take::flag(vm, args.keyword("quote"))?);
    let metadata = args.need(vm, "metadata")?;
    let Some(metadata) = metadata.downcast::<MetaData>() else {
        return Err(vm.unknown(format!(
            "a table in a metadata of type '{}'",
            metadata.type_name()
        )));
    };
    let schema = take::schema(vm, args.keyword("schema"))?.or_else(|| metadata.schema.clone());
    let name = TableName::new(name, schema);
    let items = args.rest();
    let (reflected, follows) = reflection(vm, &mut args)?;
    if let Some(known) = metadata.table(&name.key())
        && items.is_empty()
        && !reflected
    {
        return Ok(Value::Object(known));
    }
    let mut draft = Draft::new(name.clone(), metadata.conventions.clone());
    if reflected {
        let there = super::reflect::reflect(vm, &metadata, &name.name.text, name.schema.as_deref())?;
        let is_given = |column: &&Rc<Column>| {
            items.iter().any(|item| {
                item.downcast::<Column>()
                    .is_some_and(|given| given.name.text == column.name.text)
            })
        };
        draft.columns.extend(
            there
                .columns
                .borrow()
                .iter()
                .filter(|column| !is_given(column))
                .cloned(),
        );
        draft
            .constraints
            .extend(there.constraints.borrow().iter().cloned());
        draft
            .constraints
            .extend(there.primary_key.borrow().iter().cloned());
        draft.indexes.extend(there.indexes.borrow().iter().cloned());
    }
    for item in &items {
        draft.add(vm, item)?;
    }
    draft.take_options(vm, &mut args)?;
    args.finish(vm, "Table")?;
    let table = draft.finish(vm)?;
    metadata.put(&name.key(), table.clone());
    if reflected && follows {
        metadata.reflect_referred(vm, &table)?;
    }
    Ok(Value::Object(table))
}

/// Whether the table is to be read from the database, and those that its foreign keys lead to.
fn reflection(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<(bool, bool)> {
    let with = args.keyword("autoload_with").is_some_and(|bind| !bind.is_none());
    let old = take::is_set(vm, args.keyword("autoload"))?;
    let follows = take::flag(vm, args.keyword("resolve_fks"))?.unwrap_or(true);
    for known in [
        "autoload_replace",
        "keep_existing",
        "extend_existing",
        "implicit_returning",
        "quote_schema",
        "listeners",
    ] {
        args.keyword(known);
    }
    if args
        .keyword("include_columns")
        .is_some_and(|columns| !columns.is_none())
    {
        return Err(vm.unknown("'include_columns' of a table"));
    }
    Ok((with || old, follows))
}

impl Draft {
    /// Takes a table's arguments that are no items.
    pub(crate) fn take_options(&mut self, vm: &mut Vm<'_>, args: &mut Args) -> Outcome<()> {
        self.comment = take::string(vm, args.keyword("comment"))?;
        let prefixes = args.keyword("prefixes");
        for prefix in take::list(vm, prefixes)? {
            self.prefixes.push(vm.text_of(&prefix)?);
        }
        args.keyword("info");
        self.options = Options::take(vm, args, Construct::Table)?;
        Ok(())
    }
}

/// A table's columns: `table.c`.
#[derive(Debug)]
pub(crate) struct Columns(pub(crate) Rc<Table>);

impl Columns {
    fn values(&self) -> Vec<Value> {
        let columns = self.0.columns.borrow();
        columns
            .iter()
            .map(|column| Value::Object(column.clone()))
            .collect()
    }
}

impl Object for Columns {
    fn class_name(&self) -> &'static str {
        "ColumnCollection"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(column) = self.0.column(name) {
            return Ok(Some(Value::Object(column)));
        }
        let names = |own: &Self| -> Vec<Value> {
            let columns = own.0.columns.borrow();
            columns
                .iter()
                .map(|column| Value::Str(column.name.text.clone()))
                .collect()
        };
        let made = match name {
            "keys" => Value::list(names(&self)),
            "values" => Value::list(self.values()),
            "items" => Value::list(
                names(&self)
                    .into_iter()
                    .zip(self.values())
                    .map(|(name, column)| Value::tuple(vec![name, column]))
                    .collect(),
            ),
            "get" => {
                return Ok(Some(Value::native("get", move |vm, mut args| {
                    let key = args.need(vm, "key")?;
                    let found = key.as_str().and_then(|key| self.0.column(key));
                    Ok(match found {
                        Some(column) => Value::Object(column),
                        None => args.take("default").unwrap_or(Value::None),
                    })
                })));
            }
            _ => return Err(vm.raise("AttributeError", name)),
        };
        Ok(Some(Value::native("columns", move |_, _| Ok(made.clone()))))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        let found = match key {
            Value::Int(at) => usize::try_from(*at)
                .ok()
                .and_then(|at| self.values().get(at).cloned()),
            key => match Name::of(vm, key) {
                Ok(name) => self.0.column(&name.text).map(|column| Value::Object(column)),
                Err(_) => None,
            },
        };
        match found {
            Some(column) => Ok(column),
            None => {
                let key = vm.text_of(key)?;
                Err(vm.raise("KeyError", key))
            }
        }
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.values())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.0.columns.borrow().len()))
    }

    fn contains(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let name = match value.downcast::<Column>() {
            Some(column) => column.name.clone(),
            None => Name::of(vm, value)?,
        };
        Ok(Some(self.0.column(&name.text).is_some()))
    }
}

impl Object for Table {
    fn class_name(&self) -> &'static str {
        "Table"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let own = self.clone();
        let constraints = |own: &Self| -> Vec<Value> {
            let key = own.primary_key.borrow().clone();
            let others = own.constraints.borrow().clone();
            key.into_iter()
                .chain(others)
                .map(|constraint| Value::Object(constraint))
                .collect()
        };
        Ok(Some(match name {
            "c" | "columns" => Value::object(Columns(self)),
            "name" | "description" => Value::Str(self.name.name.text.clone()),
            "key" | "fullname" => Value::str(self.name.key()),
            "schema" => self.name.schema.as_ref().map_or(Value::None, Value::str),
            "comment" => self.comment.as_ref().map_or(Value::None, Value::str),
            "primary_key" => match &*self.primary_key.borrow() {
                Some(key) => Value::Object(key.clone()),
                None => return Err(vm.unknown("the primary key of a table without one")),
            },
            "constraints" => Value::list(constraints(&self)),
            "indexes" => {
                let indexes = self.indexes.borrow();
                Value::list(indexes.iter().map(|index| Value::Object(index.clone())).collect())
            }
            "create" => Value::native("create", move |vm, args| ddl::create_table_item(vm, &own, args)),
            "drop" => Value::native("drop", move |vm, args| ddl::drop_table_item(vm, &own, args)),
            // What makes statements of a table, and joins.
            _ => return sql::table_attribute(vm, &Value::Object(own), name),
        }))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.name.key())
    }
}

/// A table that stands for what a directive made: its conventions are those of the project.
pub(crate) fn draft(vm: &Vm<'_>, name: TableName) -> Draft {
    Draft::new(name, Conventions::of_project(vm))
}
