//! Indexes.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Column, Construct, Options, TableName};
use crate::sa::names::Name;
use crate::sa::take;
use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// `Index(name, …)`.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) name: Option<Name>,
    /// What is indexed: names of columns, or expressions.
    pub(crate) expressions: Vec<Value>,
    pub(crate) unique: bool,
    pub(crate) options: Options,
    pub(crate) table: RefCell<Option<TableName>>,
}

impl Index {
    /// The names of the columns that are indexed as they are.
    pub(crate) fn column_names(&self) -> Vec<Name> {
        let name = |value: &Value| match value {
            Value::Str(text) => Some(Name::new(text)),
            value => match value.downcast::<Column>() {
                Some(column) => Some(column.name.clone()),
                None => value.downcast::<Name>().map(|name| (*name).clone()),
            },
        };
        self.expressions.iter().filter_map(name).collect()
    }
}

pub(super) fn make(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let name = Name::maybe(vm, Some(name))?;
    let expressions = args.rest();
    let index = of(vm, name, expressions, &mut args)?;
    args.finish(vm, "Index")?;
    let table = index.expressions.iter().find_map(|expression| {
        let column = expression.downcast::<Column>()?;
        column.table.borrow().clone()
    });
    *index.table.borrow_mut() = table;
    Ok(Value::object(index))
}

/// An index with the arguments that are left.
pub(crate) fn of(
    vm: &mut Vm<'_>,
    name: Option<Name>,
    expressions: Vec<Value>,
    args: &mut Args,
) -> Outcome<Index> {
    let quote = take::flag(vm, args.keyword("quote"))?;
    let unique = take::is_set(vm, args.keyword("unique"))?;
    args.keyword("info");
    Ok(Index {
        name: name.map(|name| {
            if quote.is_some() {
                name.with_quote(quote)
            } else {
                name
            }
        }),
        expressions,
        unique,
        options: Options::take(vm, args, Construct::Index)?,
        table: RefCell::default(),
    })
}

impl Object for Index {
    fn class_name(&self) -> &'static str {
        "Index"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let own = self.clone();
        Ok(match name {
            "name" => Some(
                self.name
                    .as_ref()
                    .map_or(Value::None, |name| Value::Str(name.text.clone())),
            ),
            "unique" => Some(Value::Bool(self.unique)),
            "create" => Some(Value::native("create", move |vm, args| {
                crate::sa::ddl::create_index_item(vm, &own, args)
            })),
            "drop" => Some(Value::native("drop", move |vm, args| {
                crate::sa::ddl::drop_index_item(vm, &own, args)
            })),
            _ => None,
        })
    }
}
