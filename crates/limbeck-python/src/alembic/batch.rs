//! `op.batch_alter_table`: what is done to a table in its block is done at the end of it, on SQLite in one go.

mod convert;
mod order;
mod rebuild;

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_core::Dialect;

use super::op;
use super::operation::Operation;
use crate::sa::names::Name;
use crate::sa::schema::{Construct, Conventions, Options, ServerDefault, Table, TableName};
use crate::sa::take;
use crate::value::{Args, Exception, Object, Outcome, Value};
use crate::vm::Vm;

/// A batch, and what is to be done in it.
#[derive(Debug)]
struct Batch {
    table: TableName,
    recreate: Recreate,
    settings: Settings,
    queue: RefCell<Vec<Operation>>,
}

/// Whether the table is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recreate {
    Auto,
    Always,
    Never,
}

/// What a table that is made anew is to be like beside what its operations say.
#[derive(Debug, Default)]
struct Settings {
    copy_from: Option<Rc<Table>>,
    table_args: Vec<Value>,
    table_options: Options,
    reflect_args: Vec<Value>,
    conventions: Option<Conventions>,
    /// Columns that are to stand in the order of each list.
    order: Vec<Vec<String>>,
}

pub(super) fn open(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let table = args.need(vm, "table_name")?;
    let name = Name::of(vm, &table)?;
    let schema = take::schema(vm, args.take("schema"))?;
    let recreate = match take::string(vm, args.take("recreate"))?.as_deref() {
        None | Some("auto") => Recreate::Auto,
        Some("always") => Recreate::Always,
        Some("never") => Recreate::Never,
        Some(_) => return Err(vm.value_error("recreate may be one of 'auto', 'always', or 'never'.")),
    };
    let batch = Batch {
        table: TableName::new(name, schema),
        recreate,
        settings: Settings::take(vm, &mut args)?,
        queue: RefCell::default(),
    };
    args.finish(vm, "batch_alter_table")?;
    Ok(Value::object(batch))
}

impl Settings {
    fn take(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<Self> {
        let order = args.take("partial_reordering");
        let order = take::list(vm, order)?;
        let copy_from = args.take("copy_from");
        let table_args = args.take("table_args");
        let table_args = take::list(vm, table_args)?;
        let options = args.take("table_kwargs");
        let reflect_args = args.take("reflect_args");
        let reflect_args = take::list(vm, reflect_args)?;
        if let Some(reflect) = args.take("reflect_kwargs").filter(|value| !value.is_none())
            && !vm.pairs(&reflect)?.is_empty()
        {
            return Err(vm.unknown("'reflect_kwargs' of batch_alter_table"));
        }
        let conventions = match args.take("naming_convention") {
            None | Some(Value::None) => None,
            Some(conventions) => Some(Conventions::of(vm, &conventions)?),
        };
        let mut settings = Self {
            copy_from: copy_from.as_ref().and_then(Value::downcast),
            table_args,
            reflect_args,
            conventions,
            ..Self::default()
        };
        if let Some(options) = options.filter(|options| !options.is_none()) {
            let mut named = Args::default();
            for (name, value) in vm.pairs(&options)? {
                let name = vm.text_of(&name)?;
                named.keywords.push((name, value));
            }
            settings.table_options = Options::take(vm, &mut named, Construct::Table)?;
        }
        for columns in order {
            let mut names = Vec::new();
            for column in vm.iterate(&columns)? {
                names.push(vm.text_of(&column)?);
            }
            settings.order.push(names);
        }
        Ok(settings)
    }
}

impl Batch {
    /// Whether the database's own ALTER would not do, as Alembic sees it.
    fn is_recreated(&self, vm: &Vm<'_>) -> bool {
        match self.recreate {
            Recreate::Always => true,
            Recreate::Never => false,
            Recreate::Auto => {
                vm.dialect == Dialect::Sqlite && self.queue.borrow().iter().any(needs_new_table)
            }
        }
    }

    fn push(&self, vm: &mut Vm<'_>, operations: Vec<Operation>) -> Outcome<()> {
        for operation in operations {
            if let Operation::ColumnComment { column, .. } = &operation
                && (vm.dialect == Dialect::Sqlite || column.comment.is_none())
            {
                continue;
            }
            if let Operation::AddColumn(add) = &operation
                && (add.before.is_some() || add.after.is_some())
                && !self.is_recreated(vm)
            {
                return Err(vm.raise(
                    "CommandError",
                    "Can't specify insert_before or insert_after when using ALTER; please specify recreate='always'",
                ));
            }
            self.queue.borrow_mut().push(operation);
        }
        Ok(())
    }

    fn flush(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        let queue = self.queue.take();
        if vm.dialect == Dialect::Sqlite && (self.recreate == Recreate::Always || self.recreates(vm, &queue))
        {
            return rebuild::run(vm, &self.table, &self.settings, &queue);
        }
        if self.recreate == Recreate::Always {
            self.refuse_order(vm, &queue)?;
        }
        for operation in queue {
            operation.run(vm)?;
        }
        Ok(())
    }

    fn recreates(&self, vm: &Vm<'_>, queue: &[Operation]) -> bool {
        self.recreate == Recreate::Auto && vm.dialect == Dialect::Sqlite && queue.iter().any(needs_new_table)
    }

    /// Other databases alter the table in place, whatever is asked for; but they can't put a column between others.
    fn refuse_order(&self, vm: &Vm<'_>, queue: &[Operation]) -> Outcome<()> {
        let is_placed = |operation: &Operation| matches!(operation, Operation::AddColumn(add) if add.before.is_some() || add.after.is_some());
        if queue.iter().any(is_placed) || !self.settings.order.is_empty() {
            return Err(vm.unknown(format!("the order of columns in a batch on {}", vm.dialect)));
        }
        Ok(())
    }
}

/// Whether an operation makes Alembic write the table anew on SQLite.
fn needs_new_table(operation: &Operation) -> bool {
    match operation {
        Operation::CreateIndex { .. } | Operation::DropIndex { .. } => false,
        Operation::AddColumn(add) => match &add.column.server_default {
            Some(ServerDefault::Value(default)) => default.as_str().is_none(),
            Some(ServerDefault::Computed(computed)) => computed.persisted == Some(true),
            _ => false,
        },
        _ => true,
    }
}

impl Object for Batch {
    fn class_name(&self) -> &'static str {
        "BatchOperations"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some((name, directive)) = op::directive(name) {
            return Ok(Some(Value::native(name, move |vm, args| {
                let operations = directive(vm, args, Some(&self.table))?;
                self.push(vm, operations)?;
                Ok(Value::None)
            })));
        }
        // These do what they do at once.
        Ok(match name {
            "execute" | "f" | "get_bind" | "get_context" | "inline_literal" | "bulk_insert" => {
                op::function(name)
            }
            _ => None,
        })
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn exit(self: Rc<Self>, vm: &mut Vm<'_>, error: Option<&Exception>) -> Outcome<bool> {
        if error.is_none() {
            self.flush(vm)?;
        }
        Ok(false)
    }
}
