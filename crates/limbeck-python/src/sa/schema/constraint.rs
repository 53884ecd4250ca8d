//! Constraints of a table.

use std::rc::Rc;

use super::{Actions, Column, Construct, Options, Target, made};
use crate::sa::names::Name;
use crate::sa::take;
use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// A constraint.
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) kind: Kind,
    pub(crate) name: Option<Name>,
    /// The columns that it is about.
    pub(crate) columns: Vec<Name>,
    pub(crate) deferrable: Option<bool>,
    pub(crate) initially: Option<String>,
    pub(crate) options: Options,
    /// The place in the order in which SQLAlchemy would have made it.
    pub(crate) order: usize,
    /// Whether a type asks for it: CHECK for a Boolean or an Enum.
    pub(crate) type_bound: bool,
    /// Whether it comes from `unique=True` of a column.
    pub(crate) from_column: bool,
}

/// What a constraint says.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    PrimaryKey,
    Unique,
    ForeignKey {
        targets: Vec<Target>,
        actions: Actions,
    },
    Check {
        condition: Value,
    },
    Exclude(Box<Exclusion>),
    /// A constraint of which only the name is known.
    Any,
}

/// PostgreSQL's `EXCLUDE`.
#[derive(Debug, Clone)]
pub(crate) struct Exclusion {
    pub(crate) elements: Vec<(Value, String)>,
    pub(crate) using: String,
    pub(crate) condition: Option<Value>,
    pub(crate) ops: Option<Value>,
}

impl Constraint {
    pub(crate) fn new(kind: Kind, name: Option<Name>, columns: Vec<Name>) -> Self {
        Self {
            kind,
            name,
            columns,
            deferrable: None,
            initially: None,
            options: Options::default(),
            order: made(),
            type_bound: false,
            from_column: false,
        }
    }

    /// Takes what all constraints have, and the options of the databases.
    pub(crate) fn rest(mut self, vm: &mut Vm<'_>, args: &mut Args, construct: Construct) -> Outcome<Self> {
        if let Some(name) = args.keyword("name") {
            self.name = Name::maybe(vm, Some(name))?;
        }
        self.deferrable = take::flag(vm, args.keyword("deferrable"))?;
        self.initially = take::string(vm, args.keyword("initially"))?;
        for known in ["info", "comment", "_create_rule", "_column_flag", "_autoattach"] {
            args.keyword(known);
        }
        self.options = Options::take(vm, args, construct)?;
        Ok(self)
    }
}

/// The names of columns: texts or columns.
pub(crate) fn column_names(vm: &Vm<'_>, values: &[Value]) -> Outcome<Vec<Name>> {
    let name = |value: &Value| match value.downcast::<Column>() {
        Some(column) => Ok(column.name.clone()),
        None => Name::of(vm, value),
    };
    values.iter().map(name).collect()
}

pub(super) fn make_primary_key(vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
    make_keyed(vm, args, Kind::PrimaryKey, Construct::PrimaryKey)
}

pub(super) fn make_unique(vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
    make_keyed(vm, args, Kind::Unique, Construct::Unique)
}

fn make_keyed(vm: &mut Vm<'_>, mut args: Args, kind: Kind, construct: Construct) -> Outcome<Value> {
    let columns = args.rest();
    let columns = column_names(vm, &columns)?;
    let constraint = Constraint::new(kind, None, columns).rest(vm, &mut args, construct)?;
    args.finish(vm, "Constraint")?;
    Ok(Value::object(constraint))
}

pub(super) fn make_foreign_key(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let columns = args.need(vm, "columns")?;
    let columns = take::list(vm, Some(columns))?;
    let columns = column_names(vm, &columns)?;
    let targets = args.need(vm, "refcolumns")?;
    let targets = take::list(vm, Some(targets))?;
    let targets: Vec<Target> = targets
        .iter()
        .map(|value| Target::of(vm, value))
        .collect::<Outcome<_>>()?;
    if targets.len() != columns.len() {
        return Err(vm.raise(
            "ArgumentError",
            "ForeignKeyConstraint number of constrained columns must match the number of referenced columns.",
        ));
    }
    let name = Name::maybe(vm, args.take("name"))?;
    let actions = Actions {
        on_update: take::string(vm, args.take("onupdate"))?,
        on_delete: take::string(vm, args.take("ondelete"))?,
        matching: take::string(vm, args.keyword("match"))?,
        use_alter: take::is_set(vm, args.keyword("use_alter"))?,
    };
    args.keyword("link_to_name");
    args.keyword("table");
    let constraint = Constraint::new(Kind::ForeignKey { targets, actions }, name, columns);
    let constraint = constraint.rest(vm, &mut args, Construct::ForeignKey)?;
    args.finish(vm, "ForeignKeyConstraint")?;
    Ok(Value::object(constraint))
}

pub(super) fn make_check(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let condition = args.need(vm, "sqltext")?;
    let name = Name::maybe(vm, args.take("name"))?;
    args.keyword("table");
    let constraint = Constraint::new(Kind::Check { condition }, name, Vec::new());
    let constraint = constraint.rest(vm, &mut args, Construct::Check)?;
    args.finish(vm, "CheckConstraint")?;
    Ok(Value::object(constraint))
}

pub(super) fn make_exclude(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = Name::maybe(vm, args.keyword("name"))?;
    let elements = args.rest();
    let constraint = exclude(vm, name, &elements, &mut args)?;
    args.finish(vm, "ExcludeConstraint")?;
    Ok(Value::object(constraint))
}

/// `EXCLUDE` over pairs of an expression and an operator.
pub(crate) fn exclude(
    vm: &mut Vm<'_>,
    name: Option<Name>,
    elements: &[Value],
    args: &mut Args,
) -> Outcome<Constraint> {
    let mut pairs = Vec::new();
    for element in elements {
        match vm.iterate(element)?.as_slice() {
            [expression, Value::Str(op)] => pairs.push((expression.clone(), op.to_string())),
            _ => {
                return Err(
                    vm.value_error("an exclusion's elements are pairs of an expression and an operator")
                );
            }
        }
    }
    let exclusion = Exclusion {
        elements: pairs,
        using: take::string(vm, args.keyword("using"))?.unwrap_or_else(|| "gist".to_owned()),
        condition: args.keyword("where").filter(|value| !value.is_none()),
        ops: args.keyword("ops").filter(|value| !value.is_none()),
    };
    let constraint = Constraint::new(Kind::Exclude(Box::new(exclusion)), name, Vec::new());
    constraint.rest(vm, args, Construct::Exclude)
}

impl Object for Constraint {
    fn class_name(&self) -> &'static str {
        match self.kind {
            Kind::PrimaryKey => "PrimaryKeyConstraint",
            Kind::Unique => "UniqueConstraint",
            Kind::ForeignKey { .. } => "ForeignKeyConstraint",
            Kind::Check { .. } => "CheckConstraint",
            Kind::Exclude(_) => "ExcludeConstraint",
            Kind::Any => "Constraint",
        }
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "name" => Some(
                self.name
                    .as_ref()
                    .map_or(Value::None, |name| Value::Str(name.text.clone())),
            ),
            "sqltext" => match &self.kind {
                Kind::Check { condition } => Some(condition.clone()),
                _ => None,
            },
            _ => None,
        })
    }
}
