//! What functions, subqueries and texts have besides.

use std::rc::Rc;

use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::super::construct;
use super::super::from::From;
use super::super::query::Query;
use super::super::select;
use super::{Expr, Kind, Method, Node, SqlType, coerce};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("over", over),
    ("filter", |vm, this, mut args| {
        let mut clauses = Vec::new();
        for value in args.rest() {
            clauses.push(coerce::criterion(vm, &value)?);
        }
        args.finish(vm, "filter")?;
        let Some(criterion) = coerce::conjunction(&super::Operator::And, clauses) else {
            return Ok(Value::Object(this.clone()));
        };
        let function = this.clone();
        let node = Node::Filter { function, criterion };
        Ok(Value::Object(Expr::new(node, this.type_.clone())))
    }),
    ("within_group", |vm, this, mut args| {
        let order_by = exprs(vm, &args.rest())?;
        args.finish(vm, "within_group")?;
        let function = this.clone();
        let node = Node::WithinGroup { function, order_by };
        Ok(Value::Object(Expr::new(node, this.type_.clone())))
    }),
    ("aggregate_order_by", |vm, this, mut args| {
        let order_by = exprs(vm, &args.rest())?;
        args.finish(vm, "aggregate_order_by")?;
        let Node::Function(function) = &this.node else {
            return Err(vm.unknown("aggregate_order_by() of what is not a function"));
        };
        let function = super::Function {
            path: function.path.clone(),
            args: function.args.clone(),
            order_by,
        };
        Ok(Value::Object(Expr::new(
            Node::Function(function),
            this.type_.clone(),
        )))
    }),
    ("alias", |vm, this, mut args| {
        let name = args.take("name").filter(|name| !name.is_none());
        args.finish(vm, "alias")?;
        table_valued(vm, this, name, Vec::new())
    }),
    ("table_valued", |vm, this, mut args| {
        let name = args.keyword("name").filter(|name| !name.is_none());
        let columns = args.rest();
        args.finish(vm, "table_valued")?;
        table_valued(vm, this, name, columns)
    }),
    ("column_valued", |vm, this, mut args| {
        let name = args.take("name").filter(|name| !name.is_none());
        args.finish(vm, "column_valued")?;
        let Some(name) = name else {
            return Err(vm.unknown("column_valued() without a name"));
        };
        let name = coerce::name(vm, &name)?;
        let from = From::Function {
            function: this.clone(),
            name: Some(name.clone()),
            columns: Vec::new(),
            scalar: true,
        };
        let from = Some(Rc::new(from));
        Ok(Value::Object(Expr::new(
            Node::Column { name, from },
            this.type_.clone(),
        )))
    }),
    ("select", |vm, this, args| {
        args.finish(vm, "select")?;
        let query = select::of(vm, &[Value::Object(this.clone())])?;
        Ok(Value::Object(query))
    }),
];

fn table_valued(
    vm: &mut Vm<'_>,
    this: &Rc<Expr>,
    name: Option<Value>,
    columns: Vec<Value>,
) -> Outcome<Value> {
    let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
    let mut names = Vec::new();
    for column in columns {
        names.push(match coerce::element(&column) {
            Some(column) => column.name().unwrap_or_else(|| Rc::from("")),
            None => coerce::name(vm, &column)?,
        });
    }
    Ok(Value::object(From::Function {
        function: this.clone(),
        name,
        columns: names,
        scalar: false,
    }))
}

fn exprs(vm: &mut Vm<'_>, values: &[Value]) -> Outcome<Vec<Rc<Expr>>> {
    values.iter().map(|value| coerce::named(vm, value)).collect()
}

/// `function OVER (PARTITION BY … ORDER BY …)`.
fn over(vm: &mut Vm<'_>, this: &Rc<Expr>, mut args: Args) -> Outcome<Value> {
    let several = |vm: &mut Vm<'_>, value: Option<Value>| match value {
        None | Some(Value::None) => Ok(Vec::new()),
        Some(value @ (Value::List(_) | Value::Tuple(_))) => {
            let values = vm.iterate(&value)?;
            exprs(vm, &values)
        }
        Some(value) => exprs(vm, &[value]),
    };
    let partition_by = args.keyword("partition_by");
    let partition_by = several(vm, partition_by)?;
    let order_by = args.keyword("order_by");
    let order_by = several(vm, order_by)?;
    let mut frame = None;
    for (keyword, words) in [("rows", "ROWS"), ("range_", "RANGE"), ("groups", "GROUPS")] {
        if let Some(range) = args.keyword(keyword).filter(|range| !range.is_none()) {
            frame = Some(format!("{words} BETWEEN {}", bounds(vm, &range)?));
        }
    }
    args.finish(vm, "over")?;
    let function = this.clone();
    let node = Node::Over {
        function,
        partition_by,
        order_by,
        frame,
    };
    Ok(Value::Object(Expr::new(node, this.type_.clone())))
}

/// `(-1, None)`: the bounds of a window.
fn bounds(vm: &mut Vm<'_>, range: &Value) -> Outcome<String> {
    let ends = vm.iterate(range)?;
    let bound = |end: &Value, unbounded: &str| match end {
        Value::None => Ok(format!("UNBOUNDED {unbounded}")),
        Value::Int(0) => Ok("CURRENT ROW".to_owned()),
        Value::Int(n) if *n < 0 => Ok(format!("{} PRECEDING", -n)),
        Value::Int(n) => Ok(format!("{n} FOLLOWING")),
        _ => Err(vm.unknown("a bound of a window that is no number")),
    };
    match &ends[..] {
        [start, end] => Ok(format!(
            "{} AND {}",
            bound(start, "PRECEDING")?,
            bound(end, "FOLLOWING")?
        )),
        _ => Err(vm.raise("ArgumentError", "2-tuple expected for range/rows/groups")),
    }
}

/// Subqueries that stand for a value pass some methods on to their query.
pub(super) const SCALAR: &[(&str, Method)] = &[
    ("as_scalar", |_, this, _| Ok(Value::Object(this.clone()))),
    ("scalar_subquery", |_, this, _| Ok(Value::Object(this.clone()))),
    ("where", |vm, this, args| {
        rewrap(vm, this, "where", args, |expr| expr)
    }),
    ("correlate", |vm, this, args| {
        rewrap(vm, this, "correlate", args, |expr| expr)
    }),
];

pub(super) const EXISTS: &[(&str, Method)] = &[
    ("where", |vm, this, args| {
        rewrap(vm, this, "where", args, construct::exists_of)
    }),
    ("select_from", |vm, this, args| {
        rewrap(vm, this, "select_from", args, construct::exists_of)
    }),
    ("correlate", |vm, this, args| {
        rewrap(vm, this, "correlate", args, construct::exists_of)
    }),
    ("select", |vm, this, args| {
        args.finish(vm, "select")?;
        let query = select::of(vm, &[Value::Object(this.clone())])?;
        Ok(Value::Object(query))
    }),
];

/// The same with a query on which the method was called.
fn rewrap(
    vm: &mut Vm<'_>,
    this: &Rc<Expr>,
    method: &str,
    args: Args,
    wrap: fn(Rc<Expr>) -> Rc<Expr>,
) -> Outcome<Value> {
    let inner = match &this.node {
        Node::Unary { operand, .. } => operand,
        _ => this,
    };
    let Node::Scalar(query) = &inner.node else {
        return Err(vm.unknown(format!("{method}() of this expression")));
    };
    let method = vm.attribute(&Value::Object(query.clone()), method)?;
    let changed = vm.call(&method, args)?;
    match changed.downcast::<Query>() {
        Some(changed) => Ok(Value::Object(wrap(coerce::scalar(changed)))),
        None => Err(vm.unknown("this method of a subquery")),
    }
}

pub(super) const TEXT: &[(&str, Method)] = &[("bindparams", bindparams), ("columns", columns)];

/// `text('…').bindparams(bindparam('a', …), b=…)`.
fn bindparams(vm: &mut Vm<'_>, this: &Rc<Expr>, mut args: Args) -> Outcome<Value> {
    let Node::Text(text) = &this.node else {
        return Err(vm.unknown("bindparams() of what is not a text"));
    };
    let mut text = text.clone();
    let mut given = Vec::new();
    for value in args.rest() {
        match value.downcast::<Expr>().as_ref().map(|expr| &expr.node) {
            Some(Node::Bind(bind)) if bind.name.is_some() => given.push(bind.clone()),
            _ => {
                return Err(vm.raise(
                    "ArgumentError",
                    "bindparams() wants bindparam() objects with a name",
                ));
            }
        }
    }
    for (name, value) in std::mem::take(&mut args.keywords) {
        // What was said of it before, in this call or an earlier one, stays so.
        let before = text.binds.iter().map(|(_, bind)| bind).chain(&given);
        let known = before
            .rev()
            .find(|bind| bind.name.as_deref() == Some(name.as_str()));
        let mut bind = known.cloned().unwrap_or_else(|| super::super::expr::Bind {
            name: None,
            value: None,
            expanding: false,
            type_: Kind::of_value(&value).into(),
        });
        bind.name = Some(Rc::from(name));
        bind.value = Some(value);
        given.push(bind);
    }
    let names = super::super::text::names(&text.sql);
    for bind in given {
        let name = bind.name.clone().unwrap_or_else(|| Rc::from(""));
        if !names.iter().any(|known| **known == *name) {
            let message = format!("This text() construct doesn't define a bound parameter named '{name}'");
            return Err(vm.raise("ArgumentError", message));
        }
        text.binds.retain(|(known, _)| *known != name);
        text.binds.push((name, bind));
    }
    Ok(Value::Object(Expr::new(Node::Text(text), this.type_.clone())))
}

/// `text('SELECT …').columns(…)`.
fn columns(vm: &mut Vm<'_>, this: &Rc<Expr>, mut args: Args) -> Outcome<Value> {
    let Node::Text(text) = &this.node else {
        return Err(vm.unknown("columns() of what is not a text"));
    };
    let mut columns = Vec::new();
    for value in args.rest() {
        columns.push(coerce::named(vm, &value)?);
    }
    for (name, type_) in std::mem::take(&mut args.keywords) {
        let type_ = crate::sa::types::Type::of(vm, &type_)?;
        let name = Rc::from(name);
        columns.push(Expr::new(
            Node::Column { name, from: None },
            SqlType::named(type_),
        ));
    }
    Ok(Value::object(Query::Text(text.clone(), columns)))
}
