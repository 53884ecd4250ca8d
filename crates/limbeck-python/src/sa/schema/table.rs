//! Tables.

mod object;
mod reflect;

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_core::Dialect;

use super::convention::{Conventions, named_checks};
use super::{Autoincrement, Column, Constraint, Index, Kind, Options, Target};
use crate::sa::names::{Name, dotted};
use crate::sa::types::Type;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

pub(crate) use object::draft;
pub(super) use object::make;
pub(super) use reflect::reflect;

/// A table's name, with its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    pub(crate) name: Name,
    pub(crate) schema: Option<String>,
}

impl TableName {
    pub(crate) fn new(name: Name, schema: Option<String>) -> Self {
        Self { name, schema }
    }

    /// The name as it stands in SQL.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        let name = self.name.sql(dialect);
        match &self.schema {
            Some(schema) => format!("{}.{name}", dotted(dialect, schema)),
            None => name,
        }
    }

    /// The key in `MetaData.tables`.
    pub(crate) fn key(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name.text),
            None => self.name.text.to_string(),
        }
    }
}

/// A table with everything that its columns ask for.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: TableName,
    pub(crate) columns: RefCell<Vec<Rc<Column>>>,
    pub(crate) primary_key: RefCell<Option<Rc<Constraint>>>,
    /// All constraints but the primary key, in SQLAlchemy's order.
    pub(crate) constraints: RefCell<Vec<Rc<Constraint>>>,
    pub(crate) indexes: RefCell<Vec<Rc<Index>>>,
    pub(crate) comment: Option<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) options: Options,
    conventions: Conventions,
}

/// A table that is being put together.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: TableName,
    pub(crate) columns: Vec<Rc<Column>>,
    pub(crate) constraints: Vec<Rc<Constraint>>,
    pub(crate) indexes: Vec<Rc<Index>>,
    pub(crate) comment: Option<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) options: Options,
    pub(crate) conventions: Conventions,
}

impl Draft {
    pub(crate) fn new(name: TableName, conventions: Conventions) -> Self {
        Self {
            name,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            prefixes: Vec::new(),
            options: Options::default(),
            conventions,
        }
    }

    /// Takes a column, constraint or index.
    pub(crate) fn add(&mut self, vm: &Vm<'_>, item: &Value) -> Outcome<()> {
        if let Some(column) = item.downcast::<Column>() {
            self.columns.push(column);
        } else if let Some(constraint) = item.downcast::<Constraint>() {
            self.constraints.push(constraint);
        } else if let Some(index) = item.downcast::<Index>() {
            self.indexes.push(index);
        } else {
            return Err(vm.raise(
                "ArgumentError",
                format!(
                    "'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got a {}",
                    item.type_name()
                ),
            ));
        }
        Ok(())
    }

    /// The table, with the constraints and indexes that its columns ask for.
    pub(crate) fn finish(self, vm: &mut Vm<'_>) -> Outcome<Rc<Table>> {
        let columns: Vec<Rc<Column>> = self
            .columns
            .iter()
            .map(|column| attached(column, &self.name))
            .collect();
        let table = Table {
            name: self.name,
            columns: RefCell::new(Vec::new()),
            primary_key: RefCell::default(),
            constraints: RefCell::default(),
            indexes: RefCell::default(),
            comment: self.comment,
            prefixes: self.prefixes,
            options: self.options,
            conventions: self.conventions,
        };
        for column in columns {
            table.add_column(vm, &column)?;
        }
        for constraint in &self.constraints {
            if !matches!(constraint.kind, Kind::PrimaryKey) {
                table.add_constraint(vm, constraint)?;
            }
        }
        table.set_primary_key(vm, &self.constraints)?;
        for index in self.indexes {
            table.add_index(vm, &index)?;
        }
        table
            .constraints
            .borrow_mut()
            .sort_by_key(|constraint| constraint.order);
        Ok(Rc::new(table))
    }
}

/// The column as one of the table: a copy, where it is another's already.
fn attached(column: &Rc<Column>, table: &TableName) -> Rc<Column> {
    let is_free = column.table.borrow().is_none();
    let own = if is_free {
        column.clone()
    } else {
        Rc::new((**column).clone())
    };
    *own.table.borrow_mut() = Some(table.clone());
    own
}

impl Table {
    /// A column by its name.
    pub(crate) fn column(&self, name: &str) -> Option<Rc<Column>> {
        let columns = self.columns.borrow();
        columns.iter().find(|column| &*column.name.text == name).cloned()
    }

    fn add_column(&self, vm: &mut Vm<'_>, column: &Rc<Column>) -> Outcome<()> {
        if self.column(&column.name.text).is_some() {
            let message = format!(
                "A column with name '{}' is already present in table '{}'.",
                column.name.text, self.name.name.text
            );
            return Err(vm.raise("DuplicateColumnError", message));
        }
        let checks = named_checks(vm, &self.conventions, &self.name, column)?;
        let column = if checks.is_empty() {
            column.clone()
        } else {
            Rc::new(Column {
                constraints: checks,
                ..(**column).clone()
            })
        };
        self.columns.borrow_mut().push(column.clone());
        self.add_flags(vm, &column)?;
        self.add_type_checks(vm, &column)?;
        for key in &column.foreign_keys {
            let kind = Kind::ForeignKey {
                targets: vec![Target {
                    column: key
                        .target
                        .column
                        .clone()
                        .or_else(|| Some(column.name.text.to_string())),
                    ..key.target.clone()
                }],
                actions: key.actions.clone(),
            };
            let mut constraint = Constraint::new(kind, key.name.clone(), vec![column.name.clone()]);
            constraint.deferrable = key.deferrable;
            constraint.initially.clone_from(&key.initially);
            constraint.options = key.options.clone();
            self.add_constraint(vm, &Rc::new(constraint))?;
        }
        Ok(())
    }

    /// What `index=True` and `unique=True` ask for.
    fn add_flags(&self, vm: &mut Vm<'_>, column: &Rc<Column>) -> Outcome<()> {
        if column.index {
            let index = Index {
                name: None,
                expressions: vec![Value::Object(column.clone())],
                unique: column.unique,
                options: Options::default(),
                table: RefCell::default(),
            };
            self.add_index(vm, &Rc::new(index))
        } else if column.unique {
            let mut constraint = Constraint::new(Kind::Unique, None, vec![column.name.clone()]);
            constraint.from_column = true;
            self.add_constraint(vm, &Rc::new(constraint))
        } else {
            Ok(())
        }
    }

    /// The CHECK of a Boolean or Enum that asks for one, where the database has no such type.
    fn add_type_checks(&self, vm: &mut Vm<'_>, column: &Rc<Column>) -> Outcome<()> {
        let on = column.type_.on(vm.called).clone();
        if on.flag("create_constraint") != Some(true) {
            return Ok(());
        }
        let quoted = column.name.sql(vm.dialect);
        let condition = if on.is_a("Boolean") && vm.dialect != Dialect::Postgresql {
            format!("{quoted} IN (0, 1)")
        } else if on.is_a("Enum") && !is_native_enum(&on, vm.dialect) {
            let mut labels = Vec::new();
            for label in &on.labels {
                labels.push(crate::sa::sql::literal(vm, &Value::Str(label.clone()), None)?);
            }
            format!("{quoted} IN ({})", labels.join(", "))
        } else {
            return Ok(());
        };
        let name = on.text("name").map(Name::new);
        let kind = Kind::Check {
            condition: crate::sa::ddl::verbatim(condition),
        };
        let mut constraint = Constraint::new(kind, name, vec![column.name.clone()]);
        constraint.type_bound = true;
        self.add_constraint(vm, &Rc::new(constraint))
    }

    pub(crate) fn add_constraint(&self, vm: &mut Vm<'_>, constraint: &Rc<Constraint>) -> Outcome<()> {
        let name = self.conventions.constraint(vm, &self.name, constraint)?;
        let named = Constraint {
            name,
            ..(**constraint).clone()
        };
        self.constraints.borrow_mut().push(Rc::new(named));
        Ok(())
    }

    pub(crate) fn add_index(&self, vm: &mut Vm<'_>, index: &Rc<Index>) -> Outcome<()> {
        let name = self.conventions.index(vm, &self.name, index)?;
        let named = Index {
            name,
            table: RefCell::new(Some(self.name.clone())),
            ..(**index).clone()
        };
        self.indexes.borrow_mut().push(Rc::new(named));
        Ok(())
    }

    /// The key is what a constraint says, or the columns that are marked.
    fn set_primary_key(&self, vm: &mut Vm<'_>, constraints: &[Rc<Constraint>]) -> Outcome<()> {
        let explicit = constraints
            .iter()
            .rev()
            .find(|constraint| matches!(constraint.kind, Kind::PrimaryKey));
        let marked: Vec<Name> = {
            let columns = self.columns.borrow();
            let keys = columns.iter().filter(|column| column.primary_key.get());
            keys.map(|column| column.name.clone()).collect()
        };
        let mut key = match explicit {
            Some(key) => (**key).clone(),
            None if marked.is_empty() => return Ok(()),
            None => Constraint::new(Kind::PrimaryKey, None, Vec::new()),
        };
        if key.columns.is_empty() {
            key.columns = marked;
        }
        for name in &key.columns {
            match self.column(&name.text) {
                Some(column) => column.primary_key.set(true),
                None => {
                    let message = format!(
                        "Can't create PrimaryKeyConstraint on table '{}': no column named '{}' is present.",
                        self.name.name.text, name.text
                    );
                    return Err(vm.raise("ConstraintColumnNotFoundError", message));
                }
            }
        }
        let is_implicit = explicit.is_none();
        *self.primary_key.borrow_mut() = Some(Rc::new(key));
        if is_implicit && let Some(first) = self.autoincrement_column(vm)? {
            let mut key = self.primary_key.borrow_mut();
            if let Some(known) = &*key {
                let mut sorted = (**known).clone();
                sorted.columns.sort_by_key(|name| name.text != first.name.text);
                *key = Some(Rc::new(sorted));
            }
        }
        let named = self.primary_key.borrow().clone();
        if let Some(key) = named {
            let name = self.conventions.constraint(vm, &self.name, &key)?;
            *self.primary_key.borrow_mut() = Some(Rc::new(Constraint {
                name,
                ..(*key).clone()
            }));
        }
        Ok(())
    }

    /// The column that numbers the rows, if there is one.
    pub(crate) fn autoincrement_column(&self, vm: &mut Vm<'_>) -> Outcome<Option<Rc<Column>>> {
        let key = self.primary_key.borrow().clone();
        let Some(key) = key else {
            return Ok(None);
        };
        let columns: Vec<Rc<Column>> = key
            .columns
            .iter()
            .filter_map(|name| self.column(&name.text))
            .collect();
        let asked = |column: &&Rc<Column>| column.autoincrement == Autoincrement::Yes;
        if let Some(column) = columns.iter().find(asked) {
            if !can_number(&column.type_, vm.called) {
                let type_ = column.type_.compile(vm)?;
                let message = format!(
                    "Column type {type_} on column '{}' is not compatible with autoincrement=True",
                    column.name.text
                );
                return Err(vm.raise("ArgumentError", message));
            }
            if columns.iter().filter(asked).count() > 1 {
                return Err(vm.raise(
                    "ArgumentError",
                    "Only one Column may be marked autoincrement=True",
                ));
            }
            return Ok(Some(column.clone()));
        }
        let [column] = columns.as_slice() else {
            return Ok(None);
        };
        let numbers = column.autoincrement != Autoincrement::No
            && column.type_.affinity(vm.called) == "Integer"
            && column.default.is_none()
            && (column.server_default.is_none() || column.identity().is_some())
            && (!self.leads_elsewhere(column) || column.autoincrement == Autoincrement::IgnoreForeignKeys);
        Ok(numbers.then(|| column.clone()))
    }

    /// Whether a foreign key leads away from the column.
    pub(crate) fn leads_elsewhere(&self, column: &Column) -> bool {
        let constraints = self.constraints.borrow();
        constraints.iter().any(|constraint| {
            matches!(constraint.kind, Kind::ForeignKey { .. })
                && constraint
                    .columns
                    .iter()
                    .any(|name| name.text == column.name.text)
        })
    }
}

fn can_number(type_: &Type, dialect: Dialect) -> bool {
    match type_.affinity(dialect) {
        "Integer" => true,
        "Numeric" => type_.integer("scale") == Some(0),
        _ => false,
    }
}

fn is_native_enum(type_: &Type, dialect: Dialect) -> bool {
    let native = type_.flag("native_enum") != Some(false);
    match dialect {
        Dialect::Postgresql | Dialect::Mysql | Dialect::Mariadb => native,
        Dialect::Sqlite => false,
    }
}
