//! Tables as the database has them.

use std::rc::Rc;

use limbeck_core::schema::{self, ConstraintKind};
use limbeck_core::script::Depth;

use super::super::{Actions, Column, Computed, Constraint, Identity, Index, Kind, MetaData, SequenceOptions};
use super::super::{ServerDefault, Target};
use super::{Draft, Table, TableName};
use crate::sa::ddl;
use crate::sa::names::Name;
use crate::sa::types::Type;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// Reads a table.
pub(in crate::sa::schema) fn reflect(
    vm: &mut Vm<'_>,
    metadata: &MetaData,
    name: &str,
    in_schema: Option<&str>,
) -> Outcome<Rc<Table>> {
    let Some(table) = vm.table(in_schema, name, Depth::All)? else {
        return Err(vm.raise("NoSuchTableError", name));
    };
    let name = TableName::new(Name::new(name), in_schema.map(str::to_owned));
    let mut draft = Draft::new(name, metadata.conventions.clone());
    draft.comment.clone_from(&table.comment);
    for column in &table.columns {
        draft.columns.push(Rc::new(reflected_column(vm, column)?));
    }
    for (name, constraint) in &table.constraints {
        if let Some(constraint) = reflected_constraint(name, constraint) {
            draft.constraints.push(Rc::new(constraint));
        }
    }
    for (name, index) in &table.indexes {
        let columns = index.columns.iter().map(Value::str).collect();
        draft.indexes.push(Rc::new(Index {
            name: Some(Name::fixed(name)),
            expressions: columns,
            unique: index.unique,
            options: super::super::Options::default(),
            table: std::cell::RefCell::default(),
        }));
    }
    draft.finish(vm)
}

fn reflected_column(vm: &mut Vm<'_>, column: &schema::Column) -> Outcome<Column> {
    let type_ = Type::reflected(vm, &column.data_type, column.collation.as_deref())?;
    let mut reflected = Column::plain(Name::new(&column.name), type_);
    reflected.nullable = Some(column.nullable);
    reflected.comment.clone_from(&column.comment);
    if let Some(default) = &column.default {
        reflected.server_default = Some(ServerDefault::Value(ddl::verbatim(default.text())));
    }
    if let Some(generated) = &column.generated {
        reflected.server_default = Some(ServerDefault::Computed(Rc::new(Computed {
            sqltext: ddl::verbatim(generated.expression.text()),
            persisted: Some(generated.stored),
        })));
    }
    if let Some(schema::Identity::Always(_) | schema::Identity::ByDefault(_)) = &column.identity {
        reflected.server_default = Some(ServerDefault::Identity(Rc::new(Identity {
            always: matches!(column.identity, Some(schema::Identity::Always(_))),
            options: SequenceOptions::default(),
        })));
    }
    Ok(reflected)
}

fn reflected_constraint(name: &str, constraint: &schema::Constraint) -> Option<Constraint> {
    let columns: Vec<Name> = constraint.columns.iter().map(Name::new).collect();
    let kind = match constraint.kind {
        ConstraintKind::PrimaryKey => Kind::PrimaryKey,
        ConstraintKind::Unique => Kind::Unique,
        ConstraintKind::ForeignKey => {
            let to = constraint.references.as_ref()?;
            let target = |column: &String| Target {
                schema: to.table.schema.clone(),
                table: to.table.name.clone(),
                column: Some(column.clone()),
            };
            Kind::ForeignKey {
                targets: to.columns.iter().map(target).collect(),
                actions: Actions::default(),
            }
        }
        // What they say is not needed for a program's statements.
        ConstraintKind::Check | ConstraintKind::Exclude => return None,
    };
    let name = constraint.named.then(|| Name::fixed(name));
    Some(Constraint::new(kind, name, columns))
}
