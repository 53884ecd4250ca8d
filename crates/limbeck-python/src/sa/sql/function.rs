//! `func.…`: SQL's functions by their names.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::construct;
use super::expr::{Expr, Function, Node};
use super::kind::{Kind, SqlType};

/// `func`, or a schema or function behind its dots.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    path: Vec<Rc<str>>,
}

impl Object for Functions {
    fn class_name(&self) -> &'static str {
        "_FunctionGenerator"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        // `func.cast_`, `func.if_`: the underscore is Python's need.
        let name = match name.strip_suffix('_') {
            Some(word) if !word.is_empty() => word,
            _ => name,
        };
        if name.starts_with("__") {
            return Ok(None);
        }
        let mut path = self.path.clone();
        path.push(Rc::from(name));
        Ok(Some(Value::object(Self { path })))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let Some((name, schemas)) = self.path.split_last() else {
            return Err(vm.type_error("'_FunctionGenerator' object is not callable"));
        };
        let lower = name.to_ascii_lowercase();
        if schemas.is_empty() && lower == "cast" {
            return construct::cast(vm, args);
        }
        if schemas.is_empty() && lower == "extract" {
            return construct::extract(vm, args);
        }
        if schemas.is_empty() && lower == "next_value" {
            return next_value(vm, args);
        }
        let type_ = crate::sa::types::Type::maybe(vm, args.keyword("type_"))?;
        let given = args.rest();
        args.finish(vm, name)?;
        let operands = given.iter().map(|value| coerce::expression(vm, value));
        let operands = operands.collect::<Outcome<Vec<_>>>()?;
        if schemas.is_empty() && type_.is_none() {
            return Ok(Value::Object(call(name, operands)));
        }
        let node = Node::Function(Function {
            path: self.path.clone(),
            args: operands,
            order_by: Vec::new(),
        });
        Ok(Value::Object(Expr::new(node, SqlType::optional(type_))))
    }
}

/// `func.next_value(sequence)`.
fn next_value(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let sequence = args.need(vm, "seq")?;
    args.finish(vm, "next_value")?;
    let Some(sequence) = sequence.downcast::<crate::sa::schema::Sequence>() else {
        return Err(vm.type_error("next_value() accepts a Sequence object as input."));
    };
    let name = crate::sa::quote::qualified(vm.dialect, sequence.schema.as_deref(), &sequence.name.text);
    Ok(Value::Object(Expr::new(Node::NextValue(name), Kind::Integer)))
}

/// A function's call.
pub(crate) fn call(name: &str, args: Vec<Rc<Expr>>) -> Rc<Expr> {
    let lower = name.to_ascii_lowercase();
    let known = known(&lower);
    let type_ = match known {
        Some(Returns::Kind(kind)) => kind.into(),
        // As the first of its arguments whose type is known.
        Some(Returns::Argument) => {
            let mut types = args.iter().map(|arg| &arg.type_);
            types
                .find(|type_| type_.kind != Kind::Null)
                .cloned()
                .unwrap_or(SqlType::NULL)
        }
        None => SqlType::NULL,
    };
    // SQLAlchemy writes the functions that it knows in its own case.
    let name = if known.is_some() { lower } else { name.to_owned() };
    let args = args
        .iter()
        .map(|arg| arg.group(Some(&super::operator::Operator::Comma)))
        .collect();
    let function = Function {
        path: vec![Rc::from(name)],
        args,
        order_by: Vec::new(),
    };
    Expr::new(Node::Function(function), type_)
}

/// What a function returns.
#[derive(Clone, Copy)]
enum Returns {
    Kind(Kind),
    Argument,
}

/// The functions that SQLAlchemy knows.
fn known(name: &str) -> Option<Returns> {
    let kind = match name {
        "count" | "char_length" | "rank" | "dense_rank" => Kind::Integer,
        "cume_dist" | "percent_rank" => Kind::Numeric,
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" => Kind::DateTime,
        "current_date" => Kind::Date,
        "current_time" => Kind::Time,
        "concat" | "current_user" | "session_user" | "user" => Kind::Text,
        "random" | "percentile_cont" | "percentile_disc" | "mode" => Kind::Null,
        "array_agg" => Kind::Array,
        "coalesce" | "max" | "min" | "sum" | "pow" => return Some(Returns::Argument),
        _ => return None,
    };
    Some(Returns::Kind(kind))
}

/// Functions that standard SQL writes without parentheses.
pub(super) fn without_parentheses(name: &str) -> bool {
    matches!(
        name,
        "current_date"
            | "current_time"
            | "current_timestamp"
            | "current_user"
            | "localtime"
            | "localtimestamp"
            | "session_user"
            | "user"
    )
}

/// Whether SQLAlchemy has a class for that function.
pub(super) fn is_known(name: &str) -> bool {
    known(name).is_some()
}

/// The class of a function: it is called as the function is.
pub(super) fn class(name: &str) -> Option<Value> {
    is_known(name).then(|| {
        Value::object(Functions {
            path: vec![Rc::from(name)],
        })
    })
}
