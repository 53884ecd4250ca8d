//! SQLAlchemy's types.

mod classes;
mod compile;
mod construct;
mod decorator;
mod named;
mod reflected;

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Args, Compare, Key, Object, Outcome, Value};
use crate::vm::Vm;

pub(crate) use classes::Class;
pub(crate) use decorator::ProjectType;

/// A type, as a column has it.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) class: &'static Class,
    /// What its constructor was given.
    parameters: Vec<(&'static str, Value)>,
    /// The values of an enum or a set.
    pub(crate) labels: Vec<Rc<str>>,
    /// The members of Python's enum that the labels stand for, if there is one.
    pub(crate) members: Vec<Value>,
    /// The type of an array's items, below a domain, or behind a decorator.
    pub(crate) inner: Option<Rc<Self>>,
    /// Other types for some databases.
    variants: Vec<(Rc<str>, Rc<Self>)>,
    /// What a type of the project's says that it is.
    spec: Option<String>,
    /// The object of the project's class, where it has one.
    project: Option<Value>,
}

impl Type {
    /// A type of that class without parameters.
    pub(crate) fn plain(class: &'static Class) -> Self {
        Self {
            class,
            parameters: Vec::new(),
            labels: Vec::new(),
            members: Vec::new(),
            inner: None,
            variants: Vec::new(),
            spec: None,
            project: None,
        }
    }

    /// A type of all databases by the name of its class.
    pub(crate) fn generic(name: &str) -> Self {
        Self::plain(Class::find("", name).expect("the class is in the table"))
    }

    /// The type of what has none.
    pub(crate) fn null() -> Rc<Self> {
        Rc::new(Self::generic("NullType"))
    }

    /// The name of its class.
    pub(crate) fn class(&self) -> &'static str {
        self.class.name
    }

    /// Whether a class of the project's stands before another type.
    pub(crate) fn is_decorator(&self) -> bool {
        self.class.visit == "type_decorator"
    }

    pub(crate) fn is_null(&self) -> bool {
        self.class.visit == "null"
    }

    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.parameters.push((name, value));
        self
    }

    /// The type that a value is: a type, or a class of types.
    pub(crate) fn of(vm: &mut Vm<'_>, value: &Value) -> Outcome<Rc<Self>> {
        if let Some(found) = Self::known(vm, value)? {
            return Ok(found);
        }
        // A function that makes a type will do.
        if let Value::Function(_) | Value::Method(..) = value {
            let made = vm.call(value, Args::default())?;
            if let Some(found) = made.downcast::<Self>() {
                return Ok(found);
            }
        }
        Err(vm.unknown(format!("a type that is of type '{}'", value.type_name())))
    }

    /// The type that a value is, if it is one.
    pub(crate) fn known(vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<Rc<Self>>> {
        if value.is_none() {
            return Ok(Some(Self::null()));
        }
        if let Some(found) = value.downcast::<Self>() {
            return Ok(Some(found));
        }
        if let Some(class) = value.downcast::<TypeClass>() {
            return construct::construct(vm, class.0, Args::default()).map(|made| Some(Rc::new(made)));
        }
        decorator::of(vm, value)
    }

    /// The same for what may be left out.
    pub(crate) fn maybe(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<Option<Rc<Self>>> {
        match value {
            None | Some(Value::None) => Ok(None),
            Some(value) => Self::of(vm, &value).map(Some),
        }
    }

    /// The type that it is on a database.
    pub(crate) fn on(&self, dialect: Dialect) -> &Self {
        self.on_named(dialect.name())
    }

    fn on_named(&self, dialect: &str) -> &Self {
        let variant = self.variant(dialect);
        match &variant.inner {
            Some(inner) if matches!(variant.class.visit, "type_decorator" | "pickle") => {
                inner.on_named(dialect)
            }
            _ => variant,
        }
    }

    /// The type that `with_variant` said for a database, or itself.
    fn variant(&self, dialect: &str) -> &Self {
        let variant = self.variants.iter().rev().find(|(name, _)| **name == *dialect);
        variant.map_or(self, |(_, variant)| variant.variant(dialect))
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&Value> {
        let given = self.parameters.iter().find(|(known, _)| *known == name);
        given.map(|(_, value)| value).filter(|value| !value.is_none())
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i128> {
        match self.parameter(name)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.parameter(name)? {
            Value::Str(text) => Some(text.to_string()),
            other => other
                .downcast::<super::names::Name>()
                .map(|name| name.text.to_string()),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.parameter(name)? {
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            _ => None,
        }
    }

    /// The class that counts when two types are compared: the one right below `TypeEngine`.
    pub(crate) fn affinity(&self, dialect: Dialect) -> &'static str {
        let mut class = self.on(dialect).class;
        while let Some(base) = class.base().filter(|base| base.name != "TypeEngine") {
            class = base;
        }
        class.name
    }

    /// Whether it is of that class of all databases.
    pub(crate) fn is_a(&self, name: &str) -> bool {
        match &self.inner {
            Some(inner) if self.class.visit == "type_decorator" => self.class.is_a(name) || inner.is_a(name),
            _ => self.class.is_a(name),
        }
    }

    fn with_variant(&self, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let variant = args.need(vm, "type_")?;
        let variant = Self::of(vm, &variant)?;
        let mut made = self.clone();
        for dialect in args.rest() {
            let Some(dialect) = dialect.as_str() else {
                return Err(vm.type_error("with_variant() wants the names of dialects"));
            };
            made.variants.push((Rc::from(dialect), variant.clone()));
        }
        args.finish(vm, "with_variant")?;
        Ok(Value::object(made))
    }

    fn method(self: &Rc<Self>, name: &str) -> Option<Value> {
        let own = self.clone();
        Some(match name {
            "with_variant" => Value::native("with_variant", move |vm, args| own.with_variant(vm, args)),
            "create" => Value::native("create", move |vm, args| own.create_on(vm, args)),
            "drop" => Value::native("drop", move |vm, args| own.drop_on(vm, args)),
            "copy" => Value::native("copy", move |_, _| Ok(Value::Object(own.clone()))),
            "compile" => Value::native("compile", move |vm, _| own.compile(vm).map(Value::str)),
            "dialect_impl" | "load_dialect_impl" => Value::native("dialect_impl", move |vm, _| {
                Ok(Value::object(own.on(vm.called).clone()))
            }),
            _ => return None,
        })
    }
}

impl Object for Type {
    fn class_name(&self) -> &str {
        self.class.name
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(method) = self.method(name) {
            return Ok(Some(method));
        }
        let value = match name {
            "enums" => Value::list(
                self.labels
                    .iter()
                    .map(|label| Value::Str(label.clone()))
                    .collect(),
            ),
            "item_type" | "impl" | "data_type" => match &self.inner {
                Some(inner) => Value::Object(inner.clone()),
                None => return Ok(None),
            },
            "name" if self.class.is_a("Enum") || self.class.name == "DOMAIN" => {
                self.text("name").map_or(Value::None, Value::str)
            }
            "length" if self.class.is_a("Enum") => Value::Int(self.enum_length()),
            "timezone" => Value::Bool(self.flag("timezone") == Some(true)),
            "__class__" => Value::object(TypeClass(self.class)),
            "__visit_name__" => Value::str(self.class.visit),
            _ => {
                let known = self.class.parameters.contains(&name);
                match self.parameter(name) {
                    Some(value) => value.clone(),
                    None if known => Value::None,
                    None => return Ok(None),
                }
            }
        };
        Ok(Some(value))
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        let mut parts = Vec::new();
        for label in &self.labels {
            parts.push(vm.repr(&Value::Str(label.clone()))?);
        }
        for (name, value) in &self.parameters {
            parts.push(format!("{name}={}", vm.repr(value)?));
        }
        Ok(format!("{}({})", self.class.name, parts.join(", ")))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.default_text())
    }
}

/// A class of types, as programs have it.
#[derive(Debug)]
pub(crate) struct TypeClass(pub(crate) &'static Class);

impl Object for TypeClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::str(self.0.name)),
            "__visit_name__" => Some(Value::str(self.0.visit)),
            // What a class below it says of operators: only `comparator_factory` uses it, which is not known.
            "Comparator" => crate::vm::type_object("object"),
            // `sa.JSON.NULL` and its like are not known.
            _ => None,
        })
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        construct::construct(vm, self.0, args).map(Value::object)
    }

    // `TypeDecorator[UUID]`.
    fn item(self: Rc<Self>, _vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        let same = other.downcast::<Self>().is_some_and(|other| self.0.same(other.0));
        Ok(match op {
            Compare::Eq => Some(Value::Bool(same)),
            Compare::NotEq => Some(Value::Bool(!same)),
            _ => None,
        })
    }

    fn is_class_of(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let own = |found: &Type| found.class.is(self.0);
        Ok(Some(match value.downcast::<Type>() {
            Some(found) => own(&found),
            None => decorator::is_below(vm, value, self.0),
        }))
    }

    fn subclass(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &crate::value::Dict,
    ) -> Outcome<Option<Value>> {
        decorator::subclass(vm, self.0, name, bases, namespace)
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<class 'sqlalchemy.{}'>", self.0.name))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("type", format!("{}.{}", self.0.module, self.0.name)))
    }
}

/// The types among the names of a module.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    let of = |module: &str| Class::find(module, name).map(|class| Value::object(TypeClass(class)));
    let dialect = module.strip_prefix("sqlalchemy.dialects.").unwrap_or_default();
    match module {
        "sqlalchemy" | "sqlalchemy.types" | "sqlalchemy.sql.sqltypes" => match name {
            "NULLTYPE" => Some(Value::Object(Type::null())),
            "NUMERICTYPE" | "STRINGTYPE" | "BOOLEANTYPE" | "INTEGERTYPE" => None,
            _ => of(""),
        },
        "sqlalchemy.sql.type_api" => of(""),
        _ => match dialect.split('.').next()? {
            "mariadb" => of("mysql"),
            database => of(database),
        },
    }
}
