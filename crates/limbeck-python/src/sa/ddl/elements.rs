//! Constructs that are DDL: `CreateSchema('s')`, `CreateSequence(…)`, `CreateTable(table)`, `DDL('…')` and their like, which
//! `execute` takes.

use std::rc::Rc;

use super::items::{drop_sequence_statement, sequence_statement};
use super::{create_index, create_table, drop_index};
use crate::sa::names::Name;
use crate::sa::schema::{Index, Sequence, Table};
use crate::sa::{sql, take};
use crate::value::{Args, Key, Object, Outcome, Value};
use crate::vm::Vm;

/// A construct with the text that it is.
#[derive(Debug)]
pub(crate) struct Element {
    class: &'static str,
    text: String,
}

impl Object for Element {
    fn class_name(&self) -> &str {
        self.class
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.text.clone())
    }
}

/// The text of a construct that is DDL, if it is one.
pub(crate) fn element_text(value: &Value) -> Option<String> {
    value.downcast::<Element>().map(|element| element.text.clone())
}

type Write = fn(&mut Vm<'_>, &mut Args) -> Outcome<String>;

const CLASSES: &[(&str, Write)] = &[
    ("CreateSchema", create_schema),
    ("DropSchema", drop_schema),
    ("CreateSequence", |vm, args| {
        let sequence: Rc<Sequence> = need(vm, args)?;
        let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
        sequence_statement(vm, &sequence, if_not_exists)
    }),
    ("DropSequence", |vm, args| {
        let sequence: Rc<Sequence> = need(vm, args)?;
        let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
        Ok(drop_sequence_statement(vm, &sequence, if_exists))
    }),
    ("CreateTable", |vm, args| {
        let table: Rc<Table> = need(vm, args)?;
        let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
        create_table(vm, &table, if_not_exists)
    }),
    ("DropTable", |vm, args| {
        let table: Rc<Table> = need(vm, args)?;
        let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
        let if_exists = if if_exists { "IF EXISTS " } else { "" };
        Ok(format!("DROP TABLE {if_exists}{}", table.name.sql(vm.dialect)))
    }),
    ("CreateIndex", |vm, args| {
        let index: Rc<Index> = need(vm, args)?;
        let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
        create_index(vm, &index, if_not_exists)
    }),
    ("DropIndex", |vm, args| {
        let index: Rc<Index> = need(vm, args)?;
        let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
        drop_index(vm, &index, if_exists)
    }),
    ("DDL", |vm, args| {
        let statement = args.need(vm, "statement")?;
        args.take("context");
        let statement = sql::text(vm, &statement)?;
        // A percent sign is written twice in it, as for `%` of Python.
        Ok(sql::compile(vm, &statement)?.replace("%%", "%"))
    }),
];

fn need<T: Object>(vm: &Vm<'_>, args: &mut Args) -> Outcome<Rc<T>> {
    let element = args.need(vm, "element")?;
    element
        .downcast()
        .ok_or_else(|| vm.unknown(format!("such DDL of type '{}'", element.type_name())))
}

fn schema_name(vm: &Vm<'_>, args: &mut Args) -> Outcome<String> {
    let name = args.need(vm, "name")?;
    let name = Name::of(vm, &name)?;
    Ok(name.sql(vm.dialect))
}

fn create_schema(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<String> {
    let name = schema_name(vm, args)?;
    let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
    Ok(format!(
        "CREATE SCHEMA {}{name}",
        if if_not_exists { "IF NOT EXISTS " } else { "" }
    ))
}

fn drop_schema(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<String> {
    let name = schema_name(vm, args)?;
    let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
    let cascade = take::is_set(vm, args.keyword("cascade"))?;
    Ok(format!(
        "DROP SCHEMA {}{name}{}",
        if if_exists { "IF EXISTS " } else { "" },
        if cascade { " CASCADE" } else { "" }
    ))
}

/// A class of such constructs.
#[derive(Debug)]
struct ElementClass(usize);

impl Object for ElementClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let (class, write) = CLASSES[self.0];
        let text = write(vm, &mut args)?;
        args.finish(vm, class)?;
        Ok(Value::object(Element { class, text }))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let is_it = |element: Rc<Element>| element.class == CLASSES[self.0].0;
        Ok(Some(value.downcast().is_some_and(is_it)))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("DDL", CLASSES[self.0].0.to_owned()))
    }
}

/// These classes among the names of a module.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    if !matches!(module, "sqlalchemy" | "sqlalchemy.schema" | "sqlalchemy.sql.ddl") {
        return None;
    }
    let at = CLASSES.iter().position(|(known, _)| *known == name)?;
    Some(Value::object(ElementClass(at)))
}
