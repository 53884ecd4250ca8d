//! `select(…)` and its methods.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::expr::Expr;
use super::from::{From, JoinKind};
use super::kind::Kind;
use super::query::{Compound, Distinct, Lock, PendingJoin, Query, Select};

type Method = fn(&mut Vm<'_>, &Rc<Query>, Args) -> Outcome<Value>;

/// The query that `select(…)` makes.
pub(super) fn of(vm: &mut Vm<'_>, given: &[Value]) -> Outcome<Rc<Query>> {
    let mut select = Select::default();
    add_columns(vm, &mut select, given)?;
    Ok(Rc::new(Query::Select(select)))
}

fn add_columns(vm: &mut Vm<'_>, select: &mut Select, given: &[Value]) -> Outcome<()> {
    for value in given {
        match value {
            Value::List(_) => {
                return Err(vm.raise(
                    "ArgumentError",
                    "Column expression, FROM clause, or other columns clause element expected, got a list. Did you mean to say \
                     select(…) without the list?",
                ));
            }
            Value::Str(_) => {
                return Err(vm.raise(
                    "ArgumentError",
                    "Textual column expression should be explicitly declared with text(), or use column() for more specificity",
                ));
            }
            _ => {}
        }
        let from = match coerce::element(value) {
            Some(expr) => {
                select.columns.push(expr);
                continue;
            }
            None => From::of(value),
        };
        match from {
            Some(from) if matches!(&*from, From::Function { columns, .. } if columns.is_empty()) => {
                return Err(vm.unknown("the columns of a function that returns rows"));
            }
            Some(from) => {
                select
                    .columns
                    .extend(from.columns().into_iter().map(|(_, column)| column));
                select.tables.push(from);
            }
            None if value.type_name() == "ColumnCollection" => {
                for column in vm.iterate(value)? {
                    select.columns.extend(coerce::element(&column));
                }
            }
            None => select.columns.push(coerce::expression(vm, value)?),
        }
    }
    Ok(())
}

const METHODS: &[(&str, Method)] = &[
    ("where", filter),
    ("filter", filter),
    ("filter_by", |vm, this, args| {
        let froms = match &**this {
            Query::Select(select) => select.froms(),
            _ => Vec::new(),
        };
        let mut select = selected(vm, this, "filter_by")?;
        for (name, value) in args.keywords {
            let column = froms.iter().find_map(|from| from.column(&name));
            let Some(column) = column else {
                let message = format!("Entity has no property \"{name}\"");
                return Err(vm.raise("InvalidRequestError", message));
            };
            select.filters.push(coerce::compare(
                vm,
                &column,
                super::operator::Operator::Eq,
                &value,
            )?);
        }
        done(select)
    }),
    ("having", |vm, this, mut args| {
        let mut select = selected(vm, this, "having")?;
        for value in args.rest() {
            select.having.push(coerce::criterion(vm, &value)?);
        }
        args.finish(vm, "having")?;
        done(select)
    }),
    ("group_by", |vm, this, mut args| {
        let mut select = selected(vm, this, "group_by")?;
        ordering(vm, &mut select.group_by, args.rest())?;
        args.finish(vm, "group_by")?;
        done(select)
    }),
    ("order_by", |vm, this, mut args| {
        let mut query = (**this).clone();
        let given = args.rest();
        args.finish(vm, "order_by")?;
        let Some(tail) = query.tail_mut() else {
            return Err(vm.unknown("order_by() of a text"));
        };
        ordering(vm, &mut tail.order_by, given)?;
        Ok(Value::object(query))
    }),
    ("limit", |vm, this, args| bound(vm, this, args, "limit")),
    ("offset", |vm, this, args| bound(vm, this, args, "offset")),
    ("distinct", |vm, this, mut args| {
        let mut select = selected(vm, this, "distinct")?;
        let on = args.rest();
        args.finish(vm, "distinct")?;
        select.distinct = if on.is_empty() {
            Distinct::Yes
        } else {
            Distinct::On(
                on.iter()
                    .map(|value| coerce::named(vm, value))
                    .collect::<Outcome<_>>()?,
            )
        };
        done(select)
    }),
    ("select_from", |vm, this, mut args| {
        let mut select = selected(vm, this, "select_from")?;
        for value in args.rest() {
            select.from.push(From::expect(vm, &value)?);
        }
        args.finish(vm, "select_from")?;
        done(select)
    }),
    ("join", |vm, this, args| {
        join(vm, this, args, false, JoinKind::Inner)
    }),
    ("outerjoin", |vm, this, args| {
        join(vm, this, args, false, JoinKind::Left)
    }),
    ("join_from", |vm, this, args| {
        join(vm, this, args, true, JoinKind::Inner)
    }),
    ("outerjoin_from", |vm, this, args| {
        join(vm, this, args, true, JoinKind::Left)
    }),
    ("with_only_columns", |vm, this, mut args| {
        let mut select = selected(vm, this, "with_only_columns")?;
        args.keyword("maintain_column_froms");
        select.columns.clear();
        select.tables.clear();
        let given = args.rest();
        args.finish(vm, "with_only_columns")?;
        add_columns(vm, &mut select, &given)?;
        done(select)
    }),
    ("add_columns", |vm, this, mut args| {
        let mut select = selected(vm, this, "add_columns")?;
        let given = args.rest();
        args.finish(vm, "add_columns")?;
        add_columns(vm, &mut select, &given)?;
        done(select)
    }),
    ("prefix_with", |vm, this, mut args| {
        let mut select = selected(vm, this, "prefix_with")?;
        for prefix in args.rest() {
            select.prefixes.push(coerce::name(vm, &prefix)?.to_string());
        }
        args.finish(vm, "prefix_with")?;
        done(select)
    }),
    ("correlate", |vm, this, mut args| {
        let mut select = selected(vm, this, "correlate")?;
        let given = args.rest();
        args.finish(vm, "correlate")?;
        let mut froms = Vec::new();
        for value in given.iter().filter(|value| !value.is_none()) {
            froms.push(From::expect(vm, value)?);
        }
        select.correlate = Some(froms);
        done(select)
    }),
    ("with_for_update", |vm, this, mut args| {
        let mut query = (**this).clone();
        let mut flag = |name: &str| {
            args.keyword(name)
                .is_some_and(|value| matches!(value, Value::Bool(true)))
        };
        let lock = Lock {
            nowait: flag("nowait"),
            read: flag("read"),
            skip_locked: flag("skip_locked"),
            key_share: flag("key_share"),
        };
        args.finish(vm, "with_for_update")?;
        if let Some(tail) = query.tail_mut() {
            tail.lock = Some(lock);
        }
        Ok(Value::object(query))
    }),
    ("union", |vm, this, args| combine(vm, this, " UNION ", args)),
    ("union_all", |vm, this, args| {
        combine(vm, this, " UNION ALL ", args)
    }),
    ("intersect", |vm, this, args| {
        combine(vm, this, " INTERSECT ", args)
    }),
    ("except_", |vm, this, args| combine(vm, this, " EXCEPT ", args)),
    ("scalar_subquery", |_, this, _| {
        Ok(Value::Object(coerce::scalar(this.clone())))
    }),
    ("as_scalar", |_, this, _| {
        Ok(Value::Object(coerce::scalar(this.clone())))
    }),
    ("label", |vm, this, mut args| {
        let name = args.need(vm, "name")?;
        let name = coerce::name(vm, &name)?;
        Ok(Value::Object(super::methods::label(
            &coerce::scalar(this.clone()),
            Some(name),
        )))
    }),
    ("exists", |vm, this, args| {
        args.finish(vm, "exists")?;
        Ok(Value::Object(super::construct::exists_of(coerce::scalar(
            this.clone(),
        ))))
    }),
    ("subquery", |vm, this, args| subquery(vm, this, args, false)),
    ("alias", |vm, this, args| subquery(vm, this, args, false)),
    ("lateral", |vm, this, args| subquery(vm, this, args, true)),
    ("cte", |vm, this, mut args| {
        let name = args.take("name").filter(|name| !name.is_none());
        let recursive = args
            .take("recursive")
            .is_some_and(|value| matches!(value, Value::Bool(true)));
        args.finish(vm, "cte")?;
        let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
        let query = this.clone();
        Ok(Value::object(From::Cte {
            name,
            query,
            recursive,
        }))
    }),
    ("execution_options", |_, this, _| Ok(Value::Object(this.clone()))),
    ("compile", |vm, this, args| {
        super::compiled(vm, Value::Object(this.clone()), args)
    }),
];

fn selected(vm: &Vm<'_>, query: &Rc<Query>, method: &str) -> Outcome<Select> {
    match &**query {
        Query::Select(select) => Ok(select.clone()),
        _ => Err(vm.raise(
            "AttributeError",
            format!("'CompoundSelect' object has no attribute '{method}'"),
        )),
    }
}

fn done(select: Select) -> Outcome<Value> {
    Ok(Value::object(Query::Select(select)))
}

fn filter(vm: &mut Vm<'_>, this: &Rc<Query>, mut args: Args) -> Outcome<Value> {
    let mut select = selected(vm, this, "where")?;
    for value in args.rest() {
        let clause = coerce::criterion(vm, &value)?;
        select.filters.push(clause);
    }
    args.finish(vm, "where")?;
    done(select)
}

/// `order_by(None)` takes away what was there.
fn ordering(vm: &mut Vm<'_>, clauses: &mut Vec<Rc<Expr>>, given: Vec<Value>) -> Outcome<()> {
    if let [Value::None] = given[..] {
        clauses.clear();
        return Ok(());
    }
    for value in given {
        clauses.push(coerce::named(vm, &value)?);
    }
    Ok(())
}

fn bound(vm: &mut Vm<'_>, this: &Rc<Query>, mut args: Args, which: &str) -> Outcome<Value> {
    let value = args.need(vm, which)?;
    args.finish(vm, which)?;
    let bound = match &value {
        Value::None => None,
        _ => Some(coerce::operand(vm, &value, &Kind::Integer.into())?),
    };
    let mut query = (**this).clone();
    let Some(tail) = query.tail_mut() else {
        return Err(vm.unknown("limit() of a text"));
    };
    if which == "limit" {
        tail.limit = bound;
    } else {
        tail.offset = bound;
    }
    Ok(Value::object(query))
}

fn join(
    vm: &mut Vm<'_>,
    this: &Rc<Query>,
    mut args: Args,
    with_left: bool,
    kind: JoinKind,
) -> Outcome<Value> {
    let mut select = selected(vm, this, "join")?;
    let left = if with_left {
        let left = args.need(vm, "from_")?;
        Some(From::expect(vm, &left)?)
    } else {
        None
    };
    let target = args.need(vm, "target")?;
    let on = args.take("onclause").filter(|on| !on.is_none());
    let kind = join_kind(&mut args, kind);
    args.finish(vm, "join")?;
    let right = From::expect(vm, &target)?;
    let on = match on {
        Some(on) => coerce::criterion(vm, &on)?,
        None => {
            let mut froms = select.froms();
            froms.extend(left.clone());
            super::bridge::join_condition(vm, &froms, &right)?
        }
    };
    select.joins.push(PendingJoin {
        right,
        on,
        kind,
        left,
    });
    done(select)
}

/// The kind of a join, by its flags.
pub(super) fn join_kind(args: &mut Args, kind: JoinKind) -> JoinKind {
    let mut flag = |name: &str| {
        args.take(name)
            .is_some_and(|value| matches!(value, Value::Bool(true)))
    };
    let (outer, full) = (flag("isouter"), flag("full"));
    match (full, outer) {
        (true, _) => JoinKind::Full,
        (false, true) => JoinKind::Left,
        (false, false) => kind,
    }
}

fn combine(vm: &mut Vm<'_>, this: &Rc<Query>, keyword: &'static str, mut args: Args) -> Outcome<Value> {
    let mut given = vec![Value::Object(this.clone())];
    given.extend(args.rest());
    args.finish(vm, "union")?;
    compound(vm, keyword, &given)
}

/// `union(…)` and its like.
pub(super) fn compound(vm: &mut Vm<'_>, keyword: &'static str, given: &[Value]) -> Outcome<Value> {
    let mut queries = Vec::new();
    for value in given {
        match value.downcast::<Query>() {
            Some(query) => queries.push(query),
            None => {
                let message = format!("SELECT construct expected, got a {}.", value.type_name());
                return Err(vm.raise("ArgumentError", message));
            }
        }
    }
    Ok(Value::object(Query::Compound(Compound {
        keyword,
        queries,
        tail: super::query::Tail::default(),
    })))
}

fn subquery(vm: &mut Vm<'_>, this: &Rc<Query>, mut args: Args, lateral: bool) -> Outcome<Value> {
    let name = args.take("name").filter(|name| !name.is_none());
    args.keyword("flat");
    args.finish(vm, "subquery")?;
    let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
    let query = this.clone();
    Ok(Value::object(From::Subquery { name, query, lateral }))
}

impl Object for Query {
    fn class_name(&self) -> &str {
        match self {
            Self::Select(_) => "Select",
            Self::Compound(_) => "CompoundSelect",
            Self::Text(..) => "TextualSelect",
        }
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        match name {
            "c" | "columns" => {
                return Err(vm.raise(
                    "AttributeError",
                    "The SelectBase.c and SelectBase.columns attributes are not there any more: call subquery() first",
                ));
            }
            "selected_columns" => {
                let named = self.columns().iter();
                let columns = named.filter_map(|column| Some((column.result_name()?, column.clone())));
                return Ok(Some(Value::object(super::collection::Columns::new(
                    columns.collect(),
                ))));
            }
            _ => {}
        }
        let Some((name, method)) = METHODS.iter().find(|(known, _)| *known == name) else {
            return Ok(None);
        };
        let this = self.clone();
        Ok(Some(Value::native(name, move |vm, args| method(vm, &this, args))))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        super::compile(vm, &Value::Object(self))
    }
}
