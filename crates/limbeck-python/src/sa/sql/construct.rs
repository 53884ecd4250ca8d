//! The functions that make expressions: `and_`, `case`, `cast`, `literal` …

use std::rc::Rc;

use crate::sa::types::Type;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::expr::{Bind, Expr, Node, Text};
use super::from::From;
use super::kind::{Kind, SqlType};
use super::methods;
use super::operator::Operator;
use super::query::{Query, Select};

type Construct = fn(&mut Vm<'_>, Args) -> Outcome<Value>;

/// The functions by their names.
const FUNCTIONS: &[(&str, Construct)] = &[
    ("text", text),
    ("literal_column", literal_column),
    ("literal", literal),
    ("bindparam", bindparam),
    ("column", column),
    ("null", |vm, args| {
        constant(vm, args, Expr::new(Node::Null, SqlType::NULL))
    }),
    ("true", |vm, args| {
        constant(vm, args, Expr::new(Node::Bool(true), Kind::Boolean))
    }),
    ("false", |vm, args| {
        constant(vm, args, Expr::new(Node::Bool(false), Kind::Boolean))
    }),
    ("Null", |vm, args| {
        constant(vm, args, Expr::new(Node::Null, SqlType::NULL))
    }),
    ("True_", |vm, args| {
        constant(vm, args, Expr::new(Node::Bool(true), Kind::Boolean))
    }),
    ("False_", |vm, args| {
        constant(vm, args, Expr::new(Node::Bool(false), Kind::Boolean))
    }),
    ("and_", |vm, args| conjunction(vm, Operator::And, args)),
    ("or_", |vm, args| conjunction(vm, Operator::Or, args)),
    ("not_", |vm, args| one(vm, args, |expr| expr.negate())),
    ("distinct", |vm, args| {
        one(vm, args, |expr| {
            methods::operator_before(expr, Operator::Distinct)
        })
    }),
    ("any_", |vm, args| {
        one(vm, args, |expr| methods::operator_before(expr, Operator::Any))
    }),
    ("all_", |vm, args| {
        one(vm, args, |expr| methods::operator_before(expr, Operator::All))
    }),
    ("bitwise_not", |vm, args| {
        one(vm, args, |expr| methods::operator_before(expr, Operator::BitNot))
    }),
    ("desc", |vm, args| ordered(vm, args, Operator::Desc)),
    ("asc", |vm, args| ordered(vm, args, Operator::Asc)),
    ("nulls_first", |vm, args| ordered(vm, args, Operator::NullsFirst)),
    ("nullsfirst", |vm, args| ordered(vm, args, Operator::NullsFirst)),
    ("nulls_last", |vm, args| ordered(vm, args, Operator::NullsLast)),
    ("nullslast", |vm, args| ordered(vm, args, Operator::NullsLast)),
    ("cast", cast),
    ("type_coerce", type_coerce),
    ("extract", extract),
    ("case", case),
    ("exists", exists),
    ("tuple_", tuple),
    ("collate", collate),
    ("between", between),
    ("label", label),
];

/// A function of this module by its name.
pub(super) fn find(name: &str) -> Option<Value> {
    let (name, construct) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
    Some(Value::native(name, construct))
}

fn constant(vm: &mut Vm<'_>, args: Args, expr: Rc<Expr>) -> Outcome<Value> {
    args.finish(vm, "this function")?;
    Ok(Value::Object(expr))
}

fn one(vm: &mut Vm<'_>, mut args: Args, make: fn(&Rc<Expr>) -> Rc<Expr>) -> Outcome<Value> {
    let value = args.need(vm, "expr")?;
    args.finish(vm, "this function")?;
    let expr = coerce::expression(vm, &value)?;
    Ok(Value::Object(make(&expr)))
}

fn ordered(vm: &mut Vm<'_>, mut args: Args, op: Operator) -> Outcome<Value> {
    let value = args.need(vm, "column")?;
    args.finish(vm, "this function")?;
    let expr = coerce::named(vm, &value)?;
    Ok(Value::Object(methods::operator_behind(&expr, op)))
}

/// `text('…')`.
pub(super) fn text(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let sql = args.need(vm, "text")?;
    args.finish(vm, "text")?;
    let Value::Str(sql) = sql else {
        let message = format!("Textual SQL expected, got a {}", sql.type_name());
        return Err(vm.raise("ArgumentError", message));
    };
    Ok(Value::Object(text_of(&sql, SqlType::NULL)))
}

/// SQL as the program wrote it.
pub(crate) fn text_of(sql: &str, type_: SqlType) -> Rc<Expr> {
    let text = Text {
        sql: Rc::from(sql),
        binds: Vec::new(),
    };
    Expr::new(Node::Text(text), type_)
}

fn literal_column(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let sql = args.need(vm, "text")?;
    let type_ = Type::maybe(vm, args.take("type_"))?;
    args.finish(vm, "literal_column")?;
    let sql = coerce::name(vm, &sql)?;
    Ok(Value::Object(Expr::literal(&sql, SqlType::optional(type_))))
}

fn literal(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "value")?;
    let type_ = Type::maybe(vm, args.take("type_"))?;
    args.keyword("literal_execute");
    args.finish(vm, "literal")?;
    let type_ = type_.map_or_else(|| Kind::of_value(&value).into(), SqlType::named);
    if value.is_none() {
        return Ok(Value::Object(Expr::value(value, type_)));
    }
    Ok(Value::Object(coerce::literal(vm, &value, type_)?))
}

fn bindparam(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.take("key").filter(|name| !name.is_none());
    let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
    let value = args.take("value");
    let type_ = Type::maybe(vm, args.take("type_"))?;
    let unique = args.keyword("unique");
    args.keyword("required");
    args.keyword("quote");
    args.keyword("literal_execute");
    let called = args.keyword("callable_").filter(|function| !function.is_none());
    let expanding = args
        .keyword("expanding")
        .is_some_and(|value| matches!(value, Value::Bool(true)));
    args.finish(vm, "bindparam")?;
    let value = match called {
        Some(function) => Some(vm.call(&function, Args::default())?),
        None => value,
    };
    let type_ = match (&type_, &value) {
        (Some(type_), _) => SqlType::named(type_.clone()),
        (None, Some(value)) => Kind::of_value(value).into(),
        (None, None) => SqlType::NULL,
    };
    let unique = unique.is_some_and(|value| matches!(value, Value::Bool(true)));
    let bind = Bind {
        name: name.filter(|_| !unique),
        value,
        expanding,
        type_: type_.clone(),
    };
    Ok(Value::Object(Expr::new(Node::Bind(bind), type_)))
}

/// `column('name')`.
fn column(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "text")?;
    let name = coerce::name(vm, &name)?;
    let type_ = Type::maybe(vm, args.take("type_"))?;
    let literal = args.keyword("is_literal");
    let from = args.keyword("_selectable").and_then(|value| From::of(&value));
    args.finish(vm, "column")?;
    let type_ = SqlType::optional(type_);
    if literal.is_some_and(|value| matches!(value, Value::Bool(true))) {
        return Ok(Value::Object(Expr::literal(&name, type_)));
    }
    Ok(Value::Object(Expr::new(Node::Column { name, from }, type_)))
}

fn conjunction(vm: &mut Vm<'_>, op: Operator, mut args: Args) -> Outcome<Value> {
    let mut clauses = Vec::new();
    for value in args.rest() {
        clauses.push(coerce::criterion(vm, &value)?);
    }
    args.finish(vm, "and_")?;
    let made = coerce::conjunction(&op, clauses);
    made.map(|expr| Value::Object(expr))
        .ok_or_else(|| vm.unknown("and_() or or_() without a condition"))
}

pub(super) fn cast(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "expression")?;
    let type_ = args.need(vm, "type_")?;
    args.finish(vm, "cast")?;
    let named = SqlType::named(Type::of(vm, &type_)?);
    let operand = match coerce::element(&value) {
        Some(_) => coerce::operand(vm, &value, &named)?,
        None => coerce::literal(vm, &value, named)?,
    };
    cast_to(vm, &operand, &type_).map(|expr| Value::Object(expr))
}

/// `CAST(operand AS type)`.
pub(super) fn cast_to(vm: &mut Vm<'_>, operand: &Rc<Expr>, type_: &Value) -> Outcome<Rc<Expr>> {
    let to = Type::of(vm, type_)?;
    let node = Node::Cast {
        operand: operand.clone(),
        to: to.clone(),
    };
    Ok(Expr::new(node, SqlType::named(to)))
}

fn type_coerce(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "expression")?;
    let type_ = args.need(vm, "type_")?;
    args.finish(vm, "type_coerce")?;
    let type_ = SqlType::named(Type::of(vm, &type_)?);
    let operand = match coerce::element(&value) {
        Some(expr) => expr,
        None => coerce::literal(vm, &value, type_.clone())?,
    };
    Ok(Value::Object(Expr::new(Node::TypeCoerce(operand), type_)))
}

pub(super) fn extract(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let field = args.need(vm, "field")?;
    let value = args.need(vm, "expr")?;
    args.finish(vm, "extract")?;
    let field = coerce::name(vm, &field)?.to_string();
    let operand = coerce::expression(vm, &value)?;
    Ok(Value::Object(Expr::new(
        Node::Extract { field, operand },
        Kind::Integer,
    )))
}

/// `case((condition, result), …, value=…, else_=…)`.
fn case(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.keyword("value").filter(|value| !value.is_none());
    let otherwise = args.keyword("else_");
    let given = args.rest();
    args.finish(vm, "case")?;
    let pairs = pairs(vm, &given)?;
    let value = value.map(|value| coerce::expression(vm, &value)).transpose()?;
    let mut whens = Vec::new();
    for (condition, result) in pairs {
        let condition = match &value {
            Some(value) => coerce::operand(vm, &condition, &value.type_)?,
            None => coerce::criterion(vm, &condition)?.group(None),
        };
        whens.push((condition, coerce::expression(vm, &result)?));
    }
    let otherwise = match otherwise {
        None | Some(Value::None) => None,
        Some(value) => Some(coerce::expression(vm, &value)?),
    };
    let results = whens.iter().map(|(_, result)| result).chain(&otherwise);
    let mut types = results.map(|result| result.type_.clone());
    let type_ = types
        .find(|type_| type_.kind != Kind::Null)
        .unwrap_or(SqlType::NULL);
    let node = Node::Case {
        value,
        whens,
        otherwise,
    };
    Ok(Value::Object(Expr::new(node, type_)))
}

/// The conditions and results of a `case`: tuples, or a dictionary.
fn pairs(vm: &mut Vm<'_>, given: &[Value]) -> Outcome<Vec<(Value, Value)>> {
    if let [Value::Dict(dict)] = given {
        return Ok(dict
            .borrow()
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect());
    }
    if let [Value::List(_)] = given {
        return Err(vm.raise(
            "ArgumentError",
            "The \"whens\" argument to case(), when referring to a sequence of items, is now passed as a series of positional \
             elements, rather than as a list. ",
        ));
    }
    let mut pairs = Vec::new();
    for pair in given {
        match &vm.iterate(pair)?[..] {
            [condition, result] => pairs.push((condition.clone(), result.clone())),
            _ => return Err(vm.value_error("not enough values to unpack (expected 2)")),
        }
    }
    Ok(pairs)
}

fn exists(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let given = args.rest();
    args.finish(vm, "exists")?;
    let query = match &given[..] {
        [] => Rc::new(Query::Select(Select {
            columns: vec![Expr::literal("*", SqlType::NULL)],
            ..Select::default()
        })),
        [value] => match value.downcast::<Query>() {
            Some(query) => query,
            None => match value.downcast::<Expr>() {
                Some(expr) if matches!(expr.node, Node::Scalar(_)) => {
                    return Ok(Value::Object(exists_of(expr)));
                }
                _ => super::select::of(vm, &given)?,
            },
        },
        _ => super::select::of(vm, &given)?,
    };
    Ok(Value::Object(exists_of(coerce::scalar(query))))
}

/// `EXISTS (…)`.
pub(super) fn exists_of(operand: Rc<Expr>) -> Rc<Expr> {
    let op = Operator::Exists;
    Expr::new(Node::Unary { op, operand }, Kind::Boolean)
}

fn tuple(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let given = args.rest();
    args.keyword("types");
    args.finish(vm, "tuple_")?;
    let items = given.iter().map(|value| coerce::expression(vm, value));
    let items = items.collect::<Outcome<_>>()?;
    Ok(Value::Object(Expr::new(Node::Tuple(items), SqlType::NULL)))
}

fn collate(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "expression")?;
    let collation = args.need(vm, "collation")?;
    args.finish(vm, "collate")?;
    let expr = coerce::expression(vm, &value)?;
    let collation = coerce::name(vm, &collation)?;
    Ok(Value::Object(methods::collate(vm, &expr, &collation)))
}

fn between(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "expr")?;
    let expr = Value::Object(coerce::expression(vm, &value)?);
    let method = vm.attribute(&expr, "between")?;
    vm.call(&method, args)
}

fn label(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let value = args.need(vm, "element")?;
    args.finish(vm, "label")?;
    let name = coerce::name(vm, &name)?;
    let expr = coerce::expression(vm, &value)?;
    Ok(Value::Object(methods::label(&expr, Some(name))))
}
