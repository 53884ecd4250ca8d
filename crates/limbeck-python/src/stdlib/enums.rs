//! `enum`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::value::{Args, Compare, Dict, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "Enum" => Value::object(Base { mixin: None }),
        "IntEnum" => Value::object(Base { mixin: Some("int") }),
        "StrEnum" => Value::object(Base { mixin: Some("str") }),
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

/// `enum.Enum` and its kin.
#[derive(Debug)]
struct Base {
    mixin: Option<&'static str>,
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
        let mixed = bases
            .iter()
            .find_map(|base| base.downcast::<crate::vm::TypeObject>());
        let mixin = match mixed.as_ref().map(|mixed| mixed.name) {
            Some("str") => Some("str"),
            Some("int") => Some("int"),
            Some(other) => return Err(vm.unknown(format!("an enumeration of '{other}'"))),
            None => self.mixin,
        };
        let class = Rc::new(Enumeration {
            name: Rc::from(name),
            mixin,
            names: RefCell::new(namespace.clone()),
            members: RefCell::default(),
        });
        let mut last = 0;
        for (key, value) in namespace.iter() {
            let Some(key) = key.as_str().filter(|key| !key.starts_with('_')) else {
                continue;
            };
            if matches!(value, Value::Function(_) | Value::Native(_)) {
                continue;
            }
            let value = match (value.downcast::<Auto>(), mixin) {
                (None, _) => value.clone(),
                (Some(_), Some("str")) => Value::str(key.to_lowercase()),
                (Some(_), _) => Value::Int(last + 1),
            };
            last = as_int(&value).unwrap_or(last);
            let member = Rc::new(Member {
                class: class.clone(),
                name: Rc::from(key),
                value,
            });
            class.members.borrow_mut().push(member);
        }
        Ok(Some(Value::Object(class)))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(value.downcast::<Member>().is_some()))
    }
}

/// An enumeration of the program's own.
#[derive(Debug)]
pub(crate) struct Enumeration {
    pub(crate) name: Rc<str>,
    mixin: Option<&'static str>,
    names: RefCell<Dict>,
    pub(crate) members: RefCell<Vec<Rc<Member>>>,
}

impl Enumeration {
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
                .is_some_and(|member| Rc::ptr_eq(&member.class, &self)),
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
        self.class.mixin.is_some()
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
        op: crate::value::Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        if !self.is_plain() {
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
        // Python 3.11 and 3.12 write these in different ways.
        match self.class.mixin {
            Some("str") | None => Ok(format!("{}.{}", self.class.name, self.name)),
            Some(_) => vm.text_of(&self.value),
        }
    }
}
