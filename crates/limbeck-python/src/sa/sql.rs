//! Expressions and statements of SQL: so far, only what is written as it stands.

use std::rc::Rc;

use super::types::Type;
use crate::value::{Object, Outcome, Value};
use crate::vm::Vm;

/// SQL as it stands.
#[derive(Debug)]
pub(crate) struct Raw(String);

impl Object for Raw {
    fn class_name(&self) -> &'static str {
        "TextClause"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let own = self.clone();
        Ok((name == "self_group")
            .then(|| Value::native("self_group", move |_, _| Ok(Value::Object(own.clone())))))
    }
}

/// SQL that is written as it stands.
pub(crate) fn verbatim(text: &str) -> Value {
    Value::object(Raw(text.to_owned()))
}

/// `sa.text(…)`.
pub(crate) fn text(vm: &mut Vm<'_>, value: &Value) -> Outcome<Value> {
    match value.as_str() {
        Some(text) => Ok(verbatim(text)),
        None => Err(vm.unknown(format!("SQL of type '{}'", value.type_name()))),
    }
}

/// A statement or an expression.
pub(crate) fn compile(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    match value.downcast::<Raw>() {
        Some(raw) => Ok(raw.0.clone()),
        None => Err(vm.unknown(format!("SQL of type '{}'", value.type_name()))),
    }
}

/// An expression as DDL has it: without the names of tables.
pub(crate) fn compile_ddl(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    compile(vm, value)
}

/// A value of Python's.
pub(crate) fn literal(vm: &mut Vm<'_>, value: &Value, _type: Option<&Type>) -> Outcome<String> {
    match value {
        Value::Str(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
        Value::Int(number) => Ok(number.to_string()),
        other => Err(vm.unknown(format!("a value of type '{}'", other.type_name()))),
    }
}

/// A column of a table.
pub(crate) fn column_expr(
    _table: Option<&str>,
    _schema: Option<&str>,
    name: &str,
    _type: Option<Rc<Type>>,
) -> Rc<Raw> {
    Rc::new(Raw(name.to_owned()))
}

/// What a table has behind a dot that makes statements.
pub(crate) fn table_attribute(_vm: &mut Vm<'_>, _table: &Value, _name: &str) -> Outcome<Option<Value>> {
    Ok(None)
}

/// Whether it is more than a column or a text.
pub(crate) fn is_computation(_value: &Value) -> bool {
    false
}

/// The name by which an expression is called, if it has one.
pub(crate) fn key(_value: &Value) -> Option<String> {
    None
}

/// The expressions among the names of a module.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    let is_text = name == "text" && matches!(module, "sqlalchemy" | "sqlalchemy.sql");
    is_text.then(|| {
        Value::native("text", |vm, mut args| {
            let sql = args.need(vm, "text")?;
            args.finish(vm, "text")?;
            text(vm, &sql)
        })
    })
}
