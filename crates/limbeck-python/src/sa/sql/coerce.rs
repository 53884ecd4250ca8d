//! What Python's values are in SQL.

use std::rc::Rc;

use crate::sa::names::Name;
use crate::stdlib::{self, Member};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::bridge;
use super::expr::{Bind, Expr, Node};
use super::kind::{Kind, SqlType};
use super::operator::Operator;
use super::query::Query;

/// The expression that a value is, if it is one.
pub(crate) fn element(value: &Value) -> Option<Rc<Expr>> {
    if let Some(expr) = value.downcast::<Expr>() {
        return Some(expr);
    }
    if let Some(column) = value.downcast::<crate::sa::schema::Column>() {
        return Some(bridge::column(&column));
    }
    value.downcast::<Query>().map(scalar)
}

/// A query that stands for a value.
pub(crate) fn scalar(query: Rc<Query>) -> Rc<Expr> {
    let type_ = query
        .columns()
        .first()
        .map_or(SqlType::NULL, |column| column.type_.clone());
    Expr::new(Node::Scalar(query), type_)
}

/// A value as an expression; one of Python's gets the type that it has beside `beside`.
pub(crate) fn operand(vm: &Vm<'_>, value: &Value, beside: &SqlType) -> Outcome<Rc<Expr>> {
    match element(value) {
        Some(expr) => Ok(with_type(expr, beside)),
        None => literal(vm, value, beside.beside(value)),
    }
}

/// A parameter without a type takes the one of what it stands beside.
fn with_type(expr: Rc<Expr>, beside: &SqlType) -> Rc<Expr> {
    match &expr.node {
        Node::Bind(bind) if bind.type_.kind == Kind::Null && bind.type_.named.is_none() => {
            let type_ = bind
                .value
                .as_ref()
                .map_or_else(|| beside.clone(), |value| beside.beside(value));
            let bind = Bind {
                type_: type_.clone(),
                ..bind.clone()
            };
            Expr::new(Node::Bind(bind), type_)
        }
        _ => expr,
    }
}

/// Whether it is an object of the standard library's that a column can hold.
fn is_value(value: &Value) -> bool {
    stdlib::plain(value).is_some() || value.downcast::<Member>().is_some()
}

/// A value of Python's as a literal.
pub(crate) fn literal(vm: &Vm<'_>, value: &Value, type_: SqlType) -> Outcome<Rc<Expr>> {
    match value {
        Value::None => Ok(Expr::new(Node::Null, SqlType::NULL)),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) | Value::Bytes(_) => {
            Ok(Expr::value(value.clone(), type_))
        }
        Value::Tuple(_) | Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Instance(_) => {
            Ok(Expr::value(value.clone(), type_))
        }
        Value::Object(_) if is_value(value) => Ok(Expr::value(value.clone(), type_)),
        _ => match value.downcast::<Name>() {
            Some(name) => Ok(Expr::value(Value::Str(name.text.clone()), type_)),
            None => Err(vm.unknown(format!("a '{}' as a value of SQL", value.type_name()))),
        },
    }
}

/// A value as an expression that stands for itself.
pub(crate) fn expression(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<Expr>> {
    operand(vm, value, &SqlType::NULL)
}

/// A condition.
pub(crate) fn criterion(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<Expr>> {
    if let Some(expr) = element(value) {
        return Ok(expr);
    }
    match value {
        Value::Bool(value) => Ok(Expr::new(Node::Bool(*value), Kind::Boolean)),
        Value::None => Ok(Expr::new(Node::Null, SqlType::NULL)),
        _ => Err(vm.raise(
            "ArgumentError",
            format!(
                "SQL expression for WHERE/HAVING role expected, got a {}.",
                value.type_name()
            ),
        )),
    }
}

/// What stands among the columns of a query, or behind `ORDER BY` and `GROUP BY`: a text is the name of a column there.
pub(crate) fn named(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<Expr>> {
    match value {
        Value::Str(name) => Ok(Expr::new(Node::Reference(name.clone()), SqlType::NULL)),
        _ => expression(vm, value),
    }
}

/// A name: a text, or what `op.f()` and `quoted_name()` make.
pub(crate) fn name(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<str>> {
    Name::of(vm, value).map(|name| name.text)
}

/// `left op right` for a right side of Python's: a comparison.
pub(crate) fn compare(vm: &Vm<'_>, left: &Rc<Expr>, op: Operator, value: &Value) -> Outcome<Rc<Expr>> {
    let constant = match value {
        Value::None => Some(Expr::new(Node::Null, SqlType::NULL)),
        Value::Bool(value) => Some(Expr::new(Node::Bool(*value), Kind::Boolean)),
        _ => element(value).filter(|expr| matches!(expr.node, Node::Null | Node::Bool(_))),
    };
    let Some(constant) = constant else {
        let right = operand(vm, value, &left.type_)?;
        return Ok(Expr::operate(left, op, &right, Kind::Boolean));
    };
    let is_bool = matches!(constant.node, Node::Bool(_));
    let op = match op {
        Operator::Eq | Operator::Ne if is_bool => op,
        Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => op,
        Operator::Eq | Operator::Is => Operator::Is,
        Operator::Ne | Operator::IsNot => Operator::IsNot,
        _ => {
            return Err(vm.raise(
                "ArgumentError",
                "Only '=', '!=', 'is_()', 'is_not()', 'is_distinct_from()', 'is_not_distinct_from()' operators can be used \
                 with None/True/False",
            ));
        }
    };
    Ok(Expr::operate(left, op, &constant, Kind::Boolean))
}

/// `left op right`, or `right op left`: arithmetic.
pub(crate) fn arithmetic(
    vm: &Vm<'_>,
    left: &Rc<Expr>,
    op: Operator,
    value: &Value,
    reflected: bool,
) -> Outcome<Rc<Expr>> {
    let other = operand(vm, value, &left.type_)?;
    let (left, right) = if reflected { (&other, left) } else { (left, &other) };
    let (op, type_) = SqlType::combine(op, &left.type_, &right.type_);
    Ok(Expr::operate(left, op, right, type_))
}

/// `AND` or `OR` between conditions. What is always true (or false) of them goes, or decides.
pub(crate) fn conjunction(op: &Operator, clauses: Vec<Rc<Expr>>) -> Option<Rc<Expr>> {
    let neutral = *op == Operator::And;
    let mut kept = Vec::new();
    let mut seen = None;
    for clause in clauses {
        match clause.node {
            Node::Bool(value) if value == neutral => seen = Some(clause),
            Node::Bool(_) => {
                kept = vec![clause];
                break;
            }
            _ => kept.push(clause),
        }
    }
    if kept.is_empty() {
        kept.extend(seen);
    }
    if let [only] = &kept[..] {
        return Some(only.group(Some(&Operator::AsBool)));
    }
    if kept.is_empty() {
        return None;
    }
    let grouped = kept.iter().map(|clause| clause.group(Some(op)));
    let mut items = Vec::new();
    for clause in grouped {
        match &clause.node {
            Node::List {
                op: own,
                items: inner,
                ..
            } if own == op => items.extend(inner.iter().cloned()),
            _ => items.push(clause),
        }
    }
    let node = Node::List {
        op: op.clone(),
        items,
        group: true,
    };
    Some(Expr::new(node, Kind::Boolean))
}

/// `AND` between conditions that are there already.
pub(super) fn conjunction_of(clauses: &[Rc<Expr>]) -> Option<Rc<Expr>> {
    conjunction(&Operator::And, clauses.to_vec())
}
