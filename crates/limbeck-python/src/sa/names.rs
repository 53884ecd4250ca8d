//! Names, and when they are quoted.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Binary, Key, Object, Outcome, Value};
use crate::vm::Vm;

use super::quote::quote;

/// A name of a table, column, constraint or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: Rc<str>,
    /// Whether a naming convention has been applied: by itself, or by `op.f`.
    pub(crate) is_final: bool,
    /// Whether it is quoted, where that is not left to its characters.
    quote: Option<bool>,
}

impl Name {
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: Rc::from(text.as_ref()),
            is_final: false,
            quote: None,
        }
    }

    /// A name that no convention changes.
    pub(crate) fn fixed(text: impl AsRef<str>) -> Self {
        Self {
            is_final: true,
            ..Self::new(text)
        }
    }

    /// `quoted_name(text, quote)`.
    pub(crate) fn with_quote(self, quote: Option<bool>) -> Self {
        Self { quote, ..self }
    }

    /// The name that a value is.
    pub(crate) fn of(vm: &Vm<'_>, value: &Value) -> Outcome<Self> {
        match value {
            Value::Str(text) => Ok(Self::new(text)),
            _ => match value.downcast::<Self>() {
                Some(name) => Ok((*name).clone()),
                None => Err(vm.unknown(format!("a name that is of type '{}'", value.type_name()))),
            },
        }
    }

    /// The name that a value is, unless it is None.
    pub(crate) fn maybe(vm: &Vm<'_>, value: Option<Value>) -> Outcome<Option<Self>> {
        match value {
            None | Some(Value::None) => Ok(None),
            Some(value) => Self::of(vm, &value).map(Some),
        }
    }

    /// The name as it stands in SQL.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        match self.quote {
            Some(true) => dialect.identifier(&self.text),
            Some(false) => self.text.to_string(),
            None => quote(dialect, &self.text),
        }
    }
}

impl Object for Name {
    fn class_name(&self) -> &'static str {
        "quoted_name"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        vm.attribute(&Value::Str(self.text.clone()), name).map(Some)
    }

    fn binary(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        let own = Value::Str(self.text.clone());
        let (left, right) = if reflected { (other, &own) } else { (&own, other) };
        vm.binary(op, left, right).map(Some)
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: crate::value::Compare,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        let own = Value::Str(self.text.clone());
        let (left, right) = if reflected { (other, &own) } else { (&own, other) };
        vm.compare(op, left, right).map(Some)
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        vm.repr(&Value::Str(self.text.clone()))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.text.to_string())
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Str(self.text.clone()))
    }
}

/// `quoted_name(value, quote)`, and `conv(value)`: a name that a convention has made.
pub(crate) fn class(is_final: bool) -> Value {
    Value::native("quoted_name", move |vm, mut args| {
        let value = args.need(vm, "value")?;
        let name = Name::of(vm, &value)?;
        let quote = args.take("quote");
        let quote = super::take::flag(vm, quote)?;
        args.finish(vm, "quoted_name")?;
        let name = Name {
            is_final: is_final || name.is_final,
            ..name
        };
        Ok(Value::object(name.with_quote(quote)))
    })
}

/// The parts of a dotted name, each quoted where it must be.
pub(crate) fn dotted(dialect: Dialect, name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|part| quote(dialect, part)).collect();
    parts.join(".")
}
