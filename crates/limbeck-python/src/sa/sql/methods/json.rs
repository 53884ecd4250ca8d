//! What JSON and hstore columns have besides.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::sa::types::Type;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::array::native;
use super::{Expr, Kind, Method, Node, Operator, SqlType, coerce};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("as_string", |vm, this, args| read_as(vm, this, "Unicode", args)),
    ("as_integer", |vm, this, args| read_as(vm, this, "Integer", args)),
    ("as_float", |vm, this, args| read_as(vm, this, "Float", args)),
    ("as_boolean", |vm, this, args| read_as(vm, this, "Boolean", args)),
    ("as_json", |_, this, _| Ok(Value::Object(this.clone()))),
    ("contains", |vm, this, args| jsonb(vm, this, "@>", args)),
    ("contained_by", |vm, this, args| jsonb(vm, this, "<@", args)),
    ("has_key", |vm, this, args| has(vm, this, "?", args)),
    ("has_any", |vm, this, args| has(vm, this, "?|", args)),
    ("has_all", |vm, this, args| has(vm, this, "?&", args)),
];

pub(super) const HSTORE: &[(&str, Method)] = &[
    ("contains", |vm, this, args| native(vm, this, "@>", args)),
    ("contained_by", |vm, this, args| native(vm, this, "<@", args)),
    ("has_key", |vm, this, args| has(vm, this, "?", args)),
    ("has_any", |vm, this, args| has(vm, this, "?|", args)),
    ("has_all", |vm, this, args| has(vm, this, "?&", args)),
];

/// `.astext`.
pub(super) fn attribute(vm: &mut Vm<'_>, this: &Rc<Expr>, name: &str) -> Outcome<Option<Value>> {
    if name != "astext" || !this.type_.kind.is_json() {
        return Ok(None);
    }
    let Node::Binary { left, op, right, .. } = &this.node else {
        return Ok(None);
    };
    let symbol = match op {
        Operator::JsonItem => "->>",
        Operator::JsonPath => "#>>",
        _ => return Ok(None),
    };
    if vm.dialect != Dialect::Postgresql {
        return Err(vm.unknown(".astext on a database that is not PostgreSQL"));
    }
    let op = Operator::Custom(Rc::new(super::Custom {
        symbol: symbol.to_owned(),
        precedence: 15,
        comparison: false,
        grouped: true,
        self_precedent: true,
    }));
    Ok(Some(Value::Object(Expr::operate(left, op, right, Kind::Text))))
}

/// `column['key']`, `column[1]`, `column[('a', 1)]`.
pub(super) fn item(vm: &mut Vm<'_>, this: &Rc<Expr>, key: &Value) -> Outcome<Value> {
    let (op, index) = match key {
        Value::Str(_) | Value::Int(_) => (Operator::JsonItem, steps(vm, std::slice::from_ref(key))?),
        Value::Tuple(keys) => (Operator::JsonPath, steps(vm, keys)?),
        Value::List(keys) => (Operator::JsonPath, steps(vm, &keys.borrow())?),
        _ => match coerce::element(key) {
            Some(expr) => {
                return Ok(Value::Object(Expr::operate(
                    this,
                    Operator::JsonItem,
                    &expr,
                    this.type_.clone(),
                )));
            }
            None => return Err(vm.unknown(format!("a '{}' as an index of JSON", key.type_name()))),
        },
    };
    let index = match (vm.dialect, &op, key) {
        (Dialect::Postgresql, Operator::JsonItem, _) => Expr::value(key.clone(), Kind::of_value(key).into()),
        (Dialect::Postgresql, ..) => {
            Expr::value(Value::str(format!("{{{}}}", index.join(", "))), Kind::Text.into())
        }
        _ => Expr::value(Value::str(format!("${}", index.concat())), Kind::Text.into()),
    };
    let type_ = match this.type_.kind {
        Kind::Hstore => Kind::Text.into(),
        _ => this.type_.clone(),
    };
    Ok(Value::Object(Expr::operate(this, op, &index, type_)))
}

/// The parts of a path, as the database writes them.
fn steps(vm: &Vm<'_>, keys: &[Value]) -> Outcome<Vec<String>> {
    let postgresql = vm.dialect == Dialect::Postgresql;
    let step = |key: &Value| match key {
        Value::Str(key) if postgresql => Ok(key.to_string()),
        Value::Int(key) if postgresql => Ok(key.to_string()),
        Value::Str(key) => Ok(format!(".\"{key}\"")),
        Value::Int(key) => Ok(format!("[{key}]")),
        _ => Err(vm.unknown(format!("a '{}' in a path of JSON", key.type_name()))),
    };
    keys.iter().map(step).collect()
}

/// The item as a value of another type.
fn read_as(vm: &mut Vm<'_>, this: &Rc<Expr>, class: &str, args: Args) -> Outcome<Value> {
    args.finish(vm, "this method")?;
    let Node::Binary {
        left,
        op: op @ (Operator::JsonItem | Operator::JsonPath),
        right,
        ..
    } = &this.node
    else {
        return Err(vm.raise(
            "InvalidRequestError",
            "The JSON cast operator JSON.as_string() and its like only work with a JSON index expression e.g. col['q']",
        ));
    };
    let type_ = SqlType::named(Rc::new(Type::generic(class)));
    Ok(Value::Object(Expr::operate(left, op.clone(), right, type_)))
}

fn jsonb(vm: &mut Vm<'_>, this: &Rc<Expr>, symbol: &str, args: Args) -> Outcome<Value> {
    if this.type_.kind != Kind::Jsonb {
        return Err(vm.unknown("contains() of a JSON column that is not JSONB"));
    }
    native(vm, this, symbol, args)
}

/// Operators whose right side is a key or a list of keys.
fn has(vm: &mut Vm<'_>, this: &Rc<Expr>, symbol: &str, mut args: Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    args.finish(vm, "this operator")?;
    let right = match &other {
        Value::List(keys) => {
            let keys = keys.borrow();
            let keys = keys
                .iter()
                .map(|key| coerce::operand(vm, key, &Kind::Text.into()));
            Expr::new(Node::Array(keys.collect::<Outcome<_>>()?), Kind::Array)
        }
        _ => coerce::operand(vm, &other, &Kind::Text.into())?,
    };
    let op = Operator::native(symbol, 5, true);
    Ok(Value::Object(Expr::operate(this, op, &right, Kind::Boolean)))
}
