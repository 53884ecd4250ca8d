//! Columns.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{
    Computed, Constraint, Construct, DefaultClause, FetchedValue, ForeignKey, Identity, Options, Sequence,
    TableName,
};
use crate::sa::names::Name;
use crate::sa::sql;
use crate::sa::take;
use crate::sa::types::Type;
use crate::value::{Args, Binary, Compare, Object, Outcome, Unary, Value};
use crate::vm::Vm;

/// `Column(name, type, …)`.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Name,
    pub(crate) type_: Rc<Type>,
    /// Whether it may be NULL, where that is said.
    pub(crate) nullable: Option<bool>,
    pub(crate) primary_key: Cell<bool>,
    pub(crate) autoincrement: Autoincrement,
    pub(crate) server_default: Option<ServerDefault>,
    /// What SQLAlchemy gives it in each INSERT that says nothing of it, other than a sequence.
    pub(crate) default: Option<Value>,
    /// What SQLAlchemy changes it to in each UPDATE.
    pub(crate) on_update: Option<Value>,
    pub(crate) sequence: Option<Rc<Sequence>>,
    pub(crate) index: bool,
    pub(crate) unique: bool,
    pub(crate) comment: Option<String>,
    pub(crate) foreign_keys: Vec<Rc<ForeignKey>>,
    pub(crate) constraints: Vec<Rc<Constraint>>,
    pub(crate) options: Options,
    /// The table that it is in.
    pub(crate) table: RefCell<Option<TableName>>,
}

/// Whether a column numbers its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Autoincrement {
    Auto,
    IgnoreForeignKeys,
    Yes,
    No,
}

/// What the server makes a column's value from.
#[derive(Debug, Clone)]
pub(crate) enum ServerDefault {
    /// A text or an expression.
    Value(Value),
    Computed(Rc<Computed>),
    Identity(Rc<Identity>),
    Fetched,
}

impl ServerDefault {
    /// What `server_default=…` says.
    pub(crate) fn of(vm: &Vm<'_>, value: &Value) -> Outcome<Option<Self>> {
        if let Some(clause) = value.downcast::<DefaultClause>() {
            return Self::of(vm, &clause.0);
        }
        if let Some(computed) = value.downcast::<Computed>() {
            return Ok(Some(Self::Computed(computed)));
        }
        if let Some(identity) = value.downcast::<Identity>() {
            return Ok(Some(Self::Identity(identity)));
        }
        match value {
            Value::None => Ok(None),
            Value::Str(_) => Ok(Some(Self::Value(value.clone()))),
            Value::Object(object) if object.class_name() == "FetchedValue" => Ok(Some(Self::Fetched)),
            Value::Object(object) if object.class_name() == "quoted_name" => Ok(Some(Self::Value(value.clone()))),
            Value::Object(_) => Ok(Some(Self::Value(value.clone()))),
            other => Err(vm.raise(
                "ArgumentError",
                format!(
                    "Argument 'arg' is expected to be one of type '<class 'str'>' or '<class \
                     'sqlalchemy.sql.elements.ClauseElement'>' or '<class 'sqlalchemy.sql.elements.TextClause'>', \
                     got '<class '{}'>'",
                    other.type_name()
                ),
            )),
        }
    }
}

impl Column {
    /// A column of that name and type, and nothing else.
    pub(crate) fn plain(name: Name, type_: Rc<Type>) -> Self {
        Self {
            name,
            type_,
            nullable: None,
            primary_key: Cell::new(false),
            autoincrement: Autoincrement::Auto,
            server_default: None,
            default: None,
            on_update: None,
            sequence: None,
            index: false,
            unique: false,
            comment: None,
            foreign_keys: Vec::new(),
            constraints: Vec::new(),
            options: Options::default(),
            table: RefCell::default(),
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        self.nullable
            .unwrap_or(!self.primary_key.get() && self.identity().is_none())
    }

    pub(crate) fn identity(&self) -> Option<&Rc<Identity>> {
        match &self.server_default {
            Some(ServerDefault::Identity(identity)) => Some(identity),
            _ => None,
        }
    }

    pub(crate) fn computed(&self) -> Option<&Rc<Computed>> {
        match &self.server_default {
            Some(ServerDefault::Computed(computed)) => Some(computed),
            _ => None,
        }
    }

    /// The column as an expression.
    pub(crate) fn expression(&self) -> Value {
        let table = self.table.borrow();
        let (name, schema) = match &*table {
            Some(table) => (Some(&*table.name.text), table.schema.as_deref()),
            None => (None, None),
        };
        Value::Object(sql::column_expr(
            name,
            schema,
            &self.name.text,
            Some(self.type_.clone()),
        ))
    }

    /// Takes an item that stands among a column's arguments.
    fn add(&mut self, vm: &mut Vm<'_>, item: &Value) -> Outcome<()> {
        if let Some(key) = item.downcast::<ForeignKey>() {
            self.foreign_keys.push(key);
        } else if let Some(constraint) = item.downcast::<Constraint>() {
            self.constraints.push(constraint);
        } else if let Some(computed) = item.downcast::<Computed>() {
            self.server_default = Some(ServerDefault::Computed(computed));
        } else if let Some(identity) = item.downcast::<Identity>() {
            self.server_default = Some(ServerDefault::Identity(identity));
        } else if let Some(sequence) = item.downcast::<Sequence>() {
            self.sequence = Some(sequence);
        } else if item.downcast::<FetchedValue>().is_some() {
            self.server_default = Some(ServerDefault::Fetched);
        } else if let Some(clause) = item.downcast::<DefaultClause>() {
            self.server_default = ServerDefault::of(vm, &clause.0)?;
        } else if let Some(stand_in) = item.downcast::<crate::vm::StandIn>() {
            return Err(stand_in.refuse(vm));
        } else {
            return Err(vm.raise(
                "ArgumentError",
                format!(
                    "'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got {}",
                    item.type_name()
                ),
            ));
        }
        Ok(())
    }

    fn take_defaults(&mut self, vm: &mut Vm<'_>, args: &mut Args) -> Outcome<()> {
        for name in ["default", "insert_default"] {
            match args.keyword(name) {
                None | Some(Value::None) => {}
                Some(default) => match default.downcast::<Sequence>() {
                    Some(sequence) => self.sequence = Some(sequence),
                    None => self.default = Some(default),
                },
            }
        }
        self.on_update = args.keyword("onupdate").filter(|value| !value.is_none());
        if let Some(default) = args.keyword("server_default")
            && let Some(default) = ServerDefault::of(vm, &default)?
        {
            self.server_default = Some(default);
        }
        self.autoincrement = match args.keyword("autoincrement") {
            None => Autoincrement::Auto,
            Some(Value::Str(word)) if &*word == "auto" => Autoincrement::Auto,
            Some(Value::Str(word)) if &*word == "ignore_fk" => Autoincrement::IgnoreForeignKeys,
            Some(value) if vm.truth(&value)? => Autoincrement::Yes,
            Some(_) => Autoincrement::No,
        };
        Ok(())
    }
}

/// The name and the type, which may stand first or have names.
fn take_head(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<Column> {
    let is_name = |value: &Value| value.as_str().is_some() || value.downcast::<Name>().is_some();
    let name = match args.keyword("name") {
        None if args.positional.front().is_some_and(is_name) => args.positional.pop_front(),
        name => name,
    };
    let Some(name) = name else {
        return Err(vm.unknown("a column without a name"));
    };
    let mut name = Name::of(vm, &name)?;
    let quote = take::flag(vm, args.keyword("quote"))?;
    if quote.is_some() {
        name = name.with_quote(quote);
    }
    let key = take::string(vm, args.keyword("key"))?;
    if key.is_some_and(|key| *key != *name.text) {
        return Err(vm.unknown(format!("another 'key' of the column '{}'", name.text)));
    }
    let type_ = match (args.keyword("type_"), args.positional.front().cloned()) {
        (Some(given), _) => Some(Type::of(vm, &given)?),
        (None, Some(first)) => {
            let known = Type::known(vm, &first)?;
            if known.is_some() {
                args.positional.pop_front();
            }
            known
        }
        (None, None) => None,
    };
    Ok(Column::plain(name, type_.unwrap_or_else(Type::null)))
}

pub(super) fn make(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let mut column = take_head(vm, &mut args)?;
    let items = args.rest();
    column.take_defaults(vm, &mut args)?;
    for item in items {
        column.add(vm, &item)?;
    }
    let key = take::is_set(vm, args.keyword("primary_key"))?;
    column.primary_key.set(key);
    column.nullable = take::flag(vm, args.keyword("nullable"))?;
    column.index = take::is_set(vm, args.keyword("index"))?;
    column.unique = take::is_set(vm, args.keyword("unique"))?;
    column.comment = take::string(vm, args.keyword("comment"))?;
    for known in ["doc", "info", "server_onupdate", "system", "insert_sentinel"] {
        args.keyword(known);
    }
    column.options = Options::take(vm, &mut args, Construct::Column)?;
    args.finish(vm, "Column")?;
    Ok(Value::object(column))
}

impl Object for Column {
    fn class_name(&self) -> &'static str {
        "Column"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "name" | "key" => Value::Str(self.name.text.clone()),
            "type" => Value::Object(self.type_.clone()),
            "nullable" => Value::Bool(self.is_nullable()),
            "primary_key" => Value::Bool(self.primary_key.get()),
            "comment" => self.comment.as_ref().map_or(Value::None, Value::str),
            "unique" => Value::Bool(self.unique),
            "index" => Value::Bool(self.index),
            "autoincrement" => match self.autoincrement {
                Autoincrement::Auto => Value::str("auto"),
                Autoincrement::IgnoreForeignKeys => Value::str("ignore_fk"),
                Autoincrement::Yes => Value::Bool(true),
                Autoincrement::No => Value::Bool(false),
            },
            "server_default" => match &self.server_default {
                None => Value::None,
                Some(ServerDefault::Value(value)) => Value::object(DefaultClause(value.clone())),
                Some(ServerDefault::Computed(computed)) => Value::Object(computed.clone()),
                Some(ServerDefault::Identity(identity)) => Value::Object(identity.clone()),
                Some(ServerDefault::Fetched) => Value::object(FetchedValue),
            },
            "foreign_keys" => {
                let keys = self.foreign_keys.iter().map(|key| Value::Object(key.clone()));
                Value::list(keys.collect())
            }
            "copy" | "_copy" => {
                let own = self.clone();
                Value::native("copy", move |_, _| Ok(Value::object((*own).clone())))
            }
            _ => return vm.attribute(&self.expression(), name).map(Some),
        }))
    }

    fn binary(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        let own = self.expression();
        let (left, right) = if reflected { (other, &own) } else { (&own, other) };
        vm.binary(op, left, right).map(Some)
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        let own = self.expression();
        let (left, right) = if reflected { (other, &own) } else { (&own, other) };
        vm.compare(op, left, right).map(Some)
    }

    fn unary(self: Rc<Self>, vm: &mut Vm<'_>, op: Unary) -> Outcome<Option<Value>> {
        match self.expression() {
            Value::Object(own) => own.unary(vm, op),
            _ => Ok(None),
        }
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        let own = self.expression();
        vm.item(&own, key)
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        let name = vm.repr(&Value::Str(self.name.text.clone()))?;
        let type_ = vm.repr(&Value::Object(self.type_.clone()))?;
        Ok(format!("Column({name}, {type_})"))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(match &*self.table.borrow() {
            Some(table) => format!("{}.{}", table.name.text, self.name.text),
            None => self.name.text.to_string(),
        })
    }
}
