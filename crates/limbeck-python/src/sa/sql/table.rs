//! `table(…)`, and what programs ask of what stands behind `FROM`.

use std::rc::Rc;

use crate::value::{Args, Key, Object, Outcome, Value};
use crate::vm::Vm;

use super::coerce;
use super::collection::Columns;
use super::dml::{Delete, Insert, Update};
use super::expr::Node;
use super::from::{Column, From, JoinKind, Table};
use super::query::{Compound, Query, Tail};
use super::select;

type Method = fn(&mut Vm<'_>, &Rc<From>, Args) -> Outcome<Value>;

/// `table('name', column(…), …)`.
pub(super) fn table(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let name = coerce::name(vm, &name)?;
    let schema = args.keyword("schema").filter(|schema| !schema.is_none());
    let schema = schema.map(|schema| coerce::name(vm, &schema)).transpose()?;
    let schema = schema.filter(|schema| !schema.is_empty());
    let given = args.rest();
    args.finish(vm, "table")?;
    let mut columns = Vec::new();
    for value in given {
        let Some(expr) = coerce::element(&value) else {
            return Err(vm.raise(
                "ArgumentError",
                format!("a column() is expected, got a {}", value.type_name()),
            ));
        };
        let Node::Column { name, .. } = &expr.node else {
            return Err(vm.raise("ArgumentError", "a column() is expected"));
        };
        columns.push(Column {
            key: name.clone(),
            name: name.clone(),
            type_: expr.type_.clone(),
            default: None,
            on_update: None,
        });
    }
    Ok(Value::object(From::Table(Table {
        schema,
        name,
        columns,
        foreign_keys: Vec::new(),
    })))
}

const METHODS: &[(&str, Method)] = &[
    ("select", |vm, this, args| {
        args.finish(vm, "select")?;
        select::of(vm, &[Value::Object(this.clone())]).map(|query| Value::Object(query))
    }),
    ("insert", |vm, this, args| {
        args.finish(vm, "insert")?;
        Ok(Value::object(Insert::into(this.clone())))
    }),
    ("update", |vm, this, args| {
        args.finish(vm, "update")?;
        Ok(Value::object(Update::of(this.clone())))
    }),
    ("delete", |vm, this, args| {
        args.finish(vm, "delete")?;
        Ok(Value::object(Delete::from(this.clone())))
    }),
    ("alias", |vm, this, args| alias(vm, this, args)),
    ("join", |vm, this, args| {
        join_method(vm, this, args, JoinKind::Inner)
    }),
    ("outerjoin", |vm, this, args| {
        join_method(vm, this, args, JoinKind::Left)
    }),
    ("union", |vm, this, args| recursion(vm, this, " UNION ", args)),
    ("union_all", |vm, this, args| {
        recursion(vm, this, " UNION ALL ", args)
    }),
];

/// What stands behind the dot of a table: also of those of the project's `Table` class.
pub(crate) fn attribute(from: &Rc<From>, name: &str) -> Option<Value> {
    if let Some((name, method)) = METHODS.iter().find(|(known, _)| *known == name) {
        let this = from.clone();
        return Some(Value::native(name, move |vm, args| method(vm, &this, args)));
    }
    Some(match name {
        "c" | "columns" | "exported_columns" => Value::object(Columns::new(from.columns())),
        "name" | "description" => Value::Str(from.name()?),
        "schema" => match &**from {
            From::Table(table) => table.schema.clone().map_or(Value::None, Value::Str),
            _ => Value::None,
        },
        "fullname" | "key" => match &**from {
            From::Table(table) => match &table.schema {
                Some(schema) => Value::str(format!("{schema}.{}", table.name)),
                None => Value::Str(table.name.clone()),
            },
            _ => Value::Str(from.name()?),
        },
        "element" => match &**from {
            From::Alias { of, .. } => Value::Object(of.clone()),
            From::Subquery { query, .. } | From::Cte { query, .. } => Value::Object(query.clone()),
            _ => return None,
        },
        "left" | "right" => match &**from {
            From::Join(join) => Value::Object(if name == "left" {
                join.left.clone()
            } else {
                join.right.clone()
            }),
            _ => return None,
        },
        _ => return None,
    })
}

impl From {
    /// Its name, if it has been given one.
    pub(crate) fn name(&self) -> Option<Rc<str>> {
        match self {
            Self::Table(table) => Some(table.name.clone()),
            Self::Alias { name, .. } | Self::Subquery { name, .. } | Self::Cte { name, .. } => name.clone(),
            Self::Function { name, .. } => name.clone(),
            Self::Join(_) | Self::Text(_) => None,
        }
    }
}

fn alias(vm: &mut Vm<'_>, this: &Rc<From>, mut args: Args) -> Outcome<Value> {
    let name = args.take("name").filter(|name| !name.is_none());
    args.keyword("flat");
    args.finish(vm, "alias")?;
    let name = name.map(|name| coerce::name(vm, &name)).transpose()?;
    let of = this.clone();
    Ok(Value::object(From::Alias { name, of }))
}

/// `alias(table, name)`.
pub(super) fn alias_of(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let target = args.need(vm, "selectable")?;
    let method = vm.attribute(&target, "alias")?;
    vm.call(&method, args)
}

fn join_method(vm: &mut Vm<'_>, this: &Rc<From>, args: Args, kind: JoinKind) -> Outcome<Value> {
    join_to(vm, this.clone(), args, kind)
}

/// `join(left, right, on)`.
pub(super) fn join(vm: &mut Vm<'_>, mut args: Args, kind: JoinKind) -> Outcome<Value> {
    let left = args.need(vm, "left")?;
    let left = From::expect(vm, &left)?;
    join_to(vm, left, args, kind)
}

fn join_to(vm: &mut Vm<'_>, left: Rc<From>, mut args: Args, kind: JoinKind) -> Outcome<Value> {
    let right = args.need(vm, "right")?;
    let right = From::expect(vm, &right)?;
    let on = args.take("onclause").filter(|on| !on.is_none());
    let kind = select::join_kind(&mut args, kind);
    args.finish(vm, "join")?;
    let on = match on {
        Some(on) => coerce::criterion(vm, &on)?,
        None => super::bridge::join_condition(vm, &left.objects(), &right)?,
    };
    Ok(Value::Object(From::join(left, right, &on, kind)))
}

/// `cte.union_all(…)`: the other part of a recursive query.
fn recursion(vm: &mut Vm<'_>, this: &Rc<From>, keyword: &'static str, mut args: Args) -> Outcome<Value> {
    let From::Cte {
        name,
        query,
        recursive,
    } = &**this
    else {
        return Err(vm.unknown("union() of what is not a CTE"));
    };
    let mut queries = vec![query.clone()];
    for value in args.rest() {
        match value.downcast::<Query>() {
            Some(query) => queries.push(query),
            None => return Err(vm.unknown(format!("a '{}' in union()", value.type_name()))),
        }
    }
    args.finish(vm, "union")?;
    Ok(Value::object(From::Cte {
        name: name.clone(),
        query: Rc::new(Query::Compound(Compound {
            keyword,
            queries,
            tail: Tail::default(),
        })),
        recursive: *recursive,
    }))
}

impl Object for From {
    fn class_name(&self) -> &str {
        match self {
            Self::Table(_) => "TableClause",
            Self::Alias { .. } => "Alias",
            Self::Subquery { .. } => "Subquery",
            Self::Cte { .. } => "CTE",
            Self::Join(_) => "Join",
            Self::Function { .. } => "TableValuedAlias",
            Self::Text(_) => "TextClause",
        }
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(attribute(&self, name))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        match self.name() {
            Some(name) => Ok(name.to_string()),
            None => Err(vm.unknown("the text of a table without a name")),
        }
    }

    fn key(&self) -> Option<Key> {
        match self {
            Self::Table(table) => {
                let schema = table.schema.as_deref().unwrap_or_default();
                Some(Key::Value("table", format!("{schema}\0{}", table.name)))
            }
            _ => None,
        }
    }
}
