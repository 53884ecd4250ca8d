//! What programs ask of an expression: its operators and methods.

mod array;
mod function;
mod json;
mod match_text;

use std::rc::Rc;

use crate::value::{Args, Binary, Compare, Key, Object, Outcome, Unary, Value};
use crate::vm::Vm;

use super::coerce;
use super::expr::{Expr, Function, Modifiers, Node};
use super::kind::{Kind, SqlType};
use super::operator::{Custom, Operator, Part};

/// A method of an expression.
pub(super) type Method = fn(&mut Vm<'_>, &Rc<Expr>, Args) -> Outcome<Value>;

/// The methods that every expression has.
const METHODS: &[(&str, Method)] = &[
    ("is_", |vm, this, args| comparison(vm, this, Operator::Is, args)),
    ("is_not", |vm, this, args| {
        comparison(vm, this, Operator::IsNot, args)
    }),
    ("isnot", |vm, this, args| {
        comparison(vm, this, Operator::IsNot, args)
    }),
    ("is_distinct_from", |vm, this, args| {
        comparison(vm, this, Operator::IsDistinctFrom, args)
    }),
    ("is_not_distinct_from", |vm, this, args| {
        comparison(vm, this, Operator::IsNotDistinctFrom, args)
    }),
    ("isnot_distinct_from", |vm, this, args| {
        comparison(vm, this, Operator::IsNotDistinctFrom, args)
    }),
    ("in_", |vm, this, args| within(vm, this, Operator::In, args)),
    ("not_in", |vm, this, args| within(vm, this, Operator::NotIn, args)),
    ("notin_", |vm, this, args| within(vm, this, Operator::NotIn, args)),
    ("between", between),
    ("concat", |vm, this, mut args| {
        let other = args.need(vm, "other")?;
        args.finish(vm, "concat")?;
        let right = coerce::operand(vm, &other, &this.type_)?;
        let (_, type_) = SqlType::combine(Operator::Concat, &this.type_, &right.type_);
        Ok(Value::Object(Expr::operate(
            this,
            Operator::Concat,
            &right,
            type_,
        )))
    }),
    ("bitwise_and", |vm, this, args| {
        arithmetic(vm, this, Operator::BitAnd, args)
    }),
    ("bitwise_or", |vm, this, args| {
        arithmetic(vm, this, Operator::BitOr, args)
    }),
    ("bitwise_xor", |vm, this, args| {
        arithmetic(vm, this, Operator::BitXor, args)
    }),
    ("bitwise_lshift", |vm, this, args| {
        arithmetic(vm, this, Operator::LeftShift, args)
    }),
    ("bitwise_rshift", |vm, this, args| {
        arithmetic(vm, this, Operator::RightShift, args)
    }),
    ("bitwise_not", |vm, this, args| {
        prefix(vm, this, Operator::BitNot, args)
    }),
    ("distinct", |vm, this, args| {
        prefix(vm, this, Operator::Distinct, args)
    }),
    ("any_", |vm, this, args| prefix(vm, this, Operator::Any, args)),
    ("all_", |vm, this, args| prefix(vm, this, Operator::All, args)),
    ("desc", |vm, this, args| suffix(vm, this, Operator::Desc, args)),
    ("asc", |vm, this, args| suffix(vm, this, Operator::Asc, args)),
    ("nulls_first", |vm, this, args| {
        suffix(vm, this, Operator::NullsFirst, args)
    }),
    ("nullsfirst", |vm, this, args| {
        suffix(vm, this, Operator::NullsFirst, args)
    }),
    ("nulls_last", |vm, this, args| {
        suffix(vm, this, Operator::NullsLast, args)
    }),
    ("nullslast", |vm, this, args| {
        suffix(vm, this, Operator::NullsLast, args)
    }),
    ("label", |vm, this, mut args| {
        let name = args.take("name").filter(|name| !name.is_none());
        args.finish(vm, "label")?;
        let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
        Ok(Value::Object(label(this, name)))
    }),
    ("cast", |vm, this, mut args| {
        let type_ = args.need(vm, "type_")?;
        args.finish(vm, "cast")?;
        super::construct::cast_to(vm, this, &type_).map(|cast| Value::Object(cast))
    }),
    ("op", custom),
    ("bool_op", |vm, this, args| {
        custom(vm, this, args.with("is_comparison", Value::Bool(true)))
    }),
    ("collate", |vm, this, mut args| {
        let collation = args.need(vm, "collation")?;
        let collation = coerce::name(vm, &collation)?;
        args.finish(vm, "collate")?;
        Ok(Value::Object(collate(vm, this, &collation)))
    }),
    ("self_group", |_, this, _| Ok(Value::Object(this.group(None)))),
    ("compile", |vm, this, args| {
        super::compiled(vm, Value::Object(this.clone()), args)
    }),
];

/// What an expression has behind a dot, but for its methods.
fn property(this: &Rc<Expr>, name: &str) -> Option<Value> {
    Some(match (name, &this.node) {
        ("type", _) => Value::Object(
            this.type_
                .named
                .clone()
                .unwrap_or_else(crate::sa::types::Type::null),
        ),
        ("name" | "key", Node::Function(function)) => Value::str(function.name()),
        ("name" | "key", Node::Bind(bind)) => bind.name.clone().map_or(Value::None, Value::Str),
        ("name" | "key", _) => Value::Str(this.name()?),
        ("table", Node::Column { from, .. }) => from.clone().map_or(Value::None, |from| Value::Object(from)),
        ("element", Node::Label { operand, .. }) => Value::Object(operand.clone()),
        ("text", Node::Text(text)) => Value::Str(text.sql.clone()),
        ("value", Node::Bind(bind)) => bind.value.clone().unwrap_or(Value::None),
        _ => return None,
    })
}

/// A method by its name: those of the kind of the expression come first.
fn method(this: &Rc<Expr>, name: &str) -> Option<Value> {
    let special = match (&this.node, this.type_.kind) {
        (Node::Function(_) | Node::WithinGroup { .. } | Node::Filter { .. }, _) => {
            find(function::METHODS, name)
        }
        (Node::Scalar(_), _) => find(function::SCALAR, name),
        (
            Node::Unary {
                op: Operator::Exists, ..
            },
            _,
        ) => find(function::EXISTS, name),
        (Node::Text(_), _) => find(function::TEXT, name),
        _ => None,
    };
    let of_kind = || match this.type_.kind {
        Kind::Json | Kind::Jsonb => find(json::METHODS, name),
        Kind::Hstore => find(json::HSTORE, name),
        Kind::Array => find(array::METHODS, name),
        _ => None,
    };
    let (name, method) = special
        .or_else(of_kind)
        .or_else(|| find(match_text::METHODS, name))
        .or_else(|| find(METHODS, name))?;
    let this = this.clone();
    Some(Value::native(name, move |vm, args| method(vm, &this, args)))
}

fn find(methods: &'static [(&'static str, Method)], name: &str) -> Option<(&'static str, Method)> {
    methods.iter().find(|(known, _)| *known == name).copied()
}

impl Object for Expr {
    fn class_name(&self) -> &str {
        match &self.node {
            Node::Column { .. } | Node::Literal(_) => "ColumnClause",
            Node::Text(_) => "TextClause",
            Node::Bind(_) | Node::Values(_) => "BindParameter",
            Node::Null => "Null",
            Node::Bool(true) => "True_",
            Node::Bool(false) => "False_",
            Node::Group(_) => "Grouping",
            Node::Binary { .. } => "BinaryExpression",
            Node::List { op, .. } if op.is_boolean() => "BooleanClauseList",
            Node::List { .. } => "ExpressionClauseList",
            Node::Unary {
                op: Operator::Exists, ..
            } => "Exists",
            Node::Unary { .. } | Node::Modifier { .. } => "UnaryExpression",
            Node::Function(_) => "Function",
            Node::Cast { .. } => "Cast",
            Node::Case { .. } => "Case",
            Node::Label { .. } => "Label",
            Node::Scalar(_) => "ScalarSelect",
            _ => "ColumnElement",
        }
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(value) = property(&self, name) {
            return Ok(Some(value));
        }
        self.type_.refuse_own_operators(vm)?;
        if let Some(value) = method(&self, name) {
            return Ok(Some(value));
        }
        json::attribute(vm, &self, name)
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        self.type_.refuse_own_operators(vm)?;
        match self.type_.kind {
            Kind::Json | Kind::Jsonb | Kind::Hstore => json::item(vm, &self, key),
            Kind::Array => array::item(vm, &self, key),
            _ => Err(vm.raise(
                "NotImplementedError",
                "Operator 'getitem' is not supported on this expression",
            )),
        }
    }

    fn truth(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<bool> {
        match &self.node {
            Node::Binary {
                op: op @ (Operator::Eq | Operator::Ne),
                left,
                right,
                ..
            } => {
                let same = match (left.key(), right.key()) {
                    (Some(left), Some(right)) => left == right,
                    _ => Rc::ptr_eq(left, right),
                };
                Ok(same == (*op == Operator::Eq))
            }
            _ => Err(vm.type_error("Boolean value of this clause is not defined")),
        }
    }

    fn binary(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        self.type_.refuse_own_operators(vm)?;
        let op = match op {
            Binary::BitAnd | Binary::BitOr => {
                let op = if op == Binary::BitAnd {
                    Operator::And
                } else {
                    Operator::Or
                };
                let other = coerce::criterion(vm, other)?;
                let both = if reflected {
                    vec![other, self]
                } else {
                    vec![self, other]
                };
                return Ok(coerce::conjunction(&op, both).map(|expr| Value::Object(expr)));
            }
            Binary::Add => Operator::Add,
            Binary::Sub => Operator::Sub,
            Binary::Mul => Operator::Mul,
            Binary::Div => Operator::TrueDiv,
            Binary::FloorDiv => Operator::FloorDiv,
            Binary::Mod => Operator::Mod,
            Binary::Pow => {
                let other = coerce::operand(vm, other, &self.type_)?;
                let args = if reflected {
                    vec![other, self]
                } else {
                    vec![self, other]
                };
                return Ok(Some(Value::Object(super::function::call("pow", args))));
            }
            Binary::LeftShift | Binary::RightShift | Binary::BitXor | Binary::MatMul => {
                return Err(vm.raise(
                    "NotImplementedError",
                    format!("Operator '{}' is not supported on this expression", op.symbol()),
                ));
            }
        };
        let made = coerce::arithmetic(vm, &self, op, other, reflected)?;
        Ok(Some(Value::Object(made)))
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        self.type_.refuse_own_operators(vm)?;
        let op = match op {
            Compare::Eq => Operator::Eq,
            Compare::NotEq => Operator::Ne,
            Compare::Lt => Operator::Lt,
            Compare::LtE => Operator::Le,
            Compare::Gt => Operator::Gt,
            Compare::GtE => Operator::Ge,
        };
        let made = coerce::compare(vm, &self, op, other)?;
        Ok(Some(Value::Object(made)))
    }

    fn unary(self: Rc<Self>, _vm: &mut Vm<'_>, op: Unary) -> Outcome<Option<Value>> {
        Ok(match op {
            Unary::Invert => Some(Value::Object(self.negate())),
            Unary::Minus => Some(Value::Object(operator_before(&self, Operator::Neg))),
            Unary::Plus => None,
        })
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        super::compile(vm, &Value::Object(self))
    }

    fn key(&self) -> Option<Key> {
        let Node::Column {
            name,
            from: Some(from),
        } = &self.node
        else {
            return None;
        };
        match &**from {
            super::from::From::Table(table) => {
                let schema = table.schema.as_deref().unwrap_or_default();
                Some(Key::Value("column", format!("{schema}\0{}\0{name}", table.name)))
            }
            _ => None,
        }
    }
}

/// An operator before the expression.
pub(super) fn operator_before(this: &Rc<Expr>, op: Operator) -> Rc<Expr> {
    let operand = this.group(Some(&op));
    Expr::new(Node::Unary { op, operand }, this.type_.clone())
}

/// An operator behind the expression.
pub(super) fn operator_behind(this: &Rc<Expr>, op: Operator) -> Rc<Expr> {
    let operand = this.group(Some(&op));
    Expr::new(Node::Modifier { op, operand }, this.type_.clone())
}

pub(super) fn label(this: &Rc<Expr>, name: Option<Rc<str>>) -> Rc<Expr> {
    let operand = match &this.node {
        Node::Label { operand, .. } => operand.clone(),
        _ => this.group(Some(&Operator::Comma)),
    };
    Expr::new(Node::Label { name, operand }, this.type_.clone())
}

pub(super) fn collate(vm: &Vm<'_>, this: &Rc<Expr>, collation: &str) -> Rc<Expr> {
    let name = crate::sa::quote::quote(vm.dialect, collation);
    let right = Expr::literal(&name, SqlType::NULL);
    Expr::operate(this, Operator::Collate, &right, this.type_.clone())
}

fn prefix(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, args: Args) -> Outcome<Value> {
    args.finish(vm, "this operator")?;
    Ok(Value::Object(operator_before(this, op)))
}

fn suffix(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, args: Args) -> Outcome<Value> {
    args.finish(vm, "this operator")?;
    Ok(Value::Object(operator_behind(this, op)))
}

fn comparison(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, mut args: Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    args.finish(vm, "this operator")?;
    coerce::compare(vm, this, op, &other).map(|made| Value::Object(made))
}

fn arithmetic(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, mut args: Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    args.finish(vm, "this operator")?;
    coerce::arithmetic(vm, this, op, &other, false).map(|made| Value::Object(made))
}

fn within(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, mut args: Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    args.finish(vm, "in_")?;
    let right = list(vm, this, &op, &other)?;
    Ok(Value::Object(Expr::operate(this, op, &right, Kind::Boolean)))
}

/// What stands behind `IN`.
fn list(vm: &mut Vm<'_>, this: &Rc<Expr>, op: &Operator, value: &Value) -> Outcome<Rc<Expr>> {
    if let Some(expr) = coerce::element(value) {
        return Ok(match &expr.node {
            Node::Bind(bind) => {
                let mut bind = bind.clone();
                bind.expanding = true;
                Expr::new(Node::Bind(bind), this.type_.clone())
            }
            _ => expr.group(Some(op)),
        });
    }
    if value.downcast::<super::from::From>().is_some() {
        return Err(vm.unknown("in_() of a subquery with an alias"));
    }
    let iterable = matches!(
        value,
        Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::Object(_)
    );
    if !iterable && !matches!(value, Value::Dict(_)) {
        let message = format!(
            "IN expression list, SELECT construct, or bound parameter object expected, got a {}.",
            value.type_name()
        );
        return Err(vm.raise("ArgumentError", message));
    }
    let values = vm.iterate(value)?;
    if !values.iter().any(|value| coerce::element(value).is_some()) {
        return Ok(Expr::new(Node::Values(values), this.type_.clone()));
    }
    let items = values.iter().map(|value| coerce::operand(vm, value, &this.type_));
    let items = items.collect::<Outcome<Vec<_>>>()?;
    Ok(Expr::list(Operator::Comma, this.type_.clone(), items).group(Some(op)))
}

fn between(vm: &mut Vm<'_>, this: &Rc<Expr>, mut args: Args) -> Outcome<Value> {
    let low = args.need(vm, "cleft")?;
    let high = args.need(vm, "cright")?;
    let symmetric = args.take("symmetric");
    args.finish(vm, "between")?;
    let items = vec![
        coerce::operand(vm, &low, &this.type_)?,
        coerce::operand(vm, &high, &this.type_)?,
    ];
    let node = Node::List {
        op: Operator::And,
        items,
        group: false,
    };
    let range = Expr::new(node, SqlType::NULL);
    let modifiers = Modifiers {
        symmetric: symmetric.is_some_and(|value| matches!(value, Value::Bool(true))),
        ..Modifiers::default()
    };
    let not = Some(Operator::NotBetween);
    let made = Expr::modified(
        this,
        Operator::Between,
        &range,
        Kind::Boolean.into(),
        not,
        modifiers,
    );
    Ok(Value::Object(made))
}

/// `.op('…')`: what it makes is called with the other side.
fn custom(vm: &mut Vm<'_>, this: &Rc<Expr>, mut args: Args) -> Outcome<Value> {
    let symbol = args.need(vm, "opstring")?;
    let symbol = coerce::name(vm, &symbol)?.to_string();
    let precedence = match args.take("precedence") {
        Some(Value::Int(precedence)) => i32::try_from(precedence).unwrap_or(0),
        _ => 0,
    };
    let comparison = args
        .take("is_comparison")
        .is_some_and(|value| matches!(value, Value::Bool(true)));
    let returns = crate::sa::types::Type::maybe(vm, args.take("return_type"))?;
    args.finish(vm, "op")?;
    let op = Operator::Custom(Rc::new(Custom {
        symbol,
        precedence,
        comparison,
        grouped: false,
        self_precedent: false,
    }));
    let this = this.clone();
    Ok(Value::native("op", move |vm, mut args| {
        let other = args.need(vm, "other")?;
        args.finish(vm, "op")?;
        let right = coerce::operand(vm, &other, &this.type_)?;
        let type_ = match &returns {
            Some(type_) => SqlType::named(type_.clone()),
            None if comparison => Kind::Boolean.into(),
            None => SqlType::combine(op.clone(), &this.type_, &right.type_).1,
        };
        Ok(Value::Object(Expr::operate(&this, op.clone(), &right, type_)))
    }))
}
