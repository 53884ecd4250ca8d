//! `sa.inspect(bind)`.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::{Definition, Kind, Name, Schema, Table};
use limbeck_core::script::Depth;

use crate::value::{Args, Dict, Object, Outcome, Value};
use crate::vm::Vm;

use super::{Connection, Method, bound, reflection};

/// What is in the database.
#[derive(Debug)]
pub(super) struct Inspector;

const METHODS: &[(&str, Method<Inspector>)] = &[
    ("has_table", |vm, _, args| {
        let (name, args) = table_argument(vm, args)?;
        let schema = schema_argument(vm, args, "has_table")?;
        let there = vm.relations(schema.as_deref())?;
        let is_there = there.iter().any(|(known, _)| same_name(vm.dialect, known, &name));
        // A temporary table, or a foreign one, is not listed.
        let is_there = is_there
            || vm.dialect == Dialect::Postgresql
                && vm.table(schema.as_deref(), &name, Depth::Columns)?.is_some();
        Ok(Value::Bool(is_there))
    }),
    ("get_table_names", |vm, _, args| {
        relation_names(vm, args, "get_table_names", Kind::Table)
    }),
    ("get_view_names", |vm, _, args| {
        relation_names(vm, args, "get_view_names", Kind::View)
    }),
    ("get_materialized_view_names", |vm, _, args| {
        relation_names(vm, args, "get_materialized_view_names", Kind::MaterializedView)
    }),
    ("get_sequence_names", |vm, _, args| {
        let (_, there) = schema_arguments(vm, args, "get_sequence_names")?;
        let names = objects(&there, &[Kind::Sequence]);
        Ok(Value::list(names.into_iter().map(Value::str).collect()))
    }),
    ("has_sequence", |vm, _, mut args| {
        let wanted = args.need(vm, "sequence_name")?;
        let wanted = text(vm, &wanted)?;
        let (_, there) = schema_arguments(vm, args, "has_sequence")?;
        let known = objects(&there, &[Kind::Sequence]);
        Ok(Value::Bool(known.contains(&wanted)))
    }),
    ("get_schema_names", |vm, _, args| {
        args.finish(vm, "get_schema_names")?;
        schema_names(vm)
    }),
    ("get_columns", |vm, _, args| {
        of_table(vm, args, "get_columns", Depth::Columns, reflection::columns)
    }),
    ("get_indexes", |vm, _, args| {
        of_table(vm, args, "get_indexes", Depth::All, reflection::indexes)
    }),
    ("get_unique_constraints", |vm, _, args| {
        of_table(
            vm,
            args,
            "get_unique_constraints",
            Depth::All,
            reflection::unique_constraints,
        )
    }),
    ("get_foreign_keys", |vm, _, args| {
        of_table(vm, args, "get_foreign_keys", Depth::All, reflection::foreign_keys)
    }),
    ("get_pk_constraint", |vm, _, args| {
        of_table(vm, args, "get_pk_constraint", Depth::All, reflection::primary_key)
    }),
    ("get_check_constraints", |vm, _, args| {
        of_table(vm, args, "get_check_constraints", Depth::All, reflection::checks)
    }),
    ("get_table_comment", |vm, _, args| {
        of_table(vm, args, "get_table_comment", Depth::Columns, reflection::comment)
    }),
    ("has_index", |vm, _, mut args| {
        let table = args.need(vm, "table_name")?;
        let wanted = args.need(vm, "index_name")?;
        let wanted = text(vm, &wanted)?;
        args.positional.push_front(table);
        let (name, args) = table_argument(vm, args)?;
        let schema = schema_argument(vm, args, "has_index")?;
        let Some(table) = vm.table(schema.as_deref(), &name, Depth::All)? else {
            return Ok(Value::Bool(false));
        };
        let indexes = reflection::indexes(vm, &table)?;
        for index in vm.iterate(&indexes)? {
            if vm.item(&index, &Value::str("name"))?.as_str() == Some(&wanted) {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    }),
    ("get_enums", |vm, _, args| {
        let (schema, there) = schema_arguments(vm, args, "get_enums")?;
        let enums = there
            .objects
            .iter()
            .filter_map(|(id, object)| match &object.definition {
                Definition::Enum { labels } => {
                    let mut dict = Dict::default();
                    dict.insert_str("name", Value::str(&id.name.name));
                    dict.insert_str("schema", Value::str(schema.as_deref().unwrap_or("public")));
                    dict.insert_str("visible", Value::Bool(schema.is_none()));
                    dict.insert_str("labels", Value::list(labels.iter().map(Value::str).collect()));
                    Some(Value::dict(dict))
                }
                _ => None,
            });
        Ok(Value::list(enums.collect()))
    }),
    ("clear_cache", |_, _, _| Ok(Value::None)),
];

/// A text that names something.
fn text(vm: &Vm<'_>, value: &Value) -> Outcome<String> {
    crate::sa::names::Name::of(vm, value).map(|name| name.text.to_string())
}

/// The schema that is asked for.
fn schema_argument(vm: &mut Vm<'_>, mut args: Args, method: &str) -> Outcome<Option<String>> {
    let schema = args.take("schema").filter(|schema| !schema.is_none());
    args.keyword("info_cache");
    args.finish(vm, method)?;
    schema.map(|schema| text(vm, &schema)).transpose()
}

/// The schema that is asked for, and what is in it.
fn schema_arguments(vm: &mut Vm<'_>, args: Args, method: &str) -> Outcome<(Option<String>, Rc<Schema>)> {
    let schema = schema_argument(vm, args, method)?;
    let there = vm.schema(schema.as_deref())?;
    Ok((schema, there))
}

fn table_argument(vm: &mut Vm<'_>, mut args: Args) -> Outcome<(String, Args)> {
    let name = args.need(vm, "table_name")?;
    Ok((text(vm, &name)?, args))
}

/// The tables and views of the schema that is asked for.
fn relations(vm: &mut Vm<'_>, args: Args, method: &str) -> Outcome<Rc<[(String, Kind)]>> {
    let schema = schema_argument(vm, args, method)?;
    vm.relations(schema.as_deref())
}

/// The names of those of a kind.
fn relation_names(vm: &mut Vm<'_>, args: Args, method: &str, kind: Kind) -> Outcome<Value> {
    let there = relations(vm, args, method)?;
    let names = there.iter().filter(|(_, known)| *known == kind);
    Ok(Value::list(names.map(|(name, _)| Value::str(name)).collect()))
}

/// What a method says of a table, which must be there.
fn of_table(
    vm: &mut Vm<'_>,
    args: Args,
    method: &str,
    depth: Depth,
    tell: fn(&mut Vm<'_>, &Table) -> Outcome<Value>,
) -> Outcome<Value> {
    let (name, args) = table_argument(vm, args)?;
    let schema = schema_argument(vm, args, method)?;
    if let Some(table) = vm.table(schema.as_deref(), &name, depth)? {
        return tell(vm, &table);
    }
    let there = vm.relations(schema.as_deref())?;
    if there.iter().any(|(known, _)| same_name(vm.dialect, known, &name)) {
        return Err(vm.unknown(format!("{method}() of the view {name}")));
    }
    Err(vm.raise("NoSuchTableError", name))
}

fn same_name(dialect: Dialect, one: &str, other: &str) -> bool {
    one == other || (dialect == Dialect::Sqlite && one.eq_ignore_ascii_case(other))
}

/// The names of other objects.
fn objects(there: &Schema, kinds: &[Kind]) -> Vec<String> {
    let ids = there
        .objects
        .keys()
        .filter(|id| kinds.contains(&id.kind) && id.part.is_none());
    ids.map(|id| bare(&id.name)).collect()
}

fn bare(name: &Name) -> String {
    name.name.clone()
}

fn schema_names(vm: &mut Vm<'_>) -> Outcome<Value> {
    let sql = match vm.dialect {
        Dialect::Sqlite => return Ok(Value::list(vec![Value::str("main")])),
        Dialect::Postgresql => {
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' ORDER BY nspname"
        }
        _ => "SHOW SCHEMAS",
    };
    let answer = vm.query(sql)?;
    let mut names = Vec::new();
    for datum in answer.rows.into_iter().filter_map(|row| row.into_iter().next()) {
        names.push(crate::stdlib::from_datum(vm, datum)?);
    }
    Ok(Value::list(names))
}

impl Object for Inspector {
    fn class_name(&self) -> &'static str {
        "Inspector"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(method) = bound(&self, METHODS, name) {
            return Ok(Some(method));
        }
        Ok(match name {
            "bind" => Some(Value::object(Connection)),
            "dialect" => Some(super::dialect(vm)),
            "default_schema_name" => Some(vm.attribute(&super::dialect(vm), name)?),
            "info_cache" => Some(Value::dict(Dict::default())),
            _ => None,
        })
    }
}
