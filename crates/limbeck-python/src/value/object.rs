use std::any::Any;
use std::fmt;
use std::rc::Rc;

use super::{Args, Exception, Key, Outcome, Value};
use crate::vm::Vm;

/// An object that the evaluator knows by itself. What an object does not do is an error that says so; `None` means "not mine", as
/// Python's `NotImplemented` does.
pub(crate) trait Object: Any + fmt::Debug {
    /// The name of its class, as in messages.
    fn class_name(&self) -> &str;

    /// What stands behind a dot.
    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, _name: &str) -> Outcome<Option<Value>> {
        Ok(None)
    }

    /// `self.name = value`; whether that is possible.
    fn set_attribute(self: Rc<Self>, _vm: &mut Vm<'_>, _name: &str, _value: &Value) -> Outcome<bool> {
        Ok(false)
    }

    /// `self(…)`.
    fn call(self: Rc<Self>, vm: &mut Vm<'_>, _args: Args) -> Outcome<Value> {
        Err(vm.type_error(format!("'{}' object is not callable", self.class_name())))
    }

    /// `self[key]`.
    fn item(self: Rc<Self>, vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Err(vm.type_error(format!("'{}' object is not subscriptable", self.class_name())))
    }

    /// `self[key] = value`; whether that is possible.
    fn set_item(self: Rc<Self>, _vm: &mut Vm<'_>, _key: &Value, _value: &Value) -> Outcome<bool> {
        Ok(false)
    }

    /// What a loop over it gets, and what `list()` makes of it.
    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Err(vm.type_error(format!("'{}' object is not iterable", self.class_name())))
    }

    /// `len(self)`.
    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(None)
    }

    /// `value in self`; what is iterable needs no answer of its own.
    fn contains(self: Rc<Self>, _vm: &mut Vm<'_>, _value: &Value) -> Outcome<Option<bool>> {
        Ok(None)
    }

    /// `bool(self)`.
    fn truth(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<bool> {
        Ok(true)
    }

    /// `self op other`, or `other op self` where `reflected`.
    fn binary(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        _op: Binary,
        _other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        Ok(None)
    }

    /// `self op other`, or `other op self` where `reflected`. Without an answer, `==` asks whether they are one object.
    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        _op: Compare,
        _other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        Ok(None)
    }

    /// `op self`.
    fn unary(self: Rc<Self>, _vm: &mut Vm<'_>, _op: Unary) -> Outcome<Option<Value>> {
        Ok(None)
    }

    /// `with self as …`: what stands behind `as`.
    fn enter(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Value> {
        Err(vm.type_error(format!(
            "'{}' object does not support the context manager protocol",
            self.class_name()
        )))
    }

    /// The end of `with self`; whether the exception is dealt with.
    fn exit(self: Rc<Self>, _vm: &mut Vm<'_>, _error: Option<&Exception>) -> Outcome<bool> {
        Ok(false)
    }

    /// `class name(self): …`: what that makes. A class of the program's own below a class of the evaluator's is made by
    /// [`super::Class`] unless this answers.
    fn subclass(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        _name: &str,
        _bases: &[Value],
        _namespace: &super::Dict,
    ) -> Outcome<Option<Value>> {
        Ok(None)
    }

    /// `isinstance(value, self)`, where it is a class.
    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, _value: &Value) -> Outcome<Option<bool>> {
        Ok(None)
    }

    /// `repr(self)`.
    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<{} object>", self.class_name()))
    }

    /// `str(self)`.
    fn to_str(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        self.repr(vm)
    }

    /// What it is as a key of a dictionary, where objects that are equal are one key; else each is one of its own.
    fn key(&self) -> Option<Key> {
        None
    }
}

/// The object as a `T`, if it is one.
pub(crate) fn downcast<T: Object>(object: &Rc<dyn Object>) -> Option<Rc<T>> {
    let any: Rc<dyn Any> = object.clone();
    any.downcast().ok()
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LeftShift,
    RightShift,
    BitOr,
    BitXor,
    BitAnd,
    MatMul,
}

impl Binary {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "**",
            Self::LeftShift => "<<",
            Self::RightShift => ">>",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::MatMul => "@",
        }
    }
}

impl Binary {
    /// The method of the left operand's class.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Add => "__add__",
            Self::Sub => "__sub__",
            Self::Mul => "__mul__",
            Self::Div => "__truediv__",
            Self::FloorDiv => "__floordiv__",
            Self::Mod => "__mod__",
            Self::Pow => "__pow__",
            Self::LeftShift => "__lshift__",
            Self::RightShift => "__rshift__",
            Self::BitOr => "__or__",
            Self::BitXor => "__xor__",
            Self::BitAnd => "__and__",
            Self::MatMul => "__matmul__",
        }
    }

    /// The method of the right operand's class, where the left one has none.
    pub(crate) fn reflected_method(self) -> &'static str {
        match self {
            Self::Add => "__radd__",
            Self::Sub => "__rsub__",
            Self::Mul => "__rmul__",
            Self::Div => "__rtruediv__",
            Self::FloorDiv => "__rfloordiv__",
            Self::Mod => "__rmod__",
            Self::Pow => "__rpow__",
            Self::LeftShift => "__rlshift__",
            Self::RightShift => "__rrshift__",
            Self::BitOr => "__ror__",
            Self::BitXor => "__rxor__",
            Self::BitAnd => "__rand__",
            Self::MatMul => "__rmatmul__",
        }
    }
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
}

impl Compare {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::NotEq => "!=",
            Self::Lt => "<",
            Self::LtE => "<=",
            Self::Gt => ">",
            Self::GtE => ">=",
        }
    }

    /// `b op a` for `a op b`.
    pub(crate) fn reflected(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::LtE => Self::GtE,
            Self::Gt => Self::Lt,
            Self::GtE => Self::LtE,
            same => same,
        }
    }
}

/// Operators with one operand; `not` is none of them, since it asks for the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Minus,
    Plus,
    Invert,
}
