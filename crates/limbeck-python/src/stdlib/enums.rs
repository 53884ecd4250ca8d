//! `enum`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::value::{Args, Binary, Compare, Dict, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "Enum" => Value::object(Base { mixin: Mixin::None }),
        "IntEnum" => Value::object(Base {
            mixin: Mixin::IntEnum,
        }),
        "StrEnum" => Value::object(Base {
            mixin: Mixin::StrEnum,
        }),
        "auto" => Value::native("auto", |_, _| Ok(Value::object(Auto))),
        "unique" => Value::native("unique", |vm, mut args| args.need(vm, "enumeration")),
        _ => return None,
    })
}

#[derive(Debug)]
struct Auto;

impl Object for Auto {
    fn class_name(&self) -> &str {
        "auto"
    }
}

/// What the members of an enumeration are besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mixin {
    None,
    Str,
    Int,
    /// Of `StrEnum`, whose members are written as their values.
    StrEnum,
    /// The same of `IntEnum`.
    IntEnum,
}

impl Mixin {
    fn of(vm: &Vm<'_>, bases: &[Value], inherited: Self) -> Outcome<Self> {
        let mixed = bases
            .iter()
            .find_map(|base| base.downcast::<crate::vm::TypeObject>());
        match mixed.as_ref().map(|mixed| mixed.name) {
            Some("str") => Ok(Self::Str),
            Some("int") => Ok(Self::Int),
            Some(other) => Err(vm.unknown(format!("an enumeration of '{other}'"))),
            None => Ok(inherited),
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Str | Self::StrEnum)
    }
}

/// `enum.Enum` and its kin.
#[derive(Debug)]
struct Base {
    mixin: Mixin,
}

impl Object for Base {
    fn class_name(&self) -> &str {
        "EnumType"
    }

    fn subclass(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        let mixin = Mixin::of(vm, bases, self.mixin)?;
        Enumeration::define(vm, name, mixin, None, namespace).map(Some)
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let member = value.downcast::<Member>();
        Ok(Some(member.is_some_and(|member| {
            self.mixin == Mixin::None || self.mixin == member.class.mixin
        })))
    }
}

/// An enumeration of the program's own.
#[derive(Debug)]
pub(crate) struct Enumeration {
    pub(crate) name: Rc<str>,
    /// One without members that it is below.
    base: Option<Rc<Self>>,
    mixin: Mixin,
    /// What is in its body, or in those of the ones that it is below.
    names: RefCell<Dict>,
    pub(crate) members: RefCell<Vec<Rc<Member>>>,
}

impl Enumeration {
    /// The class with what its body has, and the one that it is below.
    fn define(
        vm: &mut Vm<'_>,
        name: &str,
        mixin: Mixin,
        base: Option<Rc<Self>>,
        body: &Dict,
    ) -> Outcome<Value> {
        let mut names = base
            .as_ref()
            .map_or_else(Dict::default, |base| base.names.borrow().clone());
        for (key, value) in body.iter() {
            names.insert(vm, key.clone(), value.clone())?;
        }
        let class = Rc::new(Self {
            name: Rc::from(name),
            base,
            mixin,
            names: RefCell::new(names),
            members: RefCell::default(),
        });
        let mut last = 0;
        for (key, value) in body.iter() {
            let Some(key) = key.as_str() else {
                continue;
            };
            let is_function = matches!(value, Value::Function(_) | Value::Native(_));
            // How members are made, compared and written.
            let is_special = matches!(key, "_missing_" | "_generate_next_value_" | "_ignore_")
                || key.starts_with("__")
                    && !["__str__", "__doc__", "__module__", "__qualname__"].contains(&key);
            if is_special {
                return Err(vm.unknown(format!("'{key}' of the enumeration {}", class.name)));
            }
            if key.starts_with('_') || is_function {
                continue;
            }
            let value = match value.downcast::<Auto>() {
                None => value.clone(),
                Some(_) if class.mixin.is_text() => Value::str(key.to_lowercase()),
                Some(_) => Value::Int(last + 1),
            };
            last = as_int(&value).unwrap_or(last);
            let member = Rc::new(Member {
                class: class.clone(),
                name: Rc::from(key),
                value,
            });
            class.members.borrow_mut().push(member);
        }
        Ok(Value::Object(class))
    }

    fn is_below(self: &Rc<Self>, other: &Rc<Self>) -> bool {
        Rc::ptr_eq(self, other) || self.base.as_ref().is_some_and(|base| base.is_below(other))
    }

    /// The members that are no other name for one before them.
    fn distinct(&self, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        let mut distinct: Vec<Rc<Member>> = Vec::new();
        for member in self.members.borrow().iter() {
            let mut is_alias = false;
            for other in &distinct {
                is_alias |= vm.equal(&other.value, &member.value)?;
            }
            if !is_alias {
                distinct.push(member.clone());
            }
        }
        Ok(distinct.into_iter().map(|member| Value::Object(member)).collect())
    }

    fn member(&self, name: &str) -> Option<Value> {
        let members = self.members.borrow();
        let member = members.iter().find(|member| &*member.name == name)?;
        Some(Value::Object(member.clone()))
    }
}

impl Object for Enumeration {
    fn class_name(&self) -> &str {
        "EnumType"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(member) = self.member(name) {
            return Ok(Some(member));
        }
        match name {
            "__name__" | "__qualname__" => return Ok(Some(Value::str(&self.name))),
            "__members__" => {
                let mut dict = Dict::default();
                for member in self.members.borrow().iter() {
                    dict.insert_str(&member.name, Value::Object(member.clone()));
                }
                return Ok(Some(Value::dict(dict)));
            }
            _ => {}
        }
        let found = self.names.borrow().get_str(name).cloned();
        match found {
            Some(Value::Function(function)) if function.kind == crate::vm::Kind::OfClass => {
                Ok(Some(Value::Method(function, Box::new(Value::Object(self)))))
            }
            Some(found) => Ok(Some(found)),
            None => Err(vm.raise(
                "AttributeError",
                format!("type object '{}' has no attribute '{name}'", self.name),
            )),
        }
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let value = args.need(vm, "value")?;
        args.finish(vm, &self.name)?;
        if let Some(member) = value.downcast::<Member>()
            && Rc::ptr_eq(&member.class, &self)
        {
            return Ok(value);
        }
        let members = self.members.borrow().clone();
        for member in members {
            if vm.equal(&member.value, &value)? {
                return Ok(Value::Object(member));
            }
        }
        let text = vm.repr(&value)?;
        Err(vm.value_error(format!("{text} is not a valid {}", self.name)))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        match self.member(key.as_str().unwrap_or_default()) {
            Some(member) => Ok(member),
            None => Err(vm.key_error(key)?),
        }
    }

    fn subclass(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        if !self.members.borrow().is_empty() {
            return Err(vm.type_error(format!("cannot extend <enum '{}'>", self.name)));
        }
        let mixin = Mixin::of(vm, bases, self.mixin)?;
        Self::define(vm, name, mixin, Some(self), namespace).map(Some)
    }

    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        self.distinct(vm)
    }

    fn length(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.distinct(vm)?.len()))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(
            value
                .downcast::<Member>()
                .is_some_and(|member| member.class.is_below(&self)),
        ))
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<enum '{}'>", self.name))
    }
}

/// A member of an enumeration.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) class: Rc<Enumeration>,
    pub(crate) name: Rc<str>,
    pub(crate) value: Value,
}

impl Member {
    /// Whether it is a text or a number besides.
    pub(crate) fn is_plain(&self) -> bool {
        self.class.mixin != Mixin::None
    }

    /// What its class says that it is written as.
    fn own_text(self: &Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Option<String>> {
        let found = self.class.names.borrow().get_str("__str__").cloned();
        let Some(function) = found else {
            return Ok(None);
        };
        let text = vm.call(&function, Args::of([Value::Object(self.clone())]))?;
        vm.text_of(&text).map(Some)
    }

    /// What is formatted in an f-string. Before 3.11 Python wrote those that are texts or numbers besides as their values.
    pub(crate) fn formatted(self: &Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Value> {
        if let Some(text) = self.own_text(vm)? {
            return Ok(Value::str(text));
        }
        match self.class.mixin {
            Mixin::StrEnum | Mixin::IntEnum => Ok(self.value.clone()),
            Mixin::None => self.clone().to_str(vm).map(Value::str),
            Mixin::Str | Mixin::Int => Err(vm.unknown(format!(
                "{}.{} in a formatted text, which versions of Python write in different ways,",
                self.class.name, self.name
            ))),
        }
    }
}

impl Object for Member {
    fn class_name(&self) -> &str {
        &self.class.name
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        match name {
            "name" | "_name_" => return Ok(Some(Value::str(&self.name))),
            "value" | "_value_" => return Ok(Some(self.value.clone())),
            "__class__" => return Ok(Some(Value::Object(self.class.clone()))),
            _ => {}
        }
        let found = self.class.names.borrow().get_str(name).cloned();
        if let Some(Value::Function(function)) = found {
            let this = Value::Object(self.clone());
            return Ok(Some(match function.kind {
                crate::vm::Kind::Property => vm.call(&Value::Function(function), Args::of([this]))?,
                crate::vm::Kind::Static => Value::Function(function),
                crate::vm::Kind::OfClass => {
                    Value::Method(function, Box::new(Value::Object(self.class.clone())))
                }
                crate::vm::Kind::Plain => Value::Method(function, Box::new(this)),
            }));
        }
        if self.is_plain() {
            return vm.find_attribute(&self.value, name);
        }
        Err(vm.raise(
            "AttributeError",
            format!("'{}' object has no attribute '{name}'", self.class.name),
        ))
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        let same = other
            .downcast::<Self>()
            .is_some_and(|other| Rc::ptr_eq(&other.class, &self.class) && other.name == self.name);
        match op {
            Compare::Eq if same => Ok(Some(Value::Bool(true))),
            Compare::NotEq if same => Ok(Some(Value::Bool(false))),
            _ if self.is_plain() => {
                let other = other
                    .downcast::<Self>()
                    .map_or_else(|| other.clone(), |other| other.value.clone());
                vm.compare(op, &self.value, &other).map(Some)
            }
            Compare::Eq => Ok(Some(Value::Bool(false))),
            Compare::NotEq => Ok(Some(Value::Bool(true))),
            _ => Ok(None),
        }
    }

    fn binary(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        // `"%s" % member` writes the member.
        let is_written = op == Binary::Mod && reflected && other.as_str().is_some();
        if !self.is_plain() || is_written {
            return Ok(None);
        }
        let (a, b) = if reflected {
            (other, &self.value)
        } else {
            (&self.value, other)
        };
        vm.binary(op, a, b).map(Some)
    }

    fn key(&self) -> Option<Key> {
        match &self.value {
            Value::Str(text) if self.is_plain() => Some(Key::Str(text.clone())),
            Value::Int(number) if self.is_plain() => Some(Key::Int(*number)),
            _ => None,
        }
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!(
            "<{}.{}: {}>",
            self.class.name,
            self.name,
            vm.repr(&self.value)?
        ))
    }

    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        if let Some(text) = self.own_text(vm)? {
            return Ok(text);
        }
        match self.class.mixin {
            Mixin::StrEnum | Mixin::IntEnum => vm.text_of(&self.value),
            Mixin::None | Mixin::Str | Mixin::Int => Ok(format!("{}.{}", self.class.name, self.name)),
        }
    }
}
