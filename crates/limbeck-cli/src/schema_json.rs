//! A schema as JSON.

use limbeck::Dialect;
use limbeck::schema::{
    Column, Constraint, ConstraintKind, Definition, Id, Identity, Index, Name, Object, Schema, Sql, Table,
    TableOption,
};
use serde_json::{Map, Value, json};

pub(crate) fn schema(dialect: Dialect, schema: &Schema) -> Value {
    json!({
        "dialect": dialect.name(),
        "tables": schema.tables.iter().map(|(name, found)| table(name, found)).collect::<Vec<_>>(),
        "objects": schema.objects.iter().map(|(id, found)| object(id, found)).collect::<Vec<_>>(),
    })
}

fn table(name: &Name, table: &Table) -> Value {
    let options: Map<String, Value> = table
        .options
        .iter()
        .map(|(option, value)| (option_name(*option).to_owned(), json!(value)))
        .collect();
    let constraints = table
        .constraints
        .iter()
        .map(|(name, found)| constraint(name, found));
    let indexes = table.indexes.iter().map(|(name, found)| index(name, found));
    json!({
        "schema": name.schema,
        "name": name.name,
        "comment": table.comment,
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        "constraints": constraints.collect::<Vec<_>>(),
        "indexes": indexes.collect::<Vec<_>>(),
        "options": options,
    })
}

fn column(column: &Column) -> Value {
    let identity = column.identity.as_ref().map(|identity| match identity {
        Identity::Always(_) => "always",
        Identity::ByDefault(_) => "by default",
        Identity::Serial => "serial",
        Identity::AutoIncrement => "auto_increment",
    });
    let generated = column
        .generated
        .as_ref()
        .map(|generated| json!({ "expression": generated.expression.text(), "stored": generated.stored }));
    json!({
        "name": column.name,
        "type": column.data_type,
        "collation": column.collation,
        "nullable": column.nullable,
        "default": column.default.as_ref().map(Sql::text),
        "generated": generated,
        "identity": identity,
        "on_update": column.on_update,
        "invisible": column.invisible,
        "clauses": column.clauses.iter().map(Sql::text).collect::<Vec<_>>(),
        "comment": column.comment,
    })
}

fn constraint(name: &str, constraint: &Constraint) -> Value {
    let kind = match constraint.kind {
        ConstraintKind::PrimaryKey => "primary key",
        ConstraintKind::Unique => "unique",
        ConstraintKind::Check => "check",
        ConstraintKind::Exclude => "exclude",
        ConstraintKind::ForeignKey => "foreign key",
    };
    let references = constraint.references.as_ref().map(|reference| {
        json!({ "schema": reference.table.schema, "table": reference.table.name, "columns": reference.columns })
    });
    json!({
        "name": constraint.named.then_some(name),
        "kind": kind,
        "columns": constraint.columns,
        "definition": constraint.definition.text(),
        "references": references,
        "comment": constraint.comment,
        "index_comment": constraint.index_comment,
    })
}

fn index(name: &str, index: &Index) -> Value {
    json!({
        "name": name,
        "unique": index.unique,
        "columns": index.columns,
        "definition": index.definition.text(),
        "comment": index.comment,
    })
}

fn object(id: &Id, object: &Object) -> Value {
    let mut value = json!({
        "kind": id.kind.word(),
        "schema": id.name.schema,
        "name": id.part.as_ref().unwrap_or(&id.name.name),
        "of": id.part.as_ref().map(|_| &id.name.name),
        "comment": object.comment,
    });
    let details = match &object.definition {
        Definition::Schema => json!({}),
        Definition::Extension { schema } => json!({ "in": schema }),
        Definition::Enum { labels } => json!({ "labels": labels }),
        Definition::Domain {
            data_type,
            collation,
            nullable,
            default,
            constraints,
        } => json!({
            "type": data_type,
            "collation": collation,
            "nullable": nullable,
            "default": default.as_ref().map(Sql::text),
            "constraints": constraints.iter().map(|(name, text)| {
                json!({ "name": name, "definition": text.text(), "comment": object.part_comments.get(name) })
            }).collect::<Vec<_>>(),
        }),
        Definition::Composite { attributes } => json!({
            "attributes": attributes.iter().map(|attribute| {
                json!({
                    "name": attribute.name,
                    "type": attribute.data_type,
                    "collation": attribute.collation,
                    "comment": object.part_comments.get(&attribute.name),
                })
            }).collect::<Vec<_>>(),
        }),
        Definition::Sequence(sequence) => json!({
            "type": sequence.data_type,
            "clauses": sequence.clauses,
            "owned_by": sequence.owned_by.as_ref().map(|(table, column)| format!("{table}.{column}")),
        }),
        Definition::Stored { create, .. } => json!({ "definition": create.text() }),
    };
    if let (Value::Object(value), Value::Object(details)) = (&mut value, details) {
        value.extend(details);
    }
    value
}

fn option_name(option: TableOption) -> &'static str {
    match option {
        TableOption::Unlogged => "unlogged",
        TableOption::With => "with",
        TableOption::PartitionBy => "partition_by",
        TableOption::PartitionOf => "partition_of",
        TableOption::Inherits => "inherits",
        TableOption::Using => "using",
        TableOption::Tablespace => "tablespace",
        TableOption::RowSecurity => "row_security",
        TableOption::ForceRowSecurity => "force_row_security",
        TableOption::Engine => "engine",
        TableOption::Collation => "collation",
        TableOption::Options => "options",
        TableOption::Partitions => "partitions",
        TableOption::SystemVersioning => "system_versioning",
        TableOption::Strict => "strict",
        TableOption::WithoutRowid => "without_rowid",
        TableOption::Virtual => "virtual",
    }
}
