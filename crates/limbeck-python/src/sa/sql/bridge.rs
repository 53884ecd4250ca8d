//! What expressions need of the program's tables, columns and types.

use std::rc::Rc;

use crate::sa::schema;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::expr::{Expr, Node};
use super::from::{Column, ForeignKey, From, Table};
use super::kind::{Kind, SqlType};
use super::operator::Operator;

/// A `Table` as what statements are made of.
pub(super) fn table(table: &schema::Table) -> Table {
    let columns = table.columns.borrow();
    Table {
        schema: table.name.schema.as_deref().map(Rc::from),
        name: table.name.name.text.clone(),
        columns: columns
            .iter()
            .map(|column| Column {
                key: column.name.text.clone(),
                name: column.name.text.clone(),
                type_: SqlType::named(column.type_.clone()),
                default: column.default.clone(),
                on_update: column.on_update.clone(),
            })
            .collect(),
        foreign_keys: table
            .constraints
            .borrow()
            .iter()
            .filter_map(|key| foreign_key(key))
            .collect(),
    }
}

fn foreign_key(constraint: &schema::Constraint) -> Option<ForeignKey> {
    let schema::Kind::ForeignKey { targets, .. } = &constraint.kind else {
        return None;
    };
    let first = targets.first()?;
    let columns: Vec<Rc<str>> = constraint.columns.iter().map(|name| name.text.clone()).collect();
    let referred = targets
        .iter()
        .zip(&columns)
        .map(|(target, own)| match &target.column {
            Some(column) => Rc::from(&**column),
            None => own.clone(),
        });
    Some(ForeignKey {
        schema: first.schema.as_deref().map(Rc::from),
        table: Rc::from(&*first.table),
        referred: referred.collect(),
        columns,
    })
}

/// A `Column` as an expression.
pub(super) fn column(column: &schema::Column) -> Rc<Expr> {
    let table = column.table.borrow();
    let (name, schema) = match &*table {
        Some(table) => (Some(&*table.name.text), table.schema.as_deref()),
        None => (None, None),
    };
    super::column_expr(name, schema, &column.name.text, Some(column.type_.clone()))
}

/// The value of a column's `default` or `onupdate`: a value, an expression, or what a function returns.
pub(super) fn default(vm: &mut Vm<'_>, value: &Value) -> Outcome<Value> {
    match value {
        Value::Function(function) => {
            if function.wants_arguments() {
                return Err(vm.unknown("a default that wants the context of the execution"));
            }
            vm.call(value, Args::default())
        }
        Value::Method(..) | Value::Native(_) => vm.call(value, Args::default()),
        Value::Class(_) => vm.call(value, Args::default()),
        _ => Ok(value.clone()),
    }
}

/// The condition of a join that names none: a foreign key leads from one side to the other.
pub(super) fn join_condition(vm: &Vm<'_>, left: &[Rc<From>], right: &Rc<From>) -> Outcome<Rc<Expr>> {
    let mut found = Vec::new();
    for left in left {
        for right in right.objects() {
            found.extend(links(left, &right));
            found.extend(links(&right, left));
        }
    }
    match &found[..] {
        [only] => Ok(only.clone()),
        [] if left.iter().any(is_bare) => Err(vm.unknown("a join without a condition, of columns of a table")),
        [] => Err(vm.raise(
            "ArgumentError",
            "Can't find any foreign key relationships between the tables of a join: give its condition",
        )),
        _ => Err(vm.raise(
            "ArgumentError",
            "Can't determine join: the tables have more than one foreign key constraint relationship between them. Please \
             specify the 'onclause' of this join explicitly.",
        )),
    }
}

/// Whether nothing is known of a table but its name.
fn is_bare(from: &Rc<From>) -> bool {
    matches!(&**from, From::Table(table) if table.columns.is_empty())
}

/// A column of a table, of which no more than the name may be known.
fn column_of(from: &Rc<From>, key: &Rc<str>) -> Rc<Expr> {
    from.column(key).unwrap_or_else(|| {
        let from = Some(from.clone());
        Expr::new(
            Node::Column {
                name: key.clone(),
                from,
            },
            SqlType::NULL,
        )
    })
}

/// The conditions under which the rows of `from` lead to those of `to`, a foreign key each.
fn links(from: &Rc<From>, to: &Rc<From>) -> Vec<Rc<Expr>> {
    let table = |from: &Rc<From>| match &**from {
        From::Alias { of, .. } => of.clone(),
        _ => from.clone(),
    };
    let (own, other) = (table(from), table(to));
    let (From::Table(own), From::Table(other)) = (&*own, &*other) else {
        return Vec::new();
    };
    let keys = own.foreign_keys.iter();
    let leading = keys.filter(|key| key.table == other.name && key.schema == other.schema);
    let conditions = leading.filter_map(|key| {
        let pairs = key.referred.iter().zip(&key.columns);
        let equal = pairs.map(|(there, here)| {
            Expr::operate(
                &column_of(to, there),
                Operator::Eq,
                &column_of(from, here),
                Kind::Boolean,
            )
        });
        coerce::conjunction(&Operator::And, equal.collect())
    });
    conditions.collect()
}
