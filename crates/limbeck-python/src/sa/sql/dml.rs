//! `insert`, `update` and `delete`.

mod methods;

use std::rc::Rc;

use crate::value::{Dict, Object, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::collection::Columns;
use super::expr::{Expr, Node};
use super::from::From;
use super::query::Query;

/// What a column gets, by what the program calls it.
pub(crate) type Assignment = (Rc<str>, Value);

/// `INSERT`.
#[derive(Debug, Clone)]
pub(crate) struct Insert {
    pub(crate) table: Rc<From>,
    /// The rows.
    pub(crate) rows: Vec<Vec<Assignment>>,
    /// Whether the rows stand in one statement, as `values([…])` says.
    pub(crate) several: bool,
    /// `from_select`: the columns, and where they come from.
    pub(crate) select: Option<(Vec<Rc<str>>, Rc<Query>)>,
    pub(crate) conflict: Option<Conflict>,
    pub(crate) returning: Vec<Rc<Expr>>,
    pub(crate) prefixes: Vec<String>,
}

/// `ON CONFLICT` or `ON DUPLICATE KEY UPDATE`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conflict {
    pub(crate) constraint: Option<Rc<str>>,
    pub(crate) columns: Vec<Rc<Expr>>,
    /// The condition of the index.
    pub(crate) filter: Option<Rc<Expr>>,
    /// What is set; nothing is done where nothing is.
    pub(crate) set: Vec<Assignment>,
    pub(crate) set_filter: Option<Rc<Expr>>,
}

/// `UPDATE`.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) table: Rc<From>,
    pub(crate) values: Vec<(Target, Value)>,
    /// Whether the values stand in the program's order.
    pub(crate) ordered: bool,
    pub(crate) filters: Vec<Rc<Expr>>,
    pub(crate) returning: Vec<Rc<Expr>>,
    pub(crate) prefixes: Vec<String>,
}

/// A column that is set: by what the program calls it, or as an expression.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Key(Rc<str>),
    Column(Rc<Expr>),
}

/// `DELETE`.
#[derive(Debug, Clone)]
pub(crate) struct Delete {
    pub(crate) table: Rc<From>,
    pub(crate) filters: Vec<Rc<Expr>>,
    pub(crate) returning: Vec<Rc<Expr>>,
    pub(crate) prefixes: Vec<String>,
}

impl Insert {
    pub(crate) fn into(table: Rc<From>) -> Self {
        Self {
            table,
            rows: Vec::new(),
            several: false,
            select: None,
            conflict: None,
            returning: Vec::new(),
            prefixes: Vec::new(),
        }
    }
}

impl Insert {
    /// Takes what the parameters of an execution say of the row.
    pub(super) fn add(&mut self, parameters: &super::Parameters) {
        let row = self.rows.pop().unwrap_or_default();
        // Parameters of the values themselves are no columns.
        let named = |name: &str| row.iter().any(|(_, value)| is_parameter(value, name));
        let more = parameters
            .iter()
            .filter(|(name, _)| !named(name))
            .cloned()
            .collect();
        self.rows.push(merged(row.clone(), more));
    }
}

/// Whether the value is the parameter of that name.
fn is_parameter(value: &Value, name: &str) -> bool {
    let expr = coerce::element(value);
    expr.is_some_and(|expr| matches!(&expr.node, Node::Bind(bind) if bind.name.as_deref() == Some(name)))
}

impl Update {
    /// Takes what the parameters of an execution say of columns; others are for the conditions.
    pub(super) fn add(&mut self, parameters: &super::Parameters) {
        for (name, value) in parameters {
            if self.table.column(name).is_some() {
                set(&mut self.values, Target::Key(name.clone()), value.clone());
            }
        }
    }

    pub(crate) fn of(table: Rc<From>) -> Self {
        Self {
            table,
            values: Vec::new(),
            ordered: false,
            filters: Vec::new(),
            returning: Vec::new(),
            prefixes: Vec::new(),
        }
    }
}

impl Delete {
    pub(crate) fn from(table: Rc<From>) -> Self {
        Self {
            table,
            filters: Vec::new(),
            returning: Vec::new(),
            prefixes: Vec::new(),
        }
    }
}

/// What the program calls a column that it names by a text or by itself.
fn key(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<str>> {
    match coerce::element(value) {
        Some(expr) => match &expr.node {
            Node::Column { name, .. } => Ok(name.clone()),
            _ => Err(vm.raise("ArgumentError", "a column is expected")),
        },
        None => coerce::name(vm, value),
    }
}

/// What a row says of its columns: a dictionary, or values in the order of the columns.
pub(crate) fn assignments(vm: &mut Vm<'_>, table: &Rc<From>, row: &Value) -> Outcome<Vec<Assignment>> {
    if let Value::Dict(dict) = row {
        return pairs(vm, &dict.borrow());
    }
    if let Some(columns) = row.downcast::<Columns>() {
        let items = vm.iterate(&Value::Object(columns))?;
        let named = items.into_iter().map(|column| Ok((key(vm, &column)?, column)));
        return named.collect();
    }
    match row {
        Value::Tuple(_) | Value::List(_) => {
            let values = vm.iterate(row)?;
            let keys = table.columns().into_iter().map(|(key, _)| key);
            Ok(keys.zip(values).collect())
        }
        _ => Err(vm.raise(
            "ArgumentError",
            format!(
                "a dictionary or a sequence of values is expected, got a {}",
                row.type_name()
            ),
        )),
    }
}

fn pairs(vm: &Vm<'_>, dict: &Dict) -> Outcome<Vec<Assignment>> {
    dict.iter()
        .map(|(column, value)| Ok((key(vm, column)?, value.clone())))
        .collect()
}

fn merged(mut row: Vec<Assignment>, more: Vec<Assignment>) -> Vec<Assignment> {
    for (key, value) in more {
        match row.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => row.push((key, value)),
        }
    }
    row
}

fn set(values: &mut Vec<(Target, Value)>, target: Target, value: Value) {
    let same = |known: &Target| match (known, &target) {
        (Target::Key(a), Target::Key(b)) => a == b,
        (Target::Key(key), Target::Column(column)) | (Target::Column(column), Target::Key(key)) => {
            column.name().as_deref() == Some(&**key)
        }
        (Target::Column(a), Target::Column(b)) => a.key().is_some() && a.key() == b.key(),
    };
    match values.iter_mut().find(|(known, _)| same(known)) {
        Some(entry) => entry.1 = value,
        None => values.push((target, value)),
    }
}
