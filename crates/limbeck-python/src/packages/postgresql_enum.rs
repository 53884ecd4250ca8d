//! `alembic_postgresql_enum`: `op.sync_enum_values`, which gives an enum of PostgreSQL's other labels by making it anew.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    match name {
        "TableReference" => Some(Value::native("TableReference", |vm, args| {
            Reference::take(vm, args).map(Value::object)
        })),
        "ColumnType" => Some(Value::object(ColumnType)),
        _ => None,
    }
}

/// `ColumnType`: `COMMON`, or `ARRAY`.
#[derive(Debug)]
struct ColumnType;

impl Object for ColumnType {
    fn class_name(&self) -> &str {
        "ColumnType"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(matches!(name, "COMMON" | "ARRAY").then(|| Value::str(name)))
    }
}

/// `TableReference`: a column that has the enum.
#[derive(Debug)]
struct Reference {
    /// `None`: that of the enum; an empty one: that of the connection.
    schema: Option<String>,
    table: String,
    column: String,
    array: bool,
    default: Option<String>,
}

impl Reference {
    fn take(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Self> {
        let (table, column) = (args.need(vm, "table_name")?, args.need(vm, "column_name")?);
        let schema = args
            .take("table_schema")
            .map(|schema| schema.as_str().unwrap_or_default().to_owned());
        let array = args
            .take("column_type")
            .is_some_and(|kind| kind.as_str() == Some("ARRAY"));
        let default = args.take("existing_server_default");
        args.finish(vm, "TableReference")?;
        Ok(Self {
            schema,
            table: vm.text_of(&table)?,
            column: vm.text_of(&column)?,
            array,
            default: default.as_ref().and_then(Value::as_str).map(str::to_owned),
        })
    }

    /// The reference that a tuple stands for; its default is asked of the database.
    fn of(vm: &mut Vm<'_>, value: &Value, schema: &str) -> Outcome<Self> {
        let parts = vm.iterate(value)?;
        let mut reference = Self::take(vm, Args::of(parts.into_iter().take(2)))?;
        let quoted = |text: &str| Dialect::Postgresql.literal(text);
        let sql = format!(
            "SELECT column_default FROM information_schema.columns WHERE table_schema = {} AND table_name = {} AND \
             column_name = {}",
            quoted(schema),
            quoted(&reference.table),
            quoted(&reference.column)
        );
        let answer = vm.query(&sql)?;
        let first = answer
            .rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next());
        if let Some(limbeck_core::script::Datum::Text(default)) = first {
            reference.default = Some(default);
        }
        Ok(reference)
    }

    fn table(&self, enum_schema: &str) -> String {
        let schema = self.schema.as_deref().unwrap_or(enum_schema);
        let table = Dialect::Postgresql.identifier(&self.table);
        match schema {
            "" => table,
            schema => format!("{}.{table}", Dialect::Postgresql.identifier(schema)),
        }
    }
}

impl Object for Reference {
    fn class_name(&self) -> &str {
        "TableReference"
    }
}

/// `op.sync_enum_values(…)`.
pub(crate) fn sync_enum_values(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let (schema, name) = (args.need(vm, "enum_schema")?, args.need(vm, "enum_name")?);
    let labels = args.need(vm, "new_values")?;
    let columns = args.need(vm, "affected_columns")?;
    let renames = args.take("enum_values_to_rename");
    let indexes = args.take("indexes_to_recreate");
    args.finish(vm, "sync_enum_values")?;
    if vm.dialect != Dialect::Postgresql {
        return Ok(Value::None);
    }
    if let Some(indexes) = indexes
        && vm.truth(&indexes)?
    {
        return Err(vm.unknown("'indexes_to_recreate' of 'sync_enum_values'"));
    }
    let (schema, name) = (vm.text_of(&schema)?, vm.text_of(&name)?);
    let mut renamed = Vec::new();
    if let Some(renames) = renames {
        for pair in vm.iterate(&renames)? {
            let pair = vm.iterate(&pair)?;
            let [old, new] = pair.as_slice() else {
                return Err(vm.value_error("'enum_values_to_rename' is a list of pairs"));
            };
            renamed.push((vm.text_of(old)?, vm.text_of(new)?));
        }
    }
    let mut references = Vec::new();
    for column in vm.iterate(&columns)? {
        references.push(match column.downcast::<Reference>() {
            Some(reference) => reference,
            None => Rc::new(Reference::of(vm, &column, &schema)?),
        });
    }
    let labels = vm
        .iterate(&labels)?
        .iter()
        .map(|label| vm.text_of(label))
        .collect::<Outcome<Vec<_>>>()?;
    for sql in statements(&schema, &name, &labels, &references, &renamed) {
        vm.emit(&sql)?;
    }
    Ok(Value::None)
}

fn statements(
    schema: &str,
    name: &str,
    labels: &[String],
    columns: &[Rc<Reference>],
    renamed: &[(String, String)],
) -> Vec<String> {
    let quoted = |name: &str| Dialect::Postgresql.identifier(name);
    let literal = |text: &str| Dialect::Postgresql.literal(text);
    let (own, old) = (
        format!("{}.{}", quoted(schema), quoted(name)),
        format!("{name}_old"),
    );
    let listed: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    let mut sql = vec![
        format!("ALTER TYPE {own} RENAME TO {}", quoted(&old)),
        format!("CREATE TYPE {own} AS ENUM ({})", listed.join(", ")),
    ];
    for reference in columns {
        let (table, column) = (reference.table(schema), quoted(&reference.column));
        let alter = format!("ALTER TABLE {table} ALTER COLUMN {column}");
        if reference.default.is_some() {
            sql.push(format!("{alter} DROP DEFAULT"));
        }
        let brackets = if reference.array { "[]" } else { "" };
        let text = format!("{column}::text{brackets}");
        let value = match (reference.array, renamed) {
            (_, []) => format!("{text}::{own}{brackets}"),
            (true, renamed) => {
                let replaced = renamed.iter().fold(text, |text, (from, to)| {
                    format!("array_replace({text}, {}, {})", literal(from), literal(to))
                });
                format!("{replaced}::{own}[]")
            }
            (false, renamed) => {
                let cases: Vec<String> = renamed
                    .iter()
                    .map(|(from, to)| format!("WHEN {} THEN {}", literal(from), literal(to)))
                    .collect();
                format!("(CASE {text} {} ELSE {text} END)::{own}", cases.join(" "))
            }
        };
        sql.push(format!("{alter} TYPE {own}{brackets} USING {value}"));
        if let Some(default) = &reference.default {
            let mut default = default.split("::").next().unwrap_or(default).to_owned();
            for (from, to) in renamed {
                default = default.replace(&literal(from), &literal(to));
            }
            sql.push(format!("{alter} SET DEFAULT {default}::{own}{brackets}"));
        }
    }
    sql.push(format!("DROP TYPE {}.{}", quoted(schema), quoted(&old)));
    sql
}
