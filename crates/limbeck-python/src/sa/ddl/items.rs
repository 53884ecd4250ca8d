//! What schema items do themselves: `table.create(bind)`, `index.drop(bind)`, `metadata.create_all(bind)`.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::{Id, Kind, Name as CoreName};
use limbeck_core::script::Depth;

use super::{column_comment, create_index, create_named_types, create_table, drop_index, table_comment};
use crate::sa::names::dotted;
use crate::sa::schema::{Index, MetaData, Sequence, Table, TableName};
use crate::sa::take;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// Takes `bind` and `checkfirst`.
fn take_check(vm: &mut Vm<'_>, mut args: Args, function: &str, usual: bool) -> Outcome<bool> {
    args.need(vm, "bind")?;
    let check = take::flag(vm, args.take("checkfirst"))?.unwrap_or(usual);
    args.finish(vm, function)?;
    Ok(check)
}

fn exists(vm: &mut Vm<'_>, table: &TableName) -> Outcome<bool> {
    let there = vm.relations(table.schema.as_deref())?;
    let folds = vm.dialect.folds_names();
    let name = &*table.name.text;
    Ok(there
        .iter()
        .any(|(known, _)| known == name || folds && known.eq_ignore_ascii_case(name)))
}

/// Makes a table with its types, indexes and comments.
pub(crate) fn make_table(vm: &mut Vm<'_>, table: &Table, if_not_exists: bool) -> Outcome<()> {
    create_named_types(vm, table)?;
    let statement = create_table(vm, table, if_not_exists)?;
    vm.emit(&statement)?;
    for index in table.indexes.borrow().clone() {
        let statement = create_index(vm, &index, false)?;
        vm.emit(&statement)?;
    }
    // MySQL has them in the table's definition.
    if vm.dialect == Dialect::Postgresql {
        if let Some(comment) = &table.comment
            && let Some(statement) = table_comment(vm, &table.name, Some(comment))?
        {
            vm.emit(&statement)?;
        }
        for column in table.columns.borrow().clone() {
            if let Some(statement) = column_comment(vm, &table.name, &column)? {
                vm.emit(&statement)?;
            }
        }
    }
    Ok(())
}

/// `table.create(bind, checkfirst)`.
pub(crate) fn create_table_item(vm: &mut Vm<'_>, table: &Rc<Table>, args: Args) -> Outcome<Value> {
    let check = take_check(vm, args, "create", false)?;
    if !check || !exists(vm, &table.name)? {
        make_table(vm, table, false)?;
    }
    Ok(Value::None)
}

/// `table.drop(bind, checkfirst)`.
pub(crate) fn drop_table_item(vm: &mut Vm<'_>, table: &Rc<Table>, args: Args) -> Outcome<Value> {
    let check = take_check(vm, args, "drop", false)?;
    if !check || exists(vm, &table.name)? {
        let statement = format!("DROP TABLE {}", table.name.sql(vm.dialect));
        vm.emit(&statement)?;
    }
    Ok(Value::None)
}

/// `index.create(bind, checkfirst)`.
pub(crate) fn create_index_item(vm: &mut Vm<'_>, index: &Rc<Index>, args: Args) -> Outcome<Value> {
    if take_check(vm, args, "create", false)? && has_index(vm, index)? {
        return Ok(Value::None);
    }
    let statement = create_index(vm, index, false)?;
    vm.emit(&statement)?;
    Ok(Value::None)
}

/// `index.drop(bind, checkfirst)`.
pub(crate) fn drop_index_item(vm: &mut Vm<'_>, index: &Rc<Index>, args: Args) -> Outcome<Value> {
    if take_check(vm, args, "drop", false)? && !has_index(vm, index)? {
        return Ok(Value::None);
    }
    let statement = drop_index(vm, index, false)?;
    vm.emit(&statement)?;
    Ok(Value::None)
}

fn has_index(vm: &mut Vm<'_>, index: &Index) -> Outcome<bool> {
    let table = index.table.borrow().clone();
    let (Some(table), Some(name)) = (table, &index.name) else {
        return Ok(false);
    };
    let there = vm.table(table.schema.as_deref(), &table.name.text, Depth::All)?;
    Ok(there.is_some_and(|there| there.indexes.contains_key(&*name.text)))
}

/// `metadata.create_all(bind, tables, checkfirst)`: tables that others need come first.
pub(crate) fn create_all(vm: &mut Vm<'_>, metadata: &Rc<MetaData>, args: Args) -> Outcome<Value> {
    let (tables, check) = take_tables(vm, metadata, args, "create_all")?;
    for table in tables {
        if !check || !exists(vm, &table.name)? {
            make_table(vm, &table, false)?;
        }
    }
    Ok(Value::None)
}

/// `metadata.drop_all(bind, tables, checkfirst)`.
pub(crate) fn drop_all(vm: &mut Vm<'_>, metadata: &Rc<MetaData>, args: Args) -> Outcome<Value> {
    let (tables, check) = take_tables(vm, metadata, args, "drop_all")?;
    for table in tables.iter().rev() {
        if !check || exists(vm, &table.name)? {
            let statement = format!("DROP TABLE {}", table.name.sql(vm.dialect));
            vm.emit(&statement)?;
        }
    }
    Ok(Value::None)
}

fn take_tables(
    vm: &mut Vm<'_>,
    metadata: &MetaData,
    mut args: Args,
    function: &str,
) -> Outcome<(Vec<Rc<Table>>, bool)> {
    args.need(vm, "bind")?;
    let all: Vec<Rc<Table>> = metadata
        .tables
        .borrow()
        .iter()
        .map(|(_, table)| table.clone())
        .collect();
    let wanted = match args.take("tables") {
        None | Some(Value::None) => all,
        Some(tables) => {
            let tables = vm.iterate(&tables)?;
            tables.iter().filter_map(Value::downcast::<Table>).collect()
        }
    };
    let check = take::flag(vm, args.take("checkfirst"))?.unwrap_or(true);
    args.finish(vm, function)?;
    Ok((sorted(wanted), check))
}

/// Tables behind those that their foreign keys lead to.
fn sorted(mut tables: Vec<Rc<Table>>) -> Vec<Rc<Table>> {
    use crate::sa::schema::Kind as ConstraintKind;
    let mut done: Vec<Rc<Table>> = Vec::new();
    while !tables.is_empty() {
        let is_free = |table: &Rc<Table>| {
            table
                .constraints
                .borrow()
                .iter()
                .all(|constraint| match &constraint.kind {
                    ConstraintKind::ForeignKey { targets, .. } => targets.iter().all(|target| {
                        let leads_to = |other: &&Rc<Table>| {
                            *other.name.name.text == *target.table && other.name != table.name
                        };
                        !tables.iter().any(|other| leads_to(&other))
                    }),
                    _ => true,
                })
        };
        // In a ring, the first goes first.
        let next = tables.iter().position(is_free).unwrap_or(0);
        done.push(tables.remove(next));
    }
    done
}

fn sequence_name(vm: &Vm<'_>, sequence: &Sequence) -> String {
    let name = sequence.name.sql(vm.dialect);
    match &sequence.schema {
        Some(schema) => format!("{}.{name}", dotted(vm.dialect, schema)),
        None => name,
    }
}

/// Whether there is such a sequence; for databases without any, `None`.
fn has_sequence(vm: &mut Vm<'_>, sequence: &Sequence) -> Outcome<bool> {
    let there = vm.schema(sequence.schema.as_deref())?;
    let id = Id::of(Kind::Sequence, CoreName::new(&*sequence.name.text));
    Ok(there.objects.contains_key(&id))
}

fn supports_sequences(vm: &Vm<'_>) -> bool {
    matches!(vm.dialect, Dialect::Postgresql | Dialect::Mariadb)
}

/// `CREATE SEQUENCE …`.
pub(crate) fn sequence_statement(
    vm: &mut Vm<'_>,
    sequence: &Sequence,
    if_not_exists: bool,
) -> Outcome<String> {
    let mut text = String::from("CREATE SEQUENCE ");
    if if_not_exists {
        text.push_str("IF NOT EXISTS ");
    }
    text.push_str(&sequence_name(vm, sequence));
    if let Some(data_type) = &sequence.data_type
        && vm.dialect == Dialect::Postgresql
    {
        text.push_str(&format!(" AS {}", data_type.compile(vm)?));
    }
    let options = sequence.options.sql();
    if !options.is_empty() {
        let options = match vm.dialect {
            Dialect::Mariadb => options.replace("NO CYCLE", "NOCYCLE"),
            _ => options,
        };
        text.push_str(&format!(" {options}"));
    }
    Ok(text)
}

/// `DROP SEQUENCE …`.
pub(crate) fn drop_sequence_statement(vm: &Vm<'_>, sequence: &Sequence, if_exists: bool) -> String {
    let if_exists = if if_exists { "IF EXISTS " } else { "" };
    format!("DROP SEQUENCE {if_exists}{}", sequence_name(vm, sequence))
}

/// `sequence.create(bind, checkfirst)`.
pub(crate) fn create_sequence(vm: &mut Vm<'_>, sequence: &Rc<Sequence>, args: Args) -> Outcome<Value> {
    let check = take_check(vm, args, "create", true)?;
    if supports_sequences(vm) && (!check || !has_sequence(vm, sequence)?) {
        let statement = sequence_statement(vm, sequence, false)?;
        vm.emit(&statement)?;
    }
    Ok(Value::None)
}

/// `sequence.drop(bind, checkfirst)`.
pub(crate) fn drop_sequence(vm: &mut Vm<'_>, sequence: &Rc<Sequence>, args: Args) -> Outcome<Value> {
    let check = take_check(vm, args, "drop", true)?;
    if supports_sequences(vm) && (!check || has_sequence(vm, sequence)?) {
        let statement = drop_sequence_statement(vm, sequence, false);
        vm.emit(&statement)?;
    }
    Ok(Value::None)
}
