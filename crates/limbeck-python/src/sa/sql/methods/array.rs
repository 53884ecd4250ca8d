//! What PostgreSQL's arrays have besides.

use std::rc::Rc;

use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::{Expr, Kind, Method, Node, Operator, SqlType, coerce};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("contains", |vm, this, args| native(vm, this, "@>", args)),
    ("contained_by", |vm, this, args| native(vm, this, "<@", args)),
    ("overlap", |vm, this, args| native(vm, this, "&&", args)),
    ("any", |vm, this, args| element(vm, this, Operator::Any, args)),
    ("all", |vm, this, args| element(vm, this, Operator::All, args)),
];

pub(super) fn native(
    vm: &mut Vm<'_>,
    this: &Rc<Expr>,
    symbol: &str,
    mut args: crate::value::Args,
) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    args.finish(vm, "this operator")?;
    let right = coerce::operand(vm, &other, &this.type_)?;
    let op = Operator::native(symbol, 5, true);
    Ok(Value::Object(Expr::operate(this, op, &right, Kind::Boolean)))
}

/// `value = ANY (array)`.
fn element(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, mut args: crate::value::Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    if args.take("operator").is_some() {
        return Err(vm.unknown("any() and all() of an array with an operator"));
    }
    args.finish(vm, "any")?;
    let item = item_type(this);
    let left = coerce::operand(vm, &other, &item)?;
    let right = super::operator_before(this, op);
    Ok(Value::Object(Expr::operate(
        &left,
        Operator::Eq,
        &right,
        Kind::Boolean,
    )))
}

fn item_type(this: &Rc<Expr>) -> SqlType {
    let inner = this.type_.named.as_ref().and_then(|type_| type_.inner.clone());
    SqlType::optional(inner)
}

/// `array[1]`, `array[1:2]`.
pub(super) fn item(vm: &mut Vm<'_>, this: &Rc<Expr>, key: &Value) -> Outcome<Value> {
    let zero_based = this
        .type_
        .named
        .as_ref()
        .is_some_and(|type_| type_.flag("zero_indexes") == Some(true));
    if zero_based {
        return Err(vm.unknown("the items of an ARRAY with zero_indexes"));
    }
    let (right, type_) = match key.downcast::<crate::vm::Slice>() {
        Some(slice) => {
            let start = coerce::operand(vm, &slice.start, &Kind::Integer.into())?;
            let stop = coerce::operand(vm, &slice.stop, &Kind::Integer.into())?;
            (
                Expr::new(Node::Slice(start, stop), SqlType::NULL),
                this.type_.clone(),
            )
        }
        None => (coerce::operand(vm, key, &Kind::Integer.into())?, item_type(this)),
    };
    Ok(Value::Object(Expr::operate(
        this,
        Operator::GetItem,
        &right,
        type_,
    )))
}
