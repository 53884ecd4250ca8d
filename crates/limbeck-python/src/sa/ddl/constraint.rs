//! Constraints.

use std::rc::Rc;

use limbeck_core::Dialect;

use super::{expression, identifier, phrase};
use crate::sa::names::dotted;
use crate::sa::quote::quote;
use crate::sa::schema::{Actions, Column, Constraint, Exclusion, Kind, Table, TableName, Target};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// `ALTER TABLE … ADD …`.
pub(crate) fn add_constraint(
    vm: &mut Vm<'_>,
    table: &Table,
    constraint: &Constraint,
) -> Outcome<Option<String>> {
    let definition = constraint_definition(vm, table, constraint)?;
    let table = table.name.sql(vm.dialect);
    Ok(definition.map(|definition| format!("ALTER TABLE {table} ADD {definition}")))
}

/// A constraint as it stands in CREATE TABLE; nothing, where the database writes it elsewhere.
pub(crate) fn constraint_definition(
    vm: &mut Vm<'_>,
    table: &Table,
    constraint: &Constraint,
) -> Outcome<Option<String>> {
    let body = match &constraint.kind {
        Kind::PrimaryKey => {
            if constraint.columns.is_empty() || is_inline_key(vm, table, constraint)? {
                return Ok(None);
            }
            format!("PRIMARY KEY ({})", columns(vm, constraint))
        }
        Kind::Unique if constraint.columns.is_empty() => return Ok(None),
        Kind::Unique => unique(vm, constraint),
        Kind::Check { condition } => format!("CHECK ({})", expression(vm, condition)?),
        Kind::ForeignKey { targets, actions } => {
            let other_schema = |target: &Target| target.schema != table.name.schema;
            if vm.dialect == Dialect::Sqlite && targets.first().is_some_and(other_schema) {
                return Ok(None);
            }
            foreign_key(vm, constraint, targets, actions)?
        }
        Kind::Exclude(_) if vm.dialect != Dialect::Postgresql => {
            let message = format!("{} can't render element of type ExcludeConstraint", vm.dialect);
            return Err(vm.raise("UnsupportedCompilationError", message));
        }
        Kind::Exclude(exclusion) => exclude(vm, exclusion)?,
        Kind::Any => return Err(vm.unknown("a constraint that says nothing")),
    };
    let name = match &constraint.name {
        Some(name) => format!("CONSTRAINT {} ", identifier(vm, name)?),
        None => String::new(),
    };
    let include = included(vm, constraint)?;
    let deferral = deferral(vm, constraint)?;
    let options = options(vm, table, constraint)?;
    Ok(Some(format!("{name}{body}{include}{deferral}{options}")))
}

fn columns(vm: &Vm<'_>, constraint: &Constraint) -> String {
    let names: Vec<String> = constraint
        .columns
        .iter()
        .map(|name| name.sql(vm.dialect))
        .collect();
    names.join(", ")
}

fn unique(vm: &Vm<'_>, constraint: &Constraint) -> String {
    let distinct = match constraint.options.get("postgresql", "nulls_not_distinct") {
        Some(Value::Bool(true)) if vm.dialect == Dialect::Postgresql => "NULLS NOT DISTINCT ",
        Some(Value::Bool(false)) if vm.dialect == Dialect::Postgresql => "NULLS DISTINCT ",
        _ => "",
    };
    format!("UNIQUE {distinct}({})", columns(vm, constraint))
}

fn foreign_key(
    vm: &Vm<'_>,
    constraint: &Constraint,
    targets: &[Target],
    actions: &Actions,
) -> Outcome<String> {
    let remote: Vec<String> = targets
        .iter()
        .zip(&constraint.columns)
        .map(|(target, local)| {
            let name = target.column.as_deref().unwrap_or(&local.text);
            quote(vm.dialect, name)
        })
        .collect();
    let Some(first) = targets.first() else {
        return Err(vm.raise("ArgumentError", "a foreign key without columns"));
    };
    Ok(format!(
        "FOREIGN KEY({}) REFERENCES {} ({}){}",
        columns(vm, constraint),
        target_table(vm, first),
        remote.join(", "),
        foreign_key_tail(vm, actions)?
    ))
}

fn target_table(vm: &Vm<'_>, target: &Target) -> String {
    let name = quote(vm.dialect, &target.table);
    match &target.schema {
        Some(schema) if vm.dialect != Dialect::Sqlite => format!("{}.{name}", dotted(vm.dialect, schema)),
        _ => name,
    }
}

/// What a foreign key says behind its columns.
pub(crate) fn foreign_key_tail(vm: &Vm<'_>, actions: &Actions) -> Outcome<String> {
    let mut text = String::new();
    if let Some(matching) = &actions.matching {
        if matches!(vm.dialect, Dialect::Mysql | Dialect::Mariadb) {
            return Err(vm.raise(
                "CompileError",
                "MySQL ignores the 'MATCH' keyword while at the same time causes ON UPDATE/ON DELETE clauses to be ignored.",
            ));
        }
        text.push_str(&format!(" MATCH {}", phrase(vm, matching, false)?));
    }
    if let Some(action) = &actions.on_delete {
        text.push_str(&format!(
            " ON DELETE {}",
            phrase(vm, action, vm.dialect == Dialect::Postgresql)?
        ));
    }
    if let Some(action) = &actions.on_update {
        text.push_str(&format!(" ON UPDATE {}", phrase(vm, action, false)?));
    }
    Ok(text)
}

fn exclude(vm: &mut Vm<'_>, exclusion: &Exclusion) -> Outcome<String> {
    let mut elements = Vec::new();
    for (element, op) in &exclusion.elements {
        let text = match element {
            Value::Str(name) => quote(vm.dialect, name),
            element => expression(vm, element)?,
        };
        let class = match (&exclusion.ops, element) {
            (Some(ops), Value::Str(_)) => super::index::operator_class(vm, ops, element)?,
            _ => String::new(),
        };
        elements.push(format!("{text}{class} WITH {op}"));
    }
    let using = phrase(vm, &exclusion.using, false)?.to_lowercase();
    let condition = match &exclusion.condition {
        Some(condition) => format!(" WHERE ({})", expression(vm, condition)?),
        None => String::new(),
    };
    Ok(format!(
        "EXCLUDE USING {using} ({}){condition}",
        elements.join(", ")
    ))
}

fn included(vm: &mut Vm<'_>, constraint: &Constraint) -> Outcome<String> {
    match constraint.options.get("postgresql", "include").cloned() {
        Some(include) if vm.dialect == Dialect::Postgresql => super::index::include(vm, &include),
        _ => Ok(String::new()),
    }
}

/// Whether it is checked at the end of the transaction only.
pub(crate) fn deferral(vm: &Vm<'_>, constraint: &Constraint) -> Outcome<String> {
    let mut text = match constraint.deferrable {
        Some(true) => " DEFERRABLE".to_owned(),
        Some(false) => " NOT DEFERRABLE".to_owned(),
        None => String::new(),
    };
    if let Some(initially) = &constraint.initially {
        text.push_str(&format!(" INITIALLY {}", phrase(vm, initially, false)?));
    }
    Ok(text)
}

/// What only one database knows.
fn options(vm: &mut Vm<'_>, table: &Table, constraint: &Constraint) -> Outcome<String> {
    match vm.dialect {
        Dialect::Postgresql => match constraint.options.get("postgresql", "not_valid").cloned() {
            Some(value) if vm.truth(&value)? => Ok(" NOT VALID".to_owned()),
            _ => Ok(String::new()),
        },
        Dialect::Mysql | Dialect::Mariadb => match constraint.options.mysql(vm.called, "using") {
            Some(Value::Str(using)) => Ok(format!(" USING {}", quote(vm.dialect, using))),
            _ => Ok(String::new()),
        },
        Dialect::Sqlite => {
            let column = match constraint.columns.as_slice() {
                [only] => table.column(&only.text),
                _ => None,
            };
            let of_column = match constraint.kind {
                Kind::PrimaryKey => "on_conflict_primary_key",
                Kind::Unique => "on_conflict_unique",
                _ => "",
            };
            let word = constraint.options.get("sqlite", "on_conflict").cloned();
            let word = word.or_else(|| column?.options.get("sqlite", of_column).cloned());
            Ok(match word.as_ref().and_then(Value::as_str) {
                Some(word) => format!(" ON CONFLICT {word}"),
                None => String::new(),
            })
        }
    }
}

/// Whether the key stands in its column, as SQLite wants it for AUTOINCREMENT.
fn is_inline_key(vm: &mut Vm<'_>, table: &Table, key: &Constraint) -> Outcome<bool> {
    match key.columns.as_slice() {
        [only] if vm.dialect == Dialect::Sqlite => match table.column(&only.text) {
            Some(column) => is_sqlite_autoincrement(vm, table, &column),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

pub(super) fn is_sqlite_autoincrement(vm: &mut Vm<'_>, table: &Table, column: &Column) -> Outcome<bool> {
    let is_set = match table.options.get("sqlite", "autoincrement").cloned() {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    let key = table.primary_key.borrow().clone();
    let is_only_key =
        key.is_some_and(|key| matches!(key.columns.as_slice(), [only] if only.text == column.name.text));
    Ok(is_set
        && is_only_key
        && column.type_.affinity(vm.dialect) == "Integer"
        && !table.leads_elsewhere(column))
}

/// `ALTER TABLE … DROP CONSTRAINT …`.
pub(crate) fn drop_constraint(
    vm: &mut Vm<'_>,
    table: &TableName,
    constraint: &Rc<Constraint>,
    if_exists: bool,
) -> Outcome<String> {
    let sql = table.sql(vm.dialect);
    let name = match &constraint.name {
        Some(name) => Some(identifier(vm, name)?),
        None => None,
    };
    if matches!(vm.dialect, Dialect::Mysql | Dialect::Mariadb) {
        let word = match constraint.kind {
            Kind::PrimaryKey => return Ok(format!("ALTER TABLE {sql} DROP PRIMARY KEY")),
            Kind::ForeignKey { .. } => "FOREIGN KEY",
            Kind::Unique => "INDEX",
            Kind::Check { .. } if vm.dialect == Dialect::Mariadb => "CONSTRAINT",
            Kind::Check { .. } => "CHECK",
            Kind::Exclude(_) | Kind::Any => {
                return Err(vm.raise(
                    "NotImplementedError",
                    "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type",
                ));
            }
        };
        let name = name.ok_or_else(|| unnamed(vm))?;
        return Ok(format!("ALTER TABLE {sql} DROP {word} {name}"));
    }
    let name = name.ok_or_else(|| unnamed(vm))?;
    let if_exists = if if_exists { "IF EXISTS " } else { "" };
    Ok(format!("ALTER TABLE {sql} DROP CONSTRAINT {if_exists}{name}"))
}

fn unnamed(vm: &Vm<'_>) -> crate::value::Raise {
    vm.raise(
        "CompileError",
        "Can't emit DROP CONSTRAINT for a constraint; it has no name",
    )
}
