//! `alembic.context`, and what `op.get_context()` returns.

use std::rc::Rc;

use crate::sa::engine;
use crate::sa::take;
use crate::value::{Args, Dict, Exception, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(name: &str) -> Option<Value> {
    Some(match name {
        "get_context" => Value::native("get_context", get_context),
        "get_bind" => Value::native("get_bind", get_bind),
        "get_impl" => Value::native("get_impl", |vm, args| {
            args.finish(vm, "get_impl")?;
            Ok(Value::object(Impl))
        }),
        "is_offline_mode" => Value::native("is_offline_mode", |vm, args| {
            args.finish(vm, "is_offline_mode")?;
            is_script(vm).map(Value::Bool)
        }),
        "config" => Value::object(Config),
        "get_x_argument" => Value::native("get_x_argument", x_argument),
        _ => return None,
    })
}

/// Whether a script is written. Before it is known whether there is one, or a database, nobody can tell.
fn is_script(vm: &Vm<'_>) -> Outcome<bool> {
    if vm.offline && !vm.is_script {
        return Err(vm.needs_database("the mode (a run, or a script)".to_owned()));
    }
    Ok(vm.is_script)
}

/// `op.get_bind()`.
pub(super) fn get_bind(vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
    args.finish(vm, "get_bind")?;
    Ok(engine::connection(vm))
}

/// `op.get_context()`.
pub(super) fn get_context(vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
    args.finish(vm, "get_context")?;
    Ok(Value::object(MigrationContext))
}

/// `context.get_x_argument(as_dictionary)`: what was given as `-x`.
fn x_argument(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let as_dictionary = take::is_set(vm, args.take("as_dictionary"))?;
    args.finish(vm, "get_x_argument")?;
    let given = vm.settings.x_arguments.clone();
    if !as_dictionary {
        return Ok(Value::list(given.iter().map(Value::str).collect()));
    }
    let mut arguments = Dict::default();
    for argument in &given {
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        arguments.insert_str(name, Value::str(value));
    }
    Ok(Value::dict(arguments))
}

/// The context of a migration.
#[derive(Debug)]
struct MigrationContext;

impl Object for MigrationContext {
    fn class_name(&self) -> &'static str {
        "MigrationContext"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "dialect" => engine::dialect(vm),
            "bind" | "connection" => engine::connection(vm),
            "impl" => Value::object(Impl),
            "as_sql" => Value::Bool(is_script(vm)?),
            "opts" => {
                let mut opts = Dict::default();
                opts.insert_str("as_sql", Value::Bool(is_script(vm)?));
                Value::dict(opts)
            }
            "config" => Value::object(Config),
            "version_table_schema" => vm
                .settings
                .version_table_schema
                .clone()
                .map_or(Value::None, Value::str),
            "autocommit_block" => Value::native("autocommit_block", |vm, args| {
                args.finish(vm, "autocommit_block")?;
                Ok(Value::object(AutocommitBlock))
            }),
            "execute" => return Ok(super::op::function("execute")),
            _ => return Ok(None),
        }))
    }
}

/// `context.config`, as far as alembic.ini tells it.
#[derive(Debug)]
struct Config;

impl Object for Config {
    fn class_name(&self) -> &'static str {
        "Config"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "get_main_option" | "get_alembic_option" => {
                Some(Value::native("get_main_option", |vm, mut args| {
                    let name = args.need(vm, "name")?;
                    let default = args.take("default").unwrap_or(Value::None);
                    args.finish(vm, "get_main_option")?;
                    let mut options = vm.settings.main_options.iter();
                    let found = options.find(|(known, _)| name.as_str() == Some(known));
                    Ok(found.map_or(default, |(_, value)| Value::str(value)))
                }))
            }
            _ => None,
        })
    }
}

/// `op.get_context().impl`.
#[derive(Debug)]
struct Impl;

impl Object for Impl {
    fn class_name(&self) -> &'static str {
        "DefaultImpl"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "dialect" => Some(engine::dialect(vm)),
            "bind" | "connection" => Some(engine::connection(vm)),
            "__dialect__" => Some(Value::str(vm.called.name())),
            "transactional_ddl" => Some(Value::Bool(vm.dialect == limbeck_core::Dialect::Postgresql)),
            "execute" => super::op::function("execute"),
            _ => None,
        })
    }
}

/// `with op.get_context().autocommit_block():`
#[derive(Debug)]
struct AutocommitBlock;

impl Object for AutocommitBlock {
    fn class_name(&self) -> &'static str {
        "autocommit_block"
    }

    fn enter(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Value> {
        vm.autocommit(true)?;
        Ok(Value::None)
    }

    fn exit(self: Rc<Self>, vm: &mut Vm<'_>, _error: Option<&Exception>) -> Outcome<bool> {
        vm.autocommit(false)?;
        Ok(false)
    }
}
