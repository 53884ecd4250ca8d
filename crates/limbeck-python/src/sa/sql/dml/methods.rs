//! What programs ask of an insert, update or delete.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

use super::super::coerce;
use super::super::collection::Columns;
use super::super::expr::Expr;
use super::super::from::From;
use super::super::query::Query;
use super::{Conflict, Delete, Insert, Target, Update, assignments, key, merged, set};

type Method<T> = fn(&mut Vm<'_>, T, Args) -> Outcome<Value>;

fn bound<T: Object + Clone>(
    this: &Rc<T>,
    methods: &'static [(&'static str, Method<T>)],
    name: &str,
) -> Option<Value> {
    let (name, method) = methods.iter().find(|(known, _)| *known == name)?;
    let this = this.clone();
    Some(Value::native(name, move |vm, args| {
        method(vm, (*this).clone(), args)
    }))
}

const INSERT: &[(&str, Method<Insert>)] =
    &[
        ("values", |vm, mut this, mut args| {
            let given = args.rest();
            let keywords = std::mem::take(&mut args.keywords);
            let before = this.rows.pop().unwrap_or_default();
            match &given[..] {
                [rows @ (Value::List(_) | Value::Tuple(_))] if is_rows(vm, rows)? => {
                    for row in vm.iterate(rows)? {
                        this.rows.push(assignments(vm, &this.table, &row)?);
                    }
                    this.several = true;
                }
                [] => this.rows.push(before),
                [row] => this.rows.push(merged(before, assignments(vm, &this.table, row)?)),
                _ => return Err(vm.raise(
                    "ArgumentError",
                    "Only a single dictionary/tuple or list of dictionaries/tuples is accepted positionally.",
                )),
            }
            if !keywords.is_empty() {
                let row = this.rows.pop().unwrap_or_default();
                let named = keywords.into_iter().map(|(name, value)| (Rc::from(name), value));
                this.rows.push(merged(row, named.collect()));
            }
            Ok(Value::object(this))
        }),
        ("from_select", |vm, mut this, mut args| {
            let names = args.need(vm, "names")?;
            let select = args.need(vm, "select")?;
            args.keyword("include_defaults");
            args.finish(vm, "from_select")?;
            let mut keys = Vec::new();
            for name in vm.iterate(&names)? {
                keys.push(key(vm, &name)?);
            }
            let Some(query) = select.downcast::<Query>() else {
                return Err(vm.raise(
                    "ArgumentError",
                    format!("SELECT construct expected, got a {}.", select.type_name()),
                ));
            };
            this.select = Some((keys, query));
            Ok(Value::object(this))
        }),
        ("returning", |vm, mut this, mut args| {
            this.returning.extend(returning(vm, &mut args)?);
            args.finish(vm, "returning")?;
            Ok(Value::object(this))
        }),
        ("prefix_with", |vm, mut this, mut args| {
            prefix(vm, &mut this.prefixes, &mut args)?;
            Ok(Value::object(this))
        }),
        ("on_conflict_do_nothing", |vm, mut this, mut args| {
            let conflict = conflict(vm, &mut args)?;
            args.finish(vm, "on_conflict_do_nothing")?;
            this.conflict = Some(conflict);
            Ok(Value::object(this))
        }),
        ("on_conflict_do_update", |vm, mut this, mut args| {
            let mut made = conflict(vm, &mut args)?;
            let set = args.need(vm, "set_")?;
            made.set = assignments(vm, &this.table, &set)?;
            let filter = args.take("where").filter(|filter| !filter.is_none());
            made.set_filter = filter.map(|filter| coerce::criterion(vm, &filter)).transpose()?;
            args.finish(vm, "on_conflict_do_update")?;
            this.conflict = Some(made);
            Ok(Value::object(this))
        }),
        ("on_duplicate_key_update", |vm, mut this, mut args| {
            let mut set = Vec::new();
            for value in args.rest() {
                set.extend(assignments(vm, &this.table, &value)?);
            }
            let named = std::mem::take(&mut args.keywords).into_iter();
            set.extend(named.map(|(name, value)| (Rc::from(name), value)));
            this.conflict = Some(Conflict {
                set,
                ..Conflict::default()
            });
            Ok(Value::object(this))
        }),
        ("inline", |_, this, _| Ok(Value::object(this))),
        ("execution_options", |_, this, _| Ok(Value::object(this))),
        ("compile", |vm, this, args| {
            super::super::compiled(vm, Value::object(this), args)
        }),
    ];

const UPDATE: &[(&str, Method<Update>)] = &[
    ("where", |vm, mut this, args| {
        filters(vm, &mut this.filters, args)?;
        Ok(Value::object(this))
    }),
    ("filter", |vm, mut this, args| {
        filters(vm, &mut this.filters, args)?;
        Ok(Value::object(this))
    }),
    ("values", |vm, mut this, mut args| {
        for given in args.rest() {
            for (target, value) in targets(vm, &given)? {
                set(&mut this.values, target, value);
            }
        }
        for (name, value) in std::mem::take(&mut args.keywords) {
            set(&mut this.values, Target::Key(Rc::from(name)), value);
        }
        Ok(Value::object(this))
    }),
    ("ordered_values", |vm, mut this, mut args| {
        for pair in args.rest() {
            match &vm.iterate(&pair)?[..] {
                [column, value] => this.values.push((target(vm, column)?, value.clone())),
                _ => {
                    return Err(vm.raise(
                        "ArgumentError",
                        "ordered_values() wants pairs of a column and a value",
                    ));
                }
            }
        }
        this.ordered = true;
        args.finish(vm, "ordered_values")?;
        Ok(Value::object(this))
    }),
    ("returning", |vm, mut this, mut args| {
        this.returning.extend(returning(vm, &mut args)?);
        args.finish(vm, "returning")?;
        Ok(Value::object(this))
    }),
    ("prefix_with", |vm, mut this, mut args| {
        prefix(vm, &mut this.prefixes, &mut args)?;
        Ok(Value::object(this))
    }),
    ("execution_options", |_, this, _| Ok(Value::object(this))),
    ("compile", |vm, this, args| {
        super::super::compiled(vm, Value::object(this), args)
    }),
];

const DELETE: &[(&str, Method<Delete>)] = &[
    ("where", |vm, mut this, args| {
        filters(vm, &mut this.filters, args)?;
        Ok(Value::object(this))
    }),
    ("filter", |vm, mut this, args| {
        filters(vm, &mut this.filters, args)?;
        Ok(Value::object(this))
    }),
    ("returning", |vm, mut this, mut args| {
        this.returning.extend(returning(vm, &mut args)?);
        args.finish(vm, "returning")?;
        Ok(Value::object(this))
    }),
    ("prefix_with", |vm, mut this, mut args| {
        prefix(vm, &mut this.prefixes, &mut args)?;
        Ok(Value::object(this))
    }),
    ("execution_options", |_, this, _| Ok(Value::object(this))),
    ("compile", |vm, this, args| {
        super::super::compiled(vm, Value::object(this), args)
    }),
];

fn filters(vm: &mut Vm<'_>, filters: &mut Vec<Rc<Expr>>, mut args: Args) -> Outcome<()> {
    for value in args.rest() {
        filters.push(coerce::criterion(vm, &value)?);
    }
    args.finish(vm, "where")
}

fn prefix(vm: &mut Vm<'_>, prefixes: &mut Vec<String>, args: &mut Args) -> Outcome<()> {
    let dialect = args.keyword("dialect").filter(|dialect| !dialect.is_none());
    let wanted = dialect.as_ref().and_then(Value::as_str);
    let wanted = wanted.is_none_or(|name| name == vm.called.name());
    for value in args.rest() {
        let text = coerce::name(vm, &value)?;
        if wanted {
            prefixes.push(text.to_string());
        }
    }
    Ok(())
}

fn returning(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<Vec<Rc<Expr>>> {
    args.keyword("sort_by_parameter_order");
    let mut columns = Vec::new();
    for value in args.rest() {
        match coerce::element(&value) {
            Some(expr) => columns.push(expr),
            None => columns.extend(
                From::expect(vm, &value)?
                    .columns()
                    .into_iter()
                    .map(|(_, column)| column),
            ),
        }
    }
    Ok(columns)
}

/// Whether it is a list of rows, and not a row.
fn is_rows(vm: &mut Vm<'_>, value: &Value) -> Outcome<bool> {
    let first = vm.iterate(value)?.into_iter().next();
    Ok(matches!(
        (value, first),
        (_, Some(Value::Dict(_))) | (Value::List(_), Some(Value::Tuple(_) | Value::List(_)) | None)
    ))
}

fn target(vm: &Vm<'_>, value: &Value) -> Outcome<Target> {
    match coerce::element(value) {
        Some(expr) => Ok(Target::Column(expr)),
        None => coerce::name(vm, value).map(Target::Key),
    }
}

fn targets(vm: &mut Vm<'_>, given: &Value) -> Outcome<Vec<(Target, Value)>> {
    match given {
        Value::Dict(dict) => {
            let dict = dict.borrow();
            let pairs = dict
                .iter()
                .map(|(column, value)| Ok((target(vm, column)?, value.clone())));
            pairs.collect()
        }
        _ => Err(vm.unknown(format!("a '{}' in values() of an update", given.type_name()))),
    }
}

/// Where two rows collide.
fn conflict(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<Conflict> {
    let mut conflict = Conflict::default();
    let (constraint, elements) = if vm.dialect == limbeck_core::Dialect::Postgresql {
        (args.take("constraint"), args.take("index_elements"))
    } else {
        (None, args.take("index_elements"))
    };
    if let Some(constraint) = constraint.filter(|constraint| !constraint.is_none()) {
        conflict.constraint = Some(match &constraint {
            Value::Str(name) => name.clone(),
            other => {
                let name = vm.attribute(other, "name")?;
                coerce::name(vm, &name)?
            }
        });
    }
    if let Some(elements) = elements.filter(|elements| !elements.is_none()) {
        for element in vm.iterate(&elements)? {
            conflict.columns.push(coerce::named(vm, &element)?);
        }
    }
    let filter = args.take("index_where").filter(|filter| !filter.is_none());
    conflict.filter = filter.map(|filter| coerce::criterion(vm, &filter)).transpose()?;
    Ok(conflict)
}

impl Object for Insert {
    fn class_name(&self) -> &'static str {
        "Insert"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if name == "inserted" {
            let columns = self.table.columns().into_iter().map(|(key, column)| {
                let name = crate::sa::quote::quote(vm.dialect, &column.name().unwrap_or_else(|| key.clone()));
                (
                    key,
                    Expr::literal(&format!("VALUES({name})"), column.type_.clone()),
                )
            });
            return Ok(Some(Value::object(Columns::new(columns.collect()))));
        }
        if name == "excluded" {
            let from = Rc::new(From::Alias {
                name: Some(Rc::from("excluded")),
                of: self.table.clone(),
            });
            return Ok(Some(Value::object(Columns::new(from.columns()))));
        }
        Ok(bound(&self, INSERT, name))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        super::super::compile(vm, &Value::Object(self))
    }
}

impl Object for Update {
    fn class_name(&self) -> &'static str {
        "Update"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(bound(&self, UPDATE, name))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        super::super::compile(vm, &Value::Object(self))
    }
}

impl Object for Delete {
    fn class_name(&self) -> &'static str {
        "Delete"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(bound(&self, DELETE, name))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        super::super::compile(vm, &Value::Object(self))
    }
}
